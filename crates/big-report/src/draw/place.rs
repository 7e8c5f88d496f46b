//! Labels beside points, where they cover neither data nor each other.

use super::canvas::{Anchor, Canvas, Point};
use super::drawing::Area;
use super::rich::Rich;
use super::theme::Ink;

/// The directions that are tried, in order of preference.
const DIRECTIONS: [(f64, f64); 8] = [
    (1.0, 0.0),
    (0.0, -1.0),
    (-1.0, 0.0),
    (0.0, 1.0),
    (0.8, -0.8),
    (0.8, 0.8),
    (-0.8, -0.8),
    (-0.8, 0.8),
];

/// What a label may cover of others, in square pixels of their surroundings.
const OVER: f64 = 4.0;

/// Writes a label beside `at` within `inside`, in the direction and at the distance where it covers least of the
/// marks and texts drawn so far. It is left out where it would cover a text, and, with `must` unset, where it would cover
/// anything or stand far away. Returns whether it was written.
#[allow(clippy::too_many_arguments)]
pub(crate) fn beside(
    canvas: &mut Canvas,
    label: &Rich,
    at: Point,
    clearance: f64,
    inside: Area,
    size: f64,
    ink: Ink,
    must: bool,
) -> bool {
    let w = canvas.measure(label, size);
    let (up, down) = (0.74 * size, 0.22 * size);
    let mut best: Option<(f64, f64, Point)> = None;
    let farther = if must {
        [0.0, 7.0, 16.0, 28.0, 42.0].as_slice()
    } else {
        &[0.0, 7.0]
    };
    for distance in farther.iter().map(|by| clearance + by) {
        for (dx, dy) in DIRECTIONS {
            let x = at[0]
                + dx * distance
                + if dx > 0.0 {
                    0.0
                } else if dx < 0.0 {
                    -w
                } else {
                    -0.5 * w
                };
            let y = at[1]
                + dy * distance
                + if dy > 0.0 {
                    up
                } else if dy < 0.0 {
                    -down
                } else {
                    0.5 * (up - down)
                };
            let area = Area {
                x,
                y: y - up,
                w,
                h: up + down,
            };
            let outside = w * (up + down) - area.overlap(&inside);
            let wide = area.grown(1.5);
            let marks: f64 = canvas.reserved().iter().map(|m| m.overlap(&wide)).sum();
            let texts: f64 = canvas.written().map(|t| t.overlap(&wide)).sum();
            let cost = 10.0 * outside + marks + 2.0 * texts + 0.2 * (distance - clearance);
            if best.is_none_or(|(least, ..)| cost < least - 1e-9) {
                best = Some((cost, texts, [x, y]));
            }
        }
    }
    let Some((cost, texts, place)) = best else {
        return false;
    };
    if texts > OVER || cost > 12.0 && !must {
        return false;
    }
    canvas.text_over(label, place, Anchor::Start, size, ink);
    true
}

/// Keeps labels off a line: reserves small areas along it.
pub(crate) fn reserve_line(canvas: &mut Canvas, a: Point, b: Point) {
    let length = (b[0] - a[0]).hypot(b[1] - a[1]);
    let steps = (length / 6.0).ceil().clamp(1.0, 300.0) as usize;
    for k in 0..=steps {
        let t = k as f64 / steps as f64;
        canvas.reserve(Area {
            x: a[0] + t * (b[0] - a[0]) - 1.5,
            y: a[1] + t * (b[1] - a[1]) - 1.5,
            w: 3.0,
            h: 3.0,
        });
    }
}
