//! Tables as people read them in a terminal.

use std::borrow::Cow;

pub(crate) use big_answer::words::{choice, count, error, number, range, vector};
use big_io::visible;
use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};

/// Rows of a table that are shown to people.
pub(crate) const ROWS: usize = 20;

/// A table with a header; columns from the second on are numbers, and right-aligned, unless they have no name.
pub(crate) fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table
        .load_style(TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─')))
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(header.iter().map(|h| (*h).to_owned()));
    for row in rows {
        // Before it is aligned: what is escaped becomes wider.
        table.add_row(
            row.iter()
                .map(|cell| visible(&shortened(cell)).into_owned()),
        );
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

/// A cell of no more characters than a row has room for.
fn shortened(cell: &str) -> Cow<'_, str> {
    const LONGEST: usize = 200;
    match cell.char_indices().nth(LONGEST) {
        Some((at, _)) => Cow::Owned(format!("{}…", &cell[..at])),
        None => Cow::Borrowed(cell),
    }
}
