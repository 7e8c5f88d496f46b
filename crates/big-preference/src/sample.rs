//! A thin, evenly spaced sample of a source's blocks: where a fit of many rows starts.

use crate::data::{Block, DataError, OwnedBlock, Peek, Source};

/// One row in so many is in a peek at a table that is not in memory: what it costs beside a pass.
const SHARE: u64 = 16;
/// But so many at least: fewer would cost the fit of few parameters a pass more.
const LEAST: usize = 1 << 17;

/// Blocks of a source that can be looked at often: copies of some, or all of them where they are in memory.
pub(crate) struct Sample<'a> {
    source: &'a dyn Source,
    /// Every `k`-th block; empty where the source itself is in memory.
    copies: Vec<OwnedBlock>,
    /// The rows at hand.
    pub(crate) rows: usize,
    /// The rows of the whole source.
    pub(crate) all_rows: usize,
    /// The weight of the whole source.
    all_weight: f64,
}

impl<'a> Sample<'a> {
    /// Takes about `rows` rows, or up to `most` where the source can be glimpsed at: else in one pass, whatever the length of
    /// the source; whenever half as many again are held, every second block is dropped and only every second one of those to come
    /// is taken. Of a source in memory nothing is copied, and all rows are at hand.
    pub(crate) fn take(
        source: &'a dyn Source,
        rows: usize,
        most: usize,
    ) -> Result<Self, DataError> {
        let mut out = Self {
            source,
            copies: Vec::new(),
            rows: 0,
            all_rows: 0,
            all_weight: 0.0,
        };
        let copied = !source.in_memory();
        if copied {
            let wanted = Peek {
                share: SHARE,
                least: rows.max(LEAST),
                most,
            };
            let mut held = 0.0;
            let all = source.peek(&wanted, &mut |blocks| {
                held += blocks.iter().map(weight).sum::<f64>();
                out.rows += blocks.iter().map(Block::rows).sum::<usize>();
                out.copies.extend(blocks.iter().map(OwnedBlock::copy));
            });
            if let Some(all) = all {
                out.all_rows = usize::try_from(all).unwrap_or(usize::MAX).max(out.rows);
                out.all_weight = held * (out.all_rows as f64 / out.rows.max(1) as f64);
                return Ok(out);
            }
            (out.rows, out.copies) = (0, Vec::new());
        }
        let (mut stride, mut number) = (1, 0);
        source.visit(&mut |blocks| {
            for block in blocks {
                out.all_rows += block.rows();
                out.all_weight += weight(block);
                if copied && number % stride == 0 {
                    out.rows += block.rows();
                    out.copies.push(OwnedBlock::copy(block));
                    if out.rows > rows + rows / 2 && out.copies.len() > 1 {
                        let mut index = 0;
                        out.copies.retain(|_| {
                            index += 1;
                            index % 2 == 1
                        });
                        out.rows = out.copies.iter().map(|b| b.rows).sum();
                        stride *= 2;
                    }
                }
                number += 1;
            }
        })?;
        if !copied {
            out.rows = out.all_rows;
        }
        Ok(out)
    }

    /// Every `step`-th block of those at hand.
    pub(crate) fn thinned(&self, step: usize) -> Result<Thinned<'_>, DataError> {
        let mut out = Thinned {
            sample: self,
            step: step.max(1),
            share: 1.0,
        };
        let mut held = 0.0;
        out.visit(&mut |blocks| held += blocks.iter().map(weight).sum::<f64>())?;
        if self.all_weight > 0.0 {
            out.share = held / self.all_weight;
        }
        Ok(out)
    }
}

fn weight(block: &Block<'_>) -> f64 {
    block
        .weights()
        .map_or(block.rows() as f64, |w| w.iter().sum())
}

/// Some blocks of a sample.
pub(crate) struct Thinned<'a> {
    sample: &'a Sample<'a>,
    step: usize,
    /// The share of the whole source's weight that they hold.
    pub(crate) share: f64,
}

impl Source for Thinned<'_> {
    fn dim(&self) -> usize {
        self.sample.source.dim()
    }

    fn visit(&self, batch: &mut dyn FnMut(&[Block<'_>])) -> Result<(), DataError> {
        if self.sample.source.in_memory() {
            let mut number = 0;
            return self.sample.source.visit(&mut |blocks| {
                let first = (self.step - number % self.step) % self.step;
                let some = blocks.iter().skip(first).step_by(self.step);
                batch(&some.copied().collect::<Vec<_>>());
                number += blocks.len();
            });
        }
        let blocks: Vec<Block<'_>> = self
            .sample
            .copies
            .iter()
            .step_by(self.step)
            .map(OwnedBlock::block)
            .collect();
        batch(&blocks);
        Ok(())
    }

    fn in_memory(&self) -> bool {
        true
    }
}
