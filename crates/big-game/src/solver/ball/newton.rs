//! Newton's method on the dual `D(y) = ½‖y − b'‖² + Σ ρ_i ‖t_i − y‖`, with one target kept exact in the
//! model and an optimality test at targets.
//!
//! `D` is strongly convex with modulus 1, so the residual `F(y) = y − b' − Σ ρ_i u_i` bounds the error:
//! `‖y − r*‖ ≤ ‖F(y)‖`. Steps are judged by `F` alone (by the slope along the step), never by the values
//! of `D`, whose differences cancel.

use super::dense::{Cholesky, dot, proximal_step, symmetric_times};
use super::exact_sum::Compensated;
use super::line;
use super::pass::{Nearest, Point, Terms};
use crate::weight::norm;

/// The dual problem.
pub(super) struct Dual<'a> {
    pub(super) terms: Terms<'a>,
    /// `b' = b + Σ w_i c_i`, each coordinate as an unevaluated sum.
    pub(super) background: &'a [Compensated],
    /// A bound on `‖r* − b'‖ + ‖b'‖`: the unit of rounding errors.
    pub(super) scale: f64,
}

/// What one pass tells about a point.
pub(super) struct Visit {
    pub(super) point: Point,
    /// `y − b' − Σ ρ_i u_i` over the targets that are not the anchor.
    pub(super) rest: Vec<f64>,
    /// The pulls of those whose target is the anchor.
    pub(super) group: f64,
    stiffness: f64,
    nearest: Option<Nearest>,
    /// The Hessian of all terms but the anchor's, lower triangle.
    hessian: Option<Vec<f64>>,
}

/// Passes after which the search stops, whatever it has.
const MAX_PASSES: usize = 2000;
/// Trials of one line search.
const MAX_TRIALS: usize = 60;
/// Up to this many influencers every target is tested first.
const FEW: usize = 32;

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
    fn gradient(&self) -> Vec<f64> {
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
    fn slope(&self, p: &[f64]) -> f64 {
        if self.point.is_anchor() {
            dot(&self.rest, p) + self.group * norm(p)
        } else {
            dot(&self.gradient(), p)
        }
    }

    /// The Hessian of everything.
    fn full_hessian(&self) -> Option<Vec<f64>> {
        let mut hessian = self.hessian.clone()?;
        let distance = norm(&self.point.offset);
        if self.group > 0.0 && distance > 0.0 {
            let d = self.rest.len();
            let stiff = self.group / distance;
            for k in 0..d {
                let uk = self.point.offset[k] / distance;
                for l in 0..=k {
                    hessian[k * d + l] -= stiff * (uk * (self.point.offset[l] / distance));
                }
                hessian[k * d + k] += stiff;
            }
        }
        Some(hessian)
    }
}

impl<'a> Dual<'a> {
    pub(super) fn new(terms: Terms<'a>, background: &'a [Compensated]) -> Self {
        let reach: f64 = terms.pulls.iter().sum();
        let size: Vec<f64> = background.iter().map(|b| b.value()).collect();
        Self {
            terms,
            background,
            scale: norm(&size) + reach,
        }
    }

    /// The minimiser of the dual and the number of passes.
    pub(super) fn solve(&self) -> (Visit, usize) {
        let start = Point {
            anchor: self.background.iter().map(|b| b.high).collect(),
            offset: self.background.iter().map(|b| b.low).collect(),
        };
        let mut passes = 0;
        if self.scale == norm(&start.rounded()) {
            // Nobody pulls.
            return (self.visit(start, false, &mut passes), passes);
        }
        if let ([background], 1) = (self.background, self.terms.dim) {
            let point = line::solve(self.terms, *background);
            return (self.visit(point, false, &mut passes), passes + 1);
        }
        self.minimise(start)
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
    fn visit(&self, point: Point, hessian: bool, passes: &mut usize) -> Visit {
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

    /// `y + α p`, anchored at the nearest target known.
    fn moved(&self, from: &Visit, alpha: f64, p: &[f64]) -> Point {
        let mut point = from.point.clone();
        if let Some(near) = from.nearest {
            let target = self.terms.target(near.row);
            let to = from.point.to(target);
            if norm(&to) < norm(&from.point.offset) {
                point.anchor.copy_from_slice(target);
                point.offset = to.iter().map(|x| -x).collect();
            }
        }
        for (o, p) in point.offset.iter_mut().zip(p) {
            *o += alpha * p;
        }
        point
    }

    /// The target that the quadratic model at `here` expects to be the solution.
    fn expected(&self, here: &Visit, hessian: &[f64], refuted: &[Vec<f64>]) -> Option<Vec<f64>> {
        let gradient = here.gradient();
        let mut candidates = Vec::with_capacity(2);
        if !here.point.is_anchor() && here.group > 0.0 {
            candidates.push((here.point.anchor.clone(), here.group));
        }
        if let Some(near) = here.nearest {
            candidates.push((self.terms.target(near.row).to_vec(), near.pull));
        }
        for (target, pull) in candidates {
            if refuted.contains(&target) {
                continue;
            }
            let to = here.point.to(&target);
            let distance = norm(&to);
            let bent = symmetric_times(hessian, &to);
            let there: Vec<f64> = (0..to.len())
                .map(|k| gradient[k] + bent[k] + pull * (to[k] / distance))
                .collect();
            if norm(&there) <= 1.1 * pull {
                return Some(target);
            }
        }
        None
    }

    /// Is the answer as good as double precision allows?
    fn settled(&self, visit: &Visit) -> bool {
        let slack = if visit.point.is_anchor() {
            self.rounding()
        } else {
            self.floor()
        };
        visit.residual() <= slack
    }

    /// Minimises the dual from a start.
    fn minimise(&self, start: Point) -> (Visit, usize) {
        let mut passes = 0;
        let mut refuted: Vec<Vec<f64>> = Vec::new();
        if self.terms.len() <= FEW {
            for row in 0..self.terms.len() {
                let visit = self.visit(Point::at(self.terms.target(row)), true, &mut passes);
                if self.settled(&visit) {
                    return (visit, passes);
                }
                refuted.push(visit.point.anchor);
            }
        }
        let mut here = self.visit(start, true, &mut passes);
        let mut stalled = 0;
        while passes < MAX_PASSES && !self.settled(&here) {
            let before = here.residual();
            let Some(next) = self.advance(&here, &mut refuted, &mut passes) else {
                break;
            };
            let after = next.residual();
            // At the rounding floor the residual no longer falls.
            if after >= 0.5 * before && before <= 1e-11 * self.scale {
                stalled += 1;
                if after < before {
                    here = next;
                }
                if stalled == 2 {
                    break;
                }
                continue;
            }
            here = next;
        }
        (here, passes)
    }

    /// One step; `None` when no step leads down any more.
    fn advance(
        &self,
        here: &Visit,
        refuted: &mut Vec<Vec<f64>>,
        passes: &mut usize,
    ) -> Option<Visit> {
        if let Some(hessian) = here.full_hessian()
            && let Some(target) = self.expected(here, &hessian, refuted)
            && let Some(visit) = self.try_target(here, &target, refuted, passes)
        {
            return Some(visit);
        }
        let step = self.step(here).filter(|p| here.slope(p) < 0.0);
        let step = step.unwrap_or_else(|| {
            // Weiszfeld's step, which always leads down.
            let stiff = 1.0 + here.stiffness + here.group / norm(&here.point.offset).max(1e-300);
            here.gradient().iter().map(|g| -g / stiff).collect()
        });
        self.search(here, &step, refuted, passes)
    }

    /// The step of the model in which the anchor's term is exact and the others are quadratic.
    fn step(&self, here: &Visit) -> Option<Vec<f64>> {
        let hessian = here.hessian.as_ref()?;
        if here.group > 0.0 {
            let to: Vec<f64> = here.point.offset.iter().map(|o| -o).collect();
            let bent = symmetric_times(hessian, &to);
            let h: Vec<f64> = here.rest.iter().zip(&bent).map(|(f, b)| f + b).collect();
            if norm(&h) > here.group {
                return proximal_step(hessian, &h, here.group, &to);
            }
        }
        let mut p: Vec<f64> = here.gradient().iter().map(|g| -g).collect();
        let full = here.full_hessian()?;
        Cholesky::new(&full, p.len(), 0.0)?.solve(&mut p);
        Some(p)
    }

    /// Goes to a target; stays there if it is the solution, or at least lower than `here`.
    fn try_target(
        &self,
        here: &Visit,
        target: &[f64],
        refuted: &mut Vec<Vec<f64>>,
        passes: &mut usize,
    ) -> Option<Visit> {
        let back: Vec<f64> = here.point.to(target).iter().map(|x| -x).collect();
        let visit = self.visit(Point::at(target), true, passes);
        if self.settled(&visit) {
            return Some(visit);
        }
        refuted.push(target.to_vec());
        // By convexity: the dual rises from the target towards `here`.
        (visit.slope(&back) >= 0.0).then_some(visit)
    }

    /// A line search on the slope.
    fn search(
        &self,
        here: &Visit,
        p: &[f64],
        refuted: &mut Vec<Vec<f64>>,
        passes: &mut usize,
    ) -> Option<Visit> {
        let start_slope = here.slope(p);
        let before = here.residual();
        let (mut low, mut low_slope, mut low_visit) = (0.0, start_slope, None);
        let (mut high, mut high_slope) = (f64::INFINITY, 0.0);
        let mut alpha = 1.0;
        for trial in 0..MAX_TRIALS {
            let visit = self.visit(self.moved(here, alpha, p), true, passes);
            let slope = visit.slope(p);
            if slope.abs() <= 0.5 * start_slope.abs() || visit.residual() <= 0.5 * before {
                return Some(visit);
            }
            if slope < 0.0 {
                (low, low_slope, low_visit) = (alpha, slope, Some(visit));
            } else {
                (high, high_slope) = (alpha, slope);
                if trial >= 1
                    && let Some(near) = visit.nearest
                {
                    let anchor_near = visit.group > 0.0
                        && norm(&visit.point.offset)
                            <= norm(&visit.point.to(self.terms.target(near.row)));
                    let target = if anchor_near {
                        visit.point.anchor.clone()
                    } else {
                        self.terms.target(near.row).to_vec()
                    };
                    if !refuted.contains(&target)
                        && let Some(better) = self.try_target(here, &target, refuted, passes)
                    {
                        return Some(better);
                    }
                }
            }
            alpha = if high.is_finite() {
                let share = (low_slope / (low_slope - high_slope)).clamp(0.1, 0.9);
                let next = if trial % 2 == 0 {
                    low + share * (high - low)
                } else {
                    0.5 * (low + high)
                };
                if next <= low || next >= high {
                    break;
                }
                next
            } else {
                4.0 * alpha
            };
        }
        low_visit
    }
}
