//! One annotator under the hierarchy: the marginal likelihood of their labels, its derivatives, and the posterior.
//!
//! The labels depend on `φ ~ N(m, D)`, `D` diagonal, through margins `2⟨φ, a − b⟩ + β o`. Around the posterior's mode `φ̂`, with
//! `A = H + D⁻¹` the curvature there and `V = A⁻¹`, the marginal log-likelihood is
//!
//! `ℓ(φ̂) − ½ (φ̂ − m)ᵀ D⁻¹ (φ̂ − m) − ½ log det D − ½ log det A + log E[exp(r(Z))]`,
//!
//! where `Z ~ N(0, I)` and `r` is what the exponent leaves beyond its quadratic part at `φ̂ + A^{−½ᵀ} Z`. Laplace's approximation
//! drops the last term; adaptive Gauss–Hermite quadrature computes it (Pinheiro and Bates, JCGS 4, 1995).

use big_numeric::{Cholesky, dot, matrix};

use crate::data::Source;
use crate::fit::FitError;
use crate::fold::fold;
use crate::kernel::{self, Curvature, LikelihoodSums, Scratch};
use crate::likelihood::{Model, Objective, Parameters, Prior};
use crate::newton::{self, Settings, Status};

use super::dual;
use super::posterior::Posterior;
use super::quadrature::Rule;

/// `φ ~ N(m, diag(v))`, and the precision of the offset.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Hyper {
    pub(super) center: Vec<f64>,
    pub(super) variance: Vec<f64>,
    pub(super) beta: f64,
}

/// What an annotator's labels say.
pub(crate) struct Moments {
    /// The marginal log-likelihood.
    pub(super) value: f64,
    /// The posterior's mode.
    pub(super) mode: Vec<f64>,
    /// Its mean.
    pub(super) mean: Vec<f64>,
    /// `E(φ_k − m_k)² − v_k`, coordinate by coordinate.
    pub(super) excess: Vec<f64>,
    /// `∂ value / ∂β`.
    pub(super) slope: f64,
    /// Its variances, coordinate by coordinate.
    pub(super) spread: Vec<f64>,
    /// What is not known of it, at the mode.
    pub(super) posterior: Posterior,
    /// The mixed derivatives `H_φβ` of minus the log-likelihood at the mode, and `H_ββ`.
    pub(super) mixed: Vec<f64>,
    pub(super) curvature: f64,
    /// The log-likelihood at the posterior's mean.
    pub(super) log_likelihood: f64,
    /// The steps that the search for the mode took.
    pub(super) steps: f64,
}

/// Computes them, from a start near the mode; `rule` is of more than one node for quadrature.
pub(super) fn moments(
    part: &dyn Source,
    hyper: &Hyper,
    start: &[f64],
    rule: Option<&Rule>,
) -> Result<Moments, FitError> {
    if start.len() > kernel::BY_HAND
        && rule.is_none()
        && let Some(made) = dual::moments(part, hyper, start)?
    {
        return Ok(made);
    }
    primal(part, hyper, start, rule)
}

/// By matrices of the coordinates.
pub(super) fn primal(
    part: &dyn Source,
    hyper: &Hyper,
    start: &[f64],
    rule: Option<&Rule>,
) -> Result<Moments, FitError> {
    let d = start.len();
    let model = Model {
        gain: 1.0,
        offset: hyper.beta,
    };
    let precision: Vec<f64> = hyper.variance.iter().map(|v| 1.0 / v).collect();
    let objective = Objective {
        source: part,
        parameters: Parameters::Position(model),
        prior: Some(Prior {
            precision: precision.clone(),
            mean: hyper.center.clone(),
        }),
    };
    let (mode, likelihood, steps) = mode(&objective, start)?;
    // The information in (φ, β), without the prior.
    let joint = Objective {
        source: part,
        parameters: Parameters::Joint,
        prior: None,
    };
    let mut both = mode.clone();
    both.push(hyper.beta);
    let at = joint.evaluate(&both, true)?;
    let p = d + 1;
    let entry = |j: usize, k: usize| at.hessian.get(j * p + k).copied().unwrap_or(0.0);
    let own: Vec<f64> = (0..d * d).map(|at| entry(at / d, at % d)).collect();
    let mixed: Vec<f64> = (0..d).map(|k| entry(k, d)).collect();
    let curved = Curved::new(&own, &hyper.variance).ok_or_else(|| FitError::NotConverged {
        iterations: 0,
        gradient_norm: big_numeric::norm(&at.gradient),
    })?;
    let Curved {
        factor,
        laplace,
        information,
    } = curved;
    let away: Vec<f64> = mode.iter().zip(&hyper.center).map(|(x, m)| x - m).collect();
    let quadratic: f64 = away.iter().zip(&precision).map(|(a, p)| a * a * p).sum();
    let log_det: f64 = hyper.variance.iter().map(|v| v.ln()).sum();
    let value = -likelihood - 0.5 * (quadratic + log_det + factor.log_det());
    // Without rows there is nothing of what follows.
    let bend = bend(part, &both, &laplace)?;
    let mut shift: Vec<f64> = bend[..d].iter().map(|t| -t).collect();
    factor.solve(&mut shift);
    let slope = -at.gradient.get(d).copied().unwrap_or(0.0) - bend[d] - dot(&shift, &mixed);
    // V_kk − v_k = −v_k² (D + H⁻¹)⁻¹_kk, without the cancellation.
    let shrunk = |k: usize| -hyper.variance[k].powi(2) * information[k * d + k];
    let mut out = Moments {
        value,
        mean: mode.iter().zip(&shift).map(|(x, s)| x + s).collect(),
        excess: (0..d)
            .map(|k| away[k] * away[k] + 2.0 * shift[k] * away[k] + shrunk(k))
            .collect(),
        slope,
        spread: (0..d).map(|k| laplace[k * d + k]).collect(),
        posterior: Posterior::Matrices {
            laplace,
            information,
        },
        mixed,
        curvature: entry(d, d),
        mode,
        log_likelihood: -likelihood,
        steps,
    };
    if let Some(rule) = rule {
        refine(&mut out, part, hyper, &factor, rule)?;
    }
    let there = Objective {
        prior: None,
        ..objective
    };
    out.log_likelihood = -there.evaluate(&out.mean, false)?.loss;
    Ok(out)
}

/// The curvature `H + D⁻¹` at the mode.
struct Curved {
    factor: Cholesky,
    laplace: Vec<f64>,
    information: Vec<f64>,
}

impl Curved {
    /// Through `I + D^½ H D^½`, whose entries are of one size. `None` where it is no curvature.
    fn new(own: &[f64], variance: &[f64]) -> Option<Self> {
        let d = variance.len();
        let roots: Vec<f64> = variance.iter().map(|v| v.sqrt()).collect();
        let one = |at: usize| f64::from(u8::from(at / d == at % d));
        let times = |at: usize| roots[at / d] * roots[at % d];
        let scaled: Vec<f64> = (0..d * d).map(|at| one(at) + times(at) * own[at]).collect();
        let factor = Cholesky::new(&scaled, d)?;
        let inverse = factor.inverse();
        let laplace: Vec<f64> = (0..d * d).map(|at| times(at) * inverse[at]).collect();
        let information = match d > kernel::BY_HAND {
            // D^−½ (I − (I + D^½ H D^½)⁻¹) D^−½: beside the smallest variance that is searched this leaves eight digits.
            true => (0..d * d)
                .map(|at| (one(at) - inverse[at]) / times(at))
                .collect(),
            false => {
                let mut information = matrix::product(&laplace, own, d);
                for (row, v) in information.chunks_exact_mut(d).zip(variance) {
                    row.iter_mut().for_each(|x| *x /= v);
                }
                information
            }
        };
        let precision: Vec<f64> = roots.iter().map(|root| 1.0 / root).collect();
        Some(Self {
            factor: factor.scaled(&precision),
            laplace,
            information,
        })
    }
}

/// The posterior's mode, minus the log-likelihood there, and the steps that it took.
fn mode(objective: &Objective<'_>, start: &[f64]) -> Result<(Vec<f64>, f64, f64), FitError> {
    let mut found = newton::minimise(objective, start, &settings(objective, start)?)?;
    if found.at.weight <= 0.0 {
        // Nothing but the prior.
        let mean = objective.prior.as_ref().map(|prior| prior.mean.clone());
        return Ok((mean.unwrap_or_else(|| start.to_vec()), 0.0, 0.0));
    }
    let mut steps = found.iterations;
    if found.status == Status::Diverging {
        found = newton::minimise_by_cooling(objective, start)?;
        steps += found.iterations;
    }
    match found.status {
        Status::Converged => Ok((found.y, found.at.loss, steps as f64)),
        Status::Diverging => Err(FitError::NotConverged {
            iterations: found.iterations,
            gradient_norm: found.gradient_norm,
        }),
    }
}

/// How the mode is looked for. With many coordinates a Hessian costs far more than a gradient: one is made at the start, in single
/// precision, and corrected by the steps (a prior holds the position, so that no Hessian has to prove that there is a mode).
fn settings(objective: &Objective<'_>, start: &[f64]) -> Result<Settings, FitError> {
    let d = start.len();
    if d <= kernel::BY_HAND {
        return Ok(Settings::default());
    }
    let at = objective.evaluate_with(start, Curvature::Single)?;
    Ok(Settings {
        factor: Cholesky::new(&at.hessian, d),
        fresh: f64::INFINITY,
        ..Settings::default()
    })
}

/// `½ Σ_r c'_r h_r x_r` in `(φ, β)`: half the derivative of `log det A` along each of them, `h_r = x_rᵀ V x_r` over `φ` and
/// `c'` the derivative of a row's curvature by its margin.
fn bend(part: &dyn Source, both: &[f64], laplace: &[f64]) -> Result<Vec<f64>, FitError> {
    let d = both.len() - 1;
    let q = Parameters::Joint.coefficients(both);
    let sums = fold(
        part,
        4,
        d * d,
        &|| (vec![0.0; d + 1], Vec::new()),
        &|(sums, wide), block, scratch| {
            let rows = block.rows();
            let margins = kernel::block_margins(block, &q, scratch).to_vec();
            let columns = kernel::widened(block, wide);
            let spread = kernel::row_forms(&columns[..rows * d], rows, laplace);
            let factors: Vec<f64> = (0..rows)
                .map(|r| {
                    let weight = block.weights().map_or(1.0, |w| w[r]);
                    // σ(m) σ(−m), and its derivative −σσ̄ tanh(m/2); x is twice the column.
                    let e = (-margins[r].abs()).exp();
                    let curve = e / ((1.0 + e) * (1.0 + e));
                    -0.5 * weight * curve * (0.5 * margins[r]).tanh() * 4.0 * spread[r]
                })
                .collect();
            for (k, column) in columns.chunks_exact(rows).enumerate() {
                let twice = if k < d { 2.0 } else { 1.0 };
                sums[k] += twice * dot(column, &factors);
            }
        },
        &|a, b| {
            for (a, b) in a.0.iter_mut().zip(&b.0) {
                *a += b;
            }
        },
    )?;
    Ok(sums.map_or_else(|| vec![0.0; d + 1], |(sums, _)| sums))
}

/// Replaces Laplace's approximations by quadrature.
fn refine(
    out: &mut Moments,
    part: &dyn Source,
    hyper: &Hyper,
    factor: &Cholesky,
    rule: &Rule,
) -> Result<(), FitError> {
    let d = out.mode.len();
    let log_det: f64 = hyper.variance.iter().map(|v| v.ln()).sum();
    // What the exponent is at each node, against the constant of the quadrature; the node; the slope along β.
    let mut logs = Vec::with_capacity(rule.log_weights.len());
    let mut points = Vec::with_capacity(rule.nodes.len());
    let mut slopes = Vec::with_capacity(rule.log_weights.len());
    let mut scratch = Scratch::default();
    for (z, log_weight) in rule.nodes.chunks_exact(d).zip(&rule.log_weights) {
        let mut point = z.to_vec();
        factor.solve_upper(&mut point);
        for (x, mode) in point.iter_mut().zip(&out.mode) {
            *x += mode;
        }
        let mut q: Vec<f64> = point.iter().map(|v| 2.0 * v).collect();
        q.push(hyper.beta);
        let mut sums = LikelihoodSums::new(d + 1, false);
        part.visit(&mut |blocks| {
            for block in blocks {
                kernel::add_block(block, &q, Curvature::None, &mut sums, &mut scratch);
            }
        })?;
        let quadratic: f64 = (0..d)
            .map(|k| (point[k] - hyper.center[k]).powi(2) / hyper.variance[k])
            .sum();
        logs.push(log_weight + 0.5 * dot(z, z) - sums.value - 0.5 * quadratic);
        slopes.push(sums.slope[d]);
        points.push(point);
    }
    let most = logs.iter().fold(f64::NEG_INFINITY, |m, l| m.max(*l));
    let mut weights: Vec<f64> = logs.iter().map(|l| (l - most).exp()).collect();
    let total: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|w| *w /= total);
    out.value = most + total.ln() - 0.5 * (log_det + factor.log_det());
    let mean =
        |of: &dyn Fn(usize) -> f64| -> f64 { (0..weights.len()).map(|j| weights[j] * of(j)).sum() };
    out.slope = mean(&|j| slopes[j]);
    // Around the mode, where differences are small.
    let shift: Vec<f64> = (0..d)
        .map(|k| mean(&|j| points[j][k] - out.mode[k]))
        .collect();
    out.spread = (0..d)
        .map(|k| mean(&|j| (points[j][k] - out.mode[k] - shift[k]).powi(2)))
        .collect();
    for k in 0..d {
        out.mean[k] = out.mode[k] + shift[k];
        let away = out.mean[k] - hyper.center[k];
        out.excess[k] = away * away + out.spread[k] - hyper.variance[k];
    }
    Ok(())
}
