//! Game files, profiles and tables of the Battling Influencers Game: text and Parquet to types and back.
//!
//! Whatever is wrong with an input comes back as an [`InputError`]: what, where (file, line and column, or the
//! row of a table) and what to do. No input makes this crate panic, hang or overflow the stack.
//!
//! Without the feature `parquet` (which is on by default) the crate builds without Arrow's and Parquet's crates, refuses such files, and
//! [`missing_feature`](ErrorParts::missing_feature) says so; text is read and written as ever.

mod actions;
#[cfg(feature = "parquet")]
mod arrays;
mod bounded;
pub mod catalogue;
mod crowd;
mod decode;
mod document;
mod error;
pub mod experiment;
mod game_content;
mod game_file;
mod guarded;
mod name;
mod nfg;
mod number;
mod outputs;
pub mod preference;
mod profile;
pub mod schema;
mod source;
mod table;
mod visible;
mod whole;
mod writer;

pub use actions::write_actions;
pub use error::{ErrorParts, InputError};
pub use game_content::{Content, GameFile};
pub use game_file::{game_from_text, game_of_columns, read_game};
pub use guarded::is_guarded;
pub use nfg::{NfgFile, is_nfg, nfg_from_text};
pub use number::exact_number;
pub use outputs::Outputs;
pub use profile::{FinitePlay, HybridPlay, read_finite_play, read_hybrid_play, read_profile};
pub use schema::{schema_game, schema_profile};
pub use source::{Held, HeldGame, Source};
pub use visible::visible;
pub use whole::{remove_partial_files, whole};
pub use writer::{
    finite_file_of_exact, game_file_of, game_file_of_exact, hybrid_file_of_exact, private_file_of,
    reduced_file_of, space_file_of,
};
