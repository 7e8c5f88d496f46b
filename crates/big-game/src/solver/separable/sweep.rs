//! Passes over the influencers: sums, and the selection in place that needs no bracket.

use big_numeric::DoubleDouble;
use big_numeric::parallel;

use super::column::Column;
use super::select::{Entry, Level, Masses, Place, Search, scatter};

/// Influencers a block: the boundaries are fixed, so that every sum is the same for any number of threads.
const BLOCK: usize = 1 << 14;
/// From this many influencers on, blocks are shared among threads.
const PARALLEL: usize = 1 << 17;
/// Samples of a block.
const SAMPLES: usize = 64;

/// Maps fixed blocks of `0..n` and returns the results in order.
pub(super) fn blocks<T: Send>(
    n: usize,
    map: impl Fn(std::ops::Range<usize>) -> T + Sync,
) -> Vec<T> {
    blocks_of(n, BLOCK, map)
}

/// The same for blocks of a given size.
pub(super) fn blocks_of<T: Send>(
    n: usize,
    block: usize,
    map: impl Fn(std::ops::Range<usize>) -> T + Sync,
) -> Vec<T> {
    parallel::blocks(n, block, PARALLEL / block, map)
}

/// A compensated sum and the sum of the magnitudes.
#[derive(Clone, Copy, Default)]
struct Sum {
    value: DoubleDouble,
    size: f64,
}

impl Sum {
    #[inline]
    fn add(&mut self, x: DoubleDouble) {
        self.value += x;
        self.size += x.to_f64().abs();
    }
}

/// `A` of a coordinate and its error bound, from one pass.
pub(super) fn level(column: &Column<'_>) -> Level {
    let n = column.len();
    let bias = column.boxes.game.bias()[column.k];
    let parts = blocks(n, |rows| {
        let mut high = Sum::default();
        let mut reach = 0.0;
        for i in rows {
            let (low, most) = column.pull(i);
            high.add(most);
            reach += low.to_f64().abs().max(most.to_f64().abs());
        }
        (high, reach)
    });
    let mut top = DoubleDouble::from(bias);
    let (mut size, mut reach) = (bias.abs(), bias.abs());
    for (high, most) in parts {
        top += high.value;
        size += high.size;
        reach += most;
    }
    let doubles = (n + 64) as f64 * size * (1.0 / (1u128 << 98) as f64);
    Level {
        top,
        unit: column.unit(),
        error: doubles + n as f64 * 1e-310 + rounding_of_the_written(column, reach),
        exact: false,
    }
}

/// How far the doubles' `F` may be from that of the numbers as written; `reach` bounds what everybody
/// pulls together, background included.
pub(super) fn rounding_of_the_written(column: &Column<'_>, reach: f64) -> f64 {
    if column.boxes.written.is_none() {
        return 0.0;
    }
    // Three roundings of 2^-53 a product, a target and a bias one each; numbers below the normal ones
    // lose at most 2^-1074 each, times weights or bounds.
    let (n, weights) = (column.len(), column.boxes.weights);
    let largest = (0..n).fold(1.0_f64, |most, i| {
        let (l, u) = column.interval(i);
        most.max(weights[i].abs()).max(l.abs()).max(u.abs())
    });
    8.0 * f64::EPSILON * reach + n as f64 * 1e-320 * largest
}

impl Search<'_> {
    /// Selects in place, by passes over all influencers, until few enough targets are left to copy:
    /// those are at most `limit`, unless they all have one value. `O(n)` expected. Returns the passes.
    pub(super) fn sweep(&mut self, limit: usize) -> (Place, usize) {
        let n = self.column.len();
        let mut passes = 0;
        let mut upper = false;
        loop {
            let mut sample = Vec::new();
            let mut inside = 0;
            for (count, mut part) in blocks(n, |rows| self.sample(rows)) {
                inside += count;
                sample.append(&mut part);
            }
            passes += 1;
            if inside <= limit || sample.is_empty() {
                let parts = blocks(n, |rows| -> Vec<Entry> {
                    let all = rows.map(|i| self.entry(i));
                    all.filter(|e| self.inside(e.target)).collect()
                });
                return (self.select(parts.concat()), passes + 1);
            }
            let pivot = self.pivot(&mut sample, inside, upper);
            upper = !upper;
            let parts = blocks(n, |rows| {
                let entries = rows.map(|i| self.entry(i));
                Masses::of(entries.filter(|e| self.inside(e.target)), pivot)
            });
            let mut masses = Masses::default();
            for part in parts {
                masses.merge(part);
            }
            passes += 1;
            if let Some(place) = self.compare(pivot, &masses) {
                return (place, passes);
            }
        }
    }

    #[inline]
    fn entry(&self, i: usize) -> Entry {
        Entry {
            target: self.column.target(i),
            mass: self.column.mass(i),
        }
    }

    /// Counts the targets inside the interval, and keeps an evenly spread few of them.
    fn sample(&self, rows: std::ops::Range<usize>) -> (usize, Vec<Entry>) {
        let stride = (rows.len() / SAMPLES).max(1) as u64;
        let mut sample = Vec::with_capacity(SAMPLES);
        let mut count = 0_u64;
        let mut next = scatter(rows.start as u64) % stride;
        for i in rows {
            if self.inside(self.column.target(i)) {
                if count == next {
                    sample.push(self.entry(i));
                    next = (count / stride + 1) * stride + scatter(i as u64) % stride;
                }
                count += 1;
            }
        }
        (count as usize, sample)
    }
}

/// The ends of what the influencers whose target is `target` pull together. `O(n)`.
pub(super) fn pulls_at(column: &Column<'_>, target: f64) -> (DoubleDouble, DoubleDouble) {
    let parts = blocks(column.len(), |rows| {
        let mut ends = (DoubleDouble::ZERO, DoubleDouble::ZERO);
        for i in rows.filter(|&i| column.target(i) == target) {
            let (low, high) = column.pull(i);
            ends = (ends.0 + low, ends.1 + high);
        }
        ends
    });
    parts.into_iter().fold(
        (DoubleDouble::ZERO, DoubleDouble::ZERO),
        |sum, (low, high)| (sum.0 + low, sum.1 + high),
    )
}
