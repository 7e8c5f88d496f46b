//! Rows sorted by annotator in a temporary file.
//!
//! The table is read once. Whenever so many rows are held, they are sorted by annotator (stably) and appended to the file: a
//! run. Consecutive annotators stand together in every run, so a group of them is read with one stretch a run, and each
//! annotator's rows come in the order of the table. Every access goes through all annotators in order.

use std::fs::File;
use std::io::{self, Read as _, Seek, SeekFrom, Write};
use std::ops::Range;
use std::sync::Mutex;
use std::sync::mpsc::sync_channel;

use super::builder::Annotators;
use super::stream::in_pieces;
use super::{
    BLOCK_ROWS, Block, Builder, Chunks, Comparisons, DataError, Source, Storage, Ties, Values,
    place,
};

/// Bytes that go to or come from the file at a time.
const STRETCH: usize = 1 << 20;
/// The most rows of a run: their numbers fit 32 bits.
const LONGEST: usize = 1 << 31;

/// What is known of an annotator after the table has been read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Total {
    pub(super) rows: u64,
    pub(super) weight: f64,
}

/// The file and what stands where.
#[derive(Debug)]
pub(super) struct Runs {
    file: Mutex<File>,
    dim: usize,
    runs: Vec<Run>,
    /// Rows that are in memory at a time.
    most: usize,
}

/// One sorted run.
#[derive(Debug)]
struct Run {
    /// Its first byte.
    start: u64,
    /// Annotators with the numbers of their rows, ascending.
    parts: Vec<(u32, u32)>,
}

impl Runs {
    pub(super) fn write(
        chunks: &dyn Chunks,
        ties: Ties,
        memory: usize,
    ) -> Result<(Self, Vec<Total>), DataError> {
        let mut runs = Self::begin(chunks.dim(), memory)?;
        let mut totals: Vec<Total> = Vec::new();
        let mut builder = Builder::new(chunks.dim(), Storage::Double, ties)?;
        builder.annotators = Annotators::Required;
        in_pieces(chunks, builder, runs.most, &mut |piece| {
            runs.append(piece, &mut totals)
        })?;
        Ok((runs, totals))
    }

    /// A file without rows.
    pub(super) fn begin(dim: usize, memory: usize) -> Result<Self, DataError> {
        let row_bytes = (dim + 2) * size_of::<f64>();
        // Three pieces are there at a time, and one of them twice while it is sorted.
        let most = (memory / (4 * row_bytes)).clamp(BLOCK_ROWS, LONGEST);
        let file = tempfile::tempfile().map_err(unusable)?;
        Ok(Self {
            file: Mutex::new(file),
            dim,
            runs: Vec::new(),
            most,
        })
    }

    /// How many rows are in memory at a time.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// Sorts rows and appends them.
    pub(super) fn append(
        &mut self,
        rows: &Comparisons,
        totals: &mut Vec<Total>,
    ) -> Result<(), DataError> {
        let annotators = rows.annotators();
        let most = annotators.iter().max().map_or(0, |&who| who as usize + 1);
        if totals.len() < most {
            totals.resize(most, Total::default());
        }
        let mut places = vec![0_u32; most];
        for (r, &who) in annotators.iter().enumerate() {
            places[who as usize] += 1;
            let total = &mut totals[who as usize];
            total.rows += 1;
            total.weight += rows.weight(r);
        }
        let parts: Vec<(u32, u32)> = (0_u32..)
            .zip(&places)
            .filter(|(_, count)| **count > 0)
            .map(|(who, count)| (who, *count))
            .collect();
        // From numbers of rows to the place of the next one.
        let mut next = 0;
        for place in &mut places {
            next += std::mem::replace(place, next);
        }
        let width = self.dim + 2;
        let mut sorted = vec![0.0; annotators.len() * width];
        for (r, &who) in annotators.iter().enumerate() {
            let place = &mut places[who as usize];
            let at = *place as usize * width;
            *place += 1;
            rows.row(r, &mut sorted[at..at + self.dim + 1]);
            sorted[at + self.dim + 1] = rows.weight(r);
        }
        let file = self.file.get_mut().unwrap_or_else(|e| e.into_inner());
        let start = file.seek(SeekFrom::End(0)).map_err(unusable)?;
        let mut bytes = Vec::with_capacity(STRETCH);
        for numbers in sorted.chunks(STRETCH / size_of::<f64>()) {
            bytes.resize(size_of_val(numbers), 0);
            for (bytes, v) in bytes.chunks_exact_mut(size_of::<f64>()).zip(numbers) {
                bytes.copy_from_slice(&v.to_ne_bytes());
            }
            file.write_all(&bytes).map_err(unusable)?;
        }
        self.runs.push(Run { start, parts });
        Ok(())
    }

    /// Hands the annotators over in groups that fit into memory, with the first one's index; the next group is read
    /// meanwhile. `rows` are the numbers of their rows.
    pub(super) fn groups<E: From<DataError>>(
        &self,
        rows: &[u64],
        visit: &mut dyn FnMut(usize, AnnotatorBatch<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        std::thread::scope(|scope| {
            let (sender, group) = sync_channel(0);
            let reader = scope.spawn(move || -> Result<(), DataError> {
                let mut places: Vec<(usize, u64)> =
                    self.runs.iter().map(|run| (0, run.start)).collect();
                let mut first = 0;
                while first < rows.len() {
                    let end = self.group_from(first, rows);
                    let read = if rows[first] > self.most as u64 {
                        Read::Large(self.large(end, &mut places))
                    } else {
                        Read::Held(self.load(first..end, rows, &mut places)?)
                    };
                    if sender.send((first, read)).is_err() {
                        // Nobody listens once a group has been refused.
                        break;
                    }
                    first = end;
                }
                Ok(())
            });
            let visited = group.iter().try_for_each(|(first, read)| match &read {
                Read::Held(parts) => visit(first, AnnotatorBatch::Held(parts)),
                Read::Large(large) => visit(first, AnnotatorBatch::Large(large)),
            });
            drop(group);
            match reader.join() {
                Ok(read) => visited.and_then(|()| Ok(read?)),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        })
    }

    /// The end of the group that starts with an annotator.
    fn group_from(&self, first: usize, rows: &[u64]) -> usize {
        let mut total = 0;
        let fits = |rows: &&u64| {
            total += **rows;
            total <= self.most as u64
        };
        first + rows[first..].iter().take_while(fits).count().max(1)
    }

    /// A group's rows, one set an annotator.
    fn load(
        &self,
        group: Range<usize>,
        rows: &[u64],
        places: &mut [(usize, u64)],
    ) -> Result<Vec<Comparisons>, DataError> {
        let mut parts: Vec<Filling> = rows[group.clone()]
            .iter()
            .map(|&rows| Filling::new(self.dim, rows as usize))
            .collect();
        for (run, place) in self.runs.iter().zip(places) {
            let (start, stretch) = advance(run, place, group.end, self.dim);
            let total: u64 = stretch.iter().map(|(_, rows)| u64::from(*rows)).sum();
            let mut owners = stretch.iter();
            let (mut who, mut left) = (0, 0);
            self.read(start, total, &mut |row| {
                if left == 0
                    && let Some(&(next, count)) = owners.next()
                {
                    (who, left) = (next as usize - group.start, count);
                }
                left -= 1;
                parts[who].push(row);
            })?;
        }
        Ok(parts.into_iter().map(Filling::finish).collect())
    }

    /// An annotator that makes a group alone and does not fit into memory.
    fn large(&self, end: usize, places: &mut [(usize, u64)]) -> Large<'_> {
        let stretches = self
            .runs
            .iter()
            .zip(places)
            .map(|(run, place)| {
                let (start, stretch) = advance(run, place, end, self.dim);
                (
                    start,
                    stretch.iter().map(|(_, rows)| u64::from(*rows)).sum(),
                )
            })
            .collect();
        Large {
            runs: self,
            stretches,
        }
    }

    /// Hands `rows` rows over, from byte `start` of the file on.
    fn read(&self, start: u64, rows: u64, each: &mut dyn FnMut(&[f64])) -> Result<(), DataError> {
        let width = self.dim + 2;
        let row_bytes = width * size_of::<f64>();
        let stretch = (STRETCH / row_bytes).max(1);
        let mut bytes = vec![0; stretch.min(rows as usize) * row_bytes];
        let mut row = vec![0.0; width];
        let mut left = rows;
        while left > 0 {
            let now = left.min(stretch as u64);
            let bytes = &mut bytes[..now as usize * row_bytes];
            let at = start + (rows - left) * row_bytes as u64;
            let mut file = self.file.lock().unwrap_or_else(|e| e.into_inner());
            file.seek(SeekFrom::Start(at))
                .and_then(|_| file.read_exact(bytes))
                .map_err(unusable)?;
            drop(file);
            for bytes in bytes.chunks_exact(row_bytes) {
                for (v, bytes) in row.iter_mut().zip(bytes.as_chunks().0) {
                    *v = f64::from_ne_bytes(*bytes);
                }
                each(&row);
            }
            left -= now;
        }
        Ok(())
    }
}

fn unusable(reason: io::Error) -> DataError {
    DataError::Scratch {
        folder: std::env::temp_dir(),
        reason,
    }
}

/// Annotators in memory, or one that is not.
pub(super) enum AnnotatorBatch<'a> {
    Held(&'a [Comparisons]),
    Large(&'a Large<'a>),
}

/// The same as it comes from the file.
enum Read<'a> {
    Held(Vec<Comparisons>),
    Large(Large<'a>),
}

/// Moves a run's place up to the annotator `end`; returns where it was, and the parts passed.
fn advance<'r>(
    run: &'r Run,
    place: &mut (usize, u64),
    end: usize,
    dim: usize,
) -> (u64, &'r [(u32, u32)]) {
    let (first, start) = *place;
    let count = run.parts[first..]
        .iter()
        .take_while(|(who, _)| (*who as usize) < end)
        .count();
    let passed = &run.parts[first..first + count];
    let rows: u64 = passed.iter().map(|(_, rows)| u64::from(*rows)).sum();
    let row_bytes = ((dim + 2) * size_of::<f64>()) as u64;
    *place = (first + count, start + rows * row_bytes);
    (start, passed)
}

/// Rows that come one by one into blocks whose number is known.
struct Filling {
    dim: usize,
    rows: usize,
    values: Vec<f64>,
    weights: Vec<f64>,
    weighted: bool,
}

impl Filling {
    fn new(dim: usize, rows: usize) -> Self {
        Self {
            dim,
            rows,
            values: vec![0.0; rows * (dim + 1)],
            weights: Vec::with_capacity(rows),
            weighted: false,
        }
    }

    /// Adds `d + 1` numbers and a weight.
    fn push(&mut self, row: &[f64]) {
        let (at, stride) = place(self.rows, self.dim, self.weights.len());
        let (numbers, weight) = row.split_at(self.dim + 1);
        for (v, into) in numbers
            .iter()
            .zip(self.values[at..].iter_mut().step_by(stride))
        {
            *into = *v;
        }
        self.weighted |= weight[0] != 1.0;
        self.weights.push(weight[0]);
    }

    fn full(&self) -> bool {
        self.weights.len() == self.rows
    }

    fn finish(self) -> Comparisons {
        Comparisons {
            dim: self.dim,
            rows: self.rows,
            values: Values::Double(self.values),
            weights: if self.weighted {
                self.weights
            } else {
                Vec::new()
            },
            annotators: Vec::new(),
            names: Vec::new(),
        }
    }
}

/// An annotator with more rows than memory holds, read again in every pass.
pub(super) struct Large<'a> {
    runs: &'a Runs,
    /// Where the annotator's rows are: the first byte, and their number.
    stretches: Vec<(u64, u64)>,
}

impl Large<'_> {
    /// Hands the rows over in sets as large as memory holds.
    pub(super) fn visit_parts(&self, visit: &mut dyn FnMut(&Comparisons)) -> Result<(), DataError> {
        let mut left: u64 = self.stretches.iter().map(|(_, rows)| rows).sum();
        let most = (self.runs.most / BLOCK_ROWS * BLOCK_ROWS) as u64;
        let fresh = |left: u64| Filling::new(self.runs.dim, left.min(most) as usize);
        let mut filling = fresh(left);
        for &(start, rows) in &self.stretches {
            self.runs.read(start, rows, &mut |row| {
                filling.push(row);
                if filling.full() {
                    left -= filling.rows as u64;
                    visit(&std::mem::replace(&mut filling, fresh(left)).finish());
                }
            })?;
        }
        Ok(())
    }
}

impl Source for Large<'_> {
    fn dim(&self) -> usize {
        self.runs.dim
    }

    fn visit(&self, batch: &mut dyn FnMut(&[Block<'_>])) -> Result<(), DataError> {
        self.visit_parts(&mut |part| {
            let blocks: Vec<Block<'_>> = part.blocks().collect();
            batch(&blocks);
        })
    }
}
