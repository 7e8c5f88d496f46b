//! The answer of `big coalitions`.

use big_game::Game;
use big_game::coalitions::{Coalitions, Joint};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kind::{Kind, version};
use crate::solve::embedded;
use crate::words::{count, number};

/// Who gains by acting together, at the equilibrium.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CoalitionsResult {
    /// `coalitions`.
    pub kind: Kind,
    /// The program's version.
    pub version: String,
    /// The game's name.
    pub name: Option<String>,
    /// What it comes to, in a sentence.
    pub verdict: String,
    /// Has no group, of whatever size, a deviation? True where that is proved, false where one was found, null where it is not
    /// decided.
    pub strong: Option<bool>,
    /// Was every group up to the size looked at, and is everything that was found listed?
    pub complete: bool,
    /// Groups of 2 to so many were looked at.
    pub size: usize,
    /// At most so many of each kind are listed.
    pub limit: usize,
    /// The names of the influencers, in the order of the game.
    pub names: Vec<String>,
    /// Groups of whom all gain though the others stay, by the smallest gain.
    pub deviations: Vec<JointResult>,
    /// How many were found.
    pub deviations_found: usize,
    /// Groups of whom all gain when they play on as one, for the sum of their losses, and everybody answers.
    pub mergers: Vec<JointResult>,
    /// How many were found.
    pub mergers_found: usize,
    /// What each coalition that the game declares changes for its members; left out where it declares none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub declared: Vec<JointResult>,
    /// The game itself, as a game file; left out for large games.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub game: Option<serde_json::Value>,
}

/// A group that acts together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JointResult {
    /// Their indices, from 0.
    pub members: Vec<usize>,
    /// What each saves of loss, and cost where lies cost, by exact losses.
    pub gains: Vec<f64>,
    /// Where the receiver lands.
    pub receiver: Vec<f64>,
    /// What each of them plays there.
    pub actions: Vec<Vec<f64>>,
}

impl From<Joint> for JointResult {
    fn from(joint: Joint) -> Self {
        Self {
            members: joint.members,
            gains: joint.gains,
            receiver: joint.receiver,
            actions: joint.actions,
        }
    }
}

impl CoalitionsResult {
    /// The answer in words and numbers.
    pub fn new(
        name: Option<String>,
        game: &Game,
        found: Coalitions,
        (size, limit): (usize, usize),
    ) -> Self {
        let all = |joint: Vec<Joint>| joint.into_iter().map(JointResult::from).collect();
        Self {
            kind: Kind::Coalitions,
            version: version(),
            verdict: String::new(),
            strong: found.strong,
            complete: found.complete,
            size,
            limit,
            names: (0..game.influencers())
                .map(|i| game.name(i).into_owned())
                .collect(),
            deviations: all(found.deviations),
            deviations_found: found.deviations_found,
            mergers: all(found.mergers),
            mergers_found: found.mergers_found,
            declared: all(found.declared),
            game: embedded(name.as_deref(), game),
            name,
        }
        .worded()
    }

    /// The members' names.
    pub fn who(&self, joint: &JointResult) -> String {
        let name = |&i: &usize| match self.names.get(i) {
            Some(name) => format!("'{name}'"),
            None => i.to_string(),
        };
        let names: Vec<String> = joint.members.iter().map(name).collect();
        match names.as_slice() {
            [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
            _ => names.join(""),
        }
    }

    /// The same with its verdict in words.
    #[must_use]
    pub fn worded(mut self) -> Self {
        let strong = match (self.strong, self.deviations.first()) {
            (Some(true), _) => {
                "The equilibrium is strong: no group, of whatever size, gains by acting together while the others stay".into()
            }
            (_, Some(best)) => format!(
                "{} gain by acting together, {} at least each, though the others stay",
                self.who(best),
                number(best.gains.iter().copied().fold(f64::INFINITY, f64::min))
            ),
            _ => format!(
                "No group of up to {} was found to gain by acting together while the others stay",
                self.size
            ),
        };
        let merged = match self.mergers.first() {
            Some(best) => format!(
                "playing on as one pays for {}, best for {}",
                count(self.mergers_found, "group"),
                self.who(best)
            ),
            None => "playing on as one was found to pay for no group".into(),
        };
        let cut = if self.complete {
            ""
        } else {
            " Not every group was looked at, or not all that were found are listed."
        };
        self.verdict = format!("{strong}; {merged}.{cut}");
        self
    }
}
