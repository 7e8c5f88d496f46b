//! The terminal that somebody may be watching.

use std::io::IsTerminal;

/// May standard error be coloured?
pub(crate) fn colour_on_stderr() -> bool {
    wants_colour() && std::io::stderr().is_terminal()
}

fn wants_colour() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
