//! Loops that threads share: rayon's with the feature `parallel`, without it one thread's in order. What is made is in the
//! order of what it was made from either way, so that sums folded from it are the same bits.
//!
//! What threads do with a loop is compiled once, for all loops: rayon's own words would be compiled again for each.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

#[cfg(feature = "parallel")]
pub use rayon::join;

/// What `make` makes of each, in order. A task should be worth a microsecond: blocks, not numbers.
pub fn map<I: Send, T: Send>(
    items: impl IntoIterator<Item = I>,
    make: impl Fn(I) -> T + Sync,
) -> Vec<T> {
    let slots: Vec<Mutex<Slot<I, T>>> = items
        .into_iter()
        .map(|item| Mutex::new(Slot::Item(item)))
        .collect();
    each(slots.len(), &|k| {
        let taken = std::mem::replace(&mut *held(&slots[k]), Slot::Taken);
        if let Slot::Item(item) = taken {
            let made = make(item);
            *held(&slots[k]) = Slot::Made(made);
        }
    });
    let made = slots.into_iter().map(|slot| {
        match slot.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Slot::Made(made) => made,
            // `each` does every task, or panics as a task did.
            Slot::Item(_) | Slot::Taken => unreachable!("a task that was not done"),
        }
    });
    made.collect()
}

/// The same with something to work with, of which there are as many as threads work at a time.
pub fn map_with<I: Send, T: Send, S: Send>(
    items: impl IntoIterator<Item = I>,
    new: impl Fn() -> S + Sync,
    make: impl Fn(&mut S, I) -> T + Sync,
) -> Vec<T> {
    let idle: Mutex<Vec<S>> = Mutex::new(Vec::new());
    map(items, |item| {
        let found = held(&idle).pop();
        let mut own = found.unwrap_or_else(&new);
        let made = make(&mut own, item);
        held(&idle).push(own);
        made
    })
}

/// What `make` makes of each block of `length` numbers below `n` (the last may be shorter), in order; up to `alone` blocks are not
/// worth waking threads.
pub fn blocks<T: Send>(
    n: usize,
    length: usize,
    alone: usize,
    make: impl Fn(Range<usize>) -> T + Sync,
) -> Vec<T> {
    let ranges = (0..n)
        .step_by(length)
        .map(|from| from..(from + length).min(n));
    if n.div_ceil(length) <= alone {
        return ranges.map(make).collect();
    }
    map(ranges, make)
}

/// Sorts; equal elements may change places.
pub fn sort<T: Ord + Send>(elements: &mut [T]) {
    #[cfg(feature = "parallel")]
    rayon::slice::ParallelSliceMut::par_sort_unstable(elements);
    #[cfg(not(feature = "parallel"))]
    elements.sort_unstable();
}

/// Runs the whole of a large task on a thread of the pool: from there every loop is shared out at once, while another
/// thread would go to sleep and be woken for each.
pub fn among_workers<R: Send>(task: impl FnOnce() -> R + Send) -> R {
    #[cfg(feature = "parallel")]
    return rayon::scope(|_| task());
    #[cfg(not(feature = "parallel"))]
    task()
}

/// Runs both, the first one first.
#[cfg(not(feature = "parallel"))]
pub fn join<A: Send, B: Send>(
    first: impl FnOnce() -> A + Send,
    second: impl FnOnce() -> B + Send,
) -> (A, B) {
    (first(), second())
}

/// What is to be made, or was.
enum Slot<I, T> {
    Item(I),
    Taken,
    Made(T),
}

fn held<T>(slot: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Nothing is half done while it is locked.
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

fn each(count: usize, task: &(dyn Fn(usize) + Sync)) {
    #[cfg(feature = "parallel")]
    if count > 1 {
        use rayon::prelude::*;
        return (0..count).into_par_iter().for_each(task);
    }
    (0..count).for_each(task);
}

#[cfg(test)]
mod tests {
    use super::{among_workers, blocks, join, map, map_with, sort};

    #[test]
    fn what_is_made_is_in_order() {
        for count in [0, 1, 2, 1000] {
            let squares = map(0..count, |k: u64| k * k);
            assert!(squares.into_iter().eq((0..count).map(|k| k * k)));
        }
        let names = map(vec!["a".to_owned(), "b".to_owned()], |name| name + "!");
        assert_eq!(names, ["a!", "b!"]);
        let failed: Result<Vec<u64>, u64> = map(0..1000, |k| if k < 999 { Ok(k) } else { Err(k) })
            .into_iter()
            .collect();
        assert_eq!(failed, Err(999));
    }

    #[test]
    fn slices_are_written_in_place() {
        let (mut a, mut b) = (vec![0_usize; 10], vec![0_usize; 10]);
        let pieces = a.chunks_mut(3).zip(b.chunks_mut(3)).enumerate();
        let lengths = map(pieces, |(block, (a, b))| {
            a.fill(block);
            b.fill(10 * block);
            a.len()
        });
        assert_eq!(lengths, [3, 3, 3, 1]);
        assert_eq!(a, [0, 0, 0, 1, 1, 1, 2, 2, 2, 3]);
        assert_eq!(b, [0, 0, 0, 10, 10, 10, 20, 20, 20, 30]);
    }

    #[test]
    fn blocks_cover_everything_once() {
        for (n, alone) in [(0, 1), (1, 1), (7, 0), (8, 9), (9, 2), (1000, 4)] {
            let all = blocks(n, 4, alone, |some| some.collect::<Vec<_>>());
            assert_eq!(all.len(), n.div_ceil(4));
            assert!(all.concat().into_iter().eq(0..n));
        }
    }

    #[test]
    fn no_two_tasks_work_with_the_same_at_a_time() {
        let all = map_with(0..1000, Vec::new, |seen: &mut Vec<usize>, k| {
            let before = seen.len();
            seen.push(k);
            seen.len() - before
        });
        assert_eq!(all, [1; 1000]);
    }

    #[test]
    #[should_panic(expected = "seven")]
    fn a_panic_is_passed_on() {
        map(0..100, |k| assert_ne!(k, 7, "seven"));
    }

    #[test]
    fn two_tasks_answer_in_their_places() {
        assert_eq!(among_workers(|| join(|| 1, || "two")), (1, "two"));
        let mut numbers: Vec<u64> = (0..5000).map(|k| k * 7919 % 5003).collect();
        sort(&mut numbers);
        assert!(numbers.is_sorted());
    }
}
