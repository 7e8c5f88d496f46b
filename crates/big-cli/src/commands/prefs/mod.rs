//! `big prefs`: preference data as the game.

mod audit;
mod audit_text;
mod experiment;
mod fit;
mod fit_text;
mod picture;
mod play;
mod play_text;
mod receiver;
mod simulate;
mod table;

use big_answer::preference::{ModelCheckResult, NoMaximumResult, PopulationResult};
use big_io::InputError;
use big_preference::data::DataError;
use big_preference::fit::{FitError, Precision};
use big_preference::hierarchy::Hierarchy;
use big_preference::model_check::{ModelCheck, Supported};
use big_preference::separation::Existence;
use clap::{Args, Subcommand};

pub(crate) use picture::{Picturing, is_table, picture};

use crate::failure::Failure;
use crate::output::Outcome;
use crate::words::{number, vector};

/// Preference data.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Draw pairs of responses and have them labelled by true or fake ideal points
    Simulate(simulate::Arguments),
    /// The maximum-likelihood ideal point of a table of comparisons, pooled and by annotator
    Fit(fit::Arguments),
    /// The affine receiver that a table implies: how much of the estimate is whose, before anyone plays
    Receiver(receiver::Arguments),
    /// Best responses against the real receiver: label again, fit again, until nobody can improve
    Play(play::Arguments),
    /// Who can move the estimate, and how far
    Audit(audit::Arguments),
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    match &arguments.command {
        Command::Simulate(arguments) => simulate::run(arguments),
        Command::Fit(arguments) => fit::run(arguments),
        Command::Receiver(arguments) => receiver::run(arguments),
        Command::Play(arguments) => play::run(arguments),
        Command::Audit(arguments) => audit::run(arguments),
    }
}

/// `1`, another number above 0, or `fit`.
fn precision(text: &str) -> Result<Precision, String> {
    if text == "fit" {
        return Ok(Precision::Fit);
    }
    match text.parse::<f64>() {
        Ok(beta) if beta > 0.0 && beta.is_finite() => Ok(Precision::Fixed(beta)),
        _ => Err("give a number above 0, or `fit`".into()),
    }
}

/// A fit that failed, in the words of the command line; `Ok` holds the valid 'no'.
fn no_maximum(error: FitError, file: &str) -> Result<NoMaximumResult, Failure> {
    let message = error.to_string();
    match error {
        FitError::NoMaximum(existence) => Ok(none(existence, message)),
        FitError::Data(error) => Err(data_failure(error, file)),
        FitError::Empty | FitError::BadOption(_) => Err(Failure::Usage {
            message: format!("{file}: {message}"),
            help: None,
        }),
        FitError::PrecisionNotIdentified => Err(Failure::usage(
            format!("{file}: {message}"),
            "--precision 1 fixes it; `big prefs audit` audits the linear reward where there is no other",
        )),
        FitError::NotConverged { .. } => Err(Failure::usage(
            format!("{file}: {message}"),
            "see whether a few rows hold numbers of quite another size",
        )),
    }
}

/// Why there is no maximum, as a result.
fn none(existence: Existence, message: String) -> NoMaximumResult {
    match existence {
        Existence::Separable {
            direction,
            complete,
        } => NoMaximumResult {
            kind: None,
            version: None,
            reason: "separable".into(),
            direction,
            complete: Some(complete),
            missing: None,
            message,
        },
        Existence::RankDeficient { direction, missing } => NoMaximumResult {
            kind: None,
            version: None,
            reason: "rank_deficient".into(),
            direction,
            complete: None,
            missing: Some(missing),
            message,
        },
        Existence::Unknown => NoMaximumResult {
            kind: None,
            version: None,
            reason: "unknown".into(),
            direction: Vec::new(),
            complete: None,
            missing: None,
            message,
        },
        Existence::Unique => NoMaximumResult {
            kind: None,
            version: None,
            reason: "unique".into(),
            direction: Vec::new(),
            complete: None,
            missing: None,
            message,
        },
    }
}

/// Data that were refused.
fn data_failure(error: DataError, file: &str) -> Failure {
    match error {
        DataError::Reader(inner) => match inner.downcast::<InputError>() {
            Ok(input) => Failure::Input(*input),
            Err(other) => Failure::Input(InputError::new(other.to_string()).in_file(file)),
        },
        DataError::Tie { row } => Failure::Input(
            InputError::new("a tie")
                .at_row(row)
                .with_help("--ties half counts it as half a preference each way; or drop such rows")
                .in_file(file),
        ),
        DataError::Scratch { .. } => Failure::usage(
            format!("{file}: {error}"),
            "free some space there, name another folder in the environment variable TMPDIR, or hold the table in memory \
             with --memory",
        ),
        other => Failure::Input(InputError::new(other.to_string()).in_file(file)),
    }
}

fn none_text(none: &NoMaximumResult) -> String {
    format!("No estimate: {}.\n", none.message)
}

/// The population of partially pooled annotators, as a result.
fn population(found: &Hierarchy) -> PopulationResult {
    PopulationResult {
        center: found.center.clone(),
        center_errors: found.center_errors.clone(),
        deviation: found.deviation.clone(),
        log_likelihood: found.log_likelihood,
        precision: found.precision,
        precision_standard_error: found.precision_error,
        integration: match found.nodes {
            1 => "laplace".into(),
            _ => "quadrature".into(),
        },
        unbounded: found.unbounded,
    }
}

/// The population in a sentence or two.
fn population_text(found: &PopulationResult) -> String {
    let precision = match found.precision_standard_error {
        Some(e) => format!(", precision {} ± {}", number(found.precision), number(e)),
        None => String::new(),
    };
    let mut text = format!(
        "The annotators' own positions are centred at {} and scatter by {} (coordinate by coordinate){precision}; marginal\n\
         log-likelihood {}. That is what people think; a model trained on their pooled labels learns the estimate above.\n",
        vector(&found.center),
        vector(&found.deviation),
        number(found.log_likelihood)
    );
    if found.unbounded {
        text += "The labels are so uniform that they do not bound how far people differ: a deviation is the largest that is searched.\n";
    }
    text
}

fn check_result(check: &ModelCheck) -> ModelCheckResult {
    ModelCheckResult {
        supported: supported(check.supported).into(),
        precision: check.free.precision,
        precision_error: check.free.precision_error,
        log_likelihood: check.free.log_likelihood,
        unit_log_likelihood: check.unit_log_likelihood,
        unit_p_value: check.unit_p_value,
        vector_log_likelihood: check.vector_log_likelihood,
        vector_p_value: check.vector_p_value,
        coin_log_likelihood: check.coin_log_likelihood,
        verdict: check.verdict(),
    }
}

fn supported(model: Supported) -> &'static str {
    match model {
        Supported::IdealPoint => "ideal_point",
        Supported::Vector => "vector",
        Supported::AntiIdeal => "anti_ideal",
    }
}
