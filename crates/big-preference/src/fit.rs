//! The maximum-likelihood ideal point: pooled data in, an estimate with its errors out.
//!
//! `θ̂ = argmax_θ Σ w log σ(β (2⟨θ, a − b⟩ + ‖b‖² − ‖a‖²))`, concave (arXiv:2502.01127, eq. 27, with β = 1).

use big_game::action_space::{ActionSpace, ConvexSet};
use big_numeric::Cholesky;

use crate::bounded::within;
use crate::data::Source;
use crate::errors::Bread;
use crate::frame::{Frame, Framed};
use crate::kernel::BY_HAND;
use crate::likelihood::{Model, Objective, Parameters, Prior};
use crate::newton::{self, FIRST_LOOK, Inside, Minimum, PATIENCE, Settings, Status};
use crate::search::{search, settings_of_many, suspicious};
use crate::separation::{BUDGET, Existence, existence_near, rises_everywhere, too_few_rows};

pub use crate::errors::ErrorKind;
pub use crate::fit_error::FitError;

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
    /// What these errors are from.
    pub error_kind: ErrorKind,
    /// The largest `|a_k − b_k|` in each coordinate, where the fit made a Hessian; else empty.
    pub column_reach: Vec<f64>,
    /// What clustered errors are made with.
    pub(crate) bread: Option<Bread>,
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

/// Fits an ideal point to all rows of a source.
///
/// Newton's method; with many rows it starts from a sample's fit, so that one pass makes the Hessian, O(N·d²), and about
/// three make a gradient, O(N·d). That Hessian's products are then made in single precision, if its inverse keeps its
/// digits, and it is from a point so close to the maximum that five digits of the standard errors are right. Above
/// [`LARGEST_DENSE`] parameters no Hessian is formed (conjugate gradients).
///
/// ```
/// use big_preference::fit::{FitOptions, fit};
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
/// let found = fit(&parts[1], &FitOptions::default())?;
/// let error = found.standard_errors.expect("few parameters have them")[0];
/// assert!((found.theta[0] - 0.3).abs() < 4.0 * error);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When the maximum does not exist or is not unique, with the direction; see [`FitError`].
pub fn fit(source: &dyn Source, options: &FitOptions<'_>) -> Result<Fit, FitError> {
    let dim = source.dim();
    check(options, dim)?;
    let objective = objective_of(source, options);
    let found = match options.bound {
        Some(space) => within(&objective, space, options.start)?,
        None => maximum(&objective, options.start)?,
    };
    Ok(estimate(&objective, &found, options))
}

/// What a fit without a bound minimises.
pub(crate) fn objective_of<'s>(source: &'s dyn Source, options: &FitOptions<'_>) -> Objective<'s> {
    Objective {
        source,
        parameters: parameters(options.precision),
        prior: Prior::ridge(options.ridge, source.dim()),
    }
}

/// The position and the precision at a minimum.
pub(crate) fn point(found: &Minimum, precision: Precision, dim: usize) -> (Vec<f64>, f64) {
    match precision {
        Precision::Fixed(beta) => (found.y.clone(), beta),
        Precision::Fit => (joint_position(found, dim), found.y[dim]),
    }
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
    ridge: f64,
    bound: Option<&ActionSpace>,
    start: Option<&[f64]>,
) -> Result<Vec<f64>, FitError> {
    let objective = Objective {
        source,
        parameters: Parameters::Position(model),
        prior: Prior::ridge(ridge, source.dim()),
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
    maximum_within(objective, start, BUDGET)
}

/// The same with a budget of operations to decide whether it exists.
pub(crate) fn maximum_within(
    objective: &Objective<'_>,
    start: Option<&[f64]>,
    operations: f64,
) -> Result<Minimum, FitError> {
    concluded_within(objective, search(objective, start)?, operations)
}

/// The maximum near a point, where the factor of a Hessian close to that of all rows there is at hand. `exists`: there is one, and the
/// factor is that Hessian's.
pub(crate) fn continued(
    objective: &Objective<'_>,
    start: &[f64],
    factor: Cholesky,
    exists: bool,
) -> Result<Minimum, FitError> {
    let settings = Settings {
        factor: Some(factor.clone()),
        exists,
        ..settings_of_many(objective)?
    };
    let mut found = newton::minimise(objective, start, &settings)?;
    if exists && found.status == Status::Converged {
        found.factor = Some(factor);
        return Ok(found);
    }
    concluded(objective, found)
}

/// The maximum that a search has found, or why there is none: which may take far longer to tell.
pub(crate) fn concluded(objective: &Objective<'_>, found: Minimum) -> Result<Minimum, FitError> {
    concluded_within(objective, found, BUDGET)
}

fn concluded_within(
    objective: &Objective<'_>,
    mut found: Minimum,
    operations: f64,
) -> Result<Minimum, FitError> {
    let p = objective.count();
    if found.at.weight <= 0.0 {
        return Err(FitError::Empty);
    }
    let free = objective.prior.is_none();
    let joint = objective.parameters == Parameters::Joint;
    let dense = p <= LARGEST_DENSE;
    // A position with a prior has a maximum, whatever its Hessian looks like.
    let asks = free || joint;
    let trusted = |found: &Minimum| {
        found.status == Status::Converged && (found.exists || !(asks && suspicious(found)))
    };
    if trusted(&found) {
        return Ok(found);
    }
    if free && let Some(existence) = too_few_rows(objective.source, p)? {
        return Err(FitError::NoMaximum(existence));
    }
    if found.status == Status::Diverging && dense {
        if asks {
            let guess = match rising(objective, &found)? {
                Some(guess) => guess,
                // There is a maximum, where margins are so large that the likelihood is all kinks.
                None => {
                    let cooled = newton::minimise_by_cooling(objective, &vec![0.0; p])?;
                    found = cooled.after(&found);
                    if trusted(&found) {
                        return Ok(found);
                    }
                    objective.parameters.coefficients(&found.y)
                }
            };
            if rises_everywhere(objective.source, p, &guess[..p])?.is_some() {
                let existence = existence_near(objective.source, joint, Some(&guess), operations)?;
                if existence != Existence::Unique {
                    return Err(FitError::NoMaximum(existence));
                }
            }
        }
        let settings = Settings {
            hessians: PATIENCE,
            ..Settings::default()
        };
        found = newton::minimise(objective, &found.y, &settings)?.after(&found);
        if trusted(&found) {
            return Ok(found);
        }
    }
    // A prior on φ is not one of the kind in a frame, which mixes φ and β.
    let frame = match dense && (free || !joint) {
        true => Frame::of(objective.source, joint)?,
        false => Frame::identity(objective.source.dim()),
    };
    let framed = Framed {
        source: objective.source,
        frame: &frame,
    };
    let matters = dense && frame.matters(objective.source)?;
    let inner = Objective {
        source: &framed,
        parameters: objective.parameters,
        prior: match (&objective.prior, objective.parameters) {
            (Some(prior), Parameters::Position(model)) => Some(frame.prior(model, prior)),
            _ => None,
        },
    };
    let mut guess = objective.parameters.coefficients(&found.y);
    if matters {
        let settings = Settings {
            hessians: PATIENCE,
            ..Settings::default()
        };
        let inside = newton::minimise(&inner, &vec![0.0; p], &settings)?.after(&found);
        if trusted(&inside) {
            return Ok(inside.outside(frame, objective.parameters));
        }
        guess = frame.leave_direction(&inner.parameters.coefficients(&inside.y)[..p]);
        found = inside;
    }
    let mut unknown = false;
    if asks {
        match existence_near(objective.source, joint, Some(&guess), operations)? {
            Existence::Unique => {}
            Existence::Unknown => unknown = true,
            // A prior holds φ where the rows do not.
            _ if !free && found.status == Status::Converged => {}
            other => return Err(FitError::NoMaximum(other)),
        }
    }
    if found.status == Status::Diverging && dense {
        let cooled = if matters { &inner } else { objective };
        found = newton::minimise_by_cooling(cooled, &vec![0.0; p])?.after(&found);
    }
    if found.status == Status::Converged && !(unknown && suspicious(&found)) {
        return Ok(match matters {
            true => found.outside(frame, objective.parameters),
            false => found,
        });
    }
    if unknown {
        return Err(FitError::NoMaximum(Existence::Unknown));
    }
    Err(FitError::NotConverged {
        iterations: found.iterations,
        gradient_norm: found.gradient_norm,
    })
}

/// A guess of a direction in which every margin rises: along which the search goes, or, where a known offset may hide it for long, along
/// which one without that offset goes. Whether there is a maximum does not depend on it: where that search finds one, `None`.
fn rising(objective: &Objective<'_>, found: &Minimum) -> Result<Option<Vec<f64>>, FitError> {
    let known = |model: &Model| model.offset == 0.0;
    match &objective.parameters {
        Parameters::Position(model) if !known(model) => {}
        _ => return Ok(Some(objective.parameters.coefficients(&found.y))),
    }
    let plain = Objective {
        source: objective.source,
        parameters: Parameters::Position(Model::vector()),
        prior: None,
    };
    let settings = Settings {
        hessians: FIRST_LOOK,
        single: objective.count() > BY_HAND,
        ..Settings::default()
    };
    let away = newton::minimise(&plain, &vec![0.0; plain.count()], &settings)?;
    let exists = away.status == Status::Converged && !suspicious(&away);
    Ok((!exists).then(|| plain.parameters.coefficients(&away.y)))
}

impl Minimum {
    /// With what was spent on an attempt before.
    fn after(mut self, before: &Self) -> Self {
        self.iterations += before.iterations;
        self.passes += before.passes;
        self
    }

    /// A point in a frame as one in the columns as they are.
    fn outside(mut self, frame: Frame, parameters: Parameters) -> Self {
        let d = frame.center.len();
        let z = std::mem::take(&mut self.y);
        self.y = frame.leave(parameters, &z);
        self.at.gradient = frame.leave_gradient(parameters, &self.at.gradient);
        self.gradient_norm = big_numeric::norm(&self.at.gradient);
        for (reach, unit) in self.at.reach.iter_mut().zip(&frame.unit) {
            *reach *= unit;
        }
        let factor = self.factor.take();
        match parameters {
            Parameters::Position(_) => {
                self.factor = factor.as_ref().map(|f| f.scaled(&frame.unit[..d]));
                for (at, h) in self.at.hessian.iter_mut().enumerate() {
                    *h *= frame.unit[at / d] * frame.unit[at % d];
                }
            }
            // Far from the origin the Hessian in (φ, β) has lost the digits that it has inside.
            Parameters::Joint => self.at.hessian.clear(),
        }
        self.inside = Some(Box::new(Inside { frame, z, factor }));
        self
    }
}

/// What a maximum says.
pub(crate) fn estimate(
    objective: &Objective<'_>,
    found: &Minimum,
    options: &FitOptions<'_>,
) -> Fit {
    let dim = objective.source.dim();
    let (theta, precision) = point(found, options.precision, dim);
    let attraction = match options.precision {
        Precision::Fixed(beta) => found.y.iter().map(|v| beta * v).collect(),
        Precision::Fit => found.y[..dim].to_vec(),
    };
    let edge = options
        .bound
        .is_some_and(|space| space.on_boundary(&theta, 1e-9));
    let bread = match edge {
        true => None,
        false => Bread::of(objective.parameters, found),
    };
    let errors = bread.as_ref().map(Bread::informed);
    let (covariance, precision_error) = match errors {
        Some(errors) => (Some(errors.covariance), errors.precision),
        None => (None, None),
    };
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
            big_numeric::distance(&back, &theta)
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
        error_kind: ErrorKind::Information,
        column_reach: column_reach(objective, found),
        bread,
        log_likelihood: -found.at.loss,
        gradient_norm,
        rows: found.at.rows,
        weight: found.at.weight,
        iterations: found.iterations,
        passes: found.passes,
    }
}

/// `φ/β`: in the frame where it was found, if it was in one, since far from the origin `φ` is almost `β` times the origin.
fn joint_position(found: &Minimum, dim: usize) -> Vec<f64> {
    match &found.inside {
        Some(inside) => (0..dim)
            .map(|k| {
                let frame = &inside.frame;
                let units = frame.unit[dim] / frame.unit[k];
                frame.center[k] + units * inside.z[k] / inside.z[dim]
            })
            .collect(),
        None => found.y[..dim].iter().map(|v| v / found.y[dim]).collect(),
    }
}

/// The largest difference in each column, where the fit saw it.
fn column_reach(objective: &Objective<'_>, found: &Minimum) -> Vec<f64> {
    let dim = objective.source.dim();
    let scale = |k: usize| objective.parameters.scale(k, dim).abs();
    let reach = found.at.reach.iter().take(dim).enumerate();
    reach.map(|(k, reach)| reach / scale(k)).collect()
}
