//! Readers that do not read without end: a file without a line break, a quotation mark that is never closed.

use std::io::{self, Read};

/// The longest record of a text, in bytes.
const LONGEST: u64 = 1 << 26;

/// A reader that gives at most so much of a file for one record.
pub(crate) struct Bounded<R> {
    inner: R,
    read: u64,
    until: u64,
}

impl<R> Bounded<R> {
    /// All of `inner`, record by record.
    pub(crate) fn new(inner: R) -> Self {
        Self {
            inner,
            read: 0,
            until: LONGEST,
        }
    }

    /// A record has been read, up to this byte of the file: the next one begins there.
    pub(crate) fn next_record(&mut self, at: u64) {
        self.until = at.saturating_add(LONGEST);
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.read >= self.until {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!(
                    "more than {} MiB without the end of a row; is this text, and is every quotation mark closed?",
                    LONGEST >> 20
                ),
            ));
        }
        let read = self.inner.read(into)?;
        self.read += read as u64;
        Ok(read)
    }
}
