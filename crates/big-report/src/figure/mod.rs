//! The figures: each a plain data model that draws itself.

mod bars;
mod common;
mod curves;
mod directions;
mod equilibria;
mod finite;
mod histogram;
mod line;
mod panels;
mod picture;
mod planar;
mod plane;
mod potential;
pub mod preference;
mod scatter;
mod trajectory;

pub(crate) use bars::sentence;
pub use bars::{Bar, BarsFigure, MOST_BARS};
pub(crate) use common::most_exaggerated;
pub use curves::{Curve, CurvesFigure};
pub use directions::{Direction, DirectionsFigure};
pub use equilibria::{EquilibriaFigure, EquilibriumPoint};
pub use finite::{finite_figures, hybrid_figures};
pub use histogram::HistogramFigure;
pub use line::{LineFigure, LineRow, MOST_ROWS};
pub use panels::Panels;
pub use picture::{to_pdf, to_png};
pub use plane::{PlaneFigure, PlaneInfluencer};
pub use potential::{PotentialFigure, Variable};
pub use scatter::{NamedPoint, ScatterFigure};
pub use trajectory::TrajectoryFigure;

use crate::draw::{Drawing, Style};

/// What a figure shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A game: sets, targets, actions, the receiver.
    Game,
    /// The potential in a slice.
    Potential,
    /// Who exaggerates, gains or moves most.
    Ranking,
    /// Moves of best responses.
    Trajectory,
    /// Every pure equilibrium of a finite game.
    Equilibria,
    /// The search for a best response.
    Search,
    /// The log-likelihood of preference data.
    Likelihood,
    /// The pairs of responses of preference data.
    Pairs,
    /// Estimates with their intervals.
    Estimates,
}

/// Something that can be drawn and said in a sentence.
pub trait Figure {
    /// What it shows.
    fn kind(&self) -> Kind;

    /// Draws it. The same data and style give the same bytes.
    fn draw(&self, style: &Style) -> Drawing;

    /// What is to be seen, in words: the caption, and what a screen reader says.
    fn caption(&self) -> String;

    /// The figures that it consists of, where it is several: a page may put them below each other.
    fn panels(&self) -> Vec<&dyn Figure> {
        Vec::new()
    }
}
