//! Preference tables: Parquet, JSONL and CSV, one row a comparison, read in blocks any number of times.
//!
//! | column | holds |
//! | --- | --- |
//! | `a`, `b` | the embeddings of the two responses: lists of numbers; in CSV `a_0, a_1, …` |
//! | `label` | 1 or true: `a` was preferred; 0 or false: `b`; 0.5: a tie |
//! | `annotator` | who said it, of any type; optional |
//! | `weight` | optional |
//!
//! In place of `a`, `b` and `label` there may be `chosen` and `rejected`. Other columns are not read.

mod columns;
mod from_csv;
mod from_jsonl;
mod from_parquet;
mod label;
mod write;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::error::InputError;
use crate::table::missing_column;
use label::{label_of_number, label_of_text};

pub use label::Label;
pub use write::{SimulatedRows, write_preferences};

/// Embeddings of a block, by rows; every number is finite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Numbers<'a> {
    /// As they are in files of single precision.
    Single(&'a [f32]),
    /// In double precision.
    Double(&'a [f64]),
}

/// Consecutive rows of a table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PreferenceBlock<'a> {
    /// First responses, `n × d` by rows (where a table says `chosen`, these).
    pub a: Numbers<'a>,
    /// Second responses, `n × d` by rows.
    pub b: Numbers<'a>,
    /// Who won, `n` of them.
    pub labels: &'a [Label],
    /// Weights (length `n`), finite and not negative, where the table has them.
    pub weights: Option<&'a [f64]>,
    /// Indices into [`PreferenceTable::annotators`] (length `n`), where the table names them.
    pub annotators: Option<&'a [u32]>,
    /// The number of the first row, from 1.
    pub first_row: u64,
}

/// Columns by other names than the usual ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnNames {
    /// The embedding that was preferred, in place of `a`, `b` and `label`.
    pub chosen: Option<String>,
    /// The embedding that was not.
    pub rejected: Option<String>,
    /// Whose comparison it is.
    pub annotator: AnnotatorColumn,
}

/// The column that says whose comparison it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AnnotatorColumn {
    /// `annotator`, where there is one.
    #[default]
    Usual,
    /// This one, which must be there.
    Named(String),
    /// None: it does not matter whose they are.
    Ignored,
}

/// A preference table that can be read from the start any number of times, by several threads.
///
/// Nothing of it is held but the names of its annotators and one block.
#[derive(Debug)]
pub struct PreferenceTable {
    path: PathBuf,
    format: Format,
    layout: Layout,
    dim: usize,
    rows: Rows,
    annotators: Mutex<Interner>,
}

/// How many rows a table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// So many: the file says so.
    Known(u64),
    /// About so many, by the size of the file.
    Estimated(u64),
}

impl Rows {
    /// The number.
    pub fn count(self) -> u64 {
        match self {
            Self::Known(rows) | Self::Estimated(rows) => rows,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Parquet,
    Csv,
    Jsonl,
}

/// The column of weights.
const WEIGHT: &str = "weight";

/// Which column holds what.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Layout {
    a: String,
    b: String,
    /// None: `a` was chosen.
    label: Option<String>,
    weight: Option<String>,
    annotator: Option<String>,
}

impl Layout {
    /// Finds the columns among those there are; `embedding` says whether a column of embeddings is there.
    fn find(
        names: &ColumnNames,
        there: &[&str],
        embedding: &dyn Fn(&str) -> bool,
    ) -> Result<Self, InputError> {
        let asked = names.chosen.is_some() || names.rejected.is_some();
        let chosen = names.chosen.as_deref().unwrap_or("chosen");
        let rejected = names.rejected.as_deref().unwrap_or("rejected");
        let (a, b, label) = if asked || (!embedding("a") && embedding(chosen)) {
            (chosen, rejected, None)
        } else {
            ("a", "b", Some("label"))
        };
        for column in [a, b] {
            if !embedding(column) {
                return Err(missing_embedding(column, there));
            }
        }
        if let Some(label) = label
            && !there.contains(&label)
        {
            return Err(missing_column(label, there));
        }
        let annotator = match &names.annotator {
            AnnotatorColumn::Named(name) if !there.contains(&name.as_str()) => {
                return Err(missing_column(name, there));
            }
            AnnotatorColumn::Named(name) => Some(name.as_str()),
            AnnotatorColumn::Usual => there.contains(&"annotator").then_some("annotator"),
            AnnotatorColumn::Ignored => None,
        };
        Ok(Self {
            a: a.to_owned(),
            b: b.to_owned(),
            label: label.map(str::to_owned),
            weight: there.contains(&WEIGHT).then(|| WEIGHT.to_owned()),
            annotator: annotator.map(str::to_owned),
        })
    }
}

/// The end of the advice where a column is missing: how other columns are named is for the shell to say.
pub const OTHER_COLUMNS: &str = "or two columns that are named in their place";

fn missing_embedding(column: &str, there: &[&str]) -> InputError {
    let error = missing_column(column, there);
    match (&error.help, column) {
        (Some(help), "a" | "b") => {
            let help = format!(
                "{help}; a preference table has `a`, `b` and `label`, or `chosen` and `rejected`, {OTHER_COLUMNS}"
            );
            error.with_help(help)
        }
        _ => error,
    }
}

/// Names to numbers, in the order of their first appearance.
#[derive(Debug, Default)]
struct Interner {
    numbers: HashMap<String, u32>,
    names: Vec<String>,
}

/// A number's name: 1.0 is 1, as tables write whole numbers once a value was missing somewhere.
fn whole(number: &str) -> &str {
    number.strip_suffix(".0").unwrap_or(number)
}

impl Interner {
    /// A name's number.
    fn number(&mut self, name: &str) -> Result<u32, String> {
        if let Some(&number) = self.numbers.get(name) {
            return Ok(number);
        }
        if name.contains(char::is_control) {
            return Err(
                "the annotator's name has a control character in it: names are of one line"
                    .to_owned(),
            );
        }
        let number = u32::try_from(self.names.len())
            .map_err(|_| "has more than 4 billion annotators".to_owned())?;
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        Ok(number)
    }
}

impl PreferenceTable {
    /// Opens a table by its extension (`.parquet`, `.jsonl` or `.csv`) and looks at its first row.
    ///
    /// # Errors
    /// When it cannot be read, lacks a column (those there are get listed), or has no rows.
    pub fn open(path: &Path, names: &ColumnNames) -> Result<Self, InputError> {
        let file = path.display().to_string();
        // What is not there, or may not be seen, is said by those who open it.
        if std::fs::metadata(path).is_ok_and(|about| !about.is_file() && !about.is_dir()) {
            return Err(
                InputError::new("is no regular file, and a table is read more than once")
                    .with_help("write what comes through the pipe into a file")
                    .in_file(file),
            );
        }
        let extension = path
            .extension()
            .and_then(|e| e.to_str())
            .map(str::to_ascii_lowercase);
        let format = match extension.as_deref() {
            Some("parquet" | "pq") => Format::Parquet,
            Some("csv") => Format::Csv,
            Some("jsonl" | "ndjson") => Format::Jsonl,
            _ => {
                return Err(InputError::new("is neither .parquet nor .jsonl nor .csv")
                    .with_help("preference tables are read from Parquet, JSON lines or CSV")
                    .in_file(file));
            }
        };
        let looked = match format {
            Format::Parquet => from_parquet::look(path, names),
            Format::Csv => from_csv::look(path, names),
            Format::Jsonl => from_jsonl::look(path, names),
        };
        let (layout, rows) = looked.map_err(|e| in_file(e, path))?;
        let mut table = Self {
            path: path.to_owned(),
            format,
            layout,
            dim: 0,
            rows,
            annotators: Mutex::default(),
        };
        let mut dim = None;
        let reading = Reading {
            layout: &table.layout,
            dim,
            batch: 1,
            some: None,
            annotators: &table.annotators,
        };
        let first = table.blocks(&reading, &mut |block| {
            dim = Some(match block.a {
                Numbers::Single(v) => v.len() / block.labels.len(),
                Numbers::Double(v) => v.len() / block.labels.len(),
            });
            Err(Stop::Enough)
        });
        match (first, dim) {
            (Err(Stop::Error(error)), _) => return Err(error),
            (_, Some(dim)) => table.dim = dim,
            (_, None) => {
                return Err(
                    InputError::new("has no rows: there is nothing to learn from")
                        .with_help("one row a comparison")
                        .in_file(file),
                );
            }
        }
        Ok(table)
    }

    /// The dimension `d` of the embeddings.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// How many rows there are.
    pub fn rows(&self) -> Rows {
        self.rows
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The column that names the annotators, if there is one.
    pub fn annotator_column(&self) -> Option<&str> {
        self.layout.annotator.as_deref()
    }

    /// The annotators' names in the order of their first appearance: complete after one [`pass`](Self::pass).
    pub fn annotators(&self) -> Vec<String> {
        self.interner().names.clone()
    }

    /// Hands all rows over in order, in blocks of some thousands; the same blocks in every pass.
    ///
    /// # Errors
    /// The first error of `visit`, or what is wrong with the file: rows with a value that is missing, not finite or of
    /// another length are refused, with their number.
    pub fn pass<E: From<InputError>>(
        &self,
        visit: &mut dyn FnMut(&PreferenceBlock<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.visited(&self.layout, None, visit)
    }

    /// Hands over about `rows` rows, of all over the table where the format has places to begin at (the row groups of
    /// Parquet), else the first; never their annotators. The same rows in every call, in blocks of some thousands.
    ///
    /// # Errors
    /// As [`pass`](Self::pass).
    pub fn glimpse<E: From<InputError>>(
        &self,
        rows: usize,
        visit: &mut dyn FnMut(&PreferenceBlock<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let layout = Layout {
            annotator: None,
            ..self.layout.clone()
        };
        self.visited(&layout, Some(rows), visit)
    }

    fn visited<E: From<InputError>>(
        &self,
        layout: &Layout,
        some: Option<usize>,
        visit: &mut dyn FnMut(&PreferenceBlock<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut failed = None;
        // About a megabyte a block.
        let batch = ((1 << 17) / self.dim.max(1)).clamp(64, 8192);
        let reading = Reading {
            layout,
            dim: Some(self.dim),
            batch,
            some,
            annotators: &self.annotators,
        };
        let mut left = some.unwrap_or(usize::MAX);
        let done = self.blocks(&reading, &mut |block| {
            if let Err(error) = visit(block) {
                failed = Some(error);
                return Err(Stop::Enough);
            }
            left = left.saturating_sub(block.labels.len());
            match left {
                0 => Err(Stop::Enough),
                _ => Ok(()),
            }
        });
        match (failed, done) {
            (Some(error), _) => Err(error),
            (None, Err(Stop::Error(error))) => Err(error.into()),
            (None, _) => Ok(()),
        }
    }

    fn blocks(&self, reading: &Reading<'_>, visit: &mut Visit<'_>) -> Result<(), Stop> {
        let done = match self.format {
            Format::Parquet => from_parquet::read(&self.path, reading, visit),
            Format::Csv => from_csv::read(&self.path, reading, visit),
            Format::Jsonl => from_jsonl::read(&self.path, reading, visit),
        };
        done.map_err(|stop| match stop {
            Stop::Error(mut error) => {
                if error.row.is_some() {
                    error.help.get_or_insert_with(|| {
                        "mend the row or drop it; rows are counted from 1 over the whole file"
                            .to_owned()
                    });
                }
                Stop::Error(in_file(error, &self.path))
            }
            Stop::Enough => Stop::Enough,
        })
    }

    fn interner(&self) -> std::sync::MutexGuard<'_, Interner> {
        self.annotators.lock().unwrap_or_else(|e| e.into_inner())
    }
}

fn in_file(error: InputError, path: &Path) -> InputError {
    match error.file {
        Some(_) => error,
        None => error.in_file(path.display().to_string()),
    }
}

/// Why a pass ended before the last row.
enum Stop {
    /// The file is at fault.
    Error(InputError),
    /// The visitor has seen enough.
    Enough,
}

impl From<InputError> for Stop {
    fn from(error: InputError) -> Self {
        Self::Error(error)
    }
}

type Visit<'v> = dyn FnMut(&PreferenceBlock<'_>) -> Result<(), Stop> + 'v;

/// What a reader of one format has to know.
struct Reading<'r> {
    layout: &'r Layout,
    /// None: the first row decides.
    dim: Option<usize>,
    batch: usize,
    /// Only about so many rows are wanted: from all over the table, if that is cheap.
    some: Option<usize>,
    annotators: &'r Mutex<Interner>,
}

/// Rows that come one by one, until they make a block.
struct Collected<'r> {
    reading: &'r Reading<'r>,
    dim: Option<usize>,
    a: Vec<f64>,
    b: Vec<f64>,
    labels: Vec<Label>,
    weights: Vec<f64>,
    annotators: Vec<u32>,
    done: u64,
}

impl<'r> Collected<'r> {
    fn new(reading: &'r Reading<'r>) -> Self {
        Self {
            reading,
            dim: reading.dim,
            a: Vec::new(),
            b: Vec::new(),
            labels: Vec::new(),
            weights: Vec::new(),
            annotators: Vec::new(),
            done: 0,
        }
    }

    /// The number of the row to come, from 1.
    fn row(&self) -> u64 {
        self.done + self.labels.len() as u64 + 1
    }

    /// Checks that one embedding has just been added to `a` or `b`.
    fn check_length(&mut self, second: bool) -> Result<(), String> {
        let n = self.labels.len();
        let layout = self.reading.layout;
        let (values, column) = if second {
            (&self.b, &layout.b)
        } else {
            (&self.a, &layout.a)
        };
        let found = values.len() - n * self.dim.unwrap_or(0);
        check_length(column, found, &mut self.dim)
    }

    /// Closes a row whose embeddings are there.
    fn close(
        &mut self,
        label: Label,
        weight: Option<f64>,
        annotator: Option<&str>,
    ) -> Result<(), String> {
        if let Some(weight) = weight {
            check_weight(weight)?;
            self.weights.push(weight);
        }
        if let Some(name) = annotator {
            let mut interner = self
                .reading
                .annotators
                .lock()
                .unwrap_or_else(|e| e.into_inner());
            self.annotators.push(interner.number(name)?);
        }
        self.labels.push(label);
        Ok(())
    }

    fn hand_over_if_full(&mut self, visit: &mut Visit<'_>) -> Result<(), Stop> {
        if self.labels.len() >= self.reading.batch {
            self.hand_over(visit)?;
        }
        Ok(())
    }

    fn hand_over(&mut self, visit: &mut Visit<'_>) -> Result<(), Stop> {
        if self.labels.is_empty() {
            return Ok(());
        }
        let layout = self.reading.layout;
        visit(&PreferenceBlock {
            a: Numbers::Double(&self.a),
            b: Numbers::Double(&self.b),
            labels: &self.labels,
            weights: layout.weight.is_some().then_some(&self.weights),
            annotators: layout.annotator.is_some().then_some(&self.annotators),
            first_row: self.done + 1,
        })?;
        self.done += self.labels.len() as u64;
        self.a.clear();
        self.b.clear();
        self.labels.clear();
        self.weights.clear();
        self.annotators.clear();
        Ok(())
    }
}

/// Refuses an embedding of another length than the first one.
fn check_length(column: &str, found: usize, dim: &mut Option<usize>) -> Result<(), String> {
    match *dim {
        _ if found == 0 => Err(format!("`{column}` has no numbers")),
        None => {
            *dim = Some(found);
            Ok(())
        }
        Some(expected) if expected == found => Ok(()),
        Some(expected) => Err(format!(
            "`{column}` has length {found} where the first row has {expected}"
        )),
    }
}

fn check_weight(weight: f64) -> Result<(), String> {
    if weight.is_finite() && weight >= 0.0 {
        Ok(())
    } else {
        Err(format!(
            "`weight` is {weight}: a weight must be finite and not negative"
        ))
    }
}
