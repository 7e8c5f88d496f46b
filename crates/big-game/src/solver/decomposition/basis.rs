//! A small set of linearly independent columns with its QR factorisation, kept up to date.

use crate::weight::{dot, norm};

/// Columns `D = Q R` in `R^d`: `Q` orthonormal, `R` upper triangular.
#[derive(Clone, Debug)]
pub(super) struct Basis {
    d: usize,
    columns: Vec<Vec<f64>>,
    q: Vec<Vec<f64>>,
    /// Column `p` of `R` has `p + 1` entries.
    r: Vec<Vec<f64>>,
}

/// A column whose part outside the span is below this share of its length counts as dependent.
const DEPENDENT: f64 = 1e-11;

impl Basis {
    pub(super) fn new(d: usize) -> Self {
        Self {
            d,
            columns: Vec::new(),
            q: Vec::new(),
            r: Vec::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.columns.len()
    }

    pub(super) fn clear(&mut self) {
        self.columns.clear();
        self.q.clear();
        self.r.clear();
    }

    /// Appends a column.
    ///
    /// # Errors
    /// If it depends on the others: its coefficients in terms of them.
    pub(super) fn push(&mut self, column: Vec<f64>) -> Result<(), Vec<f64>> {
        self.append(column, DEPENDENT)
    }

    fn append(&mut self, column: Vec<f64>, dependent: f64) -> Result<(), Vec<f64>> {
        let length = norm(&column);
        let mut rest = column.clone();
        let mut coefficients = vec![0.0; self.len()];
        // Twice is enough: Gram–Schmidt with one reorthogonalisation is orthogonal to rounding.
        for _ in 0..2 {
            for (c, q) in coefficients.iter_mut().zip(&self.q) {
                let share = dot(q, &rest);
                *c += share;
                for (v, qk) in rest.iter_mut().zip(q) {
                    *v -= share * qk;
                }
            }
        }
        let outside = norm(&rest);
        if self.len() == self.d || outside <= dependent * length {
            self.back_substitute(&mut coefficients);
            return Err(coefficients);
        }
        for v in &mut rest {
            *v /= outside;
        }
        coefficients.push(outside);
        self.q.push(rest);
        self.r.push(coefficients);
        self.columns.push(column);
        Ok(())
    }

    /// Removes column `p`; later columns move one place to the front.
    pub(super) fn remove(&mut self, p: usize) {
        let later = self.columns.split_off(p).into_iter().skip(1);
        self.q.truncate(p);
        self.r.truncate(p);
        for column in later {
            // A column lies no closer to the span of fewer columns: with half the threshold, rounding
            // cannot make it dependent now.
            let kept = self.append(column, 0.5 * DEPENDENT);
            debug_assert!(kept.is_ok(), "a subset of independent columns depends");
        }
    }

    /// `δ` with `DᵀD δ = e`, in place.
    pub(super) fn solve_gram(&self, e: &mut [f64]) {
        for p in 0..self.len() {
            let above = &self.r[p];
            let sum: f64 = above[..p].iter().zip(&e[..p]).map(|(r, v)| r * v).sum();
            e[p] = (e[p] - sum) / above[p];
        }
        self.back_substitute(e);
    }

    fn back_substitute(&self, e: &mut [f64]) {
        for p in (0..self.len()).rev() {
            e[p] /= self.r[p][p];
            let value = e[p];
            for (v, r) in e[..p].iter_mut().zip(&self.r[p]) {
                *v -= value * r;
            }
        }
    }

    /// Adds `D δ` to `out`.
    pub(super) fn add_combination(&self, delta: &[f64], out: &mut [f64]) {
        for (column, &share) in self.columns.iter().zip(delta) {
            for (o, c) in out.iter_mut().zip(column) {
                *o += share * c;
            }
        }
    }
}
