//! Rules on a simplex, joint lies, and where battles over rules end.

#![allow(clippy::unwrap_used)]

use big_game::Game;
use big_game::spec::SpaceSpec;
use big_mechanism::{ALL, Battle, Poll, Proof, Refusal, Rule, measure};

/// Numbers from a seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        ((z >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Every fourth on a grid, so that there are ties.
    fn within(&mut self, size: f64) -> f64 {
        let v = size * (2.0 * self.unit() - 1.0);
        if self.unit() < 0.25 {
            (2.0 * v).round() / 2.0
        } else {
            v
        }
    }

    /// A point of the simplex; every third with zeros.
    fn share(&mut self, d: usize) -> Vec<f64> {
        let sparse = self.unit() < 0.3;
        let mut row: Vec<f64> = (0..d)
            .map(|_| match sparse && self.unit() < 0.5 {
                true => 0.0,
                false => -self.unit().ln(),
            })
            .collect();
        row[0] += 1e-3;
        let total: f64 = row.iter().sum();
        row.iter_mut().for_each(|v| *v /= total);
        row
    }
}

fn poll(space: SpaceSpec<f64>, people: &[(f64, Vec<f64>)]) -> Poll {
    let mut builder = Game::builder().space(space);
    for (w, t) in people {
        builder = builder.influencer(*w, t.clone());
    }
    Poll::of(&builder.build().unwrap()).unwrap()
}

fn cube(d: usize, n: usize, dice: &mut Dice) -> Poll {
    let one = |dice: &mut Dice| {
        let weight = 0.1 + dice.unit();
        (weight, (0..d).map(|_| dice.within(1.4)).collect())
    };
    let people: Vec<(f64, Vec<f64>)> = (0..n).map(|_| one(dice)).collect();
    poll(SpaceSpec::cube(d, -1.0, 1.0), &people)
}

fn budgets(d: usize, n: usize, scale: f64, dice: &mut Dice) -> Poll {
    let people: Vec<(f64, Vec<f64>)> = (0..n)
        .map(|_| {
            let weight = 0.1 + dice.unit();
            (weight, dice.share(d).iter().map(|v| scale * v).collect())
        })
        .collect();
    poll(SpaceSpec::Simplex { dim: d, scale }, &people)
}

/// With each report replaced, voter by voter.
fn with(reports: &[f64], d: usize, lies: &[(usize, Vec<f64>)]) -> Vec<f64> {
    let mut all = reports.to_vec();
    for (i, lie) in lies {
        all[i * d..(i + 1) * d].copy_from_slice(lie);
    }
    all
}

fn l1(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum()
}

/// By the definition: medians of votes and phantoms `min(s (n − k), 1)`, the phantoms' place by bisection.
fn by_definition(points: &[f64], d: usize) -> Vec<f64> {
    let n = points.len() / d;
    let outcome = |s: f64| -> Vec<f64> {
        let one = |k: usize| {
            let mut all: Vec<f64> = (0..n).map(|i| points[i * d + k]).collect();
            all.extend((0..=n).map(|k| (s * (n - k) as f64).min(1.0)));
            all.sort_by(f64::total_cmp);
            all[n]
        };
        (0..d).map(one).collect()
    };
    let (mut low, mut high) = (0.0, 1e6);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if outcome(middle).iter().sum::<f64>() < 1.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    outcome(high)
}

/// Weights are so many voters each, and scales are units.
#[test]
fn phantoms_are_where_they_are_defined() {
    let mut dice = Dice(3);
    for round in 0..600 {
        let (d, n, scale) = (1 + round % 5, 1 + round % 7, [1.0, 4.0][round % 2]);
        let shares: Vec<Vec<f64>> = (0..n).map(|_| dice.share(d)).collect();
        let weigh = |i: usize| if round % 3 == 0 { 1 } else { 1 + i % 3 };
        let all = shares.iter().enumerate();
        let people = all.map(|(i, x)| (weigh(i) as f64, x.iter().map(|v| scale * v).collect()));
        let people: Vec<(f64, Vec<f64>)> = people.collect();
        let poll = poll(SpaceSpec::Simplex { dim: d, scale }, &people);
        let found = Rule::MovingPhantoms.outcome(&poll, poll.honest()).unwrap();
        let copies = (0..n).flat_map(|i| shares[i].repeat(weigh(i)));
        let expected = by_definition(&copies.collect::<Vec<f64>>(), d);
        for (a, b) in found.iter().zip(&expected) {
            assert!(
                (a - scale * b).abs() < 1e-8,
                "{people:?}: {found:?} {expected:?}"
            );
        }
    }
}

/// Freeman et al. (arXiv:1905.00457): 12,000 lies, none of which brings the outcome nearer in absolute differences, whatever the others say;
/// some bring it nearer in squares.
#[test]
fn no_lie_to_moving_phantoms_gains_in_absolute_differences() {
    let mut dice = Dice(1905);
    let mut in_squares = 0;
    for round in 0..400 {
        let (d, n) = (2 + round % 4, 2 + round % 6);
        let poll = budgets(d, n, [1.0, 4.0][round % 2], &mut dice);
        let scale = poll.simplex().unwrap();
        let honest = poll.honest();
        let outcome = Rule::MovingPhantoms.outcome(&poll, honest).unwrap();
        assert!((outcome.iter().sum::<f64>() - scale).abs() < 1e-14 * scale);
        for _ in 0..30 {
            let i = (dice.unit() * n as f64) as usize;
            let lie: Vec<f64> = dice.share(d).iter().map(|v| scale * v).collect();
            let reached = Rule::MovingPhantoms
                .outcome(&poll, &with(honest, d, &[(i, lie)]))
                .unwrap();
            let gain = l1(&outcome, poll.target(i)) - l1(&reached, poll.target(i));
            assert!(gain < 1e-13 * scale, "{gain}");
            let squares = poll.loss(i, &outcome) - poll.loss(i, &reached);
            in_squares += usize::from(squares > 1e-9);
            // Two coordinates are a line, on which both order outcomes alike.
            assert!(d > 2 || squares < 1e-13);
        }
    }
    assert!(in_squares > 50, "{in_squares}");
}

#[test]
fn moving_phantoms_are_measured_on_simplices_alone() {
    let mut dice = Dice(4);
    let told = measure(&budgets(3, 5, 1.0, &mut dice), Rule::MovingPhantoms).unwrap();
    assert!(told.proved_under_l1 && told.strategyproof != Proof::Proved);
    assert!(told.gain.found <= told.gain.bound && told.efficiency > 0.2);
    let line = measure(&budgets(2, 5, 1.0, &mut dice), Rule::MovingPhantoms).unwrap();
    assert_eq!(
        (line.strategyproof, line.coalition.bound),
        (Proof::Proved, 0.0)
    );
    let boxes = cube(2, 3, &mut dice);
    let refused = measure(&boxes, Rule::MovingPhantoms).unwrap_err();
    assert!(
        matches!(refused, Refusal::Misfit("moving_phantoms", _)),
        "{refused}"
    );
    assert!(
        ALL.iter()
            .all(|rule| rule.misfit(&boxes).is_none() == (*rule != Rule::MovingPhantoms))
    );
}

/// What a report can move: twice the radius times the weight a step; and agreement is respected.
#[test]
fn clipping_is_moved_by_no_more_than_its_radius_allows() {
    let mut dice = Dice(2012);
    let mut most = 0.0_f64;
    for round in 0..300 {
        let (d, n) = (1 + round % 3, 2 + round % 5);
        let poll = cube(d, n, &mut dice);
        let outcome = Rule::CenteredClipping
            .outcome(&poll, poll.honest())
            .unwrap();
        // Five steps of a quarter of half of the diagonal each.
        let radius = 2.0 * (d as f64).sqrt() / 8.0;
        for i in 0..n {
            let lie: Vec<f64> = (0..d).map(|_| dice.within(1.0)).collect();
            let reports = with(poll.honest(), d, &[(i, lie)]);
            let reached = Rule::CenteredClipping.outcome(&poll, &reports).unwrap();
            let moved: f64 = outcome
                .iter()
                .zip(&reached)
                .map(|(a, b)| (a - b).powi(2))
                .sum();
            let share = moved.sqrt() / (10.0 * radius * poll.weights()[i]);
            most = most.max(share);
            assert!(share <= 1.0 + 1e-12, "{share}");
        }
    }
    assert!(most > 0.2, "{most}");
    let corner = vec![(0.3, vec![1.0, -1.0]); 4];
    let poll = poll(SpaceSpec::cube(2, -1.0, 1.0), &corner);
    let outcome = Rule::CenteredClipping
        .outcome(&poll, poll.honest())
        .unwrap();
    assert!(l1(&outcome, &[1.0, -1.0]) < 1e-15);
}

/// Nobody gains at what is told to be the end of a battle: 30,000 deviations, and the ends of everybody's set.
#[test]
fn battles_end_where_nobody_gains() {
    let mut dice = Dice(77);
    let rules = [
        Rule::TrimmedMean,
        Rule::LipschitzMean,
        Rule::CenteredClipping,
    ];
    let (mut moved, mut inside) = (0, 0);
    for round in 0..300 {
        let (d, n) = (1 + round % 2, 2 + round % 6);
        let poll = cube(d, n, &mut dice);
        for rule in rules {
            if rule == Rule::CenteredClipping && d > 1 {
                continue;
            }
            let told = measure(&poll, rule).unwrap();
            let Battle::Ends(end) = &told.battle else {
                panic!("{rule:?}");
            };
            assert!(end.exact && end.regret < 1e-13, "{rule:?} {end:?}");
            assert_eq!(end.receiver, rule.outcome(&poll, &end.reports).unwrap());
            moved += usize::from(told.distortion.unwrap() > 1e-3);
            inside += usize::from(end.reports.iter().any(|x| x.abs() < 1.0));
            for i in 0..n {
                for attempt in 0..12 {
                    let lie: Vec<f64> = (0..d)
                        .map(|_| match attempt {
                            0 => -1.0,
                            1 => 1.0,
                            _ => dice.within(1.0),
                        })
                        .collect();
                    let reached = rule
                        .outcome(&poll, &with(&end.reports, d, &[(i, lie)]))
                        .unwrap();
                    let gain = poll.loss(i, &end.receiver) - poll.loss(i, &reached);
                    assert!(gain < 1e-12, "{rule:?} {i} {gain}");
                }
            }
        }
    }
    assert!(moved > 200 && inside > 100, "{moved} {inside}");
}

/// Where the end is found by a search it says so, and its regret is what the search found.
#[test]
fn what_a_search_finds_is_not_called_proved() {
    let mut dice = Dice(21);
    let (mut ends, mut restless) = (0, 0);
    for _ in 0..6 {
        let poll = cube(2, 3, &mut dice);
        for rule in [Rule::GeometricMedian, Rule::Krum, Rule::CenteredClipping] {
            match measure(&poll, rule).unwrap().battle {
                Battle::Ends(end) => {
                    ends += 1;
                    assert!(!end.exact && end.regret < 1e-4, "{rule:?} {end:?}");
                }
                Battle::Restless => restless += 1,
                Battle::TooLarge => panic!("three voters"),
            }
        }
    }
    assert!(ends > 4, "{ends} {restless}");
    let people: Vec<_> = (0..1000)
        .map(|_| (1.0, vec![dice.within(1.0), dice.within(1.0)]))
        .collect();
    let many = poll(SpaceSpec::cube(2, -1.0, 1.0), &people);
    assert_eq!(
        measure(&many, Rule::GeometricMedian).unwrap().battle,
        Battle::TooLarge
    );
}

/// Joint lies: 40,000 to generalised medians on a line, none of which gains both anything.
#[test]
fn no_two_gain_on_a_line() {
    let mut dice = Dice(1980);
    let rules = [
        Rule::CoordinateMedian,
        Rule::GeneralizedMedian,
        Rule::GeometricMedian,
        Rule::RegularizedMedian,
    ];
    for _ in 0..100 {
        let poll = cube(1, 4, &mut dice);
        for rule in rules {
            let honest = match rule {
                Rule::RegularizedMedian => poll.game().targets(),
                _ => poll.honest(),
            };
            let outcome = rule.outcome(&poll, honest).unwrap();
            let tried = if rule == Rule::RegularizedMedian {
                10
            } else {
                130
            };
            for at in 0..tried {
                let (i, j) = (at % 4, (at % 4 + 1 + at / 4 % 3) % 4);
                let lies = [(i, vec![dice.within(1.0)]), (j, vec![dice.within(1.0)])];
                let reached = rule.outcome(&poll, &with(honest, 1, &lies)).unwrap();
                let gain = |i: usize| poll.loss(i, &outcome) - poll.loss(i, &reached);
                assert!(gain(i).min(gain(j)) < 1e-12, "{rule:?}");
            }
        }
        assert_eq!(
            measure(&poll, Rule::CoordinateMedian)
                .unwrap()
                .coalition
                .bound,
            0.0
        );
    }
}

/// The witness of a joint lie is what it is said to be, and in two dimensions there are some, to medians too.
#[test]
fn joint_lies_are_witnessed() {
    let mut dice = Dice(15);
    let mut found = Vec::new();
    for round in 0..30 {
        let poll = if round % 3 == 0 {
            budgets(3, 4, 1.0, &mut dice)
        } else {
            cube(2, 4, &mut dice)
        };
        let d = poll.dim();
        for rule in ALL {
            if rule.misfit(&poll).is_some() || rule == Rule::Clarke {
                continue;
            }
            let told = measure(&poll, rule).unwrap();
            let two = &told.coalition;
            assert!(two.found <= two.bound, "{rule:?}");
            let &[i, j] = two.members.as_slice() else {
                assert_eq!(two.found, 0.0);
                continue;
            };
            let honest = match rule {
                Rule::RegularizedMedian => poll.game().targets(),
                _ => poll.honest(),
            };
            let lies = [(i, two.reports[0].clone()), (j, two.reports[1].clone())];
            let reached = rule.outcome(&poll, &with(honest, d, &lies)).unwrap();
            for (at, i) in [i, j].into_iter().enumerate() {
                let gain = poll.loss(i, &told.outcome) - poll.loss(i, &reached);
                assert!(
                    (gain - two.gains[at]).abs() < 1e-9,
                    "{rule:?} {gain} {two:?}"
                );
                assert!(gain >= two.found - 1e-9);
            }
            found.push(rule);
        }
    }
    for rule in [
        Rule::WeightedMean,
        Rule::CoordinateMedian,
        Rule::RegularizedMedian,
    ] {
        assert!(found.contains(&rule), "{rule:?}");
    }
}

/// On the mean a joint lie is the projection of what both want: by hand.
#[test]
fn two_share_out_what_they_can_move() {
    let people = vec![(0.4, vec![0.5]), (0.4, vec![0.6]), (0.2, vec![-1.0])];
    let told = measure(
        &poll(SpaceSpec::cube(1, -1.0, 1.0), &people),
        Rule::WeightedMean,
    )
    .unwrap();
    // Honestly 0.24; both gain the same at 0.55 − ε, or as much as one of them loses: (0.26² − x²) = (0.36² − (x + 0.1)²) at x < 0.05.
    let two = &told.coalition;
    assert_eq!(two.members, [0, 1]);
    assert!(
        two.found > 0.26_f64.powi(2) - 0.05_f64.powi(2) - 1e-9,
        "{two:?}"
    );
}
