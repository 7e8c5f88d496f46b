//! What went wrong, as it is told on a terminal: the message, the lines of the text that it is about with the place marked, and
//! what to do.

use std::fmt::Write;
use std::ops::Range;

use big_io::{InputError, visible};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Texts larger than this are not quoted from, in bytes.
const QUOTABLE: usize = 1 << 20;
/// Nor are lines longer than this.
const LINE: usize = 200;
/// Columns of a message, if no word of it is longer.
const WIDTH: usize = 100;
/// Columns between two stops of the tabulator.
const TAB: usize = 4;

const RED: &str = "\u{1b}[31m";
const CYAN: &str = "\u{1b}[36m";
const LINK: &str = "\u{1b}[36;1;4m";
const MAGENTA: &str = "\u{1b}[35;1m";
const DIM: &str = "\u{1b}[2m";
const PLAIN: &str = "\u{1b}[0m";

/// Everything that is told. What a terminal would obey is escaped.
pub(crate) struct Message {
    message: String,
    help: Option<String>,
    quoted: Option<Quoted>,
}

/// Some lines of a text, and a place in them.
struct Quoted {
    /// The file, the line and the column, as far as they are known.
    place: String,
    /// The number of the first line.
    first: usize,
    lines: Vec<String>,
    /// Which of the lines, and its columns.
    marked: Option<(usize, Range<usize>)>,
}

impl Message {
    pub(crate) fn new(message: &str, help: Option<&str>) -> Self {
        Self {
            message: visible(message).into_owned(),
            help: help.map(|help| visible(help).into_owned()),
            quoted: None,
        }
    }

    /// An input that is wrong, with the lines around its place.
    pub(crate) fn of_input(error: &InputError) -> Self {
        let mut place = error.file.clone().unwrap_or_default();
        if let Some(line) = error.line {
            place += &format!(":{line}:{}", error.column.unwrap_or(1));
        }
        let colon = if place.is_empty() { "" } else { ": " };
        let row = error
            .row
            .map(|row| format!("row {row}: "))
            .unwrap_or_default();
        let message = format!("{place}{colon}{row}{}", error.message);
        Self {
            quoted: quoted(error, &place),
            ..Self::new(&message, error.help.as_deref())
        }
    }

    /// The lines of the terminal, in colours if they are wanted.
    pub(crate) fn rendered(&self, colour: bool) -> String {
        let dress = |dress: &str, text: &str| match colour {
            true => format!("{dress}{text}{PLAIN}"),
            false => text.to_owned(),
        };
        let mut out = format!("  {} ", dress(RED, "×"));
        wrapped(&mut out, &self.message, 4);
        if let Some(quoted) = &self.quoted {
            quoted.write(&mut out, &dress);
        }
        if let Some(help) = &self.help {
            out += &dress(CYAN, "  help: ");
            wrapped(&mut out, help, 8);
        }
        out
    }
}

impl Quoted {
    fn write(&self, out: &mut String, dress: &dyn Fn(&str, &str) -> String) {
        let digits = (self.first + self.lines.len() - 1).to_string().len();
        let margin = " ".repeat(digits + 2);
        let mut line = |text: String| {
            out.push_str(text.trim_end());
            out.push('\n');
        };
        line(format!("{margin}╭─[{}]", dress(LINK, &self.place)));
        for (k, text) in self.lines.iter().enumerate() {
            let number = format!("{:>digits$}", self.first + k);
            line(format!(" {} │ {text}", dress(DIM, &number)));
            if let Some((_, columns)) = self.marked.as_ref().filter(|(at, _)| *at == k) {
                // Where nothing is between two places, an arrow points there.
                let (before, after) = match columns.len() {
                    0 => (0, 0),
                    n => (n / 2, n - n / 2 - 1),
                };
                let joint = if columns.is_empty() { "▲" } else { "┬" };
                let bar = format!(
                    "{}{}{joint}{}",
                    " ".repeat(columns.start),
                    "─".repeat(before),
                    "─".repeat(after)
                );
                line(format!("{margin}· {}", dress(MAGENTA, &bar)));
                let space = " ".repeat(columns.start + before);
                line(format!("{margin}· {space}{}", dress(MAGENTA, "╰── here")));
            }
        }
        line(format!("{margin}╰────"));
    }
}

/// The lines around an error's place, where they can be quoted.
fn quoted(error: &InputError, place: &str) -> Option<Quoted> {
    let text = error.text.as_ref()?;
    if text.len() > QUOTABLE {
        return None;
    }
    let number = error.line.unwrap_or(1);
    let first = number.saturating_sub(1).max(1);
    let lines: Vec<&str> = text
        .lines()
        .skip(first - 1)
        .take(number + 2 - first)
        .collect();
    if lines.is_empty() || lines.iter().any(|line| line.len() > LINE) {
        return None;
    }
    let mut quoted = Quoted {
        place: visible(place).into_owned(),
        first,
        lines: lines.iter().map(|line| shown(line, 0)).collect(),
        marked: None,
    };
    // A span of an error is of whole characters (`InputError::at`); were it not, or past the last line, nothing is marked.
    if let (Some(span), Some(line)) = (&error.span, lines.get(number - first)) {
        let start = line.as_ptr() as usize - text.as_ptr() as usize;
        let from = span.start.saturating_sub(start);
        let to = span.end.saturating_sub(start).min(line.len());
        if let (Some(before), Some(here)) = (line.get(..from), line.get(from..to.max(from))) {
            let before = shown(before, 0).width();
            let here = shown(here, before).width();
            // The end of a text is no place in a line.
            if here > 0 || span.end < text.len() {
                quoted.marked = Some((number - first, before..before + here));
            }
        }
    }
    Some(quoted)
}

/// A part of a line as it is shown from a column on: tabulators as the blanks that they stand for, what a terminal would obey escaped.
fn shown(part: &str, column: usize) -> String {
    let mut out = String::new();
    for (k, piece) in part.split('\t').enumerate() {
        if k > 0 {
            let at = column + out.width();
            out.push_str(&" ".repeat(TAB - at % TAB));
        }
        out.push_str(&visible(piece));
    }
    out
}

/// Adds a text, broken between words; `indent` columns of its first line are taken, and those of the next stay blank.
fn wrapped(out: &mut String, text: &str, indent: usize) {
    let mut column = indent;
    for (k, word) in text.split(' ').enumerate() {
        let width = word
            .chars()
            .filter_map(UnicodeWidthChar::width)
            .sum::<usize>();
        if k > 0 && column + 1 + width > WIDTH {
            // Writing to a string does not fail.
            let _ = write!(out, "\n{:indent$}", "");
            column = indent;
        } else if k > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += width;
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn at(text: &str, span: Range<usize>) -> String {
        let text: Arc<str> = Arc::from(text);
        let error = InputError::new("no").with_help("do").in_file("g.toml");
        Message::of_input(&error.at(&text, span)).rendered(false)
    }

    #[test]
    fn the_place_is_marked_between_its_neighbours() {
        let text = "one = 1\ntwo = \"a\"\nthree = 3\nfour = 4\n";
        assert_eq!(
            at(text, 14..17),
            "  × g.toml:2:7: no\n   ╭─[g.toml:2:7]\n 1 │ one = 1\n 2 │ two = \"a\"\n   ·       ─┬─\n   ·        ╰── here\n 3 │ three = 3\n   ╰────\n  help: do\n"
        );
    }

    #[test]
    fn wide_letters_tabulators_and_several_lines_keep_the_columns() {
        assert!(
            at("x\t名 = 1", 2..5).contains("\n 1 │ x   名 = 1\n   ·     ─┬\n   ·      ╰── here\n")
        );
        assert!(
            at("a = [\n 1,\n]\n", 4..11)
                .contains("\n 1 │ a = [\n   ·     ┬\n   ·     ╰── here\n 2 │  1,\n")
        );
        assert!(at("ab", 1..1).contains("\n   ·  ▲\n   ·  ╰── here\n"));
        assert!(!at("a = [", 5..5).contains("here"));
        assert!(at("a\n\u{1b}[2J = 1", 2..3).contains("\\u{1b}[2J = 1\n   · ───┬──\n"));
    }

    #[test]
    fn long_messages_are_broken_between_words() {
        let message = Message::new("word ".repeat(60).trim_end(), Some(&"x".repeat(300)));
        let text = message.rendered(false);
        let lines: Vec<&str> = text.lines().collect();
        assert!(
            lines[..4].iter().all(|line| line.width() <= WIDTH),
            "{text}"
        );
        assert!(lines[1].starts_with("    word"), "{text}");
        assert_eq!(text.matches("word").count(), 60);
        assert!(text.ends_with(&format!("help: {}\n", "x".repeat(300))));
        assert!(
            message
                .rendered(true)
                .starts_with("  \u{1b}[31m×\u{1b}[0m word")
        );
    }
}
