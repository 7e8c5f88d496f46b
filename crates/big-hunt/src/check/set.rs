//! The set of equilibria by linear programs: its dimension and its ranges, where all faces are polytopes (or balls).

use std::panic::{self, AssertUnwindSafe};

use microlp::{ComparisonOp, OptimizationDirection, Problem, SolveOutcome, Variable};

use super::Sheet;
use crate::case::{Set, Weight, scaled};
use crate::linear::{Vector, distance, dot, minus, norm, plus, rank};

/// Pulls closer than this count as tied, and further than that as not; between them nothing is said.
const TIED: f64 = 1e-10;
const APART: f64 = 1e-6;
/// Shares below this are none, and above that are some.
const NONE: f64 = 1e-7;
const SOME: f64 = 1e-4;
/// Programs have at most so many variables.
const VARIABLES: usize = 30;

/// What an influencer may play at the equilibrium.
enum Face {
    /// One point.
    Point,
    /// Convex combinations of points.
    Hull(Vec<Vector>),
    /// The whole of a ball.
    Ball { center: Vector, radius: f64 },
}

/// A linear program over all shares.
struct Program {
    /// `W_i v` for each point `v` of each face, with the face's number.
    columns: Vec<(usize, Vector)>,
    faces: usize,
    right: Vector,
}

impl Program {
    /// The greatest value of a linear function of the shares; `None` where the solver gives none.
    fn most(&self, cost: &[f64]) -> Option<f64> {
        let solve = || -> Option<f64> {
            let mut problem = Problem::new(OptimizationDirection::Maximize);
            let shares: Vec<Variable> = cost
                .iter()
                .map(|&c| problem.add_var(c, (0.0, 1.0)))
                .collect();
            for face in 0..self.faces {
                let row: Vec<(Variable, f64)> = (0..shares.len())
                    .filter(|&j| self.columns[j].0 == face)
                    .map(|j| (shares[j], 1.0))
                    .collect();
                problem.add_constraint(row, ComparisonOp::Eq, 1.0);
            }
            for k in 0..self.right.len() {
                let row: Vec<(Variable, f64)> = (0..shares.len())
                    .filter(|&j| self.columns[j].1[k] != 0.0)
                    .map(|j| (shares[j], self.columns[j].1[k]))
                    .collect();
                if !row.is_empty() {
                    problem.add_constraint(row, ComparisonOp::Eq, self.right[k]);
                }
            }
            match problem.solve().ok()? {
                SolveOutcome::Solution(found) => Some(found.objective()),
                SolveOutcome::Interrupted(_) => None,
            }
        };
        panic::catch_unwind(AssertUnwindSafe(solve)).ok().flatten()
    }
}

impl Sheet {
    /// Compares the dimension (and the ranges) of the set with our own.
    pub(crate) fn check_set(&mut self) {
        if !self.short || self.answer.bound > 0.1 * TIED || self.answer.cardinality == "unknown" {
            return;
        }
        let Some(own) = self.own_dimension() else {
            return;
        };
        if let Some(found) = self.answer.dimension.filter(|&found| found != own) {
            self.tell(
                "dimension",
                format!(
                    "the set of equilibria has dimension {found}; by linear programs it has {own}"
                ),
            );
        }
    }

    fn own_dimension(&mut self) -> Option<usize> {
        let mut dimension = 0;
        let mut loose: Vec<(usize, Face)> = Vec::new();
        for i in 0..self.case.influencers.len() {
            let one = &self.case.influencers[i];
            if one.weight.size() == 0.0 {
                dimension += affine_dimension(&one.set)?;
                continue;
            }
            let away = if self.case.inner_product {
                one.target.clone()
            } else {
                minus(&one.target, &self.answer.receiver)
            };
            // A tie is one of positions: a small weight makes small pulls, and no ties.
            let weight = one.weight.times(1.0 / one.weight.size());
            let g = weight.pull_back(&away, one.set.dim());
            match face(&one.set, &g)? {
                Face::Point => {}
                // Under the inner product nobody has to fit in with anybody.
                Face::Hull(points) if self.case.inner_product => {
                    dimension += hull_dimension(&points)?;
                }
                Face::Ball { center, .. } if self.case.inner_product => dimension += center.len(),
                face => loose.push((i, face)),
            }
        }
        let together = match loose.as_slice() {
            [] => 0,
            all if all.iter().all(|(_, face)| matches!(face, Face::Hull(_))) => {
                self.polytopes(&loose)?
            }
            all if all
                .iter()
                .all(|(_, face)| matches!(face, Face::Ball { .. })) =>
            {
                self.balls(&loose)?
            }
            _ => return None,
        };
        Some(dimension + together)
    }

    /// Balls sum to a ball: the sum that is asked for lies inside it, or on its boundary and is unique.
    fn balls(&self, loose: &[(usize, Face)]) -> Option<usize> {
        let d = self.case.dim();
        let (mut rest, mut reach) = (vec![0.0; d], 0.0);
        for (i, face) in loose {
            let one = &self.case.influencers[*i];
            let (Face::Ball { center, radius }, Weight::Scalar(w)) = (face, &one.weight) else {
                return None;
            };
            let away = minus(&self.answer.rows[*i].action, center);
            rest = plus(&rest, &scaled(&away, *w));
            reach += w.abs() * radius;
        }
        let spare = reach - norm(&rest);
        (spare > APART).then_some((loose.len() - 1) * d)
    }

    fn polytopes(&mut self, loose: &[(usize, Face)]) -> Option<usize> {
        let d = self.case.dim();
        let mut right = vec![0.0; d];
        let mut columns = Vec::new();
        let mut points: Vec<Vector> = Vec::new();
        for (number, (i, face)) in loose.iter().enumerate() {
            let weight = &self.case.influencers[*i].weight;
            // The linear programs are solved to a tolerance that says nothing about who moves the receiver less.
            if weight.size() * self.case.influencers[*i].set.extent() < 1e-3 {
                return None;
            }
            right = plus(&right, &weight.image(&self.answer.rows[*i].action));
            if let Face::Hull(vertices) = face {
                for v in vertices {
                    columns.push((number, weight.image(v)));
                    points.push(v.clone());
                }
            }
        }
        if columns.len() > VARIABLES {
            return None;
        }
        let program = Program {
            faces: loose.len(),
            right,
            columns,
        };
        let mut used = Vec::new();
        for j in 0..points.len() {
            let mut cost = vec![0.0; points.len()];
            cost[j] = 1.0;
            match program.most(&cost)? {
                share if share <= NONE => used.push(false),
                share if share >= SOME => used.push(true),
                _ => return None,
            }
        }
        let (mut free, mut images) = (0, Vec::new());
        for face in 0..loose.len() {
            let of: Vec<usize> = (0..points.len())
                .filter(|&j| used[j] && program.columns[j].0 == face)
                .collect();
            let base = *of.first()?;
            let edges: Vec<Vector> = of
                .iter()
                .map(|&j| minus(&points[j], &points[base]))
                .collect();
            free += rank(&edges, 1e-10, 1e-6)?;
            let (image, from) = (&program.columns, &program.columns[base].1);
            images.extend(of.iter().map(|&j| minus(&image[j].1, from)));
        }
        for (number, (i, _)) in loose.iter().enumerate() {
            self.range(*i, number, &program, &points);
        }
        Some(free - rank(&images, 1e-10, 1e-6)?)
    }

    /// The ranges of one influencer's action by the same programs.
    fn range(&mut self, i: usize, face: usize, program: &Program, points: &[Vector]) {
        let m = self.case.influencers[i].set.dim();
        let extent = self.case.influencers[i].set.extent();
        for k in 0..m {
            for sign in [1.0, -1.0] {
                let cost: Vec<f64> = points
                    .iter()
                    .zip(&program.columns)
                    .map(|(p, column)| if column.0 == face { sign * p[k] } else { 0.0 })
                    .collect();
                let Some(own) = program.most(&cost) else {
                    continue;
                };
                let row = &self.answer.rows[i];
                let found = sign
                    * if sign > 0.0 {
                        row.upper[k]
                    } else {
                        row.lower[k]
                    };
                self.same(
                    "range",
                    &format!(
                        "an end of the range of influencer {i} in coordinate {k} (times {sign})"
                    ),
                    found,
                    own,
                    1e-5 * extent,
                );
            }
        }
    }
}

/// The face of a set in a direction; `None` where a tie cannot be told from an accident, or there is no formula.
fn face(set: &Set, g: &[f64]) -> Option<Face> {
    let extent = set.extent();
    let tied = |slack: f64| -> Option<bool> {
        match slack {
            s if s <= TIED => Some(true),
            s if s >= APART => Some(false),
            _ => None,
        }
    };
    if extent == 0.0 {
        return Some(Face::Point);
    }
    match set {
        Set::Ball { center, radius } => Some(match tied(norm(g) * radius)? {
            true if *radius > APART => Face::Ball {
                center: center.clone(),
                radius: *radius,
            },
            true => return None,
            false => Face::Point,
        }),
        Set::Ellipsoid { .. } => match tied(norm(g) * extent)? {
            true => None,
            // A thin ellipsoid may be tied across its width.
            false => {
                let best = set.maximiser(g);
                let other = set.maximiser(&scaled(g, -1.0));
                (dot(g, &minus(&best, &other)) > APART).then_some(Face::Point)
            }
        },
        _ => {
            let points = points(set)?;
            let most = points
                .iter()
                .map(|p| dot(g, p))
                .fold(f64::NEG_INFINITY, f64::max);
            let mut kept: Vec<Vector> = Vec::new();
            for p in points {
                if tied(most - dot(g, &p))? && !kept.contains(&p) {
                    kept.push(p);
                }
            }
            // Points that almost coincide cannot be told apart.
            for (a, p) in kept.iter().enumerate() {
                if kept[..a].iter().any(|q| distance(p, q) < APART) {
                    return None;
                }
            }
            Some(if kept.len() == 1 {
                Face::Point
            } else {
                Face::Hull(kept)
            })
        }
    }
}

/// The vertices of a polytope, a box of at most five dimensions among them.
fn points(set: &Set) -> Option<Vec<Vector>> {
    match set {
        Set::Box { lower, upper } if lower.len() <= 5 => Some(
            (0..1_usize << lower.len())
                .map(|bits| {
                    (0..lower.len())
                        .map(|k| {
                            if bits >> k & 1 == 1 {
                                upper[k]
                            } else {
                                lower[k]
                            }
                        })
                        .collect()
                })
                .collect(),
        ),
        Set::L1Ball { center, radius } => Some(
            (0..2 * center.len())
                .map(|j| {
                    let mut p = center.clone();
                    p[j / 2] += if j % 2 == 0 { *radius } else { -radius };
                    p
                })
                .collect(),
        ),
        Set::Simplex { dim, scale } => Some(
            (0..*dim)
                .map(|j| {
                    let mut p = vec![0.0; *dim];
                    p[j] = *scale;
                    p
                })
                .collect(),
        ),
        Set::Vertices(points) => Some(points.clone()),
        _ => None,
    }
}

fn hull_dimension(points: &[Vector]) -> Option<usize> {
    let base = points.first()?;
    let edges: Vec<Vector> = points.iter().map(|p| minus(p, base)).collect();
    rank(&edges, 1e-10, 1e-6)
}

fn affine_dimension(set: &Set) -> Option<usize> {
    match set {
        Set::Ball { center, radius } => Some(if *radius > 0.0 { center.len() } else { 0 }),
        Set::Ellipsoid { center, .. } => Some(center.len()),
        Set::Box { lower, upper } => {
            Some((0..lower.len()).filter(|&k| lower[k] < upper[k]).count())
        }
        _ => hull_dimension(&points(set)?),
    }
}
