//! The program as the tests run it, and how they read what it says.

#![allow(dead_code)] // each of the tests uses some of it

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

pub(crate) fn big(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_big"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap()
}

/// Runs with these bytes on standard input.
pub(crate) fn big_on(folder: &Path, input: &[u8], arguments: &[&str]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_big"))
        .current_dir(folder)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Who refuses its arguments does not read.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A refusal: exit 2, nothing on standard output, these words on standard error.
pub(crate) fn refused(output: &Output, words: &[&str]) {
    // The renderer breaks long lines where it likes.
    let error: String = text(&output.stderr)
        .split_whitespace()
        .filter(|word| *word != "│")
        .collect::<Vec<_>>()
        .join(" ");
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(output.stdout.is_empty());
    for word in words {
        assert!(error.contains(word), "no {word:?} in:\n{error}");
    }
}
