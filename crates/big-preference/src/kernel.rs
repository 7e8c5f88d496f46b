//! The inner loops of the likelihood over one block of rows.
//!
//! Rows are `x_r ∈ R^p`, columns contiguous; the margin is `m_r = ⟨q, x_r⟩`, the loss `w_r log(1 + e^{−m_r})`. Every
//! loop runs along the rows (see [`simd`]).

use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::{Accum, MatMut, MatRef, Par};

use crate::data::{Block, Floats};
use crate::simd;

/// Up to this many columns the products are written by hand; above, a blocked matrix product wins.
const BY_HAND: usize = 40;

/// Memory that a thread reuses from block to block.
#[derive(Default)]
pub(crate) struct Scratch {
    wide: Vec<f64>,
    margins: Vec<f64>,
    slope: Vec<f64>,
    curve: Vec<f64>,
    scaled: Vec<f64>,
}

/// What a pass adds up.
#[derive(Clone, Debug)]
pub(crate) struct Sums {
    /// `Σ w log(1 + e^{−m})`.
    pub(crate) value: f64,
    /// `Σ w σ(−m) x` over the free columns: minus the gradient in `q`.
    pub(crate) slope: Vec<f64>,
    /// `Σ w σ(m) σ(−m) x xᵀ`, the lower triangle by rows; empty when it is not asked for.
    pub(crate) curvature: Vec<f64>,
    /// The largest absolute value in each free column; only with the curvature.
    pub(crate) reach: Vec<f64>,
    /// `Σ w`.
    pub(crate) weight: f64,
    /// The number of rows.
    pub(crate) rows: u64,
}

impl Sums {
    pub(crate) fn new(free: usize, curvature: bool) -> Self {
        Self {
            value: 0.0,
            slope: vec![0.0; free],
            curvature: vec![0.0; if curvature { free * free } else { 0 }],
            reach: vec![0.0; if curvature { free } else { 0 }],
            weight: 0.0,
            rows: 0,
        }
    }

    pub(crate) fn join(&mut self, other: &Self) {
        self.value += other.value;
        self.weight += other.weight;
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

/// Adds a block's value, slope and, where `sums` has room for it, curvature at the coefficients `q` (length `d + 1`).
pub(crate) fn add_block(block: &Block<'_>, q: &[f64], sums: &mut Sums, scratch: &mut Scratch) {
    let rows = block.rows();
    let free = sums.slope.len();
    let Scratch {
        wide,
        margins,
        slope,
        curve,
        scaled,
    } = scratch;
    let columns = widened(block, wide);
    let curved = !sums.curvature.is_empty();
    margins.resize(rows, 0.0);
    slope.resize(rows, 0.0);
    curve.resize(rows, 0.0);
    simd::linear(columns, rows, q, margins);
    sums.value += simd::logistic(margins, block.weights(), slope, curve);
    simd::add_products(columns, rows, slope, &mut sums.slope);
    if curved {
        simd::raise_to_largest(columns, rows, &mut sums.reach);
        if free <= BY_HAND {
            scaled.resize(rows, 0.0);
            simd::add_gram(columns, rows, curve, scaled, free, &mut sums.curvature);
        } else {
            large_gram(columns, rows, curve, scaled, free, &mut sums.curvature);
        }
    }
    sums.rows += rows as u64;
    sums.weight += block.weights().map_or(rows as f64, |w| w.iter().sum());
}

/// Adds `Σ w σ(m) σ(−m) x ⟨x, v⟩` over the free columns to `out`: the Hessian times `v`, which is never formed. `v`
/// has zeros where a coefficient is not free.
pub(crate) fn add_curvature_product(
    block: &Block<'_>,
    q: &[f64],
    v: &[f64],
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

/// The same by a blocked triangular matrix product.
fn large_gram(
    columns: &[f64],
    rows: usize,
    curve: &[f64],
    scaled: &mut Vec<f64>,
    free: usize,
    out: &mut [f64],
) {
    scaled.resize(rows * free, 0.0);
    let scaled = &mut scaled[..rows * free];
    for (out, column) in scaled
        .chunks_exact_mut(rows)
        .zip(columns.chunks_exact(rows))
    {
        for ((s, x), c) in out.iter_mut().zip(column).zip(curve) {
            *s = x * c;
        }
    }
    let left = MatRef::from_column_major_slice(&columns[..rows * free], rows, free);
    let right = MatRef::from_column_major_slice(&*scaled, rows, free);
    // The upper triangle by columns is the lower one by rows.
    triangular::matmul(
        MatMut::from_column_major_slice_mut(out, free, free),
        BlockStructure::TriangularUpper,
        Accum::Add,
        left.transpose(),
        BlockStructure::Rectangular,
        right,
        BlockStructure::Rectangular,
        1.0,
        Par::Seq,
    );
}
