//! The program `big`.

use std::process::{ExitCode, exit};

/// The exit code of a program that was told to stop, as shells have it for Ctrl-C.
const STOPPED: i32 = 130;

fn main() -> ExitCode {
    // Without the handler the program stops all the same, but for what it leaves behind.
    let _ = ctrlc::set_handler(|| {
        big_io::remove_partial_files();
        exit(STOPPED);
    });
    big_cli::main()
}
