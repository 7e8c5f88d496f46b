//! Writing comparisons: Parquet, JSON lines or CSV, block by block, all or nothing.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

#[cfg(feature = "parquet")]
use super::to_parquet;
use crate::error::InputError;
use crate::name::to_cell;
use crate::whole::whole;

/// Some comparisons of one annotator.
#[derive(Clone, Debug, PartialEq)]
pub struct SimulatedRows {
    /// Whose they are.
    pub annotator: Arc<str>,
    /// First responses, `n × d` by rows.
    pub a: Vec<f64>,
    /// Second responses, `n × d` by rows.
    pub b: Vec<f64>,
    /// Row by row: was `a` preferred?
    pub labels: Vec<bool>,
}

/// Writes comparisons with the columns `annotator`, `a`, `b` and `label` (1: `a` was preferred), in the format that the
/// extension names: `.parquet` (embeddings as fixed-size lists of float64), `.jsonl` or `.csv` (`a_0, a_1, …`). Numbers are
/// written so that they are read back to the bit. The file appears whole or not at all. Memory: one block, and one row
/// group in Parquet.
///
/// # Errors
/// When the extension is another one, a block is not of dimension `dim`, or the file cannot be written.
pub fn write_preferences(
    path: &Path,
    dim: usize,
    blocks: impl Iterator<Item = SimulatedRows>,
) -> Result<(), InputError> {
    let file = path.display().to_string();
    let extension = path
        .extension()
        .and_then(|e| e.to_str())
        .map(str::to_ascii_lowercase);
    let blocks = checked(dim, blocks);
    let written = match extension.as_deref() {
        #[cfg(feature = "parquet")]
        Some("parquet" | "pq") => whole(path, |partial| to_parquet::write(partial, dim, blocks)),
        #[cfg(not(feature = "parquet"))]
        Some("parquet" | "pq") => {
            return Err(InputError::without_parquet("cannot be written as Parquet").in_file(file));
        }
        Some("csv") => whole(path, |partial| csv(partial, dim, blocks)),
        Some("jsonl" | "ndjson") => whole(path, |partial| {
            let mut file = BufWriter::with_capacity(1 << 16, partial);
            jsonl(&mut file, dim, blocks)?;
            file.get_ref().sync_all()
        }),
        _ => {
            return Err(InputError::new("is neither .parquet nor .jsonl nor .csv")
                .with_help("preference tables are written as Parquet, JSON lines or CSV")
                .in_file(file));
        }
    };
    written
        .map_err(|message| InputError::new(format!("cannot be written: {message}")).in_file(file))
}

/// Writes comparisons as JSON lines, as [`write_preferences`] does into a file, to anything.
///
/// # Errors
/// When a block is not of dimension `dim`, or it cannot be written.
pub fn write_preference_lines(
    out: &mut dyn Write,
    dim: usize,
    blocks: impl Iterator<Item = SimulatedRows>,
) -> io::Result<()> {
    jsonl(out, dim, checked(dim, blocks))
}

fn checked(
    dim: usize,
    blocks: impl Iterator<Item = SimulatedRows>,
) -> impl Iterator<Item = io::Result<SimulatedRows>> {
    blocks.map(move |block| {
        let n = block.labels.len() * dim;
        if block.a.len() == n && block.b.len() == n {
            Ok(block)
        } else {
            Err(told(format!("a block is not of dimension {dim}")))
        }
    })
}

/// What went wrong, as an error of writing.
pub(super) fn told(error: impl std::fmt::Display) -> io::Error {
    io::Error::other(error.to_string())
}

fn csv(
    file: File,
    dim: usize,
    blocks: impl Iterator<Item = io::Result<SimulatedRows>>,
) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(BufWriter::with_capacity(1 << 16, file));
    let mut record = vec!["annotator".to_owned()];
    for side in ["a", "b"] {
        record.extend((0..dim).map(|k| format!("{side}_{k}")));
    }
    record.push("label".to_owned());
    writer.write_record(&record).map_err(told)?;
    for block in blocks {
        let block = block?;
        for (row, &label) in block.labels.iter().enumerate() {
            let span = row * dim..(row + 1) * dim;
            record.clear();
            record.push(to_cell(&block.annotator).into_owned());
            record.extend(block.a[span.clone()].iter().map(f64::to_string));
            record.extend(block.b[span].iter().map(f64::to_string));
            record.push(u8::from(label).to_string());
            writer.write_record(&record).map_err(told)?;
        }
    }
    let mut file = writer.into_inner().map_err(told)?;
    file.flush().map_err(told)?;
    file.get_ref().sync_all().map_err(told)
}

fn jsonl(
    out: &mut dyn Write,
    dim: usize,
    blocks: impl Iterator<Item = io::Result<SimulatedRows>>,
) -> io::Result<()> {
    #[derive(serde::Serialize)]
    struct Line<'a> {
        annotator: &'a str,
        a: &'a [f64],
        b: &'a [f64],
        label: u8,
    }
    for block in blocks {
        let block = block?;
        for (row, &label) in block.labels.iter().enumerate() {
            let span = row * dim..(row + 1) * dim;
            let line = Line {
                annotator: &block.annotator,
                a: &block.a[span.clone()],
                b: &block.b[span],
                label: u8::from(label),
            };
            serde_json::to_writer(&mut *out, &line).map_err(io::Error::from)?;
            out.write_all(b"\n")?;
        }
    }
    out.flush()
}
