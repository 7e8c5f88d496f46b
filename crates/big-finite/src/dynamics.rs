//! Best-response dynamics on subsets (arXiv:2502.01127, Definition 3, Proposition 6): exact, so that a move is made
//! only for a true gain. Played one at a time it ends: the potential falls with every move and takes finitely many
//! values.

use chacha20::ChaCha8Rng;
use num_traits::Zero;
use rand_core::{Rng, SeedableRng};

use super::FiniteGame;
use super::budget::Budget;
use super::choice::{Choice, ChoiceError};
use super::response::{BestResponse, best_response};
use big_game::dynamics::{Order, Status};
use big_game::spec::Rational;

/// One move; in simultaneous play, one round of moves.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The round, from 1.
    pub round: usize,
    /// Who moved; `None` when all did.
    pub influencer: Option<usize>,
    /// Its new choice; empty when all moved.
    pub choice: Choice,
    /// Where the receiver is now.
    pub receiver: Vec<Rational>,
    /// The potential now.
    pub potential: Rational,
}

/// Best-response dynamics: each `next` is one move. It ends by itself when it has converged, cycles (simultaneous play
/// only), or its budget has.
pub struct Dynamics<'a> {
    game: &'a FiniteGame,
    profile: Vec<Choice>,
    order: Order,
    rng: ChaCha8Rng,
    budget: Budget<'a>,
    /// Turns taken; in simultaneous play, rounds.
    turns: usize,
    /// Who is known to be at a best response.
    settled: Vec<bool>,
    /// Who gains no more than this stays, in units of the loss.
    tolerance: Rational,
    /// Profiles of simultaneous play: it is deterministic, so that coming back to one is a cycle.
    past: Vec<Vec<Choice>>,
    status: Status,
    interrupted: bool,
}

impl<'a> Dynamics<'a> {
    /// Starts from a profile. `seed` serves the random order.
    ///
    /// # Errors
    /// When it is no profile of the game.
    pub fn new(
        game: &'a FiniteGame,
        start: Vec<Choice>,
        order: Order,
        seed: u64,
        budget: Budget<'a>,
    ) -> Result<Self, ChoiceError> {
        game.check_profile(&start)?;
        Ok(Self {
            settled: vec![false; game.influencers()],
            tolerance: Rational::zero(),
            game,
            profile: start,
            order,
            rng: ChaCha8Rng::seed_from_u64(seed),
            budget,
            turns: 0,
            past: Vec::new(),
            status: Status::Running,
            interrupted: false,
        })
    }

    /// Play in which who gains no more than `tolerance`, in units of the loss, stays.
    #[must_use]
    pub fn with_tolerance(self, tolerance: Rational) -> Self {
        Self { tolerance, ..self }
    }

    /// How it stands. Converged means that nobody gains more than the tolerance; without one, that every choice is a best
    /// response, exactly.
    pub fn status(&self) -> Status {
        self.status
    }

    /// Did the budget end it?
    pub fn interrupted(&self) -> bool {
        self.interrupted
    }

    /// The choices now.
    pub fn profile(&self) -> &[Choice] {
        &self.profile
    }

    /// Rounds begun.
    pub fn rounds(&self) -> usize {
        match self.order {
            Order::Simultaneous => self.turns,
            _ => self.turns.div_ceil(self.game.influencers()),
        }
    }

    /// Influencer `i`'s best response, where it is better than what it plays. An unproven one counts when it is better;
    /// when it is not, nothing is known beyond its bound.
    fn better(&mut self, i: usize) -> Option<BestResponse> {
        if self.settled[i] {
            return None;
        }
        let best = best_response(self.game, i, &self.profile, &self.budget);
        if best.choice == self.profile[i] || !self.tolerance.is_zero() {
            let now = self.game.loss(i, &self.profile);
            if &now - &best.loss <= self.tolerance {
                self.settled[i] = now - &best.lower_bound <= self.tolerance;
                self.interrupted |= !self.settled[i];
                return None;
            }
        }
        Some(best)
    }

    fn moved(&mut self, i: usize, best: BestResponse) -> Step {
        self.settled.fill(false);
        self.settled[i] = best.proven;
        self.profile[i] = best.choice.clone();
        self.step(Some(i), best.choice)
    }

    fn step(&self, influencer: Option<usize>, choice: Choice) -> Step {
        Step {
            round: self.rounds(),
            influencer,
            choice,
            receiver: self.game.receiver(&self.profile),
            potential: self.game.potential(&self.profile),
        }
    }

    fn one_moves(&mut self) -> Option<Step> {
        let n = self.game.influencers();
        while self.settled.contains(&false) {
            if self.interrupted || self.budget.spent() {
                self.interrupted = true;
                return None;
            }
            if self.order == Order::Greedy {
                return self.greediest();
            }
            let i = match self.order {
                Order::Random => (self.rng.next_u64() % n as u64) as usize,
                _ => self.turns % n,
            };
            self.turns += 1;
            if let Some(best) = self.better(i) {
                return Some(self.moved(i, best));
            }
        }
        self.status = Status::Converged;
        None
    }

    fn greediest(&mut self) -> Option<Step> {
        let mut most: Option<(Rational, usize, BestResponse)> = None;
        for i in 0..self.game.influencers() {
            let Some(best) = self.better(i) else { continue };
            let gain = self.game.loss(i, &self.profile) - &best.loss;
            if most.as_ref().is_none_or(|(g, ..)| gain > *g) {
                most = Some((gain, i, best));
            }
        }
        match most {
            Some((_, i, best)) => {
                self.turns += 1;
                Some(self.moved(i, best))
            }
            None => {
                if !self.interrupted {
                    self.status = Status::Converged;
                }
                None
            }
        }
    }

    fn all_move(&mut self) -> Option<Step> {
        if self.interrupted || self.budget.spent() {
            self.interrupted = true;
            return None;
        }
        let mut next = self.profile.clone();
        for (i, choice) in next.iter_mut().enumerate() {
            if let Some(best) = self.better(i) {
                *choice = best.choice;
            }
        }
        if next == self.profile {
            if !self.interrupted {
                self.status = Status::Converged;
            }
            return None;
        }
        self.settled.fill(false);
        self.turns += 1;
        self.past.push(std::mem::replace(&mut self.profile, next));
        if let Some(at) = self.past.iter().rposition(|p| *p == self.profile) {
            let period = self.past.len() - at;
            self.status = Status::Cycle { period };
        }
        Some(self.step(None, Choice::new()))
    }
}

impl Iterator for Dynamics<'_> {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        match (self.status, self.order) {
            (Status::Running, Order::Simultaneous) => self.all_move(),
            (Status::Running, _) => self.one_moves(),
            _ => None,
        }
    }
}
