//! Answers about games on convex sets that do not carry their game, or need none.

use big_game::dynamics::Step;
use big_io::result::{DynamicsResult, InfluencerResult, SolveResult, VerifyResult, WeightValue};
use big_report::Figure;
use big_report::figure::{Bar, BarsFigure, HistogramFigure, MOST_BARS};
use big_report::html::Cell;

use super::{Answer, course, move_row, table};
use crate::commands::{dynamics as dynamics_command, verify as verify_command};
use crate::words::{error, number, vector};

/// The equilibrium of a game that the result does not carry.
pub(super) fn solve(result: &SolveResult) -> Answer {
    let many = match result.cardinality.as_str() {
        "unique" => "There is exactly one equilibrium.",
        "infinite" => "There are infinitely many equilibria, all with the same outcome.",
        _ => "Whether there is one equilibrium or many could not be decided.",
    };
    let lead = if result.status == "solved" {
        format!("{many} The receiver lands at {}.", vector(&result.receiver))
    } else {
        format!(
            "Not solved: the best profile found puts the receiver at {}.",
            vector(&result.receiver)
        )
    };
    let certificate = &result.certificate;
    let paragraphs = vec![format!(
        "A lower bound on the potential, whose lowest points are the equilibria, shows that no profile is lower than this one \
         by more than {} (the duality gap); so the receiver is within {} of where it lands at equilibrium. By an exact best \
         reply to the others, nobody could gain more than {}.",
        error(certificate.duality_gap),
        error(certificate.receiver_error_bound),
        error(certificate.max_regret)
    )];
    let welfare = &result.welfare;
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
        outcome("everybody truthful", &welfare.truthful_receiver, None),
    ];
    let mut tables = vec![table(
        "What the battle costs",
        &["outcome", "receiver", "total loss"],
        outcomes.into_iter(),
    )];
    let mut figures = Vec::new();
    if let Some(influencers) = &result.influencers {
        figures.push(exaggeration(influencers));
        tables.push(influencers_table(influencers));
    }
    Answer {
        title: result
            .name
            .clone()
            .unwrap_or_else(|| "An equilibrium".into()),
        lead,
        paragraphs,
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

fn influencers_table(influencers: &[InfluencerResult]) -> big_report::html::Table {
    let rows = influencers.iter().map(|i| {
        vec![
            Cell::from(i.name.as_str()),
            match &i.weight {
                WeightValue::Scalar(w) => Cell::Number(*w),
                WeightValue::Matrix(rows) => Cell::Text(format!(
                    "{} × {} matrix",
                    rows.len(),
                    rows.first().map_or(0, Vec::len)
                )),
            },
            Cell::Point(i.target.clone()),
            Cell::Point(i.action.clone()),
            Cell::Number(i.exaggeration),
            Cell::Number(i.loss),
            Cell::Number(i.regret),
            Cell::Flag(i.extreme),
        ]
    });
    let columns = [
        "influencer",
        "weight",
        "target",
        "action",
        "exaggeration",
        "loss",
        "regret",
        "extreme",
    ];
    table("The influencers", &columns, rows)
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
pub(super) fn dynamics(result: DynamicsResult) -> Answer {
    let verdict = dynamics_command::verdict(&result);
    let rows = result.steps.iter().map(|s| {
        let to = Cell::Point(s.action.clone());
        move_row((s.round, s.influencer), to, &s.receiver, s.potential)
    });
    let table = table(
        "The moves",
        &["round", "who moves", "to", "receiver", "potential"],
        rows,
    );
    let lead = format!("{verdict} The receiver is at {}.", vector(&result.receiver));
    let steps: Vec<Step> = result.steps.into_iter().map(Step::from).collect();
    Answer {
        title: "Best-response dynamics".into(),
        lead,
        paragraphs: vec![
            "Each move is a best response to what the others play at that moment; it changes the potential by exactly what \
             it changes the mover's loss."
                .into(),
        ],
        figures: course(&steps).into_iter().collect(),
        tables: vec![table],
    }
}

/// Is a profile an equilibrium?
pub(super) fn verify(result: &VerifyResult) -> Answer {
    let rows = result.influencers.iter().map(|i| {
        vec![
            Cell::from(i.name.as_str()),
            Cell::Number(i.regret),
            Cell::Point(i.best_response.clone()),
        ]
    });
    let table = table(
        "What each could still gain",
        &["influencer", "regret", "best response"],
        rows,
    );
    let gains = result
        .influencers
        .iter()
        .filter(|i| i.regret > result.tolerance);
    let gains = gains.map(|i| (i.name.clone(), i.regret));
    Answer {
        title: "Is it an equilibrium?".into(),
        lead: format!(
            "{} The receiver lands at {}.",
            verify_command::verdict(result),
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
