//! A small set of linearly independent columns with its QR factorisation, kept up to date.

use crate::{dot, norm};

/// Columns `D = Q R` in `R^d`: `Q` orthonormal, `R` upper triangular.
#[derive(Clone, Debug)]
pub struct Basis {
    d: usize,
    columns: Vec<Vec<f64>>,
    q: Vec<Vec<f64>>,
    /// Column `p` of `R` has `p + 1` entries.
    r: Vec<Vec<f64>>,
}

/// A column whose part outside the span is below this share of its length counts as dependent.
const DEPENDENT: f64 = 1e-11;

impl Basis {
    /// No columns, in `R^d`.
    pub fn new(d: usize) -> Self {
        Self {
            d,
            columns: Vec::new(),
            q: Vec::new(),
            r: Vec::new(),
        }
    }

    /// The number of columns.
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// Removes all columns.
    pub fn clear(&mut self) {
        self.columns.clear();
        self.q.clear();
        self.r.clear();
    }

    /// Appends a column.
    ///
    /// # Errors
    /// If it depends on the others: its coefficients in terms of them.
    pub fn push(&mut self, column: Vec<f64>) -> Result<(), Vec<f64>> {
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
    pub fn remove(&mut self, p: usize) {
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
    pub fn solve_gram(&self, e: &mut [f64]) {
        for p in 0..self.len() {
            let above = &self.r[p];
            let sum: f64 = above[..p].iter().zip(&e[..p]).map(|(r, v)| r * v).sum();
            e[p] = (e[p] - sum) / above[p];
        }
        self.back_substitute(e);
    }

    /// The shortest `e` with `Dᵀ e = τ`.
    pub fn shortest(&self, tau: &[f64]) -> Vec<f64> {
        let mut e = vec![0.0; self.d];
        let mut z = Vec::with_capacity(self.len());
        for (p, (q, r)) in self.q.iter().zip(&self.r).enumerate() {
            let value = (tau[p] - dot(&r[..p], &z)) / r[p];
            e.iter_mut().zip(q).for_each(|(e, q)| *e += value * q);
            z.push(value);
        }
        e
    }

    /// An orthonormal basis of the span.
    pub fn span(&self) -> &[Vec<f64>] {
        &self.q
    }

    /// An orthonormal basis of what is orthogonal to the span.
    pub fn complement(&self) -> Vec<Vec<f64>> {
        // How much of each unit vector is outside what there is: some unit vector has the average at least.
        let mut outside = vec![1.0; self.d];
        let take = |outside: &mut [f64], q: &[f64]| {
            outside.iter_mut().zip(q).for_each(|(o, v)| *o -= v * v);
        };
        self.q.iter().for_each(|q| take(&mut outside, q));
        let mut found: Vec<Vec<f64>> = Vec::new();
        while self.len() + found.len() < self.d {
            let most = (0..self.d).max_by(|&a, &b| outside[a].total_cmp(&outside[b]));
            let mut rest = vec![0.0; self.d];
            rest[most.unwrap_or(0)] = 1.0;
            for _ in 0..2 {
                for q in self.q.iter().chain(&found) {
                    let share = dot(q, &rest);
                    rest.iter_mut().zip(q).for_each(|(v, q)| *v -= share * q);
                }
            }
            let length = norm(&rest);
            rest.iter_mut().for_each(|v| *v /= length);
            take(&mut outside, &rest);
            found.push(rest);
        }
        found
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
    pub fn add_combination(&self, delta: &[f64], out: &mut [f64]) {
        for (column, &share) in self.columns.iter().zip(delta) {
            for (o, c) in out.iter_mut().zip(column) {
                *o += share * c;
            }
        }
    }
}
