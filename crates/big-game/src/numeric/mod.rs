//! Sums that can be trusted: double-double arithmetic, and exact sums of doubles and of rationals; a small basis with its
//! QR factorisation.

mod basis;
mod double_double;
mod doubles;
mod exact_sum;
mod least_change;
mod rational_sum;
mod wide;

pub(crate) use basis::Basis;
pub use double_double::DoubleDouble;
pub(crate) use doubles::Doubles;
pub use exact_sum::ExactSum;
pub(crate) use least_change::least_change;
pub use rational_sum::RationalSum;
pub use wide::wide;
pub(crate) use wide::wide_rows;

use num_traits::{ToPrimitive, Zero};

use crate::spec::Rational;

/// The exact value of a finite double; 0 for what is not finite.
pub fn rational(x: f64) -> Rational {
    Rational::from_float(x).unwrap_or_else(Rational::zero)
}

/// The double nearest to an exact number.
pub fn nearest(q: &Rational) -> f64 {
    // `to_f64` rounds correctly and returns something for every ratio of integers.
    q.to_f64().unwrap_or(f64::NAN)
}

/// `x · 2^power`, exact unless it leaves the range of normal doubles.
pub(crate) fn times_power_of_two(x: f64, power: i32) -> f64 {
    // A single factor beyond 2^1000 is no double.
    const STEP: i32 = 1000;
    let (mut x, mut rest) = (x, power);
    while rest != 0 && x != 0.0 && x.is_finite() {
        let step = rest.clamp(-STEP, STEP);
        x *= 2.0_f64.powi(step);
        rest -= step;
    }
    x
}
