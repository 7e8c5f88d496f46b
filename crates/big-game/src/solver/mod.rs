//! Solvers: each uses one structure of the game.

pub mod ball;
