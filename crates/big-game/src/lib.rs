//! The Battling Influencers Game (arXiv:2502.01127): solvers, certificates and the whole set of equilibria.

pub mod action_space;
pub mod dominance;
pub mod dynamics;
pub mod equilibrium;
pub mod finite;
pub mod game;
pub mod numeric;
pub mod potential;
pub mod profile;
pub mod sensitivity;
pub mod solver;
pub mod spec;
pub mod strategic;
pub mod weight;
pub mod welfare;

pub use solver::{SolveError, SolveOptions, solve};

pub use game::{Game, GameError, Place, Problem};
