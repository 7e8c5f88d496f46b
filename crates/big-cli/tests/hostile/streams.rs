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
