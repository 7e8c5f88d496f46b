//! Annotators whose rows are in several shards: who they are, and their rows gathered, in the order of the shards.

use super::named::Named;
use super::{Answer, Pass, Shards, mismatch};
use crate::bytes::{Reader, Writer};
use crate::data::{Comparisons, DataError, Parts};

/// Numbers that shards send at a time, in bytes.
const PIECE: u64 = 8 << 20;

/// Who is named in one shard, or in all of them, in the order in which annotators first appear.
#[derive(Clone, Debug, Default)]
pub struct People {
    named: Named,
    ties: Vec<u64>,
    shards: Vec<Numbers>,
}

/// A shard's rows, and what its own numbers of annotators mean.
#[derive(Clone, Debug)]
struct Numbers {
    rows: u64,
    annotators: Vec<u32>,
}

impl People {
    /// In the rows of one shard; `ties` are counted by annotator.
    pub(super) fn of(rows: &Comparisons, ties: &[u64]) -> Self {
        let mut out = Self::default();
        let annotators = rows.names().iter().zip(0..).map(|(name, i)| {
            let place = out.named.place(name);
            out.ties.resize(out.named.names().len(), 0);
            out.ties[place] += ties.get(i).copied().unwrap_or(0);
            place as u32
        });
        let annotators = annotators.collect();
        out.shards.push(Numbers {
            rows: rows.rows() as u64,
            annotators,
        });
        out
    }

    /// Their names.
    pub fn names(&self) -> &[String] {
        self.named.names()
    }

    /// How many ties each of them has.
    pub fn ties(&self) -> &[u64] {
        &self.ties
    }

    pub(super) fn join(&mut self, next: Self) {
        let mut places = Vec::with_capacity(next.ties.len());
        for (name, ties) in next.named.names().iter().zip(next.ties) {
            let place = self.named.place(name);
            self.ties.resize(self.named.names().len(), 0);
            self.ties[place] += ties;
            places.push(place as u32);
        }
        self.shards.extend(next.shards.into_iter().map(|shard| {
            let annotators = shard.annotators.iter().map(|&who| places[who as usize]);
            Numbers {
                annotators: annotators.collect(),
                ..shard
            }
        }));
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.count(self.ties.len());
        for (name, ties) in self.names().iter().zip(&self.ties) {
            out.text(name);
            out.whole(*ties);
        }
        out.count(self.shards.len());
        for shard in &self.shards {
            out.whole(shard.rows);
            out.count(shard.annotators.len());
            for who in &shard.annotators {
                out.whole(u64::from(*who));
            }
        }
    }

    pub(super) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let mut out = Self::default();
        for number in 0..from.count()? {
            if out.named.place(&from.text()?) != number {
                return None;
            }
            out.ties.push(from.whole()?);
        }
        for _ in 0..from.count()? {
            let rows = from.whole()?;
            let mut annotators = Vec::new();
            for _ in 0..from.count()? {
                let who = usize::try_from(from.whole()?).ok()?;
                annotators.push(u32::try_from(who).ok().filter(|_| who < out.ties.len())?);
            }
            out.shards.push(Numbers { rows, annotators });
        }
        Some(out)
    }
}

/// Some rows of a shard, with their signs.
#[derive(Clone, Debug)]
pub struct SomeRows {
    dim: usize,
    /// The shard's own numbers of their annotators; none where these have no names.
    annotators: Vec<u32>,
    /// `d + 1` numbers and a weight a row.
    numbers: Vec<f64>,
}

impl SomeRows {
    /// So many of a shard's rows, or as many as there are.
    pub(super) fn of(rows: &Comparisons, from: u64, count: u64) -> Self {
        let end = from.saturating_add(count).min(rows.rows() as u64) as usize;
        let span = (from as usize).min(end)..end;
        let width = rows.dim() + 2;
        let mut numbers = vec![0.0; span.len() * width];
        for (r, out) in span.clone().zip(numbers.chunks_exact_mut(width)) {
            rows.row(r, out);
            out[width - 1] = rows.weight(r);
        }
        Self {
            dim: rows.dim(),
            annotators: rows.annotators().get(span).unwrap_or_default().to_vec(),
            numbers,
        }
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.count(self.dim);
        out.count(self.numbers.len() / (self.dim + 2));
        out.count(self.annotators.len());
        out.numbers(&self.numbers);
        for who in &self.annotators {
            out.small(*who);
        }
    }

    pub(super) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let (dim, rows, named) = (from.count()?, from.count()?, from.count()?);
        let numbers = from.numbers(dim.checked_add(2)?.checked_mul(rows)?)?;
        let annotators = (0..named).map(|_| from.small()).collect::<Option<_>>()?;
        Some(Self {
            dim,
            annotators,
            numbers,
        })
    }
}

impl Shards<'_> {
    /// Who is named: one pass.
    ///
    /// # Errors
    /// What the shards say.
    pub fn people(&self) -> Result<People, DataError> {
        match self.elsewhere.pass(&Pass::People)? {
            Answer::People(people) => Ok(people),
            _ => Err(mismatch()),
        }
    }

    /// The rows of `people`, each annotator's in the order of the shards: every row is sent once. See [`Parts::gathered`] for what
    /// becomes of them.
    ///
    /// # Errors
    /// What the shards say, or that there is no room for a temporary file.
    pub fn gather(&self, people: &People, memory: usize) -> Result<Parts, DataError> {
        let (dim, total) = (self.look.dim, people.shards.iter().map(|s| s.rows).sum());
        let piece = (PIECE / (8 * (dim as u64 + 2))).max(1);
        let mut asked = Vec::new();
        for (shard, numbers) in people.shards.iter().enumerate() {
            for from in (0..numbers.rows).step_by(piece as usize) {
                let rows = piece.min(numbers.rows - from);
                asked.push((shard, Pass::Rows { from, rows }));
            }
        }
        Parts::gathered(dim, people.names(), total, memory, &mut |add| {
            let mut next = asked.iter();
            self.elsewhere.each(&asked, &mut |answer| {
                let (Some((shard, Pass::Rows { rows, .. })), Answer::Rows(some)) =
                    (next.next(), answer)
                else {
                    return Err(mismatch());
                };
                let lengths = (some.annotators.len() as u64, some.numbers.len() as u64);
                if some.dim != dim || lengths != (*rows, *rows * (dim as u64 + 2)) {
                    return Err(mismatch());
                }
                let numbers = &people.shards[*shard].annotators;
                let rows = some.numbers.chunks_exact(dim + 2);
                for (own, row) in some.annotators.iter().zip(rows) {
                    let who = numbers.get(*own as usize).ok_or_else(mismatch)?;
                    add(&row[..=dim], row[dim + 1], *who)?;
                }
                Ok(())
            })
        })
    }
}
