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

use big_game::finite::{Budget, Choice, FiniteGame, nearest_choice};
use big_game::spec::{FiniteSpec, Rational};
use big_io::result_finite::rounded;
use big_io::{FinitePlay, InputError, Source};

use crate::failure::Failure;
use crate::words::{count, vector};

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

/// Reads a profile: `{ "choices": [[..]..] }`, `{ "actions": [[..]..] }`, or the output of `big solve --json`.
pub(crate) fn read_choices(
    source: &str,
    game: &FiniteGame,
    budget: &Budget<'_>,
) -> Result<Vec<Choice>, Failure> {
    let file = Source::parse(source);
    let refused = |message: String| InputError::new(message).in_file(file.name());
    let choices = match big_io::read_finite_play(&file)? {
        FinitePlay::Choices(choices) => choices,
        FinitePlay::Actions(actions) => {
            let n = game.influencers();
            if actions.len() != n {
                let found = count(actions.len(), "action");
                let message = format!("{found} for {n} influencers: give each influencer one");
                return Err(refused(message).into());
            }
            let found = actions.into_iter().enumerate().map(|(i, action)| {
                let part = budget.part(1.0 / (n - i) as f64);
                choice_of(game, i, action, &part).map_err(&refused)
            });
            found.collect::<Result<_, _>>()?
        }
    };
    game.check_profile(&choices)
        .map_err(|e| refused(e.to_string()))?;
    Ok(choices)
}

/// A choice that makes an action: exactly, or rounded to doubles as the program prints them.
fn choice_of(
    game: &FiniteGame,
    i: usize,
    action: Vec<Rational>,
    budget: &Budget<'_>,
) -> Result<Choice, String> {
    let name = game.name(i);
    let dimension = game.items(i)[0].len();
    if action.len() != dimension {
        return Err(format!(
            "the action of '{name}' has {}, but its items have {dimension}",
            count(action.len(), "coordinate")
        ));
    }
    let given: Vec<f64> = action.iter().map(rounded).collect();
    let best = nearest_choice(game, i, action, budget);
    let mean: Vec<f64> = game.action(i, &best.choice).iter().map(rounded).collect();
    if mean == given {
        return Ok(best.choice);
    }
    let k = game.choose(i);
    Err(if best.proven {
        format!(
            "the action {} of '{name}' is no mean of {k} of its items; the nearest is {}",
            vector(&given),
            vector(&mean)
        )
    } else {
        format!(
            "the time limit ended before {k} of the items of '{name}' were found whose mean is {}: give its `choices` \
             instead",
            vector(&given)
        )
    })
}
