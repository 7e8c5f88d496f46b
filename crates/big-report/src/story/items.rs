//! Answers about items without embeddings, and about a table before a fit.

use big_answer::check::CheckResult;
use big_answer::items::{ItemScore, ItemsAuditResult, ItemsResult};

use super::{Story, table};
use crate::figure::Figure;
use crate::figure::preference::{Estimate, EstimatesFigure};
use crate::html::{Cell, Table};

/// Items that a figure shows.
const SHOWN: usize = 40;

/// The scores of items.
pub(super) fn scores(result: &ItemsResult) -> Story {
    let best = result.items.first().map_or("", |item| &item.item);
    let errors = match result.clusters {
        Some(annotators) => format!("Standard errors are clustered by {annotators} annotators."),
        None => "Standard errors are from the curvature at the maximum: as if comparisons were independent.".into(),
    };
    let mut paragraphs = vec![
        "A score is the logit of beating an item of score 0, which is the mean of all.".to_owned(),
        errors,
    ];
    paragraphs.extend(result.notes.iter().cloned());
    Story {
        title: "Scores of items".into(),
        lead: format!(
            "Of {} items, {best} has the highest score by {} comparisons.",
            result.items.len(),
            result.comparisons
        ),
        paragraphs,
        figures: estimates(&result.items).into_iter().collect(),
        tables: vec![score_table(&result.items)],
    }
}

/// Who can move the scores of items.
pub(super) fn audit(result: &ItemsAuditResult) -> Story {
    let swaps = result.swaps.iter().map(|swap| {
        vec![
            Cell::from(swap.above.as_str()),
            Cell::from(swap.below.as_str()),
            Cell::Number(swap.gap),
            Cell::Text(format!("at least {}", swap.labels_at_least)),
            swap.labels_found
                .map_or_else(|| Cell::from("none"), |n| Cell::Number(n as f64)),
            swap.annotators_found
                .as_ref()
                .map_or_else(|| Cell::from("–"), |who| Cell::Text(who.join(", "))),
        ]
    });
    let mut tables = vec![table(
        "How few labels swap two items",
        "from the top",
        &[
            "above",
            "below",
            "gap",
            "proved",
            "found",
            "annotators found",
        ],
        swaps,
    )];
    if let Some(annotators) = &result.annotators {
        let rows = annotators.iter().map(|mover| {
            vec![
                Cell::from(mover.annotator.as_str()),
                Cell::Number(mover.labels),
                Cell::from(mover.item.as_str()),
                Cell::Number(mover.change),
                mover
                    .refit_change
                    .map_or_else(|| Cell::from("–"), Cell::Number),
            ]
        });
        tables.push(table(
            "How far each annotator can move a score alone",
            "the farthest first",
            &["annotator", "labels", "item", "change", "in a refit"],
            rows,
        ));
    }
    tables.push(score_table(&result.items));
    Story {
        title: "An audit of scores".into(),
        lead: result.verdict.clone(),
        paragraphs: vec![
            "What is proved holds for every way to change or drop labels; what was found did it in a refit. In between lies the truth."
                .into(),
        ],
        figures: estimates(&result.items).into_iter().collect(),
        tables,
    }
}

/// What to know of a table.
pub(super) fn check(result: &CheckResult) -> Story {
    let findings = result.findings.iter().map(|finding| {
        let rows: Vec<String> = finding.rows.iter().map(u64::to_string).collect();
        vec![
            Cell::Text(finding.kind.replace('_', " ")),
            Cell::Number(finding.count as f64),
            Cell::Text(finding.message.clone()),
            Cell::Text(rows.join(", ")),
        ]
    });
    Story {
        title: "A table of comparisons".into(),
        lead: result.verdict.clone(),
        paragraphs: Vec::new(),
        figures: Vec::new(),
        tables: vec![table(
            "What there is to know",
            "",
            &["what", "count", "message", "rows"],
            findings,
        )],
    }
}

fn estimates(items: &[ItemScore]) -> Option<Box<dyn Figure>> {
    let rows: Vec<Estimate> = items
        .iter()
        .take(SHOWN)
        .map(|item| Estimate {
            name: item.item.clone(),
            value: item.score,
            error: item.standard_error,
        })
        .collect();
    (!rows.is_empty()).then(|| -> Box<dyn Figure> {
        Box::new(EstimatesFigure::new(
            Some("Scores of items"),
            "score",
            rows,
            None,
        ))
    })
}

fn score_table(items: &[ItemScore]) -> Table {
    let rows = items.iter().map(|item| {
        vec![
            Cell::from(item.item.as_str()),
            Cell::Number(item.score),
            item.standard_error
                .map_or_else(|| Cell::from("–"), Cell::Number),
            Cell::Number(item.comparisons as f64),
        ]
    });
    table(
        "Scores",
        "the highest first",
        &["item", "score", "standard error", "comparisons"],
        rows,
    )
}
