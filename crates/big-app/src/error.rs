//! Why a question has no answer.

use big_game::SolveError;
use big_io::InputError;

/// A question that has no answer. What to do about it is said where no shell is needed to do it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppError {
    /// The input is wrong.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The question does not fit the input.
    #[error("{message}")]
    Unfit {
        /// What does not fit.
        message: String,
        /// What to do.
        help: Option<String>,
    },
    /// Something was asked of a finite game that only games on convex sets have.
    #[error("{} is for games on convex sets; this one is finite", .0.words())]
    ConvexOnly(Asked),
    /// Something was asked of a game on convex sets that only finite games have.
    #[error("{}; this one is on convex sets", .0.words())]
    FiniteOnly(FiniteUse),
    /// Best responses do not depend on the others.
    #[error("under the inner-product loss nobody's best choices depend on the others")]
    Dominated,
    /// A limit was reached; the text says what of it.
    #[error("{1}")]
    Limit(Limit, String),
    /// The solver that was asked for is not for this game, or failed.
    #[error(transparent)]
    Solve(#[from] SolveError),
    /// A failure of the program.
    #[error("{0}")]
    Internal(String),
}

impl AppError {
    /// A question that does not fit, and what to do.
    pub fn unfit(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Unfit {
            message: message.into(),
            help: Some(help.into()),
        }
    }
}

/// What there is a limit of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// Payoffs in a table.
    Payoffs,
    /// Pairs of supports that may carry mixed equilibria.
    Supports,
    /// Time.
    Time,
}

/// What only finite games have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FiniteUse {
    /// A limit on the time of a search.
    TimeLimit,
    /// A list of all equilibria.
    Enumerate,
    /// A payoff table.
    Table,
}

impl FiniteUse {
    fn words(self) -> &'static str {
        match self {
            Self::TimeLimit => {
                "a time limit is for finite games, whose best responses are searched for"
            }
            Self::Enumerate => "only finite games have equilibria to enumerate",
            Self::Table => "only a finite game has a payoff table",
        }
    }
}

/// What only games on convex sets have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Asked {
    /// A solver by name.
    Method,
    /// A member of the set of equilibria.
    Selection,
    /// The vertices of that set.
    Vertices,
    /// Derivatives.
    Sensitivity,
    /// A table of the actions.
    Actions,
    /// Going part of the way.
    Damping,
}

impl Asked {
    /// Its name.
    pub fn words(self) -> &'static str {
        match self {
            Self::Method => "a choice of solver",
            Self::Selection => "a choice among equilibria",
            Self::Vertices => "the list of vertices",
            Self::Sensitivity => "sensitivity",
            Self::Actions => "a table of actions",
            Self::Damping => "damping",
        }
    }
}
