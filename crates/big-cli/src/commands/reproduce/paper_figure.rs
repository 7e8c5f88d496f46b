//! A figure of the paper.

use big_report::figure::Figure;

/// A figure of the paper: its number, what it is, and ours.
pub(super) struct PaperFigure {
    pub(super) number: usize,
    pub(super) about: &'static str,
    pub(super) figure: Box<dyn Figure>,
}
