//! Newton's method on the dual, with one target kept exact in the model and an optimality test at targets.
//!
//! Steps are judged by the residual alone (by the slope along the step), never by the values of the dual,
//! whose differences cancel.

use big_numeric::{Cholesky, dot, matrix::symmetric_times, norm};

use super::dual::{Dual, Visit, add_bend};
use super::pass::Point;
use super::proximal::proximal_step;

/// Passes after which the search stops, whatever it has.
const MAX_PASSES: usize = 2000;
/// Trials of one line search.
const MAX_TRIALS: usize = 60;
/// Up to this many influencers every target is tested first.
const FEW: usize = 4;
/// Up to this many influencers every target is tested where the search has not settled.
const MANY: usize = 32;
/// Steps remembered while coasting, the share of the residual that one may leave, and how many times as far as the next
/// step the nearest target must be.
const MEMORY: usize = 4;
const COASTING: f64 = 0.2;
const CLEAR: f64 = 2.0;
/// Steps up to this share of its distance do not feel an anchor's kink.
const FAR: f64 = 0.25;

/// The search for the minimiser: what it has spent and what it has ruled out.
pub(super) struct Search<'a, 'b> {
    dual: &'a Dual<'b>,
    /// Second derivatives at every point, or secant updates of those at the start?
    exact: bool,
    pub(super) passes: usize,
    /// Targets known not to be the solution.
    refuted: Vec<Vec<f64>>,
}

impl<'a, 'b> Search<'a, 'b> {
    pub(super) fn new(dual: &'a Dual<'b>) -> Self {
        Self {
            dual,
            exact: true,
            passes: 0,
            refuted: Vec::new(),
        }
    }

    /// `y + α p`, anchored at the nearest target known.
    fn moved(&self, from: &Visit, alpha: f64, p: &[f64]) -> Point {
        let mut point = from.point.clone();
        if let Some(near) = from.nearest {
            let target = self.dual.terms.target(near.row);
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
    fn expected(&self, here: &Visit, hessian: &[f64]) -> Option<Vec<f64>> {
        let gradient = here.gradient();
        let mut candidates = Vec::with_capacity(2);
        if !here.point.is_anchor() && here.group > 0.0 {
            candidates.push((here.point.anchor.clone(), here.group));
        }
        if let Some(near) = here.nearest {
            candidates.push((self.dual.terms.target(near.row).to_vec(), near.pull));
        }
        for (target, pull) in candidates {
            if self.refuted.contains(&target) {
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

    /// Minimises the dual from a start. `curvature` is the Hessian there without the anchor's term (a guess
    /// will do); without it, and whenever it turns out to be of no use, second derivatives are computed.
    pub(super) fn minimise(&mut self, start: Point, curvature: Option<Vec<f64>>) -> Visit {
        let n = self.dual.terms.len();
        let mut start = start;
        if n <= FEW {
            match self.at_target() {
                Ok(visit) => return visit,
                Err(best) => start = best.unwrap_or(start),
            }
        }
        self.exact = curvature.is_none();
        let mut here = self.visit(start);
        if !self.exact {
            here.hessian = curvature;
        }
        let found = self.descend(here);
        if n > FEW && n <= MANY && !self.dual.settled(&found) {
            return self.at_target().unwrap_or(found);
        }
        found
    }

    /// One pass at a point, without second derivatives.
    pub(super) fn first(&mut self, point: Point) -> Visit {
        self.dual.visit(point, false, &mut self.passes)
    }

    /// Are all targets so far away that their terms are smooth along the next steps?
    pub(super) fn is_clear(&self, here: &Visit) -> bool {
        let reach = CLEAR * here.residual() / (1.0 + here.stiffness);
        let beyond = |target: &[f64]| norm(&here.point.to(target)) > reach;
        let anchor = here.group == 0.0 || norm(&here.point.offset) > reach;
        anchor && (here.nearest).is_none_or(|near| beyond(self.dual.terms.target(near.row)))
    }

    /// Steps without second derivatives, by secants alone (Nocedal 1980), as long as each leaves a fraction of the
    /// residual: where the pulls of all are nearly as stiff in every direction, few of them do.
    pub(super) fn coast(&mut self, mut here: Visit) -> Visit {
        let d = here.rest.len() as f64;
        let stiff = 1.0 + here.stiffness * (1.0 - 1.0 / d);
        let mut gradient = here.gradient();
        let mut secants: Vec<Secant> = Vec::with_capacity(MEMORY);
        while !self.dual.settled(&here) && self.is_clear(&here) {
            let step = coasting_step(&gradient, &secants, stiff);
            let next = self.first(self.moved(&here, 1.0, &step));
            let there = next.gradient();
            if next.residual() > COASTING * here.residual() {
                return if next.residual() < here.residual() {
                    next
                } else {
                    here
                };
            }
            let change: Vec<f64> = there.iter().zip(&gradient).map(|(a, b)| a - b).collect();
            let along = dot(&step, &change);
            if along > 0.0 {
                if secants.len() == MEMORY {
                    secants.remove(0);
                }
                secants.push(Secant {
                    step,
                    change,
                    along,
                });
            }
            (here, gradient) = (next, there);
        }
        here
    }

    /// Minimises the dual from a point that has been visited, with a guess of the curvature there.
    pub(super) fn minimise_from(&mut self, mut here: Visit, curvature: Option<Vec<f64>>) -> Visit {
        self.exact = false;
        here.hessian = curvature;
        self.descend(here)
    }

    /// The solution, where it is a target; else the target with the least residual among those not refuted before.
    fn at_target(&mut self) -> Result<Visit, Option<Point>> {
        let mut best: Option<Visit> = None;
        for row in 0..self.dual.terms.len() {
            let target = self.dual.terms.target(row);
            if self.refuted.iter().any(|refuted| refuted == target) {
                continue;
            }
            let visit = self.dual.visit(Point::at(target), false, &mut self.passes);
            if self.dual.settled(&visit) {
                return Ok(visit);
            }
            self.refuted.push(target.to_vec());
            let better = |best: &Visit| visit.residual() < best.residual();
            if best.as_ref().is_none_or(better) {
                best = Some(visit);
            }
        }
        Err(best.map(|visit| visit.point))
    }

    /// Steps down until nothing is left to gain.
    fn descend(&mut self, mut here: Visit) -> Visit {
        let (mut stalled, mut poor) = (0, 0);
        while self.passes < MAX_PASSES && !self.dual.settled(&here) {
            let before = here.residual();
            let Some(mut next) = self.advance(&here) else {
                if self.exact {
                    break;
                }
                self.exact = true;
                here = self.visit(here.point);
                continue;
            };
            let after = next.residual();
            if !self.exact {
                next.hessian = secant(&here, &next, self.dual.rounding());
            }
            // At the rounding floor the residual no longer falls.
            if after >= 0.5 * before && before <= 1e-11 * self.dual.scale {
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
            poor += usize::from(after > 0.3 * before);
            if !self.exact && poor == 3 {
                self.exact = true;
                here = self.visit(here.point);
            }
        }
        here
    }

    fn visit(&mut self, point: Point) -> Visit {
        self.dual.visit(point, self.exact, &mut self.passes)
    }

    /// One step; `None` when no step leads down any more.
    fn advance(&mut self, here: &Visit) -> Option<Visit> {
        if let Some(hessian) = here.full_hessian()
            && let Some(target) = self.expected(here, &hessian)
            && let Some(visit) = self.try_target(here, &target)
        {
            return Some(visit);
        }
        let step = self.step(here).filter(|p| here.slope(p) < 0.0);
        let step = step.unwrap_or_else(|| {
            // Weiszfeld's step, which always leads down.
            let stiff = 1.0 + here.stiffness + here.group / norm(&here.point.offset).max(1e-300);
            here.gradient().iter().map(|g| -g / stiff).collect()
        });
        self.search(here, &step)
    }

    /// The step of the model in which the anchor's term is exact and the others are quadratic.
    fn step(&self, here: &Visit) -> Option<Vec<f64>> {
        let hessian = here.hessian.as_ref()?;
        let mut p: Vec<f64> = here.gradient().iter().map(|g| -g).collect();
        let full = here.full_hessian()?;
        let smooth = Cholesky::shifted(&full, p.len(), 0.0).map(|factor| factor.solve(&mut p));
        // Where the anchor is far beyond the step its term is as smooth as the others, and the model that keeps its kink
        // would round the step to its distance.
        let far = smooth.is_some() && norm(&p) <= FAR * norm(&here.point.offset);
        if here.group > 0.0 && !far {
            let to: Vec<f64> = here.point.offset.iter().map(|o| -o).collect();
            let bent = symmetric_times(hessian, &to);
            let h: Vec<f64> = here.rest.iter().zip(&bent).map(|(f, b)| f + b).collect();
            if norm(&h) > here.group {
                return proximal_step(hessian, &h, here.group, &to);
            }
        }
        smooth.map(|()| p)
    }

    /// Goes to a target; stays there if it is the solution, or at least lower than `here`.
    fn try_target(&mut self, here: &Visit, target: &[f64]) -> Option<Visit> {
        let back: Vec<f64> = here.point.to(target).iter().map(|x| -x).collect();
        let visit = self.visit(Point::at(target));
        if self.dual.settled(&visit) {
            return Some(visit);
        }
        self.refuted.push(target.to_vec());
        // By convexity: the dual rises from the target towards `here`.
        (visit.slope(&back) >= 0.0).then_some(visit)
    }

    /// A line search on the slope.
    fn search(&mut self, here: &Visit, p: &[f64]) -> Option<Visit> {
        let start_slope = here.slope(p);
        let before = here.residual();
        let (mut low, mut low_slope, mut low_visit) = (0.0, start_slope, None);
        let (mut high, mut high_slope) = (f64::INFINITY, 0.0);
        let mut alpha = 1.0;
        for trial in 0..MAX_TRIALS {
            let visit = self.visit(self.moved(here, alpha, p));
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
                            <= norm(&visit.point.to(self.dual.terms.target(near.row)));
                    let target = if anchor_near {
                        visit.point.anchor.clone()
                    } else {
                        self.dual.terms.target(near.row).to_vec()
                    };
                    if !self.refuted.contains(&target)
                        && let Some(better) = self.try_target(here, &target)
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

/// A step, by how much it changed the gradient, and their product.
struct Secant {
    step: Vec<f64>,
    change: Vec<f64>,
    along: f64,
}

/// The step of limited-memory BFGS (the two loops of Nocedal 1980), from a Hessian of `stiff` times the identity.
fn coasting_step(gradient: &[f64], secants: &[Secant], stiff: f64) -> Vec<f64> {
    let mut step: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let mut factors = [0.0; MEMORY];
    for (secant, factor) in secants.iter().zip(&mut factors).rev() {
        *factor = dot(&secant.step, &step) / secant.along;
        for (s, c) in step.iter_mut().zip(&secant.change) {
            *s -= *factor * c;
        }
    }
    step.iter_mut().for_each(|s| *s /= stiff);
    for (secant, factor) in secants.iter().zip(factors) {
        let back = dot(&secant.change, &step) / secant.along;
        for (s, p) in step.iter_mut().zip(&secant.step) {
            *s += (factor - back) * p;
        }
    }
    step
}

/// The BFGS update of `here`'s Hessian (of all terms but the anchor's) by what the residuals at `next` tell,
/// then rewritten for `next`'s anchor. `noise` is the rounding error of a residual.
fn secant(here: &Visit, next: &Visit, noise: f64) -> Option<Vec<f64>> {
    let mut matrix = here.hessian.clone()?;
    let d = here.rest.len();
    let moved = next.point.anchor != here.point.anchor;
    let from_old = next.point.to(&here.point.anchor);
    let old_distance = norm(&from_old);
    let old_counts = moved && here.group > 0.0 && old_distance > 0.0;
    let mut step = here.point.to(&next.point.anchor);
    let mut change = vec![0.0; d];
    let new_distance = norm(&next.point.offset);
    for k in 0..d {
        step[k] += next.point.offset[k];
        change[k] = next.rest[k] - here.rest[k];
        if old_counts {
            change[k] += here.group * (from_old[k] / old_distance);
        }
        if moved && next.group > 0.0 && new_distance > 0.0 {
            change[k] += next.group * (next.point.offset[k] / new_distance);
        }
    }
    let along = dot(&step, &change);
    if along >= 0.5 * dot(&step, &step) && along > 0.0 && norm(&change) > 10.0 * noise {
        let bent = symmetric_times(&matrix, &step);
        let energy = dot(&step, &bent);
        for k in 0..d {
            for l in 0..=k {
                matrix[k * d + l] += change[k] * (change[l] / along) - bent[k] * (bent[l] / energy);
            }
        }
    }
    if old_counts {
        add_bend(&mut matrix, here.group, &from_old, old_distance);
    }
    Some(matrix)
}
