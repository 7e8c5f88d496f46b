//! `big prefs receiver`: the affine receiver that a table implies, as numbers and as a game.

use big_answer::preference::{ReceiverAnswer, ReceiverInfluencer};
use big_app::preference::receiver::{Request, receiver};
use big_preference::fit::Precision;
use clap::Args;

use super::precision::precision;
use super::table::TableOptions;
use super::told::none_text;
use crate::failure::Failure;
use crate::options::{OutFile, ResultOptions, non_negative};
use crate::output::{Outcome, put, write_json};
use crate::progress::watched;
use crate::words::{ROWS, count, number, rest, table, vector};

/// What to read off.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    table: TableOptions,
    /// The column that names the annotators
    #[arg(long, value_name = "COLUMN", default_value = "annotator")]
    by: String,
    /// The precision β of the reward −β‖a − θ‖²: a number, or `fit`
    #[arg(long, value_name = "NUMBER|fit", default_value = "1", value_parser = precision, allow_negative_numbers = true)]
    precision: Precision,
    /// Penalise the estimate by half of this times ‖θ‖² (times ‖βθ‖² with a fitted precision), as its training does
    #[arg(long, value_name = "LAMBDA", default_value_t = 0.0, value_parser = non_negative, allow_negative_numbers = true)]
    ridge: f64,
    /// Write the game that this makes of the annotators to a file for `big solve`
    #[arg(long, value_name = "FILE")]
    game: Option<OutFile>,
    /// What annotators may report: `{ type = "box", lower = -1, upper = 1 }`, or a game file whose space is meant
    /// [default: the ball around the estimate that just holds the annotators' ideal points]
    #[arg(long, value_name = "SPACE")]
    space: Option<String>,
    /// Compare the affine receiver with the real one at so many random profiles, labelled and fitted again; 0: do not
    #[arg(long, value_name = "N", default_value_t = 20)]
    profiles: usize,
    /// The seed of the profiles and of their labels
    #[arg(long, default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    result: ResultOptions,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let request = Request {
        table: arguments.table.table(),
        by: arguments.by.clone(),
        precision: arguments.precision,
        ridge: arguments.ridge,
        space: arguments.space.clone(),
        profiles: arguments.profiles,
        seed: arguments.seed,
    };
    let found = watched(|monitor| receiver(&request, monitor))?;
    if let (Some(path), Some(game)) = (&arguments.game, &found.game) {
        write_json(path, game)?;
    }
    put(&arguments.result, &found.answer, |answer| {
        text(arguments, answer)
    })?;
    Ok(match found.answer {
        ReceiverAnswer::Receiver(_) => Outcome::Answered,
        ReceiverAnswer::None(_) => Outcome::No,
    })
}

fn text(arguments: &Arguments, answer: &ReceiverAnswer) -> String {
    let result = match answer {
        ReceiverAnswer::None(none) => return none_text(none),
        ReceiverAnswer::Receiver(result) => result,
    };
    let mut order: Vec<&ReceiverInfluencer> = result.influencers.iter().collect();
    order.sort_by(|a, b| b.share.total_cmp(&a.share));
    let top = order.first().map_or(String::new(), |first| {
        format!(
            "'{}' counts for most: {} % of it.\n",
            first.annotator,
            number((1000.0 * first.share).round() / 10.0)
        )
    });
    let mut text = format!(
        "The estimate is at {}; it is nearly bias + Σ weight · report. {top}\n",
        vector(&result.theta)
    );
    text += &table(
        &["annotator", "comparisons", "share", "ideal point"],
        order.iter().take(ROWS).map(|i| {
            vec![
                i.annotator.clone(),
                i.comparisons.to_string(),
                number(i.share),
                vector(&i.theta),
            ]
        }),
    );
    text += &rest(
        order.len(),
        ROWS,
        "more annotator",
        "; --json shows them, with their weight matrices",
    );
    text += &format!("\nBias {}", vector(&result.bias));
    if result.positions == "partially_pooled" {
        text += "; ideal points are partially pooled, because some annotators have no estimate of their own";
    }
    text += ".\n";
    if let Some(r) = result.r_squared {
        text += &format!(
            "Against the real receiver: R² = {} over {} (seed {}), shrinkage {}.\n",
            number(r),
            count(arguments.profiles, "random profile"),
            result.seed,
            number(result.shrinkage.unwrap_or(0.0))
        );
    }
    if result.r_squared.is_none() && arguments.profiles > 0 {
        text += "The real receiver has no answer to some random profiles (the labels become separable), so there is no R².\n";
    }
    if let Some(path) = &arguments.game {
        text += &format!(
            "The game is in {0}; `big solve {0}` predicts its equilibrium.\n",
            path.display()
        );
    }
    text
}
