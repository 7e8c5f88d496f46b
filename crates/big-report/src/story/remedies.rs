//! Answers about remedies: who gains by acting together, and rules that resist lies.

use big_answer::coalitions::{CoalitionsResult, JointResult};
use big_answer::mechanisms::{MechanismsResult, Strategyproof};

use super::{Story, table};
use crate::figure::{Figure, NamedPoint, ScatterFigure};
use crate::html::{Cell, Table};

/// The order in which what was found is listed.
const FOUND: &str = "by what all members gain at least, the most first";

/// Where the column of what two gain by lying together stands.
const TOGETHER: usize = 5;

/// Who gains by acting together.
pub(super) fn coalitions(result: &CoalitionsResult) -> Story {
    let listed = |caption: &str, order: &str, all: &[JointResult]| -> Option<Table> {
        let rows = all.iter().map(|joint| {
            vec![
                Cell::Text(result.who(joint)),
                Cell::Point(joint.gains.clone()),
                Cell::Point(joint.receiver.clone()),
            ]
        });
        (!all.is_empty())
            .then(|| table(caption, order, &["members", "each gains", "receiver"], rows))
    };
    Story {
        title: result.name.clone().unwrap_or_else(|| "Coalitions".into()),
        lead: result.verdict.clone(),
        paragraphs: vec![
            "A deviation: the members change their actions together while the others stay. A merger: they play on as one, for \
             the sum of their losses, and everybody answers. Every gain is a difference of exact losses."
                .into(),
        ],
        figures: Vec::new(),
        tables: [
            listed("Deviations", FOUND, &result.deviations),
            listed("Mergers", FOUND, &result.mergers),
            listed(
                "The coalitions of the game",
                "in the order of the game",
                &result.declared),
        ]
        .into_iter()
        .flatten()
        .collect(),
    }
}

/// Rules that resist lies.
pub(super) fn mechanisms(result: &MechanismsResult) -> Story {
    let optional = |v: Option<f64>| v.map_or_else(|| Cell::from("unknown"), Cell::Number);
    let rows = result.mechanisms.iter().map(|m| {
        let mut row = vec![
            Cell::from(m.name.as_str()),
            Cell::Point(m.outcome.clone()),
            Cell::from(match m.strategyproof {
                Strategyproof::Proved => "proved",
                Strategyproof::No => "no",
                Strategyproof::Unknown => "unknown",
            }),
            Cell::Number(m.largest_gain.found),
            optional(m.largest_gain.bound),
            optional(m.distortion),
            optional(m.resilience),
            Cell::Number(m.breakdown),
            optional(m.efficiency),
        ];
        if let Some(two) = &m.coalition_gain {
            row.insert(TOGETHER, Cell::Number(two.found));
        }
        row
    });
    let mut columns = vec![
        "rule",
        "honest outcome",
        "truth is best",
        "a lie gains",
        "at most",
        "distortion",
        "resilience",
        "breakdown",
        "efficiency",
    ];
    if result.labels.is_none() {
        columns.insert(TOGETHER, "two gain");
    }
    let points = result.mechanisms.iter().filter_map(|m| {
        Some(NamedPoint {
            name: m.name.clone(),
            x: m.efficiency?,
            y: (m.largest_gain.found, m.largest_gain.bound),
            marked: m.strategyproof == Strategyproof::Proved,
        })
    });
    let (usual, measured) = match result.labels {
        Some(_) => (
            "the pooled estimate",
            "on tables that honest annotators would have made",
        ),
        None => ("the mean", "under honest noise"),
    };
    let figure = ScatterFigure {
        title: result.name.clone(),
        across: format!("efficiency while everybody is honest ({usual}: 1)"),
        upwards: "the most that a lie gains".into(),
        caption: "Rules by what they make of honest reports and by what a lie gains: the best are at the bottom right. Dashed: up \
                  to the proven bound. The first colour marks rules under which the truth is proved best."
            .into(),
        points: points.collect(),
    };
    Story {
        title: result.name.clone().unwrap_or_else(|| "Mechanisms".into()),
        lead: result.verdict.clone(),
        paragraphs: [format!(
            "The gain is the largest that was found for anybody while all others are honest, with a proven bound beside it. \
                 Efficiency is the mean squared error of {usual} over the rule's, {measured}."
        )]
        .into_iter()
        .chain(result.remarks())
        .collect(),
        figures: vec![Box::new(figure) as Box<dyn Figure>],
        tables: vec![table(
            "Rules",
            "",
            &columns,
            rows,
        )],
    }
}
