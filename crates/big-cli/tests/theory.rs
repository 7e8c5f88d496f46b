//! What theorists ask of finite games, through the program and its JSON, against the definitions in exact integers.

#![allow(clippy::unwrap_used)] // in tests a panic is the report

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

fn big_in(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_big"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap()
}

fn answered(folder: &Path, arguments: &[&str], code: i32) -> Value {
    let output = big_in(folder, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}

struct Dice(u64);

impl Dice {
    fn roll(&mut self, low: i64, high: i64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        low + ((self.0 >> 11) % (high - low + 1) as u64) as i64
    }
}

/// A game of whole numbers: weights of `k`, so that a choice moves the receiver by the sum of its items.
struct Small {
    items: Vec<Vec<i64>>,
    choices: Vec<Vec<usize>>,
    targets: Vec<Vec<i64>>,
    text: String,
}

impl Small {
    fn new(dice: &mut Dice) -> Self {
        let (n, d) = (dice.roll(2, 3) as usize, dice.roll(1, 3) as usize);
        let m = dice.roll(3, 5) as usize;
        let size = [1, 4, 50][dice.roll(0, 2) as usize];
        let mut point = || (0..d).map(|_| dice.roll(-size, size)).collect::<Vec<i64>>();
        let items: Vec<Vec<i64>> = (0..m).map(|_| point()).collect();
        let targets: Vec<Vec<i64>> = (0..n).map(|_| point()).collect();
        let choices = (0..m)
            .flat_map(|a| (a + 1..m).map(move |b| vec![a, b]))
            .collect();
        let mut text =
            format!("action_space = {{ type = \"finite\", items = {items:?}, choose = 2 }}\n");
        for target in &targets {
            write!(text, "[[influencers]]\nweight = 2\ntarget = {target:?}\n").unwrap();
        }
        Self {
            items,
            choices,
            targets,
            text,
        }
    }

    fn receiver(&self, at: &[usize]) -> Vec<i64> {
        let sum = |x: usize| {
            let chosen = at.iter().flat_map(|&c| &self.choices[c]);
            chosen.map(|&a| self.items[a][x]).sum()
        };
        (0..self.items[0].len()).map(sum).collect()
    }

    fn loss(&self, i: usize, at: &[usize]) -> i64 {
        let r = self.receiver(at);
        r.iter()
            .zip(&self.targets[i])
            .map(|(r, t)| (r - t) * (r - t))
            .sum()
    }

    fn cost(&self, at: &[usize]) -> i64 {
        (0..at.len()).map(|i| self.loss(i, at)).sum()
    }

    /// The most that anybody gains by another choice; negative where all others are worse.
    fn gain(&self, at: &[usize]) -> i64 {
        let mut most = i64::MIN;
        for i in 0..at.len() {
            for c in (0..self.choices.len()).filter(|&c| c != at[i]) {
                let mut moved = at.to_vec();
                moved[i] = c;
                most = most.max(self.loss(i, at) - self.loss(i, &moved));
            }
        }
        most
    }

    fn profiles(&self) -> Vec<Vec<usize>> {
        let mut all = vec![Vec::new()];
        for _ in &self.targets {
            all = all
                .into_iter()
                .flat_map(|p: Vec<usize>| {
                    (0..self.choices.len()).map(move |c| {
                        let mut p = p.clone();
                        p.push(c);
                        p
                    })
                })
                .collect();
        }
        all
    }

    fn named(&self, at: &[usize]) -> Value {
        json!(at.iter().map(|&c| &self.choices[c]).collect::<Vec<_>>())
    }
}

#[test]
fn enumerate_answers_by_the_definitions() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let schema = answered(at, &["schema", "enumerate"], 0);
    let schema = jsonschema::validator_for(&schema).unwrap();
    for seed in 0..25u64 {
        let game = Small::new(&mut Dice(0x9e37_79b9 + 77 * seed));
        std::fs::write(at.join("g.toml"), &game.text).unwrap();
        let epsilon = [0, 0, 3][seed as usize % 3];
        let mut arguments = vec!["enumerate", "g.toml", "--json"];
        let text = epsilon.to_string();
        if epsilon > 0 {
            arguments.extend(["--epsilon", &text]);
        }
        let all = answered(at, &arguments, 0);
        assert!(schema.is_valid(&all), "{all}");
        let profiles = game.profiles();
        let expected: Vec<&Vec<usize>> = profiles
            .iter()
            .filter(|p| game.gain(p) <= epsilon)
            .collect();
        assert_eq!(
            (&all["kind"], &all["count"]),
            (&json!("enumerate"), &json!(expected.len()))
        );
        let list = all["equilibria"].as_array().unwrap();
        let find = |p: &[usize]| list.iter().find(|e| e["choices"] == game.named(p));
        for profile in &expected {
            let one = find(profile).unwrap();
            assert_eq!(one["strict"], json!(game.gain(profile) < 0), "seed {seed}");
            assert_eq!(one["cost"].as_f64(), Some(game.cost(profile) as f64));
            let regret = one.get("max_regret").map_or(0.0, |v| v.as_f64().unwrap());
            assert_eq!(regret, game.gain(profile).max(0) as f64);
        }
        let strict = expected.iter().filter(|p| game.gain(p) < 0).count();
        assert_eq!(all["strict"], json!(strict));
        let costs = || expected.iter().map(|p| game.cost(p));
        let (best, worst) = (costs().min().unwrap(), costs().max().unwrap());
        let optimum = profiles.iter().map(|p| game.cost(p)).min().unwrap();
        assert_eq!(all["best"]["cost"].as_f64(), Some(best as f64));
        assert_eq!(all["worst"]["cost"].as_f64(), Some(worst as f64));
        assert_eq!(all["social_optimum"]["cost"].as_f64(), Some(optimum as f64));
        assert_eq!(all["social_optimum"]["proven"], true);
        let price = |cost: i64| match (cost, optimum) {
            (0, 0) => Some(1.0),
            (_, 0) => None,
            _ => Some(cost as f64 / optimum as f64),
        };
        assert_eq!(
            all["price_of_anarchy"].as_f64(),
            price(worst),
            "seed {seed}"
        );
        assert_eq!(
            all["price_of_stability"].as_f64(),
            price(best),
            "seed {seed}"
        );
        // Counting says the same, but for the list.
        arguments.push("--count");
        let mut counted = answered(at, &arguments, 0);
        counted["equilibria"] = all["equilibria"].clone();
        assert_eq!(counted, all);
        arguments.pop();
        arguments.push("--by-receiver");
        let groups = answered(at, &arguments, 0);
        let mut by: BTreeMap<Vec<i64>, u64> = BTreeMap::new();
        for profile in &expected {
            *by.entry(game.receiver(profile)).or_default() += 1;
        }
        let listed: Vec<(Value, Value)> = groups["receivers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|g| (g["receiver"].clone(), g["count"].clone()))
            .collect();
        let floats = |r: Vec<i64>| json!(r.iter().map(|v| *v as f64).collect::<Vec<_>>());
        let by: Vec<(Value, Value)> = by.into_iter().map(|(r, c)| (floats(r), json!(c))).collect();
        assert_eq!(listed, by, "seed {seed}");
    }
}

/// The two forms of Gambit's documentation are one game; our own export is the game it came from.
#[test]
fn nfg_files_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let schema = answered(at, &["schema", "strategic"], 0);
    let schema = jsonschema::validator_for(&schema).unwrap();
    let payoffs = "NFG 1 R \"Selten, \\\"Figure 2\\\"\"\n{ \"Player 1\" \"Player 2\" } { 3 2 }\n\n1 1 0 2 0 2 1 1 0 3 2 0\n";
    let outcomes = "NFG 1 R \"Selten, \\\"Figure 2\\\"\" { \"Player 1\" \"Player 2\" } { { \"1\" \"2\" \"3\" } { \"1\" \"2\" } }\n\"a comment\"\n\
                    { { \"\" 1, 1 } { \"\" 0, 2/1 } { \"\" 0, 2.0 } { \"\" 1, 1 } { \"\" 0, 3 } { \"\" 2, 0 } }\n1 2 3 4 5 6\n";
    std::fs::write(at.join("payoffs.nfg"), payoffs).unwrap();
    std::fs::write(at.join("outcomes.nfg"), outcomes).unwrap();
    for concept in ["pure", "mixed", "correlated", "coarse"] {
        let answer = |file: &str| {
            answered(
                at,
                &[
                    "strategic",
                    file,
                    "--json",
                    "--concept",
                    concept,
                    "--graph",
                    "g.dot",
                ],
                0,
            )
        };
        let one = answer("payoffs.nfg");
        assert!(schema.is_valid(&one), "{one}");
        assert_eq!(one, answer("outcomes.nfg"));
        assert_eq!(one["name"], "Selten, \"Figure 2\"");
        assert_eq!(one["graph"]["nodes"], 6);
    }
    let pure = answered(at, &["strategic", "payoffs.nfg", "--json"], 0);
    assert_eq!(
        pure["pure"],
        json!([{ "strategies": ["1", "1"], "payoffs": [1.0, 1.0] }])
    );
    for (bad, says) in [
        ("NFG 1 R \"x\" { \"a\" } { 2 } 1", "ends where a payoff"),
        ("NFG 1 R \"x\" { \"a\" } { 2 } 1 2 3", "goes on"),
        ("NFG 1 R \"x\" { \"a\" } { 2 2 } 1 2", "sets of strategies"),
        ("NFG 1 R \"x\" { \"a\" } { 0 }", "no strategies"),
        (
            "NFG 1 R \"x\" { \"a\" } { { \"l\" } } { { \"\" 1 } } 2",
            "no outcome 2",
        ),
        ("NFG 1 R \"x", "closing quotation"),
        ("NFG 1 R \"x\" { } { }", "0 players"),
        ("NFG 2 R", "version"),
        ("NFG 1 R \"x\" { \"a\" \"b\" } { 99999 99999 } 1", "limit"),
        ("NFG 1 R \"x\" { \"a\" } { 1 } nan", "payoff is expected"),
    ] {
        std::fs::write(at.join("bad.nfg"), bad).unwrap();
        let refused = big_in(at, &["strategic", "bad.nfg"]);
        let errors = String::from_utf8_lossy(&refused.stderr).replace(['\n', '│'], " ");
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(refused.status.code(), Some(2), "{bad}");
        assert!(words(&errors).contains(says), "{bad}: {errors}");
    }
}

#[test]
fn tables_of_finite_games_agree_with_their_enumeration() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for seed in 0..8u64 {
        let game = Small::new(&mut Dice(0x1234_5678 + 99 * seed));
        std::fs::write(at.join("g.toml"), &game.text).unwrap();
        let all = answered(at, &["enumerate", "g.toml", "--json"], 0);
        let export = ["export", "g.toml", "--format", "nfg", "-o", "g.nfg"];
        assert!(big_in(at, &export).status.success());
        let graph = ["strategic", "g.nfg", "--json", "--graph", "g.json"];
        let table = answered(at, &graph, 0);
        let own = answered(
            at,
            &["strategic", "g.toml", "--json", "--graph", "own.json"],
            0,
        );
        assert_eq!(table["pure"], own["pure"]);
        let named = |e: &Value| {
            let items = |c: &Value| c.to_string().replace(['[', ']'], "");
            json!(
                e["choices"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(items)
                    .collect::<Vec<_>>()
            )
        };
        let mut ours: Vec<String> = all["equilibria"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| named(e).to_string())
            .collect();
        let pure = table["pure"].as_array().unwrap();
        let mut theirs: Vec<String> = pure.iter().map(|e| e["strategies"].to_string()).collect();
        ours.sort();
        theirs.sort();
        assert_eq!(ours, theirs);
        // A game with a potential: play ends, and only in pure equilibria.
        assert_eq!(table["graph"]["acyclic"], true);
        assert_eq!(table["graph"]["sink_count"], json!(pure.len()));
        let graph: Value =
            serde_json::from_slice(&std::fs::read(at.join("g.json")).unwrap()).unwrap();
        let sinks = graph["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|n| n["sink"] == true);
        assert_eq!(sinks.count(), pure.len());
        assert_eq!(
            json!(graph["edges"].as_array().unwrap().len()),
            table["graph"]["edges"]
        );
        // The best pure equilibrium is no better than the best correlated one, and that no better than the best
        // coarse one, and that no better than anything.
        let value = |concept: &str| {
            let arguments = ["strategic", "g.toml", "--json", "--concept", concept];
            let answer = answered(at, &arguments, 0);
            assert_eq!(answer["correlated"]["value"], answer["correlated"]["bound"]);
            answer["correlated"]["value"].as_f64().unwrap()
        };
        let (correlated, coarse) = (value("correlated"), value("coarse"));
        let best = -all["best"]["cost"].as_f64().unwrap();
        let optimum = -all["social_optimum"]["cost"].as_f64().unwrap();
        assert!(
            best <= correlated && correlated <= coarse && coarse <= optimum,
            "seed {seed}"
        );
        assert_eq!(table["greatest_welfare"].as_f64(), Some(optimum));
    }
}

/// Dominant choices under the inner-product loss: exactly those that are best against everything, by the definition.
#[test]
fn inner_product_games_have_dominant_choices() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let schema = answered(at, &["schema", "solve-finite-dominant"], 0);
    let schema = jsonschema::validator_for(&schema).unwrap();
    for seed in 0..20u64 {
        let dice = &mut Dice(0x5555_1234 + 31 * seed);
        let game = Small::new(dice);
        let repeats = seed % 3 == 0;
        let text = game
            .text
            .replace("choose = 2", &format!("choose = 2, repeats = {repeats}"));
        std::fs::write(
            at.join("g.toml"),
            format!("loss = \"inner_product\"\n{text}"),
        )
        .unwrap();
        let solved = answered(at, &["solve", "g.toml", "--json"], 0);
        assert!(schema.is_valid(&solved), "{solved}");
        assert_eq!(solved["solution_concept"], "weakly_dominant");
        let m = game.items.len();
        let mut product = 1;
        for (i, target) in game.targets.iter().enumerate() {
            let worth =
                |a: usize| -> i64 { game.items[a].iter().zip(target).map(|(v, t)| v * t).sum() };
            let pairs = (0..m).flat_map(|a| (a..m).map(move |b| (a, b)));
            let pairs: Vec<(usize, usize)> = pairs.filter(|(a, b)| repeats || a != b).collect();
            let best = pairs
                .iter()
                .map(|&(a, b)| worth(a) + worth(b))
                .max()
                .unwrap();
            let mut expected: Vec<Vec<usize>> = pairs
                .iter()
                .filter(|&&(a, b)| worth(a) + worth(b) == best)
                .map(|&(a, b)| vec![a, b])
                .collect();
            expected.sort();
            let one = &solved["influencers"][i];
            let list =
                |key: &str| -> Vec<usize> { serde_json::from_value(one[key].clone()).unwrap() };
            let (fixed, tied, open) = (list("fixed"), list("tied"), one["open"].as_u64().unwrap());
            let mut ours: Vec<Vec<usize>> = match open {
                0 => vec![fixed.clone()],
                1 => tied
                    .iter()
                    .map(|&a| [fixed.clone(), vec![a]].concat())
                    .collect(),
                _ => {
                    let pairs = tied
                        .iter()
                        .flat_map(|&a| tied.iter().map(move |&b| vec![a, b]));
                    pairs
                        .filter(|p| p[0] < p[1] || (repeats && p[0] == p[1]))
                        .collect()
                }
            };
            ours.iter_mut().for_each(|c| c.sort_unstable());
            ours.sort();
            assert_eq!(ours, expected, "seed {seed}");
            assert_eq!(one["count"], json!(expected.len()));
            assert_eq!(list("choice"), expected[0]);
            product *= expected.len();
        }
        assert_eq!(solved["count"], json!(product));
        let refused = big_in(at, &["enumerate", "g.toml"]);
        assert_eq!(refused.status.code(), Some(2));
    }
}
