//! Depth-first search on a line: for goals so near the end of the range that few subsets come near them.

use super::DEEPEST;
use super::line::{Line, Target};
use crate::lattice::Coordinate;

/// Nodes of the search, before it gives up.
const MOST_NODES: u32 = 1 << 22;

/// Depth-first search without repeats, for goals so near the end of the range that few subsets come near them: the last
/// item first, and only where the goal lies between the least and the greatest sum of the rest.
pub(crate) struct Dive<'a, U> {
    line: &'a Line<U>,
    /// Sums of the first items.
    prefix: Vec<U>,
    /// The least distances so far, from below and from above, and whose they are.
    below: Option<(U, Vec<usize>)>,
    above: Option<(U, Vec<usize>)>,
    fixed: Vec<usize>,
    nodes: u32,
}

impl<'a, U: Coordinate> Dive<'a, U> {
    /// `None` where the sum of all items may not fit.
    pub(crate) fn new(line: &'a Line<U>) -> Option<Self> {
        let ends = [line.values.first()?, line.values.last()?];
        for end in ends {
            U::from_big(&(end.to_big() * 2 * line.values.len()))?;
        }
        let mut prefix = vec![U::zero()];
        for (a, value) in line.values.iter().enumerate() {
            prefix.push(prefix[a].plus(value));
        }
        Some(Self {
            line,
            prefix,
            below: None,
            above: None,
            fixed: Vec::new(),
            nodes: 0,
        })
    }

    /// Improves `target`; did it see everything?
    pub(crate) fn run<T: Coordinate>(
        mut self,
        k: usize,
        q: &U,
        target: &mut Target<'_, T>,
    ) -> bool {
        let complete = self.descend(self.line.values.len(), k, q).is_some();
        for (sum, chosen) in [
            self.below.map(|(gap, chosen)| (q.minus(&gap), chosen)),
            self.above.map(|(gap, chosen)| (q.plus(&gap), chosen)),
        ]
        .into_iter()
        .flatten()
        {
            if target.improves(&sum) {
                target.take(&sum, chosen);
            }
        }
        complete
    }

    /// Searches the sums of `r` of the first `m` items for what is missing; `None` when it takes too long.
    fn descend(&mut self, m: usize, r: usize, q: &U) -> Option<()> {
        let low = &self.prefix[r];
        let high = self.prefix[m].minus(&self.prefix[m - r]);
        if q < low || *q >= high {
            let (gap, side, from) = if q < low {
                (low.minus(q), &mut self.above, 0)
            } else {
                (q.minus(&high), &mut self.below, m - r)
            };
            if side.as_ref().is_none_or(|(best, _)| gap < *best) {
                let chosen = (from..from + r).chain(self.fixed.iter().copied());
                *side = Some((gap, chosen.collect()));
            }
            return Some(());
        }
        for a in (r - 1..m).rev() {
            self.nodes += 1;
            if self.nodes > MOST_NODES || self.fixed.len() > DEEPEST {
                return None;
            }
            let rest = q.minus(&self.line.values[a]);
            let beyond = rest >= self.prefix[a].minus(&self.prefix[a + 1 - r]);
            self.fixed.push(a);
            let done = self.descend(a, r - 1, &rest);
            self.fixed.pop();
            done?;
            // Smaller last items reach even less far.
            if beyond {
                break;
            }
        }
        Some(())
    }
}
