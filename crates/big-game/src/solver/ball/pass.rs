//! One streaming pass over the influencers: the sum of their pulls at a point, what bends it, and who is
//! nearest. Sums are merged block by block in a fixed order, so the bits do not depend on the threads.

use std::ops::Range;

use big_numeric::parallel;
use big_numeric::{Compensated, add_slice, norm, stretch, wide};
use pulp::{Simd, WithSimd};

use super::vectors::{BATCH, add_outer, add_rows, difference, square, squares};

/// Rows in one block of the sum; the unit of work of a thread.
const BLOCK: usize = 2048;
/// Rows summed plainly before their sum enters the compensated one.
const RUN: usize = 256;
/// Below this square a distance is computed with scaling: the squares of its parts may have vanished.
const TINY_SQUARE: f64 = 1e-280;
/// Numbers in all rows from which the blocks are shared out among threads.
pub(super) const PARALLEL: usize = 1 << 18;

/// The terms `ρ_i ‖t_i − y‖` of the dual: targets by rows, and the pulls `ρ_i = |w_i| R_i`.
#[derive(Clone, Copy)]
pub(super) struct Terms<'a> {
    pub(super) dim: usize,
    pub(super) targets: &'a [f64],
    pub(super) pulls: &'a [f64],
}

/// The point `y = anchor + offset`. The anchor is a target near the point: `t_i − y` is computed as
/// `(t_i − anchor) − offset`, so that directions stay accurate when targets crowd far closer to the point
/// than the spacing of doubles around it.
#[derive(Clone, Debug)]
pub(super) struct Point {
    pub(super) anchor: Vec<f64>,
    pub(super) offset: Vec<f64>,
}

impl Point {
    pub(super) fn at(anchor: &[f64]) -> Self {
        Self {
            anchor: anchor.to_vec(),
            offset: vec![0.0; anchor.len()],
        }
    }

    /// Is the point its anchor, exactly?
    pub(super) fn is_anchor(&self) -> bool {
        self.offset.iter().all(|&o| o == 0.0)
    }

    /// The nearest vector of doubles.
    pub(super) fn rounded(&self) -> Vec<f64> {
        self.anchor
            .iter()
            .zip(&self.offset)
            .map(|(a, o)| a + o)
            .collect()
    }

    /// `t − y`.
    pub(super) fn to(&self, target: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; target.len()];
        self.write_to(target, &mut out);
        out
    }

    #[inline(always)]
    pub(super) fn write_to(&self, target: &[f64], out: &mut [f64]) {
        for (((out, t), a), o) in out
            .iter_mut()
            .zip(target)
            .zip(&self.anchor)
            .zip(&self.offset)
        {
            *out = (t - a) - o;
        }
    }
}

/// The target nearest to a point, among those not at its anchor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nearest {
    pub(super) row: usize,
    /// Squared distance.
    square: f64,
    /// The sum of the pulls of all influencers with this very target.
    pub(super) pull: f64,
}

/// What a pass finds. Influencers whose target is the anchor are set aside: their sum is `group`.
pub(super) struct PassSums {
    /// `Σ ρ_i u_i`, `u_i` the unit vector from the point to target `i`.
    pub(super) pull: Vec<Compensated>,
    /// `Σ ρ_i / ‖t_i − y‖`.
    pub(super) stiffness: f64,
    /// `Σ ρ_i / ‖t_i − y‖ u_i u_iᵀ`, lower triangle of a `d × d` matrix by rows, if it was asked for.
    pub(super) outer: Option<Vec<f64>>,
    /// The pulls of those whose target is the anchor.
    pub(super) group: f64,
    pub(super) nearest: Option<Nearest>,
    /// The least square in the runs that were not looked at row by row, and the first rows of the runs that have it.
    least: f64,
    least_runs: Vec<usize>,
}

impl PassSums {
    fn new(dim: usize, outer: bool) -> Self {
        Self {
            pull: vec![Compensated::default(); dim],
            stiffness: 0.0,
            outer: outer.then(|| vec![0.0; dim * dim]),
            group: 0.0,
            nearest: None,
            least: f64::INFINITY,
            least_runs: Vec::new(),
        }
    }

    fn merge(&mut self, other: &Self, terms: Terms) {
        for (p, o) in self.pull.iter_mut().zip(&other.pull) {
            p.merge(*o);
        }
        self.stiffness += other.stiffness;
        if let (Some(h), Some(o)) = (&mut self.outer, &other.outer) {
            h.iter_mut().zip(o).for_each(|(h, o)| *h += o);
        }
        self.group += other.group;
        if let Some(near) = other.nearest {
            self.meet(near, terms);
        }
        for &run in &other.least_runs {
            self.see(other.least, run);
        }
    }

    /// Takes note of the least square in a run.
    fn see(&mut self, least: f64, run: usize) {
        if least < self.least {
            self.least = least;
            self.least_runs.clear();
        }
        if least == self.least && least.is_finite() {
            self.least_runs.push(run);
        }
    }

    /// Takes note of a target that may be the nearest so far, or the nearest once more.
    #[inline(always)]
    fn meet(&mut self, near: Nearest, terms: Terms) {
        match &mut self.nearest {
            Some(best) if best.square < near.square => {}
            Some(best) if best.square == near.square => {
                if terms.target(best.row) == terms.target(near.row) {
                    best.pull += near.pull;
                }
            }
            nearest => *nearest = Some(near),
        }
    }
}

impl<'a> Terms<'a> {
    pub(super) fn len(&self) -> usize {
        self.pulls.len()
    }

    #[inline(always)]
    pub(super) fn target(&self, row: usize) -> &'a [f64] {
        &self.targets[row * self.dim..(row + 1) * self.dim]
    }

    /// One pass. Reads every target once: `O(n d)`, or `O(n d²)` with the outer products.
    pub(super) fn sums(&self, point: &Point, outer: bool) -> PassSums {
        let blocks = self.len().div_ceil(BLOCK);
        let block = |b: usize| {
            let rows = b * BLOCK..((b + 1) * BLOCK).min(self.len());
            block_sums(*self, rows, point, outer)
        };
        let mut total = PassSums::new(self.dim, outer);
        if self.targets.len() < PARALLEL {
            for b in 0..blocks {
                total.merge(&block(b), *self);
            }
        } else {
            for part in &parallel::map(0..blocks, block) {
                total.merge(part, *self);
            }
        }
        self.look_at_least(point, &mut total);
        total
    }

    /// Finds the nearest in the runs with the least square.
    fn look_at_least(&self, point: &Point, sums: &mut PassSums) {
        let least = sums.least;
        if sums.nearest.is_some_and(|near| near.square < least) {
            return;
        }
        for first in std::mem::take(&mut sums.least_runs) {
            let rows = first..(first + RUN).min(self.len());
            let targets = &self.targets[rows.start * self.dim..rows.end * self.dim];
            for (row, square) in rows.zip(squares(targets, &point.anchor, &point.offset)) {
                let pull = self.pulls[row];
                if square == least && pull > 0.0 {
                    sums.meet(Nearest { row, square, pull }, *self);
                }
            }
        }
    }

    /// Writes the vectors from the point towards the targets, row by row from `first` on, row `i` with the
    /// length `length(i)`; 0 for a target at the point.
    pub(super) fn directions(
        &self,
        first: usize,
        point: &Point,
        length: impl Fn(usize) -> f64,
        out: &mut [f64],
    ) {
        wide(
            #[inline(always)]
            || {
                for (i, x) in (first..).zip(out.chunks_exact_mut(self.dim)) {
                    point.write_to(self.target(i), x);
                    let sq = square(x);
                    if sq >= TINY_SQUARE {
                        let factor = length(i) / sq.sqrt();
                        x.iter_mut().for_each(|x| *x *= factor);
                        continue;
                    }
                    stretch(x, length(i));
                }
            },
        );
    }

    /// The rare rows: targets at the anchor are set aside, and distances whose squares underflow are
    /// computed again with scaling (the row becomes a unit vector, at a distance no less than 1e-300).
    fn mend(
        &self,
        start: usize,
        point: &Point,
        diffs: &mut [f64],
        pulls: &mut [f64; BATCH],
        inverse: &mut [f64; BATCH],
        sums: &mut PassSums,
    ) {
        for (r, diff) in diffs.chunks_exact_mut(self.dim).enumerate() {
            if self.target(start + r) == point.anchor {
                sums.group += pulls[r];
                pulls[r] = 0.0;
                inverse[r] = 0.0;
            } else if square(diff) < TINY_SQUARE {
                let distance = norm(diff);
                if distance > 0.0 {
                    let capped = distance.max(1e-300);
                    stretch(diff, capped);
                    inverse[r] = 1.0 / capped;
                } else {
                    inverse[r] = 0.0;
                }
            }
        }
    }
}

/// The sums over a block, run by run.
fn block_sums(terms: Terms, rows: Range<usize>, point: &Point, outer: bool) -> PassSums {
    let mut sums = PassSums::new(terms.dim, outer);
    let mut run = Run::new(terms, point, outer);
    for start in rows.clone().step_by(RUN) {
        let end = (start + RUN).min(rows.end);
        let whole = end - (end - start) % BATCH;
        run.add_whole(start..whole);
        let mut careful = whole..end;
        if run.has_special() {
            careful = start..end;
            run.clear();
        } else {
            sums.see(run.least(), start);
        }
        run.add_carefully(careful, &mut sums);
        run.move_into(&mut sums);
    }
    sums
}

/// The plain sums of a run, and room to make them in.
struct Run<'a, 'b> {
    terms: Terms<'a>,
    point: &'b Point,
    pull: Vec<f64>,
    stiffness: [f64; BATCH],
    /// Empty where it is not asked for.
    outer: Vec<f64>,
    /// The least squares of those who pull, lane by lane.
    least: [f64; BATCH],
    /// Not 0 where somebody was at the anchor.
    at_anchor: [u64; BATCH],
    diffs: Vec<f64>,
}

impl<'a, 'b> Run<'a, 'b> {
    fn new(terms: Terms<'a>, point: &'b Point, outer: bool) -> Self {
        let d = terms.dim;
        Self {
            terms,
            point,
            pull: vec![0.0; d],
            stiffness: [0.0; BATCH],
            outer: vec![0.0; if outer { d * d } else { 0 }],
            least: [f64::INFINITY; BATCH],
            at_anchor: [0; BATCH],
            diffs: vec![0.0; BATCH * d],
        }
    }

    fn clear(&mut self) {
        self.pull.fill(0.0);
        self.stiffness = [0.0; BATCH];
        self.outer.fill(0.0);
        self.least = [f64::INFINITY; BATCH];
        self.at_anchor = [0; BATCH];
    }

    /// Adds whole batches, in which nobody is expected to be special.
    fn add_whole(&mut self, rows: Range<usize>) {
        if !rows.is_empty() {
            pulp::Arch::new().dispatch(Whole { rows, run: self });
        }
    }

    /// Was anybody at the anchor, or too near for plain squares? Then the sums do not count.
    fn has_special(&self) -> bool {
        // One who does not pull is not among the least, but divides 0 by 0.
        let sum: f64 = self.stiffness.iter().sum();
        self.at_anchor.iter().any(|&a| a != 0) || self.least() < TINY_SQUARE || sum.is_nan()
    }

    fn least(&self) -> f64 {
        self.least.iter().fold(f64::INFINITY, |a, b| a.min(*b))
    }

    /// Adds rows among which anybody may be special, and takes note of the nearest.
    fn add_carefully(&mut self, rows: Range<usize>, sums: &mut PassSums) {
        for first in rows.clone().step_by(BATCH) {
            let rows = first..(first + BATCH).min(rows.end);
            pulp::Arch::new().dispatch(Careful {
                rows,
                run: self,
                sums,
            });
        }
    }

    /// Adds the sums to those of the block, and forgets them.
    fn move_into(&mut self, sums: &mut PassSums) {
        add_slice(&mut sums.pull, &self.pull);
        sums.stiffness += self.stiffness.iter().sum::<f64>();
        if let Some(outer) = &mut sums.outer {
            outer.iter_mut().zip(&self.outer).for_each(|(h, o)| *h += o);
        }
        self.clear();
    }
}

/// Whole batches of a run.
struct Whole<'r, 'a, 'b> {
    rows: Range<usize>,
    run: &'r mut Run<'a, 'b>,
}

impl WithSimd for Whole<'_, '_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // Literals let the compiler unroll, and keep sums in registers.
        match (self.run.terms.dim, !self.run.outer.is_empty()) {
            (2, false) => self.add(2, false, simd),
            (3, false) => self.add(3, false, simd),
            (4, false) => self.add(4, false, simd),
            (8, false) => self.add(8, false, simd),
            (16, false) => self.add(16, false, simd),
            (2, true) => self.add(2, true, simd),
            (3, true) => self.add(3, true, simd),
            (16, true) => self.add(16, true, simd),
            (d, outer) => self.add(d, outer, simd),
        }
    }
}

impl Whole<'_, '_, '_> {
    #[inline(always)]
    fn add<S: Simd>(self, d: usize, outer: bool, simd: S) {
        let Run { terms, point, .. } = *self.run;
        let (pull, diffs) = (&mut self.run.pull[..d], &mut self.run.diffs[..BATCH * d]);
        let (anchor, offset) = (&point.anchor[..d], &point.offset[..d]);
        // What a target at the anchor has, to the bit.
        let anchor_square = difference(d, simd, anchor, anchor, offset, &mut diffs[..d]);
        let mut stiffness = [0.0; BATCH];
        let mut least = [f64::INFINITY; BATCH];
        let mut at_anchor = [0; BATCH];
        let targets = terms.targets[self.rows.start * d..self.rows.end * d].chunks_exact(BATCH * d);
        let pulls = terms.pulls[self.rows].as_chunks::<BATCH>().0;
        for (targets, pulls) in targets.zip(pulls) {
            let mut squares = [0.0; BATCH];
            let lines = targets.chunks_exact(d).zip(diffs.chunks_exact_mut(d));
            for ((target, diff), square) in lines.zip(&mut squares) {
                *square = difference(d, simd, target, anchor, offset, diff);
            }
            let (mut inverse, mut scaled) = ([0.0; BATCH], [0.0; BATCH]);
            for r in 0..BATCH {
                inverse[r] = 1.0 / squares[r].sqrt();
                scaled[r] = pulls[r] * inverse[r];
                stiffness[r] += scaled[r];
                let square = if pulls[r] > 0.0 {
                    squares[r]
                } else {
                    f64::INFINITY
                };
                least[r] = if square < least[r] { square } else { least[r] };
                at_anchor[r] |= u64::from(squares[r] == anchor_square);
            }
            add_rows(d, simd, &scaled, diffs, pull);
            if outer {
                add_outer(d, simd, &scaled, &inverse, diffs, &mut self.run.outer);
            }
        }
        self.run.stiffness = stiffness;
        self.run.least = least;
        self.run.at_anchor = at_anchor;
    }
}

/// At most a batch of a run, in which anybody may be special.
struct Careful<'r, 'a, 'b> {
    rows: Range<usize>,
    run: &'r mut Run<'a, 'b>,
    sums: &'r mut PassSums,
}

impl WithSimd for Careful<'_, '_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match self.run.terms.dim {
            2 => self.add(2, simd),
            d => self.add(d, simd),
        }
    }
}

impl Careful<'_, '_, '_> {
    #[inline(always)]
    fn add<S: Simd>(self, d: usize, simd: S) {
        let Self { rows, run, sums } = self;
        let Run { terms, point, .. } = *run;
        let count = rows.len();
        let mut squares = [f64::INFINITY; BATCH];
        let mut pulls = [0.0; BATCH];
        pulls[..count].copy_from_slice(&terms.pulls[rows.clone()]);
        let diffs = &mut run.diffs[..count * d];
        let (anchor, offset) = (&point.anchor[..d], &point.offset[..d]);
        let anchor_square = difference(d, simd, anchor, anchor, offset, &mut diffs[..d]);
        let targets = terms.targets[rows.start * d..rows.end * d].chunks_exact(d);
        for ((target, diff), square) in targets.zip(diffs.chunks_exact_mut(d)).zip(&mut squares) {
            *square = difference(d, simd, target, anchor, offset, diff);
        }
        let mut inverse = [0.0; BATCH];
        for r in 0..BATCH {
            inverse[r] = 1.0 / squares[r].sqrt();
        }
        let special = |s: f64| s < TINY_SQUARE || s == anchor_square;
        if squares.iter().any(|&s| special(s)) {
            terms.mend(rows.start, point, diffs, &mut pulls, &mut inverse, sums);
        }
        for (row, (&square, &pull)) in rows.zip(squares.iter().zip(&pulls)) {
            if pull > 0.0 {
                sums.meet(Nearest { row, square, pull }, terms);
            }
        }
        let mut scaled = [0.0; BATCH];
        for r in 0..BATCH {
            scaled[r] = pulls[r] * inverse[r];
            run.stiffness[r] += scaled[r];
        }
        // Rows beyond the last one have the factor 0.
        add_rows(d, simd, &scaled, &run.diffs, &mut run.pull);
        if !run.outer.is_empty() {
            let diffs = &mut run.diffs[..count * d];
            add_outer(d, simd, &scaled, &inverse, diffs, &mut run.outer);
        }
    }
}
