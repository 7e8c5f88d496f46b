//! Tables of comparisons: files, columns that are in memory and stay where they are, or what a query makes batch by batch.

use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow_schema::{Field, Schema};
use big_app::preference::{Table as Comparisons, TieRule};
use big_io::preference::{
    AnnotatorColumn, Batches, ColumnNames, Format, Grades, Held, Keeping, Words,
};
use pyo3::prelude::*;
use pyo3_arrow::buffer::AnyBufferProtocol;
use pyo3_arrow::{PyArray, PyRecordBatch, PySchema, PyTable};

use crate::failure::{raised, unfit};

/// Comparisons: where they are.
#[pyclass(module = "big_game._big", frozen)]
pub(crate) struct Table {
    found: Found,
}

enum Found {
    Files(Vec<PathBuf>),
    Held(Held),
}

/// Bytes of a query's result that stay in memory; what is beyond goes to a temporary file.
const KEPT: usize = 16 << 20;

/// How a table is read: the keys of `big_game._tables.Reading`.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Reading {
    a: Vec<String>,
    b: Vec<String>,
    label: Option<String>,
    chosen: Option<String>,
    rejected: Option<String>,
    weight: Option<String>,
    items: bool,
    words: (Vec<String>, Vec<String>, Vec<String>),
    graded: Option<(f64, f64)>,
    responses: Option<Py<Table>>,
    standardize: bool,
    components: Option<usize>,
    ties: Option<String>,
    format: Option<String>,
    memory: Option<u64>,
}

impl Table {
    /// The table, read so.
    pub(crate) fn read(&self, py: Python<'_>, reading: Reading) -> PyResult<Comparisons> {
        let known = |wrong: &str, names: &str| unfit(py, &format!("{wrong} is none of {names}"));
        let table = match &self.found {
            Found::Files(files) => Comparisons {
                files: files.clone(),
                ..Comparisons::new("")
            },
            Found::Held(rows) => Comparisons::of_rows(rows.clone()),
        };
        let (responses, held_responses) = match reading.responses.as_ref().map(Py::get) {
            None => (Vec::new(), None),
            Some(Self {
                found: Found::Files(files),
            }) => (files.clone(), None),
            Some(Self {
                found: Found::Held(rows),
            }) => (Vec::new(), Some(rows.clone())),
        };
        let (first, second, tie) = reading.words;
        Ok(Comparisons {
            format: match reading.format.as_deref() {
                None => None,
                Some("parquet") => Some(Format::Parquet),
                Some("arrow") => Some(Format::Arrow),
                Some("csv") => Some(Format::Csv),
                Some("json") => Some(Format::Json),
                Some(other) => return Err(known(other, "parquet, arrow, csv, json")),
            },
            columns: ColumnNames {
                a: reading.a,
                b: reading.b,
                label: reading.label,
                chosen: reading.chosen,
                rejected: reading.rejected,
                weight: reading.weight,
                annotator: AnnotatorColumn::default(),
                items: reading.items,
                words: Words { first, second, tie },
                graded: match reading.graded {
                    Some((first, second))
                        if first.is_finite() && second.is_finite() && first != second =>
                    {
                        Some(Grades { first, second })
                    }
                    Some(_) => return Err(unfit(py, "graded= takes two different numbers")),
                    None => None,
                },
            },
            responses,
            held_responses,
            standardize: reading.standardize,
            components: reading.components,
            ties: match reading.ties.as_deref() {
                None => None,
                Some("refuse") => Some(TieRule::Refuse),
                Some("half") => Some(TieRule::Half),
                Some("davidson") => Some(TieRule::Davidson),
                Some("rao-kupper") => Some(TieRule::RaoKupper),
                Some(other) => return Err(known(other, "refuse, half, davidson, rao-kupper")),
            },
            memory: reading.memory.unwrap_or(table.memory),
            ..table
        })
    }
}

/// A column that is at hand.
fn column(py: Python<'_>, name: &str, value: &Bound<'_, PyAny>) -> PyResult<ArrayRef> {
    if value.hasattr("__arrow_c_array__")? {
        return Ok(value.extract::<PyArray>()?.into_inner().0);
    }
    if let Ok(texts) = value.extract::<Vec<Option<String>>>() {
        return Ok(Arc::new(StringArray::from(texts)));
    }
    let buffer = value.extract::<AnyBufferProtocol>()?;
    let array = buffer.into_arrow_array();
    array.map_err(|error| unfit(py, &format!("column {name}: {}", PyErr::from(error))))
}

#[pymethods]
impl Table {
    /// Files, folders and patterns.
    #[staticmethod]
    fn paths(paths: Vec<PathBuf>) -> Self {
        Self {
            found: Found::Files(paths),
        }
    }

    /// Anything that speaks the Arrow stream protocol; its columns are not copied.
    #[staticmethod]
    fn stream(table: PyTable) -> Self {
        let (batches, schema) = table.into_inner();
        Self {
            found: Found::Held(Held::Memory(Batches {
                schema,
                batches: batches.into(),
            })),
        }
    }

    /// Files travel to other processes by their paths; rows do not.
    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Vec<PathBuf>,))> {
        let Found::Files(files) = &self.found else {
            return Err(unfit(
                py,
                "rows in memory do not travel to other processes: name a file",
            ));
        };
        let tables = py.import("big_game._tables")?;
        Ok((tables.getattr("as_table")?, (files.clone(),)))
    }

    /// The columns for others, by the Arrow stream protocol.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let Found::Held(Held::Memory(held)) = &self.found else {
            return Err(unfit(py, "a table of files has no rows in memory"));
        };
        let table = PyTable::try_new(held.batches.to_vec(), Arc::clone(&held.schema))?;
        Bound::new(py, table)?.call_method1("__arrow_c_stream__", (requested_schema,))
    }

    /// Columns of equal lengths: contiguous arrays (those of two dimensions are embeddings), Arrow arrays, lists of texts.
    #[staticmethod]
    fn columns(py: Python<'_>, columns: Vec<(String, Bound<'_, PyAny>)>) -> PyResult<Self> {
        let mut fields = Vec::new();
        let mut arrays: Vec<ArrayRef> = Vec::new();
        for (name, value) in &columns {
            let array = column(py, name, value)?;
            if let Some(first) = arrays.first().filter(|first| first.len() != array.len()) {
                return Err(unfit(
                    py,
                    &format!(
                        "column {name} has {} rows where {} has {}",
                        array.len(),
                        columns[0].0,
                        first.len()
                    ),
                ));
            }
            fields.push(Field::new(name, array.data_type().clone(), true));
            arrays.push(array);
        }
        let schema = Arc::new(Schema::new(fields));
        let batch = RecordBatch::try_new(Arc::clone(&schema), arrays)
            .map_err(|e| unfit(py, &e.to_string()))?;
        Ok(Self {
            found: Found::Held(Held::Memory(Batches {
                schema,
                batches: Arc::from([batch]),
            })),
        })
    }
}

/// Takes what a query makes, batch by batch: it is read more than once, and made once.
#[pyclass(module = "big_game._big")]
pub(crate) struct Rows {
    keeping: Option<Keeping>,
}

#[pymethods]
impl Rows {
    /// Of rows with these columns.
    #[new]
    fn new(schema: PySchema) -> Self {
        Self {
            keeping: Some(Keeping::new(schema.into_inner(), KEPT)),
        }
    }

    /// Adds some.
    fn add(&mut self, py: Python<'_>, batch: PyRecordBatch) -> PyResult<()> {
        match &mut self.keeping {
            Some(keeping) => {
                let added = py.detach(|| keeping.add(batch.into_inner()));
                added.map_err(|error| raised(py, error.into()))
            }
            None => Err(unfit(py, "the rows have been taken")),
        }
    }

    /// The table of all of them.
    fn table(&mut self, py: Python<'_>) -> PyResult<Table> {
        let Some(keeping) = self.keeping.take() else {
            return Err(unfit(py, "the rows have been taken"));
        };
        let rows = keeping.finish().map_err(|error| raised(py, error.into()))?;
        Ok(Table {
            found: Found::Held(rows),
        })
    }
}
