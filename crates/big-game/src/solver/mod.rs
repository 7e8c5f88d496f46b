//! Solvers of the continuous game.

pub mod separable;
