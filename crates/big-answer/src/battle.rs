//! What is played: a game of the usual kind, or one whose best responses are those of such a game.

use big_game::Game;
use big_game::private::PrivateGame;
use big_game::reduction::Reduced;
use serde_json::Value;

use crate::private::embedded_private;
use crate::reduced::embedded_reduced;
use crate::solve::embedded;

/// What is played.
#[derive(Clone, Debug)]
pub enum Battle {
    /// A game of the usual kind.
    Plain(Box<Game>),
    /// One with another loss or receiver.
    Reduced(Box<Reduced>),
    /// One with private targets, and the game in which every type is an influencer.
    Private(Box<PrivateGame>, Box<Game>),
}

impl Battle {
    /// The game of the usual kind that has its best responses.
    pub fn game(&self) -> &Game {
        match self {
            Self::Plain(game) | Self::Private(_, game) => game,
            Self::Reduced(reduced) => reduced.game(),
        }
    }

    /// Where the receiver lands (with private targets: on average) when that of [`game`](Self::game) is at `position`.
    pub fn lands(&self, position: Vec<f64>) -> Vec<f64> {
        match self {
            Self::Plain(_) => position,
            Self::Reduced(reduced) => reduced.lands(&position),
            Self::Private(private, _) => private.lands(&position),
        }
    }

    /// The length that positions are measured by.
    pub fn scale(&self) -> f64 {
        match self {
            Self::Plain(game) => game.scale(),
            Self::Reduced(reduced) => reduced.own().scale(),
            Self::Private(private, _) => private.base().scale(),
        }
    }

    /// The game as a game file, for a result that has to stand by itself; `None` where it is large, or was not read from one.
    pub fn embedded(&self, name: Option<&str>) -> Option<Value> {
        match self {
            Self::Plain(game) => embedded(name, game),
            Self::Reduced(reduced) => embedded_reduced(name, reduced),
            Self::Private(private, _) => embedded_private(name, private),
        }
    }
}
