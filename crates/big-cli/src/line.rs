//! A command line: what it asks for, what it will write, and what is wrong with it.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;

use big_io::{Outputs, visible};
use clap::{ArgMatches, CommandFactory, FromArgMatches};

use crate::args::Cli;
use crate::failure::Failure;
use crate::options::{OutFile, Target};
use crate::output::print;
use crate::terminal::{colour_on_stderr, colour_on_stdout};

/// Why a command line was not answered.
pub(crate) enum Refused {
    /// It is not understood, or asks for help.
    Line(clap::Error),
    /// It was understood.
    Failed(Failure),
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// A command line (without the program's name) in types, and the files that it will write: reserved, so that they are not read.
pub(crate) fn parsed(arguments: &[OsString]) -> Result<(Cli, Outputs), Refused> {
    let name = std::iter::once(OsString::from("big"));
    let mut line = Cli::command();
    let typed = line.try_get_matches_from_mut(name.chain(arguments.iter().cloned()));
    let matches = typed.map_err(Refused::Line)?;
    let cli = Cli::from_arg_matches(&matches).map_err(|e| Refused::Line(e.format(&mut line)))?;
    let outputs = Outputs::reserve(written(&line, &matches)).map_err(Failure::Input)?;
    Ok((cli, outputs))
}

/// The files that a command line writes, each with its option: whatever is of a type that says so.
fn written<'m>(line: &clap::Command, matches: &'m ArgMatches) -> Vec<(String, &'m Path)> {
    let mut found = Vec::new();
    for id in matches.ids() {
        let of_type = |path: Option<&'m Path>| path.into_iter();
        // Asked for by another type than the option's, there is an error in place of a file.
        let target = matches.try_get_one::<Target>(id.as_str()).ok().flatten();
        let file = matches.try_get_one::<OutFile>(id.as_str()).ok().flatten();
        let paths = of_type(target.and_then(Target::file)).chain(of_type(file.map(|f| &**f)));
        let option = line.get_arguments().find(|a| a.get_id() == id);
        let long = option.and_then(|a| a.get_long()).unwrap_or(id.as_str());
        found.extend(paths.map(|path| (format!("--{long}"), path)));
    }
    if let Some((name, matches)) = matches.subcommand()
        && let Some(line) = line.find_subcommand(name)
    {
        found.extend(written(line, matches));
    }
    found
}

/// Tells what is wrong with a command line, or the help that it asks for. The exit code.
pub(crate) fn complain(error: &clap::Error) -> u8 {
    let styled = error.render();
    let plain = styled.to_string();
    let safe = visible(&plain);
    let dressed = |colour: bool| match colour && safe == plain {
        true => styled.ansi().to_string(),
        false => safe.to_string(),
    };
    if error.use_stderr() {
        // Standard error may be closed; there is nowhere left to say so.
        let _ = write!(std::io::stderr(), "{}", dressed(colour_on_stderr()));
        return 2;
    }
    match print(&dressed(colour_on_stdout())) {
        Ok(()) => 0,
        Err(failure) => {
            failure.report();
            failure.code()
        }
    }
}
