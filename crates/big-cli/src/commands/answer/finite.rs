//! Answers about finite games.

use big_game::dynamics::Step;
use big_game::finite::Choice;
use big_io::result_finite::{
    EnumerateResult, FiniteDynamicsResult, FiniteResult, FiniteVerifyResult,
};
use big_io::{Content, InputError, game_from_text};
use big_report::figure::{EquilibriaFigure, Figure, finite_figures};
use big_report::html::Cell;

use super::games::regrets;
use super::{Answer, course, move_row, table};
use crate::commands::enumerate::{counts, digits};
use crate::commands::finite::{choice, dynamics_verdict, game, verdict, verify_verdict};
use crate::failure::Failure;
use crate::words::vector;

const EXACT: &str = "Losses are compared in exact fractions, so that a regret of 0 is 0.";

/// A pure equilibrium; drawn where the result carries its game.
pub(super) fn solve(result: &FiniteResult, file: &str) -> Result<Answer, Failure> {
    let Some(text) = &result.game else {
        return Ok(Answer::finite(result, Vec::new()));
    };
    let Content::Finite(spec) = game_from_text(file, &text.to_string())?.content else {
        return Err(InputError::new("carries a game on convex sets")
            .in_file(file)
            .into());
    };
    let game = game(spec, file)?;
    let choices = |of: fn(&big_io::result_finite::FiniteInfluencer) -> &Choice| -> Vec<Choice> {
        result.influencers.iter().map(|i| of(i).clone()).collect()
    };
    let (profile, truthful) = (choices(|i| &i.choice), choices(|i| &i.truthful_choice));
    for choices in [&profile, &truthful] {
        game.check_profile(choices)
            .map_err(|e| InputError::new(format!("does not fit its game: {e}")).in_file(file))?;
    }
    let figures = finite_figures(&game, result.name.as_deref(), &profile, &truthful);
    Ok(Answer::finite(result, figures))
}

impl Answer {
    /// A pure equilibrium of a finite game, and its figures.
    pub(crate) fn finite(result: &FiniteResult, figures: Vec<Box<dyn Figure>>) -> Self {
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
        let table = table("The influencers at the equilibrium", &columns, rows);
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
                crate::words::number(gap.distance)
            ));
        }
        Self {
            title: result
                .name
                .clone()
                .unwrap_or_else(|| "A finite game".into()),
            lead: verdict(result),
            paragraphs,
            figures,
            tables: vec![table],
        }
    }
}

/// Every pure equilibrium.
pub(super) fn enumerate(result: &EnumerateResult) -> Answer {
    let lead = counts(result);
    let number =
        |name: &str, value: &serde_json::Value| vec![name.into(), Cell::Text(digits(value))];
    let mut rows = vec![
        number("equilibria", &result.count),
        number("different in their means", &result.distinct),
        number("strict", &result.strict),
        vec!["these are all".into(), Cell::Flag(result.complete)],
    ];
    for (name, priced) in [
        ("least total loss", &result.best),
        ("greatest total loss", &result.worst),
    ] {
        if let Some(priced) = priced {
            rows.push(vec![name.into(), Cell::Number(priced.cost)]);
        }
    }
    let prices = [
        ("price of anarchy", result.price_of_anarchy),
        ("price of stability", result.price_of_stability),
    ];
    for (name, price) in prices {
        if let Some(price) = price {
            rows.push(vec![name.into(), Cell::Number(price)]);
        }
    }
    let mut tables = vec![table("What they come to", &["", ""], rows.into_iter())];
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
        tables.push(table("The equilibria", &columns, rows));
        let outcomes = equilibria
            .iter()
            .map(|e| (e.receiver.as_slice(), e.potential));
        let title = Some("Every pure equilibrium");
        let figure = EquilibriaFigure::new(title, outcomes, result.complete);
        figures.extend(figure.map(|f| Box::new(f) as Box<dyn Figure>));
    }
    Answer {
        title: "Every pure equilibrium".into(),
        lead,
        paragraphs: vec![format!(
            "Unlike on convex sets, the equilibria of a finite game can put the receiver in different places. All profiles \
             were searched. {EXACT}"
        )],
        figures,
        tables,
    }
}

/// Is a profile an equilibrium?
pub(super) fn verify(result: &FiniteVerifyResult) -> Answer {
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
    Answer {
        title: "Is it an equilibrium?".into(),
        lead: verify_verdict(result),
        paragraphs: vec![format!(
            "Regret is what an influencer would gain by its best response to what the others choose. {EXACT}"
        )],
        figures: regrets(result.equilibrium != Some(false), gains),
        tables: vec![table],
    }
}

/// A run of best responses.
pub(super) fn dynamics(result: FiniteDynamicsResult) -> Answer {
    let rows = result.steps.iter().map(|s| {
        let to = Cell::Text(choice(&s.choice));
        move_row((s.round, s.influencer), to, &s.receiver, s.potential)
    });
    let table = table(
        "The moves",
        &["round", "who moves", "to items", "receiver", "potential"],
        rows,
    );
    let lead = format!(
        "{} The receiver is at {}.",
        dynamics_verdict(&result),
        vector(&result.receiver)
    );
    let steps: Vec<Step> = result
        .steps
        .into_iter()
        .map(|step| Step {
            round: step.round,
            influencer: step.influencer,
            action: Vec::new(),
            receiver: step.receiver,
            potential: step.potential,
        })
        .collect();
    Answer {
        title: "Best-response dynamics".into(),
        lead,
        paragraphs: vec![format!(
            "Each move is a best response to what the others choose at that moment. {EXACT}"
        )],
        figures: course(&steps).into_iter().collect(),
        tables: vec![table],
    }
}
