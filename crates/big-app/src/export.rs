//! A finite game in another program's format.

use std::time::Duration;

use big_finite::{Budget, NfgError, write_nfg};
use big_io::Source;

use crate::error::{AppError, FiniteUse, Limit};
use crate::given::{finite_only, read};
use crate::monitor::Monitor;

/// What to export.
#[derive(Clone, Debug)]
pub struct Request {
    /// The game.
    pub game: Source,
    /// Refuse a table of more payoffs than this.
    pub most: u64,
    /// Stop after so long: then there is nothing.
    pub time_limit: Option<Duration>,
}

/// A game in Gambit's strategic form, with exact payoffs.
///
/// # Errors
/// When the game cannot be read, is no finite one, has too large a table, or the time was over.
pub fn nfg(request: &Request, monitor: &Monitor<'_>) -> Result<String, AppError> {
    let used = monitor.meter(request.time_limit);
    let given = read(&request.game, monitor)?;
    let (game, name) = finite_only(given, FiniteUse::Table)?;
    let title = name.unwrap_or_else(|| "game".into());
    let mut text = Vec::new();
    let budget = Budget::metered(&used);
    write_nfg(&game, &title, request.most, &budget, &mut text).map_err(|e| {
        let limit = match e {
            NfgError::Spent => Limit::Time,
            _ => Limit::Payoffs,
        };
        AppError::Limit(limit, e.to_string())
    })?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
