//! Is a profile an equilibrium?

use big_game::profile::Profile;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kind::{Kind, version};
use crate::solve::actions;
use crate::words::{number, vector};

/// The answer of `big verify`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VerifyResult {
    /// `verify`.
    pub kind: Kind,
    /// The program's version.
    pub version: String,
    /// What it comes to, in a sentence.
    pub verdict: String,
    /// Is nobody's regret above the tolerance?
    pub equilibrium: bool,
    /// The most that anybody gains.
    pub max_regret: f64,
    /// What counts as nothing, in units of the loss.
    pub tolerance: f64,
    /// Where the profile puts the receiver; with private targets, on average.
    pub receiver: Vec<f64>,
    /// In the order of the game; with private targets, every type.
    pub influencers: Vec<RegretResult>,
    /// The profile (influencer, coordinate); left out with the game.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actions: Option<Vec<Vec<f64>>>,
    /// The game itself, as a game file; left out for large games.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub game: Option<serde_json::Value>,
}

/// What one influencer could still gain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RegretResult {
    /// Its name.
    pub name: String,
    /// What its best response gains.
    pub regret: f64,
    /// A best response to the others.
    pub best_response: Vec<f64>,
}

impl VerifyResult {
    /// The verdict on a profile that has been assessed; `game` where it is to be in the answer.
    pub fn new(
        game: Option<serde_json::Value>,
        profile: &Profile,
        receiver: Vec<f64>,
        influencers: Vec<RegretResult>,
        tolerance: f64,
    ) -> Self {
        let max_regret = influencers
            .iter()
            .fold(0.0_f64, |most, i| most.max(i.regret));
        Self {
            kind: Kind::Verify,
            version: version(),
            verdict: String::new(),
            // Written so that a NaN fails.
            equilibrium: influencers.iter().all(|i| i.regret <= tolerance),
            max_regret,
            tolerance,
            receiver,
            influencers,
            actions: game.is_some().then(|| actions(profile)),
            game,
        }
        .worded()
    }

    /// The same with its verdict in words.
    #[must_use]
    pub fn worded(mut self) -> Self {
        self.verdict = of_profile(self.equilibrium, &self.influencers, self.tolerance);
        self
    }
}

/// Is a profile an equilibrium, and if not, who gains most by what?
fn of_profile(equilibrium: bool, all: &[RegretResult], tolerance: f64) -> String {
    // Of those with the largest regret, the first.
    let most = all
        .iter()
        .rev()
        .max_by(|a, b| a.regret.total_cmp(&b.regret));
    match most {
        Some(most) if !equilibrium => format!(
            "Not an equilibrium: '{}' gains {} by playing {}.",
            most.name,
            number(most.regret),
            vector(&most.best_response)
        ),
        _ => format!(
            "An equilibrium: nobody gains more than {}.",
            number(tolerance)
        ),
    }
}
