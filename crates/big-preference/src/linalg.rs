//! Small dense linear algebra: symmetric matrices by rows, of which only the lower triangle is read.

use faer::linalg::matmul::matmul;
use faer::linalg::triangular_solve::{
    solve_lower_triangular_in_place, solve_upper_triangular_in_place,
};
use faer::{Accum, Mat, MatMut, MatRef, Par, Side};

use crate::wire::wired;

/// Above this size the blocked factorisation pays.
const BLOCKED: usize = 48;

/// `A = L Lᵀ`, `n × n` by rows.
#[derive(Clone, Debug)]
pub(crate) struct Cholesky {
    n: usize,
    lower: Vec<f64>,
}

wired!(Cholesky { n, lower });

impl Cholesky {
    /// The factor of the identity.
    pub(crate) fn identity(n: usize) -> Self {
        let entry = |at: usize| f64::from(u8::from(at / n == at % n));
        Self {
            n,
            lower: (0..n * n).map(entry).collect(),
        }
    }

    /// The factor whose `L` has its rows multiplied: that of `D A D` for a diagonal `D > 0`.
    pub(crate) fn scaled(&self, diagonal: &[f64]) -> Self {
        let n = self.n;
        let lower = self.lower.iter().enumerate();
        Self {
            n,
            lower: lower.map(|(at, l)| l * diagonal[at / n]).collect(),
        }
    }

    /// `log det A`.
    pub(crate) fn log_det(&self) -> f64 {
        let n = self.n;
        (0..n).map(|k| 2.0 * self.lower[k * n + k].ln()).sum()
    }

    /// Factorises; `None` when `a` is not positive definite (or holds a NaN).
    pub(crate) fn new(a: &[f64], n: usize) -> Option<Self> {
        let mut lower = a.to_vec();
        if n > BLOCKED {
            let matrix = Mat::from_fn(n, n, |i, j| a[i.max(j) * n + i.min(j)]);
            let factor = matrix.llt(Side::Lower).ok()?;
            let l = factor.L();
            for i in 0..n {
                for j in 0..=i {
                    lower[i * n + j] = l[(i, j)];
                }
            }
        } else {
            for i in 0..n {
                for j in 0..=i {
                    let mut sum = lower[i * n + j];
                    for k in 0..j {
                        sum -= lower[i * n + k] * lower[j * n + k];
                    }
                    lower[i * n + j] = if i > j {
                        sum / lower[j * n + j]
                    } else if sum > 0.0 && sum.is_finite() {
                        sum.sqrt()
                    } else {
                        return None;
                    };
                }
            }
        }
        // What is above the diagonal was never read.
        for i in 0..n {
            lower[i * n + i + 1..(i + 1) * n].fill(0.0);
        }
        lower
            .iter()
            .all(|v| v.is_finite())
            .then_some(Self { n, lower })
    }

    /// `n`.
    pub(crate) fn size(&self) -> usize {
        self.n
    }

    /// `L`, by rows.
    pub(crate) fn lower(&self) -> &[f64] {
        &self.lower
    }

    /// `x ← L⁻¹ x`.
    pub(crate) fn solve_lower(&self, x: &mut [f64]) {
        for i in 0..self.n {
            let row = &self.lower[i * self.n..i * self.n + i];
            let sum = x[i] - dot(row, &x[..i]);
            x[i] = sum / self.lower[i * self.n + i];
        }
    }

    /// `x ← L⁻ᵀ x`.
    pub(crate) fn solve_upper(&self, x: &mut [f64]) {
        for i in (0..self.n).rev() {
            let value = x[i] / self.lower[i * self.n + i];
            x[i] = value;
            for k in 0..i {
                x[k] -= self.lower[i * self.n + k] * value;
            }
        }
    }

    /// `x ← A⁻¹ x`.
    pub(crate) fn solve(&self, x: &mut [f64]) {
        self.solve_lower(x);
        self.solve_upper(x);
    }

    /// `A⁻¹ B` for `B` of `n` rows, both by rows.
    pub(crate) fn solve_matrix(&self, b: &[f64]) -> Vec<f64> {
        let columns = b.len() / self.n.max(1);
        let mut out = b.to_vec();
        let l = MatRef::from_row_major_slice(&self.lower, self.n, self.n);
        let mut x = MatMut::from_row_major_slice_mut(&mut out, self.n, columns);
        solve_lower_triangular_in_place(l, x.as_mut(), Par::Seq);
        solve_upper_triangular_in_place(l.transpose(), x, Par::Seq);
        out
    }

    /// `x ← L⁻¹ x` for many `x`, one after the other.
    pub(crate) fn solve_lower_each(&self, x: &mut [f64]) {
        let count = x.len() / self.n.max(1);
        let l = MatRef::from_row_major_slice(&self.lower, self.n, self.n);
        let x = MatMut::from_column_major_slice_mut(x, self.n, count);
        solve_lower_triangular_in_place(l, x, Par::Seq);
    }

    /// `x ← L⁻ᵀ x` for many `x`, one after the other.
    pub(crate) fn solve_upper_each(&self, x: &mut [f64]) {
        let count = x.len() / self.n.max(1);
        let l = MatRef::from_row_major_slice(&self.lower, self.n, self.n);
        let x = MatMut::from_column_major_slice_mut(x, self.n, count);
        solve_upper_triangular_in_place(l.transpose(), x, Par::Seq);
    }

    /// `A⁻¹`, by rows.
    pub(crate) fn inverse(&self) -> Vec<f64> {
        let n = self.n;
        if n > BLOCKED {
            let mut out = Self::identity(n).lower;
            self.solve_lower_each(&mut out);
            self.solve_upper_each(&mut out);
            return out;
        }
        let mut out = vec![0.0; n * n];
        for k in 0..n {
            let mut unit = vec![0.0; n];
            unit[k] = 1.0;
            self.solve(&mut unit);
            out[k * n..(k + 1) * n].copy_from_slice(&unit);
        }
        out
    }
}

/// Eigenvalues in increasing order, and the eigenvectors by rows; `None` when the iteration fails.
pub(crate) fn eigen(a: &[f64], n: usize) -> Option<(Vec<f64>, Vec<f64>)> {
    if !a.iter().all(|v| v.is_finite()) {
        return None;
    }
    let matrix = Mat::from_fn(n, n, |i, j| a[i.max(j) * n + i.min(j)]);
    let found = matrix.self_adjoint_eigen(Side::Lower).ok()?;
    let values = (0..n).map(|k| found.S()[k]).collect();
    let vectors = (0..n * n).map(|at| found.U()[(at % n, at / n)]).collect();
    Some((values, vectors))
}

/// Copies the lower triangle to the upper one.
pub(crate) fn mirror(a: &mut [f64], n: usize) {
    for i in 0..n {
        for j in 0..i {
            a[j * n + i] = a[i * n + j];
        }
    }
}

/// `Aᵀ` of a square matrix.
pub(crate) fn transposed(a: &[f64], n: usize) -> Vec<f64> {
    (0..n * n).map(|at| a[at % n * n + at / n]).collect()
}

/// `A x` for a full matrix by rows.
pub(crate) fn times(a: &[f64], x: &[f64]) -> Vec<f64> {
    a.chunks_exact(x.len()).map(|row| dot(row, x)).collect()
}

/// `A B` for square matrices by rows.
pub(crate) fn product(a: &[f64], b: &[f64], n: usize) -> Vec<f64> {
    if n > BLOCKED {
        let left = MatRef::from_row_major_slice(a, n, n);
        let right = MatRef::from_row_major_slice(b, n, n);
        let made = left * right;
        return (0..n * n).map(|at| made[(at / n, at % n)]).collect();
    }
    let mut out = vec![0.0; n * n];
    for (out, a) in out.chunks_exact_mut(n.max(1)).zip(a.chunks_exact(n.max(1))) {
        for (a, b) in a.iter().zip(b.chunks_exact(n)) {
            for (out, b) in out.iter_mut().zip(b) {
                *out += a * b;
            }
        }
    }
    out
}

/// `X Xᵀ` for `n` rows of `p` numbers.
pub(crate) fn outer_gram(x: &[f64], n: usize, p: usize) -> Vec<f64> {
    products(x, n, x, n, p)
}

/// `A Bᵀ` for `m` and `n` rows of `p` numbers, by rows.
pub(crate) fn products(a: &[f64], m: usize, b: &[f64], n: usize, p: usize) -> Vec<f64> {
    let left = MatRef::from_row_major_slice(a, m, p);
    let right = MatRef::from_row_major_slice(b, n, p);
    let mut out = vec![0.0; m * n];
    matmul(
        MatMut::from_row_major_slice_mut(&mut out, m, n),
        Accum::Replace,
        left,
        right.transpose(),
        1.0,
        Par::Seq,
    );
    out
}

/// The rows `from..to` of `ZᵀZ`, up to column `to`, for rows `z` of `d` numbers.
pub(crate) fn gram_band(z: &[f64], d: usize, from: usize, to: usize) -> Vec<f64> {
    let z = MatRef::from_row_major_slice(z, z.len() / d.max(1), d);
    let mut out = vec![0.0; (to - from) * to];
    matmul(
        MatMut::from_row_major_slice_mut(&mut out, to - from, to),
        Accum::Replace,
        z.subcols(from, to - from).transpose(),
        z.subcols(0, to),
        1.0,
        Par::Seq,
    );
    out
}

/// Above this length a product has several running sums, so that it runs as wide as the processor.
const LONG: usize = 64;

/// `⟨a, b⟩`.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    if a.len() < LONG {
        return a.iter().zip(b).map(|(x, y)| x * y).sum();
    }
    let (left, left_rest) = a.as_chunks::<16>();
    let (right, right_rest) = b[..a.len()].as_chunks::<16>();
    let mut sums = [0.0; 16];
    for (x, y) in left.iter().zip(right) {
        for k in 0..16 {
            sums[k] += x[k] * y[k];
        }
    }
    let rest = left_rest.iter().zip(right_rest).map(|(x, y)| x * y);
    sums.iter().sum::<f64>() + rest.sum::<f64>()
}

/// `Aᵀ x` for `A` by rows of `n` numbers.
pub(crate) fn transposed_times(a: &[f64], n: usize, x: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; n];
    for (row, x) in a.chunks_exact(n.max(1)).zip(x) {
        for (out, a) in out.iter_mut().zip(row) {
            *out += a * x;
        }
    }
    out
}

/// The Euclidean norm.
pub(crate) fn norm(a: &[f64]) -> f64 {
    let largest = a.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    if largest == 0.0 || !largest.is_finite() {
        return largest;
    }
    largest
        * a.iter()
            .map(|v| (v / largest) * (v / largest))
            .sum::<f64>()
            .sqrt()
}

/// `‖a − b‖`.
pub(crate) fn distance(a: &[f64], b: &[f64]) -> f64 {
    norm(&a.iter().zip(b).map(|(x, y)| x - y).collect::<Vec<f64>>())
}
