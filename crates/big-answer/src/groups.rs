//! Groups of annotators in an audit.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a group of annotators can do together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GroupResult {
    /// Its name: what its column says, or the number of a cluster, the largest first.
    pub group: String,
    /// How many annotators are in it.
    pub annotators: usize,
    /// Their names; left out of groups that a column names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members: Option<Vec<String>>,
    /// Rows.
    pub comparisons: u64,
    /// The share of the data's weight.
    pub share: f64,
    /// The share of the estimate.
    pub influence: f64,
    /// How far the members move the estimate, to first order, each by the report that is worst together with the others': found, and
    /// attained.
    pub reach: f64,
    /// They reach no farther, to first order.
    pub bound: f64,
    /// The same distance by fitting again; left out below the first ranks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refit_reach: Option<f64>,
    /// The share of the range of estimates that the group chooses from by one report of all members.
    pub manipulability: f64,
    /// How far the members' labels as they are move the estimate, against leaving them out; null where the others' labels do not
    /// determine an estimate.
    pub pull: Option<f64>,
    /// The mean of the members' partially pooled estimates; left out without a population.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub center: Option<Vec<f64>>,
}
