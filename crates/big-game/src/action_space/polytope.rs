//! Polytopes, by vertices or by half-spaces.

use std::sync::OnceLock;

use big_numeric::{distance, dot, matrix::rank, max_abs, multiplied, norm, rational};
use num_traits::{One, Signed, ToPrimitive, Zero};

use super::double_description::{Obstacle, double_description};
use super::error::{SpaceError, check_length, check_rows, check_vector};
use super::linear_program::{Failure, LinearProgram};
use super::min_norm::{self, LinearOracle};
use super::points::{distinct, irredundant};
use super::quick_vertices::{Quick, quick_vertices};
use super::vertex_graph::VertexGraph;
use super::vertex_table::VertexTable;
use super::{ConvexSet, Face, MAX_MAGNITUDE};
use crate::spec::{Rational, SpaceSpec};

/// A bounded, non-empty polytope.
#[derive(Clone, Debug)]
pub struct Polytope {
    dim: usize,
    /// `k × m` by rows, without duplicates; empty if there are too many.
    vertices: Vec<f64>,
    /// The same, laid out to find the best.
    table: VertexTable,
    /// Answers instead of the vertices when these are too many.
    program: Option<LinearProgram>,
    /// As given, or computed from the vertices when first needed; `None` if that is too much work.
    facets: OnceLock<Option<Halfspaces>>,
    /// Computed when first needed; `None` if it would be of no use.
    graph: OnceLock<Option<VertexGraph>>,
    lower: Vec<f64>,
    upper: Vec<f64>,
    affine_dim: usize,
    source: Source,
}

/// How the vertices are known exactly.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// They are the points that were given.
    Points,
    /// Each is where `m` of the half-spaces meet: these, `m` a vertex.
    Meeting(Vec<u32>),
    /// In rationals, in some order of their own.
    Listed(Vec<Vec<Rational>>),
    /// They are too many.
    Unlisted,
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
    /// The same set with every length multiplied.
    pub(super) fn scaled(&self, by: f64) -> Self {
        let facets = self.facets.get().map(|known| {
            known.as_ref().map(|facets| Halfspaces {
                a: facets.a.clone(),
                b: multiplied(&facets.b, by),
            })
        });
        let vertices = multiplied(&self.vertices, by);
        Self {
            table: VertexTable::new(&vertices, self.dim),
            dim: self.dim,
            vertices,
            program: self.program.as_ref().map(|program| program.scaled(by)),
            facets: facets.map_or_else(OnceLock::new, OnceLock::from),
            graph: self.graph.clone(),
            lower: multiplied(&self.lower, by),
            upper: multiplied(&self.upper, by),
            affine_dim: self.affine_dim,
            source: match &self.source {
                Source::Listed(points) => {
                    let by = rational(by);
                    let longer = |point: &Vec<Rational>| point.iter().map(|v| v * &by).collect();
                    Source::Listed(points.iter().map(longer).collect())
                }
                other => other.clone(),
            },
        }
    }

    /// What is known of the vertices in exact arithmetic.
    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    pub(super) fn from_vertices(points: &[Vec<f64>]) -> Result<Self, SpaceError> {
        let m = points.first().map_or(0, Vec::len);
        let flat = check_rows("vertices", points, m, MAX_MAGNITUDE)?;
        let points = irredundant(distinct(&flat, m), m);
        Ok(Self::build(points, m, None, Source::Points))
    }

    /// `spec` are half-spaces, `a` and `b` the same numbers exactly.
    pub(super) fn from_halfspaces(
        spec: &SpaceSpec<f64>,
        exact_a: &[Vec<Rational>],
        exact_b: &[Rational],
    ) -> Result<Self, SpaceError> {
        let SpaceSpec::Halfspaces { a, b } = spec else {
            return Err(SpaceError::Empty { halfspaces: true });
        };
        let m = spec.dim();
        check_length("b", a.len(), b.len())?;
        let halfspaces = Halfspaces {
            a: check_rows("a", a, m, MAX_MAGNITUDE)?,
            b: b.clone(),
        };
        check_vector("b", b)?;
        match quick_vertices(&halfspaces.a, b, m, VERTEX_LIMIT) {
            Quick::Vertices { points, rows } if max_abs(&points) <= MAX_MAGNITUDE => {
                let vertices = distinct(&points, m);
                // Points that rounding makes one are left to exact arithmetic.
                if vertices.len() == points.len() {
                    let source = Source::Meeting(rows);
                    return Ok(Self::build(vertices, m, Some(halfspaces), source));
                }
            }
            Quick::TooLarge => return Self::unlisted(halfspaces, m),
            Quick::Vertices { .. } | Quick::Unknown => {}
        }
        match double_description(exact_a, exact_b, m, VERTEX_LIMIT) {
            Ok(vertices) => {
                let points = rounded(&vertices)?;
                let source = Source::Listed(vertices);
                Ok(Self::build(
                    distinct(&points, m),
                    m,
                    Some(halfspaces),
                    source,
                ))
            }
            Err(Obstacle::Empty) => Err(SpaceError::Empty { halfspaces: true }),
            Err(Obstacle::Unbounded(direction)) => Err(SpaceError::Unbounded {
                direction: unit_size(&direction),
            }),
            Err(Obstacle::TooLarge) => Self::unlisted(halfspaces, m),
        }
    }

    fn unlisted(halfspaces: Halfspaces, dim: usize) -> Result<Self, SpaceError> {
        let refusal = |failure| match failure {
            Failure::Empty => SpaceError::Empty { halfspaces: true },
            Failure::Unbounded(direction) => SpaceError::Unbounded { direction },
        };
        let program = LinearProgram::new(&halfspaces.a, &halfspaces.b, dim).map_err(refusal)?;
        let mut extremes = Vec::with_capacity(2 * dim * dim);
        for k in 0..dim {
            for sign in [1.0, -1.0] {
                let mut g = vec![0.0; dim];
                g[k] = sign;
                let vertex = program.maximise(&g).map_err(refusal)?;
                extremes.extend(vertex);
            }
        }
        // The affine hull of the extremes may be smaller than that of the polytope: look across it.
        let affine_dim = affine_dim_of(&across(&program, extremes.clone(), dim), dim);
        let mut polytope = Self::build(extremes, dim, Some(halfspaces), Source::Unlisted);
        polytope.vertices = Vec::new();
        polytope.table = VertexTable::default();
        polytope.program = Some(program);
        polytope.affine_dim = affine_dim;
        Ok(polytope)
    }

    fn build(
        vertices: Vec<f64>,
        dim: usize,
        halfspaces: Option<Halfspaces>,
        source: Source,
    ) -> Self {
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
            table: VertexTable::new(&vertices, dim),
            dim,
            vertices,
            program: None,
            facets,
            graph: OnceLock::new(),
            lower,
            upper,
            affine_dim,
            source,
        }
    }

    /// The vertices, `k × m` by rows; `None` if they are too many to list. Given points are without repeated
    /// ones and, up to 256 points, without redundant ones.
    pub fn vertices(&self) -> Option<&[f64]> {
        self.program.is_none().then_some(&self.vertices)
    }

    /// The half-spaces `a x ≤ b` (`a` by rows), where the polytope was given by them or has computed them.
    pub fn halfspaces(&self) -> Option<(&[f64], &[f64])> {
        let known = self.facets.get()?.as_ref()?;
        Some((&known.a, &known.b))
    }

    #[inline]
    fn best(&self, g: &[f64]) -> (usize, f64) {
        let best = self.table.best_two(g);
        (best.at, best.first)
    }

    /// The vertices laid out to find the best; `None` if they are too many to list.
    pub(crate) fn table(&self) -> Option<&VertexTable> {
        self.program.is_none().then_some(&self.table)
    }

    /// The edges between the vertices, where the polytope was given by half-spaces and they are of use.
    pub(crate) fn graph(&self) -> Option<&VertexGraph> {
        let build = || {
            let (a, b) = self.halfspaces()?;
            VertexGraph::new(self.vertices()?, self.dim, a, b)
        };
        self.graph.get_or_init(build).as_ref()
    }

    fn vertex(&self, i: usize) -> &[f64] {
        &self.vertices[i * self.dim..(i + 1) * self.dim]
    }

    /// A best vertex by the simplex method. The set was found to be bounded; should rounding make it look
    /// unbounded in this direction, some vertex answers, and any certificate built on it stays open.
    fn solved(&self, program: &LinearProgram, g: &[f64]) -> Vec<f64> {
        program.maximise(g).unwrap_or_else(|_| program.start())
    }

    fn facets(&self) -> Option<&Halfspaces> {
        self.facets
            .get_or_init(|| facets_of(&self.vertices, self.dim))
            .as_ref()
    }
}

/// The dimension of the affine hull of points; what is thinner than `1e-12` of the largest coordinate is flat.
pub(super) fn affine_dim_of(points: &[f64], dim: usize) -> usize {
    let base = &points[..dim];
    let differences = points[dim..]
        .chunks_exact(dim)
        .flat_map(|p| p.iter().zip(base).map(|(p, b)| p - b));
    rank(differences.collect(), dim, 1e-12 * max_abs(points))
}

/// Adds vertices in directions across their affine hull until there is none, or it is everything.
fn across(program: &LinearProgram, mut points: Vec<f64>, dim: usize) -> Vec<f64> {
    let size = max_abs(&points);
    loop {
        let base = points[..dim].to_vec();
        let differences: Vec<f64> = points[dim..]
            .chunks_exact(dim)
            .flat_map(|p| {
                p.iter()
                    .zip(&base)
                    .map(|(p, b)| p - b)
                    .collect::<Vec<f64>>()
            })
            .collect();
        let Some(normal) = orthogonal(&differences, dim, 1e-12 * size) else {
            return points;
        };
        let before = points.len();
        for sign in [1.0, -1.0] {
            let g: Vec<f64> = normal.iter().map(|v| sign * v).collect();
            if let Ok(vertex) = program.maximise(&g) {
                let step: f64 = (0..dim).map(|k| g[k] * (vertex[k] - base[k])).sum();
                if step > 1e-12 * size {
                    points.extend(vertex);
                }
            }
        }
        if points.len() == before {
            return points;
        }
    }
}

/// A unit vector orthogonal to all rows whose part across the earlier ones is longer than `tolerance`.
fn orthogonal(rows: &[f64], dim: usize, tolerance: f64) -> Option<Vec<f64>> {
    let units = (0..dim * dim).map(|i| if i % (dim + 1) == 0 { 1.0 } else { 0.0 });
    let candidates: Vec<f64> = rows.iter().copied().chain(units).collect();
    let given = rows.len() / dim;
    let mut basis: Vec<f64> = Vec::new();
    let mut best: (f64, Option<Vec<f64>>) = (1e-6, None);
    for (i, row) in candidates.chunks_exact(dim).enumerate() {
        let mut rest = row.to_vec();
        for _ in 0..2 {
            for q in basis.chunks_exact(dim) {
                let overlap = dot(q, &rest);
                for (r, q) in rest.iter_mut().zip(q) {
                    *r -= overlap * q;
                }
            }
        }
        let length = norm(&rest);
        let direction = rest.iter().map(|r| r / length);
        if i < given && length > tolerance {
            basis.extend(direction);
        } else if i >= given && length > best.0 {
            best = (length, Some(direction.collect()));
        }
    }
    best.1
}

pub(super) fn exact(values: &[f64]) -> Vec<Rational> {
    let parse = |v: &f64| Rational::from_float(*v).unwrap_or_else(Rational::zero);
    values.iter().map(parse).collect()
}

/// Exact points, rounded to the nearest numbers.
fn rounded(points: &[Vec<Rational>]) -> Result<Vec<f64>, SpaceError> {
    let mut flat = Vec::new();
    for (row, point) in points.iter().enumerate() {
        for (k, v) in point.iter().enumerate() {
            let value = v.to_f64().unwrap_or(f64::NAN);
            if value.is_nan() || value.abs() > MAX_MAGNITUDE {
                return Err(SpaceError::OutOfRange {
                    what: "vertices of the half-spaces",
                    row: Some(row),
                    coordinate: Some(k),
                    value,
                    limit: MAX_MAGNITUDE,
                });
            }
            flat.push(value);
        }
    }
    Ok(flat)
}

/// A non-zero vector divided by its largest absolute value.
fn unit_size(vector: &[Rational]) -> Vec<f64> {
    let largest = vector.iter().map(Signed::abs).max();
    let largest = largest.unwrap_or_else(Rational::one);
    let scaled = vector
        .iter()
        .map(|v| (v / &largest).to_f64().unwrap_or(0.0));
    scaled.collect()
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
    let ones = vec![Rational::one(); count];
    let polar = double_description(&rows, &ones, dim, VERTEX_LIMIT).ok()?;
    let mut facets = Halfspaces {
        a: Vec::with_capacity(polar.len() * dim),
        b: Vec::with_capacity(polar.len()),
    };
    for normal in polar {
        let largest = normal.iter().map(Signed::abs).max()?;
        let offset: Rational = normal.iter().zip(&center).map(|(y, c)| y * c).sum();
        let b = (Rational::one() + offset) / &largest;
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
        match &self.program {
            None => self.best(g).1,
            Some(program) => dot(g, &self.solved(program, g)),
        }
    }

    /// The first of the best vertices, in the order of the list.
    #[inline]
    fn maximiser(&self, g: &[f64], out: &mut [f64]) {
        match &self.program {
            None => out.copy_from_slice(self.vertex(self.best(g).0)),
            Some(program) => out.copy_from_slice(&self.solved(program, g)),
        }
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
        let solved;
        let vertex = match &self.program {
            None => self.vertex(self.best(g).0),
            Some(program) => {
                solved = self.solved(program, g);
                &solved
            }
        };
        let mut sum = 0.0;
        for k in 0..g.len() {
            sum += g[k] * (vertex[k] - x[k]);
        }
        sum.max(0.0)
    }

    /// The vertices tied with the best one. If vertices are not listed, the best one where every edge of the cone of its
    /// tight rows leads down by more than the tolerance, and else [`Face::Unlisted`].
    fn exposed_face(&self, g: &[f64], tolerance: f64) -> Face {
        if let Some(program) = &self.program {
            let rounding = 1e-13 * norm(g);
            return match program.steepest(g) {
                Some((vertex, slope)) if slope < -(tolerance + rounding) => Face::Point(vertex),
                _ => Face::Unlisted,
            };
        }
        let two = self.table.best_two(g);
        let best = self.vertex(two.at);
        // Nobody can be further from the best than across, and sums err by far less than 1e-13 of their terms.
        let across = distance(&self.lower, &self.upper);
        let size = norm(g) * (norm(&self.lower) + norm(&self.upper));
        if two.first - two.second > 2.0 * tolerance * across + 1e-13 * size {
            return Face::Point(best.to_vec());
        }
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
