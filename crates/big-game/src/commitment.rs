//! A leader who commits: one influencer chooses first and cannot take it back, the others play their equilibrium (ours).
//!
//! The leader changes the background of the others' game, `b + W_L x_L`. Their receiver is 1-Lipschitz in it. On boxes with numbers as weights, and so on
//! a line, coordinate by coordinate the receiver is the median of the leader's target and of the ends that it can force, so that moving first gains nothing.
//! On other sets it can.

use big_numeric::square_distance;

use crate::action_space::ConvexSet;
use crate::equilibrium::{Equilibrium, loss};
use crate::game::Game;
use crate::solver::{SolveError, SolveOptions, solve};

/// Rounds of a search, each with half the step.
const ROUNDS: usize = 40;

/// What a leader can do.
#[derive(Clone, Debug, PartialEq)]
pub struct Commitment {
    /// Its loss at the equilibrium, where all move at once.
    pub equilibrium_loss: f64,
    /// Its loss with the best action that was found.
    pub loss: f64,
    /// No action leads to a loss below this.
    pub loss_at_least: f64,
    /// That action.
    pub action: Vec<f64>,
    /// Where the receiver lands then.
    pub receiver: Vec<f64>,
    /// Is it proved that no action is better?
    pub exact: bool,
}

/// The best that influencer `leader` can do by committing to an action, bracketed. On boxes with numbers as weights it is its equilibrium action,
/// exactly; elsewhere a search from there and from the ends of the set, a solve of the others' game a step.
///
/// ```
/// use big_game::commitment::commit;
/// use big_game::solve;
/// # use big_game::Game;
/// # use big_game::spec::SpaceSpec;
/// // Example 1 of the paper, both on one side.
/// let game = Game::builder()
///     .space(SpaceSpec::cube(1, -1.0, 1.0))
///     .influencer(0.5, [-0.8])
///     .influencer(0.5, [-0.3])
///     .build()?;
/// let equilibrium = solve(&game, &Default::default())?;
/// let first = commit(&game, &equilibrium, 0)?;
/// // On a box nobody gains by moving first.
/// assert!(first.exact);
/// assert_eq!(first.loss, first.equilibrium_loss);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When the game of the others could not be solved.
pub fn commit(
    game: &Game,
    equilibrium: &Equilibrium,
    leader: usize,
) -> Result<Commitment, SolveError> {
    let loss = |r: &[f64]| loss(game, leader, r);
    let at_equilibrium = Commitment {
        equilibrium_loss: loss(&equilibrium.receiver),
        loss: loss(&equilibrium.receiver),
        loss_at_least: loss(&equilibrium.receiver),
        action: equilibrium.actions.action(leader).to_vec(),
        receiver: equilibrium.receiver.clone(),
        exact: true,
    };
    let boxes = game.scalar_weights().is_some() && (game.dim() == 1 || game.has_boxes());
    if boxes || at_equilibrium.loss == 0.0 || game.weight(leader).is_zero() {
        return Ok(at_equilibrium);
    }
    let others: Vec<usize> = (0..game.influencers()).filter(|&i| i != leader).collect();
    let lands = |x: &[f64]| -> Result<Vec<f64>, SolveError> {
        let mut background = game.bias().to_vec();
        game.weight(leader).add_image(x, &mut background);
        if others.is_empty() {
            return Ok(background);
        }
        let rest = game.of_some(&others, background);
        Ok(solve(&rest, &SolveOptions::default())?.receiver)
    };
    let space = game.space(leader);
    let m = space.dim();
    let (lower, upper) = space.bounding_box();
    let diameter = square_distance(&lower, &upper).sqrt();
    let start = at_equilibrium.action.clone();
    let mut best = (
        at_equilibrium.loss,
        start.clone(),
        at_equilibrium.receiver.clone(),
    );
    let attempt = |x: Vec<f64>, best: &mut (f64, Vec<f64>, Vec<f64>)| -> Result<bool, SolveError> {
        let mut inside = x.clone();
        space.project(&x, &mut inside);
        let r = lands(&inside)?;
        let there = loss(&r);
        let better = there < best.0;
        if better {
            *best = (there, inside, r);
        }
        Ok(better)
    };
    for k in 0..m {
        for sign in [1.0, -1.0] {
            let mut direction = vec![0.0; m];
            direction[k] = sign;
            let mut x = start.clone();
            space.maximiser(&direction, &mut x);
            attempt(x, &mut best)?;
        }
    }
    let mut step = 0.5 * diameter;
    for _ in 0..ROUNDS {
        let mut moved = false;
        for k in 0..m {
            for sign in [1.0, -1.0] {
                let mut x = best.1.clone();
                x[k] += sign * step;
                moved |= attempt(x, &mut best)?;
            }
        }
        if !moved {
            step *= 0.5;
        }
    }
    // From the equilibrium's action the leader moves the background by at most its weight times the diameter, and the others' receiver no more.
    let left = (at_equilibrium.loss.sqrt() - game.weight(leader).norm_bound() * diameter).max(0.0);
    // What rounding may account for is no gain.
    if at_equilibrium.loss - best.0 <= 1e-9 * (at_equilibrium.loss + game.scale() * game.scale()) {
        best = (at_equilibrium.loss, start, at_equilibrium.receiver.clone());
    }
    Ok(Commitment {
        loss: best.0,
        loss_at_least: (left * left).min(best.0),
        action: best.1,
        receiver: best.2,
        exact: false,
        ..at_equilibrium
    })
}
