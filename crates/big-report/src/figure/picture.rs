//! Figures as pictures.

use super::Figure;
use crate::draw::png::rendered;
use crate::draw::{PngError, Style, Theme};

/// A figure as PNG, `scale` pixels to its unit: 2 suits screens, 4 print. A picture cannot ask what its reader prefers,
/// and is on light paper unless the style says dark; it has no fonts but the bundled one, and tells names in other
/// writing in Latin letters.
///
/// # Errors
/// When the picture would have no pixels or more than 2·10⁸.
pub fn to_png(figure: &dyn Figure, style: &Style, scale: f64) -> Result<Vec<u8>, PngError> {
    let theme = match style.theme {
        Theme::Dark => Theme::Dark,
        Theme::Light | Theme::Auto | Theme::Page => Theme::Light,
    };
    let style = Style {
        theme,
        latin: true,
        ..*style
    };
    rendered(&figure.draw(&style).svg, scale)
}
