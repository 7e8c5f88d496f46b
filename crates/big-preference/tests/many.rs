//! Fits and audits in many coordinates, which make few Hessians, against Newton's method and full matrices in loops that share no code
//! with them.
#![allow(clippy::unwrap_used)]

mod uniform;

use big_numeric::Cholesky;
use big_preference::audit::{AuditOptions, audit};
use big_preference::data::{Builder, Comparisons, Parts, Preference, Storage, Ties};
use big_preference::fit::{Fit, FitError, FitOptions, Precision, fit};
use big_preference::hierarchy::{Family, pool_within};
use big_preference::likelihood::Model;
use big_preference::model_check::check_model;
use uniform::Uniform;

const DIM: usize = 270;
const ROWS: usize = 2_700;
const PEOPLE: usize = 9;

/// The next of numbers in [−1, 1) that look random.
fn roll(uniform: &mut Uniform) -> f64 {
    2.0 * uniform.next() - 1.0
}

/// Comparisons by people around one ideal point, of whom everybody has `apart` times as far to it.
fn data(dim: usize, rows: usize, precision: f64, apart: f64) -> Comparisons {
    let mut dice = Uniform(7);
    let names = (0..PEOPLE).map(|i| format!("p{i}")).collect();
    let mut builder = Builder::new(dim, Storage::Double, Ties::Refuse)
        .unwrap()
        .named(names);
    let ideal: Vec<Vec<f64>> = (0..PEOPLE)
        .map(|_| {
            (0..dim)
                .map(|k| 0.2 * f64::cos(k as f64) + apart * roll(&mut dice))
                .collect()
        })
        .collect();
    for row in 0..rows {
        let [a, b] = [0, 1].map(|_| (0..dim).map(|_| roll(&mut dice)).collect::<Vec<f64>>());
        let who = row % PEOPLE;
        let far = |x: &[f64]| -> f64 {
            x.iter()
                .zip(&ideal[who])
                .map(|(x, t)| (x - t).powi(2))
                .sum()
        };
        let utility = precision * (far(&b) - far(&a));
        let noise = 0.5 * (roll(&mut dice) + 1.0);
        let label = match (noise / (1.0 - noise)).ln() < utility {
            true => Preference::A,
            false => Preference::B,
        };
        builder
            .push(&a, &b, label, 1.0, Some(who as u32), 1)
            .unwrap();
    }
    builder.finish()
}

/// The rows as the likelihood sees them: `(2(a − b), o)` with the label's sign.
fn rows_of(data: &Comparisons) -> Vec<Vec<f64>> {
    let d = data.dim();
    (0..data.rows())
        .map(|r| {
            let mut row = vec![0.0; d + 1];
            data.row(r, &mut row);
            row[..d].iter_mut().for_each(|x| *x *= 2.0);
            row
        })
        .collect()
}

/// Minus the log-likelihood's gradient and Hessian at coefficients, by loops; `free` of the columns have free ones.
fn derivatives(rows: &[Vec<f64>], q: &[f64], free: usize) -> (Vec<f64>, Vec<f64>) {
    let (mut gradient, mut hessian) = (vec![0.0; free], vec![0.0; free * free]);
    for row in rows {
        let margin: f64 = row.iter().zip(q).map(|(x, q)| x * q).sum();
        let off = 1.0 / (1.0 + margin.exp());
        for j in 0..free {
            gradient[j] -= off * row[j];
            let curve = off * (1.0 - off) * row[j];
            for k in 0..free {
                hessian[j * free + k] += curve * row[k];
            }
        }
    }
    (gradient, hessian)
}

/// Newton's method by loops, with `fixed` as the offset's coefficient if there is one.
fn newton(rows: &[Vec<f64>], fixed: Option<f64>) -> (Vec<f64>, Vec<f64>, f64) {
    let d = rows[0].len() - 1;
    let free = if fixed.is_some() { d } else { d + 1 };
    let mut q = vec![0.0; d + 1];
    q[d] = fixed.unwrap_or(0.0);
    let mut last = Vec::new();
    for _ in 0..12 {
        let (mut step, hessian) = derivatives(rows, &q, free);
        let factor = Cholesky::new(&hessian, free).unwrap();
        factor.solve(&mut step);
        q.iter_mut().zip(&step).for_each(|(q, s)| *q -= s);
        last = hessian;
        if step.iter().all(|s| s.abs() < 1e-12) {
            break;
        }
    }
    let value: f64 = rows
        .iter()
        .map(|row| {
            let margin: f64 = row.iter().zip(&q).map(|(x, q)| x * q).sum();
            -(-margin).exp().ln_1p()
        })
        .sum();
    (q, last, value)
}

#[test]
fn few_hessians_find_what_newtons_method_finds() {
    let data = data(DIM, ROWS, 0.2, 0.1);
    let rows = rows_of(&data);
    let options = FitOptions {
        precision: Precision::Fit,
        ..FitOptions::default()
    };
    let found = fit(&data, &options).unwrap();
    let (q, hessian, value) = newton(&rows, None);
    let p = DIM + 1;
    let inverse = Cholesky::new(&hessian, p).unwrap().inverse();
    assert!((found.precision - q[DIM]).abs() < 1e-7 * q[DIM]);
    let error = inverse[p * p - 1].sqrt();
    assert!((found.precision_error.unwrap() / error - 1.0).abs() < 1e-4);
    for k in 0..DIM {
        // Coefficients of twice the differences are φ.
        let off = (found.attraction[k] - q[k]).abs();
        assert!(off < 1e-5 * inverse[k * p + k].sqrt(), "{k}: {off}");
    }
    assert!((found.log_likelihood - value).abs() < 1e-9 * value.abs());
    // The three models at once, two of which make no Hessian.
    let check = check_model(&data).unwrap();
    let (_, _, vector) = newton(&rows, Some(0.0));
    let (_, _, unit) = newton(&rows, Some(1.0));
    assert!((check.vector_log_likelihood - vector).abs() < 1e-9 * vector.abs());
    assert!((check.unit_log_likelihood.unwrap() - unit).abs() < 1e-9 * unit.abs());
    assert!((check.free.log_likelihood - value).abs() < 1e-9 * value.abs());
}

#[test]
fn the_same_bits_on_any_number_of_threads() {
    let data = data(DIM, 1_500, 0.2, 0.1);
    let run = |threads: usize| -> Fit {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.unwrap()
            .install(|| fit(&data, &FitOptions::default()).unwrap())
    };
    let one = run(1);
    assert_eq!(run(2), one);
    assert_eq!(run(5), one);
}

#[test]
fn an_audit_says_what_full_matrices_say() {
    let data = data(DIM, ROWS, 0.2, 0.1);
    let parts = Parts::held(data.split()).unwrap();
    let options = AuditOptions {
        refits: 1,
        replicates: Some(0),
        coalitions: 2,
        precision: Precision::Fit,
        ..AuditOptions::default()
    };
    let found = audit(&data, &parts, &options).unwrap();
    let rows = rows_of(&data);
    let beta = found.model.precision().unwrap();
    let mut q: Vec<f64> = found.position.iter().map(|t| beta * t).collect();
    q.push(beta);
    let scaled = |(mut gradient, mut hessian): (Vec<f64>, Vec<f64>)| {
        gradient.iter_mut().for_each(|g| *g *= beta);
        hessian.iter_mut().for_each(|h| *h *= beta * beta);
        (gradient, hessian)
    };
    let (gradient, all) = scaled(derivatives(&rows, &q, DIM));
    assert!(gradient.iter().all(|g| g.abs() < 1e-4));
    let factor = Cholesky::new(&all, DIM).unwrap();
    for annotator in &found.annotators {
        let who = annotator.index;
        let own: Vec<Vec<f64>> = rows.iter().skip(who).step_by(PEOPLE).cloned().collect();
        let (gradient, mine) = scaled(derivatives(&own, &q, DIM));
        let weight = factor.solve_matrix(&mine);
        let trace: f64 = (0..DIM).map(|k| weight[k * DIM + k]).sum();
        assert!((annotator.influence - trace / DIM as f64).abs() < 1e-5);
        let rest: Vec<f64> = all.iter().zip(&mine).map(|(a, m)| a - m).collect();
        let mut pulled = gradient;
        Cholesky::new(&rest, DIM).unwrap().solve(&mut pulled);
        let pull = annotator.pull.unwrap();
        let expected = big_numeric::norm(&pulled);
        assert!((pull / expected - 1.0).abs() < 1e-4, "{pull} {expected}");
        // The worst report moves the estimate as far as is told.
        let mut moved: Vec<f64> = (0..DIM)
            .map(|k| {
                let row = &weight[k * DIM..(k + 1) * DIM];
                let step = annotator.worst_report.iter().zip(&found.position);
                row.iter().zip(step).map(|(w, (x, t))| w * (x - t)).sum()
            })
            .collect();
        let mut score: Vec<f64> = derivatives(&own, &q, DIM)
            .0
            .iter()
            .map(|g| -beta * g)
            .collect();
        factor.solve(&mut score);
        moved.iter_mut().zip(&score).for_each(|(m, s)| *m -= s);
        let length = big_numeric::norm(&moved);
        assert!((annotator.reach / length - 1.0).abs() < 1e-4);
    }
}

/// Margins of some dozens, people far apart: every label is nearly certain given a position of one's own.
#[test]
fn a_search_for_a_population_ends_within_its_budget() {
    let data = data(40, 540, 3.0, 3.0);
    let parts = Parts::held(data.split()).unwrap();
    let family = Family::known(Model::ideal_point(3.0));
    let ended = pool_within(&parts, family, Some(1e6)).unwrap_err();
    assert!(matches!(ended, FitError::PopulationNotFound { .. }));
    let words = ended.to_string();
    assert!(words.contains("not found within the budget"), "{words}");
}
