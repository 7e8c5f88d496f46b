//! What is made of coordinates before anything is estimated: measured from their mean in their standard deviation, so that those in
//! other units count alike; and the few directions in which they scatter most, in place of thousands.

use big_answer::words::{count, vector};
use big_io::InputError;
use big_io::preference::PreferenceTable;
use big_preference::data::{Floats, ResponseColumn};
use big_preference::principal::Principal;

use crate::error::AppError;

/// What is made of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// In units of their standard deviation?
    pub(super) standardize: bool,
    /// Along so many directions of most scatter?
    pub(super) components: Option<usize>,
}

/// How coordinates are measured, from all responses, first and second.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Units {
    wanted: Wanted,
    mean: Vec<f64>,
    /// Ones where they keep their units.
    deviation: Vec<f64>,
    /// The largest standard deviation in these units, rounded down to a power of two.
    largest: f64,
    principal: Option<Principal>,
}

/// The numbers of a coordinate, added up in a power of two that is near the largest of them, so that no square is beyond the doubles.
#[derive(Clone, Copy, Default)]
struct Spread {
    unit: f64,
    sum: f64,
    square: f64,
}

impl Spread {
    fn add(&mut self, value: f64) {
        if value.abs() >= 2.0 * self.unit {
            let unit = binade(value);
            let ratio = self.unit / unit;
            *self = Self {
                unit,
                sum: self.sum * ratio,
                square: self.square * ratio * ratio,
            };
        }
        let value = value / self.unit;
        self.sum += value;
        self.square += value * value;
    }

    /// The mean and the standard deviation of `n` numbers.
    fn found(&self, n: f64) -> (f64, f64) {
        let mean = self.sum / n;
        let variance = (self.square / n - mean * mean).max(0.0);
        (mean * self.unit, variance.sqrt() * self.unit)
    }
}

/// The largest power of two up to a number's size, that of the least normal double at least.
fn binade(value: f64) -> f64 {
    let exponent = f64::INFINITY.to_bits();
    f64::from_bits(value.abs().max(f64::MIN_POSITIVE).to_bits() & exponent)
}

impl Units {
    /// Of a table of embeddings: a pass, and up to a dozen more for directions. A coordinate that is constant is measured in its own unit.
    pub(super) fn of(table: &PreferenceTable, wanted: Wanted) -> Result<Self, AppError> {
        let mut units = Self::measured(table, wanted)?;
        if units.mean.iter().any(|mean| !mean.is_finite()) {
            return Err(AppError::unfit(
                "differences of the coordinates overflow",
                "measure in larger units",
            ));
        }
        if let Some(k) = wanted.components {
            units.principal = Some(units.principal(table, k)?);
        }
        Ok(units)
    }

    fn measured(table: &PreferenceTable, wanted: Wanted) -> Result<Self, InputError> {
        let d = table.dim();
        let mut first: Option<Vec<f64>> = None;
        let mut spreads = vec![Spread::default(); d];
        let mut number = 0_u64;
        let mut values = Vec::new();
        each(table, &mut |side| {
            values.clear();
            side.append_to(&mut values);
            // From the first response on, so that squares do not cancel.
            let origin = first.get_or_insert_with(|| values[..d].to_vec());
            for response in values.chunks_exact(d) {
                number += 1;
                for ((spread, value), from) in spreads.iter_mut().zip(response).zip(&*origin) {
                    spread.add(value - from);
                }
            }
        })?;
        let n = number.max(1) as f64;
        let origin = first.unwrap_or_else(|| vec![0.0; d]);
        let found: Vec<(f64, f64)> = spreads.iter().map(|spread| spread.found(n)).collect();
        let largest = found.iter().fold(0.0_f64, |most, (_, s)| most.max(*s));
        let kept = |&(_, s): &(f64, f64)| {
            if wanted.standardize && s > 0.0 {
                s
            } else {
                1.0
            }
        };
        Ok(Self {
            wanted,
            mean: origin.iter().zip(&found).map(|(o, (m, _))| o + m).collect(),
            deviation: found.iter().map(kept).collect(),
            largest: if wanted.standardize || largest == 0.0 {
                1.0
            } else {
                binade(largest)
            },
            principal: None,
        })
    }

    fn principal(&self, table: &PreferenceTable, k: usize) -> Result<Principal, AppError> {
        let d = table.dim();
        if !(1..=d).contains(&k) {
            return Err(AppError::unfit(
                format!("there are not {k} directions of {}", count(d, "coordinate")),
                format!("ask for 1 to {d}"),
            ));
        }
        let mut rows = Vec::new();
        let mut pass = |visit: &mut dyn FnMut(&[f64])| {
            each(table, &mut |side| {
                self.apply(side, &mut rows);
                // Squares within the doubles; a power of two changes no direction.
                rows.iter_mut().for_each(|v| *v /= self.largest);
                visit(&rows);
            })
        };
        let found = Principal::of(d, k, &mut pass)?;
        if found.count() == 0 {
            return Err(AppError::unfit(
                "all responses are the same: there are no directions in which they scatter",
                "see whether the columns are those of the embeddings",
            ));
        }
        Ok(found)
    }

    /// The number of coordinates that are left.
    pub(super) fn dim(&self) -> usize {
        self.principal
            .as_ref()
            .map_or(self.mean.len(), Principal::count)
    }

    /// The responses in these units.
    pub(super) fn apply(&self, responses: Floats<'_>, out: &mut Vec<f64>) {
        out.clear();
        responses.append_to(out);
        for response in out.chunks_exact_mut(self.mean.len()) {
            for (k, value) in response.iter_mut().enumerate() {
                *value = (*value - self.mean[k]) / self.deviation[k];
            }
        }
        if let Some(principal) = &self.principal {
            *out = principal.along(out);
        }
    }

    /// In a sentence or two.
    pub(super) fn words(&self) -> String {
        let mut text = String::new();
        if self.wanted.standardize {
            text = format!(
                "Coordinates are measured from {} in units of {}.",
                vector(&self.mean),
                vector(&self.deviation)
            );
        }
        if let Some(principal) = &self.principal {
            let gap = if text.is_empty() { "" } else { " " };
            text += &format!(
                "{gap}Responses are told by {} in which they scatter most, from their mean: {:.1} % of their scatter.",
                count(principal.count(), "direction"),
                100.0 * principal.share()
            );
        }
        text
    }
}

/// Every block of responses, first and second.
fn each(table: &PreferenceTable, visit: &mut dyn FnMut(Floats<'_>)) -> Result<(), InputError> {
    table.pass::<InputError>(&mut |block| {
        for side in [block.a, block.b] {
            // Tables of items are not measured.
            if let ResponseColumn::Embeddings(side) = side {
                visit(side);
            }
        }
        Ok(())
    })
}
