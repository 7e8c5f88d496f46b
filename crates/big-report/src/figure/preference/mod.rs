//! Figures of preference data (arXiv:2502.01127, Section 6, Figures 5 to 9), from plain numbers.

mod bisection;
mod estimates;
mod iterations;
mod likelihood;
mod scatter;
mod surface;

pub use bisection::BisectionFigure;
pub use estimates::{Estimate, EstimatesFigure};
pub use iterations::{FakePoints, IterationsFigure};
pub use likelihood::LikelihoodFigure;
pub use scatter::{PairPoint, ScatterFigure};
pub use surface::SurfaceFigure;
