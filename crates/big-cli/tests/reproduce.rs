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

/// The page leads to the files of its figures, those that there are.
#[test]
fn the_page_links_the_files_of_its_figures() {
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new(env!("CARGO_BIN_EXE_big"))
        .current_dir(folder.path())
        .args(["reproduce", "--out", "paper", "--png"])
        .output()
        .unwrap();
    assert!(made.status.success());
    let at = folder.path().join("paper");
    let page = std::fs::read_to_string(at.join("index.html")).unwrap();
    for number in 1..=9 {
        for format in ["svg", "png"] {
            let file = format!("figure-{number}.{format}");
            assert!(page.contains(&format!("<a href=\"{file}\">{file}</a>")));
            assert!(at.join(&file).is_file());
        }
    }
    // The verdict is the first thing to see of a claim.
    let holds = "<tbody>\n<tr><td class=\"b\" data-label=\"holds\" data-v=\"1\">yes</td>";
    assert!(page.contains(holds));
}
