//! Answers about finite games.

use big_answer::dominant::DominantResult;
use big_answer::enumerate::EnumerateResult;
use big_answer::finite::{Count, FiniteDynamicsResult, FiniteResult, FiniteVerifyResult};
use big_answer::words::{choice, number, vector};
use big_game::dynamics::Step;

use super::games::regrets;
use super::{Story, course, move_row, table};
use crate::figure::{EquilibriaFigure, Figure};
use crate::html::Cell;

const EXACT: &str = "Losses are compared in exact fractions, so that a regret of 0 is 0.";

impl Story {
    /// A pure equilibrium of a finite game, and its figures.
    pub fn finite(result: &FiniteResult, figures: Vec<Box<dyn Figure>>) -> Self {
        let rows = result.influencers.iter().map(|i| {
            vec![
                Cell::from(i.name.as_str()),
                Cell::Point(i.target.clone()),
                Cell::Point(i.action.clone()),
                Cell::Text(choice(&i.choice)),
                Cell::Text(choice(&i.truthful_choice)),
                Cell::Number(i.loss),
                Cell::Number(i.regret),
                Cell::Number(i.regret_bound.unwrap_or(i.regret)),
            ]
        });
        let columns = [
            "influencer",
            "target",
            "action",
            "items",
            "items if truthful",
            "loss",
            "regret found",
            "regret at most",
        ];
        let table = table(
            "The influencers at the equilibrium",
            "in the order of the game",
            &columns,
            rows,
        );
        let mut paragraphs = vec![format!(
            "An action is the mean of the items that are chosen. The proof of a pure equilibrium is that nobody gains by \
             another choice: every influencer's best response to the others was searched for among all its choices{}. {EXACT}",
            if result.regret_bound.is_none() {
                ""
            } else {
                ", but not all of these searches ended in time: what is not proven is only bounded"
            }
        )];
        if let Some(gap) = &result.relaxation {
            paragraphs.push(format!(
                "If all mixtures of the items were possible, the receiver would land at {}, {} away.",
                vector(&gap.receiver),
                number(gap.distance)
            ));
        }
        Self {
            title: result
                .name
                .clone()
                .unwrap_or_else(|| "A finite game".into()),
            lead: result.verdict.clone(),
            paragraphs,
            figures,
            tables: vec![table],
        }
    }
}

/// Every pure equilibrium.
pub(super) fn enumerate(result: &EnumerateResult) -> Story {
    let counted = |name: &str, value: Option<&Count>| {
        let digits = value.map_or("unknown".into(), Count::to_string);
        vec![name.into(), Cell::Text(digits)]
    };
    let mut rows = vec![
        counted("equilibria", Some(&result.count)),
        counted("different in their means", result.distinct.as_ref()),
        counted("strict", result.strict.as_ref()),
        vec!["these are all".into(), Cell::Flag(result.complete)],
    ];
    for (name, priced) in [
        ("least total loss", &result.best),
        ("greatest total loss", &result.worst),
    ] {
        if let Some(priced) = priced {
            rows.push(vec![name.into(), Cell::Quantity(priced.cost)]);
        }
    }
    let prices = [
        ("price of anarchy", result.price_of_anarchy),
        ("price of stability", result.price_of_stability),
    ];
    for (name, price) in prices {
        if let Some(price) = price {
            rows.push(vec![name.into(), Cell::Quantity(price)]);
        }
    }
    let mut tables = vec![table(
        "What they come to",
        "",
        &["what", "value"],
        rows.into_iter(),
    )];
    let mut figures: Vec<Box<dyn Figure>> = Vec::new();
    if let Some(equilibria) = &result.equilibria {
        let rows = equilibria.iter().map(|e| {
            let choices: Vec<String> = e.choices.iter().map(|c| choice(c)).collect();
            vec![
                Cell::Text(choices.join(" ")),
                Cell::Point(e.receiver.clone()),
                Cell::Number(e.potential),
                Cell::Number(e.cost),
                Cell::Flag(e.strict),
            ]
        });
        let columns = [
            "items of each influencer",
            "receiver",
            "potential",
            "total loss",
            "strict",
        ];
        tables.push(table(
            "The equilibria",
            "in the order of the search",
            &columns,
            rows,
        ));
        let outcomes = equilibria
            .iter()
            .map(|e| (e.receiver.as_slice(), e.potential));
        let title = Some("Every pure equilibrium");
        let figure = EquilibriaFigure::new(title, outcomes, result.complete);
        figures.extend(figure.map(|f| Box::new(f) as Box<dyn Figure>));
    }
    Story {
        title: "Every pure equilibrium".into(),
        lead: result.verdict.clone(),
        paragraphs: vec![format!(
            "Unlike on convex sets, the equilibria of a finite game can put the receiver in different places. All profiles \
             were searched. {EXACT}"
        )],
        figures,
        tables,
    }
}

/// Is a profile an equilibrium?
pub(super) fn verify(result: &FiniteVerifyResult) -> Story {
    let rows = result.influencers.iter().map(|i| {
        vec![
            Cell::from(i.name.as_str()),
            Cell::Number(i.regret),
            Cell::Number(i.regret_bound.unwrap_or(i.regret)),
            Cell::Text(choice(&i.best_response)),
            Cell::Flag(i.proven),
        ]
    });
    let table = table(
        "What each could still gain",
        "in the order of the game",
        &[
            "influencer",
            "regret found",
            "regret at most",
            "best response found: items",
            "proven best",
        ],
        rows,
    );
    let gains = result.influencers.iter().filter(|i| i.regret > 0.0);
    let gains = gains.map(|i| (i.name.clone(), i.regret));
    Story {
        title: "Is it an equilibrium?".into(),
        lead: result.verdict.clone(),
        paragraphs: vec![format!(
            "Regret is what an influencer would gain by its best response to what the others choose. {EXACT}"
        )],
        figures: regrets(result.equilibrium != Some(false), gains),
        tables: vec![table],
    }
}

/// A run of best responses.
pub(super) fn dynamics(result: &FiniteDynamicsResult) -> Story {
    let rows = result.steps.iter().map(|s| {
        let to = Cell::Text(choice(&s.choice));
        move_row((s.round, s.influencer), to, &s.receiver, s.potential)
    });
    let table = table(
        "The moves",
        "in the order of play",
        &["round", "who moves", "to items", "receiver", "potential"],
        rows,
    );
    let lead = format!(
        "{} The receiver is at {}.",
        result.verdict,
        vector(&result.receiver)
    );
    let steps: Vec<Step> = result
        .steps
        .iter()
        .map(|step| Step {
            round: step.round,
            influencer: step.influencer,
            action: Vec::new(),
            receiver: step.receiver.clone(),
            potential: step.potential,
        })
        .collect();
    Story {
        title: "Best-response dynamics".into(),
        lead,
        paragraphs: vec![format!(
            "Each move is a best response to what the others choose at that moment. {EXACT}"
        )],
        figures: course(&steps).into_iter().collect(),
        tables: vec![table],
    }
}

/// Everybody's dominant choices.
pub(super) fn dominant(result: &DominantResult) -> Story {
    let rows = result.influencers.iter().map(|i| {
        vec![
            Cell::from(i.name.as_str()),
            Cell::Point(i.action.clone()),
            Cell::Number(i.loss),
            Cell::Text(choice(&i.choice)),
            Cell::Text(choice(&i.fixed)),
            Cell::Text(match i.open {
                0 => "none".into(),
                open => format!("any {open} of {}", choice(&i.tied)),
            }),
            Cell::Text(i.count.to_string()),
        ]
    });
    let columns = [
        "influencer",
        "action",
        "loss",
        "items",
        "in every dominant choice",
        "and besides",
        "dominant choices",
    ];
    Story {
        title: result
            .name
            .clone()
            .unwrap_or_else(|| "A finite game".into()),
        lead: result.verdict.clone(),
        paragraphs: vec![
            "Under the inner-product loss the best choice does not depend on the others. The table tells the first of each \
             influencer's best choices, and what all of them have in common."
                .into(),
        ],
        figures: Vec::new(),
        tables: vec![table(
            "Everybody's dominant choices",
            "in the order of the game",
            &columns,
            rows,
        )],
    }
}
