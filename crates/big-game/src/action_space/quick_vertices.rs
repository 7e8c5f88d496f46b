//! Vertices of half-spaces in general position, in floating point, with a proof that none is missing.
//!
//! The double description method runs on `f64` and gives up as soon as a sign or an entry is uncertain.
//! Its result is not believed: every vertex is solved for afresh, must satisfy all other half-spaces with
//! room to spare, and every edge must have two ends in the list. The graph of a polytope is connected, so a
//! list that is closed under walking along edges is complete, and the polyhedron is bounded.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use big_numeric::{Lu, max_abs, power_of_two_below, residual};

use super::double_description::{Ray, Scalar, Stop, cone};

/// Sums that are smaller than this, relative to their terms, are uncertain.
const CERTAIN: f64 = 1e-9;

/// What the quick way finds.
pub(super) enum Quick {
    /// All vertices.
    Vertices {
        /// `k × m` by rows.
        points: Vec<f64>,
        /// The `m` half-spaces that meet in each.
        rows: Vec<u32>,
    },
    /// More than the limit, or too much work.
    TooLarge,
    /// Ask exact arithmetic: ties, an empty or an unbounded set, or bad luck.
    Unknown,
}

impl Scalar for f64 {
    fn small(value: bool) -> Self {
        if value { 1.0 } else { 0.0 }
    }

    fn sign(&self) -> Ordering {
        self.total_cmp(&0.0)
    }

    fn negated(&self) -> Self {
        0.0 - self
    }

    fn dot(a: &[Self], b: &[Self]) -> Option<Self> {
        let mut sum = 0.0;
        let mut size = 0.0;
        for (a, b) in a.iter().zip(b) {
            let term = a * b;
            sum += term;
            size += term.abs();
        }
        certain(sum, size)
    }

    fn combine(p: &Self, x: &[Self], q: &Self, y: &[Self]) -> Option<Vec<Self>> {
        let entry = |x: &f64, y: &f64| certain(p * x + q * y, (p * x).abs() + (q * y).abs());
        let mut entries: Vec<f64> = x
            .iter()
            .zip(y)
            .map(|(x, y)| entry(x, y))
            .collect::<Option<_>>()?;
        let unit = power_of_two_below(max_abs(&entries));
        for v in &mut entries {
            *v /= unit;
        }
        Some(entries)
    }

    fn better_pivot(&self, other: &Self) -> bool {
        self.abs() > other.abs()
    }

    fn cost(vector: &[Self]) -> usize {
        vector.len()
    }
}

/// `sum`, unless cancellation, overflow or underflow makes it uncertain; an empty sum is exactly 0.
fn certain(sum: f64, size: f64) -> Option<f64> {
    if size == 0.0 {
        return Some(0.0);
    }
    (size > 1e-200 && size < 1e200 && sum.abs() > CERTAIN * size).then_some(sum)
}

/// The vertices of `{x : a x ≤ b}`, `a` by rows of length `dim`.
pub(super) fn quick_vertices(a: &[f64], b: &[f64], dim: usize, limit: usize) -> Quick {
    let n = dim + 1;
    let mut rows = vec![(0..n).map(|k| f64::small(k == dim)).collect()];
    for (row, &side) in a.chunks_exact(dim).zip(b) {
        let mut homogeneous: Vec<f64> = row.iter().map(|v| 0.0 - v).collect();
        homogeneous.push(side);
        let unit = power_of_two_below(max_abs(&homogeneous));
        for v in &mut homogeneous {
            *v /= unit;
        }
        rows.push(homogeneous);
    }
    let found = match cone(&rows, n, limit) {
        Ok(found) => found,
        Err(Stop::TooLarge) => return Quick::TooLarge,
        Err(Stop::Uncertain) => return Quick::Unknown,
    };
    if !found.lines.is_empty() || found.rays.is_empty() {
        return Quick::Unknown;
    }
    checked(&found.rays, a, b, dim).unwrap_or(Quick::Unknown)
}

/// The vertices, if the list proves to be complete.
fn checked(rays: &[Ray<f64>], a: &[f64], b: &[f64], dim: usize) -> Option<Quick> {
    let mut points = Vec::with_capacity(rays.len() * dim);
    let mut meeting = Vec::with_capacity(rays.len() * dim);
    let mut ends: BTreeMap<Vec<usize>, u32> = BTreeMap::new();
    for ray in rays {
        // Constraint 0 is `t ≥ 0`: tight only for directions of recession.
        let is_tight = |i: usize| ray.tight[(i + 1) / 64] >> ((i + 1) % 64) & 1 == 1;
        let facets: Vec<usize> = (0..b.len()).filter(|&i| is_tight(i)).collect();
        if facets.len() != dim || ray.tight_count as usize != dim {
            return None;
        }
        let rows = facets.iter().flat_map(|&i| &a[i * dim..(i + 1) * dim]);
        let sides: Vec<f64> = facets.iter().map(|&i| b[i]).collect();
        let x = Lu::new(rows.copied().collect(), dim)?.solve(&sides);
        for (i, (row, &side)) in a.chunks_exact(dim).zip(b).enumerate() {
            let terms = row.iter().zip(&x).map(|(a, x)| (a * x).abs());
            let size = side.abs() + terms.sum::<f64>();
            let room = residual(row, &x, side);
            let holds = if is_tight(i) {
                room.abs() <= 1e-14 * size
            } else {
                room > 1e-11 * size
            };
            if !holds {
                return None;
            }
        }
        for k in 0..dim {
            let mut edge = facets.clone();
            edge.remove(k);
            *ends.entry(edge).or_insert(0) += 1;
        }
        points.extend(x);
        // There are fewer rows than 2³².
        meeting.extend(facets.iter().map(|&i| i as u32));
    }
    let complete = ends.values().all(|&count| count == 2);
    complete.then_some(Quick::Vertices {
        points,
        rows: meeting,
    })
}
