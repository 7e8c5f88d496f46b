//! The program `big`.

use std::process::ExitCode;

fn main() -> ExitCode {
    big_cli::program(std::env::args_os().skip(1)).into()
}
