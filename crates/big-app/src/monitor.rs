//! Who watches a long call, and who may end it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use big_game::{SolveOptions, Stop};

/// Is told how far a call has got: what is being done, how much of it, of how much.
pub type Progress<'a> = dyn Fn(&'static str, u64, u64) + Sync + 'a;

/// Watches a call. The default sees nothing and ends nothing.
#[derive(Clone, Copy, Default)]
pub struct Monitor<'a> {
    progress: Option<&'a Progress<'a>>,
    cancel: Option<&'a Arc<AtomicBool>>,
}

impl<'a> Monitor<'a> {
    /// Is told how far the call has got.
    #[must_use]
    pub fn with_progress(self, progress: &'a Progress<'a>) -> Self {
        Self {
            progress: Some(progress),
            ..self
        }
    }

    /// Ends the call when this becomes true: searches end as if their time were over, and convex programs at the next step. The solvers
    /// that need no convex program (boxes, balls) are not interrupted.
    #[must_use]
    pub fn with_cancel(self, cancel: &'a Arc<AtomicBool>) -> Self {
        Self {
            cancel: Some(cancel),
            ..self
        }
    }

    pub(crate) fn progress(&self, what: &'static str, done: u64, total: u64) {
        if let Some(progress) = self.progress {
            progress(what, done, total);
        }
    }

    /// Was the call ended?
    pub fn is_cancelled(&self) -> bool {
        self.cancel
            .is_some_and(|cancel| cancel.load(Ordering::Relaxed))
    }

    /// The same as the solvers ask it.
    pub(crate) fn stop(&self) -> Stop {
        self.cancel
            .map_or_else(Stop::default, |cancel| Stop::when(Arc::clone(cancel)))
    }

    /// How games are solved where nothing else is asked of them.
    pub(crate) fn options(&self) -> SolveOptions {
        SolveOptions {
            stop: self.stop(),
            ..SolveOptions::default()
        }
    }

    /// The share of a time limit that is used, from now on: 0 without one, 1 when the call was ended.
    pub(crate) fn meter(self, limit: Option<Duration>) -> impl Fn() -> f64 + Sync + 'a {
        let begun = Instant::now();
        move || match limit {
            _ if self.is_cancelled() => 1.0,
            None => 0.0,
            Some(limit) if limit.is_zero() => 1.0,
            Some(limit) => begun.elapsed().as_secs_f64() / limit.as_secs_f64(),
        }
    }
}
