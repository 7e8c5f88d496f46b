//! `big report`: a self-contained HTML report of a game, a table of comparisons, or any result.

use big_app::picture::Subject;
use clap::Args;

use super::prefs::Picturing;
use super::subject::load;
use crate::failure::Failure;
use crate::options::{Paper, Target};
use crate::output::{Outcome, command_line, deliver};

/// What to report on.
#[derive(Args)]
pub(crate) struct Arguments {
    /// A game file; a table of comparisons (.parquet, .jsonl, .csv); or what a command answered with --json; `-` reads
    /// standard input
    what: String,
    /// Write here instead of to standard output
    #[arg(short, long, value_name = "FILE.html")]
    output: Option<Target>,
    /// Light or dark paper, or what the reader prefers
    #[arg(long, value_enum, default_value = "auto")]
    theme: Paper,
    #[command(flatten)]
    table: Picturing,
}

/// Refuses to write a page into what is named as a figure.
fn page_like(target: &Target) -> Result<(), Failure> {
    let extension = target.file().and_then(|path| path.extension());
    let extension = extension.map(|e| e.to_string_lossy().to_ascii_lowercase());
    match extension.as_deref() {
        Some(kind @ ("pdf" | "png" | "svg")) => Err(Failure::usage(
            format!("a report is a page (HTML), and not a .{kind} file"),
            format!(
                "write it as .html, and print it to PDF from a browser; figures alone are drawn by `big plot … -o FILE.{kind}`"
            ),
        )),
        _ => Ok(()),
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    arguments.output.as_ref().map_or(Ok(()), page_like)?;
    let command = command_line();
    let version = env!("CARGO_PKG_VERSION");
    let (report, outcome) = match load(&arguments.what, &arguments.table, true)? {
        Subject::Equilibrium(pictured) => {
            let outcome = if pictured.solved.equilibrium.certificate.holds() {
                Outcome::Answered
            } else {
                Outcome::Unfinished
            };
            (pictured.report(Some(&command), version), outcome)
        }
        Subject::Story(story) => (story.report(Some(command), version), Outcome::Answered),
    };
    let page = report.render(arguments.theme.theme());
    deliver(arguments.output.as_ref(), &page)?;
    Ok(outcome)
}
