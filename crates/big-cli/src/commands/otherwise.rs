//! `big learn`, `big commit`, `big enter`: the battle played otherwise.

use big_answer::otherwise::{CommitResult, EnterResult, LearnResult};
use big_app::otherwise;
use big_io::Source;
use clap::Args;

use crate::failure::Failure;
use crate::options::{ResultOptions, non_negative};
use crate::output::{Outcome, put};
use crate::progress::watched;
use crate::words::{ROWS, number, table, vector};

/// How long to learn.
#[derive(Args)]
pub(crate) struct Learn {
    /// The game file (TOML or JSON), or `-` for standard input
    game: String,
    /// Rounds in which everybody follows the slope of its own loss
    #[arg(long, value_name = "N", default_value_t = 1000)]
    rounds: usize,
    #[command(flatten)]
    result: ResultOptions,
}

/// Who leads.
#[derive(Args)]
pub(crate) struct Commit {
    /// The game file (TOML or JSON), or `-` for standard input
    game: String,
    /// Who moves first, by name or index from 0 [default: everybody in turn]
    #[arg(long, value_name = "NAME,..", value_delimiter = ',')]
    leader: Vec<String>,
    #[command(flatten)]
    result: ResultOptions,
}

/// What a say costs.
#[derive(Args)]
pub(crate) struct Enter {
    /// The game file (TOML or JSON), or `-` for standard input
    game: String,
    /// What taking part costs everybody, in units of the loss
    #[arg(long, value_name = "COST", value_parser = non_negative, allow_negative_numbers = true)]
    cost: f64,
    #[command(flatten)]
    result: ResultOptions,
}

pub(crate) fn learn(arguments: &Learn) -> Result<Outcome, Failure> {
    let game = Source::game(&arguments.game);
    let result = watched(|monitor| otherwise::learn(&game, arguments.rounds, monitor))?;
    put(&arguments.result, &result, learn_text)?;
    Ok(Outcome::Answered)
}

pub(crate) fn commit(arguments: &Commit) -> Result<Outcome, Failure> {
    let game = Source::game(&arguments.game);
    let result = watched(|monitor| otherwise::commit(&game, &arguments.leader, monitor))?;
    put(&arguments.result, &result, commit_text)?;
    Ok(Outcome::Answered)
}

pub(crate) fn enter(arguments: &Enter) -> Result<Outcome, Failure> {
    let game = Source::game(&arguments.game);
    let result = watched(|monitor| otherwise::enter(&game, arguments.cost, monitor))?;
    put(&arguments.result, &result, enter_text)?;
    Ok(match result.stable {
        true => Outcome::Answered,
        false => Outcome::Unfinished,
    })
}

/// The game's name and the verdict.
fn head(name: Option<&str>, verdict: &str) -> String {
    let name = name.map_or(String::new(), |name| format!("{name}\n\n"));
    format!("{name}{verdict}\n\n")
}

fn learn_text(result: &LearnResult) -> String {
    let row = |seen: &big_answer::otherwise::SeenResult| {
        vec![
            seen.round.to_string(),
            vector(&seen.receiver),
            vector(&seen.mean_receiver),
            number(seen.distance),
            number(seen.distance_bound),
        ]
    };
    head(result.name.as_deref(), &result.verdict)
        + &table(
            &[
                "round",
                "receiver",
                "its mean",
                "nearest so far",
                "proved within",
            ],
            result.seen.iter().map(row),
        )
}

fn commit_text(result: &CommitResult) -> String {
    let row = |leader: &big_answer::otherwise::LeaderResult| {
        let least = match leader.exact {
            true => "exact".to_owned(),
            false => format!("at least {}", number(leader.loss_at_least)),
        };
        vec![
            leader.name.clone(),
            number(leader.equilibrium_loss),
            number(leader.loss),
            least,
            vector(&leader.action),
            vector(&leader.receiver),
        ]
    };
    head(result.name.as_deref(), &result.verdict)
        + &table(
            &[
                "leader",
                "loss at equilibrium",
                "loss by leading",
                "",
                "commits to",
                "receiver",
            ],
            result.leaders.iter().take(ROWS).map(row),
        )
}

fn enter_text(result: &EnterResult) -> String {
    let row = |(i, margin): (usize, &f64)| {
        let inside = result.entrants.binary_search(&i).is_ok();
        vec![
            result.names[i].clone(),
            if inside { "takes part" } else { "stays out" }.to_owned(),
            number(*margin),
        ]
    };
    head(result.name.as_deref(), &result.verdict)
        + &table(
            &["influencer", "", "would lose more otherwise"],
            result.margins.iter().enumerate().take(ROWS).map(row),
        )
}
