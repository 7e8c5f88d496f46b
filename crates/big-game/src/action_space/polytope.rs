//! Polytopes, by vertices or by half-spaces.

use std::sync::OnceLock;

use num_traits::ToPrimitive;

use super::double_description::{Obstacle, double_description};
use super::error::{SpaceError, check_length, check_rows, check_vector};
use super::min_norm::{self, LinearOracle};
use super::vector::{distance, dot, max_abs, norm, rank};
use super::{ConvexSet, Face, MAX_MAGNITUDE};
use crate::spec::Rational;

/// A bounded, non-empty polytope.
#[derive(Clone, Debug)]
pub struct Polytope {
    dim: usize,
    /// `k × m` by rows, without duplicates.
    vertices: Vec<f64>,
    /// As given, or computed from the vertices when first needed; `None` if that is too much work.
    facets: OnceLock<Option<Halfspaces>>,
    lower: Vec<f64>,
    upper: Vec<f64>,
    affine_dim: usize,
}

/// `a x ≤ b`.
#[derive(Clone, Debug)]
struct Halfspaces {
    a: Vec<f64>,
    b: Vec<f64>,
}

/// The most vertices that are listed.
pub const VERTEX_LIMIT: usize = 20_000;

impl Polytope {
    pub(super) fn from_vertices(points: &[Vec<f64>]) -> Result<Self, SpaceError> {
        let m = points.first().map_or(0, Vec::len);
        let flat = check_rows("vertices", points, m, MAX_MAGNITUDE)?;
        Ok(Self::build(distinct(&flat, m), m, None))
    }

    pub(super) fn from_halfspaces(a: &[Vec<f64>], b: &[f64]) -> Result<Self, SpaceError> {
        let m = a.first().map_or(0, Vec::len);
        check_length("b", a.len(), b.len())?;
        let flat = check_rows("a", a, m, MAX_MAGNITUDE)?;
        check_vector("b", b)?;
        let exact_rows: Vec<Vec<Rational>> = a.iter().map(|row| exact(row)).collect();
        let found = double_description(&exact_rows, &exact(b), m, VERTEX_LIMIT);
        let vertices = found.map_err(|obstacle| refusal(obstacle, m))?;
        let mut points = Vec::with_capacity(vertices.len() * m);
        for (row, vertex) in vertices.iter().enumerate() {
            for (k, v) in vertex.iter().enumerate() {
                let value = v.to_f64().unwrap_or(f64::INFINITY);
                if value.abs() > MAX_MAGNITUDE {
                    return Err(SpaceError::OutOfRange {
                        what: "vertices",
                        row: Some(row),
                        coordinate: Some(k),
                        value,
                        limit: MAX_MAGNITUDE,
                    });
                }
                points.push(value);
            }
        }
        let halfspaces = Halfspaces {
            a: flat,
            b: b.to_vec(),
        };
        Ok(Self::build(distinct(&points, m), m, Some(halfspaces)))
    }

    fn build(vertices: Vec<f64>, dim: usize, halfspaces: Option<Halfspaces>) -> Self {
        let (mut lower, mut upper) = (vertices[..dim].to_vec(), vertices[..dim].to_vec());
        for vertex in vertices.chunks_exact(dim) {
            for k in 0..dim {
                lower[k] = lower[k].min(vertex[k]);
                upper[k] = upper[k].max(vertex[k]);
            }
        }
        let affine_dim = affine_dim_of(&vertices, dim);
        let facets = OnceLock::new();
        if halfspaces.is_some() {
            // A fresh cell is empty, so this cannot fail.
            let _ = facets.set(halfspaces);
        }
        Self {
            dim,
            vertices,
            facets,
            lower,
            upper,
            affine_dim,
        }
    }

    /// The vertices, `k × m` by rows; `None` if they are too many to list.
    pub fn vertices(&self) -> Option<&[f64]> {
        Some(&self.vertices)
    }

    /// The half-spaces `a x ≤ b` (`a` by rows), where the polytope was given by them or has computed them.
    pub fn halfspaces(&self) -> Option<(&[f64], &[f64])> {
        let known = self.facets.get()?.as_ref()?;
        Some((&known.a, &known.b))
    }

    /// Index and value of the first vertex with the largest `⟨g, v⟩`.
    #[inline]
    fn best(&self, g: &[f64]) -> (usize, f64) {
        let mut best = (0, f64::NEG_INFINITY);
        for (i, vertex) in self.vertices.chunks_exact(self.dim).enumerate() {
            let value = dot(g, vertex);
            if value > best.1 {
                best = (i, value);
            }
        }
        best
    }

    fn vertex(&self, i: usize) -> &[f64] {
        &self.vertices[i * self.dim..(i + 1) * self.dim]
    }

    fn facets(&self) -> Option<&Halfspaces> {
        self.facets
            .get_or_init(|| facets_of(&self.vertices, self.dim))
            .as_ref()
    }
}

/// Drops repeated points; the first of each stays, in order.
fn distinct(points: &[f64], dim: usize) -> Vec<f64> {
    let count = points.len() / dim;
    let point = |i: usize| &points[i * dim..(i + 1) * dim];
    let mut order: Vec<usize> = (0..count).collect();
    // `+ 0.0` makes −0 and 0 one number.
    let key = |i: usize| point(i).iter().map(|v| v + 0.0);
    order.sort_by(|&i, &j| {
        let differ = key(i)
            .zip(key(j))
            .map(|(a, b)| a.total_cmp(&b))
            .find(|o| o.is_ne());
        differ.unwrap_or(i.cmp(&j))
    });
    let mut keep = vec![true; count];
    for pair in order.windows(2) {
        if key(pair[0]).eq(key(pair[1])) {
            keep[pair[1]] = false;
        }
    }
    let kept = (0..count).filter(|&i| keep[i]);
    kept.flat_map(|i| point(i).iter().copied()).collect()
}

/// The dimension of the affine hull of points; what is thinner than `1e-12` of the largest coordinate is flat.
pub(super) fn affine_dim_of(points: &[f64], dim: usize) -> usize {
    let base = &points[..dim];
    let differences = points[dim..]
        .chunks_exact(dim)
        .flat_map(|p| p.iter().zip(base).map(|(p, b)| p - b));
    rank(differences.collect(), dim, 1e-12 * max_abs(points))
}

fn exact(values: &[f64]) -> Vec<Rational> {
    let parse =
        |v: &f64| Rational::from_float(*v).unwrap_or_else(|| Rational::from_integer(0.into()));
    values.iter().map(parse).collect()
}

fn refusal(obstacle: Obstacle, dim: usize) -> SpaceError {
    match obstacle {
        Obstacle::Empty => SpaceError::Empty { halfspaces: true },
        Obstacle::Unbounded(direction) => {
            let largest = direction
                .iter()
                .map(|v| {
                    if *v < Rational::from_integer(0.into()) {
                        -v
                    } else {
                        v.clone()
                    }
                })
                .max();
            let scaled = direction.iter().map(|v| match &largest {
                Some(largest) => (v / largest).to_f64().unwrap_or(0.0),
                None => 0.0,
            });
            SpaceError::Unbounded {
                direction: scaled.collect(),
            }
        }
        Obstacle::TooLarge => SpaceError::Numerical {
            reason: format!("dimension {dim}, more than {VERTEX_LIMIT} vertices"),
        },
    }
}

/// Facets are the vertices of the polar: shift the centroid to 0 and enumerate `{y : ⟨v − c, y⟩ ≤ 1}`.
fn facets_of(vertices: &[f64], dim: usize) -> Option<Halfspaces> {
    let count = vertices.len() / dim;
    let mut center = vec![0.0; dim];
    for vertex in vertices.chunks_exact(dim) {
        for k in 0..dim {
            center[k] += vertex[k] / count as f64;
        }
    }
    let center = exact(&center);
    let rows: Vec<Vec<Rational>> = vertices
        .chunks_exact(dim)
        .map(|v| exact(v).iter().zip(&center).map(|(v, c)| v - c).collect())
        .collect();
    let ones = vec![Rational::from_integer(1.into()); count];
    let polar = double_description(&rows, &ones, dim, VERTEX_LIMIT).ok()?;
    let mut facets = Halfspaces {
        a: Vec::with_capacity(polar.len() * dim),
        b: Vec::with_capacity(polar.len()),
    };
    for normal in polar {
        let largest = normal
            .iter()
            .map(|v| {
                if *v < Rational::from_integer(0.into()) {
                    -v
                } else {
                    v.clone()
                }
            })
            .max()?;
        let offset: Rational = normal.iter().zip(&center).map(|(y, c)| y * c).sum();
        let b = (Rational::from_integer(1.into()) + offset) / &largest;
        facets.b.push(b.to_f64()?);
        for v in &normal {
            facets.a.push((v / &largest).to_f64()?);
        }
    }
    Some(facets)
}

/// The polytope itself as the image: for projections.
struct Identity<'a>(&'a Polytope);

impl LinearOracle for Identity<'_> {
    fn dim(&self) -> usize {
        self.0.dim
    }

    fn image_dim(&self) -> usize {
        self.0.dim
    }

    fn best(&mut self, direction: &[f64], vertex: &mut [f64], image: &mut [f64]) {
        self.0.maximiser(direction, vertex);
        image.copy_from_slice(vertex);
    }

    fn image_size(&self) -> f64 {
        max_abs(&self.0.lower).max(max_abs(&self.0.upper))
    }
}

impl ConvexSet for Polytope {
    fn dim(&self) -> usize {
        self.dim
    }

    #[inline]
    fn support(&self, g: &[f64]) -> f64 {
        self.best(g).1
    }

    /// The first of the best vertices, in the order of the list.
    #[inline]
    fn maximiser(&self, g: &[f64], out: &mut [f64]) {
        out.copy_from_slice(self.vertex(self.best(g).0));
    }

    fn project(&self, p: &[f64], out: &mut [f64]) {
        min_norm::nearest(&mut Identity(self), p, out);
        let size = max_abs(&self.lower).max(max_abs(&self.upper));
        let rounding = 16.0 * f64::EPSILON * (self.dim as f64).sqrt() * (size + max_abs(p));
        if distance(p, out) <= rounding {
            out.copy_from_slice(p);
        }
    }

    fn contains(&self, x: &[f64], tolerance: f64) -> bool {
        let mut nearest = vec![0.0; self.dim];
        self.project(x, &mut nearest);
        distance(x, &nearest) <= tolerance
    }

    /// By the distance to every facet. When the facets are too many to list: true unless a cross-polytope
    /// around `x`, large enough to hold a ball of radius `tolerance`, lies inside.
    fn on_boundary(&self, x: &[f64], tolerance: f64) -> bool {
        if self.affine_dim < self.dim {
            return true;
        }
        if let Some(facets) = self.facets() {
            let mut rows = facets.a.chunks_exact(self.dim).zip(&facets.b);
            return rows.any(|(a, b)| {
                let length = norm(a);
                length > 0.0 && (b - dot(a, x)) / length <= tolerance
            });
        }
        let reach = tolerance * (self.dim as f64).sqrt();
        let mut corner = x.to_vec();
        for k in 0..self.dim {
            for sign in [1.0, -1.0] {
                corner[k] = x[k] + sign * reach;
                if !self.contains(&corner, 0.0) {
                    return true;
                }
            }
            corner[k] = x[k];
        }
        false
    }

    /// `max_v ⟨g, v − x⟩`, and 0 if that is negative by rounding.
    #[inline]
    fn shortfall(&self, g: &[f64], x: &[f64]) -> f64 {
        let vertex = self.vertex(self.best(g).0);
        let mut sum = 0.0;
        for k in 0..g.len() {
            sum += g[k] * (vertex[k] - x[k]);
        }
        sum.max(0.0)
    }

    /// The vertices tied with the best one.
    fn exposed_face(&self, g: &[f64], tolerance: f64) -> Face {
        let best = self.vertex(self.best(g).0);
        let mut tied = Vec::new();
        for vertex in self.vertices.chunks_exact(self.dim) {
            let mut behind = 0.0;
            for k in 0..self.dim {
                behind += g[k] * (best[k] - vertex[k]);
            }
            if behind <= tolerance * distance(best, vertex) {
                tied.extend_from_slice(vertex);
            }
        }
        if tied.len() == self.dim {
            Face::Point(tied)
        } else {
            Face::Hull {
                vertices: tied,
                dim: self.dim,
            }
        }
    }

    fn bounding_box(&self) -> (Vec<f64>, Vec<f64>) {
        (self.lower.clone(), self.upper.clone())
    }

    fn affine_dim(&self) -> usize {
        self.affine_dim
    }
}
