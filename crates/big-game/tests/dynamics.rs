//! Best-response dynamics: descent, convergence, cycles, determinism.

#![allow(clippy::unwrap_used)] // in tests a panic is the report

mod common;

use big_game::dynamics::{Dynamics, Order, Start, Status, start};
use big_game::equilibrium::assess;
use big_game::potential::{potential, receiver};
use big_game::spec::Loss;
use big_game::{Game, SolveOptions, solve};
use common::{checked, cube, game, near, written};
use proptest::prelude::*;

fn line(influencers: &[(&str, &str)]) -> Game {
    let spec = written(Loss::SquaredEuclidean, "0", cube(1, "-1", "1"), influencers);
    Game::from_exact(spec).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Sequential play never raises the potential, reports the truth, and where it stops nobody gains.
    #[test]
    fn sequential_play_descends(
        mut spec in game(4),
        inner in any::<bool>(),
        seed in any::<u64>(),
        order in prop_oneof![Just(Order::RoundRobin), Just(Order::Random), Just(Order::Greedy)],
        damping in prop_oneof![Just(1.0), 0.2..1.0f64],
    ) {
        if inner {
            spec.loss = Loss::InnerProduct;
        }
        let game = checked(spec);
        let begin = start(&game, Start::Random(seed));
        let mut play = Dynamics::new(&game, begin.clone(), order, damping, 1e-9, seed);
        let mut level = potential(&game, &begin);
        let mut steps = 0;
        while let Some(step) = play.next() {
            // The start is computed anew here, the moves are told one after the other.
            let rounding = if steps == 0 { 1e-12 * (1.0 + level.abs()) } else { 0.0 };
            prop_assert!(step.potential <= level + rounding);
            level = step.potential;
            steps += 1;
            if steps % 50 == 1 {
                prop_assert!((potential(&game, play.profile()) - level).abs() <= 1e-9);
                prop_assert!(near(&receiver(&game, play.profile()), &step.receiver, 1e-9));
            }
            if play.rounds() > 3000 {
                break;
            }
        }
        if play.status() == Status::Converged {
            prop_assert!(assess(&game, play.profile()).max_regret <= 2e-9);
        } else {
            prop_assert!(play.rounds() > 3000);
        }
        let solved = solve(&game, &SolveOptions::default()).unwrap();
        prop_assert!(level >= solved.potential - 1e-9);
    }
}

#[test]
fn the_same_seed_plays_the_same_game() {
    let game = line(&[("0.4", "-0.8"), ("0.3", "0.2"), ("0.3", "0.5")]);
    let play = |seed| -> Vec<_> {
        let begin = start(&game, Start::Random(seed));
        Dynamics::new(&game, begin, Order::Random, 1.0, 0.0, seed)
            .take(100)
            .collect()
    };
    assert_eq!(play(3), play(3));
    assert_ne!(play(3), play(4));
}

#[test]
fn truthful_play_on_a_line_ends_in_the_equilibrium() {
    let game = line(&[("1/2", "-0.8"), ("1/2", "-0.3")]);
    let begin = start(&game, Start::Truthful);
    assert_eq!(begin.values(), [-0.8, -0.3]);
    let mut play = Dynamics::new(&game, begin, Order::RoundRobin, 1.0, 0.0, 0);
    let steps: Vec<_> = play.by_ref().collect();
    assert_eq!(steps[0].influencer, Some(0));
    assert_eq!(steps[0].action, [-1.0]);
    assert_eq!(play.status(), Status::Converged);
    assert!(near(play.profile().values(), &[-1.0, 0.4], 1e-15));
}

#[test]
fn simultaneous_play_that_cycles_is_found_out() {
    // Both aim at 0 with full weight: (1, 1) → (−1, −1) → (1, 1).
    let game = line(&[("1", "0"), ("1", "0")]);
    let mut begin = start(&game, Start::Zero);
    begin.values_mut().fill(1.0);
    let mut play = Dynamics::new(&game, begin.clone(), Order::Simultaneous, 1.0, 0.0, 0);
    let rounds = play.by_ref().count();
    assert_eq!(play.status(), Status::Cycle { period: 2 });
    assert_eq!(rounds, 2);
    // Half a step each is the right amount.
    let mut damped = Dynamics::new(&game, begin, Order::Simultaneous, 0.5, 0.0, 0);
    assert_eq!(damped.by_ref().count(), 1);
    assert_eq!(damped.status(), Status::Converged);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Greedy play moves the first of those who gain most, as asking everybody before every move would tell.
    #[test]
    fn greedy_play_moves_whoever_gains_most(
        spec in game(6),
        seed in any::<u64>(),
        damping in prop_oneof![Just(1.0), 0.2..1.0f64],
    ) {
        let game = checked(spec);
        let mut play = Dynamics::new(&game, start(&game, Start::Random(seed)), Order::Greedy, damping, 1e-9, seed);
        for _ in 0..200 {
            let before = assess(&game, play.profile());
            let Some(step) = play.advance() else {
                prop_assert!(before.max_regret <= 2e-9);
                break;
            };
            // The receiver that play carries along and the one computed anew differ by rounding.
            let gain = before.regrets[step.influencer.unwrap()];
            prop_assert!(gain >= before.max_regret - 1e-9, "{gain} of {}", before.max_regret);
        }
    }

    /// Nothing is played beyond the rounds that were asked for, and a play that ended says how.
    #[test]
    fn a_limit_on_rounds_is_kept(spec in game(5), rounds in 0..4_usize, order in prop_oneof![
        Just(Order::RoundRobin), Just(Order::Random), Just(Order::Greedy), Just(Order::Simultaneous)
    ]) {
        let game = checked(spec);
        let begin = start(&game, Start::Truthful);
        let mut play = Dynamics::new(&game, begin.clone(), order, 1.0, 1e-9, 1).with_max_rounds(rounds);
        let mut again = play.clone();
        let steps: Vec<_> = play.by_ref().collect();
        prop_assert!(steps.iter().all(|step| step.round <= rounds));
        let last = steps.last().map_or_else(|| receiver(&game, &begin), |step| step.receiver.clone());
        prop_assert!(near(&receiver(&game, play.profile()), &last, 1e-9));
        let gains = assess(&game, play.profile()).max_regret;
        match play.status() {
            Status::Converged => prop_assert!(gains <= 2e-9),
            Status::Running => prop_assert!(gains > 0.5e-9),
            Status::Cycle { .. } => prop_assert_eq!(order, Order::Simultaneous),
        }
        for step in &steps {
            let moved = again.advance().unwrap();
            prop_assert_eq!((moved.round, moved.influencer), (step.round, step.influencer));
        }
    }
}

#[test]
fn equal_gains_go_to_the_first() {
    let game = line(&[("0.2", "0.9"), ("0.2", "0.9"), ("0.2", "0.9")]);
    let begin = start(&game, Start::Zero);
    let order: Vec<_> = Dynamics::new(&game, begin, Order::Greedy, 1.0, 0.0, 0)
        .map(|step| step.influencer)
        .collect();
    assert_eq!(order, [Some(0), Some(1), Some(2)]);
}
