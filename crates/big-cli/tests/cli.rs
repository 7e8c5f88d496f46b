//! The program as its users run it: what it prints, where, and how it exits.

#![allow(clippy::unwrap_used)] // in tests a panic is the report

mod program;

use std::path::Path;
use std::process::Output;

use program::{big as big_in, text};
use serde_json::Value;
use tempfile::TempDir;

fn big(arguments: &[&str]) -> Output {
    big_in(Path::new("."), arguments)
}

/// Runs with a text on standard input.
fn big_on(input: &str, arguments: &[&str]) -> Output {
    program::big_on(Path::new("."), input.as_bytes(), arguments)
}

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A folder with the whole catalogue.
fn catalogue() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    assert!(
        big_in(folder.path(), &["examples", "write"])
            .status
            .success()
    );
    folder
}

/// A refusal: exit 2, nothing on standard output, these words on standard error.
fn refused(output: &Output, words: &[&str]) {
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(output.stdout.is_empty());
    for word in words {
        assert!(error.contains(word), "no {word:?} in:\n{error}");
    }
}

const SAME_SIDE: &str = r#"{ "name": "same-side",
  "action_space": { "type": "box", "lower": -1, "upper": 1 },
  "influencers": [ { "name": "far left", "weight": 0.5, "target": [-0.8] },
                   { "weight": 0.5, "target": [-0.3] } ] }"#;

#[test]
fn solve_tells_people() {
    let folder = catalogue();
    for id in [
        "example-1-same-side",
        "example-2-continuum",
        "example-4-diamond-face",
        "lobbying-simplex",
    ] {
        let output = big_in(
            folder.path(),
            &[
                "solve",
                &format!("{id}.toml"),
                "--vertices",
                "--sensitivity",
            ],
        );
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert!(output.stderr.is_empty());
        // The certificate's last digits are rounding errors.
        let told: Vec<String> = text(&output.stdout)
            .lines()
            .filter(|line| !line.starts_with("Certificate"))
            .map(str::to_owned)
            .collect();
        insta::assert_snapshot!(id, told.join("\n"));
    }
}

#[test]
fn solve_tells_programs() {
    let found = json(&big_on(SAME_SIDE, &["solve", "-", "--json"]));
    assert_eq!(found["name"], "same-side");
    assert_eq!(found["status"], "solved");
    assert_eq!(found["solution_concept"], "pure_nash");
    assert_eq!(found["receiver"], serde_json::json!([-0.3]));
    assert_eq!(found["cardinality"], "unique");
    assert_eq!(found["dimension"], 0);
    assert_eq!(found["winners"], serde_json::json!([1]));
    let first = &found["influencers"][0];
    assert_eq!(first["name"], "far left");
    assert_eq!(first["action"], serde_json::json!([-1.0]));
    assert_eq!(first["truthful_action"], serde_json::json!([-0.8]));
    assert_eq!(first["extreme"], true);
    assert_eq!(first["action_range"]["lower"], serde_json::json!([-1.0]));
    assert_eq!(found["influencers"][1]["name"], "2");
    let near = |key: &Value, value: f64| (key.as_f64().unwrap() - value).abs() <= 1e-12;
    assert!(near(&found["potential"], -0.59));
    assert!(near(&found["welfare"]["equilibrium_cost"], 0.25));
    assert!(near(&found["welfare"]["optimal_cost"], 0.125));
    assert!(near(&found["welfare"]["price_of_anarchy"], 2.0));
    assert_eq!(found["solver"]["method"], "separable");
    assert!(found["certificate"]["max_regret"].as_f64().unwrap() <= 1e-15);
}

#[test]
fn every_method_that_fits_agrees() {
    let receiver = |method: &str| {
        json(&big_on(
            SAME_SIDE,
            &["solve", "-", "--json", "--method", method],
        ))["receiver"][0]
            .as_f64()
            .unwrap()
    };
    for method in ["auto", "separable", "decomposition", "reference"] {
        assert!((receiver(method) + 0.3).abs() <= 1e-7, "{method}");
    }
    refused(
        &big_on(SAME_SIDE, &["solve", "-", "--method", "ball"]),
        &["needs balls"],
    );
}

/// Are targets private, or is the loss or the receiver another one?
fn is_variant(game: &str) -> bool {
    let signs = [
        "types = [",
        "response = ",
        "[[audiences]]",
        "distance_power",
        "metric = ",
    ];
    signs.iter().any(|sign| game.contains(sign))
}

#[test]
fn what_solve_answers_fits_its_schema_and_verify_agrees() {
    let folder = catalogue();
    let schema = |what: &str| jsonschema::validator_for(&json(&big(&["schema", what]))).unwrap();
    let (solve, verify, dynamics) = (schema("solve"), schema("verify"), schema("dynamics"));
    let mut seen = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let game = entry.unwrap().path();
        let game = game.to_str().unwrap();
        let text = std::fs::read_to_string(game).unwrap();
        if text.contains("\"finite\"") {
            continue;
        }
        let profile = folder.path().join("profile.answer");
        let verified = |answer: &std::process::Output| {
            std::fs::write(&profile, &answer.stdout).unwrap();
            let verdict = json(&big(&["verify", game, profile.to_str().unwrap(), "--json"]));
            assert!(verify.is_valid(&verdict));
            assert_eq!(verdict["equilibrium"], true, "{game}");
            assert!(verdict["max_regret"].as_f64().unwrap() <= 1e-12);
        };
        if is_variant(&text) {
            let answer = big(&["solve", game, "--json"]);
            let found = json(&answer);
            let schema = schema(match found["receiver_variance"].is_null() {
                true => "solve",
                false => "solve-private",
            });
            assert!(schema.is_valid(&found), "{game}");
            verified(&answer);
            // What is not known of them is said.
            let words = &["is not told", "`solve`, `verify` and `dynamics` know of"];
            for other in [&["coalitions", game][..], &["solve", game, "--vertices"]] {
                refused(&big(other), words);
            }
        } else {
            for select in ["least-exaggerated", "least-norm", "vertex"] {
                let more = ["--json", "--vertices", "--sensitivity", "--select", select];
                let answer = big(&[&["solve", game][..], &more[..]].concat());
                let found = json(&answer);
                assert!(
                    solve.is_valid(&found),
                    "{game}: {:?}",
                    solve.iter_errors(&found).next()
                );
                verified(&answer);
            }
        }
        let played = big(&["dynamics", game, "--json", "--order", "greedy"]);
        assert!(dynamics.is_valid(&serde_json::from_slice(&played.stdout).unwrap()));
        seen += 1;
    }
    assert!(seen >= 12, "only {seen} games");
}

#[test]
fn verify_says_no() {
    let folder = tempfile::tempdir().unwrap();
    let game = folder.path().join("game.json");
    std::fs::write(&game, SAME_SIDE).unwrap();
    let verify = |profile: &str, more: &[&str]| {
        let path = folder.path().join("profile.json");
        std::fs::write(&path, profile).unwrap();
        let mut arguments = vec!["verify", game.to_str().unwrap(), path.to_str().unwrap()];
        arguments.extend(more);
        big(&arguments)
    };
    let no = verify(r#"{ "actions": [[-1], [0.3]] }"#, &["--json"]);
    assert_eq!(no.status.code(), Some(1));
    let verdict: Value = serde_json::from_slice(&no.stdout).unwrap();
    assert_eq!(verdict["equilibrium"], false);
    assert!((verdict["max_regret"].as_f64().unwrap() - 0.0025).abs() <= 1e-15);
    let best = verdict["influencers"][1]["best_response"][0].as_f64();
    assert!((best.unwrap() - 0.4).abs() <= 1e-15);
    let told = verify(r#"{ "actions": [[-1], [0.3]] }"#, &[]);
    assert!(text(&told.stdout).contains("Not an equilibrium: '2' gains 0.0025 by playing 0.4"));
    assert!(
        verify(r#"{ "actions": [[-1], [0.3]] }"#, &["--tolerance", "0.01"])
            .status
            .success()
    );
    refused(
        &verify(r#"{ "actions": [[-1], [1.3]] }"#, &[]),
        &["'2' is not in its action space", "nearest"],
    );
    refused(
        &verify(r#"{ "actions": [[-1]] }"#, &[]),
        &["profile.json:1"],
    );
    refused(
        &verify(r#"{ "actions": [[-1], [0.3]] }"#, &["--tolerance", "-1"]),
        &["not negative"],
    );
}

#[test]
fn dynamics_converge_or_say_no() {
    let played = json(&big_on(SAME_SIDE, &["dynamics", "-", "--json"]));
    assert_eq!(played["converged"], true);
    assert_eq!(played["rounds"], 1);
    assert_eq!(played["steps"][0]["action"], serde_json::json!([-1.0]));
    let circle = r#"{ "action_space": { "type": "box", "lower": -1, "upper": 1 },
        "influencers": [ { "weight": 1, "target": [0.5] }, { "weight": 1, "target": [0.5] } ] }"#;
    let round = big_on(
        circle,
        &[
            "dynamics",
            "-",
            "--json",
            "--order",
            "simultaneous",
            "--start",
            "zero",
        ],
    );
    assert_eq!(round.status.code(), Some(1));
    let round: Value = serde_json::from_slice(&round.stdout).unwrap();
    assert_eq!(round["converged"], false);
    assert!(round["cycle"].as_u64().is_some(), "{round}");
    let short = big_on(SAME_SIDE, &["dynamics", "-", "--max-rounds", "0"]);
    assert_eq!(short.status.code(), Some(1));
    assert!(text(&short.stdout).contains("Not converged"));
}

#[test]
fn the_same_input_gives_the_same_bytes_whatever_the_threads() {
    let mut game = String::from(
        "{ \"action_space\": { \"type\": \"ball\", \"radius\": 1 }, \"receiver\": { \"bias\": [0, 0] }, \"influencers\": [",
    );
    for i in 0..3000 {
        let (x, y) = (
            f64::from(i * 7919 % 1000) / 500.0 - 1.0,
            f64::from(i * 104_729 % 997) / 498.0 - 1.0,
        );
        game += &format!(
            "{}{{ \"weight\": 0.001, \"target\": [{x}, {y}] }}",
            if i > 0 { "," } else { "" }
        );
    }
    game += "] }";
    let run = |threads: &str| big_on(&game, &["solve", "-", "--json", "--threads", threads]);
    let one = run("1");
    assert!(one.status.success(), "{}", text(&one.stderr));
    assert_eq!(one.stdout, run("2").stdout);
    assert_eq!(one.stdout, run("5").stdout);
    let random = |seed: &str| {
        big_on(
            SAME_SIDE,
            &[
                "dynamics", "-", "--order", "random", "--start", "random", "--seed", seed,
            ],
        )
        .stdout
    };
    assert_eq!(random("7"), random("7"));
}

#[test]
fn bad_input_is_refused_where_it_is_bad() {
    refused(&big_on("", &["solve", "-"]), &["is empty"]);
    refused(
        &big_on(&SAME_SIDE.replace("weight", "wieght"), &["solve", "-"]),
        &["3:42", "did you mean `weight`"],
    );
    refused(
        &big_on(&SAME_SIDE.replace("-0.8", "1e999999999"), &["solve", "-"]),
        &["standard input:3"],
    );
    refused(
        &big_on(&"[".repeat(200_000), &["solve", "-"]),
        &["standard input:1"],
    );
    refused(
        &big_on(
            &format!("{{\"name\": {}", "[".repeat(200_000)),
            &["solve", "-"],
        ),
        &["standard input:1"],
    );
    refused(
        &big(&["solve", "no/such/file"]),
        &["no/such/file", "no such file"],
    );
    refused(&big(&["solve"]), &["GAME"]);
    refused(
        &big(&["solve", "-", "--select", "best"]),
        &["least-exaggerated"],
    );
    refused(
        &big(&["examples", "show", "nonsense"]),
        &["big examples list"],
    );
    refused(
        &big_on(SAME_SIDE, &["solve", "-", "--output", "/no/such/folder/x"]),
        &["cannot be written"],
    );
    // A line of a megabyte is not shown.
    let long = big_on(
        &format!("{{\"name\": \"{}\", \"x\": 1}}", "y".repeat(100_000)),
        &["solve", "-"],
    );
    refused(&long, &["unknown key"]);
    assert!(long.stderr.len() < 1000);
}

#[test]
fn tables_in_and_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let mut rows = String::from("name,weight,target_0,target_1\n");
    for i in 0..500 {
        let (x, y) = (
            f64::from(i % 37) / 18.0 - 1.0,
            f64::from(i % 23) / 11.0 - 1.0,
        );
        rows += &format!("party {i},0.002,{x},{y}\n");
    }
    std::fs::write(path("influencers.csv"), rows).unwrap();
    std::fs::write(
        path("game.toml"),
        "action_space = { type = \"box\", lower = -1, upper = 1 }\nreceiver = { bias = [0, 0] }\n\
         influencers = { file = \"influencers.csv\" }\n",
    )
    .unwrap();
    for table in ["actions.csv", "actions.parquet"] {
        let found = json(&big_in(
            folder.path(),
            &["solve", "game.toml", "--json", "--actions", table],
        ));
        assert!(found.get("influencers").is_none());
        let verdict = json(&big_in(
            folder.path(),
            &["verify", "game.toml", table, "--json"],
        ));
        assert_eq!(verdict["equilibrium"], true);
        let rows = std::fs::read(path(table)).unwrap();
        let on = |line: &[&str], rows: &[u8]| program::big_on(folder.path(), rows, line);
        let same = json(&on(&["verify", "game.toml", "-", "--json"], &rows));
        assert_eq!(same, verdict, "{table}");
        let run = json(&on(
            &["dynamics", "game.toml", "--start", "-", "--json"],
            &rows,
        ));
        assert_eq!(run["steps"].as_array().map(Vec::len), Some(0), "{table}");
        refused(
            &on(&["verify", "game.toml", "-"], &rows[..rows.len() / 2]),
            &["standard input"],
        );
        refused(
            &on(&["explore", "-", "--no-browser"], &rows),
            &["put it into a file"],
        );
    }
    let shown = big_in(folder.path(), &["solve", "game.toml"]);
    assert!(text(&shown.stdout).contains("480 more influencers"));
    let missing = std::fs::read_to_string(path("influencers.csv"))
        .unwrap()
        .replace("party 7,0.002", "party 7,");
    std::fs::write(path("influencers.csv"), missing).unwrap();
    refused(
        &big_in(folder.path(), &["solve", "game.toml"]),
        &["influencers.csv", "row 8"],
    );
}

#[test]
fn results_go_where_they_are_sent() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("result.json");
    let output = big_on(
        SAME_SIDE,
        &["solve", "-", "--json", "-o", path.to_str().unwrap()],
    );
    assert!(output.status.success() && output.stdout.is_empty());
    assert_eq!(
        std::fs::read(&path).unwrap(),
        big_on(SAME_SIDE, &["solve", "-", "--json"]).stdout
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// Play ends with the last round that was asked for, and the actions told are those after the last move told.
#[test]
fn dynamics_ends_where_it_says() {
    for rounds in ["0", "1", "2", "1000"] {
        for order in ["round-robin", "greedy", "random", "simultaneous"] {
            let arguments = [
                "dynamics",
                "-",
                "--json",
                "--order",
                order,
                "--max-rounds",
                rounds,
            ];
            let answer: Value =
                serde_json::from_slice(&big_on(SAME_SIDE, &arguments).stdout).unwrap();
            let steps = answer["steps"].as_array().unwrap();
            let limit: u64 = rounds.parse().unwrap();
            assert!(
                steps
                    .iter()
                    .all(|step| step["round"].as_u64().unwrap() <= limit)
            );
            let start = [-0.8, -0.3];
            let mut actions = start.map(|x| serde_json::json!([x])).to_vec();
            for step in steps {
                match step["influencer"].as_u64() {
                    Some(i) => actions[i as usize] = step["action"].clone(),
                    None => actions = answer["actions"].as_array().unwrap().clone(),
                }
            }
            assert_eq!(
                answer["actions"].as_array(),
                Some(&actions),
                "{order} {rounds}"
            );
        }
    }
}

#[test]
fn the_catalogue_completions_and_schemas_are_there() {
    let list = text(&big(&["examples"]).stdout);
    for id in [
        "example-1-opposite",
        "example-3-diamond",
        "party-manifestos",
        "vaccine-debate",
    ] {
        assert!(list.contains(id));
    }
    let folder = catalogue();
    refused(
        &big_in(folder.path(), &["examples", "write", "vaccine-debate"]),
        &["is there already", "--force"],
    );
    let shown = big(&["examples", "show", "vaccine-debate"]).stdout;
    assert_eq!(
        shown,
        std::fs::read(folder.path().join("vaccine-debate.toml")).unwrap()
    );
    for shell in ["bash", "zsh", "fish"] {
        assert!(text(&big(&["completions", shell]).stdout).contains("dynamics"));
    }
    assert_eq!(json(&big(&["schema", "game"]))["type"], "object");
    assert!(text(&big(&["--help"]).stdout).contains("Exit codes"));
}

/// Tables are as wide as a terminal, where somebody looks at them: cells are wrapped, numbers are not.
#[test]
fn tables_are_as_wide_as_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let name = |end: &str| format!("the association of everybody who is concerned about the {end}");
    let game = serde_json::json!({
        "action_space": { "type": "box", "lower": -1, "upper": 1 },
        "influencers": [
            { "name": name("north"), "weight": 0.5, "target": [-0.8] },
            { "name": name("south"), "weight": 0.5, "target": [-0.3] },
        ],
    });
    std::fs::write(folder.path().join("game.json"), game.to_string()).unwrap();
    let table = |columns: Option<&str>, arguments: &[&str]| -> Vec<String> {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_big"));
        command.current_dir(folder.path()).env_remove("COLUMNS");
        command.envs(columns.map(|c| ("COLUMNS", c)));
        let output = command.args(arguments).output().unwrap();
        assert!(output.status.success());
        let text = match arguments.last() {
            Some(&"text") => std::fs::read_to_string(folder.path().join("text")).unwrap(),
            _ => String::from_utf8(output.stdout).unwrap(),
        };
        let lines = text.lines().skip_while(|line| !line.contains("weight"));
        let rows = lines.take_while(|line| !line.is_empty());
        rows.map(str::to_owned).collect()
    };
    let solve = ["solve", "game.json"];
    let wide = table(None, &solve);
    assert!(wide.iter().any(|line| line.contains(&name("north"))));
    let narrow = table(Some("80"), &solve);
    assert!(narrow.len() > wide.len());
    assert!(
        narrow.iter().all(|line| line.chars().count() <= 80),
        "{narrow:#?}"
    );
    assert!(
        narrow.iter().any(|line| line.contains("-0.1875")),
        "{narrow:#?}"
    );
    assert_eq!(
        table(Some("80"), &["solve", "game.json", "-o", "text"]),
        wide
    );
    assert_eq!(table(Some("nonsense"), &solve), wide);
}
