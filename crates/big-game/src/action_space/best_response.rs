//! The nearest point in a linear image of a set: what a best response with a matrix weight is.

use big_numeric::{dot, max_abs, times_power_of_two};

use super::ellipsoid::image_of_factor;
use super::min_norm::{self, LinearOracle};
use super::secular::BallLeastSquares;
use super::{ActionSpace, ConvexSet};

/// Writes an `x ∈ X` that minimises `‖W x − q‖²` into `out` and returns the optimality residual
/// `h(g) − ⟨g, x⟩` for `g = Wᵀ (q − W x)`, which is 0 exactly at a minimiser.
///
/// `weight` is `W`, `d × m` by rows, of any rank; `q` has length `d`, `out` length `m`. Balls and
/// ellipsoids by a singular value decomposition and the secular equation, all other sets by Wolfe's method.
pub fn nearest_in_image(space: &ActionSpace, weight: &[f64], q: &[f64], out: &mut [f64]) -> f64 {
    let m = space.dim();
    let d = q.len();
    // Squares of the image's numbers must not vanish; only the direction matters of what is too far away to be reached.
    let order = order_of(weight);
    let (lower, upper) = space.bounding_box();
    let reach = max_abs(weight) * max_abs(&lower).max(max_abs(&upper));
    let far = max_abs(q) > FAR * reach;
    if order.abs() > COMFORTABLE || far {
        let scaled = |values: &[f64], power: i32| -> Vec<f64> {
            values
                .iter()
                .map(|&v| times_power_of_two(v, power))
                .collect()
        };
        let weight = scaled(weight, -order);
        if far {
            let mut g = vec![0.0; m];
            pull_back(&weight, &scaled(q, -order_of(q)), &mut g);
            space.maximiser(&g, out);
            return space.shortfall(&g, out);
        }
        let residual = nearest_in_image(space, &weight, &scaled(q, -order), out);
        return times_power_of_two(residual, 2 * order);
    }
    match space {
        ActionSpace::Ball(ball) => {
            let scaled: Vec<f64> = weight.iter().map(|w| w * ball.radius()).collect();
            let rest = offset(weight, ball.center(), q);
            let mut u = vec![0.0; m];
            BallLeastSquares::new(&scaled, d, m).solve(&rest, &mut u);
            for k in 0..m {
                out[k] = ball.center()[k] + ball.radius() * u[k];
            }
        }
        ActionSpace::Ellipsoid(ellipsoid) => {
            let image = image_of_factor(ellipsoid, weight);
            let rest = offset(weight, ellipsoid.center(), q);
            let mut u = vec![0.0; m];
            BallLeastSquares::new(&image, d, m).solve(&rest, &mut u);
            ellipsoid.at(&u, out);
        }
        _ => {
            let mut image = Image {
                space,
                weight,
                rows: d,
                pulled: vec![0.0; m],
            };
            min_norm::nearest(&mut image, q, out);
        }
    }
    let residual = offset(weight, out, q);
    let mut gradient = vec![0.0; m];
    pull_back(weight, &residual, &mut gradient);
    space.shortfall(&gradient, out)
}

/// Matrices within `2^±300` are taken as they are.
const COMFORTABLE: i32 = 300;
/// From this many times beyond the image's numbers only the direction of a point matters.
const FAR: f64 = 1e30;

/// The binary order of the largest number; 0 where there is none but 0.
fn order_of(values: &[f64]) -> i32 {
    let largest = max_abs(values);
    if largest > 0.0 {
        largest.log2().floor() as i32
    } else {
        0
    }
}

/// `q − W x`.
fn offset(weight: &[f64], x: &[f64], q: &[f64]) -> Vec<f64> {
    let rows = weight.chunks_exact(x.len());
    rows.zip(q).map(|(row, q)| q - dot(row, x)).collect()
}

/// `Wᵀ y`.
fn pull_back(weight: &[f64], y: &[f64], out: &mut [f64]) {
    out.fill(0.0);
    for (row, y) in weight.chunks_exact(out.len()).zip(y) {
        for (out, w) in out.iter_mut().zip(row) {
            *out += w * y;
        }
    }
}

struct Image<'a> {
    space: &'a ActionSpace,
    weight: &'a [f64],
    rows: usize,
    pulled: Vec<f64>,
}

impl LinearOracle for Image<'_> {
    fn dim(&self) -> usize {
        self.space.dim()
    }

    fn image_dim(&self) -> usize {
        self.rows
    }

    fn best(&mut self, direction: &[f64], vertex: &mut [f64], image: &mut [f64]) {
        pull_back(self.weight, direction, &mut self.pulled);
        self.space.maximiser(&self.pulled, vertex);
        for (image, row) in image.iter_mut().zip(self.weight.chunks_exact(vertex.len())) {
            *image = dot(row, vertex);
        }
    }

    fn image_size(&self) -> f64 {
        let (lower, upper) = self.space.bounding_box();
        let size = max_abs(&lower).max(max_abs(&upper));
        max_abs(self.weight) * size
    }
}
