//! `big solve` for a finite game.

use std::time::Duration;

use big_game::dynamics::Start;
use big_game::finite::{self, Budget, Choice, FiniteGame, start, verify};
use big_io::result_finite::{FiniteResult, embedded_finite, rounded};

use super::{choice, meter};
use crate::commands::solve::Arguments;
use crate::failure::Failure;
use crate::output::{Outcome, put};
use crate::words::{ROWS, count, number, table, vector};

pub(crate) fn solve(
    arguments: &Arguments,
    game: &FiniteGame,
    name: Option<String>,
) -> Result<Outcome, Failure> {
    let minimum = arguments.potential_minimum;
    let mut result = answer(game, name, minimum, Some(arguments.time_limit))?.result;
    if arguments.result.json {
        result.game = embedded_finite(result.name.as_deref(), game);
    }
    put(&arguments.result, &result, text)?;
    Ok(Outcome::Answered)
}

/// An answer, and what everybody would choose truthfully.
pub(crate) struct Found {
    pub(crate) result: FiniteResult,
    pub(crate) truthful: Vec<Choice>,
}

/// A pure equilibrium, or the one of least potential, within a time limit.
pub(crate) fn answer(
    game: &FiniteGame,
    name: Option<String>,
    least: bool,
    limit: Option<Duration>,
) -> Result<Found, Failure> {
    let used = meter(limit);
    let budget = Budget::metered(&used);
    let truthful = start(game, Start::Truthful, &budget);
    let failed = |e: finite::ChoiceError| Failure::Internal(e.to_string());
    let mut minimum = None;
    let (profile, verification, moves) = if least {
        let found = finite::potential_minimum(game, &budget);
        let verification = verify(game, &found.profile, &budget).map_err(failed)?;
        minimum = Some((found.proven, rounded(&found.lower_bound)));
        (found.profile, verification, 0)
    } else {
        let found = finite::solve(game, truthful.clone(), &budget).map_err(failed)?;
        (found.profile, found.verification, found.moves)
    };
    // Where the hulls are too complicated there is no relaxation, and that is no failure.
    let gap = game.relaxation_gap(&profile).ok();
    let mut result = FiniteResult::new(name, game, &profile, &truthful, &verification, gap);
    result.moves = moves;
    if let Some((proven, bound)) = minimum {
        result.potential_minimum = Some(proven);
        result.potential_lower_bound = Some(bound);
    }
    Ok(Found { result, truthful })
}

/// What it comes to, in a sentence or two.
pub(crate) fn verdict(result: &FiniteResult) -> String {
    let place = vector(&result.receiver);
    let mut text = match (result.status.as_str(), result.potential_minimum) {
        ("solved", Some(true)) => {
            format!(
                "The pure equilibrium of least potential, proven; the receiver lands at {place}."
            )
        }
        ("solved", _) => {
            format!(
                "A pure equilibrium; the receiver lands at {place}. `big enumerate` finds them all."
            )
        }
        _ => format!(
            "APPROXIMATE: the time limit ended first. The receiver lands at {place}, and nobody gains more than {}.",
            number(result.max_regret)
        ),
    };
    if let (Some(false), Some(bound)) = (result.potential_minimum, result.potential_lower_bound) {
        text += &format!(
            " The potential is {} and cannot be below {}.",
            number(result.potential),
            number(bound)
        );
    }
    text
}

fn text(result: &FiniteResult) -> String {
    let mut text = String::new();
    if let Some(name) = &result.name {
        text += &format!("{name}\n\n");
    }
    text += &verdict(result);
    text += "\n\n";
    text += &table(
        &["influencer", "target", "action", "loss", "regret", ""],
        result.influencers.iter().take(ROWS).map(|i| {
            vec![
                i.name.clone(),
                vector(&i.target),
                vector(&i.action),
                number(i.loss),
                number(i.regret),
                format!("items {}", choice(&i.choice)),
            ]
        }),
    );
    if result.influencers.len() > ROWS {
        text += &format!(
            "… and {}\n",
            count(result.influencers.len() - ROWS, "more influencer")
        );
    }
    if let Some(gap) = &result.relaxation {
        text += &format!(
            "\nOn the convex hulls of the actions the receiver would land at {}, {} away.\n",
            vector(&gap.receiver),
            number(gap.distance)
        );
    }
    text + &format!(
        "Total loss {}; potential {}. Regrets are exact.\n",
        number(result.equilibrium_cost),
        number(result.potential)
    )
}
