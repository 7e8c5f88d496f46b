//! What several annotators can do together, how well an audit's numbers are known, and audits in many dimensions.
#![allow(clippy::unwrap_used)]

mod uniform;

use big_game::spec::SpaceSpec;
use big_preference::audit::{AuditOptions, Reports, audit};
use big_preference::data::{Builder, Comparisons, Parts, Preference, Storage, Ties};
use big_preference::fit::Precision;
use big_preference::likelihood::Model;
use big_preference::receiver::AffineReceiver;
use big_preference::separation::Existence;
use uniform::Uniform;

/// Comparisons by people with these ideal points and numbers of rows, with β = 1.
fn table(d: usize, people: &[(Vec<f64>, usize)], seed: u64) -> Comparisons {
    let mut uniform = Uniform(seed);
    let names = (0..people.len()).map(|i| format!("p{i}")).collect();
    let mut builder = Builder::new(d, Storage::Double, Ties::Refuse)
        .unwrap()
        .named(names);
    let width = 3.0 / (d as f64).sqrt();
    for (i, (ideal, rows)) in people.iter().enumerate() {
        for r in 0..*rows {
            let [a, b] = [0, 1]
                .map(|_| -> Vec<f64> { (0..d).map(|_| width * (uniform.next() - 0.5)).collect() });
            let off =
                |x: &[f64]| -> f64 { x.iter().zip(ideal).map(|(x, t)| (x - t) * (x - t)).sum() };
            let label = match uniform.next() < 1.0 / (1.0 + (off(&a) - off(&b)).exp()) {
                true => Preference::A,
                false => Preference::B,
            };
            builder
                .push(&a, &b, label, 1.0, Some(i as u32), r as u64 + 1)
                .unwrap();
        }
    }
    builder.finish()
}

fn fixed(reports: Reports) -> AuditOptions {
    AuditOptions {
        precision: Precision::Fixed(1.0),
        reports,
        refits: 0,
        replicates: Some(0),
        ..AuditOptions::default()
    }
}

/// An annotator's score at the estimate.
fn score(data: &Comparisons, theta: &[f64]) -> Vec<f64> {
    let d = theta.len();
    let mut row = vec![0.0; d + 1];
    let mut out = vec![0.0; d];
    for r in 0..data.rows() {
        data.row(r, &mut row);
        let along: f64 = row.iter().zip(theta).map(|(x, t)| 2.0 * x * t).sum();
        let slope = 1.0 / (1.0 + (along + row[d]).exp());
        for k in 0..d {
            out[k] += 2.0 * slope * row[k];
        }
    }
    out
}

#[test]
fn coalitions_are_those_of_all_sets_and_all_corners() {
    for (d, seed) in [(1, 1), (1, 2), (2, 3), (2, 4), (2, 5)] {
        let people: Vec<(Vec<f64>, usize)> = (0..5)
            .map(|i| {
                let ideal = (0..d).map(|k| 0.4 * (3.0 * i as f64 + k as f64).sin());
                (ideal.collect(), 30 + 20 * i)
            })
            .collect();
        let data = table(d, &people, seed);
        let parts = data.split();
        let held = Parts::held(parts.clone()).unwrap();
        let space = SpaceSpec::Box {
            lower: vec![-1.0; d],
            upper: vec![1.5; d],
        };
        let found = audit(&data, &held, &fixed(Reports::Space(space))).unwrap();
        let theta = &found.position;
        let affine = AffineReceiver::implied(&held, Model::ideal_point(1.0), theta, 0.0).unwrap();
        let scores: Vec<Vec<f64>> = parts.iter().map(|part| score(part, theta)).collect();
        // H = Σ H_i from the scores' derivatives.
        let hessian = |v: &[f64]| -> Vec<f64> {
            let h = 1e-6;
            let at = |sign: f64| -> Vec<f64> {
                let moved: Vec<f64> = theta.iter().zip(v).map(|(t, v)| t + sign * h * v).collect();
                let mut sum = vec![0.0; d];
                for part in &parts {
                    for (s, x) in sum.iter_mut().zip(score(part, &moved)) {
                        *s += x;
                    }
                }
                sum
            };
            let (up, down) = (at(1.0), at(-1.0));
            up.iter()
                .zip(down)
                .map(|(u, d)| (d - u) / (2.0 * h))
                .collect()
        };
        let columns: Vec<Vec<f64>> = (0..d)
            .map(|k| {
                hessian(
                    &(0..d)
                        .map(|j| f64::from(u8::from(j == k)))
                        .collect::<Vec<_>>(),
                )
            })
            .collect();
        let solve = |s: &[f64]| -> Vec<f64> {
            if d == 1 {
                return vec![s[0] / columns[0][0]];
            }
            let det = columns[0][0] * columns[1][1] - columns[0][1] * columns[1][0];
            vec![
                (columns[1][1] * s[0] - columns[1][0] * s[1]) / det,
                (columns[0][0] * s[1] - columns[0][1] * s[0]) / det,
            ]
        };
        let corner = |bits: usize| -> Vec<f64> {
            (0..d)
                .map(|k| if bits >> k & 1 == 1 { 1.5 } else { -1.0 })
                .collect()
        };
        let moves = |i: usize, bits: usize| -> Vec<f64> {
            let x = corner(bits);
            let undone = solve(&scores[i]);
            (0..d)
                .map(|k| {
                    let w = &affine.weight(i)[k * d..(k + 1) * d];
                    let to: f64 = w
                        .iter()
                        .zip(&x)
                        .zip(theta)
                        .map(|((w, x), t)| w * (x - t))
                        .sum();
                    to - undone[k]
                })
                .collect()
        };
        assert_eq!(found.coalitions.len(), 2);
        let corners = 1 << d;
        for coalition in &found.coalitions {
            let size = coalition.members.len();
            let mut worst = (0.0, Vec::new());
            for set in (0_usize..32).filter(|set| set.count_ones() as usize == size) {
                let members: Vec<usize> = (0..5).filter(|i| set >> i & 1 == 1).collect();
                for choice in 0..usize::pow(corners, size as u32) {
                    let mut sum = vec![0.0; d];
                    for (place, &i) in members.iter().enumerate() {
                        let bits = choice / usize::pow(corners, place as u32) % corners;
                        for (s, m) in sum.iter_mut().zip(moves(i, bits)) {
                            *s += m;
                        }
                    }
                    let reach = sum.iter().map(|s| s * s).sum::<f64>().sqrt();
                    if reach > worst.0 {
                        worst = (reach, members.clone());
                    }
                }
            }
            assert!(coalition.reach <= worst.0 * (1.0 + 1e-5));
            assert!(
                coalition.reach >= worst.0 * (1.0 - 1e-5),
                "{} {}",
                coalition.reach,
                worst.0
            );
            let mut members = coalition.members.clone();
            members.sort_unstable();
            assert_eq!(members, worst.1);
            // The bound holds for the worst of all sets, and is the sum of the largest reaches.
            assert!(coalition.bound >= worst.0 * (1.0 - 1e-9));
            let sum: f64 = found.annotators[..size].iter().map(|a| a.reach).sum();
            assert!((coalition.bound - sum).abs() < 1e-9 * sum);
        }
        // In one dimension all pull the same way: the bound is attained but for what the others' labels pull.
        let three = &found.coalitions[1];
        assert!(three.reach > found.coalitions[0].reach && three.reach <= three.bound);
    }
}

#[test]
fn intervals_hold_what_many_more_comparisons_show() {
    let ideals = [-0.6, 0.1, 0.3, 0.9];
    let people = |times: usize| -> Vec<(Vec<f64>, usize)> {
        ideals
            .iter()
            .zip([60, 100, 160, 120])
            .map(|(t, rows)| (vec![*t, 0.5 * t], rows * times))
            .collect()
    };
    let reports = Reports::Space(SpaceSpec::Ball {
        center: vec![0.2, 0.1],
        radius: 1.5,
    });
    let measured = |times: usize, seed: u64, replicates: usize| {
        let data = table(2, &people(times), seed);
        let parts = Parts::held(data.split()).unwrap();
        let options = AuditOptions {
            replicates: Some(replicates),
            seed,
            ..fixed(reports.clone())
        };
        let mut found = audit(&data, &parts, &options).unwrap();
        found.annotators.sort_by_key(|a| a.index);
        found
    };
    let truth = measured(300, 1, 0);
    assert!(truth.annotators[0].intervals.is_none() && truth.manipulability_interval.is_none());
    let (mut held, mut all) = ([0, 0], 0);
    let studies = 40;
    for seed in 0..studies {
        let found = measured(1, 10 + seed, 60);
        let most = found.manipulability_interval.unwrap();
        assert!(most.lower <= found.manipulability && found.manipulability <= most.upper);
        for (a, truth) in found.annotators.iter().zip(&truth.annotators) {
            let intervals = a.intervals.unwrap();
            assert!(intervals.influence.lower > 0.0 && intervals.influence.upper < 1.0);
            assert!(intervals.manipulability.upper <= 1.0);
            let inside = |i: big_preference::audit::Interval, v: f64| i.lower <= v && v <= i.upper;
            assert!(inside(intervals.reach, a.reach));
            held[0] += usize::from(inside(intervals.influence, truth.influence));
            held[1] += usize::from(inside(intervals.manipulability, truth.manipulability));
            all += 1;
        }
    }
    // 95 % of 160 is 152, with a deviation of 2.8 if all were independent.
    assert!(
        held.iter().all(|h| *h >= all * 86 / 100),
        "{held:?} of {all}"
    );
    // The same seed gives the same intervals.
    assert_eq!(
        measured(1, 10, 20).annotators[0].intervals,
        measured(1, 10, 20).annotators[0].intervals
    );
}

#[test]
fn somebody_alone_has_everything_for_certain() {
    let data = table(2, &[(vec![0.3, 0.1], 200)], 5);
    let parts = Parts::held(data.split()).unwrap();
    let found = audit(&data, &parts, &fixed(Reports::Within(1.0))).unwrap();
    assert!(found.coalitions.is_empty());
    let options = AuditOptions {
        replicates: None,
        ..fixed(Reports::Within(1.0))
    };
    let found = audit(&data, &parts, &options).unwrap();
    assert_eq!(found.replicates, 200);
    let intervals = found.annotators[0].intervals.unwrap();
    assert!(intervals.influence.lower > 1.0 - 1e-6 && intervals.manipulability.lower > 1.0 - 1e-6);
    assert!(found.annotators[0].pull.is_none());
}

#[test]
fn more_coordinates_than_a_hierarchy_has_are_audited_without_one() {
    // With 70 rows each in 1030 coordinates nobody has an estimate of their own, nor all together without a ridge.
    let d = 1030;
    let people: Vec<(Vec<f64>, usize)> = (0..6)
        .map(|i| {
            (
                (0..d).map(|k| 0.2 * (i as f64 + k as f64).sin()).collect(),
                70,
            )
        })
        .collect();
    let data = table(d, &people, 8);
    let held = Parts::held(data.split()).unwrap();
    let ridge = 2.0;
    let options = AuditOptions {
        ridge,
        ..fixed(Reports::Within(1.0))
    };
    assert!(audit(&data, &held, &fixed(Reports::Within(1.0))).is_err());
    let found = audit(&data, &held, &options).unwrap();
    assert!(found.hierarchy.is_none());
    let theta = &found.position;
    let affine = AffineReceiver::implied(&held, Model::ideal_point(1.0), theta, ridge).unwrap();
    for row in &found.annotators {
        assert!(
            matches!(&row.own, Err(Existence::RankDeficient { missing, .. }) if *missing == d - 70)
        );
        assert!(row.pooled.is_none() && row.extremeness.is_none());
        assert!((row.influence - affine.share(row.index)).abs() < 1e-9);
        assert!(row.pull.unwrap() > 0.0 && row.reach > 0.0 && row.manipulability <= 1.0);
    }
    let most = &found.coalitions[1];
    assert!(most.reach <= most.bound && most.reach > found.annotators[0].reach);
}

/// Who joins may leave the labels alone: more members never reach less, and a coalition never less than one of its own.
#[test]
fn more_members_never_reach_less() {
    let (mut alone, mut together) = (0, 0);
    for seed in 0..60 {
        let d = 1 + (seed % 3) as usize;
        let people: Vec<(Vec<f64>, usize)> = (0..2 + seed as usize % 4)
            .map(|i| (vec![0.3 * i as f64; d], 12 + 20 * i))
            .collect();
        let all = table(d, &people, seed);
        let parts = Parts::held(all.split()).unwrap();
        // Some of these small tables are separable.
        let Ok(found) = audit(&all, &parts, &fixed(Reports::Within(0.2))) else {
            continue;
        };
        let mut before = found.annotators.iter().fold(0.0_f64, |m, a| m.max(a.reach));
        alone += usize::from(found.coalitions.is_empty());
        for (coalition, size) in found.coalitions.iter().zip(2..) {
            assert_eq!(coalition.members.len(), size, "{seed}");
            assert!(
                coalition.reach >= before * (1.0 - 1e-6),
                "{seed}: {before} {coalition:?}"
            );
            before = coalition.reach;
            together += 1;
        }
    }
    // Both kinds occur.
    assert!(alone > 0 && together > 20, "{alone} {together}");
}
