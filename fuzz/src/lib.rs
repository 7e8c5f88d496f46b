//! What is done with hostile bytes: one function for each thing that reads them. It returns how that ended, in a few words, which
//! tells the loop of `mutate` whether it has seen something new; what must not happen (a wrong exit code, an answer that does not verify)
//! is a panic.

mod explored;
mod mutation;
mod questions;
mod readers;

pub use explored::http;
pub use mutation::{Random, mutated};
pub use questions::{answer, game_of, questions, state};
pub use readers::{
    experiment, game_json, game_table_csv, game_table_parquet, game_toml, labels_arrow, labels_csv,
    labels_json, labels_parquet, nfg, profile, receiver,
};

/// A target: its name, and what it does.
pub type Target = (&'static str, fn(&[u8]) -> String);

/// All of them.
pub const TARGETS: &[Target] = &[
    ("game_toml", game_toml),
    ("game_json", game_json),
    ("game_table_csv", game_table_csv),
    ("game_table_parquet", game_table_parquet),
    ("nfg", nfg),
    ("profile", profile),
    ("experiment", experiment),
    ("labels_csv", labels_csv),
    ("labels_json", labels_json),
    ("labels_parquet", labels_parquet),
    ("labels_arrow", labels_arrow),
    ("state", state),
    ("answer", answer),
    ("receiver", receiver),
    ("questions", questions),
    ("http", http),
];

/// The words of a message without what is only in this input: numbers, and what stands in quotes.
fn signature(message: &str) -> String {
    let mut words = String::new();
    let mut quote = None;
    for c in message.chars().take(400) {
        match quote {
            Some(q) if c == q => quote = None,
            Some(_) => {}
            None if c == '`' || c == '"' => quote = Some(c),
            None if c.is_ascii_digit() || c == '.' || c == '-' => {}
            None => words.push(c),
        }
    }
    words
}
