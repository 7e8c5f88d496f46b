//! The objects of a JSON file one by one: the lines of JSON lines, or the elements of an array.

use std::io::{BufRead, BufReader, Read};

use crate::error::InputError;

/// The longest line or element that is read, in bytes.
const LONGEST: usize = 1 << 28;

/// The records of a file, one after the other.
pub(super) struct Records {
    reader: BufReader<Box<dyn Read>>,
    /// The text of the record.
    pub(super) text: Vec<u8>,
    /// The line that the record begins on, from 1.
    pub(super) line: usize,
    /// How many lines have been read to their end.
    lines: usize,
    /// An array's elements, not lines.
    array: bool,
    begun: bool,
}

impl Records {
    pub(super) fn new(text: Box<dyn Read>) -> Self {
        Self {
            reader: BufReader::with_capacity(1 << 16, text),
            text: Vec::new(),
            line: 1,
            lines: 0,
            array: false,
            begun: false,
        }
    }

    /// The length of the next record in the file, or none at the end.
    pub(super) fn next(&mut self) -> Result<Option<usize>, InputError> {
        if !self.begun {
            self.begun = true;
            self.begin()?;
        }
        match self.array {
            true => self.element(),
            false => self.next_line(),
        }
    }

    /// Passes over what comes before the first record, and sees whether it is an array: one whose first element is an object.
    fn begin(&mut self) -> Result<(), InputError> {
        if self.peek()? == Some(0xef) {
            self.bytes(3)?;
        }
        self.blank()?;
        if self.peek()? != Some(b'[') {
            return Ok(());
        }
        let rest = self.reader.buffer();
        let first = rest[1..].iter().find(|b| !b.is_ascii_whitespace());
        if matches!(first, Some(b'{' | b']') | None) {
            self.array = true;
            self.bytes(1)?;
        }
        Ok(())
    }

    fn next_line(&mut self) -> Result<Option<usize>, InputError> {
        loop {
            self.text.clear();
            let read = self
                .reader
                .by_ref()
                .take(LONGEST as u64)
                .read_until(b'\n', &mut self.text)
                .map_err(unreadable)?;
            if read == 0 {
                return Ok(None);
            }
            self.lines += 1;
            self.line = self.lines;
            if read == LONGEST {
                return Err(self.too_long());
            }
            if !self.text.iter().all(u8::is_ascii_whitespace) {
                return Ok(Some(read));
            }
        }
    }

    /// The next element of the array: up to the comma or bracket that is in no string, object or list of its own.
    fn element(&mut self) -> Result<Option<usize>, InputError> {
        self.text.clear();
        self.blank()?;
        self.line = self.lines + 1;
        let (mut depth, mut string, mut escaped) = (0_usize, false, false);
        loop {
            let Some(byte) = self.peek()? else {
                return Err(self.refuse("the array is cut short: it does not end with `]`"));
            };
            self.bytes(1)?;
            if byte == b'\n' {
                self.lines += 1;
            }
            if string {
                string = escaped || byte != b'"';
                escaped = !escaped && byte == b'\\';
            } else {
                match byte {
                    b'"' => string = true,
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' if depth > 0 => depth -= 1,
                    b']' => {
                        let some = !self.text.iter().all(u8::is_ascii_whitespace);
                        // Whatever follows is another element, and missing.
                        self.array = false;
                        self.end()?;
                        return Ok(some.then_some(self.text.len() + 1));
                    }
                    b',' if depth == 0 => return Ok(Some(self.text.len() + 1)),
                    _ => {}
                }
            }
            self.text.push(byte);
            if self.text.len() >= LONGEST {
                return Err(self.too_long());
            }
        }
    }

    /// Nothing may come after the array.
    fn end(&mut self) -> Result<(), InputError> {
        self.blank()?;
        match self.peek()? {
            None => Ok(()),
            Some(_) => {
                self.line = self.lines + 1;
                Err(self.refuse("there is something after the array"))
            }
        }
    }

    /// Passes over blanks.
    fn blank(&mut self) -> Result<(), InputError> {
        while let Some(byte) = self.peek()?.filter(u8::is_ascii_whitespace) {
            if byte == b'\n' {
                self.lines += 1;
            }
            self.bytes(1)?;
        }
        Ok(())
    }

    fn peek(&mut self) -> Result<Option<u8>, InputError> {
        let buffer = self.reader.fill_buf().map_err(unreadable)?;
        Ok(buffer.first().copied())
    }

    /// Passes over bytes that have been peeked at.
    fn bytes(&mut self, count: usize) -> Result<(), InputError> {
        let there = self.reader.buffer().len();
        self.reader.consume(count.min(there));
        Ok(())
    }

    fn too_long(&self) -> InputError {
        let error = self.refuse("a line or an element has more than 256 MiB");
        error.with_help("each line, or each element of the array, is one JSON object")
    }

    fn refuse(&self, what: &str) -> InputError {
        let mut error = InputError::new(what);
        error.line = Some(self.line);
        error
    }
}

fn unreadable(error: std::io::Error) -> InputError {
    InputError::new(format!("cannot be read: {error}"))
}
