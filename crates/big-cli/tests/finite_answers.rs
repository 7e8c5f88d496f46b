//! What the program says of finite games: against brute force in integers that shares no code with it, and within its
//! limits of time and memory.

#![allow(clippy::unwrap_used)] // in tests a panic is the report

mod program;

use std::time::{Duration, Instant};

use program::{Dice, answered, big};
use serde_json::{Value, json};

/// All numbers of a small game are multiples of 1/24: weights of halves, means of up to 4 items, targets of eighths.
const UNIT: i64 = 24;

/// A small game in integers.
struct Small {
    d: usize,
    bias: Vec<i64>,
    weights: Vec<i64>,
    targets: Vec<Vec<i64>>,
    items: Vec<Vec<Vec<i64>>>,
    choose: Vec<usize>,
    repeats: Vec<bool>,
}

type Profile = Vec<Vec<u32>>;

impl Small {
    fn draw(dice: &mut Dice) -> Self {
        let n = dice.roll(1, 3) as usize;
        let d = dice.roll(1, 3) as usize;
        let size = [1, 3, 9][dice.roll(0, 2) as usize];
        let point = |dice: &mut Dice, size: i64| (0..d).map(|_| dice.roll(-size, size)).collect();
        let repeats: Vec<bool> = (0..n).map(|_| dice.roll(0, 1) == 0).collect();
        let counts: Vec<usize> = (0..n).map(|_| dice.roll(1, 4) as usize).collect();
        Self {
            d,
            bias: point(dice, 2),
            weights: (0..n).map(|_| dice.roll(-2, 3)).collect(),
            targets: (0..n).map(|_| point(dice, 8 * size)).collect(),
            items: counts
                .iter()
                .map(|&m| (0..m).map(|_| point(dice, size)).collect())
                .collect(),
            choose: (0..n)
                .map(|i| {
                    let most = if repeats[i] { 4 } else { counts[i] as i64 };
                    dice.roll(1, most) as usize
                })
                .collect(),
            repeats,
        }
    }

    fn n(&self) -> usize {
        self.weights.len()
    }

    /// The game as a file: fractions in quotes.
    fn file(&self) -> Value {
        let influencers: Vec<Value> = (0..self.n())
            .map(|i| {
                let target: Vec<String> =
                    self.targets[i].iter().map(|t| format!("{t}/8")).collect();
                json!({
                    "weight": format!("{}/2", self.weights[i]),
                    "target": target,
                    "action_space": { "type": "finite", "items": self.items[i],
                        "choose": self.choose[i], "repeats": self.repeats[i] },
                })
            })
            .collect();
        json!({ "receiver": { "bias": self.bias }, "influencers": influencers })
    }

    fn choices(&self, i: usize) -> Vec<Vec<u32>> {
        let mut all = vec![Vec::new()];
        for _ in 0..self.choose[i] {
            let longer = all.iter().flat_map(|choice: &Vec<u32>| {
                let from = match choice.last() {
                    None => 0,
                    Some(&last) => last + u32::from(!self.repeats[i]),
                };
                (from..self.items[i].len() as u32)
                    .map(|a| [choice.as_slice(), &[a]].concat())
                    .collect::<Vec<_>>()
            });
            all = longer.collect();
        }
        all
    }

    /// 24 times the action.
    fn action(&self, i: usize, choice: &[u32]) -> Vec<i64> {
        let sum = |x: usize| -> i64 {
            let values = choice.iter().map(|&a| self.items[i][a as usize][x]);
            values.sum()
        };
        (0..self.d)
            .map(|x| sum(x) * UNIT / choice.len() as i64)
            .collect()
    }

    /// 48 times the receiver's position.
    fn receiver(&self, profile: &Profile) -> Vec<i64> {
        let actions: Vec<Vec<i64>> = (0..self.n()).map(|i| self.action(i, &profile[i])).collect();
        (0..self.d)
            .map(|x| {
                let pushed: i64 = (0..self.n()).map(|i| self.weights[i] * actions[i][x]).sum();
                pushed + 2 * UNIT * self.bias[x]
            })
            .collect()
    }

    /// 48² times the loss.
    fn loss(&self, i: usize, profile: &Profile) -> i64 {
        let gaps = self.receiver(profile).into_iter().zip(&self.targets[i]);
        gaps.map(|(r, t)| (r - 6 * t) * (r - 6 * t)).sum()
    }

    /// 48² times the potential.
    fn potential(&self, profile: &Profile) -> i64 {
        let r: i64 = self.receiver(profile).iter().map(|r| r * r).sum();
        let pulls = (0..self.n()).map(|i| -> i64 {
            let action = self.action(i, &profile[i]);
            let pull = action.iter().zip(&self.targets[i]);
            pull.map(|(x, t)| self.weights[i] * x * 6 * t).sum()
        });
        r - 2 * pulls.sum::<i64>()
    }

    fn regret(&self, i: usize, profile: &Profile) -> i64 {
        let mut moved = profile.clone();
        let losses = self.choices(i).into_iter().map(|choice| {
            moved[i] = choice;
            self.loss(i, &moved)
        });
        let least = losses.min().unwrap();
        self.loss(i, profile) - least
    }

    fn profiles(&self) -> Vec<Profile> {
        let mut all: Vec<Profile> = vec![Vec::new()];
        for i in 0..self.n() {
            let own = self.choices(i);
            let longer = all.iter().flat_map(|profile| {
                own.iter()
                    .map(|choice| [profile.as_slice(), std::slice::from_ref(choice)].concat())
                    .collect::<Vec<_>>()
            });
            all = longer.collect();
        }
        all
    }

    fn equilibria(&self) -> Vec<Profile> {
        let mut all = self.profiles();
        all.retain(|profile| (0..self.n()).all(|i| self.regret(i, profile) == 0));
        all.sort();
        all
    }
}

/// The double nearest to a number over 48² or 48: one division rounds once.
fn over(value: i64, below: i64) -> f64 {
    // Adding 0 makes a negative zero positive.
    value as f64 / below as f64 + 0.0
}

const SQUARE: i64 = 4 * UNIT * UNIT;

fn floats(list: &Value) -> Vec<f64> {
    serde_json::from_value(list.clone()).unwrap()
}

fn profile_of(list: &Value, key: &str) -> Profile {
    let own = list.as_array().unwrap().iter().map(|i| i[key].clone());
    own.map(|choice| serde_json::from_value(choice).unwrap())
        .collect()
}

/// A regret as it was printed, against the true one.
fn regret_holds(entry: &Value, regret: i64) {
    assert_eq!(entry["proven"], true, "no limit is near");
    assert!(entry.get("regret_bound").is_none());
    assert_eq!(entry["regret"].as_f64().unwrap(), over(regret, SQUARE));
}

#[test]
fn small_games_through_the_front_door() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let write =
        |name: &str, value: &Value| std::fs::write(at.join(name), value.to_string()).unwrap();
    for seed in 0..30 {
        let dice = &mut Dice::new(seed);
        let game = Small::draw(dice);
        write("game.json", &game.file());
        let all = game.equilibria();

        let solved = answered(&big(at, &["solve", "game.json", "--json"]), 0);
        let profile = profile_of(&solved["influencers"], "choice");
        assert!(all.contains(&profile), "seed {seed}");
        assert_eq!(solved["status"], "solved");
        let receiver: Vec<f64> = game
            .receiver(&profile)
            .iter()
            .map(|&r| over(r, 2 * UNIT))
            .collect();
        assert_eq!(floats(&solved["receiver"]), receiver);
        assert_eq!(
            solved["potential"].as_f64().unwrap(),
            over(game.potential(&profile), SQUARE)
        );
        assert_eq!(solved["max_regret"].as_f64(), Some(0.0));
        assert!(solved.get("regret_bound").is_none());
        for i in 0..game.n() {
            let entry = &solved["influencers"][i];
            regret_holds(entry, 0);
            assert_eq!(
                entry["loss"].as_f64().unwrap(),
                over(game.loss(i, &profile), SQUARE)
            );
        }

        let profiles = game.profiles();
        let tried = &profiles[dice.roll(0, profiles.len() as i64 - 1) as usize];
        let most = (0..game.n()).map(|i| game.regret(i, tried)).max().unwrap();
        let code = i32::from(most > 0);
        write("profile.json", &json!({ "choices": tried }));
        let verdict = answered(
            &big(at, &["verify", "game.json", "profile.json", "--json"]),
            code,
        );
        assert_eq!(verdict["equilibrium"], most == 0);
        assert_eq!(verdict["max_regret"].as_f64().unwrap(), over(most, SQUARE));
        for i in 0..game.n() {
            let entry = &verdict["influencers"][i];
            regret_holds(entry, game.regret(i, tried));
            let mut moved = tried.clone();
            moved[i] = serde_json::from_value(entry["best_response"].clone()).unwrap();
            assert_eq!(
                game.loss(i, tried) - game.loss(i, &moved),
                game.regret(i, tried)
            );
        }
        // The same profile by its means, exactly and as they are printed.
        let actions: Vec<Vec<i64>> = (0..game.n()).map(|i| game.action(i, &tried[i])).collect();
        let exact = |v: &i64| json!(format!("{v}/{UNIT}"));
        let printed = |v: &i64| json!(over(*v, UNIT));
        for how in [&exact as &dyn Fn(&i64) -> Value, &printed] {
            let rows: Vec<Vec<Value>> = actions
                .iter()
                .map(|row| row.iter().map(how).collect())
                .collect();
            write("means.json", &json!({ "actions": rows }));
            let again = answered(
                &big(at, &["verify", "game.json", "means.json", "--json"]),
                code,
            );
            assert_eq!(again["max_regret"], verdict["max_regret"], "seed {seed}");
        }
        // A tolerance of the largest regret is enough, and one below it is not.
        let enough = format!("{}", over(most, SQUARE).next_up());
        let verify = [
            "verify",
            "game.json",
            "profile.json",
            "--json",
            "--tolerance",
        ];
        assert_eq!(
            answered(&big(at, &[&verify[..], &[&enough]].concat()), 0)["equilibrium"],
            true
        );
        if most > 0 {
            let less = format!("{}", over(most, SQUARE) / 2.0);
            let no = answered(&big(at, &[&verify[..], &[&less]].concat()), 1);
            assert_eq!(no["equilibrium"], false);
        }

        let listed = answered(&big(at, &["enumerate", "game.json", "--json"]), 0);
        let mut found: Vec<Profile> = listed["equilibria"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| serde_json::from_value(e["choices"].clone()).unwrap())
            .collect();
        found.sort();
        assert_eq!(found, all, "seed {seed}");

        let order = ["round-robin", "random", "greedy"][dice.roll(0, 2) as usize];
        let play = [
            "dynamics",
            "game.json",
            "--json",
            "--start",
            "profile.json",
            "--order",
            order,
        ];
        let played = answered(&big(at, &play), 0);
        let end: Profile = serde_json::from_value(played["choices"].clone()).unwrap();
        assert!(all.contains(&end) && played["converged"] == true);
        let mut potential = over(game.potential(tried), SQUARE);
        for step in played["steps"].as_array().unwrap() {
            let next = step["potential"].as_f64().unwrap();
            assert!(next < potential);
            potential = next;
        }
        assert_eq!(potential, over(game.potential(&end), SQUARE));

        let table = big(at, &["export", "game.json", "--format", "nfg"]);
        let text = String::from_utf8(table.stdout).unwrap();
        let payoffs: Vec<&str> = text
            .rsplit("}\n\n")
            .next()
            .unwrap()
            .split_whitespace()
            .collect();
        assert_eq!(payoffs.len(), profiles.len() * game.n());
        // Profiles in Gambit's order: the first influencer's choice changes fastest.
        let sizes: Vec<usize> = (0..game.n()).map(|i| game.choices(i).len()).collect();
        for (p, row) in payoffs.chunks(game.n()).enumerate() {
            let mut rest = p;
            let profile: Profile = (0..game.n())
                .map(|i| {
                    let own = game.choices(i).swap_remove(rest % sizes[i]);
                    rest /= sizes[i];
                    own
                })
                .collect();
            for i in 0..game.n() {
                let (above, below) = row[i].split_once('/').unwrap_or((row[i], "1"));
                let (above, below): (i64, i64) = (above.parse().unwrap(), below.parse().unwrap());
                assert_eq!(above * SQUARE, -game.loss(i, &profile) * below);
            }
        }
    }
}

/// A game too hard to finish: decimals of so many digits.
fn hard(seed: u64, n: usize, m: usize, k: usize, d: usize, digits: u32, repeats: bool) -> Value {
    let dice = &mut Dice::new(seed);
    let mut point = |digits: u32| -> Vec<String> {
        let size = 10i64.pow(digits);
        (0..d)
            .map(|_| format!("{}e-{digits}", dice.roll(-size, size)))
            .collect()
    };
    let items: Vec<_> = (0..m).map(|_| point(digits)).collect();
    let influencers: Vec<Value> = (0..n)
        .map(|_| json!({ "weight": format!("1/{n}"), "target": point(3) }))
        .collect();
    json!({ "action_space": { "type": "finite", "items": items, "choose": k, "repeats": repeats },
            "influencers": influencers })
}

#[test]
fn limits_of_time_hold() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let games = [
        hard(1, 3, 60, 20, 3, 3, false),
        hard(2, 2, 200, 100, 8, 17, false),
        hard(3, 20, 200, 12, 1, 17, false),
        hard(4, 4, 30, 40, 2, 9, true),
        hard(5, 2, 24, 12, 1, 9, false),
        hard(6, 2, 14, 7, 1, 9, false),
    ];
    // Without limits these take minutes to ages. Loading a machine that is busy otherwise may take a while.
    let (limit, slack) = (0.1, Duration::from_millis(1500));
    for (number, game) in games.iter().enumerate() {
        let n = game["influencers"].as_array().unwrap().len();
        let k = game["action_space"]["choose"].as_u64().unwrap();
        let repeats = game["action_space"]["repeats"] == true;
        std::fs::write(at.join("game.json"), game.to_string()).unwrap();
        let choice: Vec<u64> = (0..k).map(|a| if repeats { 0 } else { a }).collect();
        let profile = json!({ "choices": vec![choice; n] });
        std::fs::write(at.join("profile.json"), profile.to_string()).unwrap();
        let commands: [&[&str]; 7] = [
            &["solve", "game.json", "--json"],
            &["solve", "game.json", "--json", "--potential-minimum"],
            &["verify", "game.json", "profile.json", "--json"],
            &["dynamics", "game.json", "--json"],
            &["enumerate", "game.json", "--json", "--count"],
            &["enumerate", "game.json", "--json"],
            &[
                "export",
                "game.json",
                "--format",
                "nfg",
                "--most",
                "1000000000000",
            ],
        ];
        for command in commands {
            let limited = [command, &["--time-limit", "0.1"]].concat();
            let clock = Instant::now();
            let output = big(at, &limited);
            let seconds = clock.elapsed();
            let allowed = Duration::from_secs_f64(limit * 1.1 + 0.05) + slack;
            assert!(seconds < allowed, "game {number}, {command:?}: {seconds:?}");
            let code = output.status.code().unwrap();
            let error = String::from_utf8_lossy(&output.stderr);
            assert!(
                (0..=3).contains(&code) && !error.contains("panicked"),
                "{error}"
            );
            if code == 2 {
                assert!(["enumerate", "export"].contains(&command[0]), "{error}");
            }
        }
    }
}

/// Three influencers, each with 20 of 60 items in 3 dimensions.
const HARD: &str = include_str!("games/finite-3-60-20-3.json");

#[test]
fn a_hard_game_is_answered_with_moves_and_bounds() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    std::fs::write(at.join("game.json"), HARD).unwrap();
    let solve = ["solve", "game.json", "--time-limit", "1"];
    let output = big(at, &[&solve[..], &["--json"]].concat());
    let code = output.status.code().unwrap();
    assert!(code == 0 || code == 3);
    let found = answered(&output, code);
    assert_eq!(
        found["status"],
        if code == 0 { "solved" } else { "approximate" }
    );
    assert!(found["moves"].as_u64().unwrap() > 0);
    let entries = found["influencers"].as_array().unwrap();
    let mut most = 0.0f64;
    for entry in entries {
        let (regret, loss) = (
            entry["regret"].as_f64().unwrap(),
            entry["loss"].as_f64().unwrap(),
        );
        let bound = match entry.get("regret_bound") {
            None => regret,
            Some(bound) => bound.as_f64().unwrap(),
        };
        assert_eq!(entry["proven"], entry.get("regret_bound").is_none());
        assert!(0.0 <= regret && regret <= bound && bound <= loss * (1.0 + 1e-12));
        most = most.max(bound);
    }
    // Two of the three are out of reach, and what they lose cannot be helped; the third is nearly at its target.
    assert!(most < 1e-3, "{most}");
    assert!(entries.iter().any(|e| e["loss"].as_f64().unwrap() > 0.1));
    let whole = found
        .get("regret_bound")
        .map_or(0.0, |b| b.as_f64().unwrap());
    assert_eq!(whole.max(found["max_regret"].as_f64().unwrap()), most);
    std::fs::write(at.join("solved.json"), &output.stdout).unwrap();
    // Far too little time: undecided is a 'no' that says so, and no response is called best.
    if code == 3 {
        let verify = ["verify", "game.json", "solved.json", "--time-limit", "0.05"];
        let output = big(at, &verify);
        assert_eq!(output.status.code(), Some(1));
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(
            text.starts_with("Not decided") || text.contains("at least"),
            "{text}"
        );
        assert!(text.contains("best found: items"), "{text}");
        let text = String::from_utf8(big(at, &solve).stdout).unwrap();
        assert!(
            text.contains("APPROXIMATE") && !text.contains("Regrets are exact."),
            "{text}"
        );
    }
}

#[test]
fn many_of_few_items_fit_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let game = json!({
        "action_space": { "type": "finite", "items": [[-1], ["0.123456789"], ["0.87654321"]],
            "choose": 6000, "repeats": true },
        "influencers": [
            { "weight": "1/2", "target": ["-0.1"] }, { "weight": "1/2", "target": ["0.2"] }],
    });
    std::fs::write(at.join("game.json"), game.to_string()).unwrap();
    let solve = ["solve", "game.json", "--json"];
    let output = big(at, &solve);
    let solved = answered(&output, 0);
    assert_eq!(solved["status"], "solved");
    std::fs::write(at.join("solved.json"), &output.stdout).unwrap();
    let verdict = answered(
        &big(at, &["verify", "game.json", "solved.json", "--json"]),
        0,
    );
    assert_eq!(verdict["equilibrium"], true);
    // All pure equilibria are too many to go through, which is said and not tried.
    let all = big(at, &["enumerate", "game.json", "--time-limit", "1"]);
    assert!([1, 2].contains(&all.status.code().unwrap()));
}

#[test]
fn flags_of_other_games_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    assert!(big(at, &["examples", "write"]).status.success());
    for extra in [
        &["--actions", "table.csv"][..],
        &["--vertices"],
        &["--sensitivity"],
        &["--method", "ball"],
        &["--select", "vertex"],
    ] {
        let refused = big(at, &[&["solve", "newsroom-finite.toml"], extra].concat());
        assert_eq!(refused.status.code(), Some(2), "{extra:?}");
        assert!(String::from_utf8_lossy(&refused.stderr).contains(extra[0]));
    }
    assert!(!at.join("table.csv").exists());
    let timed = big(at, &["solve", "newsroom-finite.toml", "--json", "--timing"]);
    assert!(answered(&timed, 0)["seconds"].as_f64().unwrap() > 0.0);
    let refused = big(
        at,
        &["dynamics", "vaccine-debate.toml", "--time-limit", "1"],
    );
    assert_eq!(refused.status.code(), Some(2));
    for bad in ["[[0.5]]", "[[0.5, 1]]", "[[7], [7]]", "[[\"x\"], [0]]", "3"] {
        std::fs::write(at.join("bad.json"), format!("{{ \"actions\": {bad} }}")).unwrap();
        let refused = big(at, &["verify", "example-5.toml", "bad.json"]);
        assert_eq!(refused.status.code(), Some(2), "{bad}");
        assert!(
            String::from_utf8_lossy(&refused.stderr).contains("bad.json"),
            "{bad}"
        );
    }
}
