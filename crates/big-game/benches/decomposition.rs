//! Everything else: the active-set solver against the streaming pass, best responses and Clarabel.
//!
//! `cargo bench -p big-game --bench decomposition [-- --quick] [SECTION]`, sections: clarabel, alone,
//! growth-l1, growth-simplex, growth-polytope, growth-ellipsoid.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // a benchmark prints, and stops where it is wrong

mod common;

use big_game::equilibrium::Method;
use big_game::unchecked::decomposition::solve as core;
use big_game::{SolveOptions, solve};
use common::games::{Kind, game};
use common::growth::{Growth, Role, sizes};
use common::{Contest, memory_of, peers, size, stream_all, wanted};

const KINDS: [Kind; 3] = [Kind::L1, Kind::Simplex, Kind::Polytope];

fn certified(e: &big_game::equilibrium::Equilibrium) -> String {
    assert!(e.certificate.holds());
    format!(
        "error ≤ {:.0e}, regret {:.0e}",
        e.certificate.receiver_error_bound, e.certificate.max_regret
    )
}

/// Times over `n`, against best responses and, where it ends soon, Clarabel.
fn growth(kind: Kind, most: usize) {
    let d = 16;
    let reference = SolveOptions {
        method: Method::Reference,
        ..SolveOptions::default()
    };
    let mut table = Growth::new(format!("{}, d = {d}", kind.name()));
    for n in sizes(most) {
        let game = &game(kind, n, d, None, 5);
        let (targets, weights) = (game.targets(), game.scalar_weights().unwrap());
        let answer = core(game).unwrap().y;
        let answer = answer.as_slice();
        let mut contest = Contest::new("");
        contest.add("pass", || stream_all(targets, weights), |_| String::new());
        contest.add("answer", || core(game).unwrap(), |_| String::new());
        contest.add(
            "certified",
            || solve(game, &SolveOptions::default()).unwrap(),
            |e| {
                assert!(e.certificate.holds());
                String::new()
            },
        );
        contest.add(
            "best responses",
            || peers::best_response(game, answer, 1e-9, 100),
            |o| format!("{} sweeps, {:.0e}", o.passes, o.error),
        );
        let mut roles = vec![Role::Pass, Role::Receiver, Role::More, Role::Script];
        if n <= 1000 {
            contest.add(
                "Clarabel",
                || solve(game, &reference).unwrap(),
                |_| String::new(),
            );
            roles.push(Role::Script);
        }
        table.line(n, contest, &roles);
    }
}

fn main() {
    common::machine();
    let sections = [
        ("growth-l1", Kind::L1, 1_000_000),
        ("growth-simplex", Kind::Simplex, 1_000_000),
        ("growth-polytope", Kind::Polytope, 100_000),
        ("growth-ellipsoid", Kind::Ellipsoid, 100_000),
    ];
    for (section, kind, most) in sections {
        if wanted(section) {
            growth(kind, most);
        }
    }
    if wanted("clarabel") {
        let reference = SolveOptions {
            method: Method::Reference,
            ..SolveOptions::default()
        };
        for kind in KINDS {
            let n = size(10_000);
            let game = game(kind, n, 16, None, 4);
            let answer = core(&game).unwrap().y;
            let mut contest = Contest::new(format!("{}, d = 16, n = {n}: Clarabel", kind.name()));
            contest.add(
                "receiver and actions",
                || core(&game).unwrap(),
                |s| format!("{} passes", s.passes),
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
            if !matches!(kind, Kind::Polytope) {
                contest.add(
                    "script: best responses to 1e-9",
                    || peers::best_response(&game, &answer, 1e-9, 50),
                    peers::Outcome::note,
                );
            }
            contest.run();
        }
    }
    if wanted("alone") {
        for kind in KINDS {
            let n = size(1_000_000);
            let game = game(kind, n, 16, None, 5);
            let (targets, weights) = (game.targets(), game.scalar_weights().unwrap());
            let input = 8.0 * (targets.len() + weights.len()) as f64;
            memory_of(
                "receiver and actions (which are as large as the targets)",
                input,
                || core(&game),
            );
            memory_of("the whole certified answer", input, || {
                solve(&game, &SolveOptions::default()).unwrap()
            });
            let mut contest = Contest::new(format!("{}, d = 16, n = {n}: alone", kind.name()));
            contest.add(
                "streaming pass, all threads",
                || stream_all(targets, weights),
                |_| String::new(),
            );
            contest.add(
                "receiver and actions",
                || core(&game).unwrap(),
                |s| format!("{} passes", s.passes),
            );
            contest.add(
                "whole certified answer",
                || solve(&game, &SolveOptions::default()).unwrap(),
                certified,
            );
            contest.run();
        }
    }
}
