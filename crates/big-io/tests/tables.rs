//! Tables of influencers: what is streamed is what was written, and bad rows are named.
#![allow(clippy::unwrap_used)]

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::{Float64Builder, LargeListBuilder, ListBuilder};
use arrow_array::{
    ArrayRef, FixedSizeListArray, Float32Array, Float64Array, Int64Array, LargeListArray,
    RecordBatch, StringArray,
};
use arrow_schema::{DataType, Field};
use big_game::Game;
use big_game::spec::{Loss, SpaceSpec};
use big_io::{Content, InputError, Source, read_game};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use proptest::prelude::*;
use tempfile::TempDir;

const GAME: &str =
    "influencers = { file = \"FILE\" }\n[action_space]\ntype = \"box\"\nlower = -1\nupper = 1\n";

type Column = (&'static str, ArrayRef);

fn read(folder: &TempDir, file: &str) -> Result<Game, InputError> {
    read_with(folder, &GAME.replace("FILE", file))
}

fn read_with(folder: &TempDir, text: &str) -> Result<Game, InputError> {
    let path = folder.path().join("game.toml");
    std::fs::write(&path, text).unwrap();
    match read_game(&Source::Path(path), &mut |_, _| {})?.content {
        Content::Continuous(game) => Ok(*game),
        _ => panic!("not finite"),
    }
}

fn write_parquet(path: &Path, columns: Vec<Column>, rows_a_group: usize) {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let settings = WriterProperties::builder()
        .set_max_row_group_row_count(Some(rows_a_group))
        .build();
    let mut writer =
        ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), Some(settings)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn floats(values: &[f64]) -> ArrayRef {
    Arc::new(Float64Array::from(values.to_vec()))
}

fn lists(rows: &[Option<Vec<Option<f64>>>]) -> ArrayRef {
    let mut builder = ListBuilder::new(Float64Builder::new());
    for row in rows {
        builder.append_option(row.clone());
    }
    Arc::new(builder.finish())
}

fn rows_of(values: &[f64], d: usize) -> Vec<Option<Vec<Option<f64>>>> {
    values
        .chunks(d)
        .map(|row| Some(row.iter().copied().map(Some).collect()))
        .collect()
}

fn large_lists(values: &[f64], d: usize) -> LargeListArray {
    let mut builder = LargeListBuilder::new(Float64Builder::new());
    for row in values.chunks(d) {
        builder.values().append_slice(row);
        builder.append(true);
    }
    builder.finish()
}

fn write_csv(path: &Path, names: Option<&[String]>, weights: &[f64], targets: &[f64], d: usize) {
    let mut text = String::new();
    let titles: Vec<String> = (0..d).map(|k| format!("target_{k}")).collect();
    let named = if names.is_some() { "name," } else { "" };
    text += &format!("{named}weight,{}\n", titles.join(","));
    for (i, row) in targets.chunks(d).enumerate() {
        let cells: Vec<String> = row.iter().map(f64::to_string).collect();
        let name = names.map_or(String::new(), |names| format!("{},", names[i]));
        text += &format!("{name}{},{}\n", weights[i], cells.join(","));
    }
    std::fs::write(path, text).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn streaming_gives_the_game_in_memory(
        d in 1_usize..5,
        numbers in prop::collection::vec(-1e3..1e3_f64, 6..240),
        group in 1_usize..40,
        named in any::<bool>(),
    ) {
        let n = numbers.len() / (d + 1);
        prop_assume!(n > 0);
        let (weights, targets) = (&numbers[..n], &numbers[n..n + n * d]);
        let names: Vec<String> = (0..n).map(|i| format!("who {i}")).collect();
        let space = SpaceSpec::Box { lower: vec![-1.0; d], upper: vec![1.0; d] };
        let kept = if named { names.iter().cloned().map(Some).collect() } else { Vec::new() };
        let expected = Game::from_columns(
            Loss::SquaredEuclidean, vec![0.0; d], &space, weights.to_vec(), targets.to_vec(), kept,
        ).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let item = Arc::new(Field::new_list_field(DataType::Float64, true));
        let fixed = FixedSizeListArray::new(item, i32::try_from(d).unwrap(), floats(targets), None);
        for (kind, target) in [
            ("list", lists(&rows_of(targets, d))),
            ("large", Arc::new(large_lists(targets, d)) as ArrayRef),
            ("fixed", Arc::new(fixed)),
        ] {
            let mut columns = vec![("weight", floats(weights)), ("other", floats(weights)), ("target", target)];
            if named {
                columns.insert(0, ("name", Arc::new(StringArray::from(names.clone()))));
            }
            write_parquet(&folder.path().join(format!("{kind}.parquet")), columns, group);
        }
        write_csv(&folder.path().join("t.csv"), named.then_some(&names[..]), weights, targets, d);
        for file in ["list.parquet", "large.parquet", "fixed.parquet", "t.csv"] {
            let game = read(&folder, file).unwrap();
            prop_assert_eq!(game.targets(), expected.targets());
            prop_assert_eq!(game.scalar_weights(), expected.scalar_weights());
            prop_assert_eq!(game.bias(), expected.bias());
            for i in 0..n {
                prop_assert_eq!(game.name(i), expected.name(i));
            }
            prop_assert!(game.common_space().is_some());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn damaged_parquet_is_refused_or_read_and_never_panics(
        at in prop::collection::vec((0_usize..4000, any::<u8>()), 0..6),
        cut in 0_usize..4000,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.parquet");
        let targets: Vec<f64> = (0..60).map(f64::from).collect();
        let columns = vec![("weight", floats(&targets[..30])), ("target", lists(&rows_of(&targets, 2)))];
        write_parquet(&path, columns, 10);
        let mut bytes = std::fs::read(&path).unwrap();
        for (i, byte) in at {
            let len = bytes.len();
            bytes[i % len] = byte;
        }
        if cut % 4 == 0 {
            bytes.truncate(bytes.len() - cut % bytes.len());
        }
        std::fs::write(&path, bytes).unwrap();
        let _ = read(&folder, "t.parquet");
    }
}

#[test]
fn one_dimensional_tables_may_be_plain() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("t.csv"),
        "target, weight\n 0.25 ,1/2\n-1e-1,2\n",
    )
    .unwrap();
    let game = read(&folder, "t.csv").unwrap();
    assert_eq!(
        (game.targets(), game.scalar_weights()),
        (&[0.25, -0.1][..], Some(&[0.5, 2.0][..]))
    );
    let whole: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
    let small: ArrayRef = Arc::new(Float32Array::from(vec![0.5, -0.25]));
    write_parquet(
        &folder.path().join("t.parquet"),
        vec![("weight", whole), ("target", small)],
        10,
    );
    let game = read(&folder, "t.parquet").unwrap();
    assert_eq!(
        (game.targets(), game.scalar_weights()),
        (&[0.5, -0.25][..], Some(&[1.0, 2.0][..]))
    );
}

#[test]
fn progress_grows_to_the_total() {
    let folder = tempfile::tempdir().unwrap();
    let values: Vec<f64> = (0..50_000).map(f64::from).collect();
    write_parquet(
        &folder.path().join("t.parquet"),
        vec![("weight", floats(&values)), ("target", floats(&values))],
        9_000,
    );
    write_csv(&folder.path().join("t.csv"), None, &values, &values, 1);
    for file in ["t.parquet", "t.csv"] {
        let path = folder.path().join("game.toml");
        std::fs::write(&path, GAME.replace("FILE", file)).unwrap();
        let mut seen = Vec::new();
        read_game(&Source::Path(path), &mut |read, total| {
            seen.push((read, total))
        })
        .unwrap();
        assert!(seen.len() > 2 && seen.is_sorted(), "{seen:?}");
        let (last, total) = seen[seen.len() - 1];
        assert_eq!(last, total);
        let size = std::fs::metadata(folder.path().join("t.csv"))
            .unwrap()
            .len();
        assert_eq!(total, if file == "t.csv" { size } else { 50_000 });
    }
}

#[test]
fn bad_rows_of_parquet_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let good = || lists(&rows_of(&[0.0; 6], 2));
    let missing: ArrayRef = Arc::new(Float64Array::from(vec![Some(1.0), None, Some(1.0)]));
    let words: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "c"]));
    let again: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "a"]));
    let full = |k: f64| Some(vec![Some(0.0), Some(k)]);
    let holes = lists(&[full(0.0), Some(vec![Some(1.0), None]), full(1.0)]);
    let cases: Vec<(Vec<Column>, Option<u64>, &str)> = vec![
        (
            vec![("weight", missing), ("target", good())],
            Some(2),
            "`weight` is missing",
        ),
        (
            vec![
                ("weight", floats(&[1.0, 1.0, f64::NAN])),
                ("target", good()),
            ],
            Some(3),
            "`weight` is NaN",
        ),
        (
            vec![
                ("weight", floats(&[1.0; 3])),
                ("target", lists(&[full(0.0), None, full(0.0)])),
            ],
            Some(2),
            "`target` is missing",
        ),
        (
            vec![("weight", floats(&[1.0; 3])), ("target", holes)],
            Some(2),
            "`target` is missing coordinate 1",
        ),
        (
            vec![
                ("weight", floats(&[1.0; 3])),
                (
                    "target",
                    lists(&[full(0.0), full(f64::INFINITY), full(0.0)]),
                ),
            ],
            Some(2),
            "`target` is inf in coordinate 1",
        ),
        (
            vec![
                ("weight", floats(&[1.0; 3])),
                (
                    "target",
                    lists(&[full(0.0), full(0.0), Some(vec![Some(1.0)])]),
                ),
            ],
            Some(3),
            "`target` has length 1 where the first row has 2",
        ),
        (
            vec![("weight", floats(&[1.0; 3])), ("target", words.clone())],
            None,
            "`target` holds Utf8, not lists of numbers",
        ),
        (
            vec![("weight", words.clone()), ("target", good())],
            None,
            "`weight` holds Utf8, not numbers",
        ),
        (
            vec![("wait", floats(&[1.0; 3])), ("target", good())],
            None,
            "has no column `weight`",
        ),
        (
            vec![("weight", floats(&[])), ("target", lists(&[]))],
            None,
            "has no rows",
        ),
        (
            vec![
                ("name", again),
                ("weight", floats(&[1.0; 3])),
                ("target", good()),
            ],
            Some(3),
            "the name 'a' is taken by influencer",
        ),
    ];
    for (columns, row, message) in cases {
        write_parquet(&path, columns, 2);
        let error = read(&folder, "t.parquet").unwrap_err();
        assert!(
            error.message.contains(message) && error.row == row,
            "wanted {row:?} {message}, got {error}"
        );
        assert!(
            error.file.as_deref().unwrap().ends_with("t.parquet"),
            "{error}"
        );
    }
    write_parquet(
        &path,
        vec![
            ("wait", floats(&[1.0])),
            ("target", lists(&rows_of(&[0.0, 1.0], 2))),
        ],
        2,
    );
    let error = read(&folder, "t.parquet").unwrap_err();
    assert_eq!(error.help.as_deref(), Some("it has: wait, target"));
    std::fs::write(&path, b"PAR1 and nothing else").unwrap();
    assert!(
        read(&folder, "t.parquet")
            .unwrap_err()
            .message
            .contains("not a readable Parquet file")
    );
}

#[test]
fn bad_rows_of_csv_are_named() {
    let folder = tempfile::tempdir().unwrap();
    for (text, row, line, message) in [
        (
            "weight,target_0\n1,2\n,3\n",
            Some(2),
            Some(3),
            "`weight` is missing",
        ),
        (
            "weight,target_0\n1,2\n1,x\n",
            Some(2),
            Some(3),
            "`target_0`: x is not a number",
        ),
        (
            "weight,target_0\n1,nan\n",
            Some(1),
            Some(2),
            "`target_0`: nan is not finite",
        ),
        (
            "weight,target_0\n1,1e999\n",
            Some(1),
            Some(2),
            "`target_0`: 1e999 has an exponent",
        ),
        (
            "weight,target_0,target_1\n1,2,3\n1,2\n",
            Some(2),
            Some(3),
            "has 2 cells where the header has 3",
        ),
        (
            "weight,target_0,target_1\n1,2,3\n1,2,\n",
            Some(2),
            Some(3),
            "`target_1` is missing",
        ),
        (
            "weight,target_0,target_2\n1,2,3\n",
            None,
            None,
            "has no column `target_1`",
        ),
        (
            "weight,target,target_0\n1,2,3\n",
            None,
            None,
            "has both `target` and `target_0`",
        ),
        (
            "weight,weight,target\n1,2,3\n",
            None,
            None,
            "has two columns `weight`",
        ),
        ("wait,target\n1,2\n", None, None, "has no column `weight`"),
        ("weight,aim\n1,2\n", None, None, "has no column `target_0`"),
        ("weight,target\n", None, None, "has no rows"),
        ("", None, None, "has no column `weight`"),
        (
            "name,weight,target\na,1,2\na,1,2\n",
            Some(2),
            None,
            "the name 'a' is taken",
        ),
        (
            "name,weight,target\n\"a\nb\",1,2\n",
            Some(1),
            Some(2),
            "`name` has a control character",
        ),
    ] {
        std::fs::write(folder.path().join("t.csv"), text).unwrap();
        let error = read(&folder, "t.csv").unwrap_err();
        assert!(
            error.message.contains(message),
            "wanted {message}, got {error}"
        );
        assert_eq!((error.row, error.line), (row, line), "{error}");
        assert!(error.file.as_deref().unwrap().ends_with("t.csv"), "{error}");
    }
}

#[test]
fn what_the_game_file_says_of_a_table_is_checked() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("t.csv"),
        "weight,target_0,target_1\n1,2,3\n",
    )
    .unwrap();
    std::fs::write(folder.path().join("t.txt"), "weight,target\n1,2\n").unwrap();
    let game = |more: &str, space: &str| {
        format!("influencers = {{ file = \"t.csv\" }}\naction_space = {space}\n{more}")
    };
    let ball = "{ type = \"ball\", radius = 1 }";
    assert!(read_with(&folder, &game("receiver = { bias = [1, 2] }\n", ball)).is_ok());
    for (text, message, line) in [
        (
            game("receiver = { bias = [1] }\n", ball),
            "`target` has length 2 where the receiver has 1",
            None,
        ),
        (
            game("", "{ type = \"box\", lower = [0, 0, 0], upper = 1 }"),
            "the action space has 3 coordinates",
            Some(2),
        ),
        (
            game("", "{ type = \"ball\", radius = -1 }"),
            "`radius` is negative",
            Some(2),
        ),
        (
            game("", "{ type = \"finite\", items = [[0, 0]], choose = 1 }"),
            "lists its influencers in the game file",
            Some(1),
        ),
        (
            game("", ball).replace("t.csv", "u.csv"),
            "no such file",
            None,
        ),
        (
            game("", ball).replace("t.csv", "t.txt"),
            "neither .parquet nor .csv",
            None,
        ),
    ] {
        let error = read_with(&folder, &text).unwrap_err();
        assert!(
            error.message.contains(message) && (line.is_none() || error.line == line),
            "wanted {message}, got {error}"
        );
    }
}

#[test]
fn costs_of_lying_are_columns_too() {
    let folder = TempDir::new().unwrap();
    let csv = |text: &str| std::fs::write(folder.path().join("x.csv"), text).unwrap();
    csv("weight,target_0,lying_cost,honest_0\n0.5,0.2,0.25,0.1\n0.5,-0.3,0,0.5\n");
    let game = read(&folder, "x.csv").unwrap();
    assert_eq!((game.lying_cost(0), game.lying_cost(1)), (0.25, 0.0));
    assert_eq!((game.honest(0), game.honest(1)), (Some(&[0.1][..]), None));
    csv("weight,target_0,lying_cost\n0.5,1.2,0.25\n");
    assert_eq!(read(&folder, "x.csv").unwrap().honest(0), Some(&[1.0][..]));
    csv("weight,target_0,lying_cost\n0.5,1.2,0\n0.5,0.1,-1\n");
    let error = read(&folder, "x.csv").unwrap_err();
    assert_eq!(error.row, Some(2));
    assert!(error.message.contains("`lying_cost` is -1"), "{error}");
    csv("weight,target_0,lying_cost,honest\n0.5,0.2,1,1.5\n");
    let error = read(&folder, "x.csv").unwrap_err();
    assert!(
        error.row == Some(1) && error.message.contains("`honest` is not in"),
        "{error}"
    );
    let columns = |costs: ArrayRef| {
        let two = || lists(&[Some(vec![Some(0.2)]), Some(vec![Some(-0.3)])]);
        vec![
            ("weight", floats(&[0.5, 0.5])),
            ("target", two()),
            ("lying_cost", costs),
            ("honest", two()),
        ]
    };
    write_parquet(
        &folder.path().join("x.parquet"),
        columns(floats(&[0.5, 2.0])),
        1,
    );
    let game = read(&folder, "x.parquet").unwrap();
    assert_eq!(
        (game.lying_cost(1), game.honest(1)),
        (2.0, Some(&[-0.3][..]))
    );
    write_parquet(
        &folder.path().join("x.parquet"),
        columns(floats(&[0.5, f64::NAN])),
        1,
    );
    assert_eq!(read(&folder, "x.parquet").unwrap_err().row, Some(2));
}
