//! Whether a maximum exists, decided within a budget, and from few rows.
#![allow(clippy::unwrap_used)]

mod uniform;

use big_preference::annotators::fit_each;
use big_preference::data::{Builder, Comparisons, Parts, Preference, Storage, Ties};
use big_preference::fit::{FitError, FitOptions, fit};
use big_preference::likelihood::Model;
use big_preference::separation::{Existence, existence, existence_within};
use uniform::Uniform;

impl Uniform {
    fn point(&mut self, d: usize) -> Vec<f64> {
        (0..d).map(|_| self.next() - 0.5).collect()
    }
}

/// Comparisons of random responses; a share of them is labelled by chance, the others by a direction.
fn comparisons(d: usize, rows: usize, noise: f64, seed: u64) -> Comparisons {
    let mut uniform = Uniform(seed);
    let direction = uniform.point(d);
    let names = vec!["one".to_owned()];
    let mut builder = Builder::new(d, Storage::Double, Ties::Refuse)
        .unwrap()
        .named(names);
    for r in 0..rows {
        let (a, b) = (uniform.point(d), uniform.point(d));
        let margin: f64 = (0..d).map(|k| direction[k] * (a[k] - b[k])).sum();
        let agrees = uniform.next() >= 0.5 * noise;
        let label = match (margin > 0.0) == agrees {
            true => Preference::A,
            false => Preference::B,
        };
        builder
            .push(&a, &b, label, 1.0, Some(0), r as u64 + 1)
            .unwrap();
    }
    builder.finish()
}

/// The rows `±(a − b)`, signed by the label: `⟨u, x⟩ ≥ 0` for all is separation.
fn signed_rows(data: &Comparisons) -> Vec<Vec<f64>> {
    (0..data.rows()).map(|r| row(data, r)).collect()
}

fn row(data: &Comparisons, r: usize) -> Vec<f64> {
    let mut row = vec![0.0; data.dim() + 1];
    data.row(r, &mut row);
    row.pop();
    row
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[test]
fn a_budget_leaves_the_answer_unknown_but_never_wrong() {
    let mut unknown = [0, 0];
    for (seed, noise) in (0..12).zip([0.0, 0.0, 0.4].into_iter().cycle()) {
        let data = comparisons(30, 130, noise, seed);
        let whole = existence(&data, false).unwrap();
        match (&whole, noise > 0.0) {
            (Existence::Unique, true) => {}
            (Existence::Separable { direction, .. }, false) => {
                assert!(signed_rows(&data).iter().all(|x| dot(x, direction) > -1e-9));
            }
            (other, _) => panic!("{other:?}"),
        }
        for power in 0..9 {
            let found = existence_within(&data, false, 10_f64.powi(power)).unwrap();
            match found {
                Existence::Unknown => unknown[usize::from(power >= 8)] += 1,
                // It may have sufficed for a direction, and not for the widest one.
                Existence::Separable { direction, .. } => {
                    assert!(
                        signed_rows(&data)
                            .iter()
                            .all(|x| dot(x, &direction) > -1e-9)
                    );
                }
                found => assert_eq!(found, whole),
            }
        }
    }
    // A few operations decide nothing, many all.
    assert!(unknown[0] > 30, "{unknown:?}");
    assert_eq!(unknown[1], 0);
}

#[test]
fn fewer_rows_than_coordinates_are_told_at_once_with_what_they_leave_out() {
    for (d, rows) in [(3, 1), (40, 39), (60, 20), (3000, 100)] {
        let data = comparisons(d, rows, 0.3, d as u64);
        let found = existence(&data, false).unwrap();
        let Existence::RankDeficient { direction, missing } = &found else {
            panic!("{found:?}");
        };
        assert_eq!(*missing, d - rows);
        assert!((dot(direction, direction) - 1.0).abs() < 1e-12);
        for x in signed_rows(&data) {
            assert!(dot(&x, direction).abs() < 1e-9 * dot(&x, &x).sqrt());
        }
        // Through the fits the same answer.
        match fit(&data, &FitOptions::default()) {
            Err(FitError::NoMaximum(told)) => assert_eq!(told, found),
            other => panic!("{other:?}"),
        }
        let parts = Parts::held(data.split()).unwrap();
        let own = fit_each(&parts, Model::ideal_point(1.0)).unwrap();
        assert_eq!(own, [Err(found)]);
    }
}

#[test]
fn rows_that_repeat_span_no_more() {
    // Each of 6 different rows three times, in 20 coordinates.
    let six = comparisons(20, 6, 0.0, 3);
    let mut builder = Builder::new(20, Storage::Double, Ties::Refuse).unwrap();
    for r in 0..18 {
        let row = row(&six, r % 6);
        builder
            .push(&row, &[0.0; 20], Preference::A, 1.0, None, r as u64 + 1)
            .unwrap();
    }
    match existence(&builder.finish(), false).unwrap() {
        Existence::RankDeficient { missing, .. } => assert_eq!(missing, 14),
        other => panic!("{other:?}"),
    }
}

#[test]
fn many_coordinates_that_are_barely_separable_are_decided() {
    // About 2 rows a coordinate is where random labels stop being separable (Cover, 1965): the hardest ones.
    let d = 150;
    let mut kinds = [0, 0];
    for seed in 0..4 {
        for rows in [260, 290, 310, 360] {
            let data = comparisons(d, rows, 1.0, 100 + seed);
            match existence(&data, false).unwrap() {
                Existence::Unique => kinds[0] += 1,
                Existence::Separable { direction, .. } => {
                    kinds[1] += 1;
                    assert!(
                        signed_rows(&data)
                            .iter()
                            .all(|x| dot(x, &direction) > -1e-9)
                    );
                }
                other => panic!("{other:?}"),
            }
        }
    }
    assert!(kinds[0] > 2 && kinds[1] > 2, "{kinds:?}");
}
