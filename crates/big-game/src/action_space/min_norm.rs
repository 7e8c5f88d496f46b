//! Wolfe's method for the nearest point of a polytope that is only known through linear maximisation.
//!
//! Source: P. Wolfe, "Finding the nearest point in a polytope" (Mathematical Programming 11, 1976). It
//! keeps a set of affinely independent vertices whose affine hull's nearest point lies in their convex hull,
//! so it stops after finitely many steps, with rounding as the only error.

use big_numeric::{dot, max_abs, norm, power_of_two_below};

/// Rounds after which the method gives up improving; it is finite, so this only guards against rounding.
const MAX_ROUNDS: usize = 20_000;

/// A polytope `conv{v}` in `R^m` and its image under a linear map into `R^d`.
pub(super) trait LinearOracle {
    /// `m`.
    fn dim(&self) -> usize;
    /// `d`.
    fn image_dim(&self) -> usize;
    /// Writes a vertex `v` that maximises `⟨direction, image(v)⟩`, and its image.
    fn best(&mut self, direction: &[f64], vertex: &mut [f64], image: &mut [f64]);
    /// A bound on the coordinates of the images.
    fn image_size(&self) -> f64;
}

/// The convex combination that the method ends with.
struct Corral {
    /// `k × m`.
    vertices: Vec<f64>,
    /// `k × d`, scaled.
    images: Vec<f64>,
    weights: Vec<f64>,
}

/// Writes the point `x` of the polytope whose image is nearest to `q` into `out`.
///
/// `O(d k²)` a round for `k ≤ d + 1` vertices in the combination, plus one call of the oracle.
pub(super) fn nearest(oracle: &mut impl LinearOracle, q: &[f64], out: &mut [f64]) {
    let m = oracle.dim();
    let corral = nearest_corral(oracle, q);
    out.fill(0.0);
    for (vertex, weight) in corral.vertices.chunks_exact(m).zip(&corral.weights) {
        for (out, v) in out.iter_mut().zip(vertex) {
            *out += weight * v;
        }
    }
}

/// The point of the convex hull of `vertices` (`k × m` by rows) nearest to `q` as a convex combination of few of them:
/// the vertices, by rows, and their positive weights, which sum to 1 up to rounding.
pub(crate) fn combination(vertices: &[f64], q: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let corral = nearest_corral(
        &mut Listed {
            vertices,
            dim: q.len(),
        },
        q,
    );
    (corral.vertices, corral.weights)
}

/// A hull of vertices, by rows.
struct Listed<'a> {
    vertices: &'a [f64],
    dim: usize,
}

impl LinearOracle for Listed<'_> {
    fn dim(&self) -> usize {
        self.dim
    }

    fn image_dim(&self) -> usize {
        self.dim
    }

    fn best(&mut self, direction: &[f64], vertex: &mut [f64], image: &mut [f64]) {
        let mut most = f64::NEG_INFINITY;
        for v in self.vertices.chunks_exact(self.dim) {
            let value = dot(direction, v);
            if value > most {
                most = value;
                vertex.copy_from_slice(v);
            }
        }
        image.copy_from_slice(vertex);
    }

    fn image_size(&self) -> f64 {
        max_abs(self.vertices)
    }
}

fn nearest_corral(oracle: &mut impl LinearOracle, q: &[f64]) -> Corral {
    let (m, d) = (oracle.dim(), oracle.image_dim());
    let unit = power_of_two_below(oracle.image_size().max(max_abs(q)));
    let mut target: Vec<f64> = q.iter().map(|v| v / unit).collect();
    let mut vertex = vec![0.0; m];
    let mut image = vec![0.0; d];
    let mut call = |direction: &[f64], vertex: &mut [f64], image: &mut [f64]| {
        oracle.best(direction, vertex, image);
        for value in image {
            *value /= unit;
        }
    };
    call(&target, &mut vertex, &mut image);
    let mut corral = Corral {
        vertices: vertex,
        images: image,
        weights: vec![1.0],
    };
    descend(&mut call, &mut corral, &target, m, d);
    // Once more from the heaviest vertex: where the polytope is thin around it, differences far below the rounding of its
    // coordinates tell which way is nearer.
    let weights = corral.weights.iter().enumerate();
    let heaviest = weights.fold(0, |at, (i, w)| if *w > corral.weights[at] { i } else { at });
    let origin = corral.images[heaviest * d..(heaviest + 1) * d].to_vec();
    let shift = |values: &mut [f64]| values.iter_mut().zip(&origin).for_each(|(v, o)| *v -= o);
    shift(&mut target);
    corral.images.chunks_exact_mut(d).for_each(shift);
    let mut shifted = |direction: &[f64], vertex: &mut [f64], image: &mut [f64]| {
        call(direction, vertex, image);
        shift(image);
    };
    descend(&mut shifted, &mut corral, &target, m, d);
    corral
}

/// Wolfe's major cycles: a vertex that is farther towards the target joins, until none is by more than rounding.
fn descend(
    call: &mut impl FnMut(&[f64], &mut [f64], &mut [f64]),
    corral: &mut Corral,
    target: &[f64],
    m: usize,
    d: usize,
) {
    let mut vertex = vec![0.0; m];
    let mut image = vec![0.0; d];
    let mut point = corral.image(d);
    for _ in 0..MAX_ROUNDS {
        let residual: Vec<f64> = target.iter().zip(&point).map(|(q, y)| q - y).collect();
        // What is left of it along the corral is rounding, and so would be what a long step gains there: a thin polytope
        // shows only across.
        let Some((basis, _)) = differences(&corral.images, d) else {
            return;
        };
        let mut away = residual.clone();
        off(&basis, &mut away);
        call(&away, &mut vertex, &mut image);
        let step: Vec<f64> = image.iter().zip(&point).map(|(v, y)| v - y).collect();
        let mut across = step.clone();
        off(&basis, &mut across);
        let gain = dot(&away, &across);
        let rounding =
            f64::EPSILON * (corral.uncertain(target, &across) + 4.0 * norm(&away) * norm(&step));
        let known = corral.vertices.chunks_exact(m).any(|v| v == vertex);
        if gain <= rounding || known {
            return;
        }
        let mut next = Corral {
            vertices: corral.vertices.clone(),
            images: corral.images.clone(),
            weights: corral.weights.clone(),
        };
        next.vertices.extend_from_slice(&vertex);
        next.images.extend_from_slice(&image);
        next.weights.push(0.0);
        if !next.settle(target, m, d) {
            return;
        }
        let new_point = next.image(d);
        // Half the drop of the squared distance, through differences: visible even from very far away.
        let drop: f64 = (0..d)
            .map(|k| (residual[k] + target[k] - new_point[k]) * (new_point[k] - point[k]))
            .sum();
        if drop <= 0.0 {
            return;
        }
        *corral = next;
        point = new_point;
    }
}

impl Corral {
    /// What the rounding of `⟨target − image, step⟩` is relative to.
    fn uncertain(&self, target: &[f64], step: &[f64]) -> f64 {
        let d = target.len();
        let size = |k: usize| {
            let images = self.images.iter().skip(k).step_by(d).zip(&self.weights);
            target[k].abs() + images.map(|(v, weight)| weight * v.abs()).sum::<f64>()
        };
        (0..d).map(|k| size(k) * step[k].abs()).sum()
    }

    fn image(&self, d: usize) -> Vec<f64> {
        let mut point = vec![0.0; d];
        for (image, weight) in self.images.chunks_exact(d).zip(&self.weights) {
            for (point, v) in point.iter_mut().zip(image) {
                *point += weight * v;
            }
        }
        point
    }

    /// Wolfe's minor cycle: walks towards the nearest point of the affine hull, dropping the vertices whose
    /// weight reaches 0, until it lies in the convex hull. False if the vertices are affinely dependent.
    fn settle(&mut self, target: &[f64], m: usize, d: usize) -> bool {
        loop {
            let Some(goal) = affine_weights(&self.images, target, d) else {
                return false;
            };
            let mut blocking: Option<(usize, f64)> = None;
            for (i, (&weight, &wanted)) in self.weights.iter().zip(&goal).enumerate() {
                if wanted <= 0.0 {
                    let step = weight / (weight - wanted);
                    // 0/0: a vertex of weight 0 that should stay at 0 blocks at once.
                    let step = if step.is_nan() { 0.0 } else { step };
                    if blocking.is_none_or(|(_, best)| step < best) {
                        blocking = Some((i, step));
                    }
                }
            }
            let Some((first, step)) = blocking else {
                self.weights = goal;
                return true;
            };
            for (weight, wanted) in self.weights.iter_mut().zip(&goal) {
                *weight = (*weight + step * (wanted - *weight)).max(0.0);
            }
            self.remove(first, m, d);
            let total: f64 = self.weights.iter().sum();
            if self.weights.is_empty() || total <= 0.0 {
                return false;
            }
            for weight in &mut self.weights {
                *weight /= total;
            }
        }
    }

    fn remove(&mut self, i: usize, m: usize, d: usize) {
        self.weights.remove(i);
        self.vertices.drain(i * m..(i + 1) * m);
        self.images.drain(i * d..(i + 1) * d);
    }
}

/// The differences to the first image made orthonormal, by Gram–Schmidt done twice, and the triangle that makes them
/// again. `None` if they are dependent.
fn differences(images: &[f64], d: usize) -> Option<(Vec<f64>, Vec<f64>)> {
    let base = &images[..d];
    let columns = images.len() / d - 1;
    if columns > d {
        return None;
    }
    let mut basis: Vec<f64> = Vec::with_capacity(columns * d);
    let mut upper = vec![0.0; columns * columns];
    for j in 0..columns {
        let image = &images[(j + 1) * d..(j + 2) * d];
        let mut column: Vec<f64> = image.iter().zip(base).map(|(v, b)| v - b).collect();
        let before = norm(&column);
        for _ in 0..2 {
            for (i, q) in basis.chunks_exact(d).enumerate() {
                let overlap = dot(q, &column);
                upper[i * columns + j] += overlap;
                for (c, q) in column.iter_mut().zip(q) {
                    *c -= overlap * q;
                }
            }
        }
        let after = norm(&column);
        if after <= 1e-14 * before || after == 0.0 {
            return None;
        }
        upper[j * columns + j] = after;
        basis.extend(column.iter().map(|c| c / after));
    }
    Some((basis, upper))
}

/// Takes what lies along orthonormal rows from a vector, twice.
fn off(basis: &[f64], vector: &mut [f64]) {
    for _ in 0..2 {
        for q in basis.chunks_exact(vector.len()) {
            let overlap = dot(q, vector);
            for (v, q) in vector.iter_mut().zip(q) {
                *v -= overlap * q;
            }
        }
    }
}

/// The affine weights of the point of the images' affine hull nearest to `target`: a least-squares problem
/// in the differences to the first image. `None` if they are dependent.
fn affine_weights(images: &[f64], target: &[f64], d: usize) -> Option<Vec<f64>> {
    let count = images.len() / d;
    let base = &images[..d];
    let columns = count - 1;
    let (basis, upper) = differences(images, d)?;
    let mut rest: Vec<f64> = target.iter().zip(base).map(|(q, b)| q - b).collect();
    let mut weights = vec![0.0; count];
    for (j, q) in basis.chunks_exact(d).enumerate() {
        let overlap = dot(q, &rest);
        weights[j + 1] = overlap;
        for (r, q) in rest.iter_mut().zip(q) {
            *r -= overlap * q;
        }
    }
    for j in (0..columns).rev() {
        let later: f64 = (j + 1..columns)
            .map(|k| upper[j * columns + k] * weights[k + 1])
            .sum();
        weights[j + 1] = (weights[j + 1] - later) / upper[j * columns + j];
    }
    weights[0] = 1.0 - weights[1..].iter().sum::<f64>();
    Some(weights)
}
