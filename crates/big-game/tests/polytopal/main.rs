//! Small polytopal games: what rational arithmetic says of them, against brute force in rationals.

#![allow(clippy::unwrap_used)] // in tests a panic is the report

mod brute;
mod cases;
#[path = "../common/mod.rs"]
mod common;
mod welfare;

use big_game::equilibrium::{Cardinality, Equilibrium, Method};
use big_game::spec::{GameSpec, InfluencerSpec, Loss, Rational, SpaceSpec, WeightSpec};
use big_game::{Game, SolveOptions, solve};
use brute::{Truth, exactly, truth};
use common::{vector, weight};
use num_traits::ToPrimitive;
use proptest::prelude::*;

pub(crate) fn solved(game: &Game, method: Method) -> Equilibrium {
    let options = SolveOptions {
        method,
        ..SolveOptions::default()
    };
    solve(game, &options).unwrap()
}

/// Does a double say what a rational is, up to a few roundings of the sizes involved?
fn says(double: f64, truth: &Rational, size: f64) -> bool {
    let apart = (exactly(double) - truth).to_f64().unwrap().abs();
    apart <= 16.0 * f64::EPSILON * size.max(truth.to_f64().unwrap().abs())
}

/// Everything that is printed of the set, against the truth.
pub(crate) fn compare(game: &Game, answer: &Equilibrium, truth: &Truth) {
    let size = game.scale();
    for (r, t) in answer.receiver.iter().zip(&truth.receiver) {
        assert!(says(*r, t, size), "receiver {:?}", answer.receiver);
    }
    assert_eq!(answer.dimension, Some(truth.dimension));
    let unique = truth.dimension == 0;
    assert_eq!(answer.cardinality == Cardinality::Unique, unique);
    assert_eq!(answer.cardinality == Cardinality::Infinite, !unique);
    assert_eq!(answer.winners, truth.winners);
    for (i, range) in truth.ranges.iter().enumerate() {
        let Some((lower, upper)) = range else {
            continue;
        };
        let (found_lower, found_upper) = answer.action_range(i);
        for c in 0..lower.len() {
            assert!(
                says(found_lower[c], &lower[c], 1.0),
                "{i} {c}: {found_lower:?} for {lower:?}"
            );
            assert!(
                says(found_upper[c], &upper[c], 1.0),
                "{i} {c}: {found_upper:?} for {upper:?}"
            );
        }
    }
}

fn polytope(m: usize) -> impl Strategy<Value = SpaceSpec<f64>> {
    let size = || prop_oneof![Just(1.0), Just(0.5), Just(0.0), 0.1..2.0f64];
    prop_oneof![
        (vector(m), prop::collection::vec(size(), m)).prop_map(|(lower, side)| SpaceSpec::Box {
            upper: lower.iter().zip(&side).map(|(l, s)| l + s).collect(),
            lower,
        }),
        (vector(m), size()).prop_map(|(center, radius)| SpaceSpec::L1Ball { center, radius }),
        size().prop_map(move |scale| SpaceSpec::Simplex { dim: m, scale }),
        prop::collection::vec(vector(m), 1..6).prop_map(SpaceSpec::Vertices),
        prop::collection::vec(vector(m), 1..6).prop_map(SpaceSpec::Vertices),
    ]
}

/// Up to three influencers, some with the same target, some with the same set.
fn game() -> impl Strategy<Value = GameSpec<f64>> {
    (1..4usize).prop_flat_map(|d| {
        let one = (1..4usize).prop_flat_map(move |m| {
            let m = if m == 3 { d } else { m };
            (polytope(m), weight(d, m), vector(d), any::<bool>())
        });
        (vector(d), prop::collection::vec(one, 1..=3)).prop_map(|(bias, parts)| {
            let common = parts[0].2.clone();
            GameSpec {
                coalitions: Vec::new(),
                loss: Loss::SquaredEuclidean,
                bias,
                spaces: parts.iter().map(|(space, ..)| space.clone()).collect(),
                influencers: parts
                    .into_iter()
                    .enumerate()
                    .map(|(space, (_, weight, target, same))| InfluencerSpec {
                        cost: None,
                        name: None,
                        weight: match weight {
                            WeightSpec::Scalar(w) if same && w == 0.0 => WeightSpec::Scalar(1.0),
                            other => other,
                        },
                        target: if same { common.clone() } else { target },
                        space,
                    })
                    .collect(),
            }
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Position, winners, dimension and ranges, through every solver that leads to rational arithmetic.
    #[test]
    fn the_set_is_the_one_that_brute_force_finds(spec in game()) {
        let game = spec.clone().check().unwrap();
        let answer = solved(&game, Method::Decomposition);
        if let Some(truth) = truth(&spec, &answer.receiver) {
            compare(&game, &answer, &truth);
        }
        // Numbers as written lead to the same answer as the doubles that they are.
        let exact = spec.map(&mut |v: &f64| exactly(*v));
        let written = solved(&Game::from_exact(exact).unwrap(), Method::Decomposition);
        prop_assert_eq!(&written.receiver, &answer.receiver);
        prop_assert_eq!(written.dimension, answer.dimension);
    }
}
