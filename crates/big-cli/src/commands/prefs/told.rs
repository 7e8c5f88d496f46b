//! What several of these commands tell people.

use big_answer::preference::{NoMaximumResult, PopulationResult};

use crate::words::{number, vector};

/// Why there is no estimate.
pub(super) fn none_text(none: &NoMaximumResult) -> String {
    format!("No estimate: {}.\n", none.message)
}

/// The population in a sentence or two.
pub(super) fn population_text(found: &PopulationResult) -> String {
    let precision = match found.precision_standard_error {
        Some(e) => format!(", precision {} ± {}", number(found.precision), number(e)),
        None => String::new(),
    };
    let scatter = match found.deviation.first() {
        Some(one) if found.common_deviation => format!(
            "{} in every coordinate (they have fewer rows than there are coordinates, which do not tell one each)",
            number(*one)
        ),
        _ => format!("{} (coordinate by coordinate)", vector(&found.deviation)),
    };
    let mut text = format!(
        "The annotators' own positions are centred at {} and scatter by {scatter}{precision}; marginal\n\
         log-likelihood {}. That is what people think; a model trained on their pooled labels learns the estimate above.\n",
        vector(&found.center),
        number(found.log_likelihood)
    );
    if found.unbounded {
        text += "The labels are so uniform that they do not bound how far people differ: a deviation is the largest that is searched.\n";
    }
    text
}
