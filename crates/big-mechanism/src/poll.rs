//! What a game asks of a rule.

use big_game::Game;
use big_game::action_space::{ActionSpace, ConvexSet};
use big_game::equilibrium::truthful;
use big_game::spec::Loss;

/// Why no rule can be asked.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// A matrix weight.
    #[error("'{0}' has a matrix as its weight: rules weigh reports by numbers")]
    MatrixWeight(String),
    /// A negative weight.
    #[error("'{0}' has a negative weight: a rule cannot weigh a report by less than nothing")]
    NegativeWeight(String),
    /// Nobody has a weight.
    #[error("nobody has a weight above 0")]
    NoWeight,
    /// The inner-product loss.
    #[error("rules are compared under the loss \"squared_euclidean\"")]
    InnerProduct,
    /// Costs of lying.
    #[error("rules are compared where lies are free, and this game has costs of lying")]
    Costs,
    /// Coalitions.
    #[error("rules are compared where everybody plays alone, and this game has coalitions")]
    Coalitions,
    /// A rule that is not for these sets.
    #[error("the rule '{0}' is not for this game: {1}")]
    Misfit(&'static str, &'static str),
    /// The game could not be solved.
    #[error(transparent)]
    Unsolved(#[from] big_game::SolveError),
}

/// Weights, targets and sets of reports; `n` voters in `d` dimensions.
#[derive(Clone, Debug)]
pub struct Poll {
    game: Game,
    weights: Vec<f64>,
    honest: Vec<f64>,
    lower: Vec<f64>,
    upper: Vec<f64>,
}

impl Poll {
    /// What a game on convex sets asks: its weights as shares of their sum; its background is no voter's, and only
    /// [`Rule::RegularizedMedian`](crate::Rule::RegularizedMedian), which plays the game itself, knows it.
    ///
    /// # Errors
    /// When the game has matrix or negative weights, no weight at all, costs, coalitions, or the inner-product loss.
    pub fn of(game: &Game) -> Result<Self, Refusal> {
        if game.loss() == Loss::InnerProduct {
            return Err(Refusal::InnerProduct);
        }
        if game.has_lying_costs() {
            return Err(Refusal::Costs);
        }
        if !game.coalitions().is_empty() {
            return Err(Refusal::Coalitions);
        }
        let name = |i: usize| game.name(i).into_owned();
        let Some(weights) = game.scalar_weights() else {
            let matrix = |&i: &usize| matches!(game.weight(i), big_game::weight::Weight::Matrix(_));
            let first = (0..game.influencers()).find(matrix).unwrap_or(0);
            return Err(Refusal::MatrixWeight(name(first)));
        };
        if let Some(i) = weights.iter().position(|w| *w < 0.0) {
            return Err(Refusal::NegativeWeight(name(i)));
        }
        let most = weights.iter().fold(0.0_f64, |m, w| m.max(*w));
        if most == 0.0 {
            return Err(Refusal::NoWeight);
        }
        let total: f64 = weights.iter().map(|w| w / most).sum();
        let d = game.dim();
        let (mut lower, mut upper) = (vec![f64::INFINITY; d], vec![f64::NEG_INFINITY; d]);
        for space in game.spaces() {
            let (l, u) = space.bounding_box();
            for k in 0..d {
                lower[k] = lower[k].min(l[k]);
                upper[k] = upper[k].max(u[k]);
            }
        }
        Ok(Self {
            weights: weights.iter().map(|w| w / most / total).collect(),
            honest: truthful(game).values().to_vec(),
            game: game.clone(),
            lower,
            upper,
        })
    }

    /// The poll without voter `i`, who is not the only one with a weight.
    pub(crate) fn without(&self, i: usize) -> Self {
        let d = self.dim();
        let game = self.game.without(i);
        let left = 1.0 - self.weights[i];
        let mut weights = self.weights.clone();
        weights.remove(i);
        weights.iter_mut().for_each(|w| *w /= left);
        let mut honest = self.honest.clone();
        honest.drain(i * d..(i + 1) * d);
        Self {
            game,
            weights,
            honest,
            lower: self.lower.clone(),
            upper: self.upper.clone(),
        }
    }

    /// The number of voters.
    pub fn voters(&self) -> usize {
        self.weights.len()
    }

    /// The dimension.
    pub fn dim(&self) -> usize {
        self.lower.len()
    }

    /// Shares that sum to 1.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// The smallest box around all sets of reports: what is known before anybody reports.
    pub fn range(&self) -> (&[f64], &[f64]) {
        (&self.lower, &self.upper)
    }

    /// The longest side of that box.
    pub(crate) fn size(&self) -> f64 {
        let sides = self.lower.iter().zip(&self.upper).map(|(l, u)| u - l);
        sides.fold(0.0, f64::max)
    }

    /// Are all sets boxes, as they are on a line?
    pub(crate) fn is_boxes(&self) -> bool {
        self.dim() == 1 || self.game.has_boxes()
    }

    /// The scale of the simplex that is everybody's set, if one is.
    pub fn simplex(&self) -> Option<f64> {
        let mut scales = self.game.spaces().iter().map(|space| match space {
            ActionSpace::Simplex(simplex) => Some(simplex.scale()),
            _ => None,
        });
        let first = scales.next().flatten()?;
        scales.all(|scale| scale == Some(first)).then_some(first)
    }

    /// The game.
    pub fn game(&self) -> &Game {
        &self.game
    }

    /// Where voter `i` wants the outcome.
    pub fn target(&self, i: usize) -> &[f64] {
        self.game.target(i)
    }

    /// What everybody reports in honesty: the point of its set nearest to its target, `n × d` by rows.
    pub fn honest(&self) -> &[f64] {
        &self.honest
    }

    /// `‖z − t_i‖²`.
    pub fn loss(&self, i: usize, z: &[f64]) -> f64 {
        let squares = z.iter().zip(self.target(i)).map(|(z, t)| (z - t) * (z - t));
        squares.sum()
    }
}
