//! What `big prefs fit` and `big prefs audit` tell people about items without embeddings.

use big_answer::items::{ItemsAuditResult, ItemsResult};

use crate::words::{ROWS, count, error, number, rest, table};

/// The scores.
pub(super) fn scores(file: &str, result: &ItemsResult) -> String {
    let errors = match result.clusters {
        Some(n) => format!("standard error (clustered by {n})"),
        None => "standard error".into(),
    };
    let mut text = format!(
        "{file}: {} of {}, {} of them ties\n\n",
        count(result.comparisons as usize, "comparison"),
        count(result.items.len(), "item"),
        result.tied
    );
    text += &table(
        &["item", "score", &errors, "comparisons"],
        result.items.iter().take(ROWS).map(|item| {
            vec![
                item.item.clone(),
                number(item.score),
                item.standard_error.map_or("-".into(), number),
                item.comparisons.to_string(),
            ]
        }),
    );
    if result.items.len() > ROWS {
        text += &format!("… --json shows all {} items\n", result.items.len());
    }
    let ties = match (result.tie_parameter, &*result.ties) {
        (Some(value), "davidson") => format!(", ν = {}", number(value)),
        (Some(value), _) => format!(", η = {}", number(value)),
        (None, _) => String::new(),
    };
    text += &format!(
        "\nScores have mean 0; a difference is the logit of winning (ties: {}{ties}). Log-likelihood {}; {}, gradient at most {}.\n",
        result.ties,
        number(result.log_likelihood),
        count(result.iterations, "Newton step"),
        error(result.gradient_norm)
    );
    for note in &result.notes {
        text += note;
        text.push('\n');
    }
    text
}

/// Who can move them.
pub(super) fn audit(file: &str, top: usize, result: &ItemsAuditResult) -> String {
    let mut text = format!(
        "{file}: {} of {}\n\n{}\n\n",
        count(result.comparisons as usize, "comparison"),
        count(result.items.len(), "item"),
        result.verdict
    );
    let named = result.annotators.is_some();
    let mut header = vec!["above", "below", "gap", "labels: at least", "found"];
    if named {
        header.extend(["annotators: at least", "found "]);
    }
    text += "How few changed labels swap two items (at least: proved for every way to change or drop them; found: by a refit)\n";
    text += &table(
        &header,
        result.swaps.iter().map(|swap| {
            let mut row = vec![
                swap.above.clone(),
                swap.below.clone(),
                number(swap.gap),
                swap.labels_at_least.to_string(),
                swap.labels_found.map_or("none".into(), |n| n.to_string()),
            ];
            if named {
                row.push(
                    swap.annotators_at_least
                        .map_or(String::new(), |n| n.to_string()),
                );
                row.push(match &swap.annotators_found {
                    Some(who) => who.len().to_string(),
                    None => "none".into(),
                });
            }
            row
        }),
    );
    if let Some(annotators) = &result.annotators {
        text += "\nHow far each annotator can move a score alone\n";
        text += &table(
            &[
                "annotator",
                "labels",
                "item",
                "change",
                "in a refit",
                "swaps alone",
            ],
            annotators.iter().take(top).map(|mover| {
                vec![
                    mover.annotator.clone(),
                    number(mover.labels),
                    mover.item.clone(),
                    number(mover.change),
                    mover.refit_change.map_or("-".into(), number),
                    match (mover.refit_change, mover.swaps.len()) {
                        (None, 0) => "-".into(),
                        (_, n) => n.to_string(),
                    },
                ]
            }),
        );
        text += &rest(
            annotators.len(),
            top,
            "more annotator",
            "; --json shows them",
        );
    }
    text
}
