//! Sums over a source's blocks: the same bits whatever the number of threads.

use big_numeric::parallel;

use crate::data::{Block, DataError, Source};
use crate::kernel::Scratch;

/// How many running sums a pass keeps: it depends on the problem alone, never on the machine.
pub(crate) fn lanes(parameters: usize) -> usize {
    match parameters {
        0..=64 => 64,
        65..=512 => 16,
        _ => 4,
    }
}

/// Adds up what `step` makes of each block, in `lanes` running sums joined in order; `cost` is a row's, in operations.
/// `None` when there is no block.
pub(crate) fn fold<S: Send>(
    source: &dyn Source,
    lanes: usize,
    cost: usize,
    new: &(dyn Fn() -> S + Sync),
    step: &(dyn Fn(&mut S, &Block<'_>, &mut Scratch) + Sync),
    join: &dyn Fn(&mut S, &S),
) -> Result<Option<S>, DataError> {
    fold_and_finish(source, lanes, cost, new, step, None, join)
}

/// What is to be done to a sum after its last block.
pub(crate) type Finish<'a, S> = &'a (dyn Fn(&mut S, &mut Scratch) + Sync);

/// The same with that.
pub(crate) fn fold_and_finish<S: Send>(
    source: &dyn Source,
    lanes: usize,
    cost: usize,
    new: &(dyn Fn() -> S + Sync),
    step: &(dyn Fn(&mut S, &Block<'_>, &mut Scratch) + Sync),
    finish: Option<Finish<'_, S>>,
    join: &dyn Fn(&mut S, &S),
) -> Result<Option<S>, DataError> {
    let mut sums: Vec<Option<S>> = (0..lanes).map(|_| None).collect();
    let mut next = 0;
    source.visit(&mut |blocks| {
        let start = next % lanes;
        next += blocks.len();
        let one = |scratch: &mut Scratch, (lane, slot): (usize, &mut Option<S>)| {
            let first = (lane + lanes - start) % lanes;
            for block in blocks.iter().skip(first).step_by(lanes) {
                step(slot.get_or_insert_with(new), block, scratch);
            }
        };
        let work: usize = blocks.iter().map(|b| b.rows() * cost).sum();
        if work < 1 << 16 {
            let mut scratch = Scratch::default();
            sums.iter_mut()
                .enumerate()
                .for_each(|item| one(&mut scratch, item));
        } else {
            parallel::map_with(sums.iter_mut().enumerate(), Scratch::default, one);
        }
    })?;
    if let Some(finish) = finish {
        let sums = sums.iter_mut().filter_map(Option::as_mut);
        parallel::map_with(sums, Scratch::default, |scratch, sum| finish(sum, scratch));
    }
    let mut parts = sums.into_iter().flatten();
    Ok(parts.next().map(|mut total| {
        parts.for_each(|part| join(&mut total, &part));
        total
    }))
}
