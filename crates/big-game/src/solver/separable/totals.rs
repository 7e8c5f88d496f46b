//! What all weights of a game with one common box sum up to, for every coordinate at once.

use big_numeric::DoubleDouble;

use super::column::Column;
use super::select::{Level, RUN};
use crate::action_space::BoxSet;

/// Sums of positive and of negative weights in double-double arithmetic.
pub(super) struct Totals {
    /// `Σ max(w, 0)` and `Σ max(−w, 0)`.
    pub(super) plus: DoubleDouble,
    pub(super) minus: DoubleDouble,
    /// The relative error of sums of magnitudes made as these were: in runs of [`RUN`] two-sums that are joined.
    pub(super) share: f64,
    /// The least magnitude of a weight that is not 0, where it is known.
    least: Option<f64>,
}

impl Totals {
    /// Of sums for which up to `joins` runs were joined in a row.
    pub(super) fn new(plus: DoubleDouble, minus: DoubleDouble, joins: usize) -> Self {
        // Runs of RUN two-sums err by RUN² 2^-106 of their sum; every join by 2^-103.
        let share = joins as f64 * (1.0 / (1u128 << 102) as f64)
            + (RUN * RUN) as f64 * (1.0 / (1u128 << 105) as f64);
        Self {
            plus,
            minus,
            share,
            least: None,
        }
    }

    /// The same, with the least magnitude of a weight that is not 0.
    pub(super) fn with_least(self, least: f64) -> Self {
        Self {
            least: Some(least),
            ..self
        }
    }

    /// Are sums of weights times bounds of a common interval, and the bias, exact in double-double arithmetic? They are
    /// where all of them are multiples of one power of two and less than `2^97` of it: then nothing that is rounded on
    /// the way has more than 53 bits.
    fn exact(&self, bias: f64, low: f64, high: f64) -> bool {
        let Some(least) = self.least else {
            return false;
        };
        let unit = DoubleDouble::sum(high, -low);
        if unit.low() != 0.0 || least.is_infinite() {
            return false;
        }
        let ends = [low, high, unit.to_f64()];
        let fine = ends
            .iter()
            .filter(|x| **x != 0.0)
            .map(|&x| last_bit(x))
            .min();
        // A weight's last bit is no lower than that of the least one with a full mantissa.
        let grid = exponent(least) - 52 + fine.unwrap_or(0);
        let size = ends.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
        let most = 3.0 * (self.plus + self.minus).to_f64() * size + bias.abs();
        grid > -1000 && (bias == 0.0 || last_bit(bias) >= grid) && exponent(most) < 96 + grid
    }

    /// The highest level of a coordinate, everybody pulling up, and its error.
    pub(super) fn level(&self, column: &Column<'_>, set: &BoxSet) -> Level {
        let (plus, minus) = (self.plus, self.minus);
        let bias = column.boxes.game.bias()[column.k];
        let (low, high) = (set.lower()[column.k], set.upper()[column.k]);
        let top = plus * high - minus * low + DoubleDouble::from(bias);
        // `plus` is a difference: it errs as much as the sum of all magnitudes and `minus` do.
        let size = (plus.to_f64() + 2.0 * minus.to_f64()) * high.abs()
            + minus.to_f64() * low.abs()
            + bias.abs();
        Level {
            top,
            unit: column.unit(),
            error: 2.0 * self.share * size + column.len() as f64 * 1e-310,
            exact: self.exact(bias, low, high),
        }
    }
}

/// `e` for `2^e ≤ |x| < 2^(e + 1)`; less than -1022 for subnormal numbers.
fn exponent(x: f64) -> i32 {
    ((x.to_bits() >> 52) & 0x7ff) as i32 - 1023
}

/// The exponent of the last bit that is set.
fn last_bit(x: f64) -> i32 {
    let mantissa = (x.to_bits() & ((1 << 52) - 1)) | (1 << 52);
    exponent(x) - 52 + mantissa.trailing_zeros() as i32
}
