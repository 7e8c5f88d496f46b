//! The closed list of sets.

use big_numeric::norm;

use super::error::{SpaceError, check_length};
use super::polytope::exact;
use super::{Ball, BoxSet, ConvexSet, Ellipsoid, Face, L1Ball, Polytope, Simplex};
use crate::spec::{Rational, SpaceSpec};

/// A compact convex set of actions that has been checked: one that exists is valid.
#[derive(Clone, Debug)]
pub enum ActionSpace {
    /// A box.
    Box(BoxSet),
    /// A Euclidean ball.
    Ball(Ball),
    /// A ball of the 1-norm.
    L1Ball(L1Ball),
    /// A scaled probability simplex.
    Simplex(Simplex),
    /// An ellipsoid.
    Ellipsoid(Ellipsoid),
    /// A polytope.
    Polytope(Box<Polytope>),
}

impl ActionSpace {
    /// A bound on the norm of an action: that of the farthest corner of the bounding box.
    pub(crate) fn extent(&self) -> f64 {
        let (lower, upper) = self.bounding_box();
        let corner: Vec<f64> = lower
            .iter()
            .zip(&upper)
            .map(|(l, u)| l.abs().max(u.abs()))
            .collect();
        norm(&corner)
    }

    /// The length of the diagonal of the bounding box.
    pub(crate) fn diameter(&self) -> f64 {
        let (lower, upper) = self.bounding_box();
        let side: Vec<f64> = upper.iter().zip(&lower).map(|(u, l)| u - l).collect();
        norm(&side)
    }

    /// Checks a description and prepares what the questions of [`ConvexSet`] need: a factorisation of an
    /// ellipsoid, the vertices of half-spaces (enumerated exactly).
    ///
    /// # Errors
    /// Every mistake that [`SpaceError`] lists, with the coordinate or row (from 0).
    pub fn new(spec: &SpaceSpec<f64>) -> Result<Self, SpaceError> {
        match spec {
            SpaceSpec::Vertices(points) if points.is_empty() => {
                return Err(SpaceError::Empty { halfspaces: false });
            }
            SpaceSpec::Halfspaces { a, b } if a.is_empty() => {
                check_length("b", 0, b.len())?;
                return Err(SpaceError::Unbounded {
                    direction: Vec::new(),
                });
            }
            _ if spec.dim() == 0 => return Err(SpaceError::ZeroDimension),
            _ => {}
        }
        Ok(match spec {
            SpaceSpec::Box { lower, upper } => Self::Box(BoxSet::new(lower, upper)?),
            SpaceSpec::Ball { center, radius } => Self::Ball(Ball::new(center, *radius)?),
            SpaceSpec::L1Ball { center, radius } => Self::L1Ball(L1Ball::new(center, *radius)?),
            SpaceSpec::Simplex { dim, scale } => Self::Simplex(Simplex::new(*dim, *scale)?),
            SpaceSpec::Ellipsoid { center, shape } => {
                Self::Ellipsoid(Ellipsoid::new(center, shape)?)
            }
            SpaceSpec::Vertices(points) => {
                Self::Polytope(Box::new(Polytope::from_vertices(points)?))
            }
            SpaceSpec::Halfspaces { a, b } => {
                let exact_a: Vec<Vec<Rational>> = a.iter().map(|row| exact(row)).collect();
                Self::Polytope(Box::new(Polytope::from_halfspaces(
                    spec,
                    &exact_a,
                    &exact(b),
                )?))
            }
        })
    }

    /// The same set with every length multiplied by `2^power`.
    pub(crate) fn times_power_of_two(&self, power: i32) -> Self {
        // A single factor beyond 2^1000 is no double.
        const STEP: i32 = 1000;
        let (step, rest) = (power.clamp(-STEP, STEP), power - power.clamp(-STEP, STEP));
        let near = self.scaled(2.0_f64.powi(step));
        if rest == 0 {
            near
        } else {
            near.times_power_of_two(rest)
        }
    }

    /// The same set with every length multiplied.
    fn scaled(&self, by: f64) -> Self {
        match self {
            Self::Box(set) => Self::Box(set.scaled(by)),
            Self::Ball(set) => Self::Ball(set.scaled(by)),
            Self::L1Ball(set) => Self::L1Ball(set.scaled(by)),
            Self::Simplex(set) => Self::Simplex(set.scaled(by)),
            Self::Ellipsoid(set) => Self::Ellipsoid(set.scaled(by)),
            Self::Polytope(set) => Self::Polytope(Box::new(set.scaled(by))),
        }
    }
}

/// Runs one expression on whichever set it is.
macro_rules! on_set {
    ($space:expr, $set:ident => $body:expr) => {
        match $space {
            ActionSpace::Box($set) => $body,
            ActionSpace::Ball($set) => $body,
            ActionSpace::L1Ball($set) => $body,
            ActionSpace::Simplex($set) => $body,
            ActionSpace::Ellipsoid($set) => $body,
            ActionSpace::Polytope($set) => $body,
        }
    };
}

impl ConvexSet for ActionSpace {
    #[inline]
    fn dim(&self) -> usize {
        on_set!(self, set => set.dim())
    }

    #[inline]
    fn support(&self, g: &[f64]) -> f64 {
        on_set!(self, set => set.support(g))
    }

    #[inline]
    fn maximiser(&self, g: &[f64], out: &mut [f64]) {
        on_set!(self, set => set.maximiser(g, out))
    }

    #[inline]
    fn project(&self, p: &[f64], out: &mut [f64]) {
        on_set!(self, set => set.project(p, out))
    }

    fn contains(&self, x: &[f64], tolerance: f64) -> bool {
        on_set!(self, set => set.contains(x, tolerance))
    }

    fn on_boundary(&self, x: &[f64], tolerance: f64) -> bool {
        on_set!(self, set => set.on_boundary(x, tolerance))
    }

    #[inline]
    fn shortfall(&self, g: &[f64], x: &[f64]) -> f64 {
        on_set!(self, set => set.shortfall(g, x))
    }

    fn exposed_face(&self, g: &[f64], tolerance: f64) -> Face {
        on_set!(self, set => set.exposed_face(g, tolerance))
    }

    fn bounding_box(&self) -> (Vec<f64>, Vec<f64>) {
        on_set!(self, set => set.bounding_box())
    }

    fn affine_dim(&self) -> usize {
        on_set!(self, set => set.affine_dim())
    }
}
