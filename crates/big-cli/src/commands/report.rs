//! `big report`: a self-contained HTML report.

use std::path::PathBuf;

use big_game::welfare::welfare;
use big_report::{EquilibriumReport, equilibrium_report};
use clap::Args;

use super::loaded::load;
use crate::failure::Failure;
use crate::output::{Outcome, print, write_file};

/// What to report on.
#[derive(Args)]
pub(crate) struct Arguments {
    /// A game file, the output of `big solve --json`, or that of `big dynamics --json`
    what: String,
    /// Write here instead of to standard output
    #[arg(short, long, value_name = "FILE.html")]
    output: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let loaded = load(&arguments.what)?;
    let welfare = welfare(&loaded.game, &loaded.equilibrium)?;
    let command = format!("big report {}", arguments.what);
    let page = equilibrium_report(&EquilibriumReport {
        game: &loaded.game,
        name: loaded.name.as_deref(),
        description: loaded.description.as_deref(),
        equilibrium: &loaded.equilibrium,
        assessment: &loaded.assessment,
        welfare: Some(&welfare),
        steps: &loaded.steps,
        command: Some(&command),
        version: env!("CARGO_PKG_VERSION"),
    })
    .render();
    match &arguments.output {
        Some(path) => write_file(path, page.as_bytes())?,
        None => print(&page)?,
    }
    Ok(if loaded.equilibrium.certificate.holds() {
        Outcome::Answered
    } else {
        Outcome::Unfinished
    })
}
