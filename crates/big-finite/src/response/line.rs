//! One dimension: meet in the middle with cardinality.
//!
//! With the items in order, a subset is its `j`-th item `p`, `j − 1` items before it and `k − j` after it. For each
//! `p` the sorted sums on the two sides are walked through from opposite ends. Going to the next `p` merges one item
//! into the sums before and drops those after that used it; equal sums are kept once. About `C(m, j) + C(m, k − j + 1)`
//! steps, memory `C(m, k/2)`.

use super::dive::Dive;
use super::{Best, DEEPEST, four_lists};
use crate::budget::{Budget, Stop};
use crate::choice::choices_f64;
use crate::lattice::{Coordinate, List};

/// The most sums that one list may hold.
const MOST_SUMS: usize = 1 << 24;
/// The most sums that lists for all numbers of items may hold together.
const MOST_HELD: usize = 1 << 26;
/// Steps that are worth waiting for.
const FEASIBLE: f64 = 4e9;
/// The most items that are branched on: each takes a call within a call.
const MOST_BRANCHED: usize = 64;
/// Steps up to which subsets are searched in one piece rather than by branching.
const PIECE: f64 = 5e8;

/// The items in units of their greatest common divisor, in order, and what is wanted of them.
pub(crate) struct Line<U> {
    pub(crate) values: Vec<U>,
    pub(crate) repeats: bool,
}

/// A sum and how it is made: the `j`-th item, and the sums before and after it.
#[derive(Clone, Debug)]
struct Split<U> {
    sum: U,
    p: usize,
    before: U,
    after: U,
}

/// The best choice so far, in units of the greatest common divisor, and when to be content.
pub(crate) struct Target<'a, T: Coordinate> {
    pub(crate) step: &'a T,
    pub(crate) goal: &'a T,
    /// The least distance that congruence allows.
    pub(crate) floor: T,
    /// The distance now.
    pub(crate) distance: T,
    /// The choice that makes it, as indices into the sorted items.
    pub(crate) chosen: Vec<usize>,
}

impl<T: Coordinate> Target<'_, T> {
    /// How far a sum is from the goal.
    pub(crate) fn distance<U: Coordinate>(&self, sum: &U) -> Option<T> {
        let sum = T::from_big(&sum.to_big())?.times(self.step);
        Some(if sum < *self.goal {
            self.goal.minus(&sum)
        } else {
            sum.minus(self.goal)
        })
    }

    /// Is a sum better than what there is?
    pub(crate) fn improves<U: Coordinate>(&self, sum: &U) -> bool {
        self.distance(sum).is_some_and(|d| d < self.distance)
    }

    /// Takes a better choice.
    pub(crate) fn take<U: Coordinate>(&mut self, sum: &U, chosen: Vec<usize>) {
        if let Some(distance) = self.distance(sum) {
            self.distance = distance;
            self.chosen = chosen;
        }
    }

    /// Can nothing be better?
    pub(crate) fn content(&self) -> bool {
        self.distance <= self.floor
    }
}

/// How far to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effort {
    /// What takes a second or less.
    Short,
    /// Everything, short searches excepted where these are worth while.
    All,
}

/// Finds the choice nearest to the goal; is it proven?
pub(crate) fn search<T: Coordinate>(
    list: &List<T>,
    goal: &T,
    best: &mut Best<T>,
    effort: Effort,
    budget: &Budget<'_>,
) -> bool {
    let step = &list.steps[0];
    if step.is_zero() {
        return true;
    }
    let mut order: Vec<u32> = (0..list.count as u32).collect();
    order.sort_by(|&a, &b| {
        list.items[a as usize]
            .cmp(&list.items[b as usize])
            .then(a.cmp(&b))
    });
    let rest = goal.mod_floor(step);
    let other = step.minus(&rest);
    let sum = list.sum(&best.choice, 1).swap_remove(0);
    let mut place = vec![0; list.count];
    for (at, &a) in order.iter().enumerate() {
        place[a as usize] = at;
    }
    let start: Vec<usize> = best.choice.iter().map(|&a| place[a as usize]).collect();
    let mut target = Target {
        step,
        goal,
        floor: rest.min(other),
        distance: if sum < *goal {
            goal.minus(&sum)
        } else {
            sum.minus(goal)
        },
        chosen: start.clone(),
    };
    // Where the reduced sums fit in 64 bits, that is much faster.
    let reduced: Vec<T> = order
        .iter()
        .map(|&a| list.items[a as usize].div_floor(step))
        .collect();
    let q = goal.div_floor(step);
    let narrow: Option<Vec<i64>> = reduced.iter().map(|v| v.to_big().try_into().ok()).collect();
    let limit = (i64::MAX / 8) / list.choose as i64;
    let narrow = narrow.filter(|values| values.iter().all(|v| v.abs() <= limit));
    let narrow_q: Option<i64> = q.to_big().try_into().ok();
    let proven = match (narrow, narrow_q.filter(|q| q.abs() <= i64::MAX / 8)) {
        (Some(values), Some(q)) => {
            let line = Line {
                values,
                repeats: list.repeats,
            };
            solve(&line, list.choose, &q, &mut target, effort, budget)
        }
        _ => {
            let line = Line {
                values: reduced,
                repeats: list.repeats,
            };
            solve(&line, list.choose, &q, &mut target, effort, budget)
        }
    };
    if target.chosen != start {
        let mut choice: Vec<u32> = target.chosen.iter().map(|&a| order[a]).collect();
        choice.sort_unstable();
        let sum = list.sum(&choice, 1);
        best.square = crate::lattice::distance(&sum, std::slice::from_ref(goal));
        best.choice = choice;
    }
    proven
}

fn solve<U: Coordinate, T: Coordinate>(
    line: &Line<U>,
    k: usize,
    q: &U,
    target: &mut Target<'_, T>,
    effort: Effort,
    budget: &Budget<'_>,
) -> bool {
    let m = line.values.len();
    if line.outside(m, k, q, target, &[]) {
        return true;
    }
    if effort == Effort::Short {
        let dive = if line.repeats { None } else { Dive::new(line) };
        if dive.is_some_and(|dive| dive.run(k, q, target)) || target.content() {
            return true;
        }
        four_lists::search(line, k, q, target, budget);
        return target.content();
    }
    // Few distinct sums make any number of subsets easy, which only trying tells.
    match line.whole(m, k, q, target, &[], budget) {
        Ok(()) => return true,
        Err(Stop::Spent) => return false,
        Err(Stop::Large) => {}
    }
    let small = |r: usize| {
        let sums = choices_f64(m, r / 2, line.repeats);
        steps(m, r, line.repeats) <= PIECE && sums <= MOST_SUMS as f64
    };
    let piece = (1..=k).take_while(|&r| small(r)).last();
    if k - piece.unwrap_or(1) > MOST_BRANCHED {
        return false;
    }
    let mut fixed = Vec::new();
    line.branch(m, k, piece.unwrap_or(1), q, target, &mut fixed, budget)
        .is_ok()
}

/// About how many steps a complete search takes; infinite where they are more than is worth waiting for.
pub(crate) fn cost(m: usize, k: usize, repeats: bool) -> f64 {
    let steps = steps(m, k, repeats);
    if steps > FEASIBLE {
        f64::INFINITY
    } else {
        steps
    }
}

/// About how many steps a search in one piece takes when no sums are equal.
fn steps(m: usize, k: usize, repeats: bool) -> f64 {
    let before = k / 2;
    let after = k - 1 - before;
    let (left, right) = if repeats {
        (m, m)
    } else {
        (m - after, m - before)
    };
    choices_f64(left, before + 1, repeats) + choices_f64(right, after + 1, repeats)
}

/// Sorted distinct sums.
pub(crate) type SortedSums<U> = Vec<U>;

impl<U: Coordinate> Line<U> {
    /// Deals with a goal outside the range of the sums of `r` of the first `m` items; says whether it is.
    fn outside<T: Coordinate>(
        &self,
        m: usize,
        r: usize,
        q: &U,
        target: &mut Target<'_, T>,
        fixed: &[usize],
    ) -> bool {
        let least: Vec<usize> = (0..r).map(|j| if self.repeats { 0 } else { j }).collect();
        let most: Vec<usize> = (0..r)
            .map(|j| if self.repeats { m - 1 } else { m - r + j })
            .collect();
        let sum = |chosen: &[usize]| {
            chosen
                .iter()
                .fold(U::zero(), |sum, &a| sum.plus(&self.values[a]))
        };
        let base = sum(fixed);
        let (low, high) = (sum(&least), sum(&most));
        for (end, chosen, out) in [(&low, &least, *q < low), (&high, &most, *q >= high)] {
            if out {
                let whole = end.plus(&base);
                if target.improves(&whole) {
                    target.take(&whole, [chosen, fixed].concat());
                }
                return true;
            }
        }
        false
    }

    /// Branches on the last items until `piece` are left.
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn branch<T: Coordinate>(
        &self,
        m: usize,
        r: usize,
        piece: usize,
        q: &U,
        target: &mut Target<'_, T>,
        fixed: &mut Vec<usize>,
        budget: &Budget<'_>,
    ) -> Result<(), Stop> {
        if target.content() || (!self.repeats && m < r) || m == 0 {
            return Ok(());
        }
        if self.outside(m, r, q, target, fixed) {
            return Ok(());
        }
        if r <= piece {
            return self.whole(m, r, q, target, fixed, budget);
        }
        if fixed.len() > DEEPEST {
            return Err(Stop::Large);
        }
        for a in 0..m {
            if budget.spent() {
                return Err(Stop::Spent);
            }
            fixed.push(a);
            let left = if self.repeats { a + 1 } else { a };
            let done = self.branch(
                left,
                r - 1,
                piece,
                &q.minus(&self.values[a]),
                target,
                fixed,
                budget,
            );
            fixed.pop();
            done?;
        }
        Ok(())
    }

    /// Searches the sums of `r` of the first `m` items, with some fixed.
    fn whole<T: Coordinate>(
        &self,
        m: usize,
        r: usize,
        q: &U,
        target: &mut Target<'_, T>,
        fixed: &[usize],
        budget: &Budget<'_>,
    ) -> Result<(), Stop> {
        let base = fixed
            .iter()
            .fold(U::zero(), |sum, &a| sum.plus(&self.values[a]));
        let (below, above) = self.meet(0..m, r, q, budget, |side| {
            target
                .distance(&side.plus(&base))
                .is_some_and(|d| d <= target.floor)
        })?;
        for split in [below, above].into_iter().flatten() {
            let whole = split.sum.plus(&base);
            if target.improves(&whole) {
                let mut chosen = self.recover(0..m, r, &split, budget)?;
                chosen.extend_from_slice(fixed);
                target.take(&whole, chosen);
            }
        }
        Ok(())
    }

    /// A choice of `c` items of a range with exactly this sum, which must exist.
    pub(crate) fn make(
        &self,
        range: std::ops::Range<usize>,
        c: usize,
        sum: &U,
        budget: &Budget<'_>,
    ) -> Result<Vec<usize>, Stop> {
        if c == 0 {
            return Ok(Vec::new());
        }
        let (below, _) = self.meet(range.clone(), c, sum, budget, |side| side == sum)?;
        match below {
            Some(split) if split.sum == *sum => self.recover(range, c, &split, budget),
            // The sum was seen, so that only a budget that ended can keep it from being found.
            _ => Err(Stop::Spent),
        }
    }

    fn recover(
        &self,
        range: std::ops::Range<usize>,
        c: usize,
        split: &Split<U>,
        budget: &Budget<'_>,
    ) -> Result<Vec<usize>, Stop> {
        let p = split.p;
        let (left, right) = self.around(range, p);
        let mut chosen = self.make(left, c / 2, &split.before, budget)?;
        chosen.push(p);
        chosen.extend(self.make(right, c - 1 - c / 2, &split.after, budget)?);
        Ok(chosen)
    }

    /// The items that may come before and after item `p`.
    fn around(
        &self,
        range: std::ops::Range<usize>,
        p: usize,
    ) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
        if self.repeats {
            (range.start..p + 1, p..range.end)
        } else {
            (range.start..p, p + 1..range.end)
        }
    }

    /// The sums of `c` items of a range nearest to `q` from below (or equal) and from above. Ends as soon as one is
    /// `enough`.
    #[allow(clippy::type_complexity)]
    fn meet(
        &self,
        range: std::ops::Range<usize>,
        c: usize,
        q: &U,
        budget: &Budget<'_>,
        enough: impl Fn(&U) -> bool,
    ) -> Result<(Option<Split<U>>, Option<Split<U>>), Stop> {
        let before = c / 2;
        let after = c - 1 - before;
        // Without repeats the first items cannot be the middle one, nor can the last.
        let middle = if self.repeats {
            range.clone()
        } else {
            range.start + before..range.end.saturating_sub(after)
        };
        let mut left = vec![Vec::new(); before + 1];
        left[0].push(U::zero());
        for p in range.start..middle.start.min(range.end) {
            self.extend(&mut left, p)?;
        }
        let (mut right, mut first) = self.suffixes(middle.start..range.end, after, budget)?;
        let (mut below, mut above): (Option<Split<U>>, Option<Split<U>>) = (None, None);
        for p in middle {
            if budget.spent() {
                return Err(Stop::Spent);
            }
            if self.repeats {
                self.extend(&mut left, p)?;
            }
            let keep = |f: u32| f as usize >= p + usize::from(!self.repeats);
            drop_sums(&mut right, &mut first, keep);
            let sums = &left[before];
            let value = &self.values[p];
            let wish = q.minus(value);
            let mut low = below.as_ref().map(|split| split.sum.minus(value));
            let mut high = above.as_ref().map(|split| split.sum.minus(value));
            let (mut i, mut j) = (0, right.len());
            while i < sums.len() && j > 0 {
                let sum = sums[i].plus(&right[j - 1]);
                let under = sum <= wish;
                let better = if under {
                    low.as_ref().is_none_or(|low| sum > *low)
                } else {
                    high.as_ref().is_none_or(|high| sum < *high)
                };
                if better {
                    let split = Split {
                        sum: sum.plus(value),
                        p,
                        before: sums[i].clone(),
                        after: right[j - 1].clone(),
                    };
                    let done = enough(&split.sum);
                    if under {
                        (low, below) = (Some(sum), Some(split));
                    } else {
                        (high, above) = (Some(sum), Some(split));
                    }
                    if done {
                        return Ok((below, above));
                    }
                }
                if under {
                    i += 1;
                } else {
                    j -= 1;
                }
            }
            if !self.repeats {
                self.extend(&mut left, p)?;
            }
        }
        Ok((below, above))
    }

    /// The sums of `c` of all items.
    pub(crate) fn sums(&self, c: usize) -> Result<SortedSums<U>, Stop> {
        let mut levels = vec![Vec::new(); c + 1];
        levels[0].push(U::zero());
        for p in 0..self.values.len() {
            self.extend(&mut levels, p)?;
        }
        Ok(levels.swap_remove(c))
    }

    /// Adds one item to the sums of up to `c` items.
    fn extend(&self, levels: &mut [SortedSums<U>], p: usize) -> Result<(), Stop> {
        let value = &self.values[p];
        let top = levels.len();
        let mut held: usize = levels.iter().map(Vec::len).sum();
        let mut step = |c: usize| {
            if levels[c - 1].is_empty() {
                return Ok(());
            }
            let merged = merge(&levels[c], &levels[c - 1], value);
            held += merged.len() - levels[c].len();
            if merged.len() > MOST_SUMS || held > MOST_HELD {
                return Err(Stop::Large);
            }
            levels[c] = merged;
            Ok(())
        };
        if self.repeats {
            (1..top).try_for_each(&mut step)
        } else {
            (1..top).rev().try_for_each(&mut step)
        }
    }

    /// The sums of `c` items of a range, each with the largest first item that makes it.
    fn suffixes(
        &self,
        range: std::ops::Range<usize>,
        c: usize,
        budget: &Budget<'_>,
    ) -> Result<(SortedSums<U>, Vec<u32>), Stop> {
        let mut levels: Vec<(SortedSums<U>, Vec<u32>)> = vec![(Vec::new(), Vec::new()); c + 1];
        levels[0] = (vec![U::zero()], vec![u32::MAX]);
        let mut held = 1;
        for p in range.rev() {
            if budget.spent() {
                return Err(Stop::Spent);
            }
            let mut step = |c: usize| {
                if levels[c - 1].0.is_empty() {
                    return Ok(());
                }
                let merged = merge_first(&levels[c], &levels[c - 1].0, &self.values[p], p as u32);
                held += merged.0.len() - levels[c].0.len();
                if merged.0.len() > MOST_SUMS || held > MOST_HELD {
                    return Err(Stop::Large);
                }
                levels[c] = merged;
                Ok(())
            };
            if self.repeats {
                (1..=c).try_for_each(&mut step)?;
            } else {
                (1..=c).rev().try_for_each(&mut step)?;
            }
        }
        Ok(levels.swap_remove(c))
    }
}

fn drop_sums<U>(sums: &mut Vec<U>, first: &mut Vec<u32>, keep: impl Fn(u32) -> bool) {
    let mut kept = 0;
    for place in 0..sums.len() {
        if keep(first[place]) {
            sums.swap(kept, place);
            first.swap(kept, place);
            kept += 1;
        }
    }
    sums.truncate(kept);
    first.truncate(kept);
}

/// The union of `old` and `below + value`.
fn merge<U: Coordinate>(old: &[U], below: &[U], value: &U) -> Vec<U> {
    let mut merged = Vec::with_capacity(old.len() + below.len());
    let mut i = 0;
    for sum in below {
        let sum = sum.plus(value);
        while i < old.len() && old[i] < sum {
            merged.push(old[i].clone());
            i += 1;
        }
        if old.get(i) == Some(&sum) {
            i += 1;
        }
        merged.push(sum);
    }
    merged.extend_from_slice(&old[i..]);
    merged
}

/// The same with first items; the old ones come later in the range, and stay where sums are equal.
fn merge_first<U: Coordinate>(
    old: &(Vec<U>, Vec<u32>),
    below: &[U],
    value: &U,
    p: u32,
) -> (Vec<U>, Vec<u32>) {
    let size = old.0.len() + below.len();
    let (mut sums, mut first) = (Vec::with_capacity(size), Vec::with_capacity(size));
    let mut i = 0;
    for sum in below {
        let sum = sum.plus(value);
        while i < old.0.len() && old.0[i] < sum {
            sums.push(old.0[i].clone());
            first.push(old.1[i]);
            i += 1;
        }
        if old.0.get(i) != Some(&sum) {
            sums.push(sum);
            first.push(p);
        }
    }
    sums.extend_from_slice(&old.0[i..]);
    first.extend_from_slice(&old.1[i..]);
    (sums, first)
}
