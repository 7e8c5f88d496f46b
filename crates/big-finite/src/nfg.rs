//! Gambit's payoff form: every profile's payoffs, exactly.

use std::collections::HashSet;
use std::io::{self, Write};

use num_bigint::BigUint;
use num_traits::ToPrimitive;
use thiserror::Error;

use super::budget::{Budget, Stop};
use super::choice::{self, Choice};
use super::lattice::{Coordinate, Scaled, add, distance};
use super::table::all_sums;
use super::{FiniteGame, scaled};

/// Why a game was not written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NfgError {
    /// The table is too large.
    #[error(
        "the payoff table has {numbers} numbers, one for each of {profiles} profiles and every influencer, and the \
         limit is {limit}: enumerate the equilibria instead, which needs no table, or raise the limit"
    )]
    TooLarge {
        /// How many profiles the game has.
        profiles: BigUint,
        /// How many payoffs the table would have.
        numbers: BigUint,
        /// How many it may have.
        limit: u64,
    },
    /// The names of the strategies alone are too long.
    #[error(
        "the names of all strategies, which list their items, have {letters:.1e} letters, more than memory holds; \
         choose fewer items"
    )]
    TooLong {
        /// About how many letters they have.
        letters: f64,
    },
    /// The budget ended first.
    #[error("the time limit ended before the table was complete")]
    Spent,
    /// The writer failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Writes the game in Gambit's strategic form (`NFG 1 R`, payoff version): the payoff of an influencer is `−ℓ_i`, as an
/// exact fraction; a strategy is called by its items' indices, `0,3,5`, and an influencer by its name, on one line and
/// distinct from all others. Profiles follow each other with the first influencer's strategy changing fastest.
///
/// ```
/// # use big_finite::{Budget, FiniteGame};
/// # use big_game::spec::{FiniteSpec, InfluencerSpec, ItemSet, Rational, WeightSpec};
/// # let number = |n: i64, d: i64| Rational::new(n.into(), d.into());
/// # let influencer = |target| InfluencerSpec {
/// #     cost: None,
/// #     name: None,
/// #     weight: WeightSpec::Scalar(number(1, 2)),
/// #     target: vec![target],
/// #     space: 0,
/// # };
/// // Example 5 of the paper with q = k = 2: two of the items ±1 and ±2 each, targets ∓1/16.
/// let game = FiniteGame::new(FiniteSpec {
/// #     bias: vec![number(0, 1)],
/// #     sets: vec![ItemSet {
/// #         items: [-1, 1, -2, 2].map(|v| vec![number(v, 1)]).to_vec(),
/// #         choose: 2,
/// #         repeats: false,
/// #     }],
/// #     influencers: vec![influencer(number(-1, 16)), influencer(number(1, 16))],
///     // …
/// })?;
/// let mut text = Vec::new();
/// big_finite::write_nfg(&game, "Example 5", 1000, &Budget::unlimited(), &mut text)?;
/// assert!(text.starts_with(b"NFG 1 R"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When the table has more than `limit` numbers, or the names of the strategies do not fit in the budget's memory, before
/// anything is written; when the budget ends; or when writing fails.
pub fn write_nfg(
    game: &FiniteGame,
    title: &str,
    limit: u64,
    budget: &Budget<'_>,
    writer: &mut dyn Write,
) -> Result<(), NfgError> {
    let n = game.influencers();
    let profiles: BigUint = (0..n).map(|i| game.strategies(i)).product();
    let numbers = &profiles * n;
    if numbers.to_u64().is_none_or(|count| count > limit) {
        return Err(NfgError::TooLarge {
            profiles,
            numbers,
            limit,
        });
    }
    let letters = (0..n).map(|i| {
        let digits = 2.0 + (game.items(i).len() as f64).log10();
        let choices = choice::choices_f64(game.items(i).len(), game.choose(i), game.repeats(i));
        choices * game.choose(i) as f64 * digits
    });
    // The sums take memory too, but are fewer than the letters unless there are many dimensions.
    let sums = numbers.to_f64().unwrap_or(f64::INFINITY) * game.dim() as f64 * 16.0;
    let letters: f64 = letters.sum();
    if !budget.holds(letters + sums) {
        return Err(NfgError::TooLong { letters });
    }
    let names: Vec<String> = names(game).iter().map(|name| quoted(name)).collect();
    writeln!(
        writer,
        "NFG 1 R {} {{ {} }}",
        quoted(title),
        names.join(" ")
    )?;
    writeln!(writer)?;
    writeln!(writer, "{{")?;
    for i in 0..n {
        strategies(game, i, budget, writer)?;
    }
    writeln!(writer, "}}")?;
    writeln!(writer)?;
    scaled!(game, s => payoffs(s, budget, writer))?;
    writer.flush()?;
    Ok(())
}

/// Influencer `i`'s choices in lexicographic order.
pub(crate) fn all(game: &FiniteGame, i: usize) -> Vec<Choice> {
    let (m, k, repeats) = (game.items(i).len(), game.choose(i), game.repeats(i));
    let mut all = vec![choice::first(k, repeats)];
    let mut next = choice::first(k, repeats);
    while choice::advance(&mut next, m, repeats).is_some() {
        all.push(next.clone());
    }
    all
}

/// The names of influencer `i`'s strategies, one line.
fn strategies(
    game: &FiniteGame,
    i: usize,
    budget: &Budget<'_>,
    writer: &mut dyn Write,
) -> Result<(), NfgError> {
    let (m, k, repeats) = (game.items(i).len(), game.choose(i), game.repeats(i));
    let mut pulse = budget.pulse();
    let mut next = choice::first(k, repeats);
    write!(writer, "{{")?;
    loop {
        pulse.steps(k).map_err(|_| NfgError::Spent)?;
        let items: Vec<String> = next.iter().map(u32::to_string).collect();
        write!(writer, " {}", quoted(&items.join(",")))?;
        if choice::advance(&mut next, m, repeats).is_none() {
            writeln!(writer, " }}")?;
            return Ok(());
        }
    }
}

/// The influencers' names as Gambit takes them: what is written of each is printable, not empty and like no other.
fn names(game: &FiniteGame) -> Vec<String> {
    let mut taken = HashSet::new();
    (0..game.influencers())
        .map(|i| {
            let plain = plain(&game.name(i));
            let name = if plain.is_empty() {
                (i + 1).to_string()
            } else {
                plain
            };
            let mut candidate = name.clone();
            let mut number = 2usize;
            while !taken.insert(candidate.clone()) {
                candidate = format!("{name} ({number})");
                number += 1;
            }
            candidate
        })
        .collect()
}

/// Text on one line, without what Gambit would read otherwise or not at all.
fn plain(text: &str) -> String {
    let one_line = text
        .replace(|c: char| c.is_control(), " ")
        .replace('\\', "/");
    one_line.trim().to_owned()
}

/// Text in double quotes, on one line.
fn quoted(text: &str) -> String {
    format!("\"{}\"", plain(text).replace('"', "\\\""))
}

fn payoffs<T: Coordinate>(
    scaled: &Scaled<T>,
    budget: &Budget<'_>,
    writer: &mut dyn Write,
) -> Result<(), NfgError> {
    let (n, d) = (scaled.list_of.len(), scaled.d);
    let sums = scaled.lists.iter().map(|list| all_sums(list, d, budget));
    let sums: Vec<Vec<T>> = sums
        .collect::<Result<_, Stop>>()
        .map_err(|_| NfgError::Spent)?;
    let own = |i: usize| &sums[scaled.list_of[i]];
    let mut at = vec![0; n];
    let mut total = vec![T::zero(); d];
    loop {
        if budget.spent() {
            return Err(NfgError::Spent);
        }
        total.fill(T::zero());
        for i in 0..n {
            add(&mut total, &own(i)[at[i] * d..(at[i] + 1) * d]);
        }
        for i in 0..n {
            let payoff = -scaled.loss_of(&distance(&total, scaled.goal(i)));
            write!(writer, "{}{payoff}", if i == 0 { "" } else { " " })?;
        }
        writeln!(writer)?;
        let Some(i) = (0..n).find(|&i| (at[i] + 1) * d < own(i).len()) else {
            return Ok(());
        };
        at[..i].fill(0);
        at[i] += 1;
    }
}
