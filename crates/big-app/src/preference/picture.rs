//! What there is to draw and to report of a table of comparisons: its likelihood, its pairs, its estimate.

use std::path::Path;

use big_answer::preference::FitResult;
use big_answer::words::number;
use big_preference::data::{Chunks, Preference, Source};
use big_preference::fit::{Fit, FitOptions, Precision};
use big_preference::surface::Window;
use big_report::draw::Grid;
use big_report::figure::Figure;
use big_report::figure::preference::{LikelihoodFigure, PairPoint, ScatterFigure, SurfaceFigure};
use big_report::story::{self, Story};

use super::fit::{self, result};
use super::model::check_result;
use super::no_maximum::{data_error, no_maximum};
use super::table::{Reader, Table};
use crate::error::AppError;
use crate::monitor::Monitor;

/// Points along a likelihood curve.
const CURVE: usize = 201;
/// Points along each side of a likelihood surface.
const SURFACE: usize = 41;

/// The fit of a table, and its figures; with the comparison of the models if `compared`.
///
/// # Errors
/// When the table cannot be read.
pub fn picture(
    table: &Table,
    precision: Precision,
    compared: bool,
    monitor: &Monitor<'_>,
) -> Result<Story, AppError> {
    let options = FitOptions {
        precision,
        ..FitOptions::default()
    };
    let reader = Reader::new(table, monitor)?;
    let mut told = reader
        .with_source(|source| fitted(source, &reader, &options, compared))
        .map_err(pointing)?;
    if let Some(pairs) = pairs(&reader, told.ideal)? {
        told.answer.figures.insert(told.windows, Box::new(pairs));
    }
    let name = table.name();
    let last = Path::new(&name).file_name();
    told.answer.title =
        last.map_or_else(|| name.clone(), |last| last.to_string_lossy().into_owned());
    Ok(told.answer)
}

/// A refused table with advice, where it is one of influencers.
fn pointing(failure: AppError) -> AppError {
    let AppError::Input(error) = failure else {
        return failure;
    };
    let help = error.help.clone().unwrap_or_default();
    let influencers = error.message.starts_with("has no column") && help.contains(" target");
    AppError::Input(if influencers {
        error.with_help(
            "a table of influencers is named in a game file: influencers = { file = \"influencers.csv\" }",
        )
    } else {
        error
    })
}

/// What a fit gives, and where the pairs come in.
struct PicturedFit {
    answer: Story,
    /// The estimate, on a line.
    ideal: Option<f64>,
    /// Figures of the likelihood.
    windows: usize,
}

fn fitted(
    source: &dyn Source,
    reader: &Reader<'_>,
    options: &FitOptions<'_>,
    compared: bool,
) -> Result<PicturedFit, AppError> {
    let name = reader.name();
    let (found, check) = match fit::fitted(source, options, compared, &name)? {
        Ok(fitted) => fitted,
        // The valid 'no' is told as such; there is no likelihood with a summit to draw.
        Err(error) => {
            return Ok(PicturedFit {
                answer: story::no_maximum(&no_maximum(error, &name)?),
                ideal: None,
                windows: 0,
            });
        }
    };
    let likelihood = likelihood(source, &found).map_err(|e| data_error(e, &name))?;
    let ideal = match found.theta.as_slice() {
        [theta] => Some(*theta),
        _ => None,
    };
    let mut answer = story::fit(&FitResult {
        model_check: check.as_ref().map(check_result),
        ..result(found, options.precision)
    });
    let windows = usize::from(likelihood.is_some());
    answer.figures.splice(0..0, likelihood);
    Ok(PicturedFit {
        answer,
        ideal,
        windows,
    })
}

/// The curve or the surface of the log-likelihood around its summit, where it has one in the plane or on a line.
fn likelihood(
    source: &dyn Source,
    found: &Fit,
) -> Result<Option<Box<dyn Figure>>, big_preference::data::DataError> {
    let points = if source.dim() == 1 { CURVE } else { SURFACE };
    let Some(window) = Window::around(source, found, points)? else {
        return Ok(None);
    };
    let remark = match found.precision_error {
        Some(e) => Some(format!(
            "The precision is held at its estimate, {} ± {}, while the interval allows for its error.",
            number(found.precision),
            number(e)
        )),
        None if found.precision != 1.0 => {
            Some(format!("The precision is {}.", number(found.precision)))
        }
        None => None,
    };
    let title = Some("The log-likelihood and its maximum".to_owned());
    Ok(match (found.theta.as_slice(), window.ends.as_slice()) {
        (&[theta], [_]) => Some(Box::new(LikelihoodFigure {
            title,
            curve: window.curve(),
            maximiser: [theta, window.summit],
            standard_error: found
                .standard_errors
                .as_ref()
                .and_then(|e| e.first())
                .copied(),
            marks: Vec::new(),
            remark,
        })),
        (&[x, y], &[[x0, x1], [y0, y1]]) => Some(Box::new(SurfaceFigure {
            title,
            grid: Grid {
                x: (x0, x1),
                y: (y0, y1),
                nx: window.points,
                ny: window.points,
                values: window.values,
            },
            estimate: [x, y],
            covariance: match found.covariance.as_deref() {
                Some(&[a, b, c, d]) => Some([[a, b], [c, d]]),
                _ => None,
            },
            marks: Vec::new(),
            remark,
        })),
        _ => None,
    })
}

/// The pairs of a table on a line; ties are left out.
fn pairs(reader: &Reader<'_>, ideal: Option<f64>) -> Result<Option<ScatterFigure>, AppError> {
    let rows = reader.open(None)?;
    if rows.dim() != 1 {
        return Ok(None);
    }
    let mut figure = ScatterFigure::new(Some("The pairs and their labels"), [], ideal);
    rows.pass(&mut |block| {
        for (at, label) in block.labels.iter().enumerate() {
            let (a, b) = (block.a.at(at), block.b.at(at));
            let first_preferred = match label {
                Preference::A => true,
                Preference::B => false,
                Preference::Share(share) if *share != 0.5 => *share > 0.5,
                Preference::Tie | Preference::Share(_) => continue,
            };
            figure.push(PairPoint {
                a,
                b,
                first_preferred,
            });
        }
        Ok(())
    })
    .map_err(|error| data_error(error, &reader.name()))?;
    Ok(Some(figure))
}
