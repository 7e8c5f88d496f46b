//! Everybody's labels and estimates, as they are and as they might be.

use big_numeric::Cholesky;
use big_numeric::parallel;

use crate::data::{Block, DataError, OwnedBlock, Parts, Source};
use crate::fit::FitError;
use crate::hierarchy::Hierarchy;
use crate::kernel::{self, Scratch};
use crate::likelihood::{Model, Objective, Parameters, Prior};
use crate::newton::{self, Settings};
use crate::random::Stream;
use crate::separation::Existence;

use super::Rule;
use super::outcome::Scores;

/// One annotator's rows.
#[derive(Clone, Debug)]
pub(super) struct OwnRows {
    dim: usize,
    blocks: Vec<OwnedBlock>,
}

impl OwnRows {
    fn of(part: &dyn Source) -> Result<Self, FitError> {
        let mut blocks = Vec::new();
        part.visit(&mut |batch| blocks.extend(batch.iter().map(OwnedBlock::copy)))?;
        let dim = part.dim();
        Ok(Self { dim, blocks })
    }

    /// The same pairs with other labels: `keep` says of each row's margin under `q` whether the label stays.
    fn relabelled(&self, q: &[f64], mut keep: impl FnMut(usize, &[f64]) -> Vec<bool>) -> Self {
        let mut out = self.clone();
        for (number, block) in out.blocks.iter_mut().enumerate() {
            let mut scratch = Scratch::default();
            let margins = kernel::block_margins(&block.block(), q, &mut scratch);
            let stays = keep(number, margins);
            for column in block.values.chunks_exact_mut(block.rows.max(1)) {
                for (value, stays) in column.iter_mut().zip(&stays) {
                    if !stays {
                        *value = -*value;
                    }
                }
            }
        }
        out
    }

    /// The labels that somebody gives who has no doubt that the position behind `q` is best.
    pub(super) fn told(&self, q: &[f64]) -> Self {
        self.relabelled(q, |_, margins| margins.iter().map(|m| *m >= 0.0).collect())
    }

    /// Labels drawn by their probabilities.
    pub(super) fn drawn(&self, q: &[f64], seed: u64, stream: u64) -> Self {
        let mut random = Stream::new(seed, stream);
        self.relabelled(q, |_, margins| {
            let mut noise = vec![0.0; margins.len()];
            random.logistic(&mut noise);
            margins
                .iter()
                .zip(noise)
                .map(|(m, e)| m + e >= 0.0)
                .collect()
        })
    }

    pub(super) fn count(&self) -> usize {
        self.blocks.iter().map(|block| block.rows).sum()
    }

    fn blocks(&self) -> impl Iterator<Item = Block<'_>> {
        self.blocks.iter().map(OwnedBlock::block)
    }
}

impl Source for OwnRows {
    fn dim(&self) -> usize {
        self.dim
    }

    fn visit(&self, batch: &mut dyn FnMut(&[Block<'_>])) -> Result<(), DataError> {
        batch(&self.blocks().collect::<Vec<_>>());
        Ok(())
    }

    fn in_memory(&self) -> bool {
        true
    }
}

/// An annotator's estimate.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Vote {
    pub(super) point: Vec<f64>,
    /// The posterior's standard deviations.
    pub(super) spread: Vec<f64>,
}

/// The precisions of a prior of which no label knows: a deviation moves a typical margin by [`DOUBTFUL`], whatever the units.
fn precisions(people: &[OwnRows], model: Model, dim: usize) -> Vec<f64> {
    let (mut squares, mut rows) = (vec![0.0; dim], 0);
    for block in people.iter().flat_map(|rows| &rows.blocks) {
        rows += block.rows;
        for (square, column) in squares
            .iter_mut()
            .zip(block.values.chunks(block.rows.max(1)))
        {
            *square += column.iter().map(|v| v * v).sum::<f64>();
        }
    }
    let move_of = |square: f64| 2.0 * model.gain * (square / rows.max(1) as f64).sqrt();
    squares
        .into_iter()
        .map(|square| (move_of(square) / DOUBTFUL).powi(2))
        .collect()
}

/// A margin beyond which a label is hardly ever the other one (one in 55).
const DOUBTFUL: f64 = 4.0;

/// What everybody was asked and said.
pub(super) struct Electorate {
    pub(super) dim: usize,
    /// The model of the pooled estimate.
    pub(super) pooled: Model,
    /// The model of annotators' own estimates.
    pub(super) own: Model,
    pub(super) ridge: f64,
    /// The population that honest annotators are drawn from.
    pub(super) center: Vec<f64>,
    pub(super) deviation: Vec<f64>,
    /// What annotators' estimates are made with.
    prior: Prior,
    /// The response that nobody's labels speak for.
    pub(super) reference: Vec<f64>,
    /// A confidence set's radius in standard deviations.
    pub(super) radius: f64,
    pub(super) people: Vec<OwnRows>,
    pub(super) votes: Vec<Vote>,
    shares: Vec<f64>,
    pub(super) estimate: Vec<f64>,
    /// Scores at the median of the votes.
    pub(super) scores: Scores,
}

impl Electorate {
    pub(super) fn new(
        parts: &Parts,
        [pooled, own]: [Model; 2],
        population: &Hierarchy,
        reference: Vec<f64>,
        estimate: Vec<f64>,
        ridge: f64,
    ) -> Result<Self, FitError> {
        let people = parts.each(&|_, part| OwnRows::of(part))?;
        let total: f64 = (0..parts.len()).map(|i| parts.weight(i)).sum();
        let mut made = Self {
            dim: parts.dim(),
            pooled,
            own,
            ridge,
            center: population.center.clone(),
            deviation: population.deviation.clone(),
            prior: Prior {
                precision: precisions(&people, own, parts.dim()),
                mean: reference.clone(),
            },
            reference,
            radius: crate::statistics::chi_squared_quantile(0.95, parts.dim()).sqrt(),
            people,
            votes: Vec::new(),
            shares: (0..parts.len()).map(|i| parts.weight(i) / total).collect(),
            estimate,
            scores: Scores::default(),
        };
        made.votes = made.all_votes(&made.people)?;
        made.scores = Scores::at(&made, &World::honest(&made).median())?;
        Ok(made)
    }

    pub(super) fn len(&self) -> usize {
        self.people.len()
    }

    pub(super) fn share(&self, i: usize) -> f64 {
        self.shares[i]
    }

    /// Numbers that an outcome under a lie looks at, about.
    pub(super) fn cost(&self, rule: Rule) -> f64 {
        let rows: usize = self.people.iter().map(OwnRows::count).sum();
        let row = ((self.dim + 1) * (self.dim + 12)) as f64;
        match rule {
            Rule::PooledMle => 6.0 * rows as f64 * row,
            Rule::BoundedInfluence => 2.0 * rows as f64 * row,
            _ => 8.0 * (rows as f64 / self.len() as f64) * row + (self.len() * self.dim * 8) as f64,
        }
    }

    /// One annotator's estimate.
    pub(super) fn vote(&self, rows: &OwnRows) -> Result<Vote, FitError> {
        let objective = Objective {
            source: rows,
            parameters: Parameters::Position(self.own),
            prior: Some(self.prior.clone()),
        };
        let found = newton::minimise(&objective, &self.prior.mean, &Settings::default())?;
        let d = self.dim;
        let Some(inverse) = found.factor.as_ref().map(Cholesky::inverse) else {
            return Err(FitError::NoMaximum(Existence::Unknown));
        };
        Ok(Vote {
            point: found.y,
            spread: (0..d).map(|k| inverse[k * d + k].sqrt()).collect(),
        })
    }

    /// Everybody's.
    pub(super) fn all_votes(&self, people: &[OwnRows]) -> Result<Vec<Vote>, FitError> {
        parallel::map(people, |rows| self.vote(rows))
            .into_iter()
            .collect()
    }

    /// The same questions, answered otherwise.
    pub(super) fn answered(&self, people: Vec<OwnRows>) -> Result<Self, FitError> {
        let mut made = Self {
            pooled: self.pooled,
            own: self.own,
            dim: self.dim,
            ridge: self.ridge,
            center: self.center.clone(),
            deviation: self.deviation.clone(),
            prior: self.prior.clone(),
            reference: self.reference.clone(),
            radius: self.radius,
            votes: self.all_votes(&people)?,
            people,
            shares: self.shares.clone(),
            estimate: self.center.clone(),
            scores: Scores::default(),
        };
        made.scores = Scores::at(&made, &World::honest(&made).median())?;
        Ok(made)
    }
}

/// Who says what: everybody what they said, but for one.
#[derive(Clone, Copy)]
pub(super) struct World<'e> {
    pub(super) electorate: &'e Electorate,
    /// Who, and what it says instead; `None`: it is not there.
    pub(super) one: Option<(usize, Option<&'e (OwnRows, Vote)>)>,
}

impl<'e> World<'e> {
    pub(super) fn honest(electorate: &'e Electorate) -> Self {
        let one = None;
        Self { electorate, one }
    }

    pub(super) fn without(electorate: &'e Electorate, i: usize) -> Self {
        let one = Some((i, None));
        Self { electorate, one }
    }

    pub(super) fn with_lie(electorate: &'e Electorate, i: usize, lie: &'e (OwnRows, Vote)) -> Self {
        let one = Some((i, Some(lie)));
        Self { electorate, one }
    }

    fn instead<T>(
        &self,
        i: usize,
        usual: &'e T,
        of: fn(&'e (OwnRows, Vote)) -> &'e T,
    ) -> Option<&'e T> {
        match self.one {
            Some((who, said)) if who == i => said.map(of),
            _ => Some(usual),
        }
    }

    /// The rows of everybody who is there.
    pub(super) fn rows(&self) -> Vec<&'e OwnRows> {
        let everybody = self.electorate.people.iter().enumerate();
        everybody
            .filter_map(|(i, rows)| self.instead(i, rows, |lie| &lie.0))
            .collect()
    }

    /// The votes of everybody who is there.
    pub(super) fn votes(&self) -> Vec<&'e Vote> {
        let everybody = self.electorate.votes.iter().enumerate();
        everybody
            .filter_map(|(i, vote)| self.instead(i, vote, |lie| &lie.1))
            .collect()
    }
}

/// Everybody's rows as one table.
pub(super) struct Together<'a>(pub(super) usize, pub(super) Vec<&'a OwnRows>);

impl Source for Together<'_> {
    fn dim(&self) -> usize {
        self.0
    }

    fn visit(&self, batch: &mut dyn FnMut(&[Block<'_>])) -> Result<(), DataError> {
        let blocks: Vec<Block<'_>> = self.1.iter().flat_map(|rows| rows.blocks()).collect();
        batch(&blocks);
        Ok(())
    }

    fn in_memory(&self) -> bool {
        true
    }
}
