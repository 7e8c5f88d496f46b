//! Questions take turns, and end once nobody waits for them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tokio::sync::Semaphore;

/// How long a question may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Ends a question once nobody waits for it: it took too long, or who asked has gone or asked something newer.
struct Waits(Arc<AtomicBool>);

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What an answer is made of, off the threads that serve. The turn is over when the work is, whoever waits for it; `patience` begins
/// with it.
pub(crate) async fn in_turn<T: Send + 'static>(
    turns: &Arc<Semaphore>,
    patience: Duration,
    question: impl FnOnce(&Arc<AtomicBool>) -> T + Send + 'static,
) -> Result<T, Response> {
    let gone = |_| (StatusCode::SERVICE_UNAVAILABLE, "the server is stopping\n").into_response();
    let late = |_| (StatusCode::GATEWAY_TIMEOUT, "it took too long\n").into_response();
    let cancel = Arc::new(AtomicBool::new(false));
    let _waits = Waits(Arc::clone(&cancel));
    let turn = Arc::clone(turns).acquire_owned().await.map_err(gone)?;
    let work = tokio::task::spawn_blocking(move || {
        let answer = question(&cancel);
        drop(turn);
        answer
    });
    let answered = tokio::time::timeout(patience, work).await.map_err(late)?;
    answered.map_err(|_| {
        let why = "the question ended without an answer\n";
        (StatusCode::INTERNAL_SERVER_ERROR, why).into_response()
    })
}
