//! A thin way to state convex programs over action sets for the general interior-point solver.
//!
//! It serves the reference solver, and questions about sets of equilibria that have no closed form.

use big_numeric::norm;
use clarabel::algebra::CscMatrix;
use clarabel::solver::{
    DefaultSettings, DefaultSolver, IPSolver, SolverStatus, SupportedConeT,
    SupportedConeT::{NonnegativeConeT, SecondOrderConeT, ZeroConeT},
};

use crate::action_space::{ActionSpace, ConvexSet, Face};
use crate::stop::Stop;

/// A linear expression: coefficients of variables.
pub(crate) type Terms<'a> = &'a [(usize, f64)];

/// `min ½ xᵀ P x + qᵀ x` over cones, being written down.
#[derive(Default)]
pub(crate) struct Conic {
    variables: usize,
    quadratic: Vec<(usize, usize, f64)>,
    linear: Vec<f64>,
    entries: (Vec<usize>, Vec<usize>, Vec<f64>),
    rhs: Vec<f64>,
    cones: Vec<SupportedConeT<f64>>,
    stop: Stop,
}

/// What came back.
pub(crate) struct Answer {
    /// The variables' values.
    pub(crate) x: Vec<f64>,
    /// Interior-point steps.
    pub(crate) iterations: usize,
}

impl Conic {
    /// An empty program, whose solution may be called off.
    pub(crate) fn until(stop: &Stop) -> Self {
        Self {
            stop: stop.clone(),
            ..Self::default()
        }
    }

    /// Adds `count` variables; returns the index of the first.
    pub(crate) fn variables(&mut self, count: usize) -> usize {
        let first = self.variables;
        self.variables += count;
        self.linear.resize(self.variables, 0.0);
        first
    }

    /// The number of variables.
    pub(crate) fn len(&self) -> usize {
        self.variables
    }

    /// Adds `½ value x²` to the objective.
    pub(crate) fn square(&mut self, variable: usize, value: f64) {
        self.quadratic.push((variable, variable, value));
    }

    /// Adds `value x` to the objective.
    pub(crate) fn cost(&mut self, variable: usize, value: f64) {
        self.linear[variable] += value;
    }

    /// The objective's linear part anew.
    pub(crate) fn set_cost(&mut self, cost: Vec<f64>) {
        self.linear = cost;
    }

    /// `Σ terms = rhs`.
    pub(crate) fn equal(&mut self, terms: Terms<'_>, rhs: f64) {
        self.row(terms, rhs);
        match self.cones.last_mut() {
            Some(ZeroConeT(n)) => *n += 1,
            _ => self.cones.push(ZeroConeT(1)),
        }
    }

    /// `Σ terms ≤ rhs`.
    pub(crate) fn at_most(&mut self, terms: Terms<'_>, rhs: f64) {
        self.row(terms, rhs);
        match self.cones.last_mut() {
            Some(NonnegativeConeT(n)) => *n += 1,
            _ => self.cones.push(NonnegativeConeT(1)),
        }
    }

    /// `‖(v_1, …, v_k)‖₂ ≤ bound`, each `v` and the bound a constant plus terms.
    pub(crate) fn norm_at_most(
        &mut self,
        bound: (f64, Vec<(usize, f64)>),
        v: &[(f64, Vec<(usize, f64)>)],
    ) {
        for (constant, terms) in std::iter::once(&bound).chain(v) {
            let negated: Vec<_> = terms.iter().map(|&(k, c)| (k, -c)).collect();
            self.row(&negated, *constant);
        }
        self.cones.push(SecondOrderConeT(v.len() + 1));
    }

    fn row(&mut self, terms: Terms<'_>, rhs: f64) {
        let row = self.rhs.len();
        for &(variable, coefficient) in terms {
            if coefficient != 0.0 {
                self.entries.0.push(row);
                self.entries.1.push(variable);
                self.entries.2.push(coefficient);
            }
        }
        self.rhs.push(rhs);
    }

    /// Adds a point of a set: returns the index of its first coordinate.
    pub(crate) fn point_of(&mut self, space: &ActionSpace) -> usize {
        let m = space.dim();
        let (lower, upper) = space.bounding_box();
        match space {
            ActionSpace::Box(_) => self.point_of_box(&lower, &upper),
            ActionSpace::Ball(ball) if ball.radius() == 0.0 => {
                self.point_of_box(ball.center(), ball.center())
            }
            ActionSpace::Ball(ball) => {
                // ‖(x − c) / R‖ ≤ 1.
                let x = self.variables(m);
                let by = 1.0 / ball.radius();
                let v: Vec<_> = (0..m)
                    .map(|k| (-ball.center()[k] * by, vec![(x + k, by)]))
                    .collect();
                self.norm_at_most((1.0, Vec::new()), &v);
                x
            }
            ActionSpace::Ellipsoid(set) => self.point_of_round(set.center(), set.factor()),
            ActionSpace::L1Ball(ball) => {
                let x = self.variables(m);
                let size = self.variables(m);
                for (k, &c) in ball.center().iter().enumerate() {
                    self.at_most(&[(x + k, 1.0), (size + k, -1.0)], c);
                    self.at_most(&[(x + k, -1.0), (size + k, -1.0)], -c);
                }
                let sum: Vec<_> = (0..m).map(|k| (size + k, 1.0)).collect();
                self.at_most(&sum, ball.radius());
                x
            }
            ActionSpace::Simplex(set) => {
                let x = self.variables(m);
                for k in 0..m {
                    self.at_most(&[(x + k, -1.0)], 0.0);
                }
                let sum: Vec<_> = (0..m).map(|k| (x + k, 1.0)).collect();
                self.equal(&sum, set.scale());
                x
            }
            ActionSpace::Polytope(set) => match (set.halfspaces(), set.vertices()) {
                (Some((a, b)), _) => {
                    let x = self.variables(m);
                    for (row, &bound) in a.chunks_exact(m).zip(b) {
                        let terms: Vec<_> =
                            row.iter().enumerate().map(|(k, &v)| (x + k, v)).collect();
                        self.at_most(&terms, bound);
                    }
                    x
                }
                (None, Some(vertices)) => self.point_of_hull(vertices, m).0,
                // A polytope has one representation or the other.
                (None, None) => self.point_of_box(&lower, &upper),
            },
        }
    }

    /// Adds a point of a face of a space: the index of its first coordinate, and for a hull of the first of
    /// its vertices' shares.
    pub(crate) fn point_of_face(&mut self, face: &Face) -> (usize, Option<usize>) {
        match face {
            Face::Point(p) => (self.point_of_box(p, p), None),
            Face::Box { lower, upper } => (self.point_of_box(lower, upper), None),
            Face::Round { center, factor } => (self.point_of_round(center, factor), None),
            Face::Hull { vertices, dim } => {
                let (x, shares) = self.point_of_hull(vertices, *dim);
                (x, Some(shares))
            }
            Face::Unlisted => (self.variables(0), None),
        }
    }

    fn point_of_box(&mut self, lower: &[f64], upper: &[f64]) -> usize {
        let x = self.variables(lower.len());
        for (k, (&l, &u)) in lower.iter().zip(upper).enumerate() {
            if l == u {
                self.equal(&[(x + k, 1.0)], l);
            } else {
                self.at_most(&[(x + k, 1.0)], u);
                self.at_most(&[(x + k, -1.0)], -l);
            }
        }
        x
    }

    /// `x = center + F u`, `‖u‖ ≤ 1`.
    fn point_of_round(&mut self, center: &[f64], factor: &[f64]) -> usize {
        let m = center.len();
        if factor.iter().all(|&v| v == 0.0) {
            return self.point_of_box(center, center);
        }
        let x = self.variables(m);
        let u = self.variables(m);
        for k in 0..m {
            let mut terms = vec![(x + k, 1.0)];
            terms.extend((0..m).map(|j| (u + j, -factor[k * m + j])));
            self.equal(&terms, center[k]);
        }
        let v: Vec<_> = (0..m).map(|k| (0.0, vec![(u + k, 1.0)])).collect();
        self.norm_at_most((1.0, Vec::new()), &v);
        x
    }

    /// `x = Σ_v share_v v`, shares non-negative and summing to 1.
    fn point_of_hull(&mut self, vertices: &[f64], m: usize) -> (usize, usize) {
        let count = vertices.len() / m.max(1);
        let x = self.variables(m);
        let share = self.variables(count);
        for k in 0..m {
            let mut terms = vec![(x + k, 1.0)];
            terms.extend((0..count).map(|v| (share + v, -vertices[v * m + k])));
            self.equal(&terms, 0.0);
        }
        for v in 0..count {
            self.at_most(&[(share + v, -1.0)], 0.0);
        }
        let sum: Vec<_> = (0..count).map(|v| (share + v, 1.0)).collect();
        self.equal(&sum, 1.0);
        (x, share)
    }

    /// A program without variables, which the solver does not take: its constraints hold or they do not.
    fn solve_nothing(&self) -> Option<Answer> {
        let mut rest = self.rhs.as_slice();
        for cone in &self.cones {
            let (rows, holds): (usize, fn(&[f64]) -> bool) = match cone {
                ZeroConeT(n) => (*n, |v| v.iter().all(|v| *v == 0.0)),
                NonnegativeConeT(n) => (*n, |v| v.iter().all(|v| *v >= 0.0)),
                SecondOrderConeT(n) => (*n, |v| {
                    v.split_first().is_none_or(|(bound, v)| norm(v) <= *bound)
                }),
                _ => return None,
            };
            let (mine, others) = rest.split_at_checked(rows)?;
            if !holds(mine) {
                return None;
            }
            rest = others;
        }
        Some(Answer {
            x: Vec::new(),
            iterations: 0,
        })
    }

    /// Solves it; `None` when the solver found no solution (infeasible, or it gave up far from one), or was told to stop.
    pub(crate) fn solve(&self) -> Option<Answer> {
        // Setting one up takes as long as several steps.
        if self.stop.is_set() {
            return None;
        }
        let n = self.variables;
        if n == 0 {
            return self.solve_nothing();
        }
        let quadratic = self.quadratic.iter().map(|(_, _, v)| v);
        let mut data = quadratic
            .chain(&self.linear)
            .chain(&self.entries.2)
            .chain(&self.rhs);
        if !data.all(|v| v.is_finite()) {
            return None;
        }
        let (mut pi, mut pj, mut pv) = (Vec::new(), Vec::new(), Vec::new());
        for &(i, j, v) in &self.quadratic {
            pi.push(i.min(j));
            pj.push(i.max(j));
            pv.push(v);
        }
        let p = CscMatrix::new_from_triplets(n, n, pi, pj, pv);
        let (rows, columns, values) = self.entries.clone();
        let a = CscMatrix::new_from_triplets(self.rhs.len(), n, rows, columns, values);
        let settings = DefaultSettings {
            verbose: false,
            max_iter: 200,
            tol_gap_abs: 1e-13,
            tol_gap_rel: 1e-13,
            tol_feas: 1e-12,
            ..DefaultSettings::default()
        };
        let mut solver =
            DefaultSolver::new(&p, &self.linear, &a, &self.rhs, &self.cones, settings).ok()?;
        let stop = self.stop.clone();
        solver.set_termination_callback(move |_| stop.is_set());
        solver.solve();
        let solution = &solver.solution;
        let usable = matches!(
            solution.status,
            SolverStatus::Solved
                | SolverStatus::AlmostSolved
                | SolverStatus::InsufficientProgress
                | SolverStatus::MaxIterations
        );
        (usable && solution.x.iter().all(|v| v.is_finite())).then(|| Answer {
            x: solution.x.clone(),
            iterations: solution.iterations as usize,
        })
    }
}
