//! Large games with one common box: all coordinates at once, by one streaming pass.
//!
//! A sample of the influencers brackets the root of every coordinate; one pass over targets and weights then sums
//! what pulls from below each bracket and lists who is inside, and the selection among those few ends it. A bracket
//! that turns out not to hold the root, or to hold too many, is left to the [passes in place](super::sweep).
//!
//! Sums are kept in double-double arithmetic: runs of two-sums, lane by lane, joined in a fixed order.

use pulp::{Simd, WithSimd};

use super::column::{Boxes, Column};
use super::select::{Entry, Level, Masses, Place, Search, scatter};
use super::sweep::blocks_of;
use super::{Cut, cut, cut_by_sweeps};
use crate::action_space::BoxSet;
use crate::numeric::DoubleDouble;
use rayon::prelude::*;

/// From this many influencers on the pass is worth its sample.
pub(super) const LARGE: usize = 1 << 15;
/// Influencers a block.
const BLOCK: usize = 1 << 13;
/// Rows whose sum is kept as a plain pair (two-sum without renormalisation).
const RUN: usize = 64;
/// The most lanes that a vector has.
const MOST_LANES: usize = 16;
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
    let parts = blocks_of(n, BLOCK, |rows| {
        pulp::Arch::new().dispatch(Block {
            weights: &boxes.weights[rows.clone()],
            targets: &boxes.game.targets()[rows.start * d..rows.end * d],
            first: rows.start,
            brackets: &brackets,
        })
    });
    let (mut plus, mut minus) = (DoubleDouble::ZERO, DoubleDouble::ZERO);
    for part in &parts {
        plus += part.plus;
        minus += part.minus;
    }
    // Runs of RUN two-sums err by RUN² 2^-106 of their sum; every join by 2^-103, and there are as many in a row as
    // blocks, and runs and lanes of one block.
    let joins = (parts.len() + BLOCK / RUN + MOST_LANES + 8) as f64;
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

/// Vectors of pairs `high + low` that two-sums are added to without renormalisation.
#[derive(Clone, Copy)]
struct Pairs<S: Simd> {
    high: S::f64s,
    low: S::f64s,
}

impl<S: Simd> Pairs<S> {
    #[inline(always)]
    fn zero(simd: S) -> Self {
        Self {
            high: simd.splat_f64s(0.0),
            low: simd.splat_f64s(0.0),
        }
    }

    #[inline(always)]
    fn add(&mut self, simd: S, x: S::f64s) {
        let sum = simd.add_f64s(self.high, x);
        let back = simd.sub_f64s(sum, self.high);
        let lost = simd.sub_f64s(self.high, simd.sub_f64s(sum, back));
        let rest = simd.sub_f64s(x, back);
        self.low = simd.add_f64s(self.low, simd.add_f64s(lost, rest));
        self.high = sum;
    }

    /// Adds the pairs, lane by lane, to as many sums.
    #[inline(always)]
    fn spill(self, sums: &mut [DoubleDouble]) {
        let (mut high, mut low) = ([0.0; MOST_LANES], [0.0; MOST_LANES]);
        S::as_mut_simd_f64s(&mut high[..S::F64_LANES]).0[0] = self.high;
        S::as_mut_simd_f64s(&mut low[..S::F64_LANES]).0[0] = self.low;
        for (lane, sum) in sums.iter_mut().enumerate() {
            *sum += DoubleDouble::sum(high[lane], low[lane]);
        }
    }

    #[inline(always)]
    fn total(self) -> DoubleDouble {
        let mut sums = [DoubleDouble::ZERO; MOST_LANES];
        self.spill(&mut sums[..S::F64_LANES]);
        let lanes = &sums[..S::F64_LANES];
        lanes.iter().fold(DoubleDouble::ZERO, |total, &s| total + s)
    }
}

/// The sums of the positive and the negative parts of weights.
#[inline(always)]
fn totals<S: Simd>(simd: S, weights: &[f64]) -> (DoubleDouble, DoubleDouble) {
    let zero = simd.splat_f64s(0.0);
    let (vectors, tail) = S::as_simd_f64s(weights);
    let mut least = zero;
    for &w in vectors {
        least = simd.min_f64s(least, w);
    }
    let negative = simd.reduce_min_f64s(least) < 0.0 || tail.iter().any(|&w| w < 0.0);
    let (mut plus, mut minus) = (DoubleDouble::ZERO, DoubleDouble::ZERO);
    for &w in tail {
        plus += DoubleDouble::from(w.max(0.0));
        minus += DoubleDouble::from((-w).max(0.0));
    }
    for run in vectors.chunks(2 * RUN) {
        let mut sums = [Pairs::zero(simd); 2];
        let (pairs, odd) = run.as_chunks::<2>();
        for pair in pairs {
            sums[0].add(simd, simd.max_f64s(pair[0], zero));
            sums[1].add(simd, simd.max_f64s(pair[1], zero));
        }
        for &w in odd {
            sums[0].add(simd, simd.max_f64s(w, zero));
        }
        plus += sums[0].total() + sums[1].total();
        if negative {
            let mut sum = [Pairs::zero(simd); 2];
            for (at, &w) in run.iter().enumerate() {
                sum[at % 2].add(simd, simd.max_f64s(simd.neg_f64s(w), zero));
            }
            minus += sum[0].total() + sum[1].total();
        }
    }
    (plus, minus)
}

/// One block of rows.
struct Block<'a> {
    weights: &'a [f64],
    targets: &'a [f64],
    /// The first row's number.
    first: usize,
    brackets: &'a [Bracket],
}

impl WithSimd for Block<'_> {
    type Output = Part;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Part {
        let (plus, minus) = totals(simd, self.weights);
        let d = self.brackets.len();
        let mut part = Part {
            plus,
            minus,
            base: vec![DoubleDouble::ZERO; d],
            atom: vec![DoubleDouble::ZERO; d],
            inside: vec![Vec::new(); d],
        };
        match d {
            1 => self.lanes(simd, &mut part),
            2 => self.rows(2, simd, &mut part),
            3 => self.rows(3, simd, &mut part),
            4 => self.rows(4, simd, &mut part),
            8 => self.rows(8, simd, &mut part),
            16 => self.rows(16, simd, &mut part),
            d => self.rows(d, simd, &mut part),
        }
        self.atoms(&mut part);
        part
    }
}

impl Block<'_> {
    /// An interval game: neighbouring rows side by side.
    #[inline(always)]
    fn lanes<S: Simd>(&self, simd: S, part: &mut Part) {
        let bracket = self.brackets[0];
        let limit = part_limit(1);
        let listed = bracket.atom.is_nan();
        let inside = &mut part.inside[0];
        let (below, above) = (
            simd.splat_f64s(bracket.below),
            simd.splat_f64s(bracket.above),
        );
        let zero = simd.splat_f64s(0.0);
        let (ts, t_tail) = S::as_simd_f64s(self.targets);
        let (ws, w_tail) = S::as_simd_f64s(self.weights);
        let mut row = self.first;
        for (ts, ws) in ts.chunks(2 * RUN).zip(ws.chunks(2 * RUN)) {
            let mut sums = [Pairs::zero(simd); 2];
            for (at, (&t, &w)) in ts.iter().zip(ws).enumerate() {
                let base = simd.less_than_or_equal_f64s(t, below);
                let mass = simd.select_f64s(base, simd.abs_f64s(w), zero);
                sums[at % 2].add(simd, mass);
            }
            part.base[0] += sums[0].total() + sums[1].total();
            if listed && inside.len() <= limit {
                for &t in ts {
                    let over = simd.greater_than_f64s(t, below);
                    let within = simd.and_m64s(over, simd.less_than_f64s(t, above));
                    if simd.first_true_m64s(within) < S::F64_LANES {
                        list(
                            &self.targets[row - self.first..][..S::F64_LANES],
                            row,
                            bracket,
                            inside,
                        );
                    }
                    row += S::F64_LANES;
                }
            } else {
                row += ts.len() * S::F64_LANES;
            }
        }
        for (&t, &w) in t_tail.iter().zip(w_tail) {
            if t <= bracket.below {
                part.base[0] += DoubleDouble::from(w.abs());
            }
        }
        if listed {
            list(t_tail, row, bracket, inside);
        }
    }

    /// Several dimensions: the coordinates side by side. A literal dimension lets the compiler unroll.
    #[inline(always)]
    fn rows<S: Simd>(&self, d: usize, simd: S, part: &mut Part) {
        let limit = part_limit(d);
        let vectors = d / S::F64_LANES;
        let split = vectors * S::F64_LANES;
        let mut ends: Vec<(f64, f64)> = (self.brackets.iter())
            // Nobody is listed for an atom.
            .map(|b| {
                (
                    b.below,
                    if b.atom.is_nan() {
                        b.above
                    } else {
                        f64::NEG_INFINITY
                    },
                )
            })
            .collect();
        let lows: Vec<f64> = ends.iter().map(|e| e.0).collect();
        let mut highs: Vec<f64> = ends.iter().map(|e| e.1).collect();
        let zero = simd.splat_f64s(0.0);
        let mut sums: Vec<Pairs<S>> = vec![Pairs::zero(simd); vectors];
        let mut row = self.first;
        for (ts, ws) in self.targets.chunks(RUN * d).zip(self.weights.chunks(RUN)) {
            sums.fill(Pairs::zero(simd));
            for (t, &w) in ts.chunks_exact(d).zip(ws) {
                let w = w.abs();
                let mass = simd.splat_f64s(w);
                let (tv, tail) = S::as_simd_f64s(&t[..d]);
                let (low, low_tail) = S::as_simd_f64s(&lows[..d]);
                let (high, high_tail) = S::as_simd_f64s(&highs[..d]);
                let mut nobody = true;
                for q in 0..vectors {
                    let base = simd.less_than_or_equal_f64s(tv[q], low[q]);
                    sums[q].add(simd, simd.select_f64s(base, mass, zero));
                    let over = simd.greater_than_f64s(tv[q], low[q]);
                    let within = simd.and_m64s(over, simd.less_than_f64s(tv[q], high[q]));
                    nobody &= simd.first_true_m64s(within) >= S::F64_LANES;
                }
                for q in 0..tail.len() {
                    if tail[q] <= low_tail[q] {
                        part.base[split + q] += DoubleDouble::from(w);
                    } else if tail[q] < high_tail[q] {
                        nobody = false;
                    }
                }
                if !nobody {
                    for k in 0..d {
                        if t[k] > ends[k].0 && t[k] < ends[k].1 {
                            part.inside[k].push(row as u32);
                            if part.inside[k].len() > limit {
                                // Too many: the pass gives this coordinate up.
                                (ends[k].1, highs[k]) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
                            }
                        }
                    }
                }
                row += 1;
            }
            for q in 0..vectors {
                sums[q].spill(&mut part.base[q * S::F64_LANES..][..S::F64_LANES]);
            }
        }
    }

    /// What is at the atoms.
    #[inline(always)]
    fn atoms(&self, part: &mut Part) {
        let d = self.brackets.len();
        for (k, bracket) in self.brackets.iter().enumerate() {
            if !bracket.atom.is_nan() {
                let rows = self.targets.chunks_exact(d).zip(self.weights);
                let there = rows.filter(|(t, _)| t[k] == bracket.atom);
                for (_, w) in there {
                    part.atom[k] += DoubleDouble::from(w.abs());
                }
            }
        }
    }
}

/// Lists the rows whose targets are inside a bracket, counting from `row`.
#[inline(always)]
fn list(targets: &[f64], row: usize, bracket: Bracket, inside: &mut Vec<u32>) {
    for (row, &t) in (row..).zip(targets) {
        if t > bracket.below && t < bracket.above {
            inside.push(row as u32);
        }
    }
}
