//! `big plot`: a figure of a game, a result or a trajectory.

use std::path::PathBuf;

use big_game::equilibrium::vertices;
use big_report::figure::{PlaneFigure, TrajectoryFigure};
use big_report::{Figure, Style, Theme, equilibrium_figures, to_png};
use clap::{Args, ValueEnum};

use super::loaded::{Loaded, Subject, load};
use crate::failure::Failure;
use crate::output::{Outcome, print, write_file};

/// The set of equilibria is drawn by its vertices when it has no more than this.
const VERTICES: usize = 256;

/// What to draw, and how.
#[derive(Args)]
pub(crate) struct Arguments {
    /// A game file, or the JSON that solve, dynamics, or prefs play or audit gave
    what: String,
    /// Write here: .svg or .png; SVG to standard output when left out
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Which figure, where there are several
    #[arg(long, value_enum, default_value = "auto")]
    figure: Which,
    /// Light or dark paper
    #[arg(long, value_enum, default_value = "light")]
    theme: Paper,
    /// The width in pixels (96 to the inch)
    #[arg(long, value_name = "PIXELS", default_value_t = 560.0)]
    width: f64,
    /// Pixels of a PNG to each of these
    #[arg(long, value_name = "FACTOR", default_value_t = 2.0)]
    scale: f64,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Which {
    /// The most telling one
    Auto,
    /// The game on its line or in its plane
    Game,
    /// The receiver and the potential over the moves
    Trajectory,
}

#[derive(Clone, Copy, ValueEnum)]
enum Paper {
    /// White
    Light,
    /// Dark
    Dark,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let loaded = load(&arguments.what)?;
    let style = Style {
        theme: match arguments.theme {
            Paper::Light => Theme::Light,
            Paper::Dark => Theme::Dark,
        },
        width: arguments.width,
    };
    let figure = match loaded {
        Subject::Continuous(loaded) => figure(arguments.figure, &loaded)?,
        Subject::Other(answer) => answer.figures.into_iter().next().ok_or_else(|| {
            Failure::usage(
                "there is no figure of this answer",
                "`big report` puts it into tables",
            )
        })?,
    };
    let svg = figure.draw(&style).svg;
    let Some(path) = &arguments.output else {
        print(&svg)?;
        return Ok(Outcome::Answered);
    };
    match path.extension().and_then(|e| e.to_str()) {
        Some("svg") => write_file(path, svg.as_bytes())?,
        Some("png") => {
            let png = to_png(&svg, arguments.scale)
                .map_err(|e| Failure::usage(e.to_string(), "choose another --width or --scale"))?;
            write_file(path, &png)?;
        }
        _ => {
            return Err(Failure::usage(
                format!("{} is neither .svg nor .png", path.display()),
                "name a file that ends in one of them",
            ));
        }
    }
    Ok(Outcome::Answered)
}

fn figure(which: Which, of: &Loaded) -> Result<Box<dyn Figure>, Failure> {
    let Loaded {
        game,
        equilibrium,
        assessment,
        steps,
        ..
    } = of;
    let name = of.name.as_deref();
    if which == Which::Trajectory {
        return TrajectoryFigure::new(name, steps, Some(equilibrium))
            .map(|f| Box::new(f) as Box<dyn Figure>)
            .ok_or_else(|| {
                Failure::usage(
                    "there is no trajectory to draw",
                    "give the output of `big dynamics --json`",
                )
            });
    }
    let corners = vertices(game, equilibrium, VERTICES);
    if game.loss() == big_game::spec::Loss::SquaredEuclidean
        && let Some(plane) = PlaneFigure::new(
            game,
            name,
            equilibrium,
            assessment,
            corners.as_deref(),
            steps,
        )
    {
        return Ok(Box::new(plane));
    }
    // Of a trajectory on a line the moves are the most telling.
    if which == Which::Auto
        && let Some(run) = TrajectoryFigure::new(name, steps, Some(equilibrium))
    {
        return Ok(Box::new(run));
    }
    equilibrium_figures(game, name, equilibrium, assessment, &[])
        .into_iter()
        .next()
        .ok_or_else(|| Failure::Internal("no figure suits this game".into()))
}
