//! `big verify`: is this profile an equilibrium?

use std::time::Duration;

use big_game::Game;
use big_game::action_space::ConvexSet;
use big_game::equilibrium::{assess, certify};
use big_game::finite::Budget;
use big_game::profile::Profile;
use big_io::result::{RegretResult, VerifyResult};
use big_io::{Content, Source, read_profile};
use clap::Args;

use super::{finite, read};
use crate::args::ResultOptions;
use crate::failure::Failure;
use crate::output::{Outcome, put};
use crate::words::{ROWS, count, error, number, table, vector};

/// What to verify.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The game file (TOML or JSON), or `-` for standard input
    game: String,
    /// The profile: `{ "actions": [[..]..] }` (finite games: or `{ "choices": [[..]..] }`), the output of `big solve --json`, or a table of actions
    pub(super) profile: String,
    /// What counts as no gain, in units of the loss [default: 1e-10 of the square of the game's scale; finite games: 0]
    #[arg(long, value_name = "GAIN", value_parser = non_negative, allow_negative_numbers = true)]
    pub(super) tolerance: Option<f64>,
    /// Finite games: stop after so many seconds; what was not decided by then is a 'no' (exit 1) that says so
    #[arg(long, value_name = "SECONDS", value_parser = finite::seconds)]
    pub(super) time_limit: Option<Duration>,
    #[command(flatten)]
    pub(super) result: ResultOptions,
}

/// A number that is not negative.
pub(crate) fn non_negative(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value >= 0.0 && value.is_finite() => Ok(value),
        _ => Err("give a number that is not negative".into()),
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let used = finite::meter(arguments.time_limit);
    let file = read(&arguments.game)?;
    let game = match file.content {
        Content::Continuous(game) => game,
        Content::FiniteInnerProduct(_) => return Err(finite::dominated()),
        Content::Finite(spec) => {
            let game = finite::game(spec, &arguments.game)?;
            return finite::verify(arguments, &game, &Budget::metered(&used));
        }
    };
    let profile = read_profile(&Source::parse(&arguments.profile), &game)?;
    feasible(&game, &profile, &arguments.profile)?;
    let tolerance = arguments
        .tolerance
        .unwrap_or_else(|| certify(&game, &profile, None).allowed_gap);
    let result = VerifyResult::new(&game, &assess(&game, &profile), tolerance);
    put(&arguments.result, &result, text)?;
    Ok(if result.equilibrium {
        Outcome::Answered
    } else {
        Outcome::No
    })
}

/// Refuses a profile with an action outside its set.
pub(crate) fn feasible(game: &Game, profile: &Profile, name: &str) -> Result<(), Failure> {
    let allowed = certify(game, profile, None).allowed_infeasibility;
    for i in 0..game.influencers() {
        let x = profile.action(i);
        if !game.space(i).contains(x, allowed) {
            let mut nearest = x.to_vec();
            game.space(i).project(x, &mut nearest);
            return Err(Failure::usage(
                format!(
                    "{name}: the action {} of '{}' is not in its action space",
                    vector(x),
                    game.name(i)
                ),
                format!("the nearest action in it is {}", vector(&nearest)),
            ));
        }
    }
    Ok(())
}

/// The verdict in a sentence.
pub(super) fn verdict(result: &VerifyResult) -> String {
    let gains = |a: &&RegretResult, b: &&RegretResult| a.regret.total_cmp(&b.regret);
    // Of those with the largest regret, the first.
    match result.influencers.iter().rev().max_by(gains) {
        Some(most) if !result.equilibrium => format!(
            "Not an equilibrium: '{}' gains {} by playing {}.",
            most.name,
            number(most.regret),
            vector(&most.best_response)
        ),
        _ => format!(
            "An equilibrium: nobody gains more than {}.",
            number(result.tolerance)
        ),
    }
}

fn text(result: &VerifyResult) -> String {
    let mut rows: Vec<_> = result.influencers.iter().collect();
    rows.sort_by(|a, b| b.regret.total_cmp(&a.regret));
    let hidden = rows.len().saturating_sub(ROWS);
    let mut text = format!(
        "{}\nThe receiver lands at {}; the largest regret is {}.\n\n",
        verdict(result),
        vector(&result.receiver),
        error(result.max_regret)
    );
    text += &table(
        &["influencer", "regret", "best response"],
        rows.iter()
            .take(ROWS)
            .map(|r| vec![r.name.clone(), error(r.regret), vector(&r.best_response)]),
    );
    if hidden > 0 {
        text += &format!("… and {} with less\n", count(hidden, "influencer"));
    }
    text
}
