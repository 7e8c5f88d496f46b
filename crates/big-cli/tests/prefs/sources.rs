//! Tables as people have them, through the front door: files of all kinds, columns by other names, names in place of embeddings.

use serde_json::Value;

use super::*;

#[test]
fn one_estimate_from_a_file_a_folder_a_pattern_and_a_pipe() {
    let folder = folder();
    let at = folder.path();
    for name in ["t.csv", "t.parquet", "t.jsonl"] {
        let made = big(at, &["prefs", "simulate", "three.toml", "--output", name]);
        assert_eq!(made.status.code(), Some(0), "{}", text(&made.stderr));
    }
    let csv = fs::read_to_string(at.join("t.csv")).unwrap();
    let (header, rows) = csv.split_once('\n').unwrap();
    let rows: Vec<&str> = rows.lines().collect();
    fs::create_dir(at.join("parts")).unwrap();
    for (k, part) in rows.chunks(700).enumerate() {
        let text = format!("{header}\n{}\n", part.join("\n"));
        fs::write(at.join(format!("parts/train-{k:05}-of-00003.csv")), text).unwrap();
    }
    let fit = |paths: &[&str]| {
        let arguments = [&["prefs", "fit", "--json", "--by", "annotator"], paths].concat();
        json_of(&big(at, &arguments), 0)
    };
    let whole = fit(&["t.csv"]);
    assert_eq!(whole["comparisons"], rows.len());
    assert_eq!(fit(&["t.parquet"]), whole);
    assert_eq!(fit(&["parts"]), whole);
    assert_eq!(fit(&["parts/train-*-of-00003.csv"]), whole);
    // Streamed and sorted by annotator on disk, it is the same to the bit.
    assert_eq!(fit(&["parts", "--memory", "0"])["theta"], whole["theta"]);
    for name in ["t.csv", "t.parquet", "t.jsonl"] {
        let bytes = fs::read(at.join(name)).unwrap();
        let arguments = ["prefs", "fit", "-", "--json", "--by", "annotator"];
        assert_eq!(json_of(&big_on(at, &bytes, &arguments), 0), whole, "{name}");
    }
    let words = csv.replace(",1\n", ",left\n").replace(",0\n", ",right\n");
    let words = words
        .replacen("annotator", "judge", 1)
        .replacen(",label", ",winner", 1);
    fs::write(at.join("words.csv"), words).unwrap();
    assert_eq!(fit(&["words.csv"]), whole);
    // A tie in the second of two files is named by its file.
    fs::write(
        at.join("ties.csv"),
        format!(
            "{header}\n{}\n",
            rows[0].rsplit_once(',').unwrap().0.to_owned() + ",tie"
        ),
    )
    .unwrap();
    refused(
        &big(at, &["prefs", "fit", "t.csv", "ties.csv"]),
        &["ties.csv", "row 1", "a tie", "--ties half"],
    );
    refused(
        &big_on(at, b"", &["prefs", "fit", "-"]),
        &["standard input", "is empty"],
    );
    refused(
        &big(at, &["prefs", "fit", "none-*.csv"]),
        &["matches no file"],
    );
}

const ARENA: &str = "model_a,model_b,winner,judge\n\
    x,y,model_a,p\nx,y,model_a,q\ny,x,model_a,p\ny,z,model_a,q\nz,x,model_b,p\nz,y,tie,r\nx,z,model_b,r\ny,z,model_b,r\n";

#[test]
fn items_have_scores() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(&folder, "arena.csv", ARENA);
    let found = json_of(&big(at, &["prefs", "fit", "arena.csv", "--json"]), 0);
    assert_eq!(found["kind"], "prefs_fit");
    assert_eq!(
        (&found["comparisons"], &found["tied"]),
        (&Value::from(8), &Value::from(1))
    );
    assert_eq!(found["standard_error_kind"], "clustered");
    let items = found["items"].as_array().unwrap();
    let names: Vec<&str> = items
        .iter()
        .map(|item| item["item"].as_str().unwrap())
        .collect();
    assert_eq!(names[0], "x");
    let score = |name: &str| {
        let at = names.iter().position(|n| *n == name).unwrap();
        items[at]["score"].as_f64().unwrap()
    };
    assert!((score("x") + score("y") + score("z")).abs() < 1e-12);
    // Expected wins are those there were: x 3 of 5, y 2.5 of 6, z 2.5 of 5.
    let p = |a: &str, b: &str| 1.0 / (1.0 + (score(b) - score(a)).exp());
    assert!((3.0 * p("x", "y") + 2.0 * p("x", "z") - 3.0).abs() < 1e-10);
    assert!((3.0 * p("y", "x") + 3.0 * p("y", "z") - 2.5).abs() < 1e-10);
    // The same rows in JSON, with the winner by name.
    let lines: String = ARENA
        .lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let winner = match cells[2] {
                "model_a" => cells[0],
                "model_b" => cells[1],
                tie => tie,
            };
            format!("{{\"left\": \"{}\", \"right\": \"{}\", \"winner\": \"{winner}\", \"worker\": \"{}\"}}\n", cells[0], cells[1], cells[3])
        })
        .collect();
    write(&folder, "arena.jsonl", &lines);
    assert_eq!(
        json_of(&big(at, &["prefs", "fit", "arena.jsonl", "--json"]), 0),
        found
    );
    for ties in ["davidson", "rao-kupper"] {
        let with = json_of(
            &big(at, &["prefs", "fit", "arena.csv", "--json", "--ties", ties]),
            0,
        );
        assert_eq!(with["ties"], ties);
        assert!(with["tie_parameter"].as_f64().unwrap() > 0.0);
    }
    let shown = text(&big(at, &["prefs", "fit", "arena.csv"]).stdout);
    assert!(
        shown.contains("8 comparisons of 3 items, 1 of them ties")
            && shown.contains("Scores have mean 0"),
        "{shown}"
    );
    refused(
        &big(at, &["prefs", "fit", "arena.csv", "--ties", "refuse"]),
        &["row 6", "a tie"],
    );
    refused(
        &big(
            at,
            &["prefs", "fit", "arena.csv", "--by", "judge", "--pool"],
        ),
        &["go by name", "partial pooling"],
    );
    refused(
        &big(at, &["prefs", "receiver", "arena.csv"]),
        &["names of items", "--responses"],
    );
    // What is read back is told.
    fs::write(at.join("answer.json"), found.to_string()).unwrap();
    let page = big(at, &["report", "answer.json", "--output", "page.html"]);
    assert_eq!(page.status.code(), Some(0), "{}", text(&page.stderr));
    assert!(
        fs::read_to_string(at.join("page.html"))
            .unwrap()
            .contains("Scores of items")
    );
}

#[test]
fn items_without_scores_are_a_no() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "t.csv", "winner,loser\nx,y\ny,x\ny,z\n");
    let arguments = ["prefs", "fit", "t.csv", "--json"];
    let none = json_of(&big(folder.path(), &arguments), 1);
    assert_eq!(none["reason"], "components");
    assert_eq!(none["components"], serde_json::json!([["x", "y"], ["z"]]));
    let shown = big(folder.path(), &["prefs", "fit", "t.csv"]);
    assert_eq!(shown.status.code(), Some(1));
    assert!(text(&shown.stdout).contains("2 groups"));
    let held = json_of(
        &big(
            folder.path(),
            &["prefs", "fit", "t.csv", "--json", "--ridge", "1"],
        ),
        0,
    );
    assert_eq!(held["items"][2]["item"], "z");
    let audited = json_of(
        &big(folder.path(), &["prefs", "audit", "t.csv", "--json"]),
        1,
    );
    assert_eq!(audited["kind"], "prefs_audit");
}

#[test]
fn an_audit_of_items() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(&folder, "arena.csv", ARENA);
    let found = json_of(
        &big(
            at,
            &["prefs", "audit", "arena.csv", "--json", "--swap", "x", "y"],
        ),
        0,
    );
    let swaps = found["swaps"].as_array().unwrap();
    assert_eq!(swaps.len(), 3);
    let asked = &swaps[2];
    assert_eq!(
        (&asked["above"], &asked["below"]),
        (&Value::from("x"), &Value::from("y"))
    );
    assert!(asked["labels_found"].as_u64() >= asked["labels_at_least"].as_u64());
    assert_eq!(found["annotators"].as_array().unwrap().len(), 3);
    // The attack replayed: as many labels turned as were found, those of x over y, and the order changes.
    let n = asked["labels_found"].as_u64().unwrap() as usize;
    let turned = ARENA.replacen("x,y,model_a", "x,y,model_b", n);
    write(&folder, "turned.csv", &turned);
    let after = json_of(&big(at, &["prefs", "fit", "turned.csv", "--json"]), 0);
    let order: Vec<&str> = after["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| i["item"].as_str().unwrap())
        .collect();
    assert!(
        order.iter().position(|i| *i == "y") < order.iter().position(|i| *i == "x"),
        "{order:?}"
    );
    let shown = text(&big(at, &["prefs", "audit", "arena.csv"]).stdout);
    assert!(
        shown.contains("How few changed labels") && shown.contains("How far each annotator"),
        "{shown}"
    );
    refused(
        &big(at, &["prefs", "audit", "arena.csv", "--swap", "x", "w"]),
        &["no item w"],
    );
}

#[test]
fn a_table_is_checked() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(
        &folder,
        "1.csv",
        "a,b,label,user\n\"[1, 0]\",\"[0, 5]\",1,p\n\"[1, 0]\",\"[0, 5]\",1,p\n\"[2, 2]\",\"[2, 2]\",1,p\n",
    );
    write(
        &folder,
        "2.csv",
        "a,b,label,user\n\"[0, 5]\",\"[1, 0]\",1,p\n\"[0, 4]\",\"[1, 0]\",tie,q\n",
    );
    let found = json_of(&big(at, &["prefs", "check", "1.csv", "2.csv", "--json"]), 0);
    assert_eq!(found["kind"], "prefs_check");
    assert_eq!(
        (&found["rows"], &found["annotators"], &found["dimension"]),
        (&5.into(), &2.into(), &2.into())
    );
    let finding = |kind: &str| {
        let all = found["findings"].as_array().unwrap();
        all.iter()
            .find(|f| f["kind"] == kind)
            .unwrap_or_else(|| panic!("no {kind} in {all:?}"))
            .clone()
    };
    for (kind, count, rows) in [
        ("identical_pair", 1, vec![3]),
        ("duplicate_row", 1, vec![2]),
        ("contradiction", 1, vec![4]),
        ("ties", 1, vec![5]),
    ] {
        let found = finding(kind);
        assert_eq!(
            (&found["count"], &found["rows"]),
            (&count.into(), &rows.into()),
            "{kind}"
        );
    }
    assert_eq!(finding("few_rows")["count"], 1);
    assert_eq!(found["columns"]["annotator"], "user");
    let shown = text(&big(at, &["prefs", "check", "1.csv", "2.csv"]).stdout);
    assert!(
        shown.contains("2.csv row 1") && shown.contains("Look at identical pair"),
        "{shown}"
    );
    // A favoured place, with its test: 19 of 20.
    let rows: String = (0..20)
        .map(|k| format!("{k},{},{}\n", 100 + k, u8::from(k > 0)))
        .collect();
    write(&folder, "placed.csv", &format!("a,b,label\n{rows}"));
    let found = json_of(&big(at, &["prefs", "check", "placed.csv", "--json"]), 0);
    let bias = &found["findings"][0];
    assert_eq!(bias["kind"], "position_bias");
    assert!((bias["p_value"].as_f64().unwrap() / 4.005_432_128_906_25e-5 - 1.0).abs() < 1e-9);
    write(
        &folder,
        "clean.csv",
        "a,b,label\n1,2,1\n3,4,0\n2,5,1\n7,1,0\n",
    );
    let clean = json_of(&big(at, &["prefs", "check", "clean.csv", "--json"]), 0);
    assert_eq!(clean["verdict"], "Nothing speaks against a fit.");
    assert_eq!(clean["findings"], serde_json::json!([]));
}

#[test]
fn grades_are_shares_of_a_win() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    // −10: the first; so −5 is three quarters of a win of the first.
    write(
        &folder,
        "graded.csv",
        "a,b,score\nx,y,-5\nx,y,10\ny,x,0\ny,x,-10\n",
    );
    // The same in quarters of rows.
    write(
        &folder,
        "weighed.csv",
        "a,b,label,weight\nx,y,1,0.75\nx,y,0,0.25\nx,y,0,1\nx,y,1,0.5\nx,y,0,0.5\nx,y,0,1\n",
    );
    let score = |file: &str, more: &[&str]| {
        let arguments = [&["prefs", "fit", file, "--json"], more].concat();
        json_of(&big(at, &arguments), 0)["items"][0]["score"]
            .as_f64()
            .unwrap()
    };
    let (graded, weighed) = (
        score("graded.csv", &["--graded=-10,10"]),
        score("weighed.csv", &[]),
    );
    assert!((graded - weighed).abs() < 1e-12);
    // y has 2.75 of 4 wins: the logit of that, halved.
    assert!((graded - 0.5 * (2.75_f64 / 1.25).ln()).abs() < 1e-12);
    // And of embeddings.
    write(&folder, "e.csv", "a,b,score\n0,1,4\n0.5,-1,2\n0,1,1\n");
    write(
        &folder,
        "w.csv",
        "a,b,label,weight\n0,1,1,0.75\n0,1,0,0.25\n0.5,-1,1,0.25\n0.5,-1,0,0.75\n0,1,0,1\n",
    );
    let theta = |file: &str, more: &[&str]| {
        let arguments = [&["prefs", "fit", file, "--json"], more].concat();
        json_of(&big(at, &arguments), 0)
    };
    let (graded, weighed) = (theta("e.csv", &["--graded", "5,1"]), theta("w.csv", &[]));
    close(&graded["theta"], &weighed["theta"], 1e-12);
    assert_eq!(graded["comparisons"], 3);
    refused(
        &big(at, &["prefs", "fit", "e.csv", "--graded", "3,1"]),
        &["row 1", "between 3 and 1"],
    );
}

#[test]
fn responses_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(
        &folder,
        "e.csv",
        "id,embedding_0,embedding_1\nr1,1,0\nr2,0,1\nr3,-1,-1\n",
    );
    let named = "a,b,label\nr1,r2,1\nr2,r1,1\nr2,r3,1\nr3,r1,1\nr3,r1,0\nr3,r2,1\n";
    write(&folder, "named.csv", named);
    let whole = named
        .replace("a,b,label", "a_0,a_1,b_0,b_1,label")
        .replace("r1", "1,0")
        .replace("r2", "0,1")
        .replace("r3", "-1,-1");
    write(&folder, "whole.csv", &whole);
    let by_name = json_of(
        &big(
            at,
            &[
                "prefs",
                "fit",
                "named.csv",
                "--responses",
                "e.csv",
                "--json",
            ],
        ),
        0,
    );
    assert_eq!(
        by_name,
        json_of(&big(at, &["prefs", "fit", "whole.csv", "--json"]), 0)
    );
    let items = json_of(&big(at, &["prefs", "fit", "named.csv", "--json"]), 0);
    assert_eq!(items["items"].as_array().unwrap().len(), 3);
}

#[test]
fn standardised_coordinates() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    // Coordinates of other units, and the same by hand: mean 2500 and 1, deviation 500 and 1.
    let rows = [
        (3000, 2, 2000, 0, 1),
        (2000, 2, 3000, 0, 0),
        (3000, 0, 2000, 2, 1),
        (3000, 2, 2000, 0, 0),
        (2000, 2, 3000, 0, 1),
        (3000, 2, 2000, 2, 1),
        (3000, 0, 2000, 0, 0),
    ];
    let (mut raw, mut own) = (
        "a_0,a_1,b_0,b_1,label\n".to_owned(),
        "a_0,a_1,b_0,b_1,label\n".to_owned(),
    );
    for (a, b, c, d, label) in rows {
        raw += &format!("{a},{b},{c},{d},{label}\n");
        own += &format!(
            "{},{},{},{},{label}\n",
            (a - 2500) / 500,
            b,
            (c - 2500) / 500,
            d
        );
    }
    write(&folder, "raw.csv", &raw);
    write(&folder, "own.csv", &own);
    let fit = |file: &str, more: &[&str]| {
        let arguments = [&["prefs", "fit", file, "--json", "--no-check"], more].concat();
        json_of(&big(at, &arguments), 0)
    };
    let (standardised, by_hand) = (
        fit("raw.csv", &["--standardize"]),
        fit("own.csv", &["--standardize"]),
    );
    close(&standardised["theta"], &by_hand["theta"], 1e-9);
    let notes = standardised["notes"].to_string();
    assert!(
        notes.contains("measured from (2500, 1) in units of (500, 1)"),
        "{notes}"
    );
    // Streamed, the same.
    close(
        &fit("raw.csv", &["--standardize", "--memory", "0"])["theta"],
        &by_hand["theta"],
        1e-5,
    );
}

/// Two coordinates in five, turned and shifted: told by two directions they are the two again, turned.
#[test]
fn directions_in_place_of_coordinates() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    // Orthogonal rows of one length: what is far in two coordinates is as far in five.
    let (first, second) = (
        [0.5, 0.5, 0.5, 0.5, 0.0],
        [0.4, -0.4, 0.2, -0.2, 0.774_596_669_241_483_4],
    );
    let mut plane = "a_0,a_1,b_0,b_1,label,annotator\n".to_owned();
    let mut wide = "a_0,a_1,a_2,a_3,a_4,b_0,b_1,b_2,b_3,b_4,label,annotator\n".to_owned();
    let mut state = 7_u64;
    let mut uniform = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    };
    for row in 0..600 {
        let [a, b] = [0, 1].map(|_| [2.0 * uniform(), uniform()]);
        let off = |x: [f64; 2]| (x[0] - 0.3).powi(2) + (x[1] + 0.1).powi(2);
        let label = u8::from(off(a) < off(b) + uniform());
        let told = |x: &[f64]| x.iter().map(f64::to_string).collect::<Vec<_>>().join(",");
        let embedded = |x: [f64; 2]| {
            let one = |k: usize| 10.0 + x[0] * first[k] + x[1] * second[k];
            told(&[0, 1, 2, 3, 4].map(one))
        };
        plane += &format!("{},{},{label},{}\n", told(&a), told(&b), row % 5);
        wide += &format!("{},{},{label},{}\n", embedded(a), embedded(b), row % 5);
    }
    write(&folder, "plane.csv", &plane);
    write(&folder, "wide.csv", &wide);
    let ask =
        |arguments: &[&str]| json_of(&big(at, &[&["prefs"], arguments, &["--json"]].concat()), 0);
    let near = |found: &Value, expected: &Value, tolerance: f64| {
        let (found, expected) = (found.as_f64().unwrap(), expected.as_f64().unwrap());
        let off = (found - expected).abs();
        assert!(
            off <= tolerance * (1.0 + expected.abs()),
            "{found} {expected}"
        );
    };
    let own = ask(&["fit", "plane.csv", "--precision", "fit"]);
    for memory in ["0", "100"] {
        let told = [
            "fit",
            "wide.csv",
            "--precision",
            "fit",
            "--components",
            "2",
            "--memory",
            memory,
        ];
        let told = ask(&told);
        assert_eq!(told["theta"].as_array().unwrap().len(), 2);
        near(&told["log_likelihood"], &own["log_likelihood"], 1e-6);
        near(&told["precision"], &own["precision"], 1e-6);
        let notes = told["notes"].to_string();
        assert!(
            notes.contains("by 2 directions") && notes.contains("100.0 %"),
            "{notes}"
        );
    }
    // Less than all of the scatter, and no more directions than there are.
    let one = ask(&["fit", "wide.csv", "--components", "1"])["notes"].to_string();
    assert!(
        one.contains("by 1 direction in") && !one.contains("100.0 %"),
        "{one}"
    );
    let four = ask(&["fit", "wide.csv", "--components", "4"]);
    assert_eq!(four["theta"].as_array().unwrap().len(), 2);
    // Who can move the estimate, how far: lengths and shares do not see the turn.
    let audit = |file: &str, more: &[&str]| {
        let asked = [
            "audit",
            file,
            "--precision",
            "1",
            "--radius",
            "1",
            "--replicates",
            "0",
        ];
        ask(&[&asked, more].concat())
    };
    let (own, told) = (
        audit("plane.csv", &[]),
        audit("wide.csv", &["--components", "2"]),
    );
    near(&told["manipulability"], &own["manipulability"], 1e-6);
    let (own, rows) = (&own["annotators"], &told["annotators"]);
    for (own, told) in own.as_array().unwrap().iter().zip(rows.as_array().unwrap()) {
        assert_eq!(own["annotator"], told["annotator"]);
        near(&told["influence"], &own["influence"], 1e-5);
    }
    assert!(told["coordinates"].as_str().unwrap().contains("100.0 %"));
    for wrong in ["0", "6"] {
        let output = big(at, &["prefs", "fit", "wide.csv", "--components", wrong]);
        refused(&output, &["directions of 5 coordinates", "ask for 1 to 5"]);
    }
}

/// Units are units: squares of what is measured may lie beyond the doubles.
#[test]
fn coordinates_are_measured_in_any_unit() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let mut dice = Dice::new(5);
    let rows: Vec<([i64; 6], i64)> = (0..200)
        .map(|_| ([0; 6].map(|_| dice.roll(-999, 999)), dice.roll(0, 1)))
        .collect();
    for asked in [
        &["--standardize"][..],
        &["--components", "2", "--standardize"],
        &["--components", "3", "--standardize"],
    ] {
        let mut estimates: Vec<Value> = Vec::new();
        for unit in ["e-3", "e157", "e-173", "e304", "e-300"] {
            let mut csv = "a_0,a_1,a_2,b_0,b_1,b_2,label\n".to_owned();
            for (numbers, label) in &rows {
                numbers.iter().for_each(|v| csv += &format!("{v}{unit},"));
                csv += &format!("{label}\n");
            }
            write(&folder, "t.csv", &csv);
            let asked = [&["prefs", "fit", "t.csv", "--json"], asked].concat();
            estimates.push(json_of(&big(at, &asked), 0)["theta"].clone());
        }
        let numbers = |theta: &Value| -> Vec<f64> {
            let theta = theta.as_array().unwrap();
            theta.iter().map(|v| v.as_f64().unwrap()).collect()
        };
        let expected = numbers(&estimates[0]);
        for theta in &estimates {
            for (found, expected) in numbers(theta).iter().zip(&expected) {
                assert!((found - expected).abs() < 1e-9, "{estimates:?}");
            }
        }
    }
    // Where nobody chose units, the last table is refused for what it is.
    let told = big(at, &["prefs", "fit", "t.csv"]);
    refused(&told, &["coordinate 0", "measure in smaller units"]);
    // Differences beyond the doubles are refused.
    let far = "a_0,b_0,label\n1.5e308,-1.5e308,1\n-1.5e308,1.5e308,0\n1,2,1\n";
    write(&folder, "far.csv", far);
    for asked in [&["--standardize"][..], &["--components", "1"]] {
        let asked = [&["prefs", "fit", "far.csv"], asked].concat();
        refused(&big(at, &asked), &["overflow"]);
    }
}

#[test]
fn the_place_has_a_term() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    // Pairs on a line, labelled by a rule that favours the first.
    let pairs: Vec<(f64, f64, bool)> = (0..200)
        .map(|k| {
            let (a, b) = (
                f64::from(k % 17) / 8.0 - 1.0,
                f64::from(k * 7 % 13) / 6.0 - 1.0,
            );
            let margin = 2.0 * 0.3 * (a - b) + b * b - a * a + 0.8;
            (a, b, margin + f64::from(k * 31 % 23) / 5.0 - 2.2 > 0.0)
        })
        .collect();
    let rows: String = pairs
        .iter()
        .map(|(a, b, y)| format!("{a},{b},{}\n", u8::from(*y)))
        .collect();
    write(&folder, "t.csv", &format!("a,b,label\n{rows}"));
    for precision in ["1", "fit"] {
        let arguments = [
            "prefs",
            "fit",
            "t.csv",
            "--json",
            "--position-bias",
            "--precision",
            precision,
        ];
        let found = json_of(&big(at, &arguments), 0);
        let theta = floats(&found["theta"]);
        assert_eq!(theta.len(), 1);
        let (beta, place) = (
            found["precision"].as_f64().unwrap(),
            &found["position_bias"],
        );
        let logit = place["logit"].as_f64().unwrap();
        // The equations of the maximum, and its value.
        let (mut intercept, mut slope, mut value) = (0.0, 0.0, 0.0);
        for (a, b, y) in &pairs {
            let margin = beta * (2.0 * theta[0] * (a - b) + b * b - a * a) + logit;
            let p = 1.0 / (1.0 + (-margin).exp());
            let left = f64::from(u8::from(*y)) - p;
            intercept += left;
            slope += left * (a - b);
            value += if *y { p.ln() } else { (1.0 - p).ln() };
        }
        assert!(
            intercept.abs() < 1e-6 && slope.abs() < 1e-6,
            "{intercept} {slope}"
        );
        assert!((value - found["log_likelihood"].as_f64().unwrap()).abs() < 1e-9);
        assert!(
            logit > 0.3 && place["p_value"].as_f64().unwrap() < 0.01,
            "{place}"
        );
        assert_eq!(place["standard_error"].is_null(), precision == "fit");
        // Without it the likelihood is lower by what the p-value says.
        let plain = json_of(
            &big(
                at,
                &["prefs", "fit", "t.csv", "--json", "--precision", precision],
            ),
            0,
        );
        assert!(plain["log_likelihood"].as_f64() < found["log_likelihood"].as_f64());
    }
    let shown = text(&big(at, &["prefs", "fit", "t.csv", "--position-bias"]).stdout);
    assert!(shown.contains("The first place counts"), "{shown}");
    write(&folder, "chosen.csv", "chosen,rejected\n1,2\n2,1\n");
    refused(
        &big(at, &["prefs", "fit", "chosen.csv", "--position-bias"]),
        &["nothing is known of places"],
    );
}
