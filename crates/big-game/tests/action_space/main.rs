//! The action spaces, on random and degenerate sets of every kind.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

mod common;
mod polytopes;
mod questions;
mod refusals;
mod responses;
