//! `big prefs fit`: the maximum-likelihood ideal point, pooled and by annotator.

use big_answer::preference::FitAnswer;
use big_app::preference::fit::{Errors, Request, fit};
use big_preference::fit::Precision;
use clap::{Args, ValueEnum};

use super::table::TableOptions;
use super::{fit_text, precision::precision};
use crate::failure::Failure;
use crate::options::{ResultOptions, non_negative};
use crate::output::{Outcome, put};
use crate::progress::watched;

/// What to fit.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    table: TableOptions,
    /// Fit each annotator as well, as this column names them (usually `annotator`)
    #[arg(long, value_name = "COLUMN")]
    by: Option<String>,
    /// Partially pooled estimates in place of the annotators' own: from a normal population whose centre, deviations and (with
    /// --precision fit) precision are learnt from all of them
    #[arg(long, requires = "by")]
    pool: bool,
    /// The precision β of the reward −β‖a − θ‖²: a number, or `fit`; with --by it is fitted jointly with everybody's position
    #[arg(long, value_name = "NUMBER|fit", default_value = "1", value_parser = precision, allow_negative_numbers = true)]
    precision: Precision,
    /// Penalise the estimate by half of this times ‖θ‖² (times ‖βθ‖² with a fitted precision)
    #[arg(long, value_name = "LAMBDA", default_value_t = 0.0, value_parser = non_negative, allow_negative_numbers = true)]
    ridge: f64,
    /// Keep the estimate in an action space: `{ type = "ball", radius = 1 }`, or a game file whose space is meant
    #[arg(long, value_name = "SPACE")]
    bound: Option<String>,
    /// Estimate how much the first place counts, whatever is in it: an intercept, with a test
    #[arg(long)]
    position_bias: bool,
    /// Report the covariance matrix too
    #[arg(long)]
    covariance: bool,
    /// What standard errors are made from [default: clustered where annotators are named, else information]
    #[arg(long, value_enum)]
    se: Option<ErrorsName>,
    /// Samples of the bootstrap
    #[arg(long, value_name = "N", default_value_t = 200)]
    replicates: usize,
    /// The seed of the bootstrap
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Do not compare the ideal-point model with the vector model, which takes two more fits in the same passes
    #[arg(long)]
    no_check: bool,
    #[command(flatten)]
    result: ResultOptions,
}

/// What standard errors are made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ErrorsName {
    /// The sandwich, clustered by annotator
    Clustered,
    /// The observed information: as if comparisons were independent
    Information,
    /// Estimates from annotators drawn with replacement (needs --by)
    Bootstrap,
}

impl From<ErrorsName> for Errors {
    fn from(name: ErrorsName) -> Self {
        match name {
            ErrorsName::Clustered => Self::Clustered,
            ErrorsName::Information => Self::Information,
            ErrorsName::Bootstrap => Self::Bootstrap,
        }
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let table = arguments.table.table();
    let name = table.name();
    let request = Request {
        table,
        by: arguments.by.clone(),
        pool: arguments.pool,
        precision: arguments.precision,
        ridge: arguments.ridge,
        bound: arguments.bound.clone(),
        covariance: arguments.covariance,
        errors: arguments.se.map(Errors::from),
        replicates: arguments.replicates,
        seed: arguments.seed,
        compare: !arguments.no_check,
        position_bias: arguments.position_bias,
    };
    let answer = watched(|monitor| fit(&request, monitor))?;
    put(&arguments.result, &answer, |answer| {
        fit_text::text(&name, arguments.pool, answer)
    })?;
    Ok(match answer {
        FitAnswer::Estimate(_) | FitAnswer::Items(_) => Outcome::Answered,
        FitAnswer::None(_) => Outcome::No,
    })
}
