//! The Battling Influencers Game (arXiv:2502.01127): solvers, certificates and the whole set of equilibria.
//!
//! Influencers `i = 1..n` each choose an action `x_i` in a compact convex set `X_i`; a receiver lands on
//! `r = b + Σ W_i x_i`; everybody wants it at a target `t_i` of its own, and loses `‖r − t_i‖²`. The game has an exact potential
//! (Theorem 1), and its pure Nash equilibria are the minimisers of that: one of them, or infinitely many, all with the same `r`.
//!
//! ```
//! use big_game::equilibrium::Cardinality;
//! use big_game::spec::SpaceSpec;
//! use big_game::{Game, solve};
//!
//! // Example 2 of the paper, its continuum: the two pull apart along the first axis and do not care about the second.
//! let game = Game::builder()
//!     .space(SpaceSpec::cube(2, -1.0, 1.0))
//!     .influencer(0.5, [-0.4, 0.0])
//!     .influencer(0.5, [0.4, 0.0])
//!     .build()?;
//! let equilibrium = solve(&game, &Default::default())?;
//! assert_eq!(equilibrium.receiver, [0.0, 0.0]);
//! assert_eq!(equilibrium.cardinality, Cardinality::Infinite);
//! assert!(equilibrium.certificate.holds());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is where
//!
//! | to … | see |
//! | --- | --- |
//! | describe a game | [`Game::builder`], [`spec`] (every set, exact numbers), [`Game::from_columns`] (millions of influencers) |
//! | solve it | [`solve`], [`SolveOptions`] |
//! | read the answer: receiver, actions, the whole set, the proof | [`equilibrium::Equilibrium`], [`equilibrium::Certificate`] |
//! | list the vertices of the set | [`equilibrium::vertices`] |
//! | know what the battle costs | [`welfare::welfare`] |
//! | know who gains by acting together | [`coalitions::coalitions`], [`Game::with_coalitions`] |
//! | know what moves the receiver | [`sensitivity::sensitivity`] |
//! | make lies cost, and know what keeps everybody honest | [`Game::with_lying_costs`], [`honesty::honesty`] |
//! | check a profile that somebody else found | [`equilibrium::Assessor`] |
//! | other losses, a metric, a receiver that answers by a curve | [`reduction::Reduced`] |
//! | keep targets private | [`private::PrivateGame`] |
//! | follow best responses, or slopes | [`dynamics`], [`learning::learn`] |
//! | let one move first, or let taking part cost something | [`commitment::commit`], [`entry::enter`] |
//! | play with sets of items instead of convex sets | the crate `big-finite` |
//! | use the geometry alone: support functions, projections, faces | [`action_space::ConvexSet`] |
//!
//! All numbers are doubles in the user's own units; games that are small enough keep what was written as exact rationals beside
//! them, and ties are decided there. Nothing here reads a file, a clock or the environment, or prints; work on large games is
//! spread over `rayon`'s threads, and gives the same bytes for any number of them.

pub mod action_space;
mod builder;
pub mod coalitions;
pub mod commitment;
pub mod dominance;
pub mod dynamics;
pub mod entry;
pub mod equilibrium;
pub mod game;
pub mod honesty;
pub mod learning;
pub mod potential;
pub mod private;
pub mod profile;
pub mod reduction;
pub mod sensitivity;
mod solver;
pub mod spec;
mod stop;
pub mod weight;
pub mod welfare;

pub use builder::GameBuilder;
pub use game::{Coalition, Game, GameError, Place, Problem};
pub use solver::{SolveError, SolveOptions, solve};
pub use stop::Stop;

/// What the solvers say before it is checked: for the benchmarks and tests of this crate, and no part of what it promises.
#[doc(hidden)]
pub mod unchecked {
    pub use crate::solver::{Solved, ball, decomposition, separable};
}

/// The examples of the README are compiled, and right.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
mod readme {}
