//! A sharper proof, from a dual point between the doubles.
//!
//! Any dual point `y'` proves `‖r(x) − r*‖² ≤ ‖r(x) − y'‖² + 2 Σ_i (h_i(g_i) − ⟨g_i, x_i⟩)`, `g_i = W_iᵀ (t_i − y')` (see
//! [`potential::gap`](crate::potential::gap)). Where several vertices share an action they tie at `r*`, but no double
//! need be a point of their tie: the sum is then of the size of a rounding error, and its root a hundred million times as
//! large. So `y' = y + e` is taken as the unevaluated sum of two vectors: `e` is the shortest correction that makes the
//! ties hold and the kinks meet, by Newton's method on these linear equations, and the sum is evaluated in
//! double-double arithmetic, where it is of the size of a squared rounding error. Nothing is assumed of `e`: a bad one
//! gives a bad bound.
//!
//! What is bounded is `r(x̃)` for actions `x̃` of exact shares, which the doubles `x` are the rounded values of; the
//! distance `Σ ‖W_i‖ ‖x_i − x̃_i‖` is added. The gap is that of `x̃` where rounding alone parts the two; else what the
//! potential may differ by is added as well.

use big_numeric::{Basis, DoubleDouble, norm};

use super::landing::of_each;
use crate::action_space::{ActionSpace, ConvexSet, Face, combination};
use crate::game::Game;
use crate::profile::Profile;
use crate::weight::Weight;

/// `e` may be this share of the size of the numbers: a vertex that is best by more at `y` is best at `y'`.
const ROOM: f64 = 1e-11;
/// Games of more dimensions, and of more influencers with ties, are left as they are.
const DIMENSIONS: usize = 200;
const HELD: usize = 10_000;
/// The relative error of a difference, a product with a weight and an inner product of double-doubles, in dimensions
/// whose root is counted apart: `2^-103 + 2 · 2^-100` and `2^-103` for each sum.
const TINY: f64 = 2.0e-30;

/// An action and the one of exact shares that it stands for are this share of their size apart.
const ROUNDED: f64 = 16.0 * f64::EPSILON;

/// What is proved.
pub(super) struct Refined {
    /// `‖r(x̃) − y'‖² + 2 Σ_i (h_i(g_i) − ⟨g_i, x̃_i⟩)`.
    pub(super) gap: f64,
    /// A bound on `‖r(x) − r*‖`.
    pub(super) error: f64,
}

/// What is known of an action near `y`.
enum Near {
    /// It is the one maximiser there.
    Alone,
    /// It may not be.
    Held(Held),
    /// Its set's vertices are not listed.
    Unknown,
}

struct Held {
    influencer: usize,
    way: Way,
    /// `‖x − x̃‖`.
    moved: f64,
    /// What has to vanish for `x̃` to be a maximiser, and what else nearly does.
    played: Vec<Row>,
    tied: Vec<Row>,
}

/// How `x̃` lies in its set.
enum Way {
    /// In a box.
    Box,
    /// Shares of vertices, and those that tie with them at most (`k × m` by rows).
    Hull {
        vertices: Vec<f64>,
        shares: Vec<f64>,
        near: Vec<f64>,
    },
    /// `c + F u`, `‖u‖ ≤ 1`.
    Round(Vec<f64>),
}

/// The equation `⟨g, plus − minus⟩ = 0`.
struct Row {
    influencer: usize,
    plus: Vec<f64>,
    minus: Vec<f64>,
}

/// The proof for a profile that puts the receiver at `r`, near the dual point `y`; `None` when it takes more than this.
///
/// `O(n)` exposed faces, and `O(d³)` beside.
pub(super) fn refine(game: &Game, profile: &Profile, r: &[f64], y: &[f64]) -> Option<Refined> {
    if game.dim() > DIMENSIONS || y.iter().chain(r).any(|v| !v.is_finite()) {
        return None;
    }
    let near = of_each(game.influencers(), |i| {
        let near = (!game.weight(i).is_zero()).then(|| near(game, i, profile.action(i), y))?;
        (!matches!(near, Near::Alone)).then_some(near)
    });
    if near.len() > HELD {
        return None;
    }
    let held: Option<Vec<Held>> = near
        .into_iter()
        .map(|near| match near {
            Near::Held(held) => Some(held),
            Near::Alone | Near::Unknown => None,
        })
        .collect();
    let held = held?;
    let played: Vec<&Row> = held.iter().flat_map(|h| &h.played).collect();
    let tied: Vec<&Row> = held.iter().flat_map(|h| &h.tied).collect();
    let strict = correction(game, &played, y).map(|e| proof(game, profile, &held, r, y, &e));
    if tied.is_empty() {
        return strict;
    }
    // Near ties are ties more often than not; either way it is a proof.
    let all: Vec<&Row> = played.into_iter().chain(tied).collect();
    let wide = correction(game, &all, y).map(|e| proof(game, profile, &held, r, y, &e));
    strict
        .into_iter()
        .chain(wide)
        .min_by(|a, b| a.error.total_cmp(&b.error))
}

/// The size of the numbers in `t_i − y`.
fn size(game: &Game, i: usize, y: &[f64]) -> f64 {
    game.scale() + norm(game.target(i)) + norm(y)
}

fn unit(m: usize, k: usize) -> Vec<f64> {
    (0..m).map(|j| f64::from(u8::from(j == k))).collect()
}

fn near(game: &Game, i: usize, x: &[f64], y: &[f64]) -> Near {
    let gap: Vec<f64> = game.target(i).iter().zip(y).map(|(t, v)| t - v).collect();
    let m = x.len();
    let mut g = vec![0.0; m];
    game.weight(i).pull_back(&gap, &mut g);
    let tolerance = ROOM * game.weight(i).norm_bound() * size(game, i, y);
    let space = game.space(i);
    let row = |plus: Vec<f64>, minus: Vec<f64>| Row {
        influencer: i,
        plus,
        minus,
    };
    let mut held = Held {
        influencer: i,
        way: Way::Box,
        moved: 0.0,
        played: Vec::new(),
        tied: Vec::new(),
    };
    let vanish = |k: usize| row(unit(m, k), vec![0.0; m]);
    match space {
        ActionSpace::Ball(ball) if ball.radius() > 0.0 => {
            let factor: Vec<f64> = (0..m * m)
                .map(|k| if k % (m + 1) == 0 { ball.radius() } else { 0.0 })
                .collect();
            hold_round(&mut held, x, ball.center(), &factor);
        }
        ActionSpace::Ellipsoid(set) => hold_round(&mut held, x, set.center(), set.factor()),
        _ => {}
    }
    if let Way::Round(u) = &held.way {
        if matches!(space.exposed_face(&g, tolerance), Face::Round { .. }) {
            let rows = (0..m).map(vanish).collect();
            if norm(u) < 1.0 {
                held.played = rows;
            } else {
                held.tied = rows;
            }
        }
        return Near::Held(held);
    }
    match space.exposed_face(&g, tolerance) {
        Face::Point(p) if p == x => Near::Alone,
        Face::Point(p) => {
            hold_hull(&mut held, x, p, row);
            Near::Held(held)
        }
        Face::Hull { vertices, .. } => {
            hold_hull(&mut held, x, vertices, row);
            Near::Held(held)
        }
        Face::Box { lower, upper } => {
            for k in (0..m).filter(|&k| lower[k] < upper[k]) {
                if lower[k] < x[k] && x[k] < upper[k] {
                    held.played.push(vanish(k));
                } else {
                    held.tied.push(vanish(k));
                }
            }
            Near::Held(held)
        }
        Face::Round { .. } | Face::Unlisted => Near::Unknown,
    }
}

/// `x` as `c + F u`, on the boundary where rounding alone tells it from there.
fn hold_round(held: &mut Held, x: &[f64], center: &[f64], factor: &[f64]) {
    let m = x.len();
    let mut u = vec![0.0; m];
    for i in 0..m {
        let sum: f64 = (0..i).map(|j| factor[i * m + j] * u[j]).sum();
        u[i] = (x[i] - center[i] - sum) / factor[i * m + i];
    }
    let length = norm(&u);
    if length > 1.0 - 1e-13 {
        u.iter_mut().for_each(|v| *v /= length);
    }
    let off: Vec<f64> = (0..m)
        .map(|i| {
            let sum: f64 = (0..=i).map(|j| factor[i * m + j] * u[j]).sum();
            (x[i] - center[i]) - sum
        })
        .collect();
    held.moved = norm(&off) + 2.0 * f64::EPSILON * (norm(x) + norm(center));
    held.way = Way::Round(u);
}

/// `x` as shares of few of the vertices that tie.
fn hold_hull(held: &mut Held, x: &[f64], near: Vec<f64>, row: impl Fn(Vec<f64>, Vec<f64>) -> Row) {
    let m = x.len();
    let (vertices, shares) = combination(&near, x);
    let total: f64 = shares.iter().sum();
    let mut off = x.to_vec();
    for (v, share) in vertices.chunks_exact(m).zip(&shares) {
        off.iter_mut()
            .zip(v)
            .for_each(|(o, v)| *o -= share / total * v);
    }
    held.moved = norm(&off);
    if held.moved > 0.0 {
        held.moved += 2.0 * f64::EPSILON * norm(x);
    }
    let first = &vertices[..m];
    for v in vertices.chunks_exact(m).skip(1) {
        held.played.push(row(v.to_vec(), first.to_vec()));
    }
    for v in near.chunks_exact(m) {
        if vertices.chunks_exact(m).all(|known| known != v) {
            held.tied.push(row(v.to_vec(), first.to_vec()));
        }
    }
    held.way = Way::Hull {
        vertices,
        shares,
        near,
    };
}

/// `g = Wᵀ (t − y − e)`.
fn pull(game: &Game, i: usize, y: &[f64], e: &[f64]) -> Vec<DoubleDouble> {
    let gap: Vec<DoubleDouble> = game
        .target(i)
        .iter()
        .zip(y.iter().zip(e))
        .map(|(t, (y, e))| DoubleDouble::sum(*t, -y) + -e)
        .collect();
    match game.weight(i) {
        Weight::Scalar(w) => gap.into_iter().map(|v| v * w).collect(),
        Weight::Matrix(w) => (0..w.cols())
            .map(|j| {
                let term = |(k, v): (usize, &DoubleDouble)| *v * w.row(k)[j];
                gap.iter()
                    .enumerate()
                    .map(term)
                    .fold(DoubleDouble::ZERO, |sum, v| sum + v)
            })
            .collect(),
    }
}

fn inner(g: &[DoubleDouble], x: &[f64]) -> DoubleDouble {
    g.iter()
        .zip(x)
        .fold(DoubleDouble::ZERO, |sum, (g, x)| sum + *g * *x)
}

/// The shortest `e` for which the equations hold at `y + e`; those that depend on others are left out.
fn correction(game: &Game, rows: &[&Row], y: &[f64]) -> Option<Vec<f64>> {
    let d = game.dim();
    let mut basis = Basis::new(d);
    let mut kept = Vec::new();
    for row in rows {
        let step: Vec<f64> = row
            .plus
            .iter()
            .zip(&row.minus)
            .map(|(a, b)| a - b)
            .collect();
        let mut image = vec![0.0; d];
        game.weight(row.influencer).add_image(&step, &mut image);
        if norm(&image) > 0.0 && basis.push(image).is_ok() {
            kept.push(row);
        }
    }
    let mut e = vec![0.0; d];
    for _ in 0..3 {
        let defect = |row: &&&Row| {
            let g = pull(game, row.influencer, y, &e);
            (inner(&g, &row.plus) - inner(&g, &row.minus)).to_f64()
        };
        let defects: Vec<f64> = kept.iter().map(defect).collect();
        for (e, step) in e.iter_mut().zip(basis.shortest(&defects)) {
            *e += step;
        }
    }
    (norm(&e) <= 0.25 * ROOM * game.scale()).then_some(e)
}

/// The bound that `y + e` gives.
fn proof(
    game: &Game,
    profile: &Profile,
    held: &[Held],
    r: &[f64],
    y: &[f64],
    e: &[f64],
) -> Refined {
    let d = game.dim();
    let miss: Vec<f64> = (0..d).map(|k| (r[k] - y[k]) - e[k]).collect();
    let (mut moved, mut short, mut steep) = (0.0, 0.0, 0.0);
    for one in held {
        let i = one.influencer;
        let weight = game.weight(i).norm_bound();
        let g = pull(game, i, y, e);
        let noise = TINY * (d + g.len()) as f64 * weight * size(game, i, y);
        short +=
            shortfall(game.space(i), one, profile.action(i), &g) + noise * game.space(i).extent();
        moved += weight * one.moved;
        if one.moved > ROUNDED * (norm(profile.action(i)) + game.space(i).extent()) {
            // ∇_i Φ = 2 W_iᵀ (r − t_i).
            steep += 2.0 * weight * one.moved * (size(game, i, y) + norm(r));
        }
    }
    let away = norm(&miss) + moved;
    let gap = away * away + 2.0 * short;
    Refined {
        // Φ(x) − Φ(x̃) ≤ Σ ⟨∇_i Φ(x̃), x_i − x̃_i⟩ + ‖r(x) − r(x̃)‖².
        gap: gap
            + if steep > 0.0 {
                steep + moved * moved
            } else {
                0.0
            },
        error: (gap.sqrt() + moved) * (1.0 + 1e-12),
    }
}

/// `h(g) − ⟨g, x̃⟩`, from above but for the errors of `g` itself.
fn shortfall(space: &ActionSpace, held: &Held, x: &[f64], g: &[DoubleDouble]) -> f64 {
    let rounded: Vec<f64> = g.iter().map(|v| v.to_f64()).collect();
    match &held.way {
        Way::Box => space.shortfall(&rounded, x),
        Way::Hull {
            vertices,
            shares,
            near,
        } => {
            let m = x.len();
            let best = near
                .chunks_exact(m)
                .map(|v| inner(g, v))
                .fold(None, |best: Option<DoubleDouble>, v| {
                    Some(best.map_or(v, |b| b.max(v)))
                })
                .unwrap_or(DoubleDouble::ZERO);
            let total: f64 = shares.iter().sum();
            let sum: f64 = vertices
                .chunks_exact(m)
                .zip(shares)
                .map(|(v, share)| share * (best - inner(g, v)).to_f64().max(0.0))
                .sum();
            sum / total
        }
        Way::Round(u) => round_shortfall(space, u, &rounded),
    }
}

/// With `s = Fᵀ g`: `‖s‖ (1 − ‖u‖) + ½ ‖u‖ ‖s‖ ‖s/‖s‖ − u/‖u‖‖²`, the last distance with room for the rounding of both.
fn round_shortfall(space: &ActionSpace, u: &[f64], g: &[f64]) -> f64 {
    let m = u.len();
    let (s, spread): (Vec<f64>, f64) = match space {
        ActionSpace::Ball(ball) => (g.iter().map(|v| ball.radius() * v).collect(), ball.radius()),
        ActionSpace::Ellipsoid(set) => {
            let f = set.factor();
            let column = |k: usize| (k..m).map(|i| f[i * m + k] * g[i]).sum();
            ((0..m).map(column).collect(), norm(f))
        }
        _ => return f64::INFINITY,
    };
    let (length, depth) = (norm(&s), norm(u));
    // At least the true length, whatever `s` lost by cancellation.
    let lost = f64::EPSILON * m as f64 * spread * norm(g);
    if length <= lost {
        return 2.0 * (length + lost);
    }
    if depth == 0.0 {
        return length + lost;
    }
    let chord: Vec<f64> = s
        .iter()
        .zip(u)
        .map(|(s, u)| s / length - u / depth)
        .collect();
    let chord = norm(&chord) + 4.0 * f64::EPSILON + 2.0 * lost / length;
    let radial = if depth >= 1.0 - 4.0 * f64::EPSILON {
        0.0
    } else {
        1.0 - depth
    };
    (length + lost) * (radial + 0.5 * depth * chord * chord)
}
