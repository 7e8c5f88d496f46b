//! What rules make of honest labels: how near they come to the centre of the population.

use big_numeric::distance;

use crate::fit::FitError;
use crate::random::Stream;

use super::people::{Electorate, OwnRows, World};
use super::{Rule, WORK};

/// As many tables as do not take long.
pub(super) fn usual_replicates(electorate: &Electorate) -> usize {
    // Everybody's estimate, and the pooled one.
    let each = 3.0 * electorate.cost(Rule::PooledMle);
    (WORK / each).clamp(0.0, 100.0) as usize
}

/// The pooled estimate's mean squared distance to the population's centre over each rule's, on tables of honest annotators from
/// that population who were shown the same pairs.
pub(super) fn efficiencies(
    electorate: &Electorate,
    rules: &[Rule],
    replicates: usize,
    seed: u64,
) -> Result<Vec<Option<f64>>, FitError> {
    let mut squares = vec![0.0; rules.len()];
    let (mut pooled, mut drawn) = (0.0, 0);
    for replicate in 0..replicates {
        let table = draw(electorate, seed, replicate)?;
        let world = World::honest(&table);
        // A table without a pooled estimate compares nothing.
        let estimate = match world.outcome(Rule::PooledMle) {
            Ok(estimate) => estimate,
            Err(FitError::NoMaximum(_) | FitError::NotConverged { .. }) => continue,
            Err(other) => return Err(other),
        };
        let off = |outcome: &[f64]| distance(outcome, &electorate.center).powi(2);
        pooled += off(&estimate);
        for (square, rule) in squares.iter_mut().zip(rules) {
            *square += match rule {
                Rule::PooledMle => off(&estimate),
                rule => off(&world.outcome(*rule)?),
            };
        }
        drawn += 1;
    }
    let ratio = |square: f64| (drawn > 0 && square > 0.0).then(|| pooled / square);
    Ok(squares.into_iter().map(ratio).collect())
}

/// A table that honest annotators would have made.
fn draw(electorate: &Electorate, seed: u64, replicate: usize) -> Result<Electorate, FitError> {
    let n = electorate.len();
    let people: Vec<OwnRows> = (0..n)
        .map(|i| {
            let stream = (replicate * n + i) as u64;
            let mut position = vec![0.0; electorate.dim];
            let mut unused = position.clone();
            Stream::new(seed ^ POSITIONS, stream).normal(0.0, 1.0, &mut position, &mut unused);
            for (k, p) in position.iter_mut().enumerate() {
                *p = electorate.center[k] + electorate.deviation[k] * *p;
            }
            electorate.people[i].drawn(&electorate.own.coefficients(&position), seed, stream)
        })
        .collect();
    electorate.answered(people)
}

/// Keeps the numbers that positions are drawn from apart from those of labels.
const POSITIONS: u64 = 0x706f_7369_7469_6f6e;
