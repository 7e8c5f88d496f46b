//! What a profile is worth to everybody: losses, exact best responses, regrets.

use big_numeric::{dot, norm, square_distance, times_power_of_two};

use crate::action_space::{ConvexSet, nearest_in_image};
use crate::game::Game;
use crate::potential::{potential, receiver};
use crate::profile::Profile;
use crate::spec::Loss;
use crate::weight::Weight;

/// Everything that can be said of a profile without solving the game.
#[derive(Clone, Debug)]
pub struct Assessment {
    /// `r(x)` (length `d`).
    pub receiver: Vec<f64>,
    /// `Φ(x)` (eq. 5), or the potential of the inner-product game.
    pub potential: f64,
    /// `ℓ_i(x)`.
    pub losses: Vec<f64>,
    /// `λ_i ‖x_i − h_i‖²`: what its lie costs each.
    pub costs: Vec<f64>,
    /// `ℓ_i(x) − min ℓ_i(·, x_{−i})`, by an exact best response; of loss and cost together where lies cost.
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
///
/// ```
/// use big_game::Game;
/// use big_game::equilibrium::assess;
/// use big_game::profile::Profile;
/// use big_game::spec::SpaceSpec;
///
/// let game = Game::builder()
///     .space(SpaceSpec::cube(1, -1.0, 1.0))
///     .influencer(0.5, [-0.8])
///     .influencer(0.5, [-0.3])
///     .build()?;
/// let truth = Profile::from_actions(&game, [&[-0.8][..], &[-0.3]]).unwrap();
/// let told = assess(&game, &truth);
/// // The first would pretend to be at −1, and save 0.25² − 0.15².
/// assert!((told.max_regret - 0.0625).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn assess(game: &Game, profile: &Profile) -> Assessment {
    let n = game.influencers();
    let assessor = Assessor::new(game, profile);
    let mut assessment = Assessment {
        potential: potential(game, profile),
        losses: Vec::with_capacity(n),
        costs: Vec::with_capacity(n),
        regrets: Vec::with_capacity(n),
        max_regret: 0.0,
        best_responses: Profile::zeros(game),
        truthful: Profile::zeros(game),
        exaggeration: Vec::with_capacity(n),
        extreme: Vec::with_capacity(n),
        receiver: assessor.receiver.clone(),
    };
    let mut worth = Worth::default();
    for i in 0..n {
        assessor.worth(i, &mut worth);
        let best = assessment.best_responses.action_mut(i);
        best.copy_from_slice(&worth.best_response);
        let honest = assessment.truthful.action_mut(i);
        honest.copy_from_slice(&worth.truthful);
        assessment.losses.push(worth.loss);
        assessment.costs.push(worth.cost);
        assessment.regrets.push(worth.regret);
        assessment.max_regret = assessment.max_regret.max(worth.regret);
        assessment.exaggeration.push(worth.exaggeration);
        assessment.extreme.push(worth.extreme);
    }
    assessment
}

/// Says what a profile is worth to one influencer after the other: an [`Assessment`] of which no more is held than
/// is looked at.
#[derive(Clone, Debug)]
pub struct Assessor<'a> {
    game: &'a Game,
    profile: &'a Profile,
    receiver: Vec<f64>,
    /// Of each of the game's sets.
    extents: Vec<f64>,
}

/// What a profile is worth to one influencer; the fields are those of [`Assessment`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Worth {
    /// `ℓ_i(x)`.
    pub loss: f64,
    /// `λ_i ‖x_i − h_i‖²`.
    pub cost: f64,
    /// What the best response gains.
    pub regret: f64,
    /// A best response to the others (length `m`).
    pub best_response: Vec<f64>,
    /// What it plays when it tells the truth (length `m`).
    pub truthful: Vec<f64>,
    /// How far it is from the truth.
    pub exaggeration: f64,
    /// Is it on the boundary of its set?
    pub extreme: bool,
}

impl<'a> Assessor<'a> {
    /// One pass, which finds where the profile puts the receiver.
    pub fn new(game: &'a Game, profile: &'a Profile) -> Self {
        Self {
            game,
            profile,
            receiver: receiver(game, profile),
            extents: game.spaces().iter().map(extent).collect(),
        }
    }

    /// Is influencer `i`'s action on the boundary of its set, up to rounding?
    pub fn is_extreme(&self, i: usize) -> bool {
        let tolerance = 1e-12 * self.extents[self.game.space_index(i)];
        let x = self.profile.action(i);
        self.game.space(i).on_boundary(x, tolerance)
    }

    /// `ℓ_i(x)` and the regret of influencer `i`: one projection.
    pub fn loss_and_regret(&self, i: usize) -> (f64, f64) {
        let (game, x) = (self.game, self.profile.action(i));
        let regret = best_response(game, i, x, &self.receiver, &mut Vec::new());
        (loss(game, i, &self.receiver), regret)
    }

    /// Writes what the profile is worth to influencer `i`: two projections.
    pub fn worth(&self, i: usize, worth: &mut Worth) {
        let (game, x) = (self.game, self.profile.action(i));
        worth.regret = best_response(game, i, x, &self.receiver, &mut worth.best_response);
        worth.loss = loss(game, i, &self.receiver);
        worth.cost = game.alone().cost_of_lying(i, x);
        worth.truthful.clear();
        worth.truthful.resize(x.len(), 0.0);
        truthful_action(game, i, &mut worth.truthful);
        let honest = if x.len() == game.dim() {
            game.own_target(i)
        } else {
            &worth.truthful
        };
        let lie: Vec<f64> = x.iter().zip(honest).map(|(a, b)| a - b).collect();
        worth.exaggeration = norm(&lie);
        worth.extreme = self.is_extreme(i);
    }
}

/// The loss of influencer `i` when the receiver is at `r` (eq. 2, or eq. 14): its own, also as a member of a coalition.
pub fn loss(game: &Game, i: usize, r: &[f64]) -> f64 {
    let target = game.own_target(i);
    match game.loss() {
        Loss::SquaredEuclidean => square_distance(r, target),
        Loss::InnerProduct => -dot(r, target),
    }
}

/// The truthful profile: see [`Assessment::truthful`].
pub fn truthful(game: &Game) -> Profile {
    let mut profile = Profile::zeros(game);
    for i in 0..game.influencers() {
        truthful_action(game, i, profile.action_mut(i));
    }
    profile
}

/// Writes what influencer `i` plays when it tells the truth into `x`.
pub(crate) fn truthful_action(game: &Game, i: usize, x: &mut [f64]) {
    match game.weight(i) {
        Weight::Matrix(w) if x.len() != game.dim() => {
            nearest_in_image(game.space(i), w.entries(), game.own_target(i), x);
        }
        _ => game.space(i).project(game.own_target(i), x),
    }
}

/// Writes influencer `i`'s best response to the others, whose actions and its own `x` put the receiver at `r`,
/// into `response`, and returns its regret `ℓ_i(x) − ℓ_i(response) ≥ 0`, computed without cancellation.
///
/// An idle influencer is at a best response whatever it does. Where lies cost, the regret is that of loss and cost together;
/// a member of a coalition responds for the coalition, in the mean of its members' losses by their shares.
///
/// ```
/// use big_game::equilibrium::best_response;
/// # use big_game::Game;
/// # use big_game::spec::SpaceSpec;
/// // Example 1 of the paper, both on one side.
/// let game = Game::builder()
///     .space(SpaceSpec::cube(1, -1.0, 1.0))
///     .influencer(0.5, [-0.8])
///     .influencer(0.5, [-0.3])
///     .build()?;
/// // Both are truthful: the receiver is at −0.55, and the first wants it further on.
/// let mut response = Vec::new();
/// let regret = best_response(&game, 0, &[-0.8], &[-0.55], &mut response);
/// assert_eq!(response, [-1.0]);
/// assert!((regret - (0.25 * 0.25 - 0.15 * 0.15)).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn best_response(game: &Game, i: usize, x: &[f64], r: &[f64], response: &mut Vec<f64>) -> f64 {
    let (space, weight, target) = (game.space(i), game.weight(i), game.target(i));
    response.clear();
    response.extend_from_slice(x);
    if let Some(honest) = game.honest(i) {
        return priced_response(game, i, honest, x, r, response);
    }
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
    if let Some(regret) = from_afar(game, i, x, r, response) {
        return regret;
    }
    match weight {
        Weight::Scalar(w) => {
            // The action q that would put the receiver on the target, beside its projection p.
            let m = x.len();
            response.extend(
                x.iter()
                    .zip(target.iter().zip(r))
                    .map(|(x, (t, r))| x + (t - r) / w),
            );
            let (nearest, wanted) = response.split_at_mut(m);
            space.project(wanted, nearest);
            // ‖x − q‖² − ‖p − q‖² = ‖x − p‖² + 2⟨x − p, p − q⟩, both terms non-negative.
            let regret: f64 = (0..m)
                .map(|k| {
                    let step = x[k] - nearest[k];
                    step * step + 2.0 * step * (nearest[k] - wanted[k])
                })
                .sum();
            response.truncate(m);
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

/// As [`best_response`], for an influencer whom a lie costs `λ ‖x − h‖²`: the projection of
/// `(w² x + w (t − r) + λ h) / (w² + λ)`, and for a matrix the nearest point in the image under `W` above `√λ I`.
fn priced_response(
    game: &Game,
    i: usize,
    honest: &[f64],
    x: &[f64],
    r: &[f64],
    response: &mut [f64],
) -> f64 {
    let (space, target, factor) = (game.space(i), game.target(i), game.lying_cost(i));
    // ‖u − q‖² − ‖v − q‖² = ‖u − v‖² + 2⟨u − v, v − q⟩ for what is, what is reached and what is wanted.
    let regret = |is: &[f64], reached: &[f64], wanted: &[f64]| -> f64 {
        let terms = (0..is.len()).map(|k| {
            let step = is[k] - reached[k];
            step * step + 2.0 * step * (reached[k] - wanted[k])
        });
        terms.sum::<f64>().max(0.0)
    };
    match game.weight(i) {
        Weight::Scalar(w) => {
            // The weighted mean of two points, in shares: w² and λ may be far from each other.
            let (pull, hold) = (w / (w * w + factor), factor / (w * w + factor));
            let wanted: Vec<f64> = (0..x.len())
                .map(|k| x[k] + pull * (target[k] - r[k]) + hold * (honest[k] - x[k]))
                .collect();
            space.project(&wanted, response);
            (w * w + factor) * regret(x, response, &wanted)
        }
        Weight::Matrix(w) => {
            let (d, m) = (r.len(), x.len());
            let root = factor.sqrt();
            let mut stacked = w.entries().to_vec();
            stacked.resize((d + m) * m, 0.0);
            (0..m).for_each(|k| stacked[(d + k) * m + k] = root);
            let image = |x: &[f64]| -> Vec<f64> {
                let mut image = vec![0.0; d];
                Weight::Matrix(w).add_image(x, &mut image);
                image.extend(x.iter().map(|v| root * v));
                image
            };
            let is = image(x);
            let mut wanted: Vec<f64> = (0..d).map(|k| is[k] + (target[k] - r[k])).collect();
            wanted.extend(honest.iter().map(|h| root * h));
            nearest_in_image(space, &stacked, &wanted, response);
            regret(&is, &image(response), &wanted)
        }
    }
}

/// As [`best_response`], for an influencer that wants the receiver so much further than it can move it that the square
/// of its own part is lost in rounding errors of its loss: the best actions are those furthest towards the target.
/// (The action that would put the receiver there may be no double: `(t − r) / w` overflows.) `None` for all others.
fn from_afar(game: &Game, i: usize, x: &[f64], r: &[f64], response: &mut [f64]) -> Option<f64> {
    const AFAR: f64 = (1_u64 << 60) as f64;
    let (space, weight) = (game.space(i), game.weight(i));
    let gap = || game.target(i).iter().zip(r).map(|(t, v)| t - v);
    let wanted = gap().fold(0.0_f64, |most, v| most.max(v.abs()));
    let reach = weight.norm_bound();
    if reach * game.diameter(i) >= wanted / AFAR {
        return None;
    }
    let gap: Vec<f64> = gap().collect();
    // Neither the pull nor the shortfall may vanish because the weight is tiny: the weight comes last.
    let unit = times_power_of_two(1.0, reach.log2().floor() as i32);
    let mut g = vec![0.0; x.len()];
    match weight {
        Weight::Scalar(w) => g
            .iter_mut()
            .zip(&gap)
            .for_each(|(g, v)| *g = v * w.signum()),
        Weight::Matrix(w) => {
            let mut matrix = w.clone();
            matrix.times_power_of_two(-(reach.log2().floor() as i32));
            Weight::Matrix(&matrix).pull_back(&gap, &mut g);
        }
    }
    let unit = match weight {
        Weight::Scalar(w) => w.abs(),
        Weight::Matrix(_) => unit,
    };
    let short = space.shortfall(&g, x);
    if short > 0.0 {
        space.maximiser(&g, response);
    }
    Some(2.0 * (unit * short))
}

/// The largest coordinate or side of a set.
fn extent(space: &crate::action_space::ActionSpace) -> f64 {
    let (lower, upper) = space.bounding_box();
    lower
        .iter()
        .chain(&upper)
        .fold(0.0_f64, |e, v| e.max(v.abs()))
}
