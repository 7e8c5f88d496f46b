//! `big enumerate`: every pure equilibrium of a finite game.

use std::ops::ControlFlow;
use std::time::Duration;

use big_game::finite::{self, Budget, Enumeration, FiniteGame};
use big_io::Content;
use big_io::result_finite::{EnumerateResult, EquilibriumResult, counted};
use clap::Args;
use num_bigint::BigUint;

use super::finite::{choice, game, meter, seconds};
use super::read;
use crate::args::ResultOptions;
use crate::failure::Failure;
use crate::output::{Outcome, print, put};
use crate::progress::Progress;
use crate::words::{number, vector};

/// Parts of a whole that the progress bar counts.
const PARTS: f64 = 10_000.0;

/// What to enumerate.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The game file (TOML or JSON) of a finite game, or `-` for standard input
    game: String,
    /// List at most so many
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    limit: usize,
    /// Only count them: nothing is listed, and equal means are counted at once
    #[arg(long, conflicts_with = "limit")]
    count: bool,
    /// Stop after so many seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    time_limit: Option<Duration>,
    #[command(flatten)]
    result: ResultOptions,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let file = read(&arguments.game)?;
    let Content::Finite(spec) = file.content else {
        return Err(Failure::usage(
            "only finite games have equilibria to enumerate; this one is on convex sets",
            "`big solve` describes the whole set of its equilibria",
        ));
    };
    let game = game(spec, &arguments.game)?;
    let result = enumerate(arguments, &game)?;
    // Text has been listed as it was found, unless it went to a file.
    put(&arguments.result, &result, |result| {
        summary(&game, result, arguments)
    })?;
    Ok(if result.complete {
        Outcome::Answered
    } else {
        Outcome::No
    })
}

fn enumerate(arguments: &Arguments, game: &FiniteGame) -> Result<EnumerateResult, Failure> {
    let used = meter(arguments.time_limit);
    let budget = Budget::metered(&used);
    let bar = Progress::new("enumerating");
    let mut watch = |progress: finite::Progress<'_>| {
        bar.update((progress.done * PARTS) as u64, PARTS as u64);
        ControlFlow::Continue(())
    };
    let refused = |e: finite::EnumerateError| Failure::usage(e.to_string(), "choose fewer items");
    if arguments.count {
        let found = finite::count(game, &budget, &mut watch).map_err(refused)?;
        return Ok(result(&found, None));
    }
    let live = !arguments.result.json && arguments.result.output.is_none();
    let mut listed = Vec::new();
    let mut cut = false;
    let mut failure = None;
    let mut found = |profile: &[Vec<u32>]| {
        // One more than the limit shows that the list is cut.
        if listed.len() == arguments.limit {
            cut = true;
            return ControlFlow::Break(());
        }
        let equilibrium = EquilibriumResult::new(game, profile);
        if live && let Err(error) = print(&line(&equilibrium)) {
            failure = Some(error);
            return ControlFlow::Break(());
        }
        listed.push(equilibrium);
        ControlFlow::Continue(())
    };
    let all = finite::enumerate(game, &budget, &mut found, &mut watch).map_err(refused)?;
    if let Some(failure) = failure {
        return Err(failure);
    }
    let all = if cut {
        Enumeration {
            count: BigUint::from(listed.len()),
            distinct: all.distinct.min(listed.len() as u64),
            complete: false,
        }
    } else {
        all
    };
    Ok(result(&all, Some(listed)))
}

fn result(found: &Enumeration, equilibria: Option<Vec<EquilibriumResult>>) -> EnumerateResult {
    EnumerateResult {
        count: counted(&found.count),
        distinct: found.distinct,
        complete: found.complete,
        equilibria,
    }
}

fn line(equilibrium: &EquilibriumResult) -> String {
    let choices: Vec<String> = equilibrium.choices.iter().map(|c| choice(c)).collect();
    format!(
        "{}  receiver {}, potential {}\n",
        choices.join(" "),
        vector(&equilibrium.receiver),
        number(equilibrium.potential)
    )
}

fn summary(game: &FiniteGame, result: &EnumerateResult, arguments: &Arguments) -> String {
    let mut text = String::new();
    if arguments.result.output.is_some() {
        text.extend(result.equilibria.iter().flatten().map(line));
    }
    let total = match &result.count {
        serde_json::Value::String(digits) => digits.clone(),
        number => number.to_string(),
    };
    let profiles: BigUint = (0..game.influencers())
        .map(|i| game.strategies(i))
        .product();
    let noun = if total == "1" {
        "equilibrium"
    } else {
        "equilibria"
    };
    text + &if result.complete {
        format!(
            "{total} pure {noun} among {profiles} profiles; {} differ in their means.\n",
            result.distinct
        )
    } else if arguments.count {
        format!("At least {total} pure {noun}: the time limit ended first.\n")
    } else {
        format!(
            "The list was cut after {total} pure {noun}; --limit allows more, --count counts them all.\n"
        )
    }
}
