//! The inner-product game: weakly dominant strategies (arXiv:2502.01127, Theorem 5).
//!
//! Under the loss `−⟨r(x), t_i⟩` (eq. 14) influencer `i`'s best responses are the exposed face
//! `argmax_{x ∈ X_i} ⟨W_iᵀ t_i, x⟩` whatever the others do (eq. 17); a negative weight flips it. The equilibria are
//! the product of the faces.

use big_numeric::norm;

use crate::action_space::{ActionSpace, ConvexSet, Face};
use crate::equilibrium::{Cardinality, Certificate, FreeInfluencer, Selection, exact};
use crate::game::Game;
use crate::potential::{receiver, sum_blocks};
use crate::profile::Profile;
use crate::solver::solved::Solved;
use crate::spec::SpaceSpec;

/// Values that differ by less than this share may be tied: exact arithmetic decides.
const DOUBTFUL: f64 = 1e-12;

/// The faces of equivalent actions, and one equilibrium among them. O(n) exposed faces.
pub fn solve(game: &Game, selection: Selection) -> Solved {
    let mut actions = Profile::zeros(game);
    let mut free = Vec::new();
    let mut dimension = Some(0);
    let mut unique = true;
    for i in 0..game.influencers() {
        let face = face(game, i);
        if face.is_none() {
            dimension = None;
        }
        let face = face.unwrap_or(Face::Unlisted);
        select(game, i, &face, selection, actions.action_mut(i));
        let extra = match &face {
            Face::Round { center, .. } => Some(center.len()),
            other => other.affine_dim(),
        };
        if extra == Some(0) {
            continue;
        }
        unique = false;
        dimension = dimension.zip(extra).map(|(a, b)| a + b);
        if let Some((lower, upper)) = face.bounds() {
            free.push(FreeInfluencer {
                influencer: i,
                lower,
                upper,
            });
        }
    }
    Solved {
        receiver: receiver(game, &actions),
        actions,
        cardinality: match dimension {
            None => Cardinality::Unknown,
            Some(_) if unique => Cardinality::Unique,
            Some(_) => Cardinality::Infinite,
        },
        dimension,
        winners: Vec::new(),
        free,
        passes: 1,
    }
}

/// The influencer's best responses: its exposed face, ties decided exactly where they are in doubt; `None` when
/// they cannot be.
pub fn face(game: &Game, i: usize) -> Option<Face> {
    let space = game.space(i);
    let g = direction(game, i);
    let size = norm(game.target(i)) * game.weight(i).norm_bound();
    let near = space.exposed_face(&g, 0.0);
    if near == space.exposed_face(&g, DOUBTFUL * size) && near != Face::Unlisted {
        return Some(near);
    }
    match space {
        // The maximiser over a round set is a point unless the direction is exactly zero.
        ActionSpace::Ball(_) | ActionSpace::Ellipsoid(_) => {
            exact::dominant_direction_is_zero(game, i).map(|zero| {
                if zero {
                    space.exposed_face(&vec![0.0; g.len()], 0.0)
                } else {
                    near
                }
            })
        }
        _ => exact::dominant_face(game, i),
    }
}

/// `W_iᵀ t_i`.
fn direction(game: &Game, i: usize) -> Vec<f64> {
    let mut g = vec![0.0; game.space(i).dim()];
    game.weight(i).pull_back(game.target(i), &mut g);
    g
}

/// Writes the selected member of a face.
fn select(game: &Game, i: usize, face: &Face, selection: Selection, x: &mut [f64]) {
    let wish = selection.wish(game, i);
    let spec = match face {
        Face::Point(p) => {
            x.copy_from_slice(p);
            return;
        }
        Face::Unlisted => {
            game.space(i).maximiser(&direction(game, i), x);
            return;
        }
        Face::Round { .. } => {
            if selection == Selection::Vertex {
                let mut first = vec![0.0; x.len()];
                first[0] = 1.0;
                game.space(i).maximiser(&first, x);
            } else {
                game.space(i).project(&wish, x);
            }
            return;
        }
        Face::Box { lower, upper } => SpaceSpec::Box {
            lower: lower.clone(),
            upper: upper.clone(),
        },
        Face::Hull { vertices, dim } => {
            SpaceSpec::Vertices(vertices.chunks_exact(*dim).map(<[f64]>::to_vec).collect())
        }
    };
    // A face of a valid set is a valid set.
    if let Ok(face) = ActionSpace::new(&spec) {
        if selection == Selection::Vertex {
            face.maximiser(&direction(game, i), x);
        } else {
            face.project(&wish, x);
        }
    }
}

/// The proof for a profile of the inner-product game: regrets are shortfalls, and their sum is the gap.
pub fn certify(game: &Game, profile: &Profile) -> Certificate {
    let shortfall = |i: usize| {
        game.space(i)
            .shortfall(&direction(game, i), profile.action(i))
    };
    let gap = sum_blocks(game, 1, |range, sums| {
        for i in range {
            sums.add(&[shortfall(i)]);
        }
    })[0];
    let base = crate::equilibrium::certify(game, profile, None);
    let wish = game.targets().iter().fold(0.0_f64, |w, t| w.max(t.abs()));
    Certificate {
        duality_gap: gap,
        // The receiver is computed from the actions: its error is that of the sum.
        receiver_error_bound: 4.0 * f64::EPSILON * game.scale(),
        max_regret: (0..game.influencers()).fold(0.0, |m: f64, i| m.max(shortfall(i))),
        allowed_gap: 1e-10 * game.scale() * wish,
        ..base
    }
}
