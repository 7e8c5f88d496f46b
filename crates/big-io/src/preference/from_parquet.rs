//! Parquet: embeddings of single or double precision are handed over as they were decoded, without a copy.

use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Float32Type;
use arrow_array::{Array, ArrayRef, FixedSizeBinaryArray, RecordBatch, StringArray};
use arrow_buffer::ScalarBuffer;
use arrow_schema::{DataType, Schema};

use super::columns::{Columns, Wanted};
use super::whole;
use super::{ColumnNames, Label, Layout, Numbers, PreferenceBlock, Reading, Rows, Stop, Visit};
use super::{check_length, check_weight, label_of_number, label_of_text, missing_column};
use crate::arrays::{doubles, texts};
use crate::error::InputError;
use crate::table::from_parquet::wrong_type;
use crate::table::not_finite;

fn names_of(schema: &Schema) -> Vec<&str> {
    schema.fields().iter().map(|f| f.name().as_str()).collect()
}

/// Finds the columns, and how many rows there are.
pub(super) fn look(path: &Path, names: &ColumnNames) -> Result<(Layout, Rows), InputError> {
    let columns = Columns::open(path)?;
    let there = names_of(columns.schema());
    let layout = Layout::find(names, &there, &|column| there.contains(&column))?;
    Ok((layout, Rows::Known(columns.rows())))
}

pub(super) fn read(path: &Path, reading: &Reading<'_>, visit: &mut Visit<'_>) -> Result<(), Stop> {
    let columns = Columns::open(path)?;
    let schema = columns.schema();
    let number = |column: &String| {
        schema
            .index_of(column)
            .map_err(|_| missing_column(column, &names_of(schema)))
    };
    let layout = reading.layout;
    // The two embeddings are most of a table.
    let mut others = vec![number(&layout.b)?];
    let optional = [&layout.label, &layout.weight, &layout.annotator];
    for column in optional.into_iter().flatten() {
        others.push(number(column)?);
    }
    let wanted = Wanted {
        sets: [vec![number(&layout.a)?], others],
        batch: reading.batch,
    };
    let mut dim = reading.dim;
    let mut take =
        |batch: &RecordBatch, before: u64| block(batch, reading, before, &mut dim, visit);
    match reading.some {
        None => columns.read(&wanted, &mut take),
        Some(rows) => columns.glimpse(&wanted, rows, &mut take),
    }
}

/// A problem with one row of a batch, from 0.
type Refused = (usize, String);

fn block(
    batch: &RecordBatch,
    reading: &Reading<'_>,
    done: u64,
    dim: &mut Option<usize>,
    visit: &mut Visit<'_>,
) -> Result<(), Stop> {
    let layout = reading.layout;
    let column = |name: &str| {
        batch
            .column_by_name(name)
            .ok_or_else(|| missing_column(name, &[]))
    };
    let a = embeddings(column(&layout.a)?, &layout.a, dim)?;
    let b = embeddings(column(&layout.b)?, &layout.b, dim)?;
    let labels = match &layout.label {
        None => Ok(vec![Label::A; batch.num_rows()]),
        Some(name) => labels(column(name)?, name)?,
    };
    let weights = match &layout.weight {
        None => Ok(None),
        Some(name) => weights(column(name)?, name)?.map(Some),
    };
    let annotators = match &layout.annotator {
        None => Ok(None),
        Some(name) => annotators(column(name)?, name, reading)?.map(Some),
    };
    match (a, b, labels, weights, annotators) {
        (Ok(a), Ok(b), Ok(labels), Ok(weights), Ok(annotators)) => visit(&PreferenceBlock {
            a: a.numbers(),
            b: b.numbers(),
            labels: &labels,
            weights: weights.as_deref(),
            annotators: annotators.as_deref(),
            first_row: done + 1,
        }),
        (a, b, labels, weights, annotators) => {
            let refused = [
                a.err(),
                b.err(),
                labels.err(),
                weights.err(),
                annotators.err(),
            ];
            // Columns are read one after the other; what is told is the first row.
            let first = refused.into_iter().flatten().min_by_key(|(row, _)| *row);
            let (row, message) = first.unwrap_or_default();
            Err(InputError::new(message)
                .at_row(done + row as u64 + 1)
                .into())
        }
    }
}

/// Decoded numbers.
enum Decoded {
    Single(ScalarBuffer<f32>),
    Double(ScalarBuffer<f64>),
}

impl Decoded {
    fn numbers(&self) -> Numbers<'_> {
        match self {
            Self::Single(v) => Numbers::Single(v),
            Self::Double(v) => Numbers::Double(v),
        }
    }

    /// The first number that is not finite.
    fn infinite(&self) -> Option<(usize, f64)> {
        // The common case is a plain pass; only a bad block is searched.
        match self {
            Self::Single(v) if v.iter().fold(true, |all, x| all & x.is_finite()) => None,
            Self::Double(v) if v.iter().fold(true, |all, x| all & x.is_finite()) => None,
            Self::Single(v) => v
                .iter()
                .position(|x| !x.is_finite())
                .map(|at| (at, f64::from(v[at]))),
            Self::Double(v) => v.iter().position(|x| !x.is_finite()).map(|at| (at, v[at])),
        }
    }
}

/// A column of embeddings: lists of numbers, or numbers that stand for lists of one.
fn embeddings(
    column: &ArrayRef,
    name: &str,
    dim: &mut Option<usize>,
) -> Result<Result<Decoded, Refused>, InputError> {
    let refused = || wrong_type(name, column.data_type(), "lists of numbers");
    let missing = |row: usize| (row, format!("`{name}` is missing"));
    if let Some(row) = first_null(column) {
        return Ok(Err(missing(row)));
    }
    let (values, one) = match column.data_type() {
        DataType::List(item) if item.data_type().is_numeric() => {
            let lists = column.as_list::<i32>();
            let offsets = lists.value_offsets();
            let length = |row: usize| (offsets[row + 1] - offsets[row]) as usize;
            if let Err(message) = check_length(name, length(0), dim) {
                return Ok(Err((0, message)));
            }
            // The common case is a plain pass; only a bad block is searched.
            let first = length(0) as i32;
            if !offsets
                .windows(2)
                .fold(true, |all, w| all & (w[1] - w[0] == first))
            {
                for row in 0..lists.len() {
                    if let Err(message) = check_length(name, length(row), dim) {
                        return Ok(Err((row, message)));
                    }
                }
            }
            let (from, to) = (offsets[0] as usize, offsets[lists.len()] as usize);
            (lists.values().slice(from, to - from), false)
        }
        kind if kind.is_numeric() => {
            if let Err(message) = check_length(name, 1, dim) {
                return Ok(Err((0, message)));
            }
            (Arc::clone(column), true)
        }
        _ => return Err(refused()),
    };
    let d = dim.unwrap_or(1);
    if let Some(at) = first_null(&values) {
        let what = format!("`{name}` is missing coordinate {}", at % d);
        return Ok(Err((at / d, what)));
    }
    let decoded = match values.data_type() {
        DataType::Float32 => Decoded::Single(values.as_primitive::<Float32Type>().values().clone()),
        _ => Decoded::Double(doubles(&values).ok_or_else(refused)?.values().clone()),
    };
    Ok(match decoded.infinite() {
        None => Ok(decoded),
        Some((at, value)) => Err((at / d, not_finite(name, (!one).then_some(at % d), value))),
    })
}

fn first_null(column: &ArrayRef) -> Option<usize> {
    // A column without a type is all missing, and says so only when asked like this.
    let missing = column.logical_nulls().filter(|n| n.null_count() > 0)?;
    (0..column.len()).find(|&row| missing.is_null(row))
}

/// The rows of a column one by one, up to the first that is refused.
fn each<T>(
    column: &ArrayRef,
    name: &str,
    mut read: impl FnMut(usize) -> Result<T, String>,
) -> Result<Vec<T>, Refused> {
    let missing = column.logical_nulls();
    (0..column.len())
        .map(|row| {
            if missing.as_ref().is_some_and(|n| n.is_null(row)) {
                Err((row, format!("`{name}` is missing")))
            } else {
                read(row).map_err(|message| (row, message))
            }
        })
        .collect()
}

fn labels(column: &ArrayRef, name: &str) -> Result<Result<Vec<Label>, Refused>, InputError> {
    let wrong = || wrong_type(name, column.data_type(), "labels (1, 0, true, false, 0.5)");
    if *column.data_type() == DataType::Boolean {
        let flags = column.as_boolean();
        return Ok(each(column, name, |row| {
            Ok(if flags.value(row) { Label::A } else { Label::B })
        }));
    }
    if column.data_type().is_numeric() {
        let numbers = doubles(column).ok_or_else(wrong)?;
        // The common case is a plain pass.
        let plain = |all: bool, v: &f64| all & ((*v == 0.0) | (*v == 1.0));
        if column.null_count() == 0 && numbers.values().iter().fold(true, plain) {
            let of = |v: &f64| if *v == 1.0 { Label::A } else { Label::B };
            return Ok(Ok(numbers.values().iter().map(of).collect()));
        }
        return Ok(each(column, name, |row| {
            label_of_number(name, numbers.value(row))
        }));
    }
    if *column.data_type() != DataType::Utf8 {
        return Err(wrong());
    }
    let texts = column.as_string::<i32>();
    Ok(each(column, name, |row| {
        label_of_text(name, texts.value(row).trim())
    }))
}

fn weights(column: &ArrayRef, name: &str) -> Result<Result<Vec<f64>, Refused>, InputError> {
    let wrong = || wrong_type(name, column.data_type(), "numbers");
    let numbers = doubles(column).ok_or_else(wrong)?;
    Ok(each(column, name, |row| {
        check_weight(numbers.value(row)).map(|()| numbers.value(row))
    }))
}

fn annotators(
    column: &ArrayRef,
    name: &str,
    reading: &Reading<'_>,
) -> Result<Result<Vec<u32>, Refused>, InputError> {
    let texts = match column.data_type() {
        DataType::FixedSizeBinary(_) => hexadecimal(column.as_fixed_size_binary()),
        kind => texts(column).ok_or_else(|| wrong_type(name, kind, "names"))?,
    };
    let float = column.data_type().is_floating();
    let mut interner = reading.annotators.lock().unwrap_or_else(|e| e.into_inner());
    // Rows of one annotator often stand together.
    let mut last: Option<(usize, u32)> = None;
    Ok(each(column, name, |row| {
        let text = texts.value(row);
        if let Some((before, number)) = last
            && texts.value(before) == text
        {
            return Ok(number);
        }
        if texts.is_null(row) {
            return Err(format!("`{name}` is not UTF-8 text"));
        }
        if text.is_empty() {
            return Err(format!("`{name}` is missing"));
        }
        let number = interner.number(if float { whole(text) } else { text })?;
        last = Some((row, number));
        Ok(number)
    }))
}

/// Identifiers of some bytes each (UUIDs, digests) as people write them.
fn hexadecimal(column: &FixedSizeBinaryArray) -> StringArray {
    let one = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    column.iter().map(|bytes| bytes.map(one)).collect()
}
