//! Embeddings in a table of their own, which comparisons call by name.

use std::collections::HashMap;
use std::sync::Mutex;

use big_preference::data::{Floats, ResponseColumn};

use super::block::{Interner, PreferenceBlock, Reading, Stop, lock};
use super::files::TableFiles;
use super::layout::{Holds, Layout, Side};
use super::table::{in_file, look, read};
use crate::error::{InputError, shown};
use crate::table::missing_column;

/// The embeddings of responses by their names, in memory: 8 bytes a number.
#[derive(Debug)]
pub struct Responses {
    file: String,
    dim: usize,
    rows: HashMap<String, usize>,
    /// By rows.
    values: Vec<f64>,
}

/// Columns that name a response.
const NAMES: [&str; 8] = [
    "id",
    "response_id",
    "response",
    "item",
    "item_id",
    "name",
    "model",
    "key",
];

/// Columns that hold its embedding.
const EMBEDDINGS: [&str; 5] = ["embedding", "embeddings", "vector", "features", "x"];

/// Rows read at a time.
const BATCH: usize = 1024;

impl Responses {
    /// Reads a table with one row a response: its name (`id`, `response_id`, `item`, `name`, …) and its embedding (`embedding`,
    /// `vector`, …; in CSV `embedding_0, embedding_1, …`).
    ///
    /// # Errors
    /// When it cannot be read, lacks a column, or says a name twice.
    pub fn read(files: &TableFiles) -> Result<Self, InputError> {
        let mut found = Self {
            file: files.name().to_owned(),
            dim: 0,
            rows: HashMap::new(),
            values: Vec::new(),
        };
        let find = |there: &[&str], holds: &dyn Fn(&str) -> Option<Holds>| {
            let one = |known: &[&str]| {
                let mut columns = known.iter().filter(|name| holds(name).is_some());
                match (columns.next(), columns.next()) {
                    (Some(name), None) => Ok((*name).to_owned()),
                    (Some(one), Some(other)) => Err(InputError::new(format!(
                        "has the columns `{one}` and `{other}`: which of them counts is not clear"
                    ))
                    .with_help("a table of responses has a name and an embedding in each row")),
                    (None, _) => Err(missing_column(known[0], there)),
                }
            };
            Ok(Layout {
                a: Side::Item(one(&NAMES)?),
                b: Side::Embedding(one(&EMBEDDINGS)?),
                label: None,
                weight: None,
                annotator: None,
            })
        };
        for file in files.files() {
            let (layout, _) = look(file, &find).map_err(|e| in_file(e, file))?;
            let items = Mutex::new(Interner::new("response"));
            let reading = Reading {
                layout: &layout,
                dim: Some(found.dim).filter(|dim| *dim > 0),
                batch: BATCH,
                some: None,
                annotators: &items,
                items: &items,
            };
            let done = read(file, &reading, &mut |block| {
                let names = lock(&items);
                found.add(block, names.names()).map_err(Stop::Error)
            });
            match done {
                Ok(()) | Err(Stop::Enough) => {}
                Err(Stop::Error(error)) => return Err(in_file(error, file)),
            }
        }
        match found.dim {
            0 => Err(InputError::new("has no rows").in_file(files.name())),
            _ => Ok(found),
        }
    }

    fn add(&mut self, block: &PreferenceBlock<'_>, names: &[String]) -> Result<(), InputError> {
        let (ResponseColumn::Names(rows), ResponseColumn::Embeddings(embeddings)) =
            (block.a, block.b)
        else {
            return Ok(()); // the layout says that these are names and embeddings
        };
        embeddings.append_to(&mut self.values);
        let before = self.rows.len();
        self.dim = self.values.len() / (before + rows.len());
        for (at, name) in rows.iter().enumerate() {
            let name = &names[*name as usize];
            if self.rows.insert(name.clone(), before + at).is_some() {
                return Err(InputError::new(format!(
                    "there are two responses by the name {}",
                    shown(name, 40)
                ))
                .at_row(block.first_row + at as u64)
                .with_help("a name stands for one embedding"));
            }
        }
        Ok(())
    }

    /// The dimension of the embeddings.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// What messages call the table.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Puts the embeddings in the place of names, in one pass.
    pub(super) fn embedded(&self) -> Embedded<'_> {
        Embedded {
            responses: self,
            known: Vec::new(),
            a: Vec::new(),
            b: Vec::new(),
        }
    }
}

/// Blocks in which embeddings have taken the place of names.
pub(super) struct Embedded<'r> {
    responses: &'r Responses,
    /// The rows of the names met so far; none where there is no embedding.
    known: Vec<Option<usize>>,
    a: Vec<f64>,
    b: Vec<f64>,
}

impl Embedded<'_> {
    /// The block with embeddings. There are `before` rows in the files before.
    pub(super) fn block<'s>(
        &'s mut self,
        block: &PreferenceBlock<'s>,
        items: &Mutex<Interner>,
        before: u64,
    ) -> Result<PreferenceBlock<'s>, InputError> {
        let names = lock(items);
        for name in &names.names()[self.known.len()..] {
            self.known.push(self.responses.rows.get(name).copied());
        }
        let d = self.responses.dim;
        for (side, out) in [(block.a, &mut self.a), (block.b, &mut self.b)] {
            out.clear();
            let ResponseColumn::Names(rows) = side else {
                continue; // a table with embeddings of its own has been refused
            };
            for (at, name) in rows.iter().enumerate() {
                let Some(row) = self.known[*name as usize] else {
                    let name = shown(&names.names()[*name as usize], 40);
                    let what =
                        format!("{} has no response by the name {name}", self.responses.file);
                    let row = block.first_row + at as u64 - before;
                    return Err(InputError::new(what).at_row(row));
                };
                out.extend_from_slice(&self.responses.values[row * d..(row + 1) * d]);
            }
        }
        let embedded = |values| ResponseColumn::Embeddings(Floats::Double(values));
        Ok(block.with_responses(embedded(&self.a), embedded(&self.b)))
    }
}
