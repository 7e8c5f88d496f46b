//! Results: to standard output or a file, as text or JSON.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::Path;
use std::sync::OnceLock;

use big_io::{visible, whole};
use serde::Serialize;

use crate::failure::Failure;
use crate::json;
use crate::options::{ResultOptions, Target};
use crate::terminal::for_file;

/// Bytes that are written at a time.
const BUFFER: usize = 1 << 16;

/// How a command that answered ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Answered.
    Answered,
    /// A valid 'no'.
    No,
    /// As far as the program got: not a solution.
    Unfinished,
}

impl Outcome {
    /// The exit code.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Answered => 0,
            Self::No => 1,
            Self::Unfinished => 3,
        }
    }
}

/// Puts a result out: its JSON, or the text that is made of it.
pub(crate) fn put<T: Serialize>(
    options: &ResultOptions,
    result: &T,
    text: impl FnOnce(&T) -> String,
) -> Result<(), Failure> {
    let content = |out: &mut dyn Write| {
        if options.json {
            json::write(result, out)
        } else {
            out.write_all(visible(&text(result)).as_bytes())
        }
    };
    match options.output.as_ref().and_then(Target::file) {
        Some(path) => for_file(|| stream_to_file(path, content)),
        None => stream(content),
    }
}

/// Where one answer goes.
pub(crate) enum Sink<'s> {
    /// It is the whole result.
    Whole(&'s ResultOptions),
    /// It is one of several: a line of JSON that names its file, or a text under the file's name.
    Part {
        json: bool,
        file: &'s str,
        out: &'s mut Vec<u8>,
    },
}

impl Sink<'_> {
    /// Puts an answer there.
    pub(crate) fn put<T: Serialize>(
        self,
        result: &T,
        text: impl FnOnce(&T) -> String,
    ) -> Result<(), Failure> {
        /// An answer, and what was answered.
        #[derive(Serialize)]
        struct Named<'a, T> {
            file: &'a str,
            #[serde(flatten)]
            answer: &'a T,
        }
        match self {
            Self::Whole(options) => put(options, result, text),
            Self::Part {
                json: true,
                file,
                out,
            } => {
                let answer = result;
                serde_json::to_writer(&mut *out, &Named { file, answer })
                    .map_err(|e| Failure::Internal(format!("the answer cannot be written: {e}")))?;
                out.push(b'\n');
                Ok(())
            }
            Self::Part {
                json: false,
                file,
                out,
            } => {
                let told = format!("==> {file} <==\n{}\n", text(result));
                out.extend_from_slice(visible(&told).as_bytes());
                Ok(())
            }
        }
    }
}

/// Puts a text out for programs (a page, a game in another format): as it is, where it was asked for.
pub(crate) fn deliver(target: Option<&Target>, text: &str) -> Result<(), Failure> {
    match target.and_then(Target::file) {
        Some(path) => write_file(path, text.as_bytes()),
        None => print(text),
    }
}

/// Writes to standard output.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    stream(|out| out.write_all(text.as_bytes()))
}

/// Writes a value as JSON to standard output.
pub(crate) fn print_json<T: Serialize>(value: &T) -> Result<(), Failure> {
    stream(|out| json::write(value, out))
}

/// Writes to standard output, piece by piece. A reader that has gone (`| head`) is no failure.
pub(crate) fn stream(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = BufWriter::with_capacity(BUFFER, io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::usage(
            format!("standard output cannot be written: {error}"),
            "see whether the disk is full",
        )),
        // What a reader that has gone did not take is not tried again.
        Err(_) => {
            let _ = out.into_parts();
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

/// Writes a file whole or not at all.
pub(crate) fn write_file(path: &Path, content: &[u8]) -> Result<(), Failure> {
    stream_to_file(path, |out| out.write_all(content))
}

/// Writes a value as JSON into a file, whole or not at all.
pub(crate) fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), Failure> {
    stream_to_file(path, |out| json::write(value, out))
}

/// Writes a file piece by piece, whole or not at all.
fn stream_to_file(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    let buffered = |file: File| {
        let mut out = BufWriter::with_capacity(BUFFER, file);
        write(&mut out).and_then(|()| out.flush())
    };
    // Devices and pipes cannot be replaced by renaming.
    let written = if path.exists() && !path.is_file() {
        File::options().write(true).open(path).and_then(buffered)
    } else {
        whole(path, buffered)
    };
    written.map_err(|error| Failure::unwritable(path, &error))
}

/// What was typed after the program's name.
static TYPED: OnceLock<Vec<OsString>> = OnceLock::new();

/// Remembers what was typed, once: [`command_line`] says it.
pub(crate) fn typed(arguments: &[OsString]) {
    TYPED.get_or_init(|| arguments.to_vec());
}

/// The command that is running, as it could be typed again.
#[cfg(feature = "figures")]
pub(crate) fn command_line() -> String {
    let arguments = TYPED.get().into_iter().flatten();
    let quoted = arguments.map(|a| quoted(&a.to_string_lossy()));
    std::iter::once("big".to_owned())
        .chain(quoted)
        .collect::<Vec<_>>()
        .join(" ")
}

/// An argument as a shell takes it.
#[cfg(any(feature = "figures", test))]
fn quoted(argument: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=,:+@%^".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) {
        argument.to_owned()
    } else {
        format!("'{}'", argument.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn arguments_are_quoted_where_a_shell_needs_it() {
        assert_eq!(quoted("--output=game.toml"), "--output=game.toml");
        assert_eq!(quoted("my game.toml"), "'my game.toml'");
        assert_eq!(quoted("it's"), "'it'\\''s'");
        assert_eq!(quoted(""), "''");
    }
}
