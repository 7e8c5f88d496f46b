//! Names of influencers, annotators and items: what may be one, and how a spreadsheet is kept from running it.

use std::borrow::Cow;

/// The longest name, in bytes: longer ones make tables that nobody reads.
const LONGEST: usize = 4096;

/// Is this a name? Otherwise why not, of a name that is called so.
pub(crate) fn check_name(what: &str, name: &str) -> Result<(), String> {
    if name.len() > LONGEST {
        Err(format!(
            "{what} has {} bytes: a name has at most {LONGEST}",
            name.len()
        ))
    } else if name.contains(char::is_control) {
        Err(format!(
            "{what} has a control character in it: names are of one line"
        ))
    } else {
        Ok(())
    }
}

/// What stands before a cell of text that a spreadsheet would take for a formula, as OWASP advises.
const GUARD: char = '\'';

/// A name as a cell of a CSV file. Spreadsheets run cells that begin with `=`, `+`, `-` or `@`: these are written behind an
/// apostrophe, which [`from_cell`] takes away again. A name that is a number is left as it is: it can do nothing.
pub(crate) fn to_cell(name: &str) -> Cow<'_, str> {
    // A name that begins like a guarded one is guarded once more, so that every name comes back.
    match is_formula(name.trim_start_matches(GUARD)) {
        true => Cow::Owned(format!("{GUARD}{name}")),
        false => Cow::Borrowed(name),
    }
}

/// The name that [`to_cell`] wrote.
pub(crate) fn from_cell(cell: &str) -> &str {
    match cell.strip_prefix(GUARD) {
        Some(name) if is_formula(name.trim_start_matches(GUARD)) => name,
        _ => cell,
    }
}

fn is_formula(name: &str) -> bool {
    let begins = name
        .trim_start()
        .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    begins && name.parse::<f64>().is_err()
}

#[cfg(test)]
mod tests {
    use super::{check_name, from_cell, to_cell};

    #[test]
    fn formulas_are_guarded_and_come_back() {
        for (name, cell) in [
            ("=HYPERLINK(\"x\")", "'=HYPERLINK(\"x\")"),
            ("@SUM(1)", "'@SUM(1)"),
            (" +cmd", "' +cmd"),
            ("-2+3", "'-2+3"),
            ("'=x", "''=x"),
            ("-2", "-2"),
            ("+1e3", "+1e3"),
            ("'quoted'", "'quoted'"),
            ("plain", "plain"),
        ] {
            assert_eq!(to_cell(name), cell);
            assert_eq!(from_cell(cell), name);
        }
    }

    #[test]
    fn names_are_short_and_of_one_line() {
        assert!(check_name("`name`", "Müller").is_ok());
        assert!(check_name("`name`", "two\nlines").is_err());
        assert!(check_name("`name`", &"x".repeat(5000)).is_err());
    }
}
