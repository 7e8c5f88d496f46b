//! What can be asked about preference data: comparisons of two responses by annotators, in a table or simulated.
//!
//! | module | the question |
//! | --- | --- |
//! | [`check`] | what is there to know of a table before anything is fitted to it? |
//! | [`simulate`] | which labels do true or fake ideal points give? |
//! | [`fit`] | which ideal point do the labels speak for, pooled and by annotator? |
//! | [`receiver`] | how much of that is whose, before anyone plays? |
//! | [`play`] | where do best responses against the real estimate lead? |
//! | [`audit`] | who can move the estimate, and how far? |
//! | [`kept`] | where does the estimate go if somebody reports this? |
//! | [`mechanisms`] | which rules in the place of the estimate leave less to gain from a lie? |
//! | [`shards`] | what does the fit of shards say, whose rows are on other machines? |
//! | [`picture`] | what is there to draw of a table? |
//!
//! An estimate that does not exist is an answer, not an error: it carries the direction in which the likelihood never peaks.

pub mod audit;
pub mod check;
mod experiment;
pub mod fit;
mod groups;
mod items;
pub mod kept;
mod label_words;
pub mod mechanisms;
mod model;
mod no_maximum;
mod outside;
mod passes;
#[cfg(feature = "figures")]
pub mod picture;
pub mod play;
pub mod receiver;
mod saved;
pub mod shards;
pub mod simulate;
mod table;
mod units;
mod watched;

pub use table::{Table, TieRule};
