//! `big prefs receiver`: the affine receiver that a table implies, as numbers and as a game.

use std::path::PathBuf;

use big_answer::preference::{ReceiverAnswer, ReceiverInfluencer, ReceiverResult};
use big_answer::solve::WeightValue;
use big_answer::{Kind, version};
use big_game::action_space::ActionSpace;
use big_game::spec::SpaceSpec;
use big_io::experiment::space_argument;
use big_io::game_file_of;
use big_preference::annotators::{People, holding};
use big_preference::data::{Parts, Source};
use big_preference::fit::{FitError, FitOptions, Precision, fit};
use big_preference::hierarchy::{self, Family, pool};
use big_preference::likelihood::Model;
use big_preference::receiver::{AffineReceiver, ReceiverError, Relabelled};
use clap::Args;

use super::table::TableOptions;
use super::{no_maximum, none_text, precision};
use crate::failure::Failure;
use crate::options::{ResultOptions, non_negative};
use crate::output::{Outcome, put, write_json};
use crate::words::{ROWS, count, number, table, vector};

/// What to read off.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    table: TableOptions,
    /// The column that names the annotators
    #[arg(long, value_name = "COLUMN", default_value = "annotator")]
    by: String,
    /// The precision β of the reward −β‖a − θ‖²: a number, or `fit`
    #[arg(long, value_name = "NUMBER|fit", default_value = "1", value_parser = precision, allow_negative_numbers = true)]
    precision: Precision,
    /// Penalise the estimate by half of this times ‖θ‖² (times ‖βθ‖² with a fitted precision), as its training does
    #[arg(long, value_name = "LAMBDA", default_value_t = 0.0, value_parser = non_negative, allow_negative_numbers = true)]
    ridge: f64,
    /// Write the game that this makes of the annotators to a file for `big solve`
    #[arg(long, value_name = "FILE")]
    game: Option<PathBuf>,
    /// What annotators may report: `{ type = "box", lower = -1, upper = 1 }`, or a game file whose space is meant
    /// [default: the ball around the estimate that just holds the annotators' ideal points]
    #[arg(long, value_name = "SPACE")]
    space: Option<String>,
    /// Compare the affine receiver with the real one at so many random profiles, labelled and fitted again; 0: do not
    #[arg(long, value_name = "N", default_value_t = 20)]
    profiles: usize,
    /// The seed of the profiles and of their labels
    #[arg(long, default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    result: ResultOptions,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let found = arguments
        .table
        .with_annotators(&arguments.by, |all, parts| answer(arguments, all, parts))?;
    let answer = match found {
        Ok(result) => ReceiverAnswer::Receiver(Box::new(result)),
        Err(error) => ReceiverAnswer::None(
            no_maximum(error, &arguments.table.name())?.answering(Kind::PrefsReceiver),
        ),
    };
    put(&arguments.result, &answer, |answer| text(arguments, answer))?;
    Ok(match answer {
        ReceiverAnswer::Receiver(_) => Outcome::Answered,
        ReceiverAnswer::None(_) => Outcome::No,
    })
}

/// The receiver, or the fit that failed.
fn answer(
    arguments: &Arguments,
    all: &dyn Source,
    parts: &Parts,
) -> Result<Result<ReceiverResult, FitError>, Failure> {
    let options = FitOptions {
        precision: arguments.precision,
        ridge: arguments.ridge,
        ..FitOptions::default()
    };
    let pooled = match fit(all, &options) {
        Ok(pooled) => pooled,
        Err(error) => return Ok(Err(error)),
    };
    if pooled.precision <= 0.0 {
        return Err(Failure::usage(
            format!(
                "{}: the fitted precision is {}: there are no ideal points to report",
                arguments.table.name(),
                number(pooled.precision)
            ),
            "fix it with --precision 1; `big prefs audit` deals with linear rewards",
        ));
    }
    let model = Model::ideal_point(pooled.precision);
    // A ridge on βθ is one on θ once β is known.
    let ridge = match arguments.precision {
        Precision::Fixed(_) => arguments.ridge,
        Precision::Fit => arguments.ridge * pooled.precision * pooled.precision,
    };
    let Positions {
        points: positions,
        kind,
        scattered,
        precision,
    } = match positions(parts, arguments.precision, pooled.precision) {
        Ok(found) => found,
        Err(error) => return Ok(Err(error)),
    };
    let affine = match AffineReceiver::implied(parts, model, &pooled.theta, ridge) {
        Ok(affine) => affine.through(&positions, &pooled.theta),
        Err(error) => return Ok(Err(error)),
    };
    let space = match &arguments.space {
        Some(space) => space_argument(space, parts.dim())?,
        None => {
            let points: Vec<&[f64]> = positions.iter().map(Vec::as_slice).collect();
            match holding(parts, model, &pooled.theta, &points, scattered) {
                Ok(space) => space,
                Err(error) => return Ok(Err(error)),
            }
        }
    };
    if let Some(path) = &arguments.game {
        let spec = affine.game(parts.names(), &positions, std::slice::from_ref(&space));
        let description = format!(
            "The affine receiver that {} implies",
            arguments.table.name()
        );
        let file = game_file_of(None, Some(&description), &spec);
        write_json(path, &file)?;
    }
    let r_squared = match arguments.profiles {
        0 => None,
        n => match compare(
            &affine,
            parts,
            (model, ridge),
            &positions,
            &space,
            n,
            arguments.seed,
        ) {
            Ok(value) => value,
            Err(error) => {
                tracing::info!(%error, "no R²: the real receiver has no answer to a random profile");
                None
            }
        },
    };
    let influencer = |i: usize| ReceiverInfluencer {
        annotator: parts.names()[i].clone(),
        weight: match affine.weight(i) {
            [w] => WeightValue::Scalar(*w),
            w => WeightValue::Matrix(w.chunks(parts.dim()).map(<[f64]>::to_vec).collect()),
        },
        share: affine.share(i),
        theta: positions[i].clone(),
        comparisons: arguments.table.comparisons_of(i, parts.rows(i)),
    };
    Ok(Ok(ReceiverResult {
        kind: Kind::PrefsReceiver,
        version: version(),
        influencers: (0..parts.len()).map(influencer).collect(),
        bias: affine.bias().to_vec(),
        r_squared,
        theta: pooled.theta,
        precision: pooled.precision,
        own_precision: (precision != pooled.precision).then_some(precision),
        ridge: (arguments.ridge > 0.0).then_some(arguments.ridge),
        positions: kind.into(),
        seed: arguments.seed,
    }))
}

/// Everybody's ideal point: their own estimates where all of them exist, else partially pooled ones.
struct Positions {
    points: Vec<Vec<f64>>,
    kind: &'static str,
    /// Do they differ by more than chance?
    scattered: bool,
    /// The precision that they are estimated with.
    precision: f64,
}

fn positions(parts: &Parts, precision: Precision, pooled: f64) -> Result<Positions, FitError> {
    let people = People::fit(parts, precision, pooled)?;
    let own: Result<Vec<Vec<f64>>, _> = people
        .positions
        .into_iter()
        .map(|found| found.map(|position| position.point))
        .collect();
    if let (Ok(points), Some(precision)) = (own, people.precision) {
        return Ok(Positions {
            points,
            kind: "maximum_likelihood",
            scattered: true,
            precision,
        });
    }
    let family = match precision {
        Precision::Fixed(beta) => Family::known(Model::ideal_point(beta)),
        Precision::Fit => Family::estimated(hierarchy::Kind::IdealPoints, pooled),
    };
    let found = pool(parts, family)?;
    Ok(Positions {
        scattered: found.population.scattered(),
        precision: found.population.precision,
        points: found.positions.into_iter().map(|p| p.point).collect(),
        kind: "partially_pooled",
    })
}

fn compare(
    affine: &AffineReceiver,
    parts: &Parts,
    (model, ridge): (Model, f64),
    positions: &[Vec<f64>],
    space: &SpaceSpec<f64>,
    profiles: usize,
    seed: u64,
) -> Result<Option<f64>, ReceiverError> {
    let space = ActionSpace::new(space).map_err(|e| ReceiverError::Shape(e.to_string()))?;
    let mut real = Relabelled::new(parts, model, ridge, seed, positions);
    let value = affine.r_squared(&mut real, std::slice::from_ref(&space), profiles, seed)?;
    Ok(value.is_finite().then_some(value))
}

fn text(arguments: &Arguments, answer: &ReceiverAnswer) -> String {
    let result = match answer {
        ReceiverAnswer::None(none) => return none_text(none),
        ReceiverAnswer::Receiver(result) => result,
    };
    let mut order: Vec<&ReceiverInfluencer> = result.influencers.iter().collect();
    order.sort_by(|a, b| b.share.total_cmp(&a.share));
    let top = order.first().map_or(String::new(), |first| {
        format!(
            "'{}' counts for most: {} % of it.\n",
            first.annotator,
            number((1000.0 * first.share).round() / 10.0)
        )
    });
    let mut text = format!(
        "The estimate is at {}; it is nearly bias + Σ weight · report. {top}\n",
        vector(&result.theta)
    );
    text += &table(
        &["annotator", "comparisons", "share", "ideal point"],
        order.iter().take(ROWS).map(|i| {
            vec![
                i.annotator.clone(),
                i.comparisons.to_string(),
                number(i.share),
                vector(&i.theta),
            ]
        }),
    );
    if order.len() > ROWS {
        text += &format!(
            "… and {}; --json shows them, with their weight matrices\n",
            count(order.len() - ROWS, "more annotator")
        );
    }
    text += &format!("\nBias {}", vector(&result.bias));
    if result.positions == "partially_pooled" {
        text += "; ideal points are partially pooled, because some annotators have no estimate of their own";
    }
    text += ".\n";
    if let Some(r) = result.r_squared {
        text += &format!(
            "Against the real receiver: R² = {} over {} (seed {}).\n",
            number(r),
            count(arguments.profiles, "random profile"),
            result.seed
        );
    }
    if result.r_squared.is_none() && arguments.profiles > 0 {
        text += "The real receiver has no answer to some random profiles (the labels become separable), so there is no R².\n";
    }
    if let Some(path) = &arguments.game {
        text += &format!(
            "The game is in {0}; `big solve {0}` predicts its equilibrium.\n",
            path.display()
        );
    }
    text
}
