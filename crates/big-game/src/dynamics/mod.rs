//! Best-response dynamics (arXiv:2502.01127, Definition 3; eqs. 12, 13) as an iterator of steps.
//!
//! One influencer at a time replaces its action by a best response: block-coordinate descent on the potential.
//! Simultaneous play is offered too; it need not converge, and its cycles are detected.
//!
//! ```
//! use big_game::Game;
//! use big_game::dynamics::{Dynamics, Order, Start, Status, start};
//! use big_game::spec::SpaceSpec;
//!
//! let game = Game::builder()
//!     .space(SpaceSpec::cube(1, -1.0, 1.0))
//!     .influencer(0.5, [-0.8])
//!     .influencer(0.5, [-0.3])
//!     .build()?;
//! let mut run = Dynamics::new(&game, start(&game, Start::Truthful), Order::RoundRobin, 1.0, 1e-12, 0);
//! while run.advance().is_some() {}
//! assert_eq!(run.status(), Status::Converged);
//! let [first, second] = *run.profile().values() else { unreachable!() };
//! assert!(first == -1.0 && (second - 0.4).abs() < 1e-15);
//! # Ok::<(), big_game::GameError>(())
//! ```

mod keenest;

use big_numeric::norm;
use chacha20::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use crate::action_space::ConvexSet;
use crate::equilibrium::{best_response, truthful};
use crate::game::Game;
use crate::potential::{potential, receiver};
use crate::profile::Profile;
use keenest::Keenest;

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

/// Who has moved, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// The round, from 1.
    pub round: usize,
    /// Who moved; `None` when all did.
    pub influencer: Option<usize>,
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

/// Best-response dynamics: each `next` is one move, told in full; [`advance`](Self::advance) makes one and tells only who
/// moved. It ends by itself when it has converged or cycles, or after
/// [`with_max_rounds`](Self::with_max_rounds).
///
/// A move takes one best response, and no memory; a round costs `n` of them. Under [`Order::Greedy`] a move asks about
/// `log n` influencers where their gains are spread out. Play is the same every time: what was not kept can be played
/// again from a clone.
#[derive(Clone)]
pub struct Dynamics<'a> {
    game: &'a Game,
    profile: Profile,
    receiver: Vec<f64>,
    potential: f64,
    order: Order,
    damping: f64,
    tolerance: f64,
    draws: Draws,
    moves: usize,
    most_moves: usize,
    quiet: usize,
    past: Vec<Profile>,
    status: Status,
    keenest: Option<Keenest>,
    /// The best response that was computed last.
    response: Vec<f64>,
    /// How a mover's action changes.
    change: Vec<f64>,
}

/// The random numbers of a random order, which a copy of a play draws again.
struct Draws(ChaCha8Rng);

impl Clone for Draws {
    fn clone(&self) -> Self {
        Self(ChaCha8Rng::deserialize_state(&self.0.serialize_state()))
    }
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
            draws: Draws(ChaCha8Rng::seed_from_u64(seed)),
            moves: 0,
            most_moves: usize::MAX,
            quiet: 0,
            past: Vec::new(),
            status: Status::Running,
            keenest: (order == Order::Greedy).then(|| Keenest::new(game)),
            response: Vec::new(),
            change: Vec::new(),
        }
    }

    /// The same, stopped after so many rounds: as they end, play is [`Status::Running`] unless nobody gains any more.
    pub fn with_max_rounds(mut self, rounds: usize) -> Self {
        self.most_moves = match self.order {
            Order::Simultaneous => rounds,
            _ => rounds.saturating_mul(self.game.influencers()),
        };
        self
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

    /// Makes the next move; `None` when play is over.
    pub fn advance(&mut self) -> Option<Move> {
        match (self.status, self.order) {
            (Status::Running, Order::Simultaneous) => self.all_move(),
            (Status::Running, _) => self.one_move(),
            _ => None,
        }
    }

    /// Is the last round over? Then nobody moves any more, and whether anybody would gain is seen.
    fn is_over(&mut self) -> bool {
        let over = self.moves >= self.most_moves;
        if over && !self.anybody_gains() {
            self.status = Status::Converged;
        }
        over
    }

    /// What influencer `i`'s best response gains; it is left in `response`.
    fn gain(&mut self, i: usize) -> f64 {
        let x = self.profile.action(i);
        best_response(self.game, i, x, &self.receiver, &mut self.response)
    }

    /// Moves influencer `i` towards the response, and the receiver with it.
    fn go(&mut self, i: usize) {
        let damping = self.damping;
        let x = self.profile.action_mut(i);
        let change = &mut self.change;
        change.clear();
        change.extend(x.iter().zip(&self.response).map(|(a, b)| b - a));
        if damping < 1.0 {
            change.iter_mut().for_each(|v| *v *= damping);
            x.iter_mut().zip(&*change).for_each(|(x, c)| *x += c);
        } else {
            x.copy_from_slice(&self.response);
        }
        let weight = self.game.weight(i);
        weight.add_image(change, &mut self.receiver);
        if let Some(keenest) = &mut self.keenest {
            keenest.moved(weight.norm_bound() * norm(change));
        }
    }

    /// The receiver and the potential computed anew, so that rounding does not add up.
    fn refresh(&mut self) {
        let before = std::mem::replace(&mut self.receiver, receiver(self.game, &self.profile));
        self.potential = potential(self.game, &self.profile);
        if let Some(keenest) = &mut self.keenest {
            let shift: Vec<f64> = before
                .iter()
                .zip(&self.receiver)
                .map(|(a, b)| a - b)
                .collect();
            keenest.moved(norm(&shift));
        }
    }

    fn one_move(&mut self) -> Option<Move> {
        let n = self.game.influencers();
        while self.quiet < n {
            if self.is_over() {
                return None;
            }
            let i = match self.order {
                Order::Random => (self.draws.0.next_u64() % n as u64) as usize,
                Order::Greedy => self.keenest()?,
                _ => self.moves % n,
            };
            self.moves += 1;
            let gain = self.gain(i);
            if gain <= self.tolerance {
                self.quiet += 1;
                if self.order == Order::Random && self.quiet >= n {
                    // Draws may have missed somebody: ask everybody once.
                    if !self.anybody_gains() {
                        break;
                    }
                    self.quiet = 0;
                }
                continue;
            }
            self.quiet = 0;
            self.go(i);
            // A whole move lowers the potential by exactly what the mover gains, a part of one by less.
            let before = self.potential;
            if self.damping == 1.0 {
                self.potential -= gain;
            }
            if self.damping < 1.0 || self.moves.is_multiple_of(n) {
                self.refresh();
                // No move of one influencer raises it: what looks like it is rounding.
                self.potential = self.potential.min(before);
            }
            return Some(Move {
                round: self.moves.div_ceil(n),
                influencer: Some(i),
            });
        }
        self.status = Status::Converged;
        None
    }

    fn anybody_gains(&mut self) -> bool {
        (0..self.game.influencers()).any(|i| self.gain(i) > self.tolerance)
    }

    /// Whoever gains most, if anybody gains more than the tolerance; otherwise play has converged.
    fn keenest(&mut self) -> Option<usize> {
        let mut queue = self.keenest.take();
        let found = queue
            .as_mut()
            .and_then(|queue| queue.ask(self.tolerance, |i| self.gain(i)));
        self.keenest = queue;
        if found.is_none() {
            self.status = Status::Converged;
        }
        found
    }

    fn all_move(&mut self) -> Option<Move> {
        if self.is_over() {
            return None;
        }
        let mut next = self.profile.clone();
        let mut most = 0.0_f64;
        for i in 0..self.game.influencers() {
            let gain = self.gain(i);
            most = most.max(gain);
            if gain > self.tolerance {
                for (x, r) in next.action_mut(i).iter_mut().zip(&self.response) {
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
        Some(Move {
            round: self.moves,
            influencer: None,
        })
    }
}

impl Iterator for Dynamics<'_> {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let Move { round, influencer } = self.advance()?;
        Some(Step {
            round,
            influencer,
            action: influencer.map_or_else(Vec::new, |i| self.profile.action(i).to_vec()),
            receiver: self.receiver.clone(),
            potential: self.potential,
        })
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
