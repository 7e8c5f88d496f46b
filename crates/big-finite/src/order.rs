//! Sorting and halving that ask a budget in between: the standard library's do not stop before they are done.

use std::cmp::Ordering;

use super::budget::{Budget, Pulse, Stop};

/// Up to this many elements are sorted or halved in one piece: about a millisecond.
const PIECE: usize = 1 << 16;
/// Elements split between two looks at the budget.
const STRETCH: usize = 1 << 13;
/// Elements that are looked at to split more.
const SAMPLE: usize = 31;

/// Sorts elements of which no two are equal, in parallel; the order is the same whatever the number of threads.
/// O(n log n).
pub(crate) fn sort<E: Send>(
    elements: &mut [E],
    compare: &(impl Fn(&E, &E) -> Ordering + Sync),
    budget: &Budget<'_>,
) -> Result<(), Stop> {
    budget.check()?;
    let n = elements.len();
    if n <= PIECE {
        elements.sort_unstable_by(compare);
        return Ok(());
    }
    let at = split(elements, compare, &mut budget.pulse())?;
    if one_sided(at, n) {
        elements.sort_unstable_by(compare);
        return Ok(());
    }
    let (left, right) = elements.split_at_mut(at);
    let (left, right) = big_numeric::parallel::join(
        || sort(left, compare, budget),
        || sort(&mut right[1..], compare, budget),
    );
    left.and(right)
}

/// Puts the smaller half first, as `select_nth_unstable_by` does, of elements of which no two are equal. O(n).
pub(crate) fn halve<E>(
    elements: &mut [E],
    compare: &impl Fn(&E, &E) -> Ordering,
    pulse: &mut Pulse<'_>,
) -> Result<(), Stop> {
    let middle = elements.len() / 2;
    let (mut from, mut to) = (0, elements.len());
    while to - from > PIECE {
        let n = to - from;
        let at = split(&mut elements[from..to], compare, pulse)?;
        if one_sided(at, n) {
            break;
        }
        match (from + at).cmp(&middle) {
            Ordering::Equal => return Ok(()),
            Ordering::Less => from += at + 1,
            Ordering::Greater => to = from + at,
        }
    }
    pulse.steps(to - from)?;
    elements[from..to].select_nth_unstable_by(middle - from, compare);
    Ok(())
}

/// A split that says so little is bad luck, or somebody's intention: the standard library's ways do not mind.
fn one_sided(at: usize, n: usize) -> bool {
    at.min(n - at) < n / 16
}

/// Moves what is smaller than the median of a sample to the front, and this median behind it; returns its place.
fn split<E>(
    elements: &mut [E],
    compare: &impl Fn(&E, &E) -> Ordering,
    pulse: &mut Pulse<'_>,
) -> Result<usize, Stop> {
    let n = elements.len();
    let mut sample: Vec<usize> = (0..SAMPLE)
        .map(|s| (2 * s + 1) * n / (2 * SAMPLE))
        .collect();
    sample.sort_unstable_by(|&a, &b| compare(&elements[a], &elements[b]));
    elements.swap(sample[SAMPLE / 2], n - 1);
    let (rest, last) = elements.split_at_mut(n - 1);
    let mut smaller = 0;
    let mut place = 0;
    while place < rest.len() {
        let end = (place + STRETCH).min(rest.len());
        for p in place..end {
            // Swapped in any case: no branch to guess.
            let less = compare(&rest[p], &last[0]).is_lt();
            rest.swap(smaller, p);
            smaller += usize::from(less);
        }
        pulse.steps(end - place)?;
        place = end;
    }
    elements.swap(smaller, n - 1);
    Ok(smaller)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering as Atomic};

    use super::*;

    /// Scattered, rising, and falling to one end.
    fn inputs() -> Vec<Vec<(u64, u32)>> {
        let n = 300_000u32;
        let scattered = (0..n).map(|v| (u64::from(v).wrapping_mul(0x9e37_79b9) % 5000, v));
        let rising = (0..n).map(|v| (u64::from(v), v));
        let steep = (0..n).map(|v| (u64::from(v % 7 == 0), n - v));
        vec![scattered.collect(), rising.collect(), steep.collect()]
    }

    #[test]
    fn sorted_is_sorted_and_halves_are_halves() {
        for input in inputs() {
            let mut expected = input.clone();
            expected.sort_unstable();
            let mut sorted = input.clone();
            assert_eq!(sort(&mut sorted, &Ord::cmp, &Budget::unlimited()), Ok(()));
            assert_eq!(sorted, expected);
            let mut halved = input;
            let pulse = &mut Budget::unlimited().pulse();
            assert_eq!(halve(&mut halved, &Ord::cmp, pulse), Ok(()));
            let middle = halved.len() / 2;
            halved[..middle].sort_unstable();
            halved[middle..].sort_unstable();
            assert_eq!(halved, expected);
        }
    }

    #[test]
    fn they_stop_when_the_budget_ends() {
        for input in inputs() {
            let asked = AtomicU32::new(0);
            let interrupt = || asked.fetch_add(1, Atomic::Relaxed) >= 5;
            let budget = Budget::until(&interrupt);
            let stopped = sort(&mut input.clone(), &Ord::cmp, &budget);
            assert_eq!(stopped, Err(Stop::Spent));
            let stopped = halve(&mut input.clone(), &Ord::cmp, &mut budget.pulse());
            assert_eq!(stopped, Err(Stop::Spent));
        }
    }
}
