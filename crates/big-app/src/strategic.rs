//! Which equilibria does a small game have by its payoff table, and where does better response lead?

use std::time::Duration;

use big_answer::finite::rounded;
use big_answer::strategic::{
    Concept, CorrelatedResult, GraphResult, MixedResult, PureResult, StrategicResult,
};
use big_answer::words::number;
use big_finite::FiniteGame;
use big_finite::strategic::{
    MixedEquilibrium, Objective, ResponseGraph, StrategicGame, correlated, mixed, response_graph,
};
use big_io::{Source, is_nfg, nfg_from_text};

use crate::error::{AppError, FiniteUse, Limit};
use crate::given::{finite_only, read};
use crate::monitor::Monitor;

/// The most pairs of supports that are gone through.
const MOST_SUPPORTS: u64 = 2_000_000;

/// What to find in a table.
#[derive(Clone, Debug)]
pub struct Request {
    /// A finite game, or any game in Gambit's strategic form.
    pub game: Source,
    /// Which equilibria.
    pub concept: Concept,
    /// Correlated and coarse correlated: `best` or `worst` by the sum of payoffs, or the name of the player to favour.
    pub objective: String,
    /// Refuse a table of more payoffs than this.
    pub most: u64,
    /// Stop after so long.
    pub time_limit: Option<Duration>,
    /// The graph of better responses too?
    pub graph: bool,
}

/// The answer, with the table and the graph that it is about.
#[derive(Debug)]
pub struct Found {
    /// The game.
    pub game: StrategicGame,
    /// The graph of better responses, where it was asked for.
    pub graph: Option<ResponseGraph>,
    /// The answer.
    pub result: StrategicResult,
}

/// Finds the equilibria of a game by its payoff table.
///
/// # Errors
/// When the game cannot be read, is none with a table, or the table is too large; when the search is not over in time.
pub fn strategic(request: &Request, monitor: &Monitor<'_>) -> Result<Found, AppError> {
    let (name, game, source) = table(request, monitor)?;
    let mut result = StrategicResult::new(name, request.concept, &game);
    match request.concept {
        Concept::Pure => {
            let pure = game.pure().into_iter().map(|p| PureResult::new(&game, p));
            result.pure = Some(pure.collect());
        }
        Concept::Mixed => {
            let found = mixtures(&game, source.as_ref())?;
            result.mixed = Some(found.iter().map(|m| MixedResult::new(&game, m)).collect());
        }
        Concept::Correlated => {
            let concept = big_finite::strategic::Concept::Correlated;
            result.correlated = Some(program(request, &game, concept, monitor)?);
        }
        Concept::CoarseCorrelated => {
            let concept = big_finite::strategic::Concept::Coarse;
            result.correlated = Some(program(request, &game, concept, monitor)?);
        }
    }
    let graph = request.graph.then(|| response_graph(&game));
    result.graph = graph.as_ref().map(|graph| GraphResult::new(&game, graph));
    Ok(Found {
        game,
        graph,
        result: result.worded(),
    })
}

/// The game's name, its table, and the game of subsets that it came from.
type Tabled = (Option<String>, StrategicGame, Option<FiniteGame>);

/// The game as a table, from either kind of file.
fn table(request: &Request, monitor: &Monitor<'_>) -> Result<Tabled, AppError> {
    let source = request.game.clone().hold()?;
    if !matches!(source, Source::Game(_)) {
        let text = source.read_text()?;
        if is_nfg(&text) {
            let file = nfg_from_text(&source.name(), &text, request.most)?;
            return Ok((Some(file.title).filter(|t| !t.is_empty()), file.game, None));
        }
    }
    let given = read(&source, monitor)?;
    let (game, name) = finite_only(given, FiniteUse::Table)?;
    let table = StrategicGame::of_finite(&game, request.most)
        .map_err(|e| AppError::Limit(Limit::Payoffs, e.to_string()))?;
    Ok((name, table, Some(game)))
}

/// The mixed equilibria: of two players by the table, of more by the means where there are any.
fn mixtures(
    game: &StrategicGame,
    source: Option<&FiniteGame>,
) -> Result<Vec<MixedEquilibrium>, AppError> {
    let refused = |e: String| AppError::Limit(Limit::Supports, e);
    match source.filter(|_| game.players().len() != 2) {
        Some(source) => {
            let found = big_finite::mixed_profiles(source, MOST_SUPPORTS);
            let found = found.map_err(|e| refused(e.to_string()))?;
            Ok(found
                .iter()
                .map(|m| MixedEquilibrium::of_finite(game, m))
                .collect())
        }
        None => mixed(game, MOST_SUPPORTS).map_err(|e| refused(e.to_string())),
    }
}

/// The best or the worst distribution.
fn program(
    request: &Request,
    game: &StrategicGame,
    concept: big_finite::strategic::Concept,
    monitor: &Monitor<'_>,
) -> Result<CorrelatedResult, AppError> {
    let asked = request.objective.as_str();
    let player = game.players().iter().position(|name| name == asked);
    let objective = match (asked, player) {
        (_, Some(player)) => Objective::Player(player),
        ("best", None) => Objective::Best,
        ("worst", None) => Objective::Worst,
        _ => {
            return Err(AppError::unfit(
                format!("there is no player '{asked}'"),
                format!(
                    "the objective is best, worst, or one of: {}",
                    game.players().join(", ")
                ),
            ));
        }
    };
    let used = monitor.meter(request.time_limit);
    let found = correlated(game, concept, objective, &mut || used() >= 1.0).map_err(|stopped| {
        AppError::Limit(
            Limit::Time,
            format!(
                "the time limit ended before an equilibrium was found; none is beyond {}",
                number(rounded(&stopped.bound))
            ),
        )
    })?;
    Ok(CorrelatedResult::new(
        game,
        asked.into(),
        &found,
        &game.pure(),
    ))
}
