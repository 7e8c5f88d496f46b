//! The small dense linear algebra of the dual: `d × d`, symmetric positive definite.

use crate::weight::norm;

/// A lower triangular Cholesky factor, `d × d` by rows.
pub(super) struct Cholesky {
    dim: usize,
    factor: Vec<f64>,
}

impl Cholesky {
    /// Factors `matrix + shift I` (its lower triangle); `None` when that is not positive definite.
    pub(super) fn new(matrix: &[f64], dim: usize, shift: f64) -> Option<Self> {
        let mut factor = matrix.to_vec();
        for i in 0..dim {
            let (above, rest) = factor.split_at_mut(i * dim);
            let row = &mut rest[..dim];
            for j in 0..i {
                let earlier = &above[j * dim..j * dim + j + 1];
                row[j] = (row[j] - dot(&row[..j], &earlier[..j])) / earlier[j];
            }
            let pivot = row[i] + shift - dot(&row[..i], &row[..i]);
            if pivot.is_nan() || pivot <= 0.0 || pivot.is_infinite() {
                return None;
            }
            row[i] = pivot.sqrt();
        }
        Some(Self { dim, factor })
    }

    /// Solves in place.
    pub(super) fn solve(&self, x: &mut [f64]) {
        let d = self.dim;
        for i in 0..d {
            let row = &self.factor[i * d..i * d + i + 1];
            x[i] = (x[i] - dot(&row[..i], &x[..i])) / row[i];
        }
        for i in (0..d).rev() {
            let row = &self.factor[i * d..i * d + i + 1];
            x[i] /= row[i];
            let xi = x[i];
            for (x, l) in x[..i].iter_mut().zip(row) {
                *x -= l * xi;
            }
        }
    }
}

/// `matrix · v` for a symmetric matrix given by its lower triangle.
pub(super) fn symmetric_times(matrix: &[f64], v: &[f64]) -> Vec<f64> {
    let d = v.len();
    let mut out = vec![0.0; d];
    for i in 0..d {
        let row = &matrix[i * d..i * d + i];
        out[i] += dot(row, &v[..i]) + matrix[i * d + i] * v[i];
        for (o, m) in out[..i].iter_mut().zip(row) {
            *o += m * v[i];
        }
    }
    out
}

/// The minimiser `p` of `⟨f, p⟩ + ½ pᵀ B p + ρ ‖v − p‖`, with `h = f + B v`.
///
/// Put `q = v − p`. If `‖h‖ ≤ ρ`, `q = 0`: the tip `v` is the minimiser. Otherwise `(B + λI) q = h` with
/// `λ ‖q‖ = ρ`; the root of `1/‖q(λ)‖ − λ/ρ` is found by Newton's method, as in a trust region.
/// `None` when `B` is not positive definite.
pub(super) fn proximal_step(matrix: &[f64], h: &[f64], rho: f64, v: &[f64]) -> Option<Vec<f64>> {
    let d = v.len();
    if norm(h) <= rho {
        return Some(v.to_vec());
    }
    let (mut low, mut high) = (0.0, f64::INFINITY);
    let length = norm(v);
    let mut lambda = if length > 0.0 { rho / length } else { 0.0 };
    let mut q = h.to_vec();
    for _ in 0..50 {
        let chol = Cholesky::new(matrix, d, lambda)?;
        q.copy_from_slice(h);
        chol.solve(&mut q);
        let size = norm(&q);
        let value = 1.0 / size - lambda / rho;
        if value.abs() <= 1e-13 * (lambda / rho) {
            break;
        }
        if value > 0.0 {
            low = lambda;
        } else {
            high = lambda;
        }
        let unit: Vec<f64> = q.iter().map(|x| x / size).collect();
        let mut bent = unit.clone();
        chol.solve(&mut bent);
        let slope = dot(&unit, &bent) / size - 1.0 / rho;
        let newton = lambda - value / slope;
        let next = if newton > low && newton < high {
            newton
        } else if high.is_finite() {
            0.5 * (low + high)
        } else {
            4.0 * lambda.max(rho / size)
        };
        if next == lambda {
            break;
        }
        lambda = next;
    }
    Some(v.iter().zip(&q).map(|(v, q)| v - q).collect())
}

/// `⟨a, b⟩` in four independent sums.
#[inline]
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (mut lanes, mut rest) = ([0.0; 4], 0.0);
    let (a4, b4) = (a.chunks_exact(4), b.chunks_exact(4));
    for (x, y) in a4.remainder().iter().zip(b4.remainder()) {
        rest += x * y;
    }
    for (x, y) in a4.zip(b4) {
        for l in 0..4 {
            lanes[l] += x[l] * y[l];
        }
    }
    ((lanes[0] + lanes[2]) + (lanes[1] + lanes[3])) + rest
}

/// A sum in eight independent sums.
pub(super) fn sum(numbers: &[f64]) -> f64 {
    let (chunks, rest) = numbers.as_chunks::<8>();
    let mut lanes = [0.0; 8];
    for chunk in chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane += x;
        }
    }
    lanes.iter().sum::<f64>() + rest.iter().sum::<f64>()
}
