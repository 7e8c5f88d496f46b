//! Annotator by annotator: the plain maximum-likelihood estimate where it exists, and the partially pooled one.
//!
//! Most real annotators have too few labels for an estimate of their own: theirs are separable. Partial pooling gives
//! each of them a Gaussian prior around the pooled point, `θ_i ~ N(μ, τ² I)`, with `τ²` by empirical Bayes: it maximises the
//! marginal likelihood of all labels, by Laplace's approximation,
//! `Σ_i [ℓ_i(θ̂_i) − ‖θ̂_i − μ‖²/(2τ²) − d/2 log τ² − ½ log det(H_i + I/τ²)]`.

use big_game::spec::SpaceSpec;

use crate::data::{Parts, Source};
use crate::fit::{FitError, maximum};
use crate::likelihood::{Model, Objective, Parameters, Prior};
use crate::linalg::{self, Cholesky, distance};
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
pub fn fit_each(parts: &Parts, model: Model) -> Result<Vec<Result<Position, Existence>>, FitError> {
    parts.each(&|_, part| {
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
/// A grid over `log τ`, in one pass through the annotators, and Brent's method around its best point, one pass a step; each
/// evaluation fits every annotator from its last estimate. Parallel over the annotators.
///
/// # Errors
/// When a fit does not converge, or `center` has the wrong length.
pub fn pool(parts: &Parts, model: Model, center: &[f64]) -> Result<PooledFit, FitError> {
    if parts.dim() != center.len() {
        return Err(FitError::BadOption(format!(
            "the centre has {} coordinates, the embeddings have another number",
            center.len()
        )));
    }
    // The unit of τ: how far a position has to move for a typical margin to move by one.
    let unit = typical_distance(parts, model)?;
    let variance = |log_tau: f64| (unit * log_tau.exp()).powi(2);
    let grid: Vec<f64> = (LOWEST..=HIGHEST).map(f64::from).collect();
    let variances: Vec<f64> = grid.iter().map(|log_tau| variance(*log_tau)).collect();
    let (values, _) = marginal(parts, model, center, None, &variances)?;
    let best = (1..grid.len()).fold(0, |b, i| if values[i] > values[b] { i } else { b });
    // Where the lowest τ is the best, there is no scatter to be seen.
    if best == 0 {
        let (_, positions) = marginal(parts, model, center, None, &variances[..1])?;
        return Ok(PooledFit {
            center: center.to_vec(),
            variance: 0.0,
            positions,
        });
    }
    let mut positions: Option<Vec<Position>> = None;
    let mut at = |log_tau: f64| {
        let starts = positions.as_deref();
        let (value, found) = marginal(parts, model, center, starts, &[variance(log_tau)])?;
        positions = Some(found);
        Ok(value[0])
    };
    let point = |i: usize| (grid[i], values[i]);
    let above = if best + 1 < grid.len() {
        best + 1
    } else {
        best - 1
    };
    let known = [point(best), point(best - 1), point(above)];
    let log_tau = highest(grid[best] - 1.0, grid[best] + 1.0, known, &mut at)?;
    at(log_tau)?;
    Ok(PooledFit {
        center: center.to_vec(),
        variance: variance(log_tau),
        positions: positions.unwrap_or_default(),
    })
}

/// The range of `log(τ / unit)` that is searched, in steps of 1.
const LOWEST: i32 = -8;
const HIGHEST: i32 = 8;

/// The maximum of a unimodal function in a bracket, to about 1e-4: parabolas through the last three points, and golden
/// sections where they do not serve (Brent, Algorithms for Minimization without Derivatives, 1973, ch. 5). `known` are three
/// points with their values, the highest first.
fn highest(
    mut low: f64,
    mut high: f64,
    known: [(f64, f64); 3],
    at: &mut dyn FnMut(f64) -> Result<f64, FitError>,
) -> Result<f64, FitError> {
    const TOLERANCE: f64 = 1e-4;
    let golden = 0.5 * (3.0 - 5.0_f64.sqrt());
    let [mut x, mut w, mut v] = known;
    // The last step, and the one before it.
    let (mut step, mut before) = (high - low, high - low);
    loop {
        let middle = 0.5 * (low + high);
        if (x.0 - middle).abs() + 0.5 * (high - low) <= 2.0 * TOLERANCE {
            return Ok(x.0);
        }
        let r = (x.0 - w.0) * (v.1 - x.1);
        let s = (x.0 - v.0) * (w.1 - x.1);
        let (mut p, mut q) = ((x.0 - v.0) * s - (x.0 - w.0) * r, 2.0 * (s - r));
        if q > 0.0 {
            p = -p;
        } else {
            q = -q;
        }
        let shrinks = p.abs() < (0.5 * q * before).abs();
        before = step;
        let inside = p > q * (low - x.0) && p < q * (high - x.0);
        step = if shrinks && inside {
            let to = x.0 + p / q;
            if to - low < 2.0 * TOLERANCE || high - to < 2.0 * TOLERANCE {
                // At an end there is nothing new: the other side of the best point has to be seen.
                TOLERANCE.copysign(middle - x.0)
            } else {
                p / q
            }
        } else {
            before = if x.0 < middle { high - x.0 } else { low - x.0 };
            golden * before
        };
        // Points nearer to each other than the tolerance tell nothing.
        let far = if step.abs() < TOLERANCE {
            TOLERANCE.copysign(step)
        } else {
            step
        };
        let u = (x.0 + far, at(x.0 + far)?);
        if u.1 >= x.1 {
            if u.0 >= x.0 {
                low = x.0;
            } else {
                high = x.0;
            }
            (v, w, x) = (w, x, u);
        } else {
            if u.0 < x.0 {
                low = u.0;
            } else {
                high = u.0;
            }
            if u.1 >= w.1 || w.0 == x.0 {
                (v, w) = (w, u);
            } else if u.1 >= v.1 || v.0 == x.0 || v.0 == w.0 {
                v = u;
            }
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
    let traces = parts.each(&|_, part| {
        let objective = Objective {
            source: part,
            parameters: Parameters::Position(model),
            prior: None,
        };
        let gram = objective.gram()?;
        Ok::<_, FitError>((0..d).map(|k| gram[k * d + k]).sum::<f64>() / d as f64)
    })?;
    let trace: f64 = traces.iter().sum();
    let weight: f64 = (0..parts.len()).map(|i| parts.weight(i)).sum();
    // The Gram matrix comes with the logistic function's quarter.
    let unit = (weight / (4.0 * trace)).sqrt();
    Ok(if unit.is_finite() && unit > 0.0 {
        unit
    } else {
        1.0
    })
}

/// The marginal likelihoods at several `τ²`, in one pass through the annotators, and the estimates at the last of them. Each
/// annotator's fits start from the given estimate (`None`: from the centre), and from one another's.
fn marginal(
    parts: &Parts,
    model: Model,
    center: &[f64],
    starts: Option<&[Position]>,
    variances: &[f64],
) -> Result<(Vec<f64>, Vec<Position>), FitError> {
    let fits: Vec<(Vec<f64>, Position)> = parts.each(&|i, part| {
        let mut last = match starts {
            Some(starts) => starts[i].clone(),
            None => Position {
                point: center.to_vec(),
                standard_errors: Vec::new(),
                log_likelihood: 0.0,
            },
        };
        let mut evidences = Vec::with_capacity(variances.len());
        for &variance in variances {
            let found = penalised(
                part,
                model,
                center,
                variance,
                &last.point,
                parts.rows(i) == 0,
            )?;
            evidences.push(evidence(&found, variance));
            last = position(&found);
        }
        Ok::<_, FitError>((evidences, last))
    })?;
    let values = (0..variances.len())
        .map(|k| fits.iter().map(|(evidences, _)| evidences[k]).sum())
        .collect();
    Ok((values, fits.into_iter().map(|(_, last)| last).collect()))
}

/// One annotator's maximum under the prior.
fn penalised(
    part: &dyn Source,
    model: Model,
    center: &[f64],
    variance: f64,
    start: &[f64],
    empty: bool,
) -> Result<Minimum, FitError> {
    let objective = Objective {
        source: part,
        parameters: Parameters::Position(model),
        prior: Some(Prior {
            precision: 1.0 / variance,
            mean: center.to_vec(),
        }),
    };
    let mut found = newton::minimise(&objective, start, &Settings::default())?;
    if found.status == Status::Diverging && !empty {
        found = newton::minimise_by_cooling(&objective, center)?;
    }
    if found.status == Status::Diverging && !empty {
        return Err(FitError::NotConverged {
            iterations: found.iterations,
            gradient_norm: linalg::norm(&found.at.gradient),
        });
    }
    Ok(found)
}

/// What an annotator adds to the marginal likelihood, by Laplace's approximation.
fn evidence(found: &Minimum, variance: f64) -> f64 {
    let d = found.y.len();
    let log_det: f64 = found.factor.as_ref().map_or(0.0, |factor| {
        (0..d).map(|k| 2.0 * factor.lower()[k * d + k].ln()).sum()
    });
    -found.at.value - 0.5 * (d as f64 * variance.ln() + log_det)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_point_is_found_in_few_steps() -> Result<(), FitError> {
        let smooth = |x: f64| -(x - 0.3).powi(2) - 0.1 * (x - 0.3).powi(4);
        let skewed = |x: f64| -(x.exp() - 1.2 * x);
        let kinked = |x: f64| -(x - 0.123_456).abs();
        let flat = |_: f64| 0.0;
        let rising = |x: f64| x;
        let cases: [(&dyn Fn(f64) -> f64, Option<f64>, usize); 5] = [
            (&smooth, Some(0.3), 12),
            (&skewed, Some(1.2_f64.ln()), 12),
            (&kinked, Some(0.123_456), 40),
            (&flat, None, 60),
            (&rising, Some(1.0), 40),
        ];
        for (function, expected, most) in cases {
            for known in [[0.0, -1.0, 1.0], [0.0, -1.0, -1.0]] {
                let mut asked = 0;
                let known = known.map(|x| (x, function(x)));
                let found = highest(-1.0, 1.0, known, &mut |x| {
                    asked += 1;
                    assert!((-1.0..=1.0).contains(&x));
                    Ok(function(x))
                })?;
                if let Some(expected) = expected {
                    assert!((found - expected).abs() < 3e-4, "{found} is not {expected}");
                }
                assert!(asked <= most, "{asked} evaluations");
            }
        }
        Ok(())
    }
}
