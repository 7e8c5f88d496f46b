//! The parts of the searches that only large games reach, made to work on small ones, against brute force.

use chacha20::ChaCha8Rng;
use num_traits::{One, Zero};
use rand_core::{Rng, SeedableRng};

use super::dive::Dive;
use super::line::{Line, Target};
use super::{Best, bound, four_lists, space};
use crate::finite::budget::Budget;
use crate::finite::choice::{advance, first};
use crate::finite::lattice::{List, Scaled, distance};
use crate::spec::Rational;

fn draw(rng: &mut ChaCha8Rng, size: u64) -> i64 {
    (rng.next_u64() % (2 * size + 1)) as i64 - size as i64
}

/// The least square over all choices.
fn least(list: &List<i64>, goal: &[i64]) -> u128 {
    let d = goal.len();
    let mut choice = first(list.choose, list.repeats);
    let mut least = distance(&list.sum(&choice, d), goal);
    while advance(&mut choice, list.count, list.repeats).is_some() {
        least = least.min(distance(&list.sum(&choice, d), goal));
    }
    least
}

#[test]
fn branching_in_space_finds_the_least() {
    for seed in 0..400 {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let d = 2 + seed as usize % 2;
        let count = 6 + seed as usize % 3;
        let size = [3, 50, 100_000][seed as usize % 3];
        let items: Vec<i64> = (0..count * d).map(|_| draw(rng, size)).collect();
        let list = List::new(items, d, 2 + seed as usize % 4, seed % 5 == 0);
        let goal: Vec<i64> = (0..d).map(|_| draw(rng, 2 * size)).collect();
        let reach = 20.0 * size as f64;
        let scaled = Scaled {
            d,
            unit: Rational::one(),
            origin: vec![Rational::zero(); d],
            lists: vec![list.clone()],
            list_of: vec![0],
            goals: goal.clone(),
            shift: 0,
            reach,
        };
        let start = first(list.choose, list.repeats);
        let mut best = Best {
            square: distance(&list.sum(&start, d), &goal),
            choice: start,
        };
        let floor = bound::congruent(&list, &goal);
        // Halves of one item: all but two are branched on.
        let most = count as f64;
        let budget = Budget::unlimited();
        let proven = space::search(&scaled, &list, &goal, &floor, &mut best, most, &budget);
        assert!(proven);
        assert_eq!(best.square, least(&list, &goal), "seed {seed}");
        assert_eq!(best.square, distance(&list.sum(&best.choice, d), &goal));
        assert!(floor <= best.square);
        let relaxed = bound::relaxed(&list, &goal, 0);
        assert!(
            relaxed <= Rational::from_integer(best.square.into()),
            "seed {seed}"
        );
    }
}

#[test]
fn every_search_on_a_line_finds_the_least() {
    for seed in 0..600 {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let count = 5 + seed as usize % 6;
        let k = 2 + seed as usize % 4;
        let size = [4, 60, 1_000_000][seed as usize % 3];
        let mut values: Vec<i64> = (0..count).map(|_| draw(rng, size)).collect();
        values.sort_unstable();
        let goal = draw(rng, size * k as u64);
        for repeats in [false, true] {
            let list = List::new(values.clone(), 1, k, repeats);
            let expected = least(&list, &[goal]);
            let line = Line {
                values: values.clone(),
                repeats,
            };
            let start: Vec<usize> = first(k, repeats).iter().map(|&a| a as usize).collect();
            let now: i64 = start.iter().map(|&a| values[a]).sum();
            let target = || Target {
                step: &1,
                goal: &goal,
                floor: 0,
                distance: (now - goal).abs(),
                chosen: start.clone(),
            };
            let check = |mut target: Target<'_, i64>, exact: bool| {
                let sum: i64 = target.chosen.iter().map(|&a| values[a]).sum();
                assert_eq!(target.distance, (sum - goal).abs());
                assert_eq!(target.chosen.len(), k);
                target.chosen.sort_unstable();
                assert!(repeats || target.chosen.windows(2).all(|w| w[0] < w[1]));
                let square = u128::from(target.distance.unsigned_abs()).pow(2);
                assert!(square >= expected);
                assert!(
                    !exact || square == expected,
                    "seed {seed} repeats {repeats}"
                );
            };
            for piece in 1..=k {
                let mut found = target();
                let budget = Budget::unlimited();
                let fixed = &mut Vec::new();
                let done = line.branch(count, k, piece, &goal, &mut found, fixed, &budget);
                assert!(done.is_ok());
                check(found, true);
            }
            if !repeats {
                let mut found = target();
                assert!(Dive::new(&line).run(k, &goal, &mut found));
                check(found, true);
            }
            let mut found = target();
            four_lists::search(&line, k, &goal, &mut found, true, &Budget::unlimited());
            check(found, false);
        }
    }
}
