//! Arrow IPC: files (Feather) and streams, batch by batch.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::{ArrowError, SchemaRef};

use super::arrow_rows::{block, columns, layout};
use super::block::{Reading, Stop, Visit};
use super::layout::{Find, Layout};
use super::table::Rows;
use crate::error::InputError;
use crate::source::open;
use crate::table::from_parquet::guarded;

/// How a file begins that is no stream.
const MAGIC: &[u8] = b"ARROW1";

/// Either kind.
enum Reader {
    File(FileReader<BufReader<File>>),
    Stream(StreamReader<BufReader<File>>),
}

impl Reader {
    /// With the columns of these numbers, or with all.
    fn open(path: &Path, columns: Option<Vec<usize>>) -> Result<Self, InputError> {
        let mut file = open(path)?;
        let mut first = Vec::new();
        let begun = file
            .by_ref()
            .take(MAGIC.len() as u64)
            .read_to_end(&mut first);
        begun
            .and_then(|_| file.rewind())
            .map_err(|e| InputError::new(format!("cannot be read: {e}")))?;
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
        }
    }

    fn next(&mut self) -> Result<Option<RecordBatch>, InputError> {
        // As in Parquet, what makes the decoder panic is a damaged file.
        let next = guarded(|| match self {
            Self::File(reader) => reader.next(),
            Self::Stream(reader) => reader.next(),
        });
        next?.transpose().map_err(|e| unreadable(&e))
    }
}

/// Finds the columns, and how many rows there may be: as many as the first batch's, batch after batch.
pub(super) fn look(path: &Path, find: &Find<'_>) -> Result<(Layout, Rows), InputError> {
    let mut reader = Reader::open(path, None)?;
    let layout = layout(&reader.schema(), find)?;
    let first = reader.next()?.map_or((0, 0), |batch| {
        (batch.num_rows(), batch.get_array_memory_size())
    });
    let rows = match &reader {
        Reader::File(file) => (file.num_batches() * first.0) as u64,
        Reader::Stream(_) => {
            let size = std::fs::metadata(path).map_or(0, |about| about.len());
            size * first.0 as u64 / first.1.max(1) as u64
        }
    };
    Ok((layout, Rows::Estimated(rows)))
}

pub(super) fn read(path: &Path, reading: &Reading<'_>, visit: &mut Visit<'_>) -> Result<(), Stop> {
    let schema = Reader::open(path, None)?.schema();
    let (mut wanted, others) = columns(&schema, reading.layout)?;
    wanted.extend(others);
    wanted.sort_unstable();
    wanted.dedup();
    let mut reader = Reader::open(path, Some(wanted))?;
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

fn unreadable(error: &ArrowError) -> InputError {
    InputError::new(format!("is not a readable Arrow file: {error}"))
        .with_help("the file may be cut short; write it again")
}
