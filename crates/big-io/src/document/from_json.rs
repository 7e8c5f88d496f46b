//! JSON (RFC 8259) to the tree: a reader of our own, because every value must know where it was written and
//! numbers must stay as they were written. Duplicate keys are refused.

use std::borrow::Cow;

use super::{Entry, Failure, MAX_DEPTH, Node, Span, Value, too_deep};
use crate::error::shown;

pub(super) fn parse(text: &str) -> Result<Node<'_>, Failure> {
    let mut reader = Reader::new(text);
    let root = reader.value(1)?;
    reader.blanks();
    match reader.peek() {
        None => Ok(root),
        Some(_) => Err(reader.wrong("the document has ended before this")),
    }
}

/// A cursor over a text.
pub(crate) struct Reader<'t> {
    text: &'t str,
    /// The byte that comes next.
    pub(crate) at: usize,
}

impl<'t> Reader<'t> {
    /// At the beginning of a text, behind a byte order mark.
    pub(crate) fn new(text: &'t str) -> Self {
        let at = if text.starts_with('\u{feff}') { 3 } else { 0 };
        Self { text, at }
    }

    /// Passes blanks and then this character, if it is there.
    pub(crate) fn accept(&mut self, wanted: u8) -> bool {
        self.blanks();
        let there = self.peek() == Some(wanted);
        self.at += usize::from(there);
        there
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(crate) fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn wrong(&self, message: &str) -> Failure {
        let end = if self.at < self.text.len() {
            self.at + 1
        } else {
            self.at
        };
        (
            Span::new(self.at..end),
            format!("is not valid JSON here: {message}"),
        )
    }

    /// The next value, so deep inside others.
    pub(crate) fn value(&mut self, depth: usize) -> Result<Node<'t>, Failure> {
        self.blanks();
        let start = self.at;
        let value = match self.peek() {
            None => return Err(self.wrong("a value is missing at the end of the text")),
            Some(b'{' | b'[') if depth > MAX_DEPTH => {
                return Err(too_deep(Span::new(start..start + 1)));
            }
            Some(b'{') => self.table(depth)?,
            Some(b'[') => self.list(depth)?,
            Some(b'"') => Value::Text(self.string()?),
            Some(b'-' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z') => self.word()?,
            Some(_) => return Err(self.wrong("expected a value")),
        };
        Ok(Node {
            span: Span::new(start..self.at),
            value,
        })
    }

    fn list(&mut self, depth: usize) -> Result<Value<'t>, Failure> {
        self.at += 1;
        let mut items = Vec::new();
        self.blanks();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return Err(self.wrong("expected `,` or `]`")),
            }
        }
        self.at += 1;
        Ok(Value::List(items))
    }

    fn table(&mut self, depth: usize) -> Result<Value<'t>, Failure> {
        self.at += 1;
        let mut entries: Vec<Entry<'t>> = Vec::new();
        self.blanks();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Table(entries));
        }
        loop {
            let (key, key_span) = self.key()?;
            let node = self.value(depth + 1)?;
            entries.push(Entry {
                key,
                key_span,
                node,
            });
            self.blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return Err(self.wrong("expected `,` or `}`")),
            }
        }
        self.at += 1;
        let mut order: Vec<usize> = (0..entries.len()).collect();
        order.sort_by(|&i, &j| entries[i].key.cmp(&entries[j].key).then(i.cmp(&j)));
        let repeated = order
            .windows(2)
            .filter(|pair| entries[pair[0]].key == entries[pair[1]].key);
        match repeated.map(|pair| pair[1]).min() {
            Some(i) => Err((
                entries[i].key_span,
                format!("the key `{}` is given twice", shown(&entries[i].key, 60)),
            )),
            None => Ok(Value::Table(entries)),
        }
    }

    /// A key, and the colon behind it.
    pub(crate) fn key(&mut self) -> Result<(Cow<'t, str>, Span), Failure> {
        self.blanks();
        if self.peek() != Some(b'"') {
            return Err(self.wrong("expected a key in double quotes"));
        }
        let start = self.at;
        let key = self.string()?;
        let span = Span::new(start..self.at);
        if !self.accept(b':') {
            return Err(self.wrong("expected `:`"));
        }
        Ok((key, span))
    }

    /// A number, `true`, `false` or `null`; also the words for what is not a finite number, which the
    /// decoder refuses where it knows what the number is for.
    fn word(&mut self) -> Result<Value<'t>, Failure> {
        let rest = &self.text[self.at..];
        let length = rest
            .bytes()
            .position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.')))
            .unwrap_or(rest.len());
        let word = &rest[..length];
        let value = match word {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            "NaN" | "nan" | "Infinity" | "-Infinity" | "inf" | "-inf" => {
                Value::Number(Cow::Borrowed(word))
            }
            number if is_json_number(number) => Value::Number(Cow::Borrowed(number)),
            _ => {
                let shown = shown(word, 20);
                let span = Span::new(self.at..self.at + length);
                return Err((
                    span,
                    format!("is not valid JSON here: `{shown}` is no value"),
                ));
            }
        };
        self.at += length;
        Ok(value)
    }

    fn string(&mut self) -> Result<Cow<'t, str>, Failure> {
        let opening = self.at;
        self.at += 1;
        let start = self.at;
        let mut owned: Option<String> = None;
        let mut copied = start;
        loop {
            match self.peek() {
                None => {
                    self.at = opening;
                    return Err(self.wrong("this text has no closing quote"));
                }
                Some(b'"') => break,
                Some(b'\\') => {
                    let so_far = owned.get_or_insert_default();
                    so_far.push_str(&self.text[copied..self.at]);
                    let character = self.escape()?;
                    owned.get_or_insert_default().push(character);
                    copied = self.at;
                }
                Some(0..=0x1f) => {
                    return Err(
                        self.wrong("a control character inside a text: write it as \\u00XX")
                    );
                }
                Some(_) => self.at += 1,
            }
        }
        let tail = &self.text[copied..self.at];
        self.at += 1;
        Ok(match owned {
            None => Cow::Borrowed(tail),
            Some(mut text) => {
                text.push_str(tail);
                Cow::Owned(text)
            }
        })
    }

    fn escape(&mut self) -> Result<char, Failure> {
        let bytes = self.text.as_bytes();
        let plain = match bytes.get(self.at + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return Err(self.wrong("unknown escape")),
        };
        self.at += 2;
        Ok(plain)
    }

    fn unicode(&mut self) -> Result<char, Failure> {
        let unit = |at: usize| -> Option<u32> {
            let digits = self.text.get(at..at + 6)?.strip_prefix("\\u")?;
            let all_hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
            all_hex
                .then(|| u32::from_str_radix(digits, 16).ok())
                .flatten()
        };
        let first = unit(self.at);
        let (code, length) = match (first, unit(self.at + 6)) {
            (Some(high @ 0xd800..0xdc00), Some(low @ 0xdc00..0xe000)) => {
                (Some(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)), 12)
            }
            _ => (first, 6),
        };
        match code.and_then(char::from_u32) {
            Some(character) => {
                self.at += length;
                Ok(character)
            }
            None => Err(self.wrong("no such Unicode character")),
        }
    }
}

/// RFC 8259, section 6.
pub(crate) fn is_json_number(word: &str) -> bool {
    let unsigned = word.strip_prefix('-').unwrap_or(word);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    digits(whole)
        && (whole.len() == 1 || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|e| digits(e.strip_prefix(['+', '-']).unwrap_or(e)))
}
