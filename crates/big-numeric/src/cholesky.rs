//! The factor of a symmetric positive definite matrix.

use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::linalg::triangular_inverse::invert_lower_triangular;
use faer::linalg::triangular_solve::{
    solve_lower_triangular_in_place, solve_upper_triangular_in_place,
};
use faer::{Accum, Mat, MatMut, MatRef, Par, Side};

use crate::dot;
use crate::matrix::mirror;

/// Above this size the blocked factorisation pays.
pub(crate) const BLOCKED: usize = 48;

/// `A = L Lᵀ`, `n × n` by rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Cholesky {
    n: usize,
    lower: Vec<f64>,
}

impl Cholesky {
    /// The factor of the identity.
    pub fn identity(n: usize) -> Self {
        let entry = |at: usize| f64::from(u8::from(at / n == at % n));
        Self {
            n,
            lower: (0..n * n).map(entry).collect(),
        }
    }

    /// The factor whose `L` has its rows multiplied: that of `D A D` for a diagonal `D > 0`.
    pub fn scaled(&self, diagonal: &[f64]) -> Self {
        let n = self.n;
        let lower = self.lower.iter().enumerate();
        Self {
            n,
            lower: lower.map(|(at, l)| l * diagonal[at / n]).collect(),
        }
    }

    /// `log det A`.
    pub fn log_det(&self) -> f64 {
        let n = self.n;
        (0..n).map(|k| 2.0 * self.lower[k * n + k].ln()).sum()
    }

    /// Factorises; `None` when `a` is not positive definite (or holds a NaN).
    pub fn new(a: &[f64], n: usize) -> Option<Self> {
        let mut lower = a.to_vec();
        if n > BLOCKED {
            let factor = MatRef::from_row_major_slice(a, n, n);
            let factor = factor.llt(Side::Lower).ok()?;
            let l = factor.L();
            for i in 0..n {
                for j in 0..=i {
                    lower[i * n + j] = l[(i, j)];
                }
            }
        } else {
            factorise(&mut lower, n, 0.0)?;
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

    /// Factorises `a + shift I` row by row, on one thread; `None` when that is not positive definite.
    pub fn shifted(a: &[f64], n: usize, shift: f64) -> Option<Self> {
        let mut lower = a.to_vec();
        factorise(&mut lower, n, shift)?;
        Some(Self { n, lower })
    }

    /// The factor with these rows (`n × n`); `None` where they are not as many.
    pub fn from_lower(n: usize, lower: Vec<f64>) -> Option<Self> {
        (n.checked_mul(n) == Some(lower.len())).then_some(Self { n, lower })
    }

    /// `n`.
    pub fn size(&self) -> usize {
        self.n
    }

    /// `L`, by rows.
    pub fn lower(&self) -> &[f64] {
        &self.lower
    }

    /// `x ← L⁻¹ x`.
    pub fn solve_lower(&self, x: &mut [f64]) {
        for i in 0..self.n {
            let row = &self.lower[i * self.n..i * self.n + i];
            let sum = x[i] - dot(row, &x[..i]);
            x[i] = sum / self.lower[i * self.n + i];
        }
    }

    /// `x ← L⁻ᵀ x`.
    pub fn solve_upper(&self, x: &mut [f64]) {
        for i in (0..self.n).rev() {
            let value = x[i] / self.lower[i * self.n + i];
            x[i] = value;
            for k in 0..i {
                x[k] -= self.lower[i * self.n + k] * value;
            }
        }
    }

    /// `x ← A⁻¹ x`.
    pub fn solve(&self, x: &mut [f64]) {
        self.solve_lower(x);
        self.solve_upper(x);
    }

    /// `A⁻¹ B` for `B` of `n` rows, both by rows.
    pub fn solve_matrix(&self, b: &[f64]) -> Vec<f64> {
        let columns = b.len() / self.n.max(1);
        let mut out = b.to_vec();
        let l = MatRef::from_row_major_slice(&self.lower, self.n, self.n);
        let mut x = MatMut::from_row_major_slice_mut(&mut out, self.n, columns);
        solve_lower_triangular_in_place(l, x.as_mut(), Par::Seq);
        solve_upper_triangular_in_place(l.transpose(), x, Par::Seq);
        out
    }

    /// `x ← L⁻¹ x` for many `x`, one after the other.
    pub fn solve_lower_each(&self, x: &mut [f64]) {
        let count = x.len() / self.n.max(1);
        let l = MatRef::from_row_major_slice(&self.lower, self.n, self.n);
        let x = MatMut::from_column_major_slice_mut(x, self.n, count);
        solve_lower_triangular_in_place(l, x, Par::Seq);
    }

    /// `x ← L⁻ᵀ x` for many `x`, one after the other.
    pub fn solve_upper_each(&self, x: &mut [f64]) {
        let count = x.len() / self.n.max(1);
        let l = MatRef::from_row_major_slice(&self.lower, self.n, self.n);
        let x = MatMut::from_column_major_slice_mut(x, self.n, count);
        solve_upper_triangular_in_place(l.transpose(), x, Par::Seq);
    }

    /// The factor of the first `m × m` of `A`, times `times²`.
    pub fn leading(&self, m: usize, times: f64) -> Self {
        let rows = self.lower.chunks_exact(self.n.max(1)).take(m);
        let lower: Vec<f64> = rows
            .flat_map(|row| row[..m].iter().map(|l| times * l))
            .collect();
        Self { n: m, lower }
    }

    /// `L⁻¹`, by columns.
    fn inverse_root(&self) -> Mat<f64> {
        let l = MatRef::from_row_major_slice(&self.lower, self.n, self.n);
        let mut out = Mat::zeros(self.n, self.n);
        invert_lower_triangular(out.as_mut(), l, Par::Seq);
        out
    }

    /// The diagonal of `A⁻¹`: O(n³/6).
    pub fn inverse_diagonal(&self) -> Vec<f64> {
        let n = self.n;
        if n <= BLOCKED {
            let inverse = self.inverse();
            return (0..n).map(|k| inverse[k * n + k]).collect();
        }
        let root = self.inverse_root();
        (0..n).map(|k| root.col(k).squared_norm_l2()).collect()
    }

    /// `A⁻¹`, by rows: O(n³/3).
    pub fn inverse(&self) -> Vec<f64> {
        let n = self.n;
        if n > BLOCKED {
            // A⁻¹ = L⁻ᵀ L⁻¹.
            let root = self.inverse_root();
            let mut out = vec![0.0; n * n];
            triangular::matmul(
                // The upper triangle by columns is the lower one by rows.
                MatMut::from_column_major_slice_mut(&mut out, n, n),
                BlockStructure::TriangularUpper,
                Accum::Replace,
                root.transpose(),
                BlockStructure::TriangularUpper,
                root.as_ref(),
                BlockStructure::TriangularLower,
                1.0,
                Par::Seq,
            );
            mirror(&mut out, n);
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

/// The lower triangle of `lower + shift I` becomes its factor.
fn factorise(lower: &mut [f64], n: usize, shift: f64) -> Option<()> {
    for i in 0..n {
        let (above, rest) = lower.split_at_mut(i * n);
        let row = &mut rest[..n];
        for j in 0..i {
            let earlier = &above[j * n..j * n + j + 1];
            row[j] = (row[j] - dot(&row[..j], &earlier[..j])) / earlier[j];
        }
        let pivot = row[i] + shift - dot(&row[..i], &row[..i]);
        if pivot.is_nan() || pivot <= 0.0 || pivot.is_infinite() {
            return None;
        }
        row[i] = pivot.sqrt();
    }
    Some(())
}
