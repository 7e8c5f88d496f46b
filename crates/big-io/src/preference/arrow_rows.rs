//! Rows out of batches of Arrow columns: embeddings of single or double precision are handed over as they were decoded, without a
//! copy.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type};
use arrow_array::{Array, ArrayRef, OffsetSizeTrait, RecordBatch, StringArray};
use arrow_buffer::ScalarBuffer;
use arrow_schema::{DataType, Schema};
use big_preference::data::{Floats, Preference, ResponseColumn};

use super::arrow_values::{holds, is_number, names};
use super::block::{PreferenceBlock, Reading, Stop, Visit, whole};
use super::collect::{check_item, check_length, check_weight};
use super::layout::{Find, Holds, LabelColumn, Layout, Side};
use crate::arrays::doubles;
use crate::error::InputError;
use crate::table::from_parquet::wrong_type;
use crate::table::{missing_column, not_finite};

pub(super) fn names_of(schema: &Schema) -> Vec<&str> {
    schema.fields().iter().map(|f| f.name().as_str()).collect()
}

/// Finds the columns by their types.
pub(super) fn layout(schema: &Schema, find: &Find<'_>) -> Result<Layout, InputError> {
    let there = names_of(schema);
    let mut layout = find(&there, &|column| {
        if let Ok(field) = schema.field_with_name(column) {
            return Some(holds(field.data_type()));
        }
        let first = format!("{column}_0");
        there.contains(&first.as_str()).then_some(Holds::Lists)
    })?;
    for side in [&mut layout.a, &mut layout.b] {
        side.number_columns(&there);
    }
    Ok(layout)
}

/// The numbers of the columns of the first responses, and of all others.
pub(super) fn columns(
    schema: &Schema,
    layout: &Layout,
) -> Result<(Vec<usize>, Vec<usize>), InputError> {
    let number = |column: &String| {
        schema
            .index_of(column)
            .map_err(|_| missing_column(column, &names_of(schema)))
    };
    let side = |side: &Side| {
        side.columns()
            .iter()
            .map(number)
            .collect::<Result<Vec<_>, _>>()
    };
    let label = layout.label.as_ref().map(|label| &label.name);
    let optional = [label, layout.weight.as_ref(), layout.annotator.as_ref()];
    let mut others = side(&layout.b)?;
    for column in optional.into_iter().flatten() {
        others.push(number(column)?);
    }
    Ok((side(&layout.a)?, others))
}

/// A problem with one row of a batch, from 0.
type Refused = (usize, String);

/// Hands over the rows of a batch, before which there are `done` in the file.
pub(super) fn block(
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
    let a = responses(batch, &layout.a, reading, dim)?;
    let b = responses(batch, &layout.b, reading, dim)?;
    let sides = match layout.is_items() {
        true => Some((column(layout.a.name())?, column(layout.b.name())?)),
        false => None,
    };
    let labels = match &layout.label {
        None => Ok(vec![Preference::A; batch.num_rows()]),
        Some(label) => labels(column(&label.name)?, label, sides)?,
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
            a: a.column(),
            b: b.column(),
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

/// Decoded responses.
enum Decoded {
    Single(ScalarBuffer<f32>),
    Double(ScalarBuffer<f64>),
    Names(Vec<u32>),
}

impl Decoded {
    fn column(&self) -> ResponseColumn<'_> {
        match self {
            Self::Single(v) => ResponseColumn::Embeddings(Floats::Single(v)),
            Self::Double(v) => ResponseColumn::Embeddings(Floats::Double(v)),
            Self::Names(v) => ResponseColumn::Names(v),
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
            Self::Names(_) => None,
        }
    }
}

/// The responses of one side.
fn responses(
    batch: &RecordBatch,
    side: &Side,
    reading: &Reading<'_>,
    dim: &mut Option<usize>,
) -> Result<Result<Decoded, Refused>, InputError> {
    let column = |name: &str| {
        batch
            .column_by_name(name)
            .ok_or_else(|| missing_column(name, &[]))
    };
    match side {
        Side::Embedding(name) => embeddings(column(name)?, name, dim),
        Side::Item(name) => items(column(name)?, name, reading),
        Side::Coordinates(names) => {
            let mut decoded = Vec::with_capacity(names.len());
            for name in names {
                match embeddings(column(name)?, name, &mut None)? {
                    Ok(one) => decoded.push(one),
                    Err(refused) => return Ok(Err(refused)),
                }
            }
            if let Err(message) = check_length(side.name(), names.len(), dim) {
                return Ok(Err((0, message)));
            }
            let mut rows = Vec::with_capacity(batch.num_rows() * names.len());
            for row in 0..batch.num_rows() {
                rows.extend(decoded.iter().map(|one| match one {
                    Decoded::Single(v) => f64::from(v[row]),
                    Decoded::Double(v) => v[row],
                    Decoded::Names(_) => f64::NAN, // columns of coordinates are numbers
                }));
            }
            Ok(Ok(Decoded::Double(rows.into())))
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
    let rows = column.len();
    let (values, one) = match column.data_type() {
        DataType::List(item) if is_number(item.data_type()) => match even::<i32>(column, name, dim)
        {
            Ok(values) => (values, false),
            Err(refused) => return Ok(Err(refused)),
        },
        DataType::LargeList(item) if is_number(item.data_type()) => {
            match even::<i64>(column, name, dim) {
                Ok(values) => (values, false),
                Err(refused) => return Ok(Err(refused)),
            }
        }
        DataType::FixedSizeList(item, length) if is_number(item.data_type()) => {
            let length = usize::try_from(*length).unwrap_or(0);
            if let Err(message) = check_length(name, length, dim) {
                return Ok(Err((0, message)));
            }
            let lists = column.as_fixed_size_list();
            let from = lists.value_offset(0) as usize;
            (lists.values().slice(from, rows * length), false)
        }
        kind if is_number(kind) => {
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
        DataType::Float64 => Decoded::Double(values.as_primitive::<Float64Type>().values().clone()),
        _ => Decoded::Double(doubles(&values).ok_or_else(refused)?.values().clone()),
    };
    Ok(match decoded.infinite() {
        None => Ok(decoded),
        Some((at, value)) => Err((at / d, not_finite(name, (!one).then_some(at % d), value))),
    })
}

/// The numbers of lists of one length, one after the other.
fn even<O: OffsetSizeTrait>(
    column: &ArrayRef,
    name: &str,
    dim: &mut Option<usize>,
) -> Result<ArrayRef, Refused> {
    let lists = column.as_list::<O>();
    let offsets = lists.value_offsets();
    let (start, mut before) = (offsets[0].as_usize(), offsets[0].as_usize());
    for (row, next) in offsets[1..].iter().map(|o| o.as_usize()).enumerate() {
        if *dim != Some(next - before) || next == before {
            check_length(name, next - before, dim).map_err(|message| (row, message))?;
        }
        before = next;
    }
    Ok(lists.values().slice(start, before - start))
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

fn labels(
    column: &ArrayRef,
    label: &LabelColumn,
    sides: Option<(&ArrayRef, &ArrayRef)>,
) -> Result<Result<Vec<Preference>, Refused>, InputError> {
    let name = &*label.name;
    let says = label.labels();
    if *column.data_type() == DataType::Boolean {
        let flags = column.as_boolean();
        return Ok(each(column, name, |row| Ok(says.truth(flags.value(row)))));
    }
    if let Some(numbers) = doubles(column) {
        let numbers = numbers.values();
        // The common case is a plain pass.
        let plain = |all: bool, v: &f64| all & ((*v == 0.0) | (*v == 1.0));
        if column.null_count() == 0 && says.is_plain() && numbers.iter().fold(true, plain) {
            let of = |v: &f64| {
                if *v == 1.0 {
                    Preference::A
                } else {
                    Preference::B
                }
            };
            return Ok(Ok(numbers.iter().map(of).collect()));
        }
        if sides.is_none() || label.numbers {
            return Ok(each(column, name, |row| says.number(numbers[row])));
        }
    }
    let wrong = || {
        wrong_type(
            name,
            column.data_type(),
            "labels (1, 0, true, false, 0.5, or words)",
        )
    };
    let texts = names(column).ok_or_else(wrong)?;
    let sides = sides.and_then(|(a, b)| names(a).zip(names(b)));
    Ok(each(column, name, |row| {
        let text = value(&texts, row, name)?;
        let sides = sides.as_ref();
        let pair = sides.filter(|(a, b)| a.is_valid(row) && b.is_valid(row));
        says.text(text.trim(), pair.map(|(a, b)| (a.value(row), b.value(row))))
    }))
}

/// A value that was there, if it is text.
fn value<'t>(texts: &'t StringArray, row: usize, name: &str) -> Result<&'t str, String> {
    match texts.is_valid(row) {
        true => Ok(texts.value(row)),
        false => Err(format!("`{name}` is not UTF-8 text")),
    }
}

fn weights(column: &ArrayRef, name: &str) -> Result<Result<Vec<f64>, Refused>, InputError> {
    let numbers = doubles(column).ok_or_else(|| wrong_type(name, column.data_type(), "numbers"))?;
    let numbers = numbers.values();
    Ok(each(column, name, |row| {
        check_weight(name, numbers[row]).map(|()| numbers[row])
    }))
}

fn annotators(
    column: &ArrayRef,
    name: &str,
    reading: &Reading<'_>,
) -> Result<Result<Vec<u32>, Refused>, InputError> {
    let texts = names(column).ok_or_else(|| wrong_type(name, column.data_type(), "names"))?;
    let float = column.data_type().is_floating();
    let mut interner = reading.annotators();
    // Rows of one annotator often stand together.
    let mut last: Option<(usize, u32)> = None;
    Ok(each(column, name, |row| {
        let text = value(&texts, row, name)?;
        if let Some((before, number)) = last
            && texts.value(before) == text
        {
            return Ok(number);
        }
        if text.is_empty() {
            return Err(format!("`{name}` is missing"));
        }
        let number = interner.number(if float { whole(text) } else { text })?;
        last = Some((row, number));
        Ok(number)
    }))
}

fn items(
    column: &ArrayRef,
    name: &str,
    reading: &Reading<'_>,
) -> Result<Result<Decoded, Refused>, InputError> {
    let texts = names(column).ok_or_else(|| wrong_type(name, column.data_type(), "names"))?;
    let float = column.data_type().is_floating();
    let mut interner = reading.items();
    let numbers = each(column, name, |row| {
        let text = value(&texts, row, name)?;
        let text = if float { whole(text) } else { text };
        check_item(name, text)?;
        interner.number(text)
    });
    Ok(numbers.map(Decoded::Names))
}
