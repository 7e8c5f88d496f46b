//! Populations and comparisons of models, as results.

use big_answer::preference::{ModelCheckResult, PopulationResult};
use big_preference::hierarchy::Hierarchy;
use big_preference::model_check::{ModelCheck, Supported};

/// The population of partially pooled annotators, as a result.
pub(super) fn population(found: &Hierarchy) -> PopulationResult {
    PopulationResult {
        center: found.center.clone(),
        center_errors: found.center_errors.clone(),
        deviation: found.deviation.clone(),
        common_deviation: found.common,
        log_likelihood: found.log_likelihood,
        precision: found.precision,
        precision_standard_error: found.precision_error,
        integration: match found.nodes {
            1 => "laplace".into(),
            _ => "quadrature".into(),
        },
        unbounded: found.unbounded,
    }
}

pub(super) fn check_result(check: &ModelCheck) -> ModelCheckResult {
    ModelCheckResult {
        supported: supported(check.supported).into(),
        precision: check.free.precision,
        precision_error: check.free.precision_error,
        log_likelihood: check.free.log_likelihood,
        unit_log_likelihood: check.unit_log_likelihood,
        unit_p_value: check.unit_p_value,
        vector_log_likelihood: check.vector_log_likelihood,
        vector_p_value: check.vector_p_value,
        coin_log_likelihood: check.coin_log_likelihood,
        verdict: check.verdict(),
    }
}

/// The name of a model.
pub(super) fn supported(model: Supported) -> &'static str {
    match model {
        Supported::IdealPoint => "ideal_point",
        Supported::Vector => "vector",
        Supported::AntiIdeal => "anti_ideal",
    }
}
