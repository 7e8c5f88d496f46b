//! Best-response dynamics, move by move.

use big_game::dynamics::{self, Dynamics, Step};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use crate::battle::Battle;
use crate::kind::Kind;
use crate::words::{count, number};

/// The answer of `big dynamics`.
///
/// One that was read holds its moves; one that is to be written plays them again ([`Steps`]), so that it takes no
/// more memory than the game, however long play was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "DynamicsResult")]
pub struct DynamicsResult<S = Vec<StepResult>> {
    /// `dynamics`.
    pub kind: Kind,
    /// The program's version.
    pub version: String,
    /// How play ended, in a sentence.
    pub verdict: String,
    /// Does nobody gain any more?
    pub converged: bool,
    /// Rounds played.
    pub rounds: usize,
    /// The length of the cycle, in rounds, that simultaneous play ran into; null when there is none.
    pub cycle: Option<usize>,
    /// The seed of whatever was random.
    pub seed: u64,
    /// Who gains less than this stays; with another loss or receiver, or private targets, in the game that has these best responses.
    pub tolerance: f64,
    /// Of such games: the most that anybody still gains at the end, in the game's own loss (a type: given that it is the one).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_regret: Option<f64>,
    /// Who moves when.
    #[serde(default)]
    pub order: Order,
    /// The share of the way to its best response that a mover goes, in (0, 1].
    #[serde(default = "all_the_way")]
    pub damping: f64,
    /// The rounds after which play would have been stopped.
    #[serde(default = "as_long_as_it_takes")]
    pub max_rounds: usize,
    /// Where play began (influencer, coordinate).
    pub start: Vec<Vec<f64>>,
    /// The moves.
    pub steps: S,
    /// Where play ended.
    pub actions: Vec<Vec<f64>>,
    /// Where the receiver ended.
    pub receiver: Vec<f64>,
    /// The game itself, as a game file; left out for large games.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub game: Option<serde_json::Value>,
}

fn all_the_way() -> f64 {
    1.0
}

fn as_long_as_it_takes() -> usize {
    usize::MAX
}

/// Who moves when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// One after the other, in the order of the game.
    #[default]
    RoundRobin,
    /// One at a time, drawn at random.
    Random,
    /// Whoever gains most.
    Greedy,
    /// All at once.
    Simultaneous,
}

impl From<Order> for dynamics::Order {
    fn from(order: Order) -> Self {
        match order {
            Order::RoundRobin => Self::RoundRobin,
            Order::Random => Self::Random,
            Order::Greedy => Self::Greedy,
            Order::Simultaneous => Self::Simultaneous,
        }
    }
}

/// One move.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StepResult {
    /// The round, from 1.
    pub round: usize,
    /// Who moved (from 0; with private targets every type counts); null when all did.
    pub influencer: Option<usize>,
    /// Its new action; empty when all moved.
    pub action: Vec<f64>,
    /// The receiver after the move (with private targets: on average).
    pub receiver: Vec<f64>,
    /// The potential after the move: that of the game that has these best responses.
    pub potential: f64,
}

/// The moves of a play, made again as they are asked for.
#[derive(Clone)]
pub struct Steps<'a> {
    battle: &'a Battle,
    start: Dynamics<'a>,
    count: usize,
}

impl<'a> Steps<'a> {
    /// The first `count` moves from `start`, a play of the battle's game.
    pub fn new(battle: &'a Battle, start: Dynamics<'a>, count: usize) -> Self {
        Self {
            battle,
            start,
            count,
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// All of them.
    pub fn rows(&self) -> impl Iterator<Item = StepResult> {
        let moves = self.start.clone().take(self.count);
        moves.map(|step| StepResult {
            receiver: self.battle.lands(step.receiver),
            round: step.round,
            influencer: step.influencer,
            action: step.action,
            potential: step.potential,
        })
    }
}

impl Serialize for Steps<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.rows())
    }
}

impl From<StepResult> for Step {
    fn from(step: StepResult) -> Self {
        Self {
            round: step.round,
            influencer: step.influencer,
            action: step.action,
            receiver: step.receiver,
            potential: step.potential,
        }
    }
}

impl DynamicsResult<Steps<'_>> {
    /// The same, holding its moves.
    pub fn held(self) -> DynamicsResult {
        DynamicsResult {
            steps: self.steps.rows().collect(),
            kind: self.kind,
            version: self.version,
            verdict: self.verdict,
            converged: self.converged,
            rounds: self.rounds,
            cycle: self.cycle,
            seed: self.seed,
            tolerance: self.tolerance,
            max_regret: self.max_regret,
            order: self.order,
            damping: self.damping,
            max_rounds: self.max_rounds,
            start: self.start,
            actions: self.actions,
            receiver: self.receiver,
            game: self.game,
        }
    }
}

impl<S> DynamicsResult<S> {
    /// The same with its verdict in words.
    #[must_use]
    pub fn worded(self) -> Self {
        Self {
            verdict: of_play(
                self.converged,
                self.rounds,
                self.cycle,
                self.max_regret.unwrap_or(self.tolerance),
            ),
            ..self
        }
    }
}

/// How a run of best responses ended.
fn of_play(converged: bool, rounds: usize, cycle: Option<usize>, gain: f64) -> String {
    let rounds = count(rounds, "round");
    match cycle {
        Some(period) => format!(
            "Play goes round in circles: a cycle of {}, found after {rounds}.",
            count(period, "round")
        ),
        None if converged => format!(
            "Converged after {rounds}: nobody gains more than {}.",
            number(gain)
        ),
        None => format!("Not converged after {rounds}."),
    }
}
