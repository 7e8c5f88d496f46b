//! Estimates and existence do not depend on where the responses' origin is, nor on their units.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use big_preference::data::{Builder, Comparisons, Preference, Storage, Ties};
use big_preference::fit::{FitOptions, Precision, fit};
use big_preference::separation::{Existence, existence};

fn assert_close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (f, e) in found.iter().zip(expected) {
        assert!(
            (f - e).abs() <= tolerance * (1.0 + e.abs()),
            "{found:?} is not {expected:?}"
        );
    }
}

fn rows_of(dim: usize, rows: &[&[f64]]) -> Comparisons {
    let mut builder = Builder::new(dim, Storage::Double, Ties::Refuse).unwrap();
    let zeros = vec![0.0; dim];
    for (r, row) in rows.iter().enumerate() {
        builder
            .push(row, &zeros, Preference::A, 1.0, None, r as u64 + 1)
            .unwrap();
    }
    builder.finish()
}

/// Responses far from the origin and in other units: the same estimate, moved and in those units.
#[test]
fn where_the_origin_is_does_not_matter() {
    let mut worst = 0.0_f64;
    for (seed, shift) in [(1, 20_000.0), (2, -3e5), (3, 1e3), (4, 20_000.0)] {
        let dim = 1 + seed as usize % 3;
        // Multiples of 1/16: the shift rounds nothing away.
        let number = |k: usize| {
            ((k as f64 * 0.618_033_988_7 + seed as f64 * 0.377).fract() * 64.0).round() / 16.0 - 2.0
        };
        let made = |by: f64| {
            let mut builder = Builder::new(dim, Storage::Double, Ties::Refuse).unwrap();
            for r in 0..300 {
                let side = |j: usize| -> Vec<f64> {
                    (0..dim)
                        .map(|k| by + number(2 * (r * dim + k) + j))
                        .collect()
                };
                let near = |x: &[f64]| x.iter().map(|v| (v - by - 0.5).powi(2)).sum::<f64>();
                let (a, b) = (side(0), side(1));
                let first = (near(&a) < near(&b)) != (r % 5 == 0);
                let label = if first { Preference::A } else { Preference::B };
                builder.push(&a, &b, label, 1.0, None, 1).unwrap();
            }
            builder.finish()
        };
        let (near, far) = (made(0.0), made(shift));
        for precision in [Precision::Fit, Precision::Fixed(1.0)] {
            let options = FitOptions {
                precision,
                ..FitOptions::default()
            };
            let one = fit(&near, &options).unwrap();
            let other = fit(&far, &options).unwrap();
            let size = shift.abs();
            for k in 0..dim {
                let off = (other.theta[k] - shift - one.theta[k]).abs();
                worst = worst.max(off / size);
                assert!(off < 1e-11 * size, "{off}");
            }
            let rounding = 1e-15 * size * size;
            let errors = one.standard_errors.clone().unwrap();
            assert_close(
                &other.standard_errors.clone().unwrap(),
                &errors,
                1e-8 + rounding,
            );
            assert_close(&[other.precision], &[one.precision], 1e-8 + rounding);
            if let (Some(a), Some(b)) = (other.precision_error, one.precision_error) {
                assert_close(&[a], &[b], 1e-8 + rounding);
            }
            assert_close(
                &[other.log_likelihood],
                &[one.log_likelihood],
                1e-9 + rounding,
            );
        }
        assert_eq!(existence(&far, true).unwrap(), Existence::Unique);
    }
    println!("off by {worst:e} of the shift at most");
}

/// Whether a maximum exists does not depend on the columns' units.
#[test]
fn existence_is_the_same_in_all_units() {
    let mut seen = [0, 0];
    for seed in 0..150_u64 {
        let dim = 2 + (seed % 4) as usize;
        let rows = dim + 2 + (seed % 17) as usize;
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            ((state % 5) as f64 - 1.7).round()
        };
        let values: Vec<Vec<f64>> = (0..rows)
            .map(|_| (0..dim).map(|_| next()).collect())
            .collect();
        let unit: Vec<f64> = (0..dim)
            .map(|k| [1.0, 1e3, 1e-3, 1e5, 1e-6][k % 5])
            .collect();
        let scaled: Vec<Vec<f64>> = values
            .iter()
            .map(|row| row.iter().zip(&unit).map(|(x, u)| x * u).collect())
            .collect();
        let of = |values: &[Vec<f64>]| {
            let slices: Vec<&[f64]> = values.iter().map(Vec::as_slice).collect();
            existence(&rows_of(dim, &slices), false).unwrap()
        };
        match (of(&values), of(&scaled)) {
            (Existence::Unique, Existence::Unique) => seen[0] += 1,
            (
                Existence::Separable { complete, .. },
                Existence::Separable {
                    direction,
                    complete: too,
                },
            ) => {
                assert_eq!(complete, too, "seed {seed}");
                seen[1] += 1;
                // Every row agrees with the direction, coordinate sizes considered.
                for row in &scaled {
                    let terms = row.iter().zip(&direction).map(|(x, u)| x * u);
                    let size: f64 = terms.clone().map(f64::abs).sum();
                    assert!(terms.sum::<f64>() >= -1e-8 * size, "seed {seed}");
                }
            }
            (
                Existence::RankDeficient { missing, .. },
                Existence::RankDeficient { missing: too, .. },
            ) => assert_eq!(missing, too),
            other => panic!("seed {seed}: {other:?}"),
        }
    }
    assert!(seen[0] > 20 && seen[1] > 20, "{seen:?}");
}
