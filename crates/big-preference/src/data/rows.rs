//! The one form in which rows go from a reader of files to the likelihood.

/// Which of the two responses was preferred.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Preference {
    /// The first, `a`.
    A,
    /// The second, `b`.
    B,
    /// Neither.
    Tie,
    /// `a` for so much of the row's weight, between 0 and 1, and `b` for the rest: a grade, or a share of votes.
    Share(f64),
}

/// Numbers of one column of a chunk, by rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Floats<'a> {
    /// Single precision.
    Single(&'a [f32]),
    /// Double precision.
    Double(&'a [f64]),
}

impl Floats<'_> {
    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts the numbers, as doubles, behind those in `out`.
    pub fn append_to(&self, out: &mut Vec<f64>) {
        match self {
            Self::Single(v) => out.extend(v.iter().map(|x| f64::from(*x))),
            Self::Double(v) => out.extend_from_slice(v),
        }
    }

    /// Number `at`, from 0.
    ///
    /// # Panics
    /// When there are not so many.
    pub fn at(&self, at: usize) -> f64 {
        match self {
            Self::Single(v) => f64::from(v[at]),
            Self::Double(v) => v[at],
        }
    }

    /// `len` of the numbers, from number `from` on.
    ///
    /// # Panics
    /// When there are not so many.
    pub fn part(&self, from: usize, len: usize) -> Self {
        match self {
            Self::Single(v) => Self::Single(&v[from..from + len]),
            Self::Double(v) => Self::Double(&v[from..from + len]),
        }
    }

    /// How many numbers there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Single(v) => v.len(),
            Self::Double(v) => v.len(),
        }
    }

    pub(super) fn copy(&self, from: usize, out: &mut [f64]) {
        match self {
            Self::Single(v) => {
                for (out, v) in out.iter_mut().zip(&v[from..]) {
                    *out = f64::from(*v);
                }
            }
            Self::Double(v) => out.copy_from_slice(&v[from..from + out.len()]),
        }
    }
}

/// The responses of one side of a chunk, where a table may hold either.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ResponseColumn<'a> {
    /// Embeddings.
    Embeddings(Floats<'a>),
    /// No embeddings but names: indices into a list of the table's items.
    Names(&'a [u32]),
}

/// A chunk of `n` rows, as a reader hands them over; `R` is what it holds of the responses of one side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rows<'a, R = Floats<'a>> {
    /// The first responses, `n × d` by rows (where a table says `chosen`, these).
    pub a: R,
    /// The second responses, `n × d` by rows.
    pub b: R,
    /// Who won (length `n`).
    pub labels: &'a [Preference],
    /// Sample weights (length `n`), finite and not negative; `None`: all 1.
    pub weights: Option<&'a [f64]>,
    /// Indices into the annotators' names (length `n`); `None`: nobody is named.
    pub annotators: Option<&'a [u32]>,
    /// The number of the chunk's first row in its file, from 1: what an error message calls it.
    pub first_row: u64,
}

impl<'a, R> Rows<'a, R> {
    /// The same rows with other responses.
    pub fn with_responses<S>(&self, a: S, b: S) -> Rows<'a, S> {
        Rows {
            a,
            b,
            labels: self.labels,
            weights: self.weights,
            annotators: self.annotators,
            first_row: self.first_row,
        }
    }
}

impl<'a> Rows<'a, ResponseColumn<'a>> {
    /// The rows, if they hold embeddings.
    pub fn embeddings(&self) -> Option<Rows<'a>> {
        match (self.a, self.b) {
            (ResponseColumn::Embeddings(a), ResponseColumn::Embeddings(b)) => {
                Some(self.with_responses(a, b))
            }
            _ => None,
        }
    }

    /// The rows, if their responses go by name.
    pub fn names(&self) -> Option<Rows<'a, &'a [u32]>> {
        match (self.a, self.b) {
            (ResponseColumn::Names(a), ResponseColumn::Names(b)) => Some(self.with_responses(a, b)),
            _ => None,
        }
    }
}
