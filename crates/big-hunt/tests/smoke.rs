//! A few hundred games through the search, so that it can never rot.

use big_hunt::{KINDS, Options, search};

#[test]
fn a_few_hundred_games_are_answered_rightly() {
    let options = Options {
        seed: 13,
        kinds: KINDS.to_vec(),
        // Extreme scales are for longer searches.
        scales: vec!["unit"],
        program: None,
        sample: None,
        limit: None,
        minimise: 0.0,
    };
    let mut wrong = Vec::new();
    let mut hear = |report: &big_hunt::Report| {
        if !report.clean() {
            wrong.push(format!("{report:?}"));
        }
        true
    };
    let summary = search(&options, 0..80, &mut |_| {}, &mut hear).expect("a temporary folder");
    assert!(wrong.is_empty(), "{wrong:#?}");
    // Every kind was there, and most of the games have an answer.
    assert!(
        KINDS
            .iter()
            .all(|kind| summary.kinds.keys().any(|k| k.starts_with(kind)))
    );
    let answered = ["unique", "infinite", "finite"]
        .iter()
        .filter_map(|end| summary.ends.get(*end));
    assert!(answered.sum::<u64>() > 65, "{:?}", summary.ends);
}
