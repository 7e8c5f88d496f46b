//! `big prefs fit`: the maximum-likelihood ideal point, pooled and by annotator.

use big_answer::preference::{AnnotatorResult, FitAnswer, FitResult};
use big_answer::{Kind, version};
use big_game::action_space::ActionSpace;
use big_io::experiment::space_argument;
use big_preference::annotators::{fit_each, pool};
use big_preference::data::{Parts, Source};
use big_preference::fit::{Fit, FitError, FitOptions, Precision, fit};
use big_preference::likelihood::Model;
use big_preference::model_check::{ModelCheck, fit_and_check};
use clap::Args;

use super::table::TableOptions;
use super::{check_result, fit_text, no_maximum, none, precision};
use crate::failure::Failure;
use crate::options::ResultOptions;
use crate::options::non_negative;
use crate::output::{Outcome, put};

/// What to fit.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    table: TableOptions,
    /// Fit each annotator as well, as this column names them (usually `annotator`)
    #[arg(long, value_name = "COLUMN")]
    by: Option<String>,
    /// Partially pooled estimates in place of the annotators' own: each has a Gaussian prior around the pooled point, whose
    /// variance is learnt from all of them
    #[arg(long, requires = "by")]
    pool: bool,
    /// The precision β of the reward −β‖a − θ‖²: a number, or `fit`
    #[arg(long, value_name = "NUMBER|fit", default_value = "1", value_parser = precision, allow_negative_numbers = true)]
    precision: Precision,
    /// Penalise the estimate by half of this times ‖θ‖² (times ‖βθ‖² with a fitted precision)
    #[arg(long, value_name = "LAMBDA", default_value_t = 0.0, value_parser = non_negative, allow_negative_numbers = true)]
    ridge: f64,
    /// Keep the estimate in an action space: `{ type = "ball", radius = 1 }`, or a game file whose space is meant
    #[arg(long, value_name = "SPACE")]
    bound: Option<String>,
    /// Report the covariance matrix too
    #[arg(long)]
    covariance: bool,
    /// Do not compare the ideal-point model with the vector model, which takes two more fits in the same passes
    #[arg(long)]
    no_check: bool,
    #[command(flatten)]
    result: ResultOptions,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let answer = match &arguments.by {
        Some(by) => {
            let each = |all: &dyn Source, parts: &Parts| match pooled(arguments, all)? {
                FitAnswer::Estimate(mut result) => {
                    annotators(arguments, parts, &mut result)?;
                    Ok(FitAnswer::Estimate(result))
                }
                none => Ok(none),
            };
            arguments.table.with_annotators(by, each)?
        }
        None => arguments
            .table
            .with_source(|source| pooled(arguments, source))?,
    };
    put(&arguments.result, &answer, |answer| {
        fit_text::text(&arguments.table.name(), arguments.pool, answer)
    })?;
    Ok(match answer {
        FitAnswer::Estimate(_) => Outcome::Answered,
        FitAnswer::None(_) => Outcome::No,
    })
}

fn pooled(arguments: &Arguments, source: &dyn Source) -> Result<FitAnswer, Failure> {
    let bound = match &arguments.bound {
        Some(space) => Some(action_space(space, source.dim())?),
        None => None,
    };
    let options = FitOptions {
        precision: arguments.precision,
        ridge: arguments.ridge,
        bound: bound.as_ref(),
        start: None,
    };
    let file = arguments.table.name();
    let (found, check) = match fitted(source, &options, !arguments.no_check, &file)? {
        Ok(fitted) => fitted,
        Err(error) => {
            return Ok(FitAnswer::None(
                no_maximum(error, &file)?.answering(Kind::PrefsFit),
            ));
        }
    };
    tracing::info!(passes = found.passes, "fitted");
    let covariance = match arguments.covariance {
        true => covariance(&found),
        false => None,
    };
    let result = FitResult {
        covariance,
        ridge: (arguments.ridge > 0.0).then_some(arguments.ridge),
        model_check: check.as_ref().map(check_result),
        ..result(found, arguments.precision)
    };
    Ok(FitAnswer::Estimate(Box::new(result)))
}

/// The estimate as a result, without what has to be asked for.
pub(super) fn result(found: Fit, precision: Precision) -> FitResult {
    FitResult {
        kind: Kind::PrefsFit,
        version: version(),
        covariance: None,
        attraction: (precision == Precision::Fit).then_some(found.attraction),
        theta: found.theta,
        standard_errors: found.standard_errors,
        precision: found.precision,
        precision_error: found.precision_error,
        log_likelihood: found.log_likelihood,
        comparisons: found.rows,
        weight: found.weight,
        iterations: found.iterations,
        gradient_norm: found.gradient_norm,
        ridge: None,
        model_check: None,
        annotators: None,
        scatter: None,
    }
}

/// The fit, and the comparison of the models if that is wanted and the fits that it needs exist.
#[allow(clippy::type_complexity)] // two kinds of failure: no maximum is an answer
pub(super) fn fitted(
    source: &dyn Source,
    options: &FitOptions<'_>,
    compared: bool,
    file: &str,
) -> Result<Result<(Fit, Option<ModelCheck>), FitError>, Failure> {
    if !compared {
        return Ok(fit(source, options).map(|found| (found, None)));
    }
    match fit_and_check(source, options) {
        Ok((found, Ok(check))) => Ok(Ok((found, Some(check)))),
        Ok((_, Err(FitError::Data(error)))) => Err(super::data_failure(error, file)),
        Ok((found, Err(error))) => {
            tracing::info!(%error, "the models are not compared");
            Ok(Ok((found, None)))
        }
        Err(error) => Ok(Err(error)),
    }
}

fn covariance(found: &Fit) -> Option<Vec<Vec<f64>>> {
    let d = found.theta.len();
    let all = found.covariance.as_ref()?;
    Some(all.chunks(d).map(<[f64]>::to_vec).collect())
}

/// An action space that a command line names.
pub(super) fn action_space(argument: &str, dim: usize) -> Result<ActionSpace, Failure> {
    let spec = space_argument(argument, dim)?;
    ActionSpace::new(&spec)
        .map_err(|error| Failure::usage(error.to_string(), "describe another space"))
}

/// Adds the annotators' estimates.
fn annotators(arguments: &Arguments, parts: &Parts, result: &mut FitResult) -> Result<(), Failure> {
    if result.precision <= 0.0 {
        return Err(Failure::usage(
            format!(
                "{}: the fitted precision is {}: there are no ideal points to tell annotators by",
                arguments.table.name(),
                result.precision
            ),
            "fix it with --precision 1, or leave --by out",
        ));
    }
    let model = Model::ideal_point(result.precision);
    let failed = |error: FitError| match no_maximum(error, &arguments.table.name()) {
        Ok(none) => Failure::Internal(none.message),
        Err(failure) => failure,
    };
    let row = |i: usize| AnnotatorResult {
        annotator: parts.names()[i].clone(),
        theta: None,
        standard_errors: None,
        log_likelihood: None,
        comparisons: parts.rows(i),
        none: None,
    };
    let mut rows: Vec<AnnotatorResult> = (0..parts.len()).map(row).collect();
    let mut set = |i: usize, found: big_preference::annotators::Position| {
        rows[i].theta = Some(found.point);
        rows[i].standard_errors = Some(found.standard_errors);
        rows[i].log_likelihood = Some(found.log_likelihood);
    };
    if arguments.pool {
        let found = pool(parts, model, &result.theta).map_err(failed)?;
        result.scatter = Some(found.variance);
        for (i, position) in found.positions.into_iter().enumerate() {
            set(i, position);
        }
    } else {
        let mut missing = Vec::new();
        let found = fit_each(parts, model).map_err(failed)?;
        for (i, found) in found.into_iter().enumerate() {
            match found {
                Ok(position) => set(i, position),
                Err(existence) => missing.push((i, existence)),
            }
        }
        for (i, existence) in missing {
            let message = FitError::NoMaximum(existence.clone()).to_string();
            rows[i].none = Some(none(existence, message));
        }
    }
    result.annotators = Some(rows);
    Ok(())
}
