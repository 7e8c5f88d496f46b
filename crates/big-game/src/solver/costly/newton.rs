//! A semismooth Newton method on the dual, for any set, where everybody pays for lies.
//!
//! `F(y) = y − b − Σ W_i x_i(y)`, `x_i(y)` the projection of `h_i + W_iᵀ (t_i − y) / λ_i`, is the gradient of a dual that is
//! strongly convex in `d` dimensions, whatever the number of influencers, and has `I + Σ W_i J_i W_iᵀ / λ_i` as its
//! generalised Hessian, `J_i` a slope of the projection. A step is shortened where the dual would rise along it, which the
//! gradient tells without a difference of large numbers.

use big_numeric::{DoubleDouble, dot, least_change, norm};

use crate::action_space::{ActionSpace, ConvexSet, slopes};
use crate::game::Game;
use crate::potential::Sums;
use crate::profile::Profile;
use crate::solver::decomposition::metric::Metric;
use crate::weight::Weight;
use big_numeric::parallel;

/// Influencers a block; blocks are joined in order.
const BLOCK: usize = 1024;
/// Steps at most; the method takes a handful.
const STEPS: usize = 200;
/// Up to so many influencers, actions that rounding blurs are settled one by one.
const FEW: usize = 1 << 10;
/// So many steps without progress are the end.
const PATIENCE: usize = 4;

/// A game in which everybody who moves the receiver pays.
pub(super) struct Priced<'a> {
    pub(super) game: &'a Game,
    /// `λ_i`, positive but for the idle.
    pub(super) factors: &'a [f64],
    /// `h_i`.
    pub(super) honest: &'a Profile,
}

/// A dual point with more digits than a double has: where lies cost little, actions turn on them.
pub(super) type Point = Vec<DoubleDouble>;

/// Where the method ended.
pub(super) struct Ended {
    pub(super) y: Point,
    pub(super) actions: Profile,
    /// `‖F(y)‖`.
    pub(super) residual: f64,
    pub(super) passes: usize,
}

impl Priced<'_> {
    /// From a dual point to one where the gradient vanishes, to rounding.
    pub(super) fn solve(&self, start: &Point) -> Ended {
        let game = self.game;
        let mut y = start.clone();
        let mut passes = 1;
        let (mut f, mut h) = self.gradient(&y, true);
        let mut best = (norm(&f), y.clone());
        let mut idle = 0;
        let floor = f64::EPSILON * game.scale();
        for _ in 0..STEPS {
            if best.0 <= floor || idle > PATIENCE {
                break;
            }
            let mut step: Vec<f64> = f.iter().map(|v| -v).collect();
            Metric::new(h, game.dim()).solve(&mut step);
            let descent = dot(&f, &step);
            if descent.is_nan() || descent >= 0.0 {
                break;
            }
            let mut share = 1.0;
            let (mut low, mut high) = ((0.0, descent), None);
            loop {
                let next = moved(&y, &step, share);
                (f, h) = self.gradient(&next, true);
                passes += 1;
                let slope = dot(&f, &step);
                // The dual's slope along the step rises from `descent`, to 0 where the dual is least.
                let near = slope <= 0.1 * descent.abs();
                let enough = share == 1.0 || slope >= 0.5 * descent;
                if near && enough || passes > 20 * STEPS {
                    y = next;
                    break;
                }
                if slope > 0.0 {
                    high = Some((share, slope));
                } else {
                    low = (share, slope);
                }
                let Some(high) = high else {
                    y = next;
                    break;
                };
                // A secant, kept off the ends.
                let width = high.0 - low.0;
                let secant = low.0 - low.1 * width / (high.1 - low.1);
                share = secant.clamp(low.0 + 0.05 * width, high.0 - 0.05 * width);
                if width <= 1e-12 {
                    y = next;
                    break;
                }
            }
            let size = norm(&f);
            if size < 0.9 * best.0 {
                idle = 0;
            } else if size <= 1e-9 * game.unit() || share == 1.0 {
                idle += 1;
            }
            if size < best.0 {
                best = (size, y.clone());
            }
        }
        let (mut residual, y) = best;
        let mut actions = self.actions(&y);
        if residual > floor && game.influencers() <= FEW {
            residual = self.settle(&y, &mut actions, residual);
        }
        Ended {
            y,
            actions,
            residual,
            passes,
        }
    }

    /// Everybody's answer to a dual point.
    fn actions(&self, y: &Point) -> Profile {
        let mut actions = Profile::zeros(self.game);
        let mut one = One::new(self);
        for i in 0..self.game.influencers() {
            one.answer(i, y);
            actions.action_mut(i).copy_from_slice(&one.answer);
        }
        actions
    }

    /// Where lies cost little an action is the projection of a point far away, and rounding blurs it by more than it does
    /// the position. Moves the actions along their faces, by as little as lets them add up to that; returns `‖F‖` there.
    fn settle(&self, y: &Point, actions: &mut Profile, residual: f64) -> f64 {
        let game = self.game;
        let mut one = One::new(self);
        let (mut owners, mut columns) = (Vec::new(), Vec::new());
        for i in (0..game.influencers()).filter(|&i| !game.weight(i).is_zero()) {
            one.answer(i, y);
            for along in slopes(game.space(i), &one.wanted, &one.answer) {
                let mut image = vec![0.0; game.dim()];
                game.weight(i).add_image(&along, &mut image);
                columns.push((1.0 / self.factors[i], image));
                owners.push((i, along));
            }
        }
        let Some(changes) = least_change(&columns, &self.short_of(y, actions)) else {
            return residual;
        };
        let mut settled = actions.clone();
        for ((i, along), change) in owners.iter().zip(changes) {
            let action = settled.action_mut(*i).iter_mut();
            action.zip(along).for_each(|(x, v)| *x += change * v);
        }
        for i in 0..game.influencers() {
            one.wanted.clear();
            one.wanted.extend_from_slice(settled.action(i));
            game.space(i).project(&one.wanted, settled.action_mut(i));
        }
        let after = norm(&self.short_of(y, &settled));
        if after < residual {
            *actions = settled;
        }
        after.min(residual)
    }

    /// `y − b − Σ W_i x_i`.
    fn short_of(&self, y: &Point, actions: &Profile) -> Vec<f64> {
        let game = self.game;
        let mut sums = Sums::new(game.dim());
        sums.add(game.bias());
        let mut image = vec![0.0; game.dim()];
        for i in 0..game.influencers() {
            image.fill(0.0);
            game.weight(i).add_image(actions.action(i), &mut image);
            sums.add(&image);
        }
        let total = sums.total();
        y.iter()
            .zip(total)
            .map(|(y, r)| (*y + -r).to_f64())
            .collect()
    }

    /// `F(y)`, and where it is asked for the Hessian, `d × d` by rows (its lower triangle).
    fn gradient(&self, y: &Point, with_hessian: bool) -> (Vec<f64>, Vec<f64>) {
        let (game, d) = (self.game, self.game.dim());
        let parts = parallel::blocks(game.influencers(), BLOCK, 4, |range| {
            let mut sums = Sums::new(d);
            let mut hessian = vec![0.0; if with_hessian { d * d } else { 0 }];
            let mut one = One::new(self);
            for i in range {
                one.answer(i, y);
                one.image.fill(0.0);
                game.weight(i).add_image(&one.answer, &mut one.image);
                sums.add(&one.image);
                if with_hessian && !game.weight(i).is_zero() {
                    one.curve(i, &mut hessian);
                }
            }
            (sums, hessian)
        });
        let mut total = Sums::new(d);
        let mut hessian = vec![0.0; if with_hessian { d * d } else { 0 }];
        for (sums, part) in &parts {
            total = total.join(sums);
            hessian.iter_mut().zip(part).for_each(|(h, v)| *h += v);
        }
        if with_hessian {
            (0..d).for_each(|k| hessian[k * d + k] += 1.0);
        }
        let total = total.total();
        let f = (0..d)
            .map(|k| (y[k] + -(game.bias()[k] + total[k])).to_f64())
            .collect();
        (f, hessian)
    }
}

/// What one influencer answers, without allocating for each.
struct One<'a> {
    of: &'a Priced<'a>,
    gap: Vec<f64>,
    wanted: Vec<f64>,
    answer: Vec<f64>,
    image: Vec<f64>,
}

impl<'a> One<'a> {
    fn new(of: &'a Priced<'a>) -> Self {
        Self {
            of,
            gap: vec![0.0; of.game.dim()],
            wanted: Vec::new(),
            answer: Vec::new(),
            image: vec![0.0; of.game.dim()],
        }
    }

    fn answer(&mut self, i: usize, y: &Point) {
        let Priced {
            game,
            factors,
            honest,
        } = self.of;
        let honest = honest.action(i);
        self.wanted.resize(honest.len(), 0.0);
        self.answer.resize(honest.len(), 0.0);
        if game.weight(i).is_zero() {
            self.wanted.copy_from_slice(honest);
            self.answer.copy_from_slice(honest);
            return;
        }
        for ((gap, t), y) in self.gap.iter_mut().zip(game.target(i)).zip(y) {
            *gap = (-*y + *t).to_f64();
        }
        game.weight(i).pull_back(&self.gap, &mut self.wanted);
        for (q, h) in self.wanted.iter_mut().zip(honest) {
            *q = h + *q / factors[i];
        }
        game.space(i).project(&self.wanted, &mut self.answer);
    }

    /// Adds `W J Wᵀ / λ`, its lower triangle.
    fn curve(&mut self, i: usize, hessian: &mut [f64]) {
        let (game, d) = (self.of.game, self.of.game.dim());
        let factor = self.of.factors[i];
        let (q, p) = (&self.wanted, &self.answer);
        match (game.space(i), game.weight(i)) {
            (ActionSpace::Box(_), Weight::Scalar(w)) => {
                for k in 0..d {
                    if q[k] == p[k] {
                        hessian[k * d + k] += w * w / factor;
                    }
                }
            }
            (ActionSpace::Ball(ball), Weight::Scalar(w)) => {
                // `share (I − v vᵀ/‖v‖²)`, `v` from the centre; `I` within the ball.
                let mut bent = w * w / factor;
                if q != p {
                    for ((v, q), c) in self.image.iter_mut().zip(q).zip(ball.center()) {
                        *v = q - c;
                    }
                    let length = norm(&self.image);
                    bent *= (ball.radius() / length).min(1.0);
                    for (k, row) in hessian.chunks_exact_mut(d).enumerate() {
                        let share = bent * (self.image[k] / length) / length;
                        row[..=k]
                            .iter_mut()
                            .zip(&self.image)
                            .for_each(|(h, v)| *h -= share * v);
                    }
                }
                (0..d).for_each(|k| hessian[k * d + k] += bent);
            }
            (space, weight) => {
                for v in slopes(space, q, p) {
                    self.image.fill(0.0);
                    weight.add_image(&v, &mut self.image);
                    for (k, row) in hessian.chunks_exact_mut(d).enumerate() {
                        let share = self.image[k] / factor;
                        row[..=k]
                            .iter_mut()
                            .zip(&self.image)
                            .for_each(|(h, v)| *h += share * v);
                    }
                }
            }
        }
    }
}

fn moved(y: &Point, step: &[f64], share: f64) -> Point {
    y.iter().zip(step).map(|(y, s)| *y + share * s).collect()
}
