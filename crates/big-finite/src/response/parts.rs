//! Sums of a few items each, and how the sums of four such parts meet.
//!
//! All pairs of the first two parts whose sum lies in a window, and all of the last two in the window that
//! complements it, are few enough to be held; where the two meet near the goal is a choice. So `2⁵⁰` choices are
//! looked at in the time and memory of `2²⁰` (Schroeppel and Shamir, SIAM J. Comput. 10, 1981; Wagner, CRYPTO 2002;
//! here in `d` dimensions).

use super::Budget;
use super::join::{Early, Join, Near, Row, Seen};
use crate::choice::{self, Choice, choices_f64};
use crate::lattice::{Coordinate, List, add, subtract};

/// The most coordinates that a join divides by; others are compared in the end.
pub(crate) const MOST_AXES: usize = 8;

/// Runs a piece of code with as many axes as rows need.
macro_rules! with_axes {
    ($d:expr, $D:ident => $body:expr) => {
        match $d {
            0 | 1 => {
                const $D: usize = 1;
                $body
            }
            2 => {
                const $D: usize = 2;
                $body
            }
            3 => {
                const $D: usize = 3;
                $body
            }
            4 => {
                const $D: usize = 4;
                $body
            }
            5 | 6 => {
                const $D: usize = 6;
                $body
            }
            _ => {
                const $D: usize = 8;
                $body
            }
        }
    };
}

/// The sums of all choices of some numbers of items of a part.
pub(crate) struct Part<T> {
    /// The items, in order.
    items: Vec<u32>,
    repeats: bool,
    d: usize,
    /// How many are chosen, from the fewest on.
    fewest: usize,
    /// Where the choices of each number begin, and the end.
    starts: Vec<usize>,
    /// Sums, `d` each, in the lexicographic order of the choices.
    sums: Vec<T>,
}

impl<T: Coordinate> Part<T> {
    /// The sums of `counts` of the items. O(d) a sum.
    pub(crate) fn new(
        list: &List<T>,
        d: usize,
        items: Vec<u32>,
        counts: std::ops::RangeInclusive<usize>,
        budget: &Budget<'_>,
    ) -> Result<Self, Early> {
        let mut part = Self {
            items,
            repeats: list.repeats,
            d,
            fewest: *counts.start(),
            starts: vec![0],
            sums: Vec::new(),
        };
        for count in counts {
            part.list(list, count, budget)?;
            part.starts.push(part.sums.len() / d);
        }
        Ok(part)
    }

    fn list(&mut self, list: &List<T>, c: usize, budget: &Budget<'_>) -> Result<(), Early> {
        let (d, m) = (self.d, self.items.len());
        if choices_f64(m, c, self.repeats) < 1.0 {
            return Ok(());
        }
        let mut chosen = choice::first(c, self.repeats);
        let mut partial = vec![T::zero(); (c + 1) * d];
        let mut changed = 0;
        for count in 1u64.. {
            for p in changed..c {
                let item = list.item(self.items[chosen[p] as usize] as usize, d);
                let (known, next) = partial.split_at_mut((p + 1) * d);
                for x in 0..d {
                    next[x] = known[p * d + x].plus(&item[x]);
                }
            }
            self.sums.extend_from_slice(&partial[c * d..]);
            if count % 4096 == 0 && budget.spent() {
                return Err(Early::Spent);
            }
            match choice::advance(&mut chosen, m, self.repeats) {
                Some(p) => changed = p,
                None => break,
            }
        }
        Ok(())
    }

    /// The numbers of the sums of `c` items.
    pub(crate) fn range(&self, c: usize) -> std::ops::Range<usize> {
        match c.checked_sub(self.fewest) {
            Some(at) if at + 1 < self.starts.len() => self.starts[at]..self.starts[at + 1],
            _ => 0..0,
        }
    }

    pub(crate) fn sum(&self, number: usize) -> &[T] {
        &self.sums[number * self.d..(number + 1) * self.d]
    }

    pub(crate) fn len(&self) -> usize {
        self.sums.len() / self.d
    }

    /// All sums: of how many items, and their numbers.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = (usize, usize)> {
        let counts = self.starts.windows(2).zip(self.fewest..);
        counts.flat_map(|(ends, count)| (ends[0]..ends[1]).map(move |number| (count, number)))
    }

    /// Adds the items of a sum to a choice.
    fn recover(&self, number: usize, chosen: &mut Choice) {
        let at = self.starts.partition_point(|&s| s <= number) - 1;
        let rank = (number - self.starts[at]) as u64;
        let places = choice::unrank(rank, self.items.len(), self.fewest + at, self.repeats);
        chosen.extend(places.into_iter().map(|p| self.items[p as usize]));
    }
}

/// How many pairs of sums have `count` items together.
pub(crate) fn pairs_of<T: Coordinate>(first: &Part<T>, second: &Part<T>, count: usize) -> f64 {
    let sizes = |c| first.range(c).len() as f64 * second.range(count - c).len() as f64;
    (0..=count).map(sizes).sum()
}

/// Pairs of sums of two parts, relative to a center.
pub(crate) struct Pairs {
    /// The numbers of both.
    of: Vec<[u32; 2]>,
}

impl Pairs {
    pub(crate) fn len(&self) -> usize {
        self.of.len()
    }
}

/// Where the sum of two has to be: near a center along some axes, all within a width.
pub(crate) struct Window<'a, T> {
    pub(crate) center: &'a [T],
    pub(crate) axes: &'a [usize],
    pub(crate) width: f64,
    /// Binary digits to drop before coordinates become doubles.
    pub(crate) shift: u64,
}

/// The pairs of sums with `count` items together that lie in a window; at most `most` of them.
pub(crate) fn pairs<T: Coordinate>(
    parts: [&Part<T>; 2],
    count: usize,
    window: &Window<'_, T>,
    most: usize,
    budget: &Budget<'_>,
) -> Result<Pairs, Early> {
    let mut of = Vec::new();
    if window.axes.is_empty() {
        for c in 0..=count {
            for i in parts[0].range(c) {
                let second = parts[1].range(count - c);
                let room = most.saturating_sub(of.len());
                of.extend(second.take(room).map(|j| [i as u32, j as u32]));
            }
        }
        return Ok(Pairs { of });
    }
    let mut visit = |i, j, _| {
        of.push([i, j]);
        if of.len() < most {
            Seen::More
        } else {
            Seen::Enough
        }
    };
    with_axes!(window.axes.len(), D => {
        let mut widths = [f64::INFINITY; D];
        widths[..window.axes.len()].fill(window.width);
        for c in 0..=count {
            let ranges = (parts[0].range(c), parts[1].range(count - c));
            if ranges.0.is_empty() || ranges.1.is_empty() {
                continue;
            }
            let row = |number: usize, value: &dyn Fn(usize) -> f64| {
                let mut at = [0.0; D];
                for (at, &x) in at.iter_mut().zip(window.axes) {
                    *at = value(x);
                }
                Row { at, id: number as u32 }
            };
            let mut first: Vec<Row<D>> = ranges.0.map(|i| {
                let sum = parts[0].sum(i);
                row(i, &|x| sum[x].approx(window.shift))
            }).collect();
            let mut second: Vec<Row<D>> = ranges.1.map(|j| {
                let sum = parts[1].sum(j);
                row(j, &|x| window.center[x].minus(&sum[x]).approx(window.shift))
            }).collect();
            let mut join = Join::new(Near::Box(widths), u64::MAX, budget, &mut visit);
            match join.run(&mut first, &mut second) {
                Err(Early::Spent) => return Err(Early::Spent),
                Err(_) => break,
                Ok(()) => {}
            }
        }
    });
    Ok(Pairs { of })
}

/// The best meeting of two sets of pairs.
pub(crate) struct Meeting<T: Coordinate> {
    pub(crate) square: T::Square,
    /// The numbers of the four sums.
    pub(crate) of: [u32; 4],
}

/// What the sum of all four parts should be, and what counts as better.
pub(crate) struct Wish<'a, T: Coordinate> {
    /// The center of the first two.
    pub(crate) center: &'a [T],
    /// What is missing to the goal without the parts.
    pub(crate) goal: &'a [T],
    /// Axes in the order of their spread.
    pub(crate) axes: &'a [usize],
    pub(crate) shift: u64,
    /// The square to improve on, and the one that nothing can improve on.
    pub(crate) known: &'a T::Square,
    pub(crate) floor: &'a T::Square,
}

/// What came of a meeting.
pub(crate) struct Met<T: Coordinate> {
    pub(crate) best: Option<Meeting<T>>,
    /// Why it did not see everything within the square asked for.
    pub(crate) early: Option<Early>,
}

/// Finds where the two sets of pairs meet nearest to the wish, among meetings of squared distance up to `square` in
/// doubles; `next` says from which square on to look after an improvement to this one.
pub(crate) fn meet<T: Coordinate>(
    parts: [&Part<T>; 4],
    sides: [&Pairs; 2],
    wish: &Wish<'_, T>,
    square: f64,
    work: u64,
    budget: &Budget<'_>,
    next: &dyn Fn(&T::Square) -> f64,
) -> Met<T> {
    let axes = &wish.axes[..wish.axes.len().min(MOST_AXES)];
    let mut other = wish.goal.to_vec();
    subtract(&mut other, wish.center);
    let mut best: Option<Meeting<T>> = None;
    let d = wish.goal.len();
    let mut sum = vec![T::zero(); d];
    let mut visit = |i: u32, j: u32, _| {
        let (a, b) = (sides[0].of[i as usize], sides[1].of[j as usize]);
        let of = [a[0], a[1], b[0], b[1]];
        sum.clone_from_slice(wish.goal);
        for (part, number) in parts.iter().zip(of) {
            subtract(&mut sum, part.sum(number as usize));
        }
        let mut exact = T::no_square();
        sum.iter().for_each(|v| v.add_square(&mut exact));
        if exact >= *best.as_ref().map_or(wish.known, |b| &b.square) {
            return Seen::More;
        }
        let seen = if exact <= *wish.floor {
            Seen::Enough
        } else {
            Seen::Nearer(next(&exact))
        };
        best = Some(Meeting { square: exact, of });
        seen
    };
    let early = with_axes!(axes.len(), D => {
        let rows = |pairs: &Pairs, two: [&Part<T>; 2], value: &dyn Fn(usize, &T, &T) -> T| {
            let row = |(id, of): (u32, &[u32; 2])| {
                let (a, b) = (two[0].sum(of[0] as usize), two[1].sum(of[1] as usize));
                let mut at = [0.0; D];
                for (at, &x) in at.iter_mut().zip(axes) {
                    *at = value(x, &a[x], &b[x]).approx(wish.shift);
                }
                Row { at, id }
            };
            (0..).zip(&pairs.of).map(row).collect::<Vec<Row<D>>>()
        };
        let mut first = rows(sides[0], [parts[0], parts[1]], &|x, a, b| {
            a.plus(b).minus(&wish.center[x])
        });
        let mut second = rows(sides[1], [parts[2], parts[3]], &|x, a, b| {
            other[x].minus(a).minus(b)
        });
        let mut join = Join::new(Near::Ball(square), work, budget, &mut visit);
        join.run(&mut first, &mut second).err()
    });
    Met { best, early }
}

/// The choice of a meeting, with some items fixed; sorted.
pub(crate) fn choice<T: Coordinate>(
    parts: [&Part<T>; 4],
    meeting: &Meeting<T>,
    fixed: &[u32],
) -> Choice {
    let mut chosen = fixed.to_vec();
    for (part, number) in parts.iter().zip(meeting.of) {
        part.recover(number as usize, &mut chosen);
    }
    chosen.sort_unstable();
    chosen
}

/// The sum of a choice, added to what there is.
pub(crate) fn add_choice<T: Coordinate>(sum: &mut [T], list: &List<T>, d: usize, chosen: &[u32]) {
    for &a in chosen {
        add(sum, list.item(a as usize, d));
    }
}

/// A double as a coordinate, where it fits.
pub(crate) fn whole<T: Coordinate>(value: f64, shift: u64) -> Option<T> {
    let value: num_bigint::BigInt = num_traits::FromPrimitive::from_f64(value.round())?;
    T::from_big(&(value << shift))
}
