//! Figures of finite games: those of a game on convex sets, with the actions that there are on them.

use std::collections::BTreeSet;

use big_game::equilibrium::{
    Assessment, Cardinality, Equilibrium, Method, SolutionConcept, assess, certify,
};
use big_game::finite::{Choice, FiniteGame};
use big_game::profile::Profile;
use big_game::spec::{Rational, WeightSpec};
use num_traits::{ToPrimitive, Zero};

use super::common::most_exaggerated;
use super::plane::pair;
use super::{BarsFigure, Figure, LineFigure, MOST_ROWS, PlaneFigure};

/// Up to this many actions of an influencer are drawn.
const MOST_ACTIONS: u32 = 400;

/// The figures that suit a profile of a finite game (one choice an influencer): the line or the plane with the hulls of
/// the sets of actions, and else how far each action is from its target. `truthful` is what everybody would choose
/// truthfully. None where the sets have no hulls that are known ([`FiniteGame::relaxation`]).
///
/// # Panics
/// When one of them is no [profile](FiniteGame::check_profile) of the game.
pub fn finite_figures(
    game: &FiniteGame,
    name: Option<&str>,
    profile: &[Choice],
    truthful: &[Choice],
) -> Vec<Box<dyn Figure>> {
    let Ok(hulls) = game.relaxation() else {
        return Vec::new();
    };
    let means = |choices: &[Choice]| {
        let actions: Vec<Vec<f64>> = choices
            .iter()
            .enumerate()
            .map(|(i, choice)| rounded(&game.action(i, choice)))
            .collect();
        Profile::from_actions(&hulls, actions.iter().map(Vec::as_slice))
    };
    let (Some(actions), Some(truthful)) = (means(profile), means(truthful)) else {
        return Vec::new();
    };
    let assessment = Assessment {
        truthful,
        ..assess(&hulls, &actions)
    };
    let equilibrium = as_equilibrium(game, profile, actions, &hulls);
    if let Some(mut line) = LineFigure::new(&hulls, name, &equilibrium, &assessment) {
        let shown = most_exaggerated(&assessment, MOST_ROWS);
        for (row, i) in line.rows.iter_mut().zip(shown) {
            let actions = game.actions(i, MOST_ACTIONS).unwrap_or_default();
            row.possible = actions.iter().map(|x| rounded(x)[0]).collect();
        }
        return vec![Box::new(line)];
    }
    let plane = PlaneFigure::new(&hulls, name, &equilibrium, &assessment, None, &[]);
    if let Some(mut plane) = plane {
        plane.possible = possible(game).unwrap_or_default();
        return vec![Box::new(plane)];
    }
    let bars = BarsFigure::exaggeration(&hulls, name, &equilibrium, &assessment);
    vec![Box::new(bars)]
}

/// The profile as the only equilibrium that is known: nothing in it is free.
fn as_equilibrium(
    game: &FiniteGame,
    profile: &[Choice],
    actions: Profile,
    hulls: &big_game::Game,
) -> Equilibrium {
    let receiver = game.receiver(profile);
    let winner = |i: &usize| {
        let idle = match game.weight(*i) {
            WeightSpec::Scalar(w) => w.is_zero(),
            WeightSpec::Matrix(rows) => rows.iter().flatten().all(Zero::is_zero),
        };
        !idle && game.target(*i) == receiver
    };
    Equilibrium {
        concept: SolutionConcept::PureNash,
        receiver: rounded(&receiver),
        potential: game.potential(profile).to_f64().unwrap_or(f64::NAN),
        cardinality: Cardinality::Unknown,
        dimension: None,
        winners: (0..game.influencers()).filter(winner).collect(),
        free: Vec::new(),
        certificate: certify(hulls, &actions, None),
        method: Method::Auto,
        passes: 0,
        actions,
    }
}

/// The distinct actions of all influencers in the plane; `None` when they are too many to be drawn.
fn possible(game: &FiniteGame) -> Option<Vec<[f64; 2]>> {
    let mut all = BTreeSet::new();
    for i in 0..game.influencers() {
        all.extend(game.actions(i, MOST_ACTIONS)?);
        if all.len() > MOST_ACTIONS as usize {
            return None;
        }
    }
    Some(all.iter().map(|x| pair(&rounded(x))).collect())
}

fn rounded(values: &[Rational]) -> Vec<f64> {
    let double = |q: &Rational| q.to_f64().unwrap_or(f64::NAN);
    values.iter().map(double).collect()
}
