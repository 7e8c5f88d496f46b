//! Why a question has no answer.

use big_game::SolveError;
use big_io::{Content, InputError};

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
    /// The input or the question does not fit, and a shell can say how to ask otherwise.
    #[error("{0}")]
    Advised(InputError, Advice),
    /// The call was ended by whoever watches it.
    #[error("stopped before it was done")]
    Cancelled,
    /// Something was asked of a finite game that only games on convex sets have.
    #[error("{} is for games on convex sets; this one is finite", .0.words())]
    ConvexOnly(Asked),
    /// Something was asked of a game on convex sets that only finite games have.
    #[error("{}; this one is on convex sets", .0.words())]
    FiniteOnly(FiniteUse),
    /// Something was asked of a game that reduces to one of the usual kind which is not asked of these.
    #[error("{1} of {0} is not told")]
    SolvedOnly(Variant, &'static str),
    /// Best responses do not depend on the others.
    #[error("under the inner-product loss nobody's best choices depend on the others")]
    Dominated,
    /// A limit was reached; the text says what of it.
    #[error("{1}")]
    Limit(Limit, String),
    /// The solver that was asked for is not for this game, or failed.
    #[error(transparent)]
    Solve(#[from] SolveError),
    /// The question is one for a build with a feature of this crate.
    #[error("{what}: this build was made without the feature `{feature}`")]
    MissingFeature {
        /// The feature.
        feature: &'static str,
        /// What is not to be had without it.
        what: &'static str,
    },
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

    /// The refusal of a build without the feature `figures`.
    pub fn without_figures() -> Self {
        Self::MissingFeature {
            feature: "figures",
            what: "nothing is drawn, reported or reproduced",
        }
    }

    /// What is wrong, and what to do about it, in a library's words.
    pub fn advised(error: InputError, advice: Advice) -> Self {
        Self::Advised(error.with_help(advice.words()), advice)
    }
}

/// Games that reduce to one of the usual kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Variant {
    /// Targets are private.
    Private,
    /// The loss or the receiver is another one.
    Reduced,
    /// Only some choose items.
    Hybrid,
}

impl std::fmt::Display for Variant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Private => "a game with private targets",
            Self::Reduced => "a game with another loss or receiver",
            Self::Hybrid => "a game with finite and convex action spaces",
        })
    }
}

impl Variant {
    /// What to do about a question that is not asked of them.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Private => {
                "`solve`, `verify` and `dynamics` know of types; to ask more, write the game of the targets that everybody turned out \
                 to have"
            }
            Self::Reduced => {
                "`solve`, `verify` and `dynamics` know of it; where the loss alone is another one (`distance_power`), best responses \
                 are those of the game without `loss`: ask it of that"
            }
            Self::Hybrid => {
                "`solve`, `verify`, `enumerate`, `report` and `plot` know of it; other questions are asked of games on convex sets alone (of \
                 items, the polytope of their means), or of finite games"
            }
        }
    }

    /// Which of them a game is, if any.
    pub(crate) fn of(content: &Content) -> Option<Self> {
        match content {
            Content::Private(_) => Some(Self::Private),
            Content::Reduced(_) => Some(Self::Reduced),
            Content::Hybrid(_) => Some(Self::Hybrid),
            _ => None,
        }
    }

    /// Refuses to ask one of them for `what`.
    ///
    /// # Errors
    /// When the game is one of them.
    pub fn refuse(content: &Content, what: &'static str) -> Result<(), AppError> {
        match Self::of(content) {
            Some(variant) => Err(AppError::SolvedOnly(variant, what)),
            None => Ok(()),
        }
    }
}

/// What to do about a question on preference data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Advice {
    /// Fix the precision.
    FixPrecision,
    /// Fix the precision, or do not tell annotators apart.
    FixPrecisionOrPool,
    /// Fix the precision, or audit a linear reward.
    FixPrecisionOrAudit,
    /// See whether some numbers are of quite another size.
    LookAtSizes,
    /// Do without the population, or with less certain labels.
    FitWithoutPopulation,
    /// Count ties, or drop them.
    CountTies,
    /// Make room for temporary files, or use memory.
    FreeScratch,
    /// Name the column of annotators.
    NameAnnotators,
    /// A bootstrap draws annotators: name their column.
    BootstrapByAnnotator,
    /// Bootstrap the fit: an audit does not.
    BootstrapTheFit,
    /// Say how many pairs there are.
    SayPairs,
    /// Say what may be reported.
    SaySpace,
    /// The state of a run is of another one.
    OtherState,
    /// Bisection is for a line and a known receiver.
    UseResponses,
    /// What a receiver may be.
    NameReceiver,
    /// See what the receiver's command does.
    TryCommand,
    /// A time is too long.
    ShorterTimeout,
    /// Say where the embeddings are.
    NameEmbeddings,
}

impl Advice {
    /// In words that need no shell.
    pub fn words(self) -> &'static str {
        match self {
            Self::FixPrecision => {
                "fix the precision, at 1 for instance; an audit deals with linear rewards where there is no other"
            }
            Self::FixPrecisionOrPool => {
                "fix the precision, at 1 for instance, or do not tell annotators apart"
            }
            Self::FixPrecisionOrAudit => {
                "fix the precision, at 1 for instance; an audit deals with linear rewards"
            }
            Self::LookAtSizes => "see whether a few rows hold numbers of quite another size",
            Self::FitWithoutPopulation => {
                "fit everybody alone or all labels together, or fix a smaller precision, under which labels are less certain"
            }
            Self::CountTies => "count ties as half a preference each way, or drop such rows",
            Self::FreeScratch => {
                "free some space there, name another folder in the environment variable TMPDIR, or hold the table in memory"
            }
            Self::NameAnnotators => "name the column that holds them",
            Self::BootstrapByAnnotator => "name the column of annotators",
            Self::BootstrapTheFit => "the fit by annotator has them, for the same estimate",
            Self::SayPairs => "add `pairs = 1000` to the experiment, or to each influencer",
            Self::SaySpace => {
                "say what may be reported: action_space = { type = \"box\", lower = -1, upper = 1 }"
            }
            Self::OtherState => "the state may be of another run: name another file",
            Self::UseResponses => "best responses are for all of them",
            Self::NameReceiver => "it is mle, affine, or a command",
            Self::TryCommand => {
                "try the command by hand: one line {\"actions\": [[..]..]} in, one line {\"theta_hat\": [..]} out"
            }
            Self::ShorterTimeout => "give it in seconds",
            Self::NameEmbeddings => {
                "name two columns of vectors, or the table that has the responses' embeddings by these names; a fit of names is one of \
                 items"
            }
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
    /// What it is.
    pub(crate) fn thing(self) -> &'static str {
        match self {
            Self::TimeLimit => "a time limit",
            Self::Enumerate => "a list of all equilibria",
            Self::Table => "a payoff table",
        }
    }

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
    /// What keeps everybody honest.
    Honesty,
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
            Self::Honesty => "honesty",
            Self::Actions => "a table of actions",
            Self::Damping => "damping",
        }
    }
}
