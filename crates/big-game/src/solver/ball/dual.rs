//! The dual `D(y) = ½‖y − b'‖² + Σ ρ_i ‖t_i − y‖`, and what one pass tells about a point.
//!
//! `D` is strongly convex with modulus 1, so the residual `F(y) = y − b' − Σ ρ_i u_i` bounds the error:
//! `‖y − r*‖ ≤ ‖F(y)‖`.

use big_numeric::{Compensated, dot, norm, sum};

use super::pass::{Nearest, Point, Terms};

/// The dual problem.
pub(super) struct Dual<'a> {
    pub(super) terms: Terms<'a>,
    /// `b' = b + Σ w_i c_i`, each coordinate as an unevaluated sum.
    pub(super) background: &'a [Compensated],
    /// A bound on `‖r* − b'‖ + ‖b'‖`: the unit of rounding errors.
    pub(super) scale: f64,
    /// The residual that is asked for; 0 for all that double precision allows.
    pub(super) goal: f64,
}

/// What one pass tells about a point.
pub(super) struct Visit {
    pub(super) point: Point,
    /// `y − b' − Σ ρ_i u_i` over the targets that are not the anchor.
    pub(super) rest: Vec<f64>,
    /// The pulls of those whose target is the anchor.
    pub(super) group: f64,
    pub(super) stiffness: f64,
    pub(super) nearest: Option<Nearest>,
    /// The Hessian of all terms but the anchor's, lower triangle.
    pub(super) hessian: Option<Vec<f64>>,
}

impl Visit {
    /// The least norm of a subgradient of the dual: 0 at the solution, and a bound on the distance to it.
    pub(super) fn residual(&self) -> f64 {
        if self.point.is_anchor() {
            (norm(&self.rest) - self.group).max(0.0)
        } else {
            norm(&self.gradient())
        }
    }

    /// `F(y)`; at the anchor itself, the subgradient of least norm.
    pub(super) fn gradient(&self) -> Vec<f64> {
        if self.group == 0.0 {
            return self.rest.clone();
        }
        if self.point.is_anchor() {
            let size = norm(&self.rest);
            let factor = if size > self.group {
                1.0 - self.group / size
            } else {
                0.0
            };
            return self.rest.iter().map(|x| x * factor).collect();
        }
        let distance = norm(&self.point.offset);
        self.rest
            .iter()
            .zip(&self.point.offset)
            .map(|(f, o)| f + self.group * (o / distance))
            .collect()
    }

    /// The derivative of the dual in the direction `p`.
    pub(super) fn slope(&self, p: &[f64]) -> f64 {
        if self.point.is_anchor() {
            dot(&self.rest, p) + self.group * norm(p)
        } else {
            dot(&self.gradient(), p)
        }
    }

    /// The Hessian of everything.
    pub(super) fn full_hessian(&self) -> Option<Vec<f64>> {
        let mut hessian = self.hessian.clone()?;
        let distance = norm(&self.point.offset);
        if self.group > 0.0 && distance > 0.0 {
            add_bend(&mut hessian, self.group, &self.point.offset, distance);
        }
        Some(hessian)
    }
}

impl<'a> Dual<'a> {
    pub(super) fn new(terms: Terms<'a>, background: &'a [Compensated]) -> Self {
        let size: Vec<f64> = background.iter().map(|b| b.value()).collect();
        Self {
            terms,
            background,
            scale: norm(&size) + sum(terms.pulls),
            goal: 0.0,
        }
    }

    /// A bound on the rounding error of a residual.
    pub(super) fn rounding(&self) -> f64 {
        4.0 * self.floor()
    }

    /// A residual that cannot be told from 0: a few roundings of the largest numbers in the sum.
    fn floor(&self) -> f64 {
        4.0 * f64::EPSILON * self.scale
    }

    /// One pass at a point. A point that turns out to be another target than its anchor is anchored there.
    pub(super) fn visit(&self, point: Point, hessian: bool, passes: &mut usize) -> Visit {
        *passes += 1;
        let sums = self.terms.sums(&point, hessian);
        if let Some(near) = sums.nearest {
            let target = self.terms.target(near.row);
            if norm(&point.to(target)) == 0.0 {
                return self.visit(Point::at(target), hessian, passes);
            }
        }
        let d = self.terms.dim;
        let rest = (0..d)
            .map(|k| {
                let mut sum = Compensated::default();
                let (b, pull) = (self.background[k], sums.pull[k]);
                for part in [point.anchor[k], -b.high, -pull.high, point.offset[k]] {
                    sum.add(part);
                }
                sum.add(-b.low);
                sum.add(-pull.low);
                sum.value()
            })
            .collect();
        // Σ c (I − u uᵀ) + I.
        let bent = sums.outer.map(|mut outer| {
            outer.iter_mut().for_each(|h| *h = -*h);
            for k in 0..d {
                outer[k * d + k] += sums.stiffness + 1.0;
            }
            outer
        });
        Visit {
            point,
            rest,
            group: sums.group,
            stiffness: sums.stiffness,
            nearest: sums.nearest,
            hessian: bent,
        }
    }

    /// Is the answer as good as asked, or as double precision allows?
    pub(super) fn settled(&self, visit: &Visit) -> bool {
        let slack = if visit.point.is_anchor() {
            self.rounding()
        } else {
            self.floor()
        };
        visit.residual() <= slack.max(self.goal)
    }
}

/// Adds the Hessian of `ρ ‖v‖`, that is `ρ / ‖v‖ (I − u uᵀ)`, to a lower triangle; `distance = ‖v‖ > 0`.
pub(super) fn add_bend(matrix: &mut [f64], rho: f64, v: &[f64], distance: f64) {
    let d = v.len();
    let stiff = rho / distance;
    for k in 0..d {
        let uk = v[k] / distance;
        for l in 0..=k {
            matrix[k * d + l] -= stiff * (uk * (v[l] / distance));
        }
        matrix[k * d + k] += stiff;
    }
}
