//! Boxes: the separable solver against the streaming pass, a sort, a quickselect, best responses and Clarabel.
//!
//! `cargo bench -p big-game --bench separable [-- --quick] [SECTION]`, sections: interval, box, cluster, clarabel,
//! growth-line, growth-plane, growth-16.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // a benchmark prints, and stops where it is wrong

mod common;

use big_game::equilibrium::{Method, Selection};
use big_game::unchecked::separable::{locate, solve as core};
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

fn large(title: &str, game: &Game) {
    let (targets, weights) = (game.targets(), game.scalar_weights().unwrap());
    let input = 8.0 * (targets.len() + weights.len()) as f64;
    let answer = memory_of("the receiver", input, || locate(game).unwrap());
    memory_of(
        "receiver and actions (which are as large as the targets)",
        input,
        || core(game, Selection::LeastExaggerated),
    );
    let answer: Vec<f64> = answer.iter().map(|c| c.receiver).collect();
    let answer = &answer;
    let off = move |y: &Vec<f64>| format!("differs by {:.0e}", peers::distance(y, answer));
    let mut contest = Contest::new(title);
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
    contest.add("receiver", || locate(game).unwrap(), |_| "exact".into());
    contest.add(
        "receiver and actions",
        || core(game, Selection::LeastExaggerated).unwrap(),
        |s| format!("exact, {} passes", s.passes),
    );
    contest.add(
        "whole certified answer",
        || solve(game, &SolveOptions::default()).unwrap(),
        certified,
    );
    contest.add("script: quickselect", || peers::quickselect(game), off);
    contest.add("script: sort", || peers::sorted(game), off);
    contest.add(
        "script: best responses to 1e-9",
        || peers::best_response(game, answer, 1e-9, 50),
        peers::Outcome::note,
    );
    contest.run();
}

fn clusters() {
    for d in [1, 16] {
        for n in [2, 100, 10_000, 1_000_000] {
            let n = size(n).max(2);
            let spread = game(Kind::Box, n, d, None, 3);
            let crowds: Vec<(f64, Game)> = [1e-1, 1e-3, 1e-5, 1e-7, 1e-9]
                .iter()
                .map(|&eps| (eps, game(Kind::Box, n, d, Some(eps), 3)))
                .collect();
            let mut contest = Contest::new(format!(
                "box, d = {d}, n = {n}: targets within eps of the solution (receiver and actions)"
            ));
            contest.add(
                "spread out",
                || core(&spread, Selection::LeastExaggerated).unwrap(),
                |_| String::new(),
            );
            for (eps, crowd) in &crowds {
                contest.add(
                    format!("eps = {eps:.0e}"),
                    || core(crowd, Selection::LeastExaggerated).unwrap(),
                    move |_| certified(&solve(crowd, &SolveOptions::default()).unwrap()),
                );
            }
            for (eps, crowd) in crowds.iter().filter(|_| n <= 100) {
                let answer: Vec<f64> = locate(crowd).unwrap().iter().map(|c| c.receiver).collect();
                contest.add(
                    format!("script: best responses, eps = {eps:.0e}"),
                    move || peers::best_response(crowd, &answer, 1e-12, 1_000_000),
                    peers::Outcome::note,
                );
            }
            contest.run();
        }
    }
}

/// Times over `n`, against every script.
fn growth<const D: usize>() {
    let mut table = Growth::new(format!("boxes, d = {D}"));
    for n in sizes(10_000_000) {
        let game = &game(Kind::Box, n, D, None, 5);
        let (targets, weights) = (game.targets(), game.scalar_weights().unwrap());
        let answer: Vec<f64> = locate(game).unwrap().iter().map(|c| c.receiver).collect();
        let answer = &answer;
        let same = move |y: &Vec<f64>| {
            assert!(peers::distance(y, answer) < 1e-9);
            String::new()
        };
        let mut contest = Contest::new("");
        contest.add("pass", || stream_all(targets, weights), |_| String::new());
        contest.add("receiver", || locate(game).unwrap(), |_| String::new());
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
        contest.add("quickselect", || peers::quickselect(game), same);
        contest.add("sort", || peers::sorted(game), same);
        contest.add(
            "best responses",
            || peers::box_responses::<D>(game, answer, 1e-9, 100),
            |o| format!("{} sweeps, {:.0e}", o.passes, o.error),
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
    if wanted("interval") {
        let n = size(10_000_000);
        large(
            &format!("interval, n = {n}"),
            &game(Kind::Box, n, 1, None, 1),
        );
    }
    if wanted("box") {
        let n = size(1_000_000);
        large(
            &format!("box, d = 16, n = {n}"),
            &game(Kind::Box, n, 16, None, 2),
        );
    }
    if wanted("cluster") {
        clusters();
    }
    if wanted("clarabel") {
        let n = size(10_000);
        let game = game(Kind::Box, n, 16, None, 4);
        let reference = SolveOptions {
            method: Method::Reference,
            ..SolveOptions::default()
        };
        let mut contest = Contest::new(format!("box, d = 16, n = {n}: Clarabel"));
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
