//! A k-d tree over points in doubles: a filter in front of exact comparisons.
//!
//! Searches report every point that could be nearest, given how far doubles may be off; the caller decides among
//! them exactly.

use super::budget::{Budget, Pulse, Stop};
use super::order::halve;

/// Points a leaf.
const LEAF: usize = 8;
/// Nodes of at least this many points are built in parallel.
const FORK: usize = 1 << 14;
/// Points between two looks at the budget.
const STRETCH: usize = 1 << 13;

/// A balanced k-d tree; node `v` has the children `2v + 1` and `2v + 2` and a contiguous range of points.
#[derive(Debug)]
pub(crate) struct Tree {
    d: usize,
    /// The points in the tree's order, `n × d`.
    points: Vec<f64>,
    /// The number of each point.
    order: Vec<u32>,
    /// Lower and upper corner of each node's bounding box.
    boxes: Vec<f64>,
}

/// A node: its number and its range of points.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    pub(crate) id: usize,
    pub(crate) from: usize,
    pub(crate) to: usize,
}

impl Node {
    /// The two halves; `None` for a leaf.
    #[inline]
    pub(crate) fn children(self) -> Option<(Self, Self)> {
        if self.to - self.from <= LEAF {
            return None;
        }
        let middle = self.from + (self.to - self.from) / 2;
        Some((
            Self {
                id: 2 * self.id + 1,
                from: self.from,
                to: middle,
            },
            Self {
                id: 2 * self.id + 2,
                from: middle,
                to: self.to,
            },
        ))
    }
}

/// `‖a − b‖²` in doubles, always added up in the same order.
#[inline]
pub(crate) fn squared(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// The largest square that a distance of computed square `square` may truly have had, `slack` off.
#[inline]
pub(crate) fn above(square: f64, slack: f64) -> f64 {
    let far = square.sqrt() + 2.0 * slack;
    far * far * (1.0 + 1e-12)
}

/// The smallest such square.
#[inline]
pub(crate) fn below(square: f64, slack: f64) -> f64 {
    let near = (square.sqrt() - 2.0 * slack).max(0.0);
    near * near * (1.0 - 1e-12)
}

impl Tree {
    /// Builds the tree over `n × d` points. O(n log n), parallel; the same tree whatever the number of threads.
    pub(crate) fn new(points: &[f64], d: usize, budget: &Budget<'_>) -> Result<Self, Stop> {
        let n = points.len() / d;
        let mut order: Vec<u32> = (0..n as u32).collect();
        arrange(points, d, &mut order, budget)?;
        let mut pulse = budget.pulse();
        let mut permuted = Vec::with_capacity(points.len());
        for &p in &order {
            permuted.extend_from_slice(&points[p as usize * d..(p as usize + 1) * d]);
            pulse.steps(d)?;
        }
        let mut tree = Self {
            d,
            points: permuted,
            order,
            boxes: Vec::new(),
        };
        tree.boxes = vec![0.0; 2 * d * nodes(n)];
        tree.enclose(tree.root(), &mut pulse)?;
        Ok(tree)
    }

    /// The bytes that a tree over `n` points takes, and what building it takes besides.
    pub(crate) fn bytes(n: f64, d: usize) -> f64 {
        // Points, twice while they are put in order; numbers; and two corners a node, of which there are about n/2.
        n * (24.0 * d as f64 + 4.0)
    }

    /// The node that holds everything.
    pub(crate) fn root(&self) -> Node {
        Node {
            id: 0,
            from: 0,
            to: self.order.len(),
        }
    }

    /// The point at a place of the tree's order.
    #[inline]
    pub(crate) fn point(&self, place: usize) -> &[f64] {
        &self.points[place * self.d..(place + 1) * self.d]
    }

    /// The number of the point at a place.
    #[inline]
    pub(crate) fn number(&self, place: usize) -> u32 {
        self.order[place]
    }

    /// The lower and the upper corner of a node's bounding box.
    #[inline]
    pub(crate) fn bounds(&self, id: usize) -> (&[f64], &[f64]) {
        let d = self.d;
        self.boxes[2 * d * id..2 * d * (id + 1)].split_at(d)
    }

    /// How many nodes there may be.
    pub(crate) fn nodes(&self) -> usize {
        nodes(self.order.len())
    }

    fn enclose(&mut self, node: Node, pulse: &mut Pulse<'_>) -> Result<(), Stop> {
        let d = self.d;
        let at = 2 * d * node.id;
        match node.children() {
            None => {
                pulse.steps(d * (node.to - node.from))?;
                for x in 0..d {
                    let column = (node.from..node.to).map(|p| self.points[p * d + x]);
                    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
                    for v in column {
                        low = low.min(v);
                        high = high.max(v);
                    }
                    self.boxes[at + x] = low;
                    self.boxes[at + d + x] = high;
                }
            }
            Some((left, right)) => {
                self.enclose(left, pulse)?;
                self.enclose(right, pulse)?;
                let (l, r) = (2 * d * left.id, 2 * d * right.id);
                for x in 0..d {
                    self.boxes[at + x] = self.boxes[l + x].min(self.boxes[r + x]);
                    self.boxes[at + d + x] = self.boxes[l + d + x].max(self.boxes[r + d + x]);
                }
            }
        }
        Ok(())
    }

    /// The squared distance of a point from a node's box.
    #[inline]
    fn bound(&self, id: usize, query: &[f64]) -> f64 {
        let (low, high) = self.bounds(id);
        let mut sum = 0.0;
        for x in 0..self.d {
            let nearest = query[x].max(low[x]).min(high[x]);
            sum += (query[x] - nearest) * (query[x] - nearest);
        }
        sum
    }

    /// Fills `found` with every point that may be the nearest to the query.
    pub(crate) fn nearest(
        &self,
        query: &[f64],
        slack: f64,
        stack: &mut Vec<(f64, Node)>,
        found: &mut Vec<(f64, u32)>,
    ) {
        found.clear();
        stack.clear();
        let mut best = f64::INFINITY;
        let mut cutoff = f64::INFINITY;
        stack.push((0.0, self.root()));
        while let Some((bound, node)) = stack.pop() {
            if bound > cutoff {
                continue;
            }
            let Some((left, right)) = node.children() else {
                for place in node.from..node.to {
                    let square = squared(self.point(place), query);
                    if square <= cutoff {
                        found.push((square, self.number(place)));
                        if square < best {
                            best = square;
                            cutoff = above(best, slack);
                        }
                    }
                }
                continue;
            };
            let near = (self.bound(left.id, query), left);
            let far = (self.bound(right.id, query), right);
            let (near, far) = if near.0 <= far.0 {
                (near, far)
            } else {
                (far, near)
            };
            stack.push(far);
            stack.push(near);
        }
        found.retain(|&(square, _)| square <= cutoff);
    }

    /// Does `accept` hold for a point of computed squared distance up to `cutoff`?
    pub(crate) fn any_within(
        &self,
        query: &[f64],
        cutoff: f64,
        stack: &mut Vec<(f64, Node)>,
        mut accept: impl FnMut(f64, u32) -> bool,
    ) -> bool {
        stack.clear();
        stack.push((0.0, self.root()));
        while let Some((_, node)) = stack.pop() {
            let Some((left, right)) = node.children() else {
                for place in node.from..node.to {
                    let square = squared(self.point(place), query);
                    if square <= cutoff && accept(square, self.number(place)) {
                        return true;
                    }
                }
                continue;
            };
            let near = (self.bound(left.id, query), left);
            let far = (self.bound(right.id, query), right);
            let (near, far) = if near.0 <= far.0 {
                (near, far)
            } else {
                (far, near)
            };
            for child in [far, near] {
                if child.0 <= cutoff {
                    stack.push(child);
                }
            }
        }
        false
    }
}

/// Sorts the points into the tree's order: halves by the widest coordinate.
fn arrange(points: &[f64], d: usize, order: &mut [u32], budget: &Budget<'_>) -> Result<(), Stop> {
    let n = order.len();
    if n <= LEAF {
        return Ok(());
    }
    let value = |p: u32, x: usize| points[p as usize * d + x];
    let mut pulse = budget.pulse();
    let mut widest = (0, -1.0);
    for x in 0..d {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for part in order.chunks(STRETCH) {
            pulse.steps(part.len())?;
            for &p in part {
                low = low.min(value(p, x));
                high = high.max(value(p, x));
            }
        }
        if high - low > widest.1 {
            widest = (x, high - low);
        }
    }
    let x = widest.0;
    let compare = |&a: &u32, &b: &u32| value(a, x).total_cmp(&value(b, x)).then(a.cmp(&b));
    halve(order, &compare, &mut pulse)?;
    let (left, right) = order.split_at_mut(n / 2);
    if n >= FORK {
        let (left, right) = big_numeric::parallel::join(
            || arrange(points, d, left, budget),
            || arrange(points, d, right, budget),
        );
        left.and(right)
    } else {
        arrange(points, d, left, budget)?;
        arrange(points, d, right, budget)
    }
}

/// How many nodes a tree over `n` points may have.
fn nodes(n: usize) -> usize {
    let (mut largest, mut count) = (n, 1);
    while largest > LEAF {
        largest = largest.div_ceil(2);
        count = 2 * count + 1;
    }
    count
}
