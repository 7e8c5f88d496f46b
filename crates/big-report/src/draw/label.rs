//! Writing on a page: labels measured, shortened, placed and outlined.

use deunicode::deunicode_with_tofu;

use super::canvas::{Anchor, Canvas, PREFIX, Pen, Point};
use super::drawing::Area;
use super::font::{EM, Face, escape};
use super::number::px;
use super::rich::{Accent, Rich, Run};
use super::theme::Ink;

/// The width of the narrowest letters, in ems.
const NARROWEST: f64 = 0.2;

/// The label, in no more than `most` characters: what is in the middle is left out.
fn within(label: &Rich, most: usize) -> Rich {
    let text: Vec<char> = label.text().chars().collect();
    if text.len() <= most {
        return label.clone();
    }
    let kept = most.saturating_sub(1);
    let head: String = text[..kept.div_ceil(2)].iter().collect();
    let tail: String = text[text.len() - kept / 2..].iter().collect();
    let mut rich = Rich::plain(&format!("{}…{}", head.trim_end(), tail.trim_start()));
    rich.runs[0].face = label.runs.first().map_or(Face::Regular, |run| run.face);
    rich
}

impl Canvas {
    /// The label with characters that the font lacks in runs of their own, so that the rest keeps the font.
    fn settled(&mut self, label: &Rich) -> Rich {
        let mut settled = Rich::default();
        for run in &label.runs {
            if !self.shaper.shape(run.face, &run.text).foreign {
                settled.runs.push(run.clone());
                continue;
            }
            let mut before = None;
            for c in run.text.chars() {
                let foreign = self
                    .shaper
                    .shape(run.face, c.encode_utf8(&mut [0; 4]))
                    .foreign;
                match settled.runs.last_mut() {
                    Some(last) if before == Some(foreign) => last.text.push(c),
                    _ => settled.runs.push(Run {
                        text: c.to_string(),
                        ..run.clone()
                    }),
                }
                before = Some(foreign);
            }
        }
        settled
    }

    /// The label, as it is written: where the reader's own fonts cannot help, characters that the font lacks are told in
    /// Latin letters, ‹so›, no two alike, and a note says it.
    fn spelt(&mut self, label: &Rich) -> Rich {
        let mut label = self.settled(label);
        if self.latin.is_none() {
            return label;
        }
        for run in &mut label.runs {
            if self.shaper.shape(run.face, &run.text).foreign {
                run.text = self.in_latin(&run.text);
            }
        }
        label
    }

    fn in_latin(&mut self, text: &str) -> String {
        let known = self.latin.get_or_insert_default();
        if let Some(latin) = known.get(text) {
            return latin.clone();
        }
        let told = deunicode_with_tofu(text, "?");
        let told = told.trim();
        let mut latin = format!("‹{told}›");
        for again in 2.. {
            if known.values().all(|other| *other != latin) {
                break;
            }
            latin = format!("‹{told} {again}›");
        }
        let first = known.is_empty();
        known.insert(text.to_owned(), latin.clone());
        if first {
            self.note(
                "‹…›: writing that a picture has no font for, in Latin letters. An SVG keeps it.",
            );
        }
        latin
    }

    /// The width of a label in pixels.
    pub(crate) fn measure(&mut self, label: &Rich, size: f64) -> f64 {
        let label = self.spelt(label);
        label
            .runs
            .iter()
            .map(|run| {
                (run.lead() + self.shaper.shape(run.face, &run.text).advance * run.scale / EM)
                    * size
            })
            .sum()
    }

    /// The label, shortened to `width` with an ellipsis where it is longer: within it, because names that begin alike
    /// often differ at their ends.
    pub(crate) fn shorten(&mut self, label: &Rich, size: f64, width: f64) -> Rich {
        // No letter is so narrow that more than these fit: the rest of a very long name is not even laid out.
        let most = (width / (NARROWEST * size)).ceil().max(1.0) as usize;
        let label = self.spelt(&within(label, most));
        let label = within(&label, most);
        if self.measure(&label, size) <= width {
            return label;
        }
        // As much as fits, by halving; monotone but for kerning.
        let (mut fits, mut over) = (1, label.text().chars().count());
        while over - fits > 1 {
            let middle = usize::midpoint(fits, over);
            if self.measure(&within(&label, middle), size) <= width {
                fits = middle;
            } else {
                over = middle;
            }
        }
        within(&label, fits)
    }

    /// The area that a label takes; `at` is on its baseline.
    pub(crate) fn extent(&mut self, label: &Rich, at: Point, anchor: Anchor, size: f64) -> Area {
        let w = self.measure(label, size);
        let x = match anchor {
            Anchor::Start => at[0],
            Anchor::Middle => at[0] - 0.5 * w,
            Anchor::End => at[0] - w,
        };
        Area {
            x,
            y: at[1] - 0.74 * size,
            w,
            h: 0.96 * size,
        }
    }

    /// Writes a label; `at` is on its baseline.
    pub(crate) fn text(&mut self, label: &Rich, at: Point, anchor: Anchor, size: f64, ink: Ink) {
        self.label(label, at, anchor, size, ink, false, 0.0);
    }

    /// Writes a label with a rim of paper around it, so that it can be read over lines.
    pub(crate) fn text_over(
        &mut self,
        label: &Rich,
        at: Point,
        anchor: Anchor,
        size: f64,
        ink: Ink,
    ) {
        self.label(label, at, anchor, size, ink, true, 0.0);
    }

    /// Writes a label upwards; `at` is the middle of its baseline.
    pub(crate) fn text_up(&mut self, label: &Rich, at: Point, size: f64, ink: Ink) {
        self.label(label, at, Anchor::Middle, size, ink, false, -90.0);
    }

    #[allow(clippy::too_many_arguments)]
    fn label(
        &mut self,
        label: &Rich,
        at: Point,
        anchor: Anchor,
        size: f64,
        ink: Ink,
        rim: bool,
        turn: f64,
    ) {
        let label = &self.spelt(label);
        let area = self.extent(label, at, anchor, size);
        if area.w <= 0.0 {
            return;
        }
        let colour = self.theme.paint(ink);
        if rim {
            self.rim(label, area.x, at[1], size);
        }
        let mut x = area.x;
        if turn != 0.0 {
            self.put(format_args!(
                r#"<g transform="rotate({turn} {} {})">"#,
                px(at[0]),
                px(at[1])
            ));
        }
        for run in &label.runs {
            let shaped = self.shaper.shape(run.face, &run.text);
            let em = size * run.scale;
            x += run.lead() * size;
            let y = at[1] - run.rise * size;
            if shaped.foreign {
                // The bundled font lacks a character: the reader's own fonts have to help.
                self.put(format_args!(
                    r#"<text x="{}" y="{}" font-family="serif" font-size="{}" fill="{colour}" textLength="{}" lengthAdjust="spacingAndGlyphs">{}</text>"#,
                    px(x),
                    px(y),
                    px(em),
                    px(shaped.advance * em / EM),
                    escape(&run.text)
                ));
            } else if !shaped.glyphs.is_empty() {
                let scale = format!("{:.4}", em / EM);
                let scale = scale.trim_end_matches('0');
                self.put(format_args!(
                    r#"<g transform="translate({} {})scale({scale})" fill="{colour}">"#,
                    px(x),
                    px(y)
                ));
                self.glyphs(&shaped.glyphs);
                self.body.push_str("</g>");
            }
            let w = shaped.advance * em / EM;
            let tall = run
                .text
                .chars()
                .any(|c| "θβδλfhkldbt".contains(c) || c.is_uppercase());
            let over = y - if tall { 0.8 } else { 0.58 } * em;
            let pen = Pen::new(ink, 0.06 * em);
            // Italics lean: what stands over them moves to the right.
            let lean = 0.09 * em;
            match run.accent {
                Accent::None => {}
                Accent::Bar => self.line([x + lean, over], [x + w + 0.3 * lean, over], pen),
                Accent::Hat => {
                    let middle = x + 0.5 * w + lean;
                    let (half, up) = (0.17 * em, 0.13 * em);
                    let points = [
                        [middle - half, over],
                        [middle, over - up],
                        [middle + half, over],
                    ];
                    self.polyline(&points, pen);
                }
            }
            x += w;
        }
        if turn != 0.0 {
            self.body.push_str("</g>");
        }
        let kept = if turn == 0.0 {
            area
        } else {
            Area {
                x: at[0] - 0.74 * size,
                y: at[1] - 0.5 * area.w,
                w: 0.96 * size,
                h: area.w,
            }
        };
        self.texts.push((kept, label.text()));
    }

    /// The glyphs of a run, in the units of the font.
    fn glyphs(&mut self, glyphs: &[(usize, [f64; 2])]) {
        for &(glyph, offsets) in glyphs {
            self.used.insert(glyph);
            self.put(format_args!(r##"<use href="#{PREFIX}{glyph}""##));
            for (axis, offset) in ["x", "y"].iter().zip(offsets.map(f64::round)) {
                if offset != 0.0 {
                    self.put(format_args!(r#" {axis}="{offset}""#));
                }
            }
            self.body.push_str("/>");
        }
    }

    /// Paper around the glyphs of a label, under all of them.
    fn rim(&mut self, label: &Rich, mut x: f64, baseline: f64, size: f64) {
        let paper = self.theme.paint(Ink::Paper);
        for run in &label.runs {
            let shaped = self.shaper.shape(run.face, &run.text);
            let em = size * run.scale;
            x += run.lead() * size;
            self.put(format_args!(
                r#"<g transform="translate({} {})scale({:.4})" fill="none" stroke="{paper}" stroke-width="{}" stroke-linejoin="round" stroke-opacity=".9">"#,
                px(x),
                px(baseline - run.rise * size),
                em / EM,
                px(4.0 * EM / em)
            ));
            self.glyphs(&shaped.glyphs);
            self.body.push_str("</g>");
            x += shaped.advance * em / EM;
        }
    }
}
