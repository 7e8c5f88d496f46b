//! The program as the tests run it, and how they read what it says.

#![allow(dead_code)] // each of the tests uses some of it

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

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

/// A generator of small numbers: xorshift, seeded.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Uniform in `low..=high`.
    pub(crate) fn roll(&mut self, low: i64, high: i64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        low + ((self.0 >> 11) % (high - low + 1) as u64) as i64
    }
}

/// An answer in JSON, with this exit code.
pub(crate) fn answered(output: &Output, code: i32) -> Value {
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{error}");
    serde_json::from_slice(&output.stdout).unwrap()
}
