//! The bisection by which an influencer finds the fake ideal point that moves the estimate onto its target
//! (arXiv:2502.01127, Figure 7).

use crate::draw::axes::{Frame, SMALL, Scale};
use crate::draw::canvas::{Canvas, Mark, Pen, Point};
use crate::draw::legend::{Key, Legend};
use crate::draw::place::{beside, reserve_line};
use crate::draw::{Drawing, Ink, Rich, Style, number};
use crate::figure::common::{Page, title_of, wide_frame};
use crate::figure::{Figure, Kind};

/// The first evaluations, which are numbered where there is room.
const NUMBERED: usize = 12;

/// The estimate as a function of one influencer's fake ideal point, where it was evaluated.
#[derive(Clone, Debug, PartialEq)]
pub struct BisectionFigure {
    /// Whose best response it is.
    pub title: Option<String>,
    /// `(x, θ̂(x))` in the order in which they were evaluated; the last is the answer.
    pub evaluations: Vec<[f64; 2]>,
    /// The target, which the estimate should meet.
    pub target: f64,
    /// The bounds of the fake ideal point, `X`.
    pub bounds: [f64; 2],
}

impl Figure for BisectionFigure {
    fn kind(&self) -> Kind {
        Kind::Search
    }

    fn caption(&self) -> String {
        let answer = self.evaluations.last().map_or_else(String::new, |[x, y]| {
            format!(
                " It ends at {}, where the estimate is {}.",
                number(*x, 4),
                number(*y, 4)
            )
        });
        format!(
            "Bisection for the fake ideal point that moves the estimate onto the target, {}; numbers give the order of \
             the first evaluations.{answer}",
            number(self.target, 4)
        )
    }

    fn draw(&self, style: &Style) -> Drawing {
        let width = style.page();
        let mut canvas = Canvas::new(style);
        let mut top = 10.0;
        top += title_of(&mut canvas, self.title.as_deref(), top) + 6.0;
        let x = Scale::around(
            self.evaluations.iter().map(|p| p[0]).chain(self.bounds),
            0.06,
        );
        let y = Scale::around(
            self.evaluations.iter().map(|p| p[1]).chain([self.target]),
            0.1,
        );
        let height = 0.6 * width;
        let frame = wide_frame(&mut canvas, top, height, x, y);
        let area = frame.area;
        frame.grid(&mut canvas, true, true);
        let bound = Pen::new(Ink::Muted, 1.6).dashed("2 3");
        for v in self.bounds {
            let x = frame.x(v);
            canvas.line([x, area.y], [x, area.bottom()], bound);
            reserve_line(&mut canvas, [x, area.y], [x, area.bottom()]);
        }
        let target = Pen::new(Ink::Series(1), 1.8).dashed("6 3");
        let at = frame.y(self.target);
        canvas.line([area.x, at], [area.right(), at], target);
        reserve_line(&mut canvas, [area.x, at], [area.right(), at]);
        let mut sorted = self.evaluations.clone();
        sorted.sort_by(|a, b| a[0].total_cmp(&b[0]));
        let curve: Vec<Point> = sorted.iter().map(|&p| frame.at(p)).collect();
        canvas.polyline(&curve, Pen::new(Ink::Series(0), 1.6).faint(0.55));
        for pair in curve.windows(2) {
            reserve_line(&mut canvas, pair[0], pair[1]);
        }
        for (k, &p) in self.evaluations.iter().enumerate() {
            let words = format!("{}. at {}: {}", k + 1, number(p[0], 4), number(p[1], 4));
            canvas.told(&words, |c| {
                c.mark(Mark::Dot, frame.at(p), 4.2, Ink::Series(0))
            });
        }
        if let Some(&answer) = self.evaluations.last() {
            let words = format!("the answer: {}", number(answer[0], 4));
            canvas.told(&words, |c| {
                c.mark(Mark::Star, frame.at(answer), 7.0, Ink::Text)
            });
        }
        let before = self.evaluations.len().saturating_sub(1);
        for (k, &p) in self.evaluations[..before].iter().take(NUMBERED).enumerate() {
            let label = Rich::plain(&(k + 1).to_string());
            beside(
                &mut canvas,
                &label,
                frame.at(p),
                7.0,
                area,
                SMALL,
                Ink::Text,
                false,
            );
        }
        frame.x_axis(&mut canvas, Some(&Rich::markup("fake ideal point $x$")));
        frame.y_axis(&mut canvas, Some(&Rich::markup("estimate $\\hat θ$")));
        let mut legend = Legend::default();
        legend.add(Key::Mark(Mark::Dot, Ink::Series(0)), "evaluation");
        legend.add(Key::Mark(Mark::Star, Ink::Text), "best response");
        legend.add(Key::Line(target), "target");
        legend.add(Key::Line(bound), "bounds of the fake ideal point");
        let page = Page {
            legend: &legend,
            below: area.bottom() + Frame::foot(true) + 6.0,
            title: self.title.as_deref(),
            otherwise: "Best response by bisection",
            caption: &self.caption(),
        };
        page.finish(canvas)
    }
}
