//! Small dense vector kernels shared by the sets.

/// `⟨a, b⟩`, with four running sums so that the compiler can use vector instructions.
#[inline]
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (a4, a_rest) = a.as_chunks::<4>();
    let (b4, b_rest) = b.as_chunks::<4>();
    let mut sums = [0.0; 4];
    for (x, y) in a4.iter().zip(b4) {
        for lane in 0..4 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

/// `Σ f(k)²` for `k < len`, square-rooted; rescaled only when the squares would leave the range of `f64`.
#[inline]
pub(super) fn norm_of(len: usize, f: impl Fn(usize) -> f64) -> f64 {
    let mut squares = 0.0;
    for k in 0..len {
        let value = f(k);
        squares += value * value;
    }
    if (1e-280..1e280).contains(&squares) {
        return squares.sqrt();
    }
    let largest = (0..len).fold(0.0_f64, |acc, k| acc.max(f(k).abs()));
    if largest == 0.0 || !largest.is_finite() {
        return largest;
    }
    let mut scaled = 0.0;
    for k in 0..len {
        let value = f(k) / largest;
        scaled += value * value;
    }
    largest * scaled.sqrt()
}

/// The Euclidean norm.
#[inline]
pub(super) fn norm(x: &[f64]) -> f64 {
    norm_of(x.len(), |k| x[k])
}

/// `‖a − b‖`.
#[inline]
pub(super) fn distance(a: &[f64], b: &[f64]) -> f64 {
    norm_of(a.len(), |k| a[k] - b[k])
}

/// The largest absolute value, 0 for an empty slice.
#[inline]
pub(super) fn max_abs(x: &[f64]) -> f64 {
    x.iter().fold(0.0_f64, |acc, v| acc.max(v.abs()))
}

/// Every number multiplied.
pub(super) fn multiplied(values: &[f64], by: f64) -> Vec<f64> {
    values.iter().map(|v| v * by).collect()
}

/// The power of two at or below `x > 0`, kept in the range where its reciprocal is finite.
pub(super) fn power_of_two_below(x: f64) -> f64 {
    if x.is_finite() && x > 0.0 {
        2.0_f64.powi((x.log2().floor() as i32).clamp(-1000, 1000))
    } else {
        1.0
    }
}

/// The rank of `rows × columns` numbers (by rows), by Gaussian elimination with full pivoting; pivots of
/// at most `tolerance` count as zero.
pub(super) fn rank(mut a: Vec<f64>, columns: usize, tolerance: f64) -> usize {
    let rows = a.len().checked_div(columns).unwrap_or(0);
    for step in 0..rows.min(columns) {
        let mut best = (step, step, 0.0);
        for i in step..rows {
            for j in step..columns {
                let size = a[i * columns + j].abs();
                if size > best.2 {
                    best = (i, j, size);
                }
            }
        }
        let (pivot_row, pivot_column, size) = best;
        if size <= tolerance {
            return step;
        }
        for j in 0..columns {
            a.swap(step * columns + j, pivot_row * columns + j);
        }
        for i in 0..rows {
            a.swap(i * columns + step, i * columns + pivot_column);
        }
        let pivot = a[step * columns + step];
        for i in step + 1..rows {
            let ratio = a[i * columns + step] / pivot;
            for j in step..columns {
                a[i * columns + j] -= ratio * a[step * columns + j];
            }
        }
    }
    rows.min(columns)
}
