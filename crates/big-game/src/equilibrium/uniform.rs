//! The checker's questions where everybody has the same box or ball and a scalar weight, asked of a block of rows at a
//! time while its actions are written.
//!
//! The block is seen from a dual point `y`. Whoever plays the maximiser there for certain (by the sign of its pull or
//! its direction, further from the tie than the receiver can be from `y`) falls short of nothing; everybody else is
//! *exceptional*, and questioned one by one once it is known where the receiver is.

use std::ops::Range;

use big_numeric::{norm, wide_rows};

use crate::action_space::{ActionSpace, Ball};
use crate::game::Game;
use crate::potential::Sums;

/// How far the receiver may be from `y`, in roundings of the game's scale.
const GUARD: f64 = 64.0 * f64::EPSILON;
/// Nearer targets than this many guards (a thousandth of the game's scale) are exceptional among balls: further away
/// the rounding of the receiver turns nobody by as much as shows in a regret.
const NEAR: f64 = 1e11;
/// Rows of balls whose roots and quotients are taken together.
const BATCH: usize = 8;

/// The set that everybody has.
enum Set<'a> {
    /// A box, or a ball on a line: the maximisers in each coordinate for a pull down and for a pull up.
    Box {
        low: Vec<f64>,
        high: Vec<f64>,
    },
    Ball(&'a Ball),
}

/// The game as seen from a dual point.
pub(super) struct Uniform<'a> {
    weights: &'a [f64],
    targets: &'a [f64],
    y: &'a [f64],
    set: Set<'a>,
    guard: f64,
}

/// What a block of rows adds.
pub(super) struct Part {
    /// `Σ w x`, and `Σ w ⟨t, x⟩` last.
    pub(super) landing: Sums,
    /// A bound on `‖Σ w (x̂(y) − x)‖` over everybody who is not exceptional.
    pub(super) missing: f64,
    /// `Σ (h(g) − ⟨g, x⟩)` at `y` over the same, and the largest of them.
    pub(super) short: f64,
    pub(super) shortest: f64,
    /// The largest `|w| R / ‖t − y‖` over the same: how fast they fall short when the receiver moves.
    pub(super) bend: f64,
    /// `Σ |w|`.
    pub(super) weight: f64,
    /// The largest coordinate of a target.
    pub(super) wish: f64,
    pub(super) exceptional: Vec<usize>,
}

impl<'a> Uniform<'a> {
    /// `None` where the game is not of this kind.
    pub(super) fn new(game: &'a Game, y: &'a [f64]) -> Option<Self> {
        let weights = game.scalar_weights()?;
        let set = match game.common_space()? {
            ActionSpace::Box(set) => Set::Box {
                low: set.lower().to_vec(),
                high: set.upper().to_vec(),
            },
            ActionSpace::Ball(ball) if game.dim() == 1 => Set::Box {
                low: vec![ball.center()[0] - ball.radius()],
                high: vec![ball.center()[0] + ball.radius()],
            },
            ActionSpace::Ball(ball) => Set::Ball(ball),
            _ => return None,
        };
        Some(Self {
            weights,
            targets: game.targets(),
            y,
            set,
            guard: GUARD * (game.scale() + norm(y)),
        })
    }

    /// May the receiver be here, for what was said of those who are not exceptional to hold?
    pub(super) fn reaches(&self, receiver: &[f64]) -> bool {
        let away: Vec<f64> = receiver.iter().zip(self.y).map(|(r, y)| r - y).collect();
        norm(&away) <= self.guard
    }

    /// Looks at the actions of some influencers.
    pub(super) fn see(&self, rows: Range<usize>, actions: &[f64]) -> Part {
        let d = self.y.len();
        let mut part = Part {
            landing: Sums::new(d + 1),
            missing: 0.0,
            short: 0.0,
            shortest: 0.0,
            bend: 0.0,
            weight: 0.0,
            wish: 0.0,
            exceptional: Vec::new(),
        };
        let block = Block {
            weights: &self.weights[rows.clone()],
            targets: &self.targets[rows.start * d..rows.end * d],
            actions,
            y: self.y,
            guard: self.guard,
        };
        let mut flags = vec![false; rows.len()];
        wide_rows(
            d,
            #[inline(always)]
            |d| {
                part.weight = block.weights.iter().map(|w| w.abs()).sum();
                block.land(d, &mut part);
                match &self.set {
                    Set::Ball(ball) => block.directed(d, ball, &mut part, &mut flags),
                    Set::Box { low, high } => block.at_ends(d, low, high, &mut flags),
                }
            },
        );
        let flagged = rows.zip(&flags).filter(|(_, flag)| **flag);
        part.exceptional = flagged.map(|(i, _)| i).collect();
        part
    }
}

/// A block of rows.
struct Block<'a> {
    weights: &'a [f64],
    targets: &'a [f64],
    actions: &'a [f64],
    y: &'a [f64],
    guard: f64,
}

/// Compensated sums side by side.
struct Lanes<const L: usize> {
    high: [f64; L],
    low: [f64; L],
}

impl<const L: usize> Lanes<L> {
    const ZERO: Self = Self {
        high: [0.0; L],
        low: [0.0; L],
    };

    #[inline(always)]
    fn add(&mut self, values: &[f64; L]) {
        for l in 0..L {
            let sum = self.high[l] + values[l];
            let back = sum - self.high[l];
            self.low[l] += (self.high[l] - (sum - back)) + (values[l] - back);
            self.high[l] = sum;
        }
    }
}

/// Some neighbouring numbers of each of some rows.
#[derive(Clone, Copy)]
struct Panel {
    /// How many numbers: 16, 8 or 1.
    width: usize,
    /// Where they are in the first row, and how far it is to the next.
    first: usize,
    step: usize,
    rows: usize,
    /// Their first coordinate, and the first influencer.
    k: usize,
    influencer: usize,
    /// Influencers a row: more than one where rows are short.
    each: usize,
}

/// Panels that cover all numbers of some influencers once.
fn panels(d: usize, influencers: usize) -> Vec<Panel> {
    let mut panels = Vec::new();
    let mut done = 0;
    if d < 8 && 8 % d == 0 {
        let rows = influencers * d / 8;
        panels.push(Panel {
            width: 8,
            first: 0,
            step: 8,
            rows,
            k: 0,
            influencer: 0,
            each: 8 / d,
        });
        done = rows * (8 / d);
    }
    let mut k = 0;
    while k < d && done < influencers {
        let width = match d - k {
            16.. => 16,
            8.. => 8,
            _ => 1,
        };
        panels.push(Panel {
            width,
            first: done * d + k,
            step: d,
            rows: influencers - done,
            k,
            influencer: done,
            each: 1,
        });
        k += width;
    }
    panels
}

impl Panel {
    /// The numbers of row `j`.
    #[inline(always)]
    fn of<const L: usize>(self, values: &[f64], j: usize) -> [f64; L] {
        let from = self.first + j * self.step;
        let mut out = [0.0; L];
        out.copy_from_slice(&values[from..from + L]);
        out
    }

    /// A number for each coordinate, repeated for each influencer of a row.
    #[inline(always)]
    fn coordinates<const L: usize>(self, values: &[f64]) -> [f64; L] {
        let d = L / self.each;
        std::array::from_fn(|l| values[self.k + l % d])
    }

    /// A number for each influencer of row `j`, repeated for its coordinates.
    #[inline(always)]
    fn influencers<const L: usize>(self, values: &[f64], j: usize) -> [f64; L] {
        let from = self.influencer + j * self.each;
        match self.each {
            1 => [values[from]; L],
            each if each == L => {
                let mut out = [0.0; L];
                out.copy_from_slice(&values[from..from + L]);
                out
            }
            each => {
                let d = L / each;
                std::array::from_fn(|l| values[from + l / d])
            }
        }
    }
}

impl Block<'_> {
    /// Where the actions put the receiver.
    #[inline(always)]
    fn land(&self, d: usize, part: &mut Part) {
        for panel in panels(d, self.weights.len()) {
            match panel.width {
                16 => self.land_panel::<16>(panel, part),
                8 => self.land_panel::<8>(panel, part),
                _ => self.land_panel::<1>(panel, part),
            }
        }
    }

    #[inline(always)]
    fn land_panel<const L: usize>(&self, panel: Panel, part: &mut Part) {
        let (mut sums, mut pull) = (Lanes::<L>::ZERO, Lanes::<L>::ZERO);
        let mut wish = [0.0_f64; L];
        for j in 0..panel.rows {
            let x = panel.of::<L>(self.actions, j);
            let t = panel.of::<L>(self.targets, j);
            let w = panel.influencers::<L>(self.weights, j);
            let mut image = [0.0; L];
            for l in 0..L {
                image[l] = w[l] * x[l];
            }
            sums.add(&image);
            for l in 0..L {
                image[l] *= t[l];
                wish[l] = if t[l].abs() > wish[l] {
                    t[l].abs()
                } else {
                    wish[l]
                };
            }
            pull.add(&image);
        }
        let (d, last) = (L / panel.each, self.y.len());
        for l in 0..L {
            let k = panel.k + l % d;
            part.landing.add_to(k, sums.high[l]);
            part.landing.add_to(k, sums.low[l]);
            part.landing.add_to(last, pull.high[l]);
            part.landing.add_to(last, pull.low[l]);
            part.wish = part.wish.max(wish[l]);
        }
    }

    /// Flags everybody who is not for certain at the end of its interval that its pull asks for, in every coordinate.
    #[inline(always)]
    fn at_ends(&self, d: usize, low: &[f64], high: &[f64], flags: &mut [bool]) {
        for panel in panels(d, self.weights.len()) {
            match panel.width {
                16 => self.ends_panel::<16>(panel, low, high, flags),
                8 => self.ends_panel::<8>(panel, low, high, flags),
                _ => self.ends_panel::<1>(panel, low, high, flags),
            }
        }
    }

    #[inline(always)]
    fn ends_panel<const L: usize>(
        &self,
        panel: Panel,
        low: &[f64],
        high: &[f64],
        flags: &mut [bool],
    ) {
        let (low, high) = (panel.coordinates::<L>(low), panel.coordinates::<L>(high));
        let y = panel.coordinates::<L>(self.y);
        for j in 0..panel.rows {
            let x = panel.of::<L>(self.actions, j);
            let t = panel.of::<L>(self.targets, j);
            let w = panel.influencers::<L>(self.weights, j);
            let mut all = true;
            for l in 0..L {
                let gap = t[l] - y[l];
                let best = if w[l] * gap > 0.0 { high[l] } else { low[l] };
                // A pull that vanishes, for want of weight or by underflow, decides nothing.
                all &= (x[l] == best) & (gap.abs() > self.guard) & (w[l] * gap != 0.0);
            }
            if !all {
                let first = panel.influencer + j * panel.each;
                flags[first..first + panel.each].fill(true);
            }
        }
    }

    /// Flags everybody who is not for certain on its sphere in the direction of its target, and sums up by how little
    /// the others miss it: `‖g‖ (R − ρ) + ½ ρ ‖g‖ ‖u − v‖²`, of which rounding explains the first term (see
    /// [`Ball`]'s shortfall), and `‖x̂ − x‖ ≤ R ‖u − v‖ + |R − ρ|`.
    #[inline(always)]
    fn directed(&self, d: usize, ball: &Ball, part: &mut Part, flags: &mut [bool]) {
        let (center, radius) = (&ball.center()[..d], ball.radius());
        let y = &self.y[..d];
        let rounding = 8.0 * f64::EPSILON * (d as f64).sqrt() * radius;
        let near = NEAR * self.guard;
        let rows = (self.targets.chunks(BATCH * d)).zip(self.actions.chunks(BATCH * d));
        let batches = rows
            .zip(self.weights.chunks(BATCH))
            .zip(flags.chunks_mut(BATCH));
        for (((targets, actions), weights), flags) in batches {
            let (mut square, mut size) = ([0.0; BATCH], [0.0; BATCH]);
            let lines = targets.chunks_exact(d).zip(actions.chunks_exact(d));
            for ((t, x), (square, size)) in lines.zip(square.iter_mut().zip(&mut size)) {
                let (mut away, mut out) = ([0.0; 8], [0.0; 8]);
                for k in 0..d {
                    let (a, b) = (t[k] - y[k], x[k] - center[k]);
                    away[k % 8] += a * a;
                    out[k % 8] += b * b;
                }
                (*square, *size) = (fold(away), fold(out));
            }
            let (mut distance, mut rho) = ([0.0; BATCH], [0.0; BATCH]);
            let (mut toward, mut outward) = ([0.0; BATCH], [0.0; BATCH]);
            let mut weight = [0.0; BATCH];
            weight[..weights.len()].copy_from_slice(weights);
            for r in 0..BATCH {
                (distance[r], rho[r]) = (square[r].sqrt(), size[r].sqrt());
                toward[r] = if weight[r] < 0.0 { -1.0 } else { 1.0 } / distance[r];
                outward[r] = 1.0 / rho[r];
                weight[r] = weight[r].abs();
            }
            let mut chord = [0.0; BATCH];
            let lines = targets.chunks_exact(d).zip(actions.chunks_exact(d));
            let factors = toward.iter().zip(&outward);
            for (((t, x), (toward, outward)), chord) in lines.zip(factors).zip(&mut chord) {
                let mut lanes = [0.0; 8];
                for k in 0..d {
                    let miss = (t[k] - y[k]) * toward - (x[k] - center[k]) * outward;
                    lanes[k % 8] += miss * miss;
                }
                *chord = fold(lanes);
            }
            let mut plain = [false; BATCH];
            for r in 0..BATCH {
                let usual = |square: f64| (1e-200..1e200).contains(&square);
                plain[r] = usual(square[r])
                    & usual(size[r])
                    & (weight[r] > 0.0)
                    & (distance[r] > near)
                    & ((rho[r] - radius).abs() <= rounding);
                let counts = |x: f64| if plain[r] { x } else { 0.0 };
                let term = counts(0.5 * radius * weight[r] * distance[r] * chord[r]);
                part.short += term;
                part.shortest = part.shortest.max(term);
                part.bend = part.bend.max(counts(weight[r] * radius / distance[r]));
                let missing = radius * chord[r].sqrt() + (rho[r] - radius).abs();
                part.missing += counts(weight[r] * missing);
            }
            for (flag, plain) in flags.iter_mut().zip(plain) {
                *flag = !plain;
            }
        }
    }
}

#[inline(always)]
fn fold(lanes: [f64; 8]) -> f64 {
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}
