//! Text as outlines of the bundled font (STIX Two Text, SIL Open Font License): a figure looks the same wherever
//! it is opened.
//!
//! Shaping (kerning, ligatures) is usvg's: a string is laid out at [`EM`] units, and the outline of each glyph is
//! that of its own piece of text.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, OnceLock};

use big_io::visible;
use resvg::tiny_skia::PathSegment;
use resvg::usvg::{self, Node, Options, Tree, fontdb};

/// Units to the em in which glyphs are measured.
pub(crate) const EM: f64 = 1000.0;

const FAMILY: &str = "STIX Two Text";

/// A cut of the font.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Face {
    Regular,
    Italic,
    SemiBold,
}

/// A string laid out in one face.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shaped {
    /// Its width in [`EM`] units.
    pub(crate) advance: f64,
    /// Each visible glyph's outline (an index into [`Shaper::outline`]) and its `x`.
    pub(crate) glyphs: Vec<(usize, f64)>,
    /// Are there characters that the font does not have? Then there are no glyphs, and the width is a guess.
    pub(crate) foreign: bool,
}

/// Lays out text and remembers what it has seen.
#[derive(Default)]
pub(crate) struct Shaper {
    strings: BTreeMap<(Face, String), Arc<Shaped>>,
    known: BTreeMap<(Face, u32), Option<usize>>,
    outlines: Vec<String>,
}

/// The bundled fonts.
pub(crate) fn fonts() -> Arc<fontdb::Database> {
    static FONTS: OnceLock<Arc<fontdb::Database>> = OnceLock::new();
    let fonts = FONTS.get_or_init(|| {
        let mut database = fontdb::Database::new();
        for font in [
            &include_bytes!("../../fonts/STIXTwoText-Regular.ttf")[..],
            &include_bytes!("../../fonts/STIXTwoText-Italic.ttf")[..],
            &include_bytes!("../../fonts/STIXTwoText-SemiBold.ttf")[..],
        ] {
            database.load_font_source(fontdb::Source::Binary(Arc::new(font)));
        }
        database.set_serif_family(FAMILY);
        database.set_sans_serif_family(FAMILY);
        Arc::new(database)
    });
    Arc::clone(fonts)
}

impl Shaper {
    /// Lays out `text`.
    pub(crate) fn shape(&mut self, face: Face, text: &str) -> Arc<Shaped> {
        let key = (face, text.to_owned());
        if let Some(shaped) = self.strings.get(&key) {
            return Arc::clone(shaped);
        }
        let shaped = Arc::new(self.lay_out(face, text));
        self.strings.insert(key, Arc::clone(&shaped));
        shaped
    }

    /// The outline of a glyph: the `d` of a path, [`EM`] units to the em, the baseline at 0, `y` downwards.
    pub(crate) fn outline(&self, glyph: usize) -> &str {
        &self.outlines[glyph]
    }

    fn lay_out(&mut self, face: Face, text: &str) -> Shaped {
        if text.trim().is_empty() {
            // A box around nothing has no width to ask for.
            return Shaped {
                advance: 0.25 * EM * text.chars().count() as f64,
                ..Shaped::default()
            };
        }
        let guess = || Shaped {
            advance: 0.6
                * EM
                * text
                    .chars()
                    .map(|c| if c.is_ascii() { 1.0 } else { 1.6 })
                    .sum::<f64>(),
            glyphs: Vec::new(),
            foreign: true,
        };
        let Some((tree, at)) =
            parse(face, text).and_then(|tree| text_of(&tree).map(|at| (tree, at)))
        else {
            return guess();
        };
        let Node::Text(laid) = &tree.root().children()[at] else {
            return guess();
        };
        let mut shaped = Shaped {
            advance: f64::from(laid.bounding_box().width()),
            ..Shaped::default()
        };
        for glyph in laid
            .layouted()
            .iter()
            .flat_map(|span| &span.positioned_glyphs)
        {
            if glyph.id.0 == 0 {
                return guess();
            }
            let x = f64::from(glyph.transform().tx);
            let known = match self.known.get(&(face, glyph.id.0)) {
                Some(known) => *known,
                None => {
                    let outline = parse(face, &glyph.text)
                        .map(|t| outline(&t))
                        .unwrap_or_default();
                    let index = (!outline.is_empty()).then(|| {
                        self.outlines.push(outline);
                        self.outlines.len() - 1
                    });
                    self.known.insert((face, glyph.id.0), index);
                    index
                }
            };
            if let Some(index) = known {
                shaped.glyphs.push((index, x));
            }
        }
        shaped
    }
}

/// Parses a document with this text alone.
fn parse(face: Face, text: &str) -> Option<Tree> {
    let (style, weight) = match face {
        Face::Regular => ("normal", 400),
        Face::Italic => ("italic", 400),
        Face::SemiBold => ("normal", 600),
    };
    let text = escape(text);
    let svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><text xml:space="preserve" font-family="{FAMILY}" font-style="{style}" font-weight="{weight}" font-size="{EM}">{text}</text></svg>"#
    );
    let options = Options {
        fontdb: fonts(),
        ..Options::default()
    };
    Tree::from_str(&svg, &options).ok()
}

/// The index of the text among the root's children.
fn text_of(tree: &Tree) -> Option<usize> {
    let is_text = |node: &Node| matches!(node, Node::Text(_));
    tree.root().children().iter().position(is_text)
}

/// All contours of a document with one text.
fn outline(tree: &Tree) -> String {
    let mut d = String::new();
    let Some(Node::Text(text)) = text_of(tree).map(|at| &tree.root().children()[at]) else {
        return d;
    };
    collect(text.flattened(), &mut d);
    d
}

fn collect(group: &usvg::Group, d: &mut String) {
    for node in group.children() {
        match node {
            Node::Group(inner) => collect(inner, d),
            Node::Path(path) => {
                let Some(data) = path.data().clone().transform(path.abs_transform()) else {
                    continue;
                };
                for segment in data.segments() {
                    // Whole units: a thousandth of the font size. Writing to a string cannot fail.
                    let _ = match segment {
                        PathSegment::MoveTo(p) => write!(d, "M{:.0} {:.0}", p.x, p.y),
                        PathSegment::LineTo(p) => write!(d, "L{:.0} {:.0}", p.x, p.y),
                        PathSegment::QuadTo(a, p) => {
                            write!(d, "Q{:.0} {:.0} {:.0} {:.0}", a.x, a.y, p.x, p.y)
                        }
                        PathSegment::CubicTo(a, b, p) => write!(
                            d,
                            "C{:.0} {:.0} {:.0} {:.0} {:.0} {:.0}",
                            a.x, a.y, b.x, b.y, p.x, p.y
                        ),
                        PathSegment::Close => write!(d, "Z"),
                    };
                }
            }
            _ => {}
        }
    }
}

/// Text as XML: no markup, no characters that XML does not allow, and nothing that turns the direction of writing or hides.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' => out.push(' '),
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
        assert!((spaced.glyphs[1].1 - (spaced.advance - h)).abs() < 30.0);
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
