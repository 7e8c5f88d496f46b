//! How well influence, reach and manipulability are known.
//!
//! The annotators are those that there are; the comparisons that each of them made are a sample of those that they might have made.
//! So everybody's rows get random weights, exponential with mean 1 and scaled so that an annotator's sum stays (the Bayesian
//! bootstrap: Rubin, Annals of Statistics 9, 1981; no weight is 0, so that a maximum that exists stays one), the estimate follows by a
//! Newton step, and everything is measured again. The intervals are normal with that standard deviation, on the scale of logits for
//! shares and of logarithms for the reach, whose mean in replicates has their noise on top and is not used. The precision and
//! the space of reports are taken as known, and the report that is worst stays the one that it is, which changes the largest length
//! to second order only (the envelope theorem).

use big_numeric::{Cholesky, matrix};

use crate::data::Parts;
use crate::fit::FitError;
use crate::likelihood::Model;

use super::power::Lever;
use super::replicate::{Measures, Replicates, Slopes, Weights};

/// The replicates that are made where it is not said how many, ...
const USUAL: f64 = 200.0;
/// ... if they take no more operations than this; ...
const BUDGET: f64 = 2e10;
/// ... and none where fewer than this are in it.
const FEWEST: f64 = 40.0;
/// The 97.5 % quantile of the normal distribution.
const NORMAL: f64 = 1.959_963_984_540_054;

/// An interval of 95 %.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Its lower end.
    pub lower: f64,
    /// Its upper end.
    pub upper: f64,
}

/// One annotator's intervals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Intervals {
    /// Of the influence.
    pub influence: Interval,
    /// Of the reach.
    pub reach: Interval,
    /// Of the range, as a share of everybody's.
    pub manipulability: Interval,
}

/// How many replicates there are, if it is not said.
pub(super) fn usual_replicates(parts: &Parts) -> usize {
    let d = parts.dim() as f64;
    let rows: f64 = (0..parts.len()).map(|i| parts.rows(i) as f64).sum();
    let each = 4.0 * rows * d * d + parts.len() as f64 * 8.0 * d.powi(3);
    match (BUDGET / each).min(USUAL) {
        some if some >= FEWEST => some as usize,
        _ => 0,
    }
}

/// What the replicates are of.
pub(super) struct Study<'a> {
    pub(super) parts: &'a Parts,
    pub(super) model: Model,
    pub(super) ridge: f64,
    pub(super) factor: &'a Cholesky,
    pub(super) position: &'a [f64],
    /// Everybody's worst report, and the difference of the two that are farthest apart in what they make of the estimate.
    pub(super) reports: &'a [(Vec<f64>, Vec<f64>)],
    /// The difference of the two that are farthest apart if they are everybody's.
    pub(super) apart: &'a [f64],
    pub(super) seed: u64,
}

impl Study<'_> {
    /// Everybody's intervals around what was measured, and that of the largest manipulability.
    pub(super) fn intervals(
        &self,
        found: &[Measures],
        replicates: usize,
    ) -> Result<(Vec<Intervals>, Interval), FitError> {
        let mut spread = vec![[Spread::default(); 3]; found.len()];
        let mut largest = Spread::default();
        for replicate in 0..replicates {
            let measured = self.replicate(replicate as u64)?;
            for (spread, measures) in spread.iter_mut().zip(&measured) {
                spread[0].add(logit(measures[0]));
                spread[1].add(measures[1].ln());
                spread[2].add(logit(measures[2]));
            }
            largest.add(logit(measured.iter().fold(0.0, |m, a| m.max(a[2]))));
        }
        let each = found.iter().zip(&spread).map(|(found, spread)| Intervals {
            influence: spread[0].around(found[0], logit, share),
            reach: spread[1].around(found[1], f64::ln, f64::exp),
            manipulability: spread[2].around(found[2], logit, share),
        });
        let most = found.iter().fold(0.0, |m: f64, a| m.max(a[2]));
        Ok((each.collect(), largest.around(most, logit, share)))
    }

    fn replicate(&self, replicate: u64) -> Result<Vec<Measures>, FitError> {
        let d = self.position.len();
        let together = ((1 << 21) / (d * d)).clamp(4, 1 << 12);
        let weights = Weights {
            seed: self.seed,
            replicate,
            first: 0,
        };
        // The estimate follows the weights.
        let mut step: Vec<f64> = self.position.iter().map(|p| -self.ridge * p).collect();
        let slopes = Slopes {
            model: self.model,
            weights,
            at: self.position.to_vec(),
            curvature: false,
        };
        self.parts.fold_ask(together, &slopes, &mut |_, made| {
            for gradient in made {
                step.iter_mut().zip(gradient).for_each(|(s, g)| *s -= g);
            }
        })?;
        self.factor.solve(&mut step);
        let at: Vec<f64> = self
            .position
            .iter()
            .zip(&step)
            .map(|(p, s)| p + s)
            .collect();
        let mut hessian = vec![0.0; d * d];
        for k in 0..d {
            hessian[k * d + k] = self.ridge;
        }
        let curvatures = Slopes {
            at: at.clone(),
            curvature: true,
            ..slopes
        };
        self.parts.fold_ask(together, &curvatures, &mut |_, made| {
            for own in made {
                hessian.iter_mut().zip(own).for_each(|(h, o)| *h += o);
            }
        })?;
        let Some(factor) = Cholesky::new(&hessian, d) else {
            return Err(FitError::NotConverged {
                iterations: 0,
                gradient_norm: big_numeric::norm(&step),
            });
        };
        let upper = matrix::transposed(factor.lower(), d);
        let apart = Lever::new(&upper, d).length(self.apart);
        self.parts.ask(&Replicates {
            model: self.model,
            weights,
            at,
            factor,
            apart,
            reports: self.reports.to_vec(),
        })
    }
}

/// A running mean and sum of squares (Welford). Where a number is not finite nothing is known.
#[derive(Clone, Copy, Default)]
struct Spread {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Spread {
    fn add(&mut self, value: f64) {
        self.count += 1.0;
        let off = value - self.mean;
        self.mean += off / self.count;
        self.squares += off * (value - self.mean);
    }

    /// A normal interval on a scale. What is at the end of a scale stays there.
    fn around(self, found: f64, to: fn(f64) -> f64, from: fn(f64) -> f64) -> Interval {
        let deviation = (self.squares / (self.count - 1.0)).sqrt();
        if !(to(found).is_finite() && deviation.is_finite()) {
            return Interval {
                lower: found,
                upper: found,
            };
        }
        Interval {
            lower: from(to(found) - NORMAL * deviation).min(found),
            upper: from(to(found) + NORMAL * deviation).max(found),
        }
    }
}

fn logit(share: f64) -> f64 {
    (share / (1.0 - share)).ln()
}

fn share(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}
