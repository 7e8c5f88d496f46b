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
    let claims = |part: &str| found[part].as_array().unwrap().clone();
    for claim in claims("claims").iter().chain(&claims("beyond")) {
        assert_eq!(claim["holds"], true, "{claim}");
    }
    assert!(output.status.success());
    assert!(claims("claims").len() >= 16 && claims("beyond").len() >= 37);
    assert_eq!(output.stdout, reproduce(two.path(), "3").stdout);
    let names = (1..=9)
        .map(|k| format!("figure-{k}.svg"))
        .chain((1..=6).map(|k| format!("beyond-{k}.svg")))
        .chain(["index.html".to_owned()]);
    for name in names {
        let file = |folder: &Path| std::fs::read(folder.join("reproduction").join(&name)).unwrap();
        assert_eq!(file(one.path()), file(two.path()), "{name}");
    }
    answer_is_tried_again(one.path(), &found);
}

/// A page of the answer is made from the claims as they come out again; another verdict is refused.
fn answer_is_tried_again(at: &Path, found: &Value) {
    let report = |answer: &Value| {
        std::fs::write(at.join("answer.json"), answer.to_string()).unwrap();
        let mut big = Command::new(env!("CARGO_BIN_EXE_big"));
        big.current_dir(at)
            .args(["report", "answer.json", "-o", "answer.html"]);
        big.output().unwrap()
    };
    let output = report(found);
    assert!(output.status.success(), "{output:?}");
    let page = std::fs::read_to_string(at.join("answer.html")).unwrap();
    assert_eq!(page.matches("<figure").count(), 15);
    let mut forged = found.clone();
    forged["beyond"][0]["holds"] = false.into();
    let output = report(&forged);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("tried again"));
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
