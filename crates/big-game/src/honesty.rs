//! What keeps everybody honest: the common cost of lying at which nobody exaggerates by more than a given length (ours).
//!
//! An exaggeration is at most `‖g_i‖/λ_i`, so that a cost high enough always does it. As a common cost rises, the sum of the
//! squares of all exaggerations falls (it is what the cost weighs in the potential); the largest of them nearly always does,
//! and need not: the answer is checked, and is the least that was found.

use big_numeric::norm;

use crate::equilibrium::Equilibrium;
use crate::game::Game;
use crate::solver::{SolveError, SolveOptions, locate, solve};

/// A common cost of lying, and what it does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Honesty {
    /// `λ`, the same for everybody.
    pub lying_cost: f64,
    /// The largest `‖x_i − h_i‖` at the equilibrium of the game with that cost, of those who move the receiver: anybody else is kept honest by
    /// any cost.
    pub largest_exaggeration: f64,
}

/// Bisections at most: the cost is told to a relative `1e-12`.
const HALVINGS: usize = 80;
/// Costs tried between the one that is known to be too low and the one that is known to do.
const TRIES: usize = 24;

/// The least common cost of lying at which nobody exaggerates by more than `epsilon > 0`, in place of the game's own costs: a
/// cost at which that was checked, within a relative `1e-12` of one at which somebody did, or a share of `1e-12` of what would surely
/// do. 0 where nobody exaggerates by more
/// though lies are free (at the least exaggerated equilibrium). `None` where no cost below 1e100 is enough.
///
/// About a hundred solves.
///
/// # Errors
/// When a game could not be solved.
///
/// ```
/// use big_game::honesty::honesty;
/// use big_game::spec::SpaceSpec;
/// use big_game::Game;
///
/// let game = Game::builder()
///     .space(SpaceSpec::cube(1, -1.0, 1.0))
///     .influencer(0.5, [-0.4])
///     .influencer(0.5, [0.4])
///     .build()?;
/// // r = 0 whatever the cost, and both exaggerate by w |t| / λ.
/// let found = honesty(&game, 0.1)?.unwrap();
/// assert!((found.lying_cost - 2.0).abs() < 1e-9);
/// assert!(found.largest_exaggeration <= 0.1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn honesty(game: &Game, epsilon: f64) -> Result<Option<Honesty>, SolveError> {
    let honest = game.honest_profile();
    let largest = |found: &Equilibrium| {
        let lie = |i: usize| {
            let lie = found.actions.action(i).iter().zip(honest.action(i));
            norm(&lie.map(|(x, h)| x - h).collect::<Vec<f64>>())
        };
        (0..game.influencers())
            .filter(|&i| !game.weight(i).is_zero())
            .map(lie)
            .fold(0.0, f64::max)
    };
    let with = |cost: f64| -> Result<Honesty, SolveError> {
        let costs = vec![cost; game.influencers()];
        let priced = game
            .clone()
            .with_lying_costs(costs, Some(honest.values()))
            .map_err(|_| SolveError::Failed)?;
        Ok(Honesty {
            lying_cost: cost,
            largest_exaggeration: largest(&locate(&priced)?),
        })
    };
    let free = game
        .clone()
        .with_lying_costs(vec![0.0; game.influencers()], Some(honest.values()))
        .map_err(|_| SolveError::Failed)?;
    let free = largest(&solve(&free, &SolveOptions::default())?);
    if free <= epsilon {
        return Ok(Some(Honesty {
            lying_cost: 0.0,
            largest_exaggeration: free,
        }));
    }
    // The largest ‖g_i‖ over all positions within reach.
    let pull = |i: usize| game.weight(i).norm_bound() * (norm(game.target(i)) + game.scale());
    let pull = (0..game.influencers()).map(pull).fold(0.0, f64::max);
    let enough = pull / epsilon;
    if enough.is_nan() || enough >= 1e100 {
        return Ok(None);
    }
    let mut good = with(enough)?;
    let mut bad = enough;
    // Downwards until somebody exaggerates, then the rungs between: a cost that does may lie below one that does not.
    while good.largest_exaggeration <= epsilon && bad > enough * 1e-12 {
        bad /= 4.0;
        let tried = with(bad)?;
        if tried.largest_exaggeration > epsilon {
            break;
        }
        good = tried;
    }
    for rung in 1..TRIES {
        let cost = bad * 0.5_f64.powi(rung as i32);
        if cost < enough * 1e-12 {
            break;
        }
        let tried = with(cost)?;
        if tried.largest_exaggeration <= epsilon {
            good = tried;
            bad = cost / 2.0;
        }
    }
    let mut low = bad;
    for _ in 0..HALVINGS {
        let cost = 0.5 * (low + good.lying_cost);
        if good.lying_cost - low <= 1e-12 * good.lying_cost || cost <= low {
            break;
        }
        let tried = with(cost)?;
        if tried.largest_exaggeration <= epsilon {
            good = tried;
        } else {
            low = cost;
        }
    }
    Ok(Some(good))
}
