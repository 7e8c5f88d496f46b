//! Decoders of others, which panic on some damaged files: to whoever gave the file that is a damaged file.

use std::cell::Cell;
#[cfg(feature = "parquet")]
use std::panic::{AssertUnwindSafe, catch_unwind};

#[cfg(feature = "parquet")]
use crate::error::InputError;

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Is this thread inside a decoder whose panics are caught and told as errors? A program asks this where it would report a panic.
pub fn is_guarded() -> bool {
    GUARDED.get()
}

/// Calls a decoder; a panic of its is an error.
#[cfg(feature = "parquet")]
pub(crate) fn guarded<T>(read: impl FnOnce() -> T) -> Result<T, InputError> {
    let before = GUARDED.replace(true);
    let read = catch_unwind(AssertUnwindSafe(read));
    GUARDED.set(before);
    read.map_err(|_| InputError::new("cannot be read: a page is damaged"))
}
