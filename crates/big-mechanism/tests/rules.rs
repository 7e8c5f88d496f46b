//! Rules against definitions of their own, theorems against millions of lies, and measures against known values.

#![allow(clippy::unwrap_used)]

use big_game::spec::SpaceSpec;
use big_game::{Game, SolveOptions, solve};
use big_mechanism::payment::{clarke, clarke_by_matrices};
use big_mechanism::{ALL, Battle, Poll, Proof, Rule, measure, weighted_median};
use proptest::prelude::*;

fn poll(d: usize, people: &[(f64, Vec<f64>)]) -> Poll {
    let mut builder = Game::builder().space(SpaceSpec::cube(d, -1.0, 1.0));
    for (w, t) in people {
        builder = builder.influencer(*w, t.clone());
    }
    Poll::of(&builder.build().unwrap()).unwrap()
}

fn people(d: usize) -> impl Strategy<Value = Vec<(f64, Vec<f64>)>> {
    let number = prop_oneof![(-6..=6i32).prop_map(|v| f64::from(v) / 4.0), -1.5..1.5f64];
    let weight = prop_oneof![Just(1.0), 0.1..3.0f64];
    prop::collection::vec((weight, prop::collection::vec(number, d)), 2..9)
}

/// A generator of lies that costs nothing.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        2.0 * ((self.0 >> 11) as f64 / (1_u64 << 53) as f64) - 1.0
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn medians_are_medians(people in people(1)) {
        let mut votes: Vec<(f64, f64)> = people.iter().map(|(w, t)| (t[0], *w)).collect();
        let mut sorted = votes.clone();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let half = 0.5 * sorted.iter().map(|v| v.1).sum::<f64>();
        let mut below = 0.0;
        let expected = sorted.iter().find(|v| { below += v.1; below >= half - 1e-12 }).unwrap().0;
        let found = weighted_median(&mut votes);
        let at = |z: f64| people.iter().map(|(w, t)| w * (t[0] - z).abs()).sum::<f64>();
        prop_assert!(found == expected || (at(found) - at(expected)).abs() < 1e-9);
        prop_assert!(people.iter().all(|(_, t)| at(found) <= at(t[0]) + 1e-9));
    }

    #[test]
    fn equal_voters_have_evenly_spread_phantoms(people in people(2)) {
        let people: Vec<_> = people.into_iter().map(|(_, t)| (1.0, t)).collect();
        let poll = poll(2, &people);
        let n = people.len();
        let outcome = Rule::GeneralizedMedian.outcome(&poll, poll.honest()).unwrap();
        for k in 0..2 {
            let mut all: Vec<f64> = (0..n).map(|i| poll.honest()[2 * i + k]).collect();
            all.extend((1..n).map(|j| -1.0 + 2.0 * j as f64 / n as f64));
            all.sort_by(f64::total_cmp);
            prop_assert!((outcome[k] - all[n - 1]).abs() < 1e-14, "{:?} {all:?}", outcome[k]);
        }
    }

    #[test]
    fn no_vote_beats_the_geometric_median(people in people(2)) {
        let poll = poll(2, &people);
        let outcome = Rule::GeometricMedian.outcome(&poll, poll.honest()).unwrap();
        let far = |z: &[f64]| -> f64 {
            (0..people.len()).map(|i| {
                let x = &poll.honest()[2 * i..2 * i + 2];
                poll.weights()[i] * ((x[0] - z[0]).powi(2) + (x[1] - z[1]).powi(2)).sqrt()
            }).sum()
        };
        let here = far(&outcome);
        for k in 0..16 {
            for step in [1e-1, 1e-3, 1e-5] {
                let angle = f64::from(k) * 0.4;
                let z = [outcome[0] + step * angle.cos(), outcome[1] + step * angle.sin()];
                prop_assert!(far(&z) >= here - 1e-12, "{outcome:?}");
            }
        }
    }

    #[test]
    fn the_battle_that_is_played_is_the_battle(people in people(2)) {
        let poll = poll(2, &people);
        let outcome = Rule::RegularizedMedian.outcome(&poll, poll.game().targets()).unwrap();
        let found = solve(poll.game(), &SolveOptions::default()).unwrap();
        prop_assert_eq!(outcome, found.receiver);
    }

    #[test]
    fn clarke_payments_make_the_truth_best(people in people(2), lies in prop::collection::vec(-1.5..1.5f64, 2)) {
        let poll = poll(2, &people);
        let reports = poll.honest().to_vec();
        let bears = |i: usize, reports: &[f64]| {
            let outcome = Rule::Clarke.outcome(&poll, reports).unwrap();
            poll.loss(i, &outcome) + clarke(reports, poll.weights(), 2)[i]
        };
        for i in 0..people.len() {
            let mut other = reports.clone();
            let lie: Vec<f64> = lies.iter().map(|v| v.clamp(-1.0, 1.0)).collect();
            other[2 * i..2 * i + 2].copy_from_slice(&lie);
            prop_assert!(bears(i, &reports) <= bears(i, &other) + 1e-12);
        }
        prop_assert!(clarke(&reports, poll.weights(), 2).iter().all(|p| *p >= 0.0));
    }

    #[test]
    fn payments_by_matrices_make_the_truth_best(
        entries in prop::collection::vec(prop::collection::vec(-1.0..1.0f64, 4), 3),
        targets in prop::collection::vec(-1.0..1.0f64, 6),
        lie in prop::collection::vec(-2.0..2.0f64, 2),
    ) {
        // H = A Aᵀ + 0.1 I.
        let h: Vec<Vec<f64>> = entries.iter().map(|a| vec![
            a[0] * a[0] + a[1] * a[1] + 0.1, a[0] * a[2] + a[1] * a[3],
            a[0] * a[2] + a[1] * a[3], a[2] * a[2] + a[3] * a[3] + 0.1,
        ]).collect();
        let outcome = |reports: &[f64]| -> Vec<f64> {
            let (mut m, mut g) = ([0.0; 4], [0.0; 2]);
            for i in 0..3 {
                for k in 0..2 { for l in 0..2 {
                    m[2 * k + l] += h[i][2 * k + l];
                    g[k] += h[i][2 * k + l] * reports[2 * i + l];
                } }
            }
            let det = m[0] * m[3] - m[1] * m[2];
            vec![(m[3] * g[0] - m[1] * g[1]) / det, (m[0] * g[1] - m[2] * g[0]) / det]
        };
        let bears = |i: usize, reports: &[f64]| -> f64 {
            let r = outcome(reports);
            let v = [r[0] - targets[2 * i], r[1] - targets[2 * i + 1]];
            let own: f64 = (0..4).map(|e| v[e / 2] * h[i][e] * v[e % 2]).sum();
            own + clarke_by_matrices(reports, &h, 2).unwrap()[i]
        };
        for i in 0..3 {
            let mut other = targets.clone();
            other[2 * i..2 * i + 2].copy_from_slice(&lie);
            prop_assert!(bears(i, &targets) <= bears(i, &other) + 1e-9);
        }
        // Scalar matrices are the scalar rule, with losses measured in w_i.
        let plain: Vec<Vec<f64>> = [0.2, 0.3, 0.5].iter().map(|w| vec![*w, 0.0, 0.0, *w]).collect();
        let (a, b) = (clarke_by_matrices(&targets, &plain, 2).unwrap(), clarke(&targets, &[0.2, 0.3, 0.5], 2));
        prop_assert!(a.iter().zip(&b).zip([0.2, 0.3, 0.5]).all(|((a, b), w)| (a - w * b).abs() < 1e-12));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn what_is_measured_is_bracketed(people in people(2)) {
        let poll = poll(2, &people);
        for rule in ALL.into_iter().filter(|rule| rule.misfit(&poll).is_none()) {
            let told = measure(&poll, rule).unwrap();
            prop_assert!(told.gain.found <= told.gain.bound, "{rule:?}");
            if let (Some(i), Some(lie)) = (told.gain.voter, &told.gain.report) {
                let mut reports = if rule.asks_for_targets() { poll.game().targets().to_vec() } else { poll.honest().to_vec() };
                let before = poll.loss(i, &rule.outcome(&poll, &reports).unwrap());
                reports[2 * i..2 * i + 2].copy_from_slice(lie);
                let after = poll.loss(i, &rule.outcome(&poll, &reports).unwrap());
                prop_assert!((before - after - told.gain.found).abs() < 1e-9, "{rule:?}");
                prop_assert!(told.strategyproof == Proof::No);
            }
        }
    }
}

/// Lies on box games: nobody gains under a rule that is proved to make the truth best.
#[test]
fn no_lie_of_many_gains() {
    let mut draws = Draws(11);
    let proved = [
        Rule::CoordinateMedian,
        Rule::GeneralizedMedian,
        Rule::RegularizedMedian,
    ];
    let mut tried = 0;
    for game in 0..200 {
        let (n, d) = (2 + game % 6, 1 + game % 3);
        let people: Vec<(f64, Vec<f64>)> = (0..n)
            .map(|_| {
                (
                    0.05 + draws.next().abs(),
                    (0..d).map(|_| 1.4 * draws.next()).collect(),
                )
            })
            .collect();
        let poll = poll(d, &people);
        for rule in proved {
            let honest = if rule.asks_for_targets() {
                poll.game().targets().to_vec()
            } else {
                poll.honest().to_vec()
            };
            let outcome = rule.outcome(&poll, &honest).unwrap();
            let lies = if rule.asks_for_targets() { 10 } else { 200 };
            for _ in 0..lies {
                let i = tried % n;
                let mut reports = honest.clone();
                for k in 0..d {
                    reports[i * d + k] = draws.next();
                }
                let after = rule.outcome(&poll, &reports).unwrap();
                let gain = poll.loss(i, &outcome) - poll.loss(i, &after);
                assert!(gain <= 1e-12, "{rule:?} {gain}");
                tried += 1;
            }
        }
    }
    assert!(tried > 80_000);
}

#[test]
fn leaving_moves_the_lipschitz_mean_by_no_more_than_its_constant() {
    let mut draws = Draws(5);
    for _ in 0..200 {
        let people: Vec<(f64, Vec<f64>)> = (0..6)
            .map(|_| (0.05 + draws.next().abs(), vec![draws.next()]))
            .collect();
        let poll = poll(1, &people);
        let told = measure(&poll, Rule::LipschitzMean).unwrap();
        // L = 4 for a half range of 1, for weights that sum to 1; weights are shared out anew when somebody leaves.
        let largest = poll.weights().iter().fold(0.0_f64, |m, w| m.max(*w));
        assert!(
            told.resilience.unwrap() <= 8.0 / (1.0 - largest),
            "{told:?}"
        );
    }
}

#[test]
fn efficiencies_are_the_known_ones() {
    for (d, n, rule, expected) in [
        (1, 201, Rule::CoordinateMedian, 2.0 / std::f64::consts::PI),
        (2, 201, Rule::CoordinateMedian, 2.0 / std::f64::consts::PI),
        (2, 201, Rule::GeometricMedian, std::f64::consts::FRAC_PI_4),
        (
            3,
            201,
            Rule::GeometricMedian,
            8.0 / (3.0 * std::f64::consts::PI),
        ),
    ] {
        let people: Vec<_> = (0..n).map(|_| (1.0, vec![0.1; d])).collect();
        let told = measure(&poll(d, &people), rule).unwrap();
        assert!(
            (told.efficiency - expected).abs() < 0.08,
            "{rule:?} {d}: {}",
            told.efficiency
        );
    }
}

#[test]
fn the_mean_is_the_battle_of_the_paper() {
    // Example 1: 0.25² − 0.15² by pretending to be at −1, and the battle ends at −0.3.
    let poll = poll(1, &[(0.5, vec![-0.8]), (0.5, vec![-0.3])]);
    let told = measure(&poll, Rule::WeightedMean).unwrap();
    assert!((told.gain.found - 0.0625).abs() < 1e-15);
    let Battle::Ends(end) = &told.battle else {
        panic!("{told:?}");
    };
    assert!(end.exact && end.receiver == [-0.3] && end.regret < 1e-15);
    assert!((told.distortion.unwrap() - 0.25).abs() < 1e-15);
    assert_eq!((told.efficiency, told.breakdown), (1.0, 0.0));
    // Removing either leaves the other's report: 0.25 away, for half of the weight.
    assert!((told.resilience.unwrap() - 0.5).abs() < 1e-15);
    let paid = measure(&poll, Rule::Clarke).unwrap();
    assert_eq!(paid.strategyproof, Proof::Proved);
    assert!((paid.payments[0] - 0.0625).abs() < 1e-15);
}

/// Alone one gets what one says: no lie gains, whatever one may say.
#[test]
fn a_mean_of_one_is_its_own() {
    for (space, target) in [
        (SpaceSpec::cube(2, -1.0, 1.0), [0.5, 3.0]),
        (SpaceSpec::ball(2, 0.5), [2.0, -1.0]),
        (SpaceSpec::Simplex { dim: 2, scale: 1.0 }, [-1.25, 1.5]),
    ] {
        let game = Game::builder().space(space).influencer(0.5, target);
        let poll = Poll::of(&game.build().unwrap()).unwrap();
        for rule in [Rule::WeightedMean, Rule::TrimmedMean] {
            let told = measure(&poll, rule).unwrap();
            assert_eq!(told.strategyproof, Proof::Proved);
            assert_eq!(told.outcome, poll.honest());
            assert_eq!((told.gain.found, told.gain.bound), (0.0, 0.0));
        }
    }
}

#[test]
fn what_no_rule_can_weigh_is_refused() {
    let build = |weight: f64| {
        let builder = Game::builder().space(SpaceSpec::cube(1, -1.0, 1.0));
        builder.influencer(weight, [0.1]).build().unwrap()
    };
    assert!(Poll::of(&build(-1.0)).is_err());
    assert!(Poll::of(&build(0.0)).is_err());
    let priced = build(1.0).with_lying_costs(vec![1.0], None).unwrap();
    assert!(Poll::of(&priced).is_err());
}

/// Weights that make half of the whole in many ways, none of them exact doubles.
#[test]
fn a_tie_at_half_of_the_weight_is_decided_alike_whatever_is_said() {
    let weights = [0.1, 0.2, 0.3, 0.7, 0.1, 0.4, 0.6, 0.2];
    let truth = [0.5, -0.25, 0.75, -1.0, 0.0, 1.0, -0.5, 0.25];
    let outcome = |reports: &[f64]| {
        let mut votes: Vec<(f64, f64)> = reports.iter().copied().zip(weights).collect();
        big_mechanism::weighted_median(&mut votes)
    };
    let honest = outcome(&truth);
    for i in 0..truth.len() {
        for lie in -20..=20 {
            let mut reports = truth;
            reports[i] = f64::from(lie) / 8.0;
            let reached = outcome(&reports);
            assert!(
                (reached - truth[i]).abs() >= (honest - truth[i]).abs(),
                "{i} {lie}: {honest} {reached}"
            );
            // Nor does the order of votes matter.
            let mut votes: Vec<(f64, f64)> = reports.iter().copied().zip(weights).collect();
            for _ in 0..votes.len() {
                votes.rotate_left(1);
                assert_eq!(big_mechanism::weighted_median(&mut votes.clone()), reached);
            }
        }
    }
}
