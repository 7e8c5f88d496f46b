//! Progress on standard error, when somebody watches.

use std::sync::Mutex;
use std::time::Duration;

use big_app::Monitor;

use crate::terminal::quiet;
use indicatif::{ProgressBar, ProgressStyle};

/// A bar that appears only on a terminal, and only when the wait is long.
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// A bar for a job that is counted.
    pub(crate) fn new(what: &'static str) -> Self {
        let bar = ProgressBar::new(0).with_message(what);
        // The template is a constant, and right; were it not, the plain bar would do.
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {percent}% {eta}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar }
    }

    /// So much of so much is done.
    pub(crate) fn update(&self, done: u64, total: u64) {
        self.bar.set_length(total);
        self.bar.set_position(done);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Makes a call that is watched: a bar for each thing that it says it is doing.
pub(crate) fn watched<T>(call: impl FnOnce(&Monitor<'_>) -> T) -> T {
    if quiet() {
        return call(&Monitor::default());
    }
    let bar: Mutex<Option<(&'static str, Progress)>> = Mutex::new(None);
    let progress = |what: &'static str, done, total| {
        // Who panicked elsewhere left no half-made bar.
        let mut bar = bar.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let now = bar.take().filter(|(named, _)| *named == what);
        let (_, shown) = bar.insert(now.unwrap_or_else(|| (what, Progress::new(what))));
        shown.update(done, total);
    };
    call(&Monitor::default().with_progress(&progress))
}
