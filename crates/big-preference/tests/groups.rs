//! What several annotators can do together, how well an audit's numbers are known, and audits in many dimensions.
#![allow(clippy::unwrap_used)]

mod uniform;

use big_game::spec::SpaceSpec;
use big_preference::audit::{AuditOptions, Group, Reports, audit};
use big_preference::data::{Builder, Comparisons, Parts, Preference, Storage, Ties};
use big_preference::fit::{FitOptions, Precision, fit};
use big_preference::likelihood::Model;
use big_preference::receiver::AffineReceiver;
use big_preference::separation::Existence;
use uniform::Uniform;

/// A comparison: the two responses, the label, and whose it is.
type Row = ([Vec<f64>; 2], Preference, usize);

/// Comparisons by people with these ideal points and numbers of rows, with β = 1.
fn rows(d: usize, people: &[(Vec<f64>, usize)], seed: u64) -> Vec<Row> {
    let mut uniform = Uniform(seed);
    let width = 3.0 / (d as f64).sqrt();
    let mut out = Vec::new();
    for (i, (ideal, rows)) in people.iter().enumerate() {
        for _ in 0..*rows {
            let [a, b] = [0, 1]
                .map(|_| -> Vec<f64> { (0..d).map(|_| width * (uniform.next() - 0.5)).collect() });
            let label = match uniform.next() < chance(&a, &b, ideal) {
                true => Preference::A,
                false => Preference::B,
            };
            out.push(([a, b], label, i));
        }
    }
    out
}

/// How likely somebody prefers `a`.
fn chance(a: &[f64], b: &[f64], ideal: &[f64]) -> f64 {
    let off = |x: &[f64]| -> f64 { x.iter().zip(ideal).map(|(x, t)| (x - t) * (x - t)).sum() };
    1.0 / (1.0 + (off(a) - off(b)).exp())
}

fn built(d: usize, people: usize, rows: &[Row]) -> Comparisons {
    let names = (0..people).map(|i| format!("p{i}")).collect();
    let mut builder = Builder::new(d, Storage::Double, Ties::Refuse)
        .unwrap()
        .named(names);
    for (r, ([a, b], label, who)) in (1..).zip(rows) {
        let who = Some(*who as u32);
        builder.push(a, b, *label, 1.0, who, r).unwrap();
    }
    builder.finish()
}

fn table(d: usize, people: &[(Vec<f64>, usize)], seed: u64) -> Comparisons {
    built(d, people.len(), &rows(d, people, seed))
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

/// What a group reaches is what a fit says in which all of its members' labels are told anew: by one choice of corners, and a good part of the
/// farthest of all of them; and where reports are near, about the first order.
#[test]
fn groups_reach_what_fits_of_other_labels_reach() {
    for (d, seed) in [(1, 1), (1, 2), (2, 3), (2, 4)] {
        let people: Vec<(Vec<f64>, usize)> = (0..6)
            .map(|i| {
                let ideal = (0..d).map(|k| 0.4 * (3.0 * i as f64 + k as f64).sin());
                (ideal.collect(), 300 + 50 * i)
            })
            .collect();
        let drawn = rows(d, &people, seed);
        let data = built(d, people.len(), &drawn);
        let parts = Parts::held(data.split()).unwrap();
        let group = |name: &str, members: &[usize]| Group {
            name: name.into(),
            members: members.to_vec(),
        };
        let options = AuditOptions {
            refits: 6,
            groups: vec![
                group("one", &[4]),
                group("pair", &[1, 5]),
                group("three", &[0, 2, 3]),
            ],
            ..fixed(Reports::Space(SpaceSpec::Box {
                lower: vec![-1.0; d],
                upper: vec![1.5; d],
            }))
        };
        let found = audit(&data, &parts, &options).unwrap();
        assert_eq!(found.groups.len(), 3);
        assert!(found.groups.is_sorted_by(|a, b| a.reach >= b.reach));
        let all = fit(&data, &FitOptions::default()).unwrap().theta;
        let corners = 1_usize << d;
        for g in &found.groups {
            let members = &g.group.members;
            // Every corner, or the labels as they are.
            let distances: Vec<f64> = (0..(corners + 1).pow(members.len() as u32))
                .map(|choice| {
                    let of =
                        |place: usize| choice / (corners + 1).pow(place as u32) % (corners + 1);
                    let told: Vec<Row> = drawn
                        .iter()
                        .map(|([a, b], label, who)| {
                            let place = members.iter().position(|m| m == who);
                            let label = match place.map(of).filter(|bits| *bits < corners) {
                                None => *label,
                                Some(bits) => {
                                    let x: Vec<f64> = (0..d)
                                        .map(|k| if bits >> k & 1 == 1 { 1.5 } else { -1.0 })
                                        .collect();
                                    Preference::Share(chance(a, b, &x))
                                }
                            };
                            ([a.clone(), b.clone()], label, *who)
                        })
                        .collect();
                    let told = built(d, people.len(), &told);
                    let theta = fit(&told, &FitOptions::default()).unwrap().theta;
                    let moved = theta.iter().zip(&all).map(|(t, a)| (t - a) * (t - a));
                    moved.sum::<f64>().sqrt()
                })
                .collect();
            let refit = g.refit_reach.unwrap();
            assert!(
                distances.iter().any(|far| (far - refit).abs() < 1e-6),
                "{} {refit} {distances:?}",
                g.group.name
            );
            let most = distances.iter().fold(0.0, |m: f64, v| m.max(*v));
            // What is worst to first order need not be the worst of all.
            assert!(refit > 0.5 * most, "{refit} {most}");
            assert!(g.reach <= g.bound);
        }
        // Reports that are near tell the first order alone.
        let near = AuditOptions {
            reports: Reports::Within(0.05),
            ..options.clone()
        };
        for g in audit(&data, &parts, &near).unwrap().groups {
            let refit = g.refit_reach.unwrap();
            assert!((g.reach / refit - 1.0).abs() < 0.1, "{} {refit}", g.reach);
        }
        // One alone is what the audit says of it.
        let one = found.groups.iter().find(|g| g.group.name == "one").unwrap();
        let alone = found.annotators.iter().find(|a| a.index == 4).unwrap();
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-9 * b.abs().max(1e-9), "{a} {b}");
        near(one.reach, alone.reach);
        near(one.bound, alone.reach);
        near(one.influence, alone.influence);
        near(one.share, alone.share);
        near(one.manipulability, alone.manipulability);
        near(one.pull.unwrap(), alone.pull.unwrap());
        near(one.refit_reach.unwrap(), alone.refit_reach.unwrap());
        assert_eq!(
            one.center.as_ref().unwrap(),
            &alone.pooled.as_ref().unwrap().point
        );
        // Influences of all groups add up to everything.
        near(found.groups.iter().map(|g| g.influence).sum(), 1.0);
        // Who is in two groups is refused.
        let twice = AuditOptions {
            groups: vec![group("a", &[0, 1]), group("b", &[1])],
            ..options.clone()
        };
        assert!(audit(&data, &parts, &twice).is_err());
    }
}

/// The pull of a group is what a Newton step without its rows moves; all together have the whole range, and nobody knows where the
/// estimate would be without them.
#[test]
fn a_group_of_all_has_everything() {
    let people = [0.2, -0.3, 0.5].map(|t| (vec![t, 0.4 * t], 200));
    let data = table(2, &people, 9);
    let parts = Parts::held(data.split()).unwrap();
    let options = AuditOptions {
        groups: vec![Group {
            name: "all".into(),
            members: vec![0, 1, 2],
        }],
        ..fixed(Reports::Within(1.0))
    };
    let found = audit(&data, &parts, &options).unwrap();
    let all = &found.groups[0];
    assert!((all.manipulability - 1.0).abs() < 1e-9 && (all.influence - 1.0).abs() < 1e-9);
    assert_eq!((all.pull, all.rows, all.refit_reach), (None, 600, None));
    // Everybody at one point of the sphere gets as far as that, since the scores add up to nothing; others may get a little farther,
    // since nobody's part of the information is a multiple of the whole.
    assert!((1.0 - 1e-6..1.1).contains(&all.reach), "{}", all.reach);
}

/// Two crowds far apart are the two clusters, and what they can do is what the same groups can that somebody names.
#[test]
fn clusters_are_the_crowds() {
    let people: Vec<(Vec<f64>, usize)> = (0..12)
        .map(|i| {
            let side = if i % 3 == 0 { 1.2 } else { -0.6 };
            (vec![side, 0.1 * (i as f64).cos()], 150)
        })
        .collect();
    let data = table(2, &people, 11);
    let parts = Parts::held(data.split()).unwrap();
    let options = AuditOptions {
        clusters: 2,
        ..fixed(Reports::Held)
    };
    let found = audit(&data, &parts, &options).unwrap();
    let mut clusters = found.clusters.clone();
    clusters.sort_by(|a, b| a.group.name.cmp(&b.group.name));
    let members = |k: usize| clusters[k].group.members.clone();
    assert_eq!(members(1), [0, 3, 6, 9]);
    assert_eq!(members(0), [1, 2, 4, 5, 7, 8, 10, 11]);
    let named = AuditOptions {
        groups: clusters.iter().map(|c| c.group.clone()).collect(),
        ..fixed(Reports::Held)
    };
    assert_eq!(audit(&data, &parts, &named).unwrap().groups, found.clusters);
    // As many clusters as there are people, and more.
    for wanted in [12, 40] {
        let options = AuditOptions {
            clusters: wanted,
            ..options.clone()
        };
        assert_eq!(audit(&data, &parts, &options).unwrap().clusters.len(), 12);
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
