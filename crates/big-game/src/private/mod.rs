//! Private targets: everybody knows its own, and only how likely the others' are (ours).
//!
//! Influencer `i` has types `τ`, each with a target `t_i(τ)`; a strategy is an action for each type, `x_i(τ)`. The ex-ante potential
//! `E‖r‖² − 2 Σ_i E⟨t_i, W_i x_i(τ_i)⟩` is exact, since what `i` does not move, `E⟨t_i, r_{−i}⟩`, does not depend on its strategy: a
//! Bayesian equilibrium is a minimiser of a convex quadratic in one block for each influencer and type. That is the potential of a game of
//! the usual kind, in which every type is an influencer and the receiver lands on several stacked positions:
//!
//! - with a joint law in scenarios `s`, on `(√p_s r_s)_s`, which a type moves in its own scenarios;
//! - with independent types, on the mean `E r` and, for each influencer with several types, on the scatter
//!   `√p_τ W_i (x_i(τ) − E x_i)` around its own mean: `E‖r‖² = ‖E r‖² + Σ_i E‖W_i (x_i − E x_i)‖²`. No product of types is formed.
//!
//! So solvers, certificate and set are those of [`solve`](crate::solve()). Regrets are computed a second time, in the game itself: a type's best
//! response is that to the mean of the receiver's position given the type.

mod law;

use std::collections::HashSet;

use big_numeric::square_distance;

use crate::equilibrium::{Equilibrium, best_response, certify, truthful};
use crate::game::{Game, GameError};
use crate::profile::Profile;
use crate::solver::{SolveError, SolveOptions, solve};
use crate::spec::{GameSpec, InfluencerSpec, Loss, WeightSpec};

use law::Law;

/// Numbers that the stacked weights may have together.
const LARGEST: usize = 4_000_000;
/// Combinations of independent types that are listed, and solved as if all targets were known.
const COMBINATIONS: usize = 1024;
/// Probabilities that are not written exactly sum to 1 up to this.
const ROUNDED: f64 = 1e-9;

/// One of an influencer's types.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetType {
    /// How likely it is, above 0.
    pub probability: f64,
    /// Where it wants the receiver (length `d`).
    pub target: Vec<f64>,
}

/// Who is of which type, together.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// How likely it is, above 0.
    pub probability: f64,
    /// Everybody's type, by index from 0.
    pub types: Vec<usize>,
}

/// Why there is no such game.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PrivateError {
    /// The game without its types is none.
    #[error(transparent)]
    Game(#[from] GameError),
    /// A probability that is none.
    #[error("a probability of influencer '{0}' is {1}: it must be above 0 and at most 1")]
    Probability(String, f64),
    /// Probabilities of types that do not sum to 1.
    #[error("the probabilities of influencer '{0}' sum to {1}, and must sum to 1")]
    Sum(String, f64),
    /// A scenario's probability that is none.
    #[error("the probability of scenario {0} is {1}: it must be above 0 and at most 1")]
    ScenarioProbability(usize, f64),
    /// Probabilities of scenarios that do not sum to 1.
    #[error("the probabilities of the scenarios sum to {0}, and must sum to 1")]
    ScenarioSum(f64),
    /// A scenario without a type for each influencer.
    #[error("scenario {scenario} has {found} types for {expected} influencers")]
    ScenarioLength {
        /// Which, from 0.
        scenario: usize,
        /// What it has.
        found: usize,
        /// What is needed.
        expected: usize,
    },
    /// A type that an influencer does not have.
    #[error(
        "scenario {scenario} has type {found} of influencer '{name}', who has {types} (counted from 0)"
    )]
    NoSuchType {
        /// Which, from 0.
        scenario: usize,
        /// The type.
        found: usize,
        /// Whose.
        name: String,
        /// How many there are.
        types: usize,
    },
    /// A type that no scenario has, or another probability than the scenarios'.
    #[error(
        "type {index} of influencer '{name}' has the probability {given}, and {found} in the scenarios"
    )]
    Marginal {
        /// Whose.
        name: String,
        /// Which, from 0.
        index: usize,
        /// As it is written.
        given: f64,
        /// As the scenarios have it.
        found: f64,
    },
    /// What games with private targets do not have.
    #[error("a game with private targets has no {0}")]
    Without(&'static str),
    /// Too many types.
    #[error(
        "{0} numbers describe how the types move the receiver, more than {LARGEST}: use fewer types or scenarios"
    )]
    TooLarge(usize),
}

/// A game whose targets are private: see [the module](self).
#[derive(Clone, Debug)]
pub struct PrivateGame {
    spec: GameSpec<f64>,
    /// With everybody's first target.
    base: Game,
    types: Vec<Vec<TargetType>>,
    scenarios: Option<Vec<Scenario>>,
}

/// How one type fares.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeOutcome {
    /// What it does (length `m`).
    pub action: Vec<f64>,
    /// Where the receiver is on average, as this type sees it.
    pub receiver: Vec<f64>,
    /// `E[‖r − t‖² | type]`.
    pub loss: f64,
    /// What its best response would save of that.
    pub regret: f64,
    /// Its best response (length `m`).
    pub best_response: Vec<f64>,
}

/// What a profile of strategies is worth.
#[derive(Clone, Debug)]
pub struct PrivateStanding {
    /// For each influencer, for each of its types.
    pub types: Vec<Vec<TypeOutcome>>,
    /// The mean of the receiver's position.
    pub receiver: Vec<f64>,
    /// `E‖r − E r‖²`.
    pub variance: f64,
    /// Everybody's expected loss.
    pub losses: Vec<f64>,
    /// The combinations of types, where there are not too many.
    pub scenarios: Option<Vec<ScenarioOutcome>>,
}

/// A combination of types, and where the receiver lands then.
#[derive(Clone, Debug, PartialEq)]
pub struct ScenarioOutcome {
    /// How likely it is.
    pub probability: f64,
    /// Everybody's type.
    pub types: Vec<usize>,
    /// Where the receiver lands.
    pub receiver: Vec<f64>,
}

/// A Bayesian equilibrium.
#[derive(Clone, Debug)]
pub struct PrivateEquilibrium {
    /// The equilibrium of the game of all types: its set, and the proof. A bound `e` on its receiver says that
    /// `E‖r − r*‖² ≤ e²`.
    pub agents: Equilibrium,
    /// Where it leaves everybody.
    pub standing: PrivateStanding,
    /// What everybody's expected loss would be if all targets were known to all; `None` where there are too many combinations.
    pub losses_if_known: Option<Vec<f64>>,
}

impl PrivateGame {
    /// A game with types: `spec` has weights, sets and a background, and its targets are not looked at. `types` has at least one for each
    /// influencer; without `scenarios` they are independent, with them the types' probabilities are the scenarios'.
    ///
    /// # Errors
    /// When the game is none, has costs, coalitions or the inner-product loss; when probabilities are none, or disagree.
    pub fn new(
        mut spec: GameSpec<f64>,
        types: Vec<Vec<TargetType>>,
        scenarios: Option<Vec<Scenario>>,
    ) -> Result<Self, PrivateError> {
        let without = PrivateError::Without;
        if spec.loss == Loss::InnerProduct {
            return Err(without(
                "inner-product loss: there the truth of the others does not matter",
            ));
        }
        if spec.influencers.iter().any(|i| i.cost.is_some()) {
            return Err(without("lying costs"));
        }
        if !spec.coalitions.is_empty() {
            return Err(without("coalitions"));
        }
        for (of, types) in spec.influencers.iter_mut().zip(&types) {
            of.target = types.first().map_or_else(Vec::new, |t| t.target.clone());
        }
        let base = spec.clone().check()?;
        let name = |i: usize| base.name(i).into_owned();
        for (i, own) in types.iter().enumerate() {
            for of in own {
                if !(of.probability > 0.0 && of.probability <= 1.0 + ROUNDED) {
                    return Err(PrivateError::Probability(name(i), of.probability));
                }
                // Lengths and sizes of the other targets.
                let mut other = spec.clone();
                other.influencers = vec![InfluencerSpec {
                    target: of.target.clone(),
                    ..spec.influencers[i].clone()
                }];
                other.check()?;
            }
            let sum: f64 = own.iter().map(|t| t.probability).sum();
            if (sum - 1.0).abs() > ROUNDED {
                return Err(PrivateError::Sum(name(i), sum));
            }
        }
        let game = Self {
            spec,
            base,
            types,
            scenarios,
        };
        game.check_scenarios()?;
        let (agents, (rows, m)) = (game.agents(), (game.stacked(), game.widest()));
        let numbers = agents.saturating_mul(rows).saturating_mul(m);
        match numbers > LARGEST {
            true => Err(PrivateError::TooLarge(numbers)),
            false => Ok(game),
        }
    }

    fn check_scenarios(&self) -> Result<(), PrivateError> {
        let Some(scenarios) = &self.scenarios else {
            return Ok(());
        };
        let name = |i: usize| self.base.name(i).into_owned();
        let mut found: Vec<Vec<f64>> = self.types.iter().map(|t| vec![0.0; t.len()]).collect();
        for (s, scenario) in scenarios.iter().enumerate() {
            let p = scenario.probability;
            if !(p > 0.0 && p <= 1.0 + ROUNDED) {
                return Err(PrivateError::ScenarioProbability(s, p));
            }
            if scenario.types.len() != self.types.len() {
                return Err(PrivateError::ScenarioLength {
                    scenario: s,
                    found: scenario.types.len(),
                    expected: self.types.len(),
                });
            }
            for (i, &of) in scenario.types.iter().enumerate() {
                match found[i].get_mut(of) {
                    Some(sum) => *sum += p,
                    None => {
                        return Err(PrivateError::NoSuchType {
                            scenario: s,
                            found: of,
                            name: name(i),
                            types: self.types[i].len(),
                        });
                    }
                }
            }
        }
        let sum: f64 = scenarios.iter().map(|s| s.probability).sum();
        if (sum - 1.0).abs() > ROUNDED {
            return Err(PrivateError::ScenarioSum(sum));
        }
        for (i, (found, types)) in found.iter().zip(&self.types).enumerate() {
            for (index, (found, of)) in found.iter().zip(types).enumerate() {
                if (found - of.probability).abs() > ROUNDED || *found == 0.0 {
                    return Err(PrivateError::Marginal {
                        name: name(i),
                        index,
                        given: of.probability,
                        found: *found,
                    });
                }
            }
        }
        Ok(())
    }

    /// The game with everybody's first target: weights, sets, names and the background.
    pub fn base(&self) -> &Game {
        &self.base
    }

    /// What was checked.
    pub fn spec(&self) -> &GameSpec<f64> {
        &self.spec
    }

    /// Everybody's types.
    pub fn types(&self) -> &[Vec<TargetType>] {
        &self.types
    }

    /// The joint law of types; `None`: they are independent.
    pub fn scenarios(&self) -> Option<&[Scenario]> {
        self.scenarios.as_deref()
    }

    fn agents(&self) -> usize {
        self.types.iter().map(Vec::len).sum()
    }

    fn widest(&self) -> usize {
        let dims = self.spec.spaces.iter().map(crate::spec::SpaceSpec::dim);
        dims.max().unwrap_or(0)
    }

    /// The length of the stacked receiver.
    fn stacked(&self) -> usize {
        let d = self.base.dim();
        match &self.scenarios {
            Some(scenarios) => d * scenarios.len(),
            None => {
                let several = self.types.iter().map(Vec::len).filter(|k| *k > 1);
                d * (1 + several.sum::<usize>())
            }
        }
    }

    /// What each type is called, in the order of influencers and of their types; nothing where names would be taken twice.
    fn names(&self) -> Vec<Option<String>> {
        let own = |(i, types): (usize, &Vec<TargetType>)| {
            let (name, several) = (self.base.name(i).into_owned(), types.len() > 1);
            let each = move |tau| match several {
                true => format!("{name} (type {tau})"),
                false => name.clone(),
            };
            (0..types.len()).map(each)
        };
        let names: Vec<String> = self.types.iter().enumerate().flat_map(own).collect();
        let all: HashSet<&str> = names.iter().map(String::as_str).collect();
        let distinct = all.len() == names.len();
        let names = names.into_iter();
        names.map(|name| distinct.then_some(name)).collect()
    }

    /// Where the receiver lands on average when that of the [game of types](Self::game_of_types) is at `position`.
    pub fn lands(&self, position: &[f64]) -> Vec<f64> {
        let d = self.base.dim();
        let Some(scenarios) = &self.scenarios else {
            return position[..d].to_vec();
        };
        let mut mean = vec![0.0; d];
        for (scenario, at) in scenarios.iter().zip(position.chunks(d)) {
            let root = scenario.probability.sqrt();
            mean.iter_mut().zip(at).for_each(|(m, r)| *m += root * r);
        }
        mean
    }

    /// The game in which every type is an influencer: see [the module](self). Its best responses are those of the types.
    ///
    /// # Errors
    /// When the stacked numbers are beyond what a game may have.
    pub fn game_of_types(&self) -> Result<Game, GameError> {
        let d = self.base.dim();
        let stacked = self.stacked();
        let mut bias = vec![0.0; stacked];
        let mut influencers = Vec::with_capacity(self.agents());
        let mut scatter = d;
        let mut names = self.names().into_iter();
        if let Some(scenarios) = &self.scenarios {
            for (s, scenario) in scenarios.iter().enumerate() {
                let root = scenario.probability.sqrt();
                for (k, b) in self.spec.bias.iter().enumerate() {
                    bias[s * d + k] = root * b;
                }
            }
        } else {
            bias[..d].copy_from_slice(&self.spec.bias);
        }
        for (i, types) in self.types.iter().enumerate() {
            let of = &self.spec.influencers[i];
            let rows = of.weight.rows(d);
            for (tau, own) in types.iter().enumerate() {
                let mut weight = vec![vec![0.0; rows[0].len()]; stacked];
                let mut target = vec![0.0; stacked];
                let mut put = |at: usize, by: f64| {
                    for (k, row) in rows.iter().enumerate() {
                        weight[at + k]
                            .iter_mut()
                            .zip(row)
                            .for_each(|(w, v)| *w = by * v);
                    }
                };
                match &self.scenarios {
                    Some(scenarios) => {
                        for (s, scenario) in scenarios.iter().enumerate() {
                            if scenario.types[i] == tau {
                                let root = scenario.probability.sqrt();
                                put(s * d, root);
                                for (k, t) in own.target.iter().enumerate() {
                                    target[s * d + k] = root * t;
                                }
                            }
                        }
                    }
                    None => {
                        put(0, own.probability);
                        target[..d].copy_from_slice(&own.target);
                        if types.len() > 1 {
                            for (sigma, other) in types.iter().enumerate() {
                                let here = if sigma == tau { 1.0 } else { 0.0 };
                                let by = other.probability.sqrt() * (here - own.probability);
                                put(scatter + sigma * d, by);
                            }
                        }
                    }
                }
                influencers.push(InfluencerSpec {
                    name: names.next().flatten(),
                    weight: WeightSpec::Matrix(weight),
                    target,
                    space: of.space,
                    cost: None,
                });
            }
            if types.len() > 1 {
                scatter += types.len() * d;
            }
        }
        GameSpec {
            loss: Loss::SquaredEuclidean,
            bias,
            spaces: self.spec.spaces.clone(),
            influencers,
            coalitions: Vec::new(),
        }
        .check()
    }

    /// Solves it. An answer whose certificate does not hold is as far as the solver got.
    ///
    /// # Errors
    /// When no solver came to an answer.
    pub fn solve(&self, options: &SolveOptions) -> Result<PrivateEquilibrium, SolveError> {
        let agents = match self.game_of_types() {
            Ok(game) => solve(&game, options)?,
            // The stacked numbers are beyond what a game may have.
            Err(_) => return Err(SolveError::Failed),
        };
        let standing = self.assess(&agents.actions);
        let losses_if_known = match &standing.scenarios {
            Some(all) => Some(self.losses_if_known(all)?),
            None => None,
        };
        Ok(PrivateEquilibrium {
            agents,
            standing,
            losses_if_known,
        })
    }

    /// What counts as no gain of a type: as in the game with everybody's first target.
    pub fn allowed_gain(&self) -> f64 {
        certify(&self.base, &truthful(&self.base), None).allowed_gap
    }

    /// What strategies are worth: a profile of the [game of types](Self::game_of_types), one action a type.
    pub fn assess(&self, strategies: &Profile) -> PrivateStanding {
        let d = self.base.dim();
        let mut next = 0;
        let actions: Vec<Vec<&[f64]>> = self
            .types
            .iter()
            .map(|types| {
                let from = next;
                next += types.len();
                (from..next).map(|a| strategies.action(a)).collect()
            })
            .collect();
        // What each type adds to the receiver.
        let pushes: Vec<Vec<Vec<f64>>> = actions
            .iter()
            .enumerate()
            .map(|(i, own)| {
                let push = |x: &&[f64]| {
                    let mut out = vec![0.0; d];
                    self.base.weight(i).add_image(x, &mut out);
                    out
                };
                own.iter().map(push).collect()
            })
            .collect();
        let law = Law::of(self, &pushes);
        let mut types = Vec::with_capacity(self.types.len());
        let mut losses = Vec::with_capacity(self.types.len());
        for (i, own) in self.types.iter().enumerate() {
            let mut outcomes = Vec::with_capacity(own.len());
            for (tau, of) in own.iter().enumerate() {
                let (mean, scatter) = law.seen_by(i, tau);
                let mut targets = self.base.targets().to_vec();
                targets[i * d..(i + 1) * d].copy_from_slice(&of.target);
                let (game, x) = (self.base.with_targets(targets), actions[i][tau]);
                let mut response = Vec::new();
                let regret = best_response(&game, i, x, &mean, &mut response);
                outcomes.push(TypeOutcome {
                    action: x.to_vec(),
                    loss: square_distance(&mean, &of.target) + scatter,
                    regret,
                    best_response: response,
                    receiver: mean,
                });
            }
            let weighted = own.iter().zip(&outcomes);
            losses.push(weighted.map(|(t, o)| t.probability * o.loss).sum());
            types.push(outcomes);
        }
        PrivateStanding {
            receiver: law.mean.clone(),
            variance: law.variance(),
            scenarios: law.scenarios(),
            types,
            losses,
        }
    }

    /// Everybody's expected loss when all know all targets.
    fn losses_if_known(&self, all: &[ScenarioOutcome]) -> Result<Vec<f64>, SolveError> {
        let mut losses = vec![0.0; self.types.len()];
        for scenario in all {
            let target = |(i, &tau): (usize, &usize)| self.types[i][tau].target.iter().copied();
            let targets = scenario.types.iter().enumerate().flat_map(target).collect();
            let found = solve(&self.base.with_targets(targets), &SolveOptions::default())?;
            for (i, &tau) in scenario.types.iter().enumerate() {
                let target = &self.types[i][tau].target;
                losses[i] += scenario.probability * square_distance(&found.receiver, target);
            }
        }
        Ok(losses)
    }
}
