//! What figures in the plane share: frames, sets, who may play what, marks at one place.

use big_game::Game;
use big_game::action_space::ConvexSet;
use big_game::equilibrium::Equilibrium;
use big_game::profile::Profile;

use super::common::{clip, hull};
use crate::draw::axes::{Frame, SMALL, Scale, range};
use crate::draw::canvas::{Canvas, Fill, Pen, Point};
use crate::draw::place::{beside, reserve_line};
use crate::draw::{Area, Ink, Rich};

/// Beyond this ratio of the axes' spans, equal units on both would leave a sliver.
const SLIVER: f64 = 8.0;

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

/// A frame with equal units on both axes around the points, as wide as the page; `named` axes need more room. Where that
/// would be a sliver each axis has a scale of its own, and a note says it.
pub(crate) fn equal_frame(
    canvas: &mut Canvas,
    points: impl Iterator<Item = Point>,
    top: f64,
    named: bool,
) -> Frame {
    let (xs, ys): (Vec<f64>, Vec<f64>) = points.map(|p| (p[0], p[1])).unzip();
    let (x, y) = (range(xs), range(ys));
    let padded = |ends: (f64, f64), pad: f64| (ends.0 - pad, ends.1 + pad);
    let spans = [x.1 - x.0, y.1 - y.0];
    let ratio = spans[0] / spans[1];
    if ratio.is_finite() && !(SLIVER.recip()..=SLIVER).contains(&ratio) && ratio > 0.0 {
        canvas.note("The axes have different scales: lengths and angles are not as they are.");
        let [x, y] = [(x, spans[0]), (y, spans[1])].map(|(ends, span)| padded(ends, 0.07 * span));
        return frame_over(canvas, x, y, top, named);
    }
    let pad = 0.07 * spans[0].max(spans[1]).max(1e-300);
    let (x, y) = (padded(x, pad), padded(y, pad));
    // Neither very flat nor very tall.
    let widen =
        |ends: (f64, f64), span: f64| padded(ends, 0.5 * (span - (ends.1 - ends.0)).max(0.0));
    let y = widen(y, 0.5 * (x.1 - x.0));
    let x = widen(x, (y.1 - y.0) / 0.95);
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

/// A point, moved into the frame, at least `inset` from its edge.
pub(crate) fn within(frame: &Frame, p: Point, inset: f64) -> Point {
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

/// Marks of one kind at one place, to two pixels: for each, how many there are of them, and how many were before it.
pub(crate) fn stacked(marks: &[Point]) -> Vec<(usize, usize)> {
    let near = |a: Point, b: Point| (a[0] - b[0]).hypot(a[1] - b[1]) < 2.0;
    let here = |i: usize| (0..marks.len()).filter(move |&j| near(marks[i], marks[j]));
    (0..marks.len())
        .map(|i| (here(i).count(), here(i).filter(|&j| j < i).count()))
        .collect()
}

/// Writes beside marks that hide each other how many they are.
pub(crate) fn count_stacked(canvas: &mut Canvas, frame: &Frame, marks: &[Point], inks: &[Ink]) {
    for ((&at, &ink), (held, before)) in marks.iter().zip(inks).zip(stacked(marks)) {
        if held > 1 && before == 0 {
            let label = Rich::bold(&format!("×{held}"));
            let away = 8.0 + 2.0 * held.min(6) as f64;
            beside(canvas, &label, at, away, frame.area, SMALL, ink, true);
        }
    }
}
