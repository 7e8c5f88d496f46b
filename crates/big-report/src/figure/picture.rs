//! Figures as pictures.

use super::Figure;
use crate::draw::pdf::written;
use crate::draw::png::rendered;
use crate::draw::{PdfError, PngError, Style, Theme};

/// A figure as PNG, `scale` pixels to its unit: 2 suits screens, 4 print. A picture cannot ask what its reader prefers,
/// and is on light paper unless the style says dark; it has no fonts but the bundled one, and tells names in other
/// writing in Latin letters.
///
/// # Errors
/// When the picture would have no pixels or more than 2·10⁸.
pub fn to_png(figure: &dyn Figure, style: &Style, scale: f64) -> Result<Vec<u8>, PngError> {
    rendered(&figure.draw(&on_paper(style)).svg, scale)
}

/// A figure as PDF: one page of its own size, whose shapes stay shapes. Paper and names are as in a PNG.
///
/// # Errors
/// When the figure has more than paths of one colour each: none of this crate has.
pub fn to_pdf(figure: &dyn Figure, style: &Style) -> Result<Vec<u8>, PdfError> {
    written(&figure.draw(&on_paper(style)).svg, &figure.caption())
}

/// The style of what cannot ask its reader.
fn on_paper(style: &Style) -> Style {
    let theme = match style.theme {
        Theme::Dark => Theme::Dark,
        Theme::Light | Theme::Auto | Theme::Page => Theme::Light,
    };
    Style {
        theme,
        latin: true,
        ..*style
    }
}
