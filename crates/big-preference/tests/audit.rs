//! Model checks, per-annotator and pooled estimates, and the audit, on data whose truth is known.
#![allow(clippy::unwrap_used)]

use big_game::spec::SpaceSpec;
use big_game::{SolveOptions, solve};
use big_preference::annotators::fit_each;
use big_preference::audit::{AuditOptions, Kept, Reports, audit};
use big_preference::data::{Builder, Comparisons, Parts, Preference, Storage, Ties};
use big_preference::fit::{FitOptions, Precision, fit};
use big_preference::hierarchy::{Family, pool};
use big_preference::likelihood::Model;
use big_preference::model_check::{Supported, check_model};
use big_preference::receiver::AffineReceiver;
use big_preference::simulate::{Labeller, Pairs, Responses, Simulation, SimulationSpec};

fn simulation(ideals: Vec<(Vec<f64>, usize)>, precision: f64, seed: u64) -> Simulation {
    SimulationSpec {
        dim: ideals[0].0.len(),
        labellers: ideals
            .into_iter()
            .enumerate()
            .map(|(i, (ideal, pairs))| Labeller {
                name: format!("annotator {}", i + 1),
                pairs,
                ideal,
            })
            .collect(),
        responses: Responses::Normal {
            mean: 0.0,
            deviation: 1.0,
        },
        precision,
        seed,
    }
    .check()
    .unwrap()
}

/// One table with annotators, labelled as `flip` makes of each preference.
fn table(simulation: &Simulation, storage: Storage) -> Comparisons {
    let spec = simulation.spec();
    let names = spec.labellers.iter().map(|l| l.name.clone()).collect();
    let mut builder = Builder::new(spec.dim, storage, Ties::Refuse)
        .unwrap()
        .named(names);
    let drawn = simulation.draw();
    let mut pairs = Pairs::default();
    for (i, labelled) in drawn.iter().enumerate() {
        for (r, label) in labelled.labels().iter().enumerate() {
            let at = r % 512;
            if at == 0 {
                simulation.pairs(i, r / 512, &mut pairs);
            }
            let span = at * spec.dim..(at + 1) * spec.dim;
            let preference = if *label { Preference::A } else { Preference::B };
            builder
                .push(
                    &pairs.a[span.clone()],
                    &pairs.b[span],
                    preference,
                    1.0,
                    Some(i as u32),
                    r as u64,
                )
                .unwrap();
        }
    }
    builder.finish()
}

#[test]
fn the_supported_model_is_the_one_that_made_the_data() {
    let ideal = table(
        &simulation(vec![(vec![0.3, -0.4], 3000)], 0.4, 1),
        Storage::Double,
    );
    let check = check_model(&ideal).unwrap();
    assert_eq!(check.supported, Supported::IdealPoint);
    assert!((check.free.precision - 0.4).abs() < 4.0 * check.free.precision_error.unwrap());
    assert!(check.rejects_unit_precision());
    assert!(check.verdict().contains("A precision of 1 is rejected"));
    assert!(check.coin_log_likelihood < check.vector_log_likelihood);

    let unit = table(
        &simulation(vec![(vec![0.3, -0.4], 3000)], 1.0, 2),
        Storage::Double,
    );
    assert!(!check_model(&unit).unwrap().rejects_unit_precision());

    // An ideal point far away with a small precision is a direction.
    let far = simulation(vec![(vec![600.0, 300.0], 2000)], 1e-3, 3);
    let check = check_model(&table(&far, Storage::Double)).unwrap();
    assert_eq!(check.supported, Supported::Vector);
    assert!((check.vector[0] - 0.6).abs() < 0.15 && (check.vector[1] - 0.3).abs() < 0.15);

    // Turn every label of ideal-point data around: the point is fled from.
    let data = simulation(vec![(vec![0.2, 0.1], 2000)], 0.5, 4);
    let mut builder = Builder::new(2, Storage::Double, Ties::Refuse).unwrap();
    let drawn = &data.draw()[0];
    let mut pairs = Pairs::default();
    for (r, label) in drawn.labels().iter().enumerate() {
        let at = r % 512;
        if at == 0 {
            data.pairs(0, r / 512, &mut pairs);
        }
        let turned = if *label { Preference::B } else { Preference::A };
        let span = 2 * at..2 * at + 2;
        builder
            .push(&pairs.a[span.clone()], &pairs.b[span], turned, 1.0, None, 1)
            .unwrap();
    }
    let check = check_model(&builder.finish()).unwrap();
    assert_eq!(check.supported, Supported::AntiIdeal);
    assert!(
        (check.free.theta[0] - 0.2).abs() < 0.15,
        "{:?}",
        check.free.theta
    );
    assert!(check.verdict().contains("negative"));
}

#[test]
fn plain_estimates_where_they_exist_and_pooled_ones_for_all() {
    // Ten annotators with 300 labels, thirty with 4, scattered by 0.3 around (0.5, 0).
    let scatter = |i: usize, k: usize| 0.3 * ((i * 7 + k * 3) as f64 * 0.77).sin() * 1.414;
    let ideals: Vec<(Vec<f64>, usize)> = (0..40)
        .map(|i| {
            let point = vec![0.5 + scatter(i, 0), scatter(i, 1)];
            (point, if i < 10 { 300 } else { 4 })
        })
        .collect();
    let data = table(&simulation(ideals.clone(), 1.0, 5), Storage::Double);
    let parts = data.split();
    assert_eq!(
        parts.iter().map(Comparisons::rows).sum::<usize>(),
        data.rows()
    );
    let model = Model::ideal_point(1.0);
    let held = Parts::held(parts.clone()).unwrap();
    let own = fit_each(&held, model).unwrap();
    assert!(own[..10].iter().all(Result::is_ok));
    let missing = own[10..].iter().filter(|fit| fit.is_err()).count();
    assert!(missing >= 10, "{missing} of 30 do not exist");
    // The ones that exist are what a fit of the part alone gives.
    let alone = fit(&parts[3], &FitOptions::default()).unwrap();
    let third = own[3].as_ref().unwrap();
    assert!((third.point[0] - alone.theta[0]).abs() < 1e-10);

    let center = fit(&data, &FitOptions::default()).unwrap().theta;
    let pooled = pool(&held, Family::known(model)).unwrap();
    let tau = pooled.population.variance().sqrt();
    assert!((0.15..0.5).contains(&tau), "τ = {tau}");
    let error = |estimate: &[f64], truth: &[f64]| -> f64 {
        estimate
            .iter()
            .zip(truth)
            .map(|(e, t)| (e - t) * (e - t))
            .sum()
    };
    let (mut partial, mut complete) = (0.0, 0.0);
    for (position, (truth, pairs)) in pooled.positions.iter().zip(&ideals) {
        partial += error(&position.point, truth);
        complete += error(&center, truth);
        // Few labels leave the prior's width, many do not.
        let width = position.standard_errors[0];
        assert!(if *pairs == 4 {
            width > 0.5 * tau
        } else {
            width < 0.7 * tau
        });
    }
    assert!(partial < complete, "{partial} {complete}");
    // Shrinkage: a pooled position lies nearer to the centre than the own one, on the whole.
    let own_spread: f64 = own[..10]
        .iter()
        .map(|f| error(&f.as_ref().unwrap().point, &center))
        .sum();
    let pooled_spread: f64 = pooled.positions[..10]
        .iter()
        .map(|p| error(&p.point, &center))
        .sum();
    assert!(pooled_spread < own_spread);

    // Nobody differs: no scatter to be seen, or hardly any.
    let same: Vec<(Vec<f64>, usize)> = (0..30).map(|_| (vec![0.5, 0.0], 60)).collect();
    let data = table(&simulation(same, 1.0, 6), Storage::Double);
    let held = Parts::held(data.split()).unwrap();
    let pooled = pool(&held, Family::known(model)).unwrap();
    assert!(
        pooled.population.variance().sqrt() < 0.1,
        "{}",
        pooled.population.variance().sqrt()
    );
}

#[test]
fn an_audit_finds_who_matters() {
    // One annotator has half of the labels, one of the small ones is a fanatic.
    let mut ideals = vec![(vec![0.1, 0.2], 2000)];
    for i in 0..10 {
        ideals.push((vec![0.2 * f64::from(i).sin(), 0.1], 200));
    }
    ideals[7].0 = vec![-2.5, 2.5];
    let data = table(&simulation(ideals, 1.0, 8), Storage::Double);
    let space = SpaceSpec::Box {
        lower: vec![-3.0; 2],
        upper: vec![3.0; 2],
    };
    let options = AuditOptions {
        precision: Precision::Fixed(1.0),
        reports: Reports::Space(space.clone()),
        refits: 3,
        ..AuditOptions::default()
    };
    let parts = data.split();
    let held = Parts::held(parts.clone()).unwrap();
    let found = audit(&data, &held, &options).unwrap();
    assert_eq!(found.annotators.len(), 11);
    assert!(
        found
            .annotators
            .windows(2)
            .all(|w| w[0].reach >= w[1].reach)
    );
    assert_eq!(found.annotators[0].name, "annotator 1");
    assert!((found.annotators.iter().map(|a| a.share).sum::<f64>() - 1.0).abs() < 1e-12);
    assert!((found.annotators.iter().map(|a| a.influence).sum::<f64>() - 1.0).abs() < 1e-9);
    assert!(found.manipulability > 0.3 && found.manipulability < 0.8);
    let fanatic = found
        .annotators
        .iter()
        .find(|a| a.name == "annotator 8")
        .unwrap();
    let most = found
        .annotators
        .iter()
        .map(|a| a.extremeness.unwrap())
        .fold(0.0, f64::max);
    assert_eq!(fanatic.extremeness, Some(most));
    // The worst report is a corner, and no corner is worse, by the definition: W_i (x − θ̂) − H⁻¹ s_i.
    let affine =
        AffineReceiver::implied(&held, Model::ideal_point(1.0), &found.position, 0.0).unwrap();
    let covariance = fit(&data, &FitOptions::default())
        .unwrap()
        .covariance
        .unwrap();
    let theta = &found.position;
    for row in &found.annotators {
        let weight = affine.weight(row.index);
        assert!((0.5 * (weight[0] + weight[3]) - row.influence).abs() < 1e-9);
        let mut score = [0.0; 2];
        let mut z = [0.0; 3];
        for r in 0..row.rows as usize {
            parts[row.index].row(r, &mut z);
            let margin = 2.0 * (theta[0] * z[0] + theta[1] * z[1]) + z[2];
            for k in 0..2 {
                score[k] += 2.0 * z[k] / (1.0 + margin.exp());
            }
        }
        let moves = |x: [f64; 2]| -> f64 {
            let step = |k: usize| -> f64 {
                (0..2)
                    .map(|j| {
                        weight[2 * k + j] * (x[j] - theta[j]) - covariance[2 * k + j] * score[j]
                    })
                    .sum()
            };
            step(0).hypot(step(1))
        };
        let corners = [[3.0, 3.0], [3.0, -3.0], [-3.0, 3.0], [-3.0, -3.0]];
        let worst = corners.map(moves).into_iter().fold(0.0, f64::max);
        assert!((worst - row.reach).abs() < 1e-6, "{worst} {}", row.reach);
        let attained = moves([row.worst_report[0], row.worst_report[1]]);
        assert!((attained - row.reach).abs() < 1e-6);
    }
    // The leave-one-out pull, against a refit without the annotator.
    for row in &found.annotators {
        let others = parts
            .iter()
            .enumerate()
            .filter(|(i, _)| *i != row.index)
            .map(|(_, p)| p);
        let without = big_preference::data::Pool::new(others).unwrap();
        let refit = fit(&without, &FitOptions::default()).unwrap().theta;
        let distance: f64 = refit
            .iter()
            .zip(&found.position)
            .map(|(a, b)| (a - b) * (a - b))
            .sum::<f64>()
            .sqrt();
        let pull = row.pull.unwrap();
        assert!(
            (pull - distance).abs() < 0.1 * distance + 0.01,
            "{}: {pull} {distance}",
            row.name
        );
    }
    // The refits confirm the order of magnitude: a logistic curve flattens, so they reach less far.
    for row in &found.annotators[..3] {
        let refit = row.refit_reach.unwrap();
        assert!(
            refit > 0.1 * row.reach && refit < 1.5 * row.reach,
            "{refit} {}",
            row.reach
        );
    }
    assert!(found.annotators[3].refit_reach.is_none());
    // Its game solves, and truthful positions lead where the data led.
    let game = found.game(&held, 0.0).unwrap().check().unwrap();
    let equilibrium = solve(&game, &SolveOptions::default()).unwrap();
    assert!(equilibrium.certificate.holds());

    // By default the precision is fitted and the space is the annotators' own.
    let found = audit(&data, &held, &AuditOptions::default()).unwrap();
    assert!(found.check.is_some() && found.manipulability > 0.0);
    // A radius is a ball around the estimate.
    let within = AuditOptions {
        reports: Reports::Within(0.5),
        ..AuditOptions::default()
    };
    let within = audit(&data, &held, &within).unwrap();
    assert_eq!(within.position, found.position);
    assert!((within.farthest - 0.5).abs() < 1e-12);
}

/// A kept estimate answers any report as the audit answered the worst ones, to first order and by a refit.
#[test]
fn a_kept_estimate_is_asked_for_any_report() {
    let ideals = (0..5).map(|i| (vec![0.3 * f64::from(i), -0.1, 0.2], 150 + 60 * i as usize));
    let data = table(&simulation(ideals.collect(), 1.0, 21), Storage::Double);
    for ridge in [0.0, 4.0] {
        let options = AuditOptions {
            precision: Precision::Fixed(1.0),
            ridge,
            refits: 5,
            ..AuditOptions::default()
        };
        let parts = Parts::held(data.split()).unwrap();
        let found = audit(&data, &parts, &options).unwrap();
        let kept = Kept::new(parts, &found, ridge).unwrap();
        let distance = |a: &[f64], b: &[f64]| -> f64 {
            let squares = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b));
            squares.sum::<f64>().sqrt()
        };
        for row in &found.annotators {
            let worst = &row.worst_report;
            let slope = kept.slope(row.index, worst, &[2, 0]).unwrap();
            let moved = distance(&slope.at, &found.position);
            assert!((moved - row.reach).abs() < 1e-9, "{moved} {}", row.reach);
            let mut beside = worst.clone();
            beside[2] += 0.5;
            beside[0] -= 0.25;
            let there = kept.slope(row.index, &beside, &[]).unwrap().at;
            for k in 0..3 {
                let along = 0.5 * slope.along[0][k] - 0.25 * slope.along[1][k];
                assert!((slope.at[k] + along - there[k]).abs() < 1e-9);
            }
            let again = kept.refit(row.index, worst, &|| false).unwrap();
            let refitted = distance(&again, &found.position);
            assert!((refitted - row.refit_reach.unwrap()).abs() < 1e-6);
        }
        let worst = &found.annotators[0].worst_report;
        assert!(kept.refit(0, worst, &|| true).is_err());
    }
}

/// Random tables, spaces of every kind, with and without a ridge: manipulability is a share, and does not depend on units.
#[test]
fn manipulability_is_a_share_whatever_is_reported() {
    let spaces = |d: usize, scale: f64| {
        vec![
            Reports::Held,
            Reports::Within(0.3),
            Reports::Within(1e3),
            Reports::Within(0.0),
            Reports::Space(SpaceSpec::Box {
                lower: vec![-0.1 * scale; d],
                upper: vec![3.0 * scale; d],
            }),
            Reports::Space(SpaceSpec::Simplex { dim: d, scale }),
            Reports::Space(SpaceSpec::L1Ball {
                center: vec![5.0; d],
                radius: 0.2,
            }),
        ]
    };
    let mut largest = 0.0_f64;
    for seed in 0..6 {
        let d = 1 + seed as usize % 3;
        let ideals: Vec<(Vec<f64>, usize)> = (0..4)
            .map(|i| {
                let point = (0..d)
                    .map(|k| 1.5 * ((5 * i + k) as f64 + 0.3).sin())
                    .collect();
                (point, [400, 30, 8, 2][i])
            })
            .collect();
        let data = table(&simulation(ideals, 1.0, 20 + seed), Storage::Double);
        let held = Parts::held(data.split()).unwrap();
        for (reports, ridge) in spaces(d, 1.0).into_iter().zip([0.0, 5.0].iter().cycle()) {
            let options = AuditOptions {
                precision: Precision::Fixed(1.0),
                reports,
                refits: 0,
                ridge: *ridge,
                ..AuditOptions::default()
            };
            let found = audit(&data, &held, &options).unwrap();
            let mut most = 0.0_f64;
            for row in &found.annotators {
                let share = row.manipulability;
                assert!((0.0..=1.0).contains(&share), "{share} {options:?}");
                most = most.max(share);
            }
            assert_eq!(found.manipulability, most);
            largest = largest.max(most);
            // With a ridge the weights sum to less than the identity.
            let sum: f64 = found.annotators.iter().map(|a| a.influence).sum();
            assert!(if *ridge > 0.0 {
                sum < 1.0
            } else {
                (sum - 1.0).abs() < 1e-9
            });
        }
    }
    assert!(largest > 0.9);
    // Somebody alone has everything.
    let data = table(
        &simulation(vec![(vec![0.5, 0.1], 200)], 1.0, 3),
        Storage::Double,
    );
    let held = Parts::held(data.split()).unwrap();
    let options = AuditOptions {
        precision: Precision::Fixed(1.0),
        ..AuditOptions::default()
    };
    let found = audit(&data, &held, &options).unwrap();
    assert!((found.manipulability - 1.0).abs() < 1e-9);
}

/// The linear reward of embeddings in other units: directions are in other units, and shares, margins and extremeness are the same.
#[test]
fn units_change_directions_and_nothing_else() {
    let far = simulation(
        (0..5)
            .map(|i| (vec![600.0 + 50.0 * f64::from(i), 300.0], 200))
            .collect(),
        1e-3,
        3,
    );
    let plain = table(&far, Storage::Double);
    let unit = [1e3, 1e-3];
    let mut builder = Builder::new(2, Storage::Double, Ties::Refuse)
        .unwrap()
        .named(plain.names().to_vec());
    let mut row = vec![0.0; 3];
    for r in 0..plain.rows() {
        plain.row(r, &mut row);
        let side =
            |sign: f64| -> Vec<f64> { (0..2).map(|k| sign * 0.5 * unit[k] * row[k]).collect() };
        let who = plain.annotators()[r];
        builder
            .push(&side(1.0), &side(-1.0), Preference::A, 1.0, Some(who), 1)
            .unwrap();
    }
    let scaled = builder.finish();
    let centred = {
        let mut builder = Builder::new(2, Storage::Double, Ties::Refuse)
            .unwrap()
            .named(plain.names().to_vec());
        for r in 0..plain.rows() {
            plain.row(r, &mut row);
            let side = |sign: f64| -> Vec<f64> { (0..2).map(|k| sign * 0.5 * row[k]).collect() };
            let who = plain.annotators()[r];
            builder
                .push(&side(1.0), &side(-1.0), Preference::A, 1.0, Some(who), 1)
                .unwrap();
        }
        builder.finish()
    };
    let audited = |data: &Comparisons| {
        let held = Parts::held(data.split()).unwrap();
        audit(data, &held, &AuditOptions::default()).unwrap()
    };
    let (one, other) = (audited(&centred), audited(&scaled));
    // Offsets are all 0: no precision is identified, and that is said.
    assert!(one.unidentified && other.unidentified && one.model == Model::vector());
    for k in 0..2 {
        let back = other.position[k] * unit[k];
        assert!(
            (back / one.position[k] - 1.0).abs() < 1e-6,
            "{back} {}",
            one.position[k]
        );
        let back = other.hierarchy.as_ref().unwrap().center[k] * unit[k];
        assert!((back / one.hierarchy.as_ref().unwrap().center[k] - 1.0).abs() < 1e-3);
    }
    for a in &one.annotators {
        let b = other
            .annotators
            .iter()
            .find(|b| b.index == a.index)
            .unwrap();
        let (a, b) = (a.extremeness.unwrap(), b.extremeness.unwrap());
        assert!((a - b).abs() < 1e-3 * (1.0 + a));
    }
}
