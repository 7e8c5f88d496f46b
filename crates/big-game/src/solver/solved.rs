//! What solvers return.

use std::ops::Range;

use big_numeric::parallel;

use crate::equilibrium::{Cardinality, FreeInfluencer};
use crate::game::Game;
use crate::profile::{Profile, rows_together};

/// From so many numbers on they are written by several threads.
const PARALLEL: usize = 1 << 17;

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

/// The same with actions that are still to be written down.
pub(crate) struct Plan<'a> {
    /// Everything but the actions, of which there are none.
    pub(crate) found: Solved,
    pub(crate) write: Box<Write<'a>>,
}

/// Writes the actions of some influencers, `d` numbers each.
pub(crate) type Write<'a> = dyn Fn(Range<usize>, &mut [f64]) + Send + Sync + 'a;

impl Plan<'_> {
    /// Writes everybody's action down.
    pub(crate) fn carried_out(self, game: &Game) -> Solved {
        let d = game.dim();
        let rows = rows_together(d);
        let mut actions = Profile::zeros(game);
        let one = |(block, actions): (usize, &mut [f64])| {
            let first = block * rows;
            (self.write)(first..first + actions.len() / d, actions);
        };
        let values = actions.values_mut();
        if values.len() < PARALLEL {
            values.chunks_mut(rows * d).enumerate().for_each(one);
        } else {
            parallel::map(values.chunks_mut(rows * d).enumerate(), one);
        }
        Solved {
            actions,
            ..self.found
        }
    }
}
