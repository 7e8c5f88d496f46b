//! The log-likelihood over a one-dimensional ideal point, and its maximiser (arXiv:2502.01127, Figure 6).

use super::estimates::QUANTILE;
use crate::draw::Area;
use crate::draw::axes::{Frame, Scale, TEXT};
use crate::draw::canvas::{Anchor, Canvas, Fill, Mark, Pen, Point};
use crate::draw::legend::{Key, Legend};
use crate::draw::{Drawing, Ink, Rich, Style, number};
use crate::figure::common::{Page, remark, title_of, wide_frame};
use crate::figure::{Figure, Kind};

/// A log-likelihood curve.
#[derive(Clone, Debug, PartialEq)]
pub struct LikelihoodFigure {
    /// Whose data it is.
    pub title: Option<String>,
    /// `(θ, log-likelihood)`, by increasing `θ`.
    pub curve: Vec<[f64; 2]>,
    /// `θ̂` and the log-likelihood there.
    pub maximiser: [f64; 2],
    /// The standard error of `θ̂`: a band of 1.96 of them is drawn.
    pub standard_error: Option<f64>,
    /// Other points to mark on the axis, with names: targets, true ideal points.
    pub marks: Vec<(String, f64)>,
    /// A sentence for the caption: what is held fixed.
    pub remark: Option<String>,
}

impl Figure for LikelihoodFigure {
    fn kind(&self) -> Kind {
        Kind::Likelihood
    }

    fn caption(&self) -> String {
        let band = if self.standard_error.is_some() {
            ", with its 95 % interval"
        } else {
            ""
        };
        format!(
            "The log-likelihood of the labels over the ideal point; the dashed line marks its maximiser, {}{band}.{}",
            number(self.maximiser[0], 4),
            remark(self.remark.as_deref())
        )
    }

    fn draw(&self, style: &Style) -> Drawing {
        let width = style.page();
        let mut canvas = Canvas::new(style);
        let mut top = 10.0;
        top += title_of(&mut canvas, self.title.as_deref(), top) + 22.0;
        let xs = self.curve.iter().map(|p| p[0]);
        let x = Scale::around(
            xs.chain(self.marks.iter().map(|m| m.1))
                .chain([self.maximiser[0]]),
            0.0,
        );
        let y = Scale::around(
            self.curve.iter().map(|p| p[1]).chain([self.maximiser[1]]),
            0.05,
        );
        let height = 0.56 * width;
        let frame = wide_frame(&mut canvas, top, height, x, y);
        let area = frame.area;
        frame.grid(&mut canvas, true, true);
        let [best, value] = self.maximiser;
        if let Some(error) = self.standard_error.filter(|e| e.is_finite()) {
            let ends = [best - QUANTILE * error, best + QUANTILE * error]
                .map(|v| frame.x(v).clamp(area.x, area.right()));
            let band = Area {
                x: ends[0],
                y: area.y,
                w: ends[1] - ends[0],
                h: area.h,
            };
            canvas.rect(band, Some(Fill::new(Ink::Series(0)).faint(0.16)), None);
        }
        let at = frame.at([best, value]);
        canvas.line(
            [at[0], area.y],
            [at[0], area.bottom()],
            Pen::new(Ink::Text, 1.4).dashed("6 3"),
        );
        let points: Vec<Point> = self.curve.iter().map(|&p| frame.at(p)).collect();
        canvas.clipped(area, |canvas| {
            canvas.polyline(&points, Pen::new(Ink::Series(0), 2.4))
        });
        let words = format!("the estimate: {}", number(best, 4));
        canvas.told(&words, |c| c.mark(Mark::Dot, at, 4.8, Ink::Text));
        let label = Rich::markup("$\\hat θ$").then(Rich::plain(&format!(" = {}", number(best, 4))));
        let half = 0.5 * canvas.measure(&label, TEXT);
        let middle = at[0].clamp(area.x + half, area.right() - half);
        canvas.text(
            &label,
            [middle, area.y - 8.0],
            Anchor::Middle,
            TEXT,
            Ink::Text,
        );
        let mut legend = Legend::default();
        legend.add(Key::Line(Pen::new(Ink::Series(0), 2.4)), "log-likelihood");
        legend.add(
            Key::Line(Pen::new(Ink::Text, 1.4).dashed("6 3")),
            "maximiser",
        );
        if self.standard_error.is_some() {
            legend.add(
                Key::Band(Fill::new(Ink::Series(0)).faint(0.16)),
                "95 % interval",
            );
        }
        for (k, (name, v)) in self.marks.iter().enumerate() {
            let ink = Ink::Series(k as u8 + 1);
            let (words, at) = (
                format!("{name}: {}", number(*v, 4)),
                [frame.x(*v), area.bottom()],
            );
            canvas.told(&words, |c| c.mark(Mark::Diamond, at, 5.0, ink));
            legend.add(Key::Mark(Mark::Diamond, ink), Rich::plain(name));
        }
        frame.x_axis(&mut canvas, Some(&Rich::markup("ideal point $θ$")));
        frame.y_axis(&mut canvas, Some(&Rich::plain("log-likelihood")));
        let page = Page {
            legend: &legend,
            below: area.bottom() + Frame::foot(true) + 6.0,
            title: self.title.as_deref(),
            otherwise: "Log-likelihood",
            caption: &self.caption(),
        };
        page.finish(canvas)
    }
}
