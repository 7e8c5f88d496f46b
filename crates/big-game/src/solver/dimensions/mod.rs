//! Games in very many dimensions: memory and time of the order of the input, no `d × d` matrix.
//!
//! The potential is minimised block by block, each block by an exact best response: best-response dynamics, whose every
//! move is a projection. On sets whose actions have few coordinates in common at equilibrium it ends after a few rounds
//! with the exact answer. Where it is slow, l1 balls and simplices are solved in the few coordinates that their actions
//! leave their centres in, or where these are many, in everybody's largest pull. The set of equilibria is described by the coordinates in which two or more influencers are
//! free: all others are fixed by the receiver's position.

mod describe;
mod levels;
mod support;

pub(super) use describe::describe;

use super::decomposition::Found;
use crate::action_space::{ActionSpace, ConvexSet};
use crate::equilibrium::{best_response, certify};
use crate::game::Game;
use crate::potential::receiver;
use crate::profile::Profile;
use crate::weight::Weight;

/// From this dimension on games are solved here first, where a best response costs little.
const MANY: usize = 512;
/// The largest dimension in which the general methods keep matrices of `d × d` numbers: beyond, these would not fit into
/// memory, or take too long to factor.
pub(super) const DENSE: usize = 2048;
/// Numbers that a search may look at altogether.
const WORK: usize = 200_000_000;
/// The most rounds.
const ROUNDS: usize = 1_000;
/// Rounds between two proofs.
const BETWEEN: usize = 8;
/// A gap of this share of what is allowed is as good as none.
const ENOUGH: f64 = 1e-8;

/// Is a game for this place?
pub(super) fn fits(game: &Game) -> bool {
    game.dim() > DENSE || (game.dim() >= MANY && is_light(game))
}

/// Do a best response, and a row of the conic program, take no more numbers than the input has?
pub(super) fn is_light(game: &Game) -> bool {
    let light = |space: &ActionSpace| {
        !matches!(space, ActionSpace::Ellipsoid(_) | ActionSpace::Polytope(_))
    };
    game.scalar_weights().is_some() && game.spaces().iter().all(light)
}

/// Numbers that the best response of influencer `i` looks at.
fn work(game: &Game, i: usize) -> usize {
    let (d, m) = (game.dim(), game.space(i).dim());
    let of_set = match game.space(i) {
        ActionSpace::Ellipsoid(_) => m.saturating_mul(m),
        ActionSpace::Polytope(set) => 64 * set.vertices().map_or(m * m, <[f64]>::len),
        _ => m,
    };
    match game.weight(i) {
        Weight::Scalar(_) => of_set,
        Weight::Matrix(_) => of_set.saturating_add(d.saturating_mul(m).saturating_mul(m)),
    }
}

/// Best-response dynamics from the points nearest to the origin until nothing is gained any more, or until they are seen
/// to need too much work; then the coordinates that matter by themselves, or the levels. `O(n d log d)` a round for everything but
/// ellipsoids and polytopes.
pub(super) fn solve(game: &Game) -> Found {
    let mut actions = Profile::zeros(game);
    for i in 0..game.influencers() {
        let x = actions.action_mut(i);
        let start = if game.weight(i).is_zero() && x.len() == game.dim() {
            game.target(i).to_vec()
        } else {
            vec![0.0; x.len()]
        };
        game.space(i).project(&start, x);
    }
    let (found, done) = descend(game, actions);
    if done {
        return found;
    }
    let few = support::solve(game, &found);
    few.or_else(|| levels::solve(game)).unwrap_or(found)
}

/// Rounds of best responses, one influencer after the other; is the answer as good as it gets?
fn descend(game: &Game, mut actions: Profile) -> (Found, bool) {
    let n = game.influencers();
    let work: usize = (0..n).fold(1, |sum, i| sum.saturating_add(work(game, i)));
    let rounds = (WORK / work).clamp(4, ROUNDS);
    let mut r = receiver(game, &actions);
    let mut response = Vec::new();
    let (mut passes, mut done, mut before) = (0, false, f64::INFINITY);
    for round in 1..=rounds {
        let mut gained = 0.0;
        for i in 0..n {
            let gain = best_response(game, i, actions.action(i), &r, &mut response);
            if gain <= 0.0 {
                continue;
            }
            gained += gain;
            let x = actions.action_mut(i);
            let step: Vec<f64> = response.iter().zip(x.iter()).map(|(p, x)| p - x).collect();
            x.copy_from_slice(&response);
            game.weight(i).add_image(&step, &mut r);
        }
        passes += 1;
        // Rounding errors of the moves must not add up.
        r = receiver(game, &actions);
        if gained <= 0.0 {
            done = true;
            break;
        }
        if round % BETWEEN == 0 || round == 2 {
            let proof = certify(game, &actions, None);
            passes += 2;
            let enough = ENOUGH * proof.allowed_gap;
            if proof.duality_gap <= enough {
                done = true;
                break;
            }
            // At the rate of the last rounds, how many more are there?
            let fall = (before / proof.duality_gap).ln() / BETWEEN as f64;
            let left = (proof.duality_gap / enough).ln() / fall;
            let ends = left <= (rounds - round) as f64;
            if round > 2 * BETWEEN && !ends {
                break;
            }
            before = proof.duality_gap;
        }
    }
    let found = Found {
        y: r,
        actions,
        passes,
    };
    (found, done)
}
