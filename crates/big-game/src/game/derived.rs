//! Games made from a game.

use std::collections::HashMap;

use big_numeric::{DoubleDouble, rational, times_power_of_two};
use num_traits::Zero;

use super::{Game, OwnedWeight, Weights, collected_spaces};
use crate::action_space::ActionSpace;
use crate::equilibrium::truthful_action;
use crate::spec::{GameSpec, InfluencerSpec, Rational};
use crate::weight::Weight;

/// One number of a game.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    /// This coordinate of the background.
    Bias(usize),
    /// This influencer's target, in this coordinate.
    Target(usize, usize),
    /// A coalition member's own target, in this coordinate.
    OwnTarget(usize, usize),
    /// This influencer's weight.
    Weight(usize),
    /// This influencer's matrix weight, in the entry of this number, by rows.
    WeightEntry(usize, usize),
    /// What lying costs this influencer.
    LyingCost(usize),
}

/// An influencer of a game in other units: its weight is measured in units of `2^exponent`, its actions in those of
/// length over that. What it does to the receiver stays the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rescaled {
    /// Its index in the game that was.
    pub(crate) influencer: usize,
    /// The power of two that its weight is divided by.
    pub(crate) exponent: i32,
}

/// An influencer of a game in some of the coordinates.
pub(crate) struct Part {
    /// Its index in the game that was.
    pub(crate) influencer: usize,
    /// Its action set there.
    pub(crate) space: ActionSpace,
}

/// Where a game in other units is seen from, all in the old ones.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a> {
    /// What is taken off the bias and the targets.
    pub(crate) origin: Option<&'a [f64]>,
    /// What is added to the bias: the part of the influencers who are left out.
    pub(crate) others: Option<&'a [f64]>,
    /// A bound on the distance of every reachable position from the origin.
    pub(crate) scale: f64,
}

/// Targets beyond this many units are brought nearer along their direction: from there only it matters.
const FAR: f64 = 1e60;

impl Game {
    /// A game with the same reachable positions in which everybody wants the same. Those with one action space and scalar
    /// weights of one sign are one influencer in it: `w X + v X = (w + v) X` for a convex `X` and `w v ≥ 0`. The numbers as
    /// written are forgotten: the common target need not be one of them. `O(n)`.
    pub(crate) fn with_common_target(&self, target: &[f64]) -> Self {
        let mut sums = vec![[DoubleDouble::ZERO; 2]; self.spaces.len()];
        let mut weights = Vec::new();
        let mut space_of = Vec::new();
        for i in 0..self.influencers() {
            let space = self.space_index(i);
            match self.weight(i) {
                Weight::Scalar(w) => sums[space][usize::from(w < 0.0)] += DoubleDouble::from(w),
                Weight::Matrix(matrix) => {
                    weights.push(OwnedWeight::Matrix(matrix.clone()));
                    // There are fewer spaces than 2³².
                    space_of.push(space as u32);
                }
            }
        }
        for (space, sums) in sums.iter().enumerate() {
            for sum in sums.iter().filter(|sum| sum.to_f64() != 0.0) {
                weights.push(OwnedWeight::Scalar(sum.to_f64()));
                space_of.push(space as u32);
            }
        }
        if weights.is_empty() {
            // Nobody moves the receiver.
            weights.push(OwnedWeight::Scalar(0.0));
            space_of.push(0);
        }
        Self {
            loss: self.loss,
            bias: self.bias.clone(),
            targets: target.repeat(weights.len()),
            weights: Weights::collected(weights),
            spaces: self.spaces.clone(),
            space_of: collected_spaces(space_of),
            names: Vec::new(),
            exact: None,
            scale: self.scale,
            diameters: self.diameters.clone(),
            costs: None,
            joined: None,
        }
    }

    /// The game of some of the influencers, in an order of one's own, with lengths measured in units of `2^power` and
    /// each weight in a unit of its own. Where nothing leaves the range of doubles, all numbers are the old ones times
    /// powers of two. See [`Frame`] for what else is changed.
    pub(crate) fn rescaled(&self, power: i32, influencers: &[Rescaled], frame: &Frame<'_>) -> Self {
        let mut known: HashMap<(usize, i32), usize> = HashMap::new();
        let (mut spaces, mut origins) = (Vec::new(), Vec::new());
        let mut space_of = Vec::with_capacity(influencers.len());
        for of in influencers {
            let space = self.space_index(of.influencer);
            let key = (space, of.exponent - power);
            let at = *known.entry(key).or_insert_with(|| {
                spaces.push(self.spaces[space].times_power_of_two(key.1));
                origins.push(key);
                spaces.len() - 1
            });
            // There are no more spaces than influencers, and those are fewer than 2³².
            space_of.push(at as u32);
        }
        let weight = |of: &Rescaled| match self.weight(of.influencer) {
            Weight::Scalar(w) => OwnedWeight::Scalar(times_power_of_two(w, -of.exponent)),
            Weight::Matrix(w) => {
                let mut matrix = w.clone();
                matrix.times_power_of_two(-of.exponent);
                OwnedWeight::Matrix(matrix)
            }
        };
        let mut targets = Vec::with_capacity(influencers.len() * self.dim());
        let seen = |values: &[f64]| -> Vec<f64> {
            match frame.origin {
                Some(origin) => values.iter().zip(origin).map(|(v, o)| v - o).collect(),
                None => values.to_vec(),
            }
        };
        for of in influencers {
            let target = seen(self.target(of.influencer));
            let size = target.iter().fold(0.0_f64, |s, t| s.max(t.abs()));
            let excess = times_power_of_two(size / FAR, -power)
                .log2()
                .ceil()
                .max(0.0);
            // At most 1074 + 1074 binary orders, whatever the numbers.
            let by = -power - excess.min(4096.0) as i32;
            targets.extend(target.iter().map(|&t| times_power_of_two(t, by)));
        }
        let mut bias = seen(&self.bias);
        if let Some(others) = frame.others {
            bias.iter_mut().zip(others).for_each(|(b, v)| *b += v);
        }
        let exact = self
            .exact
            .as_ref()
            .filter(|_| frame.others.is_none())
            .map(|spec| {
                let spec = exactly(spec, power, influencers, &origins, &space_of, frame.origin);
                Box::new(spec)
            });
        let diameters = origins
            .iter()
            .map(|&(space, k)| times_power_of_two(self.diameters[space], k))
            .collect();
        Self {
            diameters,
            loss: self.loss,
            bias: bias
                .iter()
                .map(|&b| times_power_of_two(b, -power))
                .collect(),
            weights: Weights::collected(influencers.iter().map(weight).collect()),
            targets,
            spaces,
            space_of: collected_spaces(space_of),
            names: Vec::new(),
            exact,
            scale: times_power_of_two(frame.scale, -power),
            costs: None,
            joined: None,
        }
    }

    /// The game of some influencers with scalar weights in some coordinates; `None` where a weight is a matrix, or nobody
    /// is there. The numbers as written are forgotten.
    pub(crate) fn on_coordinates(
        &self,
        kept: &[usize],
        background: Vec<f64>,
        parts: Vec<Part>,
    ) -> Option<Self> {
        let mut weights = Vec::with_capacity(parts.len());
        let mut targets = Vec::with_capacity(parts.len() * kept.len());
        for part in &parts {
            let Weight::Scalar(w) = self.weight(part.influencer) else {
                return None;
            };
            weights.push(OwnedWeight::Scalar(w));
            let target = self.target(part.influencer);
            targets.extend(kept.iter().map(|&k| target[k]));
        }
        if weights.is_empty() {
            return None;
        }
        let spaces: Vec<ActionSpace> = parts.into_iter().map(|part| part.space).collect();
        Some(Self {
            loss: self.loss,
            bias: background,
            weights: Weights::collected(weights),
            targets,
            diameters: spaces.iter().map(ActionSpace::diameter).collect(),
            // Spaces are fewer than 2³².
            space_of: collected_spaces((0..spaces.len() as u32).collect()),
            spaces,
            names: Vec::new(),
            exact: None,
            scale: self.scale,
            costs: None,
            joined: None,
        })
    }

    /// The game of some of the influencers (at least one, by index) against a background of one's own (length `d`), in which lies are
    /// free. The numbers as written are forgotten.
    ///
    /// # Panics
    /// When there is no influencer of an index.
    pub fn of_some(&self, influencers: &[usize], background: Vec<f64>) -> Self {
        let weight = |&i: &usize| match self.weight(i) {
            Weight::Scalar(w) => OwnedWeight::Scalar(w),
            Weight::Matrix(w) => OwnedWeight::Matrix(w.clone()),
        };
        Self {
            loss: self.loss,
            bias: background,
            weights: Weights::collected(influencers.iter().map(weight).collect()),
            targets: influencers
                .iter()
                .flat_map(|&i| self.target(i))
                .copied()
                .collect(),
            spaces: self.spaces.clone(),
            // Spaces are fewer than 2³².
            space_of: collected_spaces(
                influencers
                    .iter()
                    .map(|&i| self.space_index(i) as u32)
                    .collect(),
            ),
            names: Vec::new(),
            exact: None,
            scale: self.scale,
            diameters: self.diameters.clone(),
            costs: None,
            joined: None,
        }
    }

    /// The same game with other targets (`n × d` by rows): those of another poll, or declared ones. The numbers as written,
    /// costs and coalitions are forgotten.
    ///
    /// # Panics
    /// When there are not `n × d` numbers.
    pub fn with_targets(&self, targets: Vec<f64>) -> Self {
        assert_eq!(targets.len(), self.targets.len(), "n × d numbers");
        Self {
            targets,
            exact: None,
            costs: None,
            joined: None,
            ..self.clone()
        }
    }

    /// The same game with these scalar weights in place of scalar weights, and no background. The numbers as written, costs
    /// and coalitions are forgotten.
    ///
    /// # Panics
    /// When there are not `n` numbers.
    pub fn with_weights(&self, weights: Vec<f64>) -> Self {
        assert_eq!(weights.len(), self.influencers(), "n numbers");
        let reach = |(i, w): (usize, &f64)| w.abs() * self.space(i).extent();
        Self {
            scale: weights.iter().enumerate().map(reach).sum(),
            weights: Weights::Scalar(weights),
            bias: vec![0.0; self.dim()],
            exact: None,
            costs: None,
            joined: None,
            ..self.clone()
        }
    }

    /// The game without influencer `i`, who is not the only one. The numbers as written, costs and coalitions are forgotten.
    pub fn without(&self, i: usize) -> Self {
        let others: Vec<usize> = (0..self.influencers()).filter(|&j| j != i).collect();
        self.of_some(&others, self.bias.clone())
    }

    /// The same game with one number changed by `step`; a matrix weight is multiplied by `1 + step`. The numbers as
    /// written are forgotten.
    pub(crate) fn changed(&self, change: Change, step: f64) -> Self {
        let d = self.dim();
        let mut game = Self {
            exact: None,
            ..self.clone()
        };
        match change {
            Change::Bias(k) => game.bias[k] += step,
            Change::Target(i, k) => game.targets[i * d + k] += step,
            Change::OwnTarget(i, k) => {
                let mut of = self.coalitions().iter();
                if let Some(coalition) = of.find(|c| c.members.contains(&i)) {
                    let total: f64 = coalition.shares.iter().sum();
                    let own = coalition.members.iter().position(|&m| m == i);
                    let share = own.map_or(0.0, |at| coalition.shares[at] / total);
                    for &m in &coalition.members {
                        game.targets[m * d + k] += share * step;
                    }
                }
            }
            Change::Weight(i) => match &mut game.weights {
                Weights::Scalar(w) => w[i] += step,
                Weights::Mixed(w) => match &mut w[i] {
                    OwnedWeight::Scalar(w) => *w += step,
                    OwnedWeight::Matrix(w) => w.scale(1.0 + step),
                },
            },
            Change::WeightEntry(i, entry) => {
                if let Weights::Mixed(w) = &mut game.weights
                    && let OwnedWeight::Matrix(w) = &mut w[i]
                {
                    w.add(entry, step);
                }
            }
            Change::LyingCost(i) => {
                if let Some(costs) = &mut game.costs {
                    costs.factors[i] += step;
                }
            }
        }
        let mover = match change {
            Change::Target(i, _)
            | Change::OwnTarget(i, _)
            | Change::Weight(i)
            | Change::WeightEntry(i, _) => Some(i),
            Change::Bias(_) | Change::LyingCost(_) => None,
        };
        // What is honest because nothing else was given follows the target.
        if let Some((i, mut costs)) = mover.zip(game.costs.take()) {
            if costs.by_default[i] {
                match &self.joined {
                    // A member's is what it wants itself.
                    Some(_) => {
                        let change = match change {
                            Change::OwnTarget(i, k) => Change::Target(i, k),
                            other => other,
                        };
                        let alone = self.alone().changed(change, step);
                        truthful_action(&alone, i, costs.honest.action_mut(i));
                    }
                    None => truthful_action(&game, i, costs.honest.action_mut(i)),
                }
            }
            game.costs = Some(costs);
        }
        game
    }
}

/// The exact numbers of [`Game::rescaled`]; `origins` are the spaces' indices and their own powers of two.
fn exactly(
    spec: &GameSpec<Rational>,
    power: i32,
    influencers: &[Rescaled],
    origins: &[(usize, i32)],
    space_of: &[u32],
    origin: Option<&[f64]>,
) -> GameSpec<Rational> {
    let power_of_two = |k: i32| Rational::from_integer(2.into()).pow(k);
    let unit = power_of_two(-power);
    let seen = |values: &[Rational]| -> Vec<Rational> {
        let zero = Rational::zero();
        let at = |k: usize| origin.map_or_else(|| zero.clone(), |o| rational(o[k]));
        values
            .iter()
            .enumerate()
            .map(|(k, v)| (v - at(k)) * &unit)
            .collect()
    };
    GameSpec {
        coalitions: Vec::new(),
        loss: spec.loss,
        bias: seen(&spec.bias),
        spaces: origins
            .iter()
            .map(|&(space, k)| spec.spaces[space].in_unit_of_length(&power_of_two(k)))
            .collect(),
        influencers: influencers
            .iter()
            .zip(space_of)
            .map(|(of, &space)| {
                let old = &spec.influencers[of.influencer];
                let share = power_of_two(-of.exponent);
                InfluencerSpec {
                    cost: None,
                    name: None,
                    weight: old.weight.map(&mut |w| w * &share),
                    target: seen(&old.target),
                    space: space as usize,
                }
            })
            .collect(),
    }
}
