//! A connection that stays open while something is dragged: each message is moves of a game that is kept, each answer its numbers. A
//! request of its own for every move would take longer than the answer.

use std::sync::Arc;

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::answers::Refusal;
use crate::held::{Games, Moves};
use crate::turns::{PATIENCE, in_turn};

/// What the page calls what is spoken; its token comes beside it.
pub(crate) const PROTOCOL: &str = "big";
/// The largest message, in bytes.
const LARGEST: usize = 1 << 20;

/// Moves of one of the games that are kept.
#[derive(Debug, Deserialize)]
struct Asked {
    id: u64,
    #[serde(flatten)]
    moves: Moves,
}

/// What a connection asks.
#[derive(Clone, Debug)]
pub(crate) struct Live {
    pub(crate) games: Arc<Games>,
    /// Whose turns its questions take.
    pub(crate) turns: Arc<Semaphore>,
}

impl Live {
    /// Opens the connection.
    pub(crate) fn open(self, upgrade: WebSocketUpgrade) -> Response {
        upgrade
            .protocols([PROTOCOL])
            .max_message_size(LARGEST)
            .on_upgrade(|socket| self.speak(socket))
    }

    /// Answers one message after the other until the page is gone.
    async fn speak(self, mut socket: WebSocket) {
        while let Some(Ok(message)) = socket.recv().await {
            let answer = match message {
                Message::Text(text) => self.answered(text.as_str()).await,
                Message::Binary(_) => refusal(&"moves are text"),
                Message::Close(_) => return,
                // Pongs are sent by the connection itself.
                Message::Ping(_) | Message::Pong(_) => continue,
            };
            if socket.send(answer).await.is_err() {
                return;
            }
        }
    }

    async fn answered(&self, text: &str) -> Message {
        let Asked { id, moves } = match serde_json::from_str(text) {
            Ok(asked) => asked,
            Err(error) => return refusal(&error),
        };
        let games = Arc::clone(&self.games);
        match in_turn(&self.turns, PATIENCE, move |_| games.moved(id, moves)).await {
            Ok(Some(Ok(numbers))) => Message::binary(numbers),
            Ok(Some(Err(error))) => {
                let told = serde_json::to_string(&Refusal::from(error));
                told.map_or_else(|error| refusal(&error), Message::text)
            }
            Ok(None) => refusal(&"there is no such game any more"),
            Err(_) => refusal(&"it took too long, or the server is stopping"),
        }
    }
}

fn refusal(message: &dyn std::fmt::Display) -> Message {
    Message::text(json!({ "message": message.to_string() }).to_string())
}
