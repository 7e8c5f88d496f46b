//! Games in numbers of every size, alone and mixed: an answer is made of numbers and its proof holds, or it says that it
//! is not one.

#![allow(clippy::unwrap_used)] // in tests a panic is the report

mod common;

use big_game::equilibrium::{Method, assess, certify};
use big_game::profile::Profile;
use big_game::spec::{GameSpec, InfluencerSpec, Loss, SpaceSpec, WeightSpec};
use big_game::welfare::welfare;
use big_game::{Game, SolveOptions, solve};
use common::{checked, near};
use proptest::prelude::*;

/// A number of the given range of decimal exponents, of either sign, or 0.
fn sized(low: f64, high: f64) -> impl Strategy<Value = f64> {
    (low..high, 0..8u8).prop_map(|(order, kind)| match kind {
        0 => 0.0,
        1..=3 => -(10.0_f64.powf(order)),
        _ => 10.0_f64.powf(order),
    })
}

/// A game of one to four influencers, all its numbers between `10^low` and `10^high`.
fn mixed(low: f64, high: f64) -> impl Strategy<Value = GameSpec<f64>> {
    let number = move || sized(low, high);
    let positive = move || number().prop_map(f64::abs);
    (1..4usize).prop_flat_map(move |d| {
        let vector = move || prop::collection::vec(number(), d);
        let space = prop_oneof![
            (vector(), vector()).prop_map(|(a, b)| SpaceSpec::Box {
                lower: a.iter().zip(&b).map(|(a, b)| a.min(*b)).collect(),
                upper: a.iter().zip(&b).map(|(a, b)| a.max(*b)).collect(),
            }),
            (vector(), positive()).prop_map(|(center, radius)| SpaceSpec::Ball { center, radius }),
            (vector(), positive())
                .prop_map(|(center, radius)| SpaceSpec::L1Ball { center, radius }),
            positive().prop_map(move |scale| SpaceSpec::Simplex { dim: d, scale }),
            (vector(), vector()).prop_map(move |(center, axes)| SpaceSpec::Ellipsoid {
                center,
                shape: (0..d)
                    .map(|i| (0..d)
                        .map(|j| match i == j {
                            true => axes[i] * axes[i],
                            false => 0.4 * axes[i] * axes[j],
                        })
                        .collect())
                    .collect(),
            }),
            prop::collection::vec(vector(), 1..5).prop_map(SpaceSpec::Vertices),
        ];
        let weight = prop_oneof![
            3 => number().prop_map(WeightSpec::Scalar),
            3 => (-1.0..1.0f64).prop_map(WeightSpec::Scalar),
            1 => prop::collection::vec(vector(), d).prop_map(WeightSpec::Matrix),
        ];
        let one = (space, weight, vector());
        (vector(), prop::collection::vec(one, 1..5)).prop_map(|(bias, parts)| GameSpec {
            coalitions: Vec::new(),
            loss: Loss::SquaredEuclidean,
            bias,
            spaces: parts.iter().map(|(space, ..)| space.clone()).collect(),
            influencers: parts
                .into_iter()
                .enumerate()
                .map(|(space, (_, weight, target))| InfluencerSpec {
                    cost: None,
                    name: None,
                    weight,
                    target,
                    space,
                })
                .collect(),
        })
    })
}

/// Games whose numbers are alike, and games in which they differ by hundreds of orders.
fn any_size() -> impl Strategy<Value = GameSpec<f64>> {
    let alike = (-318.0..140.0f64).prop_flat_map(|at| mixed(at, at + 3.0));
    prop_oneof![
        3 => alike,
        3 => mixed(-320.0, 120.0),
        2 => mixed(-30.0, 30.0),
        1 => mixed(-320.0, 300.0),
    ]
}

fn all_numbers(values: &[f64]) -> bool {
    values.iter().all(|v| v.is_finite())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    /// Every method, on games of any size: numbers throughout; and what is proved is proved again.
    #[test]
    fn an_answer_is_made_of_numbers(spec in any_size()) {
        // Descriptions that are no game are refused, with a reason.
        let Ok(game) = spec.check() else { return Ok(()) };
        for method in [Method::Auto, Method::Decomposition, Method::Reference, Method::Ball, Method::Separable] {
            let options = SolveOptions { method, ..SolveOptions::default() };
            // A method may not fit the game, or find nothing.
            let Ok(answer) = solve(&game, &options) else { continue };
            let proof = &answer.certificate;
            prop_assert!(all_numbers(&answer.receiver), "{method:?}");
            prop_assert!(all_numbers(answer.actions.values()), "{method:?}");
            prop_assert!(answer.potential.is_finite(), "{method:?}");
            prop_assert!(all_numbers(&[
                proof.duality_gap, proof.receiver_error_bound, proof.max_regret, proof.infeasibility,
                proof.allowed_gap, proof.allowed_infeasibility,
            ]), "{method:?} {proof:?}");
            for free in &answer.free {
                prop_assert!(all_numbers(&free.lower) && all_numbers(&free.upper), "{method:?}");
            }
            let again = certify(&game, &answer.actions, Some(&answer.receiver));
            prop_assert!(again.holds() || !proof.holds(), "{method:?}: {proof:?}, and again {again:?}");
            let seen = assess(&game, &answer.actions);
            prop_assert!(all_numbers(&seen.losses) && all_numbers(&seen.regrets), "{method:?}");
            prop_assert!(all_numbers(seen.best_responses.values()), "{method:?}");
            prop_assert!(all_numbers(seen.truthful.values()), "{method:?}");
            if method == Method::Auto && let Ok(told) = welfare(&game, &answer) {
                prop_assert!(all_numbers(&[told.equilibrium_cost, told.optimal_cost]));
                prop_assert!(told.price_of_anarchy.is_none_or(f64::is_finite), "{:?}", told.price_of_anarchy);
            }
        }
    }

    /// A game in other units, however large or small they are, has the same equilibrium; and a wrong profile is found out.
    #[test]
    fn units_do_not_matter(spec in common::game(3), order in -420..380i32) {
        let game = checked(spec.clone());
        let unit = 2.0_f64.powi(order);
        let mut other = spec;
        let scale = |v: &mut Vec<f64>| v.iter_mut().for_each(|v| *v *= unit);
        scale(&mut other.bias);
        other.influencers.iter_mut().for_each(|i| scale(&mut i.target));
        for space in &mut other.spaces {
            match space {
                SpaceSpec::Box { lower, upper } => { scale(lower); scale(upper); }
                SpaceSpec::Ball { center, radius } | SpaceSpec::L1Ball { center, radius } => {
                    scale(center);
                    *radius *= unit;
                }
                SpaceSpec::Simplex { scale, .. } => *scale *= unit,
                SpaceSpec::Ellipsoid { center, shape } => {
                    scale(center);
                    shape.iter_mut().flatten().for_each(|v| *v = *v * unit * unit);
                }
                SpaceSpec::Vertices(points) => points.iter_mut().for_each(scale),
                SpaceSpec::Halfspaces { b, .. } => scale(b),
            }
        }
        let other = checked(other);
        let (here, there) = (
            solve(&game, &SolveOptions::default()).unwrap(),
            solve(&other, &SolveOptions::default()).unwrap(),
        );
        prop_assert!(there.certificate.holds());
        let back: Vec<f64> = there.receiver.iter().map(|r| r / unit).collect();
        prop_assert!(near(&here.receiver, &back, 1e-6), "{:?} {:?}", here.receiver, back);
        // What is no equilibrium here is none there, although its gap may be too small for a double.
        let mut wrong = Profile::zeros(&other);
        for i in 0..other.influencers() {
            let away: Vec<f64> = there.actions.action(i).iter().map(|x| x + 3.0 * unit).collect();
            big_game::action_space::ConvexSet::project(other.space(i), &away, wrong.action_mut(i));
        }
        let mut same = Profile::zeros(&game);
        for (x, y) in same.values_mut().iter_mut().zip(wrong.values()) {
            *x = y / unit;
        }
        let (a, b) = (certify(&game, &same, None), certify(&other, &wrong, None));
        if a.duality_gap > 10.0 * a.allowed_gap {
            prop_assert!(!b.holds(), "{a:?} {b:?}");
        }
    }
}

fn two_balls(weights: [f64; 2], radius: f64) -> Game {
    let influencer = |weight, target| InfluencerSpec {
        cost: None,
        name: None,
        weight: WeightSpec::Scalar(weight),
        target,
        space: 0,
    };
    GameSpec {
        coalitions: Vec::new(),
        loss: Loss::SquaredEuclidean,
        bias: vec![0.0, 0.0],
        spaces: vec![SpaceSpec::Ball {
            center: vec![0.0, 0.0],
            radius,
        }],
        influencers: vec![
            influencer(weights[0], vec![-3.0, 4.0]),
            influencer(weights[1], vec![0.0, 9.0]),
        ],
    }
    .check()
    .unwrap()
}

/// A weight too small to move the receiver: it plays its best action all the same.
#[test]
fn a_weight_of_nothing_beside_a_weight_of_one() {
    let game = two_balls([1.0, 1e-310], 1.0);
    for method in [Method::Ball, Method::Decomposition] {
        let answer = solve(
            &game,
            &SolveOptions {
                method,
                ..SolveOptions::default()
            },
        )
        .unwrap();
        assert!(answer.certificate.holds());
        assert!(near(&answer.receiver, &[-0.6, 0.8], 1e-15), "{method:?}");
        // From (−0.6, 0.8) its target lies along (0.6, 8.2).
        let (x, length) = (answer.actions.action(1), 0.6_f64.hypot(8.2));
        assert!(
            near(x, &[0.6 / length, 8.2 / length], 1e-14),
            "{method:?} {x:?}"
        );
    }
}

/// Far from the origin the receiver can be told apart as exactly as doubles allow there.
#[test]
fn a_large_background_hides_nobody() {
    let at = 2.0_f64.powi(50);
    let mut spec = GameSpec {
        coalitions: Vec::new(),
        loss: Loss::SquaredEuclidean,
        bias: vec![at, 0.0],
        spaces: vec![SpaceSpec::Ball {
            center: vec![0.0, 0.0],
            radius: 1.0,
        }],
        influencers: Vec::new(),
    };
    for (x, y) in [(-3.0, 4.0), (6.0, 8.0)] {
        spec.influencers.push(InfluencerSpec {
            cost: None,
            name: None,
            weight: WeightSpec::Scalar(5.0),
            target: vec![at + 1000.0 * x, 1000.0 * y],
            space: 0,
        });
    }
    for method in [Method::Decomposition, Method::Reference] {
        let options = SolveOptions {
            method,
            ..SolveOptions::default()
        };
        let answer = solve(&spec.clone().check().unwrap(), &options).unwrap();
        assert!(answer.certificate.holds());
        // Both pull by 5 along nearly (−0.6, 0.8) and (0.6, 0.8).
        let moved = [answer.receiver[0] - at, answer.receiver[1]];
        assert!(near(&moved, &[0.0, 8.0], 0.05), "{method:?} {moved:?}");
    }
}

/// Towering beside ordinary: two that want the receiver at 0 and at 1 do not both have it, however wide the bound is.
#[test]
fn who_wants_different_places_does_not_win_together() {
    let game = Game::builder()
        .space(SpaceSpec::ball(1, 16_777_216.0))
        .influencer(1.0, [0.0])
        .space(SpaceSpec::ball(1, 9e15))
        .influencer(1.0, [1.0])
        .build()
        .unwrap();
    for method in [Method::Auto, Method::Decomposition, Method::Reference] {
        let options = SolveOptions {
            method,
            ..SolveOptions::default()
        };
        let found = solve(&game, &options).unwrap();
        assert!(found.winners.len() <= 1, "{method:?}: {:?}", found.winners);
        let open = found.dimension.is_none() && found.undecided.len() == 2;
        assert!(
            found.winners == [1] && found.dimension == Some(0) || open,
            "{found:?}"
        );
    }
}

/// Two who want the same win together, also where one of them hardly moves the receiver beside the other's reach.
#[test]
fn who_wants_the_same_wins_together() {
    let boxed = |lower: [f64; 2], upper: [f64; 2]| SpaceSpec::Box {
        lower: lower.to_vec(),
        upper: upper.to_vec(),
    };
    let game = Game::builder()
        .space(SpaceSpec::ball(2, 1.0))
        .influencer(1.0, [0.0, 0.0])
        .space(boxed([0.0, 0.0], [1.0, 2e87]))
        .influencer(-1.0, [0.0, 0.0])
        .space(boxed([0.0, 0.0], [9e77, 9e77]))
        .influencer(1.0, [0.0, 1.0])
        .build()
        .unwrap();
    let found = solve(&game, &SolveOptions::default()).unwrap();
    let wins = |i: usize| found.winners.contains(&i);
    assert_eq!(wins(0), wins(1), "{found:?}");
}
