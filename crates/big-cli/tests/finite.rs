//! Finite games on the command line.

#![allow(clippy::unwrap_used)] // in tests a panic is the report

mod program;

use program::{answered, big};
use serde_json::{Value, json};

#[test]
fn finite_games_are_solved_verified_enumerated_and_exported() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    assert!(big(at, &["examples", "write"]).status.success());
    let valid = |what: &str, value: &Value| {
        let schema = answered(&big(at, &["schema", what]), 0);
        assert!(
            jsonschema::validator_for(&schema).unwrap().is_valid(value),
            "{what}: {value}"
        );
    };
    for game in ["example-5.toml", "newsroom-finite.toml"] {
        let all = answered(&big(at, &["enumerate", game, "--json"]), 0);
        valid("enumerate", &all);
        assert_eq!(all["complete"], true);
        let list = all["equilibria"].as_array().unwrap();
        assert_eq!(all["count"], json!(list.len()));
        let counted = answered(&big(at, &["enumerate", game, "--json", "--count"]), 0);
        assert_eq!(counted["count"], all["count"]);
        let cut = answered(&big(at, &["enumerate", game, "--json", "--limit", "1"]), 1);
        assert_eq!(
            (&cut["count"], &cut["complete"]),
            (&json!(1), &json!(false))
        );
        for extra in [&[][..], &["--potential-minimum"]] {
            let mut arguments = vec!["solve", game, "--json"];
            arguments.extend(extra);
            let output = big(at, &arguments);
            let solved = answered(&output, 0);
            valid("solve-finite", &solved);
            assert_eq!(solved["status"], "solved");
            let choices: Vec<&Value> = solved["influencers"]
                .as_array()
                .unwrap()
                .iter()
                .map(|i| &i["choice"])
                .collect();
            assert!(list.iter().any(|e| e["choices"] == json!(choices)));
            std::fs::write(at.join("solved.json"), &output.stdout).unwrap();
            let verdict = answered(&big(at, &["verify", game, "solved.json", "--json"]), 0);
            valid("verify-finite", &verdict);
            assert_eq!(verdict["equilibrium"], true);
            let least = list
                .iter()
                .map(|e| e["potential"].as_f64().unwrap())
                .fold(f64::INFINITY, f64::min);
            if !extra.is_empty() {
                assert_eq!(solved["potential_minimum"], true);
                assert!((solved["potential"].as_f64().unwrap() - least).abs() <= 1e-15);
            }
        }
        let played = answered(
            &big(
                at,
                &[
                    "dynamics", game, "--json", "--start", "random", "--seed", "4",
                ],
            ),
            0,
        );
        valid("dynamics-finite", &played);
        assert!(list.iter().any(|e| e["choices"] == played["choices"]));
        let table = big(at, &["export", game, "--format", "nfg"]);
        assert!(table.status.success() && table.stdout.starts_with(b"NFG 1 R"));
        let large = big(at, &["export", game, "--format", "nfg", "--most", "10"]);
        assert_eq!(large.status.code(), Some(2));
    }
    // Half of the choices of the paper's example: C(2q, k) equilibria (−S, S) at least.
    let all = answered(
        &big(at, &["enumerate", "example-5.toml", "--json", "--count"]),
        0,
    );
    assert!(all["count"].as_u64().unwrap() >= 20);
}

#[test]
fn bad_choices_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    assert!(big(at, &["examples", "write"]).status.success());
    for bad in [
        "[[0, 1], [2, 99]]",
        "[[0, 1]]",
        "[[0, 0], [1, 2]]",
        "[[0, 1], [0.5, 2]]",
        "[[0, 1], \"x\"]",
        "7",
    ] {
        std::fs::write(at.join("bad.json"), format!("{{ \"choices\": {bad} }}")).unwrap();
        let refused = big(at, &["verify", "newsroom-finite.toml", "bad.json"]);
        assert_eq!(refused.status.code(), Some(2), "{bad}");
        assert!(refused.stdout.is_empty());
        assert!(
            String::from_utf8_lossy(&refused.stderr).contains("bad.json"),
            "{bad}"
        );
    }
    for command in [&["enumerate"][..], &["export", "--format", "nfg"]] {
        let mut arguments = command.to_vec();
        arguments.insert(1, "vaccine-debate.toml");
        assert_eq!(big(at, &arguments).status.code(), Some(2));
    }
    std::fs::write(at.join("worse.json"), "{ \"choices\": [[0, 1], [3, 4]] }").unwrap();
    let no = answered(
        &big(
            at,
            &["verify", "newsroom-finite.toml", "worse.json", "--json"],
        ),
        1,
    );
    assert_eq!(no["equilibrium"], false);
}
