//! All pure Nash equilibria of a finite game, counted or one by one.
//!
//! A profile is an equilibrium iff every sum `s_i` is a nearest one to `G_i − Σ_{j≠i} s_j` among `i`'s distinct sums.
//! Choices with equal sums are one point here and multiplied out. For two influencers the candidates are the pairs
//! `(u, v)` with `v` nearest to `G_2 − u`: as many searches as the first has distinct sums. For more, that is done for
//! every combination of the others' sums.

use std::ops::ControlFlow;

use num_bigint::BigUint;
use num_traits::{ToPrimitive, Zero};
use rayon::prelude::*;
use thiserror::Error;

use super::budget::{Budget, Stop};
use super::choice::Choice;
use super::index::{Index, Scratch};
use super::lattice::{Coordinate, Scaled, add, subtract};
use super::table::Table;
use super::{FiniteGame, scaled};

/// Sums of the first influencer that make one piece of work.
const PIECE: usize = 1024;
/// Pieces between two looks at `watch`.
const BATCH: u64 = 256;
/// Sums between two looks at the budget.
const ASKED: usize = 16;

/// Why a game's equilibria cannot be enumerated.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EnumerateError {
    /// Too many distinct means.
    #[error(
        "influencer {influencer} has {strategies} choices, and their distinct means do not fit in memory; \
         `solve` finds one equilibrium without listing them"
    )]
    TooManyStrategies {
        /// Index of the influencer.
        influencer: usize,
        /// How many choices it has.
        strategies: BigUint,
    },
    /// Too many combinations of the influencers beyond the two with the most distinct means.
    #[error(
        "the {others} influencers beside the two with the most distinct means have {combinations} combinations, \
         more than can ever be gone through; `solve` finds one equilibrium"
    )]
    TooManyCombinations {
        /// How many influencers these are.
        others: usize,
        /// How many combinations they have.
        combinations: BigUint,
    },
}

/// What an enumeration came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enumeration {
    /// How many pure Nash equilibria were found: all of them when complete.
    pub count: BigUint,
    /// How many of these differ in their means: choices with equal means are counted once.
    pub distinct: u64,
    /// Was everything gone through?
    pub complete: bool,
}

/// How far an enumeration is.
#[derive(Clone, Debug)]
pub struct Progress<'a> {
    /// The share of the work done, from 0 to 1.
    pub done: f64,
    /// Equilibria found so far.
    pub count: &'a BigUint,
}

/// Counts all pure Nash equilibria without listing them. `watch` is called now and then and may stop it, as the budget
/// does.
///
/// O(C log C) time and O(C) memory for two influencers with C distinct means, times the number of combinations of the
/// other influencers' distinct means. Influencers whose choices all have the same effect (a weight of zero) cost
/// nothing.
///
/// # Errors
/// When the distinct means do not fit in memory.
pub fn count(
    game: &FiniteGame,
    budget: &Budget<'_>,
    watch: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<Enumeration, EnumerateError> {
    scaled!(game, s => run(game, s, budget, None, watch))
}

/// Finds all pure Nash equilibria and hands each to `found` as soon as it is known, in an order that is always the
/// same; `found`, `watch` or the budget may stop it, and it is then not complete. Cost as [`count`], and what the listing takes.
///
/// # Errors
/// As [`count`].
pub fn enumerate(
    game: &FiniteGame,
    budget: &Budget<'_>,
    found: &mut dyn FnMut(&[Choice]) -> ControlFlow<()>,
    watch: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<Enumeration, EnumerateError> {
    scaled!(game, s => run(game, s, budget, Some(found), watch))
}

type Visitor<'a> = &'a mut dyn FnMut(&[Choice]) -> ControlFlow<()>;

/// The distinct sums of every list; or, in [`Stop::Large`]'s case, the list whose sums memory does not hold.
pub(crate) fn indices<T: Coordinate>(
    scaled: &Scaled<T>,
    budget: &Budget<'_>,
) -> Result<Vec<Index<T>>, (usize, Stop)> {
    let mut left = *budget;
    let lists = scaled.lists.iter().enumerate();
    lists
        .map(|(l, list)| {
            let slack = scaled.slack();
            let index = Table::new(list, scaled.d, &left)
                .and_then(|table| Index::new(table, scaled.d, scaled.shift, slack, &left))
                .map_err(|stop| (l, stop))?;
            left = left.less(index.bytes());
            Ok(index)
        })
        .collect()
}

/// Which influencers are searched and which are gone through.
struct Plan<'a, T> {
    scaled: &'a Scaled<T>,
    indices: &'a [Index<T>],
    /// The two with the most distinct sums, the smaller one first; the same twice in a game of one.
    first: usize,
    second: usize,
    /// The others.
    others: Vec<usize>,
    /// How many combinations these have.
    combinations: u64,
    pieces: u64,
}

impl<'a, T: Coordinate> Plan<'a, T> {
    fn new(scaled: &'a Scaled<T>, indices: &'a [Index<T>]) -> Result<Self, EnumerateError> {
        let n = scaled.list_of.len();
        let size = |i: usize| indices[scaled.list_of[i]].table.len();
        let mut by_size: Vec<usize> = (0..n).collect();
        by_size.sort_by_key(|&i| (std::cmp::Reverse(size(i)), i));
        let second = by_size[0];
        let first = *by_size.get(1).unwrap_or(&second);
        let mut others: Vec<usize> = by_size.iter().skip(2).copied().collect();
        others.sort_unstable();
        let combinations: BigUint = others.iter().map(|&i| BigUint::from(size(i))).product();
        let pieces = if n == 1 {
            1
        } else {
            size(first).div_ceil(PIECE) as u64
        };
        let total = (&combinations * pieces).to_u64();
        let Some(_) = total.filter(|&t| t < u64::MAX / 2) else {
            return Err(EnumerateError::TooManyCombinations {
                others: others.len(),
                combinations,
            });
        };
        Ok(Self {
            scaled,
            indices,
            first,
            second,
            others,
            combinations: combinations.to_u64().unwrap_or(u64::MAX),
            pieces,
        })
    }

    fn index(&self, i: usize) -> &'a Index<T> {
        &self.indices[self.scaled.list_of[i]]
    }

    /// The others' sums in a combination: entry by entry, the last counting fastest.
    fn combination(&self, mut number: u64) -> Vec<u32> {
        let mut entries = vec![0; self.others.len()];
        for (entry, &i) in entries.iter_mut().zip(&self.others).rev() {
            let size = self.index(i).table.len() as u64;
            *entry = (number % size) as u32;
            number /= size;
        }
        entries
    }

    /// The equilibria of one piece of work, an entry an influencer.
    fn piece(
        &self,
        number: u64,
        scratch: &mut Scratch,
        budget: &Budget<'_>,
    ) -> Result<Vec<u32>, Stop> {
        let (scaled, d) = (self.scaled, self.scaled.d);
        let n = scaled.list_of.len();
        let others = self.combination(number / self.pieces);
        let mut rest = vec![T::zero(); d];
        for (&i, &entry) in self.others.iter().zip(&others) {
            add(&mut rest, self.index(i).table.sum(entry as usize));
        }
        let wish = |i: usize| {
            let mut wish = scaled.goal(i).to_vec();
            subtract(&mut wish, &rest);
            wish
        };
        let (one, two) = (self.index(self.first), self.index(self.second));
        let mut hits = Vec::new();
        let mut responses = Vec::new();
        if n == 1 {
            two.nearest(&wish(self.second), scratch, &mut responses);
            return Ok(responses);
        }
        let (wish_one, wish_two) = (wish(self.first), wish(self.second));
        let from = (number % self.pieces) as usize * PIECE;
        let mut query = vec![T::zero(); d];
        let mut back = vec![T::zero(); d];
        for u in from..(from + PIECE).min(one.table.len()) {
            let mine = one.table.sum(u);
            if u % ASKED == 0 {
                budget.check()?;
            }
            for x in 0..d {
                query[x] = wish_two[x].minus(&mine[x]);
            }
            two.nearest(&query, scratch, &mut responses);
            for &v in &responses {
                let yours = two.table.sum(v as usize);
                for x in 0..d {
                    back[x] = wish_one[x].minus(&yours[x]);
                }
                if !one.is_nearest(&back, u, scratch) {
                    continue;
                }
                let settled = self.others.iter().zip(&others).all(|(&i, &entry)| {
                    let index = self.index(i);
                    let own = index.table.sum(entry as usize);
                    let goal = scaled.goal(i);
                    let query: Vec<T> = (0..d)
                        .map(|x| {
                            let all = rest[x].plus(&mine[x]).plus(&yours[x]);
                            goal[x].minus(&all.minus(&own[x]))
                        })
                        .collect();
                    index.is_nearest(&query, entry as usize, scratch)
                });
                if settled {
                    let start = hits.len();
                    hits.resize(start + n, 0);
                    for (&i, &entry) in self.others.iter().zip(&others) {
                        hits[start + i] = entry;
                    }
                    hits[start + self.first] = u as u32;
                    hits[start + self.second] = v;
                }
            }
        }
        Ok(hits)
    }

    /// Hands out the choices behind the sums of influencers `i..`.
    fn expand(
        &self,
        entries: &[u32],
        profile: &mut Vec<Choice>,
        budget: &Budget<'_>,
        found: &mut dyn FnMut(&[Choice]) -> ControlFlow<()>,
        listed: &mut u64,
    ) -> ControlFlow<()> {
        let i = profile.len();
        if i == entries.len() {
            *listed += 1;
            return found(profile);
        }
        let table = &self.index(i).table;
        let list = self.scaled.list(i);
        table.members(list, entries[i] as usize, budget, &mut |choice| {
            profile.push(choice.to_vec());
            let flow = self.expand(entries, profile, budget, found, listed);
            profile.pop();
            flow
        })
    }
}

/// A sum of products of counts that is almost always small.
struct Tally {
    small: u128,
    large: BigUint,
}

impl Tally {
    fn add(&mut self, factors: impl Iterator<Item = u128> + Clone) {
        let product = factors.clone().try_fold(1u128, u128::checked_mul);
        match product.and_then(|p| self.small.checked_add(p)) {
            Some(sum) => self.small = sum,
            None => self.large += factors.map(BigUint::from).product::<BigUint>(),
        }
    }

    fn total(&self) -> BigUint {
        &self.large + self.small
    }
}

fn run<T: Coordinate>(
    game: &FiniteGame,
    scaled: &Scaled<T>,
    budget: &Budget<'_>,
    mut found: Option<Visitor<'_>>,
    watch: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<Enumeration, EnumerateError> {
    let begun = Progress {
        done: 0.0,
        count: &BigUint::zero(),
    };
    let nothing = Enumeration {
        count: BigUint::zero(),
        distinct: 0,
        complete: false,
    };
    if watch(begun).is_break() {
        return Ok(nothing);
    }
    let indices = match indices(scaled, budget) {
        Ok(indices) => indices,
        Err((_, Stop::Spent)) => return Ok(nothing),
        Err((list, Stop::Large)) => {
            let influencer = scaled.list_of.iter().position(|&of| of == list);
            let influencer = influencer.unwrap_or(0);
            return Err(EnumerateError::TooManyStrategies {
                influencer,
                strategies: game.strategies(influencer),
            });
        }
    };
    let plan = Plan::new(scaled, &indices)?;
    let n = scaled.list_of.len();
    let total = plan.combinations * plan.pieces;
    let mut tally = Tally {
        small: 0,
        large: BigUint::zero(),
    };
    let (mut distinct, mut listed) = (0, 0);
    let mut next = 0;
    let mut complete = true;
    'work: while next < total {
        let progress = Progress {
            done: next as f64 / total as f64,
            count: &match found {
                Some(_) => BigUint::from(listed),
                None => tally.total(),
            },
        };
        if watch(progress).is_break() || budget.spent() {
            complete = false;
            break;
        }
        let batch = BATCH.min(total - next);
        let pieces: Vec<Result<Vec<u32>, Stop>> = (0..batch as usize)
            .into_par_iter()
            .with_min_len(4)
            .map_init(Scratch::default, |scratch, p| {
                plan.piece(next + p as u64, scratch, budget)
            })
            .collect();
        next += batch;
        // Up to the first that was not finished.
        let whole = pieces.iter().map_while(|hits| hits.as_ref().ok());
        for entries in whole.flat_map(|hits| hits.chunks_exact(n)) {
            distinct += 1;
            let Some(found) = &mut found else {
                let counts = entries.iter().enumerate();
                tally.add(counts.map(|(i, &e)| plan.index(i).table.count(e as usize)));
                continue;
            };
            let mut profile = Vec::with_capacity(n);
            if plan
                .expand(entries, &mut profile, budget, *found, &mut listed)
                .is_break()
            {
                complete = false;
                break 'work;
            }
        }
        if pieces.iter().any(Result::is_err) {
            complete = false;
            break;
        }
    }
    let count = match found {
        Some(_) => BigUint::from(listed),
        None => tally.total(),
    };
    Ok(Enumeration {
        count,
        distinct,
        complete,
    })
}
