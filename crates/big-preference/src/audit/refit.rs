//! Where the estimate goes when one annotator reports something else: to first order, and by a refit.

use big_numeric::Cholesky;

use crate::data::{Block, DataError, OwnedBlock, PartBlock, Parts, Rewritten, Source};
use crate::fit::{FitError, maximum};
use crate::kernel::{self, Scratch};
use crate::likelihood::{Model, Objective, Parameters, Prior};
use crate::newton::{self, Settings, Status};
use crate::separation::Existence;

use super::Audit;
use super::own::Own;

/// What a refit starts from.
pub(super) struct Refit<'a> {
    pub(super) parts: &'a Parts,
    pub(super) model: Model,
    pub(super) prior: Option<Prior>,
    /// Of the Hessian at the pooled estimate.
    pub(super) factor: &'a Cholesky,
    /// The pooled estimate.
    pub(super) position: &'a [f64],
}

impl Refit<'_> {
    /// The estimate when annotator `i`'s labels are replaced by their probabilities under a report.
    pub(super) fn told(
        &self,
        i: usize,
        report: &[f64],
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<Vec<f64>, FitError> {
        let q = self.model.coefficients(report);
        let rows = Rewritten {
            parts: self.parts,
            tell: &|part| (part.annotator == i).then(|| soften(part, &q)),
        };
        let source = Until { rows, cancelled };
        let told = Objective {
            source: &source,
            parameters: Parameters::Position(self.model),
            prior: self.prior.clone(),
        };
        // Labels in proportion to their probabilities disagree, so that there is a maximum if there was one, and the Hessian is not far
        // from what it was.
        let settings = Settings {
            factor: Some(self.factor.clone()),
            fresh: f64::INFINITY,
            done: 1e-9,
            ..Settings::default()
        };
        let mut found = newton::minimise(&told, self.position, &settings)?;
        if found.status == Status::Diverging {
            found = maximum(&told, Some(self.position))?;
        }
        Ok(found.y)
    }
}

/// Rows that end when nobody waits for what is made of them.
struct Until<'a> {
    rows: Rewritten<'a>,
    cancelled: &'a (dyn Fn() -> bool + Sync),
}

impl Source for Until<'_> {
    fn dim(&self) -> usize {
        self.rows.dim()
    }

    fn visit(&self, batch: &mut dyn FnMut(&[Block<'_>])) -> Result<(), DataError> {
        match (self.cancelled)() {
            true => Err(DataError::Cancelled),
            false => self.rows.visit(batch),
        }
    }
}

/// A block's rows with both labels, in proportion to their probabilities.
pub(super) fn soften(part: &PartBlock<'_>, q: &[f64]) -> Vec<OwnedBlock> {
    let mut agreed = OwnedBlock::copy(&part.block);
    let margins = kernel::block_margins(&part.block, q, &mut Scratch::default()).to_vec();
    let weights = agreed.weights.take();
    let weight = |r: usize| weights.as_ref().map_or(1.0, |w| w[r]);
    let share = |r: usize, m: f64| weight(r) / (1.0 + m.exp());
    let mut turned = agreed.clone();
    turned.values.iter_mut().for_each(|v| *v = -*v);
    turned.weights = Some((0..).zip(&margins).map(|(r, m)| share(r, *m)).collect());
    agreed.weights = Some((0..).zip(&margins).map(|(r, m)| share(r, -m)).collect());
    vec![agreed, turned]
}

/// An audit's estimate with the rows that it is from, kept to be asked again and again what a report would do.
#[derive(Debug)]
pub struct Kept {
    parts: Parts,
    model: Model,
    prior: Option<Prior>,
    factor: Cholesky,
    position: Vec<f64>,
}

/// The estimate to first order near a report, along some coordinates of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Slope {
    /// The estimate if that is reported.
    pub at: Vec<f64>,
    /// How the estimate changes with each of the coordinates.
    pub along: Vec<Vec<f64>>,
}

impl Kept {
    /// Of an audit of these parts with this ridge. One pass.
    ///
    /// # Errors
    /// When the rows cannot be read again.
    pub fn new(parts: Parts, audit: &Audit, ridge: f64) -> Result<Self, FitError> {
        let position = audit.position.clone();
        let prior = Prior::ridge(ridge, position.len());
        let objective = Objective {
            source: &parts,
            parameters: Parameters::Position(audit.model),
            prior: prior.clone(),
        };
        let at = objective.evaluate(&position, true)?;
        let factor = Cholesky::new(&at.hessian, position.len())
            .ok_or(FitError::NoMaximum(Existence::Unknown))?;
        Ok(Self {
            model: audit.model,
            parts,
            prior,
            factor,
            position,
        })
    }

    /// The rows.
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// The estimate as it is.
    pub fn position(&self) -> &[f64] {
        &self.position
    }

    /// `θ̂ + W_i (x − θ̂) − H⁻¹ s_i` at a report `x` of annotator `i`, and the columns of `W_i` of these coordinates. One pass.
    ///
    /// # Errors
    /// When the rows cannot be read again.
    pub fn slope(&self, i: usize, report: &[f64], along: &[usize]) -> Result<Slope, FitError> {
        let own = Rewritten {
            parts: &self.parts,
            tell: &|part| (part.annotator != i).then(Vec::new),
        };
        let own = Own::of(&own, self.model, &self.position)?;
        let means = own.through(&self.factor, None);
        let away: Vec<f64> = report
            .iter()
            .zip(&self.position)
            .map(|(x, t)| x - t)
            .collect();
        let mut at = own.moved(&means, &away);
        for (k, at) in at.iter_mut().enumerate() {
            *at += self.position[k] - means.shift[k];
        }
        let d = self.position.len();
        let column = |k: &usize| {
            let mut unit = vec![0.0; d];
            unit[*k] = 1.0;
            own.moved(&means, &unit)
        };
        Ok(Slope {
            at,
            along: along.iter().map(column).collect(),
        })
    }

    /// The estimate when annotator `i`'s labels are replaced by their probabilities under a report, as in the audit: a few passes,
    /// which end when the question is cancelled.
    ///
    /// # Errors
    /// When the rows cannot be read again, or nobody waits any more.
    pub fn refit(
        &self,
        i: usize,
        report: &[f64],
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<Vec<f64>, FitError> {
        Refit {
            parts: &self.parts,
            model: self.model,
            prior: self.prior.clone(),
            factor: &self.factor,
            position: &self.position,
        }
        .told(i, report, cancelled)
    }
}
