//! `big solve` for a finite game.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use big_game::finite::{self, BestResponse, Budget, Choice, FiniteGame, RelaxationGap, verify};
use big_io::result_finite::{FiniteResult, embedded_finite, rounded_down};

use super::choice;
use super::verify::regret;
use crate::args::{Method, Select};
use crate::commands::solve::Arguments;
use crate::failure::Failure;
use crate::output::{Outcome, put};
use crate::words::{ROWS, count, number, table, vector};

/// The share of the time for the truthful choices, for the equilibrium, and for the potential's minimum; the rest is for
/// bounds, or for the proof that the minimum is an equilibrium.
const SHARES: (f64, f64, f64) = (0.1, 0.97, 0.8);
/// How often the budget is asked while the relaxation is waited for.
const ASKED: Duration = Duration::from_millis(5);
/// The stack of the thread that solves the relaxation, in bytes: that of a main thread.
const STACK: usize = 8 << 20;

pub(crate) fn solve(
    arguments: &Arguments,
    game: &FiniteGame,
    name: Option<String>,
    budget: &Budget<'_>,
) -> Result<Outcome, Failure> {
    refuse(arguments)?;
    let clock = Instant::now();
    let mut result = answer(game, name, arguments.potential_minimum, budget)?.result;
    if arguments.timing {
        result.seconds = Some(clock.elapsed().as_secs_f64());
    }
    if arguments.result.json {
        result.game = embedded_finite(result.name.as_deref(), game);
    }
    put(&arguments.result, &result, text)?;
    Ok(if result.status == "solved" {
        Outcome::Answered
    } else {
        Outcome::Unfinished
    })
}

/// Refuses what only games on convex sets have.
fn refuse(arguments: &Arguments) -> Result<(), Failure> {
    let given = [
        ("--method", !matches!(arguments.method, Method::Auto)),
        (
            "--select",
            !matches!(arguments.select, Select::LeastExaggerated),
        ),
        ("--vertices", arguments.vertices),
        ("--sensitivity", arguments.sensitivity),
        ("--actions", arguments.actions.is_some()),
    ];
    match given.iter().find(|(_, given)| *given) {
        None => Ok(()),
        Some((flag, _)) => Err(Failure::usage(
            format!("{flag} is for games on convex sets; this one is finite"),
            match *flag {
                "--actions" => "--json lists every influencer's choice and action",
                "--vertices" | "--select" => "`big enumerate` lists every pure equilibrium",
                _ => "leave it out",
            },
        )),
    }
}

/// An answer, and what everybody would choose truthfully.
pub(crate) struct Found {
    pub(crate) result: FiniteResult,
    pub(crate) truthful: Vec<Choice>,
}

/// A pure equilibrium, or the one of least potential, within a budget.
pub(crate) fn answer(
    game: &FiniteGame,
    name: Option<String>,
    least: bool,
    budget: &Budget<'_>,
) -> Result<Found, Failure> {
    let truthful: Vec<BestResponse> = finite::truthful(game, &budget.part(SHARES.0));
    let begin: Vec<Choice> = truthful.iter().map(|best| best.choice.clone()).collect();
    let failed = |e: finite::ChoiceError| Failure::Internal(e.to_string());
    let mut minimum = None;
    let (profile, verification, moves) = if least {
        let found = finite::potential_minimum(game, &budget.part(SHARES.2));
        let verification = verify(game, &found.profile, budget).map_err(failed)?;
        minimum = Some((found.proven, rounded_down(&found.lower_bound)));
        (found.profile, verification, 0)
    } else {
        let found = finite::solve(game, begin.clone(), &budget.part(SHARES.1)).map_err(failed)?;
        (found.profile, found.verification, found.moves)
    };
    let gap = relaxation(game, &profile, budget);
    let mut result = FiniteResult::new(name, game, &profile, &truthful, &verification, gap);
    result.moves = moves;
    if let Some((proven, bound)) = minimum {
        result.potential_minimum = Some(proven);
        result.potential_lower_bound = Some(bound);
    }
    Ok(Found {
        result,
        truthful: begin,
    })
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

/// What it comes to, in a sentence or two.
pub(crate) fn verdict(result: &FiniteResult) -> String {
    let place = vector(&result.receiver);
    let mut text = match (result.status.as_str(), result.potential_minimum) {
        ("solved", Some(true)) => {
            format!(
                "The pure equilibrium of least potential, proven; the receiver lands at {place}."
            )
        }
        ("solved", _) => {
            format!(
                "A pure equilibrium; the receiver lands at {place}. `big enumerate` finds them all."
            )
        }
        _ => {
            let proven = result.influencers.iter().filter(|i| i.proven).count();
            format!(
                "APPROXIMATE: the time limit ended first. The receiver lands at {place}, and nobody gains more than {}. \
                 That nobody gains at all is proven for {proven} of {}.",
                number(result.regret_bound.unwrap_or(result.max_regret)),
                count(result.influencers.len(), "influencer")
            )
        }
    };
    if let (Some(false), Some(bound)) = (result.potential_minimum, result.potential_lower_bound) {
        text += &format!(
            " The potential is {} and cannot be below {}.",
            number(result.potential),
            number(bound)
        );
    }
    text
}

fn text(result: &FiniteResult) -> String {
    let mut text = String::new();
    if let Some(name) = &result.name {
        text += &format!("{name}\n\n");
    }
    text += &verdict(result);
    text += "\n\n";
    text += &table(
        &["influencer", "target", "action", "loss", "regret", ""],
        result.influencers.iter().take(ROWS).map(|i| {
            vec![
                i.name.clone(),
                vector(&i.target),
                vector(&i.action),
                number(i.loss),
                regret(i.regret, i.regret_bound),
                format!("items {}", choice(&i.choice)),
            ]
        }),
    );
    if result.influencers.len() > ROWS {
        text += &format!(
            "… and {}\n",
            count(result.influencers.len() - ROWS, "more influencer")
        );
    }
    if let Some(gap) = &result.relaxation {
        text += &format!(
            "\nOn the convex hulls of the actions the receiver would land at {}, {} away.\n",
            vector(&gap.receiver),
            number(gap.distance)
        );
    }
    text + &format!(
        "Total loss {}; potential {}. {}\n",
        number(result.equilibrium_cost),
        number(result.potential),
        if result.regret_bound.is_none() {
            "Regrets are exact."
        } else {
            "A regret of which two numbers are given lies between them: its proof was not completed."
        }
    )
}
