//! Empirical best-response dynamics: influencers take turns against the real receiver, which nobody can differentiate.
//!
//! In one dimension a best response is a bisection, as in the paper (arXiv:2502.01127, Section 6 and Figure 7): the
//! estimate is monotone in the fake ideal point. In more it is a Gauss–Newton method whose Jacobian starts from the
//! affine receiver and is corrected by Broyden's secant update; every step is projected onto the action space exactly, and an action counts as
//! best only if no step of a few lengths along any axis is better.
//! A turn is taken only if the loss falls, so the losses of a turn are monotone. The state is all that a run needs to
//! go on from its last finished turn.

use big_game::action_space::{ActionSpace, ConvexSet, nearest_in_image};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::linalg::{self, distance, norm};
use crate::receiver::{AffineReceiver, Receiver, ReceiverError, space_of};

/// What a run may do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlayOptions {
    /// A turn is taken only if the loss falls by more than this.
    pub tolerance: f64,
    /// Evaluations of the receiver that one best response may take.
    pub evaluations: usize,
    /// Turns that a run may take before it counts as not converged.
    pub turns: usize,
}

impl Default for PlayOptions {
    fn default() -> Self {
        Self {
            tolerance: 1e-6,
            evaluations: 300,
            turns: 1000,
        }
    }
}

/// One move.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Move {
    /// Its number, from 1 (0 is the truthful start).
    pub iteration: usize,
    /// Who moved.
    pub influencer: usize,
    /// Where to.
    pub action: Vec<f64>,
    /// The receiver's answer.
    pub theta_hat: Vec<f64>,
    /// The mover's loss there, `‖θ̂ − t_i‖²`.
    pub loss: f64,
    /// The receiver's evaluations that the best response took.
    pub evaluations: usize,
}

/// A run so far: enough to go on from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlayState {
    /// The truthful actions that it started from.
    pub start: Vec<Vec<f64>>,
    /// The receiver's answer to them.
    pub start_theta_hat: Vec<f64>,
    /// The actions now.
    pub actions: Vec<Vec<f64>>,
    /// The receiver's answer to them.
    pub theta_hat: Vec<f64>,
    /// The moves made.
    pub moves: Vec<Move>,
    /// Turns taken, with or without a move; influencer `turns mod n` is next.
    pub turns: usize,
    /// Turns since the last move: with `n` of them, nobody can improve.
    pub quiet: usize,
    /// All evaluations of the receiver.
    pub evaluations: usize,
}

impl PlayState {
    /// Is it an empirical equilibrium: had everybody a turn since the last move, and passed?
    pub fn converged(&self) -> bool {
        self.quiet >= self.actions.len()
    }
}

/// Why a run stopped.
#[derive(Debug, Error)]
pub enum PlayError {
    /// The receiver had no answer.
    #[error("influencer {} tried {action:?}: {source}", .influencer + 1)]
    Receiver {
        /// Who tried, from 0.
        influencer: usize,
        /// The action tried.
        action: Vec<f64>,
        /// What the receiver says.
        source: ReceiverError,
    },
    /// Targets, spaces, the receiver or a saved state do not fit together.
    #[error("{0}")]
    Shape(String),
}

/// A run of best responses.
pub struct Play<'a> {
    receiver: &'a mut dyn Receiver,
    targets: &'a [Vec<f64>],
    spaces: &'a [ActionSpace],
    jacobians: Vec<Vec<f64>>,
    options: PlayOptions,
    state: PlayState,
}

impl<'a> Play<'a> {
    /// Starts from the truthful actions, `proj_X(t_i)`. `spaces` holds one for all, or one an influencer; `affine` tells
    /// the best responses where to look first (without it, everybody counts for an n-th).
    ///
    /// # Errors
    /// When the shapes do not fit, or the receiver has no answer to the truthful actions.
    pub fn new(
        receiver: &'a mut dyn Receiver,
        targets: &'a [Vec<f64>],
        spaces: &'a [ActionSpace],
        affine: Option<&AffineReceiver>,
        options: PlayOptions,
    ) -> Result<Self, PlayError> {
        check(receiver, targets, spaces, affine)?;
        let start: Vec<Vec<f64>> = targets
            .iter()
            .enumerate()
            .map(|(i, target)| {
                let mut action = target.clone();
                space_of(spaces, i).project(target, &mut action);
                action
            })
            .collect();
        let theta_hat = receiver
            .respond(&start)
            .map_err(|source| PlayError::Receiver {
                influencer: 0,
                action: start[0].clone(),
                source,
            })?;
        let state = PlayState {
            actions: start.clone(),
            start,
            start_theta_hat: theta_hat.clone(),
            theta_hat,
            moves: Vec::new(),
            turns: 0,
            quiet: 0,
            evaluations: 1,
        };
        Self::resume(receiver, targets, spaces, affine, options, state)
    }

    /// Goes on from a state.
    ///
    /// # Errors
    /// When the shapes do not fit.
    pub fn resume(
        receiver: &'a mut dyn Receiver,
        targets: &'a [Vec<f64>],
        spaces: &'a [ActionSpace],
        affine: Option<&AffineReceiver>,
        options: PlayOptions,
        state: PlayState,
    ) -> Result<Self, PlayError> {
        check(receiver, targets, spaces, affine)?;
        let (n, d) = (targets.len(), receiver.dim());
        let fits = |x: &[Vec<f64>]| x.len() == n && x.iter().all(|x| x.len() == d);
        if !fits(&state.actions) || state.theta_hat.len() != d {
            return Err(PlayError::Shape(format!(
                "the saved run is not one of {n} influencers in {d} dimensions"
            )));
        }
        let share = 1.0 / n as f64;
        let jacobians = (0..n)
            .map(|i| match affine {
                Some(affine) => affine.weight(i).to_vec(),
                None => (0..d * d)
                    .map(|at| if at / d == at % d { share } else { 0.0 })
                    .collect(),
            })
            .collect();
        Ok(Self {
            receiver,
            targets,
            spaces,
            jacobians,
            options,
            state,
        })
    }

    /// The run so far.
    pub fn state(&self) -> &PlayState {
        &self.state
    }

    /// The run so far, to be kept.
    pub fn into_state(self) -> PlayState {
        self.state
    }

    /// Lets the next influencer respond; returns its move, or `None` where it has no better action.
    ///
    /// # Errors
    /// When the receiver has no answer; the state is then still that of the last finished turn.
    pub fn turn(&mut self) -> Result<Option<&Move>, PlayError> {
        let n = self.targets.len();
        let i = self.state.turns % n;
        let mut probe = Probe {
            receiver: &mut *self.receiver,
            actions: self.state.actions.clone(),
            influencer: i,
            target: &self.targets[i],
            evaluations: 0,
        };
        let space = space_of(self.spaces, i);
        let now = Point {
            loss: distance(&self.state.theta_hat, &self.targets[i]).powi(2),
            action: self.state.actions[i].clone(),
            theta_hat: self.state.theta_hat.clone(),
        };
        let before = now.loss;
        let best = if now.loss <= self.options.tolerance {
            now
        } else if now.action.len() == 1 {
            bisect(&mut probe, space, now, self.options.evaluations)?
        } else {
            secant(
                &mut probe,
                space,
                self.jacobians[i].clone(),
                now,
                &self.options,
            )?
        };
        let evaluations = probe.evaluations;
        self.state.evaluations += evaluations;
        self.state.turns += 1;
        if before - best.loss <= self.options.tolerance {
            self.state.quiet += 1;
            return Ok(None);
        }
        self.state.quiet = 0;
        self.state.actions[i].clone_from(&best.action);
        self.state.theta_hat.clone_from(&best.theta_hat);
        self.state.moves.push(Move {
            iteration: self.state.moves.len() + 1,
            influencer: i,
            action: best.action,
            theta_hat: best.theta_hat,
            loss: best.loss,
            evaluations,
        });
        Ok(self.state.moves.last())
    }

    /// Takes turns until nobody can improve, or as many as the options allow; returns whether it converged.
    ///
    /// # Errors
    /// As [`turn`](Self::turn).
    pub fn run(&mut self) -> Result<bool, PlayError> {
        while !self.state.converged() && self.state.turns < self.options.turns {
            self.turn()?;
        }
        Ok(self.state.converged())
    }
}

fn check(
    receiver: &dyn Receiver,
    targets: &[Vec<f64>],
    spaces: &[ActionSpace],
    affine: Option<&AffineReceiver>,
) -> Result<(), PlayError> {
    let (n, d) = (receiver.influencers(), receiver.dim());
    let refuse = |what: String| Err(PlayError::Shape(what));
    if n == 0 || d == 0 {
        return refuse("a receiver of nobody, or without coordinates".to_owned());
    }
    if targets.len() != n {
        return refuse(format!("{} targets for {n} influencers", targets.len()));
    }
    if let Some(i) = targets
        .iter()
        .position(|t| t.len() != d || t.iter().any(|v| !v.is_finite()))
    {
        return refuse(format!(
            "the target of influencer {} must be {d} finite numbers",
            i + 1
        ));
    }
    if spaces.len() != 1 && spaces.len() != n {
        return refuse(format!(
            "{} action spaces: give one for all, or {n}",
            spaces.len()
        ));
    }
    if spaces.iter().any(|space| space.dim() != d) {
        return refuse(format!("the action spaces must have dimension {d}"));
    }
    match affine {
        Some(affine) if affine.influencers() != n || affine.dim() != d => {
            refuse("the affine receiver is not one of this game".to_owned())
        }
        _ => Ok(()),
    }
}

/// An action, the receiver's answer, the loss.
#[derive(Clone)]
struct Point {
    action: Vec<f64>,
    theta_hat: Vec<f64>,
    loss: f64,
}

/// One influencer trying actions.
struct Probe<'a> {
    receiver: &'a mut dyn Receiver,
    actions: Vec<Vec<f64>>,
    influencer: usize,
    target: &'a [f64],
    evaluations: usize,
}

impl Probe<'_> {
    fn try_action(&mut self, action: Vec<f64>) -> Result<Point, PlayError> {
        self.actions[self.influencer].clone_from(&action);
        self.evaluations += 1;
        match self.receiver.respond(&self.actions) {
            Ok(theta_hat) => Ok(Point {
                loss: distance(&theta_hat, self.target).powi(2),
                action,
                theta_hat,
            }),
            Err(source) => Err(PlayError::Receiver {
                influencer: self.influencer,
                action,
                source,
            }),
        }
    }
}

/// The interval's point at which the estimate crosses the target, or the end that comes closest.
fn bisect(
    probe: &mut Probe<'_>,
    space: &ActionSpace,
    now: Point,
    evaluations: usize,
) -> Result<Point, PlayError> {
    let (lower, upper) = space.bounding_box();
    let target = probe.target[0];
    let side = |point: &Point| point.theta_hat[0] > target;
    let mut ends = [probe.try_action(lower)?, probe.try_action(upper)?];
    // What is known already halves the interval for nothing.
    if side(&ends[0]) != side(&ends[1]) {
        let replaced = usize::from(side(&now) == side(&ends[1]));
        ends[replaced] = now.clone();
        while probe.evaluations < evaluations {
            let middle = 0.5 * (ends[0].action[0] + ends[1].action[0]);
            let width = (ends[1].action[0] - ends[0].action[0]).abs();
            if width <= 1e-10 * (1.0 + middle.abs()) {
                break;
            }
            let point = probe.try_action(vec![middle])?;
            let replaced = usize::from(side(&point) == side(&ends[1]));
            ends[replaced] = point;
        }
    }
    let [first, second] = ends;
    let best = if second.loss < first.loss {
        second
    } else {
        first
    };
    Ok(if best.loss < now.loss { best } else { now })
}

/// The lengths of the steps that are tried along the axes where the model sees no better action, in sizes of the space.
const POLLS: [f64; 3] = [0.1, 0.03, 0.01];

/// A model of the receiver around the best action found.
struct Search<'p, 'r> {
    probe: &'p mut Probe<'r>,
    space: &'p ActionSpace,
    jacobian: Vec<f64>,
    best: Point,
}

impl Search<'_, '_> {
    /// Tries an action, corrects the Jacobian by what it shows (Broyden), and keeps it if it is better; returns the loss
    /// it saves.
    fn attempt(&mut self, action: &[f64]) -> Result<f64, PlayError> {
        let d = action.len();
        let mut inside = action.to_vec();
        self.space.project(action, &mut inside);
        let step: Vec<f64> = inside
            .iter()
            .zip(&self.best.action)
            .map(|(x, b)| x - b)
            .collect();
        let square: f64 = step.iter().map(|s| s * s).sum();
        if square == 0.0 {
            return Ok(0.0);
        }
        let change = linalg::times(&self.jacobian, &step);
        let point = self.probe.try_action(inside)?;
        for j in 0..d {
            let surprise = point.theta_hat[j] - self.best.theta_hat[j] - change[j];
            for k in 0..d {
                self.jacobian[j * d + k] += surprise * step[k] / square;
            }
        }
        let saved = self.best.loss - point.loss;
        if saved > 0.0 {
            self.best = point;
        }
        Ok(saved)
    }

    /// The model's best action within `radius`, how far away it is, and what it should save.
    fn model_step(&self, radius: f64) -> (Vec<f64>, f64, f64) {
        let d = self.best.action.len();
        let image = linalg::times(&self.jacobian, &self.best.action);
        let wish: Vec<f64> = (0..d)
            .map(|k| self.probe.target[k] - self.best.theta_hat[k] + image[k])
            .collect();
        let mut goal = vec![0.0; d];
        nearest_in_image(self.space, &self.jacobian, &wish, &mut goal);
        let mut step: Vec<f64> = goal
            .iter()
            .zip(&self.best.action)
            .map(|(g, x)| g - x)
            .collect();
        let length = norm(&step);
        if length > radius {
            step.iter_mut().for_each(|s| *s *= radius / length);
        }
        let change = linalg::times(&self.jacobian, &step);
        let predicted: Vec<f64> = self
            .best
            .theta_hat
            .iter()
            .zip(&change)
            .map(|(r, c)| r + c)
            .collect();
        let hope = self.best.loss - distance(&predicted, self.probe.target).powi(2);
        let action = self
            .best
            .action
            .iter()
            .zip(&step)
            .map(|(x, s)| x + s)
            .collect();
        (action, length.min(radius), hope)
    }
}

/// Gauss–Newton steps with Broyden's updates, within a trust region that shrinks where they disappoint; where the model
/// sees no better action, steps along the axes ([`POLLS`]) that also teach it. It ends when none of them helps.
fn secant(
    probe: &mut Probe<'_>,
    space: &ActionSpace,
    jacobian: Vec<f64>,
    now: Point,
    options: &PlayOptions,
) -> Result<Point, PlayError> {
    let d = now.action.len();
    let (lower, upper) = space.bounding_box();
    let size = distance(&lower, &upper);
    let mut search = Search {
        probe,
        space,
        jacobian,
        best: now,
    };
    let mut radius = f64::INFINITY;
    loop {
        if search.probe.evaluations >= options.evaluations || search.best.loss <= options.tolerance
        {
            return Ok(search.best);
        }
        let (action, length, hope) = search.model_step(radius);
        // Labels flip one by one: below some fine scale the answer is a staircase, and no step is worth it.
        if length > 1e-4 * size && hope > 0.1 * options.tolerance {
            if search.attempt(&action)? < 0.25 * hope {
                radius = 0.5 * length;
            }
            continue;
        }
        let mut saved = 0.0;
        'polls: for share in POLLS {
            for k in 0..d {
                for sign in [1.0, -1.0] {
                    let mut action = search.best.action.clone();
                    action[k] += sign * share * size;
                    saved = search.attempt(&action)?;
                    if saved > options.tolerance {
                        break 'polls;
                    }
                }
            }
        }
        if saved <= options.tolerance {
            return Ok(search.best);
        }
        radius = f64::INFINITY;
    }
}
