//! Finite games small enough for brute force, in whole numbers.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::check::Finding;
use crate::door::Reply;
use crate::random::Random;
use crate::routes::{Bench, Outcome};

/// One influencer; its numbers are multiples of one over the game's unit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Player {
    /// Its weight.
    pub(crate) weight: i64,
    /// Where it wants the receiver.
    pub(crate) target: Vec<i64>,
    /// What it chooses from.
    pub(crate) items: Vec<Vec<i64>>,
    /// How many it chooses.
    pub(crate) choose: usize,
    /// May it choose one more than once?
    pub(crate) repeats: bool,
}

/// A finite game; every number is to be divided by `unit`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FiniteCase {
    /// The common denominator.
    pub(crate) unit: i64,
    /// The background.
    pub(crate) bias: Vec<i64>,
    /// At least one.
    pub(crate) players: Vec<Player>,
}

/// Profiles are tried up to this number.
pub(crate) const PROFILES: usize = 4000;

impl FiniteCase {
    /// The game file.
    pub(crate) fn json(&self) -> Value {
        let unit = self.unit;
        let one = |v: i64| json!(format!("{v}/{unit}"));
        let many = |v: &[i64]| -> Value { v.iter().map(|&v| one(v)).collect() };
        let players: Vec<Value> = self
            .players
            .iter()
            .map(|p| {
                let items: Vec<Value> = p.items.iter().map(|item| many(item)).collect();
                json!({
                    "weight": one(p.weight),
                    "target": many(&p.target),
                    "action_space": {"type": "finite", "items": items, "choose": p.choose, "repeats": p.repeats},
                })
            })
            .collect();
        let mut file = Map::new();
        file.insert("receiver".into(), json!({"bias": many(&self.bias)}));
        file.insert("influencers".into(), Value::Array(players));
        Value::Object(file)
    }

    /// Every choice of each player, in the order of the dictionary.
    fn choices(&self) -> Vec<Vec<Vec<u32>>> {
        self.players
            .iter()
            .map(|p| {
                let mut all = Vec::new();
                extend(&mut all, &mut Vec::new(), 0, p);
                all
            })
            .collect()
    }
}

fn extend(all: &mut Vec<Vec<u32>>, begun: &mut Vec<u32>, from: usize, player: &Player) {
    if begun.len() == player.choose {
        all.push(begun.clone());
        return;
    }
    for item in from..player.items.len() {
        begun.push(item as u32);
        extend(
            all,
            begun,
            if player.repeats { item } else { item + 1 },
            player,
        );
        begun.pop();
    }
}

/// Draws a game that brute force can hold.
pub(crate) fn draw(random: &mut Random) -> FiniteCase {
    loop {
        let unit = random.pick(&[1, 1, 2, 4, 10]);
        let d = random.pick(&[1, 1, 1, 2, 2, 3]);
        let n = random.pick(&[1, 2, 2, 2, 3, 3, 4]);
        let size = random.pick(&[2, 4, 12]) * unit as i32;
        let point = |random: &mut Random| -> Vec<i64> {
            (0..d)
                .map(|_| i64::from(random.between(-size, size)))
                .collect()
        };
        let common = random.chance(0.5);
        let mut players: Vec<Player> = Vec::new();
        for i in 0..n {
            let count = random.between(1, 7) as usize;
            let items: Vec<Vec<i64>> = (0..count).map(|_| point(random)).collect();
            let repeats = random.chance(0.3);
            let most = if repeats { 4 } else { count.min(4) };
            let mut player = Player {
                weight: unit * i64::from(random.between(-2, 3)) / random.pick(&[1, 2]),
                target: point(random),
                choose: random.between(1, most as i32) as usize,
                items,
                repeats,
            };
            if common && i > 0 {
                player = Player {
                    weight: player.weight,
                    target: player.target,
                    ..players[0].clone()
                };
            }
            players.push(player);
        }
        let bias = if random.chance(0.5) {
            vec![0; d]
        } else {
            point(random)
        };
        let case = FiniteCase {
            unit,
            bias,
            players,
        };
        let count = |c: Vec<Vec<u32>>| c.len();
        let profiles: usize = case.choices().into_iter().map(count).product();
        if profiles <= PROFILES {
            return case;
        }
    }
}

/// All profiles with their receivers, in whole numbers over one denominator.
struct Table {
    choices: Vec<Vec<Vec<u32>>>,
    /// `d` numbers for each choice of each player: `w mean(S)`, times `scale`.
    images: Vec<Vec<Vec<i128>>>,
    bias: Vec<i128>,
    targets: Vec<Vec<i128>>,
    scale: i128,
}

impl Table {
    fn new(case: &FiniteCase) -> Self {
        let unit = i128::from(case.unit);
        let product: i128 = case
            .players
            .iter()
            .map(|p| p.choose as i128)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .product();
        let scale = unit * unit * product;
        let lift = |v: &[i64]| v.iter().map(|&v| i128::from(v) * unit * product).collect();
        let choices = case.choices();
        let images = case
            .players
            .iter()
            .zip(&choices)
            .map(|(p, choices)| {
                choices
                    .iter()
                    .map(|choice| {
                        (0..case.bias.len())
                            .map(|k| {
                                let sum: i128 = choice
                                    .iter()
                                    .map(|&j| i128::from(p.items[j as usize][k]))
                                    .sum();
                                i128::from(p.weight) * sum * (product / p.choose as i128)
                            })
                            .collect()
                    })
                    .collect()
            })
            .collect();
        Self {
            choices,
            images,
            bias: lift(&case.bias),
            targets: case.players.iter().map(|p| lift(&p.target)).collect(),
            scale,
        }
    }

    fn receiver(&self, profile: &[usize]) -> Vec<i128> {
        let mut r = self.bias.clone();
        for (i, &s) in profile.iter().enumerate() {
            for (r, v) in r.iter_mut().zip(&self.images[i][s]) {
                *r += v;
            }
        }
        r
    }

    fn loss(&self, i: usize, r: &[i128]) -> i128 {
        r.iter()
            .zip(&self.targets[i])
            .map(|(r, t)| (r - t) * (r - t))
            .sum()
    }

    /// What a player gains by its best choice.
    fn regret(&self, profile: &[usize], i: usize) -> i128 {
        let now = self.loss(i, &self.receiver(profile));
        let mut other = profile.to_vec();
        let best = (0..self.choices[i].len()).map(|s| {
            other[i] = s;
            self.loss(i, &self.receiver(&other))
        });
        now - best.min().unwrap_or(now)
    }

    fn potential(&self, profile: &[usize]) -> i128 {
        let r = self.receiver(profile);
        let mut value: i128 = r.iter().map(|v| v * v).sum();
        for (i, &s) in profile.iter().enumerate() {
            for (t, v) in self.targets[i].iter().zip(&self.images[i][s]) {
                value -= 2 * t * v;
            }
        }
        value
    }

    fn all(&self) -> Vec<Vec<usize>> {
        let mut all: Vec<Vec<usize>> = vec![Vec::new()];
        for choices in &self.choices {
            all = all
                .into_iter()
                .flat_map(|begun| {
                    (0..choices.len()).map(move |s| {
                        let mut next = begun.clone();
                        next.push(s);
                        next
                    })
                })
                .collect();
        }
        all
    }

    /// A profile that was printed.
    fn read(&self, rows: &[Value]) -> Option<Vec<usize>> {
        rows.iter()
            .enumerate()
            .map(|(i, row)| {
                let mut choice: Vec<u32> = row
                    .as_array()?
                    .iter()
                    .map(|v| v.as_u64().map(|v| v as u32))
                    .collect::<Option<_>>()?;
                choice.sort_unstable();
                self.choices.get(i)?.iter().position(|c| *c == choice)
            })
            .collect()
    }

    fn area(&self, value: i128) -> f64 {
        value as f64 / (self.scale as f64).powi(2)
    }
}

/// Solves, enumerates, verifies and plays a finite game, and compares with all its profiles.
pub(crate) fn examine(bench: &Bench, case: &FiniteCase) -> Outcome {
    let table = Table::new(case);
    let all = table.all();
    let players = case.players.len();
    let is_equilibrium = |p: &[usize]| (0..players).all(|i| table.regret(p, i) == 0);
    let equilibria: Vec<&Vec<usize>> = all.iter().filter(|p| is_equilibrium(p)).collect();
    let least = all.iter().map(|p| table.potential(p)).min().unwrap_or(0);
    let game = case.json();
    let mut outcome = Outcome {
        end: "finite",
        ..Outcome::default()
    };
    let run = |outcome: &mut Outcome,
               command: &str,
               profile: Option<&Value>,
               options: &[&str]|
     -> Reply {
        let reply = bench.door.run(command, &game, profile, options);
        outcome.calls += 1;
        if reply.code.is_none() {
            tell(outcome, "panic", command, reply.message.clone());
        } else if bench.limit.is_some_and(|limit| reply.seconds > limit) {
            tell(outcome, "slow", command, format!("{:.2} s", reply.seconds));
        }
        reply
    };
    for option in ["--json", "--potential-minimum"] {
        let route = format!("solve --json {option}");
        let options = if option == "--json" {
            vec!["--json"]
        } else {
            vec!["--json", option]
        };
        let reply = run(&mut outcome, "solve", None, &options);
        let choices: Option<Vec<Value>> = reply.answer["influencers"]
            .as_array()
            .map(|rows| rows.iter().map(|row| row["choice"].clone()).collect());
        let Some(profile) = choices.as_ref().and_then(|rows| table.read(rows)) else {
            tell(
                &mut outcome,
                "finite",
                &route,
                format!("no profile: {}", reply.message),
            );
            continue;
        };
        if !is_equilibrium(&profile) {
            tell(
                &mut outcome,
                "finite",
                &route,
                format!("{profile:?} is no equilibrium"),
            );
        }
        let own = table.potential(&profile);
        if option != "--json" && own != least {
            tell(
                &mut outcome,
                "finite",
                &route,
                format!(
                    "the potential is {} and the least is {}",
                    table.area(own),
                    table.area(least)
                ),
            );
        }
        let near = |value: &Value, own: f64| {
            value
                .as_f64()
                .is_some_and(|v| (v - own).abs() <= 1e-12 * (1.0 + own.abs()))
        };
        let r = table.receiver(&profile);
        let place = |k: usize| r[k] as f64 / table.scale as f64;
        let right = near(&reply.answer["potential"], table.area(own))
            && (0..r.len()).all(|k| near(&reply.answer["receiver"][k], place(k)))
            && (0..players).all(|i| {
                near(
                    &reply.answer["influencers"][i]["loss"],
                    table.area(table.loss(i, &r)),
                )
            });
        if !right {
            tell(
                &mut outcome,
                "finite",
                &route,
                "a printed receiver, loss or potential is not that of the choices".into(),
            );
        }
        if option == "--json" {
            let reply = run(&mut outcome, "verify", Some(&reply.answer), &["--json"]);
            if reply.answer["equilibrium"] != true || reply.code != Some(0) {
                tell(
                    &mut outcome,
                    "finite",
                    "verify --json",
                    format!("exit code {:?}: {}", reply.code, reply.message),
                );
            }
        }
    }
    let reply = run(
        &mut outcome,
        "enumerate",
        None,
        &["--json", "--limit", "5000"],
    );
    enumeration(&mut outcome, &table, &equilibria, &reply);
    let reply = run(&mut outcome, "dynamics", None, &["--json"]);
    let end = reply.answer["choices"]
        .as_array()
        .and_then(|rows| table.read(rows));
    match &end {
        Some(end) if reply.answer["converged"] == is_equilibrium(end) => {}
        _ => tell(
            &mut outcome,
            "finite",
            "dynamics --json",
            format!("ended at {end:?}: {}", reply.message),
        ),
    }
    outcome
}

fn tell(outcome: &mut Outcome, check: &'static str, route: &str, message: String) {
    outcome.findings.push(Finding {
        check,
        route: route.to_owned(),
        message,
    });
}

/// The list of equilibria is the list of brute force.
fn enumeration(outcome: &mut Outcome, table: &Table, own: &[&Vec<usize>], reply: &Reply) {
    let route = "enumerate --json";
    let listed: Option<BTreeSet<Vec<usize>>> =
        reply.answer["equilibria"].as_array().and_then(|list| {
            list.iter()
                .map(|e| e["choices"].as_array().and_then(|rows| table.read(rows)))
                .collect()
        });
    let own: BTreeSet<Vec<usize>> = own.iter().map(|&p| p.clone()).collect();
    match listed {
        None => tell(
            outcome,
            "finite",
            route,
            format!("exit code {:?}, no list: {}", reply.code, reply.message),
        ),
        Some(listed) if listed != own => tell(
            outcome,
            "finite",
            route,
            format!("{} equilibria where there are {}", listed.len(), own.len()),
        ),
        Some(_) if reply.answer["count"].as_u64() != Some(own.len() as u64) => tell(
            outcome,
            "finite",
            route,
            format!("count {}, of {}", reply.answer["count"], own.len()),
        ),
        Some(_) => {}
    }
}
