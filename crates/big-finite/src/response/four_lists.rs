//! Four lists that meet: how to hit a sum exactly when there are more subsets than sums.
//!
//! The items are dealt into four groups, and each group's sums listed. Pairs of the first two lists whose sum lies in
//! a window, and of the last two in the window that complements it, are few enough to be sorted, and meet again: some
//! `2⁴²` subsets are looked at in the time of `2²²` (Wagner, "A generalized birthday problem", CRYPTO 2002). Not
//! complete: what it finds is only proven where congruence allows nothing better.

use chacha20::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use super::line::{Line, SortedSums, Target};
use crate::budget::{Budget, Stop};
use crate::choice::choices_f64;
use crate::lattice::Coordinate;

/// The most sums of a group, in the first round and at most.
const LIST: (u32, u32) = (17, 21);
/// Pairs of a window, for each sum of a group.
const PAIRS: f64 = 0.5;
/// Deals where some sum should be hit, and where only a good sum is wanted.
const ROUNDS: (u64, u64) = (32, 4);

/// A group of items.
struct ItemGroup<U> {
    line: Line<U>,
    /// Which item each is.
    items: Vec<usize>,
    /// Items that stay as they are.
    fixed: Vec<usize>,
    /// How many are chosen anew.
    choose: usize,
    /// What those chosen now add up to.
    now: U,
    sums: SortedSums<U>,
}

/// A sum of two, and which one of the first list it has.
type Pair<U> = (U, u32);

/// Looks for a choice nearer to the goal; improves `target` where it finds one.
pub(crate) fn search<U: Coordinate, T: Coordinate>(
    line: &Line<U>,
    k: usize,
    q: &U,
    target: &mut Target<'_, T>,
    budget: &Budget<'_>,
) {
    let m = line.values.len();
    let sums = (line.values[m - 1].approx(0) - line.values[0].approx(0)) * k as f64;
    let dense = choices_f64(m, k, line.repeats) > 4.0 * sums;
    let rounds = if dense { ROUNDS.0 } else { ROUNDS.1 };
    for round in 0..rounds {
        if target.content() || budget.spent() || deal(line, q, round, target, budget).is_err() {
            return;
        }
    }
}

fn deal<U: Coordinate, T: Coordinate>(
    line: &Line<U>,
    q: &U,
    round: u64,
    target: &mut Target<'_, T>,
    budget: &Budget<'_>,
) -> Result<(), Stop> {
    let mut rng = ChaCha8Rng::seed_from_u64(round);
    let mut items: Vec<usize> = (0..line.values.len()).collect();
    for j in (1..items.len()).rev() {
        items.swap(j, (rng.next_u64() % (j as u64 + 1)) as usize);
    }
    let share = items.len().div_ceil(4);
    let parts: Vec<&[usize]> = (0..4)
        .map(|g| &items[(g * share).min(items.len())..((g + 1) * share).min(items.len())])
        .collect();
    let list = 2.0_f64.powi((LIST.0 + round.min(64) as u32).min(LIST.1) as i32);
    let most = (PAIRS * list) as usize;
    let mut groups = Vec::with_capacity(4);
    for part in parts {
        if budget.spent() {
            return Err(Stop::Spent);
        }
        groups.push(ItemGroup::new(line, part, &target.chosen, list)?);
    }
    let mut wish = q.clone();
    for a in groups.iter().flat_map(|group| &group.fixed) {
        wish = wish.minus(&line.values[*a]);
    }
    let center = groups[0].now.plus(&groups[1].now);
    let other = wish.minus(&center);
    let (left, right) = big_numeric::parallel::join(
        || window(&groups[0].sums, &groups[1].sums, &center, most, budget),
        || window(&groups[2].sums, &groups[3].sums, &other, most, budget),
    );
    let (left, right) = (left?, right?);
    let (mut i, mut j) = (0, right.len());
    let mut sides: [Option<(U, usize, usize)>; 2] = [None, None];
    while i < left.len() && j > 0 {
        let sum = left[i].0.plus(&right[j - 1].0);
        let over = sum > wish;
        let side = &mut sides[usize::from(over)];
        if side
            .as_ref()
            .is_none_or(|(s, _, _)| if over { sum < *s } else { sum > *s })
        {
            *side = Some((sum, i, j - 1));
        }
        if over {
            j -= 1;
        } else {
            i += 1;
        }
    }
    for (sum, i, j) in sides.into_iter().flatten() {
        let whole = sum.plus(q).minus(&wish);
        if !target.improves(&whole) {
            continue;
        }
        let mut chosen = Vec::new();
        let halves = [(&left[i], &groups[..2]), (&right[j], &groups[2..])];
        for (pair, two) in halves {
            let first = two[0].sums[pair.1 as usize].clone();
            let second = pair.0.minus(&first);
            for (group, part) in two.iter().zip([first, second]) {
                let range = 0..group.line.values.len();
                let made = group.line.make(range, group.choose, &part, budget)?;
                chosen.extend(made.into_iter().map(|a| group.items[a]));
                chosen.extend_from_slice(&group.fixed);
            }
        }
        target.take(&whole, chosen);
    }
    Ok(())
}

impl<U: Coordinate> ItemGroup<U> {
    /// A part of the items, and of those chosen now as many as make a list of bearable length.
    fn new(line: &Line<U>, part: &[usize], chosen: &[usize], most: f64) -> Result<Self, Stop> {
        let mut items = part.to_vec();
        items.sort_unstable();
        let mut inside: Vec<usize> = chosen
            .iter()
            .copied()
            .filter(|a| items.binary_search(a).is_ok())
            .collect();
        let mut fixed = Vec::new();
        while choices_f64(items.len(), inside.len(), line.repeats) > most {
            // The one dealt last: any would do, but not always the smallest.
            let last = part
                .iter()
                .rev()
                .find(|a| inside.contains(a) && !fixed.contains(*a));
            let Some(&out) = last.or(inside.last()) else {
                break;
            };
            inside.remove(inside.iter().position(|&a| a == out).unwrap_or(0));
            if !line.repeats {
                items.retain(|&a| a != out);
            }
            fixed.push(out);
        }
        let mut group = Self {
            line: Line {
                values: items.iter().map(|&a| line.values[a].clone()).collect(),
                repeats: line.repeats,
            },
            items,
            fixed,
            choose: inside.len(),
            now: inside
                .iter()
                .fold(U::zero(), |sum, &a| sum.plus(&line.values[a])),
            sums: Vec::new(),
        };
        group.sums = group.line.sums(group.choose)?;
        Ok(group)
    }
}

/// The sums of pairs nearest to a center, in order: about as many as are wanted, or all.
fn window<U: Coordinate>(
    first: &[U],
    second: &[U],
    center: &U,
    most: usize,
    budget: &Budget<'_>,
) -> Result<Vec<Pair<U>>, Stop> {
    let all = first.len().saturating_mul(second.len());
    let mut width = U::one();
    let mut last = (U::one(), 0);
    // Widens it until there are enough; where that suddenly brings far too many, fewer will do.
    let (width, count) = loop {
        if budget.spent() {
            return Err(Stop::Spent);
        }
        let (low, high) = (center.minus(&width), center.plus(&width));
        let mut count = 0;
        pairs(first, second, &low, &high, |_, range| count += range.len());
        if count > 4 * most && last.1 > 0 {
            break last;
        }
        if count >= most.min(all) {
            break (width, count);
        }
        last = (width.clone(), count);
        let double = width.plus(&width);
        width = double.plus(&double);
    };
    let (low, high) = (center.minus(&width), center.plus(&width));
    let mut found = Vec::with_capacity(count.min(4 * most));
    pairs(first, second, &low, &high, |i, range| {
        let room = (4 * most).saturating_sub(found.len());
        for b in &second[range.start..range.end.min(range.start + room)] {
            found.push((first[i].plus(b), i as u32));
        }
    });
    if budget.spent() {
        return Err(Stop::Spent);
    }
    found.sort_unstable();
    Ok(found)
}

/// For every element of the first list, the range of the second with which it lies in a window.
fn pairs<U: Coordinate>(
    first: &[U],
    second: &[U],
    low: &U,
    high: &U,
    mut visit: impl FnMut(usize, std::ops::Range<usize>),
) {
    let (mut from, mut to) = (second.len(), second.len());
    for (i, a) in first.iter().enumerate() {
        while from > 0 && a.plus(&second[from - 1]) >= *low {
            from -= 1;
        }
        while to > 0 && a.plus(&second[to - 1]) > *high {
            to -= 1;
        }
        if from < to {
            visit(i, from..to);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where subsets are many times more than sums, the sum wanted is hit.
    #[test]
    fn dense_sums_are_hit() {
        for (size, k) in [
            (2_000_001u64, 20),
            (2_000_001, 8),
            (20, 12),
            (2_000_000_001, 9),
        ] {
            let mut rng = ChaCha8Rng::seed_from_u64(size);
            let mut values: Vec<i64> = (0..200).map(|_| (rng.next_u64() % size) as i64).collect();
            values.sort_unstable();
            let line = Line {
                values,
                repeats: false,
            };
            let start: Vec<usize> = (90..90 + k).collect();
            let off = size.min(12_345) as i64;
            let goal: i64 = start.iter().map(|&a| line.values[a]).sum::<i64>() + off;
            let mut target = Target {
                step: &1,
                goal: &goal,
                floor: 0,
                distance: off,
                chosen: start,
            };
            search(&line, k, &goal, &mut target, &Budget::unlimited());
            let sum: i64 = target.chosen.iter().map(|&a| line.values[a]).sum();
            assert_eq!(target.distance, (sum - goal).abs());
            assert_eq!(target.distance, 0, "{k} of 200 below {size}");
            target.chosen.sort_unstable();
            target.chosen.dedup();
            assert_eq!(target.chosen.len(), k);
        }
    }
}
