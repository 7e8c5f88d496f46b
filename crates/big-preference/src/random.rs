//! Uniform, normal and logistic random numbers, a column at a time.
//!
//! The bits are ChaCha8's. What is made of them is the same on every machine: each number goes through its own fixed
//! sequence of additions, multiplications, divisions, square roots and fused multiply-adds, each rounded as IEEE 754
//! says, whatever the width of the vectors; there is no function of a mathematical library among them.

use chacha20::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use crate::simd::vectorised;

/// The most numbers that are asked for at a time.
pub(crate) const MOST: usize = crate::data::BLOCK_ROWS;

/// A stream of random numbers.
pub(crate) struct Stream {
    rng: ChaCha8Rng,
    words: [[u64; MOST]; 2],
}

impl Stream {
    /// Stream `number` of all those that belong to a seed.
    pub(crate) fn new(seed: u64, number: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(number);
        Self {
            rng,
            words: [[0; MOST]; 2],
        }
    }

    /// The next `count` words of each of the first `columns` columns, one column after the other.
    #[inline(never)]
    fn draw(&mut self, columns: usize, count: usize) -> [&[u64]; 2] {
        for column in &mut self.words[..columns] {
            // u64 by word: bytes are copied by a call each four.
            for word in &mut column[..count] {
                *word = self.rng.next_u64();
            }
        }
        [&self.words[0][..count], &self.words[1][..count]]
    }

    /// Uniform between two bounds.
    pub(crate) fn uniform(&mut self, lower: f64, upper: f64, out: &mut [f64]) {
        let [words, _] = self.draw(1, out.len());
        uniforms(words, lower, upper, out);
    }

    /// Independent normal numbers in `a` and `b`, which are of one length.
    pub(crate) fn normal(&mut self, mean: f64, deviation: f64, a: &mut [f64], b: &mut [f64]) {
        let [lengths, angles] = self.draw(2, a.len());
        normals(lengths, angles, mean, deviation, a, b);
    }

    /// `log(U/(1 − U))`, `U` uniform in (0, 1).
    pub(crate) fn logistic(&mut self, out: &mut [f64]) {
        let [words, _] = self.draw(1, out.len());
        logistics(words, out);
    }

    /// Indices below `count`. A multiplication maps 64 bits to an index; its bias is below `count/2⁶⁴`.
    pub(crate) fn indices(&mut self, count: usize, out: &mut [usize]) {
        let [words, _] = self.draw(1, out.len());
        for (out, word) in out.iter_mut().zip(words) {
            let product = u128::from(*word) * count as u128;
            *out = (product >> 64) as usize;
        }
    }
}

vectorised! {
    fn uniforms<'a>(words: &'a [u64], lower: f64, upper: f64, out: &'a mut [f64]) {
        uniforms_loop(words, lower, upper, out);
    }

    fn normals<'a>(
        lengths: &'a [u64],
        angles: &'a [u64],
        mean: f64,
        deviation: f64,
        a: &'a mut [f64],
        b: &'a mut [f64],
    ) {
        normals_loop(lengths, angles, mean, deviation, a, b);
    }

    fn logistics<'a>(words: &'a [u64], out: &'a mut [f64]) {
        logistics_loop(words, out);
    }
}

#[inline(always)]
fn uniforms_loop(words: &[u64], lower: f64, upper: f64, out: &mut [f64]) {
    for (out, word) in out.iter_mut().zip(words) {
        *out = (upper - lower).mul_add(unit(*word), lower);
    }
}

/// The polar method of Box and Muller: a length `√(−2 log U)` and an angle.
#[inline(always)]
fn normals_loop(
    lengths: &[u64],
    angles: &[u64],
    mean: f64,
    deviation: f64,
    a: &mut [f64],
    b: &mut [f64],
) {
    let n = a.len();
    let (lengths, angles, b) = (&lengths[..n], &angles[..n], &mut b[..n]);
    for r in 0..n {
        let length = deviation * (-2.0 * ln(unit(lengths[r]))).sqrt();
        let (x, y) = direction(angles[r]);
        a[r] = length.mul_add(x, mean);
        b[r] = length.mul_add(y, mean);
    }
}

#[inline(always)]
fn logistics_loop(words: &[u64], out: &mut [f64]) {
    for (out, word) in out.iter_mut().zip(words) {
        let u = unit(*word);
        *out = ln(u / (1.0 - u));
    }
}

const ONE: u64 = 1.0_f64.to_bits();
const MANTISSA: u64 = (1 << 52) - 1;

/// Uniform among the odd multiples of `2⁻⁵³` in (0, 1).
#[inline(always)]
fn unit(word: u64) -> f64 {
    // Between 1 and 2 the bits behind the point are the number's own; every step is exact.
    let shifted = f64::from_bits((word >> 12) | ONE);
    shifted - (1.0 - 0.5 * f64::EPSILON)
}

/// The natural logarithm of a positive number that is not subnormal, to about two units in the last place.
#[inline(always)]
fn ln(x: f64) -> f64 {
    const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    const SQRT_HALF: u64 = std::f64::consts::FRAC_1_SQRT_2.to_bits();
    const TWO_52: f64 = 4_503_599_627_370_496.0;
    // x = 2^e m with √½ ≤ m < √2; the exponent becomes a number by way of the last bits of 2⁵² + e.
    let bits = x.to_bits().wrapping_add(ONE - SQRT_HALF);
    let e = f64::from_bits((bits >> 52) | TWO_52.to_bits()) - (TWO_52 + 1023.0);
    let m = f64::from_bits((bits & MANTISSA) + SQRT_HALF);
    // log m = 2 artanh s = 2s (1 + s²/3 + s⁴/5 + …), |s| < 0.172: the first term left out is below 1e-18.
    let s = (m - 1.0) / (m + 1.0);
    let z = s * s;
    let mut p = 1.0 / 23.0;
    p = z.mul_add(p, 1.0 / 21.0);
    p = z.mul_add(p, 1.0 / 19.0);
    p = z.mul_add(p, 1.0 / 17.0);
    p = z.mul_add(p, 1.0 / 15.0);
    p = z.mul_add(p, 1.0 / 13.0);
    p = z.mul_add(p, 1.0 / 11.0);
    p = z.mul_add(p, 1.0 / 9.0);
    p = z.mul_add(p, 1.0 / 7.0);
    p = z.mul_add(p, 1.0 / 5.0);
    p = z.mul_add(p, 1.0 / 3.0);
    let twice = s + s;
    let log_m = twice.mul_add(z * p, twice);
    e.mul_add(LN2_HIGH, e.mul_add(LN2_LOW, log_m))
}

/// A point on the unit circle, uniform: an angle within an eighth of a turn of the first axis, turned to one of four
/// axes by two bits of its own.
#[inline(always)]
fn direction(word: u64) -> (f64, f64) {
    let quarters = f64::from_bits((word & MANTISSA) | ONE) - 1.5;
    let x = quarters * std::f64::consts::FRAC_PI_2;
    // Taylor's series on |x| ≤ π/4: the first terms left out are below 2e-18.
    let z = x * x;
    let mut s = 1.0 / 355_687_428_096_000.0;
    s = z.mul_add(s, -1.0 / 1_307_674_368_000.0);
    s = z.mul_add(s, 1.0 / 6_227_020_800.0);
    s = z.mul_add(s, -1.0 / 39_916_800.0);
    s = z.mul_add(s, 1.0 / 362_880.0);
    s = z.mul_add(s, -1.0 / 5_040.0);
    s = z.mul_add(s, 1.0 / 120.0);
    s = z.mul_add(s, -1.0 / 6.0);
    let sine = x.mul_add(z * s, x);
    let mut c = 1.0 / 20_922_789_888_000.0;
    c = z.mul_add(c, -1.0 / 87_178_291_200.0);
    c = z.mul_add(c, 1.0 / 479_001_600.0);
    c = z.mul_add(c, -1.0 / 3_628_800.0);
    c = z.mul_add(c, 1.0 / 40_320.0);
    c = z.mul_add(c, -1.0 / 720.0);
    c = z.mul_add(c, 1.0 / 24.0);
    c = z.mul_add(c, -0.5);
    let cosine = z.mul_add(c, 1.0);
    let cosine = f64::from_bits(cosine.to_bits() ^ (word & (1 << 63)));
    if word & (1 << 62) == 0 {
        (cosine, sine)
    } else {
        (sine, cosine)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const N: usize = 1 << 20;

    /// Many numbers of one kind.
    fn many(mut draw: impl FnMut(&mut Stream, &mut [f64])) -> Vec<f64> {
        let mut out = vec![0.0; N];
        for (number, block) in out.chunks_mut(MOST).enumerate() {
            draw(&mut Stream::new(7, number as u64), block);
        }
        out
    }

    fn both_normals() -> (Vec<f64>, Vec<f64>) {
        let mut b = vec![0.0; MOST];
        let mut second = Vec::new();
        let first = many(|stream, a| {
            stream.normal(0.0, 1.0, a, &mut b);
            second.extend_from_slice(&b);
        });
        (first, second)
    }

    /// Kolmogorov and Smirnov's distance from a distribution, times `√n`: above 2 once in 1500 samples.
    fn smirnov(sample: &[f64], cdf: impl Fn(f64) -> f64) -> f64 {
        let mut sorted = sample.to_vec();
        sorted.sort_by(f64::total_cmp);
        let n = sorted.len() as f64;
        let distance = sorted.iter().enumerate().map(|(k, x)| {
            let p = cdf(*x);
            (p - k as f64 / n).max((k as f64 + 1.0) / n - p)
        });
        n.sqrt() * distance.fold(0.0, f64::max)
    }

    /// The normal distribution function by the series `½ + φ(x) (x + x³/3 + x⁵/(3·5) + …)`.
    fn normal_cdf(x: f64) -> f64 {
        let (mut term, mut sum, mut k) = (x, 0.0, 1.0);
        while f64::abs(term) > 1e-18 && k < 400.0 {
            sum += term;
            k += 2.0;
            term *= x * x / k;
        }
        0.5 + sum * (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt()
    }

    fn moment(sample: &[f64], power: i32) -> f64 {
        sample.iter().map(|x| x.powi(power)).sum::<f64>() / sample.len() as f64
    }

    #[test]
    fn normal_numbers_are_normal_and_independent() {
        let (a, b) = both_normals();
        let root = (N as f64).sqrt();
        for sample in [&a, &b] {
            assert!(smirnov(sample, normal_cdf) < 2.0);
            // Each moment within four of its standard errors: the variances are 1, 2, 15, 96 and 10170.
            for (power, expected, variance) in [
                (1, 0.0, 1.0_f64),
                (2, 1.0, 2.0),
                (3, 0.0, 15.0),
                (4, 3.0, 96.0),
                (6, 15.0, 10_170.0),
            ] {
                let off = (moment(sample, power) - expected) * root / variance.sqrt();
                assert!(off.abs() < 4.0, "{power}: {off}");
            }
            // Tails: 2 (1 − Φ(t)) of them lie beyond t.
            for (t, share) in [
                (2.0, 4.550_026_389_6e-2),
                (3.0, 2.699_796_063e-3),
                (4.0, 6.334_248_367e-5),
            ] {
                let found = sample.iter().filter(|x| x.abs() > t).count() as f64;
                let expected = share * N as f64;
                assert!(
                    (found - expected).abs() < 4.0 * expected.sqrt(),
                    "{t}: {found}"
                );
            }
        }
        // Neither they nor their squares are correlated: within a pair, nor from a row to the next.
        let product = |x: &[f64], y: &[f64]| -> f64 {
            x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>() / root
        };
        let squares = |x: &[f64]| -> Vec<f64> { x.iter().map(|x| x * x - 1.0).collect() };
        for (x, y) in [
            (&a[..], &b[..]),
            (&a[1..], &a[..N - 1]),
            (&b[1..], &a[..N - 1]),
        ] {
            assert!(product(x, y).abs() < 4.0);
            assert!(product(&squares(x), &squares(y)).abs() < 8.0);
        }
        // A sum of two in any direction is normal too.
        let sum: Vec<f64> = a.iter().zip(&b).map(|(a, b)| 0.6 * a - 0.8 * b).collect();
        assert!(smirnov(&sum, normal_cdf) < 2.0);
    }

    #[test]
    fn uniform_and_logistic_numbers_are_what_they_are_called() {
        let uniform = many(|stream, out| stream.uniform(-2.0, 1.0, out));
        assert!(smirnov(&uniform, |x| (x + 2.0) / 3.0) < 2.0);
        assert!(uniform.iter().all(|x| (-2.0..=1.0).contains(x)));
        let logistic = many(|stream, out| stream.logistic(out));
        assert!(smirnov(&logistic, |x| 1.0 / (1.0 + (-x).exp())) < 2.0);
        let beyond = logistic.iter().filter(|x| x.abs() > 10.0).count() as f64;
        let expected = 2.0 * N as f64 / (1.0 + 10.0_f64.exp());
        assert!(
            (beyond - expected).abs() < 4.0 * expected.sqrt(),
            "{beyond}"
        );
    }

    #[test]
    fn indices_are_uniform() {
        let mut stream = Stream::new(3, 0);
        let mut counts = [0_i32; 7];
        let mut out = [0; 500];
        for _ in 0..140 {
            stream.indices(7, &mut out);
            out.iter().for_each(|&k| counts[k] += 1);
        }
        assert!(
            counts.iter().all(|c| (c - 10_000).abs() < 400),
            "{counts:?}"
        );
    }

    #[test]
    fn elementary_functions_are_right_to_two_units_in_the_last_place() {
        let mut largest = 0.0_f64;
        for k in 1..200_000_u64 {
            // All magnitudes between 2⁻⁵³ and 2⁵³, and numbers around 1.
            let wide = f64::from_bits((970 << 52) + k * ((106 << 52) / 200_000));
            for x in [wide, 1.0 + k as f64 * 1e-9, 1.0 - k as f64 * 1e-9] {
                let expected = x.ln();
                largest = largest.max((ln(x) - expected).abs() / (f64::EPSILON * expected.abs()));
            }
        }
        assert!(largest <= 2.0, "{largest}");
        for k in 0..100_000_u64 {
            let word = k.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let (x, y) = direction(word);
            let turned = f64::from_bits((word & MANTISSA) | ONE) - 1.5;
            let angle = turned * std::f64::consts::FRAC_PI_2;
            let sign = if word >> 63 == 0 { 1.0 } else { -1.0 };
            let (c, s) = (sign * angle.cos(), angle.sin());
            let (c, s) = if word & (1 << 62) == 0 {
                (c, s)
            } else {
                (s, c)
            };
            assert!((x - c).abs() <= 2.0 * f64::EPSILON * c.abs(), "{x} {c}");
            assert!((y - s).abs() <= 2.0 * f64::EPSILON * s.abs(), "{y} {s}");
        }
    }

    #[test]
    fn the_ends_of_the_bits_make_finite_numbers() {
        let ends = [0, u64::MAX];
        assert_eq!(unit(ends[0]), 0.5 * f64::EPSILON);
        assert_eq!(unit(ends[1]), 1.0 - 0.5 * f64::EPSILON);
        let (mut a, mut b, mut t) = ([0.0; 4], [0.0; 4], [0.0; 2]);
        let lengths = [ends[0], ends[0], ends[1], ends[1]];
        let angles = [ends[0], ends[1], ends[0], ends[1]];
        normals(&lengths, &angles, 0.0, 1.0, &mut a, &mut b);
        assert!(a.iter().chain(&b).all(|z| z.abs() < 8.6), "{a:?} {b:?}");
        logistics(&ends, &mut t);
        assert!(t[0] == -t[1] && t[1] > 36.7 && t[1] < 36.8, "{t:?}");
    }

    #[test]
    fn vectors_and_single_numbers_give_the_same_bits() {
        // The loops called here are compiled without vector instructions; a length that is no multiple of theirs.
        let mut stream = Stream::new(11, 5);
        let n = 509;
        let [first, second] = stream.draw(2, n).map(<[u64]>::to_vec);
        let (mut a, mut b, mut c, mut d) = (vec![0.0; n], vec![0.0; n], vec![0.0; n], vec![0.0; n]);
        normals(&first, &second, 0.3, 1.7, &mut a, &mut b);
        for r in 0..n {
            let span = r..r + 1;
            normals_loop(
                &first[span.clone()],
                &second[span.clone()],
                0.3,
                1.7,
                &mut c[span.clone()],
                &mut d[span],
            );
        }
        assert_eq!((&a, &b), (&c, &d));
        logistics(&first, &mut a);
        uniforms(&second, -0.1, 0.7, &mut b);
        for r in 0..n {
            logistics_loop(&first[r..=r], &mut c[r..=r]);
            uniforms_loop(&second[r..=r], -0.1, 0.7, &mut d[r..=r]);
        }
        assert_eq!((a, b), (c, d));
    }
}
