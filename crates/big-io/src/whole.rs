//! Files that appear whole or not at all.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};

/// The files that are being written.
static PARTIAL: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn partial() -> MutexGuard<'static, Vec<PathBuf>> {
    PARTIAL.lock().unwrap_or_else(|e| e.into_inner())
}

/// Removes what has been written of files that are not complete: what a program does that is told to stop.
pub fn remove_partial_files() {
    for path in partial().drain(..) {
        // There is nobody left to tell.
        let _ = fs::remove_file(path);
    }
}

/// Has a temporary file removed by [`remove_partial_files`], should nobody come to do it.
pub(crate) fn temporary(path: &Path) {
    partial().push(path.to_owned());
}

/// Writes a file under another name beside its place, and renames it when it is complete.
///
/// # Errors
/// When the file cannot be made or renamed, or `write` fails: then nothing is left of it.
pub fn whole(path: &Path, write: impl FnOnce(File) -> io::Result<()>) -> io::Result<()> {
    static ATTEMPT: AtomicU64 = AtomicU64::new(0);
    let attempt = ATTEMPT.fetch_add(1, Ordering::Relaxed);
    let mut name = path
        .file_name()
        .ok_or_else(|| io::Error::other("the path names no file"))?
        .to_owned();
    name.push(format!(".{}-{attempt}.partial", std::process::id()));
    let unfinished = path.with_file_name(name);
    let mut files = partial();
    let file = File::create_new(&unfinished)?;
    files.push(unfinished.clone());
    drop(files);
    let written = write(file);
    // Held until the file has its name, so that nobody removes it from under that.
    let mut files = partial();
    let done = written.and_then(|()| fs::rename(&unfinished, path));
    if done.is_err() {
        // Only tidying up: the error that matters is the one already in hand.
        let _ = fs::remove_file(&unfinished);
    }
    files.retain(|file| *file != unfinished);
    done
}
