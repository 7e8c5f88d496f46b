//! The questions of the page, put to `big-app`.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use big_app::solve::{Request, Solved, solve};
use big_app::{AppError, Monitor, Variant, dynamics, mechanisms};
use big_io::{InputError, Source, catalogue, game_from_text};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Why there is no answer, as the page is told.
#[derive(Debug, Serialize)]
pub(crate) struct Refusal {
    message: String,
    help: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
}

impl From<AppError> for Refusal {
    fn from(error: AppError) -> Self {
        match error {
            AppError::Input(error) | AppError::Advised(error, _) => error.into(),
            AppError::Unfit { message, help } => Self {
                message,
                help,
                line: None,
                column: None,
            },
            other => InputError::new(other.to_string()).into(),
        }
    }
}

impl From<InputError> for Refusal {
    fn from(error: InputError) -> Self {
        Self {
            message: error.message.clone(),
            help: error.help.clone(),
            line: error.line,
            column: error.column,
        }
    }
}

pub(crate) type Answered = Result<String, Refusal>;

pub(crate) fn written<T: Serialize>(value: &T) -> Answered {
    serde_json::to_string(value).map_err(|e| InputError::new(e.to_string()).into())
}

/// The equilibrium of a game in JSON.
pub(crate) fn solved(text: &str, cancel: &Arc<AtomicBool>) -> Answered {
    let mut request = Request::new(Source::text("the game", text));
    request.time_limit = std::time::Duration::from_secs(10);
    let monitor = Monitor::default().with_cancel(cancel);
    match solve(&request, &monitor)? {
        Solved::Convex(convex) => written(&convex.result()),
        Solved::Finite(found) => written(&found.1),
        Solved::Hybrid(found) => written(&found.1),
        Solved::Dominant(found) => written(&*found),
        Solved::Reduced(found) => written(&found.1),
        Solved::Private(found) => written(&*found),
    }
}

/// What a run is asked for with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Running {
    game: Value,
    /// Everybody's action; null: the truthful ones.
    start: Option<Value>,
}

/// A run of best responses.
pub(crate) fn run(text: &str, cancel: &Arc<AtomicBool>) -> Answered {
    let asked: Running = serde_json::from_str(text).map_err(|e| InputError::new(e.to_string()))?;
    let game = Source::text("the game", &asked.game.to_string());
    let mut request = dynamics::Request::new(game);
    if let Some(start) = asked.start {
        let profile = json!({ "actions": start }).to_string();
        request.begin = dynamics::Begin::At(Source::text("the start", &profile));
    }
    request.max_rounds = 200;
    request.most_moves = 2000;
    let monitor = Monitor::default().with_cancel(cancel);
    match dynamics::dynamics(&request, &monitor)? {
        dynamics::Played::Convex(run) => written(&run.result()),
        dynamics::Played::Finite(found) => written(&found.1),
    }
}

/// What games that reduce to one of the usual kind are not asked for here.
const PAGE: &str = "a page";

/// A game file's text (TOML or JSON), as JSON.
pub(crate) fn parsed(text: &str) -> Answered {
    Variant::refuse(&game_from_text("the game", text)?.content, PAGE)?;
    // What was written is kept as it was: the page shows numbers as they are in the file.
    let value: Option<Value> = serde_json::from_str(text)
        .ok()
        .or_else(|| toml::from_str(text).ok());
    let value = value.ok_or_else(|| InputError::new("has numbers that the page cannot show"));
    written(&value?)
}

/// A game in JSON, as TOML.
pub(crate) fn toml(text: &str) -> Answered {
    game_from_text("the game", text)?;
    let value: Value = serde_json::from_str(text).map_err(|e| InputError::new(e.to_string()))?;
    toml::to_string(&value).map_err(|e| InputError::new(e.to_string()).into())
}

/// The catalogue, but for games that are not drawn.
pub(crate) fn examples() -> Value {
    let drawn = |e: &&catalogue::Entry| {
        let game = game_from_text(e.id, e.text);
        game.is_ok_and(|game| Variant::refuse(&game.content, PAGE).is_ok())
    };
    let all = catalogue::all().iter().filter(drawn);
    all.map(|e| json!({ "id": e.id, "title": e.title, "text": e.text }))
        .collect()
}

/// What a rule is asked for with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ruling {
    game: Value,
    rule: String,
}

/// A rule in the place of the receiver, measured on a game.
pub(crate) fn mechanism(text: &str, cancel: &Arc<AtomicBool>) -> Answered {
    let asked: Ruling = serde_json::from_str(text).map_err(|e| InputError::new(e.to_string()))?;
    let request = mechanisms::Request {
        only: vec![asked.rule],
        ..mechanisms::Request::new(Source::text("the game", &asked.game.to_string()))
    };
    let mut found = mechanisms::mechanisms(&request, &Monitor::default().with_cancel(cancel))?;
    // The page has the game.
    found.game = None;
    written(&found)
}

/// The rules, by name.
pub(crate) fn rules() -> Vec<&'static str> {
    big_mechanism::ALL.iter().map(|rule| rule.name()).collect()
}
