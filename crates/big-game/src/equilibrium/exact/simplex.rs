//! The simplex method in rational arithmetic: small, finite (Bland's rule), exact.

use num_traits::{One, Signed, Zero};

use crate::spec::Rational;

/// `{x ≥ 0 : A x = b}` at a basic feasible solution.
pub(super) struct Tableau {
    /// `rows × (columns + 1)`: `B⁻¹ A` and, last, the values of the basic variables.
    rows: Vec<Vec<Rational>>,
    /// The basic variable of each row.
    basic: Vec<usize>,
    columns: usize,
}

impl Tableau {
    /// A basic feasible solution (phase one); `None` when there is none.
    pub(super) fn feasible(a: &[Vec<Rational>], b: &[Rational]) -> Option<Self> {
        let columns = a.first().map_or(0, Vec::len);
        let m = a.len();
        let mut rows = Vec::with_capacity(m);
        for (i, (row, rhs)) in a.iter().zip(b).enumerate() {
            let flip = rhs.is_negative();
            let signed = |v: &Rational| if flip { -v } else { v.clone() };
            let mut full: Vec<Rational> = row.iter().map(signed).collect();
            full.extend((0..m).map(|k| {
                if k == i {
                    Rational::one()
                } else {
                    Rational::zero()
                }
            }));
            full.push(signed(rhs));
            rows.push(full);
        }
        let mut phase_one = Self {
            rows,
            basic: (columns..columns + m).collect(),
            columns: columns + m,
        };
        let cost: Vec<Rational> = (0..columns + m)
            .map(|k| {
                if k < columns {
                    Rational::zero()
                } else {
                    -Rational::one()
                }
            })
            .collect();
        if !phase_one.maximise(&cost).is_zero() {
            return None;
        }
        phase_one.drop_artificial(columns);
        Some(phase_one)
    }

    /// Pivots artificial variables out; rows that have nothing else are redundant and go.
    fn drop_artificial(&mut self, columns: usize) {
        let mut i = 0;
        while i < self.rows.len() {
            if self.basic[i] < columns {
                i += 1;
                continue;
            }
            match (0..columns).find(|&k| !self.rows[i][k].is_zero()) {
                Some(k) => {
                    self.pivot(i, k);
                    i += 1;
                }
                None => {
                    self.rows.remove(i);
                    self.basic.remove(i);
                }
            }
        }
        for row in &mut self.rows {
            row.drain(columns..self.columns);
        }
        self.columns = columns;
    }

    /// Moves to a maximiser of `⟨cost, x⟩` (the set must be bounded in that direction) and returns the value.
    pub(super) fn maximise(&mut self, cost: &[Rational]) -> Rational {
        let mut reduced: Vec<Rational> = cost.to_vec();
        reduced.push(Rational::zero());
        for (row, &variable) in self.rows.iter().zip(&self.basic) {
            eliminate(&mut reduced, row, variable);
        }
        // Bland's rule: the first improving column, the first of the tied rows. It cannot cycle.
        while let Some(enter) = (0..self.columns).find(|&k| reduced[k].is_positive()) {
            let leave = (0..self.rows.len())
                .filter(|&i| self.rows[i][enter].is_positive())
                .min_by(|&i, &j| {
                    let step = |i: usize| &self.rows[i][self.columns] / &self.rows[i][enter];
                    step(i)
                        .cmp(&step(j))
                        .then(self.basic[i].cmp(&self.basic[j]))
                });
            let Some(leave) = leave else {
                // Unbounded: no set of shares is.
                break;
            };
            self.pivot(leave, enter);
            eliminate(&mut reduced, &self.rows[leave], enter);
        }
        -reduced[self.columns].clone()
    }

    fn pivot(&mut self, i: usize, k: usize) {
        let pivot = self.rows[i][k].clone();
        for v in &mut self.rows[i] {
            if !v.is_zero() {
                *v /= &pivot;
            }
        }
        let row = self.rows[i].clone();
        for (j, other) in self.rows.iter_mut().enumerate() {
            if j != i {
                eliminate(other, &row, k);
            }
        }
        self.basic[i] = k;
    }

    /// The current solution.
    pub(super) fn values(&self) -> Vec<Rational> {
        let mut x = vec![Rational::zero(); self.columns];
        for (row, &variable) in self.rows.iter().zip(&self.basic) {
            x[variable] = row[self.columns].clone();
        }
        x
    }
}

/// `target −= target[k] · row`, where `row[k] = 1`.
fn eliminate(target: &mut [Rational], row: &[Rational], k: usize) {
    let share = target[k].clone();
    if share.is_zero() {
        return;
    }
    for (t, r) in target.iter_mut().zip(row) {
        if !r.is_zero() {
            *t -= &share * r;
        }
    }
}

/// Row-reduces a matrix in place; returns the pivot columns: their number is the rank.
pub(super) fn reduce(rows: &mut [Vec<Rational>]) -> Vec<usize> {
    let columns = rows.first().map_or(0, Vec::len);
    let mut pivots = Vec::new();
    for k in 0..columns {
        let top = pivots.len();
        let Some(i) = (top..rows.len()).find(|&i| !rows[i][k].is_zero()) else {
            continue;
        };
        rows.swap(top, i);
        let pivot = rows[top][k].clone();
        for v in &mut rows[top] {
            if !v.is_zero() {
                *v /= &pivot;
            }
        }
        let row = rows[top].clone();
        for (j, other) in rows.iter_mut().enumerate() {
            if j != top {
                eliminate(other, &row, k);
            }
        }
        pivots.push(k);
    }
    pivots
}
