//! A slice of the potential: two numbers vary, everything else stays at equilibrium; the equilibrium lies at the
//! bottom of the bowl (arXiv:2502.01127, Theorem 1 and Proposition 2).

use big_game::Game;
use big_game::action_space::ConvexSet;
use big_game::dynamics::Step;
use big_game::equilibrium::Equilibrium;
use big_game::potential::receiver;
use big_game::profile::Profile;
use big_game::spec::Loss;

use super::common::{Page, title_of};
use super::planar::frame_over;
use super::{Figure, Kind};
use crate::draw::axes::{Frame, range};
use crate::draw::canvas::{Canvas, Fill, Mark, Pen, Point, path};
use crate::draw::contours::{Grid, bands};
use crate::draw::legend::{Key, Legend};
use crate::draw::place::beside;
use crate::draw::{Drawing, Ink, Rich, Style, number};

/// Points along each side of the grid.
const GRID: usize = 72;
/// Level lines.
const LEVELS: usize = 9;

/// One coordinate of one influencer's action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable {
    /// The influencer's index.
    pub influencer: usize,
    /// The coordinate of its action.
    pub coordinate: usize,
}

/// The potential over two coordinates of the profile.
#[derive(Clone, Debug, PartialEq)]
pub struct PotentialFigure {
    /// The game's name.
    pub title: Option<String>,
    /// The names of the two axes.
    pub axes: [String; 2],
    /// `Φ` above its minimum.
    pub grid: Grid,
    /// Where the two coordinates may be while the others stay.
    pub feasible: Vec<[f64; 2]>,
    /// The equilibrium.
    pub equilibrium: [f64; 2],
    /// Best-response dynamics, from its start on; may be empty.
    pub path: Vec<[f64; 2]>,
}

impl PotentialFigure {
    /// The slice through the equilibrium along two coordinates. `run` is a run of best-response dynamics: where it
    /// started and its moves; it lies in the slice only where nothing else varies (two influencers on a line).
    /// `None` when the two variables are one, or are not there.
    pub fn new(
        game: &Game,
        name: Option<&str>,
        equilibrium: &Equilibrium,
        variables: [Variable; 2],
        run: Option<(&Profile, &[Step])>,
    ) -> Option<Self> {
        let [u, v] = variables;
        let exists = |v: Variable| {
            v.influencer < game.influencers() && v.coordinate < game.space(v.influencer).dim()
        };
        if u == v || !exists(u) || !exists(v) {
            return None;
        }
        let centre = &equilibrium.actions;
        let here = [
            centre.action(u.influencer)[u.coordinate],
            centre.action(v.influencer)[v.coordinate],
        ];
        let feasible = feasible(game, centre, u, v);
        let path = run.map_or_else(Vec::new, |(start, steps)| trace(start, steps, u, v));
        let points = || feasible.iter().chain(&path);
        let ends = |axis: usize| {
            let (lo, hi) = range(points().map(|p| p[axis]).chain([here[axis]]));
            let pad = 0.12 * (hi - lo).max(1e-9);
            (lo - pad, hi + pad)
        };
        // Φ changes with the receiver and with the two pulls only.
        let r = receiver(game, centre);
        let columns = [u, v].map(|w| {
            let mut unit = vec![0.0; game.space(w.influencer).dim()];
            unit[w.coordinate] = 1.0;
            let mut column = vec![0.0; game.dim()];
            game.weight(w.influencer).add_image(&unit, &mut column);
            let wish: f64 = column
                .iter()
                .zip(game.own_target(w.influencer))
                .map(|(a, b)| a * b)
                .sum();
            (column, wish)
        });
        let [(first, wish_u), (second, wish_v)] = &columns;
        let above = |a: f64, b: f64| {
            let (da, db) = (a - here[0], b - here[1]);
            let pulled = da * wish_u + db * wish_v;
            let moved = r.iter().zip(first).zip(second).map(|((r, f), s)| {
                let change = da * f + db * s;
                (2.0 * r + change) * change
            });
            match game.loss() {
                Loss::SquaredEuclidean => moved.sum::<f64>() - 2.0 * pulled,
                Loss::InnerProduct => -pulled,
            }
        };
        let label = |w: Variable| {
            let who = game.name(w.influencer);
            if game.space(w.influencer).dim() == 1 {
                format!("action of {who}")
            } else {
                format!("action of {who}, coordinate {}", w.coordinate)
            }
        };
        Some(Self {
            title: name.map(str::to_owned),
            axes: [label(u), label(v)],
            grid: Grid::of(ends(0), ends(1), GRID, GRID, above),
            feasible,
            equilibrium: here,
            path,
        })
    }
}

/// The two coordinates along a run.
fn trace(start: &Profile, steps: &[Step], u: Variable, v: Variable) -> Vec<Point> {
    let mut at = [
        start.action(u.influencer)[u.coordinate],
        start.action(v.influencer)[v.coordinate],
    ];
    let mut path = vec![at];
    for step in steps.iter().filter(|step| !step.action.is_empty()) {
        for (axis, w) in [u, v].into_iter().enumerate() {
            if step.influencer == Some(w.influencer) {
                at[axis] = step.action[w.coordinate];
            }
        }
        if path.last() != Some(&at) {
            path.push(at);
        }
    }
    path
}

/// Where the two coordinates may be while all others stay: a rectangle for two influencers; for one, the slice of
/// its set, found along rays by halving.
fn feasible(game: &Game, centre: &Profile, u: Variable, v: Variable) -> Vec<Point> {
    let reach = |i: usize, direction: &[(usize, f64)]| -> f64 {
        let (lower, upper) = game.space(i).bounding_box();
        let size: f64 = lower.iter().zip(&upper).map(|(l, h)| h - l).sum();
        let x = centre.action(i);
        let inside = |t: f64| {
            let mut p = x.to_vec();
            direction.iter().for_each(|(k, d)| p[*k] += t * d);
            game.space(i).contains(&p, 1e-9 * size)
        };
        let (mut near, mut far) = (0.0, size);
        for _ in 0..50 {
            let middle = 0.5 * (near + far);
            if inside(middle) {
                near = middle;
            } else {
                far = middle;
            }
        }
        near
    };
    let at = |w: Variable| centre.action(w.influencer)[w.coordinate];
    if u.influencer == v.influencer {
        let i = u.influencer;
        return (0..120)
            .map(|k| {
                let angle = std::f64::consts::TAU * f64::from(k) / 120.0;
                let (s, c) = angle.sin_cos();
                let t = reach(i, &[(u.coordinate, c), (v.coordinate, s)]);
                [at(u) + t * c, at(v) + t * s]
            })
            .collect();
    }
    let interval = |w: Variable| {
        let up = reach(w.influencer, &[(w.coordinate, 1.0)]);
        let down = reach(w.influencer, &[(w.coordinate, -1.0)]);
        (at(w) - down, at(w) + up)
    };
    let ((a, b), (c, d)) = (interval(u), interval(v));
    vec![[a, c], [b, c], [b, d], [a, d]]
}

impl Figure for PotentialFigure {
    fn kind(&self) -> Kind {
        Kind::Potential
    }

    fn caption(&self) -> String {
        let path = if self.path.is_empty() {
            ""
        } else {
            " The line with dots is best-response dynamics: every move goes as far down as its direction allows."
        };
        format!(
            "The potential in a slice through the equilibrium, darker where it is lower; the frame is the set of possible \
             actions. Equilibria are its lowest points within the frame.{path}"
        )
    }

    fn draw(&self, style: &Style) -> Drawing {
        let mut canvas = Canvas::new(style);
        let mut top = 10.0;
        top += title_of(&mut canvas, self.title.as_deref(), top);
        let frame = frame_over(&mut canvas, self.grid.x, self.grid.y, top, true);
        canvas.clipped(frame.area, |canvas| {
            bands(canvas, &frame, &self.grid, &self.grid.levels(LEVELS), false);
        });
        let set: Vec<Point> = self.feasible.iter().map(|&p| frame.at(p)).collect();
        // What is not possible pales.
        let (a, b) = (frame.area, [frame.area.right(), frame.area.bottom()]);
        let around = [[a.x, a.y], [b[0], a.y], b, [a.x, b[1]]];
        let outside = path(&around, true) + &path(&set, true);
        canvas.path(&outside, Some(Fill::new(Ink::Paper).faint(0.6)), None);
        canvas.polygon(&set, None, Some(Pen::new(Ink::Text, 1.6)));
        let way: Vec<Point> = self.path.iter().map(|&p| frame.at(p)).collect();
        canvas.polyline(&way, Pen::new(Ink::Series(1), 2.0));
        let told =
            |what: &str, [x, y]: [f64; 2]| format!("{what}: ({}, {})", number(x, 4), number(y, 4));
        for (k, (&p, v)) in way.iter().zip(&self.path).take(300).enumerate() {
            let words = told(&format!("after best response {k}"), *v);
            canvas.told(&words, |c| c.mark(Mark::Dot, p, 3.8, Ink::Series(1)));
        }
        let at = frame.at(self.equilibrium);
        canvas.told(&told("equilibrium", self.equilibrium), |c| {
            c.mark(Mark::Star, at, 7.5, Ink::Text);
        });
        let label = Rich::plain("equilibrium");
        beside(
            &mut canvas,
            &label,
            at,
            11.0,
            frame.area,
            13.0,
            Ink::Text,
            true,
        );
        if let Some(&start) = way.first() {
            beside(
                &mut canvas,
                &Rich::plain("start"),
                start,
                8.0,
                frame.area,
                13.0,
                Ink::Series(1),
                true,
            );
        }
        let [x, y] = self.axes.clone().map(|name| Rich::plain(&name));
        let (x, y) = (
            canvas.shorten(&x, 14.0, frame.area.w),
            canvas.shorten(&y, 14.0, frame.area.h),
        );
        frame.x_axis(&mut canvas, Some(&x));
        frame.y_axis(&mut canvas, Some(&y));
        let mut legend = Legend::default();
        legend.add(Key::Line(Pen::new(Ink::Text, 1.6)), "possible actions");
        legend.add(
            Key::Line(Pen::new(Ink::Band, 1.0).faint(0.6)),
            "equal potential",
        );
        if !way.is_empty() {
            legend.add(Key::Line(Pen::new(Ink::Series(1), 2.0)), "best responses");
        }
        let page = Page {
            legend: &legend,
            below: frame.area.bottom() + Frame::foot(true) + 6.0,
            title: self.title.as_deref(),
            otherwise: "The potential",
            caption: &self.caption(),
        };
        page.finish(canvas)
    }
}
