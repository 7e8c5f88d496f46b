//! What `plot` and `report` are given: a game, a table of comparisons, or what another command answered.

use big_app::picture::{Subject, subject};
use big_io::Source;
use big_io::preference::{is_table, is_table_on_stdin};

use super::prefs::Picturing;
use crate::failure::Failure;
use crate::progress::watched;

/// Reads a game (and solves it), a table of comparisons (and fits it, and if `compared` other models too), or a result
/// (and makes it again).
pub(crate) fn load(argument: &str, how: &Picturing, compared: bool) -> Result<Subject, Failure> {
    if is_table(argument) || argument == "-" && is_table_on_stdin() {
        return Ok(Subject::Story(how.picture(argument, compared)?));
    }
    how.refuse()?;
    let source = Source::game(argument);
    Ok(watched(|monitor| subject(source, monitor))?)
}
