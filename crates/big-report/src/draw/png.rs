//! SVG to PNG.

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};
use thiserror::Error;

/// The most pixels that a picture may have.
const MOST: f64 = 2e8;

/// Why there is no picture.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PngError {
    /// The SVG could not be read.
    #[error("the SVG could not be read: {0}")]
    Svg(String),
    /// No pixels, or too many.
    #[error("a picture of {0} × {1} pixels cannot be made: choose another scale")]
    Size(String, String),
    /// The encoder failed.
    #[error("the picture could not be written as PNG: {0}")]
    Encoding(String),
}

/// Renders an SVG of this crate, `scale` pixels to its unit.
///
/// # Errors
/// When the SVG cannot be parsed, or the picture would have no pixels or more than 2·10⁸.
pub(crate) fn rendered(svg: &str, scale: f64) -> Result<Vec<u8>, PngError> {
    let tree =
        Tree::from_str(svg, &Options::default()).map_err(|e| PngError::Svg(e.to_string()))?;
    let width = (f64::from(tree.size().width()) * scale).round();
    let height = (f64::from(tree.size().height()) * scale).round();
    let size_error = || PngError::Size(width.to_string(), height.to_string());
    if !(width >= 1.0 && height >= 1.0 && width * height <= MOST) {
        return Err(size_error());
    }
    let mut pixmap = Pixmap::new(width as u32, height as u32).ok_or_else(size_error)?;
    let transform = Transform::from_scale(scale as f32, scale as f32);
    resvg::render(&tree, transform, &mut pixmap.as_mut());
    pixmap
        .encode_png()
        .map_err(|e| PngError::Encoding(e.to_string()))
}
