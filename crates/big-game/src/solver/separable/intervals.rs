//! On a line every set is an interval, whatever it is called.

use std::ops::{Add, Sub};

use crate::action_space::{BoxSet, ConvexSet};
use crate::game::Game;
use crate::spec::{GameSpec, Rational, SpaceSpec};

/// The sets of a game on a line as intervals.
pub(crate) struct Intervals {
    pub(super) sets: Vec<BoxSet>,
    /// The game as written with its sets as intervals, where their ends are known exactly.
    pub(super) written: Option<GameSpec<Rational>>,
}

impl Intervals {
    /// `None` unless the receiver has one coordinate and the actions too.
    pub(crate) fn of(game: &Game) -> Option<Self> {
        if game.dim() != 1 || game.spaces().iter().any(|space| space.dim() != 1) {
            return None;
        }
        let sets = game.spaces().iter().map(|space| {
            let (lower, upper) = space.bounding_box();
            BoxSet::new(&lower, &upper).ok()
        });
        let written = game.exact().and_then(|spec| {
            let spaces = spec.spaces.iter().map(|space| {
                let (lower, upper) = ends(space)?;
                Some(SpaceSpec::Box {
                    lower: vec![lower],
                    upper: vec![upper],
                })
            });
            Some(GameSpec {
                spaces: spaces.collect::<Option<_>>()?,
                ..spec.clone()
            })
        });
        Some(Self {
            sets: sets.collect::<Option<_>>()?,
            written,
        })
    }
}

/// The ends of a set on a line; `None` of an ellipsoid, whose ends are roots, and of half-spaces that leave none.
fn ends(space: &SpaceSpec<Rational>) -> Option<(Rational, Rational)> {
    match space {
        SpaceSpec::Box { lower, upper } => Some((lower.first()?.clone(), upper.first()?.clone())),
        SpaceSpec::Ball { center, radius } | SpaceSpec::L1Ball { center, radius } => {
            let center = center.first()?;
            Some((center.sub(radius), center.add(radius)))
        }
        SpaceSpec::Simplex { scale, .. } => Some((scale.clone(), scale.clone())),
        SpaceSpec::Vertices(points) => {
            let all = || points.iter().filter_map(|point| point.first());
            Some((all().min()?.clone(), all().max()?.clone()))
        }
        SpaceSpec::Halfspaces { a, b } => {
            let zero = Rational::default();
            let rows = || a.iter().filter_map(|row| row.first()).zip(b);
            let below = rows().filter(|(a, _)| **a < zero).map(|(a, b)| b / a);
            let above = rows().filter(|(a, _)| **a > zero).map(|(a, b)| b / a);
            let (lower, upper) = (below.max()?, above.min()?);
            (lower <= upper).then_some((lower, upper))
        }
        SpaceSpec::Ellipsoid { .. } => None,
    }
}
