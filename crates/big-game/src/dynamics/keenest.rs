//! Who gains most, without asking everybody before every move.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use crate::game::Game;
use crate::spec::Loss;

/// Errors of a gain, as a share of it, that come from rounding.
const ROUNDING: f64 = 1e-12;

/// Influencers by the most that each may gain now.
///
/// While influencer `i` stays where it is, its gain `max_x' −2⟨r − t_i, W_i (x' − x_i)⟩ − ‖W_i (x' − x_i)‖²` (with what the
/// change costs or saves it where lies cost, which does not depend on the receiver) changes by
/// at most `2 ‖W_i‖ diam(X_i)` for each unit of length that the receiver moves. So a gain computed earlier bounds
/// today's, and only those are asked again whose bound is not below the best answer: about `log n` a move where gains
/// are spread out, everybody where all are alike.
#[derive(Clone)]
pub(super) struct Keenest {
    queue: BinaryHeap<Entry>,
    /// The steepest of the slopes above: one for all, so that the order of the bounds never changes.
    slope: f64,
    /// The length of the receiver's path so far.
    path: f64,
}

#[derive(Clone, PartialEq)]
struct Entry {
    /// The gain less `slope` times the path when it was computed.
    height: f64,
    influencer: Reverse<usize>,
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        let height = self.height.total_cmp(&other.height);
        height.then_with(|| self.influencer.cmp(&other.influencer))
    }
}

impl Keenest {
    /// Nobody has been asked.
    pub(super) fn new(game: &Game) -> Self {
        let slope = |i: usize| 2.0 * game.weight(i).norm_bound() * game.diameter(i);
        let everybody = (0..game.influencers()).map(|i| Entry {
            height: f64::INFINITY,
            influencer: Reverse(i),
        });
        Self {
            queue: everybody.collect(),
            slope: match game.loss() {
                Loss::SquaredEuclidean => (0..game.influencers()).map(slope).fold(0.0, f64::max),
                // There the gain does not depend on the others.
                Loss::InnerProduct => 0.0,
            },
            path: 0.0,
        }
    }

    /// The receiver has moved so far.
    pub(super) fn moved(&mut self, distance: f64) {
        self.path += distance;
    }

    /// The first of those who gain most, if anybody gains more than `least`; `gain` asks one.
    ///
    /// Whoever is answered moves, so it is asked anew the next time.
    pub(super) fn ask(&mut self, least: f64, mut gain: impl FnMut(usize) -> f64) -> Option<usize> {
        let mut best: (f64, Option<usize>) = (least, None);
        let mut asked = Vec::new();
        while let Some(entry) = self.queue.peek() {
            let height = entry.height + self.slope * self.path;
            let bound = height + ROUNDING * (height.abs() + self.slope * self.path);
            if bound < best.0 {
                break;
            }
            let Reverse(i) = entry.influencer;
            self.queue.pop();
            let now = gain(i);
            let first = best.1.is_some_and(|other| now == best.0 && i < other);
            if now > best.0 || first {
                best = (now, Some(i));
            }
            asked.push((i, now));
        }
        self.queue.extend(asked.into_iter().map(|(i, now)| Entry {
            height: if best.1 == Some(i) {
                f64::INFINITY
            } else {
                now - self.slope * self.path
            },
            influencer: Reverse(i),
        }));
        best.1
    }
}
