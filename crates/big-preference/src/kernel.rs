//! The inner loops of the likelihood over one block of rows.
//!
//! Rows are `x_r ∈ R^p`, columns contiguous; the margin is `m_r = ⟨q, x_r⟩`, the loss `w_r log(1 + e^{−m_r})`. Every
//! loop runs along the rows in eight lanes, so that the result does not depend on the width of the machine's vectors.

use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::{Accum, MatMut, MatRef, Par};

use crate::data::{Block, Floats};

/// Up to this many columns the products are written by hand; above, a blocked matrix product wins.
const BY_HAND: usize = 40;

/// Lanes of the running sums.
const LANES: usize = 8;

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
    pulp::Arch::new().dispatch(
        #[inline(always)]
        || {
            linear(columns, rows, q, margins);
            sums.value += logistic(margins, block.weights(), slope, curve);
            add_products(columns, rows, slope, &mut sums.slope);
            if curved {
                for (column, reach) in columns.chunks_exact(rows).zip(&mut sums.reach) {
                    *reach = reach.max(largest(column));
                }
                if free <= BY_HAND {
                    small_gram(columns, rows, curve, scaled, free, &mut sums.curvature);
                }
            }
        },
    );
    if curved && free > BY_HAND {
        large_gram(columns, rows, curve, scaled, free, &mut sums.curvature);
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
    pulp::Arch::new().dispatch(
        #[inline(always)]
        || {
            linear(columns, rows, q, margins);
            logistic(margins, block.weights(), slope, curve);
            linear(columns, rows, v, &mut scaled[..rows]);
            for (s, c) in scaled.iter_mut().zip(curve.iter()) {
                *s *= c;
            }
            add_products(columns, rows, &scaled[..rows], out);
        },
    );
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
    pulp::Arch::new().dispatch(
        #[inline(always)]
        || {
            linear(columns, rows, q, margins);
            logistic(margins, block.weights(), slope, curve);
            for (column, out) in columns.chunks_exact(rows).zip(out) {
                let mut sum = 0.0;
                for (x, c) in column.iter().zip(curve.iter()) {
                    sum += c * x * x;
                }
                *out += sum;
            }
        },
    );
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
    pulp::Arch::new().dispatch(
        #[inline(always)]
        || linear(columns, rows, q, margins),
    );
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

/// `out_r = Σ_k q_k x_rk`.
#[inline(always)]
fn linear(columns: &[f64], rows: usize, q: &[f64], out: &mut [f64]) {
    let out = &mut out[..rows];
    out.fill(0.0);
    let mut k = 0;
    while k + 4 <= q.len() {
        let (c0, rest) = columns[k * rows..(k + 4) * rows].split_at(rows);
        let (c1, rest) = rest.split_at(rows);
        let (c2, c3) = rest.split_at(rows);
        for r in 0..rows {
            let first = q[k].mul_add(c0[r], out[r]);
            let second = q[k + 1].mul_add(c1[r], first);
            let third = q[k + 2].mul_add(c2[r], second);
            out[r] = q[k + 3].mul_add(c3[r], third);
        }
        k += 4;
    }
    while k < q.len() {
        let column = &columns[k * rows..(k + 1) * rows];
        for (o, x) in out.iter_mut().zip(column) {
            *o = q[k].mul_add(*x, *o);
        }
        k += 1;
    }
}

/// `e^{−x}` for `x ≥ 0`, to about one unit in the last place (below `e^{−708}`, that number).
#[inline(always)]
fn exp_minus(x: f64) -> f64 {
    // Adding 1.5·2⁵² rounds to an integer and leaves it in the low bits.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    let x = -(if x < 708.0 { x } else { 708.0 });
    let shifted = x.mul_add(std::f64::consts::LOG2_E, ROUND);
    let whole = shifted - ROUND;
    let r = whole.mul_add(-LN2_LOW, whole.mul_add(-LN2_HIGH, x));
    // Taylor's series on |r| ≤ ln 2 / 2: the first term left out is below 2e-17.
    let mut p = 1.0 / 6_227_020_800.0;
    p = r.mul_add(p, 1.0 / 479_001_600.0);
    p = r.mul_add(p, 1.0 / 39_916_800.0);
    p = r.mul_add(p, 1.0 / 3_628_800.0);
    p = r.mul_add(p, 1.0 / 362_880.0);
    p = r.mul_add(p, 1.0 / 40_320.0);
    p = r.mul_add(p, 1.0 / 5_040.0);
    p = r.mul_add(p, 1.0 / 720.0);
    p = r.mul_add(p, 1.0 / 120.0);
    p = r.mul_add(p, 1.0 / 24.0);
    p = r.mul_add(p, 1.0 / 6.0);
    p = r.mul_add(p, 0.5);
    p = r.mul_add(p, 1.0);
    p = r.mul_add(p, 1.0);
    let power = (shifted.to_bits().wrapping_add(1023)) << 52;
    p * f64::from_bits(power)
}

/// Fills in `w σ(−m)` and `w σ(m) σ(−m)`, and returns `Σ w log(1 + e^{−m})`.
#[inline(always)]
fn logistic(margins: &[f64], weights: Option<&[f64]>, slope: &mut [f64], curve: &mut [f64]) -> f64 {
    let rows = margins.len();
    let (slope, curve) = (&mut slope[..rows], &mut curve[..rows]);
    // `curve` holds e = e^{−|m|} first.
    for (c, m) in curve.iter_mut().zip(margins) {
        *c = exp_minus(m.abs());
    }
    let mut value = 0.0;
    match weights {
        None => {
            // Σ log(1 + e) as the logarithm of a product: at most 2^512.
            let mut products = [1.0; LANES];
            let mut linear = [0.0; LANES];
            let mut chunks = curve.chunks_exact(LANES);
            let mut margin_chunks = margins.chunks_exact(LANES);
            for (e, m) in chunks.by_ref().zip(margin_chunks.by_ref()) {
                for l in 0..LANES {
                    products[l] *= 1.0 + e[l];
                    linear[l] -= if m[l] < 0.0 { m[l] } else { 0.0 };
                }
            }
            for (e, m) in chunks.remainder().iter().zip(margin_chunks.remainder()) {
                products[0] *= 1.0 + e;
                linear[0] -= m.min(0.0);
            }
            let folded = products.iter().product::<f64>();
            value += linear.iter().sum::<f64>();
            // Beside 1, small numbers e are lost; where all are small, they are what counts.
            value += if folded > 1.001 {
                folded.ln()
            } else {
                curve.iter().map(|e| e.ln_1p()).sum::<f64>()
            };
        }
        Some(weights) => {
            for ((e, m), w) in curve.iter().zip(margins).zip(weights) {
                value += w * (e.ln_1p() - m.min(0.0));
            }
        }
    }
    for r in 0..rows {
        let e = curve[r];
        let s = 1.0 / (1.0 + e);
        // σ(−m) is e/(1 + e) where m ≥ 0 and 1/(1 + e) where m < 0.
        slope[r] = if margins[r] < 0.0 { s } else { e * s };
        curve[r] = e * s * s;
    }
    if let Some(weights) = weights {
        for r in 0..rows {
            slope[r] *= weights[r];
            curve[r] *= weights[r];
        }
    }
    value
}

/// `out_k += Σ_r y_r x_rk`.
#[inline(always)]
fn add_products(columns: &[f64], rows: usize, y: &[f64], out: &mut [f64]) {
    let free = out.len();
    let mut k = 0;
    while k + 4 <= free {
        let sums = four_products(&columns[k * rows..(k + 4) * rows], rows, y);
        for j in 0..4 {
            out[k + j] += sums[j];
        }
        k += 4;
    }
    while k < free {
        out[k] += one_product(&columns[k * rows..(k + 1) * rows], y);
        k += 1;
    }
}

#[inline(always)]
fn one_product(x: &[f64], y: &[f64]) -> f64 {
    let (x8, x_rest) = x.as_chunks::<LANES>();
    let (y8, y_rest) = y.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for (x, y) in x8.iter().zip(y8) {
        for l in 0..LANES {
            sums[l] = x[l].mul_add(y[l], sums[l]);
        }
    }
    let rest: f64 = x_rest.iter().zip(y_rest).map(|(x, y)| x * y).sum();
    folded(&sums) + rest
}

/// The products of four consecutive columns with `y`.
#[inline(always)]
fn four_products(columns: &[f64], rows: usize, y: &[f64]) -> [f64; 4] {
    let (c0, rest) = columns.split_at(rows);
    let (c1, rest) = rest.split_at(rows);
    let (c2, c3) = rest.split_at(rows);
    let (c0, t0) = c0.as_chunks::<LANES>();
    let (c1, t1) = c1.as_chunks::<LANES>();
    let (c2, t2) = c2.as_chunks::<LANES>();
    let (c3, t3) = c3.as_chunks::<LANES>();
    let (y8, y_rest) = y.as_chunks::<LANES>();
    let mut s0 = [0.0; LANES];
    let mut s1 = [0.0; LANES];
    let mut s2 = [0.0; LANES];
    let mut s3 = [0.0; LANES];
    for ((((y, a), b), c), d) in y8.iter().zip(c0).zip(c1).zip(c2).zip(c3) {
        for l in 0..LANES {
            s0[l] = a[l].mul_add(y[l], s0[l]);
            s1[l] = b[l].mul_add(y[l], s1[l]);
            s2[l] = c[l].mul_add(y[l], s2[l]);
            s3[l] = d[l].mul_add(y[l], s3[l]);
        }
    }
    let rest = |t: &[f64]| -> f64 { t.iter().zip(y_rest).map(|(x, y)| x * y).sum() };
    [
        folded(&s0) + rest(t0),
        folded(&s1) + rest(t1),
        folded(&s2) + rest(t2),
        folded(&s3) + rest(t3),
    ]
}

#[inline(always)]
fn folded(s: &[f64; LANES]) -> f64 {
    ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
}

#[inline(always)]
fn largest(x: &[f64]) -> f64 {
    let (chunks, rest) = x.as_chunks::<LANES>();
    let mut most = [0.0; LANES];
    for x in chunks {
        for l in 0..LANES {
            let size = x[l].abs();
            most[l] = if size > most[l] { size } else { most[l] };
        }
    }
    let rest = rest.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    most.iter().fold(rest, |m, x| m.max(*x))
}

/// The lower triangle, by rows, of `Σ_r c_r x_r x_rᵀ`, a row of it at a time.
#[inline(always)]
fn small_gram(
    columns: &[f64],
    rows: usize,
    curve: &[f64],
    scaled: &mut Vec<f64>,
    free: usize,
    out: &mut [f64],
) {
    scaled.resize(rows, 0.0);
    for j in 0..free {
        let column = &columns[j * rows..(j + 1) * rows];
        for ((s, x), c) in scaled.iter_mut().zip(column).zip(curve) {
            *s = x * c;
        }
        add_products(
            columns,
            rows,
            &scaled[..rows],
            &mut out[j * free..j * free + j + 1],
        );
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
