//! A box of totals that is gone through: every combination of the lists but the longest, with one search of that.

use std::sync::Arc;

use super::cells::{Cell, Field, longest};
use crate::index::Scratch;
use crate::lattice::{Coordinate, subtract};

/// Points that one piece of work looks at.
const PIECE: f64 = 262_144.0;
/// Pieces that a leaf is cut into at first.
const PARTS: u128 = 256;

/// A box, and the order in which its lists are gone through.
pub(super) struct Leaf<T> {
    cell: Cell<T>,
    /// The players of the outer loops, the last changing fastest.
    others: Vec<usize>,
    /// The player who is searched.
    last: usize,
    /// Is its list gone through, and not the tree of all its sums?
    scan: bool,
    /// Combinations of the others, `None` beyond `2¹²⁷`.
    pub(super) combinations: Option<u128>,
    /// Combinations a piece.
    piece: u128,
    /// What the sum of the first `l` players of the outer loops may be, so that the rest can bring the total into the
    /// box.
    windows: Vec<(Vec<T>, Vec<T>)>,
}

/// A part of a leaf: combinations by number.
pub(super) struct Part<T> {
    leaf: Arc<Leaf<T>>,
    from: u128,
    to: u128,
    /// Its share of all the work.
    pub(super) share: f64,
}

/// What a piece of work found.
#[derive(Default)]
pub(super) struct Found {
    /// An entry a player, and 1 where every one of them is the only best response, row by row.
    pub(super) rows: Vec<u32>,
    /// The share of the work that it was.
    pub(super) share: f64,
}

impl<T: Coordinate> Leaf<T> {
    pub(super) fn new(field: &Field<'_, T>, cell: &Cell<T>) -> Self {
        let last = longest(&cell.lists);
        let mut others: Vec<usize> = (0..cell.lists.len()).filter(|&i| i != last).collect();
        // The shortest lists come first: what fails early fails often.
        others.sort_by_key(|&i| (cell.lists[i].len(), i));
        let (price, scan) = field.search(last, &cell.lists[last]);
        let combinations = others.iter().try_fold(1u128, |product, &i| {
            let product = product.checked_mul(cell.lists[i].len() as u128)?;
            (product >> 127 == 0).then_some(product)
        });
        let mut window = (cell.low.clone(), cell.high.clone());
        let mut windows = vec![window.clone(); others.len() + 1];
        let order = std::iter::once(last).chain(others.iter().rev().copied());
        for (l, i) in (0..=others.len()).rev().zip(order) {
            let (low, high) = field.corners(i, &cell.lists[i]);
            for x in 0..low.len() {
                window.0[x] = window.0[x].minus(&high[x]);
                window.1[x] = window.1[x].minus(&low[x]);
            }
            windows[l].clone_from(&window);
        }
        Self {
            cell: cell.clone(),
            windows,
            others,
            last,
            scan,
            combinations,
            piece: (PIECE / price.max(1.0)).max(1.0) as u128,
        }
    }

    /// The others' players, and how many combinations they have.
    pub(super) fn others(&self) -> (usize, impl Iterator<Item = usize>) {
        let sizes = self.others.iter().map(|&i| self.cell.lists[i].len());
        (self.others.len(), sizes)
    }

    /// Its parts, in order.
    pub(super) fn parts(self) -> Vec<Part<T>> {
        let total = self.combinations.unwrap_or(u128::MAX >> 1);
        let parts = total.div_ceil(self.piece).clamp(1, PARTS);
        let step = total.div_ceil(parts).max(1);
        let share = self.cell.share / parts as f64;
        let leaf = Arc::new(self);
        (0..parts)
            .map(|p| Part {
                leaf: leaf.clone(),
                from: p * step,
                to: ((p + 1) * step).min(total),
                share,
            })
            .filter(|part| part.from < part.to)
            .collect()
    }
}

impl<T: Coordinate> Part<T> {
    /// Goes through as many combinations as make one piece of work; returns what was found and what is left.
    pub(super) fn run(
        mut self,
        field: &Field<'_, T>,
        scratch: &mut Scratch,
    ) -> (Found, Option<Self>) {
        let leaf = self.leaf.clone();
        let mut walk = Walk::new(field, &leaf, self.from);
        let mut found = Found::default();
        let mut looked = 0;
        while walk.number < self.to && looked < leaf.piece {
            looked += 1;
            if walk.advance() {
                walk.search(scratch, &mut found.rows);
                walk.number += 1;
            }
        }
        if walk.number >= self.to {
            found.share = self.share;
            return (found, None);
        }
        let done = (walk.number - self.from) as f64 / (self.to - self.from) as f64;
        found.share = self.share * done;
        self.share -= found.share;
        self.from = walk.number;
        (found, Some(self))
    }
}

/// A walk through the combinations, with partial sums.
struct Walk<'a, T> {
    field: &'a Field<'a, T>,
    leaf: &'a Leaf<T>,
    number: u128,
    /// How many combinations follow one choice at each level.
    strides: Vec<u128>,
    /// Places in the lists; the levels below `valid` have their partial sums.
    places: Vec<usize>,
    valid: usize,
    /// `partial[l]`: the sum of the first `l` levels.
    partial: Vec<Vec<T>>,
    entries: Vec<u32>,
    responses: Vec<u32>,
    query: Vec<T>,
    total: Vec<T>,
}

impl<'a, T: Coordinate> Walk<'a, T> {
    fn new(field: &'a Field<'a, T>, leaf: &'a Leaf<T>, from: u128) -> Self {
        let d = field.scaled.d;
        let levels = leaf.others.len();
        let mut strides = vec![1u128; levels];
        for l in (1..levels).rev() {
            let size = leaf.cell.lists[leaf.others[l]].len() as u128;
            strides[l - 1] = strides[l].saturating_mul(size);
        }
        Self {
            field,
            leaf,
            number: from,
            strides,
            places: vec![usize::MAX; levels],
            valid: 0,
            partial: vec![vec![T::zero(); d]; levels + 1],
            entries: vec![0; field.players() + 1],
            responses: Vec::new(),
            query: vec![T::zero(); d],
            total: vec![T::zero(); d],
        }
    }

    /// Forms the partial sums of the combination `number`. Where they cannot lead into the box, moves past all
    /// combinations that begin so, and says no.
    fn advance(&mut self) -> bool {
        let d = self.field.scaled.d;
        let levels = self.leaf.others.len();
        let mut rest = self.number;
        for l in 0..levels {
            let i = self.leaf.others[l];
            let place = (rest / self.strides[l]) as usize;
            rest %= self.strides[l];
            if l < self.valid && self.places[l] == place {
                continue;
            }
            self.valid = l + 1;
            self.places[l] = place;
            let entry = self.leaf.cell.lists[i][place];
            self.entries[i] = entry;
            let sum = self.field.sum(i, entry);
            let (before, after) = self.partial.split_at_mut(l + 1);
            for x in 0..d {
                after[0][x] = before[l][x].plus(&sum[x]);
            }
            let (low, high) = &self.leaf.windows[l + 1];
            let lost = (0..d).any(|x| after[0][x] < low[x] || after[0][x] > high[x]);
            if lost {
                self.valid = l;
                self.number += self.strides[l] - rest;
                return false;
            }
        }
        true
    }

    /// Adds the equilibria with the others' sums as they are.
    fn search(&mut self, scratch: &mut Scratch, rows: &mut Vec<u32>) {
        let (field, leaf) = (self.field, self.leaf);
        let sums = field.sums(leaf.last);
        let mut responses = std::mem::take(&mut self.responses);
        self.wish(leaf.last);
        let scan = leaf.scan;
        if !scan {
            sums.near(&self.query, &field.allowance, scratch, &mut responses);
        }
        let candidates = if scan {
            &leaf.cell.lists[leaf.last]
        } else {
            &responses
        };
        let levels = leaf.others.len();
        for &entry in candidates {
            let own = sums.index.table.sum(entry as usize);
            let others = &self.partial[levels];
            let inside = own.iter().zip(others).zip(&mut self.total);
            for ((v, o), t) in inside {
                *t = v.plus(o);
            }
            let corners = leaf.cell.low.iter().zip(&leaf.cell.high);
            if !self
                .total
                .iter()
                .zip(corners)
                .all(|(t, (l, h))| l <= t && t <= h)
            {
                continue;
            }
            self.entries[leaf.last] = entry;
            if scan {
                self.wish(leaf.last);
                if !sums.is_near(&self.query, entry, &field.allowance, scratch) {
                    continue;
                }
            }
            if self.settled(scratch) {
                self.entries[field.players()] = u32::from(self.only(scratch));
                rows.extend_from_slice(&self.entries);
            }
        }
        self.responses = responses;
    }

    /// Sets the query to what player `i` would like its sum to be: `G_i − Σ_{j≠i} s_j`.
    fn wish(&mut self, i: usize) {
        self.query.clone_from_slice(self.field.scaled.goal(i));
        if i == self.leaf.last {
            subtract(&mut self.query, &self.partial[self.leaf.others.len()]);
        } else {
            subtract(&mut self.query, &self.total);
            crate::lattice::add(&mut self.query, self.field.sum(i, self.entries[i]));
        }
    }

    /// Are the others content as well?
    fn settled(&mut self, scratch: &mut Scratch) -> bool {
        let (field, leaf) = (self.field, self.leaf);
        leaf.others.iter().all(|&i| {
            self.wish(i);
            let entry = self.entries[i];
            field
                .sums(i)
                .is_near(&self.query, entry, &field.allowance, scratch)
        })
    }

    /// Is every player's sum its only nearest one?
    fn only(&mut self, scratch: &mut Scratch) -> bool {
        let field = self.field;
        let mut nearest = Vec::new();
        (0..field.players()).all(|i| {
            self.wish(i);
            field
                .sums(i)
                .index
                .nearest(&self.query, scratch, &mut nearest);
            nearest[..] == [self.entries[i]]
        })
    }
}
