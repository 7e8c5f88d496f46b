//! Many dimensions and few influencers: the dual lives in the span of what the background and the targets differ by.
//!
//! With an orthonormal basis `Q` of the differences `t_i − b'`, a part of `y − b'` across the basis makes every norm in
//! the dual longer. So the solution is `b' + Q z`, where `z` solves the same problem with the coordinates of the targets:
//! as many dimensions as there are distinct targets, whatever `d` is. `O(n² d)`, and memory for two such bases.

use std::collections::HashMap;

use big_numeric::{Compensated, dot, norm, stretch};

use super::dual::{Dual, Visit};
use super::levels;
use super::pass::{Point, Terms};

/// In fewer dimensions than this nothing is gained.
pub(super) const LEAST: usize = 24;
/// What lies outside the basis by less than this share of a vector's length is a rounding error.
const DEPENDENT: f64 = 8.0 * f64::EPSILON;

/// The minimiser of the dual, found in the span where that has fewer dimensions, and the number of passes.
pub(super) fn solve(dual: &Dual) -> (Visit, usize) {
    let Some(small) = Small::of(dual) else {
        return levels::solve(dual);
    };
    let zero = vec![Compensated::default(); small.basis.dim()];
    let terms = Terms {
        dim: small.basis.dim(),
        targets: &small.targets,
        pulls: &small.pulls,
    };
    let mut inner = Dual::new(terms, &zero);
    (inner.scale, inner.goal) = (dual.scale, dual.goal);
    let (found, mut passes) = levels::solve(&inner);
    let point = small.lift(dual, &found.point);
    (dual.visit(point, false, &mut passes), passes)
}

/// The dual's targets in coordinates of their span.
struct Small {
    basis: Basis,
    /// Distinct targets, by rows of the basis's dimension.
    targets: Vec<f64>,
    /// The sums of the pulls of those who share one.
    pulls: Vec<f64>,
    /// Somebody who has each target.
    rows: Vec<usize>,
}

impl Small {
    fn of(dual: &Dual) -> Option<Self> {
        let d = dual.terms.dim;
        if d < LEAST || dual.terms.len() > d {
            return None;
        }
        let mut known: HashMap<Vec<u64>, usize> = HashMap::new();
        let (mut rows, mut pulls) = (Vec::new(), Vec::new());
        for row in 0..dual.terms.len() {
            let pull = dual.terms.pulls[row];
            if pull == 0.0 {
                continue;
            }
            // `+ 0.0` makes −0 and 0 one number.
            let key = dual.terms.target(row).iter().map(|t| (t + 0.0).to_bits());
            let at = *known.entry(key.collect()).or_insert_with(|| {
                rows.push(row);
                pulls.push(0.0);
                rows.len() - 1
            });
            pulls[at] += pull;
        }
        if rows.is_empty() || 2 * rows.len() > d {
            return None;
        }
        let mut basis = Basis::new();
        let coordinates: Vec<Vec<f64>> = rows
            .iter()
            .map(|&row| {
                let from = dual.terms.target(row).iter().zip(dual.background);
                basis.include(from.map(|(t, b)| (t - b.high) - b.low).collect())
            })
            .collect();
        let mut targets = Vec::with_capacity(rows.len() * basis.dim());
        for mut coordinates in coordinates {
            coordinates.resize(basis.dim(), 0.0);
            targets.extend(coordinates);
        }
        // Everybody wants the background itself: there is nothing to span.
        (basis.dim() > 0).then_some(Self {
            basis,
            targets,
            pulls,
            rows,
        })
    }

    /// A point of the span among the targets as they are.
    fn lift(&self, dual: &Dual, point: &Point) -> Point {
        let k = self.basis.dim();
        let mut offset = vec![0.0; dual.terms.dim];
        self.basis.add(&point.offset, &mut offset);
        let owner = self
            .targets
            .chunks_exact(k)
            .position(|target| target == point.anchor);
        let anchor = match owner {
            Some(at) => dual.terms.target(self.rows[at]).to_vec(),
            None => {
                self.basis.add(&point.anchor, &mut offset);
                offset
                    .iter_mut()
                    .zip(dual.background)
                    .for_each(|(o, b)| *o += b.low);
                dual.background.iter().map(|b| b.high).collect()
            }
        };
        Point { anchor, offset }
    }
}

/// An orthonormal basis that grows.
pub(super) struct Basis {
    vectors: Vec<Vec<f64>>,
}

impl Basis {
    pub(super) fn new() -> Self {
        Self {
            vectors: Vec::new(),
        }
    }

    pub(super) fn dim(&self) -> usize {
        self.vectors.len()
    }

    /// The coordinates of a vector, for whose part across the basis it is enlarged. Gram and Schmidt's method twice is
    /// orthogonal to rounding.
    pub(super) fn include(&mut self, vector: Vec<f64>) -> Vec<f64> {
        let length = norm(&vector);
        let mut coordinates = vec![0.0; self.dim()];
        let mut rest = vector;
        for _ in 0..2 {
            for (c, q) in coordinates.iter_mut().zip(&self.vectors) {
                let share = dot(q, &rest);
                *c += share;
                for (r, q) in rest.iter_mut().zip(q) {
                    *r -= share * q;
                }
            }
        }
        let outside = norm(&rest);
        if outside > DEPENDENT * length {
            stretch(&mut rest, 1.0);
            self.vectors.push(rest);
            coordinates.push(outside);
        }
        coordinates
    }

    /// Adds the vector with these coordinates.
    pub(super) fn add(&self, coordinates: &[f64], out: &mut [f64]) {
        for (c, q) in coordinates.iter().zip(&self.vectors) {
            for (o, q) in out.iter_mut().zip(q) {
                *o += c * q;
            }
        }
    }
}
