//! `big verify` for a finite game.

use big_game::finite::{self, Budget, FiniteGame};
use big_io::result_finite::{FiniteRegret, FiniteVerifyResult, exactly};

use super::{choice, read_choices};
use crate::commands::verify::Arguments;
use crate::failure::Failure;
use crate::output::{Outcome, put};
use crate::words::{ROWS, count, number, table};

pub(crate) fn verify(
    arguments: &Arguments,
    game: &FiniteGame,
    budget: &Budget<'_>,
) -> Result<Outcome, Failure> {
    let profile = read_choices(&arguments.profile, game, &budget.part(0.5))?;
    let found =
        finite::verify(game, &profile, budget).map_err(|e| Failure::Internal(e.to_string()))?;
    let tolerance = exactly(arguments.tolerance.unwrap_or(0.0));
    let result = FiniteVerifyResult::new(game, &found, &tolerance);
    put(&arguments.result, &result, text)?;
    Ok(match result.equilibrium {
        Some(true) => Outcome::Answered,
        Some(false) | None => Outcome::No,
    })
}

/// The verdict in a sentence.
pub(crate) fn verify_verdict(result: &FiniteVerifyResult) -> String {
    let gains = |a: &&FiniteRegret, b: &&FiniteRegret| a.regret.total_cmp(&b.regret);
    // Of those with the largest regret, the first.
    let most = result.influencers.iter().rev().max_by(gains);
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

/// A regret as people read it: a number, or what it lies between.
pub(super) fn regret(found: f64, bound: Option<f64>) -> String {
    match bound {
        None => number(found),
        Some(bound) => format!("{} to {}", number(found), number(bound)),
    }
}

fn text(result: &FiniteVerifyResult) -> String {
    let mut rows: Vec<_> = result.influencers.iter().collect();
    rows.sort_by(|a, b| b.regret.total_cmp(&a.regret));
    let mut text = format!("{}\n\n", verify_verdict(result))
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
    if rows.len() > ROWS {
        text += &format!("… and {}\n", count(rows.len() - ROWS, "more influencer"));
    }
    text
}
