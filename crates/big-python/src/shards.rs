//! Questions about shards that Python's workers reach.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use big_answer::preference::FitAnswer;
use big_app::preference::Table as Comparisons;
use big_app::preference::shards::{self as app, Workers};
use big_app::{AppError, Monitor};
use big_io::InputError;
use big_preference::data::{DataError, Helpers, Portion as Held};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyIterator, PyList};

use crate::answer::Answer;
use crate::call::call;
use crate::failure::{no_estimate, raised};
use crate::preference::{
    AuditArguments, Beta, MechanismsArguments, ReceiverArguments, audited, errors, implied,
    measured, precision, ridge,
};
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

/// Some annotators' rows, in memory: what a worker makes errands on.
#[pyclass(module = "big_game._big", frozen)]
pub(crate) struct Portion {
    held: Held,
}

#[pymethods]
impl Portion {
    /// What was sent.
    #[staticmethod]
    fn of(py: Python<'_>, sent: &[u8]) -> PyResult<Self> {
        let held = py.detach(|| Held::from_bytes(sent));
        held.map(|held| Self { held }).ok_or_else(|| {
            raised(
                py,
                AppError::Internal("no portion of annotators".to_owned()),
            )
        })
    }

    /// About how many bytes it takes.
    fn nbytes(&self) -> u64 {
        self.held.bytes()
    }

    /// What its annotators say to an errand: what is asked of all, and what of them.
    fn answer<'py>(
        &self,
        py: Python<'py>,
        shared: &[u8],
        each: &[u8],
    ) -> PyResult<Bound<'py, PyBytes>> {
        match py.detach(|| self.held.answer(shared, each)) {
            Some(told) => Ok(PyBytes::new(py, &told)),
            None => Err(raised(
                py,
                AppError::Internal(
                    "what is asked is no errand: do driver and workers have the same version?"
                        .to_owned(),
                ),
            )),
        }
    }
}

/// The arguments of `fit_shards`.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct ShardsArguments {
    by: bool,
    precision: Beta,
    ridge: f64,
    bound: Option<String>,
    covariance: bool,
    errors: Option<String>,
    compare: bool,
    state: Option<(PathBuf, String)>,
}

/// Workers that Python reaches: functions of passes with shards' numbers, and of a shard's number.
struct Reached {
    names: Vec<String>,
    ask: Py<PyAny>,
    bring: Py<PyAny>,
    raised: Raised,
}

/// What Python has raised.
#[derive(Clone, Debug, Default)]
struct Raised(Arc<Mutex<Option<PyErr>>>);

impl Raised {
    fn failed(&self, error: PyErr) -> DataError {
        let told = error.to_string();
        if let Ok(mut raised) = self.0.lock() {
            *raised = Some(error);
        }
        DataError::Reader(Box::new(InputError::new(told)))
    }

    fn taken(&self) -> Option<PyErr> {
        self.0.lock().ok().and_then(|mut raised| raised.take())
    }

    /// Hands over what an iterator gives.
    fn each(
        &self,
        answers: &Py<PyIterator>,
        receive: &mut dyn FnMut(&[u8]) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        loop {
            let next = Python::attach(|py| {
                let next = answers.bind(py).clone().next().transpose()?;
                let bytes = |told: Bound<'_, PyAny>| {
                    Ok::<_, PyErr>(told.cast::<PyBytes>()?.as_bytes().to_vec())
                };
                next.map(bytes).transpose()
            });
            match next.map_err(|error| self.failed(error))? {
                Some(told) => receive(&told)?,
                None => return Ok(()),
            }
        }
    }
}

/// Workers that make errands: functions of a portion, and of what all portions are asked with a list of what each is asked beside.
#[derive(Debug)]
struct Helping {
    count: usize,
    keep: Py<PyAny>,
    ask: Py<PyAny>,
    raised: Raised,
}

impl Helpers for Helping {
    fn count(&self) -> usize {
        self.count
    }

    fn keep(&self, portion: Vec<u8>) -> Result<(), DataError> {
        let kept = Python::attach(|py| {
            let sent = PyBytes::new(py, &portion);
            self.keep.bind(py).call1((sent,)).map(|_| ())
        });
        kept.map_err(|error| self.raised.failed(error))
    }

    fn ask(
        &self,
        shared: &[u8],
        each: &[Vec<u8>],
        receive: &mut dyn FnMut(&[u8]) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        let answers = Python::attach(|py| {
            let list = PyList::new(py, each.iter().map(|each| PyBytes::new(py, each)))?;
            let asked = (PyBytes::new(py, shared), list);
            Ok(self.ask.bind(py).call1(asked)?.try_iter()?.unbind())
        });
        let answers = answers.map_err(|error| self.raised.failed(error))?;
        self.raised.each(&answers, receive)
    }
}

impl Workers for Reached {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn ask(
        &self,
        asked: &[(usize, &[u8])],
        receive: &mut dyn FnMut(&[u8]) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        let answers = Python::attach(|py| {
            // What all shards are asked is one object.
            let mut last: Option<(&[u8], Bound<'_, PyBytes>)> = None;
            let list = PyList::empty(py);
            for (shard, pass) in asked {
                let bytes = match &last {
                    Some((before, bytes)) if std::ptr::eq(*before, *pass) => bytes.clone(),
                    _ => PyBytes::new(py, pass),
                };
                list.append((shard, &bytes))?;
                last = Some((pass, bytes));
            }
            Ok(self.ask.bind(py).call1((list,))?.try_iter()?.unbind())
        });
        let answers = answers.map_err(|error| self.raised.failed(error))?;
        self.raised.each(&answers, receive)
    }

    fn bring(&self, shard: usize, visit: &mut dyn FnMut(&app::Shard)) -> Result<(), DataError> {
        let brought = Python::attach(|py| {
            let brought = self.bring.bind(py).call1((shard,))?;
            Ok(brought.cast_into::<Shard>()?.unbind())
        });
        let brought = brought.map_err(|error| self.raised.failed(error))?;
        visit(&brought.get().held);
        Ok(())
    }
}

/// Asks about shards. What a worker raised is what the caller wants to see.
fn asked<T: Send + 'static>(
    py: Python<'_>,
    reach: Reach,
    watch: Option<Py<PyAny>>,
    work: impl FnOnce(&dyn Workers, Option<Arc<dyn Helpers>>, &Monitor<'_>) -> Result<T, AppError>
    + Send
    + 'static,
) -> PyResult<T> {
    let raised = Raised::default();
    let helpers = reach.helpers.map(|(count, keep, ask)| {
        let raised = raised.clone();
        Arc::new(Helping {
            count,
            keep,
            ask,
            raised,
        }) as Arc<dyn Helpers>
    });
    let reached = Reached {
        names: reach.names,
        ask: reach.ask,
        bring: reach.bring,
        raised: raised.clone(),
    };
    let found = call(py, watch, move |monitor| work(&reached, helpers, monitor));
    match raised.taken() {
        Some(error) => Err(error),
        None => found,
    }
}

/// All shards: the names of all, a function that is called with a list of shards' numbers with what each is asked and gives an
/// iterator over the answers, one that is called with a shard's number and gives the shard, and what messages call them together.
/// `helpers` are their number, a function that is called with a portion of the annotators, and one that is called with what all portions are asked and
/// a list of what each is asked beside, and gives an iterator over the answers; `None` where this process is to compute alone.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Reach {
    names: Vec<String>,
    ask: Py<PyAny>,
    bring: Py<PyAny>,
    name: String,
    memory: u64,
    helpers: Option<(usize, Py<PyAny>, Py<PyAny>)>,
}

impl Reach {
    /// The table of all, in words and with what may be held of it here.
    fn table(&self) -> Comparisons {
        Comparisons {
            memory: self.memory,
            ..Comparisons::new(&self.name)
        }
    }
}

/// The ideal point that shards speak for.
#[pyfunction]
pub(crate) fn fit_shards(
    py: Python<'_>,
    reach: Reach,
    arguments: ShardsArguments,
    watch: Option<Py<PyAny>>,
) -> PyResult<Answer> {
    let request = app::Request {
        name: reach.name.clone(),
        by: arguments.by,
        precision: precision(py, &arguments.precision)?,
        ridge: ridge(py, arguments.ridge)?,
        bound: arguments.bound,
        covariance: arguments.covariance,
        errors: arguments.errors.map(|name| errors(py, &name)).transpose()?,
        compare: arguments.compare,
        state: arguments.state,
    };
    let found = asked(py, reach, watch, move |workers, _, monitor| {
        app::fit(&request, workers, monitor)
    })?;
    match found {
        FitAnswer::None(none) => Err(no_estimate(py, &none)),
        found => Ok(Answer::of(found)),
    }
}

/// Who can move the estimate from shards; and the game that the annotators play, as JSON.
#[pyfunction]
pub(crate) fn audit_shards(
    py: Python<'_>,
    reach: Reach,
    arguments: AuditArguments,
    watch: Option<Py<PyAny>>,
) -> PyResult<(Answer, Option<String>)> {
    let request = arguments.request(py, reach.table())?;
    let found = asked(py, reach, watch, move |workers, helpers, monitor| {
        app::audit(&request, workers, helpers, monitor)
    })?;
    audited(py, found)
}

/// The affine receiver that shards imply; and the game that it makes of the annotators, as JSON.
#[pyfunction]
pub(crate) fn receiver_shards(
    py: Python<'_>,
    reach: Reach,
    arguments: ReceiverArguments,
    watch: Option<Py<PyAny>>,
) -> PyResult<(Answer, Option<String>)> {
    let request = arguments.request(py, reach.table())?;
    let found = asked(py, reach, watch, move |workers, helpers, monitor| {
        app::receiver(&request, workers, helpers, monitor)
    })?;
    implied(py, found)
}

/// Rules in the place of the pooled estimate from shards.
#[pyfunction]
pub(crate) fn label_mechanisms_shards(
    py: Python<'_>,
    reach: Reach,
    arguments: MechanismsArguments,
    watch: Option<Py<PyAny>>,
) -> PyResult<Answer> {
    let request = arguments.request(py, reach.table())?;
    let found = asked(py, reach, watch, move |workers, helpers, monitor| {
        app::mechanisms(&request, workers, helpers, monitor)
    })?;
    measured(py, found)
}
