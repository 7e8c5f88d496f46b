//! `big strategic`: a small game by its payoff table.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use big_answer::strategic::{
    CorrelatedResult, GraphResult, MixedResult, PureResult, StrategicResult, names,
};
use big_app::{FiniteUse, Monitor, finite_only, read};
use big_game::finite::{self, FiniteGame};
use big_game::strategic::{
    Concept, MixedEquilibrium, Objective, ResponseGraph, StrategicGame, correlated, mixed,
    response_graph,
};
use big_io::{Source, is_nfg, nfg_from_text};
use clap::{Args, ValueEnum};
use serde_json::json;

use crate::failure::Failure;
use crate::options::{ResultOptions, seconds};
use crate::output::{Outcome, put, write_file};
use crate::progress::watched;
use crate::words::{ROWS, count, number};

/// The most pairs of supports that are gone through.
const MOST_SUPPORTS: u64 = 2_000_000;

/// What to find in the table.
#[derive(Args)]
pub(crate) struct Arguments {
    /// A finite game (TOML or JSON), or any game in strategic form (Gambit's .nfg); `-` for standard input
    game: String,
    /// Which equilibria
    #[arg(long, value_enum, default_value = "pure")]
    concept: Kind,
    /// Correlated and coarse correlated: `best` or `worst` by the sum of payoffs, or the name of the player to favour
    #[arg(long, value_name = "WHAT", default_value = "best")]
    objective: String,
    /// Write the graph of better responses here: JSON by the ending .json, and otherwise DOT
    #[arg(long, value_name = "FILE")]
    graph: Option<PathBuf>,
    /// Refuse a table of more payoffs than this
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    most: u64,
    /// Stop after so many seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    time_limit: Option<Duration>,
    #[command(flatten)]
    result: ResultOptions,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Nobody gains by another strategy: all of them
    Pure,
    /// Mixtures, each player's by itself: all whose supports determine them (.nfg: of two players)
    Mixed,
    /// Nobody gains by playing anything but what it is told: the best or the worst
    Correlated,
    /// Nobody gains by deciding beforehand on one strategy: the best or the worst
    Coarse,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let (name, game, source) = table(arguments)?;
    let concept = match arguments.concept {
        Kind::Pure => "pure",
        Kind::Mixed => "mixed",
        Kind::Correlated => "correlated",
        Kind::Coarse => "coarse_correlated",
    };
    let mut result = StrategicResult::new(name, concept, &game);
    match arguments.concept {
        Kind::Pure => {
            let pure = game.pure().into_iter().map(|p| PureResult::new(&game, p));
            result.pure = Some(pure.collect());
        }
        Kind::Mixed => {
            let found = mixtures(&game, source.as_ref())?;
            result.mixed = Some(found.iter().map(|m| MixedResult::new(&game, m)).collect());
        }
        Kind::Correlated => {
            result.correlated = Some(program(arguments, &game, Concept::Correlated)?)
        }
        Kind::Coarse => result.correlated = Some(program(arguments, &game, Concept::Coarse)?),
    }
    if let Some(path) = &arguments.graph {
        let graph = response_graph(&game);
        result.graph = Some(GraphResult::new(&game, &graph));
        write_file(path, drawn(&game, &graph, path)?.as_bytes())?;
    }
    put(&arguments.result, &result, text)?;
    Ok(Outcome::Answered)
}

/// The game's name, its table, and the game of subsets that it came from.
type Tabled = (Option<String>, StrategicGame, Option<FiniteGame>);

/// The game as a table, from either kind of file.
fn table(arguments: &Arguments) -> Result<Tabled, Failure> {
    let source = Source::parse(&arguments.game).hold()?;
    let (named, text) = (source.name(), source.read_text()?);
    if is_nfg(&text) {
        let file = nfg_from_text(&named, &text, arguments.most)?;
        return Ok((Some(file.title).filter(|t| !t.is_empty()), file.game, None));
    }
    let given = watched(|monitor| read(&source, monitor))?;
    let (game, name) = finite_only(given, FiniteUse::Table)?;
    let table = StrategicGame::of_finite(&game, arguments.most).map_err(|e| {
        Failure::usage(
            e.to_string(),
            "`big enumerate` needs no table for pure equilibria; --most sets the limit",
        )
    })?;
    Ok((name, table, Some(game)))
}

/// The mixed equilibria: of two players by the table, of more by the means where there are any.
fn mixtures(
    game: &StrategicGame,
    source: Option<&FiniteGame>,
) -> Result<Vec<MixedEquilibrium>, Failure> {
    let refused = |e: String| Failure::usage(e, "ask for --concept correlated");
    match source.filter(|_| game.players().len() != 2) {
        Some(source) => {
            let found = finite::mixed_profiles(source, MOST_SUPPORTS);
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
    arguments: &Arguments,
    game: &StrategicGame,
    concept: Concept,
) -> Result<CorrelatedResult, Failure> {
    let asked = arguments.objective.as_str();
    let player = game.players().iter().position(|name| name == asked);
    let objective = match (asked, player) {
        (_, Some(player)) => Objective::Player(player),
        ("best", None) => Objective::Best,
        ("worst", None) => Objective::Worst,
        _ => {
            return Err(Failure::usage(
                format!("there is no player '{asked}'"),
                format!(
                    "--objective is best, worst, or one of: {}",
                    game.players().join(", ")
                ),
            ));
        }
    };
    let used = Monitor::default().meter(arguments.time_limit);
    let over = || used() >= 1.0;
    let found = correlated(game, concept, objective, &mut || over()).map_err(|stopped| {
        Failure::usage(
            format!(
                "the time limit ended before an equilibrium was found; none is beyond {}",
                number(big_answer::finite::rounded(&stopped.bound))
            ),
            "--time-limit allows more",
        )
    })?;
    Ok(CorrelatedResult::new(
        game,
        asked.into(),
        &found,
        &game.pure(),
    ))
}

/// The graph as DOT or JSON.
fn drawn(game: &StrategicGame, graph: &ResponseGraph, path: &Path) -> Result<String, Failure> {
    let label = |p: usize| names(game, p).join(" | ");
    let sink = |p: usize| graph.sinks.iter().any(|s| s.binary_search(&p).is_ok());
    if path.extension().is_some_and(|e| e == "json") {
        let nodes =
            (0..graph.nodes()).map(|p| json!({ "strategies": names(game, p), "sink": sink(p) }));
        let edges = (0..graph.nodes()).flat_map(|p| {
            let moves = graph.moves(p).iter();
            moves.map(move |&(i, q)| json!({ "from": p, "to": q, "player": i }))
        });
        let all = json!({ "nodes": nodes.collect::<Vec<_>>(), "edges": edges.collect::<Vec<_>>() });
        return serde_json::to_string(&all).map_err(|e| Failure::Internal(e.to_string()));
    }
    let escaped = |text: String| text.replace('\\', "\\\\").replace('"', "\\\"");
    let mut text = String::from("digraph responses {\n");
    for p in 0..graph.nodes() {
        let shape = if sink(p) { ", peripheries=2" } else { "" };
        // Writing to a text cannot fail.
        let _ = writeln!(text, "  {p} [label=\"{}\"{shape}];", escaped(label(p)));
    }
    for p in 0..graph.nodes() {
        for &(i, q) in graph.moves(p) {
            let player = escaped(game.players()[i].clone());
            let _ = writeln!(text, "  {p} -> {q} [label=\"{player}\"];");
        }
    }
    text.push_str("}\n");
    Ok(text)
}

fn vector(values: &[f64]) -> String {
    let all: Vec<String> = values.iter().map(|v| number(*v)).collect();
    all.join(", ")
}

fn text(result: &StrategicResult) -> String {
    let mut text = String::new();
    if let Some(name) = &result.name {
        text += &format!("{name}\n\n");
    }
    if let Some(pure) = &result.pure {
        for one in pure.iter().take(ROWS) {
            text += &format!(
                "({})  payoffs {}\n",
                one.strategies.join(" | "),
                vector(&one.payoffs)
            );
        }
        more(&mut text, pure.len());
        text += &format!(
            "{} among {}.\n",
            match pure.len() {
                1 => "1 pure equilibrium".into(),
                n => format!("{n} pure equilibria"),
            },
            count(result.profiles, "profile")
        );
    }
    if let Some(mixed) = &result.mixed {
        for one in mixed.iter().take(ROWS) {
            let mixtures = one.mixtures.iter().map(|mixture| {
                let shares = mixture.iter().map(|s| match s.exact.as_str() {
                    "1" => s.strategy.clone(),
                    share if share.len() < 12 => format!("{share} of {}", s.strategy),
                    _ => format!("{} of {}", number(s.probability), s.strategy),
                });
                shares.collect::<Vec<_>>().join(" and ")
            });
            let mixtures: Vec<String> = mixtures.collect();
            text += &format!(
                "({})  payoffs {}\n",
                mixtures.join(" | "),
                vector(&one.payoffs)
            );
        }
        more(&mut text, mixed.len());
        text += &format!(
            "{} whose supports determine them, pure ones among them: all, unless the game is degenerate.\n",
            match mixed.len() {
                1 => "1 equilibrium".into(),
                n => format!("{n} equilibria"),
            }
        );
    }
    if let Some(found) = &result.correlated {
        for one in found.distribution.iter().take(ROWS) {
            text += &format!(
                "{}  ({})\n",
                number(one.probability),
                one.strategies.join(" | ")
            );
        }
        more(&mut text, found.distribution.len());
        let kind = match result.concept.as_str() {
            "correlated" => "correlated",
            _ => "coarse correlated",
        };
        let what = match found.objective.as_str() {
            "best" => "the greatest sum of payoffs".into(),
            "worst" => "the least sum of payoffs".into(),
            player => format!("the greatest payoff of '{player}'"),
        };
        text += &format!(
            "The {kind} equilibrium with {what}: {}, exactly and proven. Payoffs {}.\n",
            number(found.value),
            vector(&found.payoffs)
        );
        if found.mixture_of_pure {
            text += "It is a mixture of pure equilibria.\n";
        }
    }
    text += &format!(
        "The greatest sum of payoffs of all profiles is {}.\n",
        number(result.greatest_welfare)
    );
    if let Some(graph) = &result.graph {
        text += &format!(
            "Better responses: {}, {}; {} that play cannot leave. {}\n",
            count(graph.nodes, "profile"),
            count(graph.edges, "move"),
            count(graph.sink_count, "set"),
            if graph.acyclic {
                "There is no cycle: play ends at a pure equilibrium, whatever the order of moves."
            } else {
                "There are cycles."
            }
        );
    }
    text
}

fn more(text: &mut String, all: usize) {
    if all > ROWS {
        *text += &format!("… and {} more; --json gives them all\n", all - ROWS);
    }
}
