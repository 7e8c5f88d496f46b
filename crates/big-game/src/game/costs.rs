//! What lying costs: `λ_i ‖x_i − h_i‖²` on top of the loss, `h_i` what influencer `i` would honestly say (ours).

use super::{Game, GameError, Place, Problem, at, finite};
use crate::action_space::{ActionSpace, ConvexSet};
use crate::equilibrium::truthful;
use crate::profile::Profile;
use crate::spec::{CostSpec, Loss};

/// Costs outside this range, but for 0, are refused: so are positions.
const SMALLEST: f64 = 1e-100;
const LARGEST: f64 = 1e100;
/// An honest action may be this share of its set's size outside it: it is rounded where it was written.
const OUTSIDE: f64 = 1e-11;

/// The costs of all influencers, some of whom lie for free.
#[derive(Clone, Debug)]
pub(crate) struct Costs {
    /// `λ_i ≥ 0`.
    pub(crate) factors: Vec<f64>,
    /// `h_i ∈ X_i`.
    pub(crate) honest: Profile,
    /// Whose honest action is the truthful one because none was given.
    pub(crate) by_default: Vec<bool>,
    /// Does anybody pay?
    anybody: bool,
}

impl Costs {
    /// Costs for a game of influencers like these; `None` where nobody pays.
    pub(super) fn shaped(game: &Game, factors: Vec<f64>, honest: &[Vec<f64>]) -> Option<Self> {
        let actions = honest.iter().map(Vec::as_slice);
        Profile::from_actions(game, actions)
            .filter(|_| factors.iter().any(|f| *f > 0.0))
            .map(|honest| Self {
                by_default: vec![false; factors.len()],
                factors,
                honest,
                anybody: true,
            })
    }

    /// Those of some influencers; what is honest still lies as it did.
    pub(super) fn of(&self, influencers: &[usize]) -> (Vec<f64>, Vec<Vec<f64>>) {
        let factors = influencers.iter().map(|&i| self.factors[i]).collect();
        let honest = influencers.iter().map(|&i| self.honest.action(i).to_vec());
        (factors, honest.collect())
    }
}

impl Game {
    /// The same game in which lying costs: `lying_costs[i] ‖x_i − h_i‖²` is added to influencer `i`'s loss, `h_i` its honest
    /// action: the row `i` of `honest` (`n × m`), or without one the truthful action. A game in which nobody pays is the
    /// game itself. O(n) projections.
    ///
    /// # Errors
    /// A cost that is negative, or neither 0 nor between 1e-100 and 1e100; an honest action outside its set; the
    /// inner-product loss; another number of costs or of coordinates than the game has.
    ///
    /// ```
    /// use big_game::spec::SpaceSpec;
    /// use big_game::{Game, solve};
    ///
    /// // Both pay as much for a lie as they gain from moving the receiver: r = (Σ w t + Σ w²/λ t) / (1 + Σ w²/λ).
    /// let free = Game::builder()
    ///     .space(SpaceSpec::cube(1, -10.0, 10.0))
    ///     .influencer(0.5, [-0.4])
    ///     .influencer(0.5, [0.8])
    ///     .build()?;
    /// let game = free.with_lying_costs(vec![0.5, 0.5], None)?;
    /// let found = solve(&game, &Default::default())?;
    /// assert!((found.receiver[0] - 0.2).abs() < 1e-15);
    /// assert!((found.actions.action(0)[0] + 1.0).abs() < 1e-15);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_lying_costs(
        self,
        lying_costs: Vec<f64>,
        honest: Option<&[f64]>,
    ) -> Result<Self, GameError> {
        let n = self.influencers();
        if lying_costs.len() != n {
            let (found, expected) = (lying_costs.len(), n);
            return Err(at(
                Place::Influencers,
                Problem::WrongLength { found, expected },
            ));
        }
        let mut given = Profile::zeros(&self);
        if let Some(honest) = honest {
            let (found, expected) = (honest.len(), given.values().len());
            if found != expected {
                return Err(at(
                    Place::Influencers,
                    Problem::WrongLength { found, expected },
                ));
            }
            given.values_mut().copy_from_slice(honest);
        }
        let spec = |i: usize, &lying_cost: &f64| {
            let honest = honest.map(|_| given.action(i).to_vec());
            (i, CostSpec { lying_cost, honest })
        };
        let costs = lying_costs.iter().enumerate().map(|(i, c)| spec(i, c));
        let costs = costs.collect();
        let groups = self.coalitions().to_vec();
        let mut game = match groups.is_empty() {
            true => self,
            false => self.alone().clone(),
        };
        // The numbers as written are those of another game.
        game.exact = None;
        game.costs = None;
        game.with_listed_costs(costs)?.with_coalitions(groups)
    }

    /// The same game in which these influencers pay; the costs of all others are 0.
    pub(super) fn with_listed_costs(
        mut self,
        costs: Vec<(usize, CostSpec<f64>)>,
    ) -> Result<Self, GameError> {
        let mut factors = vec![0.0; self.influencers()];
        let mut anybody = false;
        for (i, cost) in &costs {
            let factor = cost.lying_cost;
            finite(&[factor], Place::LyingCost(*i))?;
            if factor < 0.0 {
                return Err(at(Place::LyingCost(*i), Problem::NegativeCost(factor)));
            }
            if factor > 0.0 && !(SMALLEST..=LARGEST).contains(&factor) {
                return Err(at(Place::LyingCost(*i), Problem::CostSize(factor)));
            }
            if factor > 0.0 && self.loss == Loss::InnerProduct {
                return Err(at(Place::LyingCost(*i), Problem::CostOfInnerProduct));
            }
            anybody |= factor > 0.0;
            factors[*i] = factor;
            if let Some(honest) = &cost.honest {
                self.check_honest(*i, honest)?;
            }
        }
        if !anybody && costs.iter().all(|(_, cost)| cost.honest.is_none()) {
            return Ok(self);
        }
        let wish = self.targets.iter().fold(0.0_f64, |w, t| w.max(t.abs()));
        let size = self.scale.max(wish);
        if anybody && (size > LARGEST || self.scale < SMALLEST && self.scale > 0.0) {
            return Err(at(Place::Influencers, Problem::CostScale(size)));
        }
        let mut honest = truthful(&self);
        let mut by_default = vec![true; self.influencers()];
        for (i, cost) in costs {
            if let Some(given) = cost.honest {
                let space = self.spaces[self.space_index(i)].clone();
                space.project(&given, honest.action_mut(i));
                by_default[i] = false;
            }
        }
        self.costs = Some(Box::new(Costs {
            factors,
            honest,
            by_default,
            anybody,
        }));
        Ok(self)
    }

    fn check_honest(&self, i: usize, honest: &[f64]) -> Result<(), GameError> {
        let space = self.space(i);
        if honest.len() != space.dim() {
            let (found, expected) = (honest.len(), space.dim());
            return Err(at(
                Place::Honest(i),
                Problem::HonestLength { found, expected },
            ));
        }
        finite(honest, Place::Honest(i))?;
        if !space.contains(honest, OUTSIDE * ActionSpace::extent(space)) {
            let mut nearest = honest.to_vec();
            space.project(honest, &mut nearest);
            let away: Vec<f64> = honest.iter().zip(&nearest).map(|(a, b)| a - b).collect();
            let away = big_numeric::norm(&away);
            return Err(at(Place::Honest(i), Problem::HonestOutside(away)));
        }
        Ok(())
    }

    /// Does a lie cost anybody anything?
    pub fn has_lying_costs(&self) -> bool {
        self.costs.as_ref().is_some_and(|costs| costs.anybody)
    }

    /// `λ_i`: what a lie costs influencer `i`, per square of its length.
    #[inline]
    pub fn lying_cost(&self, i: usize) -> f64 {
        self.costs.as_ref().map_or(0.0, |costs| costs.factors[i])
    }

    /// `h_i`: what influencer `i` would honestly say; `None` where a lie costs it nothing.
    #[inline]
    pub fn honest(&self, i: usize) -> Option<&[f64]> {
        let costs = self.costs.as_ref()?;
        (costs.factors[i] > 0.0).then(|| costs.honest.action(i))
    }

    /// `λ_i ‖x_i − h_i‖²`.
    pub fn cost_of_lying(&self, i: usize, x: &[f64]) -> f64 {
        let square = |honest: &[f64]| -> f64 {
            let lie = x.iter().zip(honest).map(|(x, h)| (x - h) * (x - h));
            lie.sum()
        };
        self.honest(i)
            .map_or(0.0, |honest| self.lying_cost(i) * square(honest))
    }

    pub(crate) fn costs(&self) -> Option<&Costs> {
        self.costs.as_deref()
    }

    /// What everybody would honestly say, in one vector after the other: what was given, and the truthful action elsewhere.
    pub fn honest_profile(&self) -> Profile {
        match &self.costs {
            Some(costs) => costs.honest.clone(),
            None => truthful(self),
        }
    }
}
