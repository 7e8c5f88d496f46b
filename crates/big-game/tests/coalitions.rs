//! Coalitions: the example that was computed by hand, brute force over joint actions, and what is proved on a line.

#![allow(clippy::unwrap_used)]

mod common;

use big_game::coalitions::{Coalitions, Joint, Search, coalitions};
use big_game::equilibrium::{assess, loss};
use big_game::potential::receiver;
use big_game::spec::{GameSpec, SpaceSpec};
use big_game::{Coalition, Game, Place, Problem, SolveOptions, solve};
use common::{checked, game, near};
use proptest::prelude::*;

fn found(game: &Game, size: usize) -> Coalitions {
    let equilibrium = solve(game.alone(), &SolveOptions::default()).unwrap();
    let search = Search {
        size,
        ..Search::default()
    };
    coalitions(game, &equilibrium, &search).unwrap()
}

/// Three on a disc, of whom the first two pull apart.
fn disc() -> Game {
    Game::builder()
        .space(SpaceSpec::ball(2, 1.0))
        .influencer(1.0 / 3.0, [2.0, 0.0])
        .influencer(1.0 / 3.0, [0.0, 2.0])
        .influencer(1.0 / 3.0, [-2.0, -1.0])
        .build()
        .unwrap()
}

#[test]
fn the_disc_of_three() {
    let game = disc();
    let equilibrium = solve(&game, &SolveOptions::default()).unwrap();
    let alone: Vec<f64> = (0..2)
        .map(|i| loss(&game, i, &equilibrium.receiver))
        .collect();
    assert!(near(&alone, &[3.88, 3.44], 0.005), "{alone:?}");
    let all = found(&game, 2);
    let best = &all.mergers[0];
    assert_eq!(best.members, [0, 1]);
    let after: Vec<f64> = (0..2).map(|i| loss(&game, i, &best.receiver)).collect();
    assert!(near(&after, &[3.30, 3.00], 0.005), "{after:?}");
    assert!(near(
        &best.gains,
        &[alone[0] - after[0], alone[1] - after[1]],
        1e-12
    ));
    assert_eq!(all.strong, Some(false));
    assert!(all.deviations.iter().any(|d| d.members == [0, 1]));
    // Declared in the game, it is the same.
    let first = Coalition {
        members: vec![0, 1],
        shares: vec![1.0, 1.0],
    };
    let joined = game.with_coalitions(vec![first]).unwrap();
    let together = solve(&joined, &SolveOptions::default()).unwrap();
    assert!(near(&together.receiver, &best.receiver, 1e-12));
    assert!(near(
        &found(&joined, 2).declared[0].gains,
        &best.gains,
        1e-12
    ));
    // Losses are everybody's own.
    assert!(near(
        &assess(&joined, &together.actions).losses[..2],
        &after,
        1e-9
    ));
}

/// What a deviation's own actions give, computed anew.
fn check(game: &Game, joint: &Joint) -> Result<(), TestCaseError> {
    let equilibrium = solve(game, &SolveOptions::default()).unwrap();
    let mut profile = equilibrium.actions.clone();
    let before = assess(game, &profile);
    for (&i, x) in joint.members.iter().zip(&joint.actions) {
        prop_assert!(big_game::action_space::ConvexSet::contains(
            game.space(i),
            x,
            1e-9
        ));
        profile.action_mut(i).copy_from_slice(x);
    }
    let after = assess(game, &profile);
    prop_assert!(near(&receiver(game, &profile), &joint.receiver, 1e-9));
    for (&i, gain) in joint.members.iter().zip(&joint.gains) {
        let saved = before.losses[i] + before.costs[i] - after.losses[i] - after.costs[i];
        prop_assert!(
            (saved - gain).abs() <= 1e-9 * (1.0 + before.losses[i]),
            "{saved} {gain}"
        );
        prop_assert!(*gain > 0.0);
    }
    Ok(())
}

/// The largest smallest gain of a pair over a grid of joint positions within the two boxes: brute force.
fn brute(spec: &GameSpec<f64>, game: &Game, pair: [usize; 2]) -> f64 {
    let equilibrium = solve(game, &SolveOptions::default()).unwrap();
    let d = game.dim();
    let ends = |i: usize, k: usize| -> (f64, f64) {
        let SpaceSpec::Box { lower, upper } = &spec.spaces[spec.influencers[i].space] else {
            panic!("a box");
        };
        let w = game.scalar_weights().unwrap()[i];
        let (a, b) = (w * lower[k], w * upper[k]);
        (a.min(b), a.max(b))
    };
    let mut rest = equilibrium.receiver.clone();
    let (mut low, mut high) = (vec![0.0; d], vec![0.0; d]);
    for i in pair {
        for k in 0..d {
            rest[k] -= game.scalar_weights().unwrap()[i] * equilibrium.actions.action(i)[k];
            low[k] += ends(i, k).0;
            high[k] += ends(i, k).1;
        }
    }
    let steps = if d == 2 { 120 } else { 24 };
    let mut best = f64::NEG_INFINITY;
    for at in 0..(steps + 1_usize).pow(d as u32) {
        let mut left = at;
        let r: Vec<f64> = (0..d)
            .map(|k| {
                let share = (left % (steps + 1)) as f64 / steps as f64;
                left /= steps + 1;
                rest[k] + low[k] + share * (high[k] - low[k])
            })
            .collect();
        let gain = |i: usize| loss(game, i, &equilibrium.receiver) - loss(game, i, &r);
        best = best.max(gain(pair[0]).min(gain(pair[1])));
    }
    best
}

fn boxes() -> impl Strategy<Value = GameSpec<f64>> {
    (2..=3usize, 3..5usize).prop_flat_map(|(d, n)| {
        let one = (0.1..1.0f64, prop::collection::vec(-2.0..2.0f64, d));
        prop::collection::vec(one, n).prop_map(move |people| {
            let mut builder = Game::builder().space(SpaceSpec::cube(d, -1.0, 1.0));
            for (w, t) in people {
                builder = builder.influencer(w, t);
            }
            let game = builder.build().unwrap();
            let influencers = (0..game.influencers()).map(|i| big_game::spec::InfluencerSpec {
                name: None,
                weight: game.scalar_weights().unwrap()[i].into(),
                target: game.target(i).to_vec(),
                space: 0,
                cost: None,
            });
            GameSpec {
                loss: game.loss(),
                bias: vec![0.0; d],
                spaces: vec![SpaceSpec::cube(d, -1.0, 1.0)],
                influencers: influencers.collect(),
                coalitions: Vec::new(),
            }
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn boxes_agree_with_brute_force(spec in boxes()) {
        let game = checked(spec.clone());
        let all = found(&game, 2);
        for joint in &all.deviations {
            check(&game, joint)?;
        }
        for i in 0..game.influencers() {
            for j in i + 1..game.influencers() {
                let best = brute(&spec, &game, [i, j]);
                let told = all.deviations.iter().find(|d| d.members == [i, j]);
                let least = told.map_or(0.0, |d| d.gains[0].min(d.gains[1]));
                // No point of the grid is better, and one is nearly as good.
                prop_assert!(best <= least + 1e-9, "{i} {j}: {best} {least}");
                prop_assert!(least <= best.max(0.0) + 0.2, "{i} {j}: {best} {least}");
            }
        }
    }

    #[test]
    fn every_witness_of_any_game_holds(spec in game(4)) {
        let game = checked(spec);
        let all = found(&game, 3);
        for joint in &all.deviations {
            check(&game, joint)?;
        }
        let equilibrium = solve(&game, &SolveOptions::default()).unwrap();
        for joint in &all.mergers {
            let mut targets = game.targets().to_vec();
            let d = game.dim();
            let mean: Vec<f64> = (0..d)
                .map(|k| joint.members.iter().map(|&i| game.target(i)[k]).sum::<f64>() / joint.members.len() as f64)
                .collect();
            joint.members.iter().for_each(|&i| targets[i * d..(i + 1) * d].copy_from_slice(&mean));
            let merged = solve(&game.with_targets(targets), &SolveOptions::default()).unwrap();
            prop_assert!(near(&merged.receiver, &joint.receiver, 1e-6));
            for (&i, gain) in joint.members.iter().zip(&joint.gains) {
                let saved = loss(&game, i, &equilibrium.receiver) - loss(&game, i, &joint.receiver);
                prop_assert!((saved - gain).abs() <= 1e-9 * (1.0 + saved.abs()));
            }
        }
        if game.dim() == 1 {
            prop_assert_eq!(all.strong, Some(true));
        }
    }

    #[test]
    fn on_a_line_no_group_gains(people in prop::collection::vec((-1.0..1.0f64, -2.0..2.0f64), 2..6), bias in -1.0..1.0f64, draws in prop::collection::vec(-1.0..1.0f64, 40)) {
        let mut builder = Game::builder().space(SpaceSpec::cube(1, -1.0, 1.0)).bias([bias]);
        for (w, t) in &people {
            builder = builder.influencer(*w, [*t]);
        }
        let game = builder.build().unwrap();
        prop_assert_eq!(found(&game, 2).strong, Some(true));
        // Random joint actions of random groups: somebody does not gain.
        let equilibrium = solve(&game, &SolveOptions::default()).unwrap();
        let before = assess(&game, &equilibrium.actions).losses;
        for group in 1_usize..1 << people.len() {
            let mut profile = equilibrium.actions.clone();
            for i in (0..people.len()).filter(|i| group >> i & 1 == 1) {
                profile.action_mut(i)[0] = draws[(i + group) % draws.len()];
            }
            let after = assess(&game, &profile).losses;
            let all = (0..people.len()).filter(|i| group >> i & 1 == 1).all(|i| after[i] < before[i] - 1e-12);
            prop_assert!(!all, "{group}");
        }
    }
}

#[test]
fn a_thousand_influencers_in_seconds() {
    let mut state = 3_u64;
    let mut draw = || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        2.0 * ((state >> 11) as f64 / (1_u64 << 53) as f64) - 1.0
    };
    // Few here: a test is built without optimisation. The bench of the program takes a thousand.
    let mut builder = Game::builder().space(SpaceSpec::ball(2, 1.0));
    for _ in 0..60 {
        builder = builder.influencer(1.0 / 60.0, [draw(), draw()]);
    }
    let game = builder.build().unwrap();
    let all = found(&game, 2);
    assert_eq!(
        all.deviations_found,
        all.deviations.len().max(all.deviations_found)
    );
    assert!(all.deviations_found > 1000 && !all.complete);
    assert_eq!(all.deviations.len(), 100);
}

#[test]
fn what_is_no_coalition_is_refused() {
    let with = |members: Vec<usize>, shares: Vec<f64>| {
        disc()
            .with_coalitions(vec![Coalition { members, shares }])
            .unwrap_err()
    };
    assert_eq!(with(vec![0], vec![1.0]).problem, Problem::CoalitionOfOne(1));
    assert_eq!(
        with(vec![0, 3], vec![1.0; 2]).problem,
        Problem::NoSuchMember(3)
    );
    assert_eq!(with(vec![0, 0], vec![1.0; 2]).place, Place::Coalition(0));
    assert_eq!(
        with(vec![0, 1], vec![1.0, 0.0]).problem,
        Problem::Share(0.0)
    );
    assert!(matches!(
        with(vec![0, 1], vec![1.0]).problem,
        Problem::SharesLength { .. }
    ));
}
