//! Where all together lose least, in the loss that was asked for.

use big_numeric::{norm, square_distance};

use super::{Reduced, extremes, transposed_solved};
use crate::action_space::ConvexSet;
use crate::solver::SolveError;
use crate::welfare::projected;

/// Steps towards the social optimum of a power that is not 2.
const STEPS: usize = 500;
/// A gap to the optimum below this share of the cost ends them.
const CLOSE: f64 = 1e-12;
/// A step that saves less than this share of the cost is tried another way.
const SMALL: f64 = 1e-9;
/// Targets on a line that are tried for a power below 1.
const LISTED: usize = 4096;
/// Kinks that are tried as a start.
const KINKS: usize = 64;

impl Reduced {
    /// Where all together lose least, what they lose there, and a bound below.
    pub(super) fn optimum(&self) -> Result<(Vec<f64>, f64, f64), SolveError> {
        if self.own.dim() == 1 {
            let r = vec![self.optimum_on_a_line()];
            let cost = self.cost(&r);
            let least = match self.terms.power < 1.0 && self.own.influencers() > LISTED {
                true => self.least_sum_of_powers(0.0, &[]),
                false => cost,
            };
            return Ok((r, cost, least.min(cost)));
        }
        if self.terms.power < 1.0 {
            return self.optimum_below_one();
        }
        // In the reduced game, where distances are Euclidean: each step minimises the weighted mean of squares that touches the cost
        // from above (of powers up to 2; of others it gives the direction).
        let (game, n, p) = (&self.game, self.own.influencers(), self.terms.power);
        let d = game.dim();
        let off = |r: &[f64], i: usize| -> f64 { square_distance(r, game.target(i)).sqrt() };
        let cost = |r: &[f64]| -> f64 { (0..n).map(|i| off(r, i).powf(p)).sum() };
        let mean = |weights: &[f64]| -> Vec<f64> {
            let total: f64 = weights.iter().sum();
            let mut mean = vec![0.0; d];
            for (i, w) in weights.iter().enumerate() {
                mean.iter_mut()
                    .zip(game.target(i))
                    .for_each(|(m, t)| *m += w / total * t);
            }
            mean
        };
        let mut r = projected(game, &mean(&vec![1.0; n]))?.receiver;
        let mut value = cost(&r);
        if p < 2.0 {
            // Where there are kinks, at targets, the least is often at one of them.
            for i in 0..n.min(KINKS) {
                let at = projected(game, game.target(i))?.receiver;
                let there = cost(&at);
                if there < value {
                    (r, value) = (at, there);
                }
            }
        }
        let mut least = value - self.gap(&r);
        let tiny = f64::EPSILON * game.scale();
        for _ in 0..if p == 2.0 { 0 } else { STEPS } {
            if value - least <= CLOSE * value {
                break;
            }
            let weights: Vec<f64> = (0..n).map(|i| off(&r, i).max(tiny).powf(p - 2.0)).collect();
            let aim = projected(game, &mean(&weights))?.receiver;
            let between = |share: f64| -> Vec<f64> {
                r.iter()
                    .zip(&aim)
                    .map(|(r, a)| r + share * (a - r))
                    .collect()
            };
            let shares = (0..20).map(|k| 0.5_f64.powi(k));
            let steps = shares.map(between).map(|next| (cost(&next), next));
            let mut better = steps
                .into_iter()
                .find(|(there, _)| value - there > SMALL * value);
            if better.is_none() {
                // Down the subgradient, as far as it pays.
                let g = self.subgradient(&r);
                let length = norm(&g);
                let mut step = game.scale() / length;
                while better.is_none() && step * length > tiny {
                    let next: Vec<f64> = r.iter().zip(&g).map(|(r, g)| r - step * g).collect();
                    let next = projected(game, &next)?.receiver;
                    let there = cost(&next);
                    if there < value {
                        better = Some((there, next));
                    }
                    step *= 0.25;
                }
            }
            let Some((there, next)) = better else { break };
            (r, value) = (next, there);
            least = least.max(value - self.gap(&r));
        }
        let own = match &self.factor {
            Some(lower) => transposed_solved(lower, &r),
            None => r,
        };
        Ok((own, value, least.max(0.0)))
    }

    /// A bound below on `Σ d_i^p` of distances that sum to at least `sum`, and of which each is at least one of `each`, for powers below 1:
    /// `Σ d_i^p ≥ (Σ d_i)^p`, and the sum of what each one can have at least.
    fn least_sum_of_powers(&self, sum: f64, each: &[f64]) -> f64 {
        let p = self.terms.power;
        let alone: f64 = each.iter().map(|v| v.powf(p)).sum();
        sum.powf(p).max(alone)
    }

    /// The same for powers below 1, of which the sum is not convex: the best of the positions nearest to targets and of the optimum of
    /// power 1, and a bound below.
    fn optimum_below_one(&self) -> Result<(Vec<f64>, f64, f64), SolveError> {
        let n = self.own.influencers();
        let plain = Self {
            terms: super::Terms {
                power: 1.0,
                ..self.terms.clone()
            },
            ..self.clone()
        };
        let (mut r, _, sum) = plain.optimum()?;
        let mut cost = self.cost(&r);
        let mut each = Vec::new();
        for i in 0..n.min(KINKS) {
            let at = projected(&self.game, self.game.target(i))?.receiver;
            each.push(square_distance(&at, self.game.target(i)).sqrt());
            let own = match &self.factor {
                Some(lower) => transposed_solved(lower, &at),
                None => at,
            };
            let there = self.cost(&own);
            if there < cost {
                (r, cost) = (own, there);
            }
        }
        // Rounding is no bound.
        let least = (1.0 - 1e-12) * self.least_sum_of_powers(sum, &each);
        Ok((r, cost, least.min(cost)))
    }

    /// The shortest subgradient of the cost at a position of the reduced game.
    fn subgradient(&self, r: &[f64]) -> Vec<f64> {
        let (game, p) = (&self.game, self.terms.power);
        let mut g = vec![0.0; r.len()];
        let mut free = 0.0_f64;
        for i in 0..game.influencers() {
            let off: Vec<f64> = r.iter().zip(game.target(i)).map(|(r, t)| r - t).collect();
            let length = norm(&off);
            if length > f64::EPSILON * game.scale() {
                let by = p * length.powf(p - 2.0);
                g.iter_mut().zip(&off).for_each(|(g, v)| *g += by * v);
            } else if p == 1.0 {
                // At a target of its own any vector of length 1 is one.
                free += 1.0;
            }
        }
        let length = norm(&g);
        let left = if length > free {
            1.0 - free / length
        } else {
            0.0
        };
        g.iter_mut().for_each(|g| *g *= left);
        g
    }

    /// How far the cost at a reachable position of the reduced game can be above the least: by convexity at most `⟨g, r⟩ − min ⟨g, s⟩` over the
    /// positions `s` that can be reached, for any subgradient `g`.
    fn gap(&self, r: &[f64]) -> f64 {
        let (game, g) = (&self.game, self.subgradient(r));
        let mut most = 0.0;
        let down: Vec<f64> = g.iter().map(|g| -g).collect();
        for i in 0..game.influencers() {
            let mut pull = vec![0.0; game.space(i).dim()];
            game.weight(i).pull_back(&down, &mut pull);
            most += game.space(i).support(&pull);
        }
        let from = r
            .iter()
            .zip(game.bias())
            .zip(&g)
            .map(|((r, b), g)| (r - b) * g);
        (from.sum::<f64>() + most).max(0.0)
    }

    /// The same on a line, where the cost is convex in what the receiver says: its slope changes sign there.
    fn optimum_on_a_line(&self) -> f64 {
        let (lower, upper) = extremes(&self.own);
        let (mut lower, mut upper) = match &self.terms.response {
            Some(response) => (response.of(lower), response.of(upper)),
            None => (lower, upper),
        };
        let (n, p) = (self.own.influencers(), self.terms.power);
        if p == 2.0 {
            let sum: f64 = self.own.targets().iter().map(|t| t / n as f64).sum();
            return sum.max(lower).min(upper);
        }
        if p < 1.0 {
            // Between targets the cost is concave: it is least at one of them, or at an end.
            let cost = |r: f64| self.cost(&[r]);
            let within = |t: &f64| lower <= *t && *t <= upper;
            let mut all: Vec<f64> = self.own.targets().iter().copied().filter(within).collect();
            all.sort_unstable_by(f64::total_cmp);
            all.dedup();
            let stride = all.len().div_ceil(LISTED).max(1);
            let tried = all.into_iter().step_by(stride).chain([lower, upper]);
            let tried = tried.map(|r| (cost(r), r));
            return tried
                .min_by(|a, b| a.0.total_cmp(&b.0))
                .map_or(lower, |best| best.1);
        }
        let slope = |r: f64| -> f64 {
            let of = |t: &f64| (r - t).abs().powf(p - 1.0) * (r - t).signum();
            self.own.targets().iter().map(of).sum()
        };
        for _ in 0..200 {
            let middle = 0.5 * (lower + upper);
            if !(lower < middle && middle < upper) {
                break;
            }
            if slope(middle) < 0.0 {
                lower = middle;
            } else {
                upper = middle;
            }
        }
        // A kink of the cost is at a target.
        let cost = |r: f64| self.cost(&[r]);
        let nearest = self
            .own
            .targets()
            .iter()
            .copied()
            .filter(|t| (lower..=upper).contains(t));
        let all = [lower, upper].into_iter().chain(nearest);
        all.min_by(|a, b| cost(*a).total_cmp(&cost(*b)))
            .unwrap_or(lower)
    }
}
