//! Options that several commands share.

use std::ffi::OsString;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

#[cfg(feature = "figures")]
use big_report::Theme;
use clap::{Args, ValueEnum};

/// How a result is put out.
#[derive(Args)]
pub(crate) struct ResultOptions {
    /// JSON for programs instead of text for people
    #[arg(long)]
    pub(crate) json: bool,
    /// Write the result here instead of to standard output (`-`)
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<Target>,
}

/// Where an option puts a result: a file, or standard output, written `-`. What has this type, or [`OutFile`], is found on the
/// command line before anything is read, and not read from.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// Standard output.
    Stdout,
    /// A file.
    File(PathBuf),
}

impl From<OsString> for Target {
    fn from(argument: OsString) -> Self {
        match argument == "-" {
            true => Self::Stdout,
            false => Self::File(argument.into()),
        }
    }
}

impl Target {
    /// The file, where it is one.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Self::Stdout => None,
            Self::File(path) => Some(path),
        }
    }
}

/// On which paper figures and pages are.
#[cfg(feature = "figures")]
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Paper {
    /// White
    Light,
    /// Dark
    Dark,
    /// As whoever looks at it prefers
    Auto,
}

#[cfg(feature = "figures")]
impl Paper {
    /// The same for a figure.
    pub(crate) fn theme(self) -> Theme {
        match self {
            Self::Light => Theme::Light,
            Self::Dark => Theme::Dark,
            Self::Auto => Theme::Auto,
        }
    }
}

/// A file that an option writes beside the result; never standard output.
#[derive(Clone, Debug)]
pub(crate) struct OutFile(PathBuf);

impl FromStr for OutFile {
    type Err = &'static str;

    fn from_str(argument: &str) -> Result<Self, Self::Err> {
        match argument {
            "-" => Err(
                "this goes to a file: standard output holds the result (a file of this name is ./-)",
            ),
            path => Ok(Self(path.into())),
        }
    }
}

impl Deref for OutFile {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

/// A choice of solver.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Method {
    /// The one that fits the game
    Auto,
    /// Boxes and scalar weights: a selection, coordinate by coordinate
    Separable,
    /// Balls and scalar weights: Newton's method on the dual
    Ball,
    /// Everything: an active-set method on the dual
    Decomposition,
    /// Everything: a general conic solver, for comparison
    Reference,
    /// Games with costs of lying, everything: Newton's method on the dual
    Newton,
}

/// A choice among many equilibria.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Select {
    /// The one nearest to the targets
    LeastExaggerated,
    /// The one of least norm
    LeastNorm,
    /// A vertex of the set
    Vertex,
}

/// A number of seconds.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .and_then(|s| Duration::try_from_secs_f64(s).ok())
        .ok_or_else(|| "give a number of seconds".into())
}

/// A number of seconds in which something can happen.
pub(crate) fn some_seconds(text: &str) -> Result<Duration, String> {
    match seconds(text) {
        Ok(time) if !time.is_zero() => Ok(time),
        _ => Err("give a number of seconds above 0".into()),
    }
}

/// A number that is not negative.
pub(crate) fn non_negative(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value >= 0.0 && value.is_finite() => Ok(value),
        _ => Err("give a number that is not negative".into()),
    }
}
