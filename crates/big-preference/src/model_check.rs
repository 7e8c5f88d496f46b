//! Which model do the data support: the paper's ideal point (β = 1), an ideal point of another precision, or the
//! vector model that is its limit `β → 0`?

use crate::data::Source;
use crate::fit::{Fit, FitError, FitOptions, Precision, concluded, estimate, fit, plain};
use crate::likelihood::{Model, Objective, Parameters};
use crate::newton::Minimum;
use crate::origin::Origin;
use crate::search::searches;
use crate::statistics::chi_squared_1_tail;

/// The level of the tests.
pub const LEVEL: f64 = 0.01;

/// What the data support.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Supported {
    /// A single-peaked reward: β is positive, and 0 is rejected.
    IdealPoint,
    /// A linear reward: β = 0 is not rejected.
    Vector,
    /// A reward that grows with the distance: β is negative, and 0 is rejected.
    AntiIdeal,
}

/// The three fits side by side.
#[derive(Clone, Debug)]
pub struct ModelCheck {
    /// `β̂` and `θ̂` together.
    pub free: Fit,
    /// The log-likelihood with β = 1; `None` where that fit has no maximum.
    pub unit_log_likelihood: Option<f64>,
    /// The p-value of β = 1 by the likelihood ratio (χ², one degree of freedom).
    pub unit_p_value: Option<f64>,
    /// The log-likelihood of the vector model.
    pub vector_log_likelihood: f64,
    /// The direction `φ̂` of the vector model (length `d`).
    pub vector: Vec<f64>,
    /// The p-value of β = 0.
    pub vector_p_value: f64,
    /// The log-likelihood of a coin, `−Σ w log 2`: what a useless model has.
    pub coin_log_likelihood: f64,
    /// The verdict at level [`LEVEL`].
    pub supported: Supported,
}

impl ModelCheck {
    /// Is the paper's β = 1 rejected at level [`LEVEL`]?
    pub fn rejects_unit_precision(&self) -> bool {
        self.unit_p_value.is_some_and(|p| p < LEVEL)
    }

    /// The verdict in a sentence.
    pub fn verdict(&self) -> String {
        let beta = figure(self.free.precision);
        let unit = match self.unit_p_value {
            Some(p) if p < LEVEL => {
                format!(
                    " A precision of 1 is rejected ({}) for one ideal point of all; where people differ, theirs is larger than \
                     this one.",
                    told(p)
                )
            }
            Some(p) => format!(" A precision of 1 is not rejected (p = {p:.2})."),
            None => String::new(),
        };
        let model = match self.supported {
            Supported::IdealPoint => format!(
                "With one common ideal point the data support a precision of {beta} over a linear reward ({}).",
                told(self.vector_p_value)
            ),
            Supported::Vector => format!(
                "With one common ideal point the data support a linear reward (the vector model): the precision {beta} is not \
                 told from 0 (p = {:.2}), and an ideal point is not identified.",
                self.vector_p_value
            ),
            Supported::AntiIdeal => format!(
                "With one common ideal point the precision is negative, {beta} ({} against 0): rewards grow with the distance \
                 from a point, and nobody has an ideal point.",
                told(self.vector_p_value)
            ),
        };
        model + &unit
    }
}

/// A number in three digits: never a zero that is none, nor a zero with a sign.
fn figure(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if (0.01..1e4).contains(&size) => format!("{value:.3}"),
        _ => format!("{value:.2e}"),
    }
}

/// A small p-value in words. Below 1e-300 doubles run out of digits, and then of numbers: 0 would be no p-value.
fn told(p: f64) -> String {
    if p < 1e-300 {
        "p < 1e-300".to_owned()
    } else {
        format!("p = {p:.1e}")
    }
}

/// Fits β = 1, β = 0 and β free, and compares: every pass over the rows serves all three.
///
/// # Errors
/// When the free fit or the vector model has no unique maximum.
pub fn check_model(source: &dyn Source) -> Result<ModelCheck, FitError> {
    check_from(source, None)
}

/// The same, where the curvature at the origin is known already.
pub(crate) fn check_from(
    source: &dyn Source,
    origin: Option<&Origin>,
) -> Result<ModelCheck, FitError> {
    let [unit, free, vector] = three(source, true, origin)?;
    let free = fit_of(source, Precision::Fit, free)?;
    let unit = value_of(source, unit)?;
    Ok(compared(
        unit,
        free,
        concluded(&vector_model(source), vector)?,
    ))
}

/// A [`fit`](fit()), and the comparison of the models beside it, where the fits that it needs exist. With neither ridge nor
/// bound nor start, and a precision of 1 or a fitted one, the fit is one of those three, and all are made in its passes.
///
/// # Errors
/// As the fit.
pub fn fit_and_check(
    source: &dyn Source,
    options: &FitOptions<'_>,
) -> Result<(Fit, Result<ModelCheck, FitError>), FitError> {
    let plain = options.ridge == 0.0 && options.bound.is_none() && options.start.is_none();
    let one = options.precision == Precision::Fixed(1.0);
    if !plain || !(one || options.precision == Precision::Fit) {
        return Ok((fit(source, options)?, check_model(source)));
    }
    let [unit, free, vector] = three(source, !one, None)?;
    let vector = || concluded(&vector_model(source), vector);
    if one {
        let unit = fit_of(source, Precision::Fixed(1.0), unit)?;
        let value = Some(unit.log_likelihood);
        let free = fit_of(source, Precision::Fit, free);
        let check = free.and_then(|free| Ok(compared(value, free, vector()?)));
        return Ok((unit, check));
    }
    let free = fit_of(source, Precision::Fit, free)?;
    let value = value_of(source, unit);
    let check = value.and_then(|value| Ok(compared(value, free.clone(), vector()?)));
    Ok((free, check))
}

fn vector_model(source: &dyn Source) -> Objective<'_> {
    Objective {
        source,
        parameters: Parameters::Position(Model::vector()),
        prior: None,
    }
}

/// Where the searches end for β = 1, for β free, and for the vector model. If β free has a maximum, so have the others: no direction
/// in which no margin falls is none with β held either. `value_only`: nothing is asked of β = 1 but its value.
fn three(
    source: &dyn Source,
    value_only: bool,
    origin: Option<&Origin>,
) -> Result<[Minimum; 3], FitError> {
    let [one, free] = [Precision::Fixed(1.0), Precision::Fit].map(|p| plain(source, p));
    let objectives = [
        (one, value_only),
        (free, false),
        (vector_model(source), true),
    ];
    let found = searches(&objectives, origin)?;
    // Three were asked for.
    found.try_into().map_err(|_| FitError::Empty)
}

fn fit_of(source: &dyn Source, precision: Precision, found: Minimum) -> Result<Fit, FitError> {
    let objective = plain(source, precision);
    let options = FitOptions {
        precision,
        ..FitOptions::default()
    };
    let found = concluded(&objective, found)?;
    Ok(estimate(&objective, &found, &options))
}

/// The log-likelihood with β = 1, where that has a maximum.
fn value_of(source: &dyn Source, unit: Minimum) -> Result<Option<f64>, FitError> {
    match concluded(&plain(source, Precision::Fixed(1.0)), unit) {
        Ok(unit) => Ok(Some(-unit.at.loss)),
        Err(FitError::NoMaximum(_) | FitError::NotConverged { .. }) => Ok(None),
        Err(other) => Err(other),
    }
}

fn compared(unit: Option<f64>, free: Fit, vector: Minimum) -> ModelCheck {
    let ratio = |smaller: f64| 2.0 * (free.log_likelihood - smaller);
    let vector_log_likelihood = -vector.at.loss;
    let vector_p_value = chi_squared_1_tail(ratio(vector_log_likelihood));
    let supported = if vector_p_value >= LEVEL {
        Supported::Vector
    } else if free.precision > 0.0 {
        Supported::IdealPoint
    } else {
        Supported::AntiIdeal
    };
    ModelCheck {
        unit_p_value: unit.map(|l| chi_squared_1_tail(ratio(l))),
        unit_log_likelihood: unit,
        vector_log_likelihood,
        vector: vector.y,
        vector_p_value,
        coin_log_likelihood: -free.weight * std::f64::consts::LN_2,
        supported,
        free,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_precision_is_told_to_be_zero() {
        for (value, expected) in [
            (0.3098, "0.310"),
            (-0.0004, "-4.00e-4"),
            (3.602e-7, "3.60e-7"),
            (-0.0, "0"),
            (12.0, "12.000"),
        ] {
            assert_eq!(figure(value), expected);
        }
    }

    #[test]
    fn no_p_value_is_told_to_be_zero() {
        // A likelihood ratio of 1400 has p = 2.1e-306 (the C library: erfc(sqrt(700))), one of 1600 underflows.
        for ratio in [1400.0, 1600.0, 1e9, f64::INFINITY] {
            assert_eq!(told(chi_squared_1_tail(ratio)), "p < 1e-300");
        }
        assert_eq!(told(chi_squared_1_tail(50.0)), "p = 1.5e-12");
        assert_eq!(told(0.0099), "p = 9.9e-3");
    }
}
