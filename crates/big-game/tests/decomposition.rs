//! The active-set solver against the conic reference, on random games of every kind.

mod common;

use big_game::equilibrium::{Cardinality, Method};
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
