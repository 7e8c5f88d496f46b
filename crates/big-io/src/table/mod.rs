//! Tables of influencers and of actions: streamed, one row after the other, from Parquet or CSV.

pub(crate) mod from_csv;
#[cfg(feature = "parquet")]
pub(crate) mod from_parquet;

use std::path::Path;

use crate::error::InputError;
use crate::name::check_name;
use crate::preference::{Format, STANDARD_INPUT, format_on_stdin, kept_standard_input};

/// The columns of a table of influencers, contiguous.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Columns {
    pub(crate) weights: Vec<f64>,
    /// `n × dim`, by rows.
    pub(crate) targets: Vec<f64>,
    /// Empty where the table has no names.
    pub(crate) names: Vec<Option<String>>,
    pub(crate) dim: usize,
    /// What lying costs each; empty where the table does not say.
    pub(crate) costs: Vec<f64>,
    /// What each would honestly say, `n × dim`; empty where the table does not say.
    pub(crate) honest: Vec<f64>,
}

/// What a reader of a table wants from it.
pub(crate) struct Wanted {
    /// A column of numbers, or none.
    pub(crate) number: Option<&'static str>,
    /// A column of lists of numbers; in CSV `<list>_0, <list>_1, …`, or `<list>` itself for one number.
    pub(crate) list: &'static str,
    /// May the lists differ in length? In CSV a short one ends in empty cells.
    pub(crate) ragged: bool,
    /// Are `lying_cost`, a number, and `honest`, a list, wanted where they are there?
    pub(crate) costs: bool,
}

/// One row of a table. All numbers are finite.
pub(crate) struct Row<'r> {
    pub(crate) name: Option<&'r str>,
    /// 0 where no number was wanted.
    pub(crate) number: f64,
    pub(crate) list: &'r [f64],
    /// `lying_cost`, where it was wanted and is there.
    pub(crate) cost: Option<f64>,
    /// `honest`, where it was wanted and is there.
    pub(crate) honest: Option<&'r [f64]>,
}

/// Takes the rows of a table one by one.
pub(crate) trait RowSink {
    /// So many rows are to come, as far as is known.
    ///
    /// # Errors
    /// When there is no memory for them.
    #[cfg_attr(not(feature = "parquet"), allow(dead_code))] // nobody knows it of a text
    fn expect(&mut self, rows: usize) -> Result<(), String>;

    /// The next row.
    ///
    /// # Errors
    /// What is wrong with it.
    fn row(&mut self, row: Row<'_>) -> Result<(), String>;
}

/// Reads a table by its extension and hands its rows over in order.
///
/// # Errors
/// What is wrong, with the row (from 1) where there is one.
pub(crate) fn read_rows(
    path: &Path,
    wanted: &Wanted,
    sink: &mut dyn RowSink,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(), InputError> {
    let file = path.display().to_string();
    let extension = path
        .extension()
        .and_then(|e| e.to_str())
        .map(str::to_ascii_lowercase);
    match extension.as_deref() {
        #[cfg(feature = "parquet")]
        Some("parquet" | "pq") => from_parquet::read(path, wanted, sink, progress),
        #[cfg(not(feature = "parquet"))]
        Some("parquet" | "pq") => Err(InputError::without_parquet("is a Parquet file")),
        Some("csv") => from_csv::read(path, wanted, sink, progress),
        _ => Err(InputError::new("is neither .parquet nor .csv")
            .with_help("tables are read from Parquet or CSV")),
    }
    .map_err(|error| match error.file {
        Some(_) => error,
        None => error.in_file(file),
    })
}

/// Does standard input hold a table of Parquet or CSV? Told by its first bytes, which stay to be read.
pub(crate) fn holds_rows() -> bool {
    matches!(format_on_stdin(), Some(Format::Parquet | Format::Csv))
}

/// Reads a table of Parquet or CSV from standard input, as [`read_rows`] does from a file.
///
/// # Errors
/// As [`read_rows`], and where it cannot be kept in a temporary file.
pub(crate) fn read_rows_on_stdin(
    wanted: &Wanted,
    sink: &mut dyn RowSink,
) -> Result<(), InputError> {
    let format = format_on_stdin();
    let read = kept_standard_input().and_then(|kept| match format {
        #[cfg(feature = "parquet")]
        Some(Format::Parquet) => from_parquet::read(kept.path(), wanted, sink, &mut |_, _| {}),
        #[cfg(not(feature = "parquet"))]
        Some(Format::Parquet) => Err(InputError::without_parquet("is a Parquet file")),
        _ => from_csv::read(kept.path(), wanted, sink, &mut |_, _| {}),
    });
    // The temporary file is nothing that the user named.
    read.map_err(|error| error.in_file(STANDARD_INPUT))
}

/// Reads the influencers of a large game, in one copy; `dim` is the receiver's dimension where it is known.
///
/// # Errors
/// As [`read_rows`], and lists of a wrong length.
pub(crate) fn read_influencers(
    path: &Path,
    dim: Option<usize>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Columns, InputError> {
    let wanted = Wanted {
        number: Some("weight"),
        list: "target",
        ragged: false,
        costs: true,
    };
    let mut sink = Influencers {
        columns: Columns::default(),
        dim,
        expected: 0,
    };
    read_rows(path, &wanted, &mut sink, progress)?;
    if sink.columns.weights.is_empty() {
        let error = InputError::new("has no rows: a game needs at least one influencer");
        return Err(error.in_file(path.display().to_string()));
    }
    Ok(sink.columns)
}

struct Influencers {
    columns: Columns,
    dim: Option<usize>,
    expected: usize,
}

impl RowSink for Influencers {
    fn expect(&mut self, rows: usize) -> Result<(), String> {
        self.expected = rows;
        reserve(&mut self.columns.weights, rows)
    }

    fn row(&mut self, row: Row<'_>) -> Result<(), String> {
        let columns = &mut self.columns;
        if columns.weights.is_empty() {
            columns.dim = match self.dim {
                None if row.list.is_empty() => return Err("`target` has no numbers".to_owned()),
                None => row.list.len(),
                Some(dim) => dim,
            };
            let numbers = self.expected.checked_mul(columns.dim);
            reserve(
                &mut columns.targets,
                numbers.ok_or("says it has more rows than memory can hold")?,
            )?;
        }
        if row.list.len() != columns.dim {
            let (found, expected) = (row.list.len(), columns.dim);
            let whose = if self.dim.is_some() {
                "the receiver"
            } else {
                "the first row"
            };
            return Err(format!(
                "`target` has length {found} where {whose} has {expected}"
            ));
        }
        if let Some(name) = row.name {
            check_name("`name`", name)?;
            columns.names.resize(columns.weights.len(), None);
            columns.names.push(Some(name.to_owned()));
        }
        columns.weights.push(row.number);
        columns.targets.extend_from_slice(row.list);
        columns.costs.extend(row.cost);
        if let Some(honest) = row.honest {
            if honest.len() != columns.dim {
                let (found, expected) = (honest.len(), columns.dim);
                return Err(format!(
                    "`honest` has length {found} where the receiver has {expected}"
                ));
            }
            columns.honest.extend_from_slice(honest);
        }
        Ok(())
    }
}

/// Room for so many numbers, or a refusal instead of an abort.
pub(crate) fn reserve(numbers: &mut Vec<f64>, more: usize) -> Result<(), String> {
    numbers
        .try_reserve_exact(more)
        .map_err(|_| format!("there is no memory for {more} numbers"))
}

/// The refusal of a number that a table must not hold.
#[cfg(feature = "parquet")]
pub(crate) fn not_finite(column: &str, coordinate: Option<usize>, value: f64) -> String {
    match coordinate {
        Some(k) => format!("`{column}` is {value} in coordinate {k}: every number must be finite"),
        None => format!("`{column}` is {value}: every number must be finite"),
    }
}

pub(crate) fn missing_column(column: &str, there: &[&str]) -> InputError {
    let shown: Vec<&str> = there.iter().take(20).copied().collect();
    let more = if there.len() > shown.len() {
        ", …"
    } else {
        ""
    };
    let help = if shown.is_empty() {
        "it has no columns".to_owned()
    } else {
        format!("it has: {}{more}", shown.join(", "))
    };
    InputError::new(format!("has no column `{column}`")).with_help(help)
}
