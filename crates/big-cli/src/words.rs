//! Tables as people read them in a terminal.

use std::borrow::Cow;

pub(crate) use big_answer::words::{choice, count, error, number, range, vector};
use big_io::visible;
use comfy_table::{
    CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle, Width,
};

use crate::terminal;

/// Rows of a table that are shown to people.
pub(crate) const ROWS: usize = 20;

/// What stands below a table that shows so many of all rows, where these are more: `… and 3 more steps`, and what follows.
pub(crate) fn rest(all: usize, shown: usize, what: &str, then: &str) -> String {
    match all.saturating_sub(shown) {
        0 => String::new(),
        hidden => format!("… and {}{then}\n", count(hidden, what)),
    }
}

/// An answer's first lines: the game's name, if it has one, and what it comes to.
pub(crate) fn titled(name: Option<&str>, verdict: &str) -> String {
    let name = name.map_or_else(String::new, |name| format!("{name}\n\n"));
    name + verdict
}

/// Words longer than this may be broken where a table is wider than the terminal.
const UNBROKEN: usize = 24;
/// Blanks around a cell.
const PADDING: u16 = 2;

/// A table with a header; columns from the second on are numbers, and right-aligned, unless they have no name. Where it
/// is wider than the terminal, cells are wrapped between words.
pub(crate) fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table
        .load_style(TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─')))
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(header.iter().map(|h| (*h).to_owned()));
    let mut longest: Vec<usize> = header.iter().map(|name| longest_word(name)).collect();
    for row in rows {
        // Before it is aligned: what is escaped becomes wider.
        let row: Vec<String> = row
            .iter()
            .map(|cell| visible(&shortened(cell)).into_owned())
            .collect();
        for (longest, cell) in longest.iter_mut().zip(&row) {
            *longest = longest_word(cell).max(*longest);
        }
        table.add_row(row);
    }
    if let Some(width) = terminal::columns() {
        table
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(width);
        for (column, words) in longest.into_iter().enumerate() {
            let least = Width::Fixed(words.min(UNBROKEN) as u16 + PADDING);
            if let Some(column) = table.column_mut(column) {
                column.set_constraint(ColumnConstraint::LowerBoundary(least));
            }
        }
    }
    for (column, name) in table.column_iter_mut().zip(header).skip(1) {
        if !name.is_empty() {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let text: Vec<String> = table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect();
    text.join("\n") + "\n"
}

/// The characters of the longest word.
fn longest_word(cell: &str) -> usize {
    let words = cell.split_whitespace().map(|word| word.chars().count());
    words.max().unwrap_or(0)
}

/// A cell of no more characters than a row has room for.
fn shortened(cell: &str) -> Cow<'_, str> {
    const LONGEST: usize = 200;
    match cell.char_indices().nth(LONGEST) {
        Some((at, _)) => Cow::Owned(format!("{}…", &cell[..at])),
        None => Cow::Borrowed(cell),
    }
}
