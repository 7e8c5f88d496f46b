//! Comparisons annotator by annotator, in memory or on disk.

use std::sync::Arc;

use big_numeric::parallel;

use super::builder::Builder;
use super::helped::{Helped, Helpers};
use super::runs::{AnnotatorBatch, Runs, Total};
use super::{BLOCK_ROWS, Block, Chunks, Comparisons, DataError, Floats, Source, Storage, Ties};
use crate::errand::{Errand, each, heard, shared};
use crate::fit::FitError;

/// Numbers that one batch of blocks holds, in bytes; so that a batch is worth sharing among threads, it has at least
/// [`FEWEST`] blocks, unless they are all.
const BATCH: usize = 4 << 20;
const FEWEST: usize = 16;

/// Every annotator's comparisons, each in the order of the table.
///
/// Whatever is asked annotator by annotator goes through [`each`](Self::each); as a [`Source`] it is all of them, one
/// annotator after the other. In memory and on disk the blocks are the same, so that answers are the same to the bit.
#[derive(Debug)]
pub struct Parts {
    dim: usize,
    names: Vec<String>,
    rows: Vec<u64>,
    weights: Vec<f64>,
    store: Store,
    helped: Option<Helped>,
}

#[derive(Debug)]
enum Store {
    Held(Vec<Comparisons>),
    OnDisk(Runs),
}

/// A block of one annotator's rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PartBlock<'a> {
    /// The annotator's index.
    pub(crate) annotator: usize,
    /// The block's number among the annotator's, from 0.
    pub(crate) number: usize,
    /// The block's number among all, from 0.
    pub(crate) place: usize,
    pub(crate) block: Block<'a>,
}

/// Takes a row, its weight and its annotator's index.
pub type Take<'a> = dyn FnMut(&[f64], f64, u32) -> Result<(), DataError> + 'a;

/// An annotator has to have a name.
fn named(names: &[String], annotator: usize) -> Result<(), DataError> {
    match annotator < names.len() {
        true => Ok(()),
        false => Err(DataError::Inconsistent {
            row: 1,
            what: format!("annotator number {} has no name", names.len()),
        }),
    }
}

/// An annotator's index with one of their blocks.
type Named<'a> = (usize, Block<'a>);

impl Parts {
    /// Sets of comparisons in memory, one an annotator, each with one name.
    ///
    /// # Errors
    /// When there is nobody, their dimensions differ, or a set has not exactly one name.
    pub fn held(parts: Vec<Comparisons>) -> Result<Self, DataError> {
        let inconsistent = |what: String| DataError::Inconsistent { row: 1, what };
        let dim = match parts.first() {
            Some(first) => first.dim(),
            None => return Err(inconsistent("there are no annotators".to_owned())),
        };
        let mut names = Vec::with_capacity(parts.len());
        for part in &parts {
            let [name] = part.names() else {
                return Err(inconsistent(
                    "a set of comparisons is not of one annotator".to_owned(),
                ));
            };
            if part.dim() != dim {
                return Err(inconsistent(format!(
                    "the embeddings of '{name}' have {} coordinates where others have {dim}",
                    part.dim()
                )));
            }
            names.push(name.clone());
        }
        Ok(Self {
            dim,
            names,
            rows: parts.iter().map(|part| part.rows() as u64).collect(),
            weights: parts.iter().map(Comparisons::total_weight).collect(),
            store: Store::Held(parts),
            helped: None,
        })
    }

    /// Sorts a table that names its annotators into a temporary file, in one pass, in which about `memory` bytes of rows are
    /// held, as in all later passes over the file. The file takes `8 (d + 2)` bytes a row; it has no name, and is gone with
    /// the value, however the program ends. Beside it stays an index in memory: 8 bytes for every annotator who is among the
    /// rows of half of `memory`, as many times as the table is longer than that.
    ///
    /// # Errors
    /// The first row that is refused, what the reader says, or that the file cannot be written.
    pub fn on_disk(chunks: &dyn Chunks, ties: Ties, memory: usize) -> Result<Self, DataError> {
        let (runs, totals) = Runs::write(chunks, ties, memory)?;
        Self::of_runs(chunks.dim(), chunks.annotators(), runs, &totals)
    }

    /// The same of rows that carry their labels' signs already, in memory where all of them fit twice into `memory` bytes, else in
    /// a temporary file. `feed` is called once, with what takes a row (`d + 1` numbers), its weight and its annotator's index; so
    /// many rows come.
    ///
    /// # Errors
    /// What `feed` says, an annotator without a name, or that the file cannot be written.
    pub fn gathered(
        dim: usize,
        names: &[String],
        rows: u64,
        memory: usize,
        feed: &mut dyn FnMut(&mut Take<'_>) -> Result<(), DataError>,
    ) -> Result<Self, DataError> {
        let mut builder = Builder::new(dim, Storage::Double, Ties::Refuse)?;
        let names = names.to_vec();
        let bytes = u128::from(rows) * (dim as u128 + 1) * size_of::<f64>() as u128;
        if 2 * bytes <= memory as u128 {
            feed(&mut |row, weight, who| {
                named(&names, who as usize)?;
                builder.push_signed(row, weight, Some(who));
                Ok(())
            })?;
            return Self::held(builder.named(names).finish().split());
        }
        let (mut runs, mut totals) = (Runs::begin(dim, memory)?, Vec::new());
        let most = runs.most();
        feed(&mut |row, weight, who| {
            named(&names, who as usize)?;
            builder.push_signed(row, weight, Some(who));
            match builder.rows() >= most {
                true => runs.append(&builder.take(), &mut totals),
                false => Ok(()),
            }
        })?;
        runs.append(&builder.finish(), &mut totals)?;
        Self::of_runs(dim, names, runs, &totals)
    }

    fn of_runs(
        dim: usize,
        names: Vec<String>,
        runs: Runs,
        totals: &[Total],
    ) -> Result<Self, DataError> {
        if let Some(last) = totals.len().checked_sub(1) {
            named(&names, last)?;
        }
        let of = |i: usize| totals.get(i).copied().unwrap_or_default();
        Ok(Self {
            dim,
            rows: (0..names.len()).map(|i| of(i).rows).collect(),
            weights: (0..names.len()).map(|i| of(i).weight).collect(),
            names,
            store: Store::OnDisk(runs),
            helped: None,
        })
    }

    /// The dimension `d`.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The number of annotators.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Is there nobody?
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The annotators' names.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The number of an annotator's rows.
    pub fn rows(&self, annotator: usize) -> u64 {
        self.rows[annotator]
    }

    /// The sum of an annotator's weights.
    pub fn weight(&self, annotator: usize) -> f64 {
        self.weights[annotator]
    }

    /// What `one` makes of each annotator's rows, in order. Parallel over the annotators; one pass over the file, in
    /// which an annotator with more rows than memory holds is read again in each of its own passes.
    ///
    /// # Errors
    /// The first error of `one` in the order of the annotators that are in memory together, or what the file says.
    pub fn each<T: Send, E: Send + From<DataError>>(
        &self,
        one: &(dyn Fn(usize, &dyn Source) -> Result<T, E> + Sync),
    ) -> Result<Vec<T>, E> {
        let mut out = Vec::with_capacity(self.len());
        self.groups::<E>(&mut |first, group| {
            match group {
                AnnotatorBatch::Held(parts) => {
                    let numbered = parts.iter().enumerate();
                    for answer in parallel::map(numbered, |(i, part)| one(first + i, part)) {
                        out.push(answer?);
                    }
                }
                AnnotatorBatch::Large(large) => out.push(one(first, large)?),
            }
            Ok(())
        })?;
        Ok(out)
    }

    /// What `one` makes of each annotator's rows, handed to `add` in order: `together` at a time, with the first one's index, no more
    /// of which are there. Parallel over these.
    ///
    /// # Errors
    /// As [`each`](Self::each).
    pub(crate) fn fold_each<T: Send, E: Send + From<DataError>>(
        &self,
        together: usize,
        one: &(dyn Fn(usize, &dyn Source) -> Result<T, E> + Sync),
        add: &mut dyn FnMut(usize, Vec<T>),
    ) -> Result<(), E> {
        self.groups::<E>(&mut |first, group| {
            match group {
                AnnotatorBatch::Held(parts) => {
                    for (number, some) in parts.chunks(together.max(1)).enumerate() {
                        let first = first + number * together.max(1);
                        let numbered = some.iter().enumerate();
                        let made = parallel::map(numbered, |(i, part)| one(first + i, part));
                        add(first, made.into_iter().collect::<Result<_, E>>()?);
                    }
                }
                AnnotatorBatch::Large(large) => add(first, vec![one(first, large)?]),
            }
            Ok(())
        })
    }

    /// Has helpers make the errands from here on, who are sent all rows; not where one annotator has more rows than memory holds. What
    /// they say is what would be found here, to the bit.
    ///
    /// # Errors
    /// What the rows' source or the helpers say.
    pub fn help(&mut self, helpers: Arc<dyn Helpers>) -> Result<(), DataError> {
        if let Store::OnDisk(runs) = &self.store
            && self.rows.iter().any(|rows| *rows > runs.most() as u64)
        {
            return Ok(());
        }
        let all = self.rows.iter().sum::<u64>() * 8 * (self.dim as u64 + 1);
        let mut helped = Helped::new(helpers);
        self.groups::<DataError>(&mut |first, group| match group {
            AnnotatorBatch::Held(parts) => helped.send(first, parts, all),
            // There is none.
            AnnotatorBatch::Large(_) => Ok(()),
        })?;
        self.helped = Some(helped);
        Ok(())
    }

    /// What each annotator says to an errand, in order.
    ///
    /// # Errors
    /// That of the first annotator who has none, or what the rows' source or a helper says.
    pub(crate) fn ask<E: Errand>(&self, errand: &E) -> Result<Vec<E::Output>, FitError> {
        let mut out = Vec::with_capacity(self.len());
        self.fold_ask(usize::MAX, errand, &mut |_, some| out.extend(some))?;
        Ok(out)
    }

    /// The same, handed to `add` in order: some at a time with the first one's index, no more than `together` of which are there, or than
    /// a helper holds.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub(crate) fn fold_ask<E: Errand>(
        &self,
        together: usize,
        errand: &E,
        add: &mut dyn FnMut(usize, Vec<E::Output>),
    ) -> Result<(), FitError> {
        let Some(helped) = &self.helped else {
            return self.fold_each(together, &|i, part| errand.one(i, part), add);
        };
        let asked = helped.portions.iter();
        let asked: Vec<Vec<u8>> = asked.map(|some| each(errand, some.clone())).collect();
        let mut portions = helped.portions.iter();
        let mut failed = None;
        let wrong = || DataError::Shard {
            shard: "a helper".to_owned(),
            what: "its answer does not fit what was asked: does it have the same version?"
                .to_owned(),
        };
        let asked = helped.helpers.ask(&shared(errand), &asked, &mut |told| {
            let some = portions.next().ok_or_else(wrong)?;
            match heard::<E>(told, some.len()).ok_or_else(wrong)? {
                Ok(told) => add(some.start, told),
                Err(error) => {
                    failed = Some(error);
                    // Nobody has to be heard any more.
                    return Err(DataError::Cancelled);
                }
            }
            Ok(())
        });
        match (failed, asked) {
            (Some(error), _) => Err(error),
            (None, Err(error)) => Err(error.into()),
            (None, Ok(())) if portions.next().is_some() => Err(wrong().into()),
            (None, Ok(())) => Ok(()),
        }
    }

    /// Hands the annotators over, as many at a time as are in memory, with the first one's index.
    fn groups<E: From<DataError>>(
        &self,
        visit: &mut dyn FnMut(usize, AnnotatorBatch<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        match &self.store {
            Store::Held(parts) => visit(0, AnnotatorBatch::Held(parts)),
            Store::OnDisk(runs) => runs.groups(&self.rows, visit),
        }
    }

    /// The number of blocks.
    pub(crate) fn block_count(&self) -> usize {
        let blocks = |rows: &u64| rows.div_ceil(BLOCK_ROWS as u64) as usize;
        self.rows.iter().map(blocks).sum()
    }

    /// Hands all blocks over, annotator by annotator, in batches of bounded size.
    pub(crate) fn blocks(&self, batch: &mut dyn FnMut(&[PartBlock<'_>])) -> Result<(), DataError> {
        let mut place = 0;
        // The annotator of the last block, and how many of its blocks there were.
        let mut last = (0, 0);
        self.owned_blocks(&mut |owned| {
            let mut blocks = Vec::new();
            let mut bytes = 0;
            for &(annotator, block) in owned {
                if annotator != last.0 {
                    last = (annotator, 0);
                }
                blocks.push(PartBlock {
                    annotator,
                    number: last.1,
                    place,
                    block,
                });
                last.1 += 1;
                place += 1;
                bytes += block.rows() * (self.dim + 1) * size_of::<f64>();
                if bytes >= BATCH && blocks.len() >= FEWEST {
                    batch(&blocks);
                    blocks.clear();
                    bytes = 0;
                }
            }
            if !blocks.is_empty() {
                batch(&blocks);
            }
        })
    }

    /// Hands all blocks over with their annotators, as many at a time as are in memory.
    fn owned_blocks(&self, visit: &mut dyn FnMut(&[Named<'_>])) -> Result<(), DataError> {
        self.groups::<DataError>(&mut |first, group| {
            let mut held = |parts: &[Comparisons]| {
                let mut blocks = Vec::new();
                for (i, part) in parts.iter().enumerate() {
                    blocks.extend(part.blocks().map(|block| (first + i, block)));
                }
                visit(&blocks);
            };
            match group {
                AnnotatorBatch::Held(parts) => held(parts),
                AnnotatorBatch::Large(large) => {
                    large.visit_parts(&mut |part| held(std::slice::from_ref(part)))?;
                }
            }
            Ok(())
        })
    }
}

impl Source for Parts {
    fn dim(&self) -> usize {
        self.dim
    }

    fn visit(&self, batch: &mut dyn FnMut(&[Block<'_>])) -> Result<(), DataError> {
        self.blocks(&mut |blocks| {
            let blocks: Vec<Block<'_>> = blocks.iter().map(|b| b.block).collect();
            batch(&blocks);
        })
    }
}

/// A block that owns its rows.
#[derive(Clone, Debug)]
pub(crate) struct OwnedBlock {
    pub(crate) rows: usize,
    pub(crate) values: Vec<f64>,
    pub(crate) weights: Option<Vec<f64>>,
}

impl OwnedBlock {
    pub(crate) fn copy(block: &Block<'_>) -> Self {
        let mut values = Vec::new();
        block.values().append_to(&mut values);
        Self {
            rows: block.rows(),
            values,
            weights: block.weights().map(<[f64]>::to_vec),
        }
    }

    pub(crate) fn block(&self) -> Block<'_> {
        Block::new(
            self.rows,
            Floats::Double(&self.values),
            self.weights.as_deref(),
        )
    }
}

/// All rows, with other labels than those they have: `tell` says what a block becomes. `None` leaves it as it is.
pub(crate) struct Rewritten<'a> {
    pub(crate) parts: &'a Parts,
    #[allow(clippy::type_complexity)] // a function from one block to some
    pub(crate) tell: &'a (dyn Fn(&PartBlock<'_>) -> Option<Vec<OwnedBlock>> + Sync),
}

impl Source for Rewritten<'_> {
    fn dim(&self) -> usize {
        self.parts.dim
    }

    fn visit(&self, batch: &mut dyn FnMut(&[Block<'_>])) -> Result<(), DataError> {
        self.parts.blocks(&mut |blocks| {
            let told = parallel::map(blocks, self.tell);
            let mut out: Vec<Block<'_>> = Vec::with_capacity(blocks.len());
            for (told, as_is) in told.iter().zip(blocks) {
                match told {
                    Some(told) => out.extend(told.iter().map(OwnedBlock::block)),
                    None => out.push(as_is.block),
                }
            }
            batch(&out);
        })
    }
}
