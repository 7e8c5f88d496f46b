//! Balls and scalar weights: Newton's method on the dual in the receiver's `d` dimensions.
//!
//! With actions in balls `B(c_i, R_i)` and `r(x) = b + Σ w_i x_i`, the equilibrium's receiver is the
//! minimiser of `½‖y − b'‖² + Σ ρ_i ‖t_i − y‖`, where `ρ_i = |w_i| R_i` and `b' = b + Σ w_i c_i`: a
//! regularised, weighted geometric median (ours; the primal is arXiv:2502.01127, Proposition 2). Target
//! `τ`, shared by the group `J`, is the minimiser iff the pull of all others there is at most `Σ_J ρ_j`.

mod dual;
mod group;
mod levels;
mod line;
mod newton;
mod pass;
mod proximal;
mod share;
mod span;
mod vectors;

use std::borrow::Cow;
use std::ops::Range;

use big_numeric::parallel;
use big_numeric::{Compensated, Doubles, norm};

use crate::action_space::{ActionSpace, Ball, ConvexSet};
use crate::equilibrium::{Cardinality, FreeInfluencer, Selection};
use crate::game::Game;
use crate::profile::Profile;
use crate::solver::solved::{Plan, Solved};
use crate::spec::Loss;
use dual::Dual;
use group::TiedAtTarget;
use pass::{Point, Terms};

/// Where the receiver lands, and how far from there it may be.
#[derive(Clone, Debug)]
pub struct Located {
    /// The receiver (length `d`).
    pub receiver: Vec<f64>,
    /// A bound on `‖receiver − r*‖`: the dual is strongly convex, so its residual is one.
    pub error_bound: f64,
    /// Passes over all influencers.
    pub passes: usize,
}

/// A game of balls, prepared for the dual.
struct Balls<'a> {
    game: &'a Game,
    weights: &'a [f64],
    balls: Vec<&'a Ball>,
    /// Multiplies lengths so that their squares neither overflow nor vanish.
    unit: f64,
    pulls: Doubles,
    targets: Cow<'a, [f64]>,
    background: Vec<Compensated>,
}

impl<'a> Balls<'a> {
    fn new(game: &'a Game) -> Option<Self> {
        if game.loss() != Loss::SquaredEuclidean {
            return None;
        }
        let weights = game.scalar_weights()?;
        let balls: Vec<&Ball> = game
            .spaces()
            .iter()
            .map(|space| match space {
                ActionSpace::Ball(ball) => Some(ball),
                _ => None,
            })
            .collect::<Option<_>>()?;
        let mut pulls = Doubles::zeros(weights.len());
        const CHUNK: usize = 1 << 15;
        let chunks = pulls.chunks_mut(CHUNK).enumerate();
        parallel::map(chunks, |(chunk, pulls)| {
            let weights = &weights[chunk * CHUNK..];
            if let [ball] = balls[..] {
                let radius = ball.radius();
                pulls
                    .iter_mut()
                    .zip(weights)
                    .for_each(|(pull, w)| *pull = w.abs() * radius);
                return;
            }
            for ((i, pull), w) in (chunk * CHUNK..).zip(pulls).zip(weights) {
                *pull = w.abs() * balls[game.space_index(i)].radius();
            }
        });
        let unit = unit(game);
        let targets = rescaled(game, unit, &mut pulls);
        let mut background = background(game, weights, &balls);
        for b in &mut background {
            (b.high, b.low) = (b.high * unit, b.low * unit);
        }
        Some(Self {
            game,
            weights,
            balls,
            unit,
            pulls,
            targets,
            background,
        })
    }

    fn terms(&self) -> Terms<'_> {
        Terms {
            dim: self.game.dim(),
            targets: &self.targets,
            pulls: &self.pulls,
        }
    }
}

/// Locates the equilibrium's receiver without writing down anybody's action, to within `accuracy` (in the game's unit of
/// length), or to all that double precision allows where that is less, as with 0; `None` unless the loss is squared, the
/// weights scalars and the action spaces balls. As [`solve`] otherwise.
pub fn locate(game: &Game, accuracy: f64) -> Option<Located> {
    among_workers(game, || located(game, accuracy))
}

/// Runs the whole of a large task on a thread of the pool.
fn among_workers<R: Send>(game: &Game, task: impl FnOnce() -> R + Send) -> R {
    if game.targets().len() < pass::PARALLEL {
        return task();
    }
    parallel::among_workers(task)
}

fn located(game: &Game, accuracy: f64) -> Option<Located> {
    let balls = Balls::new(game)?;
    let mut dual = Dual::new(balls.terms(), &balls.background);
    // What the bound below adds to the residual comes off the goal.
    dual.goal = accuracy * balls.unit * (1.0 - 1e-3) - 2.0 * dual.rounding();
    let (visit, passes) = span::solve(&dual);
    let receiver: Vec<f64> = (visit.point.rounded().iter())
        .map(|y| y / balls.unit)
        .collect();
    let error = visit.residual() + dual.rounding();
    Some(Located {
        error_bound: error / balls.unit + f64::EPSILON * norm(&receiver),
        receiver,
        passes,
    })
}

/// Solves a game of balls and scalar weights under the squared loss; `None` for any other game.
///
/// A pass costs `O(n d²)` with second derivatives and `O(n d)` without; their number hardly depends on the
/// game. The result is the same to the bit whatever the number of threads.
pub fn solve(game: &Game, selection: Selection) -> Option<Solved> {
    among_workers(game, || {
        planned(game, selection).map(|plan| plan.carried_out(game))
    })
}

/// The same, without writing anybody's action down.
pub(crate) fn plan(game: &Game, selection: Selection) -> Option<Plan<'_>> {
    among_workers(game, || planned(game, selection))
}

fn planned(game: &Game, selection: Selection) -> Option<Plan<'_>> {
    let prepared = Balls::new(game)?;
    let terms = prepared.terms();
    let dual = Dual::new(terms, &prepared.background);
    let (visit, passes) = span::solve(&dual);
    let Balls {
        weights,
        balls,
        unit,
        pulls,
        ..
    } = &prepared;
    let point = &visit.point;
    let mut answer = Solved {
        receiver: point.rounded().iter().map(|y| y / unit).collect(),
        actions: Profile::none(game.dim()),
        cardinality: Cardinality::Unique,
        dimension: Some(0),
        winners: Vec::new(),
        free: Vec::new(),
        passes,
    };
    let mut chosen = Chosen::new(game.dim());
    if point.is_anchor() && visit.group > 0.0 {
        let sum: Vec<f64> = visit.rest.iter().map(|s| s / unit).collect();
        let slack = dual.rounding() / unit;
        let members: Vec<usize> = (0..terms.len())
            .filter(|&i| pulls[i] > 0.0 && terms.target(i) == point.anchor)
            .collect();
        if let Some(&first) = members.first() {
            // The target itself, not a rounding of it.
            answer.receiver.copy_from_slice(game.target(first));
        }
        let group = TiedAtTarget {
            game,
            balls,
            members: &members,
            sum: &sum,
            slack,
        };
        group.settle(selection, &mut answer, &mut chosen);
    }
    add_pinned_winners(game, weights, pulls, &mut answer);
    add_idle(game, weights, balls, selection, &mut answer, &mut chosen);
    chosen.sort();
    let point = visit.point;
    Some(Plan {
        found: answer,
        write: Box::new(move |rows, actions| {
            prepared.write_directed(&point, rows.clone(), actions);
            chosen.write(rows, actions);
        }),
    })
}

/// What those do who were asked one by one.
struct Chosen {
    dim: usize,
    who: Vec<usize>,
    actions: Vec<f64>,
}

impl Chosen {
    fn new(dim: usize) -> Self {
        Self {
            dim,
            who: Vec::new(),
            actions: Vec::new(),
        }
    }

    /// The action of influencer `i`, to be written. To be [sorted](Self::sort).
    fn action_mut(&mut self, i: usize) -> &mut [f64] {
        let from = self.actions.len();
        self.who.push(i);
        self.actions.resize(from + self.dim, 0.0);
        &mut self.actions[from..]
    }

    fn sort(&mut self) {
        if self.who.is_sorted() {
            return;
        }
        let mut order: Vec<usize> = (0..self.who.len()).collect();
        order.sort_by_key(|&at| self.who[at]);
        let row = |at: &usize| &self.actions[at * self.dim..(at + 1) * self.dim];
        self.actions = order.iter().flat_map(row).copied().collect();
        self.who = order.iter().map(|&at| self.who[at]).collect();
    }

    /// Writes what those among some influencers do.
    fn write(&self, rows: Range<usize>, actions: &mut [f64]) {
        let from = self.who.partition_point(|&i| i < rows.start);
        let to = self.who.partition_point(|&i| i < rows.end);
        let chosen = self.actions[from * self.dim..to * self.dim].chunks_exact(self.dim);
        for (&i, action) in self.who[from..to].iter().zip(chosen) {
            let at = (i - rows.start) * self.dim;
            actions[at..at + self.dim].copy_from_slice(action);
        }
    }
}

/// `b + Σ w_i c_i`.
fn background(game: &Game, weights: &[f64], balls: &[&Ball]) -> Vec<Compensated> {
    let mut sums: Vec<Compensated> = game
        .bias()
        .iter()
        .map(|&b| Compensated { high: b, low: 0.0 })
        .collect();
    if balls.iter().all(|b| b.center().iter().all(|&c| c == 0.0)) {
        return sums;
    }
    for (i, &w) in weights.iter().enumerate() {
        for (s, c) in sums.iter_mut().zip(balls[game.space_index(i)].center()) {
            s.add(w * c);
        }
    }
    sums
}

/// A power of two that brings the game's numbers near 1, where they are so small or so large that squares
/// would underflow; 1 for ordinary games.
fn unit(game: &Game) -> f64 {
    let scale = game.scale();
    if scale == 0.0 || (1e-30..1e30).contains(&scale) {
        return 1.0;
    }
    // The exponent is at most 1022 in size: a game's numbers are at most 1e150 and at least 5e-324.
    2.0_f64.powi((-scale.log2().floor()).clamp(-1000.0, 1000.0) as i32)
}

/// The targets and pulls in the given unit. A target so far away that only its direction can matter is
/// brought nearer along that direction, so that no square overflows.
fn rescaled<'a>(game: &'a Game, unit: f64, pulls: &mut [f64]) -> Cow<'a, [f64]> {
    if unit == 1.0 {
        return Cow::Borrowed(game.targets());
    }
    const FAR: f64 = 1e60;
    let d = game.dim();
    let mut targets = game.targets().to_vec();
    for target in targets.chunks_exact_mut(d) {
        let size = norm(target);
        if size > FAR / unit {
            target.iter_mut().for_each(|t| *t = *t / size * FAR);
        } else {
            target.iter_mut().for_each(|t| *t *= unit);
        }
    }
    pulls.iter_mut().for_each(|p| *p *= unit);
    Cow::Owned(targets)
}

impl Balls<'_> {
    /// Some influencers, each at the point of its sphere in the direction of its target as seen from the receiver; those
    /// whose target is the receiver's place stay at their centres.
    fn write_directed(&self, point: &Point, rows: Range<usize>, actions: &mut [f64]) {
        let (game, balls) = (self.game, &self.balls);
        let d = game.dim();
        let lengths = |i: usize| {
            if self.weights[i] == 0.0 {
                0.0
            } else {
                balls[game.space_index(i)]
                    .radius()
                    .copysign(self.weights[i])
            }
        };
        self.terms().directions(rows.start, point, lengths, actions);
        for (i, action) in rows.zip(actions.chunks_exact_mut(d)) {
            let center = balls[game.space_index(i)].center();
            action.iter_mut().zip(center).for_each(|(x, c)| *x += c);
        }
    }
}

/// Those who cannot move (radius 0) but whose target is where the receiver lands win too.
fn add_pinned_winners(game: &Game, weights: &[f64], pulls: &[f64], answer: &mut Solved) {
    for i in 0..weights.len() {
        if weights[i] != 0.0 && pulls[i] == 0.0 && game.target(i) == answer.receiver {
            answer.winners.push(i);
        }
    }
    answer.winners.sort_unstable();
}

/// Idle influencers may play anything in their balls.
fn add_idle(
    game: &Game,
    weights: &[f64],
    balls: &[&Ball],
    selection: Selection,
    answer: &mut Solved,
    chosen: &mut Chosen,
) {
    for i in 0..weights.len() {
        let ball = balls[game.space_index(i)];
        if weights[i] != 0.0 || ball.radius() == 0.0 {
            continue;
        }
        let action = chosen.action_mut(i);
        match selection {
            Selection::LeastExaggerated => ball.project(game.target(i), action),
            Selection::LeastNorm => ball.project(&vec![0.0; action.len()], action),
            Selection::Vertex => {
                action.copy_from_slice(ball.center());
                if let Some(x) = action.first_mut() {
                    *x += ball.radius();
                }
            }
        }
        let (lower, upper) = ball.bounding_box();
        answer.free.push(FreeInfluencer {
            influencer: i,
            lower,
            upper,
        });
        answer.cardinality = match answer.cardinality {
            Cardinality::Unknown => Cardinality::Unknown,
            _ => Cardinality::Infinite,
        };
        answer.dimension = answer.dimension.map(|dim| dim + game.dim());
    }
    answer.free.sort_unstable_by_key(|f| f.influencer);
}
