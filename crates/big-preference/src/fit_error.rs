//! Why a fit has no estimate.

use thiserror::Error;

use crate::data::DataError;
use crate::separation::Existence;

/// Why there is no estimate.
#[derive(Debug, Error)]
pub enum FitError {
    /// The data could not be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Nothing to fit.
    #[error("there are no comparisons (or all have weight 0): nothing to fit")]
    Empty,
    /// An option that makes no sense.
    #[error("{0}")]
    BadOption(String),
    /// There is no maximum, or more than one.
    #[error("{}", explain(.0))]
    NoMaximum(Existence),
    /// No comparison tells the precision from a shift of the positions.
    #[error(
        "the precision is not identified: the labels do not tell it from positions, as where squared norms are sums of \
         the coordinates (binary and one-hot columns), or rise for ever with it; fix it, or use the linear reward"
    )]
    PrecisionNotIdentified,
    /// The method gave up, although a maximum exists.
    #[error(
        "the fit stopped after {iterations} steps with a gradient of {gradient_norm:e}: rescale the embeddings to numbers \
         around 1, or add a ridge"
    )]
    NotConverged {
        /// Steps made.
        iterations: usize,
        /// The gradient's norm.
        gradient_norm: f64,
    },
}

fn explain(existence: &Existence) -> String {
    let show = |direction: &[f64]| {
        let shown: Vec<String> = direction
            .iter()
            .take(8)
            .map(|v| format!("{v:.4}"))
            .collect();
        let more = if direction.len() > 8 { ", …" } else { "" };
        format!("[{}{more}]", shown.join(", "))
    };
    match existence {
        Existence::Unique => "the maximum exists and is unique".to_owned(),
        Existence::Separable {
            direction,
            complete,
        } => format!(
            "the likelihood has no maximum: along {} it rises for ever, because {}; collect comparisons that disagree, \
             add a ridge, or bound the estimate to a set",
            show(direction),
            if *complete {
                "every comparison agrees with that direction"
            } else {
                "no comparison disagrees with that direction"
            }
        ),
        Existence::RankDeficient { direction, missing } => format!(
            "the likelihood has more than one maximum: it does not change along {} ({missing} such {}), because no \
             comparison differs in that direction; drop coordinates, or add a ridge",
            show(direction),
            if *missing == 1 {
                "direction"
            } else {
                "directions"
            }
        ),
        Existence::Unknown => "whether the likelihood has a maximum was not decided within the budget of operations: add a \
             ridge, or reduce the number of coordinates"
            .to_owned(),
    }
}
