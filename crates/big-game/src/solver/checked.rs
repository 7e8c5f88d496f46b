//! From what a solver says to an answer: the actions are what counts, and nothing is claimed beyond their proof.
//!
//! The receiver that is reported is where the reported actions put it. What the solver says of the set of equilibria
//! around its own position is kept as far as the certificate carries it.

use super::Solved;
use crate::action_space::ConvexSet;
use crate::dominance;
use crate::equilibrium::{
    Cardinality, Certificate, Equilibrium, Method, SolutionConcept, prove, set,
};
use crate::game::Game;
use crate::potential::{potential, receiver};
use crate::profile::Profile;
use crate::weight::norm;

/// Errors of an action, as a share of its size, that come from rounding.
const ROUNDING: f64 = 256.0 * f64::EPSILON;

/// The answer with its certificate, for the actions as they are reported.
pub(super) fn checked(game: &Game, method: Method, mut solved: Solved) -> Equilibrium {
    drop_noise(game, &mut solved.actions);
    keep_in_ranges(&mut solved);
    let (concept, mut certificate, potential, mut place) = if method == Method::Dominance {
        (
            SolutionConcept::WeaklyDominant,
            dominance::certify(game, &solved.actions),
            potential(game, &solved.actions),
            receiver(game, &solved.actions),
        )
    } else {
        let proof = prove(game, &solved.actions, Some(&solved.receiver));
        (
            SolutionConcept::PureNash,
            proof.certificate,
            proof.potential,
            proof.receiver,
        )
    };
    certificate.receiver_error_bound += drop_receiver_noise(game, &solved.actions, &mut place);
    let undecided = if concept == SolutionConcept::PureNash {
        keep_proved(game, &certificate, &place, &mut solved)
    } else {
        Vec::new()
    };
    contain_actions(&mut solved);
    Equilibrium {
        concept,
        potential,
        receiver: place,
        actions: solved.actions,
        cardinality: solved.cardinality,
        dimension: solved.dimension,
        winners: solved.winners,
        undecided,
        free: solved.free,
        certificate,
        method,
        passes: solved.passes,
    }
}

/// Takes back what the bound on the receiver's error does not carry. Returns those of whom nobody knows whether
/// they win: the target is within the bound, but the bound is too wide to call that a meeting.
fn keep_proved(
    game: &Game,
    certificate: &Certificate,
    place: &[f64],
    solved: &mut Solved,
) -> Vec<usize> {
    let bound = certificate.receiver_error_bound;
    let unit = game.scale() + norm(place);
    // r* is within the bound: who wants to be further away does not win.
    let near = |i: usize| {
        let away: Vec<f64> = game
            .target(i)
            .iter()
            .zip(place)
            .map(|(t, r)| t - r)
            .collect();
        norm(&away) <= bound
    };
    let sharp = bound <= set::TIED * unit && certificate.holds();
    if sharp {
        solved.winners.retain(|&i| near(i));
    } else {
        solved.winners.clear();
    }
    // A face that is exposed within APART of the true position holds the true one; the rest was read off at TIED.
    let known = certificate.holds() && bound <= 0.25 * set::APART * unit;
    if !(sharp || known && solved.cardinality == Cardinality::Unique) {
        solved.cardinality = Cardinality::Unknown;
        solved.dimension = None;
    }
    if bound <= 64.0 * f64::EPSILON * unit {
        return Vec::new();
    }
    (0..game.influencers())
        .filter(|&i| {
            !game.weight(i).is_zero() && near(i) && solved.winners.binary_search(&i).is_err()
        })
        .collect()
}

/// Actions that rounding put outside their range over the whole set go to its end.
fn keep_in_ranges(solved: &mut Solved) {
    for free in &solved.free {
        let x = solved.actions.action_mut(free.influencer);
        for ((&lower, &upper), x) in free.lower.iter().zip(&free.upper).zip(x) {
            let within = x.max(lower).min(upper);
            let size = lower.abs().max(upper.abs());
            if (within - *x).abs() <= ROUNDING * size {
                *x = within;
            }
        }
    }
}

/// A range over the whole set holds the member that is reported.
fn contain_actions(solved: &mut Solved) {
    for free in &mut solved.free {
        let x = solved.actions.action(free.influencer);
        for ((lower, upper), &x) in free.lower.iter_mut().zip(&mut free.upper).zip(x) {
            *lower = lower.min(x);
            *upper = upper.max(x);
        }
    }
}

/// Coordinates of actions that are nothing but rounding errors of their set's numbers become 0, where 0 is allowed.
fn drop_noise(game: &Game, actions: &mut Profile) {
    let boxes: Vec<_> = game.spaces().iter().map(ConvexSet::bounding_box).collect();
    for i in 0..game.influencers() {
        let (lower, upper) = &boxes[game.space_index(i)];
        let x = actions.action_mut(i);
        for k in 0..x.len() {
            let size = lower[k].abs().max(upper[k].abs());
            // A zero loses its sign.
            if x[k] == 0.0 {
                x[k] = 0.0;
            } else if x[k].abs() <= f64::EPSILON * size && x[k] != lower[k] && x[k] != upper[k] {
                let noise = std::mem::replace(&mut x[k], 0.0);
                if !game.space(i).contains(x, 0.0) {
                    x[k] = noise;
                }
            }
        }
    }
}

/// The same for the receiver, measured by the numbers whose sum it is; a place that somebody asked for stays. Returns
/// how far that moves it, at most.
fn drop_receiver_noise(game: &Game, actions: &Profile, place: &mut [f64]) -> f64 {
    let mut moved = 0.0;
    for k in 0..place.len() {
        let value = place[k];
        if value == 0.0 {
            place[k] = 0.0;
            continue;
        }
        if value.abs() > 4.0 * f64::EPSILON * game.scale() {
            continue;
        }
        let mut unit = vec![0.0; place.len()];
        unit[k] = 1.0;
        let mut row = Vec::new();
        let mut size = game.bias()[k].abs();
        let mut wanted = false;
        for i in 0..game.influencers() {
            wanted |= game.target(i)[k] == value;
            let x = actions.action(i);
            row.resize(x.len(), 0.0);
            game.weight(i).pull_back(&unit, &mut row);
            size += row.iter().zip(x).map(|(w, x)| (w * x).abs()).sum::<f64>();
        }
        if !wanted && value.abs() <= 4.0 * f64::EPSILON * size {
            place[k] = 0.0;
            moved += value.abs();
        }
    }
    moved
}
