//! Progress on standard error, when somebody watches.

use std::time::Duration;

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
