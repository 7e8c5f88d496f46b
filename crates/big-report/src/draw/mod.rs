//! The drawing layer: a page, axes, legends, labels with mathematics, colours.

pub(crate) mod axes;
pub(crate) mod canvas;
pub(crate) mod contours;
pub(crate) mod drawing;
pub(crate) mod font;
mod label;
pub(crate) mod legend;
pub(crate) mod number;
pub(crate) mod pdf;
pub(crate) mod place;
pub(crate) mod png;
pub(crate) mod rich;
pub(crate) mod theme;

pub use contours::Grid;
pub use drawing::{Area, Drawing};
pub use number::{Ticks, count, number, ticks};
pub use pdf::PdfError;
pub use png::PngError;
pub use rich::Rich;
pub use theme::{Ink, SERIES, Theme, css_variables};

/// How a figure is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    /// The paper.
    pub theme: Theme,
    /// Width in pixels (at 96 to the inch); heights follow. Text has its size in pixels whatever the width.
    pub width: f64,
    /// Are names in writing that the bundled font lacks to be told in Latin letters? Otherwise they are text, for the
    /// fonts of whoever reads the SVG; a picture has none of these.
    pub latin: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            theme: Theme::Light,
            width: 560.0,
            latin: false,
        }
    }
}

impl Style {
    /// The width, kept to what can be drawn.
    pub(crate) fn page(&self) -> f64 {
        if self.width.is_finite() {
            self.width.clamp(320.0, 4000.0)
        } else {
            560.0
        }
    }
}
