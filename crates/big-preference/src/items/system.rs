//! The equations of a Newton step: the Laplacian of the graph of comparisons, each pair with its information, and a border for the
//! parameter of ties.

use big_numeric::{Cholesky, dot};

use super::model::Terms;
use super::{DENSE, Pair};

/// How exact an iterative solution is.
const EXACT: f64 = 1e-10;
/// Iterations of conjugate gradients at most.
const ITERATIONS: usize = 20_000;

/// `[L h; hᵀ t] [y; z] = [g; k]`, with `Σ y = 0`.
pub(super) struct System<'p> {
    pairs: &'p [Pair],
    /// The information of each pair.
    weights: Vec<f64>,
    /// With the ridge.
    diagonal: Vec<f64>,
    ridge: f64,
    border: Option<Border>,
    factor: Option<Cholesky>,
}

/// The parameter of ties.
struct Border {
    /// `h`, and `L⁺ h`.
    column: Vec<f64>,
    solved: Vec<f64>,
    /// `t − hᵀ L⁺ h`: the information of the parameter once the scores are free.
    left: f64,
    /// `t`.
    corner: f64,
}

impl<'p> System<'p> {
    /// From the terms of the pairs and a ridge, which is added to the diagonal; with a parameter if `bordered`. `None` where the information is not positive definite.
    pub(super) fn new(
        n: usize,
        pairs: &'p [Pair],
        terms: &[Terms],
        ridge: f64,
        bordered: bool,
    ) -> Option<Self> {
        let weights: Vec<f64> = terms.iter().map(|term| term.hxx).collect();
        let diagonal = diagonal(n, pairs, &weights, ridge);
        let factor = match n <= DENSE {
            true => Some(Cholesky::new(&dense(n, pairs, &weights, &diagonal), n)?),
            false => None,
        };
        let mut system = Self {
            pairs,
            weights,
            diagonal,
            ridge,
            border: None,
            factor,
        };
        if bordered {
            let mut column = vec![0.0; n];
            for (pair, term) in pairs.iter().zip(terms) {
                column[pair.a as usize] += term.hxt;
                column[pair.b as usize] -= term.hxt;
            }
            let solved = system.laplacian(&column)?;
            let corner: f64 = terms.iter().map(|term| term.htt).sum();
            let left = corner - dot(&column, &solved);
            if left.is_nan() || left <= 0.0 {
                return None;
            }
            system.border = Some(Border {
                column,
                solved,
                left,
                corner,
            });
        }
        Some(system)
    }

    /// The solution.
    pub(super) fn solve(&self, g: &[f64], k: f64) -> Option<(Vec<f64>, f64)> {
        let mut y = self.laplacian(g)?;
        let Some(border) = &self.border else {
            return Some((y, 0.0));
        };
        let z = (k - dot(&border.column, &y)) / border.left;
        y.iter_mut()
            .zip(&border.solved)
            .for_each(|(y, s)| *y -= z * s);
        Some((y, z))
    }

    /// The covariance of the scores (`n × n` by rows, rows and columns sum to 0) and the variance of the parameter, where matrices are
    /// made.
    pub(super) fn covariance(&self) -> Option<(Vec<f64>, Option<f64>)> {
        let n = self.diagonal.len();
        let mut inverse = self.factor.as_ref()?.inverse();
        // (L + κ 11ᵀ/n)⁻¹ = L⁺ + 11ᵀ/(κ n); the ridge is part of what 1 is multiplied by.
        let shift = 1.0 / ((spread(&self.diagonal) + self.ridge) * n as f64);
        inverse.iter_mut().for_each(|v| *v -= shift);
        let Some(border) = &self.border else {
            return Some((inverse, None));
        };
        for (row, a) in inverse.chunks_exact_mut(n).zip(&border.solved) {
            for (v, b) in row.iter_mut().zip(&border.solved) {
                *v += a * b / border.left;
            }
        }
        Some((inverse, Some(1.0 / border.left)))
    }

    /// What the parameter's derivative takes away from a score's, once the parameter is free as well: `h / t`.
    pub(super) fn profile(&self) -> Option<Vec<f64>> {
        let border = self.border.as_ref()?;
        Some(border.column.iter().map(|h| h / border.corner).collect())
    }

    /// `L⁺ g`, for `Σ g = 0`.
    fn laplacian(&self, g: &[f64]) -> Option<Vec<f64>> {
        let mut y = match &self.factor {
            Some(factor) => {
                let mut y = g.to_vec();
                factor.solve(&mut y);
                y
            }
            None => self.conjugate_gradients(g)?,
        };
        center(&mut y);
        Some(y)
    }

    fn conjugate_gradients(&self, g: &[f64]) -> Option<Vec<f64>> {
        let n = g.len();
        let precondition = |r: &[f64]| -> Vec<f64> {
            let mut z: Vec<f64> = r.iter().zip(&self.diagonal).map(|(r, d)| r / d).collect();
            center(&mut z);
            z
        };
        let mut y = vec![0.0; n];
        let mut r = g.to_vec();
        center(&mut r);
        let target = EXACT * dot(&r, &r).sqrt();
        let mut z = precondition(&r);
        let mut p = z.clone();
        let mut rz = dot(&r, &z);
        for _ in 0..ITERATIONS {
            if dot(&r, &r).sqrt() <= target {
                return Some(y);
            }
            let lp = self.times(&p);
            let step = rz / dot(&p, &lp);
            if !step.is_finite() {
                return None;
            }
            for k in 0..n {
                y[k] += step * p[k];
                r[k] -= step * lp[k];
            }
            z = precondition(&r);
            let next = dot(&r, &z);
            let turn = next / rz;
            rz = next;
            p.iter_mut().zip(&z).for_each(|(p, z)| *p = z + turn * *p);
        }
        None
    }

    fn times(&self, p: &[f64]) -> Vec<f64> {
        let mut out: Vec<f64> = p.iter().map(|p| self.ridge * p).collect();
        for (pair, weight) in self.pairs.iter().zip(&self.weights) {
            let (a, b) = (pair.a as usize, pair.b as usize);
            let flow = weight * (p[a] - p[b]);
            out[a] += flow;
            out[b] -= flow;
        }
        out
    }
}

/// The diagonal of a Laplacian, with a ridge.
pub(super) fn diagonal(n: usize, pairs: &[Pair], weights: &[f64], ridge: f64) -> Vec<f64> {
    let mut diagonal = vec![ridge; n];
    for (pair, weight) in pairs.iter().zip(weights) {
        diagonal[pair.a as usize] += weight;
        diagonal[pair.b as usize] += weight;
    }
    diagonal
}

/// The size of what is added to a Laplacian so that it is positive definite: that of its diagonal.
fn spread(diagonal: &[f64]) -> f64 {
    diagonal.iter().sum::<f64>() / diagonal.len() as f64
}

/// `L + κ 11ᵀ/n`, by rows.
pub(super) fn dense(n: usize, pairs: &[Pair], weights: &[f64], diagonal: &[f64]) -> Vec<f64> {
    let mut matrix = vec![spread(diagonal) / n as f64; n * n];
    for (pair, weight) in pairs.iter().zip(weights) {
        let (a, b) = (pair.a as usize, pair.b as usize);
        matrix[a * n + b] -= weight;
        matrix[b * n + a] -= weight;
    }
    for (k, d) in diagonal.iter().enumerate() {
        matrix[k * n + k] += d;
    }
    matrix
}

/// Makes the mean 0.
pub(super) fn center(values: &mut [f64]) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter_mut().for_each(|v| *v -= mean);
}
