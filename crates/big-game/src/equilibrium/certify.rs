//! The checker: it computes the proof of an answer, and does not know who found it.

use std::ops::Range;

use rayon::prelude::*;

use super::Certificate;
use super::assess::best_response;
use super::refine::refine;
use crate::action_space::{ActionSpace, ConvexSet};
use crate::game::Game;
use crate::numeric::wide;
use crate::potential::Sums;
use crate::profile::Profile;
use crate::weight::{dot, norm};

/// Relative gap at which an answer counts as solved.
const RELATIVE_GAP: f64 = 1e-10;
/// Actions may be this share of their set's size outside it.
const OUTSIDE: f64 = 1e-11;
/// A position and the sum of the actions' pulls may differ by this share of the game's scale.
const DISAGREEMENT: f64 = 1e-11;

/// What the checker says of a profile.
pub(crate) struct Proved {
    pub(crate) certificate: Certificate,
    /// `Φ(x)`.
    pub(crate) potential: f64,
    /// Where the profile puts the receiver: the dual point itself where the two differ by no more than the rounding of
    /// the sum (its coordinates may be known better than the sum can tell), else `r(x)`.
    pub(crate) receiver: Vec<f64>,
}

/// The certificate with the potential and the receiver, which its first pass finds too, in a game whose squares neither
/// vanish nor overflow.
pub(super) fn prove(game: &Game, profile: &Profile, y: Option<&[f64]>) -> Proved {
    let landing = Landing::of(game, profile);
    let r = &landing.receiver;
    let y = y.unwrap_or(r);
    let proof = Proof::at(game, profile, r, y);
    let away: Vec<f64> = r.iter().zip(y).map(|(a, b)| a - b).collect();
    let away = norm(&away);
    let mut duality_gap = (2.0 * proof.at_receiver).min(away * away + 2.0 * proof.at_dual);
    let mut receiver_error_bound = duality_gap.sqrt().min(away + norm(&proof.residual));
    // What one rounding of the numbers added up makes of the sum.
    let rounding = 4.0 * f64::EPSILON * game.scale();
    if receiver_error_bound > rounding
        && away <= DISAGREEMENT * game.scale()
        && let Some(refined) = refine(game, profile, r, y)
    {
        duality_gap = duality_gap.min(refined.gap);
        receiver_error_bound = receiver_error_bound.min(refined.error);
    }
    let same = away <= rounding;
    let certificate = Certificate {
        duality_gap,
        // Of the receiver as it is reported.
        receiver_error_bound: receiver_error_bound + rounding + if same { away } else { 0.0 },
        max_regret: proof.regret,
        infeasibility: proof.infeasibility,
        allowed_gap: allowed_gap(game, &landing),
        allowed_infeasibility: allowed_infeasibility(game),
        disagreement: away,
        allowed_disagreement: DISAGREEMENT * game.scale(),
    };
    Proved {
        certificate,
        potential: dot(r, r) - 2.0 * landing.pull,
        receiver: if same { y } else { r }.to_vec(),
    }
}

/// Influencers a block; blocks are joined in order, so that the threads do not matter.
const BLOCK: usize = 4096;

/// Maps blocks of influencers, in parallel where there are many.
fn blocks<T: Send>(n: usize, one: impl Fn(Range<usize>) -> T + Sync) -> Vec<T> {
    let count = n.div_ceil(BLOCK);
    let block = |b: usize| one(b * BLOCK..((b + 1) * BLOCK).min(n));
    if count > 4 {
        (0..count).into_par_iter().map(block).collect()
    } else {
        (0..count).map(block).collect()
    }
}

/// Runs an expression with `$of` the sets of the influencers: of the one type where all have the same one, so that
/// nobody has to ask which type it is.
macro_rules! for_sets {
    ($game:expr, $of:ident => $body:expr) => {
        match $game.common_space() {
            Some(ActionSpace::Box(set)) => {
                let $of = |_: usize| set;
                $body
            }
            Some(ActionSpace::Ball(set)) => {
                let $of = |_: usize| set;
                $body
            }
            _ => {
                let $of = |i: usize| $game.space(i);
                $body
            }
        }
    };
}

/// Where a profile puts the receiver, and what is seen on the way.
struct Landing {
    receiver: Vec<f64>,
    /// `Σ_i ⟨t_i, W_i x_i⟩`.
    pull: f64,
    /// `Σ_i ‖W_i‖ diam(X_i)`: how far the receiver can be moved.
    spread: f64,
    /// The largest coordinate of a target.
    wish: f64,
}

impl Landing {
    fn of(game: &Game, profile: &Profile) -> Self {
        let d = game.dim();
        let diameters: Vec<f64> = game.spaces().iter().map(diameter).collect();
        let one = |range: Range<usize>| {
            let mut sums = Sums::new(d + 1);
            let (mut spread, mut wish) = (0.0, 0.0_f64);
            wide(
                #[inline(always)]
                || {
                    let mut terms = vec![0.0; d + 1];
                    for i in range.clone() {
                        let (x, target, weight) =
                            (profile.action(i), game.target(i), game.weight(i));
                        let image = &mut terms[..d];
                        image.fill(0.0);
                        weight.add_image(x, image);
                        let pull = dot(target, image);
                        terms[d] = pull;
                        sums.add(&terms);
                        spread += weight.norm_bound() * diameters[game.space_index(i)];
                        wish = target.iter().fold(wish, |w, t| w.max(t.abs()));
                    }
                },
            );
            (sums, spread, wish)
        };
        let mut total = Sums::new(d + 1);
        let mut landing = Self {
            receiver: Vec::new(),
            pull: 0.0,
            spread: 0.0,
            wish: 0.0,
        };
        for (sums, spread, wish) in blocks(game.influencers(), one) {
            total = total.join(&sums);
            landing.spread += spread;
            landing.wish = landing.wish.max(wish);
        }
        let mut receiver = total.total();
        landing.pull = receiver.pop().unwrap_or(0.0);
        receiver
            .iter_mut()
            .zip(game.bias())
            .for_each(|(r, b)| *r += b);
        landing.receiver = receiver;
        landing
    }
}

/// How far outside its set an action is; a NaN is as far as can be.
#[cold]
pub(super) fn distance_to(game: &Game, i: usize, x: &[f64]) -> f64 {
    let mut projection = vec![0.0; x.len()];
    game.space(i).project(x, &mut projection);
    let away: Vec<f64> = x.iter().zip(&projection).map(|(a, b)| a - b).collect();
    let away = norm(&away);
    if away.is_nan() { f64::INFINITY } else { away }
}

/// What the second pass proves.
struct Proof {
    /// `Σ_i (h_i(g_i) − ⟨g_i, x_i⟩)` for the pulls at `r(x)`, and for those at `y`.
    at_receiver: f64,
    at_dual: f64,
    /// `y − r(x̂(y))`: a subgradient of the dual at `y`.
    residual: Vec<f64>,
    /// The largest gain from an exact best response.
    regret: f64,
    /// The largest distance of an action from its set.
    infeasibility: f64,
}

impl Proof {
    fn at(game: &Game, profile: &Profile, r: &[f64], y: &[f64]) -> Self {
        let d = game.dim();
        let same = r == y;
        let one = |range: Range<usize>| {
            let mut sums = Sums::new(d + 2);
            let (mut regret, mut outside) = (0.0_f64, 0.0_f64);
            let mut response = Vec::new();
            for_sets!(game, space => wide(
                #[inline(always)]
                || {
                    let (mut gap, mut g, mut best) = (vec![0.0; d], Vec::new(), Vec::new());
                    let mut terms = vec![0.0; d + 2];
                    for i in range.clone() {
                        let (x, target, weight, set) =
                            (profile.action(i), game.target(i), game.weight(i), space(i));
                        g.resize(x.len(), 0.0);
                        for k in 0..d {
                            gap[k] = target[k] - y[k];
                        }
                        weight.pull_back(&gap, &mut g);
                        best.resize(x.len(), 0.0);
                        set.maximiser(&g, &mut best);
                        terms[..d].fill(0.0);
                        weight.add_image(&best, &mut terms[..d]);
                        // Who plays the maximiser falls short of nothing, and is in its set.
                        let there = best == x;
                        let short = if there { 0.0 } else { set.shortfall(&g, x) };
                        terms[d + 1] = short;
                        if !there && !set.contains(x, 0.0) {
                            outside = outside.max(distance_to(game, i, x));
                        }
                        if !same {
                            for k in 0..d {
                                gap[k] = target[k] - r[k];
                            }
                            weight.pull_back(&gap, &mut g);
                        }
                        let short = if same { short } else { set.shortfall(&g, x) };
                        terms[d] = short;
                        sums.add(&terms);
                        // Nobody gains more than twice its shortfall at r(x).
                        if 2.0 * short > regret {
                            let gain = best_response(game, i, x, r, &mut response);
                            regret = regret.max(gain.min(2.0 * short));
                        }
                    }
                }
            ));
            (sums, regret, outside)
        };
        let mut total = Sums::new(d + 2);
        let (mut most, mut furthest) = (0.0_f64, 0.0_f64);
        for (sums, regret, outside) in blocks(game.influencers(), one) {
            total = total.join(&sums);
            most = most.max(regret);
            furthest = furthest.max(outside);
        }
        let total = total.total();
        let residual = (0..d).map(|k| y[k] - (total[k] + game.bias()[k])).collect();
        Self {
            at_receiver: total[d],
            at_dual: total[d + 1],
            residual,
            regret: most,
            infeasibility: furthest,
        }
    }
}

/// The length of the diagonal of a set's bounding box.
fn diameter(space: &ActionSpace) -> f64 {
    let (lower, upper) = space.bounding_box();
    let side: Vec<f64> = upper.iter().zip(&lower).map(|(u, l)| u - l).collect();
    norm(&side)
}

/// The largest corner of an action set's bounding box.
fn extent(game: &Game) -> f64 {
    game.spaces().iter().fold(0.0_f64, |extent, space| {
        let (lower, upper) = space.bounding_box();
        extent.max(norm(&lower)).max(norm(&upper))
    })
}

/// How far outside its set an action may be.
pub(super) fn allowed_infeasibility(game: &Game) -> f64 {
    OUTSIDE * extent(game)
}

/// `1e-10 D²` for a receiver that can be moved by `D`, and what the rounding of receiver and targets causes in any
/// answer.
fn allowed_gap(game: &Game, landing: &Landing) -> f64 {
    let rounding = f64::EPSILON * (game.scale() + landing.wish);
    let allowed = RELATIVE_GAP * landing.spread * landing.spread
        + 16.0 * landing.spread * rounding
        + 4096.0 * rounding * rounding;
    // Targets may be so far away that the square of their rounding error is no double.
    allowed.min(f64::MAX)
}
