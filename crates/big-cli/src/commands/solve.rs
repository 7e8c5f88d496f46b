//! `big solve`: the equilibrium, the whole set it belongs to, and the proof.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use big_answer::finite::FiniteStatus;
use big_answer::solve::Status;
use big_app::solve::{Request, Solved, solve};
use big_game::equilibrium::{self, Selection};
use big_io::Source;
use clap::Args;
use serde_json::json;

use super::solve_text;
use crate::commands::{finite, hybrid};
use crate::failure::Failure;
use crate::options::{Method, OutFile, ResultOptions, Select, Target, seconds};
use crate::output::{Outcome, Sink, stream, write_file};
use crate::progress::watched;

/// What to solve, and how.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The game file (TOML or JSON), the id of a game in the catalogue, or `-` for standard input. Of several each is answered by
    /// itself; --json then gives one line each, with the `file`
    #[arg(required = true, value_name = "GAME")]
    games: Vec<String>,
    /// The solver
    #[arg(long, value_enum, default_value = "auto")]
    method: Method,
    /// Which equilibrium to report where there are many
    #[arg(long, value_enum, default_value = "least-exaggerated")]
    select: Select,
    /// List the vertices of the set of equilibria, where it is a polytope with at most 1000
    #[arg(long)]
    vertices: bool,
    /// The derivatives of the receiver's position in every target, weight and in the background
    #[arg(long)]
    sensitivity: bool,
    /// The least common cost of lying, in place of the game's own, at which nobody exaggerates by more than EPS
    #[arg(long, value_name = "EPS", allow_negative_numbers = true)]
    honesty: Option<f64>,
    /// Write the influencers' table to this Parquet or CSV file, and leave it out of the result
    #[arg(long, value_name = "FILE")]
    actions: Option<OutFile>,
    /// Finite games: the global minimiser of the potential, proven
    #[arg(long)]
    potential_minimum: bool,
    /// Games with finite action spaces: stop after so many seconds, and say how far it got
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    time_limit: Duration,
    /// Report the time it took (the output is then not the same on every run)
    #[arg(long)]
    timing: bool,
    #[command(flatten)]
    result: ResultOptions,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    match &*arguments.games {
        [game] => answer(arguments, game, Sink::Whole(&arguments.result)),
        games => several(arguments, games),
    }
}

/// Solves one game after the other. One that has no answer does not stop the others; but a file is written whole or not at all.
fn several(arguments: &Arguments, games: &[String]) -> Result<Outcome, Failure> {
    if arguments.actions.is_some() {
        return Err(Failure::usage(
            "--actions writes the table of one game, and there are several",
            "solve them one by one",
        ));
    }
    if games.iter().filter(|game| *game == "-").count() > 1 {
        return Err(Failure::usage(
            "standard input is one game, and cannot be two",
            "put the others into files",
        ));
    }
    let json = arguments.result.json;
    let (mut ended, mut refused, mut ours) = (Outcome::Answered, 0, false);
    let mut each = |out: &mut dyn Write| {
        for game in games {
            let mut told = Vec::new();
            let sink = Sink::Part {
                json,
                file: game,
                out: &mut told,
            };
            match answer(arguments, game, sink) {
                Ok(Outcome::Answered) => {}
                Ok(other) => ended = other,
                Err(failure) => {
                    failure.report();
                    refused += 1;
                    ours |= failure.code() != 2;
                    if json {
                        let error = json!({ "file": game, "error": failure.to_string() });
                        told = format!("{error}\n").into_bytes();
                    }
                }
            }
            out.write_all(&told)?;
        }
        Ok(())
    };
    match arguments.result.output.as_ref().and_then(Target::file) {
        None => stream(each)?,
        Some(path) => {
            let mut all = Vec::new();
            // Writing into memory does not fail.
            let _ = each(&mut all);
            if refused == 0 {
                write_file(path, &all)?;
            }
        }
    }
    let message = format!("{refused} of {} games have no answer", games.len());
    match (refused, ours) {
        (0, _) => Ok(ended),
        (_, false) => Err(Failure::usage(message, "what is wrong is told above")),
        (_, true) => Err(Failure::Internal(message)),
    }
}

/// Solves one game.
fn answer(arguments: &Arguments, game: &str, sink: Sink<'_>) -> Result<Outcome, Failure> {
    let request = Request {
        game: Source::game(game),
        method: match arguments.method {
            Method::Auto => equilibrium::Method::Auto,
            Method::Separable => equilibrium::Method::Separable,
            Method::Ball => equilibrium::Method::Ball,
            Method::Decomposition => equilibrium::Method::Decomposition,
            Method::Reference => equilibrium::Method::Reference,
            Method::Newton => equilibrium::Method::Newton,
        },
        selection: match arguments.select {
            Select::LeastExaggerated => Selection::LeastExaggerated,
            Select::LeastNorm => Selection::LeastNorm,
            Select::Vertex => Selection::Vertex,
        },
        vertices: arguments.vertices,
        sensitivity: arguments.sensitivity,
        honesty: arguments.honesty,
        actions: arguments.actions.as_deref().map(Path::to_owned),
        potential_minimum: arguments.potential_minimum,
        time_limit: arguments.time_limit,
        timing: arguments.timing,
        embed: arguments.result.json,
    };
    Ok(match watched(|monitor| solve(&request, monitor))? {
        Solved::Convex(solved) => {
            let result = solved.result();
            sink.put(&result, |result| {
                solve_text::text(solved.game.scale(), result, arguments.actions.as_deref())
            })?;
            ended(result.status)
        }
        Solved::Finite(found) => {
            let result = &found.1;
            sink.put(result, finite::solve_text)?;
            match result.status {
                FiniteStatus::Solved => Outcome::Answered,
                FiniteStatus::Approximate => Outcome::Unfinished,
            }
        }
        Solved::Hybrid(found) => {
            let result = &found.1;
            sink.put(result, hybrid::solve_text)?;
            match result.status {
                FiniteStatus::Solved => Outcome::Answered,
                FiniteStatus::Approximate => Outcome::Unfinished,
            }
        }
        Solved::Reduced(found) => {
            let (scale, result) = &*found;
            sink.put(result, |result| solve_text::text(*scale, result, None))?;
            ended(result.status)
        }
        Solved::Private(result) => {
            sink.put(&*result, solve_text::private)?;
            ended(result.status)
        }
        Solved::Dominant(result) => {
            sink.put(&*result, finite::dominant_text)?;
            Outcome::Answered
        }
    })
}

/// What a status comes to.
fn ended(status: Status) -> Outcome {
    match status {
        Status::Solved => Outcome::Answered,
        Status::Unfinished => Outcome::Unfinished,
    }
}
