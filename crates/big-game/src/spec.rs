//! The unchecked description of a game: what a file says, before anyone has looked at it.
//!
//! The same types hold floating-point numbers (what the solvers use) and exact rationals (what was
//! written): `GameSpec<f64>` and `GameSpec<Rational>` describe one game twice.

use num_traits::Zero;

/// An exact number.
pub use big_numeric::Rational;

/// What an influencer minimises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Loss {
    /// `‖r(x) − t_i‖²` (arXiv:2502.01127, eq. 2).
    #[default]
    SquaredEuclidean,
    /// `−⟨r(x), t_i⟩` (arXiv:2502.01127, eq. 14).
    InnerProduct,
}

/// A game that nobody has checked yet. `check` it into a [`Game`](crate::Game).
#[derive(Clone, Debug, PartialEq)]
pub struct GameSpec<T> {
    /// The loss, common to all influencers.
    pub loss: Loss,
    /// Where the receiver lands by itself, `b`; its length is the receiver's dimension `d`.
    pub bias: Vec<T>,
    /// The distinct action spaces; influencers refer to them by index.
    pub spaces: Vec<SpaceSpec<T>>,
    /// The influencers, in the order of the file.
    pub influencers: Vec<InfluencerSpec<T>>,
    /// Who plays as one with whom.
    pub coalitions: Vec<CoalitionSpec<T>>,
}

/// Members who play as one, for the weighted sum of their losses.
#[derive(Clone, Debug, PartialEq)]
pub struct CoalitionSpec<T> {
    /// Indices of influencers, at least two.
    pub members: Vec<usize>,
    /// How much each one's loss counts, above 0; `None`: all count the same.
    pub shares: Option<Vec<T>>,
}

/// One influencer.
#[derive(Clone, Debug, PartialEq)]
pub struct InfluencerSpec<T> {
    /// A unique name; `None` is called by its number, from 1.
    pub name: Option<String>,
    /// How its action moves the receiver.
    pub weight: WeightSpec<T>,
    /// Where it wants the receiver (length `d`).
    pub target: Vec<T>,
    /// Index of its action space in [`GameSpec::spaces`].
    pub space: usize,
    /// What lying costs it; `None`: nothing.
    pub cost: Option<CostSpec<T>>,
}

/// What lying costs an influencer: `λ ‖x − h‖²` is added to its loss.
#[derive(Clone, Debug, PartialEq)]
pub struct CostSpec<T> {
    /// `λ`, at least 0.
    pub lying_cost: T,
    /// `h`, what it would honestly say, in its action space (length `m`); `None`: its truthful action.
    pub honest: Option<Vec<T>>,
}

/// A scalar weight `w_i` (meaning `w_i I`) or a `d × m` matrix, by rows.
#[derive(Clone, Debug, PartialEq)]
pub enum WeightSpec<T> {
    /// `w_i`.
    Scalar(T),
    /// `W_i`, a list of `d` rows of length `m`.
    Matrix(Vec<Vec<T>>),
}

/// A compact convex set of actions in `R^m`.
#[derive(Clone, Debug, PartialEq)]
pub enum SpaceSpec<T> {
    /// `lower ≤ x ≤ upper`, coordinate by coordinate.
    Box {
        /// Lower bounds (length `m`).
        lower: Vec<T>,
        /// Upper bounds (length `m`).
        upper: Vec<T>,
    },
    /// `‖x − center‖₂ ≤ radius`.
    Ball {
        /// Centre (length `m`).
        center: Vec<T>,
        /// Radius, at least 0.
        radius: T,
    },
    /// `‖x − center‖₁ ≤ radius`.
    L1Ball {
        /// Centre (length `m`).
        center: Vec<T>,
        /// Radius, at least 0.
        radius: T,
    },
    /// `x ≥ 0, Σ x = scale`.
    Simplex {
        /// Dimension `m`.
        dim: usize,
        /// The sum, at least 0.
        scale: T,
    },
    /// `(x − center)ᵀ shape⁻¹ (x − center) ≤ 1`, shape symmetric positive definite.
    Ellipsoid {
        /// Centre (length `m`).
        center: Vec<T>,
        /// `m` rows of length `m`.
        shape: Vec<Vec<T>>,
    },
    /// The convex hull of points.
    Vertices(Vec<Vec<T>>),
    /// `a x ≤ b`, bounded and not empty.
    Halfspaces {
        /// Rows of the constraint matrix, each of length `m`.
        a: Vec<Vec<T>>,
        /// Right-hand sides.
        b: Vec<T>,
    },
}

/// A finite game that nobody has checked yet (arXiv:2502.01127, Definition 5): an action is the mean of `choose` of
/// the items. Its numbers are exact, because its ties are.
#[derive(Clone, Debug, PartialEq)]
pub struct FiniteSpec {
    /// Where the receiver lands by itself, `b` (length `d`).
    pub bias: Vec<Rational>,
    /// The distinct sets of items; influencers refer to them by index ([`InfluencerSpec::space`]).
    pub sets: Vec<ItemSet>,
    /// The influencers, in the order of the file.
    pub influencers: Vec<InfluencerSpec<Rational>>,
}

/// What an influencer of a finite game chooses from.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemSet {
    /// The items, each of length `m`.
    pub items: Vec<Vec<Rational>>,
    /// How many of them make an action.
    pub choose: usize,
    /// May an item be chosen more than once?
    pub repeats: bool,
}

/// A game that nobody has checked yet in which some choose from items and others from convex sets.
#[derive(Clone, Debug, PartialEq)]
pub struct HybridSpec {
    /// Where the receiver lands by itself, `b` (length `d`).
    pub bias: Vec<Rational>,
    /// The distinct action spaces; influencers refer to them by index ([`InfluencerSpec::space`]).
    pub spaces: Vec<HybridSpace>,
    /// The influencers, in the order of the file.
    pub influencers: Vec<InfluencerSpec<Rational>>,
}

/// What an influencer of a [`HybridSpec`] plays.
#[derive(Clone, Debug, PartialEq)]
pub enum HybridSpace {
    /// Means of items.
    Items(ItemSet),
    /// Points of a convex set.
    Convex(SpaceSpec<Rational>),
}

impl<T> SpaceSpec<T> {
    /// The dimension `m` of the actions.
    pub fn dim(&self) -> usize {
        match self {
            Self::Box { lower, .. } => lower.len(),
            Self::Ball { center, .. }
            | Self::L1Ball { center, .. }
            | Self::Ellipsoid { center, .. } => center.len(),
            Self::Simplex { dim, .. } => *dim,
            Self::Vertices(points) => points.first().map_or(0, Vec::len),
            Self::Halfspaces { a, .. } => a.first().map_or(0, Vec::len),
        }
    }

    /// The same set with every number mapped.
    pub fn map<U>(&self, f: &mut impl FnMut(&T) -> U) -> SpaceSpec<U> {
        match self {
            Self::Box { lower, upper } => SpaceSpec::Box {
                lower: map_vec(lower, f),
                upper: map_vec(upper, f),
            },
            Self::Ball { center, radius } => SpaceSpec::Ball {
                center: map_vec(center, f),
                radius: f(radius),
            },
            Self::L1Ball { center, radius } => SpaceSpec::L1Ball {
                center: map_vec(center, f),
                radius: f(radius),
            },
            Self::Simplex { dim, scale } => SpaceSpec::Simplex {
                dim: *dim,
                scale: f(scale),
            },
            Self::Ellipsoid { center, shape } => SpaceSpec::Ellipsoid {
                center: map_vec(center, f),
                shape: map_rows(shape, f),
            },
            Self::Vertices(points) => SpaceSpec::Vertices(map_rows(points, f)),
            Self::Halfspaces { a, b } => SpaceSpec::Halfspaces {
                a: map_rows(a, f),
                b: map_vec(b, f),
            },
        }
    }
}

impl SpaceSpec<Rational> {
    /// The same set with every length multiplied: an ellipsoid's shape by the square, normals of half-spaces not at all.
    pub(crate) fn in_unit_of_length(&self, by: &Rational) -> Self {
        let length = |v: &Rational| v * by;
        match self {
            Self::Ellipsoid { center, shape } => {
                let square = by * by;
                Self::Ellipsoid {
                    center: center.iter().map(length).collect(),
                    shape: map_rows(shape, &mut |v| v * &square),
                }
            }
            Self::Halfspaces { a, b } => Self::Halfspaces {
                a: a.clone(),
                b: b.iter().map(length).collect(),
            },
            other => other.map(&mut |v| v * by),
        }
    }
}

impl WeightSpec<f64> {
    /// The matrix by rows, of a number `w` that of `w I` in `d` dimensions.
    pub(crate) fn rows(&self, d: usize) -> Vec<Vec<f64>> {
        match self {
            Self::Matrix(rows) => rows.clone(),
            Self::Scalar(w) => (0..d)
                .map(|k| (0..d).map(|j| if j == k { *w } else { 0.0 }).collect())
                .collect(),
        }
    }
}

impl<T: Zero> WeightSpec<T> {
    /// Does it move nothing?
    pub fn is_zero(&self) -> bool {
        match self {
            Self::Scalar(w) => w.is_zero(),
            Self::Matrix(rows) => rows.iter().flatten().all(Zero::is_zero),
        }
    }
}

impl<T> WeightSpec<T> {
    /// The same weight with every number mapped.
    pub fn map<U>(&self, f: &mut impl FnMut(&T) -> U) -> WeightSpec<U> {
        match self {
            Self::Scalar(w) => WeightSpec::Scalar(f(w)),
            Self::Matrix(rows) => WeightSpec::Matrix(map_rows(rows, f)),
        }
    }
}

impl<T> GameSpec<T> {
    /// The same game with every number mapped: to other units, to floats, to rationals.
    pub fn map<U>(&self, f: &mut impl FnMut(&T) -> U) -> GameSpec<U> {
        GameSpec {
            loss: self.loss,
            bias: map_vec(&self.bias, f),
            coalitions: self
                .coalitions
                .iter()
                .map(|c| CoalitionSpec {
                    members: c.members.clone(),
                    shares: c.shares.as_ref().map(|s| map_vec(s, f)),
                })
                .collect(),
            spaces: self.spaces.iter().map(|space| space.map(f)).collect(),
            influencers: self
                .influencers
                .iter()
                .map(|i| InfluencerSpec {
                    name: i.name.clone(),
                    weight: i.weight.map(f),
                    target: map_vec(&i.target, f),
                    space: i.space,
                    cost: i.cost.as_ref().map(|cost| CostSpec {
                        lying_cost: f(&cost.lying_cost),
                        honest: cost.honest.as_ref().map(|h| map_vec(h, f)),
                    }),
                })
                .collect(),
        }
    }
}

fn map_vec<T, U>(values: &[T], f: &mut impl FnMut(&T) -> U) -> Vec<U> {
    values.iter().map(f).collect()
}

fn map_rows<T, U>(rows: &[Vec<T>], f: &mut impl FnMut(&T) -> U) -> Vec<Vec<U>> {
    rows.iter().map(|row| map_vec(row, f)).collect()
}
