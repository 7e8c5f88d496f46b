//! Random sets, and arithmetic that does not share code with the library.

use big_game::action_space::{ActionSpace, ConvexSet};
use big_game::spec::SpaceSpec;
use proptest::prelude::*;

/// A set of any kind and of any size, degenerate ones included.
pub(crate) fn any_spec(max_dim: usize) -> impl Strategy<Value = SpaceSpec<f64>> {
    let scale = prop_oneof![
        4 => Just(1.0),
        1 => Just(1e-150),
        1 => Just(1e140),
        1 => Just(1e-6),
        1 => Just(1e6)
    ];
    (1..=max_dim, scale, 0..7_usize).prop_flat_map(|(m, scale, kind)| spec_of(kind, m, scale))
}

/// A set of one kind: box, ball, l1 ball, simplex, ellipsoid, vertices, half-spaces.
pub(crate) fn spec_of(kind: usize, m: usize, scale: f64) -> impl Strategy<Value = SpaceSpec<f64>> {
    let vector = prop::collection::vec(value(scale), m);
    let square = prop::collection::vec(prop::collection::vec(value(1.0), m), m);
    let points = prop::collection::vec(vector.clone(), 1..=8);
    (vector.clone(), vector, square, points, value(scale)).prop_map(
        move |(p, q, square, points, size)| build(kind, &p, &q, &square, points, size.abs(), scale),
    )
}

/// Small integers (ties, zeros) or generic numbers, times a scale.
pub(crate) fn value(scale: f64) -> impl Strategy<Value = f64> + Clone {
    prop_oneof![(-3..=3_i32).prop_map(f64::from), -3.0..3.0].prop_map(move |v| v * scale)
}

pub(crate) fn vector(len: usize) -> impl Strategy<Value = Vec<f64>> + Clone {
    prop::collection::vec(value(1.0), len)
}

fn build(
    kind: usize,
    p: &[f64],
    q: &[f64],
    square: &[Vec<f64>],
    points: Vec<Vec<f64>>,
    size: f64,
    scale: f64,
) -> SpaceSpec<f64> {
    let m = p.len();
    match kind {
        0 => SpaceSpec::Box {
            lower: (0..m).map(|k| p[k].min(q[k])).collect(),
            upper: (0..m).map(|k| p[k].max(q[k])).collect(),
        },
        1 => SpaceSpec::Ball {
            center: p.to_vec(),
            radius: size,
        },
        2 => SpaceSpec::L1Ball {
            center: p.to_vec(),
            radius: size,
        },
        3 => SpaceSpec::Simplex {
            dim: m,
            scale: size,
        },
        4 => {
            // M Mᵀ + ½ I, positive definite.
            let shape = (0..m).map(|i| {
                let entry = |j: usize| {
                    let product = dot(&square[i], &square[j]);
                    (product + if i == j { 0.5 } else { 0.0 }) * scale * scale
                };
                (0..m).map(entry).collect()
            });
            SpaceSpec::Ellipsoid {
                center: p.to_vec(),
                shape: shape.collect(),
            }
        }
        5 => SpaceSpec::Vertices(points),
        _ => {
            // A box around p, cut by half-spaces that keep p.
            let mut a = Vec::new();
            let mut b = Vec::new();
            for k in 0..m {
                for sign in [1.0, -1.0] {
                    let mut row = vec![0.0; m];
                    row[k] = sign;
                    b.push(sign * p[k] + scale + (q[k] * sign).max(0.0));
                    a.push(row);
                }
            }
            for row in square {
                b.push(dot(row, p) + size + scale);
                a.push(row.clone());
            }
            SpaceSpec::Halfspaces { a, b }
        }
    }
}

pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

pub(crate) fn minus(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

pub(crate) fn norm(a: &[f64]) -> f64 {
    let largest = a.iter().fold(0.0_f64, |acc, v| acc.max(v.abs()));
    if largest == 0.0 {
        return 0.0;
    }
    largest * a.iter().map(|v| (v / largest).powi(2)).sum::<f64>().sqrt()
}

/// The largest distance of a point of the set from the origin, roughly.
pub(crate) fn size_of(space: &ActionSpace) -> f64 {
    let (lower, upper) = space.bounding_box();
    norm(&lower).max(norm(&upper))
}

/// A point of the set: a convex combination of maximisers.
pub(crate) fn inside(space: &ActionSpace, directions: &[Vec<f64>], weights: &[f64]) -> Vec<f64> {
    let m = space.dim();
    let total: f64 = weights.iter().sum();
    let mut point = vec![0.0; m];
    for (g, w) in directions.iter().zip(weights) {
        let vertex = maximiser(space, &g[..m]);
        for k in 0..m {
            point[k] += w / total * vertex[k];
        }
    }
    point
}

pub(crate) fn maximiser(space: &ActionSpace, g: &[f64]) -> Vec<f64> {
    let mut out = vec![f64::NAN; g.len()];
    space.maximiser(g, &mut out);
    out
}

pub(crate) fn project(space: &ActionSpace, p: &[f64]) -> Vec<f64> {
    let mut out = vec![f64::NAN; p.len()];
    space.project(p, &mut out);
    out
}
