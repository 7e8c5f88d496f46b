//! Tables of a page: verdicts first, the same decimals within a column, cards on a phone.

use std::fmt::Write;

use big_answer::solve::WeightValue;

use crate::draw::font::escape;
use crate::draw::number;
use crate::draw::number::column;

/// A table; a click on a column's name sorts by it.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// What it holds, and in which order.
    pub caption: String,
    /// The columns' names. The first column stays in sight where a table is wider than the page.
    pub columns: Vec<String>,
    /// The rows, each as long as `columns`.
    pub rows: Vec<Vec<Cell>>,
}

/// A cell of a [`Table`].
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Text.
    Text(String),
    /// A number: shown with as many decimals as the others of its column, sorted by its value.
    Number(f64),
    /// A number that is not of the kind of those above and below it: shown with six significant digits.
    Quantity(f64),
    /// A point: its coordinates are shown with as many decimals as those of the others of its column, sorted by the
    /// first.
    Point(Vec<f64>),
    /// Yes or no.
    Flag(bool),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// Tables longer than this have a box that filters their rows, and say that they can be sorted.
const LONG: usize = 7;
/// Texts longer than this are no number beside their name, on a phone: they stand below it.
const WORDS: usize = 28;
/// Points of up to so many coordinates are in one line.
const SHORT: usize = 3;
/// Points of up to so many coordinates are shown whole; of longer ones, [`BEGINNING`].
const COORDINATES: usize = 16;
/// Coordinates that are shown of a longer point.
const BEGINNING: usize = 12;
/// Points of up to so many coordinates are in the table's data as a whole.
const CARRIED: usize = 64;

impl Table {
    pub(super) fn render(&self, page: &mut String, id: usize) {
        let long = self.rows.len() > LONG;
        if long {
            page.push_str("<p class=\"hint\">A click on a column’s name sorts the table.</p>\n");
        }
        // Writing to a string cannot fail, here and below.
        let _ = writeln!(
            page,
            "<div class=\"scroll\" tabindex=\"0\" id=\"t{id}\"><table{}>",
            if long { " class=\"long\"" } else { "" }
        );
        let caption = [self.caption.clone(), self.cut()];
        let caption: Vec<String> = caption.into_iter().filter(|c| !c.is_empty()).collect();
        if !caption.is_empty() {
            let _ = writeln!(page, "<caption>{}</caption>", escape(&caption.join(". ")));
        }
        let numbers: Vec<bool> = (0..self.columns.len())
            .map(|at| self.holds_numbers(at))
            .collect();
        page.push_str("<thead><tr>");
        for (at, name) in self.columns.iter().enumerate() {
            let class = match self.rows.first().and_then(|row| row.get(at)) {
                _ if numbers[at] => " class=\"n\"",
                Some(Cell::Point(_)) => " class=\"p\"",
                _ => "",
            };
            let _ = write!(
                page,
                "<th scope=\"col\"{class}><button type=\"button\">{}</button></th>",
                escape(name)
            );
        }
        page.push_str("</tr></thead>\n<tbody>\n");
        for (row, texts) in self.rows.iter().zip(self.texts()) {
            page.push_str("<tr>");
            let columns = self.columns.iter().zip(&numbers);
            for ((cell, text), (name, among)) in row.iter().zip(texts).zip(columns) {
                cell.render(page, &text, name, *among);
            }
            page.push_str("</tr>\n");
        }
        page.push_str("</tbody>\n</table></div>\n");
    }

    /// Does a column hold numbers? Words among them stand where the numbers do.
    fn holds_numbers(&self, at: usize) -> bool {
        let mut cells = self.rows.iter().filter_map(|row| row.get(at));
        cells.any(|cell| matches!(cell, Cell::Number(_) | Cell::Quantity(_)))
    }

    /// What is written into the cells: within a column, all numbers with the same decimals.
    fn texts(&self) -> Vec<Vec<String>> {
        let mut texts: Vec<Vec<String>> = vec![Vec::new(); self.rows.len()];
        for at in 0..self.columns.len() {
            let cells = self.rows.iter().filter_map(|row| row.get(at));
            let is_point = |cell: &Cell| matches!(cell, Cell::Point(_));
            let digits = if cells.clone().any(is_point) { 4 } else { 6 };
            let values: Vec<f64> = cells.clone().flat_map(Cell::aligned).copied().collect();
            let mut written = column(&values, digits).into_iter();
            for (row, texts) in self.rows.iter().zip(&mut texts) {
                texts.extend(row.get(at).map(|cell| cell.text(&mut written)));
            }
        }
        texts
    }

    /// That long points are not shown as a whole.
    fn cut(&self) -> String {
        let lengths = self.rows.iter().flatten().map(|cell| match cell {
            Cell::Point(v) => v.len(),
            _ => 0,
        });
        match lengths.max().unwrap_or(0) {
            0..=COORDINATES => String::new(),
            d => format!("Of {d} coordinates the first {BEGINNING} are shown"),
        }
    }
}

impl Cell {
    /// A weight: its number, or what a matrix is.
    pub(crate) fn weight(weight: &WeightValue) -> Self {
        match weight {
            WeightValue::Scalar(w) => Self::Number(*w),
            WeightValue::Matrix(rows) => {
                let columns = rows.first().map_or(0, Vec::len);
                Self::Text(format!("{} × {columns} matrix", rows.len()))
            }
        }
    }

    /// The numbers of it that are written like those above and below.
    fn aligned(&self) -> &[f64] {
        match self {
            Self::Number(v) => std::slice::from_ref(v),
            Self::Point(v) => shown(v),
            _ => &[],
        }
    }

    /// What is written; `numbers` are [`aligned`](Self::aligned) ones as they are written.
    fn text(&self, numbers: &mut impl Iterator<Item = String>) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(_) => numbers.next().unwrap_or_default(),
            Self::Quantity(v) => number(*v, 6),
            Self::Point(v) => {
                let all: Vec<String> = numbers.take(shown(v).len()).collect();
                match all.as_slice() {
                    [one] if v.len() == 1 => one.clone(),
                    all if all.len() < v.len() => format!("({}, …)", all.join(", ")),
                    all => format!("({})", all.join(", ")),
                }
            }
            Self::Flag(true) => "yes".into(),
            Self::Flag(false) => "no".into(),
        }
    }

    fn render(&self, page: &mut String, text: &str, label: &str, among_numbers: bool) {
        let (text, label) = (escape(text), escape(label));
        let _ = match self {
            Self::Text(whole) => {
                let class = match whole.chars().count() > WORDS {
                    true => " class=\"t\"",
                    false if among_numbers => " class=\"n\"",
                    false => "",
                };
                write!(page, "<td{class} data-label=\"{label}\">{text}</td>")
            }
            Self::Number(v) | Self::Quantity(v) => write!(
                page,
                "<td class=\"n\" data-label=\"{label}\" data-v=\"{}\">{text}</td>",
                script(*v)
            ),
            Self::Point(v) => {
                let first = script(v.first().copied().unwrap_or(0.0));
                let whole = if v.len() <= CARRIED {
                    format!(" data-p=\"{}\"", serde_json::Value::from(v.as_slice()))
                } else {
                    String::new()
                };
                let class = if v.len() <= SHORT { "n" } else { "p" };
                write!(
                    page,
                    "<td class=\"{class}\" data-label=\"{label}\" data-v=\"{first}\"{whole}>{text}</td>"
                )
            }
            Self::Flag(yes) => write!(
                page,
                "<td class=\"b\" data-label=\"{label}\" data-v=\"{}\">{text}</td>",
                u8::from(*yes)
            ),
        };
    }
}

/// The coordinates of a point that are shown.
fn shown(v: &[f64]) -> &[f64] {
    if v.len() <= COORDINATES {
        v
    } else {
        &v[..BEGINNING]
    }
}

/// A number as a script reads it.
fn script(v: f64) -> String {
    if v.is_infinite() {
        format!("{}Infinity", if v < 0.0 { "-" } else { "" })
    } else {
        v.to_string()
    }
}
