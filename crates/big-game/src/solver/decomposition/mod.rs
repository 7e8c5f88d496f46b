//! Everything else, mixed freely: an exact active-set method on the `d`-dimensional dual.
//!
//! The dual `D(y) = ½‖y − b‖² + Σ_i h_i(W_iᵀ (t_i − y))` is strongly convex. Its polyhedral part is handled
//! exactly by `active` (finite on polytopes). Balls and ellipsoids are norms, smooth but for their kinks (where the
//! influencer wins): `path` rounds the kinks off and follows the minimiser as the rounding vanishes, and `landing` goes
//! from nearby to the solution itself, once it is clear which kinks and ties it sits on. A pass costs one support
//! function an influencer.

mod active;
mod atoms;
mod gram;
mod landing;
pub(crate) mod metric;
mod path;
mod round;

use active::Blocks;
use big_numeric::distance;
use path::Path;

use crate::action_space::{ActionSpace, ConvexSet};
use crate::game::Game;
use crate::profile::Profile;

/// What the solver found: a profile, and the dual point that goes with it.
#[derive(Clone, Debug)]
pub struct Found {
    /// Where the receiver lands (length `d`).
    pub y: Vec<f64>,
    /// The actions.
    pub actions: Profile,
    /// Passes over the influencers.
    pub passes: usize,
}

/// Passes over all members of one polyhedral problem before giving up on it.
const SWEEPS: usize = 200;
/// Above this number of members the start comes from a sample of an eighth of them.
const SAMPLE_ABOVE: usize = 2000;

/// Solves a game with squared loss. `None` when some polytope's vertices are too many to list.
pub fn solve(game: &Game) -> Option<Found> {
    let blocks = Blocks::new(game)?;
    let mut passes = 0.0;
    let (start, begin) = warm_start(&blocks, &mut passes)?;
    Some(finish(game, &blocks, &start, begin, passes))
}

/// Solves a game from a position near the solution.
pub(super) fn solve_from(game: &Game, start: &[f64]) -> Option<Found> {
    Some(finish(
        game,
        &Blocks::new(game)?,
        start,
        path::FROM_NEARBY,
        0.0,
    ))
}

fn finish(game: &Game, blocks: &Blocks<'_>, start: &[f64], begin: f64, mut passes: f64) -> Found {
    let path = Path::new(blocks);
    let solution = path.follow(start, begin, &mut passes);
    let mut actions = Profile::zeros(game);
    for i in 0..game.influencers() {
        // Idle influencers are truthful; single points start from here too. The others are written below.
        let space = game.space(i);
        let round = matches!(space, ActionSpace::Ball(_) | ActionSpace::Ellipsoid(_));
        if !round && !game.weight(i).is_zero() {
            continue;
        }
        let target = (game.space(i).dim() == game.dim()).then(|| game.target(i));
        let origin = vec![0.0; game.space(i).dim()];
        game.space(i)
            .project(target.unwrap_or(&origin), actions.action_mut(i));
    }
    blocks.write_actions(&solution.active, &mut actions);
    path.write_rounds(&solution, &mut actions);
    Found {
        y: solution.active.y,
        actions,
        passes: passes.ceil() as usize,
    }
}

/// A point near the solution, and how smooth the dual should be there: the solution of a sample, each of whose members
/// stands for many.
fn warm_start(blocks: &Blocks<'_>, passes: &mut f64) -> Option<(Vec<f64>, f64)> {
    let n = blocks.len();
    if n <= SAMPLE_ABOVE {
        return Some((blocks.game.bias().to_vec(), path::FROM_AFAR));
    }
    // A stride that shares no factor with n would meet periodic inputs; a hash of the stratum does not.
    let strata = n / 8;
    let members: Vec<u32> = (0..strata)
        .map(|s| {
            let hash = (s as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
            let (from, to) = (s * n / strata, (s + 1) * n / strata);
            blocks.members[from + hash as usize % (to - from)]
        })
        .collect();
    let factor = blocks.factor * n as f64 / strata as f64;
    let sample = Blocks::subset(blocks.game, members, factor)?;
    let (start, begin) = warm_start(&sample, passes)?;
    let mut spent = 0.0;
    let solution = Path::new(&sample).approach(&start, begin, &mut spent);
    *passes += spent * strata as f64 / n as f64;
    Some((solution.active.y, path::FROM_A_SAMPLE))
}
