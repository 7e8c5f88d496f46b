//! Text as outlines of the bundled font (STIX Two Text, SIL Open Font License): a figure looks the same wherever
//! it is opened.
//!
//! Shaping (kerning, ligatures) is rustybuzz's, at [`EM`] units.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, OnceLock};

use big_io::visible;
use rustybuzz::ttf_parser::{GlyphId, OutlineBuilder};
use rustybuzz::{Face as Font, UnicodeBuffer};

/// Units to the em in which glyphs are measured.
pub(crate) const EM: f64 = 1000.0;

/// A cut of the font.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Face {
    Regular,
    Italic,
    SemiBold,
}

impl Face {
    /// The bundled file, read once.
    fn font(self) -> Option<&'static Font<'static>> {
        static FONTS: OnceLock<[Option<Font<'static>>; 3]> = OnceLock::new();
        let fonts = FONTS.get_or_init(|| {
            [
                &include_bytes!("../../fonts/STIXTwoText-Regular.ttf")[..],
                &include_bytes!("../../fonts/STIXTwoText-Italic.ttf")[..],
                &include_bytes!("../../fonts/STIXTwoText-SemiBold.ttf")[..],
            ]
            .map(|file| Font::from_slice(file, 0))
        });
        fonts[self as usize].as_ref()
    }
}

/// A string laid out in one face.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shaped {
    /// Its width in [`EM`] units.
    pub(crate) advance: f64,
    /// Each visible glyph's outline (an index into [`Shaper::outline`]), its `x` and its `y` (downwards).
    pub(crate) glyphs: Vec<(usize, [f64; 2])>,
    /// Are there characters that the font does not have? Then there are no glyphs, and the width is a guess.
    pub(crate) foreign: bool,
}

/// Lays out text and remembers what it has seen.
#[derive(Default)]
pub(crate) struct Shaper {
    strings: BTreeMap<(Face, String), Arc<Shaped>>,
    known: BTreeMap<(Face, GlyphId), Option<usize>>,
    outlines: Vec<String>,
}

impl Shaper {
    /// Lays out `text`.
    pub(crate) fn shape(&mut self, face: Face, text: &str) -> Arc<Shaped> {
        let key = (face, text.to_owned());
        if let Some(shaped) = self.strings.get(&key) {
            return Arc::clone(shaped);
        }
        let shaped = Arc::new(self.lay_out(face, text).unwrap_or_else(|| guessed(text)));
        self.strings.insert(key, Arc::clone(&shaped));
        shaped
    }

    /// The outline of a glyph: the `d` of a path, [`EM`] units to the em, the baseline at 0, `y` downwards.
    pub(crate) fn outline(&self, glyph: usize) -> &str {
        &self.outlines[glyph]
    }

    /// The text in the bundled font, where that has all of its characters.
    fn lay_out(&mut self, face: Face, text: &str) -> Option<Shaped> {
        let font = face.font()?;
        let unit = EM / f64::from(font.units_per_em());
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(&plain(text));
        buffer.guess_segment_properties();
        let laid = rustybuzz::shape(font, &[], buffer);
        let mut shaped = Shaped::default();
        for (glyph, at) in laid.glyph_infos().iter().zip(laid.glyph_positions()) {
            // Glyphs are counted in 16 bits; the first stands for what is missing.
            let id = GlyphId(u16::try_from(glyph.glyph_id).ok().filter(|&id| id != 0)?);
            if let Some(index) = self.known(face, font, id) {
                let x = shaped.advance + f64::from(at.x_offset) * unit;
                shaped
                    .glyphs
                    .push((index, [x, -f64::from(at.y_offset) * unit]));
            }
            shaped.advance += f64::from(at.x_advance) * unit;
        }
        Some(shaped)
    }

    /// The index of a glyph's outline, if there is anything to see.
    fn known(&mut self, face: Face, font: &Font<'_>, id: GlyphId) -> Option<usize> {
        if let Some(known) = self.known.get(&(face, id)) {
            return *known;
        }
        let mut outline = Outline {
            d: String::new(),
            contour: 0,
            unit: EM / f64::from(font.units_per_em()),
        };
        let index = font.outline_glyph(id, &mut outline).map(|_| {
            self.outlines.push(outline.d);
            self.outlines.len() - 1
        });
        self.known.insert((face, id), index);
        index
    }
}

/// A text that the font does not have, as wide as it may be.
fn guessed(text: &str) -> Shaped {
    let wide = |c: char| if c.is_ascii() { 1.0 } else { 1.6 };
    Shaped {
        advance: 0.6 * EM * text.chars().map(wide).sum::<f64>(),
        glyphs: Vec::new(),
        foreign: true,
    }
}

/// The `d` of a path, in whole [`EM`] units: a thousandth of the font size.
struct Outline {
    d: String,
    /// Where in it the contour begins.
    contour: usize,
    /// `EM` units to a unit of the font.
    unit: f64,
}

impl Outline {
    fn put(&mut self, step: char, coordinates: &[f32]) {
        self.d.push(step);
        for (i, &c) in coordinates.iter().enumerate() {
            let space = if i == 0 { "" } else { " " };
            // Fonts count upwards. A zero has no sign, and writing to a string cannot fail.
            let c = if i % 2 == 0 { c } else { -c };
            let _ = write!(
                self.d,
                "{space}{}",
                (f64::from(c) * self.unit).round_ties_even() + 0.0
            );
        }
    }
}

impl OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        self.contour = self.d.len();
        self.put('M', &[x, y]);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.put('L', &[x, y]);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.put('Q', &[x1, y1, x, y]);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.put('C', &[x1, y1, x2, y2, x, y]);
    }

    fn close(&mut self) {
        // The way back to where the contour began is part of closing it.
        let begun = &self.d[self.contour + 1..];
        let end = begun.find(char::is_alphabetic).unwrap_or(begun.len());
        let back = format!("L{}", &begun[..end]);
        if self.d.ends_with(&back) {
            self.d.truncate(self.d.len() - back.len());
        }
        self.d.push('Z');
    }
}

/// Text on one line, without what turns the direction of writing or hides.
fn plain(text: &str) -> String {
    visible(text).replace(['\t', '\n'], " ")
}

/// Text as XML: no markup, no characters that XML does not allow, and nothing that turns the direction of writing or hides.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in plain(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_add_up_and_glyphs_are_shared() {
        let mut shaper = Shaper::default();
        let h = shaper.shape(Face::Regular, "H").advance;
        let spaced = shaper.shape(Face::Regular, "H H");
        assert!(h > 500.0 && h < 1000.0, "{h}");
        assert!(spaced.advance > 2.0 * h + 100.0);
        assert_eq!(spaced.glyphs.len(), 2);
        assert_eq!(spaced.glyphs[0].0, spaced.glyphs[1].0);
        assert!(shaper.outline(spaced.glyphs[0].0).starts_with('M'));
        assert!((spaced.glyphs[1].1[0] - (spaced.advance - h)).abs() < 30.0);
    }

    #[test]
    fn every_symbol_of_the_figures_is_in_the_font() {
        let mut shaper = Shaper::default();
        for face in [Face::Regular, Face::Italic, Face::SemiBold] {
            for symbol in ["−", "θ", "Φ", "×", "…", "±", "β", "é", "Ж"] {
                assert!(!shaper.shape(face, symbol).foreign, "{face:?} {symbol}");
            }
        }
        let foreign = shaper.shape(Face::Regular, "漢字");
        assert!(foreign.foreign && foreign.advance > 1000.0);
    }

    #[test]
    fn escapes_everything_that_is_markup() {
        assert_eq!(
            escape("<a & 'b' \"c\">\u{0}"),
            "&lt;a &amp; &#39;b&#39; &quot;c&quot;&gt;\\u{0}"
        );
        assert_eq!(escape("ab\u{202e}cd\u{200b}"), "ab\\u{202e}cd\\u{200b}");
    }
}
