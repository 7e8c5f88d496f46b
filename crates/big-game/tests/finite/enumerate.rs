//! Enumeration: every equilibrium, no other, counted and listed.

use std::ops::ControlFlow;

use big_game::finite::{self, Budget, Choice, FiniteGame, choice::binomial};
use num_bigint::BigUint;

use crate::brute::{Dice, equilibria, random_game};
use crate::catalogue::example_5;

fn listed(game: &FiniteGame) -> Vec<Vec<Choice>> {
    let mut all = Vec::new();
    let mut found = |profile: &[Choice]| {
        all.push(profile.to_vec());
        ControlFlow::Continue(())
    };
    let result = finite::enumerate(game, &Budget::unlimited(), &mut found, &mut |_| {
        ControlFlow::Continue(())
    })
    .unwrap();
    assert!(result.complete);
    assert_eq!(result.count, BigUint::from(all.len()));
    all
}

fn counted(game: &FiniteGame) -> BigUint {
    let result = finite::count(game, &Budget::unlimited(), &mut |_| {
        ControlFlow::Continue(())
    })
    .unwrap();
    assert!(result.complete);
    result.count
}

fn agrees(n: usize, most: usize, seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let (spec, game) = random_game(&mut Dice::new(seed), n, most);
        let mut expected = equilibria(&spec);
        let mut found = listed(&game);
        assert_eq!(counted(&game), BigUint::from(expected.len()), "seed {seed}");
        expected.sort();
        found.sort();
        assert_eq!(found, expected, "seed {seed}");
        assert!(!found.is_empty(), "Proposition 6, seed {seed}");
    }
}

#[test]
fn one_influencer_agrees_with_brute_force() {
    agrees(1, 40, 0..300);
}

#[test]
fn two_influencers_agree_with_brute_force() {
    agrees(2, 30, 1000..3000);
}

#[test]
fn three_influencers_agree_with_brute_force() {
    agrees(3, 10, 5000..6500);
}

#[test]
fn four_influencers_agree_with_brute_force() {
    agrees(4, 6, 7000..7200);
}

#[test]
fn example_5_has_more_equilibria_than_subsets() {
    for (q, k) in [(2, 2), (3, 3), (4, 2), (4, 4), (5, 3)] {
        let game = example_5(q, k);
        let found = listed(&game);
        let mut mirrored = 0;
        for profile in &found {
            let mirror: Vec<u32> = {
                let mut mirror: Vec<u32> = profile[0].iter().map(|a| a ^ 1).collect();
                mirror.sort_unstable();
                mirror
            };
            mirrored += usize::from(mirror == profile[1]);
        }
        // (−S, S) is an equilibrium for every S.
        assert_eq!(
            BigUint::from(mirrored),
            binomial(2 * q as usize, k),
            "q {q} k {k}"
        );
        assert!(found.len() >= mirrored);
        let mut sorted = found.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!(sorted.len(), found.len());
        assert_eq!(counted(&game), BigUint::from(found.len()));
    }
}

#[test]
fn a_large_example_5_is_counted() {
    let game = example_5(8, 8);
    let count = counted(&game);
    assert!(count >= binomial(16, 8), "{count}");
}

#[test]
fn the_visitor_and_the_watch_stop_it() {
    let game = example_5(4, 4);
    let mut left = 5;
    let mut found = |_: &[Choice]| {
        left -= 1;
        if left == 0 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let result = finite::enumerate(&game, &Budget::unlimited(), &mut found, &mut |_| {
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(result.count, BigUint::from(5u32));
    assert!(!result.complete);
    let stopped =
        finite::count(&game, &Budget::unlimited(), &mut |_| ControlFlow::Break(())).unwrap();
    assert!(!stopped.complete);
    assert_eq!(stopped.count, BigUint::default());
}

#[test]
fn the_order_does_not_depend_on_the_threads() {
    let (_, game) = random_game(&mut Dice::new(77), 3, 60);
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| (listed(&game), listed(&example_5(4, 4))))
    };
    assert_eq!(with(1), with(3));
}
