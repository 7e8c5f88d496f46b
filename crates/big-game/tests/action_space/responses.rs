//! The nearest point in a linear image: optimal by its own certificate, and no worse than Clarabel.

use big_game::action_space::{ActionSpace, ConvexSet, nearest_in_image};
use big_game::spec::SpaceSpec;
use clarabel::algebra::CscMatrix;
use clarabel::solver::{
    DefaultSettingsBuilder, DefaultSolver, IPSolver, SolverStatus, SupportedConeT,
};
use proptest::prelude::*;

use crate::common::{any_spec, dot, minus, norm, project, size_of, spec_of, value};

fn image(weight: &[f64], x: &[f64]) -> Vec<f64> {
    let rows = weight.chunks_exact(x.len());
    rows.map(|row| dot(row, x)).collect()
}

/// `min ‖W x − q‖²` over the same set, by an interior point method; the squared distance.
///
/// Every set is `{c + B z}` with `z` in a box, a unit ball or a probability simplex.
fn reference(spec: &SpaceSpec<f64>, space: &ActionSpace, weight: &[f64], q: &[f64]) -> f64 {
    let m = spec.dim();
    let identity = |by: f64| {
        let row = |i: usize| (0..m).map(move |k| if i == k { by } else { 0.0 });
        (0..m).flat_map(row).collect::<Vec<f64>>()
    };
    let (center, columns, cone) = match (spec, space) {
        (SpaceSpec::Box { lower, upper }, _) => {
            let mut columns = identity(0.0);
            for k in 0..m {
                columns[k * m + k] = upper[k] - lower[k];
            }
            (lower.clone(), columns, "box")
        }
        (SpaceSpec::Ball { center, radius }, _) => (center.clone(), identity(*radius), "ball"),
        (_, ActionSpace::Ellipsoid(e)) => {
            let mut columns = vec![0.0; m * m];
            for i in 0..m {
                for k in 0..m {
                    columns[k * m + i] = e.factor()[i * m + k];
                }
            }
            (e.center().to_vec(), columns, "ball")
        }
        (_, ActionSpace::L1Ball(l1)) => (vec![0.0; m], l1.vertices(), "simplex"),
        (_, ActionSpace::Simplex(simplex)) => (vec![0.0; m], simplex.vertices(), "simplex"),
        (_, ActionSpace::Polytope(p)) => (vec![0.0; m], p.vertices().unwrap().to_vec(), "simplex"),
        _ => unreachable!(),
    };
    // Columns of W B, one after another.
    let n = columns.len() / m;
    let images: Vec<Vec<f64>> = columns.chunks_exact(m).map(|z| image(weight, z)).collect();
    let rest = minus(q, &image(weight, &center));
    let mut rows = vec![vec![0.0; n]; n];
    for i in 0..n {
        for j in i..n {
            rows[i][j] = dot(&images[i], &images[j]);
        }
    }
    let linear: Vec<f64> = images.iter().map(|column| -dot(column, &rest)).collect();
    let (mut a, mut b, mut cones) = (Vec::new(), Vec::new(), Vec::new());
    let unit = |k: usize, by: f64| (0..n).map(|j| if j == k { by } else { 0.0 }).collect();
    match cone {
        "ball" => {
            a.push(vec![0.0; n]);
            b.push(1.0);
            (0..n).for_each(|k| a.push(unit(k, -1.0)));
            b.extend(vec![0.0; n]);
            cones.push(SupportedConeT::SecondOrderConeT(n + 1));
        }
        "box" => {
            (0..n).for_each(|k| a.push(unit(k, -1.0)));
            (0..n).for_each(|k| a.push(unit(k, 1.0)));
            b.extend(vec![0.0; n]);
            b.extend(vec![1.0; n]);
            cones.push(SupportedConeT::NonnegativeConeT(2 * n));
        }
        _ => {
            a.push(vec![1.0; n]);
            b.push(1.0);
            (0..n).for_each(|k| a.push(unit(k, -1.0)));
            b.extend(vec![0.0; n]);
            cones.push(SupportedConeT::ZeroConeT(1));
            cones.push(SupportedConeT::NonnegativeConeT(n));
        }
    }
    let settings = DefaultSettingsBuilder::default()
        .verbose(false)
        .build()
        .unwrap();
    let (p, a) = (CscMatrix::from(&rows), CscMatrix::from(&a));
    let mut solver = DefaultSolver::new(&p, &linear, &a, &b, &cones, settings).unwrap();
    solver.solve();
    assert!(matches!(
        solver.solution.status,
        SolverStatus::Solved | SolverStatus::AlmostSolved
    ));
    let mut left = rest;
    for (z, column) in solver.solution.x.iter().zip(&images) {
        for (left, c) in left.iter_mut().zip(column) {
            *left -= z * c;
        }
    }
    dot(&left, &left)
}

/// A `d × m` matrix: generic, integer, of rank one, or zero.
fn weight(d: usize, m: usize) -> impl Strategy<Value = Vec<f64>> {
    let generic = prop::collection::vec(value(1.0), d * m);
    let factors = (
        prop::collection::vec(value(1.0), d),
        prop::collection::vec(value(1.0), m),
    );
    let rank_one = factors.prop_map(|(a, b)| {
        let row = |a: f64| b.iter().map(move |b| a * b).collect::<Vec<f64>>();
        a.iter().flat_map(|&a| row(a)).collect()
    });
    prop_oneof![4 => generic, 2 => rank_one, 1 => Just(vec![0.0; d * m])]
}

fn problem(
    spec: impl Strategy<Value = SpaceSpec<f64>>,
) -> impl Strategy<Value = (SpaceSpec<f64>, Vec<f64>, Vec<f64>)> {
    (spec, 1..=5_usize).prop_flat_map(|(spec, d)| {
        let m = spec.dim();
        let q = prop::collection::vec(value(1.0), d);
        (Just(spec), weight(d, m), q)
    })
}

fn unit_sized(max_dim: usize) -> impl Strategy<Value = SpaceSpec<f64>> {
    (0..7_usize, 1..=max_dim).prop_flat_map(|(kind, m)| spec_of(kind, m, 1.0))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn optimal_by_the_residual(
        (spec, weight, q) in problem(any_spec(5)),
        stretch in prop_oneof![Just(0.1), Just(1.0), Just(100.0)],
    ) {
        let space = ActionSpace::new(&spec).unwrap();
        let size = size_of(&space);
        let q: Vec<f64> = q.iter().map(|v| v * stretch * size).collect();
        let mut x = vec![f64::NAN; space.dim()];
        let residual = nearest_in_image(&space, &weight, &q, &mut x);
        prop_assert!(space.contains(&x, 1e-14 * size));
        let reach = norm(&weight) * size;
        prop_assert!(residual <= 1e-13 * reach * (reach + norm(&q)), "{residual:e} {size:e}");
    }

    #[test]
    fn no_worse_than_an_interior_point_method((spec, weight, q) in problem(unit_sized(5))) {
        let space = ActionSpace::new(&spec).unwrap();
        let mut x = vec![f64::NAN; space.dim()];
        nearest_in_image(&space, &weight, &q, &mut x);
        let left = minus(&q, &image(&weight, &x));
        let ours = dot(&left, &left);
        let theirs = reference(&spec, &space, &weight, &q);
        let scale = (norm(&weight) * size_of(&space) + norm(&q)).powi(2) + 1.0;
        prop_assert!((ours - theirs).abs() <= 1e-6 * scale, "{ours} {theirs}");
        prop_assert!(ours <= theirs + 1e-9 * scale, "{ours} {theirs}");
    }

    /// With `W = w I` the nearest point in the image is a projection.
    #[test]
    fn scalar_weights_are_projections(
        spec in any_spec(5),
        p in prop::collection::vec(value(3.0), 5),
        w in prop_oneof![Just(1.0), Just(-0.5), Just(1e-3)],
    ) {
        let space = ActionSpace::new(&spec).unwrap();
        let m = space.dim();
        let size = size_of(&space);
        let p: Vec<f64> = p[..m].iter().map(|v| v * size).collect();
        let mut weight = vec![0.0; m * m];
        (0..m).for_each(|k| weight[k * m + k] = w);
        let q: Vec<f64> = p.iter().map(|v| v * w).collect();
        let mut x = vec![f64::NAN; m];
        nearest_in_image(&space, &weight, &q, &mut x);
        let projected = project(&space, &p);
        prop_assert!(norm(&minus(&x, &projected)) <= 1e-12 * size, "{x:?} {projected:?}");
    }
}
