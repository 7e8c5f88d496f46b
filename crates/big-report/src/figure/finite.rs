//! Figures of finite games: those of a game on convex sets, with the actions that there are on them.

use std::collections::BTreeSet;

use big_finite::{Choice, FiniteGame};
use big_game::Game;
use big_game::equilibrium::{
    Assessment, Cardinality, Equilibrium, Method, SolutionConcept, assess, certify,
};
use big_game::profile::Profile;
use big_game::spec::{Rational, WeightSpec};
use num_traits::{ToPrimitive, Zero};

use super::common::most_exaggerated;
use super::planar::pair;
use super::{BarsFigure, Figure, LineFigure, MOST_ROWS, PlaneFigure};

/// Up to this many actions of an influencer are drawn.
const MOST_ACTIONS: u32 = 400;

/// The figures that suit a profile of a finite game (one choice an influencer): the line or the plane with the hulls of
/// the sets of actions, and else how far each action is from its target. `truthful` is what everybody would choose
/// truthfully. None where the sets have no hulls that are known ([`FiniteGame::relaxation`]).
///
/// # Panics
/// Here and below, when one of them is no [profile](FiniteGame::check_profile) of the game.
pub fn finite_figures(
    game: &FiniteGame,
    name: Option<&str>,
    profile: &[Choice],
    truthful: &[Choice],
) -> Vec<Box<dyn Figure>> {
    if let Some(line) = LineFigure::of_finite(game, name, profile, truthful) {
        return vec![Box::new(line)];
    }
    if let Some(plane) = PlaneFigure::of_finite(game, name, profile, truthful) {
        return vec![Box::new(plane)];
    }
    let bars = Hulls::new(game, profile, truthful)
        .map(|h| BarsFigure::exaggeration(&h.game, name, &h.equilibrium, &h.assessment));
    bars.map(|f| Box::new(f) as Box<dyn Figure>)
        .into_iter()
        .collect()
}

impl LineFigure {
    /// A profile of a finite game on a line; `None` unless the receiver and all items are numbers.
    pub fn of_finite(
        game: &FiniteGame,
        name: Option<&str>,
        profile: &[Choice],
        truthful: &[Choice],
    ) -> Option<Self> {
        let hulls = Hulls::new(game, profile, truthful)?;
        let mut figure = Self::new(&hulls.game, name, &hulls.equilibrium, &hulls.assessment)?;
        let shown = most_exaggerated(&hulls.assessment, MOST_ROWS);
        for (row, i) in figure.rows.iter_mut().zip(shown) {
            let actions = game.actions(i, MOST_ACTIONS).unwrap_or_default();
            row.possible = actions.iter().map(|x| rounded(x)[0]).collect();
        }
        Some(figure)
    }
}

impl PlaneFigure {
    /// A profile of a finite game in the plane; `None` unless the receiver and all items have two coordinates.
    pub fn of_finite(
        game: &FiniteGame,
        name: Option<&str>,
        profile: &[Choice],
        truthful: &[Choice],
    ) -> Option<Self> {
        let Hulls {
            game: hulls,
            equilibrium,
            assessment,
        } = Hulls::new(game, profile, truthful)?;
        let mut figure = Self::new(&hulls, name, &equilibrium, &assessment, None, &[])?;
        figure.possible = possible(game).unwrap_or_default();
        Some(figure)
    }
}

/// A profile of a finite game as one of the game on the hulls of its sets.
struct Hulls {
    game: Game,
    equilibrium: Equilibrium,
    assessment: Assessment,
}

impl Hulls {
    fn new(game: &FiniteGame, profile: &[Choice], truthful: &[Choice]) -> Option<Self> {
        let hulls = game.relaxation().ok()?;
        let means = |choices: &[Choice]| {
            let actions = choices.iter().enumerate();
            let actions: Vec<Vec<f64>> = actions
                .map(|(i, choice)| rounded(&game.action(i, choice)))
                .collect();
            Profile::from_actions(&hulls, actions.iter().map(Vec::as_slice))
        };
        let actions = means(profile)?;
        Some(Self {
            assessment: Assessment {
                truthful: means(truthful)?,
                ..assess(&hulls, &actions)
            },
            equilibrium: as_equilibrium(game, profile, actions, &hulls),
            game: hulls,
        })
    }
}

/// The profile as the only equilibrium that is known: nothing in it is free.
fn as_equilibrium(
    game: &FiniteGame,
    profile: &[Choice],
    actions: Profile,
    hulls: &Game,
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
        undecided: Vec::new(),
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
