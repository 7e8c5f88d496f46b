//! Slopes of projections: how the nearest point of a set moves with the point that is projected.

use big_numeric::{dot, norm};

use super::{ActionSpace, Ball, ConvexSet, Ellipsoid, Face, directions, independent};

/// Pulls closer than this share of the numbers' size expose the same face.
const TIED: f64 = 1e-11;
/// The step of a difference, as a share of the numbers' size.
const STEP: f64 = 1e-6;

/// Vectors `v_j` with `Σ_j v_j v_jᵀ` an element of the generalised Jacobian (Clarke's) of the projection at `q`, whose
/// projection is `p`: the Jacobian itself wherever there is one. It is symmetric, with eigenvalues between 0 and 1.
///
/// A polyhedral set's is the orthogonal projection on the directions of the face exposed by `q − p`; of a polytope whose
/// vertices are not listed they are measured by `m` projections.
pub(crate) fn slopes(space: &ActionSpace, q: &[f64], p: &[f64]) -> Vec<Vec<f64>> {
    let m = q.len();
    match space {
        ActionSpace::Box(set) => {
            let moves = |k: &usize| q[*k] == p[*k] && set.lower()[*k] < set.upper()[*k];
            (0..m).filter(moves).map(|k| unit(m, k)).collect()
        }
        ActionSpace::Ball(ball) if q != p => of_ball(ball, q),
        ActionSpace::Ellipsoid(set) if q != p => of_ellipsoid(set, q, p),
        ActionSpace::Ball(_) | ActionSpace::Ellipsoid(_) => (0..m).map(|k| unit(m, k)).collect(),
        _ => {
            let normal: Vec<f64> = q.iter().zip(p).map(|(q, p)| q - p).collect();
            let size = norm(q) + norm(p);
            match space.exposed_face(&normal, TIED * size) {
                Face::Unlisted => measured(space, q, p, size),
                face => directions(&face),
            }
        }
    }
}

/// Is the projection differentiable at `q`, whose projection is `p`, and over a short step around it? `2 m` projections.
pub(crate) fn is_smooth(space: &ActionSpace, q: &[f64], p: &[f64]) -> bool {
    let columns = slopes(space, q, p);
    let (lower, upper) = space.bounding_box();
    let sides: Vec<f64> = lower.iter().zip(&upper).map(|(l, u)| u - l).collect();
    let step = STEP * (norm(&sides) + f64::EPSILON * norm(q));
    let mut moved = vec![0.0; q.len()];
    step == 0.0
        || (0..q.len()).all(|k| {
            [step, -step].into_iter().all(|step| {
                let mut at = q.to_vec();
                at[k] += step;
                space.project(&at, &mut moved);
                let off = (0..q.len()).map(|l| {
                    let slope: f64 = columns.iter().map(|v| v[k] * v[l]).sum();
                    (moved[l] - p[l] - step * slope).abs()
                });
                off.fold(0.0, f64::max) <= 1e-3 * step.abs()
            })
        })
}

fn unit(m: usize, k: usize) -> Vec<f64> {
    let mut e = vec![0.0; m];
    e[k] = 1.0;
    e
}

/// `R / ‖q − c‖ (I − n nᵀ)`, `n` the unit vector along `q − c`.
fn of_ball(ball: &Ball, q: &[f64]) -> Vec<Vec<f64>> {
    let mut n: Vec<f64> = q.iter().zip(ball.center()).map(|(q, c)| q - c).collect();
    let length = norm(&n);
    n.iter_mut().for_each(|v| *v /= length);
    let share = (ball.radius() / length).min(1.0).sqrt();
    across(&n, share, |e| e)
}

/// With `A = F Fᵀ` the shape, `q − p = μ A⁻¹ (p − c)`: `L (I − v vᵀ / ‖v‖²) Lᵀ`, `L Lᵀ = (I + μ A⁻¹)⁻¹`,
/// `v = Lᵀ A⁻¹ (p − c)`.
fn of_ellipsoid(set: &Ellipsoid, q: &[f64], p: &[f64]) -> Vec<Vec<f64>> {
    let (m, factor) = (q.len(), set.factor());
    let mut z = vec![0.0; m];
    set.unit_coordinates(p, &mut z);
    let row = |i: usize| &factor[i * m..(i + 1) * m];
    let mut pulled = vec![0.0; m];
    for i in 0..m {
        (0..m).for_each(|j| pulled[j] += row(i)[j] * (q[i] - p[i]));
    }
    let mu = norm(&pulled) / norm(&z).max(f64::MIN_POSITIVE);
    // FᵀF + μ I = K Kᵀ; L = F K⁻ᵀ and v = K⁻¹ z.
    let mut k = vec![0.0; m * m];
    for a in 0..m {
        for b in 0..=a {
            let inner: f64 = (0..m).map(|i| row(i)[a] * row(i)[b]).sum();
            let earlier = dot(&k[a * m..a * m + b], &k[b * m..b * m + b]);
            let rest = inner + if a == b { mu } else { 0.0 } - earlier;
            k[a * m + b] = if a == b {
                // The sum is positive definite: what is not positive is rounding.
                rest.max(f64::MIN_POSITIVE).sqrt()
            } else {
                rest / k[b * m + b]
            };
        }
    }
    for i in 0..m {
        z[i] = (z[i] - dot(&k[i * m..i * m + i], &z[..i])) / k[i * m + i];
    }
    let length = norm(&z);
    z.iter_mut().for_each(|v| *v /= length);
    across(&z, 1.0, |mut e| {
        for i in (0..m).rev() {
            let above: f64 = (i + 1..m).map(|j| k[j * m + i] * e[j]).sum();
            e[i] = (e[i] - above) / k[i * m + i];
        }
        (0..m).map(|i| dot(row(i), &e)).collect()
    })
}

/// The columns of `L (I − n nᵀ)` times `share`.
fn across(n: &[f64], share: f64, l: impl Fn(Vec<f64>) -> Vec<f64>) -> Vec<Vec<f64>> {
    let column = |j: usize| {
        let mut e: Vec<f64> = n.iter().map(|v| -n[j] * v * share).collect();
        e[j] += share;
        l(e)
    };
    (0..n.len()).map(column).collect()
}

/// The range of the Jacobian, which is an orthogonal projection, by differences.
fn measured(space: &ActionSpace, q: &[f64], p: &[f64], size: f64) -> Vec<Vec<f64>> {
    let step = STEP * size;
    let mut moved = vec![0.0; q.len()];
    let columns = (0..q.len()).map(|k| {
        let mut at = q.to_vec();
        at[k] += step;
        space.project(&at, &mut moved);
        let slope = moved.iter().zip(p).map(|(a, b)| (a - b) / step);
        // What does not move but for rounding does not move.
        slope
            .map(|v| if v.abs() < STEP { 0.0 } else { v })
            .collect()
    });
    independent(columns.collect())
}
