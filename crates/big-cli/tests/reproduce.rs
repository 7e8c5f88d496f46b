//! The paper, reproduced: every claim holds, every figure is there, and the threads do not matter.

#![allow(clippy::unwrap_used)] // in tests a panic is the report

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn reproduce(at: &Path, threads: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_big"))
        .current_dir(at)
        .args(["reproduce", "--json", "--threads", threads])
        .output()
        .unwrap()
}

#[test]
fn every_claim_holds_and_every_figure_is_drawn() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let output = reproduce(one.path(), "1");
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    for claim in found["claims"].as_array().unwrap() {
        assert_eq!(claim["holds"], true, "{claim}");
    }
    assert!(output.status.success());
    assert!(found["claims"].as_array().unwrap().len() >= 16);
    assert_eq!(output.stdout, reproduce(two.path(), "3").stdout);
    let names = (1..=9)
        .map(|k| format!("figure-{k}.svg"))
        .chain(["index.html".to_owned()]);
    for name in names {
        let file = |folder: &Path| std::fs::read(folder.join("reproduction").join(&name)).unwrap();
        assert_eq!(file(one.path()), file(two.path()), "{name}");
    }
}
