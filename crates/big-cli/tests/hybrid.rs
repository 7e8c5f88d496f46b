//! What the program says of games in which only some choose items, against the definitions on numbers whose sums and products
//! doubles hold exactly.

#![allow(clippy::unwrap_used)] // in tests a panic is the report

mod program;

use program::{Dice, answered, big};
use serde_json::{Value, json};

/// A number of quarters.
fn quarters(dice: &mut Dice, most: i64) -> f64 {
    dice.roll(-most, most) as f64 / 4.0
}

/// A game on a line: who chooses one of some items, and who plays a point of an interval.
struct Line {
    bias: f64,
    /// Weight, target, items.
    choosers: Vec<(f64, f64, Vec<f64>)>,
    /// Weight, target, ends.
    free: Vec<(f64, f64, f64, f64)>,
}

impl Line {
    fn draw(dice: &mut Dice) -> Self {
        Self {
            bias: quarters(dice, 4),
            choosers: (0..dice.roll(1, 2))
                .map(|_| {
                    let items = (0..dice.roll(1, 4)).map(|_| quarters(dice, 8)).collect();
                    (quarters(dice, 4), quarters(dice, 8), items)
                })
                .collect(),
            free: (0..dice.roll(1, 3))
                .map(|_| {
                    let low = quarters(dice, 8);
                    let high = low + quarters(dice, 8).abs();
                    (quarters(dice, 4), quarters(dice, 8), low, high)
                })
                .collect(),
        }
    }

    /// The game file; those who choose come last.
    fn file(&self) -> Value {
        let free = self.free.iter().map(|(w, t, low, high)| {
            let space = json!({ "type": "box", "lower": [low], "upper": [high] });
            json!({ "weight": w, "target": [t], "action_space": space })
        });
        let choosers = self.choosers.iter().map(|(w, t, items)| {
            let items: Vec<_> = items.iter().map(|v| [v]).collect();
            let space = json!({ "type": "finite", "choose": 1, "items": items });
            json!({ "weight": w, "target": [t], "action_space": space })
        });
        let all: Vec<Value> = free.chain(choosers).collect();
        json!({ "receiver": { "bias": [self.bias] }, "influencers": all })
    }

    /// Where the free players have the receiver, all others being at `chosen`.
    fn settled(&self, chosen: &[f64]) -> f64 {
        let sum = self.choosers.iter().zip(chosen).map(|((w, _, _), x)| w * x);
        let background = self.bias + sum.sum::<f64>();
        let at = |y: f64, up: bool| {
            let pulls = self.free.iter().map(|&(w, t, low, high)| {
                let (a, b) = (w * low, w * high);
                if t > y || t == y && up {
                    a.max(b)
                } else {
                    a.min(b)
                }
            });
            background + pulls.sum::<f64>()
        };
        let ends = self
            .free
            .iter()
            .flat_map(|&(_, t, _, _)| [t, at(t, false), at(t, true)]);
        let mut all = ends.filter(|&y| at(y, false) <= y && y <= at(y, true));
        all.next().unwrap()
    }

    fn profiles(&self) -> Vec<Vec<f64>> {
        let mut profiles = vec![Vec::new()];
        for (_, _, items) in &self.choosers {
            let mut items = items.clone();
            items.sort_by(f64::total_cmp);
            items.dedup();
            let longer = profiles
                .iter()
                .flat_map(|p: &Vec<f64>| items.iter().map(move |&x| [&p[..], &[x]].concat()));
            profiles = longer.collect();
        }
        profiles
    }

    /// What chooser `k` would gain at most, the receiver being at `y`.
    fn gain(&self, k: usize, chosen: &[f64], y: f64) -> f64 {
        let (w, t, items) = &self.choosers[k];
        let own = (y - t) * (y - t);
        let others = items.iter().map(|x| {
            let to = y + w * (x - chosen[k]) - t;
            own - to * to
        });
        others.fold(0.0, f64::max)
    }

    fn stays(&self, chosen: &[f64]) -> bool {
        let y = self.settled(chosen);
        (0..chosen.len()).all(|k| self.gain(k, chosen, y) == 0.0)
    }
}

#[test]
fn what_is_solved_listed_and_verified_is_by_the_definition() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let mut several = 0;
    for seed in 0..120 {
        let game = Line::draw(&mut Dice::new(seed));
        std::fs::write(at.join("game.json"), game.file().to_string()).unwrap();
        let list = answered(&big(at, &["enumerate", "game.json", "--json"]), 0);
        let n = game.free.len();
        let mut listed: Vec<(Vec<f64>, f64, bool)> = Vec::new();
        for one in list["equilibria"].as_array().unwrap() {
            let chosen = game
                .choosers
                .iter()
                .enumerate()
                .map(|(k, of)| of.2[one["choices"][n + k][0].as_u64().unwrap() as usize]);
            assert!(one["choices"][0].is_null());
            let receiver = one["receiver"][0].as_f64().unwrap();
            listed.push((chosen.collect(), receiver, one["settled"] == true));
        }
        let exact: Vec<Vec<f64>> = game
            .profiles()
            .into_iter()
            .filter(|p| game.stays(p))
            .collect();
        several += usize::from(exact.len() > 1);
        for profile in &exact {
            let found = listed.iter().find(|(p, _, _)| p == profile);
            let (_, receiver, _) = found.unwrap_or_else(|| panic!("seed {seed}: {profile:?}"));
            assert!(
                (receiver - game.settled(profile)).abs() < 1e-12,
                "seed {seed}"
            );
        }
        for (profile, _, certain) in &listed {
            if *certain {
                assert!(exact.contains(profile), "seed {seed}: {profile:?}");
            } else {
                // Nothing but a tie is left open.
                let y = game.settled(profile);
                let most = (0..profile.len()).map(|k| game.gain(k, profile, y));
                assert!(most.fold(0.0, f64::max) < 1e-9, "seed {seed}");
            }
        }
        let certain = listed.iter().filter(|(_, _, certain)| *certain).count();
        assert_eq!(list["count"], json!(certain));
        assert_eq!(list["undecided"], json!(listed.len() - certain));

        let solved = answered(&big(at, &["solve", "game.json", "--json"]), 0);
        std::fs::write(at.join("solved.json"), solved.to_string()).unwrap();
        let all = solved["influencers"].as_array().unwrap();
        let actions: Vec<f64> = all
            .iter()
            .map(|i| i["action"][0].as_f64().unwrap())
            .collect();
        let receiver = solved["receiver"][0].as_f64().unwrap();
        let profile = &actions[n..];
        assert!(listed.iter().any(|(p, _, _)| p == profile), "seed {seed}");
        assert!(
            (receiver - game.settled(profile)).abs() < 1e-12,
            "seed {seed}"
        );
        // What is printed of the receiver is what the printed actions make of it.
        let weights = game
            .free
            .iter()
            .map(|of| of.0)
            .chain(game.choosers.iter().map(|of| of.0));
        let made = game.bias + weights.zip(&actions).map(|(w, x)| w * x).sum::<f64>();
        assert!((receiver - made).abs() < 1e-12, "seed {seed}");
        answered(
            &big(at, &["verify", "game.json", "solved.json", "--json"]),
            0,
        );

        // Another profile: what everybody gains is what the definition says.
        let mut dice = Dice::new(500 + seed);
        let mut other: Vec<f64> = game
            .free
            .iter()
            .map(|(_, _, low, high)| if dice.roll(0, 1) == 0 { *low } else { *high })
            .collect();
        for (_, _, items) in &game.choosers {
            other.push(items[dice.roll(0, items.len() as i64 - 1) as usize]);
        }
        let weights = game
            .free
            .iter()
            .map(|of| of.0)
            .chain(game.choosers.iter().map(|of| of.0));
        let y = game.bias + weights.zip(&other).map(|(w, x)| w * x).sum::<f64>();
        let mut gains: Vec<f64> = Vec::new();
        for (i, &(w, t, low, high)) in game.free.iter().enumerate() {
            let rest = y - w * other[i];
            let (a, b) = (rest + w * low, rest + w * high);
            let to = t.clamp(a.min(b), a.max(b)) - t;
            gains.push((y - t) * (y - t) - to * to);
        }
        for k in 0..game.choosers.len() {
            gains.push(game.gain(k, &other[n..], y));
        }
        let lists: Vec<_> = other.iter().map(|x| [x]).collect();
        std::fs::write(
            at.join("other.json"),
            json!({ "actions": lists }).to_string(),
        )
        .unwrap();
        let output = big(at, &["verify", "game.json", "other.json", "--json"]);
        let most = gains.iter().copied().fold(0.0, f64::max);
        let told = answered(&output, i32::from(most > 1e-9));
        for (row, gain) in told["influencers"].as_array().unwrap().iter().zip(&gains) {
            let regret = row["regret"].as_f64().unwrap();
            assert!((regret - gain).abs() < 1e-12 * (1.0 + gain), "seed {seed}");
        }
    }
    assert!(several > 5, "{several}");
}

#[test]
fn what_was_changed_in_an_answer_is_refused_and_schemas_fit() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    big(at, &["examples", "write", "newsroom-and-campaign"]);
    let file = "newsroom-and-campaign.toml";
    let solved = answered(&big(at, &["solve", file, "--json"]), 0);
    let list = answered(&big(at, &["enumerate", file, "--json"]), 0);
    std::fs::write(at.join("solved.json"), solved.to_string()).unwrap();
    let verified = answered(&big(at, &["verify", file, "solved.json", "--json"]), 0);
    // The game's comment says so: three, and in one the campaign wins.
    assert_eq!(list["count"], 3);
    assert_eq!(list["combinations"], 729);
    let wins = |e: &&Value| e["receiver"] == json!([-0.1, 0.1]);
    assert_eq!(
        list["equilibria"]
            .as_array()
            .unwrap()
            .iter()
            .filter(wins)
            .count(),
        1
    );
    for (schema, answer) in [
        ("solve-hybrid", &solved),
        ("verify-hybrid", &verified),
        ("enumerate-hybrid", &list),
    ] {
        let schema = answered(&big(at, &["schema", schema]), 0);
        let schema = jsonschema::validator_for(&schema).unwrap();
        if let Some(error) = schema.iter_errors(answer).next() {
            panic!("{error} at {}", error.instance_path());
        }
        std::fs::write(at.join("answer.json"), answer.to_string()).unwrap();
        let report = big(at, &["report", "answer.json", "-o", "report.html"]);
        let error = String::from_utf8_lossy(&report.stderr);
        assert_eq!(report.status.code(), Some(0), "{error}");
    }
    // Without any time left: what few choices decide is decided.
    let hurried = big(at, &["solve", file, "--json", "--time-limit", "0"]);
    let hurried = answered(&hurried, 3);
    assert_eq!(hurried["with_these_choices"]["settled"], false);
    assert!(hurried["max_regret"].as_f64().unwrap() > 0.1);
    std::fs::write(at.join("hurried.json"), hurried.to_string()).unwrap();
    let report = big(at, &["report", "hurried.json", "-o", "report.html"]);
    let error = String::from_utf8_lossy(&report.stderr);
    assert_eq!(report.status.code(), Some(0), "{error}");
    type Change = fn(&mut Value);
    let changes: [(&Value, Change); 10] = [
        (&solved, |v| v["receiver"][0] = json!(0.3)),
        (&solved, |v| v["potential"] = json!(-3)),
        (&solved, |v| v["winners"] = json!([0])),
        (&solved, |v| {
            v["with_these_choices"]["cardinality"] = json!("infinite")
        }),
        (&solved, |v| v["with_these_choices"]["margin"] = json!(9)),
        (&solved, |v| v["influencers"][0]["choice"] = json!([0, 0])),
        (&solved, |v| v["influencers"][2]["action"][0] = json!(0)),
        (&verified, |v| v["equilibrium"] = json!(false)),
        (&list, |v| v["count"] = json!(4)),
        (&list, |v| v["equilibria"][0]["cost"] = json!(0)),
    ];
    for (k, (answer, change)) in changes.into_iter().enumerate() {
        let mut changed = answer.clone();
        change(&mut changed);
        std::fs::write(at.join("changed.json"), changed.to_string()).unwrap();
        let output = big(at, &["report", "changed.json", "-o", "report.html"]);
        assert_eq!(output.status.code(), Some(2), "change {k}");
    }
}

#[test]
fn what_is_not_told_of_them_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    big(at, &["examples", "write", "newsroom-and-campaign"]);
    let file = "newsroom-and-campaign.toml";
    for question in [
        &["dynamics", file][..],
        &["solve", file, "--sensitivity"],
        &["solve", file, "--method", "ball"],
        &["solve", file, "--potential-minimum"],
        &["enumerate", file, "--count"],
        &["enumerate", file, "--epsilon", "0.1"],
        &["coalitions", file],
        &["mechanisms", file],
        &["strategic", file],
        &["export", file, "--format", "nfg"],
        &["learn", file],
    ] {
        let output = big(at, question);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{question:?}: {error}");
        assert!(error.contains("help:"), "{question:?}: {error}");
    }
    let verify = |profile: Value| {
        std::fs::write(at.join("profile.json"), profile.to_string()).unwrap();
        let output = big(at, &["verify", file, "profile.json"]);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{error}");
        error
    };
    let wrong = [
        (
            json!({ "choices": [[0, 1], [5, 7], [1]] }),
            "has no items to choose",
        ),
        (
            json!({ "choices": [[0, 9], [5, 7], null], "actions": [[0, 0], [0, 0], [0, 0]] }),
            "item 9",
        ),
        (
            json!({ "choices": [[0, 1], [5, 5], null], "actions": [[0, 0], [0, 0], [0, 0]] }),
            "influencer 1",
        ),
        (
            json!({ "choices": [[0, 1], [5, 7], null] }),
            "what influencer 2 plays",
        ),
        (
            json!({ "actions": [[0, 0], [0.6, -0.2], [0, 0]] }),
            "is no mean of 2 of its items",
        ),
        (
            json!({ "actions": [[-0.75, 0.25], [0.6, -0.2], [2, 0]] }),
            "not in its action space",
        ),
        (
            json!({ "choices": [[0, 1]], "actions": [[0, 0], [0, 0], [0, 0]] }),
            "1 `choices` and 3 `actions`",
        ),
        (
            json!({ "choices": [[0, 1], [5, 7], null], "actions": [[0, 0], [0.6, -0.2], [0, 0]] }),
            "of 'city desk' is not the mean of its choice, (-0.75, 0.25)",
        ),
        (
            json!({ "actions": [[-0.75, 0.25], [0.6, -0.2], [0]] }),
            "has 1 number",
        ),
        (
            json!({ "actions": [[-0.75, 0.25], [0.6, -0.2]] }),
            "2 influencers",
        ),
        (json!({ "profile": [] }), "neither `actions` nor `choices`"),
    ];
    for (profile, message) in wrong {
        let error = verify(profile);
        let line: Vec<&str> = error.split_whitespace().collect();
        assert!(line.join(" ").contains(message), "{message}: {error}");
    }
}
