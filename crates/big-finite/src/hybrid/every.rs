//! All equilibria of a game of both kinds: every combination of means, one after the other.

use std::collections::HashSet;
use std::ops::ControlFlow;

use big_game::SolveOptions;
use num_bigint::BigUint;
use num_traits::ToPrimitive;

use super::super::FiniteGame;
use super::super::budget::Budget;
use super::super::choice::{self, Choice};
use super::play::{Held, HybridSolution};
use super::{HybridError, HybridGame, LISTED};

/// What was gone through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EveryHybrid {
    /// Combinations of means.
    pub combinations: BigUint,
    /// Was every one of them looked at?
    pub complete: bool,
}

/// Hands over every equilibrium of a game of both kinds, one for each combination of the choosers' distinct means (of choices with
/// one mean the first): those that are equilibria for certain, and those that the error of the free players' position leaves open
/// ([`HybridSolution::settled`]). `found` is told the share that is done, and the solution or nothing; it says when to stop.
/// O(combinations · (a solution of the free players' game + choices)).
///
/// # Errors
/// When somebody has more than 4096 choices; otherwise as [`solve_hybrid`](super::solve_hybrid).
pub fn every_hybrid(
    game: &HybridGame,
    options: &SolveOptions,
    budget: &Budget<'_>,
    found: &mut dyn FnMut(f64, Option<HybridSolution>) -> ControlFlow<()>,
) -> Result<EveryHybrid, HybridError> {
    let finite = &game.alone;
    let lists: Vec<Vec<Choice>> = (0..finite.influencers())
        .map(|k| {
            means(finite, k).ok_or(HybridError::TooManyChoices {
                influencer: game.choosers[k],
            })
        })
        .collect::<Result<_, _>>()?;
    let combinations: BigUint = lists.iter().map(|list| BigUint::from(list.len())).product();
    let all = combinations.to_f64().unwrap_or(f64::INFINITY);
    let mut at = vec![0; lists.len()];
    let mut done = 0.0;
    loop {
        if budget.spent() {
            break;
        }
        let choices: Vec<Choice> = lists.iter().zip(&at).map(|(l, &c)| l[c].clone()).collect();
        done += 1.0;
        let held = Held::new(game, choices, options)?;
        let solution = match held.is_left(game) {
            true => None,
            false => Some(held.told(game, None, 0, budget)?),
        };
        if found(done / all, solution).is_break() {
            break;
        }
        // The last one changes fastest.
        let Some(k) = (0..at.len()).rev().find(|&k| at[k] + 1 < lists[k].len()) else {
            return Ok(EveryHybrid {
                combinations,
                complete: true,
            });
        };
        at[k] += 1;
        at[k + 1..].fill(0);
    }
    Ok(EveryHybrid {
        combinations,
        complete: false,
    })
}

/// The first choice of each distinct mean; `None` when there are too many choices.
fn means(game: &FiniteGame, k: usize) -> Option<Vec<Choice>> {
    game.strategies(k).to_u32().filter(|&n| n <= LISTED)?;
    let (m, repeats) = (game.items(k).len(), game.repeats(k));
    let mut choice = choice::first(game.choose(k), repeats);
    let mut met = HashSet::new();
    let mut all = Vec::new();
    loop {
        if met.insert(game.action(k, &choice)) {
            all.push(choice.clone());
        }
        if choice::advance(&mut choice, m, repeats).is_none() {
            return Some(all);
        }
    }
}
