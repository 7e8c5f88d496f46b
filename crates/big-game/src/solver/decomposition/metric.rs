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
        for i in 0..d {
            let (above, rest) = h.split_at_mut(i * d);
            let row = &mut rest[..=i];
            for j in 0..i {
                let earlier = &above[j * d..=j * d + j];
                row[j] = (row[j] - product(&row[..j], &earlier[..j])) / earlier[j];
            }
            row[i] = (row[i] - product(&row[..i], &row[..i])).max(1.0).sqrt();
        }
        Self { factor: Some(h), d }
    }

    /// `v ← L⁻¹ v`.
    pub(crate) fn whiten(&self, v: &mut [f64]) {
        if let Some(l) = &self.factor {
            for i in 0..self.d {
                let sum = product(&l[i * self.d..][..i], &v[..i]);
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

/// `⟨a, b⟩` in eight independent sums.
fn product(a: &[f64], b: &[f64]) -> f64 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut lanes = [0.0; 8];
    for (x, y) in a.iter().zip(b) {
        for l in 0..8 {
            lanes[l] += x[l] * y[l];
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    lanes.iter().sum::<f64>() + rest
}
