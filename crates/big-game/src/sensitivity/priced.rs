//! The part of those who pay for lies: their answer to a pull is a projection.

use crate::action_space::{ActionSpace, ConvexSet, is_smooth, slopes};
use crate::game::Game;
use crate::weight::Weight;

/// The answer `x = proj(h + g/λ)` of influencer `i`, who pays for lies, to a pull `g`, and how it moves.
pub(super) struct Answer<'a> {
    game: &'a Game,
    i: usize,
    g: Vec<f64>,
    /// `J = Σ v vᵀ`, and the images of the `v`.
    slopes: Vec<Vec<f64>>,
    images: Vec<Vec<f64>>,
    /// Is the answer differentiable?
    pub(super) smooth: bool,
}

impl<'a> Answer<'a> {
    /// `None` for an influencer who lies for free.
    pub(super) fn of(game: &'a Game, i: usize, g: Vec<f64>) -> Option<Self> {
        let honest = game.honest(i)?;
        let (space, factor) = (game.space(i), game.lying_cost(i));
        let wanted: Vec<f64> = g.iter().zip(honest).map(|(g, h)| h + g / factor).collect();
        let mut answer = vec![0.0; g.len()];
        space.project(&wanted, &mut answer);
        let slopes = slopes(space, &wanted, &answer);
        let image = |v: &Vec<f64>| {
            let mut image = vec![0.0; game.dim()];
            game.weight(i).add_image(v, &mut image);
            image
        };
        Some(Self {
            images: slopes.iter().map(image).collect(),
            smooth: is_smooth(space, &wanted, &answer),
            slopes,
            g,
            game,
            i,
        })
    }

    /// How far the receiver is pushed when what influencer `i` wants to say moves along `dq`: `W J dq`.
    pub(super) fn push(&self, dq: &[f64]) -> Vec<f64> {
        let mut push = vec![0.0; self.game.dim()];
        for (v, image) in self.slopes.iter().zip(&self.images) {
            let share: f64 = v.iter().zip(dq).map(|(v, q)| v * q).sum();
            push.iter_mut()
                .zip(image)
                .for_each(|(p, v)| *p += share * v);
        }
        push
    }

    /// `W J Wᵀ / λ`, `d × d`.
    pub(super) fn curvature(&self) -> Vec<f64> {
        let (d, factor) = (self.game.dim(), self.game.lying_cost(self.i));
        let mut block = vec![0.0; d * d];
        for image in &self.images {
            for (k, row) in block.chunks_exact_mut(d).enumerate() {
                let share = image[k] / factor;
                row.iter_mut().zip(image).for_each(|(b, v)| *b += share * v);
            }
        }
        block
    }

    /// As the cost rises: `−W J g / λ²`.
    pub(super) fn as_cost_rises(&self) -> Vec<f64> {
        let factor = self.game.lying_cost(self.i);
        let dq: Vec<f64> = self.g.iter().map(|g| -(g / factor) / factor).collect();
        self.push(&dq)
    }

    /// As the target moves, column by column: the pull follows, and what is honest where nothing else was given. `None` where
    /// that has a kink, or is not the projection of the target.
    pub(super) fn as_target_moves(&self) -> Option<Vec<Vec<f64>>> {
        let (game, i, d) = (self.game, self.i, self.game.dim());
        let follows = match self.follows_target() {
            true => Some(self.honest_slopes()?),
            false => None,
        };
        let factor = game.lying_cost(i);
        let column = |k: usize| {
            let mut unit = vec![0.0; d];
            unit[k] = 1.0;
            let mut dq = vec![0.0; self.g.len()];
            game.weight(i).pull_back(&unit, &mut dq);
            dq.iter_mut().for_each(|v| *v /= factor);
            for v in follows.iter().flatten() {
                dq.iter_mut().zip(v).for_each(|(q, x)| *q += v[k] * x);
            }
            self.push(&dq)
        };
        Some((0..d).map(column).collect())
    }

    /// Is what is honest made from the target?
    pub(super) fn follows_target(&self) -> bool {
        self.game.costs().is_some_and(|c| c.by_default[self.i])
    }

    /// Is what is honest made from the weight, too?
    pub(super) fn follows_weight(&self) -> bool {
        self.follows_target()
            && self.g.len() != self.game.dim()
            && matches!(self.game.weight(self.i), Weight::Matrix(_))
    }

    fn honest_slopes(&self) -> Option<Vec<Vec<f64>>> {
        if self.follows_weight() {
            return None;
        }
        let space: &ActionSpace = self.game.space(self.i);
        let target = self.game.target(self.i);
        let mut honest = target.to_vec();
        space.project(target, &mut honest);
        is_smooth(space, target, &honest).then(|| slopes(space, target, &honest))
    }
}
