//! Questions through the program's own door: whatever it is asked, it answers, says no, or says what is wrong with the input; and what
//! it answers verifies.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use big_cli::{Ended, run};
use serde_json::{Value, json};

use crate::readers::{file, folder};
use crate::{Random, signature};

/// Asks, with the answer in a file.
fn asked(arguments: &[&str]) -> (Ended, Option<Value>) {
    let out = folder(|folder| folder.path().join("out.json"));
    let _ = fs::remove_file(&out);
    let mut line: Vec<OsString> = arguments.iter().map(OsString::from).collect();
    line.extend([OsString::from("--output"), out.clone().into_os_string()]);
    let ended = run(line);
    let answer = fs::read(&out)
        .ok()
        .and_then(|text| serde_json::from_slice(&text).ok());
    // A fault of the program has a message; an answer that is not proven has none, and is allowed.
    if ended.code == 3 {
        let given = arguments
            .get(1)
            .and_then(|path| fs::read_to_string(path).ok());
        assert_eq!(ended.message, None, "{arguments:?}: {given:?}");
    }
    assert!(ended.code <= 3);
    (ended, answer)
}

fn told(ended: &Ended) -> String {
    format!(
        "{} {}",
        ended.code,
        signature(ended.message.as_deref().unwrap_or_default())
    )
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

/// The file in which a run of play is kept.
pub fn state(data: &[u8]) -> String {
    let spec = file(
        "experiment.toml",
        b"pairs = 40\ndistribution = \"normal\"\naction_space = { type = \"box\", lower = -1, upper = 1 }\n\
          influencers = [ { theta = [-0.2] }, { theta = [0.3] } ]\n",
    );
    let state = file("state.json", data);
    let line = [
        "prefs",
        "play",
        text(&spec),
        "--receiver",
        "affine",
        "--state",
        text(&state),
        "--max-iterations",
        "6",
        "--json",
    ];
    told(&asked(&line).0)
}

/// An answer that is given back, for a page.
pub fn answer(data: &[u8]) -> String {
    let Ok(text) = std::str::from_utf8(data) else {
        return "no text".into();
    };
    let source = big_io::Source::text("answer", text);
    match big_app::picture::subject(source, &big_app::Monitor::default()) {
        Ok(_) => "told again".into(),
        Err(big_app::AppError::Internal(message)) => panic!("a fault of the program: {message}"),
        Err(error) => signature(&error.to_string()),
    }
}

/// A game that is made from the bytes, and a question about it.
pub fn questions(data: &[u8]) -> String {
    let mut random = Random::from_bytes(data);
    let game = drawn(&mut random);
    let text_of_game = game.to_string();
    let path = file("game.json", text_of_game.as_bytes());
    let path = text(&path);
    let finite = game["action_space"]["type"] == "finite";
    let question = random.below(if finite { 6 } else { 7 });
    let (ended, answer) = match question {
        0 | 1 => asked(&["solve", path, "--json", "--time-limit", "2"]),
        2 => asked(&[
            "dynamics",
            path,
            "--json",
            "--max-rounds",
            "30",
            "--order",
            ["round-robin", "greedy", "random", "simultaneous"][random.below(4)],
        ]),
        3 if finite => asked(&[
            "enumerate",
            path,
            "--json",
            "--limit",
            "50",
            "--time-limit",
            "2",
        ]),
        4 if finite => asked(&[
            "strategic",
            path,
            "--json",
            "--most",
            "2000",
            "--time-limit",
            "2",
        ]),
        3 => asked(&["solve", path, "--json", "--vertices", "--sensitivity"]),
        4 => asked(&["mechanisms", path, "--json"]),
        5 => asked(&[
            "coalitions",
            path,
            "--json",
            "--time-limit",
            "1",
            "--limit",
            "10",
        ]),
        _ => asked(&["solve", path, "--json", "--honesty", "0.1"]),
    };
    if question <= 1
        && let Some(answer) = answer
        && answer["status"] == "solved"
        && answer["kind"] == "solve"
    {
        let out = folder(|folder| folder.path().join("answer.json"));
        fs::write(&out, answer.to_string()).expect("a temporary file");
        let (verified, _) = asked(&["verify", path, text(&out), "--json", "--time-limit", "5"]);
        // A finite game may be beyond what is decided in the time.
        let allowed: &[u8] = if finite { &[0, 1] } else { &[0] };
        assert!(
            allowed.contains(&verified.code),
            "{verified:?} of {text_of_game}"
        );
    }
    format!("{question} {}", told(&ended))
}

/// The game that is made from the bytes.
pub fn game_of(data: &[u8]) -> String {
    drawn(&mut Random::from_bytes(data)).to_string()
}

/// Numbers that have been trouble somewhere.
const NUMBERS: &[f64] = &[
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -0.5,
    0.1,
    0.3,
    1.0 / 3.0,
    2.0,
    1e-3,
    1e3,
    1e-8,
    1e8,
    1e-16,
    1e16,
    1e-50,
    1e50,
    1e-100,
    1e100,
    1e-150,
    1e149,
    1e-300,
    1e-308,
    5e-324,
    4503599627370497.5,
    0.9999999999999999,
    1.0000000000000002,
];

fn number(random: &mut Random) -> Value {
    match random.below(8) {
        0..=3 => json!((random.below(41) as f64 - 20.0) / 20.0),
        4 | 5 => json!(random.below(9) as f64 - 4.0),
        6 => json!(["1/3", "-2/7", "0.1", "1e-30", "7/1000000007"][random.below(5)]),
        _ => json!(NUMBERS[random.below(NUMBERS.len())]),
    }
}

fn size(random: &mut Random) -> Value {
    match random.below(6) {
        0..=3 => json!((1 + random.below(20)) as f64 / 10.0),
        4 => json!(0),
        _ => json!(NUMBERS[random.below(NUMBERS.len())].abs()),
    }
}

fn vector(random: &mut Random, d: usize) -> Value {
    (0..d).map(|_| number(random)).collect()
}

fn space(random: &mut Random, m: usize, kind: usize) -> Value {
    match kind {
        0 => json!({ "type": "box", "lower": -1, "upper": size(random) }),
        1 => json!({ "type": "ball", "radius": size(random), "center": vector(random, m) }),
        2 => json!({ "type": "l1_ball", "radius": size(random) }),
        3 => json!({ "type": "simplex", "scale": size(random) }),
        4 => {
            let shape: Vec<Vec<f64>> = (0..m)
                .map(|i| {
                    (0..m)
                        .map(|j| {
                            if i == j {
                                (1 + random.below(9)) as f64 / 4.0
                            } else {
                                0.0
                            }
                        })
                        .collect()
                })
                .collect();
            json!({ "type": "ellipsoid", "center": vector(random, m), "shape": shape })
        }
        5 => {
            let k = 1 + random.below(5);
            json!({ "type": "polytope", "vertices": (0..k).map(|_| vector(random, m)).collect::<Value>() })
        }
        _ => {
            let k = 1 + random.below(5);
            let items: Value = (0..k).map(|_| vector(random, m)).collect();
            json!({ "type": "finite", "items": items, "choose": 1 + random.below(3), "repeats": random.below(2) == 0 })
        }
    }
}

/// A game of a few influencers.
fn drawn(random: &mut Random) -> Value {
    let d = 1 + random.below(3);
    let n = 1 + random.below(5);
    let kind = random.below(8);
    let mut game = json!({ "action_space": space(random, d, kind.min(6)) });
    if random.below(3) == 0 {
        game["receiver"] = json!({ "bias": vector(random, d) });
    }
    if random.below(6) == 0 {
        game["loss"] = "inner_product".into();
    }
    let influencers: Value = (0..n)
        .map(|_| {
            let mut one = json!({ "weight": number(random), "target": vector(random, d) });
            if kind < 6 && random.below(4) == 0 {
                let other = random.below(6);
                one["action_space"] = space(random, d, other);
            }
            if kind < 6 && random.below(5) == 0 {
                one["lying_cost"] = size(random);
            }
            if random.below(8) == 0 {
                one["weight"] = (0..d).map(|_| vector(random, d)).collect();
            }
            one
        })
        .collect();
    game["influencers"] = influencers;
    if n > 1 && random.below(6) == 0 {
        game["coalitions"] = json!([{ "members": [0, 1] }]);
    }
    game
}
