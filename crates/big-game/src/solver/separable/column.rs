//! One coordinate of a game of boxes, read in place.

use big_numeric::DoubleDouble;

use super::intervals::Intervals;
use crate::action_space::{ActionSpace, BoxSet};
use crate::game::Game;
use crate::spec::{GameSpec, Loss, Rational, SpaceSpec, WeightSpec};

/// A game that the separable solver applies to: squared loss, scalar weights, boxes, or any sets on a line.
#[derive(Clone, Copy)]
pub(super) struct Boxes<'a> {
    pub(super) game: &'a Game,
    pub(super) weights: &'a [f64],
    /// The numbers as written, where they are known, with boxes for sets.
    pub(super) written: Option<&'a GameSpec<Rational>>,
    /// The sets on a line, where they are no boxes.
    intervals: Option<&'a [BoxSet]>,
}

impl<'a> Boxes<'a> {
    pub(super) fn new(game: &'a Game) -> Option<Self> {
        if game.has_boxes() {
            Self::with(game, game.exact(), None)
        } else {
            None
        }
    }

    /// The same with sets on a line.
    pub(super) fn on_a_line(game: &'a Game, intervals: &'a Intervals) -> Option<Self> {
        Self::with(game, intervals.written.as_ref(), Some(&intervals.sets))
    }

    fn with(
        game: &'a Game,
        written: Option<&'a GameSpec<Rational>>,
        intervals: Option<&'a [BoxSet]>,
    ) -> Option<Self> {
        let weights = game.scalar_weights()?;
        if game.loss() != Loss::SquaredEuclidean {
            return None;
        }
        let written = written.filter(|spec| {
            // A description of another shape would be no description of this game.
            let influencers = spec.influencers.iter().enumerate();
            spec.bias.len() == game.dim()
                && spec.influencers.len() == weights.len()
                && spec.spaces.len() == game.spaces().len()
                && (spec.spaces.iter())
                    .all(|s| matches!(s, SpaceSpec::Box { .. }) && s.dim() == game.dim())
                && influencers.into_iter().all(|(i, influencer)| {
                    matches!(influencer.weight, WeightSpec::Scalar(_))
                        && influencer.target.len() == game.dim()
                        && influencer.space == game.space_index(i)
                })
        });
        Some(Self {
            game,
            weights,
            written,
            intervals,
        })
    }

    fn set(&self, space: usize) -> Option<&'a BoxSet> {
        match self.intervals {
            Some(sets) => sets.get(space),
            None => as_box(self.game.spaces().get(space)?),
        }
    }

    /// Influencer `i`'s box.
    pub(super) fn space(&self, i: usize) -> Option<&'a BoxSet> {
        self.set(self.game.space_index(i))
    }

    /// Everybody's box, where it is the same.
    pub(super) fn common(&self) -> Option<&'a BoxSet> {
        self.game.common_space()?;
        self.set(0)
    }
}

/// A box as a box.
fn as_box(space: &ActionSpace) -> Option<&BoxSet> {
    match space {
        ActionSpace::Box(set) => Some(set),
        _ => None,
    }
}

/// Coordinate `k`: targets and the jumps of the pull at them.
///
/// A jump is `mass · unit`: with a common interval `[l, u]` the mass is `|w_i|` and the unit `u − l`;
/// otherwise the mass is `|w_i| (u_i − l_i)` and the unit 1.
#[derive(Clone, Copy)]
pub(super) struct Column<'a> {
    pub(super) boxes: Boxes<'a>,
    pub(super) k: usize,
    targets: &'a [f64],
    dim: usize,
    common: Option<(f64, f64)>,
}

impl<'a> Column<'a> {
    pub(super) fn new(boxes: Boxes<'a>, k: usize) -> Self {
        let common = boxes.common();
        Self {
            boxes,
            k,
            targets: boxes.game.targets(),
            dim: boxes.game.dim(),
            common: common.map(|set| (set.lower()[k], set.upper()[k])),
        }
    }

    /// The number of influencers.
    pub(super) fn len(&self) -> usize {
        self.boxes.weights.len()
    }

    #[inline]
    pub(super) fn target(&self, i: usize) -> f64 {
        self.targets[i * self.dim + self.k]
    }

    #[inline]
    pub(super) fn weight(&self, i: usize) -> f64 {
        self.boxes.weights[i]
    }

    /// The interval of influencer `i`'s actions.
    #[inline]
    pub(super) fn interval(&self, i: usize) -> (f64, f64) {
        self.common.unwrap_or_else(|| {
            // Every space is a box: `Boxes::new` saw to it.
            self.boxes
                .space(i)
                .map_or((0.0, 0.0), |set| (set.lower()[self.k], set.upper()[self.k]))
        })
    }

    /// The common interval, if there is one.
    pub(super) fn common(&self) -> Option<(f64, f64)> {
        self.common
    }

    pub(super) fn unit(&self) -> DoubleDouble {
        self.common
            .map_or(1.0.into(), |(l, u)| DoubleDouble::sum(u, -l))
    }

    #[inline]
    pub(super) fn mass(&self, i: usize) -> DoubleDouble {
        let w = self.weight(i).abs();
        if self.common.is_some() {
            return w.into();
        }
        let (l, u) = self.interval(i);
        DoubleDouble::sum(u, -l) * w
    }

    /// The ends of influencer `i`'s pull, `min` and `max` of `w_i x` over its interval.
    #[inline]
    pub(super) fn pull(&self, i: usize) -> (DoubleDouble, DoubleDouble) {
        let w = self.weight(i);
        let (l, u) = self.interval(i);
        let (a, b) = (DoubleDouble::product(w, l), DoubleDouble::product(w, u));
        if w < 0.0 { (b, a) } else { (a, b) }
    }
}

impl Column<'_> {
    /// The ends of what some influencers pull together.
    pub(super) fn pulls(&self, members: &[u32]) -> (DoubleDouble, DoubleDouble) {
        let zero = (DoubleDouble::ZERO, DoubleDouble::ZERO);
        members.iter().fold(zero, |sum, &i| {
            let (low, high) = self.pull(i as usize);
            (sum.0 + low, sum.1 + high)
        })
    }
}

/// Where an influencer's target is, seen from the receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Below: it pulls down as hard as it can.
    Below,
    /// Exactly there.
    Pinned,
    /// Above: it pulls up as hard as it can.
    Above,
}
