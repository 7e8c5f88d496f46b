//! Solvers that use the structure, chosen by themselves.
//!
//! Each returns what it found; [`solve`] has it checked by code that does not know who found it
//! ([`certify`]) and only then calls it an [`Equilibrium`].

pub mod ball;
mod checked;
mod comfort;
pub(crate) mod conic;
pub(crate) mod costly;
pub mod decomposition;
mod dimensions;
mod plain_root;
mod reference;
pub mod separable;
pub(crate) mod solved;

pub use solved::Solved;

use checked::{carried_out, checked};
use comfort::Comfort;
use decomposition::Found;
use separable::Intervals;
use thiserror::Error;

use crate::action_space::{ActionSpace, ConvexSet};
use crate::dominance;
use crate::equilibrium::{Cardinality, Equilibrium, Method, Selection, certify, set};
use crate::game::Game;
use crate::profile::Profile;
use crate::spec::Loss;
use crate::stop::{NEVER, Stop};

/// A game of at most this many numbers is given to the general methods where the one that fits it leaves it unfinished.
const SMALL: usize = 100_000;
/// Up to so many influencers an answer with a bound above `SHARP` (as a share of the game's scale) is looked at again.
const SHARPENED: usize = 10_000;
const SHARP: f64 = 1e-12;
/// An answer found in streaming passes where lies cost has to have a bound below this, as a share of the game's scale.
const FINE: f64 = 256.0 * f64::EPSILON;

/// How to solve a game.
#[derive(Clone, Debug, Default)]
pub struct SolveOptions {
    /// Which solver; by default the one that fits.
    pub method: Method,
    /// Which equilibrium to report where there are many; where it cannot be proved to rounding, one that can be.
    pub selection: Selection,
    /// Ends it early: looked at in every step of a convex program, and between these.
    pub stop: Stop,
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
    /// The solver asked for came to no answer.
    #[error(
        "the method '{method}' came to no answer for this game, whose numbers may be too small, too large or too different for it; leave the method out and others are tried"
    )]
    Unanswered {
        /// The solver's name.
        method: &'static str,
    },
    /// It was told to stop.
    #[error("the search was told to stop")]
    Stopped,
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
///
/// ```
/// use big_game::equilibrium::Selection;
/// use big_game::spec::SpaceSpec;
/// use big_game::{Game, SolveOptions, solve};
///
/// // Two that want the same: infinitely many equilibria, all with the receiver there.
/// let game = Game::builder()
///     .space(SpaceSpec::cube(1, -1.0, 1.0))
///     .influencer(0.5, [0.2])
///     .influencer(0.5, [0.2])
///     .build()?;
/// let found = solve(&game, &SolveOptions { selection: Selection::LeastNorm, ..SolveOptions::default() })?;
/// assert_eq!(found.receiver, [0.2]);
/// assert_eq!(found.winners, [0, 1]);
/// assert_eq!(found.dimension, Some(1));
/// assert!(found.certificate.receiver_error_bound < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn solve(game: &Game, options: &SolveOptions) -> Result<Equilibrium, SolveError> {
    let answer = solve_all(game, options);
    // What a program that was called off left open is no answer.
    match options.stop.is_set() {
        true => Err(SolveError::Stopped),
        false => answer,
    }
}

fn solve_all(game: &Game, options: &SolveOptions) -> Result<Equilibrium, SolveError> {
    let method = choose(game, options.method)?;
    let asked = Asked {
        set: Some(options.selection),
        stop: &options.stop,
    };
    if game.has_lying_costs() {
        return in_good_units(game, method, asked);
    }
    let answer = in_good_units(game, method, asked);
    let done = answer.as_ref().is_ok_and(|a| a.certificate.holds());
    let is_fitted = matches!(method, Method::Separable | Method::Ball);
    if answer.is_err() && options.method != Method::Auto {
        let method = options.method.name();
        return Err(SolveError::Unanswered { method });
    }
    if done || !is_fitted || options.method != Method::Auto || game.targets().len() > SMALL {
        return answer;
    }
    let other = general(game, Method::Decomposition, asked);
    better(answer.ok(), other.ok()).ok_or(SolveError::Failed)
}

/// What is wanted of a solver.
#[derive(Clone, Copy)]
struct Asked<'a> {
    /// The whole set, and which of its members to report. `None`: where the receiver lands, and actions that put it there; the set
    /// around them stays `Unknown`.
    set: Option<Selection>,
    /// Whether it is wanted still.
    stop: &'a Stop,
}

/// Where the receiver lands, and actions that put it there, with the proof; nothing is said of the set around them.
///
/// # Errors
/// When no solver came to an answer.
pub(crate) fn locate(game: &Game) -> Result<Equilibrium, SolveError> {
    let method = choose(game, Method::Auto)?;
    let asked = Asked {
        set: None,
        stop: &NEVER,
    };
    in_good_units(game, method, asked)
}

fn in_good_units(game: &Game, method: Method, asked: Asked<'_>) -> Result<Equilibrium, SolveError> {
    if game.has_lying_costs() {
        if let Some(plan) = costly::plan(game) {
            let answer = carried_out(game, method, plan);
            let bound = answer.certificate.receiver_error_bound;
            if is_finite(&answer) && answer.certificate.holds() && bound <= FINE * game.scale() {
                return Ok(answer);
            }
        }
        let solved = costly::solve(game, method, asked);
        let answer = solved.map(|solved| checked(game, method, solved));
        return answer.filter(is_finite).ok_or(SolveError::Failed);
    }
    if matches!(method, Method::Decomposition | Method::Reference) {
        return general(game, method, asked);
    }
    let selection = asked.set.unwrap_or_default();
    let intervals =
        Intervals::of(game).filter(|_| method == Method::Separable && !game.has_boxes());
    let plan = match method {
        Method::Separable => match &intervals {
            Some(intervals) => separable::plan_on_a_line(game, intervals, selection),
            None => separable::plan(game, selection),
        },
        Method::Ball => ball::plan(game, selection),
        _ => return Ok(checked(game, method, dominance::solve(game, selection))),
    };
    let answer = plan.map(|plan| carried_out(game, method, plan));
    answer.filter(is_finite).ok_or(SolveError::Failed)
}

/// Solves a game by one of the general methods, in numbers that are comfortable for it, and checks the answer in the
/// game's own.
fn general(game: &Game, method: Method, asked: Asked<'_>) -> Result<Equilibrium, SolveError> {
    let Some(comfort) = Comfort::of(game) else {
        return in_these_units(game, method, asked);
    };
    let found = match &comfort.game {
        Some(inner) => Some(in_these_units(inner, method, asked)?),
        None => None,
    };
    let method = found.as_ref().map_or(method, |f| f.method);
    let solved = comfort.back(game, found.map(uncertified));
    Ok(checked(game, method, solved))
}

/// An answer without its proof.
fn uncertified(answer: Equilibrium) -> Solved {
    Solved {
        receiver: answer.receiver,
        actions: answer.actions,
        cardinality: answer.cardinality,
        dimension: answer.dimension,
        winners: answer.winners,
        free: answer.free,
        passes: answer.passes,
    }
}

/// Is everything in an answer a number?
fn is_finite(answer: &Equilibrium) -> bool {
    let all = |values: &[f64]| values.iter().all(|v| v.is_finite());
    all(&answer.receiver)
        && all(answer.actions.values())
        && answer.free.iter().all(|f| all(&f.lower) && all(&f.upper))
}

/// The one of two answers that is proved, or else the one with the smaller gap.
fn better(first: Option<Equilibrium>, second: Option<Equilibrium>) -> Option<Equilibrium> {
    first.into_iter().chain(second).min_by(|a, b| {
        let (p, q) = (&a.certificate, &b.certificate);
        let proved = q.holds().cmp(&p.holds());
        proved.then(p.duality_gap.total_cmp(&q.duality_gap))
    })
}

/// Solves a game as it is: by the active-set method, or by the conic one.
fn in_these_units(
    game: &Game,
    method: Method,
    asked: Asked<'_>,
) -> Result<Equilibrium, SolveError> {
    let many = dimensions::fits(game);
    let stop = asked.stop;
    let described = |found: Found| match asked.set {
        None => bare(found),
        Some(selection) if many => dimensions::describe(game, found, selection, stop),
        Some(selection) => set::describe(game, found, selection, stop),
    };
    let by = |method: Method| {
        let found = if method == Method::Decomposition {
            decomposition::solve(game)
                .filter(is_number)
                .map(|found| polished(game, found, stop))
        } else {
            reference::solve(game, stop)
        };
        found
            .filter(is_number)
            .map(&described)
            .map(|solved| checked(game, method, solved))
            .filter(is_finite)
    };
    if many && method == Method::Decomposition {
        let solved = described(dimensions::solve(game));
        let answer = Some(checked(game, method, solved)).filter(is_finite);
        let done =
            |answer: &Option<Equilibrium>| answer.as_ref().is_some_and(|a| a.certificate.holds());
        let answer = if !done(&answer) && dimensions::is_light(game) {
            better(answer, by(Method::Reference))
        } else {
            answer
        };
        if done(&answer) || game.dim() > dimensions::DENSE {
            return answer.ok_or(SolveError::Failed);
        }
    }
    let first = match by(method) {
        Some(answer) if method == Method::Decomposition && is_blunt(game, &answer) => {
            Some(sharpened(game, answer, described))
        }
        first => first,
    };
    let done = first.as_ref().is_some_and(|a| a.certificate.holds());
    if done || method == Method::Reference || stop.is_set() {
        return first.ok_or(SolveError::Failed);
    }
    // What the active-set method leaves unfinished, the conic solver may still come near enough to.
    let conic = reference::solve(game, stop).filter(is_number);
    let nearby = conic
        .as_ref()
        .and_then(|found| decomposition::solve_from(game, &found.y))
        .filter(is_number);
    let others = [conic, nearby]
        .into_iter()
        .flatten()
        .map(|found| Some(checked(game, Method::Reference, described(found))).filter(is_finite));
    others.fold(first, better).ok_or(SolveError::Failed)
}

/// Did a solver end with numbers?
fn is_number(found: &Found) -> bool {
    let all = |values: &[f64]| values.iter().all(|v| v.is_finite());
    all(&found.y) && all(found.actions.values())
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
fn polished(game: &Game, found: Found, stop: &Stop) -> Found {
    let gap = |actions: &Profile| certify(game, actions, Some(&found.y)).duality_gap;
    let now = certify(game, &found.actions, Some(&found.y));
    if now.duality_gap <= 1e-8 * now.allowed_gap {
        return found;
    }
    match set::recover(game, &found.y, &found.actions, stop) {
        Some(actions) if gap(&actions) < now.duality_gap => Found { actions, ..found },
        _ => found,
    }
}

/// The method that fits the structure, or a refusal of the one asked for.
fn choose(game: &Game, asked: Method) -> Result<Method, SolveError> {
    let all = |is: fn(&ActionSpace) -> bool| {
        game.scalar_weights().is_some() && game.spaces().iter().all(is)
    };
    let boxes = game.scalar_weights().is_some() && game.has_boxes();
    // On a line every set is an interval.
    let boxes_or_line = boxes || game.dim() == 1 && all(|space| space.dim() == 1);
    let balls = all(|space| matches!(space, ActionSpace::Ball(_)));
    let refuse = |method, needs| Err(SolveError::NotApplicable { method, needs });
    if game.has_lying_costs() {
        return match asked {
            Method::Auto | Method::Separable if boxes => Ok(Method::Separable),
            Method::Separable => refuse("separable", "boxes and scalar weights throughout"),
            Method::Auto | Method::Newton => Ok(Method::Newton),
            Method::Dominance => refuse("dominance", "the inner-product loss"),
            method => refuse(
                method.name(),
                "a game without costs of lying; with them it is 'newton', and 'separable' on boxes",
            ),
        };
    }
    match (asked, game.loss()) {
        (Method::Auto | Method::Dominance, Loss::InnerProduct) => Ok(Method::Dominance),
        (_, Loss::InnerProduct) => refuse("dominance", "no other: the loss is the inner product"),
        (Method::Dominance, Loss::SquaredEuclidean) => {
            refuse("dominance", "the inner-product loss")
        }
        (Method::Separable, _) if !boxes_or_line => refuse(
            "separable",
            "boxes, or any sets on a line, and scalar weights throughout",
        ),
        (Method::Newton, _) => refuse("newton", "costs of lying"),
        (Method::Ball, _) if !balls => refuse("ball", "balls and scalar weights throughout"),
        (Method::Auto, _) if boxes_or_line => Ok(Method::Separable),
        (Method::Auto, _) if balls => Ok(Method::Ball),
        (Method::Auto, _) => Ok(Method::Decomposition),
        (method, _) => Ok(method),
    }
}
