//! Clarke payments: everybody pays for how far it moves the others' outcome (Clarke 1971; quasi-linear utility).
//!
//! For the mean with weights that sum to 1, `p_i = w_i (1 − w_i) ‖x_i − z_{−i}‖²`, `z_{−i}` the others' mean. Then (ours, one
//! line) `‖r − t_i‖² + p_i = w_i ‖x_i − t_i‖² + (1 − w_i) ‖z_{−i} − t_i‖²`: the truth is best whatever the others say. Payments
//! are never negative: there is no deficit, and what is taken in is told.

/// Everybody's payment to the weighted mean of reports, `n × d` by rows, with weights that sum to 1.
///
/// ```
/// use big_mechanism::payment::clarke;
///
/// let paid = clarke(&[0.0, 1.0], &[0.5, 0.5], 1);
/// assert_eq!(paid, [0.25, 0.25]);
/// ```
pub fn clarke(reports: &[f64], weights: &[f64], d: usize) -> Vec<f64> {
    let mut mean = vec![0.0; d];
    for (x, w) in reports.chunks_exact(d).zip(weights) {
        mean.iter_mut().zip(x).for_each(|(m, x)| *m += w * x);
    }
    let one = |(x, w): (&[f64], &f64)| {
        if *w >= 1.0 {
            return 0.0;
        }
        // x − z_{−i} = (x − r) / (1 − w).
        let apart = x.iter().zip(&mean).map(|(x, m)| {
            let away = (x - m) / (1.0 - w);
            away * away
        });
        w * (1.0 - w) * apart.sum::<f64>()
    };
    reports.chunks_exact(d).zip(weights).map(one).collect()
}

/// The same for `r = H⁻¹ Σ H_i x_i`, `H = Σ H_j`: `p_i = ‖r − z_{−i}‖²` in the metric of `H_{−i} = H − H_i`, `z_{−i}` the outcome
/// without `i`. Truth is best for who loses `(r − t_i)ᵀ H_i (r − t_i)`
/// (for `H_i = w_i I` that is the loss of the scalar rule in units of `w_i`, and so is the payment). Each `H_i` is `d × d` by rows, symmetric positive
/// semidefinite.
///
/// `None` where `H`, or what is left of it without somebody, is singular: the others alone then say nothing of some
/// direction.
pub fn clarke_by_matrices(reports: &[f64], information: &[Vec<f64>], d: usize) -> Option<Vec<f64>> {
    let sum = |without: Option<usize>| -> (Vec<f64>, Vec<f64>) {
        let (mut h, mut g) = (vec![0.0; d * d], vec![0.0; d]);
        for (i, (x, own)) in reports.chunks_exact(d).zip(information).enumerate() {
            if Some(i) == without {
                continue;
            }
            for k in 0..d {
                for l in 0..d {
                    h[k * d + l] += own[k * d + l];
                    g[k] += own[k * d + l] * x[l];
                }
            }
        }
        (h, g)
    };
    let (h, g) = sum(None);
    let r = solved(h, &g)?;
    (0..information.len())
        .map(|i| {
            let (others, g) = sum(Some(i));
            let z = solved(others.clone(), &g)?;
            let away: Vec<f64> = r.iter().zip(&z).map(|(r, z)| r - z).collect();
            let mut paid = 0.0;
            for k in 0..d {
                for l in 0..d {
                    paid += away[k] * others[k * d + l] * away[l];
                }
            }
            Some(paid)
        })
        .collect()
}

/// `h⁻¹ g` by Gaussian elimination; `None` where `h` is singular to rounding.
fn solved(mut h: Vec<f64>, g: &[f64]) -> Option<Vec<f64>> {
    let d = g.len();
    let mut v = g.to_vec();
    let size = h.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    for k in 0..d {
        let pivot = (k..d).max_by(|&a, &b| h[a * d + k].abs().total_cmp(&h[b * d + k].abs()))?;
        if h[pivot * d + k].abs() <= 1e-14 * size {
            return None;
        }
        for l in 0..d {
            h.swap(k * d + l, pivot * d + l);
        }
        v.swap(k, pivot);
        for i in k + 1..d {
            let by = h[i * d + k] / h[k * d + k];
            for l in k..d {
                h[i * d + l] -= by * h[k * d + l];
            }
            v[i] -= by * v[k];
        }
    }
    for k in (0..d).rev() {
        let rest: f64 = (k + 1..d).map(|l| h[k * d + l] * v[l]).sum();
        v[k] = (v[k] - rest) / h[k * d + k];
    }
    Some(v)
}
