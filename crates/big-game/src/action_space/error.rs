//! Why a description is not an action space.

/// A mistake in a [`SpaceSpec`](crate::spec::SpaceSpec). Coordinates, rows and vertices count from 0.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SpaceError {
    /// The set lives in dimension 0.
    #[error("the action space has dimension 0; give at least one coordinate")]
    ZeroDimension,
    /// Two parts of the description disagree about the dimension.
    #[error("`{what}` has length {found}, expected {expected}")]
    Length {
        /// The field.
        what: &'static str,
        /// The length it must have.
        expected: usize,
        /// The length it has.
        found: usize,
    },
    /// A row of a list of rows has a wrong length.
    #[error("row {row} of `{what}` has length {found}, expected {expected}")]
    RowLength {
        /// The field.
        what: &'static str,
        /// The row.
        row: usize,
        /// The length it must have.
        expected: usize,
        /// The length it has.
        found: usize,
    },
    /// A NaN, an infinity, or a number so large that sums of its products would overflow.
    #[error(
        "`{what}`{} is {value}; numbers must be finite and at most {limit:e} in magnitude: choose other units",
        place(.row, .coordinate)
    )]
    OutOfRange {
        /// The field.
        what: &'static str,
        /// The row, in a list of rows.
        row: Option<usize>,
        /// The coordinate, in a vector.
        coordinate: Option<usize>,
        /// The number.
        value: f64,
        /// The largest magnitude that is accepted.
        limit: f64,
    },
    /// A box with a lower bound above the upper bound.
    #[error("lower bound {lower} is above upper bound {upper} in coordinate {coordinate}")]
    CrossedBounds {
        /// The coordinate.
        coordinate: usize,
        /// Its lower bound.
        lower: f64,
        /// Its upper bound.
        upper: f64,
    },
    /// A radius or a scale below 0.
    #[error("`{what}` is {value}; it must be at least 0")]
    Negative {
        /// `radius` or `scale`.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// A polytope without points, or half-spaces that no point satisfies.
    #[error("the polytope is empty: {}", if *.halfspaces { "no point satisfies all half-spaces" } else { "give at least one vertex" })]
    Empty {
        /// Was it given by half-spaces?
        halfspaces: bool,
    },
    /// Half-spaces that do not bound a polytope.
    #[error(
        "the half-spaces bound no polytope: nothing stops a point from moving along {direction:?}; add half-spaces that do"
    )]
    Unbounded {
        /// A direction of recession.
        direction: Vec<f64>,
    },
    /// An ellipsoid's shape that is not symmetric.
    #[error(
        "`shape` is not symmetric: entry ({row}, {column}) is {value}, its mirror image is {mirror}"
    )]
    NotSymmetric {
        /// Row.
        row: usize,
        /// Column, below the row.
        column: usize,
        /// The entry.
        value: f64,
        /// The entry with row and column exchanged.
        mirror: f64,
    },
    /// An ellipsoid's shape that is not positive definite (to working precision).
    #[error(
        "`shape` is not positive definite: elimination breaks down in row {row} (relative pivot {pivot:e}); \
         an ellipsoid needs a positive extent in every direction"
    )]
    NotPositiveDefinite {
        /// The first row at which elimination breaks down.
        row: usize,
        /// The pivot there, relative to the diagonal entry.
        pivot: f64,
    },
}

fn place(row: &Option<usize>, coordinate: &Option<usize>) -> String {
    match (row, coordinate) {
        (Some(row), Some(k)) => format!(" row {row}, coordinate {k},"),
        (Some(row), None) => format!(" row {row}"),
        (None, Some(k)) => format!(" coordinate {k}"),
        (None, None) => String::new(),
    }
}

/// The largest magnitude of a coordinate, a radius or a scale.
pub const MAX_MAGNITUDE: f64 = 1e150;

pub(super) fn check_number(what: &'static str, value: f64) -> Result<(), SpaceError> {
    check_at(what, None, None, value, MAX_MAGNITUDE)
}

pub(super) fn check_size(what: &'static str, value: f64) -> Result<(), SpaceError> {
    check_number(what, value)?;
    if value < 0.0 {
        return Err(SpaceError::Negative { what, value });
    }
    Ok(())
}

pub(super) fn check_vector(what: &'static str, values: &[f64]) -> Result<(), SpaceError> {
    for (k, &value) in values.iter().enumerate() {
        check_at(what, None, Some(k), value, MAX_MAGNITUDE)?;
    }
    Ok(())
}

/// Checks a list of rows of one length and returns them contiguously.
pub(super) fn check_rows(
    what: &'static str,
    rows: &[Vec<f64>],
    expected: usize,
    limit: f64,
) -> Result<Vec<f64>, SpaceError> {
    let mut flat = Vec::with_capacity(rows.len() * expected);
    for (row, values) in rows.iter().enumerate() {
        if values.len() != expected {
            return Err(SpaceError::RowLength {
                what,
                row,
                expected,
                found: values.len(),
            });
        }
        for (k, &value) in values.iter().enumerate() {
            check_at(what, Some(row), Some(k), value, limit)?;
        }
        flat.extend_from_slice(values);
    }
    Ok(flat)
}

pub(super) fn check_length(
    what: &'static str,
    expected: usize,
    found: usize,
) -> Result<(), SpaceError> {
    if expected == found {
        Ok(())
    } else {
        Err(SpaceError::Length {
            what,
            expected,
            found,
        })
    }
}

fn check_at(
    what: &'static str,
    row: Option<usize>,
    coordinate: Option<usize>,
    value: f64,
    limit: f64,
) -> Result<(), SpaceError> {
    if value.abs() <= limit {
        return Ok(());
    }
    Err(SpaceError::OutOfRange {
        what,
        row,
        coordinate,
        value,
        limit,
    })
}
