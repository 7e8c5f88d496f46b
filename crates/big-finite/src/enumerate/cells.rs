//! Branching over where the total may lie, for all players at once.
//!
//! In an equilibrium with total `S = Σ s_i` no player `i` gains by going from its sum `u` to another sum `v`:
//! `2⟨G_i − S, v − u⟩ ≤ ‖v − u‖²`. Beside its own sum that asks for `S` alone, so the receiver's few coordinates
//! are branched over, whatever the number of players. For a box of totals a player's list loses every sum that one
//! and the same other sum beats for all totals in the box, and every sum that no sums of the others bring into it.
//! Far from its target a player has few sums left: the outermost ones in its direction.

use std::sync::Arc;

use big_numeric::parallel;

use super::leaf::Leaf;
use super::sums::{Allowance, DistinctSums, Hunt, Pull};
use crate::budget::Budget;
use crate::lattice::{Coordinate, Scaled};

/// Entries that one thread goes through at a time.
const CHUNK: usize = 4096;
/// Searches, in points looked at, below which nothing is branched any more.
const CHEAP: f64 = 4096.0;
/// Entries that the boxes of one decision may hold.
const MOST_HELD: usize = 1 << 25;

/// A box of totals, and the sums that may still be played while the total lies in it.
#[derive(Clone, Debug)]
pub(super) struct Cell<T> {
    pub(super) low: Vec<T>,
    pub(super) high: Vec<T>,
    /// Entries of each player, in order.
    pub(super) lists: Vec<Arc<Vec<u32>>>,
    /// Its share of all the work, for the progress.
    pub(super) share: f64,
    /// What the searches in it cost without more branching, in points looked at.
    cost: f64,
}

/// What became of a cell.
pub(super) enum Outcome<T> {
    /// Smaller cells, to be looked at again.
    Split(Vec<Cell<T>>),
    /// To be gone through as they are.
    Leaves(Vec<Leaf<T>>),
}

/// What all cells share.
pub(super) struct Field<'a, T> {
    pub(super) scaled: &'a Scaled<T>,
    /// The distinct lists.
    pub(super) sums: Vec<DistinctSums<'a, T>>,
    pub(super) allowance: Allowance,
    /// What a search for the nearest costs, a list.
    pub(super) prices: Vec<f64>,
    pub(super) budget: Budget<'a>,
}

impl<T: Coordinate> Field<'_, T> {
    pub(super) fn players(&self) -> usize {
        self.scaled.list_of.len()
    }

    pub(super) fn sums(&self, i: usize) -> &DistinctSums<'_, T> {
        &self.sums[self.scaled.list_of[i]]
    }

    pub(super) fn sum(&self, i: usize, entry: u32) -> &[T] {
        self.sums(i).index.table.sum(entry as usize)
    }

    /// The cell of everything.
    pub(super) fn whole(&self) -> Cell<T> {
        let lists = self.sums.iter();
        let all: Vec<Arc<Vec<u32>>> = lists
            .map(|sums| Arc::new((0..sums.index.table.len() as u32).collect()))
            .collect();
        let d = self.scaled.d;
        let mut cell = Cell {
            low: vec![T::zero(); d],
            high: vec![T::zero(); d],
            lists: self
                .scaled
                .list_of
                .iter()
                .map(|&l| all[l].clone())
                .collect(),
            share: 1.0,
            cost: 0.0,
        };
        for i in 0..self.players() {
            let (low, high) = self.corners(i, &cell.lists[i]);
            for x in 0..d {
                cell.low[x] = cell.low[x].plus(&low[x]);
                cell.high[x] = cell.high[x].plus(&high[x]);
            }
        }
        cell.cost = self.cost(&cell.lists);
        cell
    }

    /// The corners of the box around some of a player's sums, of which there is at least one.
    pub(super) fn corners(&self, i: usize, list: &[u32]) -> (Vec<T>, Vec<T>) {
        let first = self.sum(i, list[0]);
        let (mut low, mut high) = (first.to_vec(), first.to_vec());
        for &entry in list {
            for (x, v) in self.sum(i, entry).iter().enumerate() {
                if *v < low[x] {
                    low[x] = v.clone();
                } else if *v > high[x] {
                    high[x] = v.clone();
                }
            }
        }
        (low, high)
    }

    /// What the searches cost: every combination of all lists but the longest, with one search of that.
    fn cost(&self, lists: &[Arc<Vec<u32>>]) -> f64 {
        let last = longest(lists);
        let others = (0..lists.len()).filter(|&i| i != last);
        let combinations: f64 = others.map(|i| lists[i].len() as f64).product();
        combinations * self.search(last, &lists[last]).0
    }

    /// What a search of the longest list costs, and whether it goes through the list rather than the whole tree.
    pub(super) fn search(&self, last: usize, list: &[u32]) -> (f64, bool) {
        let (tree, scan) = (self.prices[self.scaled.list_of[last]], list.len() as f64);
        (tree.min(scan), scan < tree)
    }

    /// Branches as long as that saves more than it costs: a cell's boxes are halved level by level until the searches
    /// in them cost half of those in the cell, or halving has cost an eighth of them for nothing.
    pub(super) fn decide(&self, cell: Cell<T>) -> Outcome<T> {
        let mut spent = 0.0;
        let mut level = vec![cell];
        let whole = level[0].cost;
        let mut best = whole;
        let mut leaves = level.clone();
        let busy = level[0].lists.iter().filter(|list| list.len() > 1).count();
        // On a line a pair is gone through faster than it is branched over.
        let line = self.scaled.d == 1 && busy <= 2;
        while !line && whole > CHEAP && spent < (whole / 8.0).max(whole - best) {
            // What is returned when the time ends is not gone through any more.
            if self.budget.spent() || level.iter().all(|cell| cell.low == cell.high) {
                break;
            }
            let entries: usize = level.iter().flat_map(|c| &c.lists).map(|l| l.len()).sum();
            let rest = (whole / 8.0).max(whole - best) - spent;
            // Twice: each half goes through its entries.
            let each = rest / (2 * entries) as f64;
            let halves = parallel::map(&level, |cell| self.halves(cell, each));
            spent += halves.iter().map(|h| h.1).sum::<u64>() as f64;
            level = halves.into_iter().flat_map(|h| h.0).collect();
            let cost: f64 = level.iter().map(|cell| cell.cost).sum();
            if cost <= whole / 2.0 {
                return Outcome::Split(level);
            }
            if cost < best {
                best = cost;
                leaves.clone_from(&level);
            }
            let held: usize = level.iter().flat_map(|c| &c.lists).map(|l| l.len()).sum();
            if held > MOST_HELD {
                break;
            }
        }
        Outcome::Leaves(leaves.iter().map(|cell| Leaf::new(self, cell)).collect())
    }

    /// The two halves of a cell along its widest side, without what cannot be played in them; empty ones are left out.
    /// A cell that is a point stays as it is. An entry costs `each` points looked at, on average and at most.
    fn halves(&self, cell: &Cell<T>, each: f64) -> (Vec<Cell<T>>, u64) {
        let width = |x: usize| cell.high[x].minus(&cell.low[x]);
        let mut widest = 0;
        for x in 1..self.scaled.d {
            if width(x) > width(widest) {
                widest = x;
            }
        }
        if width(widest).is_zero() {
            return (vec![cell.clone()], 1);
        }
        let two = T::one().plus(&T::one());
        let middle = cell.low[widest].plus(&width(widest).div_floor(&two));
        let mut halves = Vec::with_capacity(2);
        let mut visits = 0;
        for upper in [false, true] {
            let mut half = cell.clone();
            half.share = cell.share / 2.0;
            if upper {
                half.low[widest] = middle.plus(&T::one());
            } else {
                half.high[widest] = middle.clone();
            }
            let (alive, cost) = self.narrow(&mut half, each);
            visits += cost;
            if alive {
                half.cost = self.cost(&half.lists);
                halves.push(half);
            }
        }
        (halves, visits)
    }

    /// Takes away what cannot be played, as far as that costs `each` an entry, and says whether anything is left.
    fn narrow(&self, cell: &mut Cell<T>, each: f64) -> (bool, u64) {
        let (n, d) = (self.players(), self.scaled.d);
        let mut visits = 0;
        let corners: Vec<(Vec<T>, Vec<T>)> =
            (0..n).map(|i| self.corners(i, &cell.lists[i])).collect();
        let mut low = vec![T::zero(); d];
        let mut high = vec![T::zero(); d];
        for (l, h) in &corners {
            for x in 0..d {
                low[x] = low[x].plus(&l[x]);
                high[x] = high[x].plus(&h[x]);
            }
        }
        for x in 0..d {
            if cell.low[x] < low[x] {
                cell.low[x] = low[x].clone();
            }
            if cell.high[x] > high[x] {
                cell.high[x] = high[x].clone();
            }
            if cell.low[x] > cell.high[x] {
                return (false, 1);
            }
        }
        for i in 0..n {
            // What the others' sums need from this one to bring the total into the box.
            let (l, h) = &corners[i];
            let bounds: Vec<(T, T)> = (0..d)
                .map(|x| {
                    let others = (low[x].minus(&l[x]), high[x].minus(&h[x]));
                    (cell.low[x].minus(&others.1), cell.high[x].minus(&others.0))
                })
                .collect();
            let inside = |entry: u32| {
                let sum = self.sum(i, entry).iter().zip(&bounds);
                sum.into_iter().all(|(v, (l, h))| l <= v && v <= h)
            };
            let pull = Pull::new(self.scaled.goal(i), &cell.low, &cell.high, self.scaled);
            let idle = pull.is_idle();
            let sums = self.sums(i);
            let part = |chunk: &[u32]| -> (Vec<u32>, u64) {
                if self.budget.spent() {
                    return (chunk.to_vec(), 1);
                }
                let mut hunt = Hunt::default();
                let most = (each * chunk.len() as f64) as u64;
                let kept = chunk.iter().copied().filter(|&entry| {
                    inside(entry)
                        && (idle
                            || hunt.visits > most
                            || !sums.dominated(entry, &pull, &self.allowance, &mut hunt))
                });
                (kept.collect(), hunt.visits + 1 + chunk.len() as u64 / 8)
            };
            let parts = parallel::map(cell.lists[i].chunks(CHUNK), part);
            visits += parts.iter().map(|p| p.1).sum::<u64>();
            let kept: usize = parts.iter().map(|p| p.0.len()).sum();
            if kept == 0 {
                return (false, visits);
            }
            if kept < cell.lists[i].len() {
                let list: Vec<u32> = parts.into_iter().flat_map(|p| p.0).collect();
                cell.lists[i] = Arc::new(list);
            }
        }
        (true, visits)
    }
}

/// The player with the longest list, the last of several.
pub(super) fn longest<L: AsRef<Vec<u32>>>(lists: &[L]) -> usize {
    let sizes = lists.iter().map(|list| list.as_ref().len()).enumerate();
    sizes
        .max_by_key(|&(i, size)| (size, i))
        .map_or(0, |(i, _)| i)
}
