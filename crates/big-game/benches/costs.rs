//! Games in which lies cost against the same games without costs.
//!
//! `cargo bench -p big-game --bench costs [-- --quick] [SECTION]`, sections: interval, plane, box, ball, discs.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // a benchmark prints, and stops where it is wrong

mod common;

use big_game::equilibrium::Equilibrium;
use big_game::{Game, SolveOptions, solve};
use common::games::{Dice, Kind, game};
use common::{Contest, size, wanted};

/// A cost each that keeps some at their bounds and others off them: unbounded they would exaggerate by `‖t − r‖` times ½ to 5.
fn priced(free: &Game, seed: u64) -> Game {
    let mut dice = Dice(seed);
    let weights = free.scalar_weights().unwrap();
    let factors = weights.iter().map(|w| w * (0.2 + 1.8 * dice.unit()));
    free.clone()
        .with_lying_costs(factors.collect(), None)
        .unwrap()
}

fn certified(e: &Equilibrium) -> String {
    assert!(e.certificate.holds());
    let bound = e.certificate.receiver_error_bound;
    format!("error ≤ {bound:.0e}, {} passes", e.passes)
}

fn main() {
    common::machine();
    for (section, kind, n, d) in [
        ("interval", Kind::Box, 1_000_000, 1),
        ("plane", Kind::Box, 1_000_000, 2),
        ("box", Kind::Box, 1_000_000, 16),
        ("discs", Kind::Ball, 1_000_000, 2),
        ("ball", Kind::Ball, 1_000_000, 16),
    ] {
        if !wanted(section) {
            continue;
        }
        let n = size(n);
        let free = game(kind, n, d, None, 6);
        let priced = priced(&free, 7);
        let options = SolveOptions::default();
        let mut contest = Contest::new(format!("{}, d = {d}, n = {n}", kind.name()));
        contest.add(
            "lies are free",
            || solve(&free, &options).unwrap(),
            certified,
        );
        contest.add("lies cost", || solve(&priced, &options).unwrap(), certified);
        contest.run();
    }
}
