//! The program `big`: parse arguments, call one function, print. No mathematics.

mod args;
mod commands;
mod failure;
mod json;
mod output;
mod progress;
mod words;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let cli = args::Cli::parse();
    cli.global.apply();
    match commands::run(&cli.command) {
        Ok(outcome) => outcome.into(),
        Err(failure) => {
            failure.report();
            failure.code()
        }
    }
}
