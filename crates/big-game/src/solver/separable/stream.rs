//! Large games with one common box: all coordinates at once, by one streaming pass.
//!
//! A sample of the influencers brackets the root of every coordinate; one pass over targets and weights then sums
//! what pulls from below each bracket and lists who is inside, and the selection among those few ends it. A bracket
//! that turns out not to hold the root, or to hold too many, is left to the [passes in place](super::sweep).
//!
//! Sums are kept in double-double arithmetic: runs of two-sums, lane by lane, joined in a fixed order.

use std::ops::Range;

use super::column::{Boxes, Column};
use super::select::{Entry, Level, Masses, Place, Search, scatter};
use super::sweep::blocks_of;
use super::{Cut, cut, cut_by_sweeps};
use crate::action_space::BoxSet;
use crate::numeric::{DoubleDouble, wide};
use rayon::prelude::*;

/// From this many influencers on the pass is worth its sample.
pub(super) const LARGE: usize = 1 << 15;
/// Influencers a block.
const BLOCK: usize = 1 << 13;
/// Rows whose sum is kept as a plain pair (two-sum without renormalisation).
const RUN: usize = 64;
/// Lanes of the one-dimensional pass.
const LANES: usize = 8;
/// Half the bracket's width, in standard deviations of what the sample leaves to chance.
const DEVIATIONS: f64 = 4.0;
/// A bracket that holds more than this share of the influencers, on average over the coordinates, is given up.
const CROWD: usize = 12;

/// Where a sample expects the root: strictly between two numbers, or at a target that many share.
#[derive(Clone, Copy, Debug)]
struct Bracket {
    below: f64,
    above: f64,
    /// A target between the two of which there are too many to list; NaN if there is none.
    atom: f64,
}

/// What one block of rows adds to every coordinate.
struct Part {
    /// `Σ max(w, 0)` and `Σ max(−w, 0)`.
    plus: DoubleDouble,
    minus: DoubleDouble,
    /// `Σ |w|` over the targets up to the bracket's lower end.
    base: Vec<DoubleDouble>,
    /// `Σ |w|` at the atom.
    atom: Vec<DoubleDouble>,
    /// Who is inside each bracket.
    inside: Vec<Vec<u32>>,
}

/// Where the receiver lands in every coordinate of a game with the common box `set`.
pub(super) fn cuts(boxes: Boxes<'_>, set: &BoxSet) -> Vec<Cut> {
    let (n, d) = (boxes.weights.len(), boxes.game.dim());
    let brackets = brackets(boxes, set);
    let atoms = brackets.iter().any(|b| !b.atom.is_nan());
    let parts = blocks_of(n, BLOCK, |rows| {
        wide(
            #[inline(always)]
            || match d {
                1 => lanes(boxes, &brackets[0], rows.clone()),
                2 => rows_of(2, boxes, &brackets, atoms, rows.clone()),
                3 => rows_of(3, boxes, &brackets, atoms, rows.clone()),
                4 => rows_of(4, boxes, &brackets, atoms, rows.clone()),
                8 => rows_of(8, boxes, &brackets, atoms, rows.clone()),
                16 => rows_of(16, boxes, &brackets, atoms, rows.clone()),
                d => rows_of(d, boxes, &brackets, atoms, rows.clone()),
            },
        )
    });
    let (mut plus, mut minus) = (DoubleDouble::ZERO, DoubleDouble::ZERO);
    for part in &parts {
        plus += part.plus;
        minus += part.minus;
    }
    // Runs of RUN two-sums err by RUN² 2^-106 of their sum; every join by 2^-103, and there are as many in a row as
    // blocks, and runs and lanes of one block.
    let joins = (parts.len() + BLOCK / RUN + LANES + 8) as f64;
    let share =
        joins * (1.0 / (1u128 << 102) as f64) + (RUN * RUN) as f64 * (1.0 / (1u128 << 105) as f64);
    let coordinates = (0..d).into_par_iter();
    coordinates
        .map(|k| {
            let column = Column::new(boxes, k);
            let bias = boxes.game.bias()[k];
            let (low, high) = (set.lower()[k], set.upper()[k]);
            let top = plus * high - minus * low + DoubleDouble::from(bias);
            let size = plus.to_f64() * high.abs() + minus.to_f64() * low.abs() + bias.abs();
            let level = Level {
                top,
                unit: column.unit(),
                error: 2.0 * share * size + n as f64 * 1e-310,
            };
            finish(column, level, brackets[k], &parts, share)
        })
        .collect()
}

/// The selection inside one coordinate's bracket.
fn finish(column: Column<'_>, level: Level, bracket: Bracket, parts: &[Part], share: f64) -> Cut {
    let k = column.k;
    let (mut base, mut at) = (DoubleDouble::ZERO, DoubleDouble::ZERO);
    let mut count = 0;
    for part in parts {
        base += part.base[k];
        at += part.atom[k];
        count += part.inside[k].len();
    }
    let mut search = Search {
        column,
        level,
        below: bracket.below,
        above: bracket.above,
        base,
        base_error: share * base.to_f64(),
    };
    let instead = |column| cut_by_sweeps(column, level);
    if !bracket.atom.is_nan() {
        let masses = Masses {
            below: DoubleDouble::ZERO,
            at,
            count: parts.len(),
        };
        search.below = f64::NEG_INFINITY;
        return match search.compare(bracket.atom, &masses) {
            Some(place) => cut(&column, place, None, 1),
            None => instead(column),
        };
    }
    let full = |part: &Part| part.inside[k].len() > part_limit(column.boxes.game.dim());
    if parts.iter().any(full) {
        return instead(column);
    }
    let mut rows = Vec::with_capacity(count);
    for part in parts {
        rows.extend_from_slice(&part.inside[k]);
    }
    let entries: Vec<Entry> = rows
        .iter()
        .map(|&row| Entry {
            target: column.target(row as usize),
            mass: column.mass(row as usize),
        })
        .collect();
    let mut inside = Masses::default();
    for &entry in &entries {
        inside.add(entry, f64::INFINITY);
    }
    if !search.brackets(&inside) {
        return instead(column);
    }
    let place = search.select(entries);
    if let Place::Pinned { target, .. } = place {
        rows.retain(|&row| column.target(row as usize) == target);
        return cut(&column, place, Some(rows), 1);
    }
    cut(&column, place, None, 1)
}

/// The rows of one block that are listed for one coordinate at most.
fn part_limit(d: usize) -> usize {
    // In one dimension a listed row costs 28 bytes and the row itself 16; in many, as much, but fewer are open at a
    // time.
    if d == 1 { BLOCK / CROWD } else { BLOCK / 4 }
}

/// Brackets from a stratified sample, one a coordinate.
fn brackets(boxes: Boxes<'_>, set: &BoxSet) -> Vec<Bracket> {
    let (n, d) = (boxes.weights.len(), boxes.game.dim());
    let size = ((1 << 17) / d).clamp(1 << 12, 1 << 14).min(n);
    let rows: Vec<usize> = (0..size)
        .map(|s| {
            let (from, to) = (s * n / size, (s + 1) * n / size);
            from + (scatter(s as u64) % (to - from) as u64) as usize
        })
        .collect();
    let scale = n as f64 / size as f64;
    let of = |k: usize| {
        let column = Column::new(boxes, k);
        let (l, u) = (set.lower()[k], set.upper()[k]);
        let mut sample: Vec<(f64, f64)> = Vec::with_capacity(size);
        let (mut top, mut squares) = (0.0, 0.0);
        for &i in &rows {
            let w = column.weight(i);
            top += (w * l).max(w * u);
            let jump = scale * w.abs() * (u - l);
            squares += jump * jump;
            sample.push((column.target(i), jump));
        }
        let level = boxes.game.bias()[k] + scale * top;
        let margin = 0.5 * DEVIATIONS * squares.sqrt();
        let low = root(&mut sample, level - margin);
        let high = root(&mut sample, level + margin);
        bracket(&sample, low, high)
    };
    (0..d).into_par_iter().map(of).collect()
}

/// The bracket from the place of the lower root of a sample to that of the higher.
fn bracket(sample: &[(f64, f64)], (low, other): (f64, f64), (least, high): (f64, f64)) -> Bracket {
    let atom = low == high
        && low == other
        && low == least
        && sample.iter().filter(|s| s.0 == low).nth(CROWD).is_some();
    Bracket {
        below: if low.is_finite() {
            low.next_down()
        } else {
            low
        },
        above: if high.is_finite() {
            high.next_up()
        } else {
            high
        },
        atom: if atom { low } else { f64::NAN },
    }
}

/// The neighbouring targets of a sample between which `y + Σ_{t < y} jump = level`, twice the same where that is at a
/// target; infinite where there is none. Expected linear time.
fn root(sample: &mut [(f64, f64)], mut level: f64) -> (f64, f64) {
    let mut left = sample;
    let (mut below, mut above) = (f64::NEG_INFINITY, f64::INFINITY);
    while !left.is_empty() {
        let middle = left.len() / 2;
        let (lesser, pivot, _) = left.select_nth_unstable_by(middle, |a, b| a.0.total_cmp(&b.0));
        let (target, jump) = *pivot;
        let mass: f64 = lesser.iter().map(|s| s.1).sum();
        if target + mass >= level {
            above = target;
            left = &mut left[..middle];
        } else {
            level -= mass + jump;
            below = target;
            if target >= level {
                return (target, target);
            }
            left = &mut left[middle + 1..];
        }
    }
    (below, above)
}

/// A pair `high + low` that two-sums are added to without renormalisation.
#[inline(always)]
fn two_sum(high: &mut f64, low: &mut f64, x: f64) {
    let sum = *high + x;
    let back = sum - *high;
    *low += (*high - (sum - back)) + (x - back);
    *high = sum;
}

/// The sums of the positive and the negative parts of weights.
#[inline(always)]
fn totals(weights: &[f64]) -> (DoubleDouble, DoubleDouble) {
    let mut least = [0.0_f64; LANES];
    for chunk in weights.chunks_exact(LANES) {
        for l in 0..LANES {
            least[l] = if chunk[l] < least[l] {
                chunk[l]
            } else {
                least[l]
            };
        }
    }
    let tail = weights.chunks_exact(LANES).remainder();
    let negative = least.iter().chain(tail).any(|&w| w < 0.0);
    let plus = summed(weights, |w| if w > 0.0 { w } else { 0.0 });
    let minus = if negative {
        summed(weights, |w| if w < 0.0 { -w } else { 0.0 })
    } else {
        DoubleDouble::ZERO
    };
    (plus, minus)
}

#[inline(always)]
fn summed(values: &[f64], part: impl Fn(f64) -> f64) -> DoubleDouble {
    let mut sum = DoubleDouble::ZERO;
    for run in values.chunks(RUN * LANES) {
        let (mut high, mut low) = ([0.0; LANES], [0.0; LANES]);
        let chunks = run.chunks_exact(LANES);
        for &x in chunks.remainder() {
            sum += DoubleDouble::from(part(x));
        }
        for chunk in chunks {
            for l in 0..LANES {
                two_sum(&mut high[l], &mut low[l], part(chunk[l]));
            }
        }
        for l in 0..LANES {
            sum += DoubleDouble::sum(high[l], low[l]);
        }
    }
    sum
}

/// One block of an interval game: neighbouring rows side by side.
#[inline(always)]
fn lanes(boxes: Boxes<'_>, bracket: &Bracket, rows: Range<usize>) -> Part {
    let weights = &boxes.weights[rows.clone()];
    let targets = &boxes.game.targets()[rows.clone()];
    let (below, above) = (bracket.below, bracket.above);
    let limit = part_limit(1);
    let mut inside: Vec<u32> = Vec::new();
    let mut base = DoubleDouble::ZERO;
    let mut first = rows.start;
    for (ts, ws) in targets.chunks(RUN * LANES).zip(weights.chunks(RUN * LANES)) {
        let (mut high, mut low) = ([0.0; LANES], [0.0; LANES]);
        let (tc, wc) = (ts.chunks_exact(LANES), ws.chunks_exact(LANES));
        for (&t, &w) in tc.remainder().iter().zip(wc.remainder()) {
            if t <= below {
                base += DoubleDouble::from(w.abs());
            }
        }
        for (t, w) in tc.zip(wc) {
            for l in 0..LANES {
                let mass = if t[l] <= below { w[l].abs() } else { 0.0 };
                two_sum(&mut high[l], &mut low[l], mass);
            }
        }
        for l in 0..LANES {
            base += DoubleDouble::sum(high[l], low[l]);
        }
        if bracket.atom.is_nan() && inside.len() <= limit {
            let mut at = first;
            for t in ts.chunks(LANES) {
                let mut any = 0_u64;
                for &t in t {
                    any |= u64::from((t > below) & (t < above));
                }
                if any != 0 {
                    for (i, &t) in (at..).zip(t) {
                        if t > below && t < above {
                            inside.push(i as u32);
                        }
                    }
                }
                at += t.len();
            }
        }
        first += ts.len();
    }
    let atom = if bracket.atom.is_nan() {
        DoubleDouble::ZERO
    } else {
        let at = bracket.atom;
        let masses = targets.iter().zip(weights).filter(|&(&t, _)| t == at);
        masses.fold(DoubleDouble::ZERO, |sum, (_, w)| {
            sum + DoubleDouble::from(w.abs())
        })
    };
    let (plus, minus) = totals(weights);
    Part {
        plus,
        minus,
        base: vec![base],
        atom: vec![atom],
        inside: vec![inside],
    }
}

/// One block of a game in several dimensions: the coordinates side by side. A literal dimension lets the compiler
/// unroll.
#[inline(always)]
fn rows_of(
    d: usize,
    boxes: Boxes<'_>,
    brackets: &[Bracket],
    atoms: bool,
    rows: Range<usize>,
) -> Part {
    let weights = &boxes.weights[rows.clone()];
    let targets = &boxes.game.targets()[rows.start * d..rows.end * d];
    let limit = part_limit(d);
    let mut below = vec![0.0; d];
    let mut above = vec![0.0; d];
    let mut crowd = vec![f64::NAN; d];
    for k in 0..d {
        (below[k], above[k], crowd[k]) = (brackets[k].below, brackets[k].above, brackets[k].atom);
    }
    let (below, above, crowd) = (&below[..d], &above[..d], &crowd[..d]);
    let mut inside: Vec<Vec<u32>> = vec![Vec::new(); d];
    let mut base = vec![DoubleDouble::ZERO; d];
    let mut atom = vec![DoubleDouble::ZERO; d];
    let (mut highs, mut lows) = (vec![0.0; d], vec![0.0; d]);
    let (mut at_highs, mut at_lows) = (vec![0.0; d], vec![0.0; d]);
    // Nobody is listed for an atom.
    let mut listed_above: Vec<f64> = (0..d)
        .map(|k| {
            if crowd[k].is_nan() {
                above[k]
            } else {
                f64::NEG_INFINITY
            }
        })
        .collect();
    let mut row = rows.start;
    for (ts, ws) in targets.chunks(RUN * d).zip(weights.chunks(RUN)) {
        let (high, low) = (&mut highs[..d], &mut lows[..d]);
        high.fill(0.0);
        low.fill(0.0);
        for (t, &w) in ts.chunks_exact(d).zip(ws) {
            let (w, listed) = (w.abs(), &listed_above[..d]);
            let mut any = 0_u64;
            for k in 0..d {
                let mass = if t[k] <= below[k] { w } else { 0.0 };
                two_sum(&mut high[k], &mut low[k], mass);
                any |= u64::from((t[k] > below[k]) & (t[k] < listed[k]));
            }
            if any != 0 {
                for k in 0..d {
                    if t[k] > below[k] && t[k] < listed_above[k] {
                        inside[k].push(row as u32);
                        if inside[k].len() > limit {
                            listed_above[k] = f64::NEG_INFINITY;
                        }
                    }
                }
            }
            row += 1;
        }
        for k in 0..d {
            base[k] += DoubleDouble::sum(high[k], low[k]);
        }
        if atoms {
            let (high, low) = (&mut at_highs[..d], &mut at_lows[..d]);
            high.fill(0.0);
            low.fill(0.0);
            for (t, &w) in ts.chunks_exact(d).zip(ws) {
                for k in 0..d {
                    let mass = if t[k] == crowd[k] { w.abs() } else { 0.0 };
                    two_sum(&mut high[k], &mut low[k], mass);
                }
            }
            for k in 0..d {
                atom[k] += DoubleDouble::sum(high[k], low[k]);
            }
        }
    }
    let (plus, minus) = totals(weights);
    Part {
        plus,
        minus,
        base,
        atom,
        inside,
    }
}
