//! `big examples`: the catalogue.

use std::path::PathBuf;

use big_io::catalogue::{self, Entry};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::failure::Failure;
use crate::output::{Outcome, print, print_json, write_file};

/// What to do with the catalogue.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Subcommand)]
enum Action {
    /// List all games
    List {
        /// JSON for programs: each game's `id`, `title`, what it is `about`, its `source`
        #[arg(long)]
        json: bool,
    },
    /// Print a game file
    Show {
        /// The game's id
        id: String,
    },
    /// Write a game file into a folder
    Write {
        /// The game's id; all of them when left out
        id: Option<String>,
        /// The folder
        #[arg(long, value_name = "DIR", default_value = ".")]
        to: PathBuf,
        /// Replace files that are there
        #[arg(long)]
        force: bool,
    },
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let listed = Action::List { json: false };
    match arguments.action.as_ref().unwrap_or(&listed) {
        Action::List { json: true } => {
            let about = |e: &Entry| json!({ "id": e.id, "title": e.title, "about": e.about, "source": e.source });
            print_json(&catalogue::all().iter().map(about).collect::<Vec<_>>())?;
        }
        Action::List { json: false } => print(&list())?,
        Action::Show { id } => print(find(id)?.text)?,
        Action::Write { id, to, force } => {
            let entries: Vec<&Entry> = match id {
                Some(id) => vec![find(id)?],
                None => catalogue::all().iter().collect(),
            };
            for entry in entries {
                let path = to.join(format!("{}.toml", entry.id));
                if path.exists() && !force {
                    return Err(Failure::usage(
                        format!("{} is there already", path.display()),
                        "--force replaces it; --to DIR writes elsewhere",
                    ));
                }
                write_file(&path, entry.text.as_bytes())?;
                print(&format!("{}\n", path.display()))?;
            }
        }
    }
    Ok(Outcome::Answered)
}

fn list() -> String {
    let width = catalogue::all()
        .iter()
        .map(|e| e.id.len())
        .max()
        .unwrap_or(0);
    let mut text = String::new();
    for entry in catalogue::all() {
        text += &format!("{:width$}  {}\n", entry.id, entry.title);
    }
    text + "\n`big examples show ID` prints a game file, `big examples write ID` makes one.\n"
}

fn find(id: &str) -> Result<&'static Entry, Failure> {
    catalogue::get(id).ok_or_else(|| {
        Failure::usage(
            format!("there is no example '{id}'"),
            "`big examples list` names them all",
        )
    })
}
