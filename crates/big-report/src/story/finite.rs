//! Answers about finite games.

use big_answer::dominant::DominantResult;
use big_answer::enumerate::EnumerateResult;
use big_answer::finite::{Count, FiniteDynamicsResult, FiniteResult, FiniteVerifyResult};
use big_answer::hybrid::{HybridEnumerateResult, HybridResult, HybridVerifyResult};
use big_answer::words::{choice, error, number, vector};
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

impl Story {
    /// A pure equilibrium of a game in which only some choose items, and its figures.
    pub fn hybrid(result: &HybridResult, figures: Vec<Box<dyn Figure>>) -> Self {
        let items =
            |choice_of: &Option<Vec<u32>>| choice_of.as_ref().map_or("".into(), |c| choice(c));
        let rows = result.influencers.iter().map(|i| {
            vec![
                Cell::from(i.name.as_str()),
                Cell::Point(i.target.clone()),
                Cell::Point(i.action.clone()),
                Cell::Text(items(&i.choice)),
                Cell::Point(i.truthful_action.clone()),
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
            "action if truthful",
            "loss",
            "regret found",
            "regret at most",
        ];
        let influencers = table(
            "The influencers at the equilibrium",
            "in the order of the game",
            &columns,
            rows,
        );
        let proof = &result.certificate;
        Self {
            title: result
                .name
                .clone()
                .unwrap_or_else(|| "Items and convex sets".into()),
            lead: result.verdict.clone(),
            paragraphs: vec![
                "Some choose items, of which their action is the mean; the others play any point of a convex set. With the choices \
                 held, the others' game has the receiver in one place at all of its equilibria, and what the choosers gain by \
                 another choice depends on that place alone."
                    .to_owned(),
                format!(
                    "The others' equilibrium is proved by a duality gap of {}: the receiver is within {} of its true position. Every \
                     chooser's best response was searched for among all its choices{}, whose losses are compared in exact fractions.",
                    error(proof.duality_gap),
                    error(proof.receiver_error_bound),
                    match result.regret_bound {
                        None => "",
                        Some(_) => ", but not all of these searches ended in time: what is not proven is only bounded",
                    }
                ),
            ],
            figures,
            tables: vec![influencers],
        }
    }
}

/// The choices at equilibrium of a game in which only some choose items.
pub(super) fn enumerate_hybrid(result: &HybridEnumerateResult) -> Story {
    let rows = result.equilibria.iter().map(|e| {
        let choices = e.choices.iter().flatten().map(|c| choice(c));
        vec![
            Cell::Text(choices.collect::<Vec<_>>().join(" ")),
            Cell::Point(e.receiver.clone()),
            Cell::Number(e.potential),
            Cell::Number(e.cost),
            Cell::Text(e.piece.many()),
            match e.piece.settled {
                Some(settled) => Cell::Flag(settled),
                None => Cell::Text("not decided".into()),
            },
        ]
    });
    let columns = [
        "items of each chooser",
        "receiver",
        "potential",
        "total loss",
        "equilibria with them",
        "certain",
    ];
    let pieces = table(
        "The choices at equilibrium",
        "in the order of the search",
        &columns,
        rows,
    );
    let outcomes = result.equilibria.iter();
    let outcomes = outcomes.map(|e| (e.receiver.as_slice(), e.potential));
    let figure = EquilibriaFigure::new(Some("Where the receiver lands"), outcomes, result.complete);
    Story {
        title: "Every pure equilibrium".into(),
        lead: result.verdict.clone(),
        paragraphs: vec![format!(
            "With the choices held, the others' equilibria are one convex set, and the receiver is in one place in all of it. All \
             combinations of means were gone through{}.",
            if result.complete {
                ""
            } else {
                " as far as the limit allowed"
            }
        )],
        figures: figure
            .map(|f| Box::new(f) as Box<dyn Figure>)
            .into_iter()
            .collect(),
        tables: vec![pieces],
    }
}

/// Is a profile of a game in which only some choose items an equilibrium?
pub(super) fn verify_hybrid(result: &HybridVerifyResult) -> Story {
    let rows = result.influencers.iter().map(|i| {
        let items = i.best_choice.as_ref().map_or("".into(), |c| choice(c));
        vec![
            Cell::from(i.name.as_str()),
            Cell::Number(i.regret),
            Cell::Number(i.regret_bound.unwrap_or(i.regret)),
            Cell::Point(i.best_response.clone()),
            Cell::Text(items),
            Cell::Flag(i.proven),
        ]
    });
    let gains = result.influencers.iter().filter(|i| i.regret > 0.0);
    let gains = gains.map(|i| (i.name.clone(), i.regret));
    Story {
        title: "Is it an equilibrium?".into(),
        lead: result.verdict.clone(),
        paragraphs: vec![
            "Regret is what an influencer would gain by its best response to what the others play."
                .into(),
        ],
        figures: regrets(result.equilibrium != Some(false), gains),
        tables: vec![table(
            "What each could still gain",
            "in the order of the game",
            &[
                "influencer",
                "regret found",
                "regret at most",
                "best response found",
                "its items",
                "proven best",
            ],
            rows,
        )],
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
