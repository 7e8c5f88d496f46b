//! Learning without an equilibrium in mind: everybody follows the slope of its own loss (ours).
//!
//! Online gradient steps `x_i ← proj_{X_i}(x_i − η_t W_iᵀ(r_t − t_i))` have no regret, whatever the others do: against any fixed action
//! the linearised losses `⟨g_i^s, ·⟩`, `g_i^s = 2 W_iᵀ (r_s − t_i)`, sum to at most `O(√T)` less. From
//! `Σ_i 2⟨r − t_i, W_i (x_i − x_i*)⟩ ≥ 2 ‖r − r*‖²` follows that the receiver comes near the equilibrium's:
//! `min_{s ≤ T} ‖r_s − r*‖² ≤ Σ_i Regret_i(T) / (2T)`. Any correlated equilibrium is a mixture of equilibria (Neyman 1997), all with one receiver.

use big_numeric::{norm, square_distance};

use crate::action_space::ConvexSet;
use crate::equilibrium::{Equilibrium, truthful};
use crate::game::Game;
use crate::potential::receiver;

/// What was seen up to a round.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// The round, from 1.
    pub round: usize,
    /// Where the receiver was in it.
    pub receiver: Vec<f64>,
    /// The mean of where it was so far.
    pub mean_receiver: Vec<f64>,
    /// The least squared distance from the equilibrium's receiver so far,
    pub least_square: f64,
    /// which cannot exceed this: the sum of the linearised regrets over twice the rounds.
    pub bound: f64,
}

/// Plays `rounds` rounds from truthful play, and says what was seen at the powers of two and at the end: `O(rounds · n d)`
/// and as many projections. The step `η_t` of an influencer is the diameter of its set's bounding box over the largest slope so far times `√t`.
///
/// The loss is the squared distance; costs of lying and coalitions are not looked at. `None` where `keep_going` said no before a round.
///
/// ```
/// use big_game::learning::learn;
/// use big_game::solve;
/// # use big_game::Game;
/// # use big_game::spec::SpaceSpec;
/// // Example 1 of the paper, both on one side.
/// let game = Game::builder()
///     .space(SpaceSpec::cube(1, -1.0, 1.0))
///     .influencer(0.5, [-0.8])
///     .influencer(0.5, [-0.3])
///     .build()?;
/// let equilibrium = solve(&game, &Default::default())?;
/// let seen = learn(&game, &equilibrium, 1000, &|| true).expect("it was let go on");
/// let last = seen.last().expect("the last round is always seen");
/// assert!(last.least_square <= last.bound);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn learn(
    game: &Game,
    equilibrium: &Equilibrium,
    rounds: usize,
    keep_going: &dyn Fn() -> bool,
) -> Option<Vec<Seen>> {
    let (n, d) = (game.influencers(), game.dim());
    let mut profile = truthful(game);
    let diameters: Vec<f64> = (0..n)
        .map(|i| {
            let (lower, upper) = game.space(i).bounding_box();
            square_distance(&lower, &upper).sqrt()
        })
        .collect();
    let mut steepest = vec![0.0_f64; n];
    let mut slopes: Vec<Vec<f64>> = (0..n).map(|i| vec![0.0; game.space(i).dim()]).collect();
    let mut played = vec![0.0; n];
    let mut sum = vec![0.0; d];
    let mut least = f64::INFINITY;
    let mut seen = Vec::new();
    let mut off = vec![0.0; d];
    for round in 1..=rounds {
        if !keep_going() {
            return None;
        }
        let r = receiver(game, &profile);
        sum.iter_mut().zip(&r).for_each(|(s, r)| *s += r);
        least = least.min(square_distance(&r, &equilibrium.receiver));
        for i in 0..n {
            off.iter_mut()
                .zip(&r)
                .zip(game.target(i))
                .for_each(|((o, r), t)| *o = 2.0 * (r - t));
            let mut slope = vec![0.0; slopes[i].len()];
            game.weight(i).pull_back(&off, &mut slope);
            let x = profile.action_mut(i);
            played[i] += slope.iter().zip(&*x).map(|(g, x)| g * x).sum::<f64>();
            slopes[i].iter_mut().zip(&slope).for_each(|(s, g)| *s += g);
            steepest[i] = steepest[i].max(norm(&slope));
            if steepest[i] > 0.0 {
                let step = diameters[i] / (steepest[i] * (round as f64).sqrt());
                let to: Vec<f64> = x.iter().zip(&slope).map(|(x, g)| x - step * g).collect();
                game.space(i).project(&to, x);
            }
        }
        if round.is_power_of_two() || round == rounds {
            let regret = |i: usize| {
                let down: Vec<f64> = slopes[i].iter().map(|s| -s).collect();
                played[i] + game.space(i).support(&down)
            };
            seen.push(Seen {
                round,
                receiver: r,
                mean_receiver: sum.iter().map(|s| s / round as f64).collect(),
                least_square: least,
                bound: (0..n).map(regret).sum::<f64>().max(0.0) / (2 * round) as f64,
            });
        }
    }
    Some(seen)
}
