//! People who differ: joint fits, the hierarchy, clustered and bootstrap errors, against SciPy, statsmodels
//! (tests/data/people.py), integrals by brute force, and simulated truth.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use big_preference::annotators::{People, fit_each};
use big_preference::data::{Builder, Comparisons, Parts, Preference, Storage, Ties};
use big_preference::errors::{ErrorKind, Scores, bootstrap};
use big_preference::fit::{FitError, FitOptions, Precision, fit};
use big_preference::hierarchy::{Family, Kind, PooledFit, pool};
use big_preference::likelihood::Model;
use big_preference::simulate::{Labeller, Responses, SimulationSpec};
use serde_json::Value;

/// One comparison.
struct Row {
    a: Vec<f64>,
    b: Vec<f64>,
    first: bool,
    who: u32,
}

fn table(rows: &[Row]) -> Comparisons {
    let dim = rows[0].a.len();
    let people = rows.iter().map(|r| r.who).max().unwrap() + 1;
    let names = (0..people).map(|i| format!("p{i}")).collect();
    let mut builder = Builder::new(dim, Storage::Double, Ties::Refuse)
        .unwrap()
        .named(names);
    for (r, row) in rows.iter().enumerate() {
        let label = if row.first {
            Preference::A
        } else {
            Preference::B
        };
        builder
            .push(&row.a, &row.b, label, 1.0, Some(row.who), r as u64 + 1)
            .unwrap();
    }
    builder.finish()
}

/// Those of people.py.
fn committed() -> Comparisons {
    let text = include_str!("data/comparisons.csv");
    let rows: Vec<Row> = text
        .lines()
        .skip(1)
        .enumerate()
        .map(|(r, line)| {
            let v: Vec<f64> = line.split(',').map(|x| x.trim().parse().unwrap()).collect();
            let (mut a, mut b) = (v[..3].to_vec(), v[3..6].to_vec());
            if r % 2 == 1 {
                a[0] = -a[0];
                b[0] = -b[0];
            }
            Row {
                a,
                b,
                first: v[6] == 1.0,
                who: (r % 8) as u32,
            }
        })
        .collect();
    table(&rows)
}

fn parts(data: &Comparisons) -> Parts {
    Parts::held(data.split()).unwrap()
}

fn reference(name: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("data/people.json")).unwrap();
    all[name].clone()
}

fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().unwrap();
    list.iter().map(|v| v.as_f64().unwrap()).collect()
}

fn close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (f, e) in found.iter().zip(expected) {
        assert!(
            (f - e).abs() <= tolerance * (1.0 + e.abs()),
            "{found:?} is not {expected:?}"
        );
    }
}

const FREE: FitOptions<'static> = FitOptions {
    precision: Precision::Fit,
    ridge: 0.0,
    bound: None,
    start: None,
};

#[test]
fn clustered_errors_are_those_of_statsmodels() {
    let data = committed();
    for (options, name) in [(FitOptions::default(), "unit"), (FREE, "joint")] {
        let mut found = fit(&data, &options).unwrap();
        let expected = reference(name);
        close(&found.theta, &numbers(&expected["theta"]), 1e-8);
        let information = found.standard_errors.clone().unwrap();
        let scores = Scores::of_parts(&parts(&data), &found.coefficients()).unwrap();
        found.cluster(&scores);
        assert_eq!(found.error_kind, ErrorKind::Clustered { annotators: 8 });
        let errors = found.standard_errors.clone().unwrap();
        close(&errors, &numbers(&expected["clustered"]), 1e-7);
        assert_ne!(errors, information);
        if let Some(error) = found.precision_error {
            close(
                &[error],
                &[expected["precision_error"].as_f64().unwrap()],
                1e-7,
            );
        }
        // The same from the rows in the order of the table.
        let pieces = |visit: &mut dyn FnMut(&Comparisons)| {
            visit(&data);
            Ok(())
        };
        let by_rows = Scores::of_rows(&pieces, &found.coefficients())
            .unwrap()
            .unwrap();
        let mut again = fit(&data, &options).unwrap();
        again.cluster(&by_rows);
        close(&again.standard_errors.unwrap(), &errors, 1e-12);
    }
}

/// Weights that are all multiplied by a number are importance weights to clustered errors, frequencies to the information.
#[test]
fn what_weights_mean_depends_on_the_errors() {
    let rows = (0..240).map(|r| {
        let x = |k: u64| ((r * 7 + k) as f64 * 0.754_877_666).fract() - 0.5;
        (
            vec![x(1), x(2)],
            vec![x(3), x(4)],
            r % 3 == 0,
            (r % 12) as u32,
        )
    });
    let made = |weight: f64| {
        let names = (0..12).map(|i| i.to_string()).collect();
        let mut builder = Builder::new(2, Storage::Double, Ties::Refuse)
            .unwrap()
            .named(names);
        for (a, b, first, who) in rows.clone() {
            let label = if first { Preference::A } else { Preference::B };
            builder.push(&a, &b, label, weight, Some(who), 1).unwrap();
        }
        let data = builder.finish();
        let mut found = fit(&data, &FitOptions::default()).unwrap();
        let information = found.standard_errors.clone().unwrap();
        found.cluster(&Scores::of_parts(&parts(&data), &found.coefficients()).unwrap());
        (information, found.standard_errors.unwrap())
    };
    let (one, four) = (made(1.0), made(4.0));
    let doubled: Vec<f64> = four.0.iter().map(|e| 2.0 * e).collect();
    close(&one.0, &doubled, 1e-9);
    close(&one.1, &four.1, 1e-9);
}

#[test]
fn a_bootstrap_spreads_like_the_clustered_errors() {
    // 60 annotators, whose positions scatter far more than chance.
    let truth: Vec<f64> = (0..60).map(|i| 0.8 * (f64::from(i) * 2.4).sin()).collect();
    let data = simulated(
        &truth.iter().map(|t| vec![*t]).collect::<Vec<_>>(),
        30,
        1.0,
        4,
    );
    let mut clustered = fit(&data, &FitOptions::default()).unwrap();
    let mut drawn = clustered.clone();
    let held = parts(&data);
    clustered.cluster(&Scores::of_parts(&held, &clustered.coefficients()).unwrap());
    bootstrap(&mut drawn, &held, &FitOptions::default(), 200, 3).unwrap();
    let kind = ErrorKind::Bootstrap {
        replicates: 200,
        failed: 0,
    };
    assert_eq!(drawn.error_kind, kind);
    let ratio = drawn.standard_errors.as_ref().unwrap()[0] / clustered.standard_errors.unwrap()[0];
    // 200 samples know their spread to 5 %.
    assert!((ratio - 1.0).abs() < 0.2, "{ratio}");
    let mut again = fit(&data, &FitOptions::default()).unwrap();
    bootstrap(&mut again, &held, &FitOptions::default(), 200, 3).unwrap();
    assert_eq!(again, drawn);
}

#[test]
fn one_precision_and_a_position_each_as_statsmodels_has_them() {
    let held = parts(&committed());
    let expected = reference("fixed_effects");
    // From wherever it starts.
    for pooled in [0.597, 2.0, -1.0] {
        let found = People::fit(&held, Precision::Fit, pooled).unwrap();
        let told = [found.precision.unwrap(), found.precision_error.unwrap()];
        let wanted = ["precision", "precision_error"].map(|k| expected[k].as_f64().unwrap());
        close(&told, &wanted, 1e-7);
        let mut total = 0.0;
        for (i, position) in found.positions.iter().enumerate() {
            let position = position.as_ref().unwrap();
            close(&position.point, &numbers(&expected["theta"][i]), 1e-7);
            close(
                &position.standard_errors,
                &numbers(&expected["standard_errors"][i]),
                1e-6,
            );
            total += position.log_likelihood;
        }
        close(
            &[total],
            &[expected["log_likelihood"].as_f64().unwrap()],
            1e-10,
        );
    }
}

/// The case that pooled fits get wrong: two people at ∓1, 1000 pairs each, precision 1. Values of Newton's method in NumPy
/// on the labels that `big prefs simulate` writes: one logistic regression on 2(a − b) of each person and the offset.
#[test]
fn two_people_at_odds_keep_their_precision() {
    let data = simulated(&[vec![-1.0], vec![1.0]], 1000, 1.0, 1);
    let pooled = fit(&data, &FREE).unwrap();
    assert!((pooled.precision - 0.310_476).abs() < 1e-5);
    let held = parts(&data);
    let own = People::fit(&held, Precision::Fit, pooled.precision).unwrap();
    let told = [own.precision.unwrap(), own.precision_error.unwrap()];
    close(&told, &[0.930_321, 0.062_295], 1e-5);
    let together = pool(
        &held,
        Family::estimated(Kind::IdealPoints, pooled.precision),
    )
    .unwrap();
    assert!(
        (together.population.precision - 1.0).abs()
            < 2.0 * together.population.precision_error.unwrap()
    );
    for (position, truth) in together.positions.iter().zip([-1.0, 1.0]) {
        assert!((position.point[0] - truth).abs() < 2.0 * position.standard_errors[0]);
    }
}

#[test]
fn the_hierarchy_is_that_of_another_quadrature() {
    let held = parts(&committed());
    let expected = reference("hierarchy");
    let found = pool(&held, Family::estimated(Kind::IdealPoints, 0.597)).unwrap();
    assert_eq!(found.population.nodes, 7);
    let number = |k: &str| expected[k].as_f64().unwrap();
    close(&[found.population.precision], &[number("precision")], 1e-3);
    close(
        &[found.population.log_likelihood],
        &[number("log_likelihood")],
        1e-6,
    );
    close(
        &found.population.center,
        &numbers(&expected["center"]),
        1e-3,
    );
    // In the last coordinate nobody differs: SciPy stops on its way to 0.
    let deviation = numbers(&expected["deviation"]);
    close(&found.population.deviation[..2], &deviation[..2], 2e-3);
    assert_eq!(found.population.deviation[2], 0.0);
    for (i, position) in found.positions.iter().enumerate() {
        close(&position.point, &numbers(&expected["theta"][i]), 2e-3);
        // The posterior's deviations are widened by what is not known of the population.
        let posterior = numbers(&expected["posterior_deviations"][i]);
        for (wide, narrow) in position.standard_errors.iter().zip(posterior) {
            assert!(
                *wide > narrow && *wide < 2.0 * narrow + 0.2,
                "{wide} {narrow}"
            );
        }
    }
    // A precision that is given stays.
    let fixed = pool(&held, Family::known(Model::ideal_point(0.6))).unwrap();
    assert_eq!(
        (fixed.population.precision, fixed.population.precision_error),
        (0.6, None)
    );
    assert!(fixed.population.log_likelihood < found.population.log_likelihood);
}

/// The marginal log-likelihood by a fine grid over attractions.
fn by_brute_force(held: &[Comparisons], found: &PooledFit, ideal: bool) -> f64 {
    let beta = found.population.precision;
    let scale = if ideal { beta } else { 1.0 };
    let d = found.population.center.len();
    let m: Vec<f64> = found.population.center.iter().map(|c| scale * c).collect();
    let s: Vec<f64> = found
        .population
        .deviation
        .iter()
        .map(|t| scale * t)
        .collect();
    let points: i32 = if d == 1 { 4000 } else { 240 };
    let grid: Vec<f64> = (-points..=points)
        .map(|i| 9.0 * f64::from(i) / f64::from(points))
        .collect();
    let step = 9.0 / f64::from(points);
    let mut row = vec![0.0; d + 1];
    let mut total = 0.0;
    for part in held {
        let rows: Vec<Vec<f64>> = (0..part.rows())
            .map(|r| {
                part.row(r, &mut row);
                row.clone()
            })
            .collect();
        let log = |z: &[f64]| -> f64 {
            rows.iter()
                .map(|x| {
                    let inner: f64 = (0..d).map(|k| 2.0 * (m[k] + s[k] * z[k]) * x[k]).sum();
                    -(-(inner + beta * x[d])).exp().ln_1p()
                })
                .sum()
        };
        let weight = |z: f64| step * (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt();
        let mut integral = 0.0;
        for &z in &grid {
            if d == 1 {
                integral += weight(z) * log(&[z]).exp();
            } else {
                let inner: f64 = grid.iter().map(|&y| weight(y) * log(&[z, y]).exp()).sum();
                integral += weight(z) * inner;
            }
        }
        total += integral.ln();
    }
    total
}

#[test]
fn marginal_likelihoods_are_integrals_and_have_their_maximum_there() {
    for (d, people, pairs, kind) in [
        (1, 12, 15, Kind::IdealPoints),
        (1, 12, 4, Kind::Attractions),
        (2, 6, 8, Kind::Attractions),
    ] {
        let truth: Vec<Vec<f64>> = (0..people)
            .map(|i| {
                (0..d)
                    .map(|k| 0.9 * ((3 * i + k) as f64 * 1.7).sin())
                    .collect()
            })
            .collect();
        let data = simulated(&truth, pairs, 0.8, 6);
        let split = data.split();
        let held = Parts::held(split.clone()).unwrap();
        let ideal = kind == Kind::IdealPoints;
        let family = match ideal {
            true => Family::estimated(kind, 0.5),
            false => Family::known(Model::vector()),
        };
        let found = pool(&held, family).unwrap();
        let value = by_brute_force(&split, &found, ideal);
        assert!(
            (value - found.population.log_likelihood).abs() < 2e-4,
            "{value} {}",
            found.population.log_likelihood
        );
        // Nothing near is higher.
        for k in 0..d {
            for by in [-0.08, 0.08] {
                let mut other = found.clone();
                other.population.center[k] += by;
                assert!(by_brute_force(&split, &other, ideal) < value + 2e-4);
                let mut other = found.clone();
                other.population.deviation[k] *= 1.0 + by;
                assert!(by_brute_force(&split, &other, ideal) < value + 2e-4);
            }
        }
        if ideal {
            for by in [-0.05, 0.05] {
                let mut other = found.clone();
                other.population.precision *= 1.0 + by;
                assert!(by_brute_force(&split, &other, ideal) < value + 2e-4);
            }
        }
    }
}

/// Labels of people at given points, on pairs of normal responses.
fn simulated(truth: &[Vec<f64>], pairs: usize, precision: f64, seed: u64) -> Comparisons {
    let spec = SimulationSpec {
        dim: truth[0].len(),
        labellers: truth
            .iter()
            .enumerate()
            .map(|(i, ideal)| Labeller {
                name: i.to_string(),
                pairs,
                ideal: ideal.clone(),
            })
            .collect(),
        responses: Responses::Normal {
            mean: 0.0,
            deviation: 1.0,
        },
        precision,
        seed,
    };
    let d = spec.dim;
    let names = (0..truth.len()).map(|i| i.to_string()).collect();
    let mut builder = Builder::new(d, Storage::Double, Ties::Refuse)
        .unwrap()
        .named(names);
    let mut row = vec![0.0; d + 1];
    for (i, labelled) in spec.check().unwrap().draw().into_iter().enumerate() {
        let part = labelled.into_comparisons();
        for r in 0..part.rows() {
            part.row(r, &mut row);
            // A pair with the row's difference x and offset o: a + b = −o x / ‖x‖².
            let square: f64 = row[..d].iter().map(|x| x * x).sum();
            let share = -row[d] / square;
            let side = |sign: f64| -> Vec<f64> {
                row[..d].iter().map(|x| 0.5 * x * (share + sign)).collect()
            };
            builder
                .push(
                    &side(1.0),
                    &side(-1.0),
                    Preference::A,
                    1.0,
                    Some(i as u32),
                    1,
                )
                .unwrap();
        }
    }
    builder.finish()
}

/// Normal numbers without a library: sums of twelve uniform ones of a generator of its own.
fn normal(state: &mut u64) -> f64 {
    let mut sum = -6.0;
    for _ in 0..12 {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        sum += (*state >> 11) as f64 / (1_u64 << 53) as f64;
    }
    sum
}

/// Intervals of 95 % hold the truth 95 times in a hundred: of people's positions, of their centre and of the precision. The long
/// study is the bench `coverage`.
#[test]
fn intervals_cover_the_truth() {
    let (people, pairs) = (60, 25);
    let (center, deviation, precision) = ([0.5, -0.3], [0.8, 0.4], 0.7);
    let (mut within, mut all, mut known, mut of) = (0, 0, 0, 0);
    let mut state = 0x9E37_79B9_7F4A_7C15;
    for seed in 0..8 {
        let truth: Vec<Vec<f64>> = (0..people)
            .map(|_| {
                (0..2)
                    .map(|k| center[k] + deviation[k] * normal(&mut state))
                    .collect()
            })
            .collect();
        let data = simulated(&truth, pairs, precision, seed);
        let found = pool(&parts(&data), Family::estimated(Kind::IdealPoints, 0.4)).unwrap();
        for (position, truth) in found.positions.iter().zip(&truth) {
            for k in 0..2 {
                let off = (position.point[k] - truth[k]).abs();
                within += usize::from(off < 1.96 * position.standard_errors[k]);
                all += 1;
            }
        }
        for k in 0..2 {
            let off = (found.population.center[k] - center[k]).abs();
            known += usize::from(off < 1.96 * found.population.center_errors[k]);
            of += 1;
        }
        let off = (found.population.precision - precision).abs();
        known += usize::from(off < 1.96 * found.population.precision_error.unwrap());
        of += 1;
    }
    let share = within as f64 / all as f64;
    println!("positions: {share:.3} of {all}; centre and precision: {known} of {of}");
    // Binomial, three deviations: 0.95 ± 0.021.
    assert!((0.929..0.971).contains(&share), "{share}");
    assert!(known >= of - 4, "{known} of {of}");
}

/// Squared norms of binary columns are sums of the coordinates: no label tells the precision from a shift.
#[test]
fn a_precision_that_is_not_identified_is_said_so() {
    let rows: Vec<Row> = (0..120_u32)
        .map(|r| {
            let bit = |k: u32| f64::from((r.wrapping_mul(2_654_435_761).rotate_left(k * 5)) & 1);
            Row {
                a: vec![bit(0), bit(1)],
                b: vec![bit(2), bit(3)],
                first: r % 3 == 0,
                who: r % 4,
            }
        })
        .collect();
    let held = parts(&table(&rows));
    let refused = pool(&held, Family::estimated(Kind::IdealPoints, 0.5));
    assert!(
        matches!(refused, Err(FitError::PrecisionNotIdentified)),
        "{refused:?}"
    );
    assert!(pool(&held, Family::known(Model::vector())).is_ok());
    // Their own estimates then stay with the pooled precision.
    let own = People::fit(&held, Precision::Fit, 0.5).unwrap();
    assert_eq!((own.precision, own.precision_error), (Some(0.5), None));
    let fixed = fit_each(&held, Model::ideal_point(0.5)).unwrap();
    for (own, fixed) in own.positions.iter().zip(&fixed) {
        assert_eq!(own, fixed);
    }
}

/// Somebody without rows has the population's position, and people who all say the same leave it unbounded, not unanswered.
#[test]
fn uniform_and_absent_people_are_answered() {
    let mut rows: Vec<Row> = (0..200_u32)
        .map(|r| {
            let x = |k: u32| (f64::from(r * 5 + k) * 0.754_877_666).fract() - 0.5;
            Row {
                a: vec![x(0)],
                b: vec![x(1)],
                first: (x(0) > x(1)) == (r % 2 == 0),
                who: r % 2,
            }
        })
        .collect();
    rows[0].who = 3;
    let data = table(&rows);
    let found = pool(&parts(&data), Family::known(Model::vector())).unwrap();
    assert!(found.population.unbounded);
    close(&found.positions[2].point, &found.population.center, 1e-12);
    assert_eq!(found.positions[2].log_likelihood, 0.0);
    assert!(found.positions[0].point[0] > found.positions[1].point[0]);
    assert!(found.positions.iter().all(|p| p.point[0].is_finite()));
}

/// Three people at −1, 0.1 and 1 with 400 pairs each, seed 3: the joint maximum that SciPy's BFGS finds on the same rows
/// (`scipy.optimize.minimize(gtol=1e-9)` on `big prefs simulate`'s file), its error by differences of the gradient.
#[test]
fn three_people_share_the_precision_that_scipy_finds() {
    let simulation = SimulationSpec {
        dim: 1,
        labellers: [-1.0, 0.1, 1.0]
            .map(|ideal: f64| Labeller {
                name: ideal.to_string(),
                pairs: 400,
                ideal: vec![ideal],
            })
            .to_vec(),
        responses: Responses::Normal {
            mean: 0.0,
            deviation: 1.0,
        },
        precision: 1.0,
        seed: 3,
    }
    .check()
    .unwrap();
    let parts: Vec<Comparisons> = simulation
        .draw()
        .into_iter()
        .map(|labelled| labelled.into_comparisons())
        .collect();
    let parts = Parts::held(parts).unwrap();
    let found = People::fit(&parts, Precision::Fit, 0.5).unwrap();
    assert!((found.precision.unwrap() - 0.991_267_801_1).abs() < 1e-8);
    assert!((found.precision_error.unwrap() - 0.076_970_419_5).abs() < 1e-8);
    let expected = [-1.063_658_64, 0.027_008_99, 1.086_049_39];
    for (position, expected) in found.positions.iter().zip(expected) {
        assert!((position.as_ref().unwrap().point[0] - expected).abs() < 1e-7);
    }
}
