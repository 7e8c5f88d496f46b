//! Vertices and half-spaces: the enumeration against brute force, the two descriptions against each other.

use big_game::action_space::{
    ActionSpace, ConvexSet, Face, Obstacle, double_description, nearest_in_image, vertices_exact,
};
use big_game::spec::{Rational, SpaceSpec};
use proptest::prelude::*;

use crate::common::{dot, maximiser, minus, norm, project, value};

fn whole(v: i64) -> Rational {
    Rational::from_integer(v.into())
}

/// Solves a square system by Gauss–Jordan elimination; `None` if singular.
fn solve(mut a: Vec<Vec<Rational>>, mut b: Vec<Rational>) -> Option<Vec<Rational>> {
    let n = b.len();
    for k in 0..n {
        let pivot = (k..n).find(|&i| a[i][k] != whole(0))?;
        a.swap(k, pivot);
        b.swap(k, pivot);
        for i in 0..n {
            if i != k {
                let ratio = &a[i][k] / &a[k][k];
                for j in 0..n {
                    let by = &ratio * &a[k][j];
                    a[i][j] -= by;
                }
                let by = &ratio * &b[k];
                b[i] -= by;
            }
        }
    }
    Some((0..n).map(|k| &b[k] / &a[k][k]).collect())
}

/// Every intersection of `m` constraint hyperplanes that satisfies all constraints.
fn brute_force(a: &[Vec<Rational>], b: &[Rational], m: usize) -> Vec<Vec<Rational>> {
    let mut vertices = Vec::new();
    for subset in 0_u32..1 << a.len() {
        if subset.count_ones() as usize != m {
            continue;
        }
        let chosen: Vec<usize> = (0..a.len()).filter(|i| subset >> i & 1 == 1).collect();
        let rows = chosen.iter().map(|&i| a[i].clone()).collect();
        let sides = chosen.iter().map(|&i| b[i].clone()).collect();
        let Some(x) = solve(rows, sides) else {
            continue;
        };
        let feasible = a.iter().zip(b).all(|(row, b)| {
            let value: Rational = row.iter().zip(&x).map(|(a, x)| a * x).sum();
            value <= *b
        });
        if feasible {
            vertices.push(x);
        }
    }
    vertices.sort();
    vertices.dedup();
    vertices
}

/// Random rows with small integers (parallel, repeated and zero ones among them) and a box that bounds them.
fn halfspaces() -> impl Strategy<Value = (usize, Vec<Vec<i64>>, Vec<i64>)> {
    (1..=3_usize).prop_flat_map(|m| {
        let rows = prop::collection::vec(prop::collection::vec(-2..=2_i64, m), 0..=6);
        (Just(m), rows, prop::collection::vec(-2..=4_i64, 6)).prop_map(|(m, mut a, mut b)| {
            b.truncate(a.len());
            for k in 0..m {
                for sign in [1, -1] {
                    let mut row = vec![0; m];
                    row[k] = sign;
                    a.push(row);
                    b.push(2);
                }
            }
            (m, a, b)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn enumeration_equals_brute_force((m, a, b) in halfspaces()) {
        let exact: Vec<Vec<Rational>> =
            a.iter().map(|row| row.iter().map(|&v| whole(v)).collect()).collect();
        let sides: Vec<Rational> = b.iter().map(|&v| whole(v)).collect();
        let expected = brute_force(&exact, &sides, m);
        let found = double_description(&exact, &sides, m, 1000);
        let spec = SpaceSpec::Halfspaces { a: exact, b: sides }.map(&mut |v: &Rational| {
            v.to_integer().to_string().parse::<f64>().unwrap()
        });
        if expected.is_empty() {
            prop_assert_eq!(found, Err(Obstacle::Empty));
            prop_assert!(ActionSpace::new(&spec).is_err());
        } else {
            prop_assert_eq!(found.as_ref(), Ok(&expected));
            let ActionSpace::Polytope(polytope) = ActionSpace::new(&spec).unwrap() else {
                return Err(TestCaseError::fail("half-spaces make a polytope"));
            };
            let listed = polytope.vertices().unwrap();
            prop_assert_eq!(listed.len(), expected.len() * m);
            for vertex in &expected {
                let rounded: Vec<f64> = vertex.iter().map(|v| {
                    let (n, d) = (v.numer().to_string(), v.denom().to_string());
                    n.parse::<f64>().unwrap() / d.parse::<f64>().unwrap()
                }).collect();
                let near = |v: &[f64]| norm(&minus(v, &rounded)) <= 1e-15;
                prop_assert!(listed.chunks_exact(m).any(near));
            }
        }
    }

    /// A polytope by half-spaces, and the one by its vertices, are one set to every question.
    #[test]
    fn two_descriptions_one_set(
        (m, a, b) in halfspaces(),
        g in prop::collection::vec(value(1.0), 3),
        p in prop::collection::vec(value(2.0), 3),
        reach in 0.0..1.0,
    ) {
        let spec = SpaceSpec::Halfspaces { a, b }.map(&mut |v: &i64| *v as f64);
        let Ok(by_halfspaces) = ActionSpace::new(&spec) else {
            return Ok(());
        };
        let ActionSpace::Polytope(polytope) = &by_halfspaces else {
            return Err(TestCaseError::fail("half-spaces make a polytope"));
        };
        let listed = polytope.vertices().unwrap().chunks_exact(m).map(<[f64]>::to_vec);
        // Reversed, with a repetition and a redundant midpoint: nothing may change.
        let mut points: Vec<Vec<f64>> = listed.rev().collect();
        let (first, last) = (points[0].clone(), points[points.len() - 1].clone());
        points.push(first.iter().zip(&last).map(|(x, y)| 0.5 * (x + y)).collect());
        points.push(first);
        let by_vertices = ActionSpace::new(&SpaceSpec::Vertices(points)).unwrap();
        let (g, p) = (&g[..m], &p[..m]);
        prop_assert!((by_halfspaces.support(g) - by_vertices.support(g)).abs() <= 1e-14 * norm(g));
        let x = project(&by_halfspaces, p);
        prop_assert!(norm(&minus(&x, &project(&by_vertices, p))) <= 1e-13);
        prop_assert_eq!(by_halfspaces.affine_dim(), by_vertices.affine_dim());
        prop_assert_eq!(by_halfspaces.bounding_box(), by_vertices.bounding_box());
        let inside = maximiser(&by_halfspaces, g);
        let x: Vec<f64> = (0..m).map(|k| 0.7 * x[k] + 0.3 * inside[k]).collect();
        let tolerance = reach * reach;
        if by_halfspaces.on_boundary(&x, tolerance - 1e-12) {
            prop_assert!(by_vertices.on_boundary(&x, tolerance + 1e-12));
        } else {
            prop_assert!(!by_vertices.on_boundary(&x, tolerance - 2e-12));
        }
    }
}

/// Twenty random facets in dimension 16: what the benchmarks use.
fn twenty_facets() -> SpaceSpec<f64> {
    let m = 16;
    let mut state = 12345_u64;
    let mut next = || {
        // Knuth's linear congruential generator.
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    };
    let mut a: Vec<Vec<f64>> = (0..19).map(|_| (0..m).map(|_| next()).collect()).collect();
    let last = (0..m).map(|k| -a.iter().map(|row| row[k]).sum::<f64>());
    a.push(last.collect());
    SpaceSpec::Halfspaces {
        a,
        b: vec![1.0; 20],
    }
}

#[test]
fn sixteen_dimensions() {
    let spec = twenty_facets();
    let space = ActionSpace::new(&spec).unwrap();
    let (ActionSpace::Polytope(polytope), SpaceSpec::Halfspaces { a, b }) = (&space, &spec) else {
        panic!("half-spaces make a polytope");
    };
    let vertices: Vec<&[f64]> = polytope.vertices().unwrap().chunks_exact(16).collect();
    // The polytope is simple: every vertex lies on 16 facets, and the list is closed under moving along
    // edges, so it is complete (the graph of a polytope is connected).
    let tight = |v: &[f64]| -> Vec<usize> {
        let slack = |i: usize| (b[i] - dot(&a[i], v)).abs();
        (0..20)
            .filter(|&i| slack(i) <= 1e-9 * norm(&a[i]) * (1.0 + norm(v)))
            .collect()
    };
    let mut edges = std::collections::BTreeMap::new();
    for v in &vertices {
        let facets = tight(v);
        assert_eq!(facets.len(), 16);
        for k in 0..16 {
            let mut edge = facets.clone();
            edge.remove(k);
            *edges.entry(edge).or_insert(0) += 1;
        }
        for (row, b) in a.iter().zip(b) {
            assert!(dot(row, v) <= b + 1e-11 * norm(v) * norm(row));
        }
    }
    assert!(edges.values().all(|&ends| ends == 2));
    assert!(vertices.len() > 100);
}

fn cube(m: usize) -> (SpaceSpec<f64>, SpaceSpec<f64>) {
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for k in 0..m {
        for sign in [1.0, -1.0] {
            let mut row = vec![0.0; m];
            row[k] = 3.0 * sign;
            a.push(row);
            b.push(if sign > 0.0 {
                3.0
            } else {
                1.5 + 0.25 * k as f64
            });
        }
    }
    let lower = (0..m).map(|k| -(1.5 + 0.25 * k as f64) / 3.0).collect();
    let upper = vec![1.0; m];
    (
        SpaceSpec::Halfspaces { a, b },
        SpaceSpec::Box { lower, upper },
    )
}

/// A cube in dimension 18 has 262,144 vertices, too many to list; as a box its answers are known.
#[test]
fn too_many_vertices_are_not_listed() {
    let m = 18;
    let (by_halfspaces, by_bounds) = cube(m);
    let cube = ActionSpace::new(&by_halfspaces).unwrap();
    let plain = ActionSpace::new(&by_bounds).unwrap();
    let ActionSpace::Polytope(polytope) = &cube else {
        panic!("half-spaces make a polytope");
    };
    assert!(polytope.vertices().is_none());
    assert_eq!(cube.affine_dim(), m);
    let near = |p: &[f64], q: &[f64]| norm(&minus(p, q)) <= 1e-13;
    let (low, high) = (cube.bounding_box(), plain.bounding_box());
    assert!(near(&low.0, &high.0) && near(&low.1, &high.1));
    let mut weight = vec![0.0; 3 * m];
    for trial in 0..40 {
        let wave =
            |k: usize| (1.0 + trial as f64 * 1.7 + k as f64 * (2.3 + 0.1 * trial as f64)).sin();
        let g: Vec<f64> = (0..m).map(wave).collect();
        assert!((cube.support(&g) - plain.support(&g)).abs() <= 1e-12);
        assert!(near(&maximiser(&cube, &g), &maximiser(&plain, &g)));
        let Face::Point(corner) = cube.exposed_face(&g, 0.0) else {
            panic!("the rows that are tight at a maximiser tell that it is alone");
        };
        assert!(near(&corner, &maximiser(&plain, &g)));
        let p: Vec<f64> = g.iter().map(|v| 3.0 * v).collect();
        assert!(near(&project(&cube, &p), &project(&plain, &p)));
        for (k, w) in weight.iter_mut().enumerate() {
            *w = wave(k + 7);
        }
        let q = [5.0 * wave(3), wave(4), 10.0 * wave(5)];
        let mut x = vec![0.0; m];
        let mut y = vec![0.0; m];
        assert!(nearest_in_image(&cube, &weight, &q, &mut x) <= 1e-11);
        assert!(nearest_in_image(&plain, &weight, &q, &mut y) <= 1e-11);
        let left = |x: &[f64]| {
            let image: Vec<f64> = weight.chunks_exact(m).map(|row| dot(row, x)).collect();
            norm(&minus(&q, &image))
        };
        assert!((left(&x) - left(&y)).abs() <= 1e-12);
    }
    // No inner point of the cube, a strip, a flat cube.
    let SpaceSpec::Halfspaces { mut a, mut b } = by_halfspaces else {
        panic!("half-spaces");
    };
    a.push(vec![1.0; m]);
    b.push(-100.0);
    let empty = SpaceSpec::Halfspaces {
        a: a.clone(),
        b: b.clone(),
    };
    assert!(
        ActionSpace::new(&empty)
            .unwrap_err()
            .to_string()
            .contains("empty")
    );
    b.pop();
    a.pop();
    let open = SpaceSpec::Halfspaces {
        a: a[1..].to_vec(),
        b: b[1..].to_vec(),
    };
    assert!(
        ActionSpace::new(&open)
            .unwrap_err()
            .to_string()
            .contains("half-spaces bound no")
    );
    for sign in [1.0, -1.0] {
        a.push((0..m).map(|k| if k < 2 { sign } else { 0.0 }).collect());
        b.push(0.0);
    }
    let flat = ActionSpace::new(&SpaceSpec::Halfspaces { a, b }).unwrap();
    assert_eq!(flat.affine_dim(), m - 1);
}

#[test]
fn written_decimals_count_exactly() {
    let tenth = |n: i64| Rational::new(n.into(), 10.into());
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for (row, side) in [([1, 0], 1), ([0, 1], 2), ([1, 1], 3)] {
        for sign in [1, -1] {
            a.push(row.iter().map(|v| whole(sign * v)).collect::<Vec<_>>());
            b.push(tenth(sign * side));
        }
    }
    let spec = SpaceSpec::Halfspaces { a, b };
    let space = ActionSpace::from_exact(&spec).unwrap();
    assert_eq!(space.bounding_box(), (vec![0.1, 0.2], vec![0.1, 0.2]));
    assert_eq!(
        vertices_exact(&spec, 10),
        Some(vec![vec![tenth(1), tenth(2)]])
    );
}

#[test]
fn exact_vertices_of_every_polytopal_set() {
    let third = Rational::new(1.into(), 3.into());
    let sets = [
        (
            SpaceSpec::Box {
                lower: vec![whole(0); 3],
                upper: vec![whole(1), third.clone(), whole(0)],
            },
            4,
        ),
        (
            SpaceSpec::L1Ball {
                center: vec![third.clone(); 3],
                radius: third.clone(),
            },
            6,
        ),
        (
            SpaceSpec::L1Ball {
                center: vec![third.clone(); 3],
                radius: whole(0),
            },
            1,
        ),
        (
            SpaceSpec::Simplex {
                dim: 3,
                scale: third.clone(),
            },
            3,
        ),
        (
            SpaceSpec::Simplex {
                dim: 3,
                scale: whole(0),
            },
            1,
        ),
        (
            SpaceSpec::Vertices(vec![
                vec![third.clone()],
                vec![whole(1)],
                vec![third.clone()],
            ]),
            2,
        ),
    ];
    for (spec, count) in sets {
        let vertices = vertices_exact(&spec, 100).unwrap();
        assert_eq!(vertices.len(), count);
        assert_eq!(vertices_exact(&spec, count - 1), None);
        let space = ActionSpace::from_exact(&spec).unwrap();
        for vertex in vertices {
            let point: Vec<f64> = vertex
                .iter()
                .map(|v| {
                    let (n, d) = (v.numer().to_string(), v.denom().to_string());
                    n.parse::<f64>().unwrap() / d.parse::<f64>().unwrap()
                })
                .collect();
            assert!(space.contains(&point, 1e-15));
            assert!(space.on_boundary(&point, 1e-15));
        }
    }
    let ball = SpaceSpec::Ball {
        center: vec![third.clone()],
        radius: third,
    };
    assert_eq!(vertices_exact(&ball, 100), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Cubes of which a plane that nearly touches a corner cuts off a sliver: vertices stand as near to each other as the
    /// sliver is thin, and each is its own projection; a point's projection sees no vertex beyond itself.
    #[test]
    fn thin_polytopes_project_to_the_nearest_point(
        m in 2_usize..4,
        exponent in -13_i32..-2,
        slopes in prop::collection::vec(1..4_i32, 3),
        point in prop::collection::vec(-3.0..3.0_f64, 3),
    ) {
        let mut a = Vec::new();
        let mut b = Vec::new();
        for k in 0..m {
            for sign in [1.0, -1.0] {
                let mut row = vec![0.0; m];
                row[k] = sign;
                a.push(row);
                b.push(1.5);
            }
        }
        let slopes: Vec<f64> = slopes[..m].iter().map(|&s| f64::from(s)).collect();
        b.push(1.5 * slopes.iter().sum::<f64>() - 10_f64.powi(exponent));
        a.push(slopes);
        let space = ActionSpace::new(&SpaceSpec::Halfspaces { a, b }).unwrap();
        let ActionSpace::Polytope(polytope) = &space else { unreachable!() };
        let vertices: Vec<&[f64]> = polytope.vertices().unwrap().chunks_exact(m).collect();
        for v in &vertices {
            prop_assert!(norm(&minus(&project(&space, v), v)) <= 1e-15, "{v:?}");
        }
        let point = &point[..m];
        let nearest = project(&space, point);
        let away = minus(point, &nearest);
        for v in &vertices {
            let step = minus(v, &nearest);
            // The angle between the way out and the way to the vertex is not acute, whatever the length of that way.
            prop_assert!(
                dot(&away, &step) <= 1e-14 * (norm(&away) + norm(&step)),
                "{point:?} {nearest:?} {v:?} {}",
                dot(&away, &step)
            );
        }
    }

    /// Corners that come twice, a little apart: whatever is between two of them is in the set, and the long way to a far corner does not
    /// drown the short one to the twin.
    #[test]
    fn what_is_between_corners_is_in_the_set(
        m in 2_usize..5,
        corners in prop::collection::vec(prop::collection::vec(-3.0..3.0_f64, 4), 2..6),
        twins in prop::collection::vec((0_usize..6, prop::collection::vec(-1.0..1.0_f64, 4), -14_i32..-3), 1..4),
        ends in (0_usize..10, 0_usize..10),
        share in 0.0..1.0_f64,
        reversed in any::<bool>(),
    ) {
        let mut all: Vec<Vec<f64>> = corners.iter().map(|v| v[..m].to_vec()).collect();
        for (of, off, exponent) in twins {
            let by = 10_f64.powi(exponent);
            let of = all[of % corners.len()].clone();
            all.push(of.iter().zip(&off).map(|(v, o)| v + by * o).collect());
        }
        if reversed {
            all.reverse();
        }
        let (from, to) = (&all[ends.0 % all.len()], &all[ends.1 % all.len()]);
        let point: Vec<f64> = from.iter().zip(to).map(|(a, b)| a + share * (b - a)).collect();
        let space = ActionSpace::new(&SpaceSpec::Vertices(all)).unwrap();
        let away = norm(&minus(&point, &project(&space, &point)));
        prop_assert!(away <= 1e-13, "{point:?}: {away}");
    }
}
