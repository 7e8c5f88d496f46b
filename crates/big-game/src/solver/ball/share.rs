//! How a group of winners shares what it must pull together, as near to given actions as possible.

use super::dense::{Cholesky, dot};
use crate::action_space::{Ball, ConvexSet};
use crate::weight::norm;

/// One member of the group: its ball and its weight, which is not zero.
pub(super) struct Share<'a> {
    pub(super) ball: &'a Ball,
    pub(super) weight: f64,
}

impl Share<'_> {
    /// `ρ = |w| R`.
    pub(super) fn pull(&self) -> f64 {
        self.weight.abs() * self.ball.radius()
    }
}

/// What a multiplier `λ` gives: the actions `x_j = proj(wish + w_j λ)` and `Σ w_j (x_j − c_j) − s`.
struct Trial {
    actions: Vec<f64>,
    excess: Vec<f64>,
}

/// The minimiser of `Σ_j ‖x_j − wish‖²` over `x_j ∈ B_j` with `Σ_j w_j (x_j − c_j) = s`, all actions by
/// rows. Needs `‖s‖ < Σ ρ_j`. Newton's method on the dual in `λ ∈ R^d`, whose gradient is the excess;
/// `O(k d² + d³)` a step.
pub(super) fn nearest(shares: &[Share], wish: &[f64], sum: &[f64]) -> Vec<f64> {
    let d = sum.len();
    let total: f64 = shares.iter().map(Share::pull).sum();
    let mut lambda = vec![0.0; d];
    let mut here = trial(shares, wish, sum, &lambda);
    let floor = 2.0 * f64::EPSILON * (total + norm(sum));
    let mut stalled = 0;
    for _ in 0..200 {
        let before = norm(&here.excess);
        if before <= floor {
            break;
        }
        let Some(step) = newton_step(shares, wish, &lambda, &here.excess) else {
            break;
        };
        let slope0 = dot(&here.excess, &step);
        let (mut low, mut high, mut alpha) = (0.0, f64::INFINITY, 1.0);
        let (mut low_slope, mut high_slope) = (slope0, 0.0);
        let mut next = None;
        for t in 0..80 {
            let at: Vec<f64> = lambda
                .iter()
                .zip(&step)
                .map(|(l, s)| l + alpha * s)
                .collect();
            let there = trial(shares, wish, sum, &at);
            let slope = dot(&there.excess, &step);
            let good = slope.abs() <= 0.5 * slope0.abs() || norm(&there.excess) <= 0.5 * before;
            if slope < 0.0 {
                (low, low_slope) = (alpha, slope);
            } else {
                (high, high_slope) = (alpha, slope);
            }
            if good || slope < 0.0 {
                next = Some((at, there));
            }
            if good {
                break;
            }
            alpha = if high.is_finite() {
                let share = (low_slope / (low_slope - high_slope)).clamp(0.1, 0.9);
                let share = if t % 2 == 0 { share } else { 0.5 };
                low + share * (high - low)
            } else {
                4.0 * alpha
            };
            if alpha <= low || alpha >= high {
                break;
            }
        }
        let Some((at, there)) = next else { break };
        let after = norm(&there.excess);
        if after >= 0.5 * before {
            stalled += 1;
            if stalled > 20 && after >= before {
                break;
            }
        } else {
            stalled = 0;
        }
        (lambda, here) = (at, there);
    }
    here.actions
}

fn trial(shares: &[Share], wish: &[f64], sum: &[f64], lambda: &[f64]) -> Trial {
    let d = sum.len();
    let mut actions = vec![0.0; shares.len() * d];
    let mut excess: Vec<f64> = sum.iter().map(|s| -s).collect();
    let mut ideal = vec![0.0; d];
    for (share, action) in shares.iter().zip(actions.chunks_exact_mut(d)) {
        for ((i, p), l) in ideal.iter_mut().zip(wish).zip(lambda) {
            *i = p + share.weight * l;
        }
        share.ball.project(&ideal, action);
        for ((e, x), c) in excess
            .iter_mut()
            .zip(action.iter())
            .zip(share.ball.center())
        {
            *e += share.weight * (x - c);
        }
    }
    Trial { actions, excess }
}

/// `−(Σ w_j² P_j)⁻¹ excess`, `P_j` the derivative of the projection, with a whiff of regularisation: the
/// derivative vanishes along a direction in which nobody can give way.
fn newton_step(shares: &[Share], wish: &[f64], lambda: &[f64], excess: &[f64]) -> Option<Vec<f64>> {
    let d = excess.len();
    let mut matrix = vec![0.0; d * d];
    let mut trace = 0.0;
    for share in shares {
        let square = share.weight * share.weight;
        let out: Vec<f64> = (0..d)
            .map(|k| (wish[k] - share.ball.center()[k]) + share.weight * lambda[k])
            .collect();
        let size = norm(&out);
        let (keep, lose) = if size <= share.ball.radius() {
            (square, 0.0)
        } else {
            let factor = square * (share.ball.radius() / size);
            (factor, factor)
        };
        for k in 0..d {
            if lose > 0.0 {
                let uk = out[k] / size;
                for l in 0..=k {
                    matrix[k * d + l] -= lose * (uk * (out[l] / size));
                }
            }
            matrix[k * d + k] += keep;
        }
        trace += square;
    }
    let factor = [1e-14, 1e-10, 1e-6, 1e-2]
        .iter()
        .find_map(|shift| Cholesky::new(&matrix, d, shift * trace))?;
    let mut step: Vec<f64> = excess.iter().map(|e| -e).collect();
    factor.solve(&mut step);
    Some(step)
}
