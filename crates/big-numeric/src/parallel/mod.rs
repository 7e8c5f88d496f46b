//! Loops that threads share, in rayon's words: with the feature `parallel` they are rayon's, without it one thread runs
//! through the same loops in order. Sums are folded in a fixed order of blocks either way, so that results are the same bits.
//!
//! For the workspace's own crates: the types behind these words differ from build to build.

#[cfg(feature = "parallel")]
pub use rayon::join;

#[cfg(any(test, not(feature = "parallel")))]
#[cfg_attr(feature = "parallel", allow(unreachable_pub))] // there for its test alone
mod serial;

/// The loops over ranges, vectors and slices.
pub mod prelude {
    #[cfg(feature = "parallel")]
    pub use rayon::prelude::*;

    #[cfg(not(feature = "parallel"))]
    pub use super::serial::{IntoParallelIterator, ParallelExtend, ParallelSlice};
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

#[cfg(test)]
mod tests {
    /// Every word that the crates use, beside the loop that it stands for: the same in both builds.
    macro_rules! in_these_words {
        ($words:ident, $prelude:path) => {
            mod $words {
                use $prelude::*;

                #[test]
                fn loops_are_those_of_one_thread_in_order() {
                    let numbers: Vec<u64> = (0..1000).map(|k| k * 7919 % 1009).collect();
                    let squares: Vec<u64> = numbers.par_iter().map(|k| k * k).collect();
                    assert!(squares.iter().zip(&numbers).all(|(s, k)| *s == k * k));
                    let odd = |k: &usize| k % 2 == 1;
                    let some: Vec<usize> = vec![4, 3, 1].into_par_iter().rev().collect();
                    assert_eq!(some, [1, 3, 4]);
                    let some: Vec<usize> = (0..100).into_par_iter().filter(odd).collect();
                    assert_eq!(some, (0..100).filter(odd).collect::<Vec<_>>());
                    let third = |k: usize| (k % 3 == 0).then_some(k / 3);
                    let some: Vec<usize> = (0..100).into_par_iter().filter_map(third).collect();
                    assert_eq!(some, (0..34).collect::<Vec<_>>());
                    let sums = numbers.par_chunks(7).map(|c| c.iter().sum::<u64>());
                    let sums: Vec<u64> = sums.collect();
                    assert_eq!(sums.len(), 143);
                    let total: u64 = sums.into_par_iter().with_min_len(3).sum();
                    assert_eq!(total, numbers.iter().sum::<u64>());
                    let below = |&k: &u64| if k < 1008 { Ok(k) } else { Err(k) };
                    let failed: Result<Vec<u64>, u64> = numbers.par_iter().map(below).collect();
                    assert_eq!(failed, Err(1008));
                }

                #[test]
                fn slices_are_written_in_place() {
                    let (mut a, mut b) = (vec![0_usize; 10], vec![0_usize; 10]);
                    a.par_chunks_mut(3)
                        .zip(b.par_chunks_mut(3))
                        .enumerate()
                        .for_each(|(block, (a, b))| {
                            a.fill(block);
                            b.fill(10 * block);
                        });
                    assert_eq!(a, [0, 0, 0, 1, 1, 1, 2, 2, 2, 3]);
                    assert_eq!(b, [0, 0, 0, 10, 10, 10, 20, 20, 20, 30]);
                    a.par_iter_mut()
                        .enumerate()
                        .for_each_init(Vec::new, |seen, (k, x)| {
                            seen.push(k);
                            *x += k;
                        });
                    assert_eq!(a, [0, 1, 2, 4, 5, 6, 8, 9, 10, 12]);
                    b.par_extend((0..2).into_par_iter().map_init(|| 1, |one, k| k + *one));
                    assert_eq!(b[10..], [1, 2]);
                    b.par_sort_unstable();
                    assert!(b.is_sorted());
                    b.par_sort_unstable_by(|x, y| y.cmp(x));
                    assert_eq!(b[0], 30);
                }
            }
        };
    }

    in_these_words!(serial, crate::parallel::serial);
    in_these_words!(as_built, crate::parallel::prelude);

    #[test]
    fn two_tasks_answer_in_their_places() {
        use super::{among_workers, join};
        assert_eq!(among_workers(|| join(|| 1, || "two")), (1, "two"));
    }
}
