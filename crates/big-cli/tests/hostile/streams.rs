//! Standard input and output, full disks, and options of every command.

use std::fs::File;
use std::process::Command;

use super::{big, big_on, folder, refused, text};

/// Whatever is printed is printed whole, or it is said that it was not.
#[test]
fn a_full_disk_is_told() {
    let folder = folder();
    for line in [
        &["--help"][..],
        &["--version"],
        &["solve", "--help"],
        &["help", "solve"],
        &["solve", "g.toml"],
        &["solve", "g.toml", "--json"],
        &["examples"],
        &["schema", "game"],
        &["completions", "bash"],
        &["plot", "g.toml"],
        &["report", "g.toml"],
        &["export", "finite.toml", "--format", "nfg"],
        &["prefs", "fit", "l.csv"],
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_big"))
            .current_dir(folder.path())
            .args(line)
            .stdout(File::options().write(true).open("/dev/full").unwrap())
            .output()
            .unwrap();
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{line:?}: {error}");
        assert!(
            error.contains("standard output cannot be written"),
            "{error}"
        );
    }
    let output = big(folder.path(), &["solve", "g.toml", "-o", "/dev/full"]);
    refused(&output, &["/dev/full cannot be written"]);
}

#[test]
fn a_dash_is_a_stream() {
    let folder = folder();
    let at = folder.path();
    let plain = big(at, &["solve", "g.toml", "--json"]);
    let dashed = big(at, &["solve", "g.toml", "--json", "-o", "-"]);
    assert_eq!(plain.stdout, dashed.stdout);
    assert!(!at.join("-").exists());
    let svg = big(at, &["plot", "g.toml", "-o", "-"]);
    assert!(text(&svg.stdout).starts_with("<svg"));
    assert!(text(&big(at, &["report", "g.toml", "-o", "-"]).stdout).contains("<html"));
    refused(
        &big_on(at, &plain.stdout, &["verify", "-", "-"]),
        &["cannot be the profile too"],
    );
    let checked = big_on(at, &plain.stdout, &["verify", "g.toml", "-"]);
    assert!(checked.status.success(), "{}", text(&checked.stderr));
    let output = big(at, &["solve", "g.toml", "--actions", "-"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("standard output holds the result"));
}

#[test]
fn comparisons_go_through_pipes() {
    let folder = folder();
    let at = folder.path();
    let lines = big(at, &["prefs", "simulate", "e.toml", "-o", "-"]);
    assert!(lines.status.success(), "{}", text(&lines.stderr));
    assert_eq!(text(&lines.stdout).lines().count(), 120);
    assert!(
        big(at, &["prefs", "simulate", "e.toml", "-o", "s.jsonl"])
            .status
            .success()
    );
    assert_eq!(lines.stdout, std::fs::read(at.join("s.jsonl")).unwrap());
    let page = big_on(at, &lines.stdout, &["report", "-"]);
    assert!(
        text(&page.stdout).contains("<html"),
        "{}",
        text(&page.stderr)
    );
    let table = big_on(
        at,
        super::LABELS.as_bytes(),
        &["plot", "-", "-o", "labels.svg"],
    );
    assert!(table.status.success(), "{}", text(&table.stderr));
    let fitted = big_on(at, &lines.stdout, &["prefs", "fit", "-", "--json"]);
    assert!(fitted.status.success(), "{}", text(&fitted.stderr));
    refused(
        &big(at, &["prefs", "simulate", "e.toml", "-o", "-", "--json"]),
        &["--json"],
    );
    refused(
        &big(at, &["prefs", "simulate", "none.toml", "-o", "-"]),
        &["no such file"],
    );
}

#[test]
fn threads_are_taken_from_the_environment() {
    let folder = folder();
    let with = |threads: &str| {
        Command::new(env!("CARGO_BIN_EXE_big"))
            .current_dir(folder.path())
            .env("BIG_THREADS", threads)
            .args(["solve", "g.toml"])
            .output()
            .unwrap()
    };
    assert!(with("2").status.success());
    let output = with("many");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("--threads"));
}

#[test]
fn colours_are_as_they_are_asked_for() {
    let folder = folder();
    let at = folder.path();
    let error = |arguments: &[&str]| text(&big(at, arguments).stderr);
    assert!(error(&["solve", "none.toml", "--color", "always"]).contains("\u{1b}["));
    for arguments in [
        &["solve", "none.toml"][..],
        &["solve", "none.toml", "--color", "never"],
        &["solve", "none.toml", "--nonsense", "--color=never"],
    ] {
        assert!(!error(arguments).contains("\u{1b}["));
    }
    assert!(error(&["solve", "--nonsense", "--color=always"]).contains("\u{1b}["));
}

#[test]
fn quiet_says_nothing_but_failures() {
    let folder = folder();
    let quiet = big(folder.path(), &["solve", "g.toml", "-q"]);
    assert!(quiet.status.success() && quiet.stderr.is_empty() && !quiet.stdout.is_empty());
    refused(
        &big(folder.path(), &["-q", "solve", "none.toml"]),
        &["no such file"],
    );
    let both = big(folder.path(), &["solve", "g.toml", "-q", "-v"]);
    assert_eq!(both.status.code(), Some(2));
}

/// Games are named by files or as the catalogue has them; several are answered one by one.
#[test]
fn several_games_have_an_answer_each() {
    let folder = folder();
    let at = folder.path();
    let named = big(at, &["solve", "example-1-same-side"]);
    assert!(named.status.success(), "{}", text(&named.stderr));
    for line in [
        &["dynamics", "example-1-same-side"][..],
        &["plot", "example-1-same-side"],
        &["coalitions", "example-1-same-side"],
    ] {
        assert!(big(at, line).status.success(), "{line:?}");
    }
    // A file goes before a game of the catalogue.
    std::fs::write(at.join("example-1-same-side"), super::GAME).unwrap();
    assert!(text(&big(at, &["solve", "example-1-same-side"]).stdout).starts_with("g\n"));

    let told = big(at, &["solve", "g.toml", "example-2-continuum"]);
    assert!(told.status.success());
    let told = text(&told.stdout);
    assert!(
        told.starts_with("==> g.toml <==\n") && told.contains("\n==> example-2-continuum <==\n")
    );

    let lines = big(
        at,
        &["solve", "g.toml", "none.toml", "finite.toml", "--json"],
    );
    assert_eq!(lines.status.code(), Some(2));
    assert!(text(&lines.stderr).contains("1 of 3 games have no answer"));
    let lines: Vec<serde_json::Value> = text(&lines.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0]["file"], "g.toml");
    assert!(lines[1]["error"].as_str().unwrap().contains("no such file"));
    assert_eq!(lines[2]["kind"], "solve");
    // A line by itself is an answer that a program reads: the same as that of the game alone.
    let mut alone: serde_json::Value =
        serde_json::from_slice(&big(at, &["solve", "g.toml", "--json"]).stdout).unwrap();
    alone["file"] = "g.toml".into();
    assert_eq!(lines[0], alone);

    // A file is written whole or not at all, and never over one of the games.
    let output = big(at, &["solve", "g.toml", "none.toml", "-o", "all.txt"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(!at.join("all.txt").exists());
    assert_eq!(
        big(at, &["solve", "finite.toml", "g.toml", "-o", "g.toml"])
            .status
            .code(),
        Some(2)
    );
    assert_eq!(
        std::fs::read_to_string(at.join("g.toml")).unwrap(),
        super::GAME
    );
    assert!(
        big(at, &["solve", "g.toml", "finite.toml", "-o", "all.txt"])
            .status
            .success()
    );
    refused(&big(at, &["solve", "-", "-"]), &["cannot be two"]);
    refused(
        &big(
            at,
            &["solve", "g.toml", "finite.toml", "--actions", "x.csv"],
        ),
        &["--actions", "several"],
    );
}

#[test]
fn the_catalogue_tells_programs() {
    let folder = folder();
    let listed = big(folder.path(), &["examples", "list", "--json"]);
    let listed: Vec<serde_json::Value> = serde_json::from_slice(&listed.stdout).unwrap();
    assert!(listed.len() > 5);
    for entry in &listed {
        for key in ["id", "title", "about", "source"] {
            assert!(entry[key].is_string(), "{entry}");
        }
    }
}

#[test]
fn manual_pages_are_made() {
    let folder = folder();
    let at = folder.path();
    let page = text(&big(at, &["man"]).stdout);
    assert!(
        page.contains(".TH big 1") && page.contains("solve"),
        "{page}"
    );
    std::fs::create_dir(at.join("man")).unwrap();
    assert!(big(at, &["man", "man"]).status.success());
    for page in ["big.1", "big-solve.1", "big-prefs.1", "big-prefs-fit.1"] {
        assert!(at.join("man").join(page).exists(), "{page}");
    }
    refused(&big(at, &["man", "nowhere"]), &["big.1 cannot be written"]);
}

/// What is read and written fits its schema.
#[test]
fn every_kind_of_file_has_a_schema() {
    let folder = folder();
    let at = folder.path();
    let fits = |what: &str, value: &serde_json::Value| {
        let schema = serde_json::from_slice(&big(at, &["schema", what]).stdout).unwrap();
        jsonschema::validator_for(&schema).unwrap().is_valid(value)
    };
    let solved: serde_json::Value =
        serde_json::from_slice(&big(at, &["solve", "g.toml", "--json"]).stdout).unwrap();
    assert!(fits("profile", &solved));
    assert!(fits(
        "profile",
        &serde_json::json!({ "actions": [[0.5], ["1/3"]] })
    ));
    assert!(fits(
        "profile",
        &serde_json::json!({ "choices": [[0], [1, 1]] })
    ));
    assert!(!fits("profile", &serde_json::json!({ "moves": [[0.5]] })));
    assert!(
        big(at, &["prefs", "play", "e.toml", "--state", "state.json"])
            .status
            .success()
    );
    let state = serde_json::from_slice(&std::fs::read(at.join("state.json")).unwrap()).unwrap();
    assert!(fits("state", &state), "{state}");
    assert!(!fits("state", &solved));
    assert!(!fits("reproduce", &solved));
}
