//! Inputs whose numbers, or whose answers, are not what they should be: the user's to mend, and not a fault of the program.

use std::fs;

use super::{big, folder, refused, text};

/// Numbers that are fine one by one and make no game together.
#[test]
fn play_in_units_that_cannot_be_squared_is_refused() {
    let folder = folder();
    for receiver in ["mle", "affine"] {
        let spec = super::EXPERIMENT
            .replace("-1, upper = 1", "-1e150, upper = 1e150")
            .replace(
                "distribution = \"normal\"",
                "distribution = { type = \"normal\", mean = 0, deviation = 1e60 }",
            );
        fs::write(folder.path().join("huge.toml"), spec).unwrap();
        let output = big(
            folder.path(),
            &["prefs", "play", "huge.toml", "--receiver", receiver],
        );
        refused(
            &output,
            &["huge.toml: makes no game", "measure in larger units"],
        );
    }
}

/// What double precision has no digits for is refused with the reason, where it leaves no proof; it is never silent.
#[test]
fn numbers_without_digits_are_refused_where_nothing_is_proven() {
    let folder = folder();
    let at = folder.path();
    for (space, weight, target) in [
        ("type = \"l1_ball\"\nradius = 1e-320", "1e100", "[1e140]"),
        ("type = \"l1_ball\"\nradius = 5e-324", "1e100", "[1e140]"),
        (
            "type = \"ellipsoid\"\ncenter = [0, 0]\nshape = [[1e-320, 0], [0, 1e-320]]",
            "1e-160",
            "[1e-160, 1e-160]",
        ),
        ("type = \"ball\"\nradius = 5e-324", "1", "[0.5, 0.25, 0.1]"),
        ("type = \"simplex\"\nscale = 5e-324", "1e100", "[0.5, 0.25]"),
    ] {
        let game = format!(
            "[action_space]\n{space}\n[[influencers]]\nweight = {weight}\ntarget = {target}\n"
        );
        fs::write(at.join("tiny.toml"), game).unwrap();
        let output = big(at, &["solve", "tiny.toml"]);
        match output.status.code() {
            Some(0) => {}
            _ => refused(&output, &["tiny.toml", "measure in larger units"]),
        }
    }
}

/// An answer that was edited and given back is refused, field by field, and never a fault of ours.
#[test]
fn an_edited_answer_is_the_users() {
    let folder = folder();
    let at = folder.path();
    assert!(
        big(at, &["solve", "g.toml", "--json", "-o", "a.json"])
            .status
            .success()
    );
    assert!(
        big(at, &["dynamics", "g.toml", "--json", "-o", "d.json"])
            .status
            .code()
            .is_some()
    );
    assert!(
        big(at, &["enumerate", "finite.toml", "--json", "-o", "f.json"])
            .status
            .success()
    );
    assert!(
        big(at, &["prefs", "play", "e.toml", "--json", "-o", "p.json"])
            .status
            .code()
            .is_some()
    );
    let mut tried = 0;
    for file in ["a.json", "d.json", "f.json", "p.json"] {
        let answer: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(at.join(file)).unwrap()).unwrap();
        for edited in edits(&answer) {
            fs::write(at.join("edited.json"), serde_json::to_vec(&edited).unwrap()).unwrap();
            let output = big(at, &["plot", "edited.json"]);
            let code = output.status.code();
            assert!(
                matches!(code, Some(0..=2)),
                "{file}: {code:?}: {}\n{edited}",
                text(&output.stderr)
            );
            tried += 1;
        }
    }
    assert!(tried > 100, "{tried}");
}

/// The answer with each of its parts in turn in place of something else.
fn edits(value: &serde_json::Value) -> Vec<serde_json::Value> {
    use serde_json::{Value, json};
    let mut found = match value {
        Value::Number(n) if n.is_f64() => vec![json!(1e300), json!("x"), Value::Null],
        Value::Number(_) => vec![json!(-7), json!(1e300)],
        Value::String(_) => vec![json!("something else"), json!(5)],
        Value::Bool(b) => vec![json!(!b)],
        Value::Null => vec![json!(3.5)],
        Value::Array(_) => vec![json!([]), json!([1e300])],
        Value::Object(_) => vec![json!({})],
    };
    match value {
        // The first of a list is like the others.
        Value::Array(list) => {
            for part in list.first().into_iter().flat_map(edits) {
                let mut whole = list.clone();
                whole[0] = part;
                found.push(Value::Array(whole));
            }
        }
        Value::Object(fields) => {
            for (key, field) in fields {
                for part in edits(field) {
                    let mut whole = fields.clone();
                    whole[key] = part;
                    found.push(Value::Object(whole));
                }
            }
        }
        _ => {}
    }
    found
}

/// The state of a run that was changed, or is of others, is refused; it neither ends the program nor is gone on from.
#[test]
fn a_changed_state_of_play_is_refused() {
    let folder = folder();
    let at = folder.path();
    let play = |state: &str| {
        big(
            at,
            &[
                "prefs",
                "play",
                "e.toml",
                "--receiver",
                "affine",
                "--state",
                state,
                "--max-iterations",
                "3",
            ],
        )
    };
    assert!(play("whole.json").status.code().is_some());
    let whole: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(at.join("whole.json")).unwrap()).unwrap();
    let mut tried = 0;
    for edited in edits(&whole) {
        fs::write(at.join("state.json"), edited.to_string()).unwrap();
        let output = play("state.json");
        assert!(
            matches!(output.status.code(), Some(0..=2)),
            "{}\n{edited}",
            text(&output.stderr)
        );
        tried += 1;
    }
    assert!(tried > 50, "{tried}");
    for (change, value) in [
        ("start", serde_json::json!([[0.1]])),
        ("actions", serde_json::json!([[5.0], [0.0]])),
        ("turns", serde_json::json!(u64::MAX)),
    ] {
        let mut state = whole.clone();
        state["state"][change] = value;
        fs::write(at.join("state.json"), state.to_string()).unwrap();
        refused(&play("state.json"), &["the saved run is not one"]);
    }
    let mut state = whole;
    state["met"][0]["actions"] = serde_json::json!([0.5]);
    fs::write(at.join("state.json"), state.to_string()).unwrap();
    refused(
        &play("state.json"),
        &["state.json", "`met` is not of 2 influencers"],
    );
}

/// What the search of `fuzz` found and what is left of it.
#[test]
fn games_that_ended_the_program_do_so_no_more() {
    let folder = folder();
    let at = folder.path();
    // The range of an electorate without its only heavy voter is no number.
    let light = r#"{ "action_space": { "type": "l1_ball", "radius": 1 }, "influencers": [
        { "weight": 1e-16, "target": [1, 0.05, 1e-16] }, { "weight": 1e16, "target": ["7/1000000007", "0.1", 0.5] } ] }"#;
    fs::write(at.join("light.json"), light).unwrap();
    let output = big(at, &["mechanisms", "light.json", "--json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    // Somebody whose weight leaves no digits beside a cost of lying.
    let faint = r#"{ "action_space": { "type": "ellipsoid", "center": [-0.05], "shape": [[2]] }, "receiver": { "bias": [-0.55] },
        "influencers": [ { "weight": [[0.45]], "target": [0.25] }, { "weight": 1e-300, "target": [1e-100] },
        { "weight": "-2/7", "target": [4] }, { "weight": -0.95, "target": [-3], "lying_cost": 1 } ] }"#;
    // A set so far away that its width rounds to nothing.
    let far = r#"{ "action_space": { "type": "simplex", "scale": 1.6 }, "receiver": { "bias": [0.4] }, "influencers": [
        { "weight": -0.05, "target": [-0.65], "action_space": { "type": "ball", "radius": 1, "center": [0.05] } },
        { "weight": [[5e-324]], "target": [-1], "action_space": { "type": "ellipsoid", "center": [1e16], "shape": [[0.5]] } },
        { "weight": 0.2, "target": [0.05] }, { "weight": -4, "target": [-0.55], "lying_cost": 0.7 } ] }"#;
    // And one whose radius does, around a centre that is not the origin.
    let point = r#"{ "action_space": { "type": "box", "lower": -1, "upper": 0.5 }, "influencers": [
        { "weight": 1, "target": [1, -4] },
        { "weight": -2, "target": [0.65, 0], "action_space": { "type": "ball", "radius": 0.2, "center": [0.75, -3] } },
        { "weight": -4, "target": [-4, -1] }, { "weight": 0.35, "target": [-0.2, 0] },
        { "weight": -0.55, "target": [0.1, 0.45], "action_space": { "type": "ball", "radius": 5e-324, "center": [1, 1] } } ] }"#;
    for game in [faint, far, point] {
        fs::write(at.join("faint.json"), game).unwrap();
        for command in ["solve", "coalitions"] {
            let output = big(at, &[command, "faint.json"]);
            if output.status.code() != Some(0) {
                refused(&output, &["faint.json", "measure in larger units"]);
            }
        }
    }
}

/// So it is with what is asked beside the equilibrium.
#[test]
fn what_is_asked_beside_is_refused_for_the_same_reason() {
    let folder = folder();
    let at = folder.path();
    let honest = r#"{ "action_space": { "type": "box", "lower": -1, "upper": 0.3 }, "influencers": [
        { "weight": 0, "target": [-2, -0.65, 4], "lying_cost": 0.5 }, { "weight": -0.6, "target": [-0.25, -0.8, -0.45] },
        { "weight": 5e-324, "target": [0.4, 0.05, -3] } ] }"#;
    let optimum = r#"{ "action_space": { "type": "ball", "radius": 1, "center": [-0.45, -3] }, "influencers": [
        { "weight": "7/1000000007", "target": [-0.8, -0.25],
          "action_space": { "type": "ellipsoid", "center": [-1, -0.45], "shape": [[0.5, 0], [0, 0.5]] } },
        { "weight": -0.75, "target": [0.65, 1], "action_space": { "type": "ball", "radius": 1e-308, "center": [-0.1, -0.95] } },
        { "weight": 1, "target": [-0.4, -0.85], "lying_cost": 0 }, { "weight": -0.55, "target": [1, 0.9] } ] }"#;
    for (game, more) in [(honest, &["--honesty", "0.1"][..]), (optimum, &[])] {
        fs::write(at.join("tiny.json"), game).unwrap();
        let output = big(at, &[&["solve", "tiny.json"], more].concat());
        if output.status.code() != Some(0) {
            refused(&output, &["tiny.json", "measure in larger units"]);
        }
    }
}

/// A length that a damaged Arrow file tells of itself is not believed: the memory is not asked for.
#[test]
fn lengths_of_damaged_arrow_files_are_not_believed() {
    let folder = folder();
    let at = folder.path();
    let seeds = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fuzz/corpus/labels_arrow"
    );
    for seed in fs::read_dir(seeds).unwrap() {
        let seed = seed.unwrap().path();
        let whole = fs::read(&seed).unwrap();
        fs::write(at.join("whole.arrow"), &whole).unwrap();
        let output = big(at, &["prefs", "check", "whole.arrow"]);
        assert!(
            output.status.success(),
            "{seed:?}: {}",
            text(&output.stderr)
        );
        // Every eight bytes in turn are a length that no file has.
        for place in (0..whole.len().saturating_sub(8)).step_by(8) {
            let mut damaged = whole.clone();
            damaged[place..place + 8].copy_from_slice(&(1_u64 << 60).to_le_bytes());
            fs::write(at.join("damaged.arrow"), &damaged).unwrap();
            let output = big(at, &["prefs", "check", "damaged.arrow"]);
            let error = text(&output.stderr);
            assert!(
                matches!(output.status.code(), Some(0 | 2)),
                "{seed:?} at {place}: {error}"
            );
            assert!(!error.contains("panicked"), "{error}");
        }
    }
}
