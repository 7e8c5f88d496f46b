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
    assert!((slope - (0.4 + r) / 1.625).abs() < 1e-12);
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
    assert!(
        String::from_utf8_lossy(&refused.stderr)
            .contains("`lying_cost` needs convex action spaces")
    );
}

fn disc() -> Value {
    json!({
        "name": "disc",
        "action_space": { "type": "ball", "radius": 1 },
        "receiver": { "bias": [0, 0] },
        "influencers": [
            { "name": "east", "weight": "1/3", "target": [2, 0] },
            { "name": "north", "weight": "1/3", "target": [0, 2] },
            { "name": "south-west", "weight": "1/3", "target": [-2, -1] },
        ],
    })
}

#[test]
fn coalitions_are_found_and_declared() {
    let folder = folder_with("disc.json", &disc());
    let told = answer(&folder, &["coalitions", "disc.json", "--json"]);
    assert_eq!(
        (&told["kind"], &told["strong"], &told["complete"]),
        (&json!("coalitions"), &json!(false), &json!(true))
    );
    let merger = &told["mergers"][0];
    assert_eq!(merger["members"], json!([0, 1]));
    let alone = answer(&folder, &["solve", "disc.json", "--json"]);
    // 3.88 and 3.44 alone, 3.30 and 3.00 as one.
    for (i, (before, after)) in [(3.88, 3.30), (3.44, 3.00)].into_iter().enumerate() {
        let loss = alone["influencers"][i]["loss"].as_f64().unwrap();
        assert!((loss - before).abs() < 0.005);
        assert!((loss - merger["gains"][i].as_f64().unwrap() - after).abs() < 0.005);
    }
    let mut joined = disc();
    joined["coalitions"] = json!([{ "members": ["east", 1] }]);
    std::fs::write(folder.path().join("joined.json"), joined.to_string()).unwrap();
    let one = answer(&folder, &["solve", "joined.json", "--json"]);
    assert_eq!(one["coalitions"][0]["target"], json!([1.0, 1.0]));
    assert_eq!(one["influencers"][0]["target"], json!([2.0, 0.0]));
    assert!((one["influencers"][0]["loss"].as_f64().unwrap() - 3.30).abs() < 0.005);
    for k in 0..2 {
        let (a, b) = (
            one["receiver"][k].as_f64().unwrap(),
            merger["receiver"][k].as_f64().unwrap(),
        );
        assert!((a - b).abs() < 1e-12);
    }
    // Read back: solved with its coalition, and looked at again.
    assert_eq!(one["game"]["coalitions"][0]["members"], json!([0, 1]));
    for (name, of) in [("one.json", &one), ("told.json", &told)] {
        std::fs::write(folder.path().join(name), of.to_string()).unwrap();
        assert_eq!(
            big(&folder, &["report", name, "-o", "a.html"])
                .status
                .code(),
            Some(0),
            "{name}"
        );
    }
    let declared = answer(&folder, &["coalitions", "joined.json", "--json"]);
    assert_eq!(declared["declared"][0]["members"], json!([0, 1]));
    let text = said(&folder, &["coalitions", "disc.json"]);
    assert!(text.contains("gain by acting together"), "{text}");
    // On a line no group gains, and that is proved.
    let line = folder_with(
        "line.json",
        &json!({
            "action_space": { "type": "box", "lower": -1, "upper": 1 },
            "influencers": [{ "weight": 0.5, "target": [-0.8] }, { "weight": 0.5, "target": [-0.3] }],
        }),
    );
    let told = answer(&line, &["coalitions", "line.json", "--json"]);
    assert_eq!(
        (&told["strong"], &told["deviations"]),
        (&json!(true), &json!([]))
    );
    for (key, value) in [
        ("members", json!(["east", "west"])),
        ("members", json!([0])),
        ("shares", json!([1, 2, 3])),
    ] {
        let mut wrong = joined.clone();
        wrong["coalitions"][0][key] = value;
        std::fs::write(folder.path().join("wrong.json"), wrong.to_string()).unwrap();
        assert_eq!(
            big(&folder, &["solve", "wrong.json"]).status.code(),
            Some(2),
            "{key}"
        );
    }
}

#[test]
fn rules_are_measured() {
    let game = json!({
        "action_space": { "type": "box", "lower": -1, "upper": 1 },
        "influencers": [
            { "name": "far", "weight": 0.5, "target": [-0.8, 0.1] },
            { "name": "near", "weight": 0.3, "target": [-0.3, 0.7] },
            { "name": "other", "weight": 0.2, "target": [0.6, -0.4] },
        ],
    });
    let folder = folder_with("game.json", &game);
    let told = answer(&folder, &["mechanisms", "game.json", "--json"]);
    let all = told["mechanisms"].as_array().unwrap();
    let names: Vec<&str> = all.iter().map(|m| m["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "weighted_mean",
            "coordinate_median",
            "generalized_median",
            "geometric_median",
            "regularized_median",
            "lipschitz_mean",
            "trimmed_mean",
            "centered_clipping",
            "krum",
            "clarke"
        ]
    );
    // Sets are boxes: there is no whole to share out, and who asks for all is told so.
    assert_eq!(told["left_out"][0]["name"], json!("moving_phantoms"));
    let of = |name: &str| all.iter().find(|m| m["name"] == name).unwrap();
    let number = |v: &Value| v.as_f64().unwrap();
    // The mean by hand.
    let mean = of("weighted_mean");
    assert!((number(&mean["outcome"][0]) - (-0.4 - 0.09 + 0.12)).abs() < 1e-15);
    let battle = answer(&folder, &["solve", "game.json", "--json"]);
    assert_eq!(mean["equilibrium"]["receiver"], battle["receiver"]);
    assert_eq!(of("regularized_median")["outcome"], battle["receiver"]);
    // Half of the weight is the first one's.
    assert_eq!(of("coordinate_median")["outcome"], json!([-0.8, 0.1]));
    for name in [
        "coordinate_median",
        "generalized_median",
        "regularized_median",
        "clarke",
    ] {
        assert_eq!(
            (
                &of(name)["strategyproof"],
                number(&of(name)["largest_gain"]["found"])
            ),
            (&json!("proved"), 0.0)
        );
    }
    assert_eq!(of("clarke")["payments"].as_array().unwrap().len(), 3);
    for m in all {
        assert!(number(&m["largest_gain"]["found"]) <= number(&m["largest_gain"]["bound"]));
        let two = &m["coalition_gain"];
        assert!(number(&two["found"]) <= number(&two["bound"]));
        assert_eq!(
            two["members"].as_array().unwrap().is_empty(),
            number(&two["found"]) == 0.0
        );
        assert!(
            m["equilibrium"].is_null() != m["no_equilibrium"].is_null(),
            "{m}"
        );
    }
    // Mean and trimmed mean end where that is proved.
    for name in ["weighted_mean", "lipschitz_mean", "trimmed_mean"] {
        let end = &of(name)["equilibrium"];
        assert!(number(&end["max_regret"]) < 1e-12 && end["regret_proved"] == json!(true));
    }
    let only = answer(
        &folder,
        &["mechanisms", "game.json", "--only", "krum,clarke", "--json"],
    );
    assert_eq!(only["mechanisms"].as_array().unwrap().len(), 2);
    assert_eq!(&only["mechanisms"][1], of("clarke"));
    std::fs::write(folder.path().join("told.json"), told.to_string()).unwrap();
    for arguments in [
        ["plot", "told.json", "-o", "a.svg"],
        ["report", "told.json", "-o", "a.html"],
    ] {
        assert_eq!(big(&folder, &arguments).status.code(), Some(0));
    }
    let text = said(&folder, &["mechanisms", "game.json"]);
    for words in ["truth is best", "two gain", "'moving_phantoms' is left out"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let refused = big(
        &folder,
        &["mechanisms", "game.json", "--only", "moving_phantoms"],
    );
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("the same simplex"));
    assert_eq!(
        big(&folder, &["mechanisms", "game.json", "--only", "dictator"])
            .status
            .code(),
        Some(2)
    );
    let priced = folder_with("priced.json", &priced());
    assert_eq!(
        big(&priced, &["mechanisms", "priced.json"]).status.code(),
        Some(2)
    );
}

#[test]
fn budgets_are_shared_out_by_moving_phantoms() {
    let game = json!({
        "action_space": { "type": "simplex", "scale": 1 },
        "influencers": [
            { "name": "parks", "weight": 1, "target": [0.8, 0.1, 0.1] },
            { "name": "roads", "weight": 1, "target": [0.1, 0.7, 0.2] },
            { "name": "schools", "weight": 1, "target": [0.2, 0.2, 0.6] },
        ],
    });
    let folder = folder_with("budget.json", &game);
    let told = answer(
        &folder,
        &[
            "mechanisms",
            "budget.json",
            "--only",
            "moving_phantoms",
            "--json",
        ],
    );
    let rule = &told["mechanisms"][0];
    // Phantoms s (3 − k) at 0, s, 2s, 3s: with s = 1/6 the medians are 1/3, 1/3 and 1/3.
    for share in rule["outcome"].as_array().unwrap() {
        assert!(
            (share.as_f64().unwrap() - 1.0 / 3.0).abs() < 1e-15,
            "{rule}"
        );
    }
    assert_eq!(rule["proved_under"], json!("l1"));
    assert_ne!(rule["strategyproof"], json!("proved"));
    let text = said(
        &folder,
        &["mechanisms", "budget.json", "--only", "moving_phantoms"],
    );
    assert!(text.contains("sum of absolute differences"), "{text}");
    let all = answer(&folder, &["mechanisms", "budget.json", "--json"]);
    assert_eq!(all["mechanisms"].as_array().unwrap().len(), 11);
    std::fs::write(folder.path().join("told.json"), all.to_string()).unwrap();
    assert_eq!(
        big(&folder, &["report", "told.json", "-o", "a.html"])
            .status
            .code(),
        Some(0)
    );
}

#[test]
fn coalitions_have_derivatives_too() {
    let mut joined = disc();
    joined["coalitions"] = json!([{ "members": ["east", "north"], "shares": [3, 1] }]);
    let folder = folder_with("joined.json", &joined);
    let told = answer(
        &folder,
        &["solve", "joined.json", "--sensitivity", "--json"],
    );
    let of = |i: usize, k: usize| {
        let rows = &told["sensitivity"]["influencers"][i]["target"]["increase"];
        rows[k][0].as_f64().unwrap()
    };
    // Both move the target that they share, by three quarters and a quarter.
    for k in 0..2 {
        assert!((of(0, k) - 3.0 * of(1, k)).abs() < 1e-12);
    }
    assert!(of(0, 0).abs() > 1e-3);
}
