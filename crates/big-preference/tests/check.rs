//! What is found in a table before a fit.

use big_preference::check::{Checker, Finding, Kind, Report, Response, Row};
use big_preference::data::Preference::{self, A, B, Tie};

type Rows = Vec<(Vec<f64>, Vec<f64>, Preference, Option<u32>)>;

fn check(rows: &Rows, dim: usize) -> Report {
    let mut checker = Checker::new(dim, true);
    for (a, b, label, annotator) in rows {
        checker.add(&Row {
            a: Response::Embedding(a),
            b: Response::Embedding(b),
            label: *label,
            weight: 1.0,
            annotator: *annotator,
        });
    }
    checker.finish()
}

fn of(report: &Report, kind: Kind) -> &Finding {
    let found = report.findings.iter().find(|finding| finding.kind == kind);
    found.unwrap_or_else(|| panic!("no {kind:?} among {:?}", report.findings))
}

#[test]
fn each_thing_is_found_and_counted() {
    let v = |x: f64, y: f64| vec![x, y];
    let rows: Rows = vec![
        (v(1.0, 0.0), v(2.0, 5e4), A, Some(0)),
        (v(1.0, 0.0), v(2.0, 5e4), A, Some(0)),  // a duplicate
        (v(2.0, 5e4), v(1.0, -0.0), A, Some(0)), // a contradiction, from the other side; the two zeros are one
        (v(2.0, 5e4), v(1.0, 0.0), B, Some(0)), // the same as the first from the other side: no duplicate
        (v(1.0, 0.0), v(2.0, 5e4), B, Some(1)), // somebody else may differ
        (v(3.0, 3.0), v(3.0, 3.0), A, Some(1)), // identical
        (v(0.0, 3.0), v(4.0, 3.0), Tie, Some(1)),
        (v(0.0, 3.0), v(4.0, 3.0), Tie, Some(1)),
        (v(0.0, 3.0), v(4.0, 3.0), B, Some(1)), // after a tie, no contradiction
    ];
    let report = check(&rows, 2);
    assert_eq!(
        (report.rows, report.annotators, report.labels),
        (9, 2, [4, 3, 2])
    );
    let found = |kind| {
        let finding = of(&report, kind);
        (finding.count, finding.rows.clone())
    };
    assert_eq!(found(Kind::IdenticalPair), (1, vec![6]));
    assert_eq!(found(Kind::DuplicateRow), (2, vec![2, 8]));
    assert_eq!(found(Kind::Contradiction), (1, vec![3]));
    assert_eq!(found(Kind::Ties), (2, vec![7, 8]));
    let mixed = of(&report, Kind::MixedScales);
    assert_eq!((mixed.count, &*mixed.of), (1, &[0][..]));
    // √(5·(5e4)² / (5·1 + 3·16)).
    let ratio = (5.0 * 2.5e9_f64 / 53.0).sqrt();
    assert!((mixed.share / ratio - 1.0).abs() < 1e-12);
    assert!(
        report
            .findings
            .iter()
            .all(|f| f.kind != Kind::PositionBias && f.kind != Kind::FewRows)
    );
    // Nobody is named: either may be right.
    let unnamed: Rows = rows
        .into_iter()
        .map(|(a, b, l, _)| (a, b, l, None))
        .collect();
    let report = check(&unnamed, 2);
    assert_eq!(
        (of(&report, Kind::Disagreement).count, report.annotators),
        (1, 0)
    );
    assert!(
        report
            .findings
            .iter()
            .all(|f| f.kind != Kind::Contradiction)
    );
}

#[test]
fn places_and_people() {
    let mut rows: Rows = (0..400)
        .map(|k| {
            let label = if k % 20 < 13 { A } else { B };
            (vec![f64::from(k), 1.0], vec![0.5, 1.0], label, Some(1))
        })
        .collect();
    rows.extend((0..12).map(|k| (vec![f64::from(k), 1.0], vec![0.7, 1.0], B, Some(0))));
    rows.push((vec![0.1, 1.0], vec![0.2, 1.0], A, Some(2)));
    let report = check(&rows, 2);
    let bias = of(&report, Kind::PositionBias);
    // 260 + 1 of 413; SciPy: binomtest(261, 413).pvalue.
    assert!((bias.share - 261.0 / 413.0).abs() < 1e-12);
    assert!(
        (bias.p_value.unwrap_or(1.0) / 9.077_111_402_663_7e-8 - 1.0).abs() < 1e-9,
        "{bias:?}"
    );
    let people = of(&report, Kind::PositionBiasOfAnnotators);
    assert_eq!((people.count, &*people.of), (2, &[1, 0][..]));
    assert_eq!(of(&report, Kind::FewRows).of, [2]);
    assert_eq!(of(&report, Kind::DominantAnnotator).of, [1]);
    assert_eq!(of(&report, Kind::ConstantColumn).of, [1]);
    // Where columns say who was preferred, nothing is known of places.
    let mut unplaced = Checker::new(2, false);
    for (a, b, _, _) in &rows {
        unplaced.add(&Row {
            a: Response::Embedding(a),
            b: Response::Embedding(b),
            label: A,
            weight: 0.0,
            annotator: None,
        });
    }
    let report = unplaced.finish();
    assert!(report.findings.iter().all(|f| f.p_value.is_none()));
    assert_eq!(of(&report, Kind::ZeroWeight).count, 413);
}

#[test]
fn items_are_counted() {
    let mut checker = Checker::new(0, true);
    for (a, b) in [(0, 1), (0, 1), (1, 0), (2, 2), (1, 2)] {
        checker.add(&Row {
            a: Response::Item(a),
            b: Response::Item(b),
            label: A,
            weight: 1.0,
            annotator: None,
        });
    }
    let report = checker.finish();
    assert_eq!((report.items, report.dim), (3, 0));
    assert_eq!(of(&report, Kind::IdenticalPair).rows, [4]);
    assert!(report.findings.iter().all(|f| f.kind != Kind::DuplicateRow));
    // The second item has 4 comparisons, the first 3, the third 3 (two with itself).
    assert!(report.findings.iter().all(|f| f.kind != Kind::FewRows));
}
