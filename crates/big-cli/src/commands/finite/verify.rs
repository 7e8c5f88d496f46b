//! `big verify` for a finite game.

use big_game::finite::{self, Budget, FiniteGame};
use big_io::result_finite::{FiniteRegret, FiniteVerifyResult};

use super::{choice, meter, read_choices};
use crate::commands::verify::Arguments;
use crate::failure::Failure;
use crate::output::{Outcome, put};
use crate::words::{ROWS, number, table};

pub(crate) fn verify(arguments: &Arguments, game: &FiniteGame) -> Result<Outcome, Failure> {
    let profile = read_choices(&arguments.profile, game)?;
    let used = meter(arguments.time_limit);
    let found = finite::verify(game, &profile, &Budget::metered(&used))
        .map_err(|e| Failure::Internal(e.to_string()))?;
    let result = FiniteVerifyResult::new(game, &found);
    put(&arguments.result, &result, text)?;
    Ok(match result.equilibrium {
        Some(true) => Outcome::Answered,
        Some(false) => Outcome::No,
        None => Outcome::Unfinished,
    })
}

/// The verdict in a sentence.
pub(crate) fn verify_verdict(result: &FiniteVerifyResult) -> String {
    let gains = |a: &&FiniteRegret, b: &&FiniteRegret| a.regret.total_cmp(&b.regret);
    // Of those with the largest regret, the first.
    let most = result.influencers.iter().rev().max_by(gains);
    match (result.equilibrium, most) {
        (Some(false), Some(most)) => format!(
            "Not an equilibrium: '{}' gains {} by choosing {}.",
            most.name,
            number(most.regret),
            choice(&most.best_response)
        ),
        (None, _) => {
            "Not decided: the time limit ended first, and nobody was found to gain.".to_owned()
        }
        _ => "An equilibrium: nobody gains anything, exactly.".to_owned(),
    }
}

fn text(result: &FiniteVerifyResult) -> String {
    let mut rows: Vec<_> = result.influencers.iter().collect();
    rows.sort_by(|a, b| b.regret.total_cmp(&a.regret));
    format!("{}\n\n", verify_verdict(result))
        + &table(
            &["influencer", "regret", ""],
            rows.iter().take(ROWS).map(|r| {
                vec![
                    r.name.clone(),
                    number(r.regret),
                    format!("best: items {}", choice(&r.best_response)),
                ]
            }),
        )
}
