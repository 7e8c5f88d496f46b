//! Answers about games on convex sets that are told without their game.

use big_answer::dynamics::{DynamicsResult, StepResult};
use big_answer::solve::{InfluencerResult, SolveResult};
use big_answer::terms::TermsResult;
use big_answer::verify::VerifyResult;
use big_answer::words::{error, number, vector};
use big_game::dynamics::Step;

use super::{Story, course, move_row, table};
use crate::figure::{Bar, BarsFigure, Figure, HistogramFigure, MOST_BARS};
use crate::html::{Cell, Table};

/// The equilibrium of a game that the result does not carry.
pub(super) fn solve(result: &SolveResult) -> Story {
    let certificate = &result.certificate;
    let welfare = &result.welfare;
    let places = format!(
        "The receiver lands at {}; if everybody were truthful, it would land at {}. The least total loss is reached at {}.",
        vector(&result.receiver),
        vector(&welfare.truthful_receiver),
        vector(&welfare.optimal_receiver)
    );
    let proof = format!(
        "A lower bound on the potential, whose lowest points are the equilibria, shows that no profile is lower than this one \
         by more than {} (the duality gap); so the receiver is within {} of where it lands at equilibrium. By an exact best \
         reply to the others, nobody could gain more than {}.",
        error(certificate.duality_gap),
        error(certificate.receiver_error_bound),
        error(certificate.max_regret)
    );
    let outcome = |what: &str, receiver: &[f64], cost: Option<f64>| {
        vec![
            Cell::from(what),
            Cell::Point(receiver.to_vec()),
            cost.map_or_else(|| Cell::from("–"), Cell::Number),
        ]
    };
    let outcomes = [
        outcome(
            "at equilibrium",
            &result.receiver,
            Some(welfare.equilibrium_cost),
        ),
        outcome(
            "best for all together",
            &welfare.optimal_receiver,
            Some(welfare.optimal_cost),
        ),
        outcome(
            "everybody truthful",
            &welfare.truthful_receiver,
            // A gain is what the truth of all would cost more.
            result
                .influencers
                .as_ref()
                .map(|all| all.iter().map(|i| i.loss + i.gain).sum()),
        ),
    ];
    let mut tables = vec![table(
        "What the battle costs",
        "",
        &["outcome", "receiver", "total loss"],
        outcomes.into_iter(),
    )];
    let mut figures = Vec::new();
    if let Some(influencers) = &result.influencers {
        figures.push(exaggeration(influencers));
        tables.push(influencers_table(influencers));
    }
    Story {
        title: result
            .name
            .clone()
            .unwrap_or_else(|| "An equilibrium".into()),
        lead: result.verdict.clone(),
        paragraphs: [
            Some(places),
            result.terms.as_ref().map(TermsResult::words),
            Some(proof),
        ]
        .into_iter()
        .flatten()
        .collect(),
        figures,
        tables,
    }
}

fn exaggeration(influencers: &[InfluencerResult]) -> Box<dyn Figure> {
    let axis = "exaggeration: distance from target to action";
    if influencers.len() > MOST_BARS {
        let values: Vec<f64> = influencers.iter().map(|i| i.exaggeration).collect();
        let title = Some("How much the influencers exaggerate");
        return Box::new(HistogramFigure::new(title, axis, "influencers", &values));
    }
    let bars = influencers.iter().map(|i| (i.name.clone(), i.exaggeration));
    ranking("Who exaggerates most", axis, bars)
}

fn influencers_table(influencers: &[InfluencerResult]) -> Table {
    let rows = influencers.iter().map(|i| {
        vec![
            Cell::from(i.name.as_str()),
            Cell::Flag(i.extreme),
            Cell::Number(i.regret),
            Cell::Point(i.action.clone()),
            Cell::Point(i.target.clone()),
            Cell::Number(i.exaggeration),
            Cell::Number(i.loss),
            Cell::weight(&i.weight),
        ]
    });
    let columns = [
        "influencer",
        "extreme",
        "regret",
        "action",
        "target",
        "exaggeration",
        "loss",
        "weight",
    ];
    table(
        "The influencers",
        "in the order of the game",
        &columns,
        rows,
    )
}

/// Bars by falling length.
pub(super) fn ranking(
    title: &str,
    axis: &str,
    values: impl Iterator<Item = (String, f64)>,
) -> Box<dyn Figure> {
    let bars = values.map(|(name, value)| Bar {
        name,
        value,
        interval: None,
        kind: 0,
    });
    Box::new(BarsFigure::ranking(Some(title), axis, &[], bars.collect()))
}

/// A run of a game that the result does not carry.
pub(super) fn dynamics(result: &DynamicsResult) -> Story {
    let rows = result.steps.iter().map(|s| {
        let to = Cell::Point(s.action.clone());
        move_row((s.round, s.influencer), to, &s.receiver, s.potential)
    });
    let table = table(
        "The moves",
        "in the order of play",
        &["round", "who moves", "to", "receiver", "potential"],
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
        .map(|s: &StepResult| s.clone().into())
        .collect();
    Story {
        title: "Best-response dynamics".into(),
        lead,
        paragraphs: vec![
            "Each move is a best response to what the others play at that moment. It changes the potential by exactly what it \
             changes the mover's loss (where the loss or the receiver is another one, or targets are private: in the game with these best \
             responses and the squared distance)."
                .into(),
        ],
        figures: course(&steps).into_iter().collect(),
        tables: vec![table],
    }
}

/// Is a profile an equilibrium?
pub(super) fn verify(result: &VerifyResult) -> Story {
    let rows = result.influencers.iter().map(|i| {
        vec![
            Cell::from(i.name.as_str()),
            Cell::Number(i.regret),
            Cell::Point(i.best_response.clone()),
        ]
    });
    let table = table(
        "What each could still gain",
        "in the order of the game",
        &["influencer", "regret", "best response"],
        rows,
    );
    let gains = result
        .influencers
        .iter()
        .filter(|i| i.regret > result.tolerance);
    let gains = gains.map(|i| (i.name.clone(), i.regret));
    Story {
        title: "Is it an equilibrium?".into(),
        lead: format!(
            "{} The receiver lands at {}.",
            result.verdict,
            vector(&result.receiver)
        ),
        paragraphs: vec![format!(
            "Regret is what an influencer would gain by its best response to what the others play. The best responses are \
             computed exactly from the game, whoever made the profile. It is an equilibrium when no regret is above the \
             tolerance, {}; the largest is {}.",
            number(result.tolerance),
            error(result.max_regret)
        )],
        figures: regrets(result.equilibrium, gains),
        tables: vec![table],
    }
}

/// Who would gain; nothing where nobody would.
pub(super) fn regrets(
    equilibrium: bool,
    gains: impl Iterator<Item = (String, f64)>,
) -> Vec<Box<dyn Figure>> {
    if equilibrium {
        return Vec::new();
    }
    let axis = "regret: what a best response gains";
    vec![ranking("What each could still gain", axis, gains)]
}
