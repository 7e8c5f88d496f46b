//! Files that appear whole or not at all.

use std::collections::BTreeSet;
use std::ffi::OsStr;
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

/// Writes a file under another name beside its place, and renames it when it is complete. A link stays a link: what it leads
/// to is replaced. What a program that was killed had left of an earlier attempt is removed.
///
/// # Errors
/// When the file cannot be made or renamed, or `write` fails: then nothing is left of it.
pub fn whole(path: &Path, write: impl FnOnce(File) -> io::Result<()>) -> io::Result<()> {
    static ATTEMPT: AtomicU64 = AtomicU64::new(0);
    let attempt = ATTEMPT.fetch_add(1, Ordering::Relaxed);
    let link = fs::symlink_metadata(path).is_ok_and(|about| about.is_symlink());
    // A link that leads nowhere is replaced as a file would be.
    let place = match link.then(|| path.canonicalize()) {
        Some(Ok(place)) => place,
        _ => path.to_owned(),
    };
    let name = place
        .file_name()
        .ok_or_else(|| io::Error::other("the path names no file"))?;
    sweep(&place, name);
    let mut partial_name = name.to_owned();
    partial_name.push(format!(".{}-{attempt}{ENDING}", std::process::id()));
    let unfinished = place.with_file_name(partial_name);
    let mut files = partial();
    let file = File::create_new(&unfinished)?;
    // Held until the file is closed, and given back by the system when the program is killed: a sign of life for others. Where
    // there are no locks, the program's number is one.
    let _ = file.try_lock();
    files.push(unfinished.clone());
    drop(files);
    let written = write(file);
    // Held until the file has its name, so that nobody removes it from under that.
    let mut files = partial();
    let done = written.and_then(|()| fs::rename(&unfinished, &place));
    if done.is_err() {
        // Only tidying up: the error that matters is the one already in hand.
        let _ = fs::remove_file(&unfinished);
    }
    files.retain(|file| *file != unfinished);
    done
}

/// How the names of files end that are not complete.
const ENDING: &str = ".partial";

/// Removes what was left of attempts to write this file by programs that are no more: `NAME.PROCESS-ATTEMPT.partial`, where
/// the process is gone and nobody holds the file. Whatever cannot be told or removed is left.
fn sweep(place: &Path, name: &OsStr) {
    // Once a program: who writes a file again and again does not look through its folder each time.
    static SWEPT: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    let mut swept = SWEPT.lock().unwrap_or_else(|e| e.into_inner());
    if !swept.insert(place.to_owned()) {
        return;
    }
    drop(swept);
    let Some(name) = name.to_str() else { return };
    let folder = match place.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let file = entry.file_name();
        let process = file.to_str().and_then(|file| {
            let numbers = file
                .strip_prefix(name)?
                .strip_prefix('.')?
                .strip_suffix(ENDING)?;
            let (process, attempt) = numbers.split_once('-')?;
            attempt.parse::<u64>().ok()?;
            process.parse::<u32>().ok()
        });
        let Some(process) = process else { continue };
        let alive = Path::new(&format!("/proc/{process}")).exists();
        let held = |file: File| file.try_lock().is_err();
        if !alive && File::open(entry.path()).is_ok_and(|file| !held(file)) {
            let _ = fs::remove_file(entry.path());
        }
    }
}
