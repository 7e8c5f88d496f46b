//! The answers of `big mechanisms` and `big prefs mechanisms`.

use big_game::Game;
use big_mechanism::{Battle, CoalitionGain, Measured, Proof, Rule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kind::{Kind, version};
use crate::preference::NoMaximumResult;
use crate::solve::{EMBEDDED, embedded};
use crate::words::{count, number, vector};

/// The answer of `big prefs mechanisms`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum LabelMechanismsAnswer {
    /// The rules, measured.
    Measured(Box<MechanismsResult>),
    /// The pooled estimate does not exist (exit code 1).
    None(NoMaximumResult),
}

/// Rules in place of the receiver, and what a lie gains under each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MechanismsResult {
    /// `mechanisms`, or `prefs_mechanisms`: rules on labels.
    pub kind: Kind,
    /// The program's version.
    pub version: String,
    /// The game's name.
    pub name: Option<String>,
    /// What it comes to, in a sentence.
    pub verdict: String,
    /// The names of the influencers in the order of the game, or of the annotators in that of the table.
    pub names: Vec<String>,
    /// The rules that were asked for.
    pub mechanisms: Vec<MechanismResult>,
    /// Rules that are not for this game; left out where rules were asked for by name, and where all are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOutResult>,
    /// Of labels: what they are of, and how the rules were measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<LabelsResult>,
    /// The game itself, as a game file; left out for large games.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub game: Option<serde_json::Value>,
}

/// A rule that was not measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOutResult {
    /// Its name.
    pub name: String,
    /// Why it is not for this game.
    pub reason: String,
}

/// What rules on labels were measured on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LabelsResult {
    /// The comparisons.
    pub comparisons: u64,
    /// What positions are: `ideal_point`, `vector` or `anti_ideal`.
    pub model: String,
    /// The precision that annotators' own estimates are made with.
    pub precision: f64,
    /// Tables that were drawn for the accuracy under honesty.
    pub replicates: usize,
    /// The seed of these.
    pub seed: u64,
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
    /// Another loss under which the truth is proved best, where it is not under the squared distance: `l1`, the sum of absolute
    /// differences.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proved_under: Option<OtherLoss>,
    /// The most that anybody gains by a lie while all others are honest.
    pub largest_gain: GainResult,
    /// The most that two gain by lying together while all others are honest; left out of rules on labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coalition_gain: Option<CoalitionGainResult>,
    /// Where the battle over the rule ends; left out where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equilibrium: Option<OutcomeResult>,
    /// Why it is not known; left out where it is, and of rules on labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_equilibrium: Option<NoEquilibrium>,
    /// The distance of the equilibrium from the honest outcome; null where the equilibrium is not known.
    pub distortion: Option<f64>,
    /// The most, over voters, that the outcome moves when an honest one leaves, per unit of its share of the weight; null with
    /// one voter.
    pub resilience: Option<f64>,
    /// The share of the weight that can carry the outcome away without bound, where reports are unbounded.
    pub breakdown: f64,
    /// Under honest noise, the mean's mean squared error over the rule's: 1 for the mean. Measured on drawn electorates; on labels,
    /// the pooled estimate's over the rule's, on tables that honest annotators would have made. Null where that was not measured.
    pub efficiency: Option<f64>,
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

impl GainResult {
    /// What was found, by whom and with what; an infinite bound is none.
    pub fn new(
        found: f64,
        bound: f64,
        influencer: Option<usize>,
        report: Option<Vec<f64>>,
    ) -> Self {
        Self {
            found,
            bound: bound.is_finite().then_some(bound),
            influencer,
            report,
        }
    }
}

/// What two gain by lying together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CoalitionGainResult {
    /// What the one of them who gains less gains by the best joint lie that was found; 0 where none was.
    pub found: f64,
    /// No two gain more than this each: 0 where it is proved that no group gains.
    pub bound: f64,
    /// Who, from 0; empty where no joint lie was found.
    pub members: Vec<usize>,
    /// What each of them gains.
    pub gains: Vec<f64>,
    /// What each of them says.
    pub reports: Vec<Vec<f64>>,
}

impl From<CoalitionGain> for CoalitionGainResult {
    fn from(of: CoalitionGain) -> Self {
        Self {
            found: of.found,
            bound: of.bound,
            members: of.members,
            gains: of.gains,
            reports: of.reports,
        }
    }
}

/// Losses other than the squared distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OtherLoss {
    /// The sum of absolute differences.
    L1,
}

/// Why it is not known where a battle ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoEquilibrium {
    /// Best responses, by a search, did not come to rest.
    Restless,
    /// There are too many influencers for best responses by a search.
    TooLarge,
}

impl NoEquilibrium {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Restless => "best responses did not come to rest",
            Self::TooLarge => {
                "there are too many influencers to search for everybody's best response"
            }
        }
    }
}

/// Where a battle ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OutcomeResult {
    /// Where the receiver lands.
    pub receiver: Vec<f64>,
    /// What everybody reports there; left out of large games and of rules on labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reports: Option<Vec<Vec<f64>>>,
    /// The most that anybody gains there by another report: proved, or the most that a search found; left out of rules on labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_regret: Option<f64>,
    /// Is that proved?
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regret_proved: Option<bool>,
}

impl From<Measured> for MechanismResult {
    fn from(of: Measured) -> Self {
        let (equilibrium, no_equilibrium) = match of.battle {
            Battle::Ends(there) => {
                let d = there.receiver.len();
                let rows = there.reports.chunks_exact(d).map(<[f64]>::to_vec);
                let few = there.reports.len() <= EMBEDDED * d;
                let end = OutcomeResult {
                    reports: few.then(|| rows.collect()),
                    max_regret: Some(there.regret),
                    regret_proved: Some(there.exact),
                    receiver: there.receiver,
                };
                (Some(end), None)
            }
            Battle::Restless => (None, Some(NoEquilibrium::Restless)),
            Battle::TooLarge => (None, Some(NoEquilibrium::TooLarge)),
        };
        Self {
            name: of.rule.name().to_owned(),
            outcome: of.outcome,
            strategyproof: match of.strategyproof {
                Proof::Proved => Strategyproof::Proved,
                Proof::No => Strategyproof::No,
                Proof::Unknown => Strategyproof::Unknown,
            },
            largest_gain: GainResult::new(
                of.gain.found,
                of.gain.bound,
                of.gain.voter,
                of.gain.report,
            ),
            proved_under: of.proved_under_l1.then_some(OtherLoss::L1),
            coalition_gain: Some(of.coalition.into()),
            equilibrium,
            no_equilibrium,
            distortion: of.distortion,
            resilience: of.resilience,
            breakdown: of.breakdown,
            efficiency: Some(of.efficiency),
            budget: (!of.payments.is_empty()).then(|| of.payments.iter().sum()),
            payments: (!of.payments.is_empty()).then_some(of.payments),
        }
    }
}

impl MechanismsResult {
    /// The answer about labels of annotators of these names.
    pub fn of_labels(
        name: String,
        names: Vec<String>,
        mechanisms: Vec<MechanismResult>,
        labels: LabelsResult,
    ) -> Self {
        Self {
            kind: Kind::PrefsMechanisms,
            version: version(),
            verdict: String::new(),
            names,
            mechanisms,
            left_out: Vec::new(),
            labels: Some(labels),
            game: None,
            name: Some(name),
        }
        .worded()
    }

    /// The answer in words and numbers.
    pub fn new(
        name: Option<String>,
        game: &Game,
        mechanisms: Vec<MechanismResult>,
        left_out: Vec<(Rule, &str)>,
    ) -> Self {
        Self {
            kind: Kind::Mechanisms,
            version: version(),
            verdict: String::new(),
            names: (0..game.influencers())
                .map(|i| game.name(i).into_owned())
                .collect(),
            mechanisms,
            left_out: left_out
                .into_iter()
                .map(|(rule, why)| LeftOutResult {
                    name: rule.name().to_owned(),
                    reason: why.to_owned(),
                })
                .collect(),
            labels: None,
            game: embedded(name.as_deref(), game),
            name,
        }
        .worded()
    }

    /// The same with its verdict in words.
    #[must_use]
    pub fn worded(mut self) -> Self {
        self.verdict = match self.labels {
            Some(_) => self.verdict_on_labels(),
            None => self.verdict_on_points(),
        };
        self
    }

    /// What is to be said of the rules beside their numbers: under which other loss truth is best, where a battle ends that no
    /// theorem tells, what is not known, and which rules were left out.
    pub fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        for m in &self.mechanisms {
            if m.proved_under.is_some() && m.strategyproof != Strategyproof::Proved {
                remarks.push(format!(
                    "Under '{}' the truth is proved best for those who lose the sum of absolute differences; the gains told here are in the \
                     squared distance.",
                    m.name
                ));
            }
            if let Some(end) = &m.equilibrium
                && end.regret_proved == Some(false)
            {
                let left = match end.max_regret.unwrap_or(0.0) {
                    0.0 => "nothing".to_owned(),
                    gain => format!("no more than {}", number(gain)),
                };
                remarks.push(format!(
                    "Under '{}' best responses come to rest with the outcome at {}; a search finds {left} to gain there, which is no proof.",
                    m.name,
                    vector(&end.receiver)
                ));
            }
            if let Some(why) = m.no_equilibrium {
                remarks.push(format!(
                    "Where the battle over '{}' ends is not known: {}.",
                    m.name,
                    why.words()
                ));
            }
        }
        for left in &self.left_out {
            remarks.push(format!("'{}' is left out: {}.", left.name, left.reason));
        }
        remarks
    }

    /// Who gains by a lie under a rule, in words.
    fn who_gains(&self, m: &MechanismResult) -> String {
        match m.largest_gain.influencer {
            Some(i) => format!(
                "'{}' gains {} by a lie",
                self.names.get(i).map_or("", String::as_str),
                number(m.largest_gain.found)
            ),
            None => "nobody gains by a lie that was tried".into(),
        }
    }

    fn verdict_on_labels(&self) -> String {
        let mut text = match self.mechanisms.iter().find(|m| m.name == "pooled_mle") {
            Some(pooled) => format!("Under the pooled estimate {}", self.who_gains(pooled)),
            None => measured(self.mechanisms.len()),
        };
        let others = self.mechanisms.iter().filter(|m| m.name != "pooled_mle");
        let worth = |m: &MechanismResult| (m.largest_gain.found, -m.efficiency.unwrap_or(0.0));
        let best = others.min_by(|a, b| {
            let ((a, x), (b, y)) = (worth(a), worth(b));
            a.total_cmp(&b).then(x.total_cmp(&y))
        });
        text += &match best {
            Some(best) => format!(
                "; '{}' leaves the least to gain, {}{}.",
                best.name,
                number(best.largest_gain.found),
                match best.efficiency {
                    Some(e) => format!(
                        ", and makes of honest labels {} of what the pooled estimate does",
                        number(e)
                    ),
                    None => String::new(),
                }
            ),
            None => ".".into(),
        };
        text
    }

    fn verdict_on_points(&self) -> String {
        let efficiency = |m: &MechanismResult| m.efficiency.unwrap_or(0.0);
        let proved =
            |m: &&MechanismResult| m.strategyproof == Strategyproof::Proved && m.payments.is_none();
        let best = self
            .mechanisms
            .iter()
            .filter(proved)
            .max_by(|a, b| efficiency(a).total_cmp(&efficiency(b)));
        let mean = self.mechanisms.iter().find(|m| m.name == "weighted_mean");
        let mut text = match mean {
            Some(mean) if mean.largest_gain.influencer.is_some() => {
                format!("Under the weighted mean {}", self.who_gains(mean))
            }
            Some(_) => "Under the weighted mean nobody gains by a lie here".into(),
            None => measured(self.mechanisms.len()),
        };
        text += "; ";
        text += &match best {
            Some(best) => format!(
                "of the rules under which the truth is proved best, '{}' makes most of what honest people say ({} of what the mean does).",
                best.name,
                number(efficiency(best))
            ),
            None => "no rule without payments was proved to make the truth best.".into(),
        };
        text
    }
}

fn measured(rules: usize) -> String {
    let were = if rules == 1 { "was" } else { "were" };
    format!("{} {were} measured", count(rules, "rule"))
}
