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

/// Prints all extreme mixed equilibria: what each player plays, with its probability as a fraction.
const MIXED: &str = "
import json, sys, pygambit
game = pygambit.read_nfg(sys.argv[1])
found = []
for profile in pygambit.nash.enummixed_solve(game, rational=True).equilibria:
    shares = [{s: str(profile[p][s]) for s in game.get_strategies(p) if profile[p][s] > 0} for p in game.players]
    found.append(shares)
print(json.dumps(found))
";

#[test]
#[ignore = "needs pygambit: ./test installs it"]
fn gambit_finds_the_same_mixed_equilibria() {
    let python = std::env::var("BIG_PYTHON").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let run = |program: &str, arguments: &[&str]| -> Value {
        let output = Command::new(program)
            .current_dir(folder.path())
            .args(arguments)
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {errors}");
        serde_json::from_slice(&output.stdout).unwrap_or_default()
    };
    let big = env!("CARGO_BIN_EXE_big");
    // Two of Gambit's own table form with payoffs that no two profiles share, and two games of items.
    let tables = [
        "NFG 1 R \"t\" { \"a\" \"b\" } { 3 3 }\n\n7 1 2 9 5 4 3 8 11 3 1 6 8 2 4 7 10 5\n",
        "NFG 1 R \"t\" { \"a\" \"b\" } { 3 2 }\n\n1/2 3 0.25 7 3/4 2 1 1.5 2 0 3 9\n",
    ];
    std::fs::write(folder.path().join("0.nfg"), tables[0]).unwrap();
    std::fs::write(folder.path().join("1.nfg"), tables[1]).unwrap();
    for (name, targets) in [("2", "[-0.31], [0.17]"), ("3", "[0.23], [0.29]")] {
        let targets: Vec<&str> = targets.split(", ").collect();
        let text = format!(
            "action_space = {{ type = \"finite\", items = [[-1], [-0.45], [0.13], [0.77]], choose = 1 }}\n\
             influencers = [{{ weight = 0.5, target = {} }}, {{ weight = 0.7, target = {} }}]\n",
            targets[0], targets[1]
        );
        std::fs::write(folder.path().join("game.toml"), text).unwrap();
        let file = format!("{name}.nfg");
        run(
            big,
            &["export", "game.toml", "--format", "nfg", "-o", &file],
        );
    }
    let mut mixing = 0;
    for name in ["0.nfg", "1.nfg", "2.nfg", "3.nfg"] {
        let ours = run(big, &["strategic", name, "--concept", "mixed", "--json"]);
        let theirs = run(&python, &["-c", MIXED, name]);
        let sorted = |all: Vec<Value>| {
            let mut all: Vec<String> = all.iter().map(Value::to_string).collect();
            all.sort();
            all
        };
        let ours = ours["mixed"].as_array().unwrap().iter().map(|e| {
            let mixtures = e["mixtures"].as_array().unwrap().iter().map(|mixture| {
                let mut shares = serde_json::Map::new();
                for share in mixture.as_array().unwrap() {
                    let strategy = share["strategy"].as_str().unwrap();
                    shares.insert(strategy.to_owned(), share["exact"].clone());
                }
                Value::Object(shares)
            });
            Value::from(mixtures.collect::<Vec<_>>())
        });
        let theirs = theirs.as_array().unwrap().clone();
        let (ours, theirs) = (sorted(ours.collect()), sorted(theirs));
        mixing += ours.iter().filter(|e| e.contains('/')).count();
        assert_eq!(ours, theirs, "{name}");
    }
    assert!(
        mixing > 0,
        "no equilibrium mixes: the comparison says little"
    );
}
