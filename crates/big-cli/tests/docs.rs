//! The commands in the documentation work as they stand.

#![allow(clippy::unwrap_used)] // in tests a panic is the report

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The commands of a page: lines `$ …` of its `console` blocks, in order.
fn commands(page: &str) -> Vec<String> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in page.lines() {
        if let Some(language) = line.strip_prefix("```") {
            inside = !inside && language == "console";
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| inside) {
            found.push(command.to_owned());
        }
    }
    found
}

/// The exit codes that a command may end with: `# exit 1`, `# exit 0 or 1`; 0 where nothing is said.
fn expected(command: &str) -> Vec<i32> {
    match command.split_once("# exit ") {
        None => vec![0],
        Some((_, codes)) => codes
            .split(" or ")
            .map(|c| c.trim().parse().unwrap())
            .collect(),
    }
}

fn pages(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            pages(&path, found);
        } else if path.extension().is_some_and(|e| e == "md") {
            found.push(path);
        }
    }
}

#[test]
fn every_command_of_every_page_works() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let program = Path::new(env!("CARGO_BIN_EXE_big"));
    let path = std::env::join_paths(
        std::iter::once(program.parent().unwrap().to_path_buf())
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    )
    .unwrap();
    let mut found = vec![root.join("README.md")];
    pages(&root.join("docs"), &mut found);
    let mut run = 0;
    for page in found {
        // Each page stands by itself: a newcomer may open it first.
        let folder = tempfile::tempdir().unwrap();
        for command in commands(&fs::read_to_string(&page).unwrap()) {
            let output = Command::new("sh")
                .arg("-c")
                .arg(&command)
                .current_dir(folder.path())
                .env("PATH", &path)
                .output()
                .unwrap();
            let code = output.status.code().unwrap();
            assert!(
                expected(&command).contains(&code),
                "{}: `{command}` ended with {code}:\n{}",
                page.display(),
                String::from_utf8_lossy(&output.stderr)
            );
            run += 1;
        }
    }
    assert!(run >= 25, "only {run} commands");
}

#[test]
fn links_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = vec![root.join("README.md"), root.join("ARCHITECTURE.md")];
    pages(&root.join("docs"), &mut found);
    for page in found {
        let text = fs::read_to_string(&page).unwrap();
        for target in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split_once(')'))
            .map(|(t, _)| t)
        {
            let file = target.split('#').next().unwrap();
            if file.is_empty() || file.contains("://") {
                continue;
            }
            assert!(
                page.parent().unwrap().join(file).exists(),
                "{}: {target}",
                page.display()
            );
        }
    }
}

/// The README's `cargo run -- …` names no program: one package says which it is.
#[test]
fn cargo_run_finds_the_program() {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .output()
        .unwrap();
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = told["packages"].as_array().unwrap().iter();
    let runs: Vec<&str> = packages.filter_map(|p| p["default_run"].as_str()).collect();
    assert_eq!(runs, ["big"]);
}
