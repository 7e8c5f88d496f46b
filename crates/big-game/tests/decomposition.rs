//! The active-set solver against the conic reference, on random games of every kind.

mod common;

use big_game::equilibrium::{Cardinality, Method};
use big_game::spec::SpaceSpec;
use big_game::{Game, SolveOptions, solve};
use common::{game, near};
use proptest::prelude::*;

fn with(method: Method) -> SolveOptions {
    SolveOptions {
        method,
        ..SolveOptions::default()
    }
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

fn split() -> impl Strategy<Value = Vec<f64>> {
    prop_oneof![
        Just(vec![1.25]),
        Just(vec![1.0, 0.25]),
        Just(vec![0.5, 0.5, 0.25])
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// Two camps of the same weight, one of which has the background it wants: it takes all of its reach to stay there, at one point of a
    /// round set's boundary.
    #[test]
    fn who_needs_all_of_its_reach_is_found_there(
        numbers in prop::collection::vec(-8..=8_i32, 9),
        movers in split(),
        keepers in split(),
    ) {
        let x: Vec<f64> = numbers.iter().map(|v| f64::from(*v) / 8.0).collect();
        let (a, b) = ([1.0 + x[0], x[1]], [x[2], 1.0 + x[3]]);
        let entry = |p: [f64; 2], q: [f64; 2]| p[0] * q[0] + p[1] * q[1];
        let shape = vec![
            vec![entry(a, a) + 0.125, entry(a, b)],
            vec![entry(a, b), entry(b, b) + 0.125],
        ];
        let bias = vec![x[4], x[5]];
        prop_assume!(x[6] != 0.0 || x[7] != 0.0);
        let mut builder = Game::builder()
            .bias(bias.clone())
            .space(SpaceSpec::Ellipsoid { center: vec![0.0, 0.0], shape });
        for w in movers {
            builder = builder.influencer(w, [bias[0] + 4.0 * x[6], bias[1] + 4.0 * x[7]]);
        }
        for w in keepers {
            builder = builder.influencer(w, bias.clone());
        }
        let found = solve(&builder.build().expect("valid"), &SolveOptions::default()).expect("solved");
        prop_assert!(found.certificate.holds(), "{:?}", found.certificate);
        prop_assert!(near(&found.receiver, &bias, 1e-10), "{:?} and {bias:?}", found.receiver);
    }
}
