//! The arithmetic under the game: vectors and small dense factorisations, sums that can be trusted, loops compiled for the
//! widest vectors of the processor.
//!
//! Nothing here knows of games. Every function gives the same bits on every machine and for any number of threads.
//!
//! ```
//! use big_numeric::{ExactSum, dot, nearest, norm};
//!
//! assert_eq!(dot(&[1.0, 2.0], &[3.0, 4.0]), 11.0);
//! assert_eq!(norm(&[-1e200, 0.0]), 1e200);
//! let mut sum = ExactSum::default();
//! [1e300, 1.0, -1e300].iter().for_each(|&x| sum.add(x));
//! assert_eq!(nearest(&sum.total()), 1.0);
//! ```

mod basis;
mod cholesky;
mod compensated;
mod double_double;
mod doubles;
mod exact_sum;
mod least_change;
mod lu;
pub mod matrix;
#[doc(hidden)]
pub mod parallel;
mod rational_sum;
mod vector;
mod wide;

pub use basis::Basis;
pub use cholesky::Cholesky;
pub use compensated::{Compensated, add_slice};
pub use double_double::DoubleDouble;
pub use doubles::Doubles;
pub use exact_sum::ExactSum;
pub use least_change::least_change;
pub use lu::{Lu, residual};
pub use rational_sum::RationalSum;
pub use vector::{
    distance, dot, max_abs, multiplied, norm, norm_of, power_of_two_below, square_distance,
    stretch, sum,
};
pub use wide::{wide, wide_rows};

use num_traits::{ToPrimitive, Zero};

/// A ratio of whole numbers of any size.
pub type Rational = num_rational::BigRational;
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
pub fn times_power_of_two(x: f64, power: i32) -> f64 {
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
