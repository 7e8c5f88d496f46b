//! What people are told about finite games.

use big_answer::dominant::{DominantInfluencer, DominantResult};
use big_answer::finite::{FiniteDynamicsResult, FiniteResult, FiniteStatus, FiniteVerifyResult};
use big_finite::FiniteGame;

use crate::words::{ROWS, choice, number, rest, table, titled, vector};

/// A pure equilibrium.
pub(crate) fn solve_text(result: &FiniteResult) -> String {
    let mut text = titled(result.name.as_deref(), &result.verdict);
    if result.status == FiniteStatus::Solved && result.potential_minimum != Some(true) {
        text += " `big enumerate` finds them all.";
    }
    text += "\n\n";
    text += &table(
        &["influencer", "target", "action", "loss", "regret", ""],
        result.influencers.iter().take(ROWS).map(|i| {
            vec![
                i.name.clone(),
                vector(&i.target),
                vector(&i.action),
                number(i.loss),
                regret(i.regret, i.regret_bound),
                format!("items {}", choice(&i.choice)),
            ]
        }),
    );
    text += &rest(result.influencers.len(), ROWS, "more influencer", "");
    if let Some(gap) = &result.relaxation {
        text += &format!(
            "\nOn the convex hulls of the actions the receiver would land at {}, {} away.\n",
            vector(&gap.receiver),
            number(gap.distance)
        );
    }
    text + &format!(
        "Total loss {}; potential {}. {}\n",
        number(result.equilibrium_cost),
        number(result.potential),
        if result.regret_bound.is_none() {
            "Regrets are exact."
        } else {
            "A regret of which two numbers are given lies between them: its proof was not completed."
        }
    )
}

/// A regret as people read it: a number, or what it lies between.
pub(crate) fn regret(found: f64, bound: Option<f64>) -> String {
    match bound {
        None => number(found),
        Some(bound) => format!("{} to {}", number(found), number(bound)),
    }
}

/// Is a profile an equilibrium?
pub(crate) fn verify_text(result: &FiniteVerifyResult) -> String {
    let mut rows: Vec<_> = result.influencers.iter().collect();
    rows.sort_by(|a, b| b.regret.total_cmp(&a.regret));
    let mut text = format!("{}\n\n", result.verdict)
        + &table(
            &["influencer", "regret", ""],
            rows.iter().take(ROWS).map(|r| {
                let how = if r.proven { "best" } else { "best found" };
                vec![
                    r.name.clone(),
                    regret(r.regret, r.regret_bound),
                    format!("{how}: items {}", choice(&r.best_response)),
                ]
            }),
        );
    text += &rest(rows.len(), ROWS, "more influencer", "");
    text
}

/// A run of best responses.
pub(crate) fn dynamics_text(game: &FiniteGame, result: &FiniteDynamicsResult) -> String {
    let mut text = table(
        &["round", "who moves", "receiver", "potential", ""],
        result.steps.iter().take(ROWS).map(|step| {
            vec![
                step.round.to_string(),
                step.influencer
                    .map_or("everybody".into(), |i| game.name(i).into_owned()),
                vector(&step.receiver),
                number(step.potential),
                format!("to items {}", choice(&step.choice)),
            ]
        }),
    );
    text += &rest(
        result.steps.len(),
        ROWS,
        "more step",
        "; --json gives them all",
    );
    text + &format!(
        "\n{}{} The receiver is at {}.\n",
        result.verdict,
        if result.converged || result.interrupted || result.cycle.is_some() {
            ""
        } else {
            " --max-rounds allows more."
        },
        vector(&result.receiver)
    )
}

/// A set of choices in words.
fn all_of(one: &DominantInfluencer) -> String {
    match (one.fixed.is_empty(), one.open) {
        (_, 0) => choice(&one.fixed),
        (true, open) => format!("any {open} of {}", choice(&one.tied)),
        (false, open) => format!(
            "{} and any {open} of {}",
            choice(&one.fixed),
            choice(&one.tied)
        ),
    }
}

/// Everybody's dominant choices.
pub(crate) fn dominant_text(result: &DominantResult) -> String {
    let mut text = titled(result.name.as_deref(), &result.verdict);
    text += "\n\n";
    text += &table(
        &["influencer", "action", "loss", "items"],
        result.influencers.iter().take(ROWS).map(|one| {
            vec![
                one.name.clone(),
                vector(&one.action),
                number(one.loss),
                all_of(one),
            ]
        }),
    );
    text += &rest(result.influencers.len(), ROWS, "more influencer", "");
    text
}
