//! What is asked about annotators one by one, of whoever holds their rows.
//!
//! An errand is made here, where [`Parts`](crate::data::Parts) have the rows at hand, or by helpers that hold some annotators each. It is
//! the same computation on the same blocks, so that no bit depends on who makes it.

use std::ops::Range;

use rayon::prelude::*;

use crate::annotators::OwnFits;
use crate::bytes::{Reader, Writer};
use crate::data::{Comparisons, Source};
use crate::errors::ColumnSums;
use crate::fit::FitError;
use crate::fixed_effects::Steps;
use crate::hierarchy::Posteriors;
use crate::wire::Wire;

/// A question about every annotator alone.
pub(crate) trait Errand: Sync + Sized {
    /// What tells it from others between processes.
    const KIND: u8;
    /// What one annotator's rows say.
    type Told: Send + Wire;

    /// Asks an annotator, by their index.
    fn one(&self, annotator: usize, part: &dyn Source) -> Result<Self::Told, FitError>;

    /// The question for some of the annotators, who are counted from 0 there.
    fn of(&self, some: Range<usize>, out: &mut Writer);

    /// What [`of`](Self::of) has written.
    fn read(from: &mut Reader<'_>) -> Option<Self>;
}

/// An errand for some of the annotators, as bytes.
pub(crate) fn sent<E: Errand>(errand: &E, some: Range<usize>) -> Vec<u8> {
    let mut out = Writer::default();
    out.byte(E::KIND);
    errand.of(some, &mut out);
    out.done()
}

/// What so many annotators say to an errand; `None` where that is no answer to it.
pub(crate) fn heard<E: Errand>(
    bytes: &[u8],
    annotators: usize,
) -> Option<Result<Vec<E::Told>, FitError>> {
    let mut from = Reader::new(bytes);
    let told = Result::<Vec<E::Told>, FitError>::read(&mut from)?;
    let whole = told.as_ref().map_or(true, |told| told.len() == annotators);
    (from.is_done() && whole).then_some(told)
}

/// What these annotators say to an errand that comes as bytes, as bytes; `None` where it is none.
pub(crate) fn answer(parts: &[Comparisons], errand: &[u8]) -> Option<Vec<u8>> {
    let mut from = Reader::new(errand);
    match from.byte()? {
        OwnFits::KIND => told::<OwnFits>(parts, from),
        Steps::KIND => told::<Steps>(parts, from),
        Posteriors::KIND => told::<Posteriors>(parts, from),
        ColumnSums::KIND => told::<ColumnSums>(parts, from),
        _ => None,
    }
}

fn told<E: Errand>(parts: &[Comparisons], mut from: Reader<'_>) -> Option<Vec<u8>> {
    let errand = E::read(&mut from)?;
    if !from.is_done() {
        return None;
    }
    let made: Vec<Result<E::Told, FitError>> = parts
        .par_iter()
        .enumerate()
        .map(|(i, part)| errand.one(i, part))
        .collect();
    // The first that failed is what it would be here.
    let made: Result<Vec<E::Told>, FitError> = made.into_iter().collect();
    let mut out = Writer::default();
    made.write(&mut out);
    Some(out.done())
}
