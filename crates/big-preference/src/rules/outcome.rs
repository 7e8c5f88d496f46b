//! What each rule makes of labels.

use big_numeric::parallel;
use big_numeric::{Cholesky, norm};

use crate::annotators::score_and_information;
use crate::fit::{FitError, maximum};
use crate::likelihood::{Objective, Parameters, Prior};
use crate::separation::Existence;

use super::Rule;
use super::people::{Electorate, Together, Vote, World};

/// Everybody's scores at a point, and the pooled Hessian there.
#[derive(Clone, Debug, Default)]
pub(super) struct Scores {
    at: Vec<f64>,
    each: Vec<Vec<f64>>,
    factor: Option<Cholesky>,
}

impl Scores {
    /// Of everybody in an electorate.
    pub(super) fn at(electorate: &Electorate, at: &[f64]) -> Result<Self, FitError> {
        let honest = World::honest(electorate);
        Self::of(&honest, at)
    }

    fn of(world: &World<'_>, at: &[f64]) -> Result<Self, FitError> {
        let electorate = world.electorate;
        let d = at.len();
        let rows = world.rows();
        // A block at a time, so that few matrices are held.
        let mut each = Vec::with_capacity(rows.len());
        let mut total = vec![0.0; d * d];
        for some in rows.chunks(64) {
            let found = parallel::map(some, |rows| {
                score_and_information(*rows, electorate.own, at)
            });
            for found in found {
                let (score, information) = found?;
                total
                    .iter_mut()
                    .zip(&information)
                    .for_each(|(t, h)| *t += h);
                each.push(score);
            }
        }
        for k in 0..d {
            total[k * d + k] += electorate.ridge;
        }
        Ok(Self {
            at: at.to_vec(),
            each,
            factor: Cholesky::new(&total, d),
        })
    }
}

impl World<'_> {
    /// The outcome of a rule.
    pub(super) fn outcome(&self, rule: Rule) -> Result<Vec<f64>, FitError> {
        Ok(match rule {
            Rule::PooledMle => self.pooled()?,
            Rule::MedianOfEstimates => self.median(),
            Rule::PessimisticMedian => self.pessimistic(),
            Rule::BoundedInfluence => self.bounded()?,
        })
    }

    fn pooled(&self) -> Result<Vec<f64>, FitError> {
        let electorate = self.electorate;
        let objective = Objective {
            source: &Together(electorate.dim, self.rows()),
            parameters: Parameters::Position(electorate.pooled),
            prior: Prior::ridge(electorate.ridge, electorate.dim),
        };
        Ok(maximum(&objective, Some(&electorate.estimate))?.y)
    }

    /// The lower median of votes, coordinate by coordinate.
    pub(super) fn median(&self) -> Vec<f64> {
        medians(self.electorate.dim, &self.votes(), &|vote, k| vote.point[k])
    }

    /// The box that encloses every median of points in the confidence sets.
    fn enclosure(&self) -> (Vec<f64>, Vec<f64>) {
        let (votes, radius) = (self.votes(), self.electorate.radius);
        let end = |sign: f64| {
            medians(self.electorate.dim, &votes, &|vote, k| {
                vote.point[k] + sign * radius * vote.spread[k]
            })
        };
        (end(-1.0), end(1.0))
    }

    fn pessimistic(&self) -> Vec<f64> {
        let (lower, upper) = self.enclosure();
        let ends = lower.iter().zip(&upper);
        let reference = self.electorate.reference.iter();
        // The lower median of upper ends is not below that of lower ends, since no upper end is below its lower one.
        reference
            .zip(ends)
            .map(|(r, (l, u))| r.max(*l).min(*u))
            .collect()
    }

    fn bounded(&self) -> Result<Vec<f64>, FitError> {
        let electorate = self.electorate;
        let known = &electorate.scores;
        let median = self.median();
        // A lie that leaves the median changes one score, and no Hessian: that of a label does not depend on which it is.
        let scores = match self.one {
            None if known.at == median => known.clone(),
            Some((i, Some((rows, _)))) if known.at == median => {
                let mut changed = known.clone();
                changed.each[i] = score_and_information(rows, electorate.own, &median)?.0;
                changed
            }
            _ => Scores::of(self, &median)?,
        };
        let Some(factor) = &scores.factor else {
            return Err(FitError::NoMaximum(Existence::Unknown));
        };
        let lengths: Vec<f64> = scores
            .each
            .iter()
            .map(|score| {
                let mut part = score.clone();
                factor.solve_lower(&mut part);
                norm(&part)
            })
            .collect();
        let cap = lower_median(&mut lengths.clone());
        // The ridge is nobody's, and not capped.
        let mut step: Vec<f64> = median.iter().map(|m| -electorate.ridge * m).collect();
        for (score, length) in scores.each.iter().zip(&lengths) {
            let share = if *length > cap { cap / length } else { 1.0 };
            step.iter_mut()
                .zip(score)
                .for_each(|(s, g)| *s += share * g);
        }
        factor.solve(&mut step);
        Ok(median.iter().zip(&step).map(|(m, s)| m + s).collect())
    }
}

/// The lower medians of something that votes have in each coordinate.
fn medians(dim: usize, votes: &[&Vote], of: &dyn Fn(&Vote, usize) -> f64) -> Vec<f64> {
    (0..dim)
        .map(|k| lower_median(&mut votes.iter().map(|vote| of(vote, k)).collect::<Vec<_>>()))
        .collect()
}

/// The lower median; NaN of nothing.
fn lower_median(values: &mut [f64]) -> f64 {
    if values.is_empty() {
        return f64::NAN;
    }
    let middle = (values.len() - 1) / 2;
    *values.select_nth_unstable_by(middle, f64::total_cmp).1
}
