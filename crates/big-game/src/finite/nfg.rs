//! Gambit's payoff form: every profile's payoffs, exactly.

use std::io::{self, Write};

use num_bigint::BigUint;
use num_traits::ToPrimitive;
use thiserror::Error;

use super::choice::{self, Choice};
use super::lattice::{Coordinate, Scaled, add, distance};
use super::{FiniteGame, scaled};

/// Why a game was not written.
#[derive(Debug, Error)]
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
    /// The writer failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Writes the game in Gambit's strategic form (`NFG 1 R`, payoff version): the payoff of an influencer is `−ℓ_i`, as an
/// exact fraction; a strategy is called by its items' indices, `0,3,5`. Profiles follow each other with the first
/// influencer's strategy changing fastest.
///
/// # Errors
/// When the table has more than `limit` numbers, before anything is written; or when writing fails.
pub fn write_nfg(
    game: &FiniteGame,
    title: &str,
    limit: u64,
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
    let choices: Vec<Vec<Choice>> = (0..n).map(|i| all(game, i)).collect();
    let names: Vec<String> = (0..n).map(|i| quoted(&game.name(i))).collect();
    writeln!(
        writer,
        "NFG 1 R {} {{ {} }}",
        quoted(title),
        names.join(" ")
    )?;
    writeln!(writer)?;
    writeln!(writer, "{{")?;
    for own in &choices {
        let labels = own.iter().map(|choice| {
            let items: Vec<String> = choice.iter().map(u32::to_string).collect();
            quoted(&items.join(","))
        });
        writeln!(writer, "{{ {} }}", labels.collect::<Vec<_>>().join(" "))?;
    }
    writeln!(writer, "}}")?;
    writeln!(writer)?;
    scaled!(game, s => payoffs(s, &choices, writer))?;
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

/// Text in double quotes, on one line.
fn quoted(text: &str) -> String {
    let plain = text.replace(['\n', '\r'], " ");
    format!("\"{}\"", plain.replace('\\', "/").replace('"', "\\\""))
}

fn payoffs<T: Coordinate>(
    scaled: &Scaled<T>,
    choices: &[Vec<Choice>],
    writer: &mut dyn Write,
) -> io::Result<()> {
    let (n, d) = (choices.len(), scaled.d);
    let sums: Vec<Vec<Vec<T>>> = choices
        .iter()
        .enumerate()
        .map(|(i, own)| own.iter().map(|c| scaled.list(i).sum(c, d)).collect())
        .collect();
    let mut at = vec![0; n];
    loop {
        let mut total = vec![T::zero(); d];
        for i in 0..n {
            add(&mut total, &sums[i][at[i]]);
        }
        let line: Vec<String> = (0..n)
            .map(|i| (-scaled.loss_of(&distance(&total, scaled.goal(i)))).to_string())
            .collect();
        writeln!(writer, "{}", line.join(" "))?;
        let Some(i) = (0..n).find(|&i| at[i] + 1 < sums[i].len()) else {
            return Ok(());
        };
        at[..i].fill(0);
        at[i] += 1;
    }
}
