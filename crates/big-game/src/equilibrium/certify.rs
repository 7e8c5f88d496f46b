//! The checker: it computes the proof of an answer, and does not know who found it.

use super::Certificate;
use super::assess::best_response;
use crate::action_space::ConvexSet;
use crate::game::Game;
use crate::potential::{Pull, receiver, shortfalls, sum_blocks};
use crate::profile::Profile;
use crate::weight::norm;

/// Relative gap at which an answer counts as solved.
const RELATIVE_GAP: f64 = 1e-10;
/// Actions may be this share of their set's size outside it.
const OUTSIDE: f64 = 1e-11;

/// Checks a profile, with the help of a dual point `y` where one is known: any `y` gives a valid proof.
///
/// The gap is taken at `y` and at `r(x)`, whichever proves more. The error of the receiver is bounded by the root
/// of the gap, and, since the dual is strongly convex, by `‖r(x) − y‖ + ‖y − r(x̂(y))‖`, `x̂(y)` the maximisers at `y`.
/// O(n) support functions, and an exact best response for everybody who is not at one for certain.
pub fn certify(game: &Game, profile: &Profile, y: Option<&[f64]>) -> Certificate {
    let r = receiver(game, profile);
    let at_r = shortfalls(game, profile, &r);
    let mut duality_gap = 2.0 * at_r;
    let mut receiver_error_bound = duality_gap.sqrt();
    for y in [Some(r.as_slice()), y].into_iter().flatten() {
        let away: Vec<f64> = r.iter().zip(y).map(|(a, b)| a - b).collect();
        let away = norm(&away);
        let gap = if y == r {
            duality_gap
        } else {
            away * away + 2.0 * shortfalls(game, profile, y)
        };
        let residual = norm(&residual(game, y));
        duality_gap = duality_gap.min(gap);
        receiver_error_bound = receiver_error_bound.min(gap.sqrt()).min(away + residual);
    }
    let sizes = Sizes::of(game);
    Certificate {
        duality_gap,
        receiver_error_bound: receiver_error_bound + 4.0 * f64::EPSILON * game.scale(),
        max_regret: if at_r == 0.0 {
            0.0
        } else {
            max_regret(game, profile, &r)
        },
        infeasibility: infeasibility(game, profile),
        allowed_gap: sizes.allowed_gap(game),
        allowed_infeasibility: OUTSIDE * sizes.extent,
    }
}

/// `y − r(x̂(y))`: a subgradient of the dual at `y`.
fn residual(game: &Game, y: &[f64]) -> Vec<f64> {
    let d = game.dim();
    let mut sum = sum_blocks(game, d, |range, sums| {
        let mut pull = Pull::new(game, y);
        let (mut x, mut image) = (Vec::new(), vec![0.0; d]);
        for i in range {
            x.resize(game.space(i).dim(), 0.0);
            game.space(i).maximiser(pull.of(i), &mut x);
            image.fill(0.0);
            game.weight(i).add_image(&x, &mut image);
            sums.add(&image);
        }
    });
    for ((s, b), y) in sum.iter_mut().zip(game.bias()).zip(y) {
        *s = y - (*s + b);
    }
    sum
}

/// The largest gain from an exact best response. Nobody gains more than twice its shortfall at `r(x)`, so only
/// those with one are asked.
fn max_regret(game: &Game, profile: &Profile, r: &[f64]) -> f64 {
    let mut pull = Pull::new(game, r);
    let mut response = Vec::new();
    let mut largest = 0.0_f64;
    for i in 0..game.influencers() {
        let bound = 2.0 * game.space(i).shortfall(pull.of(i), profile.action(i));
        if bound > largest {
            let regret = best_response(game, i, profile.action(i), r, &mut response);
            largest = largest.max(regret.min(bound));
        }
    }
    largest
}

/// The largest distance of an action from its set.
fn infeasibility(game: &Game, profile: &Profile) -> f64 {
    let mut projection = Vec::new();
    let mut largest = 0.0_f64;
    for i in 0..game.influencers() {
        let x = profile.action(i);
        if game.space(i).contains(x, 0.0) {
            continue;
        }
        projection.resize(x.len(), 0.0);
        game.space(i).project(x, &mut projection);
        let away: Vec<f64> = x.iter().zip(&projection).map(|(a, b)| a - b).collect();
        let away = norm(&away);
        // A NaN is as far outside as can be.
        largest = if away.is_nan() {
            f64::INFINITY
        } else {
            largest.max(away)
        };
    }
    largest
}

/// The magnitudes that decide what is small.
struct Sizes {
    /// `Σ_i ‖W_i‖ diam(X_i)`: how far the receiver can be moved.
    spread: f64,
    /// The largest coordinate of a target.
    wish: f64,
    /// The largest coordinate or side of an action set.
    extent: f64,
}

impl Sizes {
    fn of(game: &Game) -> Self {
        let mut extent = 0.0_f64;
        let diameters: Vec<f64> = game
            .spaces()
            .iter()
            .map(|space| {
                let (lower, upper) = space.bounding_box();
                extent = extent.max(norm(&lower)).max(norm(&upper));
                let side: Vec<f64> = upper.iter().zip(&lower).map(|(u, l)| u - l).collect();
                norm(&side)
            })
            .collect();
        let spread = (0..game.influencers())
            .map(|i| game.weight(i).norm_bound() * diameters[game.space_index(i)])
            .sum();
        let wish = game.targets().iter().fold(0.0_f64, |w, t| w.max(t.abs()));
        Self {
            spread,
            wish,
            extent,
        }
    }

    /// `1e-10 D²` for a receiver that can be moved by `D`, and what the rounding of receiver and targets causes
    /// in any answer.
    fn allowed_gap(&self, game: &Game) -> f64 {
        let rounding = f64::EPSILON * (game.scale() + self.wish);
        RELATIVE_GAP * self.spread * self.spread
            + 16.0 * self.spread * rounding
            + 4096.0 * rounding * rounding
    }
}
