//! The Battling Influencers Game (arXiv:2502.01127): solvers, certificates and the whole set of equilibria.

pub mod action_space;
pub mod spec;
