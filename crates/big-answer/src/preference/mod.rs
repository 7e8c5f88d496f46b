//! What `big prefs` answers, as JSON: one type a command, each read back as it was written.

mod audit;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::items::ItemsResult;
use crate::kind::{Kind, version};
use crate::solve::WeightValue;

pub use audit::{AuditAnswer, AuditResult, AuditedAnnotator, CoalitionResult, IntervalResult};

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

/// How much the first place counts, whatever is in it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PositionBiasResult {
    /// The logit by which the first response is preferred where both are equally good.
    pub logit: f64,
    /// Its standard error, of the kind of the others; null with a fitted precision.
    pub standard_error: Option<f64>,
    /// The p-value of the likelihood ratio against a fit without; null with a ridge.
    pub p_value: Option<f64>,
}

/// The answer of `big prefs fit`: an estimate, or why there is none (exit code 1).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum FitAnswer {
    /// The estimate.
    Estimate(Box<FitResult>),
    /// The scores of items without embeddings.
    Items(Box<ItemsResult>),
    /// There is none.
    None(NoMaximumResult),
}

/// An estimate of the ideal point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FitResult {
    /// `prefs_fit`.
    pub kind: Kind,
    /// The program's version.
    pub version: String,
    /// The ideal point (length `d`); with a negative precision the point fled from.
    pub theta: Vec<f64>,
    /// Its standard errors; null at the edge of a bound and in very many dimensions.
    pub standard_errors: Option<Vec<f64>>,
    /// What they are from: `clustered` (by annotator: the sandwich), `information` (comparisons are independent, weights are
    /// frequencies) or `bootstrap` (over annotators).
    #[serde(default = "information")]
    pub standard_error_kind: String,
    /// By how many annotators they are clustered, or how many were drawn for the bootstrap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clusters: Option<usize>,
    /// The bootstrap's samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bootstrap: Option<BootstrapResult>,
    /// The covariance that they are from, by rows; left out unless asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covariance: Option<Vec<Vec<f64>>>,
    /// `β`: as given, or as fitted: with one ideal point for all, or, where annotators are told apart, jointly with their
    /// positions.
    pub precision: f64,
    /// The standard error of a fitted `β`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision_error: Option<f64>,
    /// The same under another name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision_standard_error: Option<f64>,
    /// The precision with one ideal point for all, which `theta` is estimated with, where `precision` is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pooled_precision: Option<f64>,
    /// `βθ`, which stays finite where `β` goes to 0; left out unless `β` was fitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attraction: Option<Vec<f64>>,
    /// The log-likelihood there, without a ridge.
    pub log_likelihood: f64,
    /// Comparisons (a tie is one).
    pub comparisons: u64,
    /// The sum of their weights.
    pub weight: f64,
    /// Newton steps over all rows.
    pub iterations: usize,
    /// The norm of the gradient of what was maximised, or a bound on it where a long table was not read again after the last step.
    pub gradient_norm: f64,
    /// The penalty, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ridge: Option<f64>,
    /// The comparison of the models; left out where one of the fits that it needs does not exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_check: Option<ModelCheckResult>,
    /// Annotator by annotator; left out unless asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotators: Option<Vec<AnnotatorResult>>,
    /// `τ²`: how far partially pooled annotators scatter around their centre, the mean over the coordinates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scatter: Option<f64>,
    /// The population of partially pooled annotators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub population: Option<PopulationResult>,
    /// How much the first place counts; left out unless asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position_bias: Option<PositionBiasResult>,
    /// What to know before these numbers are used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

fn information() -> String {
    "information".into()
}

/// A bootstrap over annotators.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BootstrapResult {
    /// How many samples of annotators were drawn.
    pub replicates: usize,
    /// Of how many of them there is no estimate: these are left out.
    pub failed: usize,
    /// The seed.
    pub seed: u64,
}

/// The normal distribution that annotators' positions are from: what people think, which is not what a model trained on their
/// pooled labels learns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PopulationResult {
    /// Its centre (length `d`).
    pub center: Vec<f64>,
    /// The centre's standard errors.
    pub center_errors: Vec<f64>,
    /// How far annotators scatter around it, coordinate by coordinate.
    pub deviation: Vec<f64>,
    /// Is that one number for all coordinates, because annotators have fewer rows than there are coordinates?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub common_deviation: bool,
    /// The marginal log-likelihood of all labels.
    pub log_likelihood: f64,
    /// `β` with everybody's own position.
    pub precision: f64,
    /// Its standard error, where it was estimated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision_standard_error: Option<f64>,
    /// How the likelihood was integrated: `quadrature` or `laplace`.
    pub integration: String,
    /// Do the labels not bound the deviation?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unbounded: bool,
}

/// Why there is no estimate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NoMaximumResult {
    /// Which command has no estimate; left out within other answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// The program's version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// `separable`: the likelihood rises for ever; `rank_deficient`: it has more than one maximum; `unknown`: neither was proved
    /// within the budget of operations. Of items: `components` (some never lost against the others), `ties` (they explain everything),
    /// `too_many` or `too_few` items.
    pub reason: String,
    /// The direction (of unit length) along which it does; with a fitted precision its component comes last. Empty if unknown.
    pub direction: Vec<f64>,
    /// For separable data: does every comparison agree with the direction, or does only none disagree?
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complete: Option<bool>,
    /// For rank-deficient data: how many such directions there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<usize>,
    /// Of items: those that beat each other in circles, from the top; the first few components, and the first few items of each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub components: Option<Vec<Vec<String>>>,
    /// The same in words, and what to do.
    pub message: String,
}

impl NoMaximumResult {
    /// The same as the answer of a command.
    #[must_use]
    pub fn answering(self, kind: Kind) -> Self {
        Self {
            kind: Some(kind),
            version: Some(version()),
            ..self
        }
    }
}

/// One annotator's own estimate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AnnotatorResult {
    /// The name.
    pub annotator: String,
    /// The ideal point; null where the annotator's own estimate does not exist.
    pub theta: Option<Vec<f64>>,
    /// Its standard errors (of a partially pooled estimate: the posterior's standard deviations).
    pub standard_errors: Option<Vec<f64>>,
    /// The log-likelihood of the annotator's comparisons there.
    pub log_likelihood: Option<f64>,
    /// Rows.
    pub comparisons: u64,
    /// Why there is no estimate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub none: Option<NoMaximumResult>,
}

/// Which model the data support.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ModelCheckResult {
    /// `ideal_point`, `vector` (a linear reward: the precision is not told from 0) or `anti_ideal` (it is negative).
    pub supported: String,
    /// The fitted precision.
    pub precision: f64,
    /// Its standard error.
    pub precision_error: Option<f64>,
    /// The log-likelihood with it.
    pub log_likelihood: f64,
    /// The log-likelihood with the paper's precision of 1; null where that fit has no maximum.
    pub unit_log_likelihood: Option<f64>,
    /// The p-value of a precision of 1.
    pub unit_p_value: Option<f64>,
    /// The log-likelihood of the vector model.
    pub vector_log_likelihood: f64,
    /// The p-value of a precision of 0.
    pub vector_p_value: f64,
    /// The log-likelihood of a coin.
    pub coin_log_likelihood: f64,
    /// The same in words.
    pub verdict: String,
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
