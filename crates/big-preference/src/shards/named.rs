//! Names, and the annotators' scores by name.

use std::collections::HashMap;

use crate::bytes::{Reader, Writer};

/// Names in the order in which they first appear.
#[derive(Clone, Debug, Default)]
pub(super) struct Named {
    places: HashMap<String, usize>,
    names: Vec<String>,
}

impl Named {
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// A name's place, which is the last one if it is new.
    pub(super) fn place(&mut self, name: &str) -> usize {
        if let Some(&place) = self.places.get(name) {
            return place;
        }
        let place = self.names.len();
        self.places.insert(name.to_owned(), place);
        self.names.push(name.to_owned());
        place
    }
}

/// The annotators' scores, in the order in which annotators first appear.
#[derive(Clone, Debug, Default)]
pub struct NamedScores {
    named: Named,
    sums: Vec<Vec<f64>>,
}

impl NamedScores {
    pub(super) fn add(&mut self, name: &str, sums: Vec<f64>) {
        match self.sums.get_mut(self.named.place(name)) {
            Some(all) => {
                for (sum, more) in all.iter_mut().zip(&sums) {
                    *sum += more;
                }
            }
            None => self.sums.push(sums),
        }
    }

    pub(super) fn join(&mut self, next: Self) {
        for (name, sums) in next.named.names.iter().zip(next.sums) {
            self.add(name, sums);
        }
    }

    pub(super) fn into_sums(self) -> Vec<Vec<f64>> {
        self.sums
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.count(self.sums.len());
        for (name, sums) in self.named.names.iter().zip(&self.sums) {
            out.text(name);
            out.numbers(sums);
        }
    }

    pub(super) fn read(from: &mut Reader<'_>, columns: usize) -> Option<Self> {
        let mut scores = Self::default();
        for _ in 0..from.count()? {
            let name = from.text()?;
            scores.add(&name, from.numbers(columns)?);
        }
        Some(scores)
    }
}
