//! Who gains by acting together?

use std::time::Duration;

use big_answer::coalitions::CoalitionsResult;
use big_game::coalitions::{Search, coalitions as search};
use big_io::{Content, Source};

use crate::digits::solved;
use crate::error::{AppError, Variant};
use crate::given::read;
use crate::monitor::Monitor;

/// What to look for.
#[derive(Clone, Debug)]
pub struct Request {
    /// The game.
    pub game: Source,
    /// Groups of 2 to so many.
    pub size: usize,
    /// So many of each kind are listed.
    pub limit: usize,
    /// Stop after so long.
    pub time_limit: Option<Duration>,
}

impl Request {
    /// Pairs, the first 100 of each kind.
    pub fn new(game: Source) -> Self {
        Self {
            game,
            size: 2,
            limit: 100,
            time_limit: None,
        }
    }
}

/// Looks at the groups of a game on convex sets.
///
/// ```
/// # use big_app::{AppError, Monitor};
/// # use big_io::Source;
/// use big_app::coalitions::{Request, coalitions};
///
/// let request = Request::new(Source::game("example-1-same-side"));
/// assert!(coalitions(&request, &Monitor::default())?.complete);
/// # Ok::<(), AppError>(())
/// ```
///
/// # Errors
/// When the game cannot be read or solved, is finite, or has the inner-product loss.
pub fn coalitions(request: &Request, monitor: &Monitor<'_>) -> Result<CoalitionsResult, AppError> {
    let used = monitor.meter(request.time_limit);
    if request.size < 2 {
        return Err(AppError::unfit(
            format!("a group of {} does not act together", request.size),
            "ask for groups of 2 or more",
        ));
    }
    let given = read(&request.game, monitor)?;
    Variant::refuse(&given.game.content, "a coalition")?;
    let Content::Continuous(game) = given.game.content else {
        return Err(AppError::unfit(
            format!(
                "{}: coalitions are looked for in games on convex sets",
                given.file
            ),
            "give the influencers a polytope of the items as `vertices`",
        ));
    };
    let equilibrium = solved(game.alone(), &monitor.options(), &given.file)?;
    let keep_going = || used() < 1.0;
    let options = Search {
        size: request.size,
        listed: request.limit,
        keep_going: &keep_going,
    };
    let Some(found) = search(&game, &equilibrium, &options) else {
        return Err(AppError::unfit(
            format!(
                "{}: coalitions need the loss \"squared_euclidean\"",
                given.file
            ),
            "under the inner product everybody has a dominant action, whatever the others do",
        ));
    };
    let asked = (request.size, request.limit);
    Ok(CoalitionsResult::new(given.game.name, &game, found, asked))
}
