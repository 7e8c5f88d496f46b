//! Rows that a reader of text finds one by one, until they make a block.

use big_preference::data::{Floats, Preference, ResponseColumn};

use super::block::{PreferenceBlock, Reading, Stop, Visit};
use super::layout::Side;

/// Rows that come one by one, until they make a block.
pub(super) struct Collected<'r> {
    pub(super) reading: &'r Reading<'r>,
    dim: Option<usize>,
    a: Responses,
    b: Responses,
    labels: Vec<Preference>,
    weights: Vec<f64>,
    annotators: Vec<u32>,
    done: u64,
}

/// The responses of one side: coordinates, or numbers of names.
#[derive(Default)]
struct Responses {
    numbers: Vec<f64>,
    names: Vec<u32>,
}

impl Responses {
    fn of(&self, side: &Side) -> ResponseColumn<'_> {
        match side.is_item() {
            true => ResponseColumn::Names(&self.names),
            false => ResponseColumn::Embeddings(Floats::Double(&self.numbers)),
        }
    }

    fn clear(&mut self) {
        self.numbers.clear();
        self.names.clear();
    }
}

impl<'r> Collected<'r> {
    pub(super) fn new(reading: &'r Reading<'r>) -> Self {
        Self {
            reading,
            dim: reading.dim,
            a: Responses::default(),
            b: Responses::default(),
            labels: Vec::new(),
            weights: Vec::new(),
            annotators: Vec::new(),
            done: 0,
        }
    }

    /// The number of the row to come, from 1.
    pub(super) fn row(&self) -> u64 {
        self.done + self.labels.len() as u64 + 1
    }

    /// The coordinates of one side, to which those of the row to come are added.
    pub(super) fn coordinates(&mut self, second: bool) -> &mut Vec<f64> {
        match second {
            true => &mut self.b.numbers,
            false => &mut self.a.numbers,
        }
    }

    /// Checks that one embedding has just been added to one side's coordinates.
    pub(super) fn check_length(&mut self, second: bool) -> Result<(), String> {
        let n = self.labels.len();
        let layout = self.reading.layout;
        let (values, side) = match second {
            true => (&self.b.numbers, &layout.b),
            false => (&self.a.numbers, &layout.a),
        };
        let found = values.len() - n * self.dim.unwrap_or(0);
        check_length(side.name(), found, &mut self.dim)
    }

    /// Adds the name of one side's item.
    pub(super) fn item(&mut self, second: bool, name: &str) -> Result<(), String> {
        let layout = self.reading.layout;
        let side = if second { &layout.b } else { &layout.a };
        check_item(side.name(), name)?;
        let number = self.reading.items().number(name)?;
        let names = match second {
            true => &mut self.b.names,
            false => &mut self.a.names,
        };
        names.push(number);
        Ok(())
    }

    /// Closes a row whose responses are there.
    pub(super) fn close(
        &mut self,
        label: Preference,
        weight: Option<f64>,
        annotator: Option<&str>,
    ) -> Result<(), String> {
        if let Some(weight) = weight {
            check_weight(self.reading.layout.weight_name(), weight)?;
            self.weights.push(weight);
        }
        if let Some(name) = annotator {
            self.annotators
                .push(self.reading.annotators().number(name)?);
        }
        self.labels.push(label);
        Ok(())
    }

    pub(super) fn hand_over_if_full(&mut self, visit: &mut Visit<'_>) -> Result<(), Stop> {
        if self.labels.len() >= self.reading.batch {
            self.hand_over(visit)?;
        }
        Ok(())
    }

    pub(super) fn hand_over(&mut self, visit: &mut Visit<'_>) -> Result<(), Stop> {
        if self.labels.is_empty() {
            return Ok(());
        }
        let layout = self.reading.layout;
        visit(&PreferenceBlock {
            a: self.a.of(&layout.a),
            b: self.b.of(&layout.b),
            labels: &self.labels,
            weights: layout.weight.is_some().then_some(&self.weights),
            annotators: layout.annotator.is_some().then_some(&self.annotators),
            first_row: self.done + 1,
        })?;
        self.done += self.labels.len() as u64;
        self.a.clear();
        self.b.clear();
        self.labels.clear();
        self.weights.clear();
        self.annotators.clear();
        Ok(())
    }
}

/// Refuses an embedding of another length than the first one.
pub(super) fn check_length(
    column: &str,
    found: usize,
    dim: &mut Option<usize>,
) -> Result<(), String> {
    match *dim {
        _ if found == 0 => Err(format!("`{column}` has no numbers")),
        None => {
            *dim = Some(found);
            Ok(())
        }
        Some(expected) if expected == found => Ok(()),
        Some(expected) => Err(format!(
            "`{column}` has length {found} where the first row has {expected}"
        )),
    }
}

pub(super) fn check_weight(column: &str, weight: f64) -> Result<(), String> {
    if weight.is_finite() && weight >= 0.0 {
        Ok(())
    } else {
        Err(format!(
            "`{column}` is {weight}: a weight must be finite and not negative"
        ))
    }
}

/// The longest name of an item, in bytes: what is longer is a text.
const LONGEST_NAME: usize = 256;

/// Refuses what is no name.
pub(super) fn check_item(column: &str, name: &str) -> Result<(), String> {
    if name.is_empty() {
        Err(format!("`{column}` is missing"))
    } else if name.len() > LONGEST_NAME || name.contains('\n') {
        Err(format!(
            "`{column}` holds text that somebody wrote, neither an embedding nor the name of an item: embed it with a model, and name \
             the columns of vectors"
        ))
    } else {
        Ok(())
    }
}
