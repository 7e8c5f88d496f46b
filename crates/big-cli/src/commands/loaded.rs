//! What `plot` and `report` are given: a game, the result of `solve`, or the trajectory of `dynamics`.

use std::time::Duration;

use big_game::dynamics::Step;
use big_game::equilibrium::{Assessment, Equilibrium, assess};
use big_game::{Game, SolveOptions, solve};
use big_io::result::{DynamicsResult, SolveResult};
use big_io::{Content, InputError, Source, game_from_text};
use serde_json::Value;

use super::answer::Answer;
use super::{finite, read};
use crate::failure::Failure;

/// A solved game, and perhaps a run of best-response dynamics.
pub(crate) struct Loaded {
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) game: Box<Game>,
    pub(crate) equilibrium: Equilibrium,
    pub(crate) assessment: Assessment,
    pub(crate) steps: Vec<Step>,
}

/// What there is to draw and report.
pub(crate) enum Subject {
    /// A game on convex sets.
    Continuous(Box<Loaded>),
    /// An answer that is told by figures and tables of its own.
    Other(Answer),
}

/// Reads a game (and solves it), a result (and checks it), a trajectory, or an answer about preference data.
pub(crate) fn load(argument: &str) -> Result<Subject, Failure> {
    let source = Source::parse(argument);
    let refused = |message: String| InputError::new(message).in_file(source.name());
    if let Some(value) = value_of(&source)
        && let Some(answer) = Answer::of(&value).map_err(|e| refused(e.to_string()))?
    {
        return Ok(Subject::Other(answer));
    }
    if let Some((kind, value)) = answer(&source) {
        let text = value.get("game").map(Value::to_string).ok_or_else(|| {
            refused("does not carry its game, which large games' results do not".into())
                .with_help("give the game file instead")
        })?;
        let file = game_from_text(&source.name(), &text)?;
        let Content::Continuous(game) = file.content else {
            return Err(refused("carries a finite game".into()).into());
        };
        let bad =
            |error: serde_json::Error| refused(format!("is no result of this program: {error}"));
        let (equilibrium, steps) = match kind {
            Kind::Solve => {
                let result: SolveResult = serde_json::from_value(value).map_err(bad)?;
                let equilibrium = result
                    .equilibrium(&game)
                    .map_err(|e| refused(e.to_string()))?;
                (equilibrium, Vec::new())
            }
            Kind::Dynamics => {
                let result: DynamicsResult = serde_json::from_value(value).map_err(bad)?;
                let (n, d) = (game.influencers(), game.dim());
                let fits = |s: &big_io::result::StepResult| {
                    s.receiver.len() == d && s.influencer.is_none_or(|i| i < n)
                };
                if !result.steps.iter().all(fits) {
                    return Err(refused("the steps do not fit the game".into()).into());
                }
                let steps = result.steps.into_iter().map(Step::from).collect();
                (solve(&game, &SolveOptions::default())?, steps)
            }
        };
        return Ok(loaded(Loaded {
            name: file.name,
            description: file.description,
            assessment: assess(&game, &equilibrium.actions),
            equilibrium,
            game,
            steps,
        }));
    }
    let file = read(argument)?;
    let game = match file.content {
        Content::Continuous(game) => game,
        Content::Finite(spec) => {
            let game = finite::game(spec, argument)?;
            let limit = Some(Duration::from_secs(60));
            let result = finite::answer(&game, file.name, false, limit)?;
            return Ok(Subject::Other(Answer::finite(&result)));
        }
    };
    let equilibrium = solve(&game, &SolveOptions::default())?;
    Ok(loaded(Loaded {
        name: file.name,
        description: file.description,
        assessment: assess(&game, &equilibrium.actions),
        equilibrium,
        game,
        steps: Vec::new(),
    }))
}

fn loaded(loaded: Loaded) -> Subject {
    Subject::Continuous(Box::new(loaded))
}

enum Kind {
    Solve,
    Dynamics,
}

/// The JSON in a file. Whatever is wrong with a file that is no result is said by the reader of games.
fn value_of(source: &Source) -> Option<Value> {
    match source {
        Source::Path(path) => serde_json::from_slice(&std::fs::read(path).ok()?).ok(),
        Source::Stdin => None,
    }
}

/// A result that carries its game, when the source holds one.
fn answer(source: &Source) -> Option<(Kind, Value)> {
    let value = value_of(source)?;
    let has = |key: &str| value.get(key).is_some();
    if has("solution_concept") {
        Some((Kind::Solve, value))
    } else if has("steps") {
        Some((Kind::Dynamics, value))
    } else {
        None
    }
}
