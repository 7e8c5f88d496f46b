//! `d = 1`: balls are intervals, and the residual jumps at the targets only. One selection.

use std::ops::Range;

use big_numeric::parallel;
use big_numeric::{Compensated, wide};

use super::levels::fraction;
use super::pass::{Point, Terms};
use crate::solver::plain_root::root;

/// Influencers a block; the blocks are joined in their order.
const BLOCK: usize = 1 << 14;
/// So many blocks are not shared out among threads.
const ALONE: usize = 4;
/// From so many on a sample of so many brackets the solution.
const LARGE: usize = 1 << 13;
const SAMPLE: usize = 1 << 11;
/// Half the bracket's width in standard deviations of what the sample leaves to chance.
const DEVIATIONS: f64 = 3.0;
/// Compensated sums side by side.
const WIDTH: usize = 8;

/// The root of `y − b' − Σ ρ_i sign(t_i − y)`, exact up to the rounding of one compensated sum. Plain arithmetic
/// finds the neighbouring targets, compensated sums prove them. `O(n)` expected, `O(n log n)` where rounding misleads.
pub(super) fn solve(terms: Terms, background: Compensated) -> Point {
    let (below, above) = neighbours(terms, background.value());
    proved(terms, background, below, above).unwrap_or_else(|| sorted(terms, background))
}

fn blocks<T: Send>(n: usize, one: impl Fn(Range<usize>) -> T + Sync) -> Vec<T> {
    parallel::blocks(n, BLOCK, ALONE, one)
}

/// The neighbouring targets around the root in plain arithmetic, infinite where there is none.
fn neighbours(terms: Terms, background: f64) -> (f64, f64) {
    let n = terms.len();
    let all = 0..n;
    let pair = |i: usize| (terms.targets[i], 2.0 * terms.pulls[i]);
    let total = |rows: Range<usize>| big_numeric::sum(&terms.pulls[rows]);
    let level = background + blocks(n, total).iter().sum::<f64>();
    if n >= LARGE {
        let scale = n as f64 / SAMPLE as f64;
        let mut sample: Vec<(f64, f64)> = (0..SAMPLE)
            .map(|s| {
                let row = (s as f64 + fraction(s as u64)) * scale;
                let (t, jump) = pair((row as usize).min(n - 1));
                (t, scale * jump)
            })
            .collect();
        let squares: f64 = sample.iter().map(|(_, jump)| jump * jump).sum();
        let margin = 0.5 * DEVIATIONS * squares.sqrt();
        let low = root(&mut sample, level - margin).0;
        let high = root(&mut sample, level + margin).1;
        let parts = blocks(n, |rows| inside(terms, rows, low, high));
        let base: f64 = parts.iter().map(|part| part.0).sum();
        let mut pairs: Vec<(f64, f64)> = parts.into_iter().flat_map(|part| part.1).collect();
        let (below, above) = root(&mut pairs, level - base);
        if below.is_finite() && above.is_finite() {
            return (below, above);
        }
    }
    root(&mut all.map(pair).collect::<Vec<_>>(), level)
}

/// The jumps up to `low`, and the targets in `(low, high]` with their jumps.
fn inside(terms: Terms, rows: Range<usize>, low: f64, high: f64) -> (f64, Vec<(f64, f64)>) {
    const CHUNK: usize = 32;
    let mut pairs = Vec::new();
    let base = wide(
        #[inline(always)]
        || {
            let mut lanes = [0.0; CHUNK];
            let targets = terms.targets[rows.clone()].chunks(CHUNK);
            for (t, p) in targets.zip(terms.pulls[rows.clone()].chunks(CHUNK)) {
                let mut any = false;
                for ((lane, &t), p) in lanes.iter_mut().zip(t).zip(p) {
                    *lane += if t <= low { *p } else { 0.0 };
                    any |= (low < t) & (t <= high);
                }
                if any {
                    let both = t.iter().zip(p).filter(|(t, _)| low < **t && **t <= high);
                    pairs.extend(both.map(|(&t, p)| (t, 2.0 * p)));
                }
            }
            2.0 * lanes.iter().sum::<f64>()
        },
    );
    (base, pairs)
}

/// The root, if it is at one of two neighbouring targets or between them for certain.
fn proved(terms: Terms, background: Compensated, below: f64, above: f64) -> Option<Point> {
    let pivot = if below.is_finite() { below } else { above };
    if !pivot.is_finite() {
        return None;
    }
    // Everybody above pulls up; then those below, and then those at the pivot, pull down.
    let (mut before, mut after) = (background, background);
    for [lesser, at, greater] in blocks(terms.len(), |rows| pulls(terms, rows, pivot)) {
        for place in [&mut before, &mut after] {
            place.merge(greater);
            place.merge(negative(lesser));
        }
        before.merge(at);
        after.merge(negative(at));
    }
    let short = offset(before, pivot);
    if short < 0.0 {
        return (pivot == above).then(|| Point {
            anchor: vec![pivot],
            offset: vec![short],
        });
    }
    let over = offset(after, pivot);
    if over <= 0.0 {
        return Some(Point::at(&[pivot]));
    }
    if pivot != below {
        return None;
    }
    if above == f64::INFINITY {
        return Some(Point {
            anchor: vec![pivot],
            offset: vec![over],
        });
    }
    let short = offset(after, above);
    (short < 0.0).then(|| Point {
        anchor: vec![above],
        offset: vec![short],
    })
}

fn negative(sum: Compensated) -> Compensated {
    Compensated {
        high: -sum.high,
        low: -sum.low,
    }
}

/// The pulls of those below a pivot, at it and above it.
fn pulls(terms: Terms, rows: Range<usize>, pivot: f64) -> [Compensated; 3] {
    wide(
        #[inline(always)]
        || {
            let mut sums = [[Compensated::default(); WIDTH]; 3];
            let (targets, rest) = terms.targets[rows.clone()].as_chunks::<WIDTH>();
            let (pulls, others) = terms.pulls[rows.clone()].as_chunks::<WIDTH>();
            let mut add = |t: &[f64; WIDTH], p: &[f64; WIDTH]| {
                for l in 0..WIDTH {
                    sums[0][l].add(if t[l] < pivot { p[l] } else { 0.0 });
                    sums[1][l].add(if t[l] == pivot { p[l] } else { 0.0 });
                    sums[2][l].add(if t[l] > pivot { p[l] } else { 0.0 });
                }
            };
            for (t, p) in targets.iter().zip(pulls) {
                add(t, p);
            }
            let (mut t, mut p) = ([0.0; WIDTH], [0.0; WIDTH]);
            t[..rest.len()].copy_from_slice(rest);
            p[..rest.len()].copy_from_slice(others);
            add(&t, &p);
            sums.map(|lanes| {
                let mut sum = Compensated::default();
                lanes.iter().for_each(|lane| sum.merge(*lane));
                sum
            })
        },
    )
}

/// The root by a walk over all targets in order, in compensated arithmetic.
fn sorted(terms: Terms, background: Compensated) -> Point {
    let mut order: Vec<usize> = (0..terms.len()).filter(|&i| terms.pulls[i] > 0.0).collect();
    order.sort_unstable_by(|&i, &j| {
        terms.targets[i]
            .total_cmp(&terms.targets[j])
            .then(i.cmp(&j))
    });
    // The pull upwards of everybody still above, minus that of those below, plus the background.
    let mut place = background;
    for &i in &order {
        place.add(terms.pulls[i]);
    }
    for &i in &order {
        let (t, rho) = (terms.targets[i], terms.pulls[i]);
        let before = offset(place, t);
        if before < 0.0 {
            // The solution lies below this target and above all earlier ones.
            return Point {
                anchor: vec![t],
                offset: vec![before],
            };
        }
        place.add(-rho);
        place.add(-rho);
        if offset(place, t) <= 0.0 {
            return Point::at(&[t]);
        }
    }
    match order.last() {
        Some(&i) => Point {
            anchor: vec![terms.targets[i]],
            offset: vec![offset(place, terms.targets[i])],
        },
        None => Point::at(&[place.value()]),
    }
}

/// `place − t`.
fn offset(place: Compensated, t: f64) -> f64 {
    let mut sum = place;
    sum.add(-t);
    sum.value()
}
