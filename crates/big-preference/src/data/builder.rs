//! Rows in, blocks out: the one place where a comparison is checked and signed.

use super::{BLOCK_ROWS, Comparisons, DataError, Preference, Rows, Storage, Ties, Values};

/// Collects rows into [`Comparisons`].
#[derive(Clone, Debug)]
pub struct Builder {
    pub(super) done: Comparisons,
    ties: Ties,
    /// Rows of the block that is not full yet, by rows.
    pub(super) stage: Vec<f64>,
    staged: usize,
    pub(super) keep_annotators: bool,
    a: Vec<f64>,
    b: Vec<f64>,
    row: Vec<f64>,
}

impl Builder {
    /// A builder for responses in `R^dim`.
    ///
    /// # Errors
    /// When `dim` is 0.
    pub fn new(dim: usize, storage: Storage, ties: Ties) -> Result<Self, DataError> {
        if dim == 0 {
            return Err(DataError::NoDimensions);
        }
        Ok(Self {
            ties,
            ..Self::empty(dim, storage)
        })
    }

    pub(crate) fn empty(dim: usize, storage: Storage) -> Self {
        Self {
            done: Comparisons {
                dim,
                rows: 0,
                values: match storage {
                    Storage::Single => Values::Single(Vec::new()),
                    Storage::Double => Values::Double(Vec::new()),
                },
                weights: Vec::new(),
                annotators: Vec::new(),
                names: Vec::new(),
            },
            ties: Ties::Refuse,
            stage: Vec::new(),
            staged: 0,
            keep_annotators: true,
            a: vec![0.0; dim],
            b: vec![0.0; dim],
            row: vec![0.0; dim + 1],
        }
    }

    /// The names that the annotators' indices refer to.
    #[must_use]
    pub fn named(mut self, names: Vec<String>) -> Self {
        self.done.names = names;
        self
    }

    /// Adds one comparison. `row` is what an error calls it, from 1.
    ///
    /// # Errors
    /// See [`DataError`].
    pub fn push(
        &mut self,
        a: &[f64],
        b: &[f64],
        label: Preference,
        weight: f64,
        annotator: Option<u32>,
        row: u64,
    ) -> Result<(), DataError> {
        let d = self.done.dim;
        let mut offset = 0.0;
        for (response, values) in [("a", a), ("b", b)] {
            if values.len() != d {
                return Err(DataError::WrongLength {
                    row,
                    response,
                    found: values.len(),
                    expected: d,
                });
            }
            if let Some((coordinate, &value)) =
                values.iter().enumerate().find(|(_, v)| !v.is_finite())
            {
                return Err(DataError::NotFinite {
                    row,
                    response,
                    coordinate,
                    value,
                });
            }
        }
        if !weight.is_finite() || weight < 0.0 {
            return Err(DataError::BadWeight { row, value: weight });
        }
        for k in 0..d {
            let difference = a[k] - b[k];
            self.row[k] = difference;
            // ‖b‖² − ‖a‖² as ⟨b − a, b + a⟩: no cancellation between two large squares.
            offset -= difference * (a[k] + b[k]);
        }
        self.row[d] = offset;
        let largest = match self.done.storage() {
            Storage::Single => f64::from(f32::MAX),
            Storage::Double => 1e150,
        };
        // Written so that a NaN is refused.
        if !self.row.iter().all(|v| v.abs() <= largest) {
            return Err(DataError::TooLarge { row });
        }
        let mut signed = std::mem::take(&mut self.row);
        let sides: &[f64] = match label {
            Preference::A => &[1.0],
            Preference::B => &[-1.0],
            Preference::Tie if self.ties == Ties::Half => &[0.5, -0.5],
            Preference::Tie => {
                self.row = signed;
                return Err(DataError::Tie { row });
            }
        };
        let mut sign = 1.0;
        for side in sides {
            if side.signum() != sign {
                signed.iter_mut().for_each(|v| *v = -*v);
                sign = -sign;
            }
            self.push_signed(&signed, weight * side.abs(), annotator);
        }
        self.row = signed;
        Ok(())
    }

    /// Adds a chunk.
    ///
    /// # Errors
    /// See [`DataError`].
    pub fn extend(&mut self, rows: &Rows<'_>) -> Result<(), DataError> {
        self.extend_with(rows, &mut |_| {})
    }

    pub(super) fn extend_with(
        &mut self,
        rows: &Rows<'_>,
        after: &mut dyn FnMut(&mut Self),
    ) -> Result<(), DataError> {
        let (d, n) = (self.done.dim, rows.labels.len());
        let lengths = [
            ("a", rows.a.len(), n * d),
            ("b", rows.b.len(), n * d),
            ("weights", rows.weights.map_or(n, <[f64]>::len), n),
            ("annotators", rows.annotators.map_or(n, <[u32]>::len), n),
        ];
        for (what, found, expected) in lengths {
            if found != expected {
                return Err(DataError::Inconsistent {
                    row: rows.first_row,
                    what: format!(
                        "a chunk of {n} rows has {found} numbers of {what}, not {expected}"
                    ),
                });
            }
        }
        let (mut a, mut b) = (std::mem::take(&mut self.a), std::mem::take(&mut self.b));
        for r in 0..n {
            rows.a.copy(r * d, &mut a);
            rows.b.copy(r * d, &mut b);
            let weight = rows.weights.map_or(1.0, |w| w[r]);
            let who = rows.annotators.map(|w| w[r]);
            self.push(
                &a,
                &b,
                rows.labels[r],
                weight,
                who,
                rows.first_row + r as u64,
            )?;
            after(self);
        }
        (self.a, self.b) = (a, b);
        Ok(())
    }

    /// Adds a row that carries its label's sign already.
    pub(crate) fn push_signed(&mut self, row: &[f64], weight: f64, annotator: Option<u32>) {
        let before = self.done.rows + self.staged;
        if weight != 1.0 && self.done.weights.is_empty() {
            self.done.weights.resize(before, 1.0);
        }
        // Weights and annotators are no columns: they are not transposed, so they go where they stay.
        if weight != 1.0 || !self.done.weights.is_empty() {
            self.done.weights.push(weight);
        }
        if let (Some(who), true) = (annotator, self.keep_annotators) {
            self.done.annotators.push(who);
        }
        self.stage.extend_from_slice(row);
        self.staged += 1;
        if self.staged == BLOCK_ROWS {
            self.flush();
        }
    }

    fn flush(&mut self) {
        let columns = self.done.dim + 1;
        for k in 0..columns {
            let column = self.stage[k..].iter().step_by(columns);
            match &mut self.done.values {
                Values::Single(v) => v.extend(column.map(|&x| x as f32)),
                Values::Double(v) => v.extend(column),
            }
        }
        self.done.rows += self.staged;
        self.stage.clear();
        self.staged = 0;
    }

    /// The comparisons.
    pub fn finish(mut self) -> Comparisons {
        if self.staged > 0 {
            self.flush();
        }
        self.done
    }
}
