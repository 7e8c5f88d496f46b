//! The battle played otherwise: learnt, led, with a price of entry.

use big_answer::otherwise::{CommitResult, EnterResult, LearnResult, SeenResult};

use super::{Story, table};
use crate::figure::{Curve, CurvesFigure, Figure};
use crate::html::Cell;

/// Everybody follows its own slope.
pub(super) fn learn(result: &LearnResult) -> Story {
    let rows = result.seen.iter().map(|seen| {
        vec![
            Cell::Number(seen.round as f64),
            Cell::Point(seen.receiver.clone()),
            Cell::Point(seen.mean_receiver.clone()),
            Cell::Number(seen.distance),
            Cell::Number(seen.distance_bound),
        ]
    });
    let curve = |name: &str, of: fn(&SeenResult) -> f64, dashed| Curve {
        name: name.into(),
        points: result
            .seen
            .iter()
            .map(|seen| [seen.round as f64, of(seen)])
            .collect(),
        dashed,
    };
    let figure = CurvesFigure {
        title: result.name.clone(),
        across: ("rounds".into(), true),
        upwards: ("distance from the equilibrium's receiver".into(), true),
        caption: "How near learning has come, and what the regrets prove.".into(),
        curves: vec![
            curve("nearest so far", |seen| seen.distance, false),
            curve("proved within", |seen| seen.distance_bound, true),
        ],
    };
    Story {
        title: result.name.clone().unwrap_or_else(|| "Learning".into()),
        lead: result.verdict.clone(),
        paragraphs: vec![
            "Everybody follows the slope of its own loss. Twice the rounds times the squared distance is at most the sum of everybody's linearised \
             regrets, which grow like the root of the rounds. Every correlated equilibrium has the receiver of the equilibria."
                .into(),
        ],
        figures: vec![Box::new(figure) as Box<dyn Figure>],
        tables: vec![table(
            "What was seen",
            "by round",
            &["round", "receiver", "its mean", "nearest so far", "proved within"],
            rows,
        )],
    }
}

/// One moves first.
pub(super) fn commit(result: &CommitResult) -> Story {
    let rows = result.leaders.iter().map(|leader| {
        vec![
            Cell::from(leader.name.as_str()),
            Cell::Number(leader.equilibrium_loss),
            Cell::Number(leader.loss),
            Cell::Number(leader.loss_at_least),
            Cell::Point(leader.action.clone()),
            Cell::Point(leader.receiver.clone()),
        ]
    });
    Story {
        title: result.name.clone().unwrap_or_else(|| "Commitment".into()),
        lead: result.verdict.clone(),
        paragraphs: vec![
            "A leader chooses first and cannot take it back; the others play their equilibrium. On boxes with numbers as weights that gains nothing: proved. \
             Elsewhere the loss is the least that a search found, between it and what no action can beat."
                .into(),
        ],
        figures: Vec::new(),
        tables: vec![table(
            "Leaders",
            "in the order that was asked for",
            &["leader", "loss at equilibrium", "loss by leading", "at least", "commits to", "receiver"],
            rows,
        )],
    }
}

/// Taking part costs something.
pub(super) fn enter(result: &EnterResult) -> Story {
    let rows = result
        .names
        .iter()
        .zip(&result.margins)
        .enumerate()
        .map(|(i, (name, margin))| {
            let inside = result.entrants.contains(&i);
            vec![
                Cell::from(name.as_str()),
                Cell::from(if inside { "takes part" } else { "stays out" }),
                Cell::Number(*margin),
            ]
        });
    Story {
        title: result.name.clone().unwrap_or_else(|| "Taking part".into()),
        lead: result.verdict.clone(),
        paragraphs: vec![
            "Whoever gains most by entering or leaving does so, from an empty battle, until nobody does.".into(),
        ],
        figures: Vec::new(),
        tables: vec![table(
            "Influencers",
            "in the order of the game",
            &["influencer", "choice", "would lose more otherwise"],
            rows,
        )],
    }
}
