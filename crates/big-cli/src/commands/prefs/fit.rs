//! `big prefs fit`: the maximum-likelihood ideal point, pooled and by annotator.

use big_answer::preference::{AnnotatorResult, BootstrapResult, FitAnswer, FitResult};
use big_answer::{Kind, version};
use big_game::action_space::ActionSpace;
use big_io::experiment::space_argument;
use big_preference::annotators::{People, Position};
use big_preference::data::{Parts, Source};
use big_preference::errors::{Scores, bootstrap};
use big_preference::fit::{ErrorKind, Fit, FitError, FitOptions, Precision, fit};
use big_preference::hierarchy::{self, Family, pool};
use big_preference::likelihood::Model;
use big_preference::model_check::{ModelCheck, fit_and_check};
use clap::{Args, ValueEnum};

use super::table::{ScoresAt, TableOptions};
use super::{check_result, data_failure, fit_text, no_maximum, none, population, precision};
use crate::failure::Failure;
use crate::options::ResultOptions;
use crate::options::non_negative;
use crate::output::{Outcome, put};
use crate::words::number;

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

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    if arguments.se == Some(ErrorsName::Bootstrap) && arguments.by.is_none() {
        return Err(Failure::usage(
            "--se bootstrap draws annotators",
            "name their column: --by annotator",
        ));
    }
    let answer = match &arguments.by {
        Some(by) => {
            let each = |all: &dyn Source, parts: &Parts| {
                let scores = |q: &[f64]| {
                    let scores = Scores::of_parts(parts, q);
                    scores
                        .map(Some)
                        .map_err(|e| data_failure(e, &arguments.table.name()))
                };
                match pooled(arguments, all, &scores, Some(parts))? {
                    FitAnswer::Estimate(mut result) => {
                        annotators(arguments, parts, &mut result)?;
                        Ok(FitAnswer::Estimate(result))
                    }
                    none => Ok(none),
                }
            };
            arguments.table.with_annotators(by, each)?
        }
        None => arguments
            .table
            .with_scores(|source, scores| pooled(arguments, source, scores, None))?,
    };
    put(&arguments.result, &answer, |answer| {
        fit_text::text(&arguments.table.name(), arguments.pool, answer)
    })?;
    Ok(match answer {
        FitAnswer::Estimate(_) => Outcome::Answered,
        FitAnswer::None(_) => Outcome::No,
    })
}

fn pooled(
    arguments: &Arguments,
    source: &dyn Source,
    scores: &ScoresAt<'_>,
    parts: Option<&Parts>,
) -> Result<FitAnswer, Failure> {
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
    let (mut found, check) = match fitted(source, &options, !arguments.no_check, &file)? {
        Ok(fitted) => fitted,
        Err(error) => {
            return Ok(FitAnswer::None(
                no_maximum(error, &file)?.answering(Kind::PrefsFit),
            ));
        }
    };
    tracing::info!(passes = found.passes, "fitted");
    match (arguments.se, parts) {
        (Some(ErrorsName::Information), _) => {}
        (Some(ErrorsName::Bootstrap), Some(parts)) => {
            let made = bootstrap(
                &mut found,
                parts,
                &options,
                arguments.replicates,
                arguments.seed,
            );
            if let Err(error) = made {
                return Ok(FitAnswer::None(
                    no_maximum(error, &file)?.answering(Kind::PrefsFit),
                ));
            }
        }
        (wanted, _) => match scores(&found.coefficients())? {
            Some(scores) => found.cluster(&scores),
            None if wanted.is_some() => {
                return Err(Failure::usage(
                    format!("{file}: there is no column `annotator` to cluster by"),
                    "name it with --by COLUMN",
                ));
            }
            None => {}
        },
    }
    let covariance = match arguments.covariance {
        true => covariance(&found),
        false => None,
    };
    let notes = notes(&found);
    let comparisons = arguments.table.comparisons(found.rows);
    let mut result = FitResult {
        covariance,
        comparisons,
        notes,
        ridge: (arguments.ridge > 0.0).then_some(arguments.ridge),
        model_check: check.as_ref().map(check_result),
        ..result(found, arguments.precision)
    };
    if let Some(bootstrap) = &mut result.bootstrap {
        bootstrap.seed = arguments.seed;
    }
    Ok(FitAnswer::Estimate(Box::new(result)))
}

/// Columns whose differences are this many times longer than others' are in other units.
const MIXED: f64 = 1e3;
/// Clusters below which their errors are known to be too small.
const FEW: usize = 10;

/// What to know of an estimate.
fn notes(found: &Fit) -> Vec<String> {
    let mut notes = Vec::new();
    let sizes = found.column_reach.iter().filter(|r| **r > 0.0);
    let (least, most) = sizes.fold((f64::INFINITY, 0.0_f64), |(l, m), r| (l.min(*r), m.max(*r)));
    if most > MIXED * least {
        notes.push(format!(
            "The embeddings' coordinates have mixed scales: the largest differences are from {} to {}. Distances are almost those \
             of the longest alone; measure the coordinates in comparable units.",
            number(least),
            number(most)
        ));
    }
    if let ErrorKind::Clustered { annotators } = found.error_kind
        && annotators < FEW.max(2 * found.theta.len())
    {
        notes.push(format!(
            "{annotators} annotators are few to cluster by: such errors come out too small. --se information takes comparisons \
             as independent."
        ));
    }
    notes
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
        standard_error_kind: found.error_kind.name().into(),
        clusters: match found.error_kind {
            ErrorKind::Clustered { annotators } => Some(annotators),
            _ => None,
        },
        bootstrap: match found.error_kind {
            ErrorKind::Bootstrap { replicates, failed } => Some(BootstrapResult {
                replicates,
                failed,
                seed: 0,
            }),
            _ => None,
        },
        precision: found.precision,
        precision_error: found.precision_error,
        precision_standard_error: found.precision_error,
        pooled_precision: None,
        log_likelihood: found.log_likelihood,
        comparisons: found.rows,
        weight: found.weight,
        iterations: found.iterations,
        gradient_norm: found.gradient_norm,
        ridge: None,
        model_check: None,
        annotators: None,
        scatter: None,
        population: None,
        notes: Vec::new(),
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
    let table = &arguments.table;
    let failed = |error: FitError| match no_maximum(error, &table.name()) {
        Ok(none) => Failure::Internal(none.message),
        Err(failure) => failure,
    };
    let row = |i: usize| AnnotatorResult {
        annotator: parts.names()[i].clone(),
        theta: None,
        standard_errors: None,
        log_likelihood: None,
        comparisons: table.comparisons_of(i, parts.rows(i)),
        none: None,
    };
    let mut rows: Vec<AnnotatorResult> = (0..parts.len()).map(row).collect();
    let mut set = |i: usize, found: Position| {
        rows[i].theta = Some(found.point);
        rows[i].standard_errors = Some(found.standard_errors);
        rows[i].log_likelihood = Some(found.log_likelihood);
    };
    let pooled = result.precision;
    if arguments.pool {
        let family = match arguments.precision {
            Precision::Fixed(beta) => Family::known(Model::ideal_point(beta)),
            Precision::Fit => Family::estimated(hierarchy::Kind::IdealPoints, pooled),
        };
        let found = pool(parts, family).map_err(failed)?;
        result.scatter = Some(found.population.variance());
        result.population = Some(population(&found.population));
        joint(
            result,
            found.population.precision,
            found.population.precision_error,
        );
        for (i, position) in found.positions.into_iter().enumerate() {
            set(i, position);
        }
        result.annotators = Some(rows);
        return Ok(());
    }
    let found = People::fit(parts, arguments.precision, pooled).map_err(failed)?;
    let Some(precision) = found.precision else {
        return Err(Failure::usage(
            format!(
                "{}: the fitted precision is {pooled}, and with a position for each annotator none is identified: there are no \
                 ideal points to tell annotators by",
                table.name()
            ),
            "fix it with --precision 1, or leave --by out",
        ));
    };
    if arguments.precision == Precision::Fit {
        joint(result, precision, found.precision_error);
        if found.few_rows {
            result.notes.push(
                "With few comparisons an annotator a joint fit overestimates the precision; --pool does not.".into(),
            );
        }
    }
    let mut missing = Vec::new();
    for (i, found) in found.positions.into_iter().enumerate() {
        match found {
            Ok(position) => set(i, position),
            Err(existence) => missing.push((i, existence)),
        }
    }
    for (i, existence) in missing {
        let message = FitError::NoMaximum(existence.clone()).to_string();
        rows[i].none = Some(none(existence, message));
    }
    result.annotators = Some(rows);
    Ok(())
}

/// Puts the precision of everybody's own positions in place of the pooled one, which stays beside it.
fn joint(result: &mut FitResult, precision: f64, error: Option<f64>) {
    if precision != result.precision {
        result.pooled_precision = Some(result.precision);
    }
    result.precision = precision;
    result.precision_error = error;
    result.precision_standard_error = error;
}
