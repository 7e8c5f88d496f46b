//! Experiments with simulated preference data, as files describe them (`big prefs simulate`, `big prefs play`).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use big_game::spec::SpaceSpec;
use schemars::{JsonSchema, schema_for};

use crate::decode;
use crate::document::Document;
use crate::error::InputError;
use crate::schema::{ActionSpaceSchema, NumberSchema};
use crate::source::Source;
use crate::table::{Row, RowSink, Wanted, read_rows, reserve};

/// An experiment that has been read; numbers are finite and lengths fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Experiment {
    /// What the author calls it.
    pub name: Option<String>,
    /// The dimension `d` of the responses.
    pub dim: usize,
    /// Who labels; names are unique.
    pub labellers: Vec<Labeller>,
    /// What they may report: none, one for all, or one each.
    pub spaces: Vec<SpaceSpec<f64>>,
    /// Where responses come from.
    pub responses: Responses,
    /// The precision of their rewards, above 0.
    pub precision: f64,
    /// The seed, if the author chose one.
    pub seed: Option<u64>,
}

/// Somebody who labels pairs of responses.
#[derive(Clone, Debug, PartialEq)]
pub struct Labeller {
    /// Its name, or its number from 1.
    pub name: String,
    /// Its true ideal point (length `d`).
    pub theta: Vec<f64>,
    /// The ideal point that it labels with, where that is another one (length `d`).
    pub fake: Option<Vec<f64>>,
    /// How many pairs it labels, where that is said.
    pub pairs: Option<u64>,
}

/// Where responses come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Responses {
    /// Each coordinate normal.
    Normal {
        /// Its mean.
        mean: f64,
        /// Its standard deviation.
        deviation: f64,
    },
    /// Each coordinate uniform.
    Uniform {
        /// The lower end.
        lower: f64,
        /// The upper end.
        upper: f64,
    },
    /// Drawn with replacement from the rows of a table (see [`read_embeddings`]).
    File(PathBuf),
}

/// Reads an experiment (TOML or JSON).
///
/// # Errors
/// Whatever is wrong, and where.
pub fn read_experiment(source: &Source) -> Result<Experiment, InputError> {
    let doc = Document {
        file: source.name(),
        text: source.read_text()?,
    };
    let root = doc.parse(source.extension().as_deref())?;
    decode::experiment(&doc, &root, source.folder())
}

/// Reads embeddings of `dim` coordinates from the column `embedding` (lists of numbers; in CSV `embedding_0,
/// embedding_1, …`) of a Parquet or CSV table, by rows.
///
/// # Errors
/// Whatever is wrong, with the row.
pub fn read_embeddings(path: &Path, dim: usize) -> Result<Vec<f64>, InputError> {
    struct Embeddings {
        values: Vec<f64>,
        dim: usize,
    }
    impl RowSink for Embeddings {
        fn expect(&mut self, rows: usize) -> Result<(), String> {
            let numbers = rows.checked_mul(self.dim);
            reserve(
                &mut self.values,
                numbers.ok_or("says it has more rows than memory can hold")?,
            )
        }

        fn row(&mut self, row: Row<'_>) -> Result<(), String> {
            if row.list.len() != self.dim {
                return Err(format!(
                    "`embedding` has length {} where the experiment has dimension {}",
                    row.list.len(),
                    self.dim
                ));
            }
            self.values.extend_from_slice(row.list);
            Ok(())
        }
    }
    let wanted = Wanted {
        number: None,
        list: "embedding",
        ragged: false,
        costs: false,
    };
    let mut sink = Embeddings {
        values: Vec::new(),
        dim,
    };
    read_rows(path, &wanted, &mut sink, &mut |_, _| {})?;
    if sink.values.is_empty() {
        return Err(
            InputError::new("has no rows: there is nothing to draw responses from")
                .in_file(path.display().to_string()),
        );
    }
    Ok(sink.values)
}

/// Reads an action space from what stands on a command line: a table like `{ type = "ball", radius = 1 }` (TOML or JSON),
/// or the name of a file whose `action_space` is meant.
///
/// # Errors
/// Whatever is wrong, and where.
pub fn space_argument(argument: &str, dim: usize) -> Result<SpaceSpec<f64>, InputError> {
    let text = argument.trim();
    if !text.starts_with('{') {
        let source = Source::parse(argument);
        let doc = Document {
            file: source.name(),
            text: source.read_text()?,
        };
        let root = doc.parse(source.extension().as_deref())?;
        return decode::lone_space(&doc, &root, dim);
    }
    let json = text[1..].trim_start().starts_with('"');
    let doc = Document {
        file: "the action space".to_owned(),
        text: Arc::from(if json {
            format!("{{\"action_space\": {text}}}")
        } else {
            format!("action_space = {text}")
        }),
    };
    let root = doc.parse(Some(if json { "json" } else { "toml" }))?;
    decode::lone_space(&doc, &root, dim)
}

/// The JSON Schema (draft 2020-12) of an experiment.
pub fn schema_experiment() -> serde_json::Value {
    schema_for!(ExperimentSchema).to_value()
}

/// An experiment with simulated preference data (arXiv:2502.01127, Section 6).
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "PreferenceExperiment")]
pub struct ExperimentSchema {
    /// Where this schema lives, for editors.
    #[schemars(
        rename = "$schema",
        default,
        skip_serializing_if = "Option::is_none",
        with = "String"
    )]
    pub schema: Option<String>,
    /// What it is called.
    #[schemars(default, skip_serializing_if = "Option::is_none", with = "String")]
    pub name: Option<String>,
    /// What it is about.
    #[schemars(default, skip_serializing_if = "Option::is_none", with = "String")]
    pub description: Option<String>,
    /// The number of coordinates of responses; default: the length of the first `theta`.
    #[schemars(default, with = "u64", range(min = 1))]
    pub dimension: Option<u64>,
    /// How many pairs each influencer labels that does not say so itself.
    #[schemars(default, with = "u64")]
    pub pairs: Option<u64>,
    /// Where responses come from; default: standard normal.
    #[schemars(default, with = "DistributionSchema")]
    pub distribution: Option<DistributionSchema>,
    /// `β` of the rewards `−β‖a − θ‖²`, above 0; default 1.
    #[schemars(default, with = "NumberSchema")]
    pub precision: Option<NumberSchema>,
    /// The seed of all draws; default 0.
    #[schemars(default, with = "u64")]
    pub seed: Option<u64>,
    /// What every influencer may report that has no action space of its own.
    #[schemars(default, with = "ActionSpaceSchema")]
    pub action_space: Option<ActionSpaceSchema>,
    /// Who labels.
    #[schemars(length(min = 1))]
    pub influencers: Vec<LabellerSchema>,
}

/// Somebody who labels pairs.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Labeller")]
pub struct LabellerSchema {
    /// Unique; default: its number, from 1.
    #[schemars(default, skip_serializing_if = "Option::is_none", with = "String")]
    pub name: Option<String>,
    /// Its true ideal point: the target in play.
    #[schemars(length(min = 1))]
    pub theta: Vec<NumberSchema>,
    /// The ideal point that it labels with (`big prefs simulate`); default: `theta`.
    #[schemars(default, with = "Vec<NumberSchema>")]
    pub fake: Option<Vec<NumberSchema>>,
    /// How many pairs it labels.
    #[schemars(default, with = "u64")]
    pub pairs: Option<u64>,
    /// What it may report, in place of the common action space.
    #[schemars(default, with = "ActionSpaceSchema")]
    pub action_space: Option<ActionSpaceSchema>,
}

/// A distribution of responses.
#[derive(JsonSchema)]
#[schemars(untagged, rename = "Distribution")]
pub enum DistributionSchema {
    /// With the usual parameters: mean 0 and deviation 1, or between -1 and 1.
    Plain(PlainSchema),
    /// In detail.
    Detailed(DetailedSchema),
}

/// A distribution with the usual parameters.
#[derive(JsonSchema)]
#[schemars(rename = "PlainDistribution", rename_all = "snake_case")]
pub enum PlainSchema {
    /// Each coordinate standard normal.
    Normal,
    /// Each coordinate uniform between -1 and 1.
    Uniform,
}

/// A distribution and its parameters.
#[derive(JsonSchema)]
#[schemars(
    tag = "type",
    rename_all = "snake_case",
    deny_unknown_fields,
    rename = "DetailedDistribution"
)]
pub enum DetailedSchema {
    /// Each coordinate normal.
    Normal {
        /// Default 0.
        #[schemars(default, with = "NumberSchema")]
        mean: Option<NumberSchema>,
        /// At least 0; default 1.
        #[schemars(default, with = "NumberSchema")]
        deviation: Option<NumberSchema>,
    },
    /// Each coordinate uniform.
    Uniform {
        /// Default -1.
        #[schemars(default, with = "NumberSchema")]
        lower: Option<NumberSchema>,
        /// Default 1.
        #[schemars(default, with = "NumberSchema")]
        upper: Option<NumberSchema>,
    },
    /// Drawn with replacement from the column `embedding` of a Parquet or CSV file.
    File {
        /// Relative to the folder of the experiment's file.
        file: String,
    },
}
