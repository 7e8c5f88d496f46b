//! What people are told about games in which only some choose items.

use big_answer::finite::FiniteStatus;
use big_answer::hybrid::{HybridEnumerateResult, HybridResult, HybridVerifyResult};

use crate::commands::finite::regret;
use crate::words::{ROWS, choice, error, number, rest, table, titled, vector};

/// What stands beside an action: the items that it is the mean of.
fn items(of: Option<&Vec<u32>>) -> String {
    of.map_or_else(String::new, |items| format!("items {}", choice(items)))
}

/// A regret: a chooser's is exact or between two numbers, another's is what rounding leaves.
fn gain(chooses: bool, found: f64, bound: Option<f64>) -> String {
    if chooses {
        regret(found, bound)
    } else {
        error(found)
    }
}

/// A pure equilibrium.
pub(crate) fn solve_text(result: &HybridResult) -> String {
    let mut text = titled(result.name.as_deref(), &result.verdict);
    if result.status == FiniteStatus::Solved {
        text += " `big enumerate` finds all choices that are part of one.";
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
                gain(i.choice.is_some(), i.regret, i.regret_bound),
                items(i.choice.as_ref()),
            ]
        }),
    );
    text += &rest(result.influencers.len(), ROWS, "more influencer", "");
    text + &format!(
        "\nTotal loss {}; potential {}. Whoever plays points is at equilibrium to a duality gap of {}; the receiver is within {} of its \
         true position.\n",
        number(result.equilibrium_cost),
        number(result.potential),
        error(result.certificate.duality_gap),
        error(result.certificate.receiver_error_bound)
    )
}

/// Is a profile an equilibrium?
pub(crate) fn verify_text(result: &HybridVerifyResult) -> String {
    let mut rows: Vec<_> = result.influencers.iter().collect();
    rows.sort_by(|a, b| b.regret.total_cmp(&a.regret));
    let mut text = format!(
        "{}\nThe receiver lands at {}; the largest regret is {}.\n\n",
        result.verdict,
        vector(&result.receiver),
        error(result.max_regret)
    );
    text += &table(
        &["influencer", "regret", "best response", ""],
        rows.iter().take(ROWS).map(|r| {
            vec![
                r.name.clone(),
                gain(r.best_choice.is_some(), r.regret, r.regret_bound),
                vector(&r.best_response),
                items(r.best_choice.as_ref()),
            ]
        }),
    );
    text += &rest(rows.len(), ROWS, "influencer", " with less");
    text
}

/// The choices that are part of an equilibrium.
pub(crate) fn enumerate_text(result: &HybridEnumerateResult) -> String {
    let mut text = String::new();
    for e in &result.equilibria {
        let choices: Vec<String> = e.choices.iter().flatten().map(|c| choice(c)).collect();
        text += &format!(
            "{}  receiver {}, potential {}, total loss {}, {} with these choices{}\n",
            choices.join(" "),
            vector(&e.receiver),
            number(e.potential),
            number(e.cost),
            e.piece.many(),
            match e.piece.settled {
                Some(_) => "",
                None => ", not decided",
            }
        );
    }
    text += &result.verdict;
    text += "\n";
    if !result.complete {
        text += "The list was cut, or the time limit ended first; --limit and --time-limit allow more.\n";
    }
    text
}
