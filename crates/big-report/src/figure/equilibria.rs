//! All pure equilibria of a finite game: unlike on convex sets, their receivers can differ.

use super::common::{Page, remark, title_of, wide_frame};
use super::planar::{equal_frame, pair};
use super::{Figure, Kind};
use crate::draw::axes::{Frame, Scale};
use crate::draw::canvas::{Canvas, Mark, Point};
use crate::draw::legend::{Key, Legend};
use crate::draw::number::point as place_of;
use crate::draw::{Drawing, Ink, Rich, Style, count, number};

/// The most outcomes that are drawn: those of least potential.
const MOST_POINTS: usize = 2000;

/// Where the receiver lands at each pure equilibrium, and the potential there.
#[derive(Clone, Debug, PartialEq)]
pub struct EquilibriaFigure {
    /// What it is about.
    pub title: Option<String>,
    /// The coordinates of the receiver: 1 or 2.
    pub dim: usize,
    /// The distinct outcomes, by rising potential.
    pub points: Vec<EquilibriumPoint>,
    /// How many equilibria are listed.
    pub total: usize,
    /// Are these all equilibria that there are?
    pub complete: bool,
    /// How many outcomes are not shown.
    pub hidden: usize,
}

/// Equilibria with the same outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct EquilibriumPoint {
    /// Where the receiver lands; on a line the second coordinate is 0.
    pub receiver: [f64; 2],
    /// The potential.
    pub potential: f64,
    /// How many equilibria there are of it.
    pub count: usize,
}

impl EquilibriaFigure {
    /// The figure of a list of equilibria, receiver and potential each; `None` of an empty one, and of receivers that are
    /// neither on a line nor in the plane. O(n log n).
    pub fn new<'a>(
        title: Option<&str>,
        equilibria: impl IntoIterator<Item = (&'a [f64], f64)>,
        complete: bool,
    ) -> Option<Self> {
        let mut dim = None;
        let mut all = Vec::new();
        for (receiver, potential) in equilibria {
            if *dim.get_or_insert(receiver.len()) != receiver.len() {
                return None;
            }
            let receiver = match receiver {
                [x] => [*x, 0.0],
                [_, _] => pair(receiver),
                _ => return None,
            };
            all.push(EquilibriumPoint {
                receiver,
                potential,
                count: 1,
            });
        }
        let total = all.len();
        all.sort_by(|p, q| {
            let [a, b] = [p, q].map(|e| e.receiver);
            let order = p.potential.total_cmp(&q.potential);
            order
                .then(a[0].total_cmp(&b[0]))
                .then(a[1].total_cmp(&b[1]))
        });
        all.dedup_by(|next, kept| {
            let same = next.receiver == kept.receiver && next.potential == kept.potential;
            kept.count += if same { next.count } else { 0 };
            same
        });
        let hidden = all.len().saturating_sub(MOST_POINTS);
        all.truncate(MOST_POINTS);
        Some(Self {
            title: title.map(str::to_owned),
            dim: dim?,
            points: all,
            total,
            complete,
            hidden,
        })
    }

    /// Where an outcome stands in the frame's units.
    fn place(&self, point: &EquilibriumPoint) -> Point {
        if self.dim == 1 {
            [point.receiver[0], point.potential]
        } else {
            point.receiver
        }
    }

    /// What is not drawn.
    fn left_out(&self) -> Option<String> {
        let more = count(self.hidden);
        (self.hidden > 0).then(|| format!("{more} outcomes of higher potential are not shown."))
    }

    /// The frame and the names of its axes.
    fn frame(&self, canvas: &mut Canvas, top: f64) -> (Frame, [&'static str; 2]) {
        let places: Vec<Point> = self.points.iter().map(|p| self.place(p)).collect();
        if self.dim == 2 {
            let names = ["receiver, coordinate 0", "receiver, coordinate 1"];
            return (equal_frame(canvas, places.into_iter(), top, true), names);
        }
        let y = Scale::around(places.iter().map(|p| p[1]), 0.12);
        let h = 0.5 * canvas.width;
        let x = Scale::around(places.iter().map(|p| p[0]), 0.08);
        (wide_frame(canvas, top, h, x, y), ["receiver", "potential"])
    }
}

impl Figure for EquilibriaFigure {
    fn kind(&self) -> Kind {
        Kind::Equilibria
    }

    fn caption(&self) -> String {
        let all = if self.complete {
            format!("all {} pure equilibria", count(self.total))
        } else {
            format!("the first {} pure equilibria", count(self.total))
        };
        let which = match self.dim {
            1 => "and the potential there",
            _ => "and which of these outcomes has the least potential",
        };
        let least = self.points.first().map_or_else(String::new, |p| {
            format!(" The least potential is {}.", number(p.potential, 4))
        });
        let hidden = remark(self.left_out().as_deref());
        let shared = if self.points.iter().any(|p| p.count > 1) {
            "; the area of a dot says how many share an outcome"
        } else {
            ""
        };
        format!("Where the receiver lands at {all}, {which}{shared}.{least}{hidden}")
    }

    fn draw(&self, style: &Style) -> Drawing {
        let mut canvas = Canvas::new(style);
        let mut top = 10.0;
        top += title_of(&mut canvas, self.title.as_deref(), top);
        let (frame, [x, y]) = self.frame(&mut canvas, top);
        frame.grid(&mut canvas, true, true);
        let most = self.points.iter().map(|p| p.count).max().unwrap_or(1);
        let few = self.points.len() <= 200;
        let (least, greatest) = if few { (3.2, 9.0) } else { (1.6, 5.0) };
        for point in self.points.iter().rev() {
            let share = point.count as f64 / most as f64;
            let size = if most > 1 {
                (greatest * share.sqrt()).max(least)
            } else {
                1.4 * least
            };
            let at = frame.at(self.place(point));
            let shared = match point.count {
                1 => String::new(),
                many => format!(", of {} equilibria", count(many)),
            };
            let place = place_of(&point.receiver[..self.dim]);
            let words = format!(
                "receiver {place}, potential {}{shared}",
                number(point.potential, 4)
            );
            canvas.told(&words, |c| c.mark(Mark::Dot, at, size, Ink::Series(0)));
        }
        if let Some(best) = self.points.first() {
            canvas.mark(Mark::Star, frame.at(self.place(best)), 6.5, Ink::Series(1));
        }
        canvas.notes.extend(self.left_out());
        frame.x_axis(&mut canvas, Some(&Rich::plain(x)));
        frame.y_axis(&mut canvas, Some(&Rich::plain(y)));
        let mut legend = Legend::default();
        let equal = if most > 1 {
            "outcome (area: of how many equilibria)"
        } else {
            "equilibrium"
        };
        legend.add(Key::Mark(Mark::Dot, Ink::Series(0)), equal);
        legend.add(Key::Mark(Mark::Star, Ink::Series(1)), "least potential");
        let page = Page {
            legend: &legend,
            below: frame.area.bottom() + Frame::foot(true) + 6.0,
            title: self.title.as_deref(),
            otherwise: "All pure equilibria",
            caption: &self.caption(),
        };
        page.finish(canvas)
    }
}
