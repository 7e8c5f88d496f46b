//! What all equilibria come to: how many, the best and the worst, and who shares a receiver.

use std::collections::BTreeMap;

use num_bigint::{BigInt, BigUint};
use num_traits::Zero;

use crate::choice::Choice;
use crate::lattice::{Coordinate, Scaled, distance};
use big_game::spec::Rational;

/// A sum of products of counts that is almost always small.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    small: u128,
    large: BigUint,
}

impl Tally {
    pub(super) fn add(&mut self, factors: impl Iterator<Item = u128> + Clone) {
        let product = factors.clone().try_fold(1u128, u128::checked_mul);
        match product.and_then(|p| self.small.checked_add(p)) {
            Some(sum) => self.small = sum,
            None => self.large += factors.map(BigUint::from).product::<BigUint>(),
        }
    }

    pub(super) fn total(&self) -> BigUint {
        &self.large + self.small
    }
}

/// A profile and what it costs everybody together.
#[derive(Clone, Debug, PartialEq)]
pub struct Priced {
    /// The choices.
    pub profile: Vec<Choice>,
    /// Where the receiver lands.
    pub receiver: Vec<Rational>,
    /// The sum of all losses there.
    pub cost: Rational,
}

/// The equilibria that share a receiver.
#[derive(Clone, Debug, PartialEq)]
pub struct AtReceiver {
    /// Where it lands.
    pub receiver: Vec<Rational>,
    /// How many equilibria there are with it.
    pub count: BigUint,
    /// The sum of all losses there.
    pub cost: Rational,
}

/// The sum of all squared distances of a total from the goals, in lattice units.
pub(crate) fn total_cost<T: Coordinate>(scaled: &Scaled<T>, total: &[T]) -> BigInt {
    let goals = scaled.goals.chunks_exact(scaled.d);
    goals
        .map(|goal| T::square_to_big(&distance(total, goal)))
        .sum()
}

/// The least or the greatest cost so far.
pub(super) struct Extreme<T> {
    greatest: bool,
    /// The mean goal in doubles: costs grow with the distance from it.
    centre: Vec<f64>,
    /// The entries, the total, its cost, and its squared distance from the centre in doubles.
    pub(super) found: Option<(Vec<u32>, Vec<T>, BigInt)>,
    far: f64,
}

impl<T: Coordinate> Extreme<T> {
    pub(super) fn new(scaled: &Scaled<T>, greatest: bool) -> Self {
        let n = scaled.list_of.len() as f64;
        let mut centre = vec![0.0; scaled.d];
        for goal in scaled.goals.chunks_exact(scaled.d) {
            for (c, g) in centre.iter_mut().zip(scaled.approximate(goal)) {
                *c += g / n;
            }
        }
        Self {
            greatest,
            centre,
            found: None,
            far: 0.0,
        }
    }

    /// Takes the total where it is beyond; of equals the first stays. Doubles decide where they can.
    pub(super) fn offer(&mut self, scaled: &Scaled<T>, entries: &[u32], total: &[T]) {
        let mut far = 0.0;
        for (c, s) in self.centre.iter().zip(total) {
            far += (s.approx(scaled.shift) - c).powi(2);
        }
        if let Some((_, best, cost)) = &self.found {
            // The computed squares are off by less than 2⁻⁴⁰ of the reach's square.
            let doubt = scaled.reach * scaled.reach * scaled.d as f64 * 0.5f64.powi(40);
            let surely_not = if self.greatest {
                far < self.far - doubt
            } else {
                far > self.far + doubt
            };
            if surely_not || best == total {
                return;
            }
            let new = total_cost(scaled, total);
            let beyond = if self.greatest {
                new > *cost
            } else {
                new < *cost
            };
            if beyond {
                self.found = Some((entries.to_vec(), total.to_vec(), new));
                self.far = far;
            }
            return;
        }
        self.found = Some((entries.to_vec(), total.to_vec(), total_cost(scaled, total)));
        self.far = far;
    }
}

/// The equilibria by their totals.
#[derive(Default)]
pub(super) struct Groups<T> {
    counts: BTreeMap<Vec<T>, Tally>,
}

impl<T: Coordinate> Groups<T> {
    pub(super) fn new() -> Self {
        Self {
            counts: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, total: &[T], factors: impl Iterator<Item = u128> + Clone) {
        if let Some(tally) = self.counts.get_mut(total) {
            tally.add(factors);
            return;
        }
        let mut tally = Tally::default();
        tally.add(factors);
        self.counts.insert(total.to_vec(), tally);
    }

    /// In the order of the receivers' coordinates.
    pub(super) fn list(self, scaled: &Scaled<T>) -> Vec<AtReceiver> {
        let unit = &scaled.unit * &scaled.unit;
        let mut all: Vec<AtReceiver> = self
            .counts
            .into_iter()
            .filter(|(_, tally)| !tally.total().is_zero())
            .map(|(total, tally)| AtReceiver {
                receiver: scaled.receiver(&total),
                count: tally.total(),
                cost: Rational::from(total_cost(scaled, &total)) * &unit,
            })
            .collect();
        all.sort_by(|a, b| a.receiver.cmp(&b.receiver));
        all
    }
}
