//! Answers about games by their payoff table.

use big_answer::strategic::{MixedResult, ShareResult, StrategicResult};
use big_answer::words::number;

use super::games::ranking;
use super::{Story, table};
use crate::figure::Figure;
use crate::html::{Cell, Table};

/// Equilibria of a game by its payoff table.
pub(super) fn strategic(result: &StrategicResult) -> Story {
    let mut tables = Vec::new();
    let mut figures: Vec<Box<dyn Figure>> = Vec::new();
    let columns = |first: &[&str]| -> Vec<String> {
        let payoffs = result
            .players
            .iter()
            .map(|name| format!("payoff of {name}"));
        first
            .iter()
            .map(|c| (*c).to_owned())
            .chain(payoffs)
            .collect()
    };
    let listed = |caption: &str, columns: Vec<String>, rows: Vec<Vec<Cell>>| -> Table {
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        table(caption, "", &columns, rows.into_iter())
    };
    if let Some(pure) = &result.pure {
        let rows = pure.iter().map(|one| {
            let strategies = Cell::Text(one.strategies.join(" | "));
            std::iter::once(strategies)
                .chain(numbers(&one.payoffs))
                .collect()
        });
        tables.push(listed(
            "The pure equilibria",
            columns(&["strategies"]),
            rows.collect(),
        ));
    }
    if let Some(mixed) = &result.mixed {
        let rows = mixed.iter().map(|one| {
            let mixtures = Cell::Text(mixtures(one));
            std::iter::once(mixtures)
                .chain(numbers(&one.payoffs))
                .collect()
        });
        tables.push(listed(
            "The equilibria",
            columns(&["mixtures"]),
            rows.collect(),
        ));
    }
    if let Some(found) = &result.correlated {
        let rows = found.distribution.iter().map(|one| {
            vec![
                Cell::Text(one.strategies.join(" | ")),
                Cell::Number(one.probability),
                Cell::Text(one.exact.clone()),
            ]
        });
        let columns = ["strategies", "probability", "exactly"];
        tables.push(table("What is played, and how often", "", &columns, rows));
        let bars = found
            .distribution
            .iter()
            .map(|one| (one.strategies.join(" | "), one.probability));
        figures.push(ranking(
            "What is played, and how often",
            "probability",
            bars,
        ));
    }
    let mut paragraphs = vec![format!(
        "Payoffs are compared in exact fractions. The greatest sum of payoffs of all profiles is {}.",
        number(result.greatest_welfare)
    )];
    if let Some(graph) = &result.graph {
        paragraphs.push(if graph.acyclic {
            "Better responses make no cycle: play ends at a pure equilibrium, whatever the order of moves.".into()
        } else {
            format!(
                "Better responses make cycles; there are {} sets of profiles that play cannot leave.",
                graph.sink_count
            )
        });
    }
    Story {
        title: result
            .name
            .clone()
            .unwrap_or_else(|| "A game by its payoff table".into()),
        lead: result.verdict.clone(),
        paragraphs,
        figures,
        tables,
    }
}

fn numbers(values: &[f64]) -> impl Iterator<Item = Cell> + '_ {
    values.iter().map(|v| Cell::Number(*v))
}

fn mixtures(one: &MixedResult) -> String {
    let share = |s: &ShareResult| match s.exact.as_str() {
        "1" => s.strategy.clone(),
        exact => format!("{exact} of {}", s.strategy),
    };
    let mixture = |m: &Vec<ShareResult>| m.iter().map(share).collect::<Vec<_>>().join(" and ");
    one.mixtures
        .iter()
        .map(mixture)
        .collect::<Vec<_>>()
        .join(" | ")
}
