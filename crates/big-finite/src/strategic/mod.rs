//! Small games by their payoff table, in exact fractions: pure, mixed, correlated and coarse correlated equilibria, and
//! the graph of better responses.
//!
//! A table has a number for every profile and player, so this is for small games; [`FiniteGame`] needs no table. Games
//! come from there, or from any table of payoffs (Gambit's `.nfg`).

mod correlated;
mod graph;
mod mixed;
mod simplex;

use num_bigint::{BigInt, BigUint};
use num_integer::Integer;
use num_traits::{One, ToPrimitive};
use thiserror::Error;

use crate::{Choice, FiniteGame, all_choices};
use big_game::spec::Rational;

pub use correlated::{Concept, Correlated, Objective, Stopped, correlated};
pub use graph::{ResponseGraph, response_graph};
pub use mixed::{MixedEquilibrium, MixedError, mixed};

/// A game in strategic form: everybody's payoff in every profile.
#[derive(Clone, Debug, PartialEq)]
pub struct StrategicGame {
    players: Vec<String>,
    strategies: Vec<Vec<String>>,
    /// Profile by profile, the first player's strategy changing fastest; in each, player by player.
    payoffs: Vec<Rational>,
}

/// Why something is no game in strategic form.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StrategicError {
    /// Nobody plays.
    #[error("the game has no players")]
    NoPlayers,
    /// Somebody has nothing to play.
    #[error("player {0} has no strategies")]
    NoStrategies(usize),
    /// Not one list of strategies a player.
    #[error("{found} lists of strategies for {expected} players")]
    Players {
        /// Lists given.
        found: usize,
        /// Players.
        expected: usize,
    },
    /// Not one payoff a profile and player.
    #[error("the payoff table has {found} numbers where {expected} are needed")]
    Payoffs {
        /// Numbers given.
        found: usize,
        /// Numbers needed.
        expected: BigUint,
    },
    /// Too large for a table.
    #[error("the payoff table would have {numbers} numbers, and the limit is {limit}")]
    TooLarge {
        /// How many numbers it would have.
        numbers: BigUint,
        /// How many it may have.
        limit: u64,
    },
}

impl StrategicGame {
    /// Checks that there is a payoff for every profile and player; profiles follow each other with the first player's
    /// strategy changing fastest.
    ///
    /// # Errors
    /// What is missing.
    pub fn new(
        players: Vec<String>,
        strategies: Vec<Vec<String>>,
        payoffs: Vec<Rational>,
    ) -> Result<Self, StrategicError> {
        let expected = players.len();
        if expected == 0 {
            return Err(StrategicError::NoPlayers);
        }
        if strategies.len() != expected {
            let found = strategies.len();
            return Err(StrategicError::Players { found, expected });
        }
        if let Some(player) = strategies.iter().position(Vec::is_empty) {
            return Err(StrategicError::NoStrategies(player));
        }
        let profiles: BigUint = strategies.iter().map(|s| BigUint::from(s.len())).product();
        let expected = profiles * expected;
        if expected != BigUint::from(payoffs.len()) {
            let found = payoffs.len();
            return Err(StrategicError::Payoffs { found, expected });
        }
        Ok(Self {
            players,
            strategies,
            payoffs,
        })
    }

    /// The table of a game of `k`-subsets: a payoff is `−ℓ_i`, a strategy is called by its items, `0,3,5`. Strategies
    /// are in the order of [`choices`].
    ///
    /// # Errors
    /// When the table would have more than `limit` numbers.
    pub fn of_finite(game: &FiniteGame, limit: u64) -> Result<Self, StrategicError> {
        let n = game.influencers();
        let numbers: BigUint = (0..n).map(|i| game.strategies(i)).product::<BigUint>() * n;
        if numbers.to_u64().is_none_or(|count| count > limit) {
            return Err(StrategicError::TooLarge { numbers, limit });
        }
        let choices = choices(game);
        let mut table = Self {
            players: (0..n).map(|i| game.name(i).into_owned()).collect(),
            strategies: choices
                .iter()
                .map(|own| own.iter().map(|choice| label(choice)).collect())
                .collect(),
            payoffs: Vec::new(),
        };
        for p in 0..table.profiles() {
            let at = table.digits(p);
            let profile: Vec<Choice> = (0..n).map(|i| choices[i][at[i]].clone()).collect();
            table
                .payoffs
                .extend((0..n).map(|i| -game.loss(i, &profile)));
        }
        Ok(table)
    }

    /// The players' names.
    pub fn players(&self) -> &[String] {
        &self.players
    }

    /// The names of a player's strategies.
    pub fn strategies(&self, player: usize) -> &[String] {
        &self.strategies[player]
    }

    /// How many profiles there are.
    pub fn profiles(&self) -> usize {
        self.strategies.iter().map(Vec::len).product()
    }

    /// The strategies of a profile, by its number.
    pub fn digits(&self, mut profile: usize) -> Vec<usize> {
        let own = self.strategies.iter().map(|own| {
            let digit = profile % own.len();
            profile /= own.len();
            digit
        });
        own.collect()
    }

    /// The number of a profile.
    pub fn number(&self, digits: &[usize]) -> usize {
        let rest = digits.iter().zip(&self.strategies).rev();
        rest.fold(0, |number, (digit, own)| number * own.len() + digit)
    }

    /// A player's payoff in a profile.
    pub fn payoff(&self, profile: usize, player: usize) -> &Rational {
        &self.payoffs[profile * self.players.len() + player]
    }

    /// The sum of all payoffs in a profile.
    pub fn welfare(&self, profile: usize) -> Rational {
        let n = self.players.len();
        self.payoffs[profile * n..(profile + 1) * n].iter().sum()
    }

    /// How far apart two profiles' numbers are that differ by one in a player's strategy.
    fn stride(&self, player: usize) -> usize {
        self.strategies[..player].iter().map(Vec::len).product()
    }

    /// The profiles that a player can move to, its own included, in the order of its strategies.
    fn moves(&self, profile: usize, player: usize) -> impl Iterator<Item = usize> + use<> {
        let (stride, own) = (self.stride(player), self.strategies[player].len());
        let base = profile - (profile / stride % own) * stride;
        (0..own).map(move |s| base + s * stride)
    }

    /// The profiles from which nobody gains by another strategy.
    pub fn pure(&self) -> Vec<usize> {
        let settled = |&p: &usize| {
            (0..self.players.len()).all(|i| {
                let own = self.payoff(p, i);
                self.moves(p, i).all(|q| self.payoff(q, i) <= own)
            })
        };
        (0..self.profiles()).filter(settled).collect()
    }

    /// A player's payoffs as integers, multiplied by the least number that makes all of them whole.
    fn whole(&self, values: &[Rational]) -> (Vec<BigInt>, BigInt) {
        let scale = values.iter().fold(BigInt::one(), |l, q| l.lcm(q.denom()));
        let whole = values.iter().map(|q| q.numer() * (&scale / q.denom()));
        (whole.collect(), scale)
    }
}

/// The name of a choice: its items.
fn label(choice: &[u32]) -> String {
    let items: Vec<String> = choice.iter().map(u32::to_string).collect();
    items.join(",")
}

/// Every influencer's choices in lexicographic order.
pub fn choices(game: &FiniteGame) -> Vec<Vec<Choice>> {
    (0..game.influencers())
        .map(|i| all_choices(game, i))
        .collect()
}
