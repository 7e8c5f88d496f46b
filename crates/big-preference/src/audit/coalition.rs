//! How far several annotators together can move the estimate.
//!
//! To first order reports `x_i` of the members of `S` move it by `Σ_{i∈S} m_i(x_i)`, `m_i(x) = W_i (x − θ̂) − H⁻¹ s_i`. For a direction `u`
//! of unit length the farthest that they get along it is `Σ_{i∈S} h_i(u)` with `h_i(u) = max_{x∈X} ⟨u, m_i(x)⟩`, one linear maximisation
//! each, or 0 for who leaves the labels as they are; so the reach of a set is `max_u Σ_{i∈S} max(0, h_i(u))`, and the worst set of a
//! size has the largest `h_i(u)`, for the `u` that makes their sum largest. Going from a direction to the set and the reports that
//! are best for it, and on to the direction in which these move, never falls: what it finds is attained. **No set of `k` reaches
//! farther than the sum of the `k` largest reaches**, since `h_i(u) ≤ max_x ‖m_i(x)‖` for every `u`.
//!
//! It needs `W_iᵀ u = H_i (H⁻¹ u)`, one pass over the rows without a matrix of anybody: O(N·d) a round.

use std::ops::Range;

use big_game::action_space::{ActionSpace, ConvexSet};
use big_game::spec::SpaceSpec;
use big_numeric::{Cholesky, dot, norm};

use crate::bytes::{Reader, Writer};
use crate::data::{Parts, Source};
use crate::errand::Errand;
use crate::fit::FitError;
use crate::likelihood::{Model, Objective, Parameters};
use crate::wire::{Wire, wired};

use super::power::MANY;

/// Rounds from one start.
const ROUNDS: usize = 50;
/// Up to this dimension both ends of every axis are starts.
const FEW: usize = 8;

/// A search that grows by less than this part has arrived. Where a round is a pass over many coordinates, digits cost.
fn settled(d: usize) -> f64 {
    if d <= MANY { 1e-9 } else { 1e-6 }
}

/// What so many annotators can do together.
#[derive(Clone, Debug, PartialEq)]
pub struct Coalition {
    /// The members' indices among the data's annotators, by falling contribution.
    pub members: Vec<usize>,
    /// How far they move the estimate (first order, found by a search from several starts: attained).
    pub reach: f64,
    /// No set of so many reaches farther: the sum of the largest reaches.
    pub bound: f64,
}

/// What a direction makes of one annotator.
pub(crate) struct Directed {
    /// `h_i(u)`.
    along: f64,
    /// `H_i (x − θ̂) − s_i` of the report that attains it.
    moved: Vec<f64>,
}

wired!(Directed { along, moved });

/// What the searches need.
pub(super) struct Estimate<'a> {
    pub(super) parts: &'a Parts,
    pub(super) model: Model,
    pub(super) factor: &'a Cholesky,
    pub(super) position: &'a [f64],
    pub(super) spec: &'a SpaceSpec<f64>,
    pub(super) space: &'a ActionSpace,
}

/// The worst coalitions of the sizes from 2 to `most`, as long as one more member adds something; from everybody's reach alone and the direction in which the worst report moves
/// the estimate, by falling reach.
pub(super) fn coalitions(
    estimate: &Estimate<'_>,
    most: usize,
    reaches: &[f64],
    first: &[usize],
    reports: &[&[f64]],
) -> Result<Vec<Coalition>, FitError> {
    let n = estimate.parts.len();
    let d = estimate.position.len();
    let mut sorted = reaches.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let mut starts: Vec<Vec<f64>> = Vec::new();
    for (&i, report) in first.iter().zip(reports) {
        starts.push(estimate.movement(i, report)?);
    }
    if d <= FEW {
        for k in 0..d {
            let axis = |sign: f64| (0..d).map(|j| if j == k { sign } else { 0.0 }).collect();
            starts.extend([axis(1.0), axis(-1.0)]);
        }
    }
    let mut found: Vec<Coalition> = Vec::new();
    for size in 2..=most.min(n) {
        let mut best = Coalition {
            members: Vec::new(),
            reach: 0.0,
            bound: sorted[..size].iter().sum(),
        };
        for start in &starts {
            let (members, reach) = estimate.climb(start, size)?;
            if reach > best.reach {
                (best.members, best.reach) = (members, reach);
            }
        }
        // One more adds nothing: nor do still more.
        if best.members.len() < size {
            break;
        }
        // Roundings of two sums.
        best.bound = best.bound.max(best.reach);
        found.push(best);
    }
    Ok(found)
}

impl Estimate<'_> {
    /// From the estimate to a report.
    pub(super) fn step(&self, report: &[f64]) -> Vec<f64> {
        report
            .iter()
            .zip(self.position)
            .map(|(x, p)| x - p)
            .collect()
    }

    /// `m_i(x)`.
    fn movement(&self, i: usize, report: &[f64]) -> Result<Vec<f64>, FitError> {
        let mut out = vec![0.0; report.len()];
        let made = self.parts.ask(&Moves {
            point: self.point(),
            step: self.step(report),
            who: Some(i),
        })?;
        if let Some(moved) = made.into_iter().flatten().next() {
            out = moved;
        }
        self.factor.solve(&mut out);
        Ok(out)
    }

    pub(super) fn point(&self) -> Point {
        Point {
            model: self.model,
            position: self.position.to_vec(),
        }
    }

    /// From a direction to the best set of a size, to the direction in which that moves.
    fn climb(&self, start: &[f64], size: usize) -> Result<(Vec<usize>, f64), FitError> {
        let mut direction = start.to_vec();
        let mut best: (Vec<usize>, f64) = (Vec::new(), 0.0);
        for _ in 0..ROUNDS {
            let length = norm(&direction);
            if !(length.is_finite() && length > 0.0) {
                break;
            }
            direction.iter_mut().for_each(|v| *v /= length);
            let mut through = direction.clone();
            self.factor.solve(&mut through);
            let told = self.parts.ask(&Pushes {
                point: self.point(),
                spec: self.spec.clone(),
                space: self.space.clone(),
                through,
            })?;
            let mut order: Vec<usize> = (0..told.len()).collect();
            order.sort_by(|&a, &b| told[b].along.total_cmp(&told[a].along).then(a.cmp(&b)));
            order.truncate(size);
            // Whoever cannot push that way leaves the labels as they are.
            order.retain(|&i| told[i].along > 0.0);
            let mut sum = vec![0.0; direction.len()];
            for &i in &order {
                sum.iter_mut()
                    .zip(&told[i].moved)
                    .for_each(|(s, m)| *s += m);
            }
            self.factor.solve(&mut sum);
            let reach = norm(&sum);
            if reach <= best.1 * (1.0 + settled(direction.len())) {
                break;
            }
            best = (order, reach);
            direction = sum;
        }
        Ok(best)
    }
}

/// The estimate that annotators move.
#[derive(Clone)]
pub(super) struct Point {
    model: Model,
    position: Vec<f64>,
}

wired!(Point { model, position });

impl Point {
    pub(super) fn objective<'s>(&self, source: &'s dyn Source) -> Objective<'s> {
        Objective {
            source,
            parameters: Parameters::Position(self.model),
            prior: None,
        }
    }

    /// `H_i v − s_i`.
    pub(super) fn moved(&self, part: &dyn Source, step: &[f64]) -> Result<Vec<f64>, FitError> {
        Ok(self.objective(part).turned(&self.position, step)?)
    }
}

/// Where one annotator's report, a step away from the estimate, moves it: an errand.
pub(crate) struct Moves {
    point: Point,
    step: Vec<f64>,
    who: Option<usize>,
}

impl Errand for Moves {
    const KIND: u8 = 5;
    type Output = Option<Vec<f64>>;

    fn one(&self, annotator: usize, part: &dyn Source) -> Result<Self::Output, FitError> {
        match self.who == Some(annotator) {
            true => self.point.moved(part, &self.step).map(Some),
            false => Ok(None),
        }
    }

    fn shared(&self, out: &mut Writer) {
        self.point.write(out);
        self.step.write(out);
    }

    fn each(&self, some: Range<usize>, out: &mut Writer) {
        let who = self.who.filter(|who| some.contains(who));
        who.map(|who| who - some.start).write(out);
    }

    fn read(shared: &mut Reader<'_>, each: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            point: Wire::read(shared)?,
            step: Wire::read(shared)?,
            who: Wire::read(each)?,
        })
    }
}

/// How far everybody pushes the estimate along a direction: an errand.
pub(crate) struct Pushes {
    point: Point,
    spec: SpaceSpec<f64>,
    space: ActionSpace,
    /// `H⁻¹ u`.
    through: Vec<f64>,
}

impl Errand for Pushes {
    const KIND: u8 = 6;
    type Output = Directed;

    fn one(&self, _: usize, part: &dyn Source) -> Result<Directed, FitError> {
        let (point, through) = (&self.point, &self.through);
        let pulled = point
            .objective(part)
            .hessian_times(&point.position, through)?;
        let mut report = vec![0.0; through.len()];
        self.space.maximiser(&pulled, &mut report);
        report
            .iter_mut()
            .zip(&point.position)
            .for_each(|(x, p)| *x -= p);
        let moved = point.moved(part, &report)?;
        Ok(Directed {
            along: dot(through, &moved),
            moved,
        })
    }

    fn shared(&self, out: &mut Writer) {
        self.point.write(out);
        self.spec.write(out);
        self.through.write(out);
    }

    fn read(shared: &mut Reader<'_>, _: &mut Reader<'_>) -> Option<Self> {
        let point = Wire::read(shared)?;
        let spec = Wire::read(shared)?;
        Some(Self {
            point,
            space: ActionSpace::new(&spec).ok()?,
            spec,
            through: Wire::read(shared)?,
        })
    }
}
