//! The inner loops of the likelihood over one block of rows.
//!
//! Rows are `x_r ∈ R^p`, columns contiguous; the margin is `m_r = ⟨q, x_r⟩`, the loss `w_r log(1 + e^{−m_r})`. Every
//! loop runs along the rows (see [`simd`]).

use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::{Accum, MatMut, MatRef, Par};

use crate::data::{Block, Floats};
use crate::gram::{self, Gathered};
use crate::simd::{self, Place};

/// Up to this many columns the products are written by hand; above, a blocked matrix product wins.
pub(crate) const BY_HAND: usize = 12;
/// Rows whose curvature is this small a part of the block's largest are left out in single precision.
const NEGLIGIBLE: f64 = 1e-9;

/// What a pass makes besides the value and the gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Curvature {
    /// Nothing.
    None,
    /// The Hessian. Where there are many parameters the products of a block are made in single precision, without the
    /// rows that hardly count, and the blocks added in double: its entries are off by at most about `1e-7 √(h_jj h_kk)`.
    Single,
    /// The Hessian in double precision throughout.
    Double,
}

impl Curvature {
    /// The Hessian, in single precision if that will do.
    pub(crate) fn of(single: bool) -> Self {
        if single { Self::Single } else { Self::Double }
    }
}

/// Memory that a thread reuses from block to block.
#[derive(Default)]
pub(crate) struct Scratch {
    wide: Vec<f64>,
    margins: Vec<f64>,
    slope: Vec<f64>,
    curve: Vec<f64>,
    scaled: Vec<f64>,
    single: Vec<f32>,
    single_gram: Vec<f32>,
    kept: Vec<u16>,
}

/// What a pass adds up.
#[derive(Clone, Debug)]
pub(crate) struct LikelihoodSums {
    /// `Σ w log(1 + e^{−m})`.
    pub(crate) value: f64,
    /// `Σ w σ(−m) x` over the free columns: minus the gradient in `q`.
    pub(crate) slope: Vec<f64>,
    /// `Σ w σ(m) σ(−m) x xᵀ`, the lower triangle by rows; empty when it is not asked for.
    pub(crate) curvature: Vec<f64>,
    /// The largest absolute value in each free column; only with the curvature.
    pub(crate) reach: Vec<f64>,
    /// `Σ w σ(m) σ(−m)` over the rows that the curvature leaves out.
    pub(crate) left_out: f64,
    /// `Σ w`.
    pub(crate) weight: f64,
    /// The number of rows.
    pub(crate) rows: u64,
    /// Rows that the curvature does not have yet: see [`LikelihoodSums::settle`].
    gathered: Gathered,
}

impl LikelihoodSums {
    pub(crate) fn new(free: usize, curvature: bool) -> Self {
        Self {
            value: 0.0,
            slope: vec![0.0; free],
            curvature: vec![0.0; if curvature { free * free } else { 0 }],
            reach: vec![0.0; if curvature { free } else { 0 }],
            left_out: 0.0,
            weight: 0.0,
            rows: 0,
            gathered: Gathered::default(),
        }
    }

    /// Adds what is still missing in the curvature. To be called after the last block, before sums are joined or read.
    pub(crate) fn settle(&mut self, scratch: &mut Scratch) {
        self.gathered
            .settle(&mut scratch.single_gram, &mut self.curvature);
        self.gathered = Gathered::default();
    }

    pub(crate) fn join(&mut self, other: &Self) {
        self.value += other.value;
        self.weight += other.weight;
        self.left_out += other.left_out;
        self.rows += other.rows;
        for (a, b) in self.slope.iter_mut().zip(&other.slope) {
            *a += b;
        }
        for (a, b) in self.curvature.iter_mut().zip(&other.curvature) {
            *a += b;
        }
        for (a, b) in self.reach.iter_mut().zip(&other.reach) {
            *a = a.max(*b);
        }
    }
}

/// Adds a block's value, slope and, if it is asked for, curvature at the coefficients `q` (length `d + 1`). After the last block the
/// sums have to be [settled](LikelihoodSums::settle).
pub(crate) fn add_block(
    block: &Block<'_>,
    q: &[f64],
    curvature: Curvature,
    sums: &mut LikelihoodSums,
    scratch: &mut Scratch,
) {
    let rows = block.rows();
    let free = sums.slope.len();
    let Scratch {
        wide,
        margins,
        slope,
        curve,
        scaled,
        single,
        single_gram,
        kept,
    } = scratch;
    let columns = widened(block, wide);
    margins.resize(rows, 0.0);
    slope.resize(rows, 0.0);
    curve.resize(rows, 0.0);
    simd::linear(columns, rows, q, margins);
    sums.value += simd::logistic(margins, block.weights(), slope, curve);
    simd::add_products(columns, rows, slope, &mut sums.slope);
    if curvature != Curvature::None {
        let out = &mut sums.curvature;
        if free <= BY_HAND {
            scaled.resize(rows, 0.0);
            simd::raise_to_largest(columns, rows, &mut sums.reach);
            simd::add_gram(columns, rows, curve, scaled, free, out);
        } else if curvature == Curvature::Single {
            sums.left_out += keep(curve, kept);
            simd::root(&mut curve[..kept.len()]);
            let count = kept.len();
            if free >= gram::GATHERED {
                if !sums.gathered.has_room(count) {
                    sums.gathered.settle(single_gram, out);
                }
                let (room, tall, at) = sums.gathered.room(count, free);
                let padded = count;
                let place = Place { tall, at, padded };
                let reach = &mut sums.reach;
                simd::scale_some_to_single(columns, rows, kept, curve, place, room, reach);
            } else {
                // Both padded with zeros.
                let tall = count.next_multiple_of(gram::LANES);
                let wide = free.next_multiple_of(gram::WIDTH);
                single.resize(tall * wide, 0.0);
                single[tall * free..].fill(0.0);
                single_gram.resize(wide * wide, 0.0);
                let (at, padded) = (0, tall);
                let place = Place { tall, at, padded };
                let reach = &mut sums.reach;
                simd::scale_some_to_single(columns, rows, kept, curve, place, single, reach);
                gram::gram(single, tall, single_gram);
                simd::add_lower(single_gram, wide, free, out);
            }
        } else {
            simd::raise_to_largest(columns, rows, &mut sums.reach);
            simd::root(curve);
            scaled.resize(rows * free, 0.0);
            simd::scale(columns, rows, curve, scaled);
            add_gram(scaled, free, out);
        }
    }
    sums.rows += rows as u64;
    sums.weight += block.weights().map_or(rows as f64, |w| w.iter().sum());
}

/// Adds `Σ w σ(m) σ(−m) x ⟨x, v⟩` over the free columns to `out`: the Hessian times `v`, which is never formed. `v`
/// has zeros where a coefficient is not free. `less_score`: less `Σ w σ(−m) x`.
pub(crate) fn add_curvature_product(
    block: &Block<'_>,
    q: &[f64],
    v: &[f64],
    less_score: bool,
    out: &mut [f64],
    scratch: &mut Scratch,
) {
    let rows = block.rows();
    let Scratch {
        wide,
        margins,
        slope,
        curve,
        scaled,
        ..
    } = scratch;
    let columns = widened(block, wide);
    margins.resize(rows, 0.0);
    slope.resize(rows, 0.0);
    curve.resize(rows, 0.0);
    scaled.resize(rows, 0.0);
    simd::linear(columns, rows, q, margins);
    simd::logistic(margins, block.weights(), slope, curve);
    simd::linear(columns, rows, v, scaled);
    for (s, c) in scaled.iter_mut().zip(curve.iter()) {
        *s *= c;
    }
    if less_score {
        for (s, slope) in scaled.iter_mut().zip(slope.iter()) {
            *s -= slope;
        }
    }
    simd::add_products(columns, rows, scaled, out);
}

/// Adds `Σ w σ(m) σ(−m) x_k²` over the free columns to `out`.
pub(crate) fn add_curvature_diagonal(
    block: &Block<'_>,
    q: &[f64],
    out: &mut [f64],
    scratch: &mut Scratch,
) {
    let rows = block.rows();
    let Scratch {
        wide,
        margins,
        slope,
        curve,
        ..
    } = scratch;
    let columns = widened(block, wide);
    margins.resize(rows, 0.0);
    slope.resize(rows, 0.0);
    curve.resize(rows, 0.0);
    simd::linear(columns, rows, q, margins);
    simd::logistic(margins, block.weights(), slope, curve);
    simd::add_squares(columns, rows, curve, out);
}

/// The margins `⟨q, x_r⟩` of a block's rows.
pub(crate) fn block_margins<'s>(
    block: &Block<'_>,
    q: &[f64],
    scratch: &'s mut Scratch,
) -> &'s mut [f64] {
    let rows = block.rows();
    let Scratch { wide, margins, .. } = scratch;
    let columns = widened(block, wide);
    margins.resize(rows, 0.0);
    simd::linear(columns, rows, q, margins);
    margins
}

/// The Euclidean norms of the first `free` columns' rows.
pub(crate) fn row_norms(block: &Block<'_>, free: usize, scratch: &mut Scratch, out: &mut Vec<f64>) {
    let rows = block.rows();
    out.clear();
    out.resize(rows, 0.0);
    let columns = widened(block, &mut scratch.wide);
    for column in columns.chunks_exact(rows).take(free) {
        for (o, x) in out.iter_mut().zip(column) {
            *o += x * x;
        }
    }
    out.iter_mut().for_each(|o| *o = o.sqrt());
}

/// `x_rᵀ V x_r` row by row, `V` symmetric: O(rows · p²).
pub(crate) fn row_forms(columns: &[f64], rows: usize, v: &[f64]) -> Vec<f64> {
    let p = columns.len() / rows.max(1);
    let mut out = vec![0.0; rows];
    if p > BY_HAND {
        let x = MatRef::from_column_major_slice(columns, rows, p);
        let image = x * MatRef::from_row_major_slice(v, p, p);
        for k in 0..p {
            for (r, out) in out.iter_mut().enumerate() {
                *out += image[(r, k)] * x[(r, k)];
            }
        }
        return out;
    }
    for j in 0..p {
        let left = &columns[j * rows..(j + 1) * rows];
        for k in 0..=j {
            let right = &columns[k * rows..(k + 1) * rows];
            let times = if j == k {
                v[j * p + k]
            } else {
                2.0 * v[j * p + k]
            };
            for ((out, a), b) in out.iter_mut().zip(left).zip(right) {
                *out += times * a * b;
            }
        }
    }
    out
}

/// The block's columns in double precision.
pub(crate) fn widened<'s>(block: &Block<'s>, wide: &'s mut Vec<f64>) -> &'s [f64] {
    match block.values() {
        Floats::Double(v) => v,
        Floats::Single(v) => {
            wide.clear();
            wide.extend(v.iter().map(|&x| f64::from(x)));
            wide
        }
    }
}

/// The rows whose curvature counts (one at least), and theirs at the front of `curve`; all, where it is most of them.
/// Returns the sum of the others'.
fn keep(curve: &mut [f64], kept: &mut Vec<u16>) -> f64 {
    let least = NEGLIGIBLE * curve.iter().fold(0.0, |m: f64, c| m.max(*c));
    let small = curve.iter().filter(|c| **c < least).count();
    let all = 4 * small < curve.len();
    let mut left_out = 0.0;
    kept.clear();
    for r in 0..curve.len() {
        if !all && curve[r] < least {
            left_out += curve[r];
        } else {
            curve[kept.len()] = curve[r];
            kept.push(r as u16);
        }
    }
    left_out
}

/// Adds the lower triangle, by rows, of `Σ_r x_r x_rᵀ`, by a blocked triangular matrix product.
fn add_gram(columns: &[f64], count: usize, out: &mut [f64]) {
    let columns = MatRef::from_column_major_slice(columns, columns.len() / count, count);
    // The upper triangle by columns is the lower one by rows.
    triangular::matmul(
        MatMut::from_column_major_slice_mut(out, count, count),
        BlockStructure::TriangularUpper,
        Accum::Add,
        columns.transpose(),
        BlockStructure::Rectangular,
        columns,
        BlockStructure::Rectangular,
        1.0,
        Par::Seq,
    );
}
