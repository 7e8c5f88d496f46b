//! The parts of the searches that only large games reach, made to work on small ones, against brute force.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chacha20::ChaCha8Rng;
use num_bigint::BigInt;
use num_traits::{One, Zero};
use rand_core::{Rng, SeedableRng};

use super::branch::{Branch, State};
use super::dive::Dive;
use super::hull::Hull;
use super::line::{Line, Target};
use super::tilt::Tilt;
use super::{Best, bound, complete, four_lists, meet, portfolio, space, walk};
use crate::budget::Budget;
use crate::choice::{advance, first};
use crate::lattice::{Coordinate, List, Scaled, distance};
use big_game::spec::Rational;

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

/// A list and a goal as a game of one influencer.
fn alone(list: &List<i64>, goal: &[i64], size: u64) -> Scaled<i64> {
    let d = goal.len();
    Scaled {
        d,
        unit: Rational::one(),
        origin: vec![Rational::zero(); d],
        lists: vec![list.clone()],
        list_of: vec![0],
        goals: goal.to_vec(),
        shift: 0,
        reach: (list.choose as f64 + 2.0) * 2.0 * size as f64,
    }
}

/// A random list in `d` dimensions, with a goal inside, at a sum, or outside.
fn instance(seed: u64) -> (List<i64>, Vec<i64>, Scaled<i64>) {
    let rng = &mut ChaCha8Rng::seed_from_u64(seed);
    let d = 1 + seed as usize % 4;
    let count = 1 + (seed / 3) as usize % 10;
    let repeats = seed.is_multiple_of(5);
    let most = if repeats { 6 } else { count };
    let k = 1 + (rng.next_u64() % most as u64) as usize;
    let size = [1, 4, 60, 100_000, 1 << 40][seed as usize / 2 % 5];
    let mut items: Vec<i64> = (0..count * d).map(|_| draw(rng, size)).collect();
    if seed.is_multiple_of(7) && d > 1 {
        // A coordinate that says nothing, or that repeats another.
        for a in 0..count {
            items[a * d] = if seed.is_multiple_of(2) {
                5
            } else {
                items[a * d + 1]
            };
        }
    }
    let list = List::new(items, d, k, repeats);
    let reach = [1, k as u64, 4 * k as u64][(seed / 2) as usize % 3];
    let mut goal: Vec<i64> = (0..d).map(|_| draw(rng, reach * size)).collect();
    if seed.is_multiple_of(11) {
        goal = list.sum(&first(k, repeats), d);
    }
    let scaled = alone(&list, &goal, 5 * size * reach);
    (list, goal, scaled)
}

fn start(list: &List<i64>, goal: &[i64]) -> Best<i64> {
    let choice = first(list.choose, list.repeats);
    Best {
        square: distance(&list.sum(&choice, goal.len()), goal),
        choice,
    }
}

fn check(list: &List<i64>, goal: &[i64], best: &Best<i64>) {
    assert_eq!(best.choice.len(), list.choose);
    let sorted = |w: &[u32]| w[0] < w[1] || list.repeats && w[0] == w[1];
    assert!(best.choice.windows(2).all(sorted), "{:?}", best.choice);
    let sum = list.sum(&best.choice, goal.len());
    assert_eq!(best.square, distance(&sum, goal));
}

#[test]
fn halves_that_meet_find_the_least() {
    for seed in 0..1500 {
        let (list, goal, scaled) = instance(seed);
        let expected = least(&list, &goal);
        for most in [1.0, 5.0, 1e6] {
            let mut best = start(&list, &goal);
            let floor = bound::congruent(&list, &goal);
            let budget = Budget::unlimited();
            let done = complete::run(&scaled, &list, &goal, &floor, &mut best, most, &budget);
            assert_eq!(done, Ok(()));
            check(&list, &goal, &best);
            assert_eq!(best.square, expected, "seed {seed} most {most}");
        }
    }
}

#[test]
fn branch_and_bound_finds_the_least_and_its_bounds_hold() {
    for seed in 0..1500 {
        let (list, goal, scaled) = instance(seed);
        let expected = least(&list, &goal);
        let items: Vec<f64> = list.items.iter().map(|&v| v as f64).collect();
        let target: Vec<f64> = goal.iter().map(|&v| v as f64).collect();
        let mut hull = Hull::new(&items, &target, list.choose, scaled.slack());
        let high = if list.repeats { list.choose as u32 } else { 1 };
        let relaxed = hull.nearest(&vec![0; list.count], &vec![high; list.count], f64::INFINITY);
        assert!(relaxed.bound <= expected as f64, "seed {seed}");
        let mut best = start(&list, &goal);
        let mut branch = Branch::new(&scaled, &list, &goal, &items, &target);
        let budget = Budget::unlimited();
        let mut state = State::Open;
        for _ in 0..100_000 {
            state = branch.run(1, &mut best, &budget);
            if state != State::Open {
                break;
            }
            assert!(
                branch.bound(&best) <= expected as f64 * (1.0 + 1e-12),
                "seed {seed}"
            );
        }
        assert_eq!(state, State::Proven, "seed {seed}");
        check(&list, &goal, &best);
        assert_eq!(best.square, expected, "seed {seed}");
    }
}

#[test]
fn random_meetings_make_choices_and_mostly_the_best() {
    let mut missed = 0;
    for seed in 0..400 {
        let (list, goal, scaled) = instance(seed);
        let expected = least(&list, &goal);
        let items: Vec<f64> = list.items.iter().map(|&v| v as f64).collect();
        let target: Vec<f64> = goal.iter().map(|&v| v as f64).collect();
        let budget = Budget::unlimited();
        let search = meet::Search {
            scaled: &scaled,
            list: &list,
            goal: &goal,
            floor: &bound::congruent(&list, &goal),
            budget: &budget,
            tilt: Tilt::new(&items, &target, list.choose, list.repeats, &budget),
        };
        let mut best = start(&list, &goal);
        for turn in 0..6 {
            search.turn(turn, &mut best);
            check(&list, &goal, &best);
        }
        assert!(best.square >= expected);
        missed += usize::from(best.square > expected);
    }
    assert!(missed <= 80, "{missed} of 400 missed");
}

/// A larger instance whose optimum the complete search tells: all that finds it must agree, and so must threads.
#[test]
fn the_portfolio_finds_what_the_complete_search_proves() {
    for seed in 0..6 {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let (m, d, k) = (24, 1 + seed as usize % 3, 8 + seed as usize % 4);
        let size = 1_000_000;
        let list = List::new((0..m * d).map(|_| draw(rng, size)).collect(), d, k, false);
        let far = if seed.is_multiple_of(2) {
            size
        } else {
            9 * size
        };
        let goal: Vec<i64> = (0..d).map(|_| draw(rng, far)).collect();
        let scaled = alone(&list, &goal, size);
        let floor = bound::congruent(&list, &goal);
        let budget = Budget::unlimited();
        let mut proven = start(&list, &goal);
        assert!(complete::search(
            &scaled,
            &list,
            &goal,
            &floor,
            &mut proven,
            &budget
        ));
        let one = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            let mut best = start(&list, &goal);
            pool.expect("a pool")
                .install(|| portfolio::search(&scaled, &list, &goal, &floor, &mut best, &budget));
            best
        };
        let (first, second) = (one(1), one(3));
        assert_eq!(first.choice, second.choice);
        assert_eq!(first.square, proven.square, "seed {seed}");
    }
}

/// 60 items in thousandths, of which 20 are chosen.
const SIXTY: [i64; 180] = [
    729, -212, 552, 823, -139, -918, -470, 977, 47, -5, -171, 880, 605, 699, -379, 982, -24, -267,
    194, 826, 859, -553, 33, -715, -423, -714, 547, -806, 266, 637, -487, 863, 90, 444, 659, 232,
    847, -700, -365, -798, 494, -849, 840, 741, 400, -324, -34, 146, -794, -276, -111, -353, 251,
    311, 869, -582, 979, 131, -24, -94, 772, 67, -467, -873, 648, 881, 123, 875, -972, -809, 473,
    720, -184, 454, 689, 607, 368, 280, -998, 253, 10, 695, 776, -318, -501, 495, -334, 441, 782,
    -872, -609, 878, 162, -546, -512, 645, 981, -709, 644, 112, -83, -814, -836, -345, 792, 40,
    910, 2, -777, -383, 128, -404, 447, -745, 121, -319, 668, 888, 106, -584, 973, 637, 235, 120,
    203, -411, -89, -813, 221, 634, -212, -351, 178, -505, -406, -624, -613, 682, -618, -933, 254,
    344, -468, -25, -859, -817, 390, 551, -734, 795, -694, 891, -921, 725, -836, 839, 432, 890,
    698, 107, 399, -199, 715, 444, 74, -436, 68, 662, -518, 739, -560, 833, 391, 207, 690, 945,
    -142, 187, -437, -78,
];

/// There are some thousand choices to a lattice point, so that the goal is hit; within so many looks at the budget.
#[test]
fn twenty_of_sixty_in_space_hit_the_goal() {
    let list = List::new(SIXTY.to_vec(), 3, 20, false);
    let goal = [80, 3520, 3130];
    let scaled = alone(&list, &goal, 1000);
    let floor = bound::congruent(&list, &goal);
    let looks = AtomicU64::new(0);
    let interrupt = || looks.fetch_add(1, Ordering::Relaxed) > 50_000;
    let mut best = start(&list, &goal);
    let budget = Budget::until(&interrupt);
    // One thread, whose looks are always the same ones.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let outcome = pool
        .expect("a pool")
        .install(|| portfolio::search(&scaled, &list, &goal, &floor, &mut best, &budget));
    check(&list, &goal, &best);
    assert_eq!(best.square, 0);
    assert!(outcome.proven);
}

/// A limit ends every search soon, and what was found is a choice with a true bound.
#[test]
fn a_limit_ends_the_search() {
    let cases = [
        (200, 60, 8, 1000),
        (120, 30, 2, 1 << 45),
        (200, 12, 1, 1 << 50),
        (3000, 1000, 3, 1 << 20),
    ];
    for (m, k, d, size) in cases {
        let rng = &mut ChaCha8Rng::seed_from_u64(m);
        let items = (0..m as usize * d).map(|_| draw(rng, size)).collect();
        let list = List::new(items, d, k, false);
        let goal: Vec<i64> = (0..d).map(|_| draw(rng, size)).collect();
        let scaled = alone(&list, &goal, size);
        let deadline = Instant::now() + Duration::from_millis(200);
        let interrupt = || Instant::now() > deadline;
        let budget = Budget::until(&interrupt);
        let from = first(k, false);
        let (best, outcome) = super::nearest_sum(&scaled, &list, goal.clone(), &from, &budget);
        check(&list, &goal, &best);
        assert!(outcome.proven || outcome.bound <= best.square as f64 * (1.0 + 1e-9));
        // A busy machine may take its time.
        assert!(deadline.elapsed() < Duration::from_secs(1), "{m} {k} {d}");
    }
}

/// Numbers beyond 128 bits, and beyond doubles, find what small ones find.
#[test]
fn huge_numbers_find_what_small_ones_find() {
    for (seed, bits) in (0..300).zip([40u64, 130, 700].into_iter().cycle()) {
        let (list, goal, scaled) = instance(seed);
        let expected = least(&list, &goal);
        let huge = |values: &[i64]| -> Vec<BigInt> {
            values.iter().map(|&v| BigInt::from(v) << bits).collect()
        };
        let d = goal.len();
        let big = List::new(huge(&list.items), d, list.choose, list.repeats);
        let goals = huge(&goal);
        let reach = BigInt::from(scaled.reach as i128) << bits;
        let shift = reach.bits().saturating_sub(400);
        let of = Scaled {
            d,
            unit: Rational::one(),
            origin: vec![Rational::zero(); d],
            lists: vec![big.clone()],
            list_of: vec![0],
            goals: goals.clone(),
            shift,
            reach: reach.approx(shift),
        };
        let expected = BigInt::from(expected) << (2 * bits);
        let budget = Budget::unlimited();
        let from = first(list.choose, list.repeats);
        let (best, outcome) = super::nearest_sum(&of, &big, goals.clone(), &from, &budget);
        assert!(outcome.proven);
        assert_eq!(best.square, expected, "seed {seed}");
        let mut best = Best {
            square: distance(&big.sum(&from, d), &goals),
            choice: from,
        };
        let floor = bound::congruent(&big, &goals);
        let items: Vec<f64> = big.items.iter().map(|v| v.approx(shift)).collect();
        let target = of.approximate(&goals);
        let mut branch = Branch::new(&of, &big, &goals, &items, &target);
        let state = branch.run(u64::MAX / 2, &mut best, &budget);
        assert_eq!(state, State::Proven);
        assert_eq!(best.square, expected, "seed {seed}");
        let search = meet::Search {
            scaled: &of,
            list: &big,
            goal: &goals,
            floor: &floor,
            budget: &budget,
            tilt: Tilt::new(&items, &target, list.choose, list.repeats, &budget),
        };
        search.turn(0, &mut best);
        assert_eq!(best.square, expected, "seed {seed}");
    }
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
        let relaxed = bound::relaxed(&list, &goal, 0, &budget);
        assert!(
            relaxed <= Rational::from_integer(best.square.into()),
            "seed {seed}"
        );
    }
}

#[test]
fn walking_through_numbers_of_times_finds_the_least() {
    for seed in 0..400 {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let d = 1 + seed as usize % 3;
        let count = 2 + seed as usize % 4;
        let choose = count + 1 + seed as usize % 5;
        let size = [1, 20, 1_000_000][seed as usize % 3];
        let items: Vec<i64> = (0..count * d).map(|_| draw(rng, size)).collect();
        let list = List::new(items, d, choose, true);
        assert!(walk::suits(&list));
        let goal: Vec<i64> = (0..d).map(|_| draw(rng, 3 * size)).collect();
        let start = first(choose, true);
        let mut best = Best {
            square: distance(&list.sum(&start, d), &goal),
            choice: start,
        };
        let floor = bound::congruent(&list, &goal);
        let done = walk::search(&list, &goal, &floor, &mut best, &Budget::unlimited());
        assert!(done.is_ok());
        assert_eq!(best.square, least(&list, &goal), "seed {seed}");
        assert_eq!(best.square, distance(&list.sum(&best.choice, d), &goal));
        assert!(best.choice.is_sorted() && best.choice.len() == choose);
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
                assert!(Dive::new(&line).is_some_and(|dive| dive.run(k, &goal, &mut found)));
                check(found, true);
            }
            let mut found = target();
            four_lists::search(&line, k, &goal, &mut found, &Budget::unlimited());
            check(found, false);
        }
    }
}
