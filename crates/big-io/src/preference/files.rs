//! The files that make up one table: paths, folders, patterns and standard input, in a fixed order.

use std::fs::File;
use std::io::{BufRead, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::read::MultiGzDecoder;
use tempfile::NamedTempFile;

#[cfg(feature = "parquet")]
use super::kept::Batches;
use super::kept::Held;
use crate::error::InputError;
use crate::outputs::refuse_stdin;
use crate::source::{open, unreadable};
use crate::whole::temporary;

/// What messages call it.
pub(crate) const STANDARD_INPUT: &str = "standard input";

/// How a file writes its rows down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Parquet.
    Parquet,
    /// Arrow IPC, as a file (Feather) or as a stream.
    Arrow,
    /// Text with a header line, its cells divided by commas, semicolons or tabs.
    Csv,
    /// JSON: one object a line, or an array of objects.
    Json,
}

impl Format {
    /// The format that an extension names (in small letters).
    fn of_extension(extension: &str) -> Option<Self> {
        match extension {
            "parquet" | "pq" => Some(Self::Parquet),
            "arrow" | "feather" | "ipc" | "arrows" => Some(Self::Arrow),
            "csv" | "tsv" | "tab" => Some(Self::Csv),
            "jsonl" | "ndjson" | "json" => Some(Self::Json),
            _ => None,
        }
    }

    /// The format that the first bytes of a file show; `None` where they could be anything.
    fn of_bytes(first: &[u8]) -> Option<Self> {
        // A stream of Arrow messages begins with a continuation marker, a file with its magic.
        if first.starts_with(b"PAR1") {
            Some(Self::Parquet)
        } else if first.starts_with(b"ARROW1") || first.starts_with(&[0xff; 4]) {
            Some(Self::Arrow)
        } else {
            let text = first.strip_prefix("\u{feff}".as_bytes()).unwrap_or(first);
            match text.iter().find(|b| !b.is_ascii_whitespace()) {
                Some(b'{' | b'[') => Some(Self::Json),
                _ => None,
            }
        }
    }

    /// Is it read as text, from the beginning to the end?
    pub(super) fn is_text(self) -> bool {
        matches!(self, Self::Csv | Self::Json)
    }
}

/// How a file of text is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compression {
    None,
    Gzip,
    Zstandard,
}

impl Compression {
    fn of_bytes(first: &[u8]) -> Self {
        match first {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstandard,
            _ => Self::None,
        }
    }

    fn reader(self, file: File) -> std::io::Result<Box<dyn Read>> {
        Ok(match self {
            Self::None => Box::new(file),
            Self::Gzip => Box::new(MultiGzDecoder::new(std::io::BufReader::new(file))),
            Self::Zstandard => Box::new(zstd::stream::read::Decoder::new(file)?),
        })
    }
}

/// One file of a table.
#[derive(Clone, Debug)]
pub(super) struct TableFile {
    pub(super) path: PathBuf,
    /// What messages call it.
    pub(super) name: String,
    pub(super) format: Format,
    compression: Compression,
    /// Its rows, where they are in memory and in no file.
    #[cfg(feature = "parquet")]
    pub(super) held: Option<Batches>,
}

impl TableFile {
    /// Its text, decompressed.
    pub(super) fn text(&self) -> Result<Box<dyn Read>, InputError> {
        let file = open(&self.path)?;
        let reader = self.compression.reader(file);
        reader.map_err(|e| unreadable(&self.name, &e))
    }

    /// About how many bytes of text there are: text that compresses well is taken to be five times as long.
    pub(super) fn text_size(&self) -> u64 {
        let size = std::fs::metadata(&self.path).map_or(0, |about| about.len());
        match self.compression {
            Compression::None => size,
            Compression::Gzip | Compression::Zstandard => 5 * size,
        }
    }

    /// `wanted` is what it is said to be, `otherwise` what it is where neither its name nor its first bytes tell.
    fn new(
        path: PathBuf,
        name: String,
        wanted: Option<Format>,
        otherwise: Option<Format>,
    ) -> Result<Self, InputError> {
        let refused = |error: InputError| error.in_file(name.clone());
        if std::fs::metadata(&path).is_ok_and(|about| !about.is_file() && !about.is_dir()) {
            return Err(refused(
                InputError::new("is no regular file, and a table is read more than once")
                    .with_help("write what comes through the pipe into a file, or give it as `-`"),
            ));
        }
        let mut file = open(&path)?;
        let mut first = head(&mut file).map_err(|e| unreadable(&name, &e))?;
        let compression = Compression::of_bytes(&first);
        if compression != Compression::None {
            let read = file.rewind().and_then(|()| {
                let mut text = compression.reader(file)?;
                head(&mut text)
            });
            first = read.map_err(|e| unreadable(&name, &e))?;
        }
        let format = wanted
            .or_else(|| named_format(&path))
            .or_else(|| Format::of_bytes(&first))
            .or(otherwise);
        let Some(format) = format else {
            return Err(refused(
                InputError::new(
                    "is of no known kind: its name ends neither in .parquet, .arrow, .feather, .csv, .tsv, .jsonl nor .json, and \
                     its first bytes are those of none but text",
                )
                .with_help("name it by what it is (text may be compressed as well: .csv.gz, .jsonl.zst)"),
            ));
        };
        if compression != Compression::None && !format.is_text() {
            return Err(refused(
                InputError::new(
                    "is a compressed Parquet or Arrow file, which is read from many places",
                )
                .with_help("decompress it; both formats are compressed inside as it is"),
            ));
        }
        Ok(Self {
            path,
            name,
            format,
            compression,
            #[cfg(feature = "parquet")]
            held: None,
        })
    }
}

/// The first bytes of a file.
fn head(from: &mut dyn Read) -> std::io::Result<Vec<u8>> {
    let mut first = Vec::new();
    from.take(512).read_to_end(&mut first)?;
    Ok(first)
}

/// The format that a file's name says, with or without the ending of a compressed file.
fn named_format(path: &Path) -> Option<Format> {
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    let name = name
        .strip_suffix(".gz")
        .or_else(|| name.strip_suffix(".zst"))
        .unwrap_or(&name);
    let (_, extension) = name.rsplit_once('.')?;
    Format::of_extension(extension)
}

/// The files of a table, in the order in which their rows count. A copy shares what came from standard input.
#[derive(Clone, Debug)]
pub struct TableFiles {
    files: Arc<[TableFile]>,
    name: String,
    /// Held so that it stays as long as anybody reads it.
    _spool: Option<Arc<NamedTempFile>>,
}

impl TableFiles {
    /// Finds the files that arguments name, in the order of the arguments: a path; a folder, whose files count from the first
    /// name to the last, those in folders below as well (its Parquet files where it has any, else its Arrow files, else
    /// those of text); a pattern with `*`, `?` or `[…]`, its matches from the first name to the last; or `-`, standard input,
    /// which is kept in a temporary file. Names that begin with a dot or an underscore are passed over in folders.
    ///
    /// `format` is that of all of them; by default each is known by its name or its first bytes, and text on standard input
    /// that is no JSON is CSV.
    ///
    /// # Errors
    /// When there is no such file, a folder or a pattern holds none, one is named twice, or its kind is not known.
    pub fn find(arguments: &[PathBuf], format: Option<Format>) -> Result<Self, InputError> {
        let mut files = Vec::new();
        let mut spool = None;
        for argument in arguments {
            if argument.as_os_str() == "-" {
                if spool.is_some() {
                    return Err(InputError::new("is named twice").in_file(STANDARD_INPUT));
                }
                let (kept, file) = standard_input(format)?;
                files.push(file);
                spool = Some(Arc::new(kept));
                continue;
            }
            for path in expanded(argument)? {
                let name = path.display().to_string();
                files.push(TableFile::new(path, name, format, None)?);
            }
        }
        let mut seen: Vec<&PathBuf> = files.iter().map(|file| &file.path).collect();
        seen.sort();
        if let Some(twice) = seen.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(
                InputError::new("is named twice: its rows would count double")
                    .in_file(twice[0].display().to_string()),
            );
        }
        if files.is_empty() {
            return Err(InputError::new("no file is named"));
        }
        let name = table_name(arguments);
        Ok(Self {
            files: files.into(),
            name,
            _spool: spool,
        })
    }

    /// A table that is in no file of its user's, and which messages call `name`.
    #[cfg(feature = "parquet")]
    pub fn held(name: &str, rows: Held) -> Self {
        let (path, held, spool) = match rows {
            Held::Memory(batches) => (PathBuf::new(), Some(batches), None),
            Held::Kept(kept) => (kept.file.path().to_owned(), None, Some(kept.file)),
        };
        let file = TableFile {
            path,
            name: name.to_owned(),
            format: Format::Arrow,
            compression: Compression::None,
            held,
        };
        Self {
            files: Arc::from([file]),
            name: name.to_owned(),
            _spool: spool,
        }
    }

    /// There is no such table in a build without the feature `parquet`.
    #[cfg(not(feature = "parquet"))]
    pub fn held(_name: &str, rows: Held) -> Self {
        rows.never()
    }

    /// What messages call the table: see [`table_name`].
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The files' names, in order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.files.iter().map(|file| &*file.name)
    }

    pub(super) fn files(&self) -> &[TableFile] {
        &self.files
    }
}

/// What messages call the table that arguments name: its file, its folder or its pattern, or the first of several.
pub fn table_name(arguments: &[PathBuf]) -> String {
    let name = |argument: &PathBuf| match argument.as_os_str() == "-" {
        true => STANDARD_INPUT.to_owned(),
        false => argument.display().to_string(),
    };
    match arguments {
        [] => "the table".to_owned(),
        [one] => name(one),
        [first, others @ ..] => format!("{} and {} more", name(first), others.len()),
    }
}

/// The files that one argument names.
fn expanded(argument: &Path) -> Result<Vec<PathBuf>, InputError> {
    let name = argument.display().to_string();
    let text = argument.to_str().unwrap_or_default();
    if argument.is_dir() {
        let mut found = Vec::new();
        walk(argument, &mut found).map_err(|e| unreadable(&name, &e))?;
        found.sort();
        let kind = |path: &PathBuf| named_format(path);
        let first = [Some(Format::Parquet), Some(Format::Arrow)];
        for wanted in first {
            if found.iter().any(|path| kind(path) == wanted) {
                found.retain(|path| kind(path) == wanted);
            }
        }
        found.retain(|path| kind(path).is_some());
        return match found.is_empty() {
            true => Err(InputError::new("is a folder without a table in it")
                .with_help("tables are .parquet, .arrow, .feather, .csv, .tsv, .jsonl and .json files, text also .gz and .zst")
                .in_file(name)),
            false => Ok(found),
        };
    }
    if argument.exists() || !text.contains(['*', '?', '[']) {
        return Ok(vec![argument.to_owned()]);
    }
    let matches = glob::glob(text).map_err(|e| {
        InputError::new(format!("is no pattern of file names: {}", e.msg)).in_file(name.clone())
    })?;
    let mut found: Vec<PathBuf> = matches
        .collect::<Result<_, _>>()
        .map_err(|e| unreadable(&e.path().display().to_string(), e.error()))?;
    found.retain(|path| path.is_file());
    found.sort();
    match found.is_empty() {
        true => Err(InputError::new("matches no file")
            .with_help("check the pattern")
            .in_file(name)),
        false => Ok(found),
    }
}

/// All files below a folder. Links to folders are not followed, so that a walk ends.
fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let hidden = |name: &str| name.starts_with(['.', '_']);
        if entry.file_name().to_str().is_none_or(hidden) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), found)?;
        } else {
            found.push(entry.path());
        }
    }
    Ok(())
}

/// Standard input as one file of a table.
fn standard_input(format: Option<Format>) -> Result<(NamedTempFile, TableFile), InputError> {
    let kept = kept_standard_input()?;
    let path = kept.path().to_owned();
    let file = TableFile::new(path, STANDARD_INPUT.to_owned(), format, Some(Format::Csv))?;
    Ok((kept, file))
}

/// Standard input in a temporary file: a table is read more than once, and not always from its beginning.
pub(crate) fn kept_standard_input() -> Result<NamedTempFile, InputError> {
    refuse_stdin(STANDARD_INPUT)?;
    let kept = NamedTempFile::new().and_then(|mut kept| {
        temporary(kept.path());
        spool(std::io::stdin().lock(), &mut kept)?;
        Ok(kept)
    });
    let kept = kept.map_err(|e| unkept(&e, STANDARD_INPUT))?;
    let empty = kept
        .as_file()
        .metadata()
        .is_ok_and(|about| about.len() == 0);
    if empty {
        return Err(InputError::new("is empty").in_file(STANDARD_INPUT));
    }
    Ok(kept)
}

/// Why a temporary file does not take what it should keep.
pub(super) fn unkept(error: &dyn std::fmt::Display, name: &str) -> InputError {
    InputError::new(format!("cannot be kept in a temporary file: {error}"))
        .with_help(
            "free some space there, or name another folder in the environment variable TMPDIR",
        )
        .in_file(name)
}

/// The most of a text that is kept before its first line break, in bytes: who sends more sends no table.
const BEFORE_A_LINE: u64 = 1 << 26;

/// Keeps all of an input, unless it is a text without lines: that may be without end.
fn spool(mut input: impl Read, kept: &mut impl Write) -> std::io::Result<()> {
    let mut first = Vec::new();
    input.by_ref().take(BEFORE_A_LINE).read_to_end(&mut first)?;
    let text = !matches!(
        Format::of_bytes(&first),
        Some(Format::Parquet | Format::Arrow)
    ) && Compression::of_bytes(&first) == Compression::None;
    // JSON may be an array on one line.
    let lines = first.contains(&b'\n') || Format::of_bytes(&first) == Some(Format::Json);
    if text && first.len() as u64 == BEFORE_A_LINE && !lines {
        return Err(std::io::Error::new(
            std::io::ErrorKind::InvalidData,
            "it begins with 64 MiB without a line break, and is no table",
        ));
    }
    kept.write_all(&first)?;
    std::io::copy(&mut input, kept)?;
    Ok(())
}

/// Is this a table, by its name? (JSON may be a game or an answer as well.)
pub fn is_table(file: &str) -> bool {
    let name = file.to_ascii_lowercase();
    let any = [".json", ".json.gz", ".json.zst"];
    named_format(Path::new(file)).is_some() && !any.iter().any(|end| name.ends_with(end))
}

/// Does standard input hold a table? Told by its first bytes, which stay to be read: those of Parquet and Arrow, of compressed text, two
/// lines of JSON, or a line of several titles that is no TOML.
pub fn is_table_on_stdin() -> bool {
    let mut input = std::io::stdin().lock();
    // What cannot be read is told by whoever reads it.
    input.fill_buf().is_ok_and(looks_like_a_table)
}

/// The format of a table on standard input, by its first bytes, which stay to be read; `None` where it is no table, or compressed.
pub(crate) fn format_on_stdin() -> Option<Format> {
    let mut input = std::io::stdin().lock();
    // What cannot be read is told by whoever reads it.
    let first = input.fill_buf().ok()?;
    let plain = Compression::of_bytes(first) == Compression::None;
    (plain && looks_like_a_table(first)).then(|| Format::of_bytes(first).unwrap_or(Format::Csv))
}

fn looks_like_a_table(first: &[u8]) -> bool {
    let binary = matches!(
        Format::of_bytes(first),
        Some(Format::Parquet | Format::Arrow)
    );
    if binary || Compression::of_bytes(first) != Compression::None {
        return true;
    }
    let text = String::from_utf8_lossy(first);
    let mut lines = text
        .trim_start_matches('\u{feff}')
        .lines()
        .filter(|line| !line.trim().is_empty());
    let (line, next) = (
        lines.next().unwrap_or_default(),
        lines.next().unwrap_or_default(),
    );
    if line.starts_with(['{', '[']) {
        return line.starts_with('{') && line.trim_end().ends_with('}') && next.starts_with('{');
    }
    line.contains([',', ';', '\t']) && !line.contains('=') && !line.trim_start().starts_with('#')
}

#[cfg(test)]
mod tests {
    use super::looks_like_a_table;

    #[test]
    fn tables_are_told_from_games() {
        for table in [
            "a_0,b_0,label\n1,2,1\n",
            "a;b\n",
            "{\"a\": [1]}\n{\"a\": [2]}\n",
            "PAR1",
        ] {
            assert!(looks_like_a_table(table.as_bytes()), "{table}");
        }
        for game in [
            "name = \"a, b\"\n",
            "# a, b\nname = 1",
            "[action_space]\n",
            "{\"kind\": \"solve\"}\n",
            "{\n  \"a\": 1,\n",
            "",
        ] {
            assert!(!looks_like_a_table(game.as_bytes()), "{game}");
        }
    }
}
