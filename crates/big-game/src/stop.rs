//! Ending a long computation before its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A sign that somebody no longer wants the answer. Convex programs look at it in every step, and whoever solves many of them
/// between these. The default never says so.
#[derive(Clone, Debug, Default)]
pub struct Stop(Option<Arc<AtomicBool>>);

/// Nobody ends it.
pub(crate) static NEVER: Stop = Stop(None);

impl Stop {
    /// Ends when the flag becomes true.
    pub fn when(flag: Arc<AtomicBool>) -> Self {
        Self(Some(flag))
    }

    /// Is the answer no longer wanted?
    pub fn is_set(&self) -> bool {
        self.0
            .as_ref()
            .is_some_and(|flag| flag.load(Ordering::Relaxed))
    }
}
