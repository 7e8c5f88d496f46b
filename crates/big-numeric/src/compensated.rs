//! Compensated sums: the rounding errors of the additions are summed too.

/// An unevaluated sum `high + low`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Compensated {
    /// The sum as the additions rounded it.
    pub high: f64,
    /// What they lost.
    pub low: f64,
}

impl Compensated {
    /// Adds a number (Knuth's two-sum: `low` takes what the rounding of `high` loses).
    #[inline(always)]
    pub fn add(&mut self, x: f64) {
        let sum = self.high + x;
        let back = sum - self.high;
        self.low += (self.high - (sum - back)) + (x - back);
        self.high = sum;
    }

    /// Adds another sum.
    #[inline(always)]
    pub fn merge(&mut self, other: Self) {
        self.add(other.high);
        self.low += other.low;
    }

    /// The sum, rounded.
    #[inline]
    pub fn value(self) -> f64 {
        self.high + self.low
    }
}

impl FromIterator<f64> for Compensated {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut sum = Self::default();
        values.into_iter().for_each(|v| sum.add(v));
        sum
    }
}

/// Adds a vector to a vector of sums.
#[inline(always)]
pub fn add_slice(sums: &mut [Compensated], values: &[f64]) {
    for (s, v) in sums.iter_mut().zip(values) {
        s.add(*v);
    }
}
