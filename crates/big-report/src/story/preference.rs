//! Answers about preference data.

use big_answer::preference::{
    AnnotatorResult, AuditResult, FitResult, NoMaximumResult, PlayResult, ReceiverResult,
    SimulateResult,
};
use big_answer::words::{error, number, vector};
use big_game::action_space::{ActionSpace, ConvexSet};
use big_io::experiment::space_argument;
use serde_json::Value;

use super::games::ranking;
use super::{Story, table};
use crate::figure::preference::{Estimate, EstimatesFigure, FakePoints, IterationsFigure};
use crate::figure::{Bar, BarsFigure, Figure, Panels};
use crate::html::{Cell, Table};

/// The maximum-likelihood ideal point.
pub fn fit(result: &FitResult) -> Story {
    let errors = result.standard_errors.as_ref();
    let error_of = |k: usize| errors.and_then(|e| e.get(k)).copied();
    let rows = result.theta.iter().enumerate().map(|(k, theta)| {
        vec![
            Cell::Number(k as f64),
            Cell::Number(*theta),
            error_of(k).map_or_else(|| Cell::from("unknown"), Cell::Number),
        ]
    });
    let mut tables = vec![table(
        "The pooled estimate",
        "",
        &["coordinate", "ideal point", "standard error"],
        rows,
    )];
    let coordinates = result.theta.iter().enumerate().map(|(k, theta)| Estimate {
        name: format!("coordinate {k}"),
        value: *theta,
        error: error_of(k),
    });
    let estimates = EstimatesFigure::new(
        Some("The pooled ideal point"),
        "ideal point",
        coordinates.collect(),
        None,
    );
    let mut figures: Vec<Box<dyn Figure>> = vec![Box::new(estimates)];
    if let Some(annotators) = &result.annotators {
        tables.push(by_annotator(annotators));
        // Theirs say more than one number does.
        figures.splice(0..0, annotators_on_a_line(&result.theta, annotators));
    }
    Story {
        title: "An ideal point".into(),
        lead: format!(
            "The maximum-likelihood ideal point of {} comparisons is {}, with log-likelihood {}.",
            result.comparisons,
            vector(&result.theta),
            number(result.log_likelihood)
        ),
        paragraphs: fit_in_words(result),
        figures,
        tables,
    }
}

fn fit_in_words(result: &FitResult) -> Vec<String> {
    let common = result.pooled_precision;
    let precision = match result.precision_error.filter(|_| common.is_none()) {
        None if common.is_some() => format!(
            "a precision of {}, fitted with one ideal point for all ({} with everybody's own)",
            number(common.unwrap_or(result.precision)),
            number(result.precision)
        ),
        Some(e) => format!(
            "a precision of {} ± {}, fitted with it",
            number(result.precision),
            number(e)
        ),
        None => format!("a precision of {}", number(result.precision)),
    };
    let mut paragraphs = vec![format!(
        "The log-likelihood is concave with {precision}, so that it has one maximum; there its gradient is at most {}. A coin has a \
         log-likelihood of {}. {}",
        error(result.gradient_norm),
        number(-result.weight * std::f64::consts::LN_2),
        match &*result.standard_error_kind {
            "clustered" =>
                "Standard errors are clustered by annotator: other annotators would move the estimate by about so much.",
            "bootstrap" =>
                "Standard errors are the spread of estimates from annotators drawn with replacement.",
            _ =>
                "Standard errors are from the curvature at the maximum: labels drawn anew would move the estimate by about so \
                 much.",
        }
    )];
    paragraphs.extend(result.model_check.as_ref().map(|m| m.verdict.clone()));
    paragraphs
}

fn by_annotator(annotators: &[AnnotatorResult]) -> Table {
    let rows = annotators.iter().map(|a| {
        vec![
            Cell::from(a.annotator.as_str()),
            a.theta
                .clone()
                .map_or_else(|| Cell::from("does not exist"), Cell::Point),
            a.standard_errors
                .clone()
                .map_or_else(|| Cell::from("–"), Cell::Point),
            Cell::Number(a.comparisons as f64),
        ]
    });
    table(
        "By annotator",
        "by first appearance",
        &["annotator", "ideal point", "standard error", "comparisons"],
        rows,
    )
}

/// The annotators' ideal points in one dimension, by rising value.
fn annotators_on_a_line(theta: &[f64], annotators: &[AnnotatorResult]) -> Option<Box<dyn Figure>> {
    let [pooled] = theta else { return None };
    let mut rows: Vec<Estimate> = annotators
        .iter()
        .filter_map(|a| {
            Some(Estimate {
                name: a.annotator.clone(),
                value: *a.theta.as_ref()?.first()?,
                error: a.standard_errors.as_ref().and_then(|e| e.first()).copied(),
            })
        })
        .collect();
    if rows.is_empty() {
        return None;
    }
    rows.sort_by(|a, b| a.value.total_cmp(&b.value));
    Some(Box::new(EstimatesFigure::new(
        Some("Ideal points by annotator"),
        "ideal point",
        rows,
        Some(("the pooled estimate", *pooled)),
    )))
}

/// Why there is no estimate.
pub fn no_maximum(result: &NoMaximumResult) -> Story {
    let rows = result
        .direction
        .iter()
        .enumerate()
        .map(|(k, v)| vec![Cell::Number(k as f64 + 1.0), Cell::Number(*v)]);
    Story {
        title: "No estimate".into(),
        lead: format!("No estimate: {}.", result.message),
        paragraphs: vec![
            "Along the direction in the table the likelihood never comes down again: any number that were given for an \
             estimate would be an artefact of where a program stopped."
                .into(),
        ],
        figures: Vec::new(),
        tables: vec![table("The direction", "", &["component", "value"], rows)],
    }
}

/// Best responses with preference data.
pub(super) fn play(result: &PlayResult) -> Story {
    let rows = result.iterations.iter().map(|i| {
        vec![
            Cell::Number(i.iteration as f64),
            Cell::from(i.name.as_str()),
            Cell::Point(i.action.clone()),
            Cell::Point(i.theta_hat.clone()),
            Cell::Number(i.loss),
            Cell::Number(i.evaluations as f64),
        ]
    });
    let columns = [
        "iteration",
        "who moves",
        "to",
        "estimate",
        "loss",
        "evaluations",
    ];
    let table = table("The moves", "in the order of play", &columns, rows);
    let mut paragraphs = vec![format!(
        "Each in turn looks for the fake ideal point that, when its pairs are labelled by it and the receiver is trained \
         again, brings the estimate nearest to its true one. Moves that gain less than {} are not made.",
        number(result.tolerance)
    )];
    if let Some(predicted) = &result.affine_prediction {
        paragraphs.push(format!(
            "The affine receiver that the truthful data imply predicts {}.",
            vector(&predicted.receiver)
        ));
    }
    let exact =
        result.equilibrium.theta_hat.len() == 1 && matches!(&*result.receiver, "mle" | "affine");
    Story {
        title: "Best responses with preference data".into(),
        lead: format!(
            "{} The estimate is at {}.",
            match result.converged {
                // On a line a search is of the whole interval.
                true if exact => "Nobody can improve.",
                true => "No search found anybody who can improve.",
                false => "Not converged.",
            },
            vector(&result.equilibrium.theta_hat)
        ),
        paragraphs,
        figures: iterations(result).into_iter().collect(),
        tables: vec![table],
    }
}

/// The most coordinates of a run that are drawn.
const COORDINATES: usize = 4;

/// The fake ideal points of a run, coordinate by coordinate. The truthful start is no substitute for a target that the
/// answer does not say: who wants more than may be reported starts at the nearest that may.
fn iterations(result: &PlayResult) -> Option<Box<dyn Figure>> {
    let d = result.start.theta_hat.len();
    let mut figures: Vec<Box<dyn Figure>> = Vec::new();
    for k in 0..d.min(COORDINATES) {
        let title = if d == 1 {
            "Fake ideal points and the estimate".to_owned()
        } else {
            format!("Coordinate {k}")
        };
        figures.push(Box::new(coordinate(result, title, k)?));
    }
    if d == 1 {
        return figures.pop();
    }
    if figures.is_empty() {
        return None;
    }
    Some(Box::new(Panels {
        caption: "The fake ideal points (dots) and the pooled estimate (stars) over the iterations of best responses, \
                  coordinate by coordinate. Dotted lines are the targets."
            .into(),
        figures,
        columns: 1,
    }))
}

/// One coordinate of a run; none where the vectors have different lengths.
fn coordinate(result: &PlayResult, title: String, k: usize) -> Option<IterationsFigure> {
    let at = |v: &[f64]| v.get(k).copied();
    let mut points: Vec<Vec<f64>> = result
        .start
        .actions
        .iter()
        .map(|x| at(x).map(|x| vec![x]))
        .collect::<Option<_>>()?;
    let mut estimate = vec![at(&result.start.theta_hat)?];
    for step in &result.iterations {
        for (i, of) in points.iter_mut().enumerate() {
            if i == step.influencer {
                of.push(at(&step.action)?);
            } else {
                of.extend(of.last().copied());
            }
        }
        estimate.push(at(&step.theta_hat)?);
    }
    let name = |i: usize| match result.influencers.get(i) {
        Some(influencer) => influencer.name.clone(),
        None => format!("influencer {}", i + 1),
    };
    let target = |i: usize| at(result.influencers.get(i)?.target.as_ref()?);
    Some(IterationsFigure {
        title: Some(title),
        influencers: points
            .into_iter()
            .enumerate()
            .map(|(i, points)| FakePoints {
                name: name(i),
                target: target(i),
                points,
            })
            .collect(),
        estimate,
        bounds: common_bounds(result, k),
    })
}

/// The interval of a coordinate that all may report from, where it is one for all.
fn common_bounds(result: &PlayResult, k: usize) -> Option<[f64; 2]> {
    let d = result.start.theta_hat.len();
    let interval = |space: &Value| {
        // Anything else would be taken for the name of a file.
        space.as_object()?;
        let space = ActionSpace::new(&space_argument(&space.to_string(), d).ok()?).ok()?;
        let (lower, upper) = space.bounding_box();
        Some([*lower.get(k)?, *upper.get(k)?])
    };
    let mut all = result.influencers.iter().map(|i| interval(&i.action_space));
    let first = all.next()??;
    all.all(|other| other == Some(first)).then_some(first)
}

/// Who can move the estimate.
pub(super) fn audit(result: &AuditResult) -> Story {
    let bars = result.annotators.iter().map(|a| Bar {
        name: a.annotator.clone(),
        value: a.reach,
        interval: a.reach_interval.map(|i| [i.lower, i.upper]),
        kind: 0,
    });
    let figure = BarsFigure::ranking(
        Some("Who can move the estimate"),
        "reach of the worst report",
        &[],
        bars.collect(),
    );
    let rows = result.annotators.iter().map(|a| {
        vec![
            Cell::from(a.annotator.as_str()),
            Cell::Number(a.comparisons as f64),
            Cell::Number(a.influence),
            Cell::Number(a.manipulability),
            Cell::Number(a.reach),
            a.refit_reach.map_or_else(|| Cell::from("–"), Cell::Number),
            a.pull.map_or_else(|| Cell::from("unknown"), Cell::Number),
            a.extremeness
                .map_or_else(|| Cell::from("unknown"), Cell::Number),
        ]
    });
    let columns = [
        "annotator",
        "comparisons",
        "influence",
        "range",
        "reach",
        "by refit",
        "pull",
        "extremeness",
    ];
    let table = table(
        "The annotators",
        "by reach, the farthest first",
        &columns,
        rows,
    );
    let mut paragraphs = vec![
        "Influence is an annotator's share of the estimate. Range is how wide a range of estimates it can choose from, as a share of \
         everybody's together; the largest is the manipulability. Reach is how far its worst report within what may be reported \
         would move the estimate, to first order and, for the first ranks, by fitting again. Pull is how far its labels as \
         they are move it. Extremeness sets its labels against those of its peers: about the square root of the dimension \
         is ordinary."
            .to_owned(),
    ];
    paragraphs.extend(result.model_check.as_ref().map(|m| m.verdict.clone()));
    paragraphs.extend(result.coordinates.clone());
    Story {
        title: "The audit of a preference data set".into(),
        lead: format!(
            "The manipulability of these {} comparisons is {}: from so much of the range of estimates that all could choose from \
             together, by what to report, can one annotator alone choose.",
            result.comparisons,
            number(result.manipulability)
        ),
        paragraphs,
        figures: vec![Box::new(figure)],
        tables: vec![table],
    }
}

/// The affine receiver that data imply.
pub(super) fn receiver(result: &ReceiverResult) -> Story {
    let rows = result.influencers.iter().map(|i| {
        vec![
            Cell::from(i.annotator.as_str()),
            Cell::Number(i.comparisons as f64),
            Cell::Number(i.share),
            Cell::Point(i.theta.clone()),
        ]
    });
    let columns = ["annotator", "comparisons", "share", "ideal point"];
    let table = table(
        "Whose estimate it is",
        "by first appearance",
        &columns,
        rows,
    );
    let mut paragraphs = vec![format!(
        "Near the truth the estimate moves like bias + Σ W · report, where W is an annotator's share of the information. By \
         itself it would land at {}.",
        vector(&result.bias)
    )];
    if let Some(r) = result.r_squared {
        paragraphs.push(format!(
            "Over simulated reports it explains {} of the real receiver's movements (1 is all).",
            number(r)
        ));
    }
    let shares = result
        .influencers
        .iter()
        .map(|i| (i.annotator.clone(), i.share));
    Story {
        title: "The receiver that the data imply".into(),
        lead: format!(
            "{} annotators share an estimate at {}.",
            result.influencers.len(),
            vector(&result.theta)
        ),
        paragraphs,
        figures: vec![ranking(
            "Whose estimate it is",
            "share of the estimate",
            shares,
        )],
        tables: vec![table],
    }
}

/// What was simulated.
pub(super) fn simulate(result: &SimulateResult) -> Story {
    let rows = result.influencers.iter().map(|i| {
        vec![
            Cell::from(i.name.as_str()),
            Cell::Point(i.theta.clone()),
            i.fake.clone().map_or_else(|| Cell::from("–"), Cell::Point),
            Cell::Number(i.pairs as f64),
            Cell::Number(i.first_preferred as f64),
        ]
    });
    let columns = [
        "influencer",
        "ideal point",
        "labels as",
        "pairs",
        "first preferred",
    ];
    Story {
        title: "Simulated comparisons".into(),
        lead: format!(
            "{} comparisons in {} dimensions, drawn with seed {}, are in {}.",
            result.comparisons, result.dimension, result.seed, result.file
        ),
        paragraphs: Vec::new(),
        figures: Vec::new(),
        tables: vec![table(
            "Who labelled",
            "in the order of the experiment",
            &columns,
            rows,
        )],
    }
}
