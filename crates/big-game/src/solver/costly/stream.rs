//! Large games in which everybody pays for lies, with one box or ball for all and scalar weights: Newton's method on the dual in
//! streaming passes (ours).
//!
//! `F(y) = y − b − Σ w_i x_i(y)` is the gradient of the dual. The root for a sample of the influencers is within a share of about
//! one over the root of its size; a pass over everybody takes a step from there, and the slopes hardly change on what is left: every further
//! step squares the error. What comes out is checked like every answer, while the actions are written; where it is not at rounding,
//! the exact methods take over.

use big_numeric::parallel;
use big_numeric::{norm, wide_rows};

use crate::action_space::{ActionSpace, Ball, ConvexSet};
use crate::equilibrium::{Cardinality, set};
use crate::game::Game;
use crate::potential::Sums;
use crate::profile::{Profile, rows_together};
use crate::solver::decomposition::metric::Metric;
use crate::solver::solved::{Plan, Solved};

/// Games of fewer influencers are quickly solved exactly.
const MANY: usize = 1 << 14;
/// The sample's size.
const SAMPLE: usize = 1 << 15;
/// Steps on the sample, and passes over everybody, at most.
const STEPS: usize = 60;
const PASSES: usize = 12;
/// A step that is shorter than this share of the game's scale leaves less than rounding.
const SHORT: f64 = 1e-9;
/// Rows that are added up plainly before they enter the compensated sums.
const RUN: usize = 256;

/// The set that everybody has.
#[derive(Clone, Copy)]
enum Set<'a> {
    Box { low: &'a [f64], high: &'a [f64] },
    Ball(&'a Ball),
}

struct Stream<'a> {
    game: &'a Game,
    weights: &'a [f64],
    factors: &'a [f64],
    honest: &'a [f64],
    set: Set<'a>,
}

/// `F(y)`, and its slope: of boxes the diagonal, of balls a matrix by rows.
struct Gradient {
    value: Vec<f64>,
    slope: Vec<f64>,
}

/// What solves the game, the actions still to be written; `None` where the game is of another kind, or Newton's method does not get there.
pub(in crate::solver) fn plan(game: &Game) -> Option<Plan<'_>> {
    let stream = Stream::of(game)?;
    let (y, passes) = stream.root()?;
    let found = Solved {
        winners: set::winners(game, &y),
        receiver: y.clone(),
        actions: Profile::none(game.dim()),
        cardinality: Cardinality::Unique,
        dimension: Some(0),
        free: Vec::new(),
        passes: passes + 1,
    };
    let write = move |rows: std::ops::Range<usize>, actions: &mut [f64]| {
        stream.write(rows, &y, actions);
    };
    Some(Plan {
        found,
        write: Box::new(write),
    })
}

impl<'a> Stream<'a> {
    fn of(game: &'a Game) -> Option<Self> {
        let (costs, weights) = (game.costs()?, game.scalar_weights()?);
        let set = match game.common_space()? {
            ActionSpace::Box(set) => Set::Box {
                low: set.lower(),
                high: set.upper(),
            },
            ActionSpace::Ball(ball) => Set::Ball(ball),
            _ => return None,
        };
        let pays = costs.factors.iter().all(|factor| *factor > 0.0);
        (game.influencers() >= MANY && pays).then_some(Self {
            game,
            weights,
            factors: &costs.factors,
            honest: costs.honest.values(),
            set,
        })
    }

    /// Where `F` vanishes, to rounding, and the passes over everybody that it took.
    fn root(&self) -> Option<(Vec<f64>, usize)> {
        let stride = (self.game.influencers() / SAMPLE).max(1);
        let mut y = self.start(stride)?;
        let scale = self.game.scale();
        let (mut before, mut slope) = (f64::INFINITY, Vec::new());
        for pass in 1..=PASSES {
            // A matrix takes more time than the rest of a pass: the sample's is good enough for the first step, and the second one's for all
            // that follow.
            let mut at = self.gradient(&y, 1, pass == 2);
            if at.slope.is_empty() {
                at.slope = match pass {
                    1 => self.gradient(&y, stride, true).slope,
                    _ => std::mem::take(&mut slope),
                };
            }
            let size = norm(&at.value);
            if size <= f64::EPSILON * scale {
                return Some((y, pass));
            }
            // It should all but square: what does not even halve is at rounding, or nowhere.
            if size.is_nan() || size > 0.5 * before {
                return None;
            }
            before = size;
            let step = self.step(&at);
            y.iter_mut().zip(&step).for_each(|(y, s)| *y += s);
            if norm(&step) <= SHORT * scale {
                return Some((y, pass));
            }
            slope = at.slope;
        }
        None
    }

    /// The sample's root, by steps that are shortened until `F` gets smaller.
    fn start(&self, stride: usize) -> Option<Vec<f64>> {
        let mut y = self.game.bias().to_vec();
        let mut at = self.gradient(&y, stride, true);
        let scale = self.game.scale();
        let mut share = 1.0;
        for _ in 0..STEPS {
            let (size, step) = (norm(&at.value), self.step(&at));
            if size <= 1e-6 * scale {
                return Some(y);
            }
            let next: Vec<f64> = y.iter().zip(&step).map(|(y, s)| y + share * s).collect();
            let there = self.gradient(&next, stride, true);
            if norm(&there.value) < size {
                (y, at, share) = (next, there, f64::min(2.0 * share, 1.0));
            } else {
                share *= 0.25;
            }
        }
        None
    }

    /// A step of Newton's method.
    fn step(&self, at: &Gradient) -> Vec<f64> {
        let mut step: Vec<f64> = at.value.iter().map(|v| -v).collect();
        match self.set {
            Set::Box { .. } => step.iter_mut().zip(&at.slope).for_each(|(s, h)| *s /= h),
            Set::Ball(_) => Metric::new(at.slope.clone(), step.len()).solve(&mut step),
        }
        step
    }

    /// `F(y)` and its slope (a matrix where it is asked for), of every `stride`-th influencer, who stands for so many.
    fn gradient(&self, y: &[f64], stride: usize, with_matrix: bool) -> Gradient {
        let (n, d) = (self.game.influencers() / stride, self.game.dim());
        let rows = rows_together(d);
        let size = match self.set {
            Set::Box { .. } => d,
            Set::Ball(_) if with_matrix => d * d,
            Set::Ball(_) => 0,
        };
        let wide = d.next_multiple_of(LANES);
        let parts = parallel::blocks(n, rows, 1, |block| {
            let mut sums = Sums::new(d);
            let mut slope = vec![0.0; size];
            let mut plain = vec![0.0; d];
            let mut across = Vec::new();
            for from in block.clone().step_by(RUN) {
                plain.fill(0.0);
                let range = from..(from + RUN).min(block.end);
                let range = range.map(|row| row * stride);
                match self.set {
                    Set::Box { low, high } => {
                        self.in_boxes(range, y, (low, high), &mut plain, &mut slope);
                    }
                    Set::Ball(ball) => {
                        self.in_balls(range, y, ball, &mut plain, &mut slope, &mut across);
                    }
                }
                sums.add(&plain);
            }
            if !across.is_empty() {
                subtract_products(&across, wide, d, &mut slope);
            }
            (sums, slope)
        });
        let (mut sums, mut slope) = (Sums::new(d), vec![0.0; size]);
        for (part, bent) in &parts {
            sums = sums.join(part);
            slope.iter_mut().zip(bent).for_each(|(s, v)| *s += v);
        }
        // Everybody in the sample stands for so many.
        let each = self.game.influencers() as f64 / n as f64;
        slope.iter_mut().for_each(|s| *s *= each);
        let own = match self.set {
            Set::Box { .. } => 1,
            Set::Ball(_) => d + 1,
        };
        slope.iter_mut().step_by(own).for_each(|s| *s += 1.0);
        let total = sums.total();
        let value = (0..d).map(|k| y[k] - (self.game.bias()[k] + each * total[k]));
        Gradient {
            value: value.collect(),
            slope,
        }
    }

    fn in_boxes(
        &self,
        rows: impl Iterator<Item = usize> + Clone,
        y: &[f64],
        (low, high): (&[f64], &[f64]),
        sums: &mut [f64],
        slope: &mut [f64],
    ) {
        let targets = self.game.targets();
        wide_rows(
            y.len(),
            #[inline(always)]
            |d| {
                let (y, low, high) = (&y[..d], &low[..d], &high[..d]);
                // Short rows are added up in registers.
                let mut local = [[0.0; 16]; 2];
                let [sum, bend] = &mut local;
                let (sum, bend) = match d {
                    0..=16 => (&mut sum[..d], &mut bend[..d]),
                    _ => (&mut sums[..d], &mut slope[..d]),
                };
                for i in rows.clone() {
                    let w = self.weights[i];
                    let c = w / self.factors[i];
                    let (t, h) = (&targets[i * d..i * d + d], &self.honest[i * d..i * d + d]);
                    for k in 0..d {
                        let q = h[k] + c * (t[k] - y[k]);
                        let x = q.max(low[k]).min(high[k]);
                        sum[k] += w * x;
                        bend[k] += if x == q { w * c } else { 0.0 };
                    }
                }
                if d <= 16 {
                    for k in 0..d {
                        sums[k] += local[0][k];
                        slope[k] += local[1][k];
                    }
                }
            },
        );
    }

    /// The slope of a projection is `R/‖v‖ (I − v vᵀ/‖v‖²)` outside of the ball, `v` from its centre.
    fn in_balls(
        &self,
        rows: impl Iterator<Item = usize> + Clone,
        y: &[f64],
        ball: &Ball,
        sums: &mut [f64],
        slope: &mut [f64],
        across: &mut Vec<f64>,
    ) {
        let (targets, radius) = (self.game.targets(), ball.radius());
        let mut vector = vec![0.0; y.len()];
        wide_rows(
            y.len(),
            #[inline(always)]
            |d| {
                let (y, center) = (&y[..d], &ball.center()[..d]);
                let (sums, v) = (&mut sums[..d], &mut vector[..d]);
                let wide = d.next_multiple_of(LANES);
                let mut straight = 0.0;
                for i in rows.clone() {
                    let w = self.weights[i];
                    let c = w / self.factors[i];
                    let (t, h) = (&targets[i * d..i * d + d], &self.honest[i * d..i * d + d]);
                    let mut square = 0.0;
                    for k in 0..d {
                        v[k] = h[k] + c * (t[k] - y[k]) - center[k];
                    }
                    for k in 0..d {
                        square += v[k] * v[k];
                    }
                    let bent = w * c;
                    if square <= radius * radius {
                        for k in 0..d {
                            sums[k] += w * (center[k] + v[k]);
                        }
                        straight += bent;
                        continue;
                    }
                    let share = radius / square.sqrt();
                    for k in 0..d {
                        sums[k] += w * (center[k] + share * v[k]);
                    }
                    straight += bent * share;
                    if !slope.is_empty() {
                        let by = (bent * share / square).sqrt();
                        across.extend(v.iter().map(|v| by * v));
                        across.extend(std::iter::repeat_n(0.0, wide - d));
                    }
                }
                if !slope.is_empty() {
                    (0..d).for_each(|k| slope[k * d + k] += straight);
                }
            },
        );
    }

    /// Everybody's answer to a position, as the checker asks for it.
    fn write(&self, rows: std::ops::Range<usize>, y: &[f64], actions: &mut [f64]) {
        let targets = self.game.targets();
        let mut wanted = vec![0.0; y.len()];
        wide_rows(
            y.len(),
            #[inline(always)]
            |d| {
                let y = &y[..d];
                for (i, x) in rows.clone().zip(actions.chunks_exact_mut(d)) {
                    let (w, factor) = (self.weights[i], self.factors[i]);
                    let (t, h) = (&targets[i * d..i * d + d], &self.honest[i * d..i * d + d]);
                    let wanted = &mut wanted[..d];
                    for k in 0..d {
                        wanted[k] = h[k] + w * (t[k] - y[k]) / factor;
                    }
                    match self.set {
                        Set::Box { low, high } => {
                            for k in 0..d {
                                x[k] = wanted[k].clamp(low[k], high[k]);
                            }
                        }
                        Set::Ball(ball) => ball.project(wanted, x),
                    }
                }
            },
        );
    }
}

/// Numbers of a row that are multiplied together, and of another with which.
const LANES: usize = 8;
const TOGETHER: usize = 4;

/// Takes `Σ v vᵀ` from a `d × d` matrix, for rows `v` that are filled up with zeros to a whole number of lanes.
fn subtract_products(rows: &[f64], wide: usize, d: usize, slope: &mut [f64]) {
    big_numeric::wide(
        #[inline(always)]
        || {
            for k in (0..d).step_by(TOGETHER) {
                for l in (0..d).step_by(LANES) {
                    let mut sums = [[0.0; LANES]; TOGETHER];
                    for row in rows.chunks_exact(wide) {
                        let (left, right) = (&row[k..k + TOGETHER], &row[l..l + LANES]);
                        for a in 0..TOGETHER {
                            for b in 0..LANES {
                                sums[a][b] += left[a] * right[b];
                            }
                        }
                    }
                    for (a, sums) in sums.iter().enumerate().filter(|(a, _)| k + a < d) {
                        for (b, sum) in sums.iter().enumerate().filter(|(b, _)| l + b < d) {
                            slope[(k + a) * d + l + b] -= sum;
                        }
                    }
                }
            }
        },
    );
}
