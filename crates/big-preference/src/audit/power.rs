//! How far one annotator can move an estimate.

use big_game::action_space::{ActionSpace, ConvexSet};
use big_game::spec::SpaceSpec;

use crate::linalg::{self, Cholesky, dot, norm};

/// Up to this dimension a search starts at both ends of every axis.
const MANY: usize = 32;
/// Up to this one the direction that a matrix stretches most is computed exactly.
const DENSE: usize = 128;
/// Up to this dimension the search for the worst report starts in every orthant: exact for boxes.
const ORTHANTS: usize = 10;

/// The largest `‖W (x − from) − shift‖` over the space, and an `x` that attains it: the norm is convex, so each linear
/// maximisation climbs. It starts from the extreme points along both ends of every axis (of the first 32) and, up to
/// [`ORTHANTS`] dimensions, along every diagonal; in more than [`MANY`] from the direction that `W` stretches most, and along what
/// the shift pulls, both ways.
pub(super) fn farthest_shift(
    space: &ActionSpace,
    weight: &[f64],
    from: &[f64],
    shift: &[f64],
) -> (f64, Vec<f64>) {
    let d = from.len();
    let moved = |x: &[f64]| -> Vec<f64> {
        let step: Vec<f64> = x.iter().zip(from).map(|(x, f)| x - f).collect();
        linalg::times(weight, &step)
            .iter()
            .zip(shift)
            .map(|(m, s)| m - s)
            .collect()
    };
    let starts = if d <= MANY {
        directions(d)
    } else {
        let stretched = most_stretched(weight, d);
        let pulled = transposed_times(weight, shift);
        [stretched, pulled]
            .into_iter()
            .flat_map(|u| [u.iter().map(|v| -v).collect(), u])
            .collect()
    };
    let mut best = (f64::NEG_INFINITY, from.to_vec());
    let mut x = vec![0.0; d];
    for start in &starts {
        space.maximiser(start, &mut x);
        let mut reached = f64::NEG_INFINITY;
        // Each round climbs; faces of a polytope are finite, and round sets converge fast.
        for _ in 0..100 {
            let direction = moved(&x);
            let length = norm(&direction);
            if length <= reached * (1.0 + 1e-12) {
                break;
            }
            reached = length;
            if reached > best.0 {
                best = (reached, x.clone());
            }
            space.maximiser(&transposed_times(weight, &direction), &mut x);
        }
    }
    best
}

/// Both ends of every axis and, up to [`ORTHANTS`] dimensions, all diagonals.
fn directions(d: usize) -> Vec<Vec<f64>> {
    let axes = (0..d).flat_map(|k| {
        [1.0, -1.0].map(|sign| {
            let mut u = vec![0.0; d];
            u[k] = sign;
            u
        })
    });
    let orthants = if d <= ORTHANTS { 1 << d } else { 0 };
    let diagonals = (0..orthants).map(|bits: usize| {
        (0..d)
            .map(|k| if bits >> k & 1 == 1 { 1.0 } else { -1.0 })
            .collect()
    });
    axes.chain(diagonals).collect()
}

/// About the direction that a matrix stretches most, by products until it stretches no more.
fn most_stretched(a: &[f64], d: usize) -> Vec<f64> {
    // Numbers that solve no simple equation have a part in every direction.
    let mut u: Vec<f64> = (0..d)
        .map(|k| 0.5 + (k as f64 * 0.618_033_988_749_894_9).fract())
        .collect();
    let mut before = 0.0;
    for _ in 0..300 {
        let next = transposed_times(a, &linalg::times(a, &u));
        let size = norm(&next);
        if size == 0.0 || !size.is_finite() {
            break;
        }
        u = next.iter().map(|v| v / size).collect();
        if size <= before * (1.0 + 1e-9) {
            break;
        }
        before = size;
    }
    u
}

/// `Aᵀ x` for a square matrix by rows.
pub(super) fn transposed_times(a: &[f64], x: &[f64]) -> Vec<f64> {
    let d = x.len();
    let mut out = vec![0.0; d];
    for (row, x) in a.chunks_exact(d).zip(x) {
        for (out, a) in out.iter_mut().zip(row) {
            *out += a * x;
        }
    }
    out
}

/// The largest `‖A (x − y)‖` over two points of the space, and the points: exact over balls, over intervals and over boxes of
/// up to [`ORTHANTS`] dimensions; elsewhere, and over balls in more than [`DENSE`] dimensions, at least this.
pub(super) fn widest(
    space: &ActionSpace,
    spec: &SpaceSpec<f64>,
    a: &[f64],
) -> (f64, Vec<f64>, Vec<f64>) {
    let (lower, _) = space.bounding_box();
    let d = lower.len();
    let moved = |x: &[f64], y: &[f64]| -> Vec<f64> {
        linalg::times(a, &x.iter().zip(y).map(|(x, y)| x - y).collect::<Vec<_>>())
    };
    if let SpaceSpec::Ball { center, radius } = spec {
        let at = |top: &[f64], sign: f64| -> Vec<f64> {
            let size = norm(top).max(f64::MIN_POSITIVE);
            let ends = center.iter().zip(top);
            ends.map(|(c, u)| c + sign * radius * u / size).collect()
        };
        if d > DENSE {
            let top = most_stretched(a, d);
            let (x, y) = (at(&top, 1.0), at(&top, -1.0));
            return (norm(&moved(&x, &y)), x, y);
        }
        let mut gram = vec![0.0; d * d];
        for row in a.chunks_exact(d) {
            for j in 0..d {
                for k in 0..=j {
                    gram[j * d + k] += row[j] * row[k];
                }
            }
        }
        if let Some((_, vectors)) = linalg::eigen(&gram, d) {
            let top = &vectors[(d - 1) * d..];
            let (x, y) = (at(top, 1.0), at(top, -1.0));
            return (norm(&moved(&x, &y)), x, y);
        }
    }
    let starts = match d <= MANY {
        true => directions(d),
        false => vec![most_stretched(a, d)],
    };
    let mut best = (0.0, lower.clone(), lower);
    space.maximiser(&vec![1.0; d], &mut best.1);
    best.2.clone_from(&best.1);
    let (mut x, mut y) = (vec![0.0; d], vec![0.0; d]);
    for start in &starts {
        let mut pulled = start.clone();
        let mut reached = f64::NEG_INFINITY;
        for _ in 0..100 {
            space.maximiser(&pulled, &mut x);
            let back: Vec<f64> = pulled.iter().map(|v| -v).collect();
            space.maximiser(&back, &mut y);
            let direction = moved(&x, &y);
            let length = norm(&direction);
            if length <= reached * (1.0 + 1e-12) {
                break;
            }
            reached = length;
            if reached > best.0 {
                best = (reached, x.clone(), y.clone());
            }
            pulled = transposed_times(a, &direction);
        }
    }
    best
}

/// `‖(H − H_i)⁻¹ s_i‖`.
pub(super) fn pull(all: &Cholesky, own: &[f64], score: &[f64]) -> Option<f64> {
    let d = score.len();
    let lower = all.lower();
    let rest: Vec<f64> = (0..d * d)
        .map(|at| {
            let (i, j) = (at / d, at % d);
            let total: f64 = dot(&lower[i * d..(i + 1) * d], &lower[j * d..(j + 1) * d]);
            // What remains of a sum that was almost all this annotator's is rounding.
            let remains = total - own[at];
            if i == j && remains < 1e-10 * total {
                0.0
            } else {
                remains
            }
        })
        .collect();
    let mut step = score.to_vec();
    Cholesky::new(&rest, d)?.solve(&mut step);
    Some(norm(&step))
}

/// The Mahalanobis length of a score: with positions `N(μ, D)` it is, to first order,
/// `N(H_i (μ − θ̂), H_i + H_i D H_i)`. Directions of which the labels know nothing do not count.
pub(super) fn extremeness(
    information: &[f64],
    score: &[f64],
    away: &[f64],
    variance: &[f64],
) -> f64 {
    let d = score.len();
    if let Some(length) = extremeness_everywhere(information, score, away, variance) {
        return length;
    }
    let Some((values, vectors)) = linalg::eigen(information, d) else {
        return 0.0;
    };
    let largest = values.last().copied().unwrap_or(0.0);
    let known: Vec<usize> = (0..d)
        .filter(|&k| values[k] > 1e-12 * largest && values[k] > 0.0)
        .collect();
    let r = known.len();
    let axis = |i: usize| &vectors[known[i] * d..(known[i] + 1) * d];
    // In the coordinates in which H_i is the identity: t ~ N(0, I + Λ^½ Uᵀ D U Λ^½).
    let mut t: Vec<f64> = (0..r)
        .map(|i| {
            let root = values[known[i]].sqrt();
            dot(axis(i), score) / root - root * dot(axis(i), away)
        })
        .collect();
    let mut spread = vec![0.0; r * r];
    for i in 0..r {
        let scaled: Vec<f64> = axis(i).iter().zip(variance).map(|(u, v)| u * v).collect();
        for j in 0..=i {
            let roots = (values[known[i]] * values[known[j]]).sqrt();
            spread[i * r + j] = roots * dot(&scaled, axis(j)) + f64::from(u8::from(i == j));
        }
    }
    match Cholesky::new(&spread, r) {
        Some(factor) => {
            factor.solve_lower(&mut t);
            norm(&t)
        }
        None => 0.0,
    }
}

/// The same where the labels tell something of every direction: with `H_i = L Lᵀ` it is the length of `(I + Lᵀ D L)^{−½} L⁻¹ t_i`.
fn extremeness_everywhere(
    information: &[f64],
    score: &[f64],
    away: &[f64],
    variance: &[f64],
) -> Option<f64> {
    let d = score.len();
    let factor = Cholesky::new(information, d)?;
    let lower = factor.lower();
    let known = (0..d).all(|k| lower[k * d + k].powi(2) > 1e-10 * information[k * d + k]);
    if !known {
        return None;
    }
    let pushed = linalg::times(information, away);
    let mut t: Vec<f64> = score.iter().zip(&pushed).map(|(s, p)| s - p).collect();
    factor.solve_lower(&mut t);
    let upper: Vec<f64> = (0..d * d).map(|at| lower[at % d * d + at / d]).collect();
    let scaled: Vec<f64> = (0..d * d).map(|at| variance[at / d] * lower[at]).collect();
    let mut spread = linalg::product(&upper, &scaled, d);
    for k in 0..d {
        spread[k * d + k] += 1.0;
    }
    Cholesky::new(&spread, d)?.solve_lower(&mut t);
    Some(norm(&t))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn both_routes_to_extremeness_agree() {
        // H = B Bᵀ for a full B.
        let d = 5;
        let b: Vec<f64> = (0..d * d)
            .map(|k| ((k * k) as f64 * 1.7).sin() + f64::from(u8::from(k % (d + 1) == 0)))
            .collect();
        let transposed: Vec<f64> = (0..d * d).map(|at| b[at % d * d + at / d]).collect();
        let information = linalg::product(&b, &transposed, d);
        let score: Vec<f64> = (0..d).map(|k| (k as f64 + 0.5).cos()).collect();
        let away: Vec<f64> = (0..d).map(|k| 0.1 * k as f64 - 0.2).collect();
        let variance = [0.3, 0.0, 1.0, 2.5, 0.1];
        let fast = extremeness_everywhere(&information, &score, &away, &variance).unwrap();
        // By the definition: t (H + H D H)⁻¹ t.
        let pushed = linalg::times(&information, &away);
        let t: Vec<f64> = score.iter().zip(&pushed).map(|(s, p)| s - p).collect();
        let scaled: Vec<f64> = (0..d * d)
            .map(|at| variance[at / d] * information[at])
            .collect();
        let mut whole = linalg::product(&information, &scaled, d);
        for (w, h) in whole.iter_mut().zip(&information) {
            *w += h;
        }
        let mut solved = t.clone();
        Cholesky::new(&whole, d).unwrap().solve(&mut solved);
        let expected = dot(&t, &solved).sqrt();
        assert!((fast / expected - 1.0).abs() < 1e-9, "{fast} {expected}");
        // Where a direction is unknown it does not count: the other route, on a block.
        let mut wide = vec![0.0; (d + 1) * (d + 1)];
        for j in 0..d {
            for k in 0..d {
                wide[j * (d + 1) + k] = information[j * d + k];
            }
        }
        let longer = |x: &[f64]| [x, &[0.0]].concat();
        let slow = extremeness(&wide, &longer(&score), &longer(&away), &longer(&variance));
        assert!((slow / expected - 1.0).abs() < 1e-9, "{slow} {expected}");
    }
}
