//! Why a fit has no estimate.

use thiserror::Error;

use crate::bytes::{Reader, Writer};
use crate::data::DataError;
use crate::separation::Existence;
use crate::wire::Wire;

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
    /// The search for the population that annotators are from was ended.
    #[error(
        "the population that annotators are from was not found within the budget of operations, in {evaluations} evaluations of \
         everybody's labels: given a position of their own these are nearly certain, and hardly say how far people differ"
    )]
    PopulationNotFound {
        /// How often everybody's labels were evaluated.
        evaluations: usize,
    },
}

impl Wire for FitError {
    fn write(&self, out: &mut Writer) {
        match self {
            Self::Data(error) => {
                out.byte(0);
                out.text(&error.to_string());
            }
            Self::Empty => out.byte(1),
            Self::BadOption(what) => {
                out.byte(2);
                out.text(what);
            }
            Self::NoMaximum(existence) => {
                out.byte(3);
                existence.write(out);
            }
            Self::PrecisionNotIdentified => out.byte(4),
            Self::NotConverged {
                iterations,
                gradient_norm,
            } => {
                out.byte(5);
                iterations.write(out);
                gradient_norm.write(out);
            }
            Self::PopulationNotFound { evaluations } => {
                out.byte(6);
                evaluations.write(out);
            }
        }
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(match from.byte()? {
            // Of rows in memory nothing is wrong; the words are what is left of it.
            0 => Self::Data(DataError::Reader(from.text()?.into())),
            1 => Self::Empty,
            2 => Self::BadOption(from.text()?),
            3 => Self::NoMaximum(Wire::read(from)?),
            4 => Self::PrecisionNotIdentified,
            5 => Self::NotConverged {
                iterations: Wire::read(from)?,
                gradient_norm: Wire::read(from)?,
            },
            6 => Self::PopulationNotFound {
                evaluations: Wire::read(from)?,
            },
            _ => return None,
        })
    }
}

impl Wire for Existence {
    fn write(&self, out: &mut Writer) {
        match self {
            Self::Unique => out.byte(0),
            Self::Separable {
                direction,
                complete,
            } => {
                out.byte(1);
                direction.write(out);
                complete.write(out);
            }
            Self::RankDeficient { direction, missing } => {
                out.byte(2);
                direction.write(out);
                missing.write(out);
            }
            Self::Unknown => out.byte(3),
        }
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(match from.byte()? {
            0 => Self::Unique,
            1 => Self::Separable {
                direction: Wire::read(from)?,
                complete: Wire::read(from)?,
            },
            2 => Self::RankDeficient {
                direction: Wire::read(from)?,
                missing: Wire::read(from)?,
            },
            3 => Self::Unknown,
            _ => return None,
        })
    }
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
