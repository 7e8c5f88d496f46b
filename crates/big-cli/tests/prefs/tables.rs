//! Simulation, fits, receivers and audits of tables, and what is refused.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::{big, close, floats, folder, json_of, refused, text, write};

#[test]
fn three_formats_one_estimate_whatever_the_threads() {
    let folder = folder();
    let mut answers = Vec::new();
    for name in ["t.parquet", "t.csv", "t.jsonl"] {
        let mut files = Vec::new();
        for threads in ["1", "2", "7"] {
            let made = big(
                folder.path(),
                &[
                    "prefs",
                    "simulate",
                    "three.toml",
                    "-o",
                    name,
                    "--json",
                    "--threads",
                    threads,
                ],
            );
            let summary = json_of(&made, 0);
            assert_eq!(summary["seed"], 3);
            assert_eq!(summary["comparisons"], 1700);
            assert_eq!(summary["influencers"][2]["fake"], json!([0.9, 0.0]));
            files.push(fs::read(folder.path().join(name)).unwrap());
            let fit = [
                "prefs",
                "fit",
                name,
                "--by",
                "annotator",
                "--json",
                "--threads",
                threads,
            ];
            let fit = big(folder.path(), &fit);
            json_of(&fit, 0);
            answers.push(fit.stdout);
            let receiver = big(
                folder.path(),
                &[
                    "prefs",
                    "receiver",
                    name,
                    "--json",
                    "--profiles",
                    "5",
                    "--threads",
                    threads,
                ],
            );
            json_of(&receiver, 0);
        }
        assert!(files.iter().all(|f| *f == files[0]), "{name}");
    }
    assert!(answers.iter().all(|a| *a == answers[0]));
    let found: Value = serde_json::from_slice(&answers[0]).unwrap();
    assert_eq!(found["annotators"][2]["annotator"], "liar");
    close(&found["annotators"][2]["theta"], &json!([0.9, 0.0]), 0.2);
    close(&found["annotators"][1]["theta"], &json!([-0.4, 0.3]), 0.2);
    assert_eq!(found["annotators"][1]["comparisons"], 900);
    assert_eq!(found["model_check"]["supported"], "ideal_point");
    // A table that is read again in every pass gives the same estimate as one that is held.
    let whole = json_of(
        &big(folder.path(), &["prefs", "fit", "t.parquet", "--json"]),
        0,
    );
    let streamed = big(
        folder.path(),
        &["prefs", "fit", "t.parquet", "--json", "--memory", "0"],
    );
    assert_eq!(json_of(&streamed, 0), whole);
    // So does a table that is sorted into a temporary file, for whatever is asked by annotator.
    for command in [
        vec!["fit", "--by", "annotator"],
        vec!["fit", "--by", "annotator", "--pool", "--precision", "fit"],
        vec!["receiver", "--profiles", "3"],
        vec!["audit", "--refits", "2"],
        vec!["audit", "--radius", "0.5"],
    ] {
        let run = |more: &[&str]| {
            let mut arguments = vec!["prefs"];
            arguments.extend(&command);
            arguments.extend(["t.parquet", "--json"]);
            arguments.extend(more);
            let output = big(folder.path(), &arguments);
            json_of(&output, 0);
            output.stdout
        };
        let held = run(&[]);
        for threads in ["1", "3"] {
            let more = ["--memory", "0", "--threads", threads];
            assert!(run(&more) == held, "{command:?} with {threads} threads");
        }
    }
    // Another seed, other data.
    let other = [
        "prefs",
        "simulate",
        "three.toml",
        "-o",
        "u.csv",
        "--json",
        "--seed",
        "4",
    ];
    assert_eq!(json_of(&big(folder.path(), &other), 0)["seed"], 4);
    let (t, u) = (folder.path().join("t.csv"), folder.path().join("u.csv"));
    assert_ne!(fs::read(t).unwrap(), fs::read(u).unwrap());
}

#[test]
fn fits_are_those_of_statsmodels_and_scipy() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../big-preference/tests/data");
    let reference: Value =
        serde_json::from_slice(&fs::read(data.join("reference.json")).unwrap()).unwrap();
    let fit = |more: &[&str]| {
        let mut arguments = vec!["prefs", "fit", "comparisons.csv", "--json"];
        arguments.extend(more);
        json_of(&big(&data, &arguments), 0)
    };
    let weighted = fit(&["--covariance"]);
    let expected = &reference["weighted"];
    close(&weighted["theta"], &expected["theta"], 1e-8);
    close(
        &weighted["standard_errors"],
        &expected["standard_errors"],
        1e-8,
    );
    let l = weighted["log_likelihood"].as_f64().unwrap();
    assert!((l - expected["log_likelihood"].as_f64().unwrap()).abs() < 1e-8);
    let first = weighted["covariance"][0][0].as_f64().unwrap();
    assert!((first.sqrt() - weighted["standard_errors"][0].as_f64().unwrap()).abs() < 1e-12);
    assert_eq!(weighted["comparisons"], 400);
    // The data are from a precision of 0.7, and weighted: 1 is rejected, and the text points to `fit`.
    let told = big(&data, &["prefs", "fit", "comparisons.csv"]);
    assert!(text(&told.stdout).contains("--precision fit"));
    let free = fit(&["--precision", "fit"]);
    let beta = free["precision"].as_f64().unwrap();
    let phi: Vec<f64> = floats(&free["theta"]).iter().map(|t| beta * t).collect();
    close(&json!(phi), &free["attraction"], 1e-12);
    assert!(fit(&["--no-check"]).get("model_check").is_none());
    // A bound that holds the estimate changes nothing; one that does not ends at its edge.
    let wide = fit(&["--bound", "{ type = \"ball\", radius = 5 }"]);
    close(&wide["theta"], &weighted["theta"], 1e-7);
    let tight = fit(&["--bound", r#"{"type": "ball", "radius": 0.5}"#]);
    let norm: f64 = floats(&tight["theta"]).iter().map(|t| t * t).sum();
    assert!((norm.sqrt() - 0.5).abs() < 1e-8);
    let ridge = fit(&["--ridge", "1000"]);
    let shrunk: f64 = floats(&ridge["theta"]).iter().map(|t| t * t).sum();
    assert!(shrunk.sqrt() < 0.8);
}

#[test]
fn what_never_peaks_is_said_with_its_direction() {
    let folder = folder();
    write(
        &folder,
        "separable.csv",
        "annotator,a_0,a_1,b_0,b_1,label\nx,1,0,0,0,1\nx,0,0,2,1,0\ny,3,-1,0,1,1\ny,1,1,0,0,1\n",
    );
    for command in ["fit", "receiver"] {
        let arguments = ["prefs", command, "separable.csv", "--json"];
        let none = json_of(&big(folder.path(), &arguments), 1);
        assert_eq!(none["reason"], "separable", "{command}");
        let u = floats(&none["direction"]);
        assert!((u[0].hypot(u[1]) - 1.0).abs() < 1e-9);
        for x in [[1.0, 0.0], [2.0, 1.0], [3.0, -2.0], [1.0, 1.0]] {
            assert!(u[0] * x[0] + u[1] * x[1] >= -1e-9, "{u:?} against {x:?}");
        }
        let told = big(folder.path(), &["prefs", command, "separable.csv"]);
        assert_eq!(told.status.code(), Some(1));
        assert!(text(&told.stdout).contains("rises for ever"));
    }
    let audit = ["prefs", "audit", "separable.csv", "--precision", "1"];
    assert_eq!(big(folder.path(), &audit).status.code(), Some(1));
    write(
        &folder,
        "flat.jsonl",
        "{\"chosen\": [1, 1], \"rejected\": [0, 0]}\n{\"chosen\": [0, 0], \"rejected\": [2, 2]}\n",
    );
    let none = json_of(
        &big(folder.path(), &["prefs", "fit", "flat.jsonl", "--json"]),
        1,
    );
    assert_eq!(none["reason"], "rank_deficient");
    assert_eq!(none["missing"], 1);
    let ridge = ["prefs", "fit", "flat.jsonl", "--json", "--ridge", "1"];
    json_of(&big(folder.path(), &ridge), 0);
    // One annotator of two has an estimate of its own; --pool gives both one.
    write(
        &folder,
        "half.csv",
        "who,a_0,b_0,label\nx,1,0,1\nx,1,0,0\nx,2,0,0\ny,1,0,1\ny,3,0,1\n",
    );
    let fit = |more: &[&str]| {
        let mut arguments = vec!["prefs", "fit", "half.csv", "--by", "who", "--json"];
        arguments.extend(more);
        json_of(&big(folder.path(), &arguments), 0)
    };
    let own = fit(&[]);
    assert!(own["annotators"][0]["theta"].is_array());
    assert!(own["annotators"][1]["theta"].is_null());
    assert_eq!(own["annotators"][1]["none"]["reason"], "separable");
    let pooled = fit(&["--pool"]);
    assert!(pooled["scatter"].is_number());
    assert!(pooled["annotators"][1]["theta"].is_array());
}

#[test]
fn bad_tables_are_refused() {
    let folder = folder();
    let run = |content: &str, more: &[&str]| {
        write(&folder, "t.csv", content);
        let mut arguments = vec!["prefs", "fit", "t.csv"];
        arguments.extend(more);
        big(folder.path(), &arguments)
    };
    let ties = "a_0,b_0,label\n1,0,1\n1,0,0.5\n2,0,0\n1,0,0\n";
    refused(&run(ties, &[]), &["t.csv", "row 2", "a tie", "--ties half"]);
    json_of(&run(ties, &["--ties", "half", "--json"]), 0);
    refused(
        &run("a_0,b_0,label\n1,0,1\n1,nan,0\n", &[]),
        &["row 2", "`b_0` is NaN"],
    );
    refused(
        &run("a_0,b_0,label\n1e200,0,1\n", &[]),
        &["row 1", "overflow"],
    );
    refused(
        &run("a_0,b_0,label\n1,0,1\n", &["--by", "who"]),
        &["no column `who`", "a_0, b_0"],
    );
    refused(
        &run("p_0,q_0\n1,0\n", &["--chosen", "p"]),
        &["no column `rejected`"],
    );
    refused(
        &run("a_0,b_0,label\n1,0,1\n", &["--precision=-1"]),
        &["above 0", "fit"],
    );
    refused(
        &run(
            "a_0,b_0,label\n1,0,1\n",
            &["--bound", "{ type = \"boll\" }"],
        ),
        &["did you mean \"ball\""],
    );
    refused(
        &big(folder.path(), &["prefs", "audit", "none.csv"]),
        &["no such file"],
    );
    for (spec, words) in [
        ("pairs = 3", "no `influencers`"),
        (
            "influencers = [{ theta = [1] }]\npair = 3",
            "did you mean `pairs`",
        ),
        ("influencers = [{ theta = [1] }]", "how many pairs"),
        (
            "pairs = -1\ninfluencers = [{ theta = [1] }]",
            "whole number",
        ),
        (
            "pairs = 1\ninfluencers = [{ theta = [1] }, { theta = [1, 2] }]",
            "2 numbers where 1",
        ),
        (
            "pairs = 1\ndistribution = \"cauchy\"\ninfluencers = [{ theta = [1] }]",
            "cauchy",
        ),
        (
            "pairs = 1\nprecision = 0\ninfluencers = [{ theta = [1] }]",
            "above 0",
        ),
    ] {
        write(&folder, "bad.toml", spec);
        let output = big(
            folder.path(),
            &["prefs", "simulate", "bad.toml", "-o", "x.csv"],
        );
        refused(&output, &["bad.toml", words]);
    }
    write(
        &folder,
        "bad.toml",
        "pairs = 1\ninfluencers = [{ theta = [1] }]",
    );
    refused(
        &big(folder.path(), &["prefs", "play", "bad.toml"]),
        &["action space"],
    );
    let nowhere = ["prefs", "simulate", "three.toml", "-o", "x.txt"];
    refused(&big(folder.path(), &nowhere), &["x.txt", ".parquet"]);
}

#[test]
fn responses_from_a_file() {
    let folder = folder();
    write(
        &folder,
        "e.csv",
        "embedding_0,embedding_1\n1,0\n0,1\n-1,-1\n",
    );
    write(
        &folder,
        "f.toml",
        "pairs = 200\ndistribution = { type = \"file\", file = \"e.csv\" }\ninfluencers = [{ theta = [0.5, 0] }]",
    );
    let made = big(
        folder.path(),
        &["prefs", "simulate", "f.toml", "-o", "f.csv", "--json"],
    );
    json_of(&made, 0);
    let rows = fs::read_to_string(folder.path().join("f.csv")).unwrap();
    let known = ["1,0", "0,1", "-1,-1"];
    for row in rows.lines().skip(1) {
        let cells: Vec<&str> = row.split(',').collect();
        assert!(known.contains(&cells[1..3].join(",").as_str()), "{row}");
    }
}

#[test]
fn the_receiver_is_a_game_that_solve_reads() {
    let folder = folder();
    big(
        folder.path(),
        &["prefs", "simulate", "three.toml", "-o", "t.parquet"],
    );
    let arguments = [
        "prefs",
        "receiver",
        "t.parquet",
        "--json",
        "--game",
        "g.json",
        "--space",
        "three.toml",
    ];
    let found = json_of(&big(folder.path(), &arguments), 0);
    let influencers = found["influencers"].as_array().unwrap();
    // The weights sum to the identity, and the truth leads to the estimate.
    let mut landed = floats(&found["bias"]);
    for j in 0..2 {
        for k in 0..2 {
            let sum: f64 = influencers
                .iter()
                .map(|i| i["weight"][j][k].as_f64().unwrap())
                .sum();
            assert!((sum - f64::from(u8::from(j == k))).abs() < 1e-9);
            landed[j] += influencers
                .iter()
                .map(|i| i["weight"][j][k].as_f64().unwrap() * i["theta"][k].as_f64().unwrap())
                .sum::<f64>();
        }
    }
    close(&json!(landed), &found["theta"], 1e-9);
    assert!(found["r_squared"].as_f64().unwrap() > 0.9);
    let solved = json_of(&big(folder.path(), &["solve", "g.json", "--json"]), 0);
    assert_eq!(solved["status"], "solved");
    assert_eq!(solved["influencers"][2]["name"], "liar");
    assert_eq!(solved["game"]["action_space"]["radius"], 1.0);
}

#[test]
fn an_audit_ranks_by_reach() {
    let folder = folder();
    big(
        folder.path(),
        &["prefs", "simulate", "three.toml", "-o", "t.parquet"],
    );
    let audit = |more: &[&str]| {
        let mut arguments = vec!["prefs", "audit", "t.parquet", "--json"];
        arguments.extend(more);
        json_of(&big(folder.path(), &arguments), 0)
    };
    let found = audit(&["--radius", "1.5", "--game", "g.json"]);
    assert_eq!(found["model"], "ideal_point");
    close(&json!([found["farthest"]]), &json!([1.5]), 1e-9);
    let annotators = found["annotators"].as_array().unwrap();
    let reach: Vec<f64> = annotators
        .iter()
        .map(|a| a["reach"].as_f64().unwrap())
        .collect();
    assert!(reach.is_sorted_by(|a, b| a >= b));
    let shares: Vec<f64> = annotators
        .iter()
        .map(|a| a["manipulability"].as_f64().unwrap())
        .collect();
    assert!(shares.iter().all(|s| (0.0..=1.0).contains(s)));
    let most = shares.iter().fold(0.0_f64, |m, s| m.max(*s));
    assert_eq!(found["manipulability"].as_f64().unwrap(), most);
    assert_eq!(found["standard_error_kind"], "clustered");
    assert_eq!(found["precision_identified"], true);
    assert!(found["population"]["precision"].as_f64().unwrap() > 0.5);
    let influence: f64 = annotators
        .iter()
        .map(|a| a["influence"].as_f64().unwrap())
        .sum();
    assert!((influence - 1.0).abs() < 1e-9);
    assert!(annotators[0]["refit_reach"].is_number());
    json_of(&big(folder.path(), &["solve", "g.json", "--json"]), 0);
    let unit = audit(&["--precision", "1", "--space", "three.toml", "--refits", "0"]);
    assert_eq!(unit["action_space"]["type"], "ball");
    assert!(unit["annotators"][0].get("refit_reach").is_none());
    let told = big(
        folder.path(),
        &["prefs", "audit", "t.parquet", "--top", "1"],
    );
    let told = text(&told.stdout);
    assert!(
        told.contains("Manipulability") && told.contains("and 2 more annotators"),
        "{told}"
    );
}

#[test]
fn answers_follow_their_schemas() {
    let folder = folder();
    let schema = |what: &str| json_of(&big(folder.path(), &["schema", what]), 0);
    let valid = |what: &str, value: &Value| {
        let schema = schema(what);
        let validator = jsonschema::validator_for(&schema).unwrap();
        let told: Vec<String> = validator
            .iter_errors(value)
            .map(|e| e.to_string())
            .collect();
        assert!(told.is_empty(), "{what}: {told:?}");
    };
    let made = ["prefs", "simulate", "three.toml", "-o", "t.csv", "--json"];
    valid("prefs-simulate", &json_of(&big(folder.path(), &made), 0));
    for (what, arguments) in [
        (
            "prefs-fit",
            vec!["fit", "t.csv", "--by", "annotator", "--pool"],
        ),
        (
            "prefs-receiver",
            vec!["receiver", "t.csv", "--profiles", "3"],
        ),
        ("prefs-audit", vec!["audit", "t.csv"]),
        (
            "prefs-play",
            vec!["play", "three.toml", "--receiver", "affine"],
        ),
    ] {
        let mut all = vec!["prefs"];
        all.extend(arguments);
        all.push("--json");
        valid(what, &json_of(&big(folder.path(), &all), 0));
    }
    let experiment = json!({ "pairs": 3, "distribution": { "type": "normal", "mean": 1 },
        "action_space": { "type": "ball", "radius": 1 }, "influencers": [{ "theta": [0, "1/3"] }] });
    valid("experiment", &experiment);
    write(&folder, "e.json", &experiment.to_string());
    let read = ["prefs", "simulate", "e.json", "-o", "e.csv", "--json"];
    json_of(&big(folder.path(), &read), 0);
}

#[test]
fn a_wild_number_ends_in_an_answer() {
    let folder = folder();
    big(
        folder.path(),
        &["prefs", "simulate", "three.toml", "-o", "t.csv"],
    );
    let rows = fs::read_to_string(folder.path().join("t.csv")).unwrap();
    for wild in ["1e18", "-1.49e38", "3e60", "1e74", "1e-300"] {
        write(
            &folder,
            "wild.csv",
            &format!("{rows}liar,0.3,{wild},0.1,0.2,1\nliar,{wild},0.1,0.1,0.2,0\n"),
        );
        let output = big(folder.path(), &["prefs", "fit", "wild.csv", "--json"]);
        let code = output.status.code();
        assert!(
            matches!(code, Some(0..=2)),
            "{wild}: {}",
            text(&output.stderr)
        );
    }
}

#[test]
#[cfg(unix)]
fn what_is_stopped_leaves_nothing_half_written() {
    let folder = tempfile::tempdir().unwrap();
    let two = "pairs = 400000000\n[[influencers]]\ntheta = [0.1, 0.2]\n[[influencers]]\ntheta = [0.3, 0.1]\n";
    write(&folder, "e.toml", two);
    let files = || -> Vec<String> {
        let entries = fs::read_dir(folder.path()).unwrap();
        entries
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect()
    };
    for signal in ["-INT", "-TERM"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_big"))
            .current_dir(folder.path())
            .args(["prefs", "simulate", "e.toml", "-o", "t.csv"])
            .spawn()
            .unwrap();
        while !files().iter().any(|name| name.ends_with(".partial")) {
            assert!(child.try_wait().unwrap().is_none());
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let pid = child.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &pid])
                .status()
                .unwrap()
                .success()
        );
        assert_eq!(child.wait().unwrap().code(), Some(130));
        assert_eq!(files(), ["e.toml"]);
    }
}
