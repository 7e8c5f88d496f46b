//! Where an input comes from, and reading it as text.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::catalogue;
use crate::error::InputError;
use crate::game_content::GameFile;
use crate::outputs::{refuse_output, refuse_stdin};

/// The largest text that is read at once, in bytes.
const MAX_TEXT: u64 = 1 << 30;

/// A file, standard input, or what is at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file.
    Path(PathBuf),
    /// Standard input, written `-` on a command line.
    Stdin,
    /// A text that has been read: however often it is asked for, what it came from is not read again.
    Held(Held),
    /// A game that has been read or made.
    Game(Arc<HeldGame>),
}

/// A game that is in memory, and what messages call it.
#[derive(Clone, Debug)]
pub struct HeldGame {
    /// What messages call it.
    pub name: String,
    /// The game.
    pub game: GameFile,
}

/// The same one in memory.
impl PartialEq for HeldGame {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for HeldGame {}

/// A text, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    name: String,
    path: Option<PathBuf>,
    text: Arc<str>,
}

impl Source {
    /// A source as a command line names it: `-` is standard input, anything else a path.
    pub fn parse(argument: &str) -> Self {
        match argument {
            "-" => Self::Stdin,
            path => Self::Path(PathBuf::from(path)),
        }
    }

    /// A game as a command line names it: `-` is standard input, anything else a path, or where there is no such file the id of
    /// a game in the catalogue.
    pub fn game(argument: &str) -> Self {
        match catalogue::get(argument) {
            Some(entry) if !Path::new(argument).exists() => Self::text(entry.id, entry.text),
            _ => Self::parse(argument),
        }
    }

    /// A text, which messages call `name`. Paths inside it are relative to the current folder.
    pub fn text(name: impl Into<String>, text: &str) -> Self {
        Self::Held(Held {
            name: name.into(),
            path: None,
            text: Arc::from(text),
        })
    }

    /// Reads it, once: pipes and standard input give their text to the first reader only.
    ///
    /// # Errors
    /// As [`read_text`](Self::read_text).
    pub fn hold(self) -> Result<Self, InputError> {
        if let Self::Game(_) = self {
            return Ok(self);
        }
        let text = self.read_text()?;
        let name = self.name();
        Ok(match self {
            Self::Path(path) => Self::Held(Held {
                name,
                path: Some(path),
                text,
            }),
            Self::Stdin => Self::Held(Held {
                name,
                path: None,
                text,
            }),
            held => held,
        })
    }

    /// The file, where it is one or came from one.
    fn path(&self) -> Option<&Path> {
        match self {
            Self::Path(path) => Some(path),
            Self::Stdin | Self::Game(_) => None,
            Self::Held(held) => held.path.as_deref(),
        }
    }

    /// What messages call it.
    pub fn name(&self) -> String {
        match self {
            Self::Held(held) => held.name.clone(),
            Self::Game(held) => held.name.clone(),
            Self::Path(path) => path.display().to_string(),
            Self::Stdin => "standard input".to_owned(),
        }
    }

    /// The folder that paths inside the input are relative to: the file's, or the current one.
    pub fn folder(&self) -> &Path {
        let parent = self.path().and_then(Path::parent);
        parent.unwrap_or(Path::new(""))
    }

    /// The extension, in small letters.
    pub(crate) fn extension(&self) -> Option<String> {
        let extension = self.path()?.extension()?;
        Some(extension.to_str()?.to_ascii_lowercase())
    }

    /// All of it as text.
    ///
    /// # Errors
    /// When it is not there, may not be read, is empty, no UTF-8, larger than 1 GiB, or a game in memory.
    pub fn read_text(&self) -> Result<Arc<str>, InputError> {
        let mut bytes = Vec::new();
        let read = match self {
            Self::Path(path) => {
                let file = open(path)?;
                file.take(MAX_TEXT + 1).read_to_end(&mut bytes)
            }
            Self::Stdin => {
                refuse_stdin(&self.name())?;
                let input = std::io::stdin().lock();
                input.take(MAX_TEXT + 1).read_to_end(&mut bytes)
            }
            Self::Held(held) => return Ok(Arc::clone(&held.text)),
            Self::Game(held) => {
                let error = InputError::new("is a game, and something else is wanted");
                return Err(error.in_file(held.name.clone()));
            }
        };
        read.map_err(|e| unreadable(&self.name(), &e))?;
        text_of(&self.name(), bytes)
    }
}

/// Opens a regular file (or a pipe) and refuses a folder.
pub(crate) fn open(path: &Path) -> Result<File, InputError> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|e| unreadable(&name, &e))?;
    let about = file.metadata().map_err(|e| unreadable(&name, &e))?;
    if about.is_dir() {
        return Err(InputError::new("is a folder, not a file")
            .with_help("name a file in it")
            .in_file(name));
    }
    refuse_output(&name, &file)?;
    Ok(file)
}

pub(crate) fn unreadable(name: &str, error: &std::io::Error) -> InputError {
    let refused = match error.kind() {
        ErrorKind::NotFound => InputError::new("there is no such file").with_help("check the path"),
        ErrorKind::PermissionDenied => {
            InputError::new("may not be read").with_help("ask its owner for permission to read it")
        }
        _ => InputError::new(format!("cannot be read: {error}")),
    };
    refused.in_file(name)
}

fn text_of(name: &str, bytes: Vec<u8>) -> Result<Arc<str>, InputError> {
    if bytes.starts_with(b"PAR1") {
        return Err(
            InputError::new("is a Parquet file, not a game or a profile in TOML or JSON")
                .with_help(
                    "name it in a game file: influencers = { file = \"influencers.parquet\" }",
                )
                .in_file(name),
        );
    }
    if bytes.len() as u64 > MAX_TEXT {
        return Err(InputError::new("is larger than 1 GiB of text")
            .with_help("put the influencers into a Parquet file: influencers = { file = \"influencers.parquet\" }")
            .in_file(name));
    }
    match String::from_utf8(bytes) {
        Ok(text) if text.trim_start_matches('\u{feff}').trim().is_empty() => {
            Err(InputError::new("is empty")
                .with_help("the catalogue has games to start from, such as example-1-same-side")
                .in_file(name))
        }
        Ok(text) => Ok(Arc::from(text)),
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let start: Arc<str> = String::from_utf8_lossy(&error.as_bytes()[..valid]).into();
            Err(InputError::new(format!(
                "is not UTF-8 text: byte {valid} (from 0) starts no character"
            ))
            .with_help("save it as UTF-8")
            .in_file(name)
            .at(&start, valid..valid))
        }
    }
}
