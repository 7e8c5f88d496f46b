//! The server.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State, WebSocketUpgrade};
use axum::http::{StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use axum::{Json, Router};
use big_app::preference::kept::KeptTable;
use big_io::InputError;
use serde::Serialize;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::answers::{self, Refusal};
use crate::guard::{Guard, guarded};
use crate::held::{Games, Moves};
use crate::live::Live;
use crate::page;
use crate::tables::{self, Auditing, OneRule, Reporting, Tables};
use crate::turns::{PATIENCE, in_turn};

/// The largest request, in bytes.
const LARGEST: usize = 64 << 20;
/// How long one rule may be measured.
const PATIENCE_WITH_RULES: Duration = Duration::from_secs(20);
/// Questions that are answered at a time; the others wait.
const AT_A_TIME: usize = 2;

/// What is explored, and where.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The port; 0: any that is free.
    pub port: u16,
    /// A game file's text to begin with.
    pub game: Option<String>,
    /// A table of comparisons to audit.
    pub table: Option<PathBuf>,
}

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum ExploreError {
    /// The port is taken, or may not be used.
    #[error("port {0} of this machine cannot be used: {1}")]
    Port(u16, std::io::Error),
    /// Something else of the system's.
    #[error("the page cannot be served: {0}")]
    System(String),
}

struct Served {
    options: Options,
    games: Arc<Games>,
    tables: Tables,
    /// The turns of questions that somebody waits for while something is dragged.
    busy: Arc<Semaphore>,
    /// Those of rules, one at a time beside them.
    rules: Arc<Semaphore>,
}

/// Serves the page until the process ends; `ready` is told its address once it answers.
///
/// # Errors
/// When the port cannot be used.
pub fn serve(options: Options, ready: impl FnOnce(&str)) -> Result<(), ExploreError> {
    let system = |error: &dyn std::fmt::Display| ExploreError::System(error.to_string());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|e| system(&e))?;
    runtime.block_on(async {
        let at = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
        let listener = TcpListener::bind(at)
            .await
            .map_err(|e| ExploreError::Port(options.port, e))?;
        let port = listener.local_addr().map_err(|e| system(&e))?.port();
        let token = token().map_err(|e| system(&e))?;
        let guard = Arc::new(Guard::new(port, token.clone()));
        ready(&format!("http://127.0.0.1:{port}/?token={token}"));
        let app = router(options, guard);
        // Answers are waited for: none is held back to be sent with the next. Where that cannot be set they come all the same.
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        axum::serve(listener, app).await.map_err(|e| system(&e))
    })
}

/// 128 bits that nobody guesses.
fn token() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|b| format!("{b:02x}")).collect())
}

fn router(options: Options, guard: Arc<Guard>) -> Router {
    let served = Arc::new(Served {
        options,
        games: Arc::default(),
        tables: Tables::default(),
        busy: Arc::new(Semaphore::new(AT_A_TIME)),
        rules: Arc::new(Semaphore::new(1)),
    });
    Router::new()
        .route("/api/start", get(start))
        .route("/api/solve", post(solve))
        .route("/api/dynamics", post(dynamics))
        .route("/api/parse", post(parse))
        .route("/api/toml", post(toml))
        .route("/api/hold", post(hold))
        .route("/api/held/{id}", post(held))
        .route("/api/live", get(live))
        .route("/api/mechanism", post(mechanism))
        .route("/api/audit", post(audit))
        .route("/api/slope", post(slope))
        .route("/api/refit", post(refit))
        .route("/api/label-mechanism", post(label_mechanism))
        .fallback(get(page::file))
        .layer(DefaultBodyLimit::max(LARGEST))
        .layer(from_fn_with_state(guard, guarded))
        .with_state(served)
}

async fn asked<T: Send + 'static>(
    served: &Served,
    question: impl FnOnce(&Arc<AtomicBool>) -> T + Send + 'static,
) -> Result<T, Response> {
    in_turn(&served.busy, PATIENCE, question).await
}

fn json_text(answer: Result<String, Refusal>) -> Response {
    match answer {
        Ok(text) => ([(header::CONTENT_TYPE, "application/json")], text).into_response(),
        Err(told) => refused(&told),
    }
}

fn refused<T: Serialize>(told: &T) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, Json(told)).into_response()
}

/// The text of a request.
fn text(body: Bytes) -> Result<String, Refusal> {
    let text = String::from_utf8(body.into());
    text.map_err(|_| InputError::new("the request is not UTF-8 text").into())
}

async fn asked_of_text(
    served: &Served,
    body: Bytes,
    question: fn(&str, &Arc<AtomicBool>) -> Result<String, Refusal>,
) -> Response {
    let text = match text(body) {
        Ok(text) => text,
        Err(told) => return refused(&told),
    };
    told(asked(served, move |cancel| question(&text, cancel)).await)
}

async fn start(State(served): State<Arc<Served>>) -> Response {
    let options = &served.options;
    Json(json!({
        "version": big_answer::version(),
        "game": options.game,
        "table": options.table.as_ref().map(|path| path.display().to_string()),
        "examples": answers::examples(),
        "rules": answers::rules(),
        "label_rules": tables::rules(),
    }))
    .into_response()
}

async fn solve(State(served): State<Arc<Served>>, body: Bytes) -> Response {
    asked_of_text(&served, body, answers::solved).await
}

async fn dynamics(State(served): State<Arc<Served>>, body: Bytes) -> Response {
    asked_of_text(&served, body, answers::run).await
}

async fn parse(State(served): State<Arc<Served>>, body: Bytes) -> Response {
    asked_of_text(&served, body, |text, _| answers::parsed(text)).await
}

async fn toml(State(served): State<Arc<Served>>, body: Bytes) -> Response {
    asked_of_text(&served, body, |text, _| answers::toml(text)).await
}

async fn hold(State(served): State<Arc<Served>>, body: Bytes) -> Response {
    let text = match text(body) {
        Ok(text) => text,
        Err(told) => return refused(&told),
    };
    let kept = Arc::clone(&served);
    match asked(&served, move |_| kept.games.hold(&text)).await {
        Ok(Ok(held)) => Json(held).into_response(),
        Ok(Err(error)) => refused(&Refusal::from(error)),
        Err(response) => response,
    }
}

async fn held(
    State(served): State<Arc<Served>>,
    Path(id): Path<u64>,
    Json(moves): Json<Moves>,
) -> Response {
    let kept = Arc::clone(&served);
    let moved = move |cancel: &Arc<AtomicBool>| kept.games.moved(id, moves, cancel);
    match asked(&served, moved).await {
        Ok(Some(Ok(numbers))) => (
            [(header::CONTENT_TYPE, "application/octet-stream")],
            numbers,
        )
            .into_response(),
        Ok(Some(Err(error))) => refused(&Refusal::from(error)),
        Ok(None) => (StatusCode::NOT_FOUND, "there is no such game any more\n").into_response(),
        Err(response) => response,
    }
}

async fn live(State(served): State<Arc<Served>>, upgrade: WebSocketUpgrade) -> Response {
    let live = Live {
        games: Arc::clone(&served.games),
        turns: Arc::clone(&served.busy),
    };
    live.open(upgrade)
}

async fn mechanism(State(served): State<Arc<Served>>, body: Bytes) -> Response {
    let text = match text(body) {
        Ok(text) => text,
        Err(told) => return refused(&told),
    };
    let work = move |cancel: &Arc<AtomicBool>| answers::mechanism(&text, cancel);
    told(in_turn(&served.rules, PATIENCE_WITH_RULES, work).await)
}

fn told(answer: Result<Result<String, Refusal>, Response>) -> Response {
    match answer {
        Ok(answer) => json_text(answer),
        Err(response) => response,
    }
}

async fn audit(State(served): State<Arc<Served>>, Json(asking): Json<Auditing>) -> Response {
    let Some(table) = served.options.table.clone() else {
        return refused(&json!({
            "message": "there is no table",
            "help": "start with one: big explore labels.parquet",
        }));
    };
    let kept = Arc::clone(&served);
    told(
        asked(&served, move |cancel| {
            kept.tables.audited(table, asking, cancel)
        })
        .await,
    )
}

/// What is asked of a table that was audited.
async fn of_table<T: Send + 'static>(
    served: &Arc<Served>,
    by: &str,
    asking: T,
    turns: (&Arc<Semaphore>, Duration),
    question: fn(&KeptTable, &T, &Arc<AtomicBool>) -> Result<String, Refusal>,
) -> Response {
    let Some(table) = served.tables.of(by) else {
        let why = "the table was not audited by that column\n";
        return (StatusCode::NOT_FOUND, why).into_response();
    };
    told(
        in_turn(turns.0, turns.1, move |cancel| {
            question(&table, &asking, cancel)
        })
        .await,
    )
}

async fn slope(State(served): State<Arc<Served>>, Json(asking): Json<Reporting>) -> Response {
    let by = asking.by.clone();
    of_table(
        &served,
        &by,
        asking,
        (&served.busy, PATIENCE),
        tables::slope,
    )
    .await
}

async fn refit(State(served): State<Arc<Served>>, Json(asking): Json<Reporting>) -> Response {
    let by = asking.by.clone();
    of_table(
        &served,
        &by,
        asking,
        (&served.busy, PATIENCE),
        tables::refit,
    )
    .await
}

async fn label_mechanism(
    State(served): State<Arc<Served>>,
    Json(asking): Json<OneRule>,
) -> Response {
    let by = asking.by.clone();
    let turns = (&served.rules, PATIENCE_WITH_RULES);
    of_table(&served, &by, asking, turns, tables::mechanism).await
}
