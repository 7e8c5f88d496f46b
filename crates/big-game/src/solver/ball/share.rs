//! How a group of winners shares what it must pull together, as near to given actions as possible.

use big_numeric::{Cholesky, dot, norm, stretch};

use super::span::{Basis, LEAST};
use crate::action_space::Ball;

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

/// A member in coordinates around the centre of its ball.
struct Member {
    weight: f64,
    radius: f64,
    /// Where it is drawn to, less the centre.
    wish: Vec<f64>,
}

impl Member {
    /// Writes the point of the ball nearest to `wish + w λ`.
    fn respond(&self, lambda: &[f64], offset: &mut [f64]) {
        for ((o, p), l) in offset.iter_mut().zip(&self.wish).zip(lambda) {
            *o = p + self.weight * l;
        }
        let length = norm(offset);
        if length > self.radius {
            stretch(offset, self.radius);
        }
    }
}

/// What a multiplier `λ` gives: the offsets `x_j − c_j = proj(wish_j + w_j λ)` and `Σ w_j (x_j − c_j) − s`.
struct Trial {
    offsets: Vec<f64>,
    excess: Vec<f64>,
}

/// The minimiser of `Σ_j ‖x_j − wish‖²` over `x_j ∈ B_j` with `Σ_j w_j (x_j − c_j) = s`, all actions by
/// rows. Needs `‖s‖ < Σ ρ_j`. Everything lies in the span of `s` and of what the centres lack of the wish: where that
/// has few dimensions, the search takes place in it.
pub(super) fn nearest(shares: &[Share], wish: &[f64], sum: &[f64]) -> Vec<f64> {
    let d = sum.len();
    let lack = |share: &Share| -> Vec<f64> {
        let center = share.ball.center();
        wish.iter().zip(center).map(|(p, c)| p - c).collect()
    };
    let member = |share: &Share, wish: Vec<f64>| Member {
        weight: share.weight,
        radius: share.ball.radius(),
        wish,
    };
    let mut balls: Vec<&Ball> = Vec::new();
    for share in shares {
        if !balls.iter().any(|ball| std::ptr::eq(*ball, share.ball)) {
            balls.push(share.ball);
        }
        if 2 * (balls.len() + 1) > d {
            break;
        }
    }
    let offsets = if d < LEAST || 2 * (balls.len() + 1) > d {
        let members: Vec<Member> = shares.iter().map(|s| member(s, lack(s))).collect();
        nearest_offsets(&members, sum)
    } else {
        let mut basis = Basis::new();
        let mut sum = basis.include(sum.to_vec());
        let mut members: Vec<Member> = shares
            .iter()
            .map(|s| member(s, basis.include(lack(s))))
            .collect();
        let k = basis.dim().max(1);
        sum.resize(k, 0.0);
        members.iter_mut().for_each(|m| m.wish.resize(k, 0.0));
        let small = nearest_offsets(&members, &sum);
        let mut offsets = vec![0.0; shares.len() * d];
        for (offset, coordinates) in offsets.chunks_exact_mut(d).zip(small.chunks_exact(k)) {
            basis.add(coordinates, offset);
        }
        offsets
    };
    let mut actions = offsets;
    for (action, share) in actions.chunks_exact_mut(d).zip(shares) {
        for (x, c) in action.iter_mut().zip(share.ball.center()) {
            *x += c;
        }
    }
    actions
}

/// The offsets, by rows: Newton's method on the dual in `λ`, whose gradient is the excess; `O(k d² + d³)` a step.
fn nearest_offsets(members: &[Member], sum: &[f64]) -> Vec<f64> {
    let d = sum.len();
    let total: f64 = members.iter().map(|m| m.weight.abs() * m.radius).sum();
    let mut lambda = vec![0.0; d];
    let mut here = trial(members, sum, &lambda);
    let floor = 2.0 * f64::EPSILON * (total + norm(sum));
    let mut stalled = 0;
    for _ in 0..200 {
        let before = norm(&here.excess);
        if before <= floor {
            break;
        }
        let Some(step) = newton_step(members, &lambda, &here.excess) else {
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
            let there = trial(members, sum, &at);
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
    here.offsets
}

fn trial(members: &[Member], sum: &[f64], lambda: &[f64]) -> Trial {
    let d = sum.len();
    let mut offsets = vec![0.0; members.len() * d];
    let mut excess: Vec<f64> = sum.iter().map(|s| -s).collect();
    for (member, offset) in members.iter().zip(offsets.chunks_exact_mut(d)) {
        member.respond(lambda, offset);
        for (e, x) in excess.iter_mut().zip(offset.iter()) {
            *e += member.weight * x;
        }
    }
    Trial { offsets, excess }
}

/// `−(Σ w_j² P_j)⁻¹ excess`, `P_j` the derivative of the projection, with a whiff of regularisation: the
/// derivative vanishes along a direction in which nobody can give way.
fn newton_step(members: &[Member], lambda: &[f64], excess: &[f64]) -> Option<Vec<f64>> {
    let d = excess.len();
    let mut matrix = vec![0.0; d * d];
    let mut trace = 0.0;
    for member in members {
        let square = member.weight * member.weight;
        let out: Vec<f64> = (0..d)
            .map(|k| member.wish[k] + member.weight * lambda[k])
            .collect();
        let size = norm(&out);
        let (keep, lose) = if size <= member.radius {
            (square, 0.0)
        } else {
            let factor = square * (member.radius / size);
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
        .find_map(|shift| Cholesky::shifted(&matrix, d, shift * trace))?;
    let mut step: Vec<f64> = excess.iter().map(|e| -e).collect();
    factor.solve(&mut step);
    Some(step)
}
