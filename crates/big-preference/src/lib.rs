//! Preference data as the Battling Influencers Game (arXiv:2502.01127, Section 6): simulation, the ideal-point
//! likelihood and its maximum, the affine receiver that data implies, empirical best responses, and audits.
//!
//! It knows no file formats: tables come as [`data::Chunks`] of plain contiguous numbers. One way through: rows →
//! [`data::Comparisons`] (checked, signed, in blocks) → [`fit::fit`] → [`receiver::AffineReceiver`] →
//! [`big_game::Game`], or [`play::Play`] against the receiver itself; [`audit::audit`] asks who could move the result.

pub mod annotators;
pub mod audit;
mod bounded;
pub mod command;
pub mod data;
pub mod errors;
pub mod fit;
pub mod fixed_effects;
mod frame;
mod gram;
pub mod hierarchy;
mod kernel;
pub mod likelihood;
mod linalg;
mod matrix_free;
pub mod model_check;
mod newton;
pub mod play;
mod position;
mod random;
pub mod receiver;
mod sample;
pub mod separation;
mod simd;
pub mod simulate;
pub mod statistics;
pub mod surface;
mod warm_start;
