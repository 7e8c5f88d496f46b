//! Boxes, intervals among them.

use big_numeric::{multiplied, norm_of};

use super::error::{SpaceError, check_length, check_vector};
use super::{ConvexSet, Face};

/// `{x : lower ≤ x ≤ upper}`; equal bounds are allowed.
#[derive(Clone, Debug)]
pub struct BoxSet {
    lower: Vec<f64>,
    upper: Vec<f64>,
}

impl BoxSet {
    /// The same set with every length multiplied.
    pub(super) fn scaled(&self, by: f64) -> Self {
        Self {
            lower: multiplied(&self.lower, by),
            upper: multiplied(&self.upper, by),
        }
    }

    pub(crate) fn new(lower: &[f64], upper: &[f64]) -> Result<Self, SpaceError> {
        check_length("upper", lower.len(), upper.len())?;
        check_vector("lower", lower)?;
        check_vector("upper", upper)?;
        for k in 0..lower.len() {
            if lower[k] > upper[k] {
                return Err(SpaceError::CrossedBounds {
                    coordinate: k,
                    lower: lower[k],
                    upper: upper[k],
                });
            }
        }
        Ok(Self {
            lower: lower.to_vec(),
            upper: upper.to_vec(),
        })
    }

    /// Lower bounds.
    pub fn lower(&self) -> &[f64] {
        &self.lower
    }

    /// Upper bounds.
    pub fn upper(&self) -> &[f64] {
        &self.upper
    }
}

impl ConvexSet for BoxSet {
    fn dim(&self) -> usize {
        self.lower.len()
    }

    #[inline]
    fn support(&self, g: &[f64]) -> f64 {
        let mut sum = 0.0;
        for ((&g, &low), &high) in g.iter().zip(&self.lower).zip(&self.upper) {
            sum += g * if g > 0.0 { high } else { low };
        }
        sum
    }

    /// Where `g_k = 0`, the lower bound.
    #[inline(always)]
    fn maximiser(&self, g: &[f64], out: &mut [f64]) {
        let bounds = self.lower.iter().zip(&self.upper);
        for ((out, &g), (&low, &high)) in out.iter_mut().zip(g).zip(bounds) {
            *out = if g > 0.0 { high } else { low };
        }
    }

    #[inline]
    fn project(&self, p: &[f64], out: &mut [f64]) {
        let bounds = self.lower.iter().zip(&self.upper);
        for ((out, &p), (&low, &high)) in out.iter_mut().zip(p).zip(bounds) {
            *out = if p < low {
                low
            } else if p > high {
                high
            } else {
                p
            };
        }
    }

    #[inline(always)]
    fn contains(&self, x: &[f64], tolerance: f64) -> bool {
        let outside = norm_of(x.len(), |k| {
            (self.lower[k] - x[k]).max(x[k] - self.upper[k]).max(0.0)
        });
        outside <= tolerance
    }

    fn on_boundary(&self, x: &[f64], tolerance: f64) -> bool {
        (0..x.len()).any(|k| x[k] - self.lower[k] <= tolerance || self.upper[k] - x[k] <= tolerance)
    }

    #[inline(always)]
    fn shortfall(&self, g: &[f64], x: &[f64]) -> f64 {
        let mut sum = 0.0;
        let bounds = self.lower.iter().zip(&self.upper);
        for ((&g, &x), (&low, &high)) in g.iter().zip(x).zip(bounds) {
            sum += (g * (if g > 0.0 { high } else { low } - x)).max(0.0);
        }
        sum
    }

    /// Coordinate `k` is free in the face iff `|g_k| ≤ tolerance`.
    fn exposed_face(&self, g: &[f64], tolerance: f64) -> Face {
        let mut lower = self.lower.clone();
        let mut upper = self.upper.clone();
        for k in 0..g.len() {
            if g[k] > tolerance {
                lower[k] = upper[k];
            } else if g[k] < -tolerance {
                upper[k] = lower[k];
            }
        }
        if lower == upper {
            Face::Point(lower)
        } else {
            Face::Box { lower, upper }
        }
    }

    fn bounding_box(&self) -> (Vec<f64>, Vec<f64>) {
        (self.lower.clone(), self.upper.clone())
    }

    fn affine_dim(&self) -> usize {
        let sides = self.lower.iter().zip(&self.upper);
        sides.filter(|(low, high)| low < high).count()
    }
}
