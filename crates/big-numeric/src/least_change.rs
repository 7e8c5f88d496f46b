//! The least change of many quantities that makes up for something.

use super::Basis;
use crate::dot;

/// Changes `c` of the columns' shares with `Σ c_j image_j = rest`, of least `Σ (c_j / room_j)²`: everybody moves in
/// proportion to its room. What is outside the columns' span is left. `None` when the rooms differ too much to tell.
///
/// `O(k s² + s³)` for `k` columns that span `s` dimensions.
pub fn least_change(columns: &[(f64, Vec<f64>)], rest: &[f64]) -> Option<Vec<f64>> {
    let mut basis = Basis::new(rest.len());
    for (_, image) in columns {
        if image.iter().any(|&v| v != 0.0) {
            // A dependent column adds nothing to the span.
            let _ = basis.push(image.clone());
        }
    }
    let span = basis.span();
    let n = span.len();
    let scaled: Vec<Vec<f64>> = columns
        .iter()
        .map(|(room, image)| span.iter().map(|q| room * dot(q, image)).collect())
        .collect();
    let mut gram = vec![0.0; n * n];
    for v in &scaled {
        for i in 0..n {
            for j in 0..=i {
                gram[i * n + j] += v[i] * v[j];
            }
        }
    }
    let mut lambda: Vec<f64> = span.iter().map(|q| dot(q, rest)).collect();
    solve_positive(&mut gram, &mut lambda)?;
    let change = |(v, (room, _)): (&Vec<f64>, &(f64, Vec<f64>))| room * dot(v, &lambda);
    Some(scaled.iter().zip(columns).map(change).collect())
}

/// `x ← M⁻¹ x` for a positive definite `M`, its lower triangle by rows; `None` when it is not.
fn solve_positive(m: &mut [f64], x: &mut [f64]) -> Option<()> {
    let n = x.len();
    // Scaled to a unit diagonal first: rooms differ by powers of ten.
    let scale: Vec<f64> = (0..n).map(|i| m[i * n + i].sqrt()).collect();
    if scale.iter().any(|&s| s.is_nan() || s <= 0.0) {
        return None;
    }
    for i in 0..n {
        for j in 0..=i {
            m[i * n + j] /= scale[i] * scale[j];
        }
        x[i] /= scale[i];
    }
    for j in 0..n {
        for k in 0..j {
            let v = m[j * n + k];
            for i in j..n {
                m[i * n + j] -= v * m[i * n + k];
            }
        }
        let square = m[j * n + j];
        if square.is_nan() || square <= 1e-15 {
            return None;
        }
        let pivot = square.sqrt();
        (j..n).for_each(|i| m[i * n + j] /= pivot);
    }
    for i in 0..n {
        let sum = dot(&m[i * n..i * n + i], &x[..i]);
        x[i] = (x[i] - sum) / m[i * n + i];
    }
    for i in (0..n).rev() {
        x[i] /= m[i * n + i];
        let value = x[i];
        (0..i).for_each(|k| x[k] -= value * m[i * n + k]);
    }
    x.iter_mut().zip(&scale).for_each(|(x, s)| *x /= s);
    Some(())
}
