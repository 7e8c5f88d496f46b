//! What is asked about annotators one by one, of whoever holds their rows.
//!
//! An errand is made here, where [`Parts`](crate::data::Parts) have the rows at hand, or by helpers that hold some annotators each. It is
//! the same computation on the same blocks, so that no bit depends on who makes it.

use std::ops::Range;

use big_numeric::parallel;

use crate::annotators::OwnFits;
use crate::audit::{Measures, Moves, Pushes, Replicates, Slopes};
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
    type Output: Send + Wire;

    /// Asks an annotator, by their index.
    fn one(&self, annotator: usize, part: &dyn Source) -> Result<Self::Output, FitError>;

    /// What is asked of all.
    fn shared(&self, out: &mut Writer);

    /// What is asked of some of the annotators beside, who are counted from 0 there.
    fn each(&self, _: Range<usize>, _: &mut Writer) {}

    /// What these two have written.
    fn read(shared: &mut Reader<'_>, each: &mut Reader<'_>) -> Option<Self>;
}

/// What an errand asks of all annotators, as bytes.
pub(crate) fn shared<E: Errand>(errand: &E) -> Vec<u8> {
    let mut out = Writer::default();
    out.byte(E::KIND);
    errand.shared(&mut out);
    out.done()
}

/// What it asks of some of them beside.
pub(crate) fn each<E: Errand>(errand: &E, some: Range<usize>) -> Vec<u8> {
    let mut out = Writer::default();
    errand.each(some, &mut out);
    out.done()
}

/// What so many annotators say to an errand; `None` where that is no answer to it.
pub(crate) fn heard<E: Errand>(
    bytes: &[u8],
    annotators: usize,
) -> Option<Result<Vec<E::Output>, FitError>> {
    let mut from = Reader::new(bytes);
    let told = Result::<Vec<E::Output>, FitError>::read(&mut from)?;
    let whole = told.as_ref().map_or(true, |told| told.len() == annotators);
    (from.is_done() && whole).then_some(told)
}

/// What these annotators say to an errand that comes as bytes, as bytes; `None` where it is none.
pub(crate) fn answer(parts: &[Comparisons], shared: &[u8], each: &[u8]) -> Option<Vec<u8>> {
    let (mut shared, each) = (Reader::new(shared), Reader::new(each));
    match shared.byte()? {
        OwnFits::KIND => told::<OwnFits>(parts, shared, each),
        Steps::KIND => told::<Steps>(parts, shared, each),
        Posteriors::KIND => told::<Posteriors>(parts, shared, each),
        ColumnSums::KIND => told::<ColumnSums>(parts, shared, each),
        Measures::KIND => told::<Measures>(parts, shared, each),
        Pushes::KIND => told::<Pushes>(parts, shared, each),
        Moves::KIND => told::<Moves>(parts, shared, each),
        Slopes::KIND => told::<Slopes>(parts, shared, each),
        Replicates::KIND => told::<Replicates>(parts, shared, each),
        _ => None,
    }
}

fn told<E: Errand>(
    parts: &[Comparisons],
    mut shared: Reader<'_>,
    mut each: Reader<'_>,
) -> Option<Vec<u8>> {
    let errand = E::read(&mut shared, &mut each)?;
    if !shared.is_done() || !each.is_done() {
        return None;
    }
    let made = parallel::map(parts.iter().enumerate(), |(i, part)| errand.one(i, part));
    // The first that failed is what it would be here.
    let made: Result<Vec<E::Output>, FitError> = made.into_iter().collect();
    let mut out = Writer::default();
    made.write(&mut out);
    Some(out.done())
}
