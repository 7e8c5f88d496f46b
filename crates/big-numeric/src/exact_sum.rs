//! Exact sums of doubles and of products of doubles, in one pass and constant memory.

use num_bigint::{BigInt, Sign};
use num_traits::{One, Zero};

use crate::Rational;

/// Bits a digit.
const DIGIT: i32 = 32;
/// The exponent of the lowest bit: below the square of the least double, a multiple of the digit.
const LOWEST: i32 = -68 * DIGIT;
/// Enough digits for squares of the largest doubles, and carries.
const DIGITS: usize = 136;
/// Additions before a digit of 63 bits could overflow: each adds less than 2^32.
const ROOM: u32 = 1 << 30;

/// A fixed-point number wide enough for every product of two doubles (a long accumulator, Kulisch 1971;
/// the carries are put off as in Neal's superaccumulators, arXiv:1505.05571).
#[derive(Clone, Debug)]
pub struct ExactSum {
    digits: Box<[i64; DIGITS]>,
    pending: u32,
}

impl Default for ExactSum {
    fn default() -> Self {
        Self {
            digits: Box::new([0; DIGITS]),
            pending: 0,
        }
    }
}

/// `x = ± mantissa · 2^exponent` for a finite double.
#[inline]
fn parts(x: f64) -> (bool, u64, i32) {
    let bits = x.to_bits();
    let biased = ((bits >> 52) & 0x7ff) as i32;
    let fraction = bits & ((1 << 52) - 1);
    let (mantissa, exponent) = if biased == 0 {
        (fraction, -1074)
    } else {
        (fraction | (1 << 52), biased - 1075)
    };
    (x.is_sign_negative(), mantissa, exponent)
}

impl ExactSum {
    /// Adds a finite double.
    #[inline]
    pub fn add(&mut self, x: f64) {
        let (negative, mantissa, exponent) = parts(x);
        self.deposit(negative, u128::from(mantissa), exponent);
    }

    /// Adds the product of two finite doubles.
    #[inline]
    pub fn add_product(&mut self, x: f64, y: f64) {
        let (nx, mx, ex) = parts(x);
        let (ny, my, ey) = parts(y);
        self.deposit(nx != ny, u128::from(mx) * u128::from(my), ex + ey);
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: &Self) {
        self.carry();
        let mut other = other.clone();
        other.carry();
        for (digit, more) in self.digits.iter_mut().zip(other.digits.iter()) {
            *digit += more;
        }
        self.carry();
    }

    /// Adds `± mantissa · 2^exponent`; the mantissa has at most 106 bits.
    #[inline]
    fn deposit(&mut self, negative: bool, mantissa: u128, exponent: i32) {
        // At most 2 · 1074 below zero, hence not negative.
        let offset = (exponent - LOWEST) as usize;
        let (first, shift) = (offset / DIGIT as usize, offset % DIGIT as usize);
        // Shifted in two halves of 64 bits, so that nothing is lost: 64 + 31 bits fit.
        let halves = [mantissa & u128::from(u64::MAX), mantissa >> 64];
        for (half, bits) in halves.into_iter().enumerate() {
            let mut rest = bits << shift;
            let mut at = first + 2 * half;
            while rest != 0 {
                let digit = (rest & 0xffff_ffff) as i64;
                self.digits[at] += if negative { -digit } else { digit };
                rest >>= DIGIT;
                at += 1;
            }
        }
        self.pending += 2; // both halves may meet in one digit
        if self.pending >= ROOM {
            self.carry();
        }
    }

    /// Brings every digit but the last into `0..2^32`.
    fn carry(&mut self) {
        let mut carry = 0;
        let last = DIGITS - 1;
        for digit in &mut self.digits[..last] {
            let value = *digit + carry;
            *digit = value & 0xffff_ffff;
            carry = value >> DIGIT;
        }
        self.digits[last] += carry;
        self.pending = 1;
    }

    /// The sum.
    pub fn total(mut self) -> Rational {
        self.carry();
        // Where the top digit is negative the others, which are not, are subtracted from it: the magnitude by
        // complement.
        let negative = self.digits[DIGITS - 1] < 0;
        if negative {
            self.digits.iter_mut().for_each(|digit| *digit = -*digit);
            self.carry();
        }
        let Some(first) = self.digits.iter().position(|&digit| digit != 0) else {
            return Rational::zero();
        };
        // Every digit is in 0..2^32 now; the last one holds the carries of fewer than 2^32 additions beyond the
        // largest product.
        let digits = self.digits[first..].iter().map(|&digit| digit as u32);
        let sign = if negative { Sign::Minus } else { Sign::Plus };
        let odd = self.digits[first].trailing_zeros() as i32;
        let mantissa = BigInt::from_slice(sign, &digits.collect::<Vec<u32>>()) >> odd;
        let exponent = LOWEST + first as i32 * DIGIT + odd;
        // Odd over a power of two, or whole: in lowest terms without a greatest common divisor.
        if exponent < 0 {
            Rational::new_raw(mantissa, BigInt::one() << exponent.unsigned_abs())
        } else {
            Rational::from_integer(mantissa << exponent)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rational;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_rationals(xs in prop::collection::vec((prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO, -1e3_f64..1e3), 0..40)) {
            let mut sum = ExactSum::default();
            let mut right = ExactSum::default();
            let mut expected = Rational::zero();
            for (i, &(x, y)) in xs.iter().enumerate() {
                let side = if i % 2 == 0 { &mut sum } else { &mut right };
                side.add(x);
                side.add_product(x, y);
                expected += rational(x) * (rational(y) + rational(1.0));
            }
            sum.merge(&right);
            prop_assert_eq!(sum.total(), expected);
        }
    }

    #[test]
    fn survives_the_extremes() {
        let mut sum = ExactSum::default();
        sum.add_product(f64::MAX, f64::MAX);
        sum.add_product(5e-324, 5e-324);
        sum.add_product(-f64::MAX, f64::MAX);
        assert_eq!(sum.total(), rational(5e-324) * rational(5e-324));
    }
}
