//! `big explore`: a page on which targets are dragged and the answer follows.

use std::io::Write;
use std::process::{Command, Stdio};

use big_app::Variant;
use big_explore::{ExploreError, Options, serve};
use big_io::Source;
use big_io::preference::{is_table, is_table_on_stdin};
use clap::Args;

use crate::failure::Failure;
use crate::output::Outcome;

/// What is explored, and where.
#[derive(Args)]
pub(crate) struct Arguments {
    /// A game file, or a table of comparisons to audit (.parquet, .jsonl, .csv)
    what: Option<String>,
    /// The port on this machine [default: any that is free]
    #[arg(long, value_name = "N", default_value_t = 0)]
    port: u16,
    /// Only say the page's address
    #[arg(long)]
    no_browser: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let (mut game, mut table) = (None, None);
    match &arguments.what {
        Some(what) if is_table(what) => {
            std::fs::metadata(what).map_err(|e| {
                Failure::usage(format!("{what} cannot be read: {e}"), "check the path")
            })?;
            table = Some(what.into());
        }
        Some(what) if what == "-" && is_table_on_stdin() => {
            return Err(Failure::usage(
                "standard input holds a table, and the page reads its table more than once",
                "put it into a file",
            ));
        }
        Some(what) => {
            let source = Source::game(what).hold()?;
            let text = source.read_text()?;
            // What is wrong with it is said here, before there is a page.
            let read = big_io::read_game(&source, &mut |_, _| {})?;
            Variant::refuse(&read.content, "a page")?;
            game = Some(text.to_string());
        }
        None => {}
    }
    let options = Options {
        port: arguments.port,
        game,
        table,
    };
    let ready = |address: &str| {
        let mut out = std::io::stdout();
        // Whoever started it may have gone: the page is served all the same.
        let _ = writeln!(out, "{address}").and_then(|()| out.flush());
        if !arguments.no_browser {
            open(address);
        }
    };
    match serve(options, ready) {
        Ok(()) => Ok(Outcome::Answered),
        Err(error @ ExploreError::Port(..)) => Err(Failure::usage(
            error.to_string(),
            "leave --port out, or name another",
        )),
        Err(error) => Err(Failure::Internal(error.to_string())),
    }
}

/// Opens the address in the browser, where there is one.
fn open(address: &str) {
    let program = if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    let quiet = Command::new(program)
        .arg(address)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if quiet.is_err() {
        tracing::info!("no browser was opened");
    }
}
