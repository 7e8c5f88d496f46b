//! What `big plot` and `big report` make of a table of comparisons: its likelihood, its pairs, its estimate.

use std::path::Path;

use big_answer::preference::FitResult;
use big_preference::data::{Chunks, Floats, Preference, Source};
use big_preference::fit::{Fit, FitOptions, Precision};
use big_preference::surface::Window;
use big_report::draw::Grid;
use big_report::figure::Figure;
use big_report::figure::preference::{LikelihoodFigure, PairPoint, ScatterFigure, SurfaceFigure};
use big_report::story::{self, Story};
use clap::Args;

use super::fit::{self, result};
use super::table::{Reading, TableOptions};
use super::{check_result, data_failure, no_maximum, precision};
use crate::failure::Failure;
use crate::words::number;

/// Points along a likelihood curve.
const CURVE: usize = 201;
/// Points along each side of a likelihood surface.
const SURFACE: usize = 41;

/// How a table of comparisons is pictured.
#[derive(Args)]
#[command(next_help_heading = "Of a table of comparisons")]
pub(crate) struct Picturing {
    #[command(flatten)]
    reading: Reading,
    /// The precision β of the reward −β‖a − θ‖²: a number, or `fit` [default: 1]
    #[arg(long, value_name = "NUMBER|fit", value_parser = precision, allow_negative_numbers = true)]
    precision: Option<Precision>,
}

impl Picturing {
    /// Refuses options that say nothing about what is drawn.
    pub(crate) fn refuse(&self) -> Result<(), Failure> {
        if self.precision.is_some() || self.reading.names_columns() {
            return Err(Failure::usage(
                "--precision, --chosen and --rejected are for tables of comparisons, and this is none",
                "leave them out, or give a .parquet, .jsonl or .csv file",
            ));
        }
        Ok(())
    }
}

/// Is this a table, by its name?
pub(crate) fn is_table(file: &str) -> bool {
    let extension = Path::new(file).extension().and_then(|e| e.to_str());
    let tables = ["parquet", "pq", "csv", "jsonl", "ndjson"];
    extension.is_some_and(|e| tables.iter().any(|t| e.eq_ignore_ascii_case(t)))
}

/// The fit of a table, and its figures; with the comparison of the models if `compared`.
pub(crate) fn picture(file: &str, how: &Picturing, compared: bool) -> Result<Story, Failure> {
    let table = TableOptions::new(file.into(), how.reading.clone());
    let options = FitOptions {
        precision: how.precision.unwrap_or(Precision::Fixed(1.0)),
        ..FitOptions::default()
    };
    let mut told = table
        .with_source(|source| fitted(source, &table, &options, compared))
        .map_err(pointing)?;
    if let Some(pairs) = pairs(&table, told.ideal)? {
        told.answer.figures.insert(told.windows, Box::new(pairs));
    }
    told.answer.title = Path::new(file).file_name().map_or_else(
        || file.to_owned(),
        |name| name.to_string_lossy().into_owned(),
    );
    Ok(told.answer)
}

/// A refused table with advice, where it is one of influencers.
fn pointing(failure: Failure) -> Failure {
    let Failure::Input(error) = failure else {
        return failure;
    };
    let help = error.help.clone().unwrap_or_default();
    let influencers = error.message.starts_with("has no column") && help.contains(" target");
    Failure::Input(if influencers {
        error.with_help(
            "a table of influencers is named in a game file: influencers = { file = \"influencers.csv\" }",
        )
    } else {
        error
    })
}

/// What a fit gives, and where the pairs come in.
struct Told {
    answer: Story,
    /// The estimate, on a line.
    ideal: Option<f64>,
    /// Figures of the likelihood.
    windows: usize,
}

fn fitted(
    source: &dyn Source,
    table: &TableOptions,
    options: &FitOptions<'_>,
    compared: bool,
) -> Result<Told, Failure> {
    let name = table.name();
    let (found, check) = match fit::fitted(source, options, compared, &name)? {
        Ok(fitted) => fitted,
        // The valid 'no' is told as such; there is no likelihood with a summit to draw.
        Err(error) => {
            return Ok(Told {
                answer: story::no_maximum(&no_maximum(error, &name)?),
                ideal: None,
                windows: 0,
            });
        }
    };
    let likelihood = likelihood(source, &found).map_err(|e| data_failure(e, &name))?;
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
    Ok(Told {
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
fn pairs(table: &TableOptions, ideal: Option<f64>) -> Result<Option<ScatterFigure>, Failure> {
    let rows = table.open(None)?;
    if rows.dim() != 1 {
        return Ok(None);
    }
    let mut figure = ScatterFigure::new(Some("The pairs and their labels"), [], ideal);
    rows.pass(&mut |block| {
        for (at, label) in block.labels.iter().enumerate() {
            let (a, b) = (number_at(block.a, at), number_at(block.b, at));
            let first_preferred = match label {
                Preference::A => true,
                Preference::B => false,
                Preference::Tie => continue,
            };
            figure.push(PairPoint {
                a,
                b,
                first_preferred,
            });
        }
        Ok(())
    })
    .map_err(|error| data_failure(error, &table.name()))?;
    Ok(Some(figure))
}

fn number_at(column: Floats<'_>, at: usize) -> f64 {
    match column {
        Floats::Single(v) => f64::from(v[at]),
        Floats::Double(v) => v[at],
    }
}
