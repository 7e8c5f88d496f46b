//! `big dynamics`: best-response dynamics, step by step.

use std::time::Duration;

use big_answer::dynamics::{DynamicsResult, Order, StepResult, Steps};
use big_app::dynamics::{Begin, Played, Request, dynamics};
use big_game::Game;
use big_io::Source;
use clap::{Args, ValueEnum};

use crate::commands::finite;
use crate::failure::Failure;
use crate::options::{ResultOptions, non_negative, seconds};
use crate::output::{Outcome, put};
use crate::progress::watched;
use crate::words::{ROWS, number, rest, table, vector};

/// How to play.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The game file (TOML or JSON), or `-` for standard input
    game: String,
    /// Where to begin: truthful, zero, random, or a file with a profile
    #[arg(
        long,
        value_name = "truthful|zero|random|FILE",
        default_value = "truthful"
    )]
    start: String,
    /// Who moves when
    #[arg(long, value_enum, default_value = "round-robin")]
    order: OrderName,
    /// Stop after this many rounds
    #[arg(long, value_name = "N", default_value_t = 1000)]
    max_rounds: usize,
    /// Go only this share of the way to the best response, in (0, 1]
    #[arg(long, value_name = "SHARE", default_value_t = 1.0, value_parser = share, allow_negative_numbers = true)]
    damping: f64,
    /// Who gains no more than this stays, in units of the loss [default: 1e-10 of the square of the game's scale; finite
    /// games: 0]
    #[arg(long, value_name = "GAIN", value_parser = non_negative, allow_negative_numbers = true)]
    tolerance: Option<f64>,
    /// The seed of a random start and a random order
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Finite games: stop after so many seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    time_limit: Option<Duration>,
    #[command(flatten)]
    result: ResultOptions,
}

#[derive(Clone, Copy, ValueEnum)]
enum OrderName {
    /// One after the other
    RoundRobin,
    /// One at a time, drawn at random
    Random,
    /// Whoever gains most
    Greedy,
    /// All at once: need not converge
    Simultaneous,
}

impl From<OrderName> for Order {
    fn from(name: OrderName) -> Self {
        match name {
            OrderName::RoundRobin => Self::RoundRobin,
            OrderName::Random => Self::Random,
            OrderName::Greedy => Self::Greedy,
            OrderName::Simultaneous => Self::Simultaneous,
        }
    }
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value > 0.0 && value <= 1.0 => Ok(value),
        _ => Err("give a number above 0 and at most 1".into()),
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let request = Request {
        begin: match arguments.start.as_str() {
            "truthful" => Begin::Truthful,
            "zero" => Begin::Zero,
            "random" => Begin::Random,
            path => Begin::At(Source::parse(path)),
        },
        order: arguments.order.into(),
        max_rounds: arguments.max_rounds,
        damping: arguments.damping,
        tolerance: arguments.tolerance,
        seed: arguments.seed,
        time_limit: arguments.time_limit,
        ..Request::new(Source::game(&arguments.game))
    };
    let options = &arguments.result;
    let converged = match watched(|monitor| dynamics(&request, monitor))? {
        Played::Convex(run) => {
            let result = run.result();
            put(options, &result, |result| text(run.battle.game(), result))?;
            result.converged
        }
        Played::Finite(played) => {
            let (game, result) = &*played;
            put(options, result, |result| {
                finite::dynamics_text(game, result)
            })?;
            result.converged
        }
    };
    Ok(if converged {
        Outcome::Answered
    } else {
        Outcome::No
    })
}

fn text(game: &Game, result: &DynamicsResult<Steps<'_>>) -> String {
    let row = |step: StepResult| {
        vec![
            step.round.to_string(),
            step.influencer
                .map_or("everybody".into(), |i| game.name(i).into_owned()),
            vector(&step.action),
            vector(&step.receiver),
            number(step.potential),
        ]
    };
    let mut text = table(
        &["round", "who moves", "to", "receiver", "potential"],
        result.steps.rows().take(ROWS).map(row),
    );
    text += &rest(
        result.steps.count(),
        ROWS,
        "more step",
        "; --json gives them all",
    );
    text + &format!(
        "\n{}{} The receiver is at {}.\n",
        result.verdict,
        advice(result),
        vector(&result.receiver)
    )
}

/// What may be done about play that did not end.
fn advice<S>(result: &DynamicsResult<S>) -> &'static str {
    match result.cycle {
        Some(_) => " A --damping below 1 may break it.",
        None if result.converged => "",
        None => " --max-rounds allows more.",
    }
}
