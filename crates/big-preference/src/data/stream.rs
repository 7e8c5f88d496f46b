//! Passes over a table that is never held in memory as a whole.

use std::sync::mpsc::sync_channel;

use super::builder::Annotators;
use super::{
    BLOCK_ROWS, Block, Builder, Chunks, Comparisons, DataError, Peek, Source, Storage, Ties,
};

/// A table too large for memory: every pass of the likelihood reads it anew. The sums are the same to the bit as those
/// over [`Comparisons::read`] of the same table in double storage.
pub struct Streamed<'a> {
    chunks: &'a dyn Chunks,
    ties: Ties,
    piece_rows: usize,
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
        let blocks = memory / (3 * BLOCK_ROWS * (chunks.dim() + 1) * size_of::<f64>());
        Ok(Self {
            chunks,
            ties,
            piece_rows: blocks.max(1) * BLOCK_ROWS,
        })
    }
}

impl Source for Streamed<'_> {
    fn dim(&self) -> usize {
        self.chunks.dim()
    }

    fn visit(&self, batch: &mut dyn FnMut(&[Block<'_>])) -> Result<(), DataError> {
        let mut builder = Builder::new(self.chunks.dim(), Storage::Double, self.ties)?;
        builder.annotators = Annotators::Ignored;
        in_pieces(self.chunks, builder, self.piece_rows, &mut |piece| {
            batch(&piece.blocks().collect::<Vec<_>>());
            Ok(())
        })
    }

    fn peek(&self, wanted: &Peek, batch: &mut dyn FnMut(&[Block<'_>])) -> Option<u64> {
        let all = self.chunks.about_rows()?;
        if wanted.most == 0 {
            return Some(all);
        }
        let rows = usize::try_from(all / wanted.share).unwrap_or(usize::MAX);
        let rows = rows.max(wanted.least).min(wanted.most);
        // Whatever is wrong with these rows, a visit finds it too, and which row is the first.
        let mut builder = Builder::new(self.chunks.dim(), Storage::Double, self.ties).ok()?;
        builder.annotators = Annotators::Ignored;
        // Piece by piece: whoever copies what is handed over would else have it twice.
        let seen = self.chunks.peek(rows, &mut |rows| {
            builder.extend(rows)?;
            if builder.rows() >= self.piece_rows {
                batch(&builder.take_blocks().blocks().collect::<Vec<_>>());
            }
            Ok(())
        });
        seen.ok()?;
        batch(&builder.finish().blocks().collect::<Vec<_>>());
        Some(all)
    }
}

/// A pass over a table in pieces of whole blocks with their annotators, holding at most about `memory` bytes of rows at a time.
///
/// # Errors
/// The first row that is refused, or what the reader says.
pub fn pieces(
    chunks: &dyn Chunks,
    ties: Ties,
    memory: usize,
    visit: &mut dyn FnMut(&Comparisons),
) -> Result<(), DataError> {
    let builder = Builder::new(chunks.dim(), Storage::Double, ties)?;
    let blocks = memory / (3 * BLOCK_ROWS * (chunks.dim() + 1) * size_of::<f64>());
    in_pieces(chunks, builder, blocks.max(1) * BLOCK_ROWS, &mut |piece| {
        visit(piece);
        Ok(())
    })
}

/// A pass in which one thread reads rows and makes blocks of them, in pieces of about `rows`, while this one works on the
/// pieces before: three are in memory at a time. All but the last consist of whole blocks.
pub(super) fn in_pieces(
    chunks: &dyn Chunks,
    mut builder: Builder,
    rows: usize,
    visit: &mut dyn FnMut(&Comparisons) -> Result<(), DataError>,
) -> Result<(), DataError> {
    std::thread::scope(|scope| {
        let (sender, pieces) = sync_channel::<Comparisons>(1);
        let reader = scope.spawn(move || {
            // Nobody listens once a piece has been refused; that is the error that counts.
            let send = |piece| {
                let sent = sender.send(piece);
                sent.map_err(|stopped| DataError::Reader(Box::new(stopped)))
            };
            chunks.pass(&mut |chunk| {
                builder.extend(chunk)?;
                match builder.rows() >= rows {
                    true => send(builder.take_blocks()),
                    false => Ok(()),
                }
            })?;
            let rest = builder.finish();
            match rest.rows > 0 {
                true => send(rest),
                false => Ok(()),
            }
        });
        let visited = pieces.iter().try_for_each(|piece| visit(&piece));
        drop(pieces);
        match (visited, reader.join()) {
            (Err(refused), _) => Err(refused),
            (Ok(()), Ok(read)) => read,
            (Ok(()), Err(panic)) => std::panic::resume_unwind(panic),
        }
    })
}
