//! The log-likelihood at many positions at once: what its curves and surfaces are drawn from.

use crate::data::{DataError, Source};
use crate::fit::Fit;
use crate::fold::fold;
use crate::kernel::{self, Curvature, LikelihoodSums};
use crate::likelihood::Model;

/// Running sums of the pass: a constant, so that threads do not change a bit.
const LANES: usize = 64;

/// The log-likelihood `Σ w log P(label | position)` (arXiv:2502.01127, eq. 27; without a prior) at `positions`, which
/// stand one after the other (`P × d` numbers), in their order.
///
/// One pass over the rows, however many positions there are, and O(P·N·d) operations. The same bits whatever the number
/// of threads.
///
/// # Errors
/// What the source says.
pub fn log_likelihoods(
    source: &dyn Source,
    model: Model,
    positions: &[f64],
) -> Result<Vec<f64>, DataError> {
    let dim = source.dim();
    let coefficients: Vec<Vec<f64>> = positions
        .chunks_exact(dim.max(1))
        .map(|position| model.coefficients(position))
        .collect();
    let losses = fold(
        source,
        LANES,
        coefficients.len() * (dim + 1),
        &|| vec![0.0; coefficients.len()],
        &|sums: &mut Vec<f64>, block, scratch| {
            for (sum, q) in sums.iter_mut().zip(&coefficients) {
                let mut value = LikelihoodSums::new(0, false);
                kernel::add_block(block, q, Curvature::None, &mut value, scratch);
                *sum += value.value;
            }
        },
        &|a, b| a.iter_mut().zip(b).for_each(|(a, b)| *a += b),
    )?;
    Ok(losses
        .unwrap_or_else(|| vec![0.0; coefficients.len()])
        .into_iter()
        .map(|loss| -loss)
        .collect())
}

/// A [`Window`] reaches so many standard errors from the estimate: far enough to see that the likelihood is no parabola.
const REACH: f64 = 5.0;

/// The log-likelihood on a regular grid around an estimate.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// The ends of each coordinate (1 or 2 of them).
    pub ends: Vec<[f64; 2]>,
    /// Points along each coordinate.
    pub points: usize,
    /// The log-likelihood, the first coordinate varying fastest: `points` or `points²` values.
    pub values: Vec<f64>,
    /// The log-likelihood at the estimate itself.
    pub summit: f64,
}

impl Window {
    /// The window around an estimate, five standard errors to each side, at the estimate's precision. `None` where it has
    /// no standard errors, or more than two coordinates. One pass, O(points^d · N).
    ///
    /// # Errors
    /// What the source says.
    pub fn around(
        source: &dyn Source,
        estimate: &Fit,
        points: usize,
    ) -> Result<Option<Self>, DataError> {
        let theta = &estimate.theta;
        let errors = match &estimate.standard_errors {
            Some(errors) if theta.len() <= 2 && errors.iter().all(|e| *e > 0.0) => errors,
            _ => return Ok(None),
        };
        let ends: Vec<[f64; 2]> = theta
            .iter()
            .zip(errors)
            .map(|(t, e)| [t - REACH * e, t + REACH * e])
            .collect();
        if !ends.iter().flatten().all(|v| v.is_finite()) {
            return Ok(None);
        }
        let points = points.max(2);
        let mut positions = Vec::new();
        let count = points.pow(ends.len() as u32);
        for index in 0..count {
            let mut rest = index;
            for &end in &ends {
                positions.push(position(end, rest % points, points));
                rest /= points;
            }
        }
        positions.extend_from_slice(theta);
        let model = Model::ideal_point(estimate.precision);
        let mut values = log_likelihoods(source, model, &positions)?;
        let summit = values.pop().unwrap_or(f64::NAN);
        Ok(Some(Self {
            ends,
            points,
            values,
            summit,
        }))
    }

    /// The window of one coordinate as a curve, `(θ, log-likelihood)`; empty in more.
    pub fn curve(&self) -> Vec<[f64; 2]> {
        let &[ends] = self.ends.as_slice() else {
            return Vec::new();
        };
        let values = self.values.iter().enumerate();
        values
            .map(|(k, v)| [position(ends, k, self.points), *v])
            .collect()
    }
}

/// The `k`-th of `points` along a coordinate.
fn position([lo, hi]: [f64; 2], k: usize, points: usize) -> f64 {
    lo + (hi - lo) * k as f64 / (points - 1) as f64
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::data::{Builder, Comparisons, Preference, Storage, Ties};
    use crate::fit::{FitOptions, Precision, fit};

    /// `N` comparisons with labels that are neither separable nor the same.
    fn plane(rows: usize) -> Comparisons {
        let number = |k: usize| ((k as f64 * 0.618_033_988_749_894_9).fract() - 0.5) * 2.0;
        let mut builder = Builder::new(2, Storage::Double, Ties::Refuse).unwrap();
        for r in 0..rows {
            let [a, b] = [0, 2].map(|k| [number(4 * r + k), number(4 * r + k + 1)]);
            let label = if r % 3 == 0 {
                Preference::A
            } else {
                Preference::B
            };
            builder.push(&a, &b, label, 1.0, None, 1).unwrap();
        }
        builder.finish()
    }

    /// The curve on a line is that of the definition, and has its summit at the estimate.
    #[test]
    fn the_curve_peaks_at_the_estimate() {
        let rows = [
            (0.3, -0.4, true),
            (0.9, 0.1, false),
            (-0.2, 0.7, true),
            (0.5, -0.9, false),
        ];
        let mut builder = Builder::new(1, Storage::Double, Ties::Refuse).unwrap();
        for (a, b, first) in rows {
            let label = if first { Preference::A } else { Preference::B };
            builder.push(&[a], &[b], label, 1.0, None, 1).unwrap();
        }
        let data = builder.finish();
        let estimate = fit(&data, &FitOptions::default()).unwrap();
        let window = Window::around(&data, &estimate, 101).unwrap().unwrap();
        let curve = window.curve();
        for [theta, value] in &curve {
            let expected: f64 = rows
                .iter()
                .map(|(a, b, first)| {
                    let margin = (b - theta).powi(2) - (a - theta).powi(2);
                    -(if *first { -margin } else { margin }).exp().ln_1p()
                })
                .sum();
            assert!((value - expected).abs() < 1e-12 * (1.0 + expected.abs()));
        }
        assert!((curve[50][0] - estimate.theta[0]).abs() < 1e-12);
        assert!(curve.iter().all(|[_, v]| *v <= window.summit + 1e-12));
        let reach = curve[100][0] - curve[0][0];
        let error = estimate.standard_errors.unwrap()[0];
        assert!(
            (reach / error - 10.0).abs() < 1e-9,
            "five errors to each side"
        );
    }

    /// The estimate stands in the middle of its window, and nothing there is higher.
    #[test]
    fn the_window_has_its_summit_at_the_estimate() {
        let data = plane(500);
        for precision in [Precision::Fixed(1.0), Precision::Fit] {
            let options = FitOptions {
                precision,
                ..FitOptions::default()
            };
            let estimate = fit(&data, &options).unwrap();
            let window = Window::around(&data, &estimate, 21).unwrap().unwrap();
            assert_eq!(window.values.len(), 21 * 21);
            assert!((window.summit - estimate.log_likelihood).abs() < 1e-9 * window.summit.abs());
            let middle = window.values[10 * 21 + 10];
            assert!((middle - window.summit).abs() < 1e-9 * window.summit.abs());
            for value in &window.values {
                assert!(*value <= window.summit + 1e-9 * window.summit.abs());
            }
        }
    }

    /// Against the definition, row by row, in one and two dimensions and with weights.
    #[test]
    fn it_is_the_sum_of_its_definition() {
        let number = |k: usize| ((k as f64 * 0.754_877_666_246_692_7).fract() - 0.5) * 3.0;
        for (dim, rows) in [(1, 1), (1, 1500), (2, 700)] {
            let mut builder = Builder::new(dim, Storage::Double, Ties::Refuse).unwrap();
            let mut all = Vec::new();
            for r in 0..rows {
                let a: Vec<f64> = (0..dim).map(|k| number(2 * (r * dim + k))).collect();
                let b: Vec<f64> = (0..dim).map(|k| number(2 * (r * dim + k) + 1)).collect();
                let (label, sign) = [(Preference::A, 1.0), (Preference::B, -1.0)][r % 3 % 2];
                let weight = 0.5 + (r % 4) as f64;
                builder.push(&a, &b, label, weight, None, 1).unwrap();
                all.push((a, b, sign, weight));
            }
            let data = builder.finish();
            let beta = 0.7;
            let positions: Vec<f64> = (0..5 * dim).map(|k| 0.3 * k as f64 - 0.6).collect();
            let found = log_likelihoods(&data, Model::ideal_point(beta), &positions).unwrap();
            assert_eq!(found.len(), 5);
            let distance = |x: &[f64], y: &[f64]| -> f64 {
                x.iter().zip(y).map(|(x, y)| (x - y).powi(2)).sum()
            };
            for (theta, found) in positions.chunks(dim).zip(found) {
                let expected: f64 = all
                    .iter()
                    .map(|(a, b, sign, weight)| {
                        let margin = sign * beta * (distance(b, theta) - distance(a, theta));
                        -weight * (-margin).exp().ln_1p()
                    })
                    .sum();
                assert!((found - expected).abs() < 1e-10 * (1.0 + expected.abs()));
            }
        }
    }
}
