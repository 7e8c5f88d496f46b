//! Best-response dynamics (arXiv:2502.01127, Definition 3; eqs. 12, 13) as an iterator of steps.
//!
//! One influencer at a time replaces its action by a best response: block-coordinate descent on the potential.
//! Simultaneous play is offered too; it need not converge, and its cycles are detected.

use chacha20::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use crate::action_space::ConvexSet;
use crate::equilibrium::{best_response, truthful};
use crate::game::Game;
use crate::potential::{potential, receiver};
use crate::profile::Profile;
use crate::spec::Loss;

/// Who moves when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// One after the other, in the order of the game.
    #[default]
    RoundRobin,
    /// One at a time, drawn uniformly with replacement; a round is `n` draws.
    Random,
    /// Whoever gains most; a round is `n` moves.
    Greedy,
    /// All at once.
    Simultaneous,
}

/// Where it starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// Everybody truthful.
    #[default]
    Truthful,
    /// Everybody at the point of its set nearest to zero.
    Zero,
    /// Drawn at random from the sets' bounding boxes and projected, with this seed.
    Random(u64),
}

/// How it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Not over.
    Running,
    /// Nobody gains more than the tolerance.
    Converged,
    /// Simultaneous play came back to a profile that it had been at, this many rounds before.
    Cycle {
        /// Its length in rounds.
        period: usize,
    },
}

/// One move; in simultaneous play, one round of moves.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The round, from 1.
    pub round: usize,
    /// Who moved; `None` when all did.
    pub influencer: Option<usize>,
    /// Its new action; empty when all moved.
    pub action: Vec<f64>,
    /// Where the receiver is now.
    pub receiver: Vec<f64>,
    /// The potential now.
    pub potential: f64,
}

/// Errors of a receiver position, as a share of the game's scale, that come from rounding.
const ROUNDING: f64 = 16.0 * f64::EPSILON;
/// Rounds of simultaneous play that are remembered to detect a cycle.
const MEMORY: usize = 64;

/// Best-response dynamics: each `next` is one move. It ends by itself when it has converged or cycles; a limit on
/// rounds is the caller's.
pub struct Dynamics<'a> {
    game: &'a Game,
    profile: Profile,
    receiver: Vec<f64>,
    potential: f64,
    order: Order,
    damping: f64,
    tolerance: f64,
    rng: ChaCha8Rng,
    moves: usize,
    quiet: usize,
    past: Vec<Profile>,
    status: Status,
}

impl<'a> Dynamics<'a> {
    /// Starts from a profile. A mover goes the share `damping` (in (0, 1]) of the way to its best response; moves
    /// that gain at most `tolerance` (or what is rounding) are not made. `seed` serves the random order.
    pub fn new(
        game: &'a Game,
        start: Profile,
        order: Order,
        damping: f64,
        tolerance: f64,
        seed: u64,
    ) -> Self {
        Self {
            receiver: receiver(game, &start),
            potential: potential(game, &start),
            profile: start,
            game,
            order,
            damping: damping.clamp(f64::MIN_POSITIVE, 1.0),
            // Two who share a target would pass the last bit to and fro for ever.
            tolerance: tolerance.max((ROUNDING * game.unit()).powi(2)),
            rng: ChaCha8Rng::seed_from_u64(seed),
            moves: 0,
            quiet: 0,
            past: Vec::new(),
            status: Status::Running,
        }
    }

    /// How it stands.
    pub fn status(&self) -> Status {
        self.status
    }

    /// The actions now.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Rounds begun.
    pub fn rounds(&self) -> usize {
        match self.order {
            Order::Simultaneous => self.moves,
            _ => self.moves.div_ceil(self.game.influencers()),
        }
    }

    /// The potential after moving influencer `i` to `x`: exactly its own loss's change is added (Theorem 1).
    fn gain_and_response(&self, i: usize, response: &mut Vec<f64>) -> f64 {
        best_response(
            self.game,
            i,
            self.profile.action(i),
            &self.receiver,
            response,
        )
    }

    fn go(&mut self, i: usize, response: &[f64]) {
        let damping = self.damping;
        let x = self.profile.action_mut(i);
        let mut change: Vec<f64> = x.iter().zip(response).map(|(a, b)| b - a).collect();
        if damping < 1.0 {
            change.iter_mut().for_each(|v| *v *= damping);
            x.iter_mut().zip(&change).for_each(|(x, c)| *x += c);
        } else {
            x.copy_from_slice(response);
        }
        self.game.weight(i).add_image(&change, &mut self.receiver);
    }

    /// After a round the receiver and the potential are computed anew, so that rounding does not add up.
    fn refresh(&mut self) {
        self.receiver = receiver(self.game, &self.profile);
        self.potential = potential(self.game, &self.profile);
    }

    fn one_move(&mut self) -> Option<Step> {
        let n = self.game.influencers();
        let mut response = Vec::new();
        while self.quiet < n {
            let i = match self.order {
                Order::Random => (self.rng.next_u64() % n as u64) as usize,
                Order::Greedy => self.keenest()?,
                _ => self.moves % n,
            };
            self.moves += 1;
            let gain = self.gain_and_response(i, &mut response);
            if gain <= self.tolerance {
                self.quiet += 1;
                if self.order == Order::Random && self.quiet >= n {
                    // Draws may have missed somebody: ask everybody once.
                    match self.keenest() {
                        None => break,
                        Some(_) => self.quiet = 0,
                    }
                }
                continue;
            }
            self.quiet = 0;
            self.go(i, &response);
            self.potential -= match self.game.loss() {
                Loss::SquaredEuclidean if self.damping == 1.0 => gain,
                _ => 0.0,
            };
            if self.damping < 1.0
                || self.game.loss() == Loss::InnerProduct
                || self.moves.is_multiple_of(n)
            {
                self.refresh();
            }
            return Some(Step {
                round: self.moves.div_ceil(n),
                influencer: Some(i),
                action: self.profile.action(i).to_vec(),
                receiver: self.receiver.clone(),
                potential: self.potential,
            });
        }
        self.status = Status::Converged;
        None
    }

    /// Whoever gains most, if anybody gains more than the tolerance; otherwise play has converged.
    fn keenest(&mut self) -> Option<usize> {
        let mut response = Vec::new();
        let mut best = (self.tolerance, None);
        for i in 0..self.game.influencers() {
            let gain = self.gain_and_response(i, &mut response);
            if gain > best.0 {
                best = (gain, Some(i));
            }
        }
        if best.1.is_none() {
            self.status = Status::Converged;
        }
        best.1
    }

    fn all_move(&mut self) -> Option<Step> {
        let mut next = self.profile.clone();
        let mut response = Vec::new();
        let mut most = 0.0_f64;
        for i in 0..self.game.influencers() {
            let gain = self.gain_and_response(i, &mut response);
            most = most.max(gain);
            if gain > self.tolerance {
                for (x, r) in next.action_mut(i).iter_mut().zip(&response) {
                    *x = if self.damping < 1.0 {
                        *x + self.damping * (r - *x)
                    } else {
                        *r
                    };
                }
            }
        }
        if most <= self.tolerance {
            self.status = Status::Converged;
            return None;
        }
        if let Some(at) = self.past.iter().rposition(|p| *p == next) {
            self.status = Status::Cycle {
                period: self.past.len() + 1 - at,
            };
        } else if self.profile == next {
            self.status = Status::Cycle { period: 1 };
        }
        let before = std::mem::replace(&mut self.profile, next);
        if self.past.len() == MEMORY {
            self.past.remove(0);
        }
        self.past.push(before);
        self.moves += 1;
        self.refresh();
        Some(Step {
            round: self.moves,
            influencer: None,
            action: Vec::new(),
            receiver: self.receiver.clone(),
            potential: self.potential,
        })
    }
}

impl Iterator for Dynamics<'_> {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        match (self.status, self.order) {
            (Status::Running, Order::Simultaneous) => self.all_move(),
            (Status::Running, _) => self.one_move(),
            _ => None,
        }
    }
}

/// A profile to start from.
pub fn start(game: &Game, start: Start) -> Profile {
    match start {
        Start::Truthful => truthful(game),
        Start::Zero => {
            let mut profile = Profile::zeros(game);
            for i in 0..game.influencers() {
                let zero = vec![0.0; game.space(i).dim()];
                game.space(i).project(&zero, profile.action_mut(i));
            }
            profile
        }
        Start::Random(seed) => {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let mut profile = Profile::zeros(game);
            for i in 0..game.influencers() {
                let (lower, upper) = game.space(i).bounding_box();
                let point: Vec<f64> = lower
                    .iter()
                    .zip(&upper)
                    .map(|(l, u)| {
                        // 53 random bits: uniform on [0, 1).
                        let share = (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
                        l + share * (u - l)
                    })
                    .collect();
                game.space(i).project(&point, profile.action_mut(i));
            }
            profile
        }
    }
}
