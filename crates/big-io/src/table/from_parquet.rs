//! Parquet: batches of the columns that are wanted, one row group after the other.

use std::path::Path;
use std::sync::Arc;

use arrow_array::{Array, Float64Array, RecordBatch};
use arrow_schema::{DataType, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};

use super::{Row, RowSink, Wanted, missing_column, not_finite};
use crate::arrays::{ListColumn, doubles, texts};
use crate::error::InputError;
use crate::guarded::guarded;
use crate::source::open;

/// Rows decoded at a time.
const BATCH: usize = 16_384;

pub(super) fn read(
    path: &Path,
    wanted: &Wanted,
    sink: &mut dyn RowSink,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(), InputError> {
    let file = open(path)?;
    // What the writer's Arrow types were does not matter here, and a damaged description of them is one more way to fail.
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let builder = guarded(|| ParquetRecordBatchReaderBuilder::try_new_with_options(file, options))?
        .map_err(|e| unreadable(&e))?;
    check_offsets(builder.metadata())?;
    let total = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0);
    let schema = Arc::clone(builder.schema());
    let mut roots = vec![column(&schema, wanted.list)?];
    if let Some(number) = wanted.number {
        roots.push(column(&schema, number)?);
    }
    roots.extend(schema.index_of("name"));
    if wanted.costs {
        roots.extend(schema.index_of("lying_cost"));
        roots.extend(schema.index_of("honest"));
    }
    let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
    let builder = builder.with_projection(mask).with_batch_size(BATCH);
    let mut reader = guarded(|| builder.build())?.map_err(|e| unreadable(&e))?;
    let expected = usize::try_from(total).unwrap_or(usize::MAX);
    sink.expect(expected).map_err(InputError::new)?;
    let mut done = 0;
    while let Some(batch) = guarded(|| reader.next())? {
        let batch = batch.map_err(|e| unreadable(&e))?;
        rows(&batch, wanted, done, sink)?;
        done += batch.num_rows() as u64;
        progress(done, total.max(done));
    }
    Ok(())
}

/// Negative offsets and lengths, which the reader would panic on.
pub(crate) fn check_offsets(metadata: &ParquetMetaData) -> Result<(), InputError> {
    let columns = metadata
        .row_groups()
        .iter()
        .flat_map(|group| group.columns());
    let damaged = |column: &ColumnChunkMetaData| {
        let start = column
            .dictionary_page_offset()
            .unwrap_or(column.data_page_offset());
        start < 0
            || column.compressed_size() < 0
            || start.checked_add(column.compressed_size()).is_none()
    };
    match columns.into_iter().any(damaged) {
        true => Err(unreadable(&"an offset is negative")),
        false => Ok(()),
    }
}

pub(crate) fn unreadable(error: &dyn std::fmt::Display) -> InputError {
    InputError::new(format!("is not a readable Parquet file: {error}"))
        .with_help("the file may be cut short; write it again")
}

fn column(schema: &Schema, name: &str) -> Result<usize, InputError> {
    schema.index_of(name).map_err(|_| {
        let there: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
        missing_column(name, &there)
    })
}

fn rows(
    batch: &RecordBatch,
    wanted: &Wanted,
    before: u64,
    sink: &mut dyn RowSink,
) -> Result<(), InputError> {
    let lists = Lists::new(batch, wanted.list)?;
    let numbers = match wanted.number {
        Some(column) => Some((column, numbers(batch, column)?)),
        None => None,
    };
    let there = |title: &str| wanted.costs && batch.column_by_name(title).is_some();
    let costs = match there("lying_cost") {
        true => Some(self::numbers(batch, "lying_cost")?),
        false => None,
    };
    let honest = match there("honest") {
        true => Some(Lists::new(batch, "honest")?),
        false => None,
    };
    let names = match batch.column_by_name("name") {
        Some(column) => {
            Some(texts(column).ok_or_else(|| wrong_type("name", column.data_type(), "texts"))?)
        }
        None => None,
    };
    let mut one_row = |i: usize| -> Result<(), String> {
        let one = |column: &str, values: &Float64Array| -> Result<f64, String> {
            if values.is_null(i) {
                return Err(format!("`{column}` is missing"));
            }
            let value = values.value(i);
            if !value.is_finite() {
                return Err(not_finite(column, None, value));
            }
            Ok(value)
        };
        let number = match &numbers {
            Some((column, values)) => one(column, values)?,
            None => 0.0,
        };
        let cost = match &costs {
            Some(values) => Some(one("lying_cost", values)?),
            None => None,
        };
        let honest = match &honest {
            Some(lists) => Some(lists.get(i, "honest")?),
            None => None,
        };
        let name = names
            .as_ref()
            .filter(|names| names.is_valid(i))
            .map(|names| names.value(i));
        sink.row(Row {
            name,
            number,
            list: lists.get(i, wanted.list)?,
            cost,
            honest,
        })
    };
    for i in 0..batch.num_rows() {
        one_row(i).map_err(|message| InputError::new(message).at_row(before + i as u64 + 1))?;
    }
    Ok(())
}

fn numbers(batch: &RecordBatch, name: &str) -> Result<Float64Array, InputError> {
    let column = batch
        .column_by_name(name)
        .ok_or_else(|| missing_column(name, &[]))?;
    doubles(column).ok_or_else(|| wrong_type(name, column.data_type(), "numbers"))
}

pub(crate) fn wrong_type(column: &str, found: &DataType, wanted: &str) -> InputError {
    InputError::new(format!("the column `{column}` holds {found}, not {wanted}"))
}

/// A column of lists, or of numbers that stand for lists of one.
enum Lists {
    Lists {
        lists: ListColumn,
        values: Float64Array,
    },
    Ones(Float64Array),
}

impl Lists {
    fn new(batch: &RecordBatch, name: &str) -> Result<Self, InputError> {
        let column = batch
            .column_by_name(name)
            .ok_or_else(|| missing_column(name, &[]))?;
        let refused = || wrong_type(name, column.data_type(), "lists of numbers");
        let Some(lists) = ListColumn::new(column) else {
            let ones = doubles(column).ok_or_else(refused)?;
            return Ok(Self::Ones(ones));
        };
        let values = doubles(lists.values()).ok_or_else(refused)?;
        Ok(Self::Lists { lists, values })
    }

    fn get(&self, i: usize, name: &str) -> Result<&[f64], String> {
        let missing = || format!("`{name}` is missing");
        let (array, (start, end)) = match self {
            Self::Ones(values) => (values, (i, i + 1)),
            Self::Lists { lists, values } => (values, lists.bounds(i).ok_or_else(missing)?),
        };
        if array.null_count() > 0
            && let Some(k) = (start..end).find(|&k| array.is_null(k))
        {
            return Err(match self {
                Self::Ones(_) => missing(),
                Self::Lists { .. } => format!("`{name}` is missing coordinate {}", k - start),
            });
        }
        let list = &array.values()[start..end];
        match list.iter().position(|v| !v.is_finite()) {
            Some(k) => Err(not_finite(name, Some(k), list[k])),
            None => Ok(list),
        }
    }
}
