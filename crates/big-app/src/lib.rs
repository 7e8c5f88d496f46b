//! What can be asked about a game: each use case takes a request and a [`Monitor`], and gives a typed answer or says why
//! there is none. No command line, no printing, no names of options: those are a shell's.
//!
//! A game is read once, from wherever it comes. An answer that is read back is not believed: [`again`] makes it from its
//! game once more, and refuses it where the two disagree.
//!
//! | module | the question |
//! | --- | --- |
//! | [`solve`] | where does the battle end? |
//! | [`verify`] | is this profile an equilibrium? |
//! | [`dynamics`] | where do best responses lead? |
//! | [`enumerate`] | which pure equilibria does a finite game have? |
//! | [`picture`] | what is there to draw and to report of a game or an answer? |

pub mod again;
pub mod dynamics;
pub mod enumerate;
mod error;
mod finite;
mod given;
mod monitor;
pub mod picture;
pub mod solve;
pub mod verify;

pub use error::{AppError, Asked, FiniteUse};
pub use finite::finite_game;
pub use given::{Given, finite_only, read};
pub use monitor::{Monitor, Progress};
