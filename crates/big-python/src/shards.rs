//! A fit of shards that Python's workers reach.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use big_answer::preference::FitAnswer;
use big_app::preference::shards::{self as app, Workers};
use big_io::InputError;
use big_preference::data::DataError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::answer::Answer;
use crate::call::call;
use crate::failure::{no_estimate, raised};
use crate::preference::{Beta, errors, precision, ridge};
use crate::table::{Reading, Table};

/// A part of a table, in memory: what a worker answers passes from.
#[pyclass(module = "big_game._big", frozen)]
pub(crate) struct Shard {
    held: app::Shard,
}

#[pymethods]
impl Shard {
    /// Reads a table; annotators are named by the column `by`, or by `annotator`, if there is one.
    #[staticmethod]
    fn read(py: Python<'_>, table: &Table, reading: Reading, by: Option<String>) -> PyResult<Self> {
        let table = table.read(py, reading)?;
        let held = py.detach(|| app::Shard::read(&table, by.as_deref()));
        held.map(|held| Self { held })
            .map_err(|error| raised(py, error))
    }

    /// About how many bytes it takes.
    fn nbytes(&self) -> u64 {
        self.held.bytes()
    }

    /// What its rows say to a pass.
    fn answer<'py>(&self, py: Python<'py>, asked: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        let told = py.detach(|| self.held.answer(asked));
        let told = told.map_err(|error| raised(py, error))?;
        Ok(PyBytes::new(py, &told))
    }
}

/// The arguments of `fit_shards`.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct ShardsArguments {
    name: String,
    by: bool,
    precision: Beta,
    ridge: f64,
    bound: Option<String>,
    covariance: bool,
    errors: Option<String>,
    compare: bool,
    state: Option<(PathBuf, String)>,
}

/// Workers that Python reaches: functions of a pass and of a shard's number.
struct Reached {
    names: Vec<String>,
    ask: Py<PyAny>,
    bring: Py<PyAny>,
    /// What they raised.
    raised: Arc<Mutex<Option<PyErr>>>,
}

impl Reached {
    fn failed(&self, error: PyErr) -> DataError {
        let told = error.to_string();
        if let Ok(mut raised) = self.raised.lock() {
            *raised = Some(error);
        }
        DataError::Reader(Box::new(InputError::new(told)))
    }
}

impl Workers for Reached {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn ask(
        &self,
        pass: &[u8],
        hear: &mut dyn FnMut(&[u8]) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        let answers = Python::attach(|py| {
            let answers = self.ask.bind(py).call1((PyBytes::new(py, pass),))?;
            Ok(answers.try_iter()?.unbind())
        });
        let answers = answers.map_err(|error| self.failed(error))?;
        loop {
            let next = Python::attach(|py| {
                let mut answers = answers.bind(py).clone();
                let next = answers.next().transpose()?;
                let bytes = |told: Bound<'_, PyAny>| {
                    Ok::<_, PyErr>(told.cast::<PyBytes>()?.as_bytes().to_vec())
                };
                next.map(bytes).transpose()
            });
            match next.map_err(|error| self.failed(error))? {
                Some(told) => hear(&told)?,
                None => return Ok(()),
            }
        }
    }

    fn bring(&self, shard: usize, visit: &mut dyn FnMut(&app::Shard)) -> Result<(), DataError> {
        let brought = Python::attach(|py| {
            let brought = self.bring.bind(py).call1((shard,))?;
            Ok(brought.cast_into::<Shard>()?.unbind())
        });
        let brought = brought.map_err(|error| self.failed(error))?;
        visit(&brought.get().held);
        Ok(())
    }
}

/// The ideal point that shards speak for. `ask` is called with a pass, and gives an iterator over the shards' answers in their
/// order; `bring` with a shard's number, and gives the shard.
#[pyfunction]
pub(crate) fn fit_shards(
    py: Python<'_>,
    names: Vec<String>,
    ask: Py<PyAny>,
    bring: Py<PyAny>,
    arguments: ShardsArguments,
    watch: Option<Py<PyAny>>,
) -> PyResult<Answer> {
    let request = app::Request {
        name: arguments.name,
        by: arguments.by,
        precision: precision(py, &arguments.precision)?,
        ridge: ridge(py, arguments.ridge)?,
        bound: arguments.bound,
        covariance: arguments.covariance,
        errors: arguments.errors.map(|name| errors(py, &name)).transpose()?,
        compare: arguments.compare,
        state: arguments.state,
    };
    let heard: Arc<Mutex<Option<PyErr>>> = Arc::default();
    let reached = Reached {
        names,
        ask,
        bring,
        raised: Arc::clone(&heard),
    };
    let found = call(py, watch, move |monitor| {
        app::fit(&request, &reached, monitor)
    });
    // What a worker raised is what the caller wants to see.
    if let Some(error) = heard.lock().ok().and_then(|mut heard| heard.take()) {
        return Err(error);
    }
    match found? {
        FitAnswer::None(none) => Err(no_estimate(py, &none)),
        found => Ok(Answer::of(found)),
    }
}
