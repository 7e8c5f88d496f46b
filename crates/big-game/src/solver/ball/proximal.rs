//! The step of the dual's model in which one kink is exact.

use big_numeric::{Cholesky, dot, norm};

/// The minimiser `p` of `⟨f, p⟩ + ½ pᵀ B p + ρ ‖v − p‖`, with `h = f + B v`.
///
/// Put `q = v − p`. If `‖h‖ ≤ ρ`, `q = 0`: the tip `v` is the minimiser. Otherwise `(B + λI) q = h` with
/// `λ ‖q‖ = ρ`; the root of `1/‖q(λ)‖ − λ/ρ` is found by Newton's method, as in a trust region.
/// `None` when `B` is not positive definite.
pub(super) fn proximal_step(matrix: &[f64], h: &[f64], rho: f64, v: &[f64]) -> Option<Vec<f64>> {
    let d = v.len();
    if norm(h) <= rho {
        return Some(v.to_vec());
    }
    let (mut low, mut high) = (0.0, f64::INFINITY);
    let length = norm(v);
    let mut lambda = if length > 0.0 { rho / length } else { 0.0 };
    let mut q = h.to_vec();
    for _ in 0..50 {
        let chol = Cholesky::shifted(matrix, d, lambda)?;
        q.copy_from_slice(h);
        chol.solve(&mut q);
        let size = norm(&q);
        let value = 1.0 / size - lambda / rho;
        if value.abs() <= 1e-13 * (lambda / rho) {
            break;
        }
        if value > 0.0 {
            low = lambda;
        } else {
            high = lambda;
        }
        let unit: Vec<f64> = q.iter().map(|x| x / size).collect();
        let mut bent = unit.clone();
        chol.solve(&mut bent);
        let slope = dot(&unit, &bent) / size - 1.0 / rho;
        let newton = lambda - value / slope;
        let next = if newton > low && newton < high {
            newton
        } else if high.is_finite() {
            0.5 * (low + high)
        } else {
            4.0 * lambda.max(rho / size)
        };
        if next == lambda {
            break;
        }
        lambda = next;
    }
    Some(v.iter().zip(&q).map(|(v, q)| v - q).collect())
}
