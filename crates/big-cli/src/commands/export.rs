//! `big export`: a finite game in another program's format.

use std::time::Duration;

use big_app::export::{Request, nfg};
use big_io::Source;
use clap::{Args, ValueEnum};

use crate::failure::Failure;
use crate::options::{Target, seconds};
use crate::output::{Outcome, deliver};
use crate::progress::watched;

/// What to export, and how.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The game file (TOML or JSON) of a finite game, or `-` for standard input
    game: String,
    /// The format
    #[arg(long, value_enum)]
    format: Format,
    /// Refuse a table of more payoffs than this
    #[arg(long, value_name = "N", default_value_t = 10_000_000)]
    most: u64,
    /// Stop after so many seconds: then nothing is written
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    time_limit: Option<Duration>,
    /// Write here instead of to standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<Target>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// Gambit's strategic form, with exact payoffs
    Nfg,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let request = Request {
        game: Source::game(&arguments.game),
        most: arguments.most,
        time_limit: arguments.time_limit,
    };
    let text = match arguments.format {
        Format::Nfg => watched(|monitor| nfg(&request, monitor))?,
    };
    deliver(arguments.output.as_ref(), &text)?;
    Ok(Outcome::Answered)
}
