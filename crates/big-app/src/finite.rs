//! Finite games: what is asked of them.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use big_answer::finite::{FiniteResult, embedded_finite, rounded, rounded_down};
use big_answer::words::{count, vector};
use big_finite::{BestResponse, Budget, Choice, FiniteGame, RelaxationGap, nearest_choice, verify};
use big_game::spec::{FiniteSpec, Rational};
use big_io::{FinitePlay, InputError, Source, read_finite_play};
use serde_json::Value;

use crate::error::AppError;

/// The share of the time for the truthful choices, for the equilibrium, and for the potential's minimum; the rest is for
/// bounds, or for the proof that the minimum is an equilibrium.
const SHARES: (f64, f64, f64) = (0.1, 0.97, 0.8);
/// How often the budget is asked while the relaxation is waited for.
const ASKED: Duration = Duration::from_millis(5);
/// The stack of the thread that solves the relaxation, in bytes: that of a main thread.
const STACK: usize = 8 << 20;

/// The game of a description that has been read from a file of this name.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn finite_game(spec: FiniteSpec, file: &str) -> Result<FiniteGame, AppError> {
    FiniteGame::new(spec).map_err(|e| InputError::new(e.to_string()).in_file(file).into())
}

/// The game as a game file; `None` for large games.
pub(crate) fn embedded(name: Option<&str>, game: &FiniteGame) -> Option<Value> {
    embedded_finite(name, game)
}

/// The same of a game with the inner-product loss.
pub(crate) fn embedded_inner_product(name: Option<&str>, game: &FiniteGame) -> Option<Value> {
    let mut file = embedded_finite(name, game)?;
    file["loss"] = Value::from("inner_product");
    Some(file)
}

/// A pure equilibrium, or the one of least potential, within a budget.
pub(crate) fn solve(
    game: &FiniteGame,
    name: Option<String>,
    least: bool,
    budget: &Budget<'_>,
) -> Result<FiniteResult, AppError> {
    let truthful = truthful(game, budget);
    let begin: Vec<Choice> = truthful.iter().map(|best| best.choice.clone()).collect();
    if least {
        let (profile, proven, bound) = potential_minimum(game, budget);
        let minimum = Some((proven, bound));
        return told(game, name, &profile, &truthful, minimum, 0, budget);
    }
    let found = big_finite::solve(game, begin, &budget.part(SHARES.1)).map_err(failed)?;
    let gap = relaxation(game, &found.profile, budget);
    Ok(FiniteResult::new(
        name,
        game,
        &found.profile,
        &truthful,
        &found.verification,
        None,
        gap,
        found.moves,
    ))
}

/// The answer about a profile: its best responses are searched for.
pub(crate) fn told(
    game: &FiniteGame,
    name: Option<String>,
    profile: &[Choice],
    truthful: &[BestResponse],
    minimum: Option<(bool, f64)>,
    moves: usize,
    budget: &Budget<'_>,
) -> Result<FiniteResult, AppError> {
    let verification = verify(game, profile, budget).map_err(failed)?;
    let gap = relaxation(game, profile, budget);
    Ok(FiniteResult::new(
        name,
        game,
        profile,
        truthful,
        &verification,
        minimum,
        gap,
        moves,
    ))
}

/// What everybody would choose truthfully, in its share of the time.
pub(crate) fn truthful(game: &FiniteGame, budget: &Budget<'_>) -> Vec<BestResponse> {
    big_finite::truthful(game, &budget.part(SHARES.0))
}

/// The profile of least potential, in its share of the time.
pub(crate) fn potential_minimum(
    game: &FiniteGame,
    budget: &Budget<'_>,
) -> (Vec<Choice>, bool, f64) {
    let found = big_finite::potential_minimum(game, &budget.part(SHARES.2));
    let bound = rounded_down(&found.lower_bound);
    (found.profile, found.proven, bound)
}

pub(crate) fn failed(error: big_finite::ChoiceError) -> AppError {
    AppError::Internal(error.to_string())
}

/// The game on the convex hulls beside the answer. Its solver knows no budget, so that it works in a thread which is left
/// to itself when the budget ends. Where the hulls are too complicated there is no relaxation, and that is no failure.
fn relaxation(game: &FiniteGame, profile: &[Choice], budget: &Budget<'_>) -> Option<RelaxationGap> {
    let (sender, receiver) = channel();
    let (game, profile) = (game.clone(), profile.to_vec());
    let work = move || {
        // Nobody may be waiting any more.
        let _ = sender.send(game.relaxation_gap(&profile).ok());
    };
    thread::Builder::new().stack_size(STACK).spawn(work).ok()?;
    loop {
        match receiver.recv_timeout(ASKED) {
            Ok(gap) => return gap,
            Err(RecvTimeoutError::Timeout) if !budget.spent() => {}
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
        }
    }
}

/// Reads a profile: `{ "choices": [[..]..] }`, `{ "actions": [[..]..] }`, or the output of `big solve --json`.
pub(crate) fn read_choices(
    source: &Source,
    game: &FiniteGame,
    budget: &Budget<'_>,
) -> Result<Vec<Choice>, AppError> {
    let refused = |message: String| InputError::new(message).in_file(source.name());
    let choices = match read_finite_play(source)? {
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
pub(crate) fn choice_of(
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
