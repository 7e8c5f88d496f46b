//! Preference tables: the three formats hold the same rows, and what is wrong is refused with its row.

#![allow(clippy::unwrap_used)] // in tests a panic is the report

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, DictionaryArray, FixedSizeBinaryArray, FixedSizeListArray,
    Float32Array, Float64Array, Int64Array, LargeListArray, LargeStringArray, ListArray, NullArray,
    RecordBatch, StringArray, StringViewArray,
};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, Field, Schema};
use big_io::InputError;
use big_io::preference::{
    AnnotatorColumn, ColumnNames, PreferenceTable, RowCount, SimulatedRows, TableFiles,
    write_preferences,
};
use big_preference::data::{Floats, Preference};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use proptest::prelude::*;
use tempfile::TempDir;

/// A whole table in memory.
#[derive(Debug, Default, PartialEq)]
struct Read {
    dim: usize,
    a: Vec<f64>,
    b: Vec<f64>,
    labels: Vec<Preference>,
    weights: Vec<f64>,
    annotators: Vec<String>,
    single: bool,
}

fn open(path: &Path) -> Result<PreferenceTable, InputError> {
    open_with(path, &ColumnNames::default())
}

fn open_with(path: &Path, names: &ColumnNames) -> Result<PreferenceTable, InputError> {
    PreferenceTable::open(&TableFiles::find(&[path.to_owned()], None)?, names)
}

fn read_with(path: &Path, names: &ColumnNames) -> Result<Read, InputError> {
    let table = open_with(path, names)?;
    let mut out = Read {
        dim: table.dim(),
        ..Read::default()
    };
    let mut who = Vec::new();
    table.pass::<InputError>(&mut |block| {
        assert_eq!(block.first_row, out.labels.len() as u64 + 1);
        let rows = block.embeddings().expect("these have embeddings");
        out.single |= matches!(rows.a, Floats::Single(_));
        rows.a.append_to(&mut out.a);
        rows.b.append_to(&mut out.b);
        out.labels.extend(block.labels);
        out.weights.extend(block.weights.unwrap_or_default());
        who.extend_from_slice(block.annotators.unwrap_or_default());
        Ok(())
    })?;
    let all = table.annotators();
    out.annotators = who.iter().map(|&w| all[w as usize].clone()).collect();
    Ok(out)
}

fn read(path: &Path) -> Result<Read, InputError> {
    read_with(path, &ColumnNames::default())
}

fn file(folder: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// Refused, with these words.
fn refused(path: &Path, words: &[&str]) {
    let told = read(path).unwrap_err().to_string();
    for word in words {
        assert!(told.contains(word), "no {word:?} in: {told}");
    }
    assert!(told.starts_with(&path.display().to_string()), "{told}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn what_is_written_is_read_back_to_the_bit(
        dim in 1_usize..5,
        sizes in prop::collection::vec(1_usize..40, 1..5),
        seed in prop::collection::vec(any::<u64>(), 8),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut state = seed.iter().fold(1_u64, |s, v| s.wrapping_mul(31).wrapping_add(*v)) | 1;
        let mut number = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let v = f64::from_bits(state);
            if v.is_finite() { v } else { 0.1 }
        };
        let blocks: Vec<SimulatedRows> = sizes
            .iter()
            .enumerate()
            .map(|(i, &n)| SimulatedRows {
                annotator: Arc::from(format!("a \"quoted\", name {i}")),
                a: (0..n * dim).map(|_| number()).collect(),
                b: (0..n * dim).map(|_| number()).collect(),
                labels: (0..n).map(|_| number() > 0.0).collect(),
            })
            .collect();
        for name in ["t.parquet", "t.csv", "t.jsonl"] {
            let path = folder.path().join(name);
            write_preferences(&path, dim, blocks.iter().cloned()).unwrap();
            let found = read(&path).unwrap();
            let flat = |f: &dyn Fn(&SimulatedRows) -> &Vec<f64>| -> Vec<f64> {
                blocks.iter().flat_map(|b| f(b).clone()).collect()
            };
            prop_assert_eq!(found.dim, dim);
            prop_assert_eq!(&found.a, &flat(&|b| &b.a));
            prop_assert_eq!(&found.b, &flat(&|b| &b.b));
            for (label, was) in found.labels.iter().zip(blocks.iter().flat_map(|b| &b.labels)) {
                prop_assert_eq!(*label, if *was { Preference::A } else { Preference::B });
            }
            let names: Vec<String> = blocks
                .iter()
                .flat_map(|b| b.labels.iter().map(|_| b.annotator.to_string()))
                .collect();
            prop_assert_eq!(&found.annotators, &names);
        }
    }
}

/// A Parquet file of these columns.
fn parquet(folder: &TempDir, columns: Vec<(&str, ArrayRef)>) -> PathBuf {
    let path = folder.path().join("t.parquet");
    let fields: Vec<Field> = columns
        .iter()
        .map(|(name, column)| Field::new(*name, column.data_type().clone(), true))
        .collect();
    let schema = Arc::new(Schema::new(fields));
    let columns = columns.into_iter().map(|(_, c)| c).collect();
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns).unwrap();
    let file = std::fs::File::create(&path).unwrap();
    let mut writer = ArrowWriter::try_new(file, schema, None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    path
}

fn fixed32(values: &[f32], dim: i32) -> ArrayRef {
    let item = Arc::new(Field::new_list_field(DataType::Float32, true));
    let values = Arc::new(Float32Array::from(values.to_vec()));
    Arc::new(FixedSizeListArray::try_new(item, dim, values, None).unwrap())
}

fn list64(rows: &[Option<Vec<Option<f64>>>]) -> ArrayRef {
    Arc::new(ListArray::from_iter_primitive::<
        arrow_array::types::Float64Type,
        _,
        _,
    >(rows.iter().cloned()))
}

fn large64(values: &[f64], lengths: &[usize]) -> ArrayRef {
    let item = Arc::new(Field::new_list_field(DataType::Float64, true));
    let values = Arc::new(Float64Array::from(values.to_vec()));
    let offsets = OffsetBuffer::<i64>::from_lengths(lengths.iter().copied());
    Arc::new(LargeListArray::try_new(item, offsets, values, None).unwrap())
}

#[test]
fn parquet_of_every_kind_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let a = fixed32(&[1.5, 2.0, 3.0, 4.0], 2);
    let b = large64(&[0.1, 0.2, 0.3, 0.4], &[2, 2]);
    let labels: Vec<(ArrayRef, &str)> = vec![
        (Arc::new(BooleanArray::from(vec![true, false])), "flags"),
        (Arc::new(Int64Array::from(vec![1, 0])), "integers"),
        (Arc::new(Float64Array::from(vec![1.0, 0.0])), "floats"),
        (Arc::new(StringArray::from(vec!["True", "0"])), "texts"),
    ];
    let people: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from(vec![7, -3])),
        Arc::new(StringArray::from(vec!["7", "-3"])),
    ];
    for (label, kind) in labels {
        for who in &people {
            let path = parquet(
                &folder,
                vec![
                    ("a", Arc::clone(&a)),
                    ("b", Arc::clone(&b)),
                    ("label", Arc::clone(&label)),
                    ("annotator", Arc::clone(who)),
                    ("weight", Arc::new(Float64Array::from(vec![0.5, 2.0]))),
                ],
            );
            let found = read(&path).unwrap();
            assert!(found.single, "{kind}: single precision is not widened");
            assert_eq!(found.a, [1.5, 2.0, 3.0, 4.0]);
            assert_eq!(found.b, [0.1, 0.2, 0.3, 0.4]);
            assert_eq!(found.labels, [Preference::A, Preference::B], "{kind}");
            assert_eq!(found.annotators, ["7", "-3"]);
            assert_eq!(found.weights, [0.5, 2.0]);
            assert_eq!(open(&path).unwrap().rows(), RowCount::Known(2));
        }
    }
    // Integers as embeddings, one number for a list of one.
    let path = parquet(
        &folder,
        vec![
            ("chosen", Arc::new(Int64Array::from(vec![3, 4]))),
            ("rejected", Arc::new(Float64Array::from(vec![0.5, 0.25]))),
        ],
    );
    let found = read(&path).unwrap();
    assert_eq!((found.dim, &*found.a), (1, &[3.0, 4.0][..]));
    assert_eq!(found.labels, [Preference::A, Preference::A]);
}

#[test]
fn bad_parquet_rows_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let good = || Some(vec![Some(1.0), Some(2.0)]);
    let label = || -> ArrayRef { Arc::new(Int64Array::from(vec![1, 0, 1])) };
    let with = |a: Vec<Option<Vec<Option<f64>>>>, label: ArrayRef| {
        parquet(
            &folder,
            vec![
                ("a", list64(&a)),
                ("b", list64(&[good(), good(), good()])),
                ("label", label),
            ],
        )
    };
    let path = with(vec![good(), None, good()], label());
    refused(&path, &["row 2", "`a` is missing"]);
    let path = with(vec![good(), good(), Some(vec![Some(1.0), None])], label());
    refused(&path, &["row 3", "`a` is missing coordinate 1"]);
    let path = with(vec![good(), good(), Some(vec![Some(1.0)])], label());
    refused(&path, &["row 3", "length 1", "2"]);
    let path = with(
        vec![good(), Some(vec![Some(f64::NAN), Some(0.0)]), good()],
        label(),
    );
    refused(&path, &["row 2", "NaN", "coordinate 0"]);
    let all = || vec![good(), good(), good()];
    let path = with(
        all(),
        Arc::new(Int64Array::from(vec![Some(1), None, Some(0)])),
    );
    refused(&path, &["row 2", "`label` is missing"]);
    let path = with(all(), Arc::new(Int64Array::from(vec![1, 0, 3])));
    refused(&path, &["row 3", "`label` is 3"]);
    let path = parquet(&folder, vec![("a", list64(&all())), ("label", label())]);
    refused(&path, &["no column `b`", "it has: a, label"]);
    let path = parquet(
        &folder,
        vec![
            ("a", Arc::new(StringArray::from(vec!["x"]))),
            ("b", list64(&[Some(vec![Some(1.0)])])),
            ("label", Arc::new(Int64Array::from(vec![1]))),
        ],
    );
    refused(&path, &["column `a` holds names", "`b` holds numbers"]);
    let path = file(&folder, "cut.parquet", "PAR1 and no more");
    refused(&path, &["not a readable Parquet file"]);
}

/// 3,000 rows in row groups of 256, with an annotator column of any type.
fn long_table(folder: &TempDir, who: ArrayRef, bad: &[(&str, usize)]) -> PathBuf {
    let n = 3000;
    let numbers = |column: &str| -> ArrayRef {
        let rows: Vec<Option<Vec<Option<f64>>>> = (0..n)
            .map(|r| match bad.contains(&(column, r)) {
                true => Some(vec![Some(r as f64), Some(f64::NAN)]),
                false => Some(vec![Some(r as f64), Some(0.5)]),
            })
            .collect();
        list64(&rows)
    };
    let labels: Vec<Option<i64>> = (0..n)
        .map(|r| (!bad.contains(&("label", r))).then_some(r as i64 % 2))
        .collect();
    let weights: Vec<f64> = (0..n)
        .map(|r| {
            if bad.contains(&("weight", r)) {
                -1.0
            } else {
                1.0
            }
        })
        .collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("a", numbers("a")),
        ("b", numbers("b")),
        ("label", Arc::new(Int64Array::from(labels))),
        ("weight", Arc::new(Float64Array::from(weights))),
        ("annotator", who),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let path = folder.path().join("long.parquet");
    let settings = WriterProperties::builder()
        .set_max_row_group_row_count(Some(256))
        .build();
    let file = std::fs::File::create(&path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(settings)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    path
}

#[test]
fn annotators_are_of_any_type() {
    let folder = tempfile::tempdir().unwrap();
    let n = 3000;
    let texts = || (0..n).map(|r| format!("p{}", r % 3));
    let text: ArrayRef = Arc::new(StringArray::from_iter_values(texts()));
    let words: Vec<String> = texts().collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let dictionary = DictionaryArray::<Int32Type>::from_iter(words.iter().copied());
    let bytes = words.iter().map(|w| w.as_bytes());
    let hex: ArrayRef = Arc::new(
        FixedSizeBinaryArray::try_from_iter((0..n).map(|r| [(r % 3) as u8, 0xab, 0, 1])).unwrap(),
    );
    let cases: Vec<(ArrayRef, [&str; 3])> = vec![
        (Arc::clone(&text), ["p0", "p1", "p2"]),
        (
            Arc::new(LargeStringArray::from_iter_values(&words)),
            ["p0", "p1", "p2"],
        ),
        (
            Arc::new(StringViewArray::from_iter_values(&words)),
            ["p0", "p1", "p2"],
        ),
        (Arc::new(dictionary), ["p0", "p1", "p2"]),
        (
            Arc::new(BinaryArray::from_iter_values(bytes)),
            ["p0", "p1", "p2"],
        ),
        (
            Arc::new(Float64Array::from_iter_values(
                (0..n).map(|r| f64::from(r % 3) / 2.0),
            )),
            ["0", "0.5", "1"],
        ),
        (
            Arc::new(BooleanArray::from_iter((0..n).map(|r| Some(r % 3 == 1)))),
            ["false", "true", "false"],
        ),
        (hex, ["00ab0001", "01ab0001", "02ab0001"]),
    ];
    for (who, names) in cases {
        let kind = who.data_type().clone();
        let found = read(&long_table(&folder, who, &[])).unwrap();
        assert_eq!(found.annotators.len(), n as usize);
        for (r, name) in found.annotators.iter().enumerate() {
            assert_eq!(name, names[r % 3], "{kind}");
        }
    }
    let missing: StringArray = texts()
        .enumerate()
        .map(|(r, name)| (r != 1500).then_some(name))
        .collect();
    let path = long_table(&folder, Arc::new(missing), &[]);
    refused(&path, &["row 1501", "`annotator` is missing"]);
    let bytes = BinaryArray::from_iter_values((0..n).map(|r| match r {
        2700 => &[0xff, 0xfe][..],
        _ => b"x",
    }));
    let path = long_table(&folder, Arc::new(bytes), &[]);
    refused(&path, &["row 2701", "`annotator` is not UTF-8 text"]);
    let nothing: ArrayRef = Arc::new(NullArray::new(n as usize));
    refused(
        &long_table(&folder, nothing, &[]),
        &["row 1", "`annotator` is missing"],
    );
}

#[test]
fn rows_are_counted_over_all_row_groups_and_the_first_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let who = || -> ArrayRef { Arc::new(Int64Array::from_iter_values(0..3000)) };
    for (bad, words) in [
        (
            vec![("b", 2999)],
            ["row 3000", "`b` is NaN in coordinate 1"],
        ),
        (vec![("a", 256)], ["row 257", "`a` is NaN in coordinate 1"]),
        // Whatever the order in which columns are read.
        (
            vec![("a", 2001), ("b", 2000)],
            ["row 2001", "`b` is NaN in coordinate 1"],
        ),
        (
            vec![("b", 1001), ("weight", 1000)],
            ["row 1001", "`weight` is -1"],
        ),
        (
            vec![("a", 1001), ("label", 999)],
            ["row 1000", "`label` is missing"],
        ),
    ] {
        let path = long_table(&folder, who(), &bad);
        refused(&path, &words);
        let help = read(&path).unwrap_err().help.clone().unwrap();
        assert!(help.contains("from 1"), "{help}");
    }
}

#[test]
fn bad_csv_rows_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let csv = |text: &str| file(&folder, "t.csv", text);
    refused(
        &csv("a_0,b_0\n1,2\n"),
        &["no column `label`", "it has: a_0, b_0"],
    );
    refused(
        &csv("x,y\n1,2\n"),
        &["no column `a`", "it has: x, y", "named in their place"],
    );
    refused(&csv("a_0,b_0,label\n"), &["no rows"]);
    refused(&csv(""), &["is empty"]);
    refused(
        &csv("a_0,b_0,label\n1,2,1\n1,,0\n"),
        &["row 2", "`b_0` is missing"],
    );
    refused(
        &csv("a_0,b_0,label\n1,2,1\n1,inf,0\n"),
        &["row 2", "`b_0` is inf"],
    );
    refused(
        &csv("a_0,b_0,label\n1,2,1\n1,x,0\n"),
        &["row 2", "`b_0`: x is not a number"],
    );
    refused(&csv("a_0,b_0,label\n1,2,yes\n"), &["row 1", "\"yes\""]);
    refused(&csv("a_0,b_0,label\n1,2,1\n1,2\n"), &["row 2", "2 cells"]);
    refused(
        &csv("a_0,a_2,b_0,label\n1,2,3,1\n"),
        &["`a_2`", "without a gap"],
    );
    refused(
        &csv("a_0,a_1,b_0,label\n1,2,3,1\n"),
        &["`b` has 1", "`a` has 2"],
    );
    refused(&csv("a_0,a_0,b_0,label\n1,2,3,1\n"), &["two columns `a_0`"]);
    refused(
        &csv("a_0,b_0,label,weight\n1,2,1,-1\n"),
        &["row 1", "`weight` is -1"],
    );
    refused(
        &csv("annotator,a_0,b_0,label\n,2,1,1\n"),
        &["row 1", "`annotator` is missing"],
    );
    let error = read(&csv("a_0,b_0,label\n1,2,1\n1,nan,0\n")).unwrap_err();
    assert_eq!((error.row, error.line), (Some(2), Some(3)));
    refused(
        &file(&folder, "t.txt", "a"),
        &[".parquet", ".jsonl", ".csv"],
    );
}

#[test]
fn bad_json_lines_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let lines = |text: &str| file(&folder, "t.jsonl", text);
    let good = r#"{"a": [1, 2], "b": [3, 4], "label": 1}"#;
    refused(&lines(""), &["no rows"]);
    refused(&lines("[1]\n"), &["not an object"]);
    refused(
        &lines(r#"{"a": [1], "label": 1}"#),
        &["no column `b`", "a, label"],
    );
    for (bad, words) in [
        (
            r#"{"a": [1, null], "b": [3, 4], "label": 1}"#,
            "`a` is missing coordinate 1",
        ),
        (r#"{"a": [1], "b": [3, 4], "label": 1}"#, "length 1"),
        (r#"{"b": [3, 4], "label": 1}"#, "`a` is missing"),
        (r#"{"a": null, "b": [3, 4], "label": 1}"#, "`a` is missing"),
        (
            r#"{"a": [1, 2], "b": [3, 4], "label": null}"#,
            "`label` is missing",
        ),
        (r#"{"a": [1, 2], "b": [3, 4], "label": 0.7}"#, "0.7"),
        (
            r#"{"a": [1, 2], "b": [3, NaN], "label": 1}"#,
            "not valid JSON",
        ),
        (
            r#"{"a": [1, 2], "b": [3, 1e999], "label": 1}"#,
            "number out of range",
        ),
        (
            r#"{"a": [1, 2], "a": [1, 2], "b": [3, 4], "label": 1}"#,
            "two fields `a`",
        ),
        (
            r#"{"a": "text", "b": [3, 4], "label": 1}"#,
            "list of numbers",
        ),
        (
            r#"{"a": [1, 2], "b": [3, 4], "label": 1} x"#,
            "not valid JSON",
        ),
        (
            r#"{"a": [1, 2], "b": [3, 4], "label": 1, "weight": 2}"#,
            "has a `weight` where the first row has none",
        ),
    ] {
        // A blank line counts as a line of the file, not as a row.
        let path = lines(&format!("{good}\n\n{bad}\n"));
        refused(&path, &["row 2", words]);
        assert_eq!(read(&path).unwrap_err().line, Some(3), "{bad}");
    }
    let deep = format!("{good}\n{}\n", "[".repeat(100_000));
    refused(&lines(&deep), &["row 2"]);
}

#[test]
fn json_lines_say_it_in_many_ways() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(
        &folder,
        "t.jsonl",
        "{\"annotator\": 7, \"label\": true, \"a\": [1, 2], \"b\": [0.5, -1], \"text\": {\"x\": [1, [2]]}}\n\
         {\"b\": [0, 0], \"a\": [1, 1e-3], \"label\": 0, \"annotator\": \"seven\"}\n\
         {\"annotator\": true, \"label\": 0.5, \"a\": [1, 2], \"b\": [0.5, -1]}\n",
    );
    let found = read(&path).unwrap();
    assert_eq!(found.a, [1.0, 2.0, 1.0, 1e-3, 1.0, 2.0]);
    assert_eq!(
        found.labels,
        [Preference::A, Preference::B, Preference::Tie]
    );
    assert_eq!(found.annotators, ["7", "seven", "true"]);
    assert!(found.weights.is_empty());
}

#[test]
fn columns_by_other_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(
        &folder,
        "t.csv",
        "who,good_0,good_1,bad_0,bad_1,a_0,b_0,label\nx,1,2,3,4,9,9,0\ny,5,6,7,8,9,9,1\n",
    );
    let names = ColumnNames {
        chosen: Some("good".into()),
        rejected: Some("bad".into()),
        annotator: AnnotatorColumn::Named("who".into()),
        ..ColumnNames::default()
    };
    let found = read_with(&path, &names).unwrap();
    assert_eq!(found.a, [1.0, 2.0, 5.0, 6.0]);
    assert_eq!(found.b, [3.0, 4.0, 7.0, 8.0]);
    assert_eq!(found.labels, [Preference::A, Preference::A]);
    assert_eq!(found.annotators, ["x", "y"]);
    let missing = ColumnNames {
        annotator: AnnotatorColumn::Named("whom".into()),
        ..names
    };
    let told = read_with(&path, &missing).unwrap_err().to_string();
    assert!(
        told.contains("`whom`") && told.contains("who, good_0"),
        "{told}"
    );
}

#[test]
fn passes_are_the_same_and_stop_when_told_to() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["t.parquet", "t.csv", "t.jsonl"] {
        let path = folder.path().join(name);
        let block = SimulatedRows {
            annotator: Arc::from("x"),
            a: (0..20_000).map(f64::from).collect(),
            b: vec![0.0; 20_000],
            labels: vec![true; 20_000],
        };
        write_preferences(&path, 1, [block.clone(), block].into_iter()).unwrap();
        let table = open(&path).unwrap();
        let estimate = table.rows().count();
        assert!((30_000..60_000).contains(&estimate), "{name}: {estimate}");
        let pass = || {
            let mut blocks = Vec::new();
            table
                .pass::<InputError>(&mut |block| {
                    blocks.push((block.first_row, block.labels.len()));
                    Ok(())
                })
                .unwrap();
            blocks
        };
        let first = pass();
        assert!(first.len() > 1 && first == pass());
        let mut seen = 0;
        let stopped = table.pass::<InputError>(&mut |_| {
            seen += 1;
            Err(InputError::new("enough"))
        });
        assert_eq!((stopped.unwrap_err().message.as_str(), seen), ("enough", 1));
    }
}

#[test]
fn a_glimpse_shows_rows_from_all_over_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let who: ArrayRef = Arc::new(Int64Array::from_iter_values(0..3000));
    let peek = |path: &Path, some: usize| -> Vec<(u64, f64)> {
        let table = open(path).unwrap();
        let mut rows = Vec::new();
        table
            .peek::<InputError>(some, &mut |block| {
                let Some(Floats::Double(a)) = block.embeddings().map(|rows| rows.a) else {
                    panic!("doubles are handed over as they are");
                };
                assert!(block.annotators.is_none());
                let d = a.len() / block.labels.len();
                rows.extend((block.first_row..).zip(a.iter().step_by(d).copied()));
                Ok(())
            })
            .unwrap();
        // Nobody but the first row's has been met, so that a pass still meets everybody in order.
        assert!(table.annotators().len() <= 1);
        rows
    };
    // Twelve row groups of 256 rows; row r holds r − 1.
    let rows = peek(&long_table(&folder, who, &[]), 240);
    assert_eq!(rows.len(), 240);
    assert!(rows.iter().all(|(row, a)| *row as f64 == a + 1.0));
    let groups: Vec<u64> = rows.iter().map(|(row, _)| (row - 1) / 256).collect();
    assert!((0..12).all(|group| groups.iter().filter(|g| **g == group).count() == 20));
    // Text begins at its beginning.
    let lines: String = (0..9000).map(|r| format!("{r},0,1\n")).collect();
    let path = file(&folder, "t.csv", &format!("a,b,label\n{lines}"));
    let rows = peek(&path, 100);
    assert!((100..9000).contains(&rows.len()) && rows[0] == (1, 0.0));
    // And a table of fewer rows is shown as a whole.
    assert_eq!(peek(&path, 10_000).len(), 9000);
}
