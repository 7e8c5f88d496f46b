//! Ellipsoids.

use std::sync::OnceLock;

use big_numeric::{distance, dot, multiplied, norm, power_of_two_below, stretch};

use super::error::{SpaceError, check_length, check_rows, check_vector};
use super::secular::BallLeastSquares;
use super::{ConvexSet, Face};

/// Up to this many dimensions scratch lies on the stack.
const SHORT: usize = 32;

/// `{x : (x − center)ᵀ shape⁻¹ (x − center) ≤ 1} = {center + factor · u : ‖u‖ ≤ 1}`,
/// `shape = factor · factorᵀ`.
#[derive(Clone, Debug)]
pub struct Ellipsoid {
    center: Vec<f64>,
    factor: Vec<f64>,
    /// Decomposed when the first projection asks for it: its cost is cubic.
    least_squares: OnceLock<BallLeastSquares>,
}

impl Ellipsoid {
    /// The same set with every length multiplied.
    pub(super) fn scaled(&self, by: f64) -> Self {
        Self {
            center: multiplied(&self.center, by),
            least_squares: OnceLock::new(),
            factor: multiplied(&self.factor, by),
        }
    }

    pub(super) fn new(center: &[f64], shape: &[Vec<f64>]) -> Result<Self, SpaceError> {
        let m = center.len();
        check_vector("center", center)?;
        check_length("shape", m, shape.len())?;
        let shape = check_rows("shape", shape, m, 1e300)?; // squares of coordinates
        let factor = cholesky(&shape, m)?;
        Ok(Self {
            center: center.to_vec(),
            least_squares: OnceLock::new(),
            factor,
        })
    }

    fn least_squares(&self) -> &BallLeastSquares {
        let m = self.center.len();
        self.least_squares
            .get_or_init(|| BallLeastSquares::new(&self.factor, m, m))
    }

    /// The centre.
    pub fn center(&self) -> &[f64] {
        &self.center
    }

    /// The lower triangular Cholesky factor of the shape, `m × m` by rows.
    pub fn factor(&self) -> &[f64] {
        &self.factor
    }

    /// Writes `factorᵀ g`, row by row of the factor as it lies in memory.
    #[inline]
    fn pull_back(&self, g: &[f64], out: &mut [f64]) {
        let m = self.center.len();
        out.fill(0.0);
        for (i, &g) in g.iter().enumerate() {
            for (o, f) in out.iter_mut().zip(&self.factor[i * m..=i * m + i]) {
                *o += f * g;
            }
        }
    }

    /// Gives `factorᵀ g` to a function; without allocating in the dimensions of almost every game.
    #[inline]
    fn with_pulled_back<R>(&self, g: &[f64], then: impl FnOnce(&mut [f64]) -> R) -> R {
        let mut short = [0.0; SHORT];
        match short.get_mut(..g.len()) {
            Some(pulled) => {
                self.pull_back(g, pulled);
                then(pulled)
            }
            None => {
                let mut pulled = vec![0.0; g.len()];
                self.pull_back(g, &mut pulled);
                then(&mut pulled)
            }
        }
    }

    /// Writes `factor⁻¹ (x − center)` into `u`.
    pub(super) fn unit_coordinates(&self, x: &[f64], u: &mut [f64]) {
        let m = self.center.len();
        for i in 0..m {
            let row = &self.factor[i * m..i * m + i];
            u[i] = (x[i] - self.center[i] - dot(row, &u[..i])) / self.factor[i * m + i];
        }
    }

    /// `center + factor · u`.
    pub(super) fn at(&self, u: &[f64], out: &mut [f64]) {
        let m = self.center.len();
        for i in 0..m {
            out[i] = self.center[i] + dot(&self.factor[i * m..=i * m + i], &u[..=i]);
        }
    }

    fn rounding(&self) -> f64 {
        8.0 * f64::EPSILON * (self.center.len() as f64).sqrt()
    }
}

/// The lower triangular factor of a symmetric positive definite matrix, computed on the matrix with its
/// diagonal scaled to about 1, so that any mixture of units is fine.
pub(crate) fn cholesky(shape: &[f64], m: usize) -> Result<Vec<f64>, SpaceError> {
    let mut scale = vec![1.0; m];
    for k in 0..m {
        let diagonal = shape[k * m + k];
        if diagonal <= 0.0 {
            return Err(SpaceError::NotPositiveDefinite {
                row: k,
                pivot: diagonal,
            });
        }
        scale[k] = power_of_two_below(diagonal.sqrt());
    }
    let entry = |i: usize, j: usize| shape[i * m + j] / scale[i] / scale[j];
    let mut factor = vec![0.0; m * m];
    for i in 0..m {
        for j in 0..=i {
            // A program that writes a shape may round the two halves differently.
            let (below, above) = (entry(i, j), entry(j, i));
            if (below - above).abs() > 8.0 * f64::EPSILON {
                return Err(SpaceError::NotSymmetric {
                    row: i,
                    column: j,
                    value: shape[i * m + j],
                    mirror: shape[j * m + i],
                });
            }
            let sum =
                0.5 * (below + above) - dot(&factor[i * m..i * m + j], &factor[j * m..j * m + j]);
            if i == j {
                if sum <= f64::EPSILON * m as f64 * entry(i, i) {
                    return Err(SpaceError::NotPositiveDefinite {
                        row: i,
                        pivot: sum / entry(i, i),
                    });
                }
                factor[i * m + i] = sum.sqrt();
            } else {
                factor[i * m + j] = sum / factor[j * m + j];
            }
        }
    }
    for i in 0..m {
        for j in 0..=i {
            factor[i * m + j] *= scale[i];
        }
    }
    Ok(factor)
}

impl ConvexSet for Ellipsoid {
    fn dim(&self) -> usize {
        self.center.len()
    }

    #[inline]
    fn support(&self, g: &[f64]) -> f64 {
        dot(g, &self.center) + self.with_pulled_back(g, |pulled| norm(pulled))
    }

    /// The centre where `g = 0`.
    fn maximiser(&self, g: &[f64], out: &mut [f64]) {
        out.copy_from_slice(&self.center);
        let m = g.len();
        self.with_pulled_back(g, |pulled| {
            stretch(pulled, 1.0);
            for (i, out) in out.iter_mut().enumerate() {
                let row = &self.factor[i * m..=i * m + i];
                *out += row.iter().zip(&*pulled).map(|(f, p)| f * p).sum::<f64>();
            }
        });
    }

    fn project(&self, p: &[f64], out: &mut [f64]) {
        let mut u = vec![0.0; p.len()];
        self.unit_coordinates(p, &mut u);
        if norm(&u) <= 1.0 + self.rounding() {
            out.copy_from_slice(p);
            return;
        }
        let offset: Vec<f64> = p.iter().zip(&self.center).map(|(p, c)| p - c).collect();
        self.least_squares().solve(&offset, &mut u);
        self.at(&u, out);
    }

    fn contains(&self, x: &[f64], tolerance: f64) -> bool {
        let mut nearest = vec![0.0; x.len()];
        self.project(x, &mut nearest);
        distance(x, &nearest) <= tolerance
    }

    fn on_boundary(&self, x: &[f64], tolerance: f64) -> bool {
        let mut u = vec![0.0; x.len()];
        self.unit_coordinates(x, &mut u);
        let length = norm(&u);
        if length >= 1.0 {
            return true;
        }
        // The inscribed ball around `x` of this radius is inside; try it first, it is cheap.
        if (1.0 - length) * self.least_squares().smallest() > tolerance {
            return false;
        }
        let offset: Vec<f64> = x.iter().zip(&self.center).map(|(x, c)| x - c).collect();
        self.least_squares().distance_to_boundary(&offset) <= tolerance
    }

    /// The formula of the [ball](super::Ball) in the coordinates `u`, `x = center + factor · u`.
    fn shortfall(&self, g: &[f64], x: &[f64]) -> f64 {
        self.with_pulled_back(g, |pulled| {
            let width = norm(pulled);
            if width == 0.0 {
                return 0.0;
            }
            let mut short = [0.0; SHORT];
            let mut long = Vec::new();
            let u = match short.get_mut(..x.len()) {
                Some(u) => u,
                None => {
                    long.resize(x.len(), 0.0);
                    &mut long[..]
                }
            };
            self.unit_coordinates(x, u);
            let rho = norm(u);
            if rho == 0.0 {
                return width;
            }
            let mut chord = 0.0;
            let mut weight_of_x = 0.0;
            for k in 0..g.len() {
                let difference = pulled[k] / width - u[k] / rho;
                chord += difference * difference;
                weight_of_x += (g[k] * x[k]).abs();
            }
            let radial = width * (1.0 - rho);
            if radial <= self.rounding() * width + 2.0 * f64::EPSILON * weight_of_x {
                0.5 * width * chord
            } else {
                radial + 0.5 * rho * width * chord
            }
        })
    }

    /// The whole ellipsoid iff `‖g‖ ≤ tolerance`.
    fn exposed_face(&self, g: &[f64], tolerance: f64) -> Face {
        if norm(g) > tolerance {
            let mut point = vec![0.0; g.len()];
            self.maximiser(g, &mut point);
            return Face::Point(point);
        }
        Face::Round {
            center: self.center.clone(),
            factor: self.factor.clone(),
        }
    }

    fn bounding_box(&self) -> (Vec<f64>, Vec<f64>) {
        let m = self.center.len();
        let extents: Vec<f64> = (0..m)
            .map(|i| norm(&self.factor[i * m..=i * m + i]))
            .collect();
        let lower = self.center.iter().zip(&extents).map(|(c, e)| c - e);
        let upper = self.center.iter().zip(&extents).map(|(c, e)| c + e);
        (lower.collect(), upper.collect())
    }

    fn affine_dim(&self) -> usize {
        self.center.len()
    }
}

/// The ellipsoid's linear map followed by a `d × m` matrix (by rows), for best responses.
pub(super) fn image_of_factor(ellipsoid: &Ellipsoid, weight: &[f64]) -> Vec<f64> {
    let m = ellipsoid.center.len();
    let rows = weight.len() / m;
    let mut product = vec![0.0; rows * m];
    for r in 0..rows {
        for i in 0..m {
            let w = weight[r * m + i];
            for k in 0..=i {
                product[r * m + k] += w * ellipsoid.factor[i * m + k];
            }
        }
    }
    product
}
