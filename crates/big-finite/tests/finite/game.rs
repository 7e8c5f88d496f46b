//! What is a finite game and what is not; its continuous relaxation.

use big_finite::{ChoiceError, FiniteGame, RelaxationError};
use big_game::action_space::ConvexSet;
use big_game::game::{Place, Problem};
use big_game::spec::{FiniteSpec, Rational, WeightSpec};
use num_bigint::BigUint;
use num_traits::ToPrimitive;

use crate::brute::{Dice, all_choices, choices_of, random_game, random_spec, rational};
use crate::catalogue::example_5;

#[test]
fn mistakes_are_refused_with_their_place() {
    let spec = example_5(3, 2).spec().clone();
    let refused = |change: &dyn Fn(&mut FiniteSpec)| {
        let mut spec = spec.clone();
        change(&mut spec);
        let error = FiniteGame::new(spec).unwrap_err();
        assert!(!error.to_string().is_empty());
        (error.place, error.problem)
    };
    let set = Place::Space(0);
    assert_eq!(
        refused(&|s| s.bias.clear()),
        (Place::Bias, Problem::NoDimensions)
    );
    assert_eq!(
        refused(&|s| s.influencers.clear()),
        (Place::Influencers, Problem::NoInfluencers)
    );
    assert_eq!(
        refused(&|s| s.sets[0].items.clear()),
        (set.clone(), Problem::NoItems)
    );
    assert_eq!(
        refused(&|s| s.sets[0].items[0].clear()),
        (set.clone(), Problem::EmptyItems)
    );
    assert_eq!(
        refused(&|s| s.sets[0].choose = 0),
        (set.clone(), Problem::ChooseNone)
    );
    assert_eq!(
        refused(&|s| s.sets[0].choose = 7),
        (
            set.clone(),
            Problem::ChooseTooMany {
                choose: 7,
                items: 6
            }
        )
    );
    assert!(matches!(
        refused(&|s| {
            s.sets[0].repeats = true;
            s.sets[0].choose = usize::MAX;
        }),
        (_, Problem::ChooseTooLarge { .. })
    ));
    assert_eq!(
        refused(&|s| s.sets[0].items[4].push(rational(1, 1))),
        (
            set,
            Problem::ItemLength {
                item: 4,
                found: 2,
                expected: 1
            }
        )
    );
    assert_eq!(
        refused(&|s| s.influencers[1].target.clear()),
        (
            Place::Target(1),
            Problem::WrongLength {
                found: 0,
                expected: 1
            }
        )
    );
    assert_eq!(
        refused(&|s| s.influencers[1].space = 1),
        (Place::SpaceOf(1), Problem::NoSuchSpace(1))
    );
    assert_eq!(
        refused(&|s| s.influencers[0].weight = WeightSpec::Matrix(vec![])),
        (Place::Weight(0), Problem::MatrixShape { rows: 1, cols: 1 })
    );
    assert_eq!(
        refused(&|s| s.influencers[0].name = Some("2".into())),
        (
            Place::Name(1),
            Problem::DuplicateName {
                name: "2".into(),
                first: 0
            }
        )
    );
}

#[test]
fn profiles_are_checked() {
    let game = example_5(2, 2);
    let good = vec![0, 1];
    assert_eq!(game.check_profile(&[good.clone(), good.clone()]), Ok(()));
    let bad = |choice: &[u32]| {
        game.check_profile(&[good.clone(), choice.to_vec()])
            .unwrap_err()
    };
    assert_eq!(
        bad(&[1, 1]),
        ChoiceError::Repeated {
            influencer: 1,
            item: 1
        }
    );
    assert_eq!(bad(&[1, 0]), ChoiceError::Unsorted { influencer: 1 });
    assert_eq!(
        bad(&[1, 9]),
        ChoiceError::NoSuchItem {
            influencer: 1,
            item: 9,
            last: 3
        }
    );
    assert_eq!(
        bad(&[1]),
        ChoiceError::Count {
            influencer: 1,
            found: 1,
            expected: 2
        }
    );
    assert_eq!(
        game.check_profile(&[]),
        Err(ChoiceError::Influencers {
            found: 0,
            expected: 2
        })
    );
}

#[test]
fn strategies_are_counted() {
    for seed in 0..200 {
        let (spec, game) = random_game(&mut Dice::new(seed), 2, 60);
        for i in 0..2 {
            assert_eq!(
                game.strategies(i),
                BigUint::from(choices_of(&spec, i).len())
            );
        }
    }
}

/// Every mean lies in the relaxed set, and the set reaches no further in any direction than a mean does.
#[test]
fn the_relaxation_is_the_hull_of_the_means() {
    for seed in 0..400 {
        let dice = &mut Dice::new(seed);
        let spec = random_spec(dice, 1, 60);
        let game = FiniteGame::new(spec.clone()).unwrap();
        let relaxed = game.relaxation().unwrap();
        let set = &spec.sets[0];
        let m = set.items[0].len();
        let means: Vec<Vec<f64>> = all_choices(set.items.len(), set.choose, set.repeats)
            .iter()
            .map(|c| {
                game.action(0, c)
                    .iter()
                    .map(|v| v.to_f64().unwrap())
                    .collect()
            })
            .collect();
        for _ in 0..20 {
            let g: Vec<f64> = (0..m).map(|_| dice.roll(-9, 9) as f64).collect();
            let furthest = means
                .iter()
                .map(|x| x.iter().zip(&g).map(|(a, b)| a * b).sum::<f64>())
                .fold(f64::NEG_INFINITY, f64::max);
            let support = relaxed.space(0).support(&g);
            assert!(
                (support - furthest).abs() <= 1e-9 * (1.0 + furthest.abs()),
                "seed {seed}"
            );
        }
    }
}

#[test]
fn the_relaxation_of_example_5_stands_still() {
    let game = example_5(4, 3);
    let subset = vec![0, 3, 5];
    let mirror = vec![1, 2, 4];
    // Both want about 0, and the relaxed receiver is between the targets.
    let gap = game.relaxation_gap(&[mirror, subset]).unwrap();
    assert!(gap.distance <= 1.0 / 12.0 + 1e-12);
    assert!(gap.error_bound < 1e-6);
}

#[test]
fn too_many_means_are_said_to_be() {
    let mut spec = random_spec(&mut Dice::new(1), 1, 60);
    spec.bias = vec![rational(0, 1); 3];
    spec.sets[0].items = (0..40i64)
        .map(|a| vec![rational(a, 1), rational(a * a, 1), rational(1, 1)])
        .collect();
    (spec.sets[0].choose, spec.sets[0].repeats) = (5, false);
    spec.influencers[0].target = spec.bias.clone();
    spec.influencers[0].weight = WeightSpec::Scalar(Rational::from_integer(1.into()));
    let game = FiniteGame::new(spec).unwrap();
    assert!(matches!(
        game.relaxation(),
        Err(RelaxationError::TooManyMeans { dimension: 3, .. })
    ));
}
