//! The figures: each a plain data model that draws itself.

mod common;
mod line;
mod plane;

pub use line::{LineFigure, LineRow, MOST_ROWS};
pub use plane::{PlaneFigure, PlaneInfluencer};

use crate::draw::{Drawing, Style};

/// Something that can be drawn and said in a sentence.
pub trait Figure {
    /// Draws it. The same data and style give the same bytes.
    fn draw(&self, style: &Style) -> Drawing;

    /// What is to be seen, in words: the caption, and what a screen reader says.
    fn caption(&self) -> String;
}
