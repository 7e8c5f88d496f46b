//! The metric of the search for a population: the information, and what steps have shown of the curvature.

use big_numeric::{Cholesky, dot};

/// Steps that are remembered.
pub(super) const MEMORY: usize = 12;

/// A step, the change over it of the slopes of what is minimised, and their product.
pub(super) struct Secant {
    step: Vec<f64>,
    change: Vec<f64>,
    product: f64,
}

impl Secant {
    /// `None` where the change shows no curvature.
    pub(super) fn new(step: Vec<f64>, change: Vec<f64>) -> Option<Self> {
        let product = dot(&step, &change);
        let sizes = dot(&step, &step) * dot(&change, &change);
        (product > 1e-10 * sizes.sqrt()).then_some(Self {
            step,
            change,
            product,
        })
    }
}

/// What is known of the centre and, last, of the precision if it is free (`p × p`), and of the variances (`d × d`).
#[derive(Clone)]
pub(super) struct Uncertainty {
    pub(super) means: Vec<f64>,
    pub(super) variances: Vec<f64>,
}

/// The information, factorised in its two blocks.
pub(super) struct Metric {
    pub(super) known: Uncertainty,
    means: Cholesky,
    variances: Cholesky,
    /// The variances that may move.
    pub(super) moving: Vec<usize>,
    p: usize,
}

impl Metric {
    /// `None` where something is not finite.
    pub(super) fn new(known: Uncertainty, moving: Vec<usize>) -> Option<Self> {
        let p = known.means.len().isqrt();
        let d = known.variances.len().isqrt();
        let n = moving.len();
        let some: Vec<f64> = (0..n * n)
            .map(|i| known.variances[moving[i / n] * d + moving[i % n]])
            .collect();
        Some(Self {
            means: with_inverse(&known.means, p)?,
            variances: with_inverse(&some, n)?,
            known,
            moving,
            p,
        })
    }

    /// What is left of the information on the last of the centre and the precision when the others are not known.
    pub(super) fn last_pivot(&self) -> f64 {
        self.means.lower()[self.p * self.p - 1].powi(2)
    }

    /// The slopes, 0 for what does not move.
    pub(super) fn masked(&self, slope: &[f64], by_variance: &[f64]) -> Vec<f64> {
        let mut out = slope.to_vec();
        out.resize(self.p + by_variance.len(), 0.0);
        for &k in &self.moving {
            out[self.p + k] = by_variance[k];
        }
        out
    }

    /// The inverse information, corrected by secants, times slopes. Of a secant counts what moves.
    pub(super) fn step(&self, slope: &[f64], secants: &[Secant]) -> Vec<f64> {
        let masked = |all: &[f64]| self.masked(&all[..self.p], &all[self.p..]);
        let secants: Vec<Secant> = secants
            .iter()
            .filter_map(|secant| Secant::new(masked(&secant.step), masked(&secant.change)))
            .collect();
        let mut step = slope.to_vec();
        let mut shares = vec![0.0; secants.len()];
        for (secant, share) in secants.iter().zip(&mut shares).rev() {
            *share = dot(&secant.step, &step) / secant.product;
            for (x, y) in step.iter_mut().zip(&secant.change) {
                *x -= *share * y;
            }
        }
        self.means.solve(&mut step[..self.p]);
        let mut some: Vec<f64> = self.moving.iter().map(|&k| step[self.p + k]).collect();
        self.variances.solve(&mut some);
        step[self.p..].fill(0.0);
        for (&k, s) in self.moving.iter().zip(some) {
            step[self.p + k] = s;
        }
        for (secant, share) in secants.iter().zip(&shares) {
            let back = dot(&secant.change, &step) / secant.product;
            for (x, y) in step.iter_mut().zip(&secant.step) {
                *x += (share - back) * y;
            }
        }
        step
    }
}

/// The factor of an information matrix, with as little more on its diagonal as gives it an inverse: what nobody's labels tell has
/// very large errors then, and no step.
pub(super) fn with_inverse(matrix: &[f64], n: usize) -> Option<Cholesky> {
    if let Some(factor) = Cholesky::new(matrix, n) {
        return Some(factor);
    }
    let most = (0..n).fold(f64::MIN_POSITIVE, |m, k| m.max(matrix[k * n + k]));
    let mut more = 1e-12 * most;
    while more.is_finite() && more < most {
        let mut held = matrix.to_vec();
        for k in 0..n {
            held[k * n + k] += more;
        }
        if let Some(factor) = Cholesky::new(&held, n) {
            return Some(factor);
        }
        more *= 10.0;
    }
    None
}
