//! The short insightful scripts that the solvers are held against: single-threaded, compiled as well as the
//! solvers are, and told the answer, so that they stop as soon as they have it.

use big_game::Game;
use big_game::action_space::ConvexSet;

/// How far a script got.
pub(crate) struct Outcome {
    /// `‖y − r*‖`.
    pub(crate) error: f64,
    /// Passes over the influencers.
    pub(crate) passes: usize,
}

impl Outcome {
    pub(crate) fn note(&self) -> String {
        format!("error {:.0e}, {} passes", self.error, self.passes)
    }
}

pub(crate) fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter()
        .zip(b)
        .map(|(x, y)| (x - y) * (x - y))
        .sum::<f64>()
        .sqrt()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Sequential best responses from the truthful profile, the receiver kept up to date: stops within `tolerance` of
/// `answer` or after `limit` sweeps. For common spaces and positive scalar weights.
pub(crate) fn best_response(game: &Game, answer: &[f64], tolerance: f64, limit: usize) -> Outcome {
    big_numeric::wide(
        #[inline(always)]
        || {
            let (n, d) = (game.influencers(), game.dim());
            let weights = game.scalar_weights().unwrap();
            let space = game.space(0);
            let mut actions = vec![0.0; n * d];
            let mut r = game.bias().to_vec();
            for (i, x) in actions.chunks_exact_mut(d).enumerate() {
                space.project(game.target(i), x);
                r.iter_mut().zip(x).for_each(|(r, x)| *r += weights[i] * *x);
            }
            let (mut wish, mut next) = (vec![0.0; d], vec![0.0; d]);
            let mut sweeps = 0;
            while sweeps < limit && distance(&r, answer) > tolerance {
                for ((x, t), &w) in actions
                    .chunks_exact_mut(d)
                    .zip(game.targets().chunks_exact(d))
                    .zip(weights)
                {
                    let inverse = 1.0 / w;
                    for k in 0..d {
                        wish[k] = x[k] + (t[k] - r[k]) * inverse;
                    }
                    space.project(&wish, &mut next);
                    for ((r, x), &next) in r.iter_mut().zip(x.iter_mut()).zip(&next) {
                        *r += w * (next - *x);
                        *x = next;
                    }
                }
                sweeps += 1;
            }
            Outcome {
                error: distance(&r, answer),
                passes: sweeps,
            }
        },
    )
}

/// The same written out for the box `[−1, 1]^D`.
pub(crate) fn box_responses<const D: usize>(
    game: &Game,
    answer: &[f64],
    tolerance: f64,
    limit: usize,
) -> Outcome {
    responses::<D>(game, answer, tolerance, limit, |wish: &mut [f64; D]| {
        wish.iter_mut().for_each(|x| *x = x.clamp(-1.0, 1.0));
    })
}

/// The same written out for the unit ball around 0.
pub(crate) fn ball_responses<const D: usize>(
    game: &Game,
    answer: &[f64],
    tolerance: f64,
    limit: usize,
) -> Outcome {
    responses::<D>(game, answer, tolerance, limit, |wish: &mut [f64; D]| {
        let square: f64 = wish.iter().map(|x| x * x).sum();
        if square > 1.0 {
            let factor = 1.0 / square.sqrt();
            wish.iter_mut().for_each(|x| *x *= factor);
        }
    })
}

#[inline(always)]
fn responses<const D: usize>(
    game: &Game,
    answer: &[f64],
    tolerance: f64,
    limit: usize,
    project: impl Fn(&mut [f64; D]),
) -> Outcome {
    big_numeric::wide(
        #[inline(always)]
        || {
            let weights = game.scalar_weights().unwrap();
            let targets = game.targets().as_chunks::<D>().0;
            let mut r: [f64; D] = game.bias().try_into().unwrap();
            let mut actions = targets.to_vec();
            for (x, w) in actions.iter_mut().zip(weights) {
                project(x);
                for k in 0..D {
                    r[k] += w * x[k];
                }
            }
            let mut sweeps = 0;
            while sweeps < limit && distance(&r, answer) > tolerance {
                for ((x, t), w) in actions.iter_mut().zip(targets).zip(weights) {
                    let inverse = 1.0 / w;
                    let mut next = *x;
                    for k in 0..D {
                        next[k] += (t[k] - r[k]) * inverse;
                    }
                    project(&mut next);
                    for k in 0..D {
                        r[k] += w * (next[k] - x[k]);
                    }
                    *x = next;
                }
                sweeps += 1;
            }
            Outcome {
                error: distance(&r, answer),
                passes: sweeps,
            }
        },
    )
}

/// Sort each coordinate of a game with the common box `[−1, 1]^d` and positive weights, and walk to the root.
pub(crate) fn sorted(game: &Game) -> Vec<f64> {
    let d = game.dim();
    let weights = game.scalar_weights().unwrap();
    (0..d)
        .map(|k| {
            let mut pairs: Vec<(f64, f64)> = (weights.iter().enumerate())
                .map(|(i, &w)| (game.targets()[i * d + k], w))
                .collect();
            pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
            let mut level = game.bias()[k] + weights.iter().sum::<f64>();
            for (t, w) in pairs {
                if t >= level {
                    return level;
                }
                level -= 2.0 * w;
                if t >= level {
                    return t;
                }
            }
            level
        })
        .collect()
}

/// The same by a weighted quickselect.
pub(crate) fn quickselect(game: &Game) -> Vec<f64> {
    let d = game.dim();
    let weights = game.scalar_weights().unwrap();
    (0..d)
        .map(|k| {
            let mut pairs: Vec<(f64, f64)> = (weights.iter().enumerate())
                .map(|(i, &w)| (game.targets()[i * d + k], w))
                .collect();
            let mut left = &mut pairs[..];
            let mut level = game.bias()[k] + weights.iter().sum::<f64>();
            // The root of y + 2 Σ_{t < y} w = level among what is left.
            while !left.is_empty() {
                let middle = left.len() / 2;
                let (below, pivot, _) =
                    left.select_nth_unstable_by(middle, |a, b| a.0.total_cmp(&b.0));
                let pivot = *pivot;
                let mass: f64 = below.iter().map(|p| p.1).sum();
                if pivot.0 + 2.0 * mass >= level {
                    left = &mut left[..middle];
                } else {
                    level -= 2.0 * (mass + pivot.1);
                    if pivot.0 >= level {
                        return pivot.0;
                    }
                    left = &mut left[middle + 1..];
                }
            }
            level
        })
        .collect()
}

/// `y + Σ w (y − t)/‖y − t‖` for unit balls around 0, and `1 + Σ w/‖t − y‖`.
fn ball_gradient<const D: usize>(game: &Game, y: &[f64]) -> ([f64; D], f64) {
    big_numeric::wide(
        #[inline(always)]
        || {
            let y: [f64; D] = y.try_into().unwrap();
            let weights = game.scalar_weights().unwrap();
            let (mut pull, mut stiff) = ([0.0; D], 0.0);
            for (t, w) in game.targets().as_chunks::<D>().0.iter().zip(weights) {
                let mut away = [0.0; D];
                let mut lanes = [0.0; 8];
                for k in 0..D {
                    away[k] = t[k] - y[k];
                    lanes[k % 8] += away[k] * away[k];
                }
                let c = w / lanes.iter().sum::<f64>().sqrt();
                if c.is_finite() {
                    for k in 0..D {
                        pull[k] += c * away[k];
                    }
                    stiff += c;
                }
            }
            for k in 0..D {
                pull[k] = y[k] - game.bias()[k] - pull[k];
            }
            (pull, 1.0 + stiff)
        },
    )
}

/// Weiszfeld's iteration for unit balls around 0, from the background.
pub(crate) fn weiszfeld<const D: usize>(
    game: &Game,
    answer: &[f64],
    tolerance: f64,
    limit: usize,
) -> Outcome {
    let mut y = game.bias().to_vec();
    let mut passes = 0;
    while passes < limit && distance(&y, answer) > tolerance {
        let (gradient, stiff) = ball_gradient::<D>(game, &y);
        y.iter_mut()
            .zip(gradient)
            .for_each(|(y, g)| *y -= g / stiff);
        passes += 1;
    }
    Outcome {
        error: distance(&y, answer),
        passes,
    }
}

/// BFGS on the dual of unit balls around 0, from the background, scaled at the start by the stiffness there; the
/// line search halves until the slope along the step has fallen.
pub(crate) fn bfgs<const D: usize>(
    game: &Game,
    answer: &[f64],
    tolerance: f64,
    limit: usize,
) -> Outcome {
    let mut y = game.bias().to_vec();
    let (mut g, stiff) = ball_gradient::<D>(game, &y);
    let mut passes = 1;
    let mut inverse = vec![0.0; D * D];
    (0..D).for_each(|k| inverse[k * D + k] = 1.0 / stiff);
    while passes < limit && distance(&y, answer) > tolerance {
        let p: Vec<f64> = (0..D)
            .map(|k| -dot(&inverse[k * D..(k + 1) * D], &g))
            .collect();
        let slope = dot(&p, &g);
        let mut alpha = 1.0;
        let (next, h) = loop {
            let next: Vec<f64> = y.iter().zip(&p).map(|(y, p)| y + alpha * p).collect();
            let (h, _) = ball_gradient::<D>(game, &next);
            passes += 1;
            if dot(&h, &p).abs() <= 0.9 * slope.abs() || alpha < 1e-10 {
                break (next, h);
            }
            alpha *= 0.5;
        };
        let s: Vec<f64> = next.iter().zip(&y).map(|(a, b)| a - b).collect();
        let c: Vec<f64> = h.iter().zip(&g).map(|(a, b)| a - b).collect();
        let along = dot(&s, &c);
        if along > 0.0 {
            let bent: Vec<f64> = (0..D)
                .map(|k| dot(&inverse[k * D..(k + 1) * D], &c))
                .collect();
            let factor = (1.0 + dot(&c, &bent) / along) / along;
            for k in 0..D {
                for l in 0..D {
                    inverse[k * D + l] +=
                        factor * s[k] * s[l] - (bent[k] * s[l] + s[k] * bent[l]) / along;
                }
            }
        }
        (y, g) = (next, h);
    }
    Outcome {
        error: distance(&y, answer),
        passes,
    }
}
