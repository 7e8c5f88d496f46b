//! Preference data as the Battling Influencers Game (arXiv:2502.01127, Section 6): simulation, the ideal-point
//! likelihood and its maximum, the affine receiver that data implies, empirical best responses, and audits.
//!
//! It knows no file formats: tables come as [`data::Chunks`] of plain contiguous numbers. One way through: rows →
//! [`data::Comparisons`] (checked, signed, in blocks) → [`fit::fit`] → [`receiver::AffineReceiver`] →
//! [`big_game::Game`], or [`play::Play`] against the receiver itself; [`audit::audit`] asks who could move the result.
//!
//! ```
//! use big_preference::audit::{AuditOptions, audit};
//! use big_preference::data::{Comparisons, Pool, Parts};
//! use big_preference::fit::{FitOptions, fit};
//! use big_preference::simulate::{Labeller, Responses, SimulationSpec};
//!
//! // Two annotators, one with four times the pairs of the other.
//! let labeller = |name: &str, pairs, ideal| Labeller { name: name.into(), pairs, ideal: vec![ideal] };
//! let simulation = SimulationSpec {
//!     dim: 1,
//!     labellers: vec![labeller("left", 400, -0.2), labeller("right", 1600, 0.3)],
//!     responses: Responses::Normal { mean: 0.0, deviation: 1.0 },
//!     precision: 1.0,
//!     seed: 1,
//! }
//! .check()?;
//! let parts: Vec<Comparisons> = simulation.draw().into_iter().map(|l| l.into_comparisons()).collect();
//!
//! // What a model learns from the second alone.
//! let own = fit(&parts[1], &FitOptions::default())?;
//! assert!((own.theta[0] - 0.3).abs() < 4.0 * own.standard_errors.unwrap()[0]);
//!
//! // How much of what it learns from both is whose: about one fifth is the first one's.
//! let all = Pool::new(&parts).unwrap();
//! let found = audit(&all, &Parts::held(parts.clone())?, &AuditOptions::default())?;
//! let left = found.annotators.iter().find(|a| a.share < 0.5).unwrap();
//! assert!((left.influence - 0.2).abs() < 0.05);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod affinity;
pub mod annotators;
pub mod audit;
mod bounded;
mod bytes;
pub mod check;
pub mod command;
pub mod data;
mod errand;
pub mod errors;
pub mod fit;
mod fit_error;
pub mod fixed_effects;
mod fold;
mod frame;
mod gram;
mod group;
pub mod hierarchy;
pub mod items;
mod kernel;
pub mod likelihood;
mod matrix_free;
pub mod model_check;
mod newton;
mod origin;
pub mod play;
mod position;
pub mod principal;
mod random;
pub mod receiver;
pub mod rules;
mod sample;
mod search;
pub mod separation;
pub mod shards;
mod simd;
pub mod simulate;
pub mod statistics;
pub mod surface;
mod warm_start;
mod wire;
