//! `big coalitions`: who gains by acting together?

use std::time::Duration;

use big_answer::coalitions::{CoalitionsResult, JointResult};
use big_app::coalitions::{Request, coalitions};
use big_io::Source;
use clap::Args;

use crate::failure::Failure;
use crate::options::{ResultOptions, seconds};
use crate::output::{Outcome, put};
use crate::progress::watched;
use crate::words::{ROWS, count, number, table, vector};

/// What to look for.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The game file (TOML or JSON), or `-` for standard input
    game: String,
    /// Look at groups of 2 to so many
    #[arg(long, value_name = "K", default_value_t = 2)]
    size: usize,
    /// List at most so many of each kind
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: usize,
    /// Stop after so many seconds, and say what was found by then
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    time_limit: Duration,
    #[command(flatten)]
    result: ResultOptions,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let request = Request {
        game: Source::game(&arguments.game),
        size: arguments.size,
        limit: arguments.limit,
        time_limit: Some(arguments.time_limit),
    };
    let result = watched(|monitor| coalitions(&request, monitor))?;
    put(&arguments.result, &result, text)?;
    Ok(Outcome::Answered)
}

fn text(result: &CoalitionsResult) -> String {
    let mut text = String::new();
    if let Some(name) = &result.name {
        text += &format!("{name}\n\n");
    }
    text += &format!("{}\n", result.verdict);
    let listed = |title: &str, all: &[JointResult], found: usize| -> String {
        if all.is_empty() {
            return String::new();
        }
        let row = |joint: &JointResult| {
            let gains: Vec<String> = joint.gains.iter().map(|g| number(*g)).collect();
            vec![result.who(joint), gains.join(", "), vector(&joint.receiver)]
        };
        let mut text = format!("\n{title}:\n");
        text += &table(
            &["members", "each gains", "receiver"],
            all.iter().take(ROWS).map(row),
        );
        if found > ROWS.min(all.len()) {
            text += &format!("… {} in all\n", count(found, "group"));
        }
        text
    };
    text += &listed(
        "Together, while the others stay",
        &result.deviations,
        result.deviations_found,
    );
    text += &listed(
        "As one, when everybody has answered",
        &result.mergers,
        result.mergers_found,
    );
    text += &listed(
        "The coalitions of the game, against everybody alone",
        &result.declared,
        result.declared.len(),
    );
    text
}
