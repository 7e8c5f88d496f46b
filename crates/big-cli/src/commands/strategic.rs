//! `big strategic`: a small game by its payoff table.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use big_answer::strategic::{Concept, StrategicResult, names};
use big_app::strategic::{Request, strategic};
use big_finite::strategic::{ResponseGraph, StrategicGame};
use big_io::{Source, visible};
use clap::{Args, ValueEnum};
use serde_json::json;

use crate::failure::Failure;
use crate::options::{OutFile, ResultOptions, seconds};
use crate::output::{Outcome, put, write_file};
use crate::progress::watched;
use crate::words::{ROWS, count, number};

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
    graph: Option<OutFile>,
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
    let request = Request {
        game: Source::game(&arguments.game),
        concept: match arguments.concept {
            Kind::Pure => Concept::Pure,
            Kind::Mixed => Concept::Mixed,
            Kind::Correlated => Concept::Correlated,
            Kind::Coarse => Concept::CoarseCorrelated,
        },
        objective: arguments.objective.clone(),
        most: arguments.most,
        time_limit: arguments.time_limit,
        graph: arguments.graph.is_some(),
    };
    let found = watched(|monitor| strategic(&request, monitor))?;
    if let (Some(path), Some(graph)) = (&arguments.graph, &found.graph) {
        write_file(path, drawn(&found.game, graph, path)?.as_bytes())?;
    }
    put(&arguments.result, &found.result, text)?;
    Ok(Outcome::Answered)
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
    let escaped = |text: String| {
        let text = visible(&text);
        text.replace('\\', "\\\\").replace('"', "\\\"")
    };
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
        text += &format!("{}\n", result.verdict);
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
        text += &format!("{}\n", result.verdict);
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
        text += &format!("{}\n", result.verdict);
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
