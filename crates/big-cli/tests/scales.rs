//! The program on games of other sizes and units than most: what it prints is a number, and true.

#![allow(clippy::unwrap_used)] // in tests a panic is the report

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

/// Runs with a game on standard input.
fn big_on(game: &Value, arguments: &[&str]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_big"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let text = game.to_string();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    child.wait_with_output().unwrap()
}

fn answer(output: &Output) -> Value {
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// `−⟨t, W x⟩ = −0.25 · 2 · 1`; the dynamics go down to it from the truthful 0.25, and from three others' starts too.
#[test]
fn the_inner_product_game_has_its_own_potential() {
    let one = json!({
        "loss": "inner_product", "action_space": { "type": "box", "lower": -1, "upper": 1 },
        "influencers": [{ "weight": 2, "target": [0.25] }]
    });
    let solved = answer(&big_on(&one, &["solve", "--json", "-"]));
    assert_eq!(solved["potential"], -0.5);
    let play = answer(&big_on(&one, &["dynamics", "--json", "-"]));
    assert_eq!(play["steps"][0]["potential"], -0.5);
    let three = json!({
        "loss": "inner_product", "receiver": { "bias": [0.5, -1] },
        "action_space": { "type": "ball", "radius": 2 },
        "influencers": [
            { "weight": 0.7, "target": [1, 0.3] }, { "weight": -1.5, "target": [0.1, 2] },
            { "weight": [[1, 2], [0, -1]], "target": [-1, 0.2] }
        ]
    });
    let solved = answer(&big_on(&three, &["solve", "--json", "-"]));
    let play = answer(&big_on(
        &three,
        &["dynamics", "--json", "--start", "random", "-"],
    ));
    let levels: Vec<f64> = play["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["potential"].as_f64().unwrap())
        .collect();
    assert_eq!(levels.len(), 3);
    assert!(levels.is_sorted_by(|a, b| a > b), "{levels:?}");
    let least = solved["potential"].as_f64().unwrap();
    assert!((levels[2] - least).abs() < 1e-14, "{levels:?} {least}");
}
