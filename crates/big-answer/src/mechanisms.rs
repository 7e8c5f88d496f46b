//! The answer of `big mechanisms`.

use big_game::Game;
use big_mechanism::{Measured, Proof};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kind::{Kind, version};
use crate::solve::embedded;
use crate::words::number;

/// Rules in place of the receiver, and what a lie gains under each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MechanismsResult {
    /// `mechanisms`.
    pub kind: Kind,
    /// The program's version.
    pub version: String,
    /// The game's name.
    pub name: Option<String>,
    /// What it comes to, in a sentence.
    pub verdict: String,
    /// The names of the influencers, in the order of the game.
    pub names: Vec<String>,
    /// The rules that were asked for.
    pub mechanisms: Vec<MechanismResult>,
    /// The game itself, as a game file; left out for large games.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub game: Option<serde_json::Value>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MechanismResult {
    /// Its name.
    pub name: String,
    /// What it makes of honest reports.
    pub outcome: Vec<f64>,
    /// Is the truth best for everybody, whatever the others say?
    pub strategyproof: Strategyproof,
    /// The most that anybody gains by a lie while all others are honest.
    pub largest_gain: GainResult,
    /// Where the battle over the rule ends; left out where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equilibrium: Option<OutcomeResult>,
    /// The distance of the equilibrium from the honest outcome; null where the equilibrium is not known.
    pub distortion: Option<f64>,
    /// The most, over voters, that the outcome moves when an honest one leaves, per unit of its share of the weight; null with
    /// one voter.
    pub resilience: Option<f64>,
    /// The share of the weight that can carry the outcome away without bound, where reports are unbounded.
    pub breakdown: f64,
    /// Under honest noise, the mean's mean squared error over the rule's: 1 for the mean. Measured on drawn electorates.
    pub efficiency: f64,
    /// What everybody pays; left out without payments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payments: Option<Vec<f64>>,
    /// What is taken in, which is not negative: there is no deficit; left out without payments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<f64>,
}

/// Is the truth best?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Strategyproof {
    /// Yes: a theorem.
    Proved,
    /// No: a theorem, or a lie that was found.
    No,
    /// Neither is known here.
    Unknown,
}

/// What lies gain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GainResult {
    /// What the best lie that was found gains.
    pub found: f64,
    /// A proven bound on what any lie gains; left out where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<f64>,
    /// Who gains it, from 0; null where no lie was found.
    pub influencer: Option<usize>,
    /// The lie.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<Vec<f64>>,
}

/// An outcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OutcomeResult {
    /// Where the receiver lands.
    pub receiver: Vec<f64>,
}

impl From<Measured> for MechanismResult {
    fn from(of: Measured) -> Self {
        Self {
            name: of.rule.name().to_owned(),
            outcome: of.outcome,
            strategyproof: match of.strategyproof {
                Proof::Proved => Strategyproof::Proved,
                Proof::No => Strategyproof::No,
                Proof::Unknown => Strategyproof::Unknown,
            },
            largest_gain: GainResult {
                found: of.gain.found,
                bound: of.gain.bound.is_finite().then_some(of.gain.bound),
                influencer: of.gain.voter,
                report: of.gain.report,
            },
            equilibrium: of.equilibrium.map(|receiver| OutcomeResult { receiver }),
            distortion: of.distortion,
            resilience: of.resilience,
            breakdown: of.breakdown,
            efficiency: of.efficiency,
            budget: (!of.payments.is_empty()).then(|| of.payments.iter().sum()),
            payments: (!of.payments.is_empty()).then_some(of.payments),
        }
    }
}

impl MechanismsResult {
    /// The answer in words and numbers.
    pub fn new(name: Option<String>, game: &Game, mechanisms: Vec<MechanismResult>) -> Self {
        Self {
            kind: Kind::Mechanisms,
            version: version(),
            verdict: String::new(),
            names: (0..game.influencers())
                .map(|i| game.name(i).into_owned())
                .collect(),
            mechanisms,
            game: embedded(name.as_deref(), game),
            name,
        }
        .worded()
    }

    /// The same with its verdict in words.
    #[must_use]
    pub fn worded(mut self) -> Self {
        let proved =
            |m: &&MechanismResult| m.strategyproof == Strategyproof::Proved && m.payments.is_none();
        let best = self
            .mechanisms
            .iter()
            .filter(proved)
            .max_by(|a, b| a.efficiency.total_cmp(&b.efficiency));
        let mean = self.mechanisms.iter().find(|m| m.name == "weighted_mean");
        let mut text = match mean.map(|m| (m.largest_gain.found, m.largest_gain.influencer)) {
            Some((gain, Some(i))) => format!(
                "Under the weighted mean '{}' gains {} by a lie",
                self.names.get(i).map_or("", String::as_str),
                number(gain)
            ),
            Some(_) => "Under the weighted mean nobody gains by a lie here".into(),
            None => format!("{} rules were measured", self.mechanisms.len()),
        };
        text += "; ";
        text += &match best {
            Some(best) => format!(
                "of the rules under which the truth is proved best, '{}' makes most of what honest people say ({} of what the mean does).",
                best.name,
                number(best.efficiency)
            ),
            None => "no rule without payments was proved to make the truth best.".into(),
        };
        self.verdict = text;
        self
    }
}
