//! A game in the plane: the set of actions, targets, actions, all equilibria, the receiver (arXiv:2502.01127,
//! Figure 3).

use big_game::Game;
use big_game::action_space::ConvexSet;
use big_game::dynamics::Step;
use big_game::equilibrium::{Assessment, Equilibrium};
use big_game::potential::receiver;
use big_game::profile::Profile;

use super::common::{Page, clip, draw_target, hull, outline, shown_range, stride, title_of};
use super::{Figure, Kind};
use crate::draw::Area;
use crate::draw::axes::{Frame, SMALL, Scale, range};
use crate::draw::canvas::{Canvas, Fill, Mark, Pen, Point};
use crate::draw::legend::{Key, Legend};
use crate::draw::place::{beside, reserve_line};
use crate::draw::{Drawing, Ink, Rich, SERIES, Style, number};

/// Up to this many influencers get arrows; of more, targets and actions are clouds.
const ARROWS: usize = 60;
/// Up to this many influencers get their names.
const NAMES: usize = 25;
/// Up to this many distinct actions are dots whose area counts; more are a cloud too.
const BUBBLES: usize = 200;
/// The most points of a cloud.
const CLOUD: usize = 20_000;

/// A game with two-dimensional actions and receiver.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaneFigure {
    /// The game's name.
    pub title: Option<String>,
    /// The distinct sets of actions, as polygons (of round sets, many corners).
    pub sets: Vec<Vec<[f64; 2]>>,
    /// Of a finite game, its actions where they are few enough to be drawn; the sets are their hulls.
    pub possible: Vec<[f64; 2]>,
    /// The influencers; of very many, evenly chosen ones.
    pub influencers: Vec<PlaneInfluencer>,
    /// `r*`.
    pub receiver: [f64; 2],
    /// Where the receiver lands when everybody is truthful.
    pub truthful_receiver: [f64; 2],
    /// `b`.
    pub background: [f64; 2],
    /// The receiver's way during best-response dynamics; may be empty.
    pub path: Vec<[f64; 2]>,
    /// How many influencers are not shown.
    pub hidden: usize,
}

/// One influencer of a [`PlaneFigure`].
#[derive(Clone, Debug, PartialEq)]
pub struct PlaneInfluencer {
    /// Its name.
    pub name: String,
    /// `t_i`.
    pub target: [f64; 2],
    /// `proj_X(t_i)`.
    pub truthful: [f64; 2],
    /// `x_i`.
    pub action: [f64; 2],
    /// The corners of all its equilibrium actions: one point, a segment's ends, or a polygon (of a region whose
    /// corners were not given, the smallest polygon known to hold it).
    pub freedom: Vec<[f64; 2]>,
    /// Its actions during best-response dynamics, in the order of its moves; empty without a run, and among many.
    pub path: Vec<[f64; 2]>,
    /// Is `t_i = r*`?
    pub winner: bool,
}

impl PlaneFigure {
    /// The figure of a solved game; `None` unless the receiver and all actions have two coordinates. `vertices`
    /// are corners of the set of equilibria where they are known; `steps` a run of best-response dynamics, drawn
    /// as the receiver's path. O(n).
    pub fn new(
        game: &Game,
        name: Option<&str>,
        equilibrium: &Equilibrium,
        assessment: &Assessment,
        vertices: Option<&[Profile]>,
        steps: &[Step],
    ) -> Option<Self> {
        if game.dim() != 2 || game.spaces().iter().any(|s| s.dim() != 2) {
            return None;
        }
        let n = game.influencers();
        let every = stride(n, CLOUD);
        let sets: Vec<Vec<Point>> = game.spaces().iter().map(outline).collect();
        let influencers: Vec<PlaneInfluencer> = (0..n)
            .step_by(every)
            .map(|i| PlaneInfluencer {
                name: game.name(i).into_owned(),
                target: pair(game.own_target(i)),
                truthful: pair(assessment.truthful.action(i)),
                action: pair(equilibrium.actions.action(i)),
                freedom: freedom(game, equilibrium, i, &sets[game.space_index(i)], vertices),
                path: if n <= SERIES {
                    actions_of(i, steps)
                } else {
                    Vec::new()
                },
                winner: equilibrium.winners.binary_search(&i).is_ok(),
            })
            .collect();
        let truthful = pair(&receiver(game, &assessment.truthful));
        Some(Self {
            title: name.map(str::to_owned),
            hidden: n - influencers.len(),
            sets,
            possible: Vec::new(),
            influencers,
            receiver: pair(&equilibrium.receiver),
            truthful_receiver: truthful,
            background: pair(game.bias()),
            path: steps.iter().map(|step| pair(&step.receiver)).collect(),
        })
    }

    /// The corners of what is shown.
    fn corners(&self) -> [Point; 2] {
        let ends = |axis: usize| {
            let people = self.influencers.iter().map(|i| i.action[axis]);
            let sets = self.sets.iter().flatten().map(|p| p[axis]);
            let path = self.path.iter().map(|p| p[axis]);
            let others = [self.receiver, self.background, self.truthful_receiver];
            let must = people
                .chain(sets)
                .chain(path)
                .chain(others.map(|p| p[axis]));
            shown_range(must, self.influencers.iter().map(|i| i.target[axis]))
        };
        let (x, y) = (ends(0), ends(1));
        [[x.0, y.0], [x.1, y.1]]
    }

    /// Are there targets beyond what is shown?
    fn far(&self) -> bool {
        let [low, high] = self.corners();
        let beyond =
            |i: &PlaneInfluencer| (0..2).any(|k| i.target[k] < low[k] || i.target[k] > high[k]);
        self.influencers.iter().any(beyond)
    }

    fn is_cloud(&self) -> bool {
        self.influencers.len() > ARROWS
    }

    /// The colour of an influencer: its own among few, that of its role among many.
    fn ink(&self, i: usize, role: u8) -> Ink {
        if self.influencers.len() <= SERIES {
            Ink::Series(i as u8)
        } else {
            Ink::Series(role)
        }
    }
}

/// An influencer's actions during a run; in simultaneous play, which does not name them, none.
fn actions_of(i: usize, steps: &[Step]) -> Vec<Point> {
    let own = steps.iter().filter(|step| step.influencer == Some(i));
    own.map(|step| pair(&step.action)).collect()
}

pub(crate) fn pair(v: &[f64]) -> Point {
    [v[0], v[1]]
}

/// The corners of all equilibrium actions of influencer `i`.
pub(crate) fn freedom(
    game: &Game,
    equilibrium: &Equilibrium,
    i: usize,
    set: &[Point],
    vertices: Option<&[Profile]>,
) -> Vec<Point> {
    let (lower, upper) = equilibrium.action_range(i);
    let (lower, upper) = (pair(lower), pair(upper));
    if lower == upper {
        return vec![lower];
    }
    if let Some(vertices) = vertices.filter(|v| !v.is_empty()) {
        return hull(vertices.iter().map(|p| pair(p.action(i))).collect());
    }
    if lower[0] == upper[0] || lower[1] == upper[1] {
        return vec![lower, upper];
    }
    // A slanted edge: that diagonal of the box of ranges that runs along the boundary of the set.
    let tolerance = 1e-9 * (upper[0] - lower[0]).hypot(upper[1] - lower[1]);
    let along = |a: Point, b: Point| {
        (0..=4).all(|k| {
            let t = f64::from(k) / 4.0;
            let p = [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])];
            game.space(i).on_boundary(&p, tolerance)
        })
    };
    for (a, b) in [(lower, upper), ([lower[0], upper[1]], [upper[0], lower[1]])] {
        if along(a, b) {
            return vec![a, b];
        }
    }
    clip(set, lower, upper)
}

/// A frame with equal units on both axes around the points, as wide as the page; `named` axes need more room.
pub(crate) fn equal_frame(
    canvas: &mut Canvas,
    points: impl Iterator<Item = Point>,
    top: f64,
    named: bool,
) -> Frame {
    let (xs, ys): (Vec<f64>, Vec<f64>) = points.map(|p| (p[0], p[1])).unzip();
    let (mut x, mut y) = (range(xs), range(ys));
    let pad = 0.07 * (x.1 - x.0).max(y.1 - y.0).max(1e-300);
    x = (x.0 - pad, x.1 + pad);
    y = (y.0 - pad, y.1 + pad);
    // Neither very flat nor very tall.
    let widen = |ends: (f64, f64), span: f64| {
        let more = 0.5 * (span - (ends.1 - ends.0)).max(0.0);
        (ends.0 - more, ends.1 + more)
    };
    y = widen(y, 0.5 * (x.1 - x.0));
    x = widen(x, (y.1 - y.0) / 0.95);
    frame_over(canvas, x, y, top, named)
}

/// A frame over exactly these ranges, as wide as the page, with equal units on both axes unless that would make
/// it very flat or very tall.
pub(crate) fn frame_over(
    canvas: &mut Canvas,
    x: (f64, f64),
    y: (f64, f64),
    top: f64,
    named: bool,
) -> Frame {
    let scales = (Scale::linear(x.0, x.1), Scale::linear(y.0, y.1));
    let shape = (y.1 - y.0) / (x.1 - x.0);
    let shape = if (0.45..=1.2).contains(&shape) {
        shape
    } else {
        0.8
    };
    // The labels are those of the height that there will be, which depends a little on their width.
    let room = canvas.width - 22.0;
    let mut gutter = |w: f64| Frame::left_gutter(canvas, &scales.1, w * shape, named);
    let widest = gutter(room);
    let left = widest.max(gutter(room - widest)) + 6.0;
    let w = canvas.width - left - 16.0;
    let area = Area {
        x: left,
        y: top,
        w,
        h: w * shape,
    };
    Frame {
        area,
        x: scales.0,
        y: scales.1,
    }
}

impl Figure for PlaneFigure {
    fn kind(&self) -> Kind {
        Kind::Game
    }

    fn caption(&self) -> String {
        let [x, y] = self.receiver.map(|v| number(v, 4));
        let mut text = if self.is_cloud() {
            "What the influencers want and what they play at equilibrium.".to_owned()
        } else {
            "Arrows lead from what each influencer would say truthfully to what it plays at equilibrium; diamonds are \
             targets."
                .to_owned()
        };
        text.push_str(&format!(" The receiver (star) lands at ({x}, {y})."));
        if !self.is_cloud() && self.influencers.iter().any(|i| i.freedom.len() > 1) {
            text.push_str(" Thick lines and tinted regions are all the actions that occur at some equilibrium.");
        }
        if !self.path.is_empty() {
            text.push_str(" Thin lines with small dots are the way of best-response dynamics.");
        }
        if self.far() {
            text.push_str(if self.is_cloud() {
                " Targets beyond the edge are not shown."
            } else {
                " Arrows at the edge point to targets beyond it."
            });
        }
        if self.hidden > 0 {
            text.push_str(&format!(
                " {} influencers are shown, evenly chosen; {} are not.",
                self.influencers.len(),
                self.hidden
            ));
        }
        text
    }

    fn draw(&self, style: &Style) -> Drawing {
        let mut canvas = Canvas::new(style.page(), style.theme);
        let mut top = 10.0;
        top += title_of(&mut canvas, self.title.as_deref(), top);
        let frame = equal_frame(&mut canvas, self.corners().into_iter(), top, false);
        frame.grid(&mut canvas, true, true);
        for set in &self.sets {
            draw_set(&mut canvas, &frame, set);
        }
        let possible: Vec<Point> = self.possible.iter().map(|&p| frame.at(p)).collect();
        canvas.cloud(&possible, 2.0, Fill::new(Ink::Muted).faint(0.6));
        for &p in &possible {
            reserve_line(&mut canvas, p, p);
        }
        if self.is_cloud() {
            self.clouds(&mut canvas, &frame);
        } else {
            self.people(&mut canvas, &frame);
        }
        let path: Vec<Point> = self.path.iter().map(|&p| frame.at(p)).collect();
        canvas.polyline(&path, Pen::new(Ink::Text, 1.1).faint(0.7));
        for pair in path.windows(2).take(60) {
            reserve_line(&mut canvas, pair[0], pair[1]);
        }
        for &p in path.iter().take(200) {
            canvas.swatch(Mark::Dot, p, 2.2, Ink::Text);
        }
        if self.background != self.receiver && self.background != [0.0, 0.0] {
            canvas.mark(Mark::Cross, frame.at(self.background), 5.0, Ink::Text);
        }
        if self.truthful_receiver != self.receiver {
            canvas.mark(Mark::Ring, frame.at(self.truthful_receiver), 5.0, Ink::Text);
        }
        let star = frame.at(self.receiver);
        canvas.mark(Mark::Star, star, 7.0, Ink::Text);
        beside(
            &mut canvas,
            &Rich::markup("$r^*$"),
            star,
            10.0,
            frame.area,
            15.0,
            Ink::Text,
            true,
        );
        self.names(&mut canvas, &frame);
        frame.x_axis(&mut canvas, None);
        frame.y_axis(&mut canvas, None);
        let page = Page {
            legend: &self.legend(),
            below: frame.area.bottom() + Frame::foot(false) + 8.0,
            title: self.title.as_deref(),
            otherwise: "A game in the plane",
            caption: &self.caption(),
        };
        page.finish(canvas)
    }
}

/// A point, moved into the frame, at least `inset` from its edge.
fn within(frame: &Frame, p: Point, inset: f64) -> Point {
    let ([x, y], area) = (frame.at(p), frame.area.grown(-inset));
    [
        x.clamp(area.x, area.right()),
        y.clamp(area.y, area.bottom()),
    ]
}

/// The set of actions.
pub(crate) fn draw_set(canvas: &mut Canvas, frame: &Frame, set: &[Point]) {
    let points: Vec<Point> = set.iter().map(|&p| frame.at(p)).collect();
    let fill = Fill::new(Ink::Muted).faint(0.1);
    canvas.polygon(&points, Some(fill), Some(Pen::new(Ink::Muted, 1.4)));
}

/// The actions that occur at some equilibrium.
pub(crate) fn draw_freedom(canvas: &mut Canvas, frame: &Frame, corners: &[Point], ink: Ink) {
    let points: Vec<Point> = corners.iter().map(|&p| frame.at(p)).collect();
    match points.as_slice() {
        [] | [_] => {}
        [a, b] => {
            canvas.polyline(&[*a, *b], Pen::new(ink, 7.0).faint(0.55));
            reserve_line(canvas, *a, *b);
        }
        region => {
            let fill = Fill::new(ink).faint(0.22);
            canvas.polygon(region, Some(fill), Some(Pen::new(ink, 1.2)));
        }
    }
}

impl PlaneFigure {
    fn people(&self, canvas: &mut Canvas, frame: &Frame) {
        for (i, who) in self.influencers.iter().enumerate() {
            draw_freedom(canvas, frame, &who.freedom, self.ink(i, 0));
        }
        for (i, who) in self.influencers.iter().enumerate() {
            let (from, to) = (frame.at(who.truthful), frame.at(who.action));
            let target = within(frame, who.target, 0.0);
            if who.target != who.truthful {
                canvas.line(target, from, Pen::new(self.ink(i, 1), 1.1).dashed("2 3"));
                reserve_line(canvas, target, from);
            }
            let length = (to[0] - from[0]).hypot(to[1] - from[1]);
            if length > 8.0 {
                let share = 1.0 - 5.0 / length;
                let tip = [
                    from[0] + share * (to[0] - from[0]),
                    from[1] + share * (to[1] - from[1]),
                ];
                canvas.arrow(from, tip, Pen::new(self.ink(i, 0), 1.7).faint(0.85));
                reserve_line(canvas, from, tip);
            }
        }
        for (i, who) in self.influencers.iter().enumerate() {
            let way: Vec<Point> = who.path.iter().map(|&p| frame.at(p)).collect();
            canvas.polyline(&way, Pen::new(self.ink(i, 0), 1.0).faint(0.8));
            for &p in way.iter().take(200) {
                canvas.swatch(Mark::Dot, p, 2.4, self.ink(i, 0));
            }
            if who.target != who.truthful {
                let (at, played) = (frame.at(who.truthful), frame.at(who.action));
                // Around the dot where they are at one place.
                let near = (at[0] - played[0]).hypot(at[1] - played[1]) < 3.0;
                let size = if near { 8.0 } else { 4.4 };
                canvas.mark(Mark::Ring, at, size, self.ink(i, 1));
            }
            draw_target(canvas, frame, who.target, self.ink(i, 1));
        }
        for (i, who) in self.influencers.iter().enumerate() {
            canvas.mark(Mark::Dot, frame.at(who.action), 5.0, self.ink(i, 0));
        }
    }

    fn clouds(&self, canvas: &mut Canvas, frame: &Frame) {
        let n = self.influencers.len() as f64;
        let radius = (60.0 / n.sqrt()).clamp(0.7, 2.4);
        let opacity = (40.0 / n.sqrt()).clamp(0.25, 0.8);
        let targets: Vec<Point> = self
            .influencers
            .iter()
            .map(|i| frame.at(i.target))
            .filter(|p| {
                Area {
                    x: p[0],
                    y: p[1],
                    w: 1.0,
                    h: 1.0,
                }
                .overlap(&frame.area)
                    > 0.0
            })
            .collect();
        canvas.cloud(&targets, radius, Fill::new(Ink::Series(1)).faint(opacity));
        // Many meet at few corners: there, a dot's area says how many.
        let meetings = self.meetings();
        if meetings.len() > BUBBLES {
            let actions: Vec<Point> = meetings.iter().map(|(at, _)| frame.at(*at)).collect();
            let fill = Fill::new(Ink::Series(0)).faint(opacity);
            canvas.cloud(&actions, 1.3 * radius, fill);
            return;
        }
        for (at, met) in meetings {
            let share = met as f64 / n;
            let size = (radius * 1.3).max(15.0 * share.sqrt());
            canvas.mark(Mark::Dot, frame.at(at), size, Ink::Series(0));
        }
    }

    /// The distinct actions, and how many play each.
    fn meetings(&self) -> Vec<([f64; 2], usize)> {
        let mut actions: Vec<Point> = self.influencers.iter().map(|i| i.action).collect();
        actions.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
        let mut met: Vec<([f64; 2], usize)> = Vec::new();
        for action in actions {
            match met.last_mut() {
                Some((at, count)) if *at == action => *count += 1,
                _ => met.push((action, 1)),
            }
        }
        met
    }

    fn names(&self, canvas: &mut Canvas, frame: &Frame) {
        let winners = self.influencers.iter().filter(|i| i.winner).count();
        for who in &self.influencers {
            let few = self.influencers.len() <= NAMES;
            let alone = who.winner && winners <= 5;
            if !(few || alone) {
                continue;
            }
            let own = self.influencers.len() <= SERIES;
            let label = if who.winner {
                Rich::bold(&who.name)
            } else {
                Rich::plain(&who.name)
            };
            let label = canvas.shorten(&label, SMALL + 1.0, 0.34 * frame.area.w);
            // A name at the very edge would have room on one side only.
            let at = within(frame, who.target, 8.0);
            beside(
                canvas,
                &label,
                at,
                9.0,
                frame.area,
                SMALL + 1.0,
                Ink::Text,
                own || who.winner,
            );
        }
    }

    fn legend(&self) -> Legend {
        let own = self.influencers.len() <= SERIES;
        let (target, action) = if own {
            (Ink::Muted, Ink::Muted)
        } else {
            (Ink::Series(1), Ink::Series(0))
        };
        let mut legend = Legend::default();
        let (wish, play) = if self.is_cloud() {
            (Mark::Dot, Mark::Dot)
        } else {
            (Mark::Diamond, Mark::Dot)
        };
        legend.add(Key::Mark(wish, target), "target");
        if !self.is_cloud() && self.influencers.iter().any(|i| i.target != i.truthful) {
            legend.add(Key::Mark(Mark::Ring, target), "truthful");
        }
        let played = if self.is_cloud() && self.meetings().len() <= BUBBLES {
            "played (area: by how many)"
        } else {
            "played"
        };
        legend.add(Key::Mark(play, action), played);
        if !self.possible.is_empty() {
            legend.add(Key::Dot(Ink::Muted), "possible action");
        }
        if !self.is_cloud() && self.influencers.iter().any(|i| i.freedom.len() > 1) {
            legend.add(
                Key::Line(Pen::new(action, 7.0).faint(0.55)),
                "all equilibria",
            );
        }
        legend.add(Key::Mark(Mark::Star, Ink::Text), "receiver");
        if self.truthful_receiver != self.receiver {
            legend.add(
                Key::Mark(Mark::Ring, Ink::Text),
                "receiver if all were truthful",
            );
        }
        if self.background != self.receiver && self.background != [0.0, 0.0] {
            legend.add(Key::Mark(Mark::Cross, Ink::Text), "background");
        }
        if !self.path.is_empty() {
            legend.add(Key::Line(Pen::new(Ink::Text, 1.1)), "best-response path");
        }
        legend
    }
}
