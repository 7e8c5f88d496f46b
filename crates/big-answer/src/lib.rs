//! What is answered about a game, typed: one type a command, for text, JSON, figures and pages alike.
//!
//! Each answer says its [`Kind`], the version of the program, and what it comes to in words (`verdict`, made here and
//! nowhere else). One about a game of ordinary size carries the game and what was asked of it, so that whoever reads it
//! can make it again ([`compare`]). Answers about games without end are written piece by piece
//! ([`solve::Influencers`], [`dynamics::Steps`]).
//!
//! | module | the answer of |
//! | --- | --- |
//! | [`solve`], [`sensitivity`], [`verify`], [`dynamics`] | `solve`, `verify`, `dynamics` of a game on convex sets |
//! | [`finite`], [`dominant`], [`enumerate`] | the same and `enumerate` of a finite game |
//! | [`hybrid`] | `solve`, `verify` and `enumerate` of a game in which only some choose items |
//! | [`strategic`] | `strategic` |
//! | [`preference`], [`groups`] | `prefs …` |
//! | [`items`] | `prefs fit` and `prefs audit` of items without embeddings |
//! | [`check`] | `prefs check` |
//! | [`reproduce`] | `reproduce` |

mod answer;
pub mod battle;
pub mod check;
pub mod coalitions;
pub mod compare;
mod consistent;
pub mod dominant;
pub mod dynamics;
pub mod enumerate;
pub mod finite;
pub mod groups;
pub mod hybrid;
mod influencers;
pub mod items;
mod kind;
pub mod mechanisms;
pub mod otherwise;
pub mod preference;
pub mod private;
pub mod reduced;
pub mod reproduce;
pub mod sensitivity;
pub mod solve;
pub mod strategic;
pub mod terms;
pub mod verify;
pub mod words;

pub use answer::{Answer, Unreadable};
pub use kind::{Kind, version};
