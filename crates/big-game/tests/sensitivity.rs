//! Derivatives against central differences of games solved anew, and what happens at a kink.

#![allow(clippy::unwrap_used)] // in tests a panic is the report

mod common;

use big_game::equilibrium::Method;
use big_game::sensitivity::{Derivative, sensitivity};
use big_game::spec::{GameSpec, InfluencerSpec, Loss, SpaceSpec, WeightSpec};
use big_game::welfare::welfare;
use big_game::{Game, SolveOptions, solve};
use common::{checked, cube, game, near, written};
use proptest::prelude::*;

fn position(spec: &GameSpec<f64>) -> Vec<f64> {
    solve(&checked(spec.clone()), &SolveOptions::default())
        .unwrap()
        .receiver
}

/// `(r(p + h) − r(p − h)) / 2h` when both sides agree; `None` near a kink.
fn slope(spec: &GameSpec<f64>, change: &dyn Fn(&mut GameSpec<f64>, f64)) -> Option<Vec<f64>> {
    let h = 1e-5;
    let at = |step: f64| {
        let mut changed = spec.clone();
        change(&mut changed, step);
        position(&changed)
    };
    let (here, up, down) = (at(0.0), at(h), at(-h));
    let right: Vec<f64> = up.iter().zip(&here).map(|(a, b)| (a - b) / h).collect();
    let left: Vec<f64> = here.iter().zip(&down).map(|(a, b)| (a - b) / h).collect();
    near(&right, &left, 1e-2).then(|| {
        up.iter()
            .zip(&down)
            .map(|(a, b)| (a - b) / (2.0 * h))
            .collect()
    })
}

fn column(derivative: &Derivative, d: usize, k: usize) -> Vec<f64> {
    let width = derivative.increase.len() / d;
    (0..d)
        .map(|row| derivative.increase[row * width + k])
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]

    #[test]
    fn derivatives_are_those_of_differences(spec in game(4)) {
        let game = checked(spec.clone());
        let answer = solve(&game, &SolveOptions::default()).unwrap();
        let found = sensitivity(&game, &answer);
        let d = game.dim();
        let check = |known: &Option<Derivative>, k: usize, expected: Option<Vec<f64>>| {
            // At a kink there is no two-sided slope to compare with, and without one no kink may be claimed absent.
            match (known, expected) {
                (Some(known), Some(expected)) if known.decrease.is_none() =>
                    near(&column(known, d, k), &expected, 2e-2 * (1.0 + expected.iter().fold(0.0, |m: f64, v| m.max(v.abs())))),
                _ => true,
            }
        };
        for k in 0..d {
            let expected = slope(&spec, &|s, h| s.bias[k] += h);
            prop_assert!(check(&found.background, k, expected), "bias {k}: {:?}", found.background);
        }
        for i in 0..game.influencers() {
            for k in 0..d {
                let expected = slope(&spec, &|s, h| s.influencers[i].target[k] += h);
                prop_assert!(check(&found.influencers[i].target, k, expected.clone()), "target {i} {k}: {:?} {expected:?}", found.influencers[i].target);
            }
            let expected = slope(&spec, &|s, h| match &mut s.influencers[i].weight {
                WeightSpec::Scalar(w) => *w += h,
                WeightSpec::Matrix(rows) => rows.iter_mut().flatten().for_each(|v| *v *= 1.0 + h),
            });
            if let (WeightSpec::Matrix(rows), Some(_)) = (&spec.influencers[i].weight, &found.influencers[i].weight_entries) {
                let m = rows[0].len();
                for entry in 0..d * m {
                    let expected = slope(&spec, &|s, h| if let WeightSpec::Matrix(rows) = &mut s.influencers[i].weight {
                        rows[entry / m][entry % m] += h;
                    });
                    prop_assert!(check(&found.influencers[i].weight_entries, entry, expected.clone()), "entry {i} {entry}: {:?} {expected:?}", found.influencers[i].weight_entries);
                }
            }
            prop_assert!(check(&found.influencers[i].weight, 0, expected.clone()), "weight {i}: {:?} {expected:?}", found.influencers[i].weight);
        }
    }
}

fn line(influencers: &[(&str, &str)]) -> Game {
    let spec = written(Loss::SquaredEuclidean, "0", cube(1, "-1", "1"), influencers);
    Game::from_exact(spec).unwrap()
}

#[test]
fn a_winner_takes_the_receiver_along() {
    let game = line(&[("1/2", "-0.8"), ("1/2", "-0.3")]);
    let answer = solve(&game, &SolveOptions::default()).unwrap();
    let found = sensitivity(&game, &answer);
    assert!(found.differentiable);
    assert_eq!(
        found.influencers[1].target.as_ref().unwrap().increase,
        [1.0]
    );
    assert_eq!(
        found.influencers[0].target.as_ref().unwrap().increase,
        [0.0]
    );
    // The loser's weight, and the background, move nothing.
    assert_eq!(
        found.influencers[0].weight.as_ref().unwrap().increase,
        [0.0]
    );
    assert_eq!(found.background.as_ref().unwrap().increase, [0.0]);
}

#[test]
fn weight_is_worth_something_to_the_loser_of_a_tug_of_war() {
    let game = line(&[("1/2", "-0.5"), ("1/2", "0.7")]);
    let answer = solve(&game, &SolveOptions::default()).unwrap();
    let found = sensitivity(&game, &answer);
    // r = w_2 − w_1 = 0: ∂r/∂w_1 = −1, and ℓ_1 = (r + 0.5)² falls by 1 per unit.
    assert_eq!(
        found.influencers[0].weight.as_ref().unwrap().increase,
        [-1.0]
    );
    assert_eq!(found.influencers[0].value_of_weight, Some(1.0));
    assert_eq!(found.influencers[1].value_of_weight, Some(1.4));
}

#[test]
fn a_kink_has_two_sides() {
    // The winner sits at its bound: pushed up, it holds the receiver; pushed down, it cannot.
    let game = line(&[("1/2", "-0.4"), ("1/2", "0")]);
    let answer = solve(&game, &SolveOptions::default()).unwrap();
    let found = sensitivity(&game, &answer);
    assert!(!found.differentiable);
    let background = found.background.unwrap();
    assert!(near(&background.increase, &[0.0], 1e-9), "{background:?}");
    assert!(
        near(background.decrease.as_deref().unwrap(), &[1.0], 1e-9),
        "{background:?}"
    );
}

#[test]
fn the_welfare_of_the_same_side_example() {
    let game = line(&[("1/2", "-0.8"), ("1/2", "-0.3")]);
    let answer = solve(
        &game,
        &SolveOptions {
            method: Method::Separable,
            ..Default::default()
        },
    )
    .unwrap();
    let found = welfare(&game, &answer).unwrap();
    assert!(near(
        &[found.equilibrium_cost, found.optimal_cost],
        &[0.25, 0.125],
        1e-15
    ));
    assert!(
        near(&found.optimal_receiver, &[-0.55], 1e-15)
            && near(&found.truthful_receiver, &[-0.55], 1e-15)
    );
    assert!((found.price_of_anarchy.unwrap() - 2.0).abs() <= 1e-14);
    // The winner gains what truth would have cost it.
    assert!(
        near(&found.gains, &[0.0625 - 0.25, 0.0625], 1e-15),
        "{:?}",
        found.gains
    );
}

/// One influencer, `r = W x`: on a ball of radius 1 it plays the unit vector along `Wᵀ (t − r)`; on a box it stays at its
/// corner, and an entry moves its own row only.
#[test]
fn entries_of_a_matrix_weight() {
    let spec = written(
        Loss::SquaredEuclidean,
        "0 0",
        cube(2, "-1", "1"),
        &[("1 0.5; 0 1", "5 -4")],
    );
    let game = Game::from_exact(spec).unwrap();
    let answer = solve(&game, &SolveOptions::default()).unwrap();
    assert_eq!(answer.actions.action(0), [1.0, -1.0]);
    let found = sensitivity(&game, &answer);
    let entries = found.influencers[0].weight_entries.as_ref().unwrap();
    assert_eq!(
        *entries,
        Derivative {
            increase: vec![1.0, -1.0, 0.0, 0.0, 0.0, 0.0, 1.0, -1.0],
            decrease: None
        }
    );
    // In the sum over entries times the matrix: the derivative in a common factor.
    let along: Vec<f64> = (entries.increase.chunks(4))
        .map(|row| {
            row.iter()
                .zip([1.0, 0.5, 0.0, 1.0])
                .map(|(r, w)| r * w)
                .sum()
        })
        .collect();
    assert!(near(
        &along,
        &found.influencers[0].weight.as_ref().unwrap().increase,
        1e-15
    ));
}

/// Two vertices tie whose difference the weight does not see, but for rounding: the receiver is free to move.
#[test]
fn a_direction_that_the_weight_does_not_see_holds_nobody() {
    let space = |center: Vec<f64>, radius: f64, ball: bool| match ball {
        true => SpaceSpec::Ball { center, radius },
        false => SpaceSpec::L1Ball { center, radius },
    };
    let influencer = |weight: WeightSpec<f64>, target: f64, space: usize| InfluencerSpec {
        cost: None,
        name: None,
        weight,
        target: vec![target],
        space,
    };
    let spec = GameSpec {
        coalitions: Vec::new(),
        loss: Loss::SquaredEuclidean,
        bias: vec![0.0],
        spaces: vec![
            space(vec![0.0], 1.1259675654531016, true),
            space(vec![0.0, -0.4016459236449693], 1.0, false),
        ],
        influencers: vec![
            influencer(WeightSpec::Scalar(-0.25), 0.0, 0),
            influencer(
                WeightSpec::Matrix(vec![vec![0.25, 0.25]]),
                -0.11726974603594668,
                1,
            ),
        ],
    };
    let game = checked(spec);
    let answer = solve(&game, &SolveOptions::default()).unwrap();
    let background = sensitivity(&game, &answer).background.unwrap();
    assert_eq!(background.increase, [1.0]);
}

/// A member's own target moves the receiver by its share of what the coalition's does: against games solved anew.
#[test]
fn members_of_coalitions_have_derivatives_in_their_own_targets() {
    let spaces: [SpaceSpec<f64>; 2] = [SpaceSpec::cube(2, -1.0, 1.0), SpaceSpec::ball(2, 1.0)];
    let targets = [[2.0, 0.3], [0.2, 1.5], [-2.0, -1.0], [0.4, -0.7]];
    for (at, space) in spaces.into_iter().enumerate() {
        for costs in [false, true] {
            let build = |targets: &[[f64; 2]; 4], factors: &[f64; 4]| {
                let mut builder = Game::builder().space(space.clone());
                for (i, t) in targets.iter().enumerate() {
                    builder = builder.influencer([0.3, 0.2, 0.3, 0.25][i], *t);
                }
                let game = builder.build().unwrap();
                let game = match costs {
                    true => game.with_lying_costs(factors.to_vec(), None).unwrap(),
                    false => game,
                };
                let group = big_game::Coalition {
                    members: vec![0, 2],
                    shares: vec![1.0, 3.0],
                };
                game.with_coalitions(vec![group]).unwrap()
            };
            let factors = [0.3, 0.4, 0.2, 0.5];
            let solved = |game: &Game| solve(game, &SolveOptions::default()).unwrap();
            let game = build(&targets, &factors);
            let answer = solved(&game);
            let found = sensitivity(&game, &answer);
            let h = 1e-5;
            let central = |up: Game, down: Game| -> Vec<f64> {
                let (a, b) = (solved(&up).receiver, solved(&down).receiver);
                a.iter().zip(&b).map(|(a, b)| (a - b) / (2.0 * h)).collect()
            };
            for i in 0..4 {
                let Some(known) = &found.influencers[i].target else {
                    panic!("{at} {i}");
                };
                for k in 0..2 {
                    let moved = |by: f64| {
                        let mut targets = targets;
                        targets[i][k] += by;
                        build(&targets, &factors)
                    };
                    let expected = central(moved(h), moved(-h));
                    let found = column(known, 2, k);
                    assert!(
                        near(&found, &expected, 1e-4),
                        "{at} {costs} {i} {found:?} {expected:?}"
                    );
                }
                if costs {
                    let moved = |by: f64| {
                        let mut factors = factors;
                        factors[i] += by;
                        build(&targets, &factors)
                    };
                    let expected = central(moved(h), moved(-h));
                    let known = found.influencers[i].lying_cost.as_ref().unwrap();
                    let found = column(known, 2, 0);
                    assert!(
                        near(&found, &expected, 1e-4),
                        "{at} {i} {found:?} {expected:?}"
                    );
                }
                // Worth by its own loss.
                let (t, r) = (game.own_target(i), &answer.receiver);
                let slope = &found.influencers[i].weight.as_ref().unwrap().increase;
                let worth: f64 = (0..2).map(|k| 2.0 * (t[k] - r[k]) * slope[k]).sum();
                let told = found.influencers[i].value_of_weight.unwrap();
                assert!((worth - told).abs() < 1e-9, "{at} {i} {worth} {told}");
            }
        }
    }
}

/// A weight of 10^7 beside one of a half: what rounding makes of a short step is no derivative.
#[test]
fn a_slope_that_is_noise_is_not_told() {
    let spec = GameSpec {
        coalitions: Vec::new(),
        loss: Loss::SquaredEuclidean,
        bias: vec![0.0, 0.0],
        spaces: vec![SpaceSpec::cube(2, 0.0, 1.0)],
        influencers: vec![
            InfluencerSpec {
                cost: None,
                name: None,
                weight: WeightSpec::Matrix(vec![vec![1.25e7, -1.25e7], vec![1.25e7, -1.25e7]]),
                target: vec![-9.0, 8.0],
                space: 0,
            },
            InfluencerSpec {
                cost: None,
                name: None,
                weight: WeightSpec::Scalar(0.5),
                target: vec![0.0, -2.75],
                space: 0,
            },
        ],
    };
    let game = spec.check().unwrap();
    let found = sensitivity(&game, &solve(&game, &SolveOptions::default()).unwrap());
    // The first holds the receiver on its line; the second stays at its corner, and lets it go along the other.
    if let Some(background) = found.background {
        for one in [Some(&background.increase), background.decrease.as_ref()]
            .into_iter()
            .flatten()
        {
            for (found, right) in one.iter().zip([0.5, -0.5, -0.5, 0.5]) {
                assert!((found - right).abs() < 1e-2, "{background:?}");
            }
        }
    }
}

/// Two that pull against each other, and a third, of any size, that holds the receiver with its whole strength: pushed on it gives way, pushed back it
/// holds. A step longer than its set sees it give way on both sides.
#[test]
fn a_small_set_at_its_end_has_two_sides_or_says_nothing() {
    let mut told = 0;
    for power in 1..=30 {
        for base in [10.0_f64, 2.0] {
            let (size, interval) = (base.powi(-power), |h: f64| SpaceSpec::cube(1, -h, h));
            let influencer = |weight: f64, target: f64, space: usize| InfluencerSpec {
                cost: None,
                name: None,
                weight: WeightSpec::Scalar(weight),
                target: vec![target],
                space,
            };
            let spec = GameSpec {
                coalitions: Vec::new(),
                loss: Loss::SquaredEuclidean,
                bias: vec![size],
                spaces: vec![interval(1.0), interval(size)],
                influencers: vec![
                    influencer(1.0, 5.0, 0),
                    influencer(1.0, -5.0, 0),
                    influencer(1.0, 0.0, 1),
                ],
            };
            let game = spec.check().unwrap();
            let found = sensitivity(&game, &solve(&game, &SolveOptions::default()).unwrap());
            if let Some(background) = found.background {
                told += 1;
                assert!(
                    near(&background.increase, &[1.0], 1e-2),
                    "{size}: {background:?}"
                );
                let decrease = background.decrease.as_deref().unwrap();
                assert!(near(decrease, &[0.0], 1e-2), "{size}: {background:?}");
            }
            for (i, one) in found.influencers.iter().enumerate() {
                if let Some(target) = &one.target {
                    // The third takes the receiver up with its target; down it has no strength left.
                    let sides = if i == 2 { [1.0, 0.0] } else { [0.0, 0.0] };
                    let decrease = target.decrease.as_ref().unwrap_or(&target.increase);
                    assert!(
                        near(&target.increase, &sides[..1], 1e-2),
                        "{size} {i}: {target:?}"
                    );
                    assert!(near(decrease, &sides[1..], 1e-2), "{size} {i}: {target:?}");
                }
            }
        }
    }
    assert!(told >= 20, "{told}");
}

/// Two boxes that hold the receiver with their whole strength, measured in anything: pushed on it gives way, pushed back it is held.
#[test]
fn derivatives_are_the_same_in_other_units() {
    let (gives_way, holds) = ([1.0, 0.0, 0.0, 0.0], [0.0; 4]);
    for power in [-900, -340, -30, 0, 30, 300, 450] {
        let unit = 2.0_f64.powi(power);
        let a = 8.749002899132048 * unit;
        let set = |lower: [f64; 2], upper: [f64; 2]| SpaceSpec::Box {
            lower: lower.map(|v| v * a).to_vec(),
            upper: upper.map(|v| v * a).to_vec(),
        };
        let influencer = |weight: f64, target: f64, space: usize| InfluencerSpec {
            cost: None,
            name: None,
            weight: WeightSpec::Scalar(weight),
            target: vec![target * a, 0.0],
            space,
        };
        let spec = GameSpec {
            coalitions: Vec::new(),
            loss: Loss::SquaredEuclidean,
            bias: vec![-a, 0.0],
            spaces: vec![
                set([0.0, 0.0], [1.0, 0.0]),
                set([-1.0, 0.0], [1.0, 0.0]),
                set([-1.0, 0.0], [0.0, 0.0]),
                set([0.0, -1.0], [1.0, 1.0]),
            ],
            influencers: vec![
                influencer(1.0, 2.25, 0),
                influencer(0.5, 1.75, 0),
                influencer(1.0, 0.0, 1),
                influencer(1.0, 0.0, 2),
                influencer(0.5, 3.5, 0),
                influencer(1.0, 0.75, 3),
            ],
        };
        let game = spec.check().unwrap();
        let found = sensitivity(&game, &solve(&game, &SolveOptions::default()).unwrap());
        let background = found.background.unwrap();
        let decrease = background.decrease.as_ref().unwrap();
        assert!(
            near(&background.increase, &gives_way, 1e-6),
            "{power}: {background:?}"
        );
        assert!(near(decrease, &holds, 1e-6), "{power}: {background:?}");
        // Who plays its upper end pushes by it, and the receiver gives way; it is worth nothing to those who pull against it.
        let weight = found.influencers[0].weight.as_ref().unwrap();
        assert!(
            near(&weight.increase, &[a, 0.0], 1e-6 * a),
            "{power}: {weight:?}"
        );
        assert!(
            near(weight.decrease.as_ref().unwrap(), &[0.0, 0.0], 1e-6 * a),
            "{power}: {weight:?}"
        );
        let worth = found.influencers[0].value_of_weight.unwrap();
        assert!(
            (worth - 4.5 * a * a).abs() <= 1e-6 * a * a,
            "{power}: {worth}"
        );
    }
}
