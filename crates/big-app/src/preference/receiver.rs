//! The affine receiver that a table implies, as numbers and as a game.

use big_answer::preference::{ReceiverAnswer, ReceiverInfluencer, ReceiverResult};
use big_answer::solve::WeightValue;
use big_answer::words::number;
use big_answer::{Kind, version};
use big_game::action_space::ActionSpace;
use big_game::spec::SpaceSpec;
use big_io::experiment::space_argument;
use big_io::{InputError, game_file_of};
use big_preference::annotators::{People, holding};
use big_preference::data::{Parts, Source};
use big_preference::fit::{FitError, FitOptions, Precision, fit};
use big_preference::hierarchy::{self, Family, pool};
use big_preference::likelihood::Model;
use big_preference::receiver::{AffineReceiver, Agreement, ReceiverError, Relabelled};
use serde_json::Value;

use super::fit::Described;
use super::no_maximum::no_maximum;
use super::table::{Reader, Table};
use crate::error::{Advice, AppError};
use crate::monitor::Monitor;

/// What to read off.
#[derive(Clone, Debug)]
pub struct Request {
    /// The comparisons.
    pub table: Table,
    /// The column that names the annotators.
    pub by: String,
    /// The precision `β` of the reward `−β‖a − θ‖²`.
    pub precision: Precision,
    /// The estimate is penalised by half of this times `‖θ‖²` (times `‖βθ‖²` with a fitted precision).
    pub ridge: f64,
    /// What annotators may report: as in a game file, or the name of a game file whose space is meant; `None`: the ball
    /// around the estimate that just holds their ideal points.
    pub space: Option<String>,
    /// Compare the affine receiver with the real one at so many random profiles; 0: do not.
    pub profiles: usize,
    /// The seed of the profiles and of their labels.
    pub seed: u64,
}

impl Request {
    /// The plain question about a table.
    pub fn new(table: Table) -> Self {
        Self {
            table,
            by: "annotator".into(),
            precision: Precision::Fixed(1.0),
            ridge: 0.0,
            space: None,
            profiles: 20,
            seed: 0,
        }
    }
}

/// A receiver, and the game that it makes of the annotators.
#[derive(Debug)]
pub struct Implied {
    /// The answer.
    pub answer: ReceiverAnswer,
    /// The game, as in a game file; `None` where there is no estimate.
    pub game: Option<Value>,
}

/// Reads off the affine receiver that a table implies.
///
/// # Errors
/// When the table cannot be read, or the question does not fit it.
pub fn receiver(request: &Request, monitor: &Monitor<'_>) -> Result<Implied, AppError> {
    let reader = Reader::new(&request.table, monitor)?;
    reader.with_annotators(&request.by, |all, parts| {
        of_annotators(request, &reader, all, parts)
    })
}

/// The same of all comparisons in the order of the table, and annotator by annotator.
pub(super) fn of_annotators(
    request: &Request,
    of: &dyn Described,
    all: &dyn Source,
    parts: &Parts,
) -> Result<Implied, AppError> {
    Ok(match answer(request, of, all, parts)? {
        Ok((result, game)) => Implied {
            answer: ReceiverAnswer::Receiver(Box::new(result)),
            game: Some(game),
        },
        Err(error) => Implied {
            answer: ReceiverAnswer::None(
                no_maximum(error, &of.name())?.answering(Kind::PrefsReceiver),
            ),
            game: None,
        },
    })
}

/// The receiver, or the fit that failed.
fn answer(
    request: &Request,
    of: &dyn Described,
    all: &dyn Source,
    parts: &Parts,
) -> Result<Result<(ReceiverResult, Value), FitError>, AppError> {
    let options = FitOptions {
        precision: request.precision,
        ridge: request.ridge,
        ..FitOptions::default()
    };
    let pooled = match fit(all, &options) {
        Ok(pooled) => pooled,
        Err(error) => return Ok(Err(error)),
    };
    if pooled.precision <= 0.0 {
        let none = format!(
            "the fitted precision is {}: there are no ideal points to report",
            number(pooled.precision)
        );
        return Err(AppError::advised(
            InputError::new(none).in_file(of.name()),
            Advice::FixPrecisionOrAudit,
        ));
    }
    let model = Model::ideal_point(pooled.precision);
    // A ridge on βθ is one on θ once β is known.
    let ridge = match request.precision {
        Precision::Fixed(_) => request.ridge,
        Precision::Fit => request.ridge * pooled.precision * pooled.precision,
    };
    let Positions {
        points: positions,
        kind,
        scattered,
        precision,
    } = match positions(parts, request.precision, pooled.precision) {
        Ok(found) => found,
        Err(error) => return Ok(Err(error)),
    };
    let affine = match AffineReceiver::implied(parts, model, &pooled.theta, ridge) {
        Ok(affine) => affine.through(&positions, &pooled.theta),
        Err(error) => return Ok(Err(error)),
    };
    let space = match &request.space {
        Some(space) => space_argument(space, parts.dim())?,
        None => {
            let points: Vec<&[f64]> = positions.iter().map(Vec::as_slice).collect();
            match holding(parts, model, &pooled.theta, &points, scattered) {
                Ok(space) => space,
                Err(error) => return Ok(Err(error)),
            }
        }
    };
    let spec = affine.game(parts.names(), &positions, std::slice::from_ref(&space));
    let description = format!("The affine receiver that {} implies", of.name());
    let game = game_file_of(None, Some(&description), &spec);
    let agreement = match request.profiles {
        0 => None,
        n => match compare(
            &affine,
            parts,
            (model, ridge),
            &positions,
            &space,
            n,
            request.seed,
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
        comparisons: of.comparisons_of(i, parts.rows(i)),
    };
    let result = ReceiverResult {
        kind: Kind::PrefsReceiver,
        version: version(),
        influencers: (0..parts.len()).map(influencer).collect(),
        bias: affine.bias().to_vec(),
        r_squared: agreement.map(|found| found.r_squared),
        shrinkage: agreement.map(|found| 1.0 - found.slope),
        theta: pooled.theta,
        precision: pooled.precision,
        own_precision: (precision != pooled.precision).then_some(precision),
        ridge: (request.ridge > 0.0).then_some(request.ridge),
        positions: kind.into(),
        seed: request.seed,
    };
    Ok(Ok((result, game)))
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
) -> Result<Option<Agreement>, ReceiverError> {
    let space = ActionSpace::new(space).map_err(|e| ReceiverError::Shape(e.to_string()))?;
    let mut real = Relabelled::new(parts, model, ridge, seed, positions);
    let found = affine.agreement(&mut real, std::slice::from_ref(&space), profiles, seed)?;
    Ok((found.r_squared.is_finite() && found.slope.is_finite()).then_some(found))
}
