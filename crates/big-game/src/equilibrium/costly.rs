//! The checker of games in which lies cost: the same proof, one projection in place of one support function (ours).
//!
//! With `R = (r, √λ_1 x_1, …)` for a receiver the costs are part of the distance: a game with costs is a game without
//! them in more coordinates, and its gap bounds `‖r − r*‖² + Σ λ_i ‖x_i − x_i*‖²`.

use big_numeric::{dot, norm};

use super::assess::best_response;
use super::certify::{Proved, allowed_gap, allowed_infeasibility, distance_to};
use super::landing::{Landing, blocks};
use super::{Certificate, certify};
use crate::action_space::{ActionSpace, BoxSet, ConvexSet};
use crate::game::Game;
use crate::potential::{Priced, Sums, costs_of_lying};
use crate::profile::Profile;
use crate::weight::Weight;

/// Relative rounding errors of what somebody would say without bounds, `h + g/λ`.
pub(super) const ROUNDING: f64 = 4.0 * f64::EPSILON;

/// The certificate with the potential and the receiver. O(n) projections and support functions, in two passes.
pub(super) fn prove(game: &Game, profile: &Profile, y: Option<&[f64]>) -> Proved {
    let landing = Landing::of(game, profile);
    let r = &landing.receiver;
    let y = y.unwrap_or(r);
    let at_receiver = Seen::at(game, profile, r, r);
    let (regret, outside) = (at_receiver.regret, at_receiver.outside);
    let views = Views {
        at_receiver: Some(at_receiver),
        at_dual: (y != r).then(|| Seen::at(game, profile, y, r)),
        regret,
        outside,
        costs: costs_of_lying(game, profile),
    };
    conclude(game, &landing, y, &views)
}

/// What was seen of a profile.
pub(super) struct Views {
    /// From where it puts the receiver, and from the dual point: at least one of them.
    pub(super) at_receiver: Option<Seen>,
    pub(super) at_dual: Option<Seen>,
    /// The largest gain from a best response, or a bound on it, and how far the farthest action is outside of its set.
    pub(super) regret: f64,
    pub(super) outside: f64,
    /// `Σ λ_i ‖x_i − h_i‖²`.
    pub(super) costs: f64,
}

/// What follows.
pub(super) fn conclude(game: &Game, landing: &Landing, y: &[f64], views: &Views) -> Proved {
    let r = &landing.receiver;
    let away: Vec<f64> = r.iter().zip(y).map(|(a, b)| a - b).collect();
    let away = norm(&away);
    let rounding = 4.0 * f64::EPSILON * game.scale();
    let (mut duality_gap, mut noise) = (f64::INFINITY, 0.0_f64);
    let (mut error, mut spread) = (f64::INFINITY, f64::INFINITY);
    if let Some(seen) = &views.at_receiver {
        duality_gap = seen.gap;
        noise = seen.noise();
        error = duality_gap.sqrt().min(norm(&seen.residual)) + noise;
        spread = seen.spread(error);
    }
    if let Some(seen) = &views.at_dual {
        let gap = away * away + seen.gap;
        let missing = norm(&seen.residual);
        error = error.min(gap.sqrt().min(away + missing) + seen.noise());
        // The dual is strongly convex: its point is as near to the true one as its gradient is short.
        spread = spread.min(seen.spread(missing + seen.noise()));
        duality_gap = duality_gap.min(gap);
        noise = noise.max(seen.noise());
    }
    let same = away <= rounding;
    let error = error + rounding + if same { away } else { 0.0 };
    let paid_by_all = (0..game.influencers()).all(|i| game.lying_cost(i) > 0.0);
    let action_error_bound = paid_by_all.then(|| {
        let least = (0..game.influencers()).map(|i| game.lying_cost(i));
        let least = least.fold(f64::INFINITY, f64::min);
        let extent = game.spaces().iter().map(|s| s.extent()).fold(0.0, f64::max);
        spread.min((duality_gap.sqrt() + noise) / least.sqrt()) + ROUNDING * extent
    });
    let certificate = Certificate {
        duality_gap,
        receiver_error_bound: error,
        max_regret: views.regret,
        infeasibility: views.outside,
        allowed_gap: allowed_gap(game, landing) + 16.0 * noise * noise,
        allowed_infeasibility: allowed_infeasibility(game),
        disagreement: away,
        allowed_disagreement: certify::DISAGREEMENT * game.scale() + noise,
        action_error_bound,
    };
    Proved {
        certificate,
        potential: dot(r, r) - 2.0 * landing.pull + views.costs,
        receiver: if same { y } else { r }.to_vec(),
    }
}

/// What is seen of everybody from a dual point.
pub(super) struct Seen {
    /// `2 Σ_i (φ_i(g_i) − ⟨g_i, x_i⟩ + (λ_i/2) ‖x_i − h_i‖²)`.
    gap: f64,
    /// `y − r(x̂(y))`: the gradient of the dual (a subgradient where somebody lies for free).
    residual: Vec<f64>,
    /// The largest gain from an exact best response, where the point is the receiver.
    pub(super) regret: f64,
    pub(super) outside: f64,
    /// What rounding does to what people would say: `Σ λ_i δ_i²`, and `Σ ‖W_i‖ δ_i`.
    squares: f64,
    pulls: f64,
    /// The largest `‖x_i − x̂_i(y)‖ + δ_i`, and the largest `‖W_i‖ / λ_i`.
    pub(super) apart: f64,
    pub(super) steep: f64,
}

impl Seen {
    /// Of everybody.
    fn at(game: &Game, profile: &Profile, y: &[f64], r: &[f64]) -> Self {
        let all: Vec<usize> = (0..game.influencers()).collect();
        Self::of(game, profile, y, r, &all, Sums::new(game.dim() + 3))
    }

    /// Of some, where of the others the images of their answers, that they fall short of nothing and what rounding does to them is
    /// `known`.
    pub(super) fn of(
        game: &Game,
        profile: &Profile,
        y: &[f64],
        r: &[f64],
        influencers: &[usize],
        known: Sums,
    ) -> Self {
        let d = game.dim();
        let parts = blocks(influencers.len(), |range| {
            let mut sums = Sums::new(d + 3);
            let mut terms = vec![0.0; d + 3];
            let mut seen = Self::nothing();
            let (mut gap, mut g) = (vec![0.0; d], Vec::new());
            let (mut priced, mut response) = (Priced::default(), Vec::new());
            for &i in &influencers[range] {
                let (x, weight, set) = (profile.action(i), game.weight(i), game.space(i));
                let target = game.target(i);
                if let (ActionSpace::Box(set), Weight::Scalar(w), Some(honest)) =
                    (set, weight, game.honest(i))
                {
                    let one = InBox {
                        set,
                        w,
                        factor: game.lying_cost(i),
                        honest,
                        target,
                    };
                    let short = one.see(x, y, &mut terms, &mut seen);
                    sums.add(&terms);
                    if y == r && 2.0 * short > seen.regret {
                        let gain = best_response(game, i, x, r, &mut response);
                        seen.regret = seen.regret.max(gain.min(2.0 * short));
                    }
                    continue;
                }
                (0..d).for_each(|k| gap[k] = target[k] - y[k]);
                g.resize(x.len(), 0.0);
                weight.pull_back(&gap, &mut g);
                terms.fill(0.0);
                let short = match game.honest(i) {
                    None => {
                        priced.answer.resize(x.len(), 0.0);
                        set.maximiser(&g, &mut priced.answer);
                        set.shortfall(&g, x)
                    }
                    Some(honest) => {
                        let short = priced.of(game, i, &g, x);
                        let factor = game.lying_cost(i);
                        let blur = blurred(set, &priced, honest);
                        let reach = weight.norm_bound();
                        terms[d + 1] = factor * blur * blur;
                        terms[d + 2] = reach * blur;
                        let apart = priced.answer.iter().zip(x).map(|(p, x)| (p - x) * (p - x));
                        seen.apart = seen.apart.max(apart.sum::<f64>().sqrt() + blur);
                        seen.steep = seen.steep.max(reach / factor);
                        short
                    }
                };
                weight.add_image(&priced.answer, &mut terms[..d]);
                terms[d] = 2.0 * short;
                sums.add(&terms);
                if !set.contains(x, 0.0) {
                    seen.outside = seen.outside.max(distance_to(game, i, x));
                }
                // Nobody gains more than twice its shortfall at r(x).
                if y == r && 2.0 * short > seen.regret {
                    let gain = best_response(game, i, x, r, &mut response);
                    seen.regret = seen.regret.max(gain.min(2.0 * short));
                }
            }
            (sums, seen)
        });
        let mut total = known;
        let mut all = Self::nothing();
        for (sums, seen) in parts {
            total = total.join(&sums);
            all.regret = all.regret.max(seen.regret);
            all.outside = all.outside.max(seen.outside);
            all.apart = all.apart.max(seen.apart);
            all.steep = all.steep.max(seen.steep);
        }
        let total = total.total();
        all.gap = total[d];
        all.squares = total[d + 1];
        all.pulls = total[d + 2];
        all.residual = (0..d).map(|k| y[k] - (total[k] + game.bias()[k])).collect();
        all
    }

    fn nothing() -> Self {
        Self {
            gap: 0.0,
            residual: Vec::new(),
            regret: 0.0,
            outside: 0.0,
            squares: 0.0,
            pulls: 0.0,
            apart: 0.0,
            steep: 0.0,
        }
    }

    /// How far rounding of what people would say can take the receiver: an honest action that is off by `δ` moves it by at
    /// most `√λ δ` (a target of the game in more coordinates), and by at most `‖W‖ δ` (the dual's gradient).
    fn noise(&self) -> f64 {
        self.squares.sqrt().min(self.pulls)
    }

    /// A bound on everybody's distance from its true action, where this point is within `error` of the true position:
    /// projections do not expand.
    fn spread(&self, error: f64) -> f64 {
        self.apart + self.steep * error
    }
}

/// One who pays, with a box and a scalar weight: everything coordinate by coordinate.
struct InBox<'a> {
    set: &'a BoxSet,
    w: f64,
    factor: f64,
    honest: &'a [f64],
    target: &'a [f64],
}

impl InBox<'_> {
    /// What [`Seen::at`] asks of everybody, and what it falls short of.
    #[inline]
    fn see(&self, x: &[f64], y: &[f64], terms: &mut [f64], seen: &mut Seen) -> f64 {
        let d = x.len();
        let (mut short, mut apart, mut blur) = (0.0, 0.0, 0.0);
        for k in 0..d {
            let (lower, upper) = (self.set.lower()[k], self.set.upper()[k]);
            let wanted = self.honest[k] + self.w * (self.target[k] - y[k]) / self.factor;
            let answer = wanted.clamp(lower, upper);
            let normal = self.factor * (wanted - answer);
            let step = answer - x[k];
            if step != 0.0 {
                let end = if normal > 0.0 { upper } else { lower };
                short += (normal * (end - x[k])).max(0.0);
                apart += step * step;
            }
            let size = answer.abs() + self.honest[k].abs();
            blur += size * size;
            terms[k] = self.w * answer;
            seen.outside = seen.outside.max(lower - x[k]).max(x[k] - upper);
        }
        let blur = ROUNDING * blur.sqrt();
        let reach = self.w.abs();
        short += 0.5 * self.factor * apart;
        terms[d] = 2.0 * short;
        terms[d + 1] = self.factor * blur * blur;
        terms[d + 2] = reach * blur;
        seen.apart = seen.apart.max(apart.sqrt() + blur);
        seen.steep = seen.steep.max(reach / self.factor);
        short
    }
}

/// What rounding does to the answer of one. In a box a coordinate at a bound does not move with what is wanted, and in a ball
/// no more than the ball is large.
fn blurred(space: &ActionSpace, priced: &Priced, honest: &[f64]) -> f64 {
    let mut square = 0.0;
    for ((q, p), h) in priced.wanted.iter().zip(&priced.answer).zip(honest) {
        let size = match space {
            ActionSpace::Box(_) | ActionSpace::Ball(_) => p.abs() + h.abs(),
            _ => q.abs() + h.abs(),
        };
        square += size * size;
    }
    ROUNDING * square.sqrt()
}
