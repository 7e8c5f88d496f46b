//! The vertices of the whole set of equilibria, where it is a polytope and they are few.

use super::set::LARGE;
use super::{Cardinality, Equilibrium, Method, exact};
use crate::action_space::ConvexSet;
use crate::dominance;
use crate::game::Game;
use crate::profile::Profile;
use crate::solver::{costly, separable};

/// The vertices of the set of equilibria that `equilibrium` belongs to, in a fixed order. `None` where it has more
/// than `limit`, is no polytope (a round set with freedom), or is too large for rational arithmetic.
///
/// ```
/// use big_game::equilibrium::vertices;
/// use big_game::spec::SpaceSpec;
/// use big_game::{Game, solve};
///
/// // Example 2 of the paper: x_1 = (−1, y), x_2 = (1, −y), for any y.
/// let game = Game::builder()
///     .space(SpaceSpec::cube(2, -1.0, 1.0))
///     .influencer(0.5, [-0.4, 0.0])
///     .influencer(0.5, [0.4, 0.0])
///     .build()?;
/// let ends = vertices(&game, &solve(&game, &Default::default())?, 10).unwrap();
/// let ends: Vec<&[f64]> = ends.iter().map(|profile| profile.values()).collect();
/// assert_eq!(ends, [[-1.0, -1.0, 1.0, 1.0], [-1.0, 1.0, 1.0, -1.0]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn vertices(game: &Game, equilibrium: &Equilibrium, limit: usize) -> Option<Vec<Profile>> {
    if equilibrium.cardinality == Cardinality::Unique {
        return Some(vec![equilibrium.actions.clone()]);
    }
    if game.has_lying_costs() {
        return costly::vertices_of(game, equilibrium, limit);
    }
    if equilibrium.method == Method::Dominance {
        let mut profiles = vec![equilibrium.actions.clone()];
        for i in 0..game.influencers() {
            let choices = dominance::face(game, i)?.vertices(limit)?;
            profiles = with_choices(&profiles, i, &choices, limit)?;
        }
        return Some(profiles);
    }
    if game.has_boxes() && game.scalar_weights().is_some() {
        return separable::vertices(game, &separable::locate(game)?, limit);
    }
    let mut profiles = exact::vertices(game, &equilibrium.receiver, LARGE, limit)?;
    for i in (0..game.influencers()).filter(|&i| game.weight(i).is_zero()) {
        let space = game.space(i);
        let anything = space.exposed_face(&vec![0.0; space.dim()], 0.0);
        profiles = with_choices(&profiles, i, &anything.vertices(limit)?, limit)?;
    }
    Some(profiles)
}

/// Every profile with every choice of influencer `i` put in.
fn with_choices(
    profiles: &[Profile],
    i: usize,
    choices: &[f64],
    limit: usize,
) -> Option<Vec<Profile>> {
    let m = profiles.first()?.action(i).len();
    if profiles.len().checked_mul(choices.len() / m)? > limit {
        return None;
    }
    let mut all = Vec::with_capacity(profiles.len() * choices.len() / m);
    for profile in profiles {
        for choice in choices.chunks_exact(m) {
            let mut profile = profile.clone();
            profile.action_mut(i).copy_from_slice(choice);
            all.push(profile);
        }
    }
    Some(all)
}
