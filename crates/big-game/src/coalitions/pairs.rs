//! Members who change their actions together while the others stay.

use big_numeric::norm;

use super::{Joint, Standing};
use crate::action_space::{ActionSpace, ConvexSet};
use crate::solver::locate;
use crate::weight::Weight;

/// Weights tried for a pair, at most.
const STEPS: usize = 48;
/// Steps of a larger group's search.
const ROUNDS: usize = 200;

/// What groups can do together.
pub(super) struct Together<'a> {
    at: &'a Standing<'a>,
    /// All sets are boxes, all are balls, or neither.
    shape: Shape,
    /// Where everybody by itself puts the receiver: `W_i x_i`.
    images: Vec<Vec<f64>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Boxes,
    Balls,
    Any,
}

/// What a group reaches when it wants one position.
struct Reached {
    receiver: Vec<f64>,
    actions: Vec<Vec<f64>>,
}

impl<'a> Together<'a> {
    pub(super) fn new(at: &'a Standing<'a>) -> Self {
        let game = at.game;
        let all = |is: fn(&ActionSpace) -> bool| game.spaces().iter().all(is);
        let plain = game.scalar_weights().is_some() && !game.has_lying_costs();
        let shape = if plain && game.has_boxes() {
            Shape::Boxes
        } else if plain && all(|space| matches!(space, ActionSpace::Ball(_))) {
            Shape::Balls
        } else {
            Shape::Any
        };
        let image = |i: usize| {
            let mut image = vec![0.0; game.dim()];
            game.weight(i).add_image(at.actions.action(i), &mut image);
            image
        };
        Self {
            at,
            shape,
            images: (0..game.influencers()).map(image).collect(),
        }
    }

    /// Weights at which the group's best is found for the one of its members who gains least, with that gain, where all gain.
    pub(super) fn best(&self, members: &[usize]) -> Option<(f64, Vec<f64>)> {
        let game = self.at.game;
        // Who has what it wants, and whom no cost keeps from it, cannot gain.
        let content = |&i: &usize| self.at.losses[i] <= self.at.noise(i, 0.0);
        if members.iter().any(content) || members.iter().all(|&i| game.weight(i).is_zero()) {
            return None;
        }
        let mut best: Option<(f64, Vec<f64>)> = None;
        let mut try_weights = |weights: &[f64]| -> Option<Vec<f64>> {
            let reached = self.reached(members, weights)?;
            let joint = self.at.joint(members, reached.actions, reached.receiver);
            let gains = joint.gains.clone();
            let least = gains.iter().copied().fold(f64::INFINITY, f64::min);
            if self.at.all_gain(&joint) && best.as_ref().is_none_or(|(most, _)| least > *most) {
                best = Some((least, weights.to_vec()));
            }
            Some(gains)
        };
        if let [_, _] = members {
            // The difference of the gains rises with the first one's weight.
            let (mut low, mut high) = (0.0, 1.0);
            let (mut below, mut above) = (-1.0_f64, 1.0_f64);
            for step in 0..STEPS {
                let share = if step == 0 || step % 3 == 2 {
                    0.5
                } else {
                    (below / (below - above)).clamp(0.02, 0.98)
                };
                let weight = low + share * (high - low);
                let gains = try_weights(&[weight, 1.0 - weight])?;
                let difference = gains[0] - gains[1];
                // What all together gain is at least what the least gains: none here is none anywhere.
                let bound = weight * gains[0] + (1.0 - weight) * gains[1];
                let noise = self
                    .at
                    .noise(members[0], 0.0)
                    .min(self.at.noise(members[1], 0.0));
                if bound <= noise {
                    return None;
                }
                let size = gains[0].abs().max(gains[1].abs());
                if difference.abs() <= 1e-9 * size || high - low <= 1e-12 {
                    break;
                }
                if difference < 0.0 {
                    (low, below) = (weight, difference);
                } else {
                    (high, above) = (weight, difference);
                }
            }
        } else {
            // Multiplicative weights: more for those who gain less.
            let mut weights = vec![1.0 / members.len() as f64; members.len()];
            for round in 0..ROUNDS {
                let gains = try_weights(&weights)?;
                let bound: f64 = weights.iter().zip(&gains).map(|(w, g)| w * g).sum();
                if bound <= self.at.noise(members[0], 0.0) {
                    break;
                }
                let most = gains.iter().fold(0.0_f64, |m, g| m.max(g.abs()));
                let rate = 2.0 / ((1 + round) as f64).sqrt() / most.max(f64::MIN_POSITIVE);
                let mut total = 0.0;
                for (w, g) in weights.iter_mut().zip(&gains) {
                    *w *= (-rate * g).exp();
                    total += *w;
                }
                weights.iter_mut().for_each(|w| *w /= total);
            }
        }
        best
    }

    /// What the group does when it plays as one with these weights.
    pub(super) fn witness(&self, members: &[usize], weights: &[f64]) -> Option<Joint> {
        let reached = self.reached(members, weights)?;
        Some(self.at.joint(members, reached.actions, reached.receiver))
    }

    /// Where a group that plays as one with these weights puts the receiver, the others at rest.
    fn reached(&self, members: &[usize], weights: &[f64]) -> Option<Reached> {
        let (game, d) = (self.at.game, self.at.game.dim());
        let mut wanted = vec![0.0; d];
        let mut rest = self.at.receiver.clone();
        for (&i, share) in members.iter().zip(weights) {
            for k in 0..d {
                wanted[k] += share * game.target(i)[k];
                rest[k] -= self.images[i][k];
            }
        }
        let actions = match self.shape {
            Shape::Boxes => self.in_boxes(members, &wanted, &rest),
            Shape::Balls => self.in_balls(members, &wanted, &rest),
            Shape::Any => {
                let group = game.group_against(members, weights, &wanted, rest);
                let found = locate(&group).ok()?;
                let action = |at: usize| found.actions.action(at).to_vec();
                (0..members.len()).map(action).collect()
            }
        };
        let mut r = self.at.receiver.clone();
        for (&i, x) in members.iter().zip(&actions) {
            let mut image = vec![0.0; d];
            game.weight(i).add_image(x, &mut image);
            (0..d).for_each(|k| r[k] += image[k] - self.images[i][k]);
        }
        Some(Reached {
            receiver: r,
            actions,
        })
    }

    fn scalar(&self, i: usize) -> f64 {
        match self.at.game.weight(i) {
            Weight::Scalar(w) => w,
            // Only games of scalar weights have a shape.
            Weight::Matrix(_) => 0.0,
        }
    }

    /// Coordinate by coordinate: all go the same share of the way from one end of what they reach to the other.
    fn in_boxes(&self, members: &[usize], wanted: &[f64], rest: &[f64]) -> Vec<Vec<f64>> {
        let mut actions: Vec<Vec<f64>> = vec![vec![0.0; wanted.len()]; members.len()];
        for k in 0..wanted.len() {
            let ends = |i: usize| -> (f64, f64) {
                let w = self.scalar(i);
                match self.at.game.space(i) {
                    ActionSpace::Box(set) if w < 0.0 => (set.upper()[k], set.lower()[k]),
                    ActionSpace::Box(set) => (set.lower()[k], set.upper()[k]),
                    _ => (0.0, 0.0),
                }
            };
            let (mut low, mut high) = (rest[k], rest[k]);
            for &i in members {
                let (from, to) = ends(i);
                low += self.scalar(i) * from;
                high += self.scalar(i) * to;
            }
            let share = if high > low {
                ((wanted[k] - low) / (high - low)).clamp(0.0, 1.0)
            } else {
                0.0
            };
            for (x, &i) in actions.iter_mut().zip(members) {
                let (from, to) = ends(i);
                x[k] = if share == 1.0 {
                    to
                } else {
                    from + share * (to - from)
                };
            }
        }
        actions
    }

    /// A sum of balls is a ball: all go the same way, each the same share of its radius.
    fn in_balls(&self, members: &[usize], wanted: &[f64], rest: &[f64]) -> Vec<Vec<f64>> {
        let mut way: Vec<f64> = wanted.iter().zip(rest).map(|(t, r)| t - r).collect();
        let mut reach = 0.0;
        let ball = |i: usize| match self.at.game.space(i) {
            ActionSpace::Ball(ball) => (ball.center().to_vec(), ball.radius()),
            other => (vec![0.0; other.dim()], 0.0),
        };
        for &i in members {
            let (center, radius) = ball(i);
            let w = self.scalar(i);
            reach += w.abs() * radius;
            way.iter_mut().zip(&center).for_each(|(v, c)| *v -= w * c);
        }
        let length = norm(&way);
        let share = if length > reach && length > 0.0 {
            1.0 / length
        } else if reach > 0.0 {
            1.0 / reach
        } else {
            0.0
        };
        let action = |&i: &usize| {
            let (center, radius) = ball(i);
            let by = radius * self.scalar(i).signum() * share;
            let mut x: Vec<f64> = center.iter().zip(&way).map(|(c, v)| c + by * v).collect();
            // Rounding may have put it outside.
            let space = self.at.game.space(i);
            if !space.contains(&x, 0.0) {
                let outside = x.clone();
                space.project(&outside, &mut x);
            }
            x
        };
        members.iter().map(action).collect()
    }
}
