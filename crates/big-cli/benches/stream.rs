//! Fits and audits of preference tables that memory does not hold, beside the bare Parquet reader (Linux only).
//!
//!     cargo bench -p big-cli --bench stream                        # 10⁷ rows by 10³ annotators
//!     cargo bench -p big-cli --bench stream -- --rows 100000000    # and a fit of so many more
//!
//! The tables are simulated into a temporary folder and removed with it. Prints wall-clock and processor seconds and the
//! largest resident memory (VmHWM) of each run of the program.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

/// An experiment file of so many annotators, around a common point in the plane.
fn experiment(annotators: usize, rows: usize) -> String {
    let pairs = rows / annotators;
    let mut text = format!("seed = 1\ndistribution = \"normal\"\npairs = {pairs}\n");
    for i in 0..annotators {
        let (x, y) = (0.3 * (7 * i) as f64, 0.3 * (3 * i) as f64);
        let (x, y) = (0.5 + 0.3 * x.sin(), 0.3 * y.cos());
        text += &format!("[[influencers]]\nname = \"{i}\"\ntheta = [{x:.4}, {y:.4}]\n");
    }
    text
}

/// The seconds that the bare reader takes for these columns, and the numbers that it decoded.
fn bare(table: &Path, columns: &[&str]) -> (f64, usize) {
    let begun = Instant::now();
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(table).unwrap()).unwrap();
    let roots = columns
        .iter()
        .map(|c| builder.schema().index_of(c).unwrap());
    let mask = ProjectionMask::roots(builder.parquet_schema(), roots.collect::<Vec<_>>());
    let reader = builder.with_projection(mask).with_batch_size(8192).build();
    let rows = reader.unwrap().map(|batch| batch.unwrap().num_rows()).sum();
    (begun.elapsed().as_secs_f64(), rows)
}

/// Runs the program and prints what it took.
fn run(what: &str, folder: &Path, arguments: &[&str]) {
    let begun = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_big"))
        .arg("prefs")
        .args(arguments)
        .current_dir(folder)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let about = format!("/proc/{}", child.id());
    let mut peak = 0.0;
    // A process that has ended is a zombie until it is waited for: its times are still there, its memory is not.
    let processor = loop {
        let status = fs::read_to_string(format!("{about}/status")).unwrap();
        let value = |key: &str| status.lines().find_map(|line| line.strip_prefix(key));
        if let Some(kib) = value("VmHWM:").and_then(|v| v.trim().strip_suffix(" kB")) {
            peak = kib.parse::<f64>().unwrap() / 1024.0;
        }
        if value("State:").unwrap().contains('Z') {
            let stat = fs::read_to_string(format!("{about}/stat")).unwrap();
            let after = stat.rsplit(')').next().unwrap();
            let fields: Vec<&str> = after.split_whitespace().collect();
            let ticks = |k: usize| fields[k].parse::<f64>().unwrap() / 100.0;
            break ticks(11) + ticks(12);
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let wall = begun.elapsed().as_secs_f64();
    assert!(child.wait().unwrap().success(), "{what}");
    println!("{what:<44} {wall:7.1} s wall {processor:7.1} s processor {peak:6.0} MiB");
}

fn table(folder: &Path, name: &str, annotators: usize, rows: usize) {
    fs::write(folder.join("e.toml"), experiment(annotators, rows)).unwrap();
    let what = format!("simulate {rows} rows, {annotators} annotators");
    run(&what, folder, &["simulate", "e.toml", "-o", name]);
    let size = fs::metadata(folder.join(name)).unwrap().len() as f64 / 1e9;
    let path = folder.join(name);
    let (seconds, found) = bare(&path, &["a", "b", "label"]);
    assert_eq!(found, rows / annotators * annotators);
    println!("bare reader, one pass over a, b, label ({size:.2} GB)  {seconds:.2} s");
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let rows = arguments
        .windows(2)
        .find(|pair| pair[0] == "--rows")
        .map(|pair| pair[1].parse::<usize>().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    if let Some(rows) = rows {
        table(folder, "large.parquet", 2, rows);
        for check in [&["--no-check"][..], &[]] {
            let fit = ["fit", "large.parquet", "--memory", "64"];
            let what = format!("fit {}", check.join(" "));
            run(&what, folder, &[&fit[..], check].concat());
        }
        fs::remove_file(folder.join("large.parquet")).unwrap();
    }
    table(folder, "t.parquet", 1000, 10_000_000);
    for memory in ["2048", "64"] {
        let what = |what: &str| format!("{what}, --memory {memory}");
        let of = |command: &[&'static str]| [command, &["t.parquet", "--memory", memory]].concat();
        run(&what("fit --no-check"), folder, &of(&["fit", "--no-check"]));
        let by = ["fit", "--no-check", "--by", "annotator"];
        run(&what("fit --by annotator"), folder, &of(&by));
        let pool = ["fit", "--no-check", "--by", "annotator", "--pool"];
        run(&what("fit --by annotator --pool"), folder, &of(&pool));
        run(&what("receiver"), folder, &of(&["receiver"]));
        run(&what("audit"), folder, &of(&["audit"]));
    }
}
