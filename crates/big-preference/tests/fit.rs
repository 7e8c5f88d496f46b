//! Fits against statsmodels and SciPy (tests/data/reference.py), finite differences, and an independent optimiser.
#![allow(clippy::unwrap_used)]

use big_game::action_space::ActionSpace;
use big_game::spec::SpaceSpec;
use big_preference::data::{
    Builder, Chunks, Comparisons, DataError, Floats, Pool, Preference, Rows, Source, Storage,
    Streamed, Ties,
};
use big_preference::fit::{Fit, FitError, FitOptions, Precision, fit};
use big_preference::separation::{Existence, existence};
use big_preference::simulate::{Labeller, Responses, SimulationSpec};
use serde_json::Value;

/// Rows `(a, b, label, weight)`.
struct Table {
    dim: usize,
    a: Vec<f64>,
    b: Vec<f64>,
    labels: Vec<Preference>,
    weights: Vec<f64>,
}

impl Table {
    fn committed() -> Self {
        let text = include_str!("data/comparisons.csv");
        let mut out = Self {
            dim: 3,
            a: Vec::new(),
            b: Vec::new(),
            labels: Vec::new(),
            weights: Vec::new(),
        };
        for line in text.lines().skip(1) {
            let v: Vec<f64> = line.split(',').map(|x| x.trim().parse().unwrap()).collect();
            out.a.extend(&v[..3]);
            out.b.extend(&v[3..6]);
            out.labels.push(if v[6] == 1.0 {
                Preference::A
            } else {
                Preference::B
            });
            out.weights.push(v[7]);
        }
        out
    }

    fn comparisons(&self, weighted: bool, storage: Storage) -> Comparisons {
        let mut builder = Builder::new(self.dim, storage, Ties::Half).unwrap();
        builder
            .extend(&Rows {
                a: Floats::Double(&self.a),
                b: Floats::Double(&self.b),
                labels: &self.labels,
                weights: weighted.then_some(&self.weights),
                annotators: None,
                first_row: 1,
            })
            .unwrap();
        builder.finish()
    }
}

impl Chunks for Table {
    fn dim(&self) -> usize {
        self.dim
    }

    fn annotators(&self) -> Vec<String> {
        Vec::new()
    }

    fn pass(
        &self,
        visit: &mut dyn FnMut(&Rows<'_>) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        // Chunks of odd lengths, as files have them.
        let n = self.labels.len();
        let mut from = 0;
        for length in [1, 7, 130, 255, 600].iter().cycle() {
            let to = (from + length).min(n);
            visit(&Rows {
                a: Floats::Double(&self.a[from * self.dim..to * self.dim]),
                b: Floats::Double(&self.b[from * self.dim..to * self.dim]),
                labels: &self.labels[from..to],
                weights: Some(&self.weights[from..to]),
                annotators: None,
                first_row: from as u64 + 1,
            })?;
            from = to;
            if from == n {
                return Ok(());
            }
        }
        unreachable!()
    }
}

fn reference(name: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("data/reference.json")).unwrap();
    all[name].clone()
}

fn numbers(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_f64().unwrap())
        .collect()
}

fn assert_close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (f, e) in found.iter().zip(expected) {
        assert!(
            (f - e).abs() <= tolerance * (1.0 + e.abs()),
            "{found:?} is not {expected:?}"
        );
    }
}

fn assert_fit(found: &Fit, expected: &Value) {
    assert_close(&found.theta, &numbers(&expected["theta"]), 1e-9);
    let errors = found.standard_errors.clone().unwrap();
    assert_close(&errors, &numbers(&expected["standard_errors"]), 1e-8);
    let likelihood = expected["log_likelihood"].as_f64().unwrap();
    assert_close(&[found.log_likelihood], &[likelihood], 1e-11);
    assert!(found.gradient_norm < 1e-9, "{}", found.gradient_norm);
}

#[test]
fn statsmodels_agrees() {
    let table = Table::committed();
    let plain = table.comparisons(false, Storage::Double);
    let weighted = table.comparisons(true, Storage::Double);
    let options = FitOptions::default();
    assert_fit(&fit(&plain, &options).unwrap(), &reference("plain"));
    assert_fit(&fit(&weighted, &options).unwrap(), &reference("weighted"));

    let options = FitOptions {
        precision: Precision::Fit,
        ..FitOptions::default()
    };
    let joint = fit(&plain, &options).unwrap();
    let expected = reference("joint");
    assert_close(&joint.attraction, &numbers(&expected["attraction"]), 1e-9);
    assert_close(&joint.theta, &numbers(&expected["theta"]), 1e-9);
    assert_close(
        &[joint.precision, joint.precision_error.unwrap()],
        &[
            expected["precision"].as_f64().unwrap(),
            expected["precision_error"].as_f64().unwrap(),
        ],
        1e-8,
    );

    let options = FitOptions {
        ridge: 5.0,
        ..FitOptions::default()
    };
    let ridge = fit(&plain, &options).unwrap();
    // statsmodels' features are 2(a − b), so its θ and its ridge are ours.
    assert_close(&ridge.theta, &numbers(&reference("ridge")["theta"]), 1e-9);
}

#[test]
fn a_bound_holds_the_estimate_as_l_bfgs_b_does() {
    let plain = Table::committed().comparisons(false, Storage::Double);
    let space = ActionSpace::new(&SpaceSpec::Box {
        lower: vec![-0.5; 3],
        upper: vec![0.5; 3],
    })
    .unwrap();
    let options = FitOptions {
        bound: Some(&space),
        ..FitOptions::default()
    };
    let found = fit(&plain, &options).unwrap();
    assert_close(&found.theta, &numbers(&reference("bounded")["theta"]), 1e-6);
    assert!(found.gradient_norm < 1e-8, "{}", found.gradient_norm);
    assert!(found.standard_errors.is_none());
}

#[test]
fn streams_and_memory_give_the_same_bits() {
    let table = Table::committed();
    let memory = Comparisons::read(&table, Storage::Double, Ties::Refuse).unwrap();
    let options = FitOptions::default();
    let expected = fit(&memory, &options).unwrap();
    for bytes in [0, 20_000, 1 << 30] {
        let stream = Streamed::new(&table, Ties::Refuse, bytes).unwrap();
        assert_eq!(fit(&stream, &options).unwrap(), expected);
    }
    // Single storage moves the estimate by no more than its rounding.
    let single = Comparisons::read(&table, Storage::Single, Ties::Refuse).unwrap();
    assert_close(
        &fit(&single, &options).unwrap().theta,
        &expected.theta,
        1e-6,
    );
}

fn simulated(dim: usize, pairs: usize, seed: u64, ideal: f64) -> Comparisons {
    let spec = SimulationSpec {
        dim,
        labellers: vec![Labeller {
            name: "one".to_owned(),
            pairs,
            ideal: (0..dim).map(|k| ideal * (k as f64 + 1.0).sin()).collect(),
        }],
        responses: Responses::Normal {
            mean: 0.0,
            deviation: 1.0,
        },
        precision: 1.0,
        seed,
    };
    let mut drawn = spec.check().unwrap().draw();
    drawn.remove(0).into_comparisons()
}

#[test]
fn large_data_starts_from_a_sample_and_needs_one_hessian() {
    for dim in [1, 5, 45] {
        let data = simulated(dim, 300_000 / dim.min(3), 7, 0.5);
        let found = fit(&data, &FitOptions::default()).unwrap();
        assert!(found.passes <= 7, "{} passes at d = {dim}", found.passes);
        // The same from a start that takes no sample.
        let zeros = vec![0.0; dim];
        let options = FitOptions {
            start: Some(&zeros),
            ..FitOptions::default()
        };
        let other = fit(&data, &options).unwrap();
        assert_close(&found.theta, &other.theta, 1e-10);
        assert_close(
            &found.standard_errors.unwrap(),
            &other.standard_errors.unwrap(),
            1e-5,
        );
        let errors = found.gradient_norm / (data.rows() as f64);
        assert!(errors < 1e-11, "gradient {} a row", errors);
    }
}

#[test]
fn the_same_bits_on_any_number_of_threads() {
    let run = |threads: usize| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap()
            .install(|| {
                let data = simulated(6, 40_000, 3, 0.4);
                let found = fit(&data, &FitOptions::default()).unwrap();
                (data, found)
            })
    };
    let one = run(1);
    for threads in [2, 3, 8] {
        assert_eq!(run(threads), one);
    }
}

/// Minus the log-likelihood by its definition.
fn loss(data: &Comparisons, theta: &[f64], beta: f64) -> f64 {
    let d = data.dim();
    let mut row = vec![0.0; d + 1];
    (0..data.rows())
        .map(|r| {
            data.row(r, &mut row);
            let inner: f64 = row[..d].iter().zip(theta).map(|(x, t)| 2.0 * x * t).sum();
            let m = beta * (inner + row[d]);
            data.weight(r) * ((-m.abs()).exp().ln_1p() + (-m).max(0.0))
        })
        .sum()
}

#[test]
fn the_estimate_minimises_the_definition_and_its_errors_are_the_curvature() {
    for (dim, seed) in [(1, 1), (2, 2), (4, 3), (9, 4)] {
        let data = simulated(dim, 900, seed, 0.6);
        let found = fit(&data, &FitOptions::default()).unwrap();
        let at = |k: usize, h: f64, j: usize, g: f64| {
            let mut theta = found.theta.clone();
            theta[k] += h;
            theta[j] += g;
            loss(&data, &theta, 1.0)
        };
        let here = loss(&data, &found.theta, 1.0);
        assert_close(&[-found.log_likelihood], &[here], 1e-12);
        let h = 1e-3;
        let covariance = found.covariance.unwrap();
        for j in 0..dim {
            // Central differences: the gradient is 0, the Hessian inverts the covariance.
            let slope = (at(j, h, 0, 0.0) - at(j, -h, 0, 0.0)) / (2.0 * h);
            assert!(slope.abs() < 1e-2, "slope {slope}");
            for k in 0..dim {
                let product: f64 = (0..dim)
                    .map(|l| {
                        let second = (at(j, h, l, h) - at(j, h, l, -h) - at(j, -h, l, h)
                            + at(j, -h, l, -h))
                            / (4.0 * h * h);
                        second * covariance[l * dim + k]
                    })
                    .sum();
                let expected = f64::from(u8::from(j == k));
                assert!((product - expected).abs() < 1e-3, "{product} at {j}, {k}");
            }
        }
    }
}

#[test]
fn the_matrix_free_method_agrees() {
    // Above the limit no Hessian is formed; a ridge makes 4700 coordinates identifiable from few rows.
    let dim = 4700;
    let data = simulated(dim, 300, 5, 0.01);
    let options = FitOptions {
        ridge: 50.0,
        ..FitOptions::default()
    };
    let found = fit(&data, &options).unwrap();
    assert!(found.standard_errors.is_none());
    assert!(found.gradient_norm < 1e-5, "{}", found.gradient_norm);
    // At the minimum, by the definition, no coordinate wants to move.
    let penalised =
        |theta: &[f64]| loss(&data, theta, 1.0) + 25.0 * theta.iter().map(|t| t * t).sum::<f64>();
    let here = penalised(&found.theta);
    for k in [0, 17, 4699] {
        for h in [-1e-3, 1e-3] {
            let mut theta = found.theta.clone();
            theta[k] += h;
            assert!(penalised(&theta) > here);
        }
    }
}

fn rows_of(dim: usize, rows: &[&[f64]]) -> Comparisons {
    // A pair (a, b) with b = 0 has the difference a and the offset −‖a‖².
    let mut builder = Builder::new(dim, Storage::Double, Ties::Refuse).unwrap();
    let zeros = vec![0.0; dim];
    for (r, row) in rows.iter().enumerate() {
        builder
            .push(row, &zeros, Preference::A, 1.0, None, r as u64 + 1)
            .unwrap();
    }
    builder.finish()
}

#[test]
fn no_maximum_is_said_with_the_direction() {
    // All rows agree with (1, 1)/√2.
    let complete = rows_of(2, &[&[1.0, 0.1], &[0.1, 1.0], &[1.0, 1.0]]);
    match fit(&complete, &FitOptions::default()) {
        Err(FitError::NoMaximum(Existence::Separable {
            direction,
            complete,
        })) => {
            assert!(complete);
            assert!(direction.iter().all(|v| *v > 0.0));
        }
        other => panic!("{other:?}"),
    }
    // Two rows cancel along the first axis, the third only ever rises along the second.
    let quasi = rows_of(2, &[&[1.0, 0.0], &[-1.0, 0.0], &[0.5, 1.0]]);
    match fit(&quasi, &FitOptions::default()) {
        Err(FitError::NoMaximum(Existence::Separable {
            direction,
            complete,
        })) => {
            assert!(!complete);
            assert_close(&direction, &[0.0, 1.0], 1e-12);
        }
        other => panic!("{other:?}"),
    }
    // Nothing differs along (1, −1).
    let flat = rows_of(2, &[&[1.0, 1.0], &[-1.0, -1.0], &[2.0, 2.0]]);
    match fit(&flat, &FitOptions::default()) {
        Err(FitError::NoMaximum(Existence::RankDeficient { direction, missing })) => {
            assert_eq!(missing, 1);
            assert!((direction[0] + direction[1]).abs() < 1e-12);
        }
        other => panic!("{other:?}"),
    }
    // A ridge makes each of them unique again.
    let options = FitOptions {
        ridge: 0.1,
        ..FitOptions::default()
    };
    for data in [&complete, &quasi, &flat] {
        assert!(fit(data, &options).unwrap().gradient_norm < 1e-9);
    }
    let empty = Builder::new(2, Storage::Double, Ties::Refuse)
        .unwrap()
        .finish();
    assert!(matches!(
        fit(&empty, &FitOptions::default()),
        Err(FitError::Empty)
    ));
}

/// Does a linear program find a direction along which no margin falls and some rises (`every`: all rise)?
fn separable_by_linear_program(data: &Comparisons, every: bool) -> bool {
    use microlp::{ComparisonOp, OptimizationDirection, Problem};
    let d = data.dim();
    let mut problem = Problem::new(OptimizationDirection::Maximize);
    let mut row = vec![0.0; d + 1];
    let units: Vec<Vec<f64>> = (0..data.rows())
        .filter_map(|r| {
            data.row(r, &mut row);
            let size = row[..d].iter().map(|x| x * x).sum::<f64>().sqrt();
            (size > 0.0).then(|| row[..d].iter().map(|x| x / size).collect())
        })
        .collect();
    let total = |k: usize| units.iter().map(|u| u[k]).sum::<f64>();
    let u: Vec<_> = (0..d)
        .map(|k| problem.add_var(if every { 0.0 } else { total(k) }, (-1.0, 1.0)))
        .collect();
    let margin = problem.add_var(
        f64::from(u8::from(every)),
        (0.0, f64::from(u8::from(every))),
    );
    for unit in &units {
        let terms = u.iter().copied().zip(unit.iter().copied());
        let all: Vec<_> = terms.chain([(margin, -1.0)]).collect();
        problem.add_constraint(all, ComparisonOp::Ge, 0.0);
    }
    match problem.solve().unwrap() {
        microlp::SolveOutcome::Solution(found) => found.objective() > 1e-7,
        microlp::SolveOutcome::Interrupted(_) => panic!("no time limit was set"),
    }
}

#[test]
fn separability_is_what_a_linear_program_says() {
    let mut seen = [0, 0];
    for seed in 0..300_u64 {
        let dim = 1 + (seed % 5) as usize;
        let rows = dim + 1 + (seed % 13) as usize;
        // Small integers, so that rows on the boundary of the cone are common.
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % 5) as f64 - 1.6
        };
        let values: Vec<Vec<f64>> = (0..rows)
            .map(|_| (0..dim).map(|_| next().round()).collect())
            .collect();
        let slices: Vec<&[f64]> = values.iter().map(Vec::as_slice).collect();
        let data = rows_of(dim, &slices);
        let found = existence(&data, false).unwrap();
        if matches!(found, Existence::RankDeficient { .. }) {
            continue;
        }
        let separable = matches!(found, Existence::Separable { .. });
        assert_eq!(
            separable,
            separable_by_linear_program(&data, false),
            "seed {seed}: {found:?}"
        );
        if let Existence::Separable {
            direction,
            complete,
        } = &found
        {
            let every = separable_by_linear_program(&data, true);
            assert_eq!(*complete, every, "seed {seed}: {found:?}");
            for row in &values {
                let product: f64 = row.iter().zip(direction).map(|(x, u)| x * u).sum();
                assert!(product > -1e-9);
            }
        }
        // The fit agrees, by a route that does not ask for the direction first.
        let fitted = fit(&data, &FitOptions::default());
        assert_eq!(fitted.is_err(), separable, "seed {seed}: {fitted:?}");
        seen[usize::from(separable)] += 1;
    }
    assert!(seen[0] > 50 && seen[1] > 50, "{seen:?}");
}

#[test]
fn more_coordinates_than_rows_are_told_without_a_matrix() {
    let data = simulated(4700, 40, 6, 0.01);
    match fit(&data, &FitOptions::default()) {
        Err(FitError::NoMaximum(Existence::RankDeficient { direction, .. })) => {
            let mut row = vec![0.0; 4701];
            for r in 0..40 {
                data.row(r, &mut row);
                let product: f64 = row.iter().zip(&direction).map(|(x, u)| x * u).sum();
                assert!(product.abs() < 1e-6, "{product}");
            }
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_coordinate_that_repeats_others_is_found_in_large_data() {
    let mut builder = Builder::new(3, Storage::Double, Ties::Refuse).unwrap();
    for r in 0..200_000_u64 {
        let x = |k: u64| ((r * 3 + k) as f64 * 0.7548776662).fract() - 0.5;
        let label = if r % 3 == 0 {
            Preference::A
        } else {
            Preference::B
        };
        let (a, b) = ([x(0), x(1), x(0) + 2.0 * x(1)], [0.0; 3]);
        builder.push(&a, &b, label, 1.0, None, r + 1).unwrap();
    }
    match fit(&builder.finish(), &FitOptions::default()) {
        Err(FitError::NoMaximum(Existence::RankDeficient { direction, missing })) => {
            assert_eq!(missing, 1);
            let expected = [1.0, 2.0, -1.0].map(|v| v / 6.0_f64.sqrt());
            assert_close(&direction, &expected, 1e-9);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_scale_is_fitted_or_refused() {
    // Embeddings of size 1e-5 to 1e3 (margins of up to 1e7), few rows: each answer is a minimum or an honest refusal.
    let (mut fitted, mut refused, mut flat) = (0, 0, 0);
    for seed in 0..240_u64 {
        let dim = 1 + (seed % 3) as usize;
        let scale = 10.0_f64.powi((seed % 9) as i32 - 5);
        let unit = simulated(dim, dim + 2 + (seed % 20) as usize, seed, 0.3);
        let mut builder = Builder::new(dim, Storage::Double, Ties::Refuse).unwrap();
        let mut row = vec![0.0; dim + 1];
        for r in 0..unit.rows() {
            unit.row(r, &mut row);
            // A pair whose difference is the row's, with an offset that is any number.
            let half: f64 = row[..dim].iter().map(|x| x * x).sum();
            let shift = if half > 0.0 { -row[dim] / half } else { 0.0 };
            let a: Vec<f64> = row[..dim]
                .iter()
                .map(|x| scale * 0.5 * x * (shift + 1.0))
                .collect();
            let b: Vec<f64> = row[..dim]
                .iter()
                .map(|x| scale * 0.5 * x * (shift - 1.0))
                .collect();
            builder.push(&a, &b, Preference::A, 1.0, None, 1).unwrap();
        }
        let data = builder.finish();
        match fit(&data, &FitOptions::default()) {
            Ok(found) => {
                fitted += 1;
                // No step along an axis, small or large, is better.
                let here = loss(&data, &found.theta, 1.0);
                let size = found.theta.iter().fold(1.0 / scale, |m, t| m.max(t.abs()));
                for k in 0..dim {
                    for step in [1e-4, -1e-4, 0.1, -0.1, 1.0, -1.0] {
                        let mut theta = found.theta.clone();
                        theta[k] += step * size;
                        let there = loss(&data, &theta, 1.0);
                        assert!(
                            there >= here * (1.0 - 1e-9),
                            "seed {seed}: {there} < {here}"
                        );
                    }
                }
            }
            Err(FitError::NoMaximum(_)) => {
                refused += 1;
                assert!(separable_by_linear_program(&data, false), "seed {seed}");
            }
            // All labels certain to the last bit, over a whole region: doubles cannot tell its points apart.
            Err(FitError::NotConverged { gradient_norm, .. }) if gradient_norm < 1e-200 => {
                flat += 1
            }
            Err(other) => panic!("seed {seed}, scale {scale}: {other}"),
        }
    }
    assert!(
        fitted > 150 && refused > 5 && flat < 20,
        "{fitted} {refused} {flat}"
    );
}

#[test]
fn bad_rows_are_refused_by_number() {
    let mut builder = Builder::new(2, Storage::Double, Ties::Refuse).unwrap();
    let good = [0.0, 1.0];
    let says = |result: Result<(), DataError>| result.unwrap_err().to_string();
    let nan = says(builder.push(&[0.0, f64::NAN], &good, Preference::A, 1.0, None, 17));
    assert!(
        nan.contains("row 17") && nan.contains("coordinate 1 of a"),
        "{nan}"
    );
    assert!(says(builder.push(&good, &[1.0], Preference::A, 1.0, None, 3)).contains("row 3"));
    assert!(says(builder.push(&good, &good, Preference::Tie, 1.0, None, 4)).contains("tie"));
    assert!(says(builder.push(&good, &good, Preference::B, -1.0, None, 5)).contains("weight"));
    assert!(
        says(builder.push(&[1e200, 0.0], &good, Preference::B, 1.0, None, 6)).contains("row 6")
    );
    assert_eq!(builder.finish().rows(), 0);
}

#[test]
fn a_tie_is_half_a_preference_each_way() {
    let mut halves = Builder::new(1, Storage::Double, Ties::Half).unwrap();
    let mut written_out = Builder::new(1, Storage::Double, Ties::Refuse).unwrap();
    for r in 0..40_u64 {
        let (a, b) = ([(r as f64).sin()], [(r as f64 * 1.7).cos()]);
        let label = match r % 3 {
            0 => Preference::A,
            1 => Preference::B,
            _ => Preference::Tie,
        };
        halves.push(&a, &b, label, 1.0, None, r).unwrap();
        if label == Preference::Tie {
            written_out
                .push(&a, &b, Preference::A, 0.5, None, r)
                .unwrap();
            written_out
                .push(&a, &b, Preference::B, 0.5, None, r)
                .unwrap();
        } else {
            written_out.push(&a, &b, label, 1.0, None, r).unwrap();
        }
    }
    assert_eq!(halves.finish(), written_out.finish());
}

#[test]
fn a_pool_is_the_union() {
    let parts = [simulated(3, 700, 1, 0.2), simulated(3, 1300, 2, -0.4)];
    let pool = Pool::new(&parts).unwrap();
    let pooled = fit(&pool, &FitOptions::default()).unwrap();
    let mut row = vec![0.0; 4];
    let loss_at = |theta: &[f64]| parts.iter().map(|p| loss(p, theta, 1.0)).sum::<f64>();
    parts[0].row(0, &mut row);
    assert_eq!(pooled.rows, 2000);
    assert_close(&[-pooled.log_likelihood], &[loss_at(&pooled.theta)], 1e-12);
    assert_eq!(pool.dim(), 3);
}
