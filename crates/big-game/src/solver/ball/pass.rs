//! One streaming pass over the influencers: the sum of their pulls at a point, what bends it, and who is
//! nearest. Sums are merged block by block in a fixed order, so the bits do not depend on the threads.

use std::ops::Range;

use pulp::{Simd, WithSimd};
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
            pulp::Arch::new().dispatch(Block {
                terms: *self,
                rows,
                point,
                outer,
            })
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

/// One block of the sum.
struct Block<'a, 'b> {
    terms: Terms<'a>,
    rows: Range<usize>,
    point: &'b Point,
    outer: bool,
}

impl WithSimd for Block<'_, '_> {
    type Output = Sums;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Sums {
        // A literal dimension lets the compiler unroll.
        match self.terms.dim {
            2 => self.run(2, simd),
            3 => self.run(3, simd),
            4 => self.run(4, simd),
            8 => self.run(8, simd),
            16 => self.run(16, simd),
            d => self.run(d, simd),
        }
    }
}

impl Block<'_, '_> {
    #[inline(always)]
    fn run<S: Simd>(self, d: usize, simd: S) -> Sums {
        let Self {
            terms,
            rows,
            point,
            outer,
        } = self;
        let mut sums = Sums::new(d, outer);
        let anchor_square = square(&point.offset);
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
                match terms.pulls[start..].first_chunk::<BATCH>() {
                    Some(all) if count == BATCH => pulls = *all,
                    _ => pulls[..count].copy_from_slice(&terms.pulls[start..start + count]),
                }
                let targets = &terms.targets[start * d..(start + count) * d];
                for ((target, diff), sq) in targets
                    .chunks_exact(d)
                    .zip(diffs.chunks_exact_mut(d))
                    .zip(&mut squares)
                {
                    *sq = difference(d, simd, target, point, diff);
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
                    terms.look_closer(
                        start,
                        point,
                        diffs,
                        &squares,
                        &mut pulls,
                        &mut inverse,
                        &mut sums,
                    );
                }
                let mut scaled = [0.0; BATCH];
                for r in 0..BATCH {
                    scaled[r] = pulls[r] * inverse[r];
                }
                add_rows(d, simd, &scaled, &diffs, &mut pull);
                sums.stiffness += scaled.iter().sum::<f64>();
                if let Some(outer) = &mut sums.outer {
                    for ((diff, inv), c) in
                        diffs.chunks_exact_mut(d).zip(inverse).zip(&scaled[..count])
                    {
                        diff.iter_mut().for_each(|x| *x *= inv);
                        for (k, row) in outer.chunks_exact_mut(d).enumerate() {
                            // Up to the diagonal, in whole vectors where that is possible.
                            let end = (k + 1).next_multiple_of(S::F64_LANES).min(d);
                            add_scaled(end, simd, c * diff[k], diff, row);
                        }
                    }
                }
                start += count;
            }
            add_slice(&mut sums.pull, &pull);
        }
        sums
    }
}

/// Writes the vector from the point to a target; returns its square.
#[inline(always)]
fn difference<S: Simd>(d: usize, simd: S, target: &[f64], point: &Point, out: &mut [f64]) -> f64 {
    let (t, t_rest) = S::as_simd_f64s(&target[..d]);
    let (a, a_rest) = S::as_simd_f64s(&point.anchor[..d]);
    let (o, o_rest) = S::as_simd_f64s(&point.offset[..d]);
    let (out, out_rest) = S::as_mut_simd_f64s(&mut out[..d]);
    let mut sums = [simd.splat_f64s(0.0); 2];
    for q in 0..t.len() {
        let x = simd.sub_f64s(simd.sub_f64s(t[q], a[q]), o[q]);
        out[q] = x;
        sums[q % 2] = simd.mul_add_e_f64s(x, x, sums[q % 2]);
    }
    let mut rest = 0.0;
    for q in 0..t_rest.len() {
        let x = (t_rest[q] - a_rest[q]) - o_rest[q];
        out_rest[q] = x;
        rest += x * x;
    }
    if t.is_empty() {
        return rest;
    }
    simd.reduce_sum_f64s(simd.add_f64s(sums[0], sums[1])) + rest
}

/// Adds the rows of a batch, each times its factor, to a vector. Factors beyond the last row are 0.
#[inline(always)]
fn add_rows<S: Simd>(d: usize, simd: S, factors: &[f64; BATCH], rows: &[f64], out: &mut [f64]) {
    let rows = &rows[..BATCH * d];
    let (out, out_rest) = S::as_mut_simd_f64s(&mut out[..d]);
    for (q, out) in out.iter_mut().enumerate() {
        // Two sums, each waiting for itself only.
        let mut sums = [*out, simd.splat_f64s(0.0)];
        for r in 0..BATCH {
            let row = S::as_simd_f64s(&rows[r * d..(r + 1) * d]).0;
            sums[r % 2] = simd.mul_add_e_f64s(simd.splat_f64s(factors[r]), row[q], sums[r % 2]);
        }
        *out = simd.add_f64s(sums[0], sums[1]);
    }
    let first = d - out_rest.len();
    for (out, k) in out_rest.iter_mut().zip(first..) {
        for r in 0..BATCH {
            *out += factors[r] * rows[r * d + k];
        }
    }
}

/// Adds `c · v` to the first `length` numbers of a vector.
#[inline(always)]
fn add_scaled<S: Simd>(length: usize, simd: S, c: f64, v: &[f64], out: &mut [f64]) {
    let (v, v_rest) = S::as_simd_f64s(&v[..length]);
    let (out, out_rest) = S::as_mut_simd_f64s(&mut out[..length]);
    let factor = simd.splat_f64s(c);
    for (out, &v) in out.iter_mut().zip(v) {
        *out = simd.mul_add_e_f64s(factor, v, *out);
    }
    for (out, v) in out_rest.iter_mut().zip(v_rest) {
        *out += c * v;
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
