//! Newton's method for more parameters than a Hessian has room for.

use big_numeric::dot;

use crate::data::DataError;
use crate::likelihood::Objective;
use crate::newton::{MOST_HESSIANS, Minimum, Status};
use crate::separation::rises_everywhere;

/// After so many steps it looks whether there is a minimum.
const LOOK: usize = 8;

/// Minimises without ever forming a Hessian: Newton's steps by conjugate gradients, preconditioned by the diagonal.
/// O(N·d) a pass, and as many passes as the conjugate gradients take.
pub(crate) fn minimise(
    objective: &Objective<'_>,
    start: &[f64],
    done: f64,
) -> Result<Minimum, DataError> {
    let mut y = start.to_vec();
    let mut at = objective.evaluate(&y, false)?;
    let (mut passes, mut iterations) = (1, 0);
    let first = big_numeric::norm(&at.gradient);
    let status = loop {
        let diagonal = objective.hessian_diagonal(&y)?;
        passes += 1;
        let forcing = (big_numeric::norm(&at.gradient) / first.max(f64::MIN_POSITIVE))
            .sqrt()
            .min(0.1);
        let (step, made) = conjugate_gradients(objective, &y, &at.gradient, &diagonal, forcing)?;
        passes += made;
        let slope = dot(&step, &at.gradient);
        let length = (-slope / at.weight.max(f64::MIN_POSITIVE)).max(0.0).sqrt();
        if length <= done {
            passes += 1;
            // As for the dense method: behind a step that moves no margin much, a maximum exists.
            break if objective.longest_move(&step)? < 0.5 {
                Status::Converged
            } else {
                Status::Diverging
            };
        }
        if iterations >= MOST_HESSIANS || !length.is_finite() {
            break Status::Diverging;
        }
        let mut factor = 1.0;
        let (next, next_at) = loop {
            let next: Vec<f64> = y.iter().zip(&step).map(|(y, s)| y + factor * s).collect();
            let trial = objective.evaluate(&next, false)?;
            passes += 1;
            let falls = trial.value <= at.value + 1e-4 * factor * slope + 1e-13 * at.value.abs();
            if falls || length < 1e-7 || factor < 1e-12 {
                break (next, trial);
            }
            factor *= 0.5;
        };
        (y, at) = (next, next_at);
        iterations += 1;
        if iterations % LOOK == 0 && objective.prior.is_none() {
            // Along a direction in which every margin rises there is no minimum.
            let p = objective.count();
            let guess = objective.parameters.coefficients(&y);
            passes += 1;
            if rises_everywhere(objective.source, p, &guess[..p])?.is_some() {
                break Status::Diverging;
            }
        }
    };
    Ok(Minimum {
        gradient_norm: big_numeric::norm(&at.gradient),
        y,
        at,
        factor: None,
        single: false,
        exists: false,
        iterations,
        passes,
        status,
        inside: None,
    })
}

/// Solves `H s = −g` to a relative residual of `forcing`; returns the passes made.
fn conjugate_gradients(
    objective: &Objective<'_>,
    y: &[f64],
    gradient: &[f64],
    diagonal: &[f64],
    forcing: f64,
) -> Result<(Vec<f64>, usize), DataError> {
    let p = y.len();
    let apply = |r: &[f64]| -> Vec<f64> {
        r.iter()
            .zip(diagonal)
            .map(|(r, d)| r / d.max(f64::MIN_POSITIVE))
            .collect()
    };
    let mut step = vec![0.0; p];
    let mut residual: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let mut z = apply(&residual);
    let mut direction = z.clone();
    let mut rho = dot(&residual, &z);
    let goal = forcing * forcing * rho;
    let mut passes = 0;
    while rho > goal && passes < p.min(500) {
        let image = objective.hessian_times(y, &direction)?;
        passes += 1;
        let curvature = dot(&direction, &image);
        if curvature <= 0.0 || curvature.is_nan() {
            break;
        }
        let alpha = rho / curvature;
        for k in 0..p {
            step[k] += alpha * direction[k];
            residual[k] -= alpha * image[k];
        }
        z = apply(&residual);
        let next = dot(&residual, &z);
        let beta = next / rho;
        rho = next;
        for k in 0..p {
            direction[k] = z[k] + beta * direction[k];
        }
    }
    Ok((step, passes))
}
