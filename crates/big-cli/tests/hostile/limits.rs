//! Inputs without end, and names that are none.

use std::fs::{self, File};
use std::process::{Command, Stdio};
use std::time::Instant;

use super::{big, folder, refused, text};

/// Longer than anything that is refused may take here, in seconds; an unoptimised program on a busy machine included.
const SOON: u64 = 60;

#[test]
fn a_table_without_rows_or_lines_is_refused_soon() {
    let folder = folder();
    let at = folder.path();
    let sparse = File::create(at.join("sparse.csv")).unwrap();
    sparse.set_len(40 << 30).unwrap();
    fs::write(
        at.join("game.toml"),
        "[action_space]\ntype = \"box\"\nlower = -1\nupper = 1\n[influencers]\nfile = \"sparse.csv\"\n",
    )
    .unwrap();
    // A quotation mark that is never closed makes one record of a whole file.
    let mut open = b"annotator,a_0,b_0,label\nx,0,1,1\nx,\"0,1,1\n".to_vec();
    open.resize(80 << 20, b'\n');
    fs::write(at.join("open.csv"), open).unwrap();
    let began = Instant::now();
    let end = "64 MiB without the end of a row";
    refused(
        &big(at, &["prefs", "fit", "sparse.csv"]),
        &["sparse.csv", end],
    );
    refused(&big(at, &["solve", "game.toml"]), &["sparse.csv", end]);
    refused(
        &big(at, &["prefs", "fit", "open.csv"]),
        &["open.csv: row 2", end],
    );
    assert!(began.elapsed().as_secs() < SOON);
}

#[cfg(unix)]
#[test]
fn streams_without_end_are_refused_soon() {
    let folder = folder();
    let began = Instant::now();
    for line in [&["prefs", "fit", "-"][..], &["prefs", "check", "/dev/zero"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_big"))
            .current_dir(folder.path())
            .args(line)
            .stdin(Stdio::from(File::open("/dev/zero").unwrap()))
            .output()
            .unwrap();
        refused(&output, &[]);
    }
    assert!(began.elapsed().as_secs() < SOON);
}

#[test]
fn names_are_of_a_length_that_can_be_read() {
    let folder = folder();
    let at = folder.path();
    let long = "x".repeat(50_000_000);
    fs::write(
        at.join("long.csv"),
        format!("annotator,a_0,b_0,label\n{long},0.1,0.2,1\n"),
    )
    .unwrap();
    fs::write(
        at.join("long.toml"),
        super::GAME.replace("\"left\"", &format!("\"{long}\"")),
    )
    .unwrap();
    fs::write(
        at.join("table.csv"),
        format!("name,weight,target_0\n{long},1,0.5\n"),
    )
    .unwrap();
    fs::write(
        at.join("table.toml"),
        "[action_space]\ntype = \"box\"\nlower = -1\nupper = 1\n[influencers]\nfile = \"table.csv\"\n",
    )
    .unwrap();
    let began = Instant::now();
    let words = "has 50000000 bytes: a name has at most 4096";
    refused(
        &big(at, &["prefs", "fit", "long.csv", "--by", "annotator"]),
        &["row 1", words],
    );
    refused(&big(at, &["solve", "long.toml"]), &["`name`", words]);
    refused(&big(at, &["solve", "table.toml"]), &["row 1", words]);
    assert!(began.elapsed().as_secs() < SOON);
}

#[test]
fn a_hundred_thousand_columns_are_read() {
    let folder = folder();
    let at = folder.path();
    let d = 100_000;
    let numbered = |what: &str| {
        (0..d)
            .map(|k| format!("{what}_{k}"))
            .collect::<Vec<_>>()
            .join(",")
    };
    let ones = vec!["1"; d].join(",");
    fs::write(
        at.join("wide.csv"),
        format!("weight,{}\n1,{ones}\n", numbered("target")),
    )
    .unwrap();
    fs::write(
        at.join("wide.toml"),
        "[action_space]\ntype = \"box\"\nlower = -1\nupper = 1\n[influencers]\nfile = \"wide.csv\"\n",
    )
    .unwrap();
    let twos = vec!["2"; d].join(",");
    fs::write(
        at.join("labels.csv"),
        format!(
            "{},{},label\n{ones},{twos},1\n{twos},{ones},1\n",
            numbered("a"),
            numbered("b")
        ),
    )
    .unwrap();
    let began = Instant::now();
    let solved = big(at, &["solve", "wide.toml"]);
    assert!(solved.status.success(), "{}", text(&solved.stderr));
    let checked = big(at, &["prefs", "check", "labels.csv"]);
    assert!(checked.status.success(), "{}", text(&checked.stderr));
    assert!(began.elapsed().as_secs() < SOON);
}

/// What a spreadsheet would run is text in a table, and comes back as it was.
#[test]
fn formulas_in_tables_are_text() {
    let folder = folder();
    let at = folder.path();
    let formula = "=HYPERLINK(1)";
    fs::write(
        at.join("f.toml"),
        super::GAME.replace("\"left\"", &format!("\"{formula}\"")),
    )
    .unwrap();
    let written = big(at, &["solve", "f.toml", "--actions", "f.csv"]);
    assert!(written.status.success(), "{}", text(&written.stderr));
    let table = fs::read_to_string(at.join("f.csv")).unwrap();
    assert!(table.contains("\n'=HYPERLINK(1),0.5,-0.8,"), "{table}");
    let checked = big(at, &["verify", "f.toml", "f.csv"]);
    assert!(checked.status.success(), "{}", text(&checked.stderr));
    fs::write(
        at.join("e.toml"),
        super::EXPERIMENT.replace("\"left\"", &format!("\"{formula}\"")),
    )
    .unwrap();
    assert!(
        big(at, &["prefs", "simulate", "e.toml", "-o", "s.csv"])
            .status
            .success()
    );
    let table = fs::read_to_string(at.join("s.csv")).unwrap();
    assert!(table.contains("\n'=HYPERLINK(1),") && !table.contains("\n=HYPERLINK"));
    let fitted = big(
        at,
        &["prefs", "fit", "s.csv", "--by", "annotator", "--json"],
    );
    assert!(text(&fitted.stdout).contains("\"=HYPERLINK(1)\""));
}
