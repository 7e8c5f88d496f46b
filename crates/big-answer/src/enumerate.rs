//! Every pure equilibrium of a finite game.

use big_finite::{
    AtReceiver, Enumeration, FiniteGame, FoundEquilibrium, Priced, SocialOptimum, price,
};
use big_game::spec::Rational;
use num_traits::Zero;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::finite::{Count, all, embedded_finite, exactly, rounded};
use crate::kind::{Kind, version};
use crate::words::number;

/// The answer of `big enumerate`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EnumerateResult {
    /// `enumerate`.
    pub kind: Kind,
    /// The program's version.
    pub version: String,
    /// What it comes to, in a sentence.
    pub verdict: String,
    /// How many equilibria there are (found so far, when not complete).
    pub count: Count,
    /// How many differ in some influencer's mean; null where an influencer has too many means of one effect to count.
    pub distinct: Option<Count>,
    /// In how many of them everybody loses by any other choice.
    #[serde(default)]
    pub strict: Option<Count>,
    /// Are these all?
    pub complete: bool,
    /// What everybody may leave on the table: 0 for equilibria.
    #[serde(default)]
    pub epsilon: f64,
    /// The same exactly, as a fraction; left out where the number is exact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epsilon_exact: Option<String>,
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
    /// The game itself, as a game file; left out for large games.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub game: Option<Value>,
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
    pub count: Count,
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

impl EnumerateResult {
    /// What was found, with the social optimum where it was looked for.
    pub fn new(
        name: Option<&str>,
        game: &FiniteGame,
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
        let (count, distinct) = (
            Count::of(&found.count),
            found.distinct.as_ref().map(Count::of),
        );
        let strict = Some(Count::of(&found.strict));
        let near = rounded(epsilon);
        Self {
            kind: Kind::Enumerate,
            version: version(),
            verdict: String::new(),
            count,
            distinct,
            strict,
            complete: found.complete,
            epsilon: near,
            epsilon_exact: (exactly(near) != *epsilon).then(|| epsilon.to_string()),
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
            game: embedded_finite(name, game),
        }
        .worded()
    }
}

impl EnumerateResult {
    /// The same, listed by receiver: at most `limit` of them.
    #[must_use]
    pub fn by_receiver(mut self, groups: Vec<AtReceiver>, limit: usize) -> Self {
        self.complete &= groups.len() <= limit;
        let groups = groups.into_iter().take(limit);
        self.receivers = Some(groups.map(ReceiverResult::from).collect());
        self.worded()
    }

    /// The same with its verdict in words.
    #[must_use]
    pub fn worded(mut self) -> Self {
        self.verdict = of_enumeration(&self);
        self
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
            count: Count::of(&group.count),
            cost: rounded(&group.cost),
        }
    }
}

/// How many pure equilibria there are.
fn of_enumeration(result: &EnumerateResult) -> String {
    let total = &result.count;
    let pure = if result.epsilon > 0.0 {
        format!("pure {}-", number(result.epsilon))
    } else {
        "pure ".into()
    };
    let noun = if total.is_one() {
        "equilibrium"
    } else {
        "equilibria"
    };
    if !result.complete {
        return format!("At least {total} {pure}{noun}: the search was cut short.");
    }
    let distinct = match &result.distinct {
        None => "how many differ in their means is not known".into(),
        Some(distinct) => format!("{distinct} differ in their means"),
    };
    let strict = match &result.strict {
        None => "unknown".into(),
        Some(strict) => strict.to_string(),
    };
    format!("{total} {pure}{noun} in all; {distinct}; strict: {strict}.")
}
