//! All sums of `k` items, grouped: the distinct ones in order, and how many choices make each.

use std::ops::ControlFlow;

use num_bigint::BigInt;

use super::budget::{Budget, Pulse, Stop};
use super::choice::{self, Choice};
use super::lattice::{Coordinate, List, add, subtract};
use super::order::sort;
use super::response::DEEPEST;

/// The most coordinates of choices that are listed one by one.
const MOST_LISTED: f64 = (1u64 << 25) as f64;
/// The most coordinates of distinct sums that are kept at once while they are merged.
const MOST_MERGED: usize = 1 << 25;

/// The distinct sums of a list's choices.
#[derive(Debug)]
pub(crate) struct Table<T> {
    d: usize,
    /// The sums in lexicographic order, by rows.
    pub(crate) sums: Vec<T>,
    groups: Groups,
}

/// Who makes each sum.
#[derive(Debug)]
enum Groups {
    /// The numbers of the choices in lexicographic order, and where each sum's begin.
    Listed { ranks: Vec<u32>, starts: Vec<u32> },
    /// Only how many there are.
    Counted(Vec<u128>),
}

impl<T: Coordinate> Table<T> {
    /// Lists all choices where they are few, and otherwise merges equal sums item by item; [`Stop::Large`] when both are
    /// too many. O(C log C) for C choices, or O(m k D) for at most D distinct sums.
    pub(crate) fn new(list: &List<T>, d: usize, budget: &Budget<'_>) -> Result<Self, Stop> {
        let choices = choice::choices_f64(list.count, list.choose, list.repeats);
        // The sums, and again when they are grouped; the order, the ranks and the groups.
        let bytes = choices * (2.0 * d as f64 * T::BYTES + 12.0);
        if choices * d as f64 <= MOST_LISTED && budget.holds(bytes) {
            Self::listed(list, d, budget)
        } else {
            Self::merged(list, d, budget)
        }
    }

    /// The bytes that it takes.
    pub(crate) fn bytes(&self) -> f64 {
        let groups = match &self.groups {
            Groups::Listed { ranks, starts } => 4.0 * (ranks.len() + starts.len()) as f64,
            Groups::Counted(counts) => 16.0 * counts.len() as f64,
        };
        self.sums.len() as f64 * T::BYTES + groups
    }

    fn listed(list: &List<T>, d: usize, budget: &Budget<'_>) -> Result<Self, Stop> {
        let sums = all_sums(list, d, budget)?;
        let count = sums.len() / d;
        if d == 1 {
            let mut pairs: Vec<(T, u32)> = sums.into_iter().zip(0..).collect();
            sort(&mut pairs, &Ord::cmp, budget)?;
            let (sums, ranks): (Vec<T>, Vec<u32>) = pairs.into_iter().unzip();
            return Self::grouped(d, ranks, |place| &sums[place..=place], budget);
        }
        let mut order: Vec<u32> = (0..count as u32).collect();
        let row = |r: u32| &sums[r as usize * d..(r as usize + 1) * d];
        let compare = |&a: &u32, &b: &u32| row(a).cmp(row(b)).then(a.cmp(&b));
        sort(&mut order, &compare, budget)?;
        let ranks = order.clone();
        Self::grouped(d, ranks, |place| row(order[place]), budget)
    }

    fn grouped<'a>(
        d: usize,
        ranks: Vec<u32>,
        row: impl Fn(usize) -> &'a [T],
        budget: &Budget<'_>,
    ) -> Result<Self, Stop>
    where
        T: 'a,
    {
        let mut sums: Vec<T> = Vec::new();
        let mut starts = Vec::new();
        let mut pulse = budget.pulse();
        for place in 0..ranks.len() {
            pulse.step()?;
            if place == 0 || row(place) != row(place - 1) {
                sums.extend_from_slice(row(place));
                starts.push(place as u32);
            }
        }
        starts.push(ranks.len() as u32);
        Ok(Self {
            d,
            sums,
            groups: Groups::Listed { ranks, starts },
        })
    }

    /// Item by item, for every number of items chosen so far, the sums in order: adding an item keeps the order, so
    /// that two sorted lists are merged.
    fn merged(list: &List<T>, d: usize, budget: &Budget<'_>) -> Result<Self, Stop> {
        let k = list.choose;
        let mut levels: Vec<(Vec<T>, Vec<u128>)> = vec![(Vec::new(), Vec::new()); k + 1];
        levels[0] = (vec![T::zero(); d], vec![1]);
        let mut kept = 1;
        let mut pulse = budget.pulse();
        for a in 0..list.count {
            let item = list.item(a, d);
            let mut step = |c: usize| {
                pulse.step()?;
                let merged = merge(&levels[c], &levels[c - 1], item, d, &mut pulse)?;
                kept += merged.1.len() - levels[c].1.len();
                levels[c] = merged;
                let bytes = kept as f64 * (d as f64 * T::BYTES + 16.0);
                if kept * d <= MOST_MERGED && budget.holds(bytes) {
                    Ok(())
                } else {
                    Err(Stop::Large)
                }
            };
            if list.repeats {
                (1..=k).try_for_each(&mut step)?;
            } else {
                // What could not become k any more is not needed.
                let least = (k + a + 1).saturating_sub(list.count).max(1);
                (least..=k.min(a + 1)).rev().try_for_each(&mut step)?;
                for level in &mut levels[..least - 1] {
                    kept -= level.1.len();
                    *level = (Vec::new(), Vec::new());
                }
            }
        }
        let (sums, counts) = levels.pop().unwrap_or_default();
        Ok(Self {
            d,
            sums,
            groups: Groups::Counted(counts),
        })
    }

    /// How many distinct sums there are.
    pub(crate) fn len(&self) -> usize {
        self.sums.len() / self.d
    }

    /// A sum.
    #[inline]
    pub(crate) fn sum(&self, entry: usize) -> &[T] {
        &self.sums[entry * self.d..(entry + 1) * self.d]
    }

    /// How many choices make it.
    pub(crate) fn count(&self, entry: usize) -> u128 {
        match &self.groups {
            Groups::Listed { starts, .. } => u128::from(starts[entry + 1] - starts[entry]),
            Groups::Counted(counts) => counts[entry],
        }
    }

    /// Visits the choices that make a sum, in lexicographic order, until `visit` breaks or the budget ends.
    pub(crate) fn members(
        &self,
        list: &List<T>,
        entry: usize,
        budget: &Budget<'_>,
        visit: &mut dyn FnMut(&[u32]) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        match &self.groups {
            Groups::Listed { ranks, starts } => {
                let range = starts[entry] as usize..starts[entry + 1] as usize;
                ranks[range].iter().try_for_each(|&rank| {
                    let (m, k) = (list.count, list.choose);
                    visit(&choice::unrank(u64::from(rank), m, k, list.repeats))
                })
            }
            Groups::Counted(_) => match Search::new(list, self.d, budget) {
                Ok(search) => search.run(self.sum(entry), visit),
                Err(Stop::Spent | Stop::Large) => ControlFlow::Break(()),
            },
        }
    }
}

/// The sums of all choices in lexicographic order.
pub(crate) fn all_sums<T: Coordinate>(
    list: &List<T>,
    d: usize,
    budget: &Budget<'_>,
) -> Result<Vec<T>, Stop> {
    let (m, k) = (list.count, list.choose);
    let total = choice::choices_f64(m, k, list.repeats) as usize;
    let mut all = Vec::with_capacity(total * d);
    let mut pulse = budget.pulse();
    if list.repeats {
        let mut sum = vec![T::zero(); d];
        multiset_sums(list, 0, k, &mut sum, &mut all, &mut pulse)?;
        return Ok(all);
    }
    let mut choice = choice::first(k, list.repeats);
    // partial[p]: the sum of the first p items.
    let mut partial = vec![T::zero(); (k + 1) * d];
    let mut changed = 0;
    loop {
        pulse.steps(k - changed)?;
        for p in changed..k {
            let item = list.item(choice[p] as usize, d);
            for x in 0..d {
                partial[(p + 1) * d + x] = partial[p * d + x].plus(&item[x]);
            }
        }
        all.extend_from_slice(&partial[k * d..]);
        match choice::advance(&mut choice, m, list.repeats) {
            Some(p) => changed = p,
            None => return Ok(all),
        }
    }
}

/// The sums of all multisets of `r` items from item `a` on, added to `sum`, in lexicographic order: those with `a` most
/// often first. However large `r` is, each takes as many steps as there are items.
fn multiset_sums<T: Coordinate>(
    list: &List<T>,
    a: usize,
    r: usize,
    sum: &mut [T],
    all: &mut Vec<T>,
    pulse: &mut Pulse<'_>,
) -> Result<(), Stop> {
    let d = sum.len();
    pulse.step()?;
    let item = list.item(a, d);
    let times = T::from_big(&BigInt::from(r)).ok_or(Stop::Large)?;
    let whole: Vec<T> = item.iter().map(|v| v.times(&times)).collect();
    add(sum, &whole);
    if a + 1 == list.count {
        all.extend_from_slice(sum);
        subtract(sum, &whole);
        return Ok(());
    }
    for left in 0..=r {
        multiset_sums(list, a + 1, left, sum, all, pulse)?;
        if left < r {
            subtract(sum, item);
        }
    }
    Ok(())
}

/// The union of `old` and `below + item`, equal sums joined; [`Stop::Large`] when a count overflows.
fn merge<T: Coordinate>(
    old: &(Vec<T>, Vec<u128>),
    below: &(Vec<T>, Vec<u128>),
    item: &[T],
    d: usize,
    pulse: &mut Pulse<'_>,
) -> Result<(Vec<T>, Vec<u128>), Stop> {
    let moved: Vec<T> = below
        .0
        .chunks_exact(d)
        .flat_map(|row| row.iter().zip(item).map(|(a, b)| a.plus(b)))
        .collect();
    let (n, m) = (old.1.len(), below.1.len());
    let mut sums = Vec::with_capacity((n + m) * d);
    let mut counts = Vec::with_capacity(n + m);
    let (mut i, mut j) = (0, 0);
    while i < n || j < m {
        pulse.step()?;
        let left = old.0.get(i * d..(i + 1) * d);
        let right = moved.get(j * d..(j + 1) * d);
        let order = match (left, right) {
            (Some(l), Some(r)) => l.cmp(r),
            (Some(_), None) => std::cmp::Ordering::Less,
            _ => std::cmp::Ordering::Greater,
        };
        let mut count = 0u128;
        let mut row = left;
        if order.is_le() {
            count += old.1[i];
            i += 1;
        } else {
            row = right;
        }
        if order.is_ge() {
            count = count.checked_add(below.1[j]).ok_or(Stop::Large)?;
            j += 1;
        }
        sums.extend_from_slice(row.unwrap_or_default());
        counts.push(count);
    }
    Ok((sums, counts))
}

/// Depth-first search for the choices of a given sum.
struct Search<'a, T> {
    list: &'a List<T>,
    d: usize,
    pulse: Pulse<'a>,
    /// Least and greatest sums of `r` items from item `a` on, at `(a (k + 1) + r) d`.
    low: Vec<T>,
    high: Vec<T>,
}

impl<'a, T: Coordinate> Search<'a, T> {
    fn new(list: &'a List<T>, d: usize, budget: &Budget<'a>) -> Result<Self, Stop> {
        let (m, k) = (list.count, list.choose);
        let bounds = (m as f64 + 1.0) * (k as f64 + 1.0) * d as f64;
        if k > DEEPEST || !budget.holds(2.0 * bounds * T::BYTES) {
            return Err(Stop::Large);
        }
        let mut pulse = budget.pulse();
        let mut low = vec![T::zero(); (m + 1) * (k + 1) * d];
        let mut high = low.clone();
        for x in 0..d {
            let mut tail: Vec<&T> = Vec::with_capacity(m);
            for a in (0..m).rev() {
                pulse.steps(k)?;
                let value = &list.items[a * d + x];
                let place = tail.partition_point(|&v| v < value);
                tail.insert(place, value);
                let at = |r: usize| (a * (k + 1) + r) * d + x;
                for r in 1..=k {
                    let from = if list.repeats { 0 } else { r - 1 };
                    if from < tail.len() {
                        low[at(r)] = low[at(r - 1)].plus(tail[from]);
                        high[at(r)] = high[at(r - 1)].plus(tail[tail.len() - 1 - from]);
                    }
                }
            }
        }
        Ok(Self {
            list,
            d,
            pulse,
            low,
            high,
        })
    }

    fn run(
        mut self,
        sum: &[T],
        visit: &mut dyn FnMut(&[u32]) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut left = sum.to_vec();
        self.descend(0, &mut left, &mut Choice::new(), visit)
    }

    fn descend(
        &mut self,
        from: usize,
        left: &mut Vec<T>,
        chosen: &mut Choice,
        visit: &mut dyn FnMut(&[u32]) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let (m, k, d) = (self.list.count, self.list.choose, self.d);
        let r = k - chosen.len();
        if r == 0 {
            return visit(chosen);
        }
        for a in from..m {
            if !self.list.repeats && a + r > m {
                break;
            }
            if self.pulse.step().is_err() {
                return ControlFlow::Break(());
            }
            let at = (a * (k + 1) + r) * d;
            let inside = |x: usize| self.low[at + x] <= left[x] && left[x] <= self.high[at + x];
            if !(0..d).all(inside) {
                break;
            }
            subtract(left, self.list.item(a, d));
            chosen.push(a as u32);
            let next = if self.list.repeats { a } else { a + 1 };
            // With the last item chosen, what is left must be nothing.
            let dead = r == 1 && left.iter().any(|v| *v != T::zero());
            let flow = if dead {
                ControlFlow::Continue(())
            } else {
                self.descend(next, left, chosen, visit)
            };
            chosen.pop();
            add(left, self.list.item(a, d));
            flow?;
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Merging and listing are two routes to one table.
    #[test]
    fn merged_tables_are_listed_tables() {
        for case in 0..60i64 {
            let d = 1 + case as usize % 2;
            let count = 3 + case as usize % 6;
            let items = (0..(count * d) as i64).map(|v| (v * v * (case + 3)) % 7 - 3);
            let list = List::new(items.collect(), d, 1 + case as usize % 3, case % 4 == 0);
            let budget = Budget::unlimited();
            let listed = Table::<i64>::listed(&list, d, &budget);
            let merged = Table::<i64>::merged(&list, d, &budget);
            let (Ok(listed), Ok(merged)) = (listed, merged) else {
                panic!("nothing limits them");
            };
            assert_eq!(listed.sums, merged.sums);
            for entry in 0..listed.len() {
                assert_eq!(listed.count(entry), merged.count(entry));
                let all = |table: &Table<i64>| {
                    let mut all = Vec::new();
                    let flow = table.members(&list, entry, &budget, &mut |choice| {
                        all.push(choice.to_vec());
                        ControlFlow::Continue(())
                    });
                    assert!(flow.is_continue());
                    all
                };
                let members = all(&listed);
                assert_eq!(members, all(&merged));
                assert_eq!(members.len() as u128, listed.count(entry));
                for choice in members {
                    assert_eq!(list.sum(&choice, d), listed.sum(entry));
                }
            }
        }
    }
}
