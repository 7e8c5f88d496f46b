//! Mixed equilibria of two players, by their supports.
//!
//! Strategies with the same payoffs for both players everywhere count once. For two supports of one size, each player's
//! mixture must make the other indifferent among its support: two linear systems, solved in fractions. Where these have one positive
//! solution each and nobody gains outside, it is an equilibrium. In a game that is not degenerate these are all of them;
//! in any game each found is one.

use num_bigint::BigUint;
use num_traits::{One, Signed, ToPrimitive, Zero};
use thiserror::Error;

use super::{StrategicGame, label};
use crate::choice::binomial;
use crate::{Choice, MixedProfile};
use big_game::spec::Rational;

/// A mixed equilibrium.
#[derive(Clone, Debug, PartialEq)]
pub struct MixedEquilibrium {
    /// For each player, the strategies that it plays and how often.
    pub mixtures: Vec<Vec<(usize, Rational)>>,
    /// Everybody's expected payoff.
    pub payoffs: Vec<Rational>,
}

impl MixedEquilibrium {
    /// The mixed equilibrium of a game of `k`-subsets in its [table](StrategicGame::of_finite).
    pub fn of_finite(game: &StrategicGame, found: &MixedProfile) -> Self {
        let place = |i: usize, choice: &Choice| {
            let label = label(choice);
            game.strategies(i)
                .iter()
                .position(|s| *s == label)
                .unwrap_or(0)
        };
        let mixtures: Vec<Vec<(usize, Rational)>> = found
            .mixtures
            .iter()
            .enumerate()
            .map(|(i, own)| {
                own.iter()
                    .map(|(c, share)| (place(i, c), share.clone()))
                    .collect()
            })
            .collect();
        let mut product = vec![(Vec::new(), Rational::one())];
        for own in &mixtures {
            let mut next = Vec::with_capacity(product.len() * own.len());
            for (at, probability) in &product {
                for (s, share) in own {
                    let mut at: Vec<usize> = at.clone();
                    at.push(*s);
                    next.push((at, probability * share));
                }
            }
            product = next;
        }
        let payoff = |i: usize| -> Rational {
            product
                .iter()
                .map(|(at, p)| game.payoff(game.number(at), i) * p)
                .sum()
        };
        Self {
            payoffs: (0..mixtures.len()).map(payoff).collect(),
            mixtures,
        }
    }
}

/// Why the mixed equilibria are not to be had.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MixedError {
    /// Not two players.
    #[error("mixed equilibria are found for two players, and this game has {0}")]
    Players(usize),
    /// Too many supports.
    #[error("there are {supports} pairs of supports to go through, and the limit is {limit}")]
    TooMany {
        /// How many pairs there are.
        supports: BigUint,
        /// How many are gone through.
        limit: u64,
    },
}

/// All equilibria of two players whose supports have one size: pure ones, and mixtures that are determined by their
/// supports. O(Σ_s C(p, s) C(q, s) s³).
///
/// # Errors
/// When there are not two players, or more than `limit` pairs of supports.
pub fn mixed(game: &StrategicGame, limit: u64) -> Result<Vec<MixedEquilibrium>, MixedError> {
    if game.players().len() != 2 {
        return Err(MixedError::Players(game.players().len()));
    }
    let own = [0, 1].map(|i| distinct(game, i));
    let most = own[0].len().min(own[1].len());
    let pairs = |s: usize| binomial(own[0].len(), s) * binomial(own[1].len(), s);
    let supports: BigUint = (1..=most).map(pairs).sum();
    if supports.to_u64().is_none_or(|count| count > limit) {
        return Err(MixedError::TooMany { supports, limit });
    }
    let mut found = Vec::new();
    for size in 1..=most {
        for rows in subsets(&own[0], size) {
            for columns in subsets(&own[1], size) {
                found.extend(at_supports(game, &rows, &columns));
            }
        }
    }
    Ok(found)
}

/// The payoff of a player when row and column are played.
fn payoff(game: &StrategicGame, player: usize, row: usize, column: usize) -> &Rational {
    game.payoff(game.number(&[row, column]), player)
}

/// A player's strategies, of several with the same payoffs the first.
fn distinct(game: &StrategicGame, player: usize) -> Vec<usize> {
    let line = |s: usize| -> Vec<&Rational> {
        let others = game.strategies(1 - player).len();
        (0..others)
            .flat_map(|o| {
                let (row, column) = if player == 0 { (s, o) } else { (o, s) };
                [payoff(game, 0, row, column), payoff(game, 1, row, column)]
            })
            .collect()
    };
    let mut seen: Vec<Vec<&Rational>> = Vec::new();
    let mut first = Vec::new();
    for s in 0..game.strategies(player).len() {
        let line = line(s);
        if !seen.contains(&line) {
            seen.push(line);
            first.push(s);
        }
    }
    first
}

/// All subsets of a size, in lexicographic order.
fn subsets(of: &[usize], size: usize) -> Vec<Vec<usize>> {
    let mut all = Vec::new();
    let mut at = crate::choice::first(size, false);
    loop {
        all.push(at.iter().map(|&p| of[p as usize]).collect());
        if crate::choice::advance(&mut at, of.len(), false).is_none() {
            return all;
        }
    }
}

/// The equilibrium with these supports, if there is one that they determine.
fn at_supports(
    game: &StrategicGame,
    rows: &[usize],
    columns: &[usize],
) -> Option<MixedEquilibrium> {
    let against_rows = |r: usize, c: usize| payoff(game, 0, r, c);
    let against_columns = |c: usize, r: usize| payoff(game, 1, r, c);
    let (second, first_value) = indifferent(rows, columns, &against_rows)?;
    let (first, second_value) = indifferent(columns, rows, &against_columns)?;
    let content = |player: usize, mixture: &[(usize, Rational)], value: &Rational| {
        (0..game.strategies(player).len()).all(|s| {
            let expected: Rational = mixture
                .iter()
                .map(|(o, share)| {
                    let (row, column) = if player == 0 { (s, *o) } else { (*o, s) };
                    payoff(game, player, row, column) * share
                })
                .sum();
            expected <= *value
        })
    };
    let settled = content(0, &second, &first_value) && content(1, &first, &second_value);
    settled.then(|| MixedEquilibrium {
        mixtures: vec![first, second],
        payoffs: vec![first_value, second_value],
    })
}

/// The mixture of `of` that gives every strategy in `among` the same payoff, which comes with it; `None` where it is
/// not determined or some share is not positive.
fn indifferent<'a>(
    among: &[usize],
    of: &[usize],
    payoff: &dyn Fn(usize, usize) -> &'a Rational,
) -> Option<(Vec<(usize, Rational)>, Rational)> {
    let size = of.len();
    // Unknown: the shares, and the payoff. A row for each strategy, and one for the sum of the shares.
    let mut rows: Vec<Vec<Rational>> = among
        .iter()
        .map(|&s| {
            let mut row: Vec<Rational> = of.iter().map(|&o| payoff(s, o).clone()).collect();
            row.extend([-Rational::one(), Rational::zero()]);
            row
        })
        .collect();
    let mut sum = vec![Rational::one(); size];
    sum.extend([Rational::zero(), Rational::one()]);
    rows.push(sum);
    for k in 0..=size {
        let pivot = (k..=size).find(|&r| !rows[r][k].is_zero())?;
        rows.swap(k, pivot);
        let head = rows[k].clone();
        for (r, row) in rows.iter_mut().enumerate() {
            if r == k || row[k].is_zero() {
                continue;
            }
            let share = &row[k] / &head[k];
            for x in k..row.len() {
                let step = &share * &head[x];
                row[x] -= step;
            }
        }
    }
    let value = |k: usize| &rows[k][size + 1] / &rows[k][k];
    let shares: Vec<(usize, Rational)> = (0..size).map(|k| (of[k], value(k))).collect();
    let positive = shares.iter().all(|(_, share)| share.is_positive());
    positive.then(|| (shares, value(size)))
}
