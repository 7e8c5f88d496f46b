//! CSV with a header: `a_0, a_1, …`, `b_0, b_1, …`, or one column each where there is one coordinate.

use std::path::Path;

use csv::{ByteRecord, Reader, ReaderBuilder, Trim};

use super::{Collected, ColumnNames, Label, Layout, Reading, Rows, Stop, Visit};
use super::{label_of_text, missing_column};
use crate::error::{InputError, shown};
use crate::source::open;
use crate::table::from_csv::unreadable;

/// Finds the columns, and how many rows there may be.
pub(super) fn look(path: &Path, names: &ColumnNames) -> Result<(Layout, Rows), InputError> {
    let file = open(path)?;
    let size = file.metadata().map_or(0, |about| about.len());
    let mut reader = reader(file);
    let titles = titles(&mut reader)?;
    let there: Vec<&str> = titles.iter().map(String::as_str).collect();
    let layout = Layout::find(names, &there, &|column| {
        there.contains(&column) || there.contains(&format!("{column}_0").as_str())
    })?;
    // The first rows tell how long rows are.
    let (mut record, mut rows) = (ByteRecord::new(), 0);
    let start = reader.position().byte();
    while rows < 100 && reader.read_byte_record(&mut record).unwrap_or(false) {
        rows += 1;
    }
    let read = (reader.position().byte() - start).max(1);
    Ok((
        layout,
        Rows::Estimated(size.saturating_sub(start) * rows / read),
    ))
}

pub(super) fn read(path: &Path, reading: &Reading<'_>, visit: &mut Visit<'_>) -> Result<(), Stop> {
    let mut reader = reader(open(path)?);
    let titles = titles(&mut reader)?;
    let places = Places::new(&titles, reading.layout)?;
    let mut rows = Collected::new(reading);
    let mut record = ByteRecord::new();
    loop {
        let row = rows.row();
        if !reader
            .read_byte_record(&mut record)
            .map_err(|e| unreadable(e, row))?
        {
            break;
        }
        let line = record.position().map(csv::Position::line);
        places
            .read(&record, &titles, &mut rows)
            .map_err(|message| {
                let mut error = InputError::new(message).at_row(row);
                error.line = line.and_then(|line| usize::try_from(line).ok());
                error
            })?;
        rows.hand_over_if_full(visit)?;
    }
    rows.hand_over(visit)
}

fn reader(file: std::fs::File) -> Reader<std::fs::File> {
    ReaderBuilder::new()
        .trim(Trim::All)
        .buffer_capacity(1 << 16)
        .from_reader(file)
}

fn titles(reader: &mut Reader<std::fs::File>) -> Result<Vec<String>, InputError> {
    let header = reader.byte_headers().map_err(|e| unreadable(e, 0))?;
    if header.is_empty() {
        return Err(InputError::new("is empty").with_help(
            "the first line names the columns: annotator, a_0, a_1, …, b_0, b_1, …, label",
        ));
    }
    Ok(header
        .iter()
        .map(|title| {
            String::from_utf8_lossy(title)
                .trim_start_matches('\u{feff}')
                .to_owned()
        })
        .collect())
}

/// Where the columns are.
struct Places {
    a: Vec<usize>,
    b: Vec<usize>,
    label: Option<usize>,
    weight: Option<usize>,
    annotator: Option<usize>,
}

impl Places {
    fn new(titles: &[String], layout: &Layout) -> Result<Self, InputError> {
        let one = |title: &str| -> Result<Option<usize>, InputError> {
            let mut found = titles.iter().enumerate().filter(|(_, t)| *t == title);
            let first = found.next().map(|(at, _)| at);
            match found.next() {
                Some(_) => Err(InputError::new(format!("has two columns `{title}`"))),
                None => Ok(first),
            }
        };
        let optional = |title: &Option<String>| match title {
            Some(title) => one(title),
            None => Ok(None),
        };
        let list = |column: &str| -> Result<Vec<usize>, InputError> {
            let mut places = Vec::new();
            while let Some(at) = one(&format!("{column}_{}", places.len()))? {
                places.push(at);
            }
            let bare = one(column)?;
            match (bare, places.is_empty()) {
                (Some(at), true) => return Ok(vec![at]),
                (Some(_), false) => {
                    return Err(InputError::new(format!(
                        "has both `{column}` and `{column}_0`: only one of them can count"
                    )));
                }
                (None, _) => {}
            }
            let there: Vec<&str> = titles.iter().map(String::as_str).collect();
            let prefix = format!("{column}_");
            let skipped = titles.iter().enumerate().find(|(at, title)| {
                !places.contains(at)
                    && title
                        .strip_prefix(&prefix)
                        .is_some_and(|k| !k.is_empty() && k.bytes().all(|b| b.is_ascii_digit()))
            });
            match skipped {
                Some((_, title)) => Err(missing_column(
                    &format!("{column}_{}", places.len()),
                    &there,
                )
                .with_help(format!(
                    "it has `{title}`, but the numbers must be 0, 1, 2, … without a gap"
                ))),
                None if places.is_empty() => Err(missing_column(&format!("{column}_0"), &there)),
                None => Ok(places),
            }
        };
        let places = Self {
            a: list(&layout.a)?,
            b: list(&layout.b)?,
            label: optional(&layout.label)?,
            weight: optional(&layout.weight)?,
            annotator: optional(&layout.annotator)?,
        };
        if places.a.len() != places.b.len() {
            return Err(InputError::new(format!(
                "`{}` has {} columns where `{}` has {}",
                layout.b,
                places.b.len(),
                layout.a,
                places.a.len()
            ))
            .with_help("both embeddings have the same number of coordinates"));
        }
        Ok(places)
    }

    fn read(
        &self,
        record: &ByteRecord,
        titles: &[String],
        rows: &mut Collected<'_>,
    ) -> Result<(), String> {
        for &at in &self.a {
            rows.a.push(number(record, titles, at)?);
        }
        rows.check_length(false)?;
        for &at in &self.b {
            rows.b.push(number(record, titles, at)?);
        }
        rows.check_length(true)?;
        let label = match self.label {
            None => Label::A,
            Some(at) => label_of_text(&titles[at], cell(record, titles, at)?)?,
        };
        let weight = match self.weight {
            None => None,
            Some(at) => Some(number(record, titles, at)?),
        };
        let annotator = match self.annotator {
            None => None,
            Some(at) => Some(cell(record, titles, at)?),
        };
        rows.close(label, weight, annotator)
    }
}

/// A cell that must not be empty.
fn cell<'r>(record: &'r ByteRecord, titles: &[String], at: usize) -> Result<&'r str, String> {
    match record.get(at) {
        None | Some([]) => Err(format!("`{}` is missing", titles[at])),
        Some(bytes) => {
            std::str::from_utf8(bytes).map_err(|_| format!("`{}` is not UTF-8 text", titles[at]))
        }
    }
}

fn number(record: &ByteRecord, titles: &[String], at: usize) -> Result<f64, String> {
    let text = cell(record, titles, at)?;
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(value) => Err(format!(
            "`{}` is {value}: every number must be finite",
            titles[at]
        )),
        Err(_) => Err(format!(
            "`{}`: {} is not a number",
            titles[at],
            shown(text, 24)
        )),
    }
}
