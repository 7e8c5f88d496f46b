//! `big man`: manual pages.

use std::path::{Path, PathBuf};

use clap::{Args, Command};
use clap_mangen::Man;

use crate::failure::Failure;
use crate::output::{Outcome, print, write_file};

/// Where the pages go.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The folder (one that is there) to write a page into for the program and each of its commands; without it the program's page
    /// is printed: `big man | man -l -`
    folder: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments, line: Command) -> Result<Outcome, Failure> {
    // `big help` repeats all the others.
    let mut line = line.disable_help_subcommand(true);
    line.build();
    match &arguments.folder {
        Some(folder) => write(&line, folder)?,
        None => print(&String::from_utf8_lossy(&page(&Man::new(line))?))?,
    }
    Ok(Outcome::Answered)
}

/// Writes the page of a command and those of the commands below it.
fn write(command: &Command, folder: &Path) -> Result<(), Failure> {
    let man = Man::new(command.clone());
    write_file(&folder.join(man.get_filename()), &page(&man)?)?;
    let below = command.get_subcommands().filter(|c| !c.is_hide_set());
    below
        .into_iter()
        .try_for_each(|command| write(command, folder))
}

fn page(man: &Man) -> Result<Vec<u8>, Failure> {
    let mut page = Vec::new();
    man.render(&mut page)
        .map_err(|e| Failure::Internal(format!("a manual page cannot be made: {e}")))?;
    Ok(page)
}
