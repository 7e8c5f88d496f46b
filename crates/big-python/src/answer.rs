//! Answers: JSON as the program writes it, and arrays.

use std::sync::OnceLock;

use big_app::solve::Convex;
use big_game::profile::Profile;
use numpy::{IntoPyArray, PyArrayMethods, ToPyArray};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyList;
use serde::Serialize;

/// JSON, with the numbers of the program's.
pub(crate) fn json<T: Serialize>(value: &T) -> PyResult<String> {
    serde_json::to_string(value).map_err(|e| PyRuntimeError::new_err(e.to_string()))
}

/// An answer that is told as JSON.
#[pyclass(module = "big_game._big", frozen)]
pub(crate) struct Answer {
    json: Box<dyn Fn() -> PyResult<String> + Send + Sync>,
}

impl Answer {
    /// Of anything that is serialised when it is asked for.
    pub(crate) fn of<T: Serialize + Send + Sync + 'static>(value: T) -> Self {
        Self {
            json: Box::new(move || json(&value)),
        }
    }

    /// Of what is made when it is asked for.
    pub(crate) fn made(json: impl Fn() -> PyResult<String> + Send + Sync + 'static) -> Self {
        Self {
            json: Box::new(json),
        }
    }
}

#[pymethods]
impl Answer {
    /// The answer as the program's `--json` writes it.
    fn json(&self, py: Python<'_>) -> PyResult<String> {
        py.detach(|| (self.json)())
    }
}

/// The equilibrium of a game on convex sets.
#[pyclass(module = "big_game._big", frozen)]
pub(crate) struct Solved {
    convex: Convex,
    columns: OnceLock<Columns>,
}

/// What the rows of the JSON say, by columns.
#[derive(Default)]
struct Columns {
    losses: Vec<f64>,
    regrets: Vec<f64>,
    exaggeration: Vec<f64>,
    extreme: Vec<bool>,
    /// By rows, as actions are.
    truthful: Vec<f64>,
}

impl Solved {
    pub(crate) fn new(convex: Convex) -> Self {
        Self {
            convex,
            columns: OnceLock::new(),
        }
    }

    fn columns(&self, py: Python<'_>) -> &Columns {
        py.detach(|| {
            self.columns.get_or_init(|| {
                let mut columns = Columns::default();
                let result = self.convex.result();
                for row in result.influencers.iter().flat_map(|all| all.rows()) {
                    columns.losses.push(row.loss);
                    columns.regrets.push(row.regret);
                    columns.exaggeration.push(row.exaggeration);
                    columns.extreme.push(row.extreme);
                    columns.truthful.extend(row.truthful_action);
                }
                columns
            })
        })
    }
}

/// The actions of a profile: an `n × m` array, or a list where they differ in length.
pub(crate) fn rows<'py>(py: Python<'py>, profile: &Profile) -> PyResult<Bound<'py, PyAny>> {
    let n = profile.len();
    let length = |i: usize| profile.action(i).len();
    let m = if n == 0 { 0 } else { length(0) };
    if (0..n).all(|i| length(i) == m) {
        let flat = profile.values().to_vec().into_pyarray(py);
        return Ok(flat.reshape([n, m])?.into_any());
    }
    let all = (0..n).map(|i| profile.action(i).to_vec().into_pyarray(py));
    Ok(PyList::new(py, all)?.into_any())
}

#[pymethods]
impl Solved {
    /// The answer as the program's `--json` writes it.
    fn json(&self, py: Python<'_>) -> PyResult<String> {
        py.detach(|| json(&self.convex.result()))
    }

    /// The same without the influencers, who may be many.
    fn summary(&self, py: Python<'_>) -> PyResult<String> {
        py.detach(|| {
            let mut result = self.convex.result();
            result.influencers = None;
            result.game = None;
            json(&result)
        })
    }

    /// `(n, m)` actions.
    fn actions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        rows(py, &self.convex.equilibrium.actions)
    }

    /// Everybody's truthful actions.
    fn truthful<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let mut truthful = self.convex.equilibrium.actions.clone();
        let told = &self.columns(py).truthful;
        truthful.values_mut().copy_from_slice(told);
        rows(py, &truthful)
    }

    /// `(n,)` losses.
    fn losses<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        self.columns(py).losses.to_pyarray(py).into_any()
    }

    /// `(n,)` regrets.
    fn regrets<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        self.columns(py).regrets.to_pyarray(py).into_any()
    }

    /// `(n,)` distances of actions from targets.
    fn exaggeration<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        self.columns(py).exaggeration.to_pyarray(py).into_any()
    }

    /// `(n,)`: is the action on the boundary of its set?
    fn extreme<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        self.columns(py).extreme.to_pyarray(py).into_any()
    }

    /// The least and the greatest value of every coordinate of every action over the whole set of equilibria.
    fn action_range<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        let found = &self.convex.equilibrium;
        let mut lower = found.actions.clone();
        let mut upper = found.actions.clone();
        for free in &found.free {
            lower
                .action_mut(free.influencer)
                .copy_from_slice(&free.lower);
            upper
                .action_mut(free.influencer)
                .copy_from_slice(&free.upper);
        }
        Ok((rows(py, &lower)?, rows(py, &upper)?))
    }

    /// Is it proved to be an equilibrium?
    fn holds(&self) -> bool {
        self.convex.equilibrium.certificate.holds()
    }
}
