//! Legends, always outside of the data.

use super::axes::SMALL;
use super::canvas::{Anchor, Canvas, Fill, Mark, Pen};
use super::drawing::Area;
use super::rich::Rich;
use super::theme::Ink;

/// The sign of a legend's entry.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Key {
    Mark(Mark, Ink),
    Dot(Ink),
    Line(Pen),
    Arrow(Pen),
    Band(Fill),
}

/// An entry as it is set: its sign, its label, and the width of both.
type Entry = (Key, Rich, f64);

/// What the signs of a figure mean.
#[derive(Clone, Debug, Default)]
pub(crate) struct Legend {
    entries: Vec<(Key, Rich)>,
}

const ROW: f64 = SMALL + 7.0;
const SIGN: f64 = 22.0;
const APART: f64 = 14.0;

impl Legend {
    pub(crate) fn add(&mut self, key: Key, label: impl Into<Rich>) {
        self.entries.push((key, label.into()));
    }

    /// Writes the entries in rows from `top` on, centred in `[left, right]`; returns the height that they take.
    pub(crate) fn draw(&self, canvas: &mut Canvas, left: f64, right: f64, top: f64) -> f64 {
        let mut rows: Vec<(f64, Vec<Entry>)> = Vec::new();
        for (key, label) in &self.entries {
            let label = canvas.shorten(label, SMALL, right - left - SIGN);
            let width = SIGN + canvas.measure(&label, SMALL);
            match rows.last_mut() {
                Some((used, row)) if *used + APART + width <= right - left => {
                    *used += APART + width;
                    row.push((*key, label, width));
                }
                _ => rows.push((width, vec![(*key, label, width)])),
            }
        }
        let count = rows.len();
        for (at, (used, row)) in rows.into_iter().enumerate() {
            let y = top + (at as f64 + 0.5) * ROW;
            let mut x = left + 0.5 * (right - left - used);
            for (key, label, width) in row {
                sign(canvas, key, x, y);
                let at = [x + SIGN, y + 0.33 * SMALL];
                canvas.text(&label, at, Anchor::Start, SMALL, Ink::Text);
                x += width + APART;
            }
        }
        count as f64 * ROW
    }
}

fn sign(canvas: &mut Canvas, key: Key, x: f64, y: f64) {
    let (from, to) = ([x, y], [x + SIGN - 5.0, y]);
    match key {
        Key::Mark(mark, ink) => canvas.swatch(mark, [x + 0.5 * (SIGN - 5.0), y], 4.6, ink),
        Key::Dot(ink) => {
            let fill = Fill::new(ink).faint(0.6);
            canvas.cloud(&[[x + 0.5 * (SIGN - 5.0), y]], 2.0, fill);
        }
        Key::Line(pen) => canvas.line(from, to, pen),
        Key::Arrow(pen) => canvas.arrow(from, to, pen),
        Key::Band(fill) => {
            let area = Area {
                x,
                y: y - 5.0,
                w: SIGN - 5.0,
                h: 10.0,
            };
            canvas.rect(area, Some(fill), Some(Pen::new(Ink::Muted, 0.5)));
        }
    }
}
