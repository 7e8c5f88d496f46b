//! Gambit reads what `big export` writes, and finds the same equilibria. Needs Python with pygambit, whose interpreter
//! `BIG_PYTHON` names: `./test` installs it.

#![allow(clippy::unwrap_used)] // in tests a panic is the report

use std::process::Command;

use serde_json::Value;

/// Prints all pure equilibria as lists of item lists.
const SCRIPT: &str = "
import json, sys, pygambit
game = pygambit.read_nfg(sys.argv[1])
found = []
for profile in pygambit.nash.enumpure_solve(game).equilibria:
    plays = [next(s for s in game.get_strategies(p) if profile[p][s] == 1) for p in game.players]
    found.append([[int(i) for i in play.split(',')] for play in plays])
print(json.dumps(found))
";

#[test]
#[ignore = "needs pygambit: ./test installs it"]
fn gambit_finds_the_same_equilibria() {
    let python = std::env::var("BIG_PYTHON").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let big = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_big"))
            .current_dir(folder.path())
            .args(arguments)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout
    };
    big(&["examples", "write"]);
    std::fs::write(
        folder.path().join("three.toml"),
        "action_space = { type = \"finite\", items = [[0], [\"1/3\"], [1], [-1]], choose = 2, repeats = true }\n\
         influencers = [{ weight = 0.5, target = [0.2] }, { weight = \"1/3\", target = [-0.1] }, { weight = -1, target = [\"1/3\"] }]\n",
    )
    .unwrap();
    for game in ["example-5.toml", "newsroom-finite.toml", "three.toml"] {
        big(&["export", game, "--format", "nfg", "-o", "game.nfg"]);
        let ours: Value = serde_json::from_slice(&big(&["enumerate", game, "--json"])).unwrap();
        let theirs = Command::new(&python)
            .current_dir(folder.path())
            .args(["-c", SCRIPT, "game.nfg"])
            .output()
            .unwrap();
        assert!(
            theirs.status.success(),
            "{}",
            String::from_utf8_lossy(&theirs.stderr)
        );
        let theirs: Value = serde_json::from_slice(&theirs.stdout).unwrap();
        let sorted = |list: Vec<String>| {
            let mut list = list;
            list.sort();
            list
        };
        let ours = ours["equilibria"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| e["choices"].to_string());
        let theirs = theirs.as_array().unwrap().iter().map(Value::to_string);
        let (ours, theirs) = (sorted(ours.collect()), sorted(theirs.collect()));
        assert!(!ours.is_empty(), "{game}");
        assert_eq!(ours, theirs, "{game}");
    }
}
