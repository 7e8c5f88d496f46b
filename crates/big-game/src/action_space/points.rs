//! Lists of points: repeated and redundant ones dropped.

use big_numeric::{distance, dot, max_abs};

use super::min_norm::{self, LinearOracle};

/// Index and value of the first point with the largest `⟨g, v⟩`.
#[inline]
fn best_of(points: &[f64], dim: usize, g: &[f64]) -> (usize, f64) {
    let mut best = (0, f64::NEG_INFINITY);
    for (i, point) in points.chunks_exact(dim).enumerate() {
        let value = dot(g, point);
        if value > best.1 {
            best = (i, value);
        }
    }
    best
}

/// Drops repeated points; the first of each stays, in order.
pub(super) fn distinct(points: &[f64], dim: usize) -> Vec<f64> {
    let count = points.len() / dim;
    let point = |i: usize| &points[i * dim..(i + 1) * dim];
    let mut order: Vec<usize> = (0..count).collect();
    // `+ 0.0` makes −0 and 0 one number.
    let key = |i: usize| point(i).iter().map(|v| v + 0.0);
    order.sort_by(|&i, &j| {
        let differ = key(i)
            .zip(key(j))
            .map(|(a, b)| a.total_cmp(&b))
            .find(|o| o.is_ne());
        differ.unwrap_or(i.cmp(&j))
    });
    let mut keep = vec![true; count];
    for pair in order.windows(2) {
        if key(pair[0]).eq(key(pair[1])) {
            keep[pair[1]] = false;
        }
    }
    let kept = (0..count).filter(|&i| keep[i]);
    kept.flat_map(|i| point(i).iter().copied()).collect()
}

/// More points than this are not searched for redundant ones: each needs a projection onto all others.
const SEARCH_LIMIT: usize = 256;

/// Drops points that lie in the convex hull of the others, up to rounding; the rest stays in order.
pub(super) fn irredundant(mut points: Vec<f64>, dim: usize) -> Vec<f64> {
    let count = points.len() / dim;
    if count > SEARCH_LIMIT {
        return points;
    }
    let rounding = 2.0 * f64::EPSILON * max_abs(&points);
    let mut nearest = vec![0.0; dim];
    for i in (0..count).rev() {
        let point: Vec<f64> = points.drain(i * dim..(i + 1) * dim).collect();
        let redundant = !points.is_empty() && {
            let mut hull = Hull {
                points: &points,
                dim,
            };
            min_norm::nearest(&mut hull, &point, &mut nearest);
            distance(&point, &nearest) <= rounding
        };
        if !redundant {
            points.splice(i * dim..i * dim, point);
        }
    }
    points
}

/// The convex hull of listed points.
struct Hull<'a> {
    points: &'a [f64],
    dim: usize,
}

impl LinearOracle for Hull<'_> {
    fn dim(&self) -> usize {
        self.dim
    }

    fn image_dim(&self) -> usize {
        self.dim
    }

    fn best(&mut self, direction: &[f64], vertex: &mut [f64], image: &mut [f64]) {
        let (i, _) = best_of(self.points, self.dim, direction);
        vertex.copy_from_slice(&self.points[i * self.dim..(i + 1) * self.dim]);
        image.copy_from_slice(vertex);
    }

    fn image_size(&self) -> f64 {
        max_abs(self.points)
    }
}
