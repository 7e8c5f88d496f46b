//! Fake ideal points and the estimate over the iterations of empirical play (arXiv:2502.01127, Figure 8).

use crate::draw::axes::{Frame, Scale};
use crate::draw::canvas::{Canvas, Mark, Pen, Point};
use crate::draw::legend::{Key, Legend};
use crate::draw::{Drawing, Ink, Rich, Style, number};
use crate::figure::common::{Page, title_of, wide_frame};
use crate::figure::{Figure, Kind};

/// Play in one coordinate.
#[derive(Clone, Debug, PartialEq)]
pub struct IterationsFigure {
    /// What it is about.
    pub title: Option<String>,
    /// The influencers.
    pub influencers: Vec<FakePoints>,
    /// `θ̂` after each iteration, from iteration 0 (truthful) on.
    pub estimate: Vec<f64>,
    /// The bounds of the fake ideal points, `X`, where they are the same for all.
    pub bounds: Option<[f64; 2]>,
}

/// One influencer's fake ideal points.
#[derive(Clone, Debug, PartialEq)]
pub struct FakePoints {
    /// Its name.
    pub name: String,
    /// Its target, the true ideal point, where it is known.
    pub target: Option<f64>,
    /// Its fake ideal point after each iteration, from iteration 0 on.
    pub points: Vec<f64>,
}

impl IterationsFigure {
    fn has_targets(&self) -> bool {
        self.influencers.iter().any(|i| i.target.is_some())
    }
}

impl Figure for IterationsFigure {
    fn kind(&self) -> Kind {
        Kind::Trajectory
    }

    fn caption(&self) -> String {
        let end = self.estimate.last().map_or_else(String::new, |v| {
            format!(" The estimate ends at {}.", number(*v, 4))
        });
        let lines = match (self.has_targets(), self.bounds.is_some()) {
            (true, true) => " Dotted lines are the targets, dashed lines the bounds.",
            (true, false) => " Dotted lines are the targets.",
            (false, true) => " Dashed lines are the bounds.",
            (false, false) => "",
        };
        format!(
            "The fake ideal points (dots) and the pooled estimate (stars) over the iterations of best responses.{lines}{end}"
        )
    }

    fn draw(&self, style: &Style) -> Drawing {
        let width = style.page();
        let mut canvas = Canvas::new(style);
        let mut top = 10.0;
        top += title_of(&mut canvas, self.title.as_deref(), top) + 6.0;
        let people = self.influencers.iter();
        let values = people.flat_map(|i| i.points.iter().copied().chain(i.target));
        let y = Scale::around(
            values
                .chain(self.estimate.iter().copied())
                .chain(self.bounds.into_iter().flatten()),
            0.07,
        );
        let last = self.estimate.len().max(2) as f64 - 1.0;
        let x = Scale::linear(-0.06 * last, 1.06 * last);
        let height = 0.66 * width;
        let frame = wide_frame(&mut canvas, top, height, x, y);
        let area = frame.area;
        frame.grid(&mut canvas, true, false);
        let bound = Pen::new(Ink::Muted, 1.6).dashed("6 3");
        for v in self.bounds.into_iter().flatten() {
            let y = frame.y(v);
            canvas.line([area.x, y], [area.right(), y], bound);
        }
        let mut legend = Legend::default();
        let few = self.estimate.len() <= 40;
        for (i, who) in self.influencers.iter().enumerate() {
            let ink = Ink::Series(i as u8);
            if let Some(target) = who.target {
                let y = frame.y(target);
                canvas.line(
                    [area.x, y],
                    [area.right(), y],
                    Pen::new(ink, 1.5).dashed("1.5 3"),
                );
            }
            let points: Vec<Point> = along(&frame, &who.points);
            canvas.polyline(&points, Pen::new(ink, 2.0));
            if few {
                for (k, (&p, v)) in points.iter().zip(&who.points).enumerate() {
                    let words = format!("{} after iteration {k}: {}", who.name, number(*v, 4));
                    canvas.told(&words, |c| c.mark(Mark::Dot, p, 4.4, ink));
                }
            }
            legend.add(Key::Mark(Mark::Dot, ink), Rich::plain(&who.name));
        }
        let points = along(&frame, &self.estimate);
        canvas.polyline(&points, Pen::new(Ink::Text, 2.0));
        if few {
            for (k, (&p, v)) in points.iter().zip(&self.estimate).enumerate() {
                let words = format!("the estimate after iteration {k}: {}", number(*v, 4));
                canvas.told(&words, |c| c.mark(Mark::Star, p, 5.0, Ink::Text));
            }
        }
        legend.add(Key::Mark(Mark::Star, Ink::Text), "estimate $\\hat θ$");
        if self.has_targets() {
            legend.add(
                Key::Line(Pen::new(Ink::Muted, 1.5).dashed("1.5 3")),
                "targets",
            );
        }
        if self.bounds.is_some() {
            legend.add(Key::Line(bound), "bounds");
        }
        let name = Rich::plain("iteration");
        frame.x_axis_of_counts(&mut canvas, self.estimate.len(), Some(&name));
        frame.y_axis(&mut canvas, Some(&Rich::plain("ideal point")));
        let page = Page {
            legend: &legend,
            below: area.bottom() + Frame::foot(true) + 6.0,
            title: self.title.as_deref(),
            otherwise: "Empirical play",
            caption: &self.caption(),
        };
        page.finish(canvas)
    }
}

fn along(frame: &Frame, values: &[f64]) -> Vec<Point> {
    values
        .iter()
        .enumerate()
        .map(|(k, v)| frame.at([k as f64, *v]))
        .collect()
}
