//! What `big prefs check` answers, as JSON.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kind::Kind;

/// The answer of `big prefs check`: what to know of a table before anything is fitted to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckResult {
    /// `prefs_check`.
    pub kind: Kind,
    /// The program's version.
    pub version: String,
    /// In a sentence.
    pub verdict: String,
    /// Rows.
    pub rows: u64,
    /// Annotators; 0 where nobody is named.
    pub annotators: u64,
    /// Coordinates of the embeddings; left out where responses go by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dimension: Option<usize>,
    /// Items; left out where responses are embeddings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<u64>,
    /// How often the first was preferred, the second, and neither.
    pub labels: LabelCounts,
    /// The words that labels are, with how often each was read as what, the most frequent first (up to twenty); left out where labels
    /// are numbers or grades.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub label_words: Vec<LabelWord>,
    /// The sum of the weights.
    pub weight: f64,
    /// Which columns were read as what.
    pub columns: ColumnsRead,
    /// The files, in the order in which their rows count.
    pub files: Vec<FileRows>,
    /// What there is to know, the worst first.
    pub findings: Vec<FindingResult>,
}

/// How often who was preferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LabelCounts {
    /// The first response.
    pub first: u64,
    /// The second.
    pub second: u64,
    /// Neither.
    pub ties: u64,
}

/// A word of a column of labels. The winner's own name may be read as either response: then it is here twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LabelWord {
    /// As the table has it.
    pub word: String,
    /// Whom it says to have won.
    pub read_as: LabelReading,
    /// In so many rows.
    pub count: u64,
}

/// What a label says.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum LabelReading {
    /// The first response was preferred.
    First,
    /// The second was.
    Second,
    /// Neither.
    Tie,
}

/// The columns that were read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ColumnsRead {
    /// The first responses.
    pub a: String,
    /// The second.
    pub b: String,
    /// Who won; left out where the columns of the responses say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Who said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotator: Option<String>,
    /// The weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<String>,
}

/// One file of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileRows {
    /// Its name.
    pub file: String,
    /// The number of its first row, over all files.
    pub first_row: u64,
}

/// One thing to know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FindingResult {
    /// `identical_pair`, `contradiction`, `disagreement`, `duplicate_row`, `position_bias`, `position_bias_of_annotators`,
    /// `constant_column`, `mixed_scales`, `few_rows`, `dominant_annotator`, `not_connected`, `zero_weight` or `ties`.
    pub kind: String,
    /// How many rows, pairs, coordinates, annotators or items it is about.
    pub count: u64,
    /// The first few rows, counted from 1 over all files.
    pub rows: Vec<u64>,
    /// What it is, and what to do about it.
    pub message: String,
    /// How often chance does as much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p_value: Option<f64>,
}
