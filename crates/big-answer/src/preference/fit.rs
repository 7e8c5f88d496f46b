//! The answer to a fit: an estimate, or why there is none.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::items::ItemsResult;
use crate::kind::{Kind, version};

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

pub(super) fn information() -> String {
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
