//! The one error of this crate: what is wrong with an input, where, and what to do.

use std::fmt;
use std::ops::{Deref, DerefMut, Range};
use std::sync::Arc;

use crate::visible::one_line;

/// Why an input was refused. Its parts are read as fields: `error.message`, `error.line`.
///
/// Displayed as `game.toml:12:9: message (help)`, with whatever is known of the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputError(Box<ErrorParts>);

/// The parts of an [`InputError`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorParts {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The file, as the user named it, or `standard input`.
    pub file: Option<String>,
    /// The whole text of the file, to show the place in.
    pub text: Option<Arc<str>>,
    /// The bytes of [`text`](Self::text) that are wrong.
    pub span: Option<Range<usize>>,
    /// The line, from 1.
    pub line: Option<usize>,
    /// The column in characters, from 1.
    pub column: Option<usize>,
    /// The row of a table, from 1 (a header does not count).
    pub row: Option<u64>,
    /// The feature of this crate that the input needs and this build was made without.
    pub missing_feature: Option<&'static str>,
}

impl InputError {
    /// An error of which no more than this is known.
    pub fn new(message: impl Into<String>) -> Self {
        Self(Box::new(ErrorParts {
            message: one_line(&message.into()).into_owned(),
            ..ErrorParts::default()
        }))
    }

    /// The refusal of a file of Parquet or Arrow by a build that does not know them: it "is" such a file, or "cannot be" made.
    #[cfg(not(feature = "parquet"))]
    pub(crate) fn without_parquet(what: &str) -> Self {
        let mut error = Self::new(format!(
            "{what}: this build was made without the feature `parquet`"
        ))
        .with_help("use CSV or JSON lines, or a build with the feature");
        error.missing_feature = Some("parquet");
        error
    }

    /// The same error with advice.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(one_line(&help.into()).into_owned());
        self
    }

    /// The same error in a file.
    #[must_use]
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.file = Some(file.into());
        self
    }

    /// The same error in a row (from 1) of a table.
    #[must_use]
    pub fn at_row(mut self, row: u64) -> Self {
        self.row = Some(row);
        self
    }

    /// The same error at a range of bytes of a text, which also gives the line and the column.
    #[must_use]
    pub fn at(mut self, text: &Arc<str>, span: Range<usize>) -> Self {
        let start = text.floor_char_boundary(span.start.min(text.len()));
        let end = text.ceil_char_boundary(span.end.clamp(start, text.len()));
        let before = &text[..start];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        self.line = Some(before.bytes().filter(|&b| b == b'\n').count() + 1);
        self.column = Some(before[line_start..].chars().count() + 1);
        self.text = Some(Arc::clone(text));
        self.span = Some(start..end);
        self
    }
}

impl Deref for InputError {
    type Target = ErrorParts;

    fn deref(&self) -> &ErrorParts {
        &self.0
    }
}

impl DerefMut for InputError {
    fn deref_mut(&mut self) -> &mut ErrorParts {
        &mut self.0
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            f.write_str(&one_line(file))?;
            if let Some(line) = self.line {
                write!(f, ":{line}")?;
                if let Some(column) = self.column {
                    write!(f, ":{column}")?;
                }
            }
            f.write_str(": ")?;
        }
        if let Some(row) = self.row {
            write!(f, "row {row}: ")?;
        }
        f.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(f, " ({help})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for InputError {}

/// The first `limit` characters of what somebody wrote.
pub(crate) fn shown(text: &str, limit: usize) -> String {
    let mut shown: String = text.chars().take(limit).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// The one of `known` that somebody who wrote `found` most likely meant: at most a third of its letters
/// (and at least one) away, counting insertions, deletions, replacements and swaps of neighbours.
pub(crate) fn did_you_mean<'k>(found: &str, known: &[&'k str]) -> Option<&'k str> {
    let letters: Vec<char> = found
        .chars()
        .take(64)
        .flat_map(char::to_lowercase)
        .collect();
    known
        .iter()
        .map(|candidate| (edits(&letters, candidate), *candidate))
        .filter(|(edits, candidate)| *edits <= (candidate.len() / 3).max(1))
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// The optimal string alignment distance.
fn edits(found: &[char], candidate: &str) -> usize {
    let wanted: Vec<char> = candidate.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=wanted.len()).collect();
    for i in 1..=found.len() {
        let mut row = vec![i];
        for j in 1..=wanted.len() {
            let replace = last[j - 1] + usize::from(found[i - 1] != wanted[j - 1]);
            let mut best = replace.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && found[i - 1] == wanted[j - 2] && found[i - 2] == wanted[j - 1] {
                best = best.min(before_last[j - 2] + 1);
            }
            row.push(best);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[wanted.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_likely_key_is_suggested_and_an_unlikely_one_is_not() {
        let known = ["weight", "target", "name", "action_space"];
        assert_eq!(did_you_mean("wieght", &known), Some("weight"));
        assert_eq!(did_you_mean("Targets", &known), Some("target"));
        assert_eq!(did_you_mean("actionspace", &known), Some("action_space"));
        assert_eq!(did_you_mean("radius", &known), None);
    }

    #[test]
    fn messages_stay_on_one_line() {
        let error = InputError::new("a\n\u{1b}[1mü").with_help("b\r");
        assert_eq!(error.to_string(), "a\\n\\u{1b}[1mü (b\\r)");
        assert_eq!(shown("abcdef", 3), "abc…");
    }

    #[test]
    fn lines_and_columns_count_characters_from_one() {
        let text: Arc<str> = Arc::from("a = 1\n# ü\nü = x\n");
        let at = text.find('x').unwrap_or(0);
        let error = InputError::new("no")
            .in_file("g.toml")
            .at(&text, at..at + 1);
        assert_eq!((error.line, error.column), (Some(3), Some(5)));
        assert_eq!(error.with_help("do").to_string(), "g.toml:3:5: no (do)");
        let row = InputError::new("no").in_file("t.csv").at_row(4);
        assert_eq!(row.to_string(), "t.csv: row 4: no");
    }

    #[test]
    fn a_place_outside_the_text_is_moved_into_it() {
        let text: Arc<str> = Arc::from("aü");
        let error = InputError::new("no").at(&text, 2..99);
        assert_eq!(error.span, Some(1..3));
    }
}
