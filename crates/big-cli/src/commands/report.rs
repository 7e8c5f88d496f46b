//! `big report`: a self-contained HTML report.

use std::path::PathBuf;

use big_game::welfare::welfare;
use big_report::html::{ReportFigure, Section};
use big_report::{EquilibriumReport, Report, equilibrium_report};
use clap::Args;

use super::loaded::{Subject, load};
use crate::failure::Failure;
use crate::output::{Outcome, print, write_file};

/// What to report on.
#[derive(Args)]
pub(crate) struct Arguments {
    /// A game file, or the JSON that solve, dynamics, or prefs fit, play or audit gave
    what: String,
    /// Write here instead of to standard output
    #[arg(short, long, value_name = "FILE.html")]
    output: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let command = format!("big report {}", arguments.what);
    let version = env!("CARGO_PKG_VERSION");
    let (report, outcome) = match load(&arguments.what)? {
        Subject::Continuous(loaded) => {
            let welfare = welfare(&loaded.game, &loaded.equilibrium)?;
            let report = equilibrium_report(&EquilibriumReport {
                game: &loaded.game,
                name: loaded.name.as_deref(),
                description: loaded.description.as_deref(),
                equilibrium: &loaded.equilibrium,
                assessment: &loaded.assessment,
                welfare: Some(&welfare),
                steps: &loaded.steps,
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
                paragraphs: Vec::new(),
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
