//! l1 balls and simplices: the game in the coordinates that matter.
//!
//! An action differs from the centre (of a simplex: from 0) in the coordinates of largest pull only. In all others the
//! receiver is where the centres put it. So the game in some of the coordinates has the whole game's answer once no other
//! coordinate pulls anybody more: an exact test. Coordinates that do come in, until there is none.

use crate::action_space::ActionSpace;
use crate::game::{Game, Part};
use crate::solver::decomposition::{self, Found};
use crate::spec::SpaceSpec;

/// More coordinates than this are not solved together: the active-set method is cubic in them.
const MOST: usize = 256;
/// Rounds in which coordinates come in.
const ROUNDS: usize = 24;
/// At least so many come in together.
const LEAST: usize = 32;

/// The answer for a game of l1 balls and simplices from an approximate one; `None` for other games, and where too many
/// coordinates matter.
pub(super) fn solve(game: &Game, near: &Found) -> Option<Found> {
    let d = game.dim();
    let movers = movers(game)?;
    // Where the centres put the receiver.
    let mut resting = game.bias().to_vec();
    for &(i, _) in &movers {
        if let ActionSpace::L1Ball(set) = game.space(i) {
            game.weight(i).add_image(set.center(), &mut resting);
        }
    }
    let mut kept: Vec<bool> = vec![false; d];
    for &(i, _) in &movers {
        for (k, x) in near.actions.action(i).iter().enumerate() {
            kept[k] |= *x != center(game, i, k);
        }
    }
    let mut passes = near.passes;
    for _ in 0..ROUNDS {
        let coordinates: Vec<usize> = (0..d).filter(|&k| kept[k]).collect();
        if coordinates.is_empty() || coordinates.len() > MOST {
            return None;
        }
        let small = part_of(game, &movers, &coordinates)?;
        let inner = decomposition::solve(&small)?;
        passes += inner.passes;
        let mut y = resting.clone();
        for (&k, v) in coordinates.iter().zip(&inner.y) {
            y[k] = *v;
        }
        let mut outside = violated(game, &movers, &coordinates, &kept, &y);
        if outside.is_empty() {
            let mut actions = near.actions.clone();
            for (j, &(i, _)) in movers.iter().enumerate() {
                let x = actions.action_mut(i);
                for (k, x) in x.iter_mut().enumerate() {
                    *x = center(game, i, k);
                }
                for (&k, v) in coordinates.iter().zip(inner.actions.action(j)) {
                    x[k] = *v;
                }
            }
            return Some(Found { y, actions, passes });
        }
        outside.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        outside.truncate(LEAST.max(coordinates.len() / 2));
        outside.iter().for_each(|&(_, k)| kept[k] = true);
    }
    None
}

/// Those who move the receiver, and their weights; `None` where there are none, and where somebody's set is of another kind.
pub(super) fn movers(game: &Game) -> Option<Vec<(usize, f64)>> {
    let weights = game.scalar_weights()?;
    let all = weights.iter().copied().enumerate();
    let movers: Vec<(usize, f64)> = all.filter(|(_, w)| *w != 0.0).collect();
    let is_sparse =
        |space: &ActionSpace| matches!(space, ActionSpace::L1Ball(_) | ActionSpace::Simplex(_));
    let sparse = movers.iter().all(|&(i, _)| is_sparse(game.space(i)));
    (sparse && !movers.is_empty()).then_some(movers)
}

/// Coordinate `k` of where influencer `i` is without being pulled.
pub(super) fn center(game: &Game, i: usize, k: usize) -> f64 {
    match game.space(i) {
        ActionSpace::L1Ball(set) => set.center()[k],
        _ => 0.0,
    }
}

/// How much influencer `i`, with this weight, is pulled along coordinate `k` when the receiver is at `v` there.
fn pull(game: &Game, i: usize, weight: f64, k: usize, v: f64) -> f64 {
    let along = weight.signum() * (game.target(i)[k] - v);
    match game.space(i) {
        ActionSpace::L1Ball(_) => along.abs(),
        _ => along,
    }
}

/// The coordinates outside in which somebody is pulled more than in all within, with by how much.
fn violated(
    game: &Game,
    movers: &[(usize, f64)],
    coordinates: &[usize],
    kept: &[bool],
    y: &[f64],
) -> Vec<(f64, usize)> {
    let mut excess = vec![0.0_f64; kept.len()];
    for &(i, w) in movers {
        let most = coordinates
            .iter()
            .map(|&k| pull(game, i, w, k, y[k]))
            .fold(f64::NEG_INFINITY, f64::max);
        for k in (0..kept.len()).filter(|&k| !kept[k]) {
            let size = game.target(i)[k].abs().max(y[k].abs()) + game.scale();
            let over = pull(game, i, w, k, y[k]) - most;
            if over > 8.0 * f64::EPSILON * size {
                excess[k] = excess[k].max(over);
            }
        }
    }
    (excess.into_iter().zip(0..))
        .filter(|(over, _)| *over > 0.0)
        .collect()
}

/// The game in these coordinates, everybody at its centre in all others.
fn part_of(game: &Game, movers: &[(usize, f64)], coordinates: &[usize]) -> Option<Game> {
    let pick = |values: &[f64]| -> Vec<f64> { coordinates.iter().map(|&k| values[k]).collect() };
    let parts: Vec<Part> = movers
        .iter()
        .map(|&(influencer, _)| {
            let spec = match game.space(influencer) {
                ActionSpace::L1Ball(set) => SpaceSpec::L1Ball {
                    center: pick(set.center()),
                    radius: set.radius(),
                },
                ActionSpace::Simplex(set) => SpaceSpec::Simplex {
                    dim: coordinates.len(),
                    scale: set.scale(),
                },
                _ => return None,
            };
            let space = ActionSpace::new(&spec).ok()?;
            Some(Part { influencer, space })
        })
        .collect::<Option<_>>()?;
    game.on_coordinates(coordinates, pick(game.bias()), parts)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // in tests a panic is the report
mod tests {
    use super::*;
    use crate::action_space::ConvexSet;
    use crate::equilibrium::certify;
    use crate::profile::Profile;
    use crate::spec::{GameSpec, InfluencerSpec, Loss, WeightSpec};

    /// The coordinates that matter give the answer that all of them give.
    #[test]
    fn the_answer_lies_in_few_coordinates() {
        let d = 60;
        let number = |k: usize| ((k * k * 7919 + 13 * k) % 997) as f64 / 498.5 - 1.0;
        let influencer = |i: usize| InfluencerSpec {
            cost: None,
            name: None,
            weight: WeightSpec::Scalar([0.6, -0.4, 0.5][i]),
            target: (0..d).map(|k| number(k + 100 * i)).collect(),
            space: i,
        };
        let l1 = |radius| SpaceSpec::L1Ball {
            center: (0..d).map(|k| 0.1 * number(k + 7)).collect(),
            radius,
        };
        let spec = GameSpec {
            coalitions: Vec::new(),
            loss: Loss::SquaredEuclidean,
            bias: (0..d).map(|k| 0.2 * number(k + 31)).collect(),
            spaces: vec![l1(0.5), l1(1.5), SpaceSpec::Simplex { dim: d, scale: 1.0 }],
            influencers: (0..3).map(influencer).collect(),
        };
        let game = spec.check().unwrap();
        let mut actions = Profile::zeros(&game);
        for i in 0..3 {
            game.space(i)
                .maximiser(game.target(i), actions.action_mut(i));
        }
        let near = Found {
            y: game.bias().to_vec(),
            actions,
            passes: 0,
        };
        let found = solve(&game, &near).unwrap();
        let proof = certify(&game, &found.actions, Some(&found.y));
        assert!(proof.duality_gap <= 1e-6 * proof.allowed_gap, "{proof:?}");
    }
}
