//! `big completions`: completions for a shell.

use clap::{Args, Command};
use clap_complete::Shell;

use crate::failure::Failure;
use crate::output::{Outcome, print};

/// What to complete for.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments, mut line: Command) -> Result<Outcome, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut line, "big", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(Outcome::Answered)
}
