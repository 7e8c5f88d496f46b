//! `big prefs` as its users run it.

#![allow(clippy::unwrap_used)] // in tests a panic is the report

#[path = "../program/mod.rs"]
mod program;

mod people;
mod play;
mod sources;
mod tables;

use std::fs;
use std::process::Output;

use program::{Dice, big, big_on, refused, text};
use serde_json::Value;
use tempfile::TempDir;

fn json_of(output: &Output, code: i32) -> Value {
    assert_eq!(output.status.code(), Some(code), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn write(folder: &TempDir, name: &str, content: &str) {
    fs::write(folder.path().join(name), content).unwrap();
}

fn floats(value: &Value) -> Vec<f64> {
    let list = value.as_array().unwrap();
    list.iter().map(|v| v.as_f64().unwrap()).collect()
}

fn close(found: &Value, expected: &Value, tolerance: f64) {
    let (found, expected) = (floats(found), floats(expected));
    assert_eq!(found.len(), expected.len());
    for (f, e) in found.iter().zip(&expected) {
        assert!((f - e).abs() <= tolerance, "{f} is not {e}");
    }
}

/// The paper's experiment (arXiv:2502.01127, Section 6).
const PAPER: &str = r#"
pairs = 1000
distribution = "normal"
action_space = { type = "box", lower = -1, upper = 1 }
influencers = [ { name = "left", theta = [-0.2] }, { name = "right", theta = [0.3] } ]
"#;

const THREE: &str = r#"
pairs = 400
seed = 3
distribution = { type = "uniform", lower = -2, upper = 2 }
action_space = { type = "ball", radius = 1 }
influencers = [
  { theta = [0.2, -0.1] }, { theta = [-0.4, 0.3], pairs = 900 }, { name = "liar", theta = [0.1, 0.1], fake = [0.9, 0] },
]
"#;

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "paper.toml", PAPER);
    write(&folder, "three.toml", THREE);
    folder
}
