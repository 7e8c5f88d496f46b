//! Why there is no answer, as Python's exceptions.

use big_answer::preference::NoMaximumResult;
use big_app::{Advice, AppError};
use big_io::InputError;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// An exception of `big_game._errors`.
fn exception(py: Python<'_>, name: &str, message: &str, parts: &Bound<'_, PyDict>) -> PyErr {
    let made = py
        .import("big_game._errors")
        .and_then(|errors| errors.getattr(name))
        .and_then(|class| class.call((message,), Some(parts)));
    match made {
        Ok(value) => PyErr::from_value(value),
        Err(error) => error,
    }
}

/// What is wrong with an input, and where.
pub(crate) fn input(py: Python<'_>, error: &InputError) -> PyErr {
    let parts = PyDict::new(py);
    let set = || -> PyResult<()> {
        parts.set_item("file", &error.file)?;
        parts.set_item("line", error.line)?;
        parts.set_item("column", error.column)?;
        parts.set_item("row", error.row)?;
        parts.set_item("help", &error.help)
    };
    match set() {
        Ok(()) => exception(py, "InputError", &error.to_string(), &parts),
        Err(error) => error,
    }
}

/// An input that is wrong in words alone.
pub(crate) fn unfit(py: Python<'_>, message: &str) -> PyErr {
    input(py, &InputError::new(message))
}

/// There is no estimate: what is told of it.
pub(crate) fn no_estimate(py: Python<'_>, none: &NoMaximumResult) -> PyErr {
    let parts = PyDict::new(py);
    let set = serde_json::to_string(none)
        .map_err(|e| PyRuntimeError::new_err(e.to_string()))
        .and_then(|json| parts.set_item("json", json));
    match set {
        Ok(()) => exception(py, "NoEstimate", &none.message, &parts),
        Err(error) => error,
    }
}

/// The advice in Python's words, where an argument helps.
fn argument(advice: Advice) -> Option<&'static str> {
    Some(match advice {
        Advice::FixPrecision => "fix it with precision=1; audit() deals with linear rewards",
        Advice::FixPrecisionOrPool => "fix it with precision=1, or leave `by` out",
        Advice::FixPrecisionOrAudit => "fix it with precision=1; audit() deals with linear rewards",
        Advice::FitWithoutPopulation => {
            "fit(…) without pool=True, or without `by`, needs no population; under a smaller precision labels are less certain"
        }
        Advice::CountTies => {
            "ties=\"half\" counts it as half a preference each way; or drop such rows"
        }
        Advice::NameAnnotators | Advice::BootstrapByAnnotator => {
            "name their column: by=\"annotator\""
        }
        Advice::BootstrapTheFit => {
            "fit(…, by=…, errors=\"bootstrap\") has them for the same estimate"
        }
        Advice::NameEmbeddings => {
            "name columns of vectors with a= and b=, or the table of the embeddings with responses=; fit() and audit() take names of items \
             as they are"
        }
        _ => return None,
    })
}

/// Any failure of a question.
pub(crate) fn raised(py: Python<'_>, error: AppError) -> PyErr {
    match error {
        AppError::Input(error) => input(py, &error),
        AppError::Advised(error, advice) => match argument(advice) {
            Some(help) => input(py, &error.with_help(help)),
            None => input(py, &error),
        },
        AppError::Unfit {
            message,
            help: Some(help),
        } => input(py, &InputError::new(message).with_help(help)),
        AppError::Unfit { message, .. } => unfit(py, &message),
        AppError::Limit(..) | AppError::Cancelled => {
            exception(py, "Unfinished", &error.to_string(), &PyDict::new(py))
        }
        AppError::Internal(message) => PyRuntimeError::new_err(message),
        other => unfit(py, &other.to_string()),
    }
}
