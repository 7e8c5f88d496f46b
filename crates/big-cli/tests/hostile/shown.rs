//! What files and arguments hold does not steer the terminal, and does not show as something else.

use std::fs;

use serde_json::Value;

use super::{big, folder, refused, text};

/// Nothing that a terminal obeys, and nothing that nobody sees.
fn harmless(shown: &str) {
    let found = shown.chars().find(|&c| {
        c != '\n' && c.is_control()
            || matches!(c, '\u{200b}' | '\u{202e}' | '\u{2066}' | '\u{feff}')
    });
    assert_eq!(found, None, "in {shown:?}");
}

#[test]
fn errors_quote_without_obeying() {
    let folder = folder();
    let at = folder.path();
    fs::write(
        at.join("steer.toml"),
        "a = \"\u{1b}[31m\u{9b}2J\"\nb = 1\u{7}\n",
    )
    .unwrap();
    fs::write(
        at.join("bidi.toml"),
        "# \u{202e}x\nloss = \"\u{202e}\u{200b}\"\n",
    )
    .unwrap();
    for file in ["steer.toml", "bidi.toml"] {
        let output = big(at, &["solve", file]);
        harmless(&text(&output.stderr));
        refused(&output, &[file, "\\u{"]);
    }
    for name in ["no\u{1b}[31mfile", "no\u{202e}file", "two\nlines"] {
        let output = big(at, &["solve", name]);
        harmless(&text(&output.stderr));
        refused(&output, &["there is no such file"]);
    }
    let output = big(at, &["solve", "g.toml", "--method", "x\u{202e}y\u{7}"]);
    harmless(&text(&output.stderr));
    assert_eq!(output.status.code(), Some(2));
}

/// The mark stays under what it marks, though what is before it became wider.
#[test]
fn the_place_moves_with_what_is_escaped() {
    let folder = folder();
    fs::write(folder.path().join("x.toml"), "loss = \"\u{202e}\" oops\n").unwrap();
    let error = text(&big(folder.path(), &["solve", "x.toml"]).stderr);
    // The line that is quoted is the last one with the part; the mark is under it.
    let column = |part: &str| {
        let line = error.lines().rfind(|l| l.contains(part)).unwrap();
        line.split_once(part).unwrap().0.chars().count()
    };
    assert!(error.contains("\\u{202e}"), "{error}");
    assert_eq!(column("━ here"), column("oops"), "{error}");
}

#[test]
fn names_are_told_escaped_and_written_as_they_are() {
    let folder = folder();
    let at = folder.path();
    let game = super::GAME.replace("\"left\"", "\"le\\u202Eft\\u200b\"");
    fs::write(at.join("g.toml"), game).unwrap();
    for line in [
        &["solve", "g.toml"][..],
        &["dynamics", "g.toml"],
        &["coalitions", "g.toml"],
        &["mechanisms", "g.toml"],
        &["report", "g.toml"],
        &["plot", "g.toml"],
    ] {
        let output = big(at, line);
        harmless(&text(&output.stdout));
        if line[0] == "solve" {
            assert!(text(&output.stdout).contains("le\\u{202e}ft\\u{200b}"));
        }
    }
    let output = big(at, &["solve", "g.toml", "--json"]);
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["influencers"][0]["name"], "le\u{202e}ft\u{200b}");
    // Columns stay in line.
    let told = text(&big(at, &["solve", "g.toml"]).stdout);
    let rows: Vec<usize> = told
        .lines()
        .filter(|l| {
            l.contains("le\\u{202e}") && l.contains("0.5") || l.trim_start().starts_with("right")
        })
        .map(|l| l.chars().count())
        .collect();
    assert_eq!(rows.len(), 2, "{told}");
}

/// So do the names in a graph for other programs.
#[test]
fn graphs_show_names_escaped() {
    let folder = folder();
    let at = folder.path();
    let nfg = "NFG 1 R \"two\" { \"le\u{202e}ft\" \"right\" } { 2 2 }\n1 0 0 1 0 1 1 0\n";
    fs::write(at.join("g.nfg"), nfg).unwrap();
    let output = big(at, &["strategic", "g.nfg", "--graph", "g.dot"]);
    harmless(&text(&output.stdout));
    let dot = fs::read_to_string(at.join("g.dot")).unwrap();
    assert!(dot.contains("le\\\\u{202e}ft"), "{dot}");
    harmless(&dot);
}
