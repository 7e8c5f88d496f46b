//! A preference table on the command line.

use std::path::PathBuf;

use big_app::preference::{Table, TieRule};
use big_io::preference::{AnnotatorColumn, ColumnNames, Format, Grades, Words};
use clap::{Args, ValueEnum};

/// Which table, and how it is read.
#[derive(Args)]
pub(super) struct TableOptions {
    /// The comparisons: files of Parquet, Arrow, JSON or CSV (text also as .gz and .zst), folders of them, patterns in quotes
    /// ("train-*.parquet"), or - for standard input. Columns `a`, `b` (embeddings; in CSV `a_0, a_1, …`; or the names of items) and
    /// `label` (1: a preferred; or words), or `chosen` and `rejected`; optionally `annotator` and `weight`
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) reading: Reading,
}

/// How a table is read.
#[derive(Clone, Args)]
pub(crate) struct Reading {
    /// What the files are [default: told by their names and first bytes]
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<FormatName>,
    /// The column of first responses, or the columns that are their coordinates: --a price1,time1
    #[arg(long, value_name = "COLUMN,..", value_delimiter = ',')]
    a: Vec<String>,
    /// The same of second responses
    #[arg(long, value_name = "COLUMN,..", value_delimiter = ',')]
    b: Vec<String>,
    /// The column that says who won
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,
    /// What says in it that the first was preferred, besides the usual words
    #[arg(long, value_name = "WORD,..", value_delimiter = ',')]
    first_word: Vec<String>,
    /// What says in it that the second was
    #[arg(long, value_name = "WORD,..", value_delimiter = ',')]
    second_word: Vec<String>,
    /// What says in it that neither was
    #[arg(long, value_name = "WORD,..", value_delimiter = ',')]
    tie_word: Vec<String>,
    /// Labels are grades: A is a whole win of the first, B of the second, and what is between wins for both in proportion
    /// (-10,10; 1,5; or 1,0 for a share of votes)
    #[arg(long, value_name = "A,B", value_parser = grades, allow_hyphen_values = true)]
    graded: Option<Grades>,
    /// The column with the embedding (or the item) that was preferred, in place of `a`, `b` and `label`
    #[arg(long, value_name = "COLUMN", conflicts_with_all = ["a", "b", "label"])]
    chosen: Option<String>,
    /// The column with the one that was not
    #[arg(long, value_name = "COLUMN", conflicts_with_all = ["a", "b", "label"])]
    rejected: Option<String>,
    /// The column of weights [default: `weight`, if there is one]
    #[arg(long, value_name = "COLUMN")]
    weight: Option<String>,
    /// Measure every coordinate of the embeddings from its mean in its standard deviation, where they are in different units
    #[arg(long, conflicts_with = "items")]
    standardize: bool,
    /// Tell embeddings by so many directions, those in which they scatter most (principal components), in place of their coordinates
    #[arg(long, value_name = "K", conflicts_with = "items")]
    components: Option<usize>,
    /// Numbers in the columns of responses are the names of items, not coordinates
    #[arg(long)]
    items: bool,
    /// Where the embeddings are that the comparisons call by name: a table with columns `id` and `embedding`
    #[arg(long, value_name = "FILE", conflicts_with = "items")]
    responses: Vec<PathBuf>,
    /// What to do with a tie (label 0.5) [default: refuse the table; of items: half]
    #[arg(long, value_enum)]
    ties: Option<TiesName>,
    /// Hold up to so many MiB of comparisons in memory; a larger table is read again in every pass, and sorted into a
    /// temporary file (in TMPDIR) where annotators matter
    #[arg(long, value_name = "MIB", default_value_t = 2048)]
    memory: u64,
}

/// What files are.
#[derive(Clone, Copy, ValueEnum)]
enum FormatName {
    /// Parquet
    Parquet,
    /// Arrow IPC: a file (Feather) or a stream
    Arrow,
    /// Text with a header line: commas, semicolons or tabs
    Csv,
    /// One object a line, or an array of objects
    Json,
}

#[derive(Clone, Copy, ValueEnum)]
enum TiesName {
    /// Refuse the table
    Refuse,
    /// Count it as half a preference each way
    Half,
    /// Of items: a third outcome, as Davidson (1970) has it
    Davidson,
    /// Of items: a third outcome, as Rao and Kupper (1967) have it
    RaoKupper,
}

impl Reading {
    /// Does it say how a table is read?
    #[cfg(feature = "figures")]
    pub(super) fn names_columns(&self) -> bool {
        let columns = [&self.label, &self.chosen, &self.rejected, &self.weight];
        columns.iter().any(|column| column.is_some())
            || !self.a.is_empty()
            || !self.b.is_empty()
            || !self.responses.is_empty()
    }

    /// A table, read so.
    pub(super) fn table(&self, files: Vec<PathBuf>) -> Table {
        Table {
            files,
            held: None,
            held_responses: None,
            format: self.format.map(|format| match format {
                FormatName::Parquet => Format::Parquet,
                FormatName::Arrow => Format::Arrow,
                FormatName::Csv => Format::Csv,
                FormatName::Json => Format::Json,
            }),
            columns: ColumnNames {
                a: self.a.clone(),
                b: self.b.clone(),
                label: self.label.clone(),
                chosen: self.chosen.clone(),
                rejected: self.rejected.clone(),
                weight: self.weight.clone(),
                annotator: AnnotatorColumn::default(),
                items: self.items,
                words: Words {
                    first: self.first_word.clone(),
                    second: self.second_word.clone(),
                    tie: self.tie_word.clone(),
                },
                graded: self.graded,
            },
            responses: self.responses.clone(),
            standardize: self.standardize,
            components: self.components,
            ties: self.ties.map(|ties| match ties {
                TiesName::Refuse => TieRule::Refuse,
                TiesName::Half => TieRule::Half,
                TiesName::Davidson => TieRule::Davidson,
                TiesName::RaoKupper => TieRule::RaoKupper,
            }),
            memory: self.memory.saturating_mul(1 << 20),
        }
    }
}

impl TableOptions {
    /// The table, read so.
    pub(super) fn table(&self) -> Table {
        self.reading.table(self.files.clone())
    }
}

/// Two different numbers: the grades of whole wins.
fn grades(text: &str) -> Result<Grades, String> {
    let number = |part: &str| part.trim().parse::<f64>().ok().filter(|v| v.is_finite());
    let parts = text
        .split_once(',')
        .and_then(|(a, b)| number(a).zip(number(b)));
    match parts {
        Some((first, second)) if first != second => Ok(Grades { first, second }),
        _ => Err("give two different numbers: -10,10".into()),
    }
}
