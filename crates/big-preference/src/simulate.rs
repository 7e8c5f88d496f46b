//! Simulated preference data: pairs of responses, and labels by Bradley–Terry from any ideal points.
//!
//! A labeller with ideal point `θ` prefers `a` to `b` when `U < σ(m)`, `m` the margin of `a` over `b`, `U` uniform
//! (arXiv:2502.01127, eq. 26); that is, when `log(U/(1 − U)) < m`. The threshold on the left is drawn once a pair and
//! kept: labelling the same pairs with another ideal point is one comparison a pair, and changes only the labels whose
//! threshold the margin crosses (common random numbers).
//!
//! Every block of rows has its own stream of ChaCha8 numbers: the same bytes whatever the number of threads.

use big_numeric::parallel;
use thiserror::Error;

use crate::data::{BLOCK_ROWS, Block, Comparisons, OwnedBlock};
use crate::kernel::{Scratch, block_margins};
use crate::likelihood::Model;
use crate::random::Stream;
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
        self.visit_pairs(labeller, block, out, |_, _, _| {});
    }

    /// The same pairs, and the labels that [`draw`](Self::draw) gives them: is `a` preferred?
    pub fn labelled_pairs(
        &self,
        labeller: usize,
        block: usize,
        out: &mut Pairs,
        labels: &mut Vec<bool>,
    ) {
        let d = self.spec.dim;
        let mut values = vec![0.0; BLOCK_ROWS * (d + 1)];
        let rows = self.visit_pairs(labeller, block, out, |k, a, b| {
            difference(k, a, b, &mut values[..a.len() * (d + 1)]);
        });
        labels.resize(rows, false);
        if rows == 0 {
            return;
        }
        let q = self.coefficients(labeller);
        label(&mut values[..rows * (d + 1)], &q, &out.thresholds, labels);
    }

    /// Fills in pairs, while `each` looks at their columns; returns how many there are.
    fn visit_pairs(
        &self,
        labeller: usize,
        block: usize,
        out: &mut Pairs,
        mut each: impl FnMut(usize, &[f64], &[f64]),
    ) -> usize {
        let d = self.spec.dim;
        let total = self.spec.labellers[labeller].pairs;
        let rows = total.saturating_sub(block * BLOCK_ROWS).min(BLOCK_ROWS);
        let Pairs { a, b, thresholds } = out;
        a.resize(rows * d, 0.0);
        b.resize(rows * d, 0.0);
        thresholds.resize(rows, 0.0);
        let mut stream = stream(self.spec.seed, labeller, block);
        self.columns(&mut stream, rows, |k, first, second| {
            for (side, column) in [(&mut *a, first), (&mut *b, second)] {
                for (row, value) in side.chunks_exact_mut(d).zip(column) {
                    row[k] = *value;
                }
            }
            each(k, first, second);
        });
        stream.logistic(thresholds);
        rows
    }

    /// The coefficients of a labeller's margins.
    fn coefficients(&self, labeller: usize) -> Vec<f64> {
        let model = Model::ideal_point(self.spec.precision);
        model.coefficients(&self.spec.labellers[labeller].ideal)
    }

    /// Draws `rows` pairs and hands over their coordinates one by one: the number, and the columns of the first and of
    /// the second responses.
    fn columns(
        &self,
        stream: &mut Stream,
        rows: usize,
        mut each: impl FnMut(usize, &[f64], &[f64]),
    ) {
        let d = self.spec.dim;
        let (mut a, mut b) = ([0.0; BLOCK_ROWS], [0.0; BLOCK_ROWS]);
        let (a, b) = (&mut a[..rows], &mut b[..rows]);
        match &self.spec.responses {
            Responses::Normal { mean, deviation } => {
                for k in 0..d {
                    stream.normal(*mean, *deviation, a, b);
                    each(k, a, b);
                }
            }
            Responses::Uniform { lower, upper } => {
                for k in 0..d {
                    stream.uniform(*lower, *upper, a);
                    stream.uniform(*lower, *upper, b);
                    each(k, a, b);
                }
            }
            Responses::Given(embeddings) => {
                let mut places = [[0; BLOCK_ROWS]; 2];
                for places in &mut places {
                    stream.indices(embeddings.len() / d, &mut places[..rows]);
                }
                for k in 0..d {
                    for (side, places) in [&mut *a, &mut *b].into_iter().zip(&places) {
                        for (value, at) in side.iter_mut().zip(places) {
                            *value = embeddings[at * d + k];
                        }
                    }
                    each(k, a, b);
                }
            }
        }
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
        let mut labels = vec![false; rows];
        let q = self.coefficients(labeller);
        // The memory of all three is still untouched here: its pages are brought in by the threads that fill them.
        let blocks = values
            .chunks_mut(BLOCK_ROWS * (d + 1))
            .zip(thresholds.chunks_mut(BLOCK_ROWS))
            .zip(labels.chunks_mut(BLOCK_ROWS))
            .enumerate();
        parallel::map(blocks, |(block, ((values, thresholds), labels))| {
            let mut stream = stream(spec.seed, labeller, block);
            let n = thresholds.len();
            self.columns(&mut stream, n, |k, a, b| difference(k, a, b, values));
            stream.logistic(thresholds);
            label(values, &q, thresholds, labels);
        });
        let name = spec.labellers[labeller].name.clone();
        Labelled {
            rows: Comparisons::from_blocks(d, rows, values, name),
            thresholds,
            labels,
            model: Model::ideal_point(spec.precision),
        }
    }
}

/// Writes coordinate `k` of the differences of a block's pairs, and adds to their offsets: the last of the block's columns.
fn difference(k: usize, a: &[f64], b: &[f64], values: &mut [f64]) {
    let n = a.len();
    let offsets_at = values.len() - n;
    let (differences, offsets) = values.split_at_mut(offsets_at);
    let column = &mut differences[k * n..(k + 1) * n];
    if k == 0 {
        simd::first_difference(a, b, column, offsets);
    } else {
        simd::next_difference(a, b, column, offsets);
    }
}

/// Labels a block's pairs, whose columns get the labels' signs.
fn label(values: &mut [f64], q: &[f64], thresholds: &[f64], labels: &mut [bool]) {
    let n = thresholds.len();
    let mut margins = [0.0; BLOCK_ROWS];
    simd::linear(values, n, q, &mut margins[..n]);
    simd::label(&margins[..n], thresholds, labels, values);
}

/// The random numbers of one block of one labeller.
fn stream(seed: u64, labeller: usize, block: usize) -> Stream {
    Stream::new(seed, ((labeller as u64) << 32) | block as u64)
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
            .chunks_mut(BLOCK_ROWS * columns)
            .zip(thresholds.chunks(BLOCK_ROWS))
            .zip(labels.chunks_mut(BLOCK_ROWS));
        let one = |((values, thresholds), labels): ((&mut [f64], &[f64]), &mut [bool])| {
            relabel_block(values, thresholds, labels, &q)
        };
        parallel::map(blocks, one).into_iter().sum()
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
        let mut thresholds = [0.0; BLOCK_ROWS];
        let thresholds = &mut thresholds[..rows.rows()];
        stream(seed, labeller, block).logistic(thresholds);
        let mut out = [0; BLOCK_ROWS / 64];
        let mut scratch = Scratch::default();
        let margins = block_margins(rows, q, &mut scratch);
        for (r, (threshold, margin)) in thresholds.iter().zip(margins).enumerate() {
            let turned = *threshold >= *margin;
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
