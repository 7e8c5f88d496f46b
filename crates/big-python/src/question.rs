//! What can be asked about a game.

use std::ops::ControlFlow;
use std::time::Duration;

use big_answer::dynamics::Order;
use big_answer::strategic::Concept;

use big_app::dynamics::{Begin, Played};
use big_app::enumerate::{Enumerated, Listed};
use big_app::solve::Solved as App;
use big_app::verify::Verified;
use big_app::{
    Monitor, coalitions as app_coalitions, dynamics as app_dynamics, enumerate as app_enumerate,
    export, mechanisms as app_mechanisms, otherwise, reproduce as app_reproduce,
    solve as app_solve,
};
use big_app::{strategic as app_strategic, verify as app_verify};
use big_game::equilibrium::{Method, Selection};
use big_game::spec::Rational;
use big_io::{Source, exact_number};
use pyo3::prelude::*;

use crate::answer::{Answer, Solved, json};
use crate::call::call;
use crate::failure::unfit;
use crate::game::Game;

/// A choice by name; `of` is what was chosen from.
pub(crate) fn chosen<T: Copy>(
    py: Python<'_>,
    argument: &str,
    name: &str,
    choices: &[(&str, T)],
) -> PyResult<T> {
    let found = choices.iter().find(|(known, _)| *known == name);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = choices.iter().map(|(known, _)| *known).collect();
        unfit(
            py,
            &format!("{argument}={name:?} is none of {}", names.join(", ")),
        )
    })
}

/// A time limit in seconds.
pub(crate) fn limit(py: Python<'_>, seconds: Option<f64>) -> PyResult<Option<Duration>> {
    let limit = seconds.map(Duration::try_from_secs_f64).transpose();
    limit.map_err(|_| unfit(py, "time_limit= takes a number of seconds"))
}

/// The arguments of `solve`.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct SolveArguments {
    method: String,
    select: String,
    vertices: bool,
    sensitivity: bool,
    honesty: Option<f64>,
    potential_minimum: bool,
    time_limit: f64,
}

/// The equilibrium: a `Solved` of a game on convex sets, else an `Answer`.
#[pyfunction]
pub(crate) fn solve(
    py: Python<'_>,
    game: &Game,
    arguments: SolveArguments,
    watch: Option<Py<PyAny>>,
) -> PyResult<Py<PyAny>> {
    let request = app_solve::Request {
        method: chosen(
            py,
            "method",
            &arguments.method,
            &[
                ("auto", Method::Auto),
                ("separable", Method::Separable),
                ("ball", Method::Ball),
                ("decomposition", Method::Decomposition),
                ("reference", Method::Reference),
            ],
        )?,
        selection: chosen(
            py,
            "select",
            &arguments.select,
            &[
                ("least-exaggerated", Selection::LeastExaggerated),
                ("least-norm", Selection::LeastNorm),
                ("vertex", Selection::Vertex),
            ],
        )?,
        vertices: arguments.vertices,
        sensitivity: arguments.sensitivity,
        honesty: arguments.honesty,
        potential_minimum: arguments.potential_minimum,
        time_limit: limit(py, Some(arguments.time_limit))?.unwrap_or_default(),
        ..app_solve::Request::new(game.source())
    };
    let solved = call(py, watch, move |monitor| {
        app_solve::solve(&request, monitor)
    })?;
    Ok(match solved {
        App::Convex(convex) => Py::new(py, Solved::new(*convex))?.into_any(),
        App::Finite(found) => Py::new(py, Answer::of(found.1))?.into_any(),
        App::Hybrid(found) => Py::new(py, Answer::of(found.1))?.into_any(),
        App::Reduced(found) => Py::new(py, Answer::of(found.1))?.into_any(),
        App::Private(found) => Py::new(py, Answer::of(*found))?.into_any(),
        App::Dominant(found) => Py::new(py, Answer::of(*found))?.into_any(),
    })
}

/// Everybody follows the slope of its own loss.
#[pyfunction]
pub(crate) fn learn(
    py: Python<'_>,
    game: &Game,
    rounds: usize,
    watch: Option<Py<PyAny>>,
) -> PyResult<Answer> {
    let source = game.source();
    let found = call(py, watch, move |monitor| {
        otherwise::learn(&source, rounds, monitor)
    })?;
    Ok(Answer::of(found))
}

/// What moving first is worth.
#[pyfunction]
pub(crate) fn commit(
    py: Python<'_>,
    game: &Game,
    leaders: Vec<String>,
    watch: Option<Py<PyAny>>,
) -> PyResult<Answer> {
    let source = game.source();
    let found = call(py, watch, move |monitor| {
        otherwise::commit(&source, &leaders, monitor)
    })?;
    Ok(Answer::of(found))
}

/// Who takes part where that costs something.
#[pyfunction]
pub(crate) fn enter(
    py: Python<'_>,
    game: &Game,
    cost: f64,
    watch: Option<Py<PyAny>>,
) -> PyResult<Answer> {
    let source = game.source();
    let found = call(py, watch, move |monitor| {
        otherwise::enter(&source, cost, monitor)
    })?;
    Ok(Answer::of(found))
}

/// The claims of the paper and of the theory beyond it, tried anew.
#[pyfunction]
pub(crate) fn reproduce(py: Python<'_>, seed: u64, watch: Option<Py<PyAny>>) -> PyResult<Answer> {
    let found = call(py, watch, move |monitor| {
        app_reproduce::reproduce(seed, monitor).map(|found| found.answer)
    })?;
    Ok(Answer::of(found))
}

/// Is a profile (as in a profile file, JSON) an equilibrium?
#[pyfunction]
pub(crate) fn verify(
    py: Python<'_>,
    game: &Game,
    profile: &str,
    tolerance: Option<f64>,
    time_limit: Option<f64>,
    watch: Option<Py<PyAny>>,
) -> PyResult<Answer> {
    let request = app_verify::Request {
        game: game.source(),
        profile: Source::text("the profile", profile),
        tolerance,
        time_limit: limit(py, time_limit)?,
    };
    let found = call(py, watch, move |monitor| {
        app_verify::verify(&request, monitor)
    })?;
    Ok(match found {
        Verified::Convex(result) => Answer::of(*result),
        Verified::Finite(result) => Answer::of(*result),
        Verified::Hybrid(result) => Answer::of(*result),
    })
}

/// The arguments of `dynamics`; `start` is `truthful`, `zero`, `random`, or a profile as JSON.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct DynamicsArguments {
    start: String,
    order: String,
    max_rounds: usize,
    damping: f64,
    tolerance: Option<f64>,
    seed: u64,
    time_limit: Option<f64>,
}

/// Where best responses lead.
#[pyfunction]
pub(crate) fn dynamics(
    py: Python<'_>,
    game: &Game,
    arguments: DynamicsArguments,
    watch: Option<Py<PyAny>>,
) -> PyResult<Answer> {
    if !(arguments.damping > 0.0 && arguments.damping <= 1.0) {
        return Err(unfit(py, "damping= is above 0 and at most 1"));
    }
    let request = app_dynamics::Request {
        begin: match &*arguments.start {
            "truthful" => Begin::Truthful,
            "zero" => Begin::Zero,
            "random" => Begin::Random,
            profile => Begin::At(Source::text("the start", profile)),
        },
        order: chosen(
            py,
            "order",
            &arguments.order,
            &[
                ("round-robin", Order::RoundRobin),
                ("random", Order::Random),
                ("greedy", Order::Greedy),
                ("simultaneous", Order::Simultaneous),
            ],
        )?,
        max_rounds: arguments.max_rounds,
        damping: arguments.damping,
        tolerance: arguments.tolerance,
        seed: arguments.seed,
        time_limit: limit(py, arguments.time_limit)?,
        ..app_dynamics::Request::new(game.source())
    };
    let played = call(py, watch, move |monitor| {
        app_dynamics::dynamics(&request, monitor)
    })?;
    Ok(match played {
        Played::Convex(run) => Answer::made(move || json(&run.result())),
        Played::Finite(found) => Answer::of(found.1),
    })
}

/// A number of at least 0, as it is written.
fn exactly(py: Python<'_>, argument: &str, text: &str) -> PyResult<Rational> {
    let number = exact_number(text).map_err(|e| unfit(py, &format!("{argument}={text:?}: {e}")))?;
    match number < Rational::default() {
        true => Err(unfit(py, &format!("{argument}= is not negative"))),
        false => Ok(number),
    }
}

/// Every pure equilibrium of a finite game; `listed` is `equilibria`, `receivers` or `nothing`.
#[pyfunction]
pub(crate) fn enumerate(
    py: Python<'_>,
    game: &Game,
    listed: &str,
    most: usize,
    epsilon: &str,
    time_limit: Option<f64>,
    watch: Option<Py<PyAny>>,
) -> PyResult<Answer> {
    let request = app_enumerate::Request {
        game: game.source(),
        listed: chosen(
            py,
            "listed",
            listed,
            &[
                ("equilibria", Listed::Equilibria(most)),
                ("receivers", Listed::Receivers(most)),
                ("nothing", Listed::Nothing),
            ],
        )?,
        epsilon: exactly(py, "epsilon", epsilon)?,
        time_limit: limit(py, time_limit)?,
    };
    let found = call(py, watch, move |monitor: &Monitor<'_>| {
        app_enumerate::enumerate(&request, &mut |_| ControlFlow::Continue(()), monitor)
    })?;
    Ok(match found {
        Enumerated::Finite(found) => Answer::of(found.1),
        Enumerated::Hybrid(found) => Answer::of(*found),
    })
}

/// The arguments of `strategic`.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct StrategicArguments {
    concept: String,
    objective: String,
    most: u64,
    time_limit: Option<f64>,
    graph: bool,
}

/// Mixed and correlated equilibria of a small game: of a finite game, or of a file's text in Gambit's format.
#[pyfunction]
pub(crate) fn strategic(
    py: Python<'_>,
    game: Option<&Game>,
    text: Option<&str>,
    arguments: StrategicArguments,
    watch: Option<Py<PyAny>>,
) -> PyResult<Answer> {
    let source = match (game, text) {
        (Some(game), _) => game.source(),
        (None, text) => Source::text("the game", text.unwrap_or_default()),
    };
    let request = app_strategic::Request {
        game: source,
        concept: chosen(
            py,
            "concept",
            &arguments.concept,
            &[
                ("pure", Concept::Pure),
                ("mixed", Concept::Mixed),
                ("correlated", Concept::Correlated),
                ("coarse", Concept::CoarseCorrelated),
            ],
        )?,
        objective: arguments.objective,
        most: arguments.most,
        time_limit: limit(py, arguments.time_limit)?,
        graph: arguments.graph,
    };
    let found = call(py, watch, move |monitor| {
        app_strategic::strategic(&request, monitor)
    })?;
    Ok(Answer::of(found.result))
}

/// Who gains by acting together?
#[pyfunction]
pub(crate) fn coalitions(
    py: Python<'_>,
    game: &Game,
    size: usize,
    most: usize,
    time_limit: Option<f64>,
    watch: Option<Py<PyAny>>,
) -> PyResult<Answer> {
    let request = app_coalitions::Request {
        size,
        limit: most,
        time_limit: limit(py, time_limit)?,
        ..app_coalitions::Request::new(game.source())
    };
    let found = call(py, watch, move |monitor| {
        app_coalitions::coalitions(&request, monitor)
    })?;
    Ok(Answer::of(found))
}

/// Which rules would take the incentive to lie away, and what do they cost?
#[pyfunction]
pub(crate) fn mechanisms(
    py: Python<'_>,
    game: &Game,
    only: Vec<String>,
    watch: Option<Py<PyAny>>,
) -> PyResult<Answer> {
    let request = app_mechanisms::Request {
        only,
        ..app_mechanisms::Request::new(game.source())
    };
    let found = call(py, watch, move |monitor| {
        app_mechanisms::mechanisms(&request, monitor)
    })?;
    Ok(Answer::of(found))
}

/// A finite game in Gambit's format.
#[pyfunction]
pub(crate) fn export_nfg(
    py: Python<'_>,
    game: &Game,
    most: u64,
    time_limit: Option<f64>,
    watch: Option<Py<PyAny>>,
) -> PyResult<String> {
    let request = export::Request {
        game: game.source(),
        most,
        time_limit: limit(py, time_limit)?,
    };
    call(py, watch, move |monitor| export::nfg(&request, monitor))
}
