//! Any answer, as it is read back.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::check::CheckResult;
use crate::coalitions::CoalitionsResult;
use crate::dominant::DominantResult;
use crate::dynamics::DynamicsResult;
use crate::enumerate::EnumerateResult;
use crate::finite::{FiniteDynamicsResult, FiniteResult, FiniteVerifyResult};
use crate::hybrid::{HybridEnumerateResult, HybridResult, HybridVerifyResult};
use crate::items::{ItemsAuditResult, ItemsResult};
use crate::kind::Kind;
use crate::mechanisms::MechanismsResult;
use crate::otherwise::{CommitResult, EnterResult, LearnResult};
use crate::preference::{
    AuditResult, FitResult, NoMaximumResult, PlayResult, ReceiverResult, SimulateResult,
};
use crate::private::PrivateResult;
use crate::reproduce::Reproduction;
use crate::solve::SolveResult;
use crate::strategic::StrategicResult;
use crate::verify::VerifyResult;

/// Any answer of the program.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Answer {
    /// An equilibrium of a game on convex sets.
    Solve(Box<SolveResult>),
    /// A pure equilibrium of a finite game.
    SolveFinite(Box<FiniteResult>),
    /// A pure equilibrium of a game in which only some choose items.
    SolveHybrid(Box<HybridResult>),
    /// The dominant choices of a finite game.
    SolveDominant(Box<DominantResult>),
    /// Is a profile an equilibrium?
    Verify(Box<VerifyResult>),
    /// The same of a finite game.
    VerifyFinite(Box<FiniteVerifyResult>),
    /// The same of a game in which only some choose items.
    VerifyHybrid(Box<HybridVerifyResult>),
    /// A run of best responses.
    Dynamics(Box<DynamicsResult>),
    /// The same of a finite game.
    DynamicsFinite(Box<FiniteDynamicsResult>),
    /// Every pure equilibrium of a finite game.
    Enumerate(Box<EnumerateResult>),
    /// The choices at equilibrium of a game in which only some choose items.
    EnumerateHybrid(Box<HybridEnumerateResult>),
    /// A game by its payoff table.
    Strategic(Box<StrategicResult>),
    /// A Bayesian equilibrium of a game with private targets.
    SolvePrivate(Box<PrivateResult>),
    /// Who gains by acting together.
    Coalitions(Box<CoalitionsResult>),
    /// Rules that resist lies.
    Mechanisms(Box<MechanismsResult>),
    /// Everybody follows its own slope.
    Learn(Box<LearnResult>),
    /// One moves first.
    Commit(Box<CommitResult>),
    /// Taking part costs something.
    Enter(Box<EnterResult>),
    /// Simulated comparisons.
    Simulate(Box<SimulateResult>),
    /// An ideal point.
    Fit(Box<FitResult>),
    /// The scores of items.
    Items(Box<ItemsResult>),
    /// The affine receiver that data imply.
    Receiver(Box<ReceiverResult>),
    /// Best responses with preference data.
    Play(Box<PlayResult>),
    /// Who can move an estimate.
    Audit(Box<AuditResult>),
    /// Who can move the scores of items.
    ItemsAudit(Box<ItemsAuditResult>),
    /// What to know of a table.
    Check(Box<CheckResult>),
    /// There is no estimate.
    NoMaximum(Box<NoMaximumResult>),
    /// The claims of the paper.
    Reproduce(Box<Reproduction>),
}

/// Why a JSON value that says that it is an answer is none.
#[derive(Debug, thiserror::Error)]
#[error("is no result of this program: {0}")]
pub struct Unreadable(#[from] serde_json::Error);

impl Answer {
    /// Does a JSON value say that it is an answer?
    pub fn is_claimed_by(value: &Value) -> bool {
        value
            .as_object()
            .is_some_and(|fields| fields.contains_key("kind") || unlabelled(fields).is_some())
    }

    /// The answer in a JSON value; `None` when it does not say that it is one.
    ///
    /// # Errors
    /// When it says so and is none.
    pub fn from_json(value: &Value) -> Result<Option<Self>, Unreadable> {
        let Some(fields) = value.as_object() else {
            return Ok(None);
        };
        let kind = match fields.get("kind") {
            Some(kind) => Kind::deserialize(kind)?,
            None => match unlabelled(fields) {
                Some(kind) => kind,
                None => return Ok(None),
            },
        };
        let value = labelled(fields, kind)?;
        let has = |key: &str| fields.contains_key(key);
        let none = has("reason") && has("direction");
        Ok(Some(match kind {
            Kind::Solve if has("with_these_choices") => Self::SolveHybrid(read(value)?),
            Kind::Solve if has("potential_minimum") => Self::SolveFinite(read(value)?),
            Kind::Solve if has("receiver_variance") => Self::SolvePrivate(read(value)?),
            Kind::Solve if has("count") => Self::SolveDominant(read(value)?),
            Kind::Solve => Self::Solve(read(value)?),
            Kind::Verify if has("receiver") && has("choices") => Self::VerifyHybrid(read(value)?),
            Kind::Verify if has("receiver") => Self::Verify(read(value)?),
            Kind::Verify => Self::VerifyFinite(read(value)?),
            Kind::Dynamics if has("choices") => Self::DynamicsFinite(read(value)?),
            Kind::Dynamics => Self::Dynamics(read(value)?),
            Kind::Enumerate if has("combinations") => Self::EnumerateHybrid(read(value)?),
            Kind::Enumerate => Self::Enumerate(read(value)?),
            Kind::Strategic => Self::Strategic(read(value)?),
            Kind::Coalitions => Self::Coalitions(read(value)?),
            Kind::PrefsFit
            | Kind::PrefsReceiver
            | Kind::PrefsPlay
            | Kind::PrefsAudit
            | Kind::PrefsMechanisms
                if none =>
            {
                Self::NoMaximum(read(value)?)
            }
            Kind::Mechanisms | Kind::PrefsMechanisms => Self::Mechanisms(read(value)?),
            Kind::Learn => Self::Learn(read(value)?),
            Kind::Commit => Self::Commit(read(value)?),
            Kind::Enter => Self::Enter(read(value)?),
            Kind::PrefsSimulate => Self::Simulate(read(value)?),
            Kind::PrefsFit if has("items") => Self::Items(read(value)?),
            Kind::PrefsFit => Self::Fit(read(value)?),
            Kind::PrefsReceiver => Self::Receiver(read(value)?),
            Kind::PrefsPlay => Self::Play(read(value)?),
            Kind::PrefsAudit if has("swaps") => Self::ItemsAudit(read(value)?),
            Kind::PrefsAudit => Self::Audit(read(value)?),
            Kind::PrefsCheck => Self::Check(read(value)?),
            Kind::Reproduce => Self::Reproduce(read(value)?),
        }))
    }
}

fn read<T: DeserializeOwned>(value: Value) -> Result<Box<T>, Unreadable> {
    Ok(Box::new(T::deserialize(value)?))
}

/// The same with its kind, version and verdict, which answers did not always carry.
fn labelled(fields: &Map<String, Value>, kind: Kind) -> Result<Value, Unreadable> {
    let mut fields = fields.clone();
    fields.insert("kind".into(), serde_json::to_value(kind)?);
    for key in ["version", "verdict"] {
        fields.entry(key).or_insert_with(|| Value::from(""));
    }
    Ok(Value::Object(fields))
}

/// The kind of an answer from before answers said it, by its keys.
fn unlabelled(fields: &Map<String, Value>) -> Option<Kind> {
    const KEYS: [(&[&str], Kind); 11] = [
        (&["solution_concept"], Kind::Solve),
        (&["steps", "choices"], Kind::Dynamics),
        (&["steps", "actions"], Kind::Dynamics),
        (&["count", "distinct"], Kind::Enumerate),
        (&["equilibrium", "max_regret"], Kind::Verify),
        (&["manipulability"], Kind::PrefsAudit),
        (&["iterations", "equilibrium"], Kind::PrefsPlay),
        (&["theta", "log_likelihood"], Kind::PrefsFit),
        (&["bias", "positions"], Kind::PrefsReceiver),
        (&["file", "comparisons"], Kind::PrefsSimulate),
        (&["claims"], Kind::Reproduce),
    ];
    let has = |keys: &[&str]| keys.iter().all(|key| fields.contains_key(*key));
    if has(&["reason", "direction"]) {
        return Some(Kind::PrefsFit);
    }
    let found = KEYS.iter().find(|(keys, _)| has(keys));
    found.map(|(_, kind)| *kind)
}
