//! A preference table on the command line.

use std::path::PathBuf;

use big_app::preference::Table;
use big_preference::data::Ties;
use clap::{Args, ValueEnum};

/// Which table, and how it is read.
#[derive(Args)]
pub(super) struct TableOptions {
    /// The comparisons: a .parquet, .jsonl or .csv file with columns `a`, `b` (embeddings; in CSV `a_0, a_1, …`) and `label`
    /// (1: a preferred), or `chosen` and `rejected`; optionally `annotator` and `weight`
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) reading: Reading,
}

/// How a table is read.
#[derive(Clone, Args)]
pub(crate) struct Reading {
    /// The column with the embedding that was preferred, in place of `a`, `b` and `label`
    #[arg(long, value_name = "COLUMN")]
    chosen: Option<String>,
    /// The column with the embedding that was not
    #[arg(long, value_name = "COLUMN")]
    rejected: Option<String>,
    /// What to do with a tie (label 0.5)
    #[arg(long, value_enum, default_value = "refuse")]
    ties: TiesName,
    /// Hold up to so many MiB of comparisons in memory; a larger table is read again in every pass, and sorted into a
    /// temporary file (in TMPDIR) where annotators matter
    #[arg(long, value_name = "MIB", default_value_t = 2048)]
    memory: u64,
}

#[derive(Clone, Copy, ValueEnum)]
enum TiesName {
    /// Refuse the table
    Refuse,
    /// Count it as half a preference each way
    Half,
}

impl Reading {
    /// Does it name columns?
    pub(super) fn names_columns(&self) -> bool {
        self.chosen.is_some() || self.rejected.is_some()
    }

    /// A table, read so.
    pub(super) fn table(&self, file: PathBuf) -> Table {
        Table {
            file,
            chosen: self.chosen.clone(),
            rejected: self.rejected.clone(),
            ties: match self.ties {
                TiesName::Refuse => Ties::Refuse,
                TiesName::Half => Ties::Half,
            },
            memory: self.memory.saturating_mul(1 << 20),
        }
    }
}

impl TableOptions {
    /// The table, read so.
    pub(super) fn table(&self) -> Table {
        self.reading.table(self.file.clone())
    }
}
