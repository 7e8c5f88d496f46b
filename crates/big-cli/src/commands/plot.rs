//! `big plot`: a figure of a game, a table of comparisons, or a result.

use std::path::Path;

use big_app::picture::Subject;
use big_report::{Figure, Kind, Style, to_pdf, to_png};
use clap::{Args, ValueEnum};

use super::prefs::Picturing;
use super::subject::load;
use crate::failure::Failure;
use crate::options::{Paper, Target};
use crate::output::{Outcome, print, write_file};

/// What to draw, and how.
#[derive(Args)]
pub(crate) struct Arguments {
    /// A game file; a table of comparisons (.parquet, .jsonl, .csv); or what a command answered with --json; `-` reads
    /// standard input
    what: String,
    /// Write here: .svg, .pdf or .png; SVG to standard output when left out
    #[arg(short, long, value_name = "FILE")]
    output: Option<Target>,
    /// Which figure, where there are several
    #[arg(long, value_enum, default_value = "auto")]
    figure: Which,
    /// Light or dark paper, or what the reader of an SVG prefers (a PDF or PNG is light then)
    #[arg(long, value_enum, default_value = "light")]
    theme: Paper,
    /// The width in pixels (96 to the inch), 320 to 4000
    #[arg(long, value_name = "PIXELS", default_value_t = 560.0, value_parser = width)]
    width: f64,
    /// Pixels of a PNG to each of these
    #[arg(long, value_name = "FACTOR", default_value_t = 2.0, value_parser = factor)]
    scale: f64,
    #[command(flatten)]
    table: Picturing,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Which {
    /// The most telling one
    Auto,
    /// The game on its line or in its plane
    Game,
    /// The potential in a slice through the equilibrium
    Potential,
    /// Who exaggerates, gains or moves most
    Ranking,
    /// Moves of best responses
    Trajectory,
    /// Every pure equilibrium of a finite game
    Equilibria,
    /// The log-likelihood of preference data, with its maximum
    Likelihood,
    /// The pairs of responses of preference data on a line
    Pairs,
    /// Estimates with their intervals
    Estimates,
}

impl Which {
    const ALL: [(Self, Kind); 8] = [
        (Self::Game, Kind::Game),
        (Self::Potential, Kind::Potential),
        (Self::Ranking, Kind::Ranking),
        (Self::Trajectory, Kind::Trajectory),
        (Self::Equilibria, Kind::Equilibria),
        (Self::Likelihood, Kind::Likelihood),
        (Self::Pairs, Kind::Pairs),
        (Self::Estimates, Kind::Estimates),
    ];

    fn kind(self) -> Option<Kind> {
        Self::ALL
            .iter()
            .find(|(which, _)| *which == self)
            .map(|(_, kind)| *kind)
    }

    /// What the command line calls a kind.
    fn name(kind: Kind) -> Option<String> {
        let (which, _) = Self::ALL.iter().find(|(_, other)| *other == kind)?;
        Some(which.to_possible_value()?.get_name().to_owned())
    }
}

#[derive(Clone, Copy)]
enum Format {
    Svg,
    Pdf,
    Png,
}

fn width(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (320.0..=4000.0).contains(&value) => Ok(value),
        _ => Err("give a number from 320 to 4000".into()),
    }
}

fn factor(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value > 0.0 && value.is_finite() => Ok(value),
        _ => Err("give a number above 0".into()),
    }
}

/// The format that a file's name asks for.
fn format(path: &Path) -> Result<Format, Failure> {
    let extension = path
        .extension()
        .and_then(|e| e.to_str())
        .unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "svg" => Ok(Format::Svg),
        "pdf" => Ok(Format::Pdf),
        "png" => Ok(Format::Png),
        _ => Err(Failure::usage(
            format!("{} is none of .svg, .pdf and .png", path.display()),
            "name a file that ends in one of them",
        )),
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    // Before the work, which may be long.
    let output = match arguments.output.as_ref().and_then(Target::file) {
        Some(path) => Some((path, format(path)?)),
        None => None,
    };
    let figure = choose(
        load(&arguments.what, &arguments.table, false)?,
        arguments.figure,
    )?;
    let style = Style {
        theme: arguments.theme.theme(),
        width: arguments.width,
        ..Style::default()
    };
    match output {
        None => print(&figure.draw(&style).svg)?,
        Some((path, Format::Svg)) => write_file(path, figure.draw(&style).svg.as_bytes())?,
        Some((path, Format::Pdf)) => {
            let pdf = to_pdf(figure.as_ref(), &style)
                .map_err(|e| Failure::usage(e.to_string(), "draw it as .svg or .png"))?;
            write_file(path, &pdf)?;
        }
        Some((path, Format::Png)) => {
            let png = to_png(figure.as_ref(), &style, arguments.scale)
                .map_err(|e| Failure::usage(e.to_string(), "choose another --width or --scale"))?;
            write_file(path, &png)?;
        }
    }
    Ok(Outcome::Answered)
}

fn choose(subject: Subject, which: Which) -> Result<Box<dyn Figure>, Failure> {
    let (figures, first, lead) = match subject {
        Subject::Equilibrium(pictured) => {
            // Of a run anywhere but in the plane, which shows its way, the moves are the most telling.
            let moves = pictured.run().is_some() && pictured.solved.game.dim() != 2;
            let first = moves.then_some(Kind::Trajectory);
            (pictured.figures(), first, None)
        }
        Subject::Story(story) => (story.figures, None, Some(story.lead)),
    };
    let there: Vec<Kind> = figures.iter().map(|f| f.kind()).collect();
    let wanted = which.kind().or(first);
    let at = match wanted {
        Some(kind) => there.iter().position(|k| *k == kind),
        None => (!there.is_empty()).then_some(0),
    };
    // A run without moves has no course.
    let at = at.or(if which == Which::Auto && !there.is_empty() {
        Some(0)
    } else {
        None
    });
    if let Some(figure) = at.and_then(|at| figures.into_iter().nth(at)) {
        return Ok(figure);
    }
    let mut names: Vec<String> = there.iter().filter_map(|k| Which::name(*k)).collect();
    names.dedup();
    Err(match lead {
        Some(lead) if names.is_empty() => Failure::usage(
            format!("there is nothing to draw. {lead}"),
            "`big report` puts it into words and tables",
        ),
        _ => Failure::usage(
            "there is no such figure of this",
            format!("it has --figure {}", names.join(", ")),
        ),
    })
}
