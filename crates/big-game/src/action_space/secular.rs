//! Least squares over the unit ball: `min ‖A u − b‖` subject to `‖u‖ ≤ 1`.
//!
//! The projection onto an ellipsoid and the nearest point in a linear image of a ball or an ellipsoid are
//! all of this form. Source: Moré and Sorensen, "Computing a trust region step" (1983); a least-squares
//! problem has no hard case, because its gradient lies in the range of `Aᵀ`.

use big_numeric::{dot, max_abs, norm, norm_of, power_of_two_below};
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::svd::{ComputeSvdVectors, svd, svd_scratch};
use faer::{Mat, MatRef, Par, diag::Diag};

/// From this many columns on, bidiagonalisation is much faster than rotations.
const MANY: usize = 40;

/// A matrix `A` (`rows × columns`), decomposed once, ready for any number of right-hand sides.
#[derive(Clone, Debug)]
pub(super) struct BallLeastSquares {
    /// The columns of `A V / unit`, orthogonal, one after another.
    left: Vec<f64>,
    /// Their squared lengths: the squared singular values of `A / unit`; 0 where numerically 0.
    squares: Vec<f64>,
    /// The orthogonal `V`, one column after another.
    right: Vec<f64>,
    rows: usize,
    columns: usize,
    unit: f64,
}

impl BallLeastSquares {
    /// `a` has `rows × columns` numbers by rows. `O(rows · columns²)`, with few columns for each of at most 60 sweeps.
    pub(super) fn new(a: &[f64], rows: usize, columns: usize) -> Self {
        let unit = power_of_two_below(max_abs(a));
        let scaled: Vec<f64> = a.iter().map(|v| v / unit).collect();
        let factored = (columns >= MANY)
            .then(|| by_bidiagonalisation(&scaled, rows, columns))
            .flatten();
        let (left, right) = factored.unwrap_or_else(|| by_rotations(&scaled, rows, columns));
        let mut squares: Vec<f64> = (0..columns)
            .map(|j| {
                let column = &left[j * rows..(j + 1) * rows];
                dot(column, column)
            })
            .collect();
        let largest = max_abs(&squares);
        let relative = f64::EPSILON * rows.max(columns) as f64;
        for square in &mut squares {
            if *square <= largest * relative * relative {
                *square = 0.0;
            }
        }
        Self {
            left,
            squares,
            right,
            rows,
            columns,
            unit,
        }
    }

    /// The smallest singular value.
    pub(super) fn smallest(&self) -> f64 {
        let least = self.squares.iter().copied().fold(f64::INFINITY, f64::min);
        least.sqrt() * self.unit
    }

    /// `A`'s left singular coordinates of `b`, times the singular values.
    fn coefficients(&self, b: &[f64]) -> Vec<f64> {
        let scaled: Vec<f64> = b.iter().map(|v| v / self.unit).collect();
        (0..self.columns)
            .map(|j| {
                if self.squares[j] > 0.0 {
                    dot(&self.left[j * self.rows..(j + 1) * self.rows], &scaled)
                } else {
                    0.0
                }
            })
            .collect()
    }

    /// Writes the minimiser of least norm into `u`.
    pub(super) fn solve(&self, b: &[f64], u: &mut [f64]) {
        let c = self.coefficients(b);
        let step = |lambda: f64, k: usize| {
            if c[k] == 0.0 {
                0.0
            } else {
                c[k] / (self.squares[k] + lambda)
            }
        };
        // `|c_k| ≤ s_k² + λ` is necessary for `‖u‖ ≤ 1`, so this is at or left of the root, from where
        // Newton on `1 − 1/‖u(λ)‖` increases monotonically to it.
        let mut lambda =
            (0..self.columns).fold(0.0_f64, |acc, k| acc.max(c[k].abs() - self.squares[k]));
        let mut outside = false;
        for _ in 0..100 {
            let length = norm_of(self.columns, |k| step(lambda, k));
            if length <= 1.0 {
                break;
            }
            outside = true;
            let slope: f64 = (0..self.columns)
                .filter(|&k| c[k] != 0.0)
                .map(|k| (step(lambda, k) / length).powi(2) / (self.squares[k] + lambda))
                .sum();
            let next = lambda + (length - 1.0) / slope;
            if next <= lambda || !next.is_finite() {
                break;
            }
            lambda = next;
        }
        u.fill(0.0);
        for j in 0..self.columns {
            let weight = step(lambda, j);
            for (u, v) in u.iter_mut().zip(&self.right[j * self.columns..]) {
                *u += weight * v;
            }
        }
        let length = norm(u);
        if length > 1.0 || (outside && length > 0.0) {
            for u in u {
                *u /= length;
            }
        }
    }

    /// The distance from `b = A u₀`, `‖u₀‖ ≤ 1`, to the image of the unit sphere, for a square invertible `A`.
    ///
    /// The multiplier is now negative, `λ = μ − s_min²` with `0 < μ ≤ s_min²`, and `‖u‖` increases as μ
    /// falls: bisection to the last bit. If `‖u‖` stays below 1 (the hard case, `b` across the shortest
    /// axis), the rest of the way goes along that axis.
    pub(super) fn distance_to_boundary(&self, b: &[f64]) -> f64 {
        let c = self.coefficients(b);
        let least = self.squares.iter().copied().fold(f64::INFINITY, f64::min);
        let u = |mu: f64, k: usize| {
            if c[k] == 0.0 {
                0.0
            } else {
                c[k] / (self.squares[k] - least + mu)
            }
        };
        let (mut low, mut high) = (0.0, least);
        while high > f64::EPSILON * f64::EPSILON * least {
            let middle = 0.5 * (low + high);
            if middle <= low || middle >= high {
                break;
            }
            if norm_of(self.columns, |k| u(middle, k)) > 1.0 {
                low = middle;
            } else {
                high = middle;
            }
        }
        // In singular coordinates the point moves by `s_k u_k − c_k / s_k = −λ u_k / s_k`.
        let lambda = high - least;
        let mut squares = 0.0;
        for k in 0..self.columns {
            squares += (lambda * u(high, k)).powi(2) / self.squares[k];
        }
        if low == 0.0 && high < least {
            let covered = norm_of(self.columns, |k| u(high, k));
            squares += (1.0 - covered * covered).max(0.0) * least;
        }
        squares.sqrt() * self.unit
    }
}

/// `A V` and `V`, column by column, by one-sided Jacobi rotations (Hestenes 1958), which keep small singular values
/// accurate.
fn by_rotations(a: &[f64], rows: usize, columns: usize) -> (Vec<f64>, Vec<f64>) {
    let mut left = vec![0.0; rows * columns];
    for i in 0..rows {
        for j in 0..columns {
            left[j * rows + i] = a[i * columns + j];
        }
    }
    let mut right = vec![0.0; columns * columns];
    for j in 0..columns {
        right[j * columns + j] = 1.0;
    }
    for _ in 0..60 {
        let mut rotated = false;
        for p in 0..columns {
            for q in p + 1..columns {
                rotated |= orthogonalise(&mut left, &mut right, rows, columns, p, q);
            }
        }
        if !rotated {
            break;
        }
    }
    (left, right)
}

/// The same by a general singular value decomposition, on one thread so that the bits are always the same; `None` should
/// it fail.
fn by_bidiagonalisation(a: &[f64], rows: usize, columns: usize) -> Option<(Vec<f64>, Vec<f64>)> {
    let size = rows.min(columns);
    let mut u: Mat<f64> = Mat::zeros(rows, size);
    let mut v: Mat<f64> = Mat::zeros(columns, columns);
    let mut s: Diag<f64> = Diag::zeros(size);
    let (thin, full) = (ComputeSvdVectors::Thin, ComputeSvdVectors::Full);
    let scratch = svd_scratch::<f64>(rows, columns, thin, full, Par::Seq, Default::default());
    svd(
        MatRef::from_row_major_slice(a, rows, columns),
        s.as_mut(),
        Some(u.as_mut()),
        Some(v.as_mut()),
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(scratch)),
        Default::default(),
    )
    .ok()?;
    let mut left = vec![0.0; rows * columns];
    for (j, column) in left.chunks_exact_mut(rows).enumerate().take(size) {
        for (i, value) in column.iter_mut().enumerate() {
            *value = u[(i, j)] * s.column_vector()[j];
        }
    }
    let right: Vec<f64> = (0..columns)
        .flat_map(|j| (0..columns).map(move |i| (i, j)))
        .map(|at| v[at])
        .collect();
    let finite = left.iter().chain(&right).all(|v| v.is_finite());
    finite.then_some((left, right))
}

/// Rotates columns `p` and `q` so that they are orthogonal; false if they already are.
fn orthogonalise(
    left: &mut [f64],
    right: &mut [f64],
    rows: usize,
    columns: usize,
    p: usize,
    q: usize,
) -> bool {
    let column = |j: usize| &left[j * rows..(j + 1) * rows];
    let alpha = dot(column(p), column(p));
    let beta = dot(column(q), column(q));
    let gamma = dot(column(p), column(q));
    if gamma == 0.0 || gamma.abs() <= f64::EPSILON * (alpha * beta).sqrt() {
        return false;
    }
    let zeta = (beta - alpha) / (2.0 * gamma);
    let tangent = zeta.signum() / (zeta.abs() + zeta.hypot(1.0));
    let cosine = 1.0 / tangent.hypot(1.0);
    let sine = cosine * tangent;
    rotate(left, rows, p, q, cosine, sine);
    rotate(right, columns, p, q, cosine, sine);
    true
}

fn rotate(columns: &mut [f64], height: usize, p: usize, q: usize, cosine: f64, sine: f64) {
    for i in 0..height {
        let x = columns[p * height + i];
        let y = columns[q * height + i];
        columns[p * height + i] = cosine * x - sine * y;
        columns[q * height + i] = sine * x + cosine * y;
    }
}
