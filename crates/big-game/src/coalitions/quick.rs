//! Pairs among boxes, or among balls, where lies are free: what they gain, in numbers alone, without a game for each.

use big_numeric::{dot, norm};

use crate::action_space::{ActionSpace, ConvexSet};
use crate::solver::decomposition::metric::Metric;

use super::Standing;

/// Weights tried for a pair, at most.
const STEPS: usize = 48;
/// Passes over the influencers for a merger, at most.
const PASSES: usize = 12;

/// Numbers of a game of boxes or balls: what everybody reaches.
pub(super) struct Quick<'a> {
    at: &'a Standing<'a>,
    d: usize,
    /// `n × d`: where everybody by itself puts the receiver now.
    images: Vec<f64>,
    reach: Reach,
}

enum Reach {
    /// The ends of `w X`, `n × d`, and each coordinate's targets in order.
    Boxes {
        low: Vec<f64>,
        high: Vec<f64>,
        sorted: Vec<Sorted>,
    },
    /// The centres of `w X`, `n × d`, their radii, and the curvature of everybody's pull, `n × d × d`; `None` where somebody
    /// has what it wants, and the pull a kink.
    Balls {
        centers: Vec<f64>,
        radii: Vec<f64>,
        bends: Option<Vec<f64>>,
        all: Vec<f64>,
    },
}

/// Targets of one coordinate in order, and what is pulled below and above each.
struct Sorted {
    targets: Vec<f64>,
    /// The low ends of the first so many, and the high ends of all others.
    low: Vec<f64>,
    high: Vec<f64>,
}

/// What a pair gains, and how far that may be off.
#[derive(Clone, Copy, Debug)]
pub(super) struct Both {
    pub(super) gains: [f64; 2],
    /// The first one's weight in what they want together.
    pub(super) weight: f64,
}

/// What is known of a merger without solving the game.
pub(super) enum Decided {
    /// Not both gain.
    No,
    /// The smaller gain, about.
    Yes(f64),
    /// Too near to call.
    Open,
}

impl<'a> Quick<'a> {
    /// `None` for other sets, matrix weights, or where lies cost.
    pub(super) fn of(at: &'a Standing<'a>) -> Option<Self> {
        let (game, d) = (at.game, at.game.dim());
        let weights = game.scalar_weights().filter(|_| !game.has_lying_costs())?;
        let all = |is: fn(&ActionSpace) -> bool| game.spaces().iter().all(is);
        let reach = if game.has_boxes() {
            boxes(at, weights)
        } else if all(|space| matches!(space, ActionSpace::Ball(_))) {
            balls(at, weights)
        } else {
            return None;
        };
        let image = |i: usize| at.actions.action(i).iter().map(move |x| weights[i] * x);
        Some(Self {
            images: (0..weights.len()).flat_map(image).collect(),
            at,
            d,
            reach,
        })
    }

    /// Where the two put the receiver together when they want `wanted`, the others at rest; `r` is room for it.
    fn reached(&self, pair: [usize; 2], wanted: impl Fn(usize) -> f64, r: &mut [f64]) {
        let (d, [i, j]) = (self.d, pair);
        let rest = |k: usize| self.at.receiver[k] - self.images[i * d + k] - self.images[j * d + k];
        match &self.reach {
            Reach::Boxes { low, high, .. } => {
                for k in 0..d {
                    let from = rest(k) + low[i * d + k] + low[j * d + k];
                    let to = rest(k) + high[i * d + k] + high[j * d + k];
                    r[k] = wanted(k).max(from).min(to);
                }
            }
            Reach::Balls { centers, radii, .. } => {
                let mut square = 0.0;
                for k in 0..d {
                    let center = rest(k) + centers[i * d + k] + centers[j * d + k];
                    r[k] = wanted(k) - center;
                    square += r[k] * r[k];
                }
                let (length, reach) = (square.sqrt(), radii[i] + radii[j]);
                let share = if length > reach { reach / length } else { 1.0 };
                for k in 0..d {
                    let center = rest(k) + centers[i * d + k] + centers[j * d + k];
                    r[k] = center + share * r[k];
                }
            }
        }
    }

    fn gain(&self, i: usize, r: &[f64]) -> f64 {
        let target = self.at.game.target(i);
        let loss: f64 = r.iter().zip(target).map(|(r, t)| (r - t) * (r - t)).sum();
        self.at.losses[i] - loss
    }

    /// The best of a pair for the one who gains less, where both gain.
    pub(super) fn deviation(&self, pair: [usize; 2], r: &mut [f64]) -> Option<Both> {
        let [i, j] = pair;
        let noise = [self.at.noise(i, 0.0), self.at.noise(j, 0.0)];
        if self.at.losses[i] <= noise[0] || self.at.losses[j] <= noise[1] {
            return None;
        }
        let (a, b) = (self.at.game.target(i), self.at.game.target(j));
        let (mut low, mut high) = (0.0, 1.0);
        let (mut below, mut above) = (-1.0_f64, 1.0_f64);
        let mut best: Option<Both> = None;
        for step in 0..STEPS {
            // A secant, and every third time the middle.
            let share = if step == 0 || step % 3 == 2 {
                0.5
            } else {
                (below / (below - above)).clamp(0.02, 0.98)
            };
            let weight = low + share * (high - low);
            self.reached(pair, |k| weight * a[k] + (1.0 - weight) * b[k], r);
            let gains = [self.gain(i, r), self.gain(j, r)];
            let least = |of: &[f64; 2]| of[0].min(of[1]);
            let both = gains[0] > noise[0] && gains[1] > noise[1];
            if both && best.is_none_or(|best| least(&gains) > least(&best.gains)) {
                best = Some(Both { gains, weight });
            }
            // As one with these weights they gain at least what the least of them does: none here is none anywhere.
            if weight * gains[0] + (1.0 - weight) * gains[1] <= noise[0].min(noise[1]) {
                return None;
            }
            let difference = gains[0] - gains[1];
            let size = gains[0].abs().max(gains[1].abs());
            if difference.abs() <= 1e-9 * size || high - low <= 1e-12 {
                break;
            }
            if difference < 0.0 {
                (low, below) = (weight, difference);
            } else {
                (high, above) = (weight, difference);
            }
        }
        best
    }

    /// Do both gain by playing on as one with equal shares, when everybody answers?
    pub(super) fn merger(&self, pair: [usize; 2], room: &mut Room) -> Decided {
        let (d, [i, j]) = (self.d, pair);
        let (a, b) = (self.at.game.target(i), self.at.game.target(j));
        room.wanted.clear();
        room.wanted
            .extend(a.iter().zip(b).map(|(a, b)| 0.5 * (a + b)));
        match &self.reach {
            Reach::Boxes { low, high, sorted } => {
                for k in 0..d {
                    let own = |of: &[f64], i: usize| of[i * d + k];
                    let two =
                        [i, j].map(|i| (own(low, i), own(high, i), self.at.game.target(i)[k]));
                    room.y[k] = sorted[k].root(self.at.game.bias()[k], two, room.wanted[k]);
                }
                self.decide(pair, &room.y, 1e-12 * self.at.game.unit())
                    .unwrap_or(Decided::Open)
            }
            Reach::Balls {
                centers,
                radii,
                bends: Some(bends),
                all,
            } => {
                // Everybody's curvature but that of the two, who have another target.
                let size = d * d;
                room.h.clear();
                room.h
                    .extend((0..size).map(|e| all[e] - bends[i * size + e] - bends[j * size + e]));
                for i in pair {
                    bend(&room.wanted, &self.at.receiver, radii[i], &mut room.h);
                }
                let metric = Metric::new(room.h.clone(), d);
                room.y.copy_from_slice(&self.at.receiver);
                for _ in 0..PASSES {
                    self.gradient(pair, centers, radii, room);
                    let error = norm(&room.f);
                    let floor = 1e-12 * self.at.game.unit();
                    if let Some(decided) = self.decide(pair, &room.y, error.max(floor)) {
                        return decided;
                    }
                    metric.solve(&mut room.f);
                    room.y.iter_mut().zip(&room.f).for_each(|(y, f)| *y -= f);
                }
                Decided::Open
            }
            Reach::Balls { .. } => Decided::Open,
        }
    }

    /// What gains are decided within `error` of a position: the gradient's length bounds the distance, since the dual is
    /// strongly convex.
    fn decide(&self, pair: [usize; 2], y: &[f64], error: f64) -> Option<Decided> {
        let near = 16.0 * f64::EPSILON * self.at.game.unit();
        let stays = |(a, b): (&f64, &f64)| (a - b).abs() <= near;
        if error <= 1e-12 * self.at.game.unit() && y.iter().zip(&self.at.receiver).all(stays) {
            return Some(Decided::No);
        }
        let (mut all, mut least) = (true, f64::INFINITY);
        for i in pair {
            let gain = self.gain(i, y);
            let off = 2.0 * (self.at.losses[i] - gain).max(0.0).sqrt() * error + error * error;
            let noise = self.at.noise(i, 0.0) + off;
            if gain < -off || gain.abs() + off <= self.at.noise(i, 0.0) {
                return Some(Decided::No);
            }
            all &= gain > noise;
            least = least.min(gain);
        }
        all.then_some(Decided::Yes(least))
    }

    /// `y − b − Σ` of everybody's pull at `y`, the two with their common target.
    fn gradient(&self, pair: [usize; 2], centers: &[f64], radii: &[f64], room: &mut Room) {
        let (d, game) = (self.d, self.at.game);
        let Room { y, f, wanted, .. } = room;
        for k in 0..d {
            f[k] = y[k] - game.bias()[k];
        }
        for i in 0..radii.len() {
            let target = if pair.contains(&i) {
                &wanted[..]
            } else {
                game.target(i)
            };
            let mut square = 0.0;
            for k in 0..d {
                let gap = target[k] - y[k];
                square += gap * gap;
            }
            let by = if square > 0.0 {
                radii[i] / square.sqrt()
            } else {
                0.0
            };
            for k in 0..d {
                f[k] -= centers[i * d + k] + by * (target[k] - y[k]);
            }
        }
    }
}

/// Room for the numbers of one pair.
pub(super) struct Room {
    pub(super) y: Vec<f64>,
    f: Vec<f64>,
    h: Vec<f64>,
    wanted: Vec<f64>,
}

impl Room {
    pub(super) fn new(d: usize) -> Self {
        Self {
            y: vec![0.0; d],
            f: vec![0.0; d],
            h: Vec::new(),
            wanted: Vec::new(),
        }
    }
}

fn boxes(at: &Standing<'_>, weights: &[f64]) -> Reach {
    let (game, d) = (at.game, at.game.dim());
    let (mut low, mut high) = (Vec::new(), Vec::new());
    for (i, w) in weights.iter().enumerate() {
        let (l, u) = game.space(i).bounding_box();
        low.extend(l.iter().zip(&u).map(|(l, u)| (w * l).min(w * u)));
        high.extend(l.iter().zip(&u).map(|(l, u)| (w * l).max(w * u)));
    }
    let of = |k: usize| {
        let mut order: Vec<usize> = (0..weights.len()).collect();
        order.sort_by(|&a, &b| game.target(a)[k].total_cmp(&game.target(b)[k]));
        let mut sums = vec![0.0];
        let mut rest = vec![0.0];
        for &i in &order {
            sums.push(sums[sums.len() - 1] + low[i * d + k]);
        }
        for &i in order.iter().rev() {
            rest.push(rest[rest.len() - 1] + high[i * d + k]);
        }
        rest.reverse();
        Sorted {
            targets: order.iter().map(|&i| game.target(i)[k]).collect(),
            low: sums,
            high: rest,
        }
    };
    let sorted = (0..d).map(of).collect();
    Reach::Boxes { low, high, sorted }
}

fn balls(at: &Standing<'_>, weights: &[f64]) -> Reach {
    let (game, d) = (at.game, at.game.dim());
    let (mut centers, mut radii) = (Vec::new(), Vec::new());
    let mut bends = Some(vec![0.0; weights.len() * d * d]);
    let mut all = vec![0.0; d * d];
    (0..d).for_each(|k| all[k * d + k] = 1.0);
    for (i, w) in weights.iter().enumerate() {
        let radius = match game.space(i) {
            ActionSpace::Ball(ball) => {
                centers.extend(ball.center().iter().map(|c| w * c));
                w.abs() * ball.radius()
            }
            // Only balls come here.
            other => {
                centers.extend(vec![0.0; other.dim()]);
                0.0
            }
        };
        radii.push(radius);
        let away: Vec<f64> = game
            .target(i)
            .iter()
            .zip(&at.receiver)
            .map(|(t, r)| t - r)
            .collect();
        if radius > 0.0 && norm(&away) <= 1e-6 * game.unit() {
            bends = None;
        }
        if let Some(bends) = &mut bends {
            let block = &mut bends[i * d * d..(i + 1) * d * d];
            bend(game.target(i), &at.receiver, radius, block);
            all.iter_mut().zip(block).for_each(|(a, b)| *a += *b);
        }
    }
    Reach::Balls {
        centers,
        radii,
        bends,
        all,
    }
}

/// Adds the curvature `ρ / ‖t − y‖ (I − u uᵀ)`, `u` along `t − y`.
fn bend(target: &[f64], y: &[f64], radius: f64, block: &mut [f64]) {
    let d = y.len();
    let away: Vec<f64> = target.iter().zip(y).map(|(t, y)| t - y).collect();
    let square = dot(&away, &away);
    if square == 0.0 || radius == 0.0 {
        return;
    }
    let by = radius / square.sqrt();
    for k in 0..d {
        for l in 0..d {
            block[k * d + l] += by * (f64::from(u8::from(k == l)) - away[k] * away[l] / square);
        }
    }
}

impl Sorted {
    /// The root of `y − background − Σ s(y)` when two (low end, high end, target) want `wanted` instead.
    fn root(&self, background: f64, two: [(f64, f64, f64); 2], wanted: f64) -> f64 {
        // The pull just below `y`, or just above.
        let pull = |y: f64, above: bool| -> f64 {
            let passed = |t: f64| if above { t <= y } else { t < y };
            let index = self.targets.partition_point(|t| passed(*t));
            let mut sum = background + self.low[index] + self.high[index];
            for (low, high, target) in two {
                let end = |t: f64| if passed(t) { low } else { high };
                sum += end(wanted) - end(target);
            }
            sum
        };
        let reached = |y: f64| y >= pull(y, true);
        let first = self.targets.partition_point(|t| !reached(*t));
        let mut to = self.targets.get(first).copied().unwrap_or(f64::INFINITY);
        let mut from = first
            .checked_sub(1)
            .map_or(f64::NEG_INFINITY, |k| self.targets[k]);
        if from < wanted && wanted < to {
            if reached(wanted) {
                to = wanted;
            } else {
                from = wanted;
            }
        }
        if to == f64::INFINITY {
            return pull(from, true);
        }
        let below = pull(to, false);
        if to <= below { to } else { below.max(from) }
    }
}
