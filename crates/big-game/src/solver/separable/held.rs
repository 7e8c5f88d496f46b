//! Games with one common box that are too small for a bracket from a sample to pay: a column at a time, held in the
//! cache.
//!
//! Plain arithmetic finds the root: sums over the whole column at a few points, which a processor makes faster than it
//! partitions anything. One pass in double-double arithmetic then proves it; a root that is not proved, which takes a
//! tie within rounding, is selected anew by code that decides ties exactly.

use std::borrow::Cow;

use big_numeric::parallel;
use big_numeric::{DoubleDouble, wide};
use pulp::{Simd, WithSimd};

use super::column::{Boxes, Column};
use super::pairs::Pairs;
use super::select::{Entry, Masses, Place, RUN, Search, scatter};
use super::totals::Totals;
use super::{Cut, cut};
use crate::action_space::BoxSet;
use crate::solver::plain_root::root;

/// Up to so many influencers a column is held.
pub(super) const MOST: usize = 1 << 15;
/// Numbers in all columns from which they are shared out among threads.
const PARALLEL: usize = 1 << 16;
/// Columns that are copied together.
const TOGETHER: usize = 8;
/// Up to so many targets are sorted.
const FEW: usize = 16;
/// Points at which a column is summed up, at most, before what is left is sorted.
const PROBES: usize = 12;
/// The most influencers that tell where to look first.
const SAMPLE: usize = 32;
/// Targets that are looked at together.
const CHUNK: usize = 16;
/// Vectors of sums, each waiting for itself only.
const SIDE_BY_SIDE: usize = 4;

/// Where the receiver lands in every coordinate of a game with the common box `set`.
pub(super) fn cuts(boxes: Boxes<'_>, set: &BoxSet) -> Vec<Cut> {
    let (n, d) = (boxes.weights.len(), boxes.game.dim());
    let totals = totals(boxes.weights);
    let masses = if boxes.weights.iter().any(|&w| w < 0.0) {
        Cow::Owned(boxes.weights.iter().map(|w| w.abs()).collect())
    } else {
        Cow::Borrowed(boxes.weights)
    };
    let cut = |k: usize, targets: &[f64]| {
        let held = Held {
            targets,
            masses: &masses,
        };
        held.cut(Column::new(boxes, k), set, &totals)
    };
    if d == 1 {
        return vec![cut(0, boxes.game.targets())];
    }
    // As many columns at a time as share a line of the cache.
    let group = |first: usize, held: &mut Vec<f64>| -> Vec<Cut> {
        let count = TOGETHER.min(d - first);
        held.resize(count * n, 0.0);
        for (i, row) in boxes.game.targets().chunks_exact(d).enumerate() {
            for (c, t) in row[first..first + count].iter().enumerate() {
                held[c * n + i] = *t;
            }
        }
        let columns = held.chunks_exact(n).enumerate();
        columns
            .map(|(c, targets)| cut(first + c, targets))
            .collect()
    };
    let groups = d.div_ceil(TOGETHER);
    if n * d < PARALLEL || groups == 1 {
        let mut held = Vec::new();
        return (0..groups)
            .flat_map(|g| group(g * TOGETHER, &mut held))
            .collect();
    }
    let parts = parallel::map_with(0..groups, Vec::new, |held, g| group(g * TOGETHER, held));
    parts.into_iter().flatten().collect()
}

/// Runs loops over so many numbers on vectors, or one by one where finding out which vectors there are takes longer.
fn dispatch<Op: WithSimd>(n: usize, op: Op) -> Op::Output {
    if n <= FEW {
        op.with_simd(pulp::Scalar::new())
    } else {
        pulp::Arch::new().dispatch(op)
    }
}

/// Sums of weights, runs of lanes joined in order.
fn totals(weights: &[f64]) -> Totals {
    dispatch(weights.len(), Weights(weights))
}

struct Weights<'a>(&'a [f64]);

impl WithSimd for Weights<'_> {
    type Output = Totals;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Totals {
        let zero = simd.splat_f64s(0.0);
        let (vectors, rest) = S::as_simd_f64s(self.0);
        let (mut plus, mut minus, mut joins) = (DoubleDouble::ZERO, DoubleDouble::ZERO, rest.len());
        let mut least = simd.splat_f64s(f64::INFINITY);
        for run in vectors.chunks(RUN) {
            let (mut up, mut down) = (Pairs::zero(simd), Pairs::zero(simd));
            for &w in run {
                up.add(simd, simd.max_f64s(w, zero));
                down.add(simd, simd.max_f64s(simd.neg_f64s(w), zero));
                let size = simd.abs_f64s(w);
                let counts = simd.greater_than_f64s(size, zero);
                least = simd.select_f64s(counts, simd.min_f64s(least, size), least);
            }
            plus += up.total();
            minus += down.total();
            joins += S::F64_LANES + 1;
        }
        let mut least = simd.reduce_min_f64s(least);
        for &w in rest {
            plus += w.max(0.0);
            minus += (-w).max(0.0);
            if w != 0.0 {
                least = least.min(w.abs());
            }
        }
        Totals::new(plus, minus, joins).with_least(least)
    }
}

/// A column: targets and masses side by side.
#[derive(Clone, Copy)]
struct Held<'a> {
    targets: &'a [f64],
    masses: &'a [f64],
}

/// What plain arithmetic says of the root: the neighbouring targets around it, twice the same where it is at a target,
/// infinite where there is none.
struct Guess {
    below: f64,
    above: f64,
    /// Sums over the column that it took.
    probes: usize,
}

/// An end of the interval that the root is in.
#[derive(Clone, Copy)]
struct End {
    at: f64,
    /// The mass up to there.
    mass: f64,
    /// `at + unit · mass − level`: below 0 at a lower end.
    rest: f64,
}

/// The interval that the root is in.
struct Ends {
    low: Option<End>,
    high: Option<End>,
    /// What the ends' rests count for: an end that stays for long counts for less (the Illinois rule).
    keep: [f64; 2],
}

impl Ends {
    fn narrow(&mut self, end: End) {
        if end.rest < 0.0 {
            self.low = Some(end);
            self.keep = [1.0, 0.5 * self.keep[1]];
        } else {
            self.high = Some(end);
            self.keep = [0.5 * self.keep[0], 1.0];
        }
    }

    /// A point inside: where a straight line between the ends has the root, or half-way. `None` where the ends are not
    /// both known, or have no more than a `few` between them.
    fn next(&self, few: f64, halve: bool) -> Option<f64> {
        let (a, b) = (self.low?, self.high?);
        if b.mass - a.mass <= few {
            return None;
        }
        let (low, high) = (a.rest * self.keep[0], b.rest * self.keep[1]);
        let share = if halve { 0.5 } else { low / (low - high) };
        let y = a.at + (b.at - a.at) * share;
        (a.at < y && y < b.at).then_some(y)
    }
}

impl Held<'_> {
    fn cut(self, column: Column<'_>, set: &BoxSet, totals: &Totals) -> Cut {
        let level = totals.level(&column, set);
        let (unit, top) = (level.unit.to_f64(), level.top.to_f64());
        let total = (totals.plus + totals.minus).to_f64();
        let guess = self.guess(unit, top, total);
        let mut search = Search {
            column,
            level,
            below: f64::NEG_INFINITY,
            above: f64::INFINITY,
            base: DoubleDouble::ZERO,
            base_error: 0.0,
        };
        let passes = guess.probes + 1;
        let pivot = if guess.below.is_finite() {
            guess.below
        } else {
            guess.above
        };
        if pivot.is_finite()
            && let Some(place) = search.compare(pivot, &self.masses_at(pivot))
        {
            let members = matches!(place, Place::Pinned { .. }).then(|| self.those_at(pivot));
            return cut(&column, place, members, passes + 1);
        }
        // Nobody is between the two: they are neighbours.
        let beside = guess.below < guess.above && search.above >= guess.above;
        if beside && (search.below == guess.below) {
            search.above = guess.above;
            if search.brackets(&Masses::default()) {
                return cut(&column, search.between(), None, passes + 1);
            }
        }
        search.above = f64::INFINITY;
        search.below = f64::NEG_INFINITY;
        (search.base, search.base_error) = (DoubleDouble::ZERO, 0.0);
        let entries = (self.targets.iter().zip(self.masses)).map(|(&target, mass)| Entry {
            target,
            mass: mass.abs().into(),
        });
        let place = search.select(entries.collect());
        cut(&column, place, None, passes + 2)
    }

    /// Finds the root of `y + unit Σ_{t < y} mass = level` in plain arithmetic; `total` is the mass of everybody.
    fn guess(self, unit: f64, level: f64, total: f64) -> Guess {
        let n = self.targets.len();
        let mut ends = Ends {
            low: None,
            high: None,
            keep: [1.0; 2],
        };
        let mut probes = 0;
        if n > FEW {
            let (first, second) = self.sampled(unit, level);
            ends.narrow(self.end(first, unit, level));
            probes += 1;
            if ends.low.is_some() && second > first {
                ends.narrow(self.end(second, unit, level));
                probes += 1;
            }
            let few = 0.5 * FEW as f64 / n as f64 * total;
            while probes < PROBES
                && let Some(y) = ends.next(few, probes % 4 == 3)
            {
                ends.narrow(self.end(y, unit, level));
                probes += 1;
            }
        }
        let Ends { low, high, .. } = ends;
        let base = low.map_or(0.0, |end| end.mass);
        let (from, to) = (
            low.map_or(f64::NEG_INFINITY, |end| end.at),
            high.map_or(f64::INFINITY, |end| end.at),
        );
        let mut few = [(0.0, 0.0); FEW];
        let mut many = Vec::new();
        let count = wide(
            #[inline(always)]
            || self.inside(from, to, unit, &mut few, &mut many),
        );
        let inside = if count <= FEW {
            &mut few[..count]
        } else {
            &mut many[..]
        };
        let (below, above) = root(inside, level - unit * base);
        Guess {
            below: if below.is_finite() || low.is_none() {
                below
            } else {
                self.highest_up_to(from)
            },
            above: if above.is_finite() || high.is_none() {
                above
            } else {
                self.lowest_above(to)
            },
            probes: probes + 1,
        }
    }

    /// Two targets between which a few influencers expect the root.
    fn sampled(self, unit: f64, level: f64) -> (f64, f64) {
        let n = self.targets.len();
        let size = (n / 8).clamp(FEW, SAMPLE);
        let mut sample = [(0.0, 0.0); SAMPLE];
        let sample = &mut sample[..size];
        let scale = unit * n as f64 / size as f64;
        for (s, pair) in sample.iter_mut().enumerate() {
            // A row of the stratum s, by a fixed pattern that no period of the input follows.
            let (from, to) = (s * n / size, (s + 1) * n / size);
            let row = from + scatter(s as u64) as usize % (to - from);
            *pair = (self.targets[row], scale * self.masses[row].abs());
        }
        sample.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let mut rest = level;
        let at = sample.iter().position(|&(t, jump)| {
            rest -= jump;
            t >= rest
        });
        let (at, last) = (at.unwrap_or(size), size - 1);
        let margin = (size as f64).sqrt() as usize;
        (
            sample[at.saturating_sub(margin).min(last)].0,
            sample[(at + margin).min(last)].0,
        )
    }

    fn end(self, y: f64, unit: f64, level: f64) -> End {
        let mass = pulp::Arch::new().dispatch(MassUpTo(self, y));
        End {
            at: y,
            mass,
            rest: y + unit * mass - level,
        }
    }

    /// Finds the targets in `(low, high]` and their jumps: a few of them, or all in `many` where they are more. Returns
    /// how many there are.
    #[inline(always)]
    fn inside(
        self,
        low: f64,
        high: f64,
        unit: f64,
        few: &mut [(f64, f64); FEW],
        many: &mut Vec<(f64, f64)>,
    ) -> usize {
        let mut count = 0;
        for (targets, masses) in self.targets.chunks(CHUNK).zip(self.masses.chunks(CHUNK)) {
            if let Ok(targets) = <&[f64; CHUNK]>::try_from(targets) {
                let mut any = false;
                for t in targets {
                    any |= (low < *t) & (*t <= high);
                }
                if !any {
                    continue;
                }
            }
            for (&t, &m) in targets.iter().zip(masses) {
                if low < t && t <= high {
                    if count < FEW {
                        few[count] = (t, unit * m);
                    } else {
                        if count == FEW {
                            many.extend_from_slice(few);
                        }
                        many.push((t, unit * m));
                    }
                    count += 1;
                }
            }
        }
        count
    }

    #[inline(always)]
    fn highest_up_to(self, y: f64) -> f64 {
        let up_to = |best: f64, &t: &f64| if t <= y && t > best { t } else { best };
        self.targets.iter().fold(f64::NEG_INFINITY, up_to)
    }

    #[inline(always)]
    fn lowest_above(self, y: f64) -> f64 {
        let above = |best: f64, &t: &f64| if t > y && t < best { t } else { best };
        self.targets.iter().fold(f64::INFINITY, above)
    }

    /// The masses below a target and at it, in double-double arithmetic.
    fn masses_at(self, pivot: f64) -> Masses {
        dispatch(self.targets.len(), MassesAt(self, pivot))
    }

    /// Whose target it is.
    fn those_at(self, pivot: f64) -> Vec<u32> {
        let mut members = Vec::new();
        wide(
            #[inline(always)]
            || {
                for (first, targets) in (0..).step_by(CHUNK).zip(self.targets.chunks(CHUNK)) {
                    let mut any = targets.len() < CHUNK;
                    if let Ok(targets) = <&[f64; CHUNK]>::try_from(targets) {
                        for t in targets {
                            any |= *t == pivot;
                        }
                    }
                    if any {
                        let here = (first..).zip(targets).filter(|(_, t)| **t == pivot);
                        members.extend(here.map(|(i, _)| i));
                    }
                }
            },
        );
        members
    }
}

/// The mass of the targets up to a point, in plain arithmetic.
struct MassUpTo<'a>(Held<'a>, f64);

impl WithSimd for MassUpTo<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let Self(Held { targets, masses }, y) = self;
        let (zero, point) = (simd.splat_f64s(0.0), simd.splat_f64s(y));
        let (ts, t_rest) = S::as_simd_f64s(targets);
        let (ms, m_rest) = S::as_simd_f64s(masses);
        let mut sums = [zero; SIDE_BY_SIDE];
        let (ts, t_few) = ts.as_chunks::<SIDE_BY_SIDE>();
        let (ms, m_few) = ms.as_chunks::<SIDE_BY_SIDE>();
        for (t, m) in ts.iter().zip(ms) {
            for q in 0..SIDE_BY_SIDE {
                let counts = simd.less_than_or_equal_f64s(t[q], point);
                sums[q] = simd.add_f64s(sums[q], simd.select_f64s(counts, m[q], zero));
            }
        }
        for (&t, &m) in t_few.iter().zip(m_few) {
            let counts = simd.less_than_or_equal_f64s(t, point);
            sums[0] = simd.add_f64s(sums[0], simd.select_f64s(counts, m, zero));
        }
        let sum = sums.into_iter().fold(zero, |a, b| simd.add_f64s(a, b));
        let rest = t_rest.iter().zip(m_rest);
        let rest = rest.map(|(&t, &m)| if t <= y { m } else { 0.0 });
        simd.reduce_sum_f64s(sum) + rest.sum::<f64>()
    }
}

/// The masses below a target and at it.
struct MassesAt<'a>(Held<'a>, f64);

impl WithSimd for MassesAt<'_> {
    type Output = Masses;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Masses {
        let Self(Held { targets, masses }, pivot) = self;
        let (zero, point) = (simd.splat_f64s(0.0), simd.splat_f64s(pivot));
        let (ts, t_rest) = S::as_simd_f64s(targets);
        let (ms, m_rest) = S::as_simd_f64s(masses);
        let mut all = Masses::default();
        for (ts, ms) in ts.chunks(RUN).zip(ms.chunks(RUN)) {
            let (mut below, mut at) = (Pairs::zero(simd), Pairs::zero(simd));
            for (&t, &m) in ts.iter().zip(ms) {
                let lesser = simd.less_than_f64s(t, point);
                let same = simd.equal_f64s(t, point);
                below.add(simd, simd.select_f64s(lesser, m, zero));
                at.add(simd, simd.select_f64s(same, m, zero));
            }
            all.below += below.total();
            all.at += at.total();
            all.joins += S::F64_LANES + 1;
        }
        for (&t, &m) in t_rest.iter().zip(m_rest) {
            if t < pivot {
                all.below += m;
            } else if t == pivot {
                all.at += m;
            }
        }
        all.joins += t_rest.len();
        all
    }
}
