//! Comparisons in memory: what preference data is to the likelihood, free of any file format.
//!
//! A row says that somebody preferred one of two responses `a`, `b ∈ R^d`. All that the model (arXiv:2502.01127,
//! Section 6) sees of it are the difference `a − b` and the offset `‖b‖² − ‖a‖²`, both with the sign of the label, so
//! that the margin `2⟨θ, a − b⟩ + ‖b‖² − ‖a‖²` (eq. 26) is large where `θ` explains the label.

mod builder;
mod helped;
mod parts;
mod rows;
mod runs;
mod stream;

use std::path::PathBuf;

use thiserror::Error;

use crate::shards::Shards;

pub use builder::Builder;
pub use helped::{Helpers, Portion};
pub(crate) use parts::{OwnedBlock, PartBlock, Rewritten};
pub use parts::{Parts, Take};
pub use rows::{Floats, Preference, ResponseColumn, Rows};
pub use stream::{Streamed, pieces};

/// Rows a block. A block is stored by columns, so that every kernel runs along the rows, and it is small enough to
/// stay in a core's cache.
pub const BLOCK_ROWS: usize = 512;

/// What to do with a tie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ties {
    /// Refuse it.
    #[default]
    Refuse,
    /// Count it as half a preference for each of the two.
    Half,
}

/// How rows are kept in memory; all sums are made in double precision either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Storage {
    /// 4 bytes a number: half the memory, relative rounding errors of 6e-8 in each difference and offset.
    Single,
    /// 8 bytes a number.
    #[default]
    Double,
}

/// Why a row, or a source of rows, was refused. Rows are counted from 1.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DataError {
    /// Whoever watches the reading ended it.
    #[error("stopped before all rows were read")]
    Cancelled,
    /// NaN, infinite, or missing.
    #[error(
        "row {row}: coordinate {coordinate} of {response} is {value}: every number must be finite"
    )]
    NotFinite {
        /// The row, from 1.
        row: u64,
        /// `a` or `b`.
        response: &'static str,
        /// The coordinate, from 0.
        coordinate: usize,
        /// The number.
        value: f64,
    },
    /// An embedding of another length.
    #[error("row {row}: {response} has {found} coordinates where the rows before have {expected}")]
    WrongLength {
        /// The row, from 1.
        row: u64,
        /// `a` or `b`.
        response: &'static str,
        /// Its length.
        found: usize,
        /// The length expected, `d`.
        expected: usize,
    },
    /// Numbers whose squares overflow.
    #[error("row {row}: the squared norms of the embeddings overflow: measure in larger units")]
    TooLarge {
        /// The row, from 1.
        row: u64,
    },
    /// Numbers whose squares vanish, all of a coordinate.
    #[error(
        "coordinate {coordinate}: its differences are {largest:e} at most, and their squares are zero: measure in smaller \
         units"
    )]
    TooSmall {
        /// The coordinate, from 0.
        coordinate: usize,
        /// The largest difference.
        largest: f64,
    },
    /// A weight that is negative or not finite.
    #[error("row {row}: the weight is {value}: a weight must be finite and not negative")]
    BadWeight {
        /// The row, from 1.
        row: u64,
        /// The weight.
        value: f64,
    },
    /// A tie where ties are refused.
    #[error("row {row}: a tie: drop such rows, or have ties counted as half a preference each way")]
    Tie {
        /// The row, from 1.
        row: u64,
    },
    /// Columns of different lengths in one chunk, or an annotator without a name.
    #[error("row {row}: {what}")]
    Inconsistent {
        /// The row, from 1.
        row: u64,
        /// What does not fit.
        what: String,
    },
    /// Embeddings of length 0.
    #[error("the embeddings need at least one coordinate")]
    NoDimensions,
    /// The temporary file of [`Parts::on_disk`] cannot be used.
    #[error("the rows sorted by annotator do not go into a temporary file in {}: {reason}", .folder.display())]
    Scratch {
        /// Where it is.
        folder: PathBuf,
        /// What the system says.
        reason: std::io::Error,
    },
    /// What a shard answered is not what was asked.
    #[error("{shard}: {what}")]
    Shard {
        /// Which one.
        shard: String,
        /// What does not fit.
        what: String,
    },
    /// What the reader of a file says.
    #[error("{0}")]
    Reader(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl DataError {
    /// The row that was refused, where it is one.
    pub fn row_mut(&mut self) -> Option<&mut u64> {
        match self {
            Self::NotFinite { row, .. }
            | Self::WrongLength { row, .. }
            | Self::TooLarge { row }
            | Self::BadWeight { row, .. }
            | Self::Tie { row }
            | Self::Inconsistent { row, .. } => Some(row),
            _ => None,
        }
    }
}

/// A table of comparisons that can be read from the start any number of times: what a reader of files implements.
pub trait Chunks: Sync {
    /// The dimension `d` of the embeddings.
    fn dim(&self) -> usize;

    /// The annotators' names, complete after one [`pass`](Self::pass); empty where the table names nobody.
    fn annotators(&self) -> Vec<String>;

    /// Hands every row to `visit`, in the table's order, the same rows in every pass.
    ///
    /// # Errors
    /// The first error of `visit`, or [`DataError::Reader`].
    fn pass(
        &self,
        visit: &mut dyn FnMut(&Rows<'_>) -> Result<(), DataError>,
    ) -> Result<(), DataError>;

    /// Hands about `rows` rows to `visit`, from as many places all over the table as can be reached without reading the rest,
    /// the same in every call: where a fit begins, whose result does not depend on them. By default the first ones.
    ///
    /// # Errors
    /// As [`pass`](Self::pass).
    fn peek(
        &self,
        rows: usize,
        visit: &mut dyn FnMut(&Rows<'_>) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        let mut left = rows;
        let done = self.pass(&mut |chunk| {
            visit(chunk)?;
            left = left.saturating_sub(chunk.labels.len());
            match left {
                0 => Err(DataError::Reader(Box::new(Enough))),
                _ => Ok(()),
            }
        });
        match done {
            Err(DataError::Reader(stopped)) if stopped.is::<Enough>() => Ok(()),
            done => done,
        }
    }

    /// About how many rows there are; `None` where only a pass can tell.
    fn about_rows(&self) -> Option<u64> {
        None
    }
}

/// Ends a pass whose visitor has seen enough.
#[derive(Debug, Error)]
#[error("enough rows have been read")]
struct Enough;

#[derive(Clone, Debug, PartialEq)]
enum Values {
    Single(Vec<f32>),
    Double(Vec<f64>),
}

/// Up to [`BLOCK_ROWS`] rows: `d + 1` columns (the signed difference, the signed offset), one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    rows: usize,
    values: Floats<'a>,
    weights: Option<&'a [f64]>,
}

impl<'a> Block<'a> {
    pub(crate) fn new(rows: usize, values: Floats<'a>, weights: Option<&'a [f64]>) -> Self {
        Self {
            rows,
            values,
            weights,
        }
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The columns, each of length [`rows`](Self::rows).
    pub fn values(&self) -> Floats<'a> {
        self.values
    }

    /// The weights; `None`: all 1.
    pub fn weights(&self) -> Option<&'a [f64]> {
        self.weights
    }
}

/// What the likelihood reads: signed rows in blocks, any number of times.
pub trait Source: Sync {
    /// The dimension `d` of the responses.
    fn dim(&self) -> usize;

    /// Hands the blocks over in batches, in a fixed order and with fixed bounds: sums over them do not depend on how
    /// many threads make them.
    ///
    /// # Errors
    /// What the reader behind the source says.
    fn visit(&self, batch: &mut dyn FnMut(&[Block<'_>])) -> Result<(), DataError>;

    /// Is everything in memory, so that a visit that looks at few of the blocks is cheap?
    fn in_memory(&self) -> bool {
        false
    }

    /// Are the rows elsewhere, so that sums over them are asked for, not made from blocks?
    fn shards(&self) -> Option<&Shards<'_>> {
        None
    }

    /// Hands over blocks of some of the rows, about one in `share` but at least about `least` and at most about `most`, and
    /// returns about how many rows there are in all: where that costs far less than a visit. Else `None`, whatever has been
    /// handed over.
    fn peek(&self, _: &Peek, _: &mut dyn FnMut(&[Block<'_>])) -> Option<u64> {
        None
    }
}

/// How many rows a [peek](Source::peek) is to show.
#[derive(Clone, Copy, Debug)]
pub struct Peek {
    /// One in so many,
    pub share: u64,
    /// but at least so many,
    pub least: usize,
    /// and at most so many.
    pub most: usize,
}

/// Comparisons in memory: signed differences and offsets in blocks, weights, and who said it.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparisons {
    dim: usize,
    rows: usize,
    values: Values,
    weights: Vec<f64>,
    annotators: Vec<u32>,
    names: Vec<String>,
}

impl Comparisons {
    /// Reads a whole table into memory.
    ///
    /// # Errors
    /// The first row that is refused, or what the reader says.
    pub fn read(chunks: &dyn Chunks, storage: Storage, ties: Ties) -> Result<Self, DataError> {
        let mut builder = Builder::new(chunks.dim(), storage, ties)?;
        chunks.pass(&mut |rows| builder.extend(rows))?;
        let mut all = builder.finish();
        let names = chunks.annotators();
        if let Some(&who) = all
            .annotators
            .iter()
            .find(|&&who| who as usize >= names.len())
        {
            let what = format!("annotator number {who} has no name");
            return Err(DataError::Inconsistent { row: 1, what });
        }
        all.names = names;
        Ok(all)
    }

    /// The dimension `d`.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The number of rows (a tie counted as half each way makes two).
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The annotators' names.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Row by row the index of its annotator; empty where nobody is named.
    pub fn annotators(&self) -> &[u32] {
        &self.annotators
    }

    /// The sum of the weights.
    pub fn total_weight(&self) -> f64 {
        if self.weights.is_empty() {
            self.rows as f64
        } else {
            self.weights.iter().sum()
        }
    }

    /// The blocks, in order.
    pub fn blocks(&self) -> impl ExactSizeIterator<Item = Block<'_>> {
        let columns = self.dim + 1;
        (0..self.rows.div_ceil(BLOCK_ROWS)).map(move |block| {
            let from = block * BLOCK_ROWS;
            let to = (from + BLOCK_ROWS).min(self.rows);
            let span = from * columns..to * columns;
            Block {
                rows: to - from,
                values: match &self.values {
                    Values::Single(v) => Floats::Single(&v[span]),
                    Values::Double(v) => Floats::Double(&v[span]),
                },
                weights: (!self.weights.is_empty()).then(|| &self.weights[from..to]),
            }
        })
    }

    /// Row `row`: the signed difference and the signed offset, `d + 1` numbers.
    pub fn row(&self, row: usize, out: &mut [f64]) {
        let (at, stride) = self.place(row);
        for (k, out) in out.iter_mut().enumerate().take(self.dim + 1) {
            *out = match &self.values {
                Values::Single(v) => f64::from(v[at + k * stride]),
                Values::Double(v) => v[at + k * stride],
            };
        }
    }

    /// Row `row`'s weight.
    pub fn weight(&self, row: usize) -> f64 {
        self.weights.get(row).copied().unwrap_or(1.0)
    }

    /// Rows that are in blocks already, of one annotator.
    pub(crate) fn from_blocks(dim: usize, rows: usize, values: Vec<f64>, name: String) -> Self {
        Self {
            dim,
            rows,
            values: Values::Double(values),
            weights: Vec::new(),
            annotators: Vec::new(),
            names: vec![name],
        }
    }

    /// The blocks' numbers; none in single storage.
    pub(crate) fn values_mut(&mut self) -> &mut [f64] {
        match &mut self.values {
            Values::Double(v) => v,
            Values::Single(_) => &mut [],
        }
    }

    /// Where a row's first number is, and how far it is to the next one.
    fn place(&self, row: usize) -> (usize, usize) {
        place(self.rows, self.dim, row)
    }

    /// One set of comparisons an annotator, in the order of [`names`](Self::names). O(N·d).
    pub fn split(&self) -> Vec<Self> {
        let mut parts: Vec<Builder> = (0..self.names.len())
            .map(|_| Builder::empty(self.dim, self.storage()))
            .collect();
        let mut row = vec![0.0; self.dim + 1];
        for (r, &who) in self.annotators.iter().enumerate() {
            self.row(r, &mut row);
            parts[who as usize].push_signed(&row, self.weight(r), None);
        }
        parts
            .into_iter()
            .zip(&self.names)
            .map(|(part, name)| Self {
                names: vec![name.clone()],
                ..part.finish()
            })
            .collect()
    }

    /// How the rows are kept.
    pub fn storage(&self) -> Storage {
        match self.values {
            Values::Single(_) => Storage::Single,
            Values::Double(_) => Storage::Double,
        }
    }
}

/// Where the first number of one of `rows` rows is, and how far it is to its next one.
fn place(rows: usize, dim: usize, row: usize) -> (usize, usize) {
    let block = row / BLOCK_ROWS;
    let stride = (rows - block * BLOCK_ROWS).min(BLOCK_ROWS);
    (block * BLOCK_ROWS * (dim + 1) + row % BLOCK_ROWS, stride)
}

impl Source for Comparisons {
    fn dim(&self) -> usize {
        self.dim
    }

    fn visit(&self, batch: &mut dyn FnMut(&[Block<'_>])) -> Result<(), DataError> {
        let blocks: Vec<Block<'_>> = self.blocks().collect();
        batch(&blocks);
        Ok(())
    }

    fn in_memory(&self) -> bool {
        true
    }
}

/// Several sets of comparisons as one: the pooled data of the influencers (arXiv:2502.01127, eq. 27).
#[derive(Clone, Debug)]
pub struct Pool<'a> {
    dim: usize,
    parts: Vec<&'a Comparisons>,
}

impl<'a> Pool<'a> {
    /// Pools sets of one dimension; `None` when there is no set, or their dimensions differ.
    pub fn new(parts: impl IntoIterator<Item = &'a Comparisons>) -> Option<Self> {
        let parts: Vec<&Comparisons> = parts.into_iter().collect();
        let dim = parts.first()?.dim;
        parts
            .iter()
            .all(|part| part.dim == dim)
            .then_some(Self { dim, parts })
    }
}

impl Source for Pool<'_> {
    fn dim(&self) -> usize {
        self.dim
    }

    fn visit(&self, batch: &mut dyn FnMut(&[Block<'_>])) -> Result<(), DataError> {
        let blocks: Vec<Block<'_>> = self.parts.iter().flat_map(|part| part.blocks()).collect();
        batch(&blocks);
        Ok(())
    }

    fn in_memory(&self) -> bool {
        true
    }
}
