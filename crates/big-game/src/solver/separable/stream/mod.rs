//! Large games with one common box: all coordinates at once, by one streaming pass.
//!
//! A [sample](bracket) of the influencers brackets the root of every coordinate; one [pass] over targets and weights
//! then sums what pulls from below each bracket and lists who is inside, and the selection among those few ends it. A
//! bracket that turns out not to hold the root, or to hold too many, is left to the [passes in place](super::sweep).
//!
//! Sums are kept in double-double arithmetic: runs of two-sums, lane by lane, joined in a fixed order.

mod bracket;
mod pass;

use big_numeric::DoubleDouble;
use big_numeric::parallel;

use super::column::{Boxes, Column};
use super::pairs::MOST_LANES;
use super::select::{Entry, Level, Masses, Place, RUN, Search};
use super::totals::Totals;
use super::{Cut, cut, cut_by_sweeps};
use crate::action_space::BoxSet;
use bracket::brackets;
use pass::{Bracket, Listed, Part, WeightedTargets};

/// Where the receiver lands in every coordinate of a game with the common box `set`.
pub(super) fn cuts(boxes: Boxes<'_>, set: &BoxSet) -> Vec<Cut> {
    let (n, d) = (boxes.weights.len(), boxes.game.dim());
    let (brackets, expected) = brackets(boxes, set);
    let everybody = WeightedTargets {
        weights: boxes.weights,
        targets: boxes.game.targets(),
    };
    // Twice what the sample expects inside a bracket, and room for neighbours that are alike.
    let limit = ((2.0 * expected * n as f64) as usize).max(n / 16);
    let (parts, counts) = everybody.pass(&brackets, limit);
    let (plus, minus) = pass::totals(&parts);
    // As many runs are joined in a row as there are blocks, and runs and lanes of one block.
    let joins = parts.len() + pass::BLOCK / RUN + MOST_LANES + 8;
    let totals = Totals::new(plus, minus, joins);
    parallel::map(0..d, |k| {
        let column = Column::new(boxes, k);
        let level = totals.level(&column, set);
        if counts[k] > limit {
            return cut_by_sweeps(column, level);
        }
        finish(column, level, brackets[k], &parts, totals.share)
    })
}

/// The selection inside one coordinate's bracket.
fn finish(column: Column<'_>, level: Level, bracket: Bracket, parts: &[Part], share: f64) -> Cut {
    let k = column.k;
    let (mut base, mut at) = (DoubleDouble::ZERO, DoubleDouble::ZERO);
    for part in parts {
        base += part.base[k];
        at += part.atom[k];
    }
    let mut search = Search {
        column,
        level,
        below: bracket.below,
        above: bracket.above,
        base,
        base_error: share * base.to_f64(),
    };
    let instead = |column| cut_by_sweeps(column, level);
    if !bracket.atom.is_nan() {
        let masses = Masses {
            below: DoubleDouble::ZERO,
            at,
            joins: column.len(),
        };
        search.below = f64::NEG_INFINITY;
        return match search.compare(bracket.atom, &masses) {
            Some(place) => cut(&column, place, None, 1),
            None => instead(column),
        };
    }
    let entries = listed(parts, k, |listed| {
        Some(Entry {
            target: listed.target,
            mass: listed.mass.into(),
        })
    });
    if !search.brackets(&Masses::of(entries.iter().copied(), f64::INFINITY)) {
        return instead(column);
    }
    let place = search.select(entries);
    if let Place::Pinned { target, .. } = place {
        let members = listed(parts, k, |listed| {
            (listed.target == target).then_some(listed.row)
        });
        return cut(&column, place, Some(members), 1);
    }
    cut(&column, place, None, 1)
}

/// What is kept of those inside a coordinate's bracket, in the order of the influencers.
fn listed<T: Clone + Send>(
    parts: &[Part],
    k: usize,
    keep: impl Fn(&Listed) -> Option<T> + Sync,
) -> Vec<T> {
    let some = parallel::map(parts.chunks(1 << 6), |parts| {
        let all = parts.iter().flat_map(|part| part.inside(k));
        all.filter_map(&keep).collect::<Vec<T>>()
    });
    some.concat()
}
