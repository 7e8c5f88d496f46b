//! All pairs of points, one of each of two sets, that lie near each other.
//!
//! Both sets are halved along one coordinate, where the other set keeps on both sides what is near the cut, until
//! few are left. No tree is built, everything is read in order, and memory is what the sets take. O((n + m) log n)
//! where few pairs are near (the epsilon join of Böhm, Braunmüller, Krebs and Kriegel, SIGMOD 2001).

use super::Budget;

/// Work between two looks at the budget.
const LOOK: u64 = 1 << 15;
/// Pairs that are compared rather than divided further, a point.
const LEAF: usize = 12;

/// A point and its number.
#[derive(Clone, Copy)]
pub(crate) struct Row<const D: usize> {
    pub(crate) at: [f64; D],
    pub(crate) id: u32,
}

/// Why a join ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Early {
    /// The budget ended.
    Spent,
    /// It took more work than it may.
    Work,
    /// The visitor has seen enough.
    Enough,
}

/// Which pairs count as near.
#[derive(Clone, Copy)]
pub(crate) enum Near<const D: usize> {
    /// In every coordinate.
    Box([f64; D]),
    /// By the squared distance.
    Ball(f64),
}

/// What a visitor answers.
pub(crate) enum Seen {
    /// Go on.
    More,
    /// From now on only pairs up to this squared distance.
    Nearer(f64),
    /// End.
    Enough,
}

/// A join on its way.
pub(crate) struct Join<'a, const D: usize> {
    near: Near<D>,
    /// Not a parameter: the search would be compiled once for each of its callers, kinds of numbers and dimensions.
    visit: &'a mut dyn FnMut(u32, u32, f64) -> Seen,
    budget: &'a Budget<'a>,
    /// Work that may still be done, and when to look at the budget next.
    left: u64,
    look: u64,
    /// Points near the cuts that are being worked on.
    spare: Vec<Row<D>>,
}

type Bounds<const D: usize> = ([f64; D], [f64; D]);

fn bounds<const D: usize>(rows: &[Row<D>]) -> Bounds<D> {
    let (mut low, mut high) = ([f64::INFINITY; D], [f64::NEG_INFINITY; D]);
    for row in rows {
        for x in 0..D {
            low[x] = low[x].min(row.at[x]);
            high[x] = high[x].max(row.at[x]);
        }
    }
    (low, high)
}

/// Moves the rows that are kept to the front and counts them.
fn part<const D: usize>(rows: &mut [Row<D>], keep: impl Fn(&Row<D>) -> bool) -> usize {
    let mut kept = 0;
    for place in 0..rows.len() {
        if keep(&rows[place]) {
            rows.swap(kept, place);
            kept += 1;
        }
    }
    kept
}

impl<'a, const D: usize> Join<'a, D> {
    /// A join that does about `work` comparisons and moves at most.
    pub(crate) fn new(
        near: Near<D>,
        work: u64,
        budget: &'a Budget<'a>,
        visit: &'a mut dyn FnMut(u32, u32, f64) -> Seen,
    ) -> Self {
        Self {
            near,
            visit,
            budget,
            left: work,
            look: work.saturating_sub(LOOK),
            spare: Vec::new(),
        }
    }

    /// Shows the visitor every near pair: the numbers of both, and in a ball their squared distance. `first` comes back
    /// in another order, `second` as rubbish.
    pub(crate) fn run(&mut self, first: &mut [Row<D>], second: &mut [Row<D>]) -> Result<(), Early> {
        if first.is_empty() || second.is_empty() {
            return Ok(());
        }
        self.work(first.len() + second.len())?;
        let all = first.len() + second.len();
        if first.len() * second.len() <= LEAF * all {
            return self.compare(first, second);
        }
        let (low, high) = bounds(first);
        let (others_low, others_high) = bounds(second);
        let mut square = 0.0;
        let mut widest = (0.0, 0);
        for x in 0..D {
            let gap = (low[x] - others_high[x]).max(others_low[x] - high[x]);
            let width = self.width(x);
            if gap > width {
                return Ok(());
            }
            square += gap.max(0.0) * gap.max(0.0);
            let ratio = (high[x] - low[x]) / width;
            if ratio > widest.0 {
                widest = (ratio, x);
            }
        }
        if let Near::Ball(most) = self.near
            && square > most
        {
            return Ok(());
        }
        let x = widest.1;
        let width = self.width(x);
        // Nothing to tell apart; with an infinite ratio the width is zero, and the cut may still tell.
        if widest.0 <= 1.0 || !width.is_finite() {
            return self.compare(first, second);
        }
        let middle = first.iter().map(|row| row.at[x] - low[x]).sum::<f64>() / first.len() as f64;
        let mut cut = low[x] + middle;
        let mut half = part(first, |row| row.at[x] < cut);
        if half < first.len() / 8 || half > first.len() - first.len() / 8 {
            // A lopsided mean; the median ends the recursion in time.
            half = first.len() / 2;
            let (_, at, _) = first.select_nth_unstable_by(half, |a, b| a.at[x].total_cmp(&b.at[x]));
            cut = at.at[x];
        }
        let under = part(second, |row| row.at[x] <= cut + width);
        let only = part(&mut second[..under], |row| row.at[x] < cut - width);
        let both = under - only;
        if 8 * both > 7 * second.len() {
            return self.compare(first, second);
        }
        let mark = self.spare.len();
        self.spare.extend_from_slice(&second[only..under]);
        let (left, right) = first.split_at_mut(half);
        self.run(left, &mut second[..under])?;
        second[only..under].copy_from_slice(&self.spare[mark..]);
        self.spare.truncate(mark);
        self.run(right, &mut second[only..])
    }

    #[inline]
    fn width(&self, x: usize) -> f64 {
        match &self.near {
            Near::Box(widths) => widths[x],
            Near::Ball(square) => square.sqrt(),
        }
    }

    fn work(&mut self, amount: usize) -> Result<(), Early> {
        let amount = amount as u64;
        if amount > self.left {
            return Err(Early::Work);
        }
        self.left -= amount;
        if self.left < self.look {
            self.look = self.left.saturating_sub(LOOK);
            if self.budget.spent() {
                return Err(Early::Spent);
            }
        }
        Ok(())
    }

    /// Compares every pair.
    fn compare(&mut self, first: &[Row<D>], second: &[Row<D>]) -> Result<(), Early> {
        for a in first {
            self.work(second.len().div_ceil(4))?;
            match self.near {
                Near::Box(widths) => {
                    for b in second {
                        let near = (0..D).all(|x| (a.at[x] - b.at[x]).abs() <= widths[x]);
                        if near && matches!((self.visit)(a.id, b.id, 0.0), Seen::Enough) {
                            return Err(Early::Enough);
                        }
                    }
                }
                Near::Ball(mut most) => {
                    for b in second {
                        let mut square = 0.0;
                        for x in 0..D {
                            let gap = a.at[x] - b.at[x];
                            square += gap * gap;
                        }
                        if square > most {
                            continue;
                        }
                        match (self.visit)(a.id, b.id, square) {
                            Seen::More => {}
                            Seen::Nearer(square) => {
                                most = most.min(square);
                                self.near = Near::Ball(most);
                            }
                            Seen::Enough => return Err(Early::Enough),
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chacha20::ChaCha8Rng;
    use rand_core::{Rng, SeedableRng};

    fn rows(rng: &mut ChaCha8Rng, count: usize, size: u64) -> Vec<Row<3>> {
        (0..count as u32)
            .map(|id| Row {
                at: [0; 3].map(|_| (rng.next_u64() % size) as f64),
                id,
            })
            .collect()
    }

    /// Every near pair is shown exactly once, ties and equal points included.
    #[test]
    fn a_join_shows_every_near_pair_once() {
        for seed in 0..60 {
            let rng = &mut ChaCha8Rng::seed_from_u64(seed);
            let size = [2, 9, 100, 1_000_000][seed as usize % 4];
            let (first, second) = (rows(rng, 300, size), rows(rng, 40 * seed as usize, size));
            let most = (size as f64 * [0.0, 0.1, 0.3][seed as usize % 3]).powi(2);
            let width = [size as f64 * 0.1, f64::INFINITY, 0.0];
            for ball in [false, true] {
                let mut expected = Vec::new();
                for a in &first {
                    for b in &second {
                        let gaps = [0, 1, 2].map(|x: usize| (a.at[x] - b.at[x]).abs());
                        let square: f64 = gaps.iter().map(|g| g * g).sum();
                        let inside = (0..3).all(|x| gaps[x] <= width[x]);
                        if if ball { square <= most } else { inside } {
                            expected.push((a.id, b.id));
                        }
                    }
                }
                let mut found = Vec::new();
                let near = if ball {
                    Near::Ball(most)
                } else {
                    Near::Box(width)
                };
                let budget = Budget::unlimited();
                let mut visit = |a, b, _| {
                    found.push((a, b));
                    Seen::More
                };
                let mut join = Join::new(near, u64::MAX, &budget, &mut visit);
                assert_eq!(join.run(&mut first.clone(), &mut second.clone()), Ok(()));
                found.sort_unstable();
                expected.sort_unstable();
                assert_eq!(found, expected, "seed {seed} ball {ball}");
            }
        }
    }

    /// A join that shrinks its ball ends with the nearest pair.
    #[test]
    fn a_shrinking_ball_finds_the_nearest_pair() {
        for seed in 0..20 {
            let rng = &mut ChaCha8Rng::seed_from_u64(seed);
            let (first, second) = (rows(rng, 500, 1 << 20), rows(rng, 500, 1 << 20));
            let square = |a: &Row<3>, b: &Row<3>| -> f64 {
                (0..3).map(|x| (a.at[x] - b.at[x]).powi(2)).sum()
            };
            let pairs = first
                .iter()
                .flat_map(|a| second.iter().map(move |b| square(a, b)));
            let expected = pairs.fold(f64::INFINITY, f64::min);
            let mut least = f64::INFINITY;
            let budget = Budget::unlimited();
            let mut visit = |_, _, square| {
                least = least.min(square);
                Seen::Nearer(square)
            };
            let mut join = Join::new(Near::Ball(1e13), u64::MAX, &budget, &mut visit);
            assert_eq!(join.run(&mut first.clone(), &mut second.clone()), Ok(()));
            assert_eq!(least, expected);
        }
    }
}
