//! An answer that was changed is refused, or the change has no effect on what is told.

use serde_json::{Value, json};

use crate::draw::{Door, Draws, convex, finite};

/// The places of all values within a value, as JSON pointers; not those of a game that is carried.
fn places(value: &Value, at: &str, out: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let place = format!("{at}/{key}");
                out.push(place.clone());
                if key != "game" {
                    places(value, &place, out);
                }
            }
        }
        Value::Array(values) => {
            for (k, value) in values.iter().enumerate() {
                let place = format!("{at}/{k}");
                out.push(place.clone());
                places(value, &place, out);
            }
        }
        _ => {}
    }
}

/// Another value of the same type, or nearly.
fn changed(value: &Value, draws: &mut Draws) -> Value {
    match value {
        Value::Null => json!(1),
        Value::Bool(b) => json!(!b),
        Value::Number(v) => match v.as_u64() {
            Some(whole) if v.is_u64() => match draws.below(3) {
                0 => json!(whole + 1),
                1 => json!(whole.saturating_sub(1)),
                _ => json!(whole + 1_000_000),
            },
            _ => {
                let v = v.as_f64().unwrap();
                match draws.below(5) {
                    0 => json!(v + 1.0),
                    1 => json!(-v),
                    2 => json!(v + 1e-6),
                    3 => json!(v * (1.0 + 4.0 * f64::EPSILON)),
                    _ => json!(1e300),
                }
            }
        },
        Value::String(text) => match text.as_str() {
            "unique" => json!("infinite"),
            "infinite" => json!("unique"),
            "solved" => json!("unfinished"),
            "least_exaggerated" => json!("least_norm"),
            "decomposition" | "ball" => json!("reference"),
            "separable" => json!("decomposition"),
            "round_robin" => json!("greedy"),
            "greedy" => json!("random"),
            _ => json!(format!("{text}!")),
        },
        Value::Array(values) => {
            let mut values = values.clone();
            match draws.below(2) {
                0 => drop(values.pop()),
                _ => values.push(values.first().cloned().unwrap_or(json!(0))),
            }
            Value::Array(values)
        }
        Value::Object(_) => json!({}),
    }
}

/// What is told on request only.
const QUESTIONS: [&str; 3] = ["/vertices", "/sensitivity", "/honesty"];

/// Takes out a field; not an element of a list.
fn remove(value: &mut Value, place: &str) -> bool {
    let (parent, key) = place.rsplit_once('/').unwrap();
    let parent = value.pointer_mut(parent).unwrap();
    parent
        .as_object_mut()
        .is_some_and(|fields| fields.remove(key).is_some())
}

/// Changes an answer in `times` places, one at a time, or takes out what is there. Returns how many changes were refused.
fn forge(door: &Door, answer: &Value, draws: &mut Draws, times: usize) -> usize {
    door.write("answer.json", answer);
    let page = door.answer(&["report", "@answer.json"]);
    let mut all = Vec::new();
    places(answer, "", &mut all);
    let mut refused = 0;
    for _ in 0..times {
        let place = draws.of(&all.iter().collect::<Vec<_>>()).clone();
        let mut forged = answer.clone();
        let gone = draws.below(4) == 0 && remove(&mut forged, &place);
        if !gone {
            let at = forged.pointer_mut(&place).unwrap();
            *at = changed(at, draws);
        }
        if forged
            .get("game")
            .is_none_or(|g| !g.is_object() || g == &json!({}))
        {
            // Without its game it is another answer, and said to be unchecked.
            continue;
        }
        door.write("forged.json", &forged);
        let (code, told) = door.run(&["report", "@forged.json"]);
        if code == 2 {
            refused += 1;
            continue;
        }
        assert!(code <= 1, "{place}: {code} {told}");
        // Without what answers one more question, that was not asked.
        if gone && QUESTIONS.contains(&place.as_str()) {
            continue;
        }
        // The method that is named was asked, and comes to the same answer.
        if told != page && place != "/solver/method" {
            // A profile that differs by a rounding error is another question with the same answer.
            let asked = ["/actions/", "/start/"]
                .iter()
                .any(|of| place.starts_with(of));
            assert!(asked, "{place} of {answer}\nis {forged}");
            door.write("anew.json", &asked_anew(door, &forged));
            let anew = door.answer(&["report", "@anew.json"]);
            assert!(told == anew, "{place} of {answer}\nis {forged}");
        }
    }
    refused
}

/// The question that an answer about a profile, or a run, is an answer to, asked once more.
fn asked_anew(door: &Door, answer: &Value) -> Value {
    door.write("game.json", &answer["game"]);
    let text = |key: &str| answer[key].to_string().replace('"', "").replace('_', "-");
    let profile = |key: &str| door.write("profile.json", &json!({ "actions": answer[key] }));
    let tolerance = text("tolerance");
    if answer["kind"] == "verify" {
        profile("actions");
        return door.json(&[
            "verify",
            "@game.json",
            "@profile.json",
            "--tolerance",
            &tolerance,
        ]);
    }
    profile("start");
    let (order, damping, seed) = (text("order"), text("damping"), text("seed"));
    let rounds = text("max_rounds");
    let how = ["--order", &order, "--damping", &damping, "--seed", &seed];
    let line = [
        "dynamics",
        "@game.json",
        "--start",
        "@profile.json",
        "--tolerance",
        &tolerance,
    ];
    door.json(&[line.as_slice(), &how, &["--max-rounds", &rounds]].concat())
}

fn convex_answers(door: &Door, draws: &mut Draws) -> Value {
    door.write("game.json", &convex(draws));
    let select = draws.of(&["least-exaggerated", "least-norm", "vertex"]);
    match draws.below(4) {
        0 => door.json(&["solve", "@game.json", "--select", select]),
        1 => door.json(&["solve", "@game.json", "--vertices", "--sensitivity"]),
        2 => {
            let profile = door.json(&["solve", "@game.json", "--select", select]);
            door.write("profile.json", &profile);
            door.json(&["verify", "@game.json", "@profile.json"])
        }
        _ => {
            let order = draws.of(&["round-robin", "random", "greedy", "simultaneous"]);
            let damping = draws.of(&["1", "0.75"]);
            let rounds = draws.of(&["0", "1", "3", "5"]);
            let start = draws.of(&["truthful", "zero", "random"]);
            let how = ["--order", order, "--damping", damping, "--start", start];
            let line = [
                "dynamics",
                "@game.json",
                "--seed",
                "7",
                "--max-rounds",
                rounds,
            ];
            door.json(&[line.as_slice(), &how].concat())
        }
    }
}

fn finite_answers(door: &Door, draws: &mut Draws) -> Value {
    let mut game = finite(draws);
    let dominant = draws.chance(6);
    if dominant {
        game["loss"] = json!("inner_product");
    }
    door.write("game.json", &game);
    match draws.below(7) {
        _ if dominant => door.json(&["solve", "@game.json"]),
        0 => door.json(&["solve", "@game.json"]),
        1 => door.json(&["solve", "@game.json", "--potential-minimum"]),
        6 => {
            // As far as it gets in no time: exit code 3, or an answer all the same.
            let least = draws.of(&["--potential-minimum", "--time-limit=0"]);
            let line = ["solve", "@game.json", "--time-limit=0", least, "--json"];
            let line = if least == line[2] {
                [&line[..2], &line[3..]].concat()
            } else {
                line.to_vec()
            };
            let (_, text) = door.run(&line);
            serde_json::from_str(&text).unwrap()
        }
        2 => {
            let run = door.json(&[
                "dynamics",
                "@game.json",
                "--start",
                "zero",
                "--max-rounds",
                "1",
            ]);
            door.write("profile.json", &json!({ "choices": run["choices"] }));
            door.json(&["verify", "@game.json", "@profile.json"])
        }
        3 => door.json(&["dynamics", "@game.json", "--start", "random", "--seed", "3"]),
        4 => door.json(&["enumerate", "@game.json", "--limit", "2"]),
        _ => {
            let how = draws.of(&["--count", "--by-receiver", "--epsilon=1/3"]);
            door.json(&["enumerate", "@game.json", how])
        }
    }
}

fn many(seed: u64, answers: usize, times: usize, ask: fn(&Door, &mut Draws) -> Value) {
    let door = Door::open();
    let mut draws = Draws::new(seed);
    let mut refused = 0;
    for _ in 0..answers {
        let answer = ask(&door, &mut draws);
        refused += forge(&door, &answer, &mut draws, times);
    }
    // Most of what an answer says follows from its game.
    assert!(refused * 2 > answers * times, "only {refused} refused");
}

macro_rules! seeds {
    ($($name:ident: $seed:expr, $answers:expr, $ask:expr;)*) => {
        $(#[test]
        fn $name() {
            many($seed, $answers, 12, $ask);
        })*
    };
}

seeds! {
    forged_answers_about_convex_games_1: 11, 30, convex_answers;
    forged_answers_about_convex_games_2: 12, 30, convex_answers;
    forged_answers_about_convex_games_3: 13, 30, convex_answers;
    forged_answers_about_convex_games_4: 14, 30, convex_answers;
    forged_answers_about_convex_games_5: 17, 30, convex_answers;
    forged_answers_about_convex_games_6: 18, 30, convex_answers;
    forged_answers_about_finite_games_1: 15, 30, finite_answers;
    forged_answers_about_finite_games_2: 16, 30, finite_answers;
    forged_answers_about_finite_games_3: 19, 30, finite_answers;
}

/// Every field of a solved game, one after the other, with the field named.
#[test]
fn the_field_that_disagrees_is_named() {
    let door = Door::open();
    door.write(
        "game.json",
        &json!({
            "name": "same side",
            "action_space": { "type": "box", "lower": -1, "upper": 1 },
            "influencers": [{ "weight": 0.5, "target": [-0.8] }, { "weight": 0.5, "target": [-0.3] }],
        }),
    );
    let answer = door.json(&["solve", "@game.json"]);
    let forgeries = [
        (
            "/winners",
            json!([0]),
            "`winners[0]` is 0, but the game gives 1",
        ),
        ("/cardinality", json!("infinite"), "`cardinality`"),
        (
            "/dimension",
            json!(7),
            "`dimension` is 7, but the game gives 0",
        ),
        (
            "/influencers/0/action_range",
            json!({ "lower": [-1], "upper": [1] }),
            "`influencers[0].action_range.upper[0]` is 1, but the game gives -1",
        ),
        (
            "/certificate/max_regret",
            json!(0.5),
            "`certificate.max_regret`",
        ),
        ("/verdict", json!("Nobody wins."), "`verdict`"),
        (
            "/welfare/price_of_anarchy",
            json!(1),
            "`welfare.price_of_anarchy`",
        ),
        ("/solver/method", json!("ball"), "`solver.method`"),
        (
            "/influencers/1/name",
            json!("far right"),
            "`influencers[1].name`",
        ),
        ("/name", json!("other side"), "`name`"),
        ("/kind", json!("sold"), "sold"),
    ];
    for (place, value, words) in forgeries {
        let mut forged = answer.clone();
        *forged.pointer_mut(place).unwrap() = value;
        door.write("forged.json", &forged);
        for command in ["report", "plot"] {
            let (code, told) = door.run(&[command, "@forged.json"]);
            assert_eq!(code, 2, "{place}: {told}");
            assert!(told.contains(words), "{place}: {told}");
        }
    }
}

/// Of an answer without its game, what follows from the rest is checked.
#[test]
fn answers_without_their_game_do_not_contradict_themselves() {
    let door = Door::open();
    door.write(
        "game.json",
        &json!({
            "action_space": { "type": "box", "lower": -1, "upper": 1 },
            "influencers": [{ "weight": 0.5, "target": [-0.8] }, { "weight": 0.5, "target": [-0.3] }],
        }),
    );
    door.write(
        "spec.json",
        &json!({
            "pairs": 50, "distribution": "normal", "action_space": { "type": "box", "lower": -1, "upper": 1 },
            "influencers": [{ "theta": [-0.2] }, { "theta": [0.3] }],
        }),
    );
    let mut solved = door.json(&["solve", "@game.json"]);
    solved.as_object_mut().unwrap().remove("game");
    let mut played = door.json(&["dynamics", "@game.json"]);
    played.as_object_mut().unwrap().remove("game");
    let empirical = door.json(&["prefs", "play", "@spec.json"]);
    let forgeries = [
        (&solved, "/winners", json!([0]), "winners"),
        (&solved, "/winners", json!([7]), "winners"),
        (&solved, "/cardinality", json!("infinite"), "dimension"),
        (&solved, "/dimension", json!(7), "dimension"),
        (
            &solved,
            "/influencers/0/action_range/upper",
            json!([1]),
            "influencers[0].action_range.upper",
        ),
        (
            &solved,
            "/influencers/1/loss",
            json!(3),
            "influencers[1].loss",
        ),
        (
            &solved,
            "/influencers/1/exaggeration",
            json!(0),
            "influencers[1].exaggeration",
        ),
        (
            &solved,
            "/influencers/1/target",
            json!([0, 1]),
            "influencers[1].target",
        ),
        (&solved, "/receiver", json!([0.3]), "influencers[0].loss"),
        (
            &solved,
            "/welfare/equilibrium_cost",
            json!(9),
            "welfare.equilibrium_cost",
        ),
        (
            &solved,
            "/certificate/max_regret",
            json!(0.5),
            "certificate.max_regret",
        ),
        (&solved, "/verdict", json!("Nobody wins."), "verdict"),
        (&played, "/rounds", json!(3), "rounds"),
        (&played, "/receiver", json!([3]), "receiver"),
        (&played, "/converged", json!(false), "verdict"),
        (
            &empirical,
            "/equilibrium/theta_hat",
            json!([3]),
            "equilibrium.theta_hat",
        ),
        (
            &empirical,
            "/equilibrium/actions/0",
            json!([3]),
            "equilibrium.actions",
        ),
        (
            &empirical,
            "/iterations/0/loss",
            json!(3),
            "iterations[0].loss",
        ),
        (
            &empirical,
            "/iterations/0/name",
            json!("nobody"),
            "iterations[0].name",
        ),
        (
            &empirical,
            "/iterations/0/influencer",
            json!(7),
            "iterations[0].influencer",
        ),
    ];
    for (answer, place, value, field) in forgeries {
        let mut forged = answer.clone();
        *forged.pointer_mut(place).unwrap() = value;
        door.write("forged.json", &forged);
        let (code, told) = door.run(&["report", "@forged.json"]);
        assert_eq!(code, 2, "{place}: {told}");
        assert!(told.contains(&format!("`{field}")), "{place}: {told}");
        door.write("answer.json", answer);
        door.answer(&["report", "@answer.json"]);
    }
}

/// An answer that does not hold its game is told, and said to be unchecked.
#[test]
fn what_cannot_be_checked_is_said_to_be_unchecked() {
    let door = Door::open();
    door.write("game.json", &convex(&mut Draws::new(5)));
    let mut answer = door.json(&["solve", "@game.json"]);
    answer.as_object_mut().unwrap().remove("game");
    door.write("answer.json", &answer);
    let page = door.answer(&["report", "@answer.json"]);
    assert!(page.contains("nothing here was checked"));
    assert!(
        !door
            .answer(&["report", "@game.json"])
            .contains("nothing here was checked")
    );
}
