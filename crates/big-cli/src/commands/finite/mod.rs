//! Finite games: what `solve`, `verify` and `dynamics` do with them.

mod dominant;
mod dynamics;
mod solve;
mod verify;

pub(crate) use dominant::{dominant, dominated};
pub(crate) use dynamics::{dynamics, dynamics_verdict};
pub(crate) use solve::{answer, solve, verdict};
pub(crate) use verify::{verify, verify_verdict};

use std::time::{Duration, Instant};

use big_game::finite::{Choice, FiniteGame};
use big_game::spec::FiniteSpec;
use big_io::{InputError, Source};

use crate::failure::Failure;

/// The game of a description that has been read.
pub(crate) fn game(spec: FiniteSpec, file: &str) -> Result<FiniteGame, Failure> {
    FiniteGame::new(spec).map_err(|e| {
        InputError::new(e.to_string())
            .in_file(Source::parse(file).name())
            .into()
    })
}

/// A number of seconds.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .and_then(|s| Duration::try_from_secs_f64(s).ok())
        .ok_or_else(|| "give a number of seconds".into())
}

/// The share of a time limit that is used, from now on; without one always 0.
pub(crate) fn meter(limit: Option<Duration>) -> impl Fn() -> f64 + Sync {
    let begun = Instant::now();
    move || match limit {
        None => 0.0,
        Some(limit) if limit.is_zero() => 1.0,
        Some(limit) => begun.elapsed().as_secs_f64() / limit.as_secs_f64(),
    }
}

/// A choice in words: `{0, 3, 5}`.
pub(crate) fn choice(items: &[u32]) -> String {
    const SHOWN: usize = 12;
    let mut parts: Vec<String> = items.iter().take(SHOWN).map(u32::to_string).collect();
    if items.len() > SHOWN {
        parts.push(format!("… {} more", items.len() - SHOWN));
    }
    format!("{{{}}}", parts.join(", "))
}

/// Reads `{ "choices": [[..]..] }`, or the output of `big solve --json`.
pub(crate) fn read_choices(source: &str, game: &FiniteGame) -> Result<Vec<Choice>, Failure> {
    let choices = big_io::read_choices(&Source::parse(source))?;
    game.check_profile(&choices)
        .map_err(|e| InputError::new(e.to_string()).in_file(Source::parse(source).name()))?;
    Ok(choices)
}
