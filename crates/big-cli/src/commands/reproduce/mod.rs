//! `big reproduce`: every example, figure and experiment of the paper (arXiv:2502.01127), and what came out.

mod claim;
mod examples;
mod experiment;
mod figures;
mod paper_figure;
mod random;
mod theorems;

use std::fs;
use std::path::PathBuf;

use big_answer::reproduce::{Claim, Reproduction};
use big_report::html::{Report, ReportFigure, Section};
use big_report::{Style, Theme, to_png};
use clap::Args;

use self::experiment::Experiment;
use self::paper_figure::PaperFigure;
use crate::failure::Failure;
use crate::options::ResultOptions;
use crate::output::{Outcome, put, write_file};
use crate::progress::Progress;
use crate::words::count;

/// Parts that the progress bar counts.
const PARTS: u64 = 4;

/// What to reproduce, and where to.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The folder for the figures and the report
    #[arg(long, value_name = "DIR", default_value = "reproduction")]
    out: PathBuf,
    /// Also write each figure as PNG, two pixels to the unit
    #[arg(long)]
    png: bool,
    /// The seed of the random games and of the experiment
    #[arg(long, default_value_t = 2025)]
    seed: u64,
    #[command(flatten)]
    result: ResultOptions,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    fs::create_dir_all(&arguments.out).map_err(|e| Failure::unwritable(&arguments.out, &e))?;
    let bar = Progress::new("reproducing");
    let mut claims = theorems::claims(arguments.seed);
    bar.update(1, PARTS);
    claims.extend(examples::claims()?);
    bar.update(2, PARTS);
    let experiment = Experiment::run(arguments.seed)?;
    claims.extend(experiment.claims(arguments.seed)?);
    bar.update(3, PARTS);
    let figures = figures::all(&experiment)?;
    let style = Style::default();
    for PaperFigure { number, figure, .. } in &figures {
        let [svg, png] = files(*number);
        write_file(&arguments.out.join(svg), figure.draw(&style).svg.as_bytes())?;
        if arguments.png {
            let picture = to_png(figure.as_ref(), &style, 2.0)
                .map_err(|e| Failure::Internal(e.to_string()))?;
            write_file(&arguments.out.join(png), &picture)?;
        }
    }
    let page = report(&claims, &figures, arguments).render(Theme::Auto);
    write_file(&arguments.out.join("index.html"), page.as_bytes())?;
    drop(bar);
    let result = Reproduction::new(arguments.seed, claims);
    put(&arguments.result, &result, |result| {
        claim::text(result)
            + &format!(
                "\n{} and a report are in {}.\n",
                count(figures.len(), "figure"),
                arguments.out.join("index.html").display()
            )
    })?;
    Ok(if result.holds {
        Outcome::Answered
    } else {
        Outcome::No
    })
}

/// The files of a figure, as SVG and as PNG.
fn files(number: usize) -> [String; 2] {
    ["svg", "png"].map(|format| format!("figure-{number}.{format}"))
}

/// The page with all claims and figures.
fn report(claims: &[Claim], figures: &[PaperFigure], arguments: &Arguments) -> Report {
    let held = claims.iter().filter(|c| c.holds).count();
    let mut sections = vec![Section {
        heading: "Claims".into(),
        paragraphs: vec![
            "Theorems were tried on random games of every kind, examples solved exactly, and the experiment run with \
             our own seeds."
                .into(),
        ],
        figures: Vec::new(),
        tables: vec![big_report::story::claims(claims)],
    }];
    for PaperFigure {
        number,
        about,
        figure,
    } in figures
    {
        sections.push(Section {
            heading: format!("Figure {number}"),
            paragraphs: vec![(*about).to_owned()],
            figures: vec![
                ReportFigure::new(figure.as_ref()).in_files(
                    files(*number)
                        .into_iter()
                        .take(1 + usize::from(arguments.png))
                        .collect(),
                ),
            ],
            tables: Vec::new(),
        });
    }
    Report {
        title: "The Battling Influencers Game, reproduced".into(),
        lead: format!(
            "{held} of {} claims of arXiv:2502.01127 hold, and here are its nine figures.",
            claims.len()
        ),
        sections,
        command: Some(format!("big reproduce --seed {}", arguments.seed)),
        version: env!("CARGO_PKG_VERSION").into(),
    }
}
