//! JSON, one object a line or an array of objects. Fields that are not asked for are skipped without being built.

use std::borrow::Cow;
use std::fmt;

use big_preference::data::Preference;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::block::{Reading, Stop, Visit, whole};
use super::collect::Collected;
use super::files::TableFile;
use super::json_records::Records;
use super::layout::{Find, Holds, Layout, Side, WEIGHT};
use super::table::RowCount;
use super::text_list::{is_list, read_list};
use crate::error::InputError;

/// Finds the fields in the first record, and how many rows there may be.
pub(super) fn look(file: &TableFile, find: &Find<'_>) -> Result<(Layout, RowCount), InputError> {
    let mut records = Records::new(file.text()?);
    let Some(length) = records.next()? else {
        return Err(InputError::new(
            "has no rows: there is nothing to learn from",
        ));
    };
    let first: Value =
        serde_json::from_slice(&records.text).map_err(|e| refuse(&records, &e, 1))?;
    let Value::Object(fields) = first else {
        let mut error = InputError::new("is not an object").with_help("each row is a JSON object");
        error.line = Some(records.line);
        return Err(error.at_row(1));
    };
    let there: Vec<&str> = fields.keys().map(String::as_str).collect();
    let mut layout = find(&there, &|column| match fields.get(column) {
        Some(value) => Some(holds(value)),
        None => {
            let first = format!("{column}_0");
            there.contains(&first.as_str()).then_some(Holds::Lists)
        }
    })?;
    for side in [&mut layout.a, &mut layout.b] {
        side.number_columns(&there);
    }
    Ok((
        layout,
        RowCount::Estimated((file.text_size() / length.max(1) as u64).max(1)),
    ))
}

/// What a field holds; what is missing may be a number.
fn holds(value: &Value) -> Holds {
    match value {
        Value::Array(list) if list.iter().all(|v| v.is_number() || v.is_null()) => Holds::Lists,
        Value::String(text) if is_list(text) => Holds::Lists,
        Value::Null | Value::Number(_) => Holds::Numbers,
        Value::String(_) | Value::Bool(_) => Holds::Text,
        Value::Array(_) | Value::Object(_) => Holds::Other,
    }
}

pub(super) fn read(
    file: &TableFile,
    reading: &Reading<'_>,
    visit: &mut Visit<'_>,
) -> Result<(), Stop> {
    let mut records = Records::new(file.text()?);
    let mut rows = Collected::new(reading);
    while records.next()?.is_some() {
        let row = rows.row();
        let mut text = serde_json::Deserializer::from_slice(&records.text);
        let read = Object { rows: &mut rows }
            .deserialize(&mut text)
            .and_then(|fields| text.end().map(|()| fields));
        let fields = read.map_err(|e| refuse(&records, &e, row))?;
        close(fields, &mut rows).map_err(|message| {
            let mut error = InputError::new(message).at_row(row);
            error.line = Some(records.line);
            error
        })?;
        rows.hand_over_if_full(visit)?;
    }
    rows.hand_over(visit)
}

fn refuse(records: &Records, error: &serde_json::Error, row: u64) -> InputError {
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
    refused.line = Some(records.line + error.line().saturating_sub(1));
    refused.column = Some(error.column());
    refused
}

/// The fields of a row, other than whole embeddings.
#[derive(Default)]
struct Fields {
    /// Side by side: is its embedding there?
    embedded: [bool; 2],
    /// Its coordinates, where each is a field.
    coordinates: [Vec<Option<f64>>; 2],
    /// Its name.
    items: [Option<Value>; 2],
    label: Option<Value>,
    weight: Option<f64>,
    annotator: Option<Value>,
}

/// One record, read into the rows.
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
        let mut fields = Fields::default();
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            let key = &*key;
            let twice = match key {
                _ if layout.a.has(key) => response(self.rows, &mut fields, false, key, &mut map)?,
                _ if layout.b.has(key) => response(self.rows, &mut fields, true, key, &mut map)?,
                _ if layout.label.as_ref().is_some_and(|l| l.name == key) => {
                    fields.label.replace(map.next_value()?).is_some()
                }
                _ if layout.weight.as_deref() == Some(key) => {
                    let weight: Option<f64> = map.next_value()?;
                    let missing = || M::Error::custom(format!("`{key}` is missing"));
                    fields.weight.replace(weight.ok_or_else(missing)?).is_some()
                }
                _ if layout.annotator.as_deref() == Some(key) => {
                    fields.annotator.replace(map.next_value()?).is_some()
                }
                WEIGHT if layout.weight.is_none() => {
                    // Left out, it would count as 1 without a word.
                    return Err(M::Error::custom(format!(
                        "has a `{key}` where the first row has none: give every row one, or none"
                    )));
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    false
                }
            };
            if twice {
                return Err(M::Error::custom(format!("has two fields `{key}`")));
            }
        }
        Ok(fields)
    }
}

/// Reads what one field says of one side's response; was it said before?
fn response<'de, M: MapAccess<'de>>(
    rows: &mut Collected<'_>,
    fields: &mut Fields,
    second: bool,
    key: &str,
    map: &mut M,
) -> Result<bool, M::Error> {
    let layout = rows.reading.layout;
    let (side, at) = match second {
        true => (&layout.b, 1),
        false => (&layout.a, 0),
    };
    match side {
        Side::Item(_) => Ok(fields.items[at].replace(map.next_value()?).is_some()),
        Side::Coordinates(names) => {
            let values = &mut fields.coordinates[at];
            values.resize(names.len(), None);
            let value: Option<f64> = map.next_value()?;
            let missing = || M::Error::custom(format!("`{key}` is missing"));
            let value = value.ok_or_else(missing)?;
            let k = names.iter().position(|name| name == key).unwrap_or(0);
            Ok(values[k].replace(value).is_some())
        }
        Side::Embedding(_) => {
            if std::mem::replace(&mut fields.embedded[at], true) {
                return Ok(true);
            }
            let into = rows.coordinates(second);
            map.next_value_seed(Embedding { column: key, into })?;
            rows.check_length(second).map_err(M::Error::custom)?;
            Ok(false)
        }
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

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        match is_list(text) {
            true => read_list(text, self.into)
                .map_err(|what| E::custom(format!("`{}` {what}", self.column))),
            false => Err(E::invalid_type(serde::de::Unexpected::Str(text), &self)),
        }
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Err(E::custom(format!("`{}` is missing", self.column)))
    }
}

fn close(mut fields: Fields, rows: &mut Collected<'_>) -> Result<(), String> {
    let layout = rows.reading.layout;
    let missing = |column: &str| format!("`{column}` is missing");
    let mut names = [None, None];
    for (second, side) in [(false, &layout.a), (true, &layout.b)] {
        let at = usize::from(second);
        match side {
            Side::Embedding(column) if !fields.embedded[at] => return Err(missing(column)),
            Side::Embedding(_) => {}
            Side::Coordinates(columns) => {
                for (k, column) in columns.iter().enumerate() {
                    let value = fields.coordinates[at].get(k).copied().flatten();
                    rows.coordinates(second)
                        .push(value.ok_or_else(|| missing(column))?);
                }
                rows.check_length(second)?;
            }
            Side::Item(column) => {
                let name = name(column, fields.items[at].take())?;
                rows.item(second, &name)?;
                names[at] = Some(name);
            }
        }
    }
    let [a, b] = &names;
    let label = match (&layout.label, fields.label) {
        (None, _) => Preference::A,
        (Some(label), None | Some(Value::Null)) => return Err(missing(&label.name)),
        (Some(label), Some(value)) => {
            let labels = label.labels();
            match value {
                Value::Bool(first) => labels.truth(first),
                Value::Number(n) if a.is_some() && !label.numbers => {
                    labels.text(&n.to_string(), a.as_deref().zip(b.as_deref()))?
                }
                Value::Number(n) => labels.number(n.as_f64().unwrap_or(f64::NAN))?,
                Value::String(text) => labels.text(text.trim(), a.as_deref().zip(b.as_deref()))?,
                other => return Err(format!("`{}` is {other}, not a label", label.name)),
            }
        }
    };
    if let (Some(column), None) = (&layout.weight, fields.weight) {
        return Err(missing(column));
    }
    let annotator = match &layout.annotator {
        None => None,
        Some(column) => Some(name(column, fields.annotator)?),
    };
    rows.close(label, fields.weight, annotator.as_deref())
}

/// Text, a number or a truth value as a name.
fn name(column: &str, value: Option<Value>) -> Result<String, String> {
    match value {
        None | Some(Value::Null) => Err(format!("`{column}` is missing")),
        Some(Value::String(name)) if name.is_empty() => Err(format!("`{column}` is missing")),
        Some(Value::String(name)) => Ok(name),
        Some(Value::Array(_) | Value::Object(_)) => {
            Err(format!("`{column}` is a list or an object, not a name"))
        }
        Some(Value::Number(n)) => Ok(whole(&n.to_string()).to_owned()),
        Some(other) => Ok(other.to_string()),
    }
}
