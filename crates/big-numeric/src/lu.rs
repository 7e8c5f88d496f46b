//! Small dense linear systems.

/// `P A = L U` with partial pivoting, `n × n` by rows.
#[derive(Clone, Debug)]
pub struct Lu {
    n: usize,
    matrix: Vec<f64>,
    factors: Vec<f64>,
    order: Vec<usize>,
}

impl Lu {
    /// `None` if a pivot is at most `1e-13` of the largest entry of its row.
    pub fn new(matrix: Vec<f64>, n: usize) -> Option<Self> {
        let mut a = matrix.clone();
        let mut order: Vec<usize> = (0..n).collect();
        let sizes: Vec<f64> = matrix.chunks_exact(n).map(crate::max_abs).collect();
        for k in 0..n {
            // Rows may come in different units: compare pivots relative to their rows.
            let mut best = (k, 0.0);
            for i in k..n {
                let relative = a[i * n + k].abs() / sizes[order[i]];
                if relative > best.1 {
                    best = (i, relative);
                }
            }
            if best.1 <= 1e-13 {
                return None;
            }
            order.swap(k, best.0);
            for j in 0..n {
                a.swap(k * n + j, best.0 * n + j);
            }
            for i in k + 1..n {
                let ratio = a[i * n + k] / a[k * n + k];
                a[i * n + k] = ratio;
                for j in k + 1..n {
                    a[i * n + j] -= ratio * a[k * n + j];
                }
            }
        }
        Some(Self {
            n,
            matrix,
            factors: a,
            order,
        })
    }

    /// Solves `A x = b`, with two steps of refinement whose residuals are computed in twice the precision.
    pub fn solve(&self, b: &[f64]) -> Vec<f64> {
        let n = self.n;
        let mut x = self.solve_once(b);
        for _ in 0..2 {
            let rows = self.matrix.chunks_exact(n).zip(b);
            let residual: Vec<f64> = rows.map(|(row, &b)| residual(row, &x, b)).collect();
            for (x, step) in x.iter_mut().zip(self.solve_once(&residual)) {
                *x += step;
            }
        }
        x
    }

    fn solve_once(&self, b: &[f64]) -> Vec<f64> {
        let n = self.n;
        let mut x: Vec<f64> = self.order.iter().map(|&i| b[i]).collect();
        for i in 0..n {
            for j in 0..i {
                x[i] -= self.factors[i * n + j] * x[j];
            }
        }
        for i in (0..n).rev() {
            for j in i + 1..n {
                x[i] -= self.factors[i * n + j] * x[j];
            }
            x[i] /= self.factors[i * n + i];
        }
        x
    }

    /// Solves `Aᵀ y = g`.
    pub fn solve_transposed(&self, g: &[f64]) -> Vec<f64> {
        let n = self.n;
        let mut z = g.to_vec();
        for i in 0..n {
            for j in 0..i {
                z[i] -= self.factors[j * n + i] * z[j];
            }
            z[i] /= self.factors[i * n + i];
        }
        for i in (0..n).rev() {
            for j in i + 1..n {
                z[i] -= self.factors[j * n + i] * z[j];
            }
        }
        let mut y = vec![0.0; n];
        for (value, &i) in z.iter().zip(&self.order) {
            y[i] = *value;
        }
        y
    }
}

/// `b − ⟨row, x⟩` with the rounding of every product and sum carried along (Ogita, Rump, Oishi 2005).
pub fn residual(row: &[f64], x: &[f64], b: f64) -> f64 {
    let mut sum = b;
    let mut error = 0.0;
    for (&a, &x) in row.iter().zip(x) {
        let product = -a * x;
        let product_error = (-a).mul_add(x, -product);
        let next = sum + product;
        let back = next - sum;
        error += (sum - (next - back)) + (product - back) + product_error;
        sum = next;
    }
    sum + error
}
