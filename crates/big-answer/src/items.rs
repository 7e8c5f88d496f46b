//! What `big prefs fit` and `big prefs audit` answer about items without embeddings, as JSON.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kind::Kind;

/// The scores of items.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ItemsResult {
    /// `prefs_fit`.
    pub kind: Kind,
    /// The program's version.
    pub version: String,
    /// By falling score.
    pub items: Vec<ItemScore>,
    /// What a tie is: `half` a win each, or a third outcome as `davidson` or `rao-kupper` have it.
    pub ties: String,
    /// The parameter of ties: Davidson's `ν`, or the threshold `η` of Rao and Kupper; left out where there is none, or no tie.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tie_parameter: Option<f64>,
    /// Its standard error, by the information.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tie_parameter_error: Option<f64>,
    /// What standard errors are from: `clustered` (by annotator: the sandwich) or `information` (comparisons are independent).
    pub standard_error_kind: String,
    /// By how many annotators they are clustered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clusters: Option<usize>,
    /// The log-likelihood.
    pub log_likelihood: f64,
    /// Comparisons; those of an item with itself are not counted.
    pub comparisons: u64,
    /// How many of them are ties.
    pub tied: u64,
    /// Newton steps.
    pub iterations: usize,
    /// The largest derivative of the log-likelihood there.
    pub gradient_norm: f64,
    /// What to know before these numbers are used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// One item's score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ItemScore {
    /// Its name.
    pub item: String,
    /// The score: the logit of beating an item of score 0. The mean over all items is 0.
    pub score: f64,
    /// Its standard error; null with more than 2,000 items.
    pub standard_error: Option<f64>,
    /// Rows in which it was compared.
    pub comparisons: u64,
}

/// Who can move the scores of items, and how few labels or annotators swap two of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ItemsAuditResult {
    /// `prefs_audit`.
    pub kind: Kind,
    /// The program's version.
    pub version: String,
    /// In a sentence.
    pub verdict: String,
    /// By falling score.
    pub items: Vec<ItemScore>,
    /// Swaps of two items: of neighbours from the top, and of the two that were asked for.
    pub swaps: Vec<SwapResult>,
    /// The annotator who can move a score farthest first; left out where nobody is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotators: Option<Vec<MoverResult>>,
    /// Comparisons.
    pub comparisons: u64,
}

/// How few can swap two items.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SwapResult {
    /// The item above.
    pub above: String,
    /// The item below.
    pub below: String,
    /// The difference of their scores.
    pub gap: f64,
    /// Fewer changed labels do not swap them, in whatever way they are changed or dropped: proved.
    pub labels_at_least: u64,
    /// So many changed labels did, in a refit; null where not even all of them do.
    pub labels_found: Option<u64>,
    /// Fewer annotators do not swap them; left out where nobody is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotators_at_least: Option<usize>,
    /// These annotators did, in a refit; left out where nobody is named, or not even all of them do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotators_found: Option<Vec<String>>,
}

/// How far one annotator can move a score alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MoverResult {
    /// The name.
    pub annotator: String,
    /// The weight of the labels.
    pub labels: f64,
    /// The item whose score moves farthest.
    pub item: String,
    /// How far, to first order.
    pub change: f64,
    /// How far in a refit; left out below the first ranks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refit_change: Option<f64>,
    /// The swaps (above, below) that this annotator does alone, in a refit; left out below the first ranks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub swaps: Vec<[String; 2]>,
}
