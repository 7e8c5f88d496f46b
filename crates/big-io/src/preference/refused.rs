//! In the place of the readers of Parquet and Arrow, in a build without them.

use super::block::{Reading, Stop, Visit};
use super::layout::{Find, Layout};
use super::table::RowCount;
use crate::error::InputError;

fn refused() -> InputError {
    InputError::without_parquet("is a Parquet or Arrow file")
}

pub(super) fn look<F: ?Sized>(
    _file: &F,
    _find: &Find<'_>,
) -> Result<(Layout, RowCount), InputError> {
    Err(refused())
}

pub(super) fn read<F: ?Sized>(
    _file: &F,
    _reading: &Reading<'_>,
    _visit: &mut Visit<'_>,
) -> Result<(), Stop> {
    Err(refused().into())
}
