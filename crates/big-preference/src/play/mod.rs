//! Empirical best-response dynamics: influencers take turns against the real receiver, which nobody can differentiate.
//!
//! In one dimension a best response is a bisection, as in the paper (arXiv:2502.01127, Section 6 and Figure 7): the
//! estimate is monotone in the fake ideal point. In more it is a Gauss–Newton method whose Jacobian starts from the
//! affine receiver and is corrected by Broyden's secant update; every step is projected onto the action space exactly, and an action counts as
//! best only if no step of a few lengths along any axis is better. Labels flip one by one, so that the answer is a staircase with
//! many local optima: once everybody has passed, everybody looks again from starts all over the space ([`PlayOptions::starts`]). What
//! none of these finds may exist: in more than one dimension an equilibrium is one as far as was searched.
//!
//! On a line, against a receiver that no action moves backwards, the equilibrium is one bisection: see [`on_the_line`].
//!
//! A turn is taken only if the loss falls, so the losses of a turn are monotone. The state is all that a run needs to
//! go on from its last finished turn.

mod line;
mod search;

use big_game::action_space::{ActionSpace, ConvexSet};
use big_numeric::distance;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::receiver::{AffineReceiver, Receiver, ReceiverError, space_of};

pub use line::{LineEquilibrium, on_the_line};
use search::{Point, Probe, bisect, from_everywhere, secant};

/// What a run may do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlayOptions {
    /// A turn is taken only if the loss falls by more than this.
    pub tolerance: f64,
    /// Evaluations of the receiver that one best response may take.
    pub evaluations: usize,
    /// Turns that a run may take before it counts as not converged.
    pub turns: usize,
    /// In two and more dimensions: from how many points all over the space each influencer looks for something better, once
    /// everybody has passed. 0: nobody looks again.
    pub starts: usize,
}

impl Default for PlayOptions {
    fn default() -> Self {
        Self {
            tolerance: 1e-6,
            evaluations: 300,
            turns: 1000,
            starts: 128,
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
    /// Turns since the last move: with `n` of them, nobody can improve near where they are.
    pub quiet: usize,
    /// Turns since then, in which the next one looked all over the space.
    #[serde(default)]
    pub looked: usize,
    /// All evaluations of the receiver.
    pub evaluations: usize,
}

impl PlayState {
    /// Is it of so many influencers in so many dimensions, in numbers that can be gone on from?
    fn fits(&self, n: usize, d: usize) -> bool {
        let point = |x: &[f64]| x.len() == d && x.iter().all(|v| v.is_finite());
        let profile = |x: &[Vec<f64>]| x.len() == n && x.iter().all(|x| point(x));
        let counts = [self.turns, self.quiet, self.looked, self.evaluations];
        let counted = |count: &usize| *count <= usize::MAX / 2;
        let moved = |m: &Move| {
            m.influencer < n
                && point(&m.action)
                && point(&m.theta_hat)
                && counted(&m.iteration)
                && counted(&m.evaluations)
        };
        profile(&self.start)
            && point(&self.start_theta_hat)
            && profile(&self.actions)
            && point(&self.theta_hat)
            && self.moves.iter().all(moved)
            && counts.iter().all(counted)
    }

    /// Is it an empirical equilibrium: had everybody a turn since the last move, and passed? With `starts` above 0 and in more
    /// than one dimension, had they one more, in which they looked all over the space?
    pub fn converged(&self, starts: usize) -> bool {
        let n = self.actions.len();
        let line = self.theta_hat.len() == 1;
        self.quiet >= n && (starts == 0 || line || self.looked >= n)
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
            looked: 0,
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
        if !state.fits(n, d) {
            return Err(PlayError::Shape(format!(
                "the saved run is not one of {n} influencers in {d} dimensions"
            )));
        }
        if let Some((i, distance)) = outside(&state.actions, spaces) {
            return Err(PlayError::Shape(format!(
                "the saved run is not one of these action spaces: influencer {i}'s action is outside by {distance:e}"
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
        let everywhere = self.state.quiet >= n && self.options.starts > 0;
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
        } else if everywhere {
            from_everywhere(&mut probe, space, &self.jacobians[i], now, &self.options)?
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
            self.state.looked += usize::from(everywhere);
            self.state.quiet += 1;
            return Ok(None);
        }
        (self.state.quiet, self.state.looked) = (0, 0);
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
        let starts = self.options.starts;
        while !self.state.converged(starts) && self.state.turns < self.options.turns {
            self.turn()?;
        }
        Ok(self.state.converged(starts))
    }
}

/// Whose action is outside of its space, and by how much.
fn outside(actions: &[Vec<f64>], spaces: &[ActionSpace]) -> Option<(usize, f64)> {
    let far = actions
        .iter()
        .zip(spaces.iter().cycle())
        .map(|(action, space)| {
            let mut inside = action.clone();
            space.project(action, &mut inside);
            let squares = action.iter().zip(&inside).map(|(a, b)| (a - b).powi(2));
            let size = action.iter().fold(1.0, |most: f64, v| most.max(v.abs()));
            (squares.sum::<f64>().sqrt(), size)
        });
    // What is written in decimals is read to the bit; a projection may round.
    far.enumerate()
        .find(|(_, (far, size))| *far > 1e-9 * size)
        .map(|(i, (far, _))| (i, far))
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
