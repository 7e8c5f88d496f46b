//! Tables that say nothing along some coordinate: told so, never answered with a number.
#![allow(clippy::unwrap_used)]

use big_preference::annotators::fit_each;
use big_preference::data::{Builder, Comparisons, Parts, Preference, Source, Storage, Ties};
use big_preference::fit::{FitError, FitOptions, Precision, fit};
use big_preference::hierarchy::{Family, pool};
use big_preference::likelihood::Model;
use big_preference::separation::Existence;

/// Two annotators, each with rows of both labels along the first coordinate; along the last one the second's responses
/// never differ, or nobody's do.
fn table(dim: usize, rows: u32, dead_for_all: bool) -> Comparisons {
    let names = vec!["sees".to_owned(), "blind".to_owned()];
    let mut builder = Builder::new(dim, Storage::Double, Ties::Refuse)
        .unwrap()
        .named(names);
    for r in 0..rows {
        let number = |k: u32| (f64::from(r * 31 + k * 7) * 0.618).fract() - 0.5;
        let a: Vec<f64> = (0..dim as u32).map(number).collect();
        let mut b: Vec<f64> = (0..dim as u32).map(|k| number(k + 100)).collect();
        let who = r % 2;
        if dead_for_all || who == 1 {
            b[dim - 1] = a[dim - 1];
        }
        let label = [Preference::A, Preference::A, Preference::B][r as usize % 3];
        builder
            .push(&a, &b, label, 1.0, Some(who), u64::from(r) + 1)
            .unwrap();
    }
    builder.finish()
}

fn is_last_axis(existence: &Existence, dim: usize) {
    let Existence::RankDeficient { direction, missing } = existence else {
        panic!("{existence:?}");
    };
    assert_eq!((*missing, direction.len()), (1, dim));
    for (k, v) in direction.iter().enumerate() {
        let expected = if k + 1 == dim { 1.0 } else { 0.0 };
        assert!((v - expected).abs() < 1e-9, "{direction:?}");
    }
}

fn existence_of(source: &dyn Source, precision: Precision) -> Existence {
    let options = FitOptions {
        precision,
        ..FitOptions::default()
    };
    match fit(source, &options) {
        Err(FitError::NoMaximum(existence)) => existence,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_coordinate_that_never_differs_has_no_estimate() {
    // Few rows, and so many that a sample is fitted first.
    for (dim, rows) in [(1, 12), (2, 60), (3, 400), (3, 120_000), (60, 2000)] {
        let data = table(dim, rows, true);
        is_last_axis(&existence_of(&data, Precision::Fixed(1.0)), dim);
        if dim > 1 {
            let mut joint = existence_of(&data, Precision::Fit);
            if let Existence::RankDeficient { direction, .. } = &mut joint {
                assert!(direction.pop().unwrap().abs() < 1e-9);
            }
            is_last_axis(&joint, dim);
        }
        let ridge = FitOptions {
            ridge: 1.0,
            ..FitOptions::default()
        };
        let shrunk = fit(&data, &ridge).unwrap();
        assert!(shrunk.theta[dim - 1].abs() < 1e-12);
    }
}

#[test]
fn whoever_sees_no_difference_is_told_apart() {
    let data = table(3, 400, false);
    let parts = Parts::held(data.split()).unwrap();
    let model = Model::ideal_point(1.0);
    let own = fit_each(&parts, model).unwrap();
    assert!(own[0].is_ok());
    is_last_axis(own[1].as_ref().unwrap_err(), 3);
    // Partially pooled, such a coordinate is where the prior has it.
    let pooled = pool(&parts, Family::known(model)).unwrap();
    assert!((pooled.positions[1].point[2] - pooled.population.center[2]).abs() < 1e-9);
}
