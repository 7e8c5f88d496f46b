//! The vector loops of a pass: rows of targets, a batch at a time.

use pulp::{Simd, WithSimd};

/// Rows handled together, so that square roots and divisions fill the vector registers.
pub(super) const BATCH: usize = 8;

/// The squares of targets' distances from the point `anchor + offset`, to the same bits as [`difference`] has them.
pub(super) fn squares(targets: &[f64], anchor: &[f64], offset: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; targets.len() / anchor.len()];
    pulp::Arch::new().dispatch(Squares {
        targets,
        anchor,
        offset,
        out: &mut out,
    });
    out
}

struct Squares<'r> {
    targets: &'r [f64],
    anchor: &'r [f64],
    offset: &'r [f64],
    out: &'r mut [f64],
}

impl WithSimd for Squares<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let d = self.anchor.len();
        let mut diff = vec![0.0; d];
        for (target, out) in self.targets.chunks_exact(d).zip(self.out) {
            *out = difference(d, simd, target, self.anchor, self.offset, &mut diff);
        }
    }
}

/// Adds `c u uᵀ` for the unit vectors along `diffs`, which become these, to a lower triangle.
#[inline(always)]
pub(super) fn add_outer<S: Simd>(
    d: usize,
    simd: S,
    scaled: &[f64; BATCH],
    inverse: &[f64; BATCH],
    diffs: &mut [f64],
    outer: &mut [f64],
) {
    for ((diff, inv), c) in diffs.chunks_exact_mut(d).zip(inverse).zip(scaled) {
        diff.iter_mut().for_each(|x| *x *= inv);
        for (k, row) in outer.chunks_exact_mut(d).enumerate() {
            // Up to the diagonal, in whole vectors where that is possible.
            let end = (k + 1).next_multiple_of(S::F64_LANES).min(d);
            add_scaled(end, simd, c * diff[k], diff, row);
        }
    }
}

/// Writes the vector from the point to a target; returns its square.
#[inline(always)]
pub(super) fn difference<S: Simd>(
    d: usize,
    simd: S,
    target: &[f64],
    anchor: &[f64],
    offset: &[f64],
    out: &mut [f64],
) -> f64 {
    let (t, t_rest) = S::as_simd_f64s(&target[..d]);
    let (a, a_rest) = S::as_simd_f64s(&anchor[..d]);
    let (o, o_rest) = S::as_simd_f64s(&offset[..d]);
    let (out, out_rest) = S::as_mut_simd_f64s(&mut out[..d]);
    // Two sums, each waiting for itself only.
    let (mut even, mut odd) = (simd.splat_f64s(0.0), simd.splat_f64s(0.0));
    let mut q = 0;
    while q < t.len() {
        let x = simd.sub_f64s(simd.sub_f64s(t[q], a[q]), o[q]);
        out[q] = x;
        even = simd.mul_add_e_f64s(x, x, even);
        if q + 1 < t.len() {
            let x = simd.sub_f64s(simd.sub_f64s(t[q + 1], a[q + 1]), o[q + 1]);
            out[q + 1] = x;
            odd = simd.mul_add_e_f64s(x, x, odd);
        }
        q += 2;
    }
    let mut rest = 0.0;
    for q in 0..t_rest.len() {
        let x = (t_rest[q] - a_rest[q]) - o_rest[q];
        out_rest[q] = x;
        rest += x * x;
    }
    if t.is_empty() {
        return rest;
    }
    let sum = simd.reduce_sum_f64s(simd.add_f64s(even, odd));
    if t_rest.is_empty() { sum } else { sum + rest }
}

/// Adds the rows of a batch, each times its factor, to a vector. Factors beyond the last row are 0.
#[inline(always)]
pub(super) fn add_rows<S: Simd>(
    d: usize,
    simd: S,
    factors: &[f64; BATCH],
    rows: &[f64],
    out: &mut [f64],
) {
    let rows = &rows[..BATCH * d];
    let (out, out_rest) = S::as_mut_simd_f64s(&mut out[..d]);
    for (q, out) in out.iter_mut().enumerate() {
        let mut sums = [*out, simd.splat_f64s(0.0)];
        for r in 0..BATCH {
            let row = S::as_simd_f64s(&rows[r * d..(r + 1) * d]).0;
            sums[r % 2] = simd.mul_add_e_f64s(simd.splat_f64s(factors[r]), row[q], sums[r % 2]);
        }
        *out = simd.add_f64s(sums[0], sums[1]);
    }
    let first = d - out_rest.len();
    for (out, k) in out_rest.iter_mut().zip(first..) {
        for r in 0..BATCH {
            *out += factors[r] * rows[r * d + k];
        }
    }
}

/// Adds `c · v` to the first `length` numbers of a vector.
#[inline(always)]
fn add_scaled<S: Simd>(length: usize, simd: S, c: f64, v: &[f64], out: &mut [f64]) {
    let (v, v_rest) = S::as_simd_f64s(&v[..length]);
    let (out, out_rest) = S::as_mut_simd_f64s(&mut out[..length]);
    let factor = simd.splat_f64s(c);
    for (out, &v) in out.iter_mut().zip(v) {
        *out = simd.mul_add_e_f64s(factor, v, *out);
    }
    for (out, v) in out_rest.iter_mut().zip(v_rest) {
        *out += c * v;
    }
}

/// `‖v‖²`, in four independent sums.
#[inline(always)]
pub(super) fn square(v: &[f64]) -> f64 {
    let mut lanes = [0.0; 4];
    let chunks = v.chunks_exact(4);
    let mut rest = 0.0;
    for x in chunks.remainder() {
        rest += x * x;
    }
    for chunk in chunks {
        for l in 0..4 {
            lanes[l] += chunk[l] * chunk[l];
        }
    }
    ((lanes[0] + lanes[2]) + (lanes[1] + lanes[3])) + rest
}
