//! `big prefs mechanisms`: rules in the place of the pooled estimate.

use big_answer::mechanisms::LabelMechanismsAnswer;
use big_app::preference::mechanisms::{Request, mechanisms};
use big_preference::fit::Precision;
use clap::Args;

use super::table::TableOptions;
use super::{precision::precision, told::none_text};
use crate::commands::mechanisms::text;
use crate::failure::Failure;
use crate::options::{ResultOptions, non_negative};
use crate::output::{Outcome, put};
use crate::progress::watched;

/// What to measure.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    table: TableOptions,
    /// The column that names the annotators, or groups of them
    #[arg(long, value_name = "COLUMN", default_value = "annotator")]
    by: String,
    /// Only these rules: pooled_mle, median_of_estimates, pessimistic_median, bounded_influence
    #[arg(long, value_name = "NAME,..", value_delimiter = ',')]
    only: Vec<String>,
    /// The precision β of the reward −β‖a − θ‖²: a number, or `fit`
    #[arg(long, value_name = "NUMBER|fit", default_value = "fit", value_parser = precision, allow_negative_numbers = true)]
    precision: Precision,
    /// Penalise the pooled estimate by half of this times ‖θ‖²
    #[arg(long, value_name = "LAMBDA", default_value_t = 0.0, value_parser = non_negative, allow_negative_numbers = true)]
    ridge: f64,
    /// Tables that are drawn for the accuracy under honesty; 0: none [default: 100, fewer or none where they would take long]
    #[arg(long, value_name = "N")]
    replicates: Option<usize>,
    /// The seed of these
    #[arg(long, default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    result: ResultOptions,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let request = Request {
        table: arguments.table.table(),
        by: arguments.by.clone(),
        only: arguments.only.clone(),
        precision: arguments.precision,
        ridge: arguments.ridge,
        replicates: arguments.replicates,
        seed: arguments.seed,
    };
    let answer = watched(|monitor| mechanisms(&request, monitor))?;
    put(&arguments.result, &answer, |answer| match answer {
        LabelMechanismsAnswer::Measured(result) => text(result),
        LabelMechanismsAnswer::None(none) => none_text(none),
    })?;
    Ok(match answer {
        LabelMechanismsAnswer::Measured(_) => Outcome::Answered,
        LabelMechanismsAnswer::None(_) => Outcome::No,
    })
}
