//! The program on games of other sizes and units than most: what it prints is a number, and true.

#![allow(clippy::unwrap_used)] // in tests a panic is the report

mod program;

use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};

/// Runs with a game on standard input.
fn big_on(game: &Value, arguments: &[&str]) -> Output {
    program::big_on(Path::new("."), game.to_string().as_bytes(), arguments)
}

fn answer(output: &Output) -> Value {
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// `−⟨t, W x⟩ = −0.25 · 2 · 1`; the dynamics go down to it from the truthful 0.25, and from three others' starts too.
#[test]
fn the_inner_product_game_has_its_own_potential() {
    let one = json!({
        "loss": "inner_product", "action_space": { "type": "box", "lower": -1, "upper": 1 },
        "influencers": [{ "weight": 2, "target": [0.25] }]
    });
    let solved = answer(&big_on(&one, &["solve", "--json", "-"]));
    assert_eq!(solved["potential"], -0.5);
    let play = answer(&big_on(&one, &["dynamics", "--json", "-"]));
    assert_eq!(play["steps"][0]["potential"], -0.5);
    let three = json!({
        "loss": "inner_product", "receiver": { "bias": [0.5, -1] },
        "action_space": { "type": "ball", "radius": 2 },
        "influencers": [
            { "weight": 0.7, "target": [1, 0.3] }, { "weight": -1.5, "target": [0.1, 2] },
            { "weight": [[1, 2], [0, -1]], "target": [-1, 0.2] }
        ]
    });
    let solved = answer(&big_on(&three, &["solve", "--json", "-"]));
    let play = answer(&big_on(
        &three,
        &["dynamics", "--json", "--start", "random", "-"],
    ));
    let levels: Vec<f64> = play["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["potential"].as_f64().unwrap())
        .collect();
    assert_eq!(levels.len(), 3);
    assert!(levels.is_sorted_by(|a, b| a > b), "{levels:?}");
    let least = solved["potential"].as_f64().unwrap();
    assert!((levels[2] - least).abs() < 1e-14, "{levels:?} {least}");
}

/// Balls whose influencers are drawn along differences of which doubles have one to three digits: the actions are on their spheres.
#[test]
fn the_shortest_differences_have_a_direction() {
    for tiny in ["1e-320", "5e-324", "-3e-319", "1e-310"] {
        for others in ["0", "2e-322", "1e-300"] {
            let game = format!(
                r#"{{ "receiver": {{ "bias": [0, 1] }}, "action_space": {{ "type": "ball", "radius": 1, "center": [0, 0] }},
                "influencers": [{{ "weight": 1, "target": [0, {others}] }}, {{ "weight": 1, "target": [{tiny}, 1e-320] }}] }}"#
            );
            let game: Value = serde_json::from_str(&game).unwrap();
            let solved = answer(&big_on(&game, &["solve", "--json", "-"]));
            for influencer in solved["influencers"].as_array().unwrap() {
                let action = influencer["action"].as_array().unwrap();
                let squares = action.iter().map(|v| v.as_f64().unwrap().powi(2));
                let length = squares.sum::<f64>().sqrt();
                assert!(length <= 1.0 + 1e-14, "{tiny} {others}: {solved}");
            }
        }
    }
}

/// Numbers that look like chance (SplitMix64).
struct Dice(u64);

impl Dice {
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, n: usize) -> usize {
        (self.share() * n as f64) as usize
    }

    fn number(&mut self, (low, high): (f64, f64)) -> f64 {
        let size = 10.0_f64.powf(low + (high - low) * self.share());
        match self.below(8) {
            0 => 0.0,
            1..=3 => -size,
            _ => size,
        }
    }

    fn vector(&mut self, d: usize, of: (f64, f64)) -> Vec<f64> {
        (0..d).map(|_| self.number(of)).collect()
    }

    fn space(&mut self, d: usize, of: (f64, f64)) -> Value {
        let size = self.number(of).abs();
        match self.below(7) {
            0 => {
                let (a, b) = (self.vector(d, of), self.vector(d, of));
                let low: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a.min(*b)).collect();
                let high: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a.max(*b)).collect();
                json!({ "type": "box", "lower": low, "upper": high })
            }
            1 => json!({ "type": "ball", "radius": size, "center": self.vector(d, of) }),
            2 => json!({ "type": "l1_ball", "radius": size }),
            3 => json!({ "type": "simplex", "scale": size }),
            4 => {
                let axes = self.vector(d, of);
                let shape: Vec<Vec<f64>> = (0..d)
                    .map(|i| {
                        (0..d)
                            .map(|j| axes[i] * axes[j] * if i == j { 1.0 } else { 0.4 })
                            .collect()
                    })
                    .collect();
                json!({ "type": "ellipsoid", "center": vec![0.0; d], "shape": shape })
            }
            5 => {
                let points: Vec<Vec<f64>> =
                    (0..1 + self.below(5)).map(|_| self.vector(d, of)).collect();
                json!({ "type": "polytope", "vertices": points })
            }
            _ => {
                let (mut a, mut b) = (Vec::new(), Vec::new());
                for k in 0..d {
                    for sign in [1.0, -1.0] {
                        let mut row = vec![0.0; d];
                        row[k] = sign;
                        a.push(row);
                        b.push(self.number(of).abs());
                    }
                }
                json!({ "type": "polytope", "halfspaces": { "a": a, "b": b } })
            }
        }
    }

    fn game(&mut self) -> Value {
        let d = 1 + self.below(3);
        let at = -318.0 + 460.0 * self.share();
        let of = [
            (at, at + 3.0),
            (-320.0, 120.0),
            (-30.0, 30.0),
            (-320.0, 300.0),
        ][self.below(4)];
        let influencers: Vec<Value> = (0..1 + self.below(4))
            .map(|_| {
                let weight = match self.below(4) {
                    0 => json!((0..d).map(|_| self.vector(d, of)).collect::<Vec<_>>()),
                    1 => json!(self.number(of)),
                    _ => json!(2.0 * self.share() - 1.0),
                };
                json!({ "weight": weight, "target": self.vector(d, of), "action_space": self.space(d, of) })
            })
            .collect();
        json!({ "receiver": { "bias": self.vector(d, of) }, "influencers": influencers })
    }
}

/// The first place where a number was promised and none is.
fn missing(value: &Value, at: &str) -> Option<String> {
    match value {
        Value::Null => {
            // What is told only where it is known.
            let may = [
                "name",
                "dimension",
                "price_of_anarchy",
                "seconds",
                "target",
                "weight",
                "background",
            ];
            let last = at.rsplit('/').next().unwrap_or_default();
            (!may.contains(&last)).then(|| at.to_owned())
        }
        Value::Array(values) => values.iter().find_map(|v| missing(v, at)),
        Value::Object(fields) => fields
            .iter()
            .find_map(|(name, v)| missing(v, &format!("{at}/{name}"))),
        _ => None,
    }
}

/// Numbers between 1e-320 and 1e300, alike and mixed, in sets of every kind: an answer in numbers, or `unfinished`, or a
/// refusal that says what to do.
#[test]
fn numbers_of_every_size_are_answered_or_refused() {
    let mut dice = Dice(11);
    let mut answered = 0;
    for round in 0..120 {
        let game = dice.game();
        let method = ["auto", "auto", "decomposition", "reference"][round % 4];
        let output = big_on(&game, &["solve", "--json", "--method", method, "-"]);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(!error.contains("panicked"), "{game}\n{error}");
        match output.status.code() {
            Some(0 | 3) if !output.stdout.is_empty() => {
                let told: Value = serde_json::from_slice(&output.stdout).unwrap();
                assert_eq!(missing(&told, ""), None, "{game}");
                answered += 1;
            }
            Some(2 | 3) => assert!(!error.is_empty(), "{game}"),
            other => panic!("{other:?} {game}\n{error}"),
        }
    }
    assert!(answered > 60, "{answered}");
}

/// Two influencers in many dimensions: no matrix of `d × d` numbers is made.
#[test]
fn many_dimensions_take_little() {
    let d = 30_000;
    let mut dice = Dice(5);
    let targets: Vec<Vec<f64>> = (0..2)
        .map(|_| (0..d).map(|_| 2.0 * dice.share() - 1.0).collect())
        .collect();
    for space in [
        json!({ "type": "ball", "radius": 1 }),
        json!({ "type": "l1_ball", "radius": 1 }),
        json!({ "type": "simplex", "scale": 1 }),
        json!({ "type": "box", "lower": -1, "upper": 1 }),
    ] {
        let game = json!({
            "action_space": space,
            "influencers": [{ "weight": 0.5, "target": targets[0] }, { "weight": 0.5, "target": targets[1] }]
        });
        let solved = answer(&big_on(&game, &["solve", "--json", "-"]));
        assert_eq!(solved["cardinality"], "unique", "{space}");
        assert!(
            solved["certificate"]["receiver_error_bound"]
                .as_f64()
                .unwrap()
                < 1e-9,
            "{space}"
        );
        assert!(solved["welfare"]["optimal_cost"].is_number());
    }
    // Balls of different centres and a set of another kind: nothing is in common but the receiver.
    let game = json!({ "influencers": [
        { "weight": 0.5, "target": targets[0], "action_space": { "type": "ball", "radius": 40 } },
        { "weight": 0.5, "target": targets[1], "action_space": { "type": "l1_ball", "radius": 3 } }
    ]});
    let solved = answer(&big_on(&game, &["solve", "--json", "-"]));
    assert!(
        solved["certificate"]["receiver_error_bound"]
            .as_f64()
            .unwrap()
            < 1e-4
    );
}

/// What a matrix weight's entries do: the receiver `W x` of one influencer at a corner of its box.
#[test]
fn sensitivity_tells_each_entry_of_a_matrix_weight() {
    let game = json!({
        "action_space": { "type": "box", "lower": -1, "upper": 1 },
        "influencers": [{ "weight": [[1, 0.5], [0, 1]], "target": [5, -4] }]
    });
    let solved = answer(&big_on(&game, &["solve", "--json", "--sensitivity", "-"]));
    let entries = &solved["sensitivity"]["influencers"][0]["weight_entries"];
    assert_eq!(
        *entries,
        json!({ "increase": [[1.0, -1.0, 0.0, 0.0], [0.0, 0.0, 1.0, -1.0]] })
    );
}
