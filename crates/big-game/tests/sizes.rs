//! The same answer by every path that depends on the size of a game: held columns and streams, selections on a line,
//! certificates made while actions are written and afterwards.

#![allow(clippy::unwrap_used)]

mod common;

use big_game::equilibrium::{assess, certify};
use big_game::spec::{GameSpec, InfluencerSpec, Loss, SpaceSpec, WeightSpec};
use big_game::unchecked::ball;
use big_game::unchecked::separable::{Cut, Position, locate};
use big_game::{Game, SolveOptions, solve};
use common::near;
use proptest::prelude::*;

/// Numbers that coincide, crowd and stray.
fn target(crowd: f64) -> impl Strategy<Value = f64> {
    prop_oneof![
        3 => (-4..=4_i32).prop_map(|v| f64::from(v) / 4.0),
        4 => -1.5..1.5_f64,
        2 => (-1.0..1.0_f64).prop_map(move |v| 0.25 + crowd * v),
    ]
}

/// Bias, weights and targets by rows.
type Numbers = (Vec<f64>, Vec<f64>, Vec<f64>);

fn numbers(most: usize) -> impl Strategy<Value = Numbers> {
    let crowd = prop_oneof![Just(1e-3), Just(1e-9), Just(1e-15)];
    (1..4_usize, 1..most, crowd, any::<bool>()).prop_flat_map(|(d, n, crowd, signs)| {
        let weight = prop_oneof![
            4 => 0.1..1.0_f64,
            1 => Just(0.5),
            1 => Just(0.0),
            1 => if signs { -1.0..0.0_f64 } else { 1.0..2.0_f64 },
        ];
        let weights = prop::collection::vec(weight.prop_map(move |w| w / n as f64), n);
        let targets = prop::collection::vec(target(crowd), n * d);
        (prop::collection::vec(-0.5..0.5_f64, d), weights, targets)
    })
}

/// Everybody in one space, or every other one in another that is the same.
fn game((bias, weights, targets): &Numbers, space: &SpaceSpec<f64>, twice: bool) -> Game {
    let d = bias.len();
    let influencers = weights.iter().zip(targets.chunks(d)).enumerate();
    GameSpec {
        coalitions: Vec::new(),
        loss: Loss::SquaredEuclidean,
        bias: bias.clone(),
        spaces: vec![space.clone(); if twice { 2 } else { 1 }],
        influencers: influencers
            .map(|(i, (&w, target))| InfluencerSpec {
                cost: None,
                name: None,
                weight: WeightSpec::Scalar(w),
                target: target.to_vec(),
                space: if twice { i % 2 } else { 0 },
            })
            .collect(),
    }
    .check()
    .unwrap()
}

fn cube(d: usize) -> SpaceSpec<f64> {
    SpaceSpec::Box {
        lower: vec![-1.0; d],
        upper: vec![0.75; d],
    }
}

/// Two cuts at the same place; exact but for the last bits of what is left to pull.
fn agree(a: &Cut, b: &Cut) {
    assert_eq!(a.receiver, b.receiver);
    match (a.position, b.position) {
        (Position::Between { .. }, Position::Between { .. }) => assert_eq!(a.position, b.position),
        (
            Position::Pinned {
                target, above_low, ..
            },
            Position::Pinned {
                target: other,
                above_low: same,
                ..
            },
        ) => {
            assert_eq!(target, other);
            assert!((above_low - same).to_f64().abs() <= 1e-16);
        }
        _ => panic!("{:?} is not {:?}", a.position, b.position),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn held_columns_say_what_sweeps_say(numbers in numbers(300)) {
        let space = cube(numbers.0.len());
        let held = locate(&game(&numbers, &space, false)).unwrap();
        let swept = locate(&game(&numbers, &space, true)).unwrap();
        held.iter().zip(&swept).for_each(|(a, b)| agree(a, b));
    }

    #[test]
    fn a_certificate_on_the_way_proves_what_one_afterwards_does(
        numbers in numbers(60),
        ball in any::<bool>(),
    ) {
        let d = numbers.0.len();
        let center = vec![0.125; d];
        let space = if ball { SpaceSpec::Ball { center, radius: 0.75 } } else { cube(d) };
        let game = game(&numbers, &space, false);
        let answer = solve(&game, &SolveOptions::default()).unwrap();
        let (made, after) = (
            &answer.certificate,
            certify(&game, &answer.actions, Some(&answer.receiver)),
        );
        let unit = game.scale();
        prop_assert!(made.holds() && after.holds(), "{made:?} {after:?}");
        prop_assert_eq!(made.infeasibility, after.infeasibility);
        // Best responses are projections: one rounding of them, as far as the targets are away, is no regret.
        let far = game.targets().iter().fold(unit, |far, t| far.max(t.abs()));
        let rounding = 16.0 * f64::EPSILON * unit * far;
        prop_assert!(made.max_regret + rounding >= assess(&game, &answer.actions).max_regret);
        // What rounding alone makes of nothing.
        let noise = 1e-28 * unit * unit;
        prop_assert!(made.max_regret + noise >= after.max_regret, "{made:?} {after:?}");
        prop_assert!(made.max_regret <= after.max_regret + noise);
        prop_assert!(made.duality_gap <= after.duality_gap + noise);
        prop_assert!(made.receiver_error_bound <= after.receiver_error_bound + 1e-14 * unit);
        prop_assert!((made.allowed_gap - after.allowed_gap).abs() <= 1e-12 * after.allowed_gap);
        if !ball {
            prop_assert_eq!(made.max_regret, after.max_regret);
        }
    }

    #[test]
    fn balls_on_a_line_are_intervals(numbers in numbers(300)) {
        let (bias, weights, targets) = numbers;
        let d = bias.len();
        let line = (
            vec![bias[0]],
            weights,
            targets.iter().step_by(d).copied().collect::<Vec<f64>>(),
        );
        let ball = SpaceSpec::Ball { center: vec![0.25], radius: 0.5 };
        let interval = SpaceSpec::Box { lower: vec![-0.25], upper: vec![0.75] };
        let a = solve(&game(&line, &ball, false), &SolveOptions::default()).unwrap();
        let b = solve(&game(&line, &interval, false), &SolveOptions::default()).unwrap();
        prop_assert!(near(&a.receiver, &b.receiver, 1e-15));
        prop_assert!(a.certificate.holds() && b.certificate.holds());
    }
}

/// A large game of a fixed pattern.
fn large(n: usize, d: usize, crowd: f64) -> Numbers {
    let mut state = 1_u64;
    let mut unit = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let weights = (0..n).map(|_| (0.5 + unit()) / n as f64).collect();
    let targets = (0..n * d).map(|_| 0.2 + crowd * (unit() - 0.5)).collect();
    (vec![0.1; d], weights, targets)
}

#[test]
fn sizes_around_every_threshold_agree() {
    for n in [
        15, 16, 17, 32, 33, 129, 4095, 4097, 8191, 8192, 8193, 20_000,
    ] {
        for crowd in [2.0, 1e-6] {
            let numbers = large(n, 2, crowd);
            let space = cube(2);
            let one = locate(&game(&numbers, &space, false)).unwrap();
            let two = locate(&game(&numbers, &space, true)).unwrap();
            one.iter().zip(&two).for_each(|(a, b)| agree(a, b));
            let line = (
                vec![numbers.0[0]],
                numbers.1.clone(),
                numbers.2.iter().step_by(2).copied().collect::<Vec<f64>>(),
            );
            let (bias, center) = (vec![-1.0], vec![1.0]);
            let ball = SpaceSpec::Ball {
                center: vec![0.0],
                radius: 1.0,
            };
            let interval = SpaceSpec::Box {
                lower: bias,
                upper: center,
            };
            let a = solve(&game(&line, &ball, false), &SolveOptions::default()).unwrap();
            let b = solve(&game(&line, &interval, false), &SolveOptions::default()).unwrap();
            assert!(
                near(&a.receiver, &b.receiver, 1e-15),
                "n = {n}, crowd {crowd}"
            );
        }
    }
}

#[test]
fn balls_of_every_size_are_proved_in_few_passes() {
    for n in [3, 10, 31, 32, 33, 100, 1000, 4096, 4097, 12_000] {
        for d in [2, 5, 16] {
            for crowd in [2.0, 1e-3, 1e-9] {
                let game = game(
                    &large(n, d, crowd),
                    &SpaceSpec::Ball {
                        center: vec![0.0; d],
                        radius: 1.0,
                    },
                    false,
                );
                let answer = solve(&game, &SolveOptions::default()).unwrap();
                let certificate = &answer.certificate;
                assert!(
                    certificate.holds(),
                    "n = {n}, d = {d}, crowd {crowd}: {certificate:?}"
                );
                // The search proves its point, which has more digits than a double; the certificate is that of the
                // point rounded, by u: seen from there the crowd's targets are turned by u / crowd, and the gap is
                // about u² / crowd.
                let found = ball::locate(&game, 0.0).unwrap().error_bound;
                assert!(found <= 1e-14, "n = {n}, d = {d}, crowd {crowd}: {found:e}");
                let turned = f64::EPSILON * (d as f64 / crowd).sqrt();
                let bound = certificate.receiver_error_bound;
                assert!(
                    bound <= 1e-14 + turned,
                    "n = {n}, d = {d}, crowd {crowd}: {bound:e}"
                );
                assert!(
                    answer.passes <= 60,
                    "n = {n}, d = {d}, crowd {crowd}: {}",
                    answer.passes
                );
            }
        }
    }
}

/// What round sets share is found by a convex program, which is solved to absolute errors: ranges are the same whatever the unit.
#[test]
fn ranges_of_round_sets_do_not_depend_on_the_unit() {
    let game = |by: f64| {
        let ellipsoid = |a: f64, b: f64, c: f64| SpaceSpec::Ellipsoid {
            center: vec![0.0, 0.0],
            shape: vec![
                vec![a * by * by, b * by * by],
                vec![b * by * by, c * by * by],
            ],
        };
        Game::builder()
            .space(ellipsoid(0.75, 0.25, 1.5))
            .influencer(0.5, [0.125 * by, -0.0625 * by])
            .space(ellipsoid(1.75, -0.25, 0.5))
            .influencer(1.0, [0.125 * by, -0.0625 * by])
            .space(ellipsoid(1.0, 0.125, 1.25))
            .influencer(0.25, [0.125 * by, -0.0625 * by])
            .build()
            .unwrap()
    };
    let ranges = |by: f64| -> Vec<f64> {
        let found = solve(&game(by), &SolveOptions::default()).unwrap();
        assert_eq!(found.dimension, Some(4));
        let of = |i: usize| {
            let (lower, upper) = found.action_range(i);
            [lower, upper].concat()
        };
        (0..3).flat_map(of).map(|v| v / by).collect()
    };
    let plain = ranges(1.0);
    for power in -60..=40 {
        let other = ranges(2.0_f64.powi(power));
        for (a, b) in plain.iter().zip(&other) {
            assert!((a - b).abs() < 1e-6, "2^{power}: {a} and {b}");
        }
    }
}
