//! Dynamics, verification and the potential's minimum against brute force.

use big_finite::{Budget, Dynamics, potential_minimum, solve, start, verify};
use big_game::dynamics::{Order, Start, Status};
use num_traits::Zero;

use crate::brute::{Dice, choices_of, equilibria, loss, random_game, random_profile};

#[test]
fn the_potential_changes_as_the_movers_loss() {
    for seed in 0..1000 {
        let dice = &mut Dice::new(seed);
        let n = 1 + seed as usize % 4;
        let (spec, game) = random_game(dice, n, 60);
        let profile = random_profile(dice, &spec);
        let other = random_profile(dice, &spec);
        for i in 0..n {
            let mut moved = profile.clone();
            moved[i] = other[i].clone();
            // eq. 23, with losses computed by the definition.
            assert_eq!(
                game.potential(&moved) - game.potential(&profile),
                loss(&spec, i, &moved) - loss(&spec, i, &profile),
                "seed {seed}"
            );
            assert_eq!(game.loss(i, &profile), loss(&spec, i, &profile));
            assert_eq!(
                game.receiver(&profile),
                crate::brute::receiver(&spec, &profile)
            );
        }
    }
}

#[test]
fn one_at_a_time_it_ends_in_an_equilibrium() {
    for seed in 0..400 {
        let dice = &mut Dice::new(seed);
        let (spec, game) = random_game(dice, 1 + seed as usize % 3, 12);
        let all = equilibria(&spec);
        let from = random_profile(dice, &spec);
        for order in [Order::RoundRobin, Order::Random, Order::Greedy] {
            let budget = Budget::unlimited();
            let mut play = Dynamics::new(&game, from.clone(), order, seed, budget).unwrap();
            let mut potential = game.potential(&from);
            for step in play.by_ref() {
                assert!(step.potential < potential, "strictly decreasing");
                potential = step.potential;
            }
            assert_eq!(play.status(), Status::Converged);
            assert!(
                all.iter().any(|p| p == play.profile()),
                "seed {seed} {order:?}"
            );
        }
        let found = solve(&game, from, &Budget::unlimited()).unwrap();
        assert_eq!(found.verification.equilibrium(), Some(true));
        assert!(found.verification.max_regret().is_zero());
        assert!(all.contains(&found.profile));
    }
}

#[test]
fn simultaneous_play_converges_or_cycles() {
    let mut cycles = 0;
    for seed in 0..200 {
        let dice = &mut Dice::new(seed);
        let (spec, game) = random_game(dice, 2, 12);
        let from = random_profile(dice, &spec);
        let budget = Budget::unlimited();
        let mut play = Dynamics::new(&game, from, Order::Simultaneous, 0, budget).unwrap();
        play.by_ref().for_each(drop);
        match play.status() {
            Status::Converged => assert!(equilibria(&spec).iter().any(|p| p == play.profile())),
            Status::Cycle { period } => {
                assert!(period > 1);
                cycles += 1;
            }
            Status::Running => panic!("it must end"),
        }
    }
    assert!(cycles > 0);
}

#[test]
fn starts_are_the_nearest_choices() {
    for seed in 0..200 {
        let (spec, game) = random_game(&mut Dice::new(seed), 2, 40);
        let truthful = start(&game, Start::Truthful, &Budget::unlimited());
        let random = start(&game, Start::Random(seed), &Budget::unlimited());
        game.check_profile(&random).unwrap();
        for i in 0..2 {
            if spec.sets[spec.influencers[i].space].items[0].len() != spec.bias.len() {
                continue;
            }
            let far = |choice: &[u32]| -> big_game::spec::Rational {
                let action = game.action(i, choice);
                action
                    .iter()
                    .zip(game.target(i))
                    .map(|(a, t)| (a - t) * (a - t))
                    .sum()
            };
            let least = choices_of(&spec, i).iter().map(|c| far(c)).min().unwrap();
            assert_eq!(far(&truthful[i]), least);
        }
    }
}

#[test]
fn regrets_are_exact() {
    for seed in 0..300 {
        let dice = &mut Dice::new(seed);
        let (spec, game) = random_game(dice, 2, 12);
        let profile = random_profile(dice, &spec);
        let found = verify(&game, &profile, &Budget::unlimited()).unwrap();
        for i in 0..2 {
            let mut moved = profile.clone();
            let least = choices_of(&spec, i).into_iter().map(|choice| {
                moved[i] = choice;
                loss(&spec, i, &moved)
            });
            let regret = loss(&spec, i, &profile) - least.min().unwrap();
            assert_eq!(found.regrets[i], regret);
            assert_eq!(found.regret_bound(i), regret);
        }
        assert_eq!(
            found.equilibrium(),
            Some(equilibria(&spec).contains(&profile))
        );
    }
}

#[test]
fn the_minimum_of_the_potential_is_global() {
    for seed in 0..300 {
        let (spec, game) = random_game(&mut Dice::new(seed), 1 + seed as usize % 3, 12);
        let least = equilibria(&spec)
            .iter()
            .map(|p| game.potential(p))
            .min()
            .unwrap();
        let found = potential_minimum(&game, &Budget::unlimited());
        assert!(found.proven);
        assert_eq!(found.potential, least, "seed {seed}");
        assert_eq!(found.lower_bound, least);
        assert_eq!(game.potential(&found.profile), least);
        let spent = potential_minimum(&game, &Budget::until(&|| true));
        assert!(
            spent.lower_bound <= least && least <= spent.potential,
            "seed {seed}"
        );
    }
}
