//! A dual simplex method in integers, whose constraints come one by one.
//!
//! The tableau holds `det(B) B⁻¹ A`, whose entries are minors of the data: every division is exact and no fraction is
//! ever reduced (Edmonds' integer pivoting). The program is `min ⟨c, x⟩` over `x ≥ 0, Σ x = 1` and `⟨g, x⟩ ≤ 0` for
//! constraints that are added where the present solution violates them.

use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};

use big_game::spec::Rational;

/// Pivots without progress after which the rule is used that cannot cycle.
const PATIENCE: usize = 40;

#[derive(Clone, Debug)]
struct Row {
    values: Vec<BigInt>,
    right: BigInt,
}

/// The tableau at an optimal basis of the constraints so far.
pub(super) struct Program {
    rows: Vec<Row>,
    basic: Vec<usize>,
    /// The reduced costs, and minus the value.
    cost: Row,
    /// `det(B)`, positive.
    scale: BigInt,
    variables: usize,
    /// The constraints, each with the column of its slack.
    constraints: Vec<(Vec<BigInt>, usize)>,
}

impl Program {
    /// The program without constraints beside `Σ x = 1`: solved by a least cost.
    pub(super) fn new(cost: &[BigInt]) -> Self {
        let variables = cost.len();
        let least = (0..variables).min_by_key(|&j| &cost[j]).unwrap_or(0);
        Self {
            rows: vec![Row {
                values: vec![BigInt::one(); variables],
                right: BigInt::one(),
            }],
            basic: vec![least],
            cost: Row {
                values: cost.iter().map(|c| c - &cost[least]).collect(),
                right: -&cost[least],
            },
            scale: BigInt::one(),
            variables,
            constraints: Vec::new(),
        }
    }

    /// The value of the present solution: a lower bound on that of the whole program.
    pub(super) fn value(&self) -> Rational {
        Rational::new(-&self.cost.right, self.scale.clone())
    }

    /// The variables that are not 0, times the returned denominator.
    pub(super) fn solution(&self) -> (Vec<(usize, BigInt)>, BigInt) {
        let rows = self.rows.iter().zip(&self.basic);
        let mut all: Vec<(usize, BigInt)> = rows
            .filter(|(row, j)| **j < self.variables && !row.right.is_zero())
            .map(|(row, &j)| (j, row.right.clone()))
            .collect();
        all.sort_unstable();
        (all, self.scale.clone())
    }

    /// Adds `⟨g, x⟩ ≤ 0`. The solution is out of date until [`solve`](Self::solve).
    pub(super) fn add(&mut self, g: Vec<BigInt>) {
        let slack = self.cost.values.len();
        let mut values: Vec<BigInt> = g.iter().map(|v| v * &self.scale).collect();
        values.resize(slack, BigInt::zero());
        let mut right = BigInt::zero();
        for (row, &j) in self.rows.iter().zip(&self.basic) {
            if j >= self.variables || g[j].is_zero() {
                continue;
            }
            for (v, r) in values.iter_mut().zip(&row.values) {
                *v -= &g[j] * r;
            }
            right -= &g[j] * &row.right;
        }
        for row in self.rows.iter_mut().chain([&mut self.cost]) {
            row.values.push(BigInt::zero());
        }
        values.push(self.scale.clone());
        self.rows.push(Row { values, right });
        self.basic.push(slack);
        self.constraints.push((g, slack));
    }

    /// Pivots until the solution is feasible; `stop` may end it before. Says whether it is feasible: the constraints of
    /// equilibria always leave something.
    pub(super) fn solve(&mut self, stop: &mut dyn FnMut() -> bool) -> bool {
        let mut idle = 0;
        loop {
            let careful = idle > PATIENCE;
            let negative = (0..self.rows.len()).filter(|&r| self.rows[r].right.is_negative());
            let leave = if careful {
                negative.min_by_key(|&r| self.basic[r])
            } else {
                negative.min_by(|&a, &b| {
                    let right = |r: usize| &self.rows[r].right;
                    right(a)
                        .cmp(right(b))
                        .then(self.basic[a].cmp(&self.basic[b]))
                })
            };
            let Some(leave) = leave else {
                return true;
            };
            if stop() {
                return false;
            }
            let row = &self.rows[leave].values;
            let enter = (0..row.len())
                .filter(|&k| row[k].is_negative())
                .min_by(|&a, &b| {
                    // d_a / −row_a against d_b / −row_b, the signs turned.
                    let left = &self.cost.values[b] * &row[a];
                    let right = &self.cost.values[a] * &row[b];
                    left.cmp(&right).then(a.cmp(&b))
                });
            let Some(enter) = enter else {
                return false;
            };
            let before = self.value();
            self.pivot(leave, enter);
            idle = if self.value() == before { idle + 1 } else { 0 };
        }
    }

    fn pivot(&mut self, leave: usize, enter: usize) {
        let pivot = self.rows[leave].clone();
        let p = pivot.values[enter].clone();
        let scale = std::mem::replace(&mut self.scale, p.clone());
        for (r, row) in self.rows.iter_mut().chain([&mut self.cost]).enumerate() {
            if r != leave {
                let share = row.values[enter].clone();
                for (v, w) in row.values.iter_mut().zip(&pivot.values) {
                    *v = (&*v * &p - &share * w) / &scale;
                }
                row.right = (&row.right * &p - &share * &pivot.right) / &scale;
            }
            if p.is_negative() {
                row.values.iter_mut().for_each(|v| *v = -&*v);
                row.right = -&row.right;
            }
        }
        self.scale = p.abs();
        self.basic[leave] = enter;
    }

    /// A proof of the value by weak duality, from the multipliers `y ≥ 0` of the constraints: no solution costs less
    /// than the least `c_j + Σ y g_j`.
    pub(super) fn bound(&self, cost: &[BigInt]) -> Rational {
        let active: Vec<(&Vec<BigInt>, &BigInt)> = self
            .constraints
            .iter()
            .map(|(g, slack)| (g, &self.cost.values[*slack]))
            .filter(|(_, y)| y.is_positive())
            .collect();
        let least = (0..self.variables)
            .map(|j| {
                let pushed: BigInt = active.iter().map(|(g, y)| &g[j] * *y).sum();
                &cost[j] * &self.scale + pushed
            })
            .min()
            .unwrap_or_default();
        Rational::new(least, self.scale.clone())
    }
}
