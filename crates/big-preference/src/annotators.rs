//! Annotator by annotator: the plain maximum-likelihood estimate where it exists.
//!
//! Most real annotators have too few labels for an estimate of their own: theirs are separable. The
//! [`hierarchy`](crate::hierarchy) has one for everybody.

use big_game::spec::SpaceSpec;
use big_numeric::{Cholesky, distance};

use crate::bytes::{Reader, Writer};
use crate::data::{Parts, Source};
use crate::errand::Errand;
use crate::fit::{FitError, Precision, maximum_within};
use crate::fixed_effects::fit_jointly;
use crate::fold::fold;
use crate::kernel;
use crate::likelihood::{Model, Objective, Parameters};
use crate::newton::Minimum;
pub use crate::position::Position;
use crate::separation::{BUDGET, Existence, too_few_rows};
use crate::wire::{Wire, wired};

/// Each annotator's own maximum, or why it has none. Parallel over the annotators; the model's precision is fixed.
///
/// ```
/// use big_preference::annotators::fit_each;
/// use big_preference::likelihood::Model;
/// # use big_preference::data::{Comparisons, Parts, Pool};
/// # use big_preference::simulate::{Labeller, Responses, SimulationSpec};
/// # let labeller = |name: &str, pairs, ideal| Labeller { name: name.into(), pairs, ideal: vec![ideal] };
/// # let simulation = SimulationSpec {
/// #     dim: 1,
/// #     labellers: vec![labeller("left", 400, -0.2), labeller("right", 1600, 0.3)],
/// #     responses: Responses::Normal { mean: 0.0, deviation: 1.0 },
/// #     precision: 1.0,
/// #     seed: 1,
/// # }
/// # .check()?;
/// // Comparisons of two annotators, whose ideal points are −0.2 and 0.3.
/// let parts: Vec<Comparisons> = // …
/// # simulation.draw().into_iter().map(|l| l.into_comparisons()).collect();
/// let each = fit_each(&Parts::held(parts)?, Model::ideal_point(1.0))?;
/// assert_eq!(each.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When a fit fails for another reason than that its maximum does not exist.
pub fn fit_each(parts: &Parts, model: Model) -> Result<Vec<Result<Position, Existence>>, FitError> {
    parts.ask(&OwnFits {
        model,
        // What a decision about one annotator may take, so that those about all end.
        operations: (5.0 * BUDGET / parts.len().max(1) as f64).clamp(1e8, BUDGET),
    })
}

/// An annotator's own maximum under a model, or why there is none.
pub(crate) struct OwnFits {
    model: Model,
    operations: f64,
}

wired!(OwnFits { model, operations });

impl Errand for OwnFits {
    const KIND: u8 = 0;
    type Output = Result<Position, Existence>;

    fn one(&self, _: usize, part: &dyn Source) -> Result<Self::Output, FitError> {
        let d = part.dim();
        // Fewer rows than coordinates have no unique maximum, whatever they say.
        if let Some(existence) = too_few_rows(part, d)? {
            return Ok(Err(existence));
        }
        let objective = Objective {
            source: part,
            parameters: Parameters::Position(self.model),
            prior: None,
        };
        match maximum_within(&objective, None, self.operations) {
            Ok(found) => Ok(Ok(position(&found))),
            Err(FitError::NoMaximum(existence)) => Ok(Err(existence)),
            // All rows have weight 0: nothing is known in any direction.
            Err(FitError::Empty) => Ok(Err(Existence::RankDeficient {
                direction: (0..d).map(|k| f64::from(u8::from(k == 0))).collect(),
                missing: d,
            })),
            Err(other) => Err(other),
        }
    }

    fn shared(&self, out: &mut Writer) {
        self.write(out);
    }

    fn read(shared: &mut Reader<'_>, _: &mut Reader<'_>) -> Option<Self> {
        Wire::read(shared)
    }
}

/// Everybody's own estimates, with one precision: given, or estimated jointly with them.
#[derive(Clone, Debug, PartialEq)]
pub struct People {
    /// The precision; `None` where it was to be fitted and neither the joint fit nor the pooled one has a positive one.
    pub precision: Option<f64>,
    /// Its standard error, where it was fitted jointly.
    pub precision_error: Option<f64>,
    /// One estimate an annotator, or why there is none.
    pub positions: Vec<Result<Position, Existence>>,
    /// Have those who take part in a joint fit so few rows (fewer than 20 a coordinate, on the mean) that its precision is
    /// clearly too large?
    pub few_rows: bool,
}

impl People {
    /// Fits them. With [`Precision::Fit`] the joint maximum of the precision and of the positions of all who have an estimate of
    /// their own; where that is not identified, the pooled precision stays.
    ///
    /// # Errors
    /// When a fit fails for another reason than that a maximum does not exist.
    pub fn fit(parts: &Parts, precision: Precision, pooled: f64) -> Result<Self, FitError> {
        let beta = match precision {
            Precision::Fixed(beta) => beta,
            // Whether an estimate exists does not depend on it.
            Precision::Fit if pooled > 0.0 => pooled,
            Precision::Fit => 1.0,
        };
        let mut positions = fit_each(parts, Model::ideal_point(beta))?;
        if let Precision::Fixed(beta) = precision {
            return Ok(Self {
                precision: Some(beta),
                precision_error: None,
                positions,
                few_rows: false,
            });
        }
        let takes_part: Vec<bool> = positions.iter().map(Result::is_ok).collect();
        let rows = (0..parts.len()).filter(|&i| takes_part[i]);
        let (count, total) = rows.fold((0, 0), |(n, t), i| (n + 1, t + parts.rows(i)));
        let starts: Vec<Option<&[f64]>> = positions
            .iter()
            .map(|own| own.as_ref().ok().map(|own| &*own.point))
            .collect();
        match fit_jointly(parts, &starts, beta) {
            Ok(joint) if joint.precision > 0.0 => {
                for (own, position) in positions.iter_mut().zip(joint.positions) {
                    if let Some(position) = position {
                        *own = Ok(position);
                    }
                }
                Ok(Self {
                    precision: Some(joint.precision),
                    precision_error: Some(joint.precision_error),
                    positions,
                    few_rows: total < 20 * count * parts.dim() as u64,
                })
            }
            Ok(_) | Err(FitError::PrecisionNotIdentified | FitError::Empty) => Ok(Self {
                precision: (pooled > 0.0).then_some(pooled),
                precision_error: None,
                positions,
                few_rows: false,
            }),
            Err(other) => Err(other),
        }
    }
}

/// The ball around a centre that just holds some points; where they do not scatter, the one in which a typical margin
/// moves by one.
///
/// # Errors
/// What the rows' source says.
pub fn holding(
    parts: &Parts,
    model: Model,
    center: &[f64],
    points: &[&[f64]],
    scattered: bool,
) -> Result<SpaceSpec<f64>, FitError> {
    let farthest = points
        .iter()
        .map(|p| distance(p, center))
        .fold(0.0, f64::max);
    Ok(SpaceSpec::Ball {
        center: center.to_vec(),
        radius: if scattered && farthest > 0.0 {
            farthest
        } else {
            typical_distance(parts, model)?
        },
    })
}

/// How far a position has to move for a typical margin to move by one: a unit of length that the data have.
fn typical_distance(parts: &Parts, model: Model) -> Result<f64, FitError> {
    let d = parts.dim();
    let squares = fold(
        parts,
        16,
        3 * d,
        &|| (0.0, Vec::new()),
        &|(sum, norms), block, scratch| {
            kernel::row_norms(block, d, scratch, norms);
            for (r, norm) in norms.iter().enumerate() {
                *sum += block.weights().map_or(1.0, |w| w[r]) * norm * norm;
            }
        },
        &|a, b| a.0 += b.0,
    )?;
    // The mean over the coordinates of Σ w x², x = 2·gain·(a − b).
    let sum = squares.map_or(0.0, |(sum, _)| sum);
    let trace = (2.0 * model.gain).powi(2) * sum / d as f64;
    let weight: f64 = (0..parts.len()).map(|i| parts.weight(i)).sum();
    let unit = (weight / trace).sqrt();
    Ok(if unit.is_finite() && unit > 0.0 {
        unit
    } else {
        1.0
    })
}

fn position(found: &Minimum) -> Position {
    let d = found.y.len();
    let inverse = found.factor.as_ref().map(Cholesky::inverse);
    Position {
        point: found.y.clone(),
        standard_errors: inverse.map_or_else(
            || vec![f64::INFINITY; d],
            |v| (0..d).map(|k| v[k * d + k].sqrt()).collect(),
        ),
        log_likelihood: -found.at.loss,
    }
}

/// The score (gradient of the log-likelihood) and the Hessian of one set of comparisons at a position, `d` and `d × d`
/// numbers.
pub(crate) fn score_and_information(
    part: &dyn Source,
    model: Model,
    at: &[f64],
) -> Result<(Vec<f64>, Vec<f64>), FitError> {
    let objective = Objective {
        source: part,
        parameters: Parameters::Position(model),
        prior: None,
    };
    let found = objective.evaluate(at, true)?;
    Ok((found.gradient.iter().map(|g| -g).collect(), found.hessian))
}
