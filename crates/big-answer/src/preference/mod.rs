//! What `big prefs` answers, as JSON: one type a command, each read back as it was written.

mod audit;
mod fit;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kind::Kind;
use crate::solve::WeightValue;

pub use audit::{AuditAnswer, AuditResult, AuditedAnnotator, CoalitionResult, IntervalResult};
pub use fit::{
    AnnotatorResult, BootstrapResult, FitAnswer, FitResult, ModelCheckResult, NoMaximumResult,
    PopulationResult, PositionBiasResult,
};

/// The answer of `big prefs simulate`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SimulateResult {
    /// `prefs_simulate`.
    pub kind: Kind,
    /// The program's version.
    pub version: String,
    /// The file that was written.
    pub file: String,
    /// The dimension of the responses.
    pub dimension: usize,
    /// Rows in all.
    pub comparisons: u64,
    /// The precision of the rewards.
    pub precision: f64,
    /// The seed of all draws.
    pub seed: u64,
    /// Who labelled.
    pub influencers: Vec<SimulatedInfluencer>,
}

/// One labeller of a simulation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SimulatedInfluencer {
    /// Its name, or its number from 1.
    pub name: String,
    /// Its true ideal point.
    pub theta: Vec<f64>,
    /// The ideal point that it labelled with, where that is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fake: Option<Vec<f64>>,
    /// How many pairs it labelled.
    pub pairs: u64,
    /// How often it preferred the first response.
    pub first_preferred: u64,
}

/// The answer of `big prefs receiver`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ReceiverAnswer {
    /// The receiver.
    Receiver(Box<ReceiverResult>),
    /// The pooled estimate does not exist (exit code 1).
    None(NoMaximumResult),
}

/// The affine receiver that data imply: it lands at `bias + Σ weight · action`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReceiverResult {
    /// `prefs_receiver`.
    pub kind: Kind,
    /// The program's version.
    pub version: String,
    /// The annotators, in the order of their first appearance.
    pub influencers: Vec<ReceiverInfluencer>,
    /// Where it lands by itself: what makes it land at `theta` when everybody reports their own.
    pub bias: Vec<f64>,
    /// How well it predicts the real receiver over simulated profiles: 1 is perfectly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r_squared: Option<f64>,
    /// How much less than predicted the real receiver moves: 1 less the slope of its positions on the predicted ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shrinkage: Option<f64>,
    /// Where the data lead it: the pooled estimate.
    pub theta: Vec<f64>,
    /// The precision that it was read off with: that of the pooled estimate.
    pub precision: f64,
    /// The precision that the influencers' `theta` are estimated with, where that is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_precision: Option<f64>,
    /// The penalty, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ridge: Option<f64>,
    /// What the influencers' `theta` are: `maximum_likelihood` each, or `partially_pooled` where some of those do not
    /// exist.
    pub positions: String,
    /// The seed of the simulated profiles.
    pub seed: u64,
}

/// One influencer of a receiver.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReceiverInfluencer {
    /// The name.
    pub annotator: String,
    /// `W_i`: a number in one dimension, else the rows of a matrix. They sum to the identity.
    pub weight: WeightValue,
    /// The mean of its diagonal: the share of the estimate that is this annotator's.
    pub share: f64,
    /// The annotator's own ideal point.
    pub theta: Vec<f64>,
    /// Rows.
    pub comparisons: u64,
}

/// The answer of `big prefs play`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum PlayAnswer {
    /// The run.
    Play(Box<PlayResult>),
    /// The estimate does not exist for some actions (exit code 1).
    None(NoMaximumResult),
}

/// A run of empirical best responses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlayResult {
    /// `prefs_play`.
    pub kind: Kind,
    /// The program's version.
    pub version: String,
    /// Did everybody pass in turn?
    pub converged: bool,
    /// Who plays, and what each may report.
    #[serde(default)]
    pub influencers: Vec<PlayInfluencer>,
    /// The truthful start.
    pub start: PlayProfile,
    /// The moves made; turns that were passed are none.
    pub iterations: Vec<PlayIteration>,
    /// Where play ended: an empirical equilibrium if it converged.
    pub equilibrium: PlayProfile,
    /// What the affine receiver predicts; left out where an external receiver's experiment names no pairs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub affine_prediction: Option<AffinePrediction>,
    /// The equilibrium by bisection, on a line, where no action moves the receiver backwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bisection: Option<PlayProfile>,
    /// How affine the receiver was on the profiles that it met; left out where they do not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub affinity: Option<AffinityResult>,
    /// Evaluations of the receiver in all.
    pub evaluations: usize,
    /// Moves that gain no more are not made.
    pub tolerance: f64,
    /// From how many points all over the space everybody looked for something better before play counted as converged; 0: only
    /// near what they reported, which is everything on a line against an estimate.
    #[serde(default)]
    pub starts: usize,
    /// `responses`, or `bisection`.
    #[serde(default = "responses")]
    pub method: String,
    /// `mle`, `affine`, or the command.
    pub receiver: String,
    /// The seed of the simulated pairs.
    pub seed: u64,
}

fn responses() -> String {
    "responses".into()
}

/// The affine receiver `bias + Σ weight · action`, with a number for a weight, that is nearest to the answers of one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AffinityResult {
    /// How many profiles it was asked about.
    pub profiles: usize,
    /// One weight an influencer.
    pub weights: Vec<f64>,
    /// Where it lands by itself.
    pub bias: Vec<f64>,
    /// How much of what the receiver does is affine: 1 is everything.
    pub r_squared: f64,
    /// How much less than everybody together it moves: 1 less the sum of the weights.
    pub shrinkage: f64,
}

/// Somebody who plays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlayInfluencer {
    /// Its name.
    pub name: String,
    /// Its true ideal point: where it wants the estimate. It may lie outside what may be reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Vec<f64>>,
    /// What it may report, as in a game file.
    pub action_space: serde_json::Value,
}

/// A profile and the receiver's answer to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlayProfile {
    /// One action an influencer.
    pub actions: Vec<Vec<f64>>,
    /// Where the receiver lands.
    pub theta_hat: Vec<f64>,
}

/// One move.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlayIteration {
    /// From 1.
    pub iteration: usize,
    /// Who moved, from 0.
    pub influencer: usize,
    /// Its name.
    pub name: String,
    /// Where to.
    pub action: Vec<f64>,
    /// Where the receiver lands then.
    pub theta_hat: Vec<f64>,
    /// The mover's loss there.
    pub loss: f64,
    /// The evaluations of the receiver that it took.
    pub evaluations: usize,
}

/// The equilibrium of the game that the affine receiver makes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AffinePrediction {
    /// One action an influencer.
    pub actions: Vec<Vec<f64>>,
    /// Where the affine receiver lands.
    pub receiver: Vec<f64>,
}
