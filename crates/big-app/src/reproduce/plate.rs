//! A figure with its place.

use big_report::figure::Figure;

/// A figure with its place.
pub struct Plate {
    /// What its file is called, without an ending.
    pub file: String,
    /// What it is headed.
    pub heading: String,
    /// What it shows.
    pub about: String,
    /// The figure.
    pub figure: Box<dyn Figure>,
}

impl Plate {
    /// Its file in a format.
    pub fn file_as(&self, format: &str) -> String {
        format!("{}.{format}", self.file)
    }
}
