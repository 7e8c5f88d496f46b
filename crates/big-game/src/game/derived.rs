//! Games made from a game.

use super::{Change, Game, OwnedWeight, Weights, collected_spaces};
use crate::numeric::DoubleDouble;
use crate::spec::Rational;
use crate::weight::Weight;

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
        }
    }

    /// The same game with lengths measured in units of `2^power`.
    pub(crate) fn in_units(&self, power: i32) -> Self {
        let by = 2.0_f64.powi(-power);
        let all = |values: &[f64]| values.iter().map(|v| v * by).collect();
        let ratio = Rational::from_integer(2.into()).pow(-power);
        let square = &ratio * &ratio;
        Self {
            loss: self.loss,
            bias: all(&self.bias),
            weights: self.weights.clone(),
            targets: all(&self.targets),
            spaces: self.spaces.iter().map(|space| space.scaled(by)).collect(),
            space_of: self.space_of.clone(),
            names: Vec::new(),
            exact: self
                .exact
                .as_ref()
                .map(|spec| Box::new(spec.map_lengths(&mut |v| v * &ratio, &mut |v| v * &square))),
            scale: self.scale * by,
        }
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
            Change::Weight(i) => match &mut game.weights {
                Weights::Scalar(w) => w[i] += step,
                Weights::Mixed(w) => match &mut w[i] {
                    OwnedWeight::Scalar(w) => *w += step,
                    OwnedWeight::Matrix(w) => w.scale(1.0 + step),
                },
            },
        }
        game
    }
}
