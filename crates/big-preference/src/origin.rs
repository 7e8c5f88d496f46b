//! Where a fit of many parameters starts that has no rows to spare for samples: with the curvature at the origin.
//!
//! At `q = 0` every row has the same curvature, ¼, whatever the model; so one Gram matrix of the columns `(2(a − b), o)` is, but for
//! factors, the Hessian of all models there. Elsewhere a Hessian differs from it by the rows' curvatures, of which every direction sees
//! about the mean: with its factor, corrected by the steps (L-BFGS), gradients alone find a maximum in a dozen passes or two, each of
//! which costs a small part of a Hessian where the parameters are many.

use big_numeric::{Cholesky, matrix};

use crate::data::{DataError, Source};
use crate::kernel::Curvature;
use crate::likelihood::{Model, Objective, Parameters, Prior};
use crate::sample::Sample;
use crate::warm_start::{LARGEST_COPY, NOTHING};

/// From so many parameters on.
pub(crate) const MANY: usize = 256;
/// So many rows a parameter tell the curvature: its inverse is off by a third.
const ENOUGH: usize = 32;

/// The Gram matrix of the columns of some rows.
pub(crate) struct Origin {
    /// A quarter of it for `(2(a − b), o)`, scaled to all rows: `(d + 1)²`.
    gram: Vec<f64>,
    /// Its factor, where it has one.
    factor: Option<Cholesky>,
    dim: usize,
}

impl Origin {
    /// Of a sample if that is much less than everything, else of all rows. One pass, O(n·d²) for `n` rows.
    pub(crate) fn of(source: &dyn Source) -> Result<Option<Self>, DataError> {
        let p = source.dim() + 1;
        let rows = ENOUGH * p;
        let sampled = source.in_memory() || rows.saturating_mul(8 * p) <= LARGEST_COPY;
        let known = source.peek(&NOTHING, &mut |_| ());
        let worth = known.is_none_or(|all| all > 2 * rows as u64);
        if sampled && worth {
            let sample = Sample::take(source, rows, rows)?;
            let every = sample.rows / rows;
            if every > 1 || sample.rows * 2 < sample.all_rows {
                let thinned = sample.thinned(every.max(1))?;
                return Self::scaled(&thinned, 1.0 / thinned.share);
            }
        }
        Self::whole(source)
    }

    /// Of all rows.
    pub(crate) fn whole(source: &dyn Source) -> Result<Option<Self>, DataError> {
        Self::scaled(source, 1.0)
    }

    fn scaled(source: &dyn Source, by: f64) -> Result<Option<Self>, DataError> {
        let joint = Objective {
            source,
            parameters: Parameters::Joint,
            prior: None,
        };
        let p = joint.count();
        let mut gram = joint
            .evaluate_with(&vec![0.0; p], Curvature::Single)?
            .hessian;
        gram.iter_mut().for_each(|g| *g *= by);
        if !gram.iter().all(|g| g.is_finite()) {
            return Ok(None);
        }
        Ok(Some(Self {
            factor: Cholesky::new(&gram, p),
            gram,
            dim: p - 1,
        }))
    }

    /// The factor of the Hessian of an objective over the same rows, with a quarter as everybody's curvature.
    pub(crate) fn factor(&self, objective: &Objective<'_>) -> Option<Cholesky> {
        let (n, times) = match objective.parameters {
            Parameters::Position(model) => (self.dim, model.gain),
            Parameters::Joint => (self.dim + 1, 1.0),
        };
        match (&self.factor, &objective.prior) {
            (Some(factor), None) => Some(factor.leading(n, times)),
            (_, prior) => Cholesky::new(&self.with(prior.as_ref(), n, times), n),
        }
    }

    fn with(&self, prior: Option<&Prior>, n: usize, times: f64) -> Vec<f64> {
        let rows = self.gram.chunks_exact(self.dim + 1).take(n);
        let mut out: Vec<f64> = rows
            .flat_map(|row| row[..n].iter().map(|g| times * times * g))
            .collect();
        let held = prior
            .iter()
            .flat_map(|prior| prior.precision.iter().enumerate());
        held.for_each(|(k, precision)| out[k * n + k] += precision);
        out
    }

    /// `Γ` with `vᵀΓv` the mean square of the change of a margin when a position under a model moves by `v`, for rows of this
    /// weight.
    pub(crate) fn margins(&self, model: Model, weight: f64) -> Vec<f64> {
        let mut out = self.with(None, self.dim, model.gain);
        out.iter_mut().for_each(|g| *g *= 4.0 / weight);
        matrix::mirror(&mut out, self.dim);
        out
    }
}
