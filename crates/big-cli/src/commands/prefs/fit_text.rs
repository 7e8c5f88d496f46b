//! What `big prefs fit` tells people.

use big_answer::preference::{AnnotatorResult, FitAnswer, FitResult};

use super::items_text;
use super::told::{none_text, population_text};
use crate::words::{ROWS, count, error, number, rest, table, vector};

pub(super) fn text(file: &str, pooled: bool, answer: &FitAnswer) -> String {
    match answer {
        FitAnswer::None(none) => none_text(none),
        FitAnswer::Items(result) => items_text::scores(file, result),
        FitAnswer::Estimate(result) => estimate(file, pooled, result),
    }
}

fn estimate(file: &str, pooled: bool, result: &FitResult) -> String {
    let d = result.theta.len();
    let mut text = format!(
        "{file}: {} in {}\n\n",
        count(result.comparisons as usize, "comparison"),
        count(d, "dimension")
    );
    let errors = result.standard_errors.as_ref();
    text += &table(
        &["coordinate", "ideal point", &errors_name(result)],
        (0..d.min(ROWS)).map(|k| {
            vec![
                k.to_string(),
                number(result.theta[k]),
                errors.map_or("-".into(), |e| number(e[k])),
            ]
        }),
    );
    if d > ROWS {
        text += &format!("… --json shows all {d} coordinates\n");
    }
    let precision = match (result.precision_error, result.pooled_precision) {
        (Some(e), Some(pooled)) => format!(
            "fitted precision {} with one ideal point for all, {} ± {} with everybody's own",
            number(pooled),
            number(result.precision),
            number(e)
        ),
        (Some(e), None) => format!(
            "fitted precision {} ± {}",
            number(result.precision),
            number(e)
        ),
        (None, _) => format!("precision {}", number(result.precision)),
    };
    let coin = -result.weight * std::f64::consts::LN_2;
    text += &format!(
        "\nLog-likelihood {} (a coin has {}), {precision}; {}, gradient at most {}.\n",
        number(result.log_likelihood),
        number(coin),
        count(result.iterations, "Newton step"),
        error(result.gradient_norm)
    );
    if result.log_likelihood < coin {
        text += "The estimate predicts worse than a coin.\n";
    }
    if let Some(check) = &result.model_check {
        text += &check.verdict;
        if result.attraction.is_none() && check.unit_p_value.is_none_or(|p| p < 0.01) {
            text += " --precision fit does that.";
        }
        text.push('\n');
    }
    if let Some(place) = &result.position_bias {
        text += &format!("The first place counts {}", number(place.logit));
        if let Some(e) = place.standard_error {
            text += &format!(" ± {}", number(e));
        }
        text += " in the logit of winning";
        if let Some(p) = place.p_value {
            text += &match p < 1e-300 {
                true => " (p < 1e-300 for none)".to_owned(),
                false => format!(" (p = {} for none)", error(p)),
            };
        }
        text += ".\n";
    }
    for note in &result.notes {
        text += note;
        text.push('\n');
    }
    if let Some(bootstrap) = &result.bootstrap {
        text += &format!(
            "Standard errors from {} of the annotators (seed {}), {} of which without an estimate.\n",
            count(bootstrap.replicates, "sample"),
            bootstrap.seed,
            bootstrap.failed
        );
    }
    if let Some(population) = &result.population {
        text += &population_text(population);
    }
    if let Some(annotators) = &result.annotators {
        text += &annotators_text(pooled, annotators);
    }
    text
}

/// What a column of standard errors is called.
fn errors_name(result: &FitResult) -> String {
    match (&*result.standard_error_kind, result.clusters) {
        ("clustered", Some(n)) => format!("standard error (clustered by {n})"),
        ("bootstrap", _) => "standard error (bootstrap)".into(),
        _ => "standard error".into(),
    }
}

fn annotators_text(pooled: bool, annotators: &[AnnotatorResult]) -> String {
    let without = annotators.iter().filter(|a| a.theta.is_none()).count();
    let mut text = if pooled {
        format!(
            "\n{}, partially pooled:\n",
            count(annotators.len(), "annotator")
        )
    } else if without == 0 {
        format!("\n{}:\n", count(annotators.len(), "annotator"))
    } else {
        format!(
            "\n{}, {without} of them with too few or too uniform labels for an estimate of their own (--pool gives \
             partially pooled ones):\n",
            count(annotators.len(), "annotator")
        )
    };
    text += &table(
        &["annotator", "comparisons", "ideal point", "standard errors"],
        annotators.iter().take(ROWS).map(|a| {
            vec![
                a.annotator.clone(),
                a.comparisons.to_string(),
                match (&a.theta, &a.none) {
                    (Some(theta), _) => vector(theta),
                    (None, Some(none)) if none.reason == "separable" => "none: separable".into(),
                    (None, Some(none)) if none.reason == "unknown" => "unknown".into(),
                    (None, _) => "none: too few".into(),
                },
                a.standard_errors
                    .as_ref()
                    .map_or(String::new(), |e| vector(e)),
            ]
        }),
    );
    text += &rest(
        annotators.len(),
        ROWS,
        "more annotator",
        "; --json shows them",
    );
    text
}
