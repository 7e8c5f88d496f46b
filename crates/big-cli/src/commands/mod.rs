//! One file a command.

mod answer;
pub(crate) mod completions;
pub(crate) mod dynamics;
pub(crate) mod enumerate;
pub(crate) mod examples;
pub(crate) mod export;
mod finite;
mod loaded;
pub(crate) mod plot;
pub(crate) mod prefs;
pub(crate) mod report;
pub(crate) mod reproduce;
pub(crate) mod schema;
pub(crate) mod solve;
mod solve_text;
pub(crate) mod strategic;
pub(crate) mod verify;

use big_io::{GameFile, Source, read_game};

use crate::args::Command;
use crate::failure::Failure;
use crate::output::Outcome;
use crate::progress::Progress;

/// Runs a command.
pub(crate) fn run(command: &Command) -> Result<Outcome, Failure> {
    match command {
        Command::Solve(arguments) => solve::run(arguments),
        Command::Verify(arguments) => verify::run(arguments),
        Command::Dynamics(arguments) => dynamics::run(arguments),
        Command::Enumerate(arguments) => enumerate::run(arguments),
        Command::Export(arguments) => export::run(arguments),
        Command::Strategic(arguments) => strategic::run(arguments),
        Command::Plot(arguments) => plot::run(arguments),
        Command::Report(arguments) => report::run(arguments),
        Command::Reproduce(arguments) => reproduce::run(arguments),
        Command::Prefs(arguments) => prefs::run(arguments),
        Command::Examples(arguments) => examples::run(arguments),
        Command::Schema(arguments) => schema::run(arguments),
        Command::Completions(arguments) => completions::run(arguments),
    }
}

/// Reads a game file, with progress when it is large.
pub(crate) fn read(game: &str) -> Result<GameFile, Failure> {
    let mut bar: Option<Progress> = None;
    let file = read_game(&Source::parse(game), &mut |done, total| {
        bar.get_or_insert_with(|| Progress::new("reading"))
            .update(done, total);
    })?;
    Ok(file)
}
