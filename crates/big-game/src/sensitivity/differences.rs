//! Derivatives at a kink: differences of the game solved anew.

use super::{Derivative, sway, to_rows};
use crate::equilibrium::{Equilibrium, SolutionConcept};
use crate::game::{Change, Game};
use crate::solver::locate;
use crate::weight::Weight;

/// The first of the two steps of a one-sided difference, as a share of the game's scale.
const STEP: f64 = 1e-5;
/// Shares of it that are tried until the two steps agree,
const SHORTER: [f64; 4] = [1.0, 1.0 / 64.0, 1.0 / 1024.0, 1.0 / 16384.0];
/// up to this share.
const AGREE: f64 = 1e-4;
/// What they agree on is confirmed by a step so much shorter, where rounding leaves it one.
const CONFIRMED: f64 = 16.0;
/// A slope that rounding may put off by a larger share than this is not told.
const LOUD: f64 = 1e-2;

/// The game that is solved anew.
pub(super) struct Differences<'a> {
    game: &'a Game,
    equilibrium: &'a Equilibrium,
    /// Steps of targets and background are a share of this.
    unit: f64,
    /// Solves that are left.
    left: usize,
}

impl<'a> Differences<'a> {
    /// Of an equilibrium, in so many solves at most. `tied` are those whose exposed face is more than a point (`None`: it could be anybody): over a step
    /// that is longer than such a face the receiver does not see the kink that it is at.
    pub(super) fn new(
        game: &'a Game,
        equilibrium: &'a Equilibrium,
        tied: Option<&[usize]>,
        solves: usize,
    ) -> Self {
        let sizes: Vec<f64> = match tied {
            Some(tied) => tied.iter().map(|&i| sway(game, i)).collect(),
            None => (0..game.influencers()).map(|i| sway(game, i)).collect(),
        };
        let unit = sizes
            .into_iter()
            .filter(|&v| v > 0.0)
            .fold(game.unit(), f64::min);
        Self {
            game,
            equilibrium,
            unit,
            left: solves,
        }
    }

    /// One-sided derivatives by solving the game anew: exact but for rounding where `r*` is piecewise affine, and to
    /// second order of a small step elsewhere. `None` when there are too many, a game cannot be solved, or no step is short
    /// enough.
    pub(super) fn of(&mut self, changes: impl IntoIterator<Item = Change>) -> Option<Derivative> {
        if self.equilibrium.concept == SolutionConcept::WeaklyDominant {
            // The receiver jumps, or is not determined: there is no derivative.
            return None;
        }
        let (mut up, mut down) = (Vec::new(), Vec::new());
        let mut same = true;
        for change in changes {
            let scale = self.scale(change);
            let (more, less) = (
                self.one_sided(change, scale, 1.0)?,
                self.one_sided(change, scale, -1.0)?,
            );
            same &= scale.agree(&more, &less, 0.0);
            up.push(more);
            down.push(less);
        }
        let d = self.game.dim();
        Some(Derivative {
            decrease: (!same).then(|| to_rows(d, &down)),
            increase: to_rows(d, &up),
        })
    }

    /// How large a change is, and what it may do.
    fn scale(&self, change: Change) -> Scale {
        let (size, slope) = match change {
            Change::Weight(i) | Change::WeightEntry(i, _) => {
                let (weight, extent) = (self.game.weight(i), self.game.space(i).extent());
                match (weight, change) {
                    // A matrix changes by a factor.
                    (Weight::Matrix(_), Change::Weight(_)) => (1.0, weight.norm_bound() * extent),
                    _ => (weight.norm_bound(), extent),
                }
            }
            Change::LyingCost(i) => {
                let cost = self.game.lying_cost(i);
                (cost, self.game.unit() / cost)
            }
            Change::Bias(_) | Change::Target(..) | Change::OwnTarget(..) => (self.unit, 1.0),
        };
        let step = STEP * if size > 0.0 { size } else { 1.0 };
        Scale { step, slope }
    }

    fn one_sided(&mut self, change: Change, scale: Scale, sign: f64) -> Option<Vec<f64>> {
        for share in SHORTER {
            let step = sign * share * scale.step;
            self.left = self.left.checked_sub(3)?;
            let (whole, _) = self.slope(change, step)?;
            let (half, noise) = self.slope(change, step / 2.0)?;
            let loud = LOUD * half.iter().fold(scale.slope, |s, v| s.max(v.abs()));
            if noise > loud {
                return None;
            }
            // Over a step that crosses a second kink the two differ; over one that crosses two they may not, but then a shorter one does.
            if !scale.agree(&half, &whole, noise) {
                continue;
            }
            let (short, noise) = self.slope(change, step / CONFIRMED)?;
            if noise > loud || scale.agree(&short, &half, noise) {
                return Some(half.iter().zip(&whole).map(|(h, w)| 2.0 * h - w).collect());
            }
        }
        None
    }

    /// The slope over a step, and how far rounding may put it off.
    fn slope(&self, change: Change, step: f64) -> Option<(Vec<f64>, f64)> {
        // What the number that changes makes of the step.
        let from = match change {
            Change::Bias(k) => self.game.bias()[k],
            Change::Target(i, k) => self.game.target(i)[k],
            Change::OwnTarget(..) => 0.0,
            Change::LyingCost(i) => self.game.lying_cost(i),
            Change::Weight(i) => match self.game.weight(i) {
                Weight::Scalar(w) => w,
                Weight::Matrix(_) => 1.0,
            },
            Change::WeightEntry(i, entry) => match self.game.weight(i) {
                Weight::Scalar(w) => w,
                Weight::Matrix(w) => w.entries()[entry],
            },
        };
        let step = (from + step) - from;
        if step == 0.0 {
            // The number does not feel it.
            return Some((vec![0.0; self.game.dim()], f64::INFINITY));
        }
        let changed = locate(&self.game.changed(change, step)).ok()?;
        let (now, then) = (&self.equilibrium.certificate, &changed.certificate);
        let error = now.receiver_error_bound + then.receiver_error_bound;
        let difference = changed.receiver.iter().zip(&self.equilibrium.receiver);
        let slope = difference.map(|(a, b)| (a - b) / step).collect();
        then.holds().then_some((slope, error / step.abs()))
    }
}

/// What is large and small for a change.
#[derive(Clone, Copy)]
struct Scale {
    /// The first step.
    step: f64,
    /// What a slope may be; one that is much smaller counts as nothing.
    slope: f64,
}

impl Scale {
    /// Are two slopes the same, but for noise?
    fn agree(self, a: &[f64], b: &[f64], noise: f64) -> bool {
        let near = |a: f64, b: f64| {
            (a - b).abs() <= AGREE * (self.slope + a.abs().max(b.abs())) + 2.0 * noise
        };
        a.iter().zip(b).all(|(a, b)| near(*a, *b))
    }
}
