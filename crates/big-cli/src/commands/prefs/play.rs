//! `big prefs play`: empirical best-response dynamics against the real receiver.

use std::path::Path;
use std::time::Duration;

use big_answer::preference::PlayAnswer;
use big_app::preference::play::{self, Answering, Request, play};
use big_io::Source;
use clap::{Args, ValueEnum};

use super::play_text;
use super::told::none_text;
use crate::failure::Failure;
use crate::options::{OutFile, ResultOptions, non_negative, some_seconds};
use crate::output::{Outcome, put};
use crate::progress::watched;

/// How to play.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The experiment (TOML or JSON, see `big schema experiment`), or `-` for standard input: influencers with their targets
    /// `theta`, `pairs`, `action_space`, `distribution`, `seed`
    spec: String,
    /// Who answers: `mle` labels the simulated pairs again and fits them again, `affine` is its linearisation, anything else is
    /// a command that is started once and gets {"actions": [[..]..]} on a line and answers {"theta_hat": [..]} on a line
    #[arg(long, value_name = "mle|affine|COMMAND", default_value = "mle")]
    receiver: String,
    /// Keep the run in this file after every turn, and go on from it if it is there
    #[arg(long, value_name = "FILE")]
    state: Option<OutFile>,
    /// Stop after so many turns, passed ones included
    #[arg(long, value_name = "N", default_value_t = 1000)]
    max_iterations: usize,
    /// Moves that lower the loss by no more are not made
    #[arg(long, value_name = "GAIN", default_value_t = 1e-6, value_parser = non_negative, allow_negative_numbers = true)]
    tolerance: f64,
    /// Evaluations of the receiver that one best response may take
    #[arg(long, value_name = "N", default_value_t = 60)]
    evaluations: usize,
    /// In two and more dimensions: from how many points all over the space each influencer looks for something better, before play
    /// counts as converged [default: 128; 0 for a command]
    #[arg(long, value_name = "N")]
    starts: Option<usize>,
    /// How the equilibrium is found
    #[arg(long, value_enum, default_value = "responses")]
    method: Method,
    /// Seconds that a command may take to answer
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = some_seconds, allow_negative_numbers = true)]
    timeout: Duration,
    /// The seed of the simulated pairs, in place of the experiment's [default: 0]
    #[arg(long)]
    seed: Option<u64>,
    #[command(flatten)]
    result: ResultOptions,
}

/// How an equilibrium is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Method {
    /// Best responses, one after the other
    Responses,
    /// On a line: one bisection, for any number of influencers
    Bisection,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let request = Request {
        receiver: match &*arguments.receiver {
            "mle" => Answering::Mle,
            "affine" => Answering::Affine,
            line => Answering::Command {
                line: line.to_owned(),
                timeout: arguments.timeout,
            },
        },
        state: arguments.state.as_deref().map(Path::to_owned),
        max_iterations: arguments.max_iterations,
        tolerance: arguments.tolerance,
        evaluations: arguments.evaluations,
        starts: arguments.starts,
        method: match arguments.method {
            Method::Responses => play::Method::Responses,
            Method::Bisection => play::Method::Bisection,
        },
        seed: arguments.seed,
        ..Request::new(Source::parse(&arguments.spec))
    };
    let answer = watched(|monitor| play(&request, monitor))?;
    put(&arguments.result, &answer, |answer| match answer {
        PlayAnswer::Play(result) => play_text::text(result),
        PlayAnswer::None(none) => none_text(none),
    })?;
    Ok(match answer {
        PlayAnswer::Play(result) if result.converged => Outcome::Answered,
        _ => Outcome::No,
    })
}
