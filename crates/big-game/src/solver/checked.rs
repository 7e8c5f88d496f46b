//! From what a solver says to an answer: the actions are what counts, and nothing is claimed beyond their proof.
//!
//! The receiver that is reported is where the reported actions put it. What the solver says of the set of equilibria
//! around its own position is kept as far as the certificate carries it.

use big_numeric::norm;

use super::Solved;
use super::solved::Plan;
use crate::action_space::{ActionSpace, ConvexSet};
use crate::dominance;
use crate::equilibrium::{
    Cardinality, Certificate, Equilibrium, FreeInfluencer, Method, Proved, SolutionConcept, prove,
    prove_written, set,
};
use crate::game::Game;
use crate::potential::{potential, receiver};
use crate::profile::Profile;

/// Errors of an action, as a share of its size, that come from rounding.
const ROUNDING: f64 = 256.0 * f64::EPSILON;

/// The answer with its certificate, for the actions as they are reported.
pub(super) fn checked(game: &Game, method: Method, mut solved: Solved) -> Equilibrium {
    let noise = Noise::of(game);
    for i in 0..game.influencers() {
        let x = solved.actions.action_mut(i);
        noise.drop(i, x);
        keep_in_range(&solved.free, i, x);
    }
    if method == Method::Dominance {
        let proved = Proved {
            certificate: dominance::certify(game, &solved.actions),
            potential: potential(game, &solved.actions),
            receiver: receiver(game, &solved.actions),
        };
        return answer(
            game,
            SolutionConcept::WeaklyDominant,
            method,
            solved,
            proved,
        );
    }
    let proved = prove(game, &solved.actions, Some(&solved.receiver));
    answer(game, SolutionConcept::PureNash, method, solved, proved)
}

/// The same, everybody's action written down on the way.
pub(super) fn carried_out(game: &Game, method: Method, plan: Plan<'_>) -> Equilibrium {
    let Plan { found, write } = plan;
    let noise = Noise::of(game);
    let (actions, proved) = prove_written(game, &found.receiver, &|rows, actions| {
        write(rows.clone(), actions);
        for (i, x) in rows.zip(actions.chunks_exact_mut(game.dim())) {
            noise.drop(i, x);
            keep_in_range(&found.free, i, x);
        }
    });
    let solved = Solved { actions, ..found };
    answer(game, SolutionConcept::PureNash, method, solved, proved)
}

fn answer(
    game: &Game,
    concept: SolutionConcept,
    method: Method,
    mut solved: Solved,
    proved: Proved,
) -> Equilibrium {
    let Proved {
        mut certificate,
        potential,
        receiver: mut place,
    } = proved;
    certificate.receiver_error_bound += drop_receiver_noise(game, &solved.actions, &mut place);
    if !game.coalitions().is_empty() {
        // Who wins is who itself wants the receiver where it is.
        solved.winners = set::winners(game.alone(), &place);
    }
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
            .own_target(i)
            .iter()
            .zip(place)
            .map(|(t, r)| t - r)
            .collect();
        norm(&away) <= bound
    };
    solved.winners.retain(|&i| near(i));
    // The receiver is at one point: of targets that differ, at most one is met, and the bound does not tell which.
    let mixed = (solved.winners.windows(2))
        .any(|pair| game.own_target(pair[0]) != game.own_target(pair[1]));
    let sharp = bound <= set::TIED * unit && certificate.holds() && !mixed;
    if !sharp {
        solved.winners.clear();
    }
    // A face that is exposed within APART of the true position holds the true one; the rest was read off at TIED.
    let known = certificate.holds() && bound <= 0.25 * set::APART * unit;
    // Where everybody pays for lies there is one equilibrium, wherever it is.
    let one = certificate.action_error_bound.is_some();
    if !(sharp || one || known && !mixed && solved.cardinality == Cardinality::Unique) {
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

/// An action that rounding put outside its range over the whole set goes to its end.
fn keep_in_range(free: &[FreeInfluencer], i: usize, x: &mut [f64]) {
    let Ok(at) = free.binary_search_by_key(&i, |free| free.influencer) else {
        return;
    };
    for ((&lower, &upper), x) in free[at].lower.iter().zip(&free[at].upper).zip(x) {
        let within = x.max(lower).min(upper);
        let size = lower.abs().max(upper.abs());
        if (within - *x).abs() <= ROUNDING * size {
            *x = within;
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

/// Coordinates of actions that are nothing but rounding errors of their set's numbers.
struct Noise<'a> {
    game: &'a Game,
    /// Of each of the game's sets: lower and upper bounds, and how large noise may be.
    sets: Vec<(Vec<f64>, Vec<f64>, Vec<f64>)>,
}

impl<'a> Noise<'a> {
    fn of(game: &'a Game) -> Self {
        let of = |space: &ActionSpace| {
            let (lower, upper) = space.bounding_box();
            let size = |(l, u): (&f64, &f64)| f64::EPSILON * l.abs().max(u.abs());
            let sizes = lower.iter().zip(&upper).map(size).collect();
            (lower, upper, sizes)
        };
        Self {
            game,
            sets: game.spaces().iter().map(of).collect(),
        }
    }

    /// Noise in influencer `i`'s action becomes 0, where 0 is allowed, and a zero loses its sign.
    #[inline]
    fn drop(&self, i: usize, x: &mut [f64]) {
        let space = self.game.space_index(i);
        let (lower, upper, sizes) = &self.sets[space];
        let mut any = false;
        for (x, size) in x.iter().zip(sizes) {
            any |= x.abs() <= *size;
        }
        if !any {
            return;
        }
        for k in 0..x.len() {
            if x[k] == 0.0 {
                x[k] = 0.0;
            } else if x[k].abs() <= sizes[k] && x[k] != lower[k] && x[k] != upper[k] {
                let noise = std::mem::replace(&mut x[k], 0.0);
                if !self.game.space(i).contains(x, 0.0) {
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
