//! CSV with a header: one record after the other.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use csv::{ByteRecord, ErrorKind, ReaderBuilder, Trim};

use super::{Row, RowSink, Wanted, missing_column};
use crate::bounded::Bounded;
use crate::error::{InputError, shown};
use crate::name::from_cell;
use crate::number::Scalar;
use crate::source::open;

/// Rows between two reports of progress.
const REPORT: u64 = 16_384;

pub(super) fn read(
    path: &Path,
    wanted: &Wanted,
    sink: &mut dyn RowSink,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(), InputError> {
    let file = open(path)?;
    let total = file.metadata().map_or(0, |about| about.len());
    let mut reader = ReaderBuilder::new()
        .trim(Trim::All)
        .from_reader(Bounded::new(file));
    let header = reader.byte_headers().map_err(|e| unreadable(e, 0))?.clone();
    let columns = Places::new(&header, wanted)?;
    let mut record = ByteRecord::new();
    let mut list = Vec::with_capacity(columns.list.len());
    let mut honest = Vec::new();
    let mut row = 0;
    while reader
        .read_byte_record(&mut record)
        .map_err(|e| unreadable(e, row + 1))?
    {
        row += 1;
        let end = reader.position().byte();
        reader.get_mut().next_record(end);
        let line = record.position().map(csv::Position::line);
        columns
            .read(&record, wanted, (&mut list, &mut honest), sink)
            .map_err(|message| {
                let mut error = InputError::new(message).at_row(row);
                error.line = line.and_then(|line| usize::try_from(line).ok());
                error
            })?;
        if row % REPORT == 0 {
            let read = reader.position().byte();
            progress(read, total.max(read));
        }
    }
    progress(total, total);
    Ok(())
}

pub(crate) fn unreadable(error: csv::Error, row: u64) -> InputError {
    let line = error
        .position()
        .and_then(|p| usize::try_from(p.line()).ok());
    let message = match error.into_kind() {
        ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => {
            format!("has {len} cells where the header has {expected_len}")
        }
        ErrorKind::Io(e) => format!("cannot be read: {e}"),
        _ => "is not valid CSV".to_owned(),
    };
    let mut refused = InputError::new(message);
    if row > 0 {
        refused = refused.at_row(row);
    }
    refused.line = line;
    refused
}

/// Where the wanted columns are.
struct Places {
    name: Option<usize>,
    number: Option<usize>,
    list: Vec<usize>,
    cost: Option<usize>,
    honest: Option<Vec<usize>>,
    /// Their names, for messages.
    titles: Vec<String>,
}

impl Places {
    fn new(header: &ByteRecord, wanted: &Wanted) -> Result<Self, InputError> {
        let titles: Vec<String> = header
            .iter()
            .map(|title| {
                String::from_utf8_lossy(title)
                    .trim_start_matches('\u{feff}')
                    .to_owned()
            })
            .collect();
        let there: Vec<&str> = titles.iter().map(String::as_str).collect();
        let of = |title: &str, list: &str| {
            let rest = title.strip_prefix(list);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
        };
        let mut seen = HashSet::new();
        for title in &there {
            let ours = *title == "name"
                || Some(*title) == wanted.number
                || of(title, wanted.list)
                || wanted.costs && (*title == "lying_cost" || of(title, "honest"));
            if !seen.insert(title) && ours {
                return Err(InputError::new(format!("has two columns `{title}`")));
            }
        }
        let find = |title: &str| there.iter().position(|t| *t == title);
        let number = match wanted.number {
            Some(title) => Some(find(title).ok_or_else(|| missing_column(title, &there))?),
            None => None,
        };
        let list = numbered(&there, wanted.list)?
            .ok_or_else(|| missing_column(&format!("{}_0", wanted.list), &there))?;
        let honest = match wanted.costs {
            true => numbered(&there, "honest")?,
            false => None,
        };
        let cost = find("lying_cost").filter(|_| wanted.costs);
        Ok(Self {
            cost,
            honest,
            name: find("name"),
            number,
            list,
            titles,
        })
    }

    fn read(
        &self,
        record: &ByteRecord,
        wanted: &Wanted,
        (list, honest): (&mut Vec<f64>, &mut Vec<f64>),
        sink: &mut dyn RowSink,
    ) -> Result<(), String> {
        let number = match self.number {
            Some(at) => self.number(record, at)?,
            None => 0.0,
        };
        let mut filled = self.list.len();
        if wanted.ragged {
            while filled > 0
                && record
                    .get(self.list[filled - 1])
                    .is_some_and(<[u8]>::is_empty)
            {
                filled -= 1;
            }
        }
        list.clear();
        for &at in &self.list[..filled] {
            list.push(self.number(record, at)?);
        }
        let name = match self.name.and_then(|at| record.get(at)) {
            None | Some([]) => None,
            Some(bytes) => {
                let cell = std::str::from_utf8(bytes);
                Some(from_cell(cell.map_err(|_| "`name` is not UTF-8 text")?))
            }
        };
        let cost = match self.cost {
            Some(at) => Some(self.number(record, at)?),
            None => None,
        };
        honest.clear();
        for &at in self.honest.iter().flatten() {
            honest.push(self.number(record, at)?);
        }
        sink.row(Row {
            name,
            number,
            list,
            cost,
            honest: self.honest.as_ref().map(|_| honest.as_slice()),
        })
    }

    fn number(&self, record: &ByteRecord, at: usize) -> Result<f64, String> {
        let cell = record.get(at).unwrap_or_default();
        let title = &self.titles[at];
        if cell.is_empty() {
            return Err(format!("`{title}` is missing"));
        }
        let text = std::str::from_utf8(cell).map_err(|_| format!("`{title}` is not a number"))?;
        f64::parse(text).map_err(|problem| {
            let shown = shown(text, 24);
            format!("`{title}`: {shown} {problem}")
        })
    }
}

/// The columns of a list of numbers: `<list>_0, <list>_1, …` without a gap, or `<list>` itself.
fn numbered(there: &[&str], list: &str) -> Result<Option<Vec<usize>>, InputError> {
    // A table may have a hundred thousand columns: none is looked for by going through all others.
    let index: HashMap<&str, usize> = there.iter().enumerate().map(|(i, t)| (*t, i)).collect();
    let find = |title: &str| index.get(title).copied();
    let numbered: Vec<usize> = (0..).map_while(|k| find(&format!("{list}_{k}"))).collect();
    let columns = match (find(list), numbered.is_empty()) {
        (Some(one), true) => vec![one],
        (Some(_), false) => {
            return Err(InputError::new(format!(
                "has both `{list}` and `{list}_0`: only one of them can count"
            )));
        }
        (None, _) => numbered,
    };
    let prefix = format!("{list}_");
    let found: HashSet<usize> = columns.iter().copied().collect();
    let skipped = there.iter().enumerate().find(|(i, title)| {
        !found.contains(i)
            && title
                .strip_prefix(&prefix)
                .is_some_and(|k| !k.is_empty() && k.bytes().all(|b| b.is_ascii_digit()))
    });
    match skipped {
        Some((_, title)) if !columns.is_empty() => {
            Err(
                missing_column(&format!("{list}_{}", columns.len()), there).with_help(format!(
                    "it has `{title}`, but the numbers must be 0, 1, 2, … without a gap"
                )),
            )
        }
        _ => Ok(Some(columns).filter(|columns| !columns.is_empty())),
    }
}
