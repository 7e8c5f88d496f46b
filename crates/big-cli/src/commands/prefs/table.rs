//! A preference table on the command line, and as the library reads it.

use std::path::PathBuf;
use std::sync::Mutex;

use big_io::InputError;
use big_io::preference::{
    AnnotatorColumn, ColumnNames, Label, Numbers, OTHER_COLUMNS, PreferenceBlock, PreferenceTable,
};
use big_preference::data::{
    Chunks, Comparisons, DataError, Floats, Parts, Preference, Rows, Source, Storage, Streamed,
    Ties, pieces,
};
use big_preference::errors::Scores;
use clap::{Args, ValueEnum};

use super::data_failure;
use crate::failure::Failure;
use crate::progress::Progress;

/// Rows that a streamed table holds in memory at a time, in bytes.
const BATCH: usize = 64 << 20;

/// Which table, and how it is read.
#[derive(Args)]
pub(super) struct TableOptions {
    /// The comparisons: a .parquet, .jsonl or .csv file with columns `a`, `b` (embeddings; in CSV `a_0, a_1, …`) and `label`
    /// (1: a preferred), or `chosen` and `rejected`; optionally `annotator` and `weight`
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) reading: Reading,
    /// The ties of the last pass, each of which makes two rows
    #[arg(skip)]
    ties: TieCounts,
}

/// How many ties there are, in all and by annotator.
#[derive(Debug, Default)]
pub(super) struct TieCounts(Mutex<(u64, Vec<u64>)>);

impl Clone for TieCounts {
    /// A count of its own.
    fn clone(&self) -> Self {
        Self(Mutex::new(self.of(|counts| counts.clone())))
    }
}

impl TieCounts {
    fn of<T>(&self, read: impl FnOnce(&mut (u64, Vec<u64>)) -> T) -> T {
        read(&mut self.0.lock().unwrap_or_else(|e| e.into_inner()))
    }
}

/// The annotators' scores at coefficients of the columns; `None` where nobody is named.
pub(super) type ScoresAt<'a> = dyn Fn(&[f64]) -> Result<Option<Scores>, Failure> + 'a;

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
}

impl TableOptions {
    /// A table, read so.
    pub(super) fn new(file: PathBuf, reading: Reading) -> Self {
        Self {
            file,
            reading,
            ties: TieCounts::default(),
        }
    }

    /// What messages call the table.
    pub(super) fn name(&self) -> String {
        self.file.display().to_string()
    }

    /// The number of comparisons in so many rows: a tie that counts as half a preference each way makes two.
    pub(super) fn comparisons(&self, rows: u64) -> u64 {
        rows.saturating_sub(self.ties.of(|(all, _)| *all))
    }

    /// The same for one annotator.
    pub(super) fn comparisons_of(&self, annotator: usize, rows: u64) -> u64 {
        let of = |by: &[u64]| by.get(annotator).copied().unwrap_or(0);
        rows.saturating_sub(self.ties.of(|(_, by)| of(by)))
    }

    fn ties(&self) -> Ties {
        match self.reading.ties {
            TiesName::Refuse => Ties::Refuse,
            TiesName::Half => Ties::Half,
        }
    }

    /// Opens the table; `by` is the column of annotators, if they matter.
    pub(super) fn open(&self, by: Option<&str>) -> Result<Table<'_>, Failure> {
        self.open_by(by.map_or(AnnotatorColumn::Ignored, |name| {
            AnnotatorColumn::Named(name.to_owned())
        }))
    }

    fn open_by(&self, annotator: AnnotatorColumn) -> Result<Table<'_>, Failure> {
        let names = ColumnNames {
            chosen: self.reading.chosen.clone(),
            rejected: self.reading.rejected.clone(),
            annotator,
        };
        let table = PreferenceTable::open(&self.file, &names);
        Ok(Table {
            table: table.map_err(other_columns)?,
            ties: &self.ties,
        })
    }

    /// The comparisons without their annotators: in memory where they fit, else as a stream.
    pub(super) fn with_source<T>(
        &self,
        then: impl FnOnce(&dyn Source) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let table = self.open(None)?;
        if self.fits(&table, 1) {
            return then(&self.read(&table)?);
        }
        then(&self.stream(&table)?)
    }

    /// The same, with the scores of whoever the column `annotator` names, if there is one. Where it names somebody by what is
    /// no name, nobody is named.
    pub(super) fn with_scores<T>(
        &self,
        then: impl FnOnce(&dyn Source, &ScoresAt<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let named = self.open_by(AnnotatorColumn::Usual)?;
        if named.table.annotator_column().is_none() {
            return self.with_source(|source| then(source, &|_| Ok(None)));
        }
        if self.fits(&named, 1) {
            let Ok(all) = self.read(&named) else {
                return self.with_source(|source| then(source, &|_| Ok(None)));
            };
            return then(&all, &|q| {
                let once = |visit: &mut dyn FnMut(&Comparisons)| {
                    visit(&all);
                    Ok(())
                };
                Scores::of_rows(&once, q).map_err(|e| self.refused(e))
            });
        }
        let table = self.open(None)?;
        then(&self.stream(&table)?, &|q| {
            let again =
                |visit: &mut dyn FnMut(&Comparisons)| pieces(&named, self.ties(), BATCH, visit);
            Ok(Scores::of_rows(&again, q).ok().flatten())
        })
    }

    /// All comparisons in the order of the table, and annotator by annotator: both in memory where they fit, else as a
    /// stream and in a temporary file.
    pub(super) fn with_annotators<T>(
        &self,
        by: &str,
        then: impl FnOnce(&dyn Source, &Parts) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let table = self.open(Some(by))?;
        if self.fits(&table, 2) {
            let all = self.read(&table)?;
            let parts = Parts::held(all.split()).map_err(|e| self.refused(e))?;
            return then(&all, &parts);
        }
        tracing::info!("sorting the table by annotator into a temporary file");
        let memory = usize::try_from(self.reading.memory << 20).unwrap_or(usize::MAX);
        let parts = Parts::on_disk(&table, self.ties(), memory).map_err(|e| self.refused(e))?;
        let unnamed = self.open(None)?;
        then(&self.stream(&unnamed)?, &parts)
    }

    fn read(&self, table: &Table<'_>) -> Result<Comparisons, Failure> {
        Comparisons::read(table, Storage::Double, self.ties()).map_err(|e| self.refused(e))
    }

    fn stream<'t>(&self, table: &'t Table<'t>) -> Result<Streamed<'t>, Failure> {
        tracing::info!(rows = table.table.rows().count(), "streaming the table");
        Streamed::new(table, self.ties(), BATCH).map_err(|e| self.refused(e))
    }

    fn refused(&self, error: DataError) -> Failure {
        data_failure(error, &self.name())
    }

    /// Do the comparisons fit into memory, so many times?
    fn fits(&self, table: &Table<'_>, times: u128) -> bool {
        let numbers = u128::from(table.table.rows().count()) * (table.dim() as u128 + 1);
        times * numbers * 8 <= u128::from(self.reading.memory) << 20
    }
}

/// Where other columns may be named, how.
fn other_columns(error: InputError) -> InputError {
    let help = error.help.clone().unwrap_or_default();
    match help.strip_suffix(OTHER_COLUMNS) {
        Some(help) => {
            let help = format!("{help}and --chosen and --rejected name other columns");
            error.with_help(help)
        }
        None => error,
    }
}

/// A table of comparisons, as the library reads it.
pub(super) struct Table<'t> {
    table: PreferenceTable,
    ties: &'t TieCounts,
}

/// Why a pass ended.
enum Ended {
    Visitor(DataError),
    File(InputError),
}

impl From<InputError> for Ended {
    fn from(error: InputError) -> Self {
        Self::File(error)
    }
}

impl Chunks for Table<'_> {
    fn dim(&self) -> usize {
        self.table.dim()
    }

    fn annotators(&self) -> Vec<String> {
        self.table.annotators()
    }

    fn pass(
        &self,
        visit: &mut dyn FnMut(&Rows<'_>) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        let total = self.table.rows().count();
        let bar = Progress::new("reading");
        let mut labels = Vec::new();
        let (mut ties, mut by) = (0, Vec::new());
        let passed = self.table.pass(&mut |block| {
            bar.update(block.first_row, total.max(block.first_row));
            count_ties(block, &mut ties, &mut by);
            visit(&rows(block, &mut labels)).map_err(Ended::Visitor)
        });
        passed.map_err(refused)?;
        self.ties.of(|counts| {
            counts.0 = ties;
            // A pass that does not look at annotators knows nothing of theirs.
            if self.table.annotator_column().is_some() {
                counts.1 = by;
            }
        });
        Ok(())
    }

    fn glimpse(
        &self,
        some: usize,
        visit: &mut dyn FnMut(&Rows<'_>) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        let mut labels = Vec::new();
        let passed = self.table.glimpse(some, &mut |block| {
            visit(&rows(block, &mut labels)).map_err(Ended::Visitor)
        });
        passed.map_err(refused)
    }

    fn about_rows(&self) -> Option<u64> {
        Some(self.table.rows().count())
    }
}

fn count_ties(block: &PreferenceBlock<'_>, ties: &mut u64, by: &mut Vec<u64>) {
    for (r, label) in block.labels.iter().enumerate() {
        if matches!(label, Label::Tie) {
            *ties += 1;
            if let Some(who) = block.annotators.map(|who| who[r] as usize) {
                if by.len() <= who {
                    by.resize(who + 1, 0);
                }
                by[who] += 1;
            }
        }
    }
}

fn refused(ended: Ended) -> DataError {
    match ended {
        Ended::Visitor(error) => error,
        Ended::File(error) => DataError::Reader(Box::new(error)),
    }
}

fn rows<'r>(block: &PreferenceBlock<'r>, labels: &'r mut Vec<Preference>) -> Rows<'r> {
    labels.clear();
    labels.extend(block.labels.iter().map(|label| match label {
        Label::A => Preference::A,
        Label::B => Preference::B,
        Label::Tie => Preference::Tie,
    }));
    Rows {
        a: floats(block.a),
        b: floats(block.b),
        labels,
        weights: block.weights,
        annotators: block.annotators,
        first_row: block.first_row,
    }
}

fn floats(numbers: Numbers<'_>) -> Floats<'_> {
    match numbers {
        Numbers::Single(v) => Floats::Single(v),
        Numbers::Double(v) => Floats::Double(v),
    }
}
