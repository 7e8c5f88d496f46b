//! Exact nearest neighbours among the distinct sums of a list: a best response by looking it up.

use super::budget::{Budget, Stop};
use super::lattice::{Coordinate, distance};
use super::table::Table;
use super::tree::{Node, Tree, above, below};

/// A table with what finds the nearest of its sums.
#[derive(Debug)]
pub(crate) struct Index<T> {
    pub(crate) table: Table<T>,
    d: usize,
    shift: u64,
    slack: f64,
    /// In one dimension the order of the sums does.
    tree: Option<Tree>,
}

/// Memory that searches use again.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    query: Vec<f64>,
    stack: Vec<(f64, Node)>,
    found: Vec<(f64, u32)>,
}

impl<T: Coordinate> Index<T> {
    /// `shift` and `slack` as of the [scaled game](super::lattice::Scaled).
    pub(crate) fn new(
        table: Table<T>,
        d: usize,
        shift: u64,
        slack: f64,
        budget: &Budget<'_>,
    ) -> Result<Self, Stop> {
        let tree = if d > 1 {
            let tree = Tree::bytes(table.len() as f64, d);
            if !budget.holds(table.bytes() + tree) {
                return Err(Stop::Large);
            }
            let points: Vec<f64> = table.sums.iter().map(|v| v.approx(shift)).collect();
            Some(Tree::new(&points, d, budget)?)
        } else {
            None
        };
        Ok(Self {
            table,
            d,
            shift,
            slack,
            tree,
        })
    }

    /// The bytes that it takes.
    pub(crate) fn bytes(&self) -> f64 {
        let tree = self
            .tree
            .as_ref()
            .map_or(0.0, |_| Tree::bytes(self.table.len() as f64, self.d));
        self.table.bytes() + tree
    }

    /// The tree over the sums; in one dimension there is none.
    pub(crate) fn tree(&self) -> Option<&Tree> {
        self.tree.as_ref()
    }

    fn approximate(&self, query: &[T], into: &mut Vec<f64>) {
        into.clear();
        into.extend(query.iter().map(|v| v.approx(self.shift)));
    }

    /// Fills `entries` with all sums nearest to the query, in order.
    pub(crate) fn nearest(&self, query: &[T], scratch: &mut Scratch, entries: &mut Vec<u32>) {
        entries.clear();
        let Some(tree) = &self.tree else {
            return self.nearest_on_line(&query[0], entries);
        };
        self.approximate(query, &mut scratch.query);
        let Scratch {
            query: near,
            stack,
            found,
        } = scratch;
        tree.nearest(near, self.slack, stack, found);
        if let [(_, only)] = found[..] {
            entries.push(only);
            return;
        }
        let mut best: Option<T::Square> = None;
        for &(_, entry) in found.iter() {
            let square = distance(self.table.sum(entry as usize), query);
            if best.as_ref().is_none_or(|b| square < *b) {
                entries.clear();
                best = Some(square);
            } else if best.as_ref() != Some(&square) {
                continue;
            }
            entries.push(entry);
        }
        entries.sort_unstable();
        debug_assert_eq!(self.d, query.len());
    }

    fn nearest_on_line(&self, query: &T, entries: &mut Vec<u32>) {
        let sums = &self.table.sums;
        let up = sums.partition_point(|v| v < query);
        let Some(down) = up.checked_sub(1) else {
            entries.push(0);
            return;
        };
        if up == sums.len() {
            entries.push(down as u32);
            return;
        }
        let order = query.minus(&sums[down]).cmp(&sums[up].minus(query));
        if order.is_le() {
            entries.push(down as u32);
        }
        if order.is_ge() {
            entries.push(up as u32);
        }
    }

    /// Is the entry one of the sums nearest to the query?
    pub(crate) fn is_nearest(&self, query: &[T], entry: usize, scratch: &mut Scratch) -> bool {
        let own = self.table.sum(entry);
        let Some(tree) = &self.tree else {
            return self.is_nearest_on_line(&query[0], entry);
        };
        let mut to_beat: Option<T::Square> = None;
        self.approximate(query, &mut scratch.query);
        let square: f64 = own
            .iter()
            .zip(&scratch.query)
            .map(|(a, b)| (a.approx(self.shift) - b) * (a.approx(self.shift) - b))
            .sum();
        let surely = below(square, self.slack);
        let Scratch {
            query: near, stack, ..
        } = scratch;
        let cutoff = above(square, self.slack);
        !tree.any_within(near, cutoff, stack, |square, other| {
            if square < surely {
                return true;
            }
            if other as usize == entry {
                return false;
            }
            let to_beat = to_beat.get_or_insert_with(|| distance(own, query));
            distance(self.table.sum(other as usize), query) < *to_beat
        })
    }

    fn is_nearest_on_line(&self, query: &T, entry: usize) -> bool {
        let sums = &self.table.sums;
        // Only a neighbour on the query's side could be nearer.
        let own = &sums[entry];
        match query.cmp(own) {
            std::cmp::Ordering::Equal => true,
            std::cmp::Ordering::Less => entry
                .checked_sub(1)
                .is_none_or(|left| own.minus(query) <= distance_on_line(&sums[left], query)),
            std::cmp::Ordering::Greater => sums
                .get(entry + 1)
                .is_none_or(|right| query.minus(own) <= distance_on_line(right, query)),
        }
    }
}

#[inline]
fn distance_on_line<T: Coordinate>(a: &T, b: &T) -> T {
    if a < b { b.minus(a) } else { a.minus(b) }
}
