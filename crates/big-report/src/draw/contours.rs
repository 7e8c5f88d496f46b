//! Level lines and bands of a function on a rectangle.

use std::fmt::Write;

use contour::ContourBuilder;

use super::axes::Frame;
use super::canvas::{Canvas, Fill, Pen, Point, path};
use super::number::px;
use super::theme::Ink;

/// Values of a function on a regular grid, `nx × ny`, rows of constant `y`, from `(x.0, y.0)` to `(x.1, y.1)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// First and last `x`.
    pub x: (f64, f64),
    /// First and last `y`.
    pub y: (f64, f64),
    /// Columns, at least 2.
    pub nx: usize,
    /// Rows, at least 2.
    pub ny: usize,
    /// `nx · ny` values; not-a-number where the function is not defined.
    pub values: Vec<f64>,
}

impl Grid {
    /// Evaluates `f` on `nx × ny` points.
    pub fn of(
        x: (f64, f64),
        y: (f64, f64),
        nx: usize,
        ny: usize,
        mut f: impl FnMut(f64, f64) -> f64,
    ) -> Self {
        let (nx, ny) = (nx.max(2), ny.max(2));
        let step = |ends: (f64, f64), k: usize, n: usize| {
            ends.0 + (ends.1 - ends.0) * k as f64 / (n - 1) as f64
        };
        let mut values = Vec::with_capacity(nx * ny);
        for j in 0..ny {
            for i in 0..nx {
                values.push(f(step(x, i, nx), step(y, j, ny)));
            }
        }
        Self {
            x,
            y,
            nx,
            ny,
            values,
        }
    }

    /// Levels between the least and the greatest value, closer together near the least: the bottom of a bowl is
    /// where the reader looks.
    pub fn levels(&self, count: usize) -> Vec<f64> {
        let finite = self.values.iter().copied().filter(|v| v.is_finite());
        let (lo, hi) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| {
            (l.min(v), h.max(v))
        });
        if lo >= hi {
            return Vec::new();
        }
        (1..=count)
            .map(|k| lo + (hi - lo) * (k as f64 / (count + 1) as f64).powi(2))
            .collect()
    }

    /// The same, closer together near the greatest value.
    pub(crate) fn summit_levels(&self, count: usize) -> Vec<f64> {
        let upside = Self {
            values: self.values.iter().map(|v| -v).collect(),
            ..self.clone()
        };
        upside.levels(count).into_iter().map(|v| -v).collect()
    }

    fn builder(&self) -> ContourBuilder {
        // Pixels' corners in the crate's units: value (i, j) stands at (i + ½, j + ½).
        ContourBuilder::new(self.nx, self.ny, true)
    }

    fn position(&self, frame: &Frame, i: f64, j: f64) -> [f64; 2] {
        let share = |at: f64, n: usize| ((at - 0.5) / (n - 1) as f64).clamp(0.0, 1.0);
        frame.at([
            self.x.0 + (self.x.1 - self.x.0) * share(i, self.nx),
            self.y.0 + (self.y.1 - self.y.0) * share(j, self.ny),
        ])
    }
}

/// Draws bands between the levels, darker towards the least values (or the greatest, with `summit`), and the
/// level lines over them.
pub(crate) fn bands(canvas: &mut Canvas, frame: &Frame, grid: &Grid, levels: &[f64], summit: bool) {
    let shaped =
        grid.nx >= 2 && grid.ny >= 2 && grid.nx.checked_mul(grid.ny) == Some(grid.values.len());
    if !shaped || levels.is_empty() {
        return;
    }
    let sign = if summit { 1.0 } else { -1.0 };
    // The contour crate fills what is above a threshold: the valley is the mountain upside down. Every band lies
    // over the one around it, so that the faint fills add up towards the bottom. Where there is no value there is
    // no ground.
    let upside: Vec<f64> = grid.values.iter().map(|v| sign * v).collect();
    let ground = upside
        .iter()
        .copied()
        .filter(|v| v.is_finite())
        .fold(f64::INFINITY, f64::min);
    let upside: Vec<f64> = upside
        .into_iter()
        .map(|v| if v.is_finite() { v } else { ground })
        .collect();
    let mut thresholds: Vec<f64> = levels.iter().map(|v| sign * v).collect();
    thresholds.sort_by(f64::total_cmp);
    let strength = 0.5 / levels.len() as f64;
    let Ok(contours) = grid.builder().contours(&upside, &thresholds) else {
        return;
    };
    for contour in contours {
        let (mut area, mut lines) = (String::new(), String::new());
        for polygon in &contour.geometry().0 {
            for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
                let points: Vec<Point> = ring
                    .0
                    .iter()
                    .map(|c| grid.position(frame, c.x, c.y))
                    .collect();
                area.push_str(&path(&points, true));
                outline(frame, &points, &mut lines);
            }
        }
        if !area.is_empty() {
            canvas.path(&area, Some(Fill::new(Ink::Band).faint(strength)), None);
            canvas.path(&lines, None, Some(Pen::new(Ink::Band, 0.8).faint(0.5)));
        }
    }
}

/// The ring's lines without those that run along the edge of the grid: there the area ends, not the level.
fn outline(frame: &Frame, ring: &[Point], d: &mut String) {
    let area = frame.area;
    let edges = [
        (0, area.x),
        (0, area.right()),
        (1, area.y),
        (1, area.bottom()),
    ];
    let mut open = false;
    for pair in ring.windows(2) {
        let along = edges
            .iter()
            .any(|&(axis, at)| pair.iter().all(|p| (p[axis] - at).abs() < 0.01));
        if along {
            open = false;
            continue;
        }
        // Writing to a string cannot fail.
        if !open {
            let _ = write!(d, "M{} {}", px(pair[0][0]), px(pair[0][1]));
        }
        let _ = write!(d, "L{} {}", px(pair[1][0]), px(pair[1][1]));
        open = true;
    }
}
