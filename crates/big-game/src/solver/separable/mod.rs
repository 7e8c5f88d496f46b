//! Boxes and scalar weights: the equilibrium by selection, coordinate by coordinate, exactly (ours).
//!
//! The dual separates by coordinate into the root of the strictly increasing
//! `F(y) = y − b − Σ_i pull_i(y)`, where influencer `i` pulls by `max(w_i l_i, w_i u_i)` while `y < t_i`
//! and by the minimum once `y > t_i`. With jumps `J_i = |w_i| (u_i − l_i)` the root solves
//! `y + Σ_{t_i < y} J_i = b + Σ_i max(w_i l_i, w_i u_i)`: a weighted-median-like selection, `O(n)` expected,
//! with no iteration and no tolerance. Comparisons that rounding could sway are made in exact arithmetic:
//! of the numbers as written where the game knows them, else of its doubles.

mod column;
mod exact;
mod faces;
mod held;
mod intervals;
mod pairs;
mod select;
mod solve;
mod stream;
mod sweep;
mod totals;
mod vertices;

use big_numeric::DoubleDouble;
use big_numeric::parallel;

pub use column::Side;
pub(crate) use intervals::Intervals;
pub use solve::solve;
pub(crate) use solve::{plan, plan_on_a_line};
pub use vertices::vertices;

use crate::game::Game;
use column::{Boxes, Column};
use exact::FreeInfluencers;
use select::{Level, Place, Search};

/// Where the receiver lands in one coordinate, and with it which end every influencer plays.
#[derive(Clone, Debug, PartialEq)]
pub struct Cut {
    /// The receiver's coordinate `r*_k`, correctly rounded.
    pub receiver: f64,
    /// Among the targets.
    pub position: Position,
    /// Influencers (in increasing order) whose targets have the same double as their neighbours' and were
    /// written differently: comparing doubles does not tell their sides.
    written: Vec<(usize, Side)>,
    /// Those whose target's double is the receiver's, in increasing order, where they have been listed already.
    members: Option<Vec<u32>>,
    /// Passes over the influencers.
    passes: usize,
}

/// Where a receiver coordinate is among the targets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Position {
    /// Strictly between two neighbouring targets.
    Between {
        /// The highest target below; −∞ when there is none.
        below: f64,
        /// The lowest target above; ∞ when there is none.
        above: f64,
    },
    /// At a target. Those who have it share out the pull that is left,
    /// `s = r* − b − Σ (pulls of all others) ∈ [low, high]`.
    Pinned {
        /// The target.
        target: f64,
        /// The least that the pinned ones pull together.
        low: DoubleDouble,
        /// The most that they pull together.
        high: DoubleDouble,
        /// `s − low`, without cancellation.
        above_low: DoubleDouble,
        /// `high − s`, without cancellation.
        below_high: DoubleDouble,
    },
}

impl Cut {
    /// On which side of the receiver influencer `i` is, its target's coordinate being `target`.
    #[inline]
    pub fn side(&self, i: usize, target: f64) -> Side {
        let (below, above) = match self.position {
            Position::Between { below, above } => (below, above),
            Position::Pinned { target: at, .. } => (at, at),
        };
        if !self.written.is_empty() && target == below {
            // Every influencer of this target is listed.
            if let Ok(at) = self.written.binary_search_by_key(&i, |&(i, _)| i) {
                return self.written[at].1;
            }
        }
        if below < above {
            return if target <= below {
                Side::Below
            } else {
                Side::Above
            };
        }
        if target < below {
            Side::Below
        } else if target > below {
            Side::Above
        } else {
            Side::Pinned
        }
    }

    /// Is the receiver at a target, and the pull that is left strictly between what the pinned ones can
    /// do? (Only then have they a choice.)
    pub fn is_strictly_inside(&self) -> bool {
        match self.position {
            Position::Between { .. } => false,
            Position::Pinned {
                above_low,
                below_high,
                ..
            } => above_low.to_f64() > 0.0 && below_high.to_f64() > 0.0,
        }
    }
}

/// Locates the equilibrium's receiver, one [`Cut`] a coordinate, without writing down anybody's action;
/// `None` unless the loss is squared, the weights scalars and the action spaces boxes.
///
/// `O(n d)` expected; extra memory below a tenth of a game of a million influencers. The same for any number of threads.
pub fn locate(game: &Game) -> Option<Vec<Cut>> {
    let boxes = Boxes::new(game)?;
    Some(cuts(boxes))
}

fn cuts(boxes: Boxes<'_>) -> Vec<Cut> {
    let common = boxes.common();
    let n = boxes.game.influencers();
    if let (Some(set), None, true) = (common, boxes.written, n <= MOST) {
        return if n <= held::MOST {
            held::cuts(boxes, set)
        } else {
            stream::cuts(boxes, set)
        };
    }
    let d = boxes.game.dim();
    let one = |k| {
        let column = Column::new(boxes, k);
        cut_by_sweeps(column, sweep::level(&column))
    };
    if d == 1 || n * d < PARALLEL {
        return (0..d).map(one).collect();
    }
    parallel::map(0..d, one)
}

/// Influencers whose numbers fit into 32 bits.
const MOST: usize = u32::MAX as usize;
/// Numbers in all columns from which these are shared out among threads.
const PARALLEL: usize = 1 << 13;
/// Below this share of the influencers, those near the root are copied.
const COPIED: usize = 32;
/// This many are always copied.
const FEW: usize = 1 << 13;

fn cut_by_sweeps(column: Column<'_>, level: Level) -> Cut {
    let mut search = Search {
        column,
        level,
        below: f64::NEG_INFINITY,
        above: f64::INFINITY,
        base: DoubleDouble::ZERO,
        base_error: 0.0,
    };
    let (place, passes) = search.sweep((column.len() / COPIED).max(FEW));
    cut(&column, place, None, passes + 1)
}

/// The cut at a place; `members` are those whose target is there, where they are known.
fn cut(column: &Column<'_>, place: Place, members: Option<Vec<u32>>, passes: usize) -> Cut {
    match place {
        Place::Between {
            below,
            above,
            receiver,
        } => Cut {
            receiver: receiver.to_f64(),
            position: Position::Between { below, above },
            written: Vec::new(),
            members,
            passes,
        },
        Place::Split {
            target,
            receiver,
            sides,
        } => Cut {
            receiver: receiver.to_f64(),
            position: Position::Between {
                below: target,
                above: target,
            },
            written: sides,
            members,
            passes,
        },
        Place::Pinned {
            target,
            group,
            above_low,
            below_high,
            sides,
        } => {
            let group = group.unwrap_or_else(|| {
                let (low, high) = match &members {
                    Some(members) => column.pulls(members),
                    None => sweep::pulls_at(column, target),
                };
                FreeInfluencers {
                    low,
                    high,
                    above_low,
                    below_high,
                }
            });
            Cut {
                receiver: target,
                position: Position::Pinned {
                    target,
                    low: group.low,
                    high: group.high,
                    above_low: group.above_low,
                    below_high: group.below_high,
                },
                written: sides,
                members,
                passes,
            }
        }
    }
}
