//! Rows of a table that is in no file of its user's, in a build that knows no Arrow: there are none.

use std::convert::Infallible;

/// The rows of a table that no path names: none in a build without the feature `parquet`, so that no value of this type is ever made.
#[derive(Clone, Debug)]
pub struct Held(Infallible);

impl Held {
    /// About how many bytes the rows take.
    pub fn bytes(&self) -> usize {
        match self.0 {}
    }

    /// Whatever is made of them.
    pub(super) fn never<T>(self) -> T {
        match self.0 {}
    }
}
