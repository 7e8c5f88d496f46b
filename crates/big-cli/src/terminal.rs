//! The terminal that somebody may be watching.

use std::cell::Cell;
use std::ffi::OsString;
use std::io::IsTerminal;
use std::sync::OnceLock;

use clap::ValueEnum;
use terminal_size::{Width, terminal_size_of};

/// When messages are coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What was chosen for this process: colours, and whether nothing is to be said that is no failure.
static CHOSEN: OnceLock<(Colour, bool)> = OnceLock::new();

/// Chooses, once.
pub(crate) fn choose(colour: Colour, quiet: bool) {
    CHOSEN.get_or_init(|| (colour, quiet));
}

/// Chooses colours by a command line that could not be understood: its complaint is coloured as it asks for.
pub(crate) fn choose_by(arguments: &[OsString]) {
    let text: Vec<_> = arguments.iter().map(|a| a.to_string_lossy()).collect();
    let after = |at: usize| text.get(at + 1).map(|word| &**word);
    let named = text
        .iter()
        .enumerate()
        .find_map(|(at, word)| match &**word {
            "--color" => after(at),
            word => word.strip_prefix("--color="),
        });
    let colour = named.and_then(|word| Colour::from_str(word, false).ok());
    choose(colour.unwrap_or(Colour::Auto), false);
}

/// Is nothing to be said that is no failure?
pub(crate) fn quiet() -> bool {
    CHOSEN.get().is_some_and(|(_, quiet)| *quiet)
}

/// May standard error be coloured?
pub(crate) fn colour_on_stderr() -> bool {
    wanted(&std::io::stderr())
}

/// May standard output be coloured?
pub(crate) fn colour_on_stdout() -> bool {
    wanted(&std::io::stdout())
}

fn wanted(stream: &impl IsTerminal) -> bool {
    match CHOSEN.get() {
        Some((Colour::Always, _)) => true,
        Some((Colour::Never, _)) => false,
        _ => std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()) && stream.is_terminal(),
    }
}

/// Tables are wrapped to no less than this.
const NARROWEST: u16 = 40;

thread_local! {
    /// Is the text that is made one for a file, which nobody reads at the width of this terminal?
    static FOR_FILE: Cell<bool> = const { Cell::new(false) };
}

/// A text that goes into a file: not as wide as a terminal, but as it needs.
pub(crate) fn for_file<T>(make: impl FnOnce() -> T) -> T {
    FOR_FILE.set(true);
    let made = make();
    FOR_FILE.set(false);
    made
}

/// How wide a table may be: what COLUMNS says, or else the terminal; as it needs where nobody watches.
pub(crate) fn columns() -> Option<u16> {
    if FOR_FILE.get() {
        return None;
    }
    let said = std::env::var("COLUMNS").ok();
    let said = said
        .and_then(|text| text.parse::<u16>().ok())
        .filter(|n| *n > 0);
    let stdout = std::io::stdout();
    let seen = || {
        let watched = stdout.is_terminal();
        watched.then(|| terminal_size_of(&stdout)).flatten()
    };
    let width = said.or_else(|| seen().map(|(Width(n), _)| n))?;
    Some(width.max(NARROWEST))
}
