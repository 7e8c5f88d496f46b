//! Tables that memory does not hold: every answer is that from memory, to the bit, and what is held is bounded.
#![allow(clippy::unwrap_used)]

use std::sync::atomic::{AtomicUsize, Ordering};

use big_game::action_space::ActionSpace;
use big_game::spec::SpaceSpec;
use big_preference::annotators::fit_each;
use big_preference::audit::{AuditOptions, audit};
use big_preference::data::{
    BLOCK_ROWS, Builder, Chunks, Comparisons, DataError, Floats, Parts, Preference, Rows, Source,
    Storage, Streamed, Ties,
};
use big_preference::fit::{Fit, FitError, FitOptions, Precision, fit};
use big_preference::hierarchy::{Family, pool};
use big_preference::likelihood::Model;
use big_preference::model_check::{check_model, fit_and_check};
use big_preference::receiver::{AffineReceiver, Receiver, Relabelled};

/// A table that says how long it is, so that a fit begins with a glimpse.
struct Long(Table);

impl Chunks for Long {
    fn dim(&self) -> usize {
        self.0.dim
    }

    fn annotators(&self) -> Vec<String> {
        self.0.annotators()
    }

    fn pass(
        &self,
        visit: &mut dyn FnMut(&Rows<'_>) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        self.0.pass(visit)
    }

    fn about_rows(&self) -> Option<u64> {
        // An estimate, a tenth too high.
        Some(self.0.rows as u64 * 11 / 10)
    }
}

/// A table that is made while it is read: annotators in any order, some with many rows and some with few, weights, ties.
struct Table {
    rows: usize,
    dim: usize,
    annotators: usize,
    weighted: bool,
    named: bool,
    /// Rows a chunk.
    chunk: usize,
    /// A row that is not a number.
    bad: Option<usize>,
    /// The reader fails before this row.
    breaks: Option<usize>,
    handed: AtomicUsize,
}

impl Table {
    fn new(rows: usize, dim: usize, annotators: usize) -> Self {
        Self {
            rows,
            dim,
            annotators,
            weighted: true,
            named: true,
            chunk: 700,
            bad: None,
            breaks: None,
            handed: AtomicUsize::new(0),
        }
    }

    /// A number in (0, 1) that depends on its arguments alone (splitmix64).
    fn chance(row: usize, what: usize) -> f64 {
        let mut z = (row as u64 * 64 + what as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn owner(&self, row: usize) -> usize {
        // Annotator 0 has half of the rows, the last ones few.
        let u = Self::chance(row, 50);
        ((2.0 * u - 1.0).max(0.0).powi(2) * self.annotators as f64) as usize
    }

    fn ideal(&self, annotator: usize, k: usize) -> f64 {
        0.6 * ((annotator * 5 + k * 3) as f64 * 0.7).sin()
    }
}

impl Chunks for Table {
    fn dim(&self) -> usize {
        self.dim
    }

    fn annotators(&self) -> Vec<String> {
        match self.named {
            true => (0..self.annotators).map(|i| format!("n{i}")).collect(),
            false => Vec::new(),
        }
    }

    fn pass(
        &self,
        visit: &mut dyn FnMut(&Rows<'_>) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        let d = self.dim;
        for first in (0..self.rows).step_by(self.chunk) {
            let rows = first..self.rows.min(first + self.chunk);
            if self.breaks.is_some_and(|at| rows.contains(&at)) {
                return Err(DataError::Reader("the file is cut off".into()));
            }
            let (mut a, mut b, mut labels, mut weights, mut who) =
                (vec![], vec![], vec![], vec![], vec![]);
            for r in rows {
                let mut margin = 0.0;
                for k in 0..d {
                    let x = 2.0 * Self::chance(r, 2 * k) - 1.0;
                    let y = 2.0 * Self::chance(r, 2 * k + 1) - 1.0;
                    let ideal = self.ideal(self.owner(r), k);
                    margin += (y - ideal).powi(2) - (x - ideal).powi(2);
                    a.push(x);
                    b.push(y);
                }
                if self.bad == Some(r) {
                    b[(r - first) * d] = f64::NAN;
                }
                let u = Self::chance(r, 51);
                labels.push(match u < 1.0 / (1.0 + (-margin).exp()) {
                    _ if r % 97 == 5 => Preference::Tie,
                    true => Preference::A,
                    false => Preference::B,
                });
                weights.push([1.0, 1.0, 0.5, 3.0, 0.0][r % 5]);
                who.push(self.owner(r) as u32);
            }
            self.handed.fetch_add(labels.len(), Ordering::SeqCst);
            visit(&Rows {
                a: Floats::Double(&a),
                b: Floats::Double(&b),
                labels: &labels,
                weights: self.weighted.then_some(&weights),
                annotators: self.named.then_some(&who),
                first_row: first as u64 + 1,
            })?;
        }
        Ok(())
    }
}

/// One preference, and then ties alone, whose weights differ from the middle on.
struct Odd {
    rows: usize,
}

impl Chunks for Odd {
    fn dim(&self) -> usize {
        1
    }

    fn annotators(&self) -> Vec<String> {
        Vec::new()
    }

    fn pass(
        &self,
        visit: &mut dyn FnMut(&Rows<'_>) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        let n = self.rows;
        for first in (0..n).step_by(100) {
            let rows = first..n.min(first + 100);
            let numbers = |what: usize| -> Vec<f64> {
                rows.clone().map(|r| Table::chance(r, what)).collect()
            };
            let mut labels = vec![Preference::Tie; rows.len()];
            if first == 0 {
                labels[0] = Preference::A;
            }
            let weight = |r: usize| match r < n / 2 {
                true => 1.0,
                false => 1.0 + r as f64 / n as f64,
            };
            let weights: Vec<f64> = rows.clone().map(weight).collect();
            visit(&Rows {
                a: Floats::Double(&numbers(1)),
                b: Floats::Double(&numbers(2)),
                labels: &labels,
                weights: Some(&weights),
                annotators: None,
                first_row: first as u64 + 1,
            })?;
        }
        Ok(())
    }
}

/// What is asked annotator by annotator, as text that shows every bit.
fn answers(all: &dyn Source, parts: &Parts) -> Vec<String> {
    let options = FitOptions {
        precision: Precision::Fit,
        ..FitOptions::default()
    };
    let pooled = fit(all, &options).unwrap();
    let model = Model::ideal_point(pooled.precision);
    let affine = AffineReceiver::implied(parts, model, &pooled.theta, 0.0).unwrap();
    let positions = pool(parts, Family::known(model)).unwrap();
    let points: Vec<Vec<f64>> = positions
        .positions
        .iter()
        .map(|p| p.point.clone())
        .collect();
    let affine = affine.through(&points, &pooled.theta);
    let mut real = Relabelled::new(parts, model, 0.0, 7, &points);
    let space = SpaceSpec::Ball {
        center: pooled.theta.clone(),
        radius: 0.5,
    };
    let spaces = [ActionSpace::new(&space).unwrap()];
    let r_squared = affine
        .agreement(&mut real, &spaces, 3, 7)
        .unwrap()
        .r_squared;
    let check = check_model(all).unwrap();
    let audited = audit(all, parts, &AuditOptions::default()).unwrap();
    let counts: Vec<(u64, f64)> = (0..parts.len())
        .map(|i| (parts.rows(i), parts.weight(i)))
        .collect();
    vec![
        format!("{pooled:?}"),
        format!("{:?}", fit_each(parts, model)),
        format!("{positions:?}"),
        format!("{affine:?}"),
        format!("{r_squared:?} {:?}", real.respond(&points).unwrap()),
        format!("{check:?}"),
        format!("{audited:?}"),
        format!("{counts:?} {:?}", parts.names()),
    ]
}

fn with_threads<T: Send>(threads: usize, f: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap();
    pool.install(f)
}

#[test]
fn what_memory_does_not_hold_is_answered_to_the_same_bit() {
    for (table, memories) in [
        (Table::new(9000, 2, 40), vec![0, 100_000, 1 << 30]),
        (
            Table {
                weighted: false,
                ..Table::new(4000, 1, 7)
            },
            vec![0],
        ),
    ] {
        let held = Comparisons::read(&table, Storage::Double, Ties::Half).unwrap();
        let parts = Parts::held(held.split()).unwrap();
        let expected = with_threads(1, || answers(&held, &parts));
        for memory in memories {
            for threads in [1, 3] {
                let streamed = Streamed::new(&table, Ties::Half, memory).unwrap();
                let on_disk = Parts::on_disk(&table, Ties::Half, memory).unwrap();
                let found = with_threads(threads, || answers(&streamed, &on_disk));
                for (found, expected) in found.iter().zip(&expected) {
                    assert_eq!(found, expected, "{memory} bytes, {threads} threads");
                }
            }
        }
        // Somebody has more rows than the smallest memory, somebody few.
        assert!(parts.rows(0) > BLOCK_ROWS as u64);
        assert!((0..parts.len()).any(|i| parts.rows(i) < 200));
    }
}

#[test]
fn what_is_held_is_bounded() {
    let table = Table::new(60_000, 3, 20);
    let memory = 3 * BLOCK_ROWS * 4 * size_of::<f64>();
    let streamed = Streamed::new(&table, Ties::Half, memory).unwrap();
    for _ in 0..2 {
        table.handed.store(0, Ordering::SeqCst);
        let (mut seen, mut batches) = (0, 0);
        streamed
            .visit(&mut |blocks| {
                let held: usize = blocks.iter().map(|b| b.rows()).sum();
                assert!(held <= 3 * BLOCK_ROWS, "{held} rows at a time");
                seen += held;
                batches += 1;
                // What has been read, but not been handed over: a few chunks, however long the table is.
                let ahead = table.handed.load(Ordering::SeqCst) as f64 - seen as f64 / 1.02;
                assert!(ahead < 16_000.0, "{ahead} rows ahead");
            })
            .unwrap();
        assert_eq!(table.handed.load(Ordering::SeqCst), table.rows);
        assert!(batches > 35, "{batches}");
    }
    // Rows that come in twos never fill a block just so.
    let odd = Odd {
        rows: 20 * BLOCK_ROWS,
    };
    let held = Comparisons::read(&odd, Storage::Double, Ties::Half).unwrap();
    let streamed = Streamed::new(&odd, Ties::Half, 0).unwrap();
    streamed
        .visit(&mut |blocks| assert_eq!(blocks.len(), 1))
        .unwrap();
    assert_eq!(
        fit(&streamed, &FitOptions::default()).unwrap(),
        fit(&held, &FitOptions::default()).unwrap()
    );
    // On disk, blocks come annotator by annotator, and as small at a time.
    let parts = Parts::on_disk(&table, Ties::Half, memory).unwrap();
    let mut seen = 0;
    parts
        .visit(&mut |blocks| {
            let held: usize = blocks.iter().map(|b| b.rows()).sum();
            assert!(held <= 2 * BLOCK_ROWS, "{held} rows at a time");
            seen += held as u64;
        })
        .unwrap();
    assert_eq!(seen, (0..parts.len()).map(|i| parts.rows(i)).sum::<u64>());
}

/// The gradient of the log-likelihood in `θ` (β = 1), summed row by row.
fn gradient(data: &Comparisons, theta: &[f64], ridge: f64) -> Vec<f64> {
    let d = theta.len();
    let mut out: Vec<f64> = theta.iter().map(|t| -ridge * t).collect();
    let mut row = vec![0.0; d + 1];
    for r in 0..data.rows() {
        data.row(r, &mut row);
        let along: f64 = row.iter().zip(theta).map(|(x, t)| 2.0 * x * t).sum();
        let slope = data.weight(r) / (1.0 + (along + row[d]).exp());
        for k in 0..d {
            out[k] += 2.0 * slope * row[k];
        }
    }
    out
}

#[test]
fn a_long_table_is_read_twice_and_the_last_step_is_proved() {
    for (rows, dim, ridge) in [(700_000, 2, 0.0), (500_000, 3, 300.0)] {
        let table = Long(Table {
            chunk: 8000,
            ..Table::new(rows, dim, 3)
        });
        let held = Comparisons::read(&table, Storage::Double, Ties::Half).unwrap();
        let streamed = Streamed::new(&table, Ties::Half, 1 << 20).unwrap();
        let options = FitOptions {
            ridge,
            ..FitOptions::default()
        };
        table.0.handed.store(0, Ordering::SeqCst);
        let found = fit(&streamed, &options).unwrap();
        assert_eq!(found.passes, 2);
        // Two passes, and a glimpse of less than a third.
        let handed = table.0.handed.load(Ordering::SeqCst);
        assert!(
            (2 * rows..2 * rows + rows / 3).contains(&handed),
            "{handed}"
        );
        // Newton's steps from 0, in memory.
        let zeros = vec![0.0; dim];
        let plain = FitOptions {
            start: Some(&zeros),
            ..options
        };
        let plain = fit(&held, &plain).unwrap();
        let errors = |fit: &Fit| fit.standard_errors.clone().unwrap();
        for k in 0..dim {
            let (ours, theirs) = (errors(&found)[k], errors(&plain)[k]);
            assert!((found.theta[k] - plain.theta[k]).abs() < 1e-5 * theirs);
            assert!((ours / theirs - 1.0).abs() < 1e-4, "{ours} {theirs}");
        }
        let off = found.log_likelihood / plain.log_likelihood - 1.0;
        assert!(off.abs() < 1e-12, "{off}");
        // The bound on the gradient holds.
        let norm = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
        let there = norm(&gradient(&held, &found.theta, ridge));
        assert!(
            there <= found.gradient_norm,
            "{there} {}",
            found.gradient_norm
        );
        assert!(found.gradient_norm < 1e-2);
    }
}

#[test]
fn three_models_are_fitted_in_the_passes_of_one() {
    let table = Long(Table {
        chunk: 8000,
        ..Table::new(700_000, 2, 3)
    });
    let streamed = Streamed::new(&table, Ties::Half, 1 << 20).unwrap();
    let small = Table::new(6000, 3, 5);
    let small = Comparisons::read(&small, Storage::Double, Ties::Half).unwrap();
    let sources: [&dyn Source; 2] = [&streamed, &small];
    for source in sources {
        for precision in [Precision::Fixed(1.0), Precision::Fit, Precision::Fixed(0.5)] {
            let options = FitOptions {
                precision,
                ..FitOptions::default()
            };
            table.0.handed.store(0, Ordering::SeqCst);
            let (found, check) = fit_and_check(source, &options).unwrap();
            let handed = table.0.handed.load(Ordering::SeqCst);
            let fits = if precision == Precision::Fixed(0.5) {
                2
            } else {
                1
            };
            assert!(handed <= fits * 3 * table.0.rows, "{handed}");
            // Each as by itself, to the bit.
            assert_eq!(found, fit(source, &options).unwrap());
            let check = check.unwrap();
            let free = FitOptions {
                precision: Precision::Fit,
                ..FitOptions::default()
            };
            assert_eq!(check.free, fit(source, &free).unwrap());
            let unit = fit(source, &FitOptions::default()).unwrap();
            assert_eq!(check.unit_log_likelihood, Some(unit.log_likelihood));
            let again = check_model(source).unwrap();
            assert_eq!(format!("{check:?}"), format!("{again:?}"));
        }
    }
}

#[test]
fn a_glimpse_of_a_bad_row_leaves_it_to_the_pass_to_tell() {
    let table = Long(Table {
        bad: Some(10),
        ..Table::new(100_000, 2, 3)
    });
    let streamed = Streamed::new(&table, Ties::Half, 1 << 20).unwrap();
    let error = fit(&streamed, &FitOptions::default()).unwrap_err();
    assert!(error.to_string().contains("row 11"), "{error}");
}

#[test]
fn whole_blocks_are_the_rows_one_by_one() {
    let (n, d) = (3 * BLOCK_ROWS + 17, 11);
    let number = |i: usize| (Table::chance(i, 3) - 0.5) * 1e3;
    let doubles: Vec<f64> = (0..2 * n * d).map(number).collect();
    let singles: Vec<f32> = doubles.iter().map(|v| *v as f32).collect();
    let labels: Vec<Preference> = (0..n)
        .map(|r| match Table::chance(r, 4) < 0.5 {
            // A tie only in the second block, which goes row by row.
            _ if r == BLOCK_ROWS + 3 => Preference::Tie,
            true => Preference::A,
            false => Preference::B,
        })
        .collect();
    let weights: Vec<f64> = (0..n).map(|r| if r < 900 { 1.0 } else { 0.5 }).collect();
    let who: Vec<u32> = (0..n as u32).map(|r| r % 5).collect();
    let as_double = |floats: Floats<'_>, r: usize| -> Vec<f64> {
        match floats {
            Floats::Single(v) => v[r * d..(r + 1) * d]
                .iter()
                .map(|x| f64::from(*x))
                .collect(),
            Floats::Double(v) => v[r * d..(r + 1) * d].to_vec(),
        }
    };
    let doubles = [&doubles[..n * d], &doubles[n * d..]].map(Floats::Double);
    let singles = [&singles[..n * d], &singles[n * d..]].map(Floats::Single);
    for storage in [Storage::Single, Storage::Double] {
        for (a, b) in [
            (doubles[0], doubles[1]),
            (singles[0], singles[1]),
            (doubles[0], singles[1]),
            (singles[0], doubles[1]),
        ] {
            for weights in [None, Some(&weights[..])] {
                let mut chunks = Builder::new(d, storage, Ties::Half).unwrap();
                let rows = Rows {
                    a,
                    b,
                    labels: &labels,
                    weights,
                    annotators: Some(&who),
                    first_row: 1,
                };
                chunks.extend(&rows).unwrap();
                let mut single = Builder::new(d, storage, Ties::Half).unwrap();
                for r in 0..n {
                    let (a, b) = (as_double(a, r), as_double(b, r));
                    let weight = weights.map_or(1.0, |w| w[r]);
                    single
                        .push(&a, &b, labels[r], weight, Some(who[r]), r as u64 + 1)
                        .unwrap();
                }
                assert_eq!(chunks.finish(), single.finish());
            }
        }
    }
}

#[test]
fn the_first_bad_row_is_named_whatever_is_read_ahead() {
    for bad in [0, 1, 699, 700, 30_000, 39_999] {
        let table = Table {
            bad: Some(bad),
            // Far behind, or just behind it.
            breaks: Some(39_999.min(bad + 1500)).filter(|at| at / 700 != bad / 700),
            ..Table::new(40_000, 2, 5)
        };
        let streamed = Streamed::new(&table, Ties::Half, 1 << 20).unwrap();
        let told = [
            Comparisons::read(&table, Storage::Double, Ties::Half).unwrap_err(),
            streamed.visit(&mut |_| {}).unwrap_err(),
            Parts::on_disk(&table, Ties::Half, 0).unwrap_err(),
        ];
        for error in told {
            let row = bad as u64 + 1;
            assert!(
                matches!(error, DataError::NotFinite { row: r, response: "b", coordinate: 0, .. } if r == row),
                "{error}"
            );
        }
    }
    // A tie is refused before what comes after it.
    let table = Table {
        bad: Some(20_000),
        ..Table::new(40_000, 2, 5)
    };
    let error = Parts::on_disk(&table, Ties::Refuse, 0).unwrap_err();
    assert!(matches!(error, DataError::Tie { row: 6 }), "{error}");
    let table = Table {
        breaks: Some(20_000),
        ..Table::new(40_000, 2, 5)
    };
    let error = Parts::on_disk(&table, Ties::Half, 0).unwrap_err();
    assert_eq!(error.to_string(), "the file is cut off");
    let nobody = Table {
        named: false,
        ..Table::new(100, 2, 5)
    };
    let error = Parts::on_disk(&nobody, Ties::Half, 0).unwrap_err();
    assert!(error.to_string().contains("whose rows"), "{error}");
}

#[test]
fn the_first_failure_of_an_annotator_is_told() {
    let table = Table::new(6000, 2, 30);
    for memory in [0, 1 << 30] {
        let parts = Parts::on_disk(&table, Ties::Half, memory).unwrap();
        let failed = parts.each(&|i, part| -> Result<usize, FitError> {
            match i {
                7 | 11 | 25 => Err(FitError::BadOption(format!("number {i}"))),
                _ => Ok(part.dim()),
            }
        });
        assert_eq!(failed.unwrap_err().to_string(), "number 7");
    }
    let empty = Parts::held(Vec::new());
    assert!(empty.is_err());
    let two = Comparisons::read(&table, Storage::Double, Ties::Half).unwrap();
    assert!(Parts::held(vec![two]).is_err());
}
