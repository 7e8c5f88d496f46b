//! Support, maximiser, shortfall, projection, faces: against one another and against their definitions.

use big_game::action_space::{ActionSpace, ConvexSet, Face, nearest_in_image};
use big_game::spec::SpaceSpec;
use proptest::prelude::*;

use crate::common::{
    any_spec, dot, inside, maximiser, minus, norm, project, size_of, value, vector,
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn support_maximiser_and_shortfall_agree(
        spec in any_spec(5),
        g in vector(5),
        others in prop::collection::vec(vector(5), 3),
        weights in prop::collection::vec(0.01..1.0, 3),
        factor in 0.1..10.0_f64,
    ) {
        let space = ActionSpace::new(&spec).unwrap();
        let m = space.dim();
        let g = &g[..m];
        let size = size_of(&space);
        let tolerance = 1e-13 * norm(g) * size;
        let h = space.support(g);
        let best = maximiser(&space, g);
        prop_assert!((h - dot(g, &best)).abs() <= tolerance);
        prop_assert!(space.contains(&best, 1e-14 * size));
        prop_assert!(space.shortfall(g, &best) <= tolerance * 1e-2);
        // Any other point of the set does no better, and the shortfall says by how much.
        let x = inside(&space, &others, &weights);
        prop_assert!(space.contains(&x, 1e-14 * size));
        prop_assert!(dot(g, &x) <= h + tolerance);
        let shortfall = space.shortfall(g, &x);
        prop_assert!(shortfall >= 0.0);
        prop_assert!((shortfall - (h - dot(g, &x))).abs() <= tolerance);
        // Positive homogeneity.
        let scaled: Vec<f64> = g.iter().map(|v| v * factor).collect();
        prop_assert!((space.support(&scaled) - factor * h).abs() <= factor * tolerance);
        // The bounding box is the support of the unit vectors.
        let (lower, upper) = space.bounding_box();
        for k in 0..m {
            let mut unit = vec![0.0; m];
            unit[k] = 1.0;
            prop_assert!((space.support(&unit) - upper[k]).abs() <= 1e-14 * size);
            unit[k] = -1.0;
            prop_assert!((space.support(&unit) + lower[k]).abs() <= 1e-14 * size);
        }
    }

    /// `x` is the projection of `p` iff `⟨p − x, z − x⟩ ≤ 0` for all `z` of the set.
    #[test]
    fn projections_are_optimal_and_idempotent(
        spec in any_spec(5),
        p in vector(5),
        stretch in prop_oneof![Just(0.1), Just(1.0), Just(10.0), Just(1e9)],
    ) {
        let space = ActionSpace::new(&spec).unwrap();
        let m = space.dim();
        let size = size_of(&space);
        let p: Vec<f64> = p[..m].iter().map(|v| v * stretch * size).collect();
        let x = project(&space, &p);
        prop_assert!(space.contains(&x, 1e-14 * size));
        let residual = minus(&p, &x);
        let length = norm(&residual);
        if length > 0.0 {
            let unit: Vec<f64> = residual.iter().map(|v| v / length).collect();
            // The direction of a short residual is known up to ε · size / length.
            let tolerance = 4e-15 * (size / length).max(1.0) * size;
            let shortfall = space.shortfall(&unit, &x);
            prop_assert!(shortfall <= tolerance, "{shortfall:e} {tolerance:e}");
            prop_assert!(space.support(&unit) - dot(&unit, &x) <= 4.0 * tolerance);
        }
        let again = project(&space, &x);
        prop_assert!(norm(&minus(&again, &x)) <= 1e-15 * size, "{x:?} {again:?}");
    }

    #[test]
    fn points_inside_are_not_moved(
        spec in any_spec(5),
        directions in prop::collection::vec(vector(5), 8),
        weights in prop::collection::vec(0.1..1.0, 8),
    ) {
        let space = ActionSpace::new(&spec).unwrap();
        let size = size_of(&space);
        let x = inside(&space, &directions, &weights);
        if !space.on_boundary(&x, 1e-12 * size) {
            prop_assert_eq!(project(&space, &x), x);
        }
    }

    #[test]
    fn faces_hold_the_maximiser_and_tie(spec in any_spec(5), g in vector(5)) {
        let space = ActionSpace::new(&spec).unwrap();
        let m = space.dim();
        let g = &g[..m];
        let size = size_of(&space);
        let best = maximiser(&space, g);
        let face = space.exposed_face(g, 1e-12 * norm(g));
        let (lower, upper) = face.bounds().unwrap();
        for k in 0..m {
            prop_assert!(lower[k] - 1e-14 * size <= best[k] && best[k] <= upper[k] + 1e-14 * size);
        }
        let h = space.support(g);
        if let Some(vertices) = face.vertices(1 << 10) {
            for vertex in vertices.chunks_exact(m) {
                prop_assert!((h - dot(g, vertex)).abs() <= 1e-11 * norm(g) * size);
                prop_assert!(space.contains(vertex, 1e-14 * size));
            }
        }
        let whole = space.exposed_face(&vec![0.0; m], 0.0);
        prop_assert_eq!(whole.affine_dim().unwrap(), space.affine_dim());
        prop_assert_eq!(whole.bounds().unwrap(), space.bounding_box());
        prop_assert_eq!(matches!(whole, Face::Point(_)), space.affine_dim() == 0);
    }

    /// Near the boundary: whether some direction leaves the set within the tolerance.
    #[test]
    fn boundary_is_where_a_small_step_leaves(
        spec in any_spec(4),
        directions in prop::collection::vec(vector(4), 6),
        weights in prop::collection::vec(0.0001..1.0, 6),
        steps in prop::collection::vec(vector(4), 200),
        reach in value(0.1),
    ) {
        let space = ActionSpace::new(&spec).unwrap();
        let m = space.dim();
        let size = size_of(&space);
        let x = inside(&space, &directions, &weights);
        let tolerance = reach.abs() * size;
        let leaves = steps.iter().any(|step| {
            let length = norm(&step[..m]);
            let moved: Vec<f64> = (0..m).map(|k| x[k] + step[k] / length * tolerance).collect();
            length > 0.0 && !space.contains(&moved, 1e-13 * size)
        });
        if leaves {
            prop_assert!(space.on_boundary(&x, tolerance * (1.0 + 1e-9) + 1e-13 * size));
        }
        prop_assert!(space.on_boundary(&maximiser(&space, &steps[0][..m]), 1e-14 * size) || norm(&steps[0][..m]) == 0.0);
    }
}

/// A direction has no length: numbers with one or two digits say one as well as others.
#[test]
fn directions_are_those_of_the_shortest_vectors() {
    let round = [
        SpaceSpec::Ball {
            center: vec![0.5, 0.0],
            radius: 3.0,
        },
        SpaceSpec::Ellipsoid {
            center: vec![0.5, 0.0],
            shape: vec![vec![2.0, 0.5], vec![0.5, 1.0]],
        },
    ];
    for spec in round {
        let space = ActionSpace::new(&spec).unwrap();
        for whole in [[1.0, 1.0], [3.0, -4.0], [0.0, 7.0], [2024.0, 2025.0]] {
            let expected = maximiser(&space, &whole);
            let shortest = whole.map(|v: f64| v * 5e-324);
            let found = maximiser(&space, &shortest);
            let near = found
                .iter()
                .zip(&expected)
                .all(|(f, e)| (f - e).abs() < 4e-15);
            // A shape's product with the shortest numbers is rounded to them.
            let rounded = matches!(spec, SpaceSpec::Ellipsoid { .. });
            assert!(near || rounded, "{whole:?}: {found:?} {expected:?}");
            assert!(space.contains(&found, 4e-15), "{whole:?}: {found:?}");
        }
    }
}

/// On a sphere, an angle θ away from the best point, the shortfall is `R ‖g‖ (1 − cos θ) ≈ ½ R ‖g‖ θ²`:
/// far below the rounding of the support function.
#[test]
fn tiny_shortfalls_are_accurate() {
    let radius = 3.0;
    let sets = [
        SpaceSpec::Ball {
            center: vec![0.0, 0.0],
            radius,
        },
        SpaceSpec::Ellipsoid {
            center: vec![0.0, 0.0],
            shape: vec![vec![radius * radius, 0.0], vec![0.0, radius * radius]],
        },
    ];
    for spec in sets {
        let space = ActionSpace::new(&spec).unwrap();
        for exponent in 1..=7 {
            let angle = 10.0_f64.powi(-exponent);
            let x = [radius * angle.cos(), radius * angle.sin()];
            let expected = 2.0 * radius * 7.0 * (0.5 * angle).sin().powi(2);
            let found = space.shortfall(&[7.0, 0.0], &x);
            assert!(
                (found - expected).abs() <= 1e-7 * expected,
                "{found:e} {expected:e}"
            );
        }
    }
    let simplex = ActionSpace::new(&SpaceSpec::Simplex { dim: 2, scale: 1.0 }).unwrap();
    assert_eq!(simplex.shortfall(&[1.0, 0.0], &[1.0, 1e-30]), 1e-30);
    let l1 = SpaceSpec::L1Ball {
        center: vec![0.0; 2],
        radius: 1.0,
    };
    let diamond = ActionSpace::new(&l1).unwrap();
    assert_eq!(diamond.shortfall(&[1.0, 0.0], &[1.0, 1e-30]), 1e-30);
    let square = SpaceSpec::Box {
        lower: vec![0.0; 2],
        upper: vec![1.0; 2],
    };
    let square = ActionSpace::new(&square).unwrap();
    assert_eq!(square.shortfall(&[1.0, -1.0], &[1.0, 1e-30]), 1e-30);
}

/// Dimension 50: beyond every small buffer.
#[test]
fn many_dimensions() {
    let m = 50;
    let wave = |k: usize| (1.0 + 2.3 * k as f64).sin();
    let square = |i: usize| (0..m).map(move |j| if i == j { 4.0 } else { 0.05 * wave(i * j) });
    let sets = [
        SpaceSpec::Box {
            lower: vec![-1.0; m],
            upper: vec![0.5; m],
        },
        SpaceSpec::Ball {
            center: vec![0.5; m],
            radius: 2.0,
        },
        SpaceSpec::L1Ball {
            center: vec![0.5; m],
            radius: 2.0,
        },
        SpaceSpec::Simplex { dim: m, scale: 2.0 },
        SpaceSpec::Ellipsoid {
            center: vec![0.5; m],
            shape: (0..m).map(|i| square(i).collect()).collect(),
        },
        SpaceSpec::Vertices(
            (0..80)
                .map(|i| (0..m).map(|k| wave(i * m + k)).collect())
                .collect(),
        ),
    ];
    let g: Vec<f64> = (0..m).map(wave).collect();
    let p: Vec<f64> = (0..m).map(|k| 3.0 * wave(k + 99)).collect();
    let weight: Vec<f64> = (0..m * m).map(|k| wave(k + 7)).collect();
    for spec in sets {
        let space = ActionSpace::new(&spec).unwrap();
        let best = maximiser(&space, &g);
        assert!(space.contains(&best, 1e-13));
        assert!(space.shortfall(&g, &best) <= 1e-13);
        assert!((space.support(&g) - dot(&g, &best)).abs() <= 1e-12);
        let x = project(&space, &p);
        assert!(space.contains(&x, 1e-13));
        assert!(space.shortfall(&minus(&p, &x), &x) <= 1e-11);
        let gap = space.support(&g) - dot(&g, &x);
        assert!((space.shortfall(&g, &x) - gap).abs() <= 1e-12);
        let mut y = vec![0.0; m];
        assert!(nearest_in_image(&space, &weight, &p, &mut y) <= 1e-10);
        assert!(space.contains(&y, 1e-12));
    }
}
