//! An annotator's estimate.

use crate::wire::wired;

/// An estimate of one annotator's position.
#[derive(Clone, Debug, PartialEq)]
pub struct Position {
    /// The point (length `d`).
    pub point: Vec<f64>,
    /// Its standard errors, from the observed information (with a prior: the posterior's standard deviations).
    pub standard_errors: Vec<f64>,
    /// The log-likelihood there.
    pub log_likelihood: f64,
}

wired!(Position {
    point,
    standard_errors,
    log_likelihood
});
