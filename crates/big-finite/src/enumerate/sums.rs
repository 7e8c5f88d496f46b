//! The distinct sums of one list, and the two questions that the search asks of them in doubles and decides exactly:
//! which are near enough to a point, and which are never worth playing while the total stays in a box.

use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive};

use crate::budget::{Budget, Stop};
use crate::index::{Index, Scratch};
use crate::lattice::{Coordinate, Scaled, distance};
use crate::tree::{Node, Tree, above};

/// Witnesses that are tried before the tree is searched.
const WITNESSES: usize = 6;
/// Queries that a search is priced by.
const PROBES: usize = 16;

/// What a player may leave on the table and still be content: `floor(ε/u²)` in lattice units.
#[derive(Clone, Debug)]
pub(super) struct Allowance {
    /// `None` where it is 0.
    exact: Option<BigInt>,
    /// The same in doubles after the shift, rounded up.
    approx: f64,
}

impl Allowance {
    pub(super) fn new(units: &BigInt, shift: u64) -> Self {
        Self {
            exact: units.is_positive().then(|| units.clone()),
            approx: (units >> (2 * shift)).to_f64().unwrap_or(f64::MAX) * (1.0 + 1e-12) + 1.0,
        }
    }

    pub(super) fn is_none(&self) -> bool {
        self.exact.is_none()
    }
}

/// A list's distinct sums with their doubles and a k-d tree in every dimension.
pub(super) struct DistinctSums<'a, T> {
    pub(super) index: &'a Index<T>,
    /// The sums in doubles, entry by entry.
    pub(super) points: Vec<f64>,
    /// In one dimension the index has none.
    line: Option<Tree>,
    d: usize,
    shift: u64,
    slack: f64,
    /// What a computed gain may be off by: see [`DistinctSums::gain`].
    margin: f64,
}

/// Where `e = G_i − S` may lie, in doubles and a little wider than exactly, while the total `S` is in a box.
pub(super) struct Pull {
    low: Vec<f64>,
    high: Vec<f64>,
    /// The point of the box nearest to 0.
    nearest: Vec<f64>,
}

impl Pull {
    /// For a goal and the corners of the box of totals.
    pub(super) fn new<T: Coordinate>(
        goal: &[T],
        low: &[T],
        high: &[T],
        scaled: &Scaled<T>,
    ) -> Self {
        let wide = scaled.slack();
        let from = |corner: &[T], by: f64| -> Vec<f64> {
            let pairs = goal.iter().zip(corner);
            pairs
                .map(|(g, s)| g.minus(s).approx(scaled.shift) + by)
                .collect()
        };
        let (low, high) = (from(high, -wide), from(low, wide));
        let nearest = low
            .iter()
            .zip(&high)
            .map(|(l, h)| 0f64.clamp(*l, *h))
            .collect();
        Self { low, high, nearest }
    }

    /// Where the box holds 0, nothing is dominated.
    pub(super) fn is_idle(&self) -> bool {
        self.nearest.iter().all(|v| *v == 0.0)
    }
}

/// Memory that the search for dominating sums uses again.
#[derive(Default)]
pub(super) struct Hunt {
    stack: Vec<(f64, Node)>,
    witnesses: Vec<usize>,
    /// Points and nodes looked at so far.
    pub(super) visits: u64,
}

impl<'a, T: Coordinate> DistinctSums<'a, T> {
    pub(super) fn new(
        index: &'a Index<T>,
        scaled: &Scaled<T>,
        budget: &Budget<'_>,
    ) -> Result<Self, Stop> {
        let d = scaled.d;
        let sums = &index.table.sums;
        let more = 8.0 * sums.len() as f64 + Tree::bytes(index.table.len() as f64, d);
        if !budget.holds(index.bytes() + more) {
            return Err(Stop::Large);
        }
        let points: Vec<f64> = sums.iter().map(|v| v.approx(scaled.shift)).collect();
        let line = match index.tree() {
            None => Some(Tree::new(&points, d, budget)?),
            Some(_) => None,
        };
        // Coordinates are off by 2⁻⁵² of the reach, the pull by the same, and both are at most four times the reach:
        // the terms w (2e − w) and their sum stay within 2⁻⁴⁶ of d · reach².
        let margin = scaled.reach * scaled.reach * d as f64 * 0.5f64.powi(44);
        Ok(Self {
            index,
            points,
            line,
            d,
            shift: scaled.shift,
            slack: scaled.slack(),
            margin,
        })
    }

    pub(super) fn point(&self, entry: u32) -> &[f64] {
        let at = entry as usize * self.d;
        &self.points[at..at + self.d]
    }

    /// One of them is there by construction; an empty tree is never asked.
    fn tree(&self) -> Option<&Tree> {
        self.index.tree().or(self.line.as_ref())
    }

    /// Is the sum beaten by one and the same other sum, by more than the allowance, for every pull in the box?
    ///
    /// Going from `u` to `v = u + w` lowers the squared distance by `2⟨e, w⟩ − ‖w‖²`; its minimum over the box is
    /// taken coordinate by coordinate, and is concave in `w`, so that a node's bound is its value at the nearest
    /// point of the node.
    pub(super) fn dominated(
        &self,
        entry: u32,
        pull: &Pull,
        allowance: &Allowance,
        hunt: &mut Hunt,
    ) -> bool {
        let Some(tree) = self.tree() else {
            return false;
        };
        let needed = self.margin
            + if allowance.is_none() {
                0.0
            } else {
                allowance.approx
            };
        let own = self.point(entry);
        let gain = |v: &[f64]| gain(own, v, pull);
        hunt.visits += 1 + hunt.witnesses.len() as u64;
        if let Some(p) = hunt
            .witnesses
            .iter()
            .position(|&w| gain(tree.point(w)) > needed)
        {
            hunt.witnesses[..=p].rotate_right(1);
            return true;
        }
        hunt.stack.clear();
        hunt.stack.push((f64::INFINITY, tree.root()));
        while let Some((_, node)) = hunt.stack.pop() {
            hunt.visits += 2;
            let Some((left, right)) = node.children() else {
                for place in node.from..node.to {
                    hunt.visits += 1;
                    if gain(tree.point(place)) > needed {
                        hunt.witnesses.truncate(WITNESSES - 1);
                        hunt.witnesses.insert(0, place);
                        return true;
                    }
                }
                continue;
            };
            let bound = |node: Node| {
                let (low, high) = tree.bounds(node.id);
                best_gain(own, low, high, pull)
            };
            let (near, far) = ((bound(left), left), (bound(right), right));
            let (near, far) = if near.0 >= far.0 {
                (near, far)
            } else {
                (far, near)
            };
            for child in [far, near] {
                if child.0 > needed {
                    hunt.stack.push(child);
                }
            }
        }
        false
    }

    /// Fills `entries` with all sums within the allowance of the nearest to the query, in order, and says whether the
    /// nearest is the only one to be nearest.
    pub(super) fn near(
        &self,
        query: &[T],
        allowance: &Allowance,
        scratch: &mut Scratch,
        entries: &mut Vec<u32>,
    ) {
        self.index.nearest(query, scratch, entries);
        let (Some(allowed), Some(tree)) = (&allowance.exact, self.tree()) else {
            return;
        };
        let square = |entry: u32| {
            let sum = self.index.table.sum(entry as usize);
            T::square_to_big(&distance(sum, query))
        };
        let limit = square(entries[0]) + allowed;
        entries.clear();
        let query: Vec<f64> = query.iter().map(|v| v.approx(self.shift)).collect();
        tree.any_within(&query, self.cutoff(&limit), &mut Vec::new(), |_, entry| {
            if square(entry) <= limit {
                entries.push(entry);
            }
            false
        });
        entries.sort_unstable();
    }

    /// Is the entry within the allowance of the sums nearest to the query?
    pub(super) fn is_near(
        &self,
        query: &[T],
        entry: u32,
        allowance: &Allowance,
        scratch: &mut Scratch,
    ) -> bool {
        let (Some(allowed), Some(tree)) = (&allowance.exact, self.tree()) else {
            return self.index.is_nearest(query, entry as usize, scratch);
        };
        let square = |entry: u32| {
            let sum = self.index.table.sum(entry as usize);
            T::square_to_big(&distance(sum, query))
        };
        let to_beat = square(entry) - allowed;
        if !to_beat.is_positive() {
            return true;
        }
        let query: Vec<f64> = query.iter().map(|v| v.approx(self.shift)).collect();
        let cutoff = self.cutoff(&to_beat);
        !tree.any_within(&query, cutoff, &mut Vec::new(), |_, other| {
            square(other) < to_beat
        })
    }

    /// What a computed squared distance may be where the true one is at most `square`.
    fn cutoff(&self, square: &BigInt) -> f64 {
        let near = (square >> (2 * self.shift)).to_f64().unwrap_or(f64::MAX) + 1.0;
        above(near, self.slack)
    }

    /// How many points and nodes one search for the nearest looks at, by a few searches from the given queries.
    pub(super) fn price(&self, queries: impl Iterator<Item = Vec<f64>>) -> f64 {
        let Some(tree) = self.tree().filter(|_| self.d > 1) else {
            return 8.0;
        };
        let (mut visits, mut asked) = (0u64, 0u64);
        let mut stack = Vec::new();
        for query in queries.take(PROBES) {
            let mut best = f64::INFINITY;
            stack.clear();
            stack.push((0.0, tree.root()));
            while let Some((bound, node)) = stack.pop() {
                if bound > best {
                    continue;
                }
                visits += 2;
                let square = |low: &[f64], high: &[f64]| -> f64 {
                    let sides = low.iter().zip(high).zip(&query);
                    sides
                        .map(|((l, h), q)| (q - q.max(*l).min(*h)).powi(2))
                        .sum()
                };
                let Some((left, right)) = node.children() else {
                    for place in node.from..node.to {
                        visits += 1;
                        best = best.min(square(tree.point(place), tree.point(place)));
                    }
                    continue;
                };
                let bound = |node: Node| {
                    let (low, high) = tree.bounds(node.id);
                    square(low, high)
                };
                let (near, far) = ((bound(left), left), (bound(right), right));
                let (near, far) = if near.0 <= far.0 {
                    (near, far)
                } else {
                    (far, near)
                };
                stack.push(far);
                stack.push(near);
            }
            asked += 1;
        }
        visits as f64 / asked.max(1) as f64
    }
}

/// The least gain over the box of pulls by going from `own` to `other`.
#[inline]
fn gain(own: &[f64], other: &[f64], pull: &Pull) -> f64 {
    let mut sum = 0.0;
    for x in 0..own.len() {
        let w = other[x] - own[x];
        let e = if w >= 0.0 { pull.low[x] } else { pull.high[x] };
        sum += w * (2.0 * e - w);
    }
    sum
}

/// The most that [`gain`] can be at a point of a box.
#[inline]
fn best_gain(own: &[f64], low: &[f64], high: &[f64], pull: &Pull) -> f64 {
    let mut sum = 0.0;
    for x in 0..own.len() {
        let w = pull.nearest[x].max(low[x] - own[x]).min(high[x] - own[x]);
        let e = if w >= 0.0 { pull.low[x] } else { pull.high[x] };
        sum += w * (2.0 * e - w);
    }
    sum
}
