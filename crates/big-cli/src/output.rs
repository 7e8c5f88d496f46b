//! Results: to standard output or a file, as text or JSON.

use std::fs;
use std::io::{ErrorKind, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use serde::Serialize;

use crate::args::ResultOptions;
use crate::failure::Failure;
use crate::json;

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

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Answered => Self::SUCCESS,
            Outcome::No => Self::from(1),
            Outcome::Unfinished => Self::from(3),
        }
    }
}

/// Puts a result out: its JSON, or the text that is made of it.
pub(crate) fn put<T: Serialize>(
    options: &ResultOptions,
    result: &T,
    text: impl FnOnce(&T) -> String,
) -> Result<(), Failure> {
    let content = if options.json {
        json::pretty(result).map_err(|e| Failure::Internal(e.to_string()))?
    } else {
        text(result)
    };
    match &options.output {
        Some(path) => write_file(path, content.as_bytes()),
        None => print(&content),
    }
}

/// Writes to standard output. A reader that has gone (`| head`) is no failure.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::usage(
            format!("standard output cannot be written: {error}"),
            "see whether the disk is full",
        )),
        _ => Ok(()),
    }
}

/// Writes a file whole or not at all.
pub(crate) fn write_file(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::unwritable(path, &error);
    // Devices and pipes cannot be replaced by renaming.
    if path.exists() && !path.is_file() {
        return fs::write(path, content).map_err(failed);
    }
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    fs::write(&part, content)
        .and_then(|()| fs::rename(&part, path))
        .map_err(|error| {
            // Whatever was written of it is of no use; that it cannot be removed changes nothing.
            let _ = fs::remove_file(&part);
            failed(error)
        })
}

/// The command that is running, as it could be typed again.
pub(crate) fn command_line() -> String {
    let arguments = std::env::args_os().skip(1);
    let quoted = arguments.map(|a| quoted(&a.to_string_lossy()));
    std::iter::once("big".to_owned())
        .chain(quoted)
        .collect::<Vec<_>>()
        .join(" ")
}

/// An argument as a shell takes it.
fn quoted(argument: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=,:+@%^".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) {
        argument.to_owned()
    } else {
        format!("'{}'", argument.replace('\'', "'\\''"))
    }
}

/// May standard error be coloured?
pub(crate) fn colour_on_stderr() -> bool {
    wants_colour() && std::io::stderr().is_terminal()
}

fn wants_colour() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
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
