//! Action spaces in exact arithmetic.

use num_traits::{ToPrimitive, Zero};

use super::double_description::double_description;
use super::error::SpaceError;
use super::{ActionSpace, Polytope};
use crate::spec::{Rational, SpaceSpec};

impl ActionSpace {
    /// [`new`](Self::new) for the numbers as they were written: half-spaces are enumerated exactly, so
    /// `x = 0.1, y = 0.2, x + y = 0.3` is a point and not empty. Other sets round every number once.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn from_exact(spec: &SpaceSpec<Rational>) -> Result<Self, SpaceError> {
        let rounded = spec.map(&mut |v: &Rational| v.to_f64().unwrap_or(f64::NAN));
        match spec {
            SpaceSpec::Halfspaces { a, b } if spec.dim() > 0 => Ok(Self::Polytope(Box::new(
                Polytope::from_halfspaces(&rounded, a, b)?,
            ))),
            _ => Self::new(&rounded),
        }
    }
}

/// The vertices of a polytopal set, sorted and distinct; `None` for round sets, for descriptions that are
/// no set, and for more than `limit` vertices. Points given as `vertices` may include redundant ones.
pub fn vertices_exact(spec: &SpaceSpec<Rational>, limit: usize) -> Option<Vec<Vec<Rational>>> {
    let mut vertices = match spec {
        SpaceSpec::Box { lower, upper } => box_vertices(lower, upper, limit)?,
        SpaceSpec::L1Ball { center, radius } => {
            let mut vertices = Vec::with_capacity(2 * center.len());
            for k in 0..center.len() {
                for by in [radius.clone(), -radius] {
                    let mut vertex = center.clone();
                    vertex[k] += by;
                    vertices.push(vertex);
                }
            }
            vertices
        }
        SpaceSpec::Simplex { dim, scale } => {
            let vertex = |k: usize| {
                let mut vertex = vec![Rational::zero(); *dim];
                vertex[k] = scale.clone();
                vertex
            };
            (0..*dim).map(vertex).collect()
        }
        SpaceSpec::Ball { center, radius } if radius.is_zero() => vec![center.clone()],
        SpaceSpec::Ball { .. } | SpaceSpec::Ellipsoid { .. } => return None,
        SpaceSpec::Vertices(points) => points.clone(),
        SpaceSpec::Halfspaces { a, b } => double_description(a, b, spec.dim(), limit).ok()?,
    };
    vertices.sort();
    vertices.dedup();
    (vertices.len() <= limit && !vertices.is_empty()).then_some(vertices)
}

fn box_vertices(
    lower: &[Rational],
    upper: &[Rational],
    limit: usize,
) -> Option<Vec<Vec<Rational>>> {
    let mut vertices = vec![lower.to_vec()];
    for k in 0..lower.len() {
        if lower[k] < upper[k] {
            if 2 * vertices.len() > limit {
                return None;
            }
            let mut raised = vertices.clone();
            for vertex in &mut raised {
                vertex[k] = upper[k].clone();
            }
            vertices.extend(raised);
        }
    }
    Some(vertices)
}
