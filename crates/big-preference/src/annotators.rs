//! Annotator by annotator: the plain maximum-likelihood estimate where it exists, and the partially pooled one.
//!
//! Most real annotators have too few labels for an estimate of their own: theirs are separable. Partial pooling gives
//! each of them a Gaussian prior around the pooled point, `θ_i ~ N(μ, τ² I)`, with `τ²` by empirical Bayes: it maximises the
//! marginal likelihood of all labels, by Laplace's approximation,
//! `Σ_i [ℓ_i(θ̂_i) − ‖θ̂_i − μ‖²/(2τ²) − d/2 log τ² − ½ log det(H_i + I/τ²)]`.

use rayon::prelude::*;

use crate::data::Comparisons;
use crate::fit::{FitError, maximum};
use crate::likelihood::{Model, Objective, Parameters, Prior};
use crate::linalg::Cholesky;
use crate::newton::{self, Minimum, Settings, Status};
use crate::separation::Existence;

/// An estimate of one annotator's position.
#[derive(Clone, Debug, PartialEq)]
pub struct Position {
    /// The point (length `d`).
    pub point: Vec<f64>,
    /// Its standard errors, from the observed information (with a prior: the posterior's standard deviations).
    pub standard_errors: Vec<f64>,
    /// The log-likelihood there.
    pub log_likelihood: f64,
}

/// Each annotator's own maximum, or why it has none. Parallel over the annotators; the model's precision is fixed.
///
/// # Errors
/// When a fit fails for another reason than that its maximum does not exist.
pub fn fit_each(
    parts: &[Comparisons],
    model: Model,
) -> Result<Vec<Result<Position, Existence>>, FitError> {
    parts
        .par_iter()
        .map(|part| {
            let objective = Objective {
                source: part,
                parameters: Parameters::Position(model),
                prior: None,
            };
            match maximum(&objective, None) {
                Ok(found) => Ok(Ok(position(&found))),
                Err(FitError::NoMaximum(existence)) => Ok(Err(existence)),
                // No rows: nothing is known in any direction.
                Err(FitError::Empty) => Ok(Err(Existence::RankDeficient {
                    direction: (0..part.dim())
                        .map(|k| f64::from(u8::from(k == 0)))
                        .collect(),
                    missing: part.dim(),
                })),
                Err(other) => Err(other),
            }
        })
        .collect()
}

/// Partially pooled estimates.
#[derive(Clone, Debug, PartialEq)]
pub struct PooledFit {
    /// `μ`, as given.
    pub center: Vec<f64>,
    /// `τ²`: how far annotators' positions scatter around it, a coordinate. 0 where the data show no scatter.
    pub variance: f64,
    /// One estimate an annotator.
    pub positions: Vec<Position>,
}

/// Partially pools the annotators' positions around `center`.
///
/// A grid over `log τ²` and a golden section within its best cell; each evaluation fits every annotator from its last
/// estimate. Parallel over the annotators.
///
/// # Errors
/// When a fit does not converge, or `center` has the wrong length.
pub fn pool(parts: &[Comparisons], model: Model, center: &[f64]) -> Result<PooledFit, FitError> {
    if parts.iter().any(|part| part.dim() != center.len()) {
        return Err(FitError::BadOption(format!(
            "the centre has {} coordinates, the embeddings have another number",
            center.len()
        )));
    }
    // The unit of τ: how far a position has to move for a typical margin to move by one.
    let unit = typical_distance(parts, model)?;
    let at = |log_tau: f64| marginal(parts, model, center, (unit * log_tau.exp()).powi(2));
    let mut best = (f64::NEG_INFINITY, LOWEST);
    let mut grid = LOWEST;
    while grid <= HIGHEST {
        let value = at(grid)?.0;
        if value > best.0 {
            best = (value, grid);
        }
        grid += STEP;
    }
    // Where the lowest τ is the best, there is no scatter to be seen.
    if best.1 == LOWEST {
        let (_, positions) = at(LOWEST)?;
        return Ok(PooledFit {
            center: center.to_vec(),
            variance: 0.0,
            positions,
        });
    }
    let log_tau = golden(best.1 - STEP, best.1 + STEP, &at)?;
    Ok(PooledFit {
        center: center.to_vec(),
        variance: (unit * log_tau.exp()).powi(2),
        positions: at(log_tau)?.1,
    })
}

/// The range of `log(τ / unit)` that is searched, and the grid's step.
const LOWEST: f64 = -8.0;
const HIGHEST: f64 = 8.0;
const STEP: f64 = 1.0;

/// The maximum of a unimodal function in a bracket, to about 1e-4.
fn golden(
    mut low: f64,
    mut high: f64,
    at: &dyn Fn(f64) -> Result<(f64, Vec<Position>), FitError>,
) -> Result<f64, FitError> {
    let ratio = 0.5 * (5.0_f64.sqrt() - 1.0);
    let mut left = high - ratio * (high - low);
    let mut right = low + ratio * (high - low);
    let (mut at_left, mut at_right) = (at(left)?.0, at(right)?.0);
    while high - low > 1e-4 {
        if at_left >= at_right {
            (high, right, at_right) = (right, left, at_left);
            left = high - ratio * (high - low);
            at_left = at(left)?.0;
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + ratio * (high - low);
            at_right = at(right)?.0;
        }
    }
    Ok(0.5 * (low + high))
}

/// How far a position has to move for a typical margin to move by one: a unit of length that the data have.
pub(crate) fn typical_distance(parts: &[Comparisons], model: Model) -> Result<f64, FitError> {
    let (mut trace, mut weight) = (0.0, 0.0);
    for part in parts {
        let objective = Objective {
            source: part,
            parameters: Parameters::Position(model),
            prior: None,
        };
        let d = part.dim();
        let gram = objective.gram()?;
        trace += (0..d).map(|k| gram[k * d + k]).sum::<f64>() / d as f64;
        weight += part.total_weight();
    }
    // The Gram matrix comes with the logistic function's quarter.
    let unit = (weight / (4.0 * trace)).sqrt();
    Ok(if unit.is_finite() && unit > 0.0 {
        unit
    } else {
        1.0
    })
}

/// The marginal likelihood at a `τ²`, and the estimates.
fn marginal(
    parts: &[Comparisons],
    model: Model,
    center: &[f64],
    variance: f64,
) -> Result<(f64, Vec<Position>), FitError> {
    let d = center.len();
    let fits: Vec<(f64, Position)> = parts
        .par_iter()
        .map(|part| {
            let objective = Objective {
                source: part,
                parameters: Parameters::Position(model),
                prior: Some(Prior {
                    precision: 1.0 / variance,
                    mean: center.to_vec(),
                }),
            };
            let mut found = newton::minimise(&objective, center, &Settings::default())?;
            if found.status == Status::Diverging && part.rows() > 0 {
                found = newton::minimise_by_cooling(&objective, center)?;
            }
            if found.status == Status::Diverging && part.rows() > 0 {
                return Err(FitError::NotConverged {
                    iterations: found.iterations,
                    gradient_norm: crate::linalg::norm(&found.at.gradient),
                });
            }
            let log_det: f64 = found.factor.as_ref().map_or(0.0, |factor| {
                (0..d).map(|k| 2.0 * factor.lower()[k * d + k].ln()).sum()
            });
            let evidence = -found.at.value - 0.5 * (d as f64 * variance.ln() + log_det);
            Ok((evidence, position(&found)))
        })
        .collect::<Result<_, _>>()?;
    let value = fits.iter().map(|(evidence, _)| evidence).sum();
    Ok((value, fits.into_iter().map(|(_, p)| p).collect()))
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
    part: &Comparisons,
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
