//! The use cases as another shell would use them: no command line, no terminal.

#![allow(clippy::unwrap_used)] // in tests a panic is the report

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use big_app::enumerate::{self, Enumerated, Listed, enumerate};
use big_app::solve::{Request, Solved, solve};
use big_app::{AppError, Monitor};
use big_io::Source;

const SAME_SIDE: &str = r#"{ "action_space": { "type": "box", "lower": -1, "upper": 1 },
    "influencers": [{ "weight": 0.5, "target": [-0.8] }, { "weight": 0.5, "target": [-0.3] }] }"#;

/// Example 5 of the paper: items ±1, ±2, …, ±512, of which five are chosen; at least C(20, 5) = 15504 equilibria.
fn example_5() -> Source {
    let items: Vec<String> = (0..10)
        .flat_map(|j| [format!("[{}]", 1 << j), format!("[-{}]", 1 << j)])
        .collect();
    let text = format!(
        r#"{{ "action_space": {{ "type": "finite", "items": [{}], "choose": 5 }},
            "influencers": [{{ "weight": 0.5, "target": [-0.01] }}, {{ "weight": 0.5, "target": [0.01] }}] }}"#,
        items.join(", ")
    );
    Source::text("example 5", &text)
}

#[test]
fn a_game_is_solved_from_a_text() {
    let request = Request::new(Source::text("same side", SAME_SIDE));
    let Solved::Convex(solved) = solve(&request, &Monitor::default()).unwrap() else {
        panic!("the game is on convex sets");
    };
    // Example 1: influencer 2 wins at t_2, from the other side of 0.
    assert_eq!(solved.equilibrium.receiver, [-0.3]);
    assert_eq!(
        solved.result().verdict,
        "One equilibrium; the receiver lands at -0.3; '2' wins by pretending to be on the right."
    );
}

#[test]
fn errors_name_the_place_and_no_options() {
    let bad = Source::text("mine", &SAME_SIDE.replace("weight", "wieght"));
    let error = solve(&Request::new(bad), &Monitor::default()).unwrap_err();
    let AppError::Input(error) = error else {
        panic!("{error}");
    };
    assert_eq!((error.file.as_deref(), error.line), (Some("mine"), Some(2)));
    let ball = Request {
        method: big_game::equilibrium::Method::Ball,
        ..Request::new(Source::text("mine", SAME_SIDE))
    };
    let error = solve(&ball, &Monitor::default()).unwrap_err();
    assert!(matches!(error, AppError::Solve(_)), "{error}");
    assert!(!error.to_string().contains("--"), "{error}");
}

/// A search that is ended says so, and tells what it has; progress was told of.
#[test]
fn a_search_is_watched_and_ended() {
    let request = enumerate::Request {
        game: example_5(),
        listed: Listed::Equilibria(usize::MAX),
        epsilon: Default::default(),
        time_limit: None,
    };
    let (told, cancel) = (AtomicU64::new(0), Arc::new(AtomicBool::new(false)));
    let progress = |_: &'static str, _, _| {
        told.fetch_add(1, Ordering::Relaxed);
    };
    let monitor = Monitor::default()
        .with_progress(&progress)
        .with_cancel(&cancel);
    let mut seen = 0;
    let mut found = |_: &_| {
        seen += 1;
        cancel.store(seen >= 100, Ordering::Relaxed);
        ControlFlow::Continue(())
    };
    let Enumerated::Finite(all) = enumerate(&request, &mut found, &monitor).unwrap() else {
        panic!("another game");
    };
    let result = all.1;
    assert!(!result.complete && seen >= 100, "{seen}");
    assert!(seen < 15_504, "the search went on to its end");
    assert!(told.load(Ordering::Relaxed) > 0);
    assert!(monitor.is_cancelled());
}
