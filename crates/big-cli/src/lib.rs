//! The program `big` as a library: parse arguments, call one function, print. No mathematics.
//!
//! The program itself is a line around [`program`]; whoever has a great many command lines to run, one after the other
//! and without a process for each, calls [`run`] with an `--output` file.

mod args;
mod commands;
mod failure;
mod json;
mod line;
mod options;
mod output;
mod progress;
mod terminal;
mod words;

use std::ffi::OsString;

use clap::CommandFactory;

use failure::Failure;
use line::{Refused, parsed};

/// The exit code of a program that was told to stop, as shells have it for Ctrl-C.
const STOPPED: i32 = 130;

/// The program: reads its arguments (without its name), sets up logging and threads, runs the command and tells its failure. Its exit
/// code. Ctrl-C ends the process, and what is half-written is removed first.
#[allow(clippy::exit)] // a handler of signals has nobody to return to
pub fn program(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    // Without the handler the program stops all the same, but for what it leaves behind.
    let _ = ctrlc::set_handler(|| {
        big_preference::command::end_commands();
        big_io::remove_partial_files();
        std::process::exit(STOPPED);
    });
    // What a decoder of others says of a damaged file is told by the error that it becomes.
    let told = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !big_io::is_guarded() {
            told(info);
        }
    }));
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    output::typed(&arguments);
    let result = parsed(&arguments).and_then(|(cli, outputs)| {
        cli.global.apply();
        // Reserved until the answer is written.
        let _outputs = outputs;
        Ok(commands::run(&cli.command, args::Cli::command())?)
    });
    terminal::choose_by(&arguments);
    match result {
        Ok(outcome) => outcome.code(),
        Err(Refused::Line(error)) => line::complain(&error),
        Err(Refused::Failed(failure)) => {
            failure.report();
            failure.code()
        }
    }
}

/// How a command line ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The exit code of the program: 0 answered, 1 a valid 'no', 2 bad usage or input, 3 a failure of the program.
    pub code: u8,
    /// What was wrong, where something was.
    pub message: Option<String>,
}

/// Runs one command line (without the program's name) in this process, on the threads that the caller has.
///
/// The answer goes where the program would put it: to standard output unless `--output` names a file. `--threads` and
/// `--verbose` are for a process of its own and do nothing here.
pub fn run<A: Into<OsString>>(arguments: impl IntoIterator<Item = A>) -> Ended {
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    let result = parsed(&arguments).and_then(|(cli, outputs)| {
        let _outputs = outputs;
        Ok(commands::run(&cli.command, args::Cli::command())?)
    });
    let result = result.map_err(|refused| match refused {
        Refused::Line(error) => Failure::Usage {
            message: error.to_string(),
            help: None,
        },
        Refused::Failed(failure) => failure,
    });
    match result {
        Ok(outcome) => Ended {
            code: outcome.code(),
            message: None,
        },
        Err(failure) => Ended {
            code: failure.code(),
            message: Some(failure.to_string()),
        },
    }
}
