//! Random small games, as game files, and the program as a function.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

/// Numbers from a linear congruential generator (Knuth's MMIX).
pub(crate) struct Draws(u64);

impl Draws {
    pub(crate) fn new(seed: u64) -> Self {
        let mut draws = Self(seed);
        draws.below(2);
        draws
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    pub(crate) fn chance(&mut self, one_in: u64) -> bool {
        self.below(one_in) == 0
    }

    pub(crate) fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }

    /// A hundredth in [−2, 2], or (as targets often coincide) a half.
    pub(crate) fn number(&mut self) -> f64 {
        if self.chance(3) {
            self.below(9) as f64 / 2.0 - 2.0
        } else {
            self.below(401) as f64 / 100.0 - 2.0
        }
    }

    pub(crate) fn vector(&mut self, length: usize) -> Vec<f64> {
        (0..length).map(|_| self.number()).collect()
    }
}

fn space(draws: &mut Draws, d: usize) -> Value {
    let size = draws.of(&[0.5, 1.0, 1.25, 2.0]);
    match draws.below(6) {
        0 | 1 => json!({ "type": "box", "lower": -1, "upper": size }),
        2 => json!({ "type": "ball", "radius": size }),
        3 => json!({ "type": "l1_ball", "radius": size }),
        4 if d > 1 => json!({ "type": "simplex", "scale": size }),
        _ => {
            let vertices: Vec<Value> = (0..d + 2).map(|_| json!(draws.vector(d))).collect();
            json!({ "type": "polytope", "vertices": vertices })
        }
    }
}

/// A game on convex sets.
pub(crate) fn convex(draws: &mut Draws) -> Value {
    let d = 1 + draws.below(3) as usize;
    let n = 1 + draws.below(4) as usize;
    let influencers: Vec<Value> = (0..n)
        .map(|i| {
            let weight = draws.of(&[0.1, 0.25, 0.5, 1.0, -0.5]);
            let mut one = json!({ "weight": weight, "target": draws.vector(d) });
            if draws.chance(2) {
                one["name"] = json!(format!("party <{i}>"));
            }
            one
        })
        .collect();
    let mut game = json!({
        "receiver": { "bias": draws.vector(d) },
        "action_space": space(draws, d),
        "influencers": influencers,
    });
    if draws.chance(2) {
        game["name"] = json!("a & b");
    }
    if draws.chance(8) {
        game["loss"] = json!("inner_product");
    }
    game
}

/// A finite game.
pub(crate) fn finite(draws: &mut Draws) -> Value {
    let d = 1 + draws.below(2) as usize;
    let n = 1 + draws.below(3) as usize;
    let items: Vec<Value> = (0..3 + draws.below(2))
        .map(|_| json!(draws.vector(d)))
        .collect();
    let influencers: Vec<Value> = (0..n)
        .map(|_| json!({ "weight": draws.of(&[0.25, 0.5, 1.0]), "target": draws.vector(d) }))
        .collect();
    json!({
        "receiver": { "bias": draws.vector(d) },
        "action_space": { "type": "finite", "items": items, "choose": 1 + draws.below(2), "repeats": draws.chance(2) },
        "influencers": influencers,
    })
}

/// A folder in which commands are run in this process.
pub(crate) struct Door(TempDir);

impl Door {
    pub(crate) fn open() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// The path of a file in the folder.
    pub(crate) fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    pub(crate) fn write(&self, name: &str, value: &Value) {
        fs::write(self.path(name), value.to_string()).unwrap();
    }

    /// Runs a command; `@name` is a file of the folder. Its exit code, and its answer or what was wrong.
    pub(crate) fn run(&self, words: &[&str]) -> (u8, String) {
        let out = self.path(if words[0] == "plot" { "out.svg" } else { "out" });
        // It need not be there.
        let _ = fs::remove_file(&out);
        let line = words.iter().map(|word| match word.strip_prefix('@') {
            Some(name) => self.path(name),
            None => (*word).to_owned(),
        });
        let ended = big_cli::run(line.chain(["--output".to_owned(), out.clone()]));
        let text = fs::read_to_string(&out).unwrap_or_default();
        (ended.code, ended.message.unwrap_or(text))
    }

    /// The answer of a command that has one, perhaps 'no'.
    pub(crate) fn answer(&self, words: &[&str]) -> String {
        let (code, text) = self.run(words);
        assert!(code <= 1, "{words:?}: {code} {text}");
        text
    }

    pub(crate) fn json(&self, words: &[&str]) -> Value {
        serde_json::from_str(&self.answer(&[words, &["--json"]].concat())).unwrap()
    }
}
