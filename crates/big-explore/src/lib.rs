//! `big explore`: a page, served to this machine alone, on which targets are dragged and the certified answer follows.
//!
//! The server knows the questions of `big-app` and nothing else; everything that is seen is in `page/`, plain modules of
//! JavaScript that are carried in the program. Nothing is fetched from elsewhere.
//!
//! | request | answer |
//! | --- | --- |
//! | `GET /` and its assets | the page |
//! | `GET /api/start` | what the program was started with: a game, a table, the catalogue |
//! | `POST /api/solve` | a game in JSON: what `big solve --json` says |
//! | `POST /api/dynamics` | a game in JSON: what `big dynamics --json` says |
//! | `POST /api/parse`, `POST /api/toml` | a game file's text as JSON, and back |
//! | `POST /api/hold`, `POST /api/held/ID` | a large game, kept; and its answer after a move, as numbers ([`held`]) |
//! | `GET /api/live` | a connection (WebSocket) over which the same moves are told and answered, while something is dragged |
//! | `POST /api/mechanism`, `POST /api/label-mechanism` | a rule in the place of the receiver, or of the table's estimate: what `big mechanisms --json` says of it |
//! | `POST /api/audit` | the audit of the table, which is kept |
//! | `POST /api/slope`, `POST /api/refit` | where its estimate goes if somebody reports something else: to first order, and by a refit |
//!
//! Only requests to this machine's own names are answered (`Host` and `Origin`), and the questions only with the token that the
//! page's address carries, so that no other page can ask them.

mod answers;
mod guard;
pub mod held;
mod live;
mod page;
mod server;
mod tables;
mod turns;

pub use server::{ExploreError, Options, serve};
