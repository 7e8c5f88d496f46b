//! Fits that failed: a valid 'no', or what is wrong with the table.

use big_answer::preference::NoMaximumResult;
use big_io::InputError;
use big_preference::data::DataError;
use big_preference::fit::FitError;
use big_preference::separation::Existence;

use crate::error::{Advice, AppError};

/// A fit of a table that failed; `Ok` holds the valid 'no'.
pub(super) fn no_maximum(error: FitError, file: &str) -> Result<NoMaximumResult, AppError> {
    let message = error.to_string();
    let refused =
        |advice| AppError::advised(InputError::new(message.clone()).in_file(file), advice);
    match error {
        FitError::NoMaximum(existence) => Ok(none(existence, message)),
        FitError::Data(error) => Err(data_error(error, file)),
        FitError::Empty | FitError::BadOption(_) => {
            Err(InputError::new(message).in_file(file).into())
        }
        FitError::PrecisionNotIdentified => Err(refused(Advice::FixPrecision)),
        FitError::NotConverged { .. } => Err(refused(Advice::LookAtSizes)),
        FitError::PopulationNotFound { .. } => Err(refused(Advice::FitWithoutPopulation)),
    }
}

/// Why there is no maximum, as a result.
pub(super) fn none(existence: Existence, message: String) -> NoMaximumResult {
    let none = |reason: &str, direction: Vec<f64>| NoMaximumResult {
        kind: None,
        version: None,
        reason: reason.into(),
        direction,
        complete: None,
        missing: None,
        components: None,
        message: message.clone(),
    };
    match existence {
        Existence::Separable {
            direction,
            complete,
        } => NoMaximumResult {
            complete: Some(complete),
            ..none("separable", direction)
        },
        Existence::RankDeficient { direction, missing } => NoMaximumResult {
            missing: Some(missing),
            ..none("rank_deficient", direction)
        },
        Existence::Unknown => none("unknown", Vec::new()),
        Existence::Unique => none("unique", Vec::new()),
    }
}

/// A refused row in one of several files, counted within that file.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {error}")]
pub(super) struct Placed {
    /// The file.
    pub(super) file: String,
    /// Why, with the row's number in the file.
    pub(super) error: DataError,
}

/// Data that were refused.
pub(super) fn data_error(error: DataError, file: &str) -> AppError {
    match error {
        DataError::Cancelled => AppError::Cancelled,
        DataError::Reader(inner) => match inner.downcast::<InputError>() {
            Ok(input) => AppError::Input(*input),
            Err(other) => match other.downcast::<Placed>() {
                Ok(placed) => data_error(placed.error, &placed.file),
                Err(other) => InputError::new(other.to_string()).in_file(file).into(),
            },
        },
        DataError::Tie { row } => AppError::advised(
            InputError::new("a tie").at_row(row).in_file(file),
            Advice::CountTies,
        ),
        DataError::Scratch { .. } => AppError::advised(
            InputError::new(error.to_string()).in_file(file),
            Advice::FreeScratch,
        ),
        DataError::Shard { shard, what } => InputError::new(what).in_file(shard).into(),
        other => InputError::new(other.to_string()).in_file(file).into(),
    }
}
