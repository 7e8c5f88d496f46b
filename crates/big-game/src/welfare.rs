//! Welfare: the truthful outcome, the social optimum, the price of anarchy.

use crate::action_space::ConvexSet;
use crate::equilibrium::{Equilibrium, loss, truthful};
use crate::game::Game;
use crate::potential::receiver;
use crate::profile::Profile;
use crate::solver::{SolveError, SolveOptions, solve};
use crate::spec::Loss;

/// What the battle costs. Costs are sums of losses over all influencers.
#[derive(Clone, Debug)]
pub struct Welfare {
    /// `Σ_i ℓ_i` at the equilibrium.
    pub equilibrium_cost: f64,
    /// The least `Σ_i ℓ_i` over the reachable receiver positions `b ⊕ Σ W_i X_i`.
    pub optimal_cost: f64,
    /// The ratio of the two: 1 where both vanish; `None` where only the optimum does, and for the inner-product
    /// loss, whose sign makes a ratio meaningless.
    pub price_of_anarchy: Option<f64>,
    /// Where the receiver lands when everybody is truthful.
    pub truthful_receiver: Vec<f64>,
    /// The reachable position of least cost: the projection of the mean target.
    pub optimal_receiver: Vec<f64>,
    /// What each influencer gains (loss saved) over truthful play by all.
    pub gains: Vec<f64>,
}

/// Computes it. As long as a solve: the social optimum is itself the equilibrium of the game in which everybody
/// wants the mean target, since its potential is then `‖r − t̄‖²` and a constant.
///
/// # Errors
/// When that game could not be solved.
pub fn welfare(game: &Game, equilibrium: &Equilibrium) -> Result<Welfare, SolveError> {
    let (n, d) = (game.influencers(), game.dim());
    let honest = receiver(game, &truthful(game));
    let optimum = optimum(game)?;
    let cost = |r: &[f64]| (0..n).map(|i| loss(game, i, r)).sum::<f64>();
    let equilibrium_cost = cost(&equilibrium.receiver);
    // Rounding must not make the optimum look worse than what was reached.
    let optimal_cost = cost(&optimum).min(equilibrium_cost);
    debug_assert_eq!(optimum.len(), d);
    Ok(Welfare {
        equilibrium_cost,
        optimal_cost,
        price_of_anarchy: match game.loss() {
            Loss::InnerProduct => None,
            Loss::SquaredEuclidean if optimal_cost > 0.0 => Some(equilibrium_cost / optimal_cost),
            Loss::SquaredEuclidean => (equilibrium_cost == 0.0).then_some(1.0),
        },
        gains: (0..n)
            .map(|i| loss(game, i, &honest) - loss(game, i, &equilibrium.receiver))
            .collect(),
        truthful_receiver: honest,
        optimal_receiver: optimum,
    })
}

/// The reachable receiver position of least total loss.
fn optimum(game: &Game) -> Result<Vec<f64>, SolveError> {
    let (n, d) = (game.influencers(), game.dim());
    let mut mean = vec![0.0; d];
    for target in game.targets().chunks_exact(d) {
        for (m, t) in mean.iter_mut().zip(target) {
            *m += t;
        }
    }
    if game.loss() == Loss::InnerProduct {
        // Everybody together maximises ⟨r, Σ t_i⟩.
        let mut profile = Profile::zeros(game);
        for i in 0..n {
            let mut g = vec![0.0; game.space(i).dim()];
            game.weight(i).pull_back(&mean, &mut g);
            game.space(i).maximiser(&g, profile.action_mut(i));
        }
        return Ok(receiver(game, &profile));
    }
    for m in &mut mean {
        *m /= n as f64;
    }
    let together = game.with_common_target(&mean);
    Ok(solve(&together, &SolveOptions::default())?.receiver)
}
