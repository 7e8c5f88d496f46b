//! Axes: from data to pixels, with nice ticks.

use super::canvas::{Anchor, Canvas, Pen, Point};
use super::drawing::Area;
use super::number::{Ticks, log_ticks, ticks};
use super::rich::Rich;
use super::theme::Ink;

/// The size of text in figures, in pixels of a figure of standard width.
pub(crate) const TEXT: f64 = 14.0;
/// The size of tick labels and other small print.
pub(crate) const SMALL: f64 = 12.0;

/// How data become pixels along one axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scale {
    lo: f64,
    hi: f64,
    log: bool,
}

impl Scale {
    /// A linear scale over `[lo, hi]`, widened when that is empty.
    pub(crate) fn linear(lo: f64, hi: f64) -> Self {
        let (lo, hi) = if lo.is_finite() && hi.is_finite() {
            (lo, hi)
        } else {
            (0.0, 1.0)
        };
        let pad = if hi > lo {
            0.0
        } else {
            0.5 * lo.abs().max(1.0)
        };
        Self {
            lo: lo - pad,
            hi: hi + pad,
            log: false,
        }
    }

    /// A linear scale over all the values and a share `pad` of their span more on both sides.
    pub(crate) fn around(values: impl IntoIterator<Item = f64>, pad: f64) -> Self {
        let (lo, hi) = range(values);
        let pad = pad * (hi - lo);
        Self::linear(lo - pad, hi + pad)
    }

    /// A logarithmic scale; both ends positive.
    pub(crate) fn logarithmic(lo: f64, hi: f64) -> Self {
        Self {
            lo,
            hi: if hi > lo { hi } else { lo * 10.0 },
            log: true,
        }
    }

    pub(crate) fn ends(&self) -> (f64, f64) {
        (self.lo, self.hi)
    }

    /// The share of the axis at which `v` stands.
    pub(crate) fn share(&self, v: f64) -> f64 {
        let share = if self.log {
            (v.max(f64::MIN_POSITIVE) / self.lo).ln() / (self.hi / self.lo).ln()
        } else {
            (v - self.lo) / (self.hi - self.lo)
        };
        if share.is_finite() {
            share.clamp(-20.0, 20.0)
        } else {
            0.0
        }
    }

    pub(crate) fn ticks(&self, count: usize) -> Ticks {
        if self.log {
            log_ticks(self.lo, self.hi, count)
        } else {
            ticks(self.lo, self.hi, count)
        }
    }
}

/// The least and the greatest of the finite values; `(0, 1)` where there are none.
pub(crate) fn range(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let (lo, hi) = values
        .into_iter()
        .filter(|v| v.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| {
            (lo.min(v), hi.max(v))
        });
    if lo <= hi { (lo, hi) } else { (0.0, 1.0) }
}

/// A rectangle of the page with two scales.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    pub(crate) area: Area,
    pub(crate) x: Scale,
    pub(crate) y: Scale,
}

impl Frame {
    pub(crate) fn x(&self, v: f64) -> f64 {
        self.area.x + self.x.share(v) * self.area.w
    }

    pub(crate) fn y(&self, v: f64) -> f64 {
        self.area.bottom() - self.y.share(v) * self.area.h
    }

    pub(crate) fn at(&self, p: Point) -> Point {
        [self.x(p[0]), self.y(p[1])]
    }

    /// Draws grid lines, under the data.
    pub(crate) fn grid(&self, canvas: &mut Canvas, across: bool, up: bool) {
        let pen = Pen::new(Ink::Grid, 0.8);
        if across {
            for t in self.y.ticks(self.tick_count_y()).at {
                let y = self.y(t);
                canvas.line([self.area.x, y], [self.area.right(), y], pen);
            }
        }
        if up {
            for t in self.x.ticks(self.tick_count_x()).at {
                let x = self.x(t);
                canvas.line([x, self.area.y], [x, self.area.bottom()], pen);
            }
        }
    }

    fn tick_count_x(&self) -> usize {
        ((self.area.w / 75.0) as usize).clamp(2, 9)
    }

    fn tick_count_y(&self) -> usize {
        ((self.area.h / 60.0) as usize).clamp(2, 8)
    }

    /// The width that the labels of the vertical axis need.
    pub(crate) fn left_gutter(canvas: &mut Canvas, scale: &Scale, height: f64, named: bool) -> f64 {
        let count = ((height / 60.0) as usize).clamp(2, 8);
        let labels = scale.ticks(count).labels;
        let widest = labels
            .iter()
            .map(|l| canvas.measure(&Rich::markup(l), SMALL))
            .fold(0.0, f64::max);
        widest + 12.0 + if named { TEXT + 8.0 } else { 0.0 }
    }

    /// The height that the horizontal axis needs under the frame.
    pub(crate) fn foot(named: bool) -> f64 {
        8.0 + SMALL + if named { TEXT + 8.0 } else { 2.0 }
    }

    /// Draws the horizontal axis under the frame.
    pub(crate) fn x_axis(&self, canvas: &mut Canvas, name: Option<&Rich>) {
        let ticks = self.x.ticks(self.tick_count_x());
        self.x_axis_at(canvas, &ticks, name);
    }

    /// Draws the horizontal axis of things that are counted from 0: ticks at whole numbers only.
    pub(crate) fn x_axis_of_counts(&self, canvas: &mut Canvas, count: usize, name: Option<&Rich>) {
        let most = self.tick_count_x() + 2;
        let at: Vec<f64> = if count <= most {
            (0..count).map(|k| k as f64).collect()
        } else {
            let nice = self.x.ticks(most).at.into_iter();
            nice.filter(|t| t.fract() == 0.0 && (0.0..count as f64).contains(t))
                .collect()
        };
        let ticks = Ticks {
            labels: at.iter().map(f64::to_string).collect(),
            at,
        };
        self.x_axis_at(canvas, &ticks, name);
    }

    fn x_axis_at(&self, canvas: &mut Canvas, ticks: &Ticks, name: Option<&Rich>) {
        let y = self.area.bottom();
        canvas.line(
            [self.area.x, y],
            [self.area.right(), y],
            Pen::new(Ink::Muted, 1.0),
        );
        for (t, label) in ticks.at.iter().zip(&ticks.labels) {
            let x = self.x(*t);
            canvas.line([x, y], [x, y + 4.0], Pen::new(Ink::Muted, 1.0));
            let at = [x, y + 6.0 + 0.8 * SMALL];
            canvas.text(&Rich::markup(label), at, Anchor::Middle, SMALL, Ink::Muted);
        }
        if let Some(name) = name {
            let at = [self.area.x + 0.5 * self.area.w, y + 8.0 + SMALL + TEXT];
            canvas.text(name, at, Anchor::Middle, TEXT, Ink::Text);
        }
    }

    /// Draws the vertical axis at the left of the frame.
    pub(crate) fn y_axis(&self, canvas: &mut Canvas, name: Option<&Rich>) {
        let x = self.area.x;
        canvas.line(
            [x, self.area.y],
            [x, self.area.bottom()],
            Pen::new(Ink::Muted, 1.0),
        );
        let ticks = self.y.ticks(self.tick_count_y());
        let mut widest: f64 = 0.0;
        for (t, label) in ticks.at.iter().zip(&ticks.labels) {
            let y = self.y(*t);
            canvas.line([x - 4.0, y], [x, y], Pen::new(Ink::Muted, 1.0));
            let label = Rich::markup(label);
            widest = widest.max(canvas.measure(&label, SMALL));
            canvas.text(
                &label,
                [x - 7.0, y + 0.34 * SMALL],
                Anchor::End,
                SMALL,
                Ink::Muted,
            );
        }
        if let Some(name) = name {
            let at = [
                x - 12.0 - widest - 0.35 * TEXT,
                self.area.y + 0.5 * self.area.h,
            ];
            canvas.text_up(name, at, TEXT, Ink::Text);
        }
    }
}
