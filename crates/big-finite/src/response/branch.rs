//! Best-first branch and bound on the [relaxation](super::hull): for goals outside the hull, or nearly.
//!
//! A node fixes how often some items are chosen. The node of the least bound is next; its item of the most undecided
//! share is chosen more often in one child and less often in the other. Ends with a proof when no bound is below the
//! best; until then the least of the bounds is one for all.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::hull::Hull;
use super::{Best, Budget, approximate_square};
use crate::choice::Choice;
use crate::lattice::{Coordinate, List, Scaled, distance};

/// The most nodes that are held.
const MOST_NODES: usize = 1 << 20;

/// One decision and where it was made.
struct Node {
    parent: u32,
    item: u32,
    /// The item is chosen at least this often, or at most.
    bound: u32,
    more: bool,
}

/// A node that waits. The least bound comes first, and of equals the youngest.
#[derive(PartialEq)]
struct Waiting {
    bound: f64,
    node: u32,
}

impl Eq for Waiting {}
impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> Ordering {
        other
            .bound
            .total_cmp(&self.bound)
            .then(self.node.cmp(&other.node))
    }
}

/// How the search stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// There are nodes left.
    Open,
    /// The best choice is optimal.
    Proven,
    /// Too many nodes: it goes no further.
    Full,
}

/// A search that can be continued.
pub(crate) struct Branch<'a, T: Coordinate> {
    scaled: &'a Scaled<T>,
    list: &'a List<T>,
    goal: &'a [T],
    hull: Hull<'a>,
    nodes: Vec<Node>,
    waiting: BinaryHeap<Waiting>,
    low: Vec<u32>,
    high: Vec<u32>,
    state: State,
}

impl<'a, T: Coordinate> Branch<'a, T> {
    /// `items` and `target` are the list's items and the goal in doubles.
    pub(crate) fn new(
        scaled: &'a Scaled<T>,
        list: &'a List<T>,
        goal: &'a [T],
        items: &'a [f64],
        target: &'a [f64],
    ) -> Self {
        Self {
            scaled,
            list,
            goal,
            hull: Hull::new(items, target, list.choose, scaled.slack()),
            nodes: Vec::new(),
            // The root has no decision; its number is the one that no node has.
            waiting: BinaryHeap::from([Waiting {
                bound: 0.0,
                node: u32::MAX,
            }]),
            low: Vec::new(),
            high: Vec::new(),
            state: State::Open,
        }
    }

    /// The squared distance, after the shift, that no choice is below: the least bound of a node, as nodes without a choice
    /// better than the best are dropped.
    pub(crate) fn bound(&self, best: &Best<T>) -> f64 {
        let known = approximate_square::<T>(&best.square, self.scaled.shift);
        self.waiting
            .peek()
            .map_or(known, |next| next.bound.min(known))
    }

    /// Looks at nodes until about `work` items have been looked at.
    pub(crate) fn run(&mut self, work: u64, best: &mut Best<T>, budget: &Budget<'_>) -> State {
        let end = self.hull.work + work;
        while self.state == State::Open && self.hull.work < end && !budget.spent() {
            let Some(next) = self.waiting.pop() else {
                self.state = State::Proven;
                break;
            };
            let limit = self.limit(best);
            if next.bound > limit {
                // All the others are no better.
                self.waiting.clear();
                self.state = State::Proven;
                break;
            }
            if self.waiting.len() >= MOST_NODES || self.nodes.len() >= 2 * MOST_NODES {
                self.waiting.push(next);
                self.state = State::Full;
                break;
            }
            self.expand(&next, best);
        }
        self.state
    }

    /// What the square of a better choice cannot be above, in doubles: squares are integers.
    fn limit(&self, best: &Best<T>) -> f64 {
        let square = approximate_square::<T>(&best.square, self.scaled.shift);
        let better = if self.scaled.shift == 0 {
            square - 1.0
        } else {
            square
        };
        better + better.abs() * 1e-12
    }

    fn expand(&mut self, next: &Waiting, best: &mut Best<T>) {
        let (m, k) = (self.list.count, self.list.choose);
        self.low.clear();
        self.low.resize(m, 0);
        self.high.clear();
        self.high
            .resize(m, if self.list.repeats { k as u32 } else { 1 });
        let mut at = next.node;
        while let Some(node) = self.nodes.get(at as usize) {
            let a = node.item as usize;
            if node.more {
                self.low[a] = self.low[a].max(node.bound);
            } else {
                self.high[a] = self.high[a].min(node.bound);
            }
            at = node.parent;
        }
        let fewest: u64 = self.low.iter().map(|&v| u64::from(v)).sum();
        let most: u64 = self.high.iter().map(|&v| u64::from(v)).sum();
        if fewest > k as u64 || most < k as u64 {
            return;
        }
        // The rest may be decided by counting.
        if fewest == k as u64 || most == k as u64 {
            let chosen = if fewest == k as u64 {
                &self.low
            } else {
                &self.high
            };
            self.offer(repeated(chosen.iter().copied().zip(0..)), best);
            return;
        }
        let limit = self.limit(best);
        let relaxed = self.hull.nearest(&self.low, &self.high, limit);
        if relaxed.bound > limit {
            return;
        }
        let lower = || self.low.iter().copied().zip(0..);
        let extra = relaxed.chosen.iter().map(|&(a, n)| (n, a));
        self.offer(repeated(lower().chain(extra)), best);
        let bound = relaxed.bound.max(next.bound);
        if bound > self.limit(best) {
            return;
        }
        // The most undecided share; without one, any item that is free.
        let undecided = |share: f64| (share - share.floor()).min(share.ceil() - share);
        let fractional = relaxed
            .share
            .iter()
            .filter(|(_, share)| undecided(*share) > 1e-9)
            .max_by(|x, y| {
                undecided(x.1)
                    .total_cmp(&undecided(y.1))
                    .then(y.0.cmp(&x.0))
            });
        let (item, up) = match fractional {
            Some(&(a, share)) => (a, self.low[a as usize] + share.ceil() as u32),
            None => {
                let Some(a) = (0..m).find(|&a| self.low[a] < self.high[a]) else {
                    return;
                };
                let share = relaxed.share.iter().find(|s| s.0 == a as u32);
                let share = share.map_or(0, |s| s.1.round() as u32);
                let up = self.low[a] + share.max(1);
                (a as u32, up.min(self.high[a]))
            }
        };
        for (bound_on, more) in [(up - 1, false), (up, true)] {
            self.nodes.push(Node {
                parent: next.node,
                item,
                bound: bound_on,
                more,
            });
            let node = (self.nodes.len() - 1) as u32;
            self.waiting.push(Waiting { bound, node });
        }
    }

    /// Takes a choice if it is better.
    fn offer(&self, choice: Choice, best: &mut Best<T>) {
        debug_assert_eq!(choice.len(), self.list.choose);
        let d = self.scaled.d;
        let square = distance(&self.list.sum(&choice, d), self.goal);
        if square < best.square {
            *best = Best { choice, square };
        }
    }
}

/// A sorted choice from how often each item is in it.
fn repeated(counts: impl Iterator<Item = (u32, u32)>) -> Choice {
    let mut choice: Choice = counts
        .flat_map(|(n, a)| std::iter::repeat_n(a, n as usize))
        .collect();
    choice.sort_unstable();
    choice
}
