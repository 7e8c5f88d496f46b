//! `big verify` for a finite game.

use big_game::finite::{self, Budget, FiniteGame};
use big_io::result_finite::FiniteVerifyResult;

use super::{choice, deadline, read_choices};
use crate::commands::verify::Arguments;
use crate::failure::Failure;
use crate::output::{Outcome, put};
use crate::words::{ROWS, number, table};

pub(crate) fn verify(arguments: &Arguments, game: &FiniteGame) -> Result<Outcome, Failure> {
    let profile = read_choices(&arguments.profile, game)?;
    let over = deadline(arguments.time_limit);
    let found = finite::verify(game, &profile, &Budget::until(&over))
        .map_err(|e| Failure::Internal(e.to_string()))?;
    let result = FiniteVerifyResult::new(game, &found);
    put(&arguments.result, &result, text)?;
    Ok(match result.equilibrium {
        Some(true) => Outcome::Answered,
        Some(false) => Outcome::No,
        None => Outcome::Unfinished,
    })
}

fn text(result: &FiniteVerifyResult) -> String {
    let mut rows: Vec<_> = result.influencers.iter().collect();
    rows.sort_by(|a, b| b.regret.total_cmp(&a.regret));
    let verdict = match result.equilibrium {
        Some(true) => "An equilibrium: nobody gains anything, exactly.".to_owned(),
        Some(false) => format!(
            "Not an equilibrium: '{}' gains {} by choosing {}.",
            rows[0].name,
            number(rows[0].regret),
            choice(&rows[0].best_response)
        ),
        None => "Not decided: the time limit ended first, and nobody was found to gain.".to_owned(),
    };
    format!("{verdict}\n\n")
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
