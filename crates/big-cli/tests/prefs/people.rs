//! Tables of people who differ, of binary columns, of columns far from the origin and in mixed units, and of ties, as users meet
//! them.

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{big, close, floats, folder, json_of, refused, text, write};

fn run(folder: &TempDir, arguments: &[&str]) -> Value {
    let mut all = vec!["prefs"];
    all.extend(arguments);
    all.push("--json");
    json_of(&big(folder.path(), &all), 0)
}

/// Two people at ∓1, 1000 pairs each.
const ODDS: &str = r#"{ "pairs": 1000, "distribution": "normal", "seed": 1,
    "influencers": [{ "name": "l", "theta": [-1] }, { "name": "r", "theta": [1] }] }"#;

#[test]
fn people_at_odds_keep_their_precision() {
    let folder = folder();
    write(&folder, "odds.json", ODDS);
    run(&folder, &["simulate", "odds.json", "-o", "odds.csv"]);
    // The values are those of Newton's method in NumPy: the logistic regression of the label on [2(a − b) of l, of r,
    // b² − a²] in odds.csv, its coefficients divided by the last.
    let joint = run(
        &folder,
        &["fit", "odds.csv", "--by", "annotator", "--precision", "fit"],
    );
    close(&json!([joint["precision"]]), &json!([0.930_321]), 1e-5);
    close(
        &json!([joint["precision_standard_error"]]),
        &json!([0.062_295]),
        1e-5,
    );
    close(
        &json!([joint["pooled_precision"]]),
        &json!([0.310_476]),
        1e-5,
    );
    close(&joint["annotators"][0]["theta"], &json!([-1.02372]), 1e-4);
    close(&joint["annotators"][1]["theta"], &json!([1.03588]), 1e-4);
    let pooled = run(
        &folder,
        &[
            "fit",
            "odds.csv",
            "--by",
            "annotator",
            "--precision",
            "fit",
            "--pool",
        ],
    );
    let population = &pooled["population"];
    assert_eq!(population["integration"], "quadrature");
    close(&json!([pooled["precision"]]), &json!([0.93]), 0.01);
    close(&population["deviation"], &json!([1.03]), 0.02);
    assert_eq!(population["precision"], pooled["precision"]);
    // The audit's own positions are those, and the pooled verdict says what it is about.
    let audit = run(&folder, &["audit", "odds.csv"]);
    close(&audit["population"]["center"], &population["center"], 1e-6);
    let verdict = audit["model_check"]["verdict"].as_str().unwrap();
    assert!(
        verdict.starts_with("With one common ideal point"),
        "{verdict}"
    );
    let told = big(
        folder.path(),
        &[
            "prefs",
            "fit",
            "odds.csv",
            "--by",
            "annotator",
            "--precision",
            "fit",
        ],
    );
    let told = text(&told.stdout);
    assert!(
        told.contains(
            "0.310476 with one ideal point for all, 0.930321 ± 0.0622949 with everybody's own"
        ),
        "{told}"
    );
}

#[test]
fn errors_say_what_they_are_from() {
    let folder = folder();
    run(&folder, &["simulate", "three.toml", "-o", "t.parquet"]);
    let kind = |more: &[&str]| {
        let mut all = vec!["fit", "t.parquet"];
        all.extend(more);
        let found = run(&folder, &all);
        (
            found["standard_error_kind"].clone(),
            floats(&found["standard_errors"]),
        )
    };
    let (name, clustered) = kind(&[]);
    assert_eq!(name, "clustered");
    assert_eq!(
        kind(&["--by", "annotator", "--se", "clustered"]).0,
        "clustered"
    );
    let (name, information) = kind(&["--se", "information"]);
    assert_eq!(name, "information");
    assert_ne!(clustered, information);
    let bootstrap = [
        "--by",
        "annotator",
        "--se",
        "bootstrap",
        "--replicates",
        "20",
        "--seed",
        "5",
    ];
    let (name, drawn) = kind(&bootstrap);
    assert_eq!(name, "bootstrap");
    assert_eq!(kind(&bootstrap).1, drawn);
    let few = big(folder.path(), &["prefs", "fit", "t.parquet"]);
    let few = text(&few.stdout);
    assert!(
        few.contains("clustered by 3") && few.contains("few to cluster by"),
        "{few}"
    );
    refused(
        &big(
            folder.path(),
            &["prefs", "fit", "t.parquet", "--se", "bootstrap"],
        ),
        &["--by annotator"],
    );
    // Nobody is named: nothing to cluster by.
    write(
        &folder,
        "u.csv",
        "a_0,b_0,label\n1,0,1\n1,0,0\n2,0,0\n1,0,0\n",
    );
    assert_eq!(
        run(&folder, &["fit", "u.csv"])["standard_error_kind"],
        "information"
    );
    refused(
        &big(
            folder.path(),
            &["prefs", "fit", "u.csv", "--se", "clustered"],
        ),
        &["annotator", "--by"],
    );
}

/// Binary columns: the squared norm is the sum of the coordinates.
#[test]
fn binary_columns_are_audited_without_a_precision() {
    let folder = folder();
    write(
        &folder,
        "bin.csv",
        "a_0,a_1,b_0,b_1,label,annotator\n1,0,0,1,1,x\n1,0,0,1,0,x\n1,1,0,1,1,y\n1,0,0,0,0,y\n0,1,0,0,1,x\n0,1,0,0,0,y\n\
         1,1,1,0,1,x\n0,1,1,1,1,y\n",
    );
    let audit = run(&folder, &["audit", "bin.csv"]);
    assert_eq!(audit["model"], "vector");
    assert_eq!(audit["precision"], 0.0);
    assert_eq!(audit["precision_identified"], false);
    // Newton's method in NumPy: the logistic regression of the label on 2(a − b).
    close(&audit["theta"], &json!([-0.145_567, 0.145_567]), 1e-6);
    let told = big(folder.path(), &["prefs", "audit", "bin.csv"]);
    assert!(text(&told.stdout).contains("do not identify a precision"));
    refused(
        &big(
            folder.path(),
            &["prefs", "audit", "bin.csv", "--radius", "1"],
        ),
        &["not identified", "fix the precision"],
    );
    // One-hot columns that do not span the space have no linear reward either, unless there is a ridge.
    write(
        &folder,
        "hot.csv",
        "a_0,a_1,b_0,b_1,label,annotator\n1,0,0,1,1,x\n0,1,1,0,1,y\n1,0,0,1,1,y\n",
    );
    let none = json_of(
        &big(folder.path(), &["prefs", "audit", "hot.csv", "--json"]),
        1,
    );
    assert_eq!(none["reason"], "rank_deficient");
    let ridge = run(&folder, &["audit", "hot.csv", "--ridge", "1"]);
    assert_eq!(
        (&ridge["model"], &ridge["ridge"]),
        (&json!("vector"), &json!(1.0))
    );
    let influence: f64 = ridge["annotators"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| a["influence"].as_f64().unwrap())
        .sum();
    assert!(influence > 0.0 && influence < 1.0);
    let receiver = run(
        &folder,
        &["receiver", "hot.csv", "--ridge", "1", "--profiles", "2"],
    );
    assert_eq!(receiver["ridge"], 1.0);
}

/// Responses around 20000, by quarters: 40 comparisons on a line.
#[test]
fn far_from_the_origin_the_precision_is_fitted_too() {
    let folder = folder();
    let mut near = "a_0,b_0,label\n".to_owned();
    let mut far = near.clone();
    for r in 0..40_u32 {
        let x = |k: u32| f64::from((r * 37 + k * 11) % 17) / 4.0 - 2.0;
        let (a, b) = (x(0), x(1));
        let label = u32::from(((a - 0.25).abs() < (b - 0.25).abs()) != (r % 4 == 0));
        near += &format!("{a},{b},{label}\n");
        far += &format!("{},{},{label}\n", a + 20_000.0, b + 20_000.0);
    }
    write(&folder, "near.csv", &near);
    write(&folder, "far.csv", &far);
    let [near, far] =
        ["near.csv", "far.csv"].map(|name| run(&folder, &["fit", name, "--precision", "fit"]));
    let moved = floats(&near["theta"])[0] + 20_000.0;
    close(&far["theta"], &json!([moved]), 1e-7);
    close(&far["standard_errors"], &near["standard_errors"], 1e-7);
    close(
        &json!([far["precision"]]),
        &json!([near["precision"]]),
        1e-8,
    );
}

/// Columns in units of 1, 1000 and 1/1000: the maximum exists, and mixed units are told.
#[test]
fn mixed_units_are_fitted_and_told() {
    let folder = folder();
    let mut rows = "a_0,a_1,a_2,b_0,b_1,b_2,label\n".to_owned();
    for r in 0..300_u32 {
        let x = |k: u32| (f64::from(r * 6 + k) * 0.754_877_666).fract() * 4.0 - 2.0;
        rows += &format!(
            "{},{},{},{},{},{},{}\n",
            x(0),
            1e3 * x(1),
            1e-3 * x(2),
            x(3),
            1e3 * x(4),
            1e-3 * x(5),
            u32::from((x(0) > x(3)) != (r * r % 7 < 2))
        );
    }
    write(&folder, "mix.csv", &rows);
    let found = run(&folder, &["fit", "mix.csv", "--precision", "fit"]);
    assert_eq!(found["comparisons"], 300);
    let notes = found["notes"].to_string();
    assert!(notes.contains("mixed scales"), "{notes}");
    // With margins of a million the likelihood is all kinks: it is fitted, or said to be beyond the method, and not said to rise
    // for ever.
    let unit = big(folder.path(), &["prefs", "fit", "mix.csv"]);
    assert_ne!(unit.status.code(), Some(1), "{}", text(&unit.stdout));
}

#[test]
fn a_tie_is_one_comparison() {
    let folder = folder();
    write(
        &folder,
        "ties.csv",
        "annotator,a_0,b_0,label\nx,1,0,1\nx,1,0,0.5\nx,2,0,0\ny,1,0,0\ny,2,1,0.5\ny,1,3,0.5\ny,2,3,1\n",
    );
    let fit = run(
        &folder,
        &["fit", "ties.csv", "--ties", "half", "--by", "annotator"],
    );
    assert_eq!(fit["comparisons"], 7);
    assert_eq!(fit["annotators"][0]["comparisons"], 3);
    assert_eq!(fit["annotators"][1]["comparisons"], 4);
    assert_eq!(fit["weight"], 7.0);
    let plain = run(&folder, &["fit", "ties.csv", "--ties", "half"]);
    assert_eq!(plain["comparisons"], 7);
    let streamed = run(
        &folder,
        &["fit", "ties.csv", "--ties", "half", "--memory", "0"],
    );
    assert_eq!(streamed, plain);
    let audit = run(
        &folder,
        &["audit", "ties.csv", "--ties", "half", "--precision", "1"],
    );
    assert_eq!(audit["comparisons"], 7);
}

/// 1, "1" and 1.0 are one annotator.
#[test]
fn a_whole_number_is_one_name() {
    let folder = folder();
    write(
        &folder,
        "ids.jsonl",
        "{\"annotator\": 1, \"a\": [1], \"b\": [0], \"label\": 1}\n{\"annotator\": \"1\", \"a\": [1], \"b\": [0], \"label\": 0}\n\
         {\"annotator\": 1.0, \"a\": [2], \"b\": [0], \"label\": 0}\n{\"annotator\": 1.5, \"a\": [2], \"b\": [0], \"label\": 0}\n",
    );
    let fit = run(&folder, &["fit", "ids.jsonl", "--by", "annotator"]);
    let names: Vec<&str> = fit["annotators"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| a["annotator"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["1", "1.5"]);
    assert_eq!(fit["annotators"][0]["comparisons"], 3);
}

/// On a line the equilibrium is one bisection, for many influencers too; in more dimensions the text says what was searched.
#[test]
fn play_says_what_it_searched() {
    let folder = folder();
    let line = run(&folder, &["play", "paper.toml"]);
    assert_eq!(line["method"], "responses");
    close(
        &line["bisection"]["theta_hat"],
        &line["equilibrium"]["theta_hat"],
        1e-9,
    );
    let many: Vec<Value> = (0..300)
        .map(|i| json!({ "theta": [f64::from(i) / 200.0 - 0.7], "pairs": 10 }))
        .collect();
    let many = json!({ "influencers": many, "distribution": "normal",
        "action_space": { "type": "box", "lower": -1, "upper": 1 } });
    write(&folder, "many.json", &many.to_string());
    let found = run(&folder, &["play", "many.json", "--method", "bisection"]);
    assert_eq!(
        (&found["converged"], &found["method"]),
        (&json!(true), &json!("bisection"))
    );
    assert!(found["evaluations"].as_u64().unwrap() < 90);
    // Whoever wants more than what comes out reports the upper end, whoever wants less the lower one; one may be between.
    let at = floats(&found["equilibrium"]["theta_hat"])[0];
    let actions = found["equilibrium"]["actions"].as_array().unwrap();
    let mut between = 0;
    for (i, action) in actions.iter().enumerate() {
        let target = i as f64 / 200.0 - 0.7;
        match floats(action)[0] {
            1.0 => assert!(target > at - 0.01),
            -1.0 => assert!(target < at + 0.01),
            _ => {
                between += 1;
                assert!((target - at).abs() < 0.01);
            }
        }
    }
    assert!(between <= 1);
    let plane = big(
        folder.path(),
        &["prefs", "play", "three.toml", "--starts", "9"],
    );
    let plane = text(&plane.stdout);
    assert!(
        plane.contains("from 9 points all over the space") && plane.contains("There may be one"),
        "{plane}"
    );
    refused(
        &big(
            folder.path(),
            &["prefs", "play", "three.toml", "--method", "bisection"],
        ),
        &["on a line"],
    );
}

/// Forty people with fewer comparisons than coordinates scatter by one deviation in every coordinate.
#[test]
fn few_comparisons_each_tell_one_deviation() {
    let folder = folder();
    let people: Vec<String> = (0..40)
        .map(|i| {
            let number = |k: usize| {
                let middle = 0.4 * ((k % 3) as f64 - 1.0);
                format!("{:.3}", middle + 0.7 * ((13 * i + 5 * k) as f64).sin())
            };
            let theta: Vec<String> = (0..13).map(number).collect();
            format!(r#"{{ "name": "p{i}", "theta": [{}] }}"#, theta.join(", "))
        })
        .collect();
    let study = format!(
        r#"{{ "pairs": 11, "distribution": "normal", "seed": 7, "precision": 0.3, "influencers": [{}] }}"#,
        people.join(", ")
    );
    write(&folder, "few.json", &study);
    run(&folder, &["simulate", "few.json", "-o", "few.csv"]);
    let asked = [
        "fit",
        "few.csv",
        "--by",
        "annotator",
        "--precision",
        "fit",
        "--pool",
    ];
    let pooled = run(&folder, &asked);
    // The values are those of crates/big-preference/benches/hierarchy.py: NumPy's Laplace approximation, maximised by SciPy's L-BFGS-B.
    let population = &pooled["population"];
    assert_eq!(population["common_deviation"], true);
    assert_eq!(population["integration"], "laplace");
    let log_likelihood = &population["log_likelihood"];
    close(&json!([log_likelihood]), &json!([-208.394_376]), 1e-5);
    close(&json!([population["precision"]]), &json!([0.30033]), 2e-4);
    let deviation = vec![0.43422; 13];
    close(&population["deviation"], &json!(deviation), 2e-4);
    let center = [
        -0.3719, 0.1218, 0.3876, -0.2526, -0.0846, 0.7401, -0.4372, -0.0918, 0.4192, -0.2454,
        -0.0622, 0.1011, -0.498,
    ];
    close(&population["center"], &json!(center), 5e-4);
    let told = big(folder.path(), &[&["prefs"], &asked[..]].concat());
    let said = text(&told.stdout);
    assert!(said.contains("in every coordinate"), "{said}");
    // Whoever has as many comparisons as there are coordinates tells one a coordinate.
    write(
        &folder,
        "more.json",
        &study.replace("\"pairs\": 11", "\"pairs\": 13"),
    );
    run(&folder, &["simulate", "more.json", "-o", "more.csv"]);
    let more = run(
        &folder,
        &[
            "fit",
            "more.csv",
            "--by",
            "annotator",
            "--precision",
            "fit",
            "--pool",
        ],
    );
    assert!(more["population"]["common_deviation"].is_null());
}
