//! A table of comparisons in one file or many, read in blocks any number of times.

use std::sync::{Arc, Mutex};

use big_preference::data::ResponseColumn;

use super::block::{Interner, PreferenceBlock, Reading, Stop, Visit, lock};
use super::files::{Format, TableFile, TableFiles};
use super::layout::{ColumnNames, Find, Holds, Layout};
use super::responses::Responses;
#[cfg(feature = "parquet")]
use super::{from_arrow, from_parquet};
use super::{from_csv, from_json};
#[cfg(not(feature = "parquet"))]
use super::{refused as from_arrow, refused as from_parquet};
use crate::error::InputError;

/// Files at most that a peek begins at.
const PLACES: usize = 16;

/// A preference table that can be read from the start any number of times, by several threads.
///
/// Nothing of it is held but the names of its annotators and items, and one block.
#[derive(Debug)]
pub struct PreferenceTable {
    files: TableFiles,
    /// File by file.
    layouts: Vec<Layout>,
    rows: RowCount,
    dim: usize,
    annotators: Mutex<Interner>,
    items: Mutex<Interner>,
    /// Where names stand for embeddings, these.
    responses: Option<Arc<Responses>>,
    /// How many rows there are before each file, as far as a pass has come.
    before: Mutex<Vec<u64>>,
}

/// How many rows a table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowCount {
    /// So many: the file says so.
    Known(u64),
    /// About so many, by the size of the file.
    Estimated(u64),
}

impl RowCount {
    /// The number.
    pub fn count(self) -> u64 {
        match self {
            Self::Known(rows) | Self::Estimated(rows) => rows,
        }
    }

    fn and(self, other: Self) -> Self {
        let sum = self.count().saturating_add(other.count());
        match (self, other) {
            (Self::Known(_), Self::Known(_)) => Self::Known(sum),
            _ => Self::Estimated(sum),
        }
    }
}

impl PreferenceTable {
    /// Opens a table, finds the columns of every file, and looks at the first row.
    ///
    /// # Errors
    /// When a file cannot be read or lacks a column (those there are get listed), when files differ in what they hold, or
    /// when there are no rows.
    pub fn open(files: &TableFiles, names: &ColumnNames) -> Result<Self, InputError> {
        Self::open_with(files, None, names)
    }

    /// The same for a table whose responses go by names, each of which stands for an embedding.
    ///
    /// # Errors
    /// As [`open`](Self::open), and when the table does not name responses, or an embedding is not there.
    pub fn open_with(
        files: &TableFiles,
        responses: Option<Arc<Responses>>,
        names: &ColumnNames,
    ) -> Result<Self, InputError> {
        let mut layouts: Vec<Layout> = Vec::new();
        let mut rows = RowCount::Known(0);
        for file in files.files() {
            let find = |there: &[&str], holds: &dyn Fn(&str) -> Option<Holds>| {
                Layout::find(names, there, holds)
            };
            let (layout, here) = look(file, &find).map_err(|e| in_file(e, file))?;
            if let Some(first) = layouts.first() {
                alike(first, &layout, files).map_err(|e| in_file(e, file))?;
            }
            layouts.push(layout);
            rows = rows.and(here);
        }
        let mut table = Self {
            files: files.clone(),
            layouts,
            rows,
            dim: 0,
            annotators: Mutex::new(Interner::new("annotator")),
            items: Mutex::new(Interner::new("item")),
            responses: None,
            before: Mutex::default(),
        };
        if let Some(responses) = &responses
            && !table.layouts.iter().all(Layout::is_items)
        {
            return Err(InputError::new(format!(
                "holds embeddings of its own, so those of {} are of no use",
                responses.file()
            ))
            .with_help("the comparisons hold the responses' names where the embeddings are in another table")
            .in_file(files.name()));
        }
        let mut dim = None;
        let first = table.blocks(None, 1, None, true, &mut |block| {
            dim = Some(match block.a {
                ResponseColumn::Embeddings(v) => v.len() / block.labels.len(),
                ResponseColumn::Names(_) => 0,
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
                        .in_file(files.name()),
                );
            }
        }
        if let Some(responses) = &responses {
            table.dim = responses.dim();
        }
        table.responses = responses;
        Ok(table)
    }

    /// The dimension `d` of the embeddings; 0 where responses go by name.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Do responses go by name, without embeddings?
    pub fn has_items(&self) -> bool {
        self.dim == 0
    }

    /// How many rows there are.
    pub fn rows(&self) -> RowCount {
        self.rows
    }

    /// The files.
    pub fn files(&self) -> &TableFiles {
        &self.files
    }

    /// The columns of the two responses, by the first file.
    pub fn response_columns(&self) -> (String, String) {
        let first = &self.layouts[0]; // a table has at least one file
        (first.a.columns().join(", "), first.b.columns().join(", "))
    }

    /// The column that names the annotators, if there is one.
    pub fn annotator_column(&self) -> Option<&str> {
        self.layouts[0].annotator.as_deref() // a table has at least one file
    }

    /// The column that says who won; none where the columns of the responses do.
    pub fn label_column(&self) -> Option<&str> {
        let label = self.layouts[0].label.as_ref()?; // a table has at least one file
        Some(&label.name)
    }

    /// The column of weights, if there is one.
    pub fn weight_column(&self) -> Option<&str> {
        self.layouts[0].weight.as_deref() // a table has at least one file
    }

    /// The files and the number of the first row of each, over all files: complete after one [`pass`](Self::pass).
    pub fn first_rows(&self) -> Vec<(&str, u64)> {
        let before = lock(&self.before);
        self.files
            .names()
            .zip(before.iter().map(|rows| rows + 1))
            .collect()
    }

    /// The annotators' names in the order of their first appearance: complete after one [`pass`](Self::pass).
    pub fn annotators(&self) -> Vec<String> {
        lock(&self.annotators).names().to_vec()
    }

    /// The items' names in the order of their first appearance: complete after one [`pass`](Self::pass).
    pub fn items(&self) -> Vec<String> {
        lock(&self.items).names().to_vec()
    }

    /// The file of a row that a pass has come to (counted from 1 over all files), and the row's number in it.
    pub fn place(&self, row: u64) -> (&str, u64) {
        let before = lock(&self.before);
        let file = before.iter().take_while(|before| **before < row).count();
        let file = file.saturating_sub(1);
        let name = self.files.files().get(file).map_or("", |file| &file.name);
        (name, row - before.get(file).copied().unwrap_or(0))
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
        self.visited(true, None, visit)
    }

    /// Hands over about `rows` rows, of all over the table where the format has places to begin at (files, the row groups of
    /// Parquet), else the first; never their annotators. The same rows in every call, in blocks of some thousands.
    ///
    /// # Errors
    /// As [`pass`](Self::pass).
    pub fn peek<E: From<InputError>>(
        &self,
        rows: usize,
        visit: &mut dyn FnMut(&PreferenceBlock<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.visited(false, Some(rows), visit)
    }

    fn visited<E: From<InputError>>(
        &self,
        named: bool,
        some: Option<usize>,
        visit: &mut dyn FnMut(&PreferenceBlock<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut failed = None;
        // About a megabyte a block.
        let batch = ((1 << 17) / self.dim.max(1)).clamp(64, 8192);
        let mut left = some.unwrap_or(usize::MAX);
        let dim = Some(self.dim).filter(|_| self.responses.is_none());
        let done = self.blocks(dim, batch, some, named, &mut |block| {
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

    /// The blocks of all files, or about `some` rows of a few files.
    fn blocks(
        &self,
        dim: Option<usize>,
        batch: usize,
        some: Option<usize>,
        named: bool,
        visit: &mut Visit<'_>,
    ) -> Result<(), Stop> {
        let files = self.files.files();
        let step = match some {
            Some(_) => files.len().div_ceil(PLACES),
            None => 1,
        };
        let places = files.len().div_ceil(step);
        let mut before = 0;
        let mut embedded = self.responses.as_deref().map(Responses::embedded);
        for (number, (file, layout)) in files.iter().zip(&self.layouts).enumerate() {
            if number % step != 0 {
                continue;
            }
            if some.is_none() {
                let mut known = lock(&self.before);
                known.truncate(number);
                known.push(before);
            }
            let unnamed;
            let layout = match named {
                true => layout,
                false => {
                    unnamed = Layout {
                        annotator: None,
                        ..layout.clone()
                    };
                    &unnamed
                }
            };
            let share = some.map(|rows| rows.div_ceil(places));
            let reading = Reading {
                layout,
                dim,
                batch,
                some: share,
                annotators: &self.annotators,
                items: &self.items,
            };
            let (mut here, mut wanted) = (0, share.unwrap_or(usize::MAX));
            let mut full = false;
            let done = read(file, &reading, &mut |block| {
                here += block.labels.len() as u64;
                wanted = wanted.saturating_sub(block.labels.len());
                let block = PreferenceBlock {
                    first_row: before + block.first_row,
                    ..*block
                };
                match &mut embedded {
                    None => visit(&block)?,
                    Some(embedded) => visit(&embedded.block(&block, &self.items, before)?)?,
                }
                // The share of one file is handed over, not of all.
                full = wanted == 0 && number + step < files.len();
                match full {
                    true => Err(Stop::Enough),
                    false => Ok(()),
                }
            });
            match done {
                Ok(()) => {}
                Err(Stop::Enough) if full => {}
                Err(Stop::Enough) => return Err(Stop::Enough),
                Err(Stop::Error(mut error)) => {
                    if error.row.is_some() {
                        error.help.get_or_insert_with(|| {
                            "mend the row or drop it; rows are counted from 1 over the whole file"
                                .to_owned()
                        });
                    }
                    return Err(Stop::Error(in_file(error, file)));
                }
            }
            before += here;
        }
        Ok(())
    }
}

/// Finds the columns of a file, and how many rows there may be.
pub(super) fn look(file: &TableFile, find: &Find<'_>) -> Result<(Layout, RowCount), InputError> {
    match file.format {
        Format::Parquet => from_parquet::look(&file.path, find),
        Format::Arrow => from_arrow::look(file, find),
        Format::Csv => from_csv::look(file, find),
        Format::Json => from_json::look(file, find),
    }
}

pub(super) fn read(
    file: &TableFile,
    reading: &Reading<'_>,
    visit: &mut Visit<'_>,
) -> Result<(), Stop> {
    match file.format {
        Format::Parquet => from_parquet::read(&file.path, reading, visit),
        Format::Arrow => from_arrow::read(file, reading, visit),
        Format::Csv => from_csv::read(file, reading, visit),
        Format::Json => from_json::read(file, reading, visit),
    }
}

/// Refuses a file that holds other things than the first one.
fn alike(first: &Layout, other: &Layout, files: &TableFiles) -> Result<(), InputError> {
    let found = [
        (
            "names of items in place of embeddings",
            first.is_items(),
            other.is_items(),
        ),
        (
            "a column of weights",
            first.weight.is_some(),
            other.weight.is_some(),
        ),
        (
            "a column of annotators",
            first.annotator.is_some(),
            other.annotator.is_some(),
        ),
    ];
    let name = files.names().next().unwrap_or_default();
    for (what, there, here) in found {
        if there != here {
            let (has, where_) = if here {
                ("has", "has none")
            } else {
                ("lacks", "has it")
            };
            return Err(
                InputError::new(format!("{has} {what}, and {name} {where_}"))
                    .with_help("the files of one table have the same columns"),
            );
        }
    }
    Ok(())
}

pub(super) fn in_file(error: InputError, file: &TableFile) -> InputError {
    match error.file {
        Some(_) => error,
        None => error.in_file(file.name.clone()),
    }
}
