//! Enumeration: every equilibrium, no other, counted and listed.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU32, Ordering};

use big_finite::{
    Budget, Choice, EnumerateOptions, Enumeration, FiniteGame, FoundEquilibrium, choice::binomial,
};
use big_game::spec::{FiniteSpec, Rational};
use num_bigint::BigUint;
use num_traits::Zero;

use crate::brute::{
    Dice, choices_of, equilibria, loss, mean_of, random_game, random_profile, rational, receiver,
};
use crate::catalogue::example_5;

fn exact() -> EnumerateOptions<'static> {
    EnumerateOptions::default()
}

/// Every equilibrium with whether it is strict and its regret, and what they come to.
fn everything(
    game: &FiniteGame,
    options: &EnumerateOptions<'_>,
) -> (Vec<(Vec<Choice>, bool, Rational)>, Enumeration) {
    let mut all = Vec::new();
    let mut found = |one: FoundEquilibrium<'_>| {
        all.push((one.choices.to_vec(), one.strict, one.regret));
        ControlFlow::Continue(())
    };
    let go = &mut |_: big_finite::Progress<'_>| ControlFlow::Continue(());
    let result = big_finite::enumerate(game, options, &mut found, go).unwrap();
    assert!(result.complete);
    assert_eq!(result.count, BigUint::from(all.len()));
    let counted = big_finite::count(game, options, &mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(counted, result);
    (all, result)
}

fn listed(game: &FiniteGame) -> Vec<Vec<Choice>> {
    let all = everything(game, &exact()).0;
    all.into_iter().map(|(choices, _, _)| choices).collect()
}

fn counted(game: &FiniteGame) -> BigUint {
    let result = big_finite::count(game, &exact(), &mut |_| ControlFlow::Continue(())).unwrap();
    assert!(result.complete);
    result.count
}

fn cost(spec: &FiniteSpec, profile: &[Choice]) -> Rational {
    (0..profile.len()).map(|i| loss(spec, i, profile)).sum()
}

/// What each influencer gains by each other choice.
fn gains(spec: &FiniteSpec, profile: &[Choice]) -> Vec<Rational> {
    let mut gains = Vec::new();
    for i in 0..profile.len() {
        let own = loss(spec, i, profile);
        for other in choices_of(spec, i) {
            if other != profile[i] {
                let mut moved = profile.to_vec();
                moved[i] = other;
                gains.push(&own - loss(spec, i, &moved));
            }
        }
    }
    gains
}

/// Every profile of a small game.
fn profiles(spec: &FiniteSpec) -> Vec<Vec<Choice>> {
    let mut all = vec![Vec::new()];
    for i in 0..spec.influencers.len() {
        let own = choices_of(spec, i);
        all = all
            .into_iter()
            .flat_map(|before| {
                own.iter().map(move |choice| {
                    let mut profile = before.clone();
                    profile.push(choice.clone());
                    profile
                })
            })
            .collect();
    }
    all
}

/// Strictness, distinct means, the best, the worst, the groups by receiver and the social optimum, from the definitions.
#[test]
fn what_the_equilibria_come_to_agrees_with_brute_force() {
    for seed in 0..150 {
        let n = 1 + seed as usize % 3;
        let (spec, game) = random_game(&mut Dice::new(90_000 + seed), n, 8);
        let options = EnumerateOptions {
            by_receiver: true,
            ..exact()
        };
        let (all, found) = everything(&game, &options);
        let mut strict = 0;
        for (profile, is_strict, regret) in &all {
            let expected = gains(&spec, profile).iter().all(|g| *g < Rational::zero());
            assert_eq!(*is_strict, expected, "seed {seed} {profile:?}");
            assert!(regret.is_zero());
            strict += u32::from(expected);
        }
        assert_eq!(found.strict, BigUint::from(strict), "seed {seed}");
        let mut means: Vec<Vec<Vec<Rational>>> = all
            .iter()
            .map(|(p, _, _)| {
                p.iter()
                    .enumerate()
                    .map(|(i, c)| mean_of(&spec, i, c))
                    .collect()
            })
            .collect();
        means.sort();
        means.dedup();
        assert_eq!(
            found.distinct,
            Some(BigUint::from(means.len())),
            "seed {seed}"
        );
        let costs = || all.iter().map(|(profile, _, _)| cost(&spec, profile));
        let (best, worst) = (found.best.unwrap(), found.worst.unwrap());
        assert_eq!(Some(&best.cost), costs().min().as_ref(), "seed {seed}");
        assert_eq!(Some(&worst.cost), costs().max().as_ref(), "seed {seed}");
        for one in [&best, &worst] {
            assert!(all.iter().any(|(profile, _, _)| *profile == one.profile));
            assert_eq!(one.cost, cost(&spec, &one.profile));
            assert_eq!(one.receiver, receiver(&spec, &one.profile));
        }
        let mut places: Vec<Vec<Rational>> = all
            .iter()
            .map(|(profile, _, _)| receiver(&spec, profile))
            .collect();
        places.sort();
        for group in &found.receivers {
            let here = places.iter().filter(|r| **r == group.receiver).count();
            assert_eq!(group.count, BigUint::from(here), "seed {seed}");
            assert!(here > 0);
        }
        places.dedup();
        let receivers: Vec<_> = found.receivers.iter().map(|g| g.receiver.clone()).collect();
        assert_eq!(receivers, places, "seed {seed}");
        let optimum = big_finite::social_optimum(&game, &Budget::unlimited())
            .unwrap()
            .unwrap();
        assert!(optimum.proven);
        assert_eq!(optimum.lower_bound, optimum.at.cost);
        let least = profiles(&spec).iter().map(|p| cost(&spec, p)).min();
        assert_eq!(Some(&optimum.at.cost), least.as_ref(), "seed {seed}");
        assert_eq!(optimum.at.cost, cost(&spec, &optimum.at.profile));
        assert_eq!(optimum.at.receiver, receiver(&spec, &optimum.at.profile));
        // Time ends somewhere between the first table and the last sweep.
        let asked = AtomicU32::new(0);
        let over = || asked.fetch_add(1, Ordering::Relaxed) > seed as u32 % 40;
        if let Some(stopped) = big_finite::social_optimum(&game, &Budget::until(&over)).unwrap() {
            assert!(stopped.lower_bound <= optimum.at.cost);
            assert!(optimum.at.cost <= stopped.at.cost);
        }
    }
}

#[test]
fn epsilon_equilibria_agree_with_brute_force() {
    for seed in 0..120 {
        let n = 1 + seed as usize % 3;
        let dice = &mut Dice::new(120_000 + seed);
        let (spec, game) = random_game(dice, n, 7);
        // Of the size of a regret that occurs, so that some are on the edge.
        let somewhere = gains(&spec, &random_profile(dice, &spec));
        let most = somewhere.into_iter().max().unwrap_or_else(Rational::zero);
        let epsilon = match seed % 3 {
            0 => most,
            1 => most / rational(2, 1),
            _ => most - rational(1, 1_000_000_000),
        };
        if epsilon < Rational::zero() {
            continue;
        }
        let options = EnumerateOptions {
            epsilon: epsilon.clone(),
            ..exact()
        };
        let (mut all, _) = everything(&game, &options);
        all.sort();
        let mut expected: Vec<(Vec<Choice>, bool, Rational)> = profiles(&spec)
            .into_iter()
            .filter_map(|profile| {
                let gains = gains(&spec, &profile);
                let strict = gains.iter().all(|g| *g < Rational::zero());
                let most = gains.into_iter().max().unwrap_or_else(Rational::zero);
                let regret = most.max(Rational::zero());
                (regret <= epsilon).then_some((profile, strict, regret))
            })
            .collect();
        expected.sort();
        assert_eq!(all, expected, "seed {seed}");
    }
}

/// The equilibria of a game of three with integer items and weights of 1, by every combination of two choices: the
/// third's best responses, and whether the others are content.
fn pairs_and_responses(game: &FiniteGame) -> BigUint {
    let spec = game.spec();
    let k = spec.sets[0].choose as i64;
    let whole = |q: &Rational| i64::try_from(q.to_integer()).unwrap();
    let items: Vec<Vec<i64>> = spec.sets[0]
        .items
        .iter()
        .map(|item| item.iter().map(whole).collect())
        .collect();
    let d = items[0].len();
    let sums: Vec<Vec<i64>> = choices_of(spec, 0)
        .iter()
        .map(|c| {
            (0..d)
                .map(|x| c.iter().map(|&a| items[a as usize][x]).sum())
                .collect()
        })
        .collect();
    let goals: Vec<Vec<i64>> = (0..3)
        .map(|i| game.target(i).iter().map(|t| k * whole(t)).collect())
        .collect();
    let square = |i: usize, at: [usize; 3]| -> i64 {
        (0..d)
            .map(|x| (at.iter().map(|&a| sums[a][x]).sum::<i64>() - goals[i][x]).pow(2))
            .sum()
    };
    let content = |i: usize, at: [usize; 3]| {
        let own = square(i, at);
        (0..sums.len()).all(|c| {
            let mut moved = at;
            moved[i] = c;
            square(i, moved) >= own
        })
    };
    let mut count = 0u64;
    for a in 0..sums.len() {
        for b in 0..sums.len() {
            let least = (0..sums.len()).map(|c| square(2, [a, b, c])).min().unwrap();
            for c in 0..sums.len() {
                let at = [a, b, c];
                count += u64::from(square(2, at) == least && content(0, at) && content(1, at));
            }
        }
    }
    BigUint::from(count)
}

/// Games in which boxes of totals are branched over, few totals and many, targets close together and apart.
#[test]
fn branching_loses_nothing() {
    for seed in 0..40u64 {
        let dice = &mut Dice::new(150_000 + seed);
        let d = 1 + seed as usize % 4;
        let size = [3, 40, 900][seed as usize % 3];
        let game = crate::catalogue::scattered(dice, (3, 8, 3, d), size, seed % 5 == 0);
        assert_eq!(counted(&game), pairs_and_responses(&game), "seed {seed}");
    }
}

fn agrees(n: usize, most: usize, seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let (spec, game) = random_game(&mut Dice::new(seed), n, most);
        let mut expected = equilibria(&spec);
        let mut found = listed(&game);
        assert_eq!(counted(&game), BigUint::from(expected.len()), "seed {seed}");
        expected.sort();
        found.sort();
        assert_eq!(found, expected, "seed {seed}");
        assert!(!found.is_empty(), "Proposition 6, seed {seed}");
    }
}

#[test]
fn one_influencer_agrees_with_brute_force() {
    agrees(1, 40, 0..300);
}

#[test]
fn two_influencers_agree_with_brute_force() {
    agrees(2, 30, 1000..3000);
}

#[test]
fn three_influencers_agree_with_brute_force() {
    agrees(3, 10, 5000..6500);
}

#[test]
fn four_influencers_agree_with_brute_force() {
    agrees(4, 6, 7000..7200);
}

#[test]
fn example_5_has_more_equilibria_than_subsets() {
    for (q, k) in [(2, 2), (3, 3), (4, 2), (4, 4), (5, 3)] {
        let game = example_5(q, k);
        let found = listed(&game);
        let mut mirrored = 0;
        for profile in &found {
            let mirror: Vec<u32> = {
                let mut mirror: Vec<u32> = profile[0].iter().map(|a| a ^ 1).collect();
                mirror.sort_unstable();
                mirror
            };
            mirrored += usize::from(mirror == profile[1]);
        }
        // (−S, S) is an equilibrium for every S.
        assert_eq!(
            BigUint::from(mirrored),
            binomial(2 * q as usize, k),
            "q {q} k {k}"
        );
        assert!(found.len() >= mirrored);
        let mut sorted = found.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!(sorted.len(), found.len());
        assert_eq!(counted(&game), BigUint::from(found.len()));
    }
}

#[test]
fn a_large_example_5_is_counted() {
    let game = example_5(8, 8);
    let count = counted(&game);
    assert!(count >= binomial(16, 8), "{count}");
}

#[test]
fn the_visitor_and_the_watch_stop_it() {
    let game = example_5(4, 4);
    let mut left = 5;
    let mut found = |_: FoundEquilibrium<'_>| {
        left -= 1;
        if left == 0 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let result = big_finite::enumerate(&game, &exact(), &mut found, &mut |_| {
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(result.count, BigUint::from(5u32));
    assert!(!result.complete);
    let stopped = big_finite::count(&game, &exact(), &mut |_| ControlFlow::Break(())).unwrap();
    assert!(!stopped.complete);
    assert_eq!(stopped.count, BigUint::default());
}

#[test]
fn the_order_does_not_depend_on_the_threads() {
    let (_, game) = random_game(&mut Dice::new(77), 3, 60);
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| (listed(&game), listed(&example_5(4, 4))))
    };
    assert_eq!(with(1), with(3));
}
