//! Rows in, blocks out: the one place where a comparison is checked and signed.

use big_numeric::wide;

use super::{BLOCK_ROWS, Comparisons, DataError, Floats, Preference, Rows, Storage, Ties, Values};

/// What becomes of the annotators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Annotators {
    /// They do not matter.
    Ignored,
    /// They are kept where they are named.
    Kept,
    /// Rows without one are refused.
    Required,
}

/// Collects rows into [`Comparisons`].
#[derive(Clone, Debug)]
pub struct Builder {
    pub(super) done: Comparisons,
    ties: Ties,
    /// Rows of the block that is not full yet, by rows.
    pub(super) stage: Vec<f64>,
    staged: usize,
    pub(super) annotators: Annotators,
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
            annotators: Annotators::Kept,
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

    /// How many rows there are so far.
    pub(super) fn rows(&self) -> usize {
        self.done.rows + self.staged
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
        let largest = largest(self.done.storage());
        // Written so that a NaN is refused.
        if !self.row.iter().all(|v| v.abs() <= largest) {
            return Err(DataError::TooLarge { row });
        }
        let mut signed = std::mem::take(&mut self.row);
        let shares;
        let sides: &[f64] = match label {
            Preference::A => &[1.0],
            Preference::B => &[-1.0],
            Preference::Tie if self.ties == Ties::Half => &[0.5, -0.5],
            Preference::Tie => {
                self.row = signed;
                return Err(DataError::Tie { row });
            }
            Preference::Share(share) if (0.0..=1.0).contains(&share) => {
                shares = [share, share - 1.0];
                &shares
            }
            Preference::Share(share) => {
                self.row = signed;
                let what = format!("a share of a preference is {share}: it is between 0 and 1");
                return Err(DataError::Inconsistent { row, what });
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

    /// Takes all rows out.
    pub(super) fn take(&mut self) -> Comparisons {
        let fresh = Self::empty(self.done.dim, self.done.storage());
        std::mem::replace(self, fresh).finish()
    }

    /// Takes the rows that are in whole blocks already out.
    pub(super) fn take_blocks(&mut self) -> Comparisons {
        let fresh = Self::empty(self.done.dim, self.done.storage()).done;
        let mut taken = std::mem::replace(&mut self.done, fresh);
        // Weights and annotators of the block to come are known already.
        let weights = taken.rows.min(taken.weights.len());
        self.done.weights = taken.weights.split_off(weights);
        let annotators = taken.rows.min(taken.annotators.len());
        self.done.annotators = taken.annotators.split_off(annotators);
        taken
    }

    /// Adds a chunk.
    ///
    /// # Errors
    /// See [`DataError`].
    pub fn extend(&mut self, rows: &Rows<'_>) -> Result<(), DataError> {
        if self.annotators == Annotators::Required && rows.annotators.is_none() {
            return Err(DataError::Inconsistent {
                row: rows.first_row,
                what: "it is not said whose rows these are".to_owned(),
            });
        }
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
        let mut r = 0;
        while r < n {
            if self.staged == 0 && n - r >= BLOCK_ROWS && self.push_block(rows, r) {
                r += BLOCK_ROWS;
            } else {
                rows.a.copy(r * d, &mut a);
                rows.b.copy(r * d, &mut b);
                let weight = rows.weights.map_or(1.0, |w| w[r]);
                let who = rows.annotators.map(|w| w[r]);
                let number = rows.first_row + r as u64;
                self.push(&a, &b, rows.labels[r], weight, who, number)?;
                r += 1;
            }
        }
        (self.a, self.b) = (a, b);
        Ok(())
    }

    /// Adds the rows from `from` on that make a block, to the same bits as one by one; not if any of them is a tie or
    /// to be refused.
    fn push_block(&mut self, rows: &Rows<'_>, from: usize) -> bool {
        let span = from..from + BLOCK_ROWS;
        let labels = &rows.labels[span.clone()];
        let weights = rows.weights.map(|w| &w[span.clone()]);
        let weighable = |w: &[f64]| w.iter().all(|w| w.is_finite() && *w >= 0.0);
        let whole = |label: &Preference| matches!(label, Preference::A | Preference::B);
        if !labels.iter().all(whole) || !weights.is_none_or(weighable) {
            return false;
        }
        let d = self.done.dim;
        let numbers = from * d..(from + BLOCK_ROWS) * d;
        self.stage.resize(BLOCK_ROWS * (d + 1), 0.0);
        let (a, b, out) = (rows.a, rows.b, &mut self.stage[..]);
        match (a, b) {
            (Floats::Single(a), Floats::Single(b)) => {
                signed_columns(&a[numbers.clone()], &b[numbers], labels, out);
            }
            (Floats::Single(a), Floats::Double(b)) => {
                signed_columns(&a[numbers.clone()], &b[numbers], labels, out);
            }
            (Floats::Double(a), Floats::Single(b)) => {
                signed_columns(&a[numbers.clone()], &b[numbers], labels, out);
            }
            (Floats::Double(a), Floats::Double(b)) => {
                signed_columns(&a[numbers.clone()], &b[numbers], labels, out);
            }
        }
        // A number that is not finite makes a difference that is not.
        let largest = largest(self.done.storage());
        let usable = out.iter().fold(true, |all, v| all & (v.abs() <= largest));
        if usable {
            for (before, w) in (self.done.rows..).zip(weights.unwrap_or(&[])) {
                self.push_weight(before, *w);
            }
            if let Some(who) = rows.annotators.filter(|_| self.keeps_annotators()) {
                self.done.annotators.extend_from_slice(&who[span]);
            }
            match &mut self.done.values {
                Values::Single(v) => v.extend(self.stage.iter().map(|&x| x as f32)),
                Values::Double(v) => v.extend_from_slice(&self.stage),
            }
            self.done.rows += BLOCK_ROWS;
            if weights.is_none() && !self.done.weights.is_empty() {
                self.done.weights.resize(self.done.rows, 1.0);
            }
        }
        self.stage.clear();
        usable
    }

    fn keeps_annotators(&self) -> bool {
        self.annotators != Annotators::Ignored
    }

    /// Adds the weight of a row that has so many before it.
    fn push_weight(&mut self, before: usize, weight: f64) {
        if weight != 1.0 && self.done.weights.is_empty() {
            self.done.weights.resize(before, 1.0);
        }
        // Weights are kept from the first that is not 1.
        if weight != 1.0 || !self.done.weights.is_empty() {
            self.done.weights.push(weight);
        }
    }

    /// Adds a row that carries its label's sign already.
    pub(crate) fn push_signed(&mut self, row: &[f64], weight: f64, annotator: Option<u32>) {
        // Weights and annotators are no columns: they are not transposed, so they go where they stay.
        self.push_weight(self.rows(), weight);
        if let Some(who) = annotator.filter(|_| self.keeps_annotators()) {
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

/// The largest number that a kind of storage may hold: a double can still be squared.
fn largest(storage: Storage) -> f64 {
    match storage {
        Storage::Single => f64::from(f32::MAX),
        Storage::Double => 1e150,
    }
}

/// Coordinates that are turned from rows to columns together, as many as share a line of the cache: the lines of a block stay
/// near while they are.
const TILE: usize = 8;

/// The differences `a − b` and the offsets `‖b‖² − ‖a‖²` of whole rows as columns, signed by the labels, none of which is
/// a tie.
fn signed_columns<A: Copy + Into<f64>, B: Copy + Into<f64>>(
    a: &[A],
    b: &[B],
    labels: &[Preference],
    out: &mut [f64],
) {
    wide(
        #[inline(always)]
        || match a.len() / labels.len() {
            // Literals, so that short rows are taken apart in vectors.
            1 => signed_columns_of(1, a, b, labels, out),
            2 => signed_columns_of(2, a, b, labels, out),
            3 => signed_columns_of(3, a, b, labels, out),
            4 => signed_columns_of(4, a, b, labels, out),
            d => signed_columns_of(d, a, b, labels, out),
        },
    );
}

#[inline(always)]
fn signed_columns_of<A: Copy + Into<f64>, B: Copy + Into<f64>>(
    d: usize,
    a: &[A],
    b: &[B],
    labels: &[Preference],
    out: &mut [f64],
) {
    let n = labels.len();
    let (columns, offsets) = out.split_at_mut(n * d);
    let mut signs = [1.0; BLOCK_ROWS];
    let signs = &mut signs[..n];
    for (sign, label) in signs.iter_mut().zip(labels) {
        *sign = if *label == Preference::B { -1.0 } else { 1.0 };
    }
    let offsets = &mut offsets[..n];
    offsets.fill(0.0);
    for (first, tile) in (0..d).step_by(TILE).zip(columns.chunks_mut(n * TILE)) {
        for (k, column) in (first..d).zip(tile.chunks_exact_mut(n)) {
            let (a, b) = (&a[..n * d], &b[..n * d]);
            for r in 0..n {
                let (a, b): (f64, f64) = (a[r * d + k].into(), b[r * d + k].into());
                column[r] = signs[r] * (a - b);
                offsets[r] -= (a - b) * (a + b);
            }
        }
    }
    for (offset, sign) in offsets.iter_mut().zip(&*signs) {
        *offset *= sign;
    }
}
