//! Files that will be written are not read: an answer must not replace what it was made from.
//!
//! Whoever will write files says so with [`Outputs::reserve`] before anything is read. From then on every input that is one
//! of them is refused where it is opened, whatever it is called there: files are compared as the system knows them, through
//! links and other spellings of a path. So an input that a game file, a folder or a pattern names is found as well.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};

use same_file::Handle;

use crate::error::InputError;

/// A file that will be written and is there already.
struct Reserved {
    by: u64,
    role: String,
    path: PathBuf,
    file: Handle,
}

static RESERVED: Mutex<Vec<Reserved>> = Mutex::new(Vec::new());

fn reserved() -> MutexGuard<'static, Vec<Reserved>> {
    RESERVED.lock().unwrap_or_else(|e| e.into_inner())
}

/// Files that will be written: as long as this lives, none of them is read as an input.
#[must_use = "the files are reserved only as long as it lives"]
#[derive(Debug)]
pub struct Outputs {
    id: u64,
}

impl Outputs {
    /// Reserves files, each with what messages call its part (`the answer`, the name of an option). Devices and pipes are not
    /// reserved: nothing of them is lost by writing.
    ///
    /// # Errors
    /// When two of them are the same file, or one is a folder.
    pub fn reserve<'p>(
        outputs: impl IntoIterator<Item = (String, &'p Path)>,
    ) -> Result<Self, InputError> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        // Dropped on an error, so that what was reserved until then is free again.
        let here = Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
        };
        let mut seen: Vec<(String, PathBuf)> = Vec::new();
        for (role, path) in outputs {
            let refused =
                |message: String| InputError::new(message).in_file(path.display().to_string());
            let about = std::fs::metadata(path);
            if about.as_ref().is_ok_and(|about| about.is_dir()) {
                return Err(refused(format!("is a folder, and {role} writes a file"))
                    .with_help("name a file in it"));
            }
            if about.as_ref().is_ok_and(|about| !about.is_file()) {
                continue;
            }
            let place = place(path);
            if let Some((other, _)) = seen.iter().find(|(_, known)| *known == place) {
                return Err(refused(format!("is named twice: by {other} and by {role}"))
                    .with_help("give each a file of its own"));
            }
            seen.push((role.clone(), place));
            // What may not be read is told where it is written, should that fail as well.
            let Ok(file) = Handle::from_path(path) else {
                continue;
            };
            let mut files = reserved();
            let twice = files.iter().find(|r| r.by == here.id && r.file == file);
            if let Some(other) = twice {
                return Err(refused(format!(
                    "is the same file as {}: {role} and {} both write it",
                    other.path.display(),
                    other.role
                ))
                .with_help("give each a file of its own"));
            }
            files.push(Reserved {
                by: here.id,
                role,
                path: path.to_owned(),
                file,
            });
        }
        Ok(here)
    }
}

impl Drop for Outputs {
    fn drop(&mut self) {
        reserved().retain(|r| r.by != self.id);
    }
}

/// Where a file is or will be: its folder without links, and its name.
fn place(path: &Path) -> PathBuf {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    match (folder.canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

/// Refuses an opened input that will be written.
pub(crate) fn refuse_output(name: &str, file: &File) -> Result<(), InputError> {
    if reserved().is_empty() {
        return Ok(());
    }
    match file.try_clone().and_then(Handle::from_file) {
        Ok(handle) => refuse(name, &handle),
        // What cannot be told apart is read as it always was.
        Err(_) => Ok(()),
    }
}

/// Refuses standard input where it comes from a file that will be written.
pub(crate) fn refuse_stdin(name: &str) -> Result<(), InputError> {
    if reserved().is_empty() {
        return Ok(());
    }
    match Handle::stdin() {
        Ok(handle) => refuse(name, &handle),
        Err(_) => Ok(()),
    }
}

fn refuse(name: &str, input: &Handle) -> Result<(), InputError> {
    let files = reserved();
    let Some(output) = files.iter().find(|r| r.file == *input) else {
        return Ok(());
    };
    let written = output.path.display().to_string();
    let same = if written == name {
        String::new()
    } else {
        format!(" as {written}")
    };
    Err(InputError::new(format!(
        "is an input, and {} would write over it{same}",
        output.role
    ))
    .with_help("name another file for what is written; nothing has been changed")
    .in_file(name))
}
