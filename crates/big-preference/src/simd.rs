//! Loops over columns of numbers in the widest vectors that the machine has.
//!
//! Each is an operation of its own that the dispatcher inlines whole: a closure would be called through a function that
//! is compiled without the vector instructions. All run in eight lanes, so that the result does not depend on the width
//! of the machine's vectors.

use crate::data::BLOCK_ROWS;

/// Lanes of the running sums.
const LANES: usize = 8;

/// Where rows go among columns of numbers.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    /// From one column to the next.
    pub(crate) tall: usize,
    /// The first row.
    pub(crate) at: usize,
    /// The rows, with zeros behind them.
    pub(crate) padded: usize,
}

/// Declares functions that run in the widest vectors that the machine has.
macro_rules! vectorised {
    ($(
        $(#[$doc:meta])*
        fn $name:ident<$life:lifetime>($($argument:ident: $type:ty),* $(,)?) $(-> $out:ty)? $body:block
    )*) => {$(
        $(#[$doc])*
        #[allow(clippy::too_many_arguments, unused_parens)]
        pub(crate) fn $name<$life>($($argument: $type),*) $(-> $out)? {
            struct Operation<$life> {
                $($argument: $type),*
            }
            impl<$life> pulp::WithSimd for Operation<$life> {
                type Output = ($($out)?);

                #[inline(always)]
                fn with_simd<S: pulp::Simd>(self, _: S) -> Self::Output {
                    let Self { $($argument),* } = self;
                    $body
                }
            }
            pulp::Arch::new().dispatch(Operation { $($argument),* })
        }
    )*};
}
pub(crate) use vectorised;

vectorised! {
    /// `out_r = Σ_k q_k x_rk`.
    fn linear<'a>(columns: &'a [f64], rows: usize, q: &'a [f64], out: &'a mut [f64]) {
        linear_loop(columns, rows, q, out);
    }

    /// Fills in `w σ(−m)` and `w σ(m) σ(−m)`, and returns `Σ w log(1 + e^{−m})`.
    fn logistic<'a>(
        margins: &'a [f64],
        weights: Option<&'a [f64]>,
        slope: &'a mut [f64],
        curve: &'a mut [f64],
    ) -> f64 {
        logistic_loop(margins, weights, slope, curve)
    }

    /// `out_k += Σ_r y_r x_rk`.
    fn add_products<'a>(columns: &'a [f64], rows: usize, y: &'a [f64], out: &'a mut [f64]) {
        products_loop(columns, rows, y, out);
    }

    /// `out_k += Σ_r y_r x_rk²`.
    fn add_squares<'a>(columns: &'a [f64], rows: usize, y: &'a [f64], out: &'a mut [f64]) {
        for (column, out) in columns.chunks_exact(rows).zip(out) {
            for (x, y) in column.iter().zip(y) {
                *out += y * x * x;
            }
        }
    }

    /// Multiplies the columns that `out` has room for by `factors`, row by row.
    fn scale<'a>(columns: &'a [f64], rows: usize, factors: &'a [f64], out: &'a mut [f64]) {
        for (column, out) in columns.chunks_exact(rows).zip(out.chunks_exact_mut(rows)) {
            for ((o, x), f) in out.iter_mut().zip(column).zip(factors) {
                *o = x * f;
            }
        }
    }

    /// Some rows of as many columns as `reach` has numbers, each times its factor, rounded to single precision, padded with
    /// zeros and put in their place; raises each `reach_k` to the column's largest `|x_rk|` over all rows.
    fn scale_some_to_single<'a>(
        columns: &'a [f64],
        rows: usize,
        some: &'a [u16],
        factors: &'a [f64],
        place: Place,
        out: &'a mut [f32],
        reach: &'a mut [f64],
    ) {
        let outs = out.chunks_exact_mut(place.tall);
        for ((column, out), reach) in columns.chunks_exact(rows).zip(outs).zip(reach) {
            let out = &mut out[place.at..place.at + place.padded];
            *reach = reach.max(largest_loop(column));
            out[some.len()..].fill(0.0);
            if some.len() == rows {
                for ((o, x), f) in out.iter_mut().zip(column).zip(factors) {
                    *o = (x * f) as f32;
                }
            } else if let Ok(column) = <&[f64; BLOCK_ROWS]>::try_from(column) {
                // A length that the compiler knows: no index has to be checked.
                for ((o, r), f) in out.iter_mut().zip(some).zip(factors) {
                    *o = (column[usize::from(*r) % BLOCK_ROWS] * f) as f32;
                }
            } else {
                for ((o, r), f) in out.iter_mut().zip(some).zip(factors) {
                    *o = (column[usize::from(*r)] * f) as f32;
                }
            }
        }
    }

    /// Replaces numbers by their square roots.
    fn root<'a>(numbers: &'a mut [f64]) {
        for x in numbers {
            *x = x.sqrt();
        }
    }

    /// Adds the lower triangle of the first `free` rows, of `wide` numbers each, to that of `out`, of `free` numbers a row.
    fn add_lower<'a>(x: &'a [f32], wide: usize, free: usize, out: &'a mut [f64]) {
        for (j, (out, x)) in out.chunks_exact_mut(free).zip(x.chunks_exact(wide)).enumerate() {
            for (out, x) in out[..j + 1].iter_mut().zip(x) {
                *out += f64::from(*x);
            }
        }
    }

    /// Raises each `out_k` to the largest `|x_rk|`.
    fn raise_to_largest<'a>(columns: &'a [f64], rows: usize, out: &'a mut [f64]) {
        for (column, out) in columns.chunks_exact(rows).zip(out) {
            *out = out.max(largest_loop(column));
        }
    }

    /// The difference `a − b` and the offset `b² − a²` of the first coordinate.
    fn first_difference<'a>(
        a: &'a [f64],
        b: &'a [f64],
        difference: &'a mut [f64],
        offset: &'a mut [f64],
    ) {
        for (((d, o), a), b) in difference.iter_mut().zip(offset).zip(a).zip(b) {
            *d = a - b;
            *o = (b - a) * (a + b);
        }
    }

    /// The same for another coordinate, its offset added to those before.
    fn next_difference<'a>(
        a: &'a [f64],
        b: &'a [f64],
        difference: &'a mut [f64],
        offset: &'a mut [f64],
    ) {
        for (((d, o), a), b) in difference.iter_mut().zip(offset).zip(a).zip(b) {
            *d = a - b;
            *o = (b - a).mul_add(a + b, *o);
        }
    }

    /// Labels rows by `threshold < margin`, and turns round those of `columns` that are labelled false.
    fn label<'a>(
        margins: &'a [f64],
        thresholds: &'a [f64],
        labels: &'a mut [bool],
        columns: &'a mut [f64],
    ) {
        let rows = margins.len();
        let mut signs = [1.0; BLOCK_ROWS];
        let signs = &mut signs[..rows];
        for ((s, m), t) in signs.iter_mut().zip(margins).zip(thresholds) {
            *s = if t < m { 1.0 } else { -1.0 };
        }
        for (label, s) in labels.iter_mut().zip(&*signs) {
            *label = *s > 0.0;
        }
        for column in columns.chunks_exact_mut(rows) {
            for (x, s) in column.iter_mut().zip(&*signs) {
                *x *= s;
            }
        }
    }

    /// Adds the lower triangle, by rows, of `Σ_r c_r x_r x_rᵀ` over the first `free` columns to `out`, a row of it at a
    /// time; `scaled` has room for a column.
    fn add_gram<'a>(
        columns: &'a [f64],
        rows: usize,
        curve: &'a [f64],
        scaled: &'a mut [f64],
        free: usize,
        out: &'a mut [f64],
    ) {
        for j in 0..free {
            let column = &columns[j * rows..(j + 1) * rows];
            for ((s, x), c) in scaled.iter_mut().zip(column).zip(curve) {
                *s = x * c;
            }
            products_loop(columns, rows, scaled, &mut out[j * free..j * free + j + 1]);
        }
    }
}

/// `out_r = Σ_k q_k x_rk`.
#[inline(always)]
fn linear_loop(columns: &[f64], rows: usize, q: &[f64], out: &mut [f64]) {
    let out = &mut out[..rows];
    out.fill(0.0);
    let mut k = 0;
    while k + 4 <= q.len() {
        let (c0, rest) = columns[k * rows..(k + 4) * rows].split_at(rows);
        let (c1, rest) = rest.split_at(rows);
        let (c2, c3) = rest.split_at(rows);
        for r in 0..rows {
            let first = q[k].mul_add(c0[r], out[r]);
            let second = q[k + 1].mul_add(c1[r], first);
            let third = q[k + 2].mul_add(c2[r], second);
            out[r] = q[k + 3].mul_add(c3[r], third);
        }
        k += 4;
    }
    while k < q.len() {
        let column = &columns[k * rows..(k + 1) * rows];
        for (o, x) in out.iter_mut().zip(column) {
            *o = q[k].mul_add(*x, *o);
        }
        k += 1;
    }
}

/// `e^{−x}` for `x ≥ 0`, to about one unit in the last place (below `e^{−708}`, that number).
#[inline(always)]
fn exp_minus(x: f64) -> f64 {
    // Adding 1.5·2⁵² rounds to an integer and leaves it in the low bits.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    let x = -(if x < 708.0 { x } else { 708.0 });
    let shifted = x.mul_add(std::f64::consts::LOG2_E, ROUND);
    let whole = shifted - ROUND;
    let r = whole.mul_add(-LN2_LOW, whole.mul_add(-LN2_HIGH, x));
    // Taylor's series on |r| ≤ ln 2 / 2: the first term left out is below 2e-17.
    let mut p = 1.0 / 6_227_020_800.0;
    p = r.mul_add(p, 1.0 / 479_001_600.0);
    p = r.mul_add(p, 1.0 / 39_916_800.0);
    p = r.mul_add(p, 1.0 / 3_628_800.0);
    p = r.mul_add(p, 1.0 / 362_880.0);
    p = r.mul_add(p, 1.0 / 40_320.0);
    p = r.mul_add(p, 1.0 / 5_040.0);
    p = r.mul_add(p, 1.0 / 720.0);
    p = r.mul_add(p, 1.0 / 120.0);
    p = r.mul_add(p, 1.0 / 24.0);
    p = r.mul_add(p, 1.0 / 6.0);
    p = r.mul_add(p, 0.5);
    p = r.mul_add(p, 1.0);
    p = r.mul_add(p, 1.0);
    let power = (shifted.to_bits().wrapping_add(1023)) << 52;
    p * f64::from_bits(power)
}

/// Fills in `w σ(−m)` and `w σ(m) σ(−m)`, and returns `Σ w log(1 + e^{−m})`.
#[inline(always)]
fn logistic_loop(
    margins: &[f64],
    weights: Option<&[f64]>,
    slope: &mut [f64],
    curve: &mut [f64],
) -> f64 {
    let rows = margins.len();
    let (slope, curve) = (&mut slope[..rows], &mut curve[..rows]);
    // `curve` holds e = e^{−|m|} first.
    for (c, m) in curve.iter_mut().zip(margins) {
        *c = exp_minus(m.abs());
    }
    let mut value = 0.0;
    match weights {
        None => {
            // Σ log(1 + e) as the logarithm of a product: at most 2^512.
            let mut products = [1.0; LANES];
            let mut linear = [0.0; LANES];
            let mut chunks = curve.chunks_exact(LANES);
            let mut margin_chunks = margins.chunks_exact(LANES);
            for (e, m) in chunks.by_ref().zip(margin_chunks.by_ref()) {
                for l in 0..LANES {
                    products[l] *= 1.0 + e[l];
                    linear[l] -= if m[l] < 0.0 { m[l] } else { 0.0 };
                }
            }
            for (e, m) in chunks.remainder().iter().zip(margin_chunks.remainder()) {
                products[0] *= 1.0 + e;
                linear[0] -= m.min(0.0);
            }
            let folded = products.iter().product::<f64>();
            value += linear.iter().sum::<f64>();
            // Beside 1, small numbers e are lost; where all are small, they are what counts.
            value += if folded > 1.001 {
                folded.ln()
            } else {
                curve.iter().map(|e| e.ln_1p()).sum::<f64>()
            };
        }
        Some(weights) => {
            for ((e, m), w) in curve.iter().zip(margins).zip(weights) {
                value += w * (e.ln_1p() - m.min(0.0));
            }
        }
    }
    for r in 0..rows {
        let e = curve[r];
        let s = 1.0 / (1.0 + e);
        // σ(−m) is e/(1 + e) where m ≥ 0 and 1/(1 + e) where m < 0.
        slope[r] = if margins[r] < 0.0 { s } else { e * s };
        curve[r] = e * s * s;
    }
    if let Some(weights) = weights {
        for r in 0..rows {
            slope[r] *= weights[r];
            curve[r] *= weights[r];
        }
    }
    value
}

/// `out_k += Σ_r y_r x_rk`.
#[inline(always)]
fn products_loop(columns: &[f64], rows: usize, y: &[f64], out: &mut [f64]) {
    let free = out.len();
    let mut k = 0;
    while k + 4 <= free {
        let sums = four_products(&columns[k * rows..(k + 4) * rows], rows, y);
        for j in 0..4 {
            out[k + j] += sums[j];
        }
        k += 4;
    }
    while k < free {
        out[k] += one_product(&columns[k * rows..(k + 1) * rows], y);
        k += 1;
    }
}

#[inline(always)]
fn one_product(x: &[f64], y: &[f64]) -> f64 {
    let (x8, x_rest) = x.as_chunks::<LANES>();
    let (y8, y_rest) = y.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for (x, y) in x8.iter().zip(y8) {
        for l in 0..LANES {
            sums[l] = x[l].mul_add(y[l], sums[l]);
        }
    }
    folded(&sums) + rest_product(x_rest, y_rest)
}

/// The products of four consecutive columns with `y`.
#[inline(always)]
fn four_products(columns: &[f64], rows: usize, y: &[f64]) -> [f64; 4] {
    let (c0, rest) = columns.split_at(rows);
    let (c1, rest) = rest.split_at(rows);
    let (c2, c3) = rest.split_at(rows);
    let (c0, t0) = c0.as_chunks::<LANES>();
    let (c1, t1) = c1.as_chunks::<LANES>();
    let (c2, t2) = c2.as_chunks::<LANES>();
    let (c3, t3) = c3.as_chunks::<LANES>();
    let (y8, y_rest) = y.as_chunks::<LANES>();
    let mut s0 = [0.0; LANES];
    let mut s1 = [0.0; LANES];
    let mut s2 = [0.0; LANES];
    let mut s3 = [0.0; LANES];
    for ((((y, a), b), c), d) in y8.iter().zip(c0).zip(c1).zip(c2).zip(c3) {
        for l in 0..LANES {
            s0[l] = a[l].mul_add(y[l], s0[l]);
            s1[l] = b[l].mul_add(y[l], s1[l]);
            s2[l] = c[l].mul_add(y[l], s2[l]);
            s3[l] = d[l].mul_add(y[l], s3[l]);
        }
    }
    [
        folded(&s0) + rest_product(t0, y_rest),
        folded(&s1) + rest_product(t1, y_rest),
        folded(&s2) + rest_product(t2, y_rest),
        folded(&s3) + rest_product(t3, y_rest),
    ]
}

#[inline(always)]
fn rest_product(x: &[f64], y: &[f64]) -> f64 {
    let mut sum = 0.0;
    for (x, y) in x.iter().zip(y) {
        sum += x * y;
    }
    sum
}

#[inline(always)]
fn folded(s: &[f64; LANES]) -> f64 {
    ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
}

#[inline(always)]
fn largest_loop(x: &[f64]) -> f64 {
    let (chunks, rest) = x.as_chunks::<LANES>();
    let mut most = [0.0; LANES];
    for x in chunks {
        for l in 0..LANES {
            let size = x[l].abs();
            most[l] = if size > most[l] { size } else { most[l] };
        }
    }
    let rest = rest.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    most.iter().fold(rest, |m, x| m.max(*x))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_right_to_an_ulp_or_two() {
        for k in 0..70_800 {
            let x = f64::from(k) * 0.01;
            let (found, expected) = (exp_minus(x), (-x).exp());
            assert!((found - expected).abs() <= 3e-16 * expected, "{x}");
        }
        assert_eq!(exp_minus(0.0), 1.0);
        assert_eq!(exp_minus(f64::INFINITY), exp_minus(708.0));
    }

    #[test]
    fn the_loss_keeps_its_digits_at_both_ends() {
        let mut slope = [0.0; 1];
        let mut curve = [0.0; 1];
        for m in [-700.0, -40.0, -1.0, 0.0, 1e-9, 1.0, 40.0, 600.0] {
            for weights in [None, Some(&[1.0][..])] {
                let value = logistic(&[m], weights, &mut slope, &mut curve);
                let e = (-f64::abs(m)).exp();
                let expected = e.ln_1p() + f64::max(-m, 0.0);
                assert!((value - expected).abs() <= 1e-14 * expected, "{m}: {value}");
                let sigma = if m < 0.0 {
                    1.0 / (1.0 + e)
                } else {
                    e / (1.0 + e)
                };
                assert!((slope[0] - sigma).abs() <= 1e-15 * sigma);
            }
        }
    }
}
