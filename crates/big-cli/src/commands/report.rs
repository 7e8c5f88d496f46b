//! `big report`: a self-contained HTML report of a game, a table of comparisons, or any result.

use std::path::PathBuf;

use big_game::welfare::welfare;
use big_report::html::{ReportFigure, Section};
use big_report::{EquilibriumReport, Report, equilibrium_report};
use clap::Args;

use super::loaded::{Subject, load};
use super::prefs::Picturing;
use crate::failure::Failure;
use crate::output::{Outcome, command_line, print, write_file};

/// What to report on.
#[derive(Args)]
pub(crate) struct Arguments {
    /// A game file; a table of comparisons (.parquet, .jsonl, .csv); or what a command answered with --json; `-` reads
    /// standard input
    what: String,
    /// Write here instead of to standard output
    #[arg(short, long, value_name = "FILE.html")]
    output: Option<PathBuf>,
    #[command(flatten)]
    table: Picturing,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let command = command_line();
    let version = env!("CARGO_PKG_VERSION");
    let (report, outcome) = match load(&arguments.what, &arguments.table, true)? {
        Subject::Continuous(loaded) => {
            let welfare = welfare(&loaded.game, &loaded.equilibrium)?;
            let report = equilibrium_report(&EquilibriumReport {
                game: &loaded.game,
                name: loaded.name.as_deref(),
                description: loaded.description.as_deref(),
                equilibrium: &loaded.equilibrium,
                assessment: &loaded.assessment,
                welfare: Some(&welfare),
                run: loaded.run(),
                command: Some(&command),
                version,
            });
            let holds = loaded.equilibrium.certificate.holds();
            (
                report,
                if holds {
                    Outcome::Answered
                } else {
                    Outcome::Unfinished
                },
            )
        }
        Subject::Other(answer) => {
            let section = Section {
                heading: "The answer".into(),
                paragraphs: answer.paragraphs,
                figures: answer
                    .figures
                    .iter()
                    .map(|f| ReportFigure::new(f.as_ref()))
                    .collect(),
                tables: answer.tables,
            };
            let report = Report {
                title: answer.title,
                lead: answer.lead,
                sections: vec![section],
                command: Some(command),
                version: version.into(),
            };
            (report, Outcome::Answered)
        }
    };
    let page = report.render();
    match &arguments.output {
        Some(path) => write_file(path, page.as_bytes())?,
        None => print(&page)?,
    }
    Ok(outcome)
}
