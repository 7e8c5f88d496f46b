//! The columns of a Parquet file that a table is made of, decoded side by side.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::scope;

use arrow_array::RecordBatch;
use arrow_schema::Schema;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};

use super::block::Stop;
use crate::error::InputError;
use crate::guarded::guarded;
use crate::source::open;
use crate::table::from_parquet::{check_offsets, unreadable};

/// Batches that a thread decodes before they are wanted.
const AHEAD: usize = 4;
/// Row groups at most that a peek begins at.
const PLACES: usize = 16;
/// Rows up to which this thread decodes everything.
const FEW: u64 = 1 << 11;

/// A Parquet file, and what it says of itself.
pub(super) struct Columns<'p> {
    path: &'p Path,
    metadata: ArrowReaderMetadata,
}

/// What to decode.
pub(super) struct Wanted {
    /// The columns' numbers: each of these sets by a thread of its own.
    pub(super) sets: [Vec<usize>; 2],
    /// Rows in a batch.
    pub(super) batch: usize,
}

/// Which rows.
enum Which {
    All,
    /// The first ones of a row group.
    First(usize, usize),
}

/// Takes a batch, before which there are so many rows in the file.
type Take<'t> = dyn FnMut(&RecordBatch, u64) -> Result<(), Stop> + 't;

impl<'p> Columns<'p> {
    pub(super) fn open(path: &'p Path) -> Result<Self, InputError> {
        let file = open(path)?;
        // What the writer's Arrow types were does not matter here: every list comes as a list.
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let metadata = guarded(|| ArrowReaderMetadata::load(&file, options))?;
        let metadata = metadata.map_err(|e| unreadable(&e))?;
        check_offsets(metadata.metadata())?;
        Ok(Self { path, metadata })
    }

    pub(super) fn schema(&self) -> &Schema {
        self.metadata.schema()
    }

    /// The rows of the file.
    pub(super) fn rows(&self) -> u64 {
        u64::try_from(self.metadata.metadata().file_metadata().num_rows()).unwrap_or(0)
    }

    /// Hands all batches over in order.
    pub(super) fn read(&self, wanted: &Wanted, take: &mut Take<'_>) -> Result<(), Stop> {
        let mut before = 0;
        let mut take = |batch: &RecordBatch| {
            take(batch, before)?;
            before += batch.num_rows() as u64;
            Ok(())
        };
        if self.rows() <= FEW {
            let columns = wanted.sets.concat();
            return self.decode(&columns, wanted.batch, Which::All, &mut |b| take(&b));
        }
        scope(|scope| {
            let [first, second] = [0, 1].map(|set| {
                let (sender, batches) = sync_channel(AHEAD);
                scope.spawn(move || self.decode_ahead(&wanted.sets[set], wanted.batch, &sender));
                batches
            });
            loop {
                match (next(&first)?, next(&second)?) {
                    (Some(a), Some(b)) => take(&side_by_side(&a, &b)?)?,
                    (None, None) => return Ok(()),
                    _ => return Err(uneven().into()),
                }
            }
        })
    }

    /// Hands over about so many rows: the first ones of row groups all over the file.
    pub(super) fn peek(
        &self,
        wanted: &Wanted,
        rows: usize,
        take: &mut Take<'_>,
    ) -> Result<(), Stop> {
        let columns = wanted.sets.concat();
        let groups = self.metadata.metadata().row_groups();
        let step = groups.len().div_ceil(PLACES).max(1);
        let places = groups.len().div_ceil(step).max(1);
        let mut before = 0;
        for (number, group) in groups.iter().enumerate() {
            if number % step == 0 {
                let mut place = before;
                let first = Which::First(number, rows.div_ceil(places));
                self.decode(&columns, wanted.batch, first, &mut |batch| {
                    take(&batch, place)?;
                    place += batch.num_rows() as u64;
                    Ok(())
                })?;
            }
            before += u64::try_from(group.num_rows()).unwrap_or(0);
        }
        Ok(())
    }

    /// Sends what is in some columns, as long as somebody listens.
    fn decode_ahead(
        &self,
        columns: &[usize],
        batch: usize,
        sender: &SyncSender<Result<RecordBatch, InputError>>,
    ) {
        let send = |batch| sender.send(batch).map_err(|_| Stop::Enough);
        let decoded = self.decode(columns, batch, Which::All, &mut |batch| send(Ok(batch)));
        if let Err(Stop::Error(error)) = decoded {
            // Where nobody listens any more, rows before these have been refused, and that is the error that counts.
            let _ = send(Err(error));
        }
    }

    /// Decodes columns, from a file of its own: copies of one share their place in it.
    fn decode(
        &self,
        columns: &[usize],
        batch: usize,
        which: Which,
        take: &mut dyn FnMut(RecordBatch) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let file: File = open(self.path)?;
        let builder =
            ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone());
        let mask = ProjectionMask::roots(builder.parquet_schema(), columns.iter().copied());
        let mut builder = builder.with_projection(mask).with_batch_size(batch);
        if let Which::First(group, rows) = which {
            builder = builder.with_row_groups(vec![group]).with_limit(rows);
        }
        let mut reader = guarded(|| builder.build())?.map_err(|e| unreadable(&e))?;
        while let Some(batch) = guarded(|| reader.next())? {
            let batch = batch.map_err(|e| unreadable(&e))?;
            if batch.num_rows() > 0 {
                take(batch)?;
            }
        }
        Ok(())
    }
}

/// The next batch; `None` at the end.
fn next(
    batches: &Receiver<Result<RecordBatch, InputError>>,
) -> Result<Option<RecordBatch>, InputError> {
    // A thread that ended has sent all it had, and why.
    batches.recv().ok().transpose()
}

fn side_by_side(a: &RecordBatch, b: &RecordBatch) -> Result<RecordBatch, InputError> {
    let (ours, theirs) = (a.schema(), b.schema());
    let fields: Vec<_> = ours
        .fields()
        .iter()
        .chain(theirs.fields())
        .cloned()
        .collect();
    let columns = a.columns().iter().chain(b.columns()).cloned().collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(|_| uneven())
}

fn uneven() -> InputError {
    unreadable(&"its columns do not have the same number of rows")
}
