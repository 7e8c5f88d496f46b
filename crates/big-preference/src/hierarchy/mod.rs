//! People differ, and the estimate knows it: every annotator has a position of their own, drawn from a normal population.
//!
//! `θ_i ~ N(μ, diag(τ²))`, all with one precision `β`: the centre `μ`, a deviation `τ_k` a coordinate and, where it is not given, `β` maximise
//! the marginal likelihood of all labels. It is computed by adaptive Gauss–Hermite quadrature in up to six dimensions and by
//! Laplace's approximation in more, or where an annotator has very many rows (whose posterior is normal). Annotators' positions
//! are their posterior means, with the posterior's standard deviations, to which what is not known of the population is added to
//! first order (Kass and Steffey, JASA 84, 1989): the maximum's covariance, and by how much the mean of a variance is above its
//! maximum, which matters where that is near 0 (at 0 everybody would be said to be at the centre exactly).
//!
//! This is what *people* think. A receiver that is trained on everybody's labels knows nothing of it: that is the pooled
//! [`fit`](crate::fit::fit()), whose precision is smaller the more people differ.
//!
//! Where annotators have, on the mean, fewer rows than there are coordinates (and these are more than a dozen), their rows do not tell a
//! deviation a coordinate: there is one `τ` for all of them.
//!
//! Everything is computed in attractions `φ = βθ` (then `φ_i ~ N(βμ, β² diag(τ²))`), which stay finite where `β → 0`: one
//! computation serves ideal points, the vector model and points fled from.

mod budget;
mod dual;
mod metric;
mod moments;
mod posterior;
mod posteriors;
mod quadrature;
mod scatter;
mod scoring;

use big_numeric::Cholesky;
use big_numeric::parallel;

use crate::data::Parts;
use crate::fit::{FitError, Precision};
use crate::frame::Frame;
use crate::kernel;
use crate::likelihood::Model;
use crate::position::Position;

use moments::Moments;
use posterior::{Posterior, Unknown, by_precision, by_rows};
pub(crate) use posteriors::Posteriors;
use scatter::Scatter;
use scoring::{Population, fit_population};

/// Up to so many coordinates there is a hierarchy: a step makes a `d × d` matrix of every annotator.
pub const LARGEST: usize = 1024;

/// What positions are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Ideal points `θ`: needs a positive precision.
    IdealPoints,
    /// Attractions `φ = βθ`: the directions of the vector model, and what is left of points where `β` is not positive.
    Attractions,
}

/// Which hierarchy to fit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Family {
    /// What positions are.
    pub kind: Kind,
    /// The precision: given (0: the vector model), or estimated with everything else.
    pub precision: Precision,
    /// Where the search for a precision starts.
    pub start: f64,
}

impl Family {
    /// Positions under a model that is known.
    pub fn known(model: Model) -> Self {
        Self {
            kind: match model.gain == model.offset {
                true => Kind::IdealPoints,
                false => Kind::Attractions,
            },
            precision: Precision::Fixed(model.offset),
            start: model.offset,
        }
    }

    /// Positions of this kind, with a precision that is estimated from a start.
    pub fn estimated(kind: Kind, start: f64) -> Self {
        Self {
            kind,
            precision: Precision::Fit,
            start,
        }
    }
}

/// The population of annotators, as a fit has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Hierarchy {
    /// The precision `β`: as given, or as estimated.
    pub precision: f64,
    /// The standard error of one that was estimated.
    pub precision_error: Option<f64>,
    /// `μ` (length `d`).
    pub center: Vec<f64>,
    /// Its standard errors.
    pub center_errors: Vec<f64>,
    /// `τ_k`: how far annotators' positions scatter around it, coordinate by coordinate. 0 where the data show no scatter.
    pub deviation: Vec<f64>,
    /// Is that one number for all coordinates? It is where annotators have fewer rows than there are coordinates.
    pub common: bool,
    /// The marginal log-likelihood of all labels.
    pub log_likelihood: f64,
    /// How many nodes a coordinate the quadrature had; 1 is Laplace's approximation.
    pub nodes: usize,
    /// Does the marginal likelihood rise up to the largest deviation that is searched, in some coordinate? Then everybody's
    /// labels are so uniform that they do not bound how far people differ.
    pub unbounded: bool,
}

/// Partially pooled estimates.
#[derive(Clone, Debug, PartialEq)]
pub struct PooledFit {
    /// What annotators are drawn from.
    pub population: Hierarchy,
    /// One estimate an annotator.
    pub positions: Vec<Position>,
}

impl Hierarchy {
    /// The mean of `τ²` over the coordinates.
    pub fn variance(&self) -> f64 {
        let squares: f64 = self.deviation.iter().map(|t| t * t).sum();
        squares / self.deviation.len() as f64
    }

    /// Do annotators scatter at all?
    pub fn scattered(&self) -> bool {
        self.deviation.iter().any(|t| *t > 0.0)
    }

    /// Is the precision known to be positive, and by how many standard errors? `None` where it was given.
    pub fn precision_ratio(&self) -> Option<f64> {
        self.precision_error.map(|e| self.precision / e)
    }
}

/// Fits the hierarchy. Fisher scoring on the centre, the precision and the variances, each step of which fits every
/// annotator from their last mode: O(N·d² + n·d³) a step, about ten steps. Parallel over annotators.
///
/// # Errors
/// When the marginal likelihood has no maximum that is found (the pooled labels have none either), the precision is not
/// identified (binary and one-hot columns), or ideal points are asked for and the precision is not positive. When the search takes far
/// longer than searches usually do, as where labels are nearly certain given everybody's position
/// ([`PopulationNotFound`](FitError::PopulationNotFound)).
pub fn pool(parts: &Parts, family: Family) -> Result<PooledFit, FitError> {
    pool_within(parts, family, None)
}

/// The same within about so many multiply-adds, or the usual budget.
///
/// # Errors
/// As [`pool`].
pub fn pool_within(
    parts: &Parts,
    family: Family,
    most: Option<f64>,
) -> Result<PooledFit, FitError> {
    let d = parts.dim();
    if d > LARGEST {
        return Err(FitError::BadOption(format!(
            "{d} coordinates are too many for partial pooling: reduce the embeddings' dimension"
        )));
    }
    if (0..parts.len()).all(|i| parts.weight(i) <= 0.0) {
        return Err(FitError::Empty);
    }
    let frame = Frame::of(parts, true)?;
    let unit = frame.unit[d];
    let free = family.precision == Precision::Fit;
    let beta = match family.precision {
        Precision::Fixed(beta) => beta,
        Precision::Fit => family.start,
    };
    let found = fit_population(parts, &frame, beta * unit, free, most)?;
    let beta = found.hyper.beta / unit;
    if family.kind == Kind::IdealPoints && beta <= 0.0 {
        return Err(FitError::BadOption(format!(
            "with everybody's own position the precision is {beta:.3e}: there are no ideal points"
        )));
    }
    tell(parts, &frame, family.kind, &found)
}

/// From what was found in the frame to positions.
fn tell(
    parts: &Parts,
    frame: &Frame,
    kind: Kind,
    found: &Population,
) -> Result<PooledFit, FitError> {
    let d = parts.dim();
    let inner = found.hyper.beta;
    let beta = inner / frame.unit[d];
    // A position is `origin + ratio · φ` in the frame.
    let ideal = kind == Kind::IdealPoints;
    let divisor = if ideal { inner } else { 1.0 };
    let factor = |k: usize| {
        let numerator = if ideal { frame.unit[d] } else { 1.0 };
        numerator / (frame.unit[k] * divisor)
    };
    let origin = |k: usize| frame.center[k] * if ideal { 1.0 } else { beta };
    let outside =
        |phi: &[f64]| -> Vec<f64> { (0..d).map(|k| origin(k) + factor(k) * phi[k]).collect() };
    let errors = found.precision_error();
    // What moves with β beside φ: the ratio, or the origin of φ.
    let along = |phi: &[f64], k: usize| {
        if !found.free {
            0.0
        } else if ideal {
            -phi[k] / inner
        } else {
            frame.center[k] * frame.unit[k] / frame.unit[d]
        }
    };
    let center = &found.hyper.center;
    let center_errors: Vec<f64> = (0..d)
        .map(|k| {
            let mut row = vec![0.0; found.information.size()];
            row[k] = 1.0;
            if found.free {
                row[d] = along(center, k);
            }
            found.information.deviation(&row) * factor(k).abs()
        })
        .collect();
    let unknown = match d > kernel::BY_HAND {
        true => Unknown::of(found),
        false => None,
    };
    let asked = Posteriors {
        frame: frame.clone(),
        hyper: found.hyper.clone(),
        starts: found.modes.clone(),
        rule: found.rule.clone(),
        known: true,
    };
    let mut positions = Vec::with_capacity(parts.len());
    parts.fold_ask(asked.together(), &asked, &mut |_, some| {
        positions.extend(parallel::map(&some, |made| {
            let deviations = deviations(made, found, unknown.as_ref(), &along);
            Position {
                point: outside(&made.mean),
                standard_errors: (0..d).map(|k| deviations[k] * factor(k).abs()).collect(),
                log_likelihood: made.log_likelihood,
            }
        }));
    })?;
    let population = Hierarchy {
        precision: beta,
        precision_error: errors.map(|e| e / frame.unit[d]),
        center: outside(center),
        center_errors,
        deviation: (0..d)
            .map(|k| match found.at_floor[k] {
                true => 0.0,
                false => found.hyper.variance[k].sqrt() * factor(k).abs(),
            })
            .collect(),
        log_likelihood: found.value,
        nodes: found.nodes,
        common: matches!(found.scatter, Scatter::Common(_)),
        unbounded: found.at_cap,
    };
    Ok(PooledFit {
        population,
        positions,
    })
}

/// The posterior's standard deviations in the frame, with what is not known of the population added to first order: the variances are
/// larger on the mean, and the mode moves by `V D⁻¹` with the centre, by `−V H_φβ` with the precision, and by `V (φ̂ − m)_k / v_k²` with a variance.
fn deviations(
    made: &Moments,
    found: &Population,
    unknown: Option<&Unknown>,
    along: &dyn Fn(&[f64], usize) -> f64,
) -> Vec<f64> {
    let precision = match found.free {
        true => by_precision(made, |k| along(&made.mean, k)),
        false => vec![0.0; made.mode.len()],
    };
    let more = match (&made.posterior, unknown) {
        (Posterior::Rows { z, variance }, Some(unknown)) => {
            let hyper = &found.hyper;
            let away: Vec<f64> = (0..variance.len())
                .map(|k| (made.mode[k] - hyper.center[k]) / variance[k])
                .collect();
            unknown.spread(z, variance, &precision, &away)
        }
        (posterior, _) => by_rows(posterior, made, found, &precision),
    };
    let both = made.spread.iter().zip(more);
    both.map(|(own, more)| (own + more).sqrt()).collect()
}

/// What is known of some numbers: the inverse of their covariance, factorised, in blocks that know nothing of each other.
pub(super) struct Information {
    blocks: Vec<Cholesky>,
}

impl Information {
    fn size(&self) -> usize {
        self.blocks.iter().map(Cholesky::size).sum()
    }

    /// The standard deviation of a linear function of them.
    fn deviation(&self, row: &[f64]) -> f64 {
        self.deviations(row).iter().sum()
    }

    /// Those of several, one after the other.
    fn deviations(&self, rows: &[f64]) -> Vec<f64> {
        let size = self.size().max(1);
        let mut squares = vec![0.0; rows.len() / size];
        let mut from = 0;
        for block in &self.blocks {
            let to = from + block.size();
            let rows = rows.chunks_exact(size);
            let mut some: Vec<f64> = rows.flat_map(|row| &row[from..to]).copied().collect();
            block.solve_lower_each(&mut some);
            let some = some.chunks_exact(block.size().max(1));
            for (square, x) in squares.iter_mut().zip(some) {
                *square += x.iter().map(|v| v * v).sum::<f64>();
            }
            from = to;
        }
        squares.iter().map(|s| s.sqrt()).collect()
    }
}
