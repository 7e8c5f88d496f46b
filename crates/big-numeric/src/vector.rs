//! Vectors as slices.

/// From this length on a product has sixteen running sums, so that it runs as wide as the processor.
const LONG: usize = 64;

/// `⟨a, b⟩`, in several running sums so that the compiler can use vector instructions.
#[inline(always)]
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    if a.len() >= LONG {
        return dot_in_lanes::<16>(a, b);
    }
    dot_in_lanes::<4>(a, b)
}

#[inline(always)]
fn dot_in_lanes<const LANES: usize>(a: &[f64], b: &[f64]) -> f64 {
    let (a_chunks, a_rest) = a.as_chunks::<LANES>();
    let (b_chunks, b_rest) = b.as_chunks::<LANES>();
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    if a_chunks.is_empty() {
        return rest;
    }
    let mut sums = [0.0; LANES];
    for (x, y) in a_chunks.iter().zip(b_chunks) {
        for lane in 0..LANES {
            sums[lane] += x[lane] * y[lane];
        }
    }
    let mut width = LANES;
    while width > 1 {
        width /= 2;
        for lane in 0..width {
            sums[lane] += sums[lane + width];
        }
    }
    sums[0] + rest
}

/// `Σ a_k`, in eight running sums.
pub fn sum(numbers: &[f64]) -> f64 {
    let (chunks, rest) = numbers.as_chunks::<8>();
    let mut lanes = [0.0; 8];
    for chunk in chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane += x;
        }
    }
    lanes.iter().sum::<f64>() + rest.iter().sum::<f64>()
}

/// `‖a − b‖²`.
#[inline]
pub fn square_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// `Σ f(k)²` for `k < len`, square-rooted; rescaled only when the squares would leave the range of `f64`.
#[inline]
pub fn norm_of(len: usize, f: impl Fn(usize) -> f64) -> f64 {
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
pub fn norm(x: &[f64]) -> f64 {
    norm_of(x.len(), |k| x[k])
}

/// `‖a − b‖`, over the coordinates that both have.
#[inline]
pub fn distance(a: &[f64], b: &[f64]) -> f64 {
    norm_of(a.len().min(b.len()), |k| a[k] - b[k])
}

/// A norm below this may have lost digits: numbers below the smallest normal one have few.
const FEW_DIGITS: f64 = 1e-290;

/// Makes a vector as long as is said, in its own direction, however short it is; one of zeros is left as it is.
#[inline]
pub fn stretch(x: &mut [f64], length: f64) {
    let mut size = norm(x);
    if size < FEW_DIGITS {
        let largest = max_abs(x);
        if largest == 0.0 {
            return;
        }
        // The ratios have all digits.
        x.iter_mut().for_each(|v| *v /= largest);
        size = norm(x);
    }
    // Divide first: `length / size` may overflow.
    x.iter_mut().for_each(|v| *v = length * (*v / size));
}

/// The largest absolute value, 0 for an empty slice.
#[inline]
pub fn max_abs(x: &[f64]) -> f64 {
    x.iter().fold(0.0_f64, |acc, v| acc.max(v.abs()))
}

/// Every number multiplied.
pub fn multiplied(values: &[f64], by: f64) -> Vec<f64> {
    values.iter().map(|v| v * by).collect()
}

/// The power of two at or below `x > 0`, kept in the range where its reciprocal is finite.
pub fn power_of_two_below(x: f64) -> f64 {
    if x.is_finite() && x > 0.0 {
        2.0_f64.powi((x.log2().floor() as i32).clamp(-1000, 1000))
    } else {
        1.0
    }
}
