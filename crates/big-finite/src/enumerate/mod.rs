//! All pure Nash equilibria of a finite game, or its ε-equilibria: counted or one by one, with the best and the worst.
//!
//! A profile is an equilibrium iff every sum `s_i` is a nearest one to `G_i − Σ_{j≠i} s_j` among `i`'s distinct sums.
//! Choices with equal sums are one point here and multiplied out. The search branches over where the total of all
//! sums may lie (`cells`): a box of totals leaves each player few sums that may be best responses there. What is left
//! is gone through combination by combination, with one search of the longest list each (`leaf`), and every
//! equilibrium is checked exactly.

mod cells;
mod leaf;
mod means;
mod summary;
mod sums;

use std::ops::ControlFlow;

use big_numeric::parallel;
use num_bigint::BigUint;
use num_traits::Zero;
use thiserror::Error;

use super::budget::{Budget, Stop};
use super::choice::Choice;
use super::index::{Index, Scratch};
use super::lattice::{Coordinate, List, Scaled, add, distance, subtract};
use super::table::Table;
use super::{FiniteGame, scaled};
use big_game::spec::Rational;

use cells::{Cell, Field, Outcome};
use leaf::{Found, Part};
use means::Means;
pub(crate) use means::rank;
pub(crate) use summary::total_cost;
pub use summary::{AtReceiver, Priced};
use summary::{Extreme, Groups, Tally};
use sums::{Allowance, DistinctSums};

/// Pieces of work between two looks at `watch`.
const BATCH: usize = 64;

/// Why a game's equilibria cannot be enumerated.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
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
    /// Too many combinations of the influencers beside the one with the most distinct means.
    #[error(
        "the {others} influencers beside the one with the most distinct means have {combinations} combinations, \
         more than can ever be gone through; `solve` finds one equilibrium"
    )]
    TooManyCombinations {
        /// How many influencers these are.
        others: usize,
        /// How many combinations they have.
        combinations: BigUint,
    },
}

/// What is asked beside the equilibria themselves.
#[derive(Clone, Default)]
pub struct EnumerateOptions<'a> {
    /// What everybody may leave on the table, in units of the loss: 0, the default, for equilibria. Negative is 0.
    pub epsilon: Rational,
    /// Group them by receiver? Takes memory for every distinct one.
    pub by_receiver: bool,
    /// How long it may take and how much memory it may fill.
    pub budget: Budget<'a>,
}

/// One equilibrium of a finite game.
#[derive(Clone, Debug)]
pub struct FoundEquilibrium<'a> {
    /// The choices, one an influencer.
    pub choices: &'a [Choice],
    /// Does everybody lose by any other choice?
    pub strict: bool,
    /// The most that anybody would gain by another choice: 0 in an equilibrium, at most ε in an ε-equilibrium.
    pub regret: Rational,
}

/// What an enumeration came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Enumeration {
    /// How many were found: all of them when complete.
    pub count: BigUint,
    /// How many of these differ in some influencer's mean; `None` where an influencer has too many means of one
    /// effect to count them.
    pub distinct: Option<BigUint>,
    /// In how many of them everybody would lose by any other choice.
    pub strict: BigUint,
    /// The one of least total loss.
    pub best: Option<Priced>,
    /// The one of greatest total loss.
    pub worst: Option<Priced>,
    /// By receiver, in the order of its coordinates; empty when that was not asked.
    pub receivers: Vec<AtReceiver>,
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

/// Counts all pure equilibria, or ε-equilibria, without listing them. `watch` is called now and then and may stop it, as
/// the budget does.
///
/// The time follows what is left after branching over the total: about `C log C` for two influencers with `C` distinct
/// means, and little more for several whose targets are apart by more than the gaps between their means; where all want the same,
/// almost every combination of all influencers but one belongs to an equilibrium. Influencers whose choices all have the same effect (a weight of zero)
/// cost nothing.
///
/// # Errors
/// When the distinct means do not fit in memory, or the combinations are beyond counting.
pub fn count(
    game: &FiniteGame,
    options: &EnumerateOptions<'_>,
    watch: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<Enumeration, EnumerateError> {
    scaled!(game, s => run(game, s, options, None, watch))
}

/// Finds all pure equilibria, or ε-equilibria, and hands each to `found` as soon as it is known, in an order that is
/// always the same; `found`, `watch` or the budget may stop it, and it is then not complete. Cost as [`count`], and what the
/// listing takes.
///
/// # Errors
/// As [`count`].
pub fn enumerate(
    game: &FiniteGame,
    options: &EnumerateOptions<'_>,
    found: &mut dyn FnMut(FoundEquilibrium<'_>) -> ControlFlow<()>,
    watch: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<Enumeration, EnumerateError> {
    scaled!(game, s => run(game, s, options, Some(found), watch))
}

type Visitor<'a> = &'a mut dyn FnMut(FoundEquilibrium<'_>) -> ControlFlow<()>;

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

/// The refusal of a list whose sums memory does not hold.
pub(crate) fn too_many<T>(game: &FiniteGame, scaled: &Scaled<T>, list: usize) -> EnumerateError {
    let influencer = scaled.list_of.iter().position(|&of| of == list);
    let influencer = influencer.unwrap_or(0);
    EnumerateError::TooManyStrategies {
        influencer,
        strategies: game.strategies(influencer),
    }
}

/// The game's lists as the search has them.
fn field<'a, T: Coordinate>(
    scaled: &'a Scaled<T>,
    indices: &'a [Index<T>],
    options: &EnumerateOptions<'a>,
) -> Result<Field<'a, T>, (usize, Stop)> {
    let units = (&options.epsilon / (&scaled.unit * &scaled.unit))
        .floor()
        .to_integer();
    let lists = indices.iter().enumerate();
    let sums: Vec<DistinctSums<'a, T>> = lists
        .map(|(l, index)| {
            DistinctSums::new(index, scaled, &options.budget).map_err(|stop| (l, stop))
        })
        .collect::<Result<_, _>>()?;
    let n = scaled.list_of.len();
    let prices = (0..sums.len()).map(|l| {
        let i = scaled.list_of.iter().position(|&of| of == l).unwrap_or(0);
        // What it would like to play against strangers.
        let queries = (0..64usize).map(|q| {
            let mut query = scaled.goal(i).to_vec();
            for j in (0..n).filter(|&j| j != i) {
                let table = &indices[scaled.list_of[j]].table;
                subtract(
                    &mut query,
                    table.sum((q * 7919 + j * 104_729) % table.len()),
                );
            }
            scaled.approximate(&query)
        });
        sums[l].price(queries)
    });
    Ok(Field {
        scaled,
        prices: prices.collect(),
        allowance: Allowance::new(&units, scaled.shift),
        budget: options.budget,
        sums,
    })
}

/// Work to be done.
enum Task<T> {
    Cell(Cell<T>),
    Part(Part<T>),
}

/// What became of it.
enum Done<T> {
    Cells(Vec<Cell<T>>, f64),
    Parts(Vec<Part<T>>, f64),
    Found(Found, Option<Part<T>>),
    TooMany(EnumerateError),
    /// The budget ended before the boxes were small enough.
    Stopped,
}

fn work<T: Coordinate>(field: &Field<'_, T>, task: Task<T>, scratch: &mut Scratch) -> Done<T> {
    let cell = match task {
        Task::Part(part) => {
            let (found, rest) = part.run(field, scratch);
            return Done::Found(found, rest);
        }
        Task::Cell(cell) => cell,
    };
    let share = cell.share;
    match field.decide(cell) {
        Outcome::Split(cells) => {
            let lost = share - cells.iter().map(|c| c.share).sum::<f64>();
            Done::Cells(cells, lost)
        }
        Outcome::Leaves(leaves) => {
            if let Some(leaf) = leaves.iter().find(|leaf| leaf.combinations.is_none()) {
                if field.budget.spent() {
                    return Done::Stopped;
                }
                let (others, sizes) = leaf.others();
                return Done::TooMany(EnumerateError::TooManyCombinations {
                    others,
                    combinations: sizes.map(BigUint::from).product(),
                });
            }
            let parts: Vec<Part<T>> = leaves.into_iter().flat_map(|leaf| leaf.parts()).collect();
            let lost = share - parts.iter().map(|p| p.share).sum::<f64>();
            Done::Parts(parts, lost)
        }
    }
}

fn run<T: Coordinate>(
    game: &FiniteGame,
    scaled: &Scaled<T>,
    options: &EnumerateOptions<'_>,
    found: Option<Visitor<'_>>,
    watch: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<Enumeration, EnumerateError> {
    let begun = Progress {
        done: 0.0,
        count: &BigUint::zero(),
    };
    let nothing = Enumeration {
        count: BigUint::zero(),
        distinct: Some(BigUint::zero()),
        strict: BigUint::zero(),
        best: None,
        worst: None,
        receivers: Vec::new(),
        complete: false,
    };
    if watch(begun).is_break() {
        return Ok(nothing);
    }
    let budget = options.budget;
    let indices = match indices(scaled, &budget) {
        Ok(indices) => indices,
        Err((_, Stop::Spent)) => return Ok(nothing),
        Err((list, Stop::Large)) => return Err(too_many(game, scaled, list)),
    };
    let field = match field(scaled, &indices, options) {
        Ok(field) => field,
        Err((_, Stop::Spent)) => return Ok(nothing),
        Err((list, Stop::Large)) => return Err(too_many(game, scaled, list)),
    };
    let mut books = Books::new(game, &field, options, found);
    let mut stack = vec![Task::Cell(field.whole())];
    let mut complete = true;
    let mut done = 0.0;
    'work: while !stack.is_empty() {
        let count = books.count();
        let progress = Progress {
            done: f64::min(done, 1.0),
            count: &count,
        };
        if watch(progress).is_break() || budget.spent() {
            complete = false;
            break;
        }
        // The tasks on top, in their order, are done side by side; what comes of them is put back in their place.
        let batch: Vec<Task<T>> = stack.split_off(stack.len().saturating_sub(BATCH));
        let latest = batch.into_iter().rev();
        let results: Vec<Done<T>> =
            parallel::map_with(latest, Scratch::default, |scratch, task| {
                work(&field, task, scratch)
            });
        let mut next: Vec<Task<T>> = Vec::new();
        for result in results {
            match result {
                Done::TooMany(error) => return Err(error),
                Done::Stopped => {
                    complete = false;
                    break 'work;
                }
                Done::Cells(cells, lost) => {
                    done += lost;
                    next.extend(cells.into_iter().map(Task::Cell));
                }
                Done::Parts(parts, lost) => {
                    done += lost;
                    next.extend(parts.into_iter().map(Task::Part));
                }
                Done::Found(found, rest) => {
                    done += found.share;
                    next.extend(rest.map(Task::Part));
                    for row in found.rows.chunks_exact(field.players() + 1) {
                        if books.enter(row).is_break() {
                            complete = false;
                            break 'work;
                        }
                    }
                }
            }
        }
        stack.extend(next.into_iter().rev());
    }
    Ok(books.close(complete))
}

/// Counts what is found, and lists it.
struct Books<'a, 'b, T> {
    field: &'a Field<'a, T>,
    means: Means,
    found: Option<Visitor<'b>>,
    listed: u64,
    count: Tally,
    distinct: Tally,
    strict: u64,
    best: Extreme<T>,
    worst: Extreme<T>,
    groups: Option<Groups<T>>,
}

impl<'a, 'b, T: Coordinate> Books<'a, 'b, T> {
    fn new(
        game: &FiniteGame,
        field: &'a Field<'a, T>,
        options: &EnumerateOptions<'_>,
        found: Option<Visitor<'b>>,
    ) -> Self {
        Self {
            field,
            means: Means::new(game, field.scaled, &options.budget),
            found,
            listed: 0,
            count: Tally::default(),
            distinct: Tally::default(),
            strict: 0,
            best: Extreme::new(field.scaled, false),
            worst: Extreme::new(field.scaled, true),
            groups: options.by_receiver.then(Groups::new),
        }
    }

    fn count(&self) -> BigUint {
        match self.found {
            Some(_) => BigUint::from(self.listed),
            None => self.count.total(),
        }
    }

    /// Enters an equilibrium by its players' sums, and whether each is the only nearest one.
    fn enter(&mut self, row: &[u32]) -> ControlFlow<()> {
        let n = self.field.players();
        let (entries, only) = (&row[..n], row[n] == 1);
        let field = self.field;
        let counts = entries.iter().enumerate();
        let counts = counts.map(|(i, &e)| field.sums(i).index.table.count(e as usize));
        let strict = only && counts.clone().all(|count| count == 1);
        let mut total = vec![T::zero(); field.scaled.d];
        for (i, &e) in entries.iter().enumerate() {
            add(&mut total, field.sum(i, e));
        }
        self.strict += u64::from(strict);
        self.count.add(counts.clone());
        if let Some(factors) = self.means.factors(field.scaled, entries) {
            self.distinct.add(factors.into_iter());
        }
        self.best.offer(field.scaled, entries, &total);
        self.worst.offer(field.scaled, entries, &total);
        if let Some(groups) = &mut self.groups {
            groups.add(&total, counts);
        }
        if self.found.is_none() {
            return ControlFlow::Continue(());
        }
        let regret = if field.allowance.is_none() {
            Rational::zero()
        } else {
            self.regret(entries, &total)
        };
        self.expand(entries, strict, &regret, &mut Vec::with_capacity(n))
    }

    /// The most that anybody gains.
    fn regret(&self, entries: &[u32], total: &[T]) -> Rational {
        let scaled = self.field.scaled;
        let mut scratch = Scratch::default();
        let mut nearest = Vec::new();
        let gains = entries.iter().enumerate().map(|(i, &e)| {
            let (sums, own) = (self.field.sums(i), self.field.sum(i, e));
            let mut query = scaled.goal(i).to_vec();
            subtract(&mut query, total);
            add(&mut query, own);
            sums.index.nearest(&query, &mut scratch, &mut nearest);
            let best = distance(sums.index.table.sum(nearest[0] as usize), &query);
            scaled.loss_of(&distance(own, &query)) - scaled.loss_of(&best)
        });
        gains.max().unwrap_or_else(Rational::zero)
    }

    /// Hands out the choices behind the sums of influencers `profile.len()..`.
    fn expand(
        &mut self,
        entries: &[u32],
        strict: bool,
        regret: &Rational,
        profile: &mut Vec<Choice>,
    ) -> ControlFlow<()> {
        let i = profile.len();
        if i == entries.len() {
            self.listed += 1;
            return match &mut self.found {
                None => ControlFlow::Continue(()),
                Some(found) => found(FoundEquilibrium {
                    choices: profile,
                    strict,
                    regret: regret.clone(),
                }),
            };
        }
        let field = self.field;
        let list = field.scaled.list(i);
        let table = &field.sums(i).index.table;
        table.members(list, entries[i] as usize, &field.budget, &mut |choice| {
            profile.push(choice.to_vec());
            let flow = self.expand(entries, strict, regret, profile);
            profile.pop();
            flow
        })
    }

    fn priced(&self, extreme: &Extreme<T>) -> Option<Priced> {
        let scaled = self.field.scaled;
        let (entries, total, cost) = extreme.found.as_ref()?;
        Some(Priced {
            profile: first_members(self.field, entries),
            receiver: scaled.receiver(total),
            cost: Rational::from(cost.clone()) * &scaled.unit * &scaled.unit,
        })
    }

    fn close(self, complete: bool) -> Enumeration {
        let distinct = self.distinct.total();
        // Of a profile whose listing was stopped only a part is counted.
        let count = self.count();
        Enumeration {
            strict: BigUint::from(self.strict).min(count.clone()),
            distinct: (!self.means.is_unknown()).then(|| distinct.min(count.clone())),
            count,
            best: self.priced(&self.best),
            worst: self.priced(&self.worst),
            complete,
            receivers: self
                .groups
                .map_or_else(Vec::new, |g| g.list(self.field.scaled)),
        }
    }
}

/// The first choice behind each sum.
fn first_members<T: Coordinate>(field: &Field<'_, T>, entries: &[u32]) -> Vec<Choice> {
    let choices = entries.iter().enumerate().map(|(i, &entry)| {
        let table = &field.sums(i).index.table;
        first_member(table, field.scaled.list(i), entry as usize)
    });
    choices.collect()
}

/// The first choice that makes a sum.
pub(crate) fn first_member<T: Coordinate>(
    table: &Table<T>,
    list: &List<T>,
    entry: usize,
) -> Choice {
    let mut first = Choice::new();
    // The first member is enough.
    let _ = table.members(list, entry, &Budget::unlimited(), &mut |choice| {
        first = choice.to_vec();
        ControlFlow::Break(())
    });
    first
}
