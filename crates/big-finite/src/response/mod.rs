//! Exact best responses: the `k`-subset of integer vectors whose sum is nearest to an integer point
//! (arXiv:2502.01127, Section 5.2: a `k`-cardinality subset-sum problem, NP-hard).
//!
//! In one dimension subsets are split at their middle item, and the sums on its two sides meet ([`line`]); where
//! there are so many subsets that some sum must come as near as the lattice allows, four lists find one
//! ([`four_lists`]). In more dimensions all sums of two halves meet ([`complete`]), or the two sides meet in a k-d tree
//! ([`space`]). Where that takes long, a [`portfolio`] of random meetings and branch and bound comes first, and its
//! answer with a proven gap is what is left when the budget ends.

mod bound;
mod branch;
mod complete;
mod dive;
mod four_lists;
mod hull;
mod join;
mod line;
mod local;
mod meet;
mod parts;
mod portfolio;
mod space;
#[cfg(test)]
mod tests;
mod tilt;
mod walk;

use super::budget::Budget;
use super::choice::{self, Choice};
use super::lattice::{Coordinate, List, Scaled, distance, subtract};
use super::{FiniteGame, scaled};
use big_game::spec::Rational;
use portfolio::Outcome;

/// What an influencer does best against the others.
#[derive(Clone, Debug, PartialEq)]
pub struct BestResponse {
    /// The best choice found; the present one when no other is better.
    pub choice: Choice,
    /// What the influencer loses with it.
    pub loss: Rational,
    /// What it cannot get below; equal to `loss` when proven.
    pub lower_bound: Rational,
    /// Is it optimal for certain? Otherwise the budget ended first, or the search would have gone too deep.
    pub proven: bool,
}

/// The share of a budget that searches get: the rest is for the bound when they do not end.
const SEARCH: f64 = 0.95;
/// The most items that searches fix one after the other, each in a call of its own on the stack. With more, nothing
/// would be gained but an overflow.
pub(crate) const DEEPEST: usize = 1000;

/// Influencer `i`'s best response to the others' choices (eq. 22). With an unlimited budget it is exact.
///
/// It goes through every choice where these are few: about `C(m, k/2)` or `2^(m/2)` steps in space (seconds up to m = 44,
/// whatever `k`), `C(m, k/2 + 1)` on a line. Where they are many, random meetings of four lists look at some `2⁵⁰` choices
/// a second, which hits the goal where choices are dense; and branch and bound on the convex relaxation proves the optimum
/// where the goal is outside the hull of the means, or nearly. Neither can prove a sparse optimum inside: 60 items of 9
/// digits with `k = 20`, or 200 of 17 digits with `k ≥ 9`, end with a proven gap. Give such games a budget.
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
    respond_to(scaled, i, &scaled.total(profile), &profile[i], budget)
}

/// Influencer `i`'s best response where all choices add up to `total`, its own among them.
pub(crate) fn respond_to<T: Coordinate>(
    scaled: &Scaled<T>,
    i: usize,
    total: &[T],
    own: &[u32],
    budget: &Budget<'_>,
) -> BestResponse {
    let goal = wish(scaled, i, total, own);
    let list = scaled.list(i);
    let (best, outcome) = nearest_sum(scaled, list, goal.clone(), own, &budget.part(SEARCH));
    answer(scaled, list, &goal, best, &outcome, budget)
}

/// What is known about influencer `i`'s choice without a search.
pub(crate) fn present<T: Coordinate>(
    scaled: &Scaled<T>,
    i: usize,
    total: &[T],
    own: &[u32],
    budget: &Budget<'_>,
) -> BestResponse {
    let goal = wish(scaled, i, total, own);
    let list = scaled.list(i);
    let best = Best {
        square: distance(&list.sum(own, scaled.d), &goal),
        choice: own.to_vec(),
    };
    answer(scaled, list, &goal, best, &OPEN, budget)
}

/// A choice of influencer `i` that exchanging items made better than its own; `None` when that does not help.
pub(crate) fn exchanged<T: Coordinate>(
    scaled: &Scaled<T>,
    i: usize,
    total: &[T],
    own: &[u32],
    budget: &Budget<'_>,
) -> Option<Choice> {
    let goal = wish(scaled, i, total, own);
    let list = scaled.list(i);
    let square = distance(&list.sum(own, scaled.d), &goal);
    let mut best = Best {
        choice: own.to_vec(),
        square: square.clone(),
    };
    local::improve(scaled, list, &goal, &mut best, budget);
    (best.square < square).then_some(best.choice)
}

/// Influencer `i`'s best choice by exchanging items alone, for profiles of a game of any size.
pub(crate) fn exchange_only(
    game: &FiniteGame,
    i: usize,
    profile: &[Choice],
    budget: &Budget<'_>,
) -> BestResponse {
    scaled!(game, s => {
        let total = s.total(profile);
        let own = &profile[i];
        let found = exchanged(s, i, &total, own, budget);
        let goal = wish(s, i, &total, own);
        let choice = found.unwrap_or_else(|| own.clone());
        let square = distance(&s.list(i).sum(&choice, s.d), &goal);
        let floor = bound::congruent(s.list(i), &goal);
        BestResponse {
            choice,
            proven: square == floor,
            loss: s.loss_of(&square),
            lower_bound: s.loss_of(&floor),
        }
    })
}

/// What influencer `i`'s sum should be.
fn wish<T: Coordinate>(scaled: &Scaled<T>, i: usize, total: &[T], own: &[u32]) -> Vec<T> {
    let mut goal = scaled.goal(i).to_vec();
    subtract(&mut goal, total);
    super::lattice::add(&mut goal, &scaled.list(i).sum(own, scaled.d));
    goal
}

fn answer<T: Coordinate>(
    scaled: &Scaled<T>,
    list: &List<T>,
    goal: &[T],
    best: Best<T>,
    outcome: &Outcome,
    budget: &Budget<'_>,
) -> BestResponse {
    let loss = scaled.loss_of(&best.square);
    let lower_bound = if outcome.proven {
        loss.clone()
    } else {
        let square = &scaled.unit * &scaled.unit;
        let relaxed = bound::relaxed(list, goal, scaled.shift, budget) * &square;
        let reachable = scaled.loss_of(&bound::congruent(list, goal));
        // The bound of branch and bound is in units after the shift.
        let branched = Rational::from_float(outcome.bound).filter(|_| scaled.shift == 0);
        let branched = branched.unwrap_or_default() * square;
        // Rounding may have left it a little above what congruence or a choice allow.
        relaxed.max(reachable).max(branched.min(loss.clone()))
    };
    BestResponse {
        choice: best.choice,
        proven: outcome.proven || loss == lower_bound,
        loss,
        lower_bound,
    }
}

/// Nothing more to be found, and nothing known.
const PROVEN: Outcome = Outcome {
    proven: true,
    bound: 0.0,
};
const OPEN: Outcome = Outcome {
    proven: false,
    bound: 0.0,
};

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
) -> (Best<T>, Outcome) {
    let d = scaled.d;
    let mut best = Best {
        square: distance(&list.sum(start, d), &goal),
        choice: start.to_vec(),
    };
    let floor = bound::congruent(list, &goal);
    if best.square == floor || choice::choices_f64(list.count, list.choose, list.repeats) == 1.0 {
        return (best, PROVEN);
    }
    // Leaving out few is easier than choosing many.
    if !list.repeats && 2 * list.choose > list.count {
        let (left_out, moved) = complement(list, &goal, d);
        let without = absent(&best.choice, list.count);
        let (found, outcome) = nearest_sum(scaled, &left_out, moved, &without, budget);
        if found.square < best.square {
            best.choice = absent(&found.choice, list.count);
            best.square = found.square;
        }
        return (best, outcome);
    }
    local::improve(scaled, list, &goal, &mut best, budget);
    if best.square == floor {
        return (best, PROVEN);
    }
    if budget.spent() {
        return (best, OPEN);
    }
    if walk::suits(list) {
        let done = walk::search(list, &goal, &floor, &mut best, budget);
        return (best, if done.is_ok() { PROVEN } else { OPEN });
    }
    let outcome = portfolio::search(scaled, list, &goal, &floor, &mut best, budget);
    (best, outcome)
}

/// A squared distance in doubles, after the shift; not rounded down.
pub(crate) fn approximate_square<T: Coordinate>(square: &T::Square, shift: u64) -> f64 {
    use num_traits::ToPrimitive;
    let exact = T::square_to_big(square) >> (2 * shift);
    // Rounding is made up for by the slack of all filters, which is far above one unit after a shift.
    exact.to_f64().map_or(f64::INFINITY, |square| {
        square + f64::from(u8::from(shift > 0))
    })
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
