//! The maximum-likelihood ideal point: pooled data in, an estimate with its errors out.
//!
//! `θ̂ = argmax_θ Σ w log σ(β (2⟨θ, a − b⟩ + ‖b‖² − ‖a‖²))`, concave (arXiv:2502.01127, eq. 27, with β = 1).

use big_game::action_space::{ActionSpace, ConvexSet, nearest_in_image};
use thiserror::Error;

use crate::data::{DataError, Source};
use crate::likelihood::{Model, Objective, Parameters, Prior};
use crate::linalg::{self, Cholesky, dot};
use crate::matrix_free;
use crate::newton::{self, Minimum, PATIENCE, Settings, Status};
use crate::separation::{Existence, existence};
use crate::warm_start::warm_start;

pub use crate::likelihood::LARGEST_DENSE;

/// The precision `β` of the reward `−β‖a − θ‖²`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Precision {
    /// Known; the paper's is 1.
    Fixed(f64),
    /// Estimated together with `θ`: one logistic regression in `(βθ, β)`.
    Fit,
}

impl Default for Precision {
    fn default() -> Self {
        Self::Fixed(1.0)
    }
}

/// What to fit.
#[derive(Clone, Copy, Debug, Default)]
pub struct FitOptions<'a> {
    /// The precision.
    pub precision: Precision,
    /// `λ` of a penalty `λ/2 ‖θ‖²`, at least 0; with a fitted precision it is `λ/2 ‖βθ‖²`.
    pub ridge: f64,
    /// Where `θ` has to lie; needs a fixed precision.
    pub bound: Option<&'a ActionSpace>,
    /// Where to start (length `d`); the answer does not depend on it but for rounding.
    pub start: Option<&'a [f64]>,
}

/// An estimate.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// The ideal point `θ̂` (length `d`). With a negative precision it is the point fled from.
    pub theta: Vec<f64>,
    /// `β`: as given, or `β̂`.
    pub precision: f64,
    /// `φ̂ = βθ̂`, which stays finite where `β → 0`.
    pub attraction: Vec<f64>,
    /// The standard errors of `theta` from the observed information (with a ridge: of the penalised likelihood); by the
    /// delta method where `β` is fitted. `None` above [`LARGEST_DENSE`] parameters, and at the edge of a bound.
    pub standard_errors: Option<Vec<f64>>,
    /// The covariance that they are from, `d × d` by rows.
    pub covariance: Option<Vec<f64>>,
    /// The standard error of a fitted `β`.
    pub precision_error: Option<f64>,
    /// The log-likelihood at the estimate, without the ridge.
    pub log_likelihood: f64,
    /// The norm of the gradient of what was maximised, in `θ` (in `(βθ, β)` where both are free); within a bound, of
    /// its projection: 0 at the maximum. Where a source that is not in memory was not read again after the last step, a bound
    /// on it, proved by how little that step moves any margin.
    pub gradient_norm: f64,
    /// Rows.
    pub rows: u64,
    /// The sum of their weights.
    pub weight: f64,
    /// Newton steps over all rows.
    pub iterations: usize,
    /// Passes over all rows.
    pub passes: usize,
}

/// Why there is no estimate.
#[derive(Debug, Error)]
pub enum FitError {
    /// The data could not be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Nothing to fit.
    #[error("there are no comparisons (or all have weight 0): nothing to fit")]
    Empty,
    /// An option that makes no sense.
    #[error("{0}")]
    BadOption(String),
    /// There is no maximum, or more than one.
    #[error("{}", explain(.0))]
    NoMaximum(Existence),
    /// The method gave up, although a maximum exists.
    #[error(
        "the fit stopped after {iterations} steps with a gradient of {gradient_norm:e}: rescale the embeddings to numbers \
         around 1, or add a ridge"
    )]
    NotConverged {
        /// Steps made.
        iterations: usize,
        /// The gradient's norm.
        gradient_norm: f64,
    },
}

fn explain(existence: &Existence) -> String {
    let show = |direction: &[f64]| {
        let shown: Vec<String> = direction
            .iter()
            .take(8)
            .map(|v| format!("{v:.4}"))
            .collect();
        let more = if direction.len() > 8 { ", …" } else { "" };
        format!("[{}{more}]", shown.join(", "))
    };
    match existence {
        Existence::Unique => "the maximum exists and is unique".to_owned(),
        Existence::Separable {
            direction,
            complete,
        } => format!(
            "the likelihood has no maximum: along {} it rises for ever, because {}; collect comparisons that disagree, \
             add a ridge, or bound the estimate to a set",
            show(direction),
            if *complete {
                "every comparison agrees with that direction"
            } else {
                "no comparison disagrees with that direction"
            }
        ),
        Existence::RankDeficient { direction, missing } => format!(
            "the likelihood has more than one maximum: it does not change along {} ({missing} such {}), because no \
             comparison differs in that direction; drop coordinates, or add a ridge",
            show(direction),
            if *missing == 1 {
                "direction"
            } else {
                "directions"
            }
        ),
    }
}

/// Fits an ideal point to all rows of a source.
///
/// Newton's method; with many rows it starts from a sample's fit, so that one pass makes the Hessian, O(N·d²), and about
/// three make a gradient, O(N·d). That Hessian's products are then made in single precision, if its inverse keeps its
/// digits, and it is from a point so close to the maximum that five digits of the standard errors are right. Above
/// [`LARGEST_DENSE`] parameters no Hessian is formed (conjugate gradients).
///
/// # Errors
/// When the maximum does not exist or is not unique, with the direction; see [`FitError`].
pub fn fit(source: &dyn Source, options: &FitOptions<'_>) -> Result<Fit, FitError> {
    let dim = source.dim();
    check(options, dim)?;
    let objective = Objective {
        source,
        parameters: parameters(options.precision),
        prior: (options.ridge > 0.0).then(|| Prior {
            precision: options.ridge,
            mean: vec![0.0; dim],
        }),
    };
    let found = match options.bound {
        Some(space) => within(&objective, space, options.start)?,
        None => maximum(&objective, options.start)?,
    };
    Ok(estimate(&objective, &found, options))
}

/// The objective of a model without ridge or bound.
pub(crate) fn plain(source: &dyn Source, precision: Precision) -> Objective<'_> {
    Objective {
        source,
        parameters: parameters(precision),
        prior: None,
    }
}

fn parameters(precision: Precision) -> Parameters {
    match precision {
        Precision::Fixed(beta) => Parameters::Position(Model::ideal_point(beta)),
        Precision::Fit => Parameters::Joint,
    }
}

fn check(options: &FitOptions<'_>, dim: usize) -> Result<(), FitError> {
    let bad = |what: String| Err(FitError::BadOption(what));
    if let Precision::Fixed(beta) = options.precision
        && !(beta.is_finite() && beta > 0.0)
    {
        return bad(format!(
            "the precision is {beta}: it must be a positive number"
        ));
    }
    if !(options.ridge.is_finite() && options.ridge >= 0.0) {
        return bad(format!(
            "the ridge is {}: it must be a number of at least 0",
            options.ridge
        ));
    }
    if let Some(space) = options.bound {
        if space.dim() != dim {
            return bad(format!(
                "the bound has dimension {}, the embeddings have {dim}",
                space.dim()
            ));
        }
        if options.precision == Precision::Fit {
            return bad("a bound on the ideal point needs a fixed precision".to_owned());
        }
    }
    match options.start {
        Some(start) if start.len() != dim || start.iter().any(|v| !v.is_finite()) => {
            bad(format!("the start must be {dim} finite numbers"))
        }
        _ => Ok(()),
    }
}

/// The estimate alone, under a fixed model.
pub(crate) fn position(
    source: &dyn Source,
    model: Model,
    bound: Option<&ActionSpace>,
    start: Option<&[f64]>,
) -> Result<Vec<f64>, FitError> {
    let objective = Objective {
        source,
        parameters: Parameters::Position(model),
        prior: None,
    };
    let found = match bound {
        Some(space) => within(&objective, space, start)?,
        None => maximum(&objective, start)?,
    };
    Ok(found.y)
}

/// The unconstrained maximum, or why there is none.
pub(crate) fn maximum(
    objective: &Objective<'_>,
    start: Option<&[f64]>,
) -> Result<Minimum, FitError> {
    concluded(objective, search(objective, start)?)
}

/// Where the search for a maximum ends.
fn search(objective: &Objective<'_>, start: Option<&[f64]>) -> Result<Minimum, FitError> {
    if objective.count() > LARGEST_DENSE {
        let mut y = start.map_or_else(Vec::new, <[f64]>::to_vec);
        y.resize(objective.count(), 0.0);
        return Ok(matrix_free::minimise(objective, &y, 1e-10)?);
    }
    let (y, settings) = beginning(objective, start)?;
    Ok(newton::minimise(objective, &y, &settings)?)
}

/// Where the searches for the maxima of several likelihoods of the same rows end, whose passes serve them all.
pub(crate) fn searches(objectives: &[Objective<'_>]) -> Result<Vec<Minimum>, FitError> {
    if objectives.iter().any(|o| o.count() > LARGEST_DENSE) {
        return objectives.iter().map(|o| search(o, None)).collect();
    }
    let mut tasks = Vec::with_capacity(objectives.len());
    for objective in objectives {
        let (y, settings) = beginning(objective, None)?;
        tasks.push((objective, y, settings));
    }
    Ok(newton::minimise_together(&tasks)?)
}

/// Where the search for a maximum begins, and how it goes about it.
fn beginning(
    objective: &Objective<'_>,
    start: Option<&[f64]>,
) -> Result<(Vec<f64>, Settings), FitError> {
    let p = objective.count();
    let mut y = start.map_or_else(Vec::new, <[f64]>::to_vec);
    y.resize(p, 0.0);
    let mut settings = Settings {
        hessians: PATIENCE,
        ..Settings::default()
    };
    // A start that somebody gives is better than a sample's.
    if start.is_none()
        && let Some(warm) = warm_start(objective)?
    {
        y = warm.y;
        settings.factor = Some(warm.factor);
        if warm.all_rows * p > 1 << 20 {
            // Passes fewer: θ is still right to 1e-5 of its standard errors and better, and these to 1e-5 of themselves.
            settings.done = 3e-9_f64.min(1e-5 / (warm.all_rows as f64).sqrt());
            settings.fresh = 3e-4;
            settings.single = warm.single;
            settings.dear = !objective.source.in_memory();
        }
    }
    Ok((y, settings))
}

/// The maximum that a search has found, or why there is none: which may take far longer to tell.
pub(crate) fn concluded(
    objective: &Objective<'_>,
    mut found: Minimum,
) -> Result<Minimum, FitError> {
    let p = objective.count();
    if found.at.weight <= 0.0 {
        return Err(FitError::Empty);
    }
    let free = objective.prior.is_none();
    let joint = objective.parameters == Parameters::Joint;
    // A pivot that is this small beside its diagonal entry: a column that depends on others. A larger one than that entry:
    // something had to be added to the diagonal. Without a factor nothing is known of that.
    let suspicious = free
        && found.factor.as_ref().is_none_or(|factor| {
            (0..p).any(|k| {
                let (pivot, entry) = (
                    factor.lower()[k * p + k].powi(2),
                    found.at.hessian[k * p + k],
                );
                pivot <= 1e-9 * entry || pivot > (1.0 + 1e-6) * entry
            })
        });
    if (suspicious || found.status == Status::Diverging) && (free || joint) {
        match existence(objective.source, joint)? {
            Existence::Unique => {}
            // A prior holds φ where the rows do not.
            _ if !free && found.status == Status::Converged => {}
            other => return Err(FitError::NoMaximum(other)),
        }
    }
    if found.status == Status::Diverging && p <= LARGEST_DENSE {
        let made = (found.iterations, found.passes);
        found = newton::minimise_by_cooling(objective, &vec![0.0; p])?;
        found.iterations += made.0;
        found.passes += made.1;
    }
    if found.status == Status::Converged {
        return Ok(found);
    }
    Err(FitError::NotConverged {
        iterations: found.iterations,
        gradient_norm: found.gradient_norm,
    })
}

/// The maximum within a set: each step minimises the quadratic model over the set exactly.
fn within(
    objective: &Objective<'_>,
    space: &ActionSpace,
    start: Option<&[f64]>,
) -> Result<Minimum, FitError> {
    let p = objective.count();
    if p > LARGEST_DENSE {
        return Err(FitError::BadOption(format!(
            "a bound needs at most {LARGEST_DENSE} coordinates, the embeddings have {p}"
        )));
    }
    let mut y = vec![0.0; p];
    space.project(start.unwrap_or(&vec![0.0; p]), &mut y);
    let mut at = objective.evaluate(&y, true)?;
    let (mut iterations, mut passes) = (0, 1);
    if at.weight <= 0.0 {
        return Err(FitError::Empty);
    }
    let mut before = f64::INFINITY;
    loop {
        // As much of the identity as makes the model strictly convex, where the data do not.
        let trace: f64 = (0..p).map(|k| at.hessian[k * p + k]).sum::<f64>() / p as f64;
        let mut hessian = at.hessian.clone();
        for k in 0..p {
            hessian[k * p + k] += 1e-12 * trace.max(f64::MIN_POSITIVE);
        }
        let Some(factor) = Cholesky::new(&hessian, p) else {
            return Err(FitError::NotConverged {
                iterations,
                gradient_norm: linalg::norm(&at.gradient),
            });
        };
        let lower = factor.lower();
        let upper: Vec<f64> = (0..p * p).map(|at| lower[(at % p) * p + at / p]).collect();
        let mut wish = linalg::times(&upper, &y);
        let mut pull = at.gradient.clone();
        factor.solve_lower(&mut pull);
        for (w, g) in wish.iter_mut().zip(&pull) {
            *w -= g;
        }
        let mut next = vec![0.0; p];
        nearest_in_image(space, &upper, &wish, &mut next);
        let step: Vec<f64> = next.iter().zip(&y).map(|(n, y)| n - y).collect();
        let moved = linalg::times(&upper, &step);
        let length = (dot(&moved, &moved) / at.weight).sqrt();
        let floor = length < 1e-7 && length > 0.3 * before;
        if length <= 1e-12 || floor || iterations >= 200 {
            if length > 1e-7 {
                return Err(FitError::NotConverged {
                    iterations,
                    gradient_norm: linalg::norm(&at.gradient),
                });
            }
            return Ok(Minimum {
                gradient_norm: linalg::norm(&at.gradient),
                y,
                at,
                factor: Some(factor),
                single: false,
                iterations,
                passes,
                status: Status::Converged,
            });
        }
        before = length;
        let slope = dot(&step, &at.gradient);
        let mut share = 1.0;
        loop {
            let trial: Vec<f64> = y.iter().zip(&step).map(|(y, s)| y + share * s).collect();
            let there = objective.evaluate(&trial, true)?;
            passes += 1;
            let noise = 1e-13 * at.value.abs();
            if there.value <= at.value + 1e-4 * share * slope + noise || share < 1e-12 {
                (y, at) = (trial, there);
                break;
            }
            share *= 0.5;
        }
        iterations += 1;
    }
}

/// What a maximum says.
pub(crate) fn estimate(
    objective: &Objective<'_>,
    found: &Minimum,
    options: &FitOptions<'_>,
) -> Fit {
    let dim = objective.source.dim();
    let p = objective.count();
    let (precision, theta, attraction) = match options.precision {
        Precision::Fixed(beta) => {
            let attraction = found.y.iter().map(|v| beta * v).collect();
            (beta, found.y.clone(), attraction)
        }
        Precision::Fit => {
            let beta = found.y[dim];
            let attraction = found.y[..dim].to_vec();
            let theta = attraction.iter().map(|v| v / beta).collect();
            (beta, theta, attraction)
        }
    };
    let edge = options
        .bound
        .is_some_and(|space| space.on_boundary(&theta, 1e-9));
    let inverse = match &found.factor {
        Some(factor) if !edge => Some(factor.inverse()),
        _ => None,
    };
    let precision_error = match options.precision {
        Precision::Fit => inverse.as_ref().map(|v| v[p * p - 1].sqrt()),
        Precision::Fixed(_) => None,
    };
    let covariance = inverse.map(|inverse| match options.precision {
        Precision::Fixed(_) => inverse,
        Precision::Fit => delta_method(&inverse, &theta, precision, dim),
    });
    let gradient_norm = match options.bound {
        None => found.gradient_norm,
        Some(space) => {
            let walked: Vec<f64> = theta
                .iter()
                .zip(&found.at.gradient)
                .map(|(t, g)| t - g)
                .collect();
            let mut back = vec![0.0; dim];
            space.project(&walked, &mut back);
            linalg::distance(&back, &theta)
        }
    };
    Fit {
        theta,
        precision,
        attraction,
        standard_errors: covariance
            .as_ref()
            .map(|c| (0..dim).map(|k| c[k * dim + k].sqrt()).collect()),
        covariance,
        precision_error,
        log_likelihood: -found.at.loss,
        gradient_norm,
        rows: found.at.rows,
        weight: found.at.weight,
        iterations: found.iterations,
        passes: found.passes,
    }
}

/// The covariance of `φ/β` from that of `(φ, β)`: the Jacobian is `[I, −θ] / β`.
fn delta_method(joint: &[f64], theta: &[f64], beta: f64, dim: usize) -> Vec<f64> {
    let p = dim + 1;
    let mut out = vec![0.0; dim * dim];
    for j in 0..dim {
        for k in 0..dim {
            let sum =
                joint[j * p + k] - theta[j] * joint[dim * p + k] - theta[k] * joint[j * p + dim]
                    + theta[j] * theta[k] * joint[p * p - 1];
            out[j * dim + k] = sum / (beta * beta);
        }
    }
    out
}
