//! A table of comparisons: in memory, as a stream, or annotator by annotator.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};

use big_io::InputError;
use big_io::preference::{
    AnnotatorColumn, ColumnNames, Format, Held, PreferenceBlock, PreferenceTable, Responses,
    TableFiles, table_name,
};
use big_preference::data::{
    Chunks, Comparisons, DataError, Floats, Parts, Preference, Rows, Source, Storage, Streamed,
    Ties, pieces,
};
use big_preference::errors::Scores;
use big_preference::shards::Columns;

use super::no_maximum::{Placed, data_error};
use super::units::{Units, Wanted};
use super::watched::Watched;
use crate::error::{Advice, AppError};
use crate::monitor::Monitor;

/// Rows that a streamed table holds in memory at a time, in bytes.
const BATCH: usize = 64 << 20;
/// The same of a table that is in memory itself, from which rows are quickly made again.
const HELD_BATCH: usize = 6 << 20;

/// What messages call responses in memory.
const RESPONSES: &str = "the table of responses";

/// A table of comparisons, and how it is read.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its files, folders, patterns of file names, or `-` for standard input.
    pub files: Vec<PathBuf>,
    /// Its rows in memory, in place of files.
    pub held: Option<Held>,
    /// What they are; by default told by their names and first bytes.
    pub format: Option<Format>,
    /// Which columns hold what. That of annotators is for the question to say.
    pub columns: ColumnNames,
    /// Where the embeddings of the responses are that the comparisons call by name.
    pub responses: Vec<PathBuf>,
    /// The same in memory, in place of files.
    pub held_responses: Option<Held>,
    /// Measure every coordinate from its mean over all responses in its standard deviation.
    pub standardize: bool,
    /// Tell responses by so many directions, those in which they scatter most.
    pub components: Option<usize>,
    /// What a tie counts as; by default embeddings with a tie are refused, and items count it as half a win each.
    pub ties: Option<TieRule>,
    /// Comparisons are held in memory up to so many bytes; a larger table is read again in every pass, and sorted into a
    /// temporary file where annotators matter.
    pub memory: u64,
}

impl Table {
    /// A table with the usual columns and no ties, held in memory up to 2 GiB.
    pub fn new(file: impl Into<PathBuf>) -> Self {
        Self {
            files: vec![file.into()],
            held: None,
            format: None,
            columns: ColumnNames::default(),
            responses: Vec::new(),
            held_responses: None,
            standardize: false,
            components: None,
            ties: None,
            memory: 2 << 30,
        }
    }

    /// A table that is in no file of its user's: it is read from where it is.
    pub fn of_rows(rows: Held) -> Self {
        Self {
            files: Vec::new(),
            // A copy beside a large table would double it.
            memory: (rows.bytes() as u64 / 20).max(BATCH as u64),
            held: Some(rows),
            ..Self::new("")
        }
    }

    /// What messages call it.
    pub fn name(&self) -> String {
        table_name(&self.files)
    }

    /// Where its rows are.
    pub(super) fn find(&self) -> Result<TableFiles, InputError> {
        match &self.held {
            Some(rows) => Ok(TableFiles::held(&self.name(), rows.clone())),
            None => TableFiles::find(&self.files, self.format),
        }
    }
}

/// What a tie counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TieRule {
    /// It is refused.
    Refuse,
    /// Half a preference each way.
    Half,
    /// A third outcome, as Davidson has it; of items only.
    Davidson,
    /// A third outcome, as Rao and Kupper have it; of items only.
    RaoKupper,
}

/// Reads a table, and is told so.
pub(super) struct Reader<'t> {
    table: &'t Table,
    files: TableFiles,
    responses: Option<Arc<Responses>>,
    /// How coordinates are measured, once somebody has looked.
    units: OnceLock<Arc<Units>>,
    /// Is there one more coordinate: which place a response had?
    placed: bool,
    monitor: Monitor<'t>,
    /// The ties of the last pass, each of which makes two rows.
    ties: TieCounts,
}

/// How many ties there are, in all and by annotator.
#[derive(Debug, Default)]
pub(super) struct TieCounts(Mutex<(u64, Vec<u64>)>);

impl TieCounts {
    fn of<T>(&self, read: impl FnOnce(&mut (u64, Vec<u64>)) -> T) -> T {
        read(&mut self.0.lock().unwrap_or_else(|e| e.into_inner()))
    }
}

/// The annotators' scores at coefficients of the columns; `None` where nobody is named.
pub(super) type ScoresAt<'a> = dyn Fn(&[f64]) -> Result<Option<Scores>, AppError> + 'a;

impl<'t> Reader<'t> {
    /// Of a table, whose files are found (and standard input read) once.
    pub(super) fn new(table: &'t Table, monitor: &Monitor<'t>) -> Result<Self, AppError> {
        let responses = match (&table.held_responses, &*table.responses) {
            (None, []) => None,
            (Some(rows), _) => Some(TableFiles::held(RESPONSES, rows.clone())),
            (None, paths) => Some(TableFiles::find(paths, None)?),
        };
        let responses = match responses {
            None => None,
            Some(files) => Some(Arc::new(Responses::read(&files)?)),
        };
        Ok(Self {
            table,
            files: table.find()?,
            responses,
            units: OnceLock::new(),
            placed: false,
            monitor: *monitor,
            ties: TieCounts::default(),
        })
    }

    /// The same with one more coordinate, ½ for the first response of a row and −½ for the second: its part in a margin is that of the
    /// place, `2βθ_{d+1}` towards the first, and norms do not see it.
    pub(super) fn with_places(&self) -> Self {
        Self {
            table: self.table,
            files: self.files.clone(),
            responses: self.responses.clone(),
            units: self.units.clone(),
            placed: true,
            monitor: self.monitor,
            ties: TieCounts::default(),
        }
    }

    /// What messages call the table.
    pub(super) fn name(&self) -> String {
        self.table.name()
    }

    /// What a tie of two embeddings counts as.
    fn ties(&self) -> Ties {
        match self.table.ties {
            // The middle of a range of grades is one of them.
            None if self.table.columns.graded.is_some() => Ties::Half,
            None | Some(TieRule::Refuse) => Ties::Refuse,
            Some(_) => Ties::Half,
        }
    }

    /// The table as it was asked for.
    pub(super) fn asked(&self) -> &'t Table {
        self.table
    }

    /// Whoever watches.
    pub(super) fn monitor(&self) -> Monitor<'t> {
        self.monitor
    }

    /// Do responses go by name, without embeddings?
    pub(super) fn has_items(&self) -> Result<bool, AppError> {
        Ok(self.open_any(AnnotatorColumn::Ignored)?.has_items())
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

    /// How many ties the last pass has met, in all and by annotator.
    pub(super) fn tied(&self) -> (u64, Vec<u64>) {
        self.ties.of(|counts| counts.clone())
    }

    /// Opens the table; `by` is the column of annotators, if they matter.
    pub(super) fn open(&self, by: Option<&str>) -> Result<Opened<'_>, AppError> {
        self.open_by(by.map_or(AnnotatorColumn::Ignored, |name| {
            AnnotatorColumn::Named(name.to_owned())
        }))
    }

    fn open_by(&self, annotator: AnnotatorColumn) -> Result<Opened<'_>, AppError> {
        let table = self.open_any(annotator)?;
        if table.has_items() {
            return Err(self.no_embeddings(&table));
        }
        if matches!(
            self.table.ties,
            Some(TieRule::Davidson | TieRule::RaoKupper)
        ) {
            let what = "ties as a third outcome are for items without embeddings";
            return Err(InputError::new(what)
                .with_help("refuse ties, or count them as half a preference each way")
                .in_file(self.name())
                .into());
        }
        let wanted = Wanted {
            standardize: self.table.standardize,
            components: self.table.components,
        };
        let units = match wanted.standardize || wanted.components.is_some() {
            true => Some(self.units(&table, wanted)?),
            false => None,
        };
        Ok(Opened {
            table,
            units,
            placed: self.placed,
            ties: &self.ties,
            monitor: self.monitor,
        })
    }

    /// How coordinates are measured: found in passes of their own, the first time.
    fn units(&self, table: &PreferenceTable, wanted: Wanted) -> Result<Arc<Units>, AppError> {
        if let Some(units) = self.units.get() {
            return Ok(Arc::clone(units));
        }
        let units = Arc::new(Units::of(table, wanted)?);
        Ok(Arc::clone(self.units.get_or_init(|| units)))
    }

    /// What was made of the coordinates, in a sentence; `None` where they are as they were.
    pub(super) fn units_in_words(&self) -> Option<String> {
        self.units.get().map(|units| units.words())
    }

    /// Opens the table, whether its responses are embeddings or names.
    pub(super) fn open_any(&self, annotator: AnnotatorColumn) -> Result<PreferenceTable, AppError> {
        let names = ColumnNames {
            annotator,
            ..self.table.columns.clone()
        };
        let responses = self.responses.clone();
        Ok(PreferenceTable::open_with(&self.files, responses, &names)?)
    }

    fn no_embeddings(&self, table: &PreferenceTable) -> AppError {
        let (a, b) = table.response_columns();
        let what = format!("`{a}` and `{b}` hold the names of items, not embeddings");
        AppError::advised(
            InputError::new(what).in_file(self.name()),
            Advice::NameEmbeddings,
        )
    }

    /// The comparisons without their annotators: in memory where they fit, else as a stream.
    pub(super) fn with_source<T>(
        &self,
        then: impl FnOnce(&dyn Source) -> Result<T, AppError>,
    ) -> Result<T, AppError> {
        let table = self.open(None)?;
        if self.fits(&table, 1) {
            return then(&self.watched(&self.read(&table)?));
        }
        then(&self.stream(&table)?)
    }

    /// The same, with the scores of whoever the column `annotator` names, if there is one. Where it names somebody by what is
    /// no name, nobody is named.
    pub(super) fn with_scores<T>(
        &self,
        then: impl FnOnce(&dyn Source, &ScoresAt<'_>) -> Result<T, AppError>,
    ) -> Result<T, AppError> {
        let named = self.open_by(AnnotatorColumn::Usual)?;
        if named.table.annotator_column().is_none() {
            return self.with_source(|source| then(source, &|_| Ok(None)));
        }
        if self.fits(&named, 1) {
            let Ok(all) = self.read(&named) else {
                return self.with_source(|source| then(source, &|_| Ok(None)));
            };
            return then(&self.watched(&all), &|q| {
                let once = |visit: &mut dyn FnMut(&Comparisons)| {
                    visit(&all);
                    Ok(())
                };
                Scores::of_rows(&once, q).map_err(|e| self.refused(e))
            });
        }
        let table = self.open(None)?;
        then(&self.stream(&table)?, &|q| {
            let again = |visit: &mut dyn FnMut(&Comparisons)| {
                pieces(&named, self.ties(), self.batch(), visit)
            };
            Ok(Scores::of_rows(&again, q).ok().flatten())
        })
    }

    /// All comparisons in the order of the table, and annotator by annotator: both in memory where they fit, else as a
    /// stream and in a temporary file.
    pub(super) fn with_annotators<T>(
        &self,
        by: &str,
        then: impl FnOnce(&dyn Source, &Parts) -> Result<T, AppError>,
    ) -> Result<T, AppError> {
        self.with_parts(by, |all, parts| then(all, &parts))
    }

    /// The same, with the parts to keep.
    pub(super) fn with_parts<T>(
        &self,
        by: &str,
        then: impl FnOnce(&dyn Source, Parts) -> Result<T, AppError>,
    ) -> Result<T, AppError> {
        let table = self.open(Some(by))?;
        if self.fits(&table, 2) {
            let all = self.read(&table)?;
            let parts = Parts::held(all.split()).map_err(|e| self.refused(e))?;
            return then(&self.watched(&all), parts);
        }
        tracing::info!("sorting the table by annotator into a temporary file");
        let memory = usize::try_from(self.table.memory).unwrap_or(usize::MAX);
        let parts = Parts::on_disk(&table, self.ties(), memory).map_err(|e| self.refused(e))?;
        let unnamed = self.open(None)?;
        then(&self.stream(&unnamed)?, parts)
    }

    /// All comparisons in memory, with whoever the column `by` names, or else the column `annotator`, if there is one. Where that
    /// names somebody by what is no name, nobody is named.
    pub(super) fn held(&self, by: Option<&str>) -> Result<(Comparisons, Columns), AppError> {
        let named = match by {
            Some(_) => self.open(by)?,
            None => self.open_by(AnnotatorColumn::Usual)?,
        };
        let columns = Columns {
            weights: named.table.weight_column().is_some(),
            annotators: named.table.annotator_column().is_some(),
        };
        let rows = match self.read(&named) {
            Err(_) if by.is_none() && columns.annotators => self.read(&self.open(None)?)?,
            rows => rows?,
        };
        Ok((rows, columns))
    }

    fn read(&self, table: &Opened<'_>) -> Result<Comparisons, AppError> {
        Comparisons::read(table, Storage::Double, self.ties()).map_err(|e| self.refused(e))
    }

    /// Rows that a stream holds at a time, in bytes.
    fn batch(&self) -> usize {
        match &self.table.held {
            Some(_) => HELD_BATCH,
            None => BATCH,
        }
    }

    fn stream<'o>(&self, table: &'o Opened<'o>) -> Result<Streamed<'o>, AppError> {
        tracing::info!(rows = table.table.rows().count(), "streaming the table");
        Streamed::new(table, self.ties(), self.batch()).map_err(|e| self.refused(e))
    }

    /// Comparisons in memory, whose passes end when the call is ended.
    fn watched<'c>(&self, all: &'c Comparisons) -> Watched<'c>
    where
        't: 'c,
    {
        Watched {
            all,
            monitor: self.monitor,
        }
    }

    fn refused(&self, error: DataError) -> AppError {
        data_error(error, &self.name())
    }

    /// Do the comparisons fit into memory, so many times?
    fn fits(&self, table: &Opened<'_>, times: u128) -> bool {
        let numbers = u128::from(table.table.rows().count()) * (table.dim() as u128 + 1);
        times * numbers * 8 <= u128::from(self.table.memory)
    }
}

/// A table of comparisons, as the library reads it.
pub(super) struct Opened<'t> {
    table: PreferenceTable,
    units: Option<Arc<Units>>,
    placed: bool,
    ties: &'t TieCounts,
    monitor: Monitor<'t>,
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

impl Opened<'_> {
    /// The rows of a block, as the library reads them.
    fn rows<'r>(&self, block: &PreferenceBlock<'r>, made: &'r mut Made) -> Result<Rows<'r>, Ended> {
        let Some(rows) = block.embeddings() else {
            // A table of items has been refused when it was opened.
            return Err(Ended::File(InputError::new("holds names, not embeddings")));
        };
        if self.units.is_none() && !self.placed {
            return Ok(rows);
        }
        let d = self.width();
        for (side, out, place) in [(rows.a, &mut made.a, 0.5), (rows.b, &mut made.b, -0.5)] {
            match self.units.as_deref() {
                Some(units) => units.apply(side, out),
                None => {
                    out.clear();
                    side.append_to(out);
                }
            }
            if self.placed {
                let rows = std::mem::take(out);
                for row in rows.chunks_exact(d) {
                    out.extend_from_slice(row);
                    out.push(place);
                }
            }
        }
        Ok(rows.with_responses(Floats::Double(&made.a), Floats::Double(&made.b)))
    }

    /// The coordinates that are left of the table's.
    fn width(&self) -> usize {
        self.units.as_deref().map_or(self.table.dim(), Units::dim)
    }

    /// Of several files, the one that a refused row is in.
    fn placed(&self, mut error: DataError) -> DataError {
        if self.table.files().names().len() == 1 {
            return error;
        }
        let Some(row) = error.row_mut() else {
            return error;
        };
        let (file, within) = self.table.place(*row);
        *row = within;
        let file = file.to_owned();
        DataError::Reader(Box::new(Placed { file, error }))
    }
}

impl Chunks for Opened<'_> {
    fn dim(&self) -> usize {
        self.width() + usize::from(self.placed)
    }

    fn annotators(&self) -> Vec<String> {
        self.table.annotators()
    }

    fn pass(
        &self,
        visit: &mut dyn FnMut(&Rows<'_>) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        let total = self.table.rows().count();
        let mut made = Made::default();
        let (mut ties, mut by) = (0, Vec::new());
        let passed = self.table.pass(&mut |block| {
            if self.monitor.is_cancelled() {
                return Err(Ended::Visitor(DataError::Cancelled));
            }
            let so_far = block.first_row;
            self.monitor.progress("reading", so_far, total.max(so_far));
            count_ties(block, &mut ties, &mut by);
            visit(&self.rows(block, &mut made)?).map_err(Ended::Visitor)
        });
        passed.map_err(|ended| self.placed(refused(ended)))?;
        self.ties.of(|counts| {
            counts.0 = ties;
            // A pass that does not look at annotators knows nothing of theirs.
            if self.table.annotator_column().is_some() {
                counts.1 = by;
            }
        });
        Ok(())
    }

    fn peek(
        &self,
        some: usize,
        visit: &mut dyn FnMut(&Rows<'_>) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        let mut made = Made::default();
        let passed = self.table.peek(some, &mut |block| {
            visit(&self.rows(block, &mut made)?).map_err(Ended::Visitor)
        });
        passed.map_err(refused)
    }

    fn about_rows(&self) -> Option<u64> {
        Some(self.table.rows().count())
    }
}

fn count_ties(block: &PreferenceBlock<'_>, ties: &mut u64, by: &mut Vec<u64>) {
    for (r, label) in block.labels.iter().enumerate() {
        if matches!(label, Preference::Tie | Preference::Share(_)) {
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

/// The responses that are made of a block's before the library sees them.
#[derive(Default)]
struct Made {
    a: Vec<f64>,
    b: Vec<f64>,
}
