//! Random games of every kind, and games written by hand, for all tests.

// Each test binary compiles this file and uses its own share of it.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use big_game::Game;
use big_game::spec::{GameSpec, InfluencerSpec, Loss, Rational, SpaceSpec, WeightSpec};
use num_bigint::BigInt;
use proptest::prelude::*;

/// Half the numbers are small fractions, so that ties and coincidences are common.
pub fn number() -> impl Strategy<Value = f64> {
    prop_oneof![(-4..=4i32).prop_map(|v| f64::from(v) / 4.0), -1.0..1.0f64]
}

pub fn vector(m: usize) -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(number(), m)
}

pub fn space(m: usize) -> impl Strategy<Value = SpaceSpec<f64>> {
    let size = || prop_oneof![Just(1.0), Just(0.5), Just(0.0), 0.1..2.0f64];
    prop_oneof![
        (vector(m), prop::collection::vec(size(), m)).prop_map(|(lower, side)| SpaceSpec::Box {
            upper: lower.iter().zip(&side).map(|(l, s)| l + s).collect(),
            lower,
        }),
        (vector(m), size()).prop_map(|(center, radius)| SpaceSpec::Ball { center, radius }),
        (vector(m), size()).prop_map(|(center, radius)| SpaceSpec::L1Ball { center, radius }),
        size().prop_map(move |scale| SpaceSpec::Simplex { dim: m, scale }),
        (vector(m), vector(m), 0.1..1.0f64).prop_map(move |(center, v, ridge)| {
            let shape = (0..m)
                .map(|i| {
                    (0..m)
                        .map(|j| v[i] * v[j] + if i == j { ridge } else { 0.0 })
                        .collect()
                })
                .collect();
            SpaceSpec::Ellipsoid { center, shape }
        }),
        prop::collection::vec(vector(m), 1..6).prop_map(SpaceSpec::Vertices),
    ]
}

pub fn weight(d: usize, m: usize) -> BoxedStrategy<WeightSpec<f64>> {
    let matrix = prop::collection::vec(vector(m), d).prop_map(WeightSpec::Matrix);
    if d == m {
        prop_oneof![number().prop_map(WeightSpec::Scalar), matrix].boxed()
    } else {
        matrix.boxed()
    }
}

pub fn game(spaces: usize) -> impl Strategy<Value = GameSpec<f64>> {
    (1..4usize).prop_flat_map(move |d| {
        let one = (1..4usize).prop_flat_map(move |m| {
            let m = if m == 3 { d } else { m };
            (space(m), weight(d, m), vector(d))
        });
        (vector(d), prop::collection::vec(one, 1..=spaces)).prop_map(|(bias, parts)| GameSpec {
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

/// Do all coordinates agree?
pub fn near(a: &[f64], b: &[f64], tolerance: f64) -> bool {
    a.iter().zip(b).all(|(x, y)| (x - y).abs() <= tolerance)
}

/// A decimal or a fraction, exactly.
pub fn exact(text: &str) -> Rational {
    let (numerator, denominator) = text.split_once('/').unwrap_or((text, "1"));
    let (whole, decimals) = numerator.split_once('.').unwrap_or((numerator, ""));
    let digits: BigInt = format!("{whole}{decimals}").parse().unwrap();
    let power = BigInt::from(10).pow(decimals.len() as u32);
    Rational::new(digits, power * denominator.parse::<BigInt>().unwrap())
}

/// A list of numbers separated by spaces.
pub fn list(text: &str) -> Vec<Rational> {
    text.split_whitespace().map(exact).collect()
}

/// A game in a common space: influencers are (weight, target).
pub fn written(
    loss: Loss,
    bias: &str,
    space: SpaceSpec<Rational>,
    influencers: &[(&str, &str)],
) -> GameSpec<Rational> {
    GameSpec {
        coalitions: Vec::new(),
        loss,
        bias: list(bias),
        spaces: vec![space],
        influencers: influencers
            .iter()
            .map(|(weight, target)| InfluencerSpec {
                cost: None,
                name: None,
                weight: match weight.split_once(';') {
                    None if !weight.contains(' ') => WeightSpec::Scalar(exact(weight)),
                    _ => WeightSpec::Matrix(weight.split(';').map(list).collect()),
                },
                target: list(target),
                space: 0,
            })
            .collect(),
    }
}

/// `[low, high]^m`.
pub fn cube(m: usize, low: &str, high: &str) -> SpaceSpec<Rational> {
    SpaceSpec::Box {
        lower: vec![exact(low); m],
        upper: vec![exact(high); m],
    }
}

/// The checked game of a description in doubles.
pub fn checked(spec: GameSpec<f64>) -> Game {
    spec.check().expect("the generator makes valid games")
}
