//! JSON lines: one object a line. Fields that are not asked for are skipped without being built.

use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::whole;
use super::{Collected, ColumnNames, Label, Layout, Reading, Rows, Stop, Visit, WEIGHT};
use super::{label_of_number, label_of_text};
use crate::error::InputError;
use crate::source::open;

/// The longest line that is read, in bytes.
const LONGEST: u64 = 1 << 28;

/// Finds the fields in the first line, and how many rows there may be.
pub(super) fn look(path: &Path, names: &ColumnNames) -> Result<(Layout, Rows), InputError> {
    let file = open(path)?;
    let size = file.metadata().map_or(0, |about| about.len());
    let mut lines = Lines::new(file);
    let Some(length) = lines.next()? else {
        return Err(InputError::new(
            "has no rows: there is nothing to learn from",
        ));
    };
    let first: Value = serde_json::from_slice(&lines.line).map_err(|e| lines.refuse(&e, 1))?;
    let Value::Object(fields) = first else {
        let mut error = InputError::new("is not an object").with_help("each line is a JSON object");
        error.line = Some(lines.number);
        return Err(error.at_row(1));
    };
    let there: Vec<&str> = fields.keys().map(String::as_str).collect();
    let layout = Layout::find(names, &there, &|column| there.contains(&column))?;
    Ok((
        layout,
        Rows::Estimated((size / length.max(1) as u64).max(1)),
    ))
}

pub(super) fn read(path: &Path, reading: &Reading<'_>, visit: &mut Visit<'_>) -> Result<(), Stop> {
    let mut lines = Lines::new(open(path)?);
    let mut rows = Collected::new(reading);
    while lines.next()?.is_some() {
        let row = rows.row();
        let mut text = serde_json::Deserializer::from_slice(&lines.line);
        let read = Object { rows: &mut rows }
            .deserialize(&mut text)
            .and_then(|fields| text.end().map(|()| fields));
        let fields = read.map_err(|e| lines.refuse(&e, row))?;
        close(fields, &mut rows).map_err(|message| {
            let mut error = InputError::new(message).at_row(row);
            error.line = Some(lines.number);
            error
        })?;
        rows.hand_over_if_full(visit)?;
    }
    rows.hand_over(visit)
}

/// The lines that are not blank.
struct Lines {
    reader: BufReader<File>,
    line: Vec<u8>,
    /// Of the line, from 1.
    number: usize,
}

impl Lines {
    fn new(file: File) -> Self {
        Self {
            reader: BufReader::with_capacity(1 << 16, file),
            line: Vec::new(),
            number: 0,
        }
    }

    /// The length of the next line in the file, or none.
    fn next(&mut self) -> Result<Option<usize>, InputError> {
        loop {
            self.line.clear();
            let read = self
                .reader
                .by_ref()
                .take(LONGEST)
                .read_until(b'\n', &mut self.line)
                .map_err(|e| InputError::new(format!("cannot be read: {e}")))?;
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            if read as u64 == LONGEST {
                let mut error = InputError::new("a line has more than 256 MiB");
                error.line = Some(self.number);
                return Err(error.with_help("each line is one JSON object"));
            }
            if self.number == 1 && self.line.starts_with("\u{feff}".as_bytes()) {
                self.line.drain(..3);
            }
            if !self.line.iter().all(u8::is_ascii_whitespace) {
                return Ok(Some(read));
            }
        }
    }

    fn refuse(&self, error: &serde_json::Error, row: u64) -> InputError {
        let told = error.to_string();
        // The place is told by the line of the file, not of the object.
        let what = told
            .rsplit_once(" at line ")
            .map_or(&*told, |(what, _)| what);
        let what = if error.is_data() {
            what.to_owned()
        } else {
            format!("is not valid JSON: {what}")
        };
        let mut refused = InputError::new(what).at_row(row);
        refused.line = Some(self.number);
        refused.column = Some(error.column());
        refused
    }
}

/// The fields of a row, other than the embeddings.
#[derive(Default)]
struct Fields {
    a: bool,
    b: bool,
    label: Option<Value>,
    weight: Option<f64>,
    annotator: Option<Value>,
}

/// One line, read into the rows.
struct Object<'s, 'r> {
    rows: &'s mut Collected<'r>,
}

impl<'de> DeserializeSeed<'de> for Object<'_, '_> {
    type Value = Fields;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Fields, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_, '_> {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Fields, M::Error> {
        let layout = self.rows.reading.layout;
        let twice = |key: &str| M::Error::custom(format!("has two fields `{key}`"));
        let mut fields = Fields::default();
        while let Some(key) = map.next_key::<std::borrow::Cow<'_, str>>()? {
            let key = &*key;
            if key == layout.a || key == layout.b {
                let second = key == layout.b && (key != layout.a || fields.a);
                let seen = if second { &mut fields.b } else { &mut fields.a };
                if std::mem::replace(seen, true) {
                    return Err(twice(key));
                }
                let into = if second {
                    &mut self.rows.b
                } else {
                    &mut self.rows.a
                };
                map.next_value_seed(Embedding { column: key, into })?;
                self.rows.check_length(second).map_err(M::Error::custom)?;
            } else if layout.label.as_deref() == Some(key) {
                if fields.label.replace(map.next_value()?).is_some() {
                    return Err(twice(key));
                }
            } else if layout.weight.as_deref() == Some(key) {
                let weight: Option<f64> = map.next_value()?;
                let weight =
                    weight.ok_or_else(|| M::Error::custom(format!("`{key}` is missing")))?;
                if fields.weight.replace(weight).is_some() {
                    return Err(twice(key));
                }
            } else if layout.annotator.as_deref() == Some(key) {
                if fields.annotator.replace(map.next_value()?).is_some() {
                    return Err(twice(key));
                }
            } else if layout.weight.is_none() && key == WEIGHT {
                // Left out, it would count as 1 without a word.
                return Err(M::Error::custom(format!(
                    "has a `{key}` where the first row has none: give every row one, or none"
                )));
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(fields)
    }
}

/// A list of numbers, or one number that stands for a list of one.
struct Embedding<'s> {
    column: &'s str,
    into: &'s mut Vec<f64>,
}

impl<'de> DeserializeSeed<'de> for Embedding<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Embedding<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` to be a list of numbers", self.column)
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<(), S::Error> {
        let start = self.into.len();
        while let Some(value) = list.next_element::<Option<f64>>()? {
            let missing = || {
                let at = self.into.len() - start;
                S::Error::custom(format!("`{}` is missing coordinate {at}", self.column))
            };
            let value = value.ok_or_else(missing)?;
            self.into.push(value);
        }
        Ok(())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.into.push(value);
        Ok(())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.into.push(value as f64);
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.into.push(value as f64);
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Err(E::custom(format!("`{}` is missing", self.column)))
    }
}

fn close(fields: Fields, rows: &mut Collected<'_>) -> Result<(), String> {
    let layout = rows.reading.layout;
    let missing = |column: &str| format!("`{column}` is missing");
    for (there, column) in [(fields.a, &layout.a), (fields.b, &layout.b)] {
        if !there {
            return Err(missing(column));
        }
    }
    let label = match (&layout.label, fields.label) {
        (None, _) => Label::A,
        (Some(column), None | Some(Value::Null)) => return Err(missing(column)),
        (Some(_), Some(Value::Bool(first))) => {
            if first {
                Label::A
            } else {
                Label::B
            }
        }
        (Some(column), Some(Value::Number(n))) => {
            label_of_number(column, n.as_f64().unwrap_or(f64::NAN))?
        }
        (Some(column), Some(Value::String(text))) => label_of_text(column, text.trim())?,
        (Some(column), Some(other)) => return Err(format!("`{column}` is {other}, not a label")),
    };
    if let (Some(column), None) = (&layout.weight, fields.weight) {
        return Err(missing(column));
    }
    let annotator = match (&layout.annotator, fields.annotator) {
        (None, _) => None,
        (Some(column), None | Some(Value::Null)) => return Err(missing(column)),
        (Some(column), Some(Value::String(name))) if name.is_empty() => {
            return Err(missing(column));
        }
        (Some(_), Some(Value::String(name))) => Some(name),
        (Some(column), Some(Value::Array(_) | Value::Object(_))) => {
            return Err(format!("`{column}` is a list or an object, not a name"));
        }
        (Some(_), Some(Value::Number(n))) => Some(whole(&n.to_string()).to_owned()),
        (Some(_), Some(other)) => Some(other.to_string()),
    };
    rows.close(label, fields.weight, annotator.as_deref())
}
