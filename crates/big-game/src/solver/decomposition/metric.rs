//! The curvature `H` of the smooth part, factored.

/// `H = L Lᵀ`, or the identity.
pub(crate) struct Metric {
    /// `None`: the identity. Otherwise `L`, `d × d` by rows.
    factor: Option<Vec<f64>>,
    d: usize,
}

impl Metric {
    /// `H = I`.
    pub(crate) fn identity(d: usize) -> Self {
        Self { factor: None, d }
    }

    /// Cholesky's factorisation of `h` (`d × d` by rows, its lower triangle). `h − I` is positive
    /// semidefinite in exact arithmetic, so a pivot below 1 is a rounding error and becomes 1.
    pub(crate) fn new(mut h: Vec<f64>, d: usize) -> Self {
        for j in 0..d {
            for k in 0..j {
                let v = h[j * d + k];
                for i in j..d {
                    h[i * d + j] -= v * h[i * d + k];
                }
            }
            let pivot = h[j * d + j].max(1.0).sqrt();
            h[j * d + j] = pivot;
            for i in j + 1..d {
                h[i * d + j] /= pivot;
            }
        }
        Self { factor: Some(h), d }
    }

    /// `v ← L⁻¹ v`.
    pub(crate) fn whiten(&self, v: &mut [f64]) {
        if let Some(l) = &self.factor {
            for i in 0..self.d {
                let sum: f64 = l[i * self.d..][..i]
                    .iter()
                    .zip(&v[..i])
                    .map(|(a, b)| a * b)
                    .sum();
                v[i] = (v[i] - sum) / l[i * self.d + i];
            }
        }
    }

    /// `v ← L⁻ᵀ v`.
    pub(crate) fn unwhiten(&self, v: &mut [f64]) {
        if let Some(l) = &self.factor {
            for i in (0..self.d).rev() {
                v[i] /= l[i * self.d + i];
                let value = v[i];
                for k in 0..i {
                    v[k] -= value * l[i * self.d + k];
                }
            }
        }
    }

    /// `v ← H⁻¹ v`.
    pub(crate) fn solve(&self, v: &mut [f64]) {
        self.whiten(v);
        self.unwhiten(v);
    }
}
