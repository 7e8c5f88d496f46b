//! Finite games under the inner-product loss `−⟨r(x), t_i⟩` (arXiv:2502.01127, eq. 14 and Theorem 5 on finite sets).
//!
//! Influencer `i` loses `−Σ_{a ∈ S_i} ⟨W_iᵀ t_i, a⟩ / k` and what the others cause: whatever they do, its best choices are
//! the `k` items of greatest `⟨W_iᵀ t_i, a⟩`. Items that are tied there are exchangeable, and nothing else is.

use num_bigint::BigUint;
use num_traits::{One, Zero};

use super::FiniteGame;
use super::choice::{Choice, binomial};
use big_game::spec::{Rational, WeightSpec};

/// An influencer's weakly dominant choices: all of `fixed`, and `open` of the `tied` items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DominantChoices {
    /// Items that are in every one of them.
    pub fixed: Choice,
    /// Items of which any `open` do, with repetitions where these are allowed.
    pub tied: Choice,
    /// How many of the tied items are chosen.
    pub open: usize,
    /// May a tied item be chosen more than once?
    pub repeats: bool,
}

impl DominantChoices {
    /// How many choices these are.
    pub fn count(&self) -> BigUint {
        match (self.open, self.repeats) {
            (0, _) => BigUint::one(),
            (open, true) => binomial(self.tied.len() + open - 1, open),
            (open, false) => binomial(self.tied.len(), open),
        }
    }

    /// The first of them in lexicographic order.
    pub fn first(&self) -> Choice {
        let mut choice = self.fixed.clone();
        if self.repeats {
            let first = self.tied.first().copied().unwrap_or(0);
            choice.extend(std::iter::repeat_n(first, self.open));
        } else {
            choice.extend(self.tied.iter().take(self.open));
        }
        choice.sort_unstable();
        choice
    }
}

/// Influencer `i`'s weakly dominant choices under the inner-product loss, exactly. O(m log m) comparisons of fractions.
pub fn dominant_choices(game: &FiniteGame, i: usize) -> DominantChoices {
    let pull = pull(game, i);
    let worth: Vec<Rational> = game
        .items(i)
        .iter()
        .map(|item| item.iter().zip(&pull).map(|(a, g)| a * g).sum())
        .collect();
    let mut order: Vec<u32> = (0..worth.len() as u32).collect();
    order.sort_by(|&a, &b| worth[b as usize].cmp(&worth[a as usize]).then(a.cmp(&b)));
    let (k, repeats) = (game.choose(i), game.repeats(i));
    // With repetitions the best item is chosen k times.
    let last = &worth[order[if repeats { 0 } else { k - 1 }] as usize];
    let tied: Choice = (0..worth.len() as u32)
        .filter(|&a| worth[a as usize] == *last)
        .collect();
    let fixed: Choice = if repeats {
        Vec::new()
    } else {
        (0..worth.len() as u32)
            .filter(|&a| worth[a as usize] > *last)
            .collect()
    };
    let open = k - fixed.len();
    if !repeats && open == tied.len() {
        let mut all = fixed;
        all.extend(&tied);
        all.sort_unstable();
        return DominantChoices {
            fixed: all,
            tied: Vec::new(),
            open: 0,
            repeats,
        };
    }
    DominantChoices {
        fixed,
        tied,
        open,
        repeats,
    }
}

/// What influencer `i` loses under the inner-product loss, `−⟨r, t_i⟩`.
///
/// # Panics
/// When it is no profile of the game.
pub fn inner_product_loss(game: &FiniteGame, i: usize, profile: &[Choice]) -> Rational {
    let receiver = game.receiver(profile);
    -receiver
        .iter()
        .zip(game.target(i))
        .map(|(r, t)| r * t)
        .sum::<Rational>()
}

/// The exact potential of the inner-product game, `−Σ_i ⟨t_i, W_i x_i⟩`.
///
/// # Panics
/// When it is no profile of the game.
pub fn inner_product_potential(game: &FiniteGame, profile: &[Choice]) -> Rational {
    let pulls = profile.iter().enumerate().map(|(i, choice)| {
        let action = game.action(i, choice);
        pull(game, i)
            .iter()
            .zip(&action)
            .map(|(g, x)| g * x)
            .sum::<Rational>()
    });
    -pulls.sum::<Rational>()
}

/// `W_iᵀ t_i`.
fn pull(game: &FiniteGame, i: usize) -> Vec<Rational> {
    let target = game.target(i);
    match game.weight(i) {
        WeightSpec::Scalar(w) => target.iter().map(|t| w * t).collect(),
        WeightSpec::Matrix(rows) => {
            let mut pull = vec![Rational::zero(); game.items(i)[0].len()];
            for (row, t) in rows.iter().zip(target) {
                for (p, w) in pull.iter_mut().zip(row) {
                    *p += w * t;
                }
            }
            pull
        }
    }
}
