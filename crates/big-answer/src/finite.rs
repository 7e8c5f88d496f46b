//! The answers of `big solve`, `big verify` and `big dynamics` for a finite game.

use std::fmt;

use big_finite::{BestResponse, Choice, FiniteGame, RelaxationGap, Step, Verification};
use big_game::spec::{Rational, WeightSpec};
use big_io::finite_file_of_exact;
use num_bigint::BigUint;
use num_traits::{ToPrimitive, Zero};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::dynamics::Order;
use crate::kind::{Kind, version};
use crate::solve::{Concept, WeightValue};
use crate::words::{choice, count, number, vector};

/// The answer of `big solve` for a finite game.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FiniteResult {
    /// `solve`.
    pub kind: Kind,
    /// The program's version.
    pub version: String,
    /// The game's name.
    pub name: Option<String>,
    /// What it comes to, in a sentence or two.
    pub verdict: String,
    /// Was every best response proved?
    pub status: FiniteStatus,
    /// `pure_nash`.
    pub solution_concept: Concept,
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
    /// The most that anybody was found to gain.
    pub max_regret: f64,
    /// What nobody gains more than, proven: the profile is an ε-equilibrium with this ε. Left out when it is `max_regret`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regret_bound: Option<f64>,
    /// The sum of all losses.
    pub equilibrium_cost: f64,
    /// The game on the convex hulls of the actions beside it; null where it is not to be had.
    pub relaxation: Option<RelaxationResult>,
    /// Moves that led here: exchanges of items and best responses.
    pub moves: usize,
    /// How long it took; left out unless asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// The game itself, as a game file, so that the result can be drawn by itself; left out for large games.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub game: Option<Value>,
}

/// Whether a profile is proved to be an equilibrium.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FiniteStatus {
    /// It is.
    Solved,
    /// The time limit ended before every best response was proved.
    Approximate,
}

/// How many there are: a number, or its digits as text beyond 2^53, which not every reader can hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Count {
    /// A number.
    Number(u64),
    /// Its digits.
    Digits(String),
}

impl Count {
    /// A count as JSON has it.
    pub fn of(count: &BigUint) -> Self {
        match count.to_u64() {
            Some(n) if n <= 1 << 53 => Self::Number(n),
            _ => Self::Digits(count.to_string()),
        }
    }

    /// Is it one?
    pub fn is_one(&self) -> bool {
        *self == Self::Number(1)
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(n) => n.fmt(f),
            Self::Digits(digits) => digits.fmt(f),
        }
    }
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
    /// What it would choose if it told the truth: a choice whose mean is nearest to its target.
    pub truthful_choice: Vec<u32>,
    /// Is that the nearest for certain? Otherwise it is the nearest that exchanging items finds.
    #[serde(default = "yes")]
    pub truthful_proven: bool,
    /// Its loss.
    pub loss: f64,
    /// What it was found to gain by another choice; all that it could gain, where that is proven.
    pub regret: f64,
    /// Was it proved that no other choice gains more?
    #[serde(default = "yes")]
    pub proven: bool,
    /// What it cannot gain more than; left out when `regret` is proven.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regret_bound: Option<f64>,
}

/// Results of before there were limits say nothing about proofs: they had them.
fn yes() -> bool {
    true
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
    /// `verify`.
    pub kind: Kind,
    /// The program's version.
    pub version: String,
    /// What it comes to, in a sentence or two.
    pub verdict: String,
    /// Does nobody gain more than the tolerance? Null when that was not decided: nobody was found to, but the time limit
    /// ended before it was proved.
    pub equilibrium: Option<bool>,
    /// The most that anybody was found to gain.
    pub max_regret: f64,
    /// What nobody gains more than, proven; left out when it is `max_regret`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regret_bound: Option<f64>,
    /// What counts as no gain, in units of the loss; 0 unless asked for. The comparison is exact.
    pub tolerance: f64,
    /// In the order of the game.
    pub influencers: Vec<FiniteRegret>,
    /// The profile: indices of items, one list an influencer.
    #[serde(default)]
    pub choices: Vec<Vec<u32>>,
    /// The game itself, as a game file; left out for large games.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub game: Option<Value>,
}

/// What one influencer could still gain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FiniteRegret {
    /// Its name.
    pub name: String,
    /// What its best response gains; where that is not proven, what the best that was found gains, a lower bound.
    pub regret: f64,
    /// A best response to the others, indices of items; the best that was found, where it is not proven.
    pub best_response: Vec<u32>,
    /// Is it a best response for certain?
    #[serde(default = "yes")]
    pub proven: bool,
    /// What it cannot gain more than; left out when `regret` is proven.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regret_bound: Option<f64>,
}

/// The answer of `big dynamics` for a finite game.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FiniteDynamicsResult {
    /// `dynamics`.
    pub kind: Kind,
    /// The program's version.
    pub version: String,
    /// How play ended, in a sentence.
    pub verdict: String,
    /// Does nobody gain any more than the tolerance?
    pub converged: bool,
    /// Did the time limit end it?
    #[serde(default)]
    pub interrupted: bool,
    /// Who gains no more than this stays, in units of the loss; 0 unless asked for.
    #[serde(default)]
    pub tolerance: f64,
    /// Who moves when.
    #[serde(default)]
    pub order: Order,
    /// The rounds after which play would have been stopped.
    #[serde(default = "as_long_as_it_takes")]
    pub max_rounds: usize,
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
    /// The game itself, as a game file; left out for large games.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub game: Option<Value>,
}

fn as_long_as_it_takes() -> usize {
    usize::MAX
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

/// Games of more numbers than this are not repeated in their results.
pub(crate) const EMBEDDED: usize = 20_000;

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

/// A finite double exactly; 0 for others.
pub fn exactly(value: f64) -> Rational {
    Rational::from_float(value).unwrap_or_else(Rational::zero)
}

/// The nearest double that is not below.
pub fn rounded_up(q: &Rational) -> f64 {
    let near = rounded(q);
    match Rational::from_float(near) {
        Some(exact) if exact < *q => near.next_up(),
        _ => near,
    }
}

/// The nearest double that is not above.
pub fn rounded_down(q: &Rational) -> f64 {
    -rounded_up(&-q)
}

impl From<&WeightSpec<Rational>> for WeightValue {
    fn from(weight: &WeightSpec<Rational>) -> Self {
        match weight.map(&mut rounded) {
            WeightSpec::Scalar(w) => Self::Scalar(w),
            WeightSpec::Matrix(rows) => Self::Matrix(rows),
        }
    }
}

pub(crate) fn all(values: &[Rational]) -> Vec<f64> {
    values.iter().map(rounded).collect()
}

impl FiniteResult {
    /// The report of a profile that has been verified. `minimum`: whether the potential is proven to be the least, and
    /// a lower bound of the least, where that was asked.
    #[allow(clippy::too_many_arguments)] // each is one thing that was computed
    pub fn new(
        name: Option<String>,
        game: &FiniteGame,
        profile: &[Choice],
        truthful: &[BestResponse],
        verification: &Verification,
        minimum: Option<(bool, f64)>,
        relaxation: Option<RelaxationGap>,
        moves: usize,
    ) -> Self {
        let losses = game.losses(profile);
        let influencers: Vec<FiniteInfluencer> = (0..game.influencers())
            .map(|i| FiniteInfluencer {
                name: game.name(i).into_owned(),
                weight: game.weight(i).into(),
                target: all(game.target(i)),
                choice: profile[i].clone(),
                action: all(&game.action(i, &profile[i])),
                truthful_choice: truthful[i].choice.clone(),
                truthful_proven: truthful[i].proven,
                loss: rounded(&losses[i]),
                regret: rounded(&verification.regrets[i]),
                proven: verification.responses[i].proven,
                regret_bound: bound_of(verification, i),
            })
            .collect();
        let cost: Rational = losses.iter().sum();
        let solved = verification.equilibrium() == Some(true);
        Self {
            kind: Kind::Solve,
            version: version(),
            name,
            verdict: String::new(),
            status: if solved {
                FiniteStatus::Solved
            } else {
                FiniteStatus::Approximate
            },
            solution_concept: Concept::PureNash,
            receiver: all(&game.receiver(profile)),
            potential: rounded(&game.potential(profile)),
            potential_minimum: minimum.map(|(proven, _)| proven),
            potential_lower_bound: minimum.map(|(_, bound)| bound),
            max_regret: rounded(&verification.max_regret()),
            regret_bound: bound_of_all(verification),
            influencers,
            equilibrium_cost: rounded(&cost),
            relaxation: relaxation.map(|gap| RelaxationResult {
                receiver: gap.receiver,
                distance: gap.distance,
                error_bound: gap.error_bound,
            }),
            moves,
            seconds: None,
            game: None,
        }
        .worded()
    }

    /// The same with its verdict in words.
    #[must_use]
    pub fn worded(mut self) -> Self {
        self.verdict = of_choices(&self);
        self
    }
}

/// The bound of one influencer's regret, where it says more than the regret.
pub(crate) fn bound_of(verification: &Verification, i: usize) -> Option<f64> {
    let proven = verification.responses[i].proven;
    (!proven).then(|| rounded_up(&verification.regret_bound(i)))
}

/// The bound of all regrets, where some is not proven.
fn bound_of_all(verification: &Verification) -> Option<f64> {
    (!verification.proven()).then(|| rounded_up(&verification.max_regret_bound()))
}

impl FiniteVerifyResult {
    /// The verdict: does nobody gain more than `tolerance`, in units of the loss?
    pub fn new(
        name: Option<&str>,
        game: &FiniteGame,
        choices: &[Choice],
        verification: &Verification,
        tolerance: &Rational,
    ) -> Self {
        Self {
            kind: Kind::Verify,
            version: version(),
            verdict: String::new(),
            equilibrium: verification.within(tolerance),
            max_regret: rounded(&verification.max_regret()),
            regret_bound: bound_of_all(verification),
            tolerance: rounded(tolerance),
            influencers: (0..game.influencers())
                .map(|i| FiniteRegret {
                    name: game.name(i).into_owned(),
                    regret: rounded(&verification.regrets[i]),
                    best_response: verification.responses[i].choice.clone(),
                    proven: verification.responses[i].proven,
                    regret_bound: bound_of(verification, i),
                })
                .collect(),
            choices: choices.to_vec(),
            game: embedded_finite(name, game),
        }
        .worded()
    }

    /// The same with its verdict in words.
    #[must_use]
    pub fn worded(mut self) -> Self {
        self.verdict = of_finite_profile(&self);
        self
    }
}

impl FiniteDynamicsResult {
    /// The same with its verdict in words.
    #[must_use]
    pub fn worded(self) -> Self {
        let ended = (self.converged, self.interrupted);
        Self {
            verdict: of_finite_play(ended, self.rounds, self.cycle, self.tolerance),
            ..self
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

/// A pure equilibrium of a finite game.
fn of_choices(result: &FiniteResult) -> String {
    let place = vector(&result.receiver);
    let mut text = match (result.status, result.potential_minimum) {
        (FiniteStatus::Solved, Some(true)) => {
            format!(
                "The pure equilibrium of least potential, proven; the receiver lands at {place}."
            )
        }
        (FiniteStatus::Solved, _) => {
            format!("A pure equilibrium; the receiver lands at {place}.")
        }
        (FiniteStatus::Approximate, _) => {
            let settled = |i: &&FiniteInfluencer| i.proven && i.regret == 0.0;
            let proven = result.influencers.iter().filter(settled).count();
            format!(
                "APPROXIMATE: the time limit ended first. The receiver lands at {place}, and nobody gains more than {}. \
                 That nobody gains at all is proven for {proven} of {}.",
                number(result.regret_bound.unwrap_or(result.max_regret)),
                count(result.influencers.len(), "influencer")
            )
        }
    };
    if let (Some(false), Some(bound)) = (result.potential_minimum, result.potential_lower_bound) {
        text += &format!(
            " The potential is {} and cannot be below {}.",
            number(result.potential),
            number(bound)
        );
    }
    text
}

/// Is a profile of a finite game an equilibrium?
fn of_finite_profile(result: &FiniteVerifyResult) -> String {
    let most = result
        .influencers
        .iter()
        .rev()
        .max_by(|a, b| a.regret.total_cmp(&b.regret));
    match (result.equilibrium, most) {
        (Some(false), Some(most)) => format!(
            "Not an equilibrium: '{}' gains {}{} by choosing {}.",
            most.name,
            if most.proven { "" } else { "at least " },
            number(most.regret),
            choice(&most.best_response)
        ),
        (None, _) => format!(
            "Not decided: the time limit ended before it was proved. Nobody was found to gain more than {}, and nobody \
             can gain more than {}.",
            number(result.max_regret),
            number(result.regret_bound.unwrap_or(result.max_regret))
        ),
        _ if result.tolerance > 0.0 => format!(
            "An equilibrium within {}: nobody gains more than {}.",
            number(result.tolerance),
            number(result.regret_bound.unwrap_or(result.max_regret))
        ),
        _ => "An equilibrium: nobody gains anything, exactly.".to_owned(),
    }
}

/// How a run of best responses in a finite game ended.
fn of_finite_play(
    (converged, interrupted): (bool, bool),
    rounds: usize,
    cycle: Option<usize>,
    tolerance: f64,
) -> String {
    let rounds = count(rounds, "round");
    match cycle {
        Some(period) => format!(
            "Play goes round in circles: a cycle of {}.",
            count(period, "round")
        ),
        None if converged && tolerance == 0.0 => {
            format!("Converged after {rounds}: nobody gains, exactly.")
        }
        None if converged => format!(
            "Converged after {rounds}: nobody gains more than {}.",
            number(tolerance)
        ),
        None if interrupted => format!(
            "Not converged after {rounds}: the time limit ended first, and whether anybody still gains was not decided."
        ),
        None => format!("Not converged after {rounds}."),
    }
}
