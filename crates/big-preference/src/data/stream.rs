//! Passes over a table that is never held in memory as a whole.

use super::{BLOCK_ROWS, Block, Builder, Chunks, Comparisons, DataError, Source, Storage, Ties};

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
        self.chunks.pass(&mut |rows| {
            builder.extend_with(rows, &mut |builder| {
                if builder.done.rows >= self.batch_rows && builder.stage.is_empty() {
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
