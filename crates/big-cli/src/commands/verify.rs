//! `big verify`: is this profile an equilibrium?

use std::time::Duration;

use big_answer::verify::VerifyResult;
use big_app::verify::{Request, Verified, verify};
use big_io::Source;
use clap::Args;

use crate::commands::{finite, hybrid};
use crate::failure::Failure;
use crate::options::{ResultOptions, non_negative, seconds};
use crate::output::{Outcome, put};
use crate::progress::watched;
use crate::words::{ROWS, error, rest, table, vector};

/// What to verify.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The game file (TOML or JSON), or `-` for standard input
    game: String,
    /// The profile: `{ "actions": [[..]..] }` (finite games: or `{ "choices": [[..]..] }`), the output of `big solve --json`, or a table of actions (.parquet, .csv); any of them also on standard input, `-`
    profile: String,
    /// What counts as no gain, in units of the loss [default: 1e-10 of the square of the game's scale; finite games: 0]
    #[arg(long, value_name = "GAIN", value_parser = non_negative, allow_negative_numbers = true)]
    tolerance: Option<f64>,
    /// Games with finite action spaces: stop after so many seconds; what was not decided by then is a 'no' (exit 1) that says so
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    time_limit: Option<Duration>,
    #[command(flatten)]
    result: ResultOptions,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let request = Request {
        game: Source::game(&arguments.game),
        profile: Source::parse(&arguments.profile),
        tolerance: arguments.tolerance,
        time_limit: arguments.time_limit,
    };
    let options = &arguments.result;
    let holds = match watched(|monitor| verify(&request, monitor))? {
        Verified::Convex(result) => {
            put(options, &*result, text)?;
            result.equilibrium
        }
        Verified::Finite(result) => {
            put(options, &*result, finite::verify_text)?;
            result.equilibrium == Some(true)
        }
        Verified::Hybrid(result) => {
            put(options, &*result, hybrid::verify_text)?;
            result.equilibrium == Some(true)
        }
    };
    Ok(if holds {
        Outcome::Answered
    } else {
        Outcome::No
    })
}

fn text(result: &VerifyResult) -> String {
    let mut rows: Vec<_> = result.influencers.iter().collect();
    rows.sort_by(|a, b| b.regret.total_cmp(&a.regret));
    let mut text = format!(
        "{}\nThe receiver lands at {}; the largest regret is {}.\n\n",
        result.verdict,
        vector(&result.receiver),
        error(result.max_regret)
    );
    text += &table(
        &["influencer", "regret", "best response"],
        rows.iter()
            .take(ROWS)
            .map(|r| vec![r.name.clone(), error(r.regret), vector(&r.best_response)]),
    );
    text + &rest(rows.len(), ROWS, "influencer", " with less")
}
