//! What `big prefs audit` tells people.

use std::path::Path;

use big_answer::groups::GroupResult;
use big_answer::preference::{AuditAnswer, AuditResult, AuditedAnnotator, IntervalResult};

use super::items_text;
use super::told::{none_text, population_text};
use crate::words::{count, number, table, vector};

/// An audit of the table `name`: so many annotators of it, and the file that the game is in, if it was asked for.
pub(super) fn text(name: &str, top: usize, game: Option<&Path>, answer: &AuditAnswer) -> String {
    let result = match answer {
        AuditAnswer::None(none) => return none_text(none),
        AuditAnswer::Items(result) => return items_text::audit(name, top, result),
        AuditAnswer::Audit(result) => result,
    };
    let d = result.theta.len();
    let mut text = format!(
        "{}: {} by {} in {}\n\n",
        name,
        count(result.comparisons as usize, "comparison"),
        count(result.annotators.len(), "annotator"),
        count(d, "dimension")
    );
    text += &verdict(result);
    if let Some(check) = &result.model_check {
        text += &check.verdict;
        text.push('\n');
    }
    if let Some(coordinates) = &result.coordinates {
        text += coordinates;
        text.push('\n');
    }
    text.push('\n');
    text += &table(
        &[
            "annotator",
            "comparisons",
            "share",
            "influence",
            "range",
            "reach",
            "by refit",
            "pull",
            "extremeness",
            "own estimate",
        ],
        result.annotators.iter().take(top).map(row),
    );
    if result.annotators.len() > top {
        text += &format!(
            "… and {}; --top shows more, --json all\n",
            count(result.annotators.len() - top, "more annotator")
        );
    }
    if result.replicates > 0 {
        text += &format!(
            "In brackets: intervals of 95 %, from {}; annotators, precision and reports are taken as they are.\n",
            count(result.replicates, "bootstrap replicate")
        );
    }
    for coalition in &result.coalitions {
        text += &format!(
            "{} together ({}) can move the estimate by {}; no {} by more than {}.\n",
            coalition.members.len(),
            coalition.members.join(", "),
            number4(coalition.reach),
            coalition.members.len(),
            number4(coalition.bound)
        );
    }
    text += &groups("group", top, &result.groups);
    text += &groups("cluster", top, &result.clusters);
    text += &format!(
        "\nThe estimate is at {}, standard errors {}{}.\n",
        vector(&result.theta),
        vector(&result.standard_errors),
        match &*result.standard_error_kind {
            "clustered" => " (clustered by annotator)",
            _ => "",
        }
    );
    if let Some(population) = &result.population {
        text += &population_text(population);
    }
    if let Some(why) = &result.population_not_found {
        text += &format!("Nobody's partially pooled position is told: {why}.\n");
    }
    if result.without_own_estimate > 0 {
        text += &format!(
            "{} of {} have too few or too uniform labels for an estimate of their own.\n",
            result.without_own_estimate,
            count(result.annotators.len(), "annotator")
        );
    }
    text += &format!(
        "Influence: the share of the estimate. Range: how wide a range of estimates the annotator can choose from, as a share of\n\
         everybody's together. Reach: how far the worst report moves it. Pull: how far the labels as they are move it.\n\
         Extremeness: the labels against the peers', about {} for an ordinary annotator.\n",
        number((d as f64).sqrt())
    );
    if let Some(path) = game {
        text += &format!(
            "The game is in {0}; `big solve {0}` tells where lying by everybody ends.\n",
            path.display()
        );
    }
    text
}

/// A table of groups, which it calls so; nothing where there are none.
fn groups(what: &str, top: usize, groups: &[GroupResult]) -> String {
    if groups.is_empty() {
        return String::new();
    }
    let row = |g: &GroupResult| {
        vec![
            g.group.clone(),
            g.annotators.to_string(),
            g.comparisons.to_string(),
            number4(g.share),
            number4(g.influence),
            number4(g.manipulability),
            number4(g.reach),
            number4(g.bound),
            g.refit_reach.map_or_else(String::new, number4),
            g.pull.map_or_else(|| "unknown".into(), number4),
            g.center.as_deref().map_or_else(String::new, vector),
        ]
    };
    let mut text = format!(
        "\n{}\n",
        table(
            &[
                what,
                "annotators",
                "comparisons",
                "share",
                "influence",
                "range",
                "reach",
                "at most",
                "by refit",
                "pull",
                "centre",
            ],
            groups.iter().take(top).map(row),
        )
        .trim_end()
    );
    for group in groups.iter().take(top) {
        if let Some(members) = &group.members {
            let listed = members.iter().take(LISTED).map(String::as_str);
            text += &format!(
                "{what} {}: {}{}\n",
                group.group,
                listed.collect::<Vec<_>>().join(", "),
                match members.len() > LISTED {
                    true => format!(" and {}", count(members.len() - LISTED, "more annotator")),
                    false => String::new(),
                }
            );
        }
    }
    if groups.len() > top {
        text += &format!(
            "… and {}; --top shows more, --json all\n",
            count(groups.len() - top, &format!("more {what}"))
        );
    }
    text
}

/// Members of a cluster that are named.
const LISTED: usize = 10;

fn verdict(result: &AuditResult) -> String {
    let (Some(first), Some(widest)) = (
        result.annotators.first(),
        // The first of equals.
        result.annotators.iter().reduce(|best, a| {
            if a.manipulability > best.manipulability {
                a
            } else {
                best
            }
        }),
    ) else {
        return String::new();
    };
    let mut text = format!(
        "Manipulability {} %: by what to report, '{}' alone can choose from so much of the range of estimates that all could\n\
         choose from together. '{}' can move the estimate farthest, by {}, which changes a typical margin by {}; the farthest\n\
         report is {} away.\n",
        number((1000.0 * result.manipulability).round() / 10.0),
        widest.annotator,
        first.annotator,
        number(first.reach),
        number4(first.margin_reach),
        number(result.farthest)
    );
    if !result.precision_identified {
        text += "The data do not identify a precision, so that the linear reward (the vector model) is audited: positions are its\n\
                 coefficients.\n";
    }
    text
}

fn row(a: &AuditedAnnotator) -> Vec<String> {
    let short = |v: f64| format!("{v:.3}");
    vec![
        a.annotator.clone(),
        a.comparisons.to_string(),
        short(a.share),
        short(a.influence) + &between(a.influence_interval, short),
        short(a.manipulability) + &between(a.manipulability_interval, short),
        number4(a.reach) + &between(a.reach_interval, number3),
        a.refit_reach.map_or(String::new(), number4),
        a.pull.map_or("-".into(), number4),
        a.extremeness.map_or("-".into(), |e| format!("{e:.2}")),
        match &a.theta {
            None => "none".into(),
            // A wide table helps nobody.
            Some(theta) if theta.len() > 3 => "exists".into(),
            Some(theta) => vector(theta),
        },
    ]
}

/// An interval behind a number.
fn between(interval: Option<IntervalResult>, shown: impl Fn(f64) -> String) -> String {
    interval.map_or(String::new(), |IntervalResult { lower, upper }| {
        format!(" ({}–{})", shown(lower), shown(upper))
    })
}

/// A number in at most three significant digits.
fn number3(value: f64) -> String {
    let text = format!("{value:.2e}");
    number(text.parse().unwrap_or(value))
}

/// A number in at most four significant digits.
fn number4(value: f64) -> String {
    let text = format!("{value:.3e}");
    number(text.parse().unwrap_or(value))
}
