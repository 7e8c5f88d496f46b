//! Figures of finite games: those of a game on convex sets, with the actions that there are on them.

use std::collections::BTreeSet;

use big_answer::hybrid::HybridResult;
use big_finite::{Choice, FiniteGame, HybridGame};
use big_game::Game;
use big_game::equilibrium::{
    Assessment, Cardinality, Equilibrium, FreeInfluencer, Method, SolutionConcept, assess, certify,
};
use big_game::potential::{potential, receiver};
use big_game::profile::Profile;
use big_game::spec::Rational;
use num_traits::ToPrimitive;

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

/// The same of a game in which only some choose items, and of its answer.
pub fn hybrid_figures(game: &HybridGame, result: &HybridResult) -> Vec<Box<dyn Figure>> {
    let Some(hulls) = Hulls::of_hybrid(game, result) else {
        return Vec::new();
    };
    let Hulls {
        game: of,
        equilibrium,
        assessment,
    } = &hulls;
    let name = result.name.as_deref();
    let own = |i: usize| {
        let chooser = game.choosers().binary_search(&i).ok();
        chooser.and_then(|k| game.alone().actions(k, MOST_ACTIONS))
    };
    if let Some(mut line) = LineFigure::new(of, name, equilibrium, assessment) {
        let shown = most_exaggerated(assessment, MOST_ROWS);
        for (row, i) in line.rows.iter_mut().zip(shown) {
            let actions = own(i).unwrap_or_default();
            row.possible = actions.iter().map(|x| rounded(x)[0]).collect();
        }
        return vec![Box::new(line)];
    }
    if let Some(mut plane) = PlaneFigure::new(of, name, equilibrium, assessment, None, &[]) {
        let possible = game.choosers().iter().filter_map(|&i| own(i)).flatten();
        let possible: BTreeSet<_> = possible.collect();
        if possible.len() <= MOST_ACTIONS as usize {
            plane.possible = possible.iter().map(|x| pair(&rounded(x))).collect();
        }
        return vec![Box::new(plane)];
    }
    let bars = BarsFigure::exaggeration(of, name, equilibrium, assessment);
    vec![Box::new(bars)]
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
        let (actions, truthful) = (means(profile)?, means(truthful)?);
        let mut equilibrium = as_equilibrium(&hulls, actions);
        let receiver = game.receiver(profile);
        let winner = |i: &usize| !game.weight(*i).is_zero() && game.target(*i) == receiver;
        equilibrium.receiver = rounded(&receiver);
        equilibrium.winners = (0..game.influencers()).filter(winner).collect();
        Some(Self::of(hulls, equilibrium, truthful))
    }

    /// Of a game in which only some choose items.
    fn of_hybrid(game: &HybridGame, result: &HybridResult) -> Option<Self> {
        let hulls = game.relaxation().ok()?;
        let all = result.influencers.iter();
        let actions = Profile::from_actions(&hulls, all.clone().map(|i| &i.action[..]))?;
        let truthful = Profile::from_actions(&hulls, all.clone().map(|i| &i.truthful_action[..]))?;
        let free = all.enumerate().filter_map(|(i, of)| {
            let range = of.action_range.as_ref()?;
            (range.lower != range.upper).then(|| FreeInfluencer {
                influencer: i,
                lower: range.lower.clone(),
                upper: range.upper.clone(),
            })
        });
        let equilibrium = Equilibrium {
            receiver: result.receiver.clone(),
            winners: result.winners.clone(),
            free: free.collect(),
            ..as_equilibrium(&hulls, actions)
        };
        Some(Self::of(hulls, equilibrium, truthful))
    }

    fn of(game: Game, equilibrium: Equilibrium, truthful: Profile) -> Self {
        Self {
            assessment: Assessment {
                truthful,
                ..assess(&game, &equilibrium.actions)
            },
            equilibrium,
            game,
        }
    }
}

/// A profile as the only equilibrium that is known: nothing in it is free, and nobody wins.
fn as_equilibrium(hulls: &Game, actions: Profile) -> Equilibrium {
    Equilibrium {
        concept: SolutionConcept::PureNash,
        receiver: receiver(hulls, &actions),
        potential: potential(hulls, &actions),
        cardinality: Cardinality::Unknown,
        dimension: None,
        winners: Vec::new(),
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
