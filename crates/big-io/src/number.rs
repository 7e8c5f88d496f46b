//! Numbers exactly as they were written: integers, decimals, exponents and fractions.

use std::fmt::Debug;

use big_game::game::LARGEST;
use big_game::spec::Rational;
use num_bigint::BigInt;
use num_traits::{ToPrimitive, Zero};

/// The most digits a number may be written with.
pub(crate) const MAX_DIGITS: usize = 1_000;
/// The largest exponent of ten that may be written.
pub(crate) const MAX_EXPONENT: i64 = 400;

/// Why a text is not a number that a game can use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NumberError {
    #[error("is not a number")]
    NotANumber,
    #[error("is not finite: every number must be finite")]
    NotFinite,
    #[error("has more than {MAX_DIGITS} digits: round it")]
    TooManyDigits,
    #[error("has an exponent beyond ±{MAX_EXPONENT}: choose other units")]
    Exponent,
    #[error("is larger than {LARGEST:e} in magnitude: choose other units")]
    TooLarge,
    #[error("divides by zero")]
    ZeroDenominator,
}

/// A number that a description of a game can be decoded into: exact, or rounded once.
pub(crate) trait Scalar: Clone + PartialOrd + Debug + Zero {
    /// Reads an integer, a decimal with or without an exponent, or a fraction of such.
    fn parse(text: &str) -> Result<Self, NumberError>;
}

impl Scalar for Rational {
    fn parse(text: &str) -> Result<Self, NumberError> {
        let text = text.trim();
        let value = match text.split_once('/') {
            None => Decimal::scan(text)?.value()?,
            Some((above, below)) => {
                let above = Decimal::scan(above.trim())?.value()?;
                let below = Decimal::scan(below.trim())?.value()?;
                if below.is_zero() {
                    return Err(NumberError::ZeroDenominator);
                }
                above / below
            }
        };
        match value.to_f64() {
            Some(size) if size.abs() <= LARGEST => Ok(value),
            _ => Err(NumberError::TooLarge),
        }
    }
}

impl Scalar for f64 {
    fn parse(text: &str) -> Result<Self, NumberError> {
        let text = text.trim();
        if text.contains('/') {
            let exact = Rational::parse(text)?;
            return exact.to_f64().ok_or(NumberError::TooLarge);
        }
        Decimal::scan(text)?;
        let value: f64 = text.parse().map_err(|_| NumberError::NotANumber)?;
        if value.abs() > LARGEST {
            return Err(NumberError::TooLarge);
        }
        // Adding 0 turns −0 into 0, which is what the exact number is.
        Ok(value + 0.0)
    }
}

/// A decimal number taken apart: `± whole.fraction × 10^exponent`.
struct Decimal<'t> {
    negative: bool,
    whole: &'t str,
    fraction: &'t str,
    exponent: i64,
}

impl<'t> Decimal<'t> {
    fn scan(text: &'t str) -> Result<Self, NumberError> {
        let (negative, unsigned) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        if ["nan", "inf", "infinity"]
            .iter()
            .any(|word| unsigned.eq_ignore_ascii_case(word))
        {
            return Err(NumberError::NotFinite);
        }
        let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
            Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
            None => (unsigned, None),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.len() + fraction.len() == 0 || !digits(whole) || !digits(fraction) {
            return Err(NumberError::NotANumber);
        }
        if whole.len() + fraction.len() > MAX_DIGITS {
            return Err(NumberError::TooManyDigits);
        }
        let exponent = exponent.map_or(Ok(0), exponent_of)?;
        Ok(Self {
            negative,
            whole,
            fraction,
            exponent,
        })
    }

    fn value(&self) -> Result<Rational, NumberError> {
        let digits = [self.whole, self.fraction].concat();
        let mantissa = BigInt::parse_bytes(digits.as_bytes(), 10).ok_or(NumberError::NotANumber)?;
        let mantissa = if self.negative { -mantissa } else { mantissa };
        // At most MAX_DIGITS + MAX_EXPONENT in size, so the power is small.
        let shift = self.exponent - self.fraction.len() as i64;
        let power = BigInt::from(10).pow(shift.unsigned_abs() as u32);
        Ok(if shift >= 0 {
            Rational::from_integer(mantissa * power)
        } else {
            Rational::new(mantissa, power)
        })
    }
}

fn exponent_of(text: &str) -> Result<i64, NumberError> {
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(NumberError::NotANumber);
    }
    let significant = digits.trim_start_matches('0');
    let size: i64 = match significant.len() {
        0 => 0,
        1..=3 => significant.parse().map_err(|_| NumberError::Exponent)?,
        _ => return Err(NumberError::Exponent),
    };
    if size > MAX_EXPONENT {
        return Err(NumberError::Exponent);
    }
    Ok(if negative { -size } else { size })
}

/// A number as game files write it, exactly: `0.1`, `1e-3`, `1/3`.
///
/// # Errors
/// What is wrong with it.
pub fn exact_number(text: &str) -> Result<num_rational::BigRational, String> {
    Scalar::parse(text).map_err(|problem| format!("it {problem}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ratio(above: i64, below: i64) -> Rational {
        Rational::new(above.into(), below.into())
    }

    #[test]
    fn numbers_are_what_was_written() {
        for (text, above, below) in [
            ("0.1", 1, 10),
            ("1/10", 1, 10),
            ("-2/7", -2, 7),
            (" 1 / 3 ", 1, 3),
            ("+5", 5, 1),
            ("1e3", 1000, 1),
            ("-1.25E-2", -1, 80),
            (".5", 1, 2),
            ("5.", 5, 1),
            ("0.1/0.3", 1, 3),
            ("1e00000000000000002", 100, 1),
            ("-0", 0, 1),
        ] {
            assert_eq!(Rational::parse(text), Ok(ratio(above, below)), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused_without_being_built() {
        let long = "9".repeat(2_000);
        let fine_print = format!("0.{}", "3".repeat(1_001));
        for (text, error) in [
            ("", NumberError::NotANumber),
            ("x", NumberError::NotANumber),
            (".", NumberError::NotANumber),
            ("1e", NumberError::NotANumber),
            ("1/", NumberError::NotANumber),
            ("1/2/3", NumberError::NotANumber),
            ("--1", NumberError::NotANumber),
            ("0x10", NumberError::NotANumber),
            ("1_000", NumberError::NotANumber),
            ("٣", NumberError::NotANumber),
            ("NaN", NumberError::NotFinite),
            ("-inf", NumberError::NotFinite),
            ("Infinity", NumberError::NotFinite),
            ("1e999999999999999999999999", NumberError::Exponent),
            ("1e-401", NumberError::Exponent),
            ("1e151", NumberError::TooLarge),
            (&long, NumberError::TooManyDigits),
            (&fine_print, NumberError::TooManyDigits),
            ("1/0", NumberError::ZeroDenominator),
            ("1/0e5", NumberError::ZeroDenominator),
        ] {
            assert_eq!(Rational::parse(text), Err(error.clone()), "{text}");
            assert_eq!(f64::parse(text), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn decimals_agree_with_arithmetic(whole in -999_999_i64..999_999, tail in 0_i64..1000, exponent in -30_i32..30) {
            let text = format!("{whole}.{tail:03}e{exponent}");
            let sign = if whole < 0 { -1 } else { 1 };
            let mantissa = ratio(whole, 1) + ratio(sign * tail, 1000);
            let expected = mantissa * ratio(10, 1).pow(exponent);
            prop_assert_eq!(Rational::parse(&text), Ok(expected.clone()));
            prop_assert_eq!(f64::parse(&text).ok(), text.parse::<f64>().ok());
            prop_assert_eq!(expected.to_f64(), text.parse::<f64>().ok().map(|v| v + 0.0));
        }

        #[test]
        fn fractions_agree_with_arithmetic(above in -99_999_i64..99_999, below in 1_i64..99_999) {
            prop_assert_eq!(Rational::parse(&format!("{above}/{below}")), Ok(ratio(above, below)));
            prop_assert_eq!(f64::parse(&format!("{above}/{below}")), Ok(above as f64 / below as f64));
        }

        #[test]
        fn both_readers_accept_the_same_texts(text in "[-+]?[0-9./eE]{0,8}") {
            let (exact, rounded) = (Rational::parse(&text), f64::parse(&text));
            prop_assert_eq!(exact.clone().map(|q| q.to_f64()), rounded.map(Some), "{}", text);
        }
    }
}
