//! The same rows from every kind of file, in one or many, and by other columns; what is refused names the file and the row.

#![allow(clippy::unwrap_used)] // in tests a panic is the report

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, DictionaryArray, FixedSizeListArray, Float64Array, LargeStringArray, RecordBatch,
};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use arrow_schema::{DataType, Field};
use big_io::InputError;
use big_io::preference::{
    AnnotatorColumn, ColumnNames, Format, PreferenceTable, Responses, SimulatedRows, TableFiles,
    Words, write_preferences,
};
use big_preference::data::Preference;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
use parquet::file::properties::WriterProperties;
use tempfile::TempDir;

/// A whole table in memory.
#[derive(Clone, Debug, Default, PartialEq)]
struct Read {
    a: Vec<f64>,
    b: Vec<f64>,
    names: Vec<(String, String)>,
    labels: Vec<Preference>,
    weights: Vec<f64>,
    annotators: Vec<String>,
}

fn read_table(table: &PreferenceTable) -> Result<Read, InputError> {
    let mut out = Read::default();
    let (mut who, mut items) = (Vec::new(), Vec::new());
    table.pass::<InputError>(&mut |block| {
        assert_eq!(block.first_row, out.labels.len() as u64 + 1);
        if let Some(rows) = block.embeddings() {
            rows.a.append_to(&mut out.a);
            rows.b.append_to(&mut out.b);
        }
        if let Some(rows) = block.names() {
            items.extend(rows.a.iter().copied().zip(rows.b.iter().copied()));
        }
        out.labels.extend(block.labels);
        out.weights.extend(block.weights.unwrap_or_default());
        who.extend_from_slice(block.annotators.unwrap_or_default());
        Ok(())
    })?;
    let all = table.annotators();
    out.annotators = who.iter().map(|&w| all[w as usize].clone()).collect();
    let all = table.items();
    let name = |at: u32| all[at as usize].clone();
    out.names = items.iter().map(|&(a, b)| (name(a), name(b))).collect();
    Ok(out)
}

fn read_all(paths: &[PathBuf], names: &ColumnNames) -> Result<Read, InputError> {
    let files = TableFiles::find(paths, None)?;
    read_table(&PreferenceTable::open(&files, names)?)
}

fn read(path: &Path) -> Result<Read, InputError> {
    read_all(&[path.to_owned()], &ColumnNames::default())
}

fn file(folder: &TempDir, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// Rows whose numbers need all their digits.
fn rows(first: usize, n: usize) -> SimulatedRows {
    let number = |k: usize| ((first * 31 + k) as f64 * 0.7).sin() / 3.0;
    SimulatedRows {
        annotator: Arc::from(format!("person {first}")),
        a: (0..2 * n).map(number).collect(),
        b: (0..2 * n).map(|k| number(k + 1000)).collect(),
        labels: (0..n).map(|k| number(k) > 0.0).collect(),
    }
}

/// 3,000 rows by two people, as every format has them.
fn written(folder: &TempDir, name: &str) -> PathBuf {
    let path = folder.path().join(name);
    write_preferences(&path, 2, [rows(1, 1000), rows(2, 2000)].into_iter()).unwrap();
    path
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(text).unwrap();
    out.finish().unwrap()
}

/// The batches of a Parquet file.
fn batches(path: &Path) -> Vec<RecordBatch> {
    let file = std::fs::File::open(path).unwrap();
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    builder
        .with_batch_size(700)
        .build()
        .unwrap()
        .map(|b| b.unwrap())
        .collect()
}

#[test]
fn every_kind_of_file_gives_the_same_rows() {
    let folder = tempfile::tempdir().unwrap();
    let parquet = written(&folder, "t.parquet");
    let expected = read(&parquet).unwrap();
    assert_eq!((expected.labels.len(), expected.a.len()), (3000, 6000));
    let csv = std::fs::read(written(&folder, "t.csv")).unwrap();
    let jsonl = std::fs::read(written(&folder, "t.jsonl")).unwrap();
    let text = String::from_utf8(csv.clone()).unwrap();
    let lines = String::from_utf8(jsonl.clone()).unwrap();
    let array = format!(" [\n{}\n]\n", lines.trim_end().replace('\n', ",\n"));
    // Two members of one file, as `cat a.gz b.gz` makes them.
    let (head, tail) = csv.split_at(csv.len() / 2);
    let mut kinds = vec![
        file(&folder, "t2.csv.gz", [gzip(head), gzip(tail)].concat()),
        file(&folder, "t3.csv", gzip(&csv)),
        file(&folder, "t.csv.zst", zstd::encode_all(&*csv, 1).unwrap()),
        file(&folder, "t.jsonl.gz", gzip(&jsonl)),
        file(
            &folder,
            "t.jsonl.zst",
            zstd::encode_all(&*jsonl, 1).unwrap(),
        ),
        file(&folder, "t.tsv", text.replace(',', "\t")),
        file(&folder, "semicolons.csv", text.replace(',', ";")),
        file(
            &folder,
            "decimal.csv",
            text.replace(',', ";").replace('.', ","),
        ),
        file(&folder, "array.json", &array),
        file(&folder, "no_name", &array),
        file(
            &folder,
            "parquet_without_a_name",
            std::fs::read(&parquet).unwrap(),
        ),
    ];
    let batches = batches(&parquet);
    let schema = batches[0].schema();
    for (name, codec) in [
        ("gzip", Compression::GZIP(GzipLevel::default())),
        ("brotli", Compression::BROTLI(BrotliLevel::default())),
        ("lz4", Compression::LZ4_RAW),
        ("lz4_hadoop", Compression::LZ4),
        ("snappy", Compression::SNAPPY),
        ("zstd", Compression::ZSTD(ZstdLevel::default())),
    ] {
        let path = folder.path().join(format!("{name}.parquet"));
        let settings = WriterProperties::builder().set_compression(codec).build();
        let out = std::fs::File::create(&path).unwrap();
        let mut writer = ArrowWriter::try_new(out, schema.clone(), Some(settings)).unwrap();
        batches
            .iter()
            .for_each(|batch| writer.write(batch).unwrap());
        writer.close().unwrap();
        kinds.push(path);
    }
    for (name, codec) in [
        ("plain", None),
        ("lz4", Some(CompressionType::LZ4_FRAME)),
        ("zstd", Some(CompressionType::ZSTD)),
    ] {
        let options = IpcWriteOptions::default()
            .try_with_compression(codec)
            .unwrap();
        let path = folder.path().join(format!("{name}.feather"));
        let out = std::fs::File::create(&path).unwrap();
        let mut writer = FileWriter::try_new_with_options(out, &schema, options.clone()).unwrap();
        batches
            .iter()
            .for_each(|batch| writer.write(batch).unwrap());
        writer.finish().unwrap();
        kinds.push(path);
        let path = folder.path().join(format!("{name}.arrow"));
        let out = std::fs::File::create(&path).unwrap();
        let mut writer = StreamWriter::try_new_with_options(out, &schema, options).unwrap();
        batches
            .iter()
            .for_each(|batch| writer.write(batch).unwrap());
        writer.finish().unwrap();
        kinds.push(path);
    }
    assert_eq!(kinds.len(), 23);
    for path in kinds {
        assert_eq!(read(&path).unwrap(), expected, "{}", path.display());
    }
}

#[test]
fn arrow_columns_of_other_types() {
    let folder = tempfile::tempdir().unwrap();
    let item = Arc::new(Field::new_list_field(DataType::Float64, true));
    let values = Arc::new(Float64Array::from(vec![1.0, 2.0, 3.0, 4.0]));
    let a: ArrayRef = Arc::new(FixedSizeListArray::try_new(item, 2, values, None).unwrap());
    let who: DictionaryArray<Int32Type> = ["y", "x"].into_iter().collect();
    let label: ArrayRef = Arc::new(LargeStringArray::from(vec!["left", "tie"]));
    let batch = RecordBatch::try_from_iter([
        ("b", Arc::clone(&a)),
        ("a", Arc::clone(&a)),
        ("annotator", Arc::new(who) as ArrayRef),
        ("label", label),
    ])
    .unwrap();
    assert_eq!(batch.column(0).as_fixed_size_list().value_length(), 2);
    let path = folder.path().join("t.arrow");
    let mut writer =
        FileWriter::try_new(std::fs::File::create(&path).unwrap(), &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    // A batch that begins in the middle of its values.
    writer.write(&batch.slice(1, 1)).unwrap();
    writer.finish().unwrap();
    let found = read(&path).unwrap();
    assert_eq!(found.a, [1.0, 2.0, 3.0, 4.0, 3.0, 4.0]);
    assert_eq!(found.annotators, ["y", "x", "x"]);
    assert_eq!(
        found.labels,
        [Preference::A, Preference::Tie, Preference::Tie]
    );
    let cut = std::fs::read(&path).unwrap();
    let told = read(&file(&folder, "cut.feather", &cut[..cut.len() / 2]))
        .unwrap_err()
        .to_string();
    assert!(
        told.contains("cut.feather") && told.contains("not a readable Arrow file"),
        "{told}"
    );
}

#[test]
fn files_of_one_table_count_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let part = |name: &str, first: usize| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        write_preferences(&path, 2, [rows(first, 3)].into_iter()).unwrap();
        path
    };
    // Written in another order than they are to be read in.
    let parts = [
        part("data/train-00001-of-00003.parquet", 2),
        part("data/train-00000-of-00003.parquet", 1),
        part("data/more/train-00002-of-00003.parquet", 3),
    ];
    part("data/.hidden.parquet", 9);
    std::fs::write(folder.path().join("data/_SUCCESS"), "").unwrap();
    std::fs::write(folder.path().join("data/dataset_info.json"), "{}").unwrap();
    std::fs::write(folder.path().join("data/README.md"), "words").unwrap();
    let usual = ColumnNames::default();
    let one = |k: usize| read(&parts[k]).unwrap();
    let folded = read_all(&[folder.path().join("data")], &usual).unwrap();
    // "more/…" comes before "train-…".
    let expected = [one(2), one(1), one(0)].map(|r| r.a).concat();
    assert_eq!(folded.a, expected);
    assert_eq!(folded.annotators[0], "person 3");
    let pattern = read_all(&[folder.path().join("data/train-*.parquet")], &usual).unwrap();
    assert_eq!(pattern.a, [one(1), one(0)].map(|r| r.a).concat());
    let given = read_all(&parts, &usual).unwrap();
    assert_eq!(given.a, [one(0), one(1), one(2)].map(|r| r.a).concat());
    // Formats may differ.
    let text = part("data/last.csv", 4);
    let mixed = read_all(&[parts[0].clone(), text.clone()], &usual).unwrap();
    assert_eq!(
        mixed.a,
        [one(0), read(&text).unwrap()].map(|r| r.a).concat()
    );

    let files = TableFiles::find(&parts, None).unwrap();
    let table = PreferenceTable::open(&files, &usual).unwrap();
    read_table(&table).unwrap();
    let places: Vec<(String, u64)> = [1, 3, 4, 9]
        .map(|row| (table.place(row).0.to_owned(), table.place(row).1))
        .to_vec();
    let name = |k: usize| parts[k].display().to_string();
    assert_eq!(
        places,
        [(name(0), 1), (name(0), 3), (name(1), 1), (name(2), 3)]
    );
    let mut seen = 0;
    table
        .peek::<InputError>(6, &mut |block| {
            seen += block.labels.len();
            Ok(())
        })
        .unwrap();
    assert_eq!(seen, 6, "two of each file");

    let told = |paths: &[PathBuf]| TableFiles::find(paths, None).unwrap_err().to_string();
    assert!(told(&[text.clone(), text.clone()]).contains("named twice"));
    assert!(told(&[folder.path().join("none-*.csv")]).contains("matches no file"));
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    assert!(told(&[empty]).contains("without a table"));
}

#[test]
fn a_bad_row_is_named_by_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let good = file(&folder, "1.csv", "a_0,b_0,label\n1,2,1\n1,2,0\n");
    for (name, text, words) in [
        (
            "2.csv",
            "a_0,b_0,label\n1,2,0\n1,x,1\n",
            ["row 2", "x is not a number"],
        ),
        (
            "2.csv",
            "a_0,a_1,b_0,b_1,label\n1,2,0,1,1\n",
            ["row 1", "length 2"],
        ),
        ("2.csv", "a_0,label\n1,1\n", ["2.csv", "no column `b`"]),
        (
            "2.csv",
            "a_0,b_0,label,weight\n1,1,1,1\n",
            ["a column of weights", "1.csv has none"],
        ),
        (
            "2.csv",
            "a,b,label\nx,y,1\n",
            ["names of items", "1.csv has none"],
        ),
        (
            "2.json",
            "[{\"a\": 1, \"b\": 2, \"label\": 1},\n {\"a\": 1,\n\"b\": 2 \"label\": 0}]",
            ["2.json:3", "row 2"],
        ),
        (
            "2.json",
            "[{\"a\": 1, \"b\": 2, \"label\": 1}",
            ["2.json", "cut short"],
        ),
        (
            "2.json",
            "[{\"a\": 1, \"b\": 2, \"label\": 1}] {}",
            ["2.json", "after the array"],
        ),
    ] {
        let bad = file(&folder, name, text);
        let told = read_all(&[good.clone(), bad], &ColumnNames::default())
            .unwrap_err()
            .to_string();
        for word in words.into_iter().chain([name]) {
            assert!(told.contains(word), "no {word:?} in: {told}");
        }
    }
    let squeezed = file(&folder, "t.parquet", gzip(b"PAR1"));
    assert!(
        read(&squeezed)
            .unwrap_err()
            .to_string()
            .contains("decompress it")
    );
}

#[test]
fn vectors_as_text_and_coordinates_in_columns() {
    let folder = tempfile::tempdir().unwrap();
    let pandas = file(
        &folder,
        "t.csv",
        "a,b,label\n\"[0.1, -2e-3]\",\"[3, 4]\",1\n[5. 6.],[ 7  8 ],0\n",
    );
    let found = read(&pandas).unwrap();
    assert_eq!(
        (found.a, found.b),
        (vec![0.1, -2e-3, 5.0, 6.0], vec![3.0, 4.0, 7.0, 8.0])
    );
    let cut = file(&folder, "cut.csv", "a,b,label\n[1. 2.],[1. ... 2.],1\n");
    assert!(read(&cut).unwrap_err().to_string().contains("cut short"));
    let names = ColumnNames {
        a: vec!["price1".into(), "time1".into()],
        b: vec!["price2".into(), "time2".into()],
        label: Some("choice".into()),
        annotator: AnnotatorColumn::Named("id".into()),
        weight: Some("times".into()),
        ..ColumnNames::default()
    };
    let csv = file(
        &folder,
        "train.csv",
        "id,choice,price1,time1,price2,time2,times\n7,choice1,1,2,3,4,2\n8,choice2,5,6,7,8,1\n",
    );
    let json = file(
        &folder,
        "train.jsonl",
        "{\"id\": 7, \"choice\": \"choice1\", \"price1\": 1, \"time1\": 2, \"price2\": 3, \"time2\": 4, \"times\": 2}\n\
         {\"id\": 8, \"choice\": \"choice2\", \"time2\": 8, \"price1\": 5, \"time1\": 6, \"price2\": 7, \"times\": 1}\n",
    );
    for path in [csv, json] {
        let found = read_all(&[path], &names).unwrap();
        assert_eq!(found.a, [1.0, 2.0, 5.0, 6.0]);
        assert_eq!(found.b, [3.0, 4.0, 7.0, 8.0]);
        assert_eq!(found.labels, [Preference::A, Preference::B]);
        assert_eq!(found.annotators, ["7", "8"]);
        assert_eq!(found.weights, [2.0, 1.0]);
    }
}

#[test]
fn columns_and_words_are_recognised() {
    let folder = tempfile::tempdir().unwrap();
    let csv = |text: &str| file(&folder, "t.csv", text);
    let names = |path: &Path| read(path).unwrap();
    let arena = names(&csv(
        "question_id,model_a,model_b,winner,judge\n1,x,y,model_a,j\n2,y,z,model_b,k\n3,x,z,tie,j\n4,x,z,tie (bothbad),j\n5,x,z,both_bad,j\n",
    ));
    assert_eq!(arena.names[1], ("y".into(), "z".into()));
    assert_eq!(
        arena.labels,
        [
            Preference::A,
            Preference::B,
            Preference::Tie,
            Preference::Tie,
            Preference::Tie
        ]
    );
    assert_eq!(arena.annotators, ["j", "k", "j", "j", "j"]);
    // The winner by its own name, and sides that go by numbers.
    let own = names(&csv("left,right,winner\n10,2,10\n2,10,10\n2,3,draw\n"));
    assert_eq!(own.labels, [Preference::A, Preference::B, Preference::Tie]);
    assert_eq!(own.names[0], ("10".into(), "2".into()));
    let pairs = names(&csv("winner,loser\nx,y\ny,x\n"));
    assert_eq!(pairs.labels, [Preference::A, Preference::A]);
    let json = file(
        &folder,
        "t.jsonl",
        "{\"left\": 1, \"right\": 2, \"winner\": \"right\", \"worker\": \"w\"}\n{\"left\": 1, \"right\": 2, \"winner\": 1, \"worker\": 3}\n",
    );
    let found = names(&json);
    assert_eq!(
        (found.labels, found.annotators),
        (
            vec![Preference::B, Preference::A],
            vec!["w".into(), "3".into()]
        )
    );
    // Words of one's own count before the usual ones; numbers that may mean either are not guessed.
    let swapped = csv("a,b,choice\nx,y,1\nx,y,0\n");
    let told = read(&swapped).unwrap_err().to_string();
    assert!(
        told.contains("row 1") && told.contains("number of the winner"),
        "{told}"
    );
    let words = ColumnNames {
        words: Words {
            first: vec!["0".into()],
            second: vec!["1".into()],
            tie: vec!["2".into()],
        },
        ..ColumnNames::default()
    };
    let found = read_all(std::slice::from_ref(&swapped), &words).unwrap();
    assert_eq!(found.labels, [Preference::B, Preference::A]);
    let labelled = ColumnNames {
        label: Some("choice".into()),
        ..ColumnNames::default()
    };
    assert_eq!(
        read_all(&[swapped], &labelled).unwrap().labels,
        [Preference::A, Preference::B]
    );
    // Numbers are coordinates unless they are said to be names.
    let numbers = csv("a,b,label\n1,2,1\n");
    assert_eq!(read(&numbers).unwrap().a, [1.0]);
    let items = ColumnNames {
        items: true,
        ..ColumnNames::default()
    };
    assert_eq!(
        read_all(&[numbers], &items).unwrap().names[0],
        ("1".into(), "2".into())
    );
    for (text, words) in [
        (
            "left,right,model_a,model_b,winner\n1,2,3,4,tie\n",
            "which are compared is not clear",
        ),
        ("a,b,winner,choice\nx,y,tie,tie\n", "`winner` and `choice`"),
        ("a,b,label\nx,1,1\n", "names where `b` holds numbers"),
        ("a,b,label\nx,y,maybe\n", "\"maybe\""),
        (
            "prompt,chosen,rejected\nhi,yes,no\n",
            "embed prompt and response",
        ),
        ("a,label\nx,1\n", "no column `b`"),
    ] {
        let told = read(&csv(text)).unwrap_err().to_string();
        assert!(told.contains(words), "no {words:?} in: {told}");
    }
    let chat = file(
        &folder,
        "chat.jsonl",
        "{\"chosen\": [{\"role\": \"user\", \"content\": \"hi\"}], \"rejected\": [{\"role\": \"user\", \"content\": \"ho\"}]}\n",
    );
    assert!(
        read(&chat)
            .unwrap_err()
            .to_string()
            .contains("embed prompt and response")
    );
    let essay = csv(&format!("chosen,rejected\n{},short\n", "word ".repeat(100)));
    let told = read(&essay).unwrap_err().to_string();
    assert!(
        told.contains("row 1") && told.contains("embed it"),
        "{told}"
    );
    // `--by annotator` means whoever the table names.
    let by = |name: &str| ColumnNames {
        annotator: AnnotatorColumn::Named(name.into()),
        ..ColumnNames::default()
    };
    let people = csv("user_id,a,b,label\nu,1,2,1\n");
    assert_eq!(
        read_all(std::slice::from_ref(&people), &by("annotator"))
            .unwrap()
            .annotators,
        ["u"]
    );
    assert!(
        read_all(&[people], &by("judge"))
            .unwrap_err()
            .to_string()
            .contains("no column `judge`")
    );
}

#[test]
fn embeddings_in_a_table_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let embeddings = file(
        &folder,
        "responses.jsonl",
        "{\"id\": \"r1\", \"embedding\": [1, 2]}\n{\"id\": \"r2\", \"embedding\": [3, 4]}\n{\"id\": 3, \"embedding\": [5, 6]}\n",
    );
    let other = file(
        &folder,
        "responses.csv",
        "vector_0,vector_1,item\n1,2,r1\n3,4,r2\n5,6,3\n",
    );
    let table = file(
        &folder,
        "t.csv",
        "a,b,label,annotator\nr1,r2,1,p\nr2,3,0,q\nr1,3,0.5,p\n",
    );
    for path in [embeddings, other] {
        let files = TableFiles::find(&[path], None).unwrap();
        let responses = Arc::new(Responses::read(&files).unwrap());
        let open = |path: &PathBuf| {
            let files = TableFiles::find(std::slice::from_ref(path), None).unwrap();
            PreferenceTable::open_with(
                &files,
                Some(Arc::clone(&responses)),
                &ColumnNames::default(),
            )
        };
        let opened = open(&table).unwrap();
        assert_eq!((opened.dim(), opened.has_items()), (2, false));
        let found = read_table(&opened).unwrap();
        assert_eq!(found.a, [1.0, 2.0, 3.0, 4.0, 1.0, 2.0]);
        assert_eq!(found.b, [3.0, 4.0, 5.0, 6.0, 5.0, 6.0]);
        assert_eq!(found.annotators, ["p", "q", "p"]);
        let missing = file(&folder, "m.csv", "a,b,label\nr1,r2,1\nr1,r9,1\n");
        let told = read_table(&open(&missing).unwrap())
            .unwrap_err()
            .to_string();
        assert!(
            told.contains("m.csv") && told.contains("row 2") && told.contains("r9"),
            "{told}"
        );
        let embedded = file(&folder, "e.csv", "a,b,label\n1,2,1\n");
        assert!(
            open(&embedded)
                .unwrap_err()
                .to_string()
                .contains("embeddings of its own")
        );
    }
    let twice = file(&folder, "twice.csv", "id,embedding\nx,1\ny,2\nx,3\n");
    let told = Responses::read(&TableFiles::find(&[twice], None).unwrap())
        .unwrap_err()
        .to_string();
    assert!(
        told.contains("row 3") && told.contains("two responses"),
        "{told}"
    );
}

#[test]
fn a_format_may_be_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, "t.txt", "a,b,label\n1,2,1\n");
    assert!(
        read(&path)
            .unwrap_err()
            .to_string()
            .contains("no known kind")
    );
    let files = TableFiles::find(&[path], Some(Format::Csv)).unwrap();
    let table = PreferenceTable::open(&files, &ColumnNames::default()).unwrap();
    assert_eq!(read_table(&table).unwrap().a, [1.0]);
}
