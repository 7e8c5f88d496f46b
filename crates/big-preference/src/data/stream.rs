//! Passes over a table that is never held in memory as a whole.

use std::sync::mpsc::sync_channel;

use super::{
    BLOCK_ROWS, Block, Builder, Chunks, Comparisons, DataError, Floats, Preference, Rows, Source,
    Storage, Ties,
};

/// A table too large for memory: every pass of the likelihood reads it anew. The sums are the same to the bit as those
/// over [`Comparisons::read`] of the same table in double storage.
pub struct Streamed<'a> {
    chunks: &'a dyn Chunks,
    ties: Ties,
    batch_rows: usize,
}

impl<'a> Streamed<'a> {
    /// Streams `chunks`, holding at most about `memory` bytes of rows at a time.
    ///
    /// # Errors
    /// When the embeddings have no coordinates.
    pub fn new(chunks: &'a dyn Chunks, ties: Ties, memory: usize) -> Result<Self, DataError> {
        if chunks.dim() == 0 {
            return Err(DataError::NoDimensions);
        }
        let blocks = memory / (BLOCK_ROWS * (chunks.dim() + 1) * size_of::<f64>());
        Ok(Self {
            chunks,
            ties,
            batch_rows: blocks.max(1) * BLOCK_ROWS,
        })
    }
}

impl Source for Streamed<'_> {
    fn dim(&self) -> usize {
        self.chunks.dim()
    }

    fn visit(&self, batch: &mut dyn FnMut(&[Block<'_>])) -> Result<(), DataError> {
        let mut builder = Builder::new(self.chunks.dim(), Storage::Double, self.ties)?;
        builder.keep_annotators = false;
        let mut hand_over = |full: &Comparisons| {
            let blocks: Vec<Block<'_>> = full.blocks().collect();
            batch(&blocks);
        };
        read_ahead(self.chunks, &mut |rows| {
            builder.extend_with(rows, &mut |builder| {
                if builder.done.rows >= self.batch_rows {
                    hand_over(&builder.done);
                    builder.done.clear();
                }
            })
        })?;
        let rest = builder.finish();
        if rest.rows > 0 {
            hand_over(&rest);
        }
        Ok(())
    }
}

/// Chunks that are read before they are wanted.
const AHEAD: usize = 8;

/// A pass in which one thread reads while this one works on what has been read.
pub(super) fn read_ahead(
    chunks: &dyn Chunks,
    visit: &mut dyn FnMut(&Rows<'_>) -> Result<(), DataError>,
) -> Result<(), DataError> {
    std::thread::scope(|scope| {
        let (sender, chunk) = sync_channel::<OwnedRows>(AHEAD);
        let reader = scope.spawn(move || {
            chunks.pass(&mut |rows| {
                let sent = sender.send(OwnedRows::copy(rows));
                // Nobody listens once a row has been refused; that is the error that counts.
                sent.map_err(|stopped| DataError::Reader(Box::new(stopped)))
            })
        });
        let visited = chunk.iter().try_for_each(|rows| visit(&rows.rows()));
        drop(chunk);
        match (visited, reader.join()) {
            (Err(refused), _) => Err(refused),
            (Ok(()), Ok(read)) => read,
            (Ok(()), Err(panic)) => std::panic::resume_unwind(panic),
        }
    })
}

/// A chunk that owns its rows.
struct OwnedRows {
    a: OwnedFloats,
    b: OwnedFloats,
    labels: Vec<Preference>,
    weights: Option<Vec<f64>>,
    annotators: Option<Vec<u32>>,
    first_row: u64,
}

enum OwnedFloats {
    Single(Vec<f32>),
    Double(Vec<f64>),
}

impl OwnedFloats {
    fn copy(floats: Floats<'_>) -> Self {
        match floats {
            Floats::Single(v) => Self::Single(v.to_vec()),
            Floats::Double(v) => Self::Double(v.to_vec()),
        }
    }

    fn floats(&self) -> Floats<'_> {
        match self {
            Self::Single(v) => Floats::Single(v),
            Self::Double(v) => Floats::Double(v),
        }
    }
}

impl OwnedRows {
    fn copy(rows: &Rows<'_>) -> Self {
        Self {
            a: OwnedFloats::copy(rows.a),
            b: OwnedFloats::copy(rows.b),
            labels: rows.labels.to_vec(),
            weights: rows.weights.map(<[f64]>::to_vec),
            annotators: rows.annotators.map(<[u32]>::to_vec),
            first_row: rows.first_row,
        }
    }

    fn rows(&self) -> Rows<'_> {
        Rows {
            a: self.a.floats(),
            b: self.b.floats(),
            labels: &self.labels,
            weights: self.weights.as_deref(),
            annotators: self.annotators.as_deref(),
            first_row: self.first_row,
        }
    }
}
