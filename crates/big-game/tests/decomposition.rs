//! The active-set solver against the conic reference, on random games of every kind.

use big_game::equilibrium::{Cardinality, Method};
use big_game::spec::{GameSpec, InfluencerSpec, Loss, SpaceSpec, WeightSpec};
use big_game::{Game, SolveOptions, solve};
use proptest::prelude::*;

fn with(method: Method) -> SolveOptions {
    SolveOptions {
        method,
        ..SolveOptions::default()
    }
}

/// Half the numbers are small fractions, so that ties and coincidences are common.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![(-4..=4i32).prop_map(|v| f64::from(v) / 4.0), -1.0..1.0f64]
}

fn vector(m: usize) -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(number(), m)
}

fn space(m: usize) -> impl Strategy<Value = SpaceSpec<f64>> {
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

fn weight(d: usize, m: usize) -> BoxedStrategy<WeightSpec<f64>> {
    let matrix = prop::collection::vec(vector(m), d).prop_map(WeightSpec::Matrix);
    if d == m {
        prop_oneof![number().prop_map(WeightSpec::Scalar), matrix].boxed()
    } else {
        matrix.boxed()
    }
}

fn game(spaces: usize) -> impl Strategy<Value = GameSpec<f64>> {
    (1..4usize).prop_flat_map(move |d| {
        let one = (1..4usize).prop_flat_map(move |m| {
            let m = if m == 3 { d } else { m };
            (space(m), weight(d, m), vector(d))
        });
        (vector(d), prop::collection::vec(one, 1..=spaces)).prop_map(|(bias, parts)| GameSpec {
            loss: Loss::SquaredEuclidean,
            bias,
            spaces: parts.iter().map(|(space, ..)| space.clone()).collect(),
            influencers: parts
                .into_iter()
                .enumerate()
                .map(|(space, (_, weight, target))| InfluencerSpec {
                    name: None,
                    weight,
                    target,
                    space,
                })
                .collect(),
        })
    })
}

fn near(a: &[f64], b: &[f64], tolerance: f64) -> bool {
    a.iter().zip(b).all(|(x, y)| (x - y).abs() <= tolerance)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn agrees_with_the_reference(spec in game(6)) {
        let game: Game = spec.check().expect("valid");
        let ours = solve(&game, &with(Method::Decomposition)).expect("solved");
        prop_assert_eq!(ours.method, Method::Decomposition);
        prop_assert!(ours.certificate.duality_gap <= 1e-10, "gap {:e}", ours.certificate.duality_gap);
        let reference = solve(&game, &with(Method::Reference)).expect("solved");
        let tolerance = 1e-9 + ours.certificate.receiver_error_bound + reference.certificate.receiver_error_bound;
        prop_assert!(near(&ours.receiver, &reference.receiver, tolerance));
        prop_assert_eq!(ours.cardinality == Cardinality::Unique, ours.dimension == Some(0));
    }
}
