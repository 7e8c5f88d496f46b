//! Parquet: its columns decoded side by side.

use std::path::Path;

use arrow_array::RecordBatch;

use super::arrow_rows::{block, columns, layout};
use super::block::{Reading, Stop, Visit};
use super::columns::{Columns, Wanted};
use super::layout::{Find, Layout};
use super::table::RowCount;
use crate::error::InputError;

/// Finds the columns, and how many rows there are.
pub(super) fn look(path: &Path, find: &Find<'_>) -> Result<(Layout, RowCount), InputError> {
    let columns = Columns::open(path)?;
    let layout = layout(columns.schema(), find)?;
    Ok((layout, RowCount::Known(columns.rows())))
}

pub(super) fn read(path: &Path, reading: &Reading<'_>, visit: &mut Visit<'_>) -> Result<(), Stop> {
    let file = Columns::open(path)?;
    // The two embeddings are most of a table.
    let (first, others) = columns(file.schema(), reading.layout)?;
    let wanted = Wanted {
        sets: [first, others],
        batch: reading.batch,
    };
    let mut dim = reading.dim;
    let mut take =
        |batch: &RecordBatch, before: u64| block(batch, reading, before, &mut dim, visit);
    match reading.some {
        None => file.read(&wanted, &mut take),
        Some(rows) => file.peek(&wanted, rows, &mut take),
    }
}
