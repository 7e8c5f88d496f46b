//! Is a profile an equilibrium? Every regret, exactly.

use num_traits::Zero;

use super::FiniteGame;
use super::budget::Budget;
use super::choice::{Choice, ChoiceError};
use super::response::{BestResponse, best_response};
use crate::spec::Rational;

/// What everybody could gain.
#[derive(Clone, Debug, PartialEq)]
pub struct Verification {
    /// Each influencer's regret `ℓ_i(x) − ℓ_i(best response)`; a lower bound where the response is not proven.
    pub regrets: Vec<Rational>,
    /// Each influencer's best response: its present choice when no other is better.
    pub responses: Vec<BestResponse>,
}

impl Verification {
    /// Is it an equilibrium? `None` when the budget ended before that was decided.
    pub fn equilibrium(&self) -> Option<bool> {
        if self.regrets.iter().any(|regret| !regret.is_zero()) {
            return Some(false);
        }
        self.responses
            .iter()
            .all(|best| best.proven)
            .then_some(true)
    }

    /// The profile's exploitability: the largest regret.
    pub fn max_regret(&self) -> Rational {
        self.regrets
            .iter()
            .max()
            .cloned()
            .unwrap_or_else(Rational::zero)
    }

    /// A bound on every influencer's true regret: equal to the regret where the response is proven.
    pub fn regret_bound(&self, i: usize) -> Rational {
        let best = &self.responses[i];
        &self.regrets[i] + &best.loss - &best.lower_bound
    }
}

/// Computes every influencer's regret at a profile by an exact best response. n [best responses](best_response).
///
/// # Errors
/// When it is no profile of the game.
pub fn verify(
    game: &FiniteGame,
    profile: &[Choice],
    budget: &Budget<'_>,
) -> Result<Verification, ChoiceError> {
    game.check_profile(profile)?;
    let responses: Vec<BestResponse> = (0..game.influencers())
        .map(|i| best_response(game, i, profile, budget))
        .collect();
    let regrets = responses
        .iter()
        .enumerate()
        .map(|(i, best)| game.loss(i, profile) - &best.loss)
        .collect();
    Ok(Verification { regrets, responses })
}
