//! The action spaces, on random and degenerate sets of every kind.

mod common;
mod polytopes;
mod questions;
mod refusals;
mod responses;
