//! How many distinct means make one and the same sum: more than one where a weight is singular.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::Zero;

use crate::FiniteGame;
use crate::budget::Budget;
use crate::lattice::{Coordinate, List, Scaled};
use crate::table::Table;
use big_game::spec::{Rational, WeightSpec};

/// Per list, how many means each entry stands for.
enum Kind {
    /// One: the weight loses nothing.
    One,
    /// These.
    Each(Vec<u128>),
    /// Too many to list.
    Unknown,
}

/// The distinct means behind the distinct sums of every list.
pub(super) struct Means {
    lists: Vec<Kind>,
}

impl Means {
    pub(super) fn new<T: Coordinate>(
        game: &FiniteGame,
        scaled: &Scaled<T>,
        budget: &Budget<'_>,
    ) -> Self {
        let lists = (0..scaled.lists.len()).map(|l| {
            let Some(i) = scaled.list_of.iter().position(|&of| of == l) else {
                return Kind::One;
            };
            match game.weight(i) {
                WeightSpec::Scalar(w) if !w.is_zero() => Kind::One,
                WeightSpec::Matrix(rows) if rank(rows.clone()) == rows[0].len() => Kind::One,
                _ => counted(game, i, scaled, budget).map_or(Kind::Unknown, Kind::Each),
            }
        });
        Self {
            lists: lists.collect(),
        }
    }

    /// Is the number of means of some list not known?
    pub(super) fn is_unknown(&self) -> bool {
        self.lists.iter().any(|kind| matches!(kind, Kind::Unknown))
    }

    /// How many means each player's entry stands for, where all are known.
    pub(super) fn factors<T: Coordinate>(
        &self,
        scaled: &Scaled<T>,
        entries: &[u32],
    ) -> Option<Vec<u128>> {
        let players = entries.iter().zip(&scaled.list_of);
        players
            .map(|(&entry, &l)| match &self.lists[l] {
                Kind::One => Some(1),
                Kind::Each(counts) => Some(counts[entry as usize]),
                Kind::Unknown => None,
            })
            .collect()
    }
}

/// For each distinct sum of influencer `i`, the distinct means that make it: sums and means side by side are the sums
/// of items in `d + m` dimensions, whose order begins with the order of the sums.
fn counted<T: Coordinate>(
    game: &FiniteGame,
    i: usize,
    scaled: &Scaled<T>,
    budget: &Budget<'_>,
) -> Option<Vec<u128>> {
    let (d, list, items) = (scaled.d, scaled.list(i), game.items(i));
    let m = items[0].len();
    let common = items
        .iter()
        .flatten()
        .fold(BigInt::from(1), |l, q| l.lcm(q.denom()));
    let mut rows: Vec<BigInt> = Vec::with_capacity(items.len() * (d + m));
    for (a, item) in items.iter().enumerate() {
        rows.extend(list.item(a, d).iter().map(T::to_big));
        rows.extend(item.iter().map(|q| q.numer() * (&common / q.denom())));
    }
    let both = List::new(rows, d + m, list.choose, list.repeats);
    let table = Table::new(&both, d + m, budget).ok()?;
    let mut counts: Vec<u128> = Vec::new();
    for entry in 0..table.len() {
        let sum = &table.sum(entry)[..d];
        if entry > 0 && sum == &table.sum(entry - 1)[..d] {
            if let Some(last) = counts.last_mut() {
                *last += 1;
            }
        } else {
            counts.push(1);
        }
    }
    Some(counts)
}

/// The rank of a matrix.
pub(crate) fn rank(mut rows: Vec<Vec<Rational>>) -> usize {
    let mut rank = 0;
    for k in 0..rows.first().map_or(0, Vec::len) {
        let Some(pivot) = (rank..rows.len()).find(|&r| !rows[r][k].is_zero()) else {
            continue;
        };
        rows.swap(rank, pivot);
        let (head, tail) = rows.split_at_mut(rank + 1);
        let row = &head[rank];
        for other in tail {
            let share = &other[k] / &row[k];
            for x in k..row.len() {
                let step = &share * &row[x];
                other[x] -= step;
            }
        }
        rank += 1;
    }
    rank
}
