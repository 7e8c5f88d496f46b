//! Compact convex sets of actions, in the vocabulary of convex analysis.
//!
//! One file a set. Everything a solver may ask of a set is in [`ConvexSet`]; [`ActionSpace`] is the
//! closed list of sets that the game knows. [`ActionSpace::new`] checks a description; nothing else can fail.
//!
//! Cost of one `support`, `maximiser` or `shortfall`, without allocation (but for ellipsoids with `m > 32`): `O(m)` for boxes, balls, l1
//! balls and simplices, `O(m²)` for ellipsoids, `O(k m)` for polytopes with `k` listed vertices. A polytope
//! with more than [`VERTEX_LIMIT`] vertices runs a simplex method instead, which allocates.
//!
//! Coordinates, radii and scales may be as large as [`MAX_MAGNITUDE`] and as small as its reciprocal.

mod ball;
mod best_response;
mod box_set;
mod directions;
mod double_description;
pub(crate) mod ellipsoid;
mod error;
mod exact;
mod face;
mod l1_ball;
mod linear_program;
mod min_norm;
mod points;
mod polytope;
mod projection;
mod quick_vertices;
mod secular;
mod simplex;
mod space;
mod vertex_graph;
mod vertex_table;

pub use ball::Ball;
pub use best_response::nearest_in_image;
pub use box_set::BoxSet;
pub(crate) use directions::{directions, independent};
pub use double_description::{Obstacle, double_description};
pub(crate) use double_description::{integers, primitive};
pub use ellipsoid::Ellipsoid;
pub use error::{MAX_MAGNITUDE, SpaceError};
pub use exact::vertices_exact;
pub use l1_ball::L1Ball;
pub(crate) use min_norm::combination;
pub(crate) use polytope::Source;
pub use polytope::{Polytope, VERTEX_LIMIT};
pub(crate) use projection::{is_smooth, slopes};
pub use simplex::Simplex;
pub use space::ActionSpace;
pub(crate) use vertex_graph::VertexGraph;
pub(crate) use vertex_table::VertexTable;

/// What the solvers, the certificate and the set of equilibria ask of a compact convex `X ⊂ R^m`.
///
/// Slices have length [`dim`](ConvexSet::dim); a wrong length is a bug of the caller.
pub trait ConvexSet {
    /// The dimension `m` of the space around the set.
    fn dim(&self) -> usize;

    /// The support function `h(g) = max_{x ∈ X} ⟨g, x⟩`.
    fn support(&self, g: &[f64]) -> f64;

    /// Writes a point of `argmax_{x ∈ X} ⟨g, x⟩` into `out`: always the same one for the same `g`.
    fn maximiser(&self, g: &[f64], out: &mut [f64]);

    /// Writes the point of the set nearest to `p` into `out`; `p` itself, unchanged, if it lies inside.
    fn project(&self, p: &[f64], out: &mut [f64]);

    /// Does `x` lie in the set, up to a Euclidean distance of `tolerance`?
    fn contains(&self, x: &[f64], tolerance: f64) -> bool;

    /// Does `x` (a point of the set) lie within `tolerance` of the boundary of the set in `R^m`?
    /// Every point of a set without interior (a simplex, a flat box) does.
    fn on_boundary(&self, x: &[f64], tolerance: f64) -> bool;

    /// `h(g) − ⟨g, x⟩ ≥ 0` for a point `x` of the set, computed as a sum of non-negative terms so that
    /// it is accurate when it is tiny; what a rounding of `x` alone causes is not counted.
    fn shortfall(&self, g: &[f64], x: &[f64]) -> f64;

    /// The exposed face `argmax_{x ∈ X} ⟨g, x⟩`. Two points `p, q` count as tied when
    /// `|⟨g, p − q⟩| ≤ tolerance ‖p − q‖`.
    fn exposed_face(&self, g: &[f64], tolerance: f64) -> Face;

    /// The smallest box around the set: lower and upper bounds.
    fn bounding_box(&self) -> (Vec<f64>, Vec<f64>);

    /// The dimension of the affine hull.
    fn affine_dim(&self) -> usize;
}

/// A face of a set, or the whole of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Face {
    /// One point.
    Point(Vec<f64>),
    /// A box (some sides may have length 0, not all of them).
    Box {
        /// Lower bounds.
        lower: Vec<f64>,
        /// Upper bounds.
        upper: Vec<f64>,
    },
    /// The convex hull of vertices (at least two), `k × m` by rows.
    Hull {
        /// `k · m` numbers.
        vertices: Vec<f64>,
        /// `m`.
        dim: usize,
    },
    /// The whole of a ball or an ellipsoid: `{center + factor · u : ‖u‖ ≤ 1}`, the factor `m × m` by rows.
    Round {
        /// Centre.
        center: Vec<f64>,
        /// Lower triangular factor of the shape (radius times the identity for a ball).
        factor: Vec<f64>,
    },
    /// A face of a polytope whose vertices are too many to list.
    Unlisted,
}
