//! What people think.

use crate::annotators::{People, fit_each};
use crate::data::Parts;
use crate::fit::{FitError, Precision};
use crate::hierarchy::{self, Family, Kind, PooledFit, pool};
use crate::likelihood::Model;
use crate::model_check::{ModelCheck, Supported};
use crate::position::Position;
use crate::separation::{Existence, too_few_rows};

/// What people think: their own estimates where they exist, and the hierarchy.
pub(super) struct Persons {
    pub(super) own: Vec<Result<Position, Existence>>,
    pub(super) hierarchy: Option<PooledFit>,
    /// Why there is no hierarchy where one was looked for.
    pub(super) not_found: Option<String>,
}

impl Persons {
    /// An audit goes on without a population that was not found in time.
    fn new(
        own: Vec<Result<Position, Existence>>,
        hierarchy: Result<PooledFit, FitError>,
    ) -> Result<Self, FitError> {
        let (hierarchy, not_found) = match hierarchy {
            Ok(found) => (Some(found), None),
            Err(ended @ FitError::PopulationNotFound { .. }) => (None, Some(ended.to_string())),
            Err(other) => return Err(other),
        };
        Ok(Self {
            own,
            hierarchy,
            not_found,
        })
    }
}

pub(super) fn people(
    parts: &Parts,
    model: Model,
    check: Option<&ModelCheck>,
) -> Result<Persons, FitError> {
    if parts.dim() > hierarchy::LARGEST {
        let own = parts.each(&|_, part| {
            // With enough rows their own estimates would be searched for longer than everything else takes.
            let few = too_few_rows(part, parts.dim())?;
            Ok::<_, FitError>(Err(few.unwrap_or(Existence::Unknown)))
        })?;
        return Ok(Persons {
            own,
            hierarchy: None,
            not_found: None,
        });
    }
    // Where the precision is fitted, people's is their own: that of the pooled estimate is the smaller, the more they differ.
    let fitted = check.filter(|check| check.supported != Supported::Vector);
    let Some(check) = fitted else {
        return Persons::new(fit_each(parts, model)?, pool(parts, Family::known(model)));
    };
    let beta = check.free.precision;
    let (kind, own) = match check.supported {
        Supported::IdealPoint => (
            Kind::IdealPoints,
            People::fit(parts, Precision::Fit, beta)?.positions,
        ),
        _ => (Kind::Attractions, fit_each(parts, model)?),
    };
    let hierarchy = match pool(parts, Family::estimated(kind, beta)) {
        Err(FitError::PrecisionNotIdentified | FitError::BadOption(_)) => {
            pool(parts, Family::known(model))
        }
        other => other,
    };
    Persons::new(own, hierarchy)
}
