//! The influencers at an equilibrium: as they are told, and made as they are asked for.

use big_game::Game;
use big_game::equilibrium::{Assessor, Equilibrium, Worth, loss};
use big_game::weight::Weight;
use big_game::welfare::Welfare;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

/// One influencer at the equilibrium.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InfluencerResult {
    /// Its name, or its number from 1.
    pub name: String,
    /// A number, or the rows of a matrix.
    pub weight: WeightValue,
    /// Where it wants the receiver.
    pub target: Vec<f64>,
    /// What it plays.
    pub action: Vec<f64>,
    /// What it would play if it told the truth: the point of its set nearest to its target.
    pub truthful_action: Vec<f64>,
    /// Its loss at the equilibrium.
    pub loss: f64,
    /// What lying costs it, per square of the distance between what it says and what it would honestly say; left out where
    /// lies are free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lying_cost: Option<f64>,
    /// What it would honestly say; left out where lies are free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub honest_action: Option<Vec<f64>>,
    /// What its lie costs it at the equilibrium, on top of the loss; left out where lies are free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    /// What an exact best response would still gain, of loss and cost together; for a member of a coalition, of the mean of
    /// its members' by their shares.
    pub regret: f64,
    /// The distance of the action from the target (from the truthful action where the two have different
    /// dimensions).
    pub exaggeration: f64,
    /// Is the action on the boundary of its set?
    pub extreme: bool,
    /// The loss saved against truthful play by all.
    pub gain: f64,
    /// The range of each coordinate of the action over all equilibria.
    pub action_range: RangeResult,
}

/// An exaggeration below this share of the target's size is none: the digits of an action are not better than this.
const HONEST: f64 = 1e-9;

impl InfluencerResult {
    /// Does it play its target?
    pub fn is_honest(&self) -> bool {
        let size = self.target.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        self.action.len() == self.target.len() && self.exaggeration <= HONEST * size
    }
}

/// A weight: a number or the rows of a matrix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum WeightValue {
    /// `w_i`.
    Scalar(f64),
    /// `W_i`.
    Matrix(Vec<Vec<f64>>),
}

/// Bounds, coordinate by coordinate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RangeResult {
    /// Least values.
    pub lower: Vec<f64>,
    /// Greatest values.
    pub upper: Vec<f64>,
}

/// The influencers at an equilibrium, one after the other.
#[derive(Clone, Debug)]
pub struct Influencers<'a> {
    game: &'a Game,
    answer: &'a Equilibrium,
    welfare: &'a Welfare,
    assessor: Assessor<'a>,
}

impl<'a> Influencers<'a> {
    pub(crate) fn new(game: &'a Game, answer: &'a Equilibrium, welfare: &'a Welfare) -> Self {
        Self {
            game,
            answer,
            welfare,
            assessor: Assessor::new(game, &answer.actions),
        }
    }

    fn made(&self, i: usize) -> InfluencerResult {
        let Self {
            game,
            answer,
            welfare,
            assessor,
        } = self;
        let mut worth = Worth::default();
        assessor.worth(i, &mut worth);
        let (lower, upper) = answer.action_range(i);
        InfluencerResult {
            name: game.name(i).into_owned(),
            weight: WeightValue::of(game.weight(i)),
            target: game.own_target(i).to_vec(),
            action: answer.actions.action(i).to_vec(),
            truthful_action: worth.truthful,
            loss: loss(game, i, &answer.receiver),
            lying_cost: game.honest(i).map(|_| game.alone().lying_cost(i)),
            honest_action: game.honest(i).map(<[f64]>::to_vec),
            cost: game.honest(i).map(|_| worth.cost),
            // Both are exact up to their rounding; nobody's is told to be above that of all.
            regret: worth.regret.min(answer.certificate.max_regret),
            exaggeration: worth.exaggeration,
            extreme: worth.extreme,
            gain: welfare.gains[i],
            action_range: RangeResult {
                lower: lower.to_vec(),
                upper: upper.to_vec(),
            },
        }
    }

    /// All of them.
    pub fn rows(&self) -> impl Iterator<Item = InfluencerResult> {
        (0..self.game.influencers()).map(|i| self.made(i))
    }
}

impl Serialize for Influencers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.rows())
    }
}

impl WeightValue {
    /// A copy of a game's weight.
    pub fn of(weight: Weight<'_>) -> Self {
        match weight {
            Weight::Scalar(w) => Self::Scalar(w),
            Weight::Matrix(w) => Self::Matrix((0..w.rows()).map(|k| w.row(k).to_vec()).collect()),
        }
    }
}

/// Influencers that can be told one by one.
pub trait InfluencerRows {
    /// How many there are.
    fn count(&self) -> usize;

    /// Influencer `i`, which is one of them.
    fn row(&self, i: usize) -> InfluencerResult;

    /// Is influencer `i`'s action on the boundary of its set?
    fn is_extreme(&self, i: usize) -> bool;
}

impl InfluencerRows for Influencers<'_> {
    fn count(&self) -> usize {
        self.game.influencers()
    }

    fn row(&self, i: usize) -> InfluencerResult {
        self.made(i)
    }

    fn is_extreme(&self, i: usize) -> bool {
        self.assessor.is_extreme(i)
    }
}

impl InfluencerRows for Vec<InfluencerResult> {
    fn count(&self) -> usize {
        self.len()
    }

    fn row(&self, i: usize) -> InfluencerResult {
        self[i].clone()
    }

    fn is_extreme(&self, i: usize) -> bool {
        self[i].extreme
    }
}
