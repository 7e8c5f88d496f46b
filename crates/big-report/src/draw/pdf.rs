//! SVG to PDF: the same shapes, as shapes.

use std::collections::BTreeMap;
use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::types::{LineCapStyle, LineJoinStyle};
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, TextStr};
use resvg::tiny_skia::{PathSegment, Transform};
use resvg::usvg::{
    Color, FillRule, Group, LineCap, LineJoin, Node, Options, Paint, PaintOrder, Path, Stroke, Tree,
};
use thiserror::Error;

/// Points of print (72 to the inch) to a pixel (96 to the inch).
const POINTS: f32 = 0.75;

/// Why there is no PDF.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PdfError {
    /// The SVG could not be read.
    #[error("the SVG could not be read: {0}")]
    Svg(String),
    /// It has something that is not written as PDF.
    #[error("the figure has {0}, which is not written as PDF")]
    Unknown(&'static str),
    /// The writer failed.
    #[error("the figure could not be written as PDF: {0}")]
    Writing(String),
}

/// An SVG of this crate as a PDF of one page, with its title.
///
/// # Errors
/// When the SVG cannot be parsed, or has more than paths of one colour each.
pub(crate) fn written(svg: &str, title: &str) -> Result<Vec<u8>, PdfError> {
    let tree =
        Tree::from_str(svg, &Options::default()).map_err(|e| PdfError::Svg(e.to_string()))?;
    let (width, height) = (tree.size().width() * POINTS, tree.size().height() * POINTS);
    let mut page = Page {
        content: Content::new(),
        opacities: BTreeMap::new(),
    };
    // PDF counts from the lower left corner.
    page.content
        .transform([POINTS, 0.0, 0.0, -POINTS, 0.0, height]);
    page.group(tree.root())?;
    let Page { content, opacities } = page;

    let (catalog, pages, first, stream, info) = (
        Ref::new(1),
        Ref::new(2),
        Ref::new(3),
        Ref::new(4),
        Ref::new(5),
    );
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(pages);
    pdf.document_info(info)
        .title(TextStr(title))
        .producer(TextStr("big"));
    pdf.pages(pages).kids([first]).count(1);
    let mut sheet = pdf.page(first);
    sheet
        .parent(pages)
        .media_box(Rect::new(0.0, 0.0, width, height))
        .contents(stream);
    let mut resources = sheet.resources();
    let mut states = resources.ext_g_states();
    for (thousandths, name) in &opacities {
        let alpha = f32::from(*thousandths) / 1000.0;
        states
            .insert(Name(name.as_bytes()))
            .start::<pdf_writer::writers::ExtGraphicsState<'_>>()
            .non_stroking_alpha(alpha)
            .stroking_alpha(alpha);
    }
    states.finish();
    resources.finish();
    sheet.finish();
    let plain = content.finish();
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
    let packed = packed
        .write_all(&plain)
        .and_then(|()| packed.finish())
        .map_err(|e| PdfError::Writing(e.to_string()))?;
    pdf.stream(stream, &packed).filter(Filter::FlateDecode);
    Ok(pdf.finish())
}

/// What is drawn so far.
struct Page {
    content: Content,
    /// Opacities in thousandths, and what the page calls them.
    opacities: BTreeMap<u16, String>,
}

impl Page {
    fn group(&mut self, group: &Group) -> Result<(), PdfError> {
        if !group.filters().is_empty() || group.mask().is_some() {
            return Err(PdfError::Unknown("a filter or a mask"));
        }
        // Marks that are faint together would have to be painted together first; figures have none.
        if group.opacity().get() < 1.0 {
            return Err(PdfError::Unknown("a faint group"));
        }
        self.content.save_state();
        self.transform(group.transform());
        if let Some(clip) = group.clip_path() {
            // Coordinates are those of the group: what transforms the area is undone behind it.
            self.clip(clip.root(), clip.transform())?;
        }
        for child in group.children() {
            match child {
                Node::Group(group) => self.group(group)?,
                Node::Path(path) => self.path(path)?,
                // Writing is outlined before.
                Node::Text(_) => return Err(PdfError::Unknown("writing")),
                Node::Image(_) => return Err(PdfError::Unknown("an image")),
            }
        }
        self.content.restore_state();
        Ok(())
    }

    fn transform(&mut self, by: Transform) {
        if !by.is_identity() {
            self.content
                .transform([by.sx, by.ky, by.kx, by.sy, by.tx, by.ty]);
        }
    }

    fn clip(&mut self, area: &Group, by: Transform) -> Result<(), PdfError> {
        for child in area.children() {
            match child {
                Node::Path(path) => self.outline(path, by),
                _ => return Err(PdfError::Unknown("an area that is no path")),
            }
        }
        self.content.clip_nonzero();
        self.content.end_path();
        Ok(())
    }

    /// A path's outline, moved by a transform.
    fn outline(&mut self, path: &Path, by: Transform) {
        let Some(moved) = path.data().clone().transform(by) else {
            return;
        };
        let mut at = (0.0, 0.0);
        for segment in moved.segments() {
            match segment {
                PathSegment::MoveTo(p) => {
                    self.content.move_to(p.x, p.y);
                    at = (p.x, p.y);
                }
                PathSegment::LineTo(p) => {
                    self.content.line_to(p.x, p.y);
                    at = (p.x, p.y);
                }
                PathSegment::QuadTo(c, p) => {
                    // The same curve with two handles.
                    let third = |end: f32, handle: f32| end + (handle - end) * 2.0 / 3.0;
                    self.content.cubic_to(
                        third(at.0, c.x),
                        third(at.1, c.y),
                        third(p.x, c.x),
                        third(p.y, c.y),
                        p.x,
                        p.y,
                    );
                    at = (p.x, p.y);
                }
                PathSegment::CubicTo(a, b, p) => {
                    self.content.cubic_to(a.x, a.y, b.x, b.y, p.x, p.y);
                    at = (p.x, p.y);
                }
                PathSegment::Close => {
                    self.content.close_path();
                }
            }
        }
    }

    fn path(&mut self, path: &Path) -> Result<(), PdfError> {
        if !path.is_visible() {
            return Ok(());
        }
        match path.paint_order() {
            PaintOrder::FillAndStroke => {
                self.fill(path)?;
                self.stroke(path)
            }
            PaintOrder::StrokeAndFill => {
                self.stroke(path)?;
                self.fill(path)
            }
        }
    }

    fn fill(&mut self, path: &Path) -> Result<(), PdfError> {
        let Some(fill) = path.fill() else {
            return Ok(());
        };
        let [r, g, b] = colour(fill.paint())?;
        self.opacity(fill.opacity().get());
        self.content.set_fill_rgb(r, g, b);
        self.outline(path, Transform::identity());
        match fill.rule() {
            FillRule::NonZero => self.content.fill_nonzero(),
            FillRule::EvenOdd => self.content.fill_even_odd(),
        };
        Ok(())
    }

    fn stroke(&mut self, path: &Path) -> Result<(), PdfError> {
        let Some(stroke) = path.stroke() else {
            return Ok(());
        };
        let [r, g, b] = colour(stroke.paint())?;
        self.opacity(stroke.opacity().get());
        self.content.set_stroke_rgb(r, g, b);
        self.pen(stroke);
        self.outline(path, Transform::identity());
        self.content.stroke();
        Ok(())
    }

    fn pen(&mut self, stroke: &Stroke) {
        self.content
            .set_line_width(stroke.width().get())
            .set_miter_limit(stroke.miterlimit().get())
            .set_line_cap(match stroke.linecap() {
                LineCap::Butt => LineCapStyle::ButtCap,
                LineCap::Round => LineCapStyle::RoundCap,
                LineCap::Square => LineCapStyle::ProjectingSquareCap,
            })
            .set_line_join(match stroke.linejoin() {
                LineJoin::Miter | LineJoin::MiterClip => LineJoinStyle::MiterJoin,
                LineJoin::Round => LineJoinStyle::RoundJoin,
                LineJoin::Bevel => LineJoinStyle::BevelJoin,
            });
        let dashes = stroke.dasharray().unwrap_or_default();
        self.content
            .set_dash_pattern(dashes.iter().copied(), stroke.dashoffset());
    }

    fn opacity(&mut self, opacity: f32) {
        let thousandths = (opacity * 1000.0).round() as u16;
        let next = self.opacities.len();
        let name = self
            .opacities
            .entry(thousandths)
            .or_insert_with(|| format!("o{next}"));
        self.content.set_parameters(Name(name.as_bytes()));
    }
}

fn colour(paint: &Paint) -> Result<[f32; 3], PdfError> {
    match paint {
        Paint::Color(Color { red, green, blue }) => {
            Ok([*red, *green, *blue].map(|v| f32::from(v) / 255.0))
        }
        _ => Err(PdfError::Unknown("a gradient or a pattern")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // in tests a panic is the report
mod tests {
    use std::io::Read;

    use flate2::read::ZlibDecoder;

    use super::*;

    /// The page's operators, unpacked, from where the file's own table says that it is.
    fn operators(pdf: &[u8]) -> String {
        let at = |needle: &str, from: usize| {
            let rest = &pdf[from..];
            let found = rest
                .windows(needle.len())
                .position(|w| w == needle.as_bytes());
            from + found.unwrap() + needle.len()
        };
        // The last line but one says where the table of objects begins.
        let text = String::from_utf8_lossy(pdf).into_owned();
        let table = text.rsplit("startxref").next().unwrap();
        let table: usize = table.lines().nth(1).unwrap().parse().unwrap();
        assert!(pdf[table..].starts_with(b"xref"));
        let object = |n: usize| -> usize {
            let rows = String::from_utf8_lossy(&pdf[table..]).into_owned();
            let row = rows.lines().nth(2 + n).unwrap().to_owned();
            row[..10].parse().unwrap()
        };
        assert!(pdf[object(1)..].starts_with(b"1 0 obj"));
        let content = object(4);
        assert!(pdf[content..].starts_with(b"4 0 obj"));
        let start = at("stream\n", content);
        let mut plain = String::new();
        ZlibDecoder::new(&pdf[start..])
            .read_to_string(&mut plain)
            .unwrap();
        plain
    }

    fn svg(body: &str) -> String {
        format!(r#"<svg xmlns="http://www.w3.org/2000/svg" width="80" height="40">{body}</svg>"#)
    }

    #[test]
    fn shapes_stay_shapes() {
        let drawing = svg(
            r##"<g transform="translate(10 5)"><path d="M0 0L8 0L8 4Z" fill="#ff0000" fill-opacity=".5"/></g><path d="M0 0Q3 3 6 0" fill="none" stroke="#0000ff" stroke-width="2" stroke-dasharray="4 2"/>"##,
        );
        let pdf = written(&drawing, "a (title)").unwrap();
        assert_eq!(pdf, written(&drawing, "a (title)").unwrap());
        let text = String::from_utf8_lossy(&pdf).into_owned();
        assert!(text.contains("/MediaBox [0 0 60 30]"), "{text}");
        assert!(text.contains("/ca 0.5") && text.contains("/CA 1"));
        assert!(text.contains("/Title (a (title))"));
        let told = operators(&pdf);
        let lines: Vec<&str> = told.lines().collect();
        for line in [
            "0.75 0 0 -0.75 0 30 cm",
            "1 0 0 1 10 5 cm",
            "1 0 0 rg",
            "8 4 l",
            "f",
            "0 0 1 RG",
            "[4 2] 0 d",
            "2 2 4 2 6 0 c",
            "S",
        ] {
            assert!(lines.contains(&line), "{line}: {told}");
        }
    }

    #[test]
    fn what_is_no_plain_path_is_refused() {
        let gradient = svg(
            r##"<linearGradient id="g"><stop offset="0" stop-color="#000"/><stop offset="1" stop-color="#fff"/></linearGradient><rect width="9" height="9" fill="url(#g)"/>"##,
        );
        assert!(matches!(written(&gradient, ""), Err(PdfError::Unknown(_))));
        let faint = svg(
            r#"<g opacity=".5"><rect width="9" height="9"/><rect x="4" width="9" height="9"/></g>"#,
        );
        assert!(matches!(written(&faint, ""), Err(PdfError::Unknown(_))));
        assert!(matches!(written("<svg", ""), Err(PdfError::Svg(_))));
    }
}
