//! Answers are the same bytes with the feature `parallel` and without it. The build with it writes down what it answered, the one
//! without it (`cargo test -p big-app --no-default-features --test threads`, afterwards and on the same machine) compares.

#![allow(clippy::unwrap_used)] // in tests a panic is the report

use std::fmt::Write;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use big_app::enumerate::{self, Enumerated, Listed, enumerate};
use big_app::preference::simulate::simulate;
use big_app::preference::{Table, audit, fit};
use big_app::solve::{Request, Solved, solve};
use big_app::{Monitor, coalitions, preference};
use big_io::Source;

/// Numbers between -1 and 1.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}

/// A game of `n` influencers in `d` dimensions; the first ones pay for lies where `costs` says so.
fn game(space: &str, n: usize, d: usize, costs: bool) -> Source {
    let mut numbers = Numbers(n as u64 * 31 + d as u64);
    let mut text = format!("{{ \"action_space\": {space}, \"influencers\": [");
    for i in 0..n {
        let target: Vec<f64> = (0..d).map(|_| 1.5 * numbers.next()).collect();
        let comma = if i > 0 { "," } else { "" };
        let weight = (1.5 + numbers.next()) / n as f64;
        write!(
            text,
            "{comma}{{ \"weight\": {weight}, \"target\": {target:?}"
        )
        .unwrap();
        if costs {
            write!(text, ", \"lying_cost\": {}", 0.5 / n as f64).unwrap();
        }
        text += " }";
    }
    Source::text(space, &(text + "] }"))
}

/// What a file of bytes is known by (FNV-1a).
fn known_by(bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

fn convex(found: &mut Vec<String>, name: &str, game: Source) {
    let Solved::Convex(solved) = solve(&Request::new(game), &Monitor::default()).unwrap() else {
        panic!("{name} is on convex sets");
    };
    let answer = serde_json::to_vec(&solved.result()).unwrap();
    let receiver = &solved.equilibrium.receiver;
    found.push(format!("{name}: {:016x} {receiver:?}", known_by(&answer)));
}

fn finite(found: &mut Vec<String>) {
    let items: Vec<String> = (0..12)
        .map(|j| format!("[{}, {}]", (j * j) % 13 - 6, (3 * j) % 11 - 5))
        .collect();
    let text = format!(
        r#"{{ "action_space": {{ "type": "finite", "items": [{}], "choose": 4 }}, "influencers": [
            {{ "weight": 0.5, "target": [-0.3, 0.2] }}, {{ "weight": 0.5, "target": [0.4, 0.1] }}] }}"#,
        items.join(", ")
    );
    let request = enumerate::Request {
        game: Source::text("items", &text),
        listed: Listed::Equilibria(usize::MAX),
        epsilon: Default::default(),
        time_limit: None,
    };
    let mut all = String::new();
    let mut one = |equilibrium: &_| {
        write!(all, "{equilibrium:?}").unwrap();
        ControlFlow::Continue(())
    };
    let Enumerated::Finite(counted) = enumerate(&request, &mut one, &Monitor::default()).unwrap()
    else {
        panic!("another game");
    };
    let result = counted.1;
    all += &serde_json::to_string(&result).unwrap();
    found.push(format!("finite: {:016x}", known_by(all.as_bytes())));
}

fn preferences(found: &mut Vec<String>, folder: &Path) {
    let people: Vec<String> = (0..40)
        .map(|i| {
            format!(
                r#"{{ "name": "p{i}", "theta": [{}, 0.1, {}] }}"#,
                0.02 * f64::from(i),
                0.3 - 0.01 * f64::from(i)
            )
        })
        .collect();
    let text = format!(
        r#"{{ "pairs": 1000, "distribution": "normal", "seed": 7, "influencers": [{}] }}"#,
        people.join(", ")
    );
    let file = folder.join("threads.csv");
    let request = preference::simulate::Request {
        experiment: Source::text("people", &text),
        output: file.clone(),
        seed: None,
    };
    simulate(&request, &Monitor::default()).unwrap();
    let rows = fs::read(&file).unwrap();
    found.push(format!("simulated: {:016x}", known_by(&rows)));
    let asked = fit::Request {
        by: Some("annotator".into()),
        ..fit::Request::new(Table::new(&file))
    };
    let answer = fit::fit(&asked, &Monitor::default()).unwrap();
    found.push(format!("fit: {answer:?}"));
    let answer = audit::audit(&audit::Request::new(Table::new(&file)), &Monitor::default());
    found.push(format!("audit: {:?}", answer.unwrap()));
    fs::remove_file(file).unwrap();
}

#[test]
fn answers_are_the_same_bytes() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let mut found = Vec::new();
    let cube = r#"{ "type": "box", "lower": -1, "upper": 1 }"#;
    let ball = r#"{ "type": "ball", "radius": 1 }"#;
    for (name, space, n, d, costs) in [
        ("interval", cube, 40_000, 1, false),
        ("box", cube, 20_000, 4, false),
        ("ball", ball, 20_000, 3, false),
        ("costly box", cube, 20_000, 2, true),
        ("costly ball", ball, 20_000, 2, true),
        (
            "l1 ball",
            r#"{ "type": "l1_ball", "radius": 1 }"#,
            5_000,
            3,
            false,
        ),
    ] {
        convex(&mut found, name, game(space, n, d, costs));
    }
    finite(&mut found);
    let request = coalitions::Request::new(game(ball, 40, 2, false));
    let pairs = coalitions::coalitions(&request, &Monitor::default()).unwrap();
    let pairs = serde_json::to_vec(&pairs).unwrap();
    found.push(format!("coalitions: {:016x}", known_by(&pairs)));
    preferences(&mut found, folder);
    let found = found.join("\n");
    let with = folder.join("threads-with-parallel");
    if cfg!(feature = "parallel") {
        fs::write(with, found).unwrap();
    } else {
        let with = fs::read_to_string(with).expect("run the build with `parallel` before");
        for (with, without) in with.lines().zip(found.lines()) {
            assert_eq!(without, with);
        }
        assert_eq!(found, with);
    }
}
