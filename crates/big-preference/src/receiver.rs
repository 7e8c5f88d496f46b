//! Receivers: what turns everybody's actions into a position of the model.
//!
//! [`Mle`] is the real one of simulated data (label again, fit again), [`Relabelled`] that of real pairs, [`AffineReceiver`] its linearisation, which can be
//! read off the data before anyone plays, and [`Command`] any program.

use std::sync::OnceLock;

use big_game::action_space::{ActionSpace, ConvexSet};
use big_game::spec::{GameSpec, InfluencerSpec, Loss, SpaceSpec, WeightSpec};
use big_numeric::parallel;
use big_numeric::{Cholesky, matrix};
use chacha20::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use thiserror::Error;

use crate::annotators::score_and_information;
use crate::command::{Command, CommandError};
use crate::data::{Parts, Pool, Rewritten};
use crate::fit::{FitError, position};
use crate::likelihood::Model;
use crate::simulate::{Labelled, Turned};

/// Everybody's actions in, the receiver's position out.
pub trait Receiver {
    /// The dimension `d` of the position.
    fn dim(&self) -> usize;

    /// The number of influencers.
    fn influencers(&self) -> usize;

    /// The position for one action an influencer.
    ///
    /// # Errors
    /// When there is no position, or the machinery behind it fails.
    fn respond(&mut self, actions: &[Vec<f64>]) -> Result<Vec<f64>, ReceiverError>;
}

/// Why a receiver has no answer.
#[derive(Debug, Error)]
pub enum ReceiverError {
    /// The estimate does not exist for these actions.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// An external program failed.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// A function of the caller's failed.
    #[error("{0}")]
    Call(String),
    /// Not one action of the right length an influencer.
    #[error("{0}")]
    Shape(String),
}

fn check_shape(actions: &[Vec<f64>], influencers: usize, dim: usize) -> Result<(), ReceiverError> {
    if actions.len() != influencers {
        return Err(ReceiverError::Shape(format!(
            "{} actions for {influencers} influencers",
            actions.len()
        )));
    }
    match actions.iter().position(|x| x.len() != dim) {
        None => Ok(()),
        Some(i) => Err(ReceiverError::Shape(format!(
            "the action of influencer {} has {} coordinates, not {dim}",
            i + 1,
            actions[i].len()
        ))),
    }
}

/// The most numbers that weights may have: 4 GiB.
const LARGEST: usize = 1 << 29;

/// The affine receiver `r(x) = b + Σ_i W_i x_i` that comparisons imply.
///
/// Linearise the score equations `Σ_i s_i(θ) = 0` at a point: `s_i(θ) ≈ H_i (x_i − θ)` where `H_i` is the information of
/// influencer `i`'s own pairs, so that `θ̂ ≈ Σ_i W_i x_i` with `W_i = (Σ_j H_j)⁻¹ H_i`: matrix weights that sum to the identity.
#[derive(Clone, Debug, PartialEq)]
pub struct AffineReceiver {
    dim: usize,
    weights: Vec<Vec<f64>>,
    bias: Vec<f64>,
}

impl AffineReceiver {
    /// The weights at the position `at`, with no bias, of an estimate with a penalty `ridge/2 ‖position‖²` (at least 0; what the weights
    /// lack to the identity is its). O(N·d²) and a solve an influencer; parallel.
    ///
    /// # Errors
    /// When the pooled comparisons carry no information in some direction, or there is nobody.
    pub fn implied(parts: &Parts, model: Model, at: &[f64], ridge: f64) -> Result<Self, FitError> {
        let d = at.len();
        if parts.is_empty() {
            return Err(FitError::Empty);
        }
        if parts.dim() != d {
            return Err(FitError::BadOption(format!(
                "a position of {d} coordinates for embeddings of {}",
                parts.dim()
            )));
        }
        if parts.len().saturating_mul(d * d) > LARGEST {
            return Err(FitError::BadOption(format!(
                "the weights of {} annotators in {d} coordinates are too many numbers to hold: an audit has their shares",
                parts.len()
            )));
        }
        let own: Vec<Vec<f64>> =
            parts.each(&|_, part| score_and_information(part, model, at).map(|(_, h)| h))?;
        let mut total = vec![0.0; d * d];
        for h in &own {
            for (total, h) in total.iter_mut().zip(h) {
                *total += h;
            }
        }
        for k in 0..d {
            total[k * d + k] += ridge;
        }
        let Some(factor) = Cholesky::new(&total, d) else {
            return Err(FitError::NoMaximum(crate::separation::existence(
                parts, false,
            )?));
        };
        Ok(Self {
            dim: d,
            weights: parallel::map(&own, |h| factor.solve_matrix(h)),
            bias: vec![0.0; d],
        })
    }

    /// The same with the influencers in another order: a list of their numbers.
    #[must_use]
    pub(crate) fn ordered(mut self, order: &[usize]) -> Self {
        self.weights = order
            .iter()
            .map(|&i| std::mem::take(&mut self.weights[i]))
            .collect();
        self
    }

    /// The same weights with the bias that makes `position` the answer to `actions`.
    #[must_use]
    pub fn through(mut self, actions: &[Vec<f64>], position: &[f64]) -> Self {
        self.bias = vec![0.0; self.dim];
        let now = self.position(actions);
        self.bias = position.iter().zip(&now).map(|(p, n)| p - n).collect();
        self
    }

    /// `W_i`, `d × d` by rows.
    pub fn weight(&self, i: usize) -> &[f64] {
        &self.weights[i]
    }

    /// The mean of `W_i`'s diagonal: the share of the estimate that is influencer `i`'s. The shares sum to 1.
    pub fn share(&self, i: usize) -> f64 {
        let d = self.dim;
        (0..d).map(|k| self.weights[i][k * d + k]).sum::<f64>() / d as f64
    }

    /// `b`.
    pub fn bias(&self) -> &[f64] {
        &self.bias
    }

    /// `b + Σ_i W_i x_i`.
    pub fn position(&self, actions: &[Vec<f64>]) -> Vec<f64> {
        let mut r = self.bias.clone();
        for (w, x) in self.weights.iter().zip(actions) {
            for (r, v) in r.iter_mut().zip(matrix::times(w, x)) {
                *r += v;
            }
        }
        r
    }

    /// The game that this receiver makes of targets (one an influencer) and action spaces (one for all, or one an
    /// influencer), to be checked and solved, or written to a file. In one dimension the weights are scalars.
    pub fn game(
        &self,
        names: &[String],
        targets: &[Vec<f64>],
        spaces: &[SpaceSpec<f64>],
    ) -> GameSpec<f64> {
        let influencers = self
            .weights
            .iter()
            .zip(targets)
            .enumerate()
            .map(|(i, (weight, target))| InfluencerSpec {
                cost: None,
                name: names.get(i).cloned(),
                weight: if self.dim == 1 {
                    WeightSpec::Scalar(weight[0])
                } else {
                    WeightSpec::Matrix(weight.chunks(self.dim).map(<[f64]>::to_vec).collect())
                },
                target: target.clone(),
                space: if spaces.len() == 1 { 0 } else { i },
            })
            .collect();
        GameSpec {
            coalitions: Vec::new(),
            loss: Loss::SquaredEuclidean,
            bias: self.bias.clone(),
            spaces: spaces.to_vec(),
            influencers,
        }
    }

    /// How well it predicts `receiver` over `profiles` random profiles, each action uniform in its space's bounding box and projected
    /// onto the space.
    ///
    /// # Errors
    /// What the receiver says.
    pub fn agreement(
        &self,
        receiver: &mut dyn Receiver,
        spaces: &[ActionSpace],
        profiles: usize,
        seed: u64,
    ) -> Result<Agreement, ReceiverError> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let n = self.weights.len();
        let (mut positions, mut predicted) = (Vec::new(), Vec::new());
        let mut residual = 0.0;
        for _ in 0..profiles {
            let actions: Vec<Vec<f64>> = (0..n)
                .map(|i| random_action(space_of(spaces, i), &mut rng))
                .collect();
            let position = receiver.respond(&actions)?;
            let at = self.position(&actions);
            residual += big_numeric::distance(&position, &at).powi(2);
            positions.push(position);
            predicted.push(at);
        }
        let centred = |all: &[Vec<f64>]| -> Vec<Vec<f64>> {
            let mean = |k: usize| all.iter().map(|p| p[k]).sum::<f64>() / profiles as f64;
            let mean: Vec<f64> = (0..self.dim).map(mean).collect();
            let less = |p: &Vec<f64>| p.iter().zip(&mean).map(|(v, m)| v - m).collect();
            all.iter().map(less).collect()
        };
        let (positions, predicted) = (centred(&positions), centred(&predicted));
        let sum = |a: &[Vec<f64>], b: &[Vec<f64>]| -> f64 {
            a.iter().zip(b).map(|(a, b)| big_numeric::dot(a, b)).sum()
        };
        Ok(Agreement {
            r_squared: 1.0 - residual / sum(&positions, &positions),
            slope: sum(&positions, &predicted) / sum(&predicted, &predicted),
        })
    }
}

/// How well an affine receiver predicts another one. Not finite where nothing moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agreement {
    /// `R² = 1 − Σ‖θ̂ − r‖² / Σ‖θ̂ − mean θ̂‖²`.
    pub r_squared: f64,
    /// How far the other one moves where this one moves by 1: the least-squares slope of `θ̂` on `r`.
    pub slope: f64,
}

/// Influencer `i`'s space among one for all, or one an influencer.
pub(crate) fn space_of(spaces: &[ActionSpace], i: usize) -> &ActionSpace {
    if spaces.len() == 1 {
        &spaces[0]
    } else {
        &spaces[i]
    }
}

fn random_action(space: &ActionSpace, rng: &mut ChaCha8Rng) -> Vec<f64> {
    let (lower, upper) = space.bounding_box();
    let point: Vec<f64> = lower
        .iter()
        .zip(&upper)
        .map(|(l, u)| {
            let share = (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
            l + share * (u - l)
        })
        .collect();
    let mut out = point.clone();
    space.project(&point, &mut out);
    out
}

impl Receiver for AffineReceiver {
    fn dim(&self) -> usize {
        self.dim
    }

    fn influencers(&self) -> usize {
        self.weights.len()
    }

    fn respond(&mut self, actions: &[Vec<f64>]) -> Result<Vec<f64>, ReceiverError> {
        check_shape(actions, self.weights.len(), self.dim)?;
        Ok(self.position(actions))
    }
}

/// The real receiver of simulated data: the influencers label their pairs with their actions as ideal points, and the
/// position is the maximum-likelihood estimate of the pooled labels (arXiv:2502.01127, eq. 27).
#[derive(Clone, Debug)]
pub struct Mle {
    labelled: Vec<Labelled>,
    /// What the labels are made with; `None` before the first answer.
    actions: Vec<Option<Vec<f64>>>,
    start: Option<Vec<f64>>,
    model: Model,
    bound: Option<ActionSpace>,
}

impl Mle {
    /// A receiver that fits under `model`, within `bound` if there is one.
    pub fn new(labelled: Vec<Labelled>, model: Model, bound: Option<ActionSpace>) -> Self {
        Self {
            actions: vec![None; labelled.len()],
            labelled,
            start: None,
            model,
            bound,
        }
    }

    /// The pairs as labelled last.
    pub fn labelled(&self) -> &[Labelled] {
        &self.labelled
    }
}

impl Receiver for Mle {
    fn dim(&self) -> usize {
        self.labelled.first().map_or(0, |l| l.comparisons().dim())
    }

    fn influencers(&self) -> usize {
        self.labelled.len()
    }

    fn respond(&mut self, actions: &[Vec<f64>]) -> Result<Vec<f64>, ReceiverError> {
        check_shape(actions, self.labelled.len(), self.dim())?;
        if self.start.is_none() {
            // Where every fit starts is where the labels as drawn lead, whatever is asked first: a run that was
            // interrupted goes on just as it would have.
            self.start = Some(match self.estimate() {
                Ok(theta) => theta,
                Err(_) => vec![0.0; self.dim()],
            });
        }
        for ((labelled, last), action) in
            self.labelled.iter_mut().zip(&mut self.actions).zip(actions)
        {
            if last.as_ref() != Some(action) {
                labelled.relabel(action);
                *last = Some(action.clone());
            }
        }
        self.estimate()
    }
}

impl Mle {
    /// The estimate from the labels as they are.
    fn estimate(&self) -> Result<Vec<f64>, ReceiverError> {
        let pool = Pool::new(self.labelled.iter().map(Labelled::comparisons)).ok_or_else(|| {
            ReceiverError::Shape("influencers of different dimensions".to_owned())
        })?;
        Ok(position(
            &pool,
            self.model,
            0.0,
            self.bound.as_ref(),
            self.start.as_deref(),
        )?)
    }
}

/// The real receiver of real pairs: their annotators label them by Bradley–Terry with their actions as ideal points, and
/// the position is the maximum-likelihood estimate of the pooled labels. The first pass of a fit labels the rows; beside
/// the parts themselves, only the labels are held, a bit a row.
#[derive(Debug)]
pub struct Relabelled<'a> {
    parts: &'a Parts,
    model: Model,
    ridge: f64,
    seed: u64,
    /// Where every fit starts; `None` before the first.
    start: Option<Vec<f64>>,
}

impl<'a> Relabelled<'a> {
    /// A receiver whose fits start where the labels of `actions` lead, if they lead anywhere. The seed decides, for each
    /// row, what its label depends on beside its annotator's action.
    /// `ridge/2 ‖position‖²` is the penalty of its fits.
    pub fn new(
        parts: &'a Parts,
        model: Model,
        ridge: f64,
        seed: u64,
        actions: &[Vec<f64>],
    ) -> Self {
        let mut out = Self {
            parts,
            model,
            ridge,
            seed,
            start: None,
        };
        out.start = Some(
            out.respond(actions)
                .unwrap_or_else(|_| vec![0.0; parts.dim()]),
        );
        out
    }
}

impl Receiver for Relabelled<'_> {
    fn dim(&self) -> usize {
        self.parts.dim()
    }

    fn influencers(&self) -> usize {
        self.parts.len()
    }

    fn respond(&mut self, actions: &[Vec<f64>]) -> Result<Vec<f64>, ReceiverError> {
        check_shape(actions, self.parts.len(), self.parts.dim())?;
        let coefficients: Vec<Vec<f64>> = actions
            .iter()
            .map(|action| self.model.coefficients(action))
            .collect();
        // By the number of a block among all: which of its rows turn around.
        let labels: Vec<OnceLock<Turned>> = (0..self.parts.block_count())
            .map(|_| OnceLock::new())
            .collect();
        let source = Rewritten {
            parts: self.parts,
            tell: &|part| {
                let turned = labels[part.place].get_or_init(|| {
                    let q = &coefficients[part.annotator];
                    Turned::draw(&part.block, self.seed, part.annotator, part.number, q)
                });
                Some(vec![turned.apply(&part.block)])
            },
        };
        Ok(position(
            &source,
            self.model,
            self.ridge,
            None,
            self.start.as_deref(),
        )?)
    }
}

impl Receiver for Command {
    fn dim(&self) -> usize {
        self.dim
    }

    fn influencers(&self) -> usize {
        self.influencers
    }

    fn respond(&mut self, actions: &[Vec<f64>]) -> Result<Vec<f64>, ReceiverError> {
        Ok(self.ask(actions)?)
    }
}
