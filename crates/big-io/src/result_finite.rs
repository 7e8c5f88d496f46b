//! What the program answers about finite games, as JSON.

use big_game::finite::{Choice, FiniteGame, RelaxationGap, Step, Verification};
use big_game::spec::{Rational, WeightSpec};
use num_bigint::BigUint;
use num_traits::ToPrimitive;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::result::WeightValue;
use crate::writer::finite_file_of_exact;

/// The answer of `big solve` for a finite game.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FiniteResult {
    /// The game's name.
    pub name: Option<String>,
    /// `solved`, or `approximate` when the time limit ended before every best response was proved.
    pub status: String,
    /// `pure_nash`.
    pub solution_concept: String,
    /// Where the receiver lands.
    pub receiver: Vec<f64>,
    /// The potential there.
    pub potential: f64,
    /// Is this the global minimum of the potential? Null when that was not asked.
    pub potential_minimum: Option<bool>,
    /// A proven lower bound of the potential; left out when it was not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub potential_lower_bound: Option<f64>,
    /// In the order of the game.
    pub influencers: Vec<FiniteInfluencer>,
    /// The most that anybody gains; at most this when approximate.
    pub max_regret: f64,
    /// The sum of all losses.
    pub equilibrium_cost: f64,
    /// The game on the convex hulls of the actions beside it; null where it is not to be had.
    pub relaxation: Option<RelaxationResult>,
    /// Moves of best-response dynamics.
    pub moves: usize,
    /// The program's version.
    pub version: String,
    /// The game itself, as a game file, so that the result can be drawn by itself; left out for large games.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub game: Option<Value>,
}

/// One influencer of a finite game.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FiniteInfluencer {
    /// Its name, or its number from 1.
    pub name: String,
    /// A number, or the rows of a matrix.
    pub weight: WeightValue,
    /// Where it wants the receiver.
    pub target: Vec<f64>,
    /// The indices of its items, from 0.
    pub choice: Vec<u32>,
    /// Their mean.
    pub action: Vec<f64>,
    /// What it would choose if it told the truth.
    pub truthful_choice: Vec<u32>,
    /// Its loss.
    pub loss: f64,
    /// What it could still gain; at most this when approximate.
    pub regret: f64,
}

/// The continuous game beside a finite one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RelaxationResult {
    /// Where the receiver lands in the continuous game.
    pub receiver: Vec<f64>,
    /// How far the finite receiver is from it.
    pub distance: f64,
    /// How far off `distance` may be.
    pub error_bound: f64,
}

/// The answer of `big verify` for a finite game.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FiniteVerifyResult {
    /// Does nobody gain? Null when the time limit ended first.
    pub equilibrium: Option<bool>,
    /// The most that anybody gains.
    pub max_regret: f64,
    /// 0: the comparison is exact.
    pub tolerance: f64,
    /// In the order of the game.
    pub influencers: Vec<FiniteRegret>,
}

/// What one influencer could still gain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FiniteRegret {
    /// Its name.
    pub name: String,
    /// What its best response gains.
    pub regret: f64,
    /// A best response to the others: indices of items.
    pub best_response: Vec<u32>,
}

/// The answer of `big dynamics` for a finite game.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FiniteDynamicsResult {
    /// Does nobody gain any more?
    pub converged: bool,
    /// Rounds played.
    pub rounds: usize,
    /// The length of the cycle that simultaneous play ran into.
    pub cycle: Option<usize>,
    /// The seed of whatever was random.
    pub seed: u64,
    /// Where play began.
    pub start: Vec<Vec<u32>>,
    /// The moves.
    pub steps: Vec<FiniteStep>,
    /// Where play ended.
    pub choices: Vec<Vec<u32>>,
    /// Where the receiver ended.
    pub receiver: Vec<f64>,
}

/// One move.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FiniteStep {
    /// The round, from 1.
    pub round: usize,
    /// Who moved (from 0); null when all did.
    pub influencer: Option<usize>,
    /// Its new choice; empty when all moved.
    pub choice: Vec<u32>,
    /// The receiver after the move.
    pub receiver: Vec<f64>,
    /// The potential after the move.
    pub potential: f64,
}

/// The answer of `big enumerate`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EnumerateResult {
    /// How many equilibria there are (found so far, when not complete): a number, or its digits as text beyond 2^53.
    pub count: Value,
    /// How many differ in their means.
    pub distinct: u64,
    /// Are these all?
    pub complete: bool,
    /// The equilibria; left out when only counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equilibria: Option<Vec<EquilibriumResult>>,
}

/// One equilibrium of a finite game.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EquilibriumResult {
    /// Indices of items, one list an influencer.
    pub choices: Vec<Vec<u32>>,
    /// Where the receiver lands.
    pub receiver: Vec<f64>,
    /// The potential there.
    pub potential: f64,
}

/// Games of more numbers than this are not repeated in their results.
const EMBEDDED: usize = 20_000;

/// The game as a game file, for a result that has to stand by itself; `None` for games of more than 20,000 numbers.
pub fn embedded_finite(name: Option<&str>, game: &FiniteGame) -> Option<Value> {
    let spec = game.spec();
    let items: usize = spec.sets.iter().map(|set| set.items.len()).sum();
    let numbers = (items + spec.influencers.len()) * (game.dim() + 1);
    (numbers <= EMBEDDED).then(|| finite_file_of_exact(name, spec))
}

/// The nearest double.
pub fn rounded(q: &Rational) -> f64 {
    q.to_f64().unwrap_or(f64::NAN)
}

fn all(values: &[Rational]) -> Vec<f64> {
    values.iter().map(rounded).collect()
}

/// A count as JSON: a number while every reader can hold it.
pub fn counted(count: &BigUint) -> Value {
    match count.to_u64() {
        Some(n) if n <= 1 << 53 => Value::from(n),
        _ => Value::from(count.to_string()),
    }
}

impl FiniteResult {
    /// The report of a profile that has been verified.
    pub fn new(
        name: Option<String>,
        game: &FiniteGame,
        profile: &[Choice],
        truthful: &[Choice],
        verification: &Verification,
        relaxation: Option<RelaxationGap>,
    ) -> Self {
        let influencers: Vec<FiniteInfluencer> = (0..game.influencers())
            .map(|i| FiniteInfluencer {
                name: game.name(i).into_owned(),
                weight: match game.weight(i) {
                    WeightSpec::Scalar(w) => WeightValue::Scalar(rounded(w)),
                    WeightSpec::Matrix(rows) => {
                        WeightValue::Matrix(rows.iter().map(|row| all(row)).collect())
                    }
                },
                target: all(game.target(i)),
                choice: profile[i].clone(),
                action: all(&game.action(i, &profile[i])),
                truthful_choice: truthful[i].clone(),
                loss: rounded(&game.loss(i, profile)),
                regret: rounded(&verification.regret_bound(i)),
            })
            .collect();
        let cost: Rational = (0..game.influencers()).map(|i| game.loss(i, profile)).sum();
        let solved = verification.equilibrium() == Some(true);
        Self {
            name,
            status: if solved { "solved" } else { "approximate" }.into(),
            solution_concept: "pure_nash".into(),
            receiver: all(&game.receiver(profile)),
            potential: rounded(&game.potential(profile)),
            potential_minimum: None,
            potential_lower_bound: None,
            max_regret: influencers.iter().fold(0.0, |m: f64, i| m.max(i.regret)),
            influencers,
            equilibrium_cost: rounded(&cost),
            relaxation: relaxation.map(|gap| RelaxationResult {
                receiver: gap.receiver,
                distance: gap.distance,
                error_bound: gap.error_bound,
            }),
            moves: 0,
            version: env!("CARGO_PKG_VERSION").into(),
            game: None,
        }
    }
}

impl FiniteVerifyResult {
    /// The verdict.
    pub fn new(game: &FiniteGame, verification: &Verification) -> Self {
        Self {
            equilibrium: verification.equilibrium(),
            max_regret: rounded(&verification.max_regret()),
            tolerance: 0.0,
            influencers: (0..game.influencers())
                .map(|i| FiniteRegret {
                    name: game.name(i).into_owned(),
                    regret: rounded(&verification.regrets[i]),
                    best_response: verification.responses[i].choice.clone(),
                })
                .collect(),
        }
    }
}

impl From<Step> for FiniteStep {
    fn from(step: Step) -> Self {
        Self {
            round: step.round,
            influencer: step.influencer,
            choice: step.choice,
            receiver: all(&step.receiver),
            potential: rounded(&step.potential),
        }
    }
}

impl EquilibriumResult {
    /// One equilibrium.
    pub fn new(game: &FiniteGame, profile: &[Choice]) -> Self {
        Self {
            choices: profile.to_vec(),
            receiver: all(&game.receiver(profile)),
            potential: rounded(&game.potential(profile)),
        }
    }
}
