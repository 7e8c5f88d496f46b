//! Comparisons in memory whose passes somebody may end.

use big_preference::data::{Block, Comparisons, DataError, Peek, Source};

use crate::monitor::Monitor;

/// Comparisons in memory, and whoever may end the passes over them.
pub(super) struct Watched<'c> {
    pub(super) all: &'c Comparisons,
    pub(super) monitor: Monitor<'c>,
}

impl Source for Watched<'_> {
    fn dim(&self) -> usize {
        Source::dim(self.all)
    }

    fn visit(&self, batch: &mut dyn FnMut(&[Block<'_>])) -> Result<(), DataError> {
        match self.monitor.is_cancelled() {
            true => Err(DataError::Cancelled),
            false => self.all.visit(batch),
        }
    }

    fn in_memory(&self) -> bool {
        true
    }

    fn peek(&self, peek: &Peek, batch: &mut dyn FnMut(&[Block<'_>])) -> Option<u64> {
        self.all.peek(peek, batch)
    }
}
