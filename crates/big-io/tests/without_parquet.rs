//! A build without the feature `parquet` says so where it meets a table of Parquet or Arrow:
//! `cargo test -p big-io --no-default-features --test without_parquet`.

#![cfg(not(feature = "parquet"))]
#![allow(clippy::unwrap_used)] // in tests a panic is the report

use std::fs;
use std::path::Path;

use big_io::preference::{
    ColumnNames, PreferenceTable, SimulatedRows, TableFiles, write_preferences,
};
use big_io::{InputError, Source, read_game};

fn refused(error: &InputError, file: &Path) {
    assert_eq!(error.missing_feature, Some("parquet"), "{error}");
    let told = error.to_string();
    assert!(told.contains(&file.display().to_string()), "{told}");
    assert!(told.contains("feature `parquet`"), "{told}");
}

#[test]
fn tables_of_comparisons_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in [
        ("a.parquet", &b"PAR1"[..]),
        ("b", b"PAR1 and more"),
        ("c.arrow", b"ARROW1"),
        ("d.feather", b""),
    ] {
        let file = folder.path().join(name);
        fs::write(&file, content).unwrap();
        let files = TableFiles::find(std::slice::from_ref(&file), None).unwrap();
        let error = PreferenceTable::open(&files, &ColumnNames::default()).unwrap_err();
        refused(&error, &file);
    }
}

#[test]
fn tables_of_a_game_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("people.parquet");
    fs::write(&file, "PAR1").unwrap();
    let game = folder.path().join("game.toml");
    fs::write(
        &game,
        "influencers = { file = \"people.parquet\" }\naction_space = { type = \"box\", lower = -1, upper = 1 }\n",
    )
    .unwrap();
    let source = Source::game(game.to_str().unwrap());
    let error = read_game(&source, &mut |_, _| {}).unwrap_err();
    refused(&error, &file);
}

#[test]
fn nothing_is_written_as_parquet() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.parquet");
    let rows = SimulatedRows {
        annotator: "one".into(),
        a: vec![1.0],
        b: vec![2.0],
        labels: vec![true],
    };
    let error = write_preferences(&file, 1, std::iter::once(rows.clone())).unwrap_err();
    refused(&error, &file);
    assert!(!file.exists());
    let csv = folder.path().join("out.csv");
    write_preferences(&csv, 1, std::iter::once(rows)).unwrap();
    let files = TableFiles::find(&[csv], None).unwrap();
    assert!(PreferenceTable::open(&files, &ColumnNames::default()).is_ok());
}
