//! The lengths that an Arrow file or stream tells of itself, checked before they are believed: the decoder asks for as much memory
//! as a message says it is long, and a program that gets none ends at once.

use std::io::{self, Read, Seek, SeekFrom};

use arrow_ipc::{Message, root_as_footer, root_as_message};

/// What stands between metadata and what was written before continuation markers were.
const CONTINUATION: [u8; 4] = [0xff; 4];
/// The longest metadata of a message, in bytes: it describes columns.
const METADATA: u64 = 1 << 28;
/// The most that one column of a batch may decompress to, in bytes.
const DECOMPRESSED: i64 = 1 << 33;

/// Refuses lengths that leave the file or that no column has. The file is left at its beginning.
pub(super) fn check_lengths<R: Read + Seek>(from: &mut R, is_file: bool) -> io::Result<()> {
    let size = from.seek(SeekFrom::End(0))?;
    let mut lengths = Lengths { from, size };
    let checked = match is_file {
        true => lengths.file(),
        false => lengths.stream(),
    };
    from.rewind()?;
    checked
}

struct Lengths<'r, R> {
    from: &'r mut R,
    size: u64,
}

impl<R: Read + Seek> Lengths<'_, R> {
    /// Messages one after the other.
    fn stream(&mut self) -> io::Result<()> {
        let mut at = 0;
        while at < self.size {
            let Some((body, length)) = self.message(at)? else {
                return Ok(());
            };
            at = body + length;
        }
        Ok(())
    }

    /// Messages where the end of the file says that they are.
    fn file(&mut self) -> io::Result<()> {
        let end = self.size.checked_sub(10).ok_or_else(cut)?;
        let tail = self.bytes(end, 10)?;
        // The magic is checked where the file is opened.
        let length = u64::from(u32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]]));
        let start = end.checked_sub(length).ok_or_else(cut)?;
        let footer = self.bytes(start, length)?;
        let footer = root_as_footer(&footer).map_err(|e| damaged(&e.to_string()))?;
        let dictionaries = footer.dictionaries().into_iter().flatten();
        for block in dictionaries.chain(footer.recordBatches().into_iter().flatten()) {
            let at = u64::try_from(block.offset()).map_err(|_| cut())?;
            let metadata = u64::try_from(block.metaDataLength()).map_err(|_| cut())?;
            let body = u64::try_from(block.bodyLength()).map_err(|_| cut())?;
            let whole = at.checked_add(metadata).and_then(|at| at.checked_add(body));
            if whole.is_none_or(|end| end > self.size) {
                return Err(cut());
            }
            self.message(at)?;
        }
        Ok(())
    }

    /// Checks the message that begins here: where its body begins, and how long it is. `None` at the end of a stream.
    fn message(&mut self, at: u64) -> io::Result<Option<(u64, u64)>> {
        let mut prefix = self.bytes(at, 4)?;
        let mut begin = at + 4;
        if prefix == CONTINUATION {
            prefix = self.bytes(begin, 4)?;
            begin += 4;
        }
        let length = u32::from_le_bytes([prefix[0], prefix[1], prefix[2], prefix[3]]);
        if length == 0 {
            return Ok(None);
        }
        let metadata = self.bytes(begin, length.into())?;
        let message = root_as_message(&metadata).map_err(|e| damaged(&e.to_string()))?;
        let (start, body) = (begin + u64::from(length), message.bodyLength());
        let body = u64::try_from(body).map_err(|_| cut())?;
        if start.checked_add(body).is_none_or(|end| end > self.size) {
            return Err(cut());
        }
        self.decompressed(&message, start, body)?;
        Ok(Some((start, body)))
    }

    /// What the columns of a batch say that they decompress to.
    fn decompressed(&mut self, message: &Message<'_>, start: u64, body: u64) -> io::Result<()> {
        let batch = message
            .header_as_record_batch()
            .or_else(|| message.header_as_dictionary_batch()?.data());
        let Some(batch) = batch.filter(|batch| batch.compression().is_some()) else {
            return Ok(());
        };
        for buffer in batch.buffers().into_iter().flatten() {
            if buffer.length() < 8 {
                continue;
            }
            let offset = u64::try_from(buffer.offset()).map_err(|_| cut())?;
            if offset.checked_add(8).is_none_or(|end| end > body) {
                return Err(cut());
            }
            let told = self.bytes(start + offset, 8)?;
            // Eight bytes were asked for, and were there.
            let told = told.try_into().map_or(0, i64::from_le_bytes);
            if !(-1..=DECOMPRESSED).contains(&told) {
                return Err(damaged(
                    "a column says that it decompresses to more than 8 GiB",
                ));
            }
        }
        Ok(())
    }

    fn bytes(&mut self, at: u64, length: u64) -> io::Result<Vec<u8>> {
        if length > METADATA || at.checked_add(length).is_none_or(|end| end > self.size) {
            return Err(cut());
        }
        self.from.seek(SeekFrom::Start(at))?;
        let mut bytes = Vec::new();
        self.from.by_ref().take(length).read_to_end(&mut bytes)?;
        match bytes.len() as u64 == length {
            true => Ok(bytes),
            false => Err(cut()),
        }
    }
}

fn cut() -> io::Error {
    damaged("it is shorter than it says")
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
