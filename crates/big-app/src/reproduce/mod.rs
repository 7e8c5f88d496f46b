//! Every example, figure and experiment of the paper (arXiv:2502.01127), and what came out; then what is proved beyond it.

mod beyond;
mod examples;
mod experiment;
mod figures;
mod plate;
mod random;
mod theorems;

use big_answer::reproduce::Reproduction;
use big_report::html::{Report, ReportFigure, Section, Table};
use big_report::story::{Story, claims, claims_beyond, reproduction};

pub use plate::Plate;

use crate::error::AppError;
use crate::monitor::Monitor;
use experiment::Experiment;

/// Parts that are counted on the way.
const PARTS: u64 = 5;

/// All claims, and the figures that go with them.
pub struct Reproduced {
    /// The claims.
    pub answer: Reproduction,
    /// The paper's nine figures in order, then those beyond it.
    pub figures: Vec<Plate>,
}

/// Tries every claim anew. The same seed gives the same answer, whatever the number of threads.
///
/// # Errors
/// When the call was ended, or by a failure of the program.
pub fn reproduce(seed: u64, monitor: &Monitor<'_>) -> Result<Reproduced, AppError> {
    let part = |done: u64| {
        monitor.progress("reproducing", done, PARTS);
        match monitor.is_cancelled() {
            true => Err(AppError::Cancelled),
            false => Ok(()),
        }
    };
    part(0)?;
    let mut paper = theorems::claims(seed);
    part(1)?;
    paper.extend(examples::claims()?);
    part(2)?;
    let experiment = Experiment::run(seed)?;
    paper.extend(experiment.claims(seed)?);
    part(3)?;
    let further = beyond::claims(seed);
    part(4)?;
    let mut figures = figures::all(&experiment)?;
    figures.extend(beyond::figures(monitor)?);
    Ok(Reproduced {
        answer: Reproduction::new(seed, paper, further),
        figures,
    })
}

impl Reproduced {
    /// The claims with all figures, as any other answer is told.
    pub fn story(self) -> Story {
        let figures = self.figures.into_iter().map(|plate| plate.figure);
        Story {
            figures: figures.collect(),
            ..reproduction(&self.answer)
        }
    }

    /// The page with all claims and figures, beside which every figure is in files of these formats (`svg`, `png`); with the command
    /// that made it.
    pub fn report(&self, formats: &[&str], command: Option<String>, version: &str) -> Report {
        let answer = &self.answer;
        let section = |heading: &str, paragraph: &str, table: Table| Section {
            heading: heading.into(),
            paragraphs: vec![paragraph.into()],
            figures: Vec::new(),
            tables: vec![table],
        };
        let plate = |plate: &Plate| Section {
            heading: plate.heading.clone(),
            paragraphs: vec![plate.about.clone()],
            figures: vec![
                ReportFigure::new(plate.figure.as_ref())
                    .in_files(formats.iter().map(|format| plate.file_as(format)).collect()),
            ],
            tables: Vec::new(),
        };
        let mut sections = vec![section(
            "Claims",
            "Theorems were tried on random games of every kind, examples solved exactly, and the experiment run with our \
             own seeds.",
            claims(&answer.claims),
        )];
        let (paper, beyond) = self.figures.split_at(figures::PAPER);
        sections.extend(paper.iter().map(plate));
        sections.push(section(
            "Beyond the paper",
            "Other losses, costs of lying, coalitions, rules in the receiver's place, private targets, learning and \
             commitment: each statement tried on random games, by losses that are computed from the actions alone.",
            claims_beyond(&answer.beyond),
        ));
        sections.extend(beyond.iter().map(plate));
        Report {
            title: "The Battling Influencers Game, reproduced".into(),
            lead: answer.lead(),
            sections,
            command,
            version: version.into(),
        }
    }
}
