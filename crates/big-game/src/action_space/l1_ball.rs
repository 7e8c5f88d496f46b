//! Cross-polytopes: balls of the 1-norm, the paper's diamond.

use big_numeric::{distance, dot, max_abs, multiplied};

use super::error::{SpaceError, check_size, check_vector};
use super::simplex::project_to_simplex;
use super::{ConvexSet, Face};

/// `{x : ‖x − center‖₁ ≤ radius}`; radius 0 is one point.
#[derive(Clone, Debug)]
pub struct L1Ball {
    center: Vec<f64>,
    radius: f64,
}

impl L1Ball {
    pub(super) fn new(center: &[f64], radius: f64) -> Result<Self, SpaceError> {
        check_vector("center", center)?;
        check_size("radius", radius)?;
        Ok(Self {
            center: center.to_vec(),
            radius,
        })
    }

    /// The same set with every length multiplied.
    pub(super) fn scaled(&self, by: f64) -> Self {
        Self {
            center: multiplied(&self.center, by),
            radius: self.radius * by,
        }
    }

    /// The centre.
    pub fn center(&self) -> &[f64] {
        &self.center
    }

    /// The radius, at least 0.
    pub fn radius(&self) -> f64 {
        self.radius
    }

    /// The vertices `center ± radius · e_k`, plus before minus, by rows: `2m × m` numbers.
    pub fn vertices(&self) -> Vec<f64> {
        let m = self.center.len();
        let mut vertices = Vec::with_capacity(2 * m * m);
        for k in 0..m {
            for sign in [1.0, -1.0] {
                vertices.extend_from_slice(&self.vertex(k, sign));
            }
        }
        vertices
    }

    fn vertex(&self, k: usize, sign: f64) -> Vec<f64> {
        let mut vertex = self.center.clone();
        vertex[k] += sign * self.radius;
        vertex
    }

    /// `‖x − c‖₁` and `‖x‖₁`.
    fn lengths(&self, x: &[f64]) -> (f64, f64) {
        let mut length = 0.0;
        let mut size = 0.0;
        for (&x, &c) in x.iter().zip(&self.center) {
            length += (x - c).abs();
            size += x.abs();
        }
        (length, size)
    }

    fn rounding(&self, size: f64) -> f64 {
        2.0 * f64::EPSILON * (self.center.len() as f64 * self.radius + size)
    }
}

impl ConvexSet for L1Ball {
    fn dim(&self) -> usize {
        self.center.len()
    }

    #[inline]
    fn support(&self, g: &[f64]) -> f64 {
        dot(g, &self.center) + self.radius * max_abs(g)
    }

    /// The vertex of the first largest `|g_k|`; the centre where `g = 0`.
    #[inline]
    fn maximiser(&self, g: &[f64], out: &mut [f64]) {
        out.copy_from_slice(&self.center);
        let mut best = (0, 0.0);
        for (k, value) in g.iter().enumerate() {
            if value.abs() > best.1 {
                best = (k, value.abs());
            }
        }
        if best.1 > 0.0 {
            out[best.0] += self.radius.copysign(g[best.0]);
        }
    }

    fn project(&self, p: &[f64], out: &mut [f64]) {
        let (length, size) = self.lengths(p);
        if length <= self.radius + self.rounding(size) {
            out.copy_from_slice(p);
            return;
        }
        let offsets: Vec<f64> = p
            .iter()
            .zip(&self.center)
            .map(|(p, c)| (p - c).abs())
            .collect();
        project_to_simplex(&offsets, self.radius, out);
        for k in 0..p.len() {
            out[k] = self.center[k] + out[k].copysign(p[k] - self.center[k]);
        }
    }

    fn contains(&self, x: &[f64], tolerance: f64) -> bool {
        let mut nearest = vec![0.0; x.len()];
        self.project(x, &mut nearest);
        distance(x, &nearest) <= tolerance
    }

    /// The distance of a point of the set to every facet's hyperplane is at least `(R − ‖x − c‖₁) / √m`,
    /// with equality for the nearest.
    fn on_boundary(&self, x: &[f64], tolerance: f64) -> bool {
        self.radius - self.lengths(x).0 <= tolerance * (x.len() as f64).sqrt()
    }

    /// With `y = x − c`: `‖g‖∞ (R − ‖y‖₁) + Σ (‖g‖∞ |y_k| − g_k y_k)`, the first term 0 when rounding
    /// alone explains it.
    #[inline]
    fn shortfall(&self, g: &[f64], x: &[f64]) -> f64 {
        let largest = max_abs(g);
        let (length, _) = self.lengths(x);
        let mut sum = 0.0;
        let mut weight_of_x = 0.0;
        for ((&g, &x), &c) in g.iter().zip(x).zip(&self.center) {
            let y = x - c;
            let gain = if g * y > 0.0 { g.abs() } else { -g.abs() };
            sum += y.abs() * (largest - gain);
            weight_of_x += (g * x).abs();
        }
        let radial = largest * (self.radius - length);
        if radial <= self.rounding(0.0) * largest + 2.0 * f64::EPSILON * weight_of_x {
            sum
        } else {
            radial + sum
        }
    }

    /// The vertices tied with the first best one; all of them when `‖g‖∞ ≤ tolerance`.
    fn exposed_face(&self, g: &[f64], tolerance: f64) -> Face {
        let m = self.center.len();
        let largest = max_abs(g);
        if self.radius == 0.0 {
            return Face::Point(self.center.clone());
        }
        if largest <= tolerance {
            return Face::Hull {
                vertices: self.vertices(),
                dim: m,
            };
        }
        let slack = std::f64::consts::SQRT_2 * tolerance;
        let mut vertices = Vec::new();
        for k in 0..m {
            // Both signs of a coordinate can be tied with a third vertex when `|g_k|` is tiny.
            for sign in [1.0, -1.0] {
                let gain = sign * g[k];
                if gain == largest || largest - gain <= slack {
                    vertices.extend_from_slice(&self.vertex(k, sign));
                }
            }
        }
        if vertices.len() == m {
            Face::Point(vertices)
        } else {
            Face::Hull { vertices, dim: m }
        }
    }

    fn bounding_box(&self) -> (Vec<f64>, Vec<f64>) {
        let shifted = |by: f64| self.center.iter().map(|c| c + by).collect();
        (shifted(-self.radius), shifted(self.radius))
    }

    fn affine_dim(&self) -> usize {
        if self.radius > 0.0 { self.dim() } else { 0 }
    }
}
