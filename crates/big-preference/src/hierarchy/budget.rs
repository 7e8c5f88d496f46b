//! What the search for a population may take.
//!
//! Where everybody's labels are nearly certain given a position, each mode takes dozens of steps and moves far with every variance that is
//! tried: such a search would go on for hours. It is counted in operations, so that it ends at the same place on every machine.

use std::cell::Cell;

use crate::data::Parts;
use crate::fit::FitError;

/// Usually so many multiply-adds (steps without a Hessian, which take less, count as those with one): a minute or two, ...
const USUAL: f64 = 1e13;
/// ... but at least so many steps of everybody's: many times what most searches take.
const FEWEST_STEPS: f64 = 3_000.0;

/// What there is, and what is spent.
pub(super) struct Budget {
    /// What a step of the search for each annotator's mode takes.
    steps: Vec<f64>,
    most: f64,
    /// How often everybody's labels were evaluated, and what that took.
    spent: Cell<(usize, f64)>,
}

impl Budget {
    /// Of so many multiply-adds, or the usual one.
    pub(super) fn of(parts: &Parts, most: Option<f64>) -> Self {
        let d = parts.dim() as f64;
        let step = |i: usize| {
            let n = parts.rows(i) as f64;
            match n < d {
                true => n.powi(3),
                false => n * d * d + d.powi(3),
            }
        };
        let steps: Vec<f64> = (0..parts.len()).map(step).collect();
        Self {
            most: most.unwrap_or_else(|| USUAL.max(FEWEST_STEPS * steps.iter().sum::<f64>())),
            steps,
            spent: Cell::new((0, 0.0)),
        }
    }

    /// What so many steps of some annotators take, from a first one on.
    pub(super) fn work(&self, first: usize, steps: impl Iterator<Item = f64>) -> f64 {
        let each = self.steps[first..].iter();
        each.zip(steps).map(|(cost, steps)| cost * steps).sum()
    }

    /// Pays for one more evaluation.
    pub(super) fn spend(&self, work: f64) -> Result<(), FitError> {
        let (evaluations, spent) = self.spent.get();
        let (evaluations, spent) = (evaluations + 1, spent + work);
        self.spent.set((evaluations, spent));
        match spent > self.most {
            true => Err(FitError::PopulationNotFound { evaluations }),
            false => Ok(()),
        }
    }
}
