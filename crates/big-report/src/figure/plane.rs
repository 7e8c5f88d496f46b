//! A game in the plane: the set of actions, targets, actions, all equilibria, the receiver (arXiv:2502.01127,
//! Figure 3).

use big_game::Game;
use big_game::action_space::ConvexSet;
use big_game::dynamics::Step;
use big_game::equilibrium::{Assessment, Equilibrium};
use big_game::potential::receiver;
use big_game::profile::Profile;
use big_game::weight::Weight;

use super::common::{Page, beyond, draw_target, outline, shown_range, stride, title_of};
use super::planar::{
    count_stacked, draw_freedom, draw_set, equal_frame, freedom, pair, stacked, within,
};
use super::{Figure, Kind, sentence};
use crate::draw::Area;
use crate::draw::axes::{Frame, SMALL};
use crate::draw::canvas::{Canvas, Fill, Mark, Pen, Point};
use crate::draw::legend::{Key, Legend};
use crate::draw::number::point;
use crate::draw::place::{beside, reserve_line};
use crate::draw::{Drawing, Ink, Rich, SERIES, Style, count, number};

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
    /// Is its weight a negative number?
    pub negative: bool,
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
                negative: matches!(game.weight(i), Weight::Scalar(w) if w < 0.0),
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
            let receivers = [self.receiver, self.truthful_receiver];
            let must = people
                .chain(sets)
                .chain(path)
                .chain(receivers.map(|p| p[axis]));
            // No background is one of 0, which may be far from everything.
            let background = Some(self.background[axis]).filter(|_| self.has_background());
            let targets = self.influencers.iter().map(|i| i.target[axis]);
            shown_range(must, targets.chain(background))
        };
        let (x, y) = (ends(0), ends(1));
        [[x.0, y.0], [x.1, y.1]]
    }

    /// How many targets are beyond what is shown?
    fn far(&self) -> usize {
        let [low, high] = self.corners();
        let beyond =
            |i: &&PlaneInfluencer| (0..2).any(|k| i.target[k] < low[k] || i.target[k] > high[k]);
        self.influencers.iter().filter(beyond).count()
    }

    fn has_background(&self) -> bool {
        self.background != [0.0, 0.0]
    }

    /// How many negative weights are there?
    fn negative(&self) -> usize {
        self.influencers.iter().filter(|i| i.negative).count()
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

/// What is at a point, in words.
fn placed(what: &str, at: Point) -> String {
    format!("{what} {}", point(&at))
}

/// An influencer's actions during a run; in simultaneous play, which does not name them, none.
fn actions_of(i: usize, steps: &[Step]) -> Vec<Point> {
    let own = steps.iter().filter(|step| step.influencer == Some(i));
    own.map(|step| pair(&step.action)).collect()
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
        if self.far() > 0 {
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
        let mut canvas = Canvas::new(style);
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
        if self.has_background() {
            self.background(&mut canvas, &frame);
        }
        if self.truthful_receiver != self.receiver {
            let at = frame.at(self.truthful_receiver);
            let words = placed("the receiver if all were truthful", self.truthful_receiver);
            canvas.told(&words, |c| c.mark(Mark::OpenStar, at, 5.6, Ink::Text));
        }
        let star = frame.at(self.receiver);
        let words = placed("the receiver", self.receiver);
        canvas.told(&words, |c| c.mark(Mark::Star, star, 7.0, Ink::Text));
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
        self.remarks(&mut canvas);
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
                let words = placed(&format!("{}, truthfully", who.name), who.truthful);
                canvas.told(&words, |c| c.mark(Mark::Ring, at, size, self.ink(i, 1)));
            }
        }
        // Of marks at one place the first ones are larger, so that rims of all colours are seen, and counted.
        let own = self.influencers.len() <= SERIES;
        let larger = |(held, before): (usize, usize), by: f64| {
            if own {
                by * (held - before - 1) as f64
            } else {
                0.0
            }
        };
        let inks = |role: u8| -> Vec<Ink> {
            (0..self.influencers.len())
                .map(|i| if own { Ink::Text } else { self.ink(i, role) })
                .collect()
        };
        let people = self.influencers.iter();
        let targets: Vec<Point> = people
            .clone()
            .map(|i| within(frame, i.target, 0.0))
            .collect();
        for ((i, who), stack) in people.enumerate().zip(stacked(&targets)) {
            let words = placed(&format!("{} wants", who.name), who.target);
            let size = 5.3 + larger(stack, 2.6);
            canvas.told(&words, |c| {
                draw_target(c, frame, who.target, size, self.ink(i, 1))
            });
        }
        // Negative weights last, that no other mark hides their sign.
        let (against, mut order): (Vec<usize>, Vec<usize>) =
            (0..self.influencers.len()).partition(|&i| self.influencers[i].negative);
        order.extend(against);
        let played = order.iter().map(|&i| frame.at(self.influencers[i].action));
        let actions: Vec<Point> = played.collect();
        for ((&i, &at), stack) in order.iter().zip(&actions).zip(stacked(&actions)) {
            let who = &self.influencers[i];
            let words = placed(&format!("{} plays", who.name), who.action);
            let size = 5.0 + larger(stack, 2.2);
            let mark = if who.negative { Mark::Minus } else { Mark::Dot };
            canvas.told(&words, |c| c.mark(mark, at, size, self.ink(i, 0)));
        }
        count_stacked(canvas, frame, &targets, &inks(1));
        count_stacked(canvas, frame, &actions, &inks(0));
    }

    fn background(&self, canvas: &mut Canvas, frame: &Frame) {
        let at = frame.at(self.background);
        let words = placed("the background", self.background);
        if within(frame, self.background, 0.0) != at {
            canvas.note(format!("{} is beyond the axes.", sentence(&words)));
        } else if self.background != self.receiver {
            canvas.told(&words, |c| c.mark(Mark::Cross, at, 5.0, Ink::Text));
        }
    }

    /// What the figure leaves out, and what it cannot show otherwise.
    fn remarks(&self, canvas: &mut Canvas) {
        if self.hidden > 0 {
            canvas.note(format!(
                "{} influencers are drawn, evenly chosen; {} are not.",
                count(self.influencers.len()),
                count(self.hidden)
            ));
        }
        if !self.is_cloud() {
            return;
        }
        let all = count(self.influencers.len());
        for (some, words) in [
            (self.far(), "targets are beyond the edge, and not drawn"),
            (self.negative(), "weights are below 0"),
        ] {
            if some > 0 {
                canvas.note(format!("{} of {all} {words}.", count(some)));
            }
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
            let words = placed(&format!("played by {}", count(met)), at);
            let at = frame.at(at);
            canvas.told(&words, |c| c.mark(Mark::Dot, at, size, Ink::Series(0)));
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
        let mut named = 0;
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
            named += usize::from(beside(
                canvas,
                &label,
                at,
                9.0,
                frame.area,
                SMALL + 1.0,
                Ink::Text,
                own || alone,
            ));
        }
        let all = self.influencers.len();
        if named < all {
            canvas.note(format!(
                "{} of {} names are written; there is no room for the others.",
                count(named),
                count(all)
            ));
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
        if !self.is_cloud() && self.far() > 0 {
            legend.add(beyond(target), "target beyond the edge");
        }
        legend.add(Key::Mark(play, action), played);
        if !self.is_cloud() && self.negative() > 0 {
            legend.add(Key::Mark(Mark::Minus, action), "weight below 0");
        }
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
                Key::Mark(Mark::OpenStar, Ink::Text),
                "receiver if all were truthful",
            );
        }
        if self.background != self.receiver && self.has_background() {
            legend.add(Key::Mark(Mark::Cross, Ink::Text), "background");
        }
        if !self.path.is_empty() {
            legend.add(Key::Line(Pen::new(Ink::Text, 1.1)), "best-response path");
        }
        legend
    }
}
