//! `big dynamics`: best-response dynamics, step by step.

use std::time::Duration;

use big_game::Game;
use big_game::dynamics::{Dynamics, Order, Start, Status, start};
use big_game::equilibrium::certify;
use big_game::finite::Budget;
use big_game::profile::Profile;
use big_io::result::{DynamicsResult, StepResult, Steps, actions, embedded};
use big_io::{Content, Source, read_profile};
use clap::{Args, ValueEnum};

use super::verify::{feasible, non_negative};
use super::{finite, read};
use crate::args::ResultOptions;
use crate::failure::Failure;
use crate::output::{Outcome, put};
use crate::words::{ROWS, count, number, table, vector};

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
    pub(super) start: String,
    /// Who moves when
    #[arg(long, value_enum, default_value = "round-robin")]
    pub(super) order: OrderName,
    /// Stop after this many rounds
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(super) max_rounds: usize,
    /// Go only this share of the way to the best response, in (0, 1]
    #[arg(long, value_name = "SHARE", default_value_t = 1.0, value_parser = share, allow_negative_numbers = true)]
    pub(super) damping: f64,
    /// Who gains no more than this stays, in units of the loss [default: 1e-10 of the square of the game's scale; finite
    /// games: 0]
    #[arg(long, value_name = "GAIN", value_parser = non_negative, allow_negative_numbers = true)]
    pub(super) tolerance: Option<f64>,
    /// The seed of a random start and a random order
    #[arg(long, default_value_t = 0)]
    pub(super) seed: u64,
    /// Finite games: stop after so many seconds
    #[arg(long, value_name = "SECONDS", value_parser = finite::seconds)]
    time_limit: Option<Duration>,
    #[command(flatten)]
    pub(super) result: ResultOptions,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum OrderName {
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
    let used = finite::meter(arguments.time_limit);
    let file = read(&arguments.game)?;
    let game = match file.content {
        Content::Continuous(game) => game,
        Content::FiniteInnerProduct(_) => return Err(finite::dominated()),
        Content::Finite(spec) => {
            let game = finite::game(spec, &arguments.game)?;
            return finite::dynamics(arguments, &game, &Budget::metered(&used));
        }
    };
    if arguments.time_limit.is_some() {
        return Err(Failure::usage(
            "--time-limit is for finite games, whose best responses are searched for; this one is on convex sets",
            "--max-rounds limits the moves",
        ));
    }
    let begin = begin(arguments, &game)?;
    let tolerance = arguments
        .tolerance
        .unwrap_or_else(|| certify(&game, &begin, None).allowed_gap);
    let order = Order::from(arguments.order);
    let first = actions(&begin);
    let mut play = Dynamics::new(
        &game,
        begin,
        order,
        arguments.damping,
        tolerance,
        arguments.seed,
    )
    .with_max_rounds(arguments.max_rounds);
    let start = play.clone();
    let (mut moves, mut rounds) = (0, 0);
    while let Some(step) = play.advance() {
        moves += 1;
        rounds = step.round;
    }
    let cycle = match play.status() {
        Status::Cycle { period } => Some(period),
        Status::Running | Status::Converged => None,
    };
    let result = DynamicsResult {
        converged: play.status() == Status::Converged,
        rounds,
        cycle,
        seed: arguments.seed,
        tolerance,
        start: first,
        receiver: big_game::potential::receiver(&game, play.profile()),
        actions: actions(play.profile()),
        steps: Steps::new(start, moves),
        game: embedded(file.name.as_deref(), &game),
    };
    put(&arguments.result, &result, |result| text(&game, result))?;
    Ok(if result.converged {
        Outcome::Answered
    } else {
        Outcome::No
    })
}

fn begin(arguments: &Arguments, game: &Game) -> Result<Profile, Failure> {
    Ok(match arguments.start.as_str() {
        "truthful" => start(game, Start::Truthful),
        "zero" => start(game, Start::Zero),
        "random" => start(game, Start::Random(arguments.seed)),
        path => {
            let profile = read_profile(&Source::parse(path), game)?;
            feasible(game, &profile, path)?;
            profile
        }
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
    if result.steps.count() > ROWS {
        text += &format!(
            "… and {}; --json gives them all\n",
            count(result.steps.count() - ROWS, "more step")
        );
    }
    text + &format!(
        "\n{} The receiver is at {}.\n",
        verdict(result),
        vector(&result.receiver)
    )
}

/// How play ended, in a sentence.
pub(super) fn verdict<S>(result: &DynamicsResult<S>) -> String {
    let rounds = count(result.rounds, "round");
    match result.cycle {
        Some(period) => format!(
            "Play goes round in circles: a cycle of {}, found after {rounds}. A --damping below 1 may break it.",
            count(period, "round")
        ),
        None if result.converged => format!(
            "Converged after {rounds}: nobody gains more than {}.",
            number(result.tolerance)
        ),
        None => format!("Not converged after {rounds}; --max-rounds allows more."),
    }
}
