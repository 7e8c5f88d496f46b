//! As little linear algebra as the checks need, written for them alone.

/// A vector.
pub(crate) type Vector = Vec<f64>;

/// `⟨a, b⟩`.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// `‖v‖₂`, without overflow.
pub(crate) fn norm(v: &[f64]) -> f64 {
    let most = v.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    if most == 0.0 || !most.is_finite() {
        return most;
    }
    most * v.iter().map(|x| (x / most).powi(2)).sum::<f64>().sqrt()
}

/// `a − b`.
pub(crate) fn minus(a: &[f64], b: &[f64]) -> Vector {
    a.iter().zip(b).map(|(x, y)| x - y).collect()
}

/// `a + b`.
pub(crate) fn plus(a: &[f64], b: &[f64]) -> Vector {
    a.iter().zip(b).map(|(x, y)| x + y).collect()
}

/// `‖a − b‖₂`.
pub(crate) fn distance(a: &[f64], b: &[f64]) -> f64 {
    norm(&minus(a, b))
}

/// Solves a square system by elimination with pivots by rows; `None` when it is singular to working precision.
pub(crate) fn solve(matrix: &[Vector], right: &[f64]) -> Option<Vector> {
    let n = right.len();
    let mut a = matrix.to_vec();
    let mut x = right.to_vec();
    let size = a.iter().flatten().fold(0.0_f64, |m, v| m.max(v.abs()));
    for k in 0..n {
        let pivot = (k..n).max_by(|&i, &j| a[i][k].abs().total_cmp(&a[j][k].abs()))?;
        if a[pivot][k].abs() <= 1e-13 * size {
            return None;
        }
        a.swap(k, pivot);
        x.swap(k, pivot);
        for i in k + 1..n {
            let factor = a[i][k] / a[k][k];
            for j in k..n {
                a[i][j] -= factor * a[k][j];
            }
            x[i] -= factor * x[k];
        }
    }
    for k in (0..n).rev() {
        let rest: f64 = (k + 1..n).map(|j| a[k][j] * x[j]).sum();
        x[k] = (x[k] - rest) / a[k][k];
    }
    Some(x)
}

/// How many of the vectors are independent, those counted out whose rest is shorter than `low` (an absolute length, so
/// that differences of equal points count as none); `None` when a rest is between `low` and `high`, and it cannot be told.
pub(crate) fn rank(vectors: &[Vector], low: f64, high: f64) -> Option<usize> {
    let mut rest = vectors.to_vec();
    let mut rank = 0;
    loop {
        let lengths: Vec<f64> = rest.iter().map(|v| norm(v)).collect();
        let best = (0..rest.len()).max_by(|&i, &j| lengths[i].total_cmp(&lengths[j]));
        let Some(best) = best.filter(|&i| lengths[i] > low) else {
            return Some(rank);
        };
        if lengths[best] < high {
            return None;
        }
        let q: Vector = rest[best].iter().map(|v| v / lengths[best]).collect();
        for v in &mut rest {
            let share = dot(&q, v);
            for (v, q) in v.iter_mut().zip(&q) {
                *v -= share * q;
            }
        }
        rest.swap_remove(best);
        rank += 1;
    }
}
