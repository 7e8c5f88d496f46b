//! Numbers of about 106 bits, as the unevaluated sum of two doubles (Dekker 1971; Knuth, TAOCP 4.2.2).

use std::cmp::Ordering;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

use super::{nearest, rational};
use crate::Rational;

/// `high + low`, with `|low| ≤ ulp(high) / 2`: `high` is the sum rounded to the nearest double.
///
/// Barring overflow, and underflow of a product's low part, one addition errs by at most
/// `2^-103 (|a| + |b|)`, one product or quotient by at most `2^-100` of the result.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DoubleDouble {
    high: f64,
    low: f64,
}

/// `a + b` as a rounded sum and its error, exactly.
#[inline]
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let part = sum - a;
    (sum, (a - (sum - part)) + (b - part))
}

/// As [`two_sum`] where `|a| ≥ |b|` or `a = 0`.
#[inline]
fn fast_two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    (sum, b - (sum - a))
}

/// `a` as the sum of two numbers of at most 26 bits (Veltkamp's splitting).
#[inline]
fn split(a: f64) -> (f64, f64) {
    let scaled = 134_217_729.0 * a; // 2^27 + 1
    let high = scaled - (scaled - a);
    (high, a - high)
}

/// `a b` as a rounded product and its error (Dekker's product: a fused multiply-add is a function call
/// on the baseline processor).
#[inline]
fn two_product(a: f64, b: f64) -> (f64, f64) {
    let product = a * b;
    let (a1, a2) = split(a);
    let (b1, b2) = split(b);
    (product, ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2)
}

impl DoubleDouble {
    /// Zero.
    pub const ZERO: Self = Self {
        high: 0.0,
        low: 0.0,
    };

    /// The exact sum of two doubles.
    #[inline]
    pub fn sum(a: f64, b: f64) -> Self {
        let (high, low) = two_sum(a, b);
        Self { high, low }
    }

    /// The exact product of two doubles of magnitude below 1e300.
    #[inline]
    pub fn product(a: f64, b: f64) -> Self {
        let (high, low) = two_product(a, b);
        Self { high, low }
    }

    /// An exact number, rounded.
    pub fn from_rational(q: &Rational) -> Self {
        let high = nearest(q);
        if !high.is_finite() {
            return Self { high, low: 0.0 };
        }
        Self::sum(high, nearest(&(q - rational(high))))
    }

    /// The nearest double.
    #[inline]
    pub fn to_f64(self) -> f64 {
        self.high
    }

    /// What [`to_f64`](Self::to_f64) leaves out.
    #[inline]
    pub fn low(self) -> f64 {
        self.low
    }

    /// The magnitude.
    #[inline]
    pub fn abs(self) -> Self {
        if self.high < 0.0 { -self } else { self }
    }

    /// The lesser of two.
    #[inline]
    pub fn min(self, other: Self) -> Self {
        if other < self { other } else { self }
    }

    /// The greater of two.
    #[inline]
    pub fn max(self, other: Self) -> Self {
        if other > self { other } else { self }
    }
}

impl From<f64> for DoubleDouble {
    #[inline]
    fn from(high: f64) -> Self {
        Self { high, low: 0.0 }
    }
}

impl PartialOrd for DoubleDouble {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match self.high.partial_cmp(&other.high) {
            Some(Ordering::Equal) => self.low.partial_cmp(&other.low),
            order => order,
        }
    }
}

impl Neg for DoubleDouble {
    type Output = Self;

    #[inline]
    fn neg(self) -> Self {
        Self {
            high: -self.high,
            low: -self.low,
        }
    }
}

impl Add for DoubleDouble {
    type Output = Self;

    #[inline]
    fn add(self, other: Self) -> Self {
        let (high, error) = two_sum(self.high, other.high);
        let (mid, tiny) = two_sum(self.low, other.low);
        let (high, error) = fast_two_sum(high, error + mid);
        let (high, low) = fast_two_sum(high, error + tiny);
        Self { high, low }
    }
}

impl Add<f64> for DoubleDouble {
    type Output = Self;

    #[inline]
    fn add(self, other: f64) -> Self {
        let (high, error) = two_sum(self.high, other);
        let (high, low) = fast_two_sum(high, error + self.low);
        Self { high, low }
    }
}

impl AddAssign for DoubleDouble {
    #[inline]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl AddAssign<f64> for DoubleDouble {
    #[inline]
    fn add_assign(&mut self, other: f64) {
        *self = *self + other;
    }
}

impl Sub for DoubleDouble {
    type Output = Self;

    #[inline]
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for DoubleDouble {
    type Output = Self;

    #[inline]
    fn mul(self, other: Self) -> Self {
        let (high, low) = two_product(self.high, other.high);
        let cross = self.high * other.low + self.low * other.high;
        let (high, low) = fast_two_sum(high, low + cross);
        Self { high, low }
    }
}

impl Mul<f64> for DoubleDouble {
    type Output = Self;

    #[inline]
    fn mul(self, other: f64) -> Self {
        self * Self::from(other)
    }
}

impl Div for DoubleDouble {
    type Output = Self;

    /// Long division with three digits of 53 bits.
    fn div(self, other: Self) -> Self {
        let first = self.high / other.high;
        if !first.is_finite() || first == 0.0 {
            return Self::from(first);
        }
        let rest = self - other * first;
        let second = rest.high / other.high;
        let rest = rest - other * second;
        let third = rest.high / other.high;
        Self::sum(first, second) + third
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_traits::Signed;
    use proptest::prelude::*;

    fn exact(x: DoubleDouble) -> Rational {
        rational(x.high) + rational(x.low)
    }

    fn power(e: i32) -> Rational {
        rational(2.0_f64.powi(e))
    }

    fn number() -> impl Strategy<Value = DoubleDouble> {
        (-1e10_f64..1e10, -40_i32..40, -0.5_f64..0.5).prop_map(|(m, e, l)| {
            DoubleDouble::sum(m * 2.0_f64.powi(e), l * m * 2.0_f64.powi(e - 53))
        })
    }

    proptest! {
        #[test]
        fn operations_err_as_little_as_they_say(a in number(), b in number()) {
            let (x, y) = (exact(a), exact(b));
            let sum = (exact(a + b) - (&x + &y)).abs();
            prop_assert!(sum <= (x.abs() + y.abs()) * power(-103));
            let product = (exact(a * b) - &x * &y).abs();
            prop_assert!(product <= (&x * &y).abs() * power(-100));
            if b.high != 0.0 {
                let quotient = (exact(a / b) - &x / &y).abs();
                prop_assert!(quotient <= (&x / &y).abs() * power(-100));
            }
            let plain = (exact(a + b.high) - (&x + rational(b.high))).abs();
            prop_assert!(plain <= (x.abs() + y.abs()) * power(-103));
            prop_assert_eq!(a.partial_cmp(&b), x.partial_cmp(&y));
            prop_assert_eq!(DoubleDouble::from_rational(&x), a);
        }

        #[test]
        fn sums_and_products_of_doubles_are_exact(a in -1e140_f64..1e140, b in -1e-100_f64..1e150) {
            prop_assert_eq!(exact(DoubleDouble::sum(a, b)), rational(a) + rational(b));
            prop_assert_eq!(exact(DoubleDouble::product(a, b)), rational(a) * rational(b));
        }
    }
}
