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
//! | `POST /api/audit`, `POST /api/refit` | the audit of the table; where the estimate goes if somebody reports something else |
//!
//! Only requests to this machine's own names are answered (`Host` and `Origin`), and the questions only with the token that the
//! page's address carries, so that no other page can ask them.

mod answers;
mod guard;
pub mod held;
mod page;
mod server;

pub use server::{ExploreError, Options, serve};
