//! On a line every set is an interval: any mix of sets is solved as the boxes that they are, and as the general method does.

#![allow(clippy::unwrap_used)] // in tests a panic is the report

use big_game::equilibrium::{Cardinality, Method};
use big_game::spec::{GameSpec, InfluencerSpec, Loss, Rational, SpaceSpec, WeightSpec};
use big_game::{Game, SolveOptions, solve};
use proptest::prelude::*;

fn eighths(range: std::ops::RangeInclusive<i64>) -> impl Strategy<Value = Rational> {
    range.prop_map(|v| Rational::new(v.into(), 8.into()))
}

/// A set, and the interval that it is.
fn set() -> impl Strategy<Value = (SpaceSpec<Rational>, Rational, Rational)> {
    (0..6, eighths(-8..=8), eighths(0..=12)).prop_map(|(kind, center, radius)| {
        let (lower, upper) = (&center - &radius, &center + &radius);
        let one = Rational::from_integer(1.into());
        let (c, two) = (vec![center.clone()], &one + &one);
        let space = match kind {
            0 => SpaceSpec::Box {
                lower: vec![lower.clone()],
                upper: vec![upper.clone()],
            },
            1 => SpaceSpec::Ball { center: c, radius },
            2 => SpaceSpec::L1Ball { center: c, radius },
            3 => SpaceSpec::Vertices(vec![vec![upper.clone()], c, vec![lower.clone()]]),
            4 => SpaceSpec::Halfspaces {
                a: vec![vec![two.clone()], vec![-one.clone()], vec![one]],
                b: vec![&upper * &two, -lower.clone(), &upper + &two],
            },
            _ => {
                return (
                    SpaceSpec::Simplex {
                        dim: 1,
                        scale: radius.clone(),
                    },
                    radius.clone(),
                    radius,
                );
            }
        };
        (space, lower, upper)
    })
}

type Influencer = (
    (SpaceSpec<Rational>, Rational, Rational),
    Rational,
    Rational,
);

fn games() -> impl Strategy<Value = (Vec<Influencer>, Rational)> {
    let influencer = (set(), eighths(-6..=6), eighths(-8..=8));
    (proptest::collection::vec(influencer, 1..7), eighths(-8..=8))
}

fn game(influencers: &[Influencer], bias: &Rational, boxes: bool) -> GameSpec<Rational> {
    GameSpec {
        loss: Loss::SquaredEuclidean,
        bias: vec![bias.clone()],
        coalitions: Vec::new(),
        spaces: influencers
            .iter()
            .map(|((space, lower, upper), ..)| match boxes {
                true => SpaceSpec::Box {
                    lower: vec![lower.clone()],
                    upper: vec![upper.clone()],
                },
                false => space.clone(),
            })
            .collect(),
        influencers: influencers
            .iter()
            .enumerate()
            .map(|(space, (_, weight, target))| InfluencerSpec {
                name: None,
                weight: WeightSpec::Scalar(weight.clone()),
                target: vec![target.clone()],
                space,
                cost: None,
            })
            .collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_sets_on_a_line_are_intervals((influencers, bias) in games()) {
        let solved = |boxes: bool, method: Method| {
            let game = Game::from_exact(game(&influencers, &bias, boxes)).unwrap();
            solve(&game, &SolveOptions { method, ..SolveOptions::default() }).unwrap()
        };
        let (ours, boxes) = (solved(false, Method::Auto), solved(true, Method::Auto));
        prop_assert_eq!(ours.method, Method::Separable);
        prop_assert!(ours.certificate.holds());
        prop_assert_eq!(&ours.receiver, &boxes.receiver);
        prop_assert_eq!(ours.actions.values(), boxes.actions.values());
        prop_assert_eq!(ours.cardinality, boxes.cardinality);
        prop_assert_eq!((ours.dimension, &ours.winners, &ours.free), (boxes.dimension, &boxes.winners, &boxes.free));
        let general = solved(false, Method::Decomposition);
        prop_assert!((general.receiver[0] - ours.receiver[0]).abs() <= 1e-9);
        if general.cardinality != Cardinality::Unknown {
            prop_assert_eq!((general.cardinality, general.dimension), (ours.cardinality, ours.dimension));
        }
    }
}

#[test]
fn an_ellipsoid_on_a_line_is_an_interval_too() {
    let game = Game::builder()
        .space(SpaceSpec::Ellipsoid {
            center: vec![0.5],
            shape: vec![vec![2.0]],
        })
        .influencer(0.5, [3.0])
        .space(SpaceSpec::ball(1, 1.0))
        .influencer(0.5, [3.0])
        .build()
        .unwrap();
    let found = solve(&game, &Default::default()).unwrap();
    assert_eq!(found.method, Method::Separable);
    assert!((found.receiver[0] - 0.5 * (1.5 + 2.0_f64.sqrt())).abs() < 1e-15);
    assert!(found.certificate.holds());
}
