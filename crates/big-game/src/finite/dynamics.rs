//! Best-response dynamics on subsets (arXiv:2502.01127, Definition 3, Proposition 6): exact, so that a move is made
//! only for a true gain. Played one at a time it ends: the potential falls with every move and takes finitely many
//! values.

use chacha20::ChaCha8Rng;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Zero;
use rand_core::{Rng, SeedableRng};

use super::FiniteGame;
use super::budget::Budget;
use super::choice::{Choice, ChoiceError};
use super::response::{BestResponse, best_response};
use super::verify::{Verification, verify};
use crate::dynamics::{Order, Start, Status};
use crate::spec::{FiniteSpec, InfluencerSpec, Rational, WeightSpec};

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

    /// How it stands. Converged means that every choice is a best response, exactly.
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
    /// when it is not, nothing is known.
    fn better(&mut self, i: usize) -> Option<BestResponse> {
        if self.settled[i] {
            return None;
        }
        let best = best_response(self.game, i, &self.profile, &self.budget);
        if best.choice == self.profile[i] {
            self.settled[i] = best.proven;
            self.interrupted |= !best.proven;
            return None;
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

/// A profile to start from: everybody's mean as near as possible to its target (through its weight, where actions have
/// another dimension) or to zero, or items drawn at random.
pub fn start(game: &FiniteGame, start: Start, budget: &Budget<'_>) -> Vec<Choice> {
    let n = game.influencers();
    match start {
        Start::Truthful => (0..n).map(|i| nearest(game, i, true, budget)).collect(),
        Start::Zero => (0..n).map(|i| nearest(game, i, false, budget)).collect(),
        Start::Random(seed) => {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            (0..n).map(|i| draw(game, i, &mut rng)).collect()
        }
    }
}

fn draw(game: &FiniteGame, i: usize, rng: &mut ChaCha8Rng) -> Choice {
    let (m, k) = (game.items(i).len(), game.choose(i));
    let mut choice: Choice = if game.repeats(i) {
        (0..k).map(|_| (rng.next_u64() % m as u64) as u32).collect()
    } else {
        let mut items: Vec<u32> = (0..m as u32).collect();
        for j in 0..k {
            items.swap(j, j + (rng.next_u64() % (m - j) as u64) as usize);
        }
        items.truncate(k);
        items
    };
    choice.sort_unstable();
    choice
}

/// The choice whose mean is nearest to the target, or to zero: a best response in a game of its own.
fn nearest(game: &FiniteGame, i: usize, to_target: bool, budget: &Budget<'_>) -> Choice {
    let set = &game.spec().sets[game.spec().influencers[i].space];
    let (m, d) = (set.items[0].len(), game.dim());
    let one = WeightSpec::Scalar(BigRational::from(BigInt::from(1)));
    let (weight, target) = match game.weight(i) {
        WeightSpec::Matrix(rows) if to_target && m != d => {
            (WeightSpec::Matrix(rows.clone()), game.target(i).to_vec())
        }
        _ if to_target => (one, game.target(i).to_vec()),
        _ => (one, vec![Rational::zero(); m]),
    };
    let choice: Choice = super::choice::first(set.choose, set.repeats);
    let alone = FiniteGame::new(FiniteSpec {
        bias: vec![Rational::zero(); target.len()],
        sets: vec![set.clone()],
        influencers: vec![InfluencerSpec {
            name: None,
            weight,
            target,
            space: 0,
        }],
    });
    // The parts come from a valid game; should they not make one, any choice is a start.
    match alone {
        Ok(alone) => best_response(&alone, 0, &[choice], budget).choice,
        Err(_) => choice,
    }
}

/// A profile that best-response dynamics came to, and whether it is an equilibrium.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// The choices.
    pub profile: Vec<Choice>,
    /// Where the receiver lands.
    pub receiver: Vec<Rational>,
    /// The potential there.
    pub potential: Rational,
    /// Everybody's regret, computed afresh from the profile alone.
    pub verification: Verification,
    /// Moves made.
    pub moves: usize,
}

/// Finds a pure Nash equilibrium by best-response dynamics, one influencer after the other, from a start; and verifies
/// it. Within the budget it always does (Proposition 6).
///
/// # Errors
/// When the start is no profile of the game.
pub fn solve(
    game: &FiniteGame,
    start: Vec<Choice>,
    budget: &Budget<'_>,
) -> Result<Solution, ChoiceError> {
    let mut dynamics = Dynamics::new(game, start, Order::RoundRobin, 0, *budget)?;
    let moves = dynamics.by_ref().count();
    let profile = dynamics.profile;
    Ok(Solution {
        receiver: game.receiver(&profile),
        potential: game.potential(&profile),
        verification: verify(game, &profile, budget)?,
        profile,
        moves,
    })
}
