//! The way to the solution: kinks rounded off, less and less.
//!
//! Each norm `‖s_i(y)‖` of the dual becomes `θ_i = √(‖s_i‖² + μ_i²)`, whose maximiser `u_i = s_i/θ_i` stays inside the
//! unit ball. Its minimiser is followed as `μ` falls, by Newton steps on the primal–dual equations `θ_i u_i = s_i`,
//! `y = b + Σ W_i x_i` (K. D. Andersen, E. Christiansen, A. R. Conn, M. L. Overton, "An efficient primal-dual
//! interior-point method for minimizing a sum of Euclidean norms", SIAM J. Sci. Comput. 22, 2000). A pair `(y, u)`
//! stays accurate where `s` is nearly zero and its direction alone would be lost. The polyhedral part is exact in
//! every step, and the steps are judged by the rounded dual, which is convex: the method converges from anywhere.

use big_numeric::{dot, norm};

use super::active::{Active, Blocks};
use super::gram::Squares;
use super::metric::Metric;
use super::round::Round;
use super::{SWEEPS, landing};
use crate::action_space::ConvexSet;
use crate::profile::Profile;
use crate::weight::Weight;

/// Steps before giving up.
const STEPS: usize = 200;
/// Short steps, one after the other, before `μ` falls all the same.
const SHORT: usize = 25;
/// Where the path begins, `μ_i` as a share of the largest stretch in question: when nothing is known of the solution,
pub(super) const FROM_AFAR: f64 = 0.1;
/// from the solution of a sample,
pub(super) const FROM_A_SAMPLE: f64 = 1e-3;
/// and from an approximate solution.
pub(super) const FROM_NEARBY: f64 = 1e-6;
/// By how much `μ` falls after a full step, at the first attempt and at others.
const FALLS: [f64; 3] = [0.1, 0.4, 0.7];
/// From here on it is tried to land.
const LAND: f64 = 2e-2;
/// A sample's solution is followed this far.
const APPROACH: f64 = 1e-4;
/// Where rounding ends the path.
const END: f64 = 1e-14;

/// A game's dual, smooth part and polyhedral part.
pub(super) struct Path<'a, 'b> {
    pub(super) blocks: &'b Blocks<'a>,
    pub(super) rounds: Vec<Round<'a>>,
    /// The size of the numbers whose difference each round member's stretch is.
    pub(super) units: Vec<f64>,
    pub(super) squares: Squares,
    /// `b` plus the images of the round members' centres.
    pub(super) base: Vec<f64>,
    pub(super) scale: f64,
}

/// A position with the actions that go with it.
#[derive(Clone)]
pub(super) struct Solution {
    /// The position, and the shares of the atoms.
    pub(super) active: Active,
    /// The round members' actions, `x = c + F u`.
    pub(super) inside: Vec<Vec<f64>>,
}

impl<'a, 'b> Path<'a, 'b> {
    pub(super) fn new(blocks: &'b Blocks<'a>) -> Self {
        let game = blocks.game;
        let rounds: Vec<Round<'a>> = (0..blocks.len())
            .filter_map(|member| Round::of(game, member, blocks.influencer(member)))
            .collect();
        let influencers = rounds.iter().map(|r| blocks.influencer(r.member));
        let scalar = |i: &usize| matches!(game.weight(*i), Weight::Scalar(_));
        let squares = Squares::new(game, influencers.filter(scalar));
        let mut centers = vec![0.0; game.dim()];
        for round in &rounds {
            round.add_center(game, &mut centers);
        }
        // Single points (balls of radius 0) are no round sets and have no atoms: their image is fixed.
        for member in (0..blocks.len()).filter(|&member| blocks.is_round(member)) {
            if rounds.binary_search_by_key(&member, |r| r.member).is_err() {
                let i = blocks.influencer(member);
                let mut point = vec![0.0; game.space(i).dim()];
                game.space(i).maximiser(&vec![0.0; point.len()], &mut point);
                game.weight(i).add_image(&point, &mut centers);
            }
        }
        let base = game
            .bias()
            .iter()
            .zip(&centers)
            .map(|(b, c)| b + blocks.factor * c)
            .collect();
        Self {
            blocks,
            units: rounds.iter().map(|r| r.unit_of_stretch(game)).collect(),
            rounds,
            squares,
            base,
            scale: game.unit(),
        }
    }

    /// The solution, to rounding where it can be landed on; else as near as the path goes.
    pub(super) fn follow(&self, start: &[f64], begin: f64, passes: &mut f64) -> Solution {
        let mut here = start.to_vec();
        let mut begin = begin;
        let mut reached = None;
        for fall in FALLS {
            let (solution, landed) = self.walk(&here, (begin, END), fall, true, passes);
            if landed {
                return solution;
            }
            // Once more from where that ended, more slowly.
            here.clone_from(&solution.active.y);
            begin = 10.0 * LAND;
            reached = Some(solution);
        }
        // There is a first attempt.
        reached.unwrap_or_else(|| self.approach(start, begin, passes))
    }

    /// A position near the solution.
    pub(super) fn approach(&self, start: &[f64], begin: f64, passes: &mut f64) -> Solution {
        self.walk(start, (begin, APPROACH), FALLS[0], false, passes)
            .0
    }

    /// Follows the path from one smoothing to another, or until it can be landed (was it?).
    fn walk(
        &self,
        start: &[f64],
        (begin, end): (f64, f64),
        fall: f64,
        land: bool,
        passes: &mut f64,
    ) -> (Solution, bool) {
        let d = self.base.len();
        let (mut active, watch) = self.blocks.start_at(start);
        if self.rounds.is_empty() {
            let identity = Metric::identity(d);
            let watch = Some(watch);
            *passes += self
                .blocks
                .minimise(&mut active, watch, &identity, &self.base, SWEEPS)
                .0;
            let inside = Vec::new();
            return (Solution { active, inside }, true);
        }
        let mut mu = begin;
        let mut here = Solution {
            inside: self.maximisers(&active.y, mu),
            active,
        };
        let mut short = 0;
        for _ in 0..STEPS {
            let full = self.step(&mut here, mu, passes);
            if land && mu <= LAND {
                *passes += 2.0;
                if let Some(landed) = landing::land(self, &here, mu) {
                    return (landed, true);
                }
            }
            // Rounding can shorten steps for ever.
            short = if full { 0 } else { short + 1 };
            if full || short > SHORT {
                if mu <= end {
                    break;
                }
                mu *= fall;
                short = 0;
            }
        }
        (here, false)
    }

    /// `u_i = s_i/θ_i`.
    fn maximisers(&self, y: &[f64], mu: f64) -> Vec<Vec<f64>> {
        let one = |(round, unit): (&Round<'a>, &f64)| {
            let s = round.stretch(self.blocks.game, y);
            let theta = norm(&s).hypot(mu * unit);
            s.iter().map(|v| v / theta).collect()
        };
        self.rounds.iter().zip(&self.units).map(one).collect()
    }

    /// One Newton step from `here`; was it taken in full, or nowhere?
    fn step(&self, here: &mut Solution, mu: f64, passes: &mut f64) -> bool {
        let game = self.blocks.game;
        let from = here.active.y.clone();
        let value = self.dual(&from, mu);
        let (metric, q) = self.model(here, mu);
        let mut active = here.active.clone();
        *passes += self
            .blocks
            .minimise(&mut active, None, &metric, &q, SWEEPS)
            .0
            + 1.0;
        let to = active.y.clone();
        let noise = 1e-15 * (value.abs() + self.scale * self.scale);
        let mut length = 1.0;
        for _ in 0..30 {
            for ((v, a), b) in active.y.iter_mut().zip(&from).zip(&to) {
                *v = a + length * (b - a);
            }
            *passes += 1.0;
            if self.dual(&active.y, mu) <= value + noise {
                break;
            }
            length *= 0.5;
        }
        let step: Vec<f64> = to.iter().zip(&from).map(|(b, a)| b - a).collect();
        for ((round, unit), u) in self.rounds.iter().zip(&self.units).zip(&mut here.inside) {
            let s = round.stretch(game, &from);
            let theta = norm(&s).hypot(mu * unit);
            let ds: Vec<f64> = round.pulled_back(game, &step).iter().map(|v| -v).collect();
            let (along, across) = (dot(&s, &ds) / theta, dot(u, &ds) / theta);
            for k in 0..u.len() {
                let full = (s[k] + ds[k] - 0.5 * (u[k] * along + s[k] * across)) / theta;
                u[k] += length * (full - u[k]);
            }
            let size = norm(u);
            if size > 1.0 {
                u.iter_mut().for_each(|v| *v /= size);
            }
        }
        here.active = active;
        length >= 1.0 || length * norm(&step) <= 1e-13 * self.scale
    }

    /// Curvature and linear term of the smooth part.
    fn model(&self, here: &Solution, mu: f64) -> (Metric, Vec<f64>) {
        let game = self.blocks.game;
        let from = &here.active.y;
        let d = from.len();
        let (mut pull, mut h) = (vec![0.0; d], vec![0.0; d * d]);
        let mut shares = self.squares.shares();
        for ((round, unit), u) in self.rounds.iter().zip(&self.units).zip(&here.inside) {
            let s = round.stretch(game, from);
            let theta = norm(&s).hypot(mu * unit);
            round.add_model(game, (&s, theta, u), &mut pull, &mut shares, &mut h);
        }
        self.squares.add(game, &shares, &mut h);
        for v in h.iter_mut().chain(pull.iter_mut()) {
            *v *= self.blocks.factor;
        }
        let mut q = self.base.clone();
        for i in 0..d {
            q[i] += pull[i];
            for j in 0..d {
                q[i] += h[i.max(j) * d + i.min(j)] * from[j];
            }
        }
        for i in 0..d {
            h[i * d + i] += 1.0;
        }
        (Metric::new(h, d), q)
    }

    /// The rounded dual at `y`.
    fn dual(&self, y: &[f64], mu: f64) -> f64 {
        let game = self.blocks.game;
        let mut gap = vec![0.0; game.dim()];
        let mut g = Vec::new();
        let mut total = 0.0;
        let mut rounds = self.rounds.iter().zip(&self.units).peekable();
        for member in 0..self.blocks.len() {
            let i = self.blocks.influencer(member);
            for (o, (t, v)) in gap.iter_mut().zip(game.target(i).iter().zip(y)) {
                *o = t - v;
            }
            if let Some((round, unit)) = rounds.next_if(|(r, _)| r.member == member) {
                let theta = norm(&round.pulled_back(game, &gap)).hypot(mu * unit);
                total += dot(&round.center_image(game), &gap) + theta;
                continue;
            }
            g.resize(game.space(i).dim(), 0.0);
            game.weight(i).pull_back(&gap, &mut g);
            total += game.space(i).support(&g);
        }
        let square: f64 = y
            .iter()
            .zip(game.bias())
            .map(|(a, b)| (a - b) * (a - b))
            .sum();
        0.5 * square + self.blocks.factor * total
    }

    /// Writes the round members' actions.
    pub(super) fn write_rounds(&self, solution: &Solution, actions: &mut Profile) {
        for (round, u) in self.rounds.iter().zip(&solution.inside) {
            let i = self.blocks.influencer(round.member);
            round.write_action(u, actions.action_mut(i));
        }
    }
}
