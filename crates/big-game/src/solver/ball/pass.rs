//! One streaming pass over the influencers: the sum of their pulls at a point, what bends it, and who is
//! nearest. Sums are merged block by block in a fixed order, so the bits do not depend on the threads.

use rayon::prelude::*;

use super::exact_sum::{Compensated, add_slice};
use crate::numeric::wide;
use crate::weight::norm;

/// Rows in one block of the sum; the unit of work of a thread.
const BLOCK: usize = 4096;
/// Rows summed plainly before their sum enters the compensated one.
const RUN: usize = 256;
/// Rows handled together, so that square roots and divisions fill the vector registers.
const BATCH: usize = 8;
/// Below this square a distance is computed with scaling: the squares of its parts may have vanished.
const TINY_SQUARE: f64 = 1e-280;
/// Numbers in all rows from which the blocks are shared out among threads.
const PARALLEL: usize = 1 << 17;

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
pub(super) struct Sums {
    /// `Σ ρ_i u_i`, `u_i` the unit vector from the point to target `i`.
    pub(super) pull: Vec<Compensated>,
    /// `Σ ρ_i / ‖t_i − y‖`.
    pub(super) stiffness: f64,
    /// `Σ ρ_i / ‖t_i − y‖ u_i u_iᵀ`, lower triangle of a `d × d` matrix by rows, if it was asked for.
    pub(super) outer: Option<Vec<f64>>,
    /// The pulls of those whose target is the anchor.
    pub(super) group: f64,
    pub(super) nearest: Option<Nearest>,
}

impl Sums {
    fn new(dim: usize, outer: bool) -> Self {
        Self {
            pull: vec![Compensated::default(); dim],
            stiffness: 0.0,
            outer: outer.then(|| vec![0.0; dim * dim]),
            group: 0.0,
            nearest: None,
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
    pub(super) fn sums(&self, point: &Point, outer: bool) -> Sums {
        let blocks = self.len().div_ceil(BLOCK);
        let block = |b: usize| {
            let rows = b * BLOCK..((b + 1) * BLOCK).min(self.len());
            let mut sums = Sums::new(self.dim, outer);
            // A literal dimension lets the compiler unroll.
            wide(
                #[inline(always)]
                || match self.dim {
                    2 => self.block(2, rows.clone(), point, &mut sums),
                    3 => self.block(3, rows.clone(), point, &mut sums),
                    4 => self.block(4, rows.clone(), point, &mut sums),
                    8 => self.block(8, rows.clone(), point, &mut sums),
                    16 => self.block(16, rows.clone(), point, &mut sums),
                    d => self.block(d, rows.clone(), point, &mut sums),
                },
            );
            sums
        };
        let mut total = Sums::new(self.dim, outer);
        if self.targets.len() < PARALLEL {
            for b in 0..blocks {
                total.merge(&block(b), *self);
            }
        } else {
            let parts: Vec<Sums> = (0..blocks).into_par_iter().map(block).collect();
            for part in &parts {
                total.merge(part, *self);
            }
        }
        total
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
                    let distance = norm(x);
                    if distance > 0.0 {
                        x.iter_mut().for_each(|x| *x = *x / distance * length(i));
                    } else {
                        x.fill(0.0);
                    }
                }
            },
        );
    }

    #[inline(always)]
    fn block(&self, d: usize, rows: std::ops::Range<usize>, point: &Point, sums: &mut Sums) {
        let anchor = &point.anchor[..d];
        let offset = &point.offset[..d];
        let anchor_square = square(offset);
        let mut diffs = vec![0.0; BATCH * d];
        let mut pull = vec![0.0; d];
        let mut start = rows.start;
        while start < rows.end {
            let run_end = (start + RUN).min(rows.end);
            pull.fill(0.0);
            while start < run_end {
                let count = BATCH.min(run_end - start);
                let mut squares = [f64::INFINITY; BATCH];
                let mut pulls = [0.0; BATCH];
                pulls[..count].copy_from_slice(&self.pulls[start..start + count]);
                let targets = &self.targets[start * d..(start + count) * d];
                for ((target, diff), sq) in targets
                    .chunks_exact(d)
                    .zip(diffs.chunks_exact_mut(d))
                    .zip(&mut squares)
                {
                    for (((x, t), a), o) in diff.iter_mut().zip(target).zip(anchor).zip(offset) {
                        *x = (t - a) - o;
                    }
                    *sq = square(diff);
                }
                let mut inverse = [0.0; BATCH];
                for r in 0..BATCH {
                    inverse[r] = 1.0 / squares[r].sqrt();
                }
                // Rarely is anybody near enough to be looked at one by one.
                let near = sums.nearest.map_or(f64::INFINITY, |n| n.square);
                let near = if near > TINY_SQUARE {
                    near
                } else {
                    TINY_SQUARE
                };
                let mut look = [0_u64; BATCH];
                for r in 0..BATCH {
                    look[r] = u64::from((squares[r] <= near) | (squares[r] == anchor_square));
                }
                if look.iter().fold(0, |a, b| a | b) != 0 {
                    let diffs = &mut diffs[..count * d];
                    self.look_closer(
                        start,
                        point,
                        diffs,
                        &squares,
                        &mut pulls,
                        &mut inverse,
                        sums,
                    );
                }
                let mut scaled = [0.0; BATCH];
                for r in 0..BATCH {
                    scaled[r] = pulls[r] * inverse[r];
                }
                for (diff, c) in diffs.chunks_exact(d).zip(&scaled[..count]) {
                    for (p, x) in pull.iter_mut().zip(diff) {
                        *p += c * x;
                    }
                    sums.stiffness += c;
                }
                if let Some(outer) = &mut sums.outer {
                    for (diff, inv) in diffs.chunks_exact_mut(d).zip(&inverse[..count]) {
                        diff.iter_mut().for_each(|x| *x *= inv);
                    }
                    add_outer(d, &diffs[..count * d], &scaled, outer);
                }
                start += count;
            }
            add_slice(&mut sums.pull, &pull);
        }
    }

    /// A batch in which somebody may be at the anchor, too near for plain squares, or nearer than all before.
    #[cold]
    #[inline(never)]
    #[allow(clippy::too_many_arguments)] // the state of the loop that calls it
    fn look_closer(
        &self,
        start: usize,
        point: &Point,
        diffs: &mut [f64],
        squares: &[f64; BATCH],
        pulls: &mut [f64; BATCH],
        inverse: &mut [f64; BATCH],
        sums: &mut Sums,
    ) {
        let anchor_square = square(&point.offset);
        let special = |s: f64| s == anchor_square || s < TINY_SQUARE;
        if squares.iter().any(|&s| special(s)) {
            self.mend(start, point, diffs, pulls, inverse, sums);
        }
        for r in 0..diffs.len() / self.dim {
            if pulls[r] > 0.0 && sums.nearest.is_none_or(|n| squares[r] <= n.square) {
                let near = Nearest {
                    row: start + r,
                    square: squares[r],
                    pull: pulls[r],
                };
                sums.meet(near, *self);
            }
        }
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
        sums: &mut Sums,
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
                    // Twice, since the ratio of the two may itself be tiny.
                    diff.iter_mut().for_each(|x| *x = *x / distance * capped);
                    inverse[r] = 1.0 / capped;
                } else {
                    inverse[r] = 0.0;
                }
            }
        }
    }
}

/// `‖v‖²`, in four independent sums.
#[inline(always)]
fn square(v: &[f64]) -> f64 {
    let mut lanes = [0.0; 4];
    let chunks = v.chunks_exact(4);
    let mut rest = 0.0;
    for x in chunks.remainder() {
        rest += x * x;
    }
    for chunk in chunks {
        for l in 0..4 {
            lanes[l] += chunk[l] * chunk[l];
        }
    }
    ((lanes[0] + lanes[2]) + (lanes[1] + lanes[3])) + rest
}

/// Adds `Σ c_r u_r u_rᵀ` over the rows `u_r` to the lower triangle of a matrix.
#[inline(always)]
fn add_outer(d: usize, units: &[f64], factors: &[f64; BATCH], outer: &mut [f64]) {
    for (k, row) in outer.chunks_exact_mut(d).enumerate() {
        let mut first = 0;
        // Four columns at a time, up to and including the diagonal's chunk.
        while first <= k {
            let width = 4.min(d - first);
            if width == 4 {
                let mut lanes = [0.0; 4];
                lanes.copy_from_slice(&row[first..first + 4]);
                for (u, c) in units.chunks_exact(d).zip(factors) {
                    let factor = c * u[k];
                    let part = &u[first..first + 4];
                    for l in 0..4 {
                        lanes[l] += factor * part[l];
                    }
                }
                row[first..first + 4].copy_from_slice(&lanes);
            } else {
                for (u, c) in units.chunks_exact(d).zip(factors) {
                    let factor = c * u[k];
                    for l in first..d {
                        row[l] += factor * u[l];
                    }
                }
            }
            first += 4;
        }
    }
}
