//! Everything is read once, from wherever it comes.

#![cfg(unix)]

use std::fs;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::draw::Door;

const FINITE: &str = r#"{ "action_space": { "type": "finite", "items": [[-1], [0], [1]], "choose": 1 },
    "influencers": [{ "weight": 0.5, "target": [-0.8] }, { "weight": 0.5, "target": [0.3] }] }"#;
const CONVEX: &str = r#"{ "action_space": { "type": "box", "lower": -1, "upper": 1 },
    "influencers": [{ "weight": 0.5, "target": [-0.8] }, { "weight": 0.5, "target": [-0.3] }] }"#;

/// Runs the program with these texts in named pipes, each written once; a program that does not end is ended.
fn piped(door: &Door, line: &[&str], pipes: &[(&str, &str)]) -> Output {
    for (name, text) in pipes {
        let path = door.path(name);
        let _ = fs::remove_file(&path);
        assert!(
            Command::new("mkfifo")
                .arg(&path)
                .status()
                .unwrap()
                .success()
        );
        let text = (*text).to_owned();
        // Whoever never reads leaves the writer waiting; it ends with the test.
        thread::spawn(move || fs::write(path, text));
    }
    let line = line.iter().map(|word| match word.strip_prefix('@') {
        Some(name) => door.path(name),
        None => (*word).to_owned(),
    });
    let mut child = Command::new(env!("CARGO_BIN_EXE_big"))
        .args(line)
        .stdin(Stdio::null())
        // Nobody reads a long answer while the program is waited for.
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begun.elapsed() > Duration::from_secs(20) {
            child.kill().unwrap();
        }
        thread::sleep(Duration::from_millis(2));
    }
    child.wait_with_output().unwrap()
}

/// A command line, and the pipes that it names with what comes through them.
type Case<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)]);

#[test]
fn pipes_are_read_once() {
    let door = Door::open();
    let profile = r#"{ "actions": [[-1], [0.4]] }"#;
    let experiment = r#"{ "pairs": 50, "distribution": "normal", "action_space": { "type": "box", "lower": -1, "upper": 1 },
        "influencers": [{ "theta": [-0.2] }, { "theta": [0.3] }] }"#;
    door.write("game.json", &serde_json::from_str(CONVEX).unwrap());
    let solved = door.json(&["solve", "@game.json"]).to_string();
    let cases: [Case<'_>; 15] = [
        (&["solve", "@g"], &[("g", CONVEX)]),
        (&["solve", "@g"], &[("g", FINITE)]),
        (&["plot", "@g"], &[("g", CONVEX)]),
        (&["plot", "@g"], &[("g", FINITE)]),
        (&["plot", "@g"], &[("g", &solved)]),
        (&["report", "@g"], &[("g", CONVEX)]),
        (&["report", "@g"], &[("g", FINITE)]),
        (&["report", "@g"], &[("g", &solved)]),
        (&["verify", "@g", "@p"], &[("g", CONVEX), ("p", profile)]),
        (
            &["dynamics", "@g", "--start", "@p"],
            &[("g", CONVEX), ("p", profile)],
        ),
        (&["enumerate", "@g"], &[("g", FINITE)]),
        (&["strategic", "@g"], &[("g", FINITE)]),
        (&["export", "@g", "--format", "nfg"], &[("g", FINITE)]),
        (&["prefs", "play", "@g"], &[("g", experiment)]),
        (
            &["prefs", "simulate", "@g", "-o", "@t.csv"],
            &[("g", experiment)],
        ),
    ];
    for (line, pipes) in cases {
        let output = piped(&door, line, pipes);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{line:?}: {told}");
    }
}

/// A table of comparisons is read more than once, which a pipe cannot be: that is said, and nothing hangs.
#[test]
fn pipes_that_would_have_to_be_read_twice_are_refused() {
    let door = Door::open();
    for name in ["t.csv", "t.jsonl", "t.parquet"] {
        for command in ["plot", "report"] {
            let place = format!("@{name}");
            let output = piped(
                &door,
                &[command, &place],
                &[(name, "a_0,b_0,label\n0,1,1\n")],
            );
            let told = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{command} {name}: {told}");
            assert!(told.contains("no regular file"), "{told}");
        }
    }
}

/// Standard input serves everywhere, but only once.
#[test]
fn standard_input_is_one_source() {
    let door = Door::open();
    door.write("game.json", &serde_json::from_str(CONVEX).unwrap());
    door.write("profile.json", &json!({ "actions": [[-1], [0.4]] }));
    for line in [
        ["verify", "-", "-"].as_slice(),
        &["dynamics", "-", "--start", "-"],
    ] {
        let (code, told) = door.run(line);
        assert_eq!(code, 2, "{line:?}");
        assert!(told.contains("cannot be the profile too"), "{told}");
    }
}
