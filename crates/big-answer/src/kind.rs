//! Which command answered.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The command whose answer it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Kind {
    /// An equilibrium.
    Solve,
    /// Is a profile an equilibrium?
    Verify,
    /// Best-response dynamics.
    Dynamics,
    /// Every pure equilibrium of a finite game.
    Enumerate,
    /// A small game by its payoff table.
    Strategic,
    /// Who gains by acting together.
    Coalitions,
    /// Rules that resist lies.
    Mechanisms,
    /// Everybody follows its own slope.
    Learn,
    /// One moves first.
    Commit,
    /// Taking part costs something.
    Enter,
    /// Simulated comparisons.
    PrefsSimulate,
    /// An ideal point.
    PrefsFit,
    /// The affine receiver that data imply.
    PrefsReceiver,
    /// Best responses with preference data.
    PrefsPlay,
    /// Who can move an estimate.
    PrefsAudit,
    /// Rules in the place of the pooled estimate.
    PrefsMechanisms,
    /// What to know of a table of comparisons.
    PrefsCheck,
    /// The claims of the paper.
    Reproduce,
}

/// The version of the program, as every answer carries it.
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
