//! Is a profile an equilibrium? Every regret, exactly, or between what was found and what was proved.

use num_traits::Zero;

use super::budget::Budget;
use super::choice::{Choice, ChoiceError};
use super::response::{BestResponse, respond_to};
use super::{FiniteGame, scaled};
use big_game::spec::Rational;

/// What everybody could gain.
#[derive(Clone, Debug, PartialEq)]
pub struct Verification {
    /// Each influencer's regret `ℓ_i(x) − ℓ_i(best response)`; what was found, and so a lower bound, where the response
    /// is not proven.
    pub regrets: Vec<Rational>,
    /// Each influencer's best response: its present choice when no other is better.
    pub responses: Vec<BestResponse>,
}

impl Verification {
    /// The regrets at a profile of these losses, given everybody's best response there.
    pub(crate) fn new(losses: &[Rational], responses: Vec<BestResponse>) -> Self {
        let regrets = losses.iter().zip(&responses);
        Self {
            regrets: regrets.map(|(loss, best)| loss - &best.loss).collect(),
            responses,
        }
    }

    /// Is it an equilibrium? `None` when the budget ended before that was decided.
    pub fn equilibrium(&self) -> Option<bool> {
        self.within(&Rational::zero())
    }

    /// Does nobody gain more than `tolerance`, in units of the loss? `None` when the budget ended before that was decided.
    pub fn within(&self, tolerance: &Rational) -> Option<bool> {
        if self.regrets.iter().any(|regret| regret > tolerance) {
            return Some(false);
        }
        (0..self.regrets.len())
            .all(|i| self.regret_bound(i) <= *tolerance)
            .then_some(true)
    }

    /// Is every response proven, and so every regret exact?
    pub fn proven(&self) -> bool {
        self.responses.iter().all(|best| best.proven)
    }

    /// The profile's exploitability: the largest regret found.
    pub fn max_regret(&self) -> Rational {
        self.regrets
            .iter()
            .max()
            .cloned()
            .unwrap_or_else(Rational::zero)
    }

    /// A bound on influencer `i`'s true regret: equal to the regret where the response is proven.
    pub fn regret_bound(&self, i: usize) -> Rational {
        let best = &self.responses[i];
        &self.regrets[i] + &best.loss - &best.lower_bound
    }

    /// A bound on every influencer's true regret: the profile is an ε-equilibrium with this ε.
    pub fn max_regret_bound(&self) -> Rational {
        let bounds = (0..self.regrets.len()).map(|i| self.regret_bound(i));
        bounds.max().unwrap_or_else(Rational::zero)
    }
}

/// Computes every influencer's regret at a profile by an exact best response. n
/// [best responses](super::best_response), which share the budget: each gets an equal part of what the earlier ones left.
///
/// ```
/// # use big_finite::{Budget, FiniteGame};
/// # use big_game::spec::{FiniteSpec, InfluencerSpec, ItemSet, Rational, WeightSpec};
/// # let number = |n: i64, d: i64| Rational::new(n.into(), d.into());
/// # let influencer = |target| InfluencerSpec {
/// #     cost: None,
/// #     name: None,
/// #     weight: WeightSpec::Scalar(number(1, 2)),
/// #     target: vec![target],
/// #     space: 0,
/// # };
/// // Example 5 of the paper with q = k = 2: two of the items ±1 and ±2 each, targets ∓1/16.
/// let game = FiniteGame::new(FiniteSpec {
/// #     bias: vec![number(0, 1)],
/// #     sets: vec![ItemSet {
/// #         items: [-1, 1, -2, 2].map(|v| vec![number(v, 1)]).to_vec(),
/// #         choose: 2,
/// #         repeats: false,
/// #     }],
/// #     influencers: vec![influencer(number(-1, 16)), influencer(number(1, 16))],
///     // …
/// })?;
/// // A subset against its mirror image; and both the same.
/// let verdict = |second| big_finite::verify(&game, &[vec![0, 2], second], &Budget::unlimited());
/// assert_eq!(verdict(vec![1, 3])?.equilibrium(), Some(true));
/// assert_eq!(verdict(vec![0, 2])?.equilibrium(), Some(false));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When it is no profile of the game.
pub fn verify(
    game: &FiniteGame,
    profile: &[Choice],
    budget: &Budget<'_>,
) -> Result<Verification, ChoiceError> {
    game.check_profile(profile)?;
    let n = profile.len();
    let responses: Vec<BestResponse> = scaled!(game, s => {
        let total = s.total(profile);
        (0..n)
            .map(|i| {
                let part = budget.part(1.0 / (n - i) as f64);
                respond_to(s, i, &total, &profile[i], &part)
            })
            .collect()
    });
    Ok(Verification::new(&game.losses(profile), responses))
}
