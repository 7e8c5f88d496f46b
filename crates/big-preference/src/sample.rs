//! A thin, evenly spaced sample of a source's blocks: where a fit of many rows starts.

use crate::data::{Block, DataError, OwnedBlock, Source};

/// Every `k`-th block of a source, copied.
pub(crate) struct Sample {
    dim: usize,
    blocks: Vec<OwnedBlock>,
    rows: usize,
    /// The rows of the whole source.
    pub(crate) all_rows: usize,
    /// The share of the source's weight that the sample holds.
    pub(crate) share: f64,
}

impl Sample {
    /// Takes about `rows` rows in one pass, whatever the length of the source: whenever twice as many are held, every
    /// second block is dropped and only every second one of those to come is taken.
    pub(crate) fn take(source: &dyn Source, rows: usize) -> Result<Self, DataError> {
        let mut out = Self {
            dim: source.dim(),
            blocks: Vec::new(),
            rows: 0,
            all_rows: 0,
            share: 1.0,
        };
        let (mut stride, mut number, mut weight) = (1, 0, 0.0);
        source.visit(&mut |blocks| {
            for block in blocks {
                out.all_rows += block.rows();
                weight += block
                    .weights()
                    .map_or(block.rows() as f64, |w| w.iter().sum());
                if number % stride == 0 {
                    out.rows += block.rows();
                    out.blocks.push(OwnedBlock::copy(block));
                    if out.rows > 2 * rows && out.blocks.len() > 1 {
                        let mut index = 0;
                        out.blocks.retain(|_| {
                            index += 1;
                            index % 2 == 1
                        });
                        out.rows = out.blocks.iter().map(|b| b.rows).sum();
                        stride *= 2;
                    }
                }
                number += 1;
            }
        })?;
        let held: f64 = out
            .blocks
            .iter()
            .map(|b| b.weights.as_ref().map_or(b.rows as f64, |w| w.iter().sum()))
            .sum();
        out.share = if weight > 0.0 { held / weight } else { 1.0 };
        Ok(out)
    }

    /// Is it a small part of a large source, so that a fit of it is a cheap start?
    pub(crate) fn is_thin(&self) -> bool {
        self.share > 0.0 && self.rows * 6 < self.all_rows
    }
}

impl Source for Sample {
    fn dim(&self) -> usize {
        self.dim
    }

    fn visit(&self, batch: &mut dyn FnMut(&[Block<'_>])) -> Result<(), DataError> {
        let blocks: Vec<Block<'_>> = self.blocks.iter().map(OwnedBlock::block).collect();
        batch(&blocks);
        Ok(())
    }
}
