//! `big export`: a finite game in another program's format.

use std::path::PathBuf;
use std::time::Duration;

use big_app::{FiniteUse, Monitor, finite_only, read};
use big_game::finite::{Budget, NfgError, write_nfg};
use big_io::Source;
use clap::{Args, ValueEnum};

use crate::failure::Failure;
use crate::options::seconds;
use crate::output::{Outcome, print, write_file};
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
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// Gambit's strategic form, with exact payoffs
    Nfg,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let used = Monitor::default().meter(arguments.time_limit);
    let given = watched(|monitor| read(&Source::parse(&arguments.game), monitor))?;
    let (game, name) = finite_only(given, FiniteUse::Table)?;
    let title = name.unwrap_or_else(|| "game".into());
    let mut text = Vec::new();
    match arguments.format {
        Format::Nfg => {
            let budget = Budget::metered(&used);
            write_nfg(&game, &title, arguments.most, &budget, &mut text).map_err(|e| {
                let help = match e {
                    NfgError::Spent => "allow more with --time-limit",
                    _ => "--most sets the limit",
                };
                Failure::usage(e.to_string(), help)
            })?;
        }
    }
    match &arguments.output {
        Some(path) => write_file(path, &text)?,
        None => print(&String::from_utf8_lossy(&text))?,
    }
    Ok(Outcome::Answered)
}
