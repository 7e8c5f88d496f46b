//! What the program answers about finite games, as JSON.

use big_game::finite::{
    AtReceiver, BestResponse, Choice, DominantChoices, Enumeration, FiniteGame, FoundEquilibrium,
    Priced, RelaxationGap, SocialOptimum, Step, Verification, dominant_choices, inner_product_loss,
    inner_product_potential, price,
};
use big_game::spec::{Rational, WeightSpec};
use num_bigint::BigUint;
use num_traits::{ToPrimitive, Zero};
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
    /// Does nobody gain any more than the tolerance?
    pub converged: bool,
    /// Did the time limit end it?
    #[serde(default)]
    pub interrupted: bool,
    /// Who gains no more than this stays, in units of the loss; 0 unless asked for.
    #[serde(default)]
    pub tolerance: f64,
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

/// The answer of `big solve` for a finite game under the inner-product loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DominantResult {
    /// `solve`.
    pub kind: String,
    /// The program's version.
    pub version: String,
    /// The game's name.
    pub name: Option<String>,
    /// `weakly_dominant`.
    pub solution_concept: String,
    /// `unique` or `finite`.
    pub cardinality: String,
    /// How many profiles of dominant choices there are: a number, or its digits as text beyond 2^53.
    pub count: Value,
    /// Where the receiver lands at the first of them.
    pub receiver: Vec<f64>,
    /// The potential there, the same at all of them.
    pub potential: f64,
    /// In the order of the game.
    pub influencers: Vec<DominantInfluencer>,
}

/// One influencer's dominant choices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DominantInfluencer {
    /// Its name, or its number from 1.
    pub name: String,
    /// The first dominant choice: the indices of its items, from 0.
    pub choice: Vec<u32>,
    /// Their mean.
    pub action: Vec<f64>,
    /// Its loss when everybody plays its first dominant choice.
    pub loss: f64,
    /// Items in every dominant choice.
    pub fixed: Vec<u32>,
    /// Items of which any `open` complete it.
    pub tied: Vec<u32>,
    /// How many of the tied items are chosen.
    pub open: usize,
    /// How many dominant choices it has.
    pub count: Value,
}

/// The answer of `big enumerate`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EnumerateResult {
    /// `enumerate`.
    #[serde(default)]
    pub kind: String,
    /// The program's version.
    #[serde(default)]
    pub version: String,
    /// How many equilibria there are (found so far, when not complete): a number, or its digits as text beyond 2^53.
    pub count: Value,
    /// How many differ in some influencer's mean; null where an influencer has too many means of one effect to count.
    pub distinct: Value,
    /// In how many of them everybody loses by any other choice.
    #[serde(default)]
    pub strict: Value,
    /// Are these all?
    pub complete: bool,
    /// What everybody may leave on the table: 0 for equilibria.
    #[serde(default)]
    pub epsilon: f64,
    /// The equilibrium of least total loss; of those found, when not complete.
    #[serde(default)]
    pub best: Option<PricedResult>,
    /// The equilibrium of greatest total loss.
    #[serde(default)]
    pub worst: Option<PricedResult>,
    /// The profile of least total loss, equilibrium or not; null where it was not looked for.
    #[serde(default)]
    pub social_optimum: Option<OptimumResult>,
    /// The worst equilibrium's total loss in units of the optimum's: 1 where both are 0; null where only the
    /// optimum's is 0, and where it is not known because something was cut short.
    #[serde(default)]
    pub price_of_anarchy: Option<f64>,
    /// The same of the best equilibrium.
    #[serde(default)]
    pub price_of_stability: Option<f64>,
    /// By receiver, in the order of its coordinates; left out when not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receivers: Option<Vec<ReceiverResult>>,
    /// The equilibria; left out when only counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equilibria: Option<Vec<EquilibriumResult>>,
}

/// A profile and what it costs everybody together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PricedResult {
    /// Indices of items, one list an influencer.
    pub choices: Vec<Vec<u32>>,
    /// Where the receiver lands.
    pub receiver: Vec<f64>,
    /// The sum of all losses.
    pub cost: f64,
}

/// The profile of least total loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OptimumResult {
    /// Indices of items, one list an influencer.
    pub choices: Vec<Vec<u32>>,
    /// Where the receiver lands.
    pub receiver: Vec<f64>,
    /// The sum of all losses.
    pub cost: f64,
    /// What no profile costs less than.
    pub lower_bound: f64,
    /// Is it the least for certain?
    pub proven: bool,
}

/// The equilibria that share a receiver.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReceiverResult {
    /// Where it lands.
    pub receiver: Vec<f64>,
    /// How many equilibria there are with it.
    pub count: Value,
    /// The sum of all losses there.
    pub cost: f64,
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
    /// The sum of all losses.
    #[serde(default)]
    pub cost: f64,
    /// Does everybody lose by any other choice?
    #[serde(default)]
    pub strict: bool,
    /// The most that anybody would gain by another choice; left out where it is 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_regret: Option<f64>,
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
        truthful: &[BestResponse],
        verification: &Verification,
        relaxation: Option<RelaxationGap>,
    ) -> Self {
        let losses = game.losses(profile);
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
            name,
            status: if solved { "solved" } else { "approximate" }.into(),
            solution_concept: "pure_nash".into(),
            receiver: all(&game.receiver(profile)),
            potential: rounded(&game.potential(profile)),
            potential_minimum: None,
            potential_lower_bound: None,
            max_regret: rounded(&verification.max_regret()),
            regret_bound: bound_of_all(verification),
            influencers,
            equilibrium_cost: rounded(&cost),
            relaxation: relaxation.map(|gap| RelaxationResult {
                receiver: gap.receiver,
                distance: gap.distance,
                error_bound: gap.error_bound,
            }),
            moves: 0,
            seconds: None,
            version: env!("CARGO_PKG_VERSION").into(),
            game: None,
        }
    }
}

/// The bound of one influencer's regret, where it says more than the regret.
fn bound_of(verification: &Verification, i: usize) -> Option<f64> {
    let proven = verification.responses[i].proven;
    (!proven).then(|| rounded_up(&verification.regret_bound(i)))
}

/// The bound of all regrets, where some is not proven.
fn bound_of_all(verification: &Verification) -> Option<f64> {
    (!verification.proven()).then(|| rounded_up(&verification.max_regret_bound()))
}

impl FiniteVerifyResult {
    /// The verdict: does nobody gain more than `tolerance`, in units of the loss?
    pub fn new(game: &FiniteGame, verification: &Verification, tolerance: &Rational) -> Self {
        Self {
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
    pub fn new(game: &FiniteGame, found: &FoundEquilibrium<'_>) -> Self {
        let profile = found.choices;
        let cost: Rational = (0..game.influencers()).map(|i| game.loss(i, profile)).sum();
        Self {
            choices: profile.to_vec(),
            receiver: all(&game.receiver(profile)),
            potential: rounded(&game.potential(profile)),
            cost: rounded(&cost),
            strict: found.strict,
            max_regret: (!found.regret.is_zero()).then(|| rounded(&found.regret)),
        }
    }
}

impl DominantResult {
    /// Everybody's dominant choices.
    pub fn new(name: Option<String>, game: &FiniteGame) -> Self {
        let choices: Vec<DominantChoices> = (0..game.influencers())
            .map(|i| dominant_choices(game, i))
            .collect();
        let profile: Vec<Choice> = choices.iter().map(DominantChoices::first).collect();
        let count: BigUint = choices.iter().map(DominantChoices::count).product();
        let unique = count == BigUint::from(1u32);
        let influencers = choices
            .into_iter()
            .enumerate()
            .map(|(i, choices)| DominantInfluencer {
                name: game.name(i).into_owned(),
                action: all(&game.action(i, &profile[i])),
                choice: profile[i].clone(),
                loss: rounded(&inner_product_loss(game, i, &profile)),
                count: counted(&choices.count()),
                fixed: choices.fixed,
                tied: choices.tied,
                open: choices.open,
            });
        Self {
            kind: "solve".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            name,
            solution_concept: "weakly_dominant".into(),
            cardinality: if unique { "unique" } else { "finite" }.into(),
            count: counted(&count),
            receiver: all(&game.receiver(&profile)),
            potential: rounded(&inner_product_potential(game, &profile)),
            influencers: influencers.collect(),
        }
    }
}

impl EnumerateResult {
    /// What was found, with the social optimum where it was looked for.
    pub fn new(
        found: Enumeration,
        optimum: Option<&SocialOptimum>,
        epsilon: &Rational,
        equilibria: Option<Vec<EquilibriumResult>>,
    ) -> Self {
        let known = optimum.filter(|o| o.proven && found.complete);
        let ratio = |of: &Option<Priced>| {
            let (of, optimum) = (of.as_ref()?, known?);
            price(&of.cost, &optimum.at.cost).map(|ratio| rounded(&ratio))
        };
        Self {
            kind: "enumerate".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            count: counted(&found.count),
            distinct: found.distinct.as_ref().map_or(Value::Null, counted),
            strict: counted(&found.strict),
            complete: found.complete,
            epsilon: rounded(epsilon),
            price_of_anarchy: ratio(&found.worst),
            price_of_stability: ratio(&found.best),
            best: found.best.map(PricedResult::from),
            worst: found.worst.map(PricedResult::from),
            social_optimum: optimum.map(|optimum| OptimumResult {
                choices: optimum.at.profile.clone(),
                receiver: all(&optimum.at.receiver),
                cost: rounded(&optimum.at.cost),
                lower_bound: rounded(&optimum.lower_bound),
                proven: optimum.proven,
            }),
            receivers: None,
            equilibria,
        }
    }
}

impl From<Priced> for PricedResult {
    fn from(priced: Priced) -> Self {
        Self {
            receiver: all(&priced.receiver),
            cost: rounded(&priced.cost),
            choices: priced.profile,
        }
    }
}

impl From<AtReceiver> for ReceiverResult {
    fn from(group: AtReceiver) -> Self {
        Self {
            receiver: all(&group.receiver),
            count: counted(&group.count),
            cost: rounded(&group.cost),
        }
    }
}
