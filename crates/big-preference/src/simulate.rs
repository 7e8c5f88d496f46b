//! Simulated preference data: pairs of responses, and labels by Bradley–Terry from any ideal points.
//!
//! A labeller with ideal point `θ` prefers `a` to `b` when `U < σ(m)`, `m` the margin of `a` over `b`, `U` uniform
//! (arXiv:2502.01127, eq. 26); that is, when `log(U/(1 − U)) < m`. The threshold on the left is drawn once a pair and
//! kept: labelling the same pairs with another ideal point is one comparison a pair, and changes only the labels whose
//! threshold the margin crosses (common random numbers).
//!
//! Every block of rows has its own stream of ChaCha8 numbers: the same bytes whatever the number of threads.

use std::convert::Infallible;

use chacha20::ChaCha8Rng;
use rand_core::{Rng, SeedableRng, TryRng};
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;
use thiserror::Error;

use crate::data::{BLOCK_ROWS, Block, Comparisons, OwnedBlock};
use crate::kernel::{Scratch, block_margins};
use crate::likelihood::Model;
use crate::simd;

/// Where responses come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Responses {
    /// Each coordinate normal with this mean and standard deviation.
    Normal {
        /// The mean.
        mean: f64,
        /// The standard deviation, at least 0.
        deviation: f64,
    },
    /// Each coordinate uniform.
    Uniform {
        /// The lower end.
        lower: f64,
        /// The upper end.
        upper: f64,
    },
    /// Drawn with replacement from given embeddings, `k × d` by rows.
    Given(Vec<f64>),
}

/// Somebody who labels pairs.
#[derive(Clone, Debug, PartialEq)]
pub struct Labeller {
    /// What it is called.
    pub name: String,
    /// How many pairs it labels.
    pub pairs: usize,
    /// The ideal point that it labels with (length `d`).
    pub ideal: Vec<f64>,
}

/// What to simulate.
#[derive(Clone, Debug, PartialEq)]
pub struct SimulationSpec {
    /// The dimension `d`.
    pub dim: usize,
    /// Who labels.
    pub labellers: Vec<Labeller>,
    /// Where their pairs come from.
    pub responses: Responses,
    /// The precision `β > 0` of their rewards; the paper's is 1.
    pub precision: f64,
    /// The seed of all draws.
    pub seed: u64,
}

/// Why a simulation was refused.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("{0}")]
pub struct SimulationError(String);

impl SimulationSpec {
    /// Checks the description.
    ///
    /// # Errors
    /// The first thing that is wrong, and what to do about it.
    pub fn check(self) -> Result<Simulation, SimulationError> {
        let refuse = |what: String| Err(SimulationError(what));
        if self.dim == 0 {
            return refuse("the responses need at least one coordinate".to_owned());
        }
        if self.labellers.is_empty() {
            return refuse("a simulation needs at least one labeller".to_owned());
        }
        if !(self.precision.is_finite() && self.precision > 0.0) {
            return refuse(format!(
                "the precision is {}: it must be a positive number",
                self.precision
            ));
        }
        for labeller in &self.labellers {
            let Labeller { name, ideal, pairs } = labeller;
            if ideal.len() != self.dim || ideal.iter().any(|v| !usable(*v)) {
                return refuse(format!(
                    "'{name}': the ideal point must be {} numbers of at most 1e70",
                    self.dim
                ));
            }
            if pairs.checked_mul(self.dim + 1).is_none_or(|n| n > 1 << 40) {
                return refuse(format!("'{name}': {pairs} pairs are too many"));
            }
        }
        match &self.responses {
            Responses::Normal { mean, deviation } => {
                if !usable(*mean) || !usable(*deviation) || *deviation < 0.0 {
                    return refuse(format!(
                        "normal responses with mean {mean} and deviation {deviation}: both must be finite, the deviation \
                         at least 0"
                    ));
                }
            }
            Responses::Uniform { lower, upper } => {
                if !usable(*lower) || !usable(*upper) || lower > upper {
                    return refuse(format!(
                        "uniform responses between {lower} and {upper}: two finite numbers, the lower first"
                    ));
                }
            }
            Responses::Given(embeddings) => {
                if embeddings.is_empty() || embeddings.len() % self.dim != 0 {
                    return refuse(format!(
                        "{} given numbers are no embeddings of {} coordinates",
                        embeddings.len(),
                        self.dim
                    ));
                }
                if let Some(at) = embeddings.iter().position(|v| !usable(*v)) {
                    return refuse(format!(
                        "given embedding {}: {} is not a finite number of at most 1e70",
                        at / self.dim,
                        embeddings[at]
                    ));
                }
            }
        }
        Ok(Simulation { spec: self })
    }
}

/// Finite, and small enough that margins are finite.
fn usable(v: f64) -> bool {
    v.abs() <= 1e70
}

/// A valid simulation.
#[derive(Clone, Debug)]
pub struct Simulation {
    spec: SimulationSpec,
}

/// Up to [`BLOCK_ROWS`] pairs of one labeller, before anybody labels them.
#[derive(Clone, Debug, Default)]
pub struct Pairs {
    /// The first responses, by rows.
    pub a: Vec<f64>,
    /// The second responses, by rows.
    pub b: Vec<f64>,
    /// `log(U/(1 − U))`: `a` is preferred when its margin is above it.
    pub thresholds: Vec<f64>,
}

impl Simulation {
    /// What is simulated.
    pub fn spec(&self) -> &SimulationSpec {
        &self.spec
    }

    /// The pairs `block · BLOCK_ROWS ..` of a labeller: the very ones that [`draw`](Self::draw) labels. Beyond its
    /// last pair there are none.
    pub fn pairs(&self, labeller: usize, block: usize, out: &mut Pairs) {
        let d = self.spec.dim;
        let total = self.spec.labellers[labeller].pairs;
        let rows = total.saturating_sub(block * BLOCK_ROWS).min(BLOCK_ROWS);
        let mut rng = stream(self.spec.seed, labeller, block);
        out.a.clear();
        out.b.clear();
        for side in [&mut out.a, &mut out.b] {
            match &self.spec.responses {
                Responses::Normal { mean, deviation } => side.extend((0..rows * d).map(|_| {
                    let z: f64 = StandardNormal.sample(&mut rng);
                    mean + deviation * z
                })),
                Responses::Uniform { lower, upper } => side
                    .extend((0..rows * d).map(|_| (upper - lower).mul_add(unit(&mut rng), *lower))),
                Responses::Given(embeddings) => {
                    let count = (embeddings.len() / d) as u128;
                    for _ in 0..rows {
                        // A multiplication maps 64 bits to an index; its bias is below count/2⁶⁴.
                        let at = ((u128::from(rng.next_u64()) * count) >> 64) as usize;
                        side.extend_from_slice(&embeddings[at * d..(at + 1) * d]);
                    }
                }
            }
        }
        out.thresholds.clear();
        out.thresholds
            .extend((0..rows).map(|_| threshold(&mut rng)));
    }

    /// Draws every labeller's pairs and has them labelled with the ideal points of the description. Parallel; O(N·d).
    pub fn draw(&self) -> Vec<Labelled> {
        (0..self.spec.labellers.len())
            .map(|i| self.draw_one(i))
            .collect()
    }

    fn draw_one(&self, labeller: usize) -> Labelled {
        let spec = &self.spec;
        let (d, rows) = (spec.dim, spec.labellers[labeller].pairs);
        let mut values = vec![0.0; rows * (d + 1)];
        let mut thresholds = vec![0.0; rows];
        let model = Model::ideal_point(spec.precision);
        let mut labels = vec![true; rows];
        let q = model.coefficients(&spec.labellers[labeller].ideal);
        values
            .par_chunks_mut(BLOCK_ROWS * (d + 1))
            .zip(thresholds.par_chunks_mut(BLOCK_ROWS))
            .zip(labels.par_chunks_mut(BLOCK_ROWS))
            .enumerate()
            .for_each_init(
                Pairs::default,
                |pairs, (block, ((values, thresholds), labels))| {
                    self.pairs(labeller, block, pairs);
                    let n = thresholds.len();
                    thresholds.copy_from_slice(&pairs.thresholds);
                    let (differences, offsets) = values.split_at_mut(n * d);
                    for k in 0..d {
                        let column = &mut differences[k * n..(k + 1) * n];
                        for (r, out) in column.iter_mut().enumerate() {
                            let (a, b) = (pairs.a[r * d + k], pairs.b[r * d + k]);
                            *out = a - b;
                            offsets[r] -= (a - b) * (a + b);
                        }
                    }
                    relabel_block(values, thresholds, labels, &q);
                },
            );
        let name = spec.labellers[labeller].name.clone();
        Labelled {
            rows: Comparisons::from_blocks(d, rows, values, name),
            thresholds,
            labels,
            model,
        }
    }
}

/// Random numbers that a stream makes at a time.
const WORDS: usize = 256;

/// The random numbers of one block of one labeller, made many at a time.
struct Stream {
    rng: ChaCha8Rng,
    words: [u64; WORDS],
    at: usize,
}

fn stream(seed: u64, labeller: usize, block: usize) -> Stream {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(((labeller as u64) << 32) | block as u64);
    Stream {
        rng,
        words: [0; WORDS],
        at: WORDS,
    }
}

impl Stream {
    #[inline(never)]
    fn refill(&mut self) {
        for word in &mut self.words {
            *word = self.rng.next_u64();
        }
        self.at = 0;
    }
}

impl TryRng for Stream {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.try_next_u64()? as u32)
    }

    #[inline(always)]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        if self.at >= WORDS {
            self.refill();
        }
        let word = self.words[self.at];
        self.at += 1;
        Ok(word)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for part in out.chunks_mut(8) {
            let word = self.try_next_u64()?.to_le_bytes();
            part.copy_from_slice(&word[..part.len()]);
        }
        Ok(())
    }
}

/// `log(U/(1 − U))`.
#[inline]
fn threshold(rng: &mut Stream) -> f64 {
    let u = unit(rng);
    (u / (1.0 - u)).ln()
}

/// Uniform in (0, 1), never an end.
#[inline]
fn unit(rng: &mut Stream) -> f64 {
    const STEP: f64 = 1.0 / (1_u64 << 52) as f64;
    ((rng.next_u64() >> 12) as f64 + 0.5) * STEP
}

/// Pairs with the labels of some ideal point, to be labelled again by another.
#[derive(Clone, Debug, PartialEq)]
pub struct Labelled {
    rows: Comparisons,
    thresholds: Vec<f64>,
    labels: Vec<bool>,
    model: Model,
}

impl Labelled {
    /// The comparisons as labelled now.
    pub fn comparisons(&self) -> &Comparisons {
        &self.rows
    }

    /// The comparisons, to be kept.
    pub fn into_comparisons(self) -> Comparisons {
        self.rows
    }

    /// Pair by pair: is `a` preferred?
    pub fn labels(&self) -> &[bool] {
        &self.labels
    }

    /// Labels the same pairs with the same chance by another ideal point; returns how many labels changed. A label
    /// changes only if its threshold lies between the old and the new margin. O(N·d), parallel.
    pub fn relabel(&mut self, ideal: &[f64]) -> usize {
        let q = self.model.coefficients(ideal);
        let columns = q.len();
        let (values, thresholds, labels) =
            (self.rows.values_mut(), &self.thresholds, &mut self.labels);
        let blocks = values
            .par_chunks_mut(BLOCK_ROWS * columns)
            .zip(thresholds.par_chunks(BLOCK_ROWS))
            .zip(labels.par_chunks_mut(BLOCK_ROWS));
        let one = |((values, thresholds), labels): ((&mut [f64], &[f64]), &mut [bool])| {
            relabel_block(values, thresholds, labels, &q)
        };
        blocks
            .with_min_len((1 << 16) / (BLOCK_ROWS * columns) + 1)
            .map(one)
            .sum()
    }
}

/// Which rows of a block of somebody's real rows turn around when they are labelled by Bradley–Terry with an ideal point: a
/// bit a row.
pub(crate) struct Turned([u64; BLOCK_ROWS / 64]);

impl Turned {
    /// Draws them for the coefficients of an ideal point. `labeller` and `block` are the indices that, with the seed, decide
    /// the draws.
    pub(crate) fn draw(
        rows: &Block<'_>,
        seed: u64,
        labeller: usize,
        block: usize,
        q: &[f64],
    ) -> Self {
        let mut rng = stream(seed, labeller, block);
        let mut out = [0; BLOCK_ROWS / 64];
        let mut scratch = Scratch::default();
        for (r, margin) in block_margins(rows, q, &mut scratch).iter().enumerate() {
            let turned = threshold(&mut rng) >= *margin;
            out[r / 64] |= u64::from(turned) << (r % 64);
        }
        Self(out)
    }

    /// The block with these rows turned around.
    pub(crate) fn apply(&self, rows: &Block<'_>) -> OwnedBlock {
        let mut out = OwnedBlock::copy(rows);
        let mut signs = [1.0; BLOCK_ROWS];
        for (r, sign) in signs.iter_mut().enumerate() {
            if self.0[r / 64] >> (r % 64) & 1 == 1 {
                *sign = -1.0;
            }
        }
        for column in out.values.chunks_exact_mut(out.rows) {
            for (v, sign) in column.iter_mut().zip(&signs) {
                *v *= sign;
            }
        }
        out
    }
}

/// Labels one block; `values` are its columns, signed by the labels so far.
fn relabel_block(values: &mut [f64], thresholds: &[f64], labels: &mut [bool], q: &[f64]) -> usize {
    let n = thresholds.len();
    let mut margins = [0.0; BLOCK_ROWS];
    let margins = &mut margins[..n];
    simd::linear(values, n, q, margins);
    let mut changed = [0_u16; BLOCK_ROWS];
    let mut count = 0;
    for r in 0..n {
        let margin = if labels[r] { margins[r] } else { -margins[r] };
        let preferred = thresholds[r] < margin;
        // Written always, kept only if it counts: no branch to mispredict.
        changed[count] = r as u16;
        count += usize::from(preferred != labels[r]);
        labels[r] = preferred;
    }
    for column in values.chunks_exact_mut(n) {
        for &r in &changed[..count] {
            let x = &mut column[usize::from(r)];
            *x = -*x;
        }
    }
    count
}
