//! The paper's Section 6: two influencers label preference pairs for a maximum-likelihood receiver.

use big_game::action_space::ActionSpace;
use big_game::spec::SpaceSpec;
use big_game::{SolveOptions, solve};
use big_numeric::parallel;
use big_preference::data::Parts;
use big_preference::fit::{Fit, FitOptions, fit};
use big_preference::likelihood::Model;
use big_preference::play::{Play, PlayOptions, PlayState};
use big_preference::receiver::{AffineReceiver, Mle, Receiver, ReceiverError};
use big_preference::simulate::{Labelled, Labeller, Pairs, Responses, Simulation, SimulationSpec};
use big_report::figure::preference::PairPoint;

use crate::error::AppError;
use big_answer::reproduce::Claim;
use big_answer::words::number;

/// The influencers' ideal points.
pub(super) const TARGETS: [f64; 2] = [-0.2, 0.3];
/// Pairs that each labels.
const PAIRS: usize = 1000;
/// Further seeds on which the trajectory is tried.
const SEEDS: u64 = 100;
/// Random profiles on which the affine receiver is compared.
const PROFILES: usize = 200;

/// One run of the experiment.
pub(super) struct Experiment {
    /// Each influencer's pairs with truthful labels.
    pub(super) truthful: Vec<Vec<PairPoint>>,
    /// The same with the labels at the equilibrium.
    pub(super) equilibrium: Vec<Vec<PairPoint>>,
    /// The pooled truthful estimate.
    pub(super) pooled: Fit,
    /// The run of best responses.
    pub(super) state: PlayState,
    /// What the first best response tried: (fake ideal point, estimate).
    pub(super) tried: Vec<[f64; 2]>,
    /// The share of the estimate's variance over random profiles that the affine receiver explains.
    r_squared: f64,
    /// Where the affine receiver's game ends.
    predicted: f64,
    /// The affine receiver's weights.
    weights: [f64; 2],
}

impl Experiment {
    /// Runs it.
    pub(super) fn run(seed: u64) -> Result<Self, AppError> {
        let failed =
            |e: &dyn std::fmt::Display| AppError::Internal(format!("the experiment failed: {e}"));
        let simulation = simulation(seed).map_err(|e| failed(&e))?;
        let drawn = simulation.draw();
        let truthful = points(&simulation, &drawn);
        let parts = Parts::held(drawn.iter().map(|l| l.comparisons().clone()).collect())
            .map_err(|e| failed(&e))?;
        let pooled = fit(&parts, &FitOptions::default()).map_err(|e| failed(&e))?;
        let targets = TARGETS.map(|t| vec![t]).to_vec();
        let space = interval();
        let spaces = [ActionSpace::new(&space).map_err(|e| failed(&e))?];

        let model = Model::ideal_point(1.0);
        let affine = AffineReceiver::implied(&parts, model, &pooled.theta, 0.0)
            .map_err(|e| failed(&e))?
            .through(&targets, &pooled.theta);
        let game = affine
            .game(&[], &targets, std::slice::from_ref(&space))
            .check()
            .map_err(|e| failed(&e))?;
        let predicted = solve(&game, &SolveOptions::default())?;
        let r_squared = affine
            .agreement(
                &mut Mle::new(drawn.clone(), model, None),
                &spaces,
                PROFILES,
                seed,
            )
            .map_err(|e| failed(&e))?
            .r_squared;

        let mut recorder = Recorder {
            inner: Mle::new(drawn.clone(), model, None),
            asked: Vec::new(),
        };
        let state = {
            let mut play = Play::new(
                &mut recorder,
                &targets,
                &spaces,
                None,
                PlayOptions::default(),
            )
            .map_err(|e| failed(&e))?;
            play.run().map_err(|e| failed(&e))?;
            play.into_state()
        };
        // The first answer is the truthful one; those of the first best response follow.
        let first = state.moves.first().map_or(0, |m| m.evaluations);
        let tried = recorder
            .asked
            .iter()
            .skip(1)
            .take(first)
            .map(|(x, theta)| [x[0][0], theta[0]]);
        let tried: Vec<[f64; 2]> = tried.collect();
        let mut relabelled = drawn;
        for (labelled, action) in relabelled.iter_mut().zip(&state.actions) {
            labelled.relabel(action);
        }
        Ok(Self {
            truthful,
            equilibrium: points(&simulation, &relabelled),
            pooled,
            tried,
            r_squared,
            predicted: predicted.receiver[0],
            weights: [affine.weight(0)[0], affine.weight(1)[0]],
            state,
        })
    }

    /// What the paper says of it.
    pub(super) fn claims(&self, seed: u64) -> Result<Vec<Claim>, AppError> {
        let moves: Vec<String> = self
            .state
            .moves
            .iter()
            .map(|m| format!("influencer {} to {}", m.influencer + 1, number(m.action[0])))
            .collect();
        let one = |s| Ok(as_in_the_paper(&trajectory(seed.wrapping_add(1 + s))?));
        let shares: Result<Vec<bool>, AppError> =
            parallel::map(0..SEEDS, one).into_iter().collect();
        let shares = shares?;
        let share = shares.iter().filter(|s| **s).count();
        let ends = self.state.theta_hat[0];
        Ok(vec![
            Claim::new(
                "Section 6, trajectory",
                "truthful; an interior lie by bisection; the maximum; the minimum; nobody can improve",
                "iterations 0 to 3, then an equilibrium",
                format!("{}; then nobody moves", moves.join(", ")),
                as_in_the_paper(&self.state),
            ),
            Claim::new(
                "Section 6, over seeds",
                "the trajectory is no accident",
                "one run",
                format!("the same order in {share} of {SEEDS} further seeds"),
                share as u64 * 100 >= SEEDS * 95,
            ),
            Claim::new(
                "Section 6, eq. 28",
                "the maximum-likelihood receiver is close to an affine one, ½ x_1 + ½ x_2",
                "close",
                format!(
                    "{} x_1 + {} x_2, read off the data, explains {} % of the variance over {PROFILES} random profiles",
                    number(self.weights[0]),
                    number(self.weights[1]),
                    number((1000.0 * self.r_squared).round() / 10.0)
                ),
                self.r_squared > 0.95 && self.weights.iter().all(|w| (w - 0.5).abs() < 0.05),
            ),
            Claim::new(
                "Section 6, prediction",
                "the affine receiver's equilibrium predicts where play ends",
                "the extremes",
                format!(
                    "predicted {}, played {}",
                    number(self.predicted),
                    number(ends)
                ),
                (self.predicted - ends).abs() < 0.1,
            ),
        ])
    }

    /// The log-likelihood of the pooled truthful labels at an ideal point, straight from its definition (eq. 26).
    pub(super) fn log_likelihood(&self, theta: f64) -> f64 {
        let of = |p: &PairPoint| {
            let margin = (p.b - theta).powi(2) - (p.a - theta).powi(2);
            let signed = if p.first_preferred { margin } else { -margin };
            // log σ(z) = min(z, 0) − log(1 + e^{−|z|}).
            signed.min(0.0) - (-signed.abs()).exp().ln_1p()
        };
        self.truthful.iter().flatten().map(of).sum()
    }
}

fn interval() -> SpaceSpec<f64> {
    SpaceSpec::Box {
        lower: vec![-1.0],
        upper: vec![1.0],
    }
}

fn simulation(seed: u64) -> Result<Simulation, big_preference::simulate::SimulationError> {
    let labeller = |(i, t): (usize, &f64)| Labeller {
        name: format!("influencer {}", i + 1),
        pairs: PAIRS,
        ideal: vec![*t],
    };
    SimulationSpec {
        dim: 1,
        labellers: TARGETS.iter().enumerate().map(labeller).collect(),
        responses: Responses::Normal {
            mean: 0.0,
            deviation: 1.0,
        },
        precision: 1.0,
        seed,
    }
    .check()
}

/// The run of best responses for a seed.
fn trajectory(seed: u64) -> Result<PlayState, AppError> {
    let failed =
        |e: &dyn std::fmt::Display| AppError::Internal(format!("the experiment failed: {e}"));
    let mut receiver = Mle::new(
        simulation(seed).map_err(|e| failed(&e))?.draw(),
        Model::ideal_point(1.0),
        None,
    );
    let targets = TARGETS.map(|t| vec![t]).to_vec();
    let spaces = [ActionSpace::new(&interval()).map_err(|e| failed(&e))?];
    let mut play = Play::new(
        &mut receiver,
        &targets,
        &spaces,
        None,
        PlayOptions::default(),
    )
    .map_err(|e| failed(&e))?;
    play.run().map_err(|e| failed(&e))?;
    Ok(play.into_state())
}

/// An interior lie of influencer 1 that reaches its target, the maximum, the minimum, and no more.
fn as_in_the_paper(state: &PlayState) -> bool {
    let moves: Vec<(usize, f64)> = state
        .moves
        .iter()
        .map(|m| (m.influencer, m.action[0]))
        .collect();
    matches!(moves[..], [(0, lie), (1, 1.0), (0, -1.0)] if lie > -1.0 && lie < TARGETS[0])
        && (state.moves[0].theta_hat[0] - TARGETS[0]).abs() < 0.02
        && state.moves[1].theta_hat[0] < TARGETS[1]
        && state.converged(PlayOptions::default().starts)
}

/// Each influencer's pairs with its labels.
fn points(simulation: &Simulation, labelled: &[Labelled]) -> Vec<Vec<PairPoint>> {
    let mut pairs = Pairs::default();
    labelled
        .iter()
        .enumerate()
        .map(|(i, labelled)| {
            let mut points = Vec::with_capacity(PAIRS);
            let mut block = 0;
            while points.len() < labelled.labels().len() {
                simulation.pairs(i, block, &mut pairs);
                if pairs.a.is_empty() {
                    break;
                }
                for (a, b) in pairs.a.iter().zip(&pairs.b) {
                    let first_preferred = labelled.labels()[points.len()];
                    points.push(PairPoint {
                        a: *a,
                        b: *b,
                        first_preferred,
                    });
                }
                block += 1;
            }
            points
        })
        .collect()
}

/// A receiver that remembers what it was asked.
struct Recorder {
    inner: Mle,
    asked: Vec<(Vec<Vec<f64>>, Vec<f64>)>,
}

impl Receiver for Recorder {
    fn dim(&self) -> usize {
        self.inner.dim()
    }

    fn influencers(&self) -> usize {
        self.inner.influencers()
    }

    fn respond(&mut self, actions: &[Vec<f64>]) -> Result<Vec<f64>, ReceiverError> {
        let answer = self.inner.respond(actions)?;
        self.asked.push((actions.to_vec(), answer.clone()));
        Ok(answer)
    }
}
