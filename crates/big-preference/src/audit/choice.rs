//! Which model an audit is of.

use crate::data::Source;
use crate::fit::{FitError, Precision};
use crate::likelihood::Model;
use crate::model_check::{ModelCheck, Supported, check_from};
use crate::origin::Origin;
use crate::separation::Existence;

use super::{AuditOptions, Reports};

/// A model and why.
pub(super) struct Choice {
    pub(super) model: Model,
    /// The comparison of the models, where it was made.
    pub(super) check: Option<ModelCheck>,
    /// Is the precision fitted but not identified?
    pub(super) unidentified: bool,
}

pub(super) fn choose(
    all: &dyn Source,
    origin: Option<&Origin>,
    options: &AuditOptions,
) -> Result<Choice, FitError> {
    match options.precision {
        Precision::Fixed(beta) if beta.is_finite() && beta > 0.0 => Ok(Choice {
            model: Model::ideal_point(beta),
            check: None,
            unidentified: false,
        }),
        Precision::Fixed(beta) => Err(FitError::BadOption(format!(
            "the precision is {beta}: it must be a positive number"
        ))),
        Precision::Fit => match check_from(all, origin) {
            Ok(check) => {
                let model = match check.supported {
                    Supported::IdealPoint => Model::ideal_point(check.free.precision),
                    Supported::Vector => Model::vector(),
                    Supported::AntiIdeal => Model {
                        gain: 1.0,
                        offset: check.free.precision,
                    },
                };
                if check.supported != Supported::IdealPoint {
                    directions_only(options, &check.verdict())?;
                }
                Ok(Choice {
                    model,
                    check: Some(check),
                    unidentified: false,
                })
            }
            // Neither with the precision nor without it: the linear reward may still have an estimate, and has one with a ridge.
            Err(FitError::NoMaximum(
                Existence::RankDeficient { .. } | Existence::Separable { .. } | Existence::Unknown,
            )) => {
                directions_only(options, "The precision is not identified.")?;
                Ok(Choice {
                    model: Model::vector(),
                    check: None,
                    unidentified: true,
                })
            }
            Err(other) => Err(other),
        },
    }
}

/// Where there are no ideal points, nobody can report one of a given space.
fn directions_only(options: &AuditOptions, why: &str) -> Result<(), FitError> {
    match options.reports {
        Reports::Held => Ok(()),
        _ => Err(FitError::BadOption(format!(
            "{why} So there are no ideal points to report within the given space: fix the precision, or leave the space or \
             the radius out and have directions audited"
        ))),
    }
}
