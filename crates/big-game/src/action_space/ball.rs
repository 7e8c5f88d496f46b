//! Euclidean balls.

use big_numeric::{distance, dot, multiplied, norm, stretch};

use super::error::{SpaceError, check_size, check_vector};
use super::{ConvexSet, Face};

/// `{x : ‖x − center‖ ≤ radius}`; radius 0 is one point.
#[derive(Clone, Debug)]
pub struct Ball {
    center: Vec<f64>,
    radius: f64,
}

impl Ball {
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

    /// The point of the sphere in a direction, in its place; the centre for 0.
    #[inline(always)]
    fn reach(&self, direction: &mut [f64]) {
        stretch(direction, self.radius);
        let point = direction.iter_mut().zip(&self.center);
        point.for_each(|(p, c)| *p += c);
    }

    /// By how much the rounding of a point `x` of norm `size` may move it off the sphere.
    fn rounding(&self, size: f64) -> f64 {
        f64::EPSILON * (8.0 * (self.center.len() as f64).sqrt() * self.radius + 2.0 * size)
    }
}

impl ConvexSet for Ball {
    fn dim(&self) -> usize {
        self.center.len()
    }

    #[inline]
    fn support(&self, g: &[f64]) -> f64 {
        dot(g, &self.center) + self.radius * norm(g)
    }

    /// The centre where `g = 0`.
    #[inline(always)]
    fn maximiser(&self, g: &[f64], out: &mut [f64]) {
        out.copy_from_slice(g);
        self.reach(out);
    }

    fn project(&self, p: &[f64], out: &mut [f64]) {
        let length = distance(p, &self.center);
        if length <= self.radius + self.rounding(norm(p)) {
            out.copy_from_slice(p);
            return;
        }
        let offsets = out.iter_mut().zip(p).zip(&self.center);
        offsets.for_each(|((out, p), c)| *out = p - c);
        self.reach(out);
    }

    #[inline(always)]
    fn contains(&self, x: &[f64], tolerance: f64) -> bool {
        distance(x, &self.center) <= self.radius + tolerance
    }

    fn on_boundary(&self, x: &[f64], tolerance: f64) -> bool {
        self.radius - distance(x, &self.center) <= tolerance
    }

    /// With `ρ = ‖x − c‖` and the unit vectors `u` of `g`, `v` of `x − c`:
    /// `‖g‖ (R − ρ) + ½ ρ ‖g‖ ‖u − v‖²`, the first term 0 when rounding alone explains it.
    #[inline(always)]
    fn shortfall(&self, g: &[f64], x: &[f64]) -> f64 {
        let c = &self.center;
        let length = norm(g);
        if length == 0.0 {
            return 0.0;
        }
        let rho = distance(x, c);
        if rho == 0.0 {
            return length * self.radius;
        }
        let mut weight_of_x = 0.0;
        let mut chord = 0.0;
        for k in 0..g.len() {
            weight_of_x += (g[k] * x[k]).abs();
            let difference = g[k] / length - (x[k] - c[k]) / rho;
            chord += difference * difference;
        }
        let radial = length * (self.radius - rho);
        if radial <= self.rounding(0.0) * length + 2.0 * f64::EPSILON * weight_of_x {
            0.5 * self.radius * length * chord
        } else {
            radial + 0.5 * rho * length * chord
        }
    }

    /// The whole ball iff `‖g‖ ≤ tolerance`.
    fn exposed_face(&self, g: &[f64], tolerance: f64) -> Face {
        let m = self.center.len();
        if self.radius == 0.0 {
            return Face::Point(self.center.clone());
        }
        if norm(g) > tolerance {
            let mut point = vec![0.0; m];
            self.maximiser(g, &mut point);
            return Face::Point(point);
        }
        let mut factor = vec![0.0; m * m];
        for k in 0..m {
            factor[k * m + k] = self.radius;
        }
        Face::Round {
            center: self.center.clone(),
            factor,
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
