//! Bayesian equilibria.

use big_answer::private::PrivateResult;

use super::{Story, table};
use crate::figure::{Figure, NamedPoint, ScatterFigure};
use crate::html::Cell;

/// What everybody does who knows its own target only.
pub(super) fn solve(result: &PrivateResult) -> Story {
    let types: Vec<_> = result
        .influencers
        .iter()
        .flat_map(|i| i.types.iter().enumerate().map(move |(tau, t)| (i, tau, t)))
        .collect();
    let rows = types.iter().map(|(i, _, t)| {
        vec![
            Cell::from(i.name.as_str()),
            Cell::Number(t.probability),
            Cell::Point(t.target.clone()),
            Cell::Point(t.action.clone()),
            Cell::Point(t.receiver.clone()),
            Cell::Number(t.loss),
            Cell::Number(t.regret),
        ]
    });
    let optional = |v: Option<f64>| v.map_or_else(|| Cell::from("unknown"), Cell::Number);
    let people = result.influencers.iter().map(|i| {
        vec![
            Cell::from(i.name.as_str()),
            Cell::Number(i.loss),
            optional(i.loss_if_known),
            optional(i.value_of_knowing),
        ]
    });
    let points: Vec<NamedPoint> = types
        .iter()
        .filter_map(|(i, tau, t)| match (&*t.target, &*t.action) {
            ([target], [action]) => Some(NamedPoint {
                name: format!("{}, type {tau}", i.name),
                x: *target,
                y: (*action, None),
                marked: false,
            }),
            _ => None,
        })
        .collect();
    let figure = (points.len() == types.len()).then(|| ScatterFigure {
        title: result.name.clone(),
        across: "where a type wants the receiver".into(),
        upwards: "what it plays".into(),
        caption: "Strategies: what each type of everybody plays, by its target.".into(),
        points,
    });
    Story {
        title: result.name.clone().unwrap_or_else(|| "Private targets".into()),
        lead: result.verdict.clone(),
        paragraphs: vec![
            "Everybody knows its own target, and how likely those of the others are. A type plays a best response to where it \
             expects the receiver; the proof is that of the game in which every type is an influencer."
                .into(),
        ],
        figures: figure
            .into_iter()
            .map(|f| Box::new(f) as Box<dyn Figure>)
            .collect(),
        tables: vec![
            table(
                "Types",
                "in the order of the game",
                &[
                    "influencer",
                    "probability",
                    "wants",
                    "plays",
                    "expects the receiver at",
                    "expected loss",
                    "regret",
                ],
                rows,
            ),
            table(
                "What knowing the others' targets is worth",
                "in the order of the game",
                &["influencer", "expected loss", "if all were known", "saved then"],
                people,
            ),
        ],
    }
}
