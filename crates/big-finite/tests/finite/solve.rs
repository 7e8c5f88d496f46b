//! Solving and verifying under budgets that end anywhere: what is said holds, by brute force.

use std::sync::atomic::{AtomicU32, Ordering};

use big_finite::{
    Budget, Dynamics, FiniteGame, Verification, nearest_choice, potential_minimum, solve, start,
    truthful, verify,
};
use big_game::dynamics::{Order, Start, Status};
use big_game::spec::{FiniteSpec, Rational};
use num_traits::Zero;

use crate::brute::{Dice, choices_of, equilibria, loss, random_game, random_profile, rational};

/// The least loss of influencer `i` against the others.
fn least(spec: &FiniteSpec, i: usize, profile: &[Vec<u32>]) -> Rational {
    let mut moved = profile.to_vec();
    let losses = choices_of(spec, i).into_iter().map(|choice| {
        moved[i] = choice;
        loss(spec, i, &moved)
    });
    losses.min().unwrap()
}

/// Every statement of a verification, by definition.
fn holds(spec: &FiniteSpec, game: &FiniteGame, profile: &[Vec<u32>], found: &Verification) {
    let mut largest = Rational::zero();
    for i in 0..profile.len() {
        let now = loss(spec, i, profile);
        let regret = &now - least(spec, i, profile);
        assert!(found.regrets[i] <= regret && regret <= found.regret_bound(i));
        assert!(found.regrets[i] >= Rational::zero());
        let best = &found.responses[i];
        if best.proven {
            assert_eq!(found.regrets[i], regret);
            assert_eq!(found.regret_bound(i), regret);
        }
        let mut moved = profile.to_vec();
        moved[i] = best.choice.clone();
        game.check_profile(&moved).unwrap();
        assert_eq!(loss(spec, i, &moved), best.loss);
        assert_eq!(now - &best.loss, found.regrets[i]);
        largest = largest.max(regret);
    }
    assert!(found.max_regret() <= largest && largest <= found.max_regret_bound());
    for tolerance in [rational(0, 1), rational(1, 3), largest.clone()] {
        match found.within(&tolerance) {
            Some(verdict) => assert_eq!(verdict, largest <= tolerance),
            None => assert!(!found.proven()),
        }
    }
}

/// Runs something under a budget that ends after so many looks at it.
fn limited<A>(looks: u32, run: impl FnOnce(&Budget<'_>) -> A) -> A {
    let asked = AtomicU32::new(0);
    let used = || f64::from(asked.fetch_add(1, Ordering::Relaxed)) / f64::from(looks.max(1));
    run(&Budget::metered(&used))
}

#[test]
fn what_a_budget_leaves_holds() {
    let mut undecided = 0;
    for seed in 0..600 {
        let dice = &mut Dice::new(seed);
        let (spec, game) = random_game(dice, 1 + seed as usize % 3, 25);
        let profile = random_profile(dice, &spec);
        let looks = dice.roll(1, 12) as u32;
        let found = limited(looks, |budget| verify(&game, &profile, budget)).unwrap();
        holds(&spec, &game, &profile, &found);
        undecided += u32::from(found.equilibrium().is_none());
        let found = limited(looks, |budget| solve(&game, profile.clone(), budget)).unwrap();
        game.check_profile(&found.profile).unwrap();
        holds(&spec, &game, &found.profile, &found.verification);
        assert_eq!(found.potential, game.potential(&found.profile));
        assert!(
            found.potential <= game.potential(&profile),
            "moves lower the potential"
        );
        assert_eq!(found.moves == 0, found.profile == profile);
        undecided += u32::from(found.verification.equilibrium().is_none());
    }
    assert!(undecided > 0, "some budgets must end early");
}

#[test]
fn without_a_limit_it_is_an_equilibrium_and_always_the_same() {
    for seed in 0..200 {
        let dice = &mut Dice::new(seed);
        let (spec, game) = random_game(dice, 1 + seed as usize % 4, 9);
        let profile = random_profile(dice, &spec);
        let found = solve(&game, profile.clone(), &Budget::unlimited()).unwrap();
        assert!(found.verification.proven());
        assert_eq!(found.verification.equilibrium(), Some(true));
        assert!(equilibria(&spec).contains(&found.profile), "seed {seed}");
        let again = limited(u32::MAX, |budget| solve(&game, profile, budget)).unwrap();
        assert_eq!(again, found, "a limit that is not hit changes nothing");
    }
}

#[test]
fn truthful_choices_are_the_nearest_or_said_not_to_be() {
    for seed in 0..200 {
        let (spec, game) = random_game(&mut Dice::new(seed), 3, 40);
        let exact = start(&game, Start::Truthful, &Budget::unlimited());
        for looks in [1, 3, u32::MAX] {
            let found = limited(looks, |budget| truthful(&game, budget));
            let far = |i: usize, choice: &[u32]| -> Rational {
                let action = game.action(i, choice);
                let gaps = action.iter().zip(game.target(i)).map(|(a, t)| a - t);
                gaps.map(|gap| &gap * &gap).sum()
            };
            for i in 0..3 {
                if spec.sets[spec.influencers[i].space].items[0].len() != spec.bias.len() {
                    continue;
                }
                let best = &found[i];
                assert_eq!(best.loss, far(i, &best.choice), "seed {seed}");
                let least = far(i, &exact[i]);
                assert!(best.lower_bound <= least && least <= best.loss);
                assert!(looks < u32::MAX || best.proven);
            }
        }
    }
}

#[test]
fn an_action_is_found_again() {
    for seed in 0..200 {
        let dice = &mut Dice::new(seed);
        let (spec, game) = random_game(dice, 2, 40);
        let profile = random_profile(dice, &spec);
        for i in 0..2 {
            let action = game.action(i, &profile[i]);
            let found = nearest_choice(&game, i, action.clone(), &Budget::unlimited());
            assert!(found.proven && found.loss.is_zero());
            assert_eq!(game.action(i, &found.choice), action);
        }
    }
}

#[test]
fn play_with_a_tolerance_ends_within_it() {
    for seed in 0..200 {
        let dice = &mut Dice::new(seed);
        let (spec, game) = random_game(dice, 1 + seed as usize % 3, 12);
        let from = random_profile(dice, &spec);
        let tolerance = rational(dice.roll(1, 40), 8);
        for order in [Order::RoundRobin, Order::Random, Order::Greedy] {
            let budget = Budget::unlimited();
            let play = Dynamics::new(&game, from.clone(), order, seed, budget).unwrap();
            let mut play = play.with_tolerance(tolerance.clone());
            let mut before = game.potential(&from);
            for step in play.by_ref() {
                assert!(&before - &step.potential > tolerance, "a move gains more");
                before = step.potential;
            }
            assert_eq!(play.status(), Status::Converged);
            for i in 0..from.len() {
                let regret = loss(&spec, i, play.profile()) - least(&spec, i, play.profile());
                assert!(regret <= tolerance, "seed {seed} {order:?}");
            }
        }
    }
}

#[test]
fn the_minimum_is_bounded_whenever_it_ends() {
    for seed in 0..150 {
        let dice = &mut Dice::new(seed);
        let (spec, game) = random_game(dice, 1 + seed as usize % 3, 10);
        let all = equilibria(&spec);
        let least = all.iter().map(|p| game.potential(p)).min().unwrap();
        let looks = dice.roll(1, 60) as u32;
        let found = limited(looks, |budget| potential_minimum(&game, budget));
        assert_eq!(found.potential, game.potential(&found.profile));
        assert!(
            found.lower_bound <= least && least <= found.potential,
            "seed {seed}"
        );
        assert!(!found.proven || found.potential == least);
    }
}
