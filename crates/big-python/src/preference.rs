//! What can be asked about comparisons.

use std::path::PathBuf;
use std::sync::Arc;

use big_answer::mechanisms::LabelMechanismsAnswer;
use big_answer::preference::{AuditAnswer, FitAnswer, PlayAnswer, ReceiverAnswer};
use big_app::preference::Table as Comparisons;
use big_app::preference::fit::Errors;
use big_app::preference::play::{Answering, Method, Own};
use big_app::preference::{
    audit as app_audit, check as app_check, fit as app_fit, mechanisms as app_mechanisms,
    picture as app_picture, play as app_play, receiver as app_receiver, simulate as app_simulate,
};
use big_io::Source;
use big_preference::fit::Precision;
use pyo3::prelude::*;

use crate::answer::{Answer, json};
use crate::call::call;
use crate::failure::{no_estimate, unfit};
use crate::picture::Picture;
use crate::question::chosen;
use crate::table::{Reading, Table};

/// A number, or `fit`.
#[derive(FromPyObject)]
pub(crate) enum Beta {
    Fixed(f64),
    Named(String),
}

pub(crate) fn precision(py: Python<'_>, beta: &Beta) -> PyResult<Precision> {
    match beta {
        Beta::Fixed(beta) if *beta > 0.0 && beta.is_finite() => Ok(Precision::Fixed(*beta)),
        Beta::Named(name) if name == "fit" => Ok(Precision::Fit),
        _ => Err(unfit(py, "precision= is a number above 0, or \"fit\"")),
    }
}

pub(crate) fn ridge(py: Python<'_>, ridge: f64) -> PyResult<f64> {
    match ridge >= 0.0 && ridge.is_finite() {
        true => Ok(ridge),
        false => Err(unfit(py, "ridge= is a number that is not negative")),
    }
}

pub(crate) fn errors(py: Python<'_>, name: &str) -> PyResult<Errors> {
    let all = [
        ("clustered", Errors::Clustered),
        ("information", Errors::Information),
        ("bootstrap", Errors::Bootstrap),
    ];
    chosen(py, "errors", name, &all)
}

/// The arguments of `fit`.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct FitArguments {
    by: Option<String>,
    pool: bool,
    precision: Beta,
    ridge: f64,
    bound: Option<String>,
    covariance: bool,
    errors: Option<String>,
    replicates: usize,
    seed: u64,
    compare: bool,
    position_bias: bool,
}

/// The ideal point that comparisons speak for.
#[pyfunction]
pub(crate) fn fit(
    py: Python<'_>,
    table: &Table,
    reading: Reading,
    arguments: FitArguments,
    watch: Option<Py<PyAny>>,
) -> PyResult<Answer> {
    if arguments.pool && arguments.by.is_none() {
        return Err(unfit(
            py,
            "pool=True pools annotators: name their column with by=",
        ));
    }
    let request = app_fit::Request {
        table: table.read(py, reading)?,
        by: arguments.by,
        pool: arguments.pool,
        precision: precision(py, &arguments.precision)?,
        ridge: ridge(py, arguments.ridge)?,
        bound: arguments.bound,
        covariance: arguments.covariance,
        errors: arguments.errors.map(|name| errors(py, &name)).transpose()?,
        replicates: arguments.replicates,
        seed: arguments.seed,
        compare: arguments.compare,
        position_bias: arguments.position_bias,
    };
    match call(py, watch, move |monitor| app_fit::fit(&request, monitor))? {
        FitAnswer::None(none) => Err(no_estimate(py, &none)),
        found => Ok(Answer::of(found)),
    }
}

/// The arguments of `audit`.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct AuditArguments {
    by: String,
    precision: Beta,
    space: Option<String>,
    radius: Option<f64>,
    refits: usize,
    ridge: f64,
    errors: String,
    swaps: usize,
    swap: Option<(String, String)>,
    replicates: Option<usize>,
    seed: u64,
    coalitions: usize,
    groups: Option<String>,
    clusters: usize,
    game: bool,
}

impl AuditArguments {
    /// The question about a table.
    pub(crate) fn request(
        self,
        py: Python<'_>,
        table: Comparisons,
    ) -> PyResult<app_audit::Request> {
        let reports = match (self.space, self.radius) {
            (Some(_), Some(_)) => {
                return Err(unfit(py, "space= and radius= say the same thing twice"));
            }
            (Some(space), None) => app_audit::Reported::Space(space),
            (None, Some(radius)) => app_audit::Reported::Within(ridge(py, radius)?),
            (None, None) => app_audit::Reported::Held,
        };
        Ok(app_audit::Request {
            by: self.by,
            precision: precision(py, &self.precision)?,
            reports,
            refits: self.refits,
            ridge: ridge(py, self.ridge)?,
            errors: errors(py, &self.errors)?,
            swaps: self.swaps,
            swap: self.swap,
            game: self.game,
            replicates: self.replicates,
            seed: self.seed,
            coalitions: self.coalitions,
            groups: self.groups,
            clusters: self.clusters,
            ..app_audit::Request::new(table)
        })
    }
}

/// Who can move the estimate; and the game that the annotators play, as JSON.
#[pyfunction]
pub(crate) fn audit(
    py: Python<'_>,
    table: &Table,
    reading: Reading,
    arguments: AuditArguments,
    watch: Option<Py<PyAny>>,
) -> PyResult<(Answer, Option<String>)> {
    let request = arguments.request(py, table.read(py, reading)?)?;
    let found = call(py, watch, move |monitor| {
        app_audit::audit(&request, monitor)
    })?;
    audited(py, found)
}

/// An audit, for Python.
pub(crate) fn audited(
    py: Python<'_>,
    found: app_audit::Audited,
) -> PyResult<(Answer, Option<String>)> {
    let game = found.game.as_ref().map(json).transpose()?;
    match found.answer {
        AuditAnswer::None(none) => Err(no_estimate(py, &none)),
        answer => Ok((Answer::of(answer), game)),
    }
}

/// The arguments of `receiver`.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct ReceiverArguments {
    by: String,
    precision: Beta,
    ridge: f64,
    space: Option<String>,
    profiles: usize,
    seed: u64,
}

impl ReceiverArguments {
    /// The question about a table.
    pub(crate) fn request(
        self,
        py: Python<'_>,
        table: Comparisons,
    ) -> PyResult<app_receiver::Request> {
        Ok(app_receiver::Request {
            table,
            by: self.by,
            precision: precision(py, &self.precision)?,
            ridge: ridge(py, self.ridge)?,
            space: self.space,
            profiles: self.profiles,
            seed: self.seed,
        })
    }
}

/// The affine receiver that comparisons imply; and the game that it makes of the annotators, as JSON.
#[pyfunction]
pub(crate) fn receiver(
    py: Python<'_>,
    table: &Table,
    reading: Reading,
    arguments: ReceiverArguments,
    watch: Option<Py<PyAny>>,
) -> PyResult<(Answer, Option<String>)> {
    let request = arguments.request(py, table.read(py, reading)?)?;
    let found = call(py, watch, move |monitor| {
        app_receiver::receiver(&request, monitor)
    })?;
    implied(py, found)
}

/// A receiver, for Python.
pub(crate) fn implied(
    py: Python<'_>,
    found: app_receiver::Implied,
) -> PyResult<(Answer, Option<String>)> {
    let game = found.game.as_ref().map(json).transpose()?;
    match found.answer {
        ReceiverAnswer::None(none) => Err(no_estimate(py, &none)),
        answer => Ok((Answer::of(answer), game)),
    }
}

/// The arguments of `mechanisms` for a table.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct MechanismsArguments {
    by: String,
    only: Vec<String>,
    precision: Beta,
    ridge: f64,
    replicates: Option<usize>,
    seed: u64,
}

impl MechanismsArguments {
    /// The question about a table.
    pub(crate) fn request(
        self,
        py: Python<'_>,
        table: Comparisons,
    ) -> PyResult<app_mechanisms::Request> {
        Ok(app_mechanisms::Request {
            table,
            by: self.by,
            only: self.only,
            precision: precision(py, &self.precision)?,
            ridge: ridge(py, self.ridge)?,
            replicates: self.replicates,
            seed: self.seed,
        })
    }
}

/// Rules in the place of the pooled estimate.
#[pyfunction]
pub(crate) fn label_mechanisms(
    py: Python<'_>,
    table: &Table,
    reading: Reading,
    arguments: MechanismsArguments,
    watch: Option<Py<PyAny>>,
) -> PyResult<Answer> {
    let request = arguments.request(py, table.read(py, reading)?)?;
    let found = call(py, watch, move |monitor| {
        app_mechanisms::mechanisms(&request, monitor)
    })?;
    measured(py, found)
}

/// Measured rules, for Python.
pub(crate) fn measured(py: Python<'_>, found: LabelMechanismsAnswer) -> PyResult<Answer> {
    match found {
        LabelMechanismsAnswer::None(none) => Err(no_estimate(py, &none)),
        found => Ok(Answer::of(found)),
    }
}

/// What there is to know of a table before anything is fitted to it.
#[pyfunction]
pub(crate) fn check(
    py: Python<'_>,
    table: &Table,
    reading: Reading,
    by: Option<String>,
    watch: Option<Py<PyAny>>,
) -> PyResult<Answer> {
    let request = app_check::Request {
        table: table.read(py, reading)?,
        by,
    };
    let found = call(py, watch, move |monitor| {
        app_check::check(&request, monitor)
    })?;
    Ok(Answer::of(found))
}

/// The fit of a table, to be drawn and reported.
#[pyfunction]
pub(crate) fn picture_table(
    py: Python<'_>,
    table: &Table,
    reading: Reading,
    beta: Beta,
    compared: bool,
    picture: Picture,
    watch: Option<Py<PyAny>>,
) -> PyResult<Vec<u8>> {
    let table = table.read(py, reading)?;
    let precision = precision(py, &beta)?;
    let picture = picture.checked(py)?;
    call(py, watch, move |monitor| {
        let story = app_picture::picture(&table, precision, compared, monitor)?;
        picture.of_story(story)
    })
}

/// Simulates an experiment (JSON or TOML), and writes its comparisons to a file.
#[pyfunction]
pub(crate) fn simulate(
    py: Python<'_>,
    experiment: &str,
    output: PathBuf,
    seed: Option<u64>,
    watch: Option<Py<PyAny>>,
) -> PyResult<Answer> {
    let request = app_simulate::Request {
        experiment: Source::text("the experiment", experiment),
        output,
        seed,
    };
    let found = call(py, watch, move |monitor| {
        app_simulate::simulate(&request, monitor)
    })?;
    Ok(Answer::of(found))
}

/// The arguments of `play`.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct PlayArguments {
    state: Option<PathBuf>,
    max_iterations: usize,
    tolerance: f64,
    evaluations: usize,
    starts: Option<usize>,
    method: String,
    seed: Option<u64>,
}

/// Best responses against the real estimate, its linearisation, a command or a function of Python's.
#[pyfunction]
pub(crate) fn play(
    py: Python<'_>,
    experiment: &str,
    receiver: Bound<'_, PyAny>,
    name: String,
    arguments: PlayArguments,
    watch: Option<Py<PyAny>>,
) -> PyResult<Answer> {
    let raised: Arc<std::sync::Mutex<Option<PyErr>>> = Arc::default();
    let answering = match receiver.extract::<String>() {
        Ok(known) if known == "mle" => Answering::Mle,
        Ok(known) if known == "affine" => Answering::Affine,
        Ok(line) => Answering::Command {
            line,
            timeout: std::time::Duration::from_secs(3600),
        },
        Err(_) => Answering::Own(Own {
            name,
            answer: {
                let (function, raised) = (receiver.unbind(), Arc::clone(&raised));
                Arc::new(move |actions: &[Vec<f64>]| {
                    Python::attach(|py| {
                        let answer = function.call1(py, (actions.to_vec(),));
                        let answer = answer.and_then(|a| a.extract::<Vec<f64>>(py));
                        answer.map_err(|error| {
                            let told = error.to_string();
                            if let Ok(mut raised) = raised.lock() {
                                *raised = Some(error);
                            }
                            told
                        })
                    })
                })
            },
        }),
    };
    let request = app_play::Request {
        receiver: answering,
        state: arguments.state,
        max_iterations: arguments.max_iterations,
        tolerance: ridge(py, arguments.tolerance)?,
        evaluations: arguments.evaluations,
        starts: arguments.starts,
        method: chosen(
            py,
            "method",
            &arguments.method,
            &[
                ("responses", Method::Responses),
                ("bisection", Method::Bisection),
            ],
        )?,
        seed: arguments.seed,
        ..app_play::Request::new(Source::text("the experiment", experiment))
    };
    let found = call(py, watch, move |monitor| app_play::play(&request, monitor));
    // What the receiver raised is what the caller wants to see.
    if let Some(error) = raised.lock().ok().and_then(|mut raised| raised.take()) {
        return Err(error);
    }
    match found? {
        PlayAnswer::None(none) => Err(no_estimate(py, &none)),
        answer => Ok(Answer::of(answer)),
    }
}
