//! What solvers return.

use crate::equilibrium::{Cardinality, FreeInfluencer};
use crate::profile::Profile;

/// What a solver found, before it is checked.
#[derive(Clone, Debug)]
pub struct Solved {
    /// Where the receiver lands (length `d`).
    pub receiver: Vec<f64>,
    /// The selected actions.
    pub actions: Profile,
    /// One equilibrium, infinitely many, or a tie within rounding errors.
    pub cardinality: Cardinality,
    /// The affine dimension of the set of equilibria, where it is known.
    pub dimension: Option<usize>,
    /// Influencers with `t_i = r*` and a weight that is not zero, in increasing order.
    pub winners: Vec<usize>,
    /// Those whose action is not the same at all equilibria, in increasing order.
    pub free: Vec<FreeInfluencer>,
    /// Passes over the influencers.
    pub passes: usize,
}
