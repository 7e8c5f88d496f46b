//! `big enumerate`: every pure equilibrium of a finite game.

use std::ops::ControlFlow;
use std::time::Duration;

use big_answer::enumerate::{EnumerateResult, EquilibriumResult};
use big_app::enumerate::{Enumerated, Listed, Request, enumerate};
use big_finite::FiniteGame;
use big_game::spec::Rational;
use big_io::{Source, exact_number};
use clap::Args;
use num_bigint::BigUint;

use crate::commands::hybrid;
use crate::failure::Failure;
use crate::options::{ResultOptions, seconds};
use crate::output::{Outcome, print, put};
use crate::progress::watched;
use crate::words::{choice, number, vector};

/// What to enumerate.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The game file (TOML or JSON) of a game with finite action spaces, or `-` for standard input
    game: String,
    /// List at most so many
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    limit: usize,
    /// Only count them: nothing is listed, and equal means are counted at once
    #[arg(long, conflicts_with = "limit")]
    count: bool,
    /// List the receivers that they lead to, and how many lead to each, instead of the equilibria
    #[arg(long, conflicts_with = "count")]
    by_receiver: bool,
    /// Everything from which nobody gains more than this: ε-equilibria, with ε as it is written ("1/3", 0.01)
    #[arg(long, value_name = "GAIN", value_parser = gain, allow_negative_numbers = true)]
    epsilon: Option<Rational>,
    /// Stop after so many seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    time_limit: Option<Duration>,
    #[command(flatten)]
    result: ResultOptions,
}

/// A gain, exactly as it is written.
fn gain(text: &str) -> Result<Rational, String> {
    let gain = exact_number(text)?;
    if gain < Rational::from(num_bigint::BigInt::from(0)) {
        return Err("a gain is not negative".into());
    }
    Ok(gain)
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let request = Request {
        game: Source::game(&arguments.game),
        listed: match (arguments.count, arguments.by_receiver) {
            (true, _) => Listed::Nothing,
            (false, true) => Listed::Receivers(arguments.limit),
            (false, false) => Listed::Equilibria(arguments.limit),
        },
        epsilon: arguments.epsilon.clone().unwrap_or_default(),
        time_limit: arguments.time_limit,
    };
    // Text is listed as it is found, unless it goes to a file.
    let live = !arguments.result.json && arguments.result.output.is_none();
    let mut failure = None;
    let mut found = |equilibrium: &EquilibriumResult| {
        if live && let Err(error) = print(&line(equilibrium)) {
            failure = Some(error);
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    };
    let answer = watched(|monitor| enumerate(&request, &mut found, monitor));
    if let Some(failure) = failure {
        return Err(failure);
    }
    let complete = match answer? {
        Enumerated::Finite(found) => {
            let (game, result) = &*found;
            put(&arguments.result, result, |result| {
                summary(game, result, arguments)
            })?;
            result.complete
        }
        Enumerated::Hybrid(result) => {
            put(&arguments.result, &*result, hybrid::enumerate_text)?;
            result.complete
        }
    };
    Ok(if complete {
        Outcome::Answered
    } else {
        Outcome::No
    })
}

fn line(equilibrium: &EquilibriumResult) -> String {
    let choices: Vec<String> = equilibrium.choices.iter().map(|c| choice(c)).collect();
    let kind = match equilibrium.max_regret {
        Some(regret) => format!(", somebody gains {}", number(regret)),
        None if equilibrium.strict => String::new(),
        None => ", weak".into(),
    };
    format!(
        "{}  receiver {}, potential {}, total loss {}{kind}\n",
        choices.join(" "),
        vector(&equilibrium.receiver),
        number(equilibrium.potential),
        number(equilibrium.cost)
    )
}

/// The total losses and the prices, in a sentence or two.
fn prices(result: &EnumerateResult) -> String {
    let (Some(best), Some(worst)) = (&result.best, &result.worst) else {
        return String::new();
    };
    let mut text = if best.cost == worst.cost {
        format!("Total loss {} in every one", number(best.cost))
    } else {
        format!(
            "Total loss from {} to {}",
            number(best.cost),
            number(worst.cost)
        )
    };
    let Some(optimum) = &result.social_optimum else {
        return text + ".\n";
    };
    if !optimum.proven {
        let (low, high) = (number(optimum.lower_bound), number(optimum.cost));
        let least = if low == high {
            let off = number(optimum.cost - optimum.lower_bound);
            format!("is {high}, or less by at most {off}")
        } else {
            format!("is between {low} and {high}")
        };
        return text + &format!("; the least of all profiles {least}, not decided.\n");
    }
    text += &format!("; the least of all profiles is {}", number(optimum.cost));
    text += &match (result.price_of_anarchy, result.price_of_stability) {
        (Some(anarchy), Some(stability)) => format!(
            ": price of anarchy {}, of stability {}.\n",
            number(anarchy),
            number(stability)
        ),
        (None, Some(stability)) => format!(
            ": the price of anarchy is infinite, that of stability {}.\n",
            number(stability)
        ),
        _ => ": the prices of anarchy and of stability are infinite.\n".into(),
    };
    text
}

fn summary(game: &FiniteGame, result: &EnumerateResult, arguments: &Arguments) -> String {
    let mut text = String::new();
    if arguments.result.output.is_some() {
        text.extend(result.equilibria.iter().flatten().map(line));
    }
    for group in result.receivers.iter().flatten() {
        text += &format!(
            "receiver {}  {} of them, total loss {}\n",
            vector(&group.receiver),
            group.count,
            number(group.cost)
        );
    }
    let profiles: BigUint = (0..game.influencers())
        .map(|i| game.strategies(i))
        .product();
    if !result.complete {
        let total = &result.count;
        let listed = result.equilibria.as_ref().map(Vec::len);
        return text
            + &match (listed, &result.receivers) {
                (_, Some(receivers)) if receivers.len() == arguments.limit => {
                    format!(
                        "The list was cut after {} receivers; --limit allows more.\n",
                        receivers.len()
                    )
                }
                (Some(listed), _) if listed == arguments.limit => format!(
                    "The list was cut after {total} equilibria; --limit allows more, --count counts them all.\n"
                ),
                _ => format!("At least {total} equilibria: the time limit ended first.\n"),
            };
    }
    text + &format!(
        "{}\nThere are {profiles} profiles. {}",
        result.verdict,
        prices(result)
    )
}
