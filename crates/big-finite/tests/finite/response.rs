//! Best responses: the least loss over all choices, proven; bounds when a budget ends.

use std::sync::atomic::{AtomicUsize, Ordering};

use big_finite::{Budget, Choice, FiniteGame, best_response};
use big_game::spec::{FiniteSpec, InfluencerSpec, ItemSet, Rational, WeightSpec};
use num_traits::Zero;

use crate::brute::{Dice, choices_of, loss, random_game, random_profile, rational};

fn least(spec: &FiniteSpec, i: usize, profile: &[Choice]) -> Rational {
    let mut tried = profile.to_vec();
    let losses = choices_of(spec, i).into_iter().map(|choice| {
        tried[i] = choice;
        loss(spec, i, &tried)
    });
    losses.min().unwrap()
}

/// One influencer alone, of weight 1: the nearest mean to a target.
fn alone(
    items: Vec<Vec<Rational>>,
    choose: usize,
    repeats: bool,
    target: Vec<Rational>,
) -> FiniteSpec {
    FiniteSpec {
        bias: vec![Rational::zero(); target.len()],
        sets: vec![ItemSet {
            items,
            choose,
            repeats,
        }],
        influencers: vec![InfluencerSpec {
            cost: None,
            name: None,
            weight: WeightSpec::Scalar(rational(1, 1)),
            target,
            space: 0,
        }],
    }
}

fn decimals(dice: &mut Dice, count: usize, d: usize, digits: u32) -> Vec<Vec<Rational>> {
    let size = 10i64.pow(digits);
    (0..count)
        .map(|_| {
            (0..d)
                .map(|_| rational(dice.roll(-size, size), size))
                .collect()
        })
        .collect()
}

fn respond(game: &FiniteGame) -> big_finite::BestResponse {
    let choose = game.choose(0) as u32;
    let start: Choice = (0..choose)
        .map(|a| if game.repeats(0) { 0 } else { a })
        .collect();
    let best = best_response(game, 0, &[start], &Budget::unlimited());
    assert_eq!(game.loss(0, std::slice::from_ref(&best.choice)), best.loss);
    best
}

#[test]
fn it_is_the_least_loss_over_all_choices() {
    for seed in 0..1500 {
        let dice = &mut Dice::new(seed);
        let (spec, game) = random_game(dice, 1 + seed as usize % 3, 60);
        let profile = random_profile(dice, &spec);
        for i in 0..spec.influencers.len() {
            let best = best_response(&game, i, &profile, &Budget::unlimited());
            assert!(best.proven);
            assert_eq!(best.loss, best.lower_bound);
            assert_eq!(
                best.loss,
                least(&spec, i, &profile),
                "seed {seed} influencer {i}"
            );
            let mut moved = profile.clone();
            moved[i] = best.choice.clone();
            game.check_profile(&moved).unwrap();
            assert_eq!(loss(&spec, i, &moved), best.loss);
            if loss(&spec, i, &profile) == best.loss {
                assert_eq!(best.choice, profile[i], "no move without a gain");
            }
        }
    }
}

#[test]
fn it_is_exact_where_subsets_are_many() {
    for seed in 0..60 {
        let dice = &mut Dice::new(seed);
        let d = dice.roll(1, 3) as usize;
        let repeats = dice.roll(0, 1) == 0;
        let count = dice.roll(7, if repeats { 9 } else { 13 }) as usize;
        let choose = dice.roll(3, if repeats { 5 } else { 9 }).min(count as i64) as usize;
        let digits = dice.roll(0, 6) as u32;
        let items = decimals(dice, count, d, digits);
        let target = decimals(dice, 1, d, digits + 1).swap_remove(0);
        let spec = alone(items, choose, repeats, target);
        let best = respond(&FiniteGame::new(spec.clone()).unwrap());
        assert!(best.proven);
        let start = choices_of(&spec, 0).swap_remove(0);
        assert_eq!(best.loss, least(&spec, 0, &[start]), "seed {seed}");
    }
}

#[test]
fn two_hundred_items_on_a_line() {
    for (digits, choose) in [(4, 3), (9, 4), (6, 20), (12, 20), (17, 20)] {
        let dice = &mut Dice::new(u64::from(digits));
        let items = decimals(dice, 200, 1, digits);
        let spec = alone(items, choose, false, vec![rational(1234, 10_000)]);
        let best = respond(&FiniteGame::new(spec).unwrap());
        assert!(best.proven, "{digits} digits, {choose} of 200");
    }
}

#[test]
fn a_goal_out_of_reach_is_answered_at_once() {
    let dice = &mut Dice::new(3);
    let items = decimals(dice, 2000, 1, 9);
    let mut order: Vec<usize> = (0..2000).collect();
    order.sort_by(|&a, &b| items[b].cmp(&items[a]));
    let spec = alone(items, 50, false, vec![rational(7, 1)]);
    let best = respond(&FiniteGame::new(spec).unwrap());
    assert!(best.proven);
    let mut largest: Vec<u32> = order[..50].iter().map(|&a| a as u32).collect();
    largest.sort_unstable();
    assert_eq!(best.choice, largest);
}

#[test]
fn a_budget_leaves_a_gap_that_holds() {
    let dice = &mut Dice::new(11);
    // Far outside the hull, so that the relaxation has something to say.
    for (d, count, choose, target) in [(3, 40, 14, 3), (2, 60, 20, 0)] {
        let items = decimals(dice, count, d, 15);
        let spec = alone(items, choose, false, vec![rational(target, 1); d]);
        let game = FiniteGame::new(spec).unwrap();
        let asked = AtomicUsize::new(0);
        let interrupt = || asked.fetch_add(1, Ordering::Relaxed) >= 3;
        let start: Choice = (0..choose as u32).collect();
        let best = best_response(&game, 0, &[start], &Budget::until(&interrupt));
        assert!(!best.proven);
        assert!(best.lower_bound < best.loss);
        assert_eq!(target == 0, best.lower_bound.is_zero());
        assert_eq!(game.loss(0, std::slice::from_ref(&best.choice)), best.loss);
    }
}

#[test]
fn sixty_items_in_eight_dimensions() {
    let dice = &mut Dice::new(8);
    let items = decimals(dice, 60, 8, 6);
    let mut target = decimals(dice, 1, 8, 6).swap_remove(0);
    target.iter_mut().for_each(|v| *v /= rational(5, 1));
    let game = FiniteGame::new(alone(items, 5, false, target)).unwrap();
    let one = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .unwrap();
    let best = respond(&game);
    assert!(best.proven);
    assert_eq!(
        one.install(|| respond(&game)),
        best,
        "whatever the number of threads"
    );
}
