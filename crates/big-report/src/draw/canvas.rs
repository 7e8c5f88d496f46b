//! The page of a figure: shapes and text in, one SVG document out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::Style;
use super::drawing::{Area, Drawing};
use super::font::{Shaper, escape};
use super::number::px;
use super::theme::{Ink, Theme};

/// Stands for the document's own prefix in ids until its content is known.
pub(super) const PREFIX: char = '\u{1}';

/// The most characters that are said of a mark.
const LONGEST: usize = 200;

/// How a line is drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pen {
    pub(crate) ink: Ink,
    pub(crate) width: f64,
    pub(crate) dash: &'static str,
    pub(crate) opacity: f64,
}

impl Pen {
    pub(crate) fn new(ink: Ink, width: f64) -> Self {
        Self {
            ink,
            width,
            dash: "",
            opacity: 1.0,
        }
    }

    pub(crate) fn dashed(self, dash: &'static str) -> Self {
        Self { dash, ..self }
    }

    pub(crate) fn faint(self, opacity: f64) -> Self {
        Self { opacity, ..self }
    }
}

/// How an area is filled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fill {
    pub(crate) ink: Ink,
    pub(crate) opacity: f64,
}

impl Fill {
    pub(crate) fn new(ink: Ink) -> Self {
        Self { ink, opacity: 1.0 }
    }

    pub(crate) fn faint(self, opacity: f64) -> Self {
        Self { opacity, ..self }
    }
}

/// The shape of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// A dot: what is played.
    Dot,
    /// A dot with a minus sign: what is played with a negative weight.
    Minus,
    /// An open circle: what would be truthful.
    Ring,
    /// An open diamond: a target.
    Diamond,
    /// A star: the receiver.
    Star,
    /// An open star: the receiver, were everybody truthful.
    OpenStar,
    /// A small cross: the background.
    Cross,
}

/// Which point of a text is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

pub(crate) type Point = [f64; 2];

/// The page.
pub(crate) struct Canvas {
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(super) theme: Theme,
    pub(super) body: String,
    clips: usize,
    pub(super) shaper: Shaper,
    pub(super) used: BTreeSet<usize>,
    pub(super) texts: Vec<(Area, String)>,
    marks: Vec<Area>,
    /// Names that the font lacks, and what is written instead; none where they stay as they are.
    pub(super) latin: Option<BTreeMap<String, String>>,
    /// What is said below the figure.
    pub(crate) notes: Vec<String>,
}

impl Canvas {
    /// A page; its height is set when it is known.
    pub(crate) fn new(style: &Style) -> Self {
        let width = style.page();
        Self {
            width,
            height: width,
            theme: style.theme,
            body: String::new(),
            clips: 0,
            shaper: Shaper::default(),
            used: BTreeSet::new(),
            texts: Vec::new(),
            marks: Vec::new(),
            latin: style.latin.then(BTreeMap::new),
            notes: Vec::new(),
        }
    }

    /// Says something below the figure.
    pub(crate) fn note(&mut self, words: impl Into<String>) {
        self.notes.push(words.into());
    }

    /// What is drawn by `inside` says what it is when somebody points at it.
    pub(crate) fn told(&mut self, words: &str, inside: impl FnOnce(&mut Self)) {
        let words: String = words.chars().take(LONGEST).collect();
        self.put(format_args!("<g><title>{}</title>", escape(&words)));
        inside(self);
        self.body.push_str("</g>");
    }

    pub(super) fn put(&mut self, arguments: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.body.write_fmt(arguments);
    }

    fn pen(&self, pen: &Pen) -> String {
        let mut out = format!(
            r#" stroke="{}" stroke-width="{}""#,
            self.theme.paint(pen.ink),
            px(pen.width)
        );
        if !pen.dash.is_empty() {
            let _ = write!(out, r#" stroke-dasharray="{}""#, pen.dash);
        }
        if pen.opacity < 1.0 {
            let _ = write!(out, r#" stroke-opacity="{}""#, px(pen.opacity));
        }
        out
    }

    fn fill(&self, fill: Option<Fill>) -> String {
        let Some(fill) = fill else {
            return r#" fill="none""#.into();
        };
        let mut out = format!(r#" fill="{}""#, self.theme.paint(fill.ink));
        if fill.opacity < 1.0 {
            let _ = write!(out, r#" fill-opacity="{:.3}""#, fill.opacity);
        }
        out
    }

    pub(crate) fn line(&mut self, a: Point, b: Point, pen: Pen) {
        let pen = self.pen(&pen);
        self.put(format_args!(
            r#"<path d="M{} {}L{} {}"{pen}/>"#,
            px(a[0]),
            px(a[1]),
            px(b[0]),
            px(b[1])
        ));
    }

    /// Lines through points.
    pub(crate) fn polyline(&mut self, points: &[Point], pen: Pen) {
        if points.len() >= 2 {
            let d = path(points, false);
            let pen = self.pen(&pen);
            self.put(format_args!(
                r#"<path d="{d}" fill="none" stroke-linejoin="round" stroke-linecap="round"{pen}/>"#
            ));
        }
    }

    /// A closed polygon.
    pub(crate) fn polygon(&mut self, points: &[Point], fill: Option<Fill>, pen: Option<Pen>) {
        if points.len() >= 2 {
            self.path(&path(points, true), fill, pen);
        }
    }

    /// Any path, even-odd.
    pub(crate) fn path(&mut self, d: &str, fill: Option<Fill>, pen: Option<Pen>) {
        let fill = self.fill(fill);
        let pen = pen.map(|p| self.pen(&p)).unwrap_or_default();
        self.put(format_args!(
            r#"<path d="{d}" fill-rule="evenodd" stroke-linejoin="round"{fill}{pen}/>"#
        ));
    }

    pub(crate) fn rect(&mut self, area: Area, fill: Option<Fill>, pen: Option<Pen>) {
        let fill = self.fill(fill);
        let pen = pen.map(|p| self.pen(&p)).unwrap_or_default();
        self.put(format_args!(
            r#"<rect x="{}" y="{}" width="{}" height="{}"{fill}{pen}/>"#,
            px(area.x),
            px(area.y),
            px(area.w.max(0.0)),
            px(area.h.max(0.0))
        ));
    }

    /// Many dots of one kind as one path: a point of a cloud costs some ten bytes.
    pub(crate) fn cloud(&mut self, points: &[Point], radius: f64, fill: Fill) {
        if points.is_empty() {
            return;
        }
        let mut d = String::with_capacity(points.len() * 14);
        for p in points {
            let _ = write!(d, "M{:.1} {:.1}h0", p[0], p[1]);
        }
        let stroke = self.pen(&Pen::new(fill.ink, 2.0 * radius).faint(fill.opacity));
        self.put(format_args!(
            r#"<path d="{d}" fill="none" stroke-linecap="round"{stroke}/>"#
        ));
    }

    /// A mark of data; no label may cover it.
    pub(crate) fn mark(&mut self, mark: Mark, at: Point, radius: f64, ink: Ink) {
        self.reserve(Area {
            x: at[0] - radius,
            y: at[1] - radius,
            w: 2.0 * radius,
            h: 2.0 * radius,
        });
        self.swatch(mark, at, radius, ink);
    }

    /// A mark that is no data: in a legend.
    pub(crate) fn swatch(&mut self, mark: Mark, at: Point, radius: f64, ink: Ink) {
        let [x, y] = at;
        let r = radius;
        let colour = self.theme.paint(ink);
        let paper = match self.theme {
            Theme::Page => "var(--paper,#ffffff)".to_owned(),
            theme => theme.paint(Ink::Paper),
        };
        match mark {
            Mark::Dot | Mark::Minus => {
                self.put(format_args!(
                    r#"<circle cx="{}" cy="{}" r="{}" fill="{colour}" stroke="{paper}" stroke-width=".8"/>"#,
                    px(x),
                    px(y),
                    px(r)
                ));
                if mark == Mark::Minus {
                    self.put(format_args!(
                        r#"<path d="M{} {}h{}" stroke="{paper}" stroke-width="{}"/>"#,
                        px(x - 0.6 * r),
                        px(y),
                        px(1.2 * r),
                        px(0.36 * r)
                    ));
                }
            }
            Mark::Ring => self.put(format_args!(
                r#"<circle cx="{}" cy="{}" r="{}" fill="{paper}" stroke="{colour}" stroke-width="1.6"/>"#,
                px(x),
                px(y),
                px(r - 0.6)
            )),
            Mark::Diamond => {
                let r = r * 1.2;
                let d = path(&[[x, y - r], [x + r, y], [x, y + r], [x - r, y]], true);
                self.put(format_args!(
                    r#"<path d="{d}" fill="{paper}" stroke="{colour}" stroke-width="1.7" stroke-linejoin="round"/>"#
                ));
            }
            Mark::Star | Mark::OpenStar => {
                let points: Vec<Point> = (0..10)
                    .map(|k| {
                        let r = if k % 2 == 0 { r * 1.35 } else { r * 0.56 };
                        let angle = std::f64::consts::PI * (f64::from(k) / 5.0 - 0.5);
                        [x + r * angle.cos(), y + r * angle.sin()]
                    })
                    .collect();
                let d = path(&points, true);
                let (fill, rim) = if mark == Mark::Star {
                    (&colour, &paper)
                } else {
                    (&paper, &colour)
                };
                self.put(format_args!(
                    r#"<path d="{d}" fill="{fill}" stroke="{rim}" stroke-width="1.2" stroke-linejoin="round"/>"#
                ));
            }
            Mark::Cross => {
                let r = r * 0.8;
                self.put(format_args!(
                    r#"<path d="M{} {}l{s} {s}m0 -{s}l-{s} {s}" fill="none" stroke="{colour}" stroke-width="1.8"/>"#,
                    px(x - r),
                    px(y - r),
                    s = px(2.0 * r)
                ));
            }
        }
    }

    /// An arrow, its head within the length; too short for a head, a line.
    pub(crate) fn arrow(&mut self, from: Point, to: Point, pen: Pen) {
        let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
        let length = dx.hypot(dy);
        if length < 0.5 {
            return;
        }
        let (ux, uy) = (dx / length, dy / length);
        let head = (3.6 * pen.width + 2.0).min(0.75 * length);
        let half = 0.42 * head;
        let base = [to[0] - head * ux, to[1] - head * uy];
        self.line(from, [base[0] + 0.3 * ux, base[1] + 0.3 * uy], pen);
        let wing = |s: f64| [base[0] - s * half * uy, base[1] + s * half * ux];
        let fill = Fill::new(pen.ink).faint(pen.opacity);
        self.polygon(&[to, wing(1.0), wing(-1.0)], Some(fill), None);
    }

    /// Everything drawn by `inside` is cut at the edges of `area`.
    pub(crate) fn clipped(&mut self, area: Area, inside: impl FnOnce(&mut Self)) {
        let id = self.clips;
        self.clips += 1;
        self.put(format_args!(
            r##"<clipPath id="{PREFIX}c{id}"><rect x="{}" y="{}" width="{}" height="{}"/></clipPath><g clip-path="url(#{PREFIX}c{id})">"##,
            px(area.x),
            px(area.y),
            px(area.w),
            px(area.h)
        ));
        inside(self);
        self.body.push_str("</g>");
    }

    /// Keeps labels away from an area.
    pub(crate) fn reserve(&mut self, area: Area) {
        self.marks.push(area);
    }

    pub(crate) fn reserved(&self) -> &[Area] {
        &self.marks
    }

    pub(crate) fn written(&self) -> impl Iterator<Item = &Area> {
        self.texts.iter().map(|(area, _)| area)
    }

    /// The document; its title and description are what a screen reader says.
    pub(crate) fn finish(self, title: &str, description: &str) -> Drawing {
        let mut defs = String::new();
        for &glyph in &self.used {
            let _ = write!(
                defs,
                r#"<path id="{PREFIX}{glyph}" d="{}"/>"#,
                self.shaper.outline(glyph)
            );
        }
        let (w, h) = (px(self.width), px(self.height));
        let paper = self.theme.background(&w, &h);
        let prefix = format!("f{:x}-", fnv(&[&defs, &self.body, title]));
        let content = format!("<defs>{defs}</defs>{paper}{}", self.body).replace(PREFIX, &prefix);
        let svg = format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" role="img"{class}><title>{}</title><desc>{}</desc>{style}{content}</svg>"#,
            escape(title),
            escape(description),
            class = self.theme.class(),
            style = self.theme.style()
        );
        Drawing {
            svg,
            width: self.width,
            height: self.height,
            texts: self.texts,
            marks: self.marks,
        }
    }
}

/// The `d` of a path through points.
pub(crate) fn path(points: &[Point], closed: bool) -> String {
    let mut d = String::with_capacity(points.len() * 12);
    for (at, p) in points.iter().enumerate() {
        let _ = write!(
            d,
            "{}{} {}",
            if at == 0 { 'M' } else { 'L' },
            px(p[0]),
            px(p[1])
        );
    }
    if closed {
        d.push('Z');
    }
    d
}

/// FNV-1a: ids that differ between figures on one page and are the same on every run.
fn fnv(parts: &[&str]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash ^ (hash >> 32)) & 0xffff_ffff
}
