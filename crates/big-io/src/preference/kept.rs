//! Rows of a table that is in no file of its user's: in memory where they are, or, where something hands them over once and they are
//! many, in a temporary file.

use std::io::BufWriter;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, SchemaRef};
use tempfile::NamedTempFile;

use super::files::unkept;
use crate::error::InputError;
use crate::whole::temporary;

/// What messages call rows that come batch by batch.
const ROWS: &str = "the table";

/// Rows a batch in the file: what is read back at a time.
const BATCH: usize = 1024;

/// The rows of a table that no path names. A copy shares them.
#[derive(Clone, Debug)]
pub enum Held {
    /// In memory, where they are.
    Memory(Batches),
    /// In a temporary file, which is gone with the last copy.
    Kept(Kept),
}

/// Rows that are in memory as Arrow has them. A copy shares them.
#[derive(Clone, Debug)]
pub struct Batches {
    /// Their columns.
    pub schema: SchemaRef,
    /// The rows, batch by batch.
    pub batches: Arc<[RecordBatch]>,
}

impl Batches {
    /// How many rows there are.
    pub fn rows(&self) -> u64 {
        self.batches.iter().map(|b| b.num_rows() as u64).sum()
    }
}

/// Rows in a temporary file.
#[derive(Clone, Debug)]
pub struct Kept {
    pub(super) file: Arc<NamedTempFile>,
    bytes: usize,
}

impl Held {
    /// About how many bytes the rows take.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Memory(held) => {
                let batches = held.batches.iter();
                batches.map(RecordBatch::get_array_memory_size).sum()
            }
            Self::Kept(kept) => kept.bytes,
        }
    }
}

/// Takes the rows of somebody who hands them over once: the result of a query.
pub struct Keeping {
    schema: SchemaRef,
    /// How many bytes may stay in memory.
    memory: usize,
    bytes: usize,
    held: Vec<RecordBatch>,
    file: Option<StreamWriter<BufWriter<NamedTempFile>>>,
}

impl Keeping {
    /// Keeps rows of these columns: in memory up to so many bytes, all of them in a temporary file beyond.
    pub fn new(schema: SchemaRef, memory: usize) -> Self {
        Self {
            schema,
            memory,
            bytes: 0,
            held: Vec::new(),
            file: None,
        }
    }

    /// Adds some rows.
    ///
    /// # Errors
    /// When they have other columns, or the file cannot be written.
    pub fn add(&mut self, batch: RecordBatch) -> Result<(), InputError> {
        if batch.schema().fields() != self.schema.fields() {
            return Err(
                InputError::new("has batches with different columns").in_file(ROWS.to_owned())
            );
        }
        self.bytes += batch.get_array_memory_size();
        self.held.push(batch);
        match self.file.is_some() || self.bytes > self.memory {
            true => self.write().map_err(|e| unkept(&e, ROWS)),
            false => Ok(()),
        }
    }

    /// Writes what is in memory.
    fn write(&mut self) -> Result<(), ArrowError> {
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                let kept = NamedTempFile::new()?;
                temporary(kept.path());
                let writer = StreamWriter::try_new(BufWriter::new(kept), &self.schema)?;
                self.file.insert(writer)
            }
        };
        for batch in self.held.drain(..) {
            for from in (0..batch.num_rows()).step_by(BATCH) {
                file.write(&batch.slice(from, BATCH.min(batch.num_rows() - from)))?;
            }
        }
        Ok(())
    }

    /// All rows.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn finish(self) -> Result<Held, InputError> {
        let Some(writer) = self.file else {
            return Ok(Held::Memory(Batches {
                schema: self.schema,
                batches: self.held.into(),
            }));
        };
        let written = writer.into_inner().and_then(|buffered| {
            let file = buffered.into_inner();
            file.map_err(|e| ArrowError::from(e.into_error()))
        });
        Ok(Held::Kept(Kept {
            file: Arc::new(written.map_err(|e| unkept(&e, ROWS))?),
            bytes: self.bytes,
        }))
    }
}
