//! Rules in place of the receiver that resist lies: what each makes of reports, what a lie still gains, and what the
//! resistance costs while everybody is honest.
//!
//! A [`Poll`] is what a game asks of a rule: weights, targets, and the sets that reports come from. A [`Rule`] makes an outcome
//! of reports; [`measure`] says what is known of it (strategyproof or not, its breakdown) and what was found (the largest gain
//! from a lie, alone and by two together, where the battle over it ends, its efficiency under noise).
//!
//! | rule | what is known |
//! | --- | --- |
//! | [`Rule::WeightedMean`] | not strategyproof; the battle of arXiv:2502.01127 |
//! | [`Rule::CoordinateMedian`] | strategyproof, coordinate by coordinate (Moulin 1980) |
//! | [`Rule::GeneralizedMedian`] | the same with phantoms, spread over the range (Moulin 1980) |
//! | [`Rule::MovingPhantoms`] | on a simplex, where losses are sums of absolute differences: strategyproof (arXiv:1905.00457) |
//! | [`Rule::GeometricMedian`] | only asymptotically, approximately strategyproof (arXiv:2106.02394) |
//! | [`Rule::RegularizedMedian`] | declare a target, and the battle is played for you: strategyproof on boxes |
//! | [`Rule::LipschitzMean`] | nobody moves it by more than `L` times its weight (arXiv:2202.08656) |
//! | [`Rule::TrimmedMean`], [`Rule::CenteredClipping`], [`Rule::Krum`] | bounds on breakdown (clipping: arXiv:2012.10333; Krum: arXiv:1703.02757) |
//! | [`Rule::Clarke`] | the mean with payments: truth is dominant (Clarke 1971) |
//!
//! ```
//! use big_game::Game;
//! use big_game::spec::SpaceSpec;
//! use big_mechanism::{Poll, Proof, Rule, measure};
//!
//! let game = Game::builder()
//!     .space(SpaceSpec::cube(1, -1.0, 1.0))
//!     .influencer(0.5, [-0.8])
//!     .influencer(0.3, [-0.3])
//!     .influencer(0.2, [0.4])
//!     .build()?;
//! let poll = Poll::of(&game)?;
//! let median = measure(&poll, Rule::CoordinateMedian)?;
//! assert_eq!(median.outcome, [-0.8]);
//! assert_eq!((median.strategyproof, median.gain.found), (Proof::Proved, 0.0));
//! assert!(measure(&poll, Rule::WeightedMean)?.gain.found > 0.01);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod attack;
mod coalition;
mod efficiency;
mod equilibrium;
mod known;
mod measure;
pub mod payment;
mod poll;
mod rule;

pub use coalition::CoalitionGain;
pub use equilibrium::{Battle, Settled};
pub use measure::{Gain, Measured, Proof, measure};
pub use poll::{Poll, Refusal};
pub use rule::median::weighted_median;
pub use rule::{ALL, Rule};
