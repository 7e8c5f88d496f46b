//! A connection that stays open while something is dragged: each message is moves of a game that is kept, each answer its numbers. A
//! request of its own for every move would take longer than the answer.

use std::collections::VecDeque;
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
/// What may wait behind the message that is answered, in bytes. A page asks one at a time.
const WAITING: usize = 8 << 20;

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

    /// Answers one message after the other until the page is gone, which ends what it was waiting for.
    async fn speak(self, mut socket: WebSocket) {
        let mut waiting = Waiting::default();
        while let Some(message) = match waiting.next() {
            Some(message) => Some(message),
            None => heard(&mut socket).await,
        } {
            let answer = match message {
                Message::Text(text) => {
                    tokio::select! {
                        answer = self.answered(text.as_str()) => answer,
                        () = gone(&mut socket, &mut waiting) => return,
                    }
                }
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
        match in_turn(&self.turns, PATIENCE, move |cancel| {
            games.moved(id, moves, cancel)
        })
        .await
        {
            Ok(Some(Ok(numbers))) => Message::binary(numbers),
            Ok(Some(Err(error))) => {
                let told = serde_json::to_string(&Refusal::from(error));
                told.map_or_else(|error| refusal(&error), Message::text)
            }
            Ok(None) => {
                let told = json!({ "message": "there is no such game any more", "gone": true });
                Message::text(told.to_string())
            }
            Err(_) => refusal(&"it took too long, or the server is stopping"),
        }
    }
}

/// The next message; `None` when there will be none.
async fn heard(socket: &mut WebSocket) -> Option<Message> {
    socket.recv().await?.ok()
}

/// Messages that wait behind the one that is answered.
#[derive(Default)]
struct Waiting {
    messages: VecDeque<Message>,
    bytes: usize,
}

impl Waiting {
    fn next(&mut self) -> Option<Message> {
        let message = self.messages.pop_front()?;
        self.bytes -= size(&message);
        Some(message)
    }
}

/// What a message takes while it waits, in bytes: also an empty one is something.
fn size(message: &Message) -> usize {
    let content = match message {
        Message::Text(text) => text.len(),
        Message::Binary(bytes) => bytes.len(),
        Message::Ping(_) | Message::Pong(_) | Message::Close(_) => 0,
    };
    size_of::<Message>() + content
}

/// Listens until the page has gone, or sends more than may wait; what it says in the meantime waits.
async fn gone(socket: &mut WebSocket, waiting: &mut Waiting) {
    while let Some(message) = heard(socket).await {
        match message {
            Message::Close(_) => return,
            Message::Ping(_) | Message::Pong(_) => continue,
            message => {
                waiting.bytes += size(&message);
                waiting.messages.push_back(message);
            }
        }
        if waiting.bytes > WAITING {
            return;
        }
    }
}

fn refusal(message: &dyn std::fmt::Display) -> Message {
    Message::text(json!({ "message": message.to_string() }).to_string())
}
