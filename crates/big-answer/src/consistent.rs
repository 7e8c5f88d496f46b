//! What an answer that does not hold its game says of itself twice.
//!
//! Nothing of it can be made again; but its parts must not contradict each other.

use big_numeric::distance;
use serde::Serialize;
use serde_json::Value;

use crate::answer::Answer;
use crate::compare::{Disagreement, agree};
use crate::dynamics::DynamicsResult;
use crate::finite::FiniteDynamicsResult;
use crate::preference::PlayResult;
use crate::solve::{Cardinality, Concept, SolveResult};
use crate::verify::VerifyResult;

/// The verdict of an answer beside the one that follows from its numbers.
macro_rules! worded {
    ($result:expr) => {
        verdict(&$result.verdict, || (**$result).clone().worded().verdict)
    };
}

impl Answer {
    /// Does every part of the answer that follows from others say what follows?
    ///
    /// # Errors
    /// The first field that does not.
    pub fn check(&self) -> Result<(), Disagreement> {
        match self {
            Self::Solve(result) => solve(result),
            Self::Verify(result) => verify(result),
            Self::Dynamics(result) => dynamics(result),
            Self::DynamicsFinite(result) => finite_dynamics(result),
            Self::SolveFinite(result) => worded!(result),
            Self::SolveDominant(result) => worded!(result),
            Self::SolveHybrid(result) => worded!(result),
            Self::VerifyHybrid(result) => worded!(result),
            Self::EnumerateHybrid(result) => worded!(result),
            Self::VerifyFinite(result) => worded!(result),
            Self::Enumerate(result) => worded!(result),
            Self::Strategic(result) => worded!(result),
            Self::Play(result) => play(result),
            Self::Reproduce(result) => {
                let holds = result.claims.iter().all(|claim| claim.holds);
                same("holds", &result.holds, &holds, 0.0)
            }
            _ => Ok(()),
        }
    }
}

/// A field beside what follows for it.
fn same<T: Serialize>(field: &str, told: &T, follows: &T, scale: f64) -> Result<(), Disagreement> {
    let value = |v: &T| serde_json::to_value(v).unwrap_or(Value::Null);
    // The unit is told by the last part of the field's name.
    let key = field.rsplit('.').next().unwrap_or(field);
    let wrap = |v: Value| Value::Object([(key.to_owned(), v)].into_iter().collect());
    agree(&wrap(value(told)), &wrap(value(follows)), scale, &[]).map_err(|d| Disagreement {
        field: d.field.replacen(key, field, 1),
        ..d
    })
}

/// Answers from before they had verdicts have none.
fn verdict(told: &str, follows: impl FnOnce() -> String) -> Result<(), Disagreement> {
    if told.is_empty() {
        return Ok(());
    }
    same("verdict", &told.to_owned(), &follows(), 0.0)
}

fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(0.0, f64::max)
}

fn solve(result: &SolveResult) -> Result<(), Disagreement> {
    let unique = result.cardinality == Cardinality::Unique;
    if unique != (result.dimension == Some(0)) {
        let follows = if unique { Some(0) } else { None };
        return Err(Disagreement {
            field: "dimension".into(),
            told: format!("{:?}", result.dimension),
            made: format!("{follows:?}"),
        });
    }
    let Some(all) = &result.influencers else {
        return Ok(());
    };
    let n = all.len();
    let named = result.winners.iter().chain(&result.undecided);
    if let Some(nobody) = named.copied().find(|&i| i >= n) {
        return same("winners", &nobody, &n.saturating_sub(1), 0.0);
    }
    let r = &result.receiver;
    let scale = largest(
        all.iter()
            .flat_map(|i| i.target.iter().chain(&i.action))
            .chain(r)
            .map(|v| v.abs()),
    );
    for (i, one) in all.iter().enumerate() {
        let field = |name: &str| format!("influencers[{i}].{name}");
        same(&field("target"), &one.target.len(), &r.len(), 0.0)?;
        let loss = match &result.terms {
            Some(terms) => terms.loss(r, &one.target),
            None => distance(r, &one.target).powi(2),
        };
        if result.solution_concept == Concept::PureNash {
            same(&field("loss"), &one.loss, &loss, scale)?;
        }
        if result.terms.is_none() && one.action.len() == one.target.len() {
            let exaggeration = distance(&one.action, &one.target);
            same(
                &field("exaggeration"),
                &one.exaggeration,
                &exaggeration,
                scale,
            )?;
        }
        let range = &one.action_range;
        for (name, bound) in [("lower", &range.lower), ("upper", &range.upper)] {
            let field = field(&format!("action_range.{name}"));
            same(&field, &bound.len(), &one.action.len(), 0.0)?;
            if unique {
                same(&field, bound, &one.action, scale)?;
            }
        }
    }
    if result.solution_concept == Concept::PureNash {
        let cost = all.iter().map(|i| i.loss).sum::<f64>();
        let told = result.welfare.equilibrium_cost;
        same("welfare.equilibrium_cost", &told, &cost, scale)?;
        let bound = result.certificate.receiver_error_bound + 1e-9 * scale;
        for &i in &result.winners {
            if distance(r, &all[i].target) > bound {
                return Err(Disagreement {
                    field: "winners".into(),
                    told: format!("{:?}", result.winners),
                    made: format!("'{}' is away from its target", all[i].name),
                });
            }
        }
    }
    let regret = largest(all.iter().map(|i| i.regret));
    same(
        "certificate.max_regret",
        &result.certificate.max_regret,
        &regret,
        scale,
    )?;
    verdict(&result.verdict, || result.clone().worded().verdict)
}

fn verify(result: &VerifyResult) -> Result<(), Disagreement> {
    let regret = largest(result.influencers.iter().map(|i| i.regret));
    same("max_regret", &result.max_regret, &regret, 0.0)?;
    let equilibrium = result.max_regret <= result.tolerance;
    same("equilibrium", &result.equilibrium, &equilibrium, 0.0)?;
    verdict(&result.verdict, || result.clone().worded().verdict)
}

fn dynamics(result: &DynamicsResult) -> Result<(), Disagreement> {
    if let Some(last) = result.steps.last() {
        same("rounds", &result.rounds, &last.round, 0.0)?;
        same("receiver", &result.receiver, &last.receiver, 1.0)?;
    }
    verdict(&result.verdict, || result.clone().worded().verdict)
}

fn finite_dynamics(result: &FiniteDynamicsResult) -> Result<(), Disagreement> {
    if let Some(last) = result.steps.last() {
        same("rounds", &result.rounds, &last.round, 0.0)?;
        same("receiver", &result.receiver, &last.receiver, 1.0)?;
    }
    verdict(&result.verdict, || result.clone().worded().verdict)
}

/// Play ends where its moves lead.
fn play(result: &PlayResult) -> Result<(), Disagreement> {
    let mut actions = result.start.actions.clone();
    for (k, step) in result.iterations.iter().enumerate() {
        let field = |name: &str| format!("iterations[{k}].{name}");
        let Some(action) = actions.get_mut(step.influencer) else {
            let last = actions.len().saturating_sub(1);
            return same(&field("influencer"), &step.influencer, &last, 0.0);
        };
        action.clone_from(&step.action);
        let Some(who) = result.influencers.get(step.influencer) else {
            continue;
        };
        same(&field("name"), &step.name, &who.name, 0.0)?;
        if let Some(target) = &who.target {
            let loss = distance(&step.theta_hat, target).powi(2);
            same(&field("loss"), &step.loss, &loss, 1.0)?;
        }
    }
    same(
        "equilibrium.actions",
        &result.equilibrium.actions,
        &actions,
        1.0,
    )?;
    let last = result
        .iterations
        .last()
        .map_or(&result.start.theta_hat, |step| &step.theta_hat);
    same(
        "equilibrium.theta_hat",
        &result.equilibrium.theta_hat,
        last,
        1.0,
    )
}
