//! What is not an action space, and says where; what is degenerate and legal.

use big_game::action_space::{ActionSpace, ConvexSet, SpaceError};
use big_game::spec::SpaceSpec;

fn refused(spec: &SpaceSpec<f64>) -> SpaceError {
    ActionSpace::new(spec).unwrap_err()
}

fn halfspaces(rows: &[(&[f64], f64)]) -> SpaceSpec<f64> {
    SpaceSpec::Halfspaces {
        a: rows.iter().map(|(a, _)| a.to_vec()).collect(),
        b: rows.iter().map(|(_, b)| *b).collect(),
    }
}

#[test]
fn every_mistake_has_its_place() {
    let crossed = SpaceSpec::Box {
        lower: vec![0.0, 1.0],
        upper: vec![1.0, 0.5],
    };
    assert_eq!(
        refused(&crossed),
        SpaceError::CrossedBounds {
            coordinate: 1,
            lower: 1.0,
            upper: 0.5
        }
    );
    let nan = SpaceSpec::Box {
        lower: vec![0.0, f64::NAN],
        upper: vec![1.0, 1.0],
    };
    assert!(matches!(
        refused(&nan),
        SpaceError::OutOfRange { what: "lower", coordinate: Some(1), value, .. } if value.is_nan()
    ));
    let lengths = SpaceSpec::Box {
        lower: vec![0.0, 0.0],
        upper: vec![1.0],
    };
    assert!(matches!(
        refused(&lengths),
        SpaceError::Length {
            expected: 2,
            found: 1,
            ..
        }
    ));
    for radius in [-1.0, f64::INFINITY, f64::NAN] {
        let center = vec![0.0];
        refused(&SpaceSpec::Ball {
            center: center.clone(),
            radius,
        });
        refused(&SpaceSpec::L1Ball { center, radius });
        refused(&SpaceSpec::Simplex {
            dim: 2,
            scale: radius,
        });
    }
    assert_eq!(
        refused(&SpaceSpec::Simplex { dim: 0, scale: 1.0 }),
        SpaceError::ZeroDimension
    );
    assert_eq!(
        refused(&SpaceSpec::Vertices(vec![])),
        SpaceError::Empty { halfspaces: false }
    );
    assert!(matches!(
        refused(&SpaceSpec::Vertices(vec![vec![0.0, 1.0], vec![2.0]])),
        SpaceError::RowLength {
            row: 1,
            expected: 2,
            found: 1,
            ..
        }
    ));
    assert!(matches!(
        refused(&SpaceSpec::Vertices(vec![vec![0.0, 1.0], vec![2.0, 1e200]])),
        SpaceError::OutOfRange {
            row: Some(1),
            coordinate: Some(1),
            ..
        }
    ));
}

#[test]
fn ellipsoids_need_symmetric_positive_definite_shapes() {
    let ellipsoid = |shape: [[f64; 2]; 2]| SpaceSpec::Ellipsoid {
        center: vec![0.0, 0.0],
        shape: shape.iter().map(|row| row.to_vec()).collect(),
    };
    assert!(matches!(
        refused(&ellipsoid([[1.0, 0.5], [0.4, 1.0]])),
        SpaceError::NotSymmetric {
            row: 1,
            column: 0,
            ..
        }
    ));
    assert!(matches!(
        refused(&ellipsoid([[1.0, 2.0], [2.0, 1.0]])),
        SpaceError::NotPositiveDefinite { row: 1, .. }
    ));
    assert!(matches!(
        refused(&ellipsoid([[1.0, 1.0], [1.0, 1.0]])),
        SpaceError::NotPositiveDefinite { row: 1, .. }
    ));
    assert!(matches!(
        refused(&ellipsoid([[0.0, 0.0], [0.0, 1.0]])),
        SpaceError::NotPositiveDefinite { row: 0, .. }
    ));
    let thin = ActionSpace::new(&ellipsoid([[1e-300, 0.0], [0.0, 1e300]])).unwrap();
    assert_eq!(thin.support(&[1.0, 0.0]), 1e-150);
}

#[test]
fn empty_and_unbounded_halfspaces() {
    let empty = halfspaces(&[(&[1.0], 0.0), (&[-1.0], -1.0)]);
    assert_eq!(refused(&empty), SpaceError::Empty { halfspaces: true });
    let hairline = halfspaces(&[(&[1.0], 1.0), (&[-1.0], -1.0 - f64::EPSILON)]);
    assert_eq!(refused(&hairline), SpaceError::Empty { halfspaces: true });
    let contradiction = halfspaces(&[(&[0.0], -1.0), (&[1.0], 1.0), (&[-1.0], 1.0)]);
    assert_eq!(
        refused(&contradiction),
        SpaceError::Empty { halfspaces: true }
    );
    let ray = halfspaces(&[(&[-1.0, 0.0], 0.0), (&[0.0, 1.0], 1.0), (&[0.0, -1.0], 1.0)]);
    assert_eq!(
        refused(&ray),
        SpaceError::Unbounded {
            direction: vec![1.0, 0.0]
        }
    );
    let strip = halfspaces(&[(&[1.0, 1.0], 1.0), (&[-1.0, -1.0], 1.0)]);
    let SpaceError::Unbounded { direction } = refused(&strip) else {
        panic!("a strip is unbounded");
    };
    assert_eq!(direction[0], -direction[1]);
    assert!(matches!(
        refused(&SpaceSpec::Halfspaces {
            a: vec![vec![1.0]],
            b: vec![1.0, 2.0]
        }),
        SpaceError::Length {
            what: "b",
            expected: 1,
            found: 2
        }
    ));
}

#[test]
fn degenerate_sets_are_legal() {
    let point = ActionSpace::new(&halfspaces(&[(&[1.0], 0.3), (&[-1.0], -0.3)])).unwrap();
    assert_eq!(point.bounding_box(), (vec![0.3], vec![0.3]));
    assert_eq!(point.affine_dim(), 0);
    // Redundant and repeated half-spaces, and a row that says nothing.
    let square = ActionSpace::new(&halfspaces(&[
        (&[1.0, 0.0], 1.0),
        (&[2.0, 0.0], 2.0),
        (&[-1.0, 0.0], 1.0),
        (&[0.0, 1.0], 1.0),
        (&[0.0, -1.0], 1.0),
        (&[1.0, 1.0], 2.0),
        (&[1.0, 1.0], 7.0),
        (&[0.0, 0.0], 0.0),
    ]))
    .unwrap();
    let ActionSpace::Polytope(polytope) = &square else {
        panic!("half-spaces make a polytope");
    };
    assert_eq!(polytope.vertices().unwrap().len(), 8);
    assert_eq!(square.affine_dim(), 2);
    // Inner points and points on edges are dropped, the corners stay in their order.
    let corners = [[0.1, 0.3], [0.3, 0.9], [0.5, 0.0]];
    let mut points: Vec<Vec<f64>> = corners.iter().map(|p| p.to_vec()).collect();
    points.insert(1, vec![0.2, 0.6]);
    points.push(vec![0.3, 0.4]);
    let Ok(ActionSpace::Polytope(triangle)) = ActionSpace::new(&SpaceSpec::Vertices(points)) else {
        panic!("points make a polytope");
    };
    assert_eq!(triangle.vertices().unwrap(), corners.as_flattened());
    let repeated = ActionSpace::new(&SpaceSpec::Vertices(vec![vec![1.0, -0.0], vec![1.0, 0.0]]));
    assert_eq!(repeated.unwrap().affine_dim(), 0);
}
