//! What readers of all formats hand over, and what they have to know.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use big_preference::data::{ResponseColumn, Rows};

use super::layout::Layout;
use crate::error::InputError;
use crate::name::check_name;

/// Consecutive rows of a table; every number is finite. Names are indices into
/// [`PreferenceTable::items`](super::PreferenceTable::items) and
/// [`PreferenceTable::annotators`](super::PreferenceTable::annotators), rows are counted over all files.
pub type PreferenceBlock<'a> = Rows<'a, ResponseColumn<'a>>;

/// Names to numbers, in the order of their first appearance.
#[derive(Debug)]
pub(super) struct Interner {
    /// What the names are of, for messages.
    of: &'static str,
    numbers: HashMap<String, u32>,
    names: Vec<String>,
}

impl Interner {
    pub(super) fn new(of: &'static str) -> Self {
        Self {
            of,
            numbers: HashMap::new(),
            names: Vec::new(),
        }
    }

    /// A name's number.
    pub(super) fn number(&mut self, name: &str) -> Result<u32, String> {
        if let Some(&number) = self.numbers.get(name) {
            return Ok(number);
        }
        check_name(&format!("the {}'s name", self.of), name)?;
        let number = u32::try_from(self.names.len())
            .map_err(|_| format!("has more than 4 billion {}s", self.of))?;
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        Ok(number)
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }
}

/// A number's name: 1.0 is 1, as tables write whole numbers once a value was missing somewhere.
pub(super) fn whole(number: &str) -> &str {
    number.strip_suffix(".0").unwrap_or(number)
}

/// Why a pass ended before the last row.
pub(super) enum Stop {
    /// The file is at fault.
    Error(InputError),
    /// The visitor has seen enough.
    Enough,
}

impl From<InputError> for Stop {
    fn from(error: InputError) -> Self {
        Self::Error(error)
    }
}

pub(super) type Visit<'v> = dyn FnMut(&PreferenceBlock<'_>) -> Result<(), Stop> + 'v;

/// What a reader of one format has to know.
pub(super) struct Reading<'r> {
    pub(super) layout: &'r Layout,
    /// None: the first row decides.
    pub(super) dim: Option<usize>,
    pub(super) batch: usize,
    /// Only about so many rows are wanted: from all over the table, if that is cheap.
    #[cfg_attr(not(feature = "parquet"), allow(dead_code))] // text begins at its beginning
    pub(super) some: Option<usize>,
    pub(super) annotators: &'r Mutex<Interner>,
    pub(super) items: &'r Mutex<Interner>,
}

impl<'r> Reading<'r> {
    pub(super) fn annotators(&self) -> MutexGuard<'r, Interner> {
        lock(self.annotators)
    }

    pub(super) fn items(&self) -> MutexGuard<'r, Interner> {
        lock(self.items)
    }
}

pub(super) fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(|e| e.into_inner())
}
