//! Text with a header, divided by commas, semicolons or tabs: `a_0, a_1, …`, `b_0, b_1, …`, or one column each where there is one
//! coordinate, a list in brackets, or a name.

use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader, Read};

use big_preference::data::Preference;
use csv::{ByteRecord, Reader, ReaderBuilder, Trim};

use super::block::{Reading, Stop, Visit};
use super::collect::Collected;
use super::files::TableFile;
use super::layout::{Find, Holds, LabelColumn, Layout, Side};
use super::table::RowCount;
use super::text_list::{is_list, read_list};
use crate::bounded::Bounded;
use crate::error::{InputError, shown};
use crate::name::from_cell;
use crate::table::from_csv::unreadable;
use crate::table::missing_column;

/// The longest header line that is searched for what divides its cells, in bytes.
const HEADER: u64 = 1 << 20;

type Text = Reader<Bounded<Box<dyn Read>>>;

/// Finds the columns, and how many rows there may be.
pub(super) fn look(file: &TableFile, find: &Find<'_>) -> Result<(Layout, RowCount), InputError> {
    let size = file.text_size();
    let (mut reader, divider) = reader(file)?;
    let titles = titles(&mut reader)?;
    let there: Vec<&str> = titles.iter().map(String::as_str).collect();
    // The first rows tell how long rows are, and the first of all what is in them.
    let (mut first, mut record, mut rows) = (ByteRecord::new(), ByteRecord::new(), 0);
    let start = reader.position().byte();
    while rows < 100 && reader.read_byte_record(&mut record).unwrap_or(false) {
        if rows == 0 {
            first = record.clone();
        }
        rows += 1;
    }
    let read = (reader.position().byte() - start).max(1);
    let layout = find(&there, &|column| {
        if let Some(at) = there.iter().position(|title| *title == column) {
            let cell = first
                .get(at)
                .map(String::from_utf8_lossy)
                .unwrap_or_default();
            return Some(holds(&cell, divider));
        }
        let first = format!("{column}_0");
        there.contains(&first.as_str()).then_some(Holds::Lists)
    })?;
    Ok((
        layout,
        RowCount::Estimated(size.saturating_sub(start) * rows / read),
    ))
}

/// What a cell holds; what is missing may be a number.
fn holds(cell: &str, divider: u8) -> Holds {
    if is_list(cell) {
        // A list of messages is no vector.
        match cell[1..].trim_start().starts_with(['{', '"', '\'']) {
            true => Holds::Other,
            false => Holds::Lists,
        }
    } else if cell.is_empty() || parsed(cell, divider).is_some() {
        Holds::Numbers
    } else {
        Holds::Text
    }
}

pub(super) fn read(
    file: &TableFile,
    reading: &Reading<'_>,
    visit: &mut Visit<'_>,
) -> Result<(), Stop> {
    let (mut reader, divider) = reader(file)?;
    let titles = titles(&mut reader)?;
    let places = Places::new(&titles, divider, reading.layout)?;
    let mut rows = Collected::new(reading);
    let mut record = ByteRecord::new();
    loop {
        let row = rows.row();
        if !reader
            .read_byte_record(&mut record)
            .map_err(|e| unreadable(e, row))?
        {
            break;
        }
        let end = reader.position().byte();
        reader.get_mut().next_record(end);
        let line = record.position().map(csv::Position::line);
        places
            .read(&record, &titles, &mut rows)
            .map_err(|message| {
                let mut error = InputError::new(message).at_row(row);
                error.line = line.and_then(|line| usize::try_from(line).ok());
                error
            })?;
        rows.hand_over_if_full(visit)?;
    }
    rows.hand_over(visit)
}

/// A reader that knows what divides cells: of tabs, semicolons and commas the one that is most often in the header line.
fn reader(file: &TableFile) -> Result<(Text, u8), InputError> {
    let mut text = BufReader::new(file.text()?);
    let mut header = Vec::new();
    text.by_ref()
        .take(HEADER)
        .read_until(b'\n', &mut header)
        .map_err(|e| InputError::new(format!("cannot be read: {e}")))?;
    let divider = divider(&header);
    let whole: Box<dyn Read> = Box::new(std::io::Cursor::new(header).chain(text));
    let reader = ReaderBuilder::new()
        .trim(Trim::All)
        .delimiter(divider)
        .buffer_capacity(1 << 16)
        .from_reader(Bounded::new(whole));
    Ok((reader, divider))
}

fn divider(header: &[u8]) -> u8 {
    let (mut quoted, mut counts) = (false, [0_usize; 3]);
    for byte in header {
        match byte {
            b'"' => quoted = !quoted,
            b',' if !quoted => counts[0] += 1,
            b';' if !quoted => counts[1] += 1,
            b'\t' if !quoted => counts[2] += 1,
            _ => {}
        }
    }
    match counts {
        [commas, semicolons, tabs] if tabs > commas && tabs >= semicolons => b'\t',
        [commas, semicolons, _] if semicolons > commas => b';',
        _ => b',',
    }
}

fn titles(reader: &mut Text) -> Result<Vec<String>, InputError> {
    let header = reader.byte_headers().map_err(|e| unreadable(e, 0))?;
    if header.is_empty() {
        return Err(InputError::new("is empty").with_help(
            "the first line names the columns: annotator, a_0, a_1, …, b_0, b_1, …, label",
        ));
    }
    Ok(header
        .iter()
        .map(|title| {
            String::from_utf8_lossy(title)
                .trim_start_matches('\u{feff}')
                .to_owned()
        })
        .collect())
}

/// Where one side's responses are.
enum Place {
    /// Columns of coordinates, one or more.
    Numbers(Vec<usize>),
    /// A name.
    Item(usize),
}

/// Where the columns are.
struct Places<'l> {
    /// What is between cells.
    divider: u8,
    a: Place,
    b: Place,
    label: Option<(usize, &'l LabelColumn)>,
    weight: Option<usize>,
    annotator: Option<usize>,
}

impl<'l> Places<'l> {
    fn new(titles: &[String], divider: u8, layout: &'l Layout) -> Result<Self, InputError> {
        let optional = |title: &Option<String>| match title {
            Some(title) => one(titles, title),
            None => Ok(None),
        };
        let label = match &layout.label {
            Some(label) => one(titles, &label.name)?.map(|at| (at, label)),
            None => None,
        };
        let places = Self {
            divider,
            a: place(titles, &layout.a)?,
            b: place(titles, &layout.b)?,
            label,
            weight: optional(&layout.weight)?,
            annotator: optional(&layout.annotator)?,
        };
        if let (Place::Numbers(a), Place::Numbers(b)) = (&places.a, &places.b)
            && a.len() != b.len()
        {
            return Err(InputError::new(format!(
                "`{}` has {} columns where `{}` has {}",
                layout.b.name(),
                b.len(),
                layout.a.name(),
                a.len()
            ))
            .with_help("both embeddings have the same number of coordinates"));
        }
        Ok(places)
    }

    fn read(
        &self,
        record: &ByteRecord,
        titles: &[String],
        rows: &mut Collected<'_>,
    ) -> Result<(), String> {
        let mut names = [None, None];
        for (second, place) in [(false, &self.a), (true, &self.b)] {
            match place {
                Place::Item(at) => {
                    let name = from_cell(cell(record, titles, *at)?);
                    rows.item(second, name)?;
                    names[usize::from(second)] = Some(name);
                }
                Place::Numbers(places) => {
                    for &at in places {
                        let text = cell(record, titles, at)?;
                        if let [one] = **places
                            && is_list(text)
                        {
                            read_list(text, rows.coordinates(second))
                                .map_err(|what| format!("`{}` {what}", titles[one]))?;
                        } else {
                            let value = self.number(text, &titles[at])?;
                            rows.coordinates(second).push(value);
                        }
                    }
                    rows.check_length(second)?;
                }
            }
        }
        let label = match self.label {
            None => Preference::A,
            Some((at, label)) => label
                .labels()
                .text(cell(record, titles, at)?, names[0].zip(names[1]))?,
        };
        let weight = match self.weight {
            None => None,
            Some(at) => Some(self.number(cell(record, titles, at)?, &titles[at])?),
        };
        let annotator = match self.annotator {
            None => None,
            Some(at) => Some(from_cell(cell(record, titles, at)?)),
        };
        rows.close(label, weight, annotator)
    }

    fn number(&self, text: &str, title: &str) -> Result<f64, String> {
        match parsed(text, self.divider) {
            Some(value) if value.is_finite() => Ok(value),
            Some(value) => Err(format!("`{title}` is {value}: every number must be finite")),
            None => Err(format!("`{title}`: {} is not a number", shown(text, 24))),
        }
    }
}

/// The column of a title, if there is one.
fn one(titles: &[String], title: &str) -> Result<Option<usize>, InputError> {
    let mut found = titles.iter().enumerate().filter(|(_, t)| *t == title);
    let first = found.next().map(|(at, _)| at);
    match found.next() {
        Some(_) => Err(twice(title)),
        None => Ok(first),
    }
}

fn twice(title: &str) -> InputError {
    InputError::new(format!("has two columns `{title}`"))
}

fn place(titles: &[String], side: &Side) -> Result<Place, InputError> {
    let there: Vec<&str> = titles.iter().map(String::as_str).collect();
    let must = |title: &String| one(titles, title)?.ok_or_else(|| missing_column(title, &there));
    match side {
        Side::Item(title) => Ok(Place::Item(must(title)?)),
        Side::Coordinates(columns) => Ok(Place::Numbers(
            columns.iter().map(must).collect::<Result<_, _>>()?,
        )),
        Side::Embedding(column) => Ok(Place::Numbers(numbered(titles, &there, column)?)),
    }
}

/// The columns `NAME_0, NAME_1, …`, or `NAME` itself.
fn numbered(titles: &[String], there: &[&str], column: &str) -> Result<Vec<usize>, InputError> {
    // A table may have a hundred thousand columns: none is looked for by going through all others.
    let mut index: HashMap<&str, (usize, usize)> = HashMap::new();
    for (at, title) in titles.iter().enumerate() {
        index.entry(title).or_insert((at, 0)).1 += 1;
    }
    let mut places = Vec::new();
    loop {
        let title = format!("{column}_{}", places.len());
        match index.get(title.as_str()) {
            Some((at, 1)) => places.push(*at),
            Some(_) => return Err(twice(&title)),
            None => break,
        }
    }
    let found: HashSet<usize> = places.iter().copied().collect();
    let bare = one(titles, column)?;
    match (bare, places.is_empty()) {
        (Some(at), true) => return Ok(vec![at]),
        (Some(_), false) => {
            return Err(InputError::new(format!(
                "has both `{column}` and `{column}_0`: only one of them can count"
            )));
        }
        (None, _) => {}
    }
    let prefix = format!("{column}_");
    let skipped = titles.iter().enumerate().find(|(at, title)| {
        !found.contains(at)
            && title
                .strip_prefix(&prefix)
                .is_some_and(|k| !k.is_empty() && k.bytes().all(|b| b.is_ascii_digit()))
    });
    match skipped {
        Some((_, title)) => Err(missing_column(&format!("{column}_{}", places.len()), there)
            .with_help(format!(
                "it has `{title}`, but the numbers must be 0, 1, 2, … without a gap"
            ))),
        None if places.is_empty() => Err(missing_column(&format!("{column}_0"), there)),
        None => Ok(places),
    }
}

/// A cell that must not be empty.
fn cell<'r>(record: &'r ByteRecord, titles: &[String], at: usize) -> Result<&'r str, String> {
    match record.get(at) {
        None | Some([]) => Err(format!("`{}` is missing", titles[at])),
        Some(bytes) => {
            std::str::from_utf8(bytes).map_err(|_| format!("`{}` is not UTF-8 text", titles[at]))
        }
    }
}

/// A number; a comma may be in place of the point where it does not divide cells.
fn parsed(text: &str, divider: u8) -> Option<f64> {
    let number = text.parse::<f64>().ok();
    number.or_else(|| match text.split_once(',') {
        Some((whole, rest)) if divider != b',' => format!("{whole}.{rest}").parse().ok(),
        _ => None,
    })
}
