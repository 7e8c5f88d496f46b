//! One pass over targets and weights: what pulls from below every bracket, and who is inside.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use big_numeric::DoubleDouble;
use pulp::{Simd, WithSimd};

use super::super::pairs::{MOST_LANES, Pairs};
use super::super::select::{Pair, RUN};
use super::super::sweep::blocks_of;

/// Rows a block.
pub(super) const BLOCK: usize = 1 << 13;
/// Vectors of neighbouring rows that are tested together.
const GROUP: usize = 2;
/// Targets that are tested together, at most.
const MOST_TESTED: usize = 4 * MOST_LANES;

/// Where a sample expects the root: strictly between two numbers, or at a target that many share.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bracket {
    pub(super) below: f64,
    pub(super) above: f64,
    /// A target between the two of which there are too many to list; NaN if there is none.
    pub(super) atom: f64,
}

/// Influencers: weights, and targets by rows.
#[derive(Clone, Copy)]
pub(super) struct WeightedTargets<'a> {
    pub(super) weights: &'a [f64],
    pub(super) targets: &'a [f64],
}

/// What one block of rows adds to every coordinate.
pub(super) struct Part {
    /// `Σ |w|` and `Σ max(−w, 0)`.
    total: DoubleDouble,
    minus: DoubleDouble,
    /// `Σ |w|` over the targets up to the bracket's lower end.
    pub(super) base: Vec<DoubleDouble>,
    /// `Σ |w|` at the atom.
    pub(super) atom: Vec<DoubleDouble>,
    /// Who is inside a bracket, coordinate by coordinate.
    inside: Vec<Listed>,
    /// Where each coordinate's begin.
    starts: Vec<usize>,
}

/// A target inside a bracket.
#[derive(Clone, Copy, Default)]
pub(super) struct Listed {
    pub(super) target: f64,
    /// `|w|`.
    pub(super) mass: f64,
    pub(super) row: u32,
    coordinate: u32,
}

impl Part {
    pub(super) fn inside(&self, k: usize) -> &[Listed] {
        &self.inside[self.starts[k]..self.starts[k + 1]]
    }

    /// Brings the list, which is by rows, into the order of the coordinates.
    fn sort(&mut self) {
        let d = self.base.len();
        self.starts = vec![0; d + 1];
        for listed in &self.inside {
            self.starts[listed.coordinate as usize + 1] += 1;
        }
        for k in 0..d {
            self.starts[k + 1] += self.starts[k];
        }
        if d == 1 {
            return;
        }
        let mut next = self.starts.clone();
        let mut sorted = vec![Listed::default(); self.inside.len()];
        for &listed in &self.inside {
            let place = &mut next[listed.coordinate as usize];
            sorted[*place] = listed;
            *place += 1;
        }
        self.inside = sorted;
    }
}

/// `Σ max(w, 0)` and `Σ max(−w, 0)` over all rows.
pub(super) fn totals(parts: &[Part]) -> (DoubleDouble, DoubleDouble) {
    let zero = (DoubleDouble::ZERO, DoubleDouble::ZERO);
    let (total, minus) = parts
        .iter()
        .fold(zero, |sum, part| (sum.0 + part.total, sum.1 + part.minus));
    (total - minus, minus)
}

impl WeightedTargets<'_> {
    /// The pass, and how many it found inside each bracket: where that is more than `limit` they are more, and not all
    /// listed.
    pub(super) fn pass(self, brackets: &[Bracket], limit: usize) -> (Vec<Part>, Vec<usize>) {
        let d = brackets.len();
        let counts: Vec<AtomicUsize> = brackets.iter().map(|_| AtomicUsize::new(0)).collect();
        let parts = blocks_of(self.weights.len(), BLOCK, |rows| {
            // Nobody is listed for an atom, nor where there are too many already. The latter depends on who was
            // quicker; whether there are too many in the end does not.
            let ends = brackets.iter().zip(&counts).map(|(bracket, count)| {
                let open = bracket.atom.is_nan() && count.load(Ordering::Relaxed) <= limit;
                let high = if open {
                    bracket.above
                } else {
                    f64::NEG_INFINITY
                };
                (bracket.below, high)
            });
            let (low, high) = ends.unzip();
            let mut part = pulp::Arch::new().dispatch(Block {
                weights: &self.weights[rows.clone()],
                targets: &self.targets[rows.start * d..rows.end * d],
                first: rows.start,
                low,
                high,
            });
            atoms(&self, rows, brackets, &mut part.atom);
            part.sort();
            for (k, count) in counts.iter().enumerate() {
                count.fetch_add(part.inside(k).len(), Ordering::Relaxed);
            }
            part
        });
        let counts = counts.into_iter().map(AtomicUsize::into_inner).collect();
        (parts, counts)
    }
}

/// Adds what is at the atoms.
fn atoms(
    all: &WeightedTargets<'_>,
    rows: Range<usize>,
    brackets: &[Bracket],
    sums: &mut [DoubleDouble],
) {
    let d = brackets.len();
    for (k, bracket) in brackets.iter().enumerate() {
        if bracket.atom.is_nan() {
            continue;
        }
        for row in rows.clone() {
            if all.targets[row * d + k] == bracket.atom {
                sums[k] += DoubleDouble::from(all.weights[row].abs());
            }
        }
    }
}

/// The sum of the negative parts of weights.
#[inline(always)]
fn negative_sum<S: Simd>(simd: S, weights: &[f64]) -> DoubleDouble {
    let zero = simd.splat_f64s(0.0);
    let (vectors, tail) = S::as_simd_f64s(weights);
    let mut minus = DoubleDouble::ZERO;
    for &w in tail {
        minus += DoubleDouble::from((-w).max(0.0));
    }
    for run in vectors.chunks(RUN) {
        let mut sum = Pairs::zero(simd);
        for &w in run {
            sum.add(simd, simd.max_f64s(simd.neg_f64s(w), zero));
        }
        minus += sum.total();
    }
    minus
}

/// Is any lane of a mask set?
#[inline(always)]
fn any<S: Simd>(simd: S, mask: S::m64s) -> bool {
    if const { size_of::<S::m64s>() < size_of::<S::f64s>() } {
        // A mask of bits.
        return simd.first_true_m64s(mask) < S::F64_LANES;
    }
    let flags = simd.select_f64s(mask, simd.splat_f64s(1.0), simd.splat_f64s(0.0));
    simd.reduce_max_f64s(flags) > 0.0
}

/// Where the first [`MOST_TESTED`] flags are set; no branch to mispredict.
#[inline(always)]
fn indices(flags: impl Iterator<Item = bool>, out: &mut [u32; MOST_TESTED]) -> &[u32] {
    let mut count = 0;
    for (at, flag) in (0..).zip(flags.take(MOST_TESTED)) {
        out[count] = at;
        count += usize::from(flag);
    }
    &out[..count]
}

/// One block of rows.
struct Block<'a> {
    weights: &'a [f64],
    targets: &'a [f64],
    /// The first row's number.
    first: usize,
    /// The brackets' ends.
    low: Vec<f64>,
    high: Vec<f64>,
}

impl WithSimd for Block<'_> {
    type Output = Part;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Part {
        let d = self.low.len();
        let mut part = Part {
            total: DoubleDouble::ZERO,
            minus: DoubleDouble::ZERO,
            base: vec![DoubleDouble::ZERO; d],
            atom: vec![DoubleDouble::ZERO; d],
            inside: Vec::new(),
            starts: Vec::new(),
        };
        if d == 1 {
            self.line(simd, &mut part);
        } else {
            self.rows(simd, &mut part);
        }
        part
    }
}

impl Block<'_> {
    /// Lists who of a row is inside among the coordinates from `k` on. Out of line: it would take the registers that the
    /// sums need.
    #[inline(never)]
    fn list(&self, row: usize, k: usize, targets: &[f64], inside: &mut Vec<Listed>) {
        let ends = self.low[k..].iter().zip(&self.high[k..]);
        let within = (targets.iter().zip(ends)).map(|(t, (low, high))| (low < t) & (t < high));
        let mut hits = [0; MOST_TESTED];
        for &at in indices(within, &mut hits) {
            inside.push(self.listed(row, k + at as usize, targets[at as usize]));
        }
    }

    /// Lists who of some neighbouring rows is inside in an interval game.
    #[inline(never)]
    fn list_line(&self, rows: Range<usize>, inside: &mut Vec<Listed>) {
        let (low, high) = (self.low[0], self.high[0]);
        let targets = &self.targets[rows.clone()];
        let within = targets.iter().map(|&t| (low < t) & (t < high));
        let mut hits = [0; MOST_TESTED];
        for &at in indices(within, &mut hits) {
            inside.push(self.listed(rows.start + at as usize, 0, targets[at as usize]));
        }
    }

    #[inline(always)]
    fn listed(&self, row: usize, k: usize, target: f64) -> Listed {
        Listed {
            target,
            mass: self.weights[row].abs(),
            row: (self.first + row) as u32,
            coordinate: k as u32,
        }
    }

    /// An interval game: neighbouring rows side by side.
    #[inline(always)]
    fn line<S: Simd>(&self, simd: S, part: &mut Part) {
        let (low, high) = (simd.splat_f64s(self.low[0]), simd.splat_f64s(self.high[0]));
        let zero = simd.splat_f64s(0.0);
        let lanes = S::F64_LANES;
        let whole = self.weights.len() / (GROUP * lanes) * (GROUP * lanes);
        let (ts, _) = S::as_simd_f64s(&self.targets[..whole]);
        let (ws, _) = S::as_simd_f64s(&self.weights[..whole]);
        let mut least = zero;
        let mut row = 0;
        for (ts, ws) in ts.chunks(GROUP * RUN).zip(ws.chunks(GROUP * RUN)) {
            let mut base = [Pairs::zero(simd); GROUP];
            let mut total = [Pairs::zero(simd); GROUP];
            let groups = (ts.as_chunks::<GROUP>().0.iter()).zip(ws.as_chunks::<GROUP>().0);
            for (ts, ws) in groups {
                let mut hits = simd.less_than_f64s(zero, zero);
                for q in 0..GROUP {
                    least = simd.min_f64s(least, ws[q]);
                    let mass = simd.abs_f64s(ws[q]);
                    total[q].add(simd, mass);
                    let below = simd.less_than_or_equal_f64s(ts[q], low);
                    base[q].add(simd, simd.select_f64s(below, mass, zero));
                    let over = simd.greater_than_f64s(ts[q], low);
                    let within = simd.and_m64s(over, simd.less_than_f64s(ts[q], high));
                    hits = simd.or_m64s(hits, within);
                }
                if any(simd, hits) {
                    self.list_line(row..row + GROUP * lanes, &mut part.inside);
                }
                row += GROUP * lanes;
            }
            for q in 0..GROUP {
                part.base[0] += base[q].total();
                part.total += total[q].total();
            }
        }
        let rest = whole..self.weights.len();
        let mut negative = simd.reduce_min_f64s(least) < 0.0;
        for (t, w) in (self.targets[rest.clone()].iter()).zip(&self.weights[rest.clone()]) {
            if *t <= self.low[0] {
                part.base[0] += DoubleDouble::from(w.abs());
            }
            part.total += DoubleDouble::from(w.abs());
            negative |= *w < 0.0;
        }
        self.list_line(rest, &mut part.inside);
        if negative {
            part.minus = negative_sum(simd, self.weights);
        }
    }

    /// Several dimensions: the coordinates side by side, a few vectors of them at a time.
    #[inline(always)]
    fn rows<S: Simd>(&self, simd: S, part: &mut Part) {
        let d = self.low.len();
        let lanes = S::F64_LANES;
        for run in self.weights.chunks(RUN) {
            let mut total = Pair::default();
            run.iter().for_each(|w| total.add(w.abs().into(), true));
            part.total += total.total();
        }
        if self.weights.iter().any(|&w| w < 0.0) {
            part.minus = negative_sum(simd, self.weights);
        }
        for first in (0..self.weights.len()).step_by(RUN) {
            let run = first..(first + RUN).min(self.weights.len());
            let mut k = 0;
            while k < d {
                k += match (d - k) / lanes {
                    4.. => self.panel::<S, 4>(simd, run.clone(), k, part),
                    2.. => self.panel::<S, 2>(simd, run.clone(), k, part),
                    1 => self.panel::<S, 1>(simd, run.clone(), k, part),
                    _ => self.last_panel(simd, run.clone(), k, part),
                };
            }
        }
    }

    /// A run of rows and `V` vectors of coordinates from `k` on; returns how many coordinates that are.
    #[inline(always)]
    fn panel<S: Simd, const V: usize>(
        &self,
        simd: S,
        run: Range<usize>,
        k: usize,
        part: &mut Part,
    ) -> usize {
        let d = self.low.len();
        let width = V * S::F64_LANES;
        let zero = simd.splat_f64s(0.0);
        let (lows, _) = S::as_simd_f64s(&self.low[k..k + width]);
        let (highs, _) = S::as_simd_f64s(&self.high[k..k + width]);
        let (mut low, mut high) = ([zero; V], [zero; V]);
        low.copy_from_slice(lows);
        high.copy_from_slice(highs);
        let targets = |row: usize| &self.targets[row * d + k..row * d + k + width];
        let mut sums = [Pairs::zero(simd); V];
        for row in run.clone() {
            let (t, _) = S::as_simd_f64s(targets(row));
            let mass = simd.splat_f64s(self.weights[row].abs());
            for q in 0..V {
                let base = simd.less_than_or_equal_f64s(t[q], low[q]);
                sums[q].add(simd, simd.select_f64s(base, mass, zero));
            }
        }
        // Apart from the sums, which need the registers.
        for row in run {
            let (t, _) = S::as_simd_f64s(targets(row));
            let mut hits = simd.less_than_f64s(zero, zero);
            for q in 0..V {
                let over = simd.greater_than_f64s(t[q], low[q]);
                let within = simd.and_m64s(over, simd.less_than_f64s(t[q], high[q]));
                hits = simd.or_m64s(hits, within);
            }
            if any(simd, hits) {
                self.list(row, k, targets(row), &mut part.inside);
            }
        }
        let base = part.base[k..k + width].chunks_exact_mut(S::F64_LANES);
        for (sum, base) in sums.into_iter().zip(base) {
            sum.spill(base);
        }
        width
    }

    /// A run of rows and the last coordinates, from `k` on, fewer than a vector has lanes.
    #[inline(always)]
    fn last_panel<S: Simd>(&self, simd: S, run: Range<usize>, k: usize, part: &mut Part) -> usize {
        let d = self.low.len();
        let mut ends = [f64::NEG_INFINITY; MOST_LANES];
        ends[..d - k].copy_from_slice(&self.low[k..]);
        let low = S::as_simd_f64s(&ends[..S::F64_LANES]).0[0];
        let zero = simd.splat_f64s(0.0);
        let mut sums = Pairs::zero(simd);
        for row in run {
            // The lanes that are left over are 0, above their end of −∞.
            let targets = &self.targets[row * d + k..(row + 1) * d];
            let t = simd.partial_load_f64s(targets);
            let mass = simd.splat_f64s(self.weights[row].abs());
            let base = simd.less_than_or_equal_f64s(t, low);
            sums.add(simd, simd.select_f64s(base, mass, zero));
            self.list(row, k, targets, &mut part.inside);
        }
        sums.spill(&mut part.base[k..]);
        d - k
    }
}
