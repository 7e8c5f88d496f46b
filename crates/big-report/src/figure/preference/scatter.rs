//! Preference data in one dimension: a point for every pair of responses, coloured by its label
//! (arXiv:2502.01127, Figures 5 and 9).

use crate::draw::axes::{Frame, Scale};
use crate::draw::canvas::{Canvas, Fill, Mark, Pen, Point};
use crate::draw::legend::{Key, Legend};
use crate::draw::{Drawing, Ink, Rich, Style, count, number};
use crate::figure::common::{Page, title_of};
use crate::figure::planar::equal_frame;
use crate::figure::{Figure, Kind};

/// The most points.
const MOST_POINTS: usize = 20_000;
/// Layers of points, in each of which one label is drawn over the other.
const LAYERS: usize = 24;

/// Labelled pairs of responses, `a` against `b`.
#[derive(Clone, Debug, PartialEq)]
pub struct ScatterFigure {
    /// Whose labels they are.
    pub title: Option<String>,
    /// The pairs; of very many, evenly chosen ones.
    pub points: Vec<PairPoint>,
    /// The ideal point: the response nearer to it is the better one, which divides the plane along `a = b` and
    /// `a + b = 2θ`.
    pub ideal: Option<f64>,
    /// How many pairs there are.
    pub total: usize,
    /// Every how many-th pair is kept.
    every: usize,
}

/// One comparison.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairPoint {
    /// The first response.
    pub a: f64,
    /// The second response.
    pub b: f64,
    /// Was the first preferred?
    pub first_preferred: bool,
}

impl ScatterFigure {
    /// The figure of pairs. O(n).
    pub fn new(
        title: Option<&str>,
        pairs: impl IntoIterator<Item = PairPoint>,
        ideal: Option<f64>,
    ) -> Self {
        let mut figure = Self {
            title: title.map(str::to_owned),
            points: Vec::new(),
            ideal: ideal.filter(|v| v.is_finite()),
            total: 0,
            every: 1,
        };
        pairs.into_iter().for_each(|pair| figure.push(pair));
        figure
    }

    /// Adds a pair; of one that is not finite only the count. It holds 20,000 pairs at most, however many are added.
    pub fn push(&mut self, pair: PairPoint) {
        let kept = self.total.is_multiple_of(self.every);
        self.total += 1;
        if kept && pair.a.is_finite() && pair.b.is_finite() {
            self.points.push(pair);
        }
        if self.points.len() > MOST_POINTS {
            let mut at = 0;
            self.points.retain(|_| {
                at += 1;
                at % 2 == 1
            });
            self.every *= 2;
        }
    }
}

const FIRST: Ink = Ink::Series(0);
const SECOND: Ink = Ink::Series(4);

impl Figure for ScatterFigure {
    fn kind(&self) -> Kind {
        Kind::Pairs
    }

    fn caption(&self) -> String {
        let mut text =
            "One point a pair of responses (a, b), coloured by which of the two was preferred."
                .to_owned();
        if let Some(ideal) = self.ideal {
            text.push_str(&format!(
                " An ideal point at {} prefers the response nearer to it: the lines divide the pairs.",
                number(ideal, 4)
            ));
        }
        if self.points.len() < self.total {
            text.push_str(&format!(
                " {} of {} pairs are shown, evenly chosen.",
                count(self.points.len()),
                count(self.total)
            ));
        }
        text
    }

    fn draw(&self, style: &Style) -> Drawing {
        let mut canvas = Canvas::new(style);
        let mut top = 10.0;
        top += title_of(&mut canvas, self.title.as_deref(), top);
        let all: Vec<f64> = self.points.iter().flat_map(|p| [p.a, p.b]).collect();
        let (lo, hi) = Scale::around(all, 0.0).ends();
        let corners = [[lo, lo], [hi, hi]];
        let frame = equal_frame(&mut canvas, corners.into_iter(), top, true);
        frame.grid(&mut canvas, true, true);
        let n = self.points.len().max(1) as f64;
        let radius = (110.0 / n.sqrt()).clamp(1.0, 3.0);
        let opacity = (60.0 / n.sqrt()).clamp(0.5, 0.85);
        // In turns, so that neither label hides the other.
        for some in self
            .points
            .chunks(self.points.len().div_ceil(LAYERS).max(1))
        {
            for (first, ink) in [(true, FIRST), (false, SECOND)] {
                let points: Vec<Point> = some
                    .iter()
                    .filter(|p| p.first_preferred == first)
                    .map(|p| frame.at([p.a, p.b]))
                    .collect();
                canvas.cloud(&points, radius, Fill::new(ink).faint(opacity));
            }
        }
        if let Some(ideal) = self.ideal {
            let (far_lo, far_hi) = frame.x.ends();
            let span = far_hi - far_lo;
            let (a, b) = (far_lo - span, far_hi + span);
            canvas.clipped(frame.area, |canvas| {
                let pen = Pen::new(Ink::Text, 1.4).dashed("6 3");
                canvas.line(frame.at([a, a]), frame.at([b, b]), pen);
                canvas.line(
                    frame.at([a, 2.0 * ideal - a]),
                    frame.at([b, 2.0 * ideal - b]),
                    pen,
                );
            });
        }
        frame.x_axis(&mut canvas, Some(&Rich::markup("response $a$")));
        frame.y_axis(&mut canvas, Some(&Rich::markup("response $b$")));
        let mut legend = Legend::default();
        legend.add(Key::Mark(Mark::Dot, FIRST), "$a$ preferred");
        legend.add(Key::Mark(Mark::Dot, SECOND), "$b$ preferred");
        if let Some(ideal) = self.ideal {
            let label = Rich::plain(&format!("equally near to {}", number(ideal, 3)));
            legend.add(Key::Line(Pen::new(Ink::Text, 1.4).dashed("6 3")), label);
        }
        let page = Page {
            legend: &legend,
            below: frame.area.bottom() + Frame::foot(true) + 6.0,
            title: self.title.as_deref(),
            otherwise: "Preference data",
            caption: &self.caption(),
        };
        page.finish(canvas)
    }
}
