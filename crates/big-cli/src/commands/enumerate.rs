//! `big enumerate`: every pure equilibrium of a finite game.

use std::ops::ControlFlow;
use std::time::Duration;

use big_game::finite::{self, Budget, EnumerateOptions, Enumeration, FiniteGame, FoundEquilibrium};
use big_game::spec::Rational;
use big_io::result_finite::{EnumerateResult, EquilibriumResult, ReceiverResult};
use big_io::{Content, exact_number};
use clap::Args;
use num_bigint::BigUint;
use serde_json::Value;

use super::finite::{choice, game, meter, seconds};
use super::read;
use crate::args::ResultOptions;
use crate::failure::Failure;
use crate::output::{Outcome, print, put};
use crate::progress::Progress;
use crate::words::{number, vector};

/// Parts of a whole that the progress bar counts.
const PARTS: f64 = 10_000.0;

/// What to enumerate.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The game file (TOML or JSON) of a finite game, or `-` for standard input
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
    let used = meter(arguments.time_limit);
    let file = read(&arguments.game)?;
    if let Content::FiniteInnerProduct(_) = file.content {
        return Err(super::finite::dominated());
    }
    let Content::Finite(spec) = file.content else {
        return Err(Failure::usage(
            "only finite games have equilibria to enumerate; this one is on convex sets",
            "`big solve` describes the whole set of its equilibria",
        ));
    };
    let game = game(spec, &arguments.game)?;
    let result = enumerate(arguments, &game, Budget::metered(&used))?;
    // Text has been listed as it was found, unless it went to a file.
    put(&arguments.result, &result, |result| {
        summary(&game, result, arguments)
    })?;
    Ok(if result.complete {
        Outcome::Answered
    } else {
        Outcome::No
    })
}

fn enumerate(
    arguments: &Arguments,
    game: &FiniteGame,
    budget: Budget<'_>,
) -> Result<EnumerateResult, Failure> {
    let options = EnumerateOptions {
        epsilon: arguments.epsilon.clone().unwrap_or_default(),
        by_receiver: arguments.by_receiver,
        budget,
    };
    let bar = Progress::new("enumerating");
    let mut watch = |progress: finite::Progress<'_>| {
        bar.update((progress.done * PARTS) as u64, PARTS as u64);
        ControlFlow::Continue(())
    };
    let refused = |e: finite::EnumerateError| Failure::usage(e.to_string(), "choose fewer items");
    let (mut all, listed) = if arguments.count || arguments.by_receiver {
        let all = finite::count(game, &options, &mut watch).map_err(refused)?;
        (all, None)
    } else {
        let (all, listed) = list(arguments, game, &options, &mut watch)?;
        (all, Some(listed))
    };
    let groups = std::mem::take(&mut all.receivers);
    // A cut list has nothing to be compared with.
    let optimum = if all.complete {
        finite::social_optimum(game, &budget).map_err(refused)?
    } else {
        None
    };
    let mut result = EnumerateResult::new(all, optimum.as_ref(), &options.epsilon, listed);
    if arguments.by_receiver {
        result.complete &= groups.len() <= arguments.limit;
        let groups = groups.into_iter().take(arguments.limit);
        result.receivers = Some(groups.map(ReceiverResult::from).collect());
    }
    Ok(result)
}

/// Lists as many as are allowed, at once where text is wanted.
fn list(
    arguments: &Arguments,
    game: &FiniteGame,
    options: &EnumerateOptions<'_>,
    watch: &mut dyn FnMut(finite::Progress<'_>) -> ControlFlow<()>,
) -> Result<(Enumeration, Vec<EquilibriumResult>), Failure> {
    let live = !arguments.result.json && arguments.result.output.is_none();
    let mut listed = Vec::new();
    let mut cut = false;
    let mut failure = None;
    let mut found = |equilibrium: FoundEquilibrium<'_>| {
        // One more than the limit shows that the list is cut.
        if listed.len() == arguments.limit {
            cut = true;
            return ControlFlow::Break(());
        }
        let equilibrium = EquilibriumResult::new(game, &equilibrium);
        if live && let Err(error) = print(&line(&equilibrium)) {
            failure = Some(error);
            return ControlFlow::Break(());
        }
        listed.push(equilibrium);
        ControlFlow::Continue(())
    };
    let mut all = finite::enumerate(game, options, &mut found, watch)
        .map_err(|e| Failure::usage(e.to_string(), "choose fewer items"))?;
    if let Some(failure) = failure {
        return Err(failure);
    }
    if cut {
        let most = BigUint::from(listed.len());
        all.distinct = all.distinct.map(|distinct| distinct.min(most.clone()));
        all.strict = BigUint::from(listed.iter().filter(|e| e.strict).count());
        all.count = most;
    }
    Ok((all, listed))
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

/// A count as it is written.
pub(crate) fn digits(count: &Value) -> String {
    match count {
        Value::String(digits) => digits.clone(),
        Value::Null => "unknown".into(),
        number => number.to_string(),
    }
}

/// How many there are, in a sentence.
pub(crate) fn counts(result: &EnumerateResult) -> String {
    let total = digits(&result.count);
    let pure = if result.epsilon > 0.0 {
        format!("pure {}-", number(result.epsilon))
    } else {
        "pure ".into()
    };
    let noun = match total.as_str() {
        "1" => "equilibrium",
        _ => "equilibria",
    };
    if !result.complete {
        return format!("At least {total} {pure}{noun}: the search was cut short.");
    }
    let distinct = match &result.distinct {
        Value::Null => "how many differ in their means is not known".into(),
        count => format!("{} differ in their means", digits(count)),
    };
    format!(
        "{total} {pure}{noun} in all; {distinct}; strict: {}.",
        digits(&result.strict)
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
            digits(&group.count),
            number(group.cost)
        );
    }
    let profiles: BigUint = (0..game.influencers())
        .map(|i| game.strategies(i))
        .product();
    if !result.complete {
        let total = digits(&result.count);
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
    let counts = counts(result);
    text + &format!(
        "{counts}\nThere are {profiles} profiles. {}",
        prices(result)
    )
}
