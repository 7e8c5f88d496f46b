//! What a profile is worth to everybody: losses, exact best responses, regrets.

use crate::action_space::{ConvexSet, nearest_in_image};
use crate::game::Game;
use crate::potential::{potential, receiver};
use crate::profile::Profile;
use crate::spec::Loss;
use crate::weight::{Weight, dot, norm};

/// Everything that can be said of a profile without solving the game.
#[derive(Clone, Debug)]
pub struct Assessment {
    /// `r(x)` (length `d`).
    pub receiver: Vec<f64>,
    /// `Φ(x)` (eq. 5).
    pub potential: f64,
    /// `ℓ_i(x)`.
    pub losses: Vec<f64>,
    /// `ℓ_i(x) − min ℓ_i(·, x_{−i})`, by an exact best response.
    pub regrets: Vec<f64>,
    /// The exploitability.
    pub max_regret: f64,
    /// A best response of each to the others.
    pub best_responses: Profile,
    /// The truthful profile: `proj_X(t_i)`; for an action of another dimension than the receiver's, the action
    /// whose image `W_i x` is nearest to the target.
    pub truthful: Profile,
    /// `‖x_i − t_i‖`; for an action of another dimension than the receiver's, `‖x_i − truthful_i‖`.
    pub exaggeration: Vec<f64>,
    /// Is `x_i ∈ ∂X_i`, up to rounding? Always, for a set without interior.
    pub extreme: Vec<bool>,
}

/// Assesses a profile. O(n) projections.
pub fn assess(game: &Game, profile: &Profile) -> Assessment {
    let n = game.influencers();
    let r = receiver(game, profile);
    let mut assessment = Assessment {
        potential: potential(game, profile),
        losses: Vec::with_capacity(n),
        regrets: Vec::with_capacity(n),
        max_regret: 0.0,
        best_responses: Profile::zeros(game),
        truthful: truthful(game),
        exaggeration: Vec::with_capacity(n),
        extreme: Vec::with_capacity(n),
        receiver: r,
    };
    let extents: Vec<f64> = game.spaces().iter().map(extent).collect();
    let r = &assessment.receiver;
    let mut response = Vec::new();
    for i in 0..n {
        let x = profile.action(i);
        let regret = best_response(game, i, x, r, &mut response);
        assessment
            .best_responses
            .action_mut(i)
            .copy_from_slice(&response);
        assessment.losses.push(loss(game, i, r));
        assessment.regrets.push(regret);
        let honest = if x.len() == game.dim() {
            game.target(i)
        } else {
            assessment.truthful.action(i)
        };
        let lie: Vec<f64> = x.iter().zip(honest).map(|(a, b)| a - b).collect();
        assessment.exaggeration.push(norm(&lie));
        let tolerance = 1e-12 * extents[game.space_index(i)];
        assessment
            .extreme
            .push(game.space(i).on_boundary(x, tolerance));
    }
    assessment.max_regret = assessment.regrets.iter().fold(0.0, |m: f64, &v| m.max(v));
    assessment
}

/// The loss of influencer `i` when the receiver is at `r` (eq. 2, or eq. 14).
pub fn loss(game: &Game, i: usize, r: &[f64]) -> f64 {
    let target = game.target(i);
    match game.loss() {
        Loss::SquaredEuclidean => r.iter().zip(target).map(|(a, b)| (a - b) * (a - b)).sum(),
        Loss::InnerProduct => -dot(r, target),
    }
}

/// The truthful profile: see [`Assessment::truthful`].
pub fn truthful(game: &Game) -> Profile {
    let mut profile = Profile::zeros(game);
    for i in 0..game.influencers() {
        let x = profile.action_mut(i);
        match game.weight(i) {
            Weight::Matrix(w) if x.len() != game.dim() => {
                nearest_in_image(game.space(i), w.entries(), game.target(i), x);
            }
            _ => game.space(i).project(game.target(i), x),
        }
    }
    profile
}

/// Writes influencer `i`'s best response to the others, whose actions and its own `x` put the receiver at `r`,
/// into `response`, and returns its regret `ℓ_i(x) − ℓ_i(response) ≥ 0`, computed without cancellation.
///
/// An idle influencer is at a best response whatever it does.
pub fn best_response(game: &Game, i: usize, x: &[f64], r: &[f64], response: &mut Vec<f64>) -> f64 {
    let (space, weight, target) = (game.space(i), game.weight(i), game.target(i));
    response.clear();
    response.extend_from_slice(x);
    if weight.is_zero() {
        return 0.0;
    }
    if game.loss() == Loss::InnerProduct {
        // Theorem 5: the same maximiser whatever the others do.
        let mut g = vec![0.0; x.len()];
        weight.pull_back(target, &mut g);
        let regret = space.shortfall(&g, x);
        if regret > 0.0 {
            space.maximiser(&g, response);
        }
        return regret;
    }
    match weight {
        Weight::Scalar(w) => {
            // The action that would put the receiver on the target, and its projection p.
            let wanted: Vec<f64> = x
                .iter()
                .zip(target.iter().zip(r))
                .map(|(x, (t, r))| x + (t - r) / w)
                .collect();
            space.project(&wanted, response);
            // ‖x − q‖² − ‖p − q‖² = ‖x − p‖² + 2⟨x − p, p − q⟩, both terms non-negative.
            let regret: f64 = (0..x.len())
                .map(|k| {
                    let step = x[k] - response[k];
                    step * step + 2.0 * step * (response[k] - wanted[k])
                })
                .sum();
            w * w * regret.max(0.0)
        }
        Weight::Matrix(w) => {
            let mut image = vec![0.0; r.len()];
            weight.add_image(x, &mut image);
            let wanted: Vec<f64> = image
                .iter()
                .zip(target.iter().zip(r))
                .map(|(v, (t, r))| v + (t - r))
                .collect();
            nearest_in_image(space, w.entries(), &wanted, response);
            let mut reached = vec![0.0; r.len()];
            weight.add_image(response, &mut reached);
            let regret: f64 = (0..r.len())
                .map(|k| {
                    let step = image[k] - reached[k];
                    step * step + 2.0 * step * (reached[k] - wanted[k])
                })
                .sum();
            regret.max(0.0)
        }
    }
}

/// The largest coordinate or side of a set.
fn extent(space: &crate::action_space::ActionSpace) -> f64 {
    let (lower, upper) = space.bounding_box();
    lower
        .iter()
        .chain(&upper)
        .fold(0.0_f64, |e, v| e.max(v.abs()))
}
