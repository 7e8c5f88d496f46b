//! A replicate of the bootstrap, annotator by annotator: errands about rows with random weights.

use std::ops::Range;

use big_numeric::Cholesky;
use chacha20::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use crate::bytes::{Reader, Writer};
use crate::data::{Block, DataError, OwnedBlock, Source};
use crate::errand::Errand;
use crate::fit::FitError;
use crate::likelihood::{Model, Objective, Parameters};
use crate::wire::{Wire, wired};

use super::own::Own;

/// What is measured of one annotator: the influence, the reach, and the range as a share of everybody's.
pub(super) type Measures = [f64; 3];

/// Where everybody's random weights are from.
#[derive(Clone, Copy)]
pub(super) struct Weights {
    pub(super) seed: u64,
    pub(super) replicate: u64,
    /// The index of the annotator who is counted as 0.
    pub(super) first: usize,
}

wired!(Weights {
    seed,
    replicate,
    first
});

impl Weights {
    fn of<'s>(&self, annotator: usize, part: &'s dyn Source) -> Weighted<'s> {
        Weighted {
            part,
            seed: self.seed,
            stream: self.replicate << 32 | (self.first + annotator) as u64,
        }
    }

    fn from(self, annotator: usize) -> Self {
        Self {
            first: self.first + annotator,
            ..self
        }
    }
}

/// The gradient of minus the log-likelihood, or its Hessian.
pub(crate) struct Slopes {
    pub(super) model: Model,
    pub(super) weights: Weights,
    pub(super) at: Vec<f64>,
    pub(super) curvature: bool,
}

impl Errand for Slopes {
    const KIND: u8 = 7;
    type Output = Vec<f64>;

    fn one(&self, annotator: usize, part: &dyn Source) -> Result<Vec<f64>, FitError> {
        let objective = Objective {
            source: &self.weights.of(annotator, part),
            parameters: Parameters::Position(self.model),
            prior: None,
        };
        let found = objective.evaluate(&self.at, self.curvature)?;
        Ok(match self.curvature {
            true => found.hessian,
            false => found.gradient,
        })
    }

    fn shared(&self, out: &mut Writer) {
        self.model.write(out);
        self.at.write(out);
        self.curvature.write(out);
    }

    fn each(&self, some: Range<usize>, out: &mut Writer) {
        self.weights.from(some.start).write(out);
    }

    fn read(shared: &mut Reader<'_>, each: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            model: Wire::read(shared)?,
            at: Wire::read(shared)?,
            curvature: Wire::read(shared)?,
            weights: Wire::read(each)?,
        })
    }
}

/// Everybody's measures.
pub(crate) struct Replicates {
    pub(super) model: Model,
    pub(super) weights: Weights,
    pub(super) at: Vec<f64>,
    /// Of the Hessian there.
    pub(super) factor: Cholesky,
    /// How far apart everybody's reports together move the estimate.
    pub(super) apart: f64,
    /// Everybody's worst report, and the difference of the two that are farthest apart in what they make of the estimate.
    pub(super) reports: Vec<(Vec<f64>, Vec<f64>)>,
}

impl Errand for Replicates {
    const KIND: u8 = 8;
    type Output = Measures;

    fn one(&self, annotator: usize, part: &dyn Source) -> Result<Measures, FitError> {
        let weighted = self.weights.of(annotator, part);
        let own = Own::of(&weighted, self.model, &self.at)?;
        let means = own.through(&self.factor, None);
        let (worst, between) = &self.reports[annotator];
        let step: Vec<f64> = worst.iter().zip(&self.at).map(|(x, at)| x - at).collect();
        let reach = own.moves(&means).length(&step);
        let range = own.range(&means).length(between);
        let share = if self.apart > 0.0 {
            (range / self.apart).clamp(0.0, 1.0)
        } else {
            0.0
        };
        Ok([means.trace() / self.at.len() as f64, reach, share])
    }

    fn shared(&self, out: &mut Writer) {
        self.model.write(out);
        self.at.write(out);
        self.factor.write(out);
        self.apart.write(out);
    }

    fn each(&self, some: Range<usize>, out: &mut Writer) {
        self.weights.from(some.start).write(out);
        self.reports[some].to_vec().write(out);
    }

    fn read(shared: &mut Reader<'_>, each: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            model: Wire::read(shared)?,
            at: Wire::read(shared)?,
            factor: Wire::read(shared)?,
            apart: Wire::read(shared)?,
            weights: Wire::read(each)?,
            reports: Wire::read(each)?,
        })
    }
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
