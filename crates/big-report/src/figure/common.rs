//! What several figures need: titles, who is shown, outlines of sets in the plane.

use big_game::action_space::{ActionSpace, ConvexSet};
use big_game::equilibrium::Assessment;
use big_game::weight::Weight;

use crate::draw::axes::{Frame, SMALL, Scale, range};
use crate::draw::canvas::{Anchor, Canvas, Mark, Pen, Point};
use crate::draw::legend::{Key, Legend};
use crate::draw::{Area, Drawing, Ink, Rich};

/// The size of titles.
const TITLE: f64 = 16.0;

/// Writes the title, shortened to the page, and returns the height that it takes.
pub(crate) fn title_of(canvas: &mut Canvas, title: Option<&str>, top: f64) -> f64 {
    let Some(title) = title.filter(|t| !t.trim().is_empty()) else {
        return 0.0;
    };
    let width = canvas.width;
    let title = canvas.shorten(&Rich::bold(title), TITLE, width - 24.0);
    canvas.text(
        &title,
        [12.0, top + 0.9 * TITLE],
        Anchor::Start,
        TITLE,
        Ink::Text,
    );
    TITLE + 12.0
}

/// What is written below a frame and said of a figure.
pub(crate) struct Page<'a> {
    pub(crate) legend: &'a Legend,
    /// Where the legend begins.
    pub(crate) below: f64,
    pub(crate) title: Option<&'a str>,
    /// The title for a screen reader where there is none.
    pub(crate) otherwise: &'a str,
    pub(crate) caption: &'a str,
}

impl Page<'_> {
    /// Draws the legend, cuts the page below it, and closes the document.
    pub(crate) fn finish(&self, mut canvas: Canvas) -> Drawing {
        let right = canvas.width - 8.0;
        let used = self.legend.draw(&mut canvas, 8.0, right, self.below);
        let used = used + notes(&mut canvas, self.below + used + 4.0);
        canvas.height = (self.below + used + 8.0).ceil();
        canvas.finish(self.title.unwrap_or(self.otherwise), self.caption)
    }
}

/// Writes what there is to note, in lines as wide as the page from `top` on; returns the height that they take.
fn notes(canvas: &mut Canvas, top: f64) -> f64 {
    let mut height = 0.0;
    let room = canvas.width - 24.0;
    for note in std::mem::take(&mut canvas.notes) {
        let mut line = String::new();
        let mut lines = Vec::new();
        for word in note.split(' ') {
            let longer = if line.is_empty() {
                word.to_owned()
            } else {
                format!("{line} {word}")
            };
            if line.is_empty() || canvas.measure(&Rich::plain(&longer), SMALL) <= room {
                line = longer;
            } else {
                lines.push(std::mem::replace(&mut line, word.to_owned()));
            }
        }
        lines.push(line);
        for line in lines {
            let at = [12.0, top + height + SMALL];
            canvas.text(&Rich::plain(&line), at, Anchor::Start, SMALL, Ink::Muted);
            height += SMALL + 4.0;
        }
    }
    height
}

/// A frame of this height at `top`, as wide as the page, with room for named axes.
pub(crate) fn wide_frame(canvas: &mut Canvas, top: f64, height: f64, x: Scale, y: Scale) -> Frame {
    let left = Frame::left_gutter(canvas, &y, height, true) + 8.0;
    let area = Area {
        x: left,
        y: top,
        w: canvas.width - left - 18.0,
        h: height,
    };
    Frame { area, x, y }
}

/// A sentence at the end of a caption, if there is one.
pub(crate) fn remark(sentence: Option<&str>) -> String {
    sentence.map_or_else(String::new, |s| format!(" {s}"))
}

/// The at most `limit` influencers that exaggerate most, in the order of the game; of equals, the first.
pub(crate) fn most_exaggerated(assessment: &Assessment, limit: usize) -> Vec<usize> {
    let lies = &assessment.exaggeration;
    let mut order: Vec<usize> = (0..lies.len()).collect();
    if order.len() > limit {
        order.select_nth_unstable_by(limit, |&i, &j| lies[j].total_cmp(&lies[i]).then(i.cmp(&j)));
        order.truncate(limit);
        order.sort_unstable();
    }
    order
}

/// The only entry of a `1 × 1` weight.
pub(crate) fn scalar(weight: Weight<'_>) -> f64 {
    let mut out = [0.0];
    weight.add_image(&[1.0], &mut out);
    out[0]
}

/// The corners of a set in the plane, counter-clockwise; of a round set, enough points of its rim to look round.
pub(crate) fn outline(space: &ActionSpace) -> Vec<Point> {
    let directions = |count: usize| {
        (0..count).map(move |k| {
            let angle = std::f64::consts::TAU * k as f64 / count as f64;
            let mut x = [0.0; 2];
            space.maximiser(&[angle.cos(), angle.sin()], &mut x);
            x
        })
    };
    match space {
        ActionSpace::Ball(_) => directions(120).collect(),
        // Normals turn quickly where a thin ellipse is sharp, so that the points crowd where they are needed.
        ActionSpace::Ellipsoid(_) => directions(240).collect(),
        ActionSpace::Box(set) => {
            let (l, u) = (set.lower(), set.upper());
            hull(vec![[l[0], l[1]], [u[0], l[1]], [u[0], u[1]], [l[0], u[1]]])
        }
        ActionSpace::L1Ball(set) => hull(pairs(&set.vertices())),
        ActionSpace::Simplex(set) => hull(pairs(&set.vertices())),
        ActionSpace::Polytope(set) => match set.vertices() {
            Some(vertices) => hull(pairs(vertices)),
            None => hull(directions(720).collect()),
        },
    }
}

fn pairs(values: &[f64]) -> Vec<Point> {
    values.chunks_exact(2).map(|p| [p[0], p[1]]).collect()
}

/// The convex hull of points in the plane, counter-clockwise (Andrew's monotone chain). O(n log n).
pub(crate) fn hull(mut points: Vec<Point>) -> Vec<Point> {
    points.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    points.dedup();
    if points.len() < 3 {
        return points;
    }
    let turn = |o: Point, a: Point, b: Point| {
        (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0])
    };
    let mut chain: Vec<Point> = Vec::with_capacity(points.len() + 1);
    let half = |chain: &mut Vec<Point>, points: &mut dyn Iterator<Item = Point>| {
        let start = chain.len();
        for p in points {
            while chain.len() >= start + 2
                && turn(chain[chain.len() - 2], chain[chain.len() - 1], p) <= 0.0
            {
                chain.pop();
            }
            chain.push(p);
        }
        chain.pop();
    };
    half(&mut chain, &mut points.iter().copied());
    half(&mut chain, &mut points.iter().rev().copied());
    chain
}

/// The part of a convex polygon within a box (Sutherland and Hodgman).
pub(crate) fn clip(polygon: &[Point], lower: Point, upper: Point) -> Vec<Point> {
    let mut points = polygon.to_vec();
    for (axis, bound, sign) in [
        (0, lower[0], 1.0),
        (0, upper[0], -1.0),
        (1, lower[1], 1.0),
        (1, upper[1], -1.0),
    ] {
        let side = |p: Point| sign * (p[axis] - bound);
        let mut kept = Vec::with_capacity(points.len() + 2);
        for (k, &p) in points.iter().enumerate() {
            let before = points[(k + points.len() - 1) % points.len()];
            let (s, t) = (side(before), side(p));
            if (s < 0.0) != (t < 0.0) {
                let share = s / (s - t);
                kept.push([
                    before[0] + share * (p[0] - before[0]),
                    before[1] + share * (p[1] - before[1]),
                ]);
            }
            if t >= 0.0 {
                kept.push(p);
            }
        }
        points = kept;
    }
    points
}

/// The range of values that a figure shows: everything that must be seen and those of the others (targets, which may
/// be anywhere) that are at most three quarters of its span away.
pub(crate) fn shown_range(
    must: impl IntoIterator<Item = f64>,
    others: impl IntoIterator<Item = f64>,
) -> (f64, f64) {
    let core = range(must);
    let reach = 0.75 * (core.1 - core.0);
    let (lo, hi) = range(others.into_iter().chain([core.0, core.1]));
    if reach > 0.0 {
        (lo.max(core.0 - reach), hi.min(core.1 + reach))
    } else {
        (lo, hi)
    }
}

/// The sign of a target beyond the frame, in a legend.
pub(crate) fn beyond(ink: Ink) -> Key {
    Key::Arrow(Pen::new(ink, 2.4))
}

/// Draws a target, or, of one that is beyond the frame, an arrow that points there from within.
pub(crate) fn draw_target(
    canvas: &mut Canvas,
    frame: &Frame,
    target: Point,
    radius: f64,
    ink: Ink,
) {
    let at = frame.at(target);
    let area = frame.area;
    let clamp = |v: f64, lo: f64, hi: f64| v.clamp(lo + 4.0, (hi - 4.0).max(lo + 4.0));
    let near = [
        clamp(at[0], area.x, area.right()),
        clamp(at[1], area.y, area.bottom()),
    ];
    let (dx, dy) = (at[0] - near[0], at[1] - near[1]);
    let away = dx.hypot(dy);
    if away < 1.0 {
        canvas.mark(Mark::Diamond, at, radius, ink);
        return;
    }
    let tail = [near[0] - 15.0 * dx / away, near[1] - 15.0 * dy / away];
    canvas.arrow(tail, near, Pen::new(ink, 2.4));
    canvas.reserve(Area {
        x: tail[0].min(near[0]) - 3.0,
        y: tail[1].min(near[1]) - 3.0,
        w: (tail[0] - near[0]).abs() + 6.0,
        h: (tail[1] - near[1]).abs() + 6.0,
    });
}

/// Every how many-th of `n` is kept so that at most `limit` are, and the same ones every time.
pub(crate) fn stride(n: usize, limit: usize) -> usize {
    n.div_ceil(limit.max(1)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hulls_and_clips() {
        let square = hull(vec![
            [0.0, 0.0],
            [1.0, 1.0],
            [0.5, 0.5],
            [1.0, 0.0],
            [0.0, 1.0],
            [0.5, 0.0],
        ]);
        assert_eq!(square, [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]);
        let diamond = [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]];
        let cut = hull(clip(&diamond, [0.0, 0.0], [1.0, 1.0]));
        assert_eq!(cut, [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]);
        assert_eq!(stride(1_000_000, 20_000), 50);
        assert_eq!(stride(3, 20_000), 1);
    }
}
