//! Passes that have been made, in a file: a fit that was stopped goes through them again without the shards, and on from there.
//!
//! A fit asks for its passes one after the other, and by what it has heard alone. So a second run of the same fit asks the same
//! questions, the answers to which are here, and ends at the same bytes. After a header each pass is a record: the lengths of the
//! question and of the answer, both of them, and a checksum. What a driver that died has half written fails that, and is made again.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use big_io::InputError;

/// What a file of passes begins with: its kind and its version.
const KIND: &[u8; 8] = b"BIGPASS1";

/// Passes in a file.
pub(super) struct Passes {
    path: PathBuf,
    file: File,
    /// Where the next record begins.
    at: u64,
    /// Are there no more recorded passes ahead?
    fresh: bool,
}

impl Passes {
    /// Opens or begins the passes of a fit, which `of` tells from others.
    pub(super) fn open(path: &Path, of: &str) -> Result<Self, InputError> {
        Self::opened(path, of).map_err(|error| {
            let told = match error.kind() {
                io::ErrorKind::InvalidData => InputError::new(
                    "holds no passes of this fit: its shards or its options were others",
                )
                .with_help("name another file, or remove this one to begin again"),
                _ => InputError::new(error.to_string()),
            };
            told.in_file(path.display().to_string())
        })
    }

    fn opened(path: &Path, of: &str) -> io::Result<Self> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        let head = [KIND, &record(of.as_bytes(), b"")[..]].concat();
        let mut found = Vec::new();
        Read::by_ref(&mut file)
            .take(head.len() as u64)
            .read_to_end(&mut found)?;
        if found != head {
            // A driver may have died while it wrote the head.
            if !head.starts_with(&found) {
                return Err(io::ErrorKind::InvalidData.into());
            }
            file.seek(SeekFrom::Start(0))?;
            file.set_len(0)?;
            file.write_all(&head)?;
            file.sync_data()?;
        }
        Ok(Self {
            path: path.to_owned(),
            file,
            at: head.len() as u64,
            fresh: false,
        })
    }

    /// The answer to the next question, where it has been recorded.
    pub(super) fn next(&mut self, asked: &[u8]) -> Option<Vec<u8>> {
        if self.fresh {
            return None;
        }
        let found = self.read(asked);
        self.fresh = found.is_none();
        found
    }

    fn read(&mut self, asked: &[u8]) -> Option<Vec<u8>> {
        self.file.seek(SeekFrom::Start(self.at)).ok()?;
        let left = self.file.metadata().ok()?.len().checked_sub(self.at)?;
        let mut lengths = [0; 16];
        self.file.read_exact(&mut lengths).ok()?;
        let (first, second) = lengths.split_at(8);
        let [first, second] = [first, second].map(|eight| eight.try_into().map(u64::from_le_bytes));
        let (first, second) = (first.ok()?, second.ok()?);
        let whole = first.checked_add(second)?.checked_add(24)?;
        if whole > left {
            return None;
        }
        let mut rest = vec![0; usize::try_from(whole - 16).ok()?];
        self.file.read_exact(&mut rest).ok()?;
        let first = usize::try_from(first).ok()?;
        let question = rest.get(..first)?;
        let answer = rest.get(first..rest.len() - 8)?.to_vec();
        if question != asked || record(asked, &answer).get(16..) != Some(&rest[..]) {
            return None;
        }
        self.at += whole;
        Some(answer)
    }

    /// Records an answer.
    pub(super) fn keep(&mut self, asked: &[u8], told: &[u8]) -> Result<(), InputError> {
        let made = record(asked, told);
        let mut write = || -> io::Result<()> {
            // Whatever is behind is of no use: half written, or of a fit that went another way.
            self.file.set_len(self.at)?;
            self.file.seek(SeekFrom::Start(self.at))?;
            self.file.write_all(&made)?;
            self.file.sync_data()
        };
        write().map_err(|error| {
            InputError::new(format!("cannot be written: {error}"))
                .in_file(self.path.display().to_string())
        })?;
        self.at += made.len() as u64;
        self.fresh = true;
        Ok(())
    }
}

fn record(asked: &[u8], told: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(asked.len() + told.len() + 24);
    out.extend((asked.len() as u64).to_le_bytes());
    out.extend((told.len() as u64).to_le_bytes());
    out.extend(asked);
    out.extend(told);
    // FNV-1a.
    let sum = out.iter().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    out.extend(sum.to_le_bytes());
    out
}
