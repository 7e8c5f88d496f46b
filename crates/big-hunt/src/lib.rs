//! A random search for games that the program `big` answers wrongly.
//!
//! Games are drawn that nobody chose: every kind of set, mixed within a game, degenerate, tied, tiny and huge. Each goes
//! through the front door (a command line, a game file, the JSON that comes out), along several routes that must agree,
//! and every number that is printed is computed again by code of this crate, which shares none with the program. What is
//! found is made small and written down. Same seed, same games, same findings.
//!
//! `docs/hunting.md` tells how to use it; [`search`] is the whole of it for a program.

mod answer;
mod case;
mod check;
mod door;
mod draw;
mod finite;
mod geometry;
mod linear;
mod minimise;
mod random;
mod read;
mod report;
mod route;
mod routes;
mod search;
mod workers;

pub use door::keep_panics;
pub use draw::{KINDS, SCALES};
pub use report::{Report, Summary};
pub use search::{Options, replay, search};
pub use workers::{many, work};
