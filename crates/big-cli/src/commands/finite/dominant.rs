//! `big solve` for a finite game under the inner-product loss: dominant choices.

use big_game::finite::FiniteGame;
use big_io::result_finite::{DominantInfluencer, DominantResult};

use super::choice;
use crate::args::ResultOptions;
use crate::commands::enumerate::digits;
use crate::failure::Failure;
use crate::output::{Outcome, put};
use crate::words::{ROWS, count, number, table, vector};

/// Puts out everybody's dominant choices.
pub(crate) fn dominant(
    options: &ResultOptions,
    game: &FiniteGame,
    name: Option<String>,
) -> Result<Outcome, Failure> {
    put(options, &DominantResult::new(name, game), text)?;
    Ok(Outcome::Answered)
}

/// The refusal of whatever makes sense only where responses depend on the others.
pub(crate) fn dominated() -> Failure {
    Failure::usage(
        "under the inner-product loss nobody's best choices depend on the others",
        "`big solve` gives everybody's dominant choices: their combinations are all the equilibria",
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

fn text(result: &DominantResult) -> String {
    let mut text = String::new();
    if let Some(name) = &result.name {
        text += &format!("{name}\n\n");
    }
    let verdict = if result.cardinality == "unique" {
        "Everybody has one dominant choice".into()
    } else {
        format!(
            "Everybody has dominant choices, with {} combinations",
            digits(&result.count)
        )
    };
    text += &format!(
        "{verdict}: best whatever the others do. At the first the receiver lands at {}.\n\n",
        vector(&result.receiver)
    );
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
    if result.influencers.len() > ROWS {
        let more = result.influencers.len() - ROWS;
        text += &format!("… and {}\n", count(more, "more influencer"));
    }
    text
}
