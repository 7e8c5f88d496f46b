//! One equilibrium of a game of both kinds: the choosers and the free players settle in turn.

use std::collections::HashSet;

use big_game::equilibrium::Equilibrium;
use big_game::spec::Rational;
use big_game::{Game, SolveOptions, solve as solve_convex};

use super::super::budget::Budget;
use super::super::choice::Choice;
use super::super::verify::{Verification, verify};
use super::super::{FiniteGame, solve};
use super::{HybridError, HybridGame};

/// A profile of a game of both kinds: choices, and the equilibrium of the others' game with them.
#[derive(Clone, Debug)]
pub struct HybridSolution {
    /// The choices, in the order of [`HybridGame::choosers`].
    pub choices: Vec<Choice>,
    /// The free players' game against them.
    pub others: Game,
    /// The equilibrium of that game, in the order of [`HybridGame::free`], with its proof and its whole set.
    pub equilibrium: Equilibrium,
    /// What the choosers gain by their best choices against exactly these actions.
    pub verification: Verification,
    /// The potential `Φ = ‖r‖² − 2 Σ_i ⟨t_i, W_i x_i⟩` over all influencers at exactly these actions.
    pub potential: Rational,
    /// How far the receiver's position may be moved before some chooser prefers another choice, below 0 where one does already;
    /// `None` when somebody's choices are too many to go through.
    pub margin: Option<f64>,
    /// A bound on how far the position that the margin is of may be from the true one: 0 where a free player wins, since it is that
    /// player's target then; infinite without a proof.
    pub position_error: f64,
    /// Indices in the game of those with a weight whose target is where the receiver lands, in increasing order.
    pub winners: Vec<usize>,
    /// Moves of the choosers: exchanges of items and best responses.
    pub moves: usize,
}

impl HybridSolution {
    /// Are the choices best responses at *every* equilibrium of the free players' game, exactly? The margin beside the bound on the
    /// error of the receiver's position. `None` where that does not decide it.
    pub fn settled(&self) -> Option<bool> {
        match self.margin {
            Some(margin) if margin >= self.position_error => Some(true),
            Some(margin) if margin < -self.position_error => Some(false),
            _ => None,
        }
    }

    /// Is it an equilibrium, up to the gap that the scale of the free players' game allows? `None` where the budget ended before
    /// that was decided.
    pub fn is_equilibrium(&self) -> Option<bool> {
        let certificate = &self.equilibrium.certificate;
        let allowed = Rational::from_float(certificate.allowed_gap)?;
        match (certificate.holds(), self.settled()) {
            (true, Some(true)) => Some(true),
            (true, None) => self.verification.within(&allowed),
            (false, _) => None,
            (true, Some(false)) => Some(false),
        }
    }
}

/// Finds a pure equilibrium: the free players' game is solved with the choosers held, then the choosers' with the free players
/// held, until the choosers stay. Every turn lowers the potential, and there are finitely many choices, so that it ends; where
/// the budget ends first, the profile is the last one, with a bound on the choosers' regrets.
///
/// # Errors
/// When a background leaves the range of doubles, or the free players' game is not solved.
pub fn solve_hybrid(
    game: &HybridGame,
    options: &SolveOptions,
    budget: &Budget<'_>,
) -> Result<HybridSolution, HybridError> {
    let honest = game.truthful(&budget.part(0.1));
    let mut choices: Vec<Choice> = honest.into_iter().map(|best| best.choice).collect();
    // What the solution of the free players' game leaves open could take the choosers in a circle.
    let mut met = HashSet::new();
    let mut moves = 0;
    loop {
        let held = Held::new(game, choices, options)?;
        if !met.insert(held.choices.clone()) || budget.spent() {
            return held.told(game, None, moves, budget);
        }
        let found = solve(&held.finite, held.choices.clone(), &budget.part(0.5))?;
        moves += found.moves;
        if found.profile == held.choices {
            return held.told(game, Some(found.verification), moves, budget);
        }
        choices = found.profile;
    }
}

/// What there is to know of these choices: the free players' equilibrium with them, and what the choosers gain there.
///
/// # Errors
/// When they are no choices of the game; otherwise as [`solve_hybrid`].
pub fn assess_hybrid(
    game: &HybridGame,
    choices: Vec<Choice>,
    options: &SolveOptions,
    budget: &Budget<'_>,
) -> Result<HybridSolution, HybridError> {
    game.check_choices(&choices)?;
    Held::new(game, choices, options)?.told(game, None, 0, budget)
}

/// Choices that are held, the free players at equilibrium against them, and the choosers' game against those.
pub(super) struct Held {
    choices: Vec<Choice>,
    others: Game,
    equilibrium: Equilibrium,
    /// By how much each of them moves the receiver, exactly.
    moved: Vec<Vec<Rational>>,
    finite: FiniteGame,
    /// Where the receiver is, and how far that may be from where it is at the free players' equilibria.
    position: (Vec<Rational>, f64),
}

impl Held {
    pub(super) fn new(
        game: &HybridGame,
        choices: Vec<Choice>,
        options: &SolveOptions,
    ) -> Result<Self, HybridError> {
        let others = game.against(&choices)?;
        let equilibrium = solve_convex(&others, options)?;
        let moved = game.moved(&equilibrium.actions)?;
        let finite = game.beside(&moved)?;
        // Somebody who wins has the receiver at its target exactly.
        let position = match equilibrium.winners.first() {
            _ if !equilibrium.certificate.holds() => (finite.receiver(&choices), f64::INFINITY),
            Some(&k) => (game.convex.influencers[k].target.clone(), 0.0),
            None => {
                let error = equilibrium.certificate.receiver_error_bound;
                (finite.receiver(&choices), error)
            }
        };
        Ok(Self {
            position,
            choices,
            others,
            equilibrium,
            moved,
            finite,
        })
    }

    /// Does somebody gain by another choice for certain?
    pub(super) fn is_left(&self, game: &HybridGame) -> bool {
        let left = |k: usize| {
            self.margin(game, k)
                .is_some_and(|margin| margin < -self.position.1)
        };
        (0..self.choices.len()).any(left)
    }

    fn margin(&self, game: &HybridGame, k: usize) -> Option<f64> {
        game.margin(&self.finite, k, &self.choices[k], &self.position.0)
    }

    /// The profile with everything that is known of it.
    pub(super) fn told(
        self,
        game: &HybridGame,
        known: Option<Verification>,
        moves: usize,
        budget: &Budget<'_>,
    ) -> Result<HybridSolution, HybridError> {
        let verification = match known {
            Some(known) => known,
            None => verify(&self.finite, &self.choices, &game.enough(budget))?,
        };
        let winners = self.winners(game);
        let margins = (0..self.choices.len()).map(|k| self.margin(game, k));
        Ok(HybridSolution {
            potential: self.finite.potential(&self.choices) - game.pull(&self.moved),
            margin: margins.reduce(|a, b| Some(a?.min(b?))).flatten(),
            choices: self.choices,
            others: self.others,
            equilibrium: self.equilibrium,
            verification,
            position_error: self.position.1,
            winners,
            moves,
        })
    }

    /// Free players who win, and choosers who want the same, or exactly the position.
    fn winners(&self, game: &HybridGame) -> Vec<usize> {
        let free = self.equilibrium.winners.iter().map(|&k| game.free[k]);
        let mut winners: Vec<usize> = free.collect();
        let all = &game.spec.influencers;
        let wins = |k: &usize| {
            let own = self.finite.target(*k);
            let with = winners.first().is_some_and(|&i| all[i].target == own);
            !self.finite.weight(*k).is_zero() && (with || own == self.position.0)
        };
        let choosers = (0..self.choices.len())
            .filter(wins)
            .map(|k| game.choosers[k]);
        let choosers: Vec<usize> = choosers.collect();
        winners.extend(choosers);
        winners.sort_unstable();
        winners
    }
}
