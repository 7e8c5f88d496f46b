//! Helpers that hold portions of the annotators, and rows that come one by one: every answer is that from memory, to the bit.
#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};

use big_preference::annotators::{People, fit_each};
use big_preference::audit::{AuditOptions, audit};
use big_preference::data::{
    Builder, Comparisons, DataError, Helpers, Parts, Portion, Preference, Storage, Ties,
};
use big_preference::errors::Scores;
use big_preference::fit::{FitError, Precision};
use big_preference::hierarchy::{Family, Kind, pool};
use big_preference::likelihood::Model;

/// Helpers in this process, whose portions, questions and answers are bytes.
#[derive(Debug, Default)]
struct Near {
    portions: Mutex<Vec<Portion>>,
    /// Errands by their kind.
    asked: Mutex<Vec<u8>>,
    /// Cut off every answer by so many bytes.
    cut: usize,
}

impl Helpers for Near {
    fn count(&self) -> usize {
        16
    }

    fn keep(&self, portion: Vec<u8>) -> Result<(), DataError> {
        assert!(Portion::from_bytes(&portion[..portion.len() - 1]).is_none());
        let portion = Portion::from_bytes(&portion).unwrap();
        self.portions.lock().unwrap().push(portion);
        Ok(())
    }

    fn ask(
        &self,
        shared: &[u8],
        each: &[Vec<u8>],
        hear: &mut dyn FnMut(&[u8]) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        let portions = self.portions.lock().unwrap();
        assert_eq!(portions.len(), each.len());
        self.asked.lock().unwrap().push(shared[0]);
        for (portion, each) in portions.iter().zip(each) {
            let told = portion.answer(shared, each).unwrap();
            hear(&told[..told.len() - self.cut])?;
        }
        Ok(())
    }
}

/// Annotators with rows in any order, some with many and some with few; weights and ties.
fn table(dim: usize, rows: usize, annotators: usize) -> Comparisons {
    let names = (0..annotators).map(|i| format!("p{i}")).collect();
    let mut builder = Builder::new(dim, Storage::Double, Ties::Half)
        .unwrap()
        .named(names);
    let number = |k: usize| ((k as f64 * 0.754_877_666_246_692_7).fract() - 0.5) * 3.0;
    for r in 0..rows {
        let a: Vec<f64> = (0..dim).map(|k| number(2 * (r * dim + k))).collect();
        let b: Vec<f64> = (0..dim).map(|k| number(2 * (r * dim + k) + 1)).collect();
        let who = (r * r + r / 3) % annotators;
        let square = |x: &[f64]| -> f64 {
            let from = |(k, x): (usize, &f64)| (x - number(who * dim + k) / 3.0).powi(2);
            x.iter().enumerate().map(from).sum()
        };
        let label = match (r % 13, square(&a) - square(&b) < 2.0 * number(7 * r)) {
            (0, _) => Preference::Tie,
            (_, true) => Preference::A,
            (_, false) => Preference::B,
        };
        let weight = 0.5 + (r % 4) as f64;
        builder
            .push(&a, &b, label, weight, Some(who as u32), 1)
            .unwrap();
    }
    builder.finish()
}

/// What is asked annotator by annotator, as text that shows every bit.
fn answers(all: &Comparisons, parts: &Parts, options: &AuditOptions) -> Vec<String> {
    let model = Model::ideal_point(0.8);
    vec![
        format!("{:?}", fit_each(parts, model)),
        format!("{:?}", People::fit(parts, Precision::Fit, 0.8)),
        format!("{:?}", pool(parts, Family::known(model))),
        format!(
            "{:?}",
            pool(parts, Family::estimated(Kind::Attractions, 0.8))
        ),
        format!("{:?}", Scores::of_parts(parts, &vec![0.1; all.dim() + 1])),
        format!("{:?}", audit(all, parts, options)),
    ]
}

#[test]
fn helpers_say_what_is_found_in_memory_to_the_same_bit() {
    // With 16 coordinates and fewer rows an annotator, matrices are of the rows.
    let mut kinds = Vec::new();
    for (dim, rows, annotators) in [(2, 36_000, 30), (16, 8_000, 600), (9, 14_000, 11)] {
        let all = table(dim, rows, annotators);
        let options = quick();
        let held = || Parts::held(all.split()).unwrap();
        let expected = answers(&all, &held(), &options);
        let (mut parts, near) = (held(), Arc::new(Near::default()));
        parts.help(near.clone()).unwrap();
        assert!(near.portions.lock().unwrap().len() > 1);
        for (found, expected) in answers(&all, &parts, &options).iter().zip(&expected) {
            assert_eq!(found, expected);
        }
        kinds.extend(near.asked.lock().unwrap().iter().copied());
    }
    // Of every kind.
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds, (0..9).collect::<Vec<u8>>());
}

fn quick() -> AuditOptions {
    AuditOptions {
        replicates: Some(2),
        refits: 1,
        ..AuditOptions::default()
    }
}

#[test]
fn rows_that_come_one_by_one_make_the_same_parts_in_memory_and_on_disk() {
    let all = table(2, 9_000, 10);
    let expected = answers(&all, &Parts::held(all.split()).unwrap(), &quick());
    for memory in [usize::MAX, 200_000, 0] {
        let parts = Parts::gathered(2, all.names(), all.rows() as u64, memory, &mut |add| {
            let mut row = vec![0.0; 3];
            for (r, who) in all.annotators().iter().enumerate() {
                all.row(r, &mut row);
                add(&row, all.weight(r), *who)?;
            }
            Ok(())
        });
        let mut parts = parts.unwrap();
        let found = answers(&all, &parts, &quick());
        assert_eq!(found, expected, "{memory} bytes");
        // Somebody's rows do not fit into no memory: there is no help, and the same answer.
        parts.help(Arc::new(Near::default())).unwrap();
        assert_eq!(answers(&all, &parts, &quick()), expected);
    }
    let nobody = Parts::gathered(2, &[], 1, 0, &mut |add| add(&[1.0, 2.0, 3.0], 1.0, 0));
    assert!(nobody.unwrap_err().to_string().contains("has no name"));
}

#[test]
fn what_fails_with_a_helper_fails_as_it_does_here_and_no_answer_is_no_answer() {
    // One coordinate never differs.
    let mut builder = Builder::new(2, Storage::Double, Ties::Half)
        .unwrap()
        .named(vec!["p".into(), "q".into()]);
    for r in 0..400_u32 {
        let x = f64::from(r % 7);
        let label = [Preference::A, Preference::B][(r % 3 / 2) as usize];
        builder
            .push(&[x, 1.0], &[2.0, 1.0], label, 1.0, Some(r % 2), 1)
            .unwrap();
    }
    let all = builder.finish();
    let family = Family::estimated(Kind::IdealPoints, 1.0);
    let mut parts = Parts::held(all.split()).unwrap();
    let expected = format!("{:?}", pool(&parts, family));
    parts.help(Arc::new(Near::default())).unwrap();
    assert_eq!(format!("{:?}", pool(&parts, family)), expected);

    let cut = Near {
        cut: 1,
        ..Near::default()
    };
    let mut parts = Parts::held(all.split()).unwrap();
    parts.help(Arc::new(cut)).unwrap();
    let told = fit_each(&parts, Model::ideal_point(1.0));
    assert!(matches!(told, Err(FitError::Data(DataError::Shard { .. }))));
}
