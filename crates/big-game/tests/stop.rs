//! Answers that nobody wants any more.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use big_game::equilibrium::Method;
use big_game::spec::SpaceSpec;
use big_game::{Game, SolveError, SolveOptions, Stop, solve};

/// Many l1 balls in four dimensions, whose targets are all alike but for a little.
fn game(n: usize) -> Game {
    let mut builder = Game::builder().space(SpaceSpec::L1Ball {
        center: vec![0.0; 4],
        radius: 1.0,
    });
    for i in 0..n {
        let target = [0, 1, 2, 3].map(|k| 0.1 * ((7 * i + k) as f64).sin());
        builder = builder.influencer(1.0 / n as f64, target);
    }
    builder.build().unwrap()
}

fn options(flag: &Arc<AtomicBool>, method: Method) -> SolveOptions {
    SolveOptions {
        method,
        stop: Stop::when(Arc::clone(flag)),
        ..SolveOptions::default()
    }
}

#[test]
fn what_is_called_off_before_it_begins_has_no_answer() {
    let flag = Arc::new(AtomicBool::new(false));
    for method in [Method::Auto, Method::Decomposition, Method::Reference] {
        flag.store(false, Ordering::Relaxed);
        assert!(solve(&game(5), &options(&flag, method)).is_ok());
        flag.store(true, Ordering::Relaxed);
        assert_eq!(
            solve(&game(5), &options(&flag, method)).unwrap_err(),
            SolveError::Stopped
        );
    }
}

#[test]
fn a_convex_program_ends_at_its_next_step() {
    let game = game(2000);
    let flag = Arc::new(AtomicBool::new(false));
    let begun = Instant::now();
    solve(&game, &options(&flag, Method::Reference)).unwrap();
    let whole = begun.elapsed();
    let soon = whole / 8;
    let (told, begun) = (Arc::clone(&flag), Instant::now());
    let teller = std::thread::spawn(move || {
        std::thread::sleep(soon);
        told.store(true, Ordering::Relaxed);
    });
    let answer = solve(&game, &options(&flag, Method::Reference));
    assert_eq!(answer.unwrap_err(), SolveError::Stopped);
    // Far from the end, on machines that do other things too.
    assert!(
        begun.elapsed() < whole / 2 + Duration::from_millis(200),
        "{whole:?}"
    );
    teller.join().unwrap();
}
