//! How well influence, reach and manipulability are known.
//!
//! The annotators are those that there are; the comparisons that each of them made are a sample of those that they might have made.
//! So everybody's rows get random weights, exponential with mean 1 and scaled so that an annotator's sum stays (the Bayesian
//! bootstrap: Rubin, Annals of Statistics 9, 1981; no weight is 0, so that a maximum that exists stays one), the estimate follows by a
//! Newton step, and everything is measured again. The intervals are normal with that standard deviation, on the scale of logits for
//! shares and of logarithms for the reach, whose mean in replicates has their noise on top and is not used. The precision and
//! the space of reports are taken as known, and the report that is worst stays the one that it is, which changes the largest length
//! to second order only (the envelope theorem).

use chacha20::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use crate::data::{Block, DataError, OwnedBlock, Parts, Source};
use crate::fit::FitError;
use crate::likelihood::{Model, Objective, Parameters};
use crate::linalg::{self, Cholesky};

use super::own::Own;
use super::power::Lever;

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

/// What is measured of one annotator: the influence, the reach, and the range as a share of everybody's.
pub(super) type Measures = [f64; 3];

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

    fn objective<'s>(&self, source: &'s dyn Source) -> Objective<'s> {
        Objective {
            source,
            parameters: Parameters::Position(self.model),
            prior: None,
        }
    }

    fn weighted<'s>(&self, part: &'s dyn Source, replicate: u64, annotator: usize) -> Weighted<'s> {
        Weighted {
            part,
            seed: self.seed,
            stream: replicate << 32 | annotator as u64,
        }
    }

    fn replicate(&self, replicate: u64) -> Result<Vec<Measures>, FitError> {
        let d = self.position.len();
        let together = ((1 << 21) / (d * d)).clamp(4, 1 << 12);
        // The estimate follows the weights.
        let mut step: Vec<f64> = self.position.iter().map(|p| -self.ridge * p).collect();
        self.parts.fold_each(
            together,
            &|i, part| {
                let found = self
                    .objective(&self.weighted(part, replicate, i))
                    .evaluate(self.position, false)?;
                Ok::<_, FitError>(found.gradient)
            },
            &mut |_, made| {
                for gradient in made {
                    step.iter_mut().zip(gradient).for_each(|(s, g)| *s -= g);
                }
            },
        )?;
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
        self.parts.fold_each(
            together,
            &|i, part| {
                let found = self
                    .objective(&self.weighted(part, replicate, i))
                    .evaluate(&at, true)?;
                Ok::<_, FitError>(found.hessian)
            },
            &mut |_, made| {
                for own in made {
                    hessian.iter_mut().zip(own).for_each(|(h, o)| *h += o);
                }
            },
        )?;
        let Some(factor) = Cholesky::new(&hessian, d) else {
            return Err(FitError::NotConverged {
                iterations: 0,
                gradient_norm: linalg::norm(&step),
            });
        };
        let upper = linalg::transposed(factor.lower(), d);
        let apart = Lever::new(&upper, d).length(self.apart);
        self.parts.each(&|i, part| {
            let own = Own::of(&self.weighted(part, replicate, i), self.model, &at)?;
            let means = own.through(&factor, None);
            let (worst, between) = &self.reports[i];
            let step: Vec<f64> = worst.iter().zip(&at).map(|(x, at)| x - at).collect();
            let reach = own.moves(&means).length(&step);
            let range = own.range(&means).length(between);
            let share = if apart > 0.0 {
                (range / apart).clamp(0.0, 1.0)
            } else {
                0.0
            };
            Ok([means.trace() / d as f64, reach, share])
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

/// One annotator's rows with random weights of the same sum.
struct Weighted<'a> {
    part: &'a dyn Source,
    seed: u64,
    stream: u64,
}

impl Weighted<'_> {
    fn numbers(&self) -> impl FnMut() -> f64 {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(self.stream);
        move || -(((rng.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64).ln()
    }
}

impl Source for Weighted<'_> {
    fn dim(&self) -> usize {
        self.part.dim()
    }

    fn visit(&self, batch: &mut dyn FnMut(&[Block<'_>])) -> Result<(), DataError> {
        let weight = |block: &Block<'_>, r: usize| block.weights().map_or(1.0, |w| w[r]);
        // The sum stays.
        let (mut before, mut after) = (0.0, 0.0);
        let mut number = self.numbers();
        self.part.visit(&mut |blocks| {
            for block in blocks {
                for r in 0..block.rows() {
                    before += weight(block, r);
                    after += weight(block, r) * number();
                }
            }
        })?;
        let factor = if after > 0.0 { before / after } else { 1.0 };
        let mut number = self.numbers();
        self.part.visit(&mut |blocks| {
            let made: Vec<OwnedBlock> = blocks
                .iter()
                .map(|block| {
                    let mut owned = OwnedBlock::copy(block);
                    let weights = (0..block.rows()).map(|r| factor * weight(block, r) * number());
                    owned.weights = Some(weights.collect());
                    owned
                })
                .collect();
            batch(&made.iter().map(OwnedBlock::block).collect::<Vec<_>>());
        })
    }
}
