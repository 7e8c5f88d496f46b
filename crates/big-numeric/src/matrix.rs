//! Small dense matrices, by rows. Of symmetric ones only the lower triangle is read.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par, Side};

use crate::cholesky::BLOCKED;
use crate::dot;

/// Eigenvalues in increasing order, and the eigenvectors by rows; `None` when the iteration fails.
pub fn eigen(a: &[f64], n: usize) -> Option<(Vec<f64>, Vec<f64>)> {
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
pub fn mirror(a: &mut [f64], n: usize) {
    for i in 0..n {
        for j in 0..i {
            a[j * n + i] = a[i * n + j];
        }
    }
}

/// `Aᵀ` of a square matrix.
pub fn transposed(a: &[f64], n: usize) -> Vec<f64> {
    (0..n * n).map(|at| a[at % n * n + at / n]).collect()
}

/// `A x` for a full matrix by rows.
pub fn times(a: &[f64], x: &[f64]) -> Vec<f64> {
    a.chunks_exact(x.len()).map(|row| dot(row, x)).collect()
}

/// `A B` for square matrices by rows.
pub fn product(a: &[f64], b: &[f64], n: usize) -> Vec<f64> {
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
pub fn outer_gram(x: &[f64], n: usize, p: usize) -> Vec<f64> {
    products(x, n, x, n, p)
}

/// `A Bᵀ` for `m` and `n` rows of `p` numbers, by rows.
pub fn products(a: &[f64], m: usize, b: &[f64], n: usize, p: usize) -> Vec<f64> {
    let right = MatRef::from_row_major_slice(b, n, p);
    multiplied(MatRef::from_row_major_slice(a, m, p), right.transpose())
}

/// `A X` for `m` rows of `r` numbers and `r` rows of `p` numbers, by rows.
pub fn combined(a: &[f64], m: usize, x: &[f64], r: usize, p: usize) -> Vec<f64> {
    let right = MatRef::from_row_major_slice(x, r, p);
    multiplied(MatRef::from_row_major_slice(a, m, r), right)
}

/// The rows `from..to` of `ZᵀZ`, up to column `to`, for rows `z` of `d` numbers.
pub fn gram_band(z: &[f64], d: usize, from: usize, to: usize) -> Vec<f64> {
    let z = MatRef::from_row_major_slice(z, z.len() / d.max(1), d);
    multiplied(z.subcols(from, to - from).transpose(), z.subcols(0, to))
}

fn multiplied(left: MatRef<'_, f64>, right: MatRef<'_, f64>) -> Vec<f64> {
    let (m, n) = (left.nrows(), right.ncols());
    let mut out = vec![0.0; m * n];
    matmul(
        MatMut::from_row_major_slice_mut(&mut out, m, n),
        Accum::Replace,
        left,
        right,
        1.0,
        Par::Seq,
    );
    out
}

/// `Aᵀ x` for `A` by rows of `n` numbers.
pub fn transposed_times(a: &[f64], n: usize, x: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; n];
    for (row, x) in a.chunks_exact(n.max(1)).zip(x) {
        for (out, a) in out.iter_mut().zip(row) {
            *out += a * x;
        }
    }
    out
}

/// `matrix · v` for a symmetric matrix given by its lower triangle.
pub fn symmetric_times(matrix: &[f64], v: &[f64]) -> Vec<f64> {
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

/// The rank of `rows × columns` numbers (by rows), by Gaussian elimination with full pivoting; pivots of
/// at most `tolerance` count as zero.
pub fn rank(mut a: Vec<f64>, columns: usize, tolerance: f64) -> usize {
    let rows = a.len().checked_div(columns).unwrap_or(0);
    for step in 0..rows.min(columns) {
        let mut best = (step, step, 0.0);
        for i in step..rows {
            for j in step..columns {
                let size = a[i * columns + j].abs();
                if size > best.2 {
                    best = (i, j, size);
                }
            }
        }
        let (pivot_row, pivot_column, size) = best;
        if size <= tolerance {
            return step;
        }
        for j in 0..columns {
            a.swap(step * columns + j, pivot_row * columns + j);
        }
        for i in 0..rows {
            a.swap(i * columns + step, i * columns + pivot_column);
        }
        let pivot = a[step * columns + step];
        for i in step + 1..rows {
            let ratio = a[i * columns + step] / pivot;
            for j in step..columns {
                a[i * columns + j] -= ratio * a[step * columns + j];
            }
        }
    }
    rows.min(columns)
}
