//! Fits of many rows, which start from samples and make one Hessian, against plain Newton steps.
#![allow(clippy::unwrap_used, missing_docs)]

mod uniform;

use big_preference::data::{Builder, Comparisons, Preference, Storage, Ties};
use big_preference::fit::{Fit, FitOptions, Precision, fit};
use uniform::Uniform;

const DIM: usize = 20;
const ROWS: usize = 60_000;

/// The next of numbers in [−1, 1) that look random.
fn roll(uniform: &mut Uniform) -> f64 {
    2.0 * uniform.next() - 1.0
}

/// Rows in units of `scale`; the second coordinate is the first but for a part `apart`.
fn data(apart: f64, scale: f64, weighted: bool) -> Comparisons {
    let mut dice = Uniform(3);
    let mut builder = Builder::new(DIM, Storage::Double, Ties::Refuse).unwrap();
    let mut response = [vec![0.0; DIM], vec![0.0; DIM]];
    for row in 0..ROWS {
        for side in &mut response {
            side.iter_mut().for_each(|v| *v = roll(&mut dice));
            side[1] = side[0] + apart * side[1];
        }
        let [a, b] = &response;
        let utility: f64 = (0..DIM)
            .map(|k| 0.3 * f64::cos(k as f64) * (a[k] - b[k]) - (a[k] * a[k] - b[k] * b[k]))
            .sum();
        let noise = 0.5 * (roll(&mut dice) + 1.0);
        let label = if (noise / (1.0 - noise)).ln() < utility {
            Preference::A
        } else {
            Preference::B
        };
        let weight = if weighted {
            0.5 + (row % 3) as f64
        } else {
            1.0
        };
        for side in &mut response {
            side.iter_mut().for_each(|v| *v *= scale);
        }
        let [a, b] = &response;
        builder.push(a, b, label, weight, None, 1).unwrap();
    }
    builder.finish()
}

/// The same maximum to a small part of its standard errors, and the same standard errors.
fn agree(found: &Fit, plain: &Fit) {
    let errors = |fit: &Fit| fit.standard_errors.clone().unwrap();
    let (a, b) = (errors(found), errors(plain));
    for k in 0..DIM {
        let off = (found.theta[k] - plain.theta[k]).abs();
        assert!(off < 1e-5 * b[k], "{k}: {off} beside {}", b[k]);
        assert!((a[k] / b[k] - 1.0).abs() < 3e-5, "{k}: {} {}", a[k], b[k]);
    }
    let log_likelihood = plain.log_likelihood;
    assert!((found.log_likelihood - log_likelihood).abs() < 1e-9 * log_likelihood.abs());
}

#[test]
fn a_start_from_samples_changes_nothing_but_the_passes() {
    let zeros = [0.0; DIM];
    for (apart, scale, weighted, precision, ridge) in [
        (1.0, 1.0, false, Precision::Fixed(1.0), 0.0),
        (1.0, 1.0, true, Precision::Fit, 0.0),
        (1.0, 1.0, false, Precision::Fixed(1.0), 500.0),
        // Coordinates that are almost one: single precision would not do.
        (1e-3, 1.0, false, Precision::Fixed(1.0), 0.0),
        // Squares that single precision cannot hold.
        (1.0, 1e25, false, Precision::Fixed(1e-50), 0.0),
        (1.0, 1e-25, false, Precision::Fixed(1e50), 0.0),
    ] {
        let data = data(apart, scale, weighted);
        let options = FitOptions {
            precision,
            ridge,
            ..FitOptions::default()
        };
        let found = fit(&data, &options).unwrap();
        let plain = fit(
            &data,
            &FitOptions {
                start: Some(&zeros),
                ..options
            },
        )
        .unwrap();
        agree(&found, &plain);
        assert!(found.passes <= 8, "{} passes", found.passes);
    }
}

#[test]
fn the_same_fit_on_any_number_of_threads() {
    let data = data(1.0, 1.0, true);
    let run = |threads: usize| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap()
            .install(|| fit(&data, &FitOptions::default()).unwrap())
    };
    let one = run(1);
    assert_eq!(run(2), one);
    assert_eq!(run(5), one);
}
