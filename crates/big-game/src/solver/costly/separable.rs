//! Boxes and scalar weights where lies cost: every coordinate by itself, exact to rounding.

use big_numeric::DoubleDouble;
use big_numeric::parallel;

use super::line::{Root, Term, root};
use super::newton::Point;
use crate::action_space::ActionSpace;
use crate::game::Game;
use crate::potential::Sums;
use crate::profile::{Profile, rows_together};

/// Influencers a block.
const BLOCK: usize = 8192;
/// From so many numbers on several threads write.
const PARALLEL: usize = 1 << 15;

/// A game of boxes and scalar weights with costs, by columns.
struct Columns<'a> {
    game: &'a Game,
    weights: &'a [f64],
    factors: &'a [f64],
    honest: &'a [f64],
}

/// Where the receiver lands, to more digits than a double has, and everybody's answer to that: at a jump those who lie for
/// free and want the receiver there are at their high end.
pub(super) struct Landed {
    pub(super) y: Point,
    pub(super) actions: Profile,
    pub(super) passes: usize,
}

/// `None` where the game has other sets or matrix weights.
pub(super) fn solve(game: &Game) -> Option<Landed> {
    let costs = game.costs()?;
    let columns = Columns {
        game,
        weights: game.scalar_weights()?,
        factors: &costs.factors,
        honest: costs.honest.values(),
    };
    if !game.has_boxes() {
        return None;
    }
    let d = game.dim();
    let y: Vec<DoubleDouble> = (0..d).map(|k| columns.receiver(k)).collect();
    let mut actions = Profile::zeros(game);
    let rows = rows_together(d);
    let one = |(block, actions): (usize, &mut [f64])| {
        let first = block * rows;
        for (j, x) in actions.iter_mut().enumerate() {
            *x = columns.action(first + j / d, j % d, y[j % d]);
        }
    };
    let values = actions.values_mut();
    if values.len() < PARALLEL {
        values.chunks_mut(rows * d).enumerate().for_each(one);
    } else {
        parallel::map(values.chunks_mut(rows * d).enumerate(), one);
    }
    Some(Landed {
        y,
        actions,
        passes: 2,
    })
}

impl Columns<'_> {
    fn bounds(&self, i: usize, k: usize) -> (f64, f64) {
        match self.game.space(i) {
            ActionSpace::Box(set) => (set.lower()[k], set.upper()[k]),
            // `solve` has seen that all are boxes.
            _ => (0.0, 0.0),
        }
    }

    fn term(&self, i: usize, k: usize) -> Term {
        let d = self.game.dim();
        let (w, (lower, upper)) = (self.weights[i], self.bounds(i, k));
        let ends = (w * lower, w * upper);
        let ends = (ends.0.min(ends.1), ends.0.max(ends.1));
        let target = self.game.targets()[i * d + k];
        match self.factors[i] {
            0.0 => Term::free(ends, target),
            factor => {
                let base = w * self.honest[i * d + k];
                Term::new(ends, target, base, w * (w / factor))
            }
        }
    }

    /// What influencer `i` answers in coordinate `k`.
    #[inline]
    fn action(&self, i: usize, k: usize, y: DoubleDouble) -> f64 {
        let at = i * self.game.dim() + k;
        let (w, (lower, upper)) = (self.weights[i], self.bounds(i, k));
        let gap = (-y + self.game.targets()[at]).to_f64();
        match self.factors[i] {
            0.0 => {
                // At a jump the others decide; an idle one that lies for free plays anything.
                if (gap < 0.0) == (w < 0.0) {
                    upper
                } else {
                    lower
                }
            }
            factor => (self.honest[at] + w * gap / factor).clamp(lower, upper),
        }
    }

    /// Where the receiver lands in coordinate `k`.
    fn receiver(&self, k: usize) -> DoubleDouble {
        let n = self.game.influencers();
        let Root { y, jump, slope } = root(n, &|i| self.term(i, k), self.game.bias()[k]);
        if jump {
            return DoubleDouble::from(y);
        }
        // One step of Newton's method with the actions themselves: between two doubles they may differ by much.
        let parts = parallel::blocks(n, BLOCK, 4, |range| {
            let mut sums = Sums::new(1);
            for i in range {
                sums.add_to(
                    0,
                    self.weights[i] * self.action(i, k, DoubleDouble::from(y)),
                );
            }
            sums
        });
        let total = parts.iter().fold(Sums::new(1), |all, part| all.join(part));
        let total = DoubleDouble::from(total.total()[0]) + self.game.bias()[k];
        let residual = (DoubleDouble::from(y) + -total).to_f64();
        DoubleDouble::from(y) + -(residual / slope)
    }
}
