//! More dimensions: two halves of the subset meet in a k-d tree.
//!
//! A subset in order is its first `⌈r/2⌉` items and the rest; the sums of the rests are in a tree, and each first half
//! looks there for what is missing, among those whose items come later. Doubles filter, integers decide. Where the
//! halves are too many, the last items are branched on.

use big_numeric::parallel;

use super::{Best, DEEPEST, approximate_square};
use crate::budget::{Budget, Stop};
use crate::choice::{self, choices_f64};
use crate::lattice::{Coordinate, List, Scaled, add, distance, subtract};
use crate::tree::{Node, Tree, above, squared};

/// The most sums that a half may have.
pub(crate) const MOST_SUMS: f64 = (1u64 << 21) as f64;
/// The most items that all sums of a half may have together.
const MOST_ITEMS: f64 = (1u64 << 25) as f64;
/// The most items that are branched on: each takes a call within a call.
const MOST_BRANCHED: usize = 64;
/// First halves that one task looks up, and tasks between two agreements on the best.
const BLOCK: usize = 256;
const TASKS: usize = 32;

/// All sums of a few items.
struct Half {
    tree: Tree,
    /// How many items each has.
    size: usize,
    /// The items of the sum at a place of the tree, `size` a place.
    items: Vec<u32>,
}

/// What the search works on.
struct Search<'a, T: Coordinate> {
    scaled: &'a Scaled<T>,
    list: &'a List<T>,
    floor: &'a T::Square,
    budget: &'a Budget<'a>,
    first: Half,
    second: Half,
    /// For each node of the second tree: the last of the first items, and the first of the last ones, in it.
    spans: Vec<(u32, u32)>,
    slack: f64,
    /// Least and greatest sums of `r` of all items, coordinate by coordinate, at `r d`.
    low: Vec<f64>,
    high: Vec<f64>,
}

/// Finds the choice nearest to the goal with halves of at most `most_sums` sums; is it proven?
pub(crate) fn search<T: Coordinate>(
    scaled: &Scaled<T>,
    list: &List<T>,
    goal: &[T],
    floor: &T::Square,
    best: &mut Best<T>,
    most_sums: f64,
    budget: &Budget<'_>,
) -> bool {
    let fits = |r: &usize| {
        let half = r.div_ceil(2);
        let sums = choices_f64(list.count, half, list.repeats);
        // Two halves at most: a tree each, the points it is made of, and the items of each sum twice.
        let bytes = 2.0 * (Tree::bytes(sums, scaled.d) + sums * 8.0 * (scaled.d + half) as f64);
        sums <= most_sums && budget.holds(bytes)
    };
    let Some(piece) = (1..=list.choose).take_while(fits).last() else {
        return false;
    };
    if list.choose - piece > MOST_BRANCHED {
        return false;
    }
    let halves = Half::new(scaled, list, piece.div_ceil(2), budget)
        .and_then(|first| Ok((first, Half::new(scaled, list, piece / 2, budget)?)));
    let Ok((first, second)) = halves else {
        return false;
    };
    let spans = second.spans();
    let (low, high) = ranges(scaled, list);
    let search = Search {
        scaled,
        list,
        floor,
        budget,
        first,
        second,
        spans,
        slack: scaled.slack(),
        low,
        high,
    };
    let mut goal = goal.to_vec();
    search
        .branch(
            list.count,
            list.choose,
            piece,
            &mut goal,
            &mut Vec::new(),
            best,
        )
        .is_some()
}

/// How many sums are looked up where halves are not branched on; infinite where they are.
pub(crate) fn lookups(m: usize, k: usize, repeats: bool) -> f64 {
    let size = k.div_ceil(2);
    let sums = choices_f64(m, size, repeats);
    if sums <= MOST_SUMS && sums * size as f64 <= MOST_ITEMS {
        sums
    } else {
        f64::INFINITY
    }
}

/// Coordinate by coordinate, the least and the greatest sums of `r` items, for every `r`.
fn ranges<T: Coordinate>(scaled: &Scaled<T>, list: &List<T>) -> (Vec<f64>, Vec<f64>) {
    let (d, k) = (scaled.d, list.choose);
    let mut low = vec![0.0; (k + 1) * d];
    let mut high = low.clone();
    for x in 0..d {
        let mut column: Vec<f64> = (0..list.count)
            .map(|a| list.items[a * d + x].approx(scaled.shift))
            .collect();
        column.sort_by(f64::total_cmp);
        for r in 1..=k {
            let from = if list.repeats { 0 } else { r - 1 };
            low[r * d + x] = low[(r - 1) * d + x] + column[from];
            high[r * d + x] = high[(r - 1) * d + x] + column[column.len() - 1 - from];
        }
    }
    (low, high)
}

impl Half {
    fn new<T: Coordinate>(
        scaled: &Scaled<T>,
        list: &List<T>,
        size: usize,
        budget: &Budget<'_>,
    ) -> Result<Self, Stop> {
        let (d, m) = (scaled.d, list.count);
        let mut points = Vec::new();
        let mut chosen = Vec::new();
        let mut choice = choice::first(size, list.repeats);
        let mut partial = vec![T::zero(); (size + 1) * d];
        let mut changed = 0;
        let mut pulse = budget.pulse();
        loop {
            pulse.steps(d * (size - changed))?;
            for p in changed..size {
                let item = list.item(choice[p] as usize, d);
                for x in 0..d {
                    partial[(p + 1) * d + x] = partial[p * d + x].plus(&item[x]);
                }
            }
            points.extend(partial[size * d..].iter().map(|v| v.approx(scaled.shift)));
            chosen.extend_from_slice(&choice);
            match choice::advance(&mut choice, m, list.repeats) {
                Some(p) => changed = p,
                None => break,
            }
        }
        let tree = Tree::new(&points, d, budget)?;
        let places = 0..points.len() / d;
        let items = places
            .flat_map(|place| {
                let number = tree.number(place) as usize;
                chosen[number * size..(number + 1) * size].iter().copied()
            })
            .collect();
        Ok(Self { tree, size, items })
    }

    fn items(&self, place: usize) -> &[u32] {
        &self.items[place * self.size..(place + 1) * self.size]
    }

    fn spans(&self) -> Vec<(u32, u32)> {
        let mut spans = vec![(0, u32::MAX); self.tree.nodes()];
        self.span(self.tree.root(), &mut spans);
        spans
    }

    /// A sum of nothing comes after everything and ends before everything.
    fn span_of(&self, place: usize) -> (u32, u32) {
        let items = self.items(place);
        match (items.first(), items.last()) {
            (Some(&first), Some(&last)) => (first, last),
            _ => (u32::MAX, 0),
        }
    }

    fn span(&self, node: Node, spans: &mut [(u32, u32)]) {
        let mut span = (0, u32::MAX);
        let mut join = |(first, last): (u32, u32)| {
            span = (span.0.max(first), span.1.min(last));
        };
        match node.children() {
            None => (node.from..node.to).for_each(|place| join(self.span_of(place))),
            Some((left, right)) => {
                for child in [left, right] {
                    self.span(child, spans);
                    join(spans[child.id]);
                }
            }
        }
        spans[node.id] = span;
    }
}

/// What one task found: the square and the places of the halves.
type Hit<T> = (<T as Coordinate>::Square, usize, usize);

impl<T: Coordinate> Search<'_, T> {
    /// Searches the sums of `r` of the first `m` items for what is missing to the goal; `None` when the budget ended.
    fn branch(
        &self,
        m: usize,
        r: usize,
        piece: usize,
        goal: &mut Vec<T>,
        fixed: &mut Vec<u32>,
        best: &mut Best<T>,
    ) -> Option<()> {
        let repeats = self.list.repeats;
        if best.square == *self.floor || m == 0 || (!repeats && m < r) {
            return Some(());
        }
        let d = self.scaled.d;
        let wish = self.scaled.approximate(goal);
        let outside = |x: usize| {
            let (low, high) = (self.low[r * d + x], self.high[r * d + x]);
            let gap = (low - wish[x]).max(wish[x] - high).max(0.0);
            gap * gap
        };
        let bound: f64 = (0..d).map(outside).sum();
        if bound
            > above(
                approximate_square::<T>(&best.square, self.scaled.shift),
                self.slack,
            )
        {
            return Some(());
        }
        if fixed.len() > DEEPEST || self.budget.spent() {
            return None;
        }
        if r <= piece {
            return self.meet(m as u32, r, piece, &wish, goal, fixed, best);
        }
        for a in 0..m {
            fixed.push(a as u32);
            subtract(goal, self.list.item(a, d));
            let left = if repeats { a + 1 } else { a };
            let done = self.branch(left, r - 1, piece, goal, fixed, best);
            add(goal, self.list.item(a, d));
            fixed.pop();
            done?;
        }
        Some(())
    }

    /// Looks every first half up, in parallel blocks that agree on the best after each round of them.
    #[allow(clippy::too_many_arguments)]
    fn meet(
        &self,
        m: u32,
        r: usize,
        piece: usize,
        wish: &[f64],
        goal: &[T],
        fixed: &[u32],
        best: &mut Best<T>,
    ) -> Option<()> {
        debug_assert_eq!(r, piece);
        let count = self.first.tree.root().to;
        let mut next = 0;
        while next < count {
            if best.square == *self.floor {
                return Some(());
            }
            let cutoff = above(
                approximate_square::<T>(&best.square, self.scaled.shift),
                self.slack,
            );
            let known: &Best<T> = best;
            let hits: Vec<Result<Option<Hit<T>>, Stop>> = parallel::map(0..TASKS, |task| {
                let from = (next + task * BLOCK).min(count);
                let to = (from + BLOCK).min(count);
                self.block(from..to, m, wish, goal, known, cutoff)
            });
            next += TASKS * BLOCK;
            let spent = hits.iter().any(Result::is_err);
            for (square, i, j) in hits.into_iter().flatten().flatten() {
                if square < best.square {
                    let mut choice = [self.first.items(i), self.second.items(j), fixed].concat();
                    choice.sort_unstable();
                    *best = Best { choice, square };
                }
            }
            if spent {
                return None;
            }
        }
        Some(())
    }

    /// Looks a range of first halves up.
    fn block(
        &self,
        range: std::ops::Range<usize>,
        m: u32,
        wish: &[f64],
        goal: &[T],
        best: &Best<T>,
        mut cutoff: f64,
    ) -> Result<Option<Hit<T>>, Stop> {
        let d = self.scaled.d;
        let mut hit: Option<Hit<T>> = None;
        let mut query = vec![0.0; d];
        let mut stack: Vec<Node> = Vec::new();
        for i in range {
            if self.budget.spent() {
                return Err(Stop::Spent);
            }
            let (_, last) = self.first.span_of(i);
            // With repeats the next item may be the same.
            let next = if self.list.repeats { last } else { last + 1 };
            if last >= m {
                continue;
            }
            for x in 0..d {
                query[x] = wish[x] - self.first.tree.point(i)[x];
            }
            stack.clear();
            stack.push(self.second.tree.root());
            while let Some(node) = stack.pop() {
                let (latest, earliest) = self.spans[node.id];
                if latest < next || earliest >= m || self.bound(node.id, &query) > cutoff {
                    continue;
                }
                if let Some((left, right)) = node.children() {
                    let near = self.bound(left.id, &query) <= self.bound(right.id, &query);
                    stack.extend(if near { [right, left] } else { [left, right] });
                    continue;
                }
                for j in node.from..node.to {
                    let square = squared(self.second.tree.point(j), &query);
                    let (first, end) = self.second.span_of(j);
                    if square > cutoff || first < next || end >= m {
                        continue;
                    }
                    let mut sum = self.list.sum(self.first.items(i), d);
                    add(&mut sum, &self.list.sum(self.second.items(j), d));
                    let exact = distance(&sum, goal);
                    let known = hit.as_ref().map_or(&best.square, |h| &h.0);
                    if exact < *known {
                        cutoff = cutoff.min(above(square, self.slack));
                        hit = Some((exact, i, j));
                    }
                }
            }
        }
        Ok(hit)
    }

    /// The squared distance of a point from a box of the second tree.
    #[inline]
    fn bound(&self, id: usize, query: &[f64]) -> f64 {
        let (low, high) = self.second.tree.bounds(id);
        let mut sum = 0.0;
        for x in 0..self.scaled.d {
            let gap = (low[x] - query[x]).max(query[x] - high[x]).max(0.0);
            sum += gap * gap;
        }
        sum
    }
}
