//! The inner-product game in the plane: targets as directions, dominant points and edges (arXiv:2502.01127,
//! Figure 4).

use big_game::Game;
use big_game::action_space::ConvexSet;
use big_game::equilibrium::Equilibrium;

use super::common::{Page, outline, stride, title_of};
use super::planar::{draw_freedom, draw_set, equal_frame, freedom, pair};
use super::{Figure, Kind};
use crate::draw::axes::{Frame, SMALL, range};
use crate::draw::canvas::{Canvas, Mark, Pen, Point};
use crate::draw::legend::{Key, Legend};
use crate::draw::number::point;
use crate::draw::place::{beside, reserve_line};
use crate::draw::{Drawing, Ink, Rich, SERIES, Style, count, number};

/// The most influencers that are shown.
const MOST: usize = 200;
/// Up to this many influencers get their names.
const NAMES: usize = 20;

/// An inner-product game with two-dimensional actions and receiver.
#[derive(Clone, Debug, PartialEq)]
pub struct DirectionsFigure {
    /// The game's name.
    pub title: Option<String>,
    /// The distinct sets of actions, as polygons.
    pub sets: Vec<Vec<[f64; 2]>>,
    /// The influencers; of very many, evenly chosen ones.
    pub influencers: Vec<Direction>,
    /// Where the receiver lands.
    pub receiver: [f64; 2],
    /// How many influencers are not shown.
    pub hidden: usize,
}

/// One influencer of a [`DirectionsFigure`].
#[derive(Clone, Debug, PartialEq)]
pub struct Direction {
    /// Its name.
    pub name: String,
    /// `t_i`.
    pub target: [f64; 2],
    /// `W_iᵀ t_i`: where the influencer drives its action, whatever the others do.
    pub pull: [f64; 2],
    /// The corners of all dominant actions (eq. 17): a point, an edge's ends, or the whole set.
    pub dominant: Vec<[f64; 2]>,
    /// The centre of its set's bounding box, from where the direction is drawn.
    pub from: [f64; 2],
}

impl DirectionsFigure {
    /// The figure of a solved inner-product game; `None` unless the receiver and all actions have two coordinates.
    pub fn new(game: &Game, name: Option<&str>, equilibrium: &Equilibrium) -> Option<Self> {
        if game.dim() != 2 || game.spaces().iter().any(|s| s.dim() != 2) {
            return None;
        }
        let n = game.influencers();
        let sets: Vec<Vec<Point>> = game.spaces().iter().map(outline).collect();
        let influencers: Vec<Direction> = (0..n)
            .step_by(stride(n, MOST))
            .map(|i| {
                let mut pull = [0.0; 2];
                game.weight(i).pull_back(game.target(i), &mut pull);
                let (lower, upper) = game.space(i).bounding_box();
                Direction {
                    name: game.name(i).into_owned(),
                    target: pair(game.target(i)),
                    pull,
                    dominant: freedom(game, equilibrium, i, &sets[game.space_index(i)], None),
                    from: [0.5 * (lower[0] + upper[0]), 0.5 * (lower[1] + upper[1])],
                }
            })
            .collect();
        Some(Self {
            title: name.map(str::to_owned),
            hidden: n - influencers.len(),
            sets,
            influencers,
            receiver: pair(&equilibrium.receiver),
        })
    }

    fn ink(&self, i: usize) -> Ink {
        if self.influencers.len() <= SERIES {
            Ink::Series(i as u8)
        } else {
            Ink::Series(0)
        }
    }

    /// The head of an influencer's arrow: all arrows scaled alike, the longest well within the sets.
    fn head(&self, who: &Direction) -> Point {
        let size = |v: Point| v[0].hypot(v[1]);
        let longest = self
            .influencers
            .iter()
            .map(|i| size(i.target))
            .fold(0.0, f64::max);
        let extent = |axis: usize| {
            let (lo, hi) = range(self.sets.iter().flatten().map(|p| p[axis]));
            hi - lo
        };
        let length = 0.36 * extent(0).max(extent(1));
        let factor = if longest > 0.0 { length / longest } else { 0.0 };
        [
            who.from[0] + factor * who.target[0],
            who.from[1] + factor * who.target[1],
        ]
    }
}

/// Does the influencer drive its action away from its target?
fn flipped(who: &Direction) -> bool {
    who.pull[0] * who.target[0] + who.pull[1] * who.target[1] < 0.0
}

impl Figure for DirectionsFigure {
    fn kind(&self) -> Kind {
        Kind::Game
    }

    fn caption(&self) -> String {
        let [x, y] = self.receiver.map(|v| number(v, 4));
        let mut text = format!(
            "Arrows are the directions of the influencers' targets; dots and thick edges are their dominant actions, best \
             whatever the others do. The receiver (star) lands at ({x}, {y})."
        );
        if self.influencers.iter().any(flipped) {
            text.push_str(" Dashed arrows belong to negative weights, which drive the action away from the target.");
        }
        if self.hidden > 0 {
            text.push_str(&format!(
                " {} influencers, evenly chosen, are shown.",
                self.influencers.len()
            ));
        }
        text
    }

    fn draw(&self, style: &Style) -> Drawing {
        let mut canvas = Canvas::new(style);
        let mut top = 10.0;
        top += title_of(&mut canvas, self.title.as_deref(), top);
        let sets = self.sets.iter().flatten().copied();
        let heads = self.influencers.iter().map(|i| self.head(i));
        let frame = equal_frame(
            &mut canvas,
            sets.chain(heads).chain([self.receiver]),
            top,
            false,
        );
        frame.grid(&mut canvas, true, true);
        for set in &self.sets {
            draw_set(&mut canvas, &frame, set);
        }
        for (i, who) in self.influencers.iter().enumerate() {
            draw_freedom(&mut canvas, &frame, &who.dominant, self.ink(i));
        }
        for (i, who) in self.influencers.iter().enumerate() {
            let (from, to) = (frame.at(who.from), frame.at(self.head(who)));
            let dash = if flipped(who) { "5 3" } else { "" };
            let many = self.influencers.len() > NAMES;
            let pen = Pen::new(self.ink(i), if many { 0.8 } else { 2.0 });
            canvas.arrow(
                from,
                to,
                pen.dashed(dash).faint(if many { 0.4 } else { 1.0 }),
            );
            reserve_line(&mut canvas, from, to);
        }
        for (i, who) in self.influencers.iter().enumerate() {
            let ends = if who.dominant.len() <= 2 {
                who.dominant.as_slice()
            } else {
                &[]
            };
            for &corner in ends {
                let words = format!("{}: {}", who.name, point(&corner));
                let at = frame.at(corner);
                canvas.told(&words, |c| c.mark(Mark::Dot, at, 5.2, self.ink(i)));
            }
        }
        let star = frame.at(self.receiver);
        canvas.mark(Mark::Star, star, 7.0, Ink::Text);
        beside(
            &mut canvas,
            &Rich::markup("$r$"),
            star,
            10.0,
            frame.area,
            15.0,
            Ink::Text,
            true,
        );
        if self.influencers.len() <= NAMES {
            for who in &self.influencers {
                let label =
                    canvas.shorten(&Rich::plain(&who.name), SMALL + 1.0, 0.34 * frame.area.w);
                let head = frame.at(self.head(who));
                beside(
                    &mut canvas,
                    &label,
                    head,
                    6.0,
                    frame.area,
                    SMALL + 1.0,
                    Ink::Text,
                    true,
                );
            }
        }
        if self.influencers.len() > NAMES {
            canvas.note("Names are not written among so many.");
        }
        if self.hidden > 0 {
            canvas.note(format!(
                "{} influencers are drawn, evenly chosen; {} are not.",
                count(self.influencers.len()),
                count(self.hidden)
            ));
        }
        frame.x_axis(&mut canvas, None);
        frame.y_axis(&mut canvas, None);
        let page = Page {
            legend: &self.legend(),
            below: frame.area.bottom() + Frame::foot(false) + 8.0,
            title: self.title.as_deref(),
            otherwise: "Dominant actions",
            caption: &self.caption(),
        };
        page.finish(canvas)
    }
}

impl DirectionsFigure {
    fn legend(&self) -> Legend {
        let ink = if self.influencers.len() <= SERIES {
            Ink::Muted
        } else {
            Ink::Series(0)
        };
        let mut legend = Legend::default();
        legend.add(Key::Arrow(Pen::new(ink, 2.0)), "direction of the target");
        if self.influencers.iter().any(flipped) {
            legend.add(
                Key::Arrow(Pen::new(ink, 2.0).dashed("5 3")),
                "the same, negative weight",
            );
        }
        legend.add(Key::Mark(Mark::Dot, ink), "dominant action");
        if self.influencers.iter().any(|i| i.dominant.len() > 1) {
            legend.add(Key::Line(Pen::new(ink, 7.0).faint(0.55)), "dominant face");
        }
        legend.add(Key::Mark(Mark::Star, Ink::Text), "receiver");
        legend
    }
}
