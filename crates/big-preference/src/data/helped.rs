//! Annotators' rows that helpers hold, in portions.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::{Comparisons, DataError, Floats, Values};
use crate::bytes::{Reader, Writer};
use crate::errand;

/// Portions a helper, so that those who are done sooner have more to do.
const PORTIONS: u64 = 4;
/// Bytes of a portion: none is so small that asking takes longer than answering, or too large to send.
const SIZE: (u64, u64) = (1 << 20, 64 << 20);

/// Whoever makes errands about annotators.
pub trait Helpers: Send + Sync + fmt::Debug {
    /// How many there are.
    fn count(&self) -> usize;

    /// Takes a portion; they are numbered from 0.
    ///
    /// # Errors
    /// Where it cannot be kept.
    fn keep(&self, portion: Vec<u8>) -> Result<(), DataError>;

    /// Asks all portions in order, `each` of them something beside what is shared; the answers of [`Portion::answer`] are handed over
    /// in this order.
    ///
    /// # Errors
    /// The first of `receive`, or of a portion that has no answer.
    fn ask(
        &self,
        shared: &[u8],
        each: &[Vec<u8>],
        receive: &mut dyn FnMut(&[u8]) -> Result<(), DataError>,
    ) -> Result<(), DataError>;
}

/// The helpers, and who is in which portion.
#[derive(Clone, Debug)]
pub(super) struct Helped {
    pub(super) helpers: Arc<dyn Helpers>,
    pub(super) portions: Vec<Range<usize>>,
}

impl Helped {
    pub(super) fn new(helpers: Arc<dyn Helpers>) -> Self {
        Self {
            helpers,
            portions: Vec::new(),
        }
    }

    /// Sends annotators from `first` on; `all` is about how many bytes all of them have.
    pub(super) fn send(
        &mut self,
        first: usize,
        parts: &[Comparisons],
        all: u64,
    ) -> Result<(), DataError> {
        let portions = PORTIONS * self.helpers.count().max(1) as u64;
        let most = all.div_ceil(portions).clamp(SIZE.0, SIZE.1);
        // Of about one size, so that nobody has the large ones.
        let here: u64 = parts.iter().map(size).sum();
        let enough = here.div_ceil(here.div_ceil(most).max(1));
        let mut from = 0;
        let mut bytes = 0;
        for (to, part) in (1..).zip(parts) {
            bytes += size(part);
            if bytes >= enough || to == parts.len() {
                self.helpers.keep(written(&parts[from..to]))?;
                self.portions.push(first + from..first + to);
                (from, bytes) = (to, 0);
            }
        }
        Ok(())
    }
}

fn size(part: &Comparisons) -> u64 {
    8 * (part.rows as u64 * (part.dim as u64 + 1) + part.weights.len() as u64)
}

fn written(parts: &[Comparisons]) -> Vec<u8> {
    let mut out = Writer::default();
    out.count(parts.first().map_or(0, |part| part.dim));
    out.count(parts.len());
    for part in parts {
        out.count(part.rows);
        out.byte(u8::from(!part.weights.is_empty()));
        for block in part.blocks() {
            match block.values() {
                Floats::Double(values) => out.numbers(values),
                Floats::Single(values) => values.iter().for_each(|v| out.number(f64::from(*v))),
            }
        }
        out.numbers(&part.weights);
    }
    out.done()
}

/// Some annotators' rows, with a helper.
#[derive(Debug)]
pub struct Portion(Vec<Comparisons>);

impl Portion {
    /// What has been sent; `None` where that is none.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::new(bytes);
        let dim = from.count()?;
        let mut parts = Vec::new();
        for _ in 0..from.count()? {
            let rows = from.count()?;
            let weighted = from.byte()? != 0;
            parts.push(Comparisons {
                dim,
                rows,
                values: Values::Double(from.numbers(dim.checked_add(1)?.checked_mul(rows)?)?),
                weights: from.numbers(if weighted { rows } else { 0 })?,
                annotators: Vec::new(),
                names: Vec::new(),
            });
        }
        from.is_done().then_some(Self(parts))
    }

    /// About how many bytes it takes.
    pub fn bytes(&self) -> u64 {
        self.0.iter().map(size).sum()
    }

    /// What its annotators say to an errand; `None` where it is none.
    pub fn answer(&self, shared: &[u8], each: &[u8]) -> Option<Vec<u8>> {
        errand::answer(&self.0, shared, each)
    }
}
