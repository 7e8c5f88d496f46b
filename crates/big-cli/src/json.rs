//! JSON for programs that people can read too: what fits on a line stays on it.
//!
//! Written as it is serialised: no more is held than one line and the way down to it, however long the answer.

use std::io::{self, Write};
use std::ops::Range;

use serde::Serialize;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter};

/// Columns that a value may take on one line.
const WIDTH: usize = 110;
/// Spaces a level.
const INDENT: usize = 2;

/// Writes a value with a closing newline.
pub(crate) fn write<T: Serialize + ?Sized>(value: &T, mut out: impl Write) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, Lines::default());
    value.serialize(&mut serializer)?;
    out.write_all(b"\n")
}

/// A piece of a value whose layout is not decided.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Piece {
    Open { object: bool },
    Close { object: bool },
    Key,
    Scalar,
}

/// A piece that is held back, and where its text is.
type Held = (Piece, Range<usize>);

/// A list or object that did not fit on a line, and is open.
struct Broken {
    object: bool,
    children: usize,
}

/// Breaks lists and objects that do not fit on a line; the outermost that still may is held back.
#[derive(Default)]
struct Lines {
    open: Vec<Broken>,
    /// What is held back: a list or object, complete but for its end. The texts of its pieces stand in `text`.
    held: Vec<Held>,
    text: Vec<u8>,
    /// How many lists and objects are open within it, itself included.
    depth: usize,
    /// Its length on one line so far.
    flat: usize,
    /// Where the scalar or key being written begins in `text`.
    start: usize,
    in_key: bool,
}

fn bracket(object: bool, close: bool) -> &'static [u8] {
    match (object, close) {
        (false, false) => b"[",
        (false, true) => b"]",
        (true, false) => b"{",
        (true, true) => b"}",
    }
}

fn new_line<W: Write + ?Sized>(out: &mut W, level: usize) -> io::Result<()> {
    const SPACES: [u8; 32] = [b' '; 32];
    out.write_all(b"\n")?;
    let mut left = level * INDENT;
    while left > 0 {
        let now = left.min(SPACES.len());
        out.write_all(&SPACES[..now])?;
        left -= now;
    }
    Ok(())
}

/// Does a comma belong before a piece that follows another?
fn comma(before: Piece, piece: Piece) -> bool {
    !matches!(piece, Piece::Close { .. }) && !matches!(before, Piece::Open { .. } | Piece::Key)
}

/// The length of pieces on one line.
fn flat_length(pieces: &[Held]) -> usize {
    let mut before = None;
    let mut length = 0;
    for (piece, text) in pieces {
        length += text.len() + extra(before, *piece);
        before = Some(*piece);
    }
    length
}

/// What a piece takes on a line beside its text: a comma and a space before it, brackets, a colon and a space after.
fn extra(before: Option<Piece>, piece: Piece) -> usize {
    let separator = 2 * usize::from(before.is_some_and(|before| comma(before, piece)));
    separator
        + match piece {
            Piece::Open { .. } | Piece::Close { .. } => 1,
            Piece::Key => 2,
            Piece::Scalar => 0,
        }
}

/// Where the value that begins at `at` ends: one past its last piece; `None` when it is not complete.
fn end_of(pieces: &[Held], at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (k, (piece, _)) in pieces.iter().enumerate().skip(at) {
        match piece {
            Piece::Open { .. } => depth += 1,
            Piece::Close { .. } => depth -= 1,
            Piece::Key => continue,
            Piece::Scalar => {}
        }
        if depth == 0 {
            return Some(k + 1);
        }
    }
    None
}

impl Lines {
    /// Columns left to a value at the present level.
    fn width(&self) -> usize {
        WIDTH.saturating_sub(self.open.len() * INDENT)
    }

    /// Starts the line of the next child of an open broken list or object; keys begin it, and the values of lists.
    fn start_line<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        let level = self.open.len();
        let Some(parent) = self.open.last_mut() else {
            return Ok(());
        };
        if parent.children > 0 {
            out.write_all(b",")?;
        }
        parent.children += 1;
        new_line(out, level)
    }

    /// Starts the line of a value, where that is a list's; in objects the key has.
    fn start_item<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        match self.open.last() {
            Some(parent) if !parent.object => self.start_line(out),
            _ => Ok(()),
        }
    }

    /// Takes one more piece, whose text is `text[range]`.
    fn take<W: Write + ?Sized>(
        &mut self,
        out: &mut W,
        piece: Piece,
        text: Range<usize>,
    ) -> io::Result<()> {
        if self.depth == 0 {
            match piece {
                Piece::Key => self.key(out, text)?,
                Piece::Scalar => {
                    self.start_item(out)?;
                    out.write_all(&self.text[text])?;
                }
                Piece::Close { .. } => self.close(out)?,
                Piece::Open { .. } => {
                    self.start_item(out)?;
                    return self.hold(out, piece, text);
                }
            }
            self.text.clear();
            return Ok(());
        }
        self.hold(out, piece, text)
    }

    /// Holds a piece back, and lets go of what can no longer stand, or stands complete, on one line.
    fn hold<W: Write + ?Sized>(
        &mut self,
        out: &mut W,
        piece: Piece,
        text: Range<usize>,
    ) -> io::Result<()> {
        let before = self.held.last().map(|(piece, _)| *piece);
        self.flat += text.len() + extra(before, piece);
        self.held.push((piece, text));
        match piece {
            Piece::Open { .. } => self.depth += 1,
            Piece::Close { .. } => self.depth -= 1,
            Piece::Key | Piece::Scalar => {}
        }
        while self.depth > 0 && self.flat > self.width() {
            self.break_held(out)?;
        }
        if self.depth == 0 {
            let mut held = std::mem::take(&mut self.held);
            self.whole(out, &held)?;
            held.clear();
            self.held = held;
            self.text.clear();
            self.flat = 0;
        }
        Ok(())
    }

    /// Breaks what is held back: its complete children are written, and what is left of it held back.
    fn break_held<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        let mut held = std::mem::take(&mut self.held);
        let written = self.broken(out, &held)?;
        self.depth -= 1;
        held.drain(..written);
        self.flat = flat_length(&held);
        self.held = held;
        Ok(())
    }

    /// Writes a complete value: on one line where it fits.
    fn whole<W: Write + ?Sized>(&mut self, out: &mut W, pieces: &[Held]) -> io::Result<()> {
        let is_scalar = matches!(pieces, [(Piece::Scalar, _)]);
        if is_scalar || flat_length(pieces) <= self.width() {
            return self.on_one_line(out, pieces);
        }
        self.broken(out, pieces)?;
        Ok(())
    }

    /// Opens a list or object and writes its children, a line each, as far as they are complete; returns how many
    /// pieces that were.
    fn broken<W: Write + ?Sized>(&mut self, out: &mut W, pieces: &[Held]) -> io::Result<usize> {
        let object = matches!(pieces.first(), Some((Piece::Open { object: true }, _)));
        out.write_all(bracket(object, false))?;
        self.open.push(Broken {
            object,
            children: 0,
        });
        let mut at = 1;
        while at < pieces.len() {
            let (piece, text) = &pieces[at];
            match piece {
                Piece::Key => self.key(out, text.clone())?,
                Piece::Close { .. } => self.close(out)?,
                Piece::Open { .. } | Piece::Scalar => {
                    self.start_item(out)?;
                    let Some(end) = end_of(pieces, at) else {
                        break;
                    };
                    self.whole(out, &pieces[at..end])?;
                    at = end;
                    continue;
                }
            }
            at += 1;
        }
        Ok(at)
    }

    /// A key, on a line of its own.
    fn key<W: Write + ?Sized>(&mut self, out: &mut W, text: Range<usize>) -> io::Result<()> {
        self.start_line(out)?;
        out.write_all(&self.text[text])?;
        out.write_all(b": ")
    }

    /// The end of the innermost broken list or object.
    fn close<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        // Every end has a beginning, so there is one.
        let Some(parent) = self.open.pop() else {
            return Ok(());
        };
        new_line(out, self.open.len())?;
        out.write_all(bracket(parent.object, true))
    }

    fn on_one_line<W: Write + ?Sized>(&self, out: &mut W, pieces: &[Held]) -> io::Result<()> {
        let mut before = None;
        for (piece, text) in pieces {
            if before.is_some_and(|before| comma(before, *piece)) {
                out.write_all(b", ")?;
            }
            match *piece {
                Piece::Open { object } => out.write_all(bracket(object, false))?,
                Piece::Close { object } => out.write_all(bracket(object, true))?,
                Piece::Key | Piece::Scalar => out.write_all(&self.text[text.clone()])?,
            }
            if *piece == Piece::Key {
                out.write_all(b": ")?;
            }
            before = Some(*piece);
        }
        Ok(())
    }

    /// A scalar or a key is complete.
    fn end_text<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        let piece = if std::mem::take(&mut self.in_key) {
            Piece::Key
        } else {
            Piece::Scalar
        };
        let text = self.start..self.text.len();
        self.take(out, piece, text)
    }
}

/// Scalars: written as in compact JSON.
macro_rules! scalars {
    ($($name:ident($kind:ty)),*) => {
        $(fn $name<W: Write + ?Sized>(&mut self, out: &mut W, value: $kind) -> io::Result<()> {
            self.start = self.text.len();
            CompactFormatter.$name(&mut self.text, value)?;
            self.end_text(out)
        })*
    };
}

impl Formatter for Lines {
    scalars!(
        write_bool(bool),
        write_i8(i8),
        write_i16(i16),
        write_i32(i32),
        write_i64(i64),
        write_i128(i128),
        write_u8(u8),
        write_u16(u16),
        write_u32(u32),
        write_u64(u64),
        write_u128(u128),
        write_f32(f32),
        write_f64(f64),
        write_number_str(&str)
    );

    fn write_null<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.start = self.text.len();
        self.text.extend_from_slice(b"null");
        self.end_text(out)
    }

    fn begin_string<W: Write + ?Sized>(&mut self, _: &mut W) -> io::Result<()> {
        self.start = self.text.len();
        self.text.push(b'"');
        Ok(())
    }

    fn write_string_fragment<W: Write + ?Sized>(
        &mut self,
        _: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        self.text.extend_from_slice(fragment.as_bytes());
        Ok(())
    }

    fn write_char_escape<W: Write + ?Sized>(
        &mut self,
        _: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        CompactFormatter.write_char_escape(&mut self.text, escape)
    }

    fn end_string<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.text.push(b'"');
        self.end_text(out)
    }

    fn begin_array<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.take(out, Piece::Open { object: false }, 0..0)
    }

    fn end_array<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.take(out, Piece::Close { object: false }, 0..0)
    }

    fn begin_array_value<W: Write + ?Sized>(&mut self, _: &mut W, _: bool) -> io::Result<()> {
        Ok(())
    }

    fn begin_object<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.take(out, Piece::Open { object: true }, 0..0)
    }

    fn end_object<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.take(out, Piece::Close { object: true }, 0..0)
    }

    fn begin_object_key<W: Write + ?Sized>(&mut self, _: &mut W, _: bool) -> io::Result<()> {
        self.in_key = true;
        Ok(())
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, _: &mut W) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // in tests a panic is the report
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn pretty(value: &Value) -> String {
        let mut text = Vec::new();
        write(value, &mut text).unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn what_is_written_reads_back_and_short_lists_stay_on_a_line() {
        let value = json!({
            "name": "a \"quoted\" name", "empty": [], "nothing": {},
            "receiver": [-0.3, 1e-300, 7], "long": vec![0.123_456_789; 40], "nested": [[1], [2, [3]]],
        });
        let text = pretty(&value);
        assert_eq!(serde_json::from_str::<Value>(&text).ok(), Some(value));
        assert!(text.contains("\"receiver\": [-0.3, 1e-300, 7]"));
        assert!(text.lines().all(|line| line.len() <= WIDTH));
    }

    /// The layout by its definition: on one line what fits in the columns left, otherwise a line a child.
    fn by_definition(value: &Value, indent: usize) -> String {
        let flat = spaced(value);
        let children: Vec<String> = match value {
            _ if flat.len() <= WIDTH.saturating_sub(indent) => return flat,
            Value::Array(items) => items
                .iter()
                .map(|v| by_definition(v, indent + INDENT))
                .collect(),
            Value::Object(fields) => fields
                .iter()
                .map(|(k, v)| format!("{}: {}", json!(k), by_definition(v, indent + INDENT)))
                .collect(),
            _ => return flat,
        };
        let (open, close) = if value.is_array() {
            ('[', ']')
        } else {
            ('{', '}')
        };
        let pad = " ".repeat(indent);
        let lines: Vec<String> = children.iter().map(|c| format!("{pad}  {c}")).collect();
        format!("{open}\n{}\n{pad}{close}", lines.join(",\n"))
    }

    fn spaced(value: &Value) -> String {
        match value {
            Value::Array(items) => {
                let items: Vec<String> = items.iter().map(spaced).collect();
                format!("[{}]", items.join(", "))
            }
            Value::Object(fields) => {
                let fields: Vec<String> = fields
                    .iter()
                    .map(|(k, v)| format!("{}: {}", json!(k), spaced(v)))
                    .collect();
                format!("{{{}}}", fields.join(", "))
            }
            scalar => scalar.to_string(),
        }
    }

    /// A value drawn from a stream of small numbers.
    fn draw(next: &mut impl FnMut(u64) -> u64, depth: u64) -> Value {
        let length = next(if depth == 0 { 12 } else { 5 });
        match next(if depth > 6 { 4 } else { 7 }) {
            0 => json!(next(1 << 40) as f64 / 1024.0),
            1 => json!("x".repeat(next(60) as usize)),
            2 => json!(next(100)),
            3 => Value::Null,
            4 | 5 => (0..length).map(|_| draw(next, depth + 1)).collect(),
            _ => Value::Object(
                (0..length)
                    .map(|k| (format!("key {k}"), draw(next, depth + 1)))
                    .collect(),
            ),
        }
    }

    #[test]
    fn the_layout_is_the_one_that_its_definition_gives() {
        let mut state = 1_u64;
        let mut next = |below: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) % below
        };
        for _ in 0..5000 {
            let value = draw(&mut next, 0);
            let expected = by_definition(&value, 0) + "\n";
            assert_eq!(pretty(&value), expected);
        }
    }
}
