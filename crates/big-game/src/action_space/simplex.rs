//! Scaled probability simplices.

use big_numeric::distance;

use super::error::{SpaceError, check_size};
use super::{ConvexSet, Face};

/// `{x ∈ R^m : x ≥ 0, Σ x = scale}`; scale 0 is the origin.
#[derive(Clone, Debug)]
pub struct Simplex {
    dim: usize,
    scale: f64,
}

impl Simplex {
    pub(super) fn new(dim: usize, scale: f64) -> Result<Self, SpaceError> {
        check_size("scale", scale)?;
        Ok(Self { dim, scale })
    }

    /// The same set with every length multiplied.
    pub(super) fn scaled(&self, by: f64) -> Self {
        Self {
            dim: self.dim,
            scale: self.scale * by,
        }
    }

    /// The sum of the coordinates of every point.
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// The vertices `scale · e_k`, by rows: `m × m` numbers.
    pub fn vertices(&self) -> Vec<f64> {
        let mut vertices = vec![0.0; self.dim * self.dim];
        for k in 0..self.dim {
            vertices[k * self.dim + k] = self.scale;
        }
        vertices
    }
}

/// The first of the largest entries: index and value.
#[inline]
fn first_largest(g: &[f64]) -> (usize, f64) {
    let mut best = (0, g[0]);
    for (k, &value) in g.iter().enumerate().skip(1) {
        if value > best.1 {
            best = (k, value);
        }
    }
    best
}

/// Projects `p` onto `{x ≥ 0, Σ x = scale}`: `x = (p − τ)⁺` with τ from the sorted entries
/// (Held, Wolfe, Crowder 1974). Entries are taken relative to the largest, so a far-away `p` loses nothing.
pub(super) fn project_to_simplex(p: &[f64], scale: f64, out: &mut [f64]) {
    let largest = p.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut sorted: Vec<f64> = p.iter().map(|v| v - largest).collect();
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    let mut sum = 0.0;
    let mut threshold = -scale;
    for (k, &value) in sorted.iter().enumerate() {
        sum += value;
        let candidate = (sum - scale) / (k + 1) as f64;
        if k > 0 && value <= candidate {
            break;
        }
        threshold = candidate;
    }
    for (out, &p) in out.iter_mut().zip(p) {
        *out = (p - largest - threshold).max(0.0);
    }
}

impl ConvexSet for Simplex {
    fn dim(&self) -> usize {
        self.dim
    }

    #[inline]
    fn support(&self, g: &[f64]) -> f64 {
        self.scale * first_largest(g).1
    }

    /// The vertex of the first largest entry of `g`.
    #[inline]
    fn maximiser(&self, g: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        out[first_largest(g).0] = self.scale;
    }

    fn project(&self, p: &[f64], out: &mut [f64]) {
        let sum: f64 = p.iter().sum();
        let rounding = 2.0 * f64::EPSILON * self.dim as f64 * self.scale;
        if (sum - self.scale).abs() <= rounding && p.iter().all(|&v| v >= 0.0) {
            out.copy_from_slice(p);
        } else {
            project_to_simplex(p, self.scale, out);
        }
    }

    fn contains(&self, x: &[f64], tolerance: f64) -> bool {
        let mut nearest = vec![0.0; self.dim];
        self.project(x, &mut nearest);
        distance(x, &nearest) <= tolerance
    }

    /// Always: a simplex has no interior.
    fn on_boundary(&self, _x: &[f64], _tolerance: f64) -> bool {
        true
    }

    /// `Σ x_k (max g − g_k)`.
    #[inline]
    fn shortfall(&self, g: &[f64], x: &[f64]) -> f64 {
        let (_, largest) = first_largest(g);
        let mut sum = 0.0;
        for (&g, &x) in g.iter().zip(x) {
            sum += x.max(0.0) * (largest - g);
        }
        sum
    }

    /// The vertices whose `g_k` is within `√2 · tolerance` of the largest.
    fn exposed_face(&self, g: &[f64], tolerance: f64) -> Face {
        let m = self.dim;
        let (first, largest) = first_largest(g);
        let slack = std::f64::consts::SQRT_2 * tolerance;
        let tied: Vec<usize> = (0..m)
            .filter(|&k| k == first || largest - g[k] <= slack)
            .collect();
        let mut vertices = vec![0.0; tied.len() * m];
        for (row, &k) in tied.iter().enumerate() {
            vertices[row * m + k] = self.scale;
        }
        if tied.len() == 1 || self.scale == 0.0 {
            vertices.truncate(m);
            Face::Point(vertices)
        } else {
            Face::Hull { vertices, dim: m }
        }
    }

    fn bounding_box(&self) -> (Vec<f64>, Vec<f64>) {
        let low = if self.dim == 1 { self.scale } else { 0.0 };
        (vec![low; self.dim], vec![self.scale; self.dim])
    }

    fn affine_dim(&self) -> usize {
        if self.scale > 0.0 { self.dim - 1 } else { 0 }
    }
}
