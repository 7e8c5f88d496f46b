//! The social optimum of a finite game: the profile of least total loss.
//!
//! `Σ_i ℓ_i = n ‖r − t̄‖² + const`, so it is the reachable receiver nearest to the mean target. The players are put
//! into two halves whose sums are listed and sorted along one coordinate, and perhaps some players outside, whose
//! combinations are gone through; in each the halves meet like two lists of numbers, in a window as narrow as the best
//! so far.

use big_numeric::parallel;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, Zero};

use super::budget::{Budget, Stop};
use super::enumerate::{EnumerateError, Priced, first_member, indices, too_many, total_cost};
use super::index::Index;
use super::lattice::{Coordinate, Scaled, add};
use super::order::sort;
use super::tree::{Tree, above};
use super::{FiniteGame, scaled};
use big_game::spec::Rational;

/// The most sums of a half.
const MOST_HALF: usize = 1 << 21;
/// Steps of all sweeps after which it is given up.
const MOST_STEPS: f64 = (1u64 << 34) as f64;
/// Sums of the first half that one piece of work sweeps over.
const PIECE: usize = 1 << 10;
/// Pieces between two looks at the budget, and agreements on the best.
const BATCH: u64 = 64;
/// Places where a first candidate is looked for.
const PROBES: usize = 512;
/// With more points than this in a window a tree is faster than the window.
const CROWD: f64 = 64.0;

/// The least total loss.
#[derive(Clone, Debug, PartialEq)]
pub struct SocialOptimum {
    /// Where it is, and what it costs.
    pub at: Priced,
    /// What no profile costs less than; equal to the cost when proven.
    pub lower_bound: Rational,
    /// Is it the least for certain?
    pub proven: bool,
}

/// The profile of least total loss. Exact and proven, in about as many steps as there are combinations of half of
/// the players' distinct means for an even number of them; otherwise, and when the budget ends, the best found with a
/// lower bound. `None` when the budget ends before there is any.
///
/// ```
/// # use big_finite::{Budget, FiniteGame};
/// # use big_game::spec::{FiniteSpec, InfluencerSpec, ItemSet, Rational, WeightSpec};
/// # let number = |n: i64, d: i64| Rational::new(n.into(), d.into());
/// # let influencer = |target| InfluencerSpec {
/// #     cost: None,
/// #     name: None,
/// #     weight: WeightSpec::Scalar(number(1, 2)),
/// #     target: vec![target],
/// #     space: 0,
/// # };
/// // Example 5 of the paper with q = k = 2: two of the items ±1 and ±2 each, targets ∓1/16.
/// let game = FiniteGame::new(FiniteSpec {
/// #     bias: vec![number(0, 1)],
/// #     sets: vec![ItemSet {
/// #         items: [-1, 1, -2, 2].map(|v| vec![number(v, 1)]).to_vec(),
/// #         choose: 2,
/// #         repeats: false,
/// #     }],
/// #     influencers: vec![influencer(number(-1, 16)), influencer(number(1, 16))],
///     // …
/// })?;
/// let best = big_finite::social_optimum(&game, &Budget::unlimited())?.expect("the budget has no end");
/// assert!(best.proven);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When the distinct means do not fit in memory.
pub fn social_optimum(
    game: &FiniteGame,
    budget: &Budget<'_>,
) -> Result<Option<SocialOptimum>, EnumerateError> {
    scaled!(game, s => run(game, s, budget))
}

/// A set of players' sums, sorted along one coordinate.
struct Half {
    players: Vec<usize>,
    /// In doubles, row by row, sorted.
    points: Vec<f64>,
    /// The coordinate of the order, once more.
    keys: Vec<f64>,
    /// The number of each row's combination.
    numbers: Vec<u32>,
}

fn run<T: Coordinate>(
    game: &FiniteGame,
    scaled: &Scaled<T>,
    budget: &Budget<'_>,
) -> Result<Option<SocialOptimum>, EnumerateError> {
    let indices = match indices(scaled, budget) {
        Ok(indices) => indices,
        Err((_, Stop::Spent)) => return Ok(None),
        Err((list, Stop::Large)) => return Err(too_many(game, scaled, list)),
    };
    let Ok(search) = Search::new(scaled, &indices, budget) else {
        return Ok(None);
    };
    let floor = search.lower_bound();
    let (best, complete) = search.run(&floor, budget);
    let unit = &scaled.unit * &scaled.unit;
    let cost = BigRational::from(best.cost) * &unit;
    let floor = floor * unit;
    let proven = complete || cost == floor;
    let choices = best.entries.iter().enumerate().map(|(i, &entry)| {
        let table = &indices[scaled.list_of[i]].table;
        first_member(table, scaled.list(i), entry as usize)
    });
    Ok(Some(SocialOptimum {
        at: Priced {
            profile: choices.collect(),
            receiver: scaled.receiver(&best.total),
            cost: cost.clone(),
        },
        lower_bound: if proven { cost } else { floor },
        proven,
    }))
}

/// The best so far.
#[derive(Clone)]
struct Best<T> {
    entries: Vec<u32>,
    total: Vec<T>,
    cost: BigInt,
    /// The squared distance from the mean goal, in doubles.
    square: f64,
}

struct Search<'a, T> {
    scaled: &'a Scaled<T>,
    indices: &'a [Index<T>],
    /// The mean goal.
    centre: Vec<f64>,
    first: Half,
    second: Half,
    tree: Tree,
    outside: Vec<usize>,
    /// The coordinate of the order.
    axis: usize,
    slack: f64,
}

impl<'a, T: Coordinate> Search<'a, T> {
    fn new(
        scaled: &'a Scaled<T>,
        indices: &'a [Index<T>],
        budget: &Budget<'_>,
    ) -> Result<Self, Stop> {
        let (n, d) = (scaled.list_of.len(), scaled.d);
        let size = |i: usize| indices[scaled.list_of[i]].table.len();
        let mut players: Vec<usize> = (0..n).collect();
        players.sort_by_key(|&i| (std::cmp::Reverse(size(i)), i));
        let mut halves = [(Vec::new(), 1usize), (Vec::new(), 1usize)];
        let mut outside = Vec::new();
        for i in players {
            let half = usize::from(halves[0].1 > halves[1].1);
            match halves[half].1.checked_mul(size(i)) {
                Some(product) if product <= MOST_HALF || halves[half].1 == 1 => {
                    halves[half].0.push(i);
                    halves[half].1 = product;
                }
                _ => outside.push(i),
            }
        }
        let mut centre = vec![0.0; d];
        for goal in scaled.goals.chunks_exact(d) {
            for (c, g) in centre.iter_mut().zip(scaled.approximate(goal)) {
                *c += g / n as f64;
            }
        }
        let [first, second] = halves.map(|(players, _)| players);
        let unsorted = [first, second].map(|players| {
            let points = half_points(scaled, indices, &players);
            (players, points)
        });
        let spread = |x: usize| {
            let column = unsorted[1].1.iter().skip(x).step_by(d);
            let (low, high) = column.fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
            high - low
        };
        let axis = (0..d)
            .max_by(|&a, &b| spread(a).total_cmp(&spread(b)).then(b.cmp(&a)))
            .unwrap_or(0);
        let [first, second] =
            unsorted.map(|(players, points)| sorted(players, &points, d, axis, budget));
        let (first, second) = (first?, second?);
        Ok(Self {
            tree: Tree::new(&second.points, d, budget)?,
            // Three sums and the mean are rounded.
            slack: 4.0 * scaled.slack(),
            scaled,
            indices,
            centre,
            first,
            second,
            outside,
            axis,
        })
    }

    fn index(&self, i: usize) -> &Index<T> {
        &self.indices[self.scaled.list_of[i]]
    }

    /// What no total costs less than, in lattice units: the cost of the point nearest to the mean goal in the box of
    /// all totals.
    fn lower_bound(&self) -> Rational {
        let (scaled, d) = (self.scaled, self.scaled.d);
        let n = scaled.list_of.len();
        let mut bound = Rational::zero();
        for x in 0..d {
            let (mut low, mut high) = (BigInt::zero(), BigInt::zero());
            for i in 0..n {
                let column = || self.index(i).table.sums.iter().skip(x).step_by(d);
                low += column().min().map_or_else(BigInt::zero, T::to_big);
                high += column().max().map_or_else(BigInt::zero, T::to_big);
            }
            let goals: Vec<BigInt> = (0..n).map(|i| scaled.goal(i)[x].to_big()).collect();
            let mean = Rational::new(goals.iter().sum(), BigInt::from(n));
            let place = mean.max(low.into()).min(high.into());
            for goal in goals {
                let away = &place - Rational::from(goal);
                bound += &away * &away;
            }
        }
        // Costs are whole numbers.
        bound.ceil()
    }

    fn combinations(&self) -> f64 {
        let sizes = self
            .outside
            .iter()
            .map(|&i| self.index(i).table.len() as f64);
        sizes.product()
    }

    fn run(&self, floor: &Rational, budget: &Budget<'_>) -> (Best<T>, bool) {
        let mut best = self.probe();
        let rows = self.first.numbers.len();
        let chunks = rows.div_ceil(PIECE) as u64;
        let swept = (rows + self.second.numbers.len()) as f64;
        let pieces = self.combinations() * chunks as f64;
        let affordable = (MOST_STEPS / (swept / chunks as f64)).min(1e15);
        let total = pieces.min(affordable) as u64;
        let mut next = 0;
        while next < total {
            if Rational::from(best.cost.clone()) == *floor {
                return (best, true);
            }
            if budget.spent() {
                return (best, false);
            }
            let batch = BATCH.min(total - next);
            let known = &best;
            let found: Vec<Option<Best<T>>> = parallel::map(0..batch, |p| {
                let number = next + p;
                let from = (number % chunks) as usize * PIECE;
                self.sweep(number / chunks, from..(from + PIECE).min(rows), known)
            });
            next += batch;
            for candidate in found.into_iter().flatten() {
                if candidate.cost < best.cost {
                    best = candidate;
                }
            }
        }
        (best, pieces <= affordable)
    }

    /// The entries and the sum of a combination of the players outside.
    fn outer(&self, mut number: u64, entries: &mut [u32]) -> Vec<f64> {
        let mut sum = vec![0.0; self.scaled.d];
        for &i in self.outside.iter().rev() {
            let table = &self.index(i).table;
            let size = table.len() as u64;
            entries[i] = (number % size) as u32;
            number /= size;
            let point = self.scaled.approximate(table.sum(entries[i] as usize));
            for (s, v) in sum.iter_mut().zip(point) {
                *s += v;
            }
        }
        sum
    }

    /// A first candidate: the nearest of the second half for some of the rest.
    fn probe(&self) -> Best<T> {
        let mut best: Option<Best<T>> = None;
        let rows = self.first.numbers.len();
        let combinations = self.combinations().min(1e15) as u64;
        for p in 0..PROBES {
            let number = (p as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) % combinations.max(1);
            let row = (p * rows / PROBES + p * 7919) % rows;
            if let Some(found) = self.sweep_from(number, row..row + 1, best.as_ref())
                && best.as_ref().is_none_or(|b| found.cost < b.cost)
            {
                best = Some(found);
            }
        }
        // The first probe has nothing to beat, so that there is one.
        best.unwrap_or_else(|| self.candidate(0, 0, 0))
    }

    fn sweep(&self, number: u64, rows: std::ops::Range<usize>, known: &Best<T>) -> Option<Best<T>> {
        self.sweep_from(number, rows, Some(known))
    }

    /// The best total of a combination outside with some rows of the first half and any of the second, if it beats
    /// what is known.
    fn sweep_from(
        &self,
        number: u64,
        rows: std::ops::Range<usize>,
        known: Option<&Best<T>>,
    ) -> Option<Best<T>> {
        let d = self.scaled.d;
        let mut entries = vec![0; self.scaled.list_of.len()];
        let outer = self.outer(number, &mut entries);
        let wish: Vec<f64> = self.centre.iter().zip(&outer).map(|(c, o)| c - o).collect();
        let mut square = known.map_or(f64::INFINITY, |b| b.square);
        let mut best: Option<Best<T>> = None;
        let keys = &self.second.keys;
        let (first_key, last_key) = (keys[0], keys[keys.len() - 1]);
        let mut query = vec![0.0; d];
        let mut stack = Vec::new();
        let mut low = usize::MAX;
        for row in rows {
            let mine = &self.first.points[row * d..(row + 1) * d];
            for x in 0..d {
                query[x] = wish[x] - mine[x];
            }
            let cutoff = above(square, self.slack);
            let width = cutoff.sqrt() + self.slack;
            let crowd = 2.0 * width / (last_key - first_key) * keys.len() as f64;
            let mut consider = |far: f64, place: usize, square: &mut f64| {
                if far > above(*square, self.slack) {
                    return;
                }
                let candidate = self.candidate(number, row, place);
                let beaten = known
                    .into_iter()
                    .chain(&best)
                    .all(|b| candidate.cost < b.cost);
                if beaten {
                    best = Some(candidate);
                }
                *square = square.min(far);
            };
            // A window of a crowd, or of everything, is searched as a tree.
            if d > 1 && (crowd > CROWD || crowd.is_nan()) {
                let mut near = Vec::new();
                if square.is_finite() {
                    self.tree
                        .any_within(&query, cutoff, &mut stack, |far, place| {
                            near.push((far, place));
                            false
                        });
                } else {
                    self.tree.nearest(&query, self.slack, &mut stack, &mut near);
                }
                near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                for (far, place) in near {
                    consider(far, place as usize, &mut square);
                }
                low = usize::MAX;
                continue;
            }
            let (from, to) = (query[self.axis] - width, query[self.axis] + width);
            // The first half ascends, so the window descends.
            if low == usize::MAX {
                low = keys.partition_point(|k| *k < from);
            }
            while low > 0 && keys[low - 1] >= from {
                low -= 1;
            }
            while low < keys.len() && keys[low] < from {
                low += 1;
            }
            for place in low..keys.len() {
                if keys[place] > to {
                    break;
                }
                let point = &self.second.points[place * d..(place + 1) * d];
                let far: f64 = point
                    .iter()
                    .zip(&query)
                    .map(|(p, q)| (p - q) * (p - q))
                    .sum();
                consider(far, place, &mut square);
            }
        }
        best
    }

    /// A profile by the number of its combination outside and its rows, priced exactly.
    fn candidate(&self, number: u64, row: usize, place: usize) -> Best<T> {
        let mut entries = vec![0; self.scaled.list_of.len()];
        self.outer(number, &mut entries);
        for (half, row) in [(&self.first, row), (&self.second, place)] {
            let mut number = half.numbers[row] as usize;
            for &i in half.players.iter().rev() {
                let size = self.index(i).table.len();
                entries[i] = (number % size) as u32;
                number /= size;
            }
        }
        let mut total = vec![T::zero(); self.scaled.d];
        for (i, &entry) in entries.iter().enumerate() {
            add(&mut total, self.index(i).table.sum(entry as usize));
        }
        let square = self
            .scaled
            .approximate(&total)
            .iter()
            .zip(&self.centre)
            .map(|(s, c)| (s - c) * (s - c))
            .sum();
        Best {
            cost: total_cost(self.scaled, &total),
            entries,
            total,
            square,
        }
    }
}

/// The sums of all combinations of some players, in doubles, the last player's counting fastest.
fn half_points<T: Coordinate>(
    scaled: &Scaled<T>,
    indices: &[Index<T>],
    players: &[usize],
) -> Vec<f64> {
    let d = scaled.d;
    let mut points = vec![0.0; d];
    for &i in players {
        let own = scaled.approximate(&indices[scaled.list_of[i]].table.sums);
        let mut next = Vec::with_capacity(points.len() / d * own.len());
        for before in points.chunks_exact(d) {
            for row in own.chunks_exact(d) {
                next.extend(before.iter().zip(row).map(|(a, b)| a + b));
            }
        }
        points = next;
    }
    points
}

fn sorted(
    players: Vec<usize>,
    points: &[f64],
    d: usize,
    axis: usize,
    budget: &Budget<'_>,
) -> Result<Half, Stop> {
    let count = points.len() / d;
    let mut numbers: Vec<u32> = (0..count as u32).collect();
    let key = |r: u32| points[r as usize * d + axis];
    let compare = |&a: &u32, &b: &u32| key(a).total_cmp(&key(b)).then(a.cmp(&b));
    sort(&mut numbers, &compare, budget)?;
    let row = |r: &u32| &points[*r as usize * d..(*r as usize + 1) * d];
    Ok(Half {
        players,
        keys: numbers.iter().map(|&r| key(r)).collect(),
        points: numbers.iter().flat_map(row).copied().collect(),
        numbers,
    })
}

/// A ratio of costs: 1 where both are nothing, `None` where only the lower is.
pub fn price(cost: &Rational, optimum: &Rational) -> Option<Rational> {
    if optimum.is_positive() {
        Some(cost / optimum)
    } else {
        cost.is_zero().then(|| Rational::from(BigInt::from(1)))
    }
}
