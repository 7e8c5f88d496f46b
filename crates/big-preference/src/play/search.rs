//! One influencer looking for a better action.

use big_game::action_space::{ActionSpace, ConvexSet, nearest_in_image};
use big_numeric::{distance, matrix, norm};

use crate::receiver::Receiver;

use super::{PlayError, PlayOptions};

/// An action, the receiver's answer, the loss.
#[derive(Clone)]
pub(super) struct Point {
    pub(super) action: Vec<f64>,
    pub(super) theta_hat: Vec<f64>,
    pub(super) loss: f64,
}

/// One influencer trying actions.
pub(super) struct Probe<'a> {
    pub(super) receiver: &'a mut dyn Receiver,
    pub(super) actions: Vec<Vec<f64>>,
    pub(super) influencer: usize,
    pub(super) target: &'a [f64],
    pub(super) evaluations: usize,
}

impl Probe<'_> {
    pub(super) fn try_action(&mut self, action: Vec<f64>) -> Result<Point, PlayError> {
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
pub(super) fn bisect(
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
        let change = matrix::times(&self.jacobian, &step);
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
        let image = matrix::times(&self.jacobian, &self.best.action);
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
        let change = matrix::times(&self.jacobian, &step);
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
pub(super) fn secant(
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

/// Searches from here, and from the best of points all over the space that the receiver is asked at first: extreme points along
/// directions in general position, and points between them and the space's middle.
pub(super) fn from_everywhere(
    probe: &mut Probe<'_>,
    space: &ActionSpace,
    jacobian: &[f64],
    now: Point,
    options: &PlayOptions,
) -> Result<Point, PlayError> {
    let d = now.action.len();
    let mut tried: Vec<Point> = Vec::with_capacity(options.starts);
    for start in starts(space, d, options.starts) {
        tried.push(probe.try_action(start)?);
    }
    tried.sort_by(|a, b| a.loss.total_cmp(&b.loss));
    let mut best = now;
    for point in tried.into_iter().take(POLISHED) {
        let asked = probe.evaluations;
        // Each search has its own budget.
        probe.evaluations = 0;
        let found = secant(probe, space, jacobian.to_vec(), point, options);
        probe.evaluations += asked;
        let found = found?;
        if found.loss < best.loss {
            best = found;
        }
    }
    Ok(best)
}

/// Of the starts so many are searched from.
const POLISHED: usize = 4;

/// Points all over a space: directions from a low-discrepancy sequence (the powers of one number of which no two are in step;
/// Roberts' generalised golden ratio), at the edge and part of the way out.
fn starts(space: &ActionSpace, d: usize, count: usize) -> Vec<Vec<f64>> {
    let mut ratio = 2.0_f64;
    for _ in 0..60 {
        ratio = (1.0 + ratio).powf(1.0 / (d as f64 + 1.0));
    }
    let (lower, upper) = space.bounding_box();
    let middle: Vec<f64> = lower
        .iter()
        .zip(&upper)
        .map(|(l, u)| 0.5 * (l + u))
        .collect();
    let mut center = middle.clone();
    space.project(&middle, &mut center);
    let mut extreme = vec![0.0; d];
    (0..count)
        .map(|i| {
            let direction: Vec<f64> = (0..d)
                .map(|k| (0.5 + (i as f64 + 1.0) * ratio.powi(-(k as i32 + 1))).fract() - 0.5)
                .collect();
            space.maximiser(&direction, &mut extreme);
            // Most equilibrium actions are at the edge.
            let share = [1.0, 0.95, 0.6, 1.0, 0.8, 0.3][i % 6];
            // Between two points of a convex set.
            let between: Vec<f64> = center
                .iter()
                .zip(&extreme)
                .map(|(c, e)| c + share * (e - c))
                .collect();
            let mut inside = between.clone();
            space.project(&between, &mut inside);
            inside
        })
        .collect()
}
