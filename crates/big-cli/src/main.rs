//! The program `big`: parse arguments, call one function, print. No mathematics.

mod args;
mod commands;
mod failure;
mod json;
mod output;
mod progress;
mod words;

use std::process::{ExitCode, exit};

use clap::Parser;

/// The exit code of a program that was told to stop, as shells have it for Ctrl-C.
const STOPPED: i32 = 130;

fn main() -> ExitCode {
    let cli = args::Cli::parse();
    cli.global.apply();
    // Without the handler the program stops all the same, but for what it leaves behind.
    let _ = ctrlc::set_handler(|| {
        big_io::remove_partial_files();
        exit(STOPPED);
    });
    match commands::run(&cli.command) {
        Ok(outcome) => outcome.into(),
        Err(failure) => {
            failure.report();
            failure.code()
        }
    }
}
