//! Everything else: the active-set solver against the streaming pass, best responses and Clarabel.
//!
//! `cargo bench -p big-game --bench decomposition [-- --quick] [SECTION]`, sections: clarabel, alone.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // a benchmark prints, and stops where it is wrong

mod common;

use big_game::equilibrium::Method;
use big_game::solver::decomposition::solve as core;
use big_game::{SolveOptions, solve};
use common::games::{Kind, game};
use common::{Contest, memory_of, peers, size, stream_all, wanted};

const KINDS: [Kind; 3] = [Kind::L1, Kind::Simplex, Kind::Polytope];

fn certified(e: &big_game::equilibrium::Equilibrium) -> String {
    assert!(e.certificate.holds());
    format!(
        "error ≤ {:.0e}, regret {:.0e}",
        e.certificate.receiver_error_bound, e.certificate.max_regret
    )
}

fn main() {
    common::machine();
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
