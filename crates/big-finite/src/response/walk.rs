//! Few items, each chosen many times over: all numbers of times but the last two are gone through, and these two follow.
//!
//! With `v` missing for the last `r` choices, `b` of the last item but one and `r − b` of the last leave `‖v − b w‖²`,
//! convex in `b`, so that the best `b` is one of the two integers around `⟨v, w⟩ / ‖w‖²`. As many steps as there are
//! multisets of `k` out of `m − 1`; memory O(m).

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{Signed, ToPrimitive, Zero};

use super::Best;
use crate::budget::{Budget, Pulse, Stop};
use crate::choice::choices_f64;
use crate::lattice::{Coordinate, List, add, distance, subtract};

/// The most steps: a second or two.
const MOST: f64 = (1u64 << 22) as f64;
/// What a step counts for: it divides integers of any size.
const WORK: usize = 64;

/// Is this the way?
pub(crate) fn suits<T>(list: &List<T>) -> bool {
    list.repeats
        && list.count >= 2
        && list.choose > list.count
        && choices_f64(list.count - 1, list.choose, true) <= MOST
}

/// Finds the choice nearest to the goal; `Err` when the budget ended first.
pub(crate) fn search<T: Coordinate>(
    list: &List<T>,
    goal: &[T],
    floor: &T::Square,
    best: &mut Best<T>,
    budget: &Budget<'_>,
) -> Result<(), Stop> {
    let d = goal.len();
    let (last, other) = (list.item(list.count - 1, d), list.item(list.count - 2, d));
    let way: Vec<T> = other.iter().zip(last).map(|(o, l)| o.minus(l)).collect();
    let mut walk = Walk {
        list,
        floor,
        best,
        last,
        length: way.iter().map(|v| v.to_big() * v.to_big()).sum(),
        way,
        counts: vec![0; list.count],
        pulse: budget.pulse(),
    };
    walk.descend(0, list.choose, &mut goal.to_vec())
}

struct Walk<'a, 'b, T: Coordinate> {
    list: &'a List<T>,
    floor: &'a T::Square,
    best: &'a mut Best<T>,
    last: &'a [T],
    /// From the last item to the one before it, and the square of that.
    way: Vec<T>,
    length: BigInt,
    /// How often each item is chosen.
    counts: Vec<usize>,
    pulse: Pulse<'b>,
}

impl<T: Coordinate> Walk<'_, '_, T> {
    /// `r` more of item `a` and later ones, `left` away from the goal.
    fn descend(&mut self, a: usize, r: usize, left: &mut [T]) -> Result<(), Stop> {
        if self.best.square == *self.floor {
            return Ok(());
        }
        if a + 2 == self.list.count {
            return self.pair(r, left);
        }
        let item = self.list.item(a, left.len());
        for count in 0..=r {
            self.counts[a] = count;
            self.descend(a + 1, r - count, left)?;
            subtract(left, item);
        }
        for _ in 0..=r {
            add(left, item);
        }
        Ok(())
    }

    fn pair(&mut self, r: usize, left: &[T]) -> Result<(), Stop> {
        self.pulse.steps(WORK)?;
        let number = |n: usize| T::from_big(&BigInt::from(n)).ok_or(Stop::Large);
        let all = number(r)?;
        let missing: Vec<T> = left
            .iter()
            .zip(self.last)
            .map(|(v, l)| v.minus(&l.times(&all)))
            .collect();
        let along: BigInt = missing
            .iter()
            .zip(&self.way)
            .map(|(v, w)| v.to_big() * w.to_big())
            .sum();
        let under = if self.length.is_zero() || along.is_negative() {
            0
        } else {
            along.div_floor(&self.length).to_usize().unwrap_or(r).min(r)
        };
        for b in [under, (under + 1).min(r)] {
            let times = number(b)?;
            let moved: Vec<T> = self.way.iter().map(|w| w.times(&times)).collect();
            let square = distance(&moved, &missing);
            if square < self.best.square {
                let pair = self.counts.len() - 2;
                self.counts[pair] = b;
                self.counts[pair + 1] = r - b;
                let counts = self.counts.iter().zip(0u32..);
                self.best.choice = counts
                    .flat_map(|(&count, a)| std::iter::repeat_n(a, count))
                    .collect();
                self.best.square = square;
            }
        }
        Ok(())
    }
}
