//! The maximum of a likelihood within a set.

use big_game::action_space::{ActionSpace, ConvexSet, nearest_in_image};
use big_numeric::{Cholesky, dot, matrix};

use crate::fit::FitError;
use crate::likelihood::{LARGEST_DENSE, Objective};
use crate::newton::{Minimum, Status};

/// The maximum within a set: each step minimises the quadratic model over the set exactly.
pub(crate) fn within(
    objective: &Objective<'_>,
    space: &ActionSpace,
    start: Option<&[f64]>,
) -> Result<Minimum, FitError> {
    let p = objective.count();
    if p > LARGEST_DENSE {
        return Err(FitError::BadOption(format!(
            "a bound needs at most {LARGEST_DENSE} coordinates, the embeddings have {p}"
        )));
    }
    let mut y = vec![0.0; p];
    space.project(start.unwrap_or(&vec![0.0; p]), &mut y);
    let mut at = objective.evaluate(&y, true)?;
    let (mut iterations, mut passes) = (0, 1);
    if at.weight <= 0.0 {
        return Err(FitError::Empty);
    }
    let mut before = f64::INFINITY;
    loop {
        // As much of the identity as makes the model strictly convex, where the data do not.
        let trace: f64 = (0..p).map(|k| at.hessian[k * p + k]).sum::<f64>() / p as f64;
        let mut hessian = at.hessian.clone();
        for k in 0..p {
            hessian[k * p + k] += 1e-12 * trace.max(f64::MIN_POSITIVE);
        }
        let Some(factor) = Cholesky::new(&hessian, p) else {
            return Err(FitError::NotConverged {
                iterations,
                gradient_norm: big_numeric::norm(&at.gradient),
            });
        };
        let lower = factor.lower();
        let upper: Vec<f64> = (0..p * p).map(|at| lower[(at % p) * p + at / p]).collect();
        let mut wish = matrix::times(&upper, &y);
        let mut pull = at.gradient.clone();
        factor.solve_lower(&mut pull);
        for (w, g) in wish.iter_mut().zip(&pull) {
            *w -= g;
        }
        let mut next = vec![0.0; p];
        nearest_in_image(space, &upper, &wish, &mut next);
        let step: Vec<f64> = next.iter().zip(&y).map(|(n, y)| n - y).collect();
        let moved = matrix::times(&upper, &step);
        let length = (dot(&moved, &moved) / at.weight).sqrt();
        let floor = length < 1e-7 && length > 0.3 * before;
        if length <= 1e-12 || floor || iterations >= 200 {
            if length > 1e-7 {
                return Err(FitError::NotConverged {
                    iterations,
                    gradient_norm: big_numeric::norm(&at.gradient),
                });
            }
            return Ok(Minimum {
                gradient_norm: big_numeric::norm(&at.gradient),
                y,
                at,
                factor: Some(factor),
                single: false,
                exists: false,
                iterations,
                passes,
                status: Status::Converged,
                inside: None,
            });
        }
        before = length;
        let slope = dot(&step, &at.gradient);
        let mut share = 1.0;
        loop {
            let trial: Vec<f64> = y.iter().zip(&step).map(|(y, s)| y + share * s).collect();
            let there = objective.evaluate(&trial, true)?;
            passes += 1;
            let noise = 1e-13 * at.value.abs();
            if there.value <= at.value + 1e-4 * share * slope + noise || share < 1e-12 {
                (y, at) = (trial, there);
                break;
            }
            share *= 0.5;
        }
        iterations += 1;
    }
}
