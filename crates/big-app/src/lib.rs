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
//! | [`strategic`] | which mixed and correlated ones, by its payoff table? |
//! | [`coalitions`] | who gains by acting together? |
//! | [`mechanisms`] | which rules would take the incentive to lie away, and what do they cost? |
//! | [`otherwise`] | what if it is learnt, led by one who commits, or has a price of entry? |
//! | [`export`] | what is it in another program's format? |
//! | [`picture`] | what is there to draw and to report of a game or an answer? |
//! | [`reproduce`] | does what the paper claims, and what is proved beyond it, come out? |
//! | [`preference`] | what do comparisons by annotators say, and who can move it? |
//!
//! | feature | without it |
//! | --- | --- |
//! | `figures` | no [`picture`], no [`reproduce`]: no big-report, and none of its crates for SVG, fonts and PDF |
//! | `parallel` | one thread computes, to the same bits: no rayon |
//! | `parquet` | files of Parquet and Arrow are refused, and the refusal names the feature |
//!
//! All are on by default. What a build cannot do for want of one is [`AppError::MissingFeature`], or an input's error with
//! `missing_feature`.
//!
//! ```
//! use big_app::solve::{Request, Solved, solve};
//! use big_app::Monitor;
//! use big_io::Source;
//!
//! let game = Source::text(
//!     "same side",
//!     r#"{ "action_space": { "type": "box", "lower": -1, "upper": 1 },
//!          "influencers": [{ "weight": 0.5, "target": [-0.8] }, { "weight": 0.5, "target": [-0.3] }] }"#,
//! );
//! let Solved::Convex(solved) = solve(&Request::new(game), &Monitor::default())? else { return Ok(()) };
//! assert_eq!(solved.equilibrium.receiver, [-0.3]);
//! println!("{}", solved.result().verdict);
//! # Ok::<(), big_app::AppError>(())
//! ```

pub mod again;
pub mod coalitions;
mod digits;
pub mod dynamics;
pub mod enumerate;
mod error;
pub mod export;
mod finite;
mod given;
mod hybrid;
pub mod mechanisms;
mod monitor;
pub mod otherwise;
#[cfg(feature = "figures")]
pub mod picture;
pub mod preference;
#[cfg(feature = "figures")]
pub mod reproduce;
pub mod solve;
pub mod strategic;
pub mod verify;

pub use error::{Advice, AppError, Asked, FiniteUse, Limit, Variant};
pub use monitor::{Monitor, Progress};
