//! A finished figure, and several of them on one page.

use std::fmt::Write;

use super::font::escape;
use super::number::px;
use super::theme::Theme;

/// A rectangle in pixels, `y` downwards.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Area {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

impl Area {
    /// The right edge.
    pub fn right(&self) -> f64 {
        self.x + self.w
    }

    /// The bottom edge.
    pub fn bottom(&self) -> f64 {
        self.y + self.h
    }

    /// The area that both share, in square pixels.
    pub fn overlap(&self, other: &Self) -> f64 {
        let w = self.right().min(other.right()) - self.x.max(other.x);
        let h = self.bottom().min(other.bottom()) - self.y.max(other.y);
        w.max(0.0) * h.max(0.0)
    }

    /// The same rectangle, wider by `by` on all sides.
    #[must_use]
    pub fn grown(&self, by: f64) -> Self {
        Self {
            x: self.x - by,
            y: self.y - by,
            w: self.w + 2.0 * by,
            h: self.h + 2.0 * by,
        }
    }
}

/// A finished figure.
#[derive(Clone, Debug)]
pub struct Drawing {
    /// The SVG document.
    pub svg: String,
    /// Width in pixels.
    pub width: f64,
    /// Height in pixels.
    pub height: f64,
    /// Where text stands, with the text.
    pub texts: Vec<(Area, String)>,
    /// Where marks of data stand, those that no text may cover.
    pub marks: Vec<Area>,
}

/// Puts drawings on one page, `columns` in a row, each where it has room; all of one theme.
pub(crate) fn arrange(
    theme: Theme,
    drawings: &[Drawing],
    columns: usize,
    title: &str,
    description: &str,
) -> Drawing {
    let columns = columns.clamp(1, drawings.len().max(1));
    let cell = drawings.iter().map(|d| d.width).fold(0.0, f64::max);
    let mut page = Drawing {
        svg: String::new(),
        width: cell * columns.min(drawings.len()) as f64,
        height: 0.0,
        texts: Vec::new(),
        marks: Vec::new(),
    };
    let mut body = String::new();
    for row in drawings.chunks(columns) {
        let y = page.height;
        for (at, drawing) in row.iter().enumerate() {
            let x = cell * at as f64;
            let moved = |area: &Area| Area {
                x: area.x + x,
                y: area.y + y,
                ..*area
            };
            page.texts.extend(
                drawing
                    .texts
                    .iter()
                    .map(|(area, text)| (moved(area), text.clone())),
            );
            page.marks.extend(drawing.marks.iter().map(moved));
            // Every drawing is a whole document whose ids are its own: it may stand inside another. Writing to a
            // string cannot fail.
            let inner = drawing.svg.strip_prefix("<svg ").unwrap_or(&drawing.svg);
            let _ = write!(body, r#"<svg x="{}" y="{}" {inner}"#, px(x), px(y));
        }
        page.height += row.iter().map(|d| d.height).fold(0.0, f64::max);
    }
    let (w, h) = (px(page.width), px(page.height));
    let paper = theme.background(&w, &h);
    page.svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" role="img"{class}><title>{}</title><desc>{}</desc>{style}{paper}{body}</svg>"#,
        escape(title),
        escape(description),
        class = theme.class(),
        style = theme.style()
    );
    page
}
