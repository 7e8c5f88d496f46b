//! Best-response dynamics over time: the potential falls, the receiver settles.

use big_game::dynamics::Step;
use big_game::equilibrium::Equilibrium;

use super::common::{Page, stride, title_of};
use super::{Figure, Kind};
use crate::draw::Area;
use crate::draw::axes::{Frame, Scale, range};
use crate::draw::canvas::{Canvas, Mark, Pen, Point};
use crate::draw::legend::{Key, Legend};
use crate::draw::{Drawing, Ink, Rich, Style, count, number};

/// The most points along a curve.
const MOST_POINTS: usize = 600;
/// The most coordinates of the receiver that get a curve.
const MOST_CURVES: usize = 5;

/// Potential and receiver, move by move.
#[derive(Clone, Debug, PartialEq)]
pub struct TrajectoryFigure {
    /// What it is about.
    pub title: Option<String>,
    /// The moves that are drawn, counted from 1 (0 is the start); of very many, evenly chosen ones and the last.
    pub moves: Vec<usize>,
    /// `Φ` after each of them; above its minimum where that is known.
    pub potential: Vec<f64>,
    /// Is the minimum taken off?
    pub above_minimum: bool,
    /// The receiver's coordinates (at most five of them), one curve each, after each of the moves.
    pub receiver: Vec<Vec<f64>>,
    /// Where these coordinates are at equilibrium; empty where that is not known.
    pub equilibrium: Vec<f64>,
    /// How many coordinates are not shown.
    pub hidden: usize,
}

impl TrajectoryFigure {
    /// The figure of a run; `None` of a run without moves.
    pub fn new(
        name: Option<&str>,
        steps: &[Step],
        equilibrium: Option<&Equilibrium>,
    ) -> Option<Self> {
        let last = steps.len().checked_sub(1)?;
        let every = stride(steps.len(), MOST_POINTS);
        let mut shown: Vec<usize> = (0..steps.len()).step_by(every).collect();
        if shown.last() != Some(&last) {
            shown.push(last);
        }
        let curves = steps[last].receiver.len().min(MOST_CURVES);
        let bottom = equilibrium.map_or(0.0, |e| e.potential);
        Some(Self {
            title: name.map(str::to_owned),
            moves: shown.iter().map(|&s| s + 1).collect(),
            potential: shown.iter().map(|&s| steps[s].potential - bottom).collect(),
            above_minimum: equilibrium.is_some(),
            receiver: (0..curves)
                .map(|k| shown.iter().map(|&s| steps[s].receiver[k]).collect())
                .collect(),
            equilibrium: equilibrium.map_or_else(Vec::new, |e| e.receiver[..curves].to_vec()),
            hidden: steps[last].receiver.len() - curves,
        })
    }

    /// The figure with the start before the first move: the receiver there, and the potential in the figure's terms.
    #[must_use]
    pub fn starting_at(mut self, receiver: &[f64], potential: f64) -> Self {
        if self.receiver.len() <= receiver.len() {
            self.moves.insert(0, 0);
            self.potential.insert(0, potential);
            for (curve, at) in self.receiver.iter_mut().zip(receiver) {
                curve.insert(0, *at);
            }
        }
        self
    }

    /// The lowest positive excess that is worth drawing, when it spans decades.
    fn floor(&self) -> Option<f64> {
        let (_, high) = range(self.potential.iter().copied());
        let floor = 1e-13 * high;
        let low = self
            .potential
            .iter()
            .copied()
            .filter(|v| *v > floor)
            .fold(f64::INFINITY, f64::min);
        (self.above_minimum && high > 30.0 * low).then_some(low)
    }
}

impl Figure for TrajectoryFigure {
    fn kind(&self) -> Kind {
        Kind::Trajectory
    }

    fn caption(&self) -> String {
        let potential = if self.above_minimum {
            "How far the potential is above its minimum"
        } else {
            "The potential"
        };
        let dashed = if self.equilibrium.is_empty() {
            ""
        } else {
            " Dashed lines are the equilibrium."
        };
        format!(
            "{potential} (top) and where the receiver is (bottom) after each move of best-response dynamics.{dashed}"
        )
    }

    fn draw(&self, style: &Style) -> Drawing {
        let width = style.page();
        let mut canvas = Canvas::new(style);
        let mut top = 10.0;
        top += title_of(&mut canvas, self.title.as_deref(), top) + 4.0;
        let floor = self.floor();
        let y = match floor {
            Some(low) => {
                Scale::logarithmic(0.5 * low, 2.0 * range(self.potential.iter().copied()).1)
            }
            None => Scale::around(self.potential.iter().copied(), 0.06),
        };
        let values = self.receiver.iter().flatten().chain(&self.equilibrium);
        let y_receiver = Scale::around(values.copied(), 0.08);
        let last = (*self.moves.last().unwrap_or(&1)).max(2);
        let x = Scale::linear(0.0, last as f64);
        let (h, h_receiver) = (0.3 * width, 0.36 * width);
        let left = Frame::left_gutter(&mut canvas, &y, h, true).max(Frame::left_gutter(
            &mut canvas,
            &y_receiver,
            h_receiver,
            true,
        )) + 4.0;
        let upper = Frame {
            area: Area {
                x: left,
                y: top,
                w: width - left - 18.0,
                h,
            },
            x,
            y,
        };
        upper.grid(&mut canvas, true, false);
        let points: Vec<(Point, String)> = self
            .moves
            .iter()
            .zip(&self.potential)
            .filter(|(_, p)| floor.is_none_or(|low| **p >= low))
            .map(|(m, p)| (upper.at([*m as f64, *p]), after(*m, *p)))
            .collect();
        curve(&mut canvas, &points, Ink::Series(1));
        upper.x_axis_of_counts(&mut canvas, last + 1, None);
        let name = if self.above_minimum {
            "$Φ − Φ^*$"
        } else {
            "potential $Φ$"
        };
        upper.y_axis(&mut canvas, Some(&Rich::markup(name)));
        let lower = Frame {
            area: Area {
                x: left,
                y: upper.area.bottom() + Frame::foot(false) + 16.0,
                w: width - left - 18.0,
                h: h_receiver,
            },
            x,
            y: y_receiver,
        };
        lower.grid(&mut canvas, true, false);
        let mut legend = Legend::default();
        for (k, coordinate) in self.receiver.iter().enumerate() {
            let ink = if k == 0 {
                Ink::Series(0)
            } else {
                Ink::Series(k as u8 + 1)
            };
            if let Some(&at) = self.equilibrium.get(k) {
                let y = lower.y(at);
                let pen = Pen::new(ink, 1.2).dashed("5 3");
                canvas.line([lower.area.x, y], [lower.area.right(), y], pen);
            }
            let points: Vec<(Point, String)> = self
                .moves
                .iter()
                .zip(coordinate)
                .map(|(m, v)| (lower.at([*m as f64, *v]), after(*m, *v)))
                .collect();
            curve(&mut canvas, &points, ink);
            if self.receiver.len() > 1 {
                legend.add(
                    Key::Line(Pen::new(ink, 2.0)),
                    Rich::markup(&format!("$r_{k}$")),
                );
            }
        }
        if !self.equilibrium.is_empty() {
            legend.add(
                Key::Line(Pen::new(Ink::Muted, 1.2).dashed("5 3")),
                "at equilibrium",
            );
        }
        if self.hidden > 0 {
            canvas.note(format!(
                "The receiver's first {} coordinates are shown; {} more are not.",
                self.receiver.len(),
                count(self.hidden)
            ));
        }
        lower.x_axis_of_counts(&mut canvas, last + 1, Some(&Rich::plain("moves")));
        lower.y_axis(&mut canvas, Some(&Rich::markup("receiver $r$")));
        let page = Page {
            legend: &legend,
            below: lower.area.bottom() + Frame::foot(true) + 6.0,
            title: self.title.as_deref(),
            otherwise: "Best-response dynamics",
            caption: &self.caption(),
        };
        page.finish(canvas)
    }
}

/// A curve, with dots where they are few.
fn curve(canvas: &mut Canvas, points: &[(Point, String)], ink: Ink) {
    let places: Vec<Point> = points.iter().map(|(at, _)| *at).collect();
    canvas.polyline(&places, Pen::new(ink, 1.9));
    if points.len() <= 40 {
        for (at, words) in points {
            canvas.told(words, |c| c.mark(Mark::Dot, *at, 3.4, ink));
        }
    }
}

/// What a dot says.
fn after(moves: usize, value: f64) -> String {
    format!("after move {}: {}", count(moves), number(value, 4))
}
