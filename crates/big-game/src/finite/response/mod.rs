//! Exact best responses: the `k`-subset of integer vectors whose sum is nearest to an integer point
//! (arXiv:2502.01127, Section 5.2: a `k`-cardinality subset-sum problem, NP-hard).
//!
//! In one dimension subsets are split at their middle item, and the sums on its two sides meet ([`line`]); where
//! there are so many subsets that some sum must come as near as the lattice allows, four lists find one
//! ([`four_lists`]). In more dimensions the two sides meet in a k-d tree ([`space`]). Local search comes first, and
//! its answer with a proven gap is what is left when the budget ends.

mod bound;
mod dive;
mod four_lists;
mod line;
mod local;
mod space;
#[cfg(test)]
mod tests;

use super::budget::Budget;
use super::choice::{self, Choice};
use super::lattice::{Coordinate, List, Scaled, distance, subtract};
use super::{FiniteGame, scaled};
use crate::spec::Rational;

/// What an influencer does best against the others.
#[derive(Clone, Debug, PartialEq)]
pub struct BestResponse {
    /// The best choice found; the present one when no other is better.
    pub choice: Choice,
    /// What the influencer loses with it.
    pub loss: Rational,
    /// What it cannot get below; equal to `loss` when proven.
    pub lower_bound: Rational,
    /// Is it optimal for certain? Otherwise the budget ended first.
    pub proven: bool,
}

/// Influencer `i`'s best response to the others' choices (eq. 22). With an unlimited budget it is exact.
///
/// One dimension: about `C(m, k/2 + 1)` steps, or seconds where `C(m, k)` exceeds the number of lattice points in
/// reach. More dimensions: a k-d tree of `C(m, k/2)` sums is searched as often, for `k` up to where these are two
/// million; beyond, branch and bound around it.
///
/// On a line the hard cases lie between: numbers of so many digits that no sum need hit the goal, and too many subsets to
/// go through (200 items of 17 digits, 9 to 15 of them chosen). Give these, and large `k` in more dimensions, a budget.
///
/// # Panics
/// When it is no [profile](FiniteGame::check_profile) of the game.
pub fn best_response(
    game: &FiniteGame,
    i: usize,
    profile: &[Choice],
    budget: &Budget<'_>,
) -> BestResponse {
    scaled!(game, s => respond(s, i, profile, budget))
}

fn respond<T: Coordinate>(
    scaled: &Scaled<T>,
    i: usize,
    profile: &[Choice],
    budget: &Budget<'_>,
) -> BestResponse {
    let list = scaled.list(i);
    let mut goal = scaled.goal(i).to_vec();
    let mut others = scaled.total(profile);
    subtract(&mut others, &list.sum(&profile[i], scaled.d));
    subtract(&mut goal, &others);
    let (best, proven) = nearest_sum(scaled, list, goal.clone(), &profile[i], budget);
    let loss = scaled.loss_of(&best.square);
    let lower_bound = if proven {
        loss.clone()
    } else {
        let relaxed = bound::relaxed(list, &goal, scaled.shift) * &scaled.unit * &scaled.unit;
        let reachable = scaled.loss_of(&bound::congruent(list, &goal));
        relaxed.max(reachable)
    };
    BestResponse {
        choice: best.choice,
        proven: proven || loss == lower_bound,
        loss,
        lower_bound,
    }
}

/// The nearest choice so far.
#[derive(Clone, Debug)]
pub(crate) struct Best<T: Coordinate> {
    pub(crate) choice: Choice,
    pub(crate) square: T::Square,
}

/// Finds the choice whose sum is nearest to the goal, from `start`; says whether that is proven.
pub(crate) fn nearest_sum<T: Coordinate>(
    scaled: &Scaled<T>,
    list: &List<T>,
    goal: Vec<T>,
    start: &[u32],
    budget: &Budget<'_>,
) -> (Best<T>, bool) {
    let d = scaled.d;
    let mut best = Best {
        square: distance(&list.sum(start, d), &goal),
        choice: start.to_vec(),
    };
    let floor = bound::congruent(list, &goal);
    if best.square == floor || choice::choices_f64(list.count, list.choose, list.repeats) == 1.0 {
        return (best, true);
    }
    // Leaving out few is easier than choosing many.
    if !list.repeats && 2 * list.choose > list.count {
        let (left_out, moved) = complement(list, &goal, d);
        let without = absent(&best.choice, list.count);
        let (found, proven) = nearest_sum(scaled, &left_out, moved, &without, budget);
        if found.square < best.square {
            best.choice = absent(&found.choice, list.count);
            best.square = found.square;
        }
        return (best, proven);
    }
    local::improve(scaled, list, &goal, &mut best);
    if best.square == floor {
        return (best, true);
    }
    if budget.spent() {
        return (best, false);
    }
    let proven = if d == 1 {
        line::search(list, &goal[0], &mut best, budget)
    } else {
        space::search(
            scaled,
            list,
            &goal,
            &floor,
            &mut best,
            space::MOST_SUMS,
            budget,
        )
    };
    (best, proven)
}

/// Choosing `k` of `m` items nearest to `goal` is leaving out `m − k` whose sum is nearest to `Σ D − goal`.
fn complement<T: Coordinate>(list: &List<T>, goal: &[T], d: usize) -> (List<T>, Vec<T>) {
    let mut moved = vec![T::zero(); d];
    for item in list.items.chunks_exact(d) {
        super::lattice::add(&mut moved, item);
    }
    subtract(&mut moved, goal);
    let list = List {
        choose: list.count - list.choose,
        ..list.clone()
    };
    (list, moved)
}

/// The items that a choice without repetitions leaves out.
fn absent(choice: &[u32], m: usize) -> Choice {
    let mut chosen = choice.iter().peekable();
    (0..m as u32)
        .filter(|a| chosen.next_if_eq(&a).is_none())
        .collect()
}
