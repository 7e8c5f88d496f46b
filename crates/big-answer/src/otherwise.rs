//! The battle played otherwise: learnt round by round, led by one who commits, with a cost of taking part.

use big_game::Game;
use big_game::commitment::Commitment;
use big_game::entry::Entry;
use big_game::equilibrium::Equilibrium;
use big_game::learning::Seen;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kind::{Kind, version};
use crate::solve::embedded;
use crate::words::{count, number, vector};

/// The answer of `big learn`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LearnResult {
    /// `learn`.
    pub kind: Kind,
    /// The program's version.
    pub version: String,
    /// The game's name.
    pub name: Option<String>,
    /// What it comes to, in a sentence.
    pub verdict: String,
    /// The rounds that were played.
    pub rounds: usize,
    /// Where the receiver is at every equilibrium, and so at every correlated one.
    pub equilibrium_receiver: Vec<f64>,
    /// What was seen at the powers of two and at the end.
    pub seen: Vec<SeenResult>,
    /// The game itself, as a game file; left out for large games.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub game: Option<serde_json::Value>,
}

/// What was seen up to a round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeenResult {
    /// The round, from 1.
    pub round: usize,
    /// Where the receiver was in it.
    pub receiver: Vec<f64>,
    /// The mean of where it was so far.
    pub mean_receiver: Vec<f64>,
    /// The least distance from the equilibrium's receiver so far.
    pub distance: f64,
    /// A proven bound on that: the root of the sum of the linearised regrets over twice the rounds.
    pub distance_bound: f64,
}

impl LearnResult {
    /// The answer.
    pub fn new(
        name: Option<String>,
        game: &Game,
        equilibrium: &Equilibrium,
        seen: Vec<Seen>,
    ) -> Self {
        let seen: Vec<SeenResult> = seen
            .into_iter()
            .map(|seen| SeenResult {
                round: seen.round,
                receiver: seen.receiver,
                mean_receiver: seen.mean_receiver,
                distance: seen.least_square.sqrt(),
                distance_bound: seen.bound.sqrt(),
            })
            .collect();
        let verdict = match seen.last() {
            Some(last) => format!(
                "After {} of everybody following its own slope the receiver has been within {} of {}, where every equilibrium puts it; \
                 what nobody regrets proves {}.",
                count(last.round, "round"),
                number(last.distance),
                vector(&equilibrium.receiver),
                number(last.distance_bound)
            ),
            None => "No round was played.".into(),
        };
        Self {
            kind: Kind::Learn,
            version: version(),
            verdict,
            rounds: seen.last().map_or(0, |s| s.round),
            equilibrium_receiver: equilibrium.receiver.clone(),
            seen,
            game: embedded(name.as_deref(), game),
            name,
        }
    }
}

/// The answer of `big commit`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CommitResult {
    /// `commit`.
    pub kind: Kind,
    /// The program's version.
    pub version: String,
    /// The game's name.
    pub name: Option<String>,
    /// What it comes to, in a sentence.
    pub verdict: String,
    /// Each influencer as the leader, in the order that was asked for.
    pub leaders: Vec<LeaderResult>,
    /// The game itself, as a game file; left out for large games.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub game: Option<serde_json::Value>,
}

/// What one can do who moves first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LeaderResult {
    /// Its index, from 0.
    pub influencer: usize,
    /// Its name.
    pub name: String,
    /// Its loss where all move at once.
    pub equilibrium_loss: f64,
    /// Its loss with the best action that was found.
    pub loss: f64,
    /// No action leads to a loss below this.
    pub loss_at_least: f64,
    /// What moving first saves it.
    pub gain: f64,
    /// That action.
    pub action: Vec<f64>,
    /// Where the receiver lands then.
    pub receiver: Vec<f64>,
    /// Is it proved that no action is better?
    pub exact: bool,
}

impl LeaderResult {
    /// One influencer as the leader.
    pub fn new(game: &Game, influencer: usize, found: Commitment) -> Self {
        Self {
            influencer,
            name: game.name(influencer).into_owned(),
            equilibrium_loss: found.equilibrium_loss,
            loss: found.loss,
            loss_at_least: found.loss_at_least,
            gain: found.equilibrium_loss - found.loss,
            action: found.action,
            receiver: found.receiver,
            exact: found.exact,
        }
    }
}

impl CommitResult {
    /// The answer.
    pub fn new(name: Option<String>, game: &Game, leaders: Vec<LeaderResult>) -> Self {
        let best = leaders.iter().max_by(|a, b| a.gain.total_cmp(&b.gain));
        let verdict = match best {
            Some(best) if best.gain > 0.0 => format!(
                "Moving first pays: '{}' saves {} of {} by committing to {}.",
                best.name,
                number(best.gain),
                number(best.equilibrium_loss),
                vector(&best.action)
            ),
            _ if leaders.iter().all(|l| l.exact) => {
                "Moving first gains nobody anything: proved.".into()
            }
            _ => "Nobody was found to gain by moving first.".into(),
        };
        Self {
            kind: Kind::Commit,
            version: version(),
            verdict,
            leaders,
            game: embedded(name.as_deref(), game),
            name,
        }
    }
}

/// The answer of `big enter`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EnterResult {
    /// `enter`.
    pub kind: Kind,
    /// The program's version.
    pub version: String,
    /// The game's name.
    pub name: Option<String>,
    /// What it comes to, in a sentence.
    pub verdict: String,
    /// What taking part costs everybody.
    pub cost: f64,
    /// Who takes part, by index from 0.
    pub entrants: Vec<usize>,
    /// Where the receiver lands.
    pub receiver: Vec<f64>,
    /// What each influencer would lose more by changing its mind; negative where it would gain.
    pub margins: Vec<f64>,
    /// Would nobody gain by changing its mind?
    pub stable: bool,
    /// Who entered, or left again, in turn.
    pub moves: Vec<usize>,
    /// The names, in the order of the game.
    pub names: Vec<String>,
    /// The game itself, as a game file; left out for large games.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub game: Option<serde_json::Value>,
}

impl EnterResult {
    /// The answer.
    pub fn new(name: Option<String>, game: &Game, cost: f64, found: Entry) -> Self {
        let names: Vec<String> = (0..game.influencers())
            .map(|i| game.name(i).into_owned())
            .collect();
        let who: Vec<String> = found
            .entrants
            .iter()
            .take(3)
            .map(|&i| format!("'{}'", names[i]))
            .collect();
        let more = match found.entrants.len() {
            k if k > 3 => format!(" and {} more", k - 3),
            _ => String::new(),
        };
        let takes = match found.entrants.len() {
            0 => "Nobody takes part".to_owned(),
            _ => format!("{}{more} take part", who.join(", ")),
        };
        let ends = match found.stable {
            true => "nobody would change its mind",
            false => "somebody always would change its mind: no end was found",
        };
        Self {
            kind: Kind::Enter,
            version: version(),
            verdict: format!(
                "{takes} where a say costs {}; the receiver lands at {}, and {ends}.",
                number(cost),
                vector(&found.receiver)
            ),
            cost,
            entrants: found.entrants,
            receiver: found.receiver,
            margins: found.margins,
            stable: found.stable,
            moves: found.moves,
            names,
            game: embedded(name.as_deref(), game),
            name,
        }
    }
}
