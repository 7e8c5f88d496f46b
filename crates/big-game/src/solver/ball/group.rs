//! The winners: the influencers who share the target at which the receiver lands, and the set of
//! equilibria that they span.
//!
//! All others are pinned to their spheres. The members `j` of the group may play any actions of their balls
//! with `Σ_j w_j (x_j − c_j) = s`, where `s` is what the others leave to be pulled. With `ρ_J = Σ ρ_j`:
//! `‖s‖ < ρ_J` leaves `(k − 1) d` dimensions, `‖s‖ = ρ_J` a single point.

use big_numeric::norm;

use super::Chosen;
use super::share::Share;
use crate::action_space::Ball;
use crate::equilibrium::{Cardinality, FreeInfluencer, Selection};
use crate::game::Game;
use crate::solver::solved::Solved;

/// Those whose target is the receiver's place, and what they must pull together.
pub(super) struct TiedAtTarget<'a> {
    pub(super) game: &'a Game,
    pub(super) balls: &'a [&'a Ball],
    pub(super) members: &'a [usize],
    pub(super) sum: &'a [f64],
    /// A bound on the rounding error of `‖sum‖`.
    pub(super) slack: f64,
}

impl TiedAtTarget<'_> {
    /// Fills in the members' actions, the winners, the cardinality and the ranges.
    pub(super) fn settle(&self, selection: Selection, answer: &mut Solved, chosen: &mut Chosen) {
        let Self {
            game,
            balls,
            members,
            sum,
            slack,
        } = *self;
        let shares: Vec<Share> = members
            .iter()
            .map(|&j| {
                let ball = balls[game.space_index(j)];
                // The weights were seen to be scalars; a member's is not zero.
                let weight = game.scalar_weights().map_or(1.0, |w| w[j]);
                Share { ball, weight }
            })
            .collect();
        answer.winners = members.to_vec();
        let total: f64 = shares.iter().map(Share::pull).sum();
        let size = norm(sum);
        if size >= total - slack || members.len() == 1 {
            // Everybody pulls in the direction of the sum; a single member by exactly the sum.
            for (&j, share) in members.iter().zip(&shares) {
                let part = if members.len() == 1 {
                    size.min(total)
                } else {
                    share.pull()
                };
                let factor = if size > 0.0 { part / size } else { 0.0 };
                share.place(sum, factor, chosen.action_mut(j));
            }
            if members.len() > 1 {
                answer.cardinality = Cardinality::Unknown;
                answer.dimension = None;
            }
            return;
        }
        answer.cardinality = Cardinality::Infinite;
        answer.dimension = Some((members.len() - 1) * game.dim());
        for (&j, share) in members.iter().zip(&shares) {
            let (lower, upper) = share.range(sum, total);
            answer.free.push(FreeInfluencer {
                influencer: j,
                lower,
                upper,
            });
        }
        let target = game.target(members[0]);
        let wishes = match selection {
            Selection::LeastExaggerated => target.to_vec(),
            Selection::LeastNorm => vec![0.0; target.len()],
            Selection::Vertex => {
                vertex(&shares, members, sum, chosen);
                return;
            }
        };
        let actions = super::share::nearest(&shares, &wishes, sum);
        for (&j, action) in members.iter().zip(actions.chunks_exact(game.dim())) {
            chosen.action_mut(j).copy_from_slice(action);
        }
    }
}

/// A point of the set that is no midpoint of two others: all members but one on their spheres, all along
/// one line through their centres in the direction of the sum.
fn vertex(shares: &[Share], members: &[usize], sum: &[f64], chosen: &mut Chosen) {
    let size = norm(sum);
    let mut axis = vec![0.0; sum.len()];
    if size > 0.0 {
        axis.iter_mut().zip(sum).for_each(|(a, s)| *a = s / size);
    } else if let Some(first) = axis.first_mut() {
        *first = 1.0;
    }
    // All pull backwards; then one after the other turns, until the sum is reached.
    let mut missing = size + shares.iter().map(Share::pull).sum::<f64>();
    for (&j, share) in members.iter().zip(shares) {
        let turn = missing.clamp(0.0, 2.0 * share.pull());
        missing -= turn;
        share.place(&axis, turn - share.pull(), chosen.action_mut(j));
    }
}

impl Share<'_> {
    /// Writes the action with `w (x − c) = factor · direction`.
    fn place(&self, direction: &[f64], factor: f64, action: &mut [f64]) {
        // Divide the pull by the weight first: their ratio is at most the radius.
        let scale = factor / self.weight;
        for ((x, c), s) in action.iter_mut().zip(self.ball.center()).zip(direction) {
            *x = c + scale * s;
        }
    }

    /// The range of each coordinate of the action over the set: the action lies in its ball, and the others
    /// must be able to make up for it, so it lies in a second ball too.
    fn range(&self, sum: &[f64], total: f64) -> (Vec<f64>, Vec<f64>) {
        let (d, radius) = (sum.len(), self.ball.radius());
        let shift: Vec<f64> = sum.iter().map(|s| s / self.weight).collect();
        let others = (total - self.pull()).max(0.0) / self.weight.abs();
        let distance = norm(&shift);
        let bound = |k: usize, sign: f64| sign * top(sign * shift[k], distance, radius, others);
        let center = self.ball.center();
        let lower = (0..d).map(|k| center[k] + bound(k, -1.0)).collect();
        let upper = (0..d).map(|k| center[k] + bound(k, 1.0)).collect();
        (lower, upper)
    }
}

/// The maximum of a coordinate over `B(0, r1) ∩ B(shift, r2)`, which is not empty; `along` is that coordinate of the
/// shift, `distance` the shift's length.
fn top(along: f64, distance: f64, r1: f64, r2: f64) -> f64 {
    // The top of one ball, where it lies in the other; else the top of the sphere where the two meet.
    // ‖r1 e − shift‖² = r1² − 2 r1 along + distance².
    let first_in_second = r1 * r1 - 2.0 * r1 * along + distance * distance <= r2 * r2;
    let second_in_first = r2 * r2 + 2.0 * r2 * along + distance * distance <= r1 * r1;
    match (first_in_second, second_in_first) {
        (true, true) => r1.min(along + r2),
        (true, false) => r1,
        (false, true) => along + r2,
        (false, false) => {
            if distance == 0.0 {
                return r1.min(r2);
            }
            let position = 0.5 * (distance + (r1 - r2) * ((r1 + r2) / distance));
            let position = position.clamp(-r1, r1);
            let height = ((r1 - position) * (r1 + position)).max(0.0).sqrt();
            let cosine = along / distance;
            let sine = ((1.0 - cosine) * (1.0 + cosine)).max(0.0).sqrt();
            (position * cosine + height * sine).min(r1)
        }
    }
}
