//! A game that has been read.

use big_game::Game;
use big_game::private::PrivateGame;
use big_game::reduction::Reduced;
use big_game::spec::{FiniteSpec, HybridSpec};

/// A game file that has been read and checked.
#[derive(Clone, Debug)]
pub struct GameFile {
    /// What the author calls the game.
    pub name: Option<String>,
    /// What the author says about it.
    pub description: Option<String>,
    /// The game.
    pub content: Content,
}

/// The kinds of games.
#[derive(Clone, Debug)]
pub enum Content {
    /// Actions are points of convex sets.
    Continuous(Box<Game>),
    /// Actions are means of `k` items of a list (arXiv:2502.01127, Definition 5).
    Finite(FiniteSpec),
    /// The same under the inner-product loss: everybody has weakly dominant choices.
    FiniteInnerProduct(FiniteSpec),
    /// Some play means of items, others points of convex sets.
    Hybrid(HybridSpec),
    /// Actions are points of convex sets, and targets are private.
    Private(Box<PrivateGame>),
    /// Actions are points of convex sets, and the loss or the receiver is another one.
    Reduced(Box<Reduced>),
}
