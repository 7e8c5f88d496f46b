//! Arrow: batches in memory, IPC files (Feather) and streams, batch by batch.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::SchemaRef;

use super::arrow_lengths::check_lengths;
use super::arrow_rows::{block, columns, layout};
use super::block::{Reading, Stop, Visit};
use super::files::TableFile;
use super::kept::Batches;
use super::layout::{Find, Layout};
use super::table::RowCount;
use crate::error::InputError;
use crate::guarded::guarded;
use crate::source::open;

/// How a file begins that is no stream.
const MAGIC: &[u8] = b"ARROW1";

/// One of the kinds.
enum Reader {
    File(FileReader<BufReader<File>>),
    Stream(StreamReader<BufReader<File>>),
    /// The columns of these numbers, or all, from this batch on.
    Held(Batches, Option<Vec<usize>>, usize),
}

impl Reader {
    /// With the columns of these numbers, or with all.
    fn open(file: &TableFile, columns: Option<Vec<usize>>) -> Result<Self, InputError> {
        match &file.held {
            Some(batches) => Ok(Self::Held(batches.clone(), columns, 0)),
            None => Self::of_path(&file.path, columns),
        }
    }

    fn of_path(path: &Path, columns: Option<Vec<usize>>) -> Result<Self, InputError> {
        let mut file = open(path)?;
        let mut first = Vec::new();
        let begun = file
            .by_ref()
            .take(MAGIC.len() as u64)
            .read_to_end(&mut first);
        begun
            .and_then(|_| file.rewind())
            .map_err(|e| InputError::new(format!("cannot be read: {e}")))?;
        let checked = guarded(|| check_lengths(&mut file, first == MAGIC))?;
        checked.map_err(|e| unreadable(&e))?;
        let file = BufReader::new(file);
        let opened = guarded(|| match first == MAGIC {
            true => FileReader::try_new(file, columns).map(Self::File),
            false => StreamReader::try_new(file, columns).map(Self::Stream),
        });
        opened?.map_err(|e| unreadable(&e))
    }

    fn schema(&self) -> SchemaRef {
        match self {
            Self::File(reader) => reader.schema(),
            Self::Stream(reader) => reader.schema(),
            Self::Held(batches, ..) => SchemaRef::clone(&batches.schema),
        }
    }

    fn next(&mut self) -> Result<Option<RecordBatch>, InputError> {
        // As in Parquet, what makes the decoder panic is a damaged file.
        let next = guarded(|| match self {
            Self::File(reader) => reader.next(),
            Self::Stream(reader) => reader.next(),
            Self::Held(held, columns, at) => {
                let batch = held.batches.get(*at)?;
                *at += 1;
                Some(match columns {
                    Some(columns) => batch.project(columns),
                    None => Ok(batch.clone()),
                })
            }
        });
        next?.transpose().map_err(|e| unreadable(&e))
    }
}

/// Finds the columns, and how many rows there may be: as many as the first batch's, batch after batch.
pub(super) fn look(file: &TableFile, find: &Find<'_>) -> Result<(Layout, RowCount), InputError> {
    let mut reader = Reader::open(file, None)?;
    let layout = layout(&reader.schema(), find)?;
    if let Some(held) = &file.held {
        return Ok((layout, RowCount::Known(held.rows())));
    }
    let first = reader.next()?.map_or((0, 0), |batch| {
        (batch.num_rows(), batch.get_array_memory_size())
    });
    let rows = match &reader {
        Reader::File(file) => (file.num_batches() * first.0) as u64,
        Reader::Stream(_) | Reader::Held(..) => {
            let size = std::fs::metadata(&file.path).map_or(0, |about| about.len());
            size * first.0 as u64 / first.1.max(1) as u64
        }
    };
    Ok((layout, RowCount::Estimated(rows)))
}

pub(super) fn read(
    file: &TableFile,
    reading: &Reading<'_>,
    visit: &mut Visit<'_>,
) -> Result<(), Stop> {
    let schema = Reader::open(file, None)?.schema();
    let (mut wanted, others) = columns(&schema, reading.layout)?;
    wanted.extend(others);
    wanted.sort_unstable();
    wanted.dedup();
    let mut reader = Reader::open(file, Some(wanted))?;
    let (mut done, mut dim) = (0, reading.dim);
    while let Some(batch) = reader.next()? {
        let mut from = 0;
        while from < batch.num_rows() {
            let rows = reading.batch.min(batch.num_rows() - from);
            block(&batch.slice(from, rows), reading, done, &mut dim, visit)?;
            from += rows;
            done += rows as u64;
        }
    }
    Ok(())
}

fn unreadable(error: &dyn std::fmt::Display) -> InputError {
    InputError::new(format!("is not a readable Arrow file: {error}"))
        .with_help("the file may be cut short; write it again")
}
