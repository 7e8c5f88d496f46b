//! One file a command.

pub(crate) mod completions;
pub(crate) mod dynamics;
pub(crate) mod enumerate;
pub(crate) mod examples;
pub(crate) mod export;
mod finite;
pub(crate) mod plot;
pub(crate) mod prefs;
pub(crate) mod report;
pub(crate) mod reproduce;
pub(crate) mod schema;
pub(crate) mod solve;
mod solve_text;
pub(crate) mod strategic;
mod subject;
pub(crate) mod verify;

use crate::args::Command;
use crate::failure::Failure;
use crate::output::Outcome;

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
