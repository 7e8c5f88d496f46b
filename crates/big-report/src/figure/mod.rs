//! The figures: each a plain data model that draws itself.

mod bars;
mod common;
mod directions;
mod histogram;
mod line;
mod panels;
mod plane;
mod potential;
pub mod preference;
mod trajectory;

pub use bars::{Bar, BarsFigure, MOST_BARS};
pub use directions::{Direction, DirectionsFigure};
pub use histogram::HistogramFigure;
pub use line::{LineFigure, LineRow, MOST_ROWS};
pub use panels::Panels;
pub use plane::{PlaneFigure, PlaneInfluencer};
pub use potential::{PotentialFigure, Variable};
pub use trajectory::TrajectoryFigure;

use crate::draw::{Drawing, Style};

/// Something that can be drawn and said in a sentence.
pub trait Figure {
    /// Draws it. The same data and style give the same bytes.
    fn draw(&self, style: &Style) -> Drawing;

    /// What is to be seen, in words: the caption, and what a screen reader says.
    fn caption(&self) -> String;
}
