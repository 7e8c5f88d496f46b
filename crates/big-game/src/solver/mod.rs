//! Solvers that use the structure, chosen by themselves.
//!
//! Each returns what it found; [`solve`] has it checked by code that does not know who found it
//! ([`certify`]) and only then calls it an [`Equilibrium`].

pub mod ball;
mod checked;
pub(crate) mod conic;
pub mod decomposition;
mod plain_root;
mod reference;
pub mod separable;
pub(crate) mod solved;

pub use solved::Solved;

use checked::checked;
use decomposition::Found;
use thiserror::Error;

use crate::action_space::ActionSpace;
use crate::dominance;
use crate::equilibrium::{Cardinality, Equilibrium, Method, Selection, certify, set};
use crate::game::Game;
use crate::profile::Profile;
use crate::spec::Loss;

/// The general methods are used in units of length between `2^-30` and `2^30`.
const COMFORTABLE: i32 = 30;

/// Up to so many influencers an answer with a bound above `SHARP` (as a share of the game's scale) is looked at again.
const SHARPENED: usize = 10_000;
const SHARP: f64 = 1e-12;

/// How to solve a game.
#[derive(Clone, Copy, Debug, Default)]
pub struct SolveOptions {
    /// Which solver; by default the one that fits.
    pub method: Method,
    /// Which equilibrium to report where there are many; where it cannot be proved to rounding, one that can be.
    pub selection: Selection,
}

/// Why a game could not be solved as asked.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SolveError {
    /// The solver asked for does not handle this game.
    #[error(
        "the method '{method}' needs {needs}; leave the method out and the one that fits is chosen"
    )]
    NotApplicable {
        /// The solver's name.
        method: &'static str,
        /// What it needs.
        needs: &'static str,
    },
    /// No solver came to an answer.
    #[error(
        "no solver came to an answer for this game; this should not happen: please report it with the game file"
    )]
    Failed,
}

/// Solves a game: its equilibrium, the whole set it belongs to, and the proof.
///
/// An answer whose [`certificate`](Equilibrium::certificate) does not [hold](crate::equilibrium::Certificate::holds)
/// is as far as the solver got, not a solution.
///
/// # Errors
/// When the method asked for does not fit the game, or none came to an answer.
pub fn solve(game: &Game, options: &SolveOptions) -> Result<Equilibrium, SolveError> {
    let method = choose(game, options.method)?;
    in_good_units(game, method, Asked::Set(options.selection))
}

/// What is wanted of a solver.
#[derive(Clone, Copy)]
enum Asked {
    /// Where the receiver lands, and actions that put it there: the set around them stays `Unknown`.
    Position,
    /// The whole set, and which of its members to report.
    Set(Selection),
}

/// Where the receiver lands, and actions that put it there, with the proof; nothing is said of the set around them.
///
/// # Errors
/// When no solver came to an answer.
pub(crate) fn locate(game: &Game) -> Result<Equilibrium, SolveError> {
    let method = choose(game, Method::Auto)?;
    in_good_units(game, method, Asked::Position)
}

fn in_good_units(game: &Game, method: Method, asked: Asked) -> Result<Equilibrium, SolveError> {
    if matches!(method, Method::Decomposition | Method::Reference) {
        let power = game.unit().log2().round() as i32;
        if power.abs() > COMFORTABLE {
            return in_comfort(game, method, asked, power);
        }
    }
    in_these_units(game, method, asked)
}

/// Solves a game of tiny or huge lengths in units in which squares of squares neither vanish nor overflow, and
/// checks the answer in its own.
fn in_comfort(
    game: &Game,
    method: Method,
    asked: Asked,
    power: i32,
) -> Result<Equilibrium, SolveError> {
    let answer = in_these_units(&game.in_units(power), method, asked)?;
    let unit = 2.0_f64.powi(power);
    let back = |values: &mut [f64]| values.iter_mut().for_each(|v| *v *= unit);
    let mut solved = Solved {
        receiver: answer.receiver,
        actions: answer.actions,
        cardinality: answer.cardinality,
        dimension: answer.dimension,
        winners: answer.winners,
        free: answer.free,
        passes: answer.passes,
    };
    back(&mut solved.receiver);
    back(solved.actions.values_mut());
    for free in &mut solved.free {
        back(&mut free.lower);
        back(&mut free.upper);
    }
    Ok(checked(game, answer.method, solved))
}

/// Solves a game as it is.
fn in_these_units(game: &Game, method: Method, asked: Asked) -> Result<Equilibrium, SolveError> {
    let selection = match asked {
        Asked::Position => Selection::default(),
        Asked::Set(selection) => selection,
    };
    let told = |found: Found| match asked {
        Asked::Position => bare(found),
        Asked::Set(_) => set::describe(game, found, selection),
    };
    let attempt = |method: Method| -> Option<Solved> {
        match method {
            Method::Dominance => Some(dominance::solve(game, selection)),
            Method::Separable => separable::solve(game, selection),
            Method::Ball => ball::solve(game, selection),
            Method::Decomposition => {
                decomposition::solve(game).map(|found| told(polished(game, found)))
            }
            _ => reference::solve(game).map(told),
        }
    };
    let first = attempt(method).map(|solved| checked(game, method, solved));
    let first = match first {
        Some(answer) if method == Method::Decomposition && is_blunt(game, &answer) => {
            Some(sharpened(game, answer, told))
        }
        first => first,
    };
    match first {
        Some(answer) if answer.certificate.holds() || method != Method::Decomposition => Ok(answer),
        // What the active-set method leaves unfinished, the conic solver may still come near enough to.
        unfinished => {
            let conic = reference::solve(game);
            let nearby = conic
                .as_ref()
                .and_then(|found| decomposition::solve_from(game, &found.y));
            let others = [conic, nearby]
                .into_iter()
                .flatten()
                .map(|found| checked(game, Method::Reference, told(found)));
            unfinished
                .into_iter()
                .chain(others)
                .min_by(|a, b| {
                    a.certificate
                        .duality_gap
                        .total_cmp(&b.certificate.duality_gap)
                })
                .ok_or(SolveError::Failed)
        }
    }
}

/// Is the proof short of rounding where the solver's own may not be? In large games only when it fails.
fn is_blunt(game: &Game, answer: &Equilibrium) -> bool {
    let certificate = &answer.certificate;
    !certificate.holds()
        || game.influencers() <= SHARPENED
            && certificate.receiver_error_bound > SHARP * game.scale()
}

/// The answer with the actions that the solver came with, where their proof is the better one: the member of the set
/// that was selected is found by a general program, not always to the last digits.
fn sharpened(game: &Game, answer: Equilibrium, told: impl Fn(Found) -> Solved) -> Equilibrium {
    let Some(found) = decomposition::solve(game) else {
        return answer;
    };
    let actions = found.actions.clone();
    let solved = Solved {
        actions,
        ..told(found)
    };
    let other = checked(game, Method::Decomposition, solved);
    let bound = |answer: &Equilibrium| answer.certificate.receiver_error_bound;
    if other.certificate.holds() && bound(&other) < bound(&answer) {
        other
    } else {
        answer
    }
}

/// A position and actions, and nothing of the set around them.
fn bare(found: Found) -> Solved {
    Solved {
        receiver: found.y,
        actions: found.actions,
        cardinality: Cardinality::Unknown,
        dimension: None,
        winners: Vec::new(),
        free: Vec::new(),
        passes: found.passes,
    }
}

/// The answer with its pulls shared anew, where that is the better answer.
fn polished(game: &Game, found: Found) -> Found {
    let gap = |actions: &Profile| certify(game, actions, Some(&found.y)).duality_gap;
    let now = certify(game, &found.actions, Some(&found.y));
    if now.duality_gap <= 1e-8 * now.allowed_gap {
        return found;
    }
    match set::recover(game, &found.y, &found.actions) {
        Some(actions) if gap(&actions) < now.duality_gap => Found { actions, ..found },
        _ => found,
    }
}

/// The method that fits the structure, or a refusal of the one asked for.
fn choose(game: &Game, asked: Method) -> Result<Method, SolveError> {
    let all = |is: fn(&ActionSpace) -> bool| {
        game.scalar_weights().is_some() && game.spaces().iter().all(is)
    };
    let boxes = all(|space| matches!(space, ActionSpace::Box(_)));
    let balls = all(|space| matches!(space, ActionSpace::Ball(_)));
    let refuse = |method, needs| Err(SolveError::NotApplicable { method, needs });
    match (asked, game.loss()) {
        (Method::Auto | Method::Dominance, Loss::InnerProduct) => Ok(Method::Dominance),
        (_, Loss::InnerProduct) => refuse("dominance", "no other: the loss is the inner product"),
        (Method::Dominance, Loss::SquaredEuclidean) => {
            refuse("dominance", "the inner-product loss")
        }
        (Method::Separable, _) if !boxes => {
            refuse("separable", "boxes and scalar weights throughout")
        }
        (Method::Ball, _) if !balls => refuse("ball", "balls and scalar weights throughout"),
        (Method::Auto, _) if boxes => Ok(Method::Separable),
        (Method::Auto, _) if balls => Ok(Method::Ball),
        (Method::Auto, _) => Ok(Method::Decomposition),
        (method, _) => Ok(method),
    }
}
