//! Costs of lying through the front door.
#![allow(clippy::unwrap_used)]

use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

fn big(folder: &TempDir, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_big"))
        .args(arguments)
        .current_dir(folder.path())
        .output()
        .unwrap()
}

fn answer(folder: &TempDir, arguments: &[&str]) -> Value {
    let output = big(folder, arguments);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

fn said(folder: &TempDir, arguments: &[&str]) -> String {
    String::from_utf8(big(folder, arguments).stdout).unwrap()
}

fn folder_with(file: &str, game: &Value) -> TempDir {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join(file), game.to_string()).unwrap();
    folder
}

fn priced() -> Value {
    json!({
        "action_space": { "type": "box", "lower": -1, "upper": 1 },
        "influencers": [
            { "name": "left", "weight": 0.5, "target": [-0.4], "lying_cost": "1/2", "honest": [-0.3] },
            { "name": "right", "weight": 0.5, "target": [0.8], "lying_cost": 2 },
        ],
    })
}

#[test]
fn costs_are_told_and_read_back() {
    let folder = folder_with("game.json", &priced());
    let told = answer(
        &folder,
        &[
            "solve",
            "game.json",
            "--json",
            "--sensitivity",
            "--honesty",
            "0.1",
        ],
    );
    // r = 0.5 (−0.3 + (−0.4 − r)) + 0.5 (0.8 + 0.25 (0.8 − r)) = 0.15 − 0.625 r.
    let r = told["receiver"][0].as_f64().unwrap();
    assert!((r - 0.15 / 1.625).abs() < 1e-15);
    let left = &told["influencers"][0];
    let x = left["action"][0].as_f64().unwrap();
    assert!((x - (-0.3 + (-0.4 - r))).abs() < 1e-15);
    assert!((left["cost"].as_f64().unwrap() - 0.5 * (x + 0.3).powi(2)).abs() < 1e-15);
    assert!((left["loss"].as_f64().unwrap() - (r + 0.4).powi(2)).abs() < 1e-15);
    assert_eq!(
        (&left["lying_cost"], &left["honest_action"]),
        (&json!(0.5), &json!([-0.3]))
    );
    assert_eq!(told["influencers"][1]["honest_action"], json!([0.8]));
    assert!(told["certificate"]["action_error_bound"].as_f64().unwrap() < 1e-14);
    assert!(told["certificate"]["max_regret"].as_f64().unwrap() < 1e-15);
    // dr/dλ_1 = −(w²(t − r)/λ²)/(1 + Σ w²/λ).
    let slope = told["sensitivity"]["influencers"][0]["lying_cost"]["increase"][0][0]
        .as_f64()
        .unwrap();
    assert!((slope - 0.25 * (0.4 + r) / 0.15 / 1.625).abs() < 1e-12);
    let honesty = &told["honesty"];
    assert!(honesty["largest_exaggeration"].as_f64().unwrap() <= 0.1);
    assert!(honesty["lying_cost"].as_f64().unwrap() > 1.0);
    // The answer carries the game with its costs, and is made again from it.
    assert_eq!(told["game"]["influencers"][0]["lying_cost"], json!(0.5));
    std::fs::write(folder.path().join("told.json"), told.to_string()).unwrap();
    for arguments in [
        ["plot", "told.json", "-o", "a.svg"],
        ["report", "told.json", "-o", "a.html"],
    ] {
        assert_eq!(big(&folder, &arguments).status.code(), Some(0));
    }
    let mut forged = told.clone();
    forged["influencers"][0]["cost"] = json!(0.0);
    std::fs::write(folder.path().join("forged.json"), forged.to_string()).unwrap();
    assert_eq!(
        big(&folder, &["report", "forged.json", "-o", "b.html"])
            .status
            .code(),
        Some(2)
    );
    // Verified, and reached by best responses.
    assert_eq!(
        big(&folder, &["verify", "game.json", "told.json"])
            .status
            .code(),
        Some(0)
    );
    let run = answer(&folder, &["dynamics", "game.json", "--json"]);
    assert!((run["receiver"][0].as_f64().unwrap() - r).abs() < 1e-5);
    let text = said(&folder, &["solve", "game.json", "--honesty", "0.1"]);
    for words in [
        "cost of lying",
        "All lies together cost",
        "every action within",
        "Nobody exaggerates by more than 0.1",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[test]
fn what_does_not_know_costs_says_so() {
    let folder = folder_with("game.json", &priced());
    for method in ["ball", "decomposition", "reference"] {
        let refused = big(&folder, &["solve", "game.json", "--method", method]);
        assert_eq!(refused.status.code(), Some(2), "{method}");
        assert!(String::from_utf8_lossy(&refused.stderr).contains("cost"));
    }
    let other = answer(
        &folder,
        &["solve", "game.json", "--method", "newton", "--json"],
    );
    let fitted = answer(&folder, &["solve", "game.json", "--json"]);
    assert_eq!(
        (&other["solver"]["method"], &fitted["solver"]["method"]),
        (&json!("newton"), &json!("separable"))
    );
    let r = |of: &Value| of["receiver"][0].as_f64().unwrap();
    assert!((r(&other) - r(&fitted)).abs() < 1e-15);
    let mut finite = priced();
    finite["action_space"] = json!({ "type": "finite", "items": [[-1], [1]], "choose": 1 });
    let folder = folder_with("finite.json", &finite);
    let refused = big(&folder, &["solve", "finite.json"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("a finite game has no costs"));
}
