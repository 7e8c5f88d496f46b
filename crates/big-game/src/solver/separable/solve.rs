//! From the cuts to the equilibrium and the whole set that it belongs to.

use std::ops::Range;

use big_numeric::{DoubleDouble, wide_rows};

use super::Intervals;
use super::column::{Boxes, Column, Side};
use super::exact::Exact;
use super::faces::{Face, Member};
use super::sweep::blocks;
use super::{Cut, Position, cuts};
use crate::equilibrium::{Cardinality, FreeInfluencer, Selection};
use crate::game::Game;
use crate::profile::Profile;
use crate::solver::solved::{Plan, Solved};

/// Solves a game of boxes: [`locate`](super::locate), then everybody's action and the ranges of those who
/// have a choice. `None` unless the loss is squared, the weights scalars and the action spaces boxes.
///
/// In coordinate `k` the influencers with `t_ik = r*_k` share out what the others leave; everyone else
/// plays an end. The set of equilibria is the product of those simplices-cut-from-boxes and of the boxes
/// of idle influencers. `O(n d)` expected.
pub fn solve(game: &Game, selection: Selection) -> Option<Solved> {
    plan(game, selection).map(|plan| plan.carried_out(game))
}

/// The same, without writing anybody's action down.
pub(crate) fn plan(game: &Game, selection: Selection) -> Option<Plan<'_>> {
    Some(planned(Boxes::new(game)?, selection))
}

/// The same of any sets on a line.
pub(crate) fn plan_on_a_line<'a>(
    game: &'a Game,
    intervals: &'a Intervals,
    selection: Selection,
) -> Option<Plan<'a>> {
    Some(planned(Boxes::on_a_line(game, intervals)?, selection))
}

fn planned(boxes: Boxes<'_>, selection: Selection) -> Plan<'_> {
    let (game, cuts) = (boxes.game, cuts(boxes));
    let (n, d) = (game.influencers(), game.dim());

    let idle = indices(n, |i| boxes.weights[i] == 0.0);
    let mut ends = Ends::new(boxes, &cuts, selection);
    let mut dimension = 0;
    let mut ranges: Vec<(usize, usize, f64, f64)> = Vec::new(); // influencer, k, lower, upper
    for (k, cut) in cuts.iter().enumerate() {
        let column = Column::new(boxes, k);
        for &i in &idle {
            if Exact::new(column).has_choice(i) {
                dimension += 1;
                let (l, u) = column.interval(i);
                ranges.push((i, k, l, u));
            }
        }
        let Some(face) = face(&column, cut) else {
            continue;
        };
        let chosen = face.select(selection);
        for (member, &x) in face.members.iter().zip(&chosen) {
            ends.choose(member.influencer, k, x);
        }
        if face.members.len() > 1 {
            dimension += face.members.len() - 1;
            for member in &face.members {
                let (l, u) = face.range(member);
                ranges.push((member.influencer, k, l, u));
            }
        }
    }
    ends.sort();
    let found = Solved {
        receiver: cuts.iter().map(|cut| cut.receiver).collect(),
        actions: Profile::none(d),
        cardinality: if dimension == 0 {
            Cardinality::Unique
        } else {
            Cardinality::Infinite
        },
        dimension: Some(dimension),
        winners: winners(boxes, &cuts),
        free: free(&ends, d, ranges),
        passes: cuts.iter().map(|cut| cut.passes).max().unwrap_or(0),
    };
    Plan {
        found,
        write: Box::new(move |rows, actions| ends.write(rows, actions)),
    }
}

/// The influencers that have a choice in a coordinate, if any have (or one, whose action is what is
/// left).
pub(super) fn face(column: &Column<'_>, cut: &Cut) -> Option<Face> {
    let Position::Pinned {
        target,
        above_low,
        below_high,
        ..
    } = cut.position
    else {
        return None;
    };
    if !cut.is_strictly_inside() {
        return None;
    }
    let exact = Exact::new(*column);
    let belongs = |&i: &usize| {
        let t = column.target(i);
        t == target
            && column.weight(i) != 0.0
            && cut.side(i, t) == Side::Pinned
            && exact.has_choice(i)
    };
    let member = |i| member(column, &exact, i);
    let members = match &cut.members {
        Some(listed) => (listed.iter().map(|&i| i as usize))
            .filter(belongs)
            .map(member)
            .collect(),
        None => (0..column.len()).filter(belongs).map(member).collect(),
    };
    Some(Face {
        members,
        target,
        above_low,
        below_high,
    })
}

fn member(column: &Column<'_>, exact: &Exact<'_>, influencer: usize) -> Member {
    let (lower, upper) = column.interval(influencer);
    let (low, high, weight) = if column.boxes.written.is_some() {
        let (low, high) = exact.pull(influencer);
        (
            DoubleDouble::from_rational(&low),
            DoubleDouble::from_rational(&high),
            DoubleDouble::from_rational(&exact.weight(influencer)),
        )
    } else {
        let (low, high) = column.pull(influencer);
        (low, high, column.weight(influencer).into())
    };
    Member {
        influencer,
        weight,
        lower,
        upper,
        low,
        high,
    }
}

/// Everybody's action: the ends that are played, what idle influencers are taken to do, and what those do who have been
/// asked one by one.
pub(super) struct Ends<'a> {
    boxes: Boxes<'a>,
    /// A cut is one comparison: who plays its low end has a target up to here.
    thresholds: Vec<f64>,
    selection: Selection,
    /// Influencer, coordinate and action, by influencers.
    chosen: Vec<(usize, usize, f64)>,
}

impl<'a> Ends<'a> {
    pub(super) fn new(boxes: Boxes<'a>, cuts: &[Cut], selection: Selection) -> Self {
        let mut ends = Self {
            boxes,
            thresholds: cuts.iter().map(threshold).collect(),
            selection,
            chosen: Vec::new(),
        };
        for (k, cut) in cuts.iter().enumerate() {
            // Those of whom the doubles do not tell.
            for &(i, side) in &cut.written {
                let (w, Some(set)) = (boxes.weights[i], boxes.space(i)) else {
                    continue;
                };
                let low = match side {
                    Side::Below => true,
                    Side::Above => false,
                    Side::Pinned => pinned_play_low(cut),
                };
                if w != 0.0 {
                    let end = if low == (w > 0.0) {
                        set.lower()
                    } else {
                        set.upper()
                    };
                    ends.choose(i, k, end[k]);
                }
            }
        }
        ends.sort();
        ends
    }

    /// Influencer `i` does this in coordinate `k`, whatever was said of it before. To be [sorted](Self::sort).
    fn choose(&mut self, i: usize, k: usize, x: f64) {
        self.chosen.push((i, k, x));
    }

    fn sort(&mut self) {
        self.chosen.sort_by_key(|&(i, ..)| i);
    }

    /// Writes the actions of some influencers. `O(d)` each.
    pub(super) fn write(&self, rows: Range<usize>, actions: &mut [f64]) {
        let boxes = self.boxes;
        let game = boxes.game;
        let d = game.dim();
        let common = boxes.common();
        wide_rows(
            d,
            #[inline(always)]
            |d| {
                let thresholds = &self.thresholds[..d];
                for (i, action) in rows.clone().zip(actions.chunks_exact_mut(d)) {
                    let (w, target) = (boxes.weights[i], &game.target(i)[..d]);
                    let Some(set) = common.or_else(|| boxes.space(i)) else {
                        continue;
                    };
                    let (lower, upper) = (&set.lower()[..d], &set.upper()[..d]);
                    let (low_end, high_end) = if w < 0.0 {
                        (upper, lower)
                    } else {
                        (lower, upper)
                    };
                    for k in 0..d {
                        let low = target[k] <= thresholds[k];
                        action[k] = if low { low_end[k] } else { high_end[k] };
                    }
                    if w == 0.0 {
                        for k in 0..d {
                            action[k] = match self.selection {
                                Selection::LeastExaggerated => target[k].clamp(lower[k], upper[k]),
                                Selection::LeastNorm => 0.0_f64.clamp(lower[k], upper[k]),
                                Selection::Vertex => lower[k],
                            };
                        }
                    }
                }
            },
        );
        let start = self.chosen.partition_point(|&(i, ..)| i < rows.start);
        let chosen = self.chosen[start..].iter();
        for &(i, k, x) in chosen.take_while(|&&(i, ..)| i < rows.end) {
            actions[(i - rows.start) * d + k] = x;
        }
    }
}

/// The highest target whose owner plays the end that pulls down.
fn threshold(cut: &Cut) -> f64 {
    match cut.position {
        Position::Between { below, .. } => below,
        Position::Pinned { target, .. } if pinned_play_low(cut) => target,
        Position::Pinned { target, .. } => target.next_down(),
    }
}

/// At the upper end all pinned pull as hard as they can; else they play low, until a face says what they do.
fn pinned_play_low(cut: &Cut) -> bool {
    !matches!(cut.position, Position::Pinned { below_high, .. } if below_high.to_f64() == 0.0)
}

/// The influencers of whom something is true, in increasing order.
fn indices(n: usize, is: impl Fn(usize) -> bool + Sync) -> Vec<usize> {
    blocks(n, |rows| rows.filter(|&i| is(i)).collect::<Vec<usize>>()).concat()
}

/// Who has its target in every coordinate, and moves the receiver at all.
fn winners(boxes: Boxes<'_>, cuts: &[Cut]) -> Vec<usize> {
    let pinned = |cut: &Cut| matches!(cut.position, Position::Pinned { .. });
    if !cuts.iter().all(pinned) {
        return Vec::new();
    }
    let wins = |i: usize| {
        let mut coordinates = cuts.iter().zip(boxes.game.target(i));
        boxes.weights[i] != 0.0 && coordinates.all(|(cut, &t)| cut.side(i, t) == Side::Pinned)
    };
    match cuts.iter().find_map(|cut| cut.members.as_ref()) {
        Some(members) => (members.iter().map(|&i| i as usize))
            .filter(|&i| wins(i))
            .collect(),
        None => indices(boxes.weights.len(), wins),
    }
}

/// Ranges by influencer; where an influencer has no choice its action is the range.
fn free(
    ends: &Ends<'_>,
    d: usize,
    mut ranges: Vec<(usize, usize, f64, f64)>,
) -> Vec<FreeInfluencer> {
    ranges.sort_unstable_by_key(|&(i, k, ..)| (i, k));
    let of_one = ranges.chunk_by(|a, b| a.0 == b.0);
    of_one
        .map(|ranges| {
            let influencer = ranges[0].0;
            let mut lower = vec![0.0; d];
            ends.write(influencer..influencer + 1, &mut lower);
            let mut upper = lower.clone();
            for &(_, k, l, u) in ranges {
                lower[k] = l;
                upper[k] = u;
            }
            FreeInfluencer {
                influencer,
                lower,
                upper,
            }
        })
        .collect()
}
