//! Items without embeddings: scores from comparisons of names alone, by the model of Bradley and Terry (1952), with ties as half a
//! win each, as Davidson (1970) or as Rao and Kupper (1967) have them.
//!
//! `P(i beats j) = σ(s_i − s_j)`: the logit of the difference of two scores, which have mean 0. One way through: rows → [`Builder`] →
//! [`Tally`] (each pair once an annotator) → [`existence`] → [`fit`] → [`audit`](audit::audit).
//!
//! ```
//! use big_preference::data::Preference;
//! use big_preference::items::{Builder, Errors, Ties, fit};
//!
//! // Three wins against one.
//! let mut rows = Builder::new();
//! for (winner, loser) in [(0, 1), (0, 1), (0, 1), (1, 0)] {
//!     rows.add(winner, loser, Preference::A, 1.0, None);
//! }
//! let found = fit(&rows.finish(), Ties::Half, 0.0, Errors::Information).expect("each has beaten the other");
//! assert!((found.scores[0] - found.scores[1] - 3_f64.ln()).abs() < 1e-12);
//! ```

pub mod audit;
mod errors;
mod existence;
mod fit;
mod model;
mod resistance;
mod system;
mod tally;

pub use errors::Errors;
pub use existence::{NoScores, existence};
pub use fit::{ItemsFit, TieEstimate, fit};
pub use model::Ties;
pub use tally::{Builder, Pair, Tally};

/// Items up to which matrices of `n × n` are made: standard errors, and audits.
pub const DENSE: usize = 2000;
