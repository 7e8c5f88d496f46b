//! Balls: the dual Newton solver against the streaming pass, Weiszfeld, BFGS on the dual, best responses and Clarabel.
//!
//! `cargo bench -p big-game --bench ball [-- --quick] [SECTION]`, sections: spread, cluster, clarabel,
//! growth-line, growth-plane, growth-16.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // a benchmark prints, and stops where it is wrong

mod common;

use big_game::equilibrium::{Method, Selection};
use big_game::unchecked::ball::{locate, solve as core};
use big_game::{Game, SolveOptions, solve};
use common::games::{Kind, game};
use common::growth::{Growth, Role, sizes};
use common::{Contest, memory_of, peers, size, stream_all, stream_one, wanted};

fn certified(e: &big_game::equilibrium::Equilibrium) -> String {
    assert!(e.certificate.holds());
    format!(
        "error ≤ {:.0e}, regret {:.0e}",
        e.certificate.receiver_error_bound, e.certificate.max_regret
    )
}

fn spread(n: usize) {
    let game = game(Kind::Ball, n, 16, None, 1);
    let game = &game;
    let (targets, weights) = (game.targets(), game.scalar_weights().unwrap());
    let input = 8.0 * (targets.len() + weights.len()) as f64;
    let answer = memory_of(
        "receiver and actions (which are as large as the targets)",
        input,
        || core(game, Selection::LeastExaggerated).unwrap().receiver,
    );
    let answer = answer.as_slice();
    let mut contest = Contest::new(format!("ball, d = 16, n = {n}"));
    contest.add(
        "streaming pass, all threads",
        || stream_all(targets, weights),
        |_| String::new(),
    );
    contest.add(
        "streaming pass, one thread",
        || stream_one(targets, weights),
        |_| String::new(),
    );
    contest.add(
        "receiver to 1e-9, certified",
        || locate(game, 1e-9).unwrap(),
        |l| format!("error ≤ {:.0e}, {} passes", l.error_bound, l.passes),
    );
    contest.add(
        "receiver to the last digit, certified",
        || locate(game, 0.0).unwrap(),
        |l| format!("error ≤ {:.0e}, {} passes", l.error_bound, l.passes),
    );
    contest.add(
        "receiver and actions",
        || core(game, Selection::LeastExaggerated).unwrap(),
        |s| format!("{} passes", s.passes),
    );
    contest.add(
        "whole certified answer",
        || solve(game, &SolveOptions::default()).unwrap(),
        certified,
    );
    contest.add(
        "script: Weiszfeld to 1e-9",
        || peers::weiszfeld::<16>(game, answer, 1e-9, 1000),
        peers::Outcome::note,
    );
    contest.add(
        "script: BFGS on the dual to 1e-9",
        || peers::bfgs::<16>(game, answer, 1e-9, 1000),
        peers::Outcome::note,
    );
    contest.add(
        "script: best responses to 1e-9",
        || peers::best_response(game, answer, 1e-9, 50),
        peers::Outcome::note,
    );
    contest.run();
}

fn clusters() {
    for d in [2, 16] {
        for n in [2, 10, 100, 10_000, 1_000_000] {
            let n = size(n).max(2);
            let spread = game(Kind::Ball, n, d, None, 3);
            let crowds: Vec<(f64, Game)> = [1e-1, 1e-3, 1e-5, 1e-7, 1e-9]
                .iter()
                .map(|&eps| (eps, game(Kind::Ball, n, d, Some(eps), 3)))
                .collect();
            let mut contest = Contest::new(format!(
                "ball, d = {d}, n = {n}: targets within eps of the solution (receiver and actions)"
            ));
            contest.add(
                "spread out",
                || core(&spread, Selection::LeastExaggerated).unwrap(),
                |s| format!("{} passes", s.passes),
            );
            for (eps, crowd) in &crowds {
                contest.add(
                    format!("eps = {eps:.0e}"),
                    || core(crowd, Selection::LeastExaggerated).unwrap(),
                    move |s| {
                        format!(
                            "{} passes, {}",
                            s.passes,
                            certified(&solve(crowd, &SolveOptions::default()).unwrap())
                        )
                    },
                );
            }
            if d == 16 {
                for (eps, crowd) in crowds.iter().filter(|_| n <= 10_000) {
                    let answer = core(crowd, Selection::LeastExaggerated).unwrap().receiver;
                    contest.add(
                        format!("script: Weiszfeld, eps = {eps:.0e}"),
                        move || peers::weiszfeld::<16>(crowd, &answer, 1e-9 * eps, 2000),
                        peers::Outcome::note,
                    );
                }
            }
            for (eps, crowd) in crowds.iter().filter(|_| n <= 100) {
                let answer = core(crowd, Selection::LeastExaggerated).unwrap().receiver;
                contest.add(
                    format!("script: best responses, eps = {eps:.0e}"),
                    move || peers::best_response(crowd, &answer, 1e-12, 100_000),
                    peers::Outcome::note,
                );
            }
            contest.run();
        }
    }
}

/// Times over `n`, against every script.
fn growth<const D: usize>() {
    let mut table = Growth::new(format!("balls, d = {D}"));
    for n in sizes(10_000_000) {
        let game = &game(Kind::Ball, n, D, None, 5);
        let (targets, weights) = (game.targets(), game.scalar_weights().unwrap());
        let answer = locate(game, 0.0).unwrap().receiver;
        let answer = answer.as_slice();
        let mut contest = Contest::new("");
        contest.add("pass", || stream_all(targets, weights), |_| String::new());
        contest.add(
            "receiver to 1e-9",
            || locate(game, 1e-9).unwrap(),
            |l| {
                assert!(l.error_bound <= 1e-9);
                String::new()
            },
        );
        contest.add(
            "answer",
            || core(game, Selection::LeastExaggerated).unwrap(),
            |_| String::new(),
        );
        contest.add(
            "certified",
            || solve(game, &SolveOptions::default()).unwrap(),
            |e| {
                assert!(e.certificate.holds());
                String::new()
            },
        );
        let note = |o: &peers::Outcome| format!("{} passes, {:.0e}", o.passes, o.error);
        contest.add(
            "Weiszfeld",
            || peers::weiszfeld::<D>(game, answer, 1e-9, 200),
            note,
        );
        contest.add(
            "BFGS on the dual",
            || peers::bfgs::<D>(game, answer, 1e-9, 200),
            note,
        );
        contest.add(
            "best responses",
            || peers::ball_responses::<D>(game, answer, 1e-9, 100),
            note,
        );
        let roles = [
            Role::Pass,
            Role::Receiver,
            Role::More,
            Role::More,
            Role::Script,
            Role::Script,
            Role::Script,
        ];
        table.line(n, contest, &roles);
    }
}

fn main() {
    common::machine();
    if wanted("growth-line") {
        growth::<1>();
    }
    if wanted("growth-plane") {
        growth::<2>();
    }
    if wanted("growth-16") {
        growth::<16>();
    }
    if wanted("spread") {
        spread(size(100_000));
        spread(size(1_000_000));
    }
    if wanted("cluster") {
        clusters();
    }
    if wanted("clarabel") {
        let n = size(10_000);
        let game = game(Kind::Ball, n, 16, None, 4);
        let reference = SolveOptions {
            method: Method::Reference,
            ..SolveOptions::default()
        };
        let mut contest = Contest::new(format!("ball, d = 16, n = {n}: Clarabel"));
        contest.add(
            "receiver and actions",
            || core(&game, Selection::LeastExaggerated).unwrap(),
            |_| String::new(),
        );
        contest.add(
            "whole certified answer",
            || solve(&game, &SolveOptions::default()).unwrap(),
            certified,
        );
        contest.add(
            "Clarabel, certified",
            || solve(&game, &reference).unwrap(),
            |e| format!("error ≤ {:.0e}", e.certificate.receiver_error_bound),
        );
        contest.run();
    }
}
