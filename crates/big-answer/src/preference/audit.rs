//! The answer to an audit of preference data.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::fit::{ModelCheckResult, NoMaximumResult, PopulationResult, information};
use crate::groups::GroupResult;
use crate::items::ItemsAuditResult;
use crate::kind::Kind;

/// The answer of `big prefs audit`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum AuditAnswer {
    /// The audit.
    Audit(Box<AuditResult>),
    /// The audit of items without embeddings.
    Items(Box<ItemsAuditResult>),
    /// The pooled estimate does not exist (exit code 1).
    None(NoMaximumResult),
}

/// Who can move the estimate, and how far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AuditResult {
    /// `prefs_audit`.
    pub kind: Kind,
    /// The program's version.
    pub version: String,
    /// The widest range of estimates that one annotator alone can choose from by what to report, as a share of the range of
    /// everybody's reports together, in the metric of the information: between 0 and 1.
    pub manipulability: f64,
    /// What positions are: `ideal_point`, `vector` or `anti_ideal`.
    pub model: String,
    /// The precision of the pooled estimate; 0 for the vector model.
    pub precision: f64,
    /// False where the data do not identify a precision (binary and one-hot columns): then the vector model is audited.
    #[serde(default = "yes")]
    pub precision_identified: bool,
    /// The comparison of the models, where the precision was fitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_check: Option<ModelCheckResult>,
    /// The pooled estimate.
    pub theta: Vec<f64>,
    /// Its standard errors.
    pub standard_errors: Vec<f64>,
    /// What they are from: `clustered` or `information`.
    #[serde(default = "information")]
    pub standard_error_kind: String,
    /// The penalty on the estimate, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ridge: Option<f64>,
    /// What was made of the coordinates, in words; left out where they are as they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coordinates: Option<String>,
    /// How well the manipulability is known (95 %), where that was computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manipulability_interval: Option<IntervalResult>,
    /// The bootstrap replicates that intervals are from; 0 without any.
    #[serde(default)]
    pub replicates: usize,
    /// `τ²`: how far annotators scatter around their centre, the mean over the coordinates; left out with the population.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scatter: Option<f64>,
    /// The population of the annotators' positions; left out where the coordinates are too many for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub population: Option<PopulationResult>,
    /// Why there is none where one was looked for: the search was ended by its budget.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub population_not_found: Option<String>,
    /// What annotators may report, as in a game file.
    pub action_space: serde_json::Value,
    /// The distance from the estimate to the farthest point of that.
    pub farthest: f64,
    /// Rows.
    pub comparisons: u64,
    /// Annotators whose own estimate does not exist.
    pub without_own_estimate: usize,
    /// By falling reach.
    pub annotators: Vec<AuditedAnnotator>,
    /// What several annotators can do together, by size.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coalitions: Vec<CoalitionResult>,
    /// What groups can do that a column names, by falling reach.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupResult>,
    /// What clusters of alike annotators can do, by falling reach.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clusters: Vec<GroupResult>,
}

/// An interval of 95 %.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IntervalResult {
    /// Its lower end.
    pub lower: f64,
    /// Its upper end.
    pub upper: f64,
}

/// What so many annotators can do together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CoalitionResult {
    /// The members, by falling contribution.
    pub members: Vec<String>,
    /// How far they move the estimate, to first order: found, and attained.
    pub reach: f64,
    /// No set of so many reaches farther, to first order.
    pub bound: f64,
}

fn yes() -> bool {
    true
}

/// One annotator in an audit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AuditedAnnotator {
    /// The name.
    pub annotator: String,
    /// Rows.
    pub comparisons: u64,
    /// The share of the data's weight.
    pub share: f64,
    /// The share of the estimate.
    pub influence: f64,
    /// How far the worst report moves the estimate, to first order.
    pub reach: f64,
    /// That report.
    pub worst_report: Vec<f64>,
    /// By how much the report that is worst for a typical margin changes it (root mean square over all rows), to first order:
    /// in no units.
    #[serde(default)]
    pub margin_reach: f64,
    /// The annotator's own share of the range of estimates.
    #[serde(default)]
    pub manipulability: f64,
    /// The same distance by fitting again; left out below the first ranks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refit_reach: Option<f64>,
    /// How far the labels as they are move the estimate, against leaving them out; null where the others' labels do not
    /// determine an estimate.
    pub pull: Option<f64>,
    /// How well influence, reach and the share of the range are known (95 %), where that was computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub influence_interval: Option<IntervalResult>,
    /// Of the reach.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reach_interval: Option<IntervalResult>,
    /// Of the share of the range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manipulability_interval: Option<IntervalResult>,
    /// How extreme the labels are against the peers': about `√d` for an ordinary annotator; left out without a population.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extremeness: Option<f64>,
    /// The annotator's own estimate; null where it does not exist.
    pub theta: Option<Vec<f64>>,
    /// Its standard errors.
    pub standard_errors: Option<Vec<f64>>,
    /// The partially pooled estimate; left out without a population.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pooled_theta: Option<Vec<f64>>,
    /// Its standard deviations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pooled_errors: Option<Vec<f64>>,
}
