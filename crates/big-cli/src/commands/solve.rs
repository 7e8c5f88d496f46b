//! `big solve`: the equilibrium, the whole set it belongs to, and the proof.

use std::path::Path;
use std::time::Duration;

use big_answer::finite::FiniteStatus;
use big_answer::solve::Status;
use big_app::solve::{Request, Solved, solve};
use big_game::equilibrium::{self, Selection};
use big_io::Source;
use clap::Args;

use super::solve_text;
use crate::commands::finite;
use crate::failure::Failure;
use crate::options::{Method, OutFile, ResultOptions, Select, seconds};
use crate::output::{Outcome, put};
use crate::progress::watched;

/// What to solve, and how.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The game file (TOML or JSON), or `-` for standard input
    game: String,
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
    #[arg(long, value_name = "EPS")]
    honesty: Option<f64>,
    /// Write the influencers' table to this Parquet or CSV file, and leave it out of the result
    #[arg(long, value_name = "FILE")]
    actions: Option<OutFile>,
    /// Finite games: the global minimiser of the potential, proven
    #[arg(long)]
    potential_minimum: bool,
    /// Finite games: stop after so many seconds, and say how far it got
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    time_limit: Duration,
    /// Report the time it took (the output is then not the same on every run)
    #[arg(long)]
    timing: bool,
    #[command(flatten)]
    result: ResultOptions,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let request = Request {
        game: Source::parse(&arguments.game),
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
    let options = &arguments.result;
    Ok(match watched(|monitor| solve(&request, monitor))? {
        Solved::Convex(solved) => {
            let result = solved.result();
            put(options, &result, |result| {
                solve_text::text(&solved.game, result, arguments.actions.as_deref())
            })?;
            match result.status {
                Status::Solved => Outcome::Answered,
                Status::Unfinished => Outcome::Unfinished,
            }
        }
        Solved::Finite(found) => {
            let result = &found.1;
            put(options, result, finite::solve_text)?;
            match result.status {
                FiniteStatus::Solved => Outcome::Answered,
                FiniteStatus::Approximate => Outcome::Unfinished,
            }
        }
        Solved::Dominant(result) => {
            put(options, &*result, finite::dominant_text)?;
            Outcome::Answered
        }
    })
}
