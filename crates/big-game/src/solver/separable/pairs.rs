//! Vectors of compensated sums.

use big_numeric::DoubleDouble;
use pulp::Simd;

/// The most lanes that a vector has.
pub(super) const MOST_LANES: usize = 16;

/// Vectors of pairs `high + low` that two-sums are added to without renormalisation.
#[derive(Clone, Copy)]
pub(super) struct Pairs<S: Simd> {
    high: S::f64s,
    low: S::f64s,
}

impl<S: Simd> Pairs<S> {
    #[inline(always)]
    pub(super) fn zero(simd: S) -> Self {
        Self {
            high: simd.splat_f64s(0.0),
            low: simd.splat_f64s(0.0),
        }
    }

    #[inline(always)]
    pub(super) fn add(&mut self, simd: S, x: S::f64s) {
        let sum = simd.add_f64s(self.high, x);
        let back = simd.sub_f64s(sum, self.high);
        let lost = simd.sub_f64s(self.high, simd.sub_f64s(sum, back));
        let rest = simd.sub_f64s(x, back);
        self.low = simd.add_f64s(self.low, simd.add_f64s(lost, rest));
        self.high = sum;
    }

    /// Adds the pairs, lane by lane, to as many sums (or fewer, where the last lanes are unused).
    #[inline(always)]
    pub(super) fn spill(self, sums: &mut [DoubleDouble]) {
        let (mut high, mut low) = ([0.0; MOST_LANES], [0.0; MOST_LANES]);
        S::as_mut_simd_f64s(&mut high[..S::F64_LANES]).0[0] = self.high;
        S::as_mut_simd_f64s(&mut low[..S::F64_LANES]).0[0] = self.low;
        for ((sum, high), low) in sums.iter_mut().zip(high).zip(low) {
            *sum += DoubleDouble::sum(high, low);
        }
    }

    #[inline(always)]
    pub(super) fn total(self) -> DoubleDouble {
        let mut sums = [DoubleDouble::ZERO; MOST_LANES];
        self.spill(&mut sums[..S::F64_LANES]);
        let lanes = &sums[..S::F64_LANES];
        lanes.iter().fold(DoubleDouble::ZERO, |total, &s| total + s)
    }
}
